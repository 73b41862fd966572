/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trees.h"
#include "two-ways.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* In memory of its very size, so that a read beyond is seen. */
static bool is_plain(const char *text, size_t size)
{
	bool agree;
	char *copy = g_memdup2(text, MAX(size, 1));
	bool plain = read_two_ways(copy, size, &agree);
	if (!agree)
		print_error("read in two ways: %.*s\n", (int)size, text);
	assert_true(agree);
	g_free(copy);
	return plain;
}

static const char *const plain_texts[] = {
	"<cib/>",
	"<?xml version=\"1.0\"?>\n<cib/>\n",
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><cib/>",
	"<?xml version='1.0' encoding='utf-8'?><cib/>",
	"\n\t <!-- before --><cib></cib ><!-- after --> ",
	"<cib  a = '1'\n\tb=\"2\" />",
	"<cib><a/><a x='1'/><a x='1' y='2'/><a y='2' x='1'/><b x='1'></b></cib>",
	"<cib><!-- - kept -> <&]]> \xc3\xa4 -\n --><!----></cib>",
	"<cib a='&lt;&gt;&amp;&quot;&apos;&#x41;&#66;&#10;&#13;&#9;&#x1F600;&#0000000065;'/>",
	"<cib a='\"' b=\"'\" c='>' d=']]>' e=''/>",
	"<cib><a x='&amp;'/><a x='&amp;'/><a x='&amp;amp;'/></cib>",
	"<cib a='\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd&#xe4;'/>",
	"<cib xml='1' xmln='2' xmlnsx='3' _-.0='4'><xml/></cib>",
};

static const char *const other_texts[] = {
	"",
	" ",
	"x",
	"<",
	"<cib",
	"<cib>",
	"<cib/",
	"<cib/><cib/>",
	"<cib/>x",
	"<cib>x</cib>",
	"<cib></cab>",
	"</cib>",
	"<cib><a></cib></a>",
	"<1/>",
	"<cib a='1'b='2'/>",
	"<cib a=1/>",
	"<cib a/>",
	"<cib a='1",
	"<cib a='<'/>",
	"<cib a='&x;'/>",
	"<cib a='&amp'/>",
	"<cib a='&#;'/>",
	"<cib a='&#x;'/>",
	"<cib a='&#0;'/>",
	"<cib a='&#xD800;'/>",
	"<cib a='&#xFFFE;'/>",
	"<cib a='&#x110000;'/>",
	"<cib a='&#99999999999999999999;'/>",
	"<cib a='1' b='2' a='3'/>",
	"<cib a='\x01'/>",
	"<cib a='\n'/>",
	"<cib a='\xe4'/>",
	"<cib a='\xed\xa0\x80'/>",
	"<cib a='\xef\xbf\xbf'/>",
	"<cib>\r\n</cib>",
	"<cib><!-- \r --></cib>",
	"<cib><!-- \xff --></cib>",
	"<cib><!-- \x01 --></cib>",
	"<cib><!-- a -- b --></cib>",
	"<cib><!-- a --",
	"<cib><!--->",
	"<cib><![CDATA[x]]></cib>",
	"<cib>&amp;</cib>",
	"<cib><?x y?></cib>",
	"<!DOCTYPE cib><cib/>",
	"<cib xmlns='x'/>",
	"<cib a:b='x'/>",
	"<a:cib/>",
	"<\xc3\xa4/>",
	"\xef\xbb\xbf<cib/>",
	"<?xml version='1.1'?><cib/>",
	" <?xml version=\"1.0\"?><cib/>",
	"<cib / >",
};

/* Wherever a plain text is cut, whatever one byte of it is: what is read at all is read alike. */
static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(plain_texts); i++) {
		size_t size = strlen(plain_texts[i]);
		assert_true(is_plain(plain_texts[i], size));
		char *text = g_memdup2(plain_texts[i], size + 1);
		for (size_t at = 0; at < size; at++) {
			(void)is_plain(text, at);
			for (unsigned byte = 0; byte < 256; byte++) {
				text[at] = (char)byte;
				(void)is_plain(text, size);
			}
			text[at] = plain_texts[i][at];
		}
		g_free(text);
	}
}

static void test_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(other_texts); i++) {
		if (is_plain(other_texts[i], strlen(other_texts[i])))
			print_error("taken as plain: %s\n", other_texts[i]);
		assert_false(is_plain(other_texts[i], strlen(other_texts[i])));
	}
	assert_false(is_plain("<cib>\0</cib>", 12));
	assert_false(is_plain("<cib a='\0'/>", 12));
}

/* What is printed is plain, so all that programs of ours write is. */
static void test_printed(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 300; seed++) {
		struct dice dice = {seed};
		struct document *d = random_tree(&dice, 40);
		GString *out = g_string_new(NULL);
		document_print(d, out);
		assert_true(is_plain(out->str, out->len));
		g_string_truncate(out, 0);
		element_print_flat(document_root(d), out);
		assert_true(is_plain(out->str, out->len));
		g_string_free(out, TRUE);
		document_free(d);
	}
}

static bool is_repeated_plain(const char *begin, const char *each, unsigned count, const char *end)
{
	GString *text = g_string_new(begin);
	for (unsigned i = 0; i < count; i++)
		g_string_append(text, each);
	g_string_append(text, end);
	bool plain = is_plain(text->str, text->len);
	g_string_free(text, TRUE);
	return plain;
}

/* The limits are those of document.h; names have one more, which is the library's to pass. */
static void test_limits(void **state)
{
	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		GString *text = g_string_new(NULL);
		for (unsigned i = 0; i < CIB_DEPTH_MAX + more; i++)
			g_string_append(text, "<a>");
		for (unsigned i = 0; i < CIB_DEPTH_MAX + more; i++)
			g_string_append(text, "</a>");
		assert_int_equal(is_plain(text->str, text->len), more == 0);
		g_string_assign(text, "<a");
		for (unsigned i = 0; i < CIB_ATTRIBUTES_MAX + more; i++)
			g_string_append_printf(text, " a%u=''", i);
		g_string_append(text, "/>");
		assert_int_equal(is_plain(text->str, text->len), more == 0);
		g_string_free(text, TRUE);
		assert_int_equal(is_repeated_plain("<", "n", 64 + more, "/>"), more == 0);
		assert_int_equal(is_repeated_plain("<a ", "n", 64 + more, "='1'/>"), more == 0);
	}
	assert_true(is_repeated_plain("<a b='", "&lt;x", 100000, "'/>"));
}

/* More names than are kept at hand, so that they take each other's places. */
static void test_many_names(void **state)
{
	(void)state;
	GString *text = g_string_new("<cib>");
	for (unsigned i = 0; i < 20000; i++)
		g_string_append_printf(text, "<e%u a%u='%u' b%u='%u' a='%u'></e%u>\n", i % 701, i % 811, i % 3, i % 907,
				       i % 5, i % 2, i % 701);
	g_string_append(text, "</cib>");
	assert_true(is_plain(text->str, text->len));
	g_string_free(text, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),  cmocka_unit_test(test_other),      cmocka_unit_test(test_printed),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_many_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
