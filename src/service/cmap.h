/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmap.h - the service through which clients read, write and watch the engine's
 * keys (engine-ipc.md §5), and which keeps a node with an outdated configuration
 * out of the cluster (engine-wire.md §8.1).
 *
 * There are two maps. `map` holds configuration and state; clients may write
 * what cmap_mark_readonly() has not marked. `stats` holds counters; the host
 * fills it, and a client that chose it can only read, watch and clear it.
 *
 *	cmap_init(&c, self, &map, &stats, &pool);
 *	cmap_mark_readonly(&map);
 *	map_observe(&map, …);	calls cmap_changed(&c, false, change, fx)
 *	map_observe(&stats, …);	calls cmap_changed(&c, true, change, fx)
 *	cmap_step(&c, &event, &fx);
 *
 * Before a REQUEST of a client that cmap_client_uses_stats(), and before a
 * TIMEOUT, the host brings the values in `stats` up to date.
 *
 * A change is told to the clients that watch the key while it is being made, so
 * cmap_changed() may be called from inside cmap_step() with the same effects.
 *
 * Iterators and trackers live in blocks of the pool, a bounded number a client;
 * beyond that, and when the pool is full, the client gets STATUS_NO_MEMORY.
 */
#ifndef SERVICE_CMAP_H
#define SERVICE_CMAP_H

#include "map/map.h"
#include "service/service.h"

enum {
	CMAP_HANDLES_MAX = 4096,    /* iterators and trackers of one client together */
	CMAP_STATS_POLL_MS = 1500,  /* how often watched counters are compared */
	CMAP_STATS_VALUE_MAX = 256, /* of a watched counter, more is not compared */
};

struct cmap_client {
	client_id id;
	bool uses_stats;
	uint32_t handles; /* iterators and trackers open now */
	struct cmap_iterator *iterators;
};

struct cmap {
	node_id self;
	struct map *map, *stats;
	struct pool *pool;
	struct cmap_client clients[CLIENTS_MAX];
	struct cmap_tracker *first, *last; /* in the order of their creation */
	uint32_t polling;                  /* trackers that compare a counter */
	uint64_t handle_last;
	bool started;
	bool version_checked; /* the first ring with others has been passed */
	bool trans_empty;     /* nobody, not even we, came from the ring before */
	uint64_t version_mine, version_highest;
};

void cmap_init(struct cmap *c, node_id self, struct map *map, struct map *stats, struct pool *pool);
/* Marks in the map what clients may not write (engine-ipc.md §5.3). */
void cmap_mark_readonly(struct map *map);
void cmap_step(struct cmap *c, const struct service_event *ev, struct service_effects *fx);
/* Tells a change of one of the two maps to those who watch it, before anything else is changed. */
void cmap_changed(struct cmap *c, bool stats, const struct map_change *change, struct service_effects *fx);
/* Whether the client has chosen the statistics. False for one who is not connected. */
bool cmap_client_uses_stats(const struct cmap *c, client_id client);
/* Asserts the invariants that cmap.c opens with. */
void cmap_check(const struct cmap *c);

#endif
