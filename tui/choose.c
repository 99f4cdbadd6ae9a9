/* SPDX-License-Identifier: MIT */
#include "choose.h"

#include "mem.h"

#include <stdio.h>
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
		str_starts(t->device, "/dev/tty3215") ||
		(t->s390 && !strcmp(t->device, "/dev/ttyS0")));
}

const char *mode_name(enum mode mode)
{
	return mode == MODE_PANEL ? "panel" : mode == MODE_LINE ? "line" : "full-screen";
}

static const char lines_only[] = "A 3270 sends whole lines, so that single keys can't work";

/* Why there is no screen; NULL: there is one. */
static const char *no_screen(const struct terminal_facts *t)
{
	const char *type = t->type ? t->type : "";

	return sends_lines(t) ? "This console has lines only, no screen"
	       : !*type	      ? "TERM is not set, so that nothing is known of this terminal"
	       : !strcmp(type, "dumb") ? "TERM is dumb: this terminal has lines only, no screen"
	       : !t->addressable       ? "TERM names no terminal that has a screen"
				       : NULL;
}

enum mode choose_mode(const struct terminal_facts *t, char ret_why[static CHOOSE_WHY])
{
	const char *type = t->type ? t->type : "", *why = no_screen(t);

	/* ibm327x has no cursor addressing, but it is a 3270. */
	if (choose_is_3270(t) || (why && !sends_lines(t) && str_starts(type, "ibm327"))) {
		snprintf(ret_why, CHOOSE_WHY, "%s", lines_only);
		return MODE_PANEL;
	}
	if (why)
		snprintf(ret_why, CHOOSE_WHY, "%s", why);
	else
		snprintf(ret_why, CHOOSE_WHY, "single keys on %.40s, TERM %.40s",
			 t->device ? t->device : "this terminal", type);
	return why ? MODE_LINE : MODE_FULL;
}

bool choose_say(enum mode asked, const struct terminal_facts *t, struct msg *ret)
{
	char why[CHOOSE_WHY];
	enum mode by_itself = choose_mode(t, why);

	if (asked == by_itself)
		return false;
	if (asked != MODE_AUTO)
		msg_make(ret, MSG_MODE_ASKED, "mode", mode_name(asked), "other",
			 mode_name(by_itself), "why", why, NULL);
	else
		msg_make(ret, by_itself == MODE_FULL ? MSG_MODE_FULL : MSG_MODE_CHOSEN, "mode",
			 mode_name(by_itself), "why", why, NULL);
	return true;
}
