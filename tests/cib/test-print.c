/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parsed.h"

static void test_escape(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"", ""},
		{"plain text", "plain text"},
		{"a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e'f"},
		{"tab\tline\nreturn\r", "tab&#x09;line&#x0A;return&#x0D;"},
		{"\001\037\177", "&#x01;&#x1F;&#x7F;"},
		{"Gr\xc3\xbc\xc3\x9f"
		 "e",
		 "Gr\xc3\xbc\xc3\x9f"
		 "e"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		GString *out = g_string_new(NULL);
		cib_escape(cases[i][0], out);
		assert_string_equal(out->str, cases[i][1]);
		g_string_free(out, TRUE);
	}
}

static void test_forms(void **state)
{
	(void)state;
	struct document *d = parsed("<cib a='1'><!-- note --><b><c d=\"&quot;\" e=''/></b></cib>");
	GString *out = g_string_new(NULL);
	element_print(document_root(d), out);
	assert_string_equal(out->str,
			    "<cib a=\"1\">\n  <!-- note -->\n  <b>\n    <c d=\"&quot;\" e=\"\"/>\n  </b>\n</cib>\n");
	g_string_truncate(out, 0);
	document_print(d, out);
	assert_true(g_str_has_prefix(out->str, "<?xml version=\"1.0\"?>\n<cib a=\"1\">\n"));
	g_string_truncate(out, 0);
	element_print_flat(document_root(d), out);
	assert_string_equal(out->str, "<cib a=\"1\"><!-- note --><b><c d=\"&quot;\" e=\"\"/></b></cib>");
	g_string_truncate(out, 0);
	const cib_name without[] = {document_name(d, "d"), document_name(d, "a")};
	element_print_flat_without(document_root(d), without, 2, out);
	assert_string_equal(out->str, "<cib><!-- note --><b><c e=\"\"/></b></cib>");
	g_string_free(out, TRUE);
	document_free(d);
}

/* What was printed reads as what it was printed from, whatever characters it has. */
static void test_round_trip(void **state)
{
	(void)state;
	struct document *d = document_new(NAME_CIB);
	char value[128];
	for (unsigned c = 1; c < 127; c++)
		value[c - 1] = c < 0x20 && c != '\t' && c != '\n' && c != '\r' ? ' ' : (char)c;
	value[126] = '\0';
	element_set(document_root(d), NAME_VALUE, value);
	GString *out = g_string_new(NULL);
	document_print(d, out);
	struct document *again = NULL;
	assert_int_equal(document_parse(out->str, out->len, "t", &again, NULL), ERR_OK);
	assert_string_equal(element_get(document_root(again), NAME_VALUE), value);
	g_string_free(out, TRUE);
	document_free(d);
	document_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
