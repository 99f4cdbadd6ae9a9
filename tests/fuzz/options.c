/* SPDX-License-Identifier: MIT */
/* The command line: words apart by newlines. What is refused is said harmlessly. */
#include "fuzz.h"
#include "options.h"

#include <string.h>

enum { WORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char program[] = "vfiocfg";
	char *argv[WORDS_MAX + 2] = { program };
	struct options o = { 0 };
	struct msg why = { 0 };
	int argc = 1;

	while (size && argc <= WORDS_MAX)
		argv[argc++] = fuzz_line(&data, &size);
	if (options_parse(argc, argv, &o, &why) < 0) {
		MUST(why.what && *why.what);
		fuzz_harmless_msg(&why);
		msg_done(&why);
	} else {
		MUST(o.command >= 1 && o.command <= argc);
		MUST(!o.state || o.demo);
		MUST(!(o.demo && o.root) && (!o.live || o.root));
		MUST(o.rows >= 0 && o.rows <= 1000 && o.cols >= 0 && o.cols <= 1000);
	}
	/* getopt_long puts the words in another order, and keeps all of them. */
	for (int i = 1; i < argc; i++)
		free(argv[i]);
	return 0;
}
