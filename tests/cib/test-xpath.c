/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/xpath.h"

#include "trees.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char text[] =
	"<cib><a id='1' score='5'/><!--c--><b><a id='2'/><x-new id='3'><a id='4' score='1'/></x-new></b></cib>";

/* The ids of what is selected, or the name of what has none; "!" and the message on errors. */
static char *selected(struct xpath *x, const char *expression)
{
	struct error error = {0};
	GPtrArray *found = g_ptr_array_new();
	GString *out = g_string_new(NULL);
	if (xpath_select(x, expression, found, &error) != ERR_OK)
		g_string_printf(out, "! %s", error.text);
	for (guint i = 0; i < found->len; i++) {
		const struct element *e = g_ptr_array_index(found, i);
		g_string_append_printf(out, "%s ", element_get_or(e, NAME_ID, element_tag(e)));
	}
	g_ptr_array_unref(found);
	return g_string_free(out, FALSE);
}

static void test_select(void **state)
{
	(void)state;
	static const struct {
		const char *expression, *found;
	} cases[] = {
		{"/cib", "cib "},
		{"/", "cib "},
		{"//a", "1 2 4 "},
		{"//*[@id='3']", "3 "},
		{"/cib/b/a", "2 "},
		{"//@score", "1 4 "},
		{"//x-new/a | /cib/a", "1 4 "},
		{"//a[@score > 2]", "1 "},
		{"//nothing", ""},
		{"/cob", ""},
		{"count(//a)", "! \"count(//a)\" selects no elements"},
		{"'text'", "! \"'text'\" selects no elements"},
	};
	struct document *d = tree_parsed(text);
	struct xpath *x = xpath_new(d);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *found = selected(x, cases[i].expression);
		assert_string_equal(found, cases[i].found);
		g_free(found);
	}
	xpath_free(x);
	document_free(d);
	xpath_free(NULL);
}

static void test_wrong(void **state)
{
	(void)state;
	static const char *const wrong[] = {"//a[", "", "//", "a[@b='c]", "nofunction(1)", "//p:a", "$v"};
	struct document *d = tree_parsed(text);
	struct xpath *x = xpath_new(d);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *found = selected(x, wrong[i]);
		assert_non_null(strstr(found, "is no XPath expression: "));
		g_free(found);
	}
	char *found = selected(x, "//a");
	assert_string_equal(found, "1 2 4 ");
	g_free(found);
	xpath_free(x);
	document_free(d);
}

/* What is answered without libxml2 is answered as libxml2 does: "(…)" makes it ask. */
static void test_simple(void **state)
{
	(void)state;
	static const char *const expressions[] = {
		"//a",
		"//cib",
		"//nothing",
		"//a[@id='1']",
		"//a[@id=\"1\"]",
		"//a[@id='']",
		"//a[@nothing='1']",
		"//a[@score='2']",
		"//b[@id='3']",
		"//x-new",
		"//cib[@id='1']",
		"//a[@id='it\"s']",
	};
	struct document *d = tree_parsed(text);
	struct xpath *x = xpath_new(d);
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		char *asked = g_strdup_printf("(%s)", expressions[i]);
		char *ours = selected(x, expressions[i]), *theirs = selected(x, asked);
		assert_string_equal(ours, theirs);
		g_free(asked);
		g_free(ours);
		g_free(theirs);
	}
	xpath_free(x);
	document_free(d);
}

static void test_match(void **state)
{
	(void)state;
	struct document *d = tree_parsed(text);
	struct xpath *x = xpath_new(d);
	GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct xpath_match));
	struct error error = {0};
	assert_int_equal(xpath_match(x, "//a/@score | //b", matches, &error), ERR_OK);
	GString *found = g_string_new(NULL);
	for (guint i = 0; i < matches->len; i++) {
		const struct xpath_match *m = &g_array_index(matches, struct xpath_match, i);
		g_string_append_printf(found, "%s@%s ", element_tag(m->element),
				       m->attribute == NULL ? "" : m->attribute);
	}
	assert_string_equal(found->str, "a@score b@ a@score ");
	assert_int_equal(xpath_match(x, "//a[", matches, &error), ERR_INVALID);
	g_string_free(found, TRUE);
	g_array_unref(matches);
	xpath_free(x);
	document_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_simple),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
