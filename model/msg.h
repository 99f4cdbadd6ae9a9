/* SPDX-License-Identifier: MIT */
/*
 * Everything the program says to its user: one catalogue, three sentences a message.
 *
 * Rule: what happened, why, what to do. Placeholders are {named}; values are made harmless for a
 * terminal here (control bytes become '?'), nowhere else.
 */
#ifndef MSG_H
#define MSG_H

#include "mem.h"

#include <stddef.h>

enum msg_id {
#define MSG(id, what, why, todo) MSG_##id,
#include "msg.def"
#undef MSG
	MSG_COUNT
};

/*
 * A message with its placeholders filled. Strings never NULL in a made message; why and todo may be "". Owned, by msg.c alone.
 */
struct msg {
	enum msg_id id;
	char *what;
	char *why;
	char *todo;
};

/*
 * msg_make(&m, MSG_NO_DEVICE, "device", name, NULL): pairs of placeholder and value. A placeholder
 * without a
 * value becomes "?". Releases what *m held. Never fails: without memory the strings are the
 * catalogue's own text cut down
 * to nothing, and the id still tells.
 */
void msg_make(struct msg *m, enum msg_id id, ...) __attribute__((sentinel));
void msg_done(struct msg *m); /* empties; usable again */
void msg_move(struct msg *to, struct msg *from);
/* Says it in other words, which may be its own. 0, or -ENOMEM and nothing changed. */
int msg_words(struct msg *m, const char *what, const char *why, const char *todo);
int msg_copy(struct msg *to, const struct msg *from); /* 0 or -ENOMEM */

struct msg_row {
	const char *name; /* "NO_DEVICE" */
	const char *what, *why, *todo;
};
const struct msg_row *msg_row(enum msg_id id); /* the catalogue */

/* An errno in words an operator knows, "the device is busy"; never a number alone. err > 0. */
const char *errno_words(int err);

/*
 * Copies text into a malloc'ed string with every control byte and invalid UTF-8 as '?'. NULL on
 * ENOMEM.
 */
char *text_safe(const char *text);
int buf_add_safe(struct buf *b, const char *text); /* the same, appended. 0 or -ENOMEM */
/* The length of the well-formed UTF-8 character of a printable code point which text begins with; 0: it is none. */
size_t text_char(const char *text);

#endif
