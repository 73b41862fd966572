/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/node.h"

#include "base/text.h"
#include "sim/check.h"
#include "sim/link.h"
#include "sim/sign.h"
#include "totem/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { STREAM_NODE = 100, RECEIVE_BUFFER_PACKETS = 3000, DISK_RETRY_MS = 200 };

const struct node_program *node_program(const struct world *w)
{
	return w->options.level == SIM_RING ? &ring_program : &engine_program;
}

void node_reset(struct world *w, uint32_t index)
{
	struct node *n = &w->nodes[index];
	struct dice d = dice_of(w->options.seed, STREAM_NODE + index);
	void *memory = n->memory;
	struct ring_node *ring = n->ring;
	struct engine_node *engine = n->engine;

	if (memory == NULL) {
		memory = mmap(NULL, 64u << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			      0);
		if (memory == MAP_FAILED)
			abort();
	}
	*n = (struct node){
		.index = index,
		.id = node_id_of(1 + index * w->options.id_step),
		.machine_up = true,
		.clock_ppm = (int32_t)dice_below(&d, 2 * w->options.clock_ppm + 1) - (int32_t)w->options.clock_ppm,
		.memory = memory,
		.ring = ring,
		.engine = engine,
	};
}

void node_start(struct world *w, struct node *n)
{
	assert(!n->up);
	n->up = true;
	n->machine_up = true;
	n->boot++;
	n->persist_seq = 0;
	n->listed = w->file.listed;
	sign_start(n);
	link_start(w, n);
	for (uint32_t t = 0; t < NODE_TIMERS_MAX; t++)
		n->timers[t] = (struct timer){.gen = n->timers[t].gen + 1};
	pool_init(&n->pool, n->memory, w->options.pool_bytes);
	check_start(w, n);
	world_trace(w, n, "node> start, ring number %llu on disk", (unsigned long long)n->disk_seq);
	node_program(w)->start(w, n);
	sign_update(w);
	link_update(w);
}

void node_stop(struct world *w, struct node *n)
{
	assert(n->up);
	n->up = false;
	/* What was being written may have arrived or not. */
	if (n->persist_seq > n->disk_seq && n->disk_bad == 0 && (n->persist_seq ^ w->tie) % 2 == 0)
		n->disk_seq = n->persist_seq;
	n->persist_seq = 0;
	world_trace(w, n, "node> stop");
	node_program(w)->stop(w, n);
	sign_update(w);
	link_update(w);
}

void node_freeze(struct world *w, struct node *n, uint64_t for_ms)
{
	uint64_t until_ns = w->now_ns + ms_ns(for_ms);

	if (n->frozen_until_ns < until_ns)
		n->frozen_until_ns = until_ns;
	link_update(w);
}

mono_time node_clock(const struct world *w, const struct node *n)
{
	int64_t drift_ns = (int64_t)(w->now_ns / 1000000) * n->clock_ppm;

	return (mono_time){1000000000ull * (1 + n->index) + (uint64_t)((int64_t)w->now_ns + drift_ns)};
}

static void timer_push(struct world *w, struct node *n, uint32_t timer)
{
	struct timer *t = &n->timers[timer];
	struct event *e = world_push(w, t->deadline_ns, EVENT_TIMER, n->index);

	t->queued = true;
	t->event_ns = t->deadline_ns;
	e->arg = (uint16_t)timer;
	e->gen = ++t->gen;
	e->boot = n->boot;
}

void node_timer(struct world *w, struct node *n, uint32_t timer, uint64_t delay_us)
{
	struct timer *t = &n->timers[timer];

	assert(timer < NODE_TIMERS_MAX);
	t->armed = delay_us > 0;
	if (delay_us == 0)
		return;
	/* A quick clock has its time sooner. */
	t->deadline_ns = w->now_ns + delay_us * 1000 - (uint64_t)((int64_t)delay_us * n->clock_ppm / 1000);
	if (!t->queued || t->event_ns > t->deadline_ns)
		timer_push(w, n, timer);
}

static void timer_fired(struct world *w, struct node *n, const struct event *e)
{
	struct timer *t = &n->timers[e->arg];

	if (e->gen != t->gen)
		return;
	t->queued = false;
	if (!t->armed)
		return;
	if (t->deadline_ns > w->now_ns) {
		timer_push(w, n, e->arg);
		return;
	}
	t->armed = false;
	node_program(w)->timeout(w, n, e->arg);
}

void node_persist(struct world *w, struct node *n, uint64_t seq)
{
	uint64_t delay_ns = 1000ull * w->options.disk_us + ms_ns(n->disk_slow_ms);
	struct event *e = world_push(w, w->now_ns + delay_ns, EVENT_PERSISTED, n->index);

	n->persist_seq = seq;
	e->boot = n->boot;
	e->value = seq;
	world_trace(w, n, "disk> ring number %llu", (unsigned long long)seq);
}

static void persisted(struct world *w, struct node *n, const struct event *e)
{
	if (e->value != n->persist_seq)
		return; /* a later one was asked for */
	if (n->disk_bad > 0) {
		struct event *again = world_push(w, w->now_ns + ms_ns(DISK_RETRY_MS), EVENT_PERSISTED, n->index);

		again->boot = n->boot;
		again->value = e->value;
		return;
	}
	n->disk_seq = e->value;
	n->persist_seq = 0;
	node_program(w)->persisted(w, n, e->value);
}

void node_drain(struct world *w, struct node *n)
{
	n->drained = w->tie;
	world_trace(w, n, "node> drain, %u packets waited", n->late_packets);
}

/* The messages about membership; the others would fill the screen. */
static void trace_packet(struct world *w, struct node *n, struct bytes b)
{
	static struct wire_join j;
	static struct wire_commit c;
	char buffer[160];
	struct text t = text_of(buffer, sizeof buffer);

	if (wire_decode_join(b, &j)) {
		text_add_nodes(&t, &j.proc);
		text_add(&t, " failed ");
		text_add_nodes(&t, &j.failed);
		world_trace(w, n, "packet> %s of %u, number %llu, proc %s", j.leaving ? "LEAVE" : "JOIN",
			    j.system_from.v, (unsigned long long)j.ring_seq, buffer);
	} else if (wire_decode_commit(b, &c)) {
		text_add_ring(&t, c.ring);
		text_add(&t, " members ");
		text_add_nodes(&t, &c.members);
		world_trace(w, n, "packet> COMMIT %u, ring %s", c.memb_index, buffer);
	}
}

static bool can_read(const struct node *n, uint32_t key)
{
	return key == 0 || n->keys.places[1] == key || n->keys.places[2] == key;
}

static void packet_arrived(struct world *w, struct node *n, const struct event *e)
{
	if (e->late)
		n->late_packets--;
	if (w->trace)
		trace_packet(w, n, bytes_of(e->packet->data, e->packet->len));
	if (e->arg >= n->listed)
		world_trace(w, n, "packet> from a node that is not listed");
	else if (!link_is_up(n, e->arg))
		world_trace(w, n, "packet> from a node to which no link is up");
	else if (!can_read(n, e->packet->key))
		world_trace(w, n, "packet> closed with key %u, which is not ours", e->packet->key);
	else if (!e->late || e->tie >= n->drained)
		node_program(w)->packet(w, n, bytes_of(e->packet->data, e->packet->len));
	packet_drop(e->packet);
}

/* Happens when the node wakes. */
static void put_off(struct world *w, struct node *n, const struct event *e)
{
	struct event *later;

	if (e->kind == EVENT_PACKET && !e->late) {
		if (n->late_packets == RECEIVE_BUFFER_PACKETS) {
			packet_drop(e->packet);
			return;
		}
		n->late_packets++;
	}
	later = world_push(w, n->frozen_until_ns, e->kind, n->index);
	later->arg = e->arg;
	later->gen = e->gen;
	later->boot = e->boot;
	later->value = e->value;
	later->packet = e->packet;
	later->late = true;
}

static void deliver(struct world *w, struct node *n, const struct event *e)
{
	switch (e->kind) {
	case EVENT_PACKET:
		packet_arrived(w, n, e);
		break;
	case EVENT_TIMER:
		timer_fired(w, n, e);
		break;
	case EVENT_PERSISTED:
		persisted(w, n, e);
		break;
	case EVENT_SIGN:
		sign_event(w, n, e);
		break;
	case EVENT_LINK:
		link_event(w, n, e);
		break;
	case EVENT_LOAD:
		node_program(w)->load(w, n);
		break;
	case EVENT_CLIENT:
		node_program(w)->clients(w, n);
		break;
	case EVENT_ADMIN:
		node_program(w)->admin(w, n, e->arg);
		break;
	case EVENT_FAULT:
	case EVENT_FAULT_END:
		assert(false);
	}
}

void node_event(struct world *w, const struct event *e)
{
	struct node *n = &w->nodes[e->node];
	bool of_network = e->kind == EVENT_PACKET; /* a packet finds whatever runs when it arrives */

	if (!n->up || (!of_network && e->boot != n->boot)) {
		if (e->late && of_network)
			n->late_packets--;
		packet_drop(e->packet);
		return;
	}
	if (n->frozen_until_ns > w->now_ns)
		put_off(w, n, e);
	else
		deliver(w, n, e);
}
