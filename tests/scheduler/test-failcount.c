/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/failcount.h"

#include "rules/score.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNTED(name, count, last)                                                                    \
	"<nvpair id='fc-" name "' name='fail-count-" name "' value='" count "'/><nvpair id='lf-" name \
	"' name='last-failure-" name "' value='" last "'/>"

static int counted(struct world *w, const char *id, unsigned flags, int64_t *ret_last)
{
	return failcount_of(world_resource(w, id), world_node(w, "n1"), flags, NULL, ret_last);
}

static void test_sums_over_operations(void **state)
{
	(void)state;
	struct world w;
	int64_t last;
	world_begin(&w,
		    (struct world_parts){
			    .resources = DUMMY("r", "") DUMMY("rr", "") DUMMY("inf", ""),
			    .attributes = {
				    COUNTED("r#monitor_10000", "2", "100") COUNTED("r#start_0", "3", "300") COUNTED(
					    "rr#start_0", "7", "50") COUNTED("inf#start_0", "INFINITY", "1")
					    COUNTED("inf#stop_0", "4",
						    "2") "<nvpair id='x1' name='fail-count-r' value='99'/>"
							 "<nvpair id='x2' name='fail-count-r#start' value='99'/>"
							 "<nvpair id='x3' name='fail-count-r#stop_x' value='99'/>"
							 "<nvpair id='x4' name='fail-count-r#stop_0' value='many'/>"}});
	scheduler_read_status(w.c);
	assert_int_equal(counted(&w, "r", 0, &last), 5);
	assert_int_equal(last, 300);
	assert_int_equal(counted(&w, "rr", 0, NULL), 7);
	assert_int_equal(counted(&w, "inf", 0, NULL), SCORE_INFINITY);
	assert_int_equal(failcount_of(world_resource(&w, "r"), world_node(&w, "n2"), 0, NULL, &last), 0);
	assert_int_equal(last, 0);
	world_end(&w);
}

static void test_instances(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = "<clone id='c'>" DUMMY("a", "") "</clone><clone id='u'>" META(
						     "u", PAIR("globally-unique", "true")) DUMMY("b", "") "</clone>",
					     .attributes = {COUNTED("a#start_0", "1", "5") COUNTED(
						     "a:7#start_0", "2", "6") COUNTED("b:1#start_0", "4", "7")}});
	scheduler_read_status(w.c);
	assert_int_equal(counted(&w, "a:0", 0, NULL), 3); /* whatever the number was */
	assert_int_equal(counted(&w, "b:0", 0, NULL), 0);
	assert_int_equal(counted(&w, "b:1", 0, NULL), 4);
	world_end(&w);
}

static void test_expiry(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("old", META("old", PAIR("failure-timeout", "10s")))
						     DUMMY("new", META("new", PAIR("failure-timeout", "10s"))),
					     .attributes = {COUNTED("old#start_0", "1", "1699999980")
								    COUNTED("new#start_0", "1", "1699999990")}});
	scheduler_read_status(w.c);
	assert_int_equal(counted(&w, "old", 0, NULL), 1);
	assert_int_equal(counted(&w, "old", FAILCOUNT_EFFECTIVE, NULL), 0);
	assert_int_equal(counted(&w, "new", FAILCOUNT_EFFECTIVE, NULL), 1);
	world_end(&w);
}

/* on-fail=block means: until someone cleans up. */
static void test_block_takes_the_timeout_away(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("r", META("r", PAIR("failure-timeout", "10s")) OPS(
									     OP("monitor", "5s", "on-fail='block'"))),
					     .history = {HISTORY("r", ENTRY("r_monitor_5000", "r", "monitor", "5000",
									    "3", "1", "0", "0", ""))},
					     .attributes = {COUNTED("r#monitor_5000", "1", "1600000000")}});
	scheduler_read_status(w.c);
	assert_int_equal(counted(&w, "r", FAILCOUNT_EFFECTIVE, NULL), 1);
	assert_int_equal(world_resource(&w, "r")->failure_timeout_ms, 0);
	assert_true(world_complained(&w, "on-fail is block"));
	world_end(&w);
}

static void test_launched_resources_count(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("vm", META("vm", PAIR("remote-node", "guest"))),
					     .attributes = {COUNTED("vm#start_0", "1", "5")
								    COUNTED("guest#monitor_30000", "2", "9")}});
	scheduler_read_status(w.c);
	int64_t last;
	assert_int_equal(counted(&w, "vm", FAILCOUNT_EFFECTIVE, NULL), 1);
	assert_int_equal(counted(&w, "vm", FAILCOUNT_EFFECTIVE | FAILCOUNT_LAUNCHED, &last), 3);
	assert_int_equal(last, 9);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums_over_operations),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_block_takes_the_timeout_away),
		cmocka_unit_test(test_launched_resources_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
