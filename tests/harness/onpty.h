/* SPDX-License-Identifier: MIT */
/*
 * The program itself on a pseudo terminal: what is typed goes in as a terminal sends it, what comes
 * out is kept.
 */
#ifndef ONPTY_H
#define ONPTY_H

#include "mem.h"

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct pty {
	int fd;
	pid_t pid;
	struct buf out;	      /* all that came out */
	size_t asked;	      /* how much of it had come when something was typed last */
	struct termios modes; /* before the program started */
};

/* How it starts, beyond what every test wants. */
struct pty_opts {
	const char *program;	 /* NULL: what VFIOCFG in the environment names */
	const char *type;	 /* TERM; NULL: not set */
	int rows, cols;		 /* 0: the terminal doesn't know */
	unsigned speed;		 /* B9600; 0: as pseudo terminals come */
	const char *const *argv; /* without the program's name, NULL at its end */
	const char *const *env;	 /* "NAME=value", NULL at its end; may be NULL */
};

void pty_open(struct pty *p, const struct pty_opts *o);
/*
 * argv without the program's name, NULL at its end. VFIOCFG in the environment names the program.
 */
void pty_start(struct pty *p, const char *type, int rows, int cols, const char *const *argv);
void pty_type(struct pty *p, const char *bytes);
void pty_line(struct pty *p,
	      const char *text); /* and Enter, as a 3270 and a cooked terminal send it */
/*
 * Until text has come since something was typed last; fails the test when it doesn't within a long
 * time.
 */
void pty_wait(struct pty *p, const char *text);
void pty_ask(struct pty *p, const char *line, const char *answer);
/* Reads what there is, waiting so long for the first of it; how many bytes. */
size_t pty_read(struct pty *p, int ms);
const char *pty_since(const struct pty *p); /* what came since something was typed last */
/* Is the terminal in the modes it had before? Also when the program is gone. */
bool pty_modes_are_back(const struct pty *p);
void pty_hang_up(struct pty *p); /* the terminal goes away */
int pty_end(struct pty *p); /* waits for the program to end: its exit code, or 128 + a signal */

#endif
