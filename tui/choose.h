/* SPDX-License-Identifier: MIT */
/*
 * Which front end suits a terminal: by its device and by TERM, of which neither alone is to be
 * trusted.
 */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "options.h"

struct terminal_facts {
	const char *device; /* as ttyname(3) says; NULL: none */
	const char *type;   /* TERM; NULL: not set */
	bool addressable;   /* terminfo knows how to place its cursor */
	bool s390;	    /* ttyS0 is a 3215 there, and a serial line elsewhere */
};

bool choose_is_3270(const struct terminal_facts *t);
/* *ret_why: in a few words, why this and not the full screen; NULL: it is the full screen. */
enum mode choose_mode(const struct terminal_facts *t, const char **ret_why);

#endif
