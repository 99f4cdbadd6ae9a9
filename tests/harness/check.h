/* SPDX-License-Identifier: MIT */
/*
 * What every test program starts with: cmocka, and names that are sentences.
 *
 *	TEST(a_short_mask_is_left_aligned) { ... }
 *	int main(void) { const struct CMUnitTest tests[] = { CASE(a_short_mask_is_left_aligned), }; return RUN(tests); }
 */
#ifndef CHECK_H
#define CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>

#define TEST(name) static void name(__attribute__((unused)) void **state)
#define CASE(name) cmocka_unit_test(name)
/* Files that tests make are what they say, whoever runs them. */
#define RUN(tests) (umask(022), cmocka_run_group_tests(tests, NULL, NULL))

#endif
