/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/command-words.h"
#include "cli/program.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_resolve(void **state)
{
	(void)state;
	static const struct {
		const char *typed, *meant;
	} cases[] = {
		{"hale resource delete web", "hale resource delete web"},
		{"hale resource remove web", "hale resource delete web"},
		{"/usr/sbin/hale resource remove", "/usr/sbin/hale resource delete"},
		{"hale -f x.xml resource remove web", "hale resource delete -f x.xml web"},
		{"hale --force -f x.xml resource create a b", "hale resource create --force -f x.xml a b"},
		{"hale --file=x.xml resource", "hale resource status --file=x.xml"},
		{"hale resource", "hale resource status"},
		{"hale resource -f x.xml", "hale resource status -f x.xml"},
		{"hale resource --help", "hale resource --help"},
		{"hale resource nonsense", "hale resource nonsense"},
		{"hale stonith level", "hale stonith level config"},
		{"hale stonith level delete 1", "hale stonith level remove 1"},
		{"hale cluster standby n1", "hale node standby n1"},
		{"hale --help", "hale --help"},
		{"hale -f x.xml", "hale -f x.xml"},
		{"hale -f", "hale -f"},
		{"hale -f x.xml nonsense", "hale nonsense"},
		{"hale", "hale"},
		{"crm_mon -f resource", "crm_mon -f resource"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct arena a = {0};
		char **typed = g_strsplit(cases[i].typed, " ", -1);
		int argc = 0;
		const char *const *argv =
			words_resolve((int)g_strv_length(typed), (const char *const *)typed, &a, &argc);
		GString *got = g_string_new(NULL);
		for (int k = 0; k < argc; k++)
			g_string_append_printf(got, "%s%s", k > 0 ? " " : "", argv[k]);
		assert_string_equal(got->str, cases[i].meant);
		(void)g_string_free(got, TRUE);
		g_strfreev(typed);
		arena_fini(&a);
	}
}

/* Other words are none of their own commands, and lead to one. */
static void test_aliases(void **state)
{
	(void)state;
	const char *typed, *meant;
	int count = 0;
	for (; words_alias(count, &typed, &meant); count++) {
		bool typed_is = false, meant_is = false;
		for (const struct program *const *p = program_list(); *p != NULL; p++) {
			typed_is = typed_is || strcmp((*p)->rules.name, typed) == 0;
			meant_is = meant_is || strcmp((*p)->rules.name, meant) == 0;
		}
		if (typed_is || !meant_is)
			print_error("%s -> %s\n", typed, meant);
		assert_false(typed_is);
		assert_true(meant_is);
	}
	assert_true(count > 10);
}

static void test_matched(void **state)
{
	(void)state;
	const char *const argv[] = {"/usr/sbin/hale", "resource", "status", "web"};
	assert_int_equal(words_matched("hale resource status", 4, argv), 3);
	assert_int_equal(words_matched("hale", 4, argv), 1);
	assert_int_equal(words_matched("hale resource stat", 4, argv), 0);
	assert_int_equal(words_matched("hale resource status web too", 4, argv), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_matched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
