/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action.h"
#include "scheduler/cluster.h"

/* Both lists have one entry for each relation, so the shorter one is enough to look at. */
static bool is_related(const struct action *first, const struct action *then, uint32_t flags)
{
	bool by_first = first->after_count <= then->before_count;
	const struct relation *at = by_first ? first->after : then->before;
	const struct action *other = by_first ? then : first;
	for (; at != NULL; at = at->next)
		if (at->action == other && (at->made_with & flags) != 0)
			return true;
	return false;
}

static struct relation *entry(struct action *owner, struct action *other, uint32_t flags, struct relation *next)
{
	struct relation *r = arena_new(&owner->cluster->arena, struct relation);
	r->action = other;
	r->flags = flags;
	r->made_with = flags;
	r->next = next;
	return r;
}

bool relation_add(struct action *first, struct action *then, uint32_t flags)
{
	if (flags == 0 || first == NULL || then == NULL || first == then || is_related(first, then, flags))
		return false;
	first->after = entry(first, then, flags, first->after);
	first->after_count++;
	then->before = entry(then, first, flags, then->before);
	then->before_count++;
	then->after_whole |= first->rsc != NULL && first->rsc->kind != RESOURCE_PRIMITIVE;
	first->after->twin = then->before;
	then->before->twin = first->after;
	return true;
}
