/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine-ring.c - what the ring wants done, and the way of messages to and from it. */
#include "engine/engine-internal.h"

#include <assert.h>

/* In front of each message on the ring: u16 count, u16 length of each name, names (engine-wire.md §5). */
enum { GROUP_COUNT_MAX = 16 };

/* A message for which there was no room. */
struct pending {
	struct pending *next;
	enum ring_queue queue;
	uint32_t len;
	uint8_t data[];
};

static void apply_ring(struct engine *e, struct ring_effects *fx);

bool engine_has_room(const struct engine *e, size_t bytes)
{
	return e->pending == NULL && ring_has_room(&e->ring, bytes + 64);
}

static void keep_pending(struct engine *e, enum ring_queue queue, const struct bytes *parts, uint32_t count)
{
	struct pending *p;
	size_t len = 0;

	for (uint32_t i = 0; i < count; i++)
		len += parts[i].len;
	p = pool_alloc(e->pool, sizeof *p + len);
	if (p == NULL) {
		engine_die(e, "no memory is left for messages that must be sent");
		return;
	}
	*p = (struct pending){.queue = queue};
	for (uint32_t i = 0; i < count; i++) {
		if (parts[i].len > 0)
			memcpy(p->data + p->len, parts[i].data, parts[i].len);
		p->len += (uint32_t)parts[i].len;
	}
	if (e->pending == NULL)
		e->pending = p;
	else
		e->pending_last->next = p;
	e->pending_last = p;
}

static bool submit(struct engine *e, enum ring_queue queue, const struct bytes *parts, uint32_t count)
{
	enum err err;

	e->submit_fx.count = 0;
	e->submit_fx.scratch_used = 0;
	err = ring_submit(&e->ring, queue, parts, count, &e->submit_fx);
	apply_ring(e, &e->submit_fx);
	return err == ERR_OK;
}

static void submit_pending(struct engine *e)
{
	while (e->pending != NULL) {
		struct pending *p = e->pending;
		struct bytes all = bytes_of(p->data, p->len);

		if (!submit(e, p->queue, &all, 1))
			return;
		e->pending = p->next;
		pool_free(e->pool, p);
	}
}

void engine_pending_clear(struct engine *e)
{
	while (e->pending != NULL) {
		struct pending *p = e->pending;

		e->pending = p->next;
		pool_free(e->pool, p);
	}
}

void engine_multicast(struct engine *e, enum ring_queue queue, const char *group, struct bytes head, struct bytes tail)
{
	uint8_t names[32];
	struct writer w = writer_of(names, sizeof names);
	struct bytes parts[3];

	write_u16(&w, 1);
	write_u16(&w, (uint16_t)strlen(group));
	write_bytes(&w, group, strlen(group));
	assert(!w.failed);
	parts[0] = writer_bytes(&w);
	parts[1] = head;
	parts[2] = tail;
	if (e->pending != NULL || !submit(e, queue, parts, 3))
		keep_pending(e, queue, parts, 3);
	engine_rates_update(e);
}

static enum engine_rate rate_of(const struct engine *e, enum service_id service)
{
	if (e->level == 3 || (service != SERVICE_VOTEQUORUM && (e->syncing || !e->synced_once)))
		return ENGINE_RATE_OFF;
	return (enum engine_rate)e->level;
}

/* Levels 0 low, 1 good, 2 high, 3 critical; between their bands the level stays (engine-ipc.md §1.5). */
static uint32_t level_of(uint32_t percent, uint32_t before)
{
	if (percent >= 75)
		return 3;
	if (percent < 30)
		return 0;
	if (percent > 40 && percent < 50)
		return 1;
	if (percent > 60 && percent < 70)
		return 2;
	return before;
}

void engine_rates_update(struct engine *e)
{
	e->level = level_of(e->pending != NULL ? 100 : ring_percent(&e->ring), e->level);
	for (uint32_t s = 0; s < SERVICE_COUNT; s++) {
		enum engine_rate rate = rate_of(e, (enum service_id)s);

		if (!engine_service_serves(e, (enum service_id)s) || rate == e->rates[s])
			continue;
		e->rates[s] = rate;
		e->ops.rate(e->ops.host, (enum service_id)s, rate);
	}
}

/* True for a message to one of the groups; *ret is then what follows the names. */
static bool split_group(struct bytes message, bool *ret_sync, struct bytes *ret)
{
	struct reader r = reader_of(message);
	uint16_t count = read_u16(&r);
	uint16_t lens[GROUP_COUNT_MAX];
	bool known = false;

	if (r.failed || count > GROUP_COUNT_MAX)
		return false;
	for (uint16_t i = 0; i < count; i++)
		lens[i] = read_u16(&r);
	for (uint16_t i = 0; i < count; i++) {
		const uint8_t *name = read_bytes(&r, lens[i]);

		if (name == NULL)
			return false;
		if (lens[i] == 1 && name[0] == 'a') {
			known = true;
			*ret_sync = false;
		} else if (lens[i] == 4 && memcmp(name, "sync", 4) == 0) {
			known = true;
			*ret_sync = true;
		}
	}
	*ret = bytes_of(message.data + r.at, message.len - r.at);
	return known;
}

static void deliver(struct engine *e, node_id from, struct bytes packet)
{
	struct assemble *a = &e->assembles[e->syncing];
	struct bytes message, body;
	bool sync;

	if (!assemble_packet(a, from, packet))
		return;
	while (!e->over && assemble_next(a, &message)) {
		if (!split_group(message, &sync, &body))
			continue;
		if (sync)
			engine_sync_message(e, from, body);
		else
			engine_message(e, from, body);
	}
	if (a->starved && !e->over)
		engine_die(e, "no memory is left for a message that the other nodes have");
}

static void regular(struct engine *e, const struct ring_effect *fx)
{
	struct node_list before = e->view.members;

	e->view.ring = fx->ring;
	e->view.members = *fx->nodes;
	node_list_sort(&e->view.members);
	if (!e->syncing)
		assemble_clear(&e->assembles[1]);
	e->syncing = true;
	assemble_keep(&e->assembles[0], &e->view.trans);
	assemble_keep(&e->assembles[1], &e->view.trans);
	engine_members_publish(e, &e->view, &before);
	engine_sync_view(e, &e->view);
	engine_rates_update(e);
}

static void token_came(struct engine *e)
{
	submit_pending(e);
	engine_sync_retry(e);
	engine_rates_update(e);
	if (e->held && !e->syncing && engine_has_room(e, REQUEST_MAX)) {
		e->held = false;
		e->ops.retry(e->ops.host);
	}
	engine_leave_when_quiet(e);
}

static void send_packet(struct engine *e, const struct ring_effect *fx)
{
	bool to_self = node_id_eq(fx->to, e->self);

	if (!to_self)
		e->ops.send(e->ops.host, fx->to, fx->bytes);
	if (to_self || fx->loop)
		e->ops.loop(e->ops.host, fx->bytes);
}

static void apply_ring_effect(struct engine *e, const struct ring_effect *fx)
{
	switch (fx->type) {
	case RING_EFFECT_SEND:
		send_packet(e, fx);
		break;
	case RING_EFFECT_TIMER:
		e->ops.timer_set(e->ops.host, ENGINE_TIMER_RING + fx->timer, fx->delay_us);
		break;
	case RING_EFFECT_PERSIST:
		e->ops.persist(e->ops.host, fx->seq);
		break;
	case RING_EFFECT_DELIVER:
		deliver(e, fx->from, fx->bytes);
		break;
	case RING_EFFECT_TRANSITIONAL:
		e->view.trans = *fx->nodes;
		break;
	case RING_EFFECT_REGULAR:
		regular(e, fx);
		break;
	case RING_EFFECT_TOKEN:
		token_came(e);
		break;
	case RING_EFFECT_DRAIN:
		e->ops.drain(e->ops.host);
		break;
	case RING_EFFECT_LOG:
		e->ops.log(e->ops.host, fx->message, fx->text);
		break;
	}
}

static void apply_ring(struct engine *e, struct ring_effects *fx)
{
	for (uint32_t i = 0; i < fx->count && !e->over; i++)
		apply_ring_effect(e, &fx->items[i]);
	fx->count = 0;
}

void engine_ring_step(struct engine *e, const struct ring_event *ev)
{
	assert(e->ring_event_count < ENGINE_RING_EVENTS_MAX);
	e->ring_events[e->ring_event_count++] = *ev;
	if (e->in_ring)
		return;
	e->in_ring = true;
	for (uint32_t i = 0; i < e->ring_event_count && !e->over; i++) {
		ring_step(&e->ring, &e->ring_events[i], &e->ring_fx);
		apply_ring(e, &e->ring_fx);
	}
	e->ring_event_count = 0;
	e->in_ring = false;
	if (e->ring.leaving && !e->over) {
		e->over = true;
		e->ops.left(e->ops.host, e->why);
	}
}
