/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fence-run.h - a fence agent run here and now, past the cluster: for what it says of itself and of its device. */
#ifndef CLI_FENCE_RUN_H
#define CLI_FENCE_RUN_H

#include "base/table.h"
#include "cli/program.h"

struct fence_run_end {
	int rc;                /* the agent's exit code, when it ran; otherwise 1 */
	const char *out, *err; /* what it printed; "" when nothing */
	const char *why;       /* it did not run to its end; NULL: it did */
	bool timed_out;
};

/* device: its id, for secrets; NULL: none. parameters: NULL: none. Texts live in the program's arena. EXIT_NO_SUCH:
 * there is no such agent, and reterr says so; EXIT_OK: see *ret. */
enum exit_code fence_run(const struct program_io *io, const char *agent, const char *device, const char *action,
			 const struct table *parameters, int64_t timeout_ms, struct fence_run_end *ret,
			 struct error *reterr) MUST_CHECK;

#endif
