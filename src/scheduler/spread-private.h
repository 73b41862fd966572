/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spread-private.h - what spread.c and spread-sum.c share: one step of a chain of dependents, and whole chains at once.
 *
 * A primary that chooses asks its dependents, they ask theirs, and so on to the end. In
 * a chain of n resources each primary would walk all that is behind it: n² steps. But
 * what a resource and all behind it add is the same sum each time, until one of
 * their tables changes. spread-sum.c remembers such sums; they replace the walk
 * where it can be seen that no step on the way would have been clamped or dropped.
 */
#ifndef SCHEDULER_SPREAD_PRIVATE_H
#define SCHEDULER_SPREAD_PRIVATE_H

#include "scheduler/colocation.h"

/* Fills best (one more than there are nodes) with the best score of an available node of source, by the number of its
 * value of l's attribute, plus 1. */
void spread_best(struct resource *source, const struct colocation *l, int *best);
/* A wish that does not count. */
bool spread_is_ignored(const struct colocation *l, float factor, int score);
int spread_scaled(int score, float factor);
/* The member that speaks for a group that is asked; any other resource itself. NULL: an empty group. */
struct resource *spread_source(struct resource *r);

/* Adds what is behind source, without source's own wishes, to work; false, with work as it was, when that has to be
 * walked step by step. list: colocations_with_this(source). */
bool spread_sum_apply(struct resource *source, const struct colocation_list *list, float factor, struct seat *work,
		      bool nonnegative);

#endif
