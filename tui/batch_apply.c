/* SPDX-License-Identifier: MIT */
#include "batch_part.h"
#include "syslog_commit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/*
 * A commit ends at a step boundary or not at all: the signals that would end the program are held back and looked for
 * between two steps, and a reader of the output that has gone away stops nothing.
 */
static void held_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGHUP);
	sigaddset(ret, SIGQUIT);
	sigaddset(ret, SIGPIPE);
}

/* Nor does it stand still half done, with the lock taken: it stops when it is over. */
static void hold_signals(sigset_t *ret_before)
{
	sigset_t held;

	held_signals(&held);
	sigaddset(&held, SIGTSTP);
	sigprocmask(SIG_BLOCK, &held, ret_before);
}

static bool asked_to_stop(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
		sigismember(&pending, SIGHUP) || sigismember(&pending, SIGQUIT));
}

/* The signals have been answered by stopping (or came too late): take them, or they end the program now. */
static void release_signals(const sigset_t *before)
{
	const struct timespec none = { 0 };
	sigset_t held;

	held_signals(&held);
	while (sigtimedwait(&held, NULL, &none) > 0)
		;
	sigprocmask(SIG_SETMASK, before, NULL);
}

static bool show_progress(void *arg, size_t step, enum step_state state)
{
	static const char *const words[] = {
		[STEP_DONE] = "done",
		[STEP_FAILED] = "FAILED",
		[STEP_UNDONE] = "undone",
		[STEP_STUCK] = "STUCK",
		[STEP_HELD] = "held up, since the device is open; ^C gives up",
	};
	struct batch *b = arg;
	FILE *out = b->json ? b->err : b->out;
	const struct plan *p = session_plan(b->session);
	CLEANUP(freep) char *text = NULL;

	if ((size_t)state < ARRAY_SIZE(words) && words[state] && step < p->n_steps &&
	    !(state == STEP_HELD && b->held == step + 1)) {
		text = text_safe(p->steps[step].text ? p->steps[step].text : "");
		fprintf(out, "%zu/%zu %s: %s\n", step + 1, p->n_steps, text ? text : "",
			words[state]);
		if (state == STEP_HELD && p->steps[step].users) {
			CLEANUP(freep) char *who = text_safe(p->steps[step].users);

			fprintf(out, "the device %s\n", who ? who : "");
		}
		fflush(out);
	}
	b->held = state == STEP_HELD ? step + 1 : 0;
	return asked_to_stop();
}

int batch_txn(struct batch *b, const struct txn_report *report)
{
	batch_say(b, &report->msg);
	for (size_t i = 0; i < report->n_differences; i++) {
		CLEANUP(freep) char *text = text_safe(report->differences[i]);

		fprintf(b->err, "  %s\n", text ? text : "");
	}
	switch (report->result) {
	case TXN_COMMITTED:
		return EXIT_OK;
	case TXN_ROLLED_BACK:
		return EXIT_ROLLED_BACK;
	case TXN_STUCK:
		return EXIT_STUCK;
	default:
		return report->err == -EROFS ? EXIT_ERRORS : EXIT_LOCKED;
	}
}

static void json_member(FILE *f, const char *name, const char *text)
{
	fprintf(f, ", \"%s\": ", name);
	json_put_string(f, text ? text : "");
}

/* What came of it, as one object; nothing where people read. Returns the code. */
static int result_json(struct batch *b, int code, const char *result, const struct msg *m,
		       const struct txn_report *report)
{
	if (!b->json)
		return code;
	fprintf(b->out, "{\"vfiocfg-apply\": 1, \"exit\": %d", code);
	json_member(b->out, "result", result);
	fprintf(b->out, ", \"changed\": %s, \"steps\": %zu",
		report && (report->result == TXN_COMMITTED || report->result == TXN_STUCK)
			? "true"
			: "false",
		b->n_steps);
	json_member(b->out, "what", m ? m->what : NULL);
	json_member(b->out, "why", m ? m->why : NULL);
	json_member(b->out, "todo", m ? m->todo : NULL);
	fputs(", \"differences\": [", b->out);
	for (size_t i = 0; report && i < report->n_differences; i++) {
		fputs(i ? ", " : "", b->out);
		json_put_string(b->out, report->differences[i]);
	}
	fputs("]}\n", b->out);
	return code;
}

static const char *result_word(const struct txn_report *report)
{
	static const char *const words[] = { [TXN_COMMITTED] = "committed",
					     [TXN_ROLLED_BACK] = "rolled back",
					     [TXN_STUCK] = "stuck" };

	return (size_t)report->result < ARRAY_SIZE(words) && words[report->result]
		       ? words[report->result]
		       : "refused";
}

/* 0 said yes, or an exit code with the reason said. */
static int ask(struct batch *b)
{
	CLEANUP(msg_done) struct msg m = { 0 };
	char answer[16] = "";
	int fd = fileno(b->in);

	if (fd < 0 || !isatty(fd)) {
		msg_make(&m, MSG_NOT_CONFIRMED, "why", "Nobody is there to confirm it", NULL);
		batch_say(b, &m);
		return EXIT_ERRORS;
	}
	fputs("Type yes to commit this: ", b->out);
	fflush(b->out);
	if (!fgets(answer, sizeof(answer), b->in))
		fputc('\n', b->out);
	answer[strcspn(answer, "\r\n")] = '\0';
	if (!strcasecmp(answer, "yes"))
		return 0;
	msg_make(&m, MSG_NOT_CONFIRMED, "why", "The answer was not yes", NULL);
	batch_say(b, &m);
	return EXIT_ERRORS;
}

/* patient: somebody is there who has said yes, and can say ^C. */
static int commit(struct batch *b, const struct consent *consent, bool patient)
{
	const struct txn_opts opts = {
		.progress = show_progress, .arg = b, .patient = patient, .last = !b->goes_on
	};
	CLEANUP(txn_report_done) struct txn_report report = { 0 };
	CLEANUP(msg_done) struct msg m = { 0 };
	sigset_t before;
	int r;

	hold_signals(&before);
	r = session_commit(b->session, consent, &opts, &report, &m);
	if (r == 0)
		syslog_commit(b->session, &report);
	release_signals(&before);
	if (r < 0)
		return result_json(b, batch_failed(b, r, &m), "refused", &m, NULL);
	return result_json(b, batch_txn(b, &report), result_word(&report), &report.msg, &report);
}

/* The finding that refuses stands above: what is left to say is that nothing was done, and how it may be all the same. */
static int refused(struct batch *b, int r, const struct msg *m)
{
	const struct findings *f = session_findings(b->session);
	CLEANUP(msg_done) struct msg above = { 0 };
	const struct msg how = { .what = m->what, .todo = m->todo };

	for (size_t i = 0; r == -EINVAL && i < f->n && !above.what; i++)
		if (f->v[i].staged && str_eq(f->v[i].msg.what, m->what))
			msg_make(&above, MSG_REFUSED_ABOVE, NULL);
	return batch_failed(b, r, r == -EPERM ? &how : above.what ? &above : m);
}

int batch_commit(struct batch *b, const struct batch_opts *o)
{
	/* What is acknowledged has been printed just before the question, or --yes was given knowing that it is. */
	const struct consent consent = { .overrides = o->overrides,
					 .n_overrides = o->n_overrides,
					 .conflicts = true,
					 .not_undoable = true };
	CLEANUP(msg_done) struct msg m = { 0 };
	int r = batch_findings(b, false, b->err);

	b->n_steps = session_plan(b->session)->n_steps;
	if (r == 0 && !b->json)
		r = batch_steps(b, b->out);
	if (r == 0)
		r = session_may_commit(b->session, &consent, &m);
	if (r == -ENODATA) {
		fputs(b->json ? "" : "Nothing to do.\n", b->out);
		return result_json(b, EXIT_OK, "nothing to do", NULL, NULL);
	}
	if (r < 0)
		return result_json(b, refused(b, r, &m), "refused", &m, NULL);
	r = o->yes ? 0 : ask(b);
	return r ? r : commit(b, &consent, !o->yes);
}

/* 0 or an exit code. */
static int check_format(struct batch *b, const struct batch_opts *o)
{
	if (o->format != FORMAT_TABLE && o->format != FORMAT_JSON)
		return batch_usage(b, "what came of it is written as table or json");
	b->json = o->format == FORMAT_JSON;
	return b->json && !o->yes ? batch_usage(b, "json is for programs: give --yes, too") : 0;
}

int batch_apply(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	int r = batch_options(b, "yes override format", 1, 1, &o);

	if (r == 0)
		r = check_format(b, &o);
	if (r == 0)
		r = batch_load(b, o.args[0]);
	return r ? r : batch_commit(b, &o);
}

/* -- the past -- */

static const struct field past_fields[] = {
	{ "number", "No", FIELD_NUMBER },     { "when", "When", FIELD_TEXT },
	{ "who", "Who", FIELD_TEXT },	      { "result", "Result", FIELD_TEXT },
	{ "summary", "Summary", FIELD_TEXT },
};

static int add_past(struct grid *g, const struct past *p)
{
	int r = grid_printf(g, "%u", p->number);

	if (r == 0)
		r = grid_add(g, p->when);
	if (r == 0)
		r = grid_add(g, p->who);
	if (r == 0)
		r = grid_add(g, p->result);
	return r < 0 ? r : grid_add(g, p->summary);
}

static int print_history(struct batch *b, const struct past *past, size_t n, enum format format)
{
	CLEANUP(grid_done)
	struct grid g = { .fields = past_fields, .n_fields = ARRAY_SIZE(past_fields) };
	struct grid_look look = batch_look(b);
	bool first = true;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_past(&g, &past[i]);
	if (r < 0)
		return r;
	if (format != FORMAT_JSON)
		return n || format == FORMAT_CSV ? grid_write(&g, format, &look, b->out) : 0;
	batch_json_open(b, "history", "commits");
	r = grid_write_json(&g, &first, b->out);
	batch_json_close(b);
	return r;
}

int batch_history(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	struct past *past = NULL;
	size_t n = 0;
	int r = batch_options(b, "format", 0, 0, &o);

	if (r)
		return r;
	r = session_history(b->session, &past, &n);
	if (r == 0)
		r = print_history(b, past, n, o.format);
	history_free(past, n);
	return r < 0 ? batch_failed(b, r, NULL) : EXIT_OK;
}

int batch_undo(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	CLEANUP(msg_done) struct msg m = { 0 };
	size_t digits;
	int r = batch_options(b, "yes override format", 1, 1, &o);

	if (r == 0)
		r = check_format(b, &o);
	if (r)
		return r;
	digits = strspn(o.args[0], "0123456789");
	if (str_eq(o.args[0], "all"))
		r = session_undo_all(b->session, &m);
	else if (digits == 0 || digits > 9 || o.args[0][digits])
		return batch_usage(b, "\"%s\" is neither \"all\" nor the number of a commit",
				   o.args[0]);
	else
		r = session_undo_commit(b->session, (unsigned)strtoul(o.args[0], NULL, 10), &m);
	if (r > 0)
		batch_say(b, &m);
	return r < 0 ? batch_failed(b, r, &m) : batch_commit(b, &o);
}

int batch_recover(struct batch *b)
{
	CLEANUP(batch_opts_done) struct batch_opts o = { 0 };
	CLEANUP(txn_report_done) struct txn_report report = { 0 };
	CLEANUP(msg_done) struct msg m = { 0 };
	struct txn_opts opts = { 0 };
	const struct interrupted *i = session_interrupted(b->session);
	sigset_t before;
	int r = batch_options(b, "files", 0, 0, &o);

	if (r)
		return r;
	/* Who is at one that is under way is told where its lock can't be taken. */
	if (!i || !(i->found || i->under_way)) {
		fputs("Nothing to recover: no commit was interrupted.\n", b->out);
		return EXIT_OK;
	}
	opts.files_only = o.files;
	opts.last = true;
	hold_signals(&before);
	r = session_recover(b->session, &opts, &report, &m);
	if (r == 0)
		syslog_commit(b->session, &report);
	release_signals(&before);
	return r < 0 ? batch_failed(b, r, &m) : batch_txn(b, &report);
}
