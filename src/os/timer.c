/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/timer.h"

#include <assert.h>

void timers_init(struct timers *t, struct timer **memory, uint32_t size)
{
	assert(size > 0);
	*t = (struct timers){.heap = memory, .size = size};
}

void timer_init(struct timer *timer, void (*fn)(void *arg), void *arg)
{
	*timer = (struct timer){.fn = fn, .arg = arg};
}

bool timer_is_set(const struct timer *timer)
{
	return timer->at_plus != 0 || timer->ready_prev;
}

static bool timer_before(const struct timer *a, const struct timer *b)
{
	if (a->due.ns != b->due.ns)
		return a->due.ns < b->due.ns;
	return a->order < b->order;
}

static void heap_put(struct timers *t, uint32_t at, struct timer *timer)
{
	t->heap[at] = timer;
	timer->at_plus = at + 1;
}

/* Both move a hole to where timer may stand. */
static void heap_up(struct timers *t, uint32_t at, struct timer *timer)
{
	while (at > 0) {
		uint32_t parent = (at - 1) / 2;
		if (!timer_before(timer, t->heap[parent]))
			break;
		heap_put(t, at, t->heap[parent]);
		at = parent;
	}
	heap_put(t, at, timer);
}

static void heap_down(struct timers *t, uint32_t at, struct timer *timer)
{
	for (;;) {
		uint32_t child = 2 * at + 1;
		if (child >= t->count)
			break;
		if (child + 1 < t->count && timer_before(t->heap[child + 1], t->heap[child]))
			child++;
		if (!timer_before(t->heap[child], timer))
			break;
		heap_put(t, at, t->heap[child]);
		at = child;
	}
	heap_put(t, at, timer);
}

static void heap_remove(struct timers *t, struct timer *timer)
{
	uint32_t at = timer->at_plus - 1;
	assert(at < t->count);
	assert(t->heap[at] == timer);
	struct timer *last = t->heap[--t->count];
	timer->at_plus = 0;
	if (last == timer)
		return;
	if (at > 0 && timer_before(last, t->heap[(at - 1) / 2]))
		heap_up(t, at, last);
	else
		heap_down(t, at, last);
}

static void ready_remove(struct timer *timer)
{
	*timer->ready_prev = timer->ready_next;
	if (timer->ready_next)
		timer->ready_next->ready_prev = timer->ready_prev;
	timer->ready_next = NULL;
	timer->ready_prev = NULL;
}

void timers_cancel(struct timers *t, struct timer *timer)
{
	if (timer->at_plus != 0)
		heap_remove(t, timer);
	else if (timer->ready_prev)
		ready_remove(timer);
}

void timers_set(struct timers *t, struct timer *timer, mono_time due)
{
	assert(timer->fn);
	timers_cancel(t, timer);
	assert(t->count < t->size);
	timer->due = due;
	timer->order = t->order++;
	heap_up(t, t->count++, timer);
}

uint32_t timers_fire(struct timers *t, mono_time now)
{
	assert(!t->ready);
	struct timer **end = &t->ready;
	while (t->count > 0 && t->heap[0]->due.ns <= now.ns) {
		struct timer *timer = t->heap[0];
		heap_remove(t, timer);
		timer->ready_prev = end;
		*end = timer;
		end = &timer->ready_next;
	}
	uint32_t fired = 0;
	for (; t->ready; fired++) {
		struct timer *timer = t->ready;
		ready_remove(timer);
		timer->fn(timer->arg);
	}
	return fired;
}

mono_time timers_next(const struct timers *t)
{
	return t->count > 0 ? t->heap[0]->due : (mono_time){UINT64_MAX};
}

void timers_check(const struct timers *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		assert(t->heap[i]->at_plus == i + 1);
		assert(i == 0 || !timer_before(t->heap[i], t->heap[(i - 1) / 2]));
	}
}
