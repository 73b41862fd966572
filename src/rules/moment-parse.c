/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readers of ISO 8601: dates, times, zones, durations, periods.
 *
 * They are as lenient as the programs were with which configurations have been written
 * for twenty years: fields may be short ("2005-1-9"), blanks may stand before a
 * field, a zone may follow after a blank, and what comes after a complete date is
 * ignored. Stricter than those, because their answer is nonsense: numbers that do
 * not fit 32 bits are wrong instead of cut, week dates need a year from 1 on, and a
 * period's parts are read each for itself.
 */
#include "rules/moment.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

/* A date longer than this is refused, whatever it says. */
enum { MOMENT_INPUT_MAX = 128 };

static bool is_blank(char c)
{
	return g_ascii_isspace(c) || c == '\v';
}

/* A number as scanf's %u reads it, of at most `width` characters with its sign. A negative one is no number of anything
 * here and reads as too large. */
static bool scan_number(const char **at, unsigned width, uint32_t *ret)
{
	const char *p = *at;
	while (is_blank(*p))
		p++;
	bool negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++, width--;
	if (width == 0 || !g_ascii_isdigit(*p))
		return false;
	uint64_t number = 0;
	for (; width > 0 && g_ascii_isdigit(*p); p++, width--)
		number = MIN(number * 10 + (uint64_t)(*p - '0'), UINT32_MAX);
	*ret = negative && number != 0 ? UINT32_MAX : (uint32_t)number;
	*at = p;
	return true;
}

/* Up to `count` numbers, each but the first after its separator; how many there were. */
static int scan_separated(const char *text, int count, const char *const separators[2], uint32_t ret[3])
{
	for (int i = 0; i < count; i++) {
		if (i > 0) {
			size_t length = strlen(separators[i - 1]);
			if (strncmp(text, separators[i - 1], length) != 0)
				return i;
			text += length;
		}
		if (!scan_number(&text, UINT32_MAX, &ret[i]))
			return i;
	}
	return count;
}

/* Three numbers without separators, the first of so many digits, the others of two; how many there were. */
static int scan_packed(const char *text, unsigned first_width, uint32_t ret[3])
{
	for (int i = 0; i < 3; i++)
		if (!scan_number(&text, i == 0 ? first_width : 2, &ret[i]))
			return i;
	return 3;
}

/* 12, 12:30, 12:30:59, 1230, 123059; 24:00:00 is the end of the day. */
static enum err parse_clock(const char *text, int32_t *ret_second, struct error *reterr)
{
	uint32_t hms[3] = {0};
	int count = scan_separated(text, 3, (const char *const[]){":", ":"}, hms);
	if (count == 1) {
		hms[0] = 0;
		count = scan_packed(text, 2, hms);
	}
	if (count < 1)
		return error_set(reterr, ERR_INVALID, "'%s' is not a time such as 12:30:00", text);
	bool end_of_day = hms[0] == 24 && hms[1] == 0 && hms[2] == 0;
	if (hms[0] >= 24 && !end_of_day)
		return error_set(reterr, ERR_INVALID, "'%s' has no valid hour (0 to 23, or 24:00:00)", text);
	if (hms[1] >= 60)
		return error_set(reterr, ERR_INVALID, "'%s' has no valid minute (0 to 59)", text);
	if (hms[2] >= 60)
		return error_set(reterr, ERR_INVALID, "'%s' has no valid second (0 to 59)", text);
	*ret_second = (int32_t)(hms[0] * 3600 + hms[1] * 60 + hms[2]);
	return ERR_OK;
}

/* The zone begins at a Z, or else at the first blank or sign. A text that goes on in another way is taken as UTC. */
static enum err parse_zone(const char *time, const struct moment_here *here, int32_t *ret_offset_s,
			   struct error *reterr)
{
	const char *zone = strchr(time, 'Z');
	if (zone == NULL)
		zone = strpbrk(time, " +-");
	if (zone == NULL) {
		*ret_offset_s = here->offset_s;
		return ERR_OK;
	}
	while (is_blank(*zone))
		zone++;
	*ret_offset_s = 0;
	bool negative = *zone == '-';
	if (*zone == '-' || *zone == '+')
		zone++;
	else if (!g_ascii_isdigit(*zone))
		return ERR_OK;
	enum err e = parse_clock(zone, ret_offset_s, reterr);
	if (e != ERR_OK)
		return error_wrap(reterr, e, "the zone");
	if (negative)
		*ret_offset_s = -*ret_offset_s;
	return ERR_OK;
}

static enum err parse_time(const char *text, const struct moment_here *here, struct moment *m, struct error *reterr)
{
	enum err e = parse_clock(text, &m->second, reterr);
	if (e != ERR_OK)
		return e;
	e = parse_zone(text, here, &m->offset_s, reterr);
	if (e == ERR_OK && m->second == MOMENT_DAY_S) {
		m->second = 0;
		moment_add_days(m, 1);
	}
	return e;
}

static bool is_epoch(const char *text)
{
	return g_ascii_strncasecmp(text, "epoch", 5) == 0 && (text[5] == '\0' || is_blank(text[5]));
}

static enum err check_year(const char *text, uint32_t year, struct error *reterr)
{
	if (year >= 1 && year <= MOMENT_YEAR_MAX)
		return ERR_OK;
	return error_set(reterr, ERR_INVALID, "'%s' has no valid year (1 to %lld)", text, (long long)MOMENT_YEAR_MAX);
}

static enum err parse_calendar_date(const char *text, const uint32_t ymd[3], struct moment *m, struct error *reterr)
{
	enum err e = check_year(text, ymd[0], reterr);
	if (e != ERR_OK)
		return e;
	if (ymd[1] < 1 || ymd[1] > 12)
		return error_set(reterr, ERR_INVALID, "'%s' has no valid month (1 to 12)", text);
	int last = month_days(ymd[0], (int)ymd[1]);
	if (ymd[2] < 1 || ymd[2] > (uint32_t)last)
		return error_set(reterr, ERR_INVALID, "'%s' has no valid day of the month (1 to %d)", text, last);
	m->year = ymd[0];
	m->day = (int32_t)ymd[2];
	for (int month = 1; month < (int)ymd[1]; month++)
		m->day += month_days(ymd[0], month);
	return ERR_OK;
}

static enum err parse_ordinal_date(const char *text, const uint32_t yd[3], struct moment *m, struct error *reterr)
{
	enum err e = check_year(text, yd[0], reterr);
	if (e != ERR_OK)
		return e;
	int last = year_is_leap(yd[0]) ? 366 : 365;
	if (yd[1] < 1 || yd[1] > (uint32_t)last)
		return error_set(reterr, ERR_INVALID, "'%s' has no valid day of the year (1 to %d)", text, last);
	m->year = yd[0];
	m->day = (int32_t)yd[1];
	return ERR_OK;
}

static enum err parse_week_date(const char *text, const uint32_t ywd[3], struct moment *m, struct error *reterr)
{
	enum err e = check_year(text, ywd[0], reterr);
	if (e != ERR_OK)
		return e;
	if (ywd[1] < 1 || ywd[1] > (uint32_t)year_weeks(ywd[0]))
		return error_set(reterr, ERR_INVALID, "'%s' has no valid week (1 to %d)", text, year_weeks(ywd[0]));
	if (ywd[2] < 1 || ywd[2] > 7)
		return error_set(reterr, ERR_INVALID, "'%s' has no valid day of the week (1 to 7)", text);
	/* The fourth of January is always in the first week. */
	m->year = ywd[0];
	m->day = 4;
	moment_add_days(m, ((int64_t)ywd[1] - 1) * 7 + ywd[2] - moment_fields(m).week_day);
	return ERR_OK;
}

static enum err parse_date(const char *text, struct moment *m, struct error *reterr)
{
	uint32_t n[3];
	int count = scan_separated(text, 3, (const char *const[]){"-", "-"}, n);
	if (count == 1)
		count = scan_packed(text, 4, n);
	if (count == 3)
		return parse_calendar_date(text, n, m, reterr);
	if (scan_separated(text, 2, (const char *const[]){"-", NULL}, n) == 2)
		return parse_ordinal_date(text, n, m, reterr);
	if (scan_separated(text, 3, (const char *const[]){"-W", "-"}, n) == 3)
		return parse_week_date(text, n, m, reterr);
	return error_set(reterr, ERR_INVALID, "'%s' is not a date such as 2005-01-20, 2005-020 or 2005-W03-4", text);
}

static enum err parse_moment(const char *text, const struct moment_here *here, struct moment *m, struct error *reterr)
{
	if (text[0] == '\0')
		return error_set(reterr, ERR_INVALID, "a date is empty");
	if (is_epoch(text)) {
		*m = (struct moment){.year = 1970, .day = 1};
		return ERR_OK;
	}
	if (text[0] == 'T' || (text[1] != '\0' && text[2] == ':')) {
		*m = moment_of_epoch(here->now, here->offset_s);
		return parse_time(text + (text[0] == 'T'), here, m, reterr);
	}
	*m = (struct moment){0};
	enum err e = parse_date(text, m, reterr);
	const char *time = text + strspn(text, "0123456789-W");
	if (e == ERR_OK && (*time == ' ' || *time == 'T'))
		e = parse_time(time + 1, here, m, reterr);
	return e;
}

/* The first `length` bytes, so that a period's start does not see its end. */
static enum err parse_part(const char *text, size_t length, const struct moment_here *here, struct moment *ret,
			   struct error *reterr)
{
	char part[MOMENT_INPUT_MAX];
	if (length >= sizeof(part))
		return error_set(reterr, ERR_INVALID, "'%.20s…' is too long for a date", text);
	memcpy(part, text, length);
	part[length] = '\0';
	struct moment m;
	enum err e = parse_moment(part, here, &m, reterr);
	if (e == ERR_OK)
		*ret = m;
	return e;
}

enum err moment_parse(const char *text, const struct moment_here *here, struct moment *ret, struct error *reterr)
{
	return parse_part(text, strcspn(text, "/"), here, ret, reterr);
}

/* A number with an optional sign of at most ten digits that fits 32 bits. */
static bool scan_count(const char **at, int32_t *ret)
{
	const char *p = *at;
	bool negative = *p == '-';
	if (*p == '-' || *p == '+' || *p == ':')
		p++;
	int64_t number = 0;
	const char *first = p;
	while (g_ascii_isdigit(*p) && number <= INT32_MAX)
		number = number * 10 + (*p++ - '0');
	if (p == first || number > INT32_MAX)
		return false;
	*ret = (int32_t)(negative ? -number : number);
	*at = p;
	return true;
}

static bool add_count(int32_t *sum, int64_t count)
{
	int64_t result = *sum + count;
	if (result < INT32_MIN || result > INT32_MAX)
		return false;
	*sum = (int32_t)result;
	return true;
}

/* M is months before the T and minutes after it. */
static bool add_unit(struct duration *d, int32_t count, char unit, bool is_time)
{
	switch (unit) {
	case 'Y':
		d->years = count;
		return true;
	case 'M':
		if (is_time)
			return add_count(&d->seconds, count * INT64_C(60));
		d->months = count;
		return true;
	case 'W':
		return add_count(&d->days, count * INT64_C(7));
	case 'D':
		return add_count(&d->days, count);
	case 'H':
		return add_count(&d->seconds, count * INT64_C(3600));
	case 'S':
		return add_count(&d->seconds, count);
	}
	return false;
}

enum err duration_parse(const char *text, struct duration *ret, struct error *reterr)
{
	struct duration d = {0};
	bool is_time = false;
	if (text[0] != 'P')
		return error_set(reterr, ERR_INVALID, "'%s' is not a duration such as P1DT12H: it has no P", text);
	for (const char *at = text + 1; *at != '\0' && *at != '/' && !is_blank(*at);) {
		int32_t count;
		if (*at == 'T') {
			is_time = true;
			at++;
			continue;
		}
		const char *start = at;
		if (!scan_count(&at, &count))
			return error_set(reterr, ERR_INVALID, "'%s' has no whole number of 32 bits at '%s'", text,
					 start);
		if (*at == '\0' || strchr("YMWDHS", *at) == NULL)
			return error_set(reterr, ERR_INVALID, "'%s' has no unit (Y, M, W, D, H, M, S) after '%.*s'",
					 text, (int)(at - start), start);
		if (!add_unit(&d, count, *at++, is_time))
			return error_set(reterr, ERR_INVALID, "'%s' is too long: more than 32 bits at '%s'", text,
					 start);
	}
	if (d.years == 0 && d.months == 0 && d.days == 0 && d.seconds == 0)
		return error_set(reterr, ERR_INVALID, "'%s' is a duration of nothing", text);
	*ret = d;
	return ERR_OK;
}

static enum err check_period_year(const struct moment *m, const char *which, struct error *reterr)
{
	if (m->year <= 9999 && m->second < MOMENT_DAY_S)
		return ERR_OK;
	return error_set(reterr, ERR_INVALID, "the period's %s lies outside of the years 1 to 9999", which);
}

/* What stands before and after the slash: a duration in one place at most. */
struct halves {
	bool has_start, has_end;
	struct duration duration;
};

static enum err parse_halves(const char *text, const struct moment_here *here, struct halves *h, struct period *p,
			     struct error *reterr)
{
	size_t first = strcspn(text, "/");
	const char *second = text[first] == '/' ? text + first + 1 : NULL;
	enum err e = ERR_OK;
	h->has_start = *text != 'P';
	if (h->has_start)
		e = parse_part(text, first, here, &p->start, reterr);
	else
		e = duration_parse(text, &h->duration, reterr);
	if (e != ERR_OK)
		return e;
	if (second == NULL && h->has_start)
		return error_set(reterr, ERR_INVALID, "'%s' is no period: it has no end and no duration", text);
	if (second == NULL) {
		p->start = moment_of_epoch(here->now, here->offset_s);
		h->has_start = true;
		return ERR_OK;
	}
	h->has_end = *second != 'P';
	if (!h->has_end && !h->has_start)
		return error_set(reterr, ERR_INVALID, "'%s' is no period: it has two durations", text);
	if (!h->has_end)
		return duration_parse(second, &h->duration, reterr);
	return moment_parse(second, here, &p->end, reterr);
}

enum err period_parse(const char *text, const struct moment_here *here, struct period *ret, struct error *reterr)
{
	struct halves h = {0};
	struct period p;
	enum err e = parse_halves(text, here, &h, &p, reterr);
	if (e != ERR_OK)
		return e;
	if (!h.has_start) {
		p.start = p.end;
		moment_subtract(&p.start, &h.duration);
	} else if (!h.has_end) {
		p.end = p.start;
		moment_add(&p.end, &h.duration);
	}
	e = check_period_year(&p.start, "start", reterr);
	if (e == ERR_OK)
		e = check_period_year(&p.end, "end", reterr);
	if (e == ERR_OK)
		*ret = p;
	return e;
}
