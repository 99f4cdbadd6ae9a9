/* SPDX-License-Identifier: MIT */
#include "attrs.h"
#include "check.h"
#include "mem.h"

#include <errno.h>

struct list {
	struct attr *v;
	size_t n;
};

static void list_done(struct list *l)
{
	attrs_free(l->v, l->n);
}

static void add(struct list *l, const char *name, const char *value)
{
	assert_int_equal(attrs_add(&l->v, &l->n, name, value), 0);
}

static struct matrix matrix_of(int a1, int a2, int d1, int d2, int k)
{
	struct matrix m = { 0 };

	mask_set(&m.adapters, (unsigned)a1, true);
	mask_set(&m.adapters, (unsigned)a2, true);
	mask_set(&m.domains, (unsigned)d1, true);
	mask_set(&m.domains, (unsigned)d2, true);
	mask_set(&m.control, (unsigned)k, true);
	return m;
}

/* "adapter=5 domain=4 ..." without the assign_ */
static const char *text_of(const struct list *l)
{
	static struct buf b;

	buf_reset(&b);
	for (size_t i = 0; i < l->n; i++)
		buf_printf(&b, "%s%s=%s", i ? " " : "",
			   str_starts(l->v[i].name, "assign_") ? l->v[i].name + 7 : l->v[i].name,
			   l->v[i].value);
	return buf_str(&b);
}

TEST(numbers_are_read_in_every_spelling)
{
	CLEANUP(list_done) struct list l = { 0 };
	struct matrix m, expect = matrix_of(5, 6, 8, 0xab, 4);

	add(&l, "assign_adapter", "5,0x06");
	add(&l, "assign_domain", "010");
	add(&l, "assign_domain", "0xab");
	add(&l, "assign_control_domain", "4");
	assert_int_equal(attrs_to_matrix(l.v, l.n, &m), 0);
	assert_true(matrix_eq(&m, &expect));
}

TEST(five_is_five_in_decimal_hexadecimal_and_octal)
{
	static const char *const spelled[] = { "5", "0x05", "0X5", "005", "05", "5,5" };

	for (size_t i = 0; i < ARRAY_SIZE(spelled); i++) {
		CLEANUP(list_done) struct list l = { 0 };
		struct matrix m;

		add(&l, "assign_adapter", spelled[i]);
		assert_int_equal(attrs_to_matrix(l.v, l.n, &m), 0);
		assert_int_equal(mask_count(&m.adapters), 1);
		assert_true(mask_has(&m.adapters, 5));
	}
}

TEST(ap_config_replaces_what_came_before_it)
{
	CLEANUP(list_done) struct list l = { 0 };
	struct matrix m;

	add(&l, "assign_adapter", "9");
	add(&l, "ap_config", "0x06,0x08,0x08");
	assert_int_equal(attrs_to_matrix(l.v, l.n, &m), 0);
	assert_false(mask_has(&m.adapters, 9));
	assert_true(mask_has(&m.adapters, 5) && mask_has(&m.adapters, 6));
	assert_true(mask_has(&m.domains, 4) && mask_has(&m.control, 4));
}

TEST(what_is_no_number_is_said_and_the_rest_is_read)
{
	const char *bad[] = { "", "x", "256", "-1", "5,", ",5", "5;6", " 5", "0x", "08" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(list_done) struct list l = { 0 };
		struct matrix m;

		add(&l, "assign_adapter", bad[i]);
		add(&l, "assign_domain", "4");
		assert_int_equal(attrs_to_matrix(l.v, l.n, &m), -EINVAL);
		assert_true(mask_has(&m.domains, 4));
	}
}

TEST(a_new_matrix_is_written_in_decimal_adapters_domains_control_domains)
{
	CLEANUP(list_done) struct list l = { 0 };
	struct matrix m = matrix_of(5, 5, 4, 0xab, 4);

	assert_int_equal(attrs_from_matrix(&l.v, &l.n, &m), 0);
	assert_string_equal(text_of(&l), "adapter=5 domain=4 domain=171 control_domain=4");
}

TEST(an_edit_keeps_spelling_and_place_of_what_stays)
{
	CLEANUP(list_done) struct list l = { 0 };
	struct matrix m = matrix_of(5, 6, 4, 0x42, 4);

	add(&l, "assign_domain", "0x04");
	add(&l, "assign_adapter", "0x05");
	add(&l, "note", "kept");
	add(&l, "assign_domain", "0xab");
	assert_int_equal(attrs_from_matrix(&l.v, &l.n, &m), 0);
	assert_string_equal(text_of(&l), "domain=0x04 adapter=0x05 adapter=6 domain=66 "
					 "control_domain=4 note=kept");
}

TEST(an_unchanged_matrix_leaves_the_attributes_as_they_are)
{
	CLEANUP(list_done) struct list l = { 0 };
	struct matrix m;

	add(&l, "assign_domain", "4,0xab");
	add(&l, "assign_adapter", "005");
	assert_int_equal(attrs_to_matrix(l.v, l.n, &m), 0);
	assert_int_equal(attrs_from_matrix(&l.v, &l.n, &m), 0);
	assert_string_equal(text_of(&l), "domain=4,0xab adapter=005");
}

TEST(ap_config_is_rewritten_in_place)
{
	CLEANUP(list_done) struct list l = { 0 };
	struct matrix m = matrix_of(1, 1, 2, 2, 3), again;

	add(&l, "ap_config", "8,8,8");
	assert_int_equal(attrs_from_matrix(&l.v, &l.n, &m), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(attrs_to_matrix(l.v, l.n, &again), 0);
	assert_true(matrix_eq(&m, &again));
}

TEST(two_matrices_meet_only_where_adapter_and_domain_are_shared)
{
	struct matrix a = matrix_of(5, 6, 4, 4, 0), b = matrix_of(6, 7, 4, 5, 0);
	struct matrix c = matrix_of(5, 6, 5, 5, 0);
	apqn_t q;

	assert_true(matrix_meets(&a, &b, &q));
	assert_int_equal(q, APQN(6, 4));
	assert_false(matrix_meets(&a, &c, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(numbers_are_read_in_every_spelling),
		CASE(five_is_five_in_decimal_hexadecimal_and_octal),
		CASE(ap_config_replaces_what_came_before_it),
		CASE(what_is_no_number_is_said_and_the_rest_is_read),
		CASE(a_new_matrix_is_written_in_decimal_adapters_domains_control_domains),
		CASE(an_edit_keeps_spelling_and_place_of_what_stays),
		CASE(an_unchanged_matrix_leaves_the_attributes_as_they_are),
		CASE(ap_config_is_rewritten_in_place),
		CASE(two_matrices_meet_only_where_adapter_and_domain_are_shared),
	};

	return RUN(tests);
}
