/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/resource.h"

#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CLONE  "<clone id='c'>" META("c", PAIR("clone-max", "2")) DUMMY("i", "") "</clone>"
#define GROUP  "<group id='g'>" DUMMY("a", "") DUMMY("b", "") "</group>"
#define CGROUP "<clone id='cg'><group id='h'>" DUMMY("m", "") "</group></clone>"
#define UNIQUE                                                                                  \
	"<clone id='u'>" META("u", PAIR("globally-unique", "true") PAIR("clone-node-max", "2")) \
		DUMMY("v", "") "</clone>"
#define RUNS(id) HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "5", "0", "0", "0", ""))

static void begin(struct world *w)
{
	world_begin(w, (struct world_parts){.resources = CLONE GROUP CGROUP UNIQUE,
					    .history = {RUNS("i") RUNS("a"), RUNS("i") RUNS("b") RUNS("m")}});
	scheduler_read_status(w->c);
}

static void test_lists(void **state)
{
	(void)state;
	struct arena a = {0};
	struct resource_list l = {0};
	struct resource r[6];
	for (int i = 0; i < 5; i++)
		resource_list_add(&a, &l, &r[i]);
	resource_list_prepend(&a, &l, &r[5]);
	assert_int_equal(l.count, 6);
	assert_ptr_equal(l.items[0], &r[5]);
	assert_ptr_equal(l.items[5], &r[4]);
	assert_true(resource_list_has(&l, &r[3]));
	struct node n[2];
	struct node_set nodes = {0};
	node_set_add(&a, &nodes, &n[0]);
	assert_false(node_set_has(&nodes, &n[1]));
	node_set_add(&a, &nodes, &n[1]);
	node_set_remove(&nodes, &n[0]);
	assert_int_equal(nodes.count, 1);
	assert_true(node_set_has(&nodes, &n[1]));
	arena_fini(&a);
}

static void test_finding(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	const struct resource *first = world_resource(&w, "i:0");
	assert_ptr_equal(resource_find(w.c, "i"), first); /* by its id in the status */
	assert_null(resource_find_exact(w.c, "i"));
	assert_null(resource_find(w.c, "nothing"));
	struct resource *clone = world_resource(&w, "c");
	assert_ptr_equal(resource_find_below(clone, "i:1", NULL, 0), world_resource(&w, "i:1"));
	assert_ptr_equal(resource_find_below(clone, "i", world_node(&w, "n2"), FIND_ANONYMOUS | FIND_CURRENT),
			 world_resource(&w, "i:1"));
	assert_null(resource_find_below(clone, "i", world_node(&w, "n3"), FIND_ANY | FIND_CURRENT));
	assert_ptr_equal(resource_find_below(world_resource(&w, "u"), "v", NULL, FIND_ANY), world_resource(&w, "v:0"));
	assert_null(resource_find_below(world_resource(&w, "u"), "v", NULL, FIND_ANONYMOUS));
	assert_ptr_equal(resource_find_below(clone, "i", NULL, FIND_HISTORY_ID), first);
	world_end(&w);
}

static void test_kinship(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *member = world_resource(&w, "m:0"), *clone = world_resource(&w, "cg");
	assert_ptr_equal(resource_top(member, false), clone);
	assert_true(resource_is_below(member, clone));
	assert_false(resource_is_below(clone, member));
	assert_true(resource_is_instance(world_resource(&w, "h:0")));
	assert_false(resource_is_instance(member));
	assert_true(resource_is_clone(clone));
	assert_true(resource_is_anonymous_clone(clone));
	assert_true(resource_is_unique_clone(world_resource(&w, "u")));
	assert_false(resource_is_bundled(member));
	assert_int_equal(resource_instance_number(world_resource(&w, "v:1")), 1);
	assert_int_equal(resource_max_per_node(world_resource(&w, "u")), 2);
	assert_int_equal(resource_max_per_node(member), 1);
	assert_true(resource_meta_bool(world_resource(&w, "u"), "globally-unique", false));
	assert_true(resource_meta_bool(member, "nothing", true));
	assert_false(resource_meta_bool(world_resource(&w, "c"), "clone-max", true)); /* no truth value */
	world_end(&w);
}

static void test_base_ids(void **state)
{
	(void)state;
	static const struct {
		const char *id, *base;
	} rows[] = {{"web:3", "web"}, {"web", "web"}, {"web:12", "web"}, {"web:", "web:"},
		    {"12", "12"},     {":1", ":1"},   {"a:b", "a:b"},    {"web1", "web1"}};
	struct world w;
	begin(&w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(resource_base_id(w.c, rows[i].id), rows[i].base);
	world_end(&w);
}

static void test_state(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *group = world_resource(&w, "g"), *a = world_resource(&w, "a");
	assert_true(resource_is_active(a, true));
	assert_true(resource_is_active_on(a, world_node(&w, "n1")));
	assert_true(resource_is_known_on(a, world_node(&w, "n1")));
	assert_false(resource_is_known_on(a, world_node(&w, "n2")));
	assert_true(resource_is_active(group, false));
	assert_true(resource_is_active(group, true));
	assert_false(resource_is_active(world_resource(&w, "cg"), true));
	assert_int_equal(resource_role(group, true), ROLE_STARTED);
	assert_int_equal(resource_role(world_resource(&w, "u"), true), ROLE_STOPPED);
	struct node_set where = {0};
	assert_null(resource_where(group, WHERE_CURRENT, &where)); /* on two */
	assert_int_equal(where.count, 2);
	assert_ptr_equal(resource_where(a, WHERE_CURRENT, NULL), world_node(&w, "n1"));
	assert_null(resource_where(a, WHERE_ASSIGNED | WHERE_PENDING, NULL));
	unsigned all, clean;
	assert_ptr_equal(resource_active_node(a, &all, &clean), world_node(&w, "n1"));
	assert_int_equal(all, 1);
	assert_int_equal(clean, 1);
	assert_false(resource_is_failed_deep(group));
	a->failed = true;
	assert_true(resource_is_failed_deep(group));
	world_end(&w);
}

/* The source of a migration counts; else, unless everything waits for fencing, the first clean node. */
static void test_active_node(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *a = world_resource(&w, "a");
	struct node *n1 = world_node(&w, "n1"), *n3 = world_node(&w, "n3");
	node_set_add(&w.c->arena, &a->active, n3);
	n1->unclean = true;
	assert_ptr_equal(resource_active_node(a, NULL, NULL), n3);
	a->needs_fencing = true;
	assert_ptr_equal(resource_active_node(a, NULL, NULL), n1);
	a->migration_source = n3;
	assert_ptr_equal(resource_active_node(a, NULL, NULL), n3);
	world_end(&w);
}

static void test_roles(void **state)
{
	(void)state;
	assert_int_equal(role_parse("started"), ROLE_STARTED);
	assert_int_equal(role_parse("Master"), ROLE_PROMOTED);
	assert_int_equal(role_parse("slave"), ROLE_UNPROMOTED);
	assert_int_equal(role_parse("nonsense"), ROLE_UNKNOWN);
	assert_int_equal(role_parse(NULL), ROLE_UNKNOWN);
	assert_string_equal(role_text(ROLE_PROMOTED), "Promoted");
	assert_string_equal(role_text(ROLE_UNPROMOTED), "Unpromoted");
}

static void test_target_role(void **state)
{
	(void)state;
	static const struct {
		const char *resources;
		bool limits;
		enum role role;
	} rows[] = {
		{DUMMY("r", ""), false, ROLE_UNKNOWN},
		{DUMMY("r", META("r", PAIR("target-role", "Stopped"))), true, ROLE_STOPPED},
		{DUMMY("r", META("r", PAIR("target-role", "Started"))), false, ROLE_UNKNOWN},
		{DUMMY("r", META("r", PAIR("target-role", "Unpromoted"))), false, ROLE_UNKNOWN},
		{"<clone id='r'>" META("r", PAIR("promotable", "true") PAIR("target-role", "Slave"))
			 DUMMY("s", "") "</clone>",
		 true, ROLE_UNPROMOTED},
		{"<clone id='r'>" META("r", PAIR("promotable", "true") PAIR("target-role", "Promoted"))
			 DUMMY("s", "") "</clone>",
		 false, ROLE_UNKNOWN},
		{DUMMY("r", META("r", PAIR("target-role", "what"))), false, ROLE_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		enum role role = ROLE_UNKNOWN;
		world_begin(&w, (struct world_parts){.resources = rows[i].resources});
		scheduler_read_status(w.c);
		assert_int_equal(resource_target_role(world_resource(&w, "r"), &role), rows[i].limits);
		assert_int_equal(role, rows[i].role);
		world_end(&w);
	}
}

/* Rules may ask for the node; what has none is read once. */
static void test_parameters(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){
				.nodes = "<node id='1' uname='n1'><instance_attributes id='na'>"
					 "<nvpair id='na-c' name='colour' value='red'/></instance_attributes></node>"
					 "<node id='2' uname='n2'/><node id='3' uname='n3'/>",
				.resources = DUMMY("plain", PARAMS("plain", PAIR("x", "1"))) DUMMY(
					"ruled",
					"<instance_attributes id='r1' score='2'><rule id='rr' score='0'>"
					"<expression id='re' attribute='colour' operation='eq' value='red'/></rule>"
					"<nvpair id='r1x' name='x' value='red'/></instance_attributes>"
					"<instance_attributes id='r2' score='1'><nvpair id='r2x' name='x' "
					"value='other'/></instance_attributes>")});
	scheduler_read_status(w.c);
	struct resource *plain = world_resource(&w, "plain"), *ruled = world_resource(&w, "ruled");
	const struct node *n1 = world_node(&w, "n1"), *n2 = world_node(&w, "n2");
	assert_ptr_equal(resource_parameters(plain, n1), resource_parameters(plain, n2));
	assert_string_equal(table_get(resource_parameters(plain, NULL), "x"), "1");
	assert_string_equal(table_get(resource_parameters(ruled, n1), "x"), "red");
	assert_string_equal(table_get(resource_parameters(ruled, n2), "x"), "other");
	assert_string_equal(table_get(resource_parameters(ruled, NULL), "x"), "other");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),    cmocka_unit_test(test_finding),     cmocka_unit_test(test_kinship),
		cmocka_unit_test(test_base_ids), cmocka_unit_test(test_state),       cmocka_unit_test(test_active_node),
		cmocka_unit_test(test_roles),    cmocka_unit_test(test_target_role), cmocka_unit_test(test_parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
