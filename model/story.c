/* SPDX-License-Identifier: MIT */
#include "story.h"
#include "story_part.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NODES_MAX = 20, LINKS_MAX = 200000, STEPS_MAX = 40 };

const struct story_part story_parts[STORY_PARTS] = {
	[STORY_WAY] = { "way", "The way to it" },
	[STORY_NODES] = { "linux_has", "What Linux has of it" },
	[STORY_BOOT] = { "boot_because", "What decides at the next boot" },
	[STORY_GIVING] = { "giving", "What giving it away would do" },
	[STORY_COMMITS] = { "commit", "Commits that were about it" },
	[STORY_KERNEL] = { "kernel_message", "What the kernel said of it, seconds after boot" },
};

int story_line(struct buf *ret, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return r < 0 ? r : buf_add_name(ret, buf_str(&b));
}

bool story_has_word(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; n && i + n <= len; i++)
		if (!strncasecmp(text + i, word, n) &&
		    (i == 0 || !isalnum((unsigned char)text[i - 1])) &&
		    (i + n == len || !isalnum((unsigned char)text[i + n])))
			return true;
	return false;
}

/* -- the way to it -- */

/* Mediated devices on a parent, those that run: what guests take it by. */
static int add_mdevs(const struct told *t, struct buf *way)
{
	const struct d_mdev *const *on;
	size_t n;
	int r = 0;

	on = desired_mdevs_on(&t->s->now.desired, t->dev.name, &n);
	for (size_t i = 0; i < n && i < 4 && r == 0; i++)
		if (on[i]->active_now)
			r = buf_printf(way, " -> mediated device %s", on[i]->uuid);
	return r;
}

static int subchannel_way(const struct told *t, struct buf *way)
{
	const struct subch *sch = t->sch;
	const char *between = "channel paths";
	int r = 0;

	for (unsigned i = 0; i < 8 && r == 0; i++)
		if (sch->pim & 0x80U >> i) {
			r = buf_printf(way, "%s %s", between, devid_chp(sch->chpids[i]).name);
			between = ",";
		}
	if (r == 0)
		r = buf_printf(way, "%ssubchannel %s", way->len ? " -> " : "", t->dev.name);
	if (r == 0 && t->ccw.bus)
		r = buf_printf(way, " -> device %s", t->ccw.name);
	return r < 0 ? r : add_mdevs(t, way);
}

/* "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0": root, bridges, function. */
static int pci_way(const struct told *t, struct buf *way)
{
	CLEANUP(buf_done) struct buf link = { 0 };
	char path[96];
	const char *at;
	int r = 0;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", t->dev.name);
	if (sys_readlink(t->s->sys, path, &link) < 0)
		return 0;
	at = strstr(buf_str(&link), "/pci");
	for (at = at ? at + 1 : NULL; at && r == 0; at = strchr(at, '/')) {
		at += *at == '/';
		r = buf_printf(way, "%s%.*s", way->len ? " -> " : "",
			       (int)MIN(strcspn(at, "/"), (size_t)64), at);
	}
	if (r == 0 && t->pci->is_vf)
		r = buf_printf(way, ", a virtual function of %s", devid_pci(t->pci->physfn).name);
	if (r == 0 && t->pci->fid >= 0)
		r = buf_printf(way, ", function id %08llx", (unsigned long long)t->pci->fid);
	if (r == 0 && t->pci->pchid >= 0)
		r = buf_printf(way, ", PCHID %04x", (unsigned)t->pci->pchid);
	if (r == 0 && t->pci->group >= 0)
		r = buf_printf(way, ", IOMMU group %d", t->pci->group);
	return r < 0 ? r : add_mdevs(t, way);
}

static int queue_way(const struct told *t, apqn_t q, struct buf *way)
{
	const struct inventory *inv = t->s->inv;
	int r = buf_printf(way, "adapter %02x, domain %04x -> queue %s", APQN_CARD(q), APQN_DOM(q),
			   t->dev.name);

	for (size_t i = 0; i < inv->n_mdevs && r == 0; i++)
		if (matrix_has(inv->mdevs[i]->matrix, q))
			r = buf_printf(way, " -> matrix %s", inv->mdevs[i]->uuid);
	return r;
}

static int mdev_way(const struct told *t, struct buf *way)
{
	const struct mdev *m = inventory_mdev(t->s->inv, t->dev.name);
	const struct d_mdev *d = desired_mdev(&t->s->now.desired, t->dev.name, NULL);
	int r;

	if (!d)
		return 0;
	r = buf_printf(way, "parent %s -> mediated device %s", d->parent ? d->parent : "?",
		       t->dev.name);
	return r < 0 || !m || m->iommu_group < 0
		       ? r
		       : buf_printf(way, " -> IOMMU group %d", m->iommu_group);
}

static int tell_way(const struct told *t, struct buf *ret)
{
	CLEANUP(buf_done) struct buf way = { 0 };
	apqn_t q;
	int r = 0;

	if (t->sch)
		r = subchannel_way(t, &way);
	else if (t->pci)
		r = pci_way(t, &way);
	else if (t->dev.bus == BUS_AP && apqn_parse(t->dev.name, &q) == 0)
		r = queue_way(t, q, &way);
	else if (t->dev.bus == BUS_MDEV)
		r = mdev_way(t, &way);
	return r < 0 || !way.len ? r : buf_add_name(ret, buf_str(&way));
}

/* -- what Linux has of it -- */

/* Is the device a component of the link's target? */
static bool below(const char *target, const char *name)
{
	char part[64];

	snprintf(part, sizeof(part), "/%.60s/", name);
	return strstr(target, part);
}

/* The group of channel devices that an interface belongs to is named after its first. */
static void group_of(const struct told *t, char *ret, size_t size)
{
	CLEANUP(buf_done) struct buf base = { 0 };
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/ccw/devices/%s/group_device", t->ccw.name);
	*ret = '\0';
	if (t->ccw.bus && sys_read_base(t->s->sys, path, &base) == 0)
		snprintf(ret, size, "%s", buf_str(&base));
}

static int tell_class(struct told *t, const char *class, const char *word, struct buf *ret)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name, *own = t->ccw.bus ? t->ccw.name : t->dev.name;
	char path[300], group[64];
	size_t n = 0, looked = 0;
	int r = 0;

	snprintf(path, sizeof(path), "/sys/class/%s", class);
	if (sys_list(t->s->sys, path, &names) < 0)
		return 0;
	group_of(t, group, sizeof(group));
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf target = { 0 };

		if (r < 0 || n >= NODES_MAX || looked++ >= LINKS_MAX)
			break;
		snprintf(path, sizeof(path), "/sys/class/%s/%.255s", class, name);
		if (!name_ok(name) || sys_readlink(t->s->sys, path, &target) < 0 ||
		    !(below(buf_str(&target), own) || (*group && below(buf_str(&target), group))))
			continue;
		n++;
		r = story_line(ret, "%s %s", word, name);
		if (r == 0)
			r = buf_add_name(&t->names, name);
	}
	return r;
}

static int tell_nodes(struct told *t, struct buf *ret)
{
	const struct mdev *m = inventory_mdev(t->s->inv, t->dev.name);
	int r = 0;

	if (t->dev.bus == BUS_MDEV)
		return m && m->iommu_group >= 0
			       ? story_line(ret, "/dev/vfio/%d, which QEMU opens", m->iommu_group)
			       : 0;
	if (t->dev.bus == BUS_CHP && t->s->inv->cm_enable >= 0)
		return story_line(ret, "extended measurements of all channel paths (cm_enable): %s",
				  t->s->inv->cm_enable ? "on" : "off");
	if (!t->ccw.bus && !t->pci)
		return 0;
	r = tell_class(t, "block", "disk or partition", ret);
	if (r == 0)
		r = tell_class(t, "net", "network interface", ret);
	if (r == 0 && t->sch && t->sch->measured >= 0)
		r = story_line(ret, "channel measurement (cmb_enable): %s",
			       t->sch->measured ? "on" : "off");
	return r;
}

/* -- what giving it away would do -- */

static int tell_steps(const struct session *tried, struct buf *ret)
{
	const struct plan *p = session_plan(tried);
	int r = 0;

	for (size_t i = 0; i < p->n_steps && i < STEPS_MAX && r == 0; i++)
		r = story_line(ret, "step %zu, %s: %s", i + 1,
			       p->steps[i].when == WHEN_FILE ? "file" : "live",
			       p->steps[i].text ? p->steps[i].text : "");
	if (r == 0 && p->n_steps > STEPS_MAX)
		r = story_line(ret, "and %zu steps more", p->n_steps - STEPS_MAX);
	return r;
}

static int tell_findings(const struct session *tried, struct buf *ret)
{
	const struct findings *f = session_findings(tried);
	const struct msg *no = session_plan_error(tried);
	int r = 0;

	for (size_t i = 0; i < f->n && r == 0; i++)
		if (f->v[i].staged)
			r = story_line(ret, "%s: %s %s", grade_name(f->v[i].grade),
				       f->v[i].msg.what, f->v[i].msg.why);
	return r < 0 || !no ? r : story_line(ret, "no: %s %s", no->what, no->why);
}

static size_t group_peers(const struct told *t)
{
	size_t n = 0;

	for (size_t i = 0; t->pci->group >= 0 && i < t->s->inv->n_pcis; i++)
		n += t->s->inv->pcis[i] != t->pci && t->s->inv->pcis[i]->group == t->pci->group;
	return n;
}

static int tell_then(const struct told *t, struct buf *ret)
{
	size_t peers = t->pci ? group_peers(t) : 0;

	if (t->sch)
		return story_line(ret, "A guest then takes it by a mediated device on the "
				       "subchannel, which is an edit of its own.");
	if (!t->pci)
		return story_line(ret, "A guest then takes it by a crypto matrix that has its "
				       "adapter and its domain, which is an edit of its own.");
	if (!peers)
		return story_line(ret, "A guest then takes it by its address; nothing else is in "
				       "its IOMMU group.");
	return story_line(ret,
			  "A guest then takes it by its address; %zu more function%s of its IOMMU "
			  "group can then be used by that guest or by nobody.",
			  peers, peers == 1 ? "" : "s");
}

/* This one edit by itself, on a copy of the session. What is staged for it already stands among the steps of a commit. */
static int tell_giving(const struct told *t, struct story *story)
{
	static const struct reach both = { true, true };
	struct buf *ret = &story->lines[STORY_GIVING];
	CLEANUP(session_freep) struct session *tried = NULL;
	struct facts facts;
	struct msg why = { 0 };
	int r;

	session_facts(t->s, &t->dev, &facts);
	if ((t->dev.bus != BUS_CSS && t->dev.bus != BUS_PCI && t->dev.bus != BUS_AP) ||
	    facts.blocked[0] || facts.wanted)
		return 0;
	story->back = facts.bound && strstr(facts.bound, "vfio");
	r = session_fork(t->s, &tried);
	if (r < 0)
		return r;
	r = session_toggle(tried, &t->dev, both, &why);
	if (r < 0) {
		r = r == -ENOMEM ? r : story_line(ret, "no: %s %s", why.what, why.why);
		msg_done(&why);
		return r;
	}
	r = tell_steps(tried, ret);
	if (r == 0)
		r = tell_findings(tried, ret);
	if (r == 0 && ret->len && !story->back)
		r = tell_then(t, ret);
	if (r == 0 && !story->back)
		r = story_variant(t, ret);
	return r;
}

/* -- all of it -- */

static int find_out(struct session *s, const struct devid *dev, struct told *ret)
{
	struct ccwid ccw;
	struct pciid pci;

	*ret = (struct told){ .s = s, .dev = *dev };
	if (dev->bus == BUS_CCW && ccwid_parse(dev->name, &ccw) == 0)
		ret->sch = inventory_subch_of(s->inv, ccw);
	else if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &ccw) == 0)
		ret->sch = inventory_subch(s->inv, ccw);
	if (ret->sch)
		ret->dev = devid_css(ret->sch->id);
	if (ret->sch && ret->sch->has_dev)
		ret->ccw = devid_ccw(ret->sch->dev);
	if (dev->bus == BUS_PCI && pciid_parse(dev->name, &pci) == 0)
		ret->pci = inventory_pci(s->inv, pci);
	if (ret->ccw.bus)
		return buf_add_name(&ret->names, ret->ccw.name);
	return ret->sch ? 0 : buf_add_name(&ret->names, dev->name);
}

static int read_story(struct session *s, const struct devid *dev, bool kernel, struct story *ret)
{
	struct told t;
	int r;

	*ret = (struct story){ 0 };
	r = find_out(s, dev, &t);
	if (r == 0)
		r = tell_way(&t, &ret->lines[STORY_WAY]);
	if (r == 0)
		r = tell_nodes(&t, &ret->lines[STORY_NODES]);
	if (r == 0)
		r = story_boot(&t, &ret->lines[STORY_BOOT]);
	if (r == 0)
		r = tell_giving(&t, ret);
	if (r == 0)
		r = story_commits(&t, &ret->lines[STORY_COMMITS]);
	if (r == 0 && kernel)
		r = story_kernel(&t, &ret->lines[STORY_KERNEL]);
	buf_done(&t.names);
	return r;
}

int story_read(struct session *s, const struct devid *dev, struct story *ret)
{
	return read_story(s, dev, true, ret);
}

int story_again(struct session *s, const struct devid *dev, struct story *t)
{
	struct story fresh;
	int r = read_story(s, dev, false, &fresh);

	if (r == 0) {
		struct buf kernel = t->lines[STORY_KERNEL];

		t->lines[STORY_KERNEL] = fresh.lines[STORY_KERNEL];
		fresh.lines[STORY_KERNEL] = kernel;
		story_done(t);
		*t = fresh;
	} else {
		story_done(&fresh);
	}
	return r;
}

void story_done(struct story *t)
{
	for (int i = 0; i < STORY_PARTS; i++)
		buf_done(&t->lines[i]);
}
