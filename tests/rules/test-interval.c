/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include "rules/interval.h"

enum { WRONG = -99 };

/* As an interval, and (ret) as a timeout; WRONG: refused and untouched. */
static const struct {
	const char *text;
	bool interval_valid;
	int64_t interval_ms;
	bool timeout_valid;
	int64_t timeout_ms;
} cases[] = {
	{"0", true, 0, true, 0},
	{"10", true, 10000, true, 10000},
	{"10s", true, 10000, true, 10000},
	{"10sec", true, 10000, true, 10000},
	{"10S", true, 10000, true, 10000},
	{"10 seconds", true, 10000, true, 10000},
	{"200ms", true, 200, true, 200},
	{"200MSec", true, 200, true, 200},
	{"1500us", true, 1, true, 1},
	{"999usec", true, 0, true, 0},
	{"5m", true, 300000, true, 300000},
	{"5min", true, 300000, true, 300000},
	{"5 months", true, 300000, true, 300000},
	{"1h", true, 3600000, true, 3600000},
	{"2hr", true, 7200000, true, 7200000},
	{" 3 h ", true, 10800000, true, 10800000},
	{"1.9s", true, 1000, true, 1000},
	{"3.1.4 ms", true, 3, true, 3},
	{"+5", true, 5000, true, 5000},
	{"-5", false, 0, true, -5000},
	{"-1us", true, 0, true, 0},
	{"", false, 0, false, WRONG},
	{" ", false, 0, false, WRONG},
	{"s", false, 0, false, WRONG},
	{"ten", false, 0, false, WRONG},
	{"10x", false, 0, false, WRONG},
	{"10d", false, 0, false, WRONG},
	{"4294967295ms", true, UINT32_MAX, true, UINT32_MAX},
	{"4294967296ms", true, UINT32_MAX, true, 4294967296},
	{"9223372036854775807", true, UINT32_MAX, true, INT64_MAX},
	{"-9223372036854775807", false, 0, true, INT64_MIN},
	{"99999999999999999999s", false, UINT32_MAX, false, INT64_MAX},
	{"-99999999999999999999s", false, 0, false, INT64_MIN},
	{"PT1M", true, 60000, false, WRONG},
	{"PT30S", true, 30000, false, WRONG},
	{"P1DT2H", true, 93600000, false, WRONG},
	{"P1M", true, 2592000000, false, WRONG},
	{"P1Y", true, 4294967000, false, WRONG},
	{"PT0S", false, 0, false, WRONG},
	{"P-1D", false, 0, false, WRONG},
	{"P", false, 0, false, WRONG},
	{"pt1m", false, 0, false, WRONG},
	{" PT1M", false, 0, false, WRONG},
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms = WRONG;
		if (interval_parse_ms(cases[i].text, &ms) != cases[i].interval_valid || ms != cases[i].interval_ms)
			fail_msg("interval '%s' is %lld", cases[i].text, (long long)ms);
		ms = WRONG;
		if (timeout_parse_ms(cases[i].text, &ms) != cases[i].timeout_valid || ms != cases[i].timeout_ms)
			fail_msg("timeout '%s' is %lld", cases[i].text, (long long)ms);
	}
	int64_t ms = WRONG;
	assert_false(timeout_parse_ms(NULL, &ms));
	assert_int_equal(ms, WRONG);
	assert_true(interval_parse_ms(NULL, &ms));
	assert_int_equal(ms, 0);
}

static void test_text(void **state)
{
	static const struct {
		uint64_t ms;
		const char *want;
	} texts[] = {
		{0, "0s"},
		{1, "1ms"},
		{999, "999ms"},
		{1000, "1s"},
		{1001, "1.001s"},
		{60000, "1m"},
		{60250, "1m250ms"},
		{3600000, "1h"},
		{93784005, "1d2h3m4.005s"},
		{UINT32_MAX, "49d17h2m47.295s"},
		{UINT64_MAX, "213503982334d14h25m51.615s"},
	};
	char text[INTERVAL_TEXT_SIZE];
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_string_equal(interval_text(texts[i].ms, text), texts[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
