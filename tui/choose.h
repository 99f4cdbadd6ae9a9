/* SPDX-License-Identifier: MIT */
/*
 * Which front end suits a terminal: by its device and by TERM, of which neither alone is to be
 * trusted.
 */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "msg.h"
#include "options.h"

struct terminal_facts {
	const char *device; /* as ttyname(3) says; NULL: none */
	const char *type;   /* TERM; NULL: not set */
	bool addressable;   /* terminfo knows how to place its cursor */
	bool s390;	    /* ttyS0 is a 3215 there, and a serial line elsewhere */
};

bool choose_is_3270(const struct terminal_facts *t);
const char *mode_name(enum mode mode); /* "full-screen" */
enum { CHOOSE_WHY = 160 };
/* ret_why: in a few words, why this and not another; without a full stop. */
enum mode choose_mode(const struct terminal_facts *t, char ret_why[static CHOOSE_WHY]);
/*
 * What is said at the start, in one line where the screen is full; asked: of --mode, MODE_AUTO not.
 * false: nothing, it is as asked for and as it would be anyhow.
 */
bool choose_say(enum mode asked, const struct terminal_facts *t, struct msg *ret);

#endif
