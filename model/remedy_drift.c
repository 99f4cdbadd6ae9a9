/* SPDX-License-Identifier: MIT */
/* What makes running, defined and kept the same again: one edit a kind of drift. */
#include "remedy_part.h"

#include <errno.h>

static const struct d_mdev *mdev_of(const struct session *s, const struct finding *f)
{
	return f->dev.bus == BUS_MDEV ? desired_mdev(session_desired(s), f->dev.name, NULL) : NULL;
}

static int set_mdev(struct session *s, const struct finding *f, struct wish_mdev entry,
		    struct msg *reterr)
{
	const struct d_mdev *m = mdev_of(s, f);

	if (!m)
		return -ENOENT;
	memcpy(entry.uuid, m->uuid, sizeof(entry.uuid));
	return session_set_mdev(s, &entry, reterr);
}

static int keep_running(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct d_mdev *m = mdev_of(s, f);

	return m && m->is_matrix ? remedy_matrix(s, m, &m->ap->live_now,
						 (struct reach){ .persist = true }, reterr)
				 : -ENOENT;
}

static int define(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct d_mdev *m = mdev_of(s, f);
	struct wish_mdev entry = { .fields = WM_DEFINED | WM_START,
				   .defined = true,
				   .start = START_MANUAL,
				   .reach = { .persist = true } };

	if (m && m->is_matrix) {
		entry.fields |= WM_ADAPTERS | WM_DOMAINS | WM_CONTROL;
		entry.matrix = m->ap->live_now;
	}
	return set_mdev(s, f, entry, reterr);
}

static int undefine(struct session *s, const struct finding *f, struct msg *reterr)
{
	return set_mdev(s, f,
			(struct wish_mdev){ .fields = WM_DEFINED,
					    .defined = false,
					    .reach = { .persist = true } },
			reterr);
}

static int start(struct session *s, const struct finding *f, struct msg *reterr)
{
	return set_mdev(s, f,
			(struct wish_mdev){ .fields = WM_ACTIVE,
					    .active = true,
					    .defined = true,
					    .reach = { .live = true } },
			reterr);
}

static int drop_file(struct session *s, const struct finding *f, struct msg *reterr)
{
	return session_set_driver(s, &f->dev, "", (struct reach){ .persist = true }, reterr);
}

static int bind_as_kept(struct session *s, const struct finding *f, struct msg *reterr)
{
	const char *kept = inventory_override(session_inventory(s), &f->dev);

	return kept ? session_set_driver(s, &f->dev, kept, (struct reach){ .live = true }, reterr)
		    : -ENOENT;
}

static int keep_bound(struct session *s, const struct finding *f, struct msg *reterr)
{
	const char *now = inventory_driver(session_inventory(s), &f->dev);

	return now ? session_set_driver(s, &f->dev, now, (struct reach){ .persist = true }, reterr)
		   : -ENOENT;
}

static int keep_masks(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct ap_bus *ap = &session_inventory(s)->ap;
	struct wish w = { .ap = { .set = true,
				  .mode = AP_MODE_MASKS,
				  .has_apmask = true,
				  .has_aqmask = true,
				  .apmask = ap->apmask,
				  .aqmask = ap->aqmask,
				  .reach = { .persist = true } } };

	(void)f;
	return session_merge(s, &w, reterr);
}

static int accept_it(struct session *s, const struct finding *f, struct msg *reterr)
{
	return session_accept(s, &f->dev, reterr);
}

static const struct drift_remedy {
	enum msg_id id;
	remedy_fn *run;
	const char *text;
} remedies[] = {
	{ MSG_R_DRIFT_QUEUES, keep_running, "define it as it runs" },
	{ MSG_R_DRIFT_UNDEFINED, define, "define it, to be started by hand" },
	{ MSG_R_DRIFT_PARENT, undefine, "undefine it" },
	{ MSG_R_DRIFT_IDLE, start, "start it" },
	{ MSG_R_DRIFT_ORPHAN, drop_file, "remove the file" },
	{ MSG_R_DRIFT_DRIVER, bind_as_kept, "bind it as it is kept" },
	{ MSG_R_DRIFT_UNKEPT, keep_bound, "keep it so at boot" },
	{ MSG_R_DRIFT_MASKS, keep_masks, "keep the masks there are" },
	{ MSG_R_HARDWARE, accept_it, "accept what is there now" },
};

static const struct drift_remedy *row_of(const struct finding *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++)
		if (remedies[i].id == f->msg.id)
			return &remedies[i];
	return NULL;
}

const char *remedy_drift_text(const struct finding *f)
{
	const struct drift_remedy *row = row_of(f);

	return row ? row->text : NULL;
}

int remedy_drift(struct session *s, const struct finding *f, struct msg *reterr)
{
	const struct drift_remedy *row = row_of(f);

	return row ? row->run(s, f, reterr) : -ENOENT;
}
