/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action.h"
#include "scheduler/cluster.h"

/* What an action with many relations is before, by action: made when looking through the list becomes dear. */
struct relation_index {
	struct {
		const struct action *then;
		uint32_t made_with; /* of all relations to it */
	} * slots;
	uint32_t slot_count, used;
};

enum { LISTED_MAX = 24 };

static uint32_t slot_of(const struct relation_index *x, const struct action *then)
{
	uint32_t at = ((uint32_t)then->id * 2654435761u) & (x->slot_count - 1);
	while (x->slots[at].then != NULL && x->slots[at].then != then)
		at = (at + 1) & (x->slot_count - 1);
	return at;
}

static void index_add(struct relation_index *x, const struct action *then, uint32_t flags)
{
	uint32_t at = slot_of(x, then);
	if (x->slots[at].then == NULL)
		x->used++;
	x->slots[at].then = then;
	x->slots[at].made_with |= flags;
}

static void index_make(struct action *first)
{
	struct arena *a = &first->cluster->arena;
	struct relation_index *x = arena_new(a, struct relation_index);
	x->slot_count = 4 * LISTED_MAX;
	while (x->slot_count < 4 * first->after_count || (x->slot_count & (x->slot_count - 1)) != 0)
		x->slot_count = (x->slot_count | (x->slot_count - 1)) + 1;
	x->slots = arena_take_array(a, x->slot_count, sizeof(*x->slots));
	for (const struct relation *r = first->after; r != NULL; r = r->next)
		index_add(x, r->action, r->made_with);
	first->after_index = x;
}

/* The list has the relation already. */
static void index_note(struct action *first, const struct action *then, uint32_t flags)
{
	if (first->after_index->used > first->after_index->slot_count / 2)
		index_make(first);
	else
		index_add(first->after_index, then, flags);
}

/* Both lists have one entry for each relation, so the shorter one is enough to look at. */
static bool is_listed(const struct action *first, const struct action *then, uint32_t flags)
{
	bool by_first = first->after_count <= then->before_count;
	const struct relation *at = by_first ? first->after : then->before;
	const struct action *other = by_first ? then : first;
	for (; at != NULL; at = at->next)
		if (at->action == other && (at->made_with & flags) != 0)
			return true;
	return false;
}

static bool is_related(struct action *first, const struct action *then, uint32_t flags)
{
	if (first->after_count <= LISTED_MAX || then->before_count <= LISTED_MAX)
		return is_listed(first, then, flags);
	const struct relation_index *x = first->after_index;
	if (x == NULL) {
		index_make(first);
		x = first->after_index;
	}
	return (x->slots[slot_of(x, then)].made_with & flags) != 0;
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
	if (first->after_index != NULL)
		index_note(first, then, flags);
	then->before = entry(then, first, flags, then->before);
	then->before_count++;
	then->after_whole |= first->rsc != NULL && first->rsc->kind != RESOURCE_PRIMITIVE;
	first->after->twin = then->before;
	then->before->twin = first->after;
	return true;
}
