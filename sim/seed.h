/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seed.h - what a seed decides: the shape of the cluster, its times, which
 * classes of fault exist and how often, and the list of faults itself.
 *
 * Swarm testing: each seed switches whole classes off, because one class can
 * hide what another would show (a node that restarts at the end sends a JOIN,
 * which heals a split that nobody would have noticed). The list is drawn before
 * the run, so that it can be cut down (shrink.h) without moving anything else.
 */
#ifndef SIM_SEED_H
#define SIM_SEED_H

#include "sim/dice.h"
#include "totem/ring.h"

enum { SIM_NODES_MAX = 16, SIM_FAULTS_MAX = 1024 };

enum sim_level { SIM_RING, SIM_ENGINE };

enum fault_kind {
	FAULT_CRASH,     /* a: process or (value) machine is gone, later it starts again with what is on its disk */
	FAULT_PAUSE,     /* a: does nothing for a while, then all that waits at once */
	FAULT_SPLIT,     /* value: mask of one side */
	FAULT_ONE_WAY,   /* value: mask of those whom the others do not hear */
	FAULT_ISOLATE,   /* a */
	FAULT_CUT,       /* a and b do not hear each other, all others do */
	FAULT_CLOG,      /* a: its packets arrive only when the fault ends */
	FAULT_LOSS,      /* value: so many of 1000 packets more are lost */
	FAULT_SLOW_DISK, /* a, value: milliseconds */
	FAULT_BAD_DISK,  /* a: nothing can be stored */
	FAULT_LEAVE,     /* a: leaves in an orderly way, comes again later */
	FAULT_GATHER,    /* a: an operator forces a new membership */
	FAULT_LIE,       /* a is told that b is lost, which is not true */
	FAULT_RELOAD,   /* a reads new files on all nodes; value & 1: with another key, & 2: that of b cannot be used */
	FAULT_SHUTDOWN, /* a is asked to leave; value: ADMIN_VOTE_* of its program, and regardless of that from 8 on */
	FAULT_DEVICE,   /* a: its quorum device's program is dead */
	FAULT_GROW,     /* a node more is listed; when all have read that, it is started */
	FAULT_KIND_COUNT,
};

struct fault {
	enum fault_kind kind;
	uint32_t at_ms, for_ms;
	uint32_t a, b, value;
};

struct options {
	uint64_t seed;
	enum sim_level level;
	uint32_t nodes, seconds;
	uint32_t id_step; /* node i has the id 1 + i * id_step */

	uint32_t delay_us, spread_us;
	bool fifo;                         /* packets of a link do not overtake each other */
	uint32_t loss, dup, stray, replay; /* of 1000 */
	uint32_t classes;                  /* bits of enum fault_kind */
	uint32_t fault_gap_ms;
	bool early; /* the host tells of lost nodes */
	bool links; /* packets pass only where both ends know that they reach each other (link.h) */
	uint32_t disk_us;
	uint32_t clock_ppm;

	uint32_t load_gap_ms, burst;
	uint32_t size_small, size_large;
	bool load_while_healing;
	bool deaf; /* at the end, one does not get the messages of another by the straight way */
	uint32_t pool_bytes;
	bool two_node;
	bool grows;  /* the last node is not listed from the start */
	bool hasty;  /* and is started before all have read of it */
	bool device; /* there is a quorum device with one vote */
	bool canary; /* one packet of the run is delivered with a flipped bit */
	struct ring_config ring;
};

/* nodes 0: the seed decides, 2 to 16. */
void seed_options(uint64_t seed, enum sim_level level, uint32_t nodes, uint32_t seconds, struct options *ret);
/* Returns how many; in the order of their times. */
uint32_t seed_faults(const struct options *o, struct fault *ret);
const char *fault_name(enum fault_kind kind);
/* One line. */
void seed_print(const struct options *o);

#endif
