/* SPDX-License-Identifier: MIT */
/*
 * The tree: directories, files and links by path. Children are kept sorted, so that looking up is a binary
 * search at each level and adding devices in their order is appending.
 */
#include "sim_node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINKS_MAX = 40 };

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) swap_ = (a);                                                         \
		(a) = (b);                                                                         \
		(b) = swap_;                                                                       \
	} while (0)

static void node_free(struct sim_node *n)
{
	for (size_t i = 0; i < n->n; i++)
		node_free(n->children[i]);
	free(n->children);
	free(n->value);
	free(n->line);
	free(n);
}

struct sim_node *sim_node_free(struct sim_node *n)
{
	if (n)
		node_free(n);
	return NULL;
}

struct sim_node *sim_node_new(const char *name, size_t len, enum sys_type type)
{
	struct sim_node *n = calloc(1, sizeof(*n) + len + 1);

	if (!n)
		return NULL;
	memcpy(n->name, name, len);
	n->type = type;
	return n;
}

struct sim_node *sim_node_copy(const struct sim_node *from)
{
	struct sim_node *n = sim_node_new(from->name, strlen(from->name), from->type);

	if (!n)
		return NULL;
	n->mode = from->mode;
	n->mtime = from->mtime;
	n->unread = from->unread;
	if (from->value && sim_node_set(n, from->value, from->len) < 0)
		return sim_node_free(n);
	n->children = from->n ? calloc(from->n, sizeof(struct sim_node *)) : NULL;
	n->cap = n->children ? from->n : 0;
	for (; n->n < from->n && n->children; n->n++) {
		struct sim_node *c = sim_node_copy(from->children[n->n]);

		if (!c)
			return sim_node_free(n);
		c->parent = n;
		n->children[n->n] = c;
	}
	return n->n == from->n ? n : sim_node_free(n);
}

static int name_cmp(const struct sim_node *n, const char *name, size_t len)
{
	int r = strncmp(n->name, name, len);

	return r ? r : n->name[len] != '\0';
}

/* Where a child is, or would have to be put. */
static size_t slot_of(const struct sim_node *dir, const char *name, size_t len, bool *ret_there)
{
	size_t lo = 0, hi = dir->n;

	*ret_there = false;
	if (hi && name_cmp(dir->children[hi - 1], name, len) < 0)
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = name_cmp(dir->children[mid], name, len);

		if (r == 0) {
			*ret_there = true;
			return mid;
		}
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct sim_node *child(struct sim_node *dir, const char *name, size_t len)
{
	bool there = dir->last < dir->n && name_cmp(dir->children[dir->last], name, len) == 0;

	if (!there)
		dir->last = slot_of(dir, name, len, &there);
	return there ? dir->children[dir->last] : NULL;
}

static struct sim_node *add_child(struct sim_node *dir, const char *name, size_t len,
				  enum sys_type type)
{
	struct sim_node *n = sim_node_new(name, len, type);
	bool there;
	size_t i = slot_of(dir, name, len, &there);

	if (!n || array_grow(&dir->children, dir->n, &dir->cap, sizeof(struct sim_node *)) < 0)
		return sim_node_free(n);
	memmove(dir->children + i + 1, dir->children + i, (dir->n - i) * sizeof(struct sim_node *));
	dir->children[i] = n;
	dir->n++;
	n->parent = dir;
	return n;
}

/* Walks a path from a directory; *links counts down. Sets *reterr. */
static struct sim_node *walk(const struct sim *sim, struct sim_node *from, const char *path,
			     unsigned flags, int *links, int *reterr)
{
	struct sim_node *at = *path == '/' ? sim->root : from;

	for (;;) {
		struct sim_node *next;
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!len)
			return at;
		if (at->type != SYS_DIR) {
			*reterr = -ENOTDIR;
			return NULL;
		}
		if (len == 2 && !strncmp(path, "..", 2))
			next = at->parent ? at->parent : at;
		else if (len == 1 && *path == '.')
			next = at;
		else
			next = child(at, path, len);
		if (!next && (flags & SIM_MAKE))
			next = add_child(at, path, len, SYS_DIR);
		path += len;
		if (next && next->type == SYS_LINK && (*path || !(flags & SIM_NOFOLLOW))) {
			if (--*links < 0) {
				*reterr = -ELOOP;
				return NULL;
			}
			next = walk(sim, at, next->value,
				    flags & ~(unsigned)(SIM_MAKE | SIM_NOFOLLOW), links, reterr);
			if (!next)
				return NULL;
		}
		if (!next) {
			*reterr = flags & SIM_MAKE ? -ENOMEM : -ENOENT;
			return NULL;
		}
		at = next;
	}
}

struct sim_node *sim_walk(const struct sim *sim, const char *path, unsigned flags, int *reterr)
{
	int links = LINKS_MAX, err = -ENOENT;
	struct sim_node *n = walk(sim, sim->root, path, flags, &links, &err);

	if (!n)
		*reterr = err;
	return n;
}

/* The node at a path, made with its directories if there is none. */
static int put(struct sim *sim, const char *path, enum sys_type type, struct sim_node **ret)
{
	CLEANUP(freep) char *dir = strdup(path);
	char *name = dir ? strrchr(dir, '/') : NULL;
	struct sim_node *d, *n;
	int r = -ENOMEM;

	if (!dir)
		return -ENOMEM;
	if (!name || !name[1])
		return -EINVAL;
	*name++ = '\0';
	d = sim_walk(sim, dir, SIM_MAKE, &r);
	if (!d)
		return r < 0 ? r : -ENOENT;
	if (d->type != SYS_DIR)
		return -ENOTDIR;
	n = child(d, name, strlen(name));
	if (n && n->type != type && (n->type == SYS_DIR || type == SYS_DIR)) {
		/* a link to a directory serves as a directory; anything else is in the way */
		if (n->type != SYS_LINK)
			return n->type == SYS_DIR ? -EISDIR : -ENOTDIR;
	}
	if (!n)
		n = add_child(d, name, strlen(name), type);
	if (!n)
		return -ENOMEM;
	if (n->type != SYS_LINK || type != SYS_DIR)
		n->type = type;
	*ret = n;
	return 0;
}

int sim_node_set(struct sim_node *n, const char *bytes, size_t len)
{
	char *value = malloc(len + 1);

	if (!value)
		return -ENOMEM;
	if (len)
		memcpy(value, bytes, len);
	value[len] = '\0';
	free(n->value);
	free(n->line);
	n->value = value;
	n->line = NULL;
	n->len = len;
	return 0;
}

void sim_path(char ret[static SIM_PATH], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(ret, SIM_PATH, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= SIM_PATH)
		*ret = '\0';
}

int sim_put_dir(struct sim *sim, const char *path)
{
	struct sim_node *n;

	return put(sim, path, SYS_DIR, &n);
}

int sim_put_bytes(struct sim *sim, const char *path, unsigned mode, const void *bytes, size_t len)
{
	struct sim_node *n = NULL;
	int r = put(sim, path, SYS_FILE, &n);

	if (r < 0 || !n)
		return r;
	n->mode = mode ? mode : 0444;
	return sim_node_set(n, bytes, len);
}

int sim_put_file(struct sim *sim, const char *path, unsigned mode, const char *value)
{
	return sim_put_bytes(sim, path, mode, value, strlen(value));
}

int sim_put_filef(struct sim *sim, const char *path, unsigned mode, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return r < 0 ? r : sim_put_bytes(sim, path, mode, buf_str(&b), b.len);
}

int sim_put_link(struct sim *sim, const char *path, const char *target)
{
	struct sim_node *n;
	int r = put(sim, path, SYS_LINK, &n);

	return r < 0 ? r : sim_node_set(n, target, strlen(target));
}

int sim_link_to(struct sim *sim, const char *path, const char *to)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	size_t same = 0;

	for (size_t i = 0; path[i] && path[i] == to[i]; i++)
		if (path[i] == '/')
			same = i + 1;
	for (const char *p = path + same; (p = strchr(p, '/')) != NULL; p++)
		if (buf_adds(&target, "../") < 0)
			return -ENOMEM;
	if (buf_adds(&target, to + same) < 0)
		return -ENOMEM;
	return sim_put_link(sim, path, buf_str(&target));
}

int sim_set(struct sim *sim, const char *path, const char *value)
{
	int r = 0;
	struct sim_node *n = sim_walk(sim, path, 0, &r);

	if (!n)
		return r;
	return n->type == SYS_FILE ? sim_node_set(n, value, strlen(value)) : -EISDIR;
}

/* Takes a node out of its directory; the caller owns it. */
static void detach(struct sim_node *n)
{
	struct sim_node *dir = n->parent;
	bool there;
	size_t i = slot_of(dir, n->name, strlen(n->name), &there);

	memmove(dir->children + i, dir->children + i + 1,
		(dir->n - i - 1) * sizeof(struct sim_node *));
	dir->n--;
	dir->numbered = 0;
	n->parent = NULL;
}

int sim_number(struct sim *sim, const char *dir,
	       int (*lowest)(const struct sim *sim, const char *dir))
{
	int r = 0, number;
	struct sim_node *d = sim_walk(sim, dir, 0, &r);

	if (!d)
		return r == -ENOENT ? 0 : r;
	if (d->n && d->n == d->numbered)
		return (int)d->numbered++;
	number = lowest(sim, dir);
	d->numbered = number >= 0 && d->n == (size_t)number ? (unsigned)number + 1 : 0;
	return number;
}

void sim_note(struct sim *sim, const char *path, int64_t mtime, int unread)
{
	int r;
	struct sim_node *n = sim_walk(sim, path, SIM_NOFOLLOW, &r);

	if (!n)
		return;
	n->mtime = mtime ? mtime : n->mtime;
	n->unread = unread;
}

void sim_del(struct sim *sim, const char *path)
{
	int r;
	struct sim_node *n = sim_walk(sim, path, SIM_NOFOLLOW, &r);

	if (!n || !n->parent)
		return;
	detach(n);
	sim_node_free(n);
}

int sim_move(struct sim *sim, const char *from, const char *to)
{
	int r = -ENOENT;
	struct sim_node *n = sim_walk(sim, from, SIM_NOFOLLOW, &r), *place;

	if (!n || !n->parent)
		return r;
	sim_del(sim, to);
	r = put(sim, to, n->type, &place);
	if (r < 0)
		return r;
	/* the two nodes change places, but each keeps its name and its parent */
	detach(n);
	SWAP(n->value, place->value);
	SWAP(n->line, place->line);
	SWAP(n->children, place->children);
	SWAP(n->len, place->len);
	SWAP(n->n, place->n);
	SWAP(n->cap, place->cap);
	place->mode = n->mode;
	for (size_t i = 0; i < place->n; i++)
		place->children[i]->parent = place;
	sim_node_free(n);
	return 0;
}

void sim_delf(struct sim *sim, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	if (buf_vprintf(&b, fmt, ap) == 0)
		sim_del(sim, buf_str(&b));
	va_end(ap);
}

bool sim_has(const struct sim *sim, const char *path)
{
	int r;

	return sim_walk(sim, path, 0, &r) != NULL;
}

const char *sim_value(const struct sim *sim, const char *path)
{
	int r;
	struct sim_node *n = sim_walk(sim, path, 0, &r);

	if (!n || n->type != SYS_FILE || !n->value)
		return "";
	if (!n->line)
		n->line = strndup(n->value, strcspn(n->value, "\n"));
	return n->line ? n->line : "";
}

int sim_bytes(const struct sim *sim, const char *path, struct buf *ret)
{
	int r = -ENOENT;
	const struct sim_node *n = sim_walk(sim, path, 0, &r);

	if (!n || n->type != SYS_FILE)
		return -ENOENT;
	return buf_add(ret, n->value ? n->value : "", n->len);
}

enum sys_type sim_type(const struct sim *sim, const char *path)
{
	int r;
	const struct sim_node *n = sim_walk(sim, path, SIM_NOFOLLOW, &r);

	return n ? n->type : SYS_NONE;
}

/* The path of a node, written from its end. */
static int add_path(const struct sim_node *n, struct buf *b)
{
	if (!n->parent)
		return 0;
	if (add_path(n->parent, b) < 0 || buf_addc(b, '/') < 0)
		return -ENOMEM;
	return buf_adds(b, n->name);
}

int sim_node_path(const struct sim_node *n, struct buf *ret)
{
	return n->parent ? add_path(n, ret) : buf_addc(ret, '/');
}

int sim_real_path(const struct sim *sim, const char *path, struct buf *ret)
{
	int r;
	const struct sim_node *n = sim_walk(sim, path, 0, &r);

	return n ? sim_node_path(n, ret) : -ENOENT;
}

const char *sim_link(const struct sim *sim, const char *path)
{
	int r;
	const struct sim_node *n = sim_walk(sim, path, SIM_NOFOLLOW, &r);

	return n && n->type == SYS_LINK && n->value ? n->value : "";
}

const char *sim_link_base(const struct sim *sim, const char *path)
{
	const char *target = sim_link(sim, path), *slash = strrchr(target, '/');

	return slash ? slash + 1 : target;
}

int sim_names(const struct sim *sim, const char *path, struct buf *ret_names)
{
	int r = -ENOENT;
	const struct sim_node *n = sim_walk(sim, path, 0, &r);

	if (!n)
		return r;
	if (n->type != SYS_DIR)
		return -ENOTDIR;
	for (size_t i = 0; i < n->n; i++)
		if (buf_add_name(ret_names, n->children[i]->name) < 0)
			return -ENOMEM;
	return 0;
}

static int each(const struct sim_node *dir, struct buf *path,
		int (*fn)(void *arg, const struct sim_entry *e), void *arg)
{
	size_t len = path->len;

	for (size_t i = 0; i < dir->n; i++) {
		const struct sim_node *n = dir->children[i];
		struct sim_entry e = { .type = n->type,
				       .mode = n->mode,
				       .mtime = n->mtime,
				       .unread = n->unread,
				       .value = n->value ? n->value : "",
				       .len = n->len };
		int r;

		if (buf_addc(path, '/') < 0 || buf_adds(path, n->name) < 0)
			return -ENOMEM;
		e.path = path->data;
		r = fn(arg, &e);
		if (r == 0 && n->type == SYS_DIR)
			r = each(n, path, fn, arg);
		if (r != 0)
			return r;
		path->len = len;
		path->data[len] = '\0';
	}
	return 0;
}

int sim_each(const struct sim *sim, int (*fn)(void *arg, const struct sim_entry *e), void *arg)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	return each(sim->root, &path, fn, arg);
}
