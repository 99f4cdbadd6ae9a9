/* SPDX-License-Identifier: MIT */
/*
 * Libraries that are loaded when something of theirs is called: what every start loads and few need takes longer than listing a
 * small host.
 *
 * Rule: a function below another library's name takes what that library's header says, and whoever calls it need not know. He has
 * asked before whether the library is there.
 */
#ifndef LOAD_H
#define LOAD_H

#include <dlfcn.h>
#include <stddef.h>

/* Stays loaded. Nothing is looked up in another library than that and those it needs. */
static inline void *load_symbol(const char *library, const char *name)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	return handle ? dlsym(handle, name) : NULL;
}

/* Declares `found`, the library's function of that name. What is found once is found for good. */
#define FIND(fn, library)                                                                          \
	static __typeof__(fn) *found;                                                              \
	if (!found)                                                                                \
	*(void **)&found = load_symbol(library, #fn)

#endif
