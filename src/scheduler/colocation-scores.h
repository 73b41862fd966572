/* SPDX-License-Identifier: GPL-2.0-or-later */
/* colocation-scores.h - what colocations do to scores.
 *
 * Forward: the primary has its node, the dependent's seats (or, for roles, its
 * priority) follow. Backward: the primary is about to choose and asks its dependents,
 * and theirs, where they would like to be.
 *
 * Chains of colocations may be as long as the configuration: nothing here recurses
 * along them.
 *
 * Source of the rules: facts of the scheduler, 5.5 and 5.6.
 */
#ifndef SCHEDULER_COLOCATION_SCORES_H
#define SCHEDULER_COLOCATION_SCORES_H

#include "scheduler/colocation.h"

/* Forward: applies l to dependent, a primitive or group. for_dependent: find out what dependent and primary are made
 * of; else dependent is a primitive already. Returns by how much the promotion priority changed. */
int colocation_apply(struct resource *dependent, struct resource *primary, const struct colocation *l,
		     bool for_dependent);

enum {
	SPREAD_NONNEGATIVE = 1, /* a node with a positive score never becomes negative, nor one with 0 */
	SPREAD_ACTIVE = 2,      /* what would leave no node available is dropped */
	SPREAD_THIS_WITH = 4,   /* ask primaries, not dependents */
};

/* Backward: adds what source, and whoever is colocated with it, would like to the scores in seats, which are target's.
 * l is the colocation of source and target. */
void colocation_spread(struct resource *source, struct resource *target, struct seat *seats, const struct colocation *l,
		       float factor, unsigned flags);
/* Fills seats with r's own scores and what its primaries would like, for comparing resources with each other. */
void colocation_spread_own(struct resource *r, struct seat *seats);
/* Backward with r as primary of l: r's own seats change. */
void colocation_add_dependent(const struct colocation *l, struct resource *r);

/* r's seats have changed: what was made of them is forgotten. The ledger says so. */
void spread_forget(struct resource *r);

/* Makes every node of dependent that is not in the table impossible; merge: adds the scores that are in it. */
void colocation_intersect(struct resource *dependent, const struct seat *table, bool merge, const struct colocation *l);

#endif
