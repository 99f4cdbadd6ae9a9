/* SPDX-License-Identifier: MIT */
/*
 * A scan in the background: first what stands at the top of the first table, then all there is.
 *
 * The thread has a scan of its own. What it shows early is an inventory of its own as well, and is given away whole: no
 * record is ever seen by both sides.
 */
#include "background.h"
#include "scan.h"
#include "sys.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

/* The first screens, whatever the terminal; subchannels are numbered from 0 on. */
enum { FIRST = 512 };

struct scan_run {
	struct background *thread;
	struct sys *sys;
	struct strtab *tab;
	const char *ssh;
	unsigned scope;
	atomic_bool stop;
	atomic_size_t done, total;
	pthread_mutex_t lock;	 /* of the following */
	struct inventory *first; /* not taken yet */
	bool ended;
	int result;
	struct inventory *whole;
};

bool scan_stopped(const struct scan *s)
{
	return s->run && atomic_load_explicit(&s->run->stop, memory_order_relaxed);
}

void scan_told(struct scan *s, size_t done, size_t total)
{
	if (!s->run)
		return;
	atomic_store(&s->run->done, done);
	atomic_store(&s->run->total, total);
	background_tell(s->run->thread);
}

static struct scan begin(struct scan_run *r)
{
	struct scan s = { .sys = r->sys, .tab = r->tab, .run = r };

	s.inv = calloc(1, sizeof(*s.inv));
	if (!s.inv) {
		s.nomem = true;
		return s;
	}
	s.inv->refs = 1;
	s.inv->scope = r->scope;
	s.inv->ssh = r->ssh;
	return s;
}

static int end(struct scan *s, struct inventory **ret)
{
	return s->inv ? scan_finish(s, ret) : -ENOMEM;
}

/* The host, and the subchannels with the lowest numbers. Their order is the final one. */
static void show_first(struct scan_run *r)
{
	struct scan s = begin(r);
	struct inventory *inv = NULL;

	if (s.inv) {
		scan_one(&s, PART_HOST);
		s.part = PART_CSS;
		scan_css_first(&s, FIRST);
	}
	if (end(&s, &inv) < 0)
		return;
	pthread_mutex_lock(&r->lock);
	r->first = inv;
	pthread_mutex_unlock(&r->lock);
	background_tell(r->thread);
}

static void work(void *arg)
{
	struct scan_run *r = arg;
	struct inventory *inv = NULL;
	struct scan s;
	int result;

	/* Until then r->thread is not there. */
	pthread_mutex_lock(&r->lock);
	pthread_mutex_unlock(&r->lock);
	show_first(r);
	s = begin(r);
	for (int part = 0; s.inv && part < PART_COUNT && !s.nomem && !scan_stopped(&s); part++)
		scan_one(&s, (enum scan_part)part);
	result = end(&s, &inv);
	pthread_mutex_lock(&r->lock);
	r->ended = true;
	r->result = result;
	r->whole = inv;
	pthread_mutex_unlock(&r->lock);
}

int scan_run_start(struct sys *sys, struct strtab *tab, const char *ssh, unsigned scope,
		   struct scan_run **ret)
{
	struct scan_run *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	*r = (struct scan_run){ .sys = sys, .tab = tab, .ssh = ssh, .scope = scope };
	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_lock(&r->lock);
	e = background_start(work, r, &r->thread);
	pthread_mutex_unlock(&r->lock);
	if (e < 0) {
		pthread_mutex_destroy(&r->lock);
		free(r);
		return e;
	}
	*ret = r;
	return 0;
}

int scan_run_fd(const struct scan_run *r)
{
	return background_fd(r->thread);
}

int scan_run_take(struct scan_run *r, int timeout_ms, struct inventory **ret)
{
	int result = -EAGAIN;

	if (!background_wait(r->thread, timeout_ms))
		return -EAGAIN;
	background_take(r->thread);
	pthread_mutex_lock(&r->lock);
	if (r->ended) {
		result = r->result < 0 ? r->result : 1;
		*ret = TAKE(r->whole);
	} else if (r->first) {
		result = 0;
		*ret = TAKE(r->first);
	}
	pthread_mutex_unlock(&r->lock);
	return result;
}

void scan_run_progress(const struct scan_run *r, size_t *ret_done, size_t *ret_total)
{
	*ret_done = atomic_load(&r->done);
	*ret_total = atomic_load(&r->total);
}

struct scan_run *scan_run_free(struct scan_run *r)
{
	if (!r)
		return NULL;
	atomic_store(&r->stop, true);
	background_end(r->thread);
	inventory_unref(r->first);
	inventory_unref(r->whole);
	pthread_mutex_destroy(&r->lock);
	free(r);
	return NULL;
}
