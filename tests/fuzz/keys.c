/* SPDX-License-Identifier: MIT */
/* Names of keys, and the bytes that terminals send for keys. */
#include "fuzz.h"
#include "keys.h"
#include "tty.h"

#include <string.h>

static void check_name(const char *name)
{
	uint32_t key = key_from_name(name);
	char text[8];

	if (key == K_NONE)
		return;
	fuzz_harmless(key_label(key, text), strlen(key_label(key, text)));
	action_for_key(key, W_CHANNEL);
}

/* Whatever comes is taken piece by piece: never more than there is, and never stuck once enough bytes are there. */
static void check_stream(const char *bytes, size_t n)
{
	while (n) {
		uint32_t key = K_NONE;
		size_t took = tty_decode(bytes, n, &key);

		MUST(took <= n);
		MUST(took > 0 || n <= 17);
		if (!took)
			return;
		MUST(key < 0x110000 || (key > K_BASE && key <= K_F24));
		bytes += took;
		n -= took;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = fuzz_string(data, size);
	size_t len = strlen(text);

	check_name(text);
	check_stream(text, size);
	action_for_word(text, W_CRYPTO);
	action_for_rows(text, W_CHANNEL);
	tty_brackets(text);
	MUST(strlen(text) == len);
	return 0;
}
