/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/monitor-private.h"

#include "report/narrow.h"
#include "report/ticket-list.h"
#include "rules/interval.h"
#include "scheduler/failcount.h"
#include "scheduler/history.h"

#include <string.h>

/* --- what text and XML have in common --- */

bool monitor_has(const struct monitor *m, unsigned sections)
{
	return (m->sections & sections) != 0;
}

const char *monitor_option(const struct monitor *m, const char *name)
{
	return table_get(m->cluster->options.all, name);
}

/* Nodes that are up and do not say are older than the attribute. */
const char *monitor_feature_set(const struct node *n)
{
	if (!n->online || !n->expected_up || node_is_connection(n))
		return NULL;
	const char *set = node_attribute(n, "#feature-set");
	return set != NULL ? set : "<3.15.1";
}

bool monitor_is_mixed(const struct monitor *m)
{
	const char *first = NULL;
	for_each_node(n, m->cluster)
	{
		const char *set = monitor_feature_set(n);
		if (set != NULL && first != NULL && strcmp(set, first) != 0)
			return true;
		first = set != NULL ? set : first;
	}
	return false;
}

bool monitor_tells_fence(const struct monitor *m, uint32_t i)
{
	return narrow_means_node(m->cluster, m->only_node, m->fences.events[i].target) &&
	       (m->all_fences || !fence_event_is_repeated(&m->fences, i));
}

static int compare_calls(const void *a, const void *b)
{
	const struct monitor_operation *x = a, *y = b;
	int64_t left = g_ascii_strtoll(x->call, NULL, 10), right = g_ascii_strtoll(y->call, NULL, 10);
	return left < right ? -1 : left > right;
}

GArray *monitor_operations(const struct element *history)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct monitor_operation));
	for_each_named(e, history, NAME_LRM_RSC_OP)
	{
		struct monitor_operation o = {
			.entry = e,
			.call = element_get_or(e, NAME_CALL_ID, ""),
			.task = element_get_or(e, NAME_OPERATION, ""),
			.interval_ms = element_get_int(e, NAME_INTERVAL, 0),
			.when = element_get_int(e, NAME_LAST_RC_CHANGE, 0),
			.rc = (int)element_get_int(e, NAME_RC_CODE, 0),
		};
		bool is_probe = strcmp(o.task, "monitor") == 0 && o.interval_ms == 0;
		if (strcmp(o.task, "notify") == 0 || (is_probe && o.rc == 7))
			continue;
		if (is_probe)
			o.task = "probe";
		g_array_append_val(list, o);
	}
	g_array_sort(list, compare_calls);
	return list;
}

void monitor_each_ban(const struct monitor *m, void (*fn)(void *user, const struct location *l, size_t node),
		      void *user)
{
	for (uint32_t i = m->cluster->location_count; i > 0; i--) { /* latest first, as Pacemaker */
		const struct location *l = m->cluster->locations[i - 1];
		if (m->ban_prefix != NULL && strncmp(l->id, m->ban_prefix, strlen(m->ban_prefix)) != 0)
			continue;
		/* What follows from the health of nodes is nobody's constraint. */
		if (document_by_id(m->cluster->document, l->id) == NULL)
			continue;
		for (uint32_t k = l->node_count; k > 0; k--)
			if (l->nodes[k - 1].score < 0)
				fn(user, l, k - 1);
	}
}

/* --- summary --- */

static void report_dc(struct outline *o, const struct monitor *m)
{
	const struct cluster *c = m->cluster;
	const char *version = monitor_option(m, "dc-version");
	if (c->dc == NULL) {
		outline_item(o, "Current DC: NONE");
		return;
	}
	outline_item(o, "Current DC: %s (version %s) - %spartition %s quorum",
		     m->detail ? arena_printf(&m->cluster->arena, "%s (%s)", c->dc->name, c->dc->id) : c->dc->name,
		     version != NULL ? version : "unknown", monitor_is_mixed(m) ? "MIXED-VERSION " : "",
		     c->quorate ? "with" : "WITHOUT");
}

static void report_times(struct outline *o, const struct monitor *m)
{
	const struct element *root = document_root(m->cluster->document);
	char now[STATUS_TIME_SIZE];
	(void)status_time_words(m->cluster, m->now, now);
	outline_item(o, "Last updated: %s%s%s", now, m->own_node != NULL ? " on " : "",
		     m->own_node != NULL ? m->own_node : "");
	const char *user = element_get(root, NAME_UPDATE_USER), *client = element_get(root, NAME_UPDATE_CLIENT);
	const char *origin = element_get(root, NAME_UPDATE_ORIGIN);
	outline_item(o, "Last change:  %s%s%s%s%s%s%s", element_get_or(root, NAME_CIB_LAST_WRITTEN, ""),
		     user != NULL ? " by " : "", user != NULL ? user : "", client != NULL ? " via " : "",
		     client != NULL ? client : "", origin != NULL ? " on " : "", origin != NULL ? origin : "");
}

static void report_counts(struct outline *o, const struct cluster *c)
{
	GString *more = g_string_new(NULL);
	if (c->disabled_count > 0)
		g_string_append_printf(more, "%u DISABLED", c->disabled_count);
	if (c->blocked_count > 0)
		g_string_append_printf(more, "%s%u BLOCKED from further action due to failure",
				       more->len > 0 ? ", " : "", c->blocked_count);
	outline_item(o, "%u node%s configured", c->node_count, c->node_count == 1 ? "" : "s");
	outline_item(o, "%u resource instance%s configured%s%s%s", c->instance_count, c->instance_count == 1 ? "" : "s",
		     more->len > 0 ? " (" : "", more->str, more->len > 0 ? ")" : "");
	(void)g_string_free(more, TRUE);
}

static void report_options(struct outline *o, const struct options *s)
{
	static const char *const policies[] = {
		[NO_QUORUM_STOP] = "Stop ALL resources",
		[NO_QUORUM_FREEZE] = "Freeze resources",
		[NO_QUORUM_IGNORE] = "Ignore",
		[NO_QUORUM_DEMOTE] = "Demote promotable resources and stop all other resources",
		[NO_QUORUM_FENCE] = "Fence nodes in partition",
	};
	outline_item(o, "Fencing of failed nodes %s", s->fencing_enabled ? "enabled" : "disabled");
	outline_item(o, "Cluster is %s", s->symmetric ? "symmetric" : "asymmetric");
	outline_item(o, "No quorum policy: %s", policies[s->no_quorum]);
}

/* Where nothing is managed, however much else is hidden. */
static void report_restrictions(struct outline *o, const struct monitor *m)
{
	const char *first = m->cluster->options.maintenance_mode ? "Resource management is DISABLED" : NULL;
	const char *second = "The cluster will not attempt to start, stop or recover services";
	if (first == NULL && m->cluster->options.stop_all) {
		first = "Resource management is DISABLED";
		second = "The cluster will keep all resources stopped";
	}
	if (first == NULL || !monitor_has(m, MONITOR_RESTRICTIONS))
		return;
	if (o->html)
		g_string_append_printf(o->out, "<p><b>%s</b><br>%s</p>\n", first, second);
	else
		g_string_append_printf(o->out, "\n%s*** %s ***\n  %s\n",
				       m->cluster->options.maintenance_mode ? "              " : "    ", first, second);
	outline_space(o);
}

static void report_summary(struct outline *o, const struct monitor *m)
{
	const char *stack = monitor_option(m, "cluster-infrastructure");
	if (!monitor_has(m, MONITOR_SUMMARY))
		return;
	outline_begin(o, "Cluster Summary");
	if (monitor_has(m, MONITOR_STACK))
		outline_item(o, "Stack: %s%s",
			     stack != NULL ? stack
			     : m->is_live  ? "corosync"
					   : "unknown",
			     m->is_live ? " (Pacemaker is running)" : "");
	if (monitor_has(m, MONITOR_DC))
		report_dc(o, m);
	if (monitor_has(m, MONITOR_TIMES))
		report_times(o, m);
	if (monitor_has(m, MONITOR_COUNTS))
		report_counts(o, m->cluster);
	if (monitor_has(m, MONITOR_OPTIONS))
		report_options(o, &m->cluster->options);
	outline_end(o);
	outline_space(o);
}

/* --- nodes one by one --- */

static void append_name(const struct monitor *m, const struct node *n, GString *out)
{
	g_string_append(out, n->name);
	if (!m->detail)
		return;
	if (!node_is_guest(n)) {
		if (strcmp(n->name, n->id) != 0)
			g_string_append_printf(out, " (%s)", n->id);
		return;
	}
	const struct node *host = resource_active_node(n->remote->launcher, NULL, NULL);
	g_string_append_printf(out, "@%s", host != NULL ? host->name : "");
}

static void append_node(const struct monitor *m, const struct node *n, GString *out)
{
	int health = status_node_health(n);
	const char *set = m->detail ? monitor_feature_set(n) : NULL;
	g_string_append(out, node_is_guest(n) ? "GuestNode " : node_is_remote(n) ? "RemoteNode " : "Node ");
	append_name(m, n, out);
	g_string_append_printf(out, ": %s%s", status_node_words(n),
			       health < 0    ? " (health is RED)"
			       : health == 0 ? " (health is YELLOW)"
					     : "");
	if (set != NULL)
		g_string_append_printf(out, ", feature set %s", set);
}

static void report_running(struct outline *o, const struct monitor *m, const struct node *n)
{
	outline_begin(o, "Resources");
	for (uint32_t i = 0; i < n->running->count; i++) {
		const struct resource *r = n->running->items[i];
		if (!m->detail && resource_meta_bool(r, "internal-rsc", false))
			continue;
		GString *words = g_string_new(NULL);
		status_primitive_words(r, status_resource_name(r), NULL, true, words);
		const char *description = element_get(r->xml, NAME_DESCRIPTION);
		if (description != NULL && r->active.count <= 1)
			g_string_append_printf(words, " (%s)", description);
		outline_item(o, "%s", words->str);
		(void)g_string_free(words, TRUE);
	}
	outline_end(o);
}

static void report_each_node(struct outline *o, const struct monitor *m)
{
	outline_begin(o, "Node List");
	for_each_node(n, m->cluster)
	{
		GString *words = g_string_new(NULL);
		append_node(m, n, words);
		if (m->by_node) {
			outline_begin(o, "%s", words->str);
			report_running(o, m, n);
			outline_end(o);
		} else {
			outline_item(o, "%s", words->str);
		}
		(void)g_string_free(words, TRUE);
	}
	outline_end(o);
	outline_space(o);
}

/* --- resources --- */

static bool is_shown(const struct monitor *m, const struct resource *r)
{
	bool active = resource_is_active(r, true), partly = resource_is_active(r, false);
	if (r->removed && !active)
		return false;
	if (m->by_node && active)
		return false;
	return partly || m->inactive;
}

static void report_resources(struct outline *o, const struct monitor *m)
{
	const char *title = m->by_node    ? "Inactive Resources"
			    : m->inactive ? "Full List of Resources"
					  : "Active Resources";
	const char *none = m->by_node ? "No inactive resources" : m->inactive ? "No resources" : "No active resources";
	bool any = false;
	/* By node, what does not run is only told when it is asked for. */
	if (m->by_node && !m->inactive)
		return;
	outline_begin(o, "%s", title);
	o->active_only = !m->inactive;
	for (uint32_t i = 0; i < m->cluster->resources.count; i++) {
		struct resource *r = m->cluster->resources.items[i];
		if (!is_shown(m, r))
			continue;
		any = true;
		status_report_resource(o, r, true);
	}
	o->active_only = false;
	if (!any)
		outline_item(o, "%s", none);
	outline_end(o);
	outline_space(o);
}

/* --- operations --- */

static void append_operation(const struct monitor *m, const struct monitor_operation *p, GString *out)
{
	const char *exec = element_get(p->entry, NAME_EXEC_TIME), *queue = element_get(p->entry, NAME_QUEUE_TIME);
	char when[STATUS_TIME_SIZE];
	g_string_append_printf(out, "(%s) %s%s", p->call, p->task, p->interval_ms > 0 || m->timing ? ":" : "");
	if (p->interval_ms > 0)
		g_string_append_printf(out, " interval=\"%lldms\"", (long long)p->interval_ms);
	if (!m->timing)
		return;
	if (p->when > 0)
		g_string_append_printf(out, " last-rc-change=\"%s\"", status_time_words(m->cluster, p->when, when));
	if (exec != NULL)
		g_string_append_printf(out, " exec-time=\"%sms\"", exec);
	if (queue != NULL)
		g_string_append_printf(out, " queue-time=\"%sms\"", queue);
	g_string_append_printf(out, " rc=%d (%s)", p->rc, agent_result_text(p->rc));
}

/* any: whether the node's heading stands already. */
static void report_history(struct outline *o, const struct monitor *m, struct node *n, const struct element *history,
			   bool *any)
{
	const struct resource *r = resource_find(m->cluster, element_get_or(history, NAME_ID, ""));
	GArray *list = monitor_operations(history);
	struct status_fail_count f = {0};
	char when[STATUS_TIME_SIZE];
	GString *words = g_string_new(NULL);
	if (r != NULL && list->len > 0) {
		if (!*any)
			outline_begin(o, "Node: %s", n->name);
		*any = true;
		g_string_append_printf(words, "%s: migration-threshold=%d", element_id(history),
				       r->migration_threshold);
		if (status_fail_count_read(n, history, &f))
			g_string_append_printf(words, " fail-count=%d", f.count);
		if (f.last > 0)
			g_string_append_printf(words, " last-failure='%s'",
					       status_time_words(m->cluster, f.last, when));
		outline_begin(o, "%s", words->str);
		for (guint i = 0; i < list->len; i++) {
			g_string_truncate(words, 0);
			append_operation(m, &g_array_index(list, struct monitor_operation, i), words);
			outline_item(o, "%s", words->str);
		}
		outline_end(o);
	}
	(void)g_string_free(words, TRUE);
	g_array_unref(list);
}

static void report_operations(struct outline *o, const struct monitor *m)
{
	const struct element *status = document_section(m->cluster->document, NAME_STATUS);
	outline_begin(o, "Operations");
	for_each_named(state, status, NAME_NODE_STATE)
	{
		struct node *n = node_find_by_id(m->cluster, element_id(state));
		const struct element *all =
			element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
		if (n == NULL || !n->online)
			continue;
		bool any = false;
		for_each_named(history, all, NAME_LRM_RESOURCE) report_history(o, m, n, history, &any);
		if (any)
			outline_end(o);
	}
	outline_end(o);
	outline_space(o);
}

static void report_fail_counts(struct outline *o, const struct monitor *m)
{
	const struct failed_operation *failed = m->cluster->failed_operations;
	/* The list of failures that goes with it has a section of its own here. */
	m->cluster->failed_operations = NULL;
	status_report_fail_counts(o, m->cluster);
	m->cluster->failed_operations = (struct failed_operation *)(uintptr_t)failed;
}

/* --- failures, fencing --- */

static const char *task_words(const struct failed_operation *f)
{
	return strcmp(f->task, "monitor") == 0 && f->interval_ms == 0 ? "probe" : f->task;
}

static void append_failure(const struct cluster *c, const struct failed_operation *f, GString *out)
{
	const char *reason = element_get_or(f->entry, NAME_EXIT_REASON, "");
	int64_t changed = element_get_int(f->entry, NAME_LAST_RC_CHANGE, 0),
		exec = element_get_int(f->entry, NAME_EXEC_TIME, 0);
	char duration[INTERVAL_TEXT_SIZE], when[STATUS_TIME_SIZE];
	bool has_reason = *reason != '\0';
	/* The key has the instance's name as it was. */
	char *tail = g_strdup_printf("_%s_%lld", f->task, (long long)f->interval_ms);
	if (g_str_has_suffix(f->key, tail))
		g_string_append_len(out, f->key, (gssize)(strlen(f->key) - strlen(tail)));
	else
		g_string_append(out, f->rsc != NULL ? status_resource_name(f->rsc) : "unknown resource");
	g_free(tail);
	g_string_append_c(out, ' ');
	if (f->interval_ms > 0)
		g_string_append_printf(out, "%s-interval ", interval_text((uint64_t)f->interval_ms, duration));
	g_string_append_printf(out, "%s on %s ", task_words(f), f->node->name);
	if (f->execution == 0)
		g_string_append_printf(out, "returned '%s'%s%s%s", agent_result_text(f->rc), has_reason ? " (" : "",
				       reason, has_reason ? ")" : "");
	else
		g_string_append_printf(out, "could not be executed (%s%s%s)", execution_text(f->execution),
				       has_reason ? ": " : "", reason);
	if (changed > 0)
		g_string_append_printf(out, " at %s", status_time_words(c, changed, when));
	if (exec > 0)
		g_string_append_printf(out, " after %s", interval_text((uint64_t)exec, duration));
}

/* The title comes with the first item; takes the words. */
static void list_add(struct outline *o, bool *any, const char *title, GString *words)
{
	if (!*any)
		outline_begin(o, "%s", title);
	*any = true;
	outline_item(o, "%s", words->str);
	(void)g_string_free(words, TRUE);
}

static void list_end(struct outline *o, bool any)
{
	if (!any)
		return;
	outline_end(o);
	outline_space(o);
}

static void report_failures(struct outline *o, const struct monitor *m)
{
	bool any = false;
	for (const struct failed_operation *f = m->cluster->failed_operations; f != NULL; f = f->next) {
		if (status_failure_is_masked(f))
			continue;
		GString *words = g_string_new(NULL);
		append_failure(m->cluster, f, words);
		list_add(o, &any, "Failed Resource Actions", words);
	}
	list_end(o, any);
}

/* With failures and successes, each is one of a history; with failures alone, the last of its kind. */
static void report_fences(struct outline *o, const struct monitor *m, bool failed, const char *title)
{
	bool any = false, all = monitor_has(m, MONITOR_FENCE_FAILED) && monitor_has(m, MONITOR_FENCE_WORKED);
	for (uint32_t i = 0; i < m->fences.count; i++) {
		if ((m->fences.events[i].why != NULL) != failed || !monitor_tells_fence(m, i))
			continue;
		GString *words = g_string_new(NULL);
		fence_event_words(&m->fences, i, false, all, words);
		list_add(o, &any, title, words);
	}
	list_end(o, any);
}

static void report_pending(struct outline *o, const struct monitor *m)
{
	bool any = false;
	for (uint32_t i = 0; i < m->fences.pending_count; i++) {
		if (!narrow_means_node(m->cluster, m->only_node, m->fences.pending[i].target))
			continue;
		GString *words = g_string_new(NULL);
		fence_pending_words(&m->fences, i, false, words);
		list_add(o, &any, "Pending Fencing Actions", words);
	}
	list_end(o, any);
}

/* --- tickets, bans --- */

static void report_tickets(struct outline *o, const struct monitor *m)
{
	if (m->cluster->ticket_count == 0)
		return;
	outline_begin(o, "Tickets");
	ticket_list_report(o, m->cluster, NULL, TICKET_STATE);
	outline_end(o);
	outline_space(o);
}

struct ban_list {
	struct outline *o;
	bool any;
};

static void report_ban(void *user, const struct location *l, size_t node)
{
	struct ban_list *list = user;
	if (!list->any)
		outline_begin(list->o, "Negative Location Constraints");
	list->any = true;
	outline_item(list->o, "%s\tprevents %s from running %son %s", l->id, l->rsc->id,
		     l->role == ROLE_PROMOTED ? "in Promoted role " : "", l->nodes[node].node->name);
}

static void report_bans(struct outline *o, const struct monitor *m)
{
	struct ban_list list = {.o = o};
	monitor_each_ban(m, report_ban, &list);
	if (!list.any)
		return;
	outline_end(o);
	outline_space(o);
}

void monitor_report(struct outline *o, const struct monitor *m)
{
	report_summary(o, m);
	report_restrictions(o, m);
	cluster_narrow(m->cluster, m->only_node, m->only_resource, m->by_node);
	if (monitor_has(m, MONITOR_NODES) && (m->by_node || m->detail))
		report_each_node(o, m);
	else if (monitor_has(m, MONITOR_NODES))
		status_report_nodes(o, m->cluster);
	if (monitor_has(m, MONITOR_RESOURCES))
		report_resources(o, m);
	if (monitor_has(m, MONITOR_ATTRIBUTES))
		status_report_attributes(o, m->cluster);
	if (monitor_has(m, MONITOR_OPERATIONS))
		report_operations(o, m);
	else if (monitor_has(m, MONITOR_FAIL_COUNTS))
		report_fail_counts(o, m);
	if (monitor_has(m, MONITOR_FAILURES))
		report_failures(o, m);
	if (monitor_has(m, MONITOR_FENCE_FAILED))
		report_fences(o, m, true, "Failed Fencing Actions");
	if (monitor_has(m, MONITOR_TICKETS))
		report_tickets(o, m);
	if (monitor_has(m, MONITOR_BANS))
		report_bans(o, m);
	if (monitor_has(m, MONITOR_FENCE_WORKED))
		report_fences(o, m, false, "Fencing History");
	if (monitor_has(m, MONITOR_FENCE_PENDING))
		report_pending(o, m);
}
