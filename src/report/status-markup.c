/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a cluster in Pacemaker's XML, which always tells everything: no lists are gathered, nothing is left out
 * because it is stopped. */
#include "report/status-private.h"
#include "report/status.h"

#include "rules/moment.h"
#include "scheduler/failcount.h"
#include "scheduler/history.h"

#include <string.h>

/* --- nodes --- */

/* Nodes that are up and do not say are older than the attribute. */
static const char *feature_set_of(const struct node *n)
{
	if (!n->online || !n->expected_up || node_is_connection(n))
		return NULL;
	const char *set = node_attribute(n, "#feature-set");
	return set != NULL ? set : "<3.15.1";
}

static void put_primitive(struct markup *m, const struct resource *r, bool pending, const char *description);

static void put_node(struct markup *m, const struct node *n, unsigned sections)
{
	int health = status_node_health(n);
	markup_begin(m, "node");
	markup_attribute(m, "name", n->name);
	markup_attribute(m, "id", n->id);
	markup_flag(m, "online", n->online);
	markup_flag(m, "standby", n->standby);
	markup_flag(m, "standby_onfail", n->fail_standby);
	markup_flag(m, "maintenance", n->maintenance);
	markup_flag(m, "pending", n->pending);
	markup_flag(m, "unclean", n->unclean);
	markup_attribute(m, "health", health < 0 ? "red" : health == 0 ? "yellow" : "green");
	markup_attribute(m, "feature_set", feature_set_of(n));
	markup_flag(m, "shutdown", n->shutdown);
	markup_flag(m, "expected_up", n->expected_up);
	markup_flag(m, "is_dc", n == n->cluster->dc);
	markup_number(m, "resources_running", n->running->count);
	markup_attribute(m, "type", n->kind == NODE_REMOTE ? "remote" : "member");
	if (node_is_guest(n))
		markup_attribute(m, "id_as_resource", n->remote->launcher->id);
	for (uint32_t i = 0; (sections & STATUS_BY_NODE) && i < n->running->count; i++)
		put_primitive(m, n->running->items[i], sections & STATUS_PENDING,
			      element_get(n->running->items[i]->xml, NAME_DESCRIPTION));
	markup_end(m);
}

/* --- resources --- */

static void put_primitive(struct markup *m, const struct resource *r, bool pending, const char *description)
{
	const char *provider = element_get(r->xml, NAME_PROVIDER);
	char *agent = g_strdup_printf("%s%s%s:%s", r->class_, provider != NULL ? ":" : "",
				      provider != NULL ? provider : "", r->type);
	markup_begin(m, "resource");
	markup_attribute(m, "id", status_resource_name(r));
	markup_attribute(m, "resource_agent", agent);
	markup_attribute(m, "role", status_role_words(r, pending));
	markup_attribute(m, "target_role", resource_meta(r, "target-role"));
	markup_flag(m, "active", resource_is_active(r, true));
	markup_flag(m, "orphaned", r->removed);
	markup_flag(m, "removed", r->removed);
	markup_flag(m, "blocked", r->blocked);
	markup_flag(m, "maintenance", r->maintenance);
	markup_flag(m, "managed", r->managed);
	markup_flag(m, "failed", r->failed);
	markup_flag(m, "failure_ignored", r->ignore_failure);
	markup_number(m, "nodes_running_on", r->active.count);
	if (pending && r->pending_action != NULL && strcmp(r->pending_action, "monitor") == 0)
		markup_attribute(m, "pending", "Monitoring");
	if (r->lock_node != NULL)
		markup_attribute(m, "locked_to", r->lock_node->name);
	markup_attribute(m, "description", description);
	for (uint32_t i = 0; i < r->active.count; i++) {
		const struct node *n = r->active.items[i];
		markup_empty(m, "node", "name", n->name, "id", n->id, "cached", n->online ? "true" : "false", NULL);
	}
	markup_end(m);
	g_free(agent);
}

struct shown {
	bool pending, described;
};

static void put_resource(struct markup *m, const struct resource *r, struct shown how);

static void put_group(struct markup *m, const struct resource *r, struct shown how)
{
	if (r->children.count == 0)
		return;
	markup_begin(m, "group");
	markup_attribute(m, "id", r->id);
	markup_number(m, "number_resources", r->children.count);
	markup_flag(m, "maintenance", r->maintenance);
	markup_flag(m, "managed", r->managed);
	markup_flag(m, "disabled", status_is_disabled(r));
	for_each_child_of(child, r) put_resource(m, child, how);
	markup_end(m);
}

static void put_clone(struct markup *m, const struct resource *r, struct shown how)
{
	if (r->children.count == 0)
		return;
	markup_begin(m, "clone");
	markup_attribute(m, "id", r->id);
	markup_flag(m, "multi_state", r->promotable);
	markup_flag(m, "unique", r->unique);
	markup_flag(m, "maintenance", r->maintenance);
	markup_flag(m, "managed", r->managed);
	markup_flag(m, "disabled", status_is_disabled(r));
	markup_flag(m, "failed", r->failed);
	markup_flag(m, "failure_ignored", r->ignore_failure);
	markup_attribute(m, "target_role", status_target_role(r));
	for_each_child_of(child, r) put_resource(m, child, how);
	markup_end(m);
}

static void put_bundle(struct markup *m, const struct resource *r, struct shown how)
{
	if (r->bundle.replica_count == 0)
		return;
	markup_begin(m, "bundle");
	markup_attribute(m, "id", r->id);
	markup_attribute(m, "type", r->bundle.agent);
	markup_attribute(m, "image", r->bundle.image);
	markup_flag(m, "unique", r->unique);
	markup_flag(m, "maintenance", r->maintenance);
	markup_flag(m, "managed", r->managed);
	markup_flag(m, "failed", r->failed);
	for (int i = 0; i < r->bundle.replica_count; i++) {
		const struct replica *replica = &r->bundle.replicas[i];
		const struct resource *const parts[] = {replica->ip, replica->child, replica->container,
							replica->connection};
		markup_begin(m, "replica");
		markup_number(m, "id", replica->offset);
		for (size_t p = 0; p < G_N_ELEMENTS(parts); p++)
			if (parts[p] != NULL)
				put_resource(m, parts[p], how);
		markup_end(m);
	}
	markup_end(m);
}

static void put_resource(struct markup *m, const struct resource *r, struct shown how)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		put_primitive(m, r, how.pending, how.described ? element_get(r->xml, NAME_DESCRIPTION) : NULL);
		break;
	case RESOURCE_GROUP:
		put_group(m, r, how);
		break;
	case RESOURCE_CLONE:
		put_clone(m, r, how);
		break;
	case RESOURCE_BUNDLE:
		put_bundle(m, r, how);
		break;
	}
}

void status_markup_resource(struct markup *m, const struct resource *r, bool described)
{
	put_resource(m, r, (struct shown){.pending = true, .described = described});
}

/* A list that is not there when nothing is in it. */
static void list_begin(struct markup *m, const char *name, bool *any)
{
	if (!*any)
		markup_begin(m, name);
	*any = true;
}

static void list_end(struct markup *m, bool any)
{
	if (any)
		markup_end(m);
}

static void put_resources(struct markup *m, const struct cluster *c, unsigned sections)
{
	bool any = false;
	for (uint32_t i = 0; i < c->resources.count; i++) {
		const struct resource *r = c->resources.items[i];
		bool active = resource_is_active(r, true);
		if (active ? sections & STATUS_BY_NODE : r->removed)
			continue;
		list_begin(m, "resources", &any);
		put_resource(m, r, (struct shown){.pending = (sections & STATUS_PENDING) != 0});
	}
	list_end(m, any);
}

/* --- attributes, fail counts, failures --- */

static void put_attributes(struct markup *m, const struct cluster *c)
{
	bool any = false;
	for_each_node(n, c)
	{
		const struct table_entry *sorted = n->online ? table_sorted(n->attributes) : NULL;
		bool any_here = false;
		for (uint32_t i = 0; sorted != NULL && i < n->attributes->count; i++) {
			if (status_attribute_is_private(sorted[i].name))
				continue;
			list_begin(m, "node_attributes", &any);
			if (!any_here) {
				markup_begin(m, "node");
				markup_attribute(m, "name", n->name);
			}
			any_here = true;
			bool is_ping = false;
			int expected = status_attribute_expected(n, sorted[i].name, &is_ping);
			markup_begin(m, "attribute");
			markup_attribute(m, "name", sorted[i].name);
			markup_attribute(m, "value", sorted[i].value);
			if (is_ping)
				markup_number(m, "expected", expected);
			markup_end(m);
		}
		list_end(m, any_here);
	}
	list_end(m, any);
}

static void put_fail_count(struct markup *m, const struct status_fail_count *f)
{
	char when[STATUS_TIME_SIZE];
	markup_begin(m, "resource_history");
	markup_attribute(m, "id", f->id);
	markup_flag(m, "orphan", false);
	markup_flag(m, "removed", false);
	markup_number(m, "migration-threshold", f->rsc->migration_threshold);
	markup_number(m, "fail-count", f->count);
	if (f->last > 0)
		markup_attribute(m, "last-failure", status_time_words(f->rsc->cluster, f->last, when));
	markup_end(m);
}

static void put_node_history(struct markup *m, struct node *n, const struct element *state)
{
	const struct element *all = element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
	bool any = false;
	for_each_named(history, all, NAME_LRM_RESOURCE)
	{
		struct status_fail_count f;
		if (!status_fail_count_read(n, history, &f))
			continue;
		if (!any) {
			markup_begin(m, "node");
			markup_attribute(m, "name", n->name);
		}
		any = true;
		put_fail_count(m, &f);
	}
	list_end(m, any);
}

static void put_fail_counts(struct markup *m, const struct cluster *c)
{
	const struct element *status = document_section(c->document, NAME_STATUS);
	bool any = false;
	for_each_named(state, status, NAME_NODE_STATE)
	{
		struct node *n = node_find_by_id(c, element_id(state));
		if (n == NULL || !n->online)
			continue;
		list_begin(m, "node_history", &any);
		put_node_history(m, n, state);
	}
	list_end(m, any);
}

static void put_failure(struct markup *m, const struct cluster *c, const struct failed_operation *f)
{
	const struct element *e = f->entry;
	int64_t changed = g_ascii_strtoll(element_get_or(e, NAME_LAST_RC_CHANGE, "0"), NULL, 10);
	markup_begin(m, "failure");
	markup_attribute(m, element_get(e, NAME_OPERATION_KEY) != NULL ? "op_key" : "id", f->key);
	markup_attribute(m, "node", f->node->name);
	markup_attribute(m, "exitstatus", agent_result_text(f->rc));
	markup_attribute(m, "exitreason", element_get_or(e, NAME_EXIT_REASON, "none"));
	markup_number(m, "exitcode", f->rc);
	markup_attribute(m, "call", element_get(e, NAME_CALL_ID));
	markup_attribute(m, "status", execution_text(f->execution));
	if (changed > 0) {
		char when[MOMENT_TEXT_SIZE];
		struct moment at = moment_of_epoch(changed, c->zone_offset_s);
		markup_attribute(m, "last-rc-change", moment_text(&at, MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, when));
		markup_attribute(m, "queued", element_get(e, NAME_QUEUE_TIME));
		markup_attribute(m, "exec", element_get(e, NAME_EXEC_TIME));
		markup_number(m, "interval", f->interval_ms);
		markup_attribute(m, "task", element_get(e, NAME_OPERATION));
	}
	markup_end(m);
}

static void put_failures(struct markup *m, const struct cluster *c)
{
	bool any = false;
	for (const struct failed_operation *f = c->failed_operations; f != NULL; f = f->next) {
		if (status_failure_is_masked(f))
			continue;
		list_begin(m, "failures", &any);
		put_failure(m, c, f);
	}
	list_end(m, any);
}

void status_markup(struct markup *m, struct cluster *c, unsigned sections, const char *element)
{
	if (element != NULL)
		markup_begin(m, element);
	if (sections & STATUS_NODES) {
		markup_begin(m, "nodes");
		for_each_node(n, c) put_node(m, n, sections);
		markup_end(m);
	}
	if (sections & STATUS_RESOURCES)
		put_resources(m, c, sections);
	if (sections & STATUS_ATTRIBUTES)
		put_attributes(m, c);
	if (sections & STATUS_FAIL_COUNTS_ALONE)
		put_fail_counts(m, c);
	if (sections & STATUS_FAILURES)
		put_failures(m, c);
	if (element != NULL)
		markup_end(m);
}
