/* SPDX-License-Identifier: MIT */
/* Masks into per-queue overrides and back, each one commit; on a machine with 7.2 whose guest has let go. */
#include "check.h"
#include "session.h"
#include "sim.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

#define GUEST	 "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"
#define ALL_ONES "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

struct machine {
	struct sys *sys;
	struct session *s;
};

static struct machine lpar72(bool guest)
{
	struct session_opts opts = { .who = "test" };
	struct machine m;

	struct sys *all;

	assert_int_equal(sim_new_named("lpar72", &all), 0);
	/* Its guest is what holds its devices, and its process. */
	if (guest) {
		m.sys = all;
	} else {
		CLEANUP(buf_done) struct buf text = { 0 };

		sim_hold(all, GUEST, NULL);
		assert_int_equal(sim_save(all, &text), 0);
		buf_adds(&text, "drop /proc/4711\ndrop /run/libvirt/qemu/db1.xml\n");
		assert_int_equal(sim_new(buf_str(&text), text.len, &m.sys, NULL), 0);
		sys_free(all);
	}
	assert_int_equal(session_new(m.sys, &opts, &m.s), 0);
	return m;
}

static void done(struct machine *m)
{
	session_free(m->s);
	sys_free(m->sys);
}

static void commit(struct machine *m)
{
	struct consent consent = { .conflicts = true };
	struct txn_opts opts = { .deadline_ms = 200 };
	struct txn_report report = { 0 };
	struct msg why = { 0 };

	if (session_commit(m->s, &consent, &opts, &report, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	if (report.result != TXN_COMMITTED)
		fail_msg("%s %s", report.msg.what, report.msg.why);
	txn_report_done(&report);
}

static void assert_reads(struct sys *sys, const char *path, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read(sys, path, &b), 0);
	while (b.len && b.data[b.len - 1] == '\n')
		b.data[--b.len] = '\0';
	assert_string_equal(buf_str(&b), text);
}

static void assert_says(struct session *s, const char *rule, const char *why)
{
	const struct findings *f = session_findings(s);

	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].rule, rule) && strstr(f->v[i].msg.why, why))
			return;
	fail_msg("%s does not say %s", rule, why);
}

static char *matrix_of(struct sys *sys)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read(sys, "/sys/bus/mdev/devices/" GUEST "/ap_config", &b), 0);
	return buf_take(&b);
}

TEST(masks_become_overrides_and_each_matrix_keeps_its_queues)
{
	struct machine m = lpar72(false);
	CLEANUP(freep) char *before = matrix_of(m.sys);
	CLEANUP(freep) char *after = NULL;
	struct msg why = { 0 };

	assert_int_equal(session_ap_mode(m.s, AP_MODE_OVERRIDE, &why), 0);
	/* The price is said before: the boot's own check knows no overrides. */
	assert_says(m.s, "override-boot", "ap-check");
	commit(&m);
	assert_reads(m.sys, "/sys/bus/ap/apmask", ALL_ONES);
	assert_reads(m.sys, "/sys/bus/ap/devices/14.0004/driver_override", "vfio_ap");
	assert_reads(m.sys, "/sys/bus/ap/devices/14.00ab/driver_override", ""); /* nobody's */
	after = matrix_of(m.sys);
	assert_string_equal(after, before);
	assert_reads(m.sys, "/sys/bus/mdev/devices/" GUEST "/guest_matrix", "14.0004\n14.0005");
	done(&m);
}

TEST(taking_the_conversion_back_brings_the_masks_back)
{
	struct machine m = lpar72(false);
	struct msg why = { 0 };
	struct past *past;
	CLEANUP(buf_done) struct buf mask = { 0 };
	size_t n;

	assert_int_equal(sys_read_line(m.sys, "/sys/bus/ap/apmask", &mask), 0);
	assert_int_equal(session_ap_mode(m.s, AP_MODE_OVERRIDE, &why), 0);
	commit(&m);
	assert_int_equal(session_history(m.s, &past, &n), 0);
	assert_int_equal(n, 1);
	if (session_load(m.s, past[0].undo, strlen(past[0].undo), "undo", false, &why) < 0)
		fail_msg("%s %s", why.what, why.why);
	history_free(past, n);
	commit(&m);
	assert_reads(m.sys, "/sys/bus/ap/apmask", buf_str(&mask));
	assert_reads(m.sys, "/sys/bus/ap/devices/14.0004/driver_override", "");
	assert_reads(m.sys, "/sys/bus/mdev/devices/" GUEST "/guest_matrix", "14.0004\n14.0005");
	done(&m);
}

TEST(a_running_guest_keeps_the_way_in_force)
{
	struct machine m = lpar72(true);
	struct consent consent = { .conflicts = true };
	struct msg why = { 0 };

	assert_int_equal(session_ap_mode(m.s, AP_MODE_OVERRIDE, &why), 0);
	assert_int_equal(session_may_commit(m.s, &consent, &why), -EINVAL);
	msg_done(&why);
	done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(masks_become_overrides_and_each_matrix_keeps_its_queues),
		CASE(taking_the_conversion_back_brings_the_masks_back),
		CASE(a_running_guest_keeps_the_way_in_force),
	};

	return RUN(tests);
}
