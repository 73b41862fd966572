/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/status.h"

#include "scheduler/history.h"

#include <string.h>

const char *status_resource_name(const struct resource *r)
{
	return r->unique ? r->id : element_id(r->xml);
}

const char *status_unmanaged_words(const struct resource *r)
{
	if (r->maintenance)
		return " (maintenance)";
	return r->managed ? "" : " (unmanaged)";
}

static bool top_is_promotable(const struct resource *r)
{
	return resource_top(r, false)->promotable;
}

bool status_is_disabled(const struct resource *r)
{
	const char *target = resource_meta(r, "target-role");
	enum role role = target == NULL ? ROLE_UNKNOWN : role_parse(target);
	return role == ROLE_STOPPED || (role == ROLE_UNPROMOTED && top_is_promotable(r));
}

/* Where an agent can only be Started, a promotable clone's instance is Unpromoted. */
static enum role shown_role(const struct resource *r)
{
	return r->role == ROLE_STARTED && top_is_promotable(r) ? ROLE_UNPROMOTED : r->role;
}

static const char *pending_words(const struct resource *r)
{
	static const struct {
		const char *task, *words;
	} states[] = {{"start", "Starting"},         {"stop", "Stopping"},     {"migrate_to", "Migrating"},
		      {"migrate_from", "Migrating"}, {"promote", "Promoting"}, {"demote", "Demoting"}};
	for (size_t i = 0; r->pending_action != NULL && i < G_N_ELEMENTS(states); i++)
		if (strcmp(r->pending_action, states[i].task) == 0)
			return states[i].words;
	return NULL;
}

const char *status_role_words(const struct resource *r, bool pending)
{
	const char *words = pending ? pending_words(r) : NULL;
	return words != NULL ? words : role_text(shown_role(r));
}

static void append_state(const struct resource *r, const struct node *node, bool pending, GString *out)
{
	enum role role = shown_role(r);
	if (r->removed)
		g_string_append(out, " ORPHANED");
	if (r->failed) {
		g_string_append(out, " FAILED");
		if (role > ROLE_UNPROMOTED)
			g_string_append_printf(out, " %s", role_text(role));
	} else {
		g_string_append_printf(out, " %s", status_role_words(r, pending));
	}
	if (node != NULL)
		g_string_append_printf(out, " %s", node_name(node));
	const struct failed_operation *probe = role == ROLE_STOPPED ? failed_probe_masked(r, node) : NULL;
	if (probe != NULL)
		g_string_append_printf(out, " (%s) ", agent_result_text(probe->rc));
}

static void append_flag(GString *out, bool *any, const char *flag, const char *value)
{
	g_string_append_printf(out, "%s%s%s", *any ? ", " : " (", flag, value);
	*any = true;
}

/* What keeps it from the role that it could have. */
static void append_limit(const struct resource *r, GString *out, bool *any)
{
	const char *target = resource_meta(r, "target-role");
	enum role role = target == NULL ? ROLE_UNKNOWN : role_parse(target);
	if (role == ROLE_STOPPED)
		append_flag(out, any, "disabled", "");
	else if (role == ROLE_UNPROMOTED && top_is_promotable(r))
		append_flag(out, any, "target-role:", target);
}

static void append_management(const struct resource *r, GString *out, bool *any)
{
	if (r->blocked)
		append_flag(out, any, "blocked", "");
	else if (r->maintenance)
		append_flag(out, any, "maintenance", "");
	else if (!r->managed)
		append_flag(out, any, "unmanaged", "");
	if (r->ignore_failure)
		append_flag(out, any, "failure ignored", "");
}

static void append_flags(const struct resource *r, const struct node *node, bool pending, GString *out)
{
	bool any = false;
	if (node != NULL && !node->online && node->unclean)
		append_flag(out, &any, "UNCLEAN", "");
	if (node != NULL && node == r->lock_node)
		append_flag(out, &any, "LOCKED", "");
	if (pending && r->pending_action != NULL && strcmp(r->pending_action, "monitor") == 0)
		append_flag(out, &any, "Monitoring", "");
	append_limit(r, out, &any);
	append_management(r, out, &any);
	if (any)
		g_string_append_c(out, ')');
}

static void append_description(const struct resource *r, GString *out)
{
	const char *description = element_get(r->xml, NAME_DESCRIPTION);
	if (description != NULL)
		g_string_append_printf(out, " (%s)", description);
}

static void append_active_nodes(const struct resource *r, GString *out)
{
	append_description(r, out);
	g_string_append(out, " [");
	for (uint32_t i = 0; i < r->active.count; i++)
		g_string_append_printf(out, " %s", node_name(r->active.items[i]));
	g_string_append(out, " ]");
}

static void append_agent(const struct resource *r, const char *name, GString *out)
{
	const char *provider = r->provider != NULL && strcmp(r->class_, "ocf") == 0 ? r->provider : NULL;
	g_string_append_printf(out, "%s\t(%s%s%s:%s):\t", name, r->class_, provider != NULL ? ":" : "",
			       provider != NULL ? provider : "", r->type);
}

void status_primitive_words(const struct resource *r, const char *name, const struct node *node, bool pending,
			    GString *out)
{
	bool multiple = r->active.count > 1;
	if (node == NULL)
		node = r->lock_node;
	if (multiple)
		node = NULL;
	append_agent(r, name, out);
	append_state(r, node, pending, out);
	append_flags(r, node, pending, out);
	if (multiple)
		append_active_nodes(r, out);
}

void status_primitive_alone(const struct resource *r, const char *name, bool pending, GString *out)
{
	append_agent(r, name, out);
	append_state(r, NULL, pending, out);
	append_flags(r, NULL, pending, out);
	append_description(r, out);
}

static void item_primitive(struct outline *o, const struct resource *r, const char *name, const struct node *node,
			   bool pending)
{
	GString *words = g_string_new(NULL);
	if (o->placeless)
		status_primitive_alone(r, name, pending, words);
	else
		status_primitive_words(r, name, node, pending, words);
	outline_item(o, "%s", words->str);
	(void)g_string_free(words, TRUE);
}

static void report_primitive(struct outline *o, struct resource *r, bool pending)
{
	if (resource_meta_bool(r, "internal-rsc", false))
		return;
	const struct node *node = resource_active_node(r, NULL, NULL);
	if (node == NULL)
		node = r->pending_node;
	item_primitive(o, r, status_resource_name(r), node, pending);
}

static void report_group(struct outline *o, struct resource *r, bool pending)
{
	GString *flags = g_string_new(NULL);
	bool any = false;
	if (status_is_disabled(r))
		append_flag(flags, &any, "disabled", "");
	if (r->maintenance)
		append_flag(flags, &any, "maintenance", "");
	else if (!r->managed)
		append_flag(flags, &any, "unmanaged", "");
	outline_begin(o, "Resource Group: %s%s%s", r->id, flags->str, any ? ")" : "");
	for_each_child_of(member, r) status_report_resource(o, member, pending);
	outline_end(o);
	(void)g_string_free(flags, TRUE);
}

/* A replica is one line: its node and address, and the state of what runs inside, or of the container itself. */
static void report_replica(struct outline *o, const struct replica *replica, bool pending)
{
	const struct resource *shown = replica->child != NULL ? replica->child : replica->container;
	const struct resource *named = replica->connection != NULL ? replica->connection : replica->container;
	GString *name = g_string_new(status_resource_name(named));
	if (replica->address != NULL)
		g_string_append_printf(name, " (%s)", replica->address);
	if (!resource_meta_bool(shown, "internal-rsc", false))
		item_primitive(o, shown, name->str, resource_active_node(replica->container, NULL, NULL), pending);
	(void)g_string_free(name, TRUE);
}

static void report_bundle(struct outline *o, struct resource *r, bool pending)
{
	if (r->bundle.replica_count == 0)
		return;
	outline_begin(o, "Container bundle%s: %s [%s]%s%s", r->bundle.replica_count > 1 ? " set" : "", r->id,
		      r->bundle.image, r->unique ? " (unique)" : "", status_unmanaged_words(r));
	for (int i = 0; i < r->bundle.replica_count; i++)
		report_replica(o, &r->bundle.replicas[i], pending);
	outline_end(o);
}

void status_report_resource(struct outline *o, struct resource *r, bool pending)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		report_primitive(o, r, pending);
		break;
	case RESOURCE_GROUP:
		report_group(o, r, pending);
		break;
	case RESOURCE_CLONE:
		status_report_clone(o, r, pending);
		break;
	case RESOURCE_BUNDLE:
		report_bundle(o, r, pending);
		break;
	}
}

/* What is no longer configured and not active any more is nobody's concern. */
void status_report_resources(struct outline *o, struct cluster *c, bool pending)
{
	size_t heading = o->out->len;
	outline_begin(o, "Full List of Resources");
	size_t start = o->out->len;
	for (uint32_t i = 0; i < c->resources.count; i++) {
		struct resource *r = c->resources.items[i];
		if (!r->removed || resource_is_active(r, true))
			status_report_resource(o, r, pending);
	}
	if (o->out->len == start && heading < start)
		outline_item(o, "No resources");
	outline_end(o);
	outline_space(o);
}
