/* SPDX-License-Identifier: MIT */
/*
 * A directory of a test's own, filled by hand and gone afterwards.
 *
 *	CLEANUP(tree_done) struct tree t = tree_new();
 *	tree_put(&t, "/sys/class/x", "1\n");
 */
#ifndef TREE_H
#define TREE_H

#include "check.h"
#include "mem.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* First in a test: skip() jumps over what would clean up. */
#define NEEDS_ROOT()                                                                               \
	do {                                                                                       \
		if (geteuid() != 0)                                                                \
			skip();                                                                    \
	} while (0)

struct tree {
	char root[64];
};

static inline struct tree tree_new(void)
{
	struct tree t = { "/tmp/vfiocfg-test-XXXXXX" };

	assert_non_null(mkdtemp(t.root));
	return t;
}

static inline int tree_rm(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_done(struct tree *t)
{
	nftw(t->root, tree_rm, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path outside; valid until the fourth call after it. */
static inline const char *tree_path(const struct tree *t, const char *path)
{
	static char text[4][512];
	static unsigned n;
	char *full = text[n++ % 4];

	snprintf(full, sizeof(text[0]), "%s%s", t->root, path);
	return full;
}

static inline void tree_dir(const struct tree *t, const char *path)
{
	char full[1024];

	snprintf(full, sizeof(full), "%s%s/", t->root, path);
	for (char *p = full + strlen(t->root) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	assert_int_equal(access(full, F_OK), 0);
}

static inline void tree_parent(const struct tree *t, const char *path)
{
	char dir[512];

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	tree_dir(t, dir);
}

static inline void tree_put(const struct tree *t, const char *path, const char *content)
{
	FILE *f;

	tree_parent(t, path);
	f = fopen(tree_path(t, path), "we");
	assert_non_null(f);
	assert_true(fputs(content, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline void tree_link(const struct tree *t, const char *path, const char *target)
{
	tree_parent(t, path);
	assert_int_equal(symlink(target, tree_path(t, path)), 0);
}

static inline bool tree_has(const struct tree *t, const char *path)
{
	struct stat st;

	return lstat(tree_path(t, path), &st) == 0;
}

/* The content of a file that must be there. */
static inline void tree_assert(const struct tree *t, const char *path, const char *content)
{
	char text[4096] = "";
	FILE *f = fopen(tree_path(t, path), "re");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_string_equal(text, content);
}

#endif
