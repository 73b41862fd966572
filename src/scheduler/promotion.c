/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/promotion.h"

#include "rules/score.h"
#include "scheduler/assign-kinds.h"
#include "scheduler/cluster.h"
#include "scheduler/colocation-scores.h"
#include "scheduler/constraints.h"
#include "scheduler/instances.h"
#include "scheduler/ledger.h"
#include "scheduler/sort.h"

#include <string.h>
#include <strings.h>

/* --- promotion scores --- */

/* The leaf of another instance that stands where r stands in its own. */
static struct resource *counterpart(const struct resource *r, struct resource *other_instance)
{
	if (r->parent == NULL || r->parent->kind != RESOURCE_GROUP)
		return other_instance;
	for (uint32_t i = 0; i < r->parent->children.count && i < other_instance->children.count; i++)
		if (r->parent->children.items[i] == r)
			return other_instance->children.items[i];
	return NULL;
}

/* Whether r is the one of an anonymous clone that speaks on n: it is active there, or none is and some was probed. */
static bool speaks_on(const struct resource *r, const struct node *n)
{
	const struct resource *clone = resource_top(r, false);
	bool known = false;
	for_each_child_of(instance, clone)
	{
		const struct resource *leaf = counterpart(r, instance);
		if (leaf == NULL)
			continue;
		if (resource_is_active_on(leaf, n))
			return leaf == r;
		known = known || resource_is_known_on(leaf, n);
	}
	return known;
}

static bool is_known_anywhere(const struct resource *r)
{
	for (uint32_t i = 0; r->known != NULL && i < r->cluster->node_count; i++)
		if (r->known[i].present)
			return true;
	return false;
}

static bool score_applies(const struct resource *r, const struct node *n)
{
	bool applies = (!r->unique && speaks_on(r, n)) || (r->active.count == 0 && !is_known_anywhere(r)) ||
		       resource_is_known_on(r, n) || resource_is_active_on(r, n);
	return applies && r->allowed[n->index].present && r->allowed[n->index].score >= 0;
}

/* Under the name that the history has, and for anonymous clones without history also without the number. */
static void name_attributes(struct resource *r)
{
	struct arena *a = &r->cluster->arena;
	const char *name = r->history_id != NULL ? r->history_id : r->id;
	r->promotion_attributes[0] = arena_printf(a, "master-%s", name);
	const char *base = resource_base_id(r->cluster, r->id);
	if (!r->unique && strcmp(base, r->id) != 0)
		r->promotion_attributes[1] = arena_printf(a, "master-%s", base);
}

/* Whose attributes count: the node's, or those of the host of its container. */
static const struct node *attribute_node(const struct resource *r, const struct node *n)
{
	const char *target = resource_meta(r, "container-attribute-target");
	if (n->kind != NODE_REMOTE || target == NULL || strcasecmp(target, "host") != 0 || !node_is_guest(n))
		return n;
	const struct resource *launcher = n->remote->launcher;
	if (!r->unassigned)
		return launcher->assigned;
	return launcher->active.count > 0 ? launcher->active.items[0] : NULL;
}

static const char *score_word(struct resource *r, const struct node *n)
{
	if (r->promotion_attributes[0] == NULL)
		name_attributes(r);
	n = attribute_node(r, n);
	if (n == NULL)
		return NULL;
	const char *value = node_attribute(n, r->promotion_attributes[0]);
	if (value == NULL && r->promotion_attributes[1] != NULL)
		value = node_attribute(n, r->promotion_attributes[1]);
	return value;
}

/* The sum over what r consists of. ret_given: some score is configured. */
static int promotion_score(struct resource *r, const struct node *n, bool *ret_given)
{
	int score = 0;
	for_each_child_of(child, r) score += promotion_score(child, n, ret_given);
	if (r->children.count > 0)
		return score;
	const char *word = score_word(r, n);
	if (word == NULL || !score_applies(r, n))
		return 0;
	*ret_given = true;
	if (!cluster_score_parse(r->cluster, word, 0, &score))
		cluster_complain(r->cluster, NULL, false,
				 "Using 0 as promotion score for %s on %s because '%s' is not a valid score", r->id,
				 node_name(n), word);
	return score;
}

void promotion_scores_add(struct resource *clone)
{
	struct cluster *c = clone->cluster;
	if (clone->clone.roles_added)
		return;
	clone->clone.roles_added = true;
	for_each_child_of(instance, clone) for (uint32_t i = 0; i < c->node_count; i++)
	{
		struct node *n = c->nodes_by_index[i];
		bool given = false;
		if (!instance->allowed[i].present || !node_is_available(n))
			continue;
		int score = promotion_score(instance, n, &given);
		if (score > 0)
			ledger_add(instance, n, score, CAUSE_PROMOTION, instance->promotion_attributes[0], NULL);
		if (score > instance->priority)
			instance->priority = score;
	}
}

/* --- the priority of each instance --- */

static void role_now_unpromoted(struct resource *r)
{
	if (r->role == ROLE_STARTED)
		r->role = ROLE_UNPROMOTED;
	for_each_child_of(child, r) role_now_unpromoted(child);
}

static void apply_promoted_locations(struct resource *instance, const struct resource *of, const struct node *chosen)
{
	for (uint32_t i = of->location_count; i > 0; i--) {
		const struct location *l = of->locations[i - 1];
		for (uint32_t k = 0; l->role == ROLE_PROMOTED && k < l->node_count; k++)
			if (l->nodes[k].node == chosen) {
				instance->priority = score_add(instance->priority, l->nodes[k].score);
				ledger_note_promotion(instance, l->nodes[k].score, false, CAUSE_LOCATION, l->id, NULL);
			}
	}
}

static int first_priority(struct resource *instance, enum role next, const struct node *chosen)
{
	bool given = false;
	int score;
	switch (next) {
	case ROLE_UNKNOWN:
	case ROLE_STARTED:
		score = promotion_score(instance, chosen, &given);
		/* Without a score it takes a location constraint to be promoted. */
		return given ? score : -1;
	case ROLE_UNPROMOTED:
	case ROLE_STOPPED:
		return -SCORE_INFINITY;
	case ROLE_PROMOTED:
		break;
	}
	return instance->priority;
}

static void set_priority(struct resource *instance, const struct resource *clone)
{
	struct node_set where = {0};
	if (resource_role(instance, true) == ROLE_STARTED)
		role_now_unpromoted(instance);
	const struct node *chosen = resource_where(instance, WHERE_ASSIGNED, &where);
	if (where.count > 1)
		cluster_complain(clone->cluster, instance->xml, true, "Cannot promote non-colocated child %s",
				 instance->id);
	if (chosen == NULL)
		return;
	enum role next = resource_role(instance, false);
	instance->priority = first_priority(instance, next, chosen);
	ledger_note_promotion(instance, instance->priority, true, CAUSE_PROMOTION, instance->promotion_attributes[0],
			      NULL);
	apply_promoted_locations(instance, instance, chosen);
	apply_promoted_locations(instance, clone, chosen);
	struct colocation_list list = colocations_this_with(instance);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct colocation *l = list.items[i];
		int before = instance->priority;
		(void)colocation_apply(instance, l->primary, l, true);
		if (instance->priority != before)
			ledger_note_promotion(instance, instance->priority, true, CAUSE_COLOCATION, l->id, l->primary);
	}
	instance->promotion_priority = next == ROLE_PROMOTED ? SCORE_INFINITY : instance->priority;
	if (next == ROLE_PROMOTED)
		ledger_note_promotion(instance, SCORE_INFINITY, true, CAUSE_TARGET_ROLE, NULL, NULL);
}

/* --- their order --- */

static int promotion_compare(void *x, void *y)
{
	struct resource *a = x, *b = y;
	if (a->promotion_priority != b->promotion_priority)
		return a->promotion_priority > b->promotion_priority ? -1 : 1;
	enum role role_a = resource_role(a, true), role_b = resource_role(b, true);
	if (role_a != role_b)
		return role_a > role_b ? -1 : 1;
	return instance_compare(a, b);
}

static void add_priority_to_node(struct resource *instance, struct resource *clone)
{
	struct node *chosen = resource_where(instance, WHERE_ASSIGNED, NULL);
	if (instance->promotion_priority >= 0 && chosen != NULL)
		ledger_add(clone, chosen, instance->promotion_priority, CAUSE_PROMOTION, NULL, instance);
}

/* Dependents of the promoted role say where they would like it to be. */
static void ask_dependents(struct resource *clone)
{
	struct colocation_list list = colocations_with_this(clone);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct colocation *l = list.items[i];
		if (l->primary_role != ROLE_PROMOTED || !colocation_has_influence(l, NULL))
			continue;
		struct seat *seats = seats_copy(clone->cluster, clone->allowed);
		colocation_spread(l->dependent, clone, seats, l, (float)l->score / (float)SCORE_INFINITY,
				  SPREAD_ACTIVE | SPREAD_NONNEGATIVE);
		ledger_take(clone, seats, CAUSE_COLOCATION, l->id, l->dependent);
	}
}

static void priority_from_node(struct resource *instance, const struct resource *clone)
{
	const struct node *chosen = resource_where(instance, WHERE_ASSIGNED, NULL);
	enum cause cause = CAUSE_PARENT;
	if (!instance->managed && instance->next_role == ROLE_PROMOTED) {
		instance->promotion_priority = SCORE_INFINITY;
		cause = CAUSE_UNMANAGED;
	} else if (chosen == NULL) {
		instance->promotion_priority = -SCORE_INFINITY;
		cause = CAUSE_LIMIT;
	} else if (instance->promotion_priority >= 0) {
		instance->promotion_priority = clone->allowed[chosen->index].score;
	}
	if (instance->promotion_priority != ledger_fold_promotion(instance))
		ledger_note_promotion(instance, instance->promotion_priority, true, cause, NULL, clone);
}

static void sort_by_promotion(struct resource *clone)
{
	if (clone->clone.sorted_by_promotion)
		return;
	clone->clone.sorted_by_promotion = true;
	clone->updating_nodes = true;
	for_each_child_of(instance, clone) add_priority_to_node(instance, clone);
	ask_dependents(clone);
	ticket_require_promotion(clone);
	for_each_child_of(ordered, clone) priority_from_node(ordered, clone);
	pointers_sort(&clone->cluster->arena, (void **)clone->children.items, clone->children.count, promotion_compare);
	clone->updating_nodes = false;
}

/* --- their roles --- */

static void role_unpromoted(struct resource *r)
{
	struct node_set where = {0};
	(void)resource_where(r, WHERE_ASSIGNED, &where);
	r->next_role = where.count == 0 ? ROLE_STOPPED : ROLE_UNPROMOTED;
	for_each_child_of(child, r) role_unpromoted(child);
}

static void role_promoted(struct resource *r)
{
	if (r->next_role == ROLE_UNKNOWN)
		r->next_role = ROLE_PROMOTED;
	for_each_child_of(child, r) role_promoted(child);
}

/* The clone's seat of the node on which r can be promoted; NULL: it cannot. */
static struct seat *promotion_seat(struct resource *r, struct resource *clone)
{
	for_each_child_of(member, r) if (promotion_seat(member, clone) == NULL) return NULL;
	const struct node *n = resource_where(r, WHERE_ASSIGNED, NULL);
	if (n == NULL)
		return NULL;
	if (!r->managed) {
		if (resource_role(r, true) != ROLE_PROMOTED)
			return NULL;
	} else if (r->priority < 0 || !node_is_available(n)) {
		return NULL;
	} else if (node_is_guest(n) && resource_where(n->remote->launcher, WHERE_ASSIGNED, NULL) == NULL) {
		return NULL;
	}
	struct seat *seat = &clone->allowed[n->index];
	if (!seat->present || (r->managed && seat->count >= clone->clone.promoted_node_max))
		return NULL;
	return seat;
}

static void set_role(struct resource *instance, struct resource *clone, int *promoted)
{
	const struct cluster *c = clone->cluster;
	struct seat *seat = NULL;
	promotion_report(instance);
	if (instance->promotion_priority >= 0 && (*promoted < clone->clone.promoted_max || !clone->managed))
		seat = promotion_seat(instance, clone);
	bool frozen = instance->role < ROLE_PROMOTED && !c->quorate && c->options.no_quorum == NO_QUORUM_FREEZE;
	if (seat == NULL || frozen) {
		role_unpromoted(instance);
		return;
	}
	seat->count++;
	role_promoted(instance);
	(*promoted)++;
}

void promotion_choose(struct resource *clone)
{
	int promoted = 0;
	for (uint32_t i = 0; i < clone->cluster->node_count; i++)
		clone->allowed[i].count = 0;
	for_each_child_of(instance, clone) set_priority(instance, clone);
	sort_by_promotion(clone);
	for_each_child_of(ordered, clone) set_role(ordered, clone, &promoted);
}

void promotion_priorities_reset(struct resource *clone)
{
	for_each_child_of(instance, clone) instance->priority = clone->priority;
}

/* --- as the primary of others --- */

static void add_where_same(struct resource *dependent, struct resource *primary, struct node *n,
			   const struct colocation *l)
{
	struct cluster *c = dependent->cluster;
	const char *value = colocation_node_value(n, l->node_attribute, primary);
	for (uint32_t i = 0; i < c->node_count; i++) {
		struct node *other = c->nodes_by_index[i];
		if (!dependent->allowed[i].present)
			continue;
		const char *others = colocation_node_value(other, l->node_attribute, dependent);
		if (value == others || (value != NULL && others != NULL && strcasecmp(value, others) == 0))
			ledger_add(dependent, other, l->score, CAUSE_COLOCATION, l->id, primary);
	}
}

void promotion_apply_location(struct resource *primary, struct resource *dependent, const struct colocation *l)
{
	struct seat *table = seats_new(primary->cluster);
	for_each_child_of(instance, primary)
	{
		struct node *n = resource_where(instance, WHERE_ASSIGNED, NULL);
		if (n == NULL || resource_role(instance, false) != l->primary_role)
			continue;
		if (l->score < SCORE_INFINITY)
			add_where_same(dependent, primary, n, l);
		const struct resource *leaf = instance;
		while (leaf->children.count > 0)
			leaf = leaf->children.items[0];
		table[n->index] = (struct seat){.present = true, .score = leaf->assigned_score};
	}
	/* Promoted with promoted is no matter of nodes: an instance may start where the primary is not promoted. */
	if (l->score >= SCORE_INFINITY && (l->dependent_role != ROLE_PROMOTED || l->primary_role != ROLE_PROMOTED))
		colocation_intersect(dependent, table, true, l);
}

int promotion_apply_priority(struct resource *primary, struct resource *dependent, const struct colocation *l)
{
	if (instance_find_compatible(dependent, primary, l->primary_role, false, l->node_attribute) != NULL) {
		dependent->priority = score_add(dependent->priority, l->score);
		return l->score;
	}
	if (l->score < SCORE_INFINITY)
		return 0;
	dependent->priority = -SCORE_INFINITY;
	return -SCORE_INFINITY;
}
