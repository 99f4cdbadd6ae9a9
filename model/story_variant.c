/* SPDX-License-Identifier: MIT */
/*
 * Variant drivers of vfio-pci, which do what the plain one can't, such as migration: modules.alias says by "vfio_pci:" patterns
 * which functions they are made for.
 */
#include "story_part.h"
#include "sys.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

struct candidate {
	const char *wanted; /* what a pattern must match */
	char module[32];
	size_t wild; /* '*' of its pattern: the fewer, the more it is meant */
};

static size_t count_wild(const char *pattern)
{
	size_t n = 0;

	for (; *pattern; pattern++)
		n += *pattern == '*';
	return n;
}

/* A line "alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci". */
static void look_at(void *arg, char *line)
{
	struct candidate *best = arg;
	char *pattern = str_starts(line, "alias vfio_pci:") ? line + strlen("alias ") : NULL;
	char *module = pattern ? strchr(pattern, ' ') : NULL;

	if (!module || strlen(module + 1) >= sizeof(best->module))
		return;
	*module++ = '\0';
	if (!name_ok(module) || !strcmp(module, "vfio_pci") ||
	    fnmatch(pattern, best->wanted, 0) != 0 ||
	    (best->module[0] && best->wild <= count_wild(pattern)))
		return;
	strcpy(best->module, module);
	best->wild = count_wild(pattern);
}

/* 1: there is one; 0: none that can be told of. */
static int find(const struct told *t, struct candidate *best)
{
	const char *kernel = t->s->inv->host.kernel, *modalias = t->pci->modalias;
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf wanted = { 0 };
	int r;

	if (!kernel || !name_ok(kernel) || !modalias || !str_starts(modalias, "pci:"))
		return 0;
	if (buf_printf(&path, "/lib/modules/%.80s/modules.alias", kernel) < 0 ||
	    buf_printf(&wanted, "vfio_%s", modalias) < 0)
		return -ENOMEM;
	best->wanted = buf_str(&wanted);
	r = sys_lines(t->s->sys, buf_str(&path), look_at, best);
	best->wanted = NULL;
	return r == -ENOMEM ? r : best->module[0] != '\0';
}

int story_variant(const struct told *t, struct buf *ret)
{
	struct candidate best = { 0 };
	int r = t->pci ? find(t, &best) : 0;

	if (r <= 0 || (t->pci->driver && !strcmp(t->pci->driver, best.module)))
		return r < 0 ? r : 0;
	return story_line(
		ret,
		"This kernel has a variant of vfio-pci made for it, which can do more, such as "
		"migration: \"driver %s\" stages that in place of vfio-pci.",
		best.module);
}
