/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pload.h - the service "pload": all nodes multicast empty messages as fast as
 * the ring lets them, say how fast that was, and end. A test that destroys.
 *
 *	pload.count   messages that a node waits for, by default 1500000
 *	pload.size    bytes of each, by default 300, at most PLOAD_SIZE_MAX
 *	pload.start   begins when it is set to PLOAD_START, a text that nobody types by accident
 *
 * The start is an ordered message, so that all nodes begin (engine-wire.md §7). A
 * node keeps PLOAD_FLIGHT_BYTES of its own messages on the way: each that comes
 * back is followed by another. At the count-th message, whoever sent it, the engine
 * ends with PLOAD_EXIT_CODE, as Corosync does.
 */
#ifndef SERVICE_PLOAD_H
#define SERVICE_PLOAD_H

#include "base/pool.h"
#include "map/map.h"
#include "service/service.h"

#define PLOAD_START "i_totally_understand_pload_will_crash_my_cluster_and_kill_corosync_on_exit"

enum {
	PLOAD_SIZE_MAX = 1024 * 1024,
	PLOAD_FLIGHT_BYTES = 256 * 1024,
	PLOAD_FLIGHT_MAX = 256, /* messages */
	PLOAD_EXIT_CODE = 99,
};

struct pload {
	node_id self;
	struct map *map;
	struct pool *pool;
	bool asked;   /* the start is on its way */
	bool running; /* it has come */
	uint32_t wanted, size;
	uint32_t sent, delivered;
	mono_time begun;
	uint8_t *zeros; /* from the pool: what follows the header of each message */
};

void pload_init(struct pload *p, node_id self, struct map *map, struct pool *pool);
void pload_step(struct pload *p, const struct service_event *ev, struct service_effects *fx);
/* Asserts the invariants that pload.c opens with. */
void pload_check(const struct pload *p);

#endif
