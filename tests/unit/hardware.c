/* SPDX-License-Identifier: MIT */
/* What stood behind an address is noted at a commit, and another there is noticed. */
#include "hardware.h"
#include "check.h"
#include "fixture.h"
#include "session.h"
#include "sim_tree.h"
#include "sys.h"

#include <errno.h>
#include <string.h>

#define FILE_PATH "/var/lib/vfiocfg/hardware"
#define SUBCH	  "0.0.0313"

/* What of these facts is another on a machine with one subchannel, one function, one adapter; "" nothing. */
static void compare(const char *dev, const char *facts, char ret[static 64])
{
	struct fixture f = fixture_new();
	struct hardware h = { .facts = facts, .uid_now = "IBM.75.2500.0a" };
	CLEANUP(buf_done) struct buf fact = { 0 };
	CLEANUP(buf_done) struct buf was = { 0 };
	CLEANUP(buf_done) struct buf is = { 0 };
	struct ap_card *card = calloc(1, sizeof(*card));
	struct pci_fn *fn = fixture_pci(&f, "0000:3b:00.1", "vfio-pci", 7);

	*card = (struct ap_card){ .refs = 1, .id = 5, .type = "CEX8C", .serial = "93AADHZU" };
	fixture_push(&f, cards, n_cards, card);
	fn->vendor = 0x15b3;
	fn->device = 0x1016;
	fixture_subch(&f, SUBCH, "0.0.2b09", "vfio_ccw");
	fixture_edit(&f, "");
	assert_int_equal(devid_parse(dev, &h.dev), 0);
	if (hardware_changed(f.inv, &h, &fact, &was, &is))
		snprintf(ret, 64, "%s %s %s", buf_str(&fact), buf_str(&was), buf_str(&is));
	else
		*ret = '\0';
	fixture_done(&f);
}

TEST(only_facts_that_both_sides_know_are_compared)
{
	static const struct {
		const char *dev, *facts, *differs;
	} rows[] = {
		{ "css/" SUBCH, " dev=0.0.2b09", "" },
		{ "css/" SUBCH, " dev=0.0.2b0a", "dev 0.0.2b0a 0.0.2b09" },
		{ "css/" SUBCH, " dev=0.0.2b0", "dev 0.0.2b0 0.0.2b09" },
		{ "css/" SUBCH, " dev=0.0.2b09 chpid=50", "" },
		{ "css/" SUBCH, " uid=IBM.75.2500.09", "uid IBM.75.2500.09 IBM.75.2500.0a" },
		{ "css/0.0.0999", " dev=0.0.2b0a", "" },
		{ "pci/0000:3b:00.1", " id=15b3:1016 sub=0000:0000", "" },
		{ "pci/0000:3b:00.1", " id=15b3:1018", "id 15b3:1018 15b3:1016" },
		{ "ap/05.0004", " type=CEX8C serial=93AADHZU", "" },
		{ "ap/05.0004", " type=CEX8C serial=93AADHZV", "serial 93AADHZV 93AADHZU" },
		{ "ap/05.0004", " type=CEX8C serial=", "" },
		{ "ap/05.0004", " = == =x", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];

		compare(rows[i].dev, rows[i].facts, text);
		assert_string_equal(text, rows[i].differs);
	}
}

static struct session *open_lpar(struct sys **ret_sys)
{
	const struct session_opts opts = { .who = "test" };
	struct session *s;

	assert_int_equal(sim_new_named("lpar", ret_sys), 0);
	assert_int_equal(session_new(*ret_sys, &opts, &s), 0);
	return s;
}

static void give_one(struct session *s, const char *name, const char *driver)
{
	const struct consent c = { .conflicts = true, .not_undoable = true };
	struct txn_report report = { 0 };
	struct devid dev = { .bus = BUS_CSS };
	struct msg why = { 0 };

	strcpy(dev.name, name);
	assert_int_equal(session_set_driver(s, &dev, driver, (struct reach){ true, true }, &why),
			 0);
	if (session_commit(s, &c, NULL, &report, &why) < 0)
		fail_msg("%s", why.what);
	assert_int_equal(report.result, TXN_COMMITTED);
	txn_report_done(&report);
}

static void give(struct session *s, const char *driver)
{
	give_one(s, SUBCH, driver);
}

TEST(a_commit_notes_what_it_gives_away_as_it_was_with_the_host)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = open_lpar(&sys);
	CLEANUP(buf_done) struct buf text = { 0 };

	give(s, "vfio_ccw");
	assert_int_equal(sys_read(sys, FILE_PATH, &text), 0);
	assert_non_null(strstr(buf_str(&text), "css/" SUBCH " dev=0.0.2b09 type=3390/0c cu=3990"));
	assert_int_equal(session_inventory(s)->n_hardware, 1);
	/* What is the host's again needs no note. */
	give(s, "");
	buf_reset(&text);
	assert_int_equal(session_rescan(s), 0);
	for (size_t i = 0; i < session_findings(s)->n; i++)
		assert_string_not_equal(session_findings(s)->v[i].rule, "hardware-changed");
}

TEST(what_is_accepted_is_noted_anew_by_an_edit_that_can_be_dropped)
{
	static const char before[] = "css/" SUBCH " dev=0.0.2b08\nnonsense\n";
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = open_lpar(&sys);
	CLEANUP(buf_done) struct buf text = { 0 };
	struct devid dev = { BUS_CSS, SUBCH };
	const struct consent c = { 0 };
	struct txn_report report = { 0 };
	struct msg why = { 0 };

	give(s, "vfio_ccw");
	assert_int_equal(session_accept(s, &dev, &why), -EALREADY);
	assert_int_equal(why.id, MSG_SAME_HARDWARE);
	assert_int_equal(sim_put_file((struct sim *)(void *)sys, FILE_PATH, 0644, before), 0);
	assert_int_equal(session_rescan(s), 0);
	assert_int_equal(session_accept(s, &dev, &why), 0);
	assert_int_equal(session_plan(s)->n_steps, 1);
	assert_int_equal(session_unstage(s, &dev, &why), 0);
	assert_int_equal(wish_count(session_wish(s)), 0);
	assert_int_equal(session_accept(s, &dev, &why), 0);
	assert_int_equal(session_commit(s, &c, NULL, &report, &why), 0);
	assert_int_equal(report.result, TXN_COMMITTED);
	assert_int_equal(sys_read(sys, FILE_PATH, &text), 0);
	assert_string_equal(buf_str(&text), "nonsense\ncss/" SUBCH " dev=0.0.2b09\n");
	assert_int_equal(session_accept(s, &dev, &why), -EALREADY);
	txn_report_done(&report);
	msg_done(&why);
}

/* Two full screens are open for hours, and each gives something away. */
TEST(what_another_session_has_noted_since_this_one_looked_stays)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = open_lpar(&sys);
	CLEANUP(session_freep) struct session *other = NULL;
	CLEANUP(buf_done) struct buf text = { 0 };

	assert_int_equal(session_new(sys, &(struct session_opts){ .who = "other" }, &other), 0);
	give_one(other, "0.0.0317", "vfio_ccw");
	give(s, "vfio_ccw");
	assert_int_equal(sys_read(sys, FILE_PATH, &text), 0);
	assert_non_null(strstr(buf_str(&text), "css/0.0.0317 dev="));
	assert_non_null(strstr(buf_str(&text), "css/" SUBCH " dev="));
	give_one(other, "0.0.0317", "");
	buf_reset(&text);
	assert_int_equal(sys_read(sys, FILE_PATH, &text), 0);
	assert_null(strstr(buf_str(&text), "css/0.0.0317"));
	assert_non_null(strstr(buf_str(&text), "css/" SUBCH " dev="));
}

TEST(lines_that_are_not_understood_are_passed_over)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *s = NULL;
	CLEANUP(buf_done) struct buf text = { 0 };
	const struct session_opts opts = { .who = "test" };

	for (int i = 0; i < 500; i++)
		buf_adds(&text, "long=long ");
	assert_int_equal(sim_new_named("lpar", &sys), 0);
	buf_adds(&text, "\ncss/../../etc type=1\n\n \ncss/0.0.0314 a=\033[2J\nnonsense\n"
			"css/" SUBCH " dev=0.0.2b09");
	assert_int_equal(sim_put_file((struct sim *)(void *)sys, FILE_PATH, 0644, buf_str(&text)),
			 0);
	assert_int_equal(session_new(sys, &opts, &s), 0);
	assert_int_equal(session_inventory(s)->n_hardware, 1);
	assert_string_equal(session_inventory(s)->hardware[0].dev.name, SUBCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(only_facts_that_both_sides_know_are_compared),
		CASE(a_commit_notes_what_it_gives_away_as_it_was_with_the_host),
		CASE(what_is_accepted_is_noted_anew_by_an_edit_that_can_be_dropped),
		CASE(what_another_session_has_noted_since_this_one_looked_stays),
		CASE(lines_that_are_not_understood_are_passed_over),
	};

	return RUN(tests);
}
