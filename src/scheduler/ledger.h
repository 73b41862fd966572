/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ledger.h - why a score is what it is.
 *
 * Every change of a seat's score goes through this module, which changes it and
 * writes down what it was: which constraint, failure, rule or resource, and how
 * much. Folding a resource's entries for a node in order gives the printed score
 * (a test proves it for every case), and `hale explain` tells them.
 *
 * An entry costs one small piece of the arena; one that concerns all nodes alike is
 * one entry. Why an action is done stands in the action itself (action.h, reason)
 * and in its relations.
 */
#ifndef SCHEDULER_LEDGER_H
#define SCHEDULER_LEDGER_H

#include "scheduler/node.h"
#include "scheduler/resource.h"

enum cause {
	CAUSE_SYMMETRIC, /* symmetric-cluster: every node is allowed */
	CAUSE_LOCATION,  /* id: the constraint */
	CAUSE_STICKINESS,
	CAUSE_HEALTH,
	CAUSE_STANDBY,
	CAUSE_FAILURE,     /* id: the operation; a hard error, a failed stop, migration-threshold */
	CAUSE_LOCK,        /* shutdown lock */
	CAUSE_DISCOVERY,   /* exclusive discovery */
	CAUSE_COLOCATION,  /* id: the constraint; by: the other resource */
	CAUSE_TICKET,      /* id: the ticket */
	CAUSE_UTILIZATION, /* not enough capacity */
	CAUSE_PROMOTION,   /* a promotion score */
	CAUSE_LIMIT,       /* clone-max, clone-node-max, replicas */
	CAUSE_BUNDLE,      /* a part of a bundle and its node */
	CAUSE_REMOTE,      /* connections and what launches them are on no remote node; what it runs, only there */
	CAUSE_UNMANAGED,   /* stays where it is */
	CAUSE_TARGET_ROLE, /* shall be stopped */
	CAUSE_REMOVED,     /* no longer configured */
	CAUSE_MULTIPLE,    /* active on several nodes */
	CAUSE_PARENT,      /* the parent's table is taken over */
	CAUSE_RESTORED,    /* a colocation that would leave no node is given up: scores as before it */
	CAUSE_OTHER,       /* id says what */
};

struct ledger_entry {
	enum cause cause;
	bool replaces; /* the score became `score`; else it was added (score_add) */
	int score;
	const struct node *node;   /* NULL: every node in the table */
	const char *id;            /* of the constraint, operation, ticket…; NULL none */
	const struct resource *by; /* the other resource, or NULL */
	struct ledger_entry *next; /* later */
};

/* Adds score to the seat (in place; node must be present or becomes so with 0). */
void ledger_add(struct resource *r, struct node *node, int score, enum cause cause, const char *id,
		const struct resource *by);
/* The same for every node in r->allowed. */
void ledger_add_all(struct resource *r, int score, enum cause cause, const char *id, const struct resource *by);
/* The seat becomes score. */
void ledger_set(struct resource *r, struct node *node, int score, enum cause cause, const char *id,
		const struct resource *by);
/* Makes r's seats equal to a table that a phase computed beside; the differences are written down. */
void ledger_take(struct resource *r, const struct seat *seats, enum cause cause, const char *id,
		 const struct resource *by);

/* The same for how much an instance is wanted in the promoted role, which is one number: it became score, or score was
 * added to it; nothing is changed here. */
void ledger_note_promotion(struct resource *r, int score, bool replaces, enum cause cause, const char *id,
			   const struct resource *by);
/* What r's entries about promotion come to; of them, in r->promotion_entries, the earliest comes first. */
int ledger_fold_promotion(const struct resource *r);

/* r's entries, earliest first; NULL when none. */
const struct ledger_entry *ledger_of(const struct resource *r);
/* What r's entries for this node come to: equal to its seat's score at any time. */
int ledger_fold(const struct resource *r, const struct node *node);

/* A trial that is taken back takes its entries back too. The table at the mark is a copy. */
struct ledger_mark {
	struct ledger_entry *last;
	struct seat *seats;
};
struct ledger_mark ledger_mark(struct resource *r);
void ledger_rewind(struct resource *r, struct ledger_mark mark);

const char *cause_text(enum cause cause);

#endif
