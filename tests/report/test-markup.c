/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/markup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void elements_nest(void **state)
{
	(void)state;
	struct markup m = {.out = g_string_new(NULL)};
	markup_begin(&m, "top");
	markup_flag(&m, "yes", true);
	markup_flag(&m, "no", false);
	markup_begin(&m, "inner");
	markup_number(&m, "n", -7);
	markup_attribute(&m, "absent", NULL);
	markup_end(&m);
	markup_empty(&m, "pair", "a", "1", "b", NULL, "c", "3", NULL);
	markup_text(&m, "value", "1 < 2");
	markup_text(&m, "nothing", "");
	markup_text_with(&m, "text", "lang", "a&b", "<");
	markup_text_with(&m, "text", "lang", NULL, "x");
	markup_text_with(&m, "text", "lang", "en", "");
	markup_end(&m);
	assert_string_equal(m.out->str, "<top yes=\"true\" no=\"false\">\n"
					"  <inner n=\"-7\"/>\n"
					"  <pair a=\"1\" c=\"3\"/>\n"
					"  <value>1 &lt; 2</value>\n"
					"  <nothing/>\n"
					"  <text lang=\"a&amp;b\">&lt;</text>\n"
					"  <text>x</text>\n"
					"  <text lang=\"en\"/>\n"
					"</top>\n");
	assert_int_equal(m.depth, 0);
	(void)g_string_free(m.out, TRUE);
}

static void text_is_escaped(void **state)
{
	static const struct {
		const char *text, *attribute, *content;
	} cases[] = {
		{"a&b<c>d\"e'", "a&amp;b&lt;c&gt;d&quot;e'", "a&amp;b&lt;c&gt;d\"e'"},
		{"1\t2\n3\r4", "1&#9;2&#10;3&#13;4", "1\t2\n3&#13;4"},
		{"Z\xc3\xbcrich \xe2\x82\xac", "Z&#xFC;rich &#x20AC;", "Z&#xFC;rich &#x20AC;"},
		{"\x01\xff\xc3", "???", "???"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct markup m = {.out = g_string_new(NULL)};
		markup_empty(&m, "e", "a", cases[i].text, NULL);
		markup_text(&m, "e", cases[i].text);
		char *expected = g_strdup_printf("<e a=\"%s\"/>\n<e>%s</e>\n", cases[i].attribute, cases[i].content);
		assert_string_equal(m.out->str, expected);
		g_free(expected);
		(void)g_string_free(m.out, TRUE);
	}
}

static void names_are_made_names(void **state)
{
	(void)state;
	struct markup m = {.out = g_string_new(NULL)};
	markup_text(&m, "9 lives", "x");
	markup_begin(&m, "a.b-c_d1");
	markup_attribute(&m, "", "v");
	markup_end(&m);
	assert_string_equal(m.out->str, "<__lives>x</__lives>\n<a.b-c_d1 _=\"v\"/>\n");
	(void)g_string_free(m.out, TRUE);
}

static void texts_have_attributes(void **state)
{
	struct markup m = {.out = g_string_new(NULL)};
	(void)state;
	markup_text_with(&m, "item", "name", "a\"b", "x < y");
	markup_text_with(&m, "item", "name", NULL, "z");
	assert_string_equal(m.out->str, "<item name=\"a&quot;b\">x &lt; y</item>\n<item>z</item>\n");
	(void)g_string_free(m.out, TRUE);
}

static void documents_stand_as_they_are(void **state)
{
	(void)state;
	struct markup m = {.out = g_string_new(NULL)};
	markup_cdata(&m, "doc", "<a b=\"c\"/>]]>x");
	assert_string_equal(m.out->str, "<doc><![CDATA[<a b=\"c\"/>]]]]><![CDATA[>x]]></doc>\n");
	(void)g_string_free(m.out, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_nest),         cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(names_are_made_names),  cmocka_unit_test(documents_stand_as_they_are),
		cmocka_unit_test(texts_have_attributes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
