/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/graph.h"

#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static GString *run(struct world *w, struct world_parts parts)
{
	world_begin(w, parts);
	scheduler_run(w->c);
	GString *xml = g_string_new(NULL);
	graph_print_xml(w->c, xml);
	return xml;
}

static void test_empty(void **state)
{
	(void)state;
	struct world w;
	GString *xml = run(&w, (struct world_parts){0});
	assert_string_equal(xml->str, "<transition_graph cluster-delay=\"60s\" fencing-timeout=\"60s\" "
				      "failed-stop-offset=\"INFINITY\" failed-start-offset=\"INFINITY\" "
				      "batch-limit=\"0\" transition_id=\"1\"/>\n");
	(void)g_string_free(xml, TRUE);
	world_end(&w);
}

static void test_options(void **state)
{
	(void)state;
	struct world w;
	GString *xml = run(&w, (struct world_parts){.options = PAIR("start-failure-is-fatal", "false")
							    PAIR("migration-limit", "4") PAIR("stonith-timeout", "2min")
								    PAIR("batch-limit", "7")});
	assert_non_null(strstr(xml->str, "fencing-timeout=\"2min\""));
	assert_non_null(strstr(xml->str, "failed-start-offset=\"1\" batch-limit=\"7\" transition_id=\"1\" "
					 "migration-limit=\"4\"/>"));
	(void)g_string_free(xml, TRUE);
	world_end(&w);
}

static void test_operations(void **state)
{
	(void)state;
	struct world w;
	GString *xml = run(
		&w, (struct world_parts){
			    .nodes = "<node id='1' uname='n1'/>",
			    .resources = DUMMY("web", META("web", PAIR("priority", "3"))
							      PARAMS("web", PAIR("say", "1 &lt; 2") PAIR("9lives", "x"))
								      OPS(OP("monitor", "10s", "timeout='5s'"))),
			    .status = "<node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' "
				      "expected='member'/>"});
	assert_string_equal(
		strstr(xml->str, "  <synapse"),
		"  <synapse id=\"0\" priority=\"3\">\n"
		"    <action_set>\n"
		"      <rsc_op id=\"3\" operation=\"monitor\" operation_key=\"web_monitor_10000\" on_node=\"n1\" "
		"on_node_uuid=\"1\">\n"
		"        <primitive id=\"web\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>\n"
		"        <attributes CRM_meta_interval=\"10000\" CRM_meta_name=\"monitor\" CRM_meta_on_node=\"n1\" "
		"CRM_meta_on_node_uuid=\"1\" CRM_meta_timeout=\"5000\" crm_feature_set=\"3.20.5\" "
		"say=\"1 &lt; 2\">\n"
		"          <param name=\"9lives\" value=\"x\"/>\n"
		"        </attributes>\n"
		"      </rsc_op>\n"
		"    </action_set>\n"
		"    <inputs>\n"
		"      <trigger>\n"
		"        <rsc_op id=\"2\" operation=\"start\" operation_key=\"web_start_0\" on_node=\"n1\" "
		"on_node_uuid=\"1\"/>\n"
		"      </trigger>\n"
		"    </inputs>\n"
		"  </synapse>\n"
		"  <synapse id=\"1\" priority=\"3\">\n"
		"    <action_set>\n"
		"      <rsc_op id=\"2\" operation=\"start\" operation_key=\"web_start_0\" on_node=\"n1\" "
		"on_node_uuid=\"1\">\n"
		"        <primitive id=\"web\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>\n"
		"        <attributes CRM_meta_on_node=\"n1\" CRM_meta_on_node_uuid=\"1\" CRM_meta_timeout=\"20000\" "
		"crm_feature_set=\"3.20.5\" say=\"1 &lt; 2\">\n"
		"          <param name=\"9lives\" value=\"x\"/>\n"
		"        </attributes>\n"
		"      </rsc_op>\n"
		"    </action_set>\n"
		"    <inputs>\n"
		"      <trigger>\n"
		"        <rsc_op id=\"1\" operation=\"monitor\" operation_key=\"web_monitor_0\" on_node=\"n1\" "
		"on_node_uuid=\"1\"/>\n"
		"      </trigger>\n"
		"    </inputs>\n"
		"  </synapse>\n"
		"  <synapse id=\"2\" priority=\"3\">\n"
		"    <action_set>\n"
		"      <rsc_op id=\"1\" operation=\"monitor\" operation_key=\"web_monitor_0\" on_node=\"n1\" "
		"on_node_uuid=\"1\">\n"
		"        <primitive id=\"web\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>\n"
		"        <attributes CRM_meta_on_node=\"n1\" CRM_meta_on_node_uuid=\"1\" CRM_meta_op_target_rc=\"7\" "
		"CRM_meta_timeout=\"5000\" crm_feature_set=\"3.20.5\" say=\"1 &lt; 2\">\n"
		"          <param name=\"9lives\" value=\"x\"/>\n"
		"        </attributes>\n"
		"      </rsc_op>\n"
		"    </action_set>\n"
		"    <inputs/>\n"
		"  </synapse>\n"
		"</transition_graph>\n");
	(void)g_string_free(xml, TRUE);
	world_end(&w);
}

static void test_events(void **state)
{
	(void)state;
	struct world w;
	GString *xml =
		run(&w, (struct world_parts){.options = PAIR("fencing-enabled", "true")
						     PAIR("enable-startup-probes", "false"),
					     .resources = "<primitive id='fencer' class='stonith' type='fence_x'/>"
							  "<clone id='c'>" DUMMY("a", "") "</clone>",
					     .attributes = {NULL, PAIR("terminate", "true"), PAIR("shutdown", "1")}});
	static const char *const expected[] = {
		"operation=\"stonith\" operation_key=\"stonith-n2-reboot\" on_node=\"n2\" on_node_uuid=\"2\">",
		"CRM_meta_stonith_action=\"reboot\"",
		"<downed>\n          <node id=\"2\"/>\n        </downed>",
		"operation=\"do_shutdown\" operation_key=\"do_shutdown-n3\"",
		"<node id=\"3\"/>",
		/* Instances of anonymous clones are known by the name of what they are made of. */
		"<primitive id=\"a\" long-id=\"a:0\" class=\"ocf\"",
		("CRM_meta_clone=\"0\" CRM_meta_clone_max=\"3\" CRM_meta_clone_node_max=\"1\" "
		 "CRM_meta_globally_unique=\"false\" CRM_meta_notify=\"false\""),
		"<pseudo_event id=",
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (strstr(xml->str, expected[i]) == NULL)
			fail_msg("no %s in\n%s", expected[i], xml->str);
	(void)g_string_free(xml, TRUE);
	world_end(&w);
}

/* Remote nodes are told when they enter maintenance; they say in their state what they know. */
static void test_maintenance(void **state)
{
	(void)state;
	static const char status[] =
		"<node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' expected='member'><lrm id='1'>"
		"<lrm_resources><lrm_resource id='far' class='ocf' provider='pacemaker' type='remote'>" ENTRY(
			"far_last_0", "far", "start", "0", "1", "0", "0", "0",
			"") "</lrm_resource></lrm_resources></lrm></node_state>"
			    "<node_state remote_node='true' id='far' uname='far' node_in_maintenance='0'/>";
	struct world w;
	GString *xml =
		run(&w, (struct world_parts){
				.nodes = "<node id='1' uname='n1'/><node id='far' uname='far' type='remote'>"
					 "<instance_attributes id='i'>" PAIR("maintenance",
									     "true") "</instance_attributes></node>",
				.resources = "<primitive id='far' class='ocf' provider='pacemaker' type='remote'/>",
				.status = status});
	assert_true(node_maintenance_is_news(world_node(&w, "far")));
	assert_false(node_maintenance_is_news(world_node(&w, "n1")));
	assert_non_null(strstr(xml->str, "operation=\"maintenance_nodes\""));
	assert_non_null(strstr(xml->str, "<maintenance>\n          <node id=\"far\" node_in_maintenance=\"1\"/>"));
	(void)g_string_free(xml, TRUE);
	world_end(&w);
}

static void test_dot(void **state)
{
	(void)state;
	struct world w;
	GString *xml =
		run(&w, (struct world_parts){
				.nodes = "<node id='1' uname='n1'/>",
				.resources = DUMMY("web", ""),
				.status = "<node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' "
					  "expected='member'/>"});
	GString *dot = g_string_new(NULL);
	graph_print_dot(w.c, 0, dot);
	assert_string_equal(dot->str, " digraph \"g\" {\n"
				      "\"web_start_0 n1\" [ style=bold color=\"green\" fontcolor=\"black\"]\n"
				      "\"web_monitor_0 n1\" [ style=bold color=\"green\" fontcolor=\"black\"]\n"
				      "\"web_monitor_0 n1\" -> \"web_start_0 n1\" [ style = bold]\n"
				      "}\n");
	g_string_truncate(dot, 0);
	graph_print_dot(w.c, DOT_ALL | DOT_IDS, dot);
	assert_non_null(strstr(dot->str, "\"web_monitor_0 n1 (1)\" -> \"web_start_0 n1 (2)\" [ style = bold]\n"));
	(void)g_string_free(dot, TRUE);
	(void)g_string_free(xml, TRUE);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),  cmocka_unit_test(test_options),     cmocka_unit_test(test_operations),
		cmocka_unit_test(test_events), cmocka_unit_test(test_maintenance), cmocka_unit_test(test_dot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
