/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/assign-state.h"
#include "scheduler/colocation-scores.h"
#include "scheduler/colocation-values.h"
#include "scheduler/ledger.h"
#include "scheduler/node-order.h"
#include "scheduler/spread-private.h"

#include <string.h>

/* A score on its way to where no sum can bring it back from: it ends as 1. */
#define SCORE_SPOILED (SCORE_INFINITY * -100)

/* One resource of a chain that is being asked, and what came of it so far. */
struct spread_level {
	struct resource *source; /* a group's member in the group's place */
	struct resource *group;  /* …of this group, or NULL */
	struct seat *work;
	struct colocation_list list;
	uint32_t at; /* next of the list */
	float factor;
};

struct spread {
	struct cluster *c;
	struct resource *target;
	struct seat *seats; /* the result */
	unsigned flags;
	uint32_t depth;
};

/* --- one source --- */

/* The member's table with the scores that only the first member of its group got. */
static const struct seat *seats_with_group_locations(struct resource *r)
{
	const struct resource *group = r->parent;
	struct seat *seats = colocation_scratch(r->cluster);
	memcpy(seats, r->allowed, r->cluster->node_count * sizeof(*seats));
	for (uint32_t i = group->location_count; i > 0; i--) {
		const struct location *l = group->locations[i - 1];
		if (l->role > ROLE_UNKNOWN && l->role != r->next_role)
			continue;
		for (uint32_t k = 0; k < l->node_count; k++) {
			const struct node *n = l->nodes[k].node;
			if (seats[n->index].present)
				seats[n->index].score = score_add(seats[n->index].score, l->nodes[k].score);
			else
				seats_add(seats, n, l->nodes[k].score);
		}
	}
	return seats;
}

static bool is_later_member(const struct resource *r)
{
	return r->parent != NULL && r->parent->kind == RESOURCE_GROUP && r->parent->children.items[0] != r;
}

void spread_best(struct resource *source, const struct colocation *l, int *best)
{
	struct cluster *c = source->cluster;
	const int32_t *values = colocation_values(c, l);
	const struct seat *seats = source->allowed;
	if (source == l->dependent && (l->flags & COLOCATION_EXPLICIT) && is_later_member(source))
		seats = seats_with_group_locations(source);
	for (uint32_t i = 0; i <= c->node_count; i++)
		best[i] = -SCORE_INFINITY;
	for (uint32_t i = 0; i < c->node_count; i++) {
		struct node *n = c->nodes_by_index[i];
		if (!seats[i].present || seats[i].score == -SCORE_INFINITY || !node_is_available(n))
			continue;
		int *of_value = &best[colocation_value(values, n, source) + 1];
		if (seats[i].score > *of_value)
			*of_value = seats[i].score;
	}
}

static bool is_allowed_on_one(const struct resource *r)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < r->cluster->node_count && count < 2; i++)
		count += r->allowed[i].present && r->allowed[i].score >= 0;
	return count == 1;
}

/* Where the dependent does not want to be is no reason to go there, unless it has no other place and the primary can
 * be moved. */
bool spread_is_ignored(const struct colocation *l, float factor, int score)
{
	return factor < 0 && score < 0 &&
	       (l->primary->stickiness >= -score || !colocation_has_influence(l, NULL) ||
		!is_allowed_on_one(l->dependent));
}

/* Rounded away from zero, and never to nothing: small scores count, however little. */
int spread_scaled(int score, float factor)
{
	float product = factor * (float)score;
	int delta = (int)(product < 0 ? (double)product - 0.5 : (double)product + 0.5);
	if (delta == 0 && score != 0)
		delta = factor > 0 ? 1 : factor < 0 ? -1 : 0;
	return delta;
}

static void add_wishes(const struct spread *s, struct seat *work, struct resource *source, const struct colocation *l,
		       float factor)
{
	int *best = assign_state(s->c)->best;
	const int32_t *values = colocation_values(s->c, l);
	spread_best(source, l, best);
	for (uint32_t i = 0; i < s->c->node_count; i++) {
		struct seat *seat = &work[i];
		if (!seat->present || seat->score == SCORE_SPOILED)
			continue;
		int score = best[colocation_value(values, s->c->nodes_by_index[i], s->target) + 1];
		if (spread_is_ignored(l, factor, score))
			continue;
		int sum = score_add(spread_scaled(score, factor), seat->score);
		if ((s->flags & SPREAD_NONNEGATIVE) && sum < 0 && seat->score >= 0) {
			if (seat->score > 0)
				seat->score = SCORE_SPOILED;
			continue;
		}
		seat->score = sum;
	}
}

/* --- the chain --- */

static struct spread_level *level_at(struct cluster *c, uint32_t depth)
{
	struct assign_state *state = assign_state(c);
	state->levels =
		arena_room(&c->arena, state->levels, sizeof(struct spread_level), depth, &state->level_room, 16);
	struct spread_level *level = &state->levels[depth];
	if (level->work == NULL)
		level->work = seats_new(c);
	return level;
}

static struct seat *seats_below(const struct spread *s)
{
	return s->depth > 0 ? level_at(s->c, s->depth - 1)->work : s->seats;
}

static void level_release(struct spread_level *level)
{
	level->source->updating_nodes = false;
	if (level->group != NULL)
		level->group->updating_nodes = false;
}

struct resource *spread_source(struct resource *r)
{
	if (r->kind != RESOURCE_GROUP)
		return r;
	return r->children.count > 0 ? r->children.items[0] : NULL;
}

/* The level of a resource that begins to be asked; NULL: there is nobody to ask, or it is being asked already. */
static struct spread_level *level_begin(struct spread *s, struct resource *asked, struct resource *source, float factor)
{
	if (source == NULL || asked->updating_nodes || source->updating_nodes)
		return NULL;
	struct spread_level *level = level_at(s->c, s->depth);
	level->source = source;
	level->group = asked != source ? asked : NULL;
	level->factor = factor;
	level->at = 0;
	level->list = (struct colocation_list){0};
	asked->updating_nodes = source->updating_nodes = true;
	return level;
}

static void level_copy_below(const struct spread *s, const struct spread_level *level)
{
	memcpy(seats_below(s), level->work, s->c->node_count * sizeof(*level->work));
}

/* Asks a resource, and makes a level of it when others have to be asked after it. */
static void spread_enter(struct spread *s, struct resource *asked, const struct colocation *l, float factor)
{
	struct spread_level *level = factor == 0 ? NULL : level_begin(s, asked, spread_source(asked), factor);
	if (level == NULL)
		return;
	bool nonnegative = (s->flags & SPREAD_NONNEGATIVE) != 0, active = s->depth > 0 || (s->flags & SPREAD_ACTIVE);
	memcpy(level->work, seats_below(s), s->c->node_count * sizeof(*level->work));
	add_wishes(s, level->work, level->source, l, factor);
	if (!seats_any_available(s->c, level->work)) {
		if (active)
			level_release(level);
		else
			s->depth++;
		return;
	}
	if (s->flags & SPREAD_THIS_WITH) {
		level->list = colocations_this_with(level->source);
	} else {
		level->list = colocations_with_this(level->source);
		if (spread_sum_apply(level->source, &level->list, factor, level->work, nonnegative))
			level->at = level->list.count;
	}
	s->depth++;
}

/* Begins with a resource itself: a group is spoken for by its last member. */
static void spread_enter_own(struct spread *s, struct resource *r)
{
	bool is_group = r->kind == RESOURCE_GROUP;
	struct resource *source = !is_group               ? r
				  : r->children.count > 0 ? r->children.items[r->children.count - 1]
							  : NULL;
	struct spread_level *level = level_begin(s, r, source, 1);
	if (level == NULL)
		return;
	s->target = source;
	memcpy(level->work, source->allowed, s->c->node_count * sizeof(*level->work));
	if (seats_any_available(s->c, level->work))
		level->list = colocations_this_with(source);
	s->depth++;
}

/* All have been asked that the latest level knows: its result goes to the level before it. */
static void spread_leave(struct spread *s)
{
	struct spread_level *level = level_at(s->c, s->depth - 1);
	for (uint32_t i = 0; (s->flags & SPREAD_NONNEGATIVE) && i < s->c->node_count; i++)
		if (level->work[i].present && level->work[i].score == SCORE_SPOILED)
			level->work[i].score = 1;
	s->depth--;
	level_copy_below(s, level);
	level_release(level);
}

/* Beyond that only direct colocations count. */
static bool may_follow(struct cluster *c)
{
	struct assign_state *state = assign_state(c);
	if (state->followed >= FOLLOWED_MOST)
		return false;
	state->followed += c->node_count;
	if (state->followed >= FOLLOWED_MOST)
		cluster_complain(
			c, NULL, false,
			"Colocations of resources with each other lead round in more ways than can be followed: "
			"from here on only direct ones count; take out those that say the same twice");
	return true;
}

static void spread_run(struct spread *s)
{
	while (s->depth > 0) {
		struct spread_level *level = level_at(s->c, s->depth - 1);
		if (level->at == level->list.count || !may_follow(s->c)) {
			spread_leave(s);
			continue;
		}
		const struct colocation *l = level->list.items[level->at++];
		float factor = level->factor * (float)l->score / (float)SCORE_INFINITY;
		if (s->flags & SPREAD_THIS_WITH)
			spread_enter(s, l->primary, l, factor);
		else if (colocation_has_influence(l, NULL))
			spread_enter(s, l->dependent, l, factor);
	}
}

void colocation_spread(struct resource *source, struct resource *target, struct seat *seats, const struct colocation *l,
		       float factor, unsigned flags)
{
	struct spread s = {.c = source->cluster, .target = target, .seats = seats, .flags = flags};
	spread_enter(&s, source, l, factor);
	spread_run(&s);
}

void colocation_spread_own(struct resource *r, struct seat *seats)
{
	struct spread s = {.c = r->cluster, .seats = seats, .flags = SPREAD_THIS_WITH};
	memcpy(seats, r->allowed, s.c->node_count * sizeof(*seats));
	spread_enter_own(&s, r);
	spread_run(&s);
}

void colocation_add_dependent(const struct colocation *l, struct resource *r)
{
	if (!colocation_has_influence(l, NULL))
		return;
	struct seat *seats = assign_state(r->cluster)->wished;
	memcpy(seats, r->allowed, r->cluster->node_count * sizeof(*seats));
	unsigned flags = SPREAD_ACTIVE | (r->kind == RESOURCE_CLONE ? SPREAD_NONNEGATIVE : 0);
	colocation_spread(l->dependent, r, seats, l, (float)l->score / (float)SCORE_INFINITY, flags);
	ledger_take(r, seats, CAUSE_COLOCATION, l->id, l->dependent);
}
