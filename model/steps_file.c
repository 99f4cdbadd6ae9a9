/* SPDX-License-Identifier: MIT */
/*
 * The files that are read at the next boot: definitions, overrides, the AP rule, modules.
 */
#include "hardware.h"
#include "journal.h"
#include "steps.h"
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Sets a file act's content; content NULL: the file is to be removed. */
static void content(struct planner *p, struct act *a, const char *path, const char *bytes,
		    size_t len)
{
	act_set(p, a, NULL, "%s", path);
	if (p->err || !bytes)
		return;
	a->value = malloc(len + 1);
	if (!a->value) {
		p->err = -ENOMEM;
		return;
	}
	memcpy(a->value, bytes, len);
	a->value[len] = '\0';
	a->len = len;
}

struct file {
	const char *path;
	const struct buf *now, *then; /* NULL: not there */
	const char *what;	      /* of the text: "the definition of ..." */
	const char *reason;
};

static struct step *file_step(struct planner *p, const struct devid *dev, const struct file *f)
{
	const char *verb = !f->then ? "remove" : f->now ? "rewrite" : "write";
	struct step *s = step_new(p, STEP_FILE, dev, "%s %s", verb, f->what);

	content(p, &s->act, f->path, f->then ? buf_str(f->then) : NULL, f->then ? f->then->len : 0);
	content(p, &s->undo, f->path, f->now ? buf_str(f->now) : NULL, f->now ? f->now->len : 0);
	foot_add(p, f->now ? buf_str(f->now) : NULL, "%s", f->path);
	step_reason(p, s, "%s", f->reason);
	return s;
}

/* -- mdevctl -- */

/* Appends; the first error sticks in the planner. */
static void word(struct planner *p, struct buf *b, const char *text)
{
	if (!p->err)
		p->err = shell_word(b, text);
}

static void words(struct planner *p, struct buf *b, const char *text)
{
	if (!p->err)
		p->err = buf_adds(b, text);
}

/* "\nmdevctl VERB -u UUID -p PARENT" */
static void mdevctl(struct planner *p, struct buf *b, const char *verb, const struct d_mdev *m)
{
	if (!p->err)
		p->err = buf_printf(b, "%smdevctl %s -u %s -p ", b->len ? "\n" : "", verb, m->uuid);
	word(p, b, m->parent);
}

static void attr_words(struct planner *p, struct buf *b, const struct d_mdev *m)
{
	for (size_t i = 0; i < m->n_attrs_then; i++) {
		mdevctl(p, b, "modify", m);
		words(p, b, " --addattr ");
		word(p, b, m->attrs_then[i].name);
		words(p, b, *m->attrs_then[i].value == '-' ? " --value=" : " --value ");
		word(p, b, m->attrs_then[i].value);
	}
}

static void define_command(struct planner *p, struct step *s, const struct d_mdev *m,
			   const char *type)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	bool same = m->defined_now && m->def && str_eq(m->def->type, type) && !m->attrs_change;

	if (m->defined_then && same) {
		mdevctl(p, &b, "modify", m);
		words(p, &b, m->start_then == START_AUTO ? " --auto" : " --manual");
	} else if (m->defined_now || !m->defined_then) {
		mdevctl(p, &b, "undefine", m);
	}
	if (m->defined_then && !same) {
		mdevctl(p, &b, "define", m);
		words(p, &b, " -t ");
		word(p, &b, type);
		words(p, &b, m->start_then == START_AUTO ? " -a" : "");
		attr_words(p, &b, m);
	}
	step_command(p, s, "%s", buf_str(&b));
}

static bool definition_changes(const struct d_mdev *m, const char *type)
{
	if (m->defined_now != m->defined_then)
		return true;
	return m->defined_now && (m->attrs_change || m->start_now != m->start_then ||
				  (m->def && type && !str_eq(m->def->type, type)));
}

static void definition(struct planner *p, const struct d_mdev *m)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf then = { 0 };
	CLEANUP(buf_done) struct buf what = { 0 };
	struct buf now = { 0 };
	struct devid dev = { .bus = BUS_MDEV };
	struct file f = {
		.then = m->defined_then ? &then : NULL,
		.what = "",
		.reason = "mdevctl starts what is defined as auto when the parent appears"
	};
	struct step *s;
	int r = mdevctl_path(m->parent, m->uuid, &path);

	if (m->def && m->defined_now) {
		now = (struct buf){ .data = m->def->bytes, .len = m->def->n_bytes };
		f.now = &now;
	}
	if (r == 0 && m->defined_then)
		r = mdevctl_write(m->type, m->start_then, m->attrs_then, m->n_attrs_then,
				  f.now ? now.data : NULL, now.len, &then);
	if (r == 0)
		r = buf_printf(&what, "the definition of %s on %s", m->uuid, m->parent);
	if (r < 0) {
		p->err = r;
		if (r != -ENOMEM)
			msg_make(p->reterr, MSG_PLAN_DEFINITION, "device", m->uuid, "path",
				 buf_str(&path), NULL);
		return;
	}
	memcpy(dev.name, m->uuid, sizeof(m->uuid));
	plan_block(p);
	f.path = buf_str(&path);
	f.what = buf_str(&what);
	s = file_step(p, &dev, &f);
	define_command(p, s, m, m->type);
}

/* -- driverctl -- */

/* The live change's driverctl line saves the file as well. */
static bool said_by_driverctl(const struct d_driver *d)
{
	return d->live && !str_eq(d->now, d->then) && str_eq(d->override_then, d->file_then);
}

static void override_file(struct planner *p, const struct d_driver *d)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf now = { 0 };
	CLEANUP(buf_done) struct buf then = { 0 };
	CLEANUP(buf_done) struct buf what = { 0 };
	CLEANUP(buf_done) struct buf command = { 0 };
	struct step *s;
	int r = driverctl_path(&d->dev, &path);

	if (r == 0 && d->file_now)
		r = driverctl_write(d->file_now, &now);
	if (r == 0 && d->file_then)
		r = driverctl_write(d->file_then, &then);
	if (r == 0)
		r = buf_printf(&what, "the driver override of %s for the next boot", d->dev.name);
	if (r < 0) {
		p->err = r;
		return;
	}
	plan_block(p);
	s = file_step(
		p, &d->dev,
		&(struct file){ buf_str(&path), d->file_now ? &now : NULL,
				d->file_then ? &then : NULL, buf_str(&what),
				"driverctl sets what it finds there when the device appears" });
	if (!said_by_driverctl(d)) {
		words(p, &command, d->file_then ? "echo " : "rm ");
		if (d->file_then)
			word(p, &command, d->file_then);
		words(p, &command, d->file_then ? " > " : "");
		word(p, &command, buf_str(&path));
	}
	step_command(p, s, "%s", buf_str(&command));
}

/* -- chzdev's rule -- */

/*
 * chzdev refuses to give queues back to the host that a definition shall have at boot, ap-check refuses definitions
 * whose queues the masks keep from them: those that change stand aside while the masks do.
 */
static void set_aside(struct planner *p, struct buf *b)
{
	for (size_t i = 0; !p->err && i < p->d->n_mdevs; i++) {
		const struct d_mdev *m = &p->d->mdevs[i];

		if (m->is_matrix && m->defined_now && m->start_now == START_AUTO &&
		    definition_changes(m, m->type) &&
		    buf_printf(b, "mdevctl modify -u %s -p %s --manual\n", m->uuid, m->parent) < 0)
			p->err = -ENOMEM;
	}
}

static void rule_command(struct planner *p, struct step *s)
{
	const struct desired *d = p->d;
	char ap[1100] = "", aq[1100] = "";
	CLEANUP(buf_done) struct buf aside = { 0 };

	/* chzdev knows nothing of overrides: to it, every matrix contradicts full masks. */
	if (d->ap_mode == AP_MODE_OVERRIDE && s->act.value) {
		step_command(p, s, "cat > %s <<'END'\n%sEND", s->act.path, s->act.value);
		return;
	}
	set_aside(p, &aside);
	if (!d->rule_has_apmask && !d->rule_has_aqmask) {
		step_command(p, s, "%schzdev --type ap -p --remove apmask aqmask", buf_str(&aside));
		return;
	}
	if (d->rule_has_apmask)
		mask_ranges(&d->rule_apmask, stpcpy(ap, " apmask="), 1024);
	if (d->rule_has_aqmask)
		mask_ranges(&d->rule_aqmask, stpcpy(aq, " aqmask="), 1024);
	step_command(p, s, "%schzdev --type ap -p%s%s", buf_str(&aside), ap, aq);
}

static void rule_file(struct planner *p)
{
	const struct desired *d = p->d;
	const struct ap_rule *rule = &d->inv->ap_rule;
	CLEANUP(buf_done) struct buf then = { 0 };
	struct buf now = { 0 };
	struct devid dev = { BUS_AP, "masks" };
	bool any = d->rule_has_apmask || d->rule_has_aqmask;
	int r = 0;

	if (rule->bytes && !rule->ours_to_write) {
		msg_make(p->reterr, MSG_PLAN_RULE_FOREIGN, "path", AP_RULE_PATH, NULL);
		p->err = -EINVAL;
		return;
	}
	if (rule->bytes)
		now = (struct buf){ .data = rule->bytes, .len = strlen(rule->bytes) };
	if (any)
		r = ap_rule_write(d->rule_has_apmask ? &d->rule_apmask : NULL,
				  d->rule_has_aqmask ? &d->rule_aqmask : NULL, &then);
	if (r < 0) {
		p->err = r;
		return;
	}
	if (!any && !rule->bytes)
		return;
	plan_block(p);
	rule_command(
		p, file_step(p, &dev,
			     &(struct file){ AP_RULE_PATH, rule->bytes ? &now : NULL,
					     any ? &then : NULL, "the AP masks for the next boot",
					     "udev sets these masks once all queues are there, and "
					     "loads vfio_ap after them" }));
}

/* -- modules -- */

static void modules_file(struct planner *p)
{
	const struct desired *d = p->d;
	const char *old = d->inv->own_modules;
	CLEANUP(buf_done) struct buf now = { 0 };
	CLEANUP(buf_done) struct buf then = { 0 };
	CLEANUP(buf_done) struct buf words = { 0 };
	struct devid dev = { BUS_MODULE, "vfiocfg" };
	struct step *s;
	int r = old ? buf_adds(&now, old) : 0;

	if (r == 0)
		r = buf_adds(&then, old ? old : "");
	if (r == 0 && then.len && then.data[then.len - 1] != '\n') {
		r = buf_addc(&then, '\n');
		if (r == 0)
			r = buf_adds(&words, "echo >> " OWN_MODULES_PATH "\n");
	}
	for (size_t i = 0; r == 0 && i < d->n_modules_boot; i++) {
		r = buf_printf(&then, "%s\n", d->modules_boot[i]);
		if (r == 0)
			r = buf_printf(&words, "%secho %s >> " OWN_MODULES_PATH, i ? "\n" : "",
				       d->modules_boot[i]);
	}
	if (r < 0) {
		p->err = r;
		return;
	}
	plan_block(p);
	s = file_step(p, &dev,
		      &(struct file){ OWN_MODULES_PATH, old ? &now : NULL, &then,
				      "the modules to be loaded at the next boot",
				      "the driver must be there before a device can be bound to "
				      "it" });
	step_command(p, s, "%s", buf_str(&words));
}

/* -- what stands behind addresses -- */

static void hardware_file(struct planner *p)
{
	const char *old = p->d->inv->hardware_file;
	CLEANUP(buf_done) struct buf now = { 0 };
	CLEANUP(buf_done) struct buf note = { 0 };
	CLEANUP(buf_done) struct buf then = { 0 };
	CLEANUP(buf_done) struct buf what = { 0 };
	const struct devid *dev = &p->d->wish->accept[0];
	int r = old ? buf_adds(&now, old) : 0;

	if (r == 0)
		r = hardware_note(NULL, p->d, &note);
	if (r == 0)
		r = hardware_put(buf_str(&now), buf_str(&note), &then);
	if (r == 0)
		r = buf_printf(&what, "what hardware is behind %s%s", dev->name,
			       p->d->wish->n_accept > 1 ? " and others" : "");
	if (r < 0) {
		p->err = r;
		return;
	}
	if (!old || !strcmp(old, buf_str(&then)))
		return;
	plan_block(p);
	step_command(p,
		     file_step(p, dev,
			       &(struct file){ JOURNAL_DIR "/" HARDWARE_NAME, &now, &then,
					       buf_str(&what),
					       "so that other hardware is noticed from now on" }),
		     "%s", "");
}

void steps_files(struct planner *p)
{
	const struct desired *d = p->d;

	/* A module, then what binds to it, then what lives on that: the order of a boot. */
	if (d->n_modules_boot)
		modules_file(p);
	if (!p->err && d->wish->n_accept)
		hardware_file(p);
	for (size_t i = 0; !p->err && i < d->n_drivers; i++)
		if (d->drivers[i].persist &&
		    !str_eq(d->drivers[i].file_now, d->drivers[i].file_then))
			override_file(p, &d->drivers[i]);
	if (d->rule_change)
		rule_file(p);
	for (size_t i = 0; !p->err && i < d->n_mdevs; i++)
		if (definition_changes(&d->mdevs[i], d->mdevs[i].type))
			definition(p, &d->mdevs[i]);
}
