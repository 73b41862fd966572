/* SPDX-License-Identifier: GPL-2.0-or-later */
/* order-private.h - what the modules of the phase order share.
 *
 * The heart of the phase is a fixpoint: a change of an action's flags may change
 * what is related to it, and so on. Nothing recurses along relations or colocations,
 * for both may form chains as long as the configuration: whoever changes an action
 * tells the run, which comes back to it.
 */
#ifndef SCHEDULER_ORDER_PRIVATE_H
#define SCHEDULER_ORDER_PRIVATE_H

#include "scheduler/actions-private.h"

struct action_list {
	struct action **items;
	uint32_t count, room;
};

struct order_frame;

struct order_run {
	struct cluster *c;
	struct order_frame *frames; /* what is being looked at, innermost last */
	uint32_t frame_count, frame_room;
	unsigned depth;             /* how often order_update_now() is within itself */
	struct action_list pending; /* to be looked at as soon as possible: it was too deep for "now" */
};

enum { UPDATED_FIRST = 1, UPDATED_THEN = 2 };

void action_list_add(struct arena *a, struct action_list *l, struct action *action);

/* --- the fixpoint (order-update.c) --- */
void order_update_all(struct order_run *run);
/* Looks at an action, and at all that follows from it, in the middle of something else. */
void order_update_now(struct order_run *run, struct action *a);
/* What must be with something that cannot start, or be promoted, cannot either; with all that follows from it. */
void order_block_dependents(struct order_run *run, struct action *a);

/* --- one relation (order-flags.c) --- */

/* The flags of an action of r as seen from outside: a collective resource's follow from those of its instances. node
 * (may be NULL): only what happens there. May tighten a's own flags. */
uint32_t action_flags_seen(struct action *a, const struct node *node);
/* Applies a relation of this type in the way of r, which is first's or then's resource. Returns what was updated. */
uint32_t relation_apply(struct order_run *run, const struct resource *r, struct action *first, struct action *then,
			struct node *node, uint32_t flags, uint32_t filter, uint32_t type);

/* --- colocations (order-block.c) --- */
/* What an action that cannot be done blocks: the same, or another, task of each of these resources. */
struct blocked {
	struct resource *rsc;
	enum task task;
};
struct blocked_list {
	const char *reason;
	struct blocked *items;
	uint32_t count, room;
};
/* NULL: nothing. */
struct blocked_list *dependents_blocked_by(struct cluster *c, const struct action *a);

/* --- probes (order-probe.c) --- */
void probes_order(struct order_run *run);

/* --- walks --- */
/* A number that no action has as its stamp yet. */
uint32_t action_walk_new(struct cluster *c);

#endif
