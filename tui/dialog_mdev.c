/* SPDX-License-Identifier: MIT */
/* Making a mediated device, and editing the attributes of one. */
#include "attrs.h"
#include "form.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { F_PARENT, F_TYPE, F_UUID, F_START, F_WHEN };

static const char *const whens[] = { "now and at boot", "now only", "at boot only" };

static struct reach reach_of(const struct field *field)
{
	return (struct reach){ .live = field->at != 2, .persist = field->at != 1 };
}

static void add_types(struct form *f, struct app *app)
{
	const struct mdev_parent *p = inventory_parent(session_inventory(app->session),
						       field_value(&f->fields[F_PARENT]));
	struct field *types = &f->fields[F_TYPE];

	field_clear_choices(types);
	for (size_t i = 0; p && i < p->n_types; i++)
		field_add_choice(types, p->types[i].id);
	/* A subchannel that isn't bound to vfio_ccw yet has no types, but will have this one. */
	if (!p)
		field_add_choice(types, TYPE_CCW);
}

static void parent_changed(struct form *f, struct app *app, size_t field)
{
	if (field == F_PARENT)
		add_types(f, app);
}

static int make(struct form *f, struct app *app, struct msg *reterr)
{
	struct reach reach = reach_of(&f->fields[F_WHEN]);
	char uuid[UUID_TEXT];
	int r;

	r = session_new_mdev(app->session, field_value(&f->fields[F_PARENT]),
			     field_value(&f->fields[F_TYPE]), field_value(&f->fields[F_UUID]),
			     reach.live, f->fields[F_START].at == 0 ? START_AUTO : START_MANUAL,
			     reach, uuid, reterr);
	return r;
}

static int add_parents(struct form *f, struct app *app, const struct devid *parent)
{
	const struct inventory *inv = session_inventory(app->session);
	struct field *field = form_choice(f, "Parent", "The device that the new one is a part of.");

	if (parent && !inventory_parent(inv, parent->name) &&
	    field_add_choice(field, parent->name) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < inv->n_parents; i++) {
		if (field_add_choice(field, inv->parents[i]->id.name) < 0)
			return -ENOMEM;
		if (parent && !strcmp(inv->parents[i]->id.name, parent->name))
			field->at = field->n_choices - 1;
	}
	return field->n_choices ? 0 : -ENOENT;
}

struct dialog *new_mdev_dialog(struct app *app, const struct devid *parent, const char *uuid)
{
	struct form *f = form_new("New mediated device: nothing is written before the commit");
	struct field *field;

	if (!f)
		return NULL;
	if (add_parents(f, app, parent) < 0)
		return form_free(f);
	form_choice(f, "Type", "What kind of device the guest gets.");
	form_text(f, "UUID", "Leave it empty for a random one.", uuid);
	field = form_choice(f, "Start",
			    "auto: mdevctl makes it at every boot; manual: when asked.");
	if (!field || field_add_choice(field, "auto") < 0 || field_add_choice(field, "manual") < 0)
		return form_free(f);
	field = form_choice(f, "When",
			    "now: the running machine; at boot: a definition for mdevctl.");
	for (size_t i = 0; i < ARRAY_SIZE(whens); i++)
		if (!field || field_add_choice(field, whens[i]) < 0)
			return form_free(f);
	add_types(f, app);
	f->changed = parent_changed;
	f->carry_out = make;
	return &f->dialog;
}

/* -- attributes -- */

static int stage_attrs(struct form *f, struct app *app, struct msg *reterr)
{
	struct wish_mdev entry = { .fields = WM_ATTRS, .defined = true, .reach = app->reach };
	int r = 0;

	strcpy(entry.uuid, f->data);
	for (size_t i = 0; i < f->n && r == 0; i++) {
		char text[sizeof(f->fields[i].text.text)], *equals;

		strcpy(text, f->fields[i].text.text);
		if (!*text)
			continue;
		equals = strchr(text, '=');
		if (!equals || equals == text) {
			msg_make(reterr, MSG_BAD_ATTR, "text", text, NULL);
			r = -EINVAL;
			break;
		}
		*equals = '\0';
		if (!name_ok(text)) {
			msg_make(reterr, MSG_BAD_ATTR, "text", text, NULL);
			r = -EINVAL;
		} else {
			r = attrs_add(&entry.attrs, &entry.n_attrs, text, equals + 1);
		}
	}
	if (r == 0)
		r = session_set_mdev(app->session, &entry, reterr);
	attrs_free(entry.attrs, entry.n_attrs);
	return r;
}

static const struct d_mdev *find(const struct app *app, const char *uuid)
{
	const struct desired *d = session_desired(app->session);

	for (size_t i = 0; i < d->n_mdevs; i++)
		if (!strcmp(d->mdevs[i].uuid, uuid))
			return &d->mdevs[i];
	return NULL;
}

struct dialog *attrs_dialog(struct app *app, const char *uuid)
{
	const struct d_mdev *m = find(app, uuid);
	char title[80];
	struct form *f;

	snprintf(title, sizeof(title), "Attributes of %.8s, in the order they are written", uuid);
	f = form_new(title);
	if (!f)
		return NULL;
	f->data = strdup(uuid);
	for (size_t i = 0; m && i < m->n_attrs_then; i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		if (buf_printf(&b, "%s=%s", m->attrs_then[i].name, m->attrs_then[i].value) < 0 ||
		    b.len >= sizeof(f->fields[0].text.text) ||
		    !form_text(f, "Attribute", "name=value; empty: it goes", buf_str(&b)))
			return form_free(f); /* more or longer than a form can hold without loss */
	}
	for (int i = 0; i < 4; i++)
		form_text(f, "Attribute", "name=value; empty: none", "");
	f->carry_out = stage_attrs;
	return f->data ? &f->dialog : form_free(f);
}
