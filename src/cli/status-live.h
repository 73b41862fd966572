/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status-live.h - what only the running cluster knows: the managers' agreement, what the leader does, the record of
 * fencing; and, of any configuration, the operations that run now. */
#ifndef CLI_STATUS_LIVE_H
#define CLI_STATUS_LIVE_H

#include "cli/verb.h"

struct status_live {
	bool known, quorate;
	json_t *status;           /* /v1/status, or NULL */
	const char *view;         /* "agreed", "agreeing", … */
	const char *leader;       /* a node's name, or NULL */
	const char *doing;        /* what the leader does, when we are it: "idle", "acting"; or NULL */
	GPtrArray *fencing;       /* a line each: nodes that are being fenced */
	GPtrArray *failed_fences; /* a line each: nodes whose latest fencing failed */
	GPtrArray *troubles;      /* a line each: nodes whose disk or clock is not what it should be */
};

/* Of a file: nothing is known, and that is fine. */
enum exit_code status_live_read(struct verb *v, struct status_live *ret);
void status_live_fini(struct status_live *s);
/* A line for each operation that the status says runs now; g_ptr_array_unref(). */
GPtrArray *status_pending(struct verb *v, struct cluster *c);

#endif
