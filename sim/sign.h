/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sign.h - what hosts know about other machines without the ring: silent links
 * and no echo mean that a machine is gone (docs/decisions/0003).
 *
 * A node is told that another is lost when, for 1.0 to 1.3 s, one of the two
 * did not hear the other or the other's machine (or its port) was closed; a
 * paused program does not count, its kernel answers. It is told that the node is
 * back soon after this ended.
 */
#ifndef SIM_SIGN_H
#define SIM_SIGN_H

#include "sim/world.h"

enum { SIGN_MS_MIN = 1000, SIGN_MS_MAX = 1300 };

/* The program of node n starts and knows nothing. */
void sign_start(struct node *n);
/* The network or the machines changed. */
void sign_update(struct world *w);
void sign_event(struct world *w, struct node *n, const struct event *e);
/* Tells node n now, true or not. */
void sign_tell(struct world *w, struct node *n, const struct node *other, bool lost);

#endif
