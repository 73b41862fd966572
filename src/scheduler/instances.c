/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/instances.h"

#include "rules/score.h"
#include "scheduler/assign.h"
#include "scheduler/colocation-scores.h"
#include "scheduler/ledger.h"
#include "scheduler/node-order.h"
#include "scheduler/sort.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct resource_list instances_of(struct resource *collective)
{
	return collective->kind == RESOURCE_BUNDLE ? collective->bundle.containers : collective->children;
}

bool resource_is_blocked_deep(const struct resource *r)
{
	if (r->blocked)
		return true;
	for_each_child_of(child, r) if (resource_is_blocked_deep(child)) return true;
	return false;
}

/* The seat of n in the table that limits an instance: its parent's. */
static struct seat *parent_seat(const struct resource *instance, const struct node *n)
{
	if (n == NULL)
		return NULL;
	struct seat *seats = instance->parent != NULL ? instance->parent->allowed : instance->allowed;
	return seats[n->index].present ? &seats[n->index] : NULL;
}

/* --- order --- */

static long number_of(const struct resource *instance)
{
	const char *at = strrchr(instance->id, ':');
	if (at == NULL)
		at = strrchr(instance->id, '-');
	if (at == NULL)
		return 0;
	/* Nearly all are a few plain digits. */
	long number = 0;
	const char *digit = at + 1;
	while (*digit >= '0' && *digit <= '9' && digit - at < 9)
		number = number * 10 + (*digit++ - '0');
	return *digit == '\0' ? number : strtol(at + 1, NULL, 10);
}

int instance_number_compare(void *a, void *b)
{
	return (int)(number_of(a) - number_of(b));
}

/* Nearly always they are in order. */
static bool is_sorted_by_number(const struct resource_list *instances)
{
	long before = LONG_MIN;
	for (uint32_t i = 0; i < instances->count; i++) {
		long number = number_of(instances->items[i]);
		if (number < before)
			return false;
		before = number;
	}
	return true;
}

void instances_sort_by_number(struct cluster *c, struct resource_list *instances)
{
	if (!is_sorted_by_number(instances))
		pointers_sort(&c->arena, (void **)instances->items, instances->count, instance_number_compare);
}

/* What an instance's colocations make of the node where it is. */
static int colocated_score(struct resource *instance, struct node *current)
{
	struct seat *seats = seats_new(instance->cluster);
	(void)seats_add(seats, current, current->base_score);
	struct colocation_list list = colocations_this_with(instance);
	for (uint32_t i = 0; i < list.count; i++)
		colocation_spread(list.items[i]->primary, instance, seats, list.items[i],
				  (float)list.items[i]->score / (float)SCORE_INFINITY, 0);
	list = colocations_with_this(instance);
	for (uint32_t i = 0; i < list.count; i++)
		if (colocation_has_influence(list.items[i], instance))
			colocation_spread(list.items[i]->dependent, instance, seats, list.items[i],
					  (float)list.items[i]->score / (float)SCORE_INFINITY, SPREAD_NONNEGATIVE);
	return seats[current->index].score;
}

static int first_if(bool a, bool b)
{
	return a == b ? 0 : a ? -1 : 1;
}

/* Instances that both are on a node that they may be on. */
static int compare_active(struct resource *a, struct node *on_a, struct resource *b, struct node *on_b)
{
	int order = first_if(node_is_available(on_a), node_is_available(on_b));
	if (order != 0)
		return order;
	const struct seat *seat_a = parent_seat(a, on_a), *seat_b = parent_seat(b, on_b);
	if (seat_a == NULL || seat_b == NULL)
		return first_if(seat_a != NULL, seat_b != NULL);
	if (seat_a->count != seat_b->count)
		return seat_a->count < seat_b->count ? -1 : 1;
	order = first_if(!resource_is_failed_deep(a), !resource_is_failed_deep(b));
	if (order != 0)
		return order;
	if (on_a != on_b || colocations_this_with(a).count + colocations_with_this(a).count > 0) {
		int score_a = colocated_score(a, on_a), score_b = colocated_score(b, on_b);
		if (score_a != score_b)
			return score_a > score_b ? -1 : 1;
	}
	return instance_number_compare(a, b);
}

/* Nowhere, or where it may be. */
static bool is_well_placed(const struct resource *r, struct node **n)
{
	if (*n == NULL || (r->allowed[(*n)->index].present && r->allowed[(*n)->index].score >= 0))
		return true;
	*n = NULL;
	return false;
}

int instance_compare(void *x, void *y)
{
	struct resource *a = x, *b = y;
	unsigned count_a = 0, count_b = 0;
	struct node *on_a = resource_active_node(a, &count_a, NULL), *on_b = resource_active_node(b, &count_b, NULL);
	if (count_a > 0 && count_b > 0 && count_a != count_b)
		return count_a < count_b ? -1 : 1;
	bool well_a = is_well_placed(a, &on_a), well_b = is_well_placed(b, &on_b);
	if (well_a != well_b)
		return well_a ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	if (on_a == NULL || on_b == NULL)
		return first_if(on_a != NULL, on_b != NULL);
	return compare_active(a, on_a, b, on_b);
}

/* --- assignment --- */

static bool can_run(const struct resource *instance, const struct node *n, int max_per_node)
{
	if (instance->removed || !node_is_available(n))
		return false;
	const struct seat *seat = parent_seat(instance, n);
	return seat != NULL && seat->score >= 0 && seat->count < max_per_node;
}

/* Full nodes, and those where the whole may not run, are out of question. */
static void ban_where_impossible(struct resource *instance, int max_per_node)
{
	struct cluster *c = instance->cluster;
	for (uint32_t i = 0; i < c->node_count; i++) {
		struct node *n = c->nodes_by_index[i];
		if (!instance->allowed[i].present || can_run(instance, n, max_per_node))
			continue;
		if (instance->allowed[i].score != -SCORE_INFINITY)
			ledger_set(instance, n, -SCORE_INFINITY, CAUSE_LIMIT, NULL, instance->parent);
		for_each_child_of(member, instance) if (member->allowed[i].present &&
							member->allowed[i].score != -SCORE_INFINITY)
			ledger_set(member, n, -SCORE_INFINITY, CAUSE_LIMIT, NULL, instance->parent);
	}
}

static void count_instance(struct resource *instance, const struct node *n)
{
	struct seat *seat = parent_seat(instance, n);
	if (seat != NULL)
		seat->count++;
}

static struct node *assign_instance(struct resource *instance, struct node *prefer, int max_per_node)
{
	if (instance->assigning)
		return NULL;
	ban_where_impossible(instance, max_per_node);
	/* Only what is final may plan stops. */
	struct node *chosen = resource_assign(instance, prefer, prefer == NULL);
	count_instance(instance, chosen);
	return chosen;
}

/* The scores of an instance and of what it consists of, to be taken back to. */
struct trial {
	struct ledger_mark own;
	struct trial *members;
};

static struct trial trial_begin(struct resource *r)
{
	struct trial t = {.own = ledger_mark(r)};
	t.members = arena_array(&r->cluster->arena, struct trial, r->children.count);
	for (uint32_t i = 0; i < r->children.count; i++)
		t.members[i] = trial_begin(r->children.items[i]);
	return t;
}

static void trial_take_back(struct resource *r, const struct trial *t)
{
	ledger_rewind(r, t->own);
	for (uint32_t i = 0; i < r->children.count; i++)
		trial_take_back(r->children.items[i], &t->members[i]);
}

/* Tries until the instance stays where it is. Where it would rather go, a place is kept for another one. */
static bool assign_early(struct resource *instance, struct node *current, int max_per_node, int available)
{
	struct cluster *c = instance->cluster;
	struct seat *parent_seats = instance->parent->allowed;
	struct node *chosen = NULL;
	if (!node_is_usable(current, &instance->allowed[current->index]))
		return false;
	struct trial trial = trial_begin(instance);
	struct seat *counts = seats_copy(c, parent_seats);
	for (int reserved = 0; reserved < available;) {
		chosen = assign_instance(instance, current, max_per_node);
		if (chosen == current)
			break;
		trial_take_back(instance, &trial);
		if (chosen == NULL) {
			instance->unassigned = true;
			break;
		}
		reserved++;
		resource_unassign(instance);
		chosen = NULL;
	}
	for (uint32_t i = 0; i < c->node_count; i++)
		parent_seats[i].count = counts[i].count;
	if (chosen == NULL)
		return false;
	count_instance(instance, chosen);
	return true;
}

/* The node where the instance should stay; NULL: it should not, or is nowhere. */
static struct node *preferred_node(struct resource *instance, int optimal_per_node)
{
	if (instance->active.count == 0 || !instance->unassigned || instance->failed)
		return NULL;
	struct node *n = resource_active_node(instance, NULL, NULL);
	if (n == NULL || !node_is_available(n) || n->base_score < 0)
		return NULL;
	const struct seat *seat = parent_seat(instance, n);
	return seat != NULL && seat->count >= optimal_per_node ? NULL : n;
}

static int reset_counts(struct resource *collective)
{
	struct cluster *c = collective->cluster;
	int available = 0;
	for (uint32_t i = 0; i < c->node_count; i++) {
		if (!collective->allowed[i].present)
			continue;
		collective->allowed[i].count = 0;
		available += node_is_available(c->nodes_by_index[i]);
	}
	return available;
}

void instances_assign(struct resource *collective, struct resource_list instances, int max_total, int max_per_node)
{
	int nodes = reset_counts(collective), assigned = 0;
	int optimal_per_node = nodes > 0 && max_total / nodes > 1 ? max_total / nodes : 1;
	for (uint32_t i = 0; i < instances.count && assigned < max_total; i++) {
		struct resource *instance = instances.items[i];
		struct node *current = preferred_node(instance, optimal_per_node);
		if (current != NULL && assign_early(instance, current, max_per_node, max_total - assigned))
			assigned++;
	}
	for (uint32_t i = 0; i < instances.count; i++) {
		struct resource *instance = instances.items[i];
		if (!instance->unassigned)
			continue;
		if (assigned >= max_total)
			resource_add_score(instance, -SCORE_INFINITY, NULL, "collective_limit_reached");
		else if (assign_instance(instance, NULL, max_per_node) != NULL)
			assigned++;
	}
}

/* --- who belongs to whom --- */

bool instance_matches(struct resource *instance, const struct node *node, enum role role, bool current,
		      const char *node_attribute)
{
	if (role != ROLE_UNKNOWN && role != resource_role(instance, current))
		return false;
	if (resource_is_blocked_deep(instance))
		return false;
	const struct node *on = resource_where(instance, current ? WHERE_CURRENT : WHERE_ASSIGNED, NULL);
	if (on == NULL || node_attribute == NULL)
		return on != NULL && on == node;
	const char *value = colocation_node_value(on, node_attribute, instance);
	const char *wanted = colocation_node_value(node, node_attribute, instance);
	return value == wanted || (value != NULL && wanted != NULL && strcasecmp(value, wanted) == 0);
}

static struct resource *find_on(struct resource_list instances, const struct node *n, enum role role, bool current,
				const char *node_attribute)
{
	for (uint32_t i = 0; i < instances.count; i++)
		if (instance_matches(instances.items[i], n, role, current, node_attribute))
			return instances.items[i];
	return NULL;
}

struct resource *instance_find_compatible(struct resource *match, struct resource *collective, enum role role,
					  bool current, const char *node_attribute)
{
	struct cluster *c = match->cluster;
	struct resource_list instances = instances_of(collective);
	const struct node *on = resource_where(match, current ? WHERE_CURRENT : WHERE_ASSIGNED, NULL);
	if (on != NULL)
		return find_on(instances, on, role, current, node_attribute);
	struct node **nodes = arena_array(&c->arena, struct node *, c->node_count);
	uint32_t count = node_order_sort(c, match->allowed, NULL, nodes);
	struct resource *found = NULL;
	for (uint32_t i = 0; i < count && found == NULL; i++)
		found = find_on(instances, nodes[i], role, current, node_attribute);
	return found;
}
