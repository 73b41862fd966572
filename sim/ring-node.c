/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring-node.c - the program of a node at ring level: one ring, the two sets of
 * assembly buffers as the engine has them, and a stand-in for the services'
 * synchronisation: two rounds in which all members say something, after which
 * the ring is told SYNCED.
 */
#include "sim/check.h"
#include "sim/net.h"
#include "sim/node.h"
#include "totem/assemble.h"

#include <assert.h>
#include <stdlib.h>

enum {
	SYNC_MARK = 0x434e5953,
	SYNC_ROUNDS = 2,
	SYNC_HEAD = 24,
	SYNC_FILL_MAX = 4000,
	STREAM_LOAD = 300,
	STREAM_SYNC = 400
};

struct ring_node {
	struct ring ring;
	struct assemble assembles[2]; /* normal; while the services synchronise */
	struct ring_effects *fx;      /* shared by all nodes: empty between events */
	struct dice load, sync_dice;
	struct ring_id id;
	struct node_list members, trans;
	bool syncing;
	uint32_t round;
	struct node_list heard[SYNC_ROUNDS];
	uint32_t say; /* the round + 1 that is still to be said */
};

static void step(struct world *w, struct node *n, struct ring_event ev);

static void sync_received(struct world *w, struct node *n, node_id from, struct bytes b)
{
	struct ring_node *s = n->ring;
	struct reader r = reader_of(b);
	struct ring_id ring;
	uint32_t round;

	if (read_u32(&r) != SYNC_MARK)
		world_violation(w, "R7", "node %u: a message of node %u overtook the synchronisation", n->id.v, from.v);
	ring.rep = node_id_of(read_u32(&r));
	ring.seq = read_u64(&r);
	round = read_u32(&r);
	if (!ring_id_eq(ring, s->id) || round >= SYNC_ROUNDS)
		return;
	(void)node_list_add(&s->heard[round], from);
	if (round != s->round || !node_list_subset(&s->members, &s->heard[round]))
		return;
	s->round++;
	if (s->round < SYNC_ROUNDS)
		s->say = s->round + 1;
	else
		s->syncing = false; /* from the next packet on, the normal buffers */
}

static void delivered(struct world *w, struct node *n, node_id from, struct bytes packet)
{
	struct ring_node *s = n->ring;
	bool syncing = s->syncing;
	struct assemble *a = &s->assembles[syncing];
	struct bytes message;

	/* The canary proves that a broken rule ends a run. */
	check_packet(w, n, from, w->options.canary && n->index == 0 ? bytes_of(packet.data, packet.len - 1) : packet);
	if (!assemble_packet(a, from, packet))
		world_violation(w, "R7", "node %u: a packet of node %u is malformed", n->id.v, from.v);
	while (assemble_next(a, &message)) {
		struct reader r = reader_of(message);

		if (syncing)
			sync_received(w, n, from, message);
		else if (read_u32(&r) != SYNC_MARK)
			check_message(w, n, from, message);
	}
}

static void regular(struct world *w, struct node *n, const struct ring_effect *e)
{
	struct ring_node *s = n->ring;

	check_regular(w, n, e->ring, e->nodes);
	s->id = e->ring;
	s->members = *e->nodes;
	s->syncing = true;
	s->round = 0;
	s->heard[0].count = s->heard[1].count = 0;
	s->say = 1;
	assemble_keep(&s->assembles[0], &s->trans);
	assemble_clear(&s->assembles[1]);
}

static void effect(struct world *w, struct node *n, const struct ring_effect *e)
{
	switch (e->type) {
	case RING_EFFECT_SEND:
		net_send(w, n, e->to, e->bytes);
		if (e->loop)
			net_loop(w, n, e->bytes);
		break;
	case RING_EFFECT_TIMER:
		node_timer(w, n, e->timer, e->delay_us);
		break;
	case RING_EFFECT_PERSIST:
		node_persist(w, n, e->seq);
		break;
	case RING_EFFECT_DELIVER:
		delivered(w, n, e->from, e->bytes);
		break;
	case RING_EFFECT_TRANSITIONAL:
		check_transitional(w, n, e->ring, e->nodes);
		n->ring->trans = *e->nodes;
		break;
	case RING_EFFECT_REGULAR:
		regular(w, n, e);
		break;
	case RING_EFFECT_TOKEN:
		break;
	case RING_EFFECT_DRAIN:
		node_drain(w, n);
		break;
	case RING_EFFECT_LOG:
		world_trace(w, n, "ring> log: %s", e->text);
		break;
	}
}

static bool submit_word(struct world *w, struct node *n, uint32_t round, uint32_t fill)
{
	struct ring_node *s = n->ring;
	struct ring_effects *fx = s->fx;
	uint8_t head[SYNC_HEAD];
	static const uint8_t filling[SYNC_FILL_MAX];
	struct writer out = writer_of(head, sizeof head);
	struct bytes parts[2];

	write_u32(&out, SYNC_MARK);
	write_u32(&out, s->id.rep.v);
	write_u64(&out, s->id.seq);
	write_u32(&out, round);
	write_pad_to(&out, SYNC_HEAD);
	parts[0] = writer_bytes(&out);
	parts[1] = bytes_of(filling, fill);
	fx->count = 0;
	fx->scratch_used = 0;
	if (ring_submit(&s->ring, RING_QUEUE_SYNC, parts, 2, fx) != ERR_OK)
		return false;
	for (uint32_t i = 0; i < fx->count; i++)
		effect(w, n, &fx->items[i]);
	return true;
}

static void submit_sync(struct world *w, struct node *n)
{
	struct ring_node *s = n->ring;
	bool last = s->syncing && s->say == SYNC_ROUNDS;

	if (!submit_word(w, n, s->say - 1, dice_below(&s->sync_dice, SYNC_FILL_MAX)))
		return; /* again at the next token */
	s->say = 0;
	if (!last || !dice_chance(&s->sync_dice, 1, 4))
		return;
	/* As a vote that comes in between, in a packet of its own: who was the last to be waited for says it to those
	 * who have agreed by then, in the middle of what he began to say in the ring before.
	 */
	pack_flush(&s->ring.packs[RING_QUEUE_SYNC], &n->pool);
	(void)submit_word(w, n, SYNC_ROUNDS, 0);
}

static void step(struct world *w, struct node *n, struct ring_event ev)
{
	struct ring_node *s = n->ring;
	struct ring_effects *fx = s->fx;
	enum ring_state before = s->ring.state;

	ev.now = node_clock(w, n);
	ring_step(&s->ring, &ev, fx);
	if (s->ring.state != before)
		world_trace(w, n, "ring> %s -> %s, number %llu", ring_state_name(before),
			    ring_state_name(s->ring.state), (unsigned long long)s->ring.id.seq);
	for (uint32_t i = 0; i < fx->count; i++)
		effect(w, n, &fx->items[i]);
	if (s->say > 0)
		submit_sync(w, n);
	if (!s->syncing && s->ring.waiting_sync && s->ring.state == RING_OPERATIONAL) {
		if (dice_chance(&s->sync_dice, 1, 4)) { /* a late word, which is not sent yet when SYNCED comes */
			s->say = SYNC_ROUNDS;
			submit_sync(w, n);
			s->say = 0;
		}
		world_trace(w, n, "ring> synchronised in ring %llu", (unsigned long long)s->id.seq);
		step(w, n, (struct ring_event){.type = RING_EVENT_SYNCED, .seq = s->id.seq});
	}
}

static void start(struct world *w, struct node *n)
{
	struct ring_node *s = n->ring;

	if (s == NULL) {
		s = n->ring = calloc(1, sizeof *s);
		if (s == NULL)
			abort();
	}
	s->fx = world_scratch(w);
	s->load = dice_of(w->options.seed, STREAM_LOAD + n->index + (uint64_t)n->boot * SIM_NODES_MAX);
	s->sync_dice = dice_of(w->options.seed, STREAM_SYNC + n->index);
	s->syncing = true;
	s->round = 0;
	s->say = 0;
	s->id = (struct ring_id){0};
	ring_init(&s->ring, &w->options.ring, n->id, n->disk_seq, dice_roll(&s->load), &n->pool);
	assemble_init(&s->assembles[0], &n->pool);
	assemble_init(&s->assembles[1], &n->pool);
	step(w, n, (struct ring_event){.type = RING_EVENT_START});
}

/* The process is gone and its memory with it; what it has in the pool must be all that was out. */
static void stop(struct world *w, struct node *n)
{
	struct ring_node *s = n->ring;

	assemble_clear(&s->assembles[0]);
	assemble_clear(&s->assembles[1]);
	ring_fini(&s->ring);
	if (n->pool.used != 0)
		world_violation(w, "M1", "node %u: %zu bytes of its pool belong to nobody", n->id.v, n->pool.used);
}

static void packet(struct world *w, struct node *n, struct bytes b)
{
	step(w, n, (struct ring_event){.type = RING_EVENT_PACKET, .packet = b});
}

static void timeout(struct world *w, struct node *n, uint32_t timer)
{
	step(w, n, (struct ring_event){.type = RING_EVENT_TIMEOUT, .timer = (enum ring_timer)timer});
}

static void persisted(struct world *w, struct node *n, uint64_t seq)
{
	step(w, n, (struct ring_event){.type = RING_EVENT_PERSISTED, .seq = seq});
}

static void sign(struct world *w, struct node *n, node_id other, bool lost)
{
	step(w, n, (struct ring_event){.type = lost ? RING_EVENT_NODE_LOST : RING_EVENT_NODE_BACK, .node = other});
}

static void leave(struct world *w, struct node *n)
{
	step(w, n, (struct ring_event){.type = RING_EVENT_LEAVE});
}

static void gather(struct world *w, struct node *n)
{
	step(w, n, (struct ring_event){.type = RING_EVENT_FORCE_GATHER});
}

static uint32_t draw_size(struct world *w, struct dice *d)
{
	const struct options *o = &w->options;
	uint32_t max = dice_chance(d, 1, 16) ? o->size_large : o->size_small;

	return MESSAGE_HEAD + dice_below(d, max);
}

/* Clients say something: as much as there is room for. */
static void load(struct world *w, struct node *n)
{
	struct ring_node *s = n->ring;
	struct ring_effects *fx = s->fx;
	uint32_t count = dice_between(&s->load, 1, w->options.burst);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t size = draw_size(w, &s->load);
		struct bytes b;

		if (!ring_has_room(&s->ring, size))
			break;
		b = check_message_make(w, n, size);
		fx->count = 0;
		fx->scratch_used = 0;
		if (ring_submit(&s->ring, RING_QUEUE_NORMAL, &b, 1, fx) != ERR_OK)
			break;
		check_submitted(w, n);
		for (uint32_t k = 0; k < fx->count; k++)
			effect(w, n, &fx->items[k]);
	}
}

static bool agreed(struct world *w, struct node *n)
{
	(void)w;
	return n->ring->ring.state == RING_OPERATIONAL && !n->ring->ring.waiting_sync;
}

static void settled(struct world *w, struct node *n)
{
	struct ring_node *s = n->ring;

	if (s->ring.state != RING_OPERATIONAL || s->ring.waiting_sync)
		world_violation(w, "L1", "node %u: is in %s and %ssynchronised", n->id.v,
				ring_state_name(s->ring.state), s->ring.waiting_sync ? "not " : "");
	if (pack_pending(&s->ring.packs[0]) || pack_pending(&s->ring.packs[1]))
		world_violation(w, "L2", "node %u: messages wait to be sent", n->id.v);
	if (s->assembles[0].lost + s->assembles[1].lost > 0)
		world_violation(w, "R7", "node %u: messages were lost for want of memory", n->id.v);
	if (n->pool.used != 0)
		world_violation(w, "M2", "node %u: %zu bytes of its pool are in use while all is quiet", n->id.v,
				n->pool.used);
}

const struct node_program ring_program = {
	.start = start,
	.stop = stop,
	.packet = packet,
	.timeout = timeout,
	.persisted = persisted,
	.sign = sign,
	.leave = leave,
	.gather = gather,
	.load = load,
	.agreed = agreed,
	.settled = settled,
};
