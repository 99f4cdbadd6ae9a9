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
	char title[136];
	char topic[48];	  /* help: of what */
	struct devid dev; /* details: of whom */
	void (*build)(struct sheet_dialog *d, const struct app *a, int width);
	/* A key or (word not NULL) a word of its own; true: taken. May be NULL. */
	bool (*take)(struct sheet_dialog *d, struct app *a, uint32_t key, const char *word);
	/* As of struct dialog_ops. */
	long (*tick)(struct sheet_dialog *d, struct app *a, long now, bool *ret_changed);
	const char *hint; /* the last line, with <words>; NULL: how to move */
	void *data;	  /* of the owner */
	void (*data_free)(void *data);
};

/* name: "help", "detail", or "measure", which has to set tick. NULL on ENOMEM. */
struct sheet_dialog *sheet_dialog_new(const char *name,
				      void (*build)(struct sheet_dialog *d, const struct app *a,
						    int width));

#endif
