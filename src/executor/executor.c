/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each operation asked for is a job. Jobs of one resource stand in one lane, in which one runs at a time; fence actions
 * and alerts have lanes of their own. A job that leaves the executor leaves a report behind, which has no part in
 * anything but being told.
 */
#include "executor/executor-internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static const struct {
	const char *name;
	unsigned next;
} job_states[] = {
	[JOB_DELAYED] = {"delayed", 1u << JOB_QUEUED},
	[JOB_QUEUED] = {"queued", 1u << JOB_RUNNING},
	[JOB_RUNNING] = {"running", 1u << JOB_KILLED | 1u << JOB_REPEATING},
	[JOB_KILLED] = {"killed", 1u << JOB_REPEATING},
	[JOB_REPEATING] = {"repeating", 1u << JOB_QUEUED},
};

static int compare_due(const void *a, const void *b, void *arg)
{
	const struct job *x = a, *y = b;

	(void)arg;
	if (x->due.ns != y->due.ns)
		return x->due.ns < y->due.ns ? -1 : 1;
	return x->due_order < y->due_order ? -1 : x->due_order > y->due_order;
}

struct executor *executor_new(const struct executor_ops *ops)
{
	struct executor *x = g_new0(struct executor, 1);

	x->ops = *ops;
	g_queue_init(&x->jobs);
	g_queue_init(&x->reports);
	x->lanes = g_hash_table_new(g_str_hash, g_str_equal);
	x->by_id = g_hash_table_new(g_int64_hash, g_int64_equal);
	x->by_run = g_hash_table_new(g_int64_hash, g_int64_equal);
	x->report_ids = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	x->devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	x->due = g_tree_new_full(compare_due, NULL, NULL, NULL);
	return x;
}

/* --- jobs, lanes and times --- */

static void job_state_move(struct job *j, enum job_state next)
{
	assert((job_states[j->state].next >> next & 1u) != 0);
	j->state = next;
}

static void job_due_clear(struct executor *x, struct job *j)
{
	if (mono_time_is_set(j->due))
		g_tree_remove(x->due, j);
	j->due = (mono_time){0};
}

static void job_due_set(struct executor *x, struct job *j, mono_time at)
{
	job_due_clear(x, j);
	j->due = mono_time_is_set(at) ? at : (mono_time){1};
	j->due_order = ++x->due_order;
	g_tree_insert(x->due, j, j);
}

static void timer_settle(struct executor *x)
{
	GTreeNode *first = g_tree_node_first(x->due);
	mono_time due = first == NULL ? (mono_time){0} : ((struct job *)g_tree_node_key(first))->due;

	if (due.ns == x->timer.ns)
		return;
	x->timer = due;
	x->ops.timer(x->ops.host, due);
}

static bool is_fencing(const struct operation *op)
{
	static const char *const ordinary[] = {"start", "stop", "monitor"};

	if (strcmp(op->class_, "stonith") != 0)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(ordinary); i++)
		if (strcmp(op->action, ordinary[i]) == 0)
			return false;
	return true;
}

enum lane_kind { LANE_RESOURCE, LANE_FENCING, LANE_ALERT, LANE_KINDS };

static char *lane_name(enum lane_kind kind, const char *rsc)
{
	static const char *const kinds[] = {
		[LANE_RESOURCE] = "resource", [LANE_FENCING] = "fencing", [LANE_ALERT] = "alert"};

	return g_strdup_printf("%s %s", kinds[kind], rsc);
}

static struct lane *lane_find(const struct executor *x, enum lane_kind kind, const char *rsc)
{
	char *name = lane_name(kind, rsc);
	struct lane *lane = g_hash_table_lookup(x->lanes, name);

	g_free(name);
	return lane;
}

static struct lane *lane_of(struct executor *x, const struct operation *op)
{
	enum lane_kind kind = strcmp(op->class_, "alert") == 0 ? LANE_ALERT
			      : is_fencing(op)                 ? LANE_FENCING
							       : LANE_RESOURCE;
	struct lane *lane = lane_find(x, kind, op->rsc);

	if (lane != NULL)
		return lane;
	lane = g_new0(struct lane, 1);
	lane->name = lane_name(kind, op->rsc);
	g_queue_init(&lane->members);
	g_queue_init(&lane->queue);
	(void)g_hash_table_insert(x->lanes, lane->name, lane);
	return lane;
}

static struct job *job_new(struct executor *x, const struct operation *op)
{
	struct job *j = g_new0(struct job, 1);

	j->op = operation_copy(op);
	j->state = JOB_DELAYED;
	j->in_all.data = j->in_lane.data = j->in_queue.data = j;
	j->lane = lane_of(x, op);
	g_queue_push_tail_link(&x->jobs, &j->in_all);
	g_queue_push_tail_link(&j->lane->members, &j->in_lane);
	(void)g_hash_table_insert(x->by_id, &j->op->id, j);
	return j;
}

static void job_free(struct executor *x, struct job *j)
{
	struct lane *lane = j->lane;

	job_due_clear(x, j);
	if (lane->running == j)
		lane->running = NULL;
	if (j->state == JOB_QUEUED)
		g_queue_unlink(&lane->queue, &j->in_queue);
	for (GList *l = lane->members.head; l != NULL; l = l->next)
		if (((struct job *)l->data)->successor == j)
			((struct job *)l->data)->successor = NULL;
	g_queue_unlink(&x->jobs, &j->in_all);
	g_queue_unlink(&lane->members, &j->in_lane);
	(void)g_hash_table_remove(x->by_id, &j->op->id);
	if (j->run != 0)
		(void)g_hash_table_remove(x->by_run, &j->run);
	g_free(j->last.reason);
	g_free(j->op);
	g_free(j);
}

/* A lane goes with its last job, when nobody looks at it any more. */
static void lane_settle(struct executor *x, struct lane *lane)
{
	executor_lane_check(lane);
	if (lane->members.length > 0)
		return;
	(void)g_hash_table_remove(x->lanes, lane->name);
	g_free(lane->name);
	g_free(lane);
}

void executor_free(struct executor *x)
{
	if (x == NULL)
		return;
	while (x->jobs.head != NULL) {
		struct job *j = x->jobs.head->data;
		struct lane *lane = j->lane;

		job_free(x, j);
		lane_settle(x, lane);
	}
	for (GList *l = x->reports.head; l != NULL; l = l->next)
		g_free(l->data);
	g_queue_clear(&x->reports);
	g_hash_table_destroy(x->lanes);
	g_hash_table_destroy(x->by_id);
	g_hash_table_destroy(x->by_run);
	g_hash_table_destroy(x->report_ids);
	g_hash_table_destroy(x->devices);
	g_tree_destroy(x->due);
	g_free(x);
}

/* --- ends that are no result --- */

static const struct result cancelled = {.rc = RESULT_UNKNOWN, .status = EXECUTION_CANCELLED};

/* It does not run, and will not. */
static void job_cancel(struct executor *x, mono_time now, struct job *j)
{
	executor_report(x, now, j, &cancelled);
	job_free(x, j);
}

static void job_end_quietly(struct executor *x, mono_time now, struct job *j)
{
	if (!j->reported)
		executor_report(x, now, j, &cancelled);
	job_free(x, j);
}

/* --- running --- */

static void device_note(struct executor *x, const struct operation *op, int rc)
{
	if (strcmp(op->class_, "stonith") != 0)
		return;
	if (strcmp(op->action, "stop") == 0 || (strcmp(op->action, "start") == 0 && rc != RESULT_OK))
		(void)g_hash_table_remove(x->devices, op->rsc);
	else if (strcmp(op->action, "start") == 0)
		(void)g_hash_table_add(x->devices, g_strdup(op->rsc));
}

/* The lane is free again. */
static void job_finish(struct executor *x, mono_time now, struct job *j, struct result r)
{
	struct job *successor = j->successor;

	if (successor != NULL && !j->cancelled)
		job_due_set(x, successor, mono_time_add_ms(now, (uint64_t)successor->op->interval_ms));
	else if (successor != NULL)
		job_due_set(x, successor, now);
	if (r.status == EXECUTION_DONE)
		device_note(x, j->op, r.rc);
	if (j->cancelled)
		r.status = EXECUTION_CANCELLED;
	if (j->cancelled || !is_recurring(j->op))
		executor_report(x, now, j, &r);
	else
		executor_report_if_new(x, now, j, &r);
	if (j->cancelled || j->replaced || x->drains || !is_recurring(j->op)) {
		job_free(x, j);
		return;
	}
	j->lane->running = NULL;
	(void)g_hash_table_remove(x->by_run, &j->run);
	j->run = 0;
	job_state_move(j, JOB_REPEATING);
	job_due_set(x, j, mono_time_add_ms(now, (uint64_t)j->op->interval_ms));
}

/* What is known without asking an agent: a fence device that was not started here is not running, and stopping one is
 * forgetting it. */
static bool answer_by_heart(const struct executor *x, const struct operation *op, struct result *ret)
{
	if (strcmp(op->class_, "stonith") != 0)
		return false;
	*ret = (struct result){.status = EXECUTION_DONE};
	if (strcmp(op->action, "stop") == 0)
		return true;
	ret->rc = RESULT_NOT_RUNNING;
	return strcmp(op->action, "monitor") == 0 && !is_recurring(op) && !g_hash_table_contains(x->devices, op->rsc);
}

static void job_run(struct executor *x, mono_time now, struct job *j)
{
	int64_t timeout_ms = j->op->timeout_ms > 0 ? j->op->timeout_ms : EXECUTOR_TIMEOUT_MS;
	struct result known;

	g_queue_unlink(&j->lane->queue, &j->in_queue);
	job_state_move(j, JOB_RUNNING);
	j->lane->running = j;
	j->queue_ms = (uint32_t)mono_time_since_ms(now, j->since);
	j->since = now;
	if (answer_by_heart(x, j->op, &known)) {
		job_finish(x, now, j, known);
		return;
	}
	j->run = ++x->runs;
	(void)g_hash_table_insert(x->by_run, &j->run, j);
	job_due_set(x, j, mono_time_add_ms(now, (uint64_t)timeout_ms));
	x->ops.spawn(x->ops.host, j->run, j->op);
}

static void lane_go_on(struct executor *x, mono_time now, struct lane *lane)
{
	while (!x->drains && lane->running == NULL && lane->queue.length > 0)
		job_run(x, now, lane->queue.head->data);
	lane_settle(x, lane);
}

static void job_enqueue(struct executor *x, mono_time now, struct job *j)
{
	job_due_clear(x, j);
	job_state_move(j, JOB_QUEUED);
	j->since = now;
	g_queue_push_tail_link(&j->lane->queue, &j->in_queue);
}

/* --- what may be asked --- */

static bool is_text(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static enum err op_check(const struct executor *x, const struct operation *op, struct error *reterr)
{
	const char *lacks = op->id == 0            ? "an id"
			    : !is_text(op->rsc)    ? "the name of its resource"
			    : !is_text(op->action) ? "an action"
			    : !is_text(op->class_) ? "a class"
			    : !is_text(op->type)   ? "a type"
						   : NULL;

	if (lacks != NULL)
		return error_set(reterr, ERR_INVALID, "an operation needs %s", lacks);
	if (op->interval_ms < 0 || op->start_delay_ms < 0)
		return error_set(reterr, ERR_INVALID, "operation %s of %s: a time is negative", op->action, op->rsc);
	if (g_hash_table_contains(x->by_id, &op->id) || executor_reports_of(x, op->id) > 0)
		return error_set(reterr, ERR_INVALID, "operation %s of %s: its id is in use", op->action, op->rsc);
	if (x->jobs.length + x->reports.length >= EXECUTOR_OPERATIONS_MAX)
		return error_set(reterr, ERR_FULL, "operation %s of %s: %d operations wait already", op->action,
				 op->rsc, EXECUTOR_OPERATIONS_MAX);
	return ERR_OK;
}

static bool is_asked_again(const struct executor *x, const struct operation *op)
{
	const struct job *j = g_hash_table_lookup(x->by_id, &op->id);

	return j != NULL && is_same(j, op->action, op->interval_ms) && g_strcmp0(j->op->rsc, op->rsc) == 0 &&
	       g_strcmp0(j->op->type, op->type) == 0 && g_strcmp0(j->op->note, op->note) == 0;
}

/* The one of the same resource, action and interval gives way. True: it still runs, and j comes after it. */
static bool replace_old(struct executor *x, mono_time now, struct job *j)
{
	bool waits = false;

	for (GList *l = j->lane->members.head, *next; l != NULL; l = next) {
		struct job *old = l->data;

		next = l->next;
		if (old == j || !is_same(old, j->op->action, j->op->interval_ms))
			continue;
		if (!job_has_process(old)) {
			job_end_quietly(x, now, old);
			continue;
		}
		old->replaced = true;
		old->successor = j;
		waits = true;
	}
	return waits;
}

static void lane_cancel(struct executor *x, mono_time now, struct lane *lane, bool (*wanted)(const struct job *j))
{
	for (GList *l = lane->members.head, *next; l != NULL; l = next) {
		struct job *j = l->data;

		next = l->next;
		if (wanted != NULL && !wanted(j))
			continue;
		if (job_has_process(j))
			j->cancelled = true;
		else
			job_cancel(x, now, j);
	}
}

static bool repeats(const struct job *j)
{
	return is_recurring(j->op);
}

enum err executor_run(struct executor *x, mono_time now, const struct operation *op, struct error *reterr)
{
	bool waits = false;

	if (x->drains)
		return error_set(reterr, ERR_AGAIN, "the executor ends; ask the next one");
	if (is_asked_again(x, op))
		return ERR_OK;
	enum err e = op_check(x, op, reterr);
	if (e != ERR_OK)
		return e;
	struct job *j = job_new(x, op);
	j->since = now;
	if (is_recurring(op))
		waits = replace_old(x, now, j);
	else if (strcmp(op->action, "stop") == 0)
		lane_cancel(x, now, j->lane, repeats);
	if (!waits && op->start_delay_ms > 0)
		job_due_set(x, j, mono_time_add_ms(now, (uint64_t)op->start_delay_ms));
	else if (!waits)
		job_enqueue(x, now, j);
	lane_go_on(x, now, j->lane);
	timer_settle(x);
	return ERR_OK;
}

static bool lane_cancel_one(struct executor *x, mono_time now, struct lane *lane, const char *action,
			    int64_t interval_ms)
{
	bool found = false;

	for (GList *l = lane->members.head, *next; l != NULL; l = next) {
		struct job *j = l->data;

		next = l->next;
		if (!is_same(j, action, interval_ms) || j->cancelled || j->replaced)
			continue;
		found = true;
		if (job_has_process(j))
			j->cancelled = true;
		else
			job_cancel(x, now, j);
	}
	return found;
}

bool executor_cancel(struct executor *x, mono_time now, const char *rsc, const char *action, int64_t interval_ms)
{
	bool found = false;

	for (enum lane_kind kind = 0; kind < LANE_KINDS; kind++) {
		struct lane *lane = lane_find(x, kind, rsc);

		if (lane == NULL)
			continue;
		found |= lane_cancel_one(x, now, lane, action, interval_ms);
		lane_go_on(x, now, lane);
	}
	timer_settle(x);
	return found;
}

void executor_forget(struct executor *x, mono_time now, const char *rsc)
{
	for (enum lane_kind kind = 0; kind < LANE_KINDS; kind++) {
		struct lane *lane = lane_find(x, kind, rsc);

		if (lane == NULL)
			continue;
		lane_cancel(x, now, lane, NULL);
		lane_go_on(x, now, lane);
	}
	timer_settle(x);
}

/* --- what happens --- */

static const char *exit_reason(const struct executor_exit *e, char *memory, size_t size)
{
	if (e->spawned && e->signal != 0 && e->reason == NULL) {
		(void)snprintf(memory, size, "the agent was killed by signal %d", e->signal);
		return memory;
	}
	return e->reason;
}

static const char *timeout_reason(const struct job *j, bool gone, char *memory, size_t size)
{
	int64_t ms = j->op->timeout_ms > 0 ? j->op->timeout_ms : EXECUTOR_TIMEOUT_MS;

	(void)snprintf(memory, size, "not finished within %" PRId64 " ms%s", ms, gone ? "" : ", and cannot be killed");
	return memory;
}

void executor_exited(struct executor *x, mono_time now, uint64_t run, const struct executor_exit *exit)
{
	struct job *j = g_hash_table_lookup(x->by_run, &run);
	char memory[128];

	if (j == NULL)
		return; /* given up before */
	struct lane *lane = j->lane;
	struct result r = {.rc = exit->rc, .status = exit->status, .exit = exit};
	r.reason = exit_reason(exit, memory, sizeof memory);
	if (exit->spawned) {
		r.status = exit->signal == 0 ? EXECUTION_DONE : EXECUTION_ERROR;
		r.rc = exit->signal == 0 ? exit->rc : RESULT_UNKNOWN_ERROR;
	}
	if (j->state == JOB_KILLED) {
		r.status = EXECUTION_TIMEOUT;
		r.rc = RESULT_UNKNOWN_ERROR;
		r.reason = timeout_reason(j, true, memory, sizeof memory);
	}
	job_finish(x, now, j, r);
	lane_go_on(x, now, lane);
	timer_settle(x);
}

static void job_give_up(struct executor *x, mono_time now, struct job *j)
{
	char memory[128];
	struct result r = {.rc = RESULT_UNKNOWN_ERROR, .status = EXECUTION_TIMEOUT};

	r.reason = timeout_reason(j, false, memory, sizeof memory);
	job_finish(x, now, j, r);
}

static void job_due(struct executor *x, mono_time now, struct job *j)
{
	struct lane *lane = j->lane;

	assert(j->state != JOB_QUEUED); /* it waits for no time */
	switch (j->state) {
	case JOB_DELAYED:
	case JOB_REPEATING:
		job_enqueue(x, now, j);
		break;
	case JOB_RUNNING:
		job_state_move(j, JOB_KILLED);
		job_due_set(x, j, mono_time_add_ms(now, KILL_PATIENCE_MS));
		x->ops.kill(x->ops.host, j->run);
		break;
	case JOB_KILLED:
		job_give_up(x, now, j);
		break;
	case JOB_QUEUED:
		break;
	}
	lane_go_on(x, now, lane);
}

bool executor_end(struct executor *x, mono_time now, uint64_t id)
{
	struct job *j = g_hash_table_lookup(x->by_id, &id);

	if (j == NULL || is_recurring(j->op))
		return false;
	struct lane *lane = j->lane;
	if (!job_has_process(j)) {
		job_cancel(x, now, j);
	} else {
		j->cancelled = true;
		if (j->state == JOB_RUNNING)
			job_due(x, now, j);
	}
	lane_go_on(x, now, lane);
	timer_settle(x);
	return true;
}

void executor_tick(struct executor *x, mono_time now)
{
	x->timer = (mono_time){0};
	for (;;) {
		GTreeNode *first = g_tree_node_first(x->due);
		struct job *j = first == NULL ? NULL : g_tree_node_key(first);

		if (j == NULL || mono_time_before(now, j->due))
			break;
		job_due(x, now, j);
	}
	timer_settle(x);
}

bool executor_drain(struct executor *x, mono_time now)
{
	x->drains = true;
	for (GList *l = x->jobs.head, *next; l != NULL; l = next) {
		struct job *j = l->data;
		struct lane *lane = j->lane;

		next = l->next;
		if (job_has_process(j))
			continue;
		job_end_quietly(x, now, j);
		lane_settle(x, lane);
	}
	timer_settle(x);
	return x->jobs.length == 0;
}
