/* SPDX-License-Identifier: MIT */
/* Edits files: what is taken is written and read back as the same wish; what is refused is said harmlessly. */
#include "fuzz.h"
#include "wish.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = fuzz_string(data, size);
	CLEANUP(freep) char *json = NULL;
	CLEANUP(freep) char *again = NULL;
	struct wish w = { 0 }, v = { 0 };
	struct msg why = { 0 };

	if (wish_from_json(text, size, "edits\033[2J.json", &w, &why) < 0) {
		MUST(why.what && *why.what);
		fuzz_harmless_msg(&why);
		msg_done(&why);
		return 0;
	}
	json = wish_to_json(&w);
	MUST(json);
	MUST(wish_from_json(json, strlen(json), "edits", &v, &why) == 0);
	MUST(wish_eq(&w, &v));
	again = wish_to_json(&v);
	MUST(str_eq(json, again));
	wish_done(&w);
	wish_done(&v);
	return 0;
}
