/* SPDX-License-Identifier: MIT */
/*
 * Each allocation in turn fails, over what batch runs do: a clean end, nothing leaked. And a long day of events needs no more memory or descriptors in the end than
 * in the beginning. STEP=n fails every nth allocation (1: all; default: about 60 of a run), EVENTS=n follows n events.
 */
#include "batch.h"
#include "check.h"
#include "mem.h"
#include "sim.h"
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

static bool fails(void)
{
	if (heap.paused || ++heap.n != heap.fail)
		return false;
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
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	if (fails())
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

/* json-c does not look at what strdup gave it: that much of it is spared. */
static bool is_json_c(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "json-c");
}

char *strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = is_json_c(__builtin_return_address(0)) ? counted(__libc_malloc(n)) : malloc(n);

	return copy ? memcpy(copy, s, n) : NULL;
}

void free(void *p)
{
	heap.live -= p != NULL;
	__libc_free(p);
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

static int kernel_syncdir(struct sys *sys, const char *path)
{
	return sys_syncdir(wrap_inner(sys), path);
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
	.syncdir = kernel_syncdir,
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
			/* json-c loses a key when its table can't grow. */
			if (heap.live < live || heap.live > live + 1)
				fail_msg("%s: allocation %lu of %lu failed: %ld are lost",
					 commands[i], at, total, heap.live - live);
		}
	}
	print_message("# %lu allocations failed\n", failed);
	sys_free(&w.sys);
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
	print_message("# %lu events: %ld allocations as before, %d descriptors\n", events,
		      heap.live, fds);
	session_free(s);
	sys_free(&w.sys);
	sys_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(no_command_crashes_or_leaks_whichever_allocation_fails),
		CASE(a_long_day_of_events_needs_no_more_memory_and_no_more_descriptors),
	};

	return RUN(tests);
}
