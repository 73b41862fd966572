/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/unpack.h"

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
	unpack_configuration(w->c, false);
}

/* --- options --- */

static void test_options(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		enum no_quorum policy;
		bool startup_fencing, symmetric;
	} rows[] = {
		{"", NO_QUORUM_STOP, false, true},
		{PAIR("no-quorum-policy", "freeze") PAIR("symmetric-cluster", "off"), NO_QUORUM_FREEZE, false, false},
		{PAIR("no-quorum-policy", "suicide") PAIR("stonith-enabled", "true") PAIR("fencing-enabled", "true"),
		 NO_QUORUM_FENCE, true, true},
		{PAIR("no-quorum-policy", "fence"), NO_QUORUM_STOP, false, true}, /* without fencing */
		{PAIR("no-quorum-policy", "nonsense"), NO_QUORUM_STOP, false, true},
		{PAIR("fencing-enabled", "true") PAIR("startup-fencing", "no"), NO_QUORUM_STOP, false, true},
		{PAIR("symmetric-cluster", "perhaps"), NO_QUORUM_STOP, false, true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		begin(&w, (struct world_parts){.options = rows[i].options});
		assert_int_equal(w.c->options.no_quorum, rows[i].policy);
		assert_int_equal(w.c->options.startup_fencing, rows[i].startup_fencing);
		assert_int_equal(w.c->options.symmetric, rows[i].symmetric);
		world_end(&w);
	}
}

static void test_old_names_and_first_block(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .options = PAIR("stonith-action", "off") PAIR("stonith-timeout", "2min")
				  PAIR("stop-orphan-resources",
				       "false") "</cluster_property_set><cluster_property_set id='more' score='99'>"
						"<nvpair id='m1' name='stonith-action' value='reboot'/>"
						"<nvpair id='m2' name='batch-limit' value='7'/>"});
	assert_string_equal(w.c->options.fence_action, "off");
	assert_int_equal(w.c->options.fence_timeout_ms, 120000);
	assert_false(w.c->options.stop_removed_resources);
	assert_string_equal(w.c->options.batch_limit, "7");
	assert_string_equal(table_get(w.c->options.all, "migration-limit"), "-1");
	world_end(&w);
}

static void test_health_words(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.options = PAIR("node-health-strategy", "only-green")
					       PAIR("node-health-yellow", "5")});
	assert_int_equal(w.c->options.health, HEALTH_ONLY_GREEN);
	assert_int_equal(w.c->options.health_yellow, -SCORE_INFINITY);
	world_end(&w);
	begin(&w,
	      (struct world_parts){.options = PAIR("node-health-strategy", "custom") PAIR("node-health-yellow", "5")});
	assert_int_equal(w.c->options.health_yellow, 5);
	assert_int_equal(w.c->options.health_red, -SCORE_INFINITY);
	world_end(&w);
}

/* --- meta attributes --- */

#define DEFAULTS                                                                                                 \
	"<rsc_defaults><meta_attributes id='rd2' score='2'><rule id='rd2r' score='0'><rsc_expression id='rd2e' " \
	"class='ocf' type='Dummy'/></rule><nvpair id='rd2p' name='priority' value='3'/></meta_attributes>"       \
	"<meta_attributes id='rd1'><nvpair id='rd1p' name='priority' value='1'/>"                                \
	"<nvpair id='rd1s' name='resource-stickiness' value='50'/></meta_attributes></rsc_defaults>"

static void test_meta_precedence(void **state)
{
	(void)state;
	struct world w;
	begin(&w,
	      (struct world_parts){
		      .sections = DEFAULTS,
		      .resources = "<group id='g'>" META("g", PAIR("resource-stickiness", "9")) DUMMY(
			      "own", META("own", PAIR("resource-stickiness", "4")))
			      DUMMY("plain", "") "</group>" DUMMY(
				      "top",
				      "") "<primitive id='other' class='ocf' provider='heartbeat' type='IPaddr'/>"});
	assert_int_equal(world_resource(&w, "own")->stickiness, 4);
	assert_int_equal(world_resource(&w, "plain")->stickiness, 9);
	assert_int_equal(world_resource(&w, "top")->stickiness, 50);
	assert_int_equal(world_resource(&w, "top")->priority, 3); /* by the rule */
	assert_int_equal(world_resource(&w, "other")->priority, 1);
	/* Sorted by priority; what is equal stays in order. */
	assert_string_equal(w.c->resources.items[0]->id, "top");
	assert_string_equal(w.c->resources.items[1]->id, "g");
	world_end(&w);
}

static void test_management(void **state)
{
	(void)state;
	static const struct {
		const char *options, *meta;
		bool managed, maintenance;
	} rows[] = {
		{"", "", true, false},
		{"", PAIR("is-managed", "false"), false, false},
		{"", PAIR("is-managed", "default"), true, false},
		{"", PAIR("maintenance", "true"), false, true},
		{PAIR("maintenance-mode", "true"), PAIR("is-managed", "true"), false, true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char xml[512];
		(void)snprintf(xml, sizeof(xml), DUMMY("r", META("r", "%s")), rows[i].meta);
		begin(&w, (struct world_parts){.options = rows[i].options, .resources = xml});
		assert_int_equal(world_resource(&w, "r")->managed, rows[i].managed);
		assert_int_equal(world_resource(&w, "r")->maintenance, rows[i].maintenance);
		world_end(&w);
	}
}

#define DEVICE "<primitive id='f' class='stonith' type='fence_x'/>"

static void test_requirements(void **state)
{
	(void)state;
	static const struct {
		const char *options, *meta;
		bool quorum, fencing, unfencing;
	} rows[] = {
		{"", "", true, false, false},
		{PAIR("no-quorum-policy", "ignore"), "", false, false, false},
		{PAIR("fencing-enabled", "true"), "", false, true, false},
		{PAIR("fencing-enabled", "true"), PAIR("requires", "quorum"), true, false, false},
		{PAIR("fencing-enabled", "true"), PAIR("requires", "nothing"), false, false, false},
		{PAIR("fencing-enabled", "true"), PAIR("requires", "unfencing"), false, true, true},
		{"", PAIR("requires", "unfencing"), true, false, false},
		{"", PAIR("requires", "what"), true, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char xml[512];
		(void)snprintf(xml, sizeof(xml), DUMMY("r", META("r", "%s")) DEVICE, rows[i].meta);
		begin(&w, (struct world_parts){.options = rows[i].options, .resources = xml});
		const struct resource *r = world_resource(&w, "r");
		assert_int_equal(r->needs_quorum, rows[i].quorum);
		assert_int_equal(r->needs_fencing, rows[i].fencing);
		assert_int_equal(r->needs_unfencing, rows[i].unfencing);
		assert_true(world_resource(&w, "f")->needs_quorum); /* a device always */
		assert_true(w.c->have_fencing);
		world_end(&w);
	}
}

static void test_values(void **state)
{
	(void)state;
	struct world w;
	begin(&w,
	      (struct world_parts){
		      .resources = DUMMY("r", META("r", PAIR("migration-threshold", "3") PAIR("failure-timeout", "1m")
								PAIR("multiple-active", "stop_only") PAIR(
									"critical", "no") PAIR("allow-migrate", "yes")))
			      DUMMY("wrong", META("wrong", PAIR("migration-threshold", "-3") PAIR("priority", "high")
								   PAIR("multiple-active", "dance")))});
	const struct resource *r = world_resource(&w, "r"), *wrong = world_resource(&w, "wrong");
	assert_int_equal(r->migration_threshold, 3);
	assert_int_equal(r->failure_timeout_ms, 60000);
	assert_int_equal(r->multiple, MULTIPLE_STOP_ONLY);
	assert_false(r->critical);
	assert_true(r->migratable);
	assert_int_equal(wrong->migration_threshold, SCORE_INFINITY);
	assert_int_equal(wrong->priority, 0);
	assert_int_equal(wrong->multiple, MULTIPLE_STOP_START);
	assert_true(world_complained(&w, "migration-threshold '-3'"));
	assert_true(world_complained(&w, "'dance'"));
	world_end(&w);
}

/* --- groups and clones --- */

static void test_clone_limits(void **state)
{
	(void)state;
	static const struct {
		const char *meta, *inside;
		int count, node_max;
		bool unique, removed;
	} rows[] = {
		{"", DUMMY("i", ""), 3, 1, false, false},
		{PAIR("clone-max", "2"), DUMMY("i", ""), 2, 1, false, false},
		{PAIR("clone-max", "0"), DUMMY("i", ""), 1, 1, false, true},
		{PAIR("clone-node-max", "2"), DUMMY("i", ""), 3, 2, true, false},
		{PAIR("clone-node-max", "2") PAIR("globally-unique", "false"), DUMMY("i", ""), 3, 1, false, false},
		{PAIR("globally-unique", "true") PAIR("clone-max", "9"), "<primitive id='i' class='lsb' type='old'/>",
		 3, 1, false, false}, /* knows no numbers */
		{PAIR("clone-max", "2000"), DUMMY("i", ""), 2000, 1, false, false},
		{PAIR("clone-max", "2001"), DUMMY("i", ""), 2000, 1, false, false},
		{PAIR("clone-max", "2147483647"), DUMMY("i", ""), 2000, 1, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char xml[1024];
		(void)snprintf(xml, sizeof(xml), "<clone id='c'>" META("c", "%s") "%s</clone>", rows[i].meta,
			       rows[i].inside);
		begin(&w, (struct world_parts){.resources = xml});
		const struct resource *c = world_resource(&w, "c"), *first = c->children.items[0];
		assert_int_equal(c->children.count, rows[i].count);
		assert_int_equal(c->clone.node_max, rows[i].node_max);
		assert_int_equal(first->unique, rows[i].unique);
		assert_int_equal(first->removed, rows[i].removed);
		assert_string_equal(first->id, "i:0");
		assert_string_equal(resource_meta(first, "clone"), "0");
		assert_int_equal(first->stickiness, 1);
		assert_int_equal(world_complained(&w, "more than 2000; lower it"),
				 i >= sizeof(rows) / sizeof(rows[0]) - 2);
		assert_string_equal(resource_meta(first, "globally-unique"), rows[i].unique ? "true" : "false");
		world_end(&w);
	}
}

static void test_cloned_group(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.resources = "<clone id='c'>" META(
					       "c", PAIR("promotable", "true")
							    PAIR("master-max", "2")) "<group id='g'>" DUMMY("a", "")
					       DUMMY("b", "") "</group></clone>"});
	const struct resource *c = world_resource(&w, "c");
	assert_int_equal(c->clone.promoted_max, 2);
	assert_int_equal(c->children.count, 3);
	assert_string_equal(c->children.items[2]->id, "g:2");
	assert_string_equal(c->children.items[2]->children.items[1]->id, "b:2");
	assert_true(c->children.items[2]->children.items[1]->promotable);
	assert_true(c->children.items[0]->group.ordered);
	/* All instances are made of the same XML. */
	assert_ptr_equal(world_resource(&w, "a:0")->xml, world_resource(&w, "a:2")->xml);
	world_end(&w);
}

static void test_what_makes_no_sense_is_left_out(void **state)
{
	(void)state;
	static const struct {
		const char *xml, *complaint;
	} rows[] = {
		{"<clone id='x'/>", "nothing to clone"},
		{"<group id='x'/>", "no members"},
		{"<thing id='x'/>", "unknown kind"},
		{"<primitive class='ocf' type='x'/>", "without an id"},
		{"<primitive id='x' template='none'/>", "template 'none'"},
		{"<primitive id='x' template='x'/>", "its own template"},
		{"<clone id='x'>" META(
			 "x", PAIR("promotable", "true")) "<primitive id='i' class='systemd' type='s'/></clone>",
		 "cannot be promotable"},
		{"<bundle id='x'/>", "invalid"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		begin(&w, (struct world_parts){.resources = rows[i].xml});
		assert_int_equal(w.c->resources.count, 0);
		assert_null(resource_find_exact(w.c, "x"));
		assert_true(world_complained(&w, rows[i].complaint));
		world_end(&w);
	}
}

/* --- templates --- */

static void test_templates(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .resources = "<primitive id='r' template='t'>" PARAMS("r", PAIR("x", "own"))
				  OPS("<op id='r1' name='monitor' interval='7' "
				      "role='Started'/>") "</primitive>"
							  "<template id='t' class='ocf' "
							  "provider='pacemaker' "
							  "type='Dummy'>" PARAMS("t", PAIR("x", "template")
											      PAIR("y", "template"))
								  OPS("<op id='t1' "
								      "name='monitor' "
								      "interval='5'/"
								      "><op id='t2' "
								      "name='start' "
								      "interval='0'/>"
								      "<op id='t3' "
								      "name='monitor' "
								      "interval='6' "
								      "role='Promoted'/"
								      ">") "</"
									   "template>"});
	struct resource *r = world_resource(&w, "r");
	assert_string_equal(r->type, "Dummy");
	assert_string_equal(table_get(resource_parameters(r, NULL), "y"), "template");
	unsigned count = 0;
	for_each_child(op, r->operations) count++;
	assert_int_equal(count, 3); /* without t1, which r1 replaces */
	assert_non_null(element_child_by_id(r->operations, NAME_OP, "r1"));
	assert_null(element_child_by_id(r->operations, NAME_OP, "t1"));
	/* The document is as it was. */
	assert_null(element_first_named(r->original, NAME_META_ATTRIBUTES));
	assert_null(element_child_by_id(element_first_named(r->original, NAME_OPERATIONS), NAME_OP, "t2"));
	world_end(&w);
}

/* --- where things may run --- */

static void test_default_seats(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){.nodes = "<node id='1' uname='n1' score='8'/><node id='2' uname='n2'/>",
				       .resources = DUMMY("r", "")});
	const struct resource *r = world_resource(&w, "r");
	assert_int_equal(r->allowed[world_node(&w, "n1")->index].score, 8);
	assert_true(r->allowed[world_node(&w, "n2")->index].present);
	world_end(&w);
	begin(&w, (struct world_parts){.options = PAIR("symmetric-cluster", "false"), .resources = DUMMY("r", "")});
	assert_false(world_resource(&w, "r")->allowed[world_node(&w, "n1")->index].present);
	world_end(&w);
}

static void test_unfencing_is_found_first(void **state)
{
	(void)state;
	struct world w;
	begin(&w, (struct world_parts){
			  .options = PAIR("fencing-enabled", "true"),
			  .resources = DUMMY("r", "") "<clone id='c'><primitive id='f' class='stonith' type='x'>" META(
				  "f", PAIR("provides", "unfencing")) "</primitive></clone>"});
	assert_true(w.c->enable_unfencing);
	assert_true(world_resource(&w, "r")->needs_unfencing);
	world_end(&w);
}

static void test_location_only(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("vm", META("vm", PAIR("remote-node", "guest")))});
	unpack_configuration(w.c, true);
	assert_null(node_find(w.c, "guest"));
	struct rule_input in = rule_input_of(w.c, world_resource(&w, "vm"), world_node(&w, "n1"));
	assert_string_equal(in.type, "Dummy");
	assert_string_equal(in.node_attribute(in.user, "#uname"), "n1");
	assert_int_equal(in.now, WORLD_NOW);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_old_names_and_first_block),
		cmocka_unit_test(test_health_words),
		cmocka_unit_test(test_meta_precedence),
		cmocka_unit_test(test_management),
		cmocka_unit_test(test_requirements),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_clone_limits),
		cmocka_unit_test(test_cloned_group),
		cmocka_unit_test(test_what_makes_no_sense_is_left_out),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_default_seats),
		cmocka_unit_test(test_unfencing_is_found_first),
		cmocka_unit_test(test_location_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
