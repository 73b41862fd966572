/* SPDX-License-Identifier: GPL-2.0-or-later */
/* interval.h - lengths of time as the configuration writes them: "10", "10s", "5m", "200ms", "PT1M".
 *
 * A number counts seconds unless a unit follows: us, ms, s, m, h, of which only the
 * first letters are read ("5 minutes" and "5 months" are both five minutes);
 * digits after a point are skipped. That is how it always was, so it stays.
 *
 * There are two readers because there are two rules:
 *
 *	text		interval_parse_ms	timeout_parse_ms
 *	"1m", "60"	60000			60000
 *	"PT1M"		60000			wrong
 *	"-5"		wrong, 0		-5000
 *	"999h" x 10^4	4294967295		35964000000000
 */
#ifndef RULES_INTERVAL_H
#define RULES_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An interval: a number with a unit, or an ISO 8601 duration with years of 365 and months of 30 days; 0 to UINT32_MAX,
 * clamped. NULL is 0 and nothing is wrong. For text that is wrong: false, and *ret_ms is what the cluster
 * uses then: 0, or UINT32_MAX for a number beyond 64 bits. */
bool interval_parse_ms(const char *text, int64_t *ret_ms);

/* A number with a unit; may be negative; clamped to 64 bits. For text that is wrong, and NULL: false, *ret_ms
 * untouched, but clamped for a number beyond 64 bits. */
bool timeout_parse_ms(const char *text, int64_t *ret_ms);

enum { INTERVAL_TEXT_SIZE = 48 };
/* "1d2h3m4.500s", "250ms", "0s": for people. Written to buffer, which is returned. */
const char *interval_text(uint64_t interval_ms, char buffer[static INTERVAL_TEXT_SIZE]);

#endif
