/* SPDX-License-Identifier: GPL-2.0-or-later */
/* start.h - how long does a cluster need from its first start to one ring of all?
 *
 * Nothing fails here. Hosts start within 500 ms; each end of a link comes up at a
 * moment of its own within 600 ms from when both its hosts run, and its host is
 * told of it; packets pass when both ends are up. So for a while a hears b and b
 * hears c, but a does not hear c. Times are those of Corosync's defaults for that
 * many nodes, with which a lost commit token costs more than the whole rest.
 * Then one machine dies, the others are told so, and it comes back; its own ends
 * of the links are up before the others' are.
 */
#ifndef SIM_START_H
#define SIM_START_H

#include "sim/world.h"

enum { START_MS_MAX = 60000 };

/* nodes 0: 2 to 16, as the seed decides. */
void start_options(uint64_t seed, enum sim_level level, uint32_t nodes, struct options *ret);
/* Up to the last ring that a host entered, which is of all. */
struct start_time {
	uint32_t all_ms;    /* from the first host's start */
	uint32_t ring_ms;   /* from when the last link was up, 0 when the ring was before that */
	uint32_t return_ms; /* of one that died later, from its second start */
};

/* False: a rule is broken, or there is no ring of all after START_MS_MAX; w->violation says which. */
bool start_run(struct world *w, const struct options *o, struct start_time *ret);
/* Runs seeds first..last, prints median, 95 of 100 and worst. The status of the program: 1 when a rule is broken or
 * the worst took more than limit_ms.
 */
int start_measure(struct world *w, enum sim_level level, uint32_t nodes, uint64_t first, uint64_t last,
		  uint32_t limit_ms);

#endif
