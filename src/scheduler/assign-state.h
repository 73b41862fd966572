/* SPDX-License-Identifier: GPL-2.0-or-later */
/* assign-state.h - what assignment needs besides the model: tables to work with, remembered answers.
 *
 * Made on first use; lives as long as the cluster. Scratch tables are overwritten by
 * the next function that asks for them: nobody keeps one over a call.
 */
#ifndef SCHEDULER_ASSIGN_STATE_H
#define SCHEDULER_ASSIGN_STATE_H

#include "scheduler/cluster.h"

/* How far chains of colocations are followed in one decision, in nodes looked at: about two seconds, and more than a
 * hundred times what 10,000 resources on 64 nodes take. Each way through a loop counts on its own, and of these there
 * may be more than can be walked: three resources that are to be together a thousand times over have a thousand
 * million. Pacemaker has no such limit: 2.1.5 was stopped at such a
 * document after 90 s. */
enum { FOLLOWED_MOST = 200000000 };

struct value_table;
struct spread_level;

struct assign_state {
	struct value_table *values;  /* of node attributes, see colocation-values.h */
	struct seat *scratch;        /* a table for the moment */
	struct seat *wished;         /* the table of a primary whose dependents are asked */
	int *best;                   /* best score by value number + 1 */
	struct spread_level *levels; /* of a chain of dependents, see spread.c */
	uint32_t level_room;
	uint64_t followed; /* nodes that were looked at behind direct colocations, see FOLLOWED_MOST */
	bool plain;        /* no guest nodes: every node speaks for itself */
	uint32_t epoch;    /* grows when a node becomes available or ceases to be */
};

struct assign_state *assign_state(struct cluster *c);

#endif
