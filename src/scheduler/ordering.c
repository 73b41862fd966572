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
	} else if ((side->known = task_parse(text)) == TASK_OTHER && is_key(text)) {
		side->key = text;
		(void)action_key_parse(c, text, NULL, &side->task, &side->interval_ms);
		if (side->task != NULL && side->interval_ms == 0)
			side->known = task_parse(side->task);
	} else {
		side->task = text;
	}
}

static bool is(const struct ordering_side *side, const char *task)
{
	return side->task != NULL && strcmp(side->task, task) == 0;
}

/* What is ordered before a start or stop is ordered before the migration that stands for it. */
static const struct {
	const char *first, *then;
	bool unless_moved;    /* …but not when the first of them moves live itself */
	bool second_half;     /* …and before the second half of one that is half done */
	bool after_migration; /* …and so is the migration of the first */
} equivalents[] = {
	{"start", "start", true, false, true},
	{"stop", "stop", true, true, false},
	{"promote", "start", false, false, false},
	{"demote", "stop", false, true, false},
};

static bool has_equivalents(const struct ordering *o)
{
	const struct resource *first = o->first.rsc, *then = o->then.rsc;
	return first != NULL && then != NULL && first != then && then->migratable && !resource_is_below(first, then) &&
	       !resource_is_below(then, first);
}

static void add_migration_equivalents(const struct ordering *o)
{
	if (!has_equivalents(o))
		return;
	struct resource *first = o->first.rsc, *then = o->then.rsc;
	for (unsigned i = 0; i < sizeof(equivalents) / sizeof(equivalents[0]); i++) {
		const char *task = equivalents[i].first;
		uint32_t flags = RELATION_ORDERED;
		if (!is(&o->first, task) || !is(&o->then, equivalents[i].then))
			continue;
		if (first->migratable && equivalents[i].after_migration)
			ordering_add_tasks(first, "migrate_from", then, "migrate_to", RELATION_ORDERED);
		if (first->migratable && equivalents[i].unless_moved)
			flags |= RELATION_IF_FIRST_UNMIGRATABLE;
		ordering_add_tasks(first, task, then, "migrate_to", flags);
		if (equivalents[i].second_half && then->migration_target != NULL)
			ordering_add_tasks(first, task, then, "migrate_from", flags);
	}
}

void ordering_add(struct cluster *c, struct resource *first_rsc, const char *first_task, struct action *first,
		  struct resource *then_rsc, const char *then_task, struct action *then, uint32_t flags)
{
	assert(first != NULL || (first_rsc != NULL && first_task != NULL));
	assert(then != NULL || (then_rsc != NULL && then_task != NULL));
	struct ordering *o = arena_new(&c->arena, struct ordering);
	o->flags = flags;
	o->id = c->ordering_id;
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
