/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_error, crmadmin, crm_failcount, crm_ticket, cibsecret, parts of crm_mon and crm_attribute: on a file and on a
 * manager that answers what the test says. Texts and exit codes are Pacemaker 3.0.2's. */
#include "cli/option-list.h"
#include "file-world.h"
#include "tool-world.h"

#include <signal.h>
#include <sys/wait.h>

static const char cib[] =
	"<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"0\" epoch=\"5\" num_updates=\"3\" have-quorum=\"1\" "
	"dc-uuid=\"1\">"
	"<configuration><crm_config/><nodes><node id=\"1\" uname=\"n1\"/><node id=\"2\" uname=\"n2\"/></nodes>"
	"<resources><primitive id=\"web\" class=\"ocf\" provider=\"test\" type=\"thing\"/>"
	"<primitive id=\"far\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
	"<primitive id=\"vm\" class=\"ocf\" provider=\"test\" type=\"thing\"><meta_attributes id=\"m\"><nvpair "
	"id=\"mr\" "
	"name=\"remote-node\" value=\"guest\"/></meta_attributes></primitive></resources>"
	"<constraints><rsc_ticket id=\"t1\" rsc=\"web\" ticket=\"ticketA\" loss-policy=\"stop\"/>"
	"<rsc_ticket id=\"t2\" rsc=\"web\" ticket=\"ticketN\"/></constraints></configuration>"
	"<status><node_state id=\"2\" uname=\"n2\"><transient_attributes id=\"2\"><instance_attributes id=\"i\">"
	"<nvpair id=\"f1\" name=\"fail-count-web#monitor_10000\" value=\"2\"/>"
	"<nvpair id=\"f2\" name=\"fail-count-web#start_0\" value=\"3\"/>"
	"<nvpair id=\"f3\" name=\"fail-count-website#start_0\" value=\"7\"/>"
	"<nvpair id=\"f4\" name=\"fail-count-far#start_0\" value=\"INFINITY\"/>"
	"</instance_attributes></transient_attributes></node_state>"
	"<tickets><ticket_state id=\"ticketA\" granted=\"false\" standby=\"false\" owner=\"1\"/>"
	"<ticket_state id=\"ticketB\" granted=\"true\" last-granted=\"1700000000\" "
	"status=\"x\"/></tickets></status></cib>";

static const struct fake_answer answers[] = {
	{"GET /v1/cib", 200, cib},
	{"GET /v1/status", 200,
	 "{\"view\": \"agreed\", \"quorate\": true, \"members\": [{\"id\": 1, \"name\": \"n1\", \"leader\": true, "
	 "\"self\": false}, {\"id\": 2, \"name\": \"n2\", \"leader\": false, \"self\": true}]}"},
	{"POST /v1/wait", 504, "{\"exit\": 124, \"message\": \"the cluster is still busy\"}"},
	{"POST /v1/forget", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{"POST /v1/cib", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{NULL},
};
static const struct fake_answer young[] = {
	{"GET /v1/status", 200, "{\"view\": \"agreeing\", \"quorate\": true, \"members\": []}"},
	{NULL},
};
static const struct fake_answer leading[] = {
	{"GET /v1/status", 200,
	 "{\"view\": \"agreed\", \"leader\": \"idle\", \"members\": [{\"id\": 1, \"name\": \"n1\", \"leader\": true, "
	 "\"self\": true}]}"},
	{NULL},
};

/* What was "asked" is what is in the file then. */
static void run_file(const struct tool_case *c)
{
	struct file_world *w = file_world_new(cib, NULL);
	char *now = NULL;
	world_run(&w->cli, c->words, NULL, w->environment);
	assert_true(g_file_get_contents(w->path, &now, NULL, NULL));
	tool_check(c, &w->cli, now);
	g_free(now);
	file_world_free(w);
}

static void run_files(const struct tool_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		run_file(&cases[i]);
}

static void test_errors(void **state)
{
	static const struct tool_case cases[] = {
		{"crm_error 201", 0, "Error\n", "", NULL},
		{"crm_error -n 201 202", 0,
		 "pcmk_err_generic - Error\npcmk_err_no_quorum - Operation requires quorum\n", "", NULL},
		{"crm_error -n 5", 0, "EIO - Input/output error\n", "", NULL},
		{"crm_error -rn -- -1005", 0, "pcmk_rc_node_unknown - Node not found\n", "", NULL},
		{"crm_error -rn -- -10000", 0, "Unknown - Error\n", "", NULL},
		{"crm_error -X 102", 0, "Not connected\n", "", NULL},
		{"crm_error -Xn 63", 0, "CRM_EX_UNKNOWN - Unknown exit status\n", "", NULL},
		{"crm_error -V 0", 0, "    0: OK\n", "", NULL},
		{"crm_error -X", 0, "  124: Timeout occurred\n", "", NULL},
		{"crm_error -rln", 0, "-1043: pcmk_rc_digest_mismatch     Digest does not match expected value\n", "",
		 NULL},
		{"crm_error --output-as=xml -n 5", 0,
		 "  <result-code code=\"5\" name=\"EIO\" description=\"Input/output error\"/>\n", "", NULL},
		{"crm_error five", 64, "", "'five' is no number", NULL},
	};
	(void)state;
	run_files(cases, G_N_ELEMENTS(cases));
}

static void test_admin(void **state)
{
	static const struct tool_case live[] = {
		{"crmadmin -D", 0, "Designated Controller is: n1\n", "", NULL},
		{"crmadmin -D --output-as=xml", 0, "  <dc node_name=\"n1\"/>\n", "", NULL},
		{"crmadmin -qD", 0, "n1\n", "", NULL},
		{"crmadmin -S n1", 0, "Controller on n1 in state S_TRANSITION_ENGINE: ok\n", "", "POST /v1/wait"},
		{"crmadmin -S n2", 0, "Controller on n2 in state S_NOT_DC: ok\n", "", NULL},
		{"crmadmin -S n3", 124, "", "it is no member", NULL},
		{"crmadmin -P", 0, "Status of pacemakerd: 'Pacemaker is running' (last updated 2023-11-", "", NULL},
		{"crmadmin -Pq", 0, "running\n", "", NULL},
		{"crmadmin -t 100ms --version", 0, "Pacemaker 3.", "", NULL},
	};
	static const struct tool_case files[] = {
		{"crmadmin -N", 0,
		 "cluster node: n1 (1)\ncluster node: n2 (2)\nguest node: guest (guest)\nremote node: far (far)\n", "",
		 NULL},
		{"crmadmin -N guest", 0, "guest node: guest (guest)\n", "", NULL},
		{"crmadmin -N=cluster,remote -B", 64, "", "is no type of nodes", NULL},
		{"crmadmin --nodes=cluster,remote -B", 0, "export n1=1\nexport n2=2\nexport far=far\n", "", NULL},
		{"crmadmin -N --output-as=xml", 0, "    <node type=\"cluster\" name=\"n1\" id=\"1\"/>\n", "", NULL},
		{"crmadmin", 64, "", "error: Must specify a command option", NULL},
		{"crmadmin -D more", 64, "", "one word too many", NULL},
		{"crmadmin -D -t soon", 64, "", "is no time", NULL},
	};
	static const struct tool_case first = {"crmadmin -D", 114, "Designated Controller is: not yet elected\n",
					       "DC is not yet elected", NULL};
	static const struct tool_case idle = {"crmadmin -S n1", 0, "S_IDLE: ok\n", "", NULL};
	(void)state;
	tool_run_cases(live, G_N_ELEMENTS(live), answers, NULL);
	run_files(files, G_N_ELEMENTS(files));
	tool_run(&first, young, NULL);
	tool_run(&idle, leading, NULL);
}

static void test_failcount(void **state)
{
	static const struct tool_case files[] = {
		{"crm_failcount -G -r web -N n2", 0, "scope=status  name=fail-count-web value=5\n", "", NULL},
		{"crm_failcount -G -r web -N n1", 0, "value=0\n", "", NULL},
		{"crm_failcount -G -r far -N n2 -q", 0, "INFINITY\n", "", NULL},
		{"crm_failcount -G -r web -N n2 -n monitor -I 10s", 0,
		 "scope=status  name=fail-count-web#monitor_10000 value=2\n", "", NULL},
		{"crm_failcount -G -r web -N n9", 105, "", "the cluster has no node n9", NULL},
		{"crm_failcount -D -r web -N n2", 0, "Dry run: skipping clean-up of web on n2 due to CIB_file\n", "",
		 NULL},
		{"crm_failcount -r web", 64, "", "must specify a command", NULL},
		{"crm_failcount -G", 64, "", "resource name required", NULL},
		{"crm_failcount -G -r web -I 5", 64, "", "--interval needs", NULL},
		{"crm_failcount -G -r web -n monitor -I often", 64, "", "must be a time", NULL},
	};
	static const struct tool_case live[] = {
		{"crm_failcount -D -r web", 0, "Cleaned up web on n2\n", "",
		 "POST /v1/forget {\"what\":\"failures\",\"resource\":\"web\",\"node\":\"n2\",\"interval_ms\":0}"},
		{"crm_failcount -v 0 -r web -N n1 -n monitor -I 10", 0, "Cleaned up web on n1\n", "",
		 "\"operation\":\"monitor\",\"interval_ms\":10000}"},
	};
	(void)state;
	run_files(files, G_N_ELEMENTS(files));
	tool_run_cases(live, G_N_ELEMENTS(live), answers, NULL);
}

static void test_options(void **state)
{
	static const struct tool_case cases[] = {
		{"crm_attribute --list-options=cluster", 0, "Pacemaker cluster options\n\nAlso known as properties", "",
		 NULL},
		{"crm_attribute --list-options=cluster", 0,
		 "\n  * fencing-action: what is done to lost nodes\n    * Possible values: \"reboot\" (default), "
		 "\"off\"\n",
		 "", NULL},
		{"crm_attribute -L cluster", 0,
		 "    * Possible values (generated by Pacemaker): version (no default)\n", "", NULL},
		{"crm_attribute -L cluster -a", 0, "\n  * ADVANCED OPTIONS:\n", "", NULL},
		{"crm_attribute -L cluster --all", 0,
		 "\n  * DEPRECATED OPTIONS (will be removed in a future release):\n", "", NULL},
		{"crm_attribute -L cluster --output-as=xml", 0,
		 "      <parameter name=\"stonith-enabled\" advanced=\"1\" generated=\"0\">\n        <deprecated>\n    "
		 "      "
		 "<replaced-with name=\"fencing-enabled\"/>\n        </deprecated>\n",
		 "", NULL},
		{"crm_attribute -L cluster --output-as=xml", 0,
		 "        <content type=\"duration\" default=\"20s\"/>\n", "", NULL},
		{"crm_attribute -L fence", 64, "", "Invalid --list-options value 'fence'. Allowed values: cluster",
		 NULL},
	};
	static const struct listed_option one[] = {{.name = "a", .type = "string", .text = "what it is"}, {0}};
	struct cli_world w = {0};
	char *out = NULL;
	size_t size;
	struct program_io io = {.out = open_memstream(&out, &size), .arena = &w.arena};
	struct pacemaker_result r;
	(void)state;
	run_files(cases, G_N_ELEMENTS(cases));
	result_open(&r, &io, &(struct command_line){.form = FORM_TEXT}, "test");
	option_list_show(&r, "x", "X", "all of it", one, true);
	assert_int_equal(result_close(&r, EXIT_OK), EXIT_OK);
	(void)fclose(io.out);
	assert_string_equal(out,
			    "X\n\nall of it\n\n  * a\n    * what it is\n    * Possible values: string (no default)\n");
	free(out);
	world_fini(&w);
}

static void test_monitor(void **state)
{
	static const struct tool_case files[] = {
		{"crm_mon -1 --node=n1 --exclude=all --include=nodes", 0,
		 "Node List:\n  * Node n1: UNCLEAN (offline)\n", "", NULL},
		{"crm_mon -1 -r --resource=web --exclude=all --include=resources", 0,
		 "Full List of Resources:\n  * web\t(ocf:test:thing):\t Stopped\n", "", NULL},
		{"crm_mon --output-as=html --html-title=A&B", 0,
		 "<title>A&amp;B</title>\n</head>\n<body>\n<h2>Cluster Summary</h2>\n<ul>\n<li>Stack: ", "", NULL},
		{"crm_mon --output-as=html --html-stylesheet=x.css", 0, "<link rel=\"stylesheet\" href=\"x.css\">\n",
		 "", NULL},
		{"crm_mon --output-as=html --html-cgi", 0, "Content-Type: text/html\n\n<!DOCTYPE html>\n", "", NULL},
		{"crm_mon -1 --html-title=x", 64, "", "need --output-as=html", NULL},
		{"crm_mon -d", 64, "", "--daemonize needs --output-to", NULL},
		{"crm_mon -1 --include=list", 64, "", "sections are: default, none, all, attributes, bans", NULL},
		{"crm_mon -1 --fence-history=4", 64, "", "'4' is none of 0, 1, 2 and 3", NULL},
		{"crm_mon -1 --fence-history=all", 64, "", "'all' is none of 0, 1, 2 and 3", NULL},
		{"crm_mon -1 --include=nothing", 64, "", "'nothing' is no section", NULL},
		{"crm_mon -1 -E /bin/true", 64, "", "hale alert create", NULL},
		{"crm_mon -1 -W --exclude=all --include=maint-mode,fencing-pending", 0, "", "", NULL},
	};
	(void)state;
	run_files(files, G_N_ELEMENTS(files));
}

static void test_secrets(void **state)
{
	static const struct {
		const char *words, *input;
		int code;
		const char *out, *err, *then; /* then: something that the configuration has afterwards */
	} steps[] = {
		{"cibsecret set web password geheim", NULL, 0, "", "", "name=\"password\" value=\"lrm://\""},
		{"cibsecret get web password", NULL, 0, "geheim\n", "", NULL},
		{"cibsecret check web password", NULL, 0, "", "", NULL},
		{"cibsecret stash web password", NULL, 108, "", "already set as secret", NULL},
		{"cibsecret set web password", "from input\n", 0, "", "", NULL},
		{"cibsecret get web password", NULL, 0, "from input\n", "", NULL},
		{"cibsecret unstash web password", NULL, 0, "", "", "name=\"password\" value=\"from input\""},
		{"cibsecret get web password", NULL, 78, "", "not set as secret", NULL},
		{"cibsecret unstash web password", NULL, 105, "", "nothing to unstash", NULL},
		{"cibsecret set web password other", NULL, 78, "", "another value", NULL},
		{"cibsecret stash web password", NULL, 0, "", "", "name=\"password\" value=\"lrm://\""},
		{"cibsecret delete web password", NULL, 0, "", "", "id=\"web\""},
		{"cibsecret check web password", NULL, 78, "", "nothing to check", NULL},
		{"cibsecret stash web password", NULL, 105, "", "nothing to stash", NULL},
		{"cibsecret -C set lone password x", NULL, 0, "", "", NULL},
		{"cibsecret -C get lone password", NULL, 0, "x\n", "", NULL},
		{"cibsecret -C delete lone password", NULL, 0, "", "", NULL},
		{"cibsecret -C check lone password", NULL, 105, "", "no checksum", NULL},
		{"cibsecret get nix password", NULL, 105, "", "no such resource", NULL},
		{"cibsecret get ../web password", NULL, 64, "", "no files", NULL},
		{"cibsecret get web", NULL, 64, "", "Usage: cibsecret get RESOURCE PARAMETER", NULL},
		{"cibsecret -C sync", NULL, 64, "", "cannot be had with -C", NULL},
		{"cibsecret sync", NULL, 0, "", "", NULL},
		{"cibsecret set web password", NULL, 64, "", "not empty", NULL},
		{"cibsecret set web password", "blank \n", 0, "", "", "name=\"password\" value=\"lrm://\""},
		{"cibsecret get web password", NULL, 0, "blank \n", "", NULL},
		{"cibsecret set web password", "one\r\n", 64, "", "one line", NULL},
		{"cibsecret delete web password", NULL, 0, "", "", NULL},
		{"cibsecret nix", NULL, 64, "", "Invalid subcommand given", NULL},
		{"cibsecret", NULL, 64, "", "Must specify", NULL},
	};
	struct cli_world w = {0};
	char folder[] = "/tmp/hale-secrets-XXXXXX", *now = NULL;
	(void)state;
	assert_non_null(mkdtemp(folder));
	const char *path = arena_printf(&w.arena, "%s/cib.xml", folder);
	assert_true(g_file_set_contents(path, cib, -1, NULL));
	const char *const environment[] = {arena_printf(&w.arena, "CIB_file=%s", path),
					   arena_printf(&w.arena, "HALE_SECRETS=%s", folder), NULL};
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		world_run(&w, steps[i].words, steps[i].input, environment);
		assert_true(g_file_get_contents(path, &now, NULL, NULL));
		bool right = w.code == steps[i].code && strcmp(w.out, steps[i].out) == 0 &&
			     strstr(w.err, steps[i].err) != NULL &&
			     (steps[i].then == NULL || strstr(now, steps[i].then) != NULL);
		if (!right)
			print_error("%s: %d\n%s%s%s", steps[i].words, w.code, w.out, w.err, now);
		assert_true(right);
		g_free(now);
	}
	(void)unlink(path);
	(void)rmdir(arena_printf(&w.arena, "%s/web", folder));
	(void)rmdir(arena_printf(&w.arena, "%s/lone", folder));
	assert_int_equal(rmdir(folder), 0); /* no secret is left */
	world_fini(&w);
}

/* In a process of its own, since the one that goes to the background ends; its exit code. */
static int run_apart(const char *words, const char *const *environment)
{
	int status = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct cli_world w = {0};
		world_run(&w, words, NULL, environment);
		_exit(w.code);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_daemon(void **state)
{
	char folder[] = "/tmp/hale-monitor-XXXXXX", *text = NULL;
	struct arena a = {0};
	(void)state;
	assert_non_null(mkdtemp(folder));
	const char *const files[] = {arena_printf(&a, "%s/cib.xml", folder), arena_printf(&a, "%s/page", folder),
				     arena_printf(&a, "%s/pid", folder)};
	const char *const environment[] = {arena_printf(&a, "CIB_file=%s", files[0]), NULL};
	const char *words =
		arena_printf(&a, "crm_mon -d -i 1 --output-as=html --output-to=%s -p %s", files[1], files[2]);
	assert_true(g_file_set_contents(files[0], cib, -1, NULL));
	assert_int_equal(run_apart(arena_printf(&a, "%s/none/pid", words), environment), EXIT_CANNOT_CREATE);
	assert_int_equal(run_apart(words, environment), EXIT_OK);
	assert_true(g_file_get_contents(files[2], &text, NULL, NULL));
	pid_t pid = (pid_t)g_ascii_strtoll(text, NULL, 10);
	g_free(text);
	assert_true(pid > 1);
	/* It runs, and nobody takes its file from it. */
	assert_int_equal(run_apart(words, environment), EXIT_CANNOT_CREATE);
	bool is_whole = false;
	for (int i = 0; i < 100 && !is_whole; i++) {
		g_usleep(G_USEC_PER_SEC / 20);
		if (g_file_get_contents(files[1], &text, NULL, NULL))
			is_whole = g_str_has_suffix(text, "</html>\n");
		g_free(text);
		text = NULL;
	}
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_true(is_whole);
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
		(void)unlink(files[i]);
	(void)rmdir(folder);
	arena_fini(&a);
}

static void test_tickets_shown(void **state)
{
	static const struct tool_case files[] = {
		{"crm_ticket -l", 0, "ticketA\trevoked\nticketB\tgranted last-granted=\"", "", NULL},
		{"crm_ticket -L -t ticketA", 0, "ticketA\trevoked\t(granted=false, standby=false, owner=1)\n", "",
		 NULL},
		{"crm_ticket -w", 0, "ticketA\nticketB\nticketN\n", "", NULL},
		{"crm_ticket -l --output-as=xml", 0,
		 "<ticket id=\"ticketB\" status=\"granted\" standby=\"false\" last-granted=\"", "", NULL},
		{"crm_ticket -l -t none", 105, "", "crm_ticket: No such ticket 'none'", NULL},
		{"crm_ticket -q -t ticketA", 0,
		 "State XML:\n\n<ticket_state id=\"ticketA\" granted=\"false\" standby=\"false\" owner=\"1\"/>\n", "",
		 NULL},
		{"crm_ticket -q --output-as=xml", 0, "    <ticket id=\"ticketA\" granted=\"false\"", "", NULL},
		{"crm_ticket -q -t none", 105, "", "Could not query ticket XML: No such device or address", NULL},
		{"crm_ticket -c -t ticketA", 0,
		 "Constraints XML:\n\n<rsc_ticket id=\"t1\" rsc=\"web\" ticket=\"ticketA\" loss-policy=\"stop\"/>\n",
		 "", NULL},
		{"crm_ticket -c --output-as=xml", 0, "    <resource id=\"web\"/>\n", "", NULL},
		{"crm_ticket -t ticketA -G owner", 0, "1\n", "", NULL},
		{"crm_ticket -t ticketA -G owner --output-as=xml", 0, "<attribute name=\"owner\" value=\"1\"/>", "",
		 NULL},
		{"crm_ticket -t ticketA -G none -d 7", 0, "7\n", "", NULL},
		{"crm_ticket -t ticketA -G none", 105, "", "", NULL},
		{"crm_ticket -G owner", 105, "", "Must supply ticket ID", NULL},
	};
	(void)state;
	run_files(files, G_N_ELEMENTS(files));
}

static void test_tickets_changed(void **state)
{
	static const struct tool_case files[] = {
		{"crm_ticket -t ticketA -g", 107, "", "has been already granted elsewhere",
		 "granted=\"false\" standby"},
		{"crm_ticket -t ticketB -r", 107, "", "Ticket modification not allowed without --force", NULL},
		{"crm_ticket -t ticketB -D granted", 107, "", "can trigger the specified 'loss-policy'(s)", NULL},
		{"crm_ticket -t ticketA -g -f", 0, "", "",
		 "<ticket_state id=\"ticketA\" granted=\"true\" standby=\"false\" owner=\"1\" "
		 "last-granted=\"1700000000\"/>"},
		{"crm_ticket -t ticketA -s", 0, "", "", "granted=\"false\" standby=\"true\" owner=\"1\""},
		{"crm_ticket -t new -S owner -v 3 -v 4 -S term -a", 0, "", "",
		 "<ticket_state id=\"new\" standby=\"false\" owner=\"3\" term=\"4\"/>"},
		{"crm_ticket -t ticketA -D owner -S term -v 5", 0, "", "",
		 "<ticket_state id=\"ticketA\" granted=\"false\" standby=\"false\" term=\"5\"/>"},
		{"crm_ticket -t none -D owner", 105, "", "Could not modify ticket: No such device or address", NULL},
		{"crm_ticket -t ticketA -C", 0, "Cleaned up ticketA\n", "",
		 "<tickets>\n      <ticket_state id=\"ticketB\""},
		{"crm_ticket -t ticketB -C", 4, "", "please specify --force", "id=\"ticketB\""},
		{"crm_ticket -t none -C", 105, "", "No such ticket 'none'", NULL},
		{"crm_ticket -t ticketA -S owner", 64, "", "Must supply value with -v for -S owner", NULL},
		{"crm_ticket -t ticketA -S a<b -v 1", 64, "", "cannot be called a<b", NULL},
		{"crm_ticket -t ticketA", 64, "", "Must supply a command", NULL},
		{"crm_ticket -g", 64, "", "Must supply ticket ID with -t", NULL},
		{"crm_ticket -g -t a'b", 64, "", "no ticket's ID", NULL},
	};
	static const struct tool_case live = {
		"crm_ticket -t ticketA -g -f", 0, "", "",
		"POST /v1/cib?op=modify&scope=status&client=crm_ticket&allow-create=true"};
	(void)state;
	run_files(files, G_N_ELEMENTS(files));
	tool_run(&live, answers, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),          cmocka_unit_test(test_admin),
		cmocka_unit_test(test_failcount),       cmocka_unit_test(test_tickets_shown),
		cmocka_unit_test(test_tickets_changed), cmocka_unit_test(test_options),
		cmocka_unit_test(test_monitor),         cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_daemon),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
