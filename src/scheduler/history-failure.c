/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a failure does to a resource, and the list of failures that is shown. */
#include "rules/score.h"
#include "scheduler/action-config.h"
#include "scheduler/history-private.h"
#include "scheduler/index.h"
#include "scheduler/ledger.h"

#include <string.h>

/* --- the list --- */

static bool is_recorded(const struct failed_operation *first, const struct node *n)
{
	for (; first != NULL; first = first->next_same_key)
		if (first->node == n)
			return true;
	return false;
}

void failure_record(const struct reading *reading, const struct entry *e)
{
	struct cluster *c = reading->c;
	if (!reading->node->online)
		return;
	if (c->failed_keys == NULL)
		c->failed_keys = id_index_new(&c->arena, false);
	struct failed_operation *same = id_index_get(c->failed_keys, e->key);
	if (is_recorded(same, reading->node))
		return;
	struct failed_operation *f = arena_new(&c->arena, struct failed_operation);
	*f = (struct failed_operation){.entry = e->xml,
				       .rsc = reading->rsc,
				       .node = reading->node,
				       .key = e->key,
				       .task = e->task_name,
				       .interval_ms = e->interval_ms,
				       .rc = (int)entry_number(e->rc_text, RESULT_OK),
				       .execution = (int)entry_number(e->status_text, EXECUTION_ERROR),
				       .call_id = (int)entry_number(e->call_text, 0),
				       .next_same_key = same};
	id_index_set(c->failed_keys, e->key, f);
	if (c->last_failed_operation == NULL)
		c->failed_operations = f;
	else
		c->last_failed_operation->next = f;
	c->last_failed_operation = f;
}

/* The key of a probe of the resource with this id. */
static bool is_probe_key(const char *key, const char *id)
{
	size_t length = strlen(id);
	return strncmp(key, id, length) == 0 && strcmp(key + length, "_monitor_0") == 0;
}

const struct failed_operation *failed_probe_masked(const struct resource *r, const struct node *node)
{
	const struct resource *top = resource_top(r, false);
	const char *id = resource_is_clone(top) ? element_id(top->clone.child) : r->id;
	for (const struct failed_operation *f = r->cluster->failed_operations; f != NULL; f = f->next) {
		const char *on_node = element_get(f->entry, NAME_ON_NODE);
		bool there = on_node != NULL && (node == NULL || strcasecmp(on_node, node->name) == 0);
		if (there && strcmp(f->task, "monitor") == 0 && f->interval_ms == 0 &&
		    probe_result_is_masked(f->rc, f->execution) && is_probe_key(f->key, id))
			return f;
	}
	return NULL;
}

/* --- what it does --- */

enum on_fail failure_handling(const struct reading *reading, const struct entry *e, enum role *ret_role)
{
	struct resource *r = reading->rsc;
	const struct element *op = action_config_find(r, e->task_name, e->interval_ms, true);
	const struct table *meta = action_config_meta(r, reading->node, e->task_name, e->interval_ms, op);
	enum on_fail configured = action_config_on_fail(r, e->task_name, e->interval_ms, table_get(meta, "on-fail"));
	*ret_role = action_config_fail_role(r, e->task_name, configured);
	return configured;
}

void failure_block_stop(const struct reading *reading, const struct entry *e)
{
	if (e->task != HISTORY_STOP || node_can_be_fenced(reading->c, reading->node))
		return;
	reading->c->processing_error = true;
	resource_unmanage(reading->rsc);
	reading->rsc->blocked = true;
}

/* A table of its own: no seat that comes later opens it again. The whole of an anonymous clone stops. */
static void ban_everywhere(struct resource *r)
{
	struct cluster *c = r->cluster;
	struct resource *top = r->parent != NULL ? resource_top(r, false) : r;
	if (resource_is_anonymous_clone(top))
		r = top;
	struct seat *seats = seats_new(c);
	for_each_node(n, c) seats_add(seats, n, -SCORE_INFINITY)->probe = PROBE_ALWAYS;
	ledger_take(r, seats, CAUSE_FAILURE, r->id, NULL);
}

static void apply_failed_demote(struct resource *r, const struct entry *e, enum on_fail configured)
{
	if (configured == ON_FAIL_BLOCK) {
		r->role = ROLE_PROMOTED;
		r->next_role = ROLE_STOPPED;
	} else {
		/* To stay promoted would be tried for ever; it is stopped before it may be promoted again. */
		r->role = e->rc == RESULT_NOT_RUNNING ? ROLE_STOPPED : ROLE_UNPROMOTED;
	}
}

static void apply_failed_task(struct reading *reading, const struct entry *e, enum on_fail configured)
{
	struct resource *r = reading->rsc;
	switch (e->task) {
	case HISTORY_STOP:
		resource_add_score(r, -SCORE_INFINITY, reading->node, "__stop_fail__");
		break;
	case HISTORY_MIGRATE_TO:
		migrate_to_failed(reading, e);
		break;
	case HISTORY_MIGRATE_FROM:
		migrate_from_failed(reading, e);
		break;
	case HISTORY_PROMOTE:
		r->role = ROLE_PROMOTED;
		break;
	case HISTORY_DEMOTE:
		apply_failed_demote(r, e, configured);
		break;
	case HISTORY_OTHER:
	case HISTORY_MONITOR:
	case HISTORY_START:
	case HISTORY_ASYNC_MONITOR:
		break;
	}
}

void failure_apply(struct reading *reading, struct entry *e, enum on_fail configured, enum role fail_role)
{
	struct resource *r = reading->rsc;
	reading->last_failure = e;
	/* In an opt-in cluster an agent may well be missing. */
	if (reading->c->options.symmetric || e->rc != RESULT_NOT_INSTALLED) {
		reading->c->processing_warning = true;
		failure_record(reading, e);
	}
	if (reading->on_fail < configured)
		reading->on_fail = configured;
	apply_failed_task(reading, e, configured);
	if (e->probe && e->rc == RESULT_NOT_INSTALLED)
		r->role = ROLE_STOPPED;
	else if (r->role < ROLE_STARTED)
		resource_set_active(r);
	if (fail_role != ROLE_STARTED && r->next_role < fail_role)
		r->next_role = fail_role;
	if (fail_role == ROLE_STOPPED)
		ban_everywhere(r);
}
