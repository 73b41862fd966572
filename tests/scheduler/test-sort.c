/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"
#include "scheduler/sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int compare_texts(void *a, void *b)
{
	return ((const char *)a)[0] - ((const char *)b)[0];
}

static void test_sorting_keeps_equals(void **state)
{
	(void)state;
	struct arena a = {0};
	char texts[][3] = {"b1", "a1", "b2", "c1", "a2", "b3", "a3"};
	void *items[7];
	for (int i = 0; i < 7; i++)
		items[i] = texts[i];
	pointers_sort(&a, items, 7, compare_texts);
	const char *expected[] = {"a1", "a2", "a3", "b1", "b2", "b3", "c1"};
	for (int i = 0; i < 7; i++)
		assert_string_equal(items[i], expected[i]);
	arena_fini(&a);
}

/* As instances can: one that runs twice goes before those that do not run, these before one that runs where it may not,
 * and that before the one that runs twice. */
static int compare_in_a_ring(void *a, void *b)
{
	char x = ((const char *)a)[0], y = ((const char *)b)[0];
	if (x == y)
		return 0;
	if (x == '-' || y == '-')
		return (x == '2' || y == 'x') ? -1 : 1;
	return x == 'x' ? -1 : 1;
}

/* Where nothing is right by itself, the order of the comparisons is what counts (seed 2493 of the differential test).
 */
static void test_sorting_in_a_ring(void **state)
{
	(void)state;
	struct arena a = {0};
	char texts[][3] = {"x0", "-1", "22", "-3", "-4"};
	void *items[5];
	for (int i = 0; i < 5; i++)
		items[i] = texts[i];
	pointers_sort(&a, items, 5, compare_in_a_ring);
	const char *expected[] = {"22", "-1", "-3", "-4", "x0"};
	for (int i = 0; i < 5; i++)
		assert_string_equal(items[i], expected[i]);
	/* Two of three: the second half is the larger one. */
	char three[][3] = {"x0", "22", "-1"};
	for (int i = 0; i < 3; i++)
		items[i] = three[i];
	pointers_sort(&a, items, 3, compare_in_a_ring);
	const char *of_three[] = {"x0", "22", "-1"};
	for (int i = 0; i < 3; i++)
		assert_string_equal(items[i], of_three[i]);
	arena_fini(&a);
}

/* In room of the caller's, and with nothing to sort. */
static void test_few(void **state)
{
	(void)state;
	char texts[][3] = {"b1", "a1"};
	void *items[2] = {texts[0], texts[1]}, *scratch[1];
	pointers_sort_in(items, NULL, 0, compare_texts);
	pointers_sort_in(items, NULL, 1, compare_texts);
	assert_ptr_equal(items[0], texts[0]);
	pointers_sort_in(items, scratch, 2, compare_texts);
	assert_ptr_equal(items[0], texts[1]);
	assert_ptr_equal(items[1], texts[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorting_keeps_equals),
		cmocka_unit_test(test_sorting_in_a_ring),
		cmocka_unit_test(test_few),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
