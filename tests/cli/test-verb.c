/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define WEB "<primitive id=\"web\" class=\"ocf\" provider=\"test\" type=\"thing\"/>"

static void test_words(void **state)
{
	(void)state;
	struct verb_world w;
	const char *words[] = {"a", "node=n1", NULL};
	static const struct given given[] = {{VERB_FORCE, NULL}, {VERB_FILE, "x"}};
	verb_world_open(&w, WEB, "", "");
	verb_world_words(&w, words);
	w.line.given = given;
	w.line.given_count = 2;
	assert_int_equal(verb_word_count(&w.v), 2);
	assert_string_equal(verb_word(&w.v, 0), "a");
	assert_null(verb_word(&w.v, 2));
	assert_string_equal(verb_named(&w.v, "node"), "n1");
	assert_null(verb_named(&w.v, "nod"));
	assert_true(verb_has(&w.v, VERB_FORCE));
	assert_false(verb_has(&w.v, VERB_WAIT));
	assert_string_equal(verb_value(&w.v, VERB_FILE), "x");
	verb_world_close(&w);
}

static void test_saying(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(&w, WEB, "", "");
	assert_int_equal(verb_fail(&w.v, EXIT_DATA, "%s is wrong", "x"), EXIT_DATA);
	assert_int_equal(w.v.code, EXIT_DATA);
	assert_string_equal(verb_world_said(&w), "hale test: x is wrong\n");
	assert_int_equal(verb_object(&w.v, EXIT_DATA, "odd"), EXIT_DATA);
	assert_string_equal(verb_world_said(&w), "hale test: odd (--force does it all the same)\n");
	w.v.may_force = false;
	assert_int_equal(verb_object(&w.v, EXIT_DATA, "odd"), EXIT_DATA);
	assert_string_equal(verb_world_said(&w), "hale test: odd\n");
	w.v.force = true;
	assert_int_equal(verb_object(&w.v, EXIT_DATA, "odd"), EXIT_OK);
	assert_string_equal(verb_world_said(&w), "hale test: warning: odd\n");
	verb_warn(&w.v, "%d", 3);
	assert_string_equal(verb_world_said(&w), "hale test: warning: 3\n");
	assert_int_equal(verb_usage(&w.v, "say more"), EXIT_USAGE);
	assert_string_equal(verb_world_said(&w), "hale test: say more; see hale test --help\n");
	verb_world_close(&w);
}

static void test_finding(void **state)
{
	(void)state;
	struct verb_world w;
	static const char *const known[] = {"apple", "pear"};
	verb_world_open(&w, WEB, "", "");
	struct element *web = verb_resource(&w.v, "web");
	assert_non_null(web);
	assert_true(element_is_resource(web));
	assert_false(element_is_resource(web->parent));
	assert_null(verb_resource(&w.v, "wep"));
	assert_int_equal(w.v.code, EXIT_NO_SUCH);
	assert_string_equal(verb_world_said(&w), "hale test: there is no resource 'wep', did you mean web?\n");
	assert_non_null(verb_node(&w.v, "n1"));
	assert_null(verb_node(&w.v, "x9"));
	assert_string_equal(verb_similar(&w.v, "peer", known, 2), ", did you mean pear?");
	assert_string_equal(verb_similar(&w.v, "orange", known, 2), "");
	assert_string_equal(verb_free_id(&w.v, "%s", "web"), "web-1");
	assert_string_equal(verb_free_id(&w.v, "a b%%"), "ab");
	assert_ptr_equal(verb_section(&w.v, NAME_RESOURCES), web->parent);
	assert_non_null(verb_section(&w.v, NAME_TAGS));
	assert_non_null(document_section(w.v.document, NAME_TAGS));
	verb_world_close(&w);
}

static void test_cluster(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(&w, WEB, "", "");
	struct cluster *c = verb_cluster(&w.v);
	assert_int_equal(c->node_count, 2);
	assert_ptr_equal(verb_cluster(&w.v), c);
	element_remove(verb_resource(&w.v, "web"));
	struct cluster *after = verb_outcome(&w.v);
	assert_int_equal(after->resources.count, 0);
	assert_int_equal(c->resources.count, 1);
	verb_outcome_free(after);
	verb_outcome_free(NULL);
	element_set(document_root(w.v.document), document_name(w.v.document, "validate-with"), "pacemaker-99.0");
	assert_null(verb_outcome(&w.v));
	assert_int_equal(w.v.code, EXIT_CONFIGURATION);
	verb_world_close(&w);
}

static enum exit_code act(struct verb *v)
{
	return verb_word_count(v) == 1 ? EXIT_OK : EXIT_SEVERAL;
}

/* verb_run() with files and with a manager: test-hale-edit.c, test-hale-live.c. */
static void test_run(void **state)
{
	(void)state;
	struct verb_world w;
	const char *words[] = {"a", NULL};
	const struct program local = {.rules = {.name = "hale local", .words = "WORD"}, .act = act};
	verb_world_open(&w, WEB, "", "");
	assert_int_equal(verb_run(&w.io, &w.line, &local), EXIT_SEVERAL);
	verb_world_words(&w, words);
	assert_int_equal(verb_run(&w.io, &w.line, &local), EXIT_OK);
	verb_world_close(&w);
}

/* What is printed as JSON; a wait without a manager ends at once. test-hale-live.c has those with one. */
static void test_json_and_wait(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(&w, WEB, "", "");
	verb_print_json(&w.v, json_pack("{s:i}", "a", 0));
	w.v.json = true;
	verb_print_json(&w.v, json_pack("{s:i}", "a", 1));
	(void)fflush(w.io.out);
	assert_string_equal(w.out, "{\n  \"a\": 1\n}\n");
	w.v.call.socket = "/nowhere/api.sock";
	assert_int_equal(verb_wait(&w.v, 1), EXIT_DISCONNECTED);
	verb_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),   cmocka_unit_test(test_saying), cmocka_unit_test(test_finding),
		cmocka_unit_test(test_cluster), cmocka_unit_test(test_run),    cmocka_unit_test(test_json_and_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
