/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager-account.h"
#include "os/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/hale-manager-account-XXXXXX", run_dir[64], state_dir[64], log_path[64];
static struct error why;

/* What prepare says to its log. */
static enum err prepare(const char *user, struct manager_account *ret, char text[static 4096])
{
	struct log_options options = {.ident = "test", .logfile = log_path};
	const struct manager_options o = {.run_dir = run_dir,
					  .state_dir = state_dir,
					  .api_socket = "/no/such/socket",
					  .user = user,
					  .log_file = log_path};
	struct log *log;
	size_t len = 0;
	for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++)
		options.levels[i].to_file = LEVEL_INFO;
	(void)unlink(log_path);
	assert_int_equal(log_open(&options, &log, &why), ERR_OK);
	enum err e = manager_account_prepare(&o, log, ret, &why);
	log_close(log);
	assert_int_equal(file_read(log_path, text, 4095, &len, &why), ERR_OK);
	text[len] = '\0';
	return e;
}

static uint32_t owner_of(const char *folder, const char *name)
{
	char path[192];
	struct stat s;
	(void)snprintf(path, sizeof(path), "%s%s", folder, name);
	assert_int_equal(stat(path, &s), 0);
	return s.st_uid;
}

static void test_nobody_to_become(void **state)
{
	struct manager_account a;
	char text[4096];
	(void)state;
	assert_int_equal(prepare("root", &a, text), ERR_OK);
	assert_false(a.waits);
	assert_string_equal(text, "");
	assert_int_equal(manager_account_take(&a, &why), ERR_OK);
	if (geteuid() != 0)
		skip();
	assert_int_equal(prepare("no-such-user", &a, text), ERR_OK);
	assert_false(a.waits);
	assert_non_null(strstr(text, "keeps the rights of root: there is no user no-such-user"));
}

static void test_what_is_handed_over(void **state)
{
	struct manager_account a;
	char text[4096], path[128];
	(void)state;
	if (geteuid() != 0)
		skip();
	(void)snprintf(path, sizeof(path), "%s/metadata", state_dir);
	assert_int_equal(file_make_dir(path, 0755, &why), ERR_OK);
	(void)snprintf(path, sizeof(path), "%s/cib.xml", state_dir);
	assert_int_equal(file_write_lasting(path, bytes_of("x", 1), 0600, &why), ERR_OK);
	assert_int_equal(prepare("nobody", &a, text), ERR_OK);
	assert_true(a.waits);
	assert_int_equal(owner_of(state_dir, ""), a.account.uid);
	assert_int_equal(owner_of(state_dir, "/cib.xml"), a.account.uid);
	assert_int_equal(owner_of(state_dir, "/metadata"), 0);
	assert_int_equal(owner_of(run_dir, ""), 0);
	assert_int_equal(owner_of(log_path, ""), a.account.uid);
}

static void test_state_elsewhere(void **state)
{
	struct manager_account a;
	char text[4096], elsewhere[128], path[160];
	(void)state;
	if (geteuid() != 0)
		skip();
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", dir);
	assert_int_equal(file_make_dir(elsewhere, 0755, &why), ERR_OK);
	assert_int_equal(rename(state_dir, elsewhere), 0);
	assert_int_equal(file_symlink(state_dir, elsewhere, &why), ERR_OK);
	(void)snprintf(path, sizeof(path), "%s/new", elsewhere);
	assert_int_equal(file_write_lasting(path, bytes_of("x", 1), 0600, &why), ERR_OK);
	assert_int_equal(prepare("nobody", &a, text), ERR_OK);
	assert_int_equal(owner_of(elsewhere, ""), a.account.uid);
	assert_int_equal(owner_of(elsewhere, "/new"), a.account.uid);
}

/* Nobody answers for the engine here: root waits, and stays root. */
static void test_without_an_engine(void **state)
{
	struct manager_account a;
	char text[4096];
	(void)state;
	if (geteuid() != 0 || access("/run/corosync.pid", F_OK) == 0)
		skip();
	assert_int_equal(prepare("nobody", &a, text), ERR_OK);
	assert_int_equal(manager_account_take(&a, &why), ERR_AGAIN);
	assert_true(a.waits);
	assert_int_equal(geteuid(), 0);
}

static int start(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(run_dir, sizeof(run_dir), "%s/run", dir);
	(void)snprintf(state_dir, sizeof(state_dir), "%s/state", dir);
	(void)snprintf(log_path, sizeof(log_path), "%s/log", dir);
	return file_make_dir(run_dir, 0755, &why) == ERR_OK && file_make_dir(state_dir, 0750, &why) == ERR_OK ? 0 : -1;
}

static int finish(void **state)
{
	char command[64];
	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_to_become),
		cmocka_unit_test(test_what_is_handed_over),
		cmocka_unit_test(test_without_an_engine),
		cmocka_unit_test(test_state_elsewhere),
	};
	return cmocka_run_group_tests(tests, start, finish);
}
