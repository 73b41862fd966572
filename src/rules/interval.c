/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/interval.h"

#include "rules/moment.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>

/* One unit: so many milliseconds, or (us) a part of one. Read by its first letters: "ms" and "us" before "m". */
static const struct unit {
	const char *letters;
	int64_t ms;
	int64_t divisor;
} units[] = {{"s", 1000, 1}, {"ms", 1, 1}, {"us", 1, 1000}, {"m", 60 * 1000, 1}, {"h", 60 * 60 * 1000, 1}};

static const struct unit *find_unit(const char *text)
{
	if (*text == '\0')
		return &units[0];
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		const char *at = text, *letter = units[i].letters;
		while (*letter != '\0' && g_ascii_tolower(*at) == *letter)
			at++, letter++;
		if (*letter == '\0')
			return &units[i];
	}
	return NULL;
}

static int64_t scale(int64_t number, const struct unit *unit)
{
	if (number > INT64_MAX / unit->ms)
		return INT64_MAX;
	if (number < INT64_MIN / unit->ms)
		return INT64_MIN;
	return number * unit->ms / unit->divisor;
}

/* As strtoll() in base 10; nearly all are a few plain digits. ret_fits: it is no number beyond 64 bits. */
static int64_t read_number(const char *text, const char **ret_end, bool *ret_fits)
{
	const char *at = text;
	int64_t number = 0;
	for (; g_ascii_isdigit(*at) && at - text < 18; at++)
		number = number * 10 + (*at - '0');
	*ret_fits = true;
	*ret_end = at;
	if (at != text && !g_ascii_isdigit(*at))
		return number;
	char *end;
	errno = 0;
	number = g_ascii_strtoll(text, &end, 10);
	*ret_fits = errno != ERANGE;
	*ret_end = end;
	return number;
}

bool timeout_parse_ms(const char *text, int64_t *ret_ms)
{
	if (text == NULL)
		return false;
	const char *at;
	bool fits;
	int64_t number = read_number(text, &at, &fits);
	if (at == text)
		return false;
	while (g_ascii_isdigit(*at) || *at == '.')
		at++;
	while (g_ascii_isspace(*at) || *at == '\v')
		at++;
	const struct unit *unit = find_unit(at);
	if (unit == NULL)
		return false;
	*ret_ms = scale(number, unit);
	return fits;
}

static bool parse_iso(const char *text, int64_t *ret_ms)
{
	struct duration d;
	if (duration_parse(text, &d, NULL) != ERR_OK)
		return false;
	*ret_ms = CLAMP(duration_seconds(&d), -1, UINT32_MAX / 1000) * 1000;
	return true;
}

bool interval_parse_ms(const char *text, int64_t *ret_ms)
{
	*ret_ms = 0;
	if (text == NULL)
		return true;
	int64_t ms = -1;
	bool fits = *text == 'P' ? parse_iso(text, &ms) : timeout_parse_ms(text, &ms);
	*ret_ms = CLAMP(ms, 0, UINT32_MAX);
	return fits && ms >= 0;
}

const char *interval_text(uint64_t interval_ms, char buffer[static INTERVAL_TEXT_SIZE])
{
	static const struct {
		uint64_t ms;
		char letter;
	} parts[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}};
	int at = 0;
	uint64_t rest = interval_ms;
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		uint64_t count = rest / parts[i].ms;
		rest %= parts[i].ms;
		if (count > 0)
			at += snprintf(buffer + at, (size_t)(INTERVAL_TEXT_SIZE - at), "%llu%c",
				       (unsigned long long)count, parts[i].letter);
	}
	size_t room = (size_t)(INTERVAL_TEXT_SIZE - at);
	unsigned seconds = (unsigned)(rest / 1000), ms = (unsigned)(rest % 1000);
	if (seconds > 0 && ms > 0)
		(void)snprintf(buffer + at, room, "%u.%03us", seconds, ms);
	else if (seconds > 0 || interval_ms == 0)
		(void)snprintf(buffer + at, room, "%us", seconds);
	else if (ms > 0)
		(void)snprintf(buffer + at, room, "%ums", ms);
	return buffer;
}
