/* SPDX-License-Identifier: MIT */
/*
 * Panel mode on a model of a 3270, line mode on a dumb terminal: the example everybody knows from the first word to the commit, and
 * what a terminal does to a program.
 */
#include "check.h"
#include "model.h"
#include "onpty.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define CCW_UUID "7e270a25-e163-4922-af60-757fc8ed48c6"
#define AP_UUID	 "669d9b23-fe1b-4ecb-be08-a2fabca99b71"

/* -- the machine that is kept in a file -- */

static void new_state(char *path, size_t size)
{
	int fd;

	snprintf(path, size, "/tmp/vfiocfg-lines-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	unlink(path); /* the program makes it */
}

static void read_state(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "r");
	char part[65536];
	size_t n;

	buf_reset(ret);
	assert_non_null(f);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		assert_int_equal(buf_add(ret, part, n), 0);
	fclose(f);
}

static bool has(const struct buf *b, const char *text)
{
	return strstr(buf_str(b), text) != NULL;
}

static void is_committed(const char *path)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	read_state(path, &b);
	assert_true(has(&b, "/sys/bus/mdev/devices/" CCW_UUID));
	assert_true(has(&b, "/sys/bus/mdev/devices/" AP_UUID));
	assert_true(has(&b, "file /etc/mdevctl.d/0.0.0313/" CCW_UUID));
	assert_true(has(&b, "file /etc/mdevctl.d/matrix/" AP_UUID));
	assert_true(has(&b, "file /etc/driverctl.d/css-0.0.0313"));
}

static void open_program(struct pty *p, const char *type, int rows, int cols, const char *mode,
			 const char *state)
{
	char mode_text[32], state_text[128];
	const char *argv[5] = { "--demo=lpar" };
	int n = 1;

	if (mode) {
		snprintf(mode_text, sizeof(mode_text), "--mode=%s", mode);
		argv[n++] = mode_text;
	}
	if (state) {
		snprintf(state_text, sizeof(state_text), "--state=%s", state);
		argv[n++] = state_text;
	}
	pty_start(p, type, rows, cols, argv);
	pty_wait(p, "===> ");
}

/* The number in front of a row as it stands in what came last; words are typed behind it. */
static void type_row(struct pty *p, const char *row, const char *word, const char *answer)
{
	const char *at = strstr(pty_since(p), row);
	char line[64];

	assert_non_null(at);
	while (at > pty_since(p) && at[-1] != '\n')
		at--;
	snprintf(line, sizeof(line), "%d %s", atoi(at), word);
	pty_ask(p, line, answer);
}

static void the_example(struct pty *p, bool lines)
{
	pty_ask(p, "channel; find 2b09", lines ? " is chosen: 0.0.2b09" : ">0.0.2b09");
	type_row(p, lines ? " 0.0.2b09, " : ">0.0.2b09", "new", "New mediated device");
	pty_ask(p, "3=" CCW_UUID, CCW_UUID);
	pty_ask(p, "ok", "1 staged");
	pty_ask(p, "CRYPTO", "domain");
	pty_ask(p, "new " AP_UUID, "2 staged");
	pty_ask(p, "assign 05 0004,00ab", "host also loses 05.0005 05.0042");
	pty_ask(p, "commit", "Type yes to carry this out");
	pty_ask(p, "maybe", "is no answer here");
}

/* The first UUID that came since something was typed last: it must not be broken by the end of a line. */
static void uuid_told(struct pty *p, const char *behind, char ret_uuid[static 37])
{
	const char *at = strstr(pty_since(p), behind);

	assert_non_null(at);
	snprintf(ret_uuid, 37, "%s", at + strlen(behind));
	assert_int_equal(strspn(ret_uuid, "0123456789abcdef-"), 36);
}

/* Questions and answers, no word of the views: from readiness to the lines for QEMU. */
static void the_guide(struct pty *p, const char *kept)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char uuid[37], path[128];

	pty_ask(p, "setup", "1 Is this host ready?");
	pty_wait(p, "===> ");
	pty_ask(p, "ok", "2 What shall a guest be given?");
	pty_wait(p, "===> ");
	pty_ask(p, "back", "1 Is this host ready?");
	pty_wait(p, "===> ");
	pty_ask(p, "ok", "2 What shall a guest be given?");
	pty_wait(p, "===> ");
	pty_ask(p, "channel", "3 Which channel devices?");
	pty_wait(p, "===> ");
	pty_ask(p, "0190", "host"); /* the root file system's: refused */
	pty_wait(p, "===> ");
	pty_ask(p, "2b09", "4 From when on?");
	pty_wait(p, "===> ");
	pty_ask(p, "both", "Type yes to carry this out");
	pty_wait(p, "===> ");
	pty_ask(p, "ok", "is no answer here"); /* what takes the * of a question commits nothing */
	read_state(kept, &b);
	assert_false(has(&b, "driverctl.d/css-0.0.0313"));
	pty_ask(p, "yes", "Committed.");
	pty_wait(p, "===> ");
	uuid_told(p, "sysfsdev=/sys/bus/mdev/devices/", uuid);
	pty_line(p, "end; end");
	assert_int_equal(pty_end(p), 0);
	read_state(kept, &b);
	snprintf(path, sizeof(path), "file /etc/mdevctl.d/0.0.0313/%s", uuid);
	assert_true(has(&b, path));
	snprintf(path, sizeof(path), "/sys/bus/mdev/devices/%s", uuid);
	assert_true(has(&b, path));
	assert_true(has(&b, "file /etc/driverctl.d/css-0.0.0313"));
	unlink(kept);
}

/* -- panel -- */

static struct model page_of(struct pty *p, int rows, int cols)
{
	struct model m = { .rows = rows, .cols = cols };
	const char *text = buf_str(&p->out), *at = text, *next;

	while (pty_read(p, 100))
		;
	text = at = buf_str(&p->out);
	while ((next = strstr(at + 1, "\033[H\033[J")))
		at = next;
	model_clear(&m);
	model_feed(&m, at);
	return m;
}

TEST(in_panels_the_example_is_done_from_start_to_commit)
{
	struct pty p;
	char kept[64];

	new_state(kept, sizeof(kept));
	open_program(&p, "linux", 22, 80, "panel", kept);
	the_example(&p, false);
	pty_line(&p, "YES"); /* case may be folded on the way */
	pty_wait(&p, "step 1 of ");
	pty_wait(&p, "Committed.");
	pty_ask(&p, "end", "(demo)");
	pty_line(&p, "end");
	assert_int_equal(pty_end(&p), 0);
	is_committed(kept);
	unlink(kept);
}

TEST(in_panels_the_guide_leads_from_readiness_to_the_lines_for_qemu)
{
	struct pty p;
	char kept[64];

	new_state(kept, sizeof(kept));
	open_program(&p, "linux", 41, 80, "panel", kept);
	the_guide(&p, kept);
}

TEST(every_page_fits_every_3270_and_ends_with_the_arrow)
{
	static const int sizes[][2] = { { 22, 80 }, { 30, 80 }, { 41, 80 }, { 25, 132 } };
	static const char *const words[] = {
		"2", "stage 2b09", "3", "4", "5", "6", "help", "end", "commit", "end", "1", "",
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct pty p;

		open_program(&p, "linux", sizes[i][0], sizes[i][1], "panel", NULL);
		for (size_t k = 0; k < ARRAY_SIZE(words); k++) {
			char text[161];
			struct model m;

			pty_ask(&p, words[k], "===> ");
			m = page_of(&p, sizes[i][0], sizes[i][1]);
			assert_string_equal(model_row(&m, sizes[i][0] - 1, text), "===>");
			assert_int_equal(m.row, sizes[i][0] - 1);
			assert_int_equal(m.col, 5);
		}
		pty_line(&p, "end;yes");
		assert_int_equal(pty_end(&p), 0);
	}
}

TEST(pf_keys_act_at_once_and_text_comes_with_the_next_enter)
{
	struct pty p;
	struct model m;

	open_program(&p, "linux", 22, 80, "panel", NULL);
	pty_ask(&p, "channel", " 1>0.0.0190");
	pty_type(&p, "\033[34~"); /* PF20 */
	pty_wait(&p, "===> ");
	m = page_of(&p, 22, 80);
	assert_int_equal(model_find(&m, " 1>0.0.0190"), -1);
	pty_type(&p, "\033[33~"); /* PF19 */
	pty_wait(&p, "0.0.0190");
	pty_type(&p, "\033[25~"); /* PF13 */
	pty_wait(&p, "Help");
	pty_type(&p, "\033[28~"); /* PF15 */
	pty_wait(&p, "0.0.0190");
	pty_wait(&p, "===> ");
	pty_type(&p, "find 2b0");
	pty_type(&p, "\033[23~"); /* PF11: more columns; the field keeps what stands in it */
	pty_wait(&p, "===> ");
	pty_line(&p, "9");
	pty_wait(&p, ">0.0.2b09");
	pty_line(&p, "end");
	assert_int_equal(pty_end(&p), 0);
}

TEST(a_bare_enter_shows_the_page_again_and_does_nothing)
{
	struct pty p;
	struct model before, after;

	open_program(&p, "linux", 22, 80, "panel", NULL);
	pty_ask(&p, "channel; find 2b09", ">0.0.2b09");
	before = page_of(&p, 22, 80);
	pty_ask(&p, "", ">0.0.2b09");
	after = page_of(&p, 22, 80);
	assert_memory_equal(before.cells, after.cells, sizeof(before.cells));
	pty_line(&p, "end");
	assert_int_equal(pty_end(&p), 0);
}

TEST(brackets_of_a_3270_are_brackets)
{
	struct pty p;

	open_program(&p, "linux", 22, 80, "panel", NULL);
	pty_ask(&p,
		"find x\xdd"
		"1\xa8",
		"\"x(1)\" is not found here.");
	pty_line(&p, "end");
	assert_int_equal(pty_end(&p), 0);
}

/* -- line mode -- */

/* Nothing but lines: no escape, no other byte than ASCII, none too long. */
static void is_plain(const char *text)
{
	int col = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 0x20 && c != '\n' && c != '\r') || c >= 0x7f)
			fail_msg("byte %02x in \"%.40s\"", c, text);
		col = c == '\n' || c == '\r' ? 0 : col + 1;
		if (col > 79)
			fail_msg("a line is longer than 79 columns: ...%.40s", text);
	}
}

TEST(by_lines_the_example_is_done_from_start_to_commit)
{
	struct pty p;
	char kept[64];

	new_state(kept, sizeof(kept));
	open_program(&p, "dumb", 24, 80, NULL, kept);
	assert_non_null(strstr(buf_str(&p.out), "This is line mode."));
	assert_non_null(strstr(buf_str(&p.out), "TERM is dumb"));
	the_example(&p, true);
	pty_line(&p, "yes");
	pty_wait(&p, "step 1 of ");
	pty_wait(&p, "Committed.");
	pty_wait(&p, "===> ");
	is_plain(buf_str(&p.out));
	pty_line(&p, "end; end");
	assert_int_equal(pty_end(&p), 0);
	is_committed(kept);
	unlink(kept);
}

TEST(by_lines_the_guide_leads_from_readiness_to_the_lines_for_qemu)
{
	struct pty p;
	char kept[64];

	new_state(kept, sizeof(kept));
	open_program(&p, "dumb", 24, 80, NULL, kept);
	the_guide(&p, kept);
	is_plain(buf_str(&p.out));
}

TEST(line_mode_says_what_changed_and_not_all_of_it_again)
{
	struct pty p;

	open_program(&p, "dumb", 24, 80, NULL, NULL);
	pty_ask(&p, "channel; find 2b09", " is chosen: 0.0.2b09");
	type_row(&p, " 0.0.2b09, ", "s", "wanted vfio_ccw (staged)");
	assert_null(strstr(pty_since(&p), "0.0.2b0a"));
	pty_ask(&p, "", "0.0.2b0a");
	pty_line(&p, "end");
	pty_wait(&p, "staged and not committed");
	pty_line(&p, "yes");
	assert_int_equal(pty_end(&p), 0);
}

TEST(where_term_is_not_set_it_is_line_mode_and_says_why)
{
	struct pty p;

	open_program(&p, NULL, 0, 0, NULL, NULL);
	assert_non_null(strstr(buf_str(&p.out), "TERM is not set"));
	pty_line(&p, "end");
	assert_int_equal(pty_end(&p), 0);
}

/* -- full screen: the same example by keys, what is waited for is drawn anew each time -- */

static void press(struct pty *p, const char *keys, const char *answer)
{
	pty_type(p, keys);
	pty_wait(p, answer);
}

TEST(on_the_full_screen_the_example_is_done_from_start_to_commit)
{
	static const char *const types[] = { "vt100", "linux", "xterm-256color" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		char kept[64], option[128];
		const char *argv[] = { "--demo=lpar", "--mode=full", option, NULL };
		struct pty p;

		new_state(kept, sizeof(kept));
		snprintf(option, sizeof(option), "--state=%s", kept);
		pty_start(&p, types[i], 24, 80, argv);
		pty_wait(&p, "6 Changes");
		press(&p, "2", "After reboot");
		press(&p, "/2b09\r", "0.0.2b09 0.0.0313");
		press(&p, "N", "New mediated device");
		press(&p, "\033OB\033OB" CCW_UUID "\r", "vfio_ccw");
		press(&p, "3", "apmask");
		press(&p, ":new " AP_UUID "\r", "669d9b23");
		press(&p, ":assign 05 0004,00ab\r", "host also loses 05.0005 05.0042");
		press(&p, "C", "Type yes");
		press(&p, "maybe\r", "is no answer here");
		press(&p, "yes\r", "Committed.");
		pty_type(&p, "qq");
		assert_int_equal(pty_end(&p), 0);
		is_committed(kept);
		unlink(kept);
	}
}

/* -- what a terminal does to a program -- */

/* A commit is finished or undone, whenever the line is lost. */
static void lose_the_line(const char *mode, const char *after)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct pty p;
	char kept[64];

	new_state(kept, sizeof(kept));
	open_program(&p, "linux", 24, 80, mode, kept);
	the_example(&p, !strcmp(mode, "line"));
	pty_line(&p, "yes");
	pty_wait(&p, after);
	pty_hang_up(&p);
	pty_end(&p);
	read_state(kept, &b);
	assert_false(has(&b, "commit.json")); /* no open journal */
	is_committed(kept);
	unlink(kept);
}

TEST(who_loses_the_line_during_a_commit_has_it_finished)
{
	lose_the_line("line", "step 1 of ");
	lose_the_line("panel", "step 3 of ");
}

TEST(what_a_command_says_on_a_terminal_is_broken_between_words)
{
	static const char *const argv[] = { "--demo=hostile", "check", NULL };
	struct pty p;
	char *rest, *line;
	size_t longest = 0;

	pty_start(&p, "linux", 24, 80, argv);
	pty_wait(&p, "000000000002 runs");
	rest = p.out.data;
	while (rest && (line = strsep(&rest, "\r\n")))
		longest = MAX(longest, strlen(line));
	assert_in_range(longest, 60, 79);
	assert_int_equal(pty_end(&p), 0);
}

TEST(interrupting_with_edits_staged_asks_and_a_second_time_leaves)
{
	struct pty p;

	open_program(&p, "dumb", 24, 80, NULL, NULL);
	pty_ask(&p, "stage 2b09", "1 staged");
	pty_type(&p, "\003");
	pty_wait(&p, "staged and not committed");
	pty_type(&p, "\003");
	assert_int_equal(pty_end(&p), 128 + SIGINT);
}

TEST(a_terminal_that_hangs_up_ends_the_program)
{
	struct pty p;

	open_program(&p, "dumb", 24, 80, NULL, NULL);
	pty_hang_up(&p);
	assert_true(pty_end(&p) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(in_panels_the_example_is_done_from_start_to_commit),
		CASE(in_panels_the_guide_leads_from_readiness_to_the_lines_for_qemu),
		CASE(every_page_fits_every_3270_and_ends_with_the_arrow),
		CASE(pf_keys_act_at_once_and_text_comes_with_the_next_enter),
		CASE(a_bare_enter_shows_the_page_again_and_does_nothing),
		CASE(brackets_of_a_3270_are_brackets),
		CASE(by_lines_the_example_is_done_from_start_to_commit),
		CASE(by_lines_the_guide_leads_from_readiness_to_the_lines_for_qemu),
		CASE(line_mode_says_what_changed_and_not_all_of_it_again),
		CASE(where_term_is_not_set_it_is_line_mode_and_says_why),
		CASE(on_the_full_screen_the_example_is_done_from_start_to_commit),
		CASE(who_loses_the_line_during_a_commit_has_it_finished),
		CASE(what_a_command_says_on_a_terminal_is_broken_between_words),
		CASE(interrupting_with_edits_staged_asks_and_a_second_time_leaves),
		CASE(a_terminal_that_hangs_up_ends_the_program),
	};

	return RUN(tests);
}
