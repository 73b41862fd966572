/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-config.h"
#include "scheduler/actions-private.h"
#include "scheduler/actions.h"
#include "scheduler/digests.h"
#include "scheduler/failcount.h"
#include "scheduler/history-private.h"
#include "scheduler/index.h"
#include "scheduler/memory.h"

#include "rules/interval.h"

#include <stdlib.h>
#include <string.h>

/* --- what a change demands --- */

static void force_restart(struct resource *r, const char *task, int64_t interval_ms, struct node *node)
{
	struct action *a = action_request(r->cluster, r, NULL, task, interval_ms, NULL, false);
	action_set_reason(a, "resource definition change", true);
	a->note = "its parameters changed";
	action_unfence(r->cluster, r, node, "Device parameters changed", NULL);
}

static void reload(struct resource *r, struct node *node)
{
	struct cluster *c = r->cluster;
	if (!r->managed || r->failed)
		return;
	/* What is still starting starts anew. */
	if (r->start_pending) {
		action_stop(r, node, false)->note = "its parameters changed while it was starting";
		return;
	}
	r->reload = true;
	struct action *a = action_request(c, r, NULL, "reload-agent", 0, node, false);
	action_set_reason(a, "resource definition change", false);
	ordering_add(c, NULL, NULL, a, r, "stop", NULL, RELATION_ORDERED | RELATION_THEN_CANCELS_FIRST);
	ordering_add(c, NULL, NULL, a, r, "demote", NULL, RELATION_ORDERED | RELATION_THEN_CANCELS_FIRST);
}

/* Documents that were made fit for publication lack private parameters: those did not change. */
static bool only_private_changed(const struct resource *r, const struct element *entry,
				 const struct operation_digests *d)
{
	const char *secure = element_get(entry, NAME_OP_SECURE_DIGEST);
	return r->cluster->sanitized && d->result != DIGEST_MATCH && secure != NULL && d->secure != NULL &&
	       strcmp(secure, d->secure) == 0;
}

/* These are compared with the parameters of the start. */
static const char *task_of_digest(const char *task, int64_t interval_ms)
{
	bool as_start =
		strcmp(task, "monitor") == 0 || strcmp(task, "migrate_from") == 0 || strcmp(task, "promote") == 0;
	return interval_ms == 0 && as_start ? "start" : task;
}

static void handle_mismatch(struct resource *r, struct node *node, const struct element *entry, const char *task,
			    int64_t interval_ms)
{
	if (interval_ms > 0) {
		recurring_reschedule(r, task, interval_ms, node);
	} else if (element_get(entry, NAME_OP_RESTART_DIGEST) != NULL) {
		action_unfence(r->cluster, r, node, "Device parameters changed (reload)", NULL);
		reload(r, node);
	} else {
		force_restart(r, task, interval_ms, node);
	}
}

bool config_change_handle(struct resource *r, struct node *node, const struct element *entry)
{
	struct cluster *c = r->cluster;
	const char *task = element_get(entry, NAME_OPERATION);
	int64_t interval_ms = entry_interval_ms(element_get(entry, NAME_INTERVAL));
	if (task == NULL)
		return false;
	if (interval_ms > 0 && action_config_find(r, task, interval_ms, false) == NULL) {
		if (c->options.cancel_removed_actions)
			cancel_schedule(r, element_get(entry, NAME_CALL_ID), task, interval_ms, node);
		return true;
	}
	task = task_of_digest(task, interval_ms);
	const struct operation_digests *d = digests_compare(r, entry, node);
	if (only_private_changed(r, entry, d)) {
		char interval[INTERVAL_TEXT_SIZE];
		const char *magic = element_get(entry, NAME_TRANSITION_MAGIC);
		cluster_notice(c, "Only 'private' parameters to %s-interval %s for %s on %s changed: %s",
			       interval_text((uint64_t)interval_ms, interval), task, r->id, node_name(node),
			       magic == NULL ? "(null)" : magic);
		return false;
	}
	switch (d->result) {
	case DIGEST_RESTART:
		force_restart(r, task, interval_ms, node);
		return true;
	case DIGEST_UNKNOWN:
	case DIGEST_MISMATCH:
		handle_mismatch(r, node, entry, task, interval_ms);
		return true;
	case DIGEST_MATCH:
		break;
	}
	return false;
}

/* --- another agent --- */

static bool is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool agent_changed(struct resource *r, struct node *node, const struct element *history, bool active)
{
	static const cib_name names[] = {NAME_TYPE, NAME_CLASS, NAME_PROVIDER};
	bool changed = false;
	if (history_has_agent(history, r))
		return false;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_same(element_get(r->xml, names[i]), element_get(history, names[i])))
			continue;
		changed = true;
		action_unfence(r->cluster, r, node, "Device definition changed", NULL);
	}
	if (changed && active) {
		(void)action_stop(r, node, false);
		r->start_pending = true;
	}
	return changed;
}

/* --- one resource on one node --- */

struct ordered_entry {
	struct entry entry;
	uint32_t at;
};

/* What is equally old comes latest first. */
static int compare_entries(const void *x, const void *y)
{
	const struct ordered_entry *a = x, *b = y;
	int order = entry_compare(&a->entry, &b->entry);
	return order != 0 ? order : (a->at < b->at) - (a->at > b->at);
}

/* Since when (index) the resource is active; -1 when all of it counts, count when it is stopped. */
static int active_since(const struct entry *entries, int count)
{
	int start = -1, stop = -1, by_monitor = -1, by_role = -1;
	for (int i = 0; i < count; i++) {
		const struct entry *e = &entries[i];
		if (e->task == HISTORY_STOP && is_same(e->status_text, "0")) {
			stop = i;
		} else if (e->task == HISTORY_START || e->task == HISTORY_MIGRATE_FROM) {
			start = i;
		} else if (by_monitor <= stop && e->task == HISTORY_MONITOR) {
			if (is_same(e->rc_text, "0") || is_same(e->rc_text, "8"))
				by_monitor = i;
		} else if (e->task == HISTORY_PROMOTE || e->task == HISTORY_DEMOTE) {
			by_role = i;
		}
	}
	if (start == -1)
		start = by_role != -1 ? by_role : by_monitor;
	return start < stop ? count : start;
}

static void defer_check(struct resource *r, struct node *node, const struct element *entry)
{
	struct cluster *c = r->cluster;
	struct parameter_check *check = arena_new(&c->arena, struct parameter_check);
	*check = (struct parameter_check){.entry = entry, .rsc = r, .node = node, .next = c->parameter_checks};
	c->parameter_checks = check;
}

/* The address of such a connection is known when its container has a node. */
static bool has_address_of_host(struct resource *r)
{
	if (!r->remote_connection)
		return false;
	const char *address = table_get(resource_parameters(r, NULL), "addr");
	return address != NULL && strcmp(address, "#uname") == 0;
}

static void check_entry(struct resource *r, struct node *node, const struct entry *e)
{
	if (e->task_name == NULL)
		return; /* there is nothing to cancel or to compare */
	bool counts = e->task == HISTORY_MONITOR || e->task == HISTORY_START || e->task == HISTORY_PROMOTE ||
		      e->task == HISTORY_MIGRATE_FROM;
	if (e->interval_ms > 0 && (r->maintenance || node->maintenance)) {
		cancel_schedule(r, e->call_text, e->task_name, e->interval_ms, node);
	} else if (e->interval_ms > 0 || counts) {
		if (has_address_of_host(r))
			defer_check(r, node, e->xml);
		else if (config_change_handle(r, node, e->xml) &&
			 !is_same(element_get(e->xml, NAME_CRM_DEBUG_ORIGIN), ENTRY_UNDER_WAY) &&
			 failcount_of(r, node, FAILCOUNT_EFFECTIVE, NULL, NULL) != 0)
			(void)action_clear_failcount(r, node, "action definition changed");
	}
}

static const struct entry *read_entries(struct cluster *c, const struct element *history, uint32_t *ret_count)
{
	const struct known_history *known = memory_history(c, history, MEMORY_FOR_CHANGES);
	if (known != NULL) {
		*ret_count = known->count;
		return known->entries;
	}
	uint32_t count = 0, at = 0;
	for_each_named(e, history, NAME_LRM_RSC_OP) count++;
	struct ordered_entry *ordered = arena_array(&c->arena, struct ordered_entry, count);
	for_each_named(e, history, NAME_LRM_RSC_OP)
	{
		entry_read(e, &ordered[at].entry);
		ordered[at].at = at;
		at++;
	}
	if (count > 1)
		qsort(ordered, count, sizeof(struct ordered_entry), compare_entries);
	struct entry *entries = arena_array(&c->arena, struct entry, count);
	for (uint32_t i = 0; i < count; i++)
		entries[i] = ordered[i].entry;
	(void)memory_keep_history(c, history, MEMORY_FOR_CHANGES, entries, count);
	*ret_count = count;
	return entries;
}

static void check_entries(struct resource *r, struct node *node, const struct element *history)
{
	uint32_t count;
	const struct entry *entries = read_entries(r->cluster, history, &count);
	int since = active_since(entries, (int)count);
	for (int i = since < 0 ? 0 : since; i < (int)count; i++)
		check_entry(r, node, &entries[i]);
}

static void check_history(struct resource *r, struct node *node, const struct element *history)
{
	if (r->removed) {
		if (!resource_is_anonymous_clone(resource_top(r, false)))
			cleanup_schedule(r, node, false);
		return;
	}
	bool active = node_set_has(&r->active, node);
	if (agent_changed(r, node, history, active))
		cleanup_schedule(r, node, false);
	if (active)
		check_entries(r, node, history);
}

/* --- all of it --- */

/* Several resources may share an id of the history: instances of an anonymous clone do. */
static void index_resource(struct cluster *c, struct id_index *by_id, const char *id, struct resource *r)
{
	struct resource_list *l = id_index_get(by_id, id);
	if (l == NULL) {
		l = arena_new(&c->arena, struct resource_list);
		(void)id_index_add(by_id, id, l);
	}
	resource_list_add(&c->arena, l, r);
}

static void index_resources(struct cluster *c, struct id_index *by_id, const struct resource_list *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct resource *r = l->items[i];
		if (r->kind == RESOURCE_PRIMITIVE) {
			index_resource(c, by_id, r->id, r);
			if (r->history_id != NULL && strcmp(r->history_id, r->id) != 0)
				index_resource(c, by_id, r->history_id, r);
		}
		index_resources(c, by_id, &r->children);
	}
}

static void check_node(struct node *node, const struct id_index *by_id)
{
	const struct element *histories = node->state == NULL ? NULL : history_resources(node->state);
	struct resource *const *absent = node->absent_state == node->state ? node->absent : NULL;
	for_each_named(history, histories, NAME_LRM_RESOURCE)
	{
		const struct resource *r = absent != NULL ? *absent++ : NULL;
		if (history->first == NULL || (r != NULL && !node_set_has(&r->active, node)))
			continue;
		const struct resource_list *l = id_index_get(by_id, element_id(history));
		for (uint32_t i = l == NULL ? 0 : l->count; i-- > 0;)
			check_history(l->items[i], node, history);
	}
}

void config_changes_handle(struct cluster *c)
{
	struct id_index *by_id = id_index_new(&c->arena, false);
	index_resources(c, by_id, &c->resources);
	for_each_node(n, c) if (n->maintenance || node_is_available(n)) check_node(n, by_id);
}
