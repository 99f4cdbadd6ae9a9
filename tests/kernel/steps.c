/* SPDX-License-Identifier: MIT */
/*
 * Every kind of step on a real kernel: carried out, and refused by the kernel itself, since somebody else acts just before it. Then all is
 * as before, but for what the other one did. The simulated copy of the machine must foretell each outcome.
 */
#include "faulty.h"
#include "guest.h"

#include <sys/mount.h>
#include <sys/wait.h>

#define UUID		 "00000000-0000-4000-8000-0000000000a1"
#define OTHER		 "00000000-0000-4000-8000-0000000000b1"
#define CSS		 "/sys/bus/css"
#define AP		 "/sys/bus/ap"
#define MODEL		 "/sys/kernel/debug/ap_model/cmd"
#define MATRIX		 "/sys/devices/vfio_ap/matrix"
#define CREATE		 MATRIX "/mdev_supported_types/vfio_ap-passthrough/create"
#define CCW_TO_GUEST	 "\"drivers\":{\"css/0.0.0002\":\"vfio_ccw\"}"
#define TERMINAL(driver) "\"drivers\":{\"css/0.0.0006\":" driver "}"
#define MDEV_CCW                                                                                   \
	"{\"uuid\":\"" UUID                                                                        \
	"\",\"parent\":\"0.0.0002\",\"type\":\"vfio_ccw-io\",\"start\":\"auto\",\"active\":true}"
#define MDEV_OTHER                                                                                 \
	"{\"uuid\":\"" OTHER                                                                       \
	"\",\"parent\":\"0.0.0002\",\"type\":\"vfio_ccw-io\",\"start\":\"auto\",\"active\":true}"
#define MDEV_AP                                                                                    \
	"{\"uuid\":\"" UUID "\",\"parent\":\"matrix\",\"type\":\"vfio_ap-passthrough\",\"start\":" \
	"\"auto\",\"active\":true,"                                                                \
	"\"adapters\":[5],\"domains\":[4]}"

/* The emulated machine gets what processor time the others leave. */
enum { DEADLINE_MS = 15000 };

/* A write by somebody else. */
struct hand {
	const char *path, *value;
};

struct encounter {
	const char *name;
	enum step_kind kind; /* which is refused */
	unsigned level;	     /* of the kernel; 0: any */
	const char *first;   /* committed before, may be NULL */
	const char *edits;
	const char
		*at; /* the other one acts before the first write to a path that has this in it */
	struct hand acts[8], mends[8];
	int (*act)(bool mend);	/* may be NULL */
	bool alone;		/* only a real machine knows of it */
	enum txn_result result; /* stuck: what the other one did is in the way of the undo */
};

/* -- what is no write -- */

static int shell(const char *command)
{
	int r = system(command);

	return WIFEXITED(r) ? WEXITSTATUS(r) : 255;
}

static int break_module(bool mend)
{
	return shell(
		mend ? "f=$(find /lib/modules -name vfio_ccw.ko); mv $f.kept $f"
		     : "f=$(find /lib/modules -name vfio_ccw.ko); mv $f $f.kept; echo broken >$f");
}

/* As a guest's virtual machine monitor has it open; the kernel then keeps the write until it lets go. */
static int open_device(bool mend)
{
	return shell(mend ? "kill $(cat /run/holder); while [ -e /sys/bus/mdev/devices/" UUID
			    " ]; do usleep 100000; done"
			  : "g=$(basename $(readlink /sys/bus/mdev/devices/" UUID "/iommu_group));"
			    "labtr hold 600 $g " UUID " >/run/held & echo $! >/run/holder;"
			    "until grep -q get_device=ok /run/held; do usleep 100000; done");
}

static int protect_definitions(bool mend)
{
	if (mend)
		return umount("/etc/mdevctl.d");
	return mount("/etc/mdevctl.d", "/etc/mdevctl.d", NULL, MS_BIND, NULL) < 0
		       ? -1
		       : mount("", "/etc/mdevctl.d", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static const struct encounter encounters[] = {
	{ .name = "module",
	  .kind = STEP_MODULE,
	  .edits = "\"modules\":{\"vfio_ccw\":{\"persist\":false}}",
	  .at = "vfio_ccw",
	  .act = break_module,
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
	{ .name = "module, which is loaded",
	  .kind = STEP_MODULE,
	  .edits = "\"modules\":{\"vfio_ccw\":{\"persist\":false}}",
	  .alone = true,
	  .result = TXN_COMMITTED },
	{ .name = "offline, and the device has gone",
	  .kind = STEP_OFFLINE,
	  .edits = CCW_TO_GUEST,
	  .at = "/online",
	  .acts = { { CSS "/drivers/io_subchannel/unbind", "0.0.0002" } },
	  .mends = { { CSS "/drivers_probe", "0.0.0002" } },
	  .result = TXN_STUCK },
	/* A 3270: those of virtio go online by themselves, and may not be taken away meanwhile, see guest_settle. */
	{ .name = "online, and the device has gone",
	  .kind = STEP_ONLINE,
	  .first = TERMINAL("\"vfio_ccw\""),
	  .edits = TERMINAL("{\"driver\":null,\"online\":true}"),
	  .at = "/online",
	  .acts = { { CSS "/drivers/io_subchannel/unbind", "0.0.0006" } },
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
	/* A copy that was made while a guest had the device does not know what comes back. */
	{ .name = "given back and set online",
	  .kind = STEP_ONLINE,
	  .first = TERMINAL("\"vfio_ccw\""),
	  .edits = TERMINAL("{\"driver\":null,\"online\":true}"),
	  .alone = true,
	  .result = TXN_COMMITTED },
	{ .name = "unbind, and another driver has it",
	  .kind = STEP_UNBIND,
	  .edits = CCW_TO_GUEST,
	  .at = "io_subchannel/unbind",
	  .acts = { { CSS "/drivers/io_subchannel/unbind", "0.0.0002" },
		    { CSS "/drivers/vfio_ccw/bind", "0.0.0002" } },
	  .mends = { { CSS "/drivers/vfio_ccw/unbind", "0.0.0002" },
		     { CSS "/drivers_probe", "0.0.0002" } },
	  .result = TXN_STUCK },
	{ .name = "probe, and another override was set",
	  .kind = STEP_PROBE,
	  .edits = CCW_TO_GUEST,
	  .at = "drivers_probe",
	  .acts = { { CSS "/devices/0.0.0002/driver_override", "nobody" } },
	  .mends = { { CSS "/devices/0.0.0002/driver_override", "\n" },
		     { CSS "/drivers_probe", "0.0.0002" } },
	  .result = TXN_STUCK },
	{ .name = "override of a queue, and the masks have moved",
	  .kind = STEP_OVERRIDE,
	  .level = 702,
	  .edits = "\"ap\":{\"mode\":\"override\",\"guest-queues\":[\"05.0004\"]}",
	  .at = "driver_override",
	  .acts = { { AP "/apmask", "-32\n" } },
	  .mends = { { AP "/apmask", "+32\n" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "mask, and another matrix has the queue",
	  .kind = STEP_MASK,
	  .first = "\"ap\":{\"guest-queues\":[\"05.0004\"]}",
	  .edits = "\"ap\":{\"host-queues\":[\"05.0004\"]}",
	  .at = "mask",
	  .acts = { { CREATE, OTHER },
		    { MATRIX "/" OTHER "/assign_adapter", "5" },
		    { MATRIX "/" OTHER "/assign_domain", "4" } },
	  .mends = { { MATRIX "/" OTHER "/remove", "1" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "create, and the UUID is taken",
	  .kind = STEP_CREATE,
	  .edits = "\"mdevs\":[" MDEV_CCW "]",
	  .at = "/create",
	  .acts = { { CREATE, UUID } },
	  .mends = { { MATRIX "/" UUID "/remove", "1" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "create, and the only instance is taken",
	  .kind = STEP_CREATE,
	  .edits = "\"mdevs\":[" MDEV_CCW "]",
	  .at = "/create",
	  .acts = { { CSS "/devices/0.0.0002/mdev_supported_types/vfio_ccw-io/create", OTHER } },
	  .mends = { { CSS "/devices/0.0.0002/" OTHER "/remove", "1" } },
	  .result = TXN_STUCK },
	{ .name = "assign, and another matrix has the queue",
	  .kind = STEP_ATTR,
	  .edits = "\"mdevs\":[" MDEV_AP "]",
	  .at = UUID "/a",
	  .acts = { { CREATE, OTHER },
		    { MATRIX "/" OTHER "/assign_adapter", "5" },
		    { MATRIX "/" OTHER "/assign_domain", "4" } },
	  .mends = { { MATRIX "/" OTHER "/remove", "1" } },
	  .result = TXN_STUCK },
	{ .name = "assign, and the host has taken the queue back",
	  .kind = STEP_ATTR,
	  .edits = "\"mdevs\":[" MDEV_AP "]",
	  .at = UUID "/a",
	  .acts = { { AP "/apmask", "+5\n" }, { AP "/aqmask", "+4\n" } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "remove, and it is dead already",
	  .kind = STEP_REMOVE,
	  .first = "\"mdevs\":[" MDEV_CCW "]",
	  .edits = "\"mdevs\":[{\"uuid\":\"" UUID "\",\"active\":false}]",
	  .at = "/remove",
	  .acts = { { CSS "/devices/0.0.0002/" UUID "/remove", "1" } },
	  .mends = { { CSS "/devices/0.0.0002/mdev_supported_types/vfio_ccw-io/create", UUID } },
	  .result = TXN_ROLLED_BACK },
	{ .name = "measure, and the device has gone",
	  .kind = STEP_SWITCH,
	  .edits = "\"measurements\":{\"ccw/0.0.2b0a\":true}",
	  .at = "/cmb_enable",
	  .acts = { { CSS "/drivers/io_subchannel/unbind", "0.0.0002" } },
	  .mends = { { CSS "/drivers_probe", "0.0.0002" } },
	  .result = TXN_STUCK },
	{ .name = "vary a channel path",
	  .kind = STEP_SWITCH,
	  .edits = "\"paths\":{\"chp/0.01\":{\"vary\":false}}",
	  .result = TXN_COMMITTED },
	{ .name = "everything made",
	  .kind = STEP_ATTR,
	  .edits = "\"mdevs\":[" MDEV_AP "," MDEV_OTHER "]",
	  .result = TXN_COMMITTED },
	{ .name = "everything removed",
	  .kind = STEP_REMOVE,
	  .first = "\"mdevs\":[" MDEV_AP "," MDEV_OTHER "]",
	  .edits = "\"mdevs\":[{\"uuid\":\"" UUID "\",\"delete\":true},{\"uuid\":\"" OTHER
		   "\",\"delete\":true}]",
	  .result = TXN_COMMITTED },
	{ .name = "remove, and a guest has it open",
	  .kind = STEP_REMOVE,
	  .first = "\"mdevs\":[" MDEV_CCW "]",
	  .edits = "\"mdevs\":[{\"uuid\":\"" UUID "\",\"active\":false}]",
	  .at = "/remove",
	  .act = open_device,
	  .alone = true,
	  .result = TXN_STUCK },
	{ .name = "file, and its directory is read-only",
	  .kind = STEP_FILE,
	  .edits = "\"mdevs\":[" MDEV_CCW "]",
	  .at = "/etc/mdevctl.d",
	  .act = protect_definitions,
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
	/* The last one: the kernel forgets to count the override that went with its queue, and keeps the masks till it boots. */
	{ .name = "mask, and an overridden queue has vanished",
	  .kind = STEP_MASK,
	  .level = 702,
	  .edits = "\"ap\":{\"mode\":\"masks\",\"guest-queues\":[\"06.0004\"]}",
	  .at = "mask",
	  .acts = { { AP "/devices/05.0004/driver_override", "vfio_ap\n" },
		    { MODEL, "rmcard 5\n" },
		    { AP "/scans", "1\n" } },
	  .mends = { { MODEL, "addcard 5 c 14\n" }, { AP "/scans", "1\n" } },
	  .alone = true,
	  .result = TXN_ROLLED_BACK },
};

/* -- one encounter on one machine -- */

struct meeting {
	const struct encounter *e;
	struct sys *sys; /* the machine, or its copy */
	bool real, acted;
	struct txn_report rep;
};

static unsigned done[STEP_FILE + 1];

static void write_all(struct sys *sys, const struct hand *hands)
{
	for (; hands->path; hands++) {
		int r = sys_write(sys, hands->path, hands->value);

		if (r < 0)
			print_message("# %s <- %s: %s\n", hands->path, hands->value, strerror(-r));
	}
}

static void meet(void *arg, unsigned n, const char *path)
{
	struct meeting *m = arg;

	(void)n;
	if (m->acted || !m->e->at || !strstr(path, m->e->at))
		return;
	m->acted = true;
	if (m->e->act)
		assert_int_equal(m->e->act(false), 0);
	write_all(m->sys, m->e->acts);
}

static void mend(struct meeting *m)
{
	if (m->acted && m->e->act)
		assert_int_equal(m->e->act(true), 0);
	if (m->acted)
		write_all(m->sys, m->e->mends);
	if (m->real)
		guest_settle();
}

/* Commits through a machine on which somebody else may act. */
static void commit(struct meeting *m, const char *body)
{
	struct session_opts so = { .who = "test" };
	struct txn_opts opts = { .deadline_ms = DEADLINE_MS };
	CLEANUP(freep) char *undo = NULL;
	CLEANUP(buf_done) struct buf json = { 0 };
	CLEANUP(session_freep) struct session *s = NULL;
	struct msg why = { 0 };
	struct sys *other;

	assert_int_equal(faulty_new(m->sys, 0, FAULT_REFUSED, EIO, &other), 0);
	faulty_before(other, meet, m);
	assert_int_equal(session_new(m->sys, &so, &s), 0);
	assert_int_equal(buf_printf(&json, "{\"vfiocfg-edits\":1,%s}", body), 0);
	if (session_load(s, buf_str(&json), json.len, "edits", false, &why) < 0 ||
	    session_plan_error(s) || session_plan(s)->n_steps == 0)
		fail_msg("%s: %s %s", m->e->name, why.what ? why.what : "nothing to do",
			 why.why ? why.why : "");
	assert_int_equal(history_undo_edits(session_desired(s), &undo), 0);
	opts.undo = undo;
	assert_int_equal(txn_run(other, session_plan(s), &opts, &m->rep), 0);
	for (size_t i = 0; m->real && i < m->rep.n_state; i++)
		done[session_plan(s)->steps[i].kind] += m->rep.state[i] == STEP_DONE;
	if (m->rep.result != TXN_COMMITTED && m->rep.failed < session_plan(s)->n_steps &&
	    session_plan(s)->steps[m->rep.failed].kind != m->e->kind)
		print_message("  %s: %s failed\n", m->e->name,
			      session_plan(s)->steps[m->rep.failed].text);
	sys_free(other);
	if (m->real)
		guest_settle();
}

/* What the other one has mended, recovering finishes. */
static void recover(struct meeting *m)
{
	struct txn_opts opts = { .deadline_ms = DEADLINE_MS };
	struct txn_report rep = { 0 };

	if (m->rep.result != TXN_STUCK)
		return;
	assert_int_equal(txn_recover(m->sys, &opts, &rep), 0);
	if (rep.result != TXN_ROLLED_BACK)
		fail_msg("%s: recovering: %s %s", m->e->name, rep.msg.what, rep.msg.why);
	txn_report_done(&rep);
}

static void tell(const struct meeting *m)
{
	print_message("  %s, %s: result %d, step %zu: %s %s\n", m->e->name,
		      m->real ? "the kernel" : "foretold", m->rep.result, m->rep.failed,
		      m->rep.msg.what ? m->rep.msg.what : "", m->rep.msg.why ? m->rep.msg.why : "");
	for (size_t i = 0; i < m->rep.n_differences; i++)
		print_message("    %s\n", m->rep.differences[i]);
}

static bool as_foretold(const struct meeting *m, struct meeting *copy, struct sys *sys)
{
	struct state was, is;
	bool good;

	if (m->e->alone)
		return true;
	commit(copy, m->e->edits);
	was = guest_state(copy->sys);
	is = guest_state_now(sys);
	good = copy->rep.result == m->rep.result && copy->rep.failed == m->rep.failed &&
	       copy->rep.msg.id == m->rep.msg.id && state_same(&was, &is);
	state_done(&was);
	state_done(&is);
	if (!good) {
		tell(m);
		tell(copy);
	}
	return good;
}

static void take_back(struct sys *sys)
{
	struct session_opts so = { .who = "test" };
	CLEANUP(session_freep) struct session *s = NULL;
	struct txn_opts opts = { .deadline_ms = DEADLINE_MS };
	struct txn_report rep = { 0 };
	struct msg why = { 0 };

	assert_int_equal(session_new(sys, &so, &s), 0);
	if (session_undo_all(s, &why) >= 0 && session_plan(s)->n_steps) {
		assert_int_equal(txn_run(sys, session_plan(s), &opts, &rep), 0);
		if (rep.result != TXN_COMMITTED)
			fail_msg("taken back: %s %s", rep.msg.what, rep.msg.why);
	}
	txn_report_done(&rep);
	msg_done(&why);
	guest_settle();
}

static bool try_one(struct sys *sys, const struct encounter *e)
{
	struct meeting m = { e, sys, true, false, { 0 } }, copy = { .e = e };
	struct state before, after;
	bool good;

	if (e->first) {
		struct encounter first = { .name = e->name, .kind = e->kind };
		struct meeting f = { &first, sys, true, false, { 0 } };

		commit(&f, e->first);
		assert_int_equal(f.rep.result, TXN_COMMITTED);
		txn_report_done(&f.rep);
	}
	before = guest_state_now(sys);
	copy.sys = guest_copy(sys);
	commit(&m, e->edits);
	good = m.rep.result == e->result && (!e->at || m.acted);
	if (!good)
		tell(&m);
	good = as_foretold(&m, &copy, sys) && good;
	mend(&m);
	recover(&m);
	after = guest_state_now(sys);
	if (m.rep.result != TXN_COMMITTED && !state_same(&before, &after)) {
		print_message("  %s: not as before\n", e->name);
		good = false;
	}
	print_message("# %s: %s %s\n", e->name, m.rep.msg.what ? m.rep.msg.what : "",
		      m.rep.msg.why ? m.rep.msg.why : "");
	state_done(&before);
	state_done(&after);
	txn_report_done(&m.rep);
	txn_report_done(&copy.rep);
	sys_free(copy.sys);
	take_back(sys);
	return good;
}

static unsigned kernel_level(void)
{
	return access(AP "/bindings_complete_count", F_OK) == 0 ? 702 : 612;
}

TEST(whatever_the_kernel_refuses_all_is_as_before)
{
	struct real_opts o = { .root = "/", .events = true };
	CLEANUP(sys_freep) struct sys *sys = NULL;
	const char *only = getenv("ONLY");
	unsigned wrong = 0;

	assert_int_equal(real_new(&o, &sys), 0);
	for (size_t i = 0; i < ARRAY_SIZE(encounters); i++) {
		const struct encounter *e = &encounters[i];

		if ((!e->level || e->level == kernel_level()) && (!only || strstr(e->name, only)))
			wrong += !try_one(sys, e);
	}
	assert_int_equal(wrong, 0);
}

TEST(every_kind_of_step_was_carried_out)
{
	for (int k = 0; k <= STEP_FILE; k++) {
		print_message("# %s: %u\n", step_kind_name((enum step_kind)k), done[k]);
		/* No function here has virtual functions. */
		if (k != STEP_SRIOV && !getenv("ONLY"))
			assert_true(done[k] > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(whatever_the_kernel_refuses_all_is_as_before),
		CASE(every_kind_of_step_was_carried_out),
	};

	guest_only();
	return RUN(tests);
}
