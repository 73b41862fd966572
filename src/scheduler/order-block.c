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

static void mark_blocked(struct order_run *run, struct resource *r, enum task task, const char *reason)
{
	struct arena *arena = &run->c->arena;
	for (struct action *a = r->actions; a != NULL; a = a->next_of_resource) {
		if (a->task != task || !action_is(a, ACTION_RUNNABLE))
			continue;
		action_clear(a, ACTION_RUNNABLE);
		action_set_reason(a, reason, false);
		action_list_add(arena, &run->blocked, a);
		action_list_add(arena, &run->pending, a);
	}
	for_each_child_of(child, r) mark_blocked(run, child, task, reason);
}

static void block_dependents_of(struct order_run *run, const struct action *a)
{
	if (action_is(a, ACTION_RUNNABLE) || a->rsc == NULL || (a->task != TASK_START && a->task != TASK_PROMOTE))
		return;
	struct resource *whole = whole_of(a->rsc);
	if (any_part_gets_there(whole, a->task))
		return;
	struct colocation_list l = colocations_with_this(whole);
	const char *reason = NULL;
	for (uint32_t i = 0; i < l.count; i++) {
		const struct colocation *with = l.items[i];
		/* A role that the primary does not get matters only where that role is asked for. */
		if (with->score < SCORE_INFINITY || (a->task == TASK_PROMOTE && with->primary_role != ROLE_PROMOTED))
			continue;
		if (reason == NULL)
			reason = texts_join(&run->c->arena, (const char *[]){"colocation with ", a->rsc->id}, 2);
		mark_blocked(run, with->dependent, with->dependent_role == ROLE_PROMOTED ? TASK_PROMOTE : TASK_START,
			     reason);
	}
}

void dependents_block(struct order_run *run, struct action *a)
{
	block_dependents_of(run, a);
	while (run->blocked.count > 0)
		block_dependents_of(run, run->blocked.items[--run->blocked.count]);
}
