/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/monitor.h"
#include "report/ticket-list.h"

#include "scheduler/constraints.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define STATE(id, name, history)                                                                                \
	"<node_state id='" id "' uname='" name "' in_ccm='true' crmd='online' join='member' expected='member'>" \
	"<lrm id='" id "'><lrm_resources>" history "</lrm_resources></lrm></node_state>"
#define OPERATION(rsc, task, rc, call, reason)                                                                   \
	"<lrm_rsc_op id='" rsc "_last_0' operation_key='" rsc "_" task "_0' operation='" task "' call-id='" call \
	"' rc-code='" rc "' op-status='0' interval='0' transition-key='1:1:0:x' exec-time='20' "                 \
	"queue-time='0' last-rc-change='1700000000' exit-reason='" reason "' transition-magic='0:" rc ";1:1:0:x'/>"
#define HISTORY(rsc, inside) \
	"<lrm_resource id='" rsc "' class='ocf' provider='pacemaker' type='Dummy'>" inside "</lrm_resource>"

static const char cib[] =
	"<cib validate-with='pacemaker-4.0' have-quorum='1' dc-uuid='1' cib-last-written='Mon' update-user='root' "
	"update-client='crm_attribute' update-origin='n2'><configuration><crm_config><cluster_property_set id='o'>"
	"<nvpair id='o1' name='fencing-enabled' value='false'/><nvpair id='o2' name='cluster-infrastructure' "
	"value='corosync'/></cluster_property_set></crm_config><nodes><node id='1' uname='n1'/><node id='2' "
	"uname='n2'/>"
	"</nodes><resources><primitive id='a' class='ocf' provider='pacemaker' type='Dummy' description='words'/>"
	"<primitive id='b' class='ocf' provider='pacemaker' type='Dummy'/></resources><constraints>"
	"<rsc_location id='no' rsc='a' node='n2' score='-5'/></constraints></configuration><status>"
	"<tickets><ticket_state id='T' granted='true' last-granted='1700000000'/></tickets>" STATE(
		"1", "n1", HISTORY("a", OPERATION("a", "start", "0", "7", "")))
		STATE("2", "n2", HISTORY("b", OPERATION("b", "start", "1", "9", "it broke"))) "</status></cib>";

static const struct fence_event fences[] = {
	{.target = "n2", .action = "reboot", .member = "n1", .client = "manager", .when_ms = 1700000000000},
	{.target = "n3", .action = "off", .member = "n1", .client = "me", .why = "no way", .when_ms = 1700000000000},
};

static const struct fence_event pending[] = {
	{.target = "n2", .action = "reboot", .member = "n1", .client = "me", .when_ms = 1700000000000},
};

struct world {
	struct document *document;
	struct monitor monitor;
	GString *out;
};

static int setup(void **state)
{
	struct world *w = g_new0(struct world, 1);
	struct error error = {0};
	w->out = g_string_new(NULL);
	if (document_parse(cib, strlen(cib), "test", &w->document, &error) != ERR_OK)
		fail_msg("%s", error.text);
	w->monitor = (struct monitor){.cluster = cluster_new(w->document, 1700000000),
				      .now = 1700000000,
				      .fences = {.events = fences,
						 .count = G_N_ELEMENTS(fences),
						 .pending = pending,
						 .pending_count = G_N_ELEMENTS(pending)}};
	scheduler_read_status(w->monitor.cluster);
	constraints_unpack(w->monitor.cluster);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	cluster_free(w->monitor.cluster);
	document_free(w->document);
	(void)g_string_free(w->out, TRUE);
	g_free(w);
	return 0;
}

static void expect_text(struct world *w, unsigned sections, const char *expected)
{
	struct outline o = {.out = w->out};
	w->monitor.sections = sections;
	g_string_truncate(w->out, 0);
	monitor_report(&o, &w->monitor);
	assert_string_equal(w->out->str, expected);
}

static void expect_xml(struct world *w, unsigned sections, const char *expected)
{
	struct markup m = {.out = w->out};
	w->monitor.sections = sections;
	g_string_truncate(w->out, 0);
	markup_begin(&m, "x");
	monitor_markup(&m, &w->monitor);
	markup_end(&m);
	assert_string_equal(w->out->str, expected);
}

#define TIME "Tue Nov 14 22:13:20 2023"

static void summary_is_told(void **state)
{
	struct world *w = *state;
	expect_text(w, MONITOR_SUMMARY,
		    "Cluster Summary:\n"
		    "  * Stack: corosync\n"
		    "  * Current DC: n1 (version unknown) - partition with quorum\n"
		    "  * Last updated: " TIME "\n"
		    "  * Last change:  Mon by root via crm_attribute on n2\n"
		    "  * 2 nodes configured\n"
		    "  * 2 resource instances configured\n"
		    "  * Fencing of failed nodes disabled\n"
		    "  * Cluster is symmetric\n"
		    "  * No quorum policy: Stop ALL resources\n");
	w->monitor.is_live = true;
	w->monitor.own_node = "n2";
	expect_xml(w, MONITOR_STACK | MONITOR_DC | MONITOR_TIMES | MONITOR_COUNTS,
		   "<x>\n  <summary>\n"
		   "    <stack type=\"corosync\" pacemakerd-state=\"running\"/>\n"
		   "    <current_dc present=\"true\" version=\"\" name=\"n1\" id=\"1\" with_quorum=\"true\" "
		   "mixed_version=\"false\"/>\n"
		   "    <last_update time=\"" TIME "\" origin=\"n2\"/>\n"
		   "    <last_change time=\"Mon\" user=\"root\" client=\"crm_attribute\" origin=\"n2\"/>\n"
		   "    <nodes_configured number=\"2\"/>\n"
		   "    <resources_configured number=\"2\" disabled=\"0\" blocked=\"0\"/>\n"
		   "  </summary>\n</x>\n");
}

static void resources_are_told_by_what_is_wanted(void **state)
{
	struct world *w = *state;
	expect_text(w, MONITOR_NODES | MONITOR_RESOURCES,
		    "Node List:\n  * Online: [ n1 n2 ]\n\nActive Resources:\n"
		    "  * a\t(ocf:pacemaker:Dummy):\t Started n1\n  * b\t(ocf:pacemaker:Dummy):\t FAILED n2\n");
	w->monitor.by_node = true;
	expect_text(w, MONITOR_NODES | MONITOR_RESOURCES,
		    "Node List:\n  * Node n1: online:\n    * Resources:\n"
		    "      * a\t(ocf:pacemaker:Dummy):\t Started (words)\n  * Node n2: online:\n    * Resources:\n"
		    "      * b\t(ocf:pacemaker:Dummy):\t FAILED\n");
	w->monitor.inactive = w->monitor.detail = true;
	w->monitor.by_node = false;
	expect_text(w, MONITOR_NODES,
		    "Node List:\n  * Node n1 (1): online, feature set <3.15.1\n"
		    "  * Node n2 (2): online, feature set <3.15.1\n");
}

static void what_happened_is_told(void **state)
{
	struct world *w = *state;
	expect_text(w, MONITOR_OPERATIONS,
		    "Operations:\n  * Node: n1:\n    * a: migration-threshold=1000000:\n      * (7) start\n"
		    "  * Node: n2:\n    * b: migration-threshold=1000000:\n      * (9) start\n");
	w->monitor.timing = true;
	expect_xml(
		w, MONITOR_OPERATIONS,
		"<x>\n  <node_history>\n    <node name=\"n1\">\n"
		"      <resource_history id=\"a\" orphan=\"false\" removed=\"false\" migration-threshold=\"1000000\">\n"
		"        <operation_history call=\"7\" task=\"start\" rc=\"0\" rc_text=\"OK\" last-rc-change=\"" TIME
		"\" exec-time=\"20ms\" queue-time=\"0ms\"/>\n      </resource_history>\n    </node>\n"
		"    <node name=\"n2\">\n"
		"      <resource_history id=\"b\" orphan=\"false\" removed=\"false\" migration-threshold=\"1000000\">\n"
		"        <operation_history call=\"9\" task=\"start\" rc=\"1\" rc_text=\"Error occurred\" "
		"last-rc-change=\"" TIME "\" exec-time=\"20ms\" queue-time=\"0ms\"/>\n      </resource_history>\n"
		"    </node>\n  </node_history>\n</x>\n");
	expect_text(w, MONITOR_FAILURES | MONITOR_FENCE_FAILED | MONITOR_FENCE_WORKED,
		    "Failed Resource Actions:\n  * b start on n2 returned 'Error occurred' (it broke) at " TIME
		    " after 20ms\n\nFailed Fencing Actions:\n  * turning off of n3 by n1 for me@n1 failed "
		    "(no way) at 2023-11-14 22:13:20.000000Z\n\nFencing History:\n"
		    "  * reboot of n2 by n1 for manager@n1 successful at 2023-11-14 22:13:20.000000Z\n");
	expect_text(w, MONITOR_FENCE_FAILED,
		    "Failed Fencing Actions:\n  * turning off of n3 by n1 for me@n1 last failed (no way) at "
		    "2023-11-14 22:13:20.000000Z\n");
	expect_text(w, MONITOR_FENCE_PENDING, "Pending Fencing Actions:\n  * reboot of n2 for me@n1 pending\n");
	w->monitor.is_live = true;
	expect_xml(w, MONITOR_FENCE_PENDING,
		   "<x>\n  <fence_history status=\"0\">\n    <fence_event action=\"reboot\" target=\"n2\" "
		   "client=\"me\" origin=\"n1\" status=\"pending\"/>\n    <fence_event action=\"reboot\" target=\"n2\" "
		   "client=\"manager\" origin=\"n1\" status=\"success\" delegate=\"n1\" "
		   "completed=\"2023-11-14 22:13:20.000000Z\"/>\n    <fence_event action=\"off\" target=\"n3\" "
		   "client=\"me\" origin=\"n1\" status=\"failed\" exit-reason=\"no way\" delegate=\"n1\" "
		   "completed=\"2023-11-14 22:13:20.000000Z\"/>\n  </fence_history>\n</x>\n");
}

static void tickets_and_bans_are_told(void **state)
{
	struct world *w = *state;
	expect_text(w, MONITOR_TICKETS | MONITOR_BANS,
		    "Tickets:\n  * T\tgranted last-granted=\"" TIME "\"\n\nNegative Location Constraints:\n"
		    "  * no\tprevents a from running on n2\n");
	expect_xml(w, MONITOR_TICKETS | MONITOR_BANS,
		   "<x>\n  <tickets>\n    <ticket id=\"T\" status=\"granted\" standby=\"false\" last-granted=\"" TIME
		   "\" granted=\"true\"/>\n  </tickets>\n  <bans>\n    <ban id=\"no\" resource=\"a\" node=\"n2\" "
		   "weight=\"-5\" promoted-only=\"false\" master_only=\"false\"/>\n  </bans>\n</x>\n");
	w->monitor.ban_prefix = "cli-";
	expect_text(w, MONITOR_BANS, "");
}

static void test_ticket_words(void **state)
{
	struct world *w = *state;
	const struct cluster *c = w->monitor.cluster;
	struct outline o = {.out = w->out, .plain = true};
	struct markup m = {.out = g_string_new(NULL)};
	ticket_list_report(&o, c, "T", TICKET_NAME);
	ticket_list_report(&o, c, "none", TICKET_NAME);
	ticket_list_report(&o, c, NULL, TICKET_DETAILS);
	assert_string_equal(w->out->str, "T\nT\tgranted \t(granted=true, last-granted=Tue Nov 14 22:13:20 2023)\n");
	ticket_list_markup(&m, c, "T");
	assert_string_equal(m.out->str, "<tickets>\n  <ticket id=\"T\" status=\"granted\" standby=\"false\" "
					"last-granted=\"Tue Nov 14 22:13:20 2023\" granted=\"true\"/>\n</tickets>\n");
	(void)g_string_free(m.out, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(summary_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ticket_words, setup, teardown),
		cmocka_unit_test_setup_teardown(resources_are_told_by_what_is_wanted, setup, teardown),
		cmocka_unit_test_setup_teardown(what_happened_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(tickets_and_bans_are_told, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
