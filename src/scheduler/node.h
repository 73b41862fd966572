/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node.h - a node as the scheduler sees it, and a node's seat in a resource's table.
 *
 * A node is one object for the whole run; what a resource thinks of a node (its
 * score there, whether it may run there) is a `struct seat` in a table of that
 * resource, indexed by node->index. Tables are plain arrays, so that copying and
 * walking them costs no lookup and no order of a hash can decide anything.
 *
 * Ownership: everything lives in the cluster's arena (cluster.h).
 */
#ifndef SCHEDULER_NODE_H
#define SCHEDULER_NODE_H

#include "base/table.h"
#include "cib/element.h"

#include <stdbool.h>
#include <stdint.h>

struct cluster;
struct resource;
struct action;

enum node_kind {
	NODE_CLUSTER, /* a member of the ring */
	NODE_REMOTE,  /* runs an executor alone: a remote node, a guest node or a bundle's node */
};

struct node {
	uint16_t index; /* of its seat in every table; order of creation */
	enum node_kind kind;
	const char *id;   /* of the <node>; a remote node's is its name */
	const char *name; /* uname; compared without case, see node_find() */
	int base_score;   /* what a seat starts with: score of the <node>, -INFINITY when it is offline or a bundle's */
	uint8_t base_probe; /* enum probe_mode, likewise */
	struct cluster *cluster;
	struct table *attributes;    /* #uname, #kind, … then permanent and transient ones */
	struct table *utilization;   /* remaining capacity: name -> decimal text; shrinks as resources are assigned */
	struct resource *remote;     /* the connection resource of a remote or guest node */
	const struct element *state; /* its <node_state>, or NULL */
	/* Of the <lrm_resource> elements of absent_state, by their place: the resource, where the history tells no more
	 * than that it is not there, and the configuration has the same agent; else NULL. */
	struct resource **absent;
	const struct element *absent_state;
	struct fail_counts *fail_counts; /* failcount.c: from its attributes; NULL until asked for */

	/* What the status says. */
	bool online;
	bool pending;  /* joining */
	bool unclean;  /* must be fenced */
	bool unseen;   /* no <node_state> */
	bool shutdown; /* is shutting down */
	bool expected_up;
	bool is_dc;
	bool maintenance;
	bool standby;
	bool fail_standby;   /* standby because an operation failed with on-fail=standby */
	bool probes_allowed; /* resource-discovery-enabled is not false */
	bool remote_reset;   /* guest: its launcher must be recovered; remote: must be fenced */
	bool remote_fenced;  /* remote: fenced since its connection was last up */
	bool remote_maintenance;
	bool history_read; /* its resource history has been unpacked */

	int priority;       /* of what is active there, guests included, promoted +1: for priority-fencing-delay */
	int resource_count; /* primitives assigned so far */
	struct resource_list *running;  /* resources active there, in order of discovery (NULL-safe list, resource.h) */
	struct resource_list *assigned; /* primitives assigned there, latest first */
};

/* What one resource thinks of one node. */
enum probe_mode { PROBE_ALWAYS, PROBE_NEVER, PROBE_EXCLUSIVE }; /* the higher wins */

struct seat {
	int score;
	int16_t count; /* instances counted there: scratch of assignment and promotion */
	uint8_t probe; /* enum probe_mode */
	bool present;  /* the node is in the table at all */
};

/* A table of seats: cluster->node_room of them. */
struct seat *seats_new(struct cluster *c);
struct seat *seats_copy(struct cluster *c, const struct seat *from);
/* Marks node present with this score unless it is; returns its seat. */
struct seat *seats_add(struct seat *seats, const struct node *node, int score);

/* The node with this name (any case) or this id (exact), or NULL. */
struct node *node_find(const struct cluster *c, const char *name);
struct node *node_find_by_id(const struct cluster *c, const char *id);
/* By id, else by name. */
struct node *node_find_any(const struct cluster *c, const char *id, const char *name);

/* A node with a connection resource that is launched by another resource (guest node, bundle node) or not (remote
 * node). */
bool node_is_guest(const struct node *n);
bool node_is_remote(const struct node *n);
/* kind == NODE_REMOTE: either of them. */
bool node_is_connection(const struct node *n);
/* Node of a bundle's replica. */
bool node_is_bundle(const struct node *n);

/* Can run resources: online, not shutting down, clean, no standby, no maintenance. */
bool node_is_available(const struct node *n);
/* …and, unless score_matters is false, its seat is not negative; consider_guest: a guest's launcher must be able to
 * start. */
bool node_is_usable(const struct node *n, const struct seat *seat);

/* Value of an attribute; NULL when unset. */
const char *node_attribute(const struct node *n, const char *name);
const char *node_name(const struct node *n); /* name, else id; "unspecified node" for NULL */

/* Order of node lists: numbers in names compare as numbers, letters without case. Also for printing. */
int node_name_compare(const char *a, const char *b);

#endif
