/* SPDX-License-Identifier: MIT */
#include "setup.h"
#include "batch.h"
#include "check.h"
#include "sim.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define UUID "7e270a25-e163-4922-af60-757fc8ed48c6"

struct guided {
	struct sys *sys;
	struct session *session;
	struct setup *setup;
	struct msg why;
};

static void begin_on(struct guided *g, struct sys *sys)
{
	const struct session_opts opts = { .who = "newcomer" };

	memset(g, 0, sizeof(*g));
	g->sys = sys;
	assert_int_equal(session_new(g->sys, &opts, &g->session), 0);
	assert_int_equal(setup_new(g->session, &g->setup), 0);
}

static void begin(struct guided *g, const char *machine)
{
	struct sys *sys;

	assert_int_equal(sim_new_named(machine, &sys), 0);
	begin_on(g, sys);
}

static void guided_done(struct guided *g)
{
	setup_free(g->setup);
	session_free(g->session);
	sys_free(g->sys);
	msg_done(&g->why);
}

/* Answers with ';' between them. */
static void say(struct guided *g, const char *answers)
{
	CLEANUP(freep) char *copy = strdup(answers);
	char *rest = copy, *answer;

	while ((answer = strsep(&rest, ";")))
		if (setup_answer(g->setup, answer, &g->why) < 0)
			fail_msg("\"%s\": %s %s", answer, g->why.what, g->why.why);
}

static void commit(struct guided *g)
{
	const struct consent all = { .conflicts = true, .not_undoable = true };
	struct txn_report report = { 0 };

	assert_int_equal(g->setup->step, SETUP_REVIEW);
	if (session_commit(g->session, &all, NULL, &report, &g->why) < 0)
		fail_msg("%s %s", g->why.what, g->why.why);
	assert_int_equal(report.result, TXN_COMMITTED);
	txn_report_done(&report);
	assert_true(setup_committed(g->setup));
}

static const struct setup_option *option(const struct guided *g, const char *name)
{
	for (size_t i = 0; i < g->setup->question.n; i++)
		if (!strcmp(g->setup->question.options[i].name, name))
			return &g->setup->question.options[i];
	fail_msg("no option %s", name);
	return NULL;
}

TEST(a_dasd_goes_to_a_guest_by_five_answers)
{
	CLEANUP(guided_done) struct guided g;
	const struct mdev *m;

	begin(&g, "lpar");
	memcpy(g.setup->uuid, UUID, sizeof(UUID));
	say(&g, "; channel; 2b09");
	assert_true(wish_empty(session_wish(g.session)));
	say(&g, "both");
	assert_string_equal(buf_str(&g.setup->question.about),
			    "0.0.2b09 goes to a guest, now, and again at every boot.\n");
	assert_int_equal(session_undo_depth(g.session), 1);
	commit(&g);
	m = inventory_mdev(session_inventory(g.session), UUID);
	assert_non_null(m);
	assert_string_equal(m->parent, "0.0.0313");
	assert_non_null(inventory_def(session_inventory(g.session), UUID, "0.0.0313"));
	assert_int_equal(g.setup->n_made, 1);
	assert_string_equal(g.setup->made[0].name, UUID);
}

/* lpar as somebody finds it who has never given anything away: no module loaded, nothing defined. */
static struct sys *fresh_lpar(void)
{
	static const char *const gone[] = { "css-0.0.0314", "/etc/mdevctl.d/", "41-ap.rules",
					    "/etc/modules-load.d" };
	static const char *const modules[] = { "module kvm ", "module vfio ", "module mdev ",
					       "module vfio_ccw ", "module vfio_iommu_type1 " };
	CLEANUP(buf_done) struct buf text = { 0 };
	const char *lpar = NULL;
	struct sim_error where;
	struct sys *sys = NULL;
	bool skip = false;

	for (const struct sim_machine *m = sim_machines; m->name; m++)
		if (!strcmp(m->name, "lpar"))
			lpar = m->text;
	assert_non_null(lpar);
	/* What follows is how that configuration came into force. */
	for (const char *line = lpar; !str_starts(line, "# -- and in force");) {
		size_t n = strcspn(line, "\n") + 1;
		CLEANUP(freep) char *one = strndup(line, n);

		line += n;
		/* The lines of a file's content belong to the file. */
		skip = skip && *one == '\t';
		for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
			skip |= str_starts(one, "file ") && strstr(one, gone[i]);
		for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
			if (str_starts(one, modules[i]) && strstr(one, " boot")) {
				assert_int_equal(buf_printf(&text, "%savailable%s", modules[i],
							    strstr(one, " boot") + 5),
						 0);
				*one = '\0';
			}
		if (!skip)
			assert_int_equal(buf_adds(&text, one), 0);
	}
	if (sim_new(buf_str(&text), text.len, &sys, &where) < 0)
		fail_msg("line %u: expected %s", where.line, where.expected);
	return sys;
}

TEST(a_newcomer_gets_from_nothing_loaded_to_a_matrix_and_a_dasd)
{
	CLEANUP(guided_done) struct guided g;
	const struct inventory *inv;

	begin_on(&g, fresh_lpar());
	inv = session_inventory(g.session);
	assert_false(inventory_module(inv, "kvm")->loaded);
	assert_false(inventory_module(inv, "vfio_ccw")->loaded);
	assert_false(inventory_module(inv, "vfio_ap")->loaded);
	assert_int_equal(inv->n_mdevs, 0);
	say(&g, "load; crypto; 05,06; 0005 0042; same; both");
	commit(&g);
	setup_free(TAKE(g.setup));
	assert_int_equal(setup_new(g.session, &g.setup), 0);
	say(&g, "; channel; 2b09; ");
	commit(&g);
	inv = session_inventory(g.session);
	assert_true(inventory_module(inv, "kvm")->loaded);
	assert_int_equal(inv->n_mdevs, 2);
	assert_int_equal(inv->n_defs, 2);
	assert_true(inv->ap_rule.loads_vfio_ap);
}

TEST(what_cannot_be_chosen_says_why_and_is_refused)
{
	CLEANUP(guided_done) struct guided g;

	begin(&g, "lpar");
	say(&g, "");
	assert_int_equal(option(&g, "type")->number, 0);
	assert_int_equal(setup_answer(g.setup, "type", &g.why), -EINVAL);
	assert_non_null(strstr(g.why.why, "no PCI function offers any"));
	say(&g, "1");
	assert_int_equal(option(&g, "0.0.0190")->number, 0);
	assert_non_null(strstr(option(&g, "0.0.0190")->why_not, "used by"));
	assert_int_equal(setup_answer(g.setup, "0.0.0190", &g.why), -EINVAL);
	assert_int_equal(setup_answer(g.setup, "9999", &g.why), -EINVAL);
	assert_int_equal(setup_answer(g.setup, "1,nonsense", &g.why), -EINVAL);
	assert_int_equal(setup_answer(g.setup, "", &g.why), -EINVAL);
	assert_int_equal(g.setup->step, SETUP_WHICH);
	say(&g, "1-2");
	assert_int_equal(g.setup->n_devs, 2);
}

TEST(back_goes_back_and_leaving_stages_nothing)
{
	CLEANUP(guided_done) struct guided g;

	begin(&g, "lpar");
	assert_false(setup_back(g.setup));
	say(&g, "; crypto; 0a");
	assert_int_equal(g.setup->step, SETUP_DOMAINS);
	assert_true(setup_back(g.setup));
	assert_int_equal(g.setup->step, SETUP_WHICH);
	/* What was answered is kept. */
	assert_non_null(strstr(buf_str(&g.setup->question.about), "Enter takes again: 0a"));
	say(&g, "05; 0005; ; now");
	assert_true(mask_empty(&session_wish(g.session)->mdevs[0].matrix.control));
	assert_false(wish_empty(session_wish(g.session)));
	assert_true(setup_back(g.setup));
	assert_int_equal(g.setup->step, SETUP_WHEN);
	assert_true(wish_empty(session_wish(g.session)));
	say(&g, "boot");
	assert_false(session_wish(g.session)->mdevs[0].reach.live);
	setup_take_back(g.setup);
	assert_true(wish_empty(session_wish(g.session)));
	assert_int_equal(session_undo_depth(g.session), 0);
}

TEST(a_pci_function_takes_its_group_along)
{
	CLEANUP(guided_done) struct guided g;

	begin(&g, "x86");
	say(&g, "; pci");
	assert_non_null(strstr(option(&g, "0000:04:00.0")->why_not, "used by"));
	say(&g, "0000:17:00.1; boot");
	assert_int_equal(session_wish(g.session)->n_drivers, 4);
	assert_int_equal(g.setup->n_made, 4);
	assert_string_equal(
		buf_str(&g.setup->question.about),
		"0000:17:00.0, 0000:17:00.1, 0000:17:00.2 and 0000:17:00.3 go to guests, "
		"at the next boot only: nothing changes now.\n");
}

TEST(a_type_of_a_parent_becomes_a_mediated_device)
{
	CLEANUP(guided_done) struct guided g;

	begin(&g, "x86");
	say(&g, "; type; 1; now");
	assert_string_equal(buf_str(&g.setup->question.about),
			    "A guest gets a mediated device on 0000:65:00.0, now only: a reboot "
			    "takes it back.\n");
	commit(&g);
	assert_non_null(inventory_mdev(session_inventory(g.session), g.setup->made[0].name));
}

/* -- the command -- */

static int command(struct session *s, const char *answers, const char *yes, char **ret_out)
{
	char file[] = "/tmp/vfiocfg-XXXXXX", setup[] = "setup", option_answers[] = "--answers",
	     option_yes[] = "--yes";
	char *argv[] = { setup, option_answers, file, yes ? option_yes : NULL, NULL };
	struct batch b = { .session = s, .argc = yes ? 4 : 3, .argv = argv };
	FILE *f = fdopen(mkstemp(file), "w");
	CLEANUP(freep) char *err = NULL;
	size_t n, n_err;
	int code;

	fputs(answers, f);
	fclose(f);
	b.out = open_memstream(ret_out, &n);
	b.err = open_memstream(&err, &n_err);
	code = batch_run(&b);
	fclose(b.out);
	fclose(b.err);
	unlink(file);
	return code;
}

TEST(answers_are_kept_on_the_way_back_until_another_kind_is_chosen)
{
	CLEANUP(guided_done) struct guided g;

	begin(&g, "lpar");
	say(&g, "; crypto; 05,06; 0005");
	while (g.setup->step > SETUP_KIND)
		assert_true(setup_back(g.setup));
	say(&g, "; ; ");
	assert_int_equal(g.setup->step, SETUP_CONTROL);
	assert_true(mask_has(&g.setup->adapters, 5) && mask_has(&g.setup->adapters, 6));
	assert_true(mask_has(&g.setup->domains, 5));
	while (g.setup->step > SETUP_KIND)
		assert_true(setup_back(g.setup));
	say(&g, "channel");
	assert_int_equal(setup_answer(g.setup, "", &g.why), -EINVAL);
	assert_true(wish_empty(session_wish(g.session)));
}

TEST(a_matrix_that_there_is_gets_more_and_keeps_the_rest)
{
	CLEANUP(guided_done) struct guided g;
	const struct mdev *m;
	const struct mdev_def *def;
	struct matrix defined;

	begin(&g, "lpar");
	memcpy(g.setup->uuid, UUID, sizeof(UUID));
	say(&g, "; crypto; 05; 0005; same; both");
	commit(&g);
	setup_free(TAKE(g.setup));
	assert_int_equal(setup_new(g.session, &g.setup), 0);
	say(&g, "; matrix; " UUID "; ; 0005,0042; ; both");
	assert_string_equal(buf_str(&g.setup->question.about),
			    "A guest has matrix 7e270a25 with adapters 05 and domains 0005,0042 "
			    "(queues: 2), now, and again at every boot.\n");
	commit(&g);
	m = inventory_mdev(session_inventory(g.session), UUID);
	def = inventory_def(session_inventory(g.session), UUID, NULL);
	assert_non_null(m);
	assert_non_null(def);
	assert_true(mask_has(&m->matrix->adapters, 5) && mask_has(&m->matrix->domains, 5) &&
		    mask_has(&m->matrix->domains, 0x42));
	assert_true(mask_has(&m->matrix->control, 5) && !mask_has(&m->matrix->control, 0x42));
	defined = def_matrix(def);
	assert_true(matrix_eq(m->matrix, &defined));
	assert_string_equal(g.setup->made[0].name, UUID);
}

TEST(control_domains_are_none_or_some_and_not_both)
{
	CLEANUP(guided_done) struct guided g;

	begin(&g, "lpar");
	say(&g, "; crypto; 05; 0005");
	assert_int_equal(setup_answer(g.setup, "none,same", &g.why), -EINVAL);
	assert_int_equal(g.setup->step, SETUP_CONTROL);
	say(&g, "0004,same");
	assert_true(mask_has(&g.setup->control, 4) && mask_has(&g.setup->control, 5));
}

TEST(a_domain_is_never_taken_for_a_line_of_the_list)
{
	CLEANUP(guided_done) struct guided g;

	begin(&g, "lpar");
	say(&g, "; crypto; 5");
	assert_int_equal(setup_answer(g.setup, "4,ab", &g.why), -EINVAL);
	assert_non_null(strstr(g.why.why, "number 4 of the list, or 0004"));
	assert_int_equal(setup_answer(g.setup, "3-4", &g.why), -EINVAL);
	say(&g, "0004,ab");
	assert_true(mask_has(&g.setup->domains, 0x04) && mask_has(&g.setup->domains, 0xab));
	assert_int_equal(mask_count(&g.setup->domains), 2);
}

TEST(answers_come_from_a_file_where_nobody_sits)
{
	CLEANUP(guided_done) struct guided g;
	CLEANUP(freep) char *out = NULL;

	begin(&g, "lpar");
	assert_int_equal(command(g.session,
				 "# a disk\nkind = channel\nwhich=2b09\nuuid = " UUID "\n", "yes",
				 &out),
			 EXIT_OK);
	assert_non_null(
		strstr(out, "-device vfio-ccw,id=hostdev0,sysfsdev=/sys/bus/mdev/devices/" UUID));
	assert_non_null(strstr(out, "--hostdev mdev_7e270a25_"));
	assert_non_null(inventory_mdev(session_inventory(g.session), UUID));
}

TEST(a_file_that_leaves_a_question_open_changes_nothing)
{
	CLEANUP(guided_done) struct guided g;
	CLEANUP(freep) char *out = NULL, *again = NULL, *odd = NULL;

	begin(&g, "lpar");
	assert_int_equal(command(g.session, "kind = channel\n", "yes", &out), EXIT_ERRORS);
	assert_int_equal(command(g.session, "kin = channel\n", "yes", &again), EXIT_ERRORS);
	assert_int_equal(command(g.session, "channel\n", "yes", &odd), EXIT_ERRORS);
	assert_true(wish_empty(session_wish(g.session)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_dasd_goes_to_a_guest_by_five_answers),
		CASE(a_newcomer_gets_from_nothing_loaded_to_a_matrix_and_a_dasd),
		CASE(what_cannot_be_chosen_says_why_and_is_refused),
		CASE(back_goes_back_and_leaving_stages_nothing),
		CASE(a_pci_function_takes_its_group_along),
		CASE(a_type_of_a_parent_becomes_a_mediated_device),
		CASE(answers_are_kept_on_the_way_back_until_another_kind_is_chosen),
		CASE(a_matrix_that_there_is_gets_more_and_keeps_the_rest),
		CASE(control_domains_are_none_or_some_and_not_both),
		CASE(a_domain_is_never_taken_for_a_line_of_the_list),
		CASE(answers_come_from_a_file_where_nobody_sits),
		CASE(a_file_that_leaves_a_question_open_changes_nothing),
	};

	return RUN(tests);
}
