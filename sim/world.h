/* SPDX-License-Identifier: GPL-2.0-or-later */
/* world.h - one simulated cluster: virtual time, the heap of what will happen,
 * the nodes, and the record of what went wrong.
 *
 * Nothing happens between events, so idle time costs nothing. Events are taken
 * in the order of (time, insertion); the hash over them is the fingerprint of a
 * run: same seed and same program, same hash. A world is reset between seeds
 * and keeps its memory.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/seed.h"

#include <setjmp.h>

enum { NODE_TIMERS_MAX = 32 };

enum event_kind {
	EVENT_PACKET,    /* node, packet, from */
	EVENT_TIMER,     /* node, arg: timer, gen */
	EVENT_PERSISTED, /* node, value: ring number */
	EVENT_SIGN,      /* node: is told that node arg is lost (value 1) or back, if gen still holds */
	EVENT_LINK,      /* node: its link to node arg goes down (value 1) or comes up, if gen still holds */
	EVENT_LOAD,      /* node: its clients say something */
	EVENT_CLIENT,    /* node: the engine's simulated clients act (engine level) */
	EVENT_ADMIN,     /* node, arg: something that an administrator waits for (engine level, admin.h) */
	EVENT_FAULT,     /* arg: index in the list */
	EVENT_FAULT_END, /* arg */
};

struct packet {
	uint32_t refs, len;
	uint32_t key; /* with which it is closed; 0: none */
	uint8_t data[];
};

struct event {
	uint64_t at_ns, tie;
	enum event_kind kind;
	uint16_t node, arg;
	uint32_t gen, boot;
	bool late; /* waited for a node that stood still */
	uint64_t value;
	struct packet *packet;
};

/* The keys of a node, as libknet has them: two places, of which one or both may be read with (src/os/knet-keys.c). */
struct keys {
	uint32_t places[3]; /* by number; 0: empty, and place 0 is none */
	uint32_t now, next, writing;
	bool prepared; /* a change is under way: no other one is begun */
};

struct timer {
	uint64_t deadline_ns, event_ns;
	uint32_t gen;
	bool armed, queued;
};

/* What the host of a node knows; what runs in it is in ring-node.c or engine-node.c. */
struct node {
	uint32_t index;
	node_id id;
	bool up;         /* the program runs */
	bool machine_up; /* its kernel answers */
	uint32_t boot;   /* counts starts */
	uint64_t frozen_until_ns;
	uint32_t late_packets;
	uint64_t drained; /* late packets older than this were thrown away */
	int32_t clock_ppm;
	uint64_t disk_seq;
	uint32_t disk_slow_ms, disk_bad;
	uint64_t persist_seq; /* asked for and not done yet, 0 none */
	uint32_t clogged;
	struct keys keys;
	uint32_t listed;      /* by the file that it has read: others are not heard */
	uint32_t device_dead; /* faults that keep its quorum device's program from running */
	struct timer timers[NODE_TIMERS_MAX];
	/* See sign.h; masks of nodes. */
	uint32_t silent_links, told_lost;
	uint32_t sign_gen[SIM_NODES_MAX];
	/* See link.h; masks of nodes, and when links that nothing comes over go down. */
	uint32_t links_silent, links_down;
	uint32_t link_gen[SIM_NODES_MAX];
	uint64_t link_down_ns[SIM_NODES_MAX];
	struct pool pool;
	void *memory;
	struct ring_node *ring;
	struct engine_node *engine;
};

struct heap_item {
	uint64_t at_ns, tie;
	uint32_t event;
};

struct world {
	struct options options;
	uint64_t now_ns, tie, hash;
	uint64_t events, packets, delivered, installed, sent; /* for the report */
	struct node nodes[SIM_NODES_MAX];

	struct fault faults[SIM_FAULTS_MAX];
	bool applied[SIM_FAULTS_MAX];
	uint32_t fault_count;
	bool faults_on, load_on, bad_network;
	/* The file that administrators have written: its key, how many nodes it lists, and nodes (a mask) on which it
	 * cannot be used.
	 */
	struct {
		uint32_t key, listed, bad;
	} file;
	uint32_t extra_loss;
	/* Node `by` gets no message that node `of` itself sends, be it for a firewall or for their size; all else
	 * passes. Or it gets nothing at all, as one that was started with the wrong keys.
	 */
	struct {
		bool on, all;
		uint32_t by, of;
	} deaf;

	const struct guests *guests; /* of the engines (engine-node.h); NULL: none */
	struct net *net;
	struct check *check;

	struct heap_item *heap;
	uint32_t heap_count, heap_size;
	struct event *pool;
	uint32_t *unused;
	uint32_t unused_count, pool_size;

	bool trace;         /* lines are made */
	bool trace_live;    /* and printed at once */
	char (*lines)[240]; /* the last ones */
	uint32_t line_count;

	char violation[512]; /* empty: none */
	struct ring_effects *scratch;
	jmp_buf escape;
};

enum { TRACE_LINES = 120 };

struct world *world_new(void);
/* The world is ready for seed o; nodes are down. */
void world_reset(struct world *w, const struct options *o);

struct event *world_push(struct world *w, uint64_t at_ns, enum event_kind kind, uint32_t node);
/* The next event up to until_ns; false when there is none, and then it is until_ns. */
bool world_next(struct world *w, uint64_t until_ns, struct event *ret);

struct packet *packet_new(struct bytes b);
void packet_drop(struct packet *p);

void world_hash(struct world *w, uint64_t v);
uint64_t bytes_hash(struct bytes b);
/* [ms] node module> text. */
#define world_trace(w, n, ...)                               \
	do {                                                 \
		if ((w)->trace)                              \
			world_trace_line(w, n, __VA_ARGS__); \
	} while (0)
void world_trace_line(struct world *w, const struct node *n, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The run is over: a rule is broken. Does not return. */
_Noreturn void world_violation(struct world *w, const char *rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One place for the effects of any ring: empty between events. */
struct ring_effects *world_scratch(struct world *w);
struct node *world_node(struct world *w, node_id id);

static inline uint64_t ms_ns(uint64_t ms)
{
	return ms * 1000000u;
}

#endif
