/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A text of n bytes, NULs included; sizeof counts one more. */
#define TEXT(literal) (literal), sizeof(literal) - 1

static void test_good(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t size;
		const char *want;
	} cases[] = {
		{TEXT("<cib/>"), "<cib/>"},
		{TEXT("<?xml version=\"1.0\"?><cib/>"), "<cib/>"},
		{TEXT("<?xml version='1.1' encoding='UTF-8' standalone=\"yes\" ?>\n<cib/>\n"), "<cib/>"},
		{TEXT("\xEF\xBB\xBF<cib/>"), "<cib/>"},
		{TEXT("<!-- before --><?hint x?><cib></cib ><!-- after --> "), "<cib/>"},
		{TEXT("<cib  a = '1'\n\tb=\"2\" />"), "<cib a=\"1\" b=\"2\"/>"},
		{TEXT("<cib> text &amp; &#65; <a/>more<![CDATA[<b/>]]></cib>"), "<cib><a/></cib>"},
		{TEXT("<cib><!-- - kept - --></cib>"), "<cib><!-- - kept - --></cib>"},
		{TEXT("<cib a='&lt;&gt;&amp;&quot;&apos;&#x41;&#66;'/>"), "<cib a=\"&lt;&gt;&amp;&quot;'AB\"/>"},
		{TEXT("<cib a='\"' b=\"'\"/>"), "<cib a=\"&quot;\" b=\"'\"/>"},
		/* a line end in a value is a blank, a reference to one is not */
		{TEXT("<cib a='1\n2\t3\r\n4\r5&#10;6'/>"), "<cib a=\"1 2 3 4 5&#x0A;6\"/>"},
		{TEXT("<cib a='\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80&#xe4;'/>"),
		 "<cib a=\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa4\"/>"},
		{TEXT("<a:cib xmlns:a='u' xmlns='v' a:b='1'/>"), "<cib b=\"1\"/>"},
		{TEXT("<cib \xc3\xa4-1.x='1'/>"), "<cib \xc3\xa4-1.x=\"1\"/>"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *d = NULL;
		struct error error = {0};
		enum err e = document_parse(cases[i].text, cases[i].size, "t", &d, &error);
		if (e != ERR_OK)
			print_error("%s: %s\n", cases[i].text, error.text);
		assert_int_equal(e, ERR_OK);
		GString *out = g_string_new(NULL);
		element_print_flat(document_root(d), out);
		assert_string_equal(out->str, cases[i].want);
		g_string_free(out, TRUE);
		document_free(d);
	}
}

static void test_bad(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t size;
		const char *want; /* the begin of the message */
	} cases[] = {
		{TEXT(""), "t:1: is empty"},
		{TEXT("  \n "), "t:2: not well-formed XML: Start tag expected, '<' not found"},
		{TEXT("hello"), "t:1: not well-formed XML: Start tag expected, '<' not found"},
		{TEXT("<cib>\n<a>\n"), "t:3: not well-formed XML: Premature end of data in tag a line 2"},
		{TEXT("<cib>\n<a>\n</cib>"),
		 "t:3: not well-formed XML: Opening and ending tag mismatch: a line 2 and cib"},
		{TEXT("</cib>"), "t:1: not well-formed XML: StartTag: invalid element name"},
		{TEXT("<cib/>\n<cib/>"), "t:2: not well-formed XML: Extra content at the end of the document"},
		{TEXT("<cib/>x"), "t:1: not well-formed XML: Extra content at the end of the document"},
		{TEXT("<cib a='1' b='2' a='3'/>"), "t:1: not well-formed XML: Attribute a redefined"},
		{TEXT("<cib x:a='1' y:a='3'/>"), "t:1: <cib>: the attribute \"a\" is given twice, prefixes aside"},
		{TEXT("<cib a='1' y:a='3'/>"), "t:1: <cib>: the attribute \"a\" is given twice, prefixes aside"},
		{TEXT("<cib y:a='1' a='3'><b/></cib>"),
		 "t:1: <cib>: the attribute \"a\" is given twice, prefixes aside"},
		{TEXT("<cib a='1'b='2'/>"), "t:1: not well-formed XML: a blank is missing between two attributes"},
		{TEXT("<cib a=1/>"), "t:1: not well-formed XML: a value without quotes"},
		{TEXT("<cib a/>"), "t:1: not well-formed XML: Specification mandates value for attribute a"},
		{TEXT("<cib a='1/>"), "t:1: not well-formed XML: a value without its closing quote"},
		{TEXT("<cib a='<'/>"), "t:1: not well-formed XML: < in a value; write &lt;"},
		{TEXT("<cib a='&x;'/>"), "t:1: not well-formed XML: unknown reference after &; write &amp;"},
		{TEXT("<cib>\n&x;</cib>"), "t:2: not well-formed XML: unknown reference after &; write &amp;"},
		{TEXT("<cib a='&'/>"), "t:1: not well-formed XML: unknown reference after &; write &amp;"},
		{TEXT("<cib a='&amp'/>"), "t:1: not well-formed XML: unknown reference after &; write &amp;"},
		{TEXT("<cib a='&#0;'/>"),
		 "t:1: not well-formed XML: a reference after &# that stands for no character"},
		{TEXT("<cib a='&#xD800;'/>"),
		 "t:1: not well-formed XML: a reference after &# that stands for no character"},
		{TEXT("<cib a='&#99999999999999999999;'/>"),
		 "t:1: not well-formed XML: a reference after &# that stands for no character"},
		{TEXT("<cib a='&#;'/>"), "t:1: not well-formed XML: a reference after &# that stands for no character"},
		{TEXT("<cib>&#1;</cib>"),
		 "t:1: not well-formed XML: a reference after &# that stands for no character"},
		{TEXT("<cib a='\0'/>"), "t:1: a zero byte, which XML does not allow"},
		{TEXT("<cib>\n\0</cib>"), "t:2: a zero byte, which XML does not allow"},
		{TEXT("<cib/>\0"), "t:1: a zero byte, which XML does not allow"},
		{TEXT("<cib a='\x01'/>"), "t:1: not well-formed XML: invalid character in attribute value"},
		{TEXT("<cib>\x01</cib>"), "t:1: not well-formed XML: PCDATA invalid Char value 1"},
		{TEXT("<cib a='\xe4'/>"),
		 "t:1: not well-formed XML: bytes that are no UTF-8. Bytes: 0xE4 0x27 0x2F 0x3E"},
		{TEXT("<cib>\n\xc0\x80</cib>"),
		 "t:2: not well-formed XML: bytes that are no UTF-8. Bytes: 0xC0 0x80 0x3C 0x2F"},
		{TEXT("<cib><!--\xff--></cib>"),
		 "t:1: not well-formed XML: bytes that are no UTF-8. Bytes: 0xFF 0x2D 0x2D 0x3E"},
		{TEXT("<cib a='\xed\xa0\x80'/>"), "t:1: not well-formed XML: Char 0xD800 out of allowed range"},
		{TEXT("<cib a='\xef\xbf\xbf'/>"), "t:1: not well-formed XML: Char 0xFFFF out of allowed range"},
		{TEXT("\xff\xfe<\0c\0"),
		 "t:1: a zero byte, which XML does not allow; if this is UTF-16, convert it to UTF-8"},
		{TEXT("\xff\xfe\xe4\xf6"), "t:1: encoding=\"UTF-16\": only UTF-8 is read; convert it"},
		{TEXT("<?xml version='1.0' encoding='ISO-8859-1'?><cib/>"),
		 "t:1: encoding=\"ISO-8859-1\": only UTF-8 is read; convert it"},
		{TEXT("<?xml version='1.0' encoding='none'?><cib/>"),
		 "t:1: not well-formed XML: Unsupported encoding none"},
		{TEXT("<?xml version='1.0' encoding='SHIFT_JIS'?><cib a='\xff\xff\xff'/>"),
		 "t:1: not well-formed XML: input conversion failed"},
		{TEXT("<?xml encoding='UTF-8'?><cib/>"),
		 "t:1: not well-formed XML: Malformed declaration expecting version"},
		{TEXT("<?xml version='2.0'?><cib/>"), "t:1: not well-formed XML: Unsupported version '2.0'"},
		{TEXT("<?xml version='1.0' standalone='maybe'?><cib/>"),
		 "t:1: not well-formed XML: standalone accepts only 'yes' or 'no'"},
		{TEXT("<?xml version='1.0' x='y'?><cib/>"),
		 "t:1: not well-formed XML: parsing XML declaration: '?>' expected"},
		{TEXT("<cib><?xml version='1.0'?></cib>"),
		 "t:1: not well-formed XML: XML declaration allowed only at the start of the document"},
		{TEXT("<cib><?></cib>"), "t:1: not well-formed XML: <? without a name"},
		{TEXT("<cib><?x y></cib>"), "t:1: not well-formed XML: <? has no end"},
		{TEXT("<!DOCTYPE cib [<!ENTITY a \"b\">]><cib/>"), "t:1: declares a document type"},
		{TEXT("\n<!DOCTYPE cib SYSTEM 'http://localhost/x.dtd'>\n<cib/>"), "t:2: declares a document type"},
		{TEXT("<!DOCTYPE cib><cib/>"), "t:1: declares a document type"},
		{TEXT("<cib><!-- a -- b --></cib>"), "t:1: not well-formed XML: Double hyphen within comment"},
		{TEXT("<cib><!-- a </cib>"), "t:1: not well-formed XML: Comment not terminated"},
		{TEXT("<cib><![CDATA[\nx</cib>"), "t:2: not well-formed XML: <![CDATA[ has no end"},
		{TEXT("<cib><!ELEMENT a></cib>"), "t:1: not well-formed XML: StartTag: invalid element name"},
		{TEXT("<![CDATA[x]]><cib/>"), "t:1: not well-formed XML: StartTag: invalid element name"},
		{TEXT("<cib>]]></cib>"), "t:1: not well-formed XML: Sequence ']]>' not allowed in content"},
		{TEXT("<cib><1/></cib>"), "t:1: not well-formed XML: StartTag: invalid element name"},
		{TEXT("<cib><:a/></cib>"), "t:1: not well-formed XML: a name begins or ends with a colon"},
		{TEXT("<cib><a:/></cib>"), "t:1: not well-formed XML: a name begins or ends with a colon"},
		{TEXT("<cib a:b:c=''/>"),
		 "t:1: not well-formed XML: a name begins or ends with a colon, or has two of them"},
		{TEXT("<cib / >"), "t:1: not well-formed XML: error parsing attribute name"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *d = NULL;
		struct error error = {0};
		assert_int_equal(document_parse(cases[i].text, cases[i].size, "t", &d, &error), ERR_INVALID);
		if (!g_str_has_prefix(error.text, cases[i].want))
			print_error("%s\n", error.text);
		assert_true(g_str_has_prefix(error.text, cases[i].want));
		assert_null(strpbrk(error.text, "\r\n"));
		assert_null(d);
	}
}

static const char sample[] = "<?xml version=\"1.0\"?>\n<cib epoch=\"1\" x='&amp;&#65;'>\n  <!-- c -->\n"
			     "  <a b=\"\xc3\xa4\"/><![CDATA[ x ]]> y <?p q?>\n</cib>\n";

/* A document that was cut is refused wherever it was cut, up to its last element's end. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	size_t whole = strstr(sample, "</cib>") + strlen("</cib>") - sample;
	for (size_t n = 0; n <= sizeof(sample) - 1; n++) {
		struct document *d = NULL;
		struct error error = {0};
		char *copy = g_memdup2(sample, n + 1); /* exactly sized, so that a read beyond is seen */
		copy[n] = '!';
		assert_int_equal(document_parse(copy, n, "t", &d, &error), n < whole ? ERR_INVALID : ERR_OK);
		assert_int_equal(error.text[0] != '\0', n < whole);
		g_free(copy);
		document_free(d);
	}
}

/* Any byte in any place: an answer, and what is accepted can be printed and read again. */
static void test_any_byte_anywhere(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(sample) - 1; at++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			char text[sizeof(sample)];
			memcpy(text, sample, sizeof(sample));
			text[at] = (char)byte;
			struct document *d = NULL, *again = NULL;
			if (document_parse(text, sizeof(sample) - 1, "t", &d, NULL) != ERR_OK)
				continue;
			GString *out = g_string_new(NULL);
			document_print(d, out);
			assert_int_equal(document_parse(out->str, out->len, "again", &again, NULL), ERR_OK);
			g_string_free(out, TRUE);
			document_free(d);
			document_free(again);
		}
	}
}

static GString *nested(unsigned depth)
{
	GString *text = g_string_new(NULL);
	for (unsigned i = 0; i < depth; i++)
		g_string_append(text, "<a>");
	for (unsigned i = 0; i < depth; i++)
		g_string_append(text, "</a>");
	return text;
}

static void test_limits(void **state)
{
	(void)state;
	static const struct {
		unsigned depth;
		enum err want;
	} cases[] = {{CIB_DEPTH_MAX, ERR_OK}, {CIB_DEPTH_MAX + 1, ERR_INVALID}, {100000, ERR_INVALID}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		GString *text = nested(cases[i].depth);
		struct document *d = NULL;
		struct error error;
		assert_int_equal(document_parse(text->str, text->len, "t", &d, &error), cases[i].want);
		if (cases[i].want != ERR_OK)
			assert_non_null(strstr(error.text, "nested deeper than 200"));
		g_string_free(text, TRUE);
		document_free(d);
	}
	for (unsigned more = 0; more < 2; more++) {
		GString *text = g_string_new("<cib");
		for (unsigned i = 0; i < CIB_ATTRIBUTES_MAX + more; i++)
			g_string_append_printf(text, " a%u=''", i);
		g_string_append(text, "/>");
		struct document *d = NULL;
		assert_int_equal(document_parse(text->str, text->len, "t", &d, NULL), more == 0 ? ERR_OK : ERR_INVALID);
		g_string_free(text, TRUE);
		document_free(d);
	}
	struct document *d = NULL;
	assert_int_equal(document_parse(sample, (size_t)CIB_TEXT_MAX + 1, "t", &d, NULL), ERR_INVALID);
}

/* A name as long as a page, a value and a comment as long as a book. */
static void test_long(void **state)
{
	(void)state;
	GString *text = g_string_new("<cib a='");
	for (unsigned i = 0; i < 20000000; i++)
		g_string_append(text, i % 1000 == 0 ? "&lt;" : "x");
	g_string_append(text, "'><!--");
	for (unsigned i = 0; i < 20000000; i++)
		g_string_append_c(text, i % 1000 == 0 ? '\n' : 'x');
	g_string_append(text, "\n--></cib>");
	struct document *d = NULL;
	assert_int_equal(document_parse(text->str, text->len, "t", &d, NULL), ERR_OK);
	struct element *root = document_root(d);
	assert_int_equal(strlen(element_get(root, document_name(d, "a"))), 20000000);
	assert_int_equal(strlen(root->first->text), 20000001);
	assert_int_equal(root->first->line, 1);
	document_free(d);
	d = NULL;
	g_string_assign(text, "<");
	for (unsigned i = 0; i < 4096; i++)
		g_string_append_c(text, 'n');
	g_string_append(text, "/>");
	assert_int_equal(document_parse(text->str, text->len, "t", &d, NULL), ERR_OK);
	assert_int_equal(strlen(element_tag(document_root(d))), 4096);
	document_free(d);
	g_string_free(text, TRUE);
}

static void assert_refused(const char *text, size_t size, const char *want)
{
	struct document *d = NULL;
	struct error error = {0};
	assert_int_equal(document_parse(text, size, "t", &d, &error), ERR_INVALID);
	assert_string_equal(error.text, want);
	assert_null(d);
}

/* What would take the library time that grows with the square of the text: quick, or the test times out. */
static void test_crowds(void **state)
{
	(void)state;
	GString *text = g_string_new("<cib>\n<a\n");
	for (unsigned i = 0; i < 1000000; i++)
		g_string_append_printf(text, " a%u='>'", i);
	g_string_append(text, "/></cib>");
	assert_refused(text->str, text->len, "t:2: an element has more than 1000 attributes");

	g_string_assign(text, "<cib>");
	for (unsigned i = 0; i < 100; i++) {
		g_string_append(text, "<a");
		for (unsigned k = 0; k < CIB_ATTRIBUTES_MAX; k++)
			g_string_append_printf(text, " xmlns:n%u_%u='u'", i, k);
		g_string_append(text, ">");
	}
	assert_refused(text->str, text->len, "t:1: <a> is within more than 1000 declarations of namespaces");

	/* Long is not crowded: neither a value full of quotes nor a text or comment. */
	g_string_assign(text, "<cib a='");
	for (unsigned i = 0; i < 100000; i++)
		g_string_append(text, " b=\"c\"");
	g_string_append(text, "'>");
	for (unsigned i = 0; i < 100000; i++)
		g_string_append(text, " b=\"c\"");
	g_string_append(text, "<!-- ");
	for (unsigned i = 0; i < 100000; i++)
		g_string_append(text, " b=\"c\"");
	g_string_append(text, "--></cib>");
	struct document *d = NULL;
	assert_int_equal(document_parse(text->str, text->len, "t", &d, NULL), ERR_OK);
	document_free(d);
	g_string_free(text, TRUE);
}

static void test_lines(void **state)
{
	(void)state;
	static const char text[] = "<?xml version='1.0'?>\n\n<cib\n a='1\n2'>\n<!-- \n --><a/>\n<b>\n</b></cib>";
	struct document *d = NULL;
	assert_int_equal(document_parse(text, sizeof(text) - 1, "t", &d, NULL), ERR_OK);
	struct element *root = document_root(d);
	assert_int_equal(root->line, 3);
	assert_int_equal(root->first->line, 6);
	assert_int_equal(element_first(root)->line, 7);
	assert_int_equal(root->last->line, 8);
	document_free(d);
	static const char other_ends[] = "<cib>\r\n<a\r\n/><!--\r\r\r\n<!-\n--></cib>";
	assert_int_equal(document_parse(other_ends, sizeof(other_ends) - 1, "t", &d, NULL), ERR_OK);
	root = document_root(d);
	assert_int_equal(root->first->line, 2);
	assert_int_equal(root->last->line, 3);
	assert_string_equal(root->last->text, "\n\n\n<!-\n");
	document_free(d);
}

/* Lines are right beyond what 16 bits hold, in elements and in errors. */
static void test_many_lines(void **state)
{
	(void)state;
	GString *text = g_string_new("<cib>");
	for (unsigned i = 0; i < 200000; i++)
		g_string_append(text, "<a/>\n");
	g_string_append(text, "<b\n/>");
	size_t good = text->len;
	g_string_append(text, "</cib>");
	struct document *d = NULL;
	assert_int_equal(document_parse(text->str, text->len, "t", &d, NULL), ERR_OK);
	assert_int_equal(document_root(d)->last->line, 200001);
	assert_int_equal(document_root(d)->last->previous->line, 200000);
	document_free(d);
	g_string_truncate(text, good);
	g_string_append(text, "</cab>");
	assert_refused(text->str, text->len,
		       "t:200002: not well-formed XML: Opening and ending tag mismatch: cib line 1 and cab");
	g_string_truncate(text, good);
	g_string_append(text, "\n<!DOCTYPE a>");
	assert_refused(text->str, text->len, "t:200003: not well-formed XML: StartTag: invalid element name");
	g_string_free(text, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),         cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_any_byte_anywhere),
		cmocka_unit_test(test_limits),       cmocka_unit_test(test_long),
		cmocka_unit_test(test_lines),        cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_crowds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
