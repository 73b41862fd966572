/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 *  1. Services ascend strictly by id, and every id is below SERVICES_MAX.
 *  2. While a walk runs there is a ring that we are a member of.
 *  3. trans and heard are subsets of the members.
 *  4. In a service's turn `at` names a service; only our own ones are processed.
 *  5. While lists or barriers are awaited, at least one member has not spoken; so a walk never stands still with
 *     nothing left to wait for.
 */
#include "sync/sync.h"

#include <assert.h>

enum { MESSAGE_BARRIER = 0, MESSAGE_BUILD = 1 };
enum { RING_AT = 16, LIST_COUNT_AT = 32, LIST_AT = 40 };

static const struct {
	const char *name;
	uint32_t next; /* bits of the states that may follow */
} states[] = {
	[SYNC_IDLE] = {"idle", 1u << SYNC_BUILDING},
	[SYNC_BUILDING] = {"building",
			   1u << SYNC_BUILDING | 1u << SYNC_PROCESSING | 1u << SYNC_BARRIER | 1u << SYNC_IDLE},
	[SYNC_PROCESSING] = {"processing", 1u << SYNC_BUILDING | 1u << SYNC_WAITING | 1u << SYNC_BARRIER},
	[SYNC_WAITING] = {"waiting", 1u << SYNC_BUILDING | 1u << SYNC_PROCESSING},
	[SYNC_BARRIER] = {"barrier",
			  1u << SYNC_BUILDING | 1u << SYNC_PROCESSING | 1u << SYNC_BARRIER | 1u << SYNC_IDLE},
};

static bool in_turn(const struct sync *s)
{
	return s->state == SYNC_PROCESSING || s->state == SYNC_WAITING || s->state == SYNC_BARRIER;
}

void sync_check(const struct sync *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		assert(s->services[i].id < SERVICES_MAX);                    /* 1 */
		assert(i == 0 || s->services[i - 1].id < s->services[i].id); /* 1 */
	}
	if (s->state != SYNC_IDLE)
		assert(node_list_has(&s->view.members, s->self));   /* 2 */
	assert(node_list_subset(&s->view.trans, &s->view.members)); /* 3 */
	assert(node_list_subset(&s->heard, &s->view.members));      /* 3 */
	if (in_turn(s))
		assert(s->at < s->count); /* 4 */
	if (s->state == SYNC_PROCESSING || s->state == SYNC_WAITING)
		assert(!s->services[s->at].dummy); /* 4 */
	if (s->state == SYNC_BUILDING || s->state == SYNC_BARRIER)
		assert(s->heard.count < s->view.members.count); /* 5 */
}

static void move(struct sync *s, enum sync_state next)
{
	assert(states[s->state].next & 1u << next);
	s->state = next;
}

static struct sync_effect *push(struct sync_effects *fx, enum sync_effect_type type, uint8_t service)
{
	assert(fx->count < SYNC_EFFECTS_MAX);
	fx->items[fx->count] = (struct sync_effect){.type = type, .service = service};
	return &fx->items[fx->count++];
}

/* At most one message leaves in a step: a list at its start, or the barrier that ends a turn. */
static void send(struct sync *s, struct sync_effects *fx, uint32_t id, uint32_t size)
{
	struct writer w = writer_of(fx->scratch, sizeof fx->scratch);

	write_u32(&w, id);
	write_zero(&w, 4);
	write_u32(&w, size);
	write_pad_to(&w, RING_AT);
	write_u32(&w, s->view.ring.rep.v);
	write_u64(&w, s->view.ring.seq);
	if (id == MESSAGE_BUILD) {
		write_pad_to(&w, LIST_COUNT_AT);
		write_u32(&w, s->count);
		write_pad_to(&w, LIST_AT);
		for (uint32_t i = 0; i < s->count; i++)
			write_u32(&w, s->services[i].id);
	}
	write_pad_to(&w, size);
	assert(!w.failed);
	push(fx, SYNC_EFFECT_SEND, 0)->bytes = writer_bytes(&w);
}

static void remove_dummies(struct sync *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->count; i++)
		if (!s->services[i].dummy)
			s->services[n++] = s->services[i];
	s->count = n;
}

static void add_dummy(struct sync *s, uint8_t id)
{
	uint32_t at = s->count;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->services[i].id == id)
			return;
	assert(s->count < SERVICES_MAX);
	for (; at > 0 && s->services[at - 1].id > id; at--)
		s->services[at] = s->services[at - 1];
	s->services[at].id = id;
	s->services[at].dummy = true;
	s->count++;
}

/* The turn of services[at], or the end of the walk. */
static void turn_begin(struct sync *s, struct sync_effects *fx)
{
	s->heard.count = 0;
	if (s->at == s->count) {
		move(s, SYNC_IDLE);
		push(fx, SYNC_EFFECT_FINISHED, 0);
	} else if (s->services[s->at].dummy) {
		move(s, SYNC_BARRIER);
		send(s, fx, MESSAGE_BARRIER, SYNC_BARRIER_SIZE);
	} else {
		move(s, SYNC_PROCESSING);
		push(fx, SYNC_EFFECT_PROCESS, s->services[s->at].id);
	}
}

static void on_view(struct sync *s, const struct view *view, struct sync_effects *fx)
{
	if (in_turn(s) && !s->services[s->at].dummy)
		push(fx, SYNC_EFFECT_ABORT, s->services[s->at].id);
	remove_dummies(s);
	s->view = *view;
	node_list_intersect(&view->trans, &view->members, &s->view.trans);
	s->heard.count = 0;
	s->at = 0;
	move(s, SYNC_BUILDING);
	send(s, fx, MESSAGE_BUILD, SYNC_BUILD_SIZE);
	for (uint32_t i = 0; i < s->count; i++)
		push(fx, SYNC_EFFECT_INIT, s->services[i].id);
}

/* Whether all members have now spoken. */
static bool hear(struct sync *s, node_id from)
{
	bool added = node_list_add(&s->heard, from);

	assert(added);
	return s->heard.count == s->view.members.count;
}

static void on_build(struct sync *s, node_id from, struct reader *r, struct sync_effects *fx)
{
	uint32_t n, ids[SERVICES_MAX];

	read_seek(r, LIST_COUNT_AT);
	n = read_u32(r);
	read_seek(r, LIST_AT);
	if (r->failed || n > SERVICES_MAX)
		return;
	for (uint32_t i = 0; i < n; i++) {
		ids[i] = read_u32(r);
		if (r->failed || ids[i] >= SERVICES_MAX)
			return;
	}
	for (uint32_t i = 0; i < n; i++)
		add_dummy(s, (uint8_t)ids[i]);
	if (hear(s, from))
		turn_begin(s, fx);
}

/* Others may be at the barrier while we still process: their word is kept. Ours comes last then, so that the turn
 * cannot end before we have processed.
 */
static void on_barrier(struct sync *s, node_id from, struct sync_effects *fx)
{
	if (s->state != SYNC_BARRIER && node_id_eq(from, s->self))
		return;
	if (!hear(s, from))
		return;
	assert(s->state == SYNC_BARRIER);
	if (!s->services[s->at].dummy)
		push(fx, SYNC_EFFECT_ACTIVATE, s->services[s->at].id);
	s->at++;
	turn_begin(s, fx);
}

static void on_message(struct sync *s, const struct sync_event *ev, struct sync_effects *fx)
{
	struct reader r = reader_of(ev->message);
	uint32_t id = read_u32(&r);
	struct ring_id ring;

	read_seek(&r, RING_AT);
	ring.rep = node_id_of(read_u32(&r));
	ring.seq = read_u64(&r);
	if (r.failed || !ring_id_eq(ring, s->view.ring) || !node_list_has(&s->view.members, ev->from))
		return;
	if (id == MESSAGE_BUILD && s->state == SYNC_BUILDING)
		on_build(s, ev->from, &r, fx);
	else if (id == MESSAGE_BARRIER && in_turn(s))
		on_barrier(s, ev->from, fx);
}

static void on_processed(struct sync *s, bool again, struct sync_effects *fx)
{
	assert(s->state == SYNC_PROCESSING);
	if (again) {
		move(s, SYNC_WAITING);
		return;
	}
	move(s, SYNC_BARRIER);
	send(s, fx, MESSAGE_BARRIER, SYNC_BARRIER_SIZE);
}

void sync_init(struct sync *s, node_id self, const uint8_t *services, uint32_t count)
{
	assert(count <= SERVICES_MAX);
	assert(node_id_is_set(self));
	*s = (struct sync){.self = self, .count = count};
	for (uint32_t i = 0; i < count; i++)
		s->services[i].id = services[i];
	sync_check(s);
}

void sync_step(struct sync *s, const struct sync_event *ev, struct sync_effects *fx)
{
	sync_check(s);
	fx->count = 0;
	switch (ev->type) {
	case SYNC_EVENT_VIEW:
		on_view(s, ev->view, fx);
		break;
	case SYNC_EVENT_MESSAGE:
		on_message(s, ev, fx);
		break;
	case SYNC_EVENT_PROCESSED:
		on_processed(s, ev->again, fx);
		break;
	case SYNC_EVENT_RETRY:
		if (s->state == SYNC_WAITING) {
			move(s, SYNC_PROCESSING);
			push(fx, SYNC_EFFECT_PROCESS, s->services[s->at].id);
		}
		break;
	}
	sync_check(s);
}

bool sync_in_progress(const struct sync *s)
{
	return s->state != SYNC_IDLE;
}

const char *sync_state_name(const struct sync *s)
{
	return states[s->state].name;
}

const struct view *sync_view(const struct sync *s)
{
	return &s->view;
}
