/* SPDX-License-Identifier: MIT */
#include "steps.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static void act_done(struct act *a)
{
	free(a->path);
	free(a->value);
	free(a->expect_path);
	free(a->expect_text);
	*a = (struct act){ 0 };
}

static void step_done(struct step *s)
{
	act_done(&s->act);
	act_done(&s->undo);
	msg_done(&s->warning);
	free(s->text);
	free(s->reason);
	free(s->users);
	free(s->command);
	*s = (struct step){ 0 };
}

void plan_done(struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		step_done(&p->steps[i]);
	for (size_t i = 0; i < p->n_feet; i++) {
		free(p->feet[i].path);
		free(p->feet[i].value);
	}
	free(p->steps);
	free(p->feet);
	free(p->guests);
	*p = (struct plan){ 0 };
}

const char *step_kind_name(enum step_kind k)
{
	static const char *const names[] = {
		[STEP_MODULE] = "module",     [STEP_OFFLINE] = "offline", [STEP_UNBIND] = "unbind",
		[STEP_OVERRIDE] = "override", [STEP_PROBE] = "probe",	  [STEP_MASK] = "mask",
		[STEP_CREATE] = "create",     [STEP_ATTR] = "attribute",  [STEP_REMOVE] = "remove",
		[STEP_SRIOV] = "sriov",	      [STEP_FILE] = "file",	  [STEP_SWITCH] = "switch",
		[STEP_ONLINE] = "online",
	};

	return (size_t)k < ARRAY_SIZE(names) ? names[k] : "?";
}

/* -- building -- */

static char *vtext(struct planner *p, const char *fmt, va_list ap)
{
	struct buf b = { 0 };
	char *text;

	if (p->err)
		return NULL;
	if (buf_vprintf(&b, fmt, ap) < 0 || !(text = buf_take(&b))) {
		buf_done(&b);
		p->err = -ENOMEM;
		return NULL;
	}
	return text;
}

/* Puts a malloc'ed string where another was. */
static void put(char **where, char *text)
{
	free(*where);
	*where = text;
}

void plan_block(struct planner *p)
{
	p->block++;
}

struct step *step_new(struct planner *p, enum step_kind kind, const struct devid *dev,
		      const char *text, ...)
{
	struct plan *plan = p->plan;
	struct step *s;
	va_list ap;

	if (!p->err && array_grow(&plan->steps, plan->n_steps, &p->steps_cap, sizeof(*s)) < 0)
		p->err = -ENOMEM;
	if (p->err)
		return &p->spare;
	s = &plan->steps[plan->n_steps++];
	*s = (struct step){ .kind = kind,
			    .dev = *dev,
			    .block = p->block,
			    .when = kind == STEP_FILE ? WHEN_FILE : WHEN_LIVE };
	va_start(ap, text);
	s->text = vtext(p, text, ap);
	va_end(ap);
	return s;
}

void step_users(struct planner *p, struct step *s, const struct devid *dev)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t n = 0;
	const struct use *use = inventory_uses(p->d->inv, dev, &n);

	for (size_t i = 0; i < n && !p->err; i++)
		if (buf_printf(&b, "%s%s%s", s->users && !i ? s->users : "",
			       i || s->users ? "; it " : "", use[i].text) < 0)
			p->err = -ENOMEM;
	if (n && !p->err)
		put(&s->users, buf_take(&b));
}

void step_reason(struct planner *p, struct step *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(&s->reason, vtext(p, fmt, ap));
	va_end(ap);
}

void step_command(struct planner *p, struct step *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(&s->command, vtext(p, fmt, ap));
	va_end(ap);
}

void step_not_undoable(struct planner *p, struct step *s, struct msg *warning)
{
	if (p->err) {
		msg_done(warning);
		return;
	}
	s->not_undoable = true;
	msg_move(&s->warning, warning);
}

void act_set(struct planner *p, struct act *a, const char *value, const char *path, ...)
{
	va_list ap;

	va_start(ap, path);
	put(&a->path, vtext(p, path, ap));
	va_end(ap);
	if (p->err || !value)
		return;
	put(&a->value, strdup(value));
	a->len = strlen(value);
	if (!a->value)
		p->err = -ENOMEM;
}

void act_expect(struct planner *p, struct act *a, enum expect_kind expect, const char *text,
		const char *path, ...)
{
	va_list ap;

	a->expect = expect;
	va_start(ap, path);
	put(&a->expect_path, vtext(p, path, ap));
	va_end(ap);
	if (p->err || !text)
		return;
	put(&a->expect_text, strdup(text));
	if (!a->expect_text)
		p->err = -ENOMEM;
}

void act_expect_matrix(struct planner *p, struct act *a, const struct matrix *m, const char *uuid)
{
	act_expect(p, a, EXPECT_MATRIX, NULL, "/sys/bus/mdev/devices/%s", uuid);
	a->matrix = *m;
}

void foot_add(struct planner *p, const char *value, const char *path, ...)
{
	struct plan *plan = p->plan;
	CLEANUP(freep) char *where = NULL;
	struct foot *f;
	va_list ap;

	va_start(ap, path);
	where = vtext(p, path, ap);
	va_end(ap);
	if (where && strtab_has(p->feet, where))
		return;
	if (!p->err && (array_grow(&plan->feet, plan->n_feet, &p->feet_cap, sizeof(*f)) < 0 ||
			!strtab_get(p->feet, where)))
		p->err = -ENOMEM;
	if (p->err)
		return;
	f = &plan->feet[plan->n_feet];
	f->value = value ? strdup(value) : NULL;
	if (value && !f->value) {
		p->err = -ENOMEM;
		return;
	}
	f->path = TAKE(where);
	plan->n_feet++;
}

/* The shell's form of a write; a module is loaded by modprobe. */
static void default_command(struct planner *p, struct step *s)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(freep) char *value = NULL;
	int r;

	if (s->command || p->err)
		return;
	value = strdup(s->act.value ? s->act.value : "");
	if (!value) {
		p->err = -ENOMEM;
		return;
	}
	value[strcspn(value, "\n")] = '\0';
	r = buf_adds(&b, s->kind == STEP_MODULE ? "modprobe " : *value ? "echo " : "echo");
	if (r == 0 && *value)
		r = shell_word(&b, value);
	if (r == 0 && s->kind != STEP_MODULE) {
		r = buf_adds(&b, " > ");
		if (r == 0 && s->act.path)
			r = shell_word(&b, s->act.path);
	}
	s->command = r == 0 ? buf_take(&b) : NULL;
	if (!s->command)
		p->err = -ENOMEM;
}

/* What a module brings stays: taking it out again could take others' devices with it. */
void steps_modules(struct planner *p, bool ap)
{
	for (size_t i = 0; i < p->d->n_modules_load; i++) {
		const char *name = p->d->modules_load[i];
		struct devid dev = { .bus = BUS_MODULE };
		struct step *s;

		if (str_eq(name, "vfio_ap") != ap || !name_ok(name))
			continue;
		plan_block(p);
		strncpy(dev.name, name, sizeof(dev.name) - 1);
		s = step_new(p, STEP_MODULE, &dev, "load kernel module %s", name);
		act_set(p, &s->act, name, "/sys/module/%s", name);
		step_reason(p, s,
			    ap ? "it gives the queues that are no longer the host's to guests"
			       : "the driver must be there before a device can be bound to it; the "
				 "module stays loaded if the rest is undone");
		default_command(p, s);
	}
}

static bool override_mode(const struct desired *d)
{
	return d->ap_mode == AP_MODE_OVERRIDE;
}

static void make_steps(struct planner *p)
{
	steps_sriov_check(p);
	steps_switches(p, true);
	steps_modules(p, false);
	/* Overrides name the driver, so it must be there first; masks must be set before it comes. */
	if (override_mode(p->d))
		steps_modules(p, true);
	steps_mdev_remove(p);
	steps_matrix_release(p);
	steps_sriov_down(p);
	steps_drivers(p, BUS_CSS, false);
	steps_drivers(p, BUS_PCI, false);
	steps_sriov_up(p);
	steps_drivers(p, BUS_AP, true);
	steps_masks(p);
	steps_drivers(p, BUS_AP, false);
	if (!override_mode(p->d))
		steps_modules(p, true);
	steps_matrix_assign(p);
	steps_mdev_create(p);
	steps_switches(p, false);
	steps_files(p);
	for (size_t i = 0; !p->err && i < p->plan->n_steps; i++)
		default_command(p, &p->plan->steps[i]);
}

int plan_steps(const struct desired *d, struct plan *ret, struct msg *reterr)
{
	struct plan plan = { 0 };
	struct planner p = { .d = d, .plan = &plan, .reterr = reterr, .feet = strtab_new() };

	if (!p.feet)
		return -ENOMEM;
	make_steps(&p);
	step_done(&p.spare);
	strtab_free(p.feet);
	if (p.err) {
		plan_done(&plan);
		return p.err;
	}
	*ret = plan;
	return 0;
}

int plan_make(const struct desired *d, struct plan *ret, struct msg *reterr)
{
	struct plan plan;
	size_t step;
	int r = plan_steps(d, &plan, reterr);

	if (r < 0)
		return r;
	r = plan_foretell(d->inv, &plan, &step);
	if (r < 0 && step < plan.n_steps) {
		msg_make(reterr, MSG_PLAN_FORETOLD, "step", plan.steps[step].text, "why",
			 errno_words(-r), "device", plan.steps[step].dev.name, NULL);
		r = -EINVAL;
	}
	if (r < 0) {
		plan_done(&plan);
		return r;
	}
	*ret = plan;
	return 0;
}
