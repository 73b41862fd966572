/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_all_bits_move(void **state)
{
	uint64_t ones = 0, zeroes = 0;
	(void)state;
	for (int i = 0; i < 64; i++) {
		uint64_t v = random_u64();
		ones |= v;
		zeroes |= ~v;
	}
	assert_int_equal(ones, UINT64_MAX);
	assert_int_equal(zeroes, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_bits_move)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
