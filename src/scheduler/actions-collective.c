/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions-private.h"
#include "scheduler/notify.h"
#include "scheduler/promotion.h"

#include "rules/score.h"

/* --- groups --- */

static void group_create_actions(struct resource *r)
{
	static const char *const tasks[] = {"start",  "running", "stop",    "stopped",
					    "demote", "demoted", "promote", "promoted"};
	for_each_child_of(m, r) resource_create_actions(m);
	unsigned count = resource_meta_bool(r, "promotable", false) ? 8 : 4;
	for (unsigned i = 0; i < count; i++)
		(void)action_pseudo_of(r, tasks[i], true, true);
}

/* --- instances of clones, containers of bundles --- */

struct instances_state {
	bool starting, stopping, restarting, active;
};

static void look_at_instance(const struct resource *r, struct instances_state *s)
{
	if (r->kind != RESOURCE_PRIMITIVE) {
		for_each_child_of(m, r) look_at_instance(m, s);
		return;
	}
	bool starting = false, stopping = false;
	for (const struct action *a = r->actions; a != NULL; a = a->next_of_resource) {
		if (action_is(a, ACTION_OPTIONAL))
			continue;
		if (a->task == TASK_START && action_is(a, ACTION_RUNNABLE))
			starting = true;
		/* A stop that fencing implies is a pseudo-action. */
		else if (a->task == TASK_STOP && (a->flags & (ACTION_PSEUDO | ACTION_RUNNABLE)) != 0)
			stopping = true;
	}
	s->active |= r->active.count > 0;
	s->starting |= starting;
	s->stopping |= stopping;
	s->restarting |= starting && stopping;
}

/* start, running, stop and stopped of the whole. */
static void create_whole(struct resource *r, const struct instances_state *s)
{
	struct action *start = action_pseudo_of(r, "start", !s->starting, true);
	struct action *running = action_pseudo_of(r, "running", !s->starting, false);
	running->priority = SCORE_INFINITY;
	if (s->active || s->starting)
		action_set(running, ACTION_RUNNABLE);
	struct action *stop = action_pseudo_of(r, "stop", !s->stopping, true);
	struct action *stopped = action_pseudo_of(r, "stopped", !s->stopping, true);
	stopped->priority = SCORE_INFINITY;
	if (!s->restarting)
		action_set(stop, ACTION_MIGRATABLE);
	if (r->kind == RESOURCE_CLONE)
		notices_create_start_stop(r, start, running, stop, stopped);
}

static void look_at_roles(const struct resource *r, bool *promoting, bool *demoting)
{
	for_each_child_of(m, r) look_at_roles(m, promoting, demoting);
	if (r->children.count > 0)
		return;
	for (const struct action *a = r->actions; a != NULL; a = a->next_of_resource) {
		if (action_is(a, ACTION_OPTIONAL))
			continue;
		*promoting |= a->task == TASK_PROMOTE;
		*demoting |= a->task == TASK_DEMOTE;
	}
}

static struct action *create_completion(struct resource *r, const char *task, bool optional)
{
	struct action *a = action_pseudo_of(r, task, optional, true);
	a->priority = SCORE_INFINITY;
	return a;
}

static void create_promotable(struct resource *r)
{
	bool promoting = false, demoting = false;
	for_each_child_of(i, r)
	{
		resource_create_actions(i);
		look_at_roles(i, &promoting, &demoting);
	}
	struct action *promote = action_pseudo_of(r, "promote", !promoting, true);
	struct action *promoted = create_completion(r, "promoted", !promoting);
	notices_create_promote(r, promote, promoted);
	struct action *demote = action_pseudo_of(r, "demote", !demoting, true);
	struct action *demoted = create_completion(r, "demoted", !demoting);
	notices_create_demote(r, demote, demoted);
	promotion_priorities_reset(r);
}

static void clone_create_actions(struct resource *r)
{
	struct instances_state s = {0};
	for_each_child_of(i, r)
	{
		resource_create_actions(i);
		look_at_instance(i, &s);
	}
	create_whole(r, &s);
	if (r->promotable)
		create_promotable(r);
}

static void bundle_create_actions(struct resource *r)
{
	struct instances_state s = {0};
	for (int i = 0; i < r->bundle.replica_count; i++) {
		struct replica *p = &r->bundle.replicas[i];
		if (p->ip != NULL)
			resource_create_actions(p->ip);
		if (p->container != NULL)
			resource_create_actions(p->container);
		if (p->connection != NULL)
			resource_create_actions(p->connection);
	}
	for (int i = 0; i < r->bundle.replica_count; i++) {
		resource_create_actions(r->bundle.replicas[i].container);
		look_at_instance(r->bundle.replicas[i].container, &s);
	}
	create_whole(r, &s);
	struct resource *child = r->bundle.child;
	if (child == NULL)
		return;
	resource_create_actions(child);
	if (child->promotable) {
		(void)action_pseudo_of(r, "promote", true, true);
		(void)create_completion(r, "promoted", true);
		(void)action_pseudo_of(r, "demote", true, true);
		(void)create_completion(r, "demoted", true);
	}
}

void resource_create_actions(struct resource *r)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		primitive_create_actions(r);
		break;
	case RESOURCE_GROUP:
		group_create_actions(r);
		break;
	case RESOURCE_CLONE:
		clone_create_actions(r);
		break;
	case RESOURCE_BUNDLE:
		bundle_create_actions(r);
		break;
	}
}
