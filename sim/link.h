/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - what libknet knows: whether its end of a link is up.
 *
 * A link over which nothing was heard for a while (LINK_DOWN_MS) is down for the
 * one who did not hear, and comes up a little later than it could: he drops what
 * comes over it until then, and sends nothing. So one who stood still, and knows
 * nothing of that, speaks to the deaf when he wakes. Nobody is told that a link
 * is down, for that is no sign (sign.h); but that it is up again.
 *
 * Only in lives that have options.links. In the others, who can be reached is
 * reached at once.
 */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include "sim/world.h"

enum { LINK_DOWN_MS_MIN = 1000, LINK_DOWN_MS_MAX = 1700, LINK_UP_MS_MAX = 250 };

/* The program of node n starts: it has reached nobody yet. */
void link_start(const struct world *w, struct node *n);
/* The network, the machines, or who stands still have changed. */
void link_update(struct world *w);
void link_event(struct world *w, struct node *n, const struct event *e);
/* The end at node n. */
bool link_is_up(const struct node *n, uint32_t other);

#endif
