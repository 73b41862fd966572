/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/store-writer.h"

#include "os/worker.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The folder, which a thread may still be using when the writer is gone. */
struct shared {
	struct store_dir *dir;
	_Atomic int owners;
};

/* A version on its way. The thread's while it is written. */
struct job {
	struct shared *shared;
	struct store_writer *writer;
	struct store_version version;
	char *text, *digest, *lines;
	enum err result;
	struct error why;
};

struct store_writer {
	struct loop *loop;
	struct shared *shared;
	void (*told)(void *host, uint64_t number, enum err e, const struct error *why);
	void *host;
	struct worker *worker; /* NULL: nothing is being written */
	struct job *waiting;   /* NULL: nothing */
	uint64_t last;
};

static void release(struct shared *s)
{
	if (atomic_fetch_sub(&s->owners, 1) > 1)
		return;
	store_dir_close(s->dir);
	free(s);
}

static void job_free(struct job *j)
{
	if (j == NULL)
		return;
	free(j->text);
	free(j->digest);
	free(j->lines);
	release(j->shared);
	free(j);
}

static char *joined(const char *a, const char *b)
{
	size_t length = strlen(a), more = strlen(b);
	char *text = malloc(length + more + 1);
	if (text == NULL)
		return NULL;
	memcpy(text, a, length);
	memcpy(text + length, b, more + 1);
	return text;
}

/* skipped: whose place it takes, or NULL. NULL without memory. */
static struct job *job_new(struct store_writer *w, const struct store_version *v, const struct job *skipped)
{
	struct job *j = calloc(1, sizeof(*j));
	if (j == NULL)
		return NULL;
	j->shared = w->shared;
	atomic_fetch_add(&w->shared->owners, 1);
	j->writer = w;
	j->text = malloc(v->size + 1);
	j->digest = strdup(v->digest);
	j->lines = joined(skipped != NULL ? skipped->lines : "", v->lines);
	if (j->text == NULL || j->digest == NULL || j->lines == NULL) {
		job_free(j);
		return NULL;
	}
	memcpy(j->text, v->text, v->size);
	j->text[v->size] = '\0';
	j->version = (struct store_version){v->number, j->text, v->size, j->digest, j->lines};
	return j;
}

static void start_waiting(struct store_writer *w);

static void work(void *arg)
{
	struct job *j = arg;
	j->result = store_dir_write(j->shared->dir, &j->version, &j->why);
}

static void done(void *arg)
{
	struct job *j = arg;
	struct store_writer *w = j->writer;
	w->worker = NULL;
	start_waiting(w);
	w->told(w->host, j->version.number, j->result, &j->why);
	job_free(j);
}

static void drop(void *arg)
{
	job_free(arg);
}

static void fail(struct store_writer *w, uint64_t number, enum err e, const struct error *why)
{
	w->told(w->host, number, e, why);
}

static void start_waiting(struct store_writer *w)
{
	struct job *j = w->waiting;
	struct error why = {0};
	if (j == NULL || w->worker != NULL)
		return;
	w->waiting = NULL;
	const struct worker_job job = {work, done, drop, j};
	enum err e = worker_start(w->loop, &job, &w->worker, &why);
	if (e == ERR_OK)
		return;
	/* No thread is to be had: the disk is waited for, once. */
	work(j);
	fail(w, j->version.number, j->result, &j->why);
	job_free(j);
}

enum err store_writer_open(struct loop *l, struct store_dir **dir,
			   void (*told)(void *host, uint64_t number, enum err e, const struct error *why), void *host,
			   struct store_writer **ret, struct error *reterr)
{
	struct store_writer *w = calloc(1, sizeof(*w));
	struct shared *s = calloc(1, sizeof(*s));
	struct store_dir *d = *dir;
	*dir = NULL;
	if (w == NULL || s == NULL) {
		free(w);
		free(s);
		store_dir_close(d);
		return error_set(reterr, ERR_NO_MEMORY, "no memory");
	}
	s->dir = d;
	atomic_store(&s->owners, 1);
	*w = (struct store_writer){.loop = l, .shared = s, .told = told, .host = host, .last = store_dir_last(d)};
	*ret = w;
	return ERR_OK;
}

void store_writer_close(struct store_writer *w)
{
	if (w == NULL)
		return;
	job_free(w->waiting);
	worker_close(w->worker);
	release(w->shared);
	free(w);
}

uint64_t store_writer_next(const struct store_writer *w)
{
	return w->last + 1;
}

void store_writer_put(struct store_writer *w, const struct store_version *v)
{
	struct job *j = job_new(w, v, w->waiting);
	w->last = v->number > w->last ? v->number : w->last;
	if (j == NULL) {
		struct error why = {0};
		(void)error_set(&why, ERR_NO_MEMORY, "no memory to store the configuration");
		fail(w, v->number, ERR_NO_MEMORY, &why);
		return;
	}
	job_free(w->waiting);
	w->waiting = j;
	start_waiting(w);
}

bool store_writer_is_idle(const struct store_writer *w)
{
	return w->worker == NULL && w->waiting == NULL;
}

const struct store_dir *store_writer_dir(const struct store_writer *w)
{
	return w->shared->dir;
}
