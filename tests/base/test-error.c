/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <string.h>

static void test_context(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(error_set(&error, ERR_ACCESS, "%s: %s", "/x", err_word(ERR_ACCESS)), ERR_ACCESS);
	assert_string_equal(error.text, "/x: permission denied");
	assert_int_equal(error_wrap(&error, ERR_IO, "reading the ring id of node %d", 3), ERR_IO);
	assert_int_equal(error_wrap(&error, error.code, "starting"), ERR_IO);
	assert_string_equal(error.text, "starting: reading the ring id of node 3: /x: permission denied");
	assert_int_equal(error.code, ERR_IO);
}

static void test_nobody_asks(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, ERR_FULL, "x"), ERR_FULL);
	assert_int_equal(error_wrap(NULL, ERR_AGAIN, "x"), ERR_AGAIN);
}

static void test_long(void **state)
{
	struct error error;
	char big[sizeof error.text + 100];

	(void)state;
	memset(big, 'x', sizeof big);
	big[sizeof big - 1] = '\0';
	assert_int_equal(error_set(&error, ERR_INVALID, "%s", big), ERR_INVALID);
	assert_int_equal(strlen(error.text), sizeof error.text - 1);
	assert_int_equal(error_wrap(&error, ERR_INVALID, "front"), ERR_INVALID);
	assert_int_equal(strlen(error.text), sizeof error.text - 1);
	assert_memory_equal(error.text, "front: xxx", 10);
}

static void test_words(void **state)
{
	(void)state;
	for (int code = ERR_OK; code <= ERR_UNSUPPORTED; code++) {
		assert_string_not_equal(err_word((enum err)code), "unknown error");
		for (int other = ERR_OK; other < code; other++)
			assert_string_not_equal(err_word((enum err)code), err_word((enum err)other));
	}
	assert_string_equal(err_word((enum err)77), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_nobody_asks),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
