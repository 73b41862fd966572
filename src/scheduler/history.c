/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One node's history: resource by resource. */
#include "scheduler/action.h"
#include "scheduler/history-private.h"
#include "scheduler/memory.h"

#include <string.h>

enum { FEW_ENTRIES = 16 }; /* that a resource has on a node, mostly: then no memory is taken for them */

/* --- what runs already --- */

struct active_span {
	int start; /* index of the entry since which it is active; -1: none */
	int stop;  /* of the last successful stop */
};

static bool is_active_result(const struct entry *e)
{
	return e->rc_text != NULL && (strcmp(e->rc_text, "0") == 0 || strcmp(e->rc_text, "8") == 0);
}

static bool is_done(const struct entry *e)
{
	return e->status_text != NULL && strcmp(e->status_text, "0") == 0;
}

static struct active_span find_active_span(struct entry *const *entries, uint32_t count)
{
	struct active_span span = {-1, -1};
	int by_monitor = -1, by_role = -1;
	for (int i = 0; i < (int)count; i++) {
		const struct entry *e = entries[i];
		if (e->task == HISTORY_STOP && is_done(e)) {
			span.stop = i;
		} else if (e->task == HISTORY_START || e->task == HISTORY_MIGRATE_FROM) {
			span.start = i;
		} else if (by_monitor <= span.stop && e->task == HISTORY_MONITOR) {
			if (is_active_result(e))
				by_monitor = i;
		} else if (e->task == HISTORY_PROMOTE || e->task == HISTORY_DEMOTE) {
			by_role = i;
		}
	}
	if (span.start == -1)
		span.start = by_role != -1 ? by_role : by_monitor;
	return span;
}

/* Recurring operations since it is active exist: as actions that need not be done. An entry without an operation names
 * none, whatever its interval: it is ignored, which is_readable() has told already. */
static void note_recurring(struct reading *reading, struct entry *const *entries, uint32_t count)
{
	struct active_span span = find_active_span(entries, count);
	for (int i = 0; i < (int)count && reading->node->online; i++) {
		const struct entry *e = entries[i];
		if ((span.start < span.stop && i <= span.stop) || i < span.start)
			continue;
		if (e->task_name == NULL || e->interval_ms == 0 ||
		    (e->status_text != NULL && strcmp(e->status_text, "-1") == 0))
			continue;
		(void)action_request(reading->c, reading->rsc, NULL, e->task_name, e->interval_ms, reading->node, true);
	}
}

/* --- one resource --- */

static void read_lock(const struct element *history, struct resource *r, struct node *n)
{
	struct cluster *c = r->cluster;
	int64_t time = entry_number(element_get(history, NAME_SHUTDOWN_LOCK), 0);
	int64_t limit_ms = c->options.shutdown_lock_limit_ms;
	if (time == 0)
		return;
	if (limit_ms > 0 && c->now > time + seconds_of_ms(limit_ms)) {
		(void)action_delete(r, n, false);
	} else {
		r->lock_node = n;
		r->lock_time = time;
	}
}

/* What the user wants can only lower what failures leave. */
static void lower_next_role(struct resource *r)
{
	enum role wanted;
	if (resource_target_role(r, &wanted) && (r->next_role == ROLE_UNKNOWN || wanted < r->next_role))
		r->next_role = wanted;
}

/* Whether all that a history says is that the resource is not there. Where failures expire it may say when to look
 * again. */
static bool is_absence(const struct resource *r, const struct entry *e, uint32_t count)
{
	return count == 1 && e->absence && r->failure_timeout_ms == 0;
}

/* entries NULL: it is not there. */
static void read_operations(struct reading *reading, struct entry **entries, uint32_t count)
{
	struct resource *r = reading->rsc;
	enum role before = r->role;
	r->role = entries != NULL ? ROLE_UNKNOWN : ROLE_STOPPED;
	if (entries == NULL)
		r->next_role = ROLE_UNKNOWN;
	for (uint32_t i = 0; i < count; i++)
		operation_unpack(reading, entries[i]);
	note_recurring(reading, entries, count);
	resource_state_apply(r, reading->node, reading->on_fail);
	lower_next_role(r);
	/* Active elsewhere in a higher role. */
	if (before > r->role)
		r->role = before;
}

static struct known_history *keep_entries(struct cluster *c, const struct element *history, struct entry *const *sorted,
					  uint32_t count)
{
	struct entry few[FEW_ENTRIES], *all = count > FEW_ENTRIES ? arena_array(&c->arena, struct entry, count) : few;
	for (uint32_t i = 0; i < count; i++)
		all[i] = *sorted[i];
	return memory_keep_history(c, history, MEMORY_FOR_STATE, all, count);
}

/* From the oldest to the newest. all has room for what is read; it is the caller's to change. k: what the memory has
 * of it, NULL: nothing, and what it has now is returned. */
static struct known_history *read_entries(struct cluster *c, const struct element *history, struct known_history *k,
					  struct entry *all, struct entry **sorted, struct entry **scratch,
					  uint32_t count)
{
	if (k != NULL) {
		memcpy(all, k->entries, count * sizeof(struct entry));
		for (uint32_t i = 0; i < count; i++)
			sorted[i] = &all[i];
		return k;
	}
	entries_read(history, all, sorted, scratch, count);
	return c->memory != NULL ? keep_entries(c, history, sorted, count) : NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct known_history *read_sorted(struct reading *reading, const struct element *history,
					 struct known_history *k, uint32_t count)
{
	struct entry few[FEW_ENTRIES], *all = few;
	struct entry *few_sorted[FEW_ENTRIES], *few_scratch[FEW_ENTRIES];
	struct entry **sorted = few_sorted, **scratch = few_scratch;
	if (count > FEW_ENTRIES) {
		all = arena_array(&reading->c->arena, struct entry, count);
		sorted = arena_array(&reading->c->arena, struct entry *, count);
		scratch = arena_array(&reading->c->arena, struct entry *, count);
	}
	k = read_entries(reading->c, history, k, all, sorted, scratch, count);
	reading->absent = is_absence(reading->rsc, all, count);
	if (reading->absent)
		read_operations(reading, NULL, 0);
	else
		read_operations(reading, sorted, count);
	return k;
}

bool history_has_agent(const struct element *history, const struct resource *r)
{
	const char *class_ = NULL, *provider = NULL, *type = NULL;
	for (unsigned i = 0; i < history->attribute_count; i++) {
		const struct attribute *a = &history->attributes[i];
		if (a->name == NAME_CLASS)
			class_ = a->value;
		else if (a->name == NAME_PROVIDER)
			provider = a->value;
		else if (a->name == NAME_TYPE)
			type = a->value;
	}
	return is_same(class_, r->class_) && is_same(provider, r->provider) && is_same(type, r->type);
}

/* The resource that a history speaks of, perhaps one that is only there; NULL: none. count: of its entries. */
static struct resource *resource_of(struct node *n, const struct element *history, uint32_t count)
{
	struct cluster *c = n->cluster;
	const char *id = element_id(history);
	if (id == NULL) {
		cluster_complain(c, history, true, "ignoring a resource's history without an id");
		return NULL;
	}
	if (count == 0 && !c->options.shutdown_lock)
		return NULL;
	struct resource *r = history_resource(c, n, id);
	return r == NULL && count > 0 ? removed_resource(c, history) : r;
}

static void resource_history_unpack(struct reading *reading, const struct element *history)
{
	struct cluster *c = reading->c;
	struct known_history *k = memory_history(c, history, MEMORY_FOR_STATE);
	uint32_t count = k != NULL ? k->count : entries_count(history);
	struct resource *known = memory_resource(c, k, &reading->has_agent);
	struct resource *r = known != NULL ? known : resource_of(reading->node, history, count);
	if (r == NULL)
		return;
	reading->rsc = r;
	if (c->options.shutdown_lock)
		read_lock(history, r, reading->node);
	if (k != NULL && is_absence(r, k->entries, count)) {
		reading->absent = true;
		read_operations(reading, NULL, 0);
	} else {
		k = read_sorted(reading, history, k, count);
	}
	if (known == NULL && reading->absent) {
		reading->has_agent = history_has_agent(history, r);
		memory_keep_resource(c, k, r, reading->has_agent);
	}
}

/* --- the node --- */

/* Removed resources that ran in another one: which, the history says. */
static void link_removed(struct cluster *c, const struct element *histories)
{
	for_each_named(history, histories, NAME_LRM_RESOURCE)
	{
		struct resource *launcher = resource_find(c, element_get(history, NAME_CONTAINER));
		struct resource *r = launcher != NULL ? resource_find(c, element_id(history)) : NULL;
		if (r == NULL || r->launcher != NULL || !r->removed_launched)
			continue;
		r->launcher = launcher;
		resource_list_add(&c->arena, &launcher->launched, r);
	}
}

/* Nothing can follow from comparing this history with the configuration while r is not there. Instances may share a
 * history with others. */
static bool is_settled(const struct reading *reading)
{
	const struct resource *r = reading->rsc;
	return reading->absent && reading->has_agent && !r->removed && r->unique && r->history_id == NULL;
}

void node_history_unpack(struct node *n, const struct element *state)
{
	struct cluster *c = n->cluster;
	const struct element *histories = history_resources(state);
	bool launched = false;
	uint32_t at = 0;
	for_each_named(history, histories, NAME_LRM_RESOURCE) at++;
	n->absent = arena_array(&c->arena, struct resource *, at);
	n->absent_state = state;
	at = 0;
	for_each_named(history, histories, NAME_LRM_RESOURCE)
	{
		struct reading reading = {.c = c, .node = n, .on_fail = ON_FAIL_IGNORE};
		resource_history_unpack(&reading, history);
		if (is_settled(&reading))
			n->absent[at] = reading.rsc;
		at++;
		launched |= reading.rsc != NULL && reading.rsc->removed_launched;
	}
	if (launched)
		link_removed(c, histories);
}
