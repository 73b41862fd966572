/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/known-options.h"
#include "cli/nvset.h"
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_pairs(void **state)
{
	(void)state;
	struct verb_world w;
	const char *name = NULL, *value = NULL;
	verb_world_open(&w, "", "", "");
	assert_true(pair_parse(&w.v, "a=b=c", &name, &value));
	assert_string_equal(name, "a");
	assert_string_equal(value, "b=c");
	assert_false(pair_parse(&w.v, "a", &name, &value));
	assert_false(pair_parse(&w.v, "=a", &name, &value));
	assert_int_equal(w.v.code, EXIT_USAGE);
	verb_world_close(&w);
}

static void test_put(void **state)
{
	(void)state;
	struct verb_world w;
	const char *words[] = {"c=4", "bad", NULL};
	verb_world_open(
		&w,
		"<primitive id=\"p\" class=\"lsb\" type=\"x\"><meta_attributes id=\"m\"><rule id=\"r\"/><nvpair "
		"id=\"n\" name=\"a\" value=\"1\"/></meta_attributes></primitive>",
		"", "");
	struct element *p = verb_resource(&w.v, "p");
	assert_null(nvset_find(p, NAME_META_ATTRIBUTES));
	assert_null(nvset_get(p, NAME_META_ATTRIBUTES, "a"));
	assert_false(nvset_put(&w.v, p, NAME_META_ATTRIBUTES, "a", ""));
	assert_true(nvset_put(&w.v, p, NAME_META_ATTRIBUTES, "a", "2"));
	assert_false(nvset_put(&w.v, p, NAME_META_ATTRIBUTES, "a", "2"));
	assert_string_equal(nvset_get(p, NAME_META_ATTRIBUTES, "a"), "2");
	assert_string_equal(element_id(nvset_find(p, NAME_META_ATTRIBUTES)), "p-meta_attributes");
	assert_true(nvset_put(&w.v, p, NAME_META_ATTRIBUTES, "a", NULL));
	assert_null(nvset_find(p, NAME_META_ATTRIBUTES));
	verb_world_words(&w, words);
	assert_int_equal(nvset_put_words(&w.v, p, NAME_UTILIZATION, 0, 1), EXIT_OK);
	assert_string_equal(nvset_get(p, NAME_UTILIZATION, "c"), "4");
	assert_int_equal(nvset_put_words(&w.v, p, NAME_UTILIZATION, 0, 2), EXIT_USAGE);
	verb_world_close(&w);
}

/* Of one block, and of capacities. */
static void test_put_in(void **state)
{
	(void)state;
	struct verb_world w;
	const char *right[] = {"p", "cpu=2", "memory=", NULL}, *wrong[] = {"p", "cpu=2x", NULL};
	verb_world_open(&w, "<primitive id=\"p\" class=\"lsb\" type=\"x\"><meta_attributes id=\"m\"/></primitive>", "",
			"");
	struct element *p = verb_resource(&w.v, "p"), *set = element_first_named(p, NAME_META_ATTRIBUTES);
	assert_false(nvset_put_in(&w.v, set, "a", NULL));
	assert_true(nvset_put_in(&w.v, set, "a", "1"));
	assert_false(nvset_put_in(&w.v, set, "a", "1"));
	assert_non_null(strstr(verb_world_document(&w), "<nvpair id=\"m-a\" name=\"a\" value=\"1\"/>"));
	assert_true(nvset_put_in(&w.v, set, "a", ""));
	assert_ptr_equal(nvset_find(p, NAME_META_ATTRIBUTES), set);
	verb_world_words(&w, right);
	assert_int_equal(nvset_put_capacities(&w.v, p, 1), EXIT_OK);
	assert_string_equal(nvset_get(p, NAME_UTILIZATION, "cpu"), "2");
	verb_world_words(&w, wrong);
	assert_int_equal(nvset_put_capacities(&w.v, p, 1), EXIT_DATA);
	assert_non_null(strstr(verb_world_said(&w), "a capacity is a whole number"));
	w.v.force = true;
	assert_int_equal(nvset_put_capacities(&w.v, p, 1), EXIT_OK);
	verb_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs), cmocka_unit_test(test_put),
					   cmocka_unit_test(test_put_in)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
