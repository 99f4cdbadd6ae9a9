/* SPDX-License-Identifier: MIT */
/*
 * The journal: progress in the first line, commit.json behind it. Recovering from any of them ends, says what it did harmlessly,
 * and writes nowhere but where a commit could have written.
 */
#include "fuzz.h"
#include "journal.h"
#include "sim_tree.h"
#include "wrap.h"

#include <string.h>

static const char machine[] =
	"kernel 612 6.12.0\n"
	"file /proc/sys/kernel/random/boot_id 444 \"b0071d00-0000-4000-8000-000000000000\\n\"\n"
	"subchannel 0.0.0313 dev=0.0.2b09 cu=3990/e9 devtype=3390/0c chpids=50 pim=80 pam=80 "
	"ccwdriver=dasd-eckd\n"
	"file /etc/passwd 644 root\n"
	"module vfio_ccw boot\n";

static void check_written(const char *path)
{
	static const char *const dirs[] = { "/sys",
					    "/run/lock",
					    "/var/lib/vfiocfg",
					    "/etc/mdevctl.d",
					    "/etc/driverctl.d",
					    "/etc/udev/rules.d",
					    "/etc/modules-load.d" };
	bool below = false;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		below = below || fuzz_below(path, dirs[i]) || str_eq(path, dirs[i]);
	MUST(below);
}

static int guard_write(struct sys *sys, const char *path, const char *value, size_t len)
{
	(void)len;
	check_written(path);
	return sys_write(wrap_inner(sys), path, value);
}

static int guard_stage(struct sys *sys, const char *path, const char *value, size_t len,
		       const struct sys_stat *as)
{
	check_written(path);
	return sys_stage_as(wrap_inner(sys), path, value, len, as);
}

static int guard_publish(struct sys *sys, const char *path)
{
	check_written(path);
	return sys_publish(wrap_inner(sys), path);
}

static int guard_unstage(struct sys *sys, const char *path)
{
	return sys_unstage(wrap_inner(sys), path);
}

static int guard_sync(struct sys *sys)
{
	return sys_sync(wrap_inner(sys));
}

static int guard_syncdir(struct sys *sys, const char *path)
{
	return sys_syncdir(wrap_inner(sys), path);
}

static int guard_overwrite(struct sys *sys, const char *path, const char *bytes, size_t len)
{
	check_written(path);
	return sys_overwrite(wrap_inner(sys), path, bytes, len);
}

static int guard_lock(struct sys *sys, const char *path, const char *content)
{
	check_written(path);
	return sys_lock(wrap_inner(sys), path, content);
}

static int guard_module(struct sys *sys, const char *name)
{
	MUST(name_ok(name));
	return sys_load_module(wrap_inner(sys), name);
}

static void guard_free(struct sys *sys)
{
	(void)sys;
}

static const struct sys_ops guard_ops = {
	.list = wrap_list,
	.read = wrap_read,
	.write = guard_write,
	.readlink = wrap_readlink,
	.stat = wrap_stat,
	.watch = wrap_watch,
	.stage = guard_stage,
	.publish = guard_publish,
	.unstage = guard_unstage,
	.sync = guard_sync,
	.syncdir = guard_syncdir,
	.overwrite = guard_overwrite,
	.lock = guard_lock,
	.load_module = guard_module,
	.free = guard_free,
};

static void recover(struct sys *sys)
{
	struct txn_opts opts = { .deadline_ms = 1 };
	struct txn_report report = { 0 };

	MUST(txn_recover(sys, &opts, &report) == 0);
	fuzz_harmless_msg(&report.msg);
	txn_report_done(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *progress = fuzz_line(&data, &size);
	CLEANUP(sys_freep) struct sys *sim = NULL;
	struct interrupted found = { 0 };
	struct wrap guard;

	if (size > 1 << 16)
		return 0;
	MUST(sim_new(machine, strlen(machine), &sim, NULL) == 0);
	MUST(sim_put_bytes(sim_of(sim), JOURNAL_DIR "/progress", 0644, progress,
			   strlen(progress)) == 0);
	MUST(sim_put_bytes(sim_of(sim), JOURNAL_DIR "/commit.json", 0644, data, size) == 0);
	guard = (struct wrap){
		.sys = { .ops = &guard_ops, .fd = -1, .writable = true, .simulated = true },
		.inner = sim
	};
	txn_interrupted(&guard.sys, NULL, &found);
	interrupted_done(&found);
	recover(&guard.sys);
	return 0;
}
