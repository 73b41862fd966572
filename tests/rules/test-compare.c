/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include "rules/compare.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_values(void **state)
{
	static const struct {
		enum value_type type;
		const char *a, *b;
		int want;
	} cases[] = {
		{VALUE_STRING, NULL, NULL, 0},
		{VALUE_STRING, NULL, "", -1},
		{VALUE_INTEGER, NULL, "1", -1},
		{VALUE_NUMBER, NULL, NULL, 0},
		{VALUE_VERSION, NULL, "0", -1},
		{VALUE_STRING, "abc", "ABC", 0},
		{VALUE_STRING, "10", "9", -1},
		{VALUE_STRING, "", "a", -1},
		{VALUE_INTEGER, "10", "9", 1},
		{VALUE_INTEGER, " 10", "+10 apples", 0},
		{VALUE_INTEGER, "-1", "1", -1},
		{VALUE_INTEGER, "9223372036854775807", "9223372036854775806", 1},
		/* What is no integer is compared as text. */
		{VALUE_INTEGER, "99999999999999999999", "9", 1},
		{VALUE_INTEGER, "x", "1", 1},
		{VALUE_INTEGER, "", "1", -1},
		{VALUE_NUMBER, "1.5", "1.25", 1},
		{VALUE_NUMBER, "1e3", "999.9", 1},
		{VALUE_NUMBER, "0", "0.0", 0},
		{VALUE_NUMBER, "-0.5", "0", -1},
		{VALUE_NUMBER, "-0", "0", -1}, /* as texts */
		{VALUE_NUMBER, "1e999", "2", -1},
		{VALUE_NUMBER, "one", "1", 1},
		{VALUE_NUMBER, "nan", "1", 0},
		{VALUE_VERSION, "1.2", "1.10", -1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(sign(value_compare(cases[i].a, cases[i].b, cases[i].type)), cases[i].want);
		assert_int_equal(sign(value_compare(cases[i].b, cases[i].a, cases[i].type)), -cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
