/* SPDX-License-Identifier: MIT */
/*
 * A machine as text again, kept in a file, or copied from another machine.
 *
 * Events in the queue are not part of a machine: whoever opens one scans it.
 */
#include "sim_node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* -- text -- */

static int add_quoted(struct buf *b, const char *bytes, size_t len)
{
	static const char plain[] = "\"\\\n\t\x1b", names[] = "\"\\nte";
	int e = buf_addc(b, '"');

	for (size_t i = 0; i < len && e == 0; i++) {
		unsigned char c = (unsigned char)bytes[i];
		const char *p = c ? strchr(plain, c) : NULL;

		if (p)
			e = buf_printf(b, "\\%c", names[p - plain]);
		else if (c < 0x20 || c >= 0x7f)
			e = buf_printf(b, "\\x%02x", c);
		else
			e = buf_addc(b, (char)c);
	}
	return e < 0 ? e : buf_addc(b, '"');
}

/* A path or target: quoted only if it has to be. */
static int add_word(struct buf *b, const char *word)
{
	bool bare = word[0] != '\0' && word[0] != '#' && !str_starts(word, "<<");

	for (const char *p = word; *p && bare; p++)
		bare = (unsigned char)*p > 0x20 && (unsigned char)*p < 0x7f && *p != '"';
	return bare ? buf_adds(b, word) : add_quoted(b, word, strlen(word));
}

struct saver {
	struct buf *text;
	struct buf dir; /* a directory which so far has nothing in it */
};

/* A directory says itself only if nothing in it does. */
static int flush_dir(struct saver *s, const char *next)
{
	size_t n = s->dir.len;
	bool implied = next && !strncmp(next, buf_str(&s->dir), n) && next[n] == '/';
	int e = 0;

	if (n && !implied) {
		e = buf_adds(s->text, "dir ");
		e = e < 0 ? e : add_word(s->text, s->dir.data);
		e = e < 0 ? e : buf_addc(s->text, '\n');
	}
	buf_reset(&s->dir);
	return e;
}

static int save_entry(void *arg, const struct sim_entry *entry)
{
	struct saver *s = arg;
	int e = flush_dir(s, entry->path);

	if (e < 0 || entry->type == SYS_DIR)
		return e < 0 ? e : buf_adds(&s->dir, entry->path);
	e = buf_adds(s->text, entry->type == SYS_LINK ? "link " : "file ");
	e = e < 0 ? e : add_word(s->text, entry->path);
	if (entry->type == SYS_LINK) {
		e = e < 0 ? e : buf_addc(s->text, ' ');
		e = e < 0 ? e : add_word(s->text, entry->value);
	} else {
		e = e < 0 ? e : buf_printf(s->text, " %o ", entry->mode);
		e = e < 0 ? e : add_quoted(s->text, entry->value, entry->len);
	}
	return e < 0 ? e : buf_addc(s->text, '\n');
}

int sim_save(struct sys *sys, struct buf *ret_text)
{
	struct saver s = { .text = ret_text };
	int e = sim_each(sim_of(sys), save_entry, &s);

	if (e == 0)
		e = flush_dir(&s, NULL);
	buf_done(&s.dir);
	return e;
}

/* -- in a file -- */

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int sim_keep_now(struct sim *sim)
{
	CLEANUP(buf_done) struct buf text = { 0 }, temp = { 0 };
	int fd, e;

	if (!sim->keep)
		return 0;
	e = buf_printf(&temp, "%s.XXXXXX", sim->keep);
	e = e < 0 ? e : sim_save(&sim->sys, &text);
	if (e < 0)
		return e;
	fd = mkostemp(temp.data, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	e = write_all(fd, buf_str(&text), text.len);
	if (close(fd) < 0 && e == 0)
		e = -errno;
	if (e == 0 && rename(temp.data, sim->keep) < 0)
		e = -errno;
	if (e < 0)
		unlink(temp.data);
	return e;
}

int sim_keep(struct sys *sys, const char *file)
{
	struct sim *sim = sim_of(sys);
	char *old = sim->keep;
	int e;

	sim->keep = strdup(file);
	e = sim->keep ? sim_keep_now(sim) : -ENOMEM;
	if (e < 0) {
		free(sim->keep);
		sim->keep = old;
		return e;
	}
	free(old);
	return 0;
}

/* -- from another machine -- */

enum { COPY_DEPTH = 32 };

static int copy_node(struct sys *from, struct sim *to, const char *path, int depth);

static int copy_children(struct sys *from, struct sim *to, const char *path, int depth)
{
	CLEANUP(buf_done) struct buf names = { 0 }, child = { 0 };
	const char *name;
	int e = sim_put_dir(to, path);

	/* What cannot be listed stays an empty directory: a copy shows what could be seen. */
	if (e < 0 || depth == 0 || sys_list(from, path, &names) < 0)
		return e;
	buf_foreach_name (&names, name) {
		buf_reset(&child);
		e = buf_printf(&child, "%s/%s", path, name);
		e = e < 0 ? e : copy_node(from, to, child.data, depth - 1);
		if (e < 0)
			return e;
	}
	return 0;
}

static int copy_file(struct sys *from, struct sim *to, const char *path, const struct sys_stat *st)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	int unread = st->mode & 0444 ? sys_read(from, path, &value) : 0, e;

	if (unread < 0)
		buf_reset(&value);
	e = sim_put_bytes(to, path, st->mode, buf_str(&value), value.len);
	sim_note(to, path, st->mtime, unread);
	return e;
}

static int copy_node(struct sys *from, struct sim *to, const char *path, int depth)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct sys_stat st;
	int e = sys_stat(from, path, &st);

	if (e < 0)
		return e == -ENOMEM ? e : 0;
	switch (st.type) {
	case SYS_DIR:
		return copy_children(from, to, path, depth);
	case SYS_LINK:
		if (sys_readlink(from, path, &value) < 0)
			return 0;
		return sim_put_link(to, path, buf_str(&value));
	case SYS_FILE:
		return copy_file(from, to, path, &st);
	default:
		return 0;
	}
}

/* What a simulation hides cannot be copied through its operations. */
static int copy_sim(const struct sim *from, struct sim *to)
{
	struct sim_node *root = sim_node_copy(from->root);

	if (!root)
		return -ENOMEM;
	sim_node_free(to->root);
	to->root = root;
	to->level = from->level;
	return 0;
}

int sim_adopt(struct sim *sim)
{
	int e = 0;

	for (const struct sim_bus *const *bus = sim_buses; *bus && e == 0; bus++)
		e = (*bus)->adopt ? (*bus)->adopt(sim) : 0;
	sim_forget_events(sim);
	return e;
}

int sim_copy_still(struct sys *from, const char *const *paths, struct sim *to)
{
	int e = 0;

	for (; *paths && e == 0; paths++)
		e = copy_node(from, to, *paths, COPY_DEPTH);
	return e;
}

static int copy_foreign(struct sys *from, const char *const *paths, struct sim *to)
{
	int e = sim_copy_still(from, paths, to);

	return e < 0 ? e : sim_adopt(to);
}

int sim_copy(struct sys *from, const char *const *paths, struct sys **ret)
{
	struct sim *to;
	int e = sim_alloc(&to);

	if (e < 0)
		return e;
	e = from->ops == &sim_ops ? copy_sim(sim_of(from), to) : copy_foreign(from, paths, to);
	to->sys.origin = from->origin;
	sim_forget_events(to);
	if (e < 0) {
		sys_free(&to->sys);
		return e;
	}
	*ret = &to->sys;
	return 0;
}
