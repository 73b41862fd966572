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
	SKEW_MS = 500,
	LINK_UP_MS = 600,
	TOLD_MS = 10,
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
	c->pace_us = 800;
	ret->delay_us = 100 + (uint32_t)(seed % 8) * 100;
	ret->spread_us = ret->delay_us;
	ret->disk_us = seed % 3 == 0 ? 5000 : 300;
	ret->loss = seed % 4 == 3 ? 10 : 0;
	ret->dup = ret->stray = ret->replay = ret->classes = 0;
	ret->clock_ppm = 0;
	ret->early = false;
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

static uint32_t draw(const struct options *o, struct act *ret)
{
	struct dice d = dice_of(o->seed, STREAM_START);
	uint32_t born_us[SIM_NODES_MAX] = {0}, count = 0;

	for (uint32_t i = 0; i < o->nodes; i++) {
		born_us[i] = dice_below(&d, SKEW_MS * 1000);
		ret[count++] = (struct act){born_us[i], i, i, false};
	}
	for (uint32_t i = 0; i < o->nodes; i++)
		for (uint32_t k = 0; k < o->nodes; k++) {
			uint32_t both_us = born_us[i] > born_us[k] ? born_us[i] : born_us[k];
			uint32_t up_us = both_us + 1 + dice_below(&d, LINK_UP_MS * 1000);

			if (i == k)
				continue;
			ret[count++] = (struct act){up_us, i, k, false};
			ret[count++] = (struct act){up_us + dice_below(&d, TOLD_MS * 1000), i, k, true};
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

bool start_run(struct world *w, const struct options *o, struct start_time *ret)
{
	struct act acts[ACTS_MAX];
	uint32_t count = draw(o, acts);
	uint64_t first_ns = 1000ull * acts[0].at_us, last_ns = 1000ull * acts[count - 1].at_us, together_ns = 0;

	world_reset(w, o);
	if (setjmp(w->escape) != 0)
		return false;
	cut_all(w);
	for (uint32_t i = 0; i < count; i++) {
		life_until(w, 1000ull * acts[i].at_us);
		act(w, &acts[i]);
	}
	if (!wait_together(w, &together_ns))
		world_violation(w, "S1", "%u nodes started and are not one ring after %u ms", o->nodes, START_MS_MAX);
	ret->all_ms = (uint32_t)((together_ns - first_ns) / 1000000);
	ret->ring_ms = together_ns < last_ns ? 0 : (uint32_t)((together_ns - last_ns) / 1000000);
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

int start_measure(struct world *w, enum sim_level level, uint32_t nodes, uint64_t first, uint64_t last,
		  uint32_t limit_ms)
{
	static uint32_t all_ms[SEEDS_MAX], ring_ms[SEEDS_MAX];
	uint64_t worst = first;
	uint32_t count = 0, worst_ms = 0;

	for (uint64_t seed = first; seed <= last && count < SEEDS_MAX; seed++) {
		struct start_time t;
		struct options o;

		start_options(seed, level, nodes, &o);
		if (!start_run(w, &o, &t)) {
			printf("seed %llu breaks %s\n", (unsigned long long)seed, w->violation);
			return 1;
		}
		if (t.all_ms > worst_ms) {
			worst_ms = t.all_ms;
			worst = seed;
		}
		all_ms[count] = t.all_ms;
		ring_ms[count++] = t.ring_ms;
	}
	if (count == 0)
		return 0;
	print_times("start to one ring of all", all_ms, count);
	print_times("last link to one ring of all", ring_ms, count);
	printf("%u starts, the worst is seed %llu\n", count, (unsigned long long)worst);
	if (limit_ms == 0 || worst_ms <= limit_ms)
		return 0;
	printf("the limit is %u ms\n", limit_ms);
	return 1;
}
