/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct node_list list(const char *ids)
{
	struct node_list l = {0};

	for (; *ids != '\0'; ids++)
		assert_true(node_list_add(&l, node_id_of((uint32_t)(*ids - '0'))));
	return l;
}

static void check(const struct node_list *l, const char *ids)
{
	size_t n = 0;

	for (; ids[n] != '\0'; n++)
		assert_int_equal(l->ids[n].v, ids[n] - '0');
	assert_int_equal(l->count, n);
}

static void test_add_and_remove(void **state)
{
	struct node_list l = list("3121");

	(void)state;
	check(&l, "312");
	assert_true(node_list_has(&l, node_id_of(1)));
	assert_false(node_list_has(&l, node_id_of(4)));
	node_list_remove(&l, node_id_of(4));
	check(&l, "312");
	node_list_remove(&l, node_id_of(3));
	check(&l, "12");
	node_list_remove(&l, node_id_of(2));
	check(&l, "1");
	node_list_remove(&l, node_id_of(1));
	check(&l, "");
}

static void test_full(void **state)
{
	struct node_list l = {0}, more = {0};

	(void)state;
	for (uint32_t i = 1; i <= NODES_MAX; i++)
		assert_true(node_list_add(&l, node_id_of(i)));
	assert_false(node_list_add(&l, node_id_of(1000)));
	assert_true(node_list_add(&l, node_id_of(NODES_MAX)));
	assert_int_equal(l.count, NODES_MAX);
	assert_true(node_list_add(&more, node_id_of(1)));
	assert_true(node_list_union(&l, &more));
	assert_true(node_list_add(&more, node_id_of(2000)));
	assert_false(node_list_union(&l, &more));
	node_list_remove(&l, node_id_of(NODES_MAX));
	assert_int_equal(l.count, NODES_MAX - 1);
}

static void test_sort(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {{"", ""}, {"1", "1"}, {"21", "12"}, {"9753124680", "0123456789"}, {"123", "123"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct node_list l = list(cases[i].before);

		node_list_sort(&l);
		check(&l, cases[i].after);
	}
	struct node_list big = {.count = 2, .ids = {{0xffffffff}, {1}}};
	node_list_sort(&big);
	assert_int_equal(big.ids[0].v, 1);
}

static void test_sets(void **state)
{
	static const struct {
		const char *a, *b, *minus, *both, *all;
		int eq, subset;
	} cases[] = {
		{"", "", "", "", "", 1, 1},
		{"12", "", "12", "", "12", 0, 0},
		{"", "12", "", "", "12", 0, 1},
		{"123", "321", "", "123", "123", 1, 1},
		{"312", "24", "31", "2", "3124", 0, 0},
		{"24", "142", "", "24", "241", 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct node_list a = list(cases[i].a), b = list(cases[i].b), ret;

		node_list_subtract(&a, &b, &ret);
		check(&ret, cases[i].minus);
		node_list_intersect(&a, &b, &ret);
		check(&ret, cases[i].both);
		assert_int_equal(node_list_eq(&a, &b), cases[i].eq);
		assert_int_equal(node_list_subset(&a, &b), cases[i].subset);
		ret = a;
		assert_true(node_list_union(&ret, &b));
		check(&ret, cases[i].all);
		ret = a;
		node_list_subtract(&ret, &b, &ret);
		check(&ret, cases[i].minus);
	}
}

static void test_lowest(void **state)
{
	struct node_list l = list("5273"), none = {0};

	(void)state;
	assert_int_equal(node_list_lowest(&l).v, 2);
	assert_int_equal(node_list_lowest(&none).v, 0);
	assert_false(node_id_is_set(node_list_lowest(&none)));
}

static void test_names(void **state)
{
	struct ring_id a = {node_id_of(1), 5};

	(void)state;
	assert_true(node_id_eq(node_id_of(7), node_id_of(7)));
	assert_false(node_id_eq(node_id_of(7), node_id_of(8)));
	assert_true(ring_id_eq(a, (struct ring_id){node_id_of(1), 5}));
	assert_false(ring_id_eq(a, (struct ring_id){node_id_of(2), 5}));
	assert_false(ring_id_eq(a, (struct ring_id){node_id_of(1), 5ull + (1ull << 32)}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_remove), cmocka_unit_test(test_full),   cmocka_unit_test(test_sort),
		cmocka_unit_test(test_sets),           cmocka_unit_test(test_lowest), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
