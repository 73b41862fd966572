/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager-inputs.h"

#include "os/bzip.h"
#include "os/file.h"
#include "os/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, SERIES = 3, NS_IN_S = 1000000000 };

static const struct {
	const char *name, *option;
	int64_t max;
} series[SERIES] = {[INPUT_PLAIN] = {"pe-input", "pe-input-series-max", 4000},
		    [INPUT_WARNING] = {"pe-warn", "pe-warn-series-max", 5000},
		    [INPUT_ERROR] = {"pe-error", "pe-error-series-max", -1}};

/* One input on its way to the disk. */
struct job {
	struct manager_inputs *inputs; /* not for the thread */
	GString *text;
	char path[PATH_SIZE], last_path[PATH_SIZE];
	uint64_t next;
	enum err e;
	struct error error;
};

struct manager_inputs {
	struct loop *loop;
	struct manager_inputs_ops ops;
	char dir[PATH_SIZE - 64], path[PATH_SIZE];
	uint64_t next[SERIES];
	GQueue waiting; /* struct job */
	struct worker *worker;
	char *digest; /* of the last one */
};

static void job_free(void *job)
{
	struct job *j = job;
	(void)g_string_free(j->text, TRUE);
	g_free(j);
}

/* --- in the thread --- */

static void work(void *arg)
{
	struct job *j = arg;
	char *packed, number[32];
	size_t size;
	j->e = bzip_pack(j->text->str, j->text->len, &packed, &size, &j->error);
	if (j->e != ERR_OK)
		return;
	j->e = file_write_lasting(j->path, bytes_of(packed, size), 0600, &j->error);
	free(packed);
	int n = snprintf(number, sizeof(number), "%llu\n", (unsigned long long)j->next);
	if (j->e == ERR_OK)
		j->e = file_write_lasting(j->last_path, bytes_of(number, (size_t)n), 0600, &j->error);
}

/* --- in the loop --- */

static void work_on(struct manager_inputs *s);

static void done(void *arg)
{
	struct job *j = arg;
	struct manager_inputs *s = j->inputs;
	s->worker = NULL;
	(void)g_queue_pop_head(&s->waiting);
	if (j->e != ERR_OK)
		s->ops.failed(s->ops.arg, j->error.text);
	job_free(j);
	work_on(s);
}

/* The head of the queue is the thread's. */
static void work_on(struct manager_inputs *s)
{
	struct job *j = g_queue_peek_head(&s->waiting);
	struct worker_job job = {.work = work, .done = done, .drop = job_free, .arg = j};
	struct error error;
	if (s->worker != NULL || j == NULL || worker_start(s->loop, &job, &s->worker, &error) == ERR_OK)
		return;
	s->ops.failed(s->ops.arg, error.text);
	job_free(g_queue_pop_head(&s->waiting));
}

static void enqueue(struct manager_inputs *s, struct job *j)
{
	g_queue_push_tail(&s->waiting, j);
	if (g_queue_get_length(&s->waiting) > INPUTS_WAITING_MAX) {
		struct job *oldest = g_queue_pop_nth(&s->waiting, 1);
		char text[PATH_SIZE + 64];
		(void)snprintf(text, sizeof(text), "%s: the disk is too slow", oldest->path);
		s->ops.failed(s->ops.arg, text);
		job_free(oldest);
	}
	work_on(s);
}

static int64_t series_max(const struct document *d, unsigned int which)
{
	const char *value = document_option(d, series[which].option, NULL);
	char *end;
	int64_t number = value != NULL ? strtoll(value, &end, 10) : 0;
	return value != NULL && end != value ? number : series[which].max;
}

/* False: it is the one that was kept last. */
static bool note_digest(struct manager_inputs *s, const GString *text)
{
	char *digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, text->str, (gssize)text->len);
	bool differs = g_strcmp0(s->digest, digest) != 0;
	g_free(s->digest);
	s->digest = digest;
	return differs;
}

/* Put into the text: the document is too large to be copied for that. */
static void add_date(GString *text, const struct document *d, wall_time now)
{
	char date[64];
	char *root = strstr(text->str, "<cib");
	(void)snprintf(date, sizeof(date), " execution-date=\"%llu\"", (unsigned long long)(now.ns / NS_IN_S));
	if (root != NULL && element_get(document_root(d), NAME_EXECUTION_DATE) == NULL)
		g_string_insert(text, root + strlen("<cib") - text->str, date);
}

const char *manager_inputs_keep(struct manager_inputs *s, const struct document *input, enum input_kind which,
				wall_time now)
{
	int64_t max = series_max(input, which);
	if (max == 0)
		return NULL;
	GString *text = g_string_new(NULL);
	document_print(input, text);
	if (!note_digest(s, text)) {
		(void)g_string_free(text, TRUE);
		return NULL;
	}
	add_date(text, input, now);
	if (max > 0 && s->next[which] >= (uint64_t)max)
		s->next[which] = 0;
	struct job *j = g_new0(struct job, 1);
	j->inputs = s;
	j->text = text;
	(void)snprintf(j->path, sizeof(j->path), "%s/%s-%llu.bz2", s->dir, series[which].name,
		       (unsigned long long)s->next[which]);
	(void)snprintf(j->last_path, sizeof(j->last_path), "%s/%s.last", s->dir, series[which].name);
	(void)snprintf(s->path, sizeof(s->path), "%s", j->path);
	j->next = ++s->next[which];
	enqueue(s, j);
	return s->path;
}

uint32_t manager_inputs_waiting(const struct manager_inputs *s)
{
	return s->waiting.length;
}

/* --- life --- */

static uint64_t next_of(const struct manager_inputs *s, unsigned int which)
{
	char path[PATH_SIZE], text[32];
	struct error error;
	size_t len;
	(void)snprintf(path, sizeof(path), "%s/%s.last", s->dir, series[which].name);
	if (file_read(path, text, sizeof(text) - 1, &len, &error) != ERR_OK)
		return 0;
	text[len] = '\0';
	return strtoull(text, NULL, 10);
}

enum err manager_inputs_open(struct loop *l, const char *dir, const struct manager_inputs_ops *ops,
			     struct manager_inputs **ret, struct error *reterr)
{
	enum err e = file_make_dir(dir, 0750, reterr);
	if (e != ERR_OK)
		return e;
	struct manager_inputs *s = g_new0(struct manager_inputs, 1);
	s->loop = l;
	s->ops = *ops;
	g_queue_init(&s->waiting);
	(void)snprintf(s->dir, sizeof(s->dir), "%s", dir);
	for (unsigned int i = 0; i < SERIES; i++)
		s->next[i] = next_of(s, i);
	*ret = s;
	return ERR_OK;
}

void manager_inputs_close(struct manager_inputs *s)
{
	if (s == NULL)
		return;
	if (s->worker != NULL) /* the thread has the first one, and drops it */
		(void)g_queue_pop_head(&s->waiting);
	worker_close(s->worker);
	g_queue_clear_full(&s->waiting, job_free);
	g_free(s->digest);
	g_free(s);
}
