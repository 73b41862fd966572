/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes and the quorum mathematics (engine-wire.md §8.3). */
#include "service/votequorum-internal.h"

#include "base/text.h"

#include <assert.h>
#include <inttypes.h>

struct votequorum_node *votequorum_node_find(struct votequorum *v, node_id id)
{
	for (uint32_t i = 0; i < v->node_count; i++)
		if (node_id_eq(v->nodes[i].id, id))
			return &v->nodes[i];
	return NULL;
}

struct votequorum_node *votequorum_self(struct votequorum *v)
{
	struct votequorum_node *us = votequorum_node_find(v, v->self);

	assert(us != NULL);
	return us;
}

static void node_remove(struct votequorum *v, uint32_t at)
{
	pool_free(v->pool, v->nodes[at].extra);
	v->node_count--;
	memmove(&v->nodes[at], &v->nodes[at + 1], (v->node_count - at) * sizeof v->nodes[0]);
}

static bool make_room(struct votequorum *v)
{
	if (v->node_count < NODES_MAX)
		return true;
	for (uint32_t i = 0; i < v->node_count; i++) {
		if (v->nodes[i].state == VOTEQUORUM_DEAD) {
			node_remove(v, i);
			return true;
		}
	}
	return false;
}

struct votequorum_node *votequorum_node_add(struct votequorum *v, node_id id)
{
	uint32_t at;

	if (!make_room(v))
		return NULL;
	for (at = v->node_count; at > 0 && v->nodes[at - 1].id.v > id.v; at--)
		v->nodes[at] = v->nodes[at - 1];
	v->nodes[at] = (struct votequorum_node){.id = id, .state = VOTEQUORUM_DEAD};
	v->node_count++;
	return &v->nodes[at];
}

static uint32_t saturate(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

void votequorum_expect(struct votequorum *v, uint32_t votes)
{
	if (votes == 0)
		return;
	for (uint32_t i = 0; i < v->node_count; i++)
		if (v->nodes[i].state == VOTEQUORUM_MEMBER)
			v->nodes[i].expected = votes;
}

/* The highest number of votes ever expected outlives us in a file. */
void votequorum_track(struct votequorum *v, uint32_t votes, struct service_effects *fx)
{
	const size_t name_len = sizeof VOTEQUORUM_FILE - 1;
	struct service_effect *e;
	struct bytes kept;
	struct writer w;

	if (!v->config.tracking || votes <= v->tracked)
		return;
	v->tracked = votes;
	map_put_u32(v->map, "runtime.votequorum.ev_tracking_barrier", votes);
	w = service_scratch(fx, 64);
	write_bytes(&w, VOTEQUORUM_FILE, name_len);
	write_u32(&w, votes);
	kept = service_keep(fx, &w);
	e = service_push(fx, SERVICE_EFFECT_STORE);
	e->head = bytes_of(kept.data, name_len);
	e->tail = bytes_of(kept.data + name_len, kept.len - name_len);
}

void votequorum_wait_for_all(struct votequorum *v, bool wait)
{
	struct votequorum_node *us = votequorum_self(v);

	v->waiting_for_all = wait;
	if (wait)
		us->flags |= NODE_WAITING_FOR_ALL;
	else
		us->flags &= ~(uint32_t)NODE_WAITING_FOR_ALL;
	map_put_u8(v->map, "runtime.votequorum.wait_for_all_status", wait);
}

/* Half of what is expected or of what is here, whichever is more, and one. It never sinks by itself, since the missing
 * could be another partition; and with two_node, one of two is enough.
 */
uint32_t votequorum_calculate(struct votequorum *v, bool allow_decrease, uint32_t by_members, uint64_t *ret_votes)
{
	uint64_t expected = 0, votes = 0, quorum;
	uint32_t voters = 0;

	for (uint32_t i = 0; i < v->node_count; i++) {
		const struct votequorum_node *n = &v->nodes[i];

		if (n->state != VOTEQUORUM_MEMBER)
			continue;
		if (n->expected > expected)
			expected = n->expected;
		votes += n->votes;
		voters++;
	}
	if (votequorum_self(v)->flags & NODE_DEVICE_CAST_VOTE) {
		votes += v->device_votes;
		voters++;
	}
	if (by_members != 0)
		expected = by_members;
	if (by_members != 0 && v->config.allow_downscale && allow_decrease && v->barrier > by_members)
		expected = v->barrier;
	quorum = expected > votes ? (expected + 2) / 2 : (votes + 2) / 2;
	if (!allow_decrease && v->quorum > quorum)
		quorum = v->quorum;
	if (v->config.two_node && voters <= 2)
		quorum = 1;
	*ret_votes = votes;
	return saturate(quorum);
}

static bool is_member(struct votequorum *v, node_id id)
{
	struct votequorum_node *n = votequorum_node_find(v, id);

	return n != NULL && n->state == VOTEQUORUM_MEMBER;
}

/* Whether ours is the half that lives. A listed node decides if it was here before the ring broke. */
static bool holds_tie_breaker(struct votequorum *v)
{
	switch (v->config.tie) {
	case VOTEQUORUM_TIE_NONE:
		return false;
	case VOTEQUORUM_TIE_LOWEST:
		return is_member(v, v->lowest);
	case VOTEQUORUM_TIE_HIGHEST:
		return is_member(v, v->highest);
	case VOTEQUORUM_TIE_LIST:
		for (uint32_t i = 0; i < v->config.tie_nodes.count; i++) {
			if (node_list_has(&v->view.members, v->config.tie_nodes.ids[i]))
				return true;
			if (node_list_has(&v->before, v->config.tie_nodes.ids[i]))
				return false;
		}
		return false;
	}
	return false;
}

/* When as many nodes are gone as a quorum needs, they could have one: then the tie breaker is not asked. */
static bool wins_tie(struct votequorum *v, uint64_t votes)
{
	int64_t gone = (int64_t)v->before.count - (int64_t)v->view.members.count;

	return v->config.tie != VOTEQUORUM_TIE_NONE && votes == votequorum_self(v)->expected / 2 && gone < v->quorum &&
	       holds_tie_breaker(v);
}

static bool has_device_master(struct votequorum *v)
{
	const uint32_t both = NODE_DEVICE_MASTER_WINS | NODE_DEVICE_CAST_VOTE;

	for (uint32_t i = 0; i < v->node_count; i++)
		if (v->nodes[i].state == VOTEQUORUM_MEMBER && (v->nodes[i].flags & both) == both)
			return true;
	return false;
}

/* Members ascend, so the first and the last are what we look for. */
static void remember_ends(struct votequorum *v)
{
	node_id low = v->self, high = v->self;

	for (uint32_t i = 0; i < v->node_count; i++) {
		if (v->nodes[i].state != VOTEQUORUM_MEMBER)
			continue;
		if (v->nodes[i].id.v < low.v)
			low = v->nodes[i].id;
		if (v->nodes[i].id.v > high.v)
			high = v->nodes[i].id;
	}
	v->lowest = low;
	v->highest = high;
	map_put_u32(v->map, "runtime.votequorum.lowest_node_id", low.v);
	map_put_u32(v->map, "runtime.votequorum.highest_node_id", high.v);
}

void votequorum_report(struct votequorum *v, struct service_effects *fx)
{
	struct service_effect *e;

	(void)service_scratch(fx, 0);
	e = service_push(fx, SERVICE_EFFECT_QUORUM);
	e->quorate = v->quorate;
	e->view = &v->view;
	votequorum_tell_quorum(v, fx);
}

/* Whether all have been here is not known yet. */
static bool still_waiting(struct votequorum *v, uint64_t votes, struct service_effects *fx)
{
	uint32_t expected = votequorum_self(v)->expected;

	if (!v->config.wait_for_all || !v->waiting_for_all)
		return false;
	if (votes == expected) {
		votequorum_wait_for_all(v, false);
		return false;
	}
	if (v->waiting_logged != votes + 1)
		service_log(fx, MSG_VOTEQ_WAITING, "waiting for all nodes: %" PRIu64 " of %" PRIu32 " votes are here",
			    votes, expected);
	v->waiting_logged = votes + 1;
	return true;
}

static void evaluate(struct votequorum *v, uint64_t votes, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);
	bool quorate = votes >= v->quorum, was = v->quorate;

	if (still_waiting(v, votes, fx)) {
		assert(!v->quorate);
		return;
	}
	v->waiting_logged = 0;
	if (quorate)
		remember_ends(v);
	else
		quorate = wins_tie(v, votes);
	if (!quorate && v->master_wins && has_device_master(v)) {
		quorate = true;
		if (!was)
			service_log(fx, MSG_VOTEQ_MASTER_WINS, "quorate by the quorum device's master");
	}
	v->quorate = quorate;
	if (quorate)
		us->flags |= NODE_QUORATE;
	else
		us->flags &= ~(uint32_t)NODE_QUORATE;
	if (v->config.wait_for_all && (quorate || !v->syncing))
		votequorum_wait_for_all(v, !quorate);
	if (quorate != was && !v->syncing)
		votequorum_report(v, fx);
}

void votequorum_recalculate(struct votequorum *v, bool allow_decrease, bool by_members, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);
	uint32_t members = v->device_votes > 0;
	uint64_t votes = v->device_votes;

	for (uint32_t i = 0; i < v->node_count; i++) {
		if (v->nodes[i].state != VOTEQUORUM_MEMBER)
			continue;
		members++;
		votes += v->nodes[i].votes;
	}
	if (votes > us->expected) {
		us->expected = saturate(votes);
		votequorum_tell_expected(v, fx);
	}
	votequorum_track(v, us->expected, fx);
	if (!by_members)
		members = 0;
	v->quorum = votequorum_calculate(v, allow_decrease, members, &votes);
	votequorum_expect(v, members);
	evaluate(v, votes, fx);
}
