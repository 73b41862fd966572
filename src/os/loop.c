/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { READY_MAX = 256 };

struct loop {
	int epoll;
	bool stopped;
	mono_time now;
	struct timers timers;
	struct timer *timer_memory[LOOP_TIMERS_MAX];
	struct loop_job *jobs[LOOP_PRIORITIES];
	struct loop_job **jobs_end[LOOP_PRIORITIES];
	struct epoll_event ready[READY_MAX]; /* of this turn; data.ptr is cleared when its watcher goes */
	int ready_count;

	struct loop_fd signal_watch;
	void (*signal_fn)(void *arg, int signal, uint32_t sender_pid);
	void *signal_arg;

	uint64_t late_ns;
	uint32_t late_limit_ms;
	void (*late_fn)(void *arg, double late_ms);
	void *late_arg;
};

mono_time loop_clock(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (mono_time){(uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec};
}

wall_time loop_wall(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (wall_time){(uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec};
}

mono_time loop_now(const struct loop *l)
{
	return l->now;
}

uint64_t loop_late_ns(const struct loop *l)
{
	return l->late_ns;
}

enum err loop_open(struct loop **ret, struct error *reterr)
{
	struct loop *l = calloc(1, sizeof *l);
	if (!l)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for the main loop");
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0) {
		int saved = errno;
		free(l);
		return error_set(reterr, ERR_IO, "creating an epoll instance: %s", strerror(saved));
	}
	timers_init(&l->timers, l->timer_memory, LOOP_TIMERS_MAX);
	for (int p = 0; p < LOOP_PRIORITIES; p++)
		l->jobs_end[p] = &l->jobs[p];
	l->signal_watch.fd = -1;
	l->now = loop_clock();
	*ret = l;
	return ERR_OK;
}

void loop_close(struct loop *l)
{
	if (!l)
		return;
	if (l->signal_watch.fd >= 0)
		close(l->signal_watch.fd);
	close(l->epoll);
	free(l);
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}

static struct epoll_event watch_event(struct loop_fd *w)
{
	uint32_t events = 0;
	if (w->events & LOOP_READ)
		events |= EPOLLIN;
	if (w->events & LOOP_WRITE)
		events |= EPOLLOUT;
	return (struct epoll_event){.events = events, .data.ptr = w};
}

enum err loop_fd_add(struct loop *l, struct loop_fd *w, struct error *reterr)
{
	assert(w->fn);
	assert(!w->added);
	struct epoll_event ev = watch_event(w);
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &ev) < 0)
		return error_set(reterr, ERR_IO, "watching descriptor %d: %s", w->fd, strerror(errno));
	w->added = true;
	return ERR_OK;
}

void loop_fd_change(struct loop *l, struct loop_fd *w)
{
	assert(w->added);
	struct epoll_event ev = watch_event(w);
	int r = epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &ev);
	assert(r == 0);
}

void loop_fd_remove(struct loop *l, struct loop_fd *w)
{
	if (!w->added)
		return;
	struct epoll_event ev = {0};
	/* Fails only when the descriptor was closed before, which removed it too. */
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, &ev);
	w->added = false;
	for (int i = 0; i < l->ready_count; i++) {
		if (l->ready[i].data.ptr == w)
			l->ready[i].data.ptr = NULL;
	}
}

void loop_timer_set(struct loop *l, struct timer *t, uint64_t delay_ms)
{
	timers_set(&l->timers, t, mono_time_add_ms(l->now, delay_ms));
}

void loop_timer_set_at(struct loop *l, struct timer *t, mono_time due)
{
	timers_set(&l->timers, t, due);
}

void loop_timer_cancel(struct loop *l, struct timer *t)
{
	timers_cancel(&l->timers, t);
}

void loop_job_add(struct loop *l, struct loop_job *j)
{
	assert(j->fn);
	if (j->added)
		return;
	j->added = true;
	j->next = NULL;
	*l->jobs_end[j->priority] = j;
	l->jobs_end[j->priority] = &j->next;
}

void loop_job_remove(struct loop *l, struct loop_job *j)
{
	if (!j->added)
		return;
	struct loop_job **at = &l->jobs[j->priority];
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	if (!j->next)
		l->jobs_end[j->priority] = at;
	j->added = false;
}

void loop_job_run(struct loop *l, struct loop_job *j)
{
	if (!j->added)
		return;
	loop_job_remove(l, j);
	j->fn(j->arg);
}

/* The jobs that are there now; what they add waits for the next turn. */
static void run_jobs(struct loop *l, int priority)
{
	struct loop_job end = {.added = true, .priority = (enum loop_priority)priority};
	*l->jobs_end[priority] = &end;
	l->jobs_end[priority] = &end.next;
	while (l->jobs[priority] != &end)
		loop_job_run(l, l->jobs[priority]);
	loop_job_remove(l, &end);
}

static uint32_t revents_of(uint32_t events)
{
	uint32_t r = 0;
	if (events & EPOLLIN)
		r |= LOOP_READ;
	if (events & EPOLLOUT)
		r |= LOOP_WRITE;
	if (events & EPOLLHUP)
		r |= LOOP_HANGUP;
	if (events & EPOLLERR)
		r |= LOOP_FAILED;
	return r;
}

static void run_fds(struct loop *l, int priority)
{
	for (int i = 0; i < l->ready_count; i++) {
		struct loop_fd *w = l->ready[i].data.ptr;
		if (!w || (int)w->priority != priority)
			continue;
		l->ready[i].data.ptr = NULL;
		w->fn(w->arg, revents_of(l->ready[i].events));
	}
}

static bool jobs_wait(const struct loop *l)
{
	for (int p = 0; p < LOOP_PRIORITIES; p++) {
		if (l->jobs[p])
			return true;
	}
	return false;
}

/* Until the next timer, but not when there are jobs. */
static struct timespec wait_time(const struct loop *l, mono_time now, uint32_t wait_ms)
{
	uint64_t ns = (uint64_t)wait_ms * 1000000u;
	uint64_t until = mono_time_since_ns(timers_next(&l->timers), now);
	if (until < ns)
		ns = until;
	if (jobs_wait(l))
		ns = 0;
	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
}

/* Late is what callbacks of the turn before took, plus what we slept beyond the time asked for. */
static void measure_late(struct loop *l, mono_time before, struct timespec wait)
{
	uint64_t asked = (uint64_t)wait.tv_sec * 1000000000u + (uint64_t)wait.tv_nsec;
	uint64_t slept = mono_time_since_ns(l->now, before);
	l->late_ns += slept > asked ? slept - asked : 0;
	if (l->late_fn && l->late_ns >= l->late_limit_ms * UINT64_C(1000000))
		l->late_fn(l->late_arg, (double)l->late_ns / 1e6);
}

enum err loop_turn(struct loop *l, uint32_t wait_ms, struct error *reterr)
{
	mono_time before = loop_clock();
	l->late_ns = mono_time_since_ns(before, l->now);
	struct timespec wait = wait_time(l, before, wait_ms);
	int n = epoll_pwait2(l->epoll, l->ready, READY_MAX, &wait, NULL);
	if (n < 0 && errno != EINTR)
		return error_set(reterr, ERR_IO, "waiting for events: %s", strerror(errno));
	l->ready_count = n < 0 ? 0 : n;
	l->now = loop_clock();
	measure_late(l, before, wait);
	timers_fire(&l->timers, l->now);
	for (int p = LOOP_HIGH; p >= LOOP_LOW; p--) {
		run_jobs(l, p);
		run_fds(l, p);
	}
	l->ready_count = 0;
	return ERR_OK;
}

enum err loop_run(struct loop *l, struct error *reterr)
{
	l->stopped = false;
	l->now = loop_clock();
	while (!l->stopped) {
		enum err e = loop_turn(l, UINT32_MAX, reterr);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

void loop_on_late(struct loop *l, uint32_t limit_ms, void (*fn)(void *arg, double late_ms), void *arg)
{
	l->late_limit_ms = limit_ms;
	l->late_fn = fn;
	l->late_arg = arg;
}

static void read_signals(void *arg, uint32_t revents)
{
	struct loop *l = arg;
	struct signalfd_siginfo info;
	(void)revents;
	while (read(l->signal_watch.fd, &info, sizeof info) == (ssize_t)sizeof info)
		l->signal_fn(l->signal_arg, (int)info.ssi_signo, info.ssi_pid);
}

enum err loop_signals(struct loop *l, const int *signals, uint32_t count,
		      void (*fn)(void *arg, int signal, uint32_t sender_pid), void *arg, struct error *reterr)
{
	assert(l->signal_watch.fd < 0);
	sigset_t set;
	sigemptyset(&set);
	for (uint32_t i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	int r = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (r != 0)
		return error_set(reterr, ERR_INVALID, "blocking signals: %s", strerror(r));
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return error_set(reterr, ERR_IO, "creating a signal descriptor: %s", strerror(errno));
	l->signal_fn = fn;
	l->signal_arg = arg;
	l->signal_watch =
		(struct loop_fd){.fd = fd, .priority = LOOP_HIGH, .events = LOOP_READ, .fn = read_signals, .arg = l};
	return loop_fd_add(l, &l->signal_watch, reterr);
}
