/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_add(void **state)
{
	char line[16];
	struct text t = text_of(line, sizeof line);

	(void)state;
	assert_string_equal(line, "");
	text_add(&t, "node %u", 12u);
	text_add(&t, "%s", "");
	text_add(&t, ", %s", "up");
	assert_string_equal(line, "node 12, up");
	assert_int_equal(t.len, 11);
	assert_false(t.cut);
}

__attribute__((format(printf, 2, 3))) static void add_twice(struct text *t, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	text_vadd(t, format, args);
	text_vadd(t, format, again);
	va_end(again);
	va_end(args);
}

static void test_vadd(void **state)
{
	char line[8];
	struct text t = text_of(line, sizeof line);

	(void)state;
	add_twice(&t, "%c%d ", 'a', 5);
	assert_string_equal(line, "a5 a5 ");
	assert_false(t.cut);
	add_twice(&t, "%d", 67);
	assert_string_equal(line, "a5 a5 6");
	assert_true(t.cut);
}

static void test_cut(void **state)
{
	static const struct {
		size_t size;
		const char *want;
		int cut;
	} cases[] = {{1, "", 1},         {2, "1", 1},       {5, "1234", 1},
		     {9, "12345678", 0}, {8, "1234567", 1}, {10, "12345678", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char line[11];
		struct text t = text_of(line, cases[i].size);

		line[cases[i].size] = '#';
		text_add(&t, "%s", "1234");
		text_add(&t, "%d", 5678);
		text_add(&t, "%s", "");
		assert_string_equal(line, cases[i].want);
		assert_int_equal(t.cut, cases[i].cut);
		assert_int_equal(t.len, strlen(cases[i].want));
		assert_int_equal(line[cases[i].size], '#');
	}
}

static void test_nodes(void **state)
{
	char line[32];
	struct text t = text_of(line, sizeof line);
	struct node_list l = {0};

	(void)state;
	text_add_nodes(&t, &l);
	assert_string_equal(line, "none");
	assert_true(node_list_add(&l, node_id_of(7)));
	t = text_of(line, sizeof line);
	text_add_nodes(&t, &l);
	assert_string_equal(line, "7");
	assert_true(node_list_add(&l, node_id_of(4294967295)));
	assert_true(node_list_add(&l, node_id_of(2)));
	t = text_of(line, sizeof line);
	text_add_nodes(&t, &l);
	assert_string_equal(line, "7 4294967295 2");
}

static void test_ring(void **state)
{
	char line[32];
	struct text t = text_of(line, sizeof line);

	(void)state;
	text_add_ring(&t, (struct ring_id){node_id_of(26), 0x1234567890ull});
	assert_string_equal(line, "1a.1234567890");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),   cmocka_unit_test(test_vadd), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_nodes), cmocka_unit_test(test_ring),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
