/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli-world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define OLD "<cib><a/></cib>"
#define NEW "<cib><b/></cib>"

/* Standard input is the document called "-"; arguments cannot hold blanks here. */
static void test_runs(void **state)
{
	(void)state;
	static const struct {
		const char *command, *input;
		int code;
		const char *out, *err; /* of what is printed */
	} cases[] = {
		{"crm_diff -O " OLD " -N " OLD, NULL, 0, "", ""},
		{"crm_diff -uO " OLD " -N " NEW, NULL, 1,
		 "<diff format=\"2\">\n  <change operation=\"delete\" path=\"/cib/a\"/>\n"
		 "  <change operation=\"create\" path=\"/cib\" position=\"0\">\n    <b/>\n  </change>\n</diff>\n",
		 ""},
		{"crm_diff -O " OLD " -N " NEW, NULL, 1, "<target admin_epoch=\"1\" epoch=\"1\" num_updates=\"1\"/>",
		 ""},
		{"crm_diff -c -O " OLD " -N " NEW, NULL, 1, "<diff format=\"2\" digest=\"", ""},
		{"crm_diff -u -O <cib/> -n -", "<cib epoch='4' num_updates='2'/>", 1, "name=\"epoch\"", ""},
		{"crm_diff -u -O <cib><!--epoch--></cib> -n -", "<cib><!--epoch--></cib>", 0, "", ""},
		{"crm_diff -O " OLD " -p -", "<diff format='2'><change operation='delete' path='/cib/a'/></diff>", 0,
		 "<cib/>\n", ""},
		{"crm_diff --output-as=xml -O " OLD " -p -", "<diff format='2'/>", 0,
		 "  <updated><![CDATA[<cib>\n  <a/>\n</cib>\n]]></updated>\n  <status code=\"0\" message=\"OK\"/>\n",
		 ""},
		{"crm_diff --output-as=none -O " OLD " -N " NEW, NULL, 1, "", ""},
		{"crm_diff -O " OLD " -p -", "<diff format='1'/>", 1, "", "only form 2"},
		{"crm_diff -c -O " OLD " -p -",
		 "<diff format='2'><version><target admin_epoch='0' epoch='0' num_updates='0'/></version></diff>", 103,
		 "", "Update was older than existing configuration: the patch does not lead to a newer version"},
		{"crm_diff -u -O " OLD " -p -", "<diff format='2'/>", 0, "<cib>", "Warning: -u/--no-version ignored"},
		{"crm_diff -u -c -O " OLD " -N " NEW, NULL, 64, "", "-u/--no-version incompatible with -c/--cib"},
		{"crm_diff -O " OLD, NULL, 64, "", "Either --new"},
		{"crm_diff -N " OLD, NULL, 64, "", "Either --original"},
		{"crm_diff -O " OLD " -N <cib", NULL, 65, "", "Failed to parse new XML: the string given:1: "},
		{"crm_diff -o /nonexistent -N " OLD, NULL, 65, "", "Failed to parse original XML: /nonexistent: "},
		{"crm_diff -O <a/> -N <b/>", NULL, 65, "", "not the same document"},
		{"crm_diff -s -O " OLD, OLD, 0, "", ""},
	};
	struct cli_world w = {0};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_run(&w, cases[i].command, cases[i].input, NULL);
		assert_int_equal(w.code, cases[i].code);
		assert_non_null(strstr(w.out, cases[i].out));
		assert_non_null(strstr(w.err, cases[i].err));
		assert_int_equal(w.out[0] != '\0', cases[i].out[0] != '\0');
		assert_int_equal(w.err[0] != '\0', cases[i].err[0] != '\0');
	}
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
