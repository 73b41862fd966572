/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/status.h"
#include "report/summary.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A node that is up, with what else is said of it. */
#define NODE(id, name) "<node id='" id "' uname='" name "'/>"
#define UP(id, name, history)                                                                                   \
	"<node_state id='" id "' uname='" name "' in_ccm='true' crmd='online' join='member' expected='member'>" \
	"<lrm id='" id "'><lrm_resources>" history "</lrm_resources></lrm></node_state>"
#define OPERATION(rsc, task, rc, call)                                                                           \
	"<lrm_resource id='" rsc "' class='ocf' provider='pacemaker' type='Dummy'>"                              \
	"<lrm_rsc_op id='" rsc "_last_0' operation_key='" rsc "_" task "_0' operation='" task "' call-id='" call \
	"' rc-code='" rc "' op-status='0' interval='0' transition-key='1:1:" rc ":x' transition-magic='0:" rc    \
	";1:1:" rc ":x'/></lrm_resource>"
#define CIB(options, resources, status)                                                                               \
	"<cib validate-with='pacemaker-4.0' have-quorum='1'><configuration><crm_config><cluster_property_set id='o'>" \
	"<nvpair id='o1' name='fencing-enabled' value='false'/>" options                                              \
	"</cluster_property_set></crm_config><nodes>" NODE("1", "n1")                                                 \
		NODE("2", "n2") "</nodes><resources>" resources                                                       \
				"</resources><constraints/></configuration><status>" status "</status></cib>"
#define DUMMY(id, inside) "<primitive id='" id "' class='ocf' provider='pacemaker' type='Dummy'>" inside "</primitive>"
#define META(id, name, value) \
	"<meta_attributes id='" id "'><nvpair id='" id "-1' name='" name "' value='" value "'/></meta_attributes>"

struct world {
	struct document *document;
	struct cluster *cluster;
	struct outline outline;
};

static void setup(struct world *w, const char *cib)
{
	*w = (struct world){.outline = {.out = g_string_new(NULL)}};
	struct error error = {0};
	if (document_parse(cib, strlen(cib), "test", &w->document, &error) != ERR_OK)
		fail_msg("%s", error.text);
	w->cluster = cluster_new(w->document, 1700000000);
}

static void teardown(struct world *w)
{
	cluster_free(w->cluster);
	document_free(w->document);
	(void)g_string_free(w->outline.out, TRUE);
}

static void expect_status(const char *cib, const char *expected)
{
	struct world w;
	setup(&w, cib);
	scheduler_read_status(w.cluster);
	status_report(&w.outline, w.cluster, STATUS_NODES | STATUS_RESOURCES, "Status");
	assert_string_equal(w.outline.out->str, expected);
	teardown(&w);
}

static void primitives_say_where_they_are(void **state)
{
	(void)state;
	expect_status(CIB("", DUMMY("a", "") DUMMY("b", META("m", "target-role", "Stopped")),
			  UP("1", "n1", OPERATION("a", "start", "0", "2")) UP("2", "n2", "")),
		      "Status:\n"
		      "  * Node List:\n"
		      "    * Online: [ n1 n2 ]\n\n"
		      "  * Full List of Resources:\n"
		      "    * a\t(ocf:pacemaker:Dummy):\t Started n1\n"
		      "    * b\t(ocf:pacemaker:Dummy):\t Stopped (disabled)\n");
}

static void nodes_that_need_words_come_first(void **state)
{
	(void)state;
	expect_status("<cib validate-with='pacemaker-4.0' have-quorum='1'><configuration><crm_config/><nodes>"
		      "<node id='1' uname='n1'><instance_attributes id='i'><nvpair id='s' name='standby' value='on'/>"
		      "</instance_attributes></node><node id='2' "
		      "uname='n2'/></nodes><resources/><constraints/></configuration>"
		      "<status>" UP("1", "n1", "") UP("2", "n2", "") "</status></cib>",
		      "Status:\n"
		      "  * Node List:\n"
		      "    * Node n1: standby\n"
		      "    * Online: [ n2 ]\n\n"
		      "  * Full List of Resources:\n"
		      "    * No resources\n");
}

static void a_clone_is_told_by_its_nodes(void **state)
{
	(void)state;
	expect_status(CIB("", "<clone id='c'>" DUMMY("a", "") "</clone>",
			  UP("1", "n1", OPERATION("a", "start", "0", "2"))
				  UP("2", "n2", OPERATION("a", "stop", "0", "3"))),
		      "Status:\n"
		      "  * Node List:\n"
		      "    * Online: [ n1 n2 ]\n\n"
		      "  * Full List of Resources:\n"
		      "    * Clone Set: c [a]:\n"
		      "      * Started: [ n1 ]\n"
		      "      * Stopped: [ n2 ]\n");
}

static void restrictions_come_first(void **state)
{
	(void)state;
	struct world w;
	setup(&w, CIB("<nvpair id='o2' name='maintenance-mode' value='true'/>",
		      DUMMY("a", META("m", "target-role", "Stopped")), UP("1", "n1", "")));
	scheduler_read_status(w.cluster);
	assert_true(status_report_restrictions(&w.outline, w.cluster));
	assert_non_null(strstr(w.outline.out->str, "*** Resource management is DISABLED ***"));
	assert_non_null(strstr(w.outline.out->str, "1 of 1 resource instances DISABLED and 0 BLOCKED"));
	teardown(&w);
	setup(&w, CIB("", DUMMY("a", ""), UP("1", "n1", "")));
	scheduler_read_status(w.cluster);
	assert_false(status_report_restrictions(&w.outline, w.cluster));
	teardown(&w);
}

static void names_and_words(void **state)
{
	(void)state;
	struct world w;
	setup(&w, CIB("", "<clone id='c'>" DUMMY("a", META("m", "is-managed", "false")) "</clone>",
		      UP("1", "n1", OPERATION("a", "start", "0", "2"))));
	scheduler_read_status(w.cluster);
	struct resource *clone = resource_find(w.cluster, "c"), *instance = clone->children.items[0];
	assert_string_equal(status_resource_name(instance), "a");
	status_report_resource(&w.outline, instance, false);
	assert_string_equal(w.outline.out->str, "a\t(ocf:pacemaker:Dummy):\t Started n1 (unmanaged)\n");
	g_string_truncate(w.outline.out, 0);
	status_report_resources(&w.outline, w.cluster, false);
	assert_non_null(strstr(w.outline.out->str, "  * Clone Set: c [a]"));
	w.outline.spacer = false;
	g_string_truncate(w.outline.out, 0);
	assert_string_equal(status_unmanaged_words(instance), " (unmanaged)");
	assert_false(status_is_disabled(instance));
	status_primitive_words(instance, "a", instance->active.items[0], false, w.outline.out);
	assert_string_equal(w.outline.out->str, "a\t(ocf:pacemaker:Dummy):\t Started n1 (unmanaged)");
	assert_string_equal(status_node_words(node_find(w.cluster, "n1")), "online");
	assert_string_equal(status_node_words(node_find(w.cluster, "n2")), "OFFLINE");
	assert_int_equal(status_node_health(node_find(w.cluster, "n1")), 1);
	g_string_truncate(w.outline.out, 0);
	status_report_nodes(&w.outline, w.cluster);
	assert_string_equal(w.outline.out->str, "Node List:\n  * Online: [ n1 ]\n  * OFFLINE: [ n2 ]\n");
	g_string_truncate(w.outline.out, 0);
	status_report_clone(&w.outline, clone, false);
	assert_non_null(strstr(w.outline.out->str, "Started n1 (unmanaged)"));
	teardown(&w);
}

static void attributes_and_fail_counts(void **state)
{
	(void)state;
	struct world w;
	setup(&w,
	      CIB("", DUMMY("a", ""),
		  "<node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' expected='member'>"
		  "<transient_attributes id='1'><instance_attributes id='t'><nvpair id='t1' name='color' value='red'/>"
		  "<nvpair id='t2' name='fail-count-a#monitor_10000' value='2'/>"
		  "<nvpair id='t3' name='last-failure-a#monitor_10000' value='1331931130'/></instance_attributes>"
		  "</transient_attributes><lrm id='1'><lrm_resources>" OPERATION(
			  "a", "start", "0", "2") "</lrm_resources></lrm></node_state>"));
	scheduler_read_status(w.cluster);
	status_report_attributes(&w.outline, w.cluster);
	assert_string_equal(w.outline.out->str,
			    "Node Attributes:\n  * Node: n1:\n    * color                           \t: red       \n");
	g_string_truncate(w.outline.out, 0);
	w.outline.spacer = false;
	status_report_fail_counts(&w.outline, w.cluster);
	assert_string_equal(w.outline.out->str,
			    "Migration Summary:\n  * Node: n1:\n    * a: migration-threshold=1000000 fail-count=2 "
			    "last-failure='Fri Mar 16 20:52:10 2012'\n");
	teardown(&w);
}

static void count_change(void *user, const struct resource_change *change)
{
	enum change *seen = user;
	*seen = change->change;
}

static void the_summary_has_a_line_for_each_change(void **state)
{
	(void)state;
	struct world w;
	setup(&w, CIB("", DUMMY("a", "") DUMMY("b", META("m", "target-role", "Stopped")),
		      UP("1", "n1", OPERATION("b", "start", "0", "2")) UP("2", "n2", "")));
	scheduler_run(w.cluster);
	summary_report(&w.outline, w.cluster);
	assert_string_equal(w.outline.out->str,
			    "Start      a       (    n1 )\nStop       b       (    n1 )  due to node availability\n");
	enum change seen = CHANGE_NONE;
	resource_changes(resource_find(w.cluster, "a"), count_change, &seen);
	assert_int_equal(seen, CHANGE_START);
	assert_string_equal(change_text(CHANGE_REPROMOTE), "Re-promote");
	teardown(&w);
}

static void a_resource_alone_has_no_place(void **state)
{
	(void)state;
	struct world w;
	GString *words = g_string_new(NULL);
	struct markup m = {.out = g_string_new(NULL)};
	setup(&w, CIB("", "<primitive id='a' class='ocf' provider='pacemaker' type='Dummy' description='mine'/>",
		      UP("1", "n1", OPERATION("a", "start", "0", "2")) UP("2", "n2", "")));
	scheduler_read_status(w.cluster);
	const struct resource *a = resource_find(w.cluster, "a");
	status_primitive_alone(a, "A", true, words);
	assert_string_equal(words->str, "A\t(ocf:pacemaker:Dummy):\t Started (mine)");
	w.outline.placeless = true;
	status_report_resource(&w.outline, resource_find(w.cluster, "a"), true);
	assert_string_equal(w.outline.out->str, "a\t(ocf:pacemaker:Dummy):\t Started (mine)\n");
	status_markup_resource(&m, a, true);
	assert_non_null(strstr(m.out->str, "description=\"mine\""));
	g_string_truncate(m.out, 0);
	status_markup_resource(&m, a, false);
	assert_null(strstr(m.out->str, "mine"));
	assert_non_null(strstr(m.out->str, "<node name=\"n1\""));
	(void)g_string_free(words, TRUE);
	(void)g_string_free(m.out, TRUE);
	teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(primitives_say_where_they_are),
		cmocka_unit_test(nodes_that_need_words_come_first),
		cmocka_unit_test(a_clone_is_told_by_its_nodes),
		cmocka_unit_test(restrictions_come_first),
		cmocka_unit_test(names_and_words),
		cmocka_unit_test(attributes_and_fail_counts),
		cmocka_unit_test(the_summary_has_a_line_for_each_change),
		cmocka_unit_test(a_resource_alone_has_no_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
