/* SPDX-License-Identifier: GPL-2.0-or-later */
/* local.h - this node's part: orders for it go to its executor, reports of its executor become results.
 *
 * It keeps what the executor needs to know again when that was restarted: recurring operations are asked for anew with
 * the parameters that they had, and what ran is run once more (agents are idempotent). When the manager itself was
 * restarted, what the executor still runs or has to report is adopted, what the history calls pending without the
 * executor knowing of it has failed, and recurring operations that nobody runs any more are taken off the history, so
 * that they are ordered anew.
 *
 * Entries of the history are complete here, with digests of parameters: op-digest of all, op-restart-digest and
 * op-force-restart of those whose change needs a restart, op-secure-digest and op-secure-params without secrets
 * (facts of the manager, section 7; cib/digest.h, transition/result.h).
 *
 * Results:
 * - `entry` is what result_record() makes. An entry RSC_last_failure_0 with interval 0 stands under RSC_last_0 as
 *   well; a cancelled recurring operation (op-status 1) is no entry to be written, but one to be taken away.
 * - `failed`: rc, as it counts (degraded is ok or promoted), is not the target's, or the operation's status is a
 *   failure. A probe that finds something unexpected has "failed" too, as Pacemaker has it.
 * - `rsc` and `action` name the counter; NULL where a failure is counted nowhere (probes, notifications, migrations,
 *   reloads). is_fatal: of a stop always, of a start with start-failure-is-fatal.
 * - Notifications never fail, and are not written to the history.
 *
 * A result, and the end of a fence agent, is sent again with each agreement until it has come back.
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
	/* Its resource, action and interval: the recurring one is to end. An id as well: that one, killed if it runs.
	 */
	void (*cancel)(void *host, const struct operation *op);
	void (*forget)(void *host, const char *rsc);
	void (*acknowledge)(void *host, uint64_t id);
	void (*log)(void *host, enum message_id id, const char *text);
	/* The leader wants this node to reset itself by its watchdog (fencing.h, rule 7). NULL: it cannot; the leader's
	 * request then fails. */
	void (*reset)(void *host, const char *why);
	/* How far the leader's clock is ahead of ours: failures are old or young by its clock, so it must date them.
	 * NULL: not at all. */
	int64_t (*ahead_ns)(void *host);
};

struct local;

struct local *local_new(const struct local_ops *ops, const struct cluster_state *r, const char *node);
void local_free(struct local *l);
/* Orders of the leader; those for other nodes are skipped, and what is under way already is not run twice. While there
 * is no executor they wait; before the first that there is has told what it knows, they are not even looked at. */
void local_orders(struct local *l, const struct message *m);
/* A fence agent that this node shall run; others' are skipped. */
void local_fence_run(struct local *l, const struct message *m);
/* A person vouches that a node is down: what was begun here to fence it is ended, since it may be coming back. */
void local_fenced(struct local *l, const struct message *m);
void local_forget(struct local *l, const struct message *m);
/* Pretend that a resource failed on a node (any): a result is sent as if its monitor had found that out. ERR_NOT_FOUND:
 * the node's history does not have the resource. */
enum err local_fail(struct local *l, wall_time now, const char *rsc, const char *node, struct error *reterr) MUST_CHECK;
/* What the executor says. While no view is agreed, results wait here, in order; local_agreed() sends them. */
void local_report(struct local *l, const struct operation_report *report);
void local_agreed(struct local *l, bool agreed);
/* The connection to the executor stands, and this is what it knows (one call each, then local_executor_listed); or it
 * is gone. same: it is the executor that we knew. op: what it was asked; NULL where only the report is left. */
void local_executor_known(struct local *l, enum executor_state state, const struct operation *op,
			  const struct operation_report *report);
void local_executor_listed(struct local *l, wall_time now, bool same);
void local_executor_lost(struct local *l);
/* What was sent and has come back may be acknowledged: called for each RESULT and FENCE_RAN of this node. */
void local_result_applied(struct local *l, const struct message *m);
/* A program that is told of an event: no resource, and nothing of it is recorded. Without an executor nobody is told.
 * The operation needs no id. */
void local_alert(struct local *l, const struct operation *op);
/* The manager is about to leave in order: nothing recurs any more. */
void local_leave(struct local *l);
/* Operations ordered from here that have not ended. */
uint32_t local_busy(const struct local *l);
void local_check(const struct local *l);

#endif
