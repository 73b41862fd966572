/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions-private.h"

enum { ROLE_COUNT = ROLE_PROMOTED + 1 };

/* From each role (row) towards each role (column): the role that comes next. What is unpromoted and shall be merely
 * started must stop in between: the resource is no longer promotable then. */
static const enum role next_roles[ROLE_COUNT][ROLE_COUNT] = {
	[ROLE_UNKNOWN] = {ROLE_UNKNOWN, ROLE_STOPPED, ROLE_STOPPED, ROLE_STOPPED, ROLE_STOPPED},
	[ROLE_STOPPED] = {ROLE_STOPPED, ROLE_STOPPED, ROLE_STARTED, ROLE_UNPROMOTED, ROLE_UNPROMOTED},
	[ROLE_STARTED] = {ROLE_STOPPED, ROLE_STOPPED, ROLE_STARTED, ROLE_UNPROMOTED, ROLE_PROMOTED},
	[ROLE_UNPROMOTED] = {ROLE_STOPPED, ROLE_STOPPED, ROLE_STOPPED, ROLE_UNPROMOTED, ROLE_PROMOTED},
	[ROLE_PROMOTED] = {ROLE_STOPPED, ROLE_UNPROMOTED, ROLE_UNPROMOTED, ROLE_UNPROMOTED, ROLE_PROMOTED},
};

/* A resource that is active on several nodes and shall only be stopped where it is not expected stays here. */
static bool is_expected_node(const struct resource *r, const struct node *node)
{
	return r->stop_unexpected && r->restarting && r->next_role > ROLE_STOPPED && r->assigned != NULL &&
	       r->assigned == node;
}

static void stop_on(struct resource *r, struct node *node, bool optional)
{
	struct action *stop = action_stop(r, node, optional);
	if (r->assigned == NULL)
		action_set_reason(stop, "node availability", true);
	else if (r->restarting && r->stop_unexpected)
		action_set_reason(stop, "being multiply active", true);
	if (!r->managed)
		action_clear(stop, ACTION_RUNNABLE);
	if (r->needs_unfencing) {
		struct action *unfence = action_fence(node, "on", true, NULL, false);
		(void)relation_add(stop, unfence, RELATION_THEN_IMPLIES_FIRST);
		if (!node_is_unfenced(node))
			r->cluster->processing_error = true;
	}
}

static void stop_everywhere(struct resource *r, bool optional)
{
	for (uint32_t i = 0; i < r->active.count; i++) {
		struct node *node = r->active.items[i];
		if (is_expected_node(r, node))
			continue;
		if (r->migration_target != NULL) {
			/* A migration goes on where it was going. */
			if (node == r->migration_target && node == r->assigned)
				continue;
			optional = false;
		}
		stop_on(r, node, optional);
	}
}

static void demote_everywhere(struct resource *r, bool optional)
{
	for (uint32_t i = 0; i < r->active.count; i++)
		if (!is_expected_node(r, r->active.items[i]))
			(void)action_demote(r, r->active.items[i], optional);
}

static void start_on(struct resource *r, struct node *node, bool optional)
{
	struct action *start = action_start(r, node, true);
	unfencing_order(r, node, start, RELATION_FIRST_IMPLIES_THEN);
	if (action_is(start, ACTION_RUNNABLE) && !optional)
		action_clear(start, ACTION_OPTIONAL);
	if (is_expected_node(r, node))
		action_set(start, ACTION_PSEUDO);
}

static void promote_on(struct resource *r, struct node *node, bool optional)
{
	bool runnable = true;
	for (struct action *a = action_chain_task(r, TASK_START); a != NULL; a = a->next_same_key)
		if (a->node == node && !action_is(a, ACTION_RUNNABLE))
			runnable = false;
	if (runnable) {
		struct action *promote = action_promote(r, node, optional);
		if (is_expected_node(r, node))
			action_set(promote, ACTION_PSEUDO);
		return;
	}
	for (struct action *a = action_chain_task(r, TASK_PROMOTE); a != NULL; a = a->next_same_key)
		if (a->node == node)
			action_clear(a, ACTION_RUNNABLE);
}

/* Does what leads from one role to its neighbour; false when that is nothing at all. */
static bool change_role(struct resource *r, enum role from, enum role to, bool optional)
{
	if (from == to || (from == ROLE_STARTED && to == ROLE_UNPROMOTED))
		return false;
	if (from == ROLE_PROMOTED)
		demote_everywhere(r, optional);
	else if (to == ROLE_PROMOTED && r->assigned != NULL)
		promote_on(r, r->assigned, optional);
	else if (from == ROLE_STOPPED && r->assigned != NULL)
		start_on(r, r->assigned, optional);
	else if (from != ROLE_STOPPED && to != ROLE_PROMOTED)
		stop_everywhere(r, optional);
	else
		return false;
	return true;
}

/* What it takes to bring the resource down and up to its present role again; optional unless it is known already that
 * it must be: other actions may make it necessary. */
static void create_restart(struct resource *r, bool need_stop, bool need_promote)
{
	enum role role = r->role;
	r->restarting = true;
	while (role != ROLE_STOPPED) {
		enum role next = next_roles[role][ROLE_STOPPED];
		if (!change_role(r, role, next, !need_stop))
			break;
		role = next;
	}
	while (r->role <= r->next_role && role != r->role && !r->blocked) {
		enum role next = next_roles[role][r->role];
		bool required = need_stop || (next == ROLE_PROMOTED && need_promote);
		if (!change_role(r, role, next, !required))
			break;
		role = next;
	}
	r->restarting = false;
}

static void create_transition(struct resource *r)
{
	for (enum role role = r->role; role != r->next_role;) {
		enum role next = next_roles[role][r->next_role];
		if (!change_role(r, role, next, false))
			break;
		role = next;
	}
}

struct plan {
	struct node *current;
	unsigned all_active, clean_active;
	bool is_moving, may_migrate, need_stop, need_promote;
};

/* A migration that is half done can go on when nothing changed since; else the resource stops everywhere. Returns
 * whether it is active on too many nodes. */
static bool check_migration(struct resource *r, struct plan *p)
{
	struct node *source = r->migration_source, *target = r->migration_target;
	if (source != NULL && target != NULL && p->may_migrate && p->all_active == 2 && p->current == source &&
	    r->assigned == target)
		return false;
	if (source != NULL || target != NULL) {
		p->need_stop = true;
		r->migration_source = NULL;
		r->migration_target = NULL;
		p->may_migrate = false;
		return false;
	}
	/* What does not wait for fencing is not active on nodes that are to be fenced. */
	return (r->needs_fencing ? p->all_active : p->clean_active) > 1;
}

static void check_multiply_active(struct resource *r, struct plan *p)
{
	if (!check_migration(r, p)) {
		r->stop_unexpected = false;
		return;
	}
	cluster_complain(r->cluster, r->xml, true, "%s may be active on %u nodes", r->id, p->all_active);
	switch (r->multiple) {
	case MULTIPLE_STOP_START:
		p->need_stop = true;
		break;
	case MULTIPLE_STOP_UNEXPECTED:
		p->need_stop = true;
		r->stop_unexpected = true;
		break;
	case MULTIPLE_STOP_ONLY:
	case MULTIPLE_BLOCK:
		break;
	}
}

/* What stays where it is may have to restart in place. */
static void check_recovery(struct resource *r, struct plan *p)
{
	if (r->failed) {
		if (r->stop_if_failed)
			p->need_stop = true;
		else if (r->next_role == ROLE_PROMOTED)
			p->need_promote = true;
	} else if (r->blocked) {
		p->need_stop = true;
	} else if (r->role > ROLE_STARTED && p->current != NULL && r->assigned != NULL) {
		if (!action_is(action_start(r, r->assigned, true), ACTION_OPTIONAL))
			p->need_stop = true;
	}
}

void primitive_create_actions(struct resource *r)
{
	struct plan p = {0};
	if (r->next_role == ROLE_UNKNOWN)
		r->next_role = r->assigned == NULL ? ROLE_STOPPED : ROLE_STARTED;
	p.current = resource_active_node(r, &p.all_active, &p.clean_active);

	for (uint32_t i = 0; i < r->dangling_sources.count; i++)
		action_set(action_stop(r, r->dangling_sources.items[i], false), ACTION_MIGRATION_ABORT);
	if (p.current != NULL && r->assigned != NULL && p.current != r->assigned && r->next_role >= ROLE_STARTED) {
		p.is_moving = true;
		p.may_migrate = migration_is_possible(r, p.current);
		p.need_stop = true;
	}
	check_multiply_active(r, &p);
	if (r->start_pending)
		action_set(action_start(r, r->assigned, true), ACTION_ALWAYS_IN_GRAPH);
	if (!p.is_moving)
		check_recovery(r, &p);
	create_restart(r, p.need_stop, p.need_promote);
	create_transition(r);
	recurring_create(r);
	if (p.may_migrate)
		migration_create(r, p.current);
}

void cleanup_schedule(struct resource *r, struct node *node, bool optional)
{
	if (r->failed || node->unclean || !node->online)
		return;
	uint32_t relation = optional ? RELATION_FIRST_IMPLIES_THEN : RELATION_ORDERED;
	(void)action_request(r->cluster, r, NULL, "delete", 0, node, optional);
	ordering_add_tasks(r, "stop", r, "delete", relation);
	ordering_add_tasks(r, "delete", r, "start", relation);
}
