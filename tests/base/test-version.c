/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_versions(void **state)
{
	/* Ascending; those in one row are equal. */
	static const char *const rows[][4] = {
		{"", "0", "abc", ".5"},
		{"0.1", " 0.1", "0.1.0", "\t0.01"},
		{"1", "1.0", "1-rc7", "1."},
		{"1.2", "1.2x", "1.2..9", "01.002"},
		{"1.10", "1.10.0", "1.10~3", "1.10 "},
		{"2", "2.0.0.0", "2.0", "2,9"},
		{"3.20.5", " 3.20.5", "3.20.5.0", "3.20.5+git"},
		{"9223372036854775807", "99999999999999999999", "9223372036854775808", "9223372036854775807.0"},
	};
	const size_t count = sizeof(rows) / sizeof(rows[0]);
	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			for (size_t k = 0; k < 16; k++)
				assert_int_equal(sign(version_compare(rows[i][k / 4], rows[j][k % 4])),
						 (i > j) - (i < j));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
