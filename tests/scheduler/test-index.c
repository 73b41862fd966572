/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void test_finds_what_was_added(void **state)
{
	(void)state;
	struct arena a = {0};
	struct id_index *index = id_index_new(&a, false);
	int first = 1, second = 2;
	assert_null(id_index_get(index, "web"));
	assert_true(id_index_add(index, "web", &first));
	assert_false(id_index_add(index, "web", &second));
	assert_ptr_equal(id_index_get(index, "web"), &first);
	assert_null(id_index_get(index, "Web"));
	id_index_set(index, "web", &second);
	assert_ptr_equal(id_index_get(index, "web"), &second);
	assert_null(id_index_get(NULL, "web"));
	assert_null(id_index_get(index, NULL));
	arena_fini(&a);
}

static void test_ignores_case_when_asked(void **state)
{
	(void)state;
	struct arena a = {0};
	struct id_index *index = id_index_new(&a, true);
	int thing = 1;
	assert_true(id_index_add(index, "Node-A", &thing));
	assert_ptr_equal(id_index_get(index, "nODE-a"), &thing);
	assert_null(id_index_get(index, "node-b"));
	arena_fini(&a);
}

static void test_grows(void **state)
{
	(void)state;
	enum { COUNT = 3000 };
	struct arena a = {0};
	struct id_index *index = id_index_new(&a, false);
	static int things[COUNT];
	char name[16];
	for (int i = 0; i < COUNT; i++) {
		(void)snprintf(name, sizeof(name), "rsc%d", i);
		assert_true(id_index_add(index, arena_string(&a, name), &things[i]));
	}
	for (int i = 0; i < COUNT; i++) {
		(void)snprintf(name, sizeof(name), "rsc%d", i);
		assert_ptr_equal(id_index_get(index, name), &things[i]);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_was_added),
		cmocka_unit_test(test_ignores_case_when_asked),
		cmocka_unit_test(test_grows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
