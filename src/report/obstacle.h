/* SPDX-License-Identifier: GPL-2.0-or-later */
/* obstacle.h - what has nothing to do with scores: why a node can take nothing, why a resource is left as it is. */
#ifndef REPORT_OBSTACLE_H
#define REPORT_OBSTACLE_H

#include "report/sentence.h"

/* Why node can take nothing at all: offline, standby, maintenance, unclean, joining, leaving. */
void obstacles_of_node(struct cluster *c, struct node *node, struct sentences *ret_list);
/* What holds for r on whatever node: disabled, unmanaged, maintenance, blocked, no quorum, no fencing, tickets, locks,
 * removed, failures, active several times. */
void obstacles_of_resource(struct resource *r, struct sentences *ret_list);
/* The resource whose configuration says this meta attribute for r: itself, a parent, or r when a default does. */
const struct resource *meta_owner(const struct resource *r, const char *name);

#endif
