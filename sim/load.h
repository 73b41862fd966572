/* SPDX-License-Identifier: GPL-2.0-or-later */
/* load.h - when the clients of each node say something. What they say is the
 * program's business (node_program.load): bursts of messages from a few bytes
 * to some hundred thousand.
 */
#ifndef SIM_LOAD_H
#define SIM_LOAD_H

#include "sim/world.h"

void load_start(struct world *w);
void load_event(struct world *w, const struct event *e);
/* Every node that is up says something now. */
void load_once(struct world *w);

#endif
