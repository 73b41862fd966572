/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cluster.h - a few nodes with sync, quorum and votequorum on one ordered stream a ring, for scripted tests.
 *
 * Nodes have ids 1..CLUSTER_NODES. A ring is formed by naming its members: "123". Messages are delivered to all members
 * in the order in which they were sent; cluster_run does so until nothing is left, cluster_run_some stops earlier.
 * After each run the services' words are compared: quorum says what votequorum says.
 */
#ifndef TESTS_SERVICE_CLUSTER_H
#define TESTS_SERVICE_CLUSTER_H

#include "service/quorum.h"
#include "service/votequorum.h"
#include "sync/sync.h"

enum { CLUSTER_NODES = 9, CLUSTER_MESSAGES = 65536, CLUSTER_POOL = 1024 * 1024 };

struct cluster_message {
	uint64_t ring;
	node_id from;
	bool sync;
	uint32_t len;
	uint8_t bytes[5000];
};

struct cluster_node {
	struct cluster *cluster;
	node_id id;
	bool up;
	bool retry;
	uint64_t ring;  /* 0: none yet */
	uint64_t at;    /* next message to look at */
	uint64_t begin; /* no message of ours is older */
	struct node_list ring_members;
	struct sync sync;
	struct quorum quorum;
	struct votequorum votequorum;
	struct map map;
	struct pool pool;
	uint8_t *memory;
	struct service_effects quorum_fx, votequorum_fx;
	uint64_t timers[SERVICE_TIMER_COUNT]; /* due at, 0: not set */
	uint8_t file[16];
	size_t file_len;
	uint32_t replies;
	uint8_t reply[512];
	size_t reply_len;
	char events[256]; /* votequorum's to client 1, as their ids */
	bool exited;
};

struct cluster {
	uint64_t now_ms;
	uint64_t rings;
	void (*configure)(struct map *map, node_id id);
	struct cluster_node nodes[CLUSTER_NODES + 1];
	struct cluster_message *messages;
	uint64_t count;
};

void cluster_init(struct cluster *c, void (*configure)(struct map *map, node_id id));
void cluster_fini(struct cluster *c);
void cluster_start(struct cluster *c, const char *ids);
void cluster_kill(struct cluster *c, const char *ids);
/* In an orderly way. */
void cluster_leave(struct cluster *c, uint32_t id);
/* The nodes form a ring; nothing is delivered yet. */
void cluster_ring(struct cluster *c, const char *ids);
void cluster_run_some(struct cluster *c, uint64_t messages);
void cluster_run(struct cluster *c);
/* ring, run */
void cluster_form(struct cluster *c, const char *ids);
void cluster_advance(struct cluster *c, uint64_t ms);
/* The configuration of a node changed. */
void cluster_reconfigure(struct cluster *c, uint32_t id);
/* A request of client 1; body follows the header. Answered later (or never): 0. */
uint32_t cluster_ask(struct cluster *c, uint32_t id, uint16_t fn, const void *body, size_t len);
/* Ids of the nodes that have quorum. */
const char *cluster_quorate(struct cluster *c);
/* What getinfo says about the node. */
struct cluster_info {
	uint32_t id, state, votes, expected, highest, total, quorum, flags, device_votes;
	char name[VOTEQUORUM_NAME_SIZE];
};
struct cluster_info cluster_info(struct cluster *c, uint32_t asked, uint32_t about);

#endif
