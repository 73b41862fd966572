/* SPDX-License-Identifier: GPL-2.0-or-later */
/* graph-private.h - what the modules of the phase graph share. */
#ifndef SCHEDULER_GRAPH_PRIVATE_H
#define SCHEDULER_GRAPH_PRIVATE_H

#include "scheduler/graph.h"

/* --- what belongs into the graph (graph-filter.c) --- */
bool graph_wants_action(const struct action *a);
/* Whether `then` will wait for this input. Forgets relations that turn out to say nothing. */
bool graph_wants_input(const struct action *then, struct relation *input);
/* Whether then waits for itself by this input. */
bool graph_has_loop(struct action *then, struct relation *input);

/* --- what is said about an action (graph-attributes.c) --- */
/* Everything but id, event, inputs and priority. */
void synapse_describe(struct synapse *s);

#endif
