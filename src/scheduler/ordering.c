/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/cluster.h"
#include "scheduler/constraint.h"

#include <assert.h>
#include <string.h>

static bool is_key(const char *text)
{
	const char *last = strrchr(text, '_');
	return last != NULL && last[1] != '\0' && strspn(last + 1, "0123456789") == strlen(last + 1);
}

static void side_fill(struct cluster *c, struct ordering_side *side, struct resource *rsc, const char *text,
		      struct action *action)
{
	side->rsc = rsc == NULL && action != NULL ? action->rsc : rsc;
	side->action = action;
	if (action != NULL) {
		side->key = text == NULL ? action->key : text;
		side->task = action->task_name;
		side->interval_ms = action->interval_ms;
	} else if (is_key(text)) {
		side->key = text;
		(void)action_key_parse(c, text, NULL, &side->task, &side->interval_ms);
	} else {
		side->task = text;
	}
}

static bool is(const struct ordering_side *side, const char *task)
{
	return side->task != NULL && strcmp(side->task, task) == 0;
}

/* What holds for starting, stopping, promoting and demoting holds during a migration as well. */
static void add_migration_equivalents(const struct ordering *o)
{
	struct resource *first = o->first.rsc, *then = o->then.rsc;
	if (first == NULL || then == NULL || first == then || (!first->migratable && !then->migratable) ||
	    resource_is_below(first, then) || resource_is_below(then, first))
		return;
	if (!then->migratable)
		return; /* only what becomes of `then` is ordered anew */

	uint32_t unless_moved = RELATION_ORDERED | (first->migratable ? RELATION_IF_FIRST_UNMIGRATABLE : 0);
	if (is(&o->first, "start") && is(&o->then, "start")) {
		if (first->migratable)
			ordering_add_tasks(first, "migrate_from", then, "migrate_to", RELATION_ORDERED);
		ordering_add_tasks(first, "start", then, "migrate_to", unless_moved);
	} else if (is(&o->first, "stop") && is(&o->then, "stop")) {
		ordering_add_tasks(first, "stop", then, "migrate_to", unless_moved);
		if (then->migration_target != NULL)
			ordering_add_tasks(first, "stop", then, "migrate_from", unless_moved);
	} else if (is(&o->first, "promote") && is(&o->then, "start")) {
		ordering_add_tasks(first, "promote", then, "migrate_to", RELATION_ORDERED);
	} else if (is(&o->first, "demote") && is(&o->then, "stop")) {
		ordering_add_tasks(first, "demote", then, "migrate_to", RELATION_ORDERED);
		if (then->migration_target != NULL)
			ordering_add_tasks(first, "demote", then, "migrate_from", RELATION_ORDERED);
	}
}

void ordering_add(struct cluster *c, struct resource *first_rsc, const char *first_task, struct action *first,
		  struct resource *then_rsc, const char *then_task, struct action *then, uint32_t flags)
{
	assert(first != NULL || (first_rsc != NULL && first_task != NULL));
	assert(then != NULL || (then_rsc != NULL && then_task != NULL));
	struct ordering *o = arena_new(&c->arena, struct ordering);
	o->flags = flags;
	side_fill(c, &o->first, first_rsc, first_task, first);
	side_fill(c, &o->then, then_rsc, then_task, then);
	if (c->last_ordering == NULL)
		c->first_ordering = o;
	else
		c->last_ordering->next = o;
	c->last_ordering = o;
	add_migration_equivalents(o);
}

void ordering_add_tasks(struct resource *first, const char *first_task, struct resource *then, const char *then_task,
			uint32_t flags)
{
	ordering_add(first->cluster, first, first_task, NULL, then, then_task, NULL, flags);
}
