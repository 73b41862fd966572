/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/exit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_messages(void **state)
{
	(void)state;
	assert_string_equal(exit_message(EXIT_OK), "OK");
	assert_string_equal(exit_message(EXIT_DATA), "Invalid data given");
	assert_string_equal(exit_message(EXIT_NO_SUCH), "No such object");
	assert_string_equal(exit_message(EXIT_TIMEOUT), "Timeout occurred");
	assert_string_equal(exit_message((enum exit_code)63), "Unknown exit status");
	assert_string_equal(exit_name(EXIT_DATA), "CRM_EX_DATAERR");
	assert_string_equal(exit_name(EXIT_NONE), "CRM_EX_NONE");
	assert_null(exit_name((enum exit_code)63));
}

static void test_errors(void **state)
{
	(void)state;
	assert_int_equal(exit_of(ERR_OK), 0);
	assert_int_equal(exit_of(ERR_INVALID), 65);
	assert_int_equal(exit_of(ERR_NOT_FOUND), 105);
	assert_int_equal(exit_of(ERR_ACCESS), 4);
	for (enum err e = ERR_AGAIN; e <= ERR_UNSUPPORTED; e++)
		assert_int_not_equal(exit_of(e), EXIT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
