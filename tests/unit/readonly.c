/* SPDX-License-Identifier: MIT */
/* Read-only is a promise of the model: every edit, every action and every command on a machine that counts what is asked of it. */
#include "app.h"
#include "batch.h"
#include "check.h"
#include "faulty.h"
#include "mem.h"
#include "readonly.h"
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EDITS(inside) "{\"vfiocfg-edits\": 1, " inside "}"
#define NEW_UUID      "7e270a25-e163-4922-af60-757fc8ed48c6"
#define MATRIX_UUID   "2d5e8a90-7c44-4b0e-b6f2-91d3c5a7e842"

/* Each kind of edit, on the machine lpar (or lpar72 where only that one takes it). */
static const struct {
	const char *machine, *edits;
} kinds[] = {
	{ "lpar", EDITS("\"drivers\": {\"css/0.0.0313\": \"vfio_ccw\"}") },
	{ "lpar",
	  EDITS("\"drivers\": {\"css/0.0.0313\": {\"driver\": \"vfio_ccw\", \"live\": false}}") },
	{ "lpar", EDITS("\"drivers\": {\"pci/0002:00:00.0\": {\"driver\": \"vfio-pci\", "
			"\"persist\": false}}") },
	{ "lpar", EDITS("\"ap\": {\"mode\": \"masks\", \"guest-queues\": [\"05.0004\"]}") },
	{ "lpar",
	  EDITS("\"ap\": {\"apmask\": "
		"\"0xfbfff7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"}") },
	{ "lpar72", EDITS("\"ap\": {\"mode\": \"override\", \"guest-queues\": [\"05.0004\"]}") },
	{ "lpar", EDITS("\"mdevs\": [{\"uuid\": \"" NEW_UUID
			"\", \"parent\": \"matrix\", \"type\": \"vfio_ap-passthrough\", \"start\": "
			"\"auto\", \"active\": true}]") },
	{ "lpar", EDITS("\"mdevs\": [{\"uuid\": \"" MATRIX_UUID "\", \"start\": \"auto\"}]") },
	{ "lpar",
	  EDITS("\"mdevs\": [{\"uuid\": \"" MATRIX_UUID "\", \"domains\": [\"0x00ab\"]}]") },
	{ "lpar", EDITS("\"mdevs\": [{\"uuid\": \"" MATRIX_UUID "\", \"active\": false}]") },
	{ "lpar", EDITS("\"mdevs\": [{\"uuid\": \"" MATRIX_UUID "\", \"delete\": true}]") },
	{ "x86", EDITS("\"sriov\": {\"pci/0000:3b:00.0\": 2}") },
	{ "lpar", EDITS("\"modules\": {\"ctcm\": true}") },
};

/* A machine that would let itself be written to, and counts how often anybody tries. */
struct watched {
	struct sys *sim, *counts, *looks;
	struct session *session;
};

static struct watched watched_new(const char *machine, bool session_read_only)
{
	struct session_opts opts = { .read_only = session_read_only };
	struct watched w = { 0 };

	assert_int_equal(sim_new_named(machine, &w.sim), 0);
	assert_int_equal(faulty_new(w.sim, 0, FAULT_REFUSED, EIO, &w.counts), 0);
	assert_int_equal(readonly_new(w.counts, &w.looks), 0);
	assert_int_equal(session_new(session_read_only ? w.counts : w.looks, &opts, &w.session), 0);
	return w;
}

static void watched_done(struct watched *w)
{
	unsigned asked = faulty_count(w->counts);

	session_free(w->session);
	sys_free(w->looks);
	sys_free(w->counts);
	sys_free(w->sim);
	assert_int_equal(asked, 0);
}

static struct consent all_of(const struct session *s, const char **names)
{
	const struct findings *f = session_findings(s);
	struct consent c = { .overrides = names, .conflicts = true, .not_undoable = true };

	for (size_t i = 0; i < f->n && c.n_overrides < 64; i++)
		names[c.n_overrides++] = f->v[i].dev.name;
	return c;
}

TEST(every_kind_of_edit_has_a_plan_and_is_refused_without_a_single_write)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		const char *edits = kinds[i / 2].edits, *names[64];
		struct watched w = watched_new(kinds[i / 2].machine, i % 2);
		struct txn_report rep = { 0 };
		struct msg why = { 0 };
		struct consent c;
		int r;

		if (session_load(w.session, edits, strlen(edits), "edits", false, &why) < 0)
			fail_msg("%s: %s %s", edits, why.what, why.why);
		if (!session_plan(w.session)->n_steps)
			fail_msg("%s: no plan", edits);
		c = all_of(w.session, names);
		r = session_commit(w.session, &c, NULL, &rep, &why);
		if (r != -EROFS)
			fail_msg("%s: %d %s %s", edits, r, why.what, why.why);
		/* and whoever runs the plan himself */
		txn_report_done(&rep);
		assert_int_equal(
			txn_run(w.looks, session_plan(w.session), &(struct txn_opts){ 0 }, &rep),
			0);
		assert_int_equal(rep.result, TXN_REFUSED);
		assert_int_equal(rep.err, -EROFS);
		txn_report_done(&rep);
		msg_done(&why);
		watched_done(&w);
	}
}

static void try_action(struct app *a, const struct action *action)
{
	static const char *const args[] = { "", "1", "2b09", "05 0004", "vfio_ccw", "2" };

	for (size_t i = 0; i < ARRAY_SIZE(args); i++) {
		char line[96];

		/* Files of the operator are not the machine's. */
		if (str_eq(action->word, "save") || str_eq(action->word, "load"))
			continue;
		snprintf(line, sizeof(line), "%s %s", action->word, args[i]);
		app_line(a, line);
		app_line(a, "yes");
		app_key(a, K_ENTER);
		app_key(a, 'y');
		for (int k = 0; a->dialog && k < 8; k++)
			app_line(a, k < 6 ? "yes" : "cancel");
		while (a->dialog)
			app_close(a);
		a->quit = false;
	}
}

TEST(no_action_at_any_place_writes_to_a_machine_that_is_open_for_reading)
{
	static const char *const machines[] = { "lpar", "x86" };
	struct app_opts opts = { .ascii = true, .paged = true };

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct watched w = watched_new(machines[i], true);
		struct canvas c;
		struct app *a;

		assert_int_equal(app_new(w.session, &opts, &a), 0);
		assert_int_equal(canvas_init(&c, 24, 80, true), 0);
		for (int place = 0; place < P_COUNT; place++)
			for (const struct action *action = actions; action->word; action++) {
				app_go(a, (enum place)place);
				app_draw(a, &c);
				try_action(a, action);
			}
		canvas_done(&c);
		app_free(a);
		watched_done(&w);
	}
}

static int command(struct watched *w, const char *line, const char *input)
{
	CLEANUP(freep) char *copy = strdup(line);
	CLEANUP(freep) char *text = strdup(input);
	char *argv[12] = { 0 }, *rest = copy, *said = NULL;
	struct batch b = { .session = w->session, .argv = argv };
	size_t size;
	int code;

	while (rest && b.argc < 11)
		argv[b.argc++] = strsep(&rest, " ");
	b.in = fmemopen(text, strlen(text), "r");
	b.out = b.err = open_memstream(&said, &size);
	assert_true(b.in && b.out);
	code = batch_run(&b);
	fclose(b.in);
	fclose(b.out);
	free(said);
	return code;
}

TEST(no_command_writes_to_a_machine_that_is_open_for_reading)
{
	static const char *const lines[] = {
		"list all",	"show 2b09",	 "check",	   "doctor",
		"plan -",	"apply - --yes", "export",	   "history",
		"undo 1 --yes", "recover",	 "undo all --yes", "setup --yes",
	};
	struct watched w = watched_new("lpar", true);

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		int code = command(&w, lines[i], kinds[0].edits);

		if (str_eq(lines[i], "apply - --yes"))
			assert_int_equal(code, EXIT_ERRORS);
	}
	watched_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_kind_of_edit_has_a_plan_and_is_refused_without_a_single_write),
		CASE(no_action_at_any_place_writes_to_a_machine_that_is_open_for_reading),
		CASE(no_command_writes_to_a_machine_that_is_open_for_reading),
	};

	return RUN(tests);
}
