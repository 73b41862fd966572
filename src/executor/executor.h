/* SPDX-License-Identifier: GPL-2.0-or-later */
/* executor.h - the life of operations on this node.
 *
 * A core: it decides when which agent runs; its host starts and kills processes.
 *
 *	executor_run()  ──► queue of its resource ──► ops.spawn() ──► executor_exited() ──► ops.report()
 *	                                                 │ timeout
 *	                                                 └──► ops.kill() ──► executor_exited()
 *
 * Rules, which executor_check() asserts:
 * 1. Of one resource one operation runs at a time; the others wait in the order in which they came. Fence actions and
 *    alerts wait for none but those of their own name.
 * 2. A recurring operation is one per (resource, action, interval). Asking for it again replaces it; if the old one
 *    runs just now it is heard to its end, and the new one comes interval_ms after.
 * 3. Each operation asked for is reported once at least: done, cancelled or failed. Nothing is reported after its
 *    cancellation was.
 * 4. What runs longer than timeout_ms is killed with all of its descendants and reported as a timeout when they are
 *    gone, or KILL_PATIENCE_MS after, whichever comes first.
 * 5. A report is kept until executor_acknowledge(), so that a manager that comes back hears it; each acknowledgement
 *    is for the oldest report of its operation.
 * 6. A stop cancels the resource's recurring operations before it runs. So do demote, promote and migrations with the
 *    monitors of the role that ends: not here, the transition says it.
 *
 * Stonith devices are resources too: start and monitor run the agent's monitor (as pcmk_monitor_action says), a probe
 * answers RESULT_NOT_RUNNING without any agent unless the device was started here, a stop forgets that it was.
 *
 * The caller's memory is copied; what ops get is borrowed for the call. Ops are called while a verb runs and must not
 * call verbs.
 */
#ifndef EXECUTOR_EXECUTOR_H
#define EXECUTOR_EXECUTOR_H

#include "base/error.h"
#include "executor/operation.h"

#include <stdbool.h>

enum {
	EXECUTOR_OPERATIONS_MAX = 20000, /* known at one time, reports included; more are refused */
	EXECUTOR_TIMEOUT_MS = 20000,     /* of an operation that brings none */
	KILL_PATIENCE_MS = 5000,
};

struct executor_ops {
	void *host;
	/* Start a process; its end is executor_exited() with this run. */
	void (*spawn)(void *host, uint64_t run, const struct operation *op);
	/* Kill it and all that it has started. */
	void (*kill)(void *host, uint64_t run);
	/* To whoever listens; again by executor_list() until acknowledged. */
	void (*report)(void *host, const struct operation_report *report);
	/* executor_tick() at that time; each call replaces the one before, zero cancels. */
	void (*timer)(void *host, mono_time due);
	/* The time of day at a moment not far from now, for reports of what had no process to tell it. May be NULL. */
	wall_time (*wall)(void *host, mono_time at);
};

struct executor;

struct executor *executor_new(const struct executor_ops *ops);
void executor_free(struct executor *x);

/* ERR_INVALID: no id, resource, action, class or type, or an id that another operation has; ERR_FULL; ERR_AGAIN: the
 * executor ends. Otherwise it will be reported; once, when it is asked for again while it waits, runs or recurs, as by
 * a manager that does not know whether it was heard. */
enum err executor_run(struct executor *x, mono_time now, const struct operation *op, struct error *reterr) MUST_CHECK;
/* A recurring operation, or one that waits or runs: it is reported as cancelled; a run under way is heard to its end
 * first, and then told as cancelled. False: there is none such. */
bool executor_cancel(struct executor *x, mono_time now, const char *rsc, const char *action, int64_t interval_ms);
/* One that waits or runs and does not recur, by its id: it is reported as cancelled; what runs is killed with all that
 * it has started. False: there is none such. */
bool executor_end(struct executor *x, mono_time now, uint64_t id);
/* All of a resource: what waits and repeats is cancelled. */
void executor_forget(struct executor *x, mono_time now, const char *rsc);
/* The manager has this report safe. */
void executor_acknowledge(struct executor *x, uint64_t id);

/* What the end of a process says. */
struct executor_exit {
	bool spawned;        /* false: it could not be started, and reason says why; status then has its kind */
	int rc;              /* exit code, when signal is 0 */
	int signal;          /* that killed it */
	enum outcome status; /* of what was not spawned */
	const char *output, *reason;
	const char *reloadable, *restart, *secret, *agent_version;
	wall_time started, ended; /* zero: as ops.wall says */
};
void executor_exited(struct executor *x, mono_time now, uint64_t run, const struct executor_exit *exit);
void executor_tick(struct executor *x, mono_time now);

/* What is known: reports that nobody acknowledged (op is NULL then), and after these operations that wait, run or
 * repeat (report is NULL then); each kind oldest first. A recurring operation may be in both. */
enum executor_state { EXECUTOR_WAITING, EXECUTOR_RUNNING, EXECUTOR_REPEATING, EXECUTOR_REPORTED };
void executor_list(const struct executor *x,
		   void (*fn)(void *arg, enum executor_state state, const struct operation *op,
			      const struct operation_report *report),
		   void *arg);
uint32_t executor_count(const struct executor *x, enum executor_state state);
/* Stop: nothing new is started; recurring operations end. True when nothing runs any more. */
bool executor_drain(struct executor *x, mono_time now);

void executor_check(const struct executor *x);

#endif
