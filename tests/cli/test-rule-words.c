/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/rule-words.h"
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LOCATION "<rsc_location id=\"l\" rsc=\"p\"/>"

struct rule_case {
	const char *words;
	enum rule_kind kind;
	const char *rule; /* within <rule id="r" …>; NULL: it is refused */
	const char *text; /* part of what is said, or what it is printed as */
};

static const struct rule_case cases[] = {
	{"defined pingd", RULE_OF_LOCATION, "<expression id=\"r-expr\" attribute=\"pingd\" operation=\"defined\"/>",
	 "  Expression: defined pingd\n"},
	{"#uname eq n1 and pingd gt number 10", RULE_OF_LOCATION,
	 "<rule id=\"r\" boolean-op=\"and\"><expression id=\"r-expr\" attribute=\"#uname\" operation=\"eq\" "
	 "value=\"n1\"/><expression id=\"r-expr-1\" attribute=\"pingd\" operation=\"gt\" type=\"number\" "
	 "value=\"10\"/>",
	 "  Expression: pingd gt number 10\n"},
	{"a eq 1 or b eq 2 and c eq 3", RULE_OF_LOCATION,
	 "boolean-op=\"or\"><expression id=\"r-expr\" attribute=\"a\" operation=\"eq\" value=\"1\"/><rule "
	 "id=\"r-rule\" "
	 "score=\"0\" boolean-op=\"and\">",
	 "  Rule: score=0 boolean-op=and\n"},
	{"(a eq 1 or b eq 2) and c eq 'x y'", RULE_OF_LOCATION, "operation=\"eq\" value=\"x y\"/>", "c eq x y\n"},
	{"date gt 2026-01-01", RULE_OF_LOCATION, "operation=\"gt\" start=\"2026-01-01\"/>", "date gt 2026-01-01\n"},
	{"date lt 2026-01-01", RULE_OF_LOCATION, "operation=\"lt\" end=\"2026-01-01\"/>", "date lt 2026-01-01\n"},
	{"date in_range 2026-01-01 to 2026-02-01", RULE_OF_LOCATION,
	 "operation=\"in_range\" start=\"2026-01-01\" end=\"2026-02-01\"/>",
	 "date in_range 2026-01-01 to 2026-02-01\n"},
	{"date in_range to 2026-02-01", RULE_OF_LOCATION, "operation=\"in_range\" end=\"2026-02-01\"/>",
	 "date in_range to 2026-02-01\n"},
	{"date in_range 2026-01-01 to duration hours=3", RULE_OF_LOCATION,
	 "<duration id=\"r-expr-duration\" hours=\"3\"/>", "    Duration: hours=3\n"},
	{"date-spec hours=9-16 weekdays=1-5", RULE_OF_LOCATION,
	 "<date_spec id=\"r-expr-datespec\" hours=\"9-16\" weekdays=\"1-5\"/>",
	 "  Expression:\n    Date Spec: hours=9-16 weekdays=1-5\n"},
	{"resource ocf:heartbeat:IPaddr2", RULE_OF_DEFAULTS,
	 "<rule id=\"r\" boolean-op=\"and\"><rsc_expression id=\"r-rsc-ocf-heartbeat-IPaddr2\" class=\"ocf\" "
	 "provider=\"heartbeat\" type=\"IPaddr2\"/>",
	 "resource ocf:heartbeat:IPaddr2\n"},
	{"resource ::IPaddr2", RULE_OF_DEFAULTS, "<rsc_expression id=\"r-rsc-IPaddr2\" type=\"IPaddr2\"/>",
	 "resource ::IPaddr2\n"},
	{"resource systemd:nginx", RULE_OF_DEFAULTS, "class=\"systemd\" type=\"nginx\"/>", "resource systemd::nginx\n"},
	{"op monitor interval=10s", RULE_OF_OPERATIONS,
	 "<op_expression id=\"r-op-monitor\" name=\"monitor\" interval=\"10s\"/>", "op monitor interval=10s\n"},
	{"", RULE_OF_LOCATION, NULL, "wants an expression at its begin"},
	{"a eq 1 and", RULE_OF_LOCATION, NULL, "wants an expression after and"},
	{"(a eq 1", RULE_OF_LOCATION, NULL, "is not closed"},
	{"a eq 1 )", RULE_OF_LOCATION, NULL, "is one too many"},
	{"a is 1", RULE_OF_LOCATION, NULL, "is no expression"},
	{"a eq", RULE_OF_LOCATION, NULL, "is no expression"},
	{"a eq text 1", RULE_OF_LOCATION, NULL, "is no expression"},
	{"op monitor", RULE_OF_LOCATION, NULL, "is no expression"},
	{"op monitor", RULE_OF_DEFAULTS, NULL, "is no expression"},
	{"op monitor often", RULE_OF_OPERATIONS, NULL, "say op NAME"},
	{"resource nginx", RULE_OF_DEFAULTS, NULL, "it looks like ocf:heartbeat:IPaddr2"},
	{"resource ::", RULE_OF_DEFAULTS, NULL, "it looks like ocf:heartbeat:IPaddr2"},
	{"date gt soon", RULE_OF_LOCATION, NULL, "'soon' is no date"},
	{"date gt", RULE_OF_LOCATION, NULL, "say date gt DATE"},
	{"date in_range 2026-01-01", RULE_OF_LOCATION, NULL, "say date gt DATE"},
	{"date in_range 2026-01-01 to duration", RULE_OF_LOCATION, NULL, "a duration takes parts"},
	{"date-spec tea=5", RULE_OF_LOCATION, NULL, "'tea=5' is no part"},
};

static void run_case(const struct rule_case *c, bool as_one)
{
	struct verb_world w;
	const char *words[16] = {c->words, NULL};
	verb_world_open(&w, "<primitive id=\"p\" class=\"lsb\" type=\"x\"/>", LOCATION, "");
	char *copy = arena_string(&w.arena, c->words);
	size_t count = 0;
	for (char *word = strtok(copy, " "); !as_one && word != NULL; word = strtok(NULL, " "))
		words[count++] = word;
	if (!as_one)
		words[count] = NULL;
	verb_world_words(&w, words);
	struct element *rule = rule_words_put(&w.v, document_by_id(w.v.document, "l"), "r", c->kind, 0);
	const char *said = verb_world_said(&w), *text = verb_world_document(&w);
	bool right = (rule != NULL) == (c->rule != NULL) && (rule != NULL || strstr(said, c->text) != NULL) &&
		     (c->rule == NULL || strstr(text, c->rule) != NULL);
	if (rule != NULL) {
		GString *printed = g_string_new(NULL);
		rule_words_print(rule, false, 0, printed);
		right = right && strstr(printed->str, c->text) != NULL;
		if (!right)
			print_error("%s\n", printed->str);
		(void)g_string_free(printed, TRUE);
	}
	if (!right)
		print_error("%s: %s\n%s\n", c->words, said, text);
	assert_true(right);
	verb_world_close(&w);
}

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		run_case(&cases[i], true);
		if (strchr(cases[i].words, '\'') == NULL)
			run_case(&cases[i], false);
	}
}

static void test_ids(void **state)
{
	(void)state;
	struct verb_world w;
	const char *words[] = {"ignored", "date-spec", "hours=1", NULL};
	verb_world_open(&w, "<primitive id=\"p\" class=\"lsb\" type=\"x\"/>", LOCATION, "");
	verb_world_words(&w, words);
	const struct element *rule = rule_words_put(&w.v, document_by_id(w.v.document, "l"), "r", RULE_OF_LOCATION, 1);
	GString *printed = g_string_new(NULL);
	rule_words_print(rule, true, 1, printed);
	assert_string_equal(printed->str,
			    "  Rule: (id: r)\n    Expression: (id: r-expr)\n      Date Spec: hours=1 (id: "
			    "r-expr-datespec)\n");
	(void)g_string_free(printed, TRUE);
	verb_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_ids)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
