/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/file-view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 100000 };

static char path[] = "/tmp/hale-test-view-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	char text[SIZE];
	memset(text, 'x', sizeof(text));
	bool ok = fd >= 0 && write(fd, text, sizeof(text)) == SIZE;
	return ok && close(fd) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static void test_what_is_seen(void **state)
{
	(void)state;
	struct file_view v;
	assert_true(file_view_open(path, SIZE, SIZE, &v));
	assert_int_equal(v.size, SIZE);
	assert_true(v.text[0] == 'x' && v.text[SIZE - 1] == 'x');
	file_view_close(&v);
	assert_null(v.text);
}

static void test_what_is_not(void **state)
{
	(void)state;
	struct file_view v;
	assert_false(file_view_open(path, SIZE + 1, 2 * SIZE, &v));
	assert_false(file_view_open(path, 1, SIZE - 1, &v));
	assert_false(file_view_open("/no/such", 1, SIZE, &v));
	assert_false(file_view_open("/tmp", 1, SIZE, &v));
	assert_false(file_view_open("/dev/zero", 0, SIZE, &v));
}

/* Nobody but the program itself ends, and not by a signal. */
static void test_shortened_meanwhile(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		struct file_view v;
		if (!file_view_open(path, SIZE, SIZE, &v) || truncate(path, 1) != 0)
			_exit(1);
		_exit(((const volatile char *)v.text)[SIZE - 1] == 'x' ? 2 : 3);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 74);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_seen),
		cmocka_unit_test(test_what_is_not),
		cmocka_unit_test(test_shortened_meanwhile),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
