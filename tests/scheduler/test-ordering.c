/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/constraint.h"

#include "scheduler/order.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void begin(struct world *w)
{
	world_begin(w, (struct world_parts){.resources = DUMMY("a", "") DUMMY("b", "") DUMMY("c", "")});
	scheduler_read_status(w->c);
}

/* --- relations --- */

static void test_relation(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct node *n1 = world_node(&w, "n1");
	struct action *a = action_start(world_resource(&w, "a"), n1, true);
	struct action *b = action_start(world_resource(&w, "b"), n1, true);
	assert_false(relation_add(a, b, 0));
	assert_false(relation_add(a, a, RELATION_ORDERED));
	assert_false(relation_add(NULL, b, RELATION_ORDERED));
	assert_true(relation_add(a, b, RELATION_ORDERED | RELATION_FIRST_IMPLIES_THEN));
	/* A flag in common is enough to be known… */
	assert_false(relation_add(a, b, RELATION_ORDERED | RELATION_ASYMMETRIC));
	/* …even when it was lost since. */
	b->before->flags = 0;
	assert_false(relation_add(a, b, RELATION_ORDERED));
	assert_true(relation_add(a, b, RELATION_ASYMMETRIC));
	assert_true(relation_add(b, a, RELATION_ORDERED));
	assert_int_equal(b->before_count, 2);
	assert_int_equal(a->after_count, 2);
	assert_ptr_equal(b->before->twin, a->after);
	assert_ptr_equal(a->after->twin->action, a);
	world_end(&w);
}

/* --- orders --- */

static unsigned count_orderings(const struct cluster *c)
{
	unsigned count = 0;
	for (const struct ordering *o = c->first_ordering; o != NULL; o = o->next)
		count++;
	return count;
}

static void test_sides(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *a = world_resource(&w, "a"), *b = world_resource(&w, "b");
	struct action *stop = action_stop(b, world_node(&w, "n1"), true);
	ordering_add(w.c, a, "a_monitor_10000", NULL, NULL, NULL, stop, RELATION_ORDERED);
	const struct ordering *o = w.c->last_ordering;
	assert_string_equal(o->first.task, "monitor");
	assert_int_equal(o->first.interval_ms, 10000);
	assert_string_equal(o->first.key, "a_monitor_10000");
	assert_ptr_equal(o->then.rsc, b);
	assert_string_equal(o->then.task, "stop");
	order_starts(a, b, RELATION_ORDERED);
	assert_null(w.c->last_ordering->first.key);
	order_stops(b, a, RELATION_ORDERED);
	assert_ptr_equal(w.c->last_ordering->first.rsc, b);
	assert_int_equal(count_orderings(w.c), 3);
	world_end(&w);
}

static void test_migration_equivalents(void **state)
{
	(void)state;
	static const struct {
		const char *first, *then;
		bool a_migrates, b_migrates, b_half;
		unsigned more;
		const char *last_first, *last_then;
		uint32_t last_flags;
	} rows[] = {
		{"start", "start", false, false, false, 0, "start", "start", RELATION_ORDERED},
		{"start", "start", true, false, false, 0, "start", "start", RELATION_ORDERED},
		{"start", "start", false, true, false, 1, "start", "migrate_to", RELATION_ORDERED},
		{"start", "start", true, true, false, 2, "start", "migrate_to",
		 RELATION_ORDERED | RELATION_IF_FIRST_UNMIGRATABLE},
		{"stop", "stop", false, true, false, 1, "stop", "migrate_to", RELATION_ORDERED},
		{"stop", "stop", true, true, true, 2, "stop", "migrate_from",
		 RELATION_ORDERED | RELATION_IF_FIRST_UNMIGRATABLE},
		{"promote", "start", true, true, true, 1, "promote", "migrate_to", RELATION_ORDERED},
		{"demote", "stop", true, true, true, 2, "demote", "migrate_from", RELATION_ORDERED},
		{"start", "stop", true, true, true, 0, "start", "stop", RELATION_ORDERED},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		begin(&w);
		struct resource *a = world_resource(&w, "a"), *b = world_resource(&w, "b");
		a->migratable = rows[i].a_migrates;
		b->migratable = rows[i].b_migrates;
		b->migration_target = rows[i].b_half ? world_node(&w, "n2") : NULL;
		ordering_add_tasks(a, rows[i].first, b, rows[i].then, RELATION_ORDERED);
		assert_int_equal(count_orderings(w.c), 1 + rows[i].more);
		assert_string_equal(w.c->last_ordering->first.task, rows[i].last_first);
		assert_string_equal(w.c->last_ordering->then.task, rows[i].last_then);
		assert_int_equal(w.c->last_ordering->flags, rows[i].last_flags);
		world_end(&w);
	}
}

/* --- applying them --- */

static void test_apply(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *a = world_resource(&w, "a"), *b = world_resource(&w, "b"), *c = world_resource(&w, "c");
	struct node *n1 = world_node(&w, "n1");
	struct action *start_b = action_start(b, n1, true), *start_c = action_start(c, n1, true);
	order_starts(a, b, RELATION_FIRST_IMPLIES_THEN | RELATION_UNRUNNABLE_FIRST_BLOCKS);
	order_starts(b, c, RELATION_FIRST_IMPLIES_THEN | RELATION_UNRUNNABLE_FIRST_BLOCKS);
	order_stops(a, b, RELATION_ORDERED); /* a is stopped: nothing to wait for */
	orderings_apply(w.c);
	/* Nobody starts a: a placeholder that cannot be done blocks the chain. */
	assert_true(action_exists(a, TASK_START));
	assert_false(action_exists(a, TASK_STOP));
	assert_false(action_is(start_b, ACTION_RUNNABLE));
	assert_string_equal(start_b->reason, "unrunnable a start");
	assert_false(action_is(start_c, ACTION_RUNNABLE));
	assert_string_equal(start_c->reason, "unrunnable b start");
	world_end(&w);
}

/* A chain far longer than a stack of calls would bear. */
static void test_long_chain(void **state)
{
	(void)state;
	enum { COUNT = 20000 };
	struct world w;
	begin(&w);
	struct resource *a = world_resource(&w, "a");
	struct node *n1 = world_node(&w, "n1");
	struct action *first = NULL, *last = NULL;
	for (int i = 1; i <= COUNT; i++) {
		struct action *next = action_request(w.c, a, NULL, "monitor", i, n1, true);
		if (last != NULL)
			assert_true(relation_add(last, next,
						 RELATION_FIRST_IMPLIES_THEN | RELATION_UNRUNNABLE_FIRST_BLOCKS));
		else
			first = next;
		last = next;
	}
	action_clear(first, ACTION_OPTIONAL | ACTION_RUNNABLE);
	orderings_apply(w.c);
	assert_false(action_is(last, ACTION_RUNNABLE));
	assert_false(action_is(last, ACTION_OPTIONAL));
	world_end(&w);
}

/* Many that one waits for: each is looked at a few times, not each for each other. */
static void test_wide(void **state)
{
	(void)state;
	enum { COUNT = 20000 };
	struct world w;
	begin(&w);
	struct resource *a = world_resource(&w, "a");
	struct node *n1 = world_node(&w, "n1");
	struct action *all = action_pseudo(w.c, "load_stopped_n1");
	struct action *root = action_start(world_resource(&w, "b"), n1, false);
	for (int i = 1; i <= COUNT; i++) {
		struct action *one = action_request(w.c, a, NULL, "monitor", i, n1, true);
		assert_true(relation_add(one, all, RELATION_FIRST_IMPLIES_THEN));
		assert_true(relation_add(root, one, RELATION_FIRST_IMPLIES_THEN));
	}
	orderings_apply(w.c);
	assert_false(action_is(all, ACTION_OPTIONAL));
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relation),
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_migration_equivalents),
		cmocka_unit_test(test_apply),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_wide),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
