/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring.c - the frame of the ring: effects, events, invariants. */
#include "base/text.h"
#include "totem/ring-internal.h"

#include <assert.h>

static const struct {
	const char *name;
	uint32_t next; /* bit mask of states */
} states[RING_STATE_COUNT] = {
	[RING_GATHER] = {"gather", 1u << RING_GATHER | 1u << RING_COMMIT},
	[RING_COMMIT] = {"commit", 1u << RING_GATHER | 1u << RING_RECOVERY},
	[RING_RECOVERY] = {"recovery", 1u << RING_GATHER | 1u << RING_OPERATIONAL},
	[RING_OPERATIONAL] = {"operational", 1u << RING_GATHER},
};

const char *ring_state_name(enum ring_state s)
{
	assert((unsigned)s < RING_STATE_COUNT);
	return states[s].name;
}

void ring_state_move(struct ring *r, enum ring_state to)
{
	assert(states[r->state].next >> to & 1);
	r->state = to;
}

struct window *ring_window(const struct ring *r)
{
	return r->state == RING_RECOVERY ? r->recovery : r->regular;
}

size_t ring_bytes_max(const struct ring *r)
{
	return r->pool->size / 4;
}

struct ring_effect *ring_push(struct ring_effects *fx, enum ring_effect_type type)
{
	assert(fx->count < RING_EFFECTS_MAX);
	fx->items[fx->count] = (struct ring_effect){.type = type};
	return &fx->items[fx->count++];
}

struct writer ring_scratch(struct ring_effects *fx, size_t n)
{
	assert(RING_SCRATCH - fx->scratch_used >= n);
	return writer_of(fx->scratch + fx->scratch_used, n);
}

struct bytes ring_keep(struct ring_effects *fx, const struct writer *w)
{
	assert(!w->failed);
	assert(w->data == fx->scratch + fx->scratch_used);
	fx->scratch_used += (uint32_t)w->len;
	return writer_bytes(w);
}

void ring_send(struct ring *r, struct ring_effects *fx, node_id to, struct bytes b, bool loop)
{
	struct ring_effect *e = ring_push(fx, RING_EFFECT_SEND);

	assert(b.len <= FRAME_MAX);
	e->to = to;
	e->bytes = b;
	e->loop = loop || node_id_eq(to, r->self);
}

void ring_timer_us(struct ring_effects *fx, enum ring_timer timer, uint64_t delay_us)
{
	struct ring_effect *e = ring_push(fx, RING_EFFECT_TIMER);

	e->timer = timer;
	e->delay_us = delay_us;
}

void ring_timer(struct ring_effects *fx, enum ring_timer timer, uint32_t delay_ms)
{
	ring_timer_us(fx, timer, delay_ms * 1000ull);
}

void ring_log(struct ring_effects *fx, enum message_id id, const char *format, ...)
{
	size_t left = RING_SCRATCH - fx->scratch_used;
	size_t n = left < 512 ? left : 512;
	struct text t;
	struct ring_effect *e;
	va_list args;

	if (n < 64)
		return;
	t = text_of((char *)fx->scratch + fx->scratch_used, n);
	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	fx->scratch_used += (uint32_t)t.len + 1;
	e = ring_push(fx, RING_EFFECT_LOG);
	e->message = id;
	e->text = t.data;
}

void ring_check(const struct ring *r)
{
	bool agreed = r->state != RING_GATHER;

	assert(r->id.seq <= r->seq_max);                                                              /* R1 */
	assert(!agreed || r->commit_unsent || r->persisted >= r->id.seq);                             /* R1 */
	assert(!agreed || node_list_has(&r->new_memb, r->self));                                      /* R2 */
	assert(!seq_before(r->high_seq, r->high_delivered) || r->state == RING_RECOVERY);             /* R3 */
	assert(r->state != RING_OPERATIONAL || !seq_before(r->high_delivered, r->regular->released)); /* R4 */
	assert(!node_list_has(&r->failed, r->self) || r->failed_to_recv);                             /* R5 */
	assert(node_list_subset(&r->consensus, &r->proc));                                            /* R6 */
	assert(r->state != RING_OPERATIONAL || !r->old.valid);                                        /* R7 */
	assert((r->state != RING_COMMIT && r->state != RING_RECOVERY) || r->old.valid);               /* R7 */
	assert(node_list_subset(&r->doubtful, &r->silent));                                           /* R8 */
	assert(!r->keeps || node_id_eq(r->id.rep, r->self));                                          /* R9 */
}

static void clamp(struct ring_config *c)
{
	if (c->max_messages > RING_MESSAGES_PER_VISIT_MAX)
		c->max_messages = RING_MESSAGES_PER_VISIT_MAX;
	if (c->window_size > WINDOW_SLOTS / 4)
		c->window_size = WINDOW_SLOTS / 4;
}

void ring_init(struct ring *r, const struct ring_config *config, node_id self, uint64_t ring_seq, uint64_t dice,
	       struct pool *pool)
{
	assert(node_id_is_set(self));
	memset(r, 0, offsetof(struct ring, packs));
	r->config = *config;
	clamp(&r->config);
	r->self = self;
	r->pool = pool;
	r->dice = dice;
	r->state = RING_GATHER;
	r->persisted = ring_seq;
	r->id = (struct ring_id){self, ring_seq + 1};
	r->seq_max = ring_seq + 1;
	r->received_flg = true;
	r->my_token_seq = UINT32_MAX;
	r->waiting_sync = true;
	for (uint32_t i = 0; i < 3; i++)
		window_init(&r->windows[i]);
	r->regular = &r->windows[0];
	r->recovery = &r->windows[1];
	r->retired = &r->windows[2];
	pack_init(&r->packs[RING_QUEUE_NORMAL], config->net_mtu);
	pack_init(&r->packs[RING_QUEUE_SYNC], config->net_mtu);
}

void ring_fini(struct ring *r)
{
	if (r->pool == NULL)
		return;
	for (uint32_t i = 0; i < 3; i++)
		window_clear(&r->windows[i], r->pool);
	pack_clear(&r->packs[RING_QUEUE_NORMAL], r->pool);
	pack_clear(&r->packs[RING_QUEUE_SYNC], r->pool);
	r->pool = NULL;
}

void ring_configure(struct ring *r, const struct ring_config *config)
{
	uint32_t net_mtu = r->config.net_mtu;

	r->config = *config;
	r->config.net_mtu = net_mtu;
	clamp(&r->config);
}

bool ring_has_room(const struct ring *r, size_t bytes)
{
	return pack_has_room(&r->packs[RING_QUEUE_NORMAL], bytes);
}

uint32_t ring_frames(const struct ring *r, size_t bytes)
{
	return pack_frames(&r->packs[RING_QUEUE_NORMAL], bytes);
}

bool ring_pending(const struct ring *r)
{
	return pack_pending(&r->packs[RING_QUEUE_NORMAL]) || pack_pending(&r->packs[RING_QUEUE_SYNC]);
}

uint32_t ring_percent(const struct ring *r)
{
	return pack_percent(&r->packs[RING_QUEUE_NORMAL]);
}

enum err ring_submit(struct ring *r, enum ring_queue queue, const struct bytes *parts, uint32_t part_count,
		     struct ring_effects *fx)
{
	struct pack *p = &r->packs[r->waiting_sync ? queue : RING_QUEUE_NORMAL];
	enum err e = pack_add(p, r->pool, parts, part_count);

	r->own_since += e == ERR_OK ? 1 : 0;
	if (e == ERR_OK && r->held)
		ring_hold_cancel(r, fx);
	return e;
}

/* A message of our old ring came back, wrapped: we need not send it as well. */
static void mark_shared(struct ring *r, struct bytes wrapped)
{
	struct wire_mcast inner;
	struct frame *f;

	if (!r->old.valid || !wire_decode_mcast(wrapped, &inner) || !ring_id_eq(inner.ring, r->old.ring))
		return;
	f = window_get(r->regular, inner.seq);
	if (f != NULL)
		f->shared = true;
}

/* A message of the current ring: keep it, unless it is known or there is no room. The message that closes the first gap
 * is kept while the pool has anything: it is the one by which others are released.
 */
static void store(struct ring *r, const struct wire_mcast *m, struct bytes packet)
{
	struct window *w = ring_window(r);
	struct frame *f;

	if (!window_wants(w, m->seq))
		return;
	if (m->seq != r->my_aru + 1 && w->bytes > 2 * ring_bytes_max(r))
		return;
	f = frame_copy(r->pool, packet);
	if (f == NULL)
		return;
	window_put(w, m->seq, f);
	if (m->encapsulated == WIRE_RECOVERED)
		mark_shared(r, m->payload);
	if (seq_before(r->high_seq, m->seq))
		r->high_seq = m->seq;
	ring_aru_advance(r);
}

/* Told when their number reaches a power of two: a stranger who sends rubbish must not fill the log as well. */
static void packet_drop(struct ring *r, const char *kind, struct bytes packet, struct ring_effects *fx)
{
	uint64_t n = ++r->stats.rx_dropped;
	struct reader head = reader_of(packet);

	if ((n & (n - 1)) != 0)
		return;
	read_seek(&head, 5);
	ring_log(fx, MSG_PACKET_DROPPED, "dropped a %s of %zu bytes that names node %u as its sender; %llu so far",
		 kind, packet.len, read_u32(&head), (unsigned long long)n);
}

static void mcast_received(struct ring *r, struct bytes packet, struct ring_effects *fx)
{
	struct wire_mcast m;
	bool recovered;

	if (!wire_decode_mcast(packet, &m)) {
		packet_drop(r, "message", packet, fx);
		return;
	}
	r->stats.mcast_rx++;
	if (!ring_id_eq(m.ring, r->id)) {
		ring_foreign(r, m.system_from, m.ring, false, fx);
		return;
	}
	recovered = m.encapsulated == WIRE_RECOVERED;
	/* Of our ring, but not of the phase that we are in: the token's rtr list brings it again. */
	if (r->state != (recovered ? RING_RECOVERY : RING_OPERATIONAL) && r->state != RING_RECOVERY)
		return;
	store(r, &m, packet);
	if (r->state == RING_OPERATIONAL)
		ring_deliver(r, fx);
}

static void merge_received(struct ring *r, struct bytes packet, struct ring_effects *fx)
{
	node_id from;
	struct ring_id ring;

	if (!wire_decode_merge(packet, &from, &ring)) {
		packet_drop(r, "merge", packet, fx);
		return;
	}
	r->stats.merge_rx++;
	if (!ring_id_eq(ring, r->id))
		ring_foreign(r, from, ring, true, fx);
}

static void hold_cancel_packet(struct ring *r, struct bytes packet, mono_time now, struct ring_effects *fx)
{
	struct ring_id ring;

	if (!wire_decode_hold_cancel(packet, &ring)) {
		packet_drop(r, "hold cancel", packet, fx);
		return;
	}
	r->stats.hold_cancel_rx++;
	ring_hold_cancel_received(r, ring, now, fx);
}

static void join_packet(struct ring *r, struct bytes packet, mono_time now, struct ring_effects *fx)
{
	struct wire_join j;

	if (!wire_decode_join(packet, &j)) {
		packet_drop(r, "join", packet, fx);
		return;
	}
	r->stats.join_rx++;
	ring_join_received(r, &j, now, fx);
}

static void token_packet(struct ring *r, struct bytes packet, mono_time now, struct ring_effects *fx)
{
	struct wire_token t;

	if (!wire_decode_token(packet, &t)) {
		packet_drop(r, "token", packet, fx);
		return;
	}
	r->stats.token_rx++;
	ring_token_received(r, &t, now, fx);
}

static void commit_packet(struct ring *r, struct bytes packet, struct ring_effects *fx)
{
	struct wire_commit c;

	if (!wire_decode_commit(packet, &c)) {
		packet_drop(r, "commit token", packet, fx);
		return;
	}
	r->stats.commit_rx++;
	ring_commit_received(r, &c, fx);
}

static void heard(struct ring *r, node_id node)
{
	node_list_remove(&r->silent, node);
	node_list_remove(&r->doubtful, node);
}

static void packet_received(struct ring *r, const struct ring_event *ev, struct ring_effects *fx)
{
	struct wire_head head;

	if (!wire_decode_head(ev->packet, &head)) {
		packet_drop(r, "packet", ev->packet, fx);
		return;
	}
	if (node_list_has(&r->silent, head.from))
		heard(r, head.from);
	switch (head.type) {
	case WIRE_TOKEN:
		token_packet(r, ev->packet, ev->now, fx);
		break;
	case WIRE_MCAST:
		mcast_received(r, ev->packet, fx);
		break;
	case WIRE_MERGE:
		merge_received(r, ev->packet, fx);
		break;
	case WIRE_JOIN:
		join_packet(r, ev->packet, ev->now, fx);
		break;
	case WIRE_COMMIT:
		commit_packet(r, ev->packet, fx);
		break;
	case WIRE_HOLD_CANCEL:
		hold_cancel_packet(r, ev->packet, ev->now, fx);
		break;
	}
}

static void merge_send(struct ring *r, struct ring_effects *fx)
{
	struct writer w = ring_scratch(fx, 64);

	wire_encode_merge(&w, r->self, r->id);
	ring_send(r, fx, node_id_of(0), ring_keep(fx, &w), false);
	r->stats.merge_tx++;
}

/* An idle ring calls when its token comes by, which is seldom while it is held. One on whose way nodes were given up
 * that may well live does not wait for that: they may just be deaf still.
 */
static void merge_timeout(struct ring *r, struct ring_effects *fx)
{
	r->merge_running = false;
	if (r->state != RING_OPERATIONAL || !node_id_eq(r->id.rep, r->self))
		return;
	merge_send(r, fx);
	if (r->calls == 0)
		return;
	r->calls--;
	r->merge_running = true;
	ring_timer(fx, RING_TIMER_MERGE, r->config.merge_ms);
}

/* The next node does not have the token yet: it was kept, or was lost with the link, whose other end may be up later.
 */
static void token_offer(struct ring *r, struct ring_effects *fx)
{
	r->copies = 0;
	ring_token_resend(r, fx);
}

/* Whoever can be reached now and is not one of us is told at once that we are here, not at the next turn of the clock.
 */
static void node_back(struct ring *r, node_id node, struct ring_effects *fx)
{
	heard(r, node);
	if (r->state == RING_OPERATIONAL && !node_list_has(&r->memb, node))
		merge_send(r, fx);
	else if (r->state != RING_GATHER && node_id_eq(node, r->next) && !r->keeps && !r->paced)
		token_offer(r, fx);
	else if (r->state == RING_GATHER && r->config.send_join_ms == 0)
		ring_join_send(r, false, fx);
}

static void timeout(struct ring *r, enum ring_timer timer, mono_time now, struct ring_effects *fx)
{
	switch (timer) {
	case RING_TIMER_JOIN:
		ring_join_timeout(r, fx);
		break;
	case RING_TIMER_CONSENSUS:
		ring_consensus_timeout(r, fx);
		break;
	case RING_TIMER_TOKEN:
		ring_token_timeout(r, fx);
		break;
	case RING_TIMER_WARNING:
		if (r->state == RING_OPERATIONAL)
			ring_log(fx, MSG_TOKEN_LATE, "the token has not come for %u ms",
				 r->config.token_ms / 100 * r->config.token_warning_percent);
		break;
	case RING_TIMER_RETRANSMIT:
		if (r->state == RING_GATHER)
			break;
		if (!r->keeps)
			r->copies++;
		ring_token_resend(r, fx);
		break;
	case RING_TIMER_HOLD:
		if (r->state == RING_OPERATIONAL)
			ring_token_let_go(r, now, fx);
		break;
	case RING_TIMER_MERGE:
		merge_timeout(r, fx);
		break;
	case RING_TIMER_PACE:
		ring_token_paced(r, now, fx);
		break;
	case RING_TIMER_DOUBT:
		ring_doubt_timeout(r, fx);
		break;
	case RING_TIMER_PAUSE:
		r->tick = now;
		ring_timer(fx, RING_TIMER_PAUSE, r->config.token_ms / 5);
		break;
	case RING_TIMER_COUNT:
		assert(false);
	}
}

static void start(struct ring *r, mono_time now, struct ring_effects *fx)
{
	assert(!r->started);
	r->started = true;
	r->tick = now;
	ring_timer(fx, RING_TIMER_PAUSE, r->config.token_ms / 5);
	ring_gather_enter(r, GATHER_START, fx);
}

static void leave(struct ring *r, struct ring_effects *fx)
{
	r->leaving = true;
	ring_join_send(r, true, fx);
	for (uint32_t t = 0; t < RING_TIMER_COUNT; t++)
		ring_timer(fx, (enum ring_timer)t, 0);
}

/* What the services said last and is not sent yet goes after the messages that were begun before: a message cut in two
 * must not be interrupted by another packet.
 */
static void synced(struct ring *r)
{
	struct pack *normal = &r->packs[RING_QUEUE_NORMAL], *sync = &r->packs[RING_QUEUE_SYNC];

	r->waiting_sync = false;
	if (!pack_pending(sync))
		return;
	pack_flush(normal, r->pool);
	pack_flush(sync, r->pool);
	while (normal->queue.count < FRAME_QUEUE_MAX && sync->queue.count > 0)
		(void)frame_queue_push(&normal->queue, frame_queue_pop(&sync->queue));
}

static void dispatch(struct ring *r, const struct ring_event *ev, struct ring_effects *fx)
{
	switch (ev->type) {
	case RING_EVENT_START:
		start(r, ev->now, fx);
		break;
	case RING_EVENT_PACKET:
		packet_received(r, ev, fx);
		break;
	case RING_EVENT_TIMEOUT:
		timeout(r, ev->timer, ev->now, fx);
		break;
	case RING_EVENT_PERSISTED:
		ring_persisted(r, ev->seq, fx);
		break;
	case RING_EVENT_NODE_LOST:
		ring_node_lost(r, ev->node, fx);
		break;
	case RING_EVENT_NODE_BACK:
		node_back(r, ev->node, fx);
		break;
	case RING_EVENT_SYNCED:
		/* The last word of an old ring's agreement may come with the old messages of a change. */
		if (ev->seq != r->id.seq)
			break;
		synced(r);
		if (r->held && pack_pending(&r->packs[RING_QUEUE_NORMAL]))
			ring_hold_cancel(r, fx);
		break;
	case RING_EVENT_FORCE_GATHER:
		if (r->state == RING_RECOVERY)
			ring_old_restore(r);
		ring_gather_enter(r, GATHER_FORCED, fx);
		break;
	case RING_EVENT_LEAVE:
		leave(r, fx);
		break;
	}
}

void ring_step(struct ring *r, const struct ring_event *ev, struct ring_effects *fx)
{
	ring_check(r);
	fx->count = 0;
	fx->scratch_used = 0;
	if (r->retired->held > 0 || r->retired->released > 0)
		window_clear(r->retired, r->pool);
	if (r->leaving || (!r->started && ev->type != RING_EVENT_START))
		return;
	dispatch(r, ev, fx);
	ring_check(r);
}
