/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include "rules/score.h"

#include <limits.h>

static void test_add(void **state)
{
	static const struct {
		int a, b, want;
	} cases[] = {
		{0, 0, 0},
		{5, -7, -2},
		{SCORE_INFINITY, 1, SCORE_INFINITY},
		{SCORE_INFINITY, -999999, SCORE_INFINITY},
		{SCORE_INFINITY, SCORE_INFINITY, SCORE_INFINITY},
		{-SCORE_INFINITY, 999999, -SCORE_INFINITY},
		{-SCORE_INFINITY, SCORE_INFINITY, -SCORE_INFINITY},
		{999999, 1, SCORE_INFINITY},
		{999999, 999999, SCORE_INFINITY},
		{-999999, -1, -SCORE_INFINITY},
		{INT_MAX, INT_MAX, SCORE_INFINITY},
		{INT_MIN, INT_MAX, -SCORE_INFINITY},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(score_add(cases[i].a, cases[i].b), cases[i].want);
		assert_int_equal(score_add(cases[i].b, cases[i].a), cases[i].want);
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		bool valid;
		int want; /* -7 is the default given */
	} cases[] = {
		{NULL, true, -7},
		{"", false, -7},
		{"0", true, 0},
		{"12", true, 12},
		{"-12", true, -12},
		{"+12", true, 12},
		{" 12", true, 12},
		{"12 apples", true, 12},
		{"1.9", true, 1},
		{"1000000", true, SCORE_INFINITY},
		{"1000001", true, SCORE_INFINITY},
		{"-99999999999999999999999", true, -SCORE_INFINITY},
		{"99999999999999999999999", true, SCORE_INFINITY},
		{"INFINITY", true, SCORE_INFINITY},
		{"+INFINITY", true, SCORE_INFINITY},
		{"-INFINITY", true, -SCORE_INFINITY},
		{"infinity", false, -7},
		{"INFINITY ", false, -7},
		{"++INFINITY", false, -7},
		{"red", true, 0},
		{"Yellow", true, 0},
		{"GREEN", true, 0},
		{"blue", false, -7},
		{"-", false, -7},
		{"x1", false, -7},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int score = 1;
		assert_int_equal(score_parse(cases[i].text, -7, &score), cases[i].valid);
		assert_int_equal(score, cases[i].want);
	}
	int score;
	assert_false(score_parse("x", INT_MAX, &score));
	assert_int_equal(score, SCORE_INFINITY);
}

static void test_words(void **state)
{
	const struct score_words words = {.red = -SCORE_INFINITY, .yellow = -10, .green = 5};
	int score;
	(void)state;
	assert_true(score_parse_words("red", 0, &words, &score));
	assert_int_equal(score, -SCORE_INFINITY);
	assert_true(score_parse_words("YELLOW", 0, &words, &score));
	assert_int_equal(score, -10);
	assert_true(score_parse_words("green", 0, &words, &score));
	assert_int_equal(score, 5);
	assert_true(score_parse_words("7", 0, &words, &score));
	assert_int_equal(score, 7);
}

/* What is printed reads as the same score. */
static void test_text(void **state)
{
	char text[16];
	int again;
	(void)state;
	assert_string_equal(score_text(INT_MAX, text), "INFINITY");
	assert_string_equal(score_text(INT_MIN, text), "-INFINITY");
	assert_string_equal(score_text(999999, text), "999999");
	assert_string_equal(score_text(-999999, text), "-999999");
	for (int score = -SCORE_INFINITY; score <= SCORE_INFINITY; score += 997) {
		assert_true(score_parse(score_text(score, text), 1, &again));
		assert_int_equal(again, score);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
