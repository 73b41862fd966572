/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/constraint-words.h"
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char resources[] =
	"<primitive id=\"a\" class=\"lsb\" type=\"x\"/><primitive id=\"b\" class=\"lsb\" type=\"y\"/>";
static const char constraints[] =
	"<rsc_order id=\"o\" first=\"a\" then=\"b\"/><rsc_order id=\"s\"><resource_set id=\"t\">"
	"<resource_ref id=\"b\"/></resource_set></rsc_order>";

static void test_words(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(&w, resources, constraints, "");
	assert_int_equal(constraint_words_check_score(&w.v, "-INFINITY"), EXIT_OK);
	assert_int_equal(constraint_words_check_score(&w.v, "much"), EXIT_DATA);
	assert_true(constraint_words_is_score("+7"));
	assert_false(constraint_words_is_score("score=7"));
	assert_false(constraint_words_is_score(NULL));
	assert_string_equal(constraint_words_resource(&w.v, "a"), "a");
	assert_string_equal(constraint_words_resource(&w.v, "%a"), "a");
	assert_string_equal(constraint_words_resource(&w.v, "resource%b"), "b");
	assert_null(constraint_words_resource(&w.v, "c"));
	assert_string_equal(constraint_words_role("master"), "Promoted");
	assert_string_equal(constraint_words_role("started"), "Started");
	assert_null(constraint_words_role("king"));
	assert_null(constraint_words_role(NULL));
	assert_true(constraint_words_is_about(document_by_id(w.v.document, "o"), "a"));
	assert_true(constraint_words_is_about(document_by_id(w.v.document, "s"), "b"));
	assert_false(constraint_words_is_about(document_by_id(w.v.document, "s"), "a"));
	verb_world_close(&w);
}

static void test_put(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(&w, resources, constraints, "");
	struct element *c = constraint_words_new(&w.v, NAME_RSC_ORDER, "n");
	element_set(c, NAME_FIRST, "a");
	element_set(c, NAME_FIRST_ACTION, "start");
	element_set(c, NAME_THEN, "b");
	assert_int_equal(constraint_words_put(&w.v, c), EXIT_EXISTS);
	assert_non_null(strstr(verb_world_said(&w), "a constraint like this: o"));
	element_set(c, NAME_THEN_ACTION, "stop");
	assert_int_equal(constraint_words_put(&w.v, c), EXIT_OK);
	assert_ptr_equal(document_by_id(w.v.document, "n"), c);
	c = constraint_words_new(&w.v, NAME_RSC_ORDER, "m");
	element_set(element_add(element_add(c, NAME_RESOURCE_SET), NAME_RESOURCE_REF), NAME_ID, "b");
	assert_int_equal(constraint_words_put(&w.v, c), EXIT_EXISTS);
	w.v.force = true;
	assert_int_equal(constraint_words_put(&w.v, c), EXIT_OK);
	verb_world_close(&w);
}

static void test_options(void **state)
{
	(void)state;
	static const char *const names[] = {"id", "kind", "score", "rsc-role", NULL};
	static const struct {
		const char *word;
		int code;
		const char *has; /* in the constraint, or in what is said */
	} cases[] = {
		{"kind=optional", EXIT_OK, "kind=\"Optional\""},
		{"score=7", EXIT_OK, "score=\"7\""},
		{"rsc-role=slave", EXIT_OK, "rsc-role=\"Unpromoted\""},
		{"id=mine", EXIT_OK, "id=\"mine\""},
		{"id=o", EXIT_EXISTS, "is taken"},
		{"score=x", EXIT_DATA, "must be a whole number"},
		{"kind=soon", EXIT_DATA, "there are Optional, Mandatory, Serialize"},
		{"rsc-role=king", EXIT_DATA, "there are Started"},
		{"colour=red", EXIT_USAGE, "there are id=, kind=, score=, rsc-role="},
		{"red", EXIT_USAGE, "is not understood"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct verb_world w;
		const char *words[] = {"first", cases[i].word, NULL};
		verb_world_open(&w, resources, constraints, "");
		verb_world_words(&w, words);
		struct element *c = constraint_words_new(&w.v, NAME_RSC_ORDER, "n");
		element_append(verb_section(&w.v, NAME_CONSTRAINTS), c);
		struct element *alone = constraint_words_new(&w.v, NAME_RSC_ORDER, "n");
		assert_int_equal(constraint_words_option(&w.v, alone, words[1], names), cases[i].code);
		(void)verb_world_said(&w);
		assert_int_equal(constraint_words_options(&w.v, c, 1, names), cases[i].code);
		const char *said = verb_world_said(&w);
		assert_non_null(strstr(cases[i].code == EXIT_OK ? verb_world_document(&w) : said, cases[i].has));
		verb_world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
