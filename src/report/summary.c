/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/summary.h"

#include <string.h>

const char *change_text(enum change change)
{
	static const char *const texts[] = {"Leave",   "Start",  "Stop",    "Restart", "Recover",   "Move",
					    "Migrate", "Reload", "Promote", "Demote",  "Re-promote"};
	return texts[change];
}

/* The actions of a resource that tell what happens to it. */
struct found {
	struct resource *r;
	enum role role;
	const struct node *from, *to;
	bool moving;
	const struct action *start, *stop, *promote, *demote;
	void (*each)(void *user, const struct resource_change *change);
	void *user;
};

static bool is_runnable(const struct action *a)
{
	return a != NULL && action_is(a, ACTION_RUNNABLE);
}

static bool is_required(const struct action *a)
{
	return a != NULL && !action_is(a, ACTION_OPTIONAL);
}

static void tell(const struct found *f, enum change change, const struct node *from, const struct node *to,
		 const struct action *action, const struct action *source)
{
	if (action == NULL || (from == NULL && to == NULL))
		return;
	struct resource_change c = {change, f->r, f->role, from, to, action, source != NULL ? source : action};
	f->each(f->user, &c);
}

/* In a role that stays: is it moved, restarted, reloaded? */
static void tell_same_role(const struct found *f)
{
	const struct action *migrate = action_find_task(f->r, TASK_MIGRATE_FROM, (struct node *)(uintptr_t)f->to);
	if (f->to == NULL)
		return;
	if (is_runnable(migrate) && f->from != NULL) {
		tell(f, CHANGE_MIGRATE, f->from, f->to, f->start, NULL);
	} else if (f->r->reload) {
		tell(f, CHANGE_RELOAD, f->from, f->to, f->start, NULL);
	} else if (!is_required(f->start)) {
		if (is_required(f->demote) && is_required(f->promote))
			tell(f, CHANGE_REPROMOTE, f->from, f->to, f->promote, f->demote);
	} else if (!is_runnable(f->start)) {
		bool stop_knows = f->stop != NULL && f->stop->reason != NULL;
		tell(f, CHANGE_STOP, f->from, NULL, f->stop, stop_knows ? f->stop : f->start);
	} else if (f->moving) {
		tell(f, f->r->failed ? CHANGE_RECOVER : CHANGE_MOVE, f->from, f->to, f->stop, NULL);
	} else if (f->r->failed) {
		tell(f, CHANGE_RECOVER, f->from, NULL, f->stop, NULL);
	} else {
		tell(f, CHANGE_RESTART, f->from, f->to, f->start, NULL);
	}
}

static void tell_stops(const struct found *f)
{
	for (uint32_t i = 0; i < f->r->active.count; i++) {
		struct node *node = f->r->active.items[i];
		const struct action *stop = action_find_task(f->r, TASK_STOP, node);
		tell(f, CHANGE_STOP, node, NULL, stop, stop != NULL && stop->reason != NULL ? stop : f->start);
	}
}

static void tell_other_role(const struct found *f)
{
	const struct resource *r = f->r;
	bool cannot_start = f->start != NULL && !is_runnable(f->start);
	if (f->stop != NULL && (r->next_role == ROLE_STOPPED || cannot_start))
		tell_stops(f);
	else if (f->stop != NULL && r->failed && r->stop_if_failed)
		tell(f, CHANGE_RECOVER, f->from, f->to, f->stop, f->start);
	else if (f->moving)
		tell(f, CHANGE_MOVE, f->from, f->to, f->stop, NULL);
	else if (r->reload)
		tell(f, CHANGE_RELOAD, f->from, f->to, f->start, NULL);
	else if (is_required(f->stop))
		tell(f, CHANGE_RESTART, f->from, f->to, f->start, NULL);
	else if (f->role == ROLE_PROMOTED)
		tell(f, CHANGE_DEMOTE, f->from, f->to, f->demote, NULL);
	else if (r->next_role == ROLE_PROMOTED)
		tell(f, CHANGE_PROMOTE, f->from, f->to, f->promote, NULL);
	else if (f->role == ROLE_STOPPED && r->next_role > ROLE_STOPPED)
		tell(f, CHANGE_START, f->from, f->to, f->start, NULL);
}

void resource_changes(struct resource *r, void (*each)(void *user, const struct resource_change *change), void *user)
{
	struct node *to = r->assigned;
	struct node *from = r->active.count > 0 ? resource_active_node(r, NULL, NULL) : NULL;
	if (!r->managed || (from == NULL && (to == NULL || r->removed)))
		return;
	struct found f = {.r = r, .role = r->role, .from = from, .to = to, .each = each, .user = user};
	/* What is active has a role, even when a failure made it forget. */
	if (from != NULL && f.role == ROLE_STOPPED)
		f.role = ROLE_STARTED;
	f.moving = from != NULL && to != NULL && from != to;
	f.start = action_find_task(r, TASK_START, to);
	f.stop = action_find_task(r, TASK_STOP, is_runnable(f.start) ? from : NULL);
	if (f.stop == NULL && r->stop_unexpected)
		f.stop = action_find_task(r, TASK_STOP, NULL);
	f.promote = action_find_task(r, TASK_PROMOTE, to);
	f.demote = action_find_task(r, TASK_DEMOTE, to);
	if (f.role == r->next_role)
		tell_same_role(&f);
	else
		tell_other_role(&f);
}

/* --- text --- */

struct listing {
	struct outline *outline;       /* NULL: only the widths are wanted */
	int name_width, details_width; /* of the columns; they only grow */
};

static char *describe(const struct resource_change *c)
{
	const char *role = role_text(c->role), *next = role_text(c->rsc->next_role);
	const char *from = node_name(c->from), *to = node_name(c->to);
	bool roles = c->role > ROLE_STARTED || c->rsc->next_role > ROLE_UNPROMOTED;
	bool same_role = c->role == c->rsc->next_role, same_node = c->from == c->to;
	if (c->from == NULL)
		return roles ? g_strdup_printf("%s -> %s %s", role, next, to) : g_strdup(to);
	if (c->to == NULL)
		return roles ? g_strdup_printf("%s %s", role, from) : g_strdup(from);
	if (same_role && same_node)
		return roles ? g_strdup_printf("%s %s", role, from) : g_strdup(from);
	if (same_role)
		return roles ? g_strdup_printf("%s -> %s %s", from, to, role) : g_strdup_printf("%s -> %s", from, to);
	if (same_node)
		return g_strdup_printf("%s -> %s %s", role, next, from);
	return g_strdup_printf("%s %s -> %s %s", role, from, next, to);
}

static void print_change(void *user, const struct resource_change *c)
{
	struct listing *l = user;
	int length = (int)strlen(c->rsc->id);
	if (length > l->name_width)
		l->name_width = length + 2;
	char *details = describe(c);
	length = (int)strlen(details);
	if (length > l->details_width)
		l->details_width = length;
	if (l->outline == NULL) {
		g_free(details);
		return;
	}
	bool blocked = !action_is(c->action, ACTION_RUNNABLE);
	char *reason = NULL;
	if (c->source->reason != NULL)
		reason = g_strdup_printf("  due to %s%s", c->source->reason, blocked ? " (blocked)" : "");
	outline_item(l->outline, "%-8s   %-*s   ( %*s )%s", change_text(c->change), l->name_width, c->rsc->id,
		     l->details_width, details,
		     reason != NULL ? reason
		     : blocked      ? "  blocked"
				    : "");
	g_free(reason);
	g_free(details);
}

static void changes_below(struct resource *r, void (*each)(void *user, const struct resource_change *change),
			  void *user)
{
	if (r->children.count == 0 && r->kind == RESOURCE_PRIMITIVE)
		resource_changes(r, each, user);
	if (r->kind != RESOURCE_BUNDLE) {
		for_each_child_of(child, r) changes_below(child, each, user);
		return;
	}
	for (int i = 0; i < r->bundle.replica_count; i++) {
		const struct replica *replica = &r->bundle.replicas[i];
		struct resource *const parts[] = {replica->ip, replica->container, replica->connection, replica->child};
		for (size_t p = 0; p < G_N_ELEMENTS(parts); p++)
			if (parts[p] != NULL)
				changes_below(parts[p], each, user);
	}
}

void summary_changes(struct cluster *c, void (*each)(void *user, const struct resource_change *change), void *user)
{
	for (uint32_t i = 0; i < c->resources.count; i++)
		changes_below(c->resources.items[i], each, user);
}

/* Shutdowns have no reason that the cluster could give, and are not told. */
const struct action *summary_fencing(const struct cluster *c, const struct action *a)
{
	for (a = a == NULL ? c->actions : a->next; a != NULL; a = a->next)
		if (a->rsc == NULL && !action_is(a, ACTION_OPTIONAL) && a->task == TASK_FENCE && a->reason != NULL)
			return a;
	return NULL;
}

char *summary_fencing_target(const struct action *a)
{
	if (node_is_guest(a->node))
		return g_strdup_printf("%s (resource: %s)", node_name(a->node), a->node->remote->launcher->id);
	return g_strdup(node_name(a->node));
}

static void print_fencing(struct outline *o, const struct action *a)
{
	char *target = summary_fencing_target(a);
	outline_item(o, "Fence (%s) %s '%s'", table_get(a->meta, "stonith_action"), target, a->reason);
	g_free(target);
}

void summary_report(struct outline *o, struct cluster *c)
{
	struct listing l = {.name_width = 5, .details_width = 5};
	for (const struct action *a = NULL; (a = summary_fencing(c, a)) != NULL;)
		print_fencing(o, a);
	summary_changes(c, print_change, &l);
	l.outline = o;
	summary_changes(c, print_change, &l);
}
