/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One node's history: resource by resource. */
#include "scheduler/action.h"
#include "scheduler/history-private.h"
#include "scheduler/memory.h"

#include <string.h>

enum { FEW_ENTRIES = 16 }; /* that a resource has on a node, mostly: then no memory is taken for them */

/* Sorts pointers; equal ones stay in order. */
static void sort_entries(struct entry **entries, struct entry **scratch, uint32_t count)
{
	if (count < 2)
		return;
	uint32_t half = count / 2;
	sort_entries(entries, scratch, half);
	sort_entries(entries + half, scratch, count - half);
	memcpy(scratch, entries, half * sizeof(struct entry *));
	for (uint32_t to = 0, left = 0, right = half; left < half; to++) {
		bool from_right = right < count && entry_compare(scratch[left], entries[right]) > 0;
		entries[to] = from_right ? entries[right++] : scratch[left++];
	}
}

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

static void read_operations(struct reading *reading, struct entry **entries, uint32_t count)
{
	struct resource *r = reading->rsc;
	enum role before = r->role;
	r->role = ROLE_UNKNOWN;
	for (uint32_t i = 0; i < count; i++)
		operation_unpack(reading, entries[i]);
	note_recurring(reading, entries, count);
	resource_state_apply(r, reading->node, reading->on_fail);
	lower_next_role(r);
	/* Active elsewhere in a higher role. */
	if (before > r->role)
		r->role = before;
}

static uint32_t count_operations(const struct element *history)
{
	uint32_t count = 0;
	for_each_named(e, history, NAME_LRM_RSC_OP) count++;
	return count;
}

static void keep_entries(struct cluster *c, const struct element *history, struct entry *const *sorted, uint32_t count)
{
	struct entry few[FEW_ENTRIES], *all = count > FEW_ENTRIES ? arena_array(&c->arena, struct entry, count) : few;
	for (uint32_t i = 0; i < count; i++)
		all[i] = *sorted[i];
	memory_keep_entries(c, history, MEMORY_FOR_STATE, all, count);
}

/* From the oldest to the newest. all has room for what is read; it is the caller's to change. */
static void read_entries(struct cluster *c, const struct element *history, struct entry *all, struct entry **sorted,
			 struct entry **scratch, uint32_t count)
{
	uint32_t known_count;
	const struct entry *known = memory_entries(c, history, MEMORY_FOR_STATE, &known_count);
	if (known != NULL) {
		memcpy(all, known, count * sizeof(struct entry));
		for (uint32_t i = 0; i < count; i++)
			sorted[i] = &all[i];
		return;
	}
	/* What is equally old comes latest first. */
	uint32_t at = count;
	for_each_named(e, history, NAME_LRM_RSC_OP)
	{
		at--;
		sorted[at] = &all[at];
		entry_read(e, &all[at]);
	}
	sort_entries(sorted, scratch, count);
	if (c->memory != NULL)
		keep_entries(c, history, sorted, count);
}

static void read_sorted(struct reading *reading, const struct element *history, uint32_t count)
{
	struct entry few[FEW_ENTRIES], *all = few;
	struct entry *few_sorted[FEW_ENTRIES], *few_scratch[FEW_ENTRIES];
	struct entry **sorted = few_sorted, **scratch = few_scratch;
	if (count > FEW_ENTRIES) {
		all = arena_array(&reading->c->arena, struct entry, count);
		sorted = arena_array(&reading->c->arena, struct entry *, count);
		scratch = arena_array(&reading->c->arena, struct entry *, count);
	}
	read_entries(reading->c, history, all, sorted, scratch, count);
	read_operations(reading, sorted, count);
}

static struct resource *resource_history_unpack(struct node *n, const struct element *history)
{
	struct cluster *c = n->cluster;
	const char *id = element_id(history);
	if (id == NULL) {
		cluster_complain(c, history, true, "ignoring a resource's history without an id");
		return NULL;
	}
	uint32_t count = count_operations(history);
	if (count == 0 && !c->options.shutdown_lock)
		return NULL;
	struct resource *r = history_resource(c, n, id);
	if (r == NULL && count == 0)
		return NULL;
	if (r == NULL)
		r = removed_resource(c, history);
	if (r == NULL)
		return NULL;
	if (c->options.shutdown_lock)
		read_lock(history, r, n);
	struct reading reading = {.c = c, .rsc = r, .node = n, .on_fail = ON_FAIL_IGNORE};
	read_sorted(&reading, history, count);
	return r;
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

void node_history_unpack(struct node *n, const struct element *state)
{
	const struct element *histories = history_resources(state);
	bool launched = false;
	for_each_named(history, histories, NAME_LRM_RESOURCE)
	{
		const struct resource *r = resource_history_unpack(n, history);
		launched |= r != NULL && r->removed_launched;
	}
	if (launched)
		link_removed(n->cluster, histories);
}
