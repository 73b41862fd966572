/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/log-settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

enum { POOL = 1024 * 1024 };

struct pair {
	const char *key, *value;
};

static struct pool pool;
static struct map map;
static _Alignas(16) uint8_t memory[POOL];

static void read_pairs(const struct pair *pairs, size_t count, struct log_options *ret)
{
	pool_init(&pool, memory, sizeof memory);
	map_init(&map, &pool);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
			map_set(&map, pairs[i].key, MAP_STRING, bytes_of(pairs[i].value, strlen(pairs[i].value) + 1)),
			STATUS_OK);
	log_settings_read(&map, ret);
}

#define READ(ret, ...)                                                  \
	do {                                                            \
		const struct pair pairs[] = {__VA_ARGS__};              \
		read_pairs(pairs, sizeof pairs / sizeof pairs[0], ret); \
	} while (0)

static void nothing_written_means_errors_and_syslog(void **state)
{
	struct log_options o;

	(void)state;
	read_pairs(NULL, 0, &o);
	assert_null(o.logfile);
	assert_int_equal(o.syslog_facility, LOG_DAEMON);
	assert_int_equal(o.timestamp, LOG_TIME_HIRES);
	for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++) {
		assert_int_equal(o.levels[i].to_stderr, LEVEL_INFO);
		assert_int_equal(o.levels[i].to_syslog, LEVEL_INFO);
		assert_int_equal(o.levels[i].to_file, 0);
	}
}

static void targets_have_their_own_levels(void **state)
{
	struct log_options o;

	(void)state;
	READ(&o, {"logging.to_logfile", "yes"}, {"logging.logfile", "/var/log/x"}, {"logging.to_stderr", "no"},
	     {"logging.syslog_priority", "warning"}, {"logging.logfile_priority", "notice"},
	     {"logging.syslog_facility", "local3"}, {"logging.timestamp", "off"});
	assert_string_equal(o.logfile, "/var/log/x");
	assert_int_equal(o.syslog_facility, LOG_LOCAL3);
	assert_int_equal(o.timestamp, LOG_TIME_OFF);
	assert_int_equal(o.levels[SUBSYSTEM_CPG].to_stderr, 0);
	assert_int_equal(o.levels[SUBSYSTEM_CPG].to_syslog, LEVEL_WARNING);
	assert_int_equal(o.levels[SUBSYSTEM_CPG].to_file, LEVEL_NOTICE);
}

static void a_subsystem_starts_from_the_general_section(void **state)
{
	struct log_options o;

	(void)state;
	READ(&o, {"logging.syslog_priority", "err"}, {"logging.logger_subsys.TOTEM.debug", "on"},
	     {"logging.logger_subsys.CPG.to_syslog", "no"}, {"logging.logger_subsys.SYNC.debug", "trace"});
	assert_int_equal(o.levels[SUBSYSTEM_MAIN].to_syslog, LEVEL_ERROR);
	assert_int_equal(o.levels[SUBSYSTEM_TOTEM].to_syslog, LEVEL_DEBUG);
	assert_int_equal(o.levels[SUBSYSTEM_TOTEM].to_stderr, LEVEL_DEBUG);
	assert_int_equal(o.levels[SUBSYSTEM_SYNC].to_stderr, LEVEL_TRACE);
	assert_int_equal(o.levels[SUBSYSTEM_CPG].to_syslog, 0);
	assert_int_equal(o.levels[SUBSYSTEM_CPG].to_stderr, LEVEL_INFO);
}

static void words_that_are_not_known_change_nothing(void **state)
{
	struct log_options o;

	(void)state;
	READ(&o, {"logging.syslog_priority", "loud"}, {"logging.syslog_facility", "moon"}, {"logging.debug", "maybe"});
	assert_int_equal(o.syslog_facility, LOG_DAEMON);
	assert_int_equal(o.levels[SUBSYSTEM_QB].to_syslog, LEVEL_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_written_means_errors_and_syslog),
		cmocka_unit_test(targets_have_their_own_levels),
		cmocka_unit_test(a_subsystem_starts_from_the_general_section),
		cmocka_unit_test(words_that_are_not_known_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
