/* SPDX-License-Identifier: GPL-2.0-or-later */
/* colocation-values.h - values of a colocation's node attribute as small numbers.
 *
 * Two nodes are "the same place" for a colocation when its node attribute has the
 * same value on both, whatever the case of its letters. Each attribute gets a table
 * that says for every node which value it has, once; then places are compared by
 * comparing numbers.
 */
#ifndef SCHEDULER_COLOCATION_VALUES_H
#define SCHEDULER_COLOCATION_VALUES_H

#include "scheduler/colocation.h"

/* The number of the value of l's attribute by node->index: below the number of nodes; -1: unset. */
const int32_t *colocation_values(struct cluster *c, const struct colocation *l);

/* The number that counts when it is about this node, on behalf of r. */
static inline int32_t colocation_value(const int32_t *values, struct node *n, const struct resource *r)
{
	if (n->kind == NODE_REMOTE)
		n = colocation_node(n, r);
	return n != NULL ? values[n->index] : -1;
}

/* A table of seats to work with until the next one asks for it. */
struct seat *colocation_scratch(struct cluster *c);

#endif
