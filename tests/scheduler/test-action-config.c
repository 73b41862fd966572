/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-config.h"

#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROMOTED "<op id='pm' name='monitor' interval='5s' role='Promoted' on-fail='block'/>"
#define WEB_OPS                                                                                          \
	OP("monitor", "10s", "timeout='30s'")                                                            \
	OP("monitor", "60s", "timeout='7s'")                                                             \
	OP("monitor", "1s", "enabled='false' timeout='1s'")                                              \
	PROMOTED OP("stop", "0", "on-fail='stop'") OP("promote", "0", "on-fail='demote'")                \
		OP("start", "0", "on-fail='demote' start-delay='3s'")                                    \
			OP("migrate", "0", "timeout='9'") "<op id='op-params' name='sing' interval='0'>" \
							  "<instance_attributes id='ip'>" PAIR(          \
								  "loud", "yes") "</"                    \
										 "instance_attributes></op>"

static void begin(struct world *w, struct world_parts parts)
{
	if (parts.resources == NULL)
		parts.resources = DUMMY("web", OPS(WEB_OPS)) DUMMY("bare", "");
	world_begin(w, parts);
	scheduler_read_status(w->c);
}

static void test_find(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	const struct resource *web = world_resource(&w, "web");
	assert_string_equal(element_id(action_config_find(web, "monitor", 60000, false)), "op-monitor-60s");
	assert_null(action_config_find(web, "monitor", 1000, false));
	const struct element *disabled = action_config_find(web, "monitor", 1000, true);
	assert_false(action_config_enabled(disabled));
	assert_int_equal(action_config_interval_ms(disabled), 1000);
	assert_string_equal(element_id(action_config_find(web, "migrate_to", 0, true)), "op-migrate-0");
	assert_null(action_config_find_exact(web, "migrate_to", 0, true));
	assert_null(action_config_find(world_resource(&w, "bare"), "start", 0, true));
	world_end(&w);
}

static void test_meta(void **state)
{
	(void)state;
	static const struct {
		const char *task;
		int64_t interval_ms;
		const char *name, *value;
	} rows[] = {
		{"monitor", 10000, "timeout", "30000"}, {"monitor", 10000, "interval", "10000"},
		{"monitor", 10000, "id", NULL},         {"monitor", 10000, "name", "monitor"},
		{"monitor", 0, "timeout", "45000"}, /* the most frequent monitor that is enabled says nothing */
		{"monitor", 0, "interval", NULL},       {"notify", 0, "timeout", "45000"}, /* op_defaults */
		{"start", 0, "start-delay", "3000"},    {"start", 0, "on-fail", NULL}, /* demote is not for starts */
		{"promote", 0, "on-fail", "demote"},    {"stop", 0, "on-fail", NULL},  /* stop is not for stops */
		{"demote", 0, "on-fail", "block"}, /* as the monitor of role Promoted */
		{"lrm_delete", 0, "on-fail", "ignore"},
	};
	struct world w;
	begin(&w,
	      (struct world_parts){
		      .resources =
			      DUMMY("web", OPS(OP("monitor", "10s", "timeout='30s'") OP("monitor", "1s",
											"enabled='false' timeout='1s'")
						       PROMOTED OP("stop", "0", "on-fail='stop'") OP("promote", "0",
												     "on-fail='demote'")
							       OP("start", "0", "on-fail='demote' start-delay='3s'"))),
		      .sections = "<op_defaults><meta_attributes id='od'>" PAIR("timeout", "45s") "</meta_attributes>"
												  "</op_defaults>"});
	struct resource *web = world_resource(&w, "web");
	struct node *n1 = world_node(&w, "n1");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct element *op = action_config_find(web, rows[i].task, rows[i].interval_ms, true);
		const struct table *meta = action_config_meta(web, n1, rows[i].task, rows[i].interval_ms, op);
		const char *value = table_get(meta, rows[i].name);
		if (rows[i].value == NULL)
			assert_null(value);
		else
			assert_string_equal(value, rows[i].value);
	}
	assert_true(world_complained(&w, "cannot be 'stop'"));
	assert_true(world_complained(&w, "cannot be 'demote'"));
	world_end(&w);
}

/* Read once, for all nodes; and where nothing is configured, for all resources. */
static void test_meta_kept(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.resources = DUMMY("web", OPS(OP("monitor", "10s", "timeout='30s'")
									     OP("notify", "0", "timeout='9s'")
										     OP("stop", "0", "timeout='8s'")))
					       DUMMY("db", "")});
	struct resource *web = world_resource(&w, "web"), *db = world_resource(&w, "db");
	struct node *n1 = world_node(&w, "n1");
	const struct element *op;
	const struct table *a = action_config_meta_kept(web, n1, "monitor", 10000, false, &op);
	assert_string_equal(element_id(op), "op-monitor-10s");
	assert_string_equal(table_get(a, "timeout"), "30000");
	assert_ptr_equal(action_config_meta_kept(web, NULL, "monitor", 10000, false, &op), a);
	assert_string_equal(table_get(action_config_meta_kept(web, n1, "notified", 0, true, &op), "timeout"), "9000");
	assert_string_equal(table_get(action_config_meta_kept(web, n1, "notified", 0, false, &op), "timeout"), "20000");
	assert_null(op);
	a = action_config_meta_kept(web, n1, "start", 0, false, &op);
	assert_string_equal(table_get(a, "timeout"), "20000");
	assert_ptr_equal(action_config_meta_kept(db, n1, "start", 0, false, &op), a);
	assert_string_equal(table_get(action_config_meta_kept(web, n1, "stop", 0, false, &op), "timeout"), "8000");
	assert_string_equal(table_get(action_config_meta_kept(db, n1, "stop", 0, false, &op), "timeout"), "20000");
	/* What a demote takes from a monitor, and a probe from its timeout, is the resource's own. */
	assert_ptr_not_equal(action_config_meta_kept(web, n1, "demote", 0, false, &op),
			     action_config_meta_kept(db, n1, "demote", 0, false, &op));
	assert_string_equal(table_get(action_config_meta_kept(web, n1, "monitor", 0, false, &op), "timeout"), "30000");
	assert_string_equal(table_get(action_config_meta_kept(db, n1, "monitor", 0, false, &op), "timeout"), "20000");
	world_end(&w);
}

/* Of many too each one is read once, and none is taken for another one. */
static void test_many_meta_kept(void **state)
{
	(void)state;
	enum { MANY = 60 };
	struct world w;
	begin(&w, (struct world_parts){.resources = DUMMY("web", OPS(OP("notify", "0", "timeout='9s'")))});
	struct resource *web = world_resource(&w, "web");
	struct table *kept[2 * MANY];
	const struct element *op;
	for (unsigned i = 0; i < 4 * MANY; i++) {
		unsigned number = i % (2 * MANY), interval_ms = 1000 + number / 4;
		bool is_notify = number % 2 == 1;
		struct table *meta = action_config_meta_kept(web, NULL, number % 4 < 2 ? "monitor" : "look",
							     interval_ms, is_notify, &op);
		assert_int_equal(op != NULL, is_notify);
		assert_string_equal(table_get(meta, "timeout"), is_notify ? "9000" : "20000");
		assert_int_equal(atoi(table_get(meta, "interval")), interval_ms);
		if (i < 2 * MANY)
			kept[number] = meta;
		assert_ptr_equal(meta, kept[number]);
		for (unsigned other = 0; other < number; other++)
			assert_ptr_not_equal(meta, kept[other]);
	}
	world_end(&w);
}

/* Few are searched, many are indexed: both find the same. */
static void test_many_operations(void **state)
{
	(void)state;
	for (unsigned count = 4; count < 100; count += 60) {
		struct world w;
		GString *ops = g_string_new(OP("stop", "0", ""));
		g_string_append(ops,
				"<op name='start' interval='0' id='off' enabled='false'/><op name='start' id='on'/>");
		for (unsigned i = 0; i < count; i++)
			g_string_append_printf(ops, "<op id='m%u' name='monitor' interval='%us'/>", i, i + 10);
		g_string_append(ops, "<op id='again' name='monitor' interval='12000ms'/>");
		char *resources = g_strdup_printf("<primitive id='web' class='ocf' provider='p' type='T'><operations>%s"
						  "</operations></primitive>",
						  ops->str);
		begin(&w, (struct world_parts){.resources = resources});
		const struct resource *web = world_resource(&w, "web");
		action_config_read(world_resource(&w, "web")); /* again: nothing changes */
		assert_non_null(web->configured);
		assert_string_equal(element_id(action_config_find(web, "monitor", 11000, false)), "m1");
		assert_string_equal(element_id(action_config_find_exact(web, "start", 0, true)), "off");
		assert_string_equal(element_id(action_config_find_exact(web, "start", 0, false)), "on");
		assert_null(action_config_find(web, "monitor", 1, true));
		struct same_operations same = action_config_find_same(web, "monitor", 12000);
		assert_string_equal(element_id(same.first), "m2");
		assert_string_equal(element_id(same.second), "again");
		assert_null(action_config_find_same(web, "monitor", 13000).second);
		assert_null(action_config_find_same(web, "monitor", 1).first);
		world_end(&w);
		g_free(resources);
		g_string_free(ops, TRUE);
	}
}

static void test_interval_origin(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = DUMMY("web", OPS(OP("monitor", "10s", "interval-origin='2023-11-14 22:13:13Z'")
								OP("monitor", "20s", "interval-origin='tomorrow'")))});
	struct resource *web = world_resource(&w, "web");
	/* 7 seconds before now: 3 are left. */
	const struct element *op = action_config_find(web, "monitor", 10000, true);
	assert_string_equal(table_get(action_config_meta(web, NULL, "monitor", 10000, op), "start-delay"), "3000");
	op = action_config_find(web, "monitor", 20000, true);
	assert_null(table_get(action_config_meta(web, NULL, "monitor", 20000, op), "start-delay"));
	assert_true(world_complained(&w, "interval-origin 'tomorrow'"));
	world_end(&w);
}

static void test_parameters(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct resource *web = world_resource(&w, "web");
	struct node *n1 = world_node(&w, "n1");
	const struct table *own = action_config_parameters(w.c, action_config_find(web, "sing", 0, true), n1);
	assert_string_equal(table_get(own, "loud"), "yes");
	assert_null(action_config_parameters(w.c, action_config_find(web, "stop", 0, true), n1));
	world_end(&w);
}

static void test_needs_and_failures(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){0});
	struct resource *web = world_resource(&w, "web");
	assert_int_equal(action_config_needs(web, "start"), NEEDS_QUORUM);
	assert_int_equal(action_config_needs(web, "stop"), NEEDS_NOTHING);
	web->needs_fencing = true;
	assert_int_equal(action_config_needs(web, "promote"), NEEDS_FENCING);
	web->needs_fencing = web->needs_quorum = false;
	assert_int_equal(action_config_needs(web, "start"), NEEDS_NOTHING);

	static const struct {
		const char *task, *value;
		enum on_fail without_fencing, with_fencing;
	} rows[] = {
		{"start", NULL, ON_FAIL_RESTART, ON_FAIL_RESTART},
		{"stop", NULL, ON_FAIL_BLOCK, ON_FAIL_FENCE},
		{"stop", "fence", ON_FAIL_STOP, ON_FAIL_FENCE},
		{"monitor", "standby", ON_FAIL_STANDBY, ON_FAIL_STANDBY},
		{"monitor", "Ignore", ON_FAIL_IGNORE, ON_FAIL_IGNORE},
		{"monitor", "migrate", ON_FAIL_BAN, ON_FAIL_BAN},
		{"monitor", "nonsense", ON_FAIL_RESTART, ON_FAIL_RESTART},
		{"monitor", "restart-container", ON_FAIL_RESTART, ON_FAIL_RESTART}, /* in no container */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w.c->options.fencing_enabled = false;
		assert_int_equal(action_config_on_fail(web, rows[i].task, 0, rows[i].value), rows[i].without_fencing);
		w.c->options.fencing_enabled = true;
		assert_int_equal(action_config_on_fail(web, rows[i].task, 0, rows[i].value), rows[i].with_fencing);
	}
	assert_int_equal(action_config_fail_role(web, "start", ON_FAIL_STOP), ROLE_STOPPED);
	assert_int_equal(action_config_fail_role(web, "start", ON_FAIL_RESTART), ROLE_STARTED);
	assert_int_equal(action_config_fail_role(web, "promote", ON_FAIL_RESTART), ROLE_UNPROMOTED);
	assert_int_equal(action_config_fail_role(web, "start", ON_FAIL_RESET_REMOTE), ROLE_STARTED);
	web->reconnect_ms = 1000;
	assert_int_equal(action_config_fail_role(web, "start", ON_FAIL_RESET_REMOTE), ROLE_STOPPED);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_meta),
		cmocka_unit_test(test_meta_kept),
		cmocka_unit_test(test_many_meta_kept),
		cmocka_unit_test(test_many_operations),
		cmocka_unit_test(test_interval_origin),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_needs_and_failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
