/* SPDX-License-Identifier: MIT */
#include "hardware.h"
#include "desired_parts.h"
#include "journal.h"
#include "mem.h"
#include "scan.h"
#include "sys.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 70000, FACTS_MAX = 400 };

/* -- what is there -- */

/* One fact; blanks part facts, so a value has none. */
static void add_fact(struct buf *b, const char *key, const char *value)
{
	if (!value || !*value || buf_printf(b, " %s=", key) < 0)
		return;
	for (; *value; value++)
		(void)buf_addc(b, isgraph((unsigned char)*value) ? *value : '_');
}

static void subch_facts(const struct subch *r, const char *uid, struct buf *b)
{
	char text[16];

	if (r->has_dev)
		add_fact(b, "dev", devid_ccw(r->dev).name);
	snprintf(text, sizeof(text), "%04x/%02x", r->dev_type, r->dev_model);
	add_fact(b, "type", r->dev_type ? text : NULL);
	snprintf(text, sizeof(text), "%04x/%02x", r->cu_type, r->cu_model);
	add_fact(b, "cu", r->cu_type ? text : NULL);
	add_fact(b, "uid", uid);
}

static void pci_facts(const struct pci_fn *fn, struct buf *b)
{
	char text[16];

	snprintf(text, sizeof(text), "%04x:%04x", fn->vendor, fn->device);
	add_fact(b, "id", text);
	snprintf(text, sizeof(text), "%04x:%04x", fn->sub_vendor, fn->sub_device);
	add_fact(b, "sub", text);
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)fn->fid);
	add_fact(b, "fid", fn->fid >= 0 ? text : NULL);
}

/* uid: the volume's, where it is known; may be NULL. Nothing is added for a device that is not there. */
static void facts_of(const struct inventory *inv, const struct devid *dev, const char *uid,
		     struct buf *b)
{
	const struct ap_card *card;
	const struct pci_fn *fn;
	const struct subch *r;
	struct pciid pci;
	struct ccwid css;
	apqn_t q;

	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &css) == 0) {
		r = inventory_subch(inv, css);
		if (r)
			subch_facts(r, uid, b);
	} else if (dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0) {
		fn = inventory_pci(inv, pci);
		if (fn)
			pci_facts(fn, b);
	} else if (dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0) {
		card = inventory_card(inv, APQN_CARD(q));
		if (card) {
			add_fact(b, "type", card->type);
			add_fact(b, "serial", card->serial);
		}
	}
}

/* The volume's own name, which only a driver of the host tells; "" where there is none. */
static void read_uid(struct sys *sys, const struct inventory *inv, const struct devid *dev,
		     struct buf *ret)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	const struct subch *r = NULL;
	struct ccwid id;

	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &id) == 0)
		r = inventory_subch(inv, id);
	if (r && r->ccw && r->has_dev &&
	    buf_printf(&path, "/sys/devices/css0/%s/%s/uid", dev->name, devid_ccw(r->dev).name) ==
		    0)
		(void)sys_read_line(sys, buf_str(&path), ret);
}

/* -- the file -- */

static bool parse_line(const char *line, struct devid *ret_dev, char facts[FACTS_MAX])
{
	char name[DEVID_TEXT];
	int end = 0;

	if (sscanf(line, "%55[^ ]%n", name, &end) != 1 || devid_parse(name, ret_dev) < 0)
		return false;
	if (strlen(line + end) >= FACTS_MAX)
		return false;
	strcpy(facts, line + end);
	for (const char *c = facts; *c; c++)
		if (*c != ' ' && !isgraph((unsigned char)*c))
			return false;
	return true;
}

void scan_hardware(struct scan *s)
{
	CLEANUP(freep) char *text = NULL;
	const struct buf *b = scan_file(s, JOURNAL_DIR "/" HARDWARE_NAME, MAY_BE);
	int left = LINES_MAX;

	text = b ? strdup(buf_str(b)) : NULL; /* looking on takes the buffer */
	s->nomem |= b && !text;
	s->inv->hardware_file = text ? scan_intern(s, text) : NULL;
	for (char *line = text, *end; line && *line && left-- > 0; line = end) {
		CLEANUP(buf_done) struct buf uid = { 0 };
		struct hardware h = { 0 };
		char facts[FACTS_MAX];

		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (!parse_line(line, &h.dev, facts))
			continue;
		if (strstr(facts, " uid="))
			read_uid(s->sys, s->inv, &h.dev, &uid);
		h.facts = scan_intern(s, facts);
		h.uid_now = uid.len ? scan_intern(s, buf_str(&uid)) : NULL;
		scan_push(s, &s->inv->hardware, &s->inv->n_hardware, &h, sizeof(h));
	}
}

/* -- what is noted -- */

static bool goes_to_guests(const struct d_driver *v)
{
	return (v->live && driver_is_guest(v->then)) ||
	       (v->persist && driver_is_guest(v->file_then));
}

/* Is a device of these in the commit, given or taken back? */
static bool is_touched(const struct desired *d, const struct devid *dev)
{
	if (desired_driver(d, dev) || wish_accepts(d->wish, dev))
		return true;
	for (size_t i = 0; i < d->n_mdevs; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		apqn_t q;

		if (!m->wish)
			continue;
		if (str_eq(m->parent, dev->name))
			return true;
		if (m->is_matrix && dev->bus == BUS_AP && apqn_parse(dev->name, &q) == 0 &&
		    (matrix_has(&m->ap->def_then, q) || matrix_has(&m->ap->live_then, q)))
			return true;
	}
	return false;
}

/* What was noted before: under a guest's driver a device tells less, and what is known is kept. */
static const struct hardware *noted(const struct inventory *inv, const struct devid *dev)
{
	for (size_t i = 0; i < inv->n_hardware; i++)
		if (devid_eq(&inv->hardware[i].dev, dev))
			return &inv->hardware[i];
	return NULL;
}

static bool is_another(const struct inventory *inv, const struct hardware *h)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	return hardware_changed(inv, h, &text, &text, &text);
}

bool hardware_is_another(const struct inventory *inv, const struct devid *dev)
{
	const struct hardware *h = noted(inv, dev);

	return h && is_another(inv, h);
}

static int note(struct sys *sys, const struct desired *d, const struct devid *dev, struct buf *ret)
{
	CLEANUP(buf_done) struct buf facts = { 0 };
	CLEANUP(buf_done) struct buf uid = { 0 };
	const struct hardware *before = noted(d->inv, dev);
	char text[DEVID_TEXT];

	if (before && !is_another(d->inv, before))
		return buf_printf(ret, "%s%s\n", devid_text(dev, text), before->facts);
	if (sys)
		read_uid(sys, d->inv, dev, &uid);
	else if (before && before->uid_now && buf_adds(&uid, before->uid_now) < 0)
		return -ENOMEM;
	facts_of(d->inv, dev, buf_str(&uid), &facts);
	if (!facts.len || facts.len >= FACTS_MAX)
		return 0;
	return buf_printf(ret, "%s%s\n", devid_text(dev, text), buf_str(&facts));
}

/* One queue stands for each adapter of a matrix: the lowest. */
static int note_matrix(struct sys *sys, const struct desired *d, const struct d_mdev *m,
		       struct buf *ret)
{
	const struct matrix *x = m->defined_then ? &m->ap->def_then : &m->ap->live_then;
	unsigned domain = 0;
	int r = 0;

	while (domain < 256 && !mask_has(&x->domains, domain))
		domain++;
	for (unsigned card = 0; card < 256 && domain < 256 && r == 0; card++) {
		struct devid dev = devid_queue(APQN(card, domain));

		if (mask_has(&x->adapters, card) && !wish_accepts(d->wish, &dev))
			r = note(sys, d, &dev, ret);
	}
	return r;
}

int hardware_note(struct sys *sys, const struct desired *d, struct buf *ret)
{
	char text[DEVID_TEXT];
	int r = 0;

	for (size_t i = 0; i < d->inv->n_hardware && r == 0; i++)
		if (is_touched(d, &d->inv->hardware[i].dev))
			r = buf_printf(ret, "%s\n", devid_text(&d->inv->hardware[i].dev, text));
	for (size_t i = 0; i < d->wish->n_accept && r == 0; i++)
		if (!desired_driver(d, &d->wish->accept[i]))
			r = note(sys, d, &d->wish->accept[i], ret);
	for (size_t i = 0; i < d->n_drivers && r == 0; i++)
		if (d->drivers[i].dev.bus != BUS_AP && goes_to_guests(&d->drivers[i]))
			r = note(sys, d, &d->drivers[i].dev, ret);
	for (size_t i = 0; i < d->n_mdevs && r == 0; i++) {
		const struct d_mdev *m = &d->mdevs[i];
		struct devid parent = scan_parent_id(m->parent);

		if (!m->wish || (!m->active_then && !m->defined_then))
			continue;
		if (m->is_matrix)
			r = note_matrix(sys, d, m, ret);
		else if (!desired_driver(d, &parent) && !wish_accepts(d->wish, &parent))
			r = note(sys, d, &parent, ret);
	}
	return r;
}

static int by_id(const void *a, const void *b)
{
	return devid_cmp(a, b);
}

int hardware_put(const char *file, const char *note, struct buf *ret)
{
	CLEANUP(freep) char *old = strdup(file), *new = strdup(note);
	CLEANUP(freep) struct devid *about = NULL;
	CLEANUP(buf_done) struct buf noted = { 0 };
	char facts[FACTS_MAX], *rest, *line;
	struct devid dev;
	size_t n = 0, cap = 0;
	int r = old && new ? 0 : -ENOMEM;

	for (rest = new; r == 0 && (line = strsep(&rest, "\n"));) {
		if (!parse_line(line, &dev, facts))
			continue;
		r = array_grow(&about, n, &cap, sizeof(*about));
		if (r == 0)
			about[n++] = dev;
		if (r == 0 && *facts)
			r = buf_printf(&noted, "%s\n", line);
	}
	if (n)
		qsort(about, n, sizeof(*about), by_id);
	for (rest = old; r == 0 && (line = strsep(&rest, "\n"));)
		if (*line && (!n || !parse_line(line, &dev, facts) ||
			      !bsearch(&dev, about, n, sizeof(*about), by_id)))
			r = buf_printf(ret, "%s\n", line);
	return r < 0 ? r : buf_add(ret, buf_str(&noted), noted.len);
}

/* -- the comparison -- */

/* The value of " key=..." in facts; its length, 0: none. */
static size_t value_of(const char *facts, const char *key, size_t n, const char **ret)
{
	for (const char *at = facts; (at = strchr(at, ' ')); at++)
		if (!strncmp(at + 1, key, n) && at[1 + n] == '=') {
			*ret = at + 2 + n;
			return strcspn(*ret, " ");
		}
	return 0;
}

bool hardware_changed(const struct inventory *inv, const struct hardware *h, struct buf *ret_fact,
		      struct buf *ret_was, struct buf *ret_is)
{
	CLEANUP(buf_done) struct buf now = { 0 };

	facts_of(inv, &h->dev, h->uid_now, &now);
	for (const char *at = h->facts; (at = strchr(at, ' ')); at++) {
		size_t key = strcspn(at + 1, "= "), was = strcspn(at + 1, " "), is;
		const char *value;

		if (at[1 + key] != '=' || was <= key + 1)
			continue;
		is = value_of(buf_str(&now), at + 1, key, &value);
		was -= key + 1;
		if (!is || (is == was && !strncmp(value, at + 2 + key, was)))
			continue;
		return buf_add(ret_fact, at + 1, key) == 0 &&
		       buf_add(ret_was, at + 2 + key, was) == 0 && buf_add(ret_is, value, is) == 0;
	}
	return false;
}
