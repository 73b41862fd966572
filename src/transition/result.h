/* SPDX-License-Identifier: GPL-2.0-or-later */
/* result.h - what an operation came to, as an entry of the history in a document.
 *
 * The history of a node is /cib/status/node_state/lrm/lrm_resources/lrm_resource; each of its entries, lrm_rsc_op, is
 * the last operation of its sort: RSC_last_0, RSC_last_failure_0, RSC_monitor_10000. The names, digests and keys are
 * compatible with Pacemaker's, whose scheduler must be able to read what ours wrote.
 */
#ifndef TRANSITION_RESULT_H
#define TRANSITION_RESULT_H

#include "base/table.h"
#include "cib/document.h"

struct operation_result {
	const char *rsc_id; /* the name in the history */
	const char *task;
	int64_t interval_ms;
	int rc, target_rc;
	int status;                     /* enum outcome */
	const char *exit_reason;        /* kept for failures; NULL: none */
	const char *node;               /* its name */
	int64_t now;                    /* epoch seconds */
	const struct table *parameters; /* with CRM_meta_…; NULL: no digest is made */
	const char *transition_key;     /* NULL: one is made up */
	const char *origin;
	int call_id;               /* 0: above all that are there, which must be looked for */
	int64_t exec_ms, queue_ms; /* how long it ran, and waited before */
	/* From the agent's metadata, names with blanks between: parameters whose change needs a restart ("" when none
	 * does; NULL: the agent cannot reload), and those that are secret (NULL or "": none). */
	const char *restart, *secret;
};

/* Whether an operation that ended so has failed, where another rc was expected or the run itself went wrong. */
bool result_is_failure(int status, int rc, int target_rc);
/* The highest call id of its entries, 0: none. */
int result_last_call(const struct element *lrm_resource);
/* One more, up to INT_MAX. */
int result_next_call(const struct element *lrm_resource);
/* Writes an entry of the lrm_resource. Returns the entry. */
struct element *result_record(struct element *lrm_resource, const struct operation_result *r);

/* The node_state of a node by its name, made if missing: then with this id (NULL: the id of its <node>, else its name).
 */
struct element *status_node(struct document *d, const char *name, const char *id);
/* What the controller writes when a node comes or goes. */
void status_node_set_online(struct element *node_state, bool online, const char *origin);
/* Forgets what ran there and its transient attributes, as after fencing. */
void status_node_forget(struct element *node_state);
/* A transient attribute. */
void status_attribute_set(struct element *node_state, const char *name, const char *value);
const char *status_attribute_get(const struct element *node_state, const char *name);
/* The lrm_resource of a resource under the name that it has in the history, or under its other name; made if missing.
 * NULL: it is missing and class or type are not given. */
struct element *status_resource(struct element *node_state, const char *id, const char *history_id, const char *class_,
				const char *provider, const char *type);
/* The same for one that is known not to be there: without looking for it. */
struct element *status_resource_add(struct element *node_state, const char *history_id, const char *class_,
				    const char *provider, const char *type);

#endif
