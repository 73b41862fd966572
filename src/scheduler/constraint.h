/* SPDX-License-Identifier: GPL-2.0-or-later */
/* constraint.h - what the configuration, or the program itself, demands of resources: locations, colocations, orders,
 * tickets. */
#ifndef SCHEDULER_CONSTRAINT_H
#define SCHEDULER_CONSTRAINT_H

#include "scheduler/action.h"
#include "scheduler/node.h"
#include "scheduler/resource.h"

struct location {
	const char *id;
	struct resource *rsc;
	enum role role; /* ROLE_PROMOTED: applies when promotions are chosen; ROLE_UNKNOWN: any */
	enum probe_mode probe;
	/* The nodes it speaks of, with its score for each. */
	struct location_node {
		struct node *node;
		int score;
	} * nodes;
	uint32_t node_count;
};

enum colocation_flag {
	COLOCATION_INFLUENCE = 1, /* the primary considers the dependent even when it is active already */
	COLOCATION_EXPLICIT = 2,  /* from the configuration, not a group's own */
};

struct colocation {
	const char *id;
	const char *node_attribute; /* "#uname" by default */
	struct resource *dependent, *primary;
	enum role dependent_role, primary_role; /* ROLE_UNKNOWN: any */
	int score;
	unsigned flags;
	uint32_t serial; /* order of creation */
};

/* An order before its actions exist: either side names an action of a resource by its task, or is one. */
struct ordering {
	uint32_t flags; /* enum relation_flag */
	struct ordering_side {
		struct resource *rsc;
		struct action *action; /* NULL: of rsc, by key or task */
		const char *key;       /* NULL: made of rsc, task and interval */
		const char *task;      /* "start"; NULL only where key is no key of a resource's action */
		int64_t interval_ms;
		enum task known; /* what task is, without an interval; TASK_OTHER when action is given */
	} first, then;
	const char *id;        /* of the constraint; NULL: the program's own */
	struct ordering *next; /* created later */
};

enum ticket_loss { TICKET_STOP, TICKET_DEMOTE, TICKET_FENCE, TICKET_FREEZE };

struct ticket {
	const char *id;
	bool granted, standby;
	int64_t last_granted;
	struct table *state;
};

struct ticket_constraint {
	const char *id;
	struct ticket *ticket;
	struct resource *rsc;
	enum role role;
	enum ticket_loss loss;
};

/* ticket.c: the ticket with this id, made when nobody spoke of it before (then it is not granted). */
struct ticket *ticket_get(struct cluster *c, const char *id);
/* ticket.c: reads a <ticket_state> of the status. */
void ticket_state_unpack(struct cluster *c, const struct element *e);

/* --- creating; used by unpacking and by every phase that adds constraints of its own --- */

/* location.c: one node (NULL: every node) gets this score. r->locations and cluster->locations learn of it. */
struct location *location_add(struct cluster *c, const char *id, struct resource *r, int score, const char *discovery,
			      struct node *node);
/* location.c: adds score to r's seat of node (NULL: of all nodes), and to its children's; tag names the reason in the
 * ledger: facts 3.3 resource_location(). */
void resource_add_score(struct resource *r, int score, struct node *node, const char *tag);
/* colocation.c: sorted into both resources' lists. score 0 is dropped. */
void colocation_add(struct cluster *c, const char *id, const char *node_attribute, int score,
		    struct resource *dependent, struct resource *primary, const char *dependent_role,
		    const char *primary_role, unsigned flags);
/* ordering.c: remembered in order of creation, applied later. A key, a task (then its interval is 0) or an action on
 * each side; texts are borrowed. Orders of starts, stops, promotes and demotes of resources that can migrate get their
 * equivalents for migrations. */
void ordering_add(struct cluster *c, struct resource *first_rsc, const char *first_task, struct action *first,
		  struct resource *then_rsc, const char *then_task, struct action *then, uint32_t flags);
/* Both sides by task name ("start"); keys are made of the resources' ids. */
void ordering_add_tasks(struct resource *first, const char *first_task, struct resource *then, const char *then_task,
			uint32_t flags);
#define order_starts(first, then, flags) ordering_add_tasks((first), "start", (then), "start", (flags))
#define order_stops(first, then, flags)  ordering_add_tasks((first), "stop", (then), "stop", (flags))

#endif
