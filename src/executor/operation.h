/* SPDX-License-Identifier: GPL-2.0-or-later */
/* operation.h - one run of an agent, and what it came to.
 *
 * The words of the executor: the manager asks for operations, the executor runs
 * them and reports. A fence agent and an alert are operations too.
 */
#ifndef EXECUTOR_OPERATION_H
#define EXECUTOR_OPERATION_H

#include "base/outcome.h"
#include "base/table.h"
#include "base/time.h"

#include <stdint.h>

enum {
	OPERATION_OUTPUT_MAX = 64 * 1024, /* bytes kept of what an agent prints; the rest is read and dropped */
	OPERATION_REASON_MAX = 1024,      /* bytes of an exit reason */
};

/* Classes of agents as in the configuration: "ocf", "lsb", "systemd", "service", "stonith"; and "alert", whose type is
 * the path of the program.
 *
 * Parameters carry the names that the configuration has ("ip", "CRM_meta_timeout"); what becomes OCF_RESKEY_… in an
 * environment, or a line on a fence agent's input, is the executor's to know. Texts are borrowed for the call.
 */
struct operation {
	uint64_t id;                          /* the manager's, never 0; unique as long as the executor runs */
	const char *rsc;                      /* instance name as the agent shall see it (OCF_RESOURCE_INSTANCE) */
	const char *class_, *provider, *type; /* provider NULL where the class has none */
	const char *action;                   /* start, stop, monitor, promote, notify, reload-agent, metadata, … */
	int64_t interval_ms;                  /* 0: once; else repeated until cancelled */
	int64_t timeout_ms;                   /* of each run */
	int64_t start_delay_ms;               /* before the first run */
	const struct table *parameters;
	const char *note; /* the manager's own, given back with each report and by listing; may be NULL */
};

/* One run's end. Of a recurring operation only the first is reported, and each that differs in rc, status or reason
 * from the one before. */
struct operation_report {
	uint64_t id;
	const char *rsc, *action;
	int64_t interval_ms;
	const char *note;
	int rc; /* enum agent_result, of what has an agent */
	enum outcome status;
	const char *output; /* what the agent printed; "" when nothing */
	const char *reason; /* its exit reason (ocf-exit-reason:), or why it could not be run; NULL: none */
	wall_time started, ended;
	uint32_t run_ms, queue_ms; /* how long it ran, and waited before */
	/* Names of parameters, from the agent's metadata, blanks between: those whose change needs no restart, those
	 * whose change needs one (op-force-restart of the history), and those that are secret. NULL: the agent has no
	 * metadata that says so; the first two also when it cannot reload. */
	const char *reloadable, *restart, *secret;
	const char *agent_version; /* "1.1": of the OCF standard, from the metadata; NULL: none */
};

/* Deep copies in one piece of memory each, for g_free(). A copied operation always has a table; nothing may be added
 * to it. */
struct operation *operation_copy(const struct operation *op);
struct operation_report *operation_report_copy(const struct operation_report *report);

#endif
