/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_reserve(void **state)
{
	(void)state;
	/* More than this machine has: it is only reserved. */
	uint8_t *memory = memory_reserve((size_t)1 << 36);
	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % 16, 0);
	assert_int_equal(memory[((size_t)1 << 36) - 1], 0);
	memory[12345] = 1;
	memory_release(memory, (size_t)1 << 36);
	memory_release(NULL, 1);
	assert_null(memory_reserve(SIZE_MAX / 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_reserve)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
