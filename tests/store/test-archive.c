/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/archive.h"

#include "cib/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char text[] =
	"<cib validate-with=\"none\" epoch=\"5\" num_updates=\"7\"><configuration><a x=\"1\"/><!--c-->"
	"</configuration><status><node_state id=\"1\"/></status><!--d--></cib>";

static struct document *parsed(const char *from)
{
	struct document *d = NULL;
	assert_int_equal(document_parse(from, strlen(from), "test", &d, NULL), ERR_OK);
	return d;
}

static char *flat(const struct document *d)
{
	GString *out = g_string_new(NULL);
	element_print_flat(document_root(d), out);
	return g_string_free(out, FALSE);
}

/* What is written has no status and no updates; the document keeps its own. */
static void test_text(void **state)
{
	(void)state;
	struct document *d = parsed(text), *back = NULL;
	GString *out = g_string_new(NULL);
	char digest[33];
	archive_text(d, out, digest);
	assert_string_equal(
		out->str,
		"<?xml version=\"1.0\"?>\n<cib validate-with=\"none\" epoch=\"5\" num_updates=\"0\">\n"
		"  <configuration>\n    <a x=\"1\"/>\n    <!--c-->\n  </configuration>\n  <!--d-->\n</cib>\n");
	assert_int_equal(strlen(digest), 32);
	char *same = flat(d);
	assert_string_equal(same, text);
	g_free(same);
	struct error error = {0};
	char with_end[40];
	(void)snprintf(with_end, sizeof(with_end), "%s\n", digest);
	assert_int_equal(archive_read(out->str, out->len, "cib.xml", with_end, &back, &error), ERR_OK);
	same = flat(back);
	assert_string_equal(
		same, "<cib validate-with=\"none\" epoch=\"5\" num_updates=\"0\"><configuration><a x=\"1\"/><!--c-->"
		      "</configuration><!--d--><status/></cib>");
	g_free(same);
	document_free(back);
	g_string_free(out, TRUE);
	document_free(d);
}

static void test_damaged(void **state)
{
	(void)state;
	static const struct {
		const char *text, *digest, *why;
	} cases[] = {
		{"", NULL, "cib.xml: the file is empty"},
		{"<cib", NULL, "cib.xml:1"},
		{"<crm/>", NULL, "<crm> is no configuration"},
		{"<cib/>", "", "its digest is not the one in cib.xml.sig"},
		{"<cib/>", "00112233445566778899aabbccddeeff", "digest"},
		{"<cib/>", "00", "digest"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *d = NULL;
		struct error error = {0};
		assert_int_equal(
			archive_read(cases[i].text, strlen(cases[i].text), "cib.xml", cases[i].digest, &d, &error),
			ERR_INVALID);
		assert_null(d);
		if (strstr(error.text, cases[i].why) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", error.text, cases[i].why);
	}
	struct document *d = NULL;
	assert_int_equal(archive_read("<cib/>", 6, "cib.xml", NULL, &d, NULL), ERR_OK);
	document_free(d);
}

static void test_empty(void **state)
{
	(void)state;
	struct document *d = archive_empty();
	GPtrArray *problems = problems_new();
	assert_true(cib_validate(d, problems));
	g_ptr_array_unref(problems);
	char *same = flat(d);
	assert_string_equal(
		same, "<cib crm_feature_set=\"3.20.5\" validate-with=\"pacemaker-4.0\" admin_epoch=\"0\" epoch=\"0\" "
		      "num_updates=\"0\"><configuration><crm_config/><nodes/><resources/><constraints/>"
		      "</configuration><status/></cib>");
	g_free(same);
	document_free(d);
}

static void test_journal(void **state)
{
	(void)state;
	static const struct archive_entry e = {.number = 12,
					       .version = {1, 5, 0},
					       .digest = "abc",
					       .when = 1795369279,
					       .lineage = 7,
					       .node = "a",
					       .client = "cibadmin",
					       .what = "modify \"x\"\n\xff"};
	static const char line[] =
		"{\"number\":12,\"version\":\"1.5.0\",\"digest\":\"abc\",\"when\":1795369279,\"lineage\":7,"
		"\"node\":\"a\",\"client\":\"cibadmin\",\"what\":\"modify \\\"x\\\"\\n\xef\xbf\xbd\"}";
	GString *out = g_string_new(NULL);
	archive_entry_print(&e, out);
	assert_string_equal(out->str, line);
	struct arena a = {0};
	struct archive_entry back = {0};
	struct error error = {0};
	assert_int_equal(archive_entry_parse(out->str, out->len, &a, &back, &error), ERR_OK);
	assert_int_equal(back.number, 12);
	assert_int_equal(cib_version_compare(back.version, e.version), 0);
	assert_string_equal(back.digest, "abc");
	assert_int_equal(back.when, e.when);
	assert_int_equal(back.lineage, 7);
	assert_string_equal(back.node, "a");
	assert_string_equal(back.client, "cibadmin");
	assert_null(back.user);
	assert_string_equal(back.what, "modify \"x\"\n\xef\xbf\xbd");
	static const char old[] = "{\"number\":3,\"version\":\"1.2.0\",\"digest\":\"abc\",\"when\":5}";
	assert_int_equal(archive_entry_parse(old, strlen(old), &a, &back, &error), ERR_OK);
	assert_int_equal(back.lineage, 0);
	static const char *const wrong[] = {"",
					    "{",
					    "[]",
					    "{}",
					    "{\"number\":-1,\"version\":\"1.1.1\"}",
					    "{\"number\":1}",
					    "{\"number\":1,\"version\":\"1.1\"}",
					    "{\"number\":1,\"version\":\"1.1.1x\"}",
					    "{\"number\":\"1\",\"version\":\"1.1.1\"}"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		error = (struct error){0};
		assert_int_equal(archive_entry_parse(wrong[i], strlen(wrong[i]), &a, &back, &error), ERR_INVALID);
		assert_true(error.text[0] != '\0');
	}
	arena_fini(&a);
	g_string_free(out, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_journal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
