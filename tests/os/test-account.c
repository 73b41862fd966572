/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/account.h"
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

static char dir[] = "/tmp/hale-account-XXXXXX";
static struct account nobody;
static struct error why;

static const char *below(const char *name)
{
	static char path[256];
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void make(const char *name)
{
	assert_int_equal(file_write_lasting(below(name), bytes_of("x", 1), 0600, &why), ERR_OK);
}

static bool is_nobodys(const char *name)
{
	struct stat s;
	assert_int_equal(lstat(below(name), &s), 0);
	return s.st_uid == nobody.uid && s.st_gid == nobody.gid;
}

static int start(void **state)
{
	(void)state;
	return geteuid() == 0 && (mkdtemp(dir) == NULL || !account_find("nobody", &nobody)) ? -1 : 0;
}

static int finish(void **state)
{
	char command[64];
	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return geteuid() == 0 ? system(command) : 0;
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void test_find(void **state)
{
	struct account a;
	(void)state;
	assert_true(account_find("root", &a));
	assert_int_equal(a.uid, 0);
	assert_string_equal(a.name, "root");
	assert_false(account_find("no-such-user", &a));
	assert_false(
		account_find("a-name-that-is-longer-than-any-that-a-machine-of-ours-would-ever-have-for-a-user", &a));
}

static void test_give(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(file_make_dir(below("state/deep"), 0700, &why), ERR_OK);
	assert_int_equal(file_make_dir(below("state/kept"), 0700, &why), ERR_OK);
	make("outside");
	make("state/one");
	make("state/deep/two");
	make("state/kept/three");
	assert_int_equal(file_symlink(below("state/link"), "../outside", &why), ERR_OK);
	assert_int_equal(account_give(&nobody, below("state"), "kept", &why), ERR_OK);
	assert_true(is_nobodys("state"));
	assert_true(is_nobodys("state/one"));
	assert_true(is_nobodys("state/deep/two"));
	assert_true(is_nobodys("state/link"));
	assert_false(is_nobodys("state/kept"));
	assert_false(is_nobodys("state/kept/three"));
	assert_false(is_nobodys("outside"));
	assert_int_equal(account_give(&nobody, below("outside"), NULL, &why), ERR_OK);
	assert_true(is_nobodys("outside"));
	assert_int_equal(account_give(&nobody, below("nothing"), NULL, &why), ERR_OK);
}

static void test_share(void **state)
{
	struct stat s;
	(void)state;
	need_root();
	assert_int_equal(file_make_dir(below("run"), 0700, &why), ERR_OK);
	assert_int_equal(account_share(&nobody, below("run"), &why), ERR_OK);
	assert_int_equal(stat(below("run"), &s), 0);
	assert_int_equal(s.st_mode & 07777, 01775);
	assert_int_equal(s.st_uid, 0);
	assert_int_equal(s.st_gid, nobody.gid);
	assert_int_equal(account_share(&nobody, below("nothing"), &why), ERR_NOT_FOUND);
	assert_non_null(strstr(why.text, "nothing"));
}

/* What the user made there root opens again; only where fs.protected_regular is 2 could that fail. */
static void test_root_comes_back(void **state)
{
	int fd;
	(void)state;
	need_root();
	assert_int_equal(file_make_dir(below("again"), 0700, &why), ERR_OK);
	assert_int_equal(account_share(&nobody, below("again"), &why), ERR_OK);
	make("again/pid");
	assert_int_equal(account_give(&nobody, below("again/pid"), NULL, &why), ERR_OK);
	assert_int_equal(file_lock(below("again/pid"), &fd, &why), ERR_OK);
	file_unlock(below("again/pid"), fd);
}

/* In a child, since there is no way back. */
static int become_and_look(void)
{
	struct account root;
	if (account_become(&nobody, &why) != ERR_OK)
		return 1;
	if (getuid() != nobody.uid || geteuid() != nobody.uid || getgid() != nobody.gid || setuid(0) == 0)
		return 2;
	if (!account_find("root", &root) || account_become(&root, &why) != ERR_ACCESS)
		return 3;
	return access("/etc/shadow", R_OK) == 0 ? 4 : 0;
}

static void test_become(void **state)
{
	int status;
	(void)state;
	need_root();
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(become_and_look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),   cmocka_unit_test(test_give),
		cmocka_unit_test(test_share),  cmocka_unit_test(test_root_comes_back),
		cmocka_unit_test(test_become),
	};
	return cmocka_run_group_tests(tests, start, finish);
}
