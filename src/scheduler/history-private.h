/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history-private.h - what the modules of the history phase know of each other.
 *
 *   status.c             who is there, who must be fenced; in which order histories are read
 *   history.c            one node's history: resource by resource, operation by operation
 *   history-find.c       which resource an entry speaks of, which instance of a clone
 *   history-index.c      finding entries by node and resource
 *   history-operation.c  one operation: what it says about the resource's state
 *   history-remap.c      what a result means, and whether it has expired
 *   history-failure.c    what a failure does
 *   migration-history.c  live migrations that are half done
 *   running.c            a resource is known on a node, and perhaps active there
 */
#ifndef SCHEDULER_HISTORY_PRIVATE_H
#define SCHEDULER_HISTORY_PRIVATE_H

#include "scheduler/history.h"

enum history_task {
	HISTORY_OTHER, /* says nothing about the state */
	HISTORY_MONITOR,
	HISTORY_START,
	HISTORY_STOP,
	HISTORY_PROMOTE,
	HISTORY_DEMOTE,
	HISTORY_MIGRATE_TO,
	HISTORY_MIGRATE_FROM,
	HISTORY_ASYNC_MONITOR,
};

/* An <lrm_rsc_op>, read once. Texts are the document's. */
struct entry {
	const struct element *xml;
	const char *id, *task_name, *key, *magic, *exit_reason, *on_node;
	const char *rc_text, *status_text, *call_text, *transition_key; /* NULL: absent */
	enum history_task task;
	int64_t interval_ms;
	int64_t last_change; /* epoch seconds; -1: unknown */
	int call_id;         /* -1: pending, or unknown */
	int rc, expected_rc, execution;
	bool probe, masked; /* masked: a failed probe that means "not running" */
	bool absence;       /* a probe that expected and found nothing, as most entries are */
};

/* Where the reading of one resource's history on one node stands. */
struct reading {
	struct cluster *c;
	struct resource *rsc;
	struct node *node;
	struct entry *last_failure; /* NULL: none so far */
	enum on_fail on_fail;       /* the worst so far */
	bool absent;                /* all that was read is that it is not there… */
	bool has_agent;             /* …and the agent is the configured one */
};

/* Rounded, but never down to 0. */
static inline int64_t seconds_of_ms(int64_t ms)
{
	return ms > 0 && ms < 1000 ? 1 : ms / 1000 + (ms % 1000 >= 500);
}

/* history-index.c */
void entry_read(const struct element *xml, struct entry *ret);
/* <0: a is older than b. */
int entry_compare(const struct entry *a, const struct entry *b);
/* How many operations an <lrm_resource> has. */
uint32_t entries_count(const struct element *history);
/* Reads them, count of them, into all. sorted: from the oldest to the newest, of what is equally old the latest first.
 * scratch: room for half of them. */
void entries_read(const struct element *history, struct entry *all, struct entry **sorted, struct entry **scratch,
		  uint32_t count);
/* Same, of elements; for entries that are looked at once. */
int entry_xml_compare(const struct element *a, const struct element *b);
/* Remembers the <node_state> elements; before anything is found. */
void history_index_begin(struct cluster *c, const struct element *status);
/* The <lrm_resource> with this id in the state of the node with this name, or NULL. */
const struct element *history_find(struct cluster *c, const char *node_name, const char *rsc_id);
/* <lrm_resources> of a <node_state>, or NULL. */
const struct element *history_resources(const struct element *state);
int64_t entry_number(const char *text, int64_t otherwise);
/* An entry's interval: none has a larger one than UINT32_MAX ms. */
int64_t entry_interval_ms(const char *text);
/* Whether the entry's id is that of a failure kept beside the operations. */
bool entry_is_last_failure(const struct entry *e);

/* history-find.c */
struct resource *history_resource(struct cluster *c, struct node *n, const char *id);
struct resource *removed_resource(struct cluster *c, const struct element *history);

/* history.c */
void node_history_unpack(struct node *n, const struct element *state);
/* Whether what an <lrm_resource> tells of was done by the agent that is configured now. Where the agent's name is not
 * complete, it never was. */
bool history_has_agent(const struct element *history, const struct resource *r);

/* history-operation.c */
void operation_unpack(struct reading *reading, struct entry *e);
/* Started, or Unpromoted where it may be promoted. */
void resource_set_active(struct resource *r);

/* history-remap.c */
bool operation_is_expired(struct reading *reading, const struct entry *e);
void operation_remap(struct reading *reading, struct entry *e, bool expired);

/* history-failure.c */
void failure_record(const struct reading *reading, const struct entry *e);
/* What is configured for a failure of the operation. */
enum on_fail failure_handling(const struct reading *reading, const struct entry *e, enum role *ret_role);
void failure_apply(struct reading *reading, struct entry *e, enum on_fail configured, enum role fail_role);
/* A failed stop that nobody can recover from blocks the resource. */
void failure_block_stop(const struct reading *reading, const struct entry *e);

/* migration-history.c */
void migrate_to_succeeded(struct reading *reading, const struct entry *e);
void migrate_to_failed(struct reading *reading, const struct entry *e);
void migrate_from_failed(struct reading *reading, const struct entry *e);

/* running.c */
void resource_state_apply(struct resource *r, struct node *n, enum on_fail on_fail);
void resource_add_active(struct resource *r, struct node *n, bool failed);

/* status.c */
void remote_online_update(struct node *n);

#endif
