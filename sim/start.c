/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/start.h"

#include "sim/check.h"
#include "sim/life.h"
#include "sim/net.h"
#include "sim/node.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	STREAM_START = 3000,
	STREAM_RETURN = 3001,
	STREAM_DEATH = 3002,
	SKEW_MS = 500,
	LINK_UP_MS = 600,
	TOLD_MS = 10,
	QUICK_UP_MS = 100, /* of a host that starts, where the other one looks less often */
	AWAY_MS = 4000,
	CALM_MS = 2000, /* what is together must stay so */
	SEEDS_MAX = 100000,
	ACTS_MAX = 2 * SIM_NODES_MAX * SIM_NODES_MAX,
};

/* A host starts (other: itself), its end of the link to another comes up, or it is told so. */
struct act {
	uint32_t at_us, node, other;
	bool told;
};

void start_options(uint64_t seed, enum sim_level level, uint32_t nodes, struct options *ret)
{
	struct ring_config *c = &ret->ring;

	seed_options(seed, level, nodes, 0, ret);
	c->token_ms = 3000 + (ret->nodes > 2 ? 650 * (ret->nodes - 2) : 0);
	c->token_retransmit_ms = c->token_ms * 10 / 42;
	c->hold_ms = c->token_retransmit_ms * 8 / 10 - 10;
	c->consensus_ms = c->token_ms * 12 / 10;
	c->send_join_ms = 0;
	c->seqno_unchanged_const = 30;
	c->net_mtu = 1400;
	c->pace_us = 400;
	ret->delay_us = 100 + (uint32_t)(seed % 8) * 100;
	ret->spread_us = ret->delay_us;
	ret->disk_us = seed % 3 == 0 ? 5000 : 300;
	ret->loss = seed % 4 == 3 ? 10 : 0;
	ret->dup = ret->stray = ret->replay = ret->classes = 0;
	ret->clock_ppm = 0;
	ret->early = false;
	ret->links = false;
	ret->two_node = false;
	ret->pool_bytes = 32u << 20;
}

static int act_order(const void *a, const void *b)
{
	const struct act *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->other != y->other)
		return x->other < y->other ? -1 : 1;
	return x->told - y->told;
}

static uint32_t draw_link(struct dice *d, uint32_t from_us, uint32_t max_ms, uint32_t node, uint32_t other,
			  struct act *ret)
{
	uint32_t up_us = from_us + 1 + dice_below(d, max_ms * 1000);

	ret[0] = (struct act){up_us, node, other, false};
	ret[1] = (struct act){up_us + dice_below(d, TOLD_MS * 1000), node, other, true};
	return 2;
}

static uint32_t draw_start(const struct options *o, struct act *ret)
{
	struct dice d = dice_of(o->seed, STREAM_START);
	uint32_t born_us[SIM_NODES_MAX] = {0}, count = 0;

	for (uint32_t i = 0; i < o->nodes; i++) {
		born_us[i] = dice_below(&d, SKEW_MS * 1000);
		ret[count++] = (struct act){born_us[i], i, i, false};
	}
	for (uint32_t i = 0; i < o->nodes; i++)
		for (uint32_t k = 0; k < o->nodes; k++)
			if (i != k)
				count += draw_link(&d, born_us[i] > born_us[k] ? born_us[i] : born_us[k], LINK_UP_MS, i,
						   k, ret + count);
	qsort(ret, count, sizeof *ret, act_order);
	return count;
}

static uint32_t draw_return(const struct options *o, uint32_t victim, struct act *ret)
{
	struct dice d = dice_of(o->seed, STREAM_RETURN);
	uint32_t count = 1;

	ret[0] = (struct act){0, victim, victim, false};
	for (uint32_t i = 0; i < o->nodes; i++) {
		if (i == victim)
			continue;
		count += draw_link(&d, 0, QUICK_UP_MS, victim, i, ret + count);
		count += draw_link(&d, 0, LINK_UP_MS, i, victim, ret + count);
	}
	qsort(ret, count, sizeof *ret, act_order);
	return count;
}

/* Both ends of a link keep its packets back until they are up. */
static void cut_all(struct world *w)
{
	for (uint32_t i = 0; i < w->options.nodes; i++)
		for (uint32_t k = 0; k < w->options.nodes; k++)
			if (i != k)
				net_cut(w, i, k, 2);
}

static void act(struct world *w, const struct act *a)
{
	struct node *n = &w->nodes[a->node], *other = &w->nodes[a->other];

	if (n == other) {
		node_start(w, n);
		return;
	}
	if (a->told) {
		node_program(w)->sign(w, n, other->id, false);
		return;
	}
	world_trace(w, n, "host> the link to node %u is up", other->id.v);
	net_cut(w, a->node, a->other, -1);
	net_cut(w, a->other, a->node, -1);
}

/* Until all have been together for a while. */
static bool wait_together(struct world *w, uint64_t *ret_ns)
{
	uint64_t end_ns = w->now_ns + ms_ns(START_MS_MAX), changed_ns = w->now_ns, installed = w->installed;

	while (w->now_ns < end_ns) {
		life_until(w, w->now_ns + 100000);
		if (w->installed != installed)
			changed_ns = w->now_ns;
		installed = w->installed;
		if (w->now_ns - changed_ns >= ms_ns(CALM_MS) && check_together(w)) {
			*ret_ns = changed_ns;
			return true;
		}
	}
	return false;
}

/* Acts, and waits for the ring of all; returns when that was. */
static uint64_t play(struct world *w, const struct act *acts, uint32_t count)
{
	uint64_t from_ns = w->now_ns, together_ns;

	for (uint32_t i = 0; i < count; i++) {
		life_until(w, from_ns + 1000ull * acts[i].at_us);
		act(w, &acts[i]);
	}
	if (!wait_together(w, &together_ns))
		world_violation(w, "S1", "%u nodes are not one ring after %u ms", w->options.nodes, START_MS_MAX);
	return together_ns;
}

/* One machine dies, the others are told so and go on without it. */
static void kill_one(struct world *w, struct node *victim)
{
	struct dice d = dice_of(w->options.seed, STREAM_DEATH);

	world_trace(w, victim, "node> the machine dies");
	node_stop(w, victim);
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		if (i == victim->index)
			continue;
		net_cut(w, victim->index, i, 2);
		net_cut(w, i, victim->index, 2);
	}
	life_until(w, w->now_ns + ms_ns(1000));
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		if (i == victim->index)
			continue;
		life_until(w, w->now_ns + ms_ns(dice_below(&d, 20)));
		node_program(w)->sign(w, &w->nodes[i], victim->id, true);
	}
	life_until(w, w->now_ns + ms_ns(AWAY_MS));
	if (!check_together(w))
		world_violation(w, "S2", "node %u is dead and is not left out", victim->id.v);
}

bool start_run(struct world *w, const struct options *o, struct start_time *ret)
{
	struct act acts[ACTS_MAX];
	uint32_t count = draw_start(o, acts);
	struct node *victim = &w->nodes[o->seed % o->nodes];
	uint64_t first_ns = 1000ull * acts[0].at_us, last_ns = 1000ull * acts[count - 1].at_us, together_ns;

	world_reset(w, o);
	if (setjmp(w->escape) != 0)
		return false;
	cut_all(w);
	together_ns = play(w, acts, count);
	ret->all_ms = (uint32_t)((together_ns - first_ns) / 1000000);
	ret->ring_ms = together_ns < last_ns ? 0 : (uint32_t)((together_ns - last_ns) / 1000000);
	kill_one(w, victim);
	first_ns = w->now_ns;
	count = draw_return(o, victim->index, acts);
	ret->return_ms = (uint32_t)((play(w, acts, count) - first_ns) / 1000000);
	life_end(w);
	return true;
}

static int time_order(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sorts them. */
static void print_times(const char *what, uint32_t *ms, uint32_t count)
{
	qsort(ms, count, sizeof *ms, time_order);
	printf("%s: median %u ms, 95 of 100 within %u ms, worst %u ms\n", what, ms[count / 2], ms[count * 95 / 100],
	       ms[count - 1]);
}

struct samples {
	uint32_t all_ms[SEEDS_MAX], ring_ms[SEEDS_MAX], return_ms[SEEDS_MAX], count;
	uint32_t worst_ms;
	uint64_t worst;
};

static bool measure(struct world *w, const struct options *o, struct samples *s)
{
	struct start_time t;
	uint32_t slower_ms;

	if (!start_run(w, o, &t)) {
		printf("seed %llu breaks %s\n", (unsigned long long)o->seed, w->violation);
		return false;
	}
	slower_ms = t.all_ms > t.return_ms ? t.all_ms : t.return_ms;
	if (slower_ms > s->worst_ms) {
		s->worst_ms = slower_ms;
		s->worst = o->seed;
	}
	s->all_ms[s->count] = t.all_ms;
	s->ring_ms[s->count] = t.ring_ms;
	s->return_ms[s->count++] = t.return_ms;
	return true;
}

int start_measure(struct world *w, enum sim_level level, uint32_t nodes, uint64_t first, uint64_t last,
		  uint32_t limit_ms)
{
	static struct samples s;

	for (uint64_t seed = first; seed <= last && s.count < SEEDS_MAX; seed++) {
		struct options o;

		start_options(seed, level, nodes, &o);
		if (!measure(w, &o, &s))
			return 1;
	}
	if (s.count == 0)
		return 0;
	print_times("start to one ring of all", s.all_ms, s.count);
	print_times("last link to one ring of all", s.ring_ms, s.count);
	print_times("return of one to one ring of all", s.return_ms, s.count);
	printf("%u starts, the worst is seed %llu\n", s.count, (unsigned long long)s.worst);
	if (limit_ms == 0 || s.worst_ms <= limit_ms)
		return 0;
	printf("the limit is %u ms\n", limit_ms);
	return 1;
}
