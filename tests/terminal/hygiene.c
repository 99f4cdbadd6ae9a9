/* SPDX-License-Identifier: MIT */
/*
 * What a program must leave behind on a terminal and on a machine, whatever ends or stops it: fatal signals, polite ones, ^Z, the
 * line lost; at rest and in the middle of a commit.
 */
#include "check.h"
#include "onpty.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const modes[] = { "full", "panel", "line" };

struct place {
	struct tree tree;
	char state[96], fifo[96]; /* the machine's file, and where the program waits */
};

static void place_new(struct place *p)
{
	p->tree = tree_new();
	snprintf(p->state, sizeof(p->state), "%s/machine", p->tree.root);
	snprintf(p->fifo, sizeof(p->fifo), "%s/fifo", p->tree.root);
	assert_int_equal(mkfifo(p->fifo, 0600), 0);
}

/* What a program that was killed left beside its file goes, too. */
static void place_done(struct place *p)
{
	tree_done(&p->tree);
}

static bool state_has(const struct place *p, const char *text)
{
	FILE *f = fopen(p->state, "re");
	char line[4096];
	bool found = false;

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, text) != NULL;
	fclose(f);
	return found;
}

/* All of the commit or nothing of it, and no open journal. */
static bool is_committed(const struct place *p)
{
	bool live = state_has(p, "link /sys/bus/css/drivers/vfio_ccw/0.0.0313"),
	     file = state_has(p, "file /etc/driverctl.d/css-0.0.0313");

	assert_false(state_has(p, "commit.json"));
	assert_int_equal(live, file);
	return live;
}

/* The commit is the driver of one device: its journal is open before mutations 5 to 23, who asks for an end before 12 has it undone, the file appears by 16. */

/* -- driving it, whichever front end -- */

static bool is_full(const char *mode)
{
	return !strcmp(mode, "full");
}

static bool is_line(const char *mode)
{
	return !strcmp(mode, "line");
}

static void start(struct pty *p, const struct place *at, const char *mode, const char *stop)
{
	char mode_text[32], state_text[128], stop_text[192];
	const char *argv[] = { "--demo=lpar", mode_text, state_text, NULL };
	const char *env[] = { stop_text, NULL };

	snprintf(mode_text, sizeof(mode_text), "--mode=%s", mode);
	snprintf(state_text, sizeof(state_text), "--state=%s", at->state);
	snprintf(stop_text, sizeof(stop_text), "STOP_AT=%s", stop ? stop : "");
	pty_open(p, &(struct pty_opts){ .program = stop ? getenv("VFIOCFG_STOPS") : NULL,
					.type = "xterm",
					.rows = 24,
					.cols = 80,
					.argv = argv,
					.env = stop ? env : NULL });
	pty_wait(p, is_full(mode) ? "6 Changes" : "===> ");
}

static void say(struct pty *p, const char *mode, const char *word, const char *answer)
{
	char text[64];

	snprintf(text, sizeof(text), is_full(mode) ? ":%s\r" : "%s\n", word);
	pty_type(p, text);
	pty_wait(p, answer);
}

static void to_commit(struct pty *p, const char *mode)
{
	say(p, mode, "stage 2b09", "1 staged");
	say(p, mode, "commit", "Type yes");
	pty_type(p, is_full(mode) ? "yes\r" : "yes\n");
}

/* What the next one sees who starts it. */
static void next_start_says(const struct place *at, const char *mode, const char *text)
{
	struct pty p;

	start(&p, at, mode, NULL);
	if (!strstr(buf_str(&p.out), text))
		pty_wait(&p, text);
	pty_type(&p, is_full(mode) ? "q" : "end\n");
	assert_int_equal(pty_end(&p), 0);
}

static void next_start_tells(const struct place *at, const char *mode, bool committed)
{
	next_start_says(at, mode, committed ? "committed, commit 1" : "rolled back, commit 1");
}

/* -- fatal signals -- */

static const int fatal[] = { SIGSEGV, SIGABRT, SIGBUS };

static void is_given_back(struct pty *p, const char *mode)
{
	assert_true(pty_modes_are_back(p));
	/* The other screen is left, the cursor is seen, attributes and the mouse are off. */
	if (!is_full(mode))
		return;
	pty_wait(p, "\033[?1049l");
	pty_wait(p, "\033[?1000l");
	pty_wait(p, "\033[?12l\033[?25h");
	pty_wait(p, "\033(B\033[m");
}

static void crash_at_rest(const char *mode, int sig)
{
	struct place at;
	struct pty p;

	place_new(&at);
	start(&p, &at, mode, NULL);
	say(&p, mode, "stage 2b09", "1 staged");
	assert_int_equal(pty_modes_are_back(&p), is_line(mode));
	p.asked = p.out.len;
	kill(p.pid, sig);
	pty_wait(&p, "type: reset");
	pty_wait(&p, "Nothing was written to the");
	is_given_back(&p, mode);
	assert_int_equal(pty_end(&p), 128 + sig);
	next_start_says(&at, "line", "Linux"); /* and of no interrupted commit */
	assert_false(is_committed(&at));
	place_done(&at);
}

TEST(a_fatal_signal_at_rest_gives_the_terminal_back_and_says_that_nothing_was_written)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		for (size_t k = 0; k < ARRAY_SIZE(fatal); k++)
			crash_at_rest(modes[i], fatal[k]);
}

/* Who comes back recovers it, by word and by key. */
static void recover(const struct place *at, const char *mode)
{
	struct pty p;

	start(&p, at, mode, NULL);
	if (is_full(mode)) {
		pty_wait(&p, "interrupted");
		pty_type(&p, "I");
	} else {
		pty_line(&p, "recover");
	}
	pty_wait(&p, "was cut off after");
	pty_wait(&p, "Type yes");
	pty_type(&p, is_full(mode) ? "maybe\r" : "maybe\n");
	pty_wait(&p, "\"maybe\" is no answer");
	pty_type(&p, is_full(mode) ? "no\r" : "no\n");
	pty_wait(&p, is_full(mode)	     ? "6 Changes"
		     : !strcmp(mode, "line") ? "This is 1 Overview" /* the rest was told */
					     : "interrupted at");
	if (is_full(mode))
		pty_type(&p, "I");
	else
		pty_line(&p, "RECOVER");
	pty_wait(&p, "Type yes");
	pty_type(&p, is_full(mode) ? "yes\r" : "yes\n");
	pty_wait(&p, is_full(mode) ? "q to go back" : "end to go back");
	pty_type(&p, is_full(mode) ? "q" : "end\n");
	pty_type(&p, is_full(mode) ? "q" : "end\n");
	assert_int_equal(pty_end(&p), 0);
}

static void crash_in_commit(const char *mode, int sig, int mutation)
{
	struct place at;
	struct pty p;
	char stop[32];
	bool committed;

	place_new(&at);
	snprintf(stop, sizeof(stop), "%d %d", mutation, sig);
	start(&p, &at, mode, stop);
	to_commit(&p, mode);
	pty_wait(&p, "type: reset");
	pty_wait(&p, "A commit was under way");
	pty_wait(&p, "vfiocfg recover");
	is_given_back(&p, mode);
	assert_int_equal(pty_end(&p), 128 + sig);
	assert_true(state_has(&at, "commit.json"));
	recover(&at, mode);
	committed = is_committed(&at);
	next_start_tells(&at, "line", committed);
	place_done(&at);
}

TEST(a_fatal_signal_in_a_commit_says_so_and_who_comes_back_recovers)
{
	static const int points[] = { 6, 14, 20 };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		for (size_t k = 0; k < ARRAY_SIZE(points); k++)
			crash_in_commit(modes[i], fatal[k], points[k]);
}

/* -- polite ones -- */

static bool end_in_commit(const char *mode, int sig, int mutation)
{
	struct place at;
	struct pty p;
	char stop[32];
	bool committed;

	place_new(&at);
	snprintf(stop, sizeof(stop), "%d %d", mutation, sig);
	start(&p, &at, mode, stop);
	to_commit(&p, mode);
	if (sig == SIGINT) { /* stops the commit, not the program */
		pty_wait(&p, is_full(mode) ? "F3 or q Back" : "or end to go back");
		pty_type(&p, is_full(mode) ? "q" : "end\n");
		pty_type(&p, is_full(mode) ? "q" : "end\n");
		pty_type(&p,
			 is_full(mode) ? "y" : "yes\n"); /* undone, the edits are still staged */
		assert_int_equal(pty_end(&p), 0);
	} else {
		assert_int_equal(pty_end(&p), 128 + sig);
	}
	committed = is_committed(&at);
	next_start_tells(&at, mode, committed);
	place_done(&at);
	return committed;
}

TEST(asked_to_end_in_a_commit_it_is_undone_and_the_next_start_says_so)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGQUIT };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sigs); k++)
			assert_false(end_in_commit(modes[i], sigs[k], 6 + 2 * (int)k));
}

TEST(asked_to_end_when_files_are_being_renamed_it_is_finished)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		assert_true(end_in_commit(modes[i], SIGTERM, 20));
}

TEST(hung_up_in_a_commit_it_is_finished_and_the_next_start_says_so)
{
	static const int points[] = { 6, 14, 20 };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		assert_true(end_in_commit(modes[i], SIGHUP, points[i]));
}

/* -- edits that are only staged -- */

/* Cut off without a commit: who comes back is told, stages them again, and is told only once. */
static void cut_off_with_edits(const char *mode, int sig)
{
	struct place at;
	struct pty p;

	place_new(&at);
	start(&p, &at, mode, NULL);
	say(&p, mode, "stage 2b09", "1 staged");
	if (sig) {
		kill(p.pid, sig);
		pty_wait(&p, "the staged edits are kept");
	} else {
		pty_hang_up(&p);
	}
	assert_int_equal(pty_end(&p), 128 + (sig ? sig : SIGHUP));
	assert_false(is_committed(&at));
	start(&p, &at, mode, NULL);
	if (!strstr(buf_str(&p.out), "Edits were staged when"))
		pty_wait(&p, "Edits were staged when");
	if (is_full(mode))
		pty_type(&p, "L");
	else
		pty_line(&p, "resume");
	pty_wait(&p, "are staged again");
	pty_wait(&p, "1 staged");
	say(&p, mode, "drop", "All edits are taken back");
	say(&p, mode, "resume", "No edits were left behind");
	pty_type(&p, is_full(mode) ? "q" : "end\n");
	assert_int_equal(pty_end(&p), 0);
	assert_false(state_has(&at, "/left-"));
	place_done(&at);
}

TEST(edits_staged_when_the_line_is_lost_or_the_program_is_ended_are_there_for_who_comes_back)
{
	static const int sigs[] = { 0, SIGHUP, SIGTERM, SIGQUIT };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sigs); k++)
			cut_off_with_edits(modes[i], sigs[k]);
}

/* ^C says twice that they may go, and ^D is no other word for end. */
TEST(who_is_asked_about_staged_edits_and_leaves_has_forgotten_them)
{
	static const char *const keys[] = { "\003", "\004" };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			struct place at;
			struct pty p;

			if (is_full(modes[i]) && k) /* ^D is a key there as others */
				continue;
			place_new(&at);
			start(&p, &at, modes[i], NULL);
			say(&p, modes[i], "stage 2b09", "1 staged");
			pty_type(&p, keys[k]);
			pty_wait(&p, "not committed");
			pty_type(&p, keys[k]);
			assert_int_equal(pty_end(&p), k ? 0 : 128 + SIGINT);
			if (access(at.state, F_OK) == 0)
				assert_false(state_has(&at, "/left-"));
			place_done(&at);
		}
}

/* -- where the program waits in the middle -- */

static int wait_at_fifo(struct pty *p, const struct place *at)
{
	int fd;

	for (int i = 0; i < 300; i++) {
		fd = open(at->fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		assert_int_equal(errno, ENXIO);
		pty_read(p, 100);
	}
	fail_msg("the program did not come to the mutation; it said:\n%s", buf_str(&p->out));
	return -1;
}

static void lose_the_line(const char *mode, int mutation)
{
	struct place at;
	struct pty p;
	char stop[128];
	int fd;

	place_new(&at);
	snprintf(stop, sizeof(stop), "%d %s", mutation, at.fifo);
	start(&p, &at, mode, stop);
	to_commit(&p, mode);
	fd = wait_at_fifo(&p, &at);
	assert_true(state_has(&at, "commit.json"));
	pty_hang_up(&p);
	close(fd);
	assert_int_equal(pty_end(&p), 128 + SIGHUP);
	assert_true(is_committed(&at));
	next_start_tells(&at, mode, true);
	place_done(&at);
}

TEST(the_line_lost_in_a_commit_it_is_finished_without_a_terminal)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		lose_the_line(modes[i], 6);
		lose_the_line(modes[i], 16);
	}
}

/* ^S of somebody who wants to read: the commit doesn't wait for ^Q. */
static void stop_the_output(const char *mode)
{
	struct place at;
	struct pty p;
	char stop[128];
	int fd;

	place_new(&at);
	snprintf(stop, sizeof(stop), "6 %s", at.fifo);
	start(&p, &at, mode, stop);
	to_commit(&p, mode);
	fd = wait_at_fifo(&p, &at);
	pty_type(&p, "\023");
	close(fd);
	for (int i = 0; i < 1500 && state_has(&at, "commit.json"); i++)
		poll(NULL, 0, 20);
	assert_true(is_committed(&at));
	pty_type(&p, "\021");
	pty_wait(&p, "Committed.");
	pty_type(&p, is_full(mode) ? "qq" : "end;end\n");
	assert_int_equal(pty_end(&p), 0);
	place_done(&at);
}

TEST(a_terminal_that_is_stopped_stops_no_commit)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		stop_the_output(modes[i]);
}

/* -- ^Z, in a shell that controls jobs -- */

static void start_shell(struct pty *p, const struct place *at, const char *mode, const char *stop)
{
	static const char *const argv[] = { "-im", NULL };
	static const char *const env[] = { "PS1=sh-> ", "ENV=", NULL };
	char line[512];

	pty_open(p, &(struct pty_opts){ .program = "/bin/sh",
					.type = "xterm",
					.rows = 24,
					.cols = 80,
					.argv = argv,
					.env = env });
	pty_wait(p, "sh-> ");
	snprintf(line, sizeof(line), "STOP_AT='%s' %s --demo=lpar --mode=%s --state=%s", stop,
		 getenv("VFIOCFG_STOPS"), mode, at->state);
	pty_line(p, line);
	pty_wait(p, is_full(mode) ? "6 Changes" : "===> ");
}

static void leave_shell(struct pty *p)
{
	pty_wait(p, "sh-> ");
	pty_line(p, "exit 0");
	assert_int_equal(pty_end(p), 0);
}

static void suspend_at_rest(const char *mode)
{
	struct place at;
	struct pty p;

	place_new(&at);
	start_shell(&p, &at, mode, "");
	say(&p, mode, "stage 2b09", "1 staged");
	for (int i = 0; i < 2; i++) {
		pty_type(&p, "\032");
		pty_wait(&p, "sh-> ");
		if (is_full(mode))
			pty_wait(&p, "\033[?1049l");
		assert_true(pty_modes_are_back(&p));
		pty_line(&p, "fg");
		pty_wait(&p, is_full(mode) ? "6 Changes" : "===> ");
		/* All of it is shown again. */
		pty_wait(&p, is_line(mode) ? "What needs attention" : "1 staged");
	}
	assert_int_equal(pty_modes_are_back(&p), is_line(mode));
	pty_type(&p, is_full(mode) ? "q" : "end\n");
	pty_wait(&p, "not committed");
	pty_type(&p, is_full(mode) ? "y" : "yes\n");
	leave_shell(&p);
	place_done(&at);
}

TEST(stopped_and_continued_the_terminal_is_the_shells_and_ours_again)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		suspend_at_rest(modes[i]);
}

static void suspend_in_commit(const char *mode)
{
	struct place at;
	struct pty p;
	char stop[128];
	int fd;

	place_new(&at);
	snprintf(stop, sizeof(stop), "6 %s", at.fifo);
	start_shell(&p, &at, mode, stop);
	to_commit(&p, mode);
	fd = wait_at_fifo(&p, &at);
	pty_type(&p, "\032");
	close(fd);
	pty_wait(&p, "sh-> ");
	assert_true(is_committed(&at)); /* it was over before the shell came */
	assert_true(pty_modes_are_back(&p));
	pty_line(&p, "fg");
	pty_wait(&p, is_line(mode) ? "===> " : "Committed.");
	pty_type(&p, is_full(mode) ? "qq" : "end;end\n");
	leave_shell(&p);
	place_done(&at);
}

TEST(a_commit_is_over_before_it_is_stopped)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		suspend_in_commit(modes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_fatal_signal_at_rest_gives_the_terminal_back_and_says_that_nothing_was_written),
		CASE(a_fatal_signal_in_a_commit_says_so_and_who_comes_back_recovers),
		CASE(asked_to_end_in_a_commit_it_is_undone_and_the_next_start_says_so),
		CASE(asked_to_end_when_files_are_being_renamed_it_is_finished),
		CASE(hung_up_in_a_commit_it_is_finished_and_the_next_start_says_so),
		CASE(edits_staged_when_the_line_is_lost_or_the_program_is_ended_are_there_for_who_comes_back),
		CASE(who_is_asked_about_staged_edits_and_leaves_has_forgotten_them),
		CASE(the_line_lost_in_a_commit_it_is_finished_without_a_terminal),
		CASE(a_terminal_that_is_stopped_stops_no_commit),
		CASE(stopped_and_continued_the_terminal_is_the_shells_and_ours_again),
		CASE(a_commit_is_over_before_it_is_stopped),
	};

	return RUN(tests);
}
