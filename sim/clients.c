/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clients.c - what the clients of an engine ask for. Requests have the layouts of
 * engine-ipc.md, as libcpg and its sisters send them.
 */
#include "sim/device.h"

#include <assert.h>

enum { HEAD = 16, MCAST_HEAD = 40, CLIENT_MS = 300, TRACK_CHANGES = 2 };

void clients_soon(struct world *w, struct node *n, uint32_t delay_ms)
{
	world_push(w, w->now_ns + ms_ns(delay_ms), EVENT_CLIENT, n->index)->boot = n->boot;
}

client_id client_of(const struct engine_node *s, uint32_t which)
{
	return (client_id){which + CLIENTS_MAX * (which == CLIENT_ROAMS ? s->roamer : 1)};
}

/* A request of so many bytes; fill it in from byte 16 on. */
struct writer request_open(uint8_t *data, size_t size, uint32_t id)
{
	struct writer w = writer_of(data, size);

	write_u32(&w, id);
	write_pad_to(&w, 8);
	write_u32(&w, (uint32_t)size);
	write_pad_to(&w, HEAD);
	return w;
}

enum engine_verdict client_request(struct world *w, struct node *n, enum service_id service, client_id c,
				   struct bytes b)
{
	enum engine_verdict v = engine_request(n->engine->engine, node_clock(w, n), service, c, b);

	if (v == ENGINE_INVALID)
		world_violation(w, "X1", "node %u: a right request is refused", n->id.v);
	engine_node_look(w, n);
	return v;
}

enum engine_verdict client_ask(struct world *w, struct node *n, enum service_id service, uint32_t which, struct bytes b)
{
	return client_request(w, n, service, client_of(n->engine, which), b);
}

bool client_group(struct world *w, struct node *n, client_id c, uint32_t pid, uint32_t id)
{
	uint8_t data[168];
	struct writer out = request_open(data, id == 0 ? 168 : 160, id);

	write_u32(&out, 5);
	write_pad_to(&out, 24);
	write_bytes(&out, "stay", 5);
	write_pad_to(&out, 152);
	write_u32(&out, pid);
	write_pad_to(&out, out.size);
	return client_request(w, n, SERVICE_CPG, c, writer_bytes(&out)) == ENGINE_DONE;
}

bool client_say(struct world *w, struct node *n, client_id c, struct bytes message)
{
	static uint8_t data[MCAST_HEAD + 512 * 1024];
	struct writer out = request_open(data, MCAST_HEAD + message.len, 2);

	write_pad_to(&out, 24);
	write_u32(&out, 2);
	write_pad_to(&out, 32);
	write_u32(&out, (uint32_t)message.len);
	write_pad_to(&out, MCAST_HEAD);
	write_bytes(&out, message.data, message.len);
	assert(!out.failed);
	return client_request(w, n, SERVICE_CPG, c, writer_bytes(&out)) == ENGINE_DONE;
}

static bool group_request(struct world *w, struct node *n, uint32_t which, uint32_t id)
{
	client_id c = client_of(n->engine, which);

	return client_group(w, n, c, 100 + c.v, id);
}

static bool say(struct world *w, struct node *n, uint32_t which, struct bytes message)
{
	return client_say(w, n, client_of(n->engine, which), message);
}

void client_connect(struct world *w, struct node *n, enum service_id service, client_id c, uint32_t pid)
{
	engine_connect(n->engine->engine, node_clock(w, n), service, c, pid, 0, 0);
	engine_node_look(w, n);
}

static void connect(struct world *w, struct node *n, enum service_id service, uint32_t which)
{
	client_id c = client_of(n->engine, which);

	client_connect(w, n, service, c, 100 + c.v);
}

void client_track(struct world *w, struct node *n, client_id c, uint32_t flags)
{
	uint8_t data[24];
	struct writer out = request_open(data, sizeof data, 1);

	write_u32(&out, flags);
	write_pad_to(&out, sizeof data);
	(void)client_request(w, n, SERVICE_QUORUM, c, writer_bytes(&out));
}

static void connect_all(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;

	s->connected = true;
	s->roamer = 1;
	connect(w, n, SERVICE_CPG, CLIENT_STAYS);
	connect(w, n, SERVICE_CPG, CLIENT_ROAMS);
	connect(w, n, SERVICE_CMAP, CLIENT_CMAP);
	connect(w, n, SERVICE_QUORUM, CLIENT_QUORUM);
	client_track(w, n, client_of(s, CLIENT_QUORUM), TRACK_CHANGES);
	if (w->options.device)
		device_start(w, n);
}

static void write_key(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	static const char key[] = "sim.number";
	uint8_t data[296 + 8];
	uint64_t value = dice_roll(&s->dice);
	struct writer out = request_open(data, 304, 0);

	write_u16(&out, sizeof key - 1);
	write_pad_to(&out, 24);
	write_bytes(&out, key, sizeof key);
	write_pad_to(&out, 280);
	write_u64(&out, 8);
	write_u8(&out, 8);
	write_pad_to(&out, 296);
	write_u64(&out, value);
	(void)client_ask(w, n, SERVICE_CMAP, CLIENT_CMAP, writer_bytes(&out));
	out = request_open(data, 288, 2);
	write_u16(&out, sizeof key - 1);
	write_pad_to(&out, 24);
	write_bytes(&out, key, sizeof key);
	write_pad_to(&out, 280);
	write_u64(&out, 8);
	s->last_reply = 0;
	(void)client_ask(w, n, SERVICE_CMAP, CLIENT_CMAP, writer_bytes(&out));
	if (s->last_reply != value)
		world_violation(w, "C1", "node %u: a key was written and is another one when it is read", n->id.v);
}

/* The one that comes and goes: joins, speaks, leaves, dies and comes again. */
static void roam(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;

	switch (dice_below(&s->dice, 6)) {
	case 0:
		engine_disconnect(s->engine, node_clock(w, n), SERVICE_CPG, client_of(s, CLIENT_ROAMS));
		engine_node_look(w, n);
		s->roamer++;
		connect(w, n, SERVICE_CPG, CLIENT_ROAMS);
		break;
	case 1:
		(void)group_request(w, n, CLIENT_ROAMS, 1);
		break;
	case 2:
		(void)say(w, n, CLIENT_ROAMS, bytes_of("a few words", 1 + dice_below(&s->dice, 11)));
		break;
	case 3:
		write_key(w, n);
		break;
	default:
		(void)group_request(w, n, CLIENT_ROAMS, 0);
		break;
	}
}

void clients_act(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;

	if (w->guests != NULL)
		return;
	/* Who waits to get in asks soon again: at the end, all must have been able to say something. */
	clients_soon(w, n,
		     CLIENT_MS + dice_below(&s->dice, w->load_on && s->joined ? 2 * w->options.load_gap_ms : 1000));
	if (engine_accept(s->engine, SERVICE_CPG, 0, 0) != 0)
		return;
	if (!s->connected)
		connect_all(w, n);
	if (!s->joined)
		(void)group_request(w, n, CLIENT_STAYS, 0); /* EXIST when it is under way */
	else if (w->load_on)
		roam(w, n);
}

void clients_load(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	const struct options *o = &w->options;
	uint32_t count = dice_between(&s->dice, 1, o->burst);

	for (uint32_t i = 0; s->joined && i < count; i++) {
		uint32_t max = dice_chance(&s->dice, 1, 16) ? o->size_large : o->size_small;

		if (!say(w, n, CLIENT_STAYS, check_message_make(w, n, MESSAGE_HEAD + dice_below(&s->dice, max))))
			break;
		check_submitted(w, n);
	}
}
