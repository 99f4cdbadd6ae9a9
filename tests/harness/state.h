/* SPDX-License-Identifier: MIT */
/*
 * What a commit may change of a simulated machine, and how two of them differ.
 *
 * Rule: no state is what a commit keeps for itself (journal, history, locks), the number of the
 * IOMMU group and of the VFIO device that a mediated device or a virtual function gets anew each time it is made (the kernel
 * gives the lowest that is free then, iommu_group_alloc()), the order of past events, and directories that are empty.
 */
#ifndef STATE_H
#define STATE_H

#include "check.h"
#include "sim_tree.h"

#include <errno.h>
#include <string.h>

struct place {
	char *path, *value;
	size_t len;
	unsigned mode;
	enum sys_type type;
};

struct state {
	struct place *places;
	size_t n, cap;
};

static inline void state_done(struct state *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->places[i].path);
		free(s->places[i].value);
	}
	free(s->places);
	*s = (struct state){ 0 };
}

static inline bool state_counts(const struct sim_entry *e)
{
	static const char *const no[] = { "/var/lib/vfiocfg/", "/.sim/home/", "/.sim/past/",
					  "/.sim/staged/",     "/.sim/was/",  "/run/lock/",
					  "/dev/vfio/" };
	static const char *const within[] = { "iommu_group", "/vfio/", "/class/vfio",
					      "/virtual/vfio", "/vfio-dev/" };

	if (e->type == SYS_DIR)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (str_starts(e->path, no[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(within); i++)
		if (strstr(e->path, within[i]))
			return false;
	return true;
}

/* The simulation's own note of a virtual function has the number, too. */
static inline void state_forget_group(struct place *p)
{
	char *group = strstr(p->value, " group=");

	if (!str_starts(p->path, "/.sim/pci/") || !group || !strstr(group, " physfn="))
		return;
	group += strlen(" group=");
	memmove(group, strchr(group, ' '), strlen(strchr(group, ' ')) + 1);
	p->len = strlen(p->value);
}

static inline int state_add(void *arg, const struct sim_entry *e)
{
	struct state *s = arg;
	struct place *p;

	if (!state_counts(e))
		return 0;
	if (array_grow(&s->places, s->n, &s->cap, sizeof(*s->places)) < 0)
		return -ENOMEM;
	p = &s->places[s->n++];
	*p = (struct place){ strdup(e->path), malloc(e->len + 1), e->len, e->mode, e->type };
	if (!p->path || !p->value)
		return -ENOMEM;
	memcpy(p->value, e->value ? e->value : "", e->len);
	p->value[e->len] = '\0';
	state_forget_group(p);
	return 0;
}

static inline struct state state_of(struct sys *sim)
{
	struct state s = { 0 };

	assert_int_equal(sim_each(sim_of(sim), state_add, &s), 0);
	return s;
}

/* The order of a tree: a slash before everything else. */
static inline int state_cmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return (*a == '/' ? 1 : (unsigned char)*a) - (*b == '/' ? 1 : (unsigned char)*b);
}

/* Calls fn for each place that differs; was or is may be NULL: not there. Returns how many. */
static inline size_t
state_diff(const struct state *was, const struct state *is,
	   void (*fn)(void *arg, const struct place *was, const struct place *is), void *arg)
{
	size_t i = 0, k = 0, n = 0;

	while (i < was->n || k < is->n) {
		const struct place *a = i < was->n ? &was->places[i] : NULL;
		const struct place *b = k < is->n ? &is->places[k] : NULL;
		int r = !a ? 1 : !b ? -1 : state_cmp(a->path, b->path);

		i += r <= 0;
		k += r >= 0;
		a = r <= 0 ? a : NULL;
		b = r >= 0 ? b : NULL;
		if (a && b && a->type == b->type && a->mode == b->mode && a->len == b->len &&
		    memcmp(a->value, b->value, a->len) == 0)
			continue;
		n++;
		if (fn)
			fn(arg, a, b);
	}
	return n;
}

static inline void state_tell(void *arg, const struct place *was, const struct place *is)
{
	unsigned *left = arg;

	if (*left && (*left)--)
		print_message("  %s: was %.100s, is %.100s\n", (was ? was : is)->path,
			      was ? was->value : "not there", is ? is->value : "not there");
}

/* Are they the same? If not, tells the first differences. */
static inline bool state_same(const struct state *was, const struct state *is)
{
	unsigned left = 8;

	return state_diff(was, is, state_tell, &left) == 0;
}

#endif
