/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cause.h - why each action of a transition is done, and what it waits for.
 *
 *	scheduler_run(c);
 *	struct transition_answer *a = explain_transition(c);
 *	explain_transition_print(a, false, out);
 *
 * Each reason names its cause: a resource, node, constraint, failure or option. Where the scheduler itself keeps no
 * reason, the chain of actions that made it necessary is followed to the first one that has a cause of its own.
 * Everything lives in the cluster's arena.
 */
#ifndef REPORT_CAUSE_H
#define REPORT_CAUSE_H

#include "report/sentence.h"
#include "scheduler/graph.h"

#include <glib.h>

struct action_answer {
	uint32_t number; /* place in the order in which they would be done, from 1 */
	const struct synapse *synapse;
	const char *what; /* "stop web on n1" */
	struct sentence reason;
	uint32_t *after; /* numbers of those that must be done before */
	uint32_t after_count;
};

struct transition_answer {
	struct cluster *cluster;
	struct action_answer *items; /* in order of number */
	uint32_t count;
};

/* "stop web on n1", "fence n2 (reboot)". */
const char *action_words(const struct action *a, const struct node *on);
/* Why an action is necessary. */
struct sentence action_cause(const struct action *a);
/* After scheduler_run(). */
struct transition_answer *explain_transition(struct cluster *c);
/* As text, grouped by resource; pseudo: also what no agent does. */
void explain_transition_print(const struct transition_answer *a, bool pseudo, GString *out);

#endif
