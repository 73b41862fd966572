/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/seed.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t for_ms_min, for_ms_max;
} kinds[FAULT_KIND_COUNT] = {
	[FAULT_CRASH] = {"crash", 20, 12000},
	[FAULT_PAUSE] = {"pause", 10, 10000},
	[FAULT_SPLIT] = {"split", 100, 20000},
	[FAULT_ONE_WAY] = {"one-way", 100, 10000},
	[FAULT_ISOLATE] = {"isolate", 100, 10000},
	[FAULT_CUT] = {"cut", 100, 8000},
	[FAULT_CLOG] = {"clog", 10, 4000},
	[FAULT_LOSS] = {"loss", 100, 5000},
	[FAULT_SLOW_DISK] = {"slow-disk", 500, 10000},
	[FAULT_BAD_DISK] = {"bad-disk", 500, 8000},
	[FAULT_LEAVE] = {"leave", 20, 6000},
	[FAULT_GATHER] = {"gather", 1, 1},
	[FAULT_LIE] = {"lie", 100, 3000},
	[FAULT_RELOAD] = {"reload", 100, 10000},
	[FAULT_SHUTDOWN] = {"shutdown", 2000, 12000},
	[FAULT_DEVICE] = {"device", 500, 14000},
	[FAULT_GROW] = {"grow", 1, 1},
};

enum stream { STREAM_OPTIONS = 1, STREAM_FAULTS = 2 };

const char *fault_name(enum fault_kind kind)
{
	return kinds[kind].name;
}

static void ring_times(struct dice *d, struct options *o)
{
	static const uint32_t tokens[] = {1000, 1000, 3000, 3000, 500};
	static const uint32_t mtus[] = {300, 1400, 1400, 8900, 65000, 65000};
	struct ring_config *c = &o->ring;

	c->token_ms = tokens[dice_below(d, 5)] + 650 * (o->nodes > 2 ? o->nodes - 2 : 0) * dice_below(d, 2);
	c->token_warning_percent = 75;
	c->token_retransmit_ms = c->token_ms * 10 / 42;
	c->hold_ms = c->token_retransmit_ms * 8 / 10 - 10;
	c->join_ms = 50;
	c->send_join_ms = dice_chance(d, 1, 8) ? 80 : 0;
	c->consensus_ms = c->token_ms * 12 / 10;
	c->merge_ms = 200;
	c->fail_recv_const = dice_chance(d, 1, 8) ? 50 : 2500;
	c->seqno_unchanged_const = dice_chance(d, 1, 3) ? 5 : 30;
	c->window_size = dice_chance(d, 1, 4) ? 300 : 50;
	c->max_messages = dice_chance(d, 1, 4) ? 60 : 17;
	c->miss_count_const = dice_chance(d, 1, 4) ? 1 : 5;
	c->net_mtu = mtus[dice_below(d, 6)];
	c->cancel_token_hold_on_retransmit = dice_chance(d, 1, 4);
	c->pace_us = dice_chance(d, 1, 2) ? dice_between(d, 400, 6000) : 0;
}

static void network(struct dice *d, struct options *o)
{
	uint32_t hop_us_max = o->ring.token_retransmit_ms * 1000 / (o->nodes + 2) / 2;

	o->delay_us = dice_between(d, 100, 3000);
	o->spread_us = dice_chance(d, 1, 2) ? o->delay_us / 4 : o->delay_us * 3;
	if (o->delay_us + o->spread_us > hop_us_max) {
		o->delay_us = hop_us_max / 2;
		o->spread_us = hop_us_max / 2;
	}
	o->replay = dice_chance(d, 1, 2) ? 0 : dice_between(d, 1, 20);
	o->fifo = dice_chance(d, 1, 2);
	o->loss = dice_chance(d, 1, 3) ? 0 : dice_between(d, 1, 60);
	o->dup = dice_chance(d, 1, 2) ? 0 : dice_between(d, 1, 50);
	o->stray = dice_chance(d, 1, 2) ? 0 : dice_between(d, 1, 20);
	o->disk_us = dice_chance(d, 1, 2) ? 200 : dice_between(d, 1000, 40000);
	/* The commit token waits for each member's disk in turn, and all that within the token's time. */
	if (o->disk_us > o->ring.token_ms * 1000 / o->nodes / 3)
		o->disk_us = o->ring.token_ms * 1000 / o->nodes / 3;
	o->clock_ppm = dice_chance(d, 1, 2) ? 0 : dice_between(d, 1, 20000);
}

static void load(struct dice *d, struct options *o)
{
	/* Most lives are quiet: what breaks a ring are its changes, and a quiet life costs little. */
	o->load_gap_ms = dice_chance(d, 1, 24) ? 50 : dice_between(d, 500, 10000);
	o->burst = dice_chance(d, 1, 8) ? 200 : dice_between(d, 1, 12);
	o->size_small = dice_between(d, 30, 2000);
	o->size_large = dice_chance(d, 1, 6) ? dice_between(d, 60000, 300000) : dice_between(d, 2000, 20000);
	if (o->size_large > 100 * o->ring.net_mtu)
		o->size_large = 100 * o->ring.net_mtu;
	o->load_while_healing = dice_chance(d, 1, 2);
	o->pool_bytes = dice_chance(d, 1, 4) ? 32u << 20 : 64u << 20;
}

/* What kind of cluster it is, and which faults make no sense in it. */
static void cluster(struct dice *d, struct options *o)
{
	o->early = dice_chance(d, 2, 3);
	o->two_node = o->nodes == 2 && dice_chance(d, 1, 2);
	if (!o->early)
		o->classes &= ~(1u << FAULT_LIE);
	o->device = o->level == SIM_ENGINE && !o->two_node && dice_chance(d, 1, 3);
	o->grows = o->level == SIM_ENGINE && !o->two_node && !o->device && o->nodes > 2 && dice_chance(d, 1, 3);
	if (!o->device)
		o->classes &= ~(1u << FAULT_DEVICE);
	o->classes = o->grows ? o->classes | 1u << FAULT_GROW : o->classes & ~(1u << FAULT_GROW);
	if (o->level == SIM_RING)
		o->classes &= ~(1u << FAULT_RELOAD | 1u << FAULT_SHUTDOWN);
}

void seed_options(uint64_t seed, enum sim_level level, uint32_t nodes, uint32_t seconds, struct options *ret)
{
	struct dice d = dice_of(seed, STREAM_OPTIONS);
	uint32_t drawn = dice_chance(&d, 3, 4) ? dice_between(&d, 2, 5) : dice_between(&d, 2, SIM_NODES_MAX);

	memset(ret, 0, sizeof *ret);
	ret->seed = seed;
	ret->level = level;
	ret->nodes = nodes != 0 ? nodes : drawn;
	ret->seconds = seconds;
	ret->id_step = dice_between(&d, 1, 40);
	ring_times(&d, ret);
	network(&d, ret);
	load(&d, ret);
	for (uint32_t k = 0; k < FAULT_KIND_COUNT; k++)
		ret->classes |= (uint32_t)dice_chance(&d, 1, k == FAULT_LIE || k == FAULT_GATHER ? 6 : 2) << k;
	cluster(&d, ret);
	ret->fault_gap_ms = dice_chance(&d, 1, 4) ? 700 : dice_between(&d, 2000, 15000);
	ret->links = dice_chance(&d, 1, 2);
	ret->deaf = ret->nodes > 2 && dice_chance(&d, 1, 2);
	ret->hasty = ret->grows && dice_chance(&d, 1, 2);
}

static void fault_draw(struct dice *d, const struct options *o, struct fault *f)
{
	uint32_t mask = (1u << o->nodes) - 1;

	f->for_ms = dice_between(d, kinds[f->kind].for_ms_min, kinds[f->kind].for_ms_max);
	if (dice_chance(d, 1, 2)) /* both short and long ones shall be common */
		f->for_ms = kinds[f->kind].for_ms_min + f->for_ms / 20;
	f->a = dice_below(d, o->nodes);
	f->b = (f->a + 1 + dice_below(d, o->nodes - 1)) % o->nodes;
	f->value = dice_below(d, mask - 1) + 1;
	if (f->kind == FAULT_LOSS)
		f->value = dice_between(d, 50, 600);
	else if (f->kind == FAULT_SLOW_DISK)
		f->value = dice_between(d, 20, 3000);
	else if (f->kind == FAULT_CRASH)
		f->value = dice_below(d, 2);
	else if (f->kind == FAULT_RELOAD || f->kind == FAULT_SHUTDOWN)
		f->value = dice_below(d, 16);
}

uint32_t seed_faults(const struct options *o, struct fault *ret)
{
	struct dice d = dice_of(o->seed, STREAM_FAULTS);
	uint32_t end_ms = o->seconds * 1000, count = 0;
	uint32_t at_ms = dice_below(&d, 5000); /* some clusters have no peace even while they start */

	while (at_ms + 100 < end_ms && count < SIM_FAULTS_MAX) {
		struct fault f = {.kind = (enum fault_kind)dice_below(&d, FAULT_KIND_COUNT), .at_ms = at_ms};

		fault_draw(&d, o, &f);
		if (f.for_ms > end_ms - at_ms)
			f.for_ms = end_ms - at_ms;
		if (o->classes >> f.kind & 1) {
			ret[count++] = f;
			at_ms += dice_between(&d, 1, 2 * o->fault_gap_ms);
		} else {
			at_ms += dice_between(&d, 1, o->fault_gap_ms / 8 + 1);
		}
	}
	return count;
}

void seed_print(const struct options *o)
{
	const struct ring_config *c = &o->ring;

	printf("seed=%llu level=%s nodes=%u seconds=%u token=%ums mtu=%u window=%u/%u delay=%u+%uus%s loss=%u dup=%u "
	       "stray=%u replay=%u early=%d%s%s%s disk=%uus ppm=%u load=%ums*%u size=%u/%u pool=%uM faults=",
	       (unsigned long long)o->seed, o->level == SIM_RING ? "ring" : "engine", o->nodes, o->seconds, c->token_ms,
	       c->net_mtu, c->window_size, c->max_messages, o->delay_us, o->spread_us, o->fifo ? " fifo" : "", o->loss,
	       o->dup, o->stray, o->replay, o->early, o->links ? " links" : "", o->deaf ? " deaf" : "",
	       o->device  ? " device"
	       : o->hasty ? " grows in haste"
	       : o->grows ? " grows"
			  : "",
	       o->disk_us, o->clock_ppm, o->load_gap_ms, o->burst, o->size_small, o->size_large, o->pool_bytes >> 20);
	for (uint32_t k = 0; k < FAULT_KIND_COUNT; k++)
		if (o->classes >> k & 1)
			printf("%s,", kinds[k].name);
	printf("every %ums\n", o->fault_gap_ms);
}
