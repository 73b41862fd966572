/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/life.h"

#include "sim/admin.h"
#include "sim/check.h"
#include "sim/fault.h"
#include "sim/link.h"
#include "sim/load.h"
#include "sim/node.h"
#include "sim/sign.h"

#include <assert.h>

enum {
	STREAM_BIRTH = 2000,
	STREAM_DEAF = 2001,
	EVENTS_PER_SECOND_MAX = 60000,
	HEAL_MS = 8000,
	WORK_OFF_S_MAX = 600,
	NAPS = 3,
	POLL_MS = 20,
	COPY_MS_MAX = 400, /* between two copies of a token (src/totem/ring-token.c) */
	CHANGE_MS_MAX = 5000,
};

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
	case EVENT_LINK:
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

/* One does not hear the messages of the one behind him, or of any other: they must come by those who have them. */
static void deafen(struct world *w)
{
	const struct options *o = &w->options;
	struct dice d = dice_of(o->seed, STREAM_DEAF);
	uint32_t by = dice_below(&d, o->nodes);

	w->deaf.on = o->deaf;
	w->deaf.all = false;
	w->deaf.by = by;
	w->deaf.of = (by + (dice_chance(&d, 1, 2) ? 1 : dice_between(&d, 1, o->nodes - 1))) % o->nodes;
	if (o->deaf)
		world_trace(w, &w->nodes[by], "net> deaf to messages of node %u", w->nodes[w->deaf.of].id.v);
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
	deafen(w);
	load_once(w);
	run_for(w, 10000);
	w->deaf.on = false;
	admin_last_key_check(w);
	settle(w);
}

/* After a nap the links come up, and a copy of the token is waited for: not as long where everybody saw the links go
 * down, for then copies begin anew when they are up.
 */
static uint32_t wake_ms(const struct options *o, bool all_saw)
{
	uint32_t hop_ms = (o->delay_us + 2 * o->spread_us) / 1000 + 1;
	uint32_t copy_ms = all_saw ? COPY_MS_MAX / 2 : COPY_MS_MAX;

	return LINK_UP_MS_MAX + copy_ms + 2 * o->nodes * hop_ms + o->nodes * o->ring.pace_us / 1000 + 1;
}

/* So long may a program stand still while an idle representative keeps the token. */
static uint32_t nap_ms(const struct options *o, uint32_t wake_ms)
{
	uint32_t token_ms = o->ring.token_ms - o->ring.token_ms / 1000 * o->clock_ppm / 1000;
	uint32_t taken_ms = o->ring.hold_ms + wake_ms;

	return token_ms > taken_ms ? token_ms - taken_ms : 0;
}

/* Programs stand still, one after the other, each for less than the token's time: the ring is what it was. */
static void naps(struct world *w)
{
	const struct options *o = &w->options;
	bool all_see = nap_ms(o, wake_ms(o, true)) > LINK_DOWN_MS_MAX;
	uint32_t after_ms = wake_ms(o, all_see), for_ms = nap_ms(o, after_ms);
	uint64_t installed = w->installed;

	for (uint32_t i = 0; i < NAPS && for_ms > 0; i++) {
		struct node *n = &w->nodes[(o->seed + i) % o->nodes];

		world_trace(w, n, "node> stands still for %u ms", for_ms);
		node_freeze(w, n, for_ms);
		/* What waits for him comes just after he woke. */
		life_until(w, n->frozen_until_ns - 1);
		n->frozen_until_ns = w->now_ns;
		link_update(w);
		run_for(w, after_ms);
	}
	run_for(w, CHANGE_MS_MAX);
	if (w->installed != installed)
		world_violation(w, "P1", "programs stood still for %u ms each, and the ring changed", for_ms);
}

/* A mask of those whose services have agreed now. */
static uint32_t agreed_now(struct world *w)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < w->options.nodes; i++) {
		struct node *n = &w->nodes[i];

		mask |= (uint32_t)(!n->up || node_program(w)->agreed(w, n)) << i;
	}
	return mask;
}

/* One hears nobody any more, but all hear him: he breaks each ring that forms without him, and they must get their work
 * done between.
 */
static void one_is_deaf(struct world *w)
{
	const struct options *o = &w->options;
	struct node *n = &w->nodes[o->seed / 2 % o->nodes];
	uint32_t all = (1u << o->nodes) - 1, agreed = 1u << n->index;

	if (!o->deaf || !n->up)
		return;
	world_trace(w, n, "net> hears nobody");
	w->deaf.on = w->deaf.all = true;
	w->deaf.by = n->index;
	run_for(w, 2ull * o->ring.token_ms + o->ring.consensus_ms);
	for (uint32_t i = 0; i < calm_ms(w) / POLL_MS && agreed != all; i++) {
		run_for(w, POLL_MS);
		agreed |= agreed_now(w);
	}
	if (agreed != all)
		world_violation(w, "L4", "node %u hears nobody, and the services of some others never agree", n->id.v);
	w->deaf.on = w->deaf.all = false;
	run_for(w, calm_ms(w));
	if (!check_together(w))
		world_violation(w, "L1", "node %u was deaf %llu ms ago and there is not one ring of all nodes", n->id.v,
				(unsigned long long)calm_ms(w));
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
	naps(w);
	one_is_deaf(w);
	last_death(w);
	life_end(w);
	return true;
}
