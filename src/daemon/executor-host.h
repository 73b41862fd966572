/* SPDX-License-Identifier: GPL-2.0-or-later */
/* executor-host.h - the executor's core on a real machine: processes, units of systemd, metadata, the log.
 *
 * Verbs are the core's (executor/executor.h); reports go to `report`, and are kept until acknowledged.
 */
#ifndef DAEMON_EXECUTOR_HOST_H
#define DAEMON_EXECUTOR_HOST_H

#include "executor/executor.h"
#include "os/agent.h"
#include "os/log.h"
#include "os/loop.h"

struct executor_host;

struct executor_host_options {
	struct agent_places places;
	const char *state_dir;     /* metadata are kept below; NULL: nowhere */
	const char *unit_drop_ins; /* as systemd_new() has it */
	void (*report)(void *arg, const struct operation_report *report);
	void (*idle)(void *arg); /* after executor_host_drain(): nothing runs any more */
	void *arg;
};

MUST_CHECK enum err executor_host_open(struct loop *l, struct log *log, const struct executor_host_options *options,
				       struct executor_host **ret, struct error *reterr);
/* Kills what runs. NULL is fine. */
void executor_host_close(struct executor_host *h);
struct executor *executor_host_core(struct executor_host *h);
/* Nothing new is started; idle() comes when what runs has ended. */
void executor_host_drain(struct executor_host *h);

#endif
