/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory.h - what may be kept from one run of the scheduler to the next over the same document.
 *
 *	struct scheduler_memory *m = scheduler_memory_new();
 *	for (;;) {
 *		struct cluster *c = cluster_new(document, now);
 *		c->memory = m;
 *		scheduler_run(c);
 *		...
 *		cluster_free(c);
 *		... patch_apply_to(document, …), or any other change by element.h ...
 *	}
 *	scheduler_memory_free(m);
 *
 * A run with a memory gives what it gives without one, byte for byte, and is
 * faster: what was worked out of elements that did not change since (document.h,
 * revisions) is taken from the memory. Kept are
 *   - the entries of each <lrm_resource>, read and sorted, by the element; and, while the configuration is the same,
 *     which resource it tells of;
 *   - the digests of an operation's parameters as they are configured, by the entry
 *     of the history that they are compared with. They hold while the configuration
 *     is the same, and are not kept at all while it has rules where parameters come
 *     from, which may mean something else at another time or on another node.
 *
 * The memory belongs to the caller, outlives the clusters that use it, and serves
 * one of them at a time. With another document it begins anew by itself. What
 * it keeps of histories that are gone or changed is dropped with all else when that
 * is more than what is in use. It costs about 150 bytes an entry of the history.
 */
#ifndef SCHEDULER_MEMORY_H
#define SCHEDULER_MEMORY_H

#include "scheduler/cluster.h"
#include "scheduler/digests.h"

struct entry;
struct scheduler_memory;

struct scheduler_memory *scheduler_memory_new(void);
void scheduler_memory_free(struct scheduler_memory *m);

/* How much the last run took from it, and how much it had to work out: histories and digests. */
struct scheduler_memory_counts {
	uint32_t known, learnt;
};
struct scheduler_memory_counts scheduler_memory_counts(const struct scheduler_memory *m);

/* --- for the phases; c->memory NULL: nothing is known and nothing kept --- */

/* Before all phases. */
void memory_begin(struct cluster *c);

/* In which order they were sorted: the two phases that read histories do not agree about what is equally old. */
enum memory_order { MEMORY_FOR_STATE, MEMORY_FOR_CHANGES, MEMORY_ORDERS };

/* A <lrm_resource> as it was read. */
struct known_history {
	const struct element *history;
	const struct entry *entries; /* oldest first; to be copied before they are changed */
	uint32_t count;
	uint32_t revision; /* in which they were read: they hold while <lrm_resource> has no later one */
	/* memory_keep_resource(): which it told of, and history_has_agent(); holds while the configuration has no
	 * later revision. */
	bool has_resource, has_agent;
	uint32_t serial, resource_revision;
	struct known_history *next; /* that was asked for after this one, the last time */
};

/* NULL: not known. */
struct known_history *memory_history(const struct cluster *c, const struct element *history, enum memory_order order);
/* Copies the entries. NULL: there is no memory. */
struct known_history *memory_keep_history(struct cluster *c, const struct element *history, enum memory_order order,
					  const struct entry *entries, uint32_t count);
/* The resource that k tells of, and whether its agent is the configured one; NULL: that is to be found out. k may be
 * NULL. Only for what has its history for itself: no instances, and nothing that is in the status alone. */
struct resource *memory_resource(const struct cluster *c, const struct known_history *k, bool *ret_has_agent);
void memory_keep_resource(const struct cluster *c, struct known_history *k, const struct resource *r, bool has_agent);

/* The digests made for r with this entry; false: not known. The tables they were made of are not kept. */
bool memory_digests(const struct cluster *c, const struct element *entry, const struct resource *r,
		    struct operation_digests *ret);
void memory_keep_digests(struct cluster *c, const struct element *entry, const struct resource *r,
			 const struct operation_digests *d);

#endif
