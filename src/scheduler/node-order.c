/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/node-order.h"

#include "rules/score.h"
#include "scheduler/utilization.h"

#include <string.h>

static int score_of(const struct node *n, const struct seat *seats)
{
	if (!node_is_available(n))
		return -SCORE_INFINITY;
	return seats != NULL ? seats[n->index].score : n->base_score;
}

/* Those of equal score. */
static int compare_equals(const struct node *a, const struct node *b, const struct node *preferred)
{
	enum placement placement = a->cluster->options.placement;
	if (placement == PLACEMENT_MINIMAL)
		return strcmp(a->name, b->name);
	if (placement == PLACEMENT_BALANCED) {
		int order = utilization_compare(a, b);
		if (order != 0)
			return order;
	}
	if (a->resource_count != b->resource_count)
		return a->resource_count < b->resource_count ? -1 : 1;
	if (preferred == a || preferred == b)
		return preferred == a ? -1 : 1;
	return strcmp(a->name, b->name);
}

int node_order_compare(const struct node *a, const struct node *b, const struct seat *seats,
		       const struct node *preferred)
{
	int score_a = score_of(a, seats), score_b = score_of(b, seats);
	if (score_a != score_b)
		return score_a > score_b ? -1 : 1;
	return compare_equals(a, b, preferred);
}

struct node *node_order_best(const struct cluster *c, const struct seat *seats, const struct node *preferred)
{
	struct node *best = NULL;
	int best_score = 0;
	for (uint32_t i = 0; i < c->node_count; i++) {
		if (!seats[i].present)
			continue;
		struct node *n = c->nodes_by_index[i];
		int score = score_of(n, seats);
		if (best != NULL &&
		    (score < best_score || (score == best_score && compare_equals(best, n, preferred) <= 0)))
			continue;
		best = n;
		best_score = score;
	}
	return best;
}

uint32_t node_order_sort(struct cluster *c, const struct seat *seats, const struct node *preferred, struct node **nodes)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < c->node_count; i++) {
		struct node *n = c->nodes_by_index[i];
		if (seats != NULL && !seats[i].present)
			continue;
		uint32_t at = count++;
		for (; at > 0 && node_order_compare(n, nodes[at - 1], seats, preferred) < 0; at--)
			nodes[at] = nodes[at - 1];
		nodes[at] = n;
	}
	return count;
}

bool seats_any_available(const struct cluster *c, const struct seat *seats)
{
	for (uint32_t i = 0; i < c->node_count; i++)
		if (seats[i].present && seats[i].score >= 0 && node_is_available(c->nodes_by_index[i]))
			return true;
	return false;
}
