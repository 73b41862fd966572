/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/resource.h"

#include <string.h>

enum { FRACTION_DIGITS_MAX = 5, WHOLE_DIGITS_MAX = 12 };

bool resource_key(const char *prefix, const char *name, char ret[MAP_KEY_MAX + 1])
{
	size_t a = strlen(prefix), b = strlen(name);

	if (a + b > MAP_KEY_MAX)
		return false;
	memcpy(ret, prefix, a);
	memcpy(ret + a, name, b + 1);
	return true;
}

/* Digits from *at on, at most max; how many there were. */
static uint32_t read_digits(const char **at, uint32_t max, uint64_t *ret)
{
	uint32_t count = 0;

	*ret = 0;
	for (; **at >= '0' && **at <= '9' && count < max; (*at)++, count++)
		*ret = *ret * 10 + (uint64_t)(**at - '0');
	return count;
}

bool resource_parse_fixed(const char *text, uint64_t *ret_65536ths)
{
	uint64_t whole, part = 0, scale = 1;
	const char *at = text;

	if (read_digits(&at, WHOLE_DIGITS_MAX, &whole) == 0)
		return false;
	if (*at == '.') {
		at++;
		for (uint32_t digits = read_digits(&at, FRACTION_DIGITS_MAX, &part); digits > 0; digits--)
			scale *= 10;
		while (*at >= '0' && *at <= '9') /* finer than we count */
			at++;
	}
	if (*at != '\0')
		return false;
	*ret_65536ths = whole * 65536 + part * 65536 / scale;
	return true;
}

enum resource_period resource_period_read(const struct map *map, const char *prefix, uint64_t *ret_ms)
{
	char key[MAP_KEY_MAX + 1];
	const char *text;
	uint64_t ms = 0;

	if (!resource_key(prefix, "poll_period", key) || map_get(map, key).type == MAP_NONE)
		return RESOURCE_PERIOD_MISSING;
	text = map_get_string(map, key);
	if (text != NULL && !resource_parse_fixed(text, &ms))
		return RESOURCE_PERIOD_BAD;
	ms /= 65536;
	if (text == NULL && !map_get_u64(map, key, &ms))
		return RESOURCE_PERIOD_BAD;
	if (ms < RESOURCE_PERIOD_MS_MIN || ms > RESOURCE_PERIOD_MS_MAX)
		return RESOURCE_PERIOD_BAD;
	*ret_ms = ms;
	return RESOURCE_PERIOD_GOOD;
}
