/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/environment.h"
#include "os/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void read_text(const char *text)
{
	char path[] = "/tmp/hale-environment-XXXXXX";
	struct error error;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(file_write_lasting(path, bytes_of(text, strlen(text)), 0600, &error), ERR_OK);
	environment_read(path);
	(void)unlink(path);
}

static void test_lines(void **state)
{
	static const struct {
		const char *line, *name, *value;
	} cases[] = {
		{"PCMK_a=1\n", "PCMK_a", "1"},
		{"  PCMK_b=two words \n", "PCMK_b", "two words"},
		{"export PCMK_c='a b'\n", "PCMK_c", "a b"},
		{"HALE_d=\"x\"\n", "HALE_d", "x"},
		{"#PCMK_e=1\n", "PCMK_e", NULL},
		{"PATH_f=1\n", "PATH_f", NULL},
		{"SBD_g=", "SBD_g", ""},
		{"OCF_h\n", "OCF_h", NULL},
		{"HA_i=\"half\n", "HA_i", "\"half"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_text(cases[i].line);
		const char *value = getenv(cases[i].name);
		if (cases[i].value == NULL)
			assert_null(value);
		else
			assert_string_equal(value, cases[i].value);
	}
	read_text("PCMK_a=2\n"); /* what is there stays */
	assert_string_equal(getenv("PCMK_a"), "1");
	environment_read("no/such/file");
}

static void test_complete(void **state)
{
	(void)state;
	(void)setenv("PCMK_logfacility", "local3", 1);
	(void)setenv("PCMK_debug", "yes", 1);
	environment_complete();
	assert_string_equal(getenv("HA_LOGFACILITY"), "local3");
	assert_string_equal(getenv("HA_debug"), "yes");
	assert_string_equal(getenv("PCMK_service"), "pacemaker-execd");
	assert_string_equal(getenv("HA_cluster_type"), "corosync");
}

static void test_path(void **state)
{
	(void)state;
	(void)setenv("PATH", "/usr/sbin:/usr/bin", 1);
	environment_path("/opt/hale");
	assert_string_equal(getenv("PATH"), "/opt/hale:/usr/sbin:/usr/bin");
	environment_path("/opt/hale"); /* started by one that has done so */
	assert_string_equal(getenv("PATH"), "/opt/hale:/usr/sbin:/usr/bin");
	environment_path("/opt");
	assert_string_equal(getenv("PATH"), "/opt:/opt/hale:/usr/sbin:/usr/bin");
	assert_null(getenv("HA_SBIN_DIR"));
	(void)unsetenv("PATH"); /* as some service managers start us */
	environment_path("/opt/hale");
	assert_string_equal(getenv("PATH"), "/opt/hale:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

static void test_folder_of_tools(void **state)
{
	char folder[] = "/tmp/hale-environment-XXXXXX", tool[64];
	struct error error;
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(tool, sizeof(tool), "%s/crm_attribute", folder);
	assert_int_equal(file_write_lasting(tool, bytes_of("#!", 2), 0755, &error), ERR_OK);
	environment_path(folder);
	assert_string_equal(getenv("HA_SBIN_DIR"), folder);
	(void)unlink(tool);
	(void)rmdir(folder);
}

static void test_manager_user(void **state)
{
	(void)state;
	(void)unsetenv("HALE_MANAGER_USER");
	assert_string_equal(environment_manager_user(), "hacluster");
	(void)setenv("HALE_MANAGER_USER", "", 1);
	assert_string_equal(environment_manager_user(), "hacluster");
	(void)setenv("HALE_MANAGER_USER", "nobody", 1);
	assert_string_equal(environment_manager_user(), "nobody");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_complete),
					   cmocka_unit_test(test_path), cmocka_unit_test(test_folder_of_tools),
					   cmocka_unit_test(test_manager_user)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
