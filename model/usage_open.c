/* SPDX-License-Identifier: MIT */
/*
 * Open files of processes, down to the devices behind them: vfio groups, character devices, disks.
 *
 * /dev/z90crypt is not here: it leads to all queues of the host together and to none of them.
 */
#include "sys.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NODES_MAX = 1 << 17 };

void open_index_done(struct open_index *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->v[i].name);
		free(x->v[i].target);
	}
	free(x->v);
	*x = (struct open_index){ 0 };
}

static int node_cmp(const void *a, const void *b)
{
	const struct open_node *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The mediated device that a path leads to; NULL: none that runs. */
static const struct mdev *mdev_in(const struct inventory *inv, const char *path)
{
	for (const char *at = path; (at = strchr(at, '/')); at++) {
		char uuid[UUID_TEXT];
		size_t n = strcspn(at + 1, "/");

		if (n != UUID_TEXT - 1)
			continue;
		memcpy(uuid, at + 1, n);
		uuid[n] = '\0';
		if (inventory_mdev(inv, uuid))
			return inventory_mdev(inv, uuid);
	}
	return NULL;
}

/*
 * Its name below /dev: the kernel's own with '!' for '/', but the nodes of USB are numbers which only DEVNAME tells,
 * and directories (dri/, input/) are not told by the name: the last component has to do.
 */
static char *node_name(struct scan *s, const char *number, const char *target)
{
	const char *base = strrchr(target, '/'), *devname;
	char dir[300];

	base = base ? base + 1 : target;
	if (!strstr(target, "/usb") || *base < '0' || *base > '9') {
		const char *last = strrchr(base, '!');

		return strdup(last ? last + 1 : base);
	}
	snprintf(dir, sizeof(dir), "/sys/dev/char/%.255s", number);
	devname = scan_value(s, dir, "uevent", MAY_BE);
	devname = devname ? strstr(devname, "DEVNAME=") : NULL;
	if (!devname)
		return strdup(base);
	devname += strlen("DEVNAME=");
	return strndup(devname, strcspn(devname, "\n"));
}

static void add_node(struct scan *s, struct open_index *x, const char *number)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	struct open_node node;
	struct devid dev;

	if (x->n >= NODES_MAX ||
	    sys_readlink(s->sys, scan_path(s, "/sys/dev/char/%s", number), &target) < 0)
		return;
	if (!scan_owner_of(buf_str(&target), &dev) && !mdev_in(s->inv, buf_str(&target)))
		return;
	node.name = node_name(s, number, buf_str(&target));
	node.target = strdup(buf_str(&target));
	if (!node.name || !node.target || !scan_push(s, &x->v, &x->n, &node, sizeof(node))) {
		free(node.name);
		free(node.target);
		s->nomem = true;
	}
}

static void make_index(struct scan *s, struct open_index *x)
{
	CLEANUP(buf_done) struct buf numbers = { 0 };
	const char *number;

	x->made = true;
	scan_list(s, "/sys/dev/char", MAY_BE, &numbers);
	buf_foreach_name (&numbers, number)
		if (name_ok(number))
			add_node(s, x, number);
	if (x->n)
		qsort(x->v, x->n, sizeof(*x->v), node_cmp);
}

static void claim_target(struct scan *s, const char *target, const struct holder *h, bool vfio)
{
	const struct mdev *m = mdev_in(s->inv, target);
	struct devid dev;

	if (m)
		usage_add_mdev(s, m, &h->vfio);
	else if (scan_owner_of(target, &dev))
		usage_add(s, &dev, vfio ? &h->vfio : &h->node);
}

/* Whoever has a group open has all that is in it: nobody else can have any of it meanwhile. */
static void claim_group(struct scan *s, int group, const struct claim *claim)
{
	for (size_t i = 0; i < s->inv->n_pcis; i++)
		if (s->inv->pcis[i]->group == group) {
			struct devid dev = devid_pci(s->inv->pcis[i]->id);

			usage_add(s, &dev, claim);
		}
	for (size_t i = 0; i < s->inv->n_mdevs; i++) {
		const struct mdev *m = s->inv->mdevs[i];
		bool known = s->inv->scope & SCOPE_TYPES;

		if ((known ? m->iommu_group : scan_mdev_group(s, m->uuid)) == group)
			usage_add_mdev(s, m, claim);
	}
}

/* A device handed over without its group: kernels from 6.18 on tell which it is. */
static void claim_fdinfo(struct scan *s, const struct holder *h)
{
	static const char mark[] = "vfio-device-syspath:";
	CLEANUP(buf_done) struct buf info = { 0 };
	const char *at;
	char path[512];

	if (sys_read(s->sys, h->fdinfo, &info) == 0 && (at = strstr(buf_str(&info), mark)) &&
	    sscanf(at + strlen(mark), " %511[^\n]", path) == 1)
		claim_target(s, path, h, true);
}

/*
 * A 3270's terminals are not told apart by anything in sysfs: each that is online may be the one.
 */
static void claim_3270(struct scan *s, const struct claim *claim)
{
	for (size_t i = 0; i < s->inv->n_subchs; i++) {
		const struct subch *r = s->inv->subchs[i];

		if (r->ccw && r->online == 1 && str_eq(r->ccw_driver, "3270")) {
			struct devid dev = devid_css(r->id);

			usage_add(s, &dev, claim);
		}
	}
}

static void claim_node(struct scan *s, struct open_index *x, const char *link,
		       const struct holder *h)
{
	const char *name = link + strlen("/dev/"), *base = strrchr(link, '/') + 1;
	const struct open_node *found = NULL;
	struct open_node key = { .name = (char *)(uintptr_t)name };

	if (!x->made)
		make_index(s, x);
	if (x->n)
		found = bsearch(&key, x->v, x->n, sizeof(*x->v), node_cmp);
	key.name = (char *)(uintptr_t)base;
	if (!found && x->n && base != name)
		found = bsearch(&key, x->v, x->n, sizeof(*x->v), node_cmp);
	if (found)
		claim_target(s, found->target, h, str_starts(name, "vfio/"));
	else if (str_starts(name, "3270/tty") || str_starts(name, "3270/tub"))
		claim_3270(s, &h->node);
	else
		usage_add_block(s, link, &h->node);
}

void usage_add_open(struct scan *s, struct open_index *x, const char *link,
		    const struct holder *holder)
{
	int group, end = 0;

	if (!str_starts(link, "/dev/"))
		claim_fdinfo(s, holder);
	else if ((sscanf(link, "/dev/vfio/%d%n", &group, &end) == 1 ||
		  sscanf(link, "/dev/vfio/noiommu-%d%n", &group, &end) == 1) &&
		 !link[end])
		claim_group(s, group, &holder->vfio);
	else if (sys_path_ok(link))
		claim_node(s, x, link, holder);
}
