/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the executor tells, keeps, and knows; and its rules. */
#include "executor/executor-internal.h"

#include <assert.h>

/* --- reports --- */

uint32_t executor_reports_of(const struct executor *x, uint64_t id)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(x->report_ids, &id));
}

static void report_count(struct executor *x, uint64_t id, uint32_t count)
{
	if (count == 0)
		(void)g_hash_table_remove(x->report_ids, &id);
	else
		(void)g_hash_table_insert(x->report_ids, g_memdup2(&id, sizeof id), GUINT_TO_POINTER(count));
}

void executor_report(struct executor *x, mono_time now, struct job *j, const struct result *r)
{
	static const struct executor_exit nothing;
	const struct executor_exit *e = r->exit == NULL ? &nothing : r->exit;
	bool ran = j->state == JOB_RUNNING || j->state == JOB_KILLED;
	mono_time began = ran ? j->since : now;
	struct operation_report report = {
		.id = j->op->id,
		.rsc = j->op->rsc,
		.action = j->op->action,
		.interval_ms = j->op->interval_ms,
		.note = j->op->note,
		.rc = r->rc,
		.status = r->status,
		.output = e->output == NULL ? "" : e->output,
		.reason = r->reason,
		.started = e->started,
		.ended = e->ended,
		.run_ms = (uint32_t)mono_time_since_ms(now, began),
		.queue_ms = ran ? j->queue_ms : (uint32_t)mono_time_since_ms(now, j->since),
		.reloadable = e->reloadable,
		.restart = e->restart,
		.secret = e->secret,
		.agent_version = e->agent_version,
	};

	if (report.started.ns == 0 && x->ops.wall != NULL)
		report.started = x->ops.wall(x->ops.host, began);
	if (report.ended.ns == 0 && x->ops.wall != NULL)
		report.ended = x->ops.wall(x->ops.host, now);
	j->reported = true;
	struct operation_report *kept = operation_report_copy(&report);
	g_queue_push_tail(&x->reports, kept);
	report_count(x, kept->id, executor_reports_of(x, kept->id) + 1);
	x->ops.report(x->ops.host, kept);
}

/* Of a repeated one only what differs from the last time is told. */
void executor_report_if_new(struct executor *x, mono_time now, struct job *j, const struct result *r)
{
	if (j->reported && j->last.rc == r->rc && j->last.status == r->status &&
	    g_strcmp0(j->last.reason, r->reason) == 0)
		return;
	j->last.rc = r->rc;
	j->last.status = r->status;
	g_free(j->last.reason);
	j->last.reason = g_strdup(r->reason);
	executor_report(x, now, j, r);
}

void executor_acknowledge(struct executor *x, uint64_t id)
{
	uint32_t count = executor_reports_of(x, id);

	if (count == 0)
		return;
	for (GList *l = x->reports.head; l != NULL; l = l->next) {
		if (((struct operation_report *)l->data)->id != id)
			continue;
		g_free(l->data);
		g_queue_delete_link(&x->reports, l);
		break;
	}
	report_count(x, id, count - 1);
}

/* --- what is known --- */

static enum executor_state state_of(const struct job *j)
{
	switch (j->state) {
	case JOB_DELAYED:
	case JOB_QUEUED:
		return EXECUTOR_WAITING;
	case JOB_RUNNING:
	case JOB_KILLED:
		return EXECUTOR_RUNNING;
	case JOB_REPEATING:
		break;
	}
	return EXECUTOR_REPEATING;
}

void executor_list(const struct executor *x,
		   void (*fn)(void *arg, enum executor_state state, const struct operation *op,
			      const struct operation_report *report),
		   void *arg)
{
	for (const GList *l = x->reports.head; l != NULL; l = l->next)
		fn(arg, EXECUTOR_REPORTED, NULL, l->data);
	for (const GList *l = x->jobs.head; l != NULL; l = l->next) {
		const struct job *j = l->data;

		fn(arg, state_of(j), j->op, NULL);
	}
}

uint32_t executor_count(const struct executor *x, enum executor_state state)
{
	uint32_t count = state == EXECUTOR_REPORTED ? x->reports.length : 0;

	for (const GList *l = x->jobs.head; l != NULL; l = l->next)
		count += state_of(l->data) == state;
	return count;
}

void executor_lane_check(const struct lane *lane)
{
	const struct job *running = lane->running;

	assert(running == NULL || running->state == JOB_RUNNING || running->state == JOB_KILLED); /* 1 */
	assert(running == NULL || mono_time_is_set(running->due));                                /* 4 */
	assert(lane->queue.length + (running != NULL) <= lane->members.length);
}

static void job_check(const struct executor *x, const struct job *j)
{
	assert(j->op->id != 0);
	assert(g_hash_table_lookup(x->by_id, &j->op->id) == j);
	assert(job_has_process(j) == (j->lane->running == j)); /* 1 */
	assert(job_has_process(j) == (j->run != 0));
	assert(!job_has_process(j) || mono_time_is_set(j->due)); /* 4 */
	assert(!j->cancelled || job_has_process(j));             /* 3 */
	assert(!j->replaced || job_has_process(j));
	for (const GList *l = j->in_lane.next; l != NULL; l = l->next) { /* 2 */
		const struct job *other = l->data;
		bool same = is_recurring(j->op) && is_same(other, j->op->action, j->op->interval_ms);

		assert(!same || j->replaced || j->cancelled);
	}
}

void executor_check(const struct executor *x)
{
	uint32_t kept = 0;
	GHashTableIter i;
	void *count;

	for (const GList *l = x->jobs.head; l != NULL; l = l->next) {
		job_check(x, l->data);
		executor_lane_check(((const struct job *)l->data)->lane);
	}
	assert(x->jobs.length == g_hash_table_size(x->by_id));
	g_hash_table_iter_init(&i, x->report_ids); /* 5; a sum, so that the order does not matter */
	while (g_hash_table_iter_next(&i, NULL, &count))
		kept += GPOINTER_TO_UINT(count);
	assert(kept == x->reports.length);
}
