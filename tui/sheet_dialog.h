/* SPDX-License-Identifier: MIT */
/*
 * A dialog that is a sheet of text over the whole screen: help, everything about a device.
 */
#ifndef SHEET_DIALOG_H
#define SHEET_DIALOG_H

#include "app.h"

struct sheet_dialog {
	struct dialog dialog; /* first */
	struct sheet sheet;
	char title[96];
	char topic[48];	  /* help: of what */
	struct devid dev; /* details: of whom */
	void (*build)(struct sheet_dialog *d, const struct app *a, int width);
};

/* NULL on ENOMEM. */
struct sheet_dialog *sheet_dialog_new(const char *name,
				      void (*build)(struct sheet_dialog *d, const struct app *a,
						    int width));

#endif
