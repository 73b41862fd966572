/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/store-writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TOLD_MAX = 16 };

static char folder[40];
static struct loop *loop;
static struct error error;

struct host {
	uint64_t told[TOLD_MAX];
	enum err results[TOLD_MAX];
	unsigned count;
};

static void told(void *host, uint64_t number, enum err e, const struct error *why)
{
	struct host *h = host;
	assert_true(h->count < TOLD_MAX);
	assert_int_equal(why->text[0] != '\0', e != ERR_OK);
	h->told[h->count] = number;
	h->results[h->count++] = e;
}

static struct store_writer *opened(struct host *h)
{
	struct store_dir *d = NULL;
	struct store_writer *w = NULL;
	assert_int_equal(store_dir_open(folder, 10, NULL, &d, &error), ERR_OK);
	assert_int_equal(store_writer_open(loop, &d, told, h, &w, &error), ERR_OK);
	assert_null(d);
	return w;
}

static void put(struct store_writer *w)
{
	char text[32], line[32];
	uint64_t number = store_writer_next(w);
	(void)snprintf(text, sizeof(text), "text %u", (unsigned)number);
	(void)snprintf(line, sizeof(line), "line %u\n", (unsigned)number);
	store_writer_put(w, &(struct store_version){number, text, strlen(text), "digest", line});
	memset(text, 'x', sizeof(text));
}

static void wait_until_idle(const struct store_writer *w)
{
	mono_time until = mono_time_add_ms(loop_clock(), 20000);
	while (!store_writer_is_idle(w) && mono_time_before(loop_clock(), until))
		assert_int_equal(loop_turn(loop, 10, &error), ERR_OK);
	assert_true(store_writer_is_idle(w));
}

static enum err is_last(void *arg, const char *text, size_t size, const char *name, const char *digest,
			struct error *reterr)
{
	(void)name, (void)reterr, (void)size;
	assert_string_equal(digest, "digest");
	(void)snprintf(arg, 32, "%s", text);
	return ERR_OK;
}

static void count(void *arg, const char *line, size_t size)
{
	(void)line, (void)size;
	++*(unsigned *)arg;
}

/* The first is written at once, the last afterwards, and those between are only in the journal. */
static void test_newest_waits(void **state)
{
	(void)state;
	struct host h = {0};
	struct store_writer *w = opened(&h);
	assert_true(store_writer_is_idle(w));
	assert_int_equal(store_writer_next(w), 1);
	for (int i = 0; i < 5; i++)
		put(w);
	assert_false(store_writer_is_idle(w));
	assert_int_equal(h.count, 0);
	wait_until_idle(w);
	assert_int_equal(h.count, 2);
	assert_int_equal(h.told[0], 1);
	assert_int_equal(h.told[1], 5);
	assert_int_equal(h.results[0], ERR_OK);
	assert_int_equal(h.results[1], ERR_OK);
	char text[32] = "";
	unsigned lines = 0;
	struct store_judge judge = {text, is_last};
	assert_int_equal(store_dir_read_version(store_writer_dir(w), 5, &judge, &error), ERR_OK);
	assert_string_equal(text, "text 5");
	assert_int_equal(store_dir_read_version(store_writer_dir(w), 3, &judge, &error), ERR_NOT_FOUND);
	assert_int_equal(store_dir_journal(store_writer_dir(w), count, &lines, &error), ERR_OK);
	assert_int_equal(lines, 5);
	store_writer_close(w);
	w = opened(&h);
	assert_int_equal(store_writer_next(w), 6);
	store_writer_close(w);
}

static void test_failure(void **state)
{
	(void)state;
	char command[80];
	struct host h = {0};
	struct store_writer *w = opened(&h);
	(void)snprintf(command, sizeof(command), "rm -rf %s/versions", folder);
	assert_int_equal(system(command), 0);
	put(w);
	wait_until_idle(w);
	assert_int_equal(h.count, 1);
	assert_int_not_equal(h.results[0], ERR_OK);
	store_writer_close(w);
}

/* Who closes is not told any more, and what was being written is written. */
static void test_close(void **state)
{
	(void)state;
	struct host h = {0};
	struct store_writer *w = opened(&h);
	uint64_t first = store_writer_next(w);
	put(w);
	put(w);
	store_writer_close(w);
	store_writer_close(NULL);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(loop_turn(loop, 10, &error), ERR_OK);
		struct store_dir *d = NULL;
		char path[80];
		(void)snprintf(path, sizeof(path), "%s/cib.xml.sig", folder);
		if (access(path, F_OK) != 0)
			continue;
		(void)usleep(20000);
		assert_int_equal(store_dir_open(folder, 10, NULL, &d, &error), ERR_OK);
		assert_int_equal(store_dir_last(d), first);
		store_dir_close(d);
		break;
	}
	assert_int_equal(h.count, 0);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/test-store-writer-XXXXXX");
	return mkdtemp(folder) != NULL && loop_open(&loop, &error) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	char command[80];
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	loop_close(loop);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newest_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_close, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
