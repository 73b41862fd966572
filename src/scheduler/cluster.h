/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cluster.h - one run of the scheduler: a document, a time, and all that follows from them.
 *
 *	struct cluster *c = cluster_new(document, now);
 *	scheduler_run(c);          // or scheduler_read_status(c) for the state alone
 *	... c->nodes, c->resources, c->graph ...
 *	cluster_free(c);
 *
 * The run is a pure function: equal documents and times give equal results, byte
 * for byte. The document is only read, must be of the newest schema (cib/upgrade.h)
 * and must live as long as the cluster, which borrows its texts.
 *
 * Phases, each a module that writes what the next ones read:
 *   unpack      options, nodes, resources, tags                     unpack.h
 *   history     node states, results of operations                  history.h
 *   constraints locations, colocations, orders, tickets             constraint.h, constraints.h
 *   criteria    what holds for single nodes: locks, bans, stickiness criteria.h
 *   assign      a node and a role for each resource                 assign.h
 *   act         actions that lead there                             actions.h
 *   order       what must wait for what, what is impossible         order.h
 *   graph       the transition                                      graph.h
 */
#ifndef SCHEDULER_CLUSTER_H
#define SCHEDULER_CLUSTER_H

#include "base/arena.h"
#include "cib/document.h"
#include "scheduler/action.h"
#include "scheduler/constraint.h"
#include "scheduler/node.h"
#include "scheduler/resource.h"

enum no_quorum { NO_QUORUM_STOP, NO_QUORUM_FREEZE, NO_QUORUM_IGNORE, NO_QUORUM_DEMOTE, NO_QUORUM_FENCE };
enum placement { PLACEMENT_DEFAULT, PLACEMENT_UTILIZATION, PLACEMENT_MINIMAL, PLACEMENT_BALANCED };
enum health { HEALTH_NONE, HEALTH_MIGRATE_ON_RED, HEALTH_ONLY_GREEN, HEALTH_PROGRESSIVE, HEALTH_CUSTOM };

/* Cluster options, typed (options.c). */
struct options {
	struct table *all; /* as configured, newest names */
	bool symmetric, maintenance_mode, stop_all, fencing_enabled, startup_fencing, concurrent_fencing;
	bool stop_removed_resources, cancel_removed_actions, start_failure_is_fatal, shutdown_lock, startup_probes;
	bool have_watchdog, fence_remote_without_quorum;
	enum no_quorum no_quorum;
	enum placement placement;
	enum health health;
	const char *fence_action; /* "reboot" or "off" */
	int64_t fence_timeout_ms, priority_fencing_delay_ms, shutdown_lock_limit_ms, node_pending_timeout_ms;
	int64_t cluster_delay_ms;
	const char *batch_limit, *migration_limit;
	int health_base, health_red, health_yellow, health_green;
};

enum score_kind { SCORE_ON_NODE, SCORE_OF_PROMOTION, SCORE_CAPACITY, SCORE_UTILIZATION };

/* A score, or what a node can carry or a resource needs, as it was at one point of the work. */
struct score_item {
	enum score_kind kind;
	const char *phase;          /* which point; of a capacity "Original", of a promotion score NULL */
	const char *rsc;            /* NULL: of a capacity */
	const char *node;           /* NULL: a promotion score of what runs nowhere */
	const char *score;          /* "INFINITY"; NULL: of the other two */
	const struct table *values; /* of the other two: may be NULL */
};

/* What the caller wants to see on the way. */
struct score_report {
	/* One line "phase: rsc allocation score on node: score" and its kin, without the end of line. NULL: nobody
	 * wants to know. */
	void (*line)(void *user, const char *line);
	void (*item)(void *user, const struct score_item *item); /* as data: where it is set, no line is made */
	void (*notice)(void *user, const char *text);            /* of c->notices, as each is made; may be NULL */
	void *user;
	bool no_scores;   /* capacities alone */
	bool utilization; /* lines about capacities too */
};

/* Complaints about the configuration, in order of discovery: text for people, with ids. is_error: else a warning. */
struct complaint {
	const char *text;
	const struct element *element; /* where, or NULL */
	bool is_error;
	struct complaint *next;
};

struct scheduler_memory;

struct cluster {
	struct arena arena;
	struct document *document; /* borrowed */
	int64_t now;               /* epoch seconds */
	int32_t zone_offset_s; /* of the local zone, east of UTC: for dates without a zone in rules, and for print */
	int64_t recheck_by;    /* earliest time at which the answer may change by itself; INT64_MAX: never */
	struct scheduler_memory *memory; /* borrowed: what is known from runs before (memory.h); NULL: nothing */
	struct options options;
	struct score_report report;
	bool quorate, have_fencing, enable_unfencing, have_status, have_remote_nodes, sanitized;
	const char *dc_id; /* dc-uuid */
	struct node *dc;

	struct node **nodes; /* sorted by node_name_compare() */
	struct node **nodes_by_index;
	uint32_t node_count, node_room; /* room: seats in every table */
	struct id_index *node_names;    /* index.h: nodes by name, any case… */
	struct id_index *node_ids;      /* …and by id */
	struct resource_list resources; /* top level: by priority, then document order; removed ones last */
	struct resource **all;          /* every resource by its serial */
	uint32_t resource_serial, resource_room;
	struct id_index *ids;         /* index.h: resources by id… */
	struct id_index *history_ids; /* …and by their id in the status */
	struct element
		*connections_root; /* remote-private.h: guests' connections, to be unpacked like configured ones */
	struct id_index *node_histories; /* history-index.c */
	struct id_index *failed_keys;    /* history-failure.c */
	struct failed_operation *last_failed_operation;
	struct id_index *template_elements; /* <template> by id */
	struct id_index *templates;         /* tags.h: struct tag */
	struct id_index *tags;

	const struct element *rsc_defaults, *op_defaults;
	struct location **locations; /* latest first when applied: appended, walked backwards */
	uint32_t location_count, location_room;
	struct colocation_list colocations;
	struct ordering *first_ordering, *last_ordering;
	const char *ordering_id; /* of the constraint whose orderings are being made, or NULL */
	struct ticket **tickets;
	uint32_t ticket_count, ticket_room;
	struct id_index *ticket_ids;

	void *assign_state; /* assign-state.h */
	uint32_t turns;     /* how often a resource got a node so far */

	struct action *actions;                     /* latest first */
	int next_action_id;                         /* from 1 */
	void *action_index;                         /* by resource and key (action.c) */
	struct table **unconfigured_meta;           /* by enum task: action-template.c */
	struct table *meta_names;                   /* names of meta attributes as transitions have them */
	uint32_t action_stamp;                      /* of the latest walk (order.c) */
	struct failed_operation *failed_operations; /* history.h: for the status, in order of discovery */
	struct parameter_check *parameter_checks;   /* history.h: deferred to act */
	struct resource_list stop_needed;           /* launchers whose connections failed: history decides, act stops */

	uint32_t instance_count, disabled_count, blocked_count; /* for the status */
	struct complaint *complaints, *last_complaint;
	struct complaint *notices, *last_notice;   /* lines about the decision that are printed */
	bool processing_error, processing_warning; /* leads to a hint at the end of the output */
	struct ledger *ledger;                     /* ledger.h */
	struct graph *graph;                       /* graph.h */
};

/* now: epoch seconds. Takes nothing over. */
struct cluster *cluster_new(struct document *d, int64_t now);
void cluster_free(struct cluster *c);
/* unpack + history. */
void scheduler_read_status(struct cluster *c);
/* All phases; c->graph is the transition. */
void scheduler_run(struct cluster *c);
/* unpack + constraints without status, as far as criteria: crm_resource's questions about where something may run. */
void scheduler_read_locations(struct cluster *c);

/* Why an option that Pacemaker knows changes nothing here; NULL: it does change something, or nobody knows it. */
const char *cluster_option_needless(const char *name);

/* A complaint about e (may be NULL). */
void cluster_complain(struct cluster *c, const struct element *e, bool is_error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A line that is printed in any case, in order of discovery (fence-action.c). */
void cluster_notice(struct cluster *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The decision may change at this time. */
void cluster_recheck(struct cluster *c, int64_t when, const char *why);
/* Reads a score of the configuration (rules/score.h): red, yellow and green are what the cluster's health strategy
 * makes of them, wherever they stand. */
bool cluster_score_parse(const struct cluster *c, const char *text, int otherwise, int *ret_score);
bool cluster_is_quorate_enough(const struct cluster *c); /* quorate, or nobody cares */

#define for_each_node(n, c)                                                                        \
	for (struct node * n, **n##_at = (c)->nodes,                                               \
			      **n##_end = (c)->node_count > 0 ? n##_at + (c)->node_count : n##_at; \
	     n##_at < n##_end && (n = *n##_at, true); n##_at++)

#endif
