/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/qb-poll.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WAKE_UPS_MAX = 256 }; /* that wait for one descriptor */

/* One descriptor that libqb wants watched. */
struct watch {
	struct loop_fd fd;
	uint64_t serial; /* tells watches apart that had the same memory */
	uint32_t wanted; /* what libqb asked for, before a pause */
	bool paused;
	bool full;         /* wake-ups wait until there is room for them */
	uint32_t wake_ups; /* to be sent */
	void *data;
	qb_ipcs_dispatch_fn_t fn;
};

/* What libqb wants done soon. */
struct job {
	struct loop_job job;
	struct job *next;
	void *data;
	qb_loop_job_dispatch_fn fn;
};

static struct {
	struct loop *loop;
	struct watch **by_fd;
	int by_fd_size;
	uint64_t serial;
	struct job *jobs;
	struct loop_job wake;
} polling;

static _Thread_local bool gathering;

static uint32_t events_of_poll(int32_t events)
{
	return (events & POLLIN ? LOOP_READ : 0u) | (events & POLLOUT ? LOOP_WRITE : 0u);
}

static int32_t poll_of_events(uint32_t events)
{
	int32_t r = 0;
	if (events & LOOP_READ)
		r |= POLLIN;
	if (events & LOOP_WRITE)
		r |= POLLOUT;
	if (events & LOOP_HANGUP)
		r |= POLLHUP;
	if (events & LOOP_FAILED)
		r |= POLLERR;
	return r;
}

static enum loop_priority priority_of_qb(enum qb_loop_priority p)
{
	return p == QB_LOOP_HIGH ? LOOP_HIGH : p == QB_LOOP_MED ? LOOP_MED : LOOP_LOW;
}

static struct watch *watch_of(int fd)
{
	return fd >= 0 && fd < polling.by_fd_size ? polling.by_fd[fd] : NULL;
}

static void watch_apply(struct watch *w)
{
	w->fd.events = w->paused ? w->wanted & ~(uint32_t)LOOP_READ : w->wanted;
	w->fd.events |= w->full ? LOOP_WRITE : 0u;
	loop_fd_change(polling.loop, &w->fd);
}

void qb_poll_pause(const void *data, bool paused)
{
	for (int fd = 0; fd < polling.by_fd_size; fd++) {
		struct watch *w = polling.by_fd[fd];
		if (w && w->data == data && w->paused != paused) {
			w->paused = paused;
			watch_apply(w);
		}
	}
}

/* --- wake-ups --- */

/* A byte for each; what the client has no room for waits until it has. */
static void wake(struct watch *w)
{
	static const uint8_t bytes[WAKE_UPS_MAX];
	bool was_full = w->full;
	ssize_t n = 1;

	while (w->wake_ups > 0 && n > 0) {
		size_t most = w->wake_ups < sizeof bytes ? w->wake_ups : sizeof bytes;

		n = syscall(SYS_sendto, w->fd.fd, bytes, most, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			n = w->wake_ups; /* nobody listens any more, which libqb will notice */
		w->wake_ups -= n > 0 ? (uint32_t)n : 0;
	}
	w->full = w->wake_ups > 0;
	if (w->full != was_full)
		watch_apply(w);
}

static void wake_all(void *arg)
{
	(void)arg;
	for (int fd = 0; fd < polling.by_fd_size; fd++) {
		struct watch *w = polling.by_fd[fd];
		if (w && w->wake_ups > 0 && !w->full)
			wake(w);
	}
}

void qb_poll_gather(bool on)
{
	gathering = on;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	struct watch *w = gathering && len == 1 ? watch_of(fd) : NULL;

	if (!w)
		return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
	w->wake_ups++;
	if (w->wake_ups >= WAKE_UPS_MAX && !w->full)
		wake(w);
	else
		loop_job_add(polling.loop, &polling.wake);
	return 1;
}

/* --- what libqb asks for --- */

static int32_t watch_remove(int32_t fd)
{
	struct watch *w = watch_of(fd);
	if (!w)
		return -ENOENT;
	if (w->wake_ups > 0)
		wake(w);
	loop_fd_remove(polling.loop, &w->fd);
	polling.by_fd[fd] = NULL;
	free(w);
	return 0;
}

static void watch_ready(void *arg, uint32_t revents)
{
	struct watch *w = arg;
	int fd = w->fd.fd;
	uint64_t serial = w->serial;
	if (w->full && (revents & LOOP_WRITE))
		wake(w);
	if (!(w->wanted & LOOP_WRITE))
		revents &= ~(uint32_t)LOOP_WRITE;
	if (revents == 0)
		return;
	if (w->fn(fd, poll_of_events(revents), w->data) >= 0)
		return;
	/* "Do not watch it any more", unless libqb has removed it itself or has a new one there. */
	w = watch_of(fd);
	if (w && w->serial == serial)
		(void)watch_remove(fd);
}

static bool watch_reserve(int fd)
{
	if (fd < polling.by_fd_size)
		return true;
	int size = fd + 64;
	struct watch **grown = realloc(polling.by_fd, (size_t)size * sizeof(struct watch *));
	if (!grown)
		return false;
	memset(grown + polling.by_fd_size, 0, (size_t)(size - polling.by_fd_size) * sizeof(struct watch *));
	polling.by_fd = grown;
	polling.by_fd_size = size;
	return true;
}

static int32_t watch_add(enum qb_loop_priority p, int32_t fd, int32_t events, void *data, qb_ipcs_dispatch_fn_t fn)
{
	if (watch_of(fd))
		return -EEXIST;
	struct watch *w = calloc(1, sizeof *w);
	if (!w || !watch_reserve(fd)) {
		free(w);
		return -ENOMEM;
	}
	*w = (struct watch){.serial = ++polling.serial, .wanted = events_of_poll(events), .data = data, .fn = fn};
	w->fd = (struct loop_fd){
		.fd = fd, .priority = priority_of_qb(p), .events = w->wanted, .fn = watch_ready, .arg = w};
	if (loop_fd_add(polling.loop, &w->fd, NULL) != ERR_OK) {
		free(w);
		return -EIO;
	}
	polling.by_fd[fd] = w;
	return 0;
}

static int32_t watch_change(enum qb_loop_priority p, int32_t fd, int32_t events, void *data, qb_ipcs_dispatch_fn_t fn)
{
	struct watch *w = watch_of(fd);
	if (!w)
		return -ENOENT;
	w->wanted = events_of_poll(events);
	w->fd.priority = priority_of_qb(p);
	w->data = data;
	w->fn = fn;
	watch_apply(w);
	return 0;
}

static void job_drop(struct job *j)
{
	struct job **at = &polling.jobs;
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	loop_job_remove(polling.loop, &j->job);
	free(j);
}

static void job_run(void *arg)
{
	struct job *j = arg;
	qb_loop_job_dispatch_fn fn = j->fn;
	void *data = j->data;
	job_drop(j);
	fn(data);
}

static int32_t job_add(enum qb_loop_priority p, void *data, qb_loop_job_dispatch_fn fn)
{
	struct job *j = calloc(1, sizeof *j);
	if (!j)
		return -ENOMEM;
	*j = (struct job){.data = data, .fn = fn, .next = polling.jobs};
	j->job = (struct loop_job){.fn = job_run, .arg = j, .priority = priority_of_qb(p)};
	polling.jobs = j;
	loop_job_add(polling.loop, &j->job);
	return 0;
}

void qb_poll_open(struct loop *loop)
{
	assert(!polling.loop);
	polling.loop = loop;
	polling.wake = (struct loop_job){.fn = wake_all, .priority = LOOP_HIGH};
}

void qb_poll_close(void)
{
	while (polling.jobs)
		job_drop(polling.jobs);
	loop_job_remove(polling.loop, &polling.wake);
	for (int fd = 0; fd < polling.by_fd_size; fd++) {
		if (polling.by_fd[fd]) {
			(void)watch_remove(fd);
			close(fd);
		}
	}
	free(polling.by_fd);
	memset(&polling, 0, sizeof polling);
}

struct qb_ipcs_poll_handlers qb_poll_handlers(void)
{
	return (struct qb_ipcs_poll_handlers){
		.job_add = job_add,
		.dispatch_add = watch_add,
		.dispatch_mod = watch_change,
		.dispatch_del = watch_remove,
	};
}
