/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/hale-test-file-XXXXXX";
static struct error error;

static const char *at(const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", dir, name);
	return path;
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[300];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void test_symlink_replaces(void **state)
{
	char target[64] = "";
	(void)state;
	assert_int_equal(file_symlink(at("link"), "one", &error), ERR_OK);
	assert_int_equal(file_symlink(at("link"), "two", &error), ERR_OK);
	assert_int_equal(readlink(at("link"), target, sizeof target - 1), 3);
	assert_string_equal(target, "two");
	assert_int_not_equal(file_symlink(at("none/link"), "one", &error), ERR_OK);
	assert_non_null(strstr(error.text, "none/link"));
}

static void test_write_and_read(void **state)
{
	char text[16];
	size_t len;
	struct stat st;
	(void)state;
	assert_int_equal(file_write_lasting(at("a"), bytes_of("first", 5), 0640, &error), ERR_OK);
	assert_int_equal(file_write_lasting(at("a"), bytes_of("other", 5), 0600, &error), ERR_OK);
	assert_int_equal(file_read(at("a"), text, sizeof text, &len, &error), ERR_OK);
	assert_int_equal(len, 5);
	assert_memory_equal(text, "other", 5);
	assert_int_equal(stat(at("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_not_equal(access(at("a.new"), F_OK), 0);
	/* The limit is exact. */
	assert_int_equal(file_read(at("a"), text, 5, &len, &error), ERR_OK);
	assert_int_equal(file_read(at("a"), text, 4, &len, &error), ERR_FULL);
	assert_non_null(strstr(error.text, "more than 4 bytes"));
	assert_int_equal(file_read(at("none"), text, 4, &len, &error), ERR_NOT_FOUND);
	assert_non_null(strstr(error.text, "none"));
	assert_int_equal(file_write_lasting(at("no/dir"), bytes_of("x", 1), 0600, &error), ERR_NOT_FOUND);
}

static void test_append(void **state)
{
	char text[16];
	size_t len;
	(void)state;
	assert_int_equal(file_append(at("log"), bytes_of("x", 1), &error), ERR_NOT_FOUND);
	assert_int_equal(file_write_lasting(at("log"), bytes_of("one", 3), 0600, &error), ERR_OK);
	assert_int_equal(file_append(at("log"), bytes_of("-two", 4), &error), ERR_OK);
	assert_int_equal(file_append(at("log"), bytes_of("-", 1), &error), ERR_OK);
	assert_int_equal(file_read(at("log"), text, sizeof text, &len, &error), ERR_OK);
	assert_int_equal(len, 8);
	assert_memory_equal(text, "one-two-", 8);
	assert_int_equal(file_write_lasting(at("log"), bytes_of("new", 3), 0600, &error), ERR_OK);
	assert_int_equal(file_read(at("log"), text, sizeof text, &len, &error), ERR_OK);
	assert_int_equal(len, 3);
	assert_int_equal(file_append("/dev/full", bytes_of("x", 1), &error), ERR_FULL);
	assert_non_null(strstr(error.text, "/dev/full"));
}

static void test_directories(void **state)
{
	struct stat st;
	(void)state;
	assert_int_equal(file_make_dir(at("x/y/z"), 0700, &error), ERR_OK);
	assert_int_equal(file_make_dir(at("x/y/z"), 0700, &error), ERR_OK);
	assert_int_equal(stat(at("x/y/z"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(file_write_lasting(at("plain"), bytes_of("x", 1), 0600, &error), ERR_OK);
	assert_int_not_equal(file_make_dir(at("plain"), 0700, &error), ERR_OK);
}

static enum err collect(void *arg, const char *name, struct error *reterr)
{
	char *names = arg;
	if (strcmp(name, "stop") == 0)
		return error_set(reterr, ERR_INVALID, "stopped");
	strcat(strcat(names, name), " ");
	return ERR_OK;
}

static void test_list(void **state)
{
	char names[256] = "";
	(void)state;
	assert_int_equal(file_list(at("nowhere"), collect, names, &error), ERR_OK);
	assert_string_equal(names, "");
	assert_int_equal(file_make_dir(at("list/sub"), 0700, &error), ERR_OK);
	assert_int_equal(file_write_lasting(at("list/b"), bytes_of("x", 1), 0600, &error), ERR_OK);
	assert_int_equal(file_write_lasting(at("list/a"), bytes_of("x", 1), 0600, &error), ERR_OK);
	assert_int_equal(file_write_lasting(at("list/.hidden"), bytes_of("x", 1), 0600, &error), ERR_OK);
	assert_int_equal(file_list(at("list"), collect, names, &error), ERR_OK);
	assert_string_equal(names, "a b ");
	assert_int_equal(file_write_lasting(at("list/stop"), bytes_of("x", 1), 0600, &error), ERR_OK);
	assert_int_equal(file_list(at("list"), collect, names, &error), ERR_INVALID);
}

static void test_ring_sequence(void **state)
{
	uint64_t seq = 1;
	struct stat st;
	(void)state;
	assert_int_equal(ring_seq_load(dir, node_id_of(7), &seq, &error), ERR_OK);
	assert_int_equal(seq, 0);
	assert_int_equal(stat(at("ringid_7"), &st), 0);
	assert_int_equal(st.st_size, 8);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ring_seq_store(dir, node_id_of(7), 0x1122334455667788, &error), ERR_OK);
	assert_int_equal(ring_seq_load(dir, node_id_of(7), &seq, &error), ERR_OK);
	assert_int_equal(seq, 0x1122334455667788);
	/* Cut short, or too long: as if it were not there. */
	static const size_t lengths[] = {0, 7, 9};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(file_write_lasting(at("ringid_7"), bytes_of("123456789", lengths[i]), 0600, &error),
				 ERR_OK);
		assert_int_equal(ring_seq_load(dir, node_id_of(7), &seq, &error), ERR_OK);
		assert_int_equal(seq, 0);
	}
	assert_int_equal(ring_seq_load("/proc/none", node_id_of(7), &seq, &error), ERR_NOT_FOUND);
}

static void test_number(void **state)
{
	static const char *const bad[] = {
		"", "7", "\n", "-7\n", " 7\n", "7 \n", "x\n", "99999999999999999999\n", "000000000000000000007\n"};
	uint64_t number = 1;
	(void)state;
	assert_int_equal(file_load_number(at("number"), &number, &error), ERR_OK);
	assert_int_equal(number, 0);
	static const uint64_t good[] = {7, 1ull << 62, UINT64_MAX, 0};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(file_store_number(at("number"), good[i], &error), ERR_OK);
		assert_int_equal(file_load_number(at("number"), &number, &error), ERR_OK);
		assert_int_equal(number, good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(file_write_lasting(at("number"), bytes_of(bad[i], strlen(bad[i])), 0600, &error),
				 ERR_OK);
		assert_int_equal(file_load_number(at("number"), &number, &error), ERR_INVALID);
		assert_non_null(strstr(error.text, "it has no number"));
	}
	assert_int_equal(file_store_number("/proc/none/number", 1, &error), ERR_NOT_FOUND);
}

/* In a mount namespace of its own, on a file system of 16 kB. */
static int run_full_disk(const char *mount_point)
{
	static char filler[64 * 1024];
	uint64_t seq = 0;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", mount_point, "tmpfs", 0, "size=16k") < 0)
		return SCHAR_MAX;
	char path[256], number[256];
	snprintf(path, sizeof path, "%s/filler", mount_point);
	snprintf(number, sizeof number, "%s/number", mount_point);
	if (ring_seq_store(mount_point, node_id_of(1), 5, NULL) != ERR_OK)
		return 1;
	if (file_store_number(number, 3, NULL) != ERR_OK)
		return 1;
	if (file_write_lasting(path, bytes_of(filler, sizeof filler), 0600, NULL) != ERR_FULL)
		return 2;
	FILE *f = fopen(path, "w");
	(void)!fwrite(filler, sizeof filler, 1, f);
	fclose(f);
	if (ring_seq_store(mount_point, node_id_of(2), 6, NULL) != ERR_FULL)
		return 3;
	if (ring_seq_store(mount_point, node_id_of(1), 6, NULL) != ERR_OK)
		return 4;
	if (ring_seq_load(mount_point, node_id_of(1), &seq, NULL) != ERR_OK || seq != 6)
		return 5;
	if (file_store_number(number, 4, NULL) != ERR_OK || file_load_number(number, &seq, NULL) != ERR_OK || seq != 4)
		return 6;
	return 0;
}

static int in_child(int (*run)(const char *arg), const char *arg)
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(run(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void test_full_disk(void **state)
{
	(void)state;
	assert_int_equal(file_make_dir(at("full"), 0700, &error), ERR_OK);
	int r = in_child(run_full_disk, at("full"));
	if (r == SCHAR_MAX) {
		print_message("skipped: no mount namespace (run as root)\n");
		skip();
	}
	assert_int_equal(r, 0);
}

static int run_second_lock(const char *path)
{
	char who[32];
	int fd;
	struct error e;
	snprintf(who, sizeof who, "process %d", (int)getppid());
	return file_lock(path, &fd, &e) == ERR_EXISTS && strstr(e.text, who) ? 0 : 1;
}

/* As Corosync locks. */
static int run_lock_of_process(const char *path)
{
	int fd = open(path, O_RDWR);
	return fd >= 0 && lockf(fd, F_TLOCK, 0) < 0 ? 0 : 1;
}

static int run_lock_and_die(const char *path)
{
	int fd;
	return file_lock(path, &fd, NULL) == ERR_OK ? 0 : 1;
}

static void test_open_or_create(void **state)
{
	struct stat s;
	(void)state;
	int made = file_open_or_create(at("here"), O_WRONLY, 0600);
	assert_true(made >= 0);
	assert_int_equal(write(made, "x", 1), 1);
	assert_int_equal(fcntl(made, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(made, &s), 0);
	assert_int_equal(s.st_mode & 07777, 0600);
	int found = file_open_or_create(at("here"), O_WRONLY | O_APPEND, 0644);
	assert_true(found >= 0);
	assert_int_equal(fcntl(found, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(found, &s), 0);
	assert_int_equal(s.st_size, 1);
	assert_int_equal(s.st_mode & 07777, 0600);
	(void)close(made);
	(void)close(found);
	assert_int_equal(file_open_or_create(at("no/where"), O_WRONLY, 0600), -1);
	assert_int_equal(errno, ENOENT);
}

static void test_lock(void **state)
{
	int fd = -1;
	char text[16];
	size_t len;
	(void)state;
	assert_int_equal(file_lock(at("pid"), &fd, &error), ERR_OK);
	assert_int_equal(file_read(at("pid"), text, sizeof text, &len, &error), ERR_OK);
	assert_int_equal(strtol(text, NULL, 10), getpid());
	assert_int_equal(in_child(run_second_lock, at("pid")), 0);
	assert_int_equal(in_child(run_lock_of_process, at("pid")), 0);
	file_unlock(at("pid"), fd);
	assert_int_not_equal(access(at("pid"), F_OK), 0);
	file_unlock(at("pid"), -1);
	/* One who died holds nothing. */
	assert_int_equal(in_child(run_lock_and_die, at("pid")), 0);
	assert_int_equal(file_lock(at("pid"), &fd, &error), ERR_OK);
	file_unlock(at("pid"), fd);
	assert_int_equal(file_lock(at("no/where"), &fd, &error), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symlink_replaces),
		cmocka_unit_test(test_write_and_read),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_ring_sequence),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_open_or_create),
		cmocka_unit_test(test_lock),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
