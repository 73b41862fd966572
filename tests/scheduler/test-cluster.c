/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/cluster.h"

#include "scheduler/graph.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_a_whole_run(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("web", "")});
	scheduler_run(w.c);
	assert_non_null(world_resource(&w, "web")->assigned);
	assert_non_null(w.c->graph);
	assert_true(w.c->graph->count > 0);
	assert_int_equal(w.c->instance_count, 1);
	world_end(&w);
}

static void test_equal_input_gives_equal_bytes(void **state)
{
	(void)state;
	GString *texts[2];
	for (int i = 0; i < 2; i++) {
		struct world w;
		world_begin(&w, (struct world_parts){
					.resources = "<clone id='c'>" DUMMY("a", "") "</clone>" DUMMY("b", "")});
		scheduler_run(w.c);
		texts[i] = g_string_new(NULL);
		graph_print_xml(w.c, texts[i]);
		world_end(&w);
	}
	assert_string_equal(texts[0]->str, texts[1]->str);
	(void)g_string_free(texts[0], TRUE);
	(void)g_string_free(texts[1], TRUE);
}

static void test_complaints_keep_their_order(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){0});
	assert_false(w.c->processing_error);
	cluster_complain(w.c, NULL, false, "first %d", 1);
	assert_true(w.c->processing_warning);
	cluster_complain(w.c, document_root(w.d), true, "second");
	assert_true(w.c->processing_error);
	assert_string_equal(w.c->complaints->text, "first 1");
	assert_string_equal(w.c->complaints->next->text, "second");
	assert_ptr_equal(w.c->complaints->next->element, document_root(w.d));
	cluster_notice(w.c, "line %s", "one");
	assert_non_null(strstr(w.c->notices->text, "line one"));
	world_end(&w);
}

static void test_recheck_is_the_earliest_future(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){0});
	cluster_recheck(w.c, WORLD_NOW - 5, "past");
	assert_true(w.c->recheck_by == INT64_MAX);
	cluster_recheck(w.c, WORLD_NOW + 50, "later");
	cluster_recheck(w.c, WORLD_NOW + 5, "sooner");
	cluster_recheck(w.c, WORLD_NOW + 20, "between");
	assert_int_equal(w.c->recheck_by, WORLD_NOW + 5);
	world_end(&w);
}

static void test_quorum(void **state)
{
	(void)state;
	static const struct {
		const char *root, *options;
		bool enough;
	} rows[] = {
		{"have-quorum='1'", "", true},
		{"have-quorum='0'", "", false},
		{"have-quorum='0'", PAIR("no-quorum-policy", "ignore"), true},
		{"", "", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_begin(&w, (struct world_parts){.root = rows[i].root, .options = rows[i].options});
		scheduler_read_status(w.c);
		assert_int_equal(cluster_is_quorate_enough(w.c), rows[i].enough);
		world_end(&w);
	}
}

static void test_locations_alone(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("web", ""),
					     .constraints = "<rsc_location id='l' rsc='web' node='n2' score='33'/>"});
	scheduler_read_locations(w.c);
	assert_int_equal(world_resource(&w, "web")->allowed[world_node(&w, "n2")->index].score, 33);
	world_end(&w);
}

static void test_counts(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("off", META("off", PAIR("target-role", "Stopped")))
						     DUMMY("bad", "") "<clone id='c'>" DUMMY("i", "") "</clone>",
					     .history = {HISTORY("bad", ENTRY("bad_stop_0", "bad", "stop", "0", "3",
									      "1", "0", "0", ""))}});
	scheduler_read_status(w.c);
	assert_int_equal(w.c->instance_count, 5);
	assert_int_equal(w.c->disabled_count, 1);
	assert_int_equal(w.c->blocked_count, 1);
	scheduler_read_status(w.c); /* once is enough */
	assert_int_equal(w.c->instance_count, 5);
	world_end(&w);
}

/* The words of health mean the same wherever a score may stand. */
static void test_words_are_scores(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w,
		    (struct world_parts){.options = PAIR("node-health-strategy", "custom")
						 PAIR("node-health-red", "-50") PAIR("node-health-green", "30"),
					 .resources = DUMMY("web", META("m", PAIR("priority", "green") PAIR(
										     "resource-stickiness", "red")))});
	scheduler_read_status(w.c);
	int score = 1;
	assert_true(cluster_score_parse(w.c, "yellow", 7, &score));
	assert_int_equal(score, 0);
	assert_false(cluster_score_parse(w.c, "blue", 7, &score));
	assert_int_equal(score, 7);
	assert_int_equal(world_resource(&w, "web")->priority, 30);
	assert_int_equal(world_resource(&w, "web")->stickiness, -50);
	world_end(&w);
}

static void test_free_takes_nothing(void **state)
{
	(void)state;
	cluster_free(NULL);
}

static void test_options_without_effect(void **state)
{
	(void)state;
	assert_non_null(cluster_option_needless("join-integration-timeout"));
	assert_non_null(cluster_option_needless("load-threshold"));
	assert_null(cluster_option_needless("node-action-limit"));
	assert_null(cluster_option_needless("nobody-knows-it"));
}

/* Names of before count as today's. */
static void test_old_names_of_options(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct world_parts){.options = PAIR("stonith-max-attempts", "3")
						     PAIR("stonith-watchdog-timeout", "9s")});
	scheduler_read_status(w.c);
	assert_string_equal(table_get(w.c->options.all, "fencing-max-attempts"), "3");
	assert_string_equal(table_get(w.c->options.all, "fencing-watchdog-timeout"), "9s");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_run),
		cmocka_unit_test(test_equal_input_gives_equal_bytes),
		cmocka_unit_test(test_complaints_keep_their_order),
		cmocka_unit_test(test_recheck_is_the_earliest_future),
		cmocka_unit_test(test_quorum),
		cmocka_unit_test(test_locations_alone),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_words_are_scores),
		cmocka_unit_test(test_free_takes_nothing),
		cmocka_unit_test(test_options_without_effect),
		cmocka_unit_test(test_old_names_of_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
