/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonith_admin, with fence agents of our own making and a manager that is played. */
#include "cli/fence-record.h"
#include "cli/fence-run.h"
#include "cli/stonith-task.h"
#include "tool-world.h"

#include <sys/stat.h>

#define DEVICE(id, parameters)                                                                                 \
	"<primitive id=\"" id "\" class=\"stonith\" type=\"fence_test\"><instance_attributes id=\"" id "-i\">" \
	"<nvpair id=\"" id "-x\" name=\"ip\" value=\"" id "\"/>" parameters "</instance_attributes></primitive>"

static const char cib[] = "<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"0\" epoch=\"5\" "
			  "num_updates=\"3\"><configuration><crm_config/>"
			  "<nodes><node id=\"1\" uname=\"n1\"/><node id=\"2\" uname=\"n2\"/></nodes><resources>" DEVICE(
				  "listed", "<nvpair id=\"l\" name=\"pcmk_host_list\" value=\"n1,n2 n3\"/>")
				  DEVICE("mapped", "<nvpair id=\"m\" name=\"pcmk_host_map\" value=\"n2:1;n4:2,3\"/>")
					  DEVICE("asked", "<nvpair id=\"d\" name=\"pcmk_host_check\" "
							  "value=\"dynamic-list\"/>") "</resources><constraints/></"
										      "configuration><status/></cib>";

static const char agent[] = "#!/bin/sh\n"
			    "while read -r line; do eval \"$line\"; done\n"
			    "case $action in\n"
			    "metadata) echo '<resource-agent name=\"fence_test\"/>';;\n"
			    "list) echo n1,alias; echo n7;;\n"
			    "monitor) test $ip = listed || { echo \"no $ip\" >&2; exit 1; };;\n"
			    "validate-all) echo looked; test -n \"$ip\" || { echo 'ip is missing' >&2; exit 1; }; test "
			    "$ip != slow || exec sleep "
			    "30;;\n"
			    "esac\n";

static const struct fake_answer answers[] = {
	{"GET /v1/cib?xpath", 200, "<node id=\"2\" uname=\"n2\"/>"},
	{"GET /v1/cib", 200, cib},
	{"GET /v1/fences", 200,
	 "[{\"target\": \"n3\", \"action\": \"off\", \"when_ms\": 1700000002000, \"member\": \"n1\", \"client\": "
	 "\"root\", \"succeeded\": false, \"pending\": true}, "
	 "{\"target\": \"n2\", \"action\": \"reboot\", \"why\": \"no answer\", \"when_ms\": 1700000001000, "
	 "\"member\": "
	 "\"n1\", \"client\": \"root\"}, {\"target\": \"n2\", \"action\": \"reboot\", \"when_ms\": 1700000000000, "
	 "\"member\": "
	 "\"n1\", \"client\": \"root\"}, {\"target\": \"n1\", \"action\": \"off\", \"when_ms\": 1600000000000}]"},
	{"POST /v1/forget", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{"POST /v1/fences", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{NULL},
};
static const struct fake_answer failing[] = {
	{"POST /v1/fences", 500, "{\"exit\": 1, \"message\": \"no device can fence n2\"}"},
	{NULL},
};

struct agents {
	char folder[64], path[96], variable[96];
};

static int setup(void **state)
{
	struct agents *a = g_new0(struct agents, 1);
	(void)g_strlcpy(a->folder, "/tmp/hale-fence-XXXXXX", sizeof(a->folder));
	assert_non_null(mkdtemp(a->folder));
	(void)snprintf(a->path, sizeof(a->path), "%s/fence_test", a->folder);
	(void)snprintf(a->variable, sizeof(a->variable), "HALE_FENCE_PATH=%s", a->folder);
	assert_true(g_file_set_contents(a->path, agent, -1, NULL));
	assert_int_equal(chmod(a->path, 0755), 0);
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct agents *a = *state;
	(void)unlink(a->path);
	(void)rmdir(a->folder);
	g_free(a);
	return 0;
}

static void run_cases(const struct agents *a, const struct tool_case *cases, size_t count,
		      const struct fake_answer *from)
{
	const char *const variables[] = {a->variable, "OCF_RESKEY_ip=far", NULL};
	tool_run_cases(cases, count, from, variables);
}

static void test_devices(void **state)
{
	static const struct tool_case cases[] = {
		{"stonith_admin -L", 0, "listed\nmapped\nasked\n3 fence devices found\n", "", NULL},
		{"stonith_admin -l n2", 0, "listed\nmapped\n2 fence devices found\n", "", NULL},
		{"stonith_admin -l n7", 0, "asked\n1 fence device found\n", "", NULL},
		{"stonith_admin -l n9 --output-as=xml", 0, "<list name=\"registered fence devices\" count=\"0\"/>", "",
		 NULL},
		{"stonith_admin -I", 0, "fence_test\n1 fence device found\n", "", NULL},
		{"stonith_admin -I --output-as=xml", 0, "    <item name=\"device\">fence_test</item>\n", "", NULL},
		{"stonith_admin -s listed", 0, "n1\nn2\nn3\n3 fence targets found\n", "", NULL},
		{"stonith_admin -s mapped", 0, "n2\nn4\n", "", NULL},
		{"stonith_admin -s asked", 0, "n1\nn7\n2 fence targets found\n", "", NULL},
		{"stonith_admin -s none", 105, "", "there is no enabled fence device none", NULL},
		{"stonith_admin -Q listed", 0, "", "", NULL},
		{"stonith_admin -Q mapped", 1, "", "mapped does not answer: no mapped", NULL},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases), answers);
}

static void test_agents(void **state)
{
	static const struct tool_case cases[] = {
		{"stonith_admin -M -a fence_test", 0, "<resource-agent name=\"fence_test\"/>\n", "", NULL},
		{"stonith_admin -M -a fence_none", 105, "", "Can't get fence agent meta-data: No such device", NULL},
		{"stonith_admin -M -a ../fence_test", 105, "", "No such device", NULL},
		{"stonith_admin -K -a fence_test -o ip=1", 0, "Validation of fence_test succeeded\nlooked\n", "", NULL},
		{"stonith_admin -K -a fence_test -e ip", 0, "succeeded", "", NULL},
		{"stonith_admin -K -a fence_test", 1, "Validation of fence_test failed\nlooked\n\nip is missing\n", "",
		 NULL},
		{"stonith_admin -K -a fence_test -q", 1, "", "", NULL},
		{"stonith_admin -K -a fence_test -o ip=slow -t 1", 124, "it did not end within 1 s", "", NULL},
		{"stonith_admin -K -a fence_none", 105, "Validation of fence_none failed\nAgent fence_none not found\n",
		 "", NULL},
		{"stonith_admin -K -a fence_test --output-as=xml", 1,
		 "<output source=\"stderr\">ip is missing\n</output>", "", NULL},
		{"stonith_admin -K", 64, "", "Please specify an agent", NULL},
		{"stonith_admin -K -a fence_test -o ip", 64, "", "it must be NAME=VALUE", NULL},
		{"stonith_admin -K -a fence_test -e none", 2, "", "OCF_RESKEY_none is not set", NULL},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases), answers);
}

static void test_fencing(void **state)
{
	static const struct tool_case cases[] = {
		{"stonith_admin -B n2", 0, "", "",
		 "{\"node\":\"n2\",\"action\":\"reboot\",\"timeout_ms\":120000,\"delay_ms\":0,\"client\":\"stonith_"
		 "admin\"}"},
		{"stonith_admin --tolerance 5s --tag drbd --fence n2", 0, "", "",
		 "\"action\":\"off\",\"timeout_ms\":120000,\"delay_ms\":0,\"tolerance_ms\":5000,\"client\":\"stonith_"
		 "admin.drbd\""},
		{"stonith_admin -U n2 -t 7 -y -1", 0, "", "", "\"action\":\"on\",\"timeout_ms\":7000,\"delay_ms\":-1"},
		{"stonith_admin -C n2", 0, "", "", "\"action\":\"off\",\"confirm\":true,\"client\":\"stonith_admin\""},
		{"stonith_admin -F n2 -t soon", 64, "", "for -t out of range", NULL},
		{"stonith_admin -F n2 -y -2", 64, "", "for -y out of range", NULL},
		{"stonith_admin -F n2 --tolerance ever", 64, "", "is no time", NULL},
		{"stonith_admin -F n2 -c", 64, "", "--cleanup needs --history", NULL},
		{"stonith_admin -R d -a fence_test", 3, "", "`hale stonith create` changes it", NULL},
		{"stonith_admin -D d", 3, "", "`hale stonith delete`", NULL},
		{"stonith_admin -r n1 -i 1 -v d", 3, "", "`hale stonith level add`", NULL},
		{"stonith_admin -d n1 -i 1", 3, "", "`hale stonith level remove`", NULL},
		{"stonith_admin", 64, "", "no command was given", NULL},
	};
	static const struct tool_case fails = {"stonith_admin -F n2", 1, "",
					       "stonith_admin: Couldn't fence n2: no device can fence n2", NULL};
	run_cases(*state, cases, G_N_ELEMENTS(cases), answers);
	run_cases(*state, &fails, 1, failing);
}

static void test_history(void **state)
{
	static const struct tool_case cases[] = {
		{"stonith_admin -H *", 0,
		 "reboot of n2 successful: delegate=n1, client=root, origin=n1, last-successful='20", "", NULL},
		{"stonith_admin -H *", 0, "1 event found\n", "", NULL},
		{"stonith_admin -V -H *", 0, "reboot of n2 failed (no answer): delegate=n1, ", "", NULL},
		{"stonith_admin -V -H *", 0, "turning off of n3 pending: client=root, origin=n1\n", "", NULL},
		{"stonith_admin -V -H *", 0, "4 events found\n", "", NULL},
		{"stonith_admin -V -H n3 --output-as=xml", 0, "status=\"pending\"/>", "", NULL},
		{"stonith_admin -q -H n1", 0, "1600000000\n", "", NULL},
		{"stonith_admin -H n3", 0, "0 events found\n", "", NULL},
		{"stonith_admin -b -H n3", 0, "gather fencing-history from all nodes\n", "", NULL},
		{"stonith_admin -H n1 --output-as=xml", 0,
		 "  <list name=\"fencing history\" count=\"1\">\n    <fence_event action=\"off\" target=\"n1\"", "",
		 NULL},
		{"stonith_admin -H n2 -c", 0, "cleaning up fencing-history for node n2\n", "",
		 "POST /v1/forget {\"what\":\"fences\",\"node\":\"n2\"}"},
		{"stonith_admin -H * -c", 0, "cleaning up fencing-history for node *\n", "",
		 "POST /v1/forget {\"what\":\"fences\"}"},
		{"stonith_admin -h n2", 0, "Node n2 last fenced at: Tue Nov 14 2", "", NULL},
		{"stonith_admin -h 2 -n", 0, "Node 2 last fenced at: ", "", NULL},
		{"stonith_admin -h n3", 0, "Node n3 has never been fenced\n", "", NULL},
		{"stonith_admin -h n2 --output-as=xml", 0, "<last-fenced target=\"n2\" when=\"2023-11-14 2", "", NULL},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases), answers);
}

/* The parts by themselves. */
static void test_parts(void **state)
{
	const struct agents *a = *state;
	struct fake_manager fake;
	struct cli_world w = {.now = {1700000000u * UINT64_C(1000000000)}};
	struct fence_record_list list;
	struct fence_run_end end;
	struct error error = {0};
	fake_start(&fake, answers);
	const char *const environment[] = {a->variable, fake_environment(&fake)[0], NULL};
	struct program_io io = {.environment = environment, .arena = &w.arena, .now = w.now};
	struct stonith_task t = {.io = &io, .error = {.text = ""}};
	place_open(&t.place, &io, "test");
	assert_int_equal(fence_record_read(&t.place, &list, &error), EXIT_OK);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.events[1].when_ms, 1700000000000);
	fake_stop(&fake);
	assert_int_equal(fence_record_read(&t.place, &list, &error), EXIT_DISCONNECTED);
	assert_int_equal(fence_run(&io, "fence_test", NULL, "list", NULL, 5000, &end, &error), EXIT_OK);
	assert_string_equal(end.out, "n1,alias\nn7\n");
	assert_int_equal(stonith_fail(&t, EXIT_DATA, "%s is wrong", "it"), EXIT_DATA);
	assert_string_equal(t.error.text, "it is wrong");
	/* Every question ends so when nobody is there to be asked. */
	assert_int_equal(stonith_list(&t, NULL), EXIT_DISCONNECTED);
	assert_int_equal(stonith_list_targets(&t, "listed"), EXIT_DISCONNECTED);
	assert_int_equal(stonith_query(&t, "listed"), EXIT_DISCONNECTED);
	assert_int_equal(stonith_history(&t, "n1", false, false), EXIT_DISCONNECTED);
	assert_int_equal(stonith_last(&t, "n1", false), EXIT_DISCONNECTED);
	t.agent = "fence_none";
	t.timeout_ms = 1000;
	assert_int_equal(stonith_metadata(&t), EXIT_NO_SUCH);
	t.quiet = true;
	assert_int_equal(stonith_validate(&t), EXIT_NO_SUCH);
	assert_int_equal(stonith_list_installed(&t), EXIT_OK);
	fake_free(&fake);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_agents, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fencing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_history, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
