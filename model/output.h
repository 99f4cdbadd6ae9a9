/* SPDX-License-Identifier: MIT */
/*
 * What the result is handed over as: QEMU arguments, libvirt XML, node device XML, shell commands.
 *
 * Sources: QEMU 10.0 and 10.2, libvirt 11.3.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "session.h"

#include <stdio.h>

enum output_as {
	OUTPUT_EDITS,
	OUTPUT_COMMANDS,
	OUTPUT_QEMU,
	OUTPUT_LIBVIRT,
	OUTPUT_NODEDEV,
	OUTPUT_VIRT_INSTALL
};

int output_as_parse(const char *word, enum output_as *ret); /* -EINVAL */
/*
 * Writes the devices (n 0: all that are given to guests now or will be by staged edits) to f. A
 * device that can't be written
 * so is named in reterr and -EINVAL returned, nothing written.
 * EDITS: an edits file that makes another machine the same. COMMANDS: the staged plan, or with
 * nothing staged the commands that
 * would make the given devices as they are.
 */
int output_write(const struct session *s, enum output_as as, const struct devid *devs, size_t n,
		 FILE *f, struct msg *reterr);

#endif
