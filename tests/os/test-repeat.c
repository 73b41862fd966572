/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/repeat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static mono_time at_ms(uint64_t ms)
{
	return mono_time_add_ms((mono_time){1}, ms);
}

static bool allows(struct repeat *r, const char *text, uint64_t ms)
{
	char line[64];

	(void)snprintf(line, sizeof line, "%s", text);
	return repeat_allows(r, line, sizeof line, at_ms(ms));
}

static void test_silence(void **state)
{
	struct repeat r = {0};
	char text[64] = "refused 10.0.0.3", tight[18] = "refused 10.0.0.3";

	(void)state;
	assert_true(repeat_allows(&r, text, sizeof text, at_ms(0)));
	assert_string_equal(text, "refused 10.0.0.3");
	for (uint32_t i = 1; i <= 5; i++)
		assert_false(allows(&r, text, i * 200));
	assert_false(allows(&r, text, REPEAT_SILENCE_MS - 1));
	assert_true(repeat_allows(&r, text, sizeof text, at_ms(REPEAT_SILENCE_MS)));
	assert_string_equal(text, "refused 10.0.0.3 (and 6 like it before)");
	assert_false(allows(&r, "refused 10.0.0.3", REPEAT_SILENCE_MS + 1));
	assert_true(repeat_allows(&r, tight, sizeof tight, at_ms(3 * REPEAT_SILENCE_MS)));
	assert_string_equal(tight, "refused 10.0.0.3 ");
}

static void test_which_are_alike(void **state)
{
	struct repeat r = {0};

	(void)state;
	assert_true(allows(&r, "refused 10.0.0.3 (size 80)", 0));
	assert_false(allows(&r, "refused 10.0.0.3 (size 96)", 1));
	assert_true(allows(&r, "refused 10.0.0.4 (size 80)", 2));
	assert_true(allows(&r, "", 3));
	assert_false(allows(&r, "", 4));
}

static void test_full(void **state)
{
	struct repeat r = {0};
	char text[32];

	(void)state;
	for (uint32_t i = 0; i <= REPEAT_LINES; i++) {
		(void)snprintf(text, sizeof text, "line %u", i);
		assert_true(repeat_allows(&r, text, sizeof text, at_ms(i)));
	}
	assert_false(allows(&r, "line 1", 100));
	assert_true(allows(&r, "line 0", 101)); /* was pushed out */
	assert_true(allows(&r, "line 1", 102)); /* the oldest made room for it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_which_are_alike),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
