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
 *   - the entries of each <lrm_resource>, read and sorted, by the element;
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

/* The entries of a <lrm_resource>, oldest first; NULL: not known. Kept ones are copied. */
const struct entry *memory_entries(const struct cluster *c, const struct element *history, enum memory_order order,
				   uint32_t *ret_count);
void memory_keep_entries(struct cluster *c, const struct element *history, enum memory_order order,
			 const struct entry *entries, uint32_t count);

/* The digests made for r with this entry; false: not known. The tables they were made of are not kept. */
bool memory_digests(const struct cluster *c, const struct element *entry, const struct resource *r,
		    struct operation_digests *ret);
void memory_keep_digests(struct cluster *c, const struct element *entry, const struct resource *r,
			 const struct operation_digests *d);

#endif
