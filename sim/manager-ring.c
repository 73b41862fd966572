/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rings and their process group, as an engine gives them to libcpg's clients:
 *
 * - What a client sends waits in its engine until the ring gives it a place; when the ring breaks before, it gets one
 * in the next. So what was said before the group changed may be heard after it.
 * - Those that go together from one ring to the next deliver the same of the old one before they hear of the change:
 *   all up to a point that none of them is beyond, and after it what they themselves said.
 * - The group loses all who did not come along, and then gains who is in the new ring, in one or more steps, which are
 *   not the same for all.
 * - What an engine has delivered waits for its client, each on its own. Quorum comes another way, sooner or later.
 */
#include "sim/manager.h"

#include <string.h>

enum { LOSS_MS = 300, LOSS_SPREAD_MS = 1500 };

static bool is_member(const struct ring_life *r, uint32_t n)
{
	return r != NULL && (r->mask >> n & 1) != 0;
}

/* --- sending --- */

static void plan_sending(struct machine *m)
{
	if (m->outbox.length > 0 && m->ring != NULL && !m->ring->broken)
		plan_order(m);
}

static void send_item(struct machine *m, enum item_kind kind, struct bytes bytes)
{
	struct item *i = g_new0(struct item, 1);
	i->kind = kind;
	i->who = (struct member){node_id_of(m->number + 1), m->pid};
	i->bytes = g_byte_array_new();
	g_byte_array_append(i->bytes, bytes.data, (guint)bytes.len);
	g_queue_push_tail(&m->outbox, i);
	plan_sending(m);
}

static void spread(struct fleet *f, const struct ring_life *r, uint64_t place)
{
	for (uint32_t n = 0; n < f->count; n++) {
		struct machine *to = &f->machines[n];
		if (!is_member(r, n))
			continue;
		uint64_t at = f->now + fleet_delay(f, f->options.delay_us) +
			      fleet_roll(f, (uint32_t)to->slow_ms + 1) * FLEET_MS;
		to->engine_at = at > to->engine_at ? at : to->engine_at;
		fleet_plan(f, to->engine_at, TURN_ENGINE, n, to->life, place, GSIZE_TO_POINTER(r->number));
	}
}

/* The token is here: some of what waits goes out. */
static void model_order(struct machine *m)
{
	struct fleet *f = m->fleet;
	struct ring_life *r = m->ring;
	m->order_at = 0;
	if (r == NULL || r->broken || m->outbox.length == 0)
		return;
	uint32_t some = 1 + fleet_roll(f, m->outbox.length);
	for (uint32_t k = 0; k < some; k++) {
		struct item *i = g_queue_pop_head(&m->outbox);
		g_ptr_array_add(r->log, i);
		spread(f, r, r->log->len - 1);
	}
	plan_sending(m);
}

/* A client that dies takes along what it had not given to its engine. */
static void model_manager_gone(struct machine *m)
{
	uint32_t keep = fleet_roll(m->fleet, m->outbox.length + 1);
	while (m->outbox.length > keep)
		item_free(g_queue_pop_tail(&m->outbox));
	send_item(m, ITEM_LEAVE, bytes_of("", 0));
}

/* --- what the client gets --- */

static void hand_view(struct machine *m, uint32_t lost)
{
	struct parcel *p = g_new0(struct parcel, 1);
	p->is_view = true;
	p->member_count = m->group_count;
	p->lost = lost;
	memcpy(p->members, m->group, m->group_count * sizeof(m->group[0]));
	hand_parcel(m, p, 0);
}

static bool same_member(struct member a, struct member b)
{
	return node_id_eq(a.node, b.node) && a.pid == b.pid;
}

static void group_remove(struct machine *m, uint32_t at)
{
	memmove(&m->group[at], &m->group[at + 1], (--m->group_count - at) * sizeof(m->group[0]));
}

static void join(struct machine *m, struct member who)
{
	if (m->group_count == G_N_ELEMENTS(m->group))
		return;
	m->group[m->group_count++] = who;
	if (who.node.v == m->number + 1 && m->controller != NULL && who.pid == m->pid)
		m->joined = true;
	hand_view(m, 0);
}

static void leave(struct machine *m, struct member who)
{
	for (uint32_t i = 0; i < m->group_count; i++) {
		if (!same_member(m->group[i], who))
			continue;
		group_remove(m, i);
		hand_view(m, 0);
		return;
	}
}

static void deliver(struct machine *m, uint32_t place)
{
	const struct item *i = g_ptr_array_index(m->ring->log, place);
	if (i->kind == ITEM_JOIN) {
		join(m, i->who);
	} else if (i->kind == ITEM_LEAVE) {
		leave(m, i->who);
	} else {
		struct parcel *p = g_new0(struct parcel, 1);
		p->sender = i->who;
		p->bytes = g_byte_array_ref(i->bytes);
		hand_parcel(m, p, 0);
	}
}

void model_deliver(struct machine *m, uint64_t ring, uint64_t place)
{
	if (m->ring == NULL || m->ring->number != ring || m->place != place)
		return;
	m->place++;
	deliver(m, (uint32_t)place);
}

/* --- rings that form --- */

static bool hear_each_other(const struct machine *a, const struct machine *b)
{
	return a->up && b->up && !a->frozen && !b->frozen && a->side == b->side;
}

static void model_changed(struct fleet *f)
{
	for (guint k = 0; k < f->ring_lives->len; k++) {
		struct ring_life *r = g_ptr_array_index(f->ring_lives, k);
		const struct machine *first = NULL;
		for (uint32_t n = 0; n < f->count && !r->broken; n++) {
			const struct machine *m = &f->machines[n];
			if (!is_member(r, n))
				continue;
			first = first == NULL ? m : first;
			r->broken = m->ring != r || !hear_each_other(first, m);
		}
	}
	uint64_t in_ms = LOSS_MS + fleet_roll(f, LOSS_SPREAD_MS);
	fleet_plan(f, f->now + in_ms * FLEET_MS, TURN_REGROUP, FLEET_MAX, 0, ++f->rings, NULL);
}

/* What is left of the old ring, for those of it that stay together. */
static void flush(struct fleet *f, struct ring_life *old, uint32_t together)
{
	uint32_t furthest = 0;
	for (uint32_t n = 0; n < f->count; n++)
		if ((together >> n & 1) != 0 && f->machines[n].place > furthest)
			furthest = f->machines[n].place;
	uint32_t cut = furthest + fleet_roll(f, old->log->len - furthest + 1);
	for (uint32_t n = 0; n < f->count; n++) {
		struct machine *m = &f->machines[n];
		if ((together >> n & 1) == 0)
			continue;
		for (uint32_t place = m->place; place < old->log->len; place++) {
			const struct item *i = g_ptr_array_index(old->log, place);
			if (place < cut || (together >> (i->who.node.v - 1) & 1) != 0)
				deliver(m, place);
		}
		m->place = old->log->len;
	}
}

static void group_lose(struct machine *m, uint32_t together)
{
	uint32_t lost = 0;
	for (uint32_t i = m->group_count; i > 0; i--) {
		uint32_t node = m->group[i - 1].node.v - 1;
		if ((together >> node & 1) != 0)
			continue;
		group_remove(m, i - 1);
		lost |= 1u << node;
	}
	if (lost != 0)
		hand_view(m, lost);
}

static bool has_member(const struct machine *m, struct member who)
{
	for (uint32_t i = 0; i < m->group_count; i++)
		if (same_member(m->group[i], who))
			return true;
	return false;
}

static void group_gain(struct fleet *f, struct machine *m, const struct member *all, uint32_t count)
{
	uint32_t start = fleet_roll(f, count);
	bool gained = false;
	for (uint32_t k = 0; k < count; k++) {
		struct member who = all[(start + k) % count];
		if (has_member(m, who) || m->group_count == G_N_ELEMENTS(m->group))
			continue;
		m->group[m->group_count++] = who;
		gained = true;
		if (fleet_roll(f, 3) == 0) {
			hand_view(m, 0);
			gained = false;
		}
	}
	if (gained)
		hand_view(m, 0);
}

static uint32_t own_members(struct fleet *f, uint32_t mask, struct member *ret)
{
	uint32_t count = 0;
	for (uint32_t n = 0; n < f->count; n++) {
		const struct machine *m = &f->machines[n];
		for (uint32_t i = 0; (mask >> n & 1) != 0 && i < m->group_count; i++)
			if (m->group[i].node.v == n + 1)
				ret[count++] = m->group[i];
	}
	return count;
}

static void count_votes(struct fleet *f, uint32_t mask)
{
	struct quorum_news news = {0};
	for (uint32_t n = 0; n < f->count; n++)
		if ((mask >> n & 1) != 0)
			news.ring[news.ring_count++] = node_id_of(n + 1);
	for (uint32_t n = 0; n < f->count; n++) {
		struct machine *m = &f->machines[n];
		if ((mask >> n & 1) == 0)
			continue;
		m->seen_all = m->seen_all || news.ring_count == f->count;
		m->news = news;
		m->news.quorate = news.ring_count * 2 > f->count || (f->count == 2 && m->seen_all);
		hand_quorum(m);
	}
}

static void form(struct fleet *f, uint32_t mask)
{
	struct ring_life *r = g_new0(struct ring_life, 1);
	struct member all[FLEET_MAX * 2 * FLEET_MAX];
	uint32_t stays[FLEET_MAX] = {0};
	r->number = f->ring_lives->len + 1;
	r->mask = mask;
	r->log = g_ptr_array_new_with_free_func(item_free);
	fleet_trace(f, "ring %llu of %x", (unsigned long long)r->number, mask);
	for (uint32_t n = 0; n < f->count; n++) {
		struct ring_life *old = f->machines[n].ring;
		for (uint32_t k = 0; k < f->count && (mask >> n & 1) != 0; k++)
			if ((mask >> k & 1) != 0 && (k == n || (old != NULL && f->machines[k].ring == old)))
				stays[n] |= 1u << k;
		if ((mask >> n & 1) != 0 && old != NULL && (stays[n] & ((1u << n) - 1)) == 0)
			flush(f, old, stays[n]);
	}
	uint32_t count = own_members(f, mask, all);
	for (uint32_t n = 0; n < f->count; n++) {
		struct machine *m = &f->machines[n];
		if ((mask >> n & 1) == 0)
			continue;
		group_lose(m, stays[n]);
		m->ring = r;
		m->place = 0;
		group_gain(f, m, all, count);
		plan_sending(m);
	}
	g_ptr_array_add(f->ring_lives, r);
	count_votes(f, mask);
}

void model_regroup(struct fleet *f)
{
	uint32_t done = 0;
	for (uint32_t n = 0; n < f->count; n++) {
		const struct machine *m = &f->machines[n];
		uint32_t mask = 0;
		if (!m->up || m->frozen || (done >> n & 1) != 0)
			continue;
		for (uint32_t k = 0; k < f->count; k++)
			mask |= (uint32_t)hear_each_other(m, &f->machines[k]) << k;
		done |= mask;
		if (m->ring == NULL || m->ring->broken || m->ring->mask != mask)
			form(f, mask);
	}
	for (guint k = 0; k < f->ring_lives->len; k++) {
		struct ring_life *r = g_ptr_array_index(f->ring_lives, k);
		for (uint32_t n = 0; n < f->count; n++)
			r->broken = r->broken || (is_member(r, n) && f->machines[n].ring != r);
	}
}

static void model_begin(struct fleet *f)
{
	f->ring_lives = g_ptr_array_new();
}

static void model_machine_gone(struct machine *m)
{
	m->seen_all = false;
	m->ring = NULL;
	m->place = 0;
	m->engine_at = 0;
}

static void model_watch_quorum(struct machine *m)
{
	if (m->ring != NULL)
		hand_quorum(m);
}

static void model_join(struct machine *m)
{
	send_item(m, ITEM_JOIN, bytes_of("", 0));
}

static void model_send(struct machine *m, struct bytes bytes)
{
	send_item(m, ITEM_MESSAGE, bytes);
}

const struct carrier carrier_model = {
	.begin = model_begin,
	.machine_on = model_machine_gone,
	.machine_off = model_machine_gone,
	.changed = model_changed,
	.watch_quorum = model_watch_quorum,
	.join = model_join,
	.send = model_send,
	.manager_gone = model_manager_gone,
	.order = model_order,
};
