/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timer.h - timers in a heap, embedded in their owners.
 *
 * Setting a timer cannot fail and never allocates. Timers that are due at the same instant fire in
 * the order in which they were set, so that a simulation replays. Nothing here
 * reads a clock: whoever owns the heap says what time it is.
 *
 * A timer belongs to its user and must be cancelled before its memory goes.
 * timers_fire() first fixes which timers are due now; a callback may set or
 * cancel any timer, itself included: one set for "now" fires at the next call.
 */
#ifndef OS_TIMER_H
#define OS_TIMER_H

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	void (*fn)(void *arg);
	void *arg;
	mono_time due;
	uint64_t order;                         /* when it was set, among all */
	uint32_t at_plus;                       /* place in the heap plus one; 0: not in the heap */
	struct timer *ready_next, **ready_prev; /* due and not called yet */
};

struct timers {
	struct timer **heap;
	uint32_t count, size;
	uint64_t order;
	struct timer *ready;
};

/* memory has room for size timers at once; setting one more is a programmer's error. */
void timers_init(struct timers *t, struct timer **memory, uint32_t size);
void timer_init(struct timer *timer, void (*fn)(void *arg), void *arg);
/* Sets or moves. */
void timers_set(struct timers *t, struct timer *timer, mono_time due);
/* A timer that is not set may be cancelled. */
void timers_cancel(struct timers *t, struct timer *timer);
bool timer_is_set(const struct timer *timer);
/* Calls those that are due at now, in order; returns how many. */
uint32_t timers_fire(struct timers *t, mono_time now);
/* When the next one is due, or {UINT64_MAX}. */
mono_time timers_next(const struct timers *t);
/* Asserts the heap property: for tests and simulations. */
void timers_check(const struct timers *t);

#endif
