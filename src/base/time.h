/* SPDX-License-Identifier: GPL-2.0-or-later */
/* time.h - monotonic time as a type of its own, so that it never meets wall
 * time or a number of milliseconds by accident.
 *
 * Cores never ask for the time: it arrives with the event. Durations are plain
 * integers whose name ends in their unit. Zero means "not set".
 */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef struct mono_time {
	uint64_t ns;
} mono_time;

typedef struct wall_time {
	uint64_t ns; /* since 1970 */
} wall_time;

static inline mono_time mono_time_add_ms(mono_time t, uint64_t ms)
{
	return (mono_time){t.ns + ms * 1000000u};
}

static inline bool mono_time_before(mono_time a, mono_time b)
{
	return a.ns < b.ns;
}

/* Nanoseconds from b to a; 0 when a is earlier. */
static inline uint64_t mono_time_since_ns(mono_time a, mono_time b)
{
	return a.ns > b.ns ? a.ns - b.ns : 0;
}

static inline uint64_t mono_time_since_ms(mono_time a, mono_time b)
{
	return mono_time_since_ns(a, b) / 1000000u;
}

static inline bool mono_time_is_set(mono_time t)
{
	return t.ns != 0;
}

/* The earlier of two deadlines; one that is not set is none. */
static inline mono_time mono_time_first(mono_time a, mono_time b)
{
	return !mono_time_is_set(a) || (mono_time_is_set(b) && mono_time_before(b, a)) ? b : a;
}

#endif
