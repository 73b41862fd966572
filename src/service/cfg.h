/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cfg.h - the service for administrators: shutting a node down with the consent
 * of the programs on it, killing a node, reading the configuration again on all
 * nodes, and asking about links and addresses (engine-ipc.md §6).
 *
 *	cfg_init(&c, self, &map, &queries);
 *	cfg_step(&c, &event, &fx);
 *
 * Shutdown is a vote on one node: the clients that track are asked, and one NO,
 * or no answer within cfg.shutdown_timeout, prevents it unless the requester
 * disregards that. The requester waits for its reply meanwhile.
 *
 * Reload is an ordered message. Every node reads its own file on delivery
 * (SERVICE_EFFECT_RELOAD, answered by SERVICE_EVENT_RELOADED); reloads that
 * arrive while one runs are served together by one more. New keys are brought in
 * in two ordered steps, each taken when all members have announced it, so that
 * nobody is written to with a key that he does not have (cfg-crypto.c).
 *
 * Who asks for the log files to be opened again hears whether that worked
 * (SERVICE_EFFECT_REOPEN, answered by SERVICE_EVENT_REOPENED).
 *
 * What the transport knows is asked of the host by two queries.
 */
#ifndef SERVICE_CFG_H
#define SERVICE_CFG_H

#include "map/map.h"
#include "service/service.h"

enum {
	CFG_ADDRESS_TEXT = 256, /* of the wire's layout, with NUL */
	CFG_SHUTDOWN_TIMEOUT_MS = 5000,
};

/* A link to a node as the transport sees it; all zero where none is configured. */
struct cfg_link_status {
	bool configured, enabled, connected, dynconnected;
	uint32_t mtu;
	char source[CFG_ADDRESS_TEXT], dest[CFG_ADDRESS_TEXT];
};

struct cfg_node_status {
	bool reachable, remote, external;
	uint8_t onwire_min, onwire_max, onwire_version;
	struct cfg_link_status links[LINKS_MAX];
};

/* An address of a node: family as the system numbers it (AF_INET 2, AF_INET6 10), bytes in network order. */
struct cfg_address {
	uint8_t link;
	uint32_t family;
	uint8_t bytes[16];
	char text[64];
};

struct cfg_queries {
	/* Fills *ret, which comes zeroed; false when the transport does not know the node. */
	bool (*node_status)(void *arg, node_id node, struct cfg_node_status *ret);
	/* Fills ret by ascending link and returns how many; 0 when the node is not configured. */
	uint32_t (*node_addresses)(void *arg, node_id node, struct cfg_address ret[LINKS_MAX]);
	void *arg;
};

enum cfg_vote { CFG_VOTE_NOT_ASKED, CFG_VOTE_ASKED, CFG_VOTE_YES, CFG_VOTE_NO };

struct cfg_client {
	client_id id;
	bool tracks;
	enum cfg_vote vote;
	uint32_t reloads_sent;  /* on the ring, not yet delivered to us */
	uint32_t reloads_now;   /* replies due when the reload that runs ends */
	uint32_t reloads_later; /* replies due when the one after it ends */
	uint32_t reopens;       /* replies due when the log files are open again */
};

/* New keys on their way in (cfg-crypto.c). */
struct cfg_crypto {
	bool running;             /* we have them and said so */
	bool switched;            /* we write with them */
	struct node_list members; /* of the ring */
	struct node_list ready, using;
	struct node_list awaited; /* who was there when we switched, and still is */
};

struct cfg {
	node_id self;
	struct map *map;
	struct cfg_queries queries;
	struct cfg_client clients[CLIENTS_MAX];
	client_id requester; /* of the shutdown that is being decided, or nobody */
	uint32_t shutdown_flags;
	uint32_t votes_open; /* asked, not answered */
	uint32_t votes_no;
	bool reload_running, reload_again;
	struct cfg_crypto crypto;
};

void cfg_init(struct cfg *c, node_id self, struct map *map, const struct cfg_queries *queries);
void cfg_step(struct cfg *c, const struct service_event *ev, struct service_effects *fx);
/* Asserts the invariants that cfg.c opens with. */
void cfg_check(const struct cfg *c);

#endif
