/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/nvset.h"
#include "cli/primitive.h"
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_words(void **state)
{
	(void)state;
	struct verb_world w;
	struct primitive_words p;
	const char *words[] = {"id",  "a=1",    "op",  "monitor",     "interval=3s", "start", "timeout=4s", "meta",
			       "b=2", "params", "c=3", "utilization", "d=4",         "clone", "cid",        "meta",
			       "e=5", "group",  "g",   "after",       "x",           NULL};
	verb_world_open(&w, "", "", "");
	verb_world_words(&w, words);
	assert_int_equal(primitive_words_read(&w.v, 1, &p), EXIT_OK);
	assert_int_equal(p.parameters->len, 2);
	assert_int_equal(p.operations->len, 2);
	assert_int_equal(((GPtrArray *)g_ptr_array_index(p.operations, 0))->len, 2);
	assert_int_equal(p.meta->len, 1);
	assert_int_equal(p.utilization->len, 1);
	assert_string_equal(p.collective, "clone");
	assert_string_equal(p.collective_id, "cid");
	assert_int_equal(p.collective_meta->len, 1);
	assert_string_equal(p.group, "g");
	assert_string_equal(p.after, "x");
	primitive_words_fini(&p);
	const char *wrong[][4] = {
		{"nonsense", NULL}, {"op", "a=1", NULL}, {"meta", "b", NULL}, {"clone", "a", "b", NULL}};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		verb_world_words(&w, wrong[i]);
		assert_int_equal(primitive_words_read(&w.v, 0, &p), EXIT_USAGE);
		primitive_words_fini(&p);
	}
	verb_world_close(&w);
}

/* "resource op add": alone, and with what is there already. */
static void test_add(struct verb_world *w, struct element *r, const struct agent_info *info)
{
	static const struct {
		const char *words[4]; /* end in NULL */
		int code;
		const char *has;
	} cases[] = {
		{{"monitor", "interval=9s", "DEPTH=1", NULL},
		 EXIT_OK,
		 "<op id=\"r-monitor-interval-9s\" name=\"monitor\" interval=\"9s\"><instance_attributes "
		 "id=\"r-monitor-interval-9s-instance_attributes\">"},
		{{"monitor", "interval=9000ms", NULL}, EXIT_EXISTS, ""},
		{{"monitor", "timeout=9s", NULL}, EXIT_OK, "interval=\"60s\""},
		{{"nap", NULL}, EXIT_DATA, ""},
		{{"stop", "on-fail=cry", NULL}, EXIT_DATA, ""},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		GPtrArray *words = g_ptr_array_new();
		for (size_t k = 0; cases[i].words[k] != NULL; k++)
			g_ptr_array_add(words, (gpointer)(uintptr_t)cases[i].words[k]);
		assert_int_equal(primitive_add_operation(&w->v, r, words, info), cases[i].code);
		assert_non_null(strstr(verb_world_document(w), cases[i].has));
		g_ptr_array_unref(words);
	}
	(void)verb_world_said(w);
}

static void test_fill(void **state)
{
	(void)state;
	struct verb_world w;
	struct primitive_words p;
	const char *words[] = {"a=1",         "op",          "monitor", "interval=3s", "monitor",
			       "interval=3s", "role=Master", "deep=2",  NULL};
	static struct agent_action actions[] = {{.name = "start", .timeout = "9s"},
						{.name = "monitor", .interval = "7s", .timeout = "8s"},
						{.name = "meta-data"}};
	static struct agent_parameter parameters[] = {{.name = "a", .type = "integer"},
						      {.name = "need", .type = "string", .required = true}};
	const struct agent_info info = {.agent = {"ocf", "test", "thing"},
					.brief = "",
					.text = "",
					.actions = actions,
					.action_count = 3,
					.parameters = parameters,
					.parameter_count = 2};
	verb_world_open(&w, "<primitive id=\"r\" class=\"ocf\" provider=\"test\" type=\"thing\"/>", "", "");
	struct element *r = verb_resource(&w.v, "r");
	verb_world_words(&w, words);
	assert_int_equal(primitive_words_read(&w.v, 0, &p), EXIT_OK);
	assert_int_equal(primitive_fill(&w.v, r, &p, &info), EXIT_OK);
	primitive_words_fini(&p);
	primitive_default_operations(&w.v, r, &info, false);
	assert_non_null(strstr(verb_world_document(&w),
			       "<op id=\"r-monitor-interval-3s\" name=\"monitor\" interval=\"3s\"/>"
			       "<op id=\"r-monitor-interval-4s\" name=\"monitor\" interval=\"4s\" role=\"Promoted\">"));
	assert_non_null(strstr(verb_world_document(&w), "name=\"start\" interval=\"0s\" timeout=\"9s\""));
	assert_null(strstr(verb_world_document(&w), "meta-data"));
	test_add(&w, r, &info);
	assert_int_equal(primitive_check(&w.v, r, &info), EXIT_DATA);
	assert_non_null(strstr(verb_world_said(&w), "needs the parameter need"));
	(void)nvset_put(&w.v, r, NAME_INSTANCE_ATTRIBUTES, "need", "x");
	assert_int_equal(primitive_check(&w.v, r, &info), EXIT_OK);
	assert_string_equal(primitive_agent(&w.v, r).agent.provider, "test");
	assert_int_equal(primitive_check_id(&w.v, "r"), EXIT_EXISTS);
	assert_int_equal(primitive_check_id(&w.v, "s"), EXIT_OK);
	assert_int_equal(primitive_check_id(&w.v, "s t"), EXIT_DATA);
	assert_int_equal(primitive_check_id(&w.v, ""), EXIT_DATA);
	verb_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_fill)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
