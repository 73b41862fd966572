/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_lookup(void **state)
{
	uint32_t id = 99;
	(void)state;
	assert_true(owner_lookup("root", false, &id));
	assert_int_equal(id, 0);
	id = 99;
	assert_true(owner_lookup("root", true, &id));
	assert_int_equal(id, 0);
	id = 99;
	assert_false(owner_lookup("no-such-user", false, &id));
	assert_false(owner_lookup("no-such-group", true, &id));
	assert_int_equal(id, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lookup)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
