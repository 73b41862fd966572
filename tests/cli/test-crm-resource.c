/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource on a file, and beside a manager that is played. */
#include "fake-manager.h"
#include "file-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define OPERATION(rsc, task, interval, call, rc)                                                                 \
	"<lrm_resource id=\"" rsc "\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"><lrm_rsc_op id=\"" rsc \
	"_last_0\" operation_key=\"" rsc "_" task "_" interval "\" operation=\"" task "\" interval=\"" interval  \
	"\" call-id=\"" call "\" rc-code=\"" rc "\" op-status=\"0\" transition-key=\"1:1:0:x\" "                 \
	"transition-magic=\"0:" rc ";1:1:0:x\"/></lrm_resource>"
#define UP(id, name, history)                                                                           \
	"<node_state id=\"" id "\" uname=\"" name "\" in_ccm=\"true\" crmd=\"online\" join=\"member\" " \
	"expected=\"member\"><lrm id=\"" id "\"><lrm_resources>" history "</lrm_resources></lrm></node_state>"
#define DUMMY(id, inside) \
	"<primitive id=\"" id "\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">" inside "</primitive>"

static const char cib[] =
	"<cib crm_feature_set=\"3.15.0\" validate-with=\"pacemaker-3.9\" admin_epoch=\"0\" epoch=\"1\" "
	"num_updates=\"0\" have-quorum=\"1\" dc-uuid=\"1\"><configuration><crm_config><cluster_property_set id=\"o\">"
	"<nvpair id=\"o1\" name=\"stonith-enabled\" value=\"false\"/></cluster_property_set></crm_config>"
	"<nodes><node id=\"1\" uname=\"a\"/><node id=\"2\" uname=\"b\"/></nodes><resources>" DUMMY(
		"web",
		"<instance_attributes id=\"web-ia\"><nvpair id=\"web-fake\" name=\"fake\" value=\"1\"/>"
		"</instance_attributes>") "<clone id=\"all\">" DUMMY("each",
								     "") "</clone>"
									 "<group id=\"g\">" DUMMY("m1", "") DUMMY(
										 "m2",
										 "") "</group></resources><constraints>"
										     "<rsc_colocation id=\"with\" "
										     "rsc=\"g\" with-rsc=\"web\" "
										     "score=\"INFINITY\"/></"
										     "constraints>"
										     "</configuration><status>" UP(
											     "1", "a",
											     OPERATION("web", "start",
												       "0", "3", "0")
												     OPERATION("each",
													       "start",
													       "0", "4",
													       "0"))
											     UP("2", "b",
												OPERATION(
													"web",
													"monitor", "0",
													"2",
													"7")) "</"
													      "status><"
													      "/cib>";

static int open_file(void **state)
{
	*state = file_world_new(cib, "OCF_ROOT=/nowhere");
	return 0;
}

/* A command line, with what it ends, what it prints, and what stands in its complaint. */
struct example {
	const char *command;
	int code;
	const char *out, *err;
};

static void run_examples(struct cli_world *w, const struct example *examples, size_t count, const char *const *env)
{
	for (size_t i = 0; i < count; i++) {
		const struct example *e = &examples[i];
		char *command = g_strconcat("crm_resource ", e->command, NULL);
		world_run(w, command, NULL, env);
		g_free(command);
		if (w->code != e->code || strcmp(w->out, e->out) != 0 || strstr(w->err, e->err) == NULL)
			fail_msg("%s: ends with %d: %s%s", e->command, w->code, w->out, w->err);
	}
}

#define OPERATION_LINE "web\t(ocf:pacemaker:Dummy):\t Started: web_start_0 (node=a, call=3, rc=0): Done\n"

static void test_questions(void **state)
{
	static const struct example examples[] = {
		{"-l", 0, "web\neach:0\neach:1\nm1\nm2\n", ""},
		{"--locate -r web", 0, "resource web is running on: a\n", ""},
		{"--locate -r each", 0, "resource each is running on: a\n", ""},
		{"-Q -W -r all", 0, "a\n", ""},
		{"-W -r g", 0, "", "resource g is NOT running\n"},
		{"-W -r none", 105, "",
		 "crm_resource: Resource 'none' not found\nError performing operation: No such object\n"},
		{"-W", 64, "", "crm_resource: Must supply a resource ID with -r/--resource\n"},
		{"-O -N a -r web", 0, OPERATION_LINE, ""},
		{"-g fake -r web", 0, "1\n", ""},
		{"-g none -r web", 0, "", "Attribute 'none' not found for 'web'\n"},
		{"-g type --element -r web", 0, "Dummy\n", ""},
		{"-G class -r web", 0, "ocf\n", ""},
		{"--why -r g", 0, "Resource g is not running\n", ""},
		{"--why -r web -N b", 0, "Resource web is not running on host b\n", ""},
		{"-a -r web", 0, "Resources colocated with web:\n  * g (score=INFINITY, id=with)\n", ""},
		{"-a -r m1", 0, "Resources g is colocated with:\n  * web (score=INFINITY, id=with)\n", ""},
		{"-a -r m1 --force", 0, "", ""},
		{"-L -N none", 105, "", "Node 'none' not found"},
		{"--digests -r web", 64, "", "Must supply a node name"},
		{"--digests -r g -N a", 3, "", "Unimplemented"},
		{"--digests -r web -N a x", 64, "", "Error parsing 'x' as a name=value pair"},
		{"-L x y", 64, "", "non-option ARGV-elements:\n[1 of 2] x\n[2 of 2] y\n"},
		{"--list-options=x", 64, "", "neither primitive nor fencing"},
		{"--list-agents ocf:none", 1, "", "No agents found for standard 'ocf' and provider 'none'"},
		{"--list-ocf-alternatives none", 105, "", "No OCF providers found for none"},
		{"--show-metadata none", 105, "", "'none' is not a valid agent specification"},
		{"--show-metadata ocf:none:none", 105, "", "Metadata query for ocf:none:none failed"},
		{"--validate --class ocf --agent x", 64, "", "--provider and --agent are required"},
		{"--validate --class ocf --agent x --provider y", 64, "", "ocf:y:x is not a known resource agent"},
		{"--validate --agent x", 64, "", "--class is required with --agent"},
		{"--option a=b -L", 64, "", "--option must be used with --validate"},
		{"--force-check=much -r web", 64, "", "Invalid check level setting: much"},
		{"--force-start -r all", 107, "", "It is not safe to force-start all here"},
		{"--force-stop -r g", 3, "", "doesn't support group resources"},
		{"--force-check -r web", 5, "", "could not be executed (Not installed: /nowhere/resource.d"},
		{"--expired -L", 64, "", "--expired requires --clear"},
		{"-T soon --wait", 64, "", "'soon' is no time"},
		{"-C -n monitor -I often", 64, "", "'often' is no time"},
		{"-C -r web", 0, "",
		 "Dry run: skipping clean-up of web on a due to CIB_file\n"
		 "Dry run: skipping clean-up of web on b due to CIB_file\n"},
		{"-R", 0, "Dry run: skipping clean-up of all nodes due to CIB_file\n", ""},
		{"-F -r web -N a", 0, "", "Dry run: skipping fail of web on a due to CIB_file\n"},
		{"--restart -r g", 105, "", "g is not running anywhere and so cannot be restarted"},
		{"--restart -r web", 64, "", "--restart needs a running cluster"},
	};
	struct file_world *w = *state;
	run_examples(&w->cli, examples, G_N_ELEMENTS(examples), w->environment);
}

#define WARNING(rsc, node)                                                                                             \
	"WARNING: Creating rsc_location constraint 'cli-ban-" rsc "-on-" node "' with a score of -INFINITY for "       \
	"resource " rsc " on " node ".\n\tThis will prevent " rsc " from running on " node " until the constraint is " \
	"removed using the clear option or by editing the CIB with an appropriate tool.\n\tThis will be the case "     \
	"even if " node " is the last node in the cluster\n"

static void test_changes(void **state)
{
	static const struct example examples[] = {
		{"-p fake -r web", 64, "", "You need to supply a value with the -v option"},
		{"-p fake -v 2 -r web", 0, "Set 'web' option: id=web-fake name=fake value=2\n", ""},
		{"-p fake -v 3 -r web -s web-ia -i other", 0,
		 "Set 'web' option: id=other set=web-ia name=fake value=3\n", ""},
		{"-g fake -r web", 0, "2\n", ""},
		{"-p fake -v 4 -r web", 109,
		 "Multiple attributes match name=fake\n  Value: 2 \t(id=web-fake)\n  Value: 3 \t(id=other)\n\n"
		 "Multiple attributes match name=fake\n  Value: 2 \t(id=web-fake)\n  Value: 3 \t(id=other)\n\n",
		 "Multiple items match request"},
		{"-d fake -i other -r web", 0, "Deleted 'web' option: id=other name=fake\n", ""},
		{"-d none -r web", 0, "", ""},
		{"-m -p is-managed -v false -r each", 0,
		 "Performing update of 'is-managed' on 'all', the parent of 'each'\n"
		 "Set 'all' option: id=all-meta_attributes-is-managed set=all-meta_attributes name=is-managed "
		 "value=false\n",
		 ""},
		{"-p is-managed -v x -r each", 109, "", "WARNING: There is already a meta attribute for 'all'"},
		{"-m -d is-managed -r all", 0,
		 "Deleted 'all' option: id=all-meta_attributes-is-managed name=is-managed\n", ""},
		{"-m -p priority -v 7 -r web --recursive", 0,
		 "Set 'web' option: id=web-meta_attributes-priority set=web-meta_attributes name=priority value=7\n"
		 "Set 'g' option: id=g-meta_attributes-priority set=g-meta_attributes name=priority value=7\n",
		 ""},
		{"-z -p cpu -v 2 -r m1", 0,
		 "Set 'm1' option: id=m1-utilization-cpu set=m1-utilization name=cpu value=2\n", ""},
		{"-S description -v mine -r m1", 0, "Set attribute: name=description value=mine\n", ""},
		{"--element -d description -r m1", 0, "Deleted attribute: description\n", ""},
		{"--element -p class -v lsb -r m1", 78, "", "would not follow its schema"},
		{"-B -r web -N b", 0, WARNING("web", "b"), ""},
		{"-M -r web -N a", 108, "", "Requested item already exists"},
		{"-M -r web -N b", 0, "", ""},
		{"-U -r web", 0, "Removing constraint: cli-prefer-web\n", ""},
		{"-B -r g", 64, "", "Resource 'g' not moved: active in 0 locations."},
		{"-B -r web -u never", 64, "", "Invalid duration specified: never\n"},
		{"-B -Q -r web -u PT1H", 0, "", ""},
		{"-U --expired", 0, "", ""},
		{"-U -r web -N b", 0, "", ""},
		{"-U -r web -N a", 0, "Removing constraint: cli-ban-web-on-a\n", ""},
		{"-M -r each:0 -N b", 2, "", "Cannot operate on clone resource instance 'each:0'"},
		{"-M -r web --promoted -N b", 0, "Ignoring --promoted option: web is not promotable\n", ""},
		{"-p a/b -v 1 -r m2", 0,
		 "Set 'm2' option: id=m2-instance_attributes-a.b set=m2-instance_attributes name=a/b value=1\n", ""},
		{"--element -p 1x -v y -r m2", 78, "", "'1x' is no name of an attribute"},
		{"-D -r web -t <x>", 64, "", "'<x>' is no type of a resource"},
		{"-D -r web", 64, "", "You need to specify a resource type with -t"},
		{"-D -r web -t primitive", 78, "", "Could not delete resource web"},
		{"-D -r none -t primitive", 0, "", ""},
		{"-D -r all -t clone", 0, "", ""},
		{"-W -r all", 105, "", "Resource 'all' not found"},
	};
	struct file_world *w = *state;
	run_examples(&w->cli, examples, G_N_ELEMENTS(examples), w->environment);
}

static void test_xml(void **state)
{
	static const struct {
		const char *command, *has;
	} examples[] = {
		{"-L", "<resource id=\"web\" resource_agent=\"ocf:pacemaker:Dummy\" role=\"Started\""},
		{"-l", "<list name=\"resource names\" count=\"5\">\n    <item name=\"resource\">web</item>"},
		{"-W -r web", "<nodes resource=\"web\">\n    <node>a</node>\n  </nodes>"},
		{"-O -r web -N a", "<operation op=\"web_start_0\" node=\"a\" call=\"3\" rc=\"0\" status=\"Done\" "
				   "rsc=\"web\" agent=\"ocf:pacemaker:Dummy\"/>"},
		{"-q -r web", "<xml><![CDATA[<primitive id=\"web\""},
		{"-g fake -r web", "<list name=\"attributes\" count=\"1\">\n    <item name=\"fake\">1</item>"},
		{"-Y -r g", "<reason running=\"false\">\n    <check id=\"g\"/>"},
		{"-a -r g", "<rsc_colocation id=\"with\" rsc=\"g\" with-rsc=\"web\" score=\"INFINITY\""},
		{"--digests -r web -N a", "<digests resource=\"web\" node=\"a\" task=\"start\" interval=\"0ms\">"},
		{"--list-options=primitive", "<parameter name=\"target-role\" advanced=\"0\" generated=\"0\">"},
		{"--list-options=fencing", "<parameter name=\"pcmk_off_timeout\" advanced=\"1\" generated=\"0\">"},
		{"--list-standards", "<item>ocf</item>\n    <item>service</item>"},
		{"-m -p priority -v 1 -r web",
		 "<resource-settings>\n    <primitive id=\"web\">\n      <meta_attributes id=\"web-meta_attributes\">"},
		{"--force-check -r web", "<resource-agent-action action=\"force-check\" class=\"ocf\" type=\"Dummy\" "
					 "rsc=\"web\" provider=\"pacemaker\">\n    <overrides/>"},
		{"-W -r none", "<error>crm_resource: Resource 'none' not found"},
	};
	struct file_world *w = *state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		char *command = g_strconcat("crm_resource --output-as=xml ", examples[i].command, NULL);
		world_run(&w->cli, command, NULL, w->environment);
		if (strstr(w->cli.out, examples[i].has) == NULL)
			fail_msg("%s: %s%s", command, w->cli.out, w->cli.err);
		g_free(command);
	}
}

/* --- beside a manager --- */

static void test_manager(void **state)
{
	static const struct fake_answer answers[] = {
		{"GET /v1/cib", 200, cib},
		{"POST /v1/wait", 200, "{\"exit\":0}"},
		{"POST /v1/cib", 200, "{\"exit\":0}"},
		{"POST /v1/forget", 200, "{\"exit\":0}"},
		{"POST /v1/fail", 404, "{\"error\":\"the history of node a has no resource web\"}"},
		{0},
	};
	static const struct example examples[] = {
		{"-C -r web -N a -n monitor -I 10s", 0, "Cleaned up web on a\n", ""},
		{"-R -r web", 0, "Cleaned up web on a\nCleaned up web on b\n", ""},
		{"-C", 0, "Cleaned up all resources on all nodes\n", ""},
		{"-F -r web -N a", 105, "", "has no resource web\nError performing operation: No such object"},
		{"-F -r g -N a", 2, "", "We can only process primitive resources, not g"},
		{"--wait -T 5s", 0, "", ""},
		{"--restart -r web -T 1s", 124, "Waiting for 1 resources to stop:\n * web\n * web\n",
		 "Could not complete shutdown of web, 1 resources remaining\n"},
	};
	struct fake_manager f;
	struct cli_world w = {.now.ns = UINT64_C(1700000000) * 1000000000u};
	(void)state;
	fake_start(&f, answers);
	run_examples(&w, examples, G_N_ELEMENTS(examples), f.environment);
	fake_stop(&f);
	assert_non_null(strstr(f.asked->str,
			       "POST /v1/forget {\"what\":\"failures\",\"resource\":\"web\",\"node\":\"a\","
			       "\"operation\":\"monitor\",\"interval_ms\":10000}"));
	assert_non_null(
		strstr(f.asked->str, "POST /v1/forget {\"what\":\"history\",\"resource\":\"web\",\"node\":\"b\""));
	assert_non_null(strstr(f.asked->str, "POST /v1/wait {\"timeout_ms\":5000}"));
	assert_non_null(strstr(f.asked->str, "name=\"target-role\" value=\"Stopped\""));
	(void)g_string_free(f.asked, TRUE);
	world_fini(&w);
}

static void test_nobody_there(void **state)
{
	static const char *const environment[] = {"HALE_SOCKET=/nowhere/api.sock", NULL};
	static const struct example examples[] = {
		{"-L", 102, "", "Could not connect to the CIB: Transport endpoint is not connected"},
		{"--wait", 102, "", "Error performing operation: Not connected"},
	};
	struct cli_world w = {0};
	(void)state;
	run_examples(&w, examples, G_N_ELEMENTS(examples), environment);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_questions, open_file, file_world_close),
		cmocka_unit_test_setup_teardown(test_changes, open_file, file_world_close),
		cmocka_unit_test_setup_teardown(test_xml, open_file, file_world_close),
		cmocka_unit_test(test_manager),
		cmocka_unit_test(test_nobody_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
