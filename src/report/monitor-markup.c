/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What crm_mon shows, in Pacemaker's XML. */
#include "report/monitor-private.h"

#include "report/narrow.h"
#include "report/ticket-list.h"
#include "scheduler/history.h"

#include <string.h>

/* --- summary --- */

static void put_dc(struct markup *out, const struct monitor *m)
{
	const struct cluster *c = m->cluster;
	const char *version = monitor_option(m, "dc-version");
	markup_begin(out, "current_dc");
	markup_flag(out, "present", c->dc != NULL);
	if (c->dc != NULL) {
		markup_attribute(out, "version", version != NULL ? version : "");
		markup_attribute(out, "name", c->dc->name);
		markup_attribute(out, "id", c->dc->id);
		markup_flag(out, "with_quorum", c->quorate);
		markup_flag(out, "mixed_version", monitor_is_mixed(m));
	}
	markup_end(out);
}

static void put_times(struct markup *out, const struct monitor *m)
{
	const struct element *root = document_root(m->cluster->document);
	char now[STATUS_TIME_SIZE];
	markup_empty(out, "last_update", "time", status_time_words(m->cluster, m->now, now), "origin", m->own_node,
		     NULL);
	markup_empty(out, "last_change", "time", element_get_or(root, NAME_CIB_LAST_WRITTEN, ""), "user",
		     element_get_or(root, NAME_UPDATE_USER, ""), "client", element_get_or(root, NAME_UPDATE_CLIENT, ""),
		     "origin", element_get_or(root, NAME_UPDATE_ORIGIN, ""), NULL);
}

static void put_counts(struct markup *out, const struct cluster *c)
{
	markup_begin(out, "nodes_configured");
	markup_number(out, "number", c->node_count);
	markup_end(out);
	markup_begin(out, "resources_configured");
	markup_number(out, "number", c->instance_count);
	markup_number(out, "disabled", c->disabled_count);
	markup_number(out, "blocked", c->blocked_count);
	markup_end(out);
}

static void put_options(struct markup *out, const struct options *s)
{
	static const char *const policies[] = {
		[NO_QUORUM_STOP] = "stop",     [NO_QUORUM_FREEZE] = "freeze", [NO_QUORUM_IGNORE] = "ignore",
		[NO_QUORUM_DEMOTE] = "demote", [NO_QUORUM_FENCE] = "fence",
	};
	markup_begin(out, "cluster_options");
	markup_flag(out, "fencing-enabled", s->fencing_enabled);
	markup_number(out, "fencing-timeout-ms", s->fence_timeout_ms);
	markup_flag(out, "symmetric-cluster", s->symmetric);
	markup_attribute(out, "no-quorum-policy", policies[s->no_quorum]);
	markup_flag(out, "maintenance-mode", s->maintenance_mode);
	markup_flag(out, "stop-all-resources", s->stop_all);
	markup_number(out, "priority-fencing-delay-ms", s->priority_fencing_delay_ms);
	markup_flag(out, "stonith-enabled", s->fencing_enabled);
	markup_number(out, "stonith-timeout-ms", s->fence_timeout_ms);
	markup_end(out);
}

static void put_summary(struct markup *out, const struct monitor *m)
{
	const char *stack = monitor_option(m, "cluster-infrastructure");
	if (!monitor_has(m, MONITOR_SUMMARY))
		return;
	markup_begin(out, "summary");
	if (monitor_has(m, MONITOR_STACK))
		markup_empty(out, "stack", "type",
			     stack != NULL ? stack
			     : m->is_live  ? "corosync"
					   : "unknown",
			     "pacemakerd-state", m->is_live ? "running" : NULL, NULL);
	if (monitor_has(m, MONITOR_DC))
		put_dc(out, m);
	if (monitor_has(m, MONITOR_TIMES))
		put_times(out, m);
	if (monitor_has(m, MONITOR_COUNTS))
		put_counts(out, m->cluster);
	if (monitor_has(m, MONITOR_OPTIONS))
		put_options(out, &m->cluster->options);
	markup_end(out);
}

/* --- operations --- */

static void put_operation(struct markup *out, const struct monitor *m, const struct monitor_operation *p)
{
	const char *exec = element_get(p->entry, NAME_EXEC_TIME), *queue = element_get(p->entry, NAME_QUEUE_TIME);
	struct arena *a = &m->cluster->arena;
	char when[STATUS_TIME_SIZE];
	markup_begin(out, "operation_history");
	markup_attribute(out, "call", p->call);
	markup_attribute(out, "task", p->task);
	markup_number(out, "rc", p->rc);
	markup_attribute(out, "rc_text", agent_result_text(p->rc));
	if (p->interval_ms > 0)
		markup_attribute(out, "interval", arena_printf(a, "%lldms", (long long)p->interval_ms));
	if (p->when > 0)
		markup_attribute(out, "last-rc-change", status_time_words(m->cluster, p->when, when));
	if (exec != NULL)
		markup_attribute(out, "exec-time", arena_printf(a, "%sms", exec));
	if (queue != NULL)
		markup_attribute(out, "queue-time", arena_printf(a, "%sms", queue));
	markup_end(out);
}

/* any: whether the node's element is open already. */
static void put_history(struct markup *out, const struct monitor *m, struct node *n, const struct element *history,
			bool *any)
{
	const struct resource *r = resource_find(m->cluster, element_get_or(history, NAME_ID, ""));
	GArray *list = monitor_operations(history);
	struct status_fail_count f = {0};
	char when[STATUS_TIME_SIZE];
	if (r != NULL && list->len > 0) {
		if (!*any) {
			markup_begin(out, "node");
			markup_attribute(out, "name", n->name);
		}
		*any = true;
		markup_begin(out, "resource_history");
		markup_attribute(out, "id", status_resource_name(r));
		markup_flag(out, "orphan", false);
		markup_flag(out, "removed", false);
		markup_number(out, "migration-threshold", r->migration_threshold);
		if (status_fail_count_read(n, history, &f))
			markup_number(out, "fail-count", f.count);
		if (f.last > 0)
			markup_attribute(out, "last-failure", status_time_words(m->cluster, f.last, when));
		for (guint i = 0; i < list->len; i++)
			put_operation(out, m, &g_array_index(list, struct monitor_operation, i));
		markup_end(out);
	}
	g_array_unref(list);
}

static void put_operations(struct markup *out, const struct monitor *m)
{
	const struct element *status = document_section(m->cluster->document, NAME_STATUS);
	bool any = false;
	for_each_named(state, status, NAME_NODE_STATE)
	{
		struct node *n = node_find_by_id(m->cluster, element_id(state));
		const struct element *all =
			element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
		if (n == NULL || !n->online)
			continue;
		if (!any)
			markup_begin(out, "node_history");
		any = true;
		bool any_here = false;
		for_each_named(history, all, NAME_LRM_RESOURCE) put_history(out, m, n, history, &any_here);
		if (any_here)
			markup_end(out);
	}
	if (any)
		markup_end(out);
}

/* --- fencing, bans --- */

static void put_fences(struct markup *out, const struct monitor *m)
{
	if (!m->is_live)
		return;
	markup_begin(out, "fence_history");
	markup_number(out, "status", 0);
	for (uint32_t i = 0; i < m->fences.pending_count && monitor_has(m, MONITOR_FENCE_PENDING); i++)
		if (narrow_means_node(m->cluster, m->only_node, m->fences.pending[i].target))
			fence_pending_markup(&m->fences, i, out);
	for (uint32_t i = 0; i < m->fences.count; i++)
		if (monitor_tells_fence(m, i))
			fence_event_markup(&m->fences, i, out);
	markup_end(out);
}

struct ban_list {
	struct markup *out;
	bool any;
};

static void put_ban(void *user, const struct location *l, size_t node)
{
	struct ban_list *list = user;
	const char *promoted = l->role == ROLE_PROMOTED ? "true" : "false";
	if (!list->any)
		markup_begin(list->out, "bans");
	list->any = true;
	markup_begin(list->out, "ban");
	markup_attribute(list->out, "id", l->id);
	markup_attribute(list->out, "resource", l->rsc->id);
	markup_attribute(list->out, "node", l->nodes[node].node->name);
	markup_number(list->out, "weight", l->nodes[node].score);
	markup_attribute(list->out, "promoted-only", promoted);
	markup_attribute(list->out, "master_only", promoted);
	markup_end(list->out);
}

static void put_bans(struct markup *out, const struct monitor *m)
{
	struct ban_list list = {.out = out};
	monitor_each_ban(m, put_ban, &list);
	if (list.any)
		markup_end(out);
}

/* The sections that crm_simulate shows too. */
static void put_state(struct markup *out, const struct monitor *m, unsigned section, unsigned state)
{
	if (monitor_has(m, section))
		status_markup(out, m->cluster, state | STATUS_PENDING | (m->by_node ? STATUS_BY_NODE : 0), NULL);
}

void monitor_markup(struct markup *out, const struct monitor *m)
{
	put_summary(out, m);
	cluster_narrow(m->cluster, m->only_node, m->only_resource, m->by_node);
	put_state(out, m, MONITOR_NODES, STATUS_NODES);
	put_state(out, m, MONITOR_RESOURCES, STATUS_RESOURCES);
	put_state(out, m, MONITOR_ATTRIBUTES, STATUS_ATTRIBUTES);
	if (monitor_has(m, MONITOR_OPERATIONS))
		put_operations(out, m);
	else
		put_state(out, m, MONITOR_FAIL_COUNTS, STATUS_FAIL_COUNTS_ALONE);
	put_state(out, m, MONITOR_FAILURES, STATUS_FAILURES);
	if (monitor_has(m, MONITOR_FENCE_FAILED | MONITOR_FENCE_PENDING | MONITOR_FENCE_WORKED))
		put_fences(out, m);
	if (monitor_has(m, MONITOR_TICKETS))
		ticket_list_markup(out, m->cluster, NULL);
	if (monitor_has(m, MONITOR_BANS))
		put_bans(out, m);
}
