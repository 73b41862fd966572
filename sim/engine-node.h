/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine-node.h - a node at engine level, shared by the files that make it:
 *
 *	engine-node.c  the program and the host's side of the engine
 *	clients.c      what its clients ask for
 *	story.c        what they are told, and whether it is right
 *	device.c       a quorum device (device.h)
 *	admin.c        what administrators do: reload with new keys, shutdown (admin.h)
 */
#ifndef SIM_ENGINE_NODE_H
#define SIM_ENGINE_NODE_H

#include "engine/engine.h"
#include "sim/check.h"
#include "sim/node.h"

/* Client ids: one stays in the group, one comes and goes, one tracks quorum, one has to do with cmap. */
enum {
	CLIENT_STAYS = 1,
	CLIENT_ROAMS = 2,
	CLIENT_QUORUM = 3,
	CLIENT_CMAP = 4,
	CLIENT_ADMIN = 5,  /* reloads, asks for a shutdown */
	CLIENT_VOTER = 6,  /* has a say in that */
	CLIENT_DEVICE = 7, /* of the quorum device */
};

/* Clients that live outside of the world, in place of those here (sim/manager-engine.c). */
struct guests {
	void *host;
	void (*told)(void *host, struct node *n, enum service_id service, client_id client, struct bytes head,
		     struct bytes tail);
	/* A rule of the world is broken; does not return. */
	void (*broken)(void *host, const char *violation);
};

/* What the member that stays was told since its last synchronised ring. */
struct story {
	struct ring_id from; /* {0}: it was not in the group then */
	struct ring_id ring;
	uint64_t hash;
	uint32_t count;
	bool has_gap; /* a message's beginning was sent before we came: those who had it were told, we were not */
};

/* Kept for the others that arrive in the same ring. */
struct arrival {
	struct ring_id ring;
	struct story story;
	uint32_t company;
};

struct engine_node {
	struct engine *engine;
	struct world *world;
	struct node *node;
	struct dice dice;
	bool connected, joined;
	bool left, leave_expected;
	const char *died;
	uint32_t roamer;       /* its client id counts on */
	uint32_t told_members; /* mask of nodes, by the last CONFCHG */
	bool quorate, saw_all;
	uint32_t quorum_members; /* mask, as told with that */
	struct {
		struct ring_id ring;
		uint32_t members; /* mask */
		bool casting;
		uint32_t status; /* of the last reply */
		uint64_t next_ns;
	} device;
	uint64_t last_reply; /* first 8 bytes of its value */
	struct ring_id seen_ring;
	uint64_t passed_over;
	uint32_t company; /* mask of nodes that were with us in every change since the last synchronised ring */
	struct story story;
	struct arrival arrival;
	struct {
		uint32_t key;   /* of the file that was read last */
		bool connected; /* CLIENT_ADMIN and CLIENT_VOTER */
		bool has_voter; /* it tracks */
		bool shutting;  /* the reply is outstanding */
		bool regardless, yes;
		uint32_t vote; /* ADMIN_VOTE_* */
		bool reloading;
		struct ring_id peace; /* the ring when the last key was brought in */
	} admin;
};

/* Mask of the nodes in the list. */
uint32_t mask_of(struct world *w, const struct node_list *l);

/* After every verb: is the engine well, and was there a new ring? */
void engine_node_look(struct world *w, struct node *n);

/* A request of a client, and what the engine says to it. request_open begins one; fill it in from byte 16 on. */
struct writer request_open(uint8_t *data, size_t size, uint32_t id);
enum engine_verdict client_ask(struct world *w, struct node *n, enum service_id service, uint32_t which,
			       struct bytes b);
client_id client_of(const struct engine_node *s, uint32_t which);

/* Keys of the first nodes. */
void engine_node_list(struct world *w, struct map *map, uint32_t count);

/* story.c */
void story_reply(struct engine_node *s, enum service_id service, struct bytes head, struct bytes tail);
void story_event(struct engine_node *s, enum service_id service, client_id client, struct bytes head,
		 struct bytes tail);
/* The services have agreed: compares our story with those who came along with us all the way. */
void story_compare(struct engine_node *s, const struct view *view);

/* clients.c: requests as libcpg and libquorum make them. A verdict other than DONE: later. */
enum engine_verdict client_request(struct world *w, struct node *n, enum service_id service, client_id c,
				   struct bytes b);
void client_connect(struct world *w, struct node *n, enum service_id service, client_id c, uint32_t pid);
/* id 0: join the group, 1: leave it. */
bool client_group(struct world *w, struct node *n, client_id c, uint32_t pid, uint32_t id);
bool client_say(struct world *w, struct node *n, client_id c, struct bytes message);
void client_track(struct world *w, struct node *n, client_id c, uint32_t flags);
void clients_soon(struct world *w, struct node *n, uint32_t delay_ms);
/* EVENT_CLIENT */
void clients_act(struct world *w, struct node *n);
void clients_load(struct world *w, struct node *n);

#endif
