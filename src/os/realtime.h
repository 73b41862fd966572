/* SPDX-License-Identifier: GPL-2.0-or-later */
/* realtime.h - the process's place on the machine: scheduled first, kept in memory, killed last.
 *
 * None of these is a reason not to start: each tells what did not work, and the caller logs it. Call before any
 * thread is started, so that all inherit it; the log's thread is started before, so that it does not.
 */
#ifndef OS_REALTIME_H
#define OS_REALTIME_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* system.sched_rr, system.priority: "max", "min" or a number. Round robin; when refused, nice -20. ret_nice says
 * which.
 */
MUST_CHECK enum err realtime_schedule(const char *priority, bool *ret_nice, struct error *reterr);
/* system.sched_rr: no: nice value instead. */
MUST_CHECK enum err realtime_nice(int nice, struct error *reterr);
/* system.move_to_root_cgroup: where the kernel gives groups no real-time share, move to the root. Nothing to do is
 * success.
 */
MUST_CHECK enum err realtime_move_to_root_cgroup(struct error *reterr);
/* Locks what is in memory now and what will be touched later, but not what is merely reserved. */
MUST_CHECK enum err realtime_lock_memory(struct error *reterr);
/* The kernel's out-of-memory killer takes us last. */
MUST_CHECK enum err realtime_spare_from_oom(struct error *reterr);

#endif
