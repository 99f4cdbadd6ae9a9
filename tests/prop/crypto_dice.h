/* SPDX-License-Identifier: MIT */
/* Random machines with crypto, for the properties about it. */
#ifndef CRYPTO_DICE_H
#define CRYPTO_DICE_H

#include "dice.h"
#include "mem.h"
#include "sim.h"

#include <stdio.h>
#include <string.h>

enum { CARDS = 5, DOMS = 5, MATRICES = 4 };

/*
 * What exists at most, and one above: of both some are there, some are granted only to be missing.
 */
static const unsigned dice_cards[] = { 0x05, 0x06, 0x0a, 0x14, 0x3f, 0x41 };
static const unsigned dice_doms[] = { 0x00, 0x04, 0x05, 0x42, 0x53, 0x55 };
static const char *const dice_uuids[MATRICES] = {
	"11111111-0000-4000-8000-000000000001",
	"22222222-0000-4000-8000-000000000002",
	"33333333-0000-4000-8000-000000000003",
	"44444444-0000-4000-8000-000000000004",
};

/* Without ap_config; with it; with overrides of queues and masks that take no bit back. */
static const unsigned dice_levels[] = { 601, 612, 702 };

/* A machine of the level, with cards and domains of chance. 0 or what sim_new says. */
static inline int dice_machine(struct dice *dice, unsigned level, struct sys **ret)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *comma = "";

	buf_printf(&b, "name dice\nkernel %u %u.%u.0-dice\ncmdline root=/dev/dasda1\n", level,
		   level / 100, level % 100);
	buf_adds(&b,
		 "module vfio boot\nmodule mdev boot\nmodule vfio_ap available needs=vfio,mdev\n");
	buf_adds(&b, "file /usr/sbin/mdevctl 755 \"\"\nap max_adapter=64 max_domain=84 domains=");
	for (int i = 0; i < DOMS; i++)
		if (i == 1 || roll(dice, 4)) {
			buf_printf(&b, "%s%02x", comma, dice_doms[i]);
			comma = ",";
		}
	buf_adds(&b, " control=00,04,42\n");
	for (int i = 0; i < CARDS; i++)
		if (i == 0 || roll(dice, 4))
			buf_printf(&b, "card %02x CEX8%c\n", dice_cards[i], "CPA"[roll(dice, 3)]);
	if (roll(dice, 8))
		buf_adds(&b, "load vfio_ap\n");
	return sim_new(buf_str(&b), b.len, ret, NULL);
}

#endif
