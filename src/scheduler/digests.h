/* SPDX-License-Identifier: GPL-2.0-or-later */
/* digests.h - what an operation's parameters are now, in the form in which the history remembers them.
 *
 * Each entry of the history carries digests of the parameters that it was done
 * with. Another digest now means: start anew, reload, or schedule the monitor anew.
 * Digests are made once for a resource, operation and node. Source of the rules:
 * ../shared/facts/manager-scheduler.md 6.7.
 */
#ifndef SCHEDULER_DIGESTS_H
#define SCHEDULER_DIGESTS_H

#include "scheduler/resource.h"

enum digest_result {
	DIGEST_MATCH,
	DIGEST_MISMATCH, /* another parameter, a restart is not needed for it */
	DIGEST_RESTART,  /* one that needs a restart */
	DIGEST_UNKNOWN,  /* the history does not tell */
};

struct operation_digests {
	enum digest_result result;
	/* 32 hex digits; NULL when not asked for, or the history has nothing to compare with. */
	const char *all, *secure, *restart;
	/* What they were made of. */
	const struct table *all_parameters, *secure_parameters, *restart_parameters;
};

/* Digests of an operation as it would be done now. entry (of the history, may be NULL) says which parameters are
 * private and which need a restart. overrides (may be NULL): parameters that replace configured ones. Not cached. */
struct operation_digests digests_make(struct resource *r, const char *task, int64_t interval_ms, const struct node *n,
				      const struct element *entry, const struct table *overrides, bool secure);
/* Compares with an entry of r's history on n. Cached by r, task, interval and n: the result holds for the entry that
 * came last. */
struct operation_digests *digests_compare(struct resource *r, const struct element *entry, struct node *n);
/* For digests_compare() the entry has a restart digest that nothing matches: its operation shall be started anew. */
void digests_force_restart(struct resource *r, const struct element *entry);
/* Compares a fence device's parameters with what the node was unfenced with (#digests-all, #digests-secure). */
struct operation_digests *digests_compare_unfencing(struct resource *r, const char *agent, struct node *n);

#endif
