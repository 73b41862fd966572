/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

static void test_text(void **state)
{
	static const struct {
		enum conf_severity severity;
		const char *file;
		uint32_t line;
		const char *want;
	} cases[] = {
		{CONF_ERROR, "a.conf", 7, "a.conf:7: it is wrong"},
		{CONF_WARNING, "a.conf", 7, "a.conf:7: warning: it is wrong"},
		{CONF_NOTICE, "a.conf", 0, "a.conf: notice: it is wrong"},
		{CONF_ERROR, NULL, 7, "it is wrong"},
	};
	struct conf_problems *p = calloc(1, sizeof *p);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char line[128];
		struct text t = text_of(line, sizeof line);

		conf_problems_init(p);
		conf_problem_add(p, cases[i].severity, cases[i].file, cases[i].line, "it is %s", "wrong");
		assert_int_equal(p->count, 1);
		assert_int_equal(p->errors, cases[i].severity == CONF_ERROR ? 1 : 0);
		conf_problem_text(&p->list[0], &t);
		assert_string_equal(line, cases[i].want);
	}
	free(p);
}

static void test_printable(void **state)
{
	struct conf_problems *p = calloc(1, sizeof *p);

	(void)state;
	conf_problems_init(p);
	conf_problem_add(p, CONF_ERROR, "f", 1, "\"%s\" is not known", "\033[2J~\x9bk\n\x7f ");
	assert_string_equal(p->list[0].text, "\"?[2J~?k?? \" is not known");
	free(p);
}

static void test_full_list(void **state)
{
	struct conf_problems *p = calloc(1, sizeof *p);

	(void)state;
	conf_problems_init(p);
	for (int i = 0; i < CONF_PROBLEMS_MAX; i++)
		conf_problem_add(p, i % 2 == 0 ? CONF_WARNING : CONF_ERROR, "f", 1, "%d", i);
	assert_int_equal(p->count, CONF_PROBLEMS_MAX);
	assert_int_equal(p->dropped, 0);
	/* a warning more is only counted, an error takes the place of a warning */
	conf_problem_add(p, CONF_WARNING, "f", 2, "late warning");
	assert_int_equal(problem_line(p, CONF_WARNING, "late"), -1);
	conf_problem_add(p, CONF_ERROR, "f", 3, "late error");
	assert_int_equal(problem_line(p, CONF_ERROR, "late"), 3);
	assert_int_equal(p->dropped, 2);
	for (int i = 0; i < CONF_PROBLEMS_MAX; i++)
		conf_problem_add(p, CONF_ERROR, "f", 4, "flood");
	assert_int_equal(p->errors, CONF_PROBLEMS_MAX / 2 + 1 + CONF_PROBLEMS_MAX);
	assert_int_equal(p->count, CONF_PROBLEMS_MAX);
	free(p);
}

static void test_long_text(void **state)
{
	struct conf_problems *p = calloc(1, sizeof *p);
	static char big[2000];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	conf_problem_add(p, CONF_ERROR, "f", 1, "%s", big);
	assert_int_equal(strlen(p->list[0].text), CONF_PROBLEM_TEXT - 1);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_full_list),
		cmocka_unit_test(test_long_text),
	};

	return cmocka_run_group_tests_name("problems", tests, NULL, NULL);
}
