/* SPDX-License-Identifier: GPL-2.0-or-later */
/* moment.h - a point of the calendar, as ISO 8601 and the configuration's rules write it.
 *
 *	struct moment_here here = {.now = now, .offset_s = offset of the local zone};
 *	struct moment m;
 *	if (moment_parse("2024-W53-1 24:00:00 +02:00", &here, &m, &error) == ERR_OK)
 *		at = moment_epoch(&m);
 *
 * A moment keeps the fields in which it was written and the zone it was written
 * in, because rules ask for the hour and the weekday there. Nothing here knows the
 * clock or the machine's zone: both come in `moment_here`. There is no daylight saving time:
 * one offset holds for all moments that name none.
 *
 * Years are 1 to MOMENT_YEAR_MAX; sums that would leave that are clipped to it.
 */
#ifndef RULES_MOMENT_H
#define RULES_MOMENT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOMENT_YEAR_MAX INT64_C(2147483647)

enum { MOMENT_DAY_S = 86400 };

struct moment {
	int64_t year;
	int32_t day;      /* of the year, from 1 */
	int32_t second;   /* of the day; 86400 is midnight at its end, see moment_add_seconds() */
	int32_t offset_s; /* east of UTC: what to subtract to get UTC */
};

/* What "now" and "here" mean to a text that leaves them out. */
struct moment_here {
	int64_t now;      /* seconds since 1970 */
	int32_t offset_s; /* of the local zone, east of UTC */
};

/* Parts of a length of time that do not convert into each other. */
struct duration {
	int32_t years, months, days, seconds;
};

struct period {
	struct moment start, end;
};

/* Seconds since 1970-01-01 00:00:00 UTC, and back (offset_s only chooses the zone of the fields). */
int64_t moment_epoch(const struct moment *m);
struct moment moment_of_epoch(int64_t epoch, int32_t offset_s);
/* The same instant in the fields of UTC. */
struct moment moment_utc(const struct moment *m);
/* <0, 0, >0 as in strcmp; compares instants, whatever the zones. */
int moment_compare(const struct moment *a, const struct moment *b);

/* Readers. Text after a complete date is ignored, as it always was. */
enum err moment_parse(const char *text, const struct moment_here *here, struct moment *ret,
		      struct error *reterr) MUST_CHECK;
enum err duration_parse(const char *text, struct duration *ret, struct error *reterr) MUST_CHECK;
/* START/END, START/DURATION, DURATION/END, or DURATION (from now). Years 1 to 9999. */
enum err period_parse(const char *text, const struct moment_here *here, struct period *ret,
		      struct error *reterr) MUST_CHECK;

/* Arithmetic of the calendar; negative counts go back. A month keeps the day unless it is too short for it. */
void moment_add_years(struct moment *m, int64_t years);
void moment_add_months(struct moment *m, int64_t months);
void moment_add_days(struct moment *m, int64_t days);
void moment_add_seconds(struct moment *m, int64_t seconds);
/* Years, then months, days and seconds. */
void moment_add(struct moment *m, const struct duration *d);
void moment_subtract(struct moment *m, const struct duration *d);
/* With years of 365 and months of 30 days. */
int64_t duration_seconds(const struct duration *d);

/* The fields that date_spec asks for. */
struct moment_fields {
	int64_t year, week_year;
	int32_t month, month_day, hour, minute, second, year_day, week, week_day; /* week_day: Monday is 1 */
};
struct moment_fields moment_fields(const struct moment *m);
bool year_is_leap(int64_t year);
int year_weeks(int64_t year);
int month_days(int64_t year, int month);

/* How to print. Without MOMENT_ZONE a moment is printed in UTC with a Z. */
enum moment_print {
	MOMENT_DATE = 1 << 0,    /* 2005-01-20 */
	MOMENT_TIME = 1 << 1,    /* 12:30:00 */
	MOMENT_ZONE = 1 << 2,    /* its own zone: " +02:00"; Z when that is UTC */
	MOMENT_WEEKS = 1 << 3,   /* the date as 2005-W03-4 */
	MOMENT_ORDINAL = 1 << 4, /* the date as 2005-020 */
	MOMENT_SECONDS = 1 << 5, /* seconds since year 1, nothing else */
	MOMENT_EPOCH = 1 << 6,   /* seconds since 1970, nothing else */
};
enum { MOMENT_TEXT_SIZE = 128 };
const char *moment_text(const struct moment *m, unsigned print, char buffer[static MOMENT_TEXT_SIZE]);
/* " 1 year  2 months 5400 seconds (1 hour 30 minutes)" */
const char *duration_text(const struct duration *d, char buffer[static MOMENT_TEXT_SIZE]);

#endif
