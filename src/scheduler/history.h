/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history.h - the phase after unpack: what the status section says about nodes and resources.
 *
 * Reads <node_state> elements: first who is there and who must be fenced, then the
 * results of operations, from which follow where resources are active, in which
 * role, what failed and what that means. Creates the actions that failures demand
 * (stops, demotes, fencing, cleared fail counts) and, as optional ones, the
 * recurring operations that run already. Source of the rules:
 * ../shared/facts/manager-scheduler.md 3.5 to 3.8.
 */
#ifndef SCHEDULER_HISTORY_H
#define SCHEDULER_HISTORY_H

#include "base/outcome.h"
#include "scheduler/cluster.h"

#include <glib.h>

/* A failed operation, for the status: one for each operation key and node, in order of discovery. Texts are the
 * entry's. */
struct failed_operation {
	const struct element *entry; /* <lrm_rsc_op>: call-id, last-rc-change, queue-time, exec-time, exit-reason, … */
	const struct resource *rsc;
	const struct node *node;
	const char *key; /* "web_monitor_10000" */
	const char *task;
	int64_t interval_ms;
	int rc; /* as recorded, before it was remapped */
	int execution;
	int call_id;
	struct failed_operation *next, *next_same_key;
};

/* A comparison of an entry with the configuration that had to wait until locations are known: the history's probe
 * found it running, or it is a failure whose parameters may have changed. */
struct parameter_check {
	const struct element *entry;
	struct resource *rsc;
	struct node *node;
	bool last_failure; /* else: a start that the resource owes its being active to */
	struct parameter_check *next;
};

/* Reads /cib/status. */
void unpack_status(struct cluster *c);

/* Whether a failed probe of r on node (NULL: anywhere) counts as "not running there" (the agent is not installed, or
 * its parameters are wrong there): the entry, or NULL. `Stopped (not installed)` comes from it. */
const struct failed_operation *failed_probe_masked(const struct resource *r, const struct node *node);
/* A failure counted as done: "not installed", 5 or 2 of a probe. */
bool probe_result_is_masked(int rc, int execution);

/* The operations (struct element *) of an <lrm_resource>, oldest first; active: from the one that its being active
 * began with, and none of what was stopped since. g_ptr_array_unref() it. */
GPtrArray *history_operations(const struct element *history, bool active);

/* Words for what is printed and compared. */
const char *agent_result_text(int rc);     /* "not running" */
const char *execution_text(int execution); /* "complete", "Timed Out" */

#endif
