/* SPDX-License-Identifier: MIT */
/* What settles a finding, and the way to its other party. */
#include "actions.h"
#include "matrix.h"

#include <stdio.h>
#include <string.h>

/* The finding that stands at the cursor: of Changes its line, of Crypto the worst about the chosen matrix. */
static const struct finding *current(struct app *a)
{
	const struct findings *f = session_findings(a->session);
	const struct sheet *s = changes_sheet(a);

	if (a->place == P_CRYPTO)
		return matrix_finding(a);
	if (a->place != P_CHANGES)
		return NULL;
	for (size_t i = s->cursor; i < s->n && s->v[i].text && *s->v[i].text; i++)
		if (s->v[i].finding)
			return s->v[i].finding <= f->n ? &f->v[s->v[i].finding - 1] : NULL;
	return NULL;
}

static const struct finding *named(struct app *a, const char *args)
{
	const struct findings *f = session_findings(a->session);
	unsigned n;
	char end;

	if (!*args)
		return current(a);
	return sscanf(args, "%u%c", &n, &end) == 1 && n >= 1 && n <= f->n ? &f->v[n - 1] : NULL;
}

static void say(struct app *a, enum look look, enum msg_id id)
{
	struct msg m = { 0 };

	msg_make(&m, id, NULL);
	app_say(a, look, &m);
}

void act_remedy(struct app *a, const char *args)
{
	const struct finding *f = named(a, args);
	struct msg why = { 0 };
	char text[96];
	const char *remedy;

	if (!f) {
		say(a, LOOK_WARN, MSG_NO_FINDING);
		return;
	}
	remedy = finding_remedy(a->session, f);
	snprintf(text, sizeof(text), "%s", remedy ? remedy : "");
	if (session_remedy(a->session, f, &why) < 0)
		app_say(a, LOOK_WARN, &why);
	else
		app_say_id(a, LOOK_STAGED, MSG_REMEDY_STAGED, text);
	app_refresh(a);
}

/* A party that the grid can't show (another parent's definition, a device) has a row elsewhere. */
void act_party(struct app *a, const char *args)
{
	const struct finding *f = named(a, args);
	struct devid dev, other;

	if (!f || (f->other.bus == BUS_NONE && a->place != P_CRYPTO)) {
		say(a, LOOK_WARN, MSG_NO_PARTY);
		return;
	}
	dev = f->dev;
	other = f->other.bus == BUS_NONE ? f->dev : f->other;
	if ((a->place == P_CRYPTO || other.bus == BUS_AP) && matrix_go(a, &dev, &other))
		app_go(a, P_CRYPTO);
	else
		app_jump(a, &other);
}
