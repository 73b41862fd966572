/* SPDX-License-Identifier: GPL-2.0-or-later */
/* assign-state.h - what assignment needs besides the model: tables to work with, remembered answers.
 *
 * Made on first use; lives as long as the cluster. Scratch tables are overwritten by
 * the next function that asks for them: nobody keeps one over a call.
 */
#ifndef SCHEDULER_ASSIGN_STATE_H
#define SCHEDULER_ASSIGN_STATE_H

#include "scheduler/cluster.h"

struct value_table;
struct spread_level;

struct assign_state {
	struct value_table *values;  /* of node attributes, see colocation-values.h */
	struct seat *scratch;        /* a table for the moment */
	struct seat *wished;         /* the table of a primary whose dependents are asked */
	int *best;                   /* best score by value number + 1 */
	struct spread_level *levels; /* of a chain of dependents, see spread.c */
	uint32_t level_room;
	bool plain;     /* no guest nodes: every node speaks for itself */
	uint32_t epoch; /* grows when a node becomes available or ceases to be */
};

struct assign_state *assign_state(struct cluster *c);

#endif
