/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/number-writer.h"

#include "os/file.h"
#include "os/worker.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { AGAIN_MS = 100 }; /* after no thread was to be had */

/* A number on its way. The thread's while it is written. */
struct job {
	struct number_writer *writer;
	char path[PATH_MAX];
	uint64_t number;
	enum err result;
	struct error why;
};

struct number_writer {
	struct loop *loop;
	void (*told)(void *host, uint64_t number, enum err e, const struct error *why);
	void *host;
	char path[PATH_MAX];
	struct worker *worker; /* NULL: nothing is being written */
	bool waits;
	uint64_t number; /* that waits */
	struct timer again;
};

static void start_waiting(void *arg);

static void work(void *arg)
{
	struct job *j = arg;
	j->result = file_store_number(j->path, j->number, &j->why);
}

static void done(void *arg)
{
	struct job *j = arg;
	struct number_writer *w = j->writer;
	w->worker = NULL;
	start_waiting(w);
	w->told(w->host, j->number, j->result, &j->why);
	free(j);
}

static void start_waiting(void *arg)
{
	struct number_writer *w = arg;
	if (!w->waits || w->worker != NULL)
		return;
	struct job *j = calloc(1, sizeof(*j));
	const struct worker_job job = {work, done, free, j};
	if (j != NULL) {
		j->writer = w;
		j->number = w->number;
		(void)snprintf(j->path, sizeof(j->path), "%s", w->path);
	}
	if (j == NULL || worker_start(w->loop, &job, &w->worker, NULL) != ERR_OK) {
		free(j);
		loop_timer_set(w->loop, &w->again, AGAIN_MS);
		return;
	}
	w->waits = false;
}

enum err number_writer_open(struct loop *l, const char *path,
			    void (*told)(void *host, uint64_t number, enum err e, const struct error *why), void *host,
			    struct number_writer **ret, struct error *reterr)
{
	struct number_writer *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory");
	w->loop = l;
	w->told = told;
	w->host = host;
	if (snprintf(w->path, sizeof(w->path), "%s", path) >= (int)sizeof(w->path)) {
		free(w);
		return error_set(reterr, ERR_INVALID, "%s: the path is too long", path);
	}
	timer_init(&w->again, start_waiting, w);
	*ret = w;
	return ERR_OK;
}

void number_writer_close(struct number_writer *w)
{
	if (w == NULL)
		return;
	loop_timer_cancel(w->loop, &w->again);
	worker_close(w->worker);
	free(w);
}

void number_writer_put(struct number_writer *w, uint64_t number)
{
	w->number = number;
	w->waits = true;
	start_waiting(w);
}

bool number_writer_is_idle(const struct number_writer *w)
{
	return w->worker == NULL && !w->waits;
}
