/* SPDX-License-Identifier: MIT */
#include "batch.h"
#include "check.h"
#include "inventory.h"
#include "sim.h"

#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A session on a simulated machine, and what a command said. */
struct desk {
	struct sys *sys;
	struct session *session;
	char *out, *err;
	size_t n_out, n_err;
	char edits[32]; /* a file, made when needed */
};

/* A session on it, which d owns from now on. */
static struct desk *setup_on(struct sys *sys)
{
	const struct session_opts opts = { .who = "tester", .journal = "/var/lib/vfiocfg" };
	struct desk *d = calloc(1, sizeof(*d));

	d->sys = sys;
	assert_int_equal(session_new(d->sys, &opts, &d->session), 0);
	return d;
}

static struct desk *setup(const char *machine)
{
	struct sys *sys;

	assert_int_equal(sim_new_named(machine, &sys), 0);
	return setup_on(sys);
}

/* n subchannels, the last of which has the only device. */
static struct desk *setup_many(unsigned n)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sim_error where;
	struct sys *sys;

	buf_adds(&text, "kernel 702 7.2.0-many\nname many\n");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&text, "subchannel 0.0.%04x %s\n", i,
			   i < n - 1 ? "type=1"
				     : "dev=0.0.2b00 cu=3990/e9 devtype=3390/0c chpids=50,51,52,53 "
				       "pim=f0 pam=f0 ccwdriver=dasd-eckd");
	assert_int_equal(sim_new(buf_str(&text), text.len, &sys, &where), 0);
	return setup_on(sys);
}

static void teardown(struct desk **d)
{
	if ((*d)->edits[0])
		unlink((*d)->edits);
	session_free((*d)->session);
	sys_free((*d)->sys);
	free((*d)->out);
	free((*d)->err);
	free(*d);
}

static int run_with(struct desk *d, FILE *in, FILE *out, char **argv)
{
	struct batch b = { .session = d->session, .in = in, .argv = argv };
	int code;

	free(d->out);
	free(d->err);
	d->out = d->err = NULL;
	b.out = out ? out : open_memstream(&d->out, &d->n_out);
	b.err = open_memstream(&d->err, &d->n_err);
	while (argv[b.argc])
		b.argc++;
	code = batch_run(&b);
	if (!out)
		fclose(b.out);
	fclose(b.err);
	return code;
}

enum { WORDS_MAX = 16 };

static int split(char *words, char *argv[WORDS_MAX])
{
	int n = 0;

	while (n < WORDS_MAX - 1 && (argv[n] = strsep(&words, " ")))
		n++;
	return n;
}

static int run(struct desk *d, const char *words, FILE *in)
{
	CLEANUP(freep) char *copy = strdup(words);
	char *argv[WORDS_MAX] = { NULL };

	split(copy, argv);
	return run_with(d, in, NULL, argv);
}

static unsigned scope_of(const char *words)
{
	CLEANUP(freep) char *copy = strdup(words);
	char *argv[WORDS_MAX] = { NULL };

	return batch_scope(split(copy, argv), argv);
}

static void write_edits(struct desk *d, const char *text)
{
	FILE *f;

	strcpy(d->edits, "/tmp/vfiocfg-XXXXXX");
	f = fdopen(mkstemp(d->edits), "w");
	fputs(text, f);
	fclose(f);
}

static int apply(struct desk *d, const char *options, FILE *in)
{
	char words[128];

	snprintf(words, sizeof(words), "apply %s%s", d->edits, options);
	return run(d, words, in);
}

static const char free_dasd[] =
	"{ \"vfiocfg-edits\": 1, \"drivers\": { \"ccw/0.0.2b08\": \"vfio_ccw\" } }";

/* After a commit the program ends, so nothing has been read anew. */
static const char *driver_of_2b08(struct desk *d)
{
	const struct subch *s;

	assert_int_equal(session_rescan(d->session), 0);
	s = inventory_subch(session_inventory(d->session), (struct ccwid){ 0, 0x312 });
	return s && s->driver ? s->driver : "";
}

TEST(every_command_says_what_it_takes_and_what_it_does)
{
	for (const struct batch_command *c = batch_commands; c->name; c++) {
		assert_non_null(c->args);
		assert_true(strlen(c->help) > 10);
		assert_ptr_equal(batch_command(c->name), c);
	}
	assert_null(batch_command("nonsense"));
}

/* The template of the manual page, whole. */
static char *manual(void)
{
	CLEANUP(buf_done) struct buf text = { 0 }, path = { 0 };
	char chunk[4096];
	size_t n;
	FILE *f;

	buf_printf(&path, "%s/man/vfiocfg.8.in", getenv("SOURCE_DIR"));
	f = fopen(buf_str(&path), "r");
	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, n);
	fclose(f);
	return buf_take(&text);
}

static void is_described(const char *page, const char *macro, const char *name, size_t len)
{
	CLEANUP(buf_done) struct buf want = { 0 };

	buf_printf(&want, "%s %.*s", macro, (int)len, name);
	if (!strstr(page, buf_str(&want)))
		fail_msg("the manual page has no \"%s\"", buf_str(&want));
}

TEST(the_manual_page_describes_every_command_and_option)
{
	CLEANUP(freep) char *page = manual();

	for (const struct batch_command *c = batch_commands; c->name; c++) {
		is_described(page, ".It Cm", c->name, strlen(c->name));
		for (const char *p = c->args; (p = strstr(p, "--")); p++)
			is_described(page, ".It Fl Fl", p + 2, strcspn(p + 2, " ]"));
	}
}

TEST(a_wrong_option_is_64_and_one_line_on_stderr)
{
	CLEANUP(teardown) struct desk *d = setup("lpar");

	assert_int_equal(run(d, "list --nonsense", NULL), EXIT_USAGE);
	assert_int_equal(d->n_out, 0);
	assert_ptr_equal(strchr(d->err, '\n'), d->err + d->n_err - 1);
	assert_true(str_starts(d->err, "vfiocfg: list: --nonsense "));
	assert_non_null(strstr(d->err, "vfiocfg(8)"));
}

TEST(what_a_list_does_not_read_it_does_not_miss)
{
	static const char *const machines[] = {
		"lpar", "lpar72", "x86", "zvm", "hostile", "empty"
	};
	static const struct {
		const char *words;
		unsigned scope;
	} lists[] = {
		{ "list mdevs --format json", SCOPE_MDEV },
		{ "list ap --format json", SCOPE_AP },
		{ "list pci --format json", SCOPE_PCI },
		{ "list subchannels --format json", SCOPE_CSS },
		{ "list mdevs --columns type,uuid,parent,start,state", SCOPE_MDEV | SCOPE_BRIEF },
		{ "list ap --format json --columns=queue,bound,override", SCOPE_AP | SCOPE_BRIEF },
		{ "list pci --columns address,bound,override", SCOPE_PCI | SCOPE_BRIEF },
		{ "list subchannels --columns subchannel,bound,override --format=json",
		  SCOPE_CSS | SCOPE_BRIEF },
		{ "list subchannels --columns subchannel,bound,used_by", SCOPE_CSS },
		{ "list subchannels --columns subchannel,bound --filter online=yes", SCOPE_CSS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(machines) * ARRAY_SIZE(lists); i++) {
		CLEANUP(teardown) struct desk *d = setup(machines[i / ARRAY_SIZE(lists)]);
		size_t k = i % ARRAY_SIZE(lists);
		const struct session_opts opts = { .who = "tester", .scope = lists[k].scope };
		CLEANUP(freep) char *whole = NULL;

		assert_int_equal(scope_of(lists[k].words), lists[k].scope);
		assert_int_equal(run(d, lists[k].words, NULL), EXIT_OK);
		whole = strdup(d->out);
		session_free(d->session);
		assert_int_equal(session_new(d->sys, &opts, &d->session), 0);
		assert_int_equal(run(d, lists[k].words, NULL), EXIT_OK);
		assert_string_equal(d->out, whole);
	}
}

TEST(a_yes_typed_on_a_terminal_commits)
{
	CLEANUP(teardown) struct desk *d = setup("lpar");
	int master, slave;
	FILE *in;

	write_edits(d, free_dasd);
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(write(master, "Yes\n", 4), 4);
	in = fdopen(slave, "r");
	assert_int_equal(apply(d, "", in), EXIT_OK);
	assert_string_equal(driver_of_2b08(d), "vfio_ccw");
	fclose(in);
	close(master);
}

TEST(anything_else_typed_changes_nothing)
{
	CLEANUP(teardown) struct desk *d = setup("lpar");
	int master, slave;
	FILE *in;

	write_edits(d, free_dasd);
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(write(master, "y\n", 2), 2);
	in = fdopen(slave, "r");
	assert_int_equal(apply(d, "", in), EXIT_ERRORS);
	assert_string_equal(driver_of_2b08(d), "io_subchannel");
	fclose(in);
	close(master);
}

TEST(a_signal_stops_a_commit_at_a_step_boundary_and_puts_everything_back)
{
	CLEANUP(teardown) struct desk *d = setup("lpar");
	sigset_t term, before;

	write_edits(d, free_dasd);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	raise(SIGTERM);
	assert_int_equal(apply(d, " --yes", NULL), EXIT_ROLLED_BACK);
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_string_equal(driver_of_2b08(d), "io_subchannel");
}

TEST(edits_come_from_standard_input_too)
{
	CLEANUP(teardown) struct desk *d = setup("lpar");
	FILE *in = fmemopen((char *)(uintptr_t)free_dasd, strlen(free_dasd), "r");

	assert_int_equal(run(d, "plan -", in), EXIT_CHANGES);
	assert_non_null(strstr(d->out, "0.0.0312"));
	fclose(in);
}

TEST(output_that_cannot_be_written_is_said)
{
	CLEANUP(teardown) struct desk *d = setup("lpar");
	FILE *full = fopen("/dev/full", "w");
	char *argv[] = { (char[]){ "list" }, (char[]){ "subchannels" }, NULL };

	assert_int_equal(run_with(d, NULL, full, argv), EXIT_ERRORS);
	assert_non_null(strstr(d->err, "The output is not complete."));
	fclose(full);
}

TEST(a_filter_sees_what_json_has)
{
	CLEANUP(teardown) struct desk *d = setup("lpar");

	assert_int_equal(
		run(d, "list subchannels --format csv --columns id --filter id=css/0.0.0313", NULL),
		EXIT_OK);
	assert_string_equal(d->out, "id\r\ncss/0.0.0313\r\n");
}

static const char *line(const char *text, size_t n)
{
	while (n--)
		text = strchr(text, '\n') + 1;
	return text;
}

TEST(a_long_table_is_aligned_from_its_first_row_to_its_last)
{
	enum { MANY = 1300 };
	CLEANUP(teardown) struct desk *d = setup_many(MANY);
	const char *last, *first;

	assert_int_equal(run(d, "list subchannels --columns what,chpids,subchannel", NULL),
			 EXIT_OK);
	first = line(d->out, 1);
	last = line(d->out, MANY);
	assert_non_null(strstr(last, "50 51 52 53"));
	assert_ptr_equal(strstr(first, "0.0.0000") - first, strstr(d->out, "Subch.") - d->out);
	assert_ptr_equal(strstr(last, "0.0.0513") - last, strstr(d->out, "Subch.") - d->out);
	assert_int_equal(*line(d->out, MANY + 1), '\0');
	assert_int_equal(run(d, "list subchannels --filter nothing-of-the-kind", NULL), EXIT_OK);
	assert_string_equal(d->out, "");
	assert_non_null(strstr(d->err, "none of 1300 rows"));
}

TEST(a_long_list_for_programs_has_one_head)
{
	enum { MANY = 1300 };
	CLEANUP(teardown) struct desk *d = setup_many(MANY);

	assert_int_equal(run(d, "list subchannels --format csv --columns id", NULL), EXIT_OK);
	assert_true(str_starts(d->out, "id\r\ncss/0.0.0000\r\n"));
	assert_true(str_starts(line(d->out, MANY), "css/0.0.0513\r\n"));
	assert_int_equal(*line(d->out, MANY + 1), '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_command_says_what_it_takes_and_what_it_does),
		CASE(the_manual_page_describes_every_command_and_option),
		CASE(a_wrong_option_is_64_and_one_line_on_stderr),
		CASE(what_a_list_does_not_read_it_does_not_miss),
		CASE(a_yes_typed_on_a_terminal_commits),
		CASE(anything_else_typed_changes_nothing),
		CASE(a_signal_stops_a_commit_at_a_step_boundary_and_puts_everything_back),
		CASE(edits_come_from_standard_input_too),
		CASE(output_that_cannot_be_written_is_said),
		CASE(a_filter_sees_what_json_has),
		CASE(a_long_table_is_aligned_from_its_first_row_to_its_last),
		CASE(a_long_list_for_programs_has_one_head),
	};

	return RUN(tests);
}
