/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

static struct arena arena;

/* Attributes of the node: name, value, … */
static const char *attribute_of(void *user, const char *name)
{
	const char *const *pairs = user;
	for (; pairs != NULL && *pairs != NULL; pairs += 2)
		if (strcmp(pairs[0], name) == 0)
			return pairs[1];
	return NULL;
}

static const char *const attributes[] = {
	"#uname", "n1", "#kind", "cluster",  "rack", "A7",   "cpu", "8",  "load",
	"1.5",    "os", "12.4",  "zone-web", "1",    "none", "",    NULL,
};

static struct rule_input some_input(struct problems *problems)
{
	static const char *const submatches[] = {"web-1", "web", NULL};
	union {
		const char *const *pairs;
		void *user;
	} of = {.pairs = attributes};
	return (struct rule_input){
		.now = 1795357800, /* Sunday, 2026-11-22 14:30:00 UTC: day 326, 2026-W47-7 */
		.node_attribute = attribute_of,
		.user = of.user,
		.submatches = submatches,
		.submatch_count = COUNT(submatches),
		.class_ = "ocf",
		.provider = "heartbeat",
		.type = "IPaddr2",
		.op_name = "monitor",
		.op_interval_ms = 10000,
		.problem = take_problem,
		.problem_user = problems,
	};
}

static const char *const result_names[] = {"no", "yes", "not yet", "expired", "invalid"};

static enum rule_result test_text(const char *text, struct rule_input *in, int64_t *next_change)
{
	struct document *d = parse_text(text);
	enum rule_result result = rule_test_condition(document_root(d), in, next_change);
	document_free(d);
	return result;
}

static void expect(const char *text, enum rule_result want)
{
	struct problems problems = {0};
	struct rule_input in = some_input(&problems);
	struct table *parameters = table_new(&arena), *meta = table_new(&arena);
	table_set(parameters, "rack", "a7");
	table_set(meta, "cores", "8");
	in.parameters = parameters;
	in.meta = meta;
	enum rule_result got = test_text(text, &in, NULL);
	if (got != want)
		fail_msg("%s is %s, not %s (%s)", text, result_names[got], result_names[want], problems.last);
	if ((problems.count > 0) != (want == RULE_INVALID))
		fail_msg("%s: %u problems (%s)", text, problems.count, problems.last);
	/* Without anyone to tell, the answer is the same. */
	in.problem = NULL;
	assert_int_equal(test_text(text, &in, NULL), want);
}

#define EXPRESSION "<expression id='e' "

static void test_attributes(void **state)
{
	static const struct {
		const char *attributes;
		enum rule_result want;
	} cases[] = {
		{"attribute='rack' operation='defined'", RULE_YES},
		{"attribute='none' operation='defined'", RULE_YES},
		{"attribute='nope' operation='defined'", RULE_NO},
		{"attribute='nope' operation='not_defined'", RULE_YES},
		{"attribute='rack' operation='NOT_defined'", RULE_NO},
		{"attribute='#uname' operation='eq' value='N1'", RULE_YES},
		{"attribute='#uname' operation='ne' value='n2'", RULE_YES},
		{"attribute='#kind' operation='eq' value='remote'", RULE_NO},
		{"attribute='nope' operation='eq' value='x'", RULE_NO},
		{"attribute='nope' operation='ne' value='x'", RULE_YES},
		{"attribute='nope' operation='lt' value='9'", RULE_NO},
		{"attribute='nope' operation='gt' value='9'", RULE_NO},
		/* The order of integers, numbers when there is a point in either, and what type= says. */
		{"attribute='cpu' operation='lt' value='10'", RULE_YES},
		{"attribute='cpu' operation='gt' value='10'", RULE_NOT_YET},
		{"attribute='cpu' operation='lte' value='8'", RULE_YES},
		{"attribute='cpu' operation='gte' value='8'", RULE_YES},
		{"attribute='cpu' operation='lt' value='8'", RULE_EXPIRED},
		{"attribute='cpu' operation='gt' value='8'", RULE_NOT_YET},
		{"attribute='cpu' operation='lte' value='7'", RULE_EXPIRED},
		{"attribute='cpu' operation='gte' value='9'", RULE_NOT_YET},
		{"attribute='cpu' operation='lt' value='10' type='string'", RULE_EXPIRED},
		{"attribute='load' operation='gt' value='1'", RULE_YES},
		{"attribute='load' operation='gt' value='1' type='integer'", RULE_NOT_YET},
		{"attribute='cpu' operation='lt' value='8.5'", RULE_YES},
		{"attribute='cpu' operation='eq' value='8.0'", RULE_NO},
		{"attribute='cpu' operation='eq' value='8.0' type='number'", RULE_YES},
		{"attribute='os' operation='lt' value='12.10' type='Version'", RULE_YES},
		{"attribute='os' operation='lt' value='12.10'", RULE_EXPIRED},
		{"attribute='rack' operation='gt' value='8'", RULE_YES}, /* no integer, so as strings */
		/* Where the value comes from. */
		{"attribute='rack' operation='eq' value='rack' value-source='param'", RULE_YES},
		{"attribute='cpu' operation='eq' value='cores' value-source='META'", RULE_YES},
		{"attribute='rack' operation='eq' value='nope' value-source='param'", RULE_NO},
		{"attribute='nope' operation='eq' value='nope' value-source='param'", RULE_YES},
		{"attribute='nope' operation='lte' value='nope' value-source='param'", RULE_NO},
		{"attribute='rack' operation='eq' value='A7' value-source='literal'", RULE_YES},
		/* %0 to %9 */
		{"attribute='zone-%1' operation='eq' value='1'", RULE_YES},
		{"attribute='%2zone-%1%9' operation='eq' value='1'", RULE_YES},
		{"attribute='zone-%0' operation='defined'", RULE_NO},
		{"attribute='zone-%x' operation='defined'", RULE_NO},
		/* What makes no sense. */
		{"operation='defined'", RULE_INVALID},
		{"attribute='rack'", RULE_INVALID},
		{"attribute='rack' operation='is'", RULE_INVALID},
		{"attribute='rack' operation=''", RULE_INVALID},
		{"attribute='rack' operation='defined' value='x'", RULE_INVALID},
		{"attribute='rack' operation='eq'", RULE_INVALID},
		{"attribute='rack' operation='eq' value='x' type='float'", RULE_INVALID},
		{"attribute='rack' operation='defined' type='float'", RULE_INVALID},
		{"attribute='rack' operation='eq' value='x' value-source='moon'", RULE_INVALID},
	};
	char text[256];
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)snprintf(text, sizeof(text), EXPRESSION "%s/>", cases[i].attributes);
		expect(text, cases[i].want);
	}
	expect("<expression attribute='rack' operation='defined'/>", RULE_INVALID);
	expect("<expression id='' attribute='rack' operation='defined'/>", RULE_INVALID);
}

/* Without a node nothing is defined; without a pattern %1 is a name like any other. */
static void test_without(void **state)
{
	struct rule_input in = {0};
	(void)state;
	assert_int_equal(test_text(EXPRESSION "attribute='#uname' operation='not_defined'/>", &in, NULL), RULE_YES);
	assert_int_equal(test_text(EXPRESSION "attribute='#uname' operation='eq' value='n1'/>", &in, NULL), RULE_NO);
	assert_int_equal(test_text("<rsc_expression id='r' class='ocf'/>", &in, NULL), RULE_NO);
	assert_int_equal(test_text("<op_expression id='o' name='monitor'/>", &in, NULL), RULE_NO);
	struct problems problems;
	in = some_input(&problems);
	in.submatches = NULL;
	assert_int_equal(test_text(EXPRESSION "attribute='zone-%1' operation='defined'/>", &in, NULL), RULE_NO);
}

static void test_resources(void **state)
{
	(void)state;
	expect("<rsc_expression id='r'/>", RULE_YES);
	expect("<rsc_expression id='r' class='ocf' provider='heartbeat' type='IPaddr2'/>", RULE_YES);
	expect("<rsc_expression id='r' type='IPaddr2'/>", RULE_YES);
	expect("<rsc_expression id='r' type='ipaddr2'/>", RULE_NO);
	expect("<rsc_expression id='r' class='stonith'/>", RULE_NO);
	expect("<rsc_expression id='r' class='ocf' provider='pacemaker'/>", RULE_NO);
	expect("<rsc_expression class='ocf'/>", RULE_INVALID);
}

static void test_operations(void **state)
{
	(void)state;
	expect("<op_expression id='o' name='monitor'/>", RULE_YES);
	expect("<op_expression id='o' name='monitor' interval='10s'/>", RULE_YES);
	expect("<op_expression id='o' name='monitor' interval='PT10S'/>", RULE_YES);
	expect("<op_expression id='o' name='monitor' interval='20s'/>", RULE_NO);
	expect("<op_expression id='o' name='Monitor'/>", RULE_NO);
	expect("<op_expression id='o' name='start' interval='10s'/>", RULE_NO);
	expect("<op_expression id='o'/>", RULE_INVALID);
	expect("<op_expression name='monitor'/>", RULE_INVALID);
	expect("<op_expression id='o' name='monitor' interval='soon'/>", RULE_INVALID);
	expect("<op_expression id='o' name='monitor' interval=''/>", RULE_INVALID);
}

enum { NEVER = -1 };

/* now is 2026-11-22 14:30:00 UTC. changes: seconds from now to the next change. */
static const struct {
	const char *text;
	enum rule_result want;
	int64_t changes;
} dates[] = {
	{"operation='gt' start='2026-11-22 14:29:59Z'", RULE_YES, NEVER},
	{"operation='gt' start='2026-11-22 14:30:00Z'", RULE_NOT_YET, 1},
	{"operation='GT' start='2026-11-22 14:30:09Z'", RULE_NOT_YET, 10},
	{"operation='lt' end='2026-11-22 14:30:01Z'", RULE_YES, 1},
	{"operation='lt' end='2026-11-22 14:30:00Z'", RULE_EXPIRED, NEVER},
	{"operation='lt' end='2026-11-23'", RULE_YES, 34200},
	{"operation='in_range' start='2026-11-22 14:30:00Z'", RULE_YES, NEVER},
	{"operation='in_range' start='2026-11-22 14:30:10Z'", RULE_NOT_YET, 10},
	{"operation='in_range' end='2026-11-22 14:30:00Z'", RULE_YES, 1},
	{"operation='in_range' end='2026-11-22 14:29:59Z'", RULE_EXPIRED, NEVER},
	{"start='2026-01-01' end='2026-12-31'", RULE_YES, 3317401},
	{"operation='in_range' start='2027-01-01' end='2026-01-01'", RULE_NOT_YET, 3403800},
	{"operation='in_range' start='2026-11-22 15:30:00 +01:00' end='2026-11-22 16:30 +02:00'", RULE_YES, 1},
	/* What makes no sense. */
	{"operation='in_range'", RULE_INVALID, NEVER},
	{"operation='in_range' start=''", RULE_INVALID, NEVER},
	{"operation='in_range' start='2026-02-30'", RULE_INVALID, NEVER},
	{"operation='in_range' start='2026-01-01' end='someday'", RULE_INVALID, NEVER},
	{"operation='gt' end='2026-01-01'", RULE_INVALID, NEVER},
	{"operation='gt' start='99999999999999-01-01'", RULE_INVALID, NEVER},
	{"operation='lt' start='2026-01-01'", RULE_INVALID, NEVER},
	{"operation='lt' end='x'", RULE_INVALID, NEVER},
	{"operation='eq' start='2026-01-01'", RULE_INVALID, NEVER},
	{"operation='date_spec'", RULE_INVALID, NEVER},
	{"operation=''", RULE_INVALID, NEVER},
};

static void expect_date(const char *text, enum rule_result want, int64_t changes)
{
	struct problems problems = {0};
	struct rule_input in = some_input(&problems);
	int64_t next_change = INT64_MAX;
	enum rule_result got = test_text(text, &in, &next_change);
	int64_t got_changes = next_change == INT64_MAX ? NEVER : next_change - in.now;
	if (got != want || got_changes != changes)
		fail_msg("%s is %s, changes in %lld (%s)", text, result_names[got], (long long)got_changes,
			 problems.last);
	/* An earlier change is kept, and nobody has to ask for it. */
	next_change = INT64_MIN;
	assert_int_equal(test_text(text, &in, &next_change), want);
	assert_int_equal(next_change, INT64_MIN);
	assert_int_equal(test_text(text, &in, NULL), want);
}

static void test_dates(void **state)
{
	char text[256];
	(void)state;
	for (size_t i = 0; i < COUNT(dates); i++) {
		(void)snprintf(text, sizeof(text), "<date_expression id='d' %s/>", dates[i].text);
		expect_date(text, dates[i].want, dates[i].changes);
	}
	expect_date("<date_expression operation='gt' start='2026-01-01'/>", RULE_INVALID, NEVER);
}

/* The answer that comes at next_change is another one, and the one before it is not. */
static void test_next_change(void **state)
{
	static const char *const texts[] = {
		"<date_expression id='d' operation='gt' start='2026-11-22 15:00:00Z'/>",
		"<date_expression id='d' operation='lt' end='2026-11-22 15:00:00Z'/>",
		"<date_expression id='d' start='2026-11-22 15:00:00Z' end='2026-11-22 16:00:00Z'/>",
		"<date_expression id='d' end='2026-11-22 16:00:00 +01:00'/>",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct problems problems = {0};
		struct rule_input in = some_input(&problems);
		int64_t next_change = INT64_MAX;
		enum rule_result first = test_text(texts[i], &in, &next_change);
		assert_true(next_change != INT64_MAX);
		in.now = next_change - 1;
		assert_int_equal(test_text(texts[i], &in, NULL), first);
		in.now = next_change;
		assert_int_not_equal(test_text(texts[i], &in, NULL), first);
	}
}

static void test_durations(void **state)
{
	static const struct {
		const char *duration; /* after 2026-11-20 14:30:00 */
		enum rule_result want;
		int64_t changes;
	} cases[] = {
		{"id='u' days='2'", RULE_YES, 1},
		{"id='u' hours='47'", RULE_EXPIRED, NEVER},
		{"id='u' weeks='1'", RULE_YES, 432001},
		{"id='u' months='1' days='-1'", RULE_YES, 2332801},
		{"id='u' years='1'", RULE_YES, 31363201},
		{"id='u' minutes='2880' seconds='-1'", RULE_EXPIRED, NEVER},
		{"id='u' seconds=' 172800 and more'", RULE_YES, 1},
		{"id='u'", RULE_EXPIRED, NEVER},
		{"id='u' years='2147483647'", RULE_YES, 67767974434598401},
		{"", RULE_INVALID, NEVER},
		{"id='u' days='two'", RULE_INVALID, NEVER},
		{"id='u' days=''", RULE_INVALID, NEVER},
		{"id='u' days='2147483648'", RULE_INVALID, NEVER},
		{"id='u' days='99999999999999999999'", RULE_INVALID, NEVER},
	};
	char text[256];
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)snprintf(text, sizeof(text),
			       "<date_expression id='d' start='2026-11-20 14:30:00Z'><duration %s/></date_expression>",
			       cases[i].duration);
		expect_date(text, cases[i].want, cases[i].changes);
	}
	/* An end counts more than a duration. */
	expect_date("<date_expression id='d' start='2026-01-01' end='2026-01-02'><duration id='u' years='9'/>"
		    "</date_expression>",
		    RULE_EXPIRED, NEVER);
}

static void test_specs(void **state)
{
	static const struct {
		const char *spec;
		enum rule_result want;
	} cases[] = {
		{"id='s'", RULE_YES},
		{"id='s' years='2026' months='11' monthdays='22' hours='14' minutes='30' seconds='0'", RULE_YES},
		{"id='s' yeardays='326' weekyears='2026' weeks='47' weekdays='7'", RULE_YES},
		{"id='s' hours='9-16' weekdays='1-5'", RULE_EXPIRED},
		{"id='s' hours='9-16' weekdays='6-7'", RULE_YES},
		{"id='s' hours='15-'", RULE_NOT_YET},
		{"id='s' hours='14-'", RULE_YES},
		{"id='s' hours='-13'", RULE_EXPIRED},
		{"id='s' hours='-14'", RULE_YES},
		{"id='s' months='12'", RULE_NOT_YET},
		/* The first field that does not fit decides. */
		{"id='s' years='2027' months='1'", RULE_NOT_YET},
		{"id='s' years='2026' months='1' monthdays='30'", RULE_EXPIRED},
		{"id='s' seconds='00'", RULE_YES},
		{"id='s' seconds=' 0'", RULE_YES},
		{"id='s' hours='1--1'", RULE_YES}, /* -1 leaves the end open */
		{"id='s' hours='1--2'", RULE_EXPIRED},
		{"id='s' moon='4'", RULE_YES}, /* not asked for any more */
		{"", RULE_INVALID},
		{"id='s' hours=''", RULE_INVALID},
		{"id='s' hours='-'", RULE_INVALID},
		{"id='s' hours='x'", RULE_INVALID},
		{"id='s' hours='1-x'", RULE_INVALID},
		{"id='s' hours='1 '", RULE_INVALID},
		{"id='s' hours='1 - 2'", RULE_INVALID},
		{"id='s' hours='1-2-3'", RULE_INVALID},
		{"id='s' hours='1,2'", RULE_INVALID},
		{"id='s' hours='99999999999999999999'", RULE_INVALID},
	};
	char text[256];
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)snprintf(text, sizeof(text),
			       "<date_expression id='d' operation='date_spec'><date_spec %s/></date_expression>",
			       cases[i].spec);
		expect_date(text, cases[i].want, NEVER);
	}
	/* In the local zone: ten hours on it is Monday, 00:30. */
	struct problems problems = {0};
	struct rule_input in = some_input(&problems);
	in.offset_s = 36000;
	assert_int_equal(test_text("<date_expression id='d' operation='date_spec'>"
				   "<date_spec id='s' weekdays='1' hours='0' monthdays='23'/></date_expression>",
				   &in, NULL),
			 RULE_YES);
}

#define YES                          "<expression id='y' attribute='rack' operation='defined'/>"
#define NO                           "<expression id='n' attribute='nope' operation='defined'/>"
#define BAD                          "<expression id='b' attribute='rack' operation='bad'/>"
#define RULE(attributes, conditions) "<rule id='r' " attributes ">" conditions "</rule>"

static void test_rules(void **state)
{
	static const struct {
		const char *text;
		enum rule_result want;
		unsigned problems;
	} cases[] = {
		{RULE("", YES), RULE_YES, 0},
		{RULE("", NO), RULE_NO, 0},
		{RULE("", YES NO), RULE_NO, 0},
		{RULE("boolean-op='and'", YES YES), RULE_YES, 0},
		{RULE("boolean-op='or'", NO YES), RULE_YES, 0},
		{RULE("boolean-op='OR'", NO NO), RULE_NO, 0},
		{RULE("boolean-op='or'", NO RULE("", YES YES)), RULE_YES, 0},
		{RULE("", YES RULE("boolean-op='or'", NO NO)), RULE_NO, 0},
		/* A condition that makes no sense counts as not passing, and what is decided is not looked at. */
		{RULE("", BAD), RULE_NO, 1},
		{RULE("boolean-op='or'", BAD YES), RULE_YES, 1},
		{RULE("boolean-op='or'", YES BAD), RULE_YES, 0},
		{RULE("", NO BAD), RULE_NO, 0},
		{RULE("", "<!-- nothing -->"), RULE_YES, 1},
		{RULE("boolean-op='or'", ""), RULE_YES, 1},
		{RULE("boolean-op='xor'", YES), RULE_INVALID, 1},
		{RULE("boolean-op=''", YES), RULE_INVALID, 1},
		{RULE("", "<attribute id='a'/>"), RULE_NO, 1},
		{"<rule>" YES "</rule>", RULE_INVALID, 1},
		{"<rule id=''>" YES "</rule>", RULE_INVALID, 1},
		{"<rule id-ref='other'/>", RULE_INVALID, 1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct problems problems = {0};
		struct rule_input in = some_input(&problems);
		struct document *d = parse_text(cases[i].text);
		enum rule_result got = rule_test(document_root(d), &in, NULL);
		if (got != cases[i].want || problems.count != cases[i].problems)
			fail_msg("%s is %s (%u: %s)", cases[i].text, result_names[got], problems.count, problems.last);
		document_free(d);
	}
}

static enum rule_result test_first_rule(const char *text, struct problems *problems)
{
	struct rule_input in = some_input(problems);
	struct document *d = parse_text(text);
	enum rule_result result = rule_test(element_first(document_root(d)), &in, NULL);
	document_free(d);
	return result;
}

static void test_references(void **state)
{
	struct problems problems = {0};
	(void)state;
	assert_int_equal(test_first_rule("<x><rule id-ref='r'/>" RULE("", YES) "</x>", &problems), RULE_YES);
	assert_int_equal(test_first_rule("<x><rule id='a'><rule id-ref='r'/></rule>" RULE("", NO) "</x>", &problems),
			 RULE_NO);
	assert_int_equal(problems.count, 0);
	/* An id of something else is no rule; a reference to a reference has no id. */
	assert_int_equal(test_first_rule("<x><rule id-ref='r'/><y id='r'/></x>", &problems), RULE_INVALID);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.last, "\"r\""));
}

/* Rules that name each other end, soon and with a word about it. */
static void test_circles(void **state)
{
	struct problems problems = {0};
	(void)state;
	assert_int_equal(test_first_rule("<x><rule id='a'><rule id-ref='a'/></rule></x>", &problems), RULE_NO);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.last, "circle"));
	/* Each level twice: 2^40 conditions. */
	GString *text = g_string_new("<x>");
	for (int i = 0; i < 40; i++)
		g_string_append_printf(text,
				       "<rule id='r%d' boolean-op='or'><rule id-ref='r%d'/><rule id-ref='r%d'/></rule>",
				       i, i + 1, i + 1);
	g_string_append(text, "<rule id='r40' boolean-op='or'>" NO "</rule></x>");
	problems.count = 0;
	assert_int_equal(test_first_rule(text->str, &problems), RULE_NO);
	assert_true(problems.count > 0);
	g_string_free(text, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes), cmocka_unit_test(test_without), cmocka_unit_test(test_resources),
		cmocka_unit_test(test_operations), cmocka_unit_test(test_dates),   cmocka_unit_test(test_next_change),
		cmocka_unit_test(test_durations),  cmocka_unit_test(test_specs),   cmocka_unit_test(test_rules),
		cmocka_unit_test(test_references), cmocka_unit_test(test_circles),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&arena);
	return failed;
}
