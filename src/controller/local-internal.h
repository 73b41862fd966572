/* SPDX-License-Identifier: GPL-2.0-or-later */
/* local-internal.h - what the parts of a node's own share:
 *
 *   local.c          orders, and what the executor is asked for
 *   local-result.c   what came of it: entries, and the queue of those that are not safe yet
 *   local-connect.c  an executor that comes and goes, a manager that was restarted
 */
#ifndef CONTROLLER_LOCAL_INTERNAL_H
#define CONTROLLER_LOCAL_INTERNAL_H

#include "controller/local.h"

/* What the executor was asked for, or will be when it is there. It ends with its result, or when it no longer recurs.
 */
struct local_op {
	struct operation *op; /* a copy; its note says what follows; its id is 0 until it is sent */
	char *history_id, *transition_key;
	int target_rc;
	bool sent;     /* the executor was asked */
	bool known;    /* it told so while it was listing */
	bool reported; /* once at least; then: */
	int last_rc, last_status;
	bool silent;      /* nobody waits for its result: a fence device's start after the executor's restart, or what
			   * the manager before this one had told already */
	char *cancel_key; /* the leader wants it ended, by this action of a transition */
	bool is_fence;
	uint64_t fence_run; /* 0: of the manager before this one; nobody waits for it */
	bool is_ended;      /* somebody vouched for its target: it is ended, and not run again */
};

/* A message that is not safe yet. */
struct outgoing {
	struct arena arena;
	struct message message; /* in the arena */
	uint64_t operation;     /* whose report it is, 0: none */
	wall_time ended;        /* of that report, by our own clock */
	bool sent;
	bool heard;      /* the end of a fence agent, which may be on its way to be told anew until the next epoch */
	bool is_adopted; /* from before this manager: it may be in the history */
};

struct local {
	struct local_ops ops;
	const struct cluster_state *state;
	char *node;
	GPtrArray *running;  /* struct local_op, in the order in which they were asked for */
	GPtrArray *outgoing; /* struct outgoing */
	GPtrArray *adopted;  /* struct operation_report, until the listing is over */
	GPtrArray *early;    /* GByteArray: orders and what is to be forgotten, from before the first listing */
	GTree *started;      /* resource -> struct operation: what it runs with */
	GHashTable *legacy;  /* agents that know `reload` and not `reload-agent`, as class:provider:type */
	bool connected, agreed, was_listed, must_compare;
	wall_time listed_at;
	uint64_t last_id;
	int last_call;
};

/* --- local.c --- */
struct local_op *local_op_new(const struct operation *op);
void local_op_free(gpointer op);
void local_op_remove(struct local *l, struct local_op *o);
struct local_op *local_op_find(const struct local *l, uint64_t id);
struct local_op *local_recurring(const struct local *l, const char *rsc, const char *action, int64_t interval_ms);
void local_run(struct local *l, struct local_op *o);
/* Carries out what came before the executor had told for the first time what it knows. */
void local_take_early(struct local *l);
/* Asks the executor. */
void local_end_recurring(const struct local *l, const char *rsc, const char *action, int64_t interval_ms);
int transition_key_target(const char *key);

/* --- local-result.c --- */
void outgoing_free(gpointer o);
void local_result(struct local *l, const struct local_op *o, const struct operation_report *report, const char *key);
/* A fence agent that is run no more, or never was: its leader need not wait. */
void local_fence_not_run(struct local *l, const struct local_op *o);
/* A recurring operation has ended because the leader wanted it. */
void local_cancelled(struct local *l, const struct local_op *o);
/* An entry that the history has and nobody works on: it failed (pending) or is to be taken off (recurring). */
void local_entry_lost(struct local *l, const struct element *resource, const struct element *entry, wall_time now);
/* Sends all that wait; those that were sent before an agreement once more. */
void local_flush(struct local *l, bool all);
/* The history says already what the report does. */
bool local_is_recorded(const struct local *l, const char *history_id, const char *transition_key, int rc, int status);
const struct element *local_history(const struct local *l, const char *node, const char *history_id);
/* Action by action: counts failures, and whether one is fatal. */
struct local_count {
	bool counts, is_fatal;
};
struct local_count local_count(const struct local *l, const char *action, int64_t interval_ms);

/* --- local-connect.c --- */
/* Compares the history with what the executor has, once after it was listed and a view agreed. */
void local_compare(struct local *l);
const char *local_note(const struct local_op *o, struct arena *a);

#endif
