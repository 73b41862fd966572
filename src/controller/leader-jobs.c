/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is under way: ordered, and not ended. A job outlives the transition that ordered it. */
#include "controller/leader-internal.h"
#include "rules/interval.h"
#include "transition/result.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void job_free(void *job)
{
	struct job *j = job;
	g_free(j->node);
	g_free(j->rsc);
	g_free(j->action);
	g_free(j->transition_key);
	g_free(j->client);
	g_free(j->class_);
	g_free(j->provider);
	g_free(j->type);
	g_free(j);
}

struct job *job_add(struct leader *l, const char *node, const char *rsc, const char *action, int64_t interval_ms)
{
	struct job *j = g_new0(struct job, 1);
	j->node = g_strdup(node);
	j->rsc = g_strdup(rsc);
	j->action = g_strdup(action);
	j->interval_ms = interval_ms;
	g_ptr_array_add(l->jobs, j);
	return j;
}

struct job *job_find(const struct leader *l, const char *node, const char *rsc, const char *action, int64_t interval_ms,
		     bool cancel)
{
	for (guint i = 0; i < l->jobs->len; i++) {
		struct job *j = g_ptr_array_index(l->jobs, i);
		if (j->fence == 0 && j->interval_ms == interval_ms && j->cancel == cancel && strcmp(j->rsc, rsc) == 0 &&
		    strcmp(j->action, action) == 0 && strcmp(j->node, node) == 0)
			return j;
	}
	return NULL;
}

struct job *job_by_key(const struct leader *l, const char *transition_key)
{
	for (guint i = 0; transition_key != NULL && i < l->jobs->len; i++) {
		struct job *j = g_ptr_array_index(l->jobs, i);
		if (j->transition_key != NULL && strcmp(j->transition_key, transition_key) == 0)
			return j;
	}
	return NULL;
}

struct job *job_by_fence(const struct leader *l, uint64_t fence)
{
	for (guint i = 0; i < l->jobs->len; i++) {
		struct job *j = g_ptr_array_index(l->jobs, i);
		if (j->fence == fence)
			return j;
	}
	return NULL;
}

struct job *job_of_resource(const struct leader *l, const char *node, const char *rsc)
{
	for (guint i = 0; i < l->jobs->len; i++) {
		struct job *j = g_ptr_array_index(l->jobs, i);
		if (j->fence == 0 && strcmp(j->rsc, rsc) == 0 && strcmp(j->node, node) == 0)
			return j;
	}
	return NULL;
}

void job_end(struct leader *l, struct job *j, bool failed)
{
	if (j->synapse != NULL)
		execution_done(l->execution, j->synapse, failed);
	g_ptr_array_remove(l->jobs, j);
}

uint32_t jobs_on(const struct leader *l, const char *node)
{
	uint32_t count = 0;
	for (guint i = 0; i < l->jobs->len; i++) {
		const struct job *j = g_ptr_array_index(l->jobs, i);
		count += j->fence == 0 && strcmp(j->node, node) == 0;
	}
	return count;
}

static void adopt(void *arg, const char *node, const struct element *resource, const struct element *operation)
{
	struct leader *l = arg;
	const char *key = element_get(operation, NAME_TRANSITION_KEY), *rsc = element_id(resource);
	const char *task = element_get(operation, NAME_OPERATION);
	int64_t interval_ms = strtoll(element_get_or(operation, NAME_INTERVAL, "0"), NULL, 10);
	if (key == NULL || rsc == NULL || task == NULL || job_by_key(l, key) != NULL)
		return;
	struct job *j = job_add(l, node, rsc, task, interval_ms);
	j->heard = true;
	j->transition_key = g_strdup(key);
	j->class_ = g_strdup(element_get(resource, NAME_CLASS));
	j->provider = g_strdup(element_get(resource, NAME_PROVIDER));
	j->type = g_strdup(element_get(resource, NAME_TYPE));
	j->due = mono_time_add_ms(l->now.mono, ADOPTED_PATIENCE_MS);
}

void jobs_drop_unheard(struct leader *l)
{
	for (guint i = l->jobs->len; i > 0; i--) {
		struct job *j = g_ptr_array_index(l->jobs, i - 1);
		if (j->fence == 0 && !j->heard)
			job_end(l, j, true);
		else if (j->is_answered)
			j->due = l->now.mono;
	}
	l->unheard = 0;
}

void jobs_adopt(struct leader *l)
{
	cluster_state_pending(l->common, adopt, l);
}

/* The digests of what was ordered, as it is recorded: without them it would seem to be an action of another
 * definition, and its failure would be forgotten at once.
 */
struct digests {
	const char *transition_key;
	struct element *to;
};

static void copy_digests(void *arg, const char *node, const struct element *resource, const struct element *operation)
{
	static const cib_name names[] = {NAME_OP_DIGEST, NAME_OP_RESTART_DIGEST, NAME_OP_FORCE_RESTART,
					 NAME_OP_SECURE_DIGEST, NAME_OP_SECURE_PARAMS};
	const struct digests *d = arg;
	(void)node;
	(void)resource;
	if (strcmp(element_get_or(operation, NAME_TRANSITION_KEY, ""), d->transition_key) != 0)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		element_set(d->to, names[i], element_get(operation, names[i]));
}

/* Counted as the member would: nothing else of what is done once counts, and a start may be tried once only. */
static void count_failure(const struct leader *l, const struct job *j, struct message *m)
{
	static const char *const counted[] = {"start", "stop", "promote", "demote"};
	bool counts = j->interval_ms > 0, fatal = true;
	for (size_t i = 0; i < G_N_ELEMENTS(counted); i++)
		counts = counts || strcmp(j->action, counted[i]) == 0;
	if (!counts)
		return;
	m->result.rsc = j->rsc;
	m->result.action = j->action;
	m->result.interval_ms = j->interval_ms;
	const char *option = leader_option(l, "start-failure-is-fatal");
	if (strcmp(j->action, "start") == 0 && option != NULL)
		(void)cib_parse_bool(option, &fatal);
	m->result.is_fatal =
		j->interval_ms == 0 && fatal && (strcmp(j->action, "start") == 0 || strcmp(j->action, "stop") == 0);
}

/* In place of a member that does not answer: its action timed out. */
static void answer_for(struct leader *l, const struct job *j)
{
	struct document *scratch = document_new(NAME_LRM_RESOURCE);
	struct operation_result r = {
		.rsc_id = j->rsc,
		.task = j->action,
		.interval_ms = j->interval_ms,
		.rc = RESULT_UNKNOWN_ERROR,
		.target_rc = j->target_rc,
		.status = EXECUTION_TIMEOUT,
		.exit_reason = "no answer from its node in time",
		.node = j->node,
		.now = (int64_t)(l->now.wall.ns / 1000000000u),
		.transition_key = j->transition_key,
		.origin = "leader",
	};
	struct element *entry = result_record(document_root(scratch), &r);
	struct digests digests = {.transition_key = j->transition_key, .to = entry};
	cluster_state_pending(l->common, copy_digests, &digests);
	GString *text = g_string_new(NULL);
	element_print_flat(entry, text);
	struct message m = {.kind = MESSAGE_RESULT};
	m.result.node = j->node;
	m.result.history_id = j->rsc;
	m.result.class_ = j->class_;
	m.result.provider = j->provider;
	m.result.type = j->type;
	m.result.entry = text->str;
	m.result.transition_key = j->transition_key;
	m.result.failed = true;
	m.result.when = l->now.wall;
	count_failure(l, j, &m);
	l->ops.send(l->ops.host, &m);
	(void)g_string_free(text, TRUE);
	document_free(scratch);
}

static bool is_gone(const struct leader *l, const char *node)
{
	if (view_part_by_name(l->view, node) != NULL)
		return false;
	for (guint i = 0; i < l->absent->len; i++)
		if (strcmp(((struct deadline *)g_ptr_array_index(l->absent, i))->name, node) == 0)
			return false; /* its manager may come back and report */
	return true;
}

void jobs_expire(struct leader *l)
{
	for (guint i = 0; i < l->jobs->len;) {
		struct job *j = g_ptr_array_index(l->jobs, i);
		bool gone = j->fence == 0 && is_gone(l, j->node);
		bool overdue = mono_time_is_set(j->due) && !mono_time_before(l->now.mono, j->due);
		if (overdue && !gone && j->transition_key != NULL && !j->cancel) {
			leader_log(l, MSG_ACTION_LOST, "%s of %s on %s", j->action, j->rsc, j->node);
			answer_for(l, j);
			j->due = (mono_time){0}; /* it ends with that answer, when the common state knows of it */
			j->is_answered = true;
			overdue = false;
		}
		if (!gone && !overdue) {
			i++;
			continue;
		}
		job_end(l, j, true);
		leader_stale(l);
	}
}

void jobs_check(const struct leader *l)
{
	for (guint i = 0; i < l->jobs->len; i++) {
		const struct job *j = g_ptr_array_index(l->jobs, i);
		assert(j->fence != 0 || j->transition_key != NULL);
		assert(j->synapse == NULL || l->execution != NULL);
		for (guint k = i + 1; k < l->jobs->len; k++)
			assert(g_ptr_array_index(l->jobs, k) != j);
	}
}
