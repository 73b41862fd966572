/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small clusters, and what must happen in them in which order: as the picture of the transition tells it. */
#include "scheduler/actions.h"

#include "scheduler/graph.h"
#include "scheduler/notify.h"
#include "scheduler/order.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The digest of no parameters at all. */
#define SAME             "crm_feature_set='3.20.0' op-digest='f2317cad3d54cec5d7d7aa7d0bf35cf8'"
#define RUNS(id)         HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "1", "0", "0", "0", SAME))
#define GONE(id)         HISTORY(id, ENTRY(id "_last_0", id, "monitor", "0", "1", "7", "0", "7", ""))
#define ORDER(a, b)      "<rsc_order id='o-" a "-" b "' first='" a "' then='" b "'/>"
#define STOPPED          PAIR("target-role", "Stopped")
#define BAN(id, node)    "<rsc_location id='l-" id "' rsc='" id "' node='" node "' score='-INFINITY'/>"
#define FENCING          PAIR("fencing-enabled", "true")
#define DEVICE           "<primitive id='fencer' class='stonith' type='fence_x'/>"
#define NO_PROBES        PAIR("enable-startup-probes", "false")
#define ALL_GONE(a)      .history = {GONE(a), GONE(a), GONE(a)}
#define RUNS_ON_ONE(a)   .history = {RUNS(a), GONE(a), GONE(a)}
#define DONE(name)       "\"" name "\" [ style=bold"
#define THEN(a, b)       "\"" a "\" -> \"" b "\" [ style = bold]"
#define IMPOSSIBLE(name) "\"" name "\" [ style=dashed color=\"red\""

enum { EXPECTED_MAX = 10 };

struct row {
	const char *what;
	struct world_parts parts;
	const char *has[EXPECTED_MAX], *has_not[EXPECTED_MAX];
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct world w;
		world_begin(&w, rows[i].parts);
		scheduler_run(w.c);
		GString *picture = g_string_new(NULL);
		graph_print_dot(w.c, false, picture);
		for (int j = 0; j < EXPECTED_MAX && rows[i].has[j] != NULL; j++)
			if (strstr(picture->str, rows[i].has[j]) == NULL)
				fail_msg("%s: no %s in\n%s", rows[i].what, rows[i].has[j], picture->str);
		for (int j = 0; j < EXPECTED_MAX && rows[i].has_not[j] != NULL; j++)
			if (strstr(picture->str, rows[i].has_not[j]) != NULL)
				fail_msg("%s: %s in\n%s", rows[i].what, rows[i].has_not[j], picture->str);
		(void)g_string_free(picture, TRUE);
		world_end(&w);
	}
}

#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void test_primitives(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"probe everywhere, then start",
		 {.resources = DUMMY("web", OPS(OP("monitor", "10s", "")))},
		 {DONE("web_monitor_0 n1"), DONE("web_monitor_0 n3"), THEN("web_monitor_0 n3", "web_start_0 n1"),
		  THEN("web_start_0 n1", "web_monitor_10000 n1")},
		 {"web_stop_0"}},
		{"known to be nowhere",
		 {.resources = DUMMY("web", ""), ALL_GONE("web")},
		 {DONE("web_start_0 n1")},
		 {"monitor"}},
		{"stay", {.resources = DUMMY("web", ""), RUNS_ON_ONE("web")}, {NULL}, {"web"}},
		{"stop",
		 {.resources = DUMMY("web", META("web", STOPPED)), RUNS_ON_ONE("web")},
		 {DONE("web_stop_0 n1")},
		 {"start"}},
		{"move",
		 {.resources = DUMMY("web", ""), .constraints = BAN("web", "n1"), RUNS_ON_ONE("web")},
		 {THEN("web_stop_0 n1", "web_start_0 n2")},
		 {"migrate"}},
		{"move live",
		 {.resources = DUMMY("web", META("web", PAIR("allow-migrate", "true"))),
		  .constraints = BAN("web", "n1"),
		  RUNS_ON_ONE("web")},
		 {THEN("web_migrate_to_0 n1", "web_migrate_from_0 n2"), THEN("web_migrate_from_0 n2", "web_stop_0 n1"),
		  THEN("web_stop_0 n1", "web_start_0 n2"),
		  "\"web_start_0 n2\" [ style=bold color=\"green\" fontcolor=\"orange\"]"},
		 {NULL}},
		{"restart where its parameters changed",
		 {.resources = DUMMY("web", PARAMS("web", PAIR("state", "new"))),
		  .history = {HISTORY("web",
				      ENTRY("web_last_0", "web", "start", "0", "1", "0", "0", "0",
					    "crm_feature_set='3.20.0' op-digest='f2317cad3d54cec5d7d7aa7d0bf35cf8'")),
			      GONE("web"), GONE("web")}},
		 {THEN("web_stop_0 n1", "web_start_0 n1")},
		 {NULL}},
		{"active on two nodes",
		 {.resources = DUMMY("web", ""), .history = {RUNS("web"), RUNS("web"), GONE("web")}},
		 {DONE("web_stop_0 n1"), DONE("web_stop_0 n2"), DONE("web_start_0 n1")},
		 {NULL}},
		{"not managed",
		 {.resources = DUMMY("web", META("web", PAIR("is-managed", "false") STOPPED)), RUNS_ON_ONE("web")},
		 {NULL},
		 {"bold"}},
	};
	CHECK(rows);
}

static void test_recurring(void **state)
{
	(void)state;
	static const char stopped_too[] =
		DUMMY("web", OPS("<op id='s' name='monitor' interval='20s' role='Stopped'/>" OP("monitor", "10s", "")));
	static const struct row rows[] = {
		{"a monitor of role Stopped is done elsewhere",
		 {.resources = stopped_too, RUNS_ON_ONE("web")},
		 {DONE("web_monitor_20000 n2"), DONE("web_monitor_20000 n3"), DONE("web_monitor_10000 n1")},
		 {"web_monitor_20000 n1"}},
		{"one that is no longer configured is cancelled",
		 {.resources = DUMMY("web", ""),
		  .history = {HISTORY("web", ENTRY("web_last_0", "web", "start", "0", "1", "0", "0", "0", SAME)
						     ENTRY("web_monitor_10000", "web", "monitor", "10000", "2", "0",
							   "0", "0", "")),
			      GONE("web"), GONE("web")}},
		 {DONE("Cancel web_monitor_10000 n1")},
		 {"start"}},
		{"names and intervals are unique, and some tasks never recur",
		 {.resources = DUMMY("web", OPS("<op id='a' name='monitor' interval='10s'/><op id='b' name='monitor' "
						"interval='10s'/><op id='c' name='start' interval='10s'/>")),
		  ALL_GONE("web")},
		 {DONE("web_start_0 n1")},
		 {"_10000"}},
		{"nothing is monitored in maintenance",
		 {.resources = DUMMY("web", META("web", PAIR("maintenance", "true")) OPS(OP("monitor", "10s", ""))),
		  RUNS_ON_ONE("web")},
		 {NULL},
		 {"monitor"}},
	};
	CHECK(rows);
}

static void test_orders(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"starts in order",
		 {.resources = DUMMY("a", "") DUMMY("b", ""), .constraints = ORDER("a", "b"), .options = NO_PROBES},
		 {THEN("a_start_0 n1", "b_start_0 n2")},
		 {NULL}},
		{"stops in reverse",
		 {.resources = DUMMY("a", META("a", STOPPED)) DUMMY("b", META("b", STOPPED)),
		  .constraints = ORDER("a", "b"),
		  .history = {RUNS("a") RUNS("b"), GONE("a") GONE("b"), GONE("a") GONE("b")}},
		 {THEN("b_stop_0 n1", "a_stop_0 n1")},
		 {NULL}},
		{"what is after something that cannot start stops",
		 {.resources = DUMMY("a", META("a", STOPPED)) DUMMY("b", ""),
		  .constraints = ORDER("a", "b"),
		  .history = {GONE("a") RUNS("b"), GONE("a") GONE("b"), GONE("a") GONE("b")}},
		 {NULL},
		 {DONE("b_start")}},
		{"a restart goes along a mandatory order",
		 {.resources = DUMMY("a", "") DUMMY("b", ""),
		  .constraints = ORDER("a", "b") BAN("a", "n1"),
		  .history = {RUNS("a") RUNS("b"), GONE("a") GONE("b"), GONE("a") GONE("b")}},
		 {THEN("b_stop_0 n1", "a_stop_0 n1"), THEN("a_start_0 n2", "b_start_0 n1")},
		 {NULL}},
		{"what is with something that cannot start does not either",
		 {.resources = DUMMY("a", "") DUMMY("b", "") DUMMY("z", META("z", STOPPED)),
		  .constraints = ORDER("z", "a") "<rsc_colocation id='c' rsc='b' with-rsc='a' score='INFINITY'/>",
		  .options = NO_PROBES},
		 {IMPOSSIBLE("a_start_0 n1"), IMPOSSIBLE("b_start_0 n1")},
		 {"bold"}},
	};
	CHECK(rows);
}

#define GROUP(inside)       "<group id='g'>" inside "</group>"
#define CLONE(meta, inside) "<clone id='c'>" META("c", meta) inside "</clone>"

static void test_collective(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"members one after the other",
		 {.resources = GROUP(DUMMY("a", "") DUMMY("b", "")), .options = NO_PROBES},
		 {THEN("g_start_0", "a_start_0 n1"), THEN("a_start_0 n1", "b_start_0 n1"),
		  THEN("b_start_0 n1", "g_running_0")},
		 {NULL}},
		{"a failed first member restarts the second",
		 {.resources = GROUP(DUMMY("a", OPS(OP("monitor", "10s", ""))) DUMMY("b", "")),
		  .history = {HISTORY("a", ENTRY("a_last_0", "a", "start", "0", "1", "0", "0", "0", SAME) ENTRY(
						   "a_last_failure_0", "a", "monitor", "10000", "3", "1", "4", "0", ""))
				      RUNS("b"),
			      GONE("a") GONE("b"), GONE("a") GONE("b")}},
		 {THEN("b_stop_0 n1", "a_stop_0 n1"), THEN("a_start_0 n1", "b_start_0 n1"), DONE("a_monitor_10000 n1")},
		 {NULL}},
		{"a clone on each node",
		 {.resources = CLONE("", DUMMY("a", "")), .options = NO_PROBES},
		 {THEN("c_start_0", "a:0_start_0 n1"), "\"c_running_0\" [ style=bold"},
		 {"notify"}},
		{"in order of numbers",
		 {.resources = CLONE(PAIR("ordered", "true"), DUMMY("a", "")), .options = NO_PROBES},
		 {THEN("a:0_start_0 n1", "a:1_start_0 n2")},
		 {NULL}},
		{"everybody is told",
		 {.resources = CLONE(PAIR("notify", "true"), DUMMY("a", "")), .options = NO_PROBES},
		 {THEN("c_confirmed-pre_notify_start_0", "c_start_0"), THEN("c_running_0", "c_post_notify_running_0"),
		  THEN("a:0_post_notify_start_0 n1", "c_confirmed-post_notify_running_0")},
		 {NULL}},
		{"one is promoted",
		 {.resources = CLONE(PAIR("promotable", "true"), DUMMY("a", "")),
		  .history = {RUNS("a"), RUNS("a"), RUNS("a")},
		  .attributes = {PAIR("master-a", "10"), NULL, NULL}},
		 {DONE("a_promote_0 n1"), THEN("c_promote_0", "a_promote_0 n1"),
		  THEN("a_promote_0 n1", "c_promoted_0")},
		 {"demote"}},
		{"instances belong together",
		 {.resources = CLONE(PAIR("interleave", "true"), DUMMY("a", "")) "<clone id='d'>" META(
			  "d", PAIR("interleave", "true")) DUMMY("b", "") "</clone>",
		  .constraints = ORDER("c", "d"),
		  .options = NO_PROBES},
		 {THEN("a:0_start_0 n1", "b:0_start_0 n1")},
		 {THEN("a:0_start_0 n1", "b:1_start_0 n2")}},
		{"a set of which one is enough",
		 {.resources = DUMMY("a", "") DUMMY("b", META("b", STOPPED)) DUMMY("z", ""),
		  .constraints = "<rsc_order id='o'><resource_set id='s1' sequential='false' require-all='false'>"
				 "<resource_ref id='a'/><resource_ref id='b'/></resource_set><resource_set id='s2'>"
				 "<resource_ref id='z'/></resource_set></rsc_order>",
		  .options = NO_PROBES},
		 {THEN("a_start_0 n1", "one-or-more:s1"), THEN("one-or-more:s1", "z_start_0 n2")},
		 {NULL}},
	};
	CHECK(rows);
}

#define LOST "<node_state id='3' uname='n3' in_ccm='false' crmd='offline' join='down' expected='member'/>"
#define THERE(n, more)                                                                                       \
	"<node_state id='" n "' uname='n" n "' in_ccm='true' crmd='online' join='member' expected='member'>" \
	"<transient_attributes id='" n "'><instance_attributes id='a" n "'>" more                            \
	"</instance_attributes></transient_attributes></node_state>"

static void test_nodes(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"a lost node is fenced before what ran there starts again",
		 {.resources = DEVICE DUMMY("web", ""),
		  .options = FENCING,
		  .status = THERE("1", "")
			  THERE("2", "") "<node_state id='3' uname='n3' in_ccm='false' crmd='offline' join='down' "
					 "expected='member'><lrm "
					 "id='3'><lrm_resources>" RUNS("web") "</lrm_resources></lrm></node_state>"},
		 {DONE("stonith 'reboot' n3"), THEN("stonith 'reboot' n3", "web_stop_0 n3"),
		  THEN("web_stop_0 n3", "web_start_0 n2"), THEN("stonith 'reboot' n3", "web_start_0 n2")},
		 {NULL}},
		{"nobody can fence without a device",
		 {.resources = DUMMY("web", ""), .options = FENCING, .status = THERE("1", "") THERE("2", "") LOST},
		 {NULL},
		 {"stonith 'reboot' n3\" [ style=bold"}},
		{"a node that leaves is emptied first",
		 {.resources = DUMMY("web", ""), RUNS_ON_ONE("web"), .attributes = {PAIR("shutdown", "1"), NULL, NULL}},
		 {THEN("web_stop_0 n1", "do_shutdown n1"), THEN("web_stop_0 n1", "web_start_0 n2")},
		 {NULL}},
		{"the DC goes last",
		 {.resources = DUMMY("web", ""),
		  ALL_GONE("web"),
		  .attributes = {PAIR("shutdown", "1"), PAIR("shutdown", "1"), NULL}},
		 {THEN("do_shutdown n2", "do_shutdown n1")},
		 {NULL}},
		{"the DC is fenced last",
		 {.resources = DEVICE,
		  .options = FENCING,
		  .status = THERE("2", PAIR("terminate", "true")) THERE("1", PAIR("terminate", "true")) THERE("3", "")},
		 {THEN("stonith 'reboot' n2", "stonith 'reboot' n1")},
		 {NULL}},
		{"a device that unfences",
		 {.resources = "<primitive id='fencer' class='stonith' type='fence_x'>" META(
			  "fencer", PAIR("provides", "unfencing")) "</primitive>" DUMMY("web", ""),
		  .options = FENCING NO_PROBES},
		 {DONE("stonith 'on' n1"), THEN("stonith 'on' n1", "fencer_start_0 n1")},
		 {NULL}},
	};
	CHECK(rows);
}

#define REMOTE(more) "<primitive id='far' class='ocf' provider='pacemaker' type='remote'>" more "</primitive>"

static void test_remote(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"the connection comes first",
		 {.resources = REMOTE("") DUMMY("web", ""),
		  .constraints = "<rsc_location id='l' rsc='web' node='far' score='INFINITY'/>",
		  .options = NO_PROBES},
		 {THEN("far_start_0 n1", "web_start_0 far")},
		 {NULL}},
		{"a guest's container, then its connection, then what is in it",
		 {.resources = DUMMY("vm", META("vm", PAIR("remote-node", "guest"))) DUMMY("web", ""),
		  .constraints = "<rsc_location id='l' rsc='web' node='guest' score='INFINITY'/>",
		  .options = NO_PROBES},
		 {THEN("vm_start_0 n1", "guest_start_0 n1"), THEN("guest_start_0 n1", "web_start_0 guest")},
		 {NULL}},
		{"a bundle's replica",
		 {.resources = "<bundle id='box'><docker image='x' replicas='1'/><network ip-range-start='10.0.0.1' "
			       "control-port='3121'/>" DUMMY("web", "") "</bundle>",
		  .options = NO_PROBES},
		 {THEN("box-ip-10.0.0.1_start_0 n1", "box-docker-0_start_0 n1"),
		  THEN("box-docker-0_start_0 n1", "box-0_start_0 n1"), THEN("box-0_start_0 n1", "web:0_start_0 box-0"),
		  DONE("box_running_0")},
		 {NULL}},
	};
	CHECK(rows);
}

/* --- the phases one by one, as scheduler_run() calls them --- */

static void test_phases(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = CLONE(PAIR("notify", "true"), DUMMY("a", ""))});
	scheduler_read_status(w.c);
	constraints_internal(w.c);
	assert_non_null(w.c->first_ordering);
	config_changes_handle(w.c);
	assert_null(w.c->actions);
	actions_create(w.c);
	struct resource *c = world_resource(&w, "c");
	assert_true(action_exists(c, TASK_START));
	assert_non_null(c->clone.start_notice);
	remote_order_actions(w.c);
	fencing_and_shutdown(w.c);
	orderings_apply(w.c);
	graph_create(w.c);
	assert_true(w.c->graph->count > 0);
	world_end(&w);
}

static void test_notices(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){
				.resources = CLONE(PAIR("notify", "true") PAIR("promotable", "true"), DUMMY("a", ""))});
	scheduler_read_status(w.c);
	struct resource *c = world_resource(&w, "c");
	struct action *a[8];
	static const char *const tasks[] = {"start",   "running",  "stop",   "stopped",
					    "promote", "promoted", "demote", "demoted"};
	for (int i = 0; i < 8; i++)
		a[i] = action_pseudo_of(c, tasks[i], true, true);
	notices_create_start_stop(c, a[0], a[1], a[2], a[3]);
	notices_create_promote(c, a[4], a[5]);
	notices_create_demote(c, a[6], a[7]);
	assert_non_null(action_chain(w.c, c, "c_confirmed-pre_notify_start_0"));
	assert_non_null(action_chain(w.c, c, "c_confirmed-post_notify_demoted_0"));
	notices_expand(c);
	struct resource *instance = c->children.items[0];
	struct action *stop = action_stop(instance, world_node(&w, "n1"), false);
	struct action *fencing = action_fence(world_node(&w, "n1"), "off", false, "test", false);
	notices_order_after_fencing(stop, instance, fencing);
	const struct action *told = action_chain(w.c, instance, "a:0_confirmed-post_notify_stonith_0");
	assert_non_null(told);
	assert_string_equal(table_get(told->meta, "notify_operation"), "stop");
	world_end(&w);
}

/* --- fencing as an action --- */

static void test_fence_action(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DEVICE,
					     .options = FENCING PAIR("priority-fencing-delay", "30s")});
	scheduler_read_status(w.c);
	struct node *n1 = world_node(&w, "n1"), *n2 = world_node(&w, "n2");
	assert_true(node_can_be_fenced(w.c, n1));
	struct action *a = action_fence(n1, NULL, true, "a reason", false);
	assert_string_equal(a->key, "stonith-n1-reboot");
	assert_true(action_is(a, ACTION_OPTIONAL));
	assert_ptr_equal(action_fence(n1, "reboot", false, "another", true), a);
	assert_false(action_is(a, ACTION_OPTIONAL));
	assert_string_equal(a->reason, "a reason");
	assert_string_equal(table_get(a->meta, "priority-fencing-delay"), "0");
	assert_string_equal(table_get(a->meta, "stonith_action"), "reboot");

	node_must_be_fenced(w.c, n2, "it must", false);
	assert_true(n2->unclean);
	assert_string_equal(action_chain(w.c, NULL, "stonith-n2-reboot")->reason, "it must");
	/* Half of the members are gone, and n2 is the one that matters most. */
	n2->online = n1->online = false;
	n2->priority = 5;
	assert_string_equal(table_get(action_fence(n2, NULL, false, NULL, true)->meta, "priority-fencing-delay"), "30");

	w.c->quorate = false;
	assert_false(node_can_be_fenced(w.c, n1));
	n1->online = true;
	assert_true(node_can_be_fenced(w.c, n1));
	w.c->options.fencing_enabled = false;
	assert_false(node_can_be_fenced(w.c, n1));
	world_end(&w);
}

/* As a broken history may say it. */
static void test_guest_in_itself(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DEVICE DUMMY("vm", META("vm", PAIR("remote-node", "guest")))
						     DUMMY("vm2", META("vm2", PAIR("remote-node", "guest2"))),
					     .options = FENCING,
					     .history = {RUNS("vm"), RUNS("vm2"), NULL}});
	scheduler_read_status(w.c);
	struct node *guest = world_node(&w, "guest"), *guest2 = world_node(&w, "guest2");
	guest->online = guest2->online = false;
	assert_true(node_can_be_fenced(w.c, guest));
	world_resource(&w, "vm")->active.items[0] = guest;
	assert_false(node_can_be_fenced(w.c, guest));
	world_resource(&w, "vm")->active.items[0] = guest2;
	assert_true(node_can_be_fenced(w.c, guest));
	world_resource(&w, "vm2")->active.items[0] = guest;
	assert_false(node_can_be_fenced(w.c, guest));
	world_end(&w);
}

static void test_unfence_and_shutdown(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DEVICE DUMMY("web", ""), .options = FENCING});
	scheduler_read_status(w.c);
	struct resource *fencer = world_resource(&w, "fencer"), *web = world_resource(&w, "web");
	struct node *n1 = world_node(&w, "n1");
	struct action *start = action_start(web, n1, true);
	action_unfence(w.c, fencer, n1, "changed", start); /* nobody unfences here */
	assert_null(action_chain(w.c, NULL, "stonith-n1-on"));
	w.c->enable_unfencing = true;
	action_unfence(w.c, web, n1, "changed", start); /* no device */
	assert_null(action_chain(w.c, NULL, "stonith-n1-on"));
	action_unfence(w.c, fencer, NULL, "changed", start); /* wherever it may run */
	assert_non_null(action_chain(w.c, NULL, "stonith-n3-on"));
	assert_int_equal(start->before_count, 3);

	struct action *stop = action_stop(web, n1, true);
	const struct action *shutdown = action_shutdown(n1);
	assert_string_equal(shutdown->key, "do_shutdown-n1");
	assert_false(action_is(stop, ACTION_OPTIONAL));
	assert_ptr_equal(w.c->last_ordering->then.action, shutdown);
	cluster_notice(w.c, "%s", "news");
	assert_string_equal(w.c->last_notice->text, "news");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_primitives),
		cmocka_unit_test(test_recurring),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_collective),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_remote),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_notices),
		cmocka_unit_test(test_fence_action),
		cmocka_unit_test(test_guest_in_itself),
		cmocka_unit_test(test_unfence_and_shutdown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
