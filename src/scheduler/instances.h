/* SPDX-License-Identifier: GPL-2.0-or-later */
/* instances.h - the instances of a clone, or the containers of a bundle, as a whole.
 *
 * Which instance goes where, in which order they are considered, and which instance of one
 * collective resource belongs to which of another.
 *
 * Source of the rules: facts of the scheduler, 5.7.
 */
#ifndef SCHEDULER_INSTANCES_H
#define SCHEDULER_INSTANCES_H

#include "scheduler/cluster.h"

/* A clone's children, a bundle's containers. Borrowed or new in the arena. */
struct resource_list instances_of(struct resource *collective);
/* The order of assignment: <0 when a goes first. */
int instance_compare(void *a, void *b);
/* By the number in the id. */
int instance_number_compare(void *a, void *b);
void instances_sort_by_number(struct cluster *c, struct resource_list *instances);
/* Gives up to max_total of them a node, at most max_per_node each: first those that can stay where they are. */
void instances_assign(struct resource *collective, struct resource_list instances, int max_total, int max_per_node);

/* Whether an instance that is not blocked is (current), or will be, on node in this role (ROLE_UNKNOWN: any).
 * node_attribute, or NULL: its value must be equal, instead of the node. */
bool instance_matches(struct resource *instance, const struct node *node, enum role role, bool current,
		      const char *node_attribute);
/* The instance of collective that belongs to match: on its node, or on the best of its nodes that has one. NULL: none.
 */
struct resource *instance_find_compatible(struct resource *match, struct resource *collective, enum role role,
					  bool current, const char *node_attribute);
/* r or anything below it is blocked. */
bool resource_is_blocked_deep(const struct resource *r);

#endif
