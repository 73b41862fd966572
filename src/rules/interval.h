/* SPDX-License-Identifier: GPL-2.0-or-later */
/* interval.h - lengths of time as the configuration writes them: "10", "10s", "5m", "200ms", "PT1M".
 *
 * Two spellings are older than any rule about them, so there are two readers:
 *
 *	reader			"PT1M"	"1min 30s"	"-5"
 *	interval_parse_ms	60000	60000		error	intervals, timeouts, options
 *	timeout_parse_ms	error	60000		-5000	the XML's plain numbers with a unit
 */
#ifndef RULES_INTERVAL_H
#define RULES_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An interval, never negative: a number with a unit, or an ISO 8601 duration. NULL, and text that is wrong, are false
 * (then *ret_ms is untouched). Durations in years and months count 365 and 30 days. */
bool interval_parse_ms(const char *text, int64_t *ret_ms);

/* A number with a unit only (no ISO 8601); no unit means seconds; may be negative; clamped to 64 bits. */
bool timeout_parse_ms(const char *text, int64_t *ret_ms);

enum { INTERVAL_TEXT_SIZE = 48 };
/* "1d2h3m4.500s", "250ms", "0s": for people. Written to buffer, which is returned. */
const char *interval_text(uint64_t interval_ms, char buffer[static INTERVAL_TEXT_SIZE]);

#endif
