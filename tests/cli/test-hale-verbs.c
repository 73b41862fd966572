/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands for sets, rules, defaults, operations, tags, alerts, access: what they say, how they end, what is in the
 * file then. Beside pcs: tests/system/test_verbs.py. */
#include "edit-world.h"

static void test_constraints(void **state)
{
	static const struct edit_case cases[] = {
		{"resource create a thing size=1", 0, "", NULL, NULL},
		{"constraint location old rule score=5 pingd gt 3", 0, "", "id=\"location-old-rule\" score=\"5\"",
		 NULL},
		{"constraint location old rule score=x pingd gt 3", 65, "score x", NULL, NULL},
		{"constraint location old rule role=king pingd gt 3", 65, "role=king", NULL, NULL},
		{"constraint location old rule score=1 score-attribute=b c gt 3", 64, "only one of them", NULL, NULL},
		{"constraint location old rule id=old pingd gt 3", 108, "is taken", NULL, NULL},
		{"constraint location old rule pingd", 64, "is no expression", NULL, NULL},
		{"constraint location old rule", 64, "RESOURCE rule EXPRESSION", NULL, NULL},
		{"constraint rule remove location-old-rule", 0, "", NULL, "rsc_location"},
		{"constraint location regexp%^o avoids n1=5", 0, "", "rsc-pattern=\"^o\"", NULL},
		{"constraint location add mine old n1 -7", 0, "", "score=\"-7\"", NULL},
		{"constraint location add yours old n1 score=x", 65, "score x", NULL, "yours"},
		{"constraint location add yours old n1 resource-discovery=maybe", 65, "there are always", NULL, NULL},
		{"constraint order a then old", 0, "",
		 "id=\"order-a-old-mandatory\" first=\"a\" first-action=\"start\"", NULL},
		{"constraint order a then old", 108, "like this: order-a-old-mandatory", NULL, NULL},
		{"constraint order a then old kind=Optional --force", 0, "warning", "order-a-old-Optional", NULL},
		{"constraint order delete a", 0, "", NULL, "rsc_order"},
		{"constraint order delete a", 105, "no order is about 'a'", NULL, NULL},
		{"constraint order set a old sequential=false set nix", 105, "no resource 'nix'", NULL, NULL},
		{"constraint order set a old action=dance", 65, "there are start, promote", NULL, NULL},
		{"constraint order set a set setoptions id=x", 64, "no resources", NULL, NULL},
		{"constraint order set a old sequential=false set a action=stop setoptions kind=Serialize", 0, "",
		 "<resource_set id=\"order_set_aaodaa_set\" sequential=\"false\">", NULL},
		{"constraint order delete a", 0, "", "<resource_ref id=\"old\"/>", "<resource_ref id=\"a\"/>"},
		{"constraint delete order_set_aaodaa", 0, "", NULL, "rsc_order"},
		{"constraint colocation set a old setoptions score=9 id=cs", 0, "",
		 "<rsc_colocation id=\"cs\" score=\"9\">", NULL},
		{"constraint colocation delete cs", 0, "", NULL, "rsc_colocation"},
		{"constraint colocation add a with Promoted old -INFINITY", 0, "",
		 "id=\"colocation-a-old--INFINITY\" rsc=\"a\" with-rsc=\"old\" score=\"-INFINITY\" "
		 "rsc-role=\"Started\"",
		 NULL},
		{"constraint colocation remove old a", 0, "", NULL, "rsc_colocation"},
		{"constraint colocation remove old a", 105, "no such constraint", NULL, NULL},
		{"constraint colocation remove old", 64, "the two resources", NULL, NULL},
		{"constraint ticket add T promoted a loss-policy=fence", 0, "", "id=\"ticket-T-a-Promoted\"", NULL},
		{"constraint ticket add T a loss-policy=cry", 65, "there are stop", NULL, NULL},
		{"constraint ticket add T", 64, "name the ticket", NULL, NULL},
		{"constraint ticket delete T a", 0, "", NULL, "rsc_ticket"},
		{"constraint ticket set a old", 64, "setoptions ticket=NAME", NULL, "rsc_ticket"},
		{"constraint ticket set a old setoptions ticket=T id=ts", 0, "", "<rsc_ticket id=\"ts\" ticket=\"T\">",
		 NULL},
		{"constraint ticket delete T old", 0, "", "<resource_ref id=\"a\"/>", "<resource_ref id=\"old\"/>"},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_operations(void **state)
{
	static const struct edit_case cases[] = {
		{"resource create a thing size=1 --no-default-ops", 0, "", NULL, NULL},
		{"resource op add a monitor interval=7s OCF_CHECK_LEVEL=9", 0, "", "id=\"a-monitor-interval-7s\"",
		 NULL},
		{"resource op add a monitor interval=7000ms", 108, "every 7000ms already", NULL, NULL},
		{"resource op add a nap", 65, "knows no operation nap", NULL, NULL},
		{"resource op add a interval=7s", 64, "name the operation before", NULL, NULL},
		{"resource op add a", 64, "name the resource and the operation", NULL, NULL},
		{"resource op remove a monitor interval=7000ms OCF_CHECK_LEVEL=8", 105, "no such operation", NULL,
		 NULL},
		{"resource op remove a monitor interval=7000ms OCF_CHECK_LEVEL=9", 0, "", NULL, "interval-7s"},
		{"resource op delete a-monitor-interval-10s", 0, "", NULL, "<op"},
		{"resource op delete nix", 105, "no operation has the id", NULL, NULL},
		{"resource update a op monitor interval=5s", 0, "", "id=\"a-monitor-interval-5s\"", NULL},
		{"resource update a op monitor interval=6s", 0, "", "id=\"a-monitor-interval-6s\"", "interval-5s"},
		{"resource unmanage a --monitor", 0, "", "enabled=\"false\"", NULL},
		{"resource manage a", 0, "a is not watched", "enabled=\"false\"", "is-managed"},
		{"resource manage a --monitor", 0, "", NULL, "enabled"},
		{"resource group add g a", 0, "", NULL, NULL},
		{"resource op add g monitor", 65, "what is in it has operations", NULL, NULL},
		{"resource unmanage g", 0, "", "id=\"a-meta_attributes-is-managed\"", "g-meta"},
		{"resource meta g is-managed=false", 0, "", "g-meta", NULL},
		{"resource manage a", 0, "", NULL, "is-managed"},
		{"resource utilization a cpu=2", 0, "", "id=\"a-utilization-cpu\"", NULL},
		{"resource utilization a cpu=two", 65, "whole number", NULL, NULL},
		{"resource utilization g cpu=2", 65, "what is in it", NULL, NULL},
		{"resource defaults update resource-stickiness=5", 0, "", "id=\"rsc_defaults-meta_attributes\"", NULL},
		{"resource defaults update resource-sticky=5", 65, "did you mean resource-stickiness", NULL, NULL},
		{"resource defaults update", 64, "name what to set", NULL, NULL},
		{"resource defaults resource-stickiness=", 0, "", NULL, "rsc_defaults-meta"},
		{"resource op defaults timeout=9s", 0, "", "id=\"op_defaults-meta_attributes-timeout\"", NULL},
		{"resource op defaults set create id=s score=3 meta timeout=8s rule op start", 0, "",
		 "<op_expression id=\"s-rule-op-start\"", NULL},
		{"resource op defaults set create timeout=8s", 64, "there are id=, score=", NULL, NULL},
		{"resource op defaults set create rule op", 64, "say op NAME", NULL, NULL},
		{"resource op defaults set create more", 64, "'more': after id=", NULL, NULL},
		{"resource op defaults set update s meta timeout=7s", 0, "", "value=\"7s\"", NULL},
		{"resource op defaults set update s timeout=7s", 64, "say what to set", NULL, NULL},
		{"resource op defaults set delete s x", 105, "no set 'x'", "id=\"s\"", NULL},
		{"resource op defaults set remove s", 0, "", NULL, "id=\"s\""},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_tags(void **state)
{
	static const struct edit_case cases[] = {
		{"resource create a thing size=1", 0, "", NULL, NULL},
		{"tag create t a nix", 105, "no resource 'nix'", NULL, "<tag"},
		{"tag create t", 64, "what is in it", NULL, NULL},
		{"tag create t a --forc", 0, "", "<tag id=\"t\">", NULL},
		{"tag update t add a --be a", 108, "in tag t already", NULL, NULL},
		{"tag delete t --nix", 64, "Unknown option --nix", NULL, NULL},
		{"tag delete t", 0, "", NULL, "<tag "},
		{"tag create a old", 108, "id 'a' already", NULL, NULL},
		{"tag create t a", 0, "", "<tag id=\"t\">\n        <obj_ref id=\"a\"/>", NULL},
		{"tag update t add a", 108, "in tag t already", NULL, NULL},
		{"tag update t add old --before a", 0, "", "<obj_ref id=\"old\"/>\n        <obj_ref id=\"a\"/>", NULL},
		{"tag update t add old --after a", 0, "", "<obj_ref id=\"a\"/>\n        <obj_ref id=\"old\"/>", NULL},
		{"tag update t add old --after nix", 105, "nix is not in tag t", NULL, NULL},
		{"tag update t remove a add a --before a", 0, "it is so already", NULL, NULL},
		{"tag update t remove old add old --after a", 0, "it is so already", NULL, NULL},
		{"tag update t add old --after a", 0, "it is so already", NULL, NULL},
		{"tag update t old a", 64, "TAG add ID", NULL, NULL},
		{"tag update t remove a old", 65, "hale tag delete t", "<tag", NULL},
		{"tag update t remove nix", 105, "nix is not in tag t", NULL, NULL},
		{"tag update x remove a", 105, "no tag 'x'", NULL, NULL},
		{"resource disable t", 0, "", "old-meta_attributes-target-role", NULL},
		{"tag remove t", 0, "", NULL, "<tag "},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_alerts(void **state)
{
	static const struct edit_case cases[] = {
		{"alert create id=x", 64, "say path=", NULL, NULL},
		{"alert create path=/a options to=me meta timeout=5s", 0, "", "id=\"alert-meta_attributes-timeout\"",
		 NULL},
		{"alert create path=/b id=alert", 108, "id 'alert' already", NULL, NULL},
		{"alert create path=/b colour=red", 64, "'colour=red': there are path=", NULL, NULL},
		{"alert update alert path=/c options to=", 0, "", "path=\"/c\"", "\"to\""},
		{"alert update alert path=", 65, "path= must say", NULL, NULL},
		{"alert update nix path=/c", 105, "no alert 'nix'", NULL, NULL},
		{"alert recipient add alert value=joe", 0, "", "<recipient id=\"alert-recipient\" value=\"joe\"/>",
		 NULL},
		{"alert recipient add alert value=joe", 108, "joe is told already", NULL, NULL},
		{"alert recipient add alert", 64, "say value=", NULL, NULL},
		{"alert recipient update alert-recipient value=jim description=him", 0, "", "description=\"him\"",
		 "joe"},
		{"alert recipient update nix value=jim", 105, "no recipient 'nix'", NULL, NULL},
		{"alert recipient remove alert-recipient", 0, "", NULL, "<recipient"},
		{"alert remove alert nix", 105, "no alert 'nix'", "<alert ", NULL},
		{"alert remove alert", 0, "", NULL, "<alert "},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_access(void **state)
{
	static const struct edit_case cases[] = {
		{"acl role create ro description=looks read xpath /cib", 0, "",
		 "<acl_role id=\"ro\" description=\"looks\">", NULL},
		{"acl role create rw see xpath /cib", 64, "read|write|deny", NULL, NULL},
		{"acl role create rw write id nix", 105, "has the id 'nix'", NULL, NULL},
		{"acl role create ro", 108, "id 'ro' already", NULL, NULL},
		{"acl user create joe nix", 105, "no role 'nix'", NULL, "joe"},
		{"acl user create joe ro", 0, "", "<acl_target id=\"joe\">\n        <role id=\"ro\"/>", NULL},
		{"acl group create staff", 0, "", "<acl_group id=\"staff\"/>", NULL},
		{"acl role assign ro to user joe", 108, "has the role ro already", NULL, NULL},
		{"acl role assign ro to group joe", 105, "no user or group 'joe'", NULL, NULL},
		{"acl role assign ro staff", 0, "", "<acl_group id=\"staff\">\n        <role id=\"ro\"/>", NULL},
		{"acl role unassign ro from joe", 0, "", "<acl_target id=\"joe\"/>", NULL},
		{"acl role unassign ro from joe", 105, "joe has no role 'ro'", NULL, NULL},
		{"acl role assign ro", 64, "user NAME or group NAME", NULL, NULL},
		{"acl permission add ro write id old", 0, "", "id=\"ro-write\" kind=\"write\" reference=\"old\"", NULL},
		{"acl permission remove ro-write", 0, "", NULL, "ro-write"},
		{"acl permission remove ro-write", 105, "no permission", NULL, NULL},
		{"acl role remove ro", 0, "", NULL, "id=\"ro\""},
		{"acl group remove nix", 105, "no group 'nix'", NULL, NULL},
		{"acl user remove joe", 0, "", NULL, "joe"},
		{"acl enable", 0, "", "name=\"enable-acl\" value=\"true\"", NULL},
		{"acl disable", 0, "", "name=\"enable-acl\" value=\"false\"", NULL},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_levels(void **state)
{
	static const struct edit_case cases[] = {
		{"stonith create f fence_test pcmk_host_list=n1", 0, "", NULL, NULL},
		{"stonith create g fence_test pcmk_host_list=n1", 0, "", NULL, NULL},
		{"stonith level add 1 n1 f,g", 0, "", "id=\"fl-n1-1\" target=\"n1\" index=\"1\" devices=\"f,g\"", NULL},
		{"stonith level add 1 n1 f g", 108, "like this: fl-n1-1", NULL, NULL},
		{"stonith level add 1 n1 f,h", 105, "no fence device 'h'", NULL, NULL},
		{"stonith level add 2 attrib%rack=1 f id=mine", 0, "", "id=\"mine\"", NULL},
		{"stonith level remove 2 target attrib%rack=2", 105, "no such fencing level", NULL, NULL},
		{"stonith level delete 2 target attrib%rack=1 stonith f", 0, "", NULL, "mine"},
		{"stonith level clear target", 64, "after target name a node", "fl-n1-1", NULL},
		{"stonith level clear stonith", 64, "after target name a node", "fl-n1-1", NULL},
		{"stonith level remove 1 target", 64, "after target name a node", "fl-n1-1", NULL},
		{"stonith level clear target n2", 0, "it is so already", "fl-n1-1", NULL},
		{"stonith level clear f", 0, "it is so already", "fl-n1-1", NULL},
		{"stonith level clear f g", 0, "", NULL, "<fencing-level "},
		{"stonith level add 1 n1 f", 0, "", NULL, NULL},
		{"stonith level clear n1", 0, "", NULL, "<fencing-level "},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

/* What is printed. */
static void test_looks(void **state)
{
	static const struct look_case cases[] = {
		{"resource create a thing size=1", 0, ""},
		{"resource defaults", 0, "No defaults set\n"},
		{"resource op defaults set create id=s score=3 meta timeout=8s rule op start", 0, ""},
		{"resource op defaults --full", 0,
		 "Meta Attrs: s score=3\n  timeout=8s\n  Rule: boolean-op=and score=INFINITY (id: s-rule)\n    "
		 "Expression: op start (id: s-rule-op-start)\n"},
		{"resource op defaults --output-format=json", 0, "\"timeout\": \"8s\""},
		{"constraint location old rule score=5 pingd gt 3", 0, ""},
		{"constraint order set a old sequential=false", 0, ""},
		{"constraint ticket add T a", 0, ""},
		{"constraint", 0, "Location Constraints:\n  resource 'old' by a rule (id: location-old)\n    Rules:\n"},
		{"constraint config --full", 0, "Expression: pingd gt 3 (id: location-old-rule-expr)\n"},
		{"constraint order", 0,
		 "Order Set Constraints:\n  sets of resources (id: order_set_aaod)\n    Resources: 'a', "
		 "'old' sequential=false"},
		{"constraint ticket --output-format=json", 0, "\"ticket\": \"T\""},
		{"constraint location config resources a", 0, ""},
		{"constraint ref a", 0, "Resource: a\n  order_set_aaod\n  ticket-T-a\n"},
		{"constraint ref old --output-format=json", 0, "\"location-old\""},
		{"constraint ref nix", 105, ""},
		{"resource utilization a cpu=2", 0, ""},
		{"resource utilization", 0, "Resource Utilization:\n a: cpu=2\n"},
		{"resource failcount", 0, "No failcounts\n"},
		{"resource failcount show a node=n1", 0, "No failcounts for resource 'a'\n"},
		{"resource failcount show nix", 105, ""},
		{"resource failcount show a b", 64, ""},
		{"tag", 0, "No tags defined\n"},
		{"tag create t a", 0, ""},
		{"tag config t", 0, "t\n  a\n"},
		{"tag config nix", 105, ""},
		{"tag --output-format=json", 0, "\"t\": ["},
		{"alert", 0, "No alerts defined\n"},
		{"alert create path=/a options to=me", 0, ""},
		{"alert recipient add alert value=joe", 0, ""},
		{"alert", 0,
		 "Alerts:\n Alert: alert (path=/a)\n  Options: to=me\n  Recipients:\n   Recipient: alert-recipient "
		 "(value=joe)\n"},
		{"alert config --output-format=json", 0, "\"value\": \"joe\""},
		{"acl", 0, "ACLs are disabled"},
		{"acl role create ro read xpath /cib", 0, ""},
		{"acl user create joe ro", 0, ""},
		{"acl", 0, "User: joe\n  Roles: ro\nRole: ro\n  Permission: read xpath /cib (ro-read)\n"},
		{"acl config --output-format=json", 0, "\"enabled\": false"},
		{"node attribute n1 rack=7 room=8", 0, ""},
		{"node attribute --name rack", 0, " n1: rack=7\n"},
		{"stonith level verify", 0, ""},
		{"status nodes", 0, "Pacemaker Nodes:\n Online:\n Standby:\n"},
		{"status nodes --output-format=json", 0, "\"Offline\": ["},
		{"status xml", 0, "<pacemaker-result"},
		{"status query resource a exists", 0, "True\n"},
		{"status query resource nix exists", 2, "False\n"},
		{"status query resource nix get-type", 105, ""},
		{"status query resource a is-type primitive", 0, "True\n"},
		{"status query resource a is-type clone promotable", 2, "False\n"},
		{"status query resource a is-stonith", 2, "False\n"},
		{"status query resource a is-state stopped", 0, "True\n"},
		{"status query resource a is-state started on-node n1", 2, "False\n"},
		{"status query resource a is-state started on-node n9", 105, ""},
		{"status query resource a is-state odd", 64, ""},
		{"status query resource a is-state started members none", 0, "True\n"},
		{"status query resource a is-state started members most", 64, ""},
		{"status query resource a is-type clown", 64, ""},
		{"status query resource a is-in-group", 2, "False\n"},
		{"resource group add g old a", 0, ""},
		{"status query resource a is-in-group g", 0, "True\n"},
		{"status query resource a get-index-in-group", 0, "1\n"},
		{"status query resource g get-members", 0, "old\na\n"},
		{"status query resource a get-members", 65, ""},
		{"status query resource a get-nodes", 0, ""},
		{"status query resource a why", 64, ""},
		{"status resources", 0, "a\t(ocf:test:thing)"},
		{"property describe stonith-enabled", 0, "fencing-enabled\n  Description: "},
		{"config", 0, "Cluster Name: \nPacemaker Nodes:\n n1 n2\n\nResources:\n"},
		{"config show", 0, "\nTags:\nt\n  a\n"},
		{"config show", 0, "\nOperations Defaults:\nMeta Attrs: s score=3\n"},
		{"cluster verify", 78, ""},
		{"property set fencing-enabled=false", 0, ""},
		{"cluster verify", 0, ""},
		{"status resources a", 0, "a\t(ocf:test:thing)"},
		{"status resources t", 0, "a\t(ocf:test:thing)"},
		{"status resources nix", 105, ""},
	};
	run_looks(*state, cases, G_N_ELEMENTS(cases));
}

/* Failures, from a status. */
static void test_failcount(void **state)
{
	struct world *w = *state;
	static const char status[] =
		"<status><node_state id=\"1\" uname=\"n1\"><transient_attributes id=\"1\"><instance_attributes "
		"id=\"i\">"
		"<nvpair id=\"x\" name=\"fail-count-old#monitor_10000\" value=\"2\"/><nvpair id=\"y\" "
		"name=\"fail-count-old#start_0\" value=\"INFINITY\"/></instance_attributes></transient_attributes>"
		"</node_state></status>";
	char *text = NULL;
	assert_true(g_file_get_contents(w->file, &text, NULL, NULL));
	char *at = strstr(text, "<status/>");
	assert_non_null(at);
	*at = '\0';
	char *now = g_strconcat(text, status, "</cib>", NULL);
	assert_true(g_file_set_contents(w->file, now, -1, NULL));
	g_free(now);
	g_free(text);
	run(w, "resource failcount");
	assert_string_equal(w->cli.out, "Failcounts for resource 'old'\n  n1: INFINITY\n");
	run(w, "resource failcount show operation=monitor interval=10s");
	assert_string_equal(w->cli.out, "Failcounts for resource 'old'\n  n1: 2\n");
	run(w, "resource failcount show --full old node=n1");
	assert_string_equal(w->cli.out, "Failcounts for resource 'old'\n  n1:\n    monitor 10000ms: 2\n    start: "
					"INFINITY\n");
	run(w, "resource failcount show node=n2");
	assert_string_equal(w->cli.out, "No failcounts\n");
	run(w, "resource failcount --output-format=json");
	assert_non_null(strstr(w->cli.out, "\"interval_ms\": 10000"));
}

/* Editors that change something, nothing, that fail, and that write what cannot be taken: that is kept, for its owner
 * alone. */
static void test_edit(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *editor;
		int code;
		const char *err;
		bool kept;
	} cases[] = {
		{"EDITOR=sed -i s/thing/silent/", 0, "", false},
		{"EDITOR=false", 1, "EDITOR in the environment", false},
		{"EDITOR=true", 0, "it is so already", false},
		{"EDITOR=/nowhere/ed", 1, "/nowhere/ed", false},
		{"EDITOR=sh -c 'sed -i s/silent/loud/ $0; false'", 1, "nothing was changed", true},
		{"EDITOR=sed -i s/primitive/thing/", 78, "does not belong in <resources>", true},
		{"EDITOR=sed -i s/resources/thing/", 105, "there is no <resources> in /tmp/hale-edit-", true},
		{"EDITOR=sed -i s/.$//", 65, "hale-edit-", true},
	};
	const char *environment[] = {w->environment[0], w->environment[1], w->environment[2], NULL, NULL};
	char *words = g_strdup_printf("hale -f %s cluster edit scope=resources", w->file);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		environment[3] = cases[i].editor;
		world_run(&w->cli, words, NULL, environment);
		const char *at = strstr(w->cli.err, "still in ");
		if (w->cli.code != cases[i].code || strstr(w->cli.err, cases[i].err) == NULL)
			print_error("%s: %d\n%s", cases[i].editor, w->cli.code, w->cli.err);
		assert_int_equal(w->cli.code, cases[i].code);
		assert_non_null(strstr(w->cli.err, cases[i].err));
		assert_int_equal(at != NULL, cases[i].kept);
		if (at != NULL) {
			at += strlen("still in ");
			char *path = g_strndup(at, strcspn(at, ";"));
			GStatBuf st;
			assert_int_equal(g_stat(path, &st), 0);
			assert_int_equal(st.st_mode & 077, 0);
			assert_int_equal(unlink(path), 0);
			g_free(path);
		}
	}
	g_free(words);
	run(w, "resource config old");
	assert_non_null(strstr(w->cli.out, "type=silent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_constraints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_operations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alerts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_access, setup, teardown),
		cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_looks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failcount, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edit, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
