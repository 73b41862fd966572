/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring-commit.c - from agreement to a working ring (engine-wire.md §4.4, 4.5, 4.9).
 *
 * The commit token goes round twice: the first time each member writes into it
 * what it has of its old ring, the second time each learns what the others have.
 * In RECOVERY those that come from one old ring send each other what some of
 * them miss, wrapped in messages of the new ring; what one has sent, the others
 * need not send again. When everybody has everything, the old ring's messages
 * are delivered and the new ring becomes operational.
 */
#include "base/text.h"
#include "totem/ring-internal.h"

#include <assert.h>

/* So many calls in a row to those that were given up. */
enum { CALLS = 10 };

static uint32_t index_of(const struct node_list *l, node_id id)
{
	uint32_t i = 0;

	while (i < l->count && !node_id_eq(l->ids[i], id))
		i++;
	return i;
}

static void old_save(struct ring *r)
{
	if (r->old.valid)
		return;
	r->old.valid = true;
	r->old.ring = r->id;
	r->old.aru = r->my_aru;
	r->old.high_seq = r->high_seq;
}

void ring_old_restore(struct ring *r)
{
	assert(r->old.valid);
	r->my_aru = r->old.aru;
	r->high_seq = r->old.high_seq;
}

static void commit_send(struct ring *r, struct ring_effects *fx)
{
	struct writer w = writer_of(r->token, sizeof r->token);

	r->commit.token_seq++;
	wire_encode_commit(&w, r->self, r->next, &r->commit);
	assert(!w.failed);
	r->token_len = (uint32_t)w.len;
	ring_send(r, fx, r->next, writer_bytes(&w), false);
	r->stats.commit_tx++;
}

/* Writes our entry, and takes the received flag from those of our old ring that have less than another. */
static void entry_fill(struct ring *r)
{
	struct wire_commit *c = &r->commit;
	struct wire_commit_entry *mine = &c->entries[c->memb_index];
	uint32_t high = r->old.aru;

	*mine = (struct wire_commit_entry){
		.old_ring = r->old.ring,
		.aru = r->old.aru,
		.high_delivered = r->high_delivered,
		.received_flg = r->old.aru == r->old.high_seq,
	};
	for (uint32_t i = 0; i <= c->memb_index; i++)
		if (ring_id_eq(c->entries[i].old_ring, r->old.ring) && seq_before(high, c->entries[i].aru))
			high = c->entries[i].aru;
	for (uint32_t i = 0; i <= c->memb_index; i++)
		if (ring_id_eq(c->entries[i].old_ring, r->old.ring) && seq_before(c->entries[i].aru, high))
			c->entries[i].received_flg = 0;
	r->received_flg = mine->received_flg != 0;
}

static void commit_enter(struct ring *r, struct ring_effects *fx)
{
	struct wire_commit *c = &r->commit;
	struct ring_effect *e;

	old_save(r);
	ring_old_restore(r);
	entry_fill(r);
	c->memb_index++;
	r->new_memb = c->members;
	r->next = c->members.ids[c->memb_index % c->members.count];
	r->id = c->ring;
	if (r->seq_max < c->ring.seq)
		r->seq_max = c->ring.seq;
	r->commit_unsent = true;
	r->token_len = 0;
	r->my_trc = 0;
	r->my_pbl = 0;
	ring_state_move(r, RING_COMMIT);
	ring_timer(fx, RING_TIMER_JOIN, 0);
	ring_timer(fx, RING_TIMER_CONSENSUS, 0);
	ring_token_timers(r, fx);
	r->stats.commit_entered++;
	r->stats.continuous_gather = 0;
	e = ring_push(fx, RING_EFFECT_PERSIST);
	e->seq = r->id.seq;
}

void ring_persisted(struct ring *r, uint64_t seq, struct ring_effects *fx)
{
	if (seq > r->persisted)
		r->persisted = seq;
	if (r->state != RING_COMMIT || !r->commit_unsent || seq < r->id.seq)
		return;
	r->commit_unsent = false;
	commit_send(r, fx);
}

void ring_commit_create(struct ring *r, struct ring_effects *fx)
{
	struct wire_commit *c = &r->commit;

	assert(r->state == RING_GATHER);
	memset(c, 0, sizeof *c);
	node_list_subtract(&r->proc, &r->failed, &c->members);
	node_list_sort(&c->members);
	c->ring = (struct ring_id){r->self, r->seq_max + 4};
	commit_enter(r, fx);
}

static bool commit_acceptable(const struct ring *r, const struct wire_commit *c)
{
	struct node_list want;

	node_list_subtract(&r->proc, &r->failed, &want);
	if (!node_list_eq(&want, &c->members) || c->ring.seq <= r->id.seq || c->ring.seq > UINT64_MAX / 2)
		return false;
	return c->memb_index < c->members.count && node_id_eq(c->members.ids[c->memb_index], r->self);
}

/* Of the new members, those that were in our old ring and still come from it. */
static void find_transitional(struct ring *r)
{
	const struct wire_commit *c = &r->commit;

	r->trans_memb.count = 0;
	for (uint32_t i = 0; i < c->members.count; i++)
		if (node_list_has(&r->memb, c->members.ids[i]) && ring_id_eq(c->entries[i].old_ring, r->old.ring))
			(void)node_list_add(&r->trans_memb, c->members.ids[i]);
}

/* Which of our old messages some transitional member misses. */
static void find_recoverable(struct ring *r)
{
	const struct wire_commit *c = &r->commit;
	uint32_t low = r->old.high_seq;
	bool missing = false;

	for (uint32_t i = 0; i < c->members.count; i++) {
		if (!node_list_has(&r->trans_memb, c->members.ids[i]))
			continue;
		if (c->entries[i].received_flg == 0)
			missing = true;
		low = seq_min(low, c->entries[i].aru);
	}
	r->deliver_memb = r->trans_memb;
	r->recover_end = r->old.high_seq;
	r->recover_next = missing ? low + 1 : r->old.high_seq + 1;
	/* A lie about aru must not make us look further back than the window reaches. */
	if (seq_before(r->recover_next, r->regular->released + 1))
		r->recover_next = r->regular->released + 1;
	for (uint32_t seq = r->recover_next; !seq_before(r->recover_end, seq); seq++) {
		struct frame *f = window_get(r->regular, seq);

		if (f != NULL)
			f->shared = false;
	}
}

uint32_t ring_recover_backlog(const struct ring *r)
{
	uint32_t n = 0;

	for (uint32_t seq = r->recover_next; !seq_before(r->recover_end, seq); seq++) {
		const struct frame *f = window_get(r->regular, seq);

		n += f != NULL && !f->shared;
	}
	return n;
}

static void recovery_enter(struct ring *r, struct ring_effects *fx)
{
	r->discard_token = false;
	window_clear(r->recovery, r->pool);
	commit_send(r, fx);
	r->my_token_seq = UINT32_MAX;
	find_transitional(r);
	find_recoverable(r);
	r->recover_looked = 0;
	r->received_flg = r->commit.entries[index_of(&r->new_memb, r->self)].received_flg != 0;
	r->my_aru = 0;
	r->high_seq = 0;
	r->aru_count = 0;
	r->seq_unchanged = 0;
	r->last_seq = 0;
	r->last_aru = 0;
	r->install_seq = 0;
	r->retrans_cnt = 0;
	r->rotation_cnt = 0;
	r->set_retrans_flg = false;
	ring_state_move(r, RING_RECOVERY);
	ring_token_timers(r, fx);
	r->stats.recovery_entered++;
}

void ring_commit_received(struct ring *r, const struct wire_commit *c, struct ring_effects *fx)
{
	bool same = ring_id_eq(c->ring, r->id);

	if (r->state == RING_GATHER && commit_acceptable(r, c)) {
		r->commit = *c;
		commit_enter(r, fx);
	} else if (r->state == RING_COMMIT && same && !r->commit_unsent && c->memb_index == c->members.count &&
		   node_list_eq(&c->members, &r->new_memb)) {
		r->commit = *c;
		recovery_enter(r, fx);
	} else if (r->state == RING_RECOVERY && same && node_id_eq(r->id.rep, r->self) && !r->token_originated &&
		   c->token_seq >= r->commit.token_seq) {
		/* A copy of its first round would start the ring before all members are ready for it. */
		r->token_originated = true;
		ring_token_originate(r, fx);
	}
}

static bool is_wrapped(const struct frame *f, struct wire_mcast *outer)
{
	return f != NULL && wire_decode_mcast(frame_bytes(f), outer) && outer->encapsulated == WIRE_RECOVERED;
}

/* Wrapped messages, with which the new ring begins, are copies of what their senders have. Once everybody has one,
 * nobody will ask for it again, and who has what is in it keeps only that: old messages have room once in our memory,
 * not always twice.
 */
void ring_recovered_release(struct ring *r, uint32_t safe)
{
	uint32_t last = seq_min(safe, r->my_aru);

	for (; seq_before(r->recover_looked, last); r->recover_looked++) {
		uint32_t seq = r->recover_looked + 1;
		struct wire_mcast outer, inner;

		if (!is_wrapped(window_get(r->recovery, seq), &outer))
			return;
		if (wire_decode_mcast(outer.payload, &inner) && ring_id_eq(inner.ring, r->old.ring) &&
		    !window_wants(r->regular, inner.seq))
			pool_free(r->pool, window_take(r->recovery, seq));
	}
}

/* Old messages that came wrapped in the new ring's move into the old window. The count of those at the new ring's
 * beginning that are wrapped is returned: they are consumed.
 */
static uint32_t unwrap(struct ring *r)
{
	uint32_t wrapped = 0;

	for (uint32_t seq = 1; !seq_before(r->my_aru, seq); seq++) {
		struct frame *f = window_get(r->recovery, seq);
		bool looked = !seq_before(r->recover_looked, seq); /* it was one, and may be gone */
		struct wire_mcast outer, inner;
		bool is = is_wrapped(f, &outer);

		if (!is && !looked)
			break;
		wrapped = seq;
		if (!is || !wire_decode_mcast(outer.payload, &inner) || !ring_id_eq(inner.ring, r->old.ring) ||
		    !window_wants(r->regular, inner.seq))
			continue;
		(void)window_take(r->recovery, seq);
		f->start += MCAST_HEADER;
		window_put(r->regular, inner.seq, f);
		if (seq_before(r->old.high_seq, inner.seq))
			r->old.high_seq = inner.seq;
	}
	return wrapped;
}

static void deliver_frame(const struct frame *f, const struct node_list *senders, struct ring_effects *fx)
{
	struct wire_mcast m;
	struct ring_effect *e;

	if (!wire_decode_mcast(frame_bytes(f), &m))
		return;
	if (senders != NULL && !node_list_has(senders, m.from))
		return;
	e = ring_push(fx, RING_EFFECT_DELIVER);
	e->from = m.from;
	e->bytes = m.payload;
}

/* The old ring's messages without a gap; then, after the change was told, what is left of them by those that come
 * along. */
static void deliver_old(struct ring *r, bool skip_gaps, struct ring_effects *fx)
{
	while (seq_before(r->high_delivered, r->old.high_seq)) {
		const struct frame *f = window_get(r->regular, r->high_delivered + 1);

		if (f == NULL && !skip_gaps)
			return;
		if (f != NULL)
			deliver_frame(f, skip_gaps ? &r->deliver_memb : NULL, fx);
		r->high_delivered++;
	}
}

static void tell_change(struct ring *r, enum ring_effect_type type, const struct node_list *nodes,
			struct ring_effects *fx)
{
	struct ring_effect *e = ring_push(fx, type);

	e->ring = r->id;
	e->nodes = nodes;
}

static void log_ring(struct ring *r, struct ring_effects *fx)
{
	char text[256];
	struct text t = text_of(text, sizeof text);

	text_add_ring(&t, r->id);
	text_add(&t, " with members ");
	text_add_nodes(&t, &r->memb);
	ring_log(fx, MSG_RING_FORMED, "formed ring %s", text);
}

/* The new ring's window takes the place of the old one, whose frames live on until the effects are carried out. */
static void rotate_windows(struct ring *r)
{
	struct window *spare = r->retired;

	assert(spare->held == 0);
	r->retired = r->regular;
	r->regular = r->recovery;
	r->recovery = spare;
}

void ring_operational_enter(struct ring *r, struct ring_effects *fx)
{
	uint32_t wrapped = unwrap(r);

	deliver_old(r, false, fx);
	ring_doubt_end(r, fx);
	r->memb = r->new_memb;
	tell_change(r, RING_EFFECT_TRANSITIONAL, &r->trans_memb, fx);
	r->waiting_sync = true;
	deliver_old(r, true, fx);
	tell_change(r, RING_EFFECT_REGULAR, &r->memb, fx);
	log_ring(r, fx);
	rotate_windows(r);
	r->last_aru = 0;
	r->proc = r->new_memb;
	r->gave_up = !node_list_subset(&r->failed, &r->silent);
	r->calls = r->gave_up ? CALLS : 0;
	r->failed.count = 0;
	r->failed_to_recv = false;
	r->consensus = r->new_memb;
	r->high_delivered = wrapped;
	window_release(r->regular, r->pool, wrapped);
	r->received_flg = true;
	r->settled = false;
	r->settling_since = (mono_time){0};
	r->old.valid = false;
	r->stats.operational_entered++;
	ring_state_move(r, RING_OPERATIONAL);
}
