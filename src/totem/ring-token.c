/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring-token.c - what a node does with the token (engine-wire.md §4.6, 4.7).
 *
 * Who has the token may send; it carries the last sequence number given out,
 * what all have received (aru), and who misses what. It passes from node to node
 * in the order of ids. When nothing was sent for a number of rounds, the
 * representative holds it for a while, so that an idle ring costs little; and
 * after two such rounds for a moment (docs/decisions/0025).
 *
 * Where we differ from Corosync, within its rules: tokens of another ring and
 * copies are recognised before anything else is done; a token that claims more
 * messages than a window holds is no correct node's and is dropped; and tokens
 * are sent again sooner (docs/decisions/0008 and 0015).
 */
#include "totem/ring-internal.h"

#include <assert.h>

enum {
	PACE_PIECES = 8,  /* messages in a round from which on rounds are paced */
	BURST_PACES = 2,  /* paces that whoever sends a burst may make a round last */
	BURST_LOOKS = 2,  /* looks in a member's part of a pace at whether a burst goes on */
	BURST_FRAMES = 8, /* that wait: a burst is large enough */
	REST_ROUNDS = 1,  /* quiet rounds after which the representative rests */
	COPIES_MAX = 2,   /* of a token, after which they do not become rarer any more */
	COPIES_HELD = 6,  /* likewise, of one that an idle ring holds */
};

/* Of a token that an idle ring holds: rarer with each copy, up to between a quarter and a half of token_retransmit. */
static uint64_t held_ms(const struct ring *r, uint64_t soon_ms)
{
	for (uint32_t i = COPIES_MAX; i < r->copies && i < COPIES_HELD; i++) {
		if (soon_ms * 4 <= r->config.token_retransmit_ms)
			soon_ms *= 2;
	}
	return soon_ms;
}

/* When a token is sent again. While a ring forms, nothing works and nothing else tells that one was lost, so all copies
 * follow soon. The first round of a commit token waits for every member's disk; and a member that did not get it tells
 * by its JOINs. In a ring that works, the first copies are for a token that was lost (who stood still for a while is
 * not heard by its next until the links are up again), later ones wait longer: a member stands still, or the ring is
 * idle. In an idle ring of many, which holds the token for seconds, they become rarer still.
 */
static uint32_t retransmit_ms(const struct ring *r)
{
	uint64_t soon_ms = r->config.join_ms * (r->state == RING_COMMIT ? 8 : 2);
	bool formed = r->state == RING_OPERATIONAL && r->settled && !r->waiting_sync;

	if (formed || r->held)
		soon_ms <<= r->copies < COPIES_MAX ? r->copies : COPIES_MAX;
	if (r->held)
		soon_ms = held_ms(r, soon_ms);
	return r->keeps || soon_ms > r->config.token_retransmit_ms ? r->config.token_retransmit_ms : (uint32_t)soon_ms;
}

/* A round costs each member the same, so the more there are, the rarer are paced rounds. */
static uint64_t pace_us(const struct ring *r)
{
	return (uint64_t)r->config.pace_us * r->memb.count;
}

void ring_token_timers(struct ring *r, struct ring_effects *fx)
{
	ring_timer(fx, RING_TIMER_TOKEN, r->config.token_ms);
	ring_timer(fx, RING_TIMER_RETRANSMIT, retransmit_ms(r));
	ring_timer(fx, RING_TIMER_WARNING,
		   (uint32_t)((uint64_t)r->config.token_ms * r->config.token_warning_percent / 100));
}

void ring_token_resend(struct ring *r, struct ring_effects *fx)
{
	if (r->token_len == 0 || r->commit_unsent)
		return;
	r->keeps = false;
	ring_send(r, fx, r->next, bytes_of(r->token, r->token_len), false);
	r->stats.token_tx++;
	ring_timer(fx, RING_TIMER_RETRANSMIT, retransmit_ms(r));
}

/* Writes the token as it goes to the next node; kept for sending it again. */
static void token_store(struct ring *r, const struct wire_token *t)
{
	struct writer w = writer_of(r->token, sizeof r->token);

	wire_encode_token(&w, r->self, r->next, t);
	assert(!w.failed);
	r->token_len = (uint32_t)w.len;
}

void ring_token_originate(struct ring *r, struct ring_effects *fx)
{
	bool recover = ring_recover_backlog(r) > 0;
	struct wire_token t = {
		.aru = UINT32_MAX,
		.aru_addr = r->self,
		.ring = r->id,
		.retrans_flg = recover,
	};

	r->set_retrans_flg = recover;
	token_store(r, &t);
	ring_token_resend(r, fx);
	ring_token_timers(r, fx);
}

void ring_token_timeout(struct ring *r, struct ring_effects *fx)
{
	switch (r->state) {
	case RING_OPERATIONAL:
		r->stats.operational_token_lost++;
		ring_log(fx, MSG_TOKEN_LOST, "no token for %u ms: a node, the network or this machine stalled",
			 r->config.token_ms);
		ring_gather_enter(r, GATHER_TOKEN_LOST_OPERATIONAL, fx);
		break;
	case RING_GATHER:
		r->stats.gather_token_lost++;
		ring_consensus_timeout(r, fx);
		ring_gather_enter(r, GATHER_TOKEN_LOST_GATHER, fx);
		break;
	case RING_COMMIT:
		r->stats.commit_token_lost++;
		ring_gather_enter(r, GATHER_TOKEN_LOST_COMMIT, fx);
		break;
	case RING_RECOVERY:
		r->stats.recovery_token_lost++;
		ring_old_restore(r);
		ring_gather_enter(r, GATHER_TOKEN_LOST_RECOVERY, fx);
		break;
	case RING_STATE_COUNT:
		assert(false);
	}
}

static bool is_rep(const struct ring *r)
{
	return node_id_eq(r->id.rep, r->self);
}

void ring_hold_cancel(struct ring *r, struct ring_effects *fx)
{
	struct writer w;

	r->held = false;
	if (r->state != RING_OPERATIONAL)
		return;
	r->seq_unchanged = 0;
	if (is_rep(r)) {
		ring_timer_us(fx, RING_TIMER_HOLD, 1);
		return;
	}
	w = ring_scratch(fx, 64);
	wire_encode_hold_cancel(&w, r->self, r->id);
	ring_send(r, fx, node_id_of(0), ring_keep(fx, &w), false);
	r->stats.hold_cancel_tx++;
}

void ring_hold_cancel_received(struct ring *r, struct ring_id ring, mono_time now, struct ring_effects *fx)
{
	if (!ring_id_eq(ring, r->id))
		return;
	r->seq_unchanged = 0;
	if (r->keeps && r->state == RING_OPERATIONAL)
		ring_token_let_go(r, now, fx);
}

void ring_aru_advance(struct ring *r)
{
	const struct window *w = ring_window(r);

	while (window_get(w, r->my_aru + 1) != NULL)
		r->my_aru++;
}

void ring_deliver(struct ring *r, struct ring_effects *fx)
{
	assert(r->state == RING_OPERATIONAL);
	/* What does not fit beside the rest of an old ring comes with the next token. */
	while (seq_before(r->high_delivered, r->my_aru) && fx->count < RING_EFFECTS_MAX - 8) {
		const struct frame *f = window_get(r->regular, r->high_delivered + 1);
		struct wire_mcast m;
		struct ring_effect *e;

		assert(f != NULL);
		r->high_delivered++;
		if (!wire_decode_mcast(frame_bytes(f), &m) || m.encapsulated != WIRE_PLAIN)
			continue;
		e = ring_push(fx, RING_EFFECT_DELIVER);
		e->from = m.from;
		e->bytes = m.payload;
		r->pieces_since += pack_pieces(m.payload);
	}
}

/* Whether the token is one that we may act upon. */
static bool token_acceptable(const struct ring *r, const struct wire_token *t)
{
	if (r->discard_token || (r->state != RING_RECOVERY && r->state != RING_OPERATIONAL))
		return false;
	if (!ring_id_eq(t->ring, r->id) || !seq_before(r->my_token_seq, t->token_seq))
		return false;
	/* It has given out every number that was seen on the ring, and no more than a window can hold. */
	return !seq_before(t->seq, r->high_seq) && t->seq - r->my_aru <= WINDOW_SLOTS;
}

/* Counts quiet rounds. */
static void notice_quiet(struct ring *r, const struct wire_token *t, struct ring_effects *fx)
{
	if (t->seq == r->last_seq) {
		if (!r->merge_running) {
			r->merge_running = true;
			ring_timer(fx, RING_TIMER_MERGE, r->config.merge_ms);
		}
		r->seq_unchanged++;
	} else {
		r->merge_running = false;
		ring_timer(fx, RING_TIMER_MERGE, 0);
		ring_timer(fx, RING_TIMER_HOLD, 0);
		r->seq_unchanged = 0;
	}
	r->last_seq = t->seq;
}

/* The representative counts first, so all others count on keeping the token one round sooner. */
static bool is_quiet(const struct ring *r, uint32_t rounds)
{
	return r->seq_unchanged > rounds - (is_rep(r) || rounds == 0 ? 0 : 1);
}

/* How long the representative keeps the token, at others how long they believe it does. */
static uint64_t pause_us(const struct ring *r, const struct wire_token *t)
{
	if (is_quiet(r, r->config.seqno_unchanged_const))
		return r->config.hold_ms * 1000ull;
	if (!is_quiet(r, REST_ROUNDS) || r->state != RING_OPERATIONAL || r->waiting_sync || t->aru != t->seq)
		return 0;
	return pace_us(r);
}

static uint32_t backlog(const struct ring *r)
{
	if (r->state == RING_RECOVERY)
		return ring_recover_backlog(r);
	return r->packs[r->waiting_sync ? RING_QUEUE_SYNC : RING_QUEUE_NORMAL].queue.count;
}

/* How many messages this visit may send: the share of the window that our backlog has in everybody's. */
static uint32_t allowance(const struct ring *r, const struct wire_token *t, uint32_t my_backlog)
{
	const struct ring_config *c = &r->config;
	uint32_t allowed = t->fcc >= c->window_size ? 0 : c->window_size - t->fcc;
	uint32_t all = t->backlog + my_backlog - r->my_pbl;

	if (allowed > c->max_messages)
		allowed = c->max_messages;
	if (all != 0) {
		uint32_t share = (uint32_t)((uint64_t)c->window_size * r->my_pbl / all);

		if (share > 0 && allowed > share)
			allowed = share;
	}
	return allowed;
}

/* Who asks again may be deaf to us alone, be it that our keys differ or that a firewall has holes on one side only. As
 * the first behind him we would always be the one to answer, and he would never have the message; so each second
 * request is left to others.
 */
static bool is_ours_to_answer(const struct ring *r, uint32_t seq)
{
	return window_ask(ring_window(r), seq) || r->new_memb.count <= 2;
}

/* Sends again what others miss, as far as we have it and may. Returns how many were sent. */
static uint32_t retransmit(struct ring *r, struct wire_token *t, uint32_t allowed, struct ring_effects *fx)
{
	uint32_t sent = 0, kept = 0;

	for (uint32_t i = 0; i < t->rtr_count; i++) {
		const struct wire_rtr *want = &t->rtr[i];
		const struct frame *f = NULL;

		if (!ring_id_eq(want->ring, r->id))
			continue;
		if (sent < allowed)
			f = window_get(ring_window(r), want->seq);
		if (f == NULL || !is_ours_to_answer(r, want->seq)) {
			t->rtr[kept++] = *want;
			continue;
		}
		ring_send(r, fx, node_id_of(0), frame_bytes(f), false);
		r->stats.mcast_retx++;
		sent++;
	}
	t->rtr_count = kept;
	return sent;
}

static bool rtr_has(const struct wire_token *t, uint32_t seq)
{
	for (uint32_t i = 0; i < t->rtr_count; i++)
		if (t->rtr[i].seq == seq)
			return true;
	return false;
}

/* Asks for what we have missed for some visits. */
static void request_missing(struct ring *r, struct wire_token *t)
{
	struct window *w = ring_window(r);

	for (uint32_t seq = r->my_aru + 1; !seq_before(t->seq, seq) && t->rtr_count < RTR_MAX; seq++) {
		if (!window_wants(w, seq))
			continue;
		if (window_miss(w, seq) < r->config.miss_count_const || rtr_has(t, seq))
			continue;
		t->rtr[t->rtr_count++] = (struct wire_rtr){r->id, seq};
	}
}

/* The next frame to send, with room for the header in front, or NULL. */
static struct frame *next_frame(struct ring *r)
{
	const struct frame *old = NULL;
	struct frame *f;
	struct bytes inner;

	if (r->state == RING_OPERATIONAL)
		return frame_queue_pop(&r->packs[r->waiting_sync ? RING_QUEUE_SYNC : RING_QUEUE_NORMAL].queue);
	while (old == NULL && !seq_before(r->recover_end, r->recover_next)) {
		old = window_get(r->regular, r->recover_next++);
		if (old != NULL && old->shared)
			old = NULL;
	}
	if (old == NULL)
		return NULL;
	inner = frame_bytes(old);
	f = frame_new(r->pool, (uint32_t)(MCAST_HEADER + inner.len));
	if (f == NULL) {
		r->recover_next--;
		return NULL;
	}
	memcpy(f->data + MCAST_HEADER, inner.data, inner.len);
	return f;
}

static void send_one(struct ring *r, struct wire_token *t, struct frame *f, struct ring_effects *fx)
{
	struct wire_mcast m = {
		.from = r->self,
		.system_from = r->self,
		.encapsulated = r->state == RING_RECOVERY ? WIRE_RECOVERED : WIRE_PLAIN,
		.seq = ++t->seq,
		.this_seqno = ++r->this_seqno,
		.ring = r->id,
	};
	struct writer w = writer_of(f->data + f->start, MCAST_HEADER);

	wire_encode_mcast_head(&w, &m);
	assert(w.len == MCAST_HEADER);
	window_put(ring_window(r), m.seq, f);
	r->high_seq = m.seq;
	ring_send(r, fx, node_id_of(0), frame_bytes(f), false);
	r->stats.mcast_tx++;
}

static uint32_t send_new(struct ring *r, struct wire_token *t, uint32_t allowed, struct ring_effects *fx)
{
	uint32_t outstanding = t->seq - ring_window(r)->released;
	uint32_t sent = 0;

	/* Nobody's window may be overrun. */
	if (outstanding + allowed + r->config.window_size > WINDOW_SLOTS)
		return 0;
	if (r->state == RING_OPERATIONAL && r->regular->bytes > ring_bytes_max(r))
		return 0;
	while (sent < allowed) {
		struct frame *f = next_frame(r);

		if (f == NULL)
			break;
		send_one(r, t, f, fx);
		sent++;
	}
	ring_aru_advance(r);
	return sent;
}

/* Lowers or raises the token's aru; true when we have failed to receive for too long. */
static bool update_aru(struct ring *r, struct wire_token *t, uint32_t prev_aru)
{
	if (seq_before(r->my_aru, t->aru) || node_id_eq(t->aru_addr, r->self) || !node_id_is_set(t->aru_addr)) {
		t->aru = r->my_aru;
		t->aru_addr = t->aru == t->seq ? node_id_of(0) : r->self;
	}
	if (t->aru == prev_aru && node_id_is_set(t->aru_addr))
		r->aru_count++;
	else
		r->aru_count = 0;
	return r->aru_count > r->config.fail_recv_const && node_id_eq(t->aru_addr, r->self);
}

/* RECOVERY: whether all have sent and received what there was; true when the ring can become operational. */
static bool recovery_done(struct ring *r, struct wire_token *t)
{
	if (ring_recover_backlog(r) > 0) {
		if (t->retrans_flg == 0) {
			t->retrans_flg = 1;
			r->set_retrans_flg = true;
		}
	} else if (t->retrans_flg != 0 && r->set_retrans_flg) {
		t->retrans_flg = 0;
		r->set_retrans_flg = false;
	}
	r->retrans_cnt = t->retrans_flg == 0 ? r->retrans_cnt + 1 : 0;
	if (r->retrans_cnt == 2)
		r->install_seq = t->seq;
	if (r->retrans_cnt >= 2 && !r->received_flg && !seq_before(r->my_aru, r->install_seq)) {
		r->received_flg = true;
		r->deliver_memb = r->trans_memb;
	}
	if (r->retrans_cnt >= 3 && !seq_before(t->aru, r->install_seq))
		r->rotation_cnt++;
	else
		r->rotation_cnt = 0;
	return r->rotation_cnt == 2;
}

/* What everybody has, as two rounds have told. */
static void release(struct ring *r, const struct wire_token *t)
{
	uint32_t safe = seq_min(t->aru, r->last_aru);

	if (r->state == RING_OPERATIONAL)
		window_release(r->regular, r->pool, seq_min(safe, r->high_delivered));
	else if (r->state == RING_RECOVERY)
		ring_recovered_release(r, safe);
}

static void flush_packs(struct ring *r)
{
	if (r->state != RING_OPERATIONAL)
		return;
	pack_flush(&r->packs[r->waiting_sync ? RING_QUEUE_SYNC : RING_QUEUE_NORMAL], r->pool);
}

static void failed_to_receive(struct ring *r, struct ring_effects *fx)
{
	ring_log(fx, MSG_FAILED_TO_RECEIVE, "this node misses messages after %u that the others have", r->my_aru);
	if (r->state == RING_RECOVERY)
		ring_old_restore(r);
	r->failed_to_recv = true;
	(void)node_list_add(&r->failed, r->self);
	ring_gather_enter(r, GATHER_FAILED_TO_RECEIVE, fx);
}

/* Passes the token on, or keeps it when the ring is idle and we are its representative. */
static void token_pass(struct ring *r, const struct wire_token *t, uint64_t pause, struct ring_effects *fx)
{
	token_store(r, t);
	r->held = pause > 0;
	r->keeps = r->held && is_rep(r);
	r->copies = 0;
	ring_token_timers(r, fx);
	if (r->keeps) {
		ring_timer_us(fx, RING_TIMER_HOLD, pause);
		return;
	}
	ring_send(r, fx, r->next, bytes_of(r->token, r->token_len), false);
	r->stats.token_tx++;
}

static void count_visit(struct ring *r, mono_time now)
{
	struct ring_stats *s = &r->stats;
	int64_t gap_us = (int64_t)(mono_time_since_ns(now, s->token_last) / 1000);

	if (mono_time_is_set(s->token_last))
		s->token_gap_us_mean = (uint32_t)(s->token_gap_us_mean + (gap_us - s->token_gap_us_mean) / 16);
	s->backlog_mean = (uint32_t)((s->backlog_mean * 15 + backlog(r)) / 16);
	s->token_last = now;
}

static uint64_t since_visit_us(const struct ring *r, mono_time now)
{
	return mono_time_since_ns(now, r->stats.token_last) / 1000;
}

/* Every round costs each node the same, however few messages it carries. When messages come thick, fewer rounds with
 * more messages each let the machine do more; a lone message never waits for this, and nobody whom the window held
 * back.
 */
static bool may_wait(const struct ring *r, const struct wire_token *t)
{
	return r->state == RING_OPERATIONAL && t->backlog <= t->fcc;
}

/* For the representative, which sees only what others have sent: until the round was long enough; 0: it is. */
static uint64_t pace_left_us(const struct ring *r, mono_time now)
{
	uint64_t since = since_visit_us(r, now);

	return is_rep(r) && r->pieces_since >= PACE_PIECES && since < pace_us(r) ? pace_us(r) - since : 0;
}

static bool is_burst(const struct ring *r)
{
	return r->own_since >= PACE_PIECES;
}

/* For whoever sends a burst himself: until the next look at whether it goes on; 0: it is large enough, or old enough.
 */
static uint64_t look_us(const struct ring *r, mono_time now)
{
	uint64_t since = since_visit_us(r, now), most = BURST_PACES * pace_us(r);
	uint64_t look = r->config.pace_us / BURST_LOOKS;

	if (backlog(r) >= BURST_FRAMES || since >= most)
		return 0;
	return look < most - since ? look : most - since;
}

static void token_handle(struct ring *r, struct wire_token *t, bool may_keep, mono_time now, struct ring_effects *fx);

void ring_token_received(struct ring *r, struct wire_token *t, mono_time now, struct ring_effects *fx)
{
	uint64_t wait = 0;

	if (!token_acceptable(r, t) || r->paced)
		return;
	if (may_wait(r, t))
		wait = is_burst(r) ? look_us(r, now) : pace_left_us(r, now);
	if (wait == 0) {
		token_handle(r, t, true, now, fx);
		return;
	}
	r->paced = true;
	r->paced_token = *t;
	r->own_seen = r->own_since;
	ring_timer_us(fx, RING_TIMER_PACE, wait);
}

void ring_token_paced(struct ring *r, mono_time now, struct ring_effects *fx)
{
	uint64_t look;

	if (!r->paced)
		return;
	look = is_burst(r) && r->own_since > r->own_seen ? look_us(r, now) : 0;
	r->own_seen = r->own_since;
	if (look > 0) {
		ring_timer_us(fx, RING_TIMER_PACE, look);
		return;
	}
	r->paced = false;
	if (token_acceptable(r, &r->paced_token))
		token_handle(r, &r->paced_token, true, now, fx);
}

/* What there is to say by now goes with the token that we kept, not a round later. */
void ring_token_let_go(struct ring *r, mono_time now, struct ring_effects *fx)
{
	struct wire_token t;

	ring_timer(fx, RING_TIMER_HOLD, 0);
	r->copies = 0;
	if (!r->keeps || !ring_pending(r) || !wire_decode_token(bytes_of(r->token, r->token_len), &t))
		ring_token_resend(r, fx);
	else
		token_handle(r, &t, false, now, fx);
}

/* The token comes round: all members are in this ring, which strangers may break up from now on; but if there are some
 * that we gave up, only after a while. They gave us up as well, about now, and who has not forgotten yet passes his
 * list of the failed on to whoever gathers with him. And the services shall have agreed, if they do in a reasonable
 * time: one that hears nobody comes back for ever, and what would let him hear (new keys) is said after that.
 */
static void settle(struct ring *r, mono_time now)
{
	uint32_t wait_ms;

	if (r->settled)
		return;
	if (!mono_time_is_set(r->settling_since))
		r->settling_since = now;
	wait_ms = r->waiting_sync ? r->config.consensus_ms : r->config.merge_ms;
	r->settled = !r->gave_up || mono_time_since_ms(now, r->settling_since) >= wait_ms;
}

/* Somebody stood still, or copies were needed: those between him and the representative have waited for long, and must
 * not wait for an idle ring's pause as well.
 */
static bool comes_late(const struct ring *r, mono_time now)
{
	return mono_time_is_set(r->stats.token_last) &&
	       mono_time_since_ms(now, r->stats.token_last) > 2 * r->config.hold_ms;
}

static void token_handle(struct ring *r, struct wire_token *t, bool may_keep, mono_time now, struct ring_effects *fx)
{
	uint32_t prev_aru, allowed, resent, sent, my_backlog;

	may_keep = may_keep && !comes_late(r, now);
	count_visit(r, now);
	r->pieces_since = r->own_since = 0;
	notice_quiet(r, t, fx);
	if (r->state == RING_OPERATIONAL)
		settle(r, now);
	release(r, t);
	flush_packs(r);
	prev_aru = r->last_aru;
	r->last_aru = t->aru;
	my_backlog = backlog(r);
	allowed = allowance(r, t, my_backlog);
	resent = retransmit(r, t, allowed, fx);
	request_missing(r, t);
	if (r->config.cancel_token_hold_on_retransmit && (t->rtr_count > 0 || resent > 0))
		may_keep = false;
	sent = resent + send_new(r, t, allowed - resent, fx);
	t->fcc += sent - r->my_trc;
	t->backlog += my_backlog - r->my_pbl;
	r->my_trc = sent;
	r->my_pbl = my_backlog;
	if (update_aru(r, t, prev_aru)) {
		failed_to_receive(r, fx);
		return;
	}
	r->my_token_seq = t->token_seq++;
	if (r->state == RING_RECOVERY && recovery_done(r, t))
		ring_operational_enter(r, fx);
	token_pass(r, t, may_keep && sent == 0 ? pause_us(r, t) : 0, fx);
	if (r->state == RING_OPERATIONAL)
		ring_deliver(r, fx);
	(void)ring_push(fx, RING_EFFECT_TOKEN);
}
