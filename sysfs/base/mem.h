/* SPDX-License-Identifier: MIT */
/*
 * Memory that cleans up after itself: a growing byte buffer, cleanup attributes, interned strings.
 * This is the one header every layer sees; it knows nothing of devices, paths or terminals.
 *
 * Rule: a struct buf that holds anything is always NUL-terminated behind its last byte, and an
 * operation that fails with -ENOMEM leaves the buffer as it was.
 */
#ifndef MEM_H
#define MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define CLEANUP(fn)   __attribute__((cleanup(fn)))
#define PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

/* CLEANUP(freep) on any malloc'ed pointer. */
static inline void freep(void *p)
{
	free(*(void **)p);
}

/* Takes the pointer out of a CLEANUP variable, which is NULL afterwards. */
#define TAKE(p)                                                                                    \
	__extension__({                                                                            \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

/* A growing byte buffer; all zero is the empty one. Owned bytes: buf_done releases them. */
struct buf {
	char *data; /* NULL while nothing was ever added; else data[len] is NUL */
	size_t len;
	size_t cap;
};

void buf_done(struct buf *b);  /* releases the memory; the buffer is empty and usable again */
void buf_reset(struct buf *b); /* forgets the content, keeps the memory */
const char *buf_str(const struct buf *b); /* never NULL: "" when empty */
char *buf_take(struct buf *b); /* the content as malloc'ed string, the caller's; NULL on ENOMEM */

/* All return 0 or -ENOMEM. */
int buf_add(struct buf *b, const void *bytes, size_t len);
int buf_adds(struct buf *b, const char *string);
int buf_addc(struct buf *b, char c);
int buf_hex(struct buf *b, unsigned value, int digits); /* what %0*x does, many times over */
int buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
int buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);

/*
 * A list of names in a buffer: each followed by NUL. Iterate:
 *	const char *name;
 *	buf_foreach_name(&names, name) ...
 */
int buf_add_name(struct buf *b, const char *name);
const char *buf_next_name(const struct buf *b,
			  const char *name); /* name NULL: the first; NULL: end */
int buf_sort_names(struct buf *b);	     /* in byte order */
#define buf_foreach_name(b, n) for ((n) = NULL; ((n) = buf_next_name((b), (n))) != NULL;)

/*
 * Doubles the room of a malloc'ed array when n members fill it. Returns 0 or -ENOMEM; *array and
 * *cap change together.
 */
int array_grow(void *array, size_t n, size_t *cap, size_t member_size);
/* Gives back the room of a malloc'ed array that its n members don't need: there won't be more of them. */
void array_fit(void *array, size_t n, size_t member_size);
/* Where key stands, or would stand, in a sorted array; cmp is given the key first, as bsearch(3) does. */
size_t array_place(const void *array, size_t n, size_t member_size, const void *key,
		   int (*cmp)(const void *key, const void *member), bool *ret_found);

/* Interned strings: equal text is the same pointer, valid until strtab_free. */
struct strtab;
struct strtab *strtab_new(void); /* NULL on ENOMEM */
struct strtab *strtab_free(struct strtab *t);
const char *strtab_get(struct strtab *t, const char *s); /* NULL in, NULL out; NULL on ENOMEM */
bool strtab_has(const struct strtab *t, const char *s);	 /* was it got before? */

bool str_eq(const char *a, const char *b); /* two NULLs are equal */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

#endif
