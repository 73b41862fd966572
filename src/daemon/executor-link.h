/* SPDX-License-Identifier: GPL-2.0-or-later */
/* executor-link.h - the manager's connection to its node's executor: made anew whenever it breaks.
 *
 * After each connecting the executor is asked what it knows: ops.known() for each, then ops.listed(), and only then
 * ops.report(): whoever has just begun would not know what a report is about. What is asked for
 * while there is no connection is dropped: the controller asks again after ops.listed().
 */
#ifndef DAEMON_EXECUTOR_LINK_H
#define DAEMON_EXECUTOR_LINK_H

#include "executor/wire.h"
#include "os/loop.h"

struct executor_link_ops {
	void *arg;
	/* op is NULL where only the report is left. */
	void (*known)(void *arg, enum executor_state state, const struct operation *op,
		      const struct operation_report *report);
	/* same: no other executor has been started since the last connection. */
	void (*listed)(void *arg, bool same);
	void (*report)(void *arg, const struct operation_report *report);
	void (*refused)(void *arg, uint64_t id, const char *why);
	void (*lost)(void *arg, const char *why);
};

struct executor_link;

struct executor_link *executor_link_open(struct loop *l, const char *path, const struct executor_link_ops *ops);
void executor_link_close(struct executor_link *k);
/* Another executor than before, or the same one? Kept over restarts of the manager by whoever calls. */
const char *executor_link_incarnation(const struct executor_link *k);
void executor_link_set_incarnation(struct executor_link *k, const char *incarnation);

void executor_link_run(struct executor_link *k, const struct operation *op);
/* With an id: that one alone, and killed if it runs; else the one that recurs, by its key. */
void executor_link_cancel(struct executor_link *k, const struct operation *op);
void executor_link_forget(struct executor_link *k, const char *rsc);
void executor_link_acknowledge(struct executor_link *k, uint64_t id);

#endif
