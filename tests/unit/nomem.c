/* SPDX-License-Identifier: MIT */
/*
 * Each allocation in turn fails, over what batch runs do and over a commit: a clean end, nothing leaked, and the machine as it was,
 * or committed, or after recovering one of both. And a long day of events needs no more memory or descriptors in the end than
 * in the beginning. STEP=n fails every nth allocation (1: all; default: about 60 of a run), EVENTS=n follows n events.
 */
#include "batch.h"
#include "check.h"
#include "mem.h"
#include "sim.h"
#include "state.h"
#include "wrap.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) /* has an allocator of its own */
#define OWN_ALLOCATOR 0
#elif defined(__has_feature)
#define OWN_ALLOCATOR !__has_feature(address_sanitizer)
#else
#define OWN_ALLOCATOR 1
#endif

/* -- an allocator that fails when it is told to -- */

/* volatile: compilers believe that library functions do not call back into this file, as malloc does */
static volatile struct {
	long live;	       /* allocations that nobody has freed */
	unsigned long n, fail; /* asked for so far; the one that fails, 0 none */
	int paused;	       /* above 0: not counted, never failed */
	const void *refused;   /* who asked for the one that failed */
} heap;

static void pause_heap(void)
{
	heap.paused++;
}

static void go_on(void)
{
	heap.paused--;
}

#if OWN_ALLOCATOR
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);
void *reallocarray(void *p, size_t n, size_t size);
char *(strdup)(const char *s);
void free(void *p);

/* Does this address lie in a function of json-c whose name begins so? */
static bool in_json_c(const void *address, const char *function)
{
	Dl_info info;

	return dladdr(address, &info) && info.dli_fname && strstr(info.dli_fname, "json-c") &&
	       info.dli_sname && str_starts(info.dli_sname, function);
}

static bool fails(const void *caller)
{
	if (heap.paused || ++heap.n != heap.fail)
		return false;
	heap.refused = caller;
	errno = ENOMEM;
	return true;
}

static void *counted(void *p)
{
	heap.live += p != NULL;
	return p;
}

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	return p ? __libc_realloc(p, size) : counted(__libc_realloc(NULL, size));
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

/*
 * The parser of json-c looks neither at what strdup gave it for a name nor at whether an object took a member, and loses the
 * value: that much of it is spared.
 */
char *strdup(const char *s)
{
	const void *caller = __builtin_return_address(0);
	size_t n = strlen(s) + 1;
	char *copy;

	if (!in_json_c(caller, "json_") && fails(caller))
		return NULL;
	copy = counted(__libc_malloc(n));
	return copy ? memcpy(copy, s, n) : NULL;
}

/* An object of json-c loses the name of a member when its table can't grow; nothing else may be lost, by anybody. */
static long may_be_lost(void)
{
	return in_json_c(heap.refused, "lh_table_") ? 1 : 0;
}

void free(void *p)
{
	heap.live -= p != NULL;
	__libc_free(p);
}
#else
static long may_be_lost(void)
{
	return 0;
}
#endif

/* -- a machine whose kernel always has memory -- */

static unsigned long events;

static int kernel_list(struct sys *sys, const char *path, struct buf *ret)
{
	int r;

	pause_heap();
	r = wrap_list(sys, path, ret);
	go_on();
	return r;
}

static int kernel_read(struct sys *sys, const char *path, struct buf *ret)
{
	int r;

	pause_heap();
	r = wrap_read(sys, path, ret);
	go_on();
	return r;
}

static int kernel_write(struct sys *sys, const char *path, const char *value, size_t len)
{
	int r;

	(void)len;
	pause_heap();
	r = sys_write(wrap_inner(sys), path, value);
	go_on();
	return r;
}

static int kernel_readlink(struct sys *sys, const char *path, struct buf *ret)
{
	int r;

	pause_heap();
	r = wrap_readlink(sys, path, ret);
	go_on();
	return r;
}

static int kernel_watch(struct sys *sys, struct sys_event *ret)
{
	int r;

	pause_heap();
	r = wrap_watch(sys, ret);
	go_on();
	events += r == 1;
	return r;
}

static int kernel_stage(struct sys *sys, const char *path, const char *value, size_t len,
			const struct sys_stat *as)
{
	int r;

	pause_heap();
	r = sys_stage_as(wrap_inner(sys), path, value, len, as);
	go_on();
	return r;
}

static int kernel_publish(struct sys *sys, const char *path)
{
	int r;

	pause_heap();
	r = sys_publish(wrap_inner(sys), path);
	go_on();
	return r;
}

static int kernel_unstage(struct sys *sys, const char *path)
{
	return sys_unstage(wrap_inner(sys), path);
}

static int kernel_sync(struct sys *sys)
{
	return sys_sync(wrap_inner(sys));
}

static int kernel_syncdir(struct sys *sys, const char *path)
{
	return sys_syncdir(wrap_inner(sys), path);
}

static int kernel_overwrite(struct sys *sys, const char *path, const char *bytes, size_t len)
{
	int r;

	pause_heap();
	r = sys_overwrite(wrap_inner(sys), path, bytes, len);
	go_on();
	return r;
}

static int kernel_lock(struct sys *sys, const char *path, const char *content)
{
	int r;

	pause_heap();
	r = sys_lock(wrap_inner(sys), path, content);
	go_on();
	return r;
}

static int kernel_load_module(struct sys *sys, const char *name)
{
	int r;

	pause_heap();
	r = sys_load_module(wrap_inner(sys), name);
	go_on();
	return r;
}

static void kernel_free(struct sys *sys)
{
	sys_free(wrap_inner(sys));
}

static const struct sys_ops kernel_ops = {
	.list = kernel_list,
	.read = kernel_read,
	.write = kernel_write,
	.readlink = kernel_readlink,
	.stat = wrap_stat,
	.watch = kernel_watch,
	.stage = kernel_stage,
	.publish = kernel_publish,
	.unstage = kernel_unstage,
	.sync = kernel_sync,
	.syncdir = kernel_syncdir,
	.overwrite = kernel_overwrite,
	.lock = kernel_lock,
	.load_module = kernel_load_module,
	.free = kernel_free,
};

static struct wrap machine_new(const struct sys *model)
{
	struct wrap w = {
		.sys = { .ops = &kernel_ops, .fd = -1, .writable = true, .simulated = true }
	};
	static const char *const all[] = { "/", NULL };

	assert_int_equal(sim_copy((struct sys *)(uintptr_t)model, all, &w.inner), 0);
	return w;
}

/* -- what is run -- */

static const char edits[] =
	"{\"vfiocfg-edits\":1,\"drivers\":{\"css/0.0.0313\":\"vfio_ccw\"},"
	"\"mdevs\":[{\"uuid\":\"7e270a25-e163-4922-af60-757fc8ed48c6\",\"parent\":\"0.0.0313\","
	"\"type\":"
	"\"vfio_ccw-io\",\"start\":\"auto\",\"active\":true},"
	"{\"uuid\":\"2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842\",\"domains\":[\"0x00ab\"]}]}";

static struct sys *lpar(void)
{
	struct sys *sys = NULL;

	assert_int_equal(sim_new_named("lpar", &sys), 0);
	return sys;
}

static void run_batch(struct sys *sys, const char *words)
{
	static char said[1 << 18], text[1 << 12];
	CLEANUP(session_freep) struct session *s = NULL;
	struct session_opts opts = { .read_only = true };
	char copy[96], *rest = copy, *argv[12] = { 0 };
	struct batch b = { .argv = argv };

	snprintf(copy, sizeof(copy), "%s", words);
	while (rest && b.argc < 11)
		argv[b.argc++] = strsep(&rest, " ");
	strcpy(text, edits);
	pause_heap();
	b.in = fmemopen(text, strlen(text), "r");
	b.out = b.err = fmemopen(said, sizeof(said), "w");
	go_on();
	if (session_new(sys, &opts, &s) == 0) {
		b.session = s;
		batch_run(&b);
	}
	pause_heap();
	fclose(b.in);
	fclose(b.out);
	go_on();
}

static enum txn_result run_commit(struct sys *sys)
{
	CLEANUP(session_freep) struct session *s = NULL;
	static const struct consent all = { .conflicts = true, .not_undoable = true };
	struct txn_opts opts = { .deadline_ms = 50 };
	struct session_opts sopts = { 0 };
	struct txn_report rep = { .result = TXN_REFUSED };
	struct msg why = { 0 };
	enum txn_result result;
	int r = session_new(sys, &sopts, &s);

	if (r == 0)
		r = session_load(s, edits, strlen(edits), "edits", false, &why);
	if (r == 0)
		r = session_commit(s, &all, &opts, &rep, &why);
	result = rep.result;
	assert_true(r == 0 || result == TXN_REFUSED);
	txn_report_done(&rep);
	msg_done(&why);
	return result;
}

static unsigned long step_of(unsigned long total)
{
	const char *text = getenv("STEP");

	return text ? strtoul(text, NULL, 10) : MAX(total / 60, 1UL);
}

TEST(no_command_crashes_or_leaks_whichever_allocation_fails)
{
	static const char *const commands[] = {
		"list all", "list all --format json", "check", "plan -", "show 2b09",
		"doctor",   "export --as libvirt"
	};

	if (!OWN_ALLOCATOR)
		skip();
	struct sys *model = lpar();
	struct wrap w = machine_new(model);
	unsigned long failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned long total, step;

		run_batch(&w.sys, commands[i]); /* libraries keep things at the first use */
		heap.n = 0;
		run_batch(&w.sys, commands[i]);
		total = heap.n;
		step = step_of(total);
		for (unsigned long at = 1 + i % step; at <= total; at += step) {
			long live = heap.live;

			heap.n = 0;
			heap.fail = at;
			run_batch(&w.sys, commands[i]);
			heap.fail = 0;
			failed++;
			if (heap.live < live || heap.live > live + may_be_lost())
				fail_msg("%s: allocation %lu of %lu failed: %ld are lost",
					 commands[i], at, total, heap.live - live);
		}
	}
	print_message("# %lu allocations failed\n", failed);
	sys_free(&w.sys);
	sys_free(model);
}

static bool open_journal(const struct wrap *w)
{
	return sys_exists(w->inner, "/var/lib/vfiocfg/commit.json");
}

static void recover(struct wrap *w)
{
	struct txn_report rep = { 0 };

	assert_int_equal(txn_recover(&w->sys, &(struct txn_opts){ .deadline_ms = 50 }, &rep), 0);
	if (rep.result != TXN_COMMITTED && rep.result != TXN_ROLLED_BACK)
		fail_msg("recovering: %s %s", rep.msg.what, rep.msg.why);
	txn_report_done(&rep);
	assert_false(open_journal(w));
}

static struct state state_after(struct wrap *w)
{
	assert_int_equal(run_commit(&w->sys), TXN_COMMITTED);
	assert_false(open_journal(w));
	return state_of(w->inner);
}

/* Returns what the commit said of itself. */
static enum txn_result commit_without(unsigned long at, const struct sys *model,
				      const struct state *before, const struct state *after)
{
	struct wrap w = machine_new(model);
	enum txn_result result;
	struct state is;

	heap.n = 0;
	heap.fail = at;
	result = run_commit(&w.sys);
	heap.fail = 0;
	/* What is not as it says is said to be stuck, and then the journal is there to put it right. */
	if (result == TXN_STUCK)
		recover(&w);
	is = state_of(w.inner);
	if (result == TXN_STUCK ? state_diff(before, &is, NULL, NULL) && !state_same(after, &is)
				: !state_same(result == TXN_COMMITTED ? after : before, &is))
		fail_msg("allocation %lu: the machine is not as result %d says", at, result);
	if (open_journal(&w))
		fail_msg("allocation %lu: result %d, and the journal is still open", at, result);
	state_done(&is);
	sys_free(&w.sys);
	return result;
}

TEST(a_commit_ends_whole_or_undone_whichever_allocation_fails)
{
	if (!OWN_ALLOCATOR)
		skip();
	struct sys *model = lpar();
	struct wrap first = machine_new(model), second = machine_new(model);
	struct state before = state_of(first.inner), after = state_after(&first);
	unsigned long total, step, count[TXN_REFUSED + 1] = { 0 };

	heap.n = 0;
	assert_int_equal(run_commit(&second.sys), TXN_COMMITTED);
	total = heap.n;
	step = step_of(total);
	for (unsigned long at = 1; at <= total; at += step) {
		long live = heap.live;

		count[commit_without(at, model, &before, &after)]++;
		if (heap.live < live || heap.live > live + may_be_lost())
			fail_msg("allocation %lu of %lu failed: %ld are lost", at, total,
				 heap.live - live);
	}
	print_message("# committed %lu, rolled back %lu, stuck and recovered %lu, refused %lu\n",
		      count[TXN_COMMITTED], count[TXN_ROLLED_BACK], count[TXN_STUCK],
		      count[TXN_REFUSED]);
	state_done(&before);
	state_done(&after);
	sys_free(&first.sys);
	sys_free(&second.sys);
	sys_free(model);
}

static int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A device leaves its driver and comes back: a dozen events. */
static void one_round(struct wrap *w, struct session *s)
{
	assert_int_equal(
		sys_write(w->inner, "/sys/bus/css/drivers/io_subchannel/unbind", "0.0.0313"), 0);
	session_follow(s);
	assert_int_equal(sys_write(w->inner, "/sys/bus/css/drivers/io_subchannel/bind", "0.0.0313"),
			 0);
	session_follow(s);
}

TEST(a_long_day_of_events_needs_no_more_memory_and_no_more_descriptors)
{
	if (!OWN_ALLOCATOR)
		skip();
	const char *text = getenv("EVENTS");
	unsigned long goal = text ? strtoul(text, NULL, 10) : 2000;
	struct sys *model = lpar();
	struct wrap w = machine_new(model);
	struct session_opts opts = { 0 };
	struct session *s = NULL;
	int fds;
	long live;

	assert_int_equal(session_new(&w.sys, &opts, &s), 0);
	for (int i = 0; i < 20; i++)
		one_round(&w, s);
	live = heap.live;
	fds = descriptors();
	for (events = 0; events < goal;)
		one_round(&w, s);
	assert_true(heap.live <= live);
	assert_int_equal(descriptors(), fds);
	print_message("# %lu events: %ld allocations, %ld before; %d descriptors, %d before\n",
		      events, heap.live, live, descriptors(), fds);
	session_free(s);
	sys_free(&w.sys);
	sys_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(no_command_crashes_or_leaks_whichever_allocation_fails),
		CASE(a_commit_ends_whole_or_undone_whichever_allocation_fails),
		CASE(a_long_day_of_events_needs_no_more_memory_and_no_more_descriptors),
	};

	return RUN(tests);
}
