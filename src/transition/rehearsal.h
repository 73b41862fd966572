/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rehearsal.h - carrying a transition out on paper: every action succeeds at once, but for those that shall fail, and
 * the document afterwards says what the status of such a cluster would say.
 *
 * Also the changes that are wished before: nodes that come and go, failures, tickets, quorum.
 * Source of the rules: facts of the scheduler, sections 1.4 and 8.1.
 */
#ifndef TRANSITION_REHEARSAL_H
#define TRANSITION_REHEARSAL_H

#include "base/error.h"
#include "scheduler/cluster.h"

#include <glib.h>

/* What is done, as data: a kind and what there is to say of it, in the words of Pacemaker's XML ("rsc_action", with
 * resource, op, node and interval). Valid during the call. */
enum { REHEARSAL_VALUES_MAX = 4 };
struct rehearsal_event {
	const char *kind;
	struct table_entry values[REHEARSAL_VALUES_MAX]; /* those without a value are not there */
};

/* Where what is done is told; each may be NULL. */
struct rehearsal_log {
	void (*line)(void *user, const char *line);                     /* in words */
	void (*event)(void *user, const struct rehearsal_event *event); /* the same as data */
	void (*remark)(void *user, const char *line);                   /* for people only, beside the events */
	void (*error)(void *user, const char *line);
	void *user;
};

struct rehearsal {
	struct document *document;     /* changed */
	const struct cluster *cluster; /* the run that made the graph; its document may be the same one */
	int64_t now;
	const char *const *failures; /* RSC_TASK_INTERVAL@NODE=RC, NULL-terminated; may be NULL */
	struct rehearsal_log log;
	GHashTable *histories; /* of rehearse() alone: resources of each <node_state>, by id */
};

/* Carries the cluster's graph out; false when it could not be completed without anything having been failed on purpose.
 */
bool rehearse(const struct rehearsal *r);

/* --- changes before: each writes what it does as lines, or an error --- */

enum node_change { NODE_COMES, NODE_GOES, NODE_FAILS }; /* what comes and is not configured, will be */
void rehearse_node(const struct rehearsal *r, const char *name, enum node_change change);
enum ticket_change { TICKET_GRANTED, TICKET_REVOKED, TICKET_STANDBY_ON, TICKET_STANDBY_OFF };
void rehearse_ticket(const struct rehearsal *r, const char *id, enum ticket_change change);
void rehearse_quorum(const struct rehearsal *r, const char *value);
void rehearse_watchdog(const struct rehearsal *r, const char *value);
/* A result that an operation had: RSC_TASK_INTERVAL@NODE=RC. */
void rehearse_operation(const struct rehearsal *r, const char *spec);

#endif
