/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop.h - the main loop of a daemon: descriptors, timers, jobs, signals, time.
 *
 * One turn: wait (not longer than the next timer), read the clock once, fire
 * timers, then jobs and ready descriptors from high to low priority. What is
 * added during a turn gets its turn in the next one. All callbacks run in the
 * thread that calls loop_run(), and none may block.
 *
 * Watchers, timers and jobs are embedded in their owners, who must remove them
 * before their memory goes; removing one from inside any callback is fine, also
 * one that is ready and was not called yet. Nothing allocates after loop_open().
 *
 * The loop knows when it was late: see loop_on_late().
 *
 *	struct loop *l;
 *	e = loop_open(&l, reterr);
 *	loop_timer_set(l, &self->tick, 100);
 *	e = loop_run(l, reterr);
 *	loop_close(l);
 */
#ifndef OS_LOOP_H
#define OS_LOOP_H

#include "base/error.h"
#include "base/time.h"
#include "os/timer.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* libqb's numbers of priority have the same order. */
enum loop_priority { LOOP_LOW = 0, LOOP_MED = 1, LOOP_HIGH = 2, LOOP_PRIORITIES = 3 };

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4, LOOP_FAILED = 8 };

/* A descriptor that is watched, level-triggered. */
struct loop_fd {
	int fd;
	enum loop_priority priority;
	uint32_t events;                         /* LOOP_READ | LOOP_WRITE, or 0 for hang-ups only */
	void (*fn)(void *arg, uint32_t revents); /* of LOOP_*; HANGUP and FAILED come unasked */
	void *arg;
	bool added;
};

/* Something to do soon, once. */
struct loop_job {
	void (*fn)(void *arg);
	void *arg;
	enum loop_priority priority;
	struct loop_job *next;
	bool added;
};

enum { LOOP_TIMERS_MAX = 4096 };

MUST_CHECK enum err loop_open(struct loop **ret, struct error *reterr);
void loop_close(struct loop *l);

/* Runs until loop_stop(), which takes effect at the end of the turn. */
MUST_CHECK enum err loop_run(struct loop *l, struct error *reterr);
/* One turn that waits for at most wait_ms; for tests. */
MUST_CHECK enum err loop_turn(struct loop *l, uint32_t wait_ms, struct error *reterr);
void loop_stop(struct loop *l);

/* The time of this turn (CLOCK_MONOTONIC), and the time of day (a fresh look). */
mono_time loop_now(const struct loop *l);
/* A fresh look at the same clock, for measuring. */
mono_time loop_clock(void);
wall_time loop_wall(void);

MUST_CHECK enum err loop_fd_add(struct loop *l, struct loop_fd *w, struct error *reterr);
/* After w->events or w->priority were changed. */
void loop_fd_change(struct loop *l, struct loop_fd *w);
/* Before the descriptor is closed. */
void loop_fd_remove(struct loop *l, struct loop_fd *w);

/* timer_init() it once. 0 ms: in the next turn. */
void loop_timer_set(struct loop *l, struct timer *t, uint64_t delay_ms);
void loop_timer_set_at(struct loop *l, struct timer *t, mono_time due);
void loop_timer_cancel(struct loop *l, struct timer *t);

/* A job that is already added stays where it is. */
void loop_job_add(struct loop *l, struct loop_job *j);
void loop_job_remove(struct loop *l, struct loop_job *j);
/* Does now what has been added; nothing where it has not. */
void loop_job_run(struct loop *l, struct loop_job *j);

/* Takes these signals out of normal delivery (for all threads started later, too) and calls fn in the loop. Once. */
MUST_CHECK enum err loop_signals(struct loop *l, const int *signals, uint32_t count,
				 void (*fn)(void *arg, int signal, uint32_t sender_pid), void *arg,
				 struct error *reterr);

/* Called at the start of a turn that came at least limit_ms late: callbacks of the turn before kept the loop busy that
 * long, or we slept longer than asked for because the machine or the process stood still. A pause in a wait
 * without end that an event ended shows only up to the next timer: whoever must know keeps one running.
 */
void loop_on_late(struct loop *l, uint32_t limit_ms, void (*fn)(void *arg, double late_ms), void *arg);
/* How late the present turn is, as far as known; 0 when on time. */
uint64_t loop_late_ns(const struct loop *l);

#endif
