/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action.h"

#include "scheduler/action-key.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char two[] = DUMMY("web", OPS(OP("monitor", "10s", "timeout='30s'"))) DUMMY("db", "");

static void begin(struct world *w, struct world_parts parts)
{
	if (parts.resources == NULL)
		parts.resources = two;
	world_begin(w, parts);
	scheduler_read_status(w->c);
}

/* --- keys --- */

static void test_keys(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct key_buffer b;
	assert_string_equal(action_key(w.c, "web", "monitor", 10000), "web_monitor_10000");
	assert_string_equal(key_write(w.c, "web", "stop", 0, &b), "web_stop_0");
	assert_string_equal(action_notify_key(w.c, "web", "confirmed-post", "start"),
			    "web_confirmed-post_notify_start_0");
	char long_id[400];
	memset(long_id, 'x', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	assert_int_equal(strlen(key_write(w.c, long_id, "stop", 0, &b)), 399 + 7);
	char number[NUMBER_TEXT_SIZE];
	assert_ptr_equal(number_write(-42, number), number + 3);
	assert_string_equal(number, "-42");
	assert_string_equal(number_text(w.c, INT64_MIN), "-9223372036854775808");
	assert_string_equal(texts_join(&w.c->arena, (const char *[]){"a", "", "bc"}, 3), "abc");
	world_end(&w);
}

static void test_key_parse(void **state)
{
	(void)state;
	static const struct {
		const char *key, *rsc, *task;
		int64_t interval_ms;
	} rows[] = {
		{"web_start_0", "web", "start", 0},
		{"my_web_1_monitor_10000", "my_web_1", "monitor", 10000},
		{"my_web_migrate_to_0", "my_web", "migrate_to", 0},
		{"web_migrate_from_0", "web", "migrate_from", 0},
		{"c_confirmed-pre_notify_start_0", "c", "confirmed-pre_notify_start", 0},
		{"c_post_notify_stopped_0", "c", "post_notify_stopped", 0},
	};
	struct world w;
	begin(&w, (struct world_parts){0});
	const char *rsc, *task;
	int64_t interval_ms;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(action_key_parse(w.c, rows[i].key, &rsc, &task, &interval_ms));
		assert_string_equal(rsc, rows[i].rsc);
		assert_string_equal(task, rows[i].task);
		assert_int_equal(interval_ms, rows[i].interval_ms);
	}
	static const char *const wrong[] = {NULL, "", "a_0", "start", "nounderscorehere", "_x_0"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(action_key_parse(w.c, wrong[i], &rsc, &task, &interval_ms));
	world_end(&w);
}

static void test_words(void **state)
{
	(void)state;
	for (int t = TASK_MONITOR; t <= TASK_MAINTENANCE_NODES; t++)
		assert_int_equal(task_parse(task_text((enum task)t)), t);
	assert_int_equal(task_parse("sing"), TASK_OTHER);
	assert_string_equal(on_fail_text(ON_FAIL_RESTART), "recover");
	assert_string_equal(on_fail_text(ON_FAIL_BAN), "migrate");
	for (int f = ON_FAIL_IGNORE; f <= ON_FAIL_FENCE; f++)
		assert_string_not_equal(on_fail_text((enum on_fail)f), "<unknown>");
}

/* --- finding and creating --- */

static void test_request(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct resource *web = world_resource(&w, "web");
	struct node *n1 = world_node(&w, "n1"), *n2 = world_node(&w, "n2");
	struct action *a = action_start(web, n1, true);
	assert_string_equal(a->key, "web_start_0");
	assert_true(action_is(a, ACTION_OPTIONAL | ACTION_RUNNABLE));
	/* A wish that it be done tightens it, no wish loosens it. */
	assert_ptr_equal(action_start(web, n1, false), a);
	assert_false(action_is(a, ACTION_OPTIONAL));
	assert_ptr_equal(action_start(web, n1, true), a);
	assert_false(action_is(a, ACTION_OPTIONAL));
	struct action *b = action_start(web, n2, true);
	assert_ptr_not_equal(a, b);
	assert_true(b->id == a->id + 1);
	/* Latest first, everywhere. */
	assert_ptr_equal(web->actions, b);
	assert_ptr_equal(w.c->actions, b);
	assert_ptr_equal(action_chain_task(web, TASK_START), b);
	assert_ptr_equal(b->next_same_key, a);
	assert_ptr_equal(action_chain(w.c, web, "WEB_Start_0"), b);
	assert_null(action_chain(w.c, world_resource(&w, "db"), "web_start_0"));
	assert_true(action_exists(web, TASK_START));
	assert_false(action_exists(web, TASK_STOP));
	assert_ptr_equal(action_find_task(web, TASK_START, NULL), a);
	assert_ptr_equal(action_find_placed(web, TASK_START, NULL), b);
	world_end(&w);
}

static void test_action_without_place(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct resource *web = world_resource(&w, "web");
	struct node *n1 = world_node(&w, "n1"), *n2 = world_node(&w, "n2");
	struct action *a = action_promote(web, NULL, true);
	assert_false(action_is(a, ACTION_RUNNABLE));
	assert_null(action_find_placed(web, TASK_PROMOTE, n1));
	/* Whoever asks for it on a node gives it that node. */
	assert_ptr_equal(action_find(w.c, web, "web_promote_0", n1), a);
	assert_ptr_equal(a->node, n1);
	assert_null(action_find(w.c, web, "web_promote_0", n2));
	world_end(&w);
}

static void test_many(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct resource *web = world_resource(&w, "web");
	struct node *n1 = world_node(&w, "n1");
	for (int i = 1; i <= 5000; i++)
		assert_int_equal(action_request(w.c, web, NULL, "monitor", i, n1, true)->interval_ms, i);
	for (int i = 1; i <= 5000; i++) {
		struct key_buffer b;
		const struct action *a = action_find(w.c, web, key_write(w.c, "web", "monitor", i, &b), n1);
		assert_int_equal(a->interval_ms, i);
	}
	world_end(&w);
}

static void test_pseudo(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct action *a = action_pseudo(w.c, "load_stopped_n1");
	assert_ptr_equal(action_pseudo(w.c, "load_stopped_n1"), a);
	assert_true(action_is(a, ACTION_PSEUDO | ACTION_RUNNABLE | ACTION_OPTIONAL));
	struct resource *web = world_resource(&w, "web");
	struct action *b = action_pseudo_of(web, "running", true, false);
	assert_true(action_is(b, ACTION_PSEUDO));
	assert_false(action_is(b, ACTION_RUNNABLE));
	assert_true(action_is(action_pseudo_of(web, "stopped", false, true), ACTION_RUNNABLE));
	world_end(&w);
}

static void test_others(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct resource *web = world_resource(&w, "web");
	struct node *n1 = world_node(&w, "n1");
	assert_int_equal(action_stop(web, n1, false)->task, TASK_STOP);
	assert_int_equal(action_demote(web, n1, false)->task, TASK_DEMOTE);
	assert_true(action_is(action_delete(web, n1, false), ACTION_ON_DC));
	const struct action *clear = action_clear_failcount(web, n1, "it expired");
	assert_string_equal(clear->key, "web_clear_failcount_0");
	assert_string_equal(table_get(clear->meta, "op_no_wait"), "true");
	world_end(&w);
}

/* --- what may be done --- */

static void test_runnable(void **state)
{
	(void)state;
	static const struct {
		const char *root, *options;
		bool runnable;
		const char *reason;
	} rows[] = {
		{"have-quorum='1' dc-uuid='1'", "", true, NULL},
		{"have-quorum='0' dc-uuid='1'", "", false, "no quorum"},
		{"have-quorum='0' dc-uuid='1'", PAIR("no-quorum-policy", "ignore"), true, NULL},
		{"have-quorum='0' dc-uuid='1'", PAIR("no-quorum-policy", "freeze"), false, "quorum freeze"},
		{"have-quorum='0' dc-uuid='1'", PAIR("no-quorum-policy", "demote"), false, "no quorum"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		begin(&w, (struct world_parts){.root = rows[i].root, .options = rows[i].options});
		struct resource *web = world_resource(&w, "web");
		struct node *n1 = world_node(&w, "n1");
		const struct action *start = action_start(web, n1, false);
		assert_int_equal(action_is(start, ACTION_RUNNABLE), rows[i].runnable);
		if (rows[i].reason == NULL)
			assert_null(start->reason);
		else
			assert_string_equal(start->reason, rows[i].reason);
		/* Stopping needs nobody's consent. */
		assert_true(action_is(action_stop(web, n1, false), ACTION_RUNNABLE));
		world_end(&w);
	}
}

static void test_runnable_by_node(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct resource *web = world_resource(&w, "web");
	struct node *n1 = world_node(&w, "n1"), *n2 = world_node(&w, "n2");
	n1->online = false;
	n2->pending = true;
	assert_false(action_is(action_start(web, n1, false), ACTION_RUNNABLE));
	assert_false(action_is(action_start(web, n2, false), ACTION_RUNNABLE));
	/* A stop that cannot be done makes the node unclean… */
	(void)action_stop(web, n1, false);
	assert_true(n1->unclean);
	/* …and the DC forgets histories without it. */
	assert_true(action_is(action_delete(web, n1, false), ACTION_RUNNABLE));
	/* Nothing must be done to what is not managed. */
	web->managed = false;
	assert_true(action_is(action_demote(web, n2, false), ACTION_OPTIONAL));
	world_end(&w);
}

/* --- flags and reasons --- */

static void test_reasons(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct resource *web = world_resource(&w, "web"), *db = world_resource(&w, "db");
	struct node *n1 = world_node(&w, "n1");
	struct action *start = action_start(web, n1, true), *other = action_start(db, n1, true);
	struct action *stop = action_stop(web, n1, true);
	action_clear_because(stop, ACTION_OPTIONAL, start); /* the same resource gives no reason */
	assert_false(action_is(stop, ACTION_OPTIONAL));
	assert_null(stop->reason);
	action_clear_because(start, ACTION_OPTIONAL, other);
	assert_string_equal(start->reason, "required db start");
	action_clear_because(start, ACTION_RUNNABLE, other); /* the first reason stays */
	assert_false(action_is(start, ACTION_RUNNABLE));
	assert_string_equal(start->reason, "required db start");
	action_set_reason(start, "another", false);
	assert_string_equal(start->reason, "required db start");
	action_set_reason(start, "another", true);
	assert_string_equal(start->reason, "another");
	action_set(other, ACTION_MIGRATABLE);
	action_clear_because(other, ACTION_MIGRATABLE, action_pseudo(w.c, "load_stopped_n1"));
	assert_string_equal(other->reason, "unmigrateable load_stopped_n1");
	action_clear(other, ACTION_PSEUDO);
	struct action *demote = action_demote(db, n1, true);
	action_require(demote, "a");
	action_forbid(demote, "b");
	assert_string_equal(demote->reason, "a");
	assert_false(action_is(demote, ACTION_OPTIONAL));
	assert_false(action_is(demote, ACTION_RUNNABLE));
	action_expect(demote, 8);
	assert_int_equal(demote->expected, 8);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_key_parse),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_action_without_place),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_pseudo),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_runnable),
		cmocka_unit_test(test_runnable_by_node),
		cmocka_unit_test(test_reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
