/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/ward.h"

#include "os/file.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

struct watch {
	struct loop *loop;
	int code;
	bool ended;
};

static void on_end(void *arg, int exit_code)
{
	struct watch *w = arg;
	w->code = exit_code;
	w->ended = true;
}

static void wait_for_end(struct watch *w)
{
	struct error error;
	for (int i = 0; i < 500 && !w->ended; i++)
		assert_int_equal(ERR_OK, loop_turn(w->loop, 10, &error));
	assert_true(w->ended);
}

static struct ward *start(struct watch *w, const char *script, const char *lock)
{
	char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", (char *)(uintptr_t)script, NULL};
	const struct ward_plan plan = {.path = "/bin/sh", .argv = argv, .lock = lock};
	struct ward *ward = NULL;
	struct error error;
	w->ended = false;
	assert_int_equal(ERR_OK, ward_start(w->loop, &plan, on_end, w, &ward, &error));
	return ward;
}

static void test_exit_codes_and_signals(void **state)
{
	struct watch w = {0};
	struct error error;
	(void)state;
	assert_int_equal(ERR_OK, loop_open(&w.loop, &error));
	struct ward *ward = start(&w, "exit 7", NULL);
	wait_for_end(&w);
	assert_int_equal(7, w.code);
	assert_false(ward_was_adopted(ward));
	ward_close(ward);
	ward = start(&w, "sleep 60", NULL);
	ward_signal(ward, SIGKILL);
	wait_for_end(&w);
	assert_int_equal(WARD_EXIT_UNKNOWN, w.code);
	ward_signal(ward, SIGKILL); /* it is gone; nobody else is hit */
	ward_close(ward);
	ward_close(NULL);
	loop_close(w.loop);
}

static void test_what_cannot_start(void **state)
{
	char *argv[] = {(char *)(uintptr_t) "x", NULL};
	const struct ward_plan plan = {.path = "/nonexist/program", .argv = argv};
	struct watch w = {0};
	struct ward *ward = NULL;
	struct error error;
	(void)state;
	assert_int_equal(ERR_OK, loop_open(&w.loop, &error));
	assert_int_equal(ERR_IO, ward_start(w.loop, &plan, on_end, &w, &ward, &error));
	assert_non_null(strstr(error.text, "/nonexist/program"));
	loop_close(w.loop);
}

/* One that runs already holds its lock, and is watched instead of started once more. */
static void test_adoption(void **state)
{
	struct watch w = {0};
	struct error error;
	char lock[] = "/tmp/test-ward-XXXXXX";
	int fd = mkstemp(lock), pipes[2];
	char byte;
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(0, pipe(pipes));
	pid_t child = fork();
	if (child == 0) {
		int held;
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (file_lock(lock, &held, &error) != ERR_OK || write(pipes[1], "x", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(1, read(pipes[0], &byte, 1));
	assert_int_equal(ERR_OK, loop_open(&w.loop, &error));
	struct ward *ward = start(&w, "exit 3", lock);
	assert_true(ward_was_adopted(ward));
	ward_signal(ward, SIGKILL);
	wait_for_end(&w);
	assert_int_equal(WARD_EXIT_UNKNOWN, w.code);
	ward_close(ward);
	ward = start(&w, "exit 3", lock);
	assert_false(ward_was_adopted(ward));
	wait_for_end(&w);
	ward_close(ward);
	loop_close(w.loop);
	(void)close(fd);
	(void)unlink(lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_codes_and_signals),
		cmocka_unit_test(test_what_cannot_start),
		cmocka_unit_test(test_adoption),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
