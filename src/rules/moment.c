/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calendar: Gregorian, also before there was one, counted in days since 0001-01-01. */
#include "rules/moment.h"

enum { DAYS_400 = 146097, DAYS_100 = 36524, DAYS_4 = 1461 };

/* Day 0 is 0001-01-01. */
static const int64_t day_of_1970 = 719162;

bool year_is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int year_days(int64_t year)
{
	return year_is_leap(year) ? 366 : 365;
}

int month_days(int64_t year, int month)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (month < 1 || month > 12)
		return 0;
	return days[month - 1] + (month == 2 && year_is_leap(year));
}

/* Days from 0001-01-01 to the first of January of a year from 1 on. */
static int64_t days_before_year(int64_t year)
{
	int64_t y = year - 1;
	return y * 365 + y / 4 - y / 100 + y / 400;
}

/* 1 Monday to 7 Sunday; 0001-01-01 was a Monday. */
static int january_weekday(int64_t year)
{
	return (int)(days_before_year(year) % 7) + 1;
}

/* A year has week 53 when it begins or ends on a Thursday. */
int year_weeks(int64_t year)
{
	return january_weekday(year) == 4 || january_weekday(year + 1) == 5 ? 53 : 52;
}

static int64_t clamp64(int64_t n, int64_t low, int64_t high)
{
	return n < low ? low : n > high ? high : n;
}

/* Days since 0001-01-01, where the moment's day may lie outside of its year. */
static int64_t day_number(const struct moment *m)
{
	return days_before_year(m->year) + m->day - 1;
}

static void set_day_number(struct moment *m, int64_t number)
{
	int64_t last = days_before_year(MOMENT_YEAR_MAX) + year_days(MOMENT_YEAR_MAX) - 1;
	number = clamp64(number, 0, last);
	int64_t rest = number % DAYS_400;
	int64_t centuries = clamp64(rest / DAYS_100, 0, 3);
	rest -= centuries * DAYS_100;
	int64_t fours = rest / DAYS_4;
	rest %= DAYS_4;
	int64_t ones = clamp64(rest / 365, 0, 3);
	m->year = number / DAYS_400 * 400 + centuries * 100 + fours * 4 + ones + 1;
	m->day = (int32_t)(rest - ones * 365) + 1;
}

void moment_add_years(struct moment *m, int64_t years)
{
	m->year = clamp64(m->year + clamp64(years, -MOMENT_YEAR_MAX, MOMENT_YEAR_MAX), 1, MOMENT_YEAR_MAX);
	/* The day of the year is kept, so that day 366 may become the first of January after. */
	set_day_number(m, day_number(m));
}

static void month_and_day(const struct moment *m, int32_t *ret_month, int32_t *ret_day)
{
	int32_t month = 1, day = m->day;
	while (month < 12 && day > month_days(m->year, month))
		day -= month_days(m->year, month++);
	*ret_month = month;
	*ret_day = day;
}

static int32_t day_of_year(int64_t year, int32_t month, int32_t day)
{
	for (int32_t i = 1; i < month; i++)
		day += month_days(year, i);
	return day;
}

void moment_add_months(struct moment *m, int64_t months)
{
	int32_t month, day;
	month_and_day(m, &month, &day);
	int64_t limit = MOMENT_YEAR_MAX * 12;
	int64_t number = clamp64(m->year * 12 + month - 1 + clamp64(months, -limit, limit), 12, limit + 11);
	m->year = number / 12;
	month = (int32_t)(number % 12) + 1;
	int32_t last = month_days(m->year, month);
	m->day = day_of_year(m->year, month, day < last ? day : last);
}

void moment_add_days(struct moment *m, int64_t days)
{
	int64_t limit = MOMENT_YEAR_MAX * 366;
	set_day_number(m, day_number(m) + clamp64(days, -limit, limit));
}

/* A sum of exactly 24 hours stays 24:00:00 of the same day, as ISO 8601 allows and as other programs print it. */
void moment_add_seconds(struct moment *m, int64_t seconds)
{
	int64_t days = seconds / MOMENT_DAY_S;
	m->second += (int32_t)(seconds % MOMENT_DAY_S);
	if (m->second > MOMENT_DAY_S) {
		days++;
		m->second -= MOMENT_DAY_S;
	} else if (m->second < 0) {
		days--;
		m->second += MOMENT_DAY_S;
	}
	moment_add_days(m, days);
}

void moment_add(struct moment *m, const struct duration *d)
{
	moment_add_years(m, d->years);
	moment_add_months(m, d->months);
	moment_add_days(m, d->days);
	moment_add_seconds(m, d->seconds);
}

void moment_subtract(struct moment *m, const struct duration *d)
{
	moment_add_years(m, -(int64_t)d->years);
	moment_add_months(m, -(int64_t)d->months);
	moment_add_days(m, -(int64_t)d->days);
	moment_add_seconds(m, -(int64_t)d->seconds);
}

int64_t duration_seconds(const struct duration *d)
{
	return (d->years * INT64_C(365) + d->months * INT64_C(30) + d->days) * MOMENT_DAY_S + d->seconds;
}

int64_t moment_epoch(const struct moment *m)
{
	return (day_number(m) - day_of_1970) * MOMENT_DAY_S + m->second - m->offset_s;
}

struct moment moment_of_epoch(int64_t epoch, int32_t offset_s)
{
	int64_t limit = MOMENT_YEAR_MAX * 366 * MOMENT_DAY_S;
	int64_t local = clamp64(epoch, -limit, limit) + offset_s;
	int64_t days = local / MOMENT_DAY_S, second = local % MOMENT_DAY_S;
	if (second < 0) {
		days--;
		second += MOMENT_DAY_S;
	}
	struct moment m = {.second = (int32_t)second, .offset_s = offset_s};
	set_day_number(&m, day_of_1970 + days);
	return m;
}

struct moment moment_utc(const struct moment *m)
{
	struct moment utc = *m;
	utc.offset_s = 0;
	if (m->offset_s != 0)
		moment_add_seconds(&utc, -m->offset_s);
	return utc;
}

/* Field by field, so that 24:00:00 comes before 00:00:00 of the next day. */
int moment_compare(const struct moment *a, const struct moment *b)
{
	struct moment one = moment_utc(a), two = moment_utc(b);
	if (one.year != two.year)
		return one.year < two.year ? -1 : 1;
	if (one.day != two.day)
		return one.day < two.day ? -1 : 1;
	return one.second < two.second ? -1 : one.second > two.second;
}

/* Weeks begin on Monday; the first one of a year is the one with its first Thursday (year 1 begins on a Monday, so that
 * no week belongs to a year before it). */
static void set_week(struct moment_fields *f, const struct moment *m)
{
	int first = january_weekday(m->year);
	f->week_day = (first - 1 + m->day - 1) % 7 + 1;
	f->week_year = m->year;
	f->week = (m->day - f->week_day + 10) / 7;
	if (f->week == 0) {
		f->week_year--;
		f->week = year_weeks(f->week_year);
	} else if (f->week > year_weeks(m->year)) {
		f->week_year++;
		f->week = 1;
	}
}

struct moment_fields moment_fields(const struct moment *m)
{
	struct moment_fields f = {.year = m->year,
				  .year_day = m->day,
				  .hour = m->second / 3600,
				  .minute = m->second / 60 % 60,
				  .second = m->second % 60};
	month_and_day(m, &f.month, &f.month_day);
	set_week(&f, m);
	return f;
}
