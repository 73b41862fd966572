/* SPDX-License-Identifier: GPL-2.0-or-later */
/* local.h - this node's part: orders for it go to its executor, reports of its executor become results.
 *
 * It keeps what the executor needs to know again when that was restarted: recurring operations are asked for anew from
 * the history, and what ran is run once more (agents are idempotent). When the manager itself was restarted, what the
 * executor still runs or has to report is adopted, and what the history calls pending without the executor knowing of
 * it has failed.
 *
 * Entries of the history are complete here, with digests of parameters: op-digest of all, op-restart-digest and
 * op-force-restart of those whose change needs a restart, op-secure-digest and op-secure-params without secrets
 * (facts of the manager, section 7; cib/digest.h).
 */
#ifndef CONTROLLER_LOCAL_H
#define CONTROLLER_LOCAL_H

#include "base/catalogue.h"
#include "controller/state.h"
#include "executor/executor.h"

struct local_ops {
	void *host;
	void (*send)(void *host, const struct message *m);
	void (*run)(void *host, const struct operation *op);
	void (*cancel)(void *host, const char *rsc, const char *action, int64_t interval_ms);
	void (*forget)(void *host, const char *rsc);
	void (*acknowledge)(void *host, uint64_t id);
	void (*log)(void *host, enum message_id id, const char *text);
};

struct local;

struct local *local_new(const struct local_ops *ops, const struct cluster_state *r, const char *node);
void local_free(struct local *l);
/* Orders of the leader; those for other nodes are skipped. */
void local_orders(struct local *l, const struct message *m);
/* A fence agent that this node shall run. */
void local_fence_run(struct local *l, const struct message *m);
void local_forget(struct local *l, const struct message *m);
/* What the executor says. While no view is agreed, results wait here, in order; local_agreed() sends them. */
void local_report(struct local *l, const struct operation_report *report);
void local_agreed(struct local *l, bool agreed);
/* The connection to the executor stands, and this is what it knows (one call each, then local_executor_listed); or it
 * is gone. same: it is the executor that we knew. */
void local_executor_known(struct local *l, enum executor_state state, const struct operation *op,
			  const struct operation_report *report);
void local_executor_listed(struct local *l, bool same);
void local_executor_lost(struct local *l);
/* Results that were sent and have come back may be acknowledged: called for each RESULT of this node. */
void local_result_applied(struct local *l, const char *transition_key, const char *entry);
/* Operations ordered from here that have not ended. */
uint32_t local_busy(const struct local *l);

#endif
