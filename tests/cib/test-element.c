/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parsed.h"

#include <stdio.h>

static void assert_prints(const struct element *e, const char *want)
{
	GString *out = g_string_new(NULL);
	element_print_flat(e, out);
	assert_string_equal(out->str, want);
	g_string_free(out, TRUE);
}

static void test_attributes(void **state)
{
	(void)state;
	struct document *d = document_new(NAME_PRIMITIVE);
	struct element *e = document_root(d);
	assert_null(element_get(e, NAME_ID));
	assert_null(element_id(e));
	assert_string_equal(element_get_or(e, NAME_ID, "none"), "none");
	element_set(e, NAME_ID, "a");
	element_set(e, NAME_CLASS, "ocf");
	element_set_int(e, NAME_SCORE, -9000000000);
	element_set(e, NAME_ID, "b");
	assert_prints(e, "<primitive id=\"b\" class=\"ocf\" score=\"-9000000000\"/>");
	element_set(e, NAME_CLASS, NULL);
	element_set(e, NAME_CLASS, NULL);
	assert_prints(e, "<primitive id=\"b\" score=\"-9000000000\"/>");
	assert_string_equal(element_get_or(e, NAME_ID, "none"), "b");
	for (unsigned i = 0; i < 50; i++) {
		char name[8];
		(void)snprintf(name, sizeof(name), "x%u", i);
		element_set(e, document_name(d, name), name);
	}
	assert_int_equal(e->attribute_count, 52);
	assert_string_equal(element_get(e, document_known_name(d, "x49")), "x49");
	document_free(d);
}

static void test_tree(void **state)
{
	(void)state;
	struct document *d = document_new(NAME_RESOURCES);
	struct element *root = document_root(d);
	struct element *a = element_add(root, NAME_PRIMITIVE), *c = element_add(root, NAME_CLONE);
	struct element *b = element_new(d, NAME_GROUP);
	element_insert(root, b, c);
	assert_prints(root, "<resources><primitive/><group/><clone/></resources>");
	element_remove(a);
	assert_null(a->parent);
	element_append(b, a);
	assert_prints(root, "<resources><group><primitive/></group><clone/></resources>");
	element_remove(a);
	element_remove(a); /* without a parent: nothing to do */
	element_insert(root, a, b);
	assert_prints(root, "<resources><primitive/><group/><clone/></resources>");
	assert_int_equal(element_count(root), 4);
	assert_string_equal(element_tag(b), "group");
	document_free(d);
}

static void test_walks_skip_comments(void **state)
{
	(void)state;
	struct document *d = parsed("<a><!--1--><b id='1'/><!--2--><c/><b id='2'/><!--3--></a>");
	struct element *root = document_root(d);
	cib_name b = document_name(d, "b"), c = document_name(d, "c");
	unsigned children = 0, named = 0;
	for_each_child(child, root) children++;
	for_each_named(child, root, b) named++;
	assert_int_equal(children, 3);
	assert_int_equal(named, 2);
	assert_ptr_equal(element_first_named(root, b), element_first(root));
	assert_string_equal(element_id(element_next_named(element_first(root))), "2");
	assert_int_equal(element_next(element_first(root))->name, c);
	assert_null(element_first(NULL));
	assert_null(element_first_named(NULL, b));
	assert_string_equal(element_id(element_child_by_id(root, b, "2")), "2");
	assert_null(element_child_by_id(root, c, "2"));
	assert_null(element_child_by_id(root, b, "3"));
	document_free(d);
}

/* Names that only one document knows are translated; lines and comments come along. */
static void test_copy(void **state)
{
	(void)state;
	struct document *from = parsed("<a>\n<unknown strange='1' id='x'><!--c--><w/></unknown></a>");
	struct document *to = parsed("<other first='1' second='2'/>");
	struct element *copy = element_copy(to, element_first(document_root(from)));
	assert_null(copy->parent);
	assert_int_equal(copy->line, 2);
	struct element *within = element_copy(from, element_first(document_root(from)));
	assert_prints(within, "<unknown strange=\"1\" id=\"x\"><!--c--><w/></unknown>");
	document_free(from);
	element_append(document_root(to), copy);
	assert_prints(document_root(to),
		      "<other first=\"1\" second=\"2\"><unknown strange=\"1\" id=\"x\"><!--c--><w/></unknown></other>");
	document_free(to);
}

static void test_bool(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool known, value;
	} cases[] = {{"true", true, true},     {"TRUE", true, true},  {"On", true, true},     {"yes", true, true},
		     {"y", true, true},        {"1", true, true},     {"false", true, false}, {"Off", true, false},
		     {"NO", true, false},      {"n", true, false},    {"0", true, false},     {"", false, false},
		     {"truely", false, false}, {"tru", false, false}, {"2", false, false},    {" true", false, false},
		     {NULL, false, false}};
	struct document *d = document_new(NAME_OP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool value = !cases[i].value;
		assert_int_equal(cib_parse_bool(cases[i].text, &value), cases[i].known);
		assert_int_equal(value, cases[i].known ? cases[i].value : !cases[i].value);
		element_set(document_root(d), NAME_ENABLED, cases[i].text);
		assert_int_equal(element_get_bool(document_root(d), NAME_ENABLED, true),
				 cases[i].known ? cases[i].value : true);
		assert_int_equal(element_get_bool(document_root(d), NAME_ENABLED, false),
				 cases[i].known ? cases[i].value : false);
	}
	document_free(d);
}

static void test_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {
		{"0", 0},
		{"17", 17},
		{"-3", -3},
		{"12s", 12},
		{"many", 0},
		{"", 0},
		{"9223372036854775807", INT64_MAX},
		{"99999999999999999999", INT64_MAX},
		{"-99999999999999999999", INT64_MIN},
	};
	struct document *d = document_new(NAME_CIB);
	assert_int_equal(element_get_int(document_root(d), NAME_CALL_ID, -1), -1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		element_set(document_root(d), NAME_CALL_ID, cases[i].text);
		assert_true(element_get_int(document_root(d), NAME_CALL_ID, -1) == cases[i].value);
	}
	document_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_walks_skip_comments),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
