/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/version.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The next number of a version, and 0 when there is none. */
static int64_t take_part(const char **at)
{
	const char *p = *at;
	int64_t number = 0;
	for (; is_digit(*p); p++)
		number = number > (INT64_MAX - 9) / 10 ? INT64_MAX : number * 10 + (*p - '0');
	bool goes_on = p > *at && p[0] == '.' && is_digit(p[1]);
	*at = goes_on ? p + 1 : "";
	return number;
}

int version_compare(const char *a, const char *b)
{
	a += strspn(a, " \t\n\v\f\r");
	b += strspn(b, " \t\n\v\f\r");
	while (*a != '\0' || *b != '\0') {
		int64_t one = take_part(&a), two = take_part(&b);
		if (one != two)
			return one < two ? -1 : 1;
	}
	return 0;
}
