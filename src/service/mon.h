/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mon.h - the service "mon": watches two numbers of the machine, the memory in
 * use and the load of the last 15 minutes, against a limit of the configuration.
 *
 *	resources.system.memory_used.max   percent of memory and swap together
 *	resources.system.load_15min.max    processes, with a fraction
 *	….poll_period                      ms between two looks, 500 to 120000, by default 3000
 *
 * What it sees stands beside them (engine-ipc.md §7.1): current (u32; double),
 * last_updated (monotonic ns) and state: "stopped" without a limit, "running", and
 * "failed" from the first look above the limit until limit or period are set anew.
 * What follows from "failed" is the business of wd (wd.h).
 *
 * Different from Corosync, where it cannot do what its manual says: a poll_period of
 * corosync.conf holds, a limit may be added or deleted while running, and a value
 * of 0 is a value.
 *
 * The numbers are asked of the host; asking must not block.
 */
#ifndef SERVICE_MON_H
#define SERVICE_MON_H

#include "map/map.h"
#include "service/service.h"

struct mon_queries {
	/* False when the machine does not tell. */
	bool (*memory_used)(void *arg, uint32_t *ret_percent);
	bool (*load_15min)(void *arg, uint32_t *ret_65536ths);
	void *arg;
};

enum mon_state { MON_STOPPED, MON_RUNNING, MON_FAILED };

enum mon_what { MON_MEMORY, MON_LOAD, MON_COUNT };

struct mon_resource {
	enum mon_state state;
	uint64_t limit_65536ths; /* while not STOPPED */
	uint64_t period_ms;
	bool limit_told, period_told; /* that it cannot be used */
};

struct mon {
	struct map *map;
	struct mon_queries queries;
	struct mon_resource resources[MON_COUNT];
};

/* queries may have no functions: then nothing is ever seen. */
void mon_init(struct mon *m, struct map *map, const struct mon_queries *queries);
void mon_step(struct mon *m, const struct service_event *ev, struct service_effects *fx);
/* Asserts the invariants that mon.c opens with. */
void mon_check(const struct mon *m);

#endif
