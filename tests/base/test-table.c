/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Small tables are searched, large ones indexed: every rule holds for both. */
static const unsigned sizes[] = {0, 1, 11, 12, 13, 14, 63, 64, 65, 500};

enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static struct table *filled(struct arena *a, unsigned count)
{
	struct table *t = table_new(a);
	for (unsigned i = 0; i < count; i++)
		table_set(t, arena_printf(a, "name-%u", i), arena_printf(a, "%u", i * 3));
	return t;
}

static void test_get_and_set(void **state)
{
	(void)state;
	for (unsigned s = 0; s < SIZES; s++) {
		struct arena a = {0};
		struct table *t = filled(&a, sizes[s]);
		assert_int_equal(t->count, sizes[s]);
		for (unsigned i = 0; i < sizes[s]; i++) {
			const char *name = arena_printf(&a, "name-%u", i);
			assert_string_equal(table_get(t, name), arena_printf(&a, "%u", i * 3));
			assert_true(table_has(t, name));
			table_set(t, name, "new");
			assert_string_equal(table_get(t, name), "new");
		}
		assert_int_equal(t->count, sizes[s]);
		assert_null(table_get(t, "name"));
		assert_false(table_has(t, "name"));
		arena_fini(&a);
	}
}

static void test_no_table(void **state)
{
	(void)state;
	assert_null(table_get(NULL, "a"));
	assert_false(table_has(NULL, "a"));
}

/* A name may be known to have no value: that is not the same as not being there. */
static void test_known_without_value(void **state)
{
	(void)state;
	struct arena a = {0};
	struct table *t = table_new(&a);
	table_set(t, "unset", NULL);
	assert_true(table_has(t, "unset"));
	assert_null(table_get(t, "unset"));
	assert_false(table_add(t, "unset", "x"));
	assert_null(table_get(t, "unset"));
	arena_fini(&a);
}

static void test_add_keeps_what_is_there(void **state)
{
	(void)state;
	struct arena a = {0};
	struct table *t = table_new(&a), *from = table_new(&a);
	assert_true(table_add(t, "a", "1"));
	assert_false(table_add(t, "a", "2"));
	table_set(from, "a", "3");
	table_set(from, "b", "4");
	table_add_all(t, from);
	table_add_all(t, NULL);
	assert_string_equal(table_get(t, "a"), "1");
	assert_string_equal(table_get(t, "b"), "4");
	assert_int_equal(t->count, 2);
	arena_fini(&a);
}

/* Every third name is gone, and the others are in their order. */
static void expect_thirds_gone(const struct table *t, struct arena *a, unsigned size)
{
	unsigned at = 0;
	for (unsigned i = 0; i < size; i++) {
		const char *name = arena_printf(a, "name-%u", i);
		assert_int_equal(table_has(t, name), i % 3 != 0);
		if (i % 3 != 0)
			assert_string_equal(t->entries[at++].name, name);
	}
	assert_int_equal(at, t->count);
}

static void test_order_stays(void **state)
{
	(void)state;
	for (unsigned s = 0; s < SIZES; s++) {
		struct arena a = {0};
		struct table *t = filled(&a, sizes[s]);
		for (unsigned i = 0; i < sizes[s]; i += 3)
			table_remove(t, arena_printf(&a, "name-%u", i));
		table_remove(t, "nobody");
		expect_thirds_gone(t, &a, sizes[s]);
		arena_fini(&a);
	}
}

static void test_removed_by_value(void **state)
{
	(void)state;
	static const char gone[] = "x", other[] = "x";
	for (unsigned s = 0; s < SIZES; s++) {
		struct arena a = {0};
		struct table *t = filled(&a, sizes[s]);
		for (unsigned i = 0; i < sizes[s]; i++)
			table_set(t, arena_printf(&a, "name-%u", i), i % 3 == 0 ? gone : other);
		table_remove_valued(t, gone);
		expect_thirds_gone(t, &a, sizes[s]);
		uint32_t left = t->count;
		table_set(t, "name-0", "again");
		assert_string_equal(table_get(t, "name-0"), "again");
		assert_int_equal(left + 1, t->count);
		arena_fini(&a);
	}
}

static void test_sorted(void **state)
{
	(void)state;
	for (unsigned s = 0; s < SIZES; s++) {
		struct arena a = {0};
		struct table *t = table_new(&a);
		for (unsigned i = 0; i < sizes[s]; i++)
			table_set(t, arena_printf(&a, "n%u", (i * 7919) % 10007), "v");
		const struct table_entry *sorted = table_sorted(t);
		for (unsigned i = 0; i < sizes[s]; i++) {
			assert_true(table_has(t, sorted[i].name));
			if (i > 0)
				assert_true(strcmp(sorted[i - 1].name, sorted[i].name) < 0);
		}
		arena_fini(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_and_set),         cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_known_without_value), cmocka_unit_test(test_add_keeps_what_is_there),
		cmocka_unit_test(test_order_stays),         cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_removed_by_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
