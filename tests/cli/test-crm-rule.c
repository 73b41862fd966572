/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli-world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define RULE(id, condition) "<rule id='" id "' score='5'>" condition "</rule>"

static const char document[] = "<cib><configuration><constraints>" RULE(
	"range", "<date_expression id='d1' start='2020-01-01' end='2021-01-01'/>")
	RULE("operation", "<date_expression id='d2' operation='in_range' start='2020-01-01' end='2021-01-01'/>") RULE(
		"spec",
		"<date_expression id='d3' operation='date_spec'><date_spec id='s3' years='2020'/></date_expression>")
		RULE("months",
		     "<date_expression id='d4' operation='date_spec'><date_spec id='s4' months='1'/></date_expression>")
			RULE("none", "<expression id='e5' attribute='x' operation='defined'/>") RULE(
				"two", "<date_expression id='d6' operation='gt' start='2020-01-01'/>"
				       "<date_expression id='d7' operation='lt' end='2021-01-01'/>")
				RULE("deep", "<rule id='in'><date_expression id='d8' operation='gt' "
					     "start='2020-01-01'/></rule>")
					RULE("wrong", "<date_expression id='d9' operation='lt' end='someday'/>")
						RULE("twice",
						     "<date_expression id='d10' operation='gt' start='2020-01-01'/>")
							RULE("twice", "") "</constraints></configuration></cib>";

static void test_runs(void **state)
{
	static const struct {
		const char *options;
		int code;
		const char *out, *err; /* err: a part of it */
	} cases[] = {
		{"-c -r operation -d 2019-06-01", 111, "Rule operation has not yet taken effect\n", ""},
		{"-c -r operation -d 2020-06-01", 0, "Rule operation is still in effect\n", ""},
		{"-c -r operation -d 2021-06-01", 110, "Rule operation is expired\n", ""},
		{"-c -r spec -d 2019-06-01", 111, "Rule spec has not yet taken effect\n", ""},
		{"-c -r spec -d 2020-06-01", 0, "Rule spec satisfies conditions\n", ""},
		{"-c -r spec -d 2021-06-01", 110, "Rule spec is expired\n", ""},
		{"-c -r deep -d 2021-06-01", 0, "Rule deep is still in effect\n", ""},
		{"-c -r deep", 111, "Rule deep has not yet taken effect\n", ""}, /* it is 1970 here */
		/* The last one that is not simply satisfied decides. */
		{"-c -r operation -r spec -d 2020-06-01", 0,
		 "Rule operation is still in effect\nRule spec satisfies conditions\n", ""},
		{"-c -r nope -r spec -d 2020-06-01", 105, "Rule spec satisfies conditions\n", "nope"},
		{"-c -r nope -r operation -d 2020-06-01", 0, "Rule operation is still in effect\n", "nope"},
		{"-c -r nope", 105, "", "Could not determine whether rule nope is in effect: Rule not found"},
		{"-c -r none", 3, "", "Rule does not have a date expression"},
		{"-c -r two", 3, "", "Rule has more than one date expression"},
		{"-c -r months", 3, "", "Rule must either not use date_spec, or use date_spec with years="},
		{"-c -r range", 3, "", "Rule must either not use date_spec, or use date_spec with years="},
		{"-c -r twice", 109, "", "more than one rule"},
		{"-c -r wrong", 78, "", "Error parsing rule (line 1: <date_expression id=\"d9\">: does not pass"},
		{"-r spec", 64, "", "No mode operation given"},
		{"-c", 64, "", "--check requires use of --rule="},
		{"-c -r spec -d someday", 65, "", "Invalid date specified: 'someday' ("},
		{"-c -r spec -d 10000-01-01", 65, "", "Invalid date specified: '10000-01-01' (the year"},
		{"-c -r spec -d 2020-06-01 -X <cib", 65, "", "input string"},
	};
	struct cli_world w = {0};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char command[256];
		(void)snprintf(command, sizeof(command), "crm_rule -X - %s", cases[i].options);
		world_run(&w, command, document, NULL);
		if (w.code != cases[i].code || strcmp(w.out, cases[i].out) != 0 || !strstr(w.err, cases[i].err))
			fail_msg("%s: %d\n%s%s", command, w.code, w.out, w.err);
	}
	world_run(&w, "crm_rule --output-as=xml -X - -c -r nope -r spec -d 2020-06-01", document, NULL);
	assert_non_null(strstr(w.out,
			       "  <rule-check rule-id=\"nope\" rc=\"105\"/>\n"
			       "  <rule-check rule-id=\"spec\" rc=\"0\"/>\n"
			       "  <status code=\"105\" message=\"No such object\">\n    <errors>\n      <error>"));
	world_fini(&w);
}

/* The cluster's configuration is the file that CIB_file names. */
static void test_input(void **state)
{
	static const char *const missing[] = {"CIB_file=/nonexist/cib.xml", NULL};
	struct cli_world w = {0};
	(void)state;
	world_run(&w, "crm_rule -c -r spec", NULL, NULL);
	assert_int_equal(w.code, 102);
	assert_non_null(strstr(w.err, "Could not connect to the CIB"));
	world_run(&w, "crm_rule -c -r spec", NULL, missing);
	assert_int_equal(w.code, 105);
	assert_non_null(strstr(w.err, "/nonexist/cib.xml"));
	world_fini(&w);
}

int main(void)
{
	(void)setenv("TZ", "UTC", 1);
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_runs), cmocka_unit_test(test_input)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
