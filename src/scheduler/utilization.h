/* SPDX-License-Identifier: GPL-2.0-or-later */
/* utilization.h - what nodes can carry and resources need.
 *
 * Capacities count only when placement-strategy is not "default". Values are
 * integers; what is none counts as 0, with a complaint.
 *
 * Source of the rules: facts of the scheduler, 5.8.
 */
#ifndef SCHEDULER_UTILIZATION_H
#define SCHEDULER_UTILIZATION_H

#include "scheduler/cluster.h"

/* <0 when a has more capacity: the number of attributes of which it has less, minus those of which it has more. */
int utilization_compare(const struct node *a, const struct node *b);
/* Takes r's needs from the node's capacity, or gives them back. */
void utilization_consume(struct node *n, const struct resource *r);
void utilization_release(struct node *n, const struct resource *r);
/* Bans r from nodes that cannot carry it together with what must run there too, or, when none can, it alone. Returns
 * then the node with the most capacity, to be preferred; else NULL. */
struct node *utilization_ban(struct resource *r);
/* "Original: n1 capacity: cpu=2" for each node, to the score report. */
void utilization_report(struct cluster *c, const char *when);
/* "pcmk__assign_resource: web utilization on n1: cpu=1" */
void utilization_report_placed(const struct resource *r, const struct node *n);

#endif
