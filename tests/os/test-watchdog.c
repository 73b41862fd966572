/* SPDX-License-Identifier: GPL-2.0-or-later */
/* There is no watchdog here that may bite: files and pipes stand for one. */
#include "os/watchdog.h"

#include <fcntl.h>
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

static char dir[] = "/tmp/hale-test-watchdog-XXXXXX";
static char path[64];
static struct error error;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/dog", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void test_tickles_are_written(void **state)
{
	struct watchdog *w;
	char written[8] = "";
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(watchdog_open(path, &w, &error), ERR_OK);
	assert_int_equal(watchdog_timeout_set(w, 17), 17);
	assert_string_equal(watchdog_name(w), "");
	assert_true(watchdog_tickle(w));
	assert_true(watchdog_tickle(w));
	assert_int_equal(read(reader, written, sizeof written), 2);
	assert_string_equal(written, "..");
	watchdog_close(w);
	assert_int_equal(read(reader, written, sizeof written), 1);
	assert_int_equal(written[0], 'V');
	assert_int_equal(read(reader, written, sizeof written), 0); /* closed */
	assert_int_equal(watchdog_open(path, &w, &error), ERR_OK);
	watchdog_abandon(w);
	watchdog_abandon(NULL);
	assert_int_equal(read(reader, written, sizeof written), 0); /* closed, without letting go */
	close(reader);
	unlink(path);
}

/* A pipe that nobody empties: we are told and not held. */
static void test_a_full_device(void **state)
{
	struct watchdog *w;
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(watchdog_open(path, &w, &error), ERR_OK);
	int tickles = 0;
	while (watchdog_tickle(w))
		assert_true(++tickles < 1 << 20);
	assert_true(tickles > 0);
	watchdog_close(w);
	close(reader);
	unlink(path);
}

static void test_what_cannot_be_opened(void **state)
{
	struct watchdog *w = NULL;
	(void)state;
	assert_int_equal(watchdog_open(path, &w, &error), ERR_NOT_FOUND);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, "No such file"));
	assert_int_equal(watchdog_open(dir, &w, &error), ERR_IO);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(watchdog_open(path, &w, &error), ERR_IO); /* nobody reads: it does not wait for one */
	unlink(path);
	assert_null(w);
	watchdog_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tickles_are_written),
		cmocka_unit_test(test_a_full_device),
		cmocka_unit_test(test_what_cannot_be_opened),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
