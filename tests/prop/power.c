/* SPDX-License-Identifier: MIT */
/*
 * The power fails: after each change of a file that a commit makes, whatever of it the disk may have kept, the configuration is
 * after the next boot and recovering the old one or the new one, whole.
 * ROUNDS=n tries n random pairs of machine and wish (default 12), STATES=n states a cut (default 6), SEED=n starts elsewhere.
 */
#include "check.h"
#include "disk.h"
#include "faulty.h"
#include "real.h"
#include "state.h"
#include "tree.h"
#include "wish_dice.h"
#include "wrap.h"

#include <errno.h>
#include <stdio.h>

static const struct txn_opts opts = { .deadline_ms = 5 };

/* -- a machine whose kernel is simulated and whose files are on a disk -- */

struct split {
	struct sys sys; /* first */
	struct sys *sim, *disk;
};

static struct sys *side(struct sys *sys, const char *path)
{
	struct split *s = (struct split *)(void *)sys;

	return str_starts(path, "/etc/") || str_starts(path, "/var/") ? s->disk : s->sim;
}

static int split_list(struct sys *s, const char *path, struct buf *ret)
{
	return sys_list(side(s, path), path, ret);
}
static int split_read(struct sys *s, const char *path, struct buf *ret)
{
	return sys_read(side(s, path), path, ret);
}
static int split_write(struct sys *s, const char *path, const char *value, size_t len)
{
	(void)len;
	return sys_write(side(s, path), path, value);
}
static int split_readlink(struct sys *s, const char *path, struct buf *ret)
{
	return sys_readlink(side(s, path), path, ret);
}
static int split_stat(struct sys *s, const char *path, struct sys_stat *ret)
{
	return sys_stat(side(s, path), path, ret);
}
static int split_watch(struct sys *s, struct sys_event *ret)
{
	return sys_watch(((struct split *)(void *)s)->sim, ret);
}
static int split_stage(struct sys *s, const char *path, const char *value, size_t len,
		       const struct sys_stat *as)
{
	return sys_stage_as(side(s, path), path, value, len, as);
}
static int split_publish(struct sys *s, const char *path)
{
	return sys_publish(side(s, path), path);
}
static int split_unstage(struct sys *s, const char *path)
{
	return sys_unstage(side(s, path), path);
}
static int split_sync(struct sys *s)
{
	return sys_sync(((struct split *)(void *)s)->disk);
}
static int split_syncdir(struct sys *s, const char *path)
{
	return sys_syncdir(side(s, path), path);
}
static int split_overwrite(struct sys *s, const char *path, const char *bytes, size_t len)
{
	return sys_overwrite(side(s, path), path, bytes, len);
}
static int split_lock(struct sys *s, const char *path, const char *content)
{
	return sys_lock(side(s, path), path, content);
}
static int split_load_module(struct sys *s, const char *name)
{
	return sys_load_module(((struct split *)(void *)s)->sim, name);
}
static void split_free(struct sys *s)
{
	(void)s;
}

static struct split split_new(struct sys *sim, struct sys *disk)
{
	static const struct sys_ops ops = {
		.list = split_list,
		.read = split_read,
		.write = split_write,
		.readlink = split_readlink,
		.stat = split_stat,
		.watch = split_watch,
		.stage = split_stage,
		.publish = split_publish,
		.unstage = split_unstage,
		.sync = split_sync,
		.syncdir = split_syncdir,
		.overwrite = split_overwrite,
		.lock = split_lock,
		.load_module = split_load_module,
		.free = split_free,
	};

	return (struct split){ { &ops, -1, true, true }, sim, disk };
}

/* -- one pair -- */

struct power {
	unsigned seed;
	struct dice dice;
	struct disk *disk;
	struct sys *booted;	    /* after the next boot, without any file */
	struct sys *next;	    /* a copy of it, that gets its files */
	struct state before, after; /* the configuration */
	bool worst;		    /* whatever is open is lost */
	unsigned cuts, states, undone, finished;
};

static bool is_config(const char *path)
{
	const char *base = strrchr(path, '/') + 1;

	return str_starts(path, "/etc/") && !(base[0] == '.' && str_ends(base, ".vfiocfg"));
}

struct filter {
	struct state *to;
	struct disk *disk;
	const struct tree *tree;
};

static int config_entry(void *arg, const struct sim_entry *e)
{
	return e->type == SYS_FILE && is_config(e->path) ? state_add(arg, e) : 0;
}

static struct state config_of(struct sys *sim)
{
	struct state s = { 0 };

	assert_int_equal(sim_each(sim_of(sim), config_entry, &s), 0);
	for (size_t i = 0; i < s.n; i++)
		s.places[i].mode = 0;
	return s;
}

/* The files of the simulated machine as files of the disk. */
static int export_entry(void *arg, const struct sim_entry *e)
{
	const struct filter *f = arg;
	FILE *out;

	if (!str_starts(e->path, "/etc/") && !str_starts(e->path, "/var/"))
		return 0;
	if (e->type == SYS_DIR)
		tree_dir(f->tree, e->path);
	if (e->type != SYS_FILE)
		return 0;
	tree_parent(f->tree, e->path);
	out = fopen(tree_path(f->tree, e->path), "we");
	assert_non_null(out);
	assert_int_equal(fwrite(e->value, 1, e->len, out), e->len);
	assert_int_equal(fclose(out), 0);
	disk_put(f->disk, e->path, e->value, e->len);
	return 0;
}

static unsigned fate(void *arg, unsigned sides)
{
	struct power *p = arg;

	return p->worst ? 0 : roll(&p->dice, sides);
}

static void kept(void *arg, const char *path, const char *bytes, size_t len)
{
	struct power *p = arg;

	assert_int_equal(sim_put_bytes(sim_of(p->next), path, 0644, bytes, len), 0);
}

static void crash(struct power *p, size_t cut)
{
	CLEANUP(state_done) struct state is = { 0 };
	struct txn_report rep;
	bool old, new;

	assert_int_equal(sim_copy(p->booted, NULL, &p->next), 0);
	disk_crash(p->disk, cut, fate, kept, p);
	assert_int_equal(txn_recover(p->next, &opts, &rep), 0);
	is = config_of(p->next);
	old = state_diff(&p->before, &is, NULL, NULL) == 0;
	new = state_diff(&p->after, &is, NULL, NULL) == 0;
	if ((!old && !new) || rep.result == TXN_STUCK ||
	    (rep.result == TXN_REFUSED && rep.err != -ENODATA) ||
	    sys_exists(p->next, "/var/lib/vfiocfg/commit.json")) {
		disk_tell(p->disk, cut);
		state_same(&p->before, &is);
		state_same(&p->after, &is);
		fail_msg("SEED=%u ROUNDS=1: power lost after change %zu of %zu: %d, %s %s", p->seed,
			 cut, disk_changes(p->disk), rep.result, rep.msg.what, rep.msg.why);
	}
	p->undone += rep.result == TXN_ROLLED_BACK;
	p->finished += rep.result == TXN_COMMITTED;
	p->states++;
	txn_report_done(&rep);
	p->next = sys_free(p->next);
}

static void crash_everywhere(struct power *p, unsigned states)
{
	for (size_t cut = 0; cut <= disk_changes(p->disk); cut++) {
		p->cuts++;
		p->worst = true;
		crash(p, cut);
		p->worst = false;
		for (unsigned i = 1; i < states && (i == 1 || disk_open(p->disk, cut)); i++)
			crash(p, cut);
	}
}

/* Commits on the disk, each change written down; one mutation fails, 0 none. */
static bool commit_recorded(struct power *p, struct sys *sim, const struct plan *plan,
			    unsigned fails)
{
	CLEANUP(tree_done) struct tree tree = { "/dev/shm/vfiocfg-test-XXXXXX" };
	CLEANUP(sys_freep) struct sys *disk = NULL;
	struct filter f = { .disk = p->disk, .tree = &tree };
	struct txn_report rep;
	struct sys *faulty;
	struct split split;
	bool done;

	if (!mkdtemp(tree.root))
		tree = tree_new();
	tree_dir(&tree, "/etc");
	tree_dir(&tree, "/var/lib");
	assert_int_equal(sim_each(sim_of(sim), export_entry, &f), 0);
	assert_int_equal(real_new(&(struct real_opts){ .root = tree.root, .live = true }, &disk),
			 0);
	disk->writable = true;
	split = split_new(sim, disk);
	assert_int_equal(faulty_new(&split.sys, fails, FAULT_REFUSED, EIO, &faulty), 0);
	disk_begin(p->disk, tree.root);
	assert_int_equal(txn_run(faulty, plan, &opts, &rep), 0);
	disk_end(p->disk);
	sys_free(faulty);
	done = rep.result == TXN_COMMITTED || rep.result == TXN_ROLLED_BACK;
	txn_report_done(&rep);
	return done;
}

static bool writes_files(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].kind == STEP_FILE)
			return true;
	return false;
}

static bool some_plan(struct power *p, struct session *s)
{
	for (int i = 0; i < 20; i++) {
		const struct findings *f = session_findings(s);
		bool good = true;

		some_edits(&p->dice, s);
		f = session_findings(s);
		for (size_t k = 0; k < f->n; k++)
			good = good && !(f->v[k].staged && f->v[k].grade == GRADE_ERROR);
		if (good && !session_plan_error(s) && writes_files(session_plan(s)))
			return true;
		session_clear(s);
	}
	return false;
}

/* The machine after its next boot, with no file at all; and the two configurations that there may be. */
static bool prepare(struct power *p, struct sys *sys, const struct plan *plan)
{
	CLEANUP(sys_freep) struct sys *copy = NULL;
	struct txn_report rep;
	bool done;

	assert_int_equal(sim_copy(sys, NULL, &copy), 0);
	assert_int_equal(txn_run(copy, plan, &opts, &rep), 0);
	done = rep.result == TXN_COMMITTED;
	txn_report_done(&rep);
	p->before = config_of(sys);
	p->after = config_of(copy);
	assert_int_equal(sim_copy(sys, NULL, &p->booted), 0);
	assert_int_equal(sim_reboot(p->booted), 0);
	sim_del(sim_of(p->booted), "/etc");
	sim_del(sim_of(p->booted), "/var");
	assert_int_equal(sim_put_dir(sim_of(p->booted), "/run/lock"), 0);
	return done;
}

/* false: this seed makes no pair. */
static bool one_pair(struct power *p, unsigned states)
{
	static const char *const machines[] = { "lpar", "lpar72", "x86" };
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	bool good;

	p->dice = (struct dice){ p->seed * 7919u + 17 };
	assert_int_equal(sim_new_named(machines[roll(&p->dice, ARRAY_SIZE(machines))], &sys), 0);
	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "test" }, &s), 0);
	if (!some_plan(p, s))
		return false;
	good = prepare(p, sys, session_plan(s));
	p->disk = disk_new();
	assert_non_null(p->disk);
	/* In a third of them something fails, so that the power may fail while that is undone. */
	good = good && commit_recorded(p, sys, session_plan(s),
				       roll(&p->dice, 3) ? 0 : 1 + roll(&p->dice, 60));
	if (good)
		crash_everywhere(p, states);
	p->disk = disk_free(p->disk);
	p->booted = sys_free(p->booted);
	state_done(&p->before);
	state_done(&p->after);
	return good;
}

TEST(after_power_loss_and_recovering_the_configuration_is_the_old_or_the_new_one)
{
	unsigned rounds = dice_env("ROUNDS", 12), states = dice_env("STATES", 6), pairs = 0;
	struct power p = { .seed = dice_env("SEED", 1) };

	for (; pairs < rounds; p.seed++)
		pairs += one_pair(&p, states);
	print_message("# %u pairs, %u cuts, %u states of the disk: %u undone, %u finished, none "
		      "half done\n",
		      pairs, p.cuts, p.states, p.undone, p.finished);
	assert_true(p.undone > 0 && p.finished > 0);
}

struct syncs {
	size_t steps, files, dirs;
};

/* Commits overrides of so many subchannels for the next boot; some have one already. */
static struct syncs syncs_of(size_t n)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	struct power p = { .disk = disk_new() };
	struct msg why = { 0 };
	struct devid dev = { BUS_CSS, "" };
	struct syncs ret;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "test" }, &s), 0);
	for (size_t i = 0; i < n; i++) {
		snprintf(dev.name, sizeof(dev.name), "0.0.%04zx", 0x312 + i);
		assert_int_equal(session_set_driver(s, &dev, "vfio_ccw",
						    (struct reach){ false, true }, &why),
				 0);
	}
	assert_true(commit_recorded(&p, sys, session_plan(s), 0));
	ret = (struct syncs){ session_plan(s)->n_steps, disk_synced(p.disk, false),
			      disk_synced(p.disk, true) };
	disk_free(p.disk);
	return ret;
}

TEST(each_file_of_a_commit_is_synced_once_and_their_directory_once_for_all)
{
	struct syncs one = syncs_of(1), more = syncs_of(6);

	assert_true(more.steps > one.steps + 2);
	assert_int_equal(more.files - one.files, more.steps - one.steps);
	assert_int_equal(more.dirs, one.dirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(after_power_loss_and_recovering_the_configuration_is_the_old_or_the_new_one),
		CASE(each_file_of_a_commit_is_synced_once_and_their_directory_once_for_all),
	};

	return RUN(tests);
}
