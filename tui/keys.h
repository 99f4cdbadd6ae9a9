/* SPDX-License-Identifier: MIT */
/*
 * Keys and words: one table feeds dispatch, footer, help, man page and README.
 *
 * Rule: every action has a word which works wherever a line is typed; no action exists outside the
 * table.
 */
#ifndef KEYS_H
#define KEYS_H

#include "mem.h"
#include "msg.h"

#include <stdbool.h>
#include <stdint.h>

struct app;

/* A key press: a Unicode character, or one of these. */
enum key {
	K_NONE = 0,
	K_CTRL_L = 12,
	K_BASE = 0x110000,
	K_UP,
	K_DOWN,
	K_LEFT,
	K_RIGHT,
	K_PGUP,
	K_PGDN,
	K_HOME,
	K_END,
	K_ENTER,
	K_TAB,
	K_BACKTAB,
	K_BACKSPACE,
	K_DELETE,
	K_ESC,
	K_RESIZE,
	K_MOUSE,
	K_EVENT, /* the machine moved */
	K_F1,
	K_F2,
	K_F3,
	K_F4,
	K_F5,
	K_F6,
	K_F7,
	K_F8,
	K_F9,
	K_F10,
	K_F11,
	K_F12,
	K_F13,
	K_F14,
	K_F15,
	K_F16,
	K_F17,
	K_F18,
	K_F19,
	K_F20,
	K_F21,
	K_F22,
	K_F23,
	K_F24,
};

/* Where a binding holds: a set of places. */
enum where {
	W_ANY = 0,
	W_OVERVIEW = 1,
	W_CHANNEL = 2,
	W_CRYPTO = 4,
	W_PCI = 8,
	W_MDEV = 16,
	W_CHANGES = 32,
	W_PATHS = 64,
	W_TABLES = W_CHANNEL | W_PCI | W_MDEV | W_PATHS,
	W_VIEWS = 127,
};

struct action {
	const char *word; /* "stage": also the word's help topic */
	const char *args; /* "[DEVICE...]", "" none: for help */
	uint32_t keys[4]; /* 0 ends */
	unsigned where;	  /* enum where */
	const char *hint; /* footer: "Stage"; NULL: not in the footer */
	const char *help; /* one line */
	/*
	 * Why it can't be done now, as a message; false: it can. May be NULL. args: what was typed
	 * after the word, "".
	 */
	bool (*blocked)(struct app *app, const char *args, struct msg *ret_why);
	void (*run)(struct app *app, const char *args);
	/* row numbers before the word, "3-7,9 stage": none, one, several */
	enum { ROW_NONE, ROW_ONE, ROW_MANY } rows;
	bool looks; /* can be done before the whole machine has been read */
};

extern const struct action actions[]; /* word NULL ends */

const struct action *action_for_key(uint32_t key, unsigned where);
/* unique beginnings are enough */
const struct action *action_for_word(const char *word, unsigned where);
/* The same among the actions for rows of that place: what "3 s" means. */
const struct action *action_for_rows(const char *word, unsigned where);
/* "F5", "Spc", "C", "^L": the name of a key for people. */
const char *key_label(uint32_t key, char text[static 8]);
/*
 * Appends a text in which actions stand as <word>: by their key ("u takes it back"), or as the word to
 * type ("\"undo\" takes it back"). What is no action stands as <for keys|for words>. The one place where a
 * text learns how its reader gives commands.
 */
int key_names(const char *text, unsigned where, bool typed, struct buf *ret); /* 0 or -ENOMEM */
/* "F5", "space", "enter", "C": for scripts of tests; 0: no such key. */
uint32_t key_from_name(const char *name);

#endif
