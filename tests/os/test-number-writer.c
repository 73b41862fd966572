/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number that is kept in a file without waiting for the disk. */
#include "os/number-writer.h"

#include "os/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[40], path[60];
static struct loop *loop;
static struct error error;

struct host {
	uint64_t last;
	enum err result;
	unsigned count;
};

static void told(void *host, uint64_t number, enum err e, const struct error *why)
{
	struct host *h = host;
	assert_int_equal(why->text[0] != '\0', e != ERR_OK);
	h->last = number;
	h->result = e;
	h->count++;
}

static void wait_until_idle(const struct number_writer *w)
{
	mono_time until = mono_time_add_ms(loop_clock(), 20000);
	while (!number_writer_is_idle(w) && mono_time_before(loop_clock(), until))
		assert_int_equal(loop_turn(loop, 10, &error), ERR_OK);
	assert_true(number_writer_is_idle(w));
}

static uint64_t on_disk(void)
{
	uint64_t number = 99;
	assert_int_equal(file_load_number(path, &number, &error), ERR_OK);
	return number;
}

/* The first is written at once, the last afterwards, and those between are not. */
static void test_the_last_counts(void **state)
{
	struct host h = {0};
	struct number_writer *w = NULL;
	(void)state;
	assert_int_equal(on_disk(), 0);
	assert_int_equal(number_writer_open(loop, path, told, &h, &w, &error), ERR_OK);
	assert_true(number_writer_is_idle(w));
	for (uint64_t i = 1; i <= 5; i++)
		number_writer_put(w, i << 40);
	assert_false(number_writer_is_idle(w));
	assert_int_equal(h.count, 0);
	wait_until_idle(w);
	assert_int_equal(h.count, 2);
	assert_int_equal(h.last, (uint64_t)5 << 40);
	assert_int_equal(h.result, ERR_OK);
	assert_int_equal(on_disk(), (uint64_t)5 << 40);
	number_writer_close(w);
}

static void test_failure(void **state)
{
	struct host h = {0};
	struct number_writer *w = NULL;
	char longest[6000];
	(void)state;
	assert_int_equal(number_writer_open(loop, "/proc/none/number", told, &h, &w, &error), ERR_OK);
	number_writer_put(w, 7);
	wait_until_idle(w);
	assert_int_equal(h.count, 1);
	assert_int_equal(h.last, 7);
	assert_int_not_equal(h.result, ERR_OK);
	number_writer_close(w);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(number_writer_open(loop, longest, told, &h, &w, &error), ERR_INVALID);
}

/* Who closes is not told any more. */
static void test_close(void **state)
{
	struct host h = {0};
	struct number_writer *w = NULL;
	(void)state;
	assert_int_equal(number_writer_open(loop, path, told, &h, &w, &error), ERR_OK);
	number_writer_put(w, 7);
	number_writer_put(w, 8);
	number_writer_close(w);
	number_writer_close(NULL);
	for (int i = 0; i < 50 && on_disk() == 0; i++)
		assert_int_equal(loop_turn(loop, 10, &error), ERR_OK);
	assert_int_equal(on_disk(), 7);
	assert_int_equal(h.count, 0);
	for (int i = 0; i < 5; i++) /* the thread may still be at its end */
		assert_int_equal(loop_turn(loop, 10, &error), ERR_OK);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/test-number-writer-XXXXXX");
	if (mkdtemp(folder) == NULL || loop_open(&loop, &error) != ERR_OK)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/number", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	loop_close(loop);
	(void)unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_last_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_close, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
