/* SPDX-License-Identifier: MIT */
/* Everything that was found about the host's readiness, and what to do. */
#include "actions.h"
#include "readiness.h"
#include "sheet_dialog.h"

#include <stdio.h>

static void build(struct sheet_dialog *d, const struct app *a, int width)
{
	CLEANUP(readiness_done) struct readiness ready = { 0 };

	if (readiness_make(session_desired(a->session), &ready) < 0)
		return;
	for (size_t i = 0; i < ready.n; i++) {
		const struct ready_item *x = &ready.v[i];
		CLEANUP(buf_done) struct buf line = { 0 };
		CLEANUP(buf_done) struct buf todo = { 0 };

		(void)buf_printf(&line, "%-6s %-11s %s", ready_word(x->state), x->title,
				 x->evidence);
		sheet_wrap(&d->sheet,
			   x->state == READY_STOP   ? LOOK_ERROR
			   : x->state == READY_LACK ? LOOK_WARN
						    : LOOK_PLAIN,
			   width, 19, buf_str(&line));
		if (x->module)
			(void)buf_printf(&todo, "%18s Type \"module %s\" to stage loading it. ", "",
					 x->module);
		if (*x->remedy)
			(void)buf_printf(&todo, "%*s%s", todo.len ? 0 : 19, "", x->remedy);
		if (todo.len)
			sheet_wrap(&d->sheet, LOOK_FAINT, width, 19, buf_str(&todo));
	}
}

void act_doctor(struct app *a, const char *args)
{
	struct sheet_dialog *d = sheet_dialog_new("detail", build);

	(void)args;
	if (!d)
		return;
	snprintf(d->title, sizeof(d->title),
		 "Is this host ready? In the order in which things go wrong");
	app_open(a, &d->dialog);
}
