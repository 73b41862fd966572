/* SPDX-License-Identifier: GPL-2.0-or-later */
/* leader-internal.h - the leader's parts, for each other and nobody else. */
#ifndef CONTROLLER_LEADER_INTERNAL_H
#define CONTROLLER_LEADER_INTERNAL_H

#include "controller/leader.h"
#include "scheduler/graph.h"
#include "transition/execution.h"

enum {
	DECIDE_PAUSE_MS = 10,         /* between two decisions at least */
	ADOPTED_PATIENCE_MS = 600000, /* for an action under way whose timeout is not known */
	RETURN_PATIENCE_MS = 10000,   /* for a manager that died on a node that lives */
	FENCE_AGAIN_MS = 2000,        /* after fencing failed */
	HEAD_START_MS = 400,          /* for the one of two nodes that has more to lose */
	STARTUP_PATIENCE_MS = 20000,  /* dc-deadtime */
	RECHECK_MS = 15 * 60 * 1000,  /* cluster-recheck-interval */
	CLUSTER_DELAY_MS = 60000,     /* cluster-delay */
	FENCE_ATTEMPTS = 10,          /* fencing-max-attempts */
	FENCE_TIMEOUT_MS = 60000,     /* fencing-timeout */
};

/* An action that was ordered and has not ended. */
struct job {
	char *node, *rsc, *action;
	int64_t interval_ms;
	bool cancel;
	bool heard;                     /* its order has come back: the common state knows of it */
	char *transition_key;           /* NULL: fencing */
	uint64_t fence;                 /* the request at the fencing core, or 0 */
	char *client;                   /* of fencing: who wanted it */
	wall_time begun;                /* of fencing */
	bool is_fence_told;             /* it ended, and MESSAGE_FENCED is on its way */
	bool is_answered;               /* in its member's place; the answer is on its way */
	mono_time due;                  /* when it has failed for lack of an answer; unset: the fencing core knows */
	const struct synapse *synapse;  /* of the present transition, which waits for it; NULL: nobody does */
	char *class_, *provider, *type; /* for an answer in its place; NULL when adopted from the history */
	int target_rc;
};

/* A run of a fence agent that another leader ordered, and that has not failed. */
struct heard_run {
	struct arena arena;
	struct fence_run run; /* without input; in the arena */
	mono_time done;       /* when it was heard to have succeeded; unset: it goes on */
};

/* A node of the ring without a manager, or an attribute's dampening. */
struct deadline {
	char *name;
	node_id node;
	mono_time due;
};

struct leader {
	struct leader_ops ops;
	const struct cluster_state *common;
	const struct manager_view *view;
	char *uuid;
	char *needless; /* options that were told of as such, NULL: none was looked for */
	struct instant now;
	enum leader_state state;

	GPtrArray *jobs;      /* struct job, oldest first */
	GPtrArray *absent;    /* struct deadline */
	GPtrArray *dampened;  /* struct deadline: attributes */
	GHashTable *attempts; /* target -> times that fencing it failed in a row */
	GHashTable *failures; /* that nothing was done about yet: when they were first seen */
	struct fencing *fencing;
	uint64_t next_fence;
	GPtrArray *others; /* struct heard_run: what another leader lets run to fence nodes */

	/* The present transition. */
	struct document *input;
	struct cluster *cluster;
	struct execution *execution;
	GQueue *held; /* struct synapse: may start, but for a limit */
	uint32_t number;
	bool blocked; /* it ended with less than it wanted */

	mono_time begun; /* first agreement of a new cluster: others are waited for until all are there */
	bool wait_over;
	uint64_t quorate_epoch; /* the last one in which we were with those who have quorum; 0: none */
	mono_time decide_at, recheck_at, fencing_at; /* unset: not */
	mono_time decided_at;                        /* the last decision */
	GPtrArray *expected;                         /* names of the nodelist, char * */
	struct message batch;                        /* MESSAGE_ORDERS being gathered */
	uint32_t unheard; /* messages of orders that have not come back: until then nothing is decided */
	GArray *orders;   /* struct order */
	struct arena order_arena;
};

static inline int64_t seconds(wall_time t)
{
	return (int64_t)(t.ns / 1000000000u);
}

/* An option of the configuration in ms, or otherwise. */
int64_t leader_option_ms(const struct leader *l, const char *name, int64_t otherwise);
const char *leader_option(const struct leader *l, const char *name);
/* Decide soon. */
void leader_stale(struct leader *l);
/* Starts what may start. */
void leader_pump(struct leader *l);
void leader_log(const struct leader *l, enum message_id id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Tells of options that are set and change nothing (leader-options.c). */
void leader_tell_needless(struct leader *l);

/* --- jobs (leader-jobs.c) --- */
void job_free(void *job);
struct job *job_add(struct leader *l, const char *node, const char *rsc, const char *action, int64_t interval_ms);
struct job *job_find(const struct leader *l, const char *node, const char *rsc, const char *action, int64_t interval_ms,
		     bool cancel);
struct job *job_by_key(const struct leader *l, const char *transition_key);
struct job *job_by_fence(const struct leader *l, uint64_t fence);
/* Any of a resource on a node that is not recurring. */
struct job *job_of_resource(const struct leader *l, const char *node, const char *rsc);
/* It ended: its synapse is done, and it is forgotten. */
void job_end(struct leader *l, struct job *j, bool failed);
uint32_t jobs_on(const struct leader *l, const char *node);
/* Orders that were lost with their epoch: nobody runs them. Answers in a member's place are given again. */
void jobs_drop_unheard(struct leader *l);
/* What the history calls pending becomes a job, unless it is one. */
void jobs_adopt(struct leader *l);
/* Jobs of nodes that are gone end; those that are overdue fail, and everybody is told. */
void jobs_expire(struct leader *l);
void jobs_check(const struct leader *l);

/* --- fencing (leader-fence.c) --- */
void leader_fencing_open(struct leader *l);
/* Members, devices and options as they are now. */
void leader_fencing_configure(struct leader *l);
void leader_fence(struct leader *l, const struct synapse *s);
/* Somebody asked for it from outside. */
void leader_fence_ask(struct leader *l, const struct message *m);
void leader_fence_heard(struct leader *l, const struct message *m);
/* Another member leads: what it lets run may be ours to hear to its end, if it dies. */
void leader_fence_note(struct leader *l, const struct message *m);
/* The members have changed: runs of members that are gone, and for nodes that are back, do not count. One that is done
 * counts only while epochs with quorum follow each other (rule 6 of view.h): else its node may have been back with
 * others, have run what would be started here, and be lost anew. */
void leader_fence_prune(struct leader *l);
void heard_run_free(void *run);
/* A new epoch: what goes on is told to all of it. */
void leader_fence_tell(struct leader *l);
/* A new epoch: what ended in the one before and did not get on record has not happened. */
void leader_fence_begin(struct leader *l);

/* --- what the scheduler is shown (leader-input.c) --- */
GHashTable *failures_new(void);
/* NULL: the configuration is unusable, and that was said. */
struct document *leader_input(struct leader *l);

/* --- times (leader-time.c) --- */
void leader_rearm(struct leader *l);
void deadline_free(void *deadline);
/* Sets or replaces. */
void deadline_set(GPtrArray *list, const char *name, node_id node, mono_time due);
/* The earliest that is due, taken out; NULL: none. */
struct deadline *deadline_take(GPtrArray *list, mono_time now);
void deadline_drop(GPtrArray *list, const char *name);

#endif
