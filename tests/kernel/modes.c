/* SPDX-License-Identifier: MIT */
/*
 * The example everybody knows, on a real kernel, by full screen, panel and line: committed, the machine is as was foretold; taken
 * back, as it was before.
 */
#include "guest.h"
#include "onpty.h"

#define DISK   "7e270a25-e163-4922-af60-757fc8ed48c6"
#define MATRIX "669d9b23-fe1b-4ecb-be08-a2fabca99b71"
#define RULE   "/etc/udev/rules.d/41-ap.rules"

struct mode {
	const char *name, *terminal;
	int rows, cols;
};

static bool is_full(const struct mode *m)
{
	return strcmp(m->name, "full") == 0;
}

static void key(struct pty *p, const char *bytes, const char *answer)
{
	pty_type(p, bytes);
	pty_wait(p, answer);
}

static void start(struct pty *p, const struct mode *m)
{
	char mode[32];
	const char *argv[] = { mode, NULL };

	snprintf(mode, sizeof(mode), "--mode=%s", m->name);
	pty_start(p, m->terminal, m->rows, m->cols, argv);
	pty_wait(p, is_full(m) ? "6 Changes" : "===> ");
	/* The full screen opens before all has been read. */
	if (is_full(m))
		key(p, "2", "free");
}

/* A word is typed behind ===>, which the full screen opens by a colon. */
static void say(struct pty *p, const struct mode *m, const char *word, const char *answer)
{
	char text[128];

	if (!is_full(m)) {
		pty_ask(p, word, answer);
		return;
	}
	snprintf(text, sizeof(text), ":%s\r", word);
	key(p, text, answer);
}

static void answer_yes(struct pty *p, const struct mode *m)
{
	pty_wait(p, "Type yes");
	key(p, is_full(m) ? "yes\r" : "yes\n", "Committed.");
}

static void leave(struct pty *p, const struct mode *m)
{
	pty_type(p, is_full(m) ? "qq" : "end;end\n");
	assert_int_equal(pty_end(p), 0);
}

static void new_disk(struct pty *p, const struct mode *m)
{
	if (is_full(m)) {
		key(p, "/2b09\r", "2b09");
		key(p, "N", "New mediated device");
		key(p, "\t\t" DISK, DISK);
		key(p, "\r", "1 staged");
		return;
	}
	pty_ask(p, "channel; find 2b09", "2b09");
	pty_ask(p, "new", "New mediated device");
	pty_ask(p, "3=" DISK, DISK);
	pty_ask(p, "ok", "1 staged");
}

static void commit(const struct mode *m)
{
	struct pty p;

	start(&p, m);
	new_disk(&p, m);
	say(&p, m, "crypto", "domain");
	say(&p, m, "new " MATRIX, is_full(m) ? "Matrix " : "2 staged");
	say(&p, m, "assign 05 0004,00ab", "05.0005");
	say(&p, m, "commit", "Type yes");
	answer_yes(&p, m);
	leave(&p, m);
}

static void take_back(const struct mode *m)
{
	struct pty p;

	start(&p, m);
	say(&p, m, "revert all", "staged");
	say(&p, m, "commit", "Type yes");
	answer_yes(&p, m);
	leave(&p, m);
}

/* The same edits, carried out by the simulated copy of the machine. */
static void foretell(struct sys *sys)
{
	static const char edits[] =
		"{\"vfiocfg-edits\":1,\"mdevs\":["
		"{\"uuid\":\"" DISK "\",\"parent\":\"0.0.0001\",\"type\":\"vfio_ccw-io\",\"start\":"
		"\"auto\",\"active\":true},"
		"{\"uuid\":\"" MATRIX "\",\"parent\":\"matrix\",\"type\":\"vfio_ap-passthrough\","
		"\"start\":\"auto\",\"active\":true,"
		"\"adapters\":[5],\"domains\":[4,171]}]}";
	struct session_opts so = { .who = "test" };
	CLEANUP(session_freep) struct session *s = NULL;
	struct txn_opts opts = { 0 };
	struct txn_report rep = { 0 };
	struct consent consent = { 0 };
	struct msg why = { 0 };

	assert_int_equal(session_new(sys, &so, &s), 0);
	assert_int_equal(session_load(s, edits, strlen(edits), "example", false, &why), 0);
	assert_int_equal(session_commit(s, &consent, &opts, &rep, &why), 0);
	assert_int_equal(rep.result, TXN_COMMITTED);
	txn_report_done(&rep);
}

static void the_example(const struct mode *m)
{
	struct real_opts o = { .root = "/", .events = true };
	CLEANUP(sys_freep) struct sys *sys = NULL, *copy = NULL;
	struct state before, foretold, now;

	assert_int_equal(real_new(&o, &sys), 0);
	before = guest_state_now(sys);
	copy = guest_copy(sys);
	foretell(copy);
	foretold = guest_state(copy);
	commit(m);
	now = guest_state_now(sys);
	assert_true(state_same(&foretold, &now));
	state_done(&now);
	take_back(m);
	assert_int_equal(access(RULE, F_OK), -1); /* as there was none */
	now = guest_state_now(sys);
	assert_true(state_same(&before, &now));
	state_done(&now);
	state_done(&foretold);
	state_done(&before);
}

TEST(on_the_full_screen_of_a_vt220)
{
	the_example(&(struct mode){ "full", "vt220", 24, 80 });
}

TEST(on_the_full_screen_of_a_linux_console)
{
	the_example(&(struct mode){ "full", "linux", 43, 132 });
}

TEST(on_panels_of_22_rows)
{
	the_example(&(struct mode){ "panel", "linux", 22, 80 });
}

TEST(line_by_line)
{
	the_example(&(struct mode){ "line", "dumb", 24, 80 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(on_the_full_screen_of_a_vt220),
		CASE(on_the_full_screen_of_a_linux_console),
		CASE(on_panels_of_22_rows),
		CASE(line_by_line),
	};

	guest_only();
	setenv("VFIOCFG", "/usr/sbin/vfiocfg", 1);
	return RUN(tests);
}
