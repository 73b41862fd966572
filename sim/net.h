/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net.h - the network between the nodes: one link each way between two of them.
 *
 * A packet is lost, doubled, late by a spread, late by seconds (a stray, which
 * outlives the ring that it was sent in), followed by a copy of one that the
 * link carried long ago, overtaken on links that are not fifo, or held back
 * while its sender is clogged. The fate of the n-th packet of a
 * link depends on (seed, link, n) alone. What the network does not do: change
 * bytes (the transport's checksum or encryption sees to that; fuzz/ does it).
 */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "sim/world.h"

struct net *net_new(void);
void net_reset(struct world *w);
/* to {0}: all others. */
void net_send(struct world *w, const struct node *from, node_id to, struct bytes b);
/* Back to the sender, soon. */
void net_loop(struct world *w, const struct node *n, struct bytes b);
/* Faults count: a link works when no fault cuts it. */
void net_cut(struct world *w, uint32_t from, uint32_t to, int more);
void net_clog(struct world *w, uint32_t node, int more);
bool net_hears(const struct world *w, uint32_t from, uint32_t to);

#endif
