/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

/* 2026-11-22 14:30:00 UTC, seen an hour east of it. */
static const struct moment_here here = {.now = 1795357800, .offset_s = 3600};

static const char *show(const struct moment *m)
{
	static char text[MOMENT_TEXT_SIZE];
	return moment_text(m, MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, text);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} cases[] = {
		/* calendar dates */
		{"2005-01-20", "2005-01-20 00:00:00Z"},
		{"20050120", "2005-01-20 00:00:00Z"},
		{"2005-1-2", "2005-01-02 00:00:00Z"},
		{"2005 01 20", "2005-01-20 01:20:00 +20:00"}, /* what follows the year is also a time and a zone */
		{"2005015", "2005-01-05 00:00:00Z"},
		{"2004-02-29", "2004-02-29 00:00:00Z"},
		{"2005-02-29", NULL},
		{"1900-02-29", NULL},
		{"2000-02-29", "2000-02-29 00:00:00Z"},
		{"2005-00-01", NULL},
		{"2005-13-01", NULL},
		{"2005-04-31", NULL},
		{"2005-04-00", NULL},
		{"0000-01-01", NULL},
		{"0001-01-01", "0001-01-01 00:00:00Z"},
		{"9999-12-31", "9999-12-31 00:00:00Z"},
		{"2147483647-12-31", "2147483647-12-31 00:00:00Z"},
		{"2147483648-01-01", NULL},
		{"4294969301-01-01", NULL}, /* would be 2005, cut to 32 bits */
		{"-2005-01-01", NULL},
		{"2005-01-20x", "2005-01-20 00:00:00Z"},
		{"2005", NULL},
		{"2005-", NULL},
		{"200501", NULL},
		{"", NULL},
		{"tomorrow", NULL},
		/* ordinal dates */
		{"2005-020", "2005-01-20 00:00:00Z"},
		{"2005-20", "2005-01-20 00:00:00Z"},
		{"2004-366", "2004-12-31 00:00:00Z"},
		{"2005-366", NULL},
		{"2005-000", NULL},
		/* week dates */
		{"2005-W03-4", "2005-01-20 00:00:00Z"},
		{"2009-W01-1", "2008-12-29 00:00:00Z"},
		{"2009-W53-7", "2010-01-03 00:00:00Z"},
		{"2008-W37-6", "2008-09-13 00:00:00Z"},
		{"2004-W53-7", "2005-01-02 00:00:00Z"},
		{"2005-W53-1", NULL},
		{"2005-W00-1", NULL},
		{"2005-W01-0", NULL},
		{"2005-W01-8", NULL},
		{"2005-W01", NULL},
		{"0000-W01-1", NULL},
		/* times */
		{"2005-01-20 12:30:59", "2005-01-20 12:30:59 +01:00"},
		{"2005-01-20T12:30:59Z", "2005-01-20 12:30:59Z"},
		{"2005-01-20T12:30", "2005-01-20 12:30:00 +01:00"},
		{"2005-01-20T12", "2005-01-20 12:00:00 +01:00"},
		{"2005-01-20T123059", "2005-01-20 12:30:59 +01:00"},
		{"20050120T1230", "2005-01-20 12:30:00 +01:00"},
		{"2005-01-20 12:30:59.75Z", "2005-01-20 12:30:59Z"},
		{"2005-01-20 24:00:00Z", "2005-01-21 00:00:00Z"},
		{"2005-12-31 24:00:00Z", "2006-01-01 00:00:00Z"},
		{"2005-01-20 24:00:01Z", NULL},
		{"2005-01-20 25:00:00Z", NULL},
		{"2005-01-20 12:60:00Z", NULL},
		{"2005-01-20 12:30:60Z", NULL},
		{"2005-01-20T", NULL},
		{"2005-01-20 noon", NULL},
		/* zones */
		{"2005-01-20 12:30:00+02:00", "2005-01-20 12:30:00 +02:00"},
		{"2005-01-20 12:30:00 -0330", "2005-01-20 12:30:00 -03:30"},
		{"2005-01-20 12:30:00 +5", "2005-01-20 12:30:00 +05:00"},
		{"2005-01-20 12:30:00 05:45", "2005-01-20 12:30:00 +05:45"},
		{"2005-01-20 12:30:00 Z", "2005-01-20 12:30:00Z"},
		{"2005-01-20 12:30:00 UTC", "2005-01-20 12:30:00Z"},
		{"2005-01-20 12:30:00 ", "2005-01-20 12:30:00Z"},
		{"2005-01-20 12:30:00 +25:00", NULL},
		{"2005-01-20 12:30:00 -x", NULL},
		/* today */
		{"T10:00", "2026-11-22 10:00:00 +01:00"},
		{"10:00:30", "2026-11-22 10:00:30 +01:00"},
		{"T1000Z", "2026-11-22 10:00:00Z"},
		{"T24:00:00Z", "2026-11-23 00:00:00Z"},
		{"epoch", "1970-01-01 00:00:00Z"},
		{"EPOCH ", "1970-01-01 00:00:00Z"},
		{"epochal", NULL},
		/* the start of a period */
		{"2005-01-20 12:30/2006-01-01 00:00Z", "2005-01-20 12:30:00 +01:00"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct moment m;
		struct error error = {0};
		enum err e = moment_parse(cases[i].text, &here, &m, &error);
		const char *got = e == ERR_OK ? show(&m) : NULL;
		if ((got == NULL) != (cases[i].want == NULL) || (got != NULL && strcmp(got, cases[i].want) != 0))
			fail_msg("'%s' is %s (%s)", cases[i].text, got == NULL ? "refused" : got, error.text);
		if (e != ERR_OK)
			assert_true(strlen(error.text) > 10);
	}
}

/* Every error names what was given; a text of any length is answered. */
static void test_long(void **state)
{
	char text[4096];
	struct moment m;
	struct error error;
	(void)state;
	memset(text, '9', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(moment_parse(text, &here, &m, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "too long"));
	text[100] = '\0';
	assert_int_equal(moment_parse(text, &here, &m, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "9999"));
	assert_int_equal(moment_parse("2005-02-30", &here, &m, NULL), ERR_INVALID);
}

static void test_epoch(void **state)
{
	static const struct {
		const char *text;
		int64_t epoch;
	} cases[] = {
		{"1970-01-01", 0},
		{"1969-12-31 23:59:59Z", -1},
		{"2038-01-19 03:14:08Z", INT64_C(1) << 31},
		{"0001-01-01", -62135596800},
		{"2000-03-01 01:00:00 +01:00", 951868800},
		{"2026-11-22 15:30:00", 1795357800},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct moment m;
		assert_int_equal(moment_parse(cases[i].text, &here, &m, NULL), ERR_OK);
		assert_int_equal(moment_epoch(&m), cases[i].epoch);
		struct moment back = moment_of_epoch(cases[i].epoch, m.offset_s);
		assert_string_equal(show(&back), show(&m));
	}
	struct moment last = moment_of_epoch(INT64_MAX, 0), first = moment_of_epoch(INT64_MIN, 0);
	assert_int_equal(last.year, MOMENT_YEAR_MAX);
	assert_int_equal(last.day, 365);
	assert_int_equal(first.year, 1);
	assert_int_equal(first.day, 1);
}

/* Day by day through 800 years: the calendar of fields, printing and reading agree with counting. */
static void test_days(void **state)
{
	int month = 1, day = 1, weekday = 5; /* 1700-01-01 was a Friday */
	int64_t year = 1700, last_week = 53;
	struct moment m = {.year = 1700, .day = 1};
	char text[MOMENT_TEXT_SIZE];
	static const unsigned forms[] = {MOMENT_DATE | MOMENT_TIME, MOMENT_DATE | MOMENT_ORDINAL,
					 MOMENT_DATE | MOMENT_WEEKS};
	(void)state;
	for (int n = 0; n < 365 * 800; n++) {
		struct moment_fields f = moment_fields(&m);
		assert_int_equal(f.year, year);
		assert_int_equal(f.month, month);
		assert_int_equal(f.month_day, day);
		assert_int_equal(f.week_day, weekday);
		assert_true(f.week == last_week || weekday == 1);
		assert_true(f.week >= 1 && f.week <= year_weeks(f.week_year));
		last_week = f.week;
		for (size_t i = 0; i < COUNT(forms); i++) {
			struct moment again;
			assert_int_equal(moment_parse(moment_text(&m, forms[i], text), &here, &again, NULL), ERR_OK);
			assert_int_equal(moment_compare(&m, &again), 0);
		}
		struct moment next = m;
		moment_add_days(&next, 1);
		assert_int_equal(moment_epoch(&next) - moment_epoch(&m), MOMENT_DAY_S);
		assert_true(moment_compare(&m, &next) < 0);
		m = next;
		weekday = weekday % 7 + 1;
		if (++day > month_days(year, month)) {
			day = 1;
			month = month % 12 + 1;
			year += month == 1;
		}
	}
}

static void test_years(void **state)
{
	(void)state;
	assert_true(year_is_leap(2000) && year_is_leap(2004) && year_is_leap(4));
	assert_false(year_is_leap(1900) || year_is_leap(2005) || year_is_leap(1));
	static const int long_years[] = {2004, 2009, 2015, 2020, 2026, 2032, 2037};
	size_t found = 0;
	for (int year = 2001; year < 2040; year++) {
		bool is_long = found < COUNT(long_years) && long_years[found] == year;
		assert_int_equal(year_weeks(year), is_long ? 53 : 52);
		found += is_long;
	}
	assert_int_equal(month_days(2004, 2), 29);
	assert_int_equal(month_days(2005, 2), 28);
	assert_int_equal(month_days(2005, 0), 0);
	assert_int_equal(month_days(2005, 13), 0);
}

/* Any second of any zone: fields and epoch agree, sums are monotonic and can be taken back. */
static void test_properties(void **state)
{
	uint64_t random = 1;
	(void)state;
	for (int n = 0; n < 20000; n++) {
		int64_t epoch = (int64_t)(next_random(&random) % (UINT64_C(250) << 30)) - (INT64_C(50) << 30);
		int32_t offset_s = ((int32_t)(next_random(&random) % 105) - 52) * 900;
		struct moment m = moment_of_epoch(epoch, offset_s);
		assert_int_equal(moment_epoch(&m), epoch);
		struct moment utc = moment_utc(&m);
		assert_int_equal(moment_epoch(&utc), epoch);
		assert_int_equal(utc.offset_s, 0);
		int64_t seconds = (int64_t)next_random(&random) - (INT64_C(1) << 30);
		struct moment later = m;
		moment_add_seconds(&later, seconds);
		assert_int_equal(moment_epoch(&later), epoch + seconds);
		assert_int_equal(moment_compare(&m, &later), (seconds < 0) - (seconds > 0));
		struct moment again;
		if (later.second < MOMENT_DAY_S && later.year >= 1000) {
			assert_int_equal(moment_parse(show(&later), &here, &again, NULL), ERR_OK);
			assert_int_equal(moment_epoch(&again), epoch + seconds);
			assert_int_equal(again.offset_s, offset_s);
		}
	}
}

static void test_add(void **state)
{
	static const struct {
		const char *from, *duration, *sum, *difference;
	} cases[] = {
		{"2005-01-20", "P1Y", "2006-01-20 00:00:00Z", "2004-01-20 00:00:00Z"},
		{"2005-01-31", "P1M", "2005-02-28 00:00:00Z", "2004-12-31 00:00:00Z"},
		{"2004-01-31", "P1M", "2004-02-29 00:00:00Z", "2003-12-31 00:00:00Z"},
		{"2005-03-31", "P25M", "2007-04-30 00:00:00Z", "2003-02-28 00:00:00Z"},
		/* Years keep the day of the year, not of the month. */
		{"2004-03-01", "P1Y", "2005-03-02 00:00:00Z", "2003-03-02 00:00:00Z"},
		{"2004-12-31", "P1Y", "2006-01-01 00:00:00Z", "2004-01-01 00:00:00Z"},
		{"2005-12-31", "P1D", "2006-01-01 00:00:00Z", "2005-12-30 00:00:00Z"},
		{"2005-01-20", "P1W", "2005-01-27 00:00:00Z", "2005-01-13 00:00:00Z"},
		{"2005-01-20", "PT36H", "2005-01-21 12:00:00Z", "2005-01-18 12:00:00Z"},
		{"2005-01-20 23:59:59Z", "PT2S", "2005-01-21 00:00:01Z", "2005-01-20 23:59:57Z"},
		/* The end of a day is not the start of the next. */
		{"2005-01-20 23:59:59Z", "PT1S", "2005-01-20 24:00:00Z", "2005-01-20 23:59:58Z"},
		{"2005-01-20", "P1Y2M3DT4H5M6S", "2006-03-23 04:05:06Z", "2003-11-16 19:54:54Z"},
		{"2005-01-20", "P-1Y-1M", "2003-12-20 00:00:00Z", "2006-02-20 00:00:00Z"},
		{"0001-02-03", "P5Y", "0006-02-03 00:00:00Z", "0001-02-03 00:00:00Z"},
		{"0001-02-03", "P5M", "0001-07-03 00:00:00Z", "0001-01-03 00:00:00Z"},
		{"0001-02-03", "P50D", "0001-03-25 00:00:00Z", "0001-01-01 00:00:00Z"},
		{"2147483647-12-01", "P1Y", "2147483647-12-01 00:00:00Z", "2147483646-12-01 00:00:00Z"},
		{"2147483647-12-01", "P99D", "2147483647-12-31 00:00:00Z", "2147483647-08-24 00:00:00Z"},
		{"2147483647-12-01", "P2147483647M", "2147483647-12-01 00:00:00Z", "1968526677-05-01 00:00:00Z"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct moment sum, difference;
		struct duration d;
		assert_int_equal(moment_parse(cases[i].from, &here, &sum, NULL), ERR_OK);
		assert_int_equal(duration_parse(cases[i].duration, &d, NULL), ERR_OK);
		difference = sum;
		moment_add(&sum, &d);
		moment_subtract(&difference, &d);
		assert_string_equal(show(&sum), cases[i].sum);
		assert_string_equal(show(&difference), cases[i].difference);
	}
	struct moment m = {.year = 2005, .day = 1};
	moment_add_years(&m, INT64_MAX);
	assert_int_equal(m.year, MOMENT_YEAR_MAX);
	moment_add_years(&m, INT64_MIN);
	assert_int_equal(m.year, 1);
	moment_add_months(&m, INT64_MAX);
	assert_string_equal(show(&m), "2147483647-12-01 00:00:00Z");
	moment_add_days(&m, INT64_MIN);
	assert_string_equal(show(&m), "0001-01-01 00:00:00Z");
}

static void test_durations(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
		int64_t seconds;
	} cases[] = {
		{"P1Y", "   1 year ", 31536000},
		{"P2Y3M", "   2 years  3 months ", 70848000},
		{"P1M", " 1 month ", 2592000},
		{"PT1M", "60 seconds (1 minute)", 60},
		{"P1W", " 7 days ", 604800},
		{"P1W1D", " 8 days ", 691200},
		{"P12D", "12 days ", 1036800},
		{"PT1S", "1 second", 1},
		{"PT59S", "59 seconds", 59},
		{"PT61S", "61 seconds (1 minute 1 seconds)", 61},
		{"PT1H", "3600 seconds (1 hour)", 3600},
		{"PT1H1S", "3601 seconds (1 hour 1 seconds)", 3601},
		{"PT2H30M5S", "9005 seconds (2 hours 30 minutes 5 seconds)", 9005},
		{"P1DT12H", " 1 day 43200 seconds (12 hours)", 129600},
		{"P-1DT-90S", "-1 days -90 seconds (1 minute 30 seconds)", -86490},
		{"P1D1H", " 1 day 3600 seconds (1 hour)", 90000},
		{"PT1H1H", "7200 seconds (2 hours)", 7200},
		{"P1Y2Y", "   2 years ", 63072000},
		{"P+1D", " 1 day ", 86400},
		{"P1D rest", " 1 day ", 86400},
		{"P1D/P2D", " 1 day ", 86400},
		{"PT2147483647S", "2147483647 seconds (596523 hours 14 minutes 7 seconds)", 2147483647},
		{"PT2147483648S", NULL, 0},
		{"PT2147483647H", NULL, 0},
		{"P2147483647W", NULL, 0},
		{"P99999999999D", NULL, 0},
		{"PT0S", NULL, 0},
		{"P1D-1D", NULL, 0},
		{"P", NULL, 0},
		{"PT", NULL, 0},
		{"P1", NULL, 0},
		{"P1X", NULL, 0},
		{"PD", NULL, 0},
		{"P1.5D", NULL, 0},
		{"P--1D", NULL, 0},
		{"1D", NULL, 0},
		{"", NULL, 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct duration d;
		struct error error = {0};
		char text[MOMENT_TEXT_SIZE];
		enum err e = duration_parse(cases[i].text, &d, &error);
		if ((e == ERR_OK) != (cases[i].want != NULL))
			fail_msg("'%s': %s", cases[i].text, error.text);
		if (e != ERR_OK)
			continue;
		assert_string_equal(duration_text(&d, text), cases[i].want);
		assert_int_equal(duration_seconds(&d), cases[i].seconds);
	}
}

static void test_periods(void **state)
{
	static const struct {
		const char *text, *start, *end;
	} cases[] = {
		{"2005-040/2005-043", "2005-02-09 00:00:00Z", "2005-02-12 00:00:00Z"},
		{"2005-01-20/P1M", "2005-01-20 00:00:00Z", "2005-02-20 00:00:00Z"},
		{"P1M/2005-03-31", "2005-02-28 00:00:00Z", "2005-03-31 00:00:00Z"},
		{"PT1H", "2026-11-22 15:30:00 +01:00", "2026-11-22 16:30:00 +01:00"},
		{"2005-01-20 10:00/2005-01-21 10:00Z", "2005-01-20 10:00:00 +01:00", "2005-01-21 10:00:00Z"},
		{"2005-01-20", NULL, NULL},
		{"P1D/P2D", NULL, NULL},
		{"2005-01-20/", NULL, NULL},
		{"/2005-01-20", NULL, NULL},
		{"2005-01-20/x", NULL, NULL},
		{"x/2005-01-20", NULL, NULL},
		{"2005-01-20/P", NULL, NULL},
		{"9999-12-31/P1D", NULL, NULL},
		{"10000-01-01/2005-01-01", NULL, NULL},
		{"", NULL, NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct period p;
		struct error error = {0};
		enum err e = period_parse(cases[i].text, &here, &p, &error);
		if ((e == ERR_OK) != (cases[i].start != NULL))
			fail_msg("'%s': %s", cases[i].text, error.text);
		if (e != ERR_OK)
			continue;
		assert_string_equal(show(&p.start), cases[i].start);
		assert_string_equal(show(&p.end), cases[i].end);
	}
}

static void test_text(void **state)
{
	struct moment m = {.year = 2005, .day = 20, .second = 45000, .offset_s = -12600};
	static const struct {
		unsigned print;
		const char *want;
	} cases[] = {
		{MOMENT_DATE | MOMENT_TIME, "2005-01-20 16:00:00Z"},
		{MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, "2005-01-20 12:30:00 -03:30"},
		{MOMENT_DATE, "2005-01-20"},
		{MOMENT_TIME, "16:00:00Z"},
		{MOMENT_DATE | MOMENT_ORDINAL, "2005-020"},
		{MOMENT_DATE | MOMENT_WEEKS, "2005-W03-4"},
		{MOMENT_EPOCH, "1106236800"},
		{MOMENT_SECONDS, "63241833600"},
		{MOMENT_EPOCH | MOMENT_DATE | MOMENT_TIME, "1106236800"},
	};
	char text[MOMENT_TEXT_SIZE];
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(moment_text(&m, cases[i].print, text), cases[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse), cmocka_unit_test(test_long),      cmocka_unit_test(test_epoch),
		cmocka_unit_test(test_days),  cmocka_unit_test(test_years),     cmocka_unit_test(test_properties),
		cmocka_unit_test(test_add),   cmocka_unit_test(test_durations), cmocka_unit_test(test_periods),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
