/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/history.h"

#include "rules/score.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void begin(struct world *w, struct world_parts parts)
{
	world_begin(w, parts);
	scheduler_read_status(w->c);
}

#define DONE(task, call, rc, expected) ENTRY("r_" task "_0", "r", task, "0", call, rc, "0", expected, "")
#define MONITOR(call, rc, expected)    ENTRY("r_monitor_10000", "r", "monitor", "10000", call, rc, "0", expected, "")
#define FAILED(task, interval, call, rc, expected, rest) \
	ENTRY("r_last_failure_0", "r", task, interval, call, rc, "0", expected, rest)

static struct action *find(const struct world *w, const char *rsc, const char *key)
{
	for (struct action *a = world_resource(w, rsc)->actions; a != NULL; a = a->next_of_resource)
		if (strcmp(a->key, key) == 0)
			return a;
	return NULL;
}

/* --- nodes --- */

static void test_node_states(void **state)
{
	(void)state;
	static const struct {
		const char *fencing, *state;
		bool online, unclean, pending, shutdown;
	} rows[] = {
		{"false", "in_ccm='true' crmd='online' join='member' expected='member'", true, false, false, false},
		{"false", "in_ccm='false' crmd='offline' join='down' expected='down'", false, false, false, false},
		{"false", "in_ccm='true' crmd='offline' join='down' expected='member'", false, true, false, false},
		{"false", "in_ccm='true' crmd='online' join='pending' expected='member'", false, false, false, false},
		{"true", "in_ccm='1699999000' crmd='1699999000' join='member' expected='member'", true, false, false,
		 false},
		{"true", "in_ccm='0' crmd='0' join='down' expected='member'", false, true, false, false},
		{"true", "in_ccm='0' crmd='0' join='down' expected='down'", false, false, false, false},
		{"true", "in_ccm='1' crmd='0' join='member' expected='member'", true, true, false, false},
		{"true", "in_ccm='1' crmd='1' join='pending' expected='member'", true, false, true, false},
		{"true", "in_ccm='1' crmd='1' join='banned' expected='member'", true, true, false, false},
		{"true", "in_ccm='1' crmd='1' join='odd' expected='member'", true, true, false, false},
		{"true", "in_ccm='1' crmd='1' join='down'", true, false, true, false},
		{"true", "crmd='1' join='member' expected='member'", false, true, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char options[128], xml[512];
		(void)snprintf(options, sizeof(options), PAIR("fencing-enabled", "%s"), rows[i].fencing,
			       rows[i].fencing);
		(void)snprintf(xml, sizeof(xml), "<node_state id='1' uname='n1' %s/>", rows[i].state);
		begin(&w, (struct world_parts){.options = options,
					       .resources = "<primitive id='f' class='stonith' type='x'/>",
					       .status = xml});
		const struct node *n = world_node(&w, "n1");
		assert_int_equal(n->online, rows[i].online);
		assert_int_equal(n->unclean, rows[i].unclean);
		assert_int_equal(n->pending, rows[i].pending);
		assert_int_equal(n->base_score, rows[i].online ? 0 : -SCORE_INFINITY);
		/* One that nobody has seen */
		assert_int_equal(world_node(&w, "n2")->unclean, strcmp(rows[i].fencing, "true") == 0);
		world_end(&w);
	}
}

static void test_wishes_of_nodes(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.options = PAIR("fencing-enabled", "true"),
				       .resources = "<primitive id='f' class='stonith' type='x'/>",
				       .attributes = {PAIR("shutdown", "1699999999"), PAIR("terminate", "true"),
						      PAIR("standby", "on")}});
	assert_true(world_node(&w, "n1")->shutdown);
	assert_true(world_node(&w, "n2")->unclean);
	assert_true(world_node(&w, "n3")->standby);
	world_end(&w);
}

/* --- states of resources --- */

static void test_roles_from_operations(void **state)
{
	(void)state;
	static const struct {
		const char *history;
		enum role role;
		bool active, failed;
	} rows[] = {
		{DONE("start", "3", "0", "0"), ROLE_STARTED, true, false},
		{DONE("start", "3", "0", "0") DONE("stop", "4", "0", "0"), ROLE_STOPPED, false, false},
		{DONE("stop", "2", "0", "0") DONE("start", "3", "0", "0"), ROLE_STARTED, true, false},
		{DONE("monitor", "3", "7", "7"), ROLE_STOPPED, false, false},
		{DONE("monitor", "3", "0", "7"), ROLE_STARTED, true, false},   /* a probe found it */
		{DONE("monitor", "3", "190", "7"), ROLE_STARTED, true, false}, /* running, but not well */
		{DONE("start", "3", "0", "0") MONITOR("4", "7", "0"), ROLE_STARTED, true, true},
		{DONE("start", "3", "1", "0"), ROLE_STARTED, true, true},
		{DONE("monitor", "3", "5", "7"), ROLE_STOPPED, false, false}, /* not installed there */
		{DONE("notify", "3", "1", "0"), ROLE_STOPPED, false, false},  /* says nothing */
		{ENTRY("r_start_0", "r", "start", "0", "-1", "193", "-1", "0", ""), ROLE_STARTED, true, false},
		{ENTRY("r_start_0", "r", "start", "0", "3", "0", "99", "0", ""), ROLE_STOPPED, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char xml[4096];
		(void)snprintf(xml, sizeof(xml), HISTORY("r", "%s"), rows[i].history);
		begin(&w, (struct world_parts){.resources = DUMMY("r", ""), .history = {xml}});
		const struct resource *r = world_resource(&w, "r");
		assert_int_equal(r->role == ROLE_UNKNOWN ? ROLE_STOPPED : r->role, rows[i].role);
		assert_int_equal(r->active.count, rows[i].active);
		assert_int_equal(r->failed, rows[i].failed);
		world_end(&w);
	}
}

static void test_pending(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = DUMMY("r", "") DUMMY("p", ""),
			  .history = {HISTORY("r", ENTRY("r_start_0", "r", "start", "0", "-1", "193", "-1", "0", ""))
					      HISTORY("p", ENTRY("p_monitor_0", "p", "monitor", "0", "-1", "193", "-1",
								 "7", ""))}});
	const struct resource *r = world_resource(&w, "r");
	assert_string_equal(r->pending_action, "start");
	assert_ptr_equal(r->pending_node, world_node(&w, "n1"));
	assert_true(r->start_pending);
	assert_null(world_resource(&w, "p")->pending_action); /* probes are not shown */
	world_end(&w);
}

/* A monitor that runs needs not be started. */
static void test_recurring_operations_are_noted(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.resources = DUMMY("r", OPS(OP("monitor", "10s", ""))),
				       .history = {HISTORY("r", DONE("start", "3", "0", "0") MONITOR("4", "0", "0"))}});
	const struct action *monitor = find(&w, "r", "r_monitor_10000");
	assert_non_null(monitor);
	assert_true(action_is(monitor, ACTION_OPTIONAL));
	world_end(&w);
	/* One from before the stop does not run. */
	begin(&w, (struct world_parts){.resources = DUMMY("r", OPS(OP("monitor", "10s", ""))),
				       .history = {HISTORY("r", MONITOR("2", "0", "0") DONE("stop", "3", "0", "0"))}});
	assert_null(find(&w, "r", "r_monitor_10000"));
	world_end(&w);
}

/* Recurring, but of which operation it does not say: ignored with a complaint, in maintenance too. */
static void test_entry_without_operation(void **state)
{
	(void)state;
	static const char *const options[] = {"", PAIR("maintenance-mode", "true")};
	for (size_t i = 0; i < 2; i++) {
		struct world w;
		world_begin(
			&w,
			(struct world_parts){
				.options = options[i],
				.resources = DUMMY("r", OPS(OP("monitor", "10s", ""))),
				.history = {HISTORY(
					"r", DONE("start", "3", "0",
						  "0") "<lrm_rsc_op id='r_monitor_10000'"
						       " interval='10000' call-id='4' rc-code='0' op-status='0'/>")}});
		scheduler_run(w.c);
		assert_true(world_complained(&w, "it has no operation"));
		assert_int_equal(world_resource(&w, "r")->role, ROLE_STARTED);
		/* Nothing is known to recur: outside of maintenance the monitor is begun. */
		const struct action *monitor = find(&w, "r", "r_monitor_10000");
		assert_int_equal(monitor != NULL, i == 0);
		assert_true(monitor == NULL || !action_is(monitor, ACTION_OPTIONAL));
		world_end(&w);
	}
}

/* --- failures --- */

static void test_what_failures_do(void **state)
{
	(void)state;
	static const struct {
		const char *ops, *history;
		bool managed, blocked, stop, banned_here, banned_there;
		enum role next_role;
	} rows[] = {
		{"", DONE("start", "2", "0", "0") FAILED("monitor", "10000", "3", "1", "0", ""), true, false, true,
		 false, false, ROLE_UNKNOWN},
		{OP("monitor", "10s", "on-fail='block'"),
		 DONE("start", "2", "0", "0") FAILED("monitor", "10000", "3", "1", "0", ""), false, true, false, false,
		 false, ROLE_UNKNOWN},
		{OP("monitor", "10s", "on-fail='ignore'"),
		 DONE("start", "2", "0", "0") FAILED("monitor", "10000", "3", "1", "0", ""), true, false, false, false,
		 false, ROLE_UNKNOWN},
		{OP("monitor", "10s", "on-fail='stop'"),
		 DONE("start", "2", "0", "0") FAILED("monitor", "10000", "3", "1", "0", ""), true, false, false, true,
		 true, ROLE_STOPPED},
		{"", DONE("start", "3", "5", "0"), true, false, true, true, false, ROLE_UNKNOWN}, /* hard */
		{"", DONE("start", "3", "6", "0"), true, false, true, true, true, ROLE_UNKNOWN},  /* fatal */
		{"", DONE("stop", "3", "1", "0"), false, true, false, true, false, ROLE_UNKNOWN}, /* nobody can fence */
		{OP("start", "0", "on-fail='migrate'"), DONE("start", "3", "1", "0"), true, false, false, true, false,
		 ROLE_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char rsc[1024], history[4096];
		(void)snprintf(rsc, sizeof(rsc), DUMMY("r", OPS("%s")), rows[i].ops);
		(void)snprintf(history, sizeof(history), HISTORY("r", "%s"), rows[i].history);
		begin(&w, (struct world_parts){.resources = rsc, .history = {history}});
		const struct resource *r = world_resource(&w, "r");
		const struct action *stop = find(&w, "r", "r_stop_0");
		assert_int_equal(r->managed, rows[i].managed);
		assert_int_equal(r->blocked, rows[i].blocked);
		assert_int_equal(stop != NULL && !action_is(stop, ACTION_OPTIONAL), rows[i].stop);
		assert_int_equal(r->allowed[world_node(&w, "n1")->index].score == -SCORE_INFINITY, rows[i].banned_here);
		assert_int_equal(r->allowed[world_node(&w, "n2")->index].score == -SCORE_INFINITY,
				 rows[i].banned_there);
		assert_int_equal(r->next_role, rows[i].next_role);
		assert_non_null(w.c->failed_operations);
		world_end(&w);
	}
}

static void test_success_ends_failure(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = DUMMY("r", ""),
			  .history = {HISTORY("r", FAILED("monitor", "10000", "3", "1", "0", "")
							   DONE("stop", "4", "0", "0") DONE("start", "5", "0", "0"))}});
	assert_false(world_resource(&w, "r")->failed);
	assert_int_equal(world_resource(&w, "r")->role, ROLE_STARTED);
	world_end(&w);
}

static void test_expired_failures(void **state)
{
	(void)state;
	static const struct {
		const char *when, *count;
		bool failed, cleared;
	} rows[] = {
		{"last-rc-change='1699990000'",
		 PAIR("fail-count-r#monitor_10000", "1") PAIR("last-failure-r#monitor_10000", "1699990000"), false,
		 true},
		{"last-rc-change='1699999990'",
		 PAIR("fail-count-r#monitor_10000", "1") PAIR("last-failure-r#monitor_10000", "1699999990"), true,
		 false},
		{"last-rc-change='1699990000'", "", false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char history[4096];
		(void)snprintf(history, sizeof(history),
			       HISTORY("r", DONE("start", "2", "0", "0") ENTRY("r_last_failure_0", "r", "monitor",
									       "10000", "3", "1", "0", "0", "%s")),
			       rows[i].when);
		begin(&w, (struct world_parts){.resources = DUMMY("r", META("r", PAIR("failure-timeout", "60s"))),
					       .history = {history},
					       .attributes = {rows[i].count}});
		assert_int_equal(world_resource(&w, "r")->failed, rows[i].failed);
		assert_int_equal(find(&w, "r", "r_clear_failcount_0") != NULL, rows[i].cleared);
		if (rows[i].failed)
			assert_int_equal(w.c->recheck_by, 1699999990 + 61);
		world_end(&w);
	}
}

static void test_list_of_failures(void **state)
{
	(void)state;
	struct world w;
	begin(&w,
	      (struct world_parts){
		      .resources = DUMMY("r", ""),
		      .history = {HISTORY("r", DONE("monitor", "3", "5", "7")),
				  HISTORY("r", "<lrm_rsc_op id='r_last_failure_0' operation_key='r_monitor_0' "
					       "operation='monitor' interval='0' call-id='9' rc-code='5' op-status='0' "
					       "on_node='n2' transition-key='1:2:7:x'/>")}});
	const struct failed_operation *first = w.c->failed_operations, *second = first->next;
	assert_string_equal(first->key, "r_monitor_0");
	assert_int_equal(first->rc, RESULT_NOT_INSTALLED);
	assert_int_equal(first->call_id, 3);
	assert_ptr_equal(second->node, world_node(&w, "n2"));
	assert_null(second->next);
	const struct resource *r = world_resource(&w, "r");
	assert_ptr_equal(failed_probe_masked(r, world_node(&w, "n2")), second);
	assert_ptr_equal(failed_probe_masked(r, NULL), second); /* the first does not say where it was */
	assert_null(failed_probe_masked(r, world_node(&w, "n3")));
	world_end(&w);
}

static void test_words(void **state)
{
	(void)state;
	assert_true(probe_result_is_masked(RESULT_NOT_INSTALLED, EXECUTION_DONE));
	assert_true(probe_result_is_masked(RESULT_UNKNOWN_ERROR, EXECUTION_NOT_INSTALLED));
	assert_false(probe_result_is_masked(RESULT_UNKNOWN_ERROR, EXECUTION_ERROR));
	assert_string_equal(agent_result_text(RESULT_NOT_INSTALLED), "Not installed");
	assert_string_equal(agent_result_text(137), "Interrupted by signal");
	assert_string_equal(agent_result_text(60), "Unknown exit status");
	assert_string_equal(execution_text(EXECUTION_TIMEOUT), "Timed out");
	assert_string_equal(execution_text(77), "Unrecognized status");
}

/* --- several nodes --- */

#define RUNS HISTORY("r", DONE("start", "3", "0", "0"))

static void test_multiply_active(void **state)
{
	(void)state;
	static const struct {
		const char *policy;
		bool blocked, banned;
	} rows[] = {{"stop_start", false, false}, {"block", true, false}, {"stop_only", false, true}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char rsc[512];
		(void)snprintf(rsc, sizeof(rsc), DUMMY("r", META("r", PAIR("multiple-active", "%s"))), rows[i].policy,
			       rows[i].policy);
		begin(&w, (struct world_parts){.resources = rsc, .history = {RUNS, RUNS}});
		const struct resource *r = world_resource(&w, "r");
		assert_int_equal(r->active.count, 2);
		assert_int_equal(r->blocked, rows[i].blocked);
		assert_int_equal(r->allowed[world_node(&w, "n3")->index].score == -SCORE_INFINITY, rows[i].banned);
		world_end(&w);
	}
}

/* Members of small and of large groups are found by their ids, in each instance its own. */
static void test_members_of_cloned_groups(void **state)
{
	(void)state;
	for (unsigned count = 5; count < 50; count += 30) {
		struct world w;
		GString *members = g_string_new("<clone id='c'><group id='g'>");
		for (unsigned i = 0; i < count; i++)
			g_string_append_printf(members, DUMMY("m%u", ""), i);
		g_string_append(members, "</group></clone>");
		static const char history[] =
			HISTORY("m4", ENTRY("m4_start_0", "m4", "start", "0", "1", "0", "0", "0", ""))
				HISTORY("m2", ENTRY("m2_start_0", "m2", "start", "0", "2", "0", "0", "0", ""))
					HISTORY("g", ENTRY("g_start_0", "g", "start", "0", "3", "0", "0", "0", ""));
		begin(&w, (struct world_parts){.resources = members->str, .history = {history, history}});
		for (unsigned instance = 0; instance < 2; instance++) {
			for (unsigned i = 0; i < count; i++) {
				char id[32];
				(void)snprintf(id, sizeof(id), "m%u:%u", i, instance);
				const struct resource *m = world_resource(&w, id);
				assert_int_equal(m->active.count, i == 2 || i == 4);
				if (m->active.count > 0)
					assert_string_equal(m->active.items[0]->name, instance == 0 ? "n1" : "n2");
			}
		}
		(void)g_string_free(members, TRUE);
		world_end(&w);
	}
}

static void test_instances_of_anonymous_clones(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.resources = "<clone id='c'>" META("c", PAIR("clone-max", "2"))
					       DUMMY("r", "") "</clone>",
				       .history = {RUNS, RUNS, RUNS}});
	assert_ptr_equal(world_resource(&w, "r:0")->active.items[0], world_node(&w, "n1"));
	assert_ptr_equal(world_resource(&w, "r:1")->active.items[0], world_node(&w, "n2"));
	const struct resource *extra = world_resource(&w, "r:2"); /* one too many */
	assert_true(extra->removed);
	assert_ptr_equal(extra->active.items[0], world_node(&w, "n3"));
	assert_string_equal(extra->history_id, "r");
	assert_true(resource_is_known_on(world_resource(&w, "c"), world_node(&w, "n3")));
	world_end(&w);
}

static void test_removed_resources(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.history = {HISTORY("gone", ENTRY("gone_start_0", "gone", "start", "0", "3", "0",
									 "0", "0", ""))}});
	const struct resource *r = world_resource(&w, "gone");
	assert_true(r->removed);
	assert_true(r->managed);
	assert_int_equal(r->allowed[world_node(&w, "n2")->index].score, -SCORE_INFINITY);
	assert_string_equal(r->type, "Dummy");
	assert_int_equal(w.c->instance_count, 1);
	world_end(&w);
	begin(&w, (struct world_parts){.options = PAIR("stop-removed-resources", "false"),
				       .history = {HISTORY("gone", ENTRY("gone_start_0", "gone", "start", "0", "3", "0",
									 "0", "0", ""))}});
	assert_false(world_resource(&w, "gone")->managed);
	world_end(&w);
}

static void test_maintenance_of_a_node(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = DUMMY("r", ""), .history = {RUNS}, .attributes = {PAIR("maintenance", "true")}});
	const struct resource *r = world_resource(&w, "r");
	assert_false(r->managed);
	assert_true(r->maintenance);
	assert_int_equal(r->allowed[world_node(&w, "n1")->index].score, SCORE_INFINITY);
	world_end(&w);
}

/* --- migrations --- */

#define MIGRATE(task, call, rc, rest) \
	ENTRY("r_" task "_0", "r", task, "0", call, rc, "0", "0", "migrate_source='n1' migrate_target='n2' " rest)

static void test_migrations(void **state)
{
	(void)state;
	static const struct {
		const char *source, *target;
		unsigned active; /* on how many nodes */
		unsigned dangling;
		bool partial, failed;
	} rows[] = {
		/* complete */
		{MIGRATE("migrate_to", "3", "0", "") DONE("stop", "4", "0", "0"), MIGRATE("migrate_from", "2", "0", ""),
		 1, 0, false, false},
		/* without the stop */
		{MIGRATE("migrate_to", "3", "0", ""), MIGRATE("migrate_from", "2", "0", ""), 1, 1, false, false},
		/* not arrived */
		{MIGRATE("migrate_to", "3", "0", ""), DONE("monitor", "9", "7", "7"), 1, 0, false, true},
		/* of two monitors that found it stopped neither counts */
		{MIGRATE("migrate_to", "3", "0", "") DONE("stop", "4", "0", "0"),
		 DONE("monitor", "9", "7", "7") MONITOR("10", "7", "7"), 1, 0, true, false},
		{MIGRATE("migrate_to", "3", "0", "") DONE("stop", "4", "0", "0"), DONE("monitor", "9", "7", "7"), 0, 0,
		 false, false},
		/* not asked yet there */
		{MIGRATE("migrate_to", "3", "0", ""), "", 1, 0, false, false},
		/* arrived badly */
		{MIGRATE("migrate_to", "3", "0", ""), MIGRATE("migrate_from", "2", "1", ""), 2, 0, false, true},
		/* did not leave */
		{DONE("start", "2", "0", "0") MIGRATE("migrate_to", "3", "1", ""), DONE("start", "1", "0", "0"), 2, 0,
		 false, true},
		/* without names it says nothing */
		{ENTRY("r_migrate_to_0", "r", "migrate_to", "0", "3", "0", "0", "0", ""), "", 0, 0, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char source[4096], target[4096];
		(void)snprintf(source, sizeof(source), HISTORY("r", "%s"), rows[i].source);
		(void)snprintf(target, sizeof(target), HISTORY("r", "%s"), rows[i].target);
		begin(&w, (struct world_parts){.resources = DUMMY("r", META("r", PAIR("allow-migrate", "true"))),
					       .history = {source, target}});
		const struct resource *r = world_resource(&w, "r");
		assert_int_equal(r->active.count, rows[i].active);
		assert_int_equal(r->dangling_sources.count, rows[i].dangling);
		assert_int_equal(r->migration_target != NULL, rows[i].partial);
		assert_int_equal(r->failed, rows[i].failed);
		world_end(&w);
	}
}

/* Something is known on the target, but nothing since: it may be there. */
static void test_partial_migration(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = DUMMY("r", META("r", PAIR("allow-migrate", "true"))),
			  .history = {HISTORY("r", MIGRATE("migrate_to", "3", "0", "last-rc-change='1699999000'")),
				      HISTORY("r", ENTRY("r_monitor_0", "r", "monitor", "0", "1", "7", "0", "7",
							 "on_node='n2' last-rc-change='1699998000'"))}});
	const struct resource *r = world_resource(&w, "r");
	assert_int_equal(r->active.count, 2);
	assert_ptr_equal(r->migration_source, world_node(&w, "n1"));
	assert_ptr_equal(r->migration_target, world_node(&w, "n2"));
	world_end(&w);
}

/* --- locks --- */

static void test_shutdown_locks(void **state)
{
	(void)state;
	static const struct {
		const char *limit;
		bool locked;
	} rows[] = {{"0", true}, {"1h", true}, {"1min", false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char options[256];
		(void)snprintf(options, sizeof(options),
			       PAIR("shutdown-lock", "true") PAIR("shutdown-lock-limit", "%s"), rows[i].limit,
			       rows[i].limit);
		begin(&w,
		      (struct world_parts){.options = options,
					   .resources = DUMMY("r", ""),
					   .history = {"<lrm_resource id='r' shutdown-lock='1699999000' class='ocf' "
						       "provider='pacemaker' type='Dummy'/>"}});
		const struct resource *r = world_resource(&w, "r");
		assert_int_equal(r->lock_time, rows[i].locked ? 1699999000 : 0);
		assert_ptr_equal(r->lock_node, rows[i].locked ? world_node(&w, "n1") : NULL);
		assert_int_equal(find(&w, "r", "r_lrm_delete_0") != NULL || find(&w, "r", "r_delete_0") != NULL,
				 !rows[i].locked);
		world_end(&w);
	}
}

static void test_priority_of_nodes(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = "<clone id='c'>" META("c", PAIR("promotable", "true") PAIR("priority", "10"))
				  DUMMY("r", "") "</clone>",
			  .history = {HISTORY("r", DONE("promote", "3", "0", "0")), RUNS}});
	assert_int_equal(world_node(&w, "n1")->priority, 11);
	assert_int_equal(world_node(&w, "n2")->priority, 10);
	world_end(&w);
}

/* What nobody may have written must not stop the reading. */
static void test_unpack_status_without_status(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w,
		    (struct world_parts){.status = "<node_state uname='n1'/><node_state id='77' uname='who'/>"
						   "<node_state id='1' uname='n1'><lrm><lrm_resources><lrm_resource/>"
						   "<lrm_resource id='x'><lrm_rsc_op/></lrm_resource></lrm_resources>"
						   "</lrm></node_state>"});
	scheduler_read_status(w.c);
	assert_true(world_complained(&w, "node_state without an id"));
	unpack_status(w.c); /* again, as simulations do on the same cluster: nothing doubles */
	assert_int_equal(w.c->node_count, 3);
	world_end(&w);
}

/* Sorted by call, whatever their order; active: without what was before the start, and nothing after a stop. */
static void test_operations_in_order(void **state)
{
	(void)state;
	static const struct {
		const char *entries;
		const char *all, *active;
	} cases[] = {
		{"", "", ""},
		{MONITOR("4", "0", "0") DONE("start", "3", "0", "0") DONE("monitor", "2", "7", "7"), "2 3 4", "3 4"},
		{DONE("start", "3", "0", "0") DONE("stop", "5", "0", "0"), "3 5", ""},
		{DONE("stop", "2", "0", "0") DONE("start", "3", "0", "0"), "2 3", "3"},
		{DONE("monitor", "2", "0", "7") DONE("promote", "6", "0", "0") MONITOR("7", "8", "8"), "2 6 7", "6 7"},
		{DONE("monitor", "2", "7", "7"), "2", "2"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = g_strconcat("<lrm_resource id='r'>", cases[i].entries, "</lrm_resource>", NULL);
		struct document *d = NULL;
		struct error error;
		assert_int_equal(document_parse(text, strlen(text), "test", &d, &error), ERR_OK);
		for (int active = 0; active < 2; active++) {
			GPtrArray *list = history_operations(document_root(d), active != 0);
			GString *calls = g_string_new(NULL);
			for (guint k = 0; k < list->len; k++)
				g_string_append_printf(calls, "%s%s", k > 0 ? " " : "",
						       element_get(g_ptr_array_index(list, k), NAME_CALL_ID));
			assert_string_equal(calls->str, active != 0 ? cases[i].active : cases[i].all);
			(void)g_string_free(calls, TRUE);
			g_ptr_array_unref(list);
		}
		document_free(d);
		g_free(text);
	}
}

/* As many as there are: sorted, not put in one by one; of those with one number the latest comes first. */
static void test_many_operations_in_order(void **state)
{
	(void)state;
	enum { MANY = 60000 };
	GString *text = g_string_new("<lrm_resource id='r'>");
	for (int i = 0; i < MANY; i++)
		g_string_append_printf(text,
				       "<lrm_rsc_op id='o%d' operation='monitor' operation_key='r_monitor_%d'"
				       " on_node='n' call-id='%d' rc-code='0' op-status='0'/>",
				       i, i, i * 7919 % MANY / 2 + 1);
	g_string_append(text, "</lrm_resource>");
	struct document *d = NULL;
	assert_int_equal(document_parse(text->str, text->len, "test", &d, NULL), ERR_OK);
	GPtrArray *list = history_operations(document_root(d), false);
	assert_int_equal(list->len, MANY);
	for (guint i = 0; i < list->len; i++) {
		const struct element *e = g_ptr_array_index(list, i), *next = e;
		if (i + 1 < list->len)
			next = g_ptr_array_index(list, i + 1);
		assert_int_equal(atoi(element_get(e, NAME_CALL_ID)), i / 2 + 1);
		if (i % 2 == 0)
			assert_true(e->line >= next->line && atoi(element_id(e) + 1) > atoi(element_id(next) + 1));
	}
	g_ptr_array_unref(list);
	document_free(d);
	(void)g_string_free(text, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node_states),
		cmocka_unit_test(test_wishes_of_nodes),
		cmocka_unit_test(test_roles_from_operations),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_recurring_operations_are_noted),
		cmocka_unit_test(test_entry_without_operation),
		cmocka_unit_test(test_what_failures_do),
		cmocka_unit_test(test_success_ends_failure),
		cmocka_unit_test(test_expired_failures),
		cmocka_unit_test(test_list_of_failures),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_multiply_active),
		cmocka_unit_test(test_instances_of_anonymous_clones),
		cmocka_unit_test(test_members_of_cloned_groups),
		cmocka_unit_test(test_removed_resources),
		cmocka_unit_test(test_maintenance_of_a_node),
		cmocka_unit_test(test_migrations),
		cmocka_unit_test(test_partial_migration),
		cmocka_unit_test(test_shutdown_locks),
		cmocka_unit_test(test_priority_of_nodes),
		cmocka_unit_test(test_unpack_status_without_status),
		cmocka_unit_test(test_operations_in_order),
		cmocka_unit_test(test_many_operations_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
