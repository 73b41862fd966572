/* SPDX-License-Identifier: GPL-2.0-or-later */
/* graph.h - the transition: the actions that will be done, and for each what must be done before.
 *
 * A synapse is one action with its inputs. Synapses come in the order in which they
 * are printed, which is also the order in which simulation fires them. graph_create()
 * is the last phase; it also makes the notifications (notify.h).
 *
 * Source of the rules: facts of the scheduler, sections 6.8 and 7.5.
 */
#ifndef SCHEDULER_GRAPH_H
#define SCHEDULER_GRAPH_H

#include "scheduler/action.h"
#include "scheduler/cluster.h"

#include <glib.h>

enum synapse_kind {
	SYNAPSE_RSC_OP,
	SYNAPSE_PSEUDO,
	SYNAPSE_CRM, /* done by the cluster: fencing, shutdown, clear_failcount, delete of a node's history */
};

/* What is said of an action wherever it is mentioned. */
struct graph_event {
	enum synapse_kind kind;
	const struct action *action;
	const struct node *on_node, *router; /* router: the node that talks to a remote on_node; NULL: itself */
	const char *operation_key;           /* as printed; may differ from the action's */
	const char *internal_key;            /* internal_operation_key, or NULL */
};

struct synapse {
	int id;       /* from 0 */
	int priority; /* 0: none */
	struct graph_event event;
	struct action *action;
	int64_t lock_time; /* the action keeps a resource locked to its node since; 0: none */
	/* The <primitive> of an operation on a resource; rsc_id NULL: none is printed. */
	const char *rsc_id, *long_id; /* long_id NULL: same */
	const char *class_, *provider, *type;
	const char **downed; /* ids of nodes that this takes down; count 0: none */
	uint32_t downed_count;
	bool maintenance;       /* tells remote nodes that they are in maintenance, or no longer */
	struct action **inputs; /* by ascending id */
	uint32_t input_count;
};

struct graph {
	struct synapse *synapses;
	uint32_t count, room;
	struct table *attributes; /* of <transition_graph>, in order of printing */
};

void graph_create(struct cluster *c);
/* How an action is mentioned; new texts go to the arena. */
struct graph_event graph_event_of(const struct action *a, struct arena *arena);
/* What <attributes> of a synapse says, in the arena; sorted by name. */
const struct table_entry *synapse_attributes(const struct synapse *s, struct arena *arena, uint32_t *ret_count);
/* Whether a remote node must be told that it is in maintenance, or no longer. */
bool node_maintenance_is_news(const struct node *n);
/* As `crm_simulate -G` writes it. */
void graph_print_xml(const struct cluster *c, GString *out);
enum {
	DOT_ALL = 1, /* optional actions too (--all-actions) */
	DOT_IDS = 2, /* with each action's number (--verbose) */
};
/* As `crm_simulate -D` writes it. */
void graph_print_dot(const struct cluster *c, unsigned flags, GString *out);

#endif
