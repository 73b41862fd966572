/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check.h - the rules, told by the truth that no node knows: what every node was
 * given, in which order. A broken rule ends the run.
 *
 *  R1  A ring's id names one membership, is installed at most once by each node,
 *      and the numbers that a node sees ascend, also over its crashes.
 *  R2  A new ring's members agree on who they are; each is one of them.
 *  R3  Between two changes, the k-th packet of a ring is the same at all its members:
 *      one order, no gap, no doubles, and its sender is a member.
 *  R4  The change is told as TRANSITIONAL, rest of the old ring, REGULAR; the rest is
 *      by transitional members only.
 *  R5  Transitional members are those that come from the same old ring to the same
 *      new one; all of them say the same.
 *  R6  Virtual synchrony: transitional members were given the same packets of the
 *      old ring, and the change was told at the same place of them.
 *  R7  Messages arrive whole and unchanged; those of one sender in its order, and
 *      without a gap as long as we stay together. So, own messages are never lost.
 *
 * Not checked: that a packet was delivered as early as it could be.
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "sim/world.h"

enum { MESSAGE_HEAD = 24 };

struct check *check_new(void);
void check_reset(struct world *w);

void check_start(struct world *w, const struct node *n);
void check_packet(struct world *w, const struct node *n, node_id from, struct bytes b);
void check_transitional(struct world *w, const struct node *n, struct ring_id ring, const struct node_list *nodes);
void check_regular(struct world *w, const struct node *n, struct ring_id ring, const struct node_list *nodes);

/* A message of a node's clients: its number, its size, and a filling that follows from them. Returns the bytes. */
struct bytes check_message_make(struct world *w, const struct node *n, size_t size);
/* It was taken: it must arrive. */
void check_submitted(struct world *w, const struct node *n);
void check_message(struct world *w, const struct node *n, node_id from, struct bytes b);

/* Whether all nodes that are up are in one ring of just them. */
bool check_together(struct world *w);
/* All have said something, and all messages of all are everywhere. */
void check_complete(struct world *w);

#endif
