/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pacemaker-result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a program of all the parts prints in this form. */
static int printed(enum output_form form, bool fails, char **ret_out, char **ret_err)
{
	size_t out_size, err_size;
	struct program_io io = {.out = open_memstream(ret_out, &out_size), .err = open_memstream(ret_err, &err_size)};
	const char *const arguments[] = {"crm_thing", "--name=a b", "<x>", NULL};
	struct command_line line = {.form = form, .arguments = arguments};
	struct pacemaker_result r;
	result_open(&r, &io, &line, "crm_thing");
	result_line(&r, "value %d", 7);
	if (r.is_xml)
		markup_begin(&r.markup, "list");
	result_element(&r, "value", "7 < 8");
	if (r.is_xml) {
		markup_empty(&r.markup, "pair", "a", "\"1\"", "b", "2", NULL);
		markup_end(&r.markup);
	}
	result_cdata(&r, "document", "<cib>]]></cib>\n");
	int code;
	if (fails) {
		result_error(&r, "Warning: %s", "<odd>");
		code = result_fail(&r, EXIT_NO_SUCH, "no %s", "thing");
	} else {
		code = result_close(&r, EXIT_OK);
	}
	(void)fclose(io.out);
	(void)fclose(io.err);
	return code;
}

static void test_forms(void **state)
{
	(void)state;
#define HEAD                                                                                                        \
	"<pacemaker-result api-version=\"" PACEMAKER_API_VERSION "\" request=\"crm_thing '--name=a b' "             \
	"&lt;x&gt;\">\n  <list>\n    <value>7 &lt; 8</value>\n    <pair a=\"&quot;1&quot;\" b=\"2\"/>\n  </list>\n" \
	"  <document><![CDATA[<cib>]]]]><![CDATA[></cib>\n]]></document>\n"
	static const struct {
		enum output_form form;
		bool fails;
		const char *out, *err;
	} cases[] = {
		{FORM_TEXT, false, "value 7\n", ""},
		{FORM_TEXT, true, "value 7\n", "Warning: <odd>\ncrm_thing: no thing\n"},
		{FORM_NONE, false, "", ""},
		{FORM_XML, false, HEAD "  <status code=\"0\" message=\"OK\"/>\n</pacemaker-result>\n", ""},
		{FORM_XML, true,
		 HEAD
		 "  <status code=\"105\" message=\"No such object\">\n    <errors>\n"
		 "      <error>Warning: &lt;odd&gt;</error>\n      <error>crm_thing: no thing</error>\n    </errors>\n"
		 "  </status>\n</pacemaker-result>\n",
		 ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = NULL, *err = NULL;
		int code = printed(cases[i].form, cases[i].fails, &out, &err);
		assert_int_equal(code, cases[i].fails ? EXIT_NO_SUCH : EXIT_OK);
		assert_string_equal(out, cases[i].out);
		assert_string_equal(err, cases[i].err);
		free(out);
		free(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
