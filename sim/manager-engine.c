/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real engines between the managers: the world of the other simulator (world.h), on whose nodes engines run, with its
 * network and clocks; the managers are clients of these, as libcpg and libquorum are. Its rules hold as well (check.h,
 * story.h). What a seed decides about its network and times is what it decides there; faults come from here.
 */
#include "sim/engine-node.h"
#include "sim/link.h"
#include "sim/manager.h"
#include "sim/net.h"
#include "sim/sign.h"

#include <stdio.h>

enum { CLIENT_GROUP = 8, CLIENT_WATCH = 9, TRACK_NOW_AND_CHANGES = 3, JOIN_GROUP = 0 };
enum { EVENT_CONFCHG = 4, EVENT_DELIVER = 5, EVENT_QUORUM = 3, REASON_NODEDOWN = 3 };
enum { RETRY_MS = 2, CONNECT_MS = 50, JOIN_MS = 300 };

/* A manager's connections to its engine. */
struct post {
	uint32_t generation; /* of client ids */
	bool wants_quorum, wants_group, has_quorum, has_group;
};

struct carriage {
	struct world *world;
	struct guests guests;
	struct post posts[FLEET_MAX];
	bool cuts[FLEET_MAX][FLEET_MAX];
};

/* The world at the fleet's time. */
static struct world *world_now(const struct fleet *f)
{
	struct world *w = f->carriage->world;
	if (w->now_ns < f->now)
		w->now_ns = f->now;
	return w;
}

static struct node *node_of(const struct machine *m)
{
	return &world_now(m->fleet)->nodes[m->number];
}

static struct post *post_of(const struct machine *m)
{
	return &m->fleet->carriage->posts[m->number];
}

static client_id id_of(const struct machine *m, uint32_t slot)
{
	return (client_id){slot + CLIENTS_MAX * (1 + post_of(m)->generation)};
}

/* --- what the engine tells --- */

static void told_quorum(struct machine *m, struct bytes b)
{
	struct reader r = reader_of(b);
	read_seek(&r, 24);
	m->news = (struct quorum_news){.quorate = read_u32(&r) != 0};
	read_seek(&r, 40);
	uint32_t count = read_u32(&r);
	for (uint32_t i = 0; i < count && i < FLEET_MAX; i++)
		m->news.ring[m->news.ring_count++] = node_id_of(read_u32(&r));
	hand_quorum(m);
}

static struct member read_member(struct reader *r, size_t at, uint32_t *ret_reason)
{
	read_seek(r, at);
	struct member who = {.node = node_id_of(read_u32(r))};
	read_seek(r, at + 8);
	who.pid = read_u32(r);
	read_seek(r, at + 16);
	*ret_reason = read_u32(r);
	return who;
}

static void told_change(struct machine *m, struct bytes b)
{
	struct reader r = reader_of(b);
	struct parcel *p = g_new0(struct parcel, 1);
	uint32_t reason;
	p->is_view = true;
	read_seek(&r, 160);
	uint32_t members = (uint32_t)read_u64(&r);
	(void)read_u64(&r);
	uint32_t left = (uint32_t)read_u64(&r);
	for (uint32_t i = 0; i < members && i < G_N_ELEMENTS(p->members); i++) {
		p->members[p->member_count++] = read_member(&r, 184 + 24 * (size_t)i, &reason);
		m->joined = m->joined || (p->members[i].node.v == m->number + 1 && p->members[i].pid == m->pid);
	}
	for (uint32_t i = 0; i < left; i++) {
		struct member who = read_member(&r, 184 + 24 * (size_t)(members + i), &reason);
		p->lost |= reason == REASON_NODEDOWN ? 1u << (who.node.v - 1) : 0;
	}
	hand_parcel(m, p, fleet_roll(m->fleet, (uint32_t)m->slow_ms + 1));
}

static void told_message(struct machine *m, struct bytes head, struct bytes tail)
{
	struct reader r = reader_of(head);
	struct parcel *p = g_new0(struct parcel, 1);
	struct bytes data = head.len > 184 ? bytes_of(head.data + 184, head.len - 184) : tail;
	read_seek(&r, 168);
	p->sender.node = node_id_of(read_u32(&r));
	read_seek(&r, 176);
	p->sender.pid = read_u32(&r);
	p->bytes = g_byte_array_new();
	g_byte_array_append(p->bytes, data.data, (guint)data.len);
	hand_parcel(m, p, fleet_roll(m->fleet, (uint32_t)m->slow_ms + 1));
}

static void told(void *host, struct node *n, enum service_id service, client_id client, struct bytes head,
		 struct bytes tail)
{
	struct fleet *f = host;
	struct machine *m = &f->machines[n->index];
	struct reader r = reader_of(head);
	uint32_t id = read_u32(&r);
	if (service == SERVICE_QUORUM && client.v == id_of(m, CLIENT_WATCH).v && id == EVENT_QUORUM)
		told_quorum(m, head);
	if (service != SERVICE_CPG || client.v != id_of(m, CLIENT_GROUP).v)
		return;
	if (id == EVENT_CONFCHG)
		told_change(m, head);
	else if (id == EVENT_DELIVER)
		told_message(m, head, tail);
}

static void broken(void *host, const char *violation)
{
	struct fleet *f = host;
	char rule[4];
	(void)snprintf(rule, sizeof(rule), "%.2s", violation);
	fleet_break(f, rule, "%s", violation);
}

/* --- what managers ask --- */

static void again(struct machine *m, uint32_t ms)
{
	if (m->order_at != 0)
		return;
	m->order_at = m->fleet->now + ms * FLEET_MS;
	fleet_plan(m->fleet, m->order_at, TURN_ORDER, m->number, m->life, 0, NULL);
}

static void send_waiting(struct machine *m)
{
	while (m->outbox.length > 0) {
		const struct item *i = g_queue_peek_head(&m->outbox);
		if (!client_say(world_now(m->fleet), node_of(m), id_of(m, CLIENT_GROUP),
				bytes_of(i->bytes->data, i->bytes->len))) {
			again(m, RETRY_MS);
			return;
		}
		item_free(g_queue_pop_head(&m->outbox));
	}
}

static void engine_order(struct machine *m)
{
	struct world *w = world_now(m->fleet);
	struct node *n = node_of(m);
	struct post *p = post_of(m);
	m->order_at = 0;
	if (!n->up || m->controller == NULL)
		return;
	if (engine_accept(n->engine->engine, SERVICE_CPG, 0, 0) != 0) {
		again(m, CONNECT_MS);
		return;
	}
	if (p->wants_quorum && !p->has_quorum) {
		p->has_quorum = true;
		client_connect(w, n, SERVICE_QUORUM, id_of(m, CLIENT_WATCH), m->pid);
		client_track(w, n, id_of(m, CLIENT_WATCH), TRACK_NOW_AND_CHANGES);
	}
	if (p->wants_group && !p->has_group) {
		p->has_group = true;
		client_connect(w, n, SERVICE_CPG, id_of(m, CLIENT_GROUP), m->pid);
	}
	if (m->joined) {
		send_waiting(m);
	} else if (p->has_group) {
		(void)client_group(w, n, id_of(m, CLIENT_GROUP), m->pid, JOIN_GROUP);
		again(m, JOIN_MS);
	}
}

static void engine_watch_quorum(struct machine *m)
{
	post_of(m)->wants_quorum = true;
	again(m, RETRY_MS);
}

static void engine_join(struct machine *m)
{
	post_of(m)->wants_group = true;
	again(m, RETRY_MS);
}

static void engine_send(struct machine *m, struct bytes bytes)
{
	struct item *i = g_new0(struct item, 1);
	i->bytes = g_byte_array_new();
	g_byte_array_append(i->bytes, bytes.data, (guint)bytes.len);
	g_queue_push_tail(&m->outbox, i);
	plan_order(m);
}

static void engine_manager_gone(struct machine *m)
{
	struct world *w = world_now(m->fleet);
	struct node *n = node_of(m);
	struct post *p = post_of(m);
	g_queue_clear_full(&m->outbox, item_free);
	if (n->up && p->has_group)
		engine_disconnect(n->engine->engine, node_clock(w, n), SERVICE_CPG, id_of(m, CLIENT_GROUP));
	if (n->up && p->has_quorum)
		engine_disconnect(n->engine->engine, node_clock(w, n), SERVICE_QUORUM, id_of(m, CLIENT_WATCH));
	*p = (struct post){.generation = p->generation + 1};
	if (n->up)
		engine_node_look(w, n);
}

/* --- machines and the network --- */

static void engine_machine_on(struct machine *m)
{
	node_start(world_now(m->fleet), node_of(m));
}

static void engine_machine_off(struct machine *m)
{
	struct node *n = node_of(m);
	n->machine_up = false;
	n->frozen_until_ns = 0;
	node_stop(world_now(m->fleet), n);
}

static void engine_changed(struct fleet *f)
{
	struct world *w = world_now(f);
	struct carriage *c = f->carriage;
	if (f->calm)
		w->bad_network = w->faults_on = false;
	for (uint32_t a = 0; a < f->count; a++) {
		const struct machine *m = &f->machines[a];
		w->nodes[a].frozen_until_ns = m->frozen ? m->frozen_until : 0;
		for (uint32_t b = 0; b < f->count; b++) {
			bool cut = m->side != f->machines[b].side;
			if (cut != c->cuts[a][b])
				net_cut(w, a, b, cut ? 1 : -1);
			c->cuts[a][b] = cut;
		}
	}
	sign_update(w);
	link_update(w);
}

static void engine_begin(struct fleet *f)
{
	struct carriage *c = f->carriage = g_new0(struct carriage, 1);
	struct options o;
	seed_options(f->options.seed, SIM_ENGINE, f->count, f->options.seconds, &o);
	o.id_step = 1;
	o.two_node = f->count == 2;
	o.device = o.grows = o.hasty = o.deaf = false;
	c->guests = (struct guests){.host = f, .told = told, .broken = broken};
	c->world = world_new();
	world_reset(c->world, &o);
	c->world->guests = &c->guests;
}

static uint64_t engine_next(struct fleet *f)
{
	const struct world *w = f->carriage->world;
	return w->heap_count > 0 ? w->heap[0].at_ns : UINT64_MAX;
}

static void engine_step(struct fleet *f)
{
	struct event e;
	if (world_next(f->carriage->world, f->now, &e))
		node_event(f->carriage->world, &e);
}

const struct carrier carrier_engine = {
	.begin = engine_begin,
	.machine_on = engine_machine_on,
	.machine_off = engine_machine_off,
	.changed = engine_changed,
	.watch_quorum = engine_watch_quorum,
	.join = engine_join,
	.send = engine_send,
	.manager_gone = engine_manager_gone,
	.order = engine_order,
	.next = engine_next,
	.step = engine_step,
};
