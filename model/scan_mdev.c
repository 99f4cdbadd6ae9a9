/* SPDX-License-Identifier: MIT */
/* Mediated devices, the devices that can have them, and their types. */
#include "attrs.h"
#include "scan.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BUS_DIR	  "/sys/class/mdev_bus"
#define TYPES_DIR "mdev_supported_types"

static const char mdev_dir[] = "/sys/bus/mdev/devices";

/* A shown matrix is cut off where the next line might not fit into its page. */
enum { PAGE = 4096, LONGEST_LINE = 8 };

static const char *of_type(char attr[static 300], const char *id, const char *name)
{
	snprintf(attr, 300, TYPES_DIR "/%.255s/%s", id, name);
	return attr;
}

static void read_type(struct scan *s, const char *parent_dir, const char *id, struct mdev_parent *p)
{
	struct mdev_type t = { .id = scan_intern(s, id) };
	char attr[300];

	t.available = scan_int(s, parent_dir, of_type(attr, id, "available_instances"), 10, 1 << 24,
			       MUST_BE);
	t.title = scan_text(s, parent_dir, of_type(attr, id, "name"), MAY_BE);
	if (s->inv->scope & SCOPE_TYPES) {
		t.api = scan_text(s, parent_dir, of_type(attr, id, "device_api"), MUST_BE);
		t.description = scan_text(s, parent_dir, of_type(attr, id, "description"), MAY_BE);
	}
	scan_push(s, &p->types, &p->n_types, &t, sizeof(t));
}

static void read_types(struct scan *s, const char *dir, struct mdev_parent *p)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	scan_list(s, scan_path(s, "%s/" TYPES_DIR, dir), MUST_BE, &names);
	buf_foreach_name (&names, name)
		if (name_ok(name))
			read_type(s, dir, name, p);
		else
			scan_malformed(s, scan_path(s, "%s/" TYPES_DIR, dir),
				       "well-formed names of types");
}

static struct mdev_parent *new_parent(struct scan *s, const char *kernel_name)
{
	struct mdev_parent *p = calloc(1, sizeof(*p));

	s->nomem |= !p;
	if (p)
		*p = (struct mdev_parent){ .refs = 1, .id = scan_parent_id(kernel_name) };
	return p;
}

struct mdev_parent *scan_parent(struct scan *s, const char *kernel_name)
{
	struct mdev_parent *p;
	char dir[320];

	snprintf(dir, sizeof(dir), BUS_DIR "/%s", kernel_name);
	scan_enter(s, dir);
	p = scan_gone(s, dir) ? NULL : new_parent(s, kernel_name);
	if (p)
		read_types(s, dir, p);
	scan_leave(s);
	return p;
}

/* No list shows the types of subchannels and of the crypto matrix, which have the one that everybody knows. */
static bool shows_types(const struct scan *s, const char *kernel_name)
{
	enum bus bus = scan_parent_id(kernel_name).bus;

	return s->inv->scope & SCOPE_TYPES ||
	       (!(s->inv->scope & SCOPE_BRIEF) && bus != BUS_CSS && bus != BUS_AP);
}

static void read_parents(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct mdev_parent *p;
	const char *name;

	scan_list(s, BUS_DIR, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		if (!name_ok(name) || strlen(name) >= sizeof(p->id.name)) {
			scan_malformed(s, BUS_DIR, "well-formed names of devices");
			continue;
		}
		p = !scan_wants(s, name)   ? NULL
		    : shows_types(s, name) ? scan_parent(s, name)
					   : new_parent(s, name);
		if (p && !scan_push(s, &s->inv->parents, &s->inv->n_parents, &p,
				    sizeof(struct mdev_parent *)))
			mdev_parent_unref(p);
	}
}

/* One line of `matrix`: "05.0004", "05.", ".0004"; of control_domains: "0004". */
static bool read_matrix_line(const char *line, struct matrix *m, bool control)
{
	unsigned card, dom;
	int end = 0;

	if (control) {
		if (sscanf(line, "%4x%n", &dom, &end) != 1 || line[end] || dom > 255)
			return false;
		mask_set(&m->control, dom, true);
		return true;
	}
	if (*line != '.') {
		if (sscanf(line, "%2x.%n", &card, &end) != 1 || !end)
			return false;
		mask_set(&m->adapters, card, true);
		line += end;
		if (!*line)
			return true;
	} else {
		line++;
	}
	if (sscanf(line, "%4x%n", &dom, &end) != 1 || line[end] || dom > 255)
		return false;
	mask_set(&m->domains, dom, true);
	return true;
}

/* Lines of queues; *ret_cut: there may have been more of them than the kernel could show. */
static void read_matrix(struct scan *s, const char *dir, const char *attr, struct matrix *m,
			bool *ret_cut)
{
	const char *v = scan_value(s, dir, attr, MUST_BE);
	bool control = !strcmp(attr, "control_domains");

	if (ret_cut)
		*ret_cut = s->value.len + LONGEST_LINE > PAGE;
	while (v && *v) {
		size_t n = strcspn(v, "\n");
		char line[16];
		bool ok = n < sizeof(line);

		if (ok) {
			memcpy(line, v, n);
			line[n] = '\0';
			ok = !n || read_matrix_line(line, m, control);
		}
		/* A line that the page's end cut is no fault. */
		if (!ok && !(ret_cut && *ret_cut && !v[n])) {
			scan_malformed(s, buf_str(&s->path), "lines of queues: 05.0004");
			return;
		}
		v += n + (v[n] == '\n');
	}
}

/* Three masks which tell everything, where the kernel has them. */
static bool read_ap_config(struct scan *s, const char *dir, struct matrix *ret)
{
	const char *v = scan_value(s, dir, "ap_config", MAY_BE);
	struct attr a = { .name = (char[]){ "ap_config" } };
	int r;

	if (!v)
		return false;
	a.value = strdup(v);
	if (!a.value) {
		s->nomem = true;
		return false;
	}
	r = attrs_to_matrix(&a, 1, ret);
	free(a.value);
	if (r < 0)
		scan_malformed(s, buf_str(&s->path), "three masks with commas between");
	return r == 0;
}

/* Of tens of thousands of mediated devices few are matrices. */
struct ap_mdev {
	struct mdev mdev; /* first */
	struct matrix matrix, guest;
};

static void read_crypto(struct scan *s, const char *dir, struct ap_mdev *r)
{
	if (!read_ap_config(s, dir, &r->matrix)) {
		read_matrix(s, dir, "matrix", &r->matrix, &r->mdev.matrix_cut);
		read_matrix(s, dir, "control_domains", &r->matrix, NULL);
	}
	/* Kernels before 6.0 have no guest_matrix. */
	if (!scan_gone(s, scan_path(s, "%s/guest_matrix", dir))) {
		bool cut;

		read_matrix(s, dir, "guest_matrix", &r->guest, &cut);
	}
	r->guest.control = r->matrix.control;
	if (s->inv->ap.config_known)
		r->guest.control = mask_and(r->matrix.control, s->inv->ap.control);
}

/* The component before the last: ".../css0/0.0.0313/<uuid>"; NULL: there is no such device, or none that is understood. */
static const char *parent_of(struct scan *s, const char *dir, const char *uuid)
{
	CLEANUP(buf_done) struct buf target = { 0 };
	char *slash, *name;
	int r = s->in_dir == mdev_dir ? many_link(&s->in, uuid, &target)
				      : sys_readlink(s->sys, dir, &target);

	if (r < 0) {
		if (r != -ENOENT)
			scan_problem(s, dir, r);
		return NULL;
	}
	slash = target.data ? strrchr(target.data, '/') : NULL;
	if (slash)
		*slash = '\0';
	name = slash ? strrchr(target.data, '/') : NULL;
	if (name && name_ok(name + 1))
		return scan_intern(s, name + 1);
	scan_malformed(s, dir, "a link to a device below its parent");
	return NULL;
}

int scan_mdev_group(struct scan *s, const char *uuid)
{
	const char *base;
	unsigned group;
	char dir[96];
	int end = 0;

	snprintf(dir, sizeof(dir), "%s/%s", mdev_dir, uuid);
	base = scan_base(s, dir, "iommu_group");
	if (base && sscanf(base, "%9u%n", &group, &end) == 1 && !base[end])
		return (int)group;
	return -1;
}

static struct mdev *new_mdev(struct scan *s, const char *dir, const char *type)
{
	struct ap_mdev *ap;
	struct mdev *r;

	if (!str_eq(type, TYPE_AP)) {
		r = calloc(1, sizeof(*r));
		if (r)
			r->matrix = r->guest = &no_matrix;
		return r;
	}
	ap = calloc(1, sizeof(*ap));
	if (!ap)
		return NULL;
	read_crypto(s, dir, ap);
	ap->mdev.matrix = &ap->matrix;
	ap->mdev.guest = &ap->guest;
	return &ap->mdev;
}

struct mdev *scan_mdev_one(struct scan *s, const char *uuid)
{
	struct mdev *r;
	const char *parent, *type;
	char dir[96];

	snprintf(dir, sizeof(dir), "%s/%s", mdev_dir, uuid);
	parent = parent_of(s, dir, uuid);
	if (!parent || !scan_wants(s, parent))
		return NULL;
	type = scan_base(s, dir, "mdev_type");
	r = new_mdev(s, dir, type);
	if (!r) {
		s->nomem = true;
		return NULL;
	}
	r->refs = 1;
	strcpy(r->uuid, uuid);
	r->parent = parent;
	r->type = type;
	/* No list shows it: it is asked for where somebody has a group open. */
	r->iommu_group = s->inv->scope & SCOPE_TYPES ? scan_mdev_group(s, uuid) : -1;
	return r;
}

static void read_mdev(struct scan *s, const char *uuid)
{
	struct mdev *r = scan_mdev_one(s, uuid);

	if (r && !scan_push(s, &s->inv->mdevs, &s->inv->n_mdevs, &r, sizeof(struct mdev *)))
		mdev_unref(r);
}

void scan_mdev(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	char uuid[UUID_TEXT];
	const char *name;

	read_parents(s);
	scan_list(s, mdev_dir, MAY_BE, &names);
	scan_enter(s, mdev_dir);
	buf_foreach_name (&names, name) {
		if (uuid_normal(name, uuid) == 0 && !strcmp(name, uuid))
			read_mdev(s, uuid);
		else
			scan_malformed(s, mdev_dir, "UUIDs as names");
	}
	scan_leave(s);
}
