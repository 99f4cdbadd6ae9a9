/* SPDX-License-Identifier: MIT */
/*
 * An initrd has its own copy of the configuration. What it has set before the files were recovered stands in the kernel now, and
 * no program of the boot takes it back where a file is gone.
 *
 * Rule: names only what the running state proves. What the kernel has anyway (no override, masks of ones, no mediated device)
 * proves nothing, nor does what reads as the file says.
 */
#include "attrs.h"
#include "inventory.h"
#include "mask.h"
#include "scan.h"
#include "store.h"
#include "txn_do.h"

#include <string.h>

static void tell(struct txn *t, const char *what, const char *is, const char *file,
		 const char *says, const char *who)
{
	CLEANUP(buf_done) struct buf line = { 0 };

	buf_printf(&line,
		   "%s: is %s already, and %s says %s. %s with its own copy of the configuration "
		   "has set it: make the initrd anew.",
		   what, is, file, says, who);
	buf_add_name(&t->manual, buf_str(&line));
}

static void tell_override(struct txn *t, const struct step *s)
{
	CLEANUP(buf_done) struct buf path = { 0 }, is = { 0 }, file = { 0 };

	buf_printf(&path, "/sys/bus/%s/devices/%s/driver_override",
		   s->dev.bus == BUS_CSS ? "css" : "pci", s->dev.name);
	if (place_read(t->sys, buf_str(&path), &is) < 0 || !is.len)
		return;
	sys_read_line(t->sys, s->act.path, &file);
	if (!str_eq(buf_str(&is), buf_str(&file)))
		tell(t, buf_str(&path), buf_str(&is), s->act.path,
		     file.len ? buf_str(&file) : "nothing", "An initrd");
}

static void tell_mask(struct txn *t, const char *path, bool has, const struct ap_mask *says)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	struct ap_mask is = { 0 }, ones = mask_all();
	char now[MASK_TEXT], then[MASK_TEXT];

	if (sys_read_line(t->sys, path, &line) < 0 || mask_parse(buf_str(&line), &is) < 0)
		return;
	if (mask_eq(&is, &ones) || (has && mask_eq(&is, says)))
		return;
	/* ap.apmask= and ap.aqmask= do it as well. */
	tell(t, path, mask_text(&is, now), AP_RULE_PATH, has ? mask_text(says, then) : "nothing",
	     "The kernel's command line, or an initrd");
}

static void tell_masks(struct txn *t)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct ap_rule rule = { 0 };
	struct parse_error where;

	/* What we cannot understand says nothing that could be compared. */
	if (sys_read(t->sys, AP_RULE_PATH, &bytes) == 0 &&
	    ap_rule_read(buf_str(&bytes), bytes.len, &rule, &where) < 0)
		return;
	tell_mask(t, "/sys/bus/ap/apmask", rule.has_apmask, &rule.apmask);
	tell_mask(t, "/sys/bus/ap/aqmask", rule.has_aqmask, &rule.aqmask);
	free(rule.bytes);
}

/* The last component of a path but one: the parent, both of a definition and of a device. */
static void parent_of(const char *path, struct buf *ret)
{
	const char *end = strrchr(path, '/'), *begin = end;

	while (begin && begin > path && begin[-1] != '/')
		begin--;
	if (begin)
		buf_add(ret, begin, (size_t)(end - begin));
}

/* What its file says of a device that runs as this type; NULL: the same. */
static const char *definition_says(struct txn *t, const char *file, const char *type)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct strtab *tab = strtab_new();
	struct mdev_def *def = NULL;
	struct parse_error where;
	const char *says = NULL;

	if (sys_read(t->sys, file, &bytes) < 0)
		says = "nothing";
	else if (tab && mdevctl_read(file, buf_str(&bytes), bytes.len, tab, &def, &where) == 0)
		says = def->start != START_AUTO	  ? "it is started by hand"
		       : !str_eq(def->type, type) ? "it is of another type"
						  : NULL;
	mdev_def_unref(def);
	strtab_free(tab);
	return says;
}

/* Attributes are not compared: guests and call-outs change them. */
static void tell_mdev(struct txn *t, const char *file)
{
	CLEANUP(buf_done) struct buf path = { 0 }, target = { 0 }, type = { 0 }, is = { 0 };
	CLEANUP(buf_done) struct buf runs = { 0 }, defined = { 0 };
	const char *uuid = strrchr(file, '/'), *says;

	if (!uuid)
		return;
	buf_printf(&path, "/sys/bus/mdev/devices%s", uuid);
	if (sys_readlink(t->sys, buf_str(&path), &target) < 0)
		return;
	parent_of(buf_str(&target), &runs);
	parent_of(file, &defined);
	if (!str_eq(buf_str(&runs), buf_str(&defined)))
		return; /* the definition at the parent where it runs is another step, if there is one */
	buf_printf(&is, "%s/mdev_type", buf_str(&path));
	if (sys_read_base(t->sys, buf_str(&is), &type) < 0)
		return;
	says = definition_says(t, file, buf_str(&type));
	if (says)
		tell(t, buf_str(&path), "active", file, says, "An initrd");
}

void txn_tell_initrd(struct txn *t)
{
	for (size_t i = t->files; i < t->plan->n_steps; i++) {
		const struct step *s = &t->plan->steps[i];

		if (s->dev.bus == BUS_CSS || s->dev.bus == BUS_PCI)
			tell_override(t, s);
		else if (str_eq(s->act.path, AP_RULE_PATH))
			tell_masks(t);
		else if (str_starts(s->act.path, MDEVCTL_DIR "/"))
			tell_mdev(t, s->act.path);
	}
}
