/* SPDX-License-Identifier: GPL-2.0-or-later */
/* executor-internal.h - what executor.c (what happens when) and executor-report.c (what is told, and known) share.
 */
#ifndef EXECUTOR_EXECUTOR_INTERNAL_H
#define EXECUTOR_EXECUTOR_INTERNAL_H

#include "executor/executor.h"

#include <glib.h>
#include <string.h>

/*	DELAYED ──► QUEUED ──► RUNNING ──► REPEATING ──► QUEUED …
 *	                          └──► KILLED ──┘             each of them may be the last
 */
enum job_state { JOB_DELAYED, JOB_QUEUED, JOB_RUNNING, JOB_KILLED, JOB_REPEATING };

struct job {
	struct operation *op;
	enum job_state state;
	bool cancelled;        /* its run under way is told as cancelled */
	bool replaced;         /* its run under way is the last one */
	bool reported;         /* once at least */
	uint64_t run;          /* of the process; 0: none */
	mono_time due;         /* of what comes next in its state; 0: nothing by time */
	uint64_t due_order;    /* among those that are due at one instant */
	mono_time since;       /* it waits, or runs */
	uint32_t queue_ms;     /* that it waited before the run under way */
	struct job *successor; /* replaces it after its run; still delayed */
	struct {
		int rc;
		enum outcome status;
		char *reason;
	} last; /* that was reported */
	struct lane *lane;
	GList in_all, in_lane, in_queue;
};

struct lane {
	char *name;
	GQueue members, queue; /* all of its jobs; those that may run next */
	struct job *running;
};

struct executor {
	struct executor_ops ops;
	GQueue jobs;            /* in the order in which they came */
	GQueue reports;         /* struct operation_report, oldest first */
	GHashTable *lanes;      /* by name */
	GHashTable *by_id;      /* jobs */
	GHashTable *by_run;     /* jobs that run */
	GHashTable *report_ids; /* id -> how many reports */
	GHashTable *devices;    /* names of stonith resources that were started */
	GTree *due;             /* jobs that wait for a time */
	mono_time timer;        /* as the host has it */
	uint64_t runs, due_order;
	bool drains;
};

/* What a run came to. */
struct result {
	int rc;
	enum outcome status;
	const struct executor_exit *exit; /* NULL: there was no process, or it is not gone */
	const char *reason;
};

static inline bool job_has_process(const struct job *j)
{
	return j->state == JOB_RUNNING || j->state == JOB_KILLED;
}

static inline bool is_recurring(const struct operation *op)
{
	return op->interval_ms > 0;
}

static inline bool is_same(const struct job *j, const char *action, int64_t interval_ms)
{
	return j->op->interval_ms == interval_ms && strcmp(j->op->action, action) == 0;
}

/* How many reports of an operation are kept. */
uint32_t executor_reports_of(const struct executor *x, uint64_t id);
/* Tells and keeps. */
void executor_report(struct executor *x, mono_time now, struct job *j, const struct result *r);
/* The same, unless it is what was told last. */
void executor_report_if_new(struct executor *x, mono_time now, struct job *j, const struct result *r);
void executor_lane_check(const struct lane *lane);

#endif
