/* SPDX-License-Identifier: GPL-2.0-or-later */
/* life.h - the life of one cluster: born, under faults and load (only safety is
 * asked for), then healed with a bad network under load, then calm, when it
 * must come together and finish all work; at last one machine dies alone.
 *
 *  L1  Calm: within 4 * (token + consensus) + 5 s one ring of all nodes.
 *  L2  Then all messages are everywhere and nothing waits, even if one is deaf to another.
 *  L3  No storm: there are bounds on events and rings for a stretch of time.
 *  L4  Where one hears nobody and is heard, the services of each other one agree at times.
 *  P1  Programs that stand still, one after the other, for less than the token's
 *      time do not change the ring.
 *  E1  A lone machine that dies is left out within the time of the sign plus
 *      what a change takes, where hosts see such signs.
 *  M1  Who stops gives back all memory.  M2  Idle, the pool is empty.
 */
#ifndef SIM_LIFE_H
#define SIM_LIFE_H

#include "sim/world.h"

/* True when no rule was broken; else w->violation says which. */
bool life_run(struct world *w, const struct options *o, const struct fault *faults, uint32_t count);
/* For other ways to live: passes the time up to then; stops who is still there. */
void life_until(struct world *w, uint64_t until_ns);
void life_end(struct world *w);

#endif
