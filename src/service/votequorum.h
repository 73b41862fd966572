/* SPDX-License-Identifier: GPL-2.0-or-later */
/* votequorum.h - the service "votequorum": counts votes and decides whether this
 * partition has quorum (engine-ipc.md §4, engine-wire.md §8.3).
 *
 * Each node tells all others its votes, the votes that it expects in the whole
 * cluster and its flags (NODEINFO), after each membership change and whenever
 * they change. Every node counts the same way and so comes to the same answer:
 * a majority of what is expected, modified by
 *
 *	two_node            one of two is enough, fencing decides who lives
 *	wait_for_all        no quorum before all have been here at once
 *	last_man_standing   after a while with quorum, the nodes that are left are the new whole
 *	auto_tie_breaker    of two halves the one with a certain node has quorum
 *	allow_downscale     nodes that leave in an orderly way are no longer expected
 *	quorum device       a third party's votes, cast by a local client for one partition
 *
 * The answer goes to the quorum service by SERVICE_EFFECT_QUORUM: at the end of
 * each synchronisation, and whenever it changes in between.
 *
 * Order of calls: votequorum_init; votequorum_restore if a file of that name was
 * stored; then votequorum_step, beginning with START. Whether the configuration
 * is sound should be asked before, by votequorum_config_check; START with an
 * unsound one logs why and asks for EXIT. Later unsound changes are logged, the
 * quorum device stops, and everything else stays as it was.
 *
 * Limits: NODES_MAX nodes are remembered; a new one takes the place of a dead
 * one. Votes are 32 bit and sums saturate. What comes from the ring or a client
 * is checked; a node can speak for itself and the quorum device only.
 */
#ifndef SERVICE_VOTEQUORUM_H
#define SERVICE_VOTEQUORUM_H

#include "base/error.h"
#include "base/pool.h"
#include "map/map.h"
#include "service/service.h"

enum { VOTEQUORUM_NAME_SIZE = 255, VOTEQUORUM_EXTRA_MAX = 4096 };

/* The name of the file that SERVICE_EFFECT_STORE asks for. */
#define VOTEQUORUM_FILE "ev_tracking"

enum votequorum_state {
	VOTEQUORUM_MEMBER = 1,
	VOTEQUORUM_DEAD = 2,
	VOTEQUORUM_LEAVING = 3,
};

/* As runtime.votequorum.atb_type tells it. */
enum votequorum_tie {
	VOTEQUORUM_TIE_NONE = 0,
	VOTEQUORUM_TIE_LOWEST = 1,
	VOTEQUORUM_TIE_HIGHEST = 2,
	VOTEQUORUM_TIE_LIST = 3,
};

struct votequorum_config {
	uint32_t votes;    /* ours */
	uint32_t expected; /* of all nodes and the device */
	bool two_node;
	bool wait_for_all;
	bool wait_for_all_given; /* otherwise it follows two_node */
	bool last_man_standing;
	uint32_t last_man_window_ms;
	enum votequorum_tie tie;
	struct node_list tie_nodes; /* of TIE_LIST, in the order of preference */
	bool allow_downscale;
	bool tracking; /* expected_votes_tracking */
	bool device;
	uint32_t device_votes;
	uint32_t device_timeout_ms;
	uint32_t device_sync_timeout_ms;
	bool master_wins;
	/* What was asked for and is left out, because it does not go together. */
	bool two_node_dropped, tie_dropped, tie_nodes_bad;
};

/* Reads what the map has under quorum. and nodelist. `now`, if not NULL, is the configuration in force: what cannot
 * change at run time comes from it. On an error *ret is not set.
 */
MUST_CHECK enum err votequorum_config_read(const struct map *map, const struct votequorum_config *now,
					   struct votequorum_config *ret, struct error *reterr);
/* Whether an engine could start with it. */
MUST_CHECK enum err votequorum_config_check(const struct map *map, struct error *reterr);

struct votequorum_node {
	node_id id;
	enum votequorum_state state;
	uint32_t votes, expected, flags;
	uint8_t *extra; /* from the pool, or NULL */
	uint32_t extra_len;
};

struct votequorum_client {
	client_id id;
	bool tracking;
	bool knows_extra; /* it has used requests of libraries that know extra info */
	uint64_t context;
};

struct votequorum {
	node_id self;
	struct map *map;
	struct pool *pool;
	struct votequorum_config config;
	struct votequorum_node nodes[NODES_MAX]; /* ascending by id; we are among them */
	uint32_t node_count;
	uint32_t quorum; /* votes needed */
	bool quorate;
	bool waiting_for_all;
	uint64_t waiting_logged; /* the votes when waiting was logged last, plus one */
	node_id lowest, highest; /* of the members when there was a majority last */
	uint32_t barrier;        /* downscaling stops here */
	uint32_t tracked;        /* highest expected votes ever */
	uint32_t device_votes;
	char device_name[VOTEQUORUM_NAME_SIZE]; /* "" when no node has registered one */
	bool device_can_operate;
	bool master_wins;
	struct {
		bool sent;        /* our REGISTER has not come back yet */
		client_id client; /* who waits for it; nobody when it went away */
		char name[VOTEQUORUM_NAME_SIZE];
	} registration;
	struct view view;        /* latest ring */
	struct node_list before; /* members of the ring before it */
	bool syncing;            /* from INIT to ACTIVATE, and before the first ring */
	bool state_sent;
	bool device_awaited;                           /* PROCESS is not over before the device has polled */
	struct votequorum_client clients[CLIENTS_MAX]; /* by slot */
	client_id trackers[CLIENTS_MAX];               /* oldest first */
	uint32_t tracker_count;
};

void votequorum_init(struct votequorum *v, node_id self, struct map *map, struct pool *pool);
/* What VOTEQUORUM_FILE had; content of another length is ignored. Before START. */
void votequorum_restore(struct votequorum *v, struct bytes stored);
void votequorum_step(struct votequorum *v, const struct service_event *ev, struct service_effects *fx);
/* Asserts the invariants that votequorum.c opens with. */
void votequorum_check(const struct votequorum *v);

#endif
