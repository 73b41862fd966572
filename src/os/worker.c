/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct worker {
	struct loop *loop;
	struct loop_fd watch;
	struct worker_job job;
	_Atomic int owners; /* the loop and the thread */
	bool told;          /* done was called: arg is the caller's. Written by the loop before it lets go. */
};

/* The last one clears up. */
static void let_go(struct worker *w)
{
	if (atomic_fetch_sub(&w->owners, 1) > 1)
		return;
	if (!w->told)
		w->job.drop(w->job.arg);
	(void)close(w->watch.fd);
	free(w);
}

static void *run(void *arg)
{
	struct worker *w = arg;
	uint64_t one = 1;
	w->job.work(w->job.arg);
	ssize_t n = write(w->watch.fd, &one, sizeof one);
	(void)n; /* the first one always fits */
	let_go(w);
	return NULL;
}

static void on_end(void *arg, uint32_t revents)
{
	struct worker *w = arg;
	struct worker_job job = w->job;
	(void)revents;
	loop_fd_remove(w->loop, &w->watch);
	w->told = true;
	let_go(w);
	job.done(job.arg);
}

/* What we do not set, a thread has of its creator: real-time priority, and a stack that is locked in memory. */
static int thread_start(struct worker *w)
{
	struct sched_param ordinary = {0};
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;

	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attributes, WORKER_STACK);
	(void)pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	(void)pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
	(void)pthread_attr_setschedparam(&attributes, &ordinary);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&thread, &attributes, run, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return r;
}

enum err worker_start(struct loop *l, const struct worker_job *job, struct worker **ret, struct error *reterr)
{
	struct worker *w = calloc(1, sizeof *w);
	if (w == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for a thread");
	w->loop = l;
	w->job = *job;
	atomic_store(&w->owners, 2);
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->watch = (struct loop_fd){.fd = fd, .priority = LOOP_LOW, .events = LOOP_READ, .fn = on_end, .arg = w};
	enum err e = fd < 0 ? error_set(reterr, ERR_IO, "creating an event descriptor: %s", strerror(errno))
			    : loop_fd_add(l, &w->watch, reterr);
	if (e == ERR_OK) {
		int r = thread_start(w);
		if (r == 0) {
			*ret = w;
			return ERR_OK;
		}
		e = error_set(reterr, ERR_IO, "starting a thread: %s", strerror(r));
		loop_fd_remove(l, &w->watch);
	}
	if (fd >= 0)
		(void)close(fd);
	free(w);
	return e;
}

void worker_close(struct worker *w)
{
	if (w == NULL)
		return;
	loop_fd_remove(w->loop, &w->watch);
	let_go(w);
}
