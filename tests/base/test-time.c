/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void time_is_counted_forward_only(void **state)
{
	mono_time early = {5000000}, late = mono_time_add_ms(early, 3);

	(void)state;
	assert_int_equal(late.ns, 8000000);
	assert_true(mono_time_before(early, late));
	assert_false(mono_time_before(late, early));
	assert_false(mono_time_before(early, early));
	assert_int_equal(mono_time_since_ns(late, early), 3000000);
	assert_int_equal(mono_time_since_ms(late, early), 3);
	assert_int_equal(mono_time_since_ns(early, late), 0);
	assert_int_equal(mono_time_since_ms(early, late), 0);
}

static void zero_is_no_time(void **state)
{
	(void)state;
	assert_false(mono_time_is_set((mono_time){0}));
	assert_true(mono_time_is_set((mono_time){1}));
	assert_int_equal(mono_time_first((mono_time){0}, (mono_time){7}).ns, 7);
	assert_int_equal(mono_time_first((mono_time){7}, (mono_time){0}).ns, 7);
	assert_int_equal(mono_time_first((mono_time){7}, (mono_time){5}).ns, 5);
	assert_int_equal(mono_time_first((mono_time){0}, (mono_time){0}).ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_is_counted_forward_only),
		cmocka_unit_test(zero_is_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
