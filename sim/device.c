/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/device.h"

#include "sim/admin.h"
#include "sim/node.h"

enum {
	TRACKSTART = 3,
	REGISTER = 5,
	POLL = 8,
	EVENT_NODELIST = 5,
	TRACK_CHANGES = 2,
	NAME_SIZE = 255,
	POLL_MS = 2000,
	POLL_SOON_MS = 60,
};

static const char name[] = "Arbitrator";

void device_configure(struct map *map)
{
	map_put_string(map, "quorum.device.model", "net");
	map_put_u32(map, "quorum.device.votes", 1);
}

static void poll_soon(struct world *w, const struct node *n, uint32_t delay_ms)
{
	struct event *e = world_push(w, w->now_ns + ms_ns(delay_ms), EVENT_ADMIN, n->index);

	e->arg = ADMIN_POLLS;
	e->boot = n->boot;
}

void device_start(struct world *w, struct node *n)
{
	client_id c = client_of(n->engine, CLIENT_DEVICE);
	uint8_t data[272];
	struct writer out;

	engine_connect(n->engine->engine, node_clock(w, n), SERVICE_VOTEQUORUM, c, 100 + c.v, 0, 0);
	out = request_open(data, 32, TRACKSTART);
	write_u64(&out, 0);
	write_u32(&out, TRACK_CHANGES);
	write_pad_to(&out, 32);
	(void)client_ask(w, n, SERVICE_VOTEQUORUM, CLIENT_DEVICE, writer_bytes(&out));
	out = request_open(data, sizeof data, REGISTER);
	write_bytes(&out, name, sizeof name);
	write_pad_to(&out, sizeof data);
	(void)client_ask(w, n, SERVICE_VOTEQUORUM, CLIENT_DEVICE, writer_bytes(&out));
	poll_soon(w, n, POLL_SOON_MS);
}

void device_event(struct engine_node *s, struct bytes head)
{
	struct reader r = reader_of(head);
	uint32_t id = read_u32(&r), count;

	if (id != EVENT_NODELIST)
		return;
	read_seek(&r, 32);
	s->device.ring.rep = node_id_of(read_u32(&r));
	read_seek(&r, 40);
	s->device.ring.seq = read_u64(&r);
	count = read_u32(&r);
	s->device.members = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct node *n;

		read_seek(&r, 56 + 4 * (size_t)i);
		n = world_node(s->world, node_id_of(read_u32(&r)));
		if (n != NULL)
			s->device.members |= 1u << n->index;
	}
	poll_soon(s->world, s->node, 1 + dice_below(&s->dice, POLL_SOON_MS));
}

void device_reply(struct engine_node *s, struct bytes head)
{
	struct reader r = reader_of(head);

	read_seek(&r, 16);
	s->device.status = read_u32(&r);
}

/* The arbitrator's answer. */
static bool grants(const struct world *w, const struct engine_node *s)
{
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		const struct engine_node *other = w->nodes[i].engine;

		if (w->nodes[i].up && !(s->device.members >> i & 1) && (other->device.casting || other->quorate))
			return false;
	}
	return true;
}

void device_poll(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	bool cast = grants(w, s);
	uint8_t data[296];
	struct writer out = request_open(data, sizeof data, POLL);

	if (w->now_ns >= s->device.next_ns) {
		s->device.next_ns = w->now_ns + ms_ns(POLL_MS) - 1;
		poll_soon(w, n, POLL_MS);
	}
	if (s->left || n->device_dead > 0)
		return;
	write_bytes(&out, name, sizeof name);
	write_pad_to(&out, 16 + NAME_SIZE + 1);
	write_u32(&out, cast);
	write_pad_to(&out, 280);
	write_u32(&out, s->device.ring.rep.v);
	write_pad_to(&out, 288);
	write_u64(&out, s->device.ring.seq);
	s->device.casting |= cast; /* from here on it may count */
	s->device.status = 0;
	(void)client_ask(w, n, SERVICE_VOTEQUORUM, CLIENT_DEVICE, writer_bytes(&out));
	if (s->device.status == STATUS_OK)
		s->device.casting = cast;
	world_trace(w, n, "device> polls %s in ring %llu: %u", cast ? "with its vote" : "without",
		    (unsigned long long)s->device.ring.seq, s->device.status);
}
