/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/life.h"

#include "sim/admin.h"
#include "sim/check.h"
#include "sim/fault.h"
#include "sim/load.h"
#include "sim/node.h"
#include "sim/sign.h"

#include <assert.h>

enum { STREAM_BIRTH = 2000, EVENTS_PER_SECOND_MAX = 60000, HEAL_MS = 8000, WORK_OFF_S_MAX = 600 };

static void dispatch(struct world *w, const struct event *e)
{
	switch (e->kind) {
	case EVENT_FAULT:
		fault_begin(w, e->arg);
		break;
	case EVENT_FAULT_END:
		fault_end(w, e->arg);
		break;
	case EVENT_LOAD:
		load_event(w, e);
		break;
	case EVENT_PACKET:
	case EVENT_TIMER:
	case EVENT_PERSISTED:
	case EVENT_SIGN:
	case EVENT_CLIENT:
	case EVENT_ADMIN:
		node_event(w, e);
		break;
	}
}

void life_until(struct world *w, uint64_t until_ns)
{
	struct event e;

	while (until_ns > w->now_ns && world_next(w, until_ns, &e)) {
		if (w->events > (uint64_t)EVENTS_PER_SECOND_MAX * (w->now_ns / 1000000000u + 5))
			world_violation(w, "L3", "%llu events", (unsigned long long)w->events);
		dispatch(w, &e);
	}
}

static void run_for(struct world *w, uint64_t ms)
{
	life_until(w, w->now_ns + ms_ns(ms));
}

/* A node is born as if it had crashed at the beginning: a fault like others, but one that cannot be left out. */
static void birth(struct world *w)
{
	struct dice d = dice_of(w->options.seed, STREAM_BIRTH);
	bool together = dice_chance(&d, 1, 2);

	for (uint32_t i = 0; i < w->options.nodes; i++) {
		if (!together)
			run_for(w, dice_below(&d, 500));
		if (!w->nodes[i].up && i < w->options.nodes - w->options.grows)
			node_start(w, &w->nodes[i]);
	}
}

static uint64_t calm_ms(const struct world *w)
{
	const struct ring_config *c = &w->options.ring;

	return 4ull * (c->token_ms + c->consensus_ms) + 5000;
}

static void settle(struct world *w)
{
	for (uint32_t i = 0; i < w->options.nodes; i++)
		if (w->nodes[i].up)
			node_program(w)->settled(w, &w->nodes[i]);
	check_complete(w);
}

/* A slow ring may need a while for what quick clients left in its queues; it is asked only that it goes on. */
static void work_off(struct world *w)
{
	uint64_t before;

	for (uint32_t s = 0; s < WORK_OFF_S_MAX; s++) {
		before = w->delivered;
		run_for(w, 1000);
		if (w->delivered == before)
			return;
	}
}

static void calm(struct world *w)
{
	w->bad_network = false;
	w->load_on = false;
	run_for(w, calm_ms(w));
	if (!check_together(w))
		world_violation(w, "L1", "the network is calm for %llu ms and there is not one ring of all nodes",
				(unsigned long long)calm_ms(w));
	work_off(w);
	w->options.burst = 3; /* a last word of each, which must get through in the time that is left */
	w->options.size_large = w->options.size_small;
	admin_last_key(w);
	load_once(w);
	run_for(w, 10000);
	admin_last_key_check(w);
	settle(w);
}

/* One machine dies while all is quiet. */
static void last_death(struct world *w)
{
	struct node *victim = &w->nodes[w->options.seed % w->options.nodes];
	const struct options *o = &w->options;
	uint64_t hop_ms = (o->delay_us + 2 * o->spread_us) / 1000 + 1;
	uint64_t change_ms = 20 * o->nodes * hop_ms + o->nodes * (o->disk_us / 1000 + 1) + 3 * o->ring.send_join_ms +
			     2 * o->ring.join_ms + 100;

	if (!o->early || !victim->up)
		return;
	world_trace(w, victim, "node> the machine dies");
	victim->machine_up = false;
	node_stop(w, victim);
	run_for(w, SIGN_MS_MAX + SIGN_MS_MAX * (uint64_t)o->clock_ppm / 1000000 + change_ms);
	if (!check_together(w))
		world_violation(w, "E1", "node %u died %llu ms ago and is not left out", victim->id.v,
				(unsigned long long)(SIGN_MS_MAX + change_ms));
	run_for(w, 10000);
	settle(w);
}

void life_end(struct world *w)
{
	for (uint32_t i = 0; i < w->options.nodes; i++)
		if (w->nodes[i].up)
			node_stop(w, &w->nodes[i]);
}

bool life_run(struct world *w, const struct options *o, const struct fault *faults, uint32_t count)
{
	world_reset(w, o);
	if (setjmp(w->escape) != 0)
		return false;
	fault_schedule(w, faults, count);
	load_start(w);
	birth(w);
	life_until(w, ms_ns(750ull * o->seconds));
	/* In some lives clients fall silent before the last faults end: a split must then heal without a word of
	 * theirs. */
	w->load_on = o->load_while_healing;
	life_until(w, ms_ns(1000ull * o->seconds));
	w->faults_on = false;
	admin_peace(w);
	run_for(w, HEAL_MS);
	calm(w);
	last_death(w);
	life_end(w);
	return true;
}
