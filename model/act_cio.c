/* SPDX-License-Identifier: MIT */
#include "act_cio.h"
#include "ids.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

struct found {
	struct sys *sys;
	const char *subchannel; /* its path */
	struct buf ccw; /* path of its channel device, once it is looked for; empty: it has none */
};

static bool has_driver(struct sys *sys, const char *device, const char *driver)
{
	CLEANUP(buf_done) struct buf path = { 0 }, name = { 0 };

	return buf_printf(&path, "%s/driver", device) == 0 &&
	       sys_read_base(sys, buf_str(&path), &name) == 0 && str_eq(buf_str(&name), driver);
}

/* The path of the subchannel whose name an act writes, if io_subchannel has it. */
static bool host_has(struct sys *sys, const struct act *a, struct buf *ret)
{
	CLEANUP(freep) char *name = a->value ? strndup(a->value, strcspn(a->value, "\n")) : NULL;

	return name && name_ok(name) && buf_printf(ret, "/sys/devices/css0/%s", name) == 0 &&
	       has_driver(sys, buf_str(ret), "io_subchannel");
}

/* Another driver has just been seen to have taken it. */
static bool other_has(const struct actor *who, const struct act *a)
{
	return act_just_seen(who, a) && a->expect == EXPECT_LINK &&
	       !str_eq(a->expect_text, "io_subchannel");
}

/* It is there as soon as it was recognised; without a number behind the subchannel nothing ever will be. */
static int is_there(void *arg)
{
	struct found *f = arg;

	return !f->ccw.len || sys_exists(f->sys, buf_str(&f->ccw));
}

/* virtio_ccw_auto_online(), in a thread that nothing of sysfs waits for; no event tells of it. */
static int is_online(void *arg)
{
	struct found *f = arg;
	CLEANUP(buf_done) struct buf path = { 0 };
	unsigned long online = 1;

	if (!f->ccw.len || !has_driver(f->sys, buf_str(&f->ccw), "virtio_ccw"))
		return 1;
	if (buf_printf(&path, "%s/online", buf_str(&f->ccw)) < 0)
		return -ENOMEM;
	return sys_read_ul(f->sys, buf_str(&path), 10, &online) < 0 || online == 1;
}

static void look_for_device(struct found *f)
{
	CLEANUP(buf_done) struct buf path = { 0 }, busid = { 0 };

	buf_reset(&f->ccw);
	if (buf_printf(&path, "%s/dev_busid", f->subchannel) == 0 &&
	    sys_read_line(f->sys, buf_str(&path), &busid) == 0 && name_ok(buf_str(&busid)) &&
	    !str_eq(buf_str(&busid), "none"))
		buf_printf(&f->ccw, "/sys/bus/ccw/devices/%s", buf_str(&busid));
}

/*
 * cio_settle_write() returns when nothing is being recognised any more. Where there is no such file, as in some containers, the
 * device itself is waited for, and after the deadline taken for one that is not operational.
 */
static int recognised(struct actor *who, struct found *f)
{
	int r = sys_write(who->sys, CIO_SETTLE, "1\n");

	who->seen = NULL;
	if (r == -EINPROGRESS)
		return -ETIMEDOUT;
	if (r < 0) {
		look_for_device(f);
		sys_wait(who->sys, is_there, f, who->deadline_ms);
	}
	return 0;
}

/* Through its driver, or through the subchannel itself, by its place or by its bus. */
static bool takes_subchannel(const char *path)
{
	return str_ends(path, "/unbind") &&
	       (str_starts(path, "/sys/bus/css/") || str_starts(path, "/sys/devices/css0/"));
}

int cio_before(struct actor *who, const struct act *a)
{
	CLEANUP(buf_done) struct buf subchannel = { 0 };
	struct found f = { .sys = who->sys };
	int r;

	if (!takes_subchannel(a->path) || !host_has(who->sys, a, &subchannel))
		return 0;
	f.subchannel = buf_str(&subchannel);
	r = recognised(who, &f);
	buf_done(&f.ccw);
	return r;
}

void cio_after(struct actor *who, const struct act *a)
{
	CLEANUP(buf_done) struct buf subchannel = { 0 };
	struct found f = { .sys = who->sys };

	if (!str_eq(a->path, "/sys/bus/css/drivers_probe") &&
	    !str_eq(a->path, "/sys/bus/css/drivers/io_subchannel/bind"))
		return;
	if (other_has(who, a) || !host_has(who->sys, a, &subchannel))
		return;
	f.subchannel = buf_str(&subchannel);
	if (recognised(who, &f) == 0) {
		look_for_device(&f);
		sys_wait(who->sys, is_online, &f, who->deadline_ms);
	}
	buf_done(&f.ccw);
}
