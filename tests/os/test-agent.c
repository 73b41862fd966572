/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/agent.h"

#include "os/owner.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A machine with agents of each class, below a folder of the test. */
static struct {
	char dir[64], ocf[80], lsb[80], fence[160], secrets[80], units[80];
	struct agent_places places;
	struct arena arena;
	struct agent_call call;
	struct agent_refusal no;
	struct table *parameters;
} w;

static void file_put(const char *name, const char *content, mode_t mode)
{
	char path[200], command[300];

	(void)snprintf(path, sizeof path, "%s/%s", w.dir, name);
	(void)snprintf(command, sizeof command, "mkdir -p \"$(dirname '%s')\"", path);
	assert_int_equal(system(command), 0);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(content, f);
	(void)fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	(void)snprintf(w.dir, sizeof w.dir, "/tmp/test-agent-XXXXXX");
	if (mkdtemp(w.dir) == NULL)
		return -1;
	(void)snprintf(w.ocf, sizeof w.ocf, "%s/ocf", w.dir);
	(void)snprintf(w.lsb, sizeof w.lsb, "%s/init.d", w.dir);
	(void)snprintf(w.fence, sizeof w.fence, "%s/a:%s/b", w.dir, w.dir);
	(void)snprintf(w.secrets, sizeof w.secrets, "%s/secrets", w.dir);
	(void)snprintf(w.units, sizeof w.units, "%s/units", w.dir);
	w.places = agent_places_usual();
	assert_string_equal(w.places.ocf_root, "/usr/lib/ocf");
	w.places.ocf_root = w.ocf;
	w.places.lsb_dir = w.lsb;
	w.places.fence_path = w.fence;
	w.places.secrets = w.secrets;
	w.places.unit_path = w.units;
	w.places.has_systemd = true;
	file_put("ocf/resource.d/heartbeat/IPaddr2", "#!/bin/sh\n", 0755);
	file_put("ocf/resource.d/heartbeat/unready", "#!/bin/sh\n", 0644);
	file_put("ocf/resource.d/heartbeat/folder/x", "", 0644);
	file_put("init.d/web", "#!/bin/sh\n", 0755);
	file_put("b/fence_x", "#!/bin/sh\n", 0755);
	file_put("alert.sh", "#!/bin/sh\n", 0755);
	file_put("units/db.service", "", 0644);
	w.parameters = table_new(&w.arena);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	arena_fini(&w.arena);
	(void)snprintf(command, sizeof command, "rm -rf %s", w.dir);
	return system(command);
}

static bool prepare(const char *class_, const char *provider, const char *type, const char *action)
{
	const struct operation op = {.id = 1,
				     .rsc = "vip:0",
				     .class_ = class_,
				     .provider = provider,
				     .type = type,
				     .action = action,
				     .parameters = w.parameters};

	w.no = (struct agent_refusal){0};
	return agent_prepare(&w.places, &op, &w.arena, &w.call, &w.no);
}

static void is_prepared(const char *class_, const char *provider, const char *type, const char *action)
{
	if (!prepare(class_, provider, type, action))
		fail_msg("%s", w.no.reason);
}

static void is_refused(enum agent_result rc, enum outcome status, const char *reason)
{
	assert_int_equal(w.no.rc, rc);
	assert_int_equal(w.no.status, status);
	if (strstr(w.no.reason, reason) == NULL)
		fail_msg("%s", w.no.reason);
}

static const char *env(const char *name)
{
	size_t n = strlen(name);

	for (char **e = w.call.env; *e != NULL; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

static const char *path_of(const char *name)
{
	return arena_printf(&w.arena, "%s/%s", w.dir, name);
}

static void test_ocf(void **state)
{
	(void)state;
	(void)setenv("NOTIFY_SOCKET", "/run/x", 1);
	(void)setenv("LC_ALL", "xx", 1);
	(void)setenv("PCMK_debug", "yes", 1);
	table_set(w.parameters, "ip", "192.0.2.7");
	table_set(w.parameters, "CRM_meta_timeout", "20000");
	table_set(w.parameters, "OCF_CHECK_LEVEL", "10");
	table_set(w.parameters, "none", NULL);
	is_prepared("ocf", "heartbeat", "IPaddr2", "start");
	assert_string_equal(w.call.path, path_of("ocf/resource.d/heartbeat/IPaddr2"));
	assert_string_equal(w.call.argv[0], w.call.path);
	assert_string_equal(w.call.argv[1], "start");
	assert_null(w.call.argv[2]);
	static const char *const wanted[][2] = {
		{"OCF_RESKEY_ip", "192.0.2.7"},
		{"OCF_RESKEY_CRM_meta_timeout", "20000"},
		{"OCF_CHECK_LEVEL", "10"},
		{"OCF_RESKEY_OCF_CHECK_LEVEL", NULL},
		{"OCF_RESKEY_none", NULL},
		{"OCF_RA_VERSION_MAJOR", "1"},
		{"OCF_RA_VERSION_MINOR", "1"},
		{"OCF_RESOURCE_INSTANCE", "vip:0"},
		{"OCF_RESOURCE_TYPE", "IPaddr2"},
		{"OCF_RESOURCE_PROVIDER", "heartbeat"},
		{"LC_ALL", "C"},
		{"NOTIFY_SOCKET", NULL},
		{"PCMK_debug", "yes"},
		{"OCF_EXIT_REASON_PREFIX", "ocf-exit-reason:"},
	};
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		const char *value = env(wanted[i][0]);

		if ((value == NULL) != (wanted[i][1] == NULL) || (value != NULL && strcmp(value, wanted[i][1]) != 0))
			fail_msg("%s is %s", wanted[i][0], value);
	}
	assert_string_equal(env("OCF_ROOT"), w.ocf);
	assert_non_null(env("PATH"));
	is_prepared("ocf", "heartbeat", "IPaddr2", "metadata");
	assert_string_equal(w.call.argv[1], "meta-data");
}

static void test_ocf_refused(void **state)
{
	(void)state;
	assert_false(prepare("ocf", "heartbeat", "nothere", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "No such file");
	assert_false(prepare("ocf", NULL, "IPaddr2", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "ocf::IPaddr2 names no agent");
	assert_false(prepare("ocf", "..", "IPaddr2", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "names no agent");
	assert_false(prepare("ocf", "heartbeat", "../../x", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "names no agent");
	assert_false(prepare("ocf", "heartbeat", "unready", "start"));
	is_refused(RESULT_NO_PRIVILEGE, EXECUTION_ERROR, "Permission denied");
	assert_false(prepare("ocf", "heartbeat", "folder", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "Is a directory");
	assert_false(prepare("heartbeat", NULL, "IPaddr2", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "there is no class of agents \"heartbeat\"");
}

static void test_lsb(void **state)
{
	(void)state;
	is_prepared("lsb", NULL, "web", "monitor");
	assert_string_equal(w.call.path, path_of("init.d/web"));
	assert_string_equal(w.call.argv[1], "status");
	is_prepared("lsb", NULL, "web", "start");
	assert_string_equal(w.call.argv[1], "start");
	assert_false(prepare("lsb", NULL, "web", "promote"));
	is_refused(RESULT_UNIMPLEMENTED, EXECUTION_NOT_SUPPORTED, "cannot promote");
	assert_false(prepare("lsb", NULL, "../web", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "names no init script");
	assert_false(prepare("lsb", NULL, "mail", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "No such file");
}

static void test_service(void **state)
{
	(void)state;
	is_prepared("service", NULL, "db", "start");
	assert_string_equal(w.call.unit, "db");
	assert_string_equal(w.call.class_, "systemd");
	is_prepared("service", NULL, "web", "start");
	assert_null(w.call.unit);
	assert_string_equal(w.call.class_, "lsb");
	is_prepared("systemd", NULL, "anything", "start"); /* systemd itself knows whether it is there */
	w.places.has_systemd = false;
	assert_false(prepare("systemd", NULL, "db", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "systemd does not run this machine");
	assert_false(prepare("service", NULL, "db", "start"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "init.d/db");
}

static void test_stonith(void **state)
{
	(void)state;
	table_set(w.parameters, "ip", "192.0.2.9");
	table_set(w.parameters, "pcmk_host_list", "a b");
	table_set(w.parameters, "CRM_meta_timeout", "20000");
	table_set(w.parameters, "crm_feature_set", "3.20.5");
	table_set(w.parameters, "text", "a\nplug=other");
	is_prepared("stonith", NULL, "fence_x", "off");
	assert_string_equal(w.call.path, path_of("b/fence_x"));
	assert_null(w.call.argv[1]);
	assert_string_equal(w.call.input, "action=off\nip=192.0.2.9\n");
	assert_int_equal(w.call.input_size, strlen(w.call.input));
	is_prepared("stonith", NULL, "fence_x", "start");
	assert_string_equal(w.call.input, "action=monitor\nip=192.0.2.9\n");
	is_prepared("stonith", NULL, "fence_x", "meta-data");
	assert_string_equal(w.call.input, "action=metadata\nip=192.0.2.9\n");
	table_set(w.parameters, "pcmk_monitor_action", "list");
	is_prepared("stonith", NULL, "fence_x", "monitor");
	assert_string_equal(w.call.input, "action=list\nip=192.0.2.9\n");
	assert_false(prepare("stonith", NULL, "fence_y", "off"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "a/fence_y: No such file");
	assert_false(prepare("stonith", NULL, "/bin/sh", "off"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "names no fence agent");
}

static void test_alert(void **state)
{
	uint32_t uid, gid;

	(void)state;
	table_set(w.parameters, "CRM_alert_kind", "node");
	w.places.alert_user = "nobody";
	is_prepared("alert", NULL, path_of("alert.sh"), "alert");
	assert_null(w.call.argv[1]);
	assert_string_equal(env("CRM_alert_kind"), "node");
	if (geteuid() == 0) {
		assert_true(owner_lookup("nobody", false, &uid));
		assert_true(owner_group_of("nobody", &gid));
		assert_true(w.call.as_user);
		assert_int_equal(w.call.uid, uid);
		assert_int_equal(w.call.gid, gid);
		w.places.alert_user = "no-such-user";
		assert_false(prepare("alert", NULL, path_of("alert.sh"), "alert"));
		is_refused(RESULT_NO_PRIVILEGE, EXECUTION_ERROR, "there is no user no-such-user");
	}
	assert_false(owner_group_of("no-such-user", &gid));
	assert_false(prepare("alert", NULL, "alert.sh", "alert"));
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "must begin with /");
}

static void test_secrets(void **state)
{
	const char *file = arena_printf(&w.arena, "%s/vip/passwd", w.secrets);
	(void)state;
	table_set(w.parameters, "passwd", "lrm://");
	assert_false(prepare("ocf", "heartbeat", "IPaddr2", "start"));
	is_refused(RESULT_NOT_CONFIGURED, EXECUTION_NO_SECRETS, "cibsecret set vip passwd VALUE");
	file_put("secrets/vip/passwd", "s3cret\n", 0600);
	assert_false(prepare("ocf", "heartbeat", "IPaddr2", "start"));
	is_refused(RESULT_NOT_CONFIGURED, EXECUTION_NO_SECRETS, "passwd.sign");
	file_put("secrets/vip/passwd.sign", "00000000000000000000000000000000  -\n", 0600);
	assert_false(prepare("ocf", "heartbeat", "IPaddr2", "start"));
	is_refused(RESULT_NOT_CONFIGURED, EXECUTION_NO_SECRETS, "is not what");
	file_put("secrets/vip/passwd.sign", "33e1b232a4e6fa0028a6670753749a17  -\n", 0600); /* printf s3cret | md5sum */
	is_prepared("ocf", "heartbeat", "IPaddr2", "start");
	assert_string_equal(env("OCF_RESKEY_passwd"), "s3cret");
	file_put("secrets/vip/passwd", "blank \r\n", 0600);
	struct error error;
	assert_string_equal(agent_secret_text(file, &w.arena, &error), "blank ");
	assert_null(agent_secret_text("/nowhere/passwd", &w.arena, &error));
	assert_int_equal(error.code, ERR_NOT_FOUND);
	assert_true(agent_secret_is_signed("s3cret", "33e1b232a4e6fa0028a6670753749a17"));
	assert_true(agent_secret_is_signed("s3cret", "33e1b232a4e6fa0028a6670753749a17  -"));
	assert_false(agent_secret_is_signed("s3cret ", "33e1b232a4e6fa0028a6670753749a17"));
	file_put("secrets/vip/passwd", "s3cret\n", 0600);
	is_prepared("stonith", NULL, "fence_x", "off");
	assert_string_equal(w.call.input, "action=off\npasswd=s3cret\n");
	table_set(w.parameters, "../x", "lrm://");
	assert_false(prepare("ocf", "heartbeat", "IPaddr2", "start"));
	is_refused(RESULT_NOT_CONFIGURED, EXECUTION_NO_SECRETS, "such names have no files");
}

static void test_not_started(void **state)
{
	static const struct {
		int error;
		enum agent_result rc;
		enum outcome status;
		const char *words;
	} cases[] = {
		{ENOENT, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "the interpreter that its first line names"},
		{ENOEXEC, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "Exec format error"},
		{EACCES, RESULT_NO_PRIVILEGE, EXECUTION_ERROR, "Permission denied"},
		{ENOMEM, RESULT_UNKNOWN_ERROR, EXECUTION_ERROR, "Cannot allocate memory"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		agent_not_started(path_of("alert.sh"), cases[i].error, &w.arena, &w.no);
		is_refused(cases[i].rc, cases[i].status, cases[i].words);
	}
	agent_not_started("/nowhere/x", ENOENT, &w.arena, &w.no);
	is_refused(RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "/nowhere/x: No such file or directory");
}

static void test_results(void **state)
{
	static const struct {
		const char *class_, *action;
		int rc, result;
	} cases[] = {
		{"ocf", "monitor", 7, 7},   {"ocf", "start", 190, 190}, {"stonith", "status", 2, 2},
		{"lsb", "monitor", 0, 0},   {"lsb", "monitor", 1, 7},   {"lsb", "status", 2, 7},
		{"lsb", "monitor", 3, 7},   {"lsb", "monitor", 4, 1},   {"lsb", "monitor", 150, 5},
		{"lsb", "monitor", 151, 4}, {"lsb", "monitor", 199, 1}, {"lsb", "start", 5, 5},
		{"lsb", "start", 6, 6},     {"lsb", "stop", 7, 7},      {"lsb", "start", 8, 1},
		{"lsb", "start", 127, 1},   {"lsb", "start", -1, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(agent_result_of(cases[i].class_, cases[i].action, cases[i].rc), cases[i].result);
}

static void test_exit_reason(void **state)
{
	static char large[2 * OPERATION_REASON_MAX];

	(void)state;
	assert_null(agent_exit_reason("", &w.arena));
	assert_null(agent_exit_reason("ERROR: no disk\n", &w.arena));
	assert_null(agent_exit_reason("ocf-exit-reason:\n", &w.arena));
	assert_string_equal(agent_exit_reason("x\nocf-exit-reason:first\nocf-exit-reason:no disk\nmore\n", &w.arena),
			    "no disk");
	memset(large, 'x', sizeof large - 1);
	memcpy(large, "ocf-exit-reason:", 16);
	assert_int_equal(strlen(agent_exit_reason(large, &w.arena)), OPERATION_REASON_MAX - 1);
}

static void test_paths(void **state)
{
	(void)state;
	assert_string_equal(agent_path(&w.places, "ocf", "heartbeat", "IPaddr2", &w.arena),
			    path_of("ocf/resource.d/heartbeat/IPaddr2"));
	assert_string_equal(agent_path(&w.places, "stonith", NULL, "fence_x", &w.arena), path_of("b/fence_x"));
	assert_string_equal(agent_path(&w.places, "lsb", NULL, "web", &w.arena), path_of("init.d/web"));
	assert_null(agent_path(&w.places, "ocf", "heartbeat", "nothere", &w.arena));
	assert_null(agent_path(&w.places, "ocf", NULL, "IPaddr2", &w.arena));
	assert_null(agent_path(&w.places, "systemd", NULL, "db", &w.arena));
	assert_true(agent_is_metadata("metadata"));
	assert_true(agent_is_metadata("meta-data"));
	assert_false(agent_is_metadata("monitor"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ocf, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ocf_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lsb, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_service, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stonith, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_alert, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_secrets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_started, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_results, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_exit_reason, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_paths, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
