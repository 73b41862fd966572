/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/characters.h"
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
		{TEXT(""), "t:1: ends before the document is complete"},
		{TEXT("  \n "), "t:2: ends before the document is complete"},
		{TEXT("hello"), "t:1: is no XML: text before the first <"},
		{TEXT("<cib>\n<a>\n"), "t:3: ends before <a> of line 2 is closed"},
		{TEXT("<cib>\n<a>\n</cib>"), "t:3: </cib> where <a> of line 2 must be closed first"},
		{TEXT("</cib>"), "t:1: </cib> closes nothing"},
		{TEXT("<cib/>\n<cib/>"), "t:2: a second element after the document's end"},
		{TEXT("<cib/>x"), "t:1: text after the document's end"},
		{TEXT("<cib a='1' b='2' a='3'/>"), "t:1: <cib>: the attribute \"a\" is given twice"},
		{TEXT("<cib a='1'b='2'/>"), "t:1: <cib>: expected a blank, > or />"},
		{TEXT("<cib a=1/>"), "t:1: a value without quotes"},
		{TEXT("<cib a/>"), "t:1: an attribute without =\"value\""},
		{TEXT("<cib a='1/>"), "t:1: a value without its closing quote"},
		{TEXT("<cib a='<'/>"), "t:1: < in a value; write &lt;"},
		{TEXT("<cib a='&x;'/>"), "t:1: unknown reference after &"},
		{TEXT("<cib a='&'/>"), "t:1: unknown reference after &"},
		{TEXT("<cib a='&#0;'/>"), "t:1: a reference after &# that stands for no character"},
		{TEXT("<cib a='&#xD800;'/>"), "t:1: a reference after &# that stands for no character"},
		{TEXT("<cib a='&#99999999999999999999;'/>"), "t:1: a reference after &# that stands for no character"},
		{TEXT("<cib a='&#;'/>"), "t:1: a reference after &# that stands for no character"},
		{TEXT("<cib a='\0'/>"), "t:1: XML does not allow the control character 0x00"},
		{TEXT("<cib>\0</cib>"), "t:1: XML does not allow the control character 0x00"},
		{TEXT("<cib a='\x01'/>"), "t:1: XML does not allow the control character 0x01"},
		{TEXT("<cib a='\xe4'/>"), "t:1: the byte 0xe4 is no UTF-8"},
		{TEXT("<cib>\n\xc0\x80</cib>"), "t:2: the byte 0xc0 is no UTF-8"},
		{TEXT("<cib><!--\xff--></cib>"), "t:1: the byte 0xff is no UTF-8"},
		{TEXT("<cib a='\xed\xa0\x80'/>"), "t:1: the byte 0xed is no UTF-8"},
		{TEXT("<cib a='\xef\xbf\xbf'/>"), "t:1: the byte 0xef is no UTF-8"},
		{TEXT("\xff\xfe<\0c\0"), "t:1: is UTF-16"},
		{TEXT("<?xml version='1.0' encoding='ISO-8859-1'?><cib/>"),
		 "t:1: encoding=\"ISO-8859-1\": only UTF-8 is read; convert it"},
		{TEXT("<?xml encoding='UTF-8'?><cib/>"), "t:1: <?xml …?> without version=\"1.0\""},
		{TEXT("<?xml version='1.0' standalone='maybe'?><cib/>"), "t:1: <?xml …?>: standalone"},
		{TEXT("<?xml version='1.0' x='y'?><cib/>"), "t:1: <?xml …?> has more than"},
		{TEXT("<cib><?xml version='1.0'?></cib>"), "t:1: <?xml …?> may only be the very first"},
		{TEXT("<cib><?></cib>"), "t:1: <? without a name"},
		{TEXT("<cib><?x y></cib>"), "t:1: <? has no end"},
		{TEXT("<!DOCTYPE cib [<!ENTITY a \"b\">]><cib/>"), "t:1: declares a document type"},
		{TEXT("<cib><!-- a -- b --></cib>"), "t:1: -- within a comment"},
		{TEXT("<cib><!-- a </cib>"), "t:1: a comment has no end"},
		{TEXT("<cib><!ELEMENT a></cib>"), "t:1: <! that begins neither"},
		{TEXT("<![CDATA[x]]><cib/>"), "t:1: <! that begins neither"},
		{TEXT("<cib>]]></cib>"), "t:1: ]]> in text"},
		{TEXT("<cib><1/></cib>"), "t:1: expected an element's name"},
		{TEXT("<cib><:a/></cib>"), "t:1: an element's name begins or ends with a colon"},
		{TEXT("<cib><a:/></cib>"), "t:1: an element's name begins or ends with a colon"},
		{TEXT("<cib / >"), "t:1: a / without >"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *d = NULL;
		struct error error = {0};
		assert_int_equal(document_parse(cases[i].text, cases[i].size, "t", &d, &error), ERR_INVALID);
		if (!g_str_has_prefix(error.text, cases[i].want))
			print_error("%s\n", error.text);
		assert_true(g_str_has_prefix(error.text, cases[i].want));
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

/* A name as long as a page, a value as long as a book. */
static void test_long(void **state)
{
	(void)state;
	GString *text = g_string_new("<cib a='");
	for (unsigned i = 0; i < 1000000; i++)
		g_string_append(text, i % 1000 == 0 ? "&lt;" : "x");
	g_string_append(text, "'/>");
	struct document *d = NULL;
	assert_int_equal(document_parse(text->str, text->len, "t", &d, NULL), ERR_OK);
	assert_int_equal(strlen(element_get(document_root(d), document_name(d, "a"))), 1000000);
	document_free(d);
	d = NULL;
	g_string_assign(text, "<");
	for (unsigned i = 0; i < 4096; i++)
		g_string_append_c(text, 'n');
	g_string_append(text, "/>");
	struct error error;
	assert_int_equal(document_parse(text->str, text->len, "t", &d, &error), ERR_INVALID);
	assert_string_equal(error.text, "t:1: an element's name is too long");
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
}

static void test_characters(void **state)
{
	(void)state;
	static const uint32_t allowed[] = {'\t',  '\n',   'A',    0x7F,   0x80,    0x7FF,
					   0x800, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF};
	static const uint32_t forbidden[] = {0, 1, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF, 0x110000, UINT32_MAX};
	char bytes[4];
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		uint32_t code = 0;
		size_t n = character_write(allowed[i], bytes);
		assert_true(n > 0);
		assert_int_equal(character_read(bytes, bytes + n, &code), n);
		assert_int_equal(code, allowed[i]);
		assert_int_equal(character_read(bytes, bytes + n - 1, &code), 0);
	}
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		assert_int_equal(character_write(forbidden[i], bytes), 0);
}

static void test_names(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length;
		bool plain;
	} cases[] = {{"a", 1, true},        {"_1-.x", 5, true},     {"a b", 1, false},      {"1a", 0, false},
		     {"-a", 0, false},      {"a:b", 3, false},      {"", 0, false},         {" a ", 0, true},
		     {"\xc3\xa4", 2, true}, {"a\xc2\xb7", 3, true}, {"\xc2\xb7", 0, false}, {"a/b", 1, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(name_length(cases[i].text, cases[i].text + strlen(cases[i].text)), cases[i].length);
		assert_int_equal(is_plain_name(cases[i].text), cases[i].plain);
	}
	assert_true(is_blank(' ') && is_blank('\t') && is_blank('\n') && is_blank('\r') && !is_blank('a'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),         cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_any_byte_anywhere),
		cmocka_unit_test(test_limits),       cmocka_unit_test(test_long),
		cmocka_unit_test(test_lines),        cmocka_unit_test(test_characters),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
