/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that speak to the running cluster: what they ask of the manager, and what they make of its answers. */
#include "tool-world.h"

#define NODE(id, name)                                                                                  \
	"<node_state id=\"" id "\" uname=\"" name "\" in_ccm=\"true\" crmd=\"online\" join=\"member\" " \
	"expected=\"member\"><lrm id=\"" id "\"><lrm_resources>"
#define END "</lrm_resources></lrm></node_state>"
#define RAN(rsc, task, rc, status)                                                                          \
	"<lrm_resource id=\"" rsc "\" class=\"ocf\" provider=\"test\" type=\"thing\"><lrm_rsc_op id=\"" rsc \
	"_last_0\" "                                                                                        \
	"operation_key=\"" rsc "_" task "_0\" operation=\"" task "\" crm_feature_set=\"3.20.5\" "           \
	"transition-key=\"2:1:0:3f1a1b2c-0000-4000-8000-000000000001\" "                                    \
	"transition-magic=\"" status ":" rc ";2:1:0:3f1a1b2c-0000-4000-8000-000000000001\" call-id=\"2\" "  \
	"rc-code=\"" rc "\" op-status=\"" status "\" interval=\"0\" last-rc-change=\"1699990000\"/></lrm_resource>"

static const char cib[] =
	"<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"0\" epoch=\"5\" num_updates=\"3\" have-quorum=\"1\" "
	"dc-uuid=\"1\" "
	"cib-last-written=\"Sun Nov 22 17:00:00 2026\" update-user=\"root\" update-client=\"hale\" "
	"update-origin=\"n1\">"
	"<configuration><crm_config><cluster_property_set id=\"cib-bootstrap-options\"><nvpair id=\"o\" "
	"name=\"cluster-name\" value=\"shop\"/></cluster_property_set></crm_config>"
	"<nodes><node id=\"1\" uname=\"n1\"/><node id=\"2\" uname=\"n2\"/></nodes>"
	"<resources><primitive id=\"web\" class=\"ocf\" provider=\"test\" type=\"thing\"/>"
	"<primitive id=\"db\" class=\"ocf\" provider=\"test\" "
	"type=\"thing\"/></resources><constraints/></configuration>"
	"<status>" NODE("1", "n1") RAN("web", "start", "0", "0") END NODE("2", "n2") RAN("db", "start", "193", "-1") END
	"</status></cib>";

static const struct fake_answer answers[] = {
	{"GET /v1/cib", 200, cib},
	{"GET /v1/status", 200,
	 "{\"view\": \"agreed\", \"quorate\": true, \"epoch\": 3, \"configuration\": \"0.5.3\", \"members\": [{\"id\": "
	 "1, "
	 "\"name\": \"n1\", \"leader\": true, \"self\": true}], \"leader\": \"acting\", \"idle\": false}"},
	{"GET /v1/fences", 200,
	 "[{\"target\": \"n2\", \"action\": \"off\", \"client\": \"root\", \"when_ms\": 1700000000000, "
	 "\"succeeded\": false, \"pending\": true}, "
	 "{\"target\": \"n2\", \"action\": \"reboot\", \"why\": \"no answer\", \"when_ms\": 1700000000000, "
	 "\"succeeded\": false, \"device\": \"power\", \"client\": \"root\"}, {\"target\": \"n2\", \"action\": "
	 "\"off\", "
	 "\"why\": null, \"when_ms\": 1600000000000, \"succeeded\": true}]"},
	{"POST /v1/cib?op=patch", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{"POST /v1/cib?op=upgrade", 422, "{\"exit\": 78, \"message\": \"it cannot be upgraded\"}"},
	{"POST /v1/wait", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{"POST /v1/forget", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{"POST /v1/fences", 500, "{\"exit\": 1, \"message\": \"no device can fence n2\"}"},
	{NULL},
};

static void test_live(void **state)
{
	(void)state;
	static const struct tool_case cases[] = {
		{"hale status", 0, "Cluster name: shop\n", "", "GET /v1/fences"},
		{"hale status", 0, "\nWARNING: ", "", NULL},
		{"hale status", 0, "hale property set fencing-enabled=false", "", NULL},
		{"hale status", 0, "Current DC: n1 - partition with quorum\n", "", NULL},
		{"hale status", 0, "Leader: acting\n", "", NULL},
		{"hale status", 0, "Online: [ n1 n2 ]", "", NULL},
		{"hale status", 0, "web\t(ocf:test:thing):\t Started n1\n", "", NULL},
		{"hale status", 0, "Being Done:\n  * start of db on n2", "", NULL},
		{"hale status", 0, "reboot of n2 failed at", "", NULL},
		{"hale status", 0, "Being Fenced:\n  * off of n2, since ", "", NULL},
		{"hale status --output-format=json", 0, "\"pending_fencing\": [", "", NULL},
		{"hale stonith history", 0, "off of n2 pending, for root\n", "", NULL},
		{"hale status", 0, "by root via hale on n1", "", NULL},
		{"hale status --output-format=json", 0, "\"leader_state\": \"acting\"", "", NULL},
		{"hale property set batch-limit=3", 0, "", "",
		 "POST /v1/cib?op=patch&client=hale%20property%20set&force=true <diff format=\"2\"><change "
		 "operation=\"create\""},
		{"hale property set batch-limit=3 --wait=7", 0, "", "", "POST /v1/wait {\"timeout_ms\":2000}"},
		{"hale resource ban web", 0, "", "", "cli-ban-web-on-n1"},
		{"hale resource move db n2", 0, "db is on n2\n", "", "cli-prefer-db"},
		{"hale resource move web n2", 112 + 1, "", "hale explain web n2", "POST /v1/wait"},
		{"hale resource cleanup web node=n1", 0, "", "",
		 "POST /v1/forget {\"what\":\"failures\",\"resource\":\"web\",\"node\":\"n1\"}"},
		{"hale resource cleanup web operation=monitor interval=10s", 0, "", "",
		 "\"resource\":\"web\",\"operation\":\"monitor\",\"interval_ms\":10000}"},
		{"hale resource cleanup web interval=10s", 64, "", "name the operation", NULL},
		{"hale resource cleanup web operation=monitor interval=soon", 64, "", "interval=soon", NULL},
		{"hale resource refresh", 0, "", "", "POST /v1/forget {\"what\":\"history\"}"},
		{"hale resource cleanup web db", 64, "", "it takes one resource", NULL},
		{"hale stonith fence n2 --off", 1, "", "n2 is not fenced: no device can fence n2",
		 "POST /v1/fences {\"node\":\"n2\",\"action\":\"off\"}"},
		{"hale stonith confirm n2", 64, "", "say --yes", NULL},
		{"hale stonith confirm n2 --yes", 1, "", "no device", "\"confirm\":true"},
		{"hale stonith history", 0, "reboot of n2 failed: no answer, device power, for root\n", "", NULL},
		{"hale stonith history --output-format=json", 0, "\"target\": \"n2\"", "", NULL},
		{"hale stonith history show n1 --output-format=json", 0, "[]\n", "", NULL},
		{"hale stonith history show n1 n2", 64, "", "one node", NULL},
		{"hale stonith history cleanup", 0, "", "", "POST /v1/forget {\"what\":\"fences\"}"},
		{"hale stonith history cleanup n2", 0, "", "", "POST /v1/forget {\"what\":\"fences\",\"node\":\"n2\"}"},
		{"hale stonith history cleanup n1 n2", 64, "", "one node", NULL},
		{"hale stonith history update", 0, "the same on all nodes: 3 entries\n", "", "GET /v1/fences"},
		{"hale stonith history update n1", 64, "", "no words", NULL},
		{"hale cluster cib-upgrade", 78, "", "it cannot be upgraded", NULL},
		{"hale cluster start", 0, "", "runs on this node already", NULL},
		{"hale cluster start --all", 3, "", "run `hale cluster start` on each node", NULL},
		{"hale cluster stop n2", 3, "", "only this node", NULL},
		{"hale explain web", 0, "web (primitive): Started on n1", "", "GET /v1/cib"},
		{"crm_simulate -L", 0, "Online: [ n1 n2 ]", "", "GET /v1/cib"},
		{"crm_verify -L", 78, "", "Configuration", "GET /v1/cib"},
	};
	tool_run_cases(cases, G_N_ELEMENTS(cases), answers, NULL);
}

/* The manager refuses, or is not there. */
static void test_refused(void **state)
{
	(void)state;
	static const struct fake_answer refusals[] = {
		{"GET /v1/cib", 200, cib},
		{"POST /v1/cib", 403, "{\"exit\": 4, \"message\": \"user bob may not\"}"},
		{NULL},
	};
	static const struct fake_answer nonsense[] = {{"GET /v1/cib", 200, "<cib"}, {NULL}};
	static const struct tool_case refused = {"hale property set batch-limit=3", 4, "",
						 "nothing was changed: user bob may not", NULL};
	static const struct tool_case broken = {"hale property set batch-limit=3", 76, "", "the cluster:1", NULL};
	tool_run(&refused, refusals, NULL);
	tool_run(&broken, nonsense, NULL);
	static const char *const words[] = {"hale status",
					    "hale property",
					    "hale resource disable web",
					    "hale stonith fence n1",
					    "hale stonith history",
					    "hale resource cleanup",
					    "hale explain web",
					    "crm_verify -L",
					    "hale stonith history cleanup",
					    "hale stonith history update"};
	const char *const nowhere[] = {"HALE_SOCKET=/nowhere/api.sock", NULL};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		struct cli_world w = {0};
		world_run(&w, words[i], NULL, nowhere);
		assert_int_equal(w.code, 102);
		assert_non_null(strstr(w.err, "start it with `hale cluster start`"));
		world_fini(&w);
	}
	struct cli_world w = {0};
	world_run(&w, "hale cluster stop", NULL, nowhere);
	assert_int_equal(w.code, 0);
	assert_non_null(strstr(w.err, "does not run"));
	world_fini(&w);
}

/* A cluster that is not done: people are told why, once for each reason. */
static void test_wait(void **state)
{
	(void)state;
	static const struct fake_answer alone[] = {
		{"GET /v1/cib", 200, cib},
		{"GET /v1/status", 200,
		 "{\"view\": \"agreed\", \"quorate\": false, \"members\": [{\"id\": 1, \"name\": \"n1\"}], \"leader\": "
		 "null}"},
		{"POST /v1/cib?op=patch", 200, "{\"exit\": 0, \"message\": \"\"}"},
		{"POST /v1/wait", 504, "{\"exit\": 124, \"message\": \"there is something left to do\"}"},
		{NULL},
	};
	static const struct fake_answer parted[] = {
		{"GET /v1/status", 200, "{\"view\": \"changing\"}"},
		{"POST /v1/wait", 504, "{\"exit\": 124, \"message\": \"there is something left to do\"}"},
		{NULL},
	};
	static const struct tool_case cases[] = {
		{"hale property set batch-limit=3 --wait=9", 124, "",
		 "waiting for quorum: n1 is here alone; start the cluster on the other nodes\nhale property set: it is "
		 "done, "
		 "but not all",
		 "POST /v1/wait {\"timeout_ms\":5000}"},
		{"hale status wait 9s", 124, "", "waiting for quorum", "POST /v1/wait {\"timeout_ms\":2000}"},
		{"hale status wait 10ms", 124, "", "something left to do", "POST /v1/wait {\"timeout_ms\":1000}"},
		{"hale status wait soon", 64, "", "is no time", NULL},
		{"hale cluster start --wait=3", 124, "", "waiting for quorum", NULL},
	};
	static const struct tool_case apart = {"hale status wait 9s", 124, "", "waiting until the members agree", NULL};
	tool_run_cases(cases, G_N_ELEMENTS(cases), alone, NULL);
	tool_run(&apart, parted, NULL);
}

/* haled itself is somebody else's test; here: that it is started, and what it says when it cannot be. */
static void test_start(void **state)
{
	(void)state;
	static const struct {
		const char *daemon;
		int code;
		const char *err;
	} cases[] = {{"HALE_DAEMON=/bin/true", 0, ""},
		     {"HALE_DAEMON=/bin/false", 1, "/bin/false"},
		     {"HALE_DAEMON=/nowhere/haled", 5, "/nowhere/haled"}};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *const environment[] = {"HALE_SOCKET=/nowhere/api.sock", cases[i].daemon, NULL};
		struct cli_world w = {0};
		world_run(&w, "hale cluster start", NULL, environment);
		assert_int_equal(w.code, cases[i].code);
		assert_non_null(strstr(w.err, cases[i].err));
		world_run(&w, "hale cluster start --wait=0", NULL, environment);
		assert_int_equal(w.code, cases[i].code == 0 ? 124 : cases[i].code);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
