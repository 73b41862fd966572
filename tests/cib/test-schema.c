/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/schema.h"

#include "parsed.h"

#include <stdio.h>

#define HEAD   "<cib validate-with='pacemaker-4.0' admin_epoch='0' epoch='1' num_updates='0'><configuration>"
#define FOOT   "</configuration><status/></cib>"
#define BEFORE HEAD "<crm_config/><nodes/><resources>"
#define AFTER  "</resources><constraints/>" FOOT
#define DUMMY  "<primitive id='a' class='ocf' provider='heartbeat' type='Dummy'/>"

static struct document *assembled(const char *before, const char *text, const char *after)
{
	char *whole = g_strconcat(before, text, after, NULL);
	struct document *d = parsed(whole);
	g_free(whole);
	return d;
}

/* What is said about a document, a line a problem; the quick answer must be the same. */
static void assert_says(bool (*rule)(const struct document *, GPtrArray *), const char *before, const char *text,
			const char *after, const char *want)
{
	struct document *d = assembled(before, text, after);
	GPtrArray *problems = problems_new();
	GString *out = g_string_new(NULL);
	bool valid = rule(d, problems);
	for (guint i = 0; i < problems->len; i++)
		problem_print(g_ptr_array_index(problems, i), "t", out);
	assert_string_equal(out->str, want);
	assert_int_equal(valid, *want == '\0');
	assert_int_equal(rule(d, NULL), valid);
	g_string_free(out, TRUE);
	g_ptr_array_unref(problems);
	document_free(d);
}

static void test_resources(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{DUMMY, ""},
		{"<primitive id='a' template='t'/>",
		 "t:1: <primitive id=\"a\">: template=\"t\": nothing has that id\n"},
		{"<template id='t' class='lsb' type='x'/><primitive id='a' template='t'/>", ""},
		{"<template id='t' clas='lsb' type='x'/><primitive id='a' template='t'/>",
		 "t:1: <template id=\"t\">: unknown attribute \"clas\" (did you mean class?)\n"
		 "t:1: <template id=\"t\">: lacks class\n"},
		{"<primitive id='a'/>", "t:1: <primitive id=\"a\">: lacks template, or class and type\n"},
		{"<primitive id='a' class='ocf' type='x'/>", "t:1: <primitive id=\"a\">: lacks provider\n"},
		{"<primitive class='lsb' type='x'/>", "t:1: <primitive>: lacks id\n"},
		{"<primitive id='a' class='osf' provider='heartbeat' type='x'/>",
		 "t:1: <primitive id=\"a\">: class=\"osf\" is none of lsb, service, systemd, stonith, heartbeat, ocf "
		 "(did you mean ocf?)\n"},
		{"<primitive id='a' class='lsb' type='x' template='t'/>",
		 "t:1: <primitive id=\"a\">: its attributes do not go together (remove template)\n"
		 "t:1: <primitive id=\"a\">: template=\"t\": nothing has that id\n"},
		{"<primitive id='1a' class='lsb' type='x'/>", "t:1: <primitive id=\"1a\">: id=\"1a\" is no name: a "
							      "letter or _ first, then letters, digits and . - _\n"},
		{"<primitive id='a' class='lsb' type='x' tpye='y'/>",
		 "t:1: <primitive id=\"a\">: unknown attribute \"tpye\"\n"},
		{"<primitive id='a' class='lsb' type='x' descripton='y'/>",
		 "t:1: <primitive id=\"a\">: unknown attribute \"descripton\" (did you mean description?)\n"},
		{"<group id='g'/>", "t:1: <group id=\"g\">: lacks <primitive>\n"},
		{"<grup id='g'>" DUMMY "</grup>",
		 "t:1: <grup id=\"g\">: does not belong in <resources> (did you mean <group>?)\n"},
		{"<rsc_order id='o' first='a' then='b'/>",
		 "t:1: <rsc_order id=\"o\">: does not belong in <resources> (allowed are <bundle>, <clone>, <group>, "
		 "<primitive>, <template>)\n"},
		{"<clone id='c'>" DUMMY "<primitive id='b' class='lsb' type='x'/></clone>",
		 "t:1: <primitive id=\"b\">: is one too many in <clone>\n"},
		{"<clone id='c'>" DUMMY "<group id='b'><primitive id='d' class='lsb' type='x'/></group></clone>",
		 "t:1: <group id=\"b\">: does not go with what is before it in <clone> (remove one or put it first)\n"},
		{DUMMY "\n" DUMMY, "t:2: <primitive id=\"a\">: its id is also that of <primitive> in line 1 (every id "
				   "may be given once)\n"},
		{"<bundle id='b'><docker image='x' replicas='two'/></bundle>",
		 "t:1: <docker>: replicas=\"two\" is no whole number\n"},
		{"<bundle id='b'><docker image='x'/><network add-host='yes'/></bundle>",
		 "t:1: <network>: add-host=\"yes\" is neither true nor false (write true)\n"},
		{"<primitive id='a' class='lsb' type='x'><meta_attributes id='m'><nvpair id='n' name='restart-type' "
		 "value='x'/></meta_attributes></primitive>",
		 "t:1: <nvpair id=\"n\">: name=\"restart-type\" is no longer supported\n"},
		/* all problems, each once, in document order */
		{"<primitive id='a' class='lsb'/>\n<group id='g'>\n<primitive id='b' class='x' type='y'/></group>",
		 "t:1: <primitive id=\"a\">: lacks type\n"
		 "t:3: <primitive id=\"b\">: class=\"x\" is none of lsb, service, systemd, stonith, heartbeat, ocf\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_says(cib_validate, BEFORE, cases[i][0], AFTER, cases[i][1]);
}

static void test_constraints(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"<rsc_location id='l' rsc='a' node='n' score='5'/>", ""},
		{"<rsc_location id='l' rsc='a' rsc-pattern='b' node='n' score='5'/>",
		 "t:1: <rsc_location id=\"l\">: has both rsc and rsc-pattern; give one\n"},
		{"<rsc_location id='l' rsc='a' node='n' scroe='5'/>",
		 "t:1: <rsc_location id=\"l\">: unknown attribute \"scroe\" (did you mean score?)\n"
		 "t:1: <rsc_location id=\"l\">: lacks score\n"},
		{"<rsc_location id='l' rsc='a'/>",
		 "t:1: <rsc_location id=\"l\">: lacks <rule> (or add node and add score)\n"},
		{"<rsc_location id='l' rsc='a' node='n' score='much'/>",
		 "t:1: <rsc_location id=\"l\">: score=\"much\" is no whole number and none of INFINITY, +INFINITY, "
		 "-INFINITY\n"},
		{"<rsc_order id='o' first='a' then='b' kind='Mandatry'/>",
		 "t:1: <rsc_order id=\"o\">: kind=\"Mandatry\" is none of Optional, Mandatory, Serialize "
		 "(did you mean Mandatory?)\n"},
		{"<rsc_order id='o' first='a'/>", "t:1: <rsc_order id=\"o\">: lacks then\n"},
		{"<rsc_order id='o' first='a' then='b' kind='Optional' score='5'/>",
		 "t:1: <rsc_order id=\"o\">: has both kind and score; give one\n"},
		{"<rsc_location id='l' rsc='a'><rule id='r'><date_expression id='d' operation='gt' end='x'/></rule>"
		 "</rsc_location>",
		 "t:1: <date_expression id=\"d\">: its attributes do not go together (operation=in_range, or "
		 "operation=lt)\n"},
		{"<rsc_location id='l' rsc='a'><rule id='r'/></rsc_location>",
		 "t:1: <rule id=\"r\">: lacks <date_expression> or <expression> or <op_expression> or <rsc_expression> "
		 "or "
		 "<rule> (or remove id and add id-ref)\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_says(cib_validate,
			    HEAD "<crm_config/><nodes/><resources>" DUMMY
				 "<primitive id='b' class='lsb' type='x'/></resources><constraints>",
			    cases[i][0], "</constraints>" FOOT, cases[i][1]);
}

static void test_whole(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"<crm_config/><nodes/><resources/><constraints/>", ""},
		{"<constraints/><resources/><nodes/><crm_config/>", ""},
		{"<crm_config/><nodes/><resources/>", "t:1: <configuration>: lacks <constraints>\n"},
		{"<crm_config/><nodes/><resources/><constraints/><nodes/>",
		 "t:1: <nodes>: is one too many in <configuration>\n"},
		{"<crm_config/><nodes/><resources/><constraints/><fencing-topology><fencing-level id='f' index='10' "
		 "target='n' devices='a,,b'/></fencing-topology>",
		 "t:1: <fencing-level id=\"f\">: index=\"10\" is no whole number from 1 to 9\n"
		 "t:1: <fencing-level id=\"f\">: devices=\"a,,b\" is no list of names with \",\" between them\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_says(cib_validate, HEAD, cases[i][0], FOOT, cases[i][1]);
	assert_says(cib_validate, "", "<crm_mon/>", "",
		    "t:1: <crm_mon>: is no configuration (a configuration is a <cib>)\n");
	assert_says(cib_validate, "", "<cib/>", "",
		    "t:1: <cib>: lacks admin_epoch and epoch and num_updates and validate-with\n"
		    "t:1: <cib>: lacks <configuration>\n");
}

static void test_references(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{DUMMY "</resources><constraints><rsc_location id='l' rsc='a' node='n' score='5'/></constraints>", ""},
		{"</resources><constraints><rsc_location id='l' rsc='a' node='n' score='5'/></constraints>",
		 "t:1: <rsc_location id=\"l\">: rsc=\"a\": there is no resource, template or tag with that id\n"},
		{DUMMY "</resources><constraints><rsc_order id='o' first='A' then='a'/></constraints>",
		 "t:1: <rsc_order id=\"o\">: first=\"A\": there is no resource, template or tag with that id (did you "
		 "mean a?)\n"},
		{DUMMY "</resources><constraints><rsc_order id='o' first='o' then='a'/></constraints>",
		 "t:1: <rsc_order id=\"o\">: first=\"o\" is a <rsc_order> (line 1), not a resource, template or tag\n"},
		{"<primitive id='p' template='q'/></resources><constraints/>",
		 "t:1: <primitive id=\"p\">: template=\"q\": there is no template with that id\n"},
		{DUMMY "<primitive id='p' template='a'/></resources><constraints/>",
		 "t:1: <primitive id=\"p\">: template=\"a\" is a <primitive> (line 1), not a template\n"},
		{"<primitive id='p' class='lsb' type='x'><meta_attributes id-ref='p'/><meta_attributes id-ref='m'/>"
		 "</primitive></resources><constraints/>",
		 "t:1: <meta_attributes>: id-ref=\"p\" is a <primitive> (line 1), not another meta_attributes\n"
		 "t:1: <meta_attributes>: id-ref=\"m\": there is no <meta_attributes> with that id\n"},
		{"</resources><constraints/><acls><acl_target id='u'><role id='r'/></acl_target></acls>",
		 "t:1: <role id=\"r\">: id=\"r\": there is no acl_role with that id\n"},
		{"</resources><constraints/><tags><tag id='t'><obj_ref id='x'/></tag></tags>",
		 "t:1: <obj_ref id=\"x\">: id=\"x\": there is no element with that id\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_says(cib_check_references, BEFORE, cases[i][0], FOOT, cases[i][1]);
}

static void test_problems(void **state)
{
	(void)state;
	struct document *d = assembled(BEFORE, "\n<group id='g'/>", AFTER);
	GPtrArray *problems = problems_new();
	assert_false(cib_validate(d, problems));
	assert_int_equal(problems->len, 1);
	const struct problem *p = g_ptr_array_index(problems, 0);
	assert_int_equal(p->line, 2);
	assert_string_equal(p->path, "/cib/configuration/resources/group");
	assert_string_equal(p->tag, "group");
	assert_string_equal(p->id, "g");
	assert_string_equal(p->text, "lacks <primitive>");
	assert_null(p->hint);
	for (unsigned i = 0; i < CIB_PROBLEMS_MAX + 10; i++)
		problems_add(problems, document_root(d), g_strdup("text"), g_strdup("hint"));
	assert_int_equal(problems->len, CIB_PROBLEMS_MAX);
	g_ptr_array_unref(problems);
	document_free(d);
}

/* Thousands of wrong elements: the list ends, the answer stays. */
static void test_many_problems(void **state)
{
	(void)state;
	GString *text = g_string_new(NULL);
	for (unsigned i = 0; i < 5000; i++)
		g_string_append_printf(text, "<primitive id='p%u' class='lsb'/>", i % 100);
	struct document *d = assembled(BEFORE, text->str, AFTER);
	GPtrArray *problems = problems_new();
	assert_false(cib_validate(d, problems));
	assert_int_equal(problems->len, CIB_PROBLEMS_MAX);
	assert_false(cib_validate(d, NULL));
	g_ptr_array_unref(problems);
	document_free(d);
	g_string_free(text, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resources), cmocka_unit_test(test_constraints),
		cmocka_unit_test(test_whole),     cmocka_unit_test(test_references),
		cmocka_unit_test(test_problems),  cmocka_unit_test(test_many_problems),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
