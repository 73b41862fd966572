/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static bool matches(const char *pattern, const char *text)
{
	regex_t compiled;
	assert_null(pattern_compile(pattern, REG_NOSUB, &compiled));
	bool fits = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return fits;
}

static void test_matches(void **state)
{
	static const struct {
		const char *pattern, *yes, *no;
	} rows[] = {
		{"^web-[0-9]+$", "web-12", "web-x"},
		{"a{2,3}$", "baaa", "ba"},
		{"^a{2,}$", "aaaaaaaaaaaaa", "a"},
		{"^(ab|c){2}$", "abc", "abcc"},
		{"^[]^{(]$", "{", "x"},
		{"^[^]{]$", "x", "]"},
		{"^[[:digit:]{(]{2}$", "1(", "1a"},
		{"^a\\{1,99999999}$", "a{1,99999999}", "a"},
		{"^\\(\\.$", "(.", "()"},
		{"", "anything", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(matches(rows[i].pattern, rows[i].yes));
		if (rows[i].no != NULL)
			assert_false(matches(rows[i].pattern, rows[i].no));
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *pattern, *why;
	} rows[] = {
		{"((((a{1,99}){1,99}){1,99}){1,99})", "repetitions"},
		{"(((a{255}){255,}){1,20})", "repetitions"},
		{"a{32767}a{32767}", "repetitions"},
		{"([[:alpha:]]{200}[{]){200}", "repetitions"},
		{"a{99999999999999999999}", "repetitions"},
		{"^(.*)(.*)\\1\\2$", "refers"},
		{"(", "no regular expression"},
		{"[a", "no regular expression"},
		{"*(", "no regular expression"},
	};
	(void)state;
	regex_t compiled;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *wrong = pattern_compile(rows[i].pattern, 0, &compiled);
		assert_non_null(wrong);
		assert_non_null(strstr(wrong, rows[i].why));
	}
	static char large[PATTERN_SIZE_MAX + 2];
	memset(large, 'a', PATTERN_SIZE_MAX + 1);
	assert_string_equal(pattern_compile(large, 0, &compiled), "it is too long");
	memset(large, '(', PATTERN_SIZE_MAX);
	large[PATTERN_SIZE_MAX] = '\0';
	assert_non_null(strstr(pattern_compile(large, 0, &compiled), "deep"));
}

/* A list of names is no harm. */
static void test_many_words(void **state)
{
	(void)state;
	static char words[PATTERN_SIZE_MAX];
	size_t at = 0;
	for (int i = 0; i < 1000; i++)
		at += (size_t)sprintf(words + at, "%sname-%d", i > 0 ? "|" : "", i);
	assert_true(matches(words, "name-999"));
	assert_false(matches(words, "nam-999"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_many_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
