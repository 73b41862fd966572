/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why resources are as they are: what keeps them from running, which constraints speak of them, what their operations'
 * digests are. */
#include "cli/resource-task-private.h"
#include "report/status.h"
#include "rules/score.h"
#include "scheduler/colocation.h"
#include "scheduler/constraints.h"
#include "scheduler/digests.h"
#include "scheduler/history.h"

#include <string.h>

/* --- checks --- */

struct checks {
	const char *id; /* of the whole that the resource is a part of */
	const char *locked_to, *health_strategy;
	bool remains_stopped, not_promoted, unmanaged, unhealthy;
};

static bool is_unhealthy(const struct node *n)
{
	int health = status_node_health(n);
	enum health strategy = n->cluster->options.health;
	return strategy == HEALTH_MIGRATE_ON_RED ? health < 0 : strategy == HEALTH_ONLY_GREEN && health <= 0;
}

/* On the node, or everywhere it may run. */
static bool lacks_health(const struct resource *r, const struct node *n)
{
	bool any = false;
	if (n != NULL)
		return is_unhealthy(n);
	for_each_node(other, r->cluster)
	{
		if (!r->allowed[other->index].present)
			continue;
		any = true;
		if (!is_unhealthy(other))
			return false;
	}
	return any;
}

static struct checks checks_of(const struct resource *r, const struct node *n)
{
	const struct resource *top = resource_top(r, false);
	const char *role = resource_meta(r, "target-role");
	const char *managed = resource_meta(r, "is-managed");
	enum role wanted = role != NULL ? role_parse(role) : ROLE_UNKNOWN;
	return (struct checks){
		.id = top->id,
		.locked_to = r->lock_node != NULL ? r->lock_node->name : NULL,
		.health_strategy = table_get(r->cluster->options.all, "node-health-strategy"),
		.remains_stopped = wanted == ROLE_STOPPED,
		.not_promoted = wanted == ROLE_UNPROMOTED && top->promotable,
		.unmanaged = managed != NULL && !resource_meta_bool(r, "is-managed", false),
		.unhealthy = lacks_health(r, n),
	};
}

static void mark_checks(struct markup *m, const struct checks *c)
{
	markup_begin(m, "check");
	markup_attribute(m, "id", c->id);
	if (c->remains_stopped)
		markup_flag(m, "remain_stopped", true);
	if (c->not_promoted)
		markup_flag(m, "promotable", false);
	if (c->unmanaged)
		markup_flag(m, "unmanaged", true);
	markup_attribute(m, "locked-to", c->locked_to);
	if (c->unhealthy)
		markup_flag(m, "unhealthy", true);
	markup_end(m);
}

void task_check(struct resource_task *t, struct resource *r, const struct node *n)
{
	const struct checks c = checks_of(r, n);
	if (t->result.is_xml) {
		mark_checks(&t->result.markup, &c);
		return;
	}
	if (c.remains_stopped)
		result_line(&t->result, "Configuration specifies '%s' should remain stopped", c.id);
	if (c.not_promoted)
		result_line(&t->result, "Configuration specifies '%s' should not be promoted", c.id);
	if (c.unmanaged)
		result_line(&t->result, "Configuration prevents cluster from stopping or starting unmanaged '%s'",
			    c.id);
	if (c.locked_to != NULL)
		result_line(&t->result, "'%s' is locked to node %s due to shutdown", c.id, c.locked_to);
	if (c.unhealthy)
		result_line(&t->result, "'%s' cannot run on unhealthy nodes due to node-health-strategy='%s'", c.id,
			    c.health_strategy != NULL ? c.health_strategy : "none");
}

/* --- why --- */

static void why_one(struct resource_task *t, struct resource *r, const char *host)
{
	struct markup *m = &t->result.markup;
	bool active = host != NULL || task_is_active_on(r, NULL);
	if (t->result.is_xml) {
		markup_begin(m, "resource");
		markup_attribute(m, "id", r->id);
		markup_flag(m, "running", active);
		markup_attribute(m, "host", host);
	} else if (host != NULL) {
		result_line(&t->result, "Resource %s is running on host %s", r->id, host);
	} else {
		result_line(&t->result, "Resource %s is %srunning", r->id, active ? "" : "not ");
	}
	task_check(t, r, t->node);
	if (t->result.is_xml)
		markup_end(m);
}

static void why_many(struct resource_task *t)
{
	const struct resource_list *list = t->node != NULL ? t->node->running : &t->cluster->resources;
	if (t->result.is_xml)
		markup_begin(&t->result.markup, "resources");
	for (uint32_t i = 0; list != NULL && i < list->count; i++)
		why_one(t, list->items[i], t->node != NULL ? t->node->name : NULL);
	if (t->result.is_xml)
		markup_end(&t->result.markup);
}

static void why_this(struct resource_task *t)
{
	bool active = task_is_active_on(t->rsc, t->node);
	if (t->result.is_xml && t->node != NULL)
		markup_attribute(&t->result.markup, "running_on", active ? t->node->name : NULL);
	else if (t->result.is_xml)
		markup_flag(&t->result.markup, "running", active);
	else
		result_line(&t->result, "Resource %s is %srunning%s%s", t->rsc->id, active ? "" : "not ",
			    t->node != NULL ? " on host " : "", t->node != NULL ? t->node->name : "");
	task_check(t, t->rsc, t->node);
}

enum exit_code task_why(struct resource_task *t)
{
	if (t->result.is_xml)
		markup_begin(&t->result.markup, "reason");
	if (t->rsc != NULL)
		why_this(t);
	else
		why_many(t);
	if (t->result.is_xml)
		markup_end(&t->result.markup);
	return EXIT_OK;
}

/* --- constraints --- */

static void show_locations(struct resource_task *t, struct outline *o, const struct resource *r)
{
	char score[16];
	bool any = false;
	for (uint32_t i = 0; i < r->location_count; i++) {
		/* Latest first. */
		const struct location *l = r->locations[r->location_count - 1 - i];
		for (uint32_t k = 0; k < l->node_count; k++) {
			const char *text = score_text(l->nodes[k].score, score);
			const char *node = node_name(l->nodes[k].node);
			if (t->result.is_xml) {
				markup_empty(&t->result.markup, "rsc_location", "node", node, "rsc", r->id, "id", l->id,
					     "score", text, NULL);
				continue;
			}
			if (!any)
				outline_begin(o, "Locations");
			any = true;
			outline_item(o, "Node %s (score=%s, id=%s, rsc=%s)", node, text, l->id, r->id);
		}
	}
	if (any)
		outline_end(o);
}

static const char *role_or_null(enum role role)
{
	return role != ROLE_UNKNOWN ? role_text(role) : NULL;
}

static void mark_colocation(struct markup *m, const struct colocation *l)
{
	char score[16];
	markup_empty(m, "rsc_colocation", "id", l->id, "rsc", l->dependent->id, "with-rsc", l->primary->id, "score",
		     score_text(l->score, score), "node-attribute", l->node_attribute, "rsc-role",
		     role_or_null(l->dependent_role), "with-rsc-role", role_or_null(l->primary_role), NULL);
}

static void show_colocation(struct resource_task *t, struct outline *o, const struct colocation *l,
			    const struct resource *other)
{
	char score[16];
	if (t->result.is_xml)
		mark_colocation(&t->result.markup, l);
	else if (other->detect_loop)
		outline_item(o, "%s (id=%s - loop)", other->id, l->id);
	else if (l->primary_role > ROLE_STARTED)
		outline_item(o, "%s (score=%s, %s role=%s, id=%s)", other->id, score_text(l->score, score),
			     other == l->dependent ? "needs" : "with", role_text(l->primary_role), l->id);
	else
		outline_item(o, "%s (score=%s, id=%s)", other->id, score_text(l->score, score), l->id);
}

static void show_colocations(struct resource_task *t, struct outline *o, struct resource *r, bool with_it)
{
	const struct colocation_list *list = with_it ? colocations_own_with_this(r) : colocations_own_this_with(r);
	if (r->detect_loop)
		return;
	r->detect_loop = true;
	if (list->count > 0 && with_it)
		outline_begin(o, "Resources colocated with %s", r->id);
	else if (list->count > 0)
		outline_begin(o, "Resources %s is colocated with", r->id);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct colocation *l = list->items[i];
		struct resource *other = with_it ? l->dependent : l->primary;
		show_colocation(t, o, l, other);
		if (other->detect_loop)
			continue;
		o->depth++;
		show_locations(t, o, other);
		if (t->recursive)
			show_colocations(t, o, other, with_it);
		o->depth--;
	}
	if (list->count > 0)
		outline_end(o);
}

static void forget_loops(struct cluster *c)
{
	for (uint32_t i = 0; i < c->resource_serial; i++)
		if (c->all[i] != NULL)
			c->all[i]->detect_loop = false;
}

enum exit_code task_constraints(struct resource_task *t)
{
	struct outline o = {.out = g_string_new(NULL)};
	constraints_unpack(t->cluster);
	struct resource *r = t->force ? t->rsc : resource_top(t->rsc, false);
	if (t->result.is_xml)
		markup_begin(&t->result.markup, "constraints");
	show_locations(t, &o, r);
	for (int with_it = 1; with_it >= 0; with_it--) {
		forget_loops(t->cluster);
		show_colocations(t, &o, r, with_it == 1);
	}
	if (t->result.is_xml)
		markup_end(&t->result.markup);
	else if (t->result.is_text)
		(void)fputs(o.out->str, t->io->out);
	(void)g_string_free(o.out, TRUE);
	return EXIT_OK;
}

/* --- digests --- */

/* What tells most about the parameters that the resource runs with. */
struct candidate {
	const struct element *entry;
	bool effective, recurring, failure, has_restart;
};

static struct candidate candidate_of(const struct element *e)
{
	static const char *const effective[] = {"monitor", "start", "promote", "migrate_from"};
	const char *task = element_get_or(e, NAME_OPERATION, "");
	struct candidate c = {
		.entry = e,
		.recurring = strcmp(element_get_or(e, NAME_INTERVAL, "0"), "0") != 0,
		.failure = g_str_has_suffix(element_get_or(e, NAME_ID, ""), "_last_failure_0"),
		.has_restart = element_get(e, NAME_OP_RESTART_DIGEST) != NULL,
	};
	for (size_t i = 0; i < G_N_ELEMENTS(effective); i++)
		c.effective = c.effective || (!c.recurring && strcmp(task, effective[i]) == 0);
	return c;
}

/* Of what is left, the list has the newest last. */
static bool is_better(const struct candidate *c, const struct candidate *best)
{
	if (best->effective ? !c->effective : best->recurring && !c->effective && !c->recurring)
		return false;
	return (best->failure || !c->failure) && (!best->has_restart || c->has_restart);
}

static const struct element *telling_entry(struct resource_task *t)
{
	const char *id = t->rsc->history_id != NULL ? t->rsc->history_id : t->rsc->id;
	struct candidate best = {0};
	for_each_named(state, document_section(t->cluster->document, NAME_STATUS), NAME_NODE_STATE)
	{
		const struct element *lrm = element_first_named(state, NAME_LRM);
		if (strcmp(element_get_or(state, NAME_UNAME, ""), t->node->name) != 0)
			continue;
		GPtrArray *list = history_operations(
			element_child_by_id(element_first_named(lrm, NAME_LRM_RESOURCES), NAME_LRM_RESOURCE, id),
			false);
		for (guint i = 0; i < list->len; i++) {
			const struct candidate c = candidate_of(g_ptr_array_index(list, i));
			if (best.entry == NULL || is_better(&c, &best))
				best = c;
		}
		g_ptr_array_unref(list);
	}
	return best.entry;
}

static void show_digest(struct resource_task *t, const char *type, const char *words, const char *digest,
			const struct table *parameters)
{
	struct markup *m = &t->result.markup;
	if (digest == NULL)
		return;
	if (!t->result.is_xml) {
		result_line(&t->result, "%s (%s parameters)", digest, words);
		return;
	}
	markup_begin(m, "digest");
	markup_attribute(m, "type", type);
	markup_attribute(m, "hash", digest);
	markup_begin(m, "parameters");
	for (uint32_t i = 0; parameters != NULL && i < parameters->count; i++)
		markup_attribute(m, parameters->entries[i].name, parameters->entries[i].value);
	markup_end(m);
	markup_end(m);
}

enum exit_code task_digests(struct resource_task *t)
{
	struct markup *m = &t->result.markup;
	if (t->rsc->kind != RESOURCE_PRIMITIVE)
		return EXIT_UNIMPLEMENTED;
	const struct element *entry = telling_entry(t);
	const char *task = entry != NULL ? element_get_or(entry, NAME_OPERATION, "start") : "start";
	const char *interval = table_get(t->overrides, "CRM_meta_interval");
	int64_t interval_ms = 0;
	if (interval == NULL && entry != NULL)
		interval = element_get(entry, NAME_INTERVAL);
	(void)g_ascii_string_to_signed(interval != NULL ? interval : "0", 10, 0, UINT32_MAX, &interval_ms, NULL);
	struct operation_digests d = digests_make(t->rsc, task, interval_ms, t->node, entry, t->overrides, true);
	if (t->result.is_xml) {
		char *period = g_strdup_printf("%" G_GINT64_FORMAT "ms", interval_ms);
		markup_begin(m, "digests");
		markup_attribute(m, "resource", t->rsc->id);
		markup_attribute(m, "node", t->node->name);
		markup_attribute(m, "task", task);
		markup_attribute(m, "interval", period);
		g_free(period);
	}
	show_digest(t, "all", "all", d.all, d.all_parameters);
	show_digest(t, "nonprivate", "non-private", d.secure, d.secure_parameters);
	show_digest(t, "nonreloadable", "non-reloadable", d.restart, d.restart_parameters);
	if (t->result.is_xml)
		markup_end(m);
	return EXIT_OK;
}
