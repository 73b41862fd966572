/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/log.h"

#include "os/loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/hale-test-log-XXXXXX";
static char path[64], text[1 << 20];
static struct error error;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/log", dir);
	return 0;
}

static int tear_down(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static struct log_options options_of(uint8_t level)
{
	struct log_options o = {.ident = "hale-engine", .logfile = path, .syslog_facility = LOG_DAEMON};
	for (int i = 0; i < SUBSYSTEM_COUNT; i++)
		o.levels[i].to_file = level;
	return o;
}

static const char *content(const char *file)
{
	FILE *f = fopen(file, "r");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

static void test_levels_and_layout(void **state)
{
	struct log *l;
	char expected[256], host[65];
	(void)state;
	struct log_options o = options_of(LEVEL_INFO);
	o.levels[SUBSYSTEM_KNET].to_file = LEVEL_DEBUG;
	o.levels[SUBSYSTEM_CPG].to_file = 0;
	assert_int_equal(log_open(&o, &l, &error), ERR_OK);
	assert_true(log_wants(l, SUBSYSTEM_TOTEM, LEVEL_INFO));
	assert_false(log_wants(l, SUBSYSTEM_TOTEM, LEVEL_DEBUG));
	assert_true(log_wants(l, SUBSYSTEM_KNET, LEVEL_DEBUG));
	assert_false(log_wants(l, SUBSYSTEM_CPG, LEVEL_CRITICAL));
	log_write(l, SUBSYSTEM_TOTEM, LEVEL_NOTICE, "a ring of %d", 3);
	log_write(l, SUBSYSTEM_TOTEM, LEVEL_DEBUG, "unseen");
	log_write(l, SUBSYSTEM_CPG, LEVEL_ERROR, "unseen");
	log_write(l, SUBSYSTEM_KNET, LEVEL_DEBUG, "seen");
	log_close(l);
	assert_int_equal(gethostname(host, sizeof host), 0);
	snprintf(expected, sizeof expected,
		 "[%d] %s hale-engine notice [%s] a ring of 3\n[%d] %s hale-engine debug [%s] seen\n", (int)getpid(),
		 host, subsystem_name(SUBSYSTEM_TOTEM), (int)getpid(), host, subsystem_name(SUBSYSTEM_KNET));
	assert_string_equal(content(path), expected);
	unlink(path);
}

static void test_timestamps(void **state)
{
	struct log *l;
	int day, h, m, s, ms;
	char month[4];
	(void)state;
	struct log_options o = options_of(LEVEL_INFO);
	o.timestamp = LOG_TIME_HIRES;
	assert_int_equal(log_open(&o, &l, &error), ERR_OK);
	log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "x");
	assert_true(log_flush(l, 2000));
	assert_int_equal(sscanf(content(path), "%3s %d %d:%d:%d.%3d [", month, &day, &h, &m, &s, &ms), 6);
	o.timestamp = LOG_TIME_ON;
	unlink(path);
	assert_int_equal(log_change(l, &o, &error), ERR_OK);
	log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "y");
	log_close(l);
	assert_int_equal(sscanf(content(path), "%3s %d %d:%d:%d [", month, &day, &h, &m, &s), 5);
	assert_null(strchr(strchr(content(path), '['), '.'));
	unlink(path);
}

static void test_reopen_after_rotation(void **state)
{
	struct log *l;
	char old[80];
	(void)state;
	snprintf(old, sizeof old, "%s.1", path);
	struct log_options o = options_of(LEVEL_INFO);
	assert_int_equal(log_open(&o, &l, &error), ERR_OK);
	log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "before");
	assert_true(log_flush(l, 2000));
	assert_int_equal(rename(path, old), 0);
	assert_int_equal(log_reopen(l, &error), ERR_OK);
	log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "after");
	log_close(l);
	assert_non_null(strstr(content(old), "before"));
	assert_null(strstr(content(path), "before"));
	assert_non_null(strstr(content(path), "after"));
	unlink(path);
	unlink(old);
}

/* The folder is away, or nobody may write there: the open file goes on. */
static void test_reopen_that_fails(void **state)
{
	struct log *l;
	char moved[80], sub[80], file[100], kept[100];
	struct log_options o = options_of(LEVEL_INFO);
	(void)state;
	snprintf(sub, sizeof sub, "%s/sub", dir);
	snprintf(moved, sizeof moved, "%s/moved", dir);
	snprintf(file, sizeof file, "%s/log", sub);
	snprintf(kept, sizeof kept, "%s/log", moved);
	o.logfile = file;
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(log_open(&o, &l, &error), ERR_OK);
	assert_int_equal(rename(sub, moved), 0);
	assert_int_equal(log_reopen(l, &error), ERR_NOT_FOUND);
	assert_non_null(strstr(error.text, file));
	assert_non_null(strstr(error.text, "No such file"));
	log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "still here");
	assert_true(log_flush(l, 2000));
	assert_non_null(strstr(content(kept), "still here"));
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_int_equal(log_reopen(l, &error), ERR_IO); /* a folder in the file's place */
	assert_int_equal(rmdir(file), 0);
	assert_int_equal(log_reopen(l, &error), ERR_OK);
	log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "here again");
	log_close(l);
	assert_non_null(strstr(content(file), "here again"));
	assert_null(strstr(content(kept), "here again"));
}

static void test_a_bad_file_changes_nothing(void **state)
{
	struct log *l;
	(void)state;
	struct log_options o = options_of(LEVEL_INFO), bad = o;
	bad.logfile = "/proc/none/log";
	assert_int_not_equal(log_open(&bad, &l, &error), ERR_OK);
	assert_non_null(strstr(error.text, "/proc/none/log"));
	assert_int_equal(log_open(&o, &l, &error), ERR_OK);
	assert_int_not_equal(log_change(l, &bad, &error), ERR_OK);
	log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "still here");
	log_close(l);
	assert_non_null(strstr(content(path), "still here"));
	unlink(path);
}

/* The file is a pipe that nobody reads: the slowest disk there is. */
static void test_a_slow_disk_holds_nobody(void **state)
{
	struct log *l;
	char pipe_path[80];
	static char sink[65536];
	(void)state;
	snprintf(pipe_path, sizeof pipe_path, "%s/pipe", dir);
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	int reader = open(pipe_path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	struct log_options o = options_of(LEVEL_INFO);
	o.logfile = pipe_path;
	assert_int_equal(log_open(&o, &l, &error), ERR_OK);
	mono_time start = loop_clock();
	for (int i = 0; i < 20000; i++)
		log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "line %d of many that are written while nothing is read", i);
	assert_in_range(mono_time_since_ms(loop_clock(), start), 0, 1000);
	assert_false(log_flush(l, 10));
	uint64_t dropped = log_dropped(l);
	assert_in_range(dropped, 10000, 20000);
	/* Somebody reads again: the rest comes, and how much is missing is told. */
	size_t seen = 0;
	bool told = false;
	while (!log_flush(l, 1)) {
		ssize_t n = read(reader, sink, sizeof sink - 1);
		if (n <= 0)
			continue;
		sink[n] = '\0';
		for (const char *c = sink; (c = strchr(c, '\n')); c++)
			seen++;
		told |= strstr(sink, "lines were not written") != NULL;
	}
	assert_true(told);
	assert_true(seen > 1000);
	log_close(l);
	close(reader);
	unlink(pipe_path);
}

static void test_words(void **state)
{
	enum level level;
	int facility;
	(void)state;
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, LEVEL_DEBUG);
	assert_true(log_level_parse("err", &level));
	assert_int_equal(level, LEVEL_ERROR);
	assert_true(log_level_parse("crit", &level));
	assert_int_equal(level, LEVEL_CRITICAL);
	assert_false(log_level_parse("loud", &level));
	assert_true(log_facility_parse("local6", &facility));
	assert_int_equal(facility, LOG_LOCAL6);
	assert_true(log_facility_parse("daemon", &facility));
	assert_int_equal(facility, LOG_DAEMON);
	assert_false(log_facility_parse("local8", &facility));
}

static void test_lines_of_the_catalogue(void **state)
{
	struct log *l;
	(void)state;
	struct log_options o = options_of(LEVEL_INFO);
	assert_int_equal(log_open(&o, &l, &error), ERR_OK);
	log_message(l, MSG_ENGINE_STARTS, "Hale %d", 1);
	log_explained(l, MSG_ENGINE_STARTS, "node 1");
	log_close(l);
	const char *all = content(path);
	assert_non_null(strstr(all, "Hale 1\n"));
	assert_non_null(strstr(all, "The engine starts: node 1\n"));
	unlink(path);
}

static void test_long_lines_are_cut(void **state)
{
	struct log *l;
	static char long_text[2000];
	(void)state;
	memset(long_text, 'x', sizeof long_text - 1);
	struct log_options o = options_of(LEVEL_INFO);
	assert_int_equal(log_open(&o, &l, &error), ERR_OK);
	log_write(l, SUBSYSTEM_MAIN, LEVEL_INFO, "%s", long_text);
	log_close(l);
	size_t n = strlen(content(path));
	assert_in_range(n, 400, 700);
	assert_int_equal(text[n - 1], '\n');
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_and_layout),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_reopen_after_rotation),
		cmocka_unit_test(test_reopen_that_fails),
		cmocka_unit_test(test_a_bad_file_changes_nothing),
		cmocka_unit_test(test_a_slow_disk_holds_nobody),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_lines_of_the_catalogue),
		cmocka_unit_test(test_long_lines_are_cut),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
