/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ids.h - names of nodes and rings, and small sets of nodes.
 *
 * A node id is a type, so that it cannot be passed for a count of votes. Id 0
 * means "none" (on the wire also: the sender of a LEAVE, the quorum device).
 * A node_list keeps the order in which ids were added; node_list_sort() makes
 * it ascending, which is the order of every list that leaves the engine.
 */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct node_id {
	uint32_t v;
} node_id;

/* A ring (a membership) is named by its representative and a number that never
 * repeats on that node (engine-wire.md §1).
 */
struct ring_id {
	node_id rep;
	uint64_t seq;
};

struct node_list {
	uint32_t count;
	node_id ids[NODES_MAX];
};

static inline node_id node_id_of(uint32_t v)
{
	return (node_id){v};
}

static inline bool node_id_eq(node_id a, node_id b)
{
	return a.v == b.v;
}

static inline bool node_id_is_set(node_id a)
{
	return a.v != 0;
}

static inline bool ring_id_eq(struct ring_id a, struct ring_id b)
{
	return a.rep.v == b.rep.v && a.seq == b.seq;
}

/* False when the list is full; adding an id that is there changes nothing. */
bool node_list_add(struct node_list *l, node_id id);
bool node_list_has(const struct node_list *l, node_id id);
void node_list_remove(struct node_list *l, node_id id);
/* Ascending by id. */
void node_list_sort(struct node_list *l);
/* Equal as sets, whatever the order. */
bool node_list_eq(const struct node_list *a, const struct node_list *b);
bool node_list_subset(const struct node_list *part, const struct node_list *whole);
/* ret = a without b, in the order of a. ret may be a. */
void node_list_subtract(const struct node_list *a, const struct node_list *b, struct node_list *ret);
/* ret = those of a that are in b, in the order of a. ret may be a. */
void node_list_intersect(const struct node_list *a, const struct node_list *b, struct node_list *ret);
/* a gains all of b; false when not all fitted. */
bool node_list_union(struct node_list *a, const struct node_list *b);
/* Lowest id, or {0} of an empty list. */
node_id node_list_lowest(const struct node_list *l);

#endif
