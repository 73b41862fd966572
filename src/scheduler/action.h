/* SPDX-License-Identifier: GPL-2.0-or-later */
/* action.h - something to be done, and how two actions relate.
 *
 * An action is created once for a (resource, key, node) and found again by it;
 * wishes for the same action meet in one object whose flags only ever tighten:
 * optional is cleared by whoever needs it, runnable by whoever forbids it.
 * Ids count from 1 in order of creation and appear in the transition.
 *
 * Lists of actions (of the cluster and of each resource) are latest first, and
 * so are lists of relations: what is printed depends on it.
 */
#ifndef SCHEDULER_ACTION_H
#define SCHEDULER_ACTION_H

#include "base/table.h"
#include "cib/element.h"
#include "scheduler/node.h"
#include "scheduler/resource.h"

#include <assert.h>

enum task {
	TASK_OTHER, /* task_name says what: a recurring operation of any name, a pseudo-action… */
	TASK_MONITOR,
	TASK_STOP,
	TASK_STOPPED, /* completion of a group's or clone's stop; completions follow their task */
	TASK_START,
	TASK_RUNNING,
	TASK_NOTIFY,
	TASK_NOTIFIED,
	TASK_PROMOTE,
	TASK_PROMOTED,
	TASK_DEMOTE,
	TASK_DEMOTED,
	TASK_MIGRATE_TO,
	TASK_MIGRATE_FROM,
	TASK_RELOAD, /* reload-agent */
	TASK_CANCEL,
	TASK_DELETE, /* lrm_delete: forget the history */
	TASK_CLEAR_FAILCOUNT,
	TASK_SHUTDOWN,     /* do_shutdown */
	TASK_FENCE,        /* "stonith" */
	TASK_LOAD_STOPPED, /* load_stopped_NODE */
	TASK_CLONE_ONE_OR_MORE,
	TASK_ONE_OR_MORE,
	TASK_MAINTENANCE_NODES,
};
enum { TASK_COUNT = TASK_MAINTENANCE_NODES + 1 };

enum needs { NEEDS_NOTHING, NEEDS_QUORUM, NEEDS_FENCING };

/* What a failure does, in rising order: the highest wins. */
enum on_fail {
	ON_FAIL_IGNORE,
	ON_FAIL_DEMOTE,
	ON_FAIL_RESTART,
	ON_FAIL_RESET_REMOTE,
	ON_FAIL_RESTART_CONTAINER,
	ON_FAIL_BAN,
	ON_FAIL_BLOCK,
	ON_FAIL_STOP,
	ON_FAIL_STANDBY,
	ON_FAIL_FENCE,
};

enum action_flag {
	ACTION_PSEUDO = 1 << 0, /* no agent is called */
	ACTION_RUNNABLE = 1 << 1,
	ACTION_OPTIONAL = 1 << 2, /* need not be done */
	ACTION_ALWAYS_IN_GRAPH = 1 << 3,
	ACTION_ATTRIBUTES_READ = 1 << 4,
	ACTION_MIGRATABLE = 1 << 5, /* may be part of a live migration */
	ACTION_IN_GRAPH = 1 << 6,
	ACTION_MIGRATION_ABORT = 1 << 7, /* a stop that ends a dangling migration */
	ACTION_RESCHEDULE = 1 << 8,      /* a recurring action that must be started anew */
	ACTION_DETECT_LOOP = 1 << 9,
	ACTION_INPUTS_MERGED = 1 << 10,
	ACTION_ON_DC = 1 << 11, /* may be done by the DC in place of its node */
};
static_assert(ACTION_ON_DC <= UINT16_MAX, "relations keep flags in 16 bits");

/* What `first` and `then` have to do with each other: facts 7.1. */
enum relation_flag {
	RELATION_ORDERED = 1 << 0,
	RELATION_IF_FIRST_UNMIGRATABLE = 1 << 1,
	RELATION_THEN_IMPLIES_FIRST = 1 << 4,
	RELATION_FIRST_IMPLIES_THEN = 1 << 5,
	RELATION_PROMOTED_THEN_IMPLIES_FIRST = 1 << 6,
	RELATION_UNMIGRATABLE_THEN_BLOCKS = 1 << 7,
	RELATION_UNRUNNABLE_FIRST_BLOCKS = 1 << 8,
	RELATION_FIRST_ELSE_THEN = 1 << 9,
	RELATION_FIRST_IMPLIES_SAME_NODE_THEN = 1 << 10,
	RELATION_NESTED_REMOTE_PROBE = 1 << 11,
	RELATION_INTERMEDIATE_STOP = 1 << 12,
	RELATION_SERIALIZE = 1 << 14,
	RELATION_IF_ON_SAME_NODE = 1 << 15,
	RELATION_THEN_IMPLIES_FIRST_GRAPHED = 1 << 16,
	RELATION_FIRST_IMPLIES_THEN_GRAPHED = 1 << 17,
	RELATION_ASYMMETRIC = 1 << 20,
	RELATION_IF_ON_SAME_NODE_OR_TARGET = 1 << 21,
	RELATION_MIN_RUNNABLE = 1 << 22,
	RELATION_IF_REQUIRED_ON_SAME_NODE = 1 << 23,
	RELATION_GUEST_ALLOWED = 1 << 24,
	RELATION_THEN_CANCELS_FIRST = 1 << 25,
};

struct relation {
	struct action *action; /* the other one */
	uint32_t flags;        /* enum relation_flag; those in `before` may lose some while orderings are applied */
	uint32_t made_with;    /* flags when it was made */
	bool graphed;
	bool seen; /* looked at while orderings are applied, when the flags of both actions were these: */
	uint16_t first_seen, then_seen;
	const char *id;        /* of the order constraint that it comes from; NULL: the program's own */
	struct relation *twin; /* the same relation in the other's list */
	struct relation *next;
};

struct action {
	int id;
	int priority;
	enum task task;
	const char *task_name; /* "start", "monitor", "load_stopped_n1" */
	int64_t interval_ms;
	const char *key;                  /* "web_start_0"; "stonith-n1-reboot" */
	struct resource *rsc;             /* NULL for actions of the cluster */
	struct node *node;                /* NULL for most pseudo-actions */
	const struct element *operation;  /* its <op>, or NULL */
	const char *cancelled_task;       /* of TASK_CANCEL */
	const char *reason;               /* the first that was given stays */
	const struct action *required_by; /* whose need made it necessary, if that came from another action… */
	const struct action *blocked_by;  /* …and what made it impossible, likewise */
	const char *note; /* what its reason does not keep: why failures are cleared, why it must stop */
	uint32_t flags;   /* enum action_flag */
	enum needs needs;
	enum on_fail on_fail;
	enum role fail_role;
	struct table *meta;              /* timeout, interval, on-fail, …: names as in the CIB; action_set_meta() */
	struct table *parameters;        /* the operation's own instance attributes on its node; NULL: none */
	int runnable_before;             /* RELATION_MIN_RUNNABLE: how many there are… */
	int required_before;             /* …and how many there must be */
	struct relation *before, *after; /* latest first */
	uint32_t before_count, after_count;
	struct relation_index *after_index; /* relation.c; NULL: not needed so far */
	struct action *next_of_resource;    /* older */
	struct action *next;                /* older */
	struct action *next_same_key;       /* older one of the same resource and key, on another node */
	struct action *next_same_task, *previous_same_task; /* of the same resource and task: older, younger */
	uint32_t stamp;                                     /* of the last walk that came here: action_walk_new() */
	enum task notified_task;   /* of the pseudo-actions of notifications: what they tell of */
	struct action_view *views; /* of a whole resource's action: order-flags.c */
	bool meta_is_shared;       /* with the same action on other nodes */
	uint8_t expected;          /* action_expect(): the result that a monitor expects; 0: nothing special */
	bool key_tells_notify;     /* the key has "notify" in it: nothing completes it */
	bool after_whole;          /* a group's, clone's or bundle's action is before it */
	bool order_visited;        /* all that is before it has been looked at once (order-update.c) */
	struct cluster *cluster;
};

static inline bool action_is(const struct action *a, uint32_t flags)
{
	return (a->flags & flags) == flags;
}

/* --- creating and finding (action.c) --- */

/* Finds the action with this key on this node, or creates it. key NULL: made of rsc, task, interval. rsc NULL: a
 * singleton of the cluster by its key. node NULL: an action without a place. optional only tightens: an action that
 * someone needs stays needed. */
struct action *action_request(struct cluster *c, struct resource *rsc, const char *key, const char *task,
			      int64_t interval_ms, struct node *node, bool optional);
/* An action of the cluster with this name as its key, that no agent does. */
struct action *action_pseudo(struct cluster *c, const char *name);
/* An action of a resource without a place that no agent does: "web-group_running_0". */
struct action *action_pseudo_of(struct resource *r, const char *task, bool optional, bool runnable);
/* The usual ones of a resource. */
struct action *action_start(struct resource *r, struct node *node, bool optional);
struct action *action_stop(struct resource *r, struct node *node, bool optional);
struct action *action_promote(struct resource *r, struct node *node, bool optional);
struct action *action_demote(struct resource *r, struct node *node, bool optional);
/* Forgets the history of r on node (lrm_delete). */
struct action *action_delete(struct resource *r, struct node *node, bool optional);
/* Clears the fail count of r on node; reason as the summary shows it. */
struct action *action_clear_failcount(struct resource *r, struct node *node, const char *reason);
/* Fencing of node by op ("reboot", "off", "on"; NULL: the cluster's default). Creates the action or tightens it. */
struct action *action_fence(struct node *node, const char *op, bool optional, const char *reason, bool priority_delay);
struct action *action_shutdown(struct node *node);
/* Unfencing: node (NULL: all that device may use) gets its "on" done before `dependency` (may be NULL). device NULL:
 * whatever device. */
void action_unfence(struct cluster *c, struct resource *device, struct node *node, const char *reason,
		    struct action *dependency);
/* A node must be fenced: a cluster or remote node becomes unclean, a guest's launcher failed. check_delay:
 * priority-fencing-delay applies. */
void node_must_be_fenced(struct cluster *c, struct node *node, const char *reason, bool check_delay);
/* Whether fencing of node is possible in this partition. */
bool node_can_be_fenced(const struct cluster *c, const struct node *node);

/* The action of r (NULL: of the cluster) with this key (any case) and node (NULL: any, then the oldest); actions
 * without a node take the one asked for: facts 6.1. */
struct action *action_find(struct cluster *c, struct resource *r, const char *key, struct node *node);
struct action *action_find_task(struct resource *r, enum task task, struct node *node);
/* The same, but what has no node stays so and is not found when a node is asked for; NULL: any, then the latest. */
struct action *action_find_placed(const struct resource *r, enum task task, const struct node *node);
/* All actions of r with this key: the latest, the others by next_same_key. */
struct action *action_chain(struct cluster *c, const struct resource *r, const char *key);
struct action *action_chain_task(const struct resource *r, enum task task);
/* Whether r has this task (interval 0) anywhere. */
bool action_exists(const struct resource *r, enum task task);
/* The latest action of r with this task, of any key and interval, on node (NULL: anywhere); TASK_OTHER: NULL. */
struct action *action_with_task(const struct resource *r, enum task task, const struct node *node);
/* Makes it another task's, of which it counts as the latest from now on; the key stays. */
void action_set_task(struct action *a, enum task task);

void action_set(struct action *a, uint32_t flags);
void action_clear(struct action *a, uint32_t flags);
/* Clears flags and, when the cause is another resource's, keeps the reason "required web start". */
void action_clear_because(struct action *a, uint32_t flags, const struct action *because);
/* The result that a monitor expects, where it is not 0. */
void action_expect(struct action *a, int result);
/* Says something about this action alone; name and value are borrowed. */
void action_set_meta(struct action *a, const char *name, const char *value);
/* Its meta table, its own from now on. */
struct table *action_own_meta(struct action *a);
/* Gives the reason unless there is one. overwrite: in any case (NULL takes it away). */
void action_set_reason(struct action *a, const char *reason, bool overwrite);
/* Forbids or requires, with its reason. */
void action_require(struct action *a, const char *reason);
void action_forbid(struct action *a, const char *reason);

/* "web_monitor_10000"; of notifications "web_pre_notify_start_0". In the cluster's arena. */
const char *action_key(struct cluster *c, const char *rsc, const char *task, int64_t interval_ms);
const char *action_notify_key(struct cluster *c, const char *rsc, const char *type, const char *task);
/* Takes a key apart; false when it is none. */
bool action_key_parse(struct cluster *c, const char *key, const char **ret_rsc, const char **ret_task,
		      int64_t *ret_interval_ms);
enum task task_parse(const char *name);
const char *task_text(enum task task);
const char *on_fail_text(enum on_fail on_fail);

/* --- relations (relation.c) --- */

/* Relates two actions; ignored when a relation of them shares a flag already (facts 20 of section 9), or flags are 0,
 * or first == then. True when it is new. */
bool relation_add(struct action *first, struct action *then, uint32_t flags);

#endif
