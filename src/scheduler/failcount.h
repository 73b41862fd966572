/* SPDX-License-Identifier: GPL-2.0-or-later */
/* failcount.h - how often a resource failed on a node: transient attributes fail-count-RSC#OP_INTERVAL of the node.
 *
 * Source of the rules: ../shared/facts/manager-scheduler.md 3.8.
 */
#ifndef SCHEDULER_FAILCOUNT_H
#define SCHEDULER_FAILCOUNT_H

#include "scheduler/resource.h"

enum {
	FAILCOUNT_EFFECTIVE = 1, /* 0 when the failure timeout has passed */
	FAILCOUNT_LAUNCHED = 2,  /* a container's includes what runs in it */
};

/* The sum over the operations, saturated. entry: the history's entry in question, NULL for all of it (on-fail=block of
 * a failed operation there takes the failure timeout away). ret_last_failure (may be NULL): epoch seconds, 0 none. */
int failcount_of(struct resource *r, struct node *n, unsigned flags, const struct element *entry,
		 int64_t *ret_last_failure);

#endif
