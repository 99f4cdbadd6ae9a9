/* SPDX-License-Identifier: MIT */
#include "choose.h"

#include "mem.h"

#include <string.h>

bool choose_is_3270(const struct terminal_facts *t)
{
	return t->device &&
	       (str_starts(t->device, "/dev/3270/") || str_starts(t->device, "/dev/tty3270"));
}

static bool sends_lines(const struct terminal_facts *t)
{
	return t->device &&
	       (str_starts(t->device, "/dev/sclp_line") || str_starts(t->device, "/dev/3215") ||
		(t->s390 && !strcmp(t->device, "/dev/ttyS0")));
}

enum mode choose_mode(const struct terminal_facts *t, const char **ret_why)
{
	const char *type = t->type ? t->type : "";

	*ret_why = NULL;
	if (choose_is_3270(t)) {
		*ret_why = "A 3270 sends whole lines, so that single keys can't work";
		return MODE_PANEL;
	}
	if (sends_lines(t))
		*ret_why = "This console has lines only, no screen";
	else if (!*type)
		*ret_why = "TERM is not set, so that nothing is known of this terminal";
	else if (!strcmp(type, "dumb"))
		*ret_why = "TERM is dumb: this terminal has lines only, no screen";
	else if (!t->addressable)
		*ret_why = "TERM names no terminal that has a screen";
	if (!*ret_why)
		return MODE_FULL;
	/* ibm327x has no cursor addressing, but it is a 3270. */
	if (!sends_lines(t) && str_starts(type, "ibm327")) {
		*ret_why = "A 3270 sends whole lines, so that single keys can't work";
		return MODE_PANEL;
	}
	return MODE_LINE;
}
