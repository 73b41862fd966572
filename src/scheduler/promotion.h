/* SPDX-License-Identifier: GPL-2.0-or-later */
/* promotion.h - which instances of a promotable clone become promoted.
 *
 * Source of the rules: facts of the scheduler, 5.7, "Promotable roles".
 */
#ifndef SCHEDULER_PROMOTION_H
#define SCHEDULER_PROMOTION_H

#include "scheduler/constraint.h"

/* Before instances are assigned: nodes with a promotion score are preferred. Once a clone. */
void promotion_scores_add(struct resource *clone);
/* After that: a role for each instance. */
void promotion_choose(struct resource *clone);
/* Instances' priorities were borrowed for the choice; they get the clone's again. Called when actions are made. */
void promotion_priorities_reset(struct resource *clone);

/* A promotable clone as the primary of a colocation by role. The dependent is still to be assigned… */
void promotion_apply_location(struct resource *primary, struct resource *dependent, const struct colocation *l);
/* …or is itself about to be promoted: returns by how much its priority changed. */
int promotion_apply_priority(struct resource *primary, struct resource *dependent, const struct colocation *l);

#endif
