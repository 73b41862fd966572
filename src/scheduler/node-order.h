/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-order.h - which of two nodes is the better one for a resource.
 *
 * Score, then (as placement-strategy has it) free capacity, fewer resources, the node
 * where the resource is, and in the end the name, byte by byte.
 *
 * Source of the rules: facts of the scheduler, 5.4.
 */
#ifndef SCHEDULER_NODE_ORDER_H
#define SCHEDULER_NODE_ORDER_H

#include "scheduler/cluster.h"

/* <0 when a is better. seats may be NULL: then the nodes' own scores count. preferred may be NULL. */
int node_order_compare(const struct node *a, const struct node *b, const struct seat *seats,
		       const struct node *preferred);
/* The best node of a table, whatever its score; NULL when the table is empty. */
struct node *node_order_best(const struct cluster *c, const struct seat *seats, const struct node *preferred);
/* All nodes of the table, best first; their number. seats NULL: all nodes of the cluster. nodes has room for all. */
uint32_t node_order_sort(struct cluster *c, const struct seat *seats, const struct node *preferred,
			 struct node **nodes);
/* Whether any node of the table can run something and has no negative score. */
bool seats_any_available(const struct cluster *c, const struct seat *seats);

#endif
