/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];

/* In the daemon: tells the test what it is, or nothing. */
static void run_daemon(void)
{
	struct stat in, null;
	struct error error;
	char report[8] = "bad";
	process_let_go();
	if (fstat(STDERR_FILENO, &in) != 0 || stat("/dev/null", &null) != 0 || in.st_rdev != null.st_rdev)
		_exit(1);
	if (process_daemonize(&error) == ERR_OK && getsid(0) != -1 && fstat(STDIN_FILENO, &in) == 0 &&
	    stat("/dev/null", &null) == 0 && in.st_rdev == null.st_rdev && getpgrp() != 0)
		memcpy(report, "good", 5);
	(void)!write(ends[1], report, strlen(report));
	_exit(0);
}

static void test_daemonize(void **state)
{
	char report[8] = "";
	int status;
	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0)
		run_daemon();
	/* The one that was started ends by itself; another carries on. */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ends[1]);
	assert_in_range(read(ends[0], report, sizeof report - 1), 3, 4);
	assert_string_equal(report, "good");
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_daemonize)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
