/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include "rules/values.h"

static struct arena arena;

#define PAIR(name, value)        "<nvpair id='" name "-" value "' name='" name "' value='" value "'/>"
#define BLOCK(attributes, pairs) "<meta_attributes " attributes ">" pairs "</meta_attributes>"

/* The values as "name=value ", in the order of the table. */
static const char *unpack_with(const char *text, const char *first_id, struct rule_input *in, struct table *into)
{
	static char line[512];
	struct document *d = parse_text(text);
	const struct element *parent = element_first_named(document_root(d), NAME_PRIMITIVE);
	values_unpack(parent, NAME_META_ATTRIBUTES, in, first_id, into, NULL);
	line[0] = '\0';
	for (uint32_t i = 0; i < into->count; i++) {
		strncat(line, into->entries[i].name, 100);
		strcat(line, "=");
		strncat(line, into->entries[i].value, 100);
		strcat(line, " ");
	}
	document_free(d);
	return line;
}

static const char *unpack(const char *text, const char *first_id)
{
	struct rule_input in = {.now = 1795357800};
	return unpack_with(text, first_id, &in, table_new(&arena));
}

static void test_order(void **state)
{
	static const struct {
		const char *text, *first_id, *want;
	} cases[] = {
		{"<x><primitive/></x>", NULL, ""},
		{"<x/>", NULL, ""},
		{"<x><primitive><instance_attributes id='i'>" PAIR("a", "1") "</instance_attributes></primitive></x>",
		 NULL, ""},
		{"<x><primitive>" BLOCK("id='m'", PAIR("a", "1") PAIR("b", "2")) "</primitive></x>", NULL, "a=1 b=2 "},
		/* The first value in one block, the last block among equals. */
		{"<x><primitive>" BLOCK("id='m'", PAIR("a", "1") PAIR("a", "2")) "</primitive></x>", NULL, "a=1 "},
		{"<x><primitive>" BLOCK("id='m'", PAIR("a", "1")) BLOCK("id='n'", PAIR("a", "2")) "</primitive></x>",
		 NULL, "a=2 "},
		{"<x><primitive>" BLOCK("id='m' score='1'", PAIR("a", "1")) BLOCK("id='n'", PAIR("a", "2"))
			 BLOCK("id='o' score='INFINITY'", PAIR("b", "3")) "</primitive></x>",
		 NULL, "b=3 a=1 "},
		{"<x><primitive>" BLOCK("id='m' score='-1'", PAIR("a", "1"))
			 BLOCK("id='n' score='-2'", PAIR("a", "2")) "</primitive></x>",
		 NULL, "a=1 "},
		{"<x><primitive>" BLOCK("id='m'", PAIR("a", "1"))
			 BLOCK("id='n' score='9'", PAIR("a", "2")) "</primitive></x>",
		 "m", "a=1 "},
		{"<x><primitive>" BLOCK("id='m'", PAIR("a", "1")) BLOCK("id='n'", PAIR("a", "2")) "</primitive></x>",
		 "o", "a=2 "},
		/* No value, no name. */
		{"<x><primitive>" BLOCK("id='m'", "<nvpair id='p' name='a'/><nvpair id='q' value='1'/>" PAIR(
							  "b", "")) "</primitive></x>",
		 NULL, "b= "},
		/* #default forgets what stronger blocks said, and weaker ones may say it again. */
		{"<x><primitive>" BLOCK("id='m' score='3'", PAIR("a", "1") PAIR("b", "1"))
			 BLOCK("id='n' score='2'", PAIR("a", "#Default"))
				 BLOCK("id='o' score='1'", PAIR("a", "3") PAIR("b", "3")) "</primitive></x>",
		 NULL, "a=3 b=1 "},
		{"<x><primitive>" BLOCK("id='m'",
					PAIR("a", "1") PAIR("a", "#default") PAIR("a", "2") PAIR("b", "#default")
						PAIR("b", "") PAIR("c", "") PAIR("c", "#default")) "</primitive></x>",
		 NULL, "a=2 b= "},
		/* As the oldest documents have it. */
		{"<x><primitive>" BLOCK("id='m'", "<attributes>" PAIR("a", "1") "</attributes>") "</primitive></x>",
		 NULL, "a=1 "},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = unpack(cases[i].text, cases[i].first_id);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: '%s', not '%s'", cases[i].text, got, cases[i].want);
	}
}

static void test_references(void **state)
{
	(void)state;
	assert_string_equal(unpack("<x><y>" BLOCK("id='m'", PAIR("a", "1")) "</y><primitive>" BLOCK(
					   "id-ref='m'", "") "</primitive></x>",
				   NULL),
			    "a=1 ");
	/* The score is that of the block that is meant. */
	assert_string_equal(unpack("<x><y>" BLOCK("id='m' score='5'", PAIR("a", "1")) "</y><primitive>" BLOCK(
					   "id-ref='m'", "") BLOCK("id='n'", PAIR("a", "2")) "</primitive></x>",
				   NULL),
			    "a=1 ");
	assert_string_equal(unpack("<x><y>" PAIR("a", "1") "</y><primitive>" BLOCK(
					   "id='m'", "<nvpair id-ref='a-1'/>" PAIR("b", "2")) "</primitive></x>",
				   NULL),
			    "a=1 b=2 ");
	struct problems problems = {0};
	struct rule_input in = {.problem = take_problem, .problem_user = &problems};
	assert_string_equal(unpack_with("<x><primitive>" BLOCK("id-ref='gone'", "") BLOCK(
						"id='m'", "<nvpair id-ref='gone'/>" PAIR("b", "2")) "</primitive></x>",
					NULL, &in, table_new(&arena)),
			    "b=2 ");
	assert_int_equal(problems.count, 2);
	assert_string_equal(unpack_with("<x><primitive>" BLOCK("id-ref='gone'", "") "</primitive></x>", NULL, &in,
					table_new(&arena)),
			    "");
	assert_int_equal(problems.count, 3);
}

#define TILL_NOON "<rule id='r'><date_expression id='d' operation='lt' end='2026-11-22 12:00:00Z'/></rule>"

static void test_rules(void **state)
{
	static const char *const text = "<x><primitive>" BLOCK("id='m' score='9'", TILL_NOON PAIR("a", "1"))
		BLOCK("id='n'", PAIR("a", "2")) "</primitive></x>";
	struct rule_input in = {.now = 1795348799}; /* 11:59:59 */
	(void)state;
	assert_string_equal(unpack_with(text, NULL, &in, table_new(&arena)), "a=1 ");
	in.now++;
	assert_string_equal(unpack_with(text, NULL, &in, table_new(&arena)), "a=2 ");

	struct document *d = parse_text(text);
	int64_t next_change = INT64_MAX;
	in.now = 0;
	values_unpack(element_first(document_root(d)), NAME_META_ATTRIBUTES, &in, NULL, table_new(&arena),
		      &next_change);
	assert_int_equal(next_change, 1795348800);
	document_free(d);
}

/* What is in the table stays, unless #default takes it away; a wrong score is 0 and told. */
static void test_table(void **state)
{
	struct problems problems = {0};
	struct rule_input in = {.problem = take_problem, .problem_user = &problems};
	struct table *into = table_new(&arena);
	(void)state;
	table_set(into, "a", "0");
	table_set(into, "b", "0");
	assert_string_equal(unpack_with("<x><primitive>" BLOCK("id='m' score='high'", PAIR("a", "1") PAIR("c", "1"))
						BLOCK("id='n' score='1'", PAIR("b", "#default")) "</primitive></x>",
					NULL, &in, into),
			    "a=0 c=1 ");
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.last, "high"));
	values_unpack(NULL, NAME_META_ATTRIBUTES, &in, NULL, into, NULL);
	assert_int_equal(into->count, 2);
}

/* Thousands of values, taken away and half of them said again: not one by one from the table. */
static void test_many_defaults(void **state)
{
	enum { MANY = 100000 };
	struct table *into = table_new(&arena);
	struct rule_input in = {.now = 0};
	GString *text = g_string_new("<x><primitive><meta_attributes id='m'>");
	(void)state;
	for (int i = 0; i < MANY; i++)
		g_string_append_printf(text, "<nvpair id='p%d' name='a%d' value='1'/>", i, i);
	for (int i = 0; i < MANY; i++)
		g_string_append_printf(text, "<nvpair id='q%d' name='a%d' value='#default'/>", i, i);
	for (int i = 0; i < MANY; i += 2)
		g_string_append_printf(text, "<nvpair id='r%d' name='a%d' value='2'/>", i, i);
	g_string_append(text, "</meta_attributes></primitive></x>");
	struct document *d = parse_text(text->str);
	values_unpack(element_first(document_root(d)), NAME_META_ATTRIBUTES, &in, NULL, into, NULL);
	assert_int_equal(into->count, MANY / 2);
	for (int i = 0; i < MANY / 2; i++)
		assert_string_equal(into->entries[i].value, "2");
	assert_null(table_get(into, "a1"));
	assert_string_equal(table_get(into, "a99998"), "2");
	document_free(d);
	g_string_free(text, TRUE);
}

/* Thousands of blocks of one element are sorted, not compared each with each. */
static void test_many(void **state)
{
	enum { MANY = 20000 };
	GString *text = g_string_new("<x><primitive>");
	(void)state;
	for (int i = 0; i < MANY; i++)
		g_string_append_printf(text, BLOCK("id='m%d' score='%d'", "<nvpair id='p%d' name='a' value='%d'/>"), i,
				       i * 7919 % MANY, i, i * 7919 % MANY);
	g_string_append(text, "</primitive></x>");
	assert_string_equal(unpack(text->str, NULL), "a=19999 ");
	g_string_free(text, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_references), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_table), cmocka_unit_test(test_many),       cmocka_unit_test(test_many_defaults),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&arena);
	return failed;
}
