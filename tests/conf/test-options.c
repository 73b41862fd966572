/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/options.h"

#include "fixture.h"

static void test_every_option(void **state)
{
	(void)state;
	for (size_t i = 0; option_at(i) != NULL; i++) {
		const struct option *o = option_at(i);

		assert_true(strlen(o->help) > 0);
		assert_true(strlen(o->example) > 0);
		assert_true(section_is_known(o->section));
		assert_true(o->type == MAP_STRING || o->type == MAP_U8 || o->type == MAP_U16 || o->type == MAP_U32 ||
			    o->type == MAP_I32 || o->type == MAP_U64);
		if (o->check != CHECK_NONE)
			assert_non_null(o->words);
		if (o->words != NULL && o->type == MAP_STRING)
			assert_non_null(word_find(o->words, o->example));
		if (strchr(o->key, '*') == NULL)
			assert_ptr_equal(option_find(o->section, o->key), o);
	}
}

/* An example is something that can be written: the parser takes every one without a word. */
static void test_examples_parse(void **state)
{
	(void)state;
	for (size_t i = 0; option_at(i) != NULL; i++) {
		const struct option *o = option_at(i);
		char text[512], key[64], section[128];
		struct text t = text_of(text, sizeof text), k = text_of(key, sizeof key);
		size_t depth = 1;

		text_add(&k, "%.*s%s%s", (int)strcspn(o->key, "*"), o->key, strchr(o->key, '*') != NULL ? "0" : "",
			 strchr(o->key, '*') != NULL ? strchr(o->key, '*') + 1 : "");
		snprintf(section, sizeof section, "%s", o->section);
		for (char *s = section; strchr(s, '.') != NULL; s = strchr(s, '.') + 1, depth++)
			text_add(&t, "%.*s {\n", (int)strcspn(s, "."), s);
		text_add(&t, "%s {\n%s: %s\n", strrchr(section, '.') == NULL ? section : strrchr(section, '.') + 1, key,
			 o->example);
		if (strcmp(o->section, "logging.logger_subsys") == 0 && strcmp(o->key, "subsys") != 0)
			text_add(&t, "subsys: X\n");
		if (strcmp(o->section, "logging.logging_daemon") == 0 && strcmp(o->key, "name") != 0)
			text_add(&t, "name: x\n");
		for (; depth > 0; depth--)
			text_add(&t, "}\n");
		assert_false(t.cut);

		struct loaded *l = parsed(text);
		if (l->problems.count > 0) {
			show_problems(&l->problems);
			fail_msg("%s", text);
		}
		loaded_free(l);
	}
}

static void test_find(void **state)
{
	(void)state;
	assert_string_equal(option_find("nodelist.node", "ring7_addr")->key, "ring*_addr");
	assert_null(option_find("nodelist.node", "ring_add"));
	assert_null(option_find("nodelist.node", "ring_addr") == NULL ? NULL : option_find("totem", "ring0_addr"));
	assert_non_null(option_find("quorum.device.heuristics", "exec_any_thing"));
	assert_null(option_find("totem", "debug"));
	assert_null(option_find("", "token"));
	assert_true(section_is_known("nodelist"));
	assert_true(section_is_known("resources.system.anything"));
	assert_false(section_is_known("resourcesx"));
	assert_false(section_is_known("colours"));
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(option_nearest("totem", "transprt"), "transport");
	assert_string_equal(option_nearest("quorum", "expected_vote"), "expected_votes");
	assert_string_equal(option_nearest(NULL, "nodelst.node"), "nodelist.node");
	assert_null(option_nearest("totem", "colour"));
	assert_null(option_nearest("quorum", "tokn"));
	assert_null(option_nearest(NULL, "zzzz"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option),
		cmocka_unit_test(test_examples_parse),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
