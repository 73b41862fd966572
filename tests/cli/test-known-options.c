/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/known-options.h"
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_accepts(void **state)
{
	(void)state;
	static const struct {
		const char *name, *value;
		bool fits;
	} cases[] = {
		{"fencing-enabled", "true", true},
		{"stonith-enabled", "maybe", false},
		{"cluster-delay", "30s", true},
		{"cluster-delay", "soon", false},
		{"batch-limit", "3", true},
		{"batch-limit", "3x", false},
		{"node-health-red", "-INFINITY", true},
		{"node-health-red", "low", false},
		{"no-quorum-policy", "Freeze", true},
		{"no-quorum-policy", "free", false},
		{"cluster-name", "anything", true},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct known_option *o = known_find(known_cluster_options, cases[i].name);
		assert_non_null(o);
		assert_int_equal(known_accepts(o, cases[i].value), cases[i].fits);
	}
	assert_null(known_find(known_cluster_options, "nonsense"));
}

/* Each table is sorted, without doubles, and its defaults are values. */
static void test_tables(void **state)
{
	(void)state;
	const struct known_option *const tables[] = {known_cluster_options, known_meta_attributes,
						     known_operation_options};
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		for (const struct known_option *o = tables[i]; o->name != NULL; o++) {
			assert_true(o == tables[i] || strcmp(o[-1].name, o->name) < 0);
			assert_true(o->otherwise[0] == '\0' || known_accepts(o, o->otherwise));
		}
}

static void test_check(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(&w, "", "", "");
	assert_int_equal(known_check(&w.v, known_meta_attributes, "meta-attribute", "priority", "5"), EXIT_OK);
	assert_int_equal(known_check(&w.v, known_meta_attributes, "meta-attribute", "priority", ""), EXIT_OK);
	assert_int_equal(known_check(&w.v, known_meta_attributes, "meta-attribute", "priority", "x"), EXIT_DATA);
	assert_int_equal(known_check(&w.v, known_meta_attributes, "meta-attribute", "priorty", "5"), EXIT_DATA);
	assert_non_null(strstr(verb_world_said(&w), "did you mean priority?"));
	assert_string_equal(known_type_words(known_find(known_cluster_options, "fencing-action"), &w.arena),
			    "one of reboot, off");
	assert_string_equal(known_type_words(known_find(known_cluster_options, "fencing-enabled"), &w.arena),
			    "true or false");
	verb_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_accepts), cmocka_unit_test(test_tables),
					   cmocka_unit_test(test_check)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
