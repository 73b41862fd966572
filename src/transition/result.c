/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transition/result.h"

#include "cib/digest.h"
#include "scheduler/history.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define NO_TRANSITION "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

bool result_is_failure(int status, int rc, int target_rc)
{
	switch ((enum outcome)status) {
	case EXECUTION_PENDING:
	case EXECUTION_CANCELLED:
		return false;
	case EXECUTION_TIMEOUT:
	case EXECUTION_NOT_SUPPORTED:
	case EXECUTION_ERROR:
	case EXECUTION_NOT_CONNECTED:
	case EXECUTION_INVALID:
	case EXECUTION_NO_FENCE_DEVICE:
	case EXECUTION_NO_SECRETS:
		return true;
	case EXECUTION_DONE:
	case EXECUTION_ERROR_HARD:
	case EXECUTION_ERROR_FATAL:
	case EXECUTION_NOT_INSTALLED:
		break;
	}
	return rc != target_rc;
}

/* A reload that worked counts as the start of what runs now; one that did not, as a look at it. */
static const char *recorded_task(const struct operation_result *r)
{
	if (!is(r->task, "reload") && !is(r->task, "reload-agent"))
		return r->task;
	return r->status == EXECUTION_DONE ? "start" : "monitor";
}

static const char *parameter(const struct operation_result *r, const char *name)
{
	char full[64];
	(void)snprintf(full, sizeof(full), "CRM_meta_%s", name);
	return r->parameters == NULL ? NULL : table_get(r->parameters, full);
}

/* What belongs to the cluster and not to the agent does not count. A recurring operation's timeout does: it must be
 * scheduled anew when that changes. */
static struct table *counted_parameters(const struct operation_result *r, struct arena *a)
{
	static const char *const left_out[] = {"id",      "crm_feature_set", "op-digest",
					       "on_node", "on_node_uuid",    "pcmk_external_ip"};
	struct table *counted = table_new(a);
	for (uint32_t i = 0; i < r->parameters->count; i++) {
		const struct table_entry *p = &r->parameters->entries[i];
		bool skip = strncmp(p->name, "CRM_meta_", 9) == 0 &&
			    !(r->interval_ms > 0 && is(p->name, "CRM_meta_timeout"));
		for (size_t k = 0; k < G_N_ELEMENTS(left_out); k++)
			skip = skip || strcmp(p->name, left_out[k]) == 0;
		if (!skip)
			table_set(counted, p->name, p->value);
	}
	return counted;
}

static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = list; *at != '\0';) {
		at += strspn(at, " ");
		size_t n = strcspn(at, " ");
		if (n == length && n > 0 && strncmp(at, name, n) == 0)
			return true;
		at += n;
	}
	return false;
}

/* Digest of those parameters that are in the list, or of those that are not. */
static const char *digest_of_some(const struct table *counted, const char *list, bool listed, struct arena *a)
{
	struct table *some = table_new(a);
	for (uint32_t i = 0; i < counted->count; i++)
		if (is_listed(list, counted->entries[i].name) == listed)
			table_set(some, counted->entries[i].name, counted->entries[i].value);
	return cib_digest_parameters(some, a);
}

/* " a b ": a name is looked for with a blank on either side. */
static const char *padded(const char *list, struct arena *a)
{
	return list[0] == '\0' ? "" : arena_printf(a, " %s ", list);
}

static void fill_digests(struct element *e, const struct operation_result *r, struct arena *a)
{
	const struct table *counted = counted_parameters(r, a);
	element_set(e, NAME_OP_DIGEST, cib_digest_parameters(counted, a));
	bool reloads = r->restart != NULL && r->interval_ms == 0; /* what recurs is done anew, not reloaded */
	bool secrets = r->secret != NULL && r->secret[0] != '\0';
	element_set(e, NAME_OP_FORCE_RESTART, reloads ? padded(r->restart, a) : NULL);
	element_set(e, NAME_OP_RESTART_DIGEST, reloads ? digest_of_some(counted, r->restart, true, a) : NULL);
	element_set(e, NAME_OP_SECURE_PARAMS, secrets ? padded(r->secret, a) : NULL);
	element_set(e, NAME_OP_SECURE_DIGEST, secrets ? digest_of_some(counted, r->secret, false, a) : NULL);
}

/* A history that has a resource twice is broken; there Pacemaker finds neither and counts from one. */
static bool is_doubled(const struct element *lrm_resource)
{
	int count = 0;
	if (lrm_resource->line == 0)
		return false; /* made here, after it was looked for */
	for_each_named(e, lrm_resource->parent, NAME_LRM_RESOURCE) count +=
		is(element_id(e), element_id(lrm_resource)) ? 1 : 0;
	return count > 1;
}

int result_last_call(const struct element *lrm_resource)
{
	int64_t last = 0;
	for_each_named(e, lrm_resource, NAME_LRM_RSC_OP) last = MAX(last, element_get_int(e, NAME_CALL_ID, 0));
	return (int)MIN(last, INT_MAX);
}

int result_next_call(const struct element *lrm_resource)
{
	int last = result_last_call(lrm_resource);
	return last < INT_MAX ? last + 1 : INT_MAX;
}

/* Sets everything but the id, by which the entry was found. */
static void fill_entry(struct element *e, const struct operation_result *r, int call_id, bool failed)
{
	struct arena *a = document_arena(e->document);
	const char *task = recorded_task(r);
	const char *key = r->transition_key;
	if (key == NULL)
		key = arena_printf(a, "%d:-1:%d:%s", call_id, r->target_rc, NO_TRANSITION);
	element_set(e, NAME_OPERATION_KEY, arena_printf(a, "%s_%s_%lld", r->rsc_id, task, (long long)r->interval_ms));
	element_set(e, NAME_OPERATION, task);
	element_set(e, NAME_CRM_DEBUG_ORIGIN, r->origin);
	element_set(e, NAME_CRM_FEATURE_SET, CIB_FEATURE_SET);
	element_set(e, NAME_TRANSITION_KEY, key);
	element_set(e, NAME_TRANSITION_MAGIC, arena_printf(a, "%d:%d;%s", r->status, r->rc, key));
	element_set(e, NAME_EXIT_REASON, failed && r->exit_reason != NULL ? r->exit_reason : "");
	element_set(e, NAME_ON_NODE, r->node);
	element_set_int(e, NAME_CALL_ID, call_id);
	element_set_int(e, NAME_RC_CODE, r->rc);
	element_set_int(e, NAME_OP_STATUS, r->status);
	element_set_int(e, NAME_INTERVAL, r->interval_ms);
	element_set_int(e, NAME_LAST_RC_CHANGE, r->now);
	element_set_int(e, NAME_EXEC_TIME, r->exec_ms);
	element_set_int(e, NAME_QUEUE_TIME, r->queue_ms);
	if (is(task, "migrate_to") || is(task, "migrate_from")) {
		element_set(e, NAME_MIGRATE_SOURCE, parameter(r, "migrate_source"));
		element_set(e, NAME_MIGRATE_TARGET, parameter(r, "migrate_target"));
	}
	if (r->parameters != NULL)
		fill_digests(e, r, a);
}

static struct element *entry_for(struct element *lrm_resource, const char *id)
{
	struct element *e = element_child_by_id(lrm_resource, NAME_LRM_RSC_OP, id);
	if (e == NULL) {
		e = element_add(lrm_resource, NAME_LRM_RSC_OP);
		element_set(e, NAME_ID, id);
	}
	return e;
}

/* Migrations, recurring operations and notifications have entries of their own; the rest share the one of the last. */
static const char *entry_id(const struct operation_result *r, struct arena *a, bool failed)
{
	const char *task = recorded_task(r);
	if (is(task, "notify"))
		return arena_printf(a, "%s_%s_notify_%s_0", r->rsc_id, parameter(r, "notify_type"),
				    parameter(r, "notify_operation"));
	if (is(task, "migrate_to") || is(task, "migrate_from"))
		return arena_printf(a, "%s_%s_%lld", r->rsc_id, task, (long long)r->interval_ms);
	if (failed)
		return arena_printf(a, "%s_last_failure_0", r->rsc_id);
	if (r->interval_ms > 0)
		return arena_printf(a, "%s_%s_%lld", r->rsc_id, task, (long long)r->interval_ms);
	return arena_printf(a, "%s_last_0", r->rsc_id);
}

struct element *result_record(struct element *lrm_resource, const struct operation_result *r)
{
	struct arena *a = document_arena(lrm_resource->document);
	bool notify = is(r->task, "notify"), migration = is(r->task, "migrate_to") || is(r->task, "migrate_from");
	bool failed = !notify && result_is_failure(r->status, r->rc, r->target_rc);
	int call_id = r->call_id;
	if (call_id == 0)
		call_id = is_doubled(lrm_resource) ? 1 : result_next_call(lrm_resource);
	struct element *e = entry_for(lrm_resource, entry_id(r, a, failed));
	fill_entry(e, r, call_id, failed);
	if (failed && !migration && r->interval_ms == 0)
		fill_entry(entry_for(lrm_resource, arena_printf(a, "%s_last_0", r->rsc_id)), r, call_id, failed);
	return e;
}

/* --- the node's state --- */

static struct element *by_name(const struct element *parent, cib_name tag, const char *name)
{
	for_each_named(e, parent, tag)
	{
		const char *own = element_get(e, NAME_UNAME);
		if (own != NULL && g_ascii_strcasecmp(own, name) == 0)
			return e;
	}
	return NULL;
}

static struct element *status_section(struct document *d)
{
	struct element *status = document_section(d, NAME_STATUS);
	return status != NULL ? status : element_add(document_root(d), NAME_STATUS);
}

struct element *status_node(struct document *d, const char *name, const char *id)
{
	struct element *status = status_section(d);
	struct element *state = by_name(status, NAME_NODE_STATE, name);
	if (state != NULL)
		return state;
	if (id == NULL) {
		const struct element *node = by_name(document_section(d, NAME_NODES), NAME_NODE, name);
		id = node != NULL ? element_id(node) : name;
	}
	state = element_child_by_id(status, NAME_NODE_STATE, id);
	if (state == NULL) {
		state = element_add(status, NAME_NODE_STATE);
		element_set(state, NAME_ID, id);
	}
	element_set(state, NAME_UNAME, name);
	return state;
}

void status_node_set_online(struct element *node_state, bool online, const char *origin)
{
	element_set(node_state, NAME_IN_CCM, online ? "true" : "false");
	element_set(node_state, NAME_CRMD, online ? "online" : "offline");
	element_set(node_state, NAME_JOIN, online ? "member" : "down");
	element_set(node_state, NAME_EXPECTED, online ? "member" : "down");
	element_set(node_state, NAME_CRM_DEBUG_ORIGIN, origin);
}

static void remove_named(struct element *parent, cib_name name)
{
	for (struct element *e = element_first_named(parent, name), *next; e != NULL; e = next) {
		next = element_next_named(e);
		element_remove(e);
	}
}

void status_node_forget(struct element *node_state)
{
	remove_named(node_state, NAME_LRM);
	remove_named(node_state, NAME_TRANSIENT_ATTRIBUTES);
}

static struct element *child_with_id(struct element *parent, cib_name name, const char *id)
{
	struct element *e = element_first_named(parent, name);
	if (e == NULL) {
		e = element_add(parent, name);
		element_set(e, NAME_ID, id);
	}
	return e;
}

static struct element *find_attribute(const struct element *node_state, const char *name)
{
	const struct element *transient = element_first_named(node_state, NAME_TRANSIENT_ATTRIBUTES);
	for_each_named(block, transient, NAME_INSTANCE_ATTRIBUTES)
	{
		for_each_named(pair, block, NAME_NVPAIR)
		{
			if (is(element_get(pair, NAME_NAME), name))
				return pair;
		}
	}
	return NULL;
}

const char *status_attribute_get(const struct element *node_state, const char *name)
{
	const struct element *pair = find_attribute(node_state, name);
	return pair == NULL ? NULL : element_get(pair, NAME_VALUE);
}

void status_attribute_set(struct element *node_state, const char *name, const char *value)
{
	struct element *pair = find_attribute(node_state, name);
	if (pair == NULL) {
		const char *id = element_id(node_state);
		struct element *transient = child_with_id(node_state, NAME_TRANSIENT_ATTRIBUTES, id);
		pair = element_add(child_with_id(transient, NAME_INSTANCE_ATTRIBUTES, id), NAME_NVPAIR);
		element_set(pair, NAME_ID, arena_printf(document_arena(pair->document), "%s-%s", id, name));
		element_set(pair, NAME_NAME, name);
	}
	element_set(pair, NAME_VALUE, value);
}

struct element *status_resource_add(struct element *node_state, const char *history_id, const char *class_,
				    const char *provider, const char *type)
{
	if (class_ == NULL || type == NULL)
		return NULL;
	struct element *lrm = child_with_id(node_state, NAME_LRM, element_id(node_state));
	struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
	if (all == NULL)
		all = element_add(lrm, NAME_LRM_RESOURCES);
	struct element *found = element_add(all, NAME_LRM_RESOURCE);
	element_set(found, NAME_ID, history_id);
	element_set(found, NAME_CLASS, class_);
	element_set(found, NAME_PROVIDER, provider);
	element_set(found, NAME_TYPE, type);
	return found;
}

struct element *status_resource(struct element *node_state, const char *id, const char *history_id, const char *class_,
				const char *provider, const char *type)
{
	struct element *lrm = element_first_named(node_state, NAME_LRM);
	struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
	struct element *found = element_child_by_id(all, NAME_LRM_RESOURCE, id);
	if (found == NULL && strcmp(id, history_id) != 0)
		found = element_child_by_id(all, NAME_LRM_RESOURCE, history_id);
	if (found != NULL)
		return found;
	return status_resource_add(node_state, history_id, class_, provider, type);
}
