/* SPDX-License-Identifier: GPL-2.0-or-later */
/* repeat.h - lines that somebody else writes again and again.
 *
 * A stranger who knocks five times a second would fill the log, and with it the
 * disk. A line is let through when it was not seen for REPEAT_SILENCE_MS; then
 * it is told how many like it were kept back meanwhile. Lines are alike up to
 * the first '(': what stands in brackets are sizes and counts. The memory is of
 * the last REPEAT_LINES different lines; a line that was pushed out of it is new.
 *
 *	if (repeat_allows(&r, text, sizeof text, now)) ...
 */
#ifndef OS_REPEAT_H
#define OS_REPEAT_H

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPEAT_LINES = 32, REPEAT_SILENCE_MS = 60000 };

struct repeat_line {
	uint64_t hash;
	mono_time told; /* zero: this place is free */
	uint32_t kept_back;
};

/* Begins as zeros. */
struct repeat {
	struct repeat_line lines[REPEAT_LINES];
};

/* Whether to tell the line; then " (and N like it before)" is put to its end, as far as it has room in size bytes. */
bool repeat_allows(struct repeat *r, char *text, size_t size, mono_time now);

#endif
