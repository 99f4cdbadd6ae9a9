/* SPDX-License-Identifier: MIT */
#include "msg.h"
#include "mem.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const struct msg_row rows[] = {
#define MSG(id, what, why, todo) [MSG_##id] = { #id, what, why, todo },
#include "msg.def"
#undef MSG
};

const struct msg_row *msg_row(enum msg_id id)
{
	return &rows[id];
}

size_t text_char(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : 4;
	uint32_t c;

	if (n == 1)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] < 0xc0 || s[0] > 0xf4)
		return 0;
	c = s[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* C1 controls, surrogates, and the marks that turn the reading direction are no text. */
	if (c < least[n] || c < 0xa0 || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
	    c == 0x200f)
		return 0;
	return n;
}

/* How many bytes are printable ASCII, which nearly all are. */
static size_t plain_len(const char *text)
{
	size_t n = 0;

	while (text[n] >= 0x20 && text[n] < 0x7f)
		n++;
	return n;
}

int buf_add_safe(struct buf *b, const char *text)
{
	while (*text) {
		size_t plain = plain_len(text), n = plain;
		int r;

		if (!plain)
			n = text_char(text);
		r = n ? buf_add(b, text, n) : buf_addc(b, '?');

		if (r < 0)
			return r;
		text += n ? n : 1;
	}
	return 0;
}

char *text_safe(const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (!text[plain_len(text)])
		return strdup(text);
	return buf_add_safe(&b, text) < 0 ? NULL : buf_take(&b);
}

/* The value that follows `name` among the pairs; NULL if it isn't there. */
static const char *pair_value(const char *name, size_t len, va_list ap)
{
	const char *key, *value, *found = NULL;

	while ((key = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		if (!found && strlen(key) == len && !strncmp(key, name, len))
			found = value ? value : "?";
	}
	return found;
}

static int fill(struct buf *b, const char *pattern, va_list pairs)
{
	int r = 0;

	while (*pattern && r == 0) {
		const char *open = strchrnul(pattern, '{'), *close;
		const char *value;
		va_list ap;

		r = buf_add(b, pattern, (size_t)(open - pattern));
		if (!*open)
			break;
		close = strchrnul(open, '}');
		va_copy(ap, pairs);
		value = pair_value(open + 1, (size_t)(close - open - 1), ap);
		va_end(ap);
		if (r == 0)
			r = buf_add_safe(b, value ? value : "?");
		pattern = *close ? close + 1 : close;
	}
	return r < 0 ? r : buf_addc(b, '\0');
}

static char no_memory[1]; /* stands for strings there was no memory for; never freed */

/*
 * The three sentences are one piece of memory, which `what` owns: there can be a message for each of tens of thousands of
 * devices.
 */
static struct msg in_one(enum msg_id id, const char *sentences, size_t len)
{
	char *piece = malloc(len);
	size_t n;

	if (!piece)
		return (struct msg){ id, no_memory, no_memory, no_memory };
	memcpy(piece, sentences, len);
	n = strlen(piece) + 1;
	return (struct msg){ id, piece, piece + n, piece + n + strlen(piece + n) + 1 };
}

void msg_done(struct msg *m)
{
	if (m->what != no_memory)
		free(m->what);
	*m = (struct msg){ 0 };
}

void msg_make(struct msg *m, enum msg_id id, ...)
{
	const char *const sentences[] = { rows[id].what, rows[id].why, rows[id].todo };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct msg made;
	va_list ap;
	int r = 0;

	va_start(ap, id);
	for (size_t i = 0; i < ARRAY_SIZE(sentences) && r == 0; i++)
		r = fill(&b, sentences[i], ap);
	va_end(ap);
	made = r < 0 ? (struct msg){ id, no_memory, no_memory, no_memory }
		     : in_one(id, b.data, b.len);
	/* Only now: the values may be strings of *m. */
	msg_done(m);
	*m = made;
}

void msg_move(struct msg *to, struct msg *from)
{
	msg_done(to);
	*to = *from;
	*from = (struct msg){ 0 };
}

int msg_words(struct msg *m, const char *what, const char *why, const char *todo)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct msg made;

	if (buf_add_name(&b, what ? what : "") < 0 || buf_add_name(&b, why ? why : "") < 0 ||
	    buf_add_name(&b, todo ? todo : "") < 0)
		return -ENOMEM;
	made = in_one(m->id, b.data, b.len);
	if (made.what == no_memory)
		return -ENOMEM;
	msg_done(m);
	*m = made;
	return 0;
}

int msg_copy(struct msg *to, const struct msg *from)
{
	struct msg m = { .id = from->id };
	int r = msg_words(&m, from->what, from->why, from->todo);

	if (r == 0)
		msg_move(to, &m);
	return r;
}

const char *errno_words(int err)
{
	static const struct {
		int err;
		const char *words;
	} table[] = {
		{ EBUSY, "the device is busy" },
		{ EINVAL, "the kernel does not take this value" },
		{ ENODEV, "there is no such device" },
		{ ENOENT, "it is not there" },
		{ EEXIST, "it exists already" },
		{ EUSERS, "no instance is left" },
		{ EADDRINUSE, "a queue is assigned to another matrix" },
		{ EADDRNOTAVAIL, "a queue is reserved for the host" },
		{ EACCES, "permission is denied" },
		{ EPERM, "it is not permitted (or others may change its directory)" },
		{ EROFS, "it is read-only" },
		{ ENOSPC, "the file system is full" },
		{ EIO, "an input/output error" },
		{ EAGAIN, "it is busy with another change" },
		{ ERANGE, "the number is out of range" },
		{ ETIMEDOUT, "the effect did not show in time" },
		{ EINPROGRESS, "the kernel has not answered: somebody holds the device" },
		{ EINTR, "it was interrupted" },
		{ ENOMEM, "there is not enough memory" },
		{ EBADF, "it is closed" },
		{ EISDIR, "it is a directory, not a file" },
		{ ENOTSUP, "it is not supported here" },
		{ EFBIG, "it is too large" },
		{ ESTALE, "another program has replaced it, or its directory, meanwhile" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].err == err)
			return table[i].words;
	return strerror(err);
}
