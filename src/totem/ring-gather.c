/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring-gather.c - GATHER: who is there, and do all see the same? (engine-wire.md §4.1 to 4.3)
 *
 * Each node multicasts a JOIN with the nodes that it knows (proc) and those that
 * it has given up (failed). Nodes that say the same as we do are in consensus;
 * when all of proc - failed are, the lowest of them creates the commit token.
 *
 * Where we differ from Corosync, within its rules:
 *  - a late message of an older ring of our own members does not break the ring;
 *  - in OPERATIONAL, a JOIN always leads through GATHER before a commit token;
 *  - a ring that not all of its members have entered yet is not broken up for
 *    strangers, as it is not in RECOVERY: they call again. Else two groups that
 *    form at the same time can keep each other from ever being complete;
 *  - in COMMIT, who listens to the members' JOINs need not wait for the token's
 *    time (docs/decisions/0008): one who has news will not take the commit token,
 *    and one who asks for what we have agreed on did not get it;
 *  - who finds that all agree says so once more, so that nobody waits for a JOIN;
 *  - who is brought back by others is not given up at once for being silent here.
 */
#include "base/text.h"
#include "totem/ring-internal.h"

#include <assert.h>

/* So many JOINs of a node may go by before our host must have heard of it. */
enum { DOUBT_JOINS = 20 };

/* No correct cluster counts so far; a higher number in a JOIN is a lie that would use up the numbers. */
static const uint64_t ring_seq_limit = UINT64_MAX / 2;

static const char *const reasons[GATHER_REASON_COUNT] = {
	[GATHER_CONSENSUS_TIMEOUT] = "consensus timeout",
	[GATHER_TOKEN_LOST_OPERATIONAL] = "the token was lost in the operational state",
	[GATHER_TOKEN_LOST_GATHER] = "no commit token came",
	[GATHER_TOKEN_LOST_COMMIT] = "the commit token was lost",
	[GATHER_TOKEN_LOST_RECOVERY] = "the token was lost in the recovery state",
	[GATHER_FAILED_TO_RECEIVE] = "we fail to receive messages",
	[GATHER_FOREIGN_OPERATIONAL] = "a message of another ring",
	[GATHER_FOREIGN_GATHER] = "a message of another ring while gathering",
	[GATHER_MERGE_OPERATIONAL] = "another ring wants to merge",
	[GATHER_MERGE_GATHER] = "another ring wants to merge while gathering",
	[GATHER_MERGED_JOIN] = "a join with news",
	[GATHER_JOIN_OPERATIONAL] = "a join while operational",
	[GATHER_JOIN_COMMIT] = "a join while committing",
	[GATHER_JOIN_RECOVERY] = "a join while recovering",
	[GATHER_START] = "start",
	[GATHER_NODE_LOST] = "a node is lost",
	[GATHER_FORCED] = "asked for by an operator",
};

/* splitmix64; seeded by the host. */
static uint64_t roll(struct ring *r, uint64_t below)
{
	uint64_t z = (r->dice += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % below;
}

/* proc - failed: who would be members. */
static void candidates(const struct ring *r, struct node_list *ret)
{
	node_list_subtract(&r->proc, &r->failed, ret);
}

void ring_join_send(struct ring *r, bool leaving, struct ring_effects *fx)
{
	struct wire_join j = {
		.leaving = leaving,
		.system_from = r->self,
		.ring_seq = r->id.seq,
		.proc = r->proc,
		.failed = r->failed,
	};
	struct writer w = ring_scratch(fx, WIRE_JOIN_MAX);

	if (leaving) {
		node_list_remove(&j.proc, r->self);
		(void)node_list_add(&j.failed, r->self);
	}
	wire_encode_join(&w, &j);
	ring_send(r, fx, node_id_of(0), ring_keep(fx, &w), !leaving);
	r->stats.join_tx++;
}

void ring_join_timeout(struct ring *r, struct ring_effects *fx)
{
	if (r->state != RING_GATHER && r->state != RING_COMMIT)
		return;
	ring_join_send(r, false, fx);
	ring_timer(fx, RING_TIMER_JOIN, r->config.join_ms);
}

/* Whether the node should be one of us, and what the host knows of it may be out of date. */
static bool is_doubted(const struct ring *r, node_id node)
{
	return node_list_has(&r->doubtful, node) && node_list_has(&r->proc, node) && !node_list_has(&r->failed, node);
}

/* What the host is certain of need not be found out by waiting. But one that our ring left behind and that somebody
 * names again has been heard by him: our own end of the link may just not be up yet. Once, it is given time for that.
 */
static void give_up_silent(struct ring *r, struct ring_effects *fx)
{
	bool doubt = false;

	for (uint32_t i = 0; i < r->silent.count; i++) {
		if (is_doubted(r, r->silent.ids[i]))
			doubt = true;
		else if (node_list_has(&r->proc, r->silent.ids[i]))
			(void)node_list_add(&r->failed, r->silent.ids[i]);
	}
	if (!doubt || r->doubting)
		return;
	r->doubting = true;
	ring_timer(fx, RING_TIMER_DOUBT, DOUBT_JOINS * r->config.join_ms);
}

void ring_doubt_timeout(struct ring *r, struct ring_effects *fx)
{
	struct node_list late = {0};

	r->doubting = false;
	if (r->state != RING_GATHER)
		return;
	for (uint32_t i = 0; i < r->doubtful.count; i++)
		if (is_doubted(r, r->doubtful.ids[i]))
			(void)node_list_add(&late, r->doubtful.ids[i]);
	for (uint32_t i = 0; i < late.count; i++)
		node_list_remove(&r->doubtful, late.ids[i]);
	if (late.count > 0)
		ring_gather_enter(r, GATHER_NODE_LOST, fx);
}

void ring_doubt_end(struct ring *r, struct ring_effects *fx)
{
	r->doubting = false;
	ring_timer(fx, RING_TIMER_DOUBT, 0);
	for (uint32_t i = 0; i < r->silent.count; i++)
		if (node_list_has(&r->memb, r->silent.ids[i]) && !node_list_has(&r->new_memb, r->silent.ids[i]))
			(void)node_list_add(&r->doubtful, r->silent.ids[i]);
}

void ring_gather_enter(struct ring *r, enum gather_reason reason, struct ring_effects *fx)
{
	ring_state_move(r, RING_GATHER);
	r->discard_token = true;
	r->token_originated = false;
	r->commit_unsent = false;
	r->held = false;
	r->keeps = false;
	r->copies = 0;
	r->paced = false;
	r->merge_running = false;
	(void)node_list_add(&r->proc, r->self);
	give_up_silent(r, fx);
	r->consensus.count = 0;
	(void)node_list_add(&r->consensus, r->self);
	r->confirmed = false;
	ring_timer(fx, RING_TIMER_RETRANSMIT, 0);
	ring_timer(fx, RING_TIMER_TOKEN, 0);
	ring_timer(fx, RING_TIMER_WARNING, 0);
	ring_timer(fx, RING_TIMER_HOLD, 0);
	ring_timer(fx, RING_TIMER_MERGE, 0);
	if (r->config.send_join_ms > 0) {
		ring_timer(fx, RING_TIMER_JOIN, 1 + (uint32_t)roll(r, r->config.send_join_ms));
	} else {
		ring_join_send(r, false, fx);
		ring_timer(fx, RING_TIMER_JOIN, r->config.join_ms);
	}
	ring_timer(fx, RING_TIMER_CONSENSUS, r->config.consensus_ms);
	r->stats.gather_entered++;
	r->stats.continuous_gather++;
	ring_log(fx, MSG_RING_GATHER, "gathering members: %s", reasons[reason]);
}

static bool agreed(const struct ring *r)
{
	struct node_list want;

	candidates(r, &want);
	if (want.count == 0)
		return r->failed_to_recv;
	return node_list_subset(&want, &r->consensus);
}

static bool says_the_same(const struct ring *r, const struct wire_join *j)
{
	return node_list_eq(&r->proc, &j->proc) && node_list_eq(&r->failed, &j->failed);
}

static bool has_news(const struct ring *r, const struct wire_join *j)
{
	if (node_list_subset(&j->proc, &r->proc) && node_list_subset(&j->failed, &r->failed))
		return false;
	return !node_list_has(&r->failed, j->system_from);
}

/* Takes over what the JOIN knows. Whom a stranger gives up is his own affair; who gives us up, we give up.
 * False: nothing changed. What is news but not taken over would else be news each time, and two nodes that do not take
 * over from each other would answer JOIN by JOIN as fast as the network carries them.
 */
static bool merge(struct ring *r, const struct wire_join *j)
{
	uint32_t proc = r->proc.count, failed = r->failed.count;

	(void)node_list_union(&r->proc, &j->proc);
	(void)node_list_add(&r->proc, j->leaving ? r->self : j->system_from);
	if (node_list_has(&j->failed, r->self)) {
		if (!j->leaving && !node_id_eq(j->system_from, r->self))
			(void)node_list_add(&r->failed, j->system_from);
	} else if (node_list_has(&r->memb, j->system_from)) {
		(void)node_list_union(&r->failed, &j->failed);
	}
	return r->proc.count > proc || r->failed.count > failed;
}

/* For some of those who agree with us now, our last JOIN was news and did not count. They need not wait for the next.
 */
static void confirm(struct ring *r, struct ring_effects *fx)
{
	if (r->confirmed || r->config.send_join_ms > 0)
		return;
	r->confirmed = true;
	ring_join_send(r, false, fx);
}

/* A JOIN that says what we say brings its sender into consensus, and the lowest candidate acts when all are. */
static void weigh(struct ring *r, const struct wire_join *j, struct ring_effects *fx)
{
	struct node_list want;

	if (j->leaving || !says_the_same(r, j) || !node_list_has(&r->proc, j->system_from))
		return;
	(void)node_list_add(&r->consensus, j->system_from);
	if (!agreed(r))
		return;
	if (r->failed_to_recv) {
		r->failed_to_recv = false;
		r->proc.count = 0;
		r->failed.count = 0;
		r->consensus.count = 0;
		(void)node_list_add(&r->proc, r->self);
		(void)node_list_add(&r->consensus, r->self);
		ring_commit_create(r, fx);
		return;
	}
	candidates(r, &want);
	if (node_id_eq(node_list_lowest(&want), r->self))
		ring_commit_create(r, fx);
	else
		confirm(r, fx);
}

/* A process that did not run for a while finds old JOINs in its sockets, which would break the ring that the others
 * have formed meanwhile: it throws them away.
 */
static bool was_paused(struct ring *r, mono_time now)
{
	if (mono_time_since_ms(now, r->tick) <= r->config.token_ms / 2)
		return false;
	r->tick = now;
	return true;
}

static bool join_ignored(const struct ring *r, const struct wire_join *j)
{
	switch (r->state) {
	case RING_OPERATIONAL:
		if (!node_list_has(&r->memb, j->system_from))
			return !r->settled || node_list_has(&j->failed, r->self);
		return node_list_has(&j->failed, r->self) || j->ring_seq < r->id.seq;
	case RING_GATHER:
		return false;
	case RING_COMMIT:
		if (!node_list_has(&r->new_memb, j->system_from))
			return true;
		return j->ring_seq < r->id.seq && !has_news(r, j);
	case RING_RECOVERY:
		return !node_list_has(&r->new_memb, j->system_from) || j->ring_seq < r->id.seq;
	case RING_STATE_COUNT:
		break;
	}
	return true;
}

/* The next member agrees to the ring that we are committed to, and still asks for it: the commit token did not get
 * there.
 */
static bool awaits_commit(const struct ring *r, const struct wire_join *j)
{
	return r->state == RING_COMMIT && node_id_eq(j->system_from, r->next) && j->ring_seq < r->id.seq &&
	       says_the_same(r, j) && !j->leaving;
}

static enum gather_reason join_reason(enum ring_state s)
{
	switch (s) {
	case RING_OPERATIONAL:
		return GATHER_JOIN_OPERATIONAL;
	case RING_COMMIT:
		return GATHER_JOIN_COMMIT;
	case RING_RECOVERY:
		return GATHER_JOIN_RECOVERY;
	case RING_GATHER:
	case RING_STATE_COUNT:
		break;
	}
	return GATHER_MERGED_JOIN;
}

void ring_join_received(struct ring *r, const struct wire_join *j, mono_time now, struct ring_effects *fx)
{
	enum gather_reason reason = join_reason(r->state);
	bool news = has_news(r, j);

	if (j->ring_seq > ring_seq_limit || (j->leaving && node_id_eq(j->system_from, r->self)))
		return;
	if (was_paused(r, now)) {
		(void)ring_push(fx, RING_EFFECT_DRAIN);
		return;
	}
	if (j->ring_seq > r->seq_max)
		r->seq_max = j->ring_seq;
	if (join_ignored(r, j)) {
		if (awaits_commit(r, j))
			ring_token_resend(r, fx);
		return;
	}
	if (j->leaving)
		ring_log(fx, MSG_NODE_LEFT, "node %u leaves the ring", j->system_from.v);
	if (r->state == RING_RECOVERY)
		ring_old_restore(r);
	if (news)
		news = merge(r, j);
	if (news || r->state != RING_GATHER)
		ring_gather_enter(r, news ? GATHER_MERGED_JOIN : reason, fx);
	if (!news)
		weigh(r, j, fx);
}

void ring_consensus_timeout(struct ring *r, struct ring_effects *fx)
{
	if (r->state != RING_GATHER)
		return;
	r->stats.consensus_timeouts++;
	if (agreed(r)) {
		r->consensus.count = 0;
		(void)node_list_add(&r->consensus, r->self);
		ring_timer(fx, RING_TIMER_TOKEN, r->config.token_ms);
		return;
	}
	for (uint32_t i = 0; i < r->proc.count; i++)
		if (!node_list_has(&r->consensus, r->proc.ids[i]))
			(void)node_list_add(&r->failed, r->proc.ids[i]);
	ring_gather_enter(r, GATHER_CONSENSUS_TIMEOUT, fx);
}

void ring_foreign(struct ring *r, node_id from, struct ring_id ring, bool merge_detect, struct ring_effects *fx)
{
	bool known = node_list_has(&r->proc, from);

	if (r->state == RING_OPERATIONAL) {
		/* Sent before this ring: a member that agreed to it never goes back to an older one. */
		if (node_list_has(&r->memb, from) ? ring.seq < r->id.seq : !r->settled)
			return;
		(void)node_list_add(&r->proc, from);
		ring_gather_enter(r, merge_detect ? GATHER_MERGE_OPERATIONAL : GATHER_FOREIGN_OPERATIONAL, fx);
	} else if (r->state == RING_GATHER && !known) {
		if (node_list_add(&r->proc, from))
			ring_gather_enter(r, merge_detect ? GATHER_MERGE_GATHER : GATHER_FOREIGN_GATHER, fx);
	}
}

void ring_node_lost(struct ring *r, node_id node, struct ring_effects *fx)
{
	bool concerns_us;

	if (node_id_eq(node, r->self) || !node_list_add(&r->silent, node))
		return;
	if (r->state == RING_GATHER)
		concerns_us = node_list_has(&r->proc, node) && !node_list_has(&r->failed, node);
	else if (r->state == RING_OPERATIONAL)
		concerns_us = node_list_has(&r->memb, node);
	else
		concerns_us = node_list_has(&r->new_memb, node);
	if (!concerns_us) {
		if (r->state == RING_OPERATIONAL)
			(void)node_list_add(&r->doubtful, node);
		return;
	}
	ring_log(fx, MSG_EARLY_LOSS, "node %u is gone: all links to it are dead and its machine does not answer",
		 node.v);
	if (r->state == RING_RECOVERY)
		ring_old_restore(r);
	ring_gather_enter(r, GATHER_NODE_LOST, fx);
}
