/* SPDX-License-Identifier: MIT */
/*
 * What a trace says of paths: values as tests/traces/README.md has them.
 *
 * Rule: the kernel is asked directly; nothing of the program under test has a part in it.
 */
#ifndef LOOK_H
#define LOOK_H

#include <json.h>
#include <stdbool.h>
#include <sys/types.h>

/* Names, which may be patterns, in the directories that a pattern gives. */
struct look_watch {
	const char *dirs, *names;
};

enum { LOOK_AP, LOOK_CSS, LOOK_PCI, LOOK_SETS };

/* What is watched of a bus; a state which has this path was made by watching it. */
extern const struct look_set {
	const char *bus, *path;
	const struct look_watch *watch;
} look_sets[LOOK_SETS];

/* Opens, reads or writes once, and closes; what open(2) refused is -2. */
ssize_t look_once(const char *path, int flags, char *bytes, size_t len, int *ret_errno);
struct json_object *look_error(int err);
struct json_object *look_at(const char *path); /* NULL: nothing is there */
/* Everything in the sets that are true, and at what these patterns (NULL: none) give. */
struct json_object *look_around(const bool *set, struct json_object *patterns);

#endif
