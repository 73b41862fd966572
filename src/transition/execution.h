/* SPDX-License-Identifier: GPL-2.0-or-later */
/* execution.h - running a transition: which of its actions may start now.
 *
 * Pure bookkeeping over a graph (scheduler/graph.h). Whoever carries actions out asks for the next one until there is
 * none for the moment, and reports each as done or failed when it is:
 *
 *	struct execution *e = execution_new(graph);
 *	while ((s = execution_next(e)) != NULL)
 *		... start s->action; now or later: execution_done(e, s, failed);
 *	execution_free(e);
 *
 * The order is that of passes over the synapses as the graph has them: what became possible behind the place that the
 * pass has reached comes in the next one. After a failure only what must be done in any case goes on: pseudo-actions
 * and synapses whose priority is at least the abort priority.
 *
 * Source of the rules: facts of the scheduler, section 8.1.
 */
#ifndef TRANSITION_EXECUTION_H
#define TRANSITION_EXECUTION_H

#include "scheduler/graph.h"

struct execution;

/* The graph must outlive it. */
struct execution *execution_new(const struct graph *g);
void execution_free(struct execution *e);

/* A synapse that may start, or NULL: then either something is still being done, or all is over. */
const struct synapse *execution_next(struct execution *e);
/* It ended; failed: what waits for it will not be done, unless its priority is infinite. */
void execution_done(struct execution *e, const struct synapse *s, bool failed);
/* Synapses of a lower priority than this are no longer started. */
void execution_abort(struct execution *e, int priority);

/* Every synapse has been done. */
bool execution_is_complete(const struct execution *e);
/* Started and not yet done. */
uint32_t execution_pending(const struct execution *e);

#endif
