/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/criteria.h"

#include "rules/score.h"
#include "scheduler/constraints.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define STARTED(id) HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "1", "0", "0", "0", ""))

static void begin(struct world *w, struct world_parts parts)
{
	world_begin(w, parts);
	scheduler_read_status(w->c);
	constraints_unpack(w->c);
	criteria_apply(w->c);
}

static int score_on(const struct world *w, const char *id, const char *name)
{
	return world_resource(w, id)->allowed[world_node(w, name)->index].score;
}

static void test_stickiness(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = DUMMY("a", META("a", PAIR("resource-stickiness", "30")))
				  DUMMY("b", META("b", PAIR("resource-stickiness", "30") PAIR("is-managed", "false")))
					  DUMMY("d", META("d", PAIR("resource-stickiness", "30"))) DUMMY("e", ""),
			  .history = {STARTED("a") STARTED("b") STARTED("d") STARTED("e"), STARTED("d")}});
	assert_int_equal(score_on(&w, "a", "n1"), 30);
	assert_int_equal(score_on(&w, "a", "n2"), 0);
	assert_int_equal(score_on(&w, "b", "n1"), SCORE_INFINITY); /* stays because nobody manages it */
	assert_int_equal(score_on(&w, "d", "n1"), 0);              /* on two nodes at once */
	assert_int_equal(score_on(&w, "e", "n1"), 0);
	world_end(&w);
	begin(&w, (struct world_parts){.options = PAIR("symmetric-cluster", "false"),
				       .resources = DUMMY("a", META("a", PAIR("resource-stickiness", "30"))),
				       .history = {STARTED("a")}});
	assert_false(world_resource(&w, "a")->allowed[world_node(&w, "n1")->index].present);
	world_end(&w);
}

static void test_thresholds(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = DUMMY("a", META("a", PAIR("migration-threshold", "2"))) DUMMY(
				  "b", META("b", PAIR("migration-threshold", "3")))
				  DUMMY("z", META("z", PAIR("migration-threshold", "0"))) "<clone id='c'>" DUMMY(
					  "i", META("i", PAIR("migration-threshold", "1"))) "</clone>",
			  .history = {STARTED("a") STARTED("b") STARTED("z") STARTED("i")},
			  .attributes = {PAIR("fail-count-a#monitor_10000", "2") PAIR("fail-count-b#monitor_10000", "2")
						 PAIR("fail-count-z#monitor_10000", "9")
							 PAIR("fail-count-i#monitor_10000", "1")}});
	assert_int_equal(score_on(&w, "a", "n1"), -SCORE_INFINITY);
	assert_int_equal(score_on(&w, "a", "n2"), 0);
	assert_int_equal(score_on(&w, "b", "n1"), 0);
	assert_int_equal(score_on(&w, "z", "n1"), 0);
	/* The whole anonymous clone is banned. */
	assert_int_equal(score_on(&w, "c", "n1"), -SCORE_INFINITY);
	assert_int_equal(score_on(&w, "i:2", "n1"), -SCORE_INFINITY);
	struct node *n1 = world_node(&w, "n1");
	assert_ptr_equal(threshold_bans(world_resource(&w, "a"), n1), world_resource(&w, "a"));
	assert_null(threshold_bans(world_resource(&w, "b"), n1));
	assert_ptr_equal(threshold_bans(world_resource(&w, "i:0"), n1), world_resource(&w, "c"));
	world_end(&w);
}

static void test_shutdown_locks(void **state)
{
	(void)state;
	struct world w;
	struct world_parts parts = {.options = PAIR("shutdown-lock", "true") PAIR("shutdown-lock-limit", "10min"),
				    .resources =
					    DUMMY("a", "") "<group id='g'>" DUMMY("m", "") "</group>" DUMMY("b", ""),
				    .history = {STARTED("a") STARTED("m"), STARTED("b")},
				    .attributes = {PAIR("shutdown", "1699999990")}};
	begin(&w, parts);
	assert_int_equal(score_on(&w, "a", "n2"), -SCORE_INFINITY);
	assert_int_equal(score_on(&w, "m", "n3"), -SCORE_INFINITY);
	assert_int_equal(score_on(&w, "b", "n1"), 0);
	assert_ptr_equal(world_resource(&w, "a")->lock_node, world_node(&w, "n1"));
	assert_int_equal(w.c->recheck_by, 1699999990 + 600 + 1);
	world_end(&w);
	parts.options = "";
	begin(&w, parts);
	assert_int_equal(score_on(&w, "a", "n2"), 0);
	world_end(&w);
}

/* Constraints are applied latest first: it shows where sums are clamped. */
static void test_the_order_of_locations(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.resources = DUMMY("a", ""),
				       .constraints = "<rsc_location id='l1' rsc='a' node='n1' score='-5'/>"
						      "<rsc_location id='l2' rsc='a' node='n1' score='999999'/>"
						      "<rsc_location id='l3' rsc='a' node='n1' score='999999'/>"});
	assert_int_equal(score_on(&w, "a", "n1"), SCORE_INFINITY);
	world_end(&w);
	begin(&w, (struct world_parts){.resources = DUMMY("a", ""),
				       .constraints = "<rsc_location id='l1' rsc='a' node='n1' score='INFINITY'/>"
						      "<rsc_location id='l2' rsc='a' node='n1' score='-INFINITY'/>"});
	assert_int_equal(score_on(&w, "a", "n1"), -SCORE_INFINITY);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stickiness),
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_shutdown_locks),
		cmocka_unit_test(test_the_order_of_locations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
