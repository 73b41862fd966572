/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/colocation.h"
#include "scheduler/order-private.h"

#include "rules/score.h"

/* The collective resource counts, not the instance: its dependents are blocked when no instance at all gets there. */
static struct resource *whole_of(const struct resource *r)
{
	struct resource *top = resource_top(r, false);
	return top->parent != NULL ? top->parent : top;
}

static bool any_part_gets_there(const struct resource *r, enum task task)
{
	for_each_child_of(child, r)
	{
		const struct action *a = action_with_task(child, task, NULL);
		if (a == NULL || action_is(a, ACTION_RUNNABLE))
			return true;
	}
	return false;
}

/* The dependent and all below it: what the whole cannot do its parts cannot either. */
static void add_blocked(struct cluster *c, struct blocked_list *l, struct resource *r, enum task task)
{
	l->items = arena_room(&c->arena, l->items, sizeof(*l->items), l->count, &l->room, 8);
	l->items[l->count++] = (struct blocked){r, task};
	for_each_child_of(child, r) add_blocked(c, l, child, task);
}

struct blocked_list *dependents_blocked_by(struct cluster *c, const struct action *a)
{
	if (action_is(a, ACTION_RUNNABLE) || a->rsc == NULL || (a->task != TASK_START && a->task != TASK_PROMOTE))
		return NULL;
	struct resource *whole = whole_of(a->rsc);
	if (any_part_gets_there(whole, a->task))
		return NULL;
	struct colocation_list with = colocations_with_this(whole);
	struct blocked_list *l = NULL;
	for (uint32_t i = 0; i < with.count; i++) {
		const struct colocation *w = with.items[i];
		/* A role that the primary does not get matters only where that role is asked for. */
		if (w->score < SCORE_INFINITY || (a->task == TASK_PROMOTE && w->primary_role != ROLE_PROMOTED))
			continue;
		if (l == NULL) {
			l = arena_new(&c->arena, struct blocked_list);
			l->reason = texts_join(&c->arena, (const char *[]){"colocation with ", a->rsc->id}, 2);
		}
		add_blocked(c, l, w->dependent, w->dependent_role == ROLE_PROMOTED ? TASK_PROMOTE : TASK_START);
	}
	return l;
}
