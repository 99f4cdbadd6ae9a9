/* SPDX-License-Identifier: MIT */
/*
 * A machine around a small simulated one, in which the input has its say. The small machine is a file of its own, so that what a
 * corpus file means doesn't change with the machines of the product.
 */
#include "fuzz.h"
#include "sim_tree.h"
#include "wrap.h"

#include <stdio.h>
#include <string.h>

#ifndef MACHINE_FILE /* meson says where the source is */
#define MACHINE_FILE "tests/fuzz/small.machine"
#endif

struct patch {
	const char *path; /* real */
	enum sys_type type;
	char *bytes;
	size_t len;
};

enum { PATCHES_MAX = 32, NAMES_MAX = 1024 };

struct patched {
	struct wrap wrap; /* first */
	const char *const *tops;
	struct {
		const char *path;
		enum sys_type type;
	} places[NAMES_MAX];
	size_t n_places;
	struct patch v[PATCHES_MAX];
	size_t n;
};

static int read_file(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "re");
	char page[4096];
	size_t n;

	while (f && (n = fread(page, 1, sizeof(page), f)) > 0)
		MUST(buf_add(ret, page, n) == 0);
	return f ? fclose(f) : -1;
}

/* Made once: nobody changes it, since what looks through it can't write. */
static struct sys *small_machine(void)
{
	static struct sys *machine;
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sim_error where = { 0 };

	if (machine)
		return machine;
	MUST(read_file(MACHINE_FILE, &text) == 0);
	if (sim_new(buf_str(&text), text.len, &machine, &where) < 0)
		fuzz_broken(MACHINE_FILE, (int)where.line, where.expected);
	return machine;
}

static const struct patch *patch_of(struct sys *sys, const char *path, enum sys_type type)
{
	struct patched *p = (struct patched *)(void *)sys;
	CLEANUP(buf_done) struct buf real = { 0 };

	/* A link is itself, anything else what the path leads to. */
	if (type != SYS_LINK && sim_real_path(sim_of(p->wrap.inner), path, &real) < 0)
		return NULL;
	if (type == SYS_LINK) {
		CLEANUP(freep) char *dir = strdup(path);
		char *slash = strrchr(dir, '/');

		*slash = '\0';
		if (!*dir || sim_real_path(sim_of(p->wrap.inner), dir, &real) < 0)
			return NULL;
		MUST(buf_printf(&real, "/%s", slash + 1) == 0);
	}
	for (size_t i = p->n; i-- > 0;)
		if (p->v[i].type == type && str_eq(p->v[i].path, buf_str(&real)))
			return &p->v[i];
	return NULL;
}

static int patched_read(struct sys *sys, const char *path, struct buf *ret)
{
	const struct patch *p = patch_of(sys, path, SYS_FILE);

	return p ? buf_add(ret, p->bytes, p->len) : wrap_read(sys, path, ret);
}

static int patched_readlink(struct sys *sys, const char *path, struct buf *ret)
{
	const struct patch *p = patch_of(sys, path, SYS_LINK);

	return p ? buf_adds(ret, p->bytes) : wrap_readlink(sys, path, ret);
}

/* The kernel's names have no slash and are not "."; everything else may come. */
static int patched_list(struct sys *sys, const char *path, struct buf *ret)
{
	const struct patch *p = patch_of(sys, path, SYS_DIR);
	int r = wrap_list(sys, path, ret);

	if (r < 0 || !p || !*p->bytes || strchr(p->bytes, '/') || str_eq(p->bytes, ".") ||
	    str_eq(p->bytes, ".."))
		return r;
	r = buf_add_name(ret, p->bytes);
	return r < 0 ? r : buf_sort_names(ret);
}

static void patched_free(struct sys *sys)
{
	struct patched *p = (struct patched *)(void *)sys;

	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].bytes);
	free(p);
}

static int watch_nothing(struct sys *sys, struct sys_event *ret)
{
	(void)sys;
	(void)ret;
	return 0;
}

static const struct sys_ops patched_ops = {
	.list = patched_list,
	.read = patched_read,
	.readlink = patched_readlink,
	.stat = wrap_stat,
	.watch = watch_nothing,
	.free = patched_free,
};

static int take_place(void *arg, const struct sim_entry *e)
{
	struct patched *p = arg;
	bool below = false;

	for (const char *const *top = p->tops; *top; top++)
		below = below || fuzz_below(e->path, *top);
	if (below && p->n_places < NAMES_MAX) {
		p->places[p->n_places].path = strdup(e->path);
		p->places[p->n_places++].type = e->type;
	}
	return 0;
}

/* Files that came to be read later stand behind all others, so that what the corpus says keeps its meaning. */
static void add_later(struct patched *places)
{
	static const char *const later[] = { "/dev/kmsg" };

	for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
		const struct sim_entry e = { .path = later[i], .type = SYS_FILE };

		MUST(sim_put_file(sim_of(small_machine()), later[i], 0644, "") == 0);
		take_place(places, &e);
	}
}

/* The places of these tops, found once for each target, which has one set of them. */
static const struct patched *places_of(const char *const *tops)
{
	static struct patched places;

	if (!places.tops) {
		places.tops = tops;
		sim_each(sim_of(small_machine()), take_place, &places);
		add_later(&places);
	}
	MUST(places.tops == tops && places.n_places > 0);
	return &places;
}

struct sys *fuzz_machine(const char *const *tops, const uint8_t *data, size_t size)
{
	const struct patched *places = places_of(tops);
	struct patched *p = calloc(1, sizeof(*p));

	MUST(p);
	p->wrap = (struct wrap){ .sys = { .ops = &patched_ops, .fd = -1, .simulated = true },
				 .inner = small_machine() };
	while (size >= 4 && p->n < PATCHES_MAX) {
		size_t place = (size_t)(data[0] | data[1] << 8) % places->n_places;
		size_t len = MIN((size_t)(data[2] | data[3] << 8), size - 4);

		p->v[p->n++] = (struct patch){ .path = places->places[place].path,
					       .type = places->places[place].type,
					       .bytes = fuzz_string(data + 4, len),
					       .len = len };
		data += 4 + len;
		size -= 4 + len;
	}
	return &p->wrap.sys;
}
