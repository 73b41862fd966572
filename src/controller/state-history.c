/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/state-internal.h"
#include "transition/result.h"

#include <stdlib.h>
#include <string.h>

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool is_recurring(const struct element *e)
{
	return g_ascii_strtoll(element_get_or(e, NAME_INTERVAL, "0"), NULL, 10) > 0;
}

static bool is_pending(const struct element *e)
{
	return element_get_int(e, NAME_OP_STATUS, EXECUTION_DONE) == EXECUTION_PENDING;
}

static bool is_last_failure(const struct element *e)
{
	return g_str_has_suffix(element_get_or(e, NAME_ID, ""), "_last_failure_0");
}

/* Another entry tells how the run with this key ended. */
static bool has_ended(const struct element *resource, const char *key)
{
	for_each_named(e, resource, NAME_LRM_RSC_OP)
	{
		if (!is_pending(e) && is(element_get(e, NAME_TRANSITION_KEY), key))
			return true;
	}
	return false;
}

bool history_is_under_way(const struct element *operation)
{
	const char *key = element_get(operation, NAME_TRANSITION_KEY);
	return is_pending(operation) && (key == NULL || !has_ended(operation->parent, key));
}

/* The third number of "action:transition:target:uuid". */
static int target_of(const char *key)
{
	for (int colons = 0; colons < 2; colons++) {
		const char *colon = strchr(key, ':');
		if (colon == NULL)
			return -1;
		key = colon + 1;
	}
	return atoi(key);
}

bool history_is_failure(const struct element *operation)
{
	const char *key = element_get(operation, NAME_TRANSITION_KEY);
	int64_t status = element_get_int(operation, NAME_OP_STATUS, EXECUTION_DONE);
	if (status == EXECUTION_PENDING || status == EXECUTION_CANCELLED)
		return false;
	if (is_last_failure(operation) || status != EXECUTION_DONE)
		return true;
	int target = key == NULL ? -1 : target_of(key);
	return target >= 0 && element_get_int(operation, NAME_RC_CODE, 0) != target;
}

/* Above those of all operations that have another key. */
static int call_id_above(const struct element *resource, const char *key)
{
	int64_t last = 0;
	for_each_named(e, resource, NAME_LRM_RSC_OP)
	{
		if (!is(element_get(e, NAME_TRANSITION_KEY), key))
			last = MAX(last, element_get_int(e, NAME_CALL_ID, 0));
	}
	return last < G_MAXINT ? (int)last + 1 : G_MAXINT;
}

/* --- orders --- */

struct element *state_resource_for(struct cluster_state *s, struct element *node, const char *id, const char *class_,
				   const char *provider, const char *type)
{
	struct element *resource = state_resource(s, node, id);
	if (resource != NULL)
		return resource;
	resource = status_resource_add(node, id, class_, provider, type);
	if (resource != NULL)
		state_index_add(s, node, resource);
	return resource;
}

/* A resource without any entry says nothing; so that it is probed anew, it must not be there. */
static void drop_if_empty(struct cluster_state *s, struct element *resource)
{
	if (element_first_named(resource, NAME_LRM_RSC_OP) != NULL || element_get(resource, NAME_SHUTDOWN_LOCK) != NULL)
		return;
	element_remove(resource);
	state_index_forget(s);
}

/* What changes nothing of a resource's state. Also reloads: while one is under way, what runs is still what was
 * started. */
static bool is_stateless(const char *action)
{
	static const char *const words[] = {"notify", "reload", "reload-agent", "meta-data", "validate-all"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(action, words[i]) == 0)
			return true;
	}
	return false;
}

static void record_pending(struct application *a, struct element *node, const struct order *o, wall_time when)
{
	struct arena scratch = {0};
	struct table *parameters = table_new(&scratch);
	struct element *resource = state_resource_for(a->s, node, o->history_id, o->class_, o->provider, o->type);
	for (uint32_t i = 0; i < o->parameter_count; i++)
		table_set(parameters, o->parameters[i].name, o->parameters[i].value);
	struct operation_result r = {
		.rsc_id = o->history_id,
		.task = o->action,
		.interval_ms = o->interval_ms,
		.rc = RESULT_UNKNOWN,
		.target_rc = o->target_rc,
		.status = EXECUTION_PENDING,
		.node = o->node,
		.now = (int64_t)(when.ns / 1000000000u),
		.parameters = parameters,
		.transition_key = o->transition_key,
		.origin = "orders",
		.call_id = call_id_above(resource, o->transition_key),
	};
	element_set(result_record(resource, &r), NAME_SHUTDOWN_LOCK, table_get(parameters, ORDER_LOCK));
	state_touch(a, TOUCHED_STATUS);
	arena_fini(&scratch);
}

static void take_recurring_off(struct application *a, const struct element *node, const struct order *o)
{
	struct element *resource = state_resource(a->s, node, o->history_id), *next;
	for (struct element *e = element_first_named(resource, NAME_LRM_RSC_OP); e != NULL; e = next) {
		next = element_next_named(e);
		if (!is_recurring(e) || is_last_failure(e) || !is(element_get(e, NAME_OPERATION_KEY), o->key))
			continue;
		element_remove(e);
		state_touch(a, TOUCHED_STATUS);
	}
	if (resource != NULL)
		drop_if_empty(a->s, resource);
}

void state_apply_orders(struct application *a, const struct message *m)
{
	for (uint32_t i = 0; i < m->orders.count; i++) {
		const struct order *o = &m->orders.orders[i];
		struct element *node = state_node(a->s->document, o->node);
		if (node == NULL)
			continue;
		if (o->cancel)
			take_recurring_off(a, node, o);
		else if ((o->record_pending || o->interval_ms > 0) && !is_stateless(o->action))
			record_pending(a, node, o, m->orders.when);
	}
}

/* --- results --- */

static bool is_entry(const struct element *e)
{
	return e->name == NAME_LRM_RSC_OP && element_id(e) != NULL && element_get(e, NAME_OPERATION) != NULL &&
	       element_get(e, NAME_OP_STATUS) != NULL && element_get(e, NAME_RC_CODE) != NULL;
}

static struct element *entry_with_key(const struct element *resource, const char *key, bool pending)
{
	for_each_named(e, resource, NAME_LRM_RSC_OP)
	{
		if (is_pending(e) == pending && is(element_get(e, NAME_TRANSITION_KEY), key))
			return e;
	}
	return NULL;
}

static void put_entry(struct element *resource, const struct element *entry, const char *id, int call_id)
{
	struct element *old = element_child_by_id(resource, NAME_LRM_RSC_OP, id);
	struct element *now = element_copy(resource->document, entry);
	element_set(now, NAME_ID, id);
	if (call_id > element_get_int(now, NAME_CALL_ID, 0))
		element_set_int(now, NAME_CALL_ID, call_id);
	element_insert(resource, now, old);
	if (old != NULL)
		element_remove(old);
}

static void write_entry(struct element *resource, const struct element *entry, const char *key)
{
	const char *id = element_id(entry), *task = element_get(entry, NAME_OPERATION);
	int call_id = call_id_above(resource, key);
	struct element *pending = entry_with_key(resource, key, true);
	put_entry(resource, entry, id, call_id);
	if (is_recurring(entry))
		return;
	if (is_last_failure(entry) && strncmp(task, "migrate_", strlen("migrate_")) != 0) {
		const char *last = arena_printf(document_arena(resource->document), "%.*s_last_0",
						(int)(strlen(id) - strlen("_last_failure_0")), id);
		put_entry(resource, entry, last, call_id);
	}
	/* its place has not been taken: it was recorded under another id */
	if (pending != NULL && pending->parent == resource)
		element_remove(pending);
}

/* True when there was something. */
static bool erase_key(struct element *resource, const char *key)
{
	bool erased = false;
	for (struct element *e = element_first_named(resource, NAME_LRM_RSC_OP), *next; e != NULL; e = next) {
		next = element_next_named(e);
		if (is_last_failure(e) || !is(element_get(e, NAME_TRANSITION_KEY), key))
			continue;
		element_remove(e);
		erased = true;
	}
	return erased;
}

static void erase_recurring(struct element *resource)
{
	for (struct element *e = element_first_named(resource, NAME_LRM_RSC_OP), *next; e != NULL; e = next) {
		next = element_next_named(e);
		if (is_recurring(e) && !is_last_failure(e))
			element_remove(e);
	}
}

static void count_failure(struct application *a, const struct message *m)
{
	const char *rsc = m->result.rsc, *action = m->result.action, *node = m->result.node;
	long long interval_ms = m->result.interval_ms;
	if (rsc == NULL || action == NULL)
		return;
	char *count = g_strdup_printf("fail-count-%s#%s_%lld", rsc, action, interval_ms);
	char *last = g_strdup_printf("last-failure-%s#%s_%lld", rsc, action, interval_ms);
	char *when = g_strdup_printf("%llu", (unsigned long long)(m->result.when.ns / 1000000000u));
	if (!m->result.is_ignored)
		state_attribute_set(a, node, count, m->result.is_fatal ? "INFINITY" : "++");
	state_attribute_set(a, node, last, when);
	g_free(when);
	g_free(last);
	g_free(count);
}

/* Into the history, or off it; false: there was nothing to be taken off. */
static bool enter(struct element *resource, const struct element *entry, const char *key)
{
	if (element_get_int(entry, NAME_OP_STATUS, 0) == EXECUTION_CANCELLED)
		return erase_key(resource, key);
	write_entry(resource, entry, key);
	if (is(element_get(entry, NAME_OPERATION), "stop") && !history_is_failure(entry))
		erase_recurring(resource);
	return true;
}

/* A resource that was locked when this was ordered stays so while it is not active there. */
static void keep_lock(struct application *a, struct element *resource, const struct element *entry, const char *lock)
{
	const char *task = element_get(entry, NAME_OPERATION), *rc = element_get(entry, NAME_RC_CODE);
	bool stopped = (is(task, "stop") && is(rc, "0")) || (is(task, "monitor") && is(rc, "7"));
	if (!stopped && element_get(resource, NAME_SHUTDOWN_LOCK) != NULL)
		state_touch(a, TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	element_set(resource, NAME_SHUTDOWN_LOCK, stopped ? lock : NULL);
}

static void apply_entry(struct application *a, const struct message *m, struct element *resource,
			const struct element *entry)
{
	const char *key = m->result.transition_key;
	bool cancelled = element_get_int(entry, NAME_OP_STATUS, 0) == EXECUTION_CANCELLED;
	const struct element *ended = entry_with_key(resource, key, false);
	const struct element *pending = entry_with_key(resource, key, true);
	bool expected = pending != NULL && ended == NULL && !m->result.failed;
	/* a run that is told of twice, as by the leader when it took too long, is counted once */
	bool counted = ended != NULL && !is_recurring(entry) && history_is_failure(ended);
	char *since = pending != NULL ? g_strdup(element_get(pending, NAME_SHUTDOWN_LOCK)) : NULL;
	bool entered = enter(resource, entry, key);
	if (entered && since != NULL && !cancelled)
		keep_lock(a, resource, entry, since);
	g_free(since);
	if (!entered)
		return;
	drop_if_empty(a->s, resource);
	state_touch(a, TOUCHED_STATUS | (expected ? 0 : TOUCHED_UNEXPECTEDLY));
	if (m->result.failed && !counted && !cancelled)
		count_failure(a, m);
}

static struct element *resource_of_result(struct application *a, const struct message *m, const struct element *entry)
{
	struct element *node = state_node(a->s->document, m->result.node);
	if (node == NULL)
		return NULL;
	if (element_get_int(entry, NAME_OP_STATUS, 0) == EXECUTION_CANCELLED)
		return state_resource(a->s, node, m->result.history_id);
	return state_resource_for(a->s, node, m->result.history_id, m->result.class_, m->result.provider,
				  m->result.type);
}

void state_apply_result(struct application *a, const struct message *m)
{
	struct document *d;
	if (m->result.entry == NULL ||
	    document_parse(m->result.entry, strlen(m->result.entry), "result", &d, NULL) != ERR_OK)
		return;
	const struct element *entry = document_root(d);
	bool counts = is_entry(entry) && !is(element_get(entry, NAME_OPERATION), "notify");
	struct element *resource = counts ? resource_of_result(a, m, entry) : NULL;
	if (resource != NULL)
		apply_entry(a, m, resource, entry);
	document_free(d);
}

/* --- what is under way --- */

static void pending_of(const struct element *state,
		       void (*fn)(void *arg, const char *node, const struct element *resource,
				  const struct element *operation),
		       void *arg)
{
	const struct element *lrm = element_first_named(state, NAME_LRM);
	for_each_named(resource, element_first_named(lrm, NAME_LRM_RESOURCES), NAME_LRM_RESOURCE)
	{
		for_each_named(operation, resource, NAME_LRM_RSC_OP)
		{
			if (history_is_under_way(operation))
				fn(arg, element_get_or(state, NAME_UNAME, ""), resource, operation);
		}
	}
}

static bool is_online(const struct element *state)
{
	return is(element_get(state, NAME_JOIN), "member") || state_node_is_remote(state);
}

void cluster_state_pending(const struct cluster_state *r,
			   void (*fn)(void *arg, const char *node, const struct element *resource,
				      const struct element *operation),
			   void *arg)
{
	for_each_named(state, document_section(r->document, NAME_STATUS), NAME_NODE_STATE)
	{
		if (is_online(state))
			pending_of(state, fn, arg);
	}
}
