/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/compare.h"

#include "base/version.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool parse_integer(const char *text, int64_t *ret)
{
	char *end;
	errno = 0;
	*ret = g_ascii_strtoll(text, &end, 10);
	return end != text && errno != ERANGE;
}

/* Below this, doubles lose digits. */
static const double smallest_normal = 0x1p-1022;

/* False also for what is too large or too small for a double. "-0" counts as too small, as it does elsewhere. */
static bool parse_number(const char *text, double *ret)
{
	char *end;
	errno = 0;
	*ret = g_ascii_strtod(text, &end);
	if (end == text || errno == ERANGE)
		return false;
	if (*ret > smallest_normal || *ret < -smallest_normal || *ret != *ret)
		return true;
	return strspn(text, "0.eE") >= (size_t)(end - text);
}

static int compare_integers(const char *a, const char *b)
{
	int64_t one, two;
	if (!parse_integer(a, &one) || !parse_integer(b, &two))
		return g_ascii_strcasecmp(a, b);
	return one < two ? -1 : one > two;
}

static int compare_numbers(const char *a, const char *b)
{
	double one, two;
	if (!parse_number(a, &one) || !parse_number(b, &two))
		return g_ascii_strcasecmp(a, b);
	return one < two ? -1 : one > two;
}

int value_compare(const char *a, const char *b, enum value_type type)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	switch (type) {
	case VALUE_STRING:
		return g_ascii_strcasecmp(a, b);
	case VALUE_INTEGER:
		return compare_integers(a, b);
	case VALUE_NUMBER:
		return compare_numbers(a, b);
	case VALUE_VERSION:
		return version_compare(a, b);
	}
	return 0;
}
