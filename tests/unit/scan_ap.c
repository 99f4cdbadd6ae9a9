/* SPDX-License-Identifier: MIT */
#include "machine.h"

#define ONES "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n"

/* A bus with two masks and nothing on it. */
static struct machine ap_machine(void)
{
	struct machine m = machine_new();

	tree_put(&m.tree, "/sys/bus/ap/apmask", ONES);
	tree_put(&m.tree, "/sys/bus/ap/aqmask", ONES);
	tree_dir(&m.tree, "/sys/bus/ap/devices");
	return m;
}

TEST(without_the_bus_there_is_no_crypto_and_no_problem)
{
	CLEANUP(machine_done) struct machine m = machine_new();

	machine_scan(&m);
	assert_false(m.inv->ap.present);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(granted_masks_that_are_not_supported_are_not_known)
{
	CLEANUP(machine_done) struct machine m = ap_machine();

	tree_put(&m.tree, "/sys/bus/ap/ap_adapter_mask", "not supported\n");
	tree_put(&m.tree, "/sys/bus/ap/ap_domain", "-1\n");
	machine_scan(&m);
	assert_true(m.inv->ap.masks_known);
	assert_false(m.inv->ap.config_known);
	assert_int_equal(m.inv->ap.default_domain, -1);
	assert_int_equal(m.inv->ap.max_domain, 255);
	assert_int_equal(m.inv->n_problems, 0);
}

TEST(a_short_mask_is_not_taken_for_one)
{
	CLEANUP(machine_done) struct machine m = ap_machine();

	tree_put(&m.tree, "/sys/bus/ap/aqmask", "0xff\n");
	machine_scan(&m);
	assert_false(m.inv->ap.masks_known);
	assert_non_null(machine_problem(&m, "/sys/bus/ap/aqmask"));
}

TEST(an_overridden_queue_shows_its_override)
{
	CLEANUP(machine_done) struct machine m = ap_machine();
	const struct ap_queue *q;

	tree_put(&m.tree, "/sys/bus/ap/devices/05.0004/driver_override", "vfio_ap\n");
	tree_put(&m.tree, "/sys/bus/ap/devices/05.0004/status", "in use\n");
	tree_link(&m.tree, "/sys/bus/ap/devices/05.0004/driver", "../../drivers/vfio_ap");
	tree_put(&m.tree, "/sys/bus/ap/devices/05.0005/driver_override", "\n");
	machine_scan(&m);
	q = inventory_queue(m.inv, APQN(5, 4));
	assert_string_equal(q->override, "vfio_ap");
	assert_string_equal(q->status, "in use");
	assert_null(inventory_queue(m.inv, APQN(5, 5))->override);
	assert_true(m.inv->ap.has_override);
}

TEST(a_card_shows_what_it_is_and_names_that_are_none_are_listed)
{
	CLEANUP(machine_done) struct machine m = ap_machine();
	const struct ap_card *c;
	char text[32];

	tree_put(&m.tree, "/sys/bus/ap/devices/card0a/hwtype", "14\n");
	tree_put(&m.tree, "/sys/bus/ap/devices/card0a/type", "CEX8A\n");
	tree_put(&m.tree, "/sys/bus/ap/devices/card0a/ap_functions", "0xEA010000\n");
	tree_put(&m.tree, "/sys/bus/ap/devices/card0a/config", "0\n");
	tree_put(&m.tree, "/sys/bus/ap/devices/card0A/hwtype", "14\n");
	machine_scan(&m);
	c = inventory_card(m.inv, 10);
	assert_int_equal(m.inv->n_cards, 1);
	assert_int_equal(c->functions, 0xea010000);
	assert_int_equal(c->config, 0);
	assert_int_equal(c->chkstop, -1);
	inventory_what(m.inv, &(struct devid){ BUS_AP, "0a.0001" }, text, sizeof(text));
	assert_string_equal(text, "CEX8A (accelerator)");
	assert_non_null(machine_problem(&m, "/sys/bus/ap/devices"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_the_bus_there_is_no_crypto_and_no_problem),
		CASE(granted_masks_that_are_not_supported_are_not_known),
		CASE(a_short_mask_is_not_taken_for_one),
		CASE(an_overridden_queue_shows_its_override),
		CASE(a_card_shows_what_it_is_and_names_that_are_none_are_listed),
	};

	return RUN(tests);
}
