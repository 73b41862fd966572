/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments and durations as text; other programs compare these, so they are kept to the letter. */
#include "rules/moment.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(char *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char *buffer, const char *format, ...)
{
	size_t length = strlen(buffer);
	va_list args;
	va_start(args, format);
	(void)vsnprintf(buffer + length, MOMENT_TEXT_SIZE - length, format, args);
	va_end(args);
}

static void add_date(char *buffer, const struct moment_fields *f, unsigned print)
{
	if (print & MOMENT_WEEKS)
		add(buffer, "%lld-W%.2d-%d", (long long)f->week_year, f->week, f->week_day);
	else if (print & MOMENT_ORDINAL)
		add(buffer, "%lld-%.3d", (long long)f->year, f->year_day);
	else
		add(buffer, "%.4lld-%.2d-%.2d", (long long)f->year, f->month, f->month_day);
}

static void add_time(char *buffer, const struct moment *m, const struct moment_fields *f)
{
	add(buffer, "%s%.2d:%.2d:%.2d", buffer[0] != '\0' ? " " : "", f->hour, f->minute, f->second);
	int32_t minutes = abs(m->offset_s) / 60;
	if (m->offset_s != 0)
		add(buffer, " %c%.2d:%.2d", m->offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
	else
		add(buffer, "Z");
}

const char *moment_text(const struct moment *m, unsigned print, char buffer[static MOMENT_TEXT_SIZE])
{
	buffer[0] = '\0';
	if (print & (MOMENT_SECONDS | MOMENT_EPOCH)) {
		struct moment first = {.year = 1, .day = 1};
		int64_t from = print & MOMENT_SECONDS ? moment_epoch(&first) : 0;
		add(buffer, "%lld", (long long)(moment_epoch(m) - from));
		return buffer;
	}
	struct moment shown = print & MOMENT_ZONE ? *m : moment_utc(m);
	struct moment_fields f = moment_fields(&shown);
	if (print & MOMENT_DATE)
		add_date(buffer, &f, print);
	if (print & MOMENT_TIME)
		add_time(buffer, &shown, &f);
	return buffer;
}

static void add_count(char *buffer, int32_t count, const char *unit, int32_t plural_of)
{
	add(buffer, "%d %s%s", count, unit, plural_of == 1 ? "" : "s");
}

/* " (1 hour 30 minutes)": the seconds again, when they are a minute or more. */
static void add_breakdown(char *buffer, int32_t seconds)
{
	int64_t rest = llabs((long long)seconds);
	int32_t hours = (int32_t)(rest / 3600), minutes = (int32_t)(rest / 60 % 60), left = (int32_t)(rest % 60);
	const char *between = "";
	add(buffer, " (");
	if (hours > 0) {
		add_count(buffer, hours, "hour", hours);
		between = " ";
	}
	if (minutes > 0) {
		add(buffer, "%s", between);
		add_count(buffer, minutes, "minute", minutes);
		between = " ";
	}
	if (left > 0) {
		add(buffer, "%s", between);
		/* "1 seconds": the plural goes by the whole, and who compares texts compares it. */
		add_count(buffer, left, "second", seconds);
	}
	add(buffer, ")");
}

const char *duration_text(const struct duration *d, char buffer[static MOMENT_TEXT_SIZE])
{
	buffer[0] = '\0';
	if (d->years != 0)
		add(buffer, "%4d year%s ", d->years, d->years == 1 ? "" : "s");
	if (d->months != 0)
		add(buffer, "%2d month%s ", d->months, d->months == 1 ? "" : "s");
	if (d->days != 0)
		add(buffer, "%2d day%s ", d->days, d->days == 1 ? "" : "s");
	if (buffer[0] == '\0' || d->seconds != 0)
		add(buffer, "%d second%s", d->seconds, d->seconds == 1 ? "" : "s");
	if (d->seconds >= 60 || d->seconds <= -60)
		add_breakdown(buffer, d->seconds);
	return buffer;
}
