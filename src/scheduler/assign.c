/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/assign.h"

#include "rules/score.h"
#include "scheduler/assign-kinds.h"
#include "scheduler/colocation-scores.h"
#include "scheduler/history.h"
#include "scheduler/node-order.h"
#include "scheduler/sort.h"
#include "scheduler/utilization.h"

struct node *resource_assign(struct resource *r, struct node *prefer, bool stop_if_fail)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		return primitive_assign(r, prefer, stop_if_fail);
	case RESOURCE_GROUP:
		return group_assign(r, prefer, stop_if_fail);
	case RESOURCE_CLONE:
		clone_assign(r, prefer, stop_if_fail);
		break;
	case RESOURCE_BUNDLE:
		bundle_assign(r, prefer, stop_if_fail);
		break;
	}
	return NULL;
}

/* --- placing --- */

/* r will stop: what is planned for it must be done, or cannot be. */
static void plan_stop(struct resource *r)
{
	r->next_role = ROLE_STOPPED;
	for (struct action *a = r->actions; a != NULL; a = a->next_of_resource) {
		if (a->task == TASK_STOP)
			action_clear(a, ACTION_OPTIONAL);
		else if (a->task == TASK_START)
			action_clear(a, ACTION_RUNNABLE);
		else if (a->interval_ms > 0 && a->expected != RESULT_NOT_RUNNING)
			action_clear(a, ACTION_RUNNABLE);
	}
}

/* What its parents remember of where it is holds no more. */
static void forget_place(struct resource *r)
{
	for (struct resource *p = r->parent; p != NULL; p = p->parent)
		p->parts_assigned_known = false;
}

void resource_unassign(struct resource *r)
{
	struct node *old = r->assigned;
	r->unassigned = true;
	for_each_child_of(child, r) resource_unassign(child);
	if (r->children.count > 0 || old == NULL)
		return;
	r->assigned = NULL;
	forget_place(r);
	for (uint32_t i = old->assigned->count; i > 0; i--) {
		struct resource **items = old->assigned->items;
		if (items[i - 1] != r)
			continue;
		memmove(&items[i - 1], &items[i], (old->assigned->count - i) * sizeof(*items));
		old->assigned->count--;
		break;
	}
	old->resource_count--;
	utilization_release(old, r);
}

static bool may_run_there(const struct node *n, int score)
{
	/* A guest's connection is assumed to come up. */
	return score >= 0 && (node_is_available(n) || node_is_guest(n));
}

bool resource_place(struct resource *r, struct node *node, int score, bool force, bool stop_if_fail)
{
	bool changed = false;
	if (r->children.count > 0) {
		for_each_child_of(child, r) changed =
			resource_place(child, node, score, force, stop_if_fail) || changed;
		return changed;
	}
	if (!force && node != NULL && !may_run_there(node, score)) {
		if (stop_if_fail)
			r->next_role = ROLE_STOPPED;
		node = NULL;
	}
	changed = r->assigned != node;
	resource_unassign(r);
	r->unassigned = false;
	if (node == NULL) {
		if (stop_if_fail)
			plan_stop(r);
		return changed;
	}
	r->assigned = node;
	forget_place(r);
	r->assigned_score = score;
	r->turn = ++r->cluster->turns;
	if (node->assigned == NULL)
		node->assigned = arena_new(&r->cluster->arena, struct resource_list);
	resource_list_add(&r->cluster->arena, node->assigned, r);
	node->resource_count++;
	r->allowed[node->index].count++;
	utilization_consume(node, r);
	utilization_report_placed(r, node);
	return changed;
}

/* --- all --- */

/* What sorting compares: worked out once a resource. */
struct rank {
	struct resource *r;
	const struct seat *seats;
	const struct node *current;
	struct node **nodes; /* best first */
	uint32_t node_count;
};

static int rank_score(const struct rank *rank, const struct node *n)
{
	return n != NULL && rank->seats[n->index].present ? rank->seats[n->index].score : -SCORE_INFINITY;
}

static int descending(int a, int b)
{
	return a > b ? -1 : a < b;
}

static int rank_compare(void *a, void *b)
{
	const struct rank *x = a, *y = b;
	int order = descending(x->r->priority, y->r->priority);
	if (order == 0)
		order = descending(rank_score(x, x->current), rank_score(y, y->current));
	for (uint32_t i = 0; order == 0 && i < x->node_count; i++)
		order = descending(rank_score(x, x->nodes[i]), rank_score(y, x->nodes[i]));
	return order;
}

/* Where capacities count, those with the strongest wishes choose first. */
static void sort_resources(struct cluster *c)
{
	struct node **nodes = arena_array(&c->arena, struct node *, c->node_count);
	uint32_t node_count = node_order_sort(c, NULL, NULL, nodes), count = c->resources.count;
	struct rank **ranks = arena_array(&c->arena, struct rank *, count);
	for (uint32_t i = 0; i < count; i++) {
		struct resource *r = c->resources.items[i];
		struct seat *seats = seats_new(c);
		colocation_spread_own(r, seats);
		ranks[i] = arena_new(&c->arena, struct rank);
		*ranks[i] = (struct rank){.r = r, .seats = seats, .nodes = nodes, .node_count = node_count};
		ranks[i]->current = r->active.count > 0 ? resource_active_node(r, NULL, NULL) : NULL;
	}
	pointers_sort(&c->arena, (void **)ranks, count, rank_compare);
	for (uint32_t i = 0; i < count; i++)
		c->resources.items[i] = ranks[i]->r;
}

void assign_all(struct cluster *c)
{
	if (c->options.placement != PLACEMENT_DEFAULT)
		sort_resources(c);
	utilization_report(c, "Original");
	for (uint32_t i = 0; c->have_remote_nodes && i < c->resources.count; i++) {
		struct resource *r = c->resources.items[i];
		if (r->remote_connection)
			(void)resource_assign(r, r->migration_target, true);
	}
	for (uint32_t i = 0; i < c->resources.count; i++)
		if (!c->resources.items[i]->remote_connection)
			(void)resource_assign(c->resources.items[i], NULL, true);
	utilization_report(c, "Remaining");
}
