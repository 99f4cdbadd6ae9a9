/* SPDX-License-Identifier: MIT */
/* Chance that can be repeated: the same seed rolls the same. */
#ifndef DICE_H
#define DICE_H

#include <stdint.h>
#include <stdlib.h>

struct dice {
	uint64_t state;
};

static inline unsigned roll(struct dice *d, unsigned sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(d->state >> 33) % sides;
}

/* ROUNDS=n, SEED=n and the like. */
static inline unsigned dice_env(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

#endif
