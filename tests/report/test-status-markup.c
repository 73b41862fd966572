/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The status and the summary as XML; whole documents are compared in tests/system/test_xml.py. */
#include "report/status-private.h"
#include "report/status.h"
#include "report/summary.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define STATE(id, name, inside)                                                                                 \
	"<node_state id='" id "' uname='" name "' in_ccm='true' crmd='online' join='member' expected='member'>" \
	"<lrm id='" id "'><lrm_resources>" inside "</lrm_resources></lrm>"
#define RAN(rsc, task, rc, call)                                                                                      \
	"<lrm_resource id='" rsc "' class='ocf' provider='pacemaker' type='Dummy'>"                                   \
	"<lrm_rsc_op id='" rsc "_last_0' operation_key='" rsc "_" task "_0' operation='" task "' call-id='" call      \
	"' rc-code='" rc "' op-status='0' interval='0' transition-key='1:1:0:x' transition-magic='0:" rc ";1:1:0:x' " \
	"last-rc-change='1331931130' exec-time='5' queue-time='0' exit-reason='no &lt;disk&gt;'/></lrm_resource>"
#define DUMMY(id, inside) "<primitive id='" id "' class='ocf' provider='pacemaker' type='Dummy'>" inside "</primitive>"
#define CIB                                                                                                            \
	"<cib validate-with='pacemaker-4.0' have-quorum='1' dc-uuid='1'><configuration><crm_config>"                   \
	"<cluster_property_set id='o'><nvpair id='o1' name='fencing-enabled' value='false'/></cluster_property_set>"   \
	"</crm_config><nodes><node id='1' uname='n1'/><node id='2' uname='n2'/></nodes><resources>" DUMMY(             \
		"web",                                                                                                 \
		"") "<group id='g'>" DUMMY("g1",                                                                       \
					   "") "</group><clone id='c'><meta_attributes id='m'>"                        \
					       "<nvpair id='m1' name='target-role' value='Stopped'/>"                  \
					       "</meta_attributes>" DUMMY(                                             \
						       "ci",                                                           \
						       "") "</clone></resources>"                                      \
							   "<constraints/></configuration><status>" STATE(             \
								   "1", "n1",                                          \
								   RAN("web", "start", "1",                            \
								       "7")) "<transient_attributes "                  \
									     "id='1'><instance_attributes id='t'>"     \
									     "<nvpair id='t1' name='color' "           \
									     "value='red'/>"                           \
									     "<nvpair id='t2' "                        \
									     "name='fail-count-web#start_0' "          \
									     "value='INFINITY'/>"                      \
									     "<nvpair id='t3' "                        \
									     "name='last-failure-web#start_0' "        \
									     "value='1331931130'/>"                    \
									     "</instance_attributes></"                \
									     "transient_attributes></"                 \
									     "node_state>" STATE("2", "n2",            \
												 "") "</node_state></" \
												     "status></cib>"

struct world {
	struct document *document;
	struct cluster *cluster;
	struct markup markup;
};

static int set_up(void **state)
{
	struct world *w = g_new0(struct world, 1);
	struct error error = {0};
	if (document_parse(CIB, strlen(CIB), "test", &w->document, &error) != ERR_OK)
		fail_msg("%s", error.text);
	w->cluster = cluster_new(w->document, 1700000000);
	w->markup.out = g_string_new(NULL);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	cluster_free(w->cluster);
	document_free(w->document);
	(void)g_string_free(w->markup.out, TRUE);
	g_free(w);
	return 0;
}

#define NODE(name, id, dc, running)                                                                              \
	"    <node name=\"" name "\" id=\"" id "\" online=\"true\" standby=\"false\" standby_onfail=\"false\" "  \
	"maintenance=\"false\" pending=\"false\" unclean=\"false\" health=\"green\" feature_set=\"&lt;3.15.1\" " \
	"shutdown=\"false\" expected_up=\"true\" is_dc=\"" dc "\" resources_running=\"" running                  \
	"\" type=\"member\"/>\n"
#define RSC(id, role, more, active, failed, count)                                                                  \
	"<resource id=\"" id "\" resource_agent=\"ocf:pacemaker:Dummy\" role=\"" role "\"" more " active=\"" active \
	"\" orphaned=\"false\" removed=\"false\" blocked=\"false\" maintenance=\"false\" managed=\"true\" "         \
	"failed=\"" failed "\" failure_ignored=\"false\" nodes_running_on=\"" count "\""

static void the_status_tells_all(void **state)
{
	struct world *w = *state;
	scheduler_read_status(w->cluster);
	status_markup(&w->markup, w->cluster,
		      STATUS_NODES | STATUS_RESOURCES | STATUS_ATTRIBUTES | STATUS_FAIL_COUNTS | STATUS_PENDING, "now");
	assert_string_equal(
		w->markup.out->str,
		"<now>\n  <nodes>\n" NODE("n1", "1", "true", "1")
			NODE("n2", "2", "false", "0") "  </nodes>\n  <resources>\n    " RSC(
				"web", "Started", "", "true", "true",
				"1") ">\n"
				     "      <node name=\"n1\" id=\"1\" cached=\"true\"/>\n    </resource>\n"
				     "    <group id=\"g\" number_resources=\"1\" maintenance=\"false\" "
				     "managed=\"true\" disabled=\"false\">\n"
				     "      " RSC(
					     "g1", "Stopped", "", "false", "false",
					     "0") "/>\n    </group>\n"
						  "    <clone id=\"c\" multi_state=\"false\" unique=\"false\" "
						  "maintenance=\"false\" managed=\"true\" "
						  "disabled=\"true\" failed=\"false\" failure_ignored=\"false\" "
						  "target_role=\"Stopped\">\n"
						  "      " RSC(
							  "ci", "Stopped", " target_role=\"Stopped\"", "false", "false",
							  "0") "/>\n"
							       "      " RSC(
								       "ci", "Stopped", " target_role=\"Stopped\"",
								       "false", "false",
								       "0") "/>\n    </clone>\n"
									    "  </resources>\n  <node_attributes>\n    "
									    "<node name=\"n1\">\n"
									    "      <attribute name=\"color\" "
									    "value=\"red\"/>\n    </node>\n  "
									    "</node_attributes>\n"
									    "  <node_history>\n    <node name=\"n1\">\n"
									    "      <resource_history id=\"web\" "
									    "orphan=\"false\" removed=\"false\" "
									    "migration-threshold=\"1000000\" "
									    "fail-count=\"1000000\" last-failure=\"Fri "
									    "Mar 16 20:52:10 2012\"/>\n    </node>\n  "
									    "</node_history>\n"
									    "  <failures>\n    <failure "
									    "op_key=\"web_start_0\" node=\"n1\" "
									    "exitstatus=\"Error occurred\" "
									    "exitreason=\"no &lt;disk&gt;\" "
									    "exitcode=\"1\" call=\"7\" status=\"Done\" "
									    "last-rc-change=\"2012-03-16 20:52:10Z\" "
									    "queued=\"0\" exec=\"5\" interval=\"0\" "
									    "task=\"start\"/>\n"
									    "  </failures>\n</now>\n");
}

static void append_change(void *user, const struct resource_change *c)
{
	g_string_append_printf(user, "%s %s;", change_text(c->change), c->rsc->id);
}

static void the_summary_has_an_element_for_each_change(void **state)
{
	struct world *w = *state;
	scheduler_run(w->cluster);
	summary_markup(&w->markup, w->cluster);
	assert_string_equal(w->markup.out->str,
			    "<actions>\n"
			    "  <rsc_action action=\"recover\" resource=\"web\" source=\"n1\" dest=\"n2\"/>\n"
			    "  <rsc_action action=\"start\" resource=\"g1\" node=\"n1\"/>\n"
			    "</actions>\n");
	GString *all = g_string_new(NULL);
	summary_changes(w->cluster, append_change, all);
	assert_string_equal(all->str, "Recover web;Start g1;");
	(void)g_string_free(all, TRUE);
	assert_null(summary_fencing(w->cluster, NULL));
	struct action fence = {.node = node_find(w->cluster, "n2")};
	char *target = summary_fencing_target(&fence);
	assert_string_equal(target, "n2");
	g_free(target);
}

static void parts(void **state)
{
	struct world *w = *state;
	scheduler_read_status(w->cluster);
	struct node *n1 = node_find(w->cluster, "n1");
	char when[STATUS_TIME_SIZE];
	assert_string_equal(status_time_words(w->cluster, 0, when), "Thu Jan  1 00:00:00 1970");
	assert_true(status_attribute_is_private("fail-count-web"));
	assert_false(status_attribute_is_private("color"));
	bool is_ping = true;
	assert_int_equal(status_attribute_expected(n1, "color", &is_ping), 0);
	assert_false(is_ping);
	struct status_fail_count f;
	const struct element *history = document_by_id(w->document, "web_last_0")->parent;
	assert_true(status_fail_count_read(n1, history, &f));
	assert_int_equal(f.count, 1000000);
	assert_false(status_fail_count_read(node_find(w->cluster, "n2"), history, &f));
	assert_non_null(w->cluster->failed_operations);
	assert_false(status_failure_is_masked(w->cluster->failed_operations));
	const struct resource *web = resource_find(w->cluster, "web");
	assert_string_equal(status_role_words(web, true), "Started");
	assert_null(status_target_role(web));
	assert_string_equal(status_target_role(resource_find(w->cluster, "c")), "Stopped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_status_tells_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_summary_has_an_element_for_each_change, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parts, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
