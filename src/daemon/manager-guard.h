/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-guard.h - when a machine may live on: what the manager tells the watchdog's keeper (guard.h).
 *
 * Source of the rules: Pacemaker Explained, "Cluster options" (no-quorum-policy, fence-reaction, have-watchdog); facts
 * of the manager, sections 2 and 13.
 */
#ifndef DAEMON_MANAGER_GUARD_H
#define DAEMON_MANAGER_GUARD_H

#include "controller/controller.h"

/* It has quorum, or does not need it (no-quorum-policy=ignore), or runs nothing that could be run elsewhere. */
bool manager_is_well(const struct controller *c);
/* Whether this node runs a resource, fence devices apart, by its own history. */
bool manager_runs_something(const struct document *d, const char *node);
/* fence-reaction=panic: who was fenced and is still here ends its machine. */
bool manager_fence_panics(const struct cluster_state *s);
/* We lead, and the option have-watchdog is not true yet: *ret_edit makes it so. */
bool manager_wants_watchdog_told(const struct controller *c, struct edit *ret_edit);

#endif
