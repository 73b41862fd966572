/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node.h - one simulated machine and the program on it: timers, disk, starts and
 * stops. What the program is (a ring alone, or a whole engine) is behind
 * node_program, as the operating system does not know either.
 *
 * Timers: one event of the heap a timer, however often it is restarted.
 * Disk: what was asked to be stored is safe some time later; a crash in between
 * may have stored it or not. A disk that fails is tried again by the host.
 * Pause: whatever happens to a paused node happens when it wakes, in order; of
 * packets only as many as a receive buffer holds.
 */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include "sim/world.h"

/* A program that a node runs. stop: the process is gone, its memory may be reused. */
struct node_program {
	void (*start)(struct world *w, struct node *n);
	void (*stop)(struct world *w, struct node *n);
	void (*packet)(struct world *w, struct node *n, struct bytes b);
	void (*timeout)(struct world *w, struct node *n, uint32_t timer);
	void (*persisted)(struct world *w, struct node *n, uint64_t seq);
	void (*sign)(struct world *w, struct node *n, node_id other, bool lost);
	void (*leave)(struct world *w, struct node *n);
	void (*gather)(struct world *w, struct node *n);
	void (*load)(struct world *w, struct node *n);
	/* EVENT_CLIENT: its clients act; may be NULL. */
	void (*clients)(struct world *w, struct node *n);
	/* EVENT_ADMIN; may be NULL. */
	void (*admin)(struct world *w, struct node *n, uint32_t what);
	/* Whether its services have agreed in the ring that it is in. */
	bool (*agreed)(struct world *w, struct node *n);
	/* The run is over and the cluster idle: complains if it is not in order. */
	void (*settled)(struct world *w, struct node *n);
};

extern const struct node_program ring_program, engine_program;

void node_reset(struct world *w, uint32_t index);
void node_start(struct world *w, struct node *n);
void node_stop(struct world *w, struct node *n);
/* Its program stands still from now on. Who wakes it calls link_update() then. */
void node_freeze(struct world *w, struct node *n, uint64_t for_ms);
/* All events whose kind names a node. */
void node_event(struct world *w, const struct event *e);
const struct node_program *node_program(const struct world *w);

/* For programs: what the operating system offers. */
mono_time node_clock(const struct world *w, const struct node *n);
void node_timer(struct world *w, struct node *n, uint32_t timer, uint64_t delay_us);
void node_persist(struct world *w, struct node *n, uint64_t seq);
/* Throws away the packets that waited while the node stood still. */
void node_drain(struct world *w, struct node *n);

#endif
