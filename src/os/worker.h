/* SPDX-License-Identifier: GPL-2.0-or-later */
/* worker.h - work that waits, away from the loop: a thread for one piece of it,
 * and its end told in the loop.
 *
 *	e = worker_start(loop, &job, &w, reterr);
 *	...                                       job.work(arg) runs in the thread
 *	job.done(arg)                             in the loop; w is gone, arg is the caller's again
 *
 * While work runs, arg is the thread's. The thread has an ordinary priority, takes
 * no signals, and a stack of WORKER_STACK bytes.
 *
 * worker_close() before the end does not wait: the thread may hang for as long as
 * a name server does. job.drop(arg) is then called when it comes to its end.
 */
#ifndef OS_WORKER_H
#define OS_WORKER_H

#include "os/loop.h"

enum { WORKER_STACK = 512 * 1024 };

struct worker;

struct worker_job {
	void (*work)(void *arg); /* in the thread */
	void (*done)(void *arg); /* in the loop */
	void (*drop)(void *arg); /* instead of done, in either */
	void *arg;
};

MUST_CHECK enum err worker_start(struct loop *l, const struct worker_job *job, struct worker **ret,
				 struct error *reterr);
/* NULL is fine. */
void worker_close(struct worker *w);

#endif
