/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any sequence of requests, ordered messages, rings, timeouts and configuration changes: the cores' own invariants are
 * the oracle, and that quorum and votequorum agree. Input: chunks of {what, number, length, bytes}.
 */
#include "service/quorum.h"
#include "service/votequorum.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct votequorum v;
static struct quorum q;
static struct service_effects fx, quorum_fx;
static struct map map;
static struct pool pool;
static _Alignas(16) uint8_t memory[4 * 1024 * 1024];
static struct view view;

static void drain_quorum(void *host, struct service_effects *full)
{
	(void)host;
	(void)full;
}

static void to_quorum(struct service_event ev)
{
	quorum_step(&q, &ev, &quorum_fx);
	quorum_fx.count = 0;
	quorum_fx.scratch_used = 0;
}

static void drain(void *host, struct service_effects *full)
{
	(void)host;
	for (uint32_t i = 0; i < full->count; i++) {
		const struct service_effect *e = &full->items[i];

		if (e->type == SERVICE_EFFECT_QUORUM)
			to_quorum((struct service_event){
				.type = SERVICE_EVENT_QUORUM, .view = e->view, .quorate = e->quorate});
	}
	full->count = 0;
	full->scratch_used = 0;
}

static void to_votequorum(struct service_event ev)
{
	votequorum_step(&v, &ev, &fx);
	drain(NULL, &fx);
	assert(v.syncing || q.quorate == v.quorate);
}

/* Both services, as the host does it: quorum first. */
static void to_both(struct service_event ev)
{
	to_quorum(ev);
	to_votequorum(ev);
}

static void configure(uint8_t bits)
{
	static const char *const flags[] = {"quorum.two_node",          "quorum.wait_for_all",
					    "quorum.last_man_standing", "quorum.auto_tie_breaker",
					    "quorum.allow_downscale",   "quorum.expected_votes_tracking"};

	pool_init(&pool, memory, sizeof memory);
	map_init(&map, &pool);
	map_put_u32(&map, "nodelist.node.0.nodeid", 1);
	map_put_u32(&map, "nodelist.node.1.nodeid", 2);
	if (bits & 128)
		map_put_u32(&map, "quorum.expected_votes", 4);
	if (bits & 64) {
		map_put_string(&map, "quorum.device.model", "net");
		map_put_u32(&map, "quorum.device.votes", 1);
	}
	map_put_u32(&map, "nodelist.local_node_pos", 0);
	for (uint32_t i = 0; i < 6; i++)
		if (bits & 1u << i)
			map_put_u8(&map, flags[i], 1);
}

static void new_ring(uint8_t bits)
{
	view.ring.rep = node_id_of(1);
	view.ring.seq = (view.ring.seq + 1) & 3;
	view.members.count = view.trans.count = 0;
	for (uint32_t i = 0; i < 4; i++) {
		if (i == 0 || bits & 1u << i)
			node_list_add(&view.members, node_id_of(i + 1));
		if (bits & 16u << i)
			node_list_add(&view.trans, node_id_of(i + 1));
	}
	node_list_intersect(&view.trans, &view.members, &view.trans);
	to_both((struct service_event){.type = SERVICE_EVENT_SYNC_INIT, .view = &view});
}

static void change(uint8_t number)
{
	switch (number % 6) {
	case 0:
		map_put_u32(&map, "quorum.expected_votes", number);
		break;
	case 1:
		map_put_u8(&map, "quorum.two_node", number & 8);
		break;
	case 2:
		map_put_u8(&map, "quorum.cancel_wait_for_all", 1);
		break;
	case 3:
		map_put_u32(&map, "nodelist.node.0.quorum_votes", number);
		break;
	case 4:
		map_put_string(&map, "quorum.device.model", "net");
		break;
	default:
		map_drop(&map, "quorum.expected_votes");
		break;
	}
	to_votequorum((struct service_event){.type = SERVICE_EVENT_CONFIG});
}

static void simple(uint8_t what, uint8_t number)
{
	const uint32_t client = 1 + number % 3u;

	if (what == 0)
		new_ring(number);
	else if (what == 1 && v.syncing && view.members.count > 0)
		to_both((struct service_event){.type = SERVICE_EVENT_SYNC_PROCESS, .view = &view});
	else if (what == 2 && v.syncing && view.members.count > 0)
		to_both((struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &view});
	else if (what == 3)
		to_votequorum((struct service_event){.type = SERVICE_EVENT_TIMEOUT,
						     .timer = (enum service_timer)(number % SERVICE_TIMER_COUNT)});
	else if (what == 4)
		change(number);
	else if (what == 5)
		to_votequorum((struct service_event){.type = SERVICE_EVENT_LEAVE});
	else if (what == 6 && v.clients[client].id.v == 0)
		to_both((struct service_event){.type = SERVICE_EVENT_CONNECT, .client = {client}});
	else if (what == 7)
		to_both((struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = {client}});
}

static void with_bytes(uint8_t what, uint8_t number, struct bytes body)
{
	static uint8_t message[16 + 2 * 512];
	const uint32_t client = 1 + number % 3u;
	struct service_event ev = {.fn = what & 15, .message = bytes_of(message, 16 + body.len)};

	assert(body.len <= sizeof message - 16);
	message[0] = what & 15;
	if (body.len > 0)
		memcpy(message + 16, body.data, body.len);
	if (what < 0xa0) {
		ev.type = SERVICE_EVENT_DELIVER;
		ev.from = node_id_of(number % 6u);
		to_votequorum(ev);
	} else if (v.clients[client].id.v != 0) {
		ev.type = SERVICE_EVENT_REQUEST;
		ev.client = v.clients[client].id;
		if (what >= 0xf0)
			to_quorum(ev);
		else
			to_votequorum(ev);
	}
}

static void start(uint8_t bits)
{
	memset(&view, 0, sizeof view);
	configure(bits);
	fx.count = quorum_fx.count = 0;
	fx.scratch_used = quorum_fx.scratch_used = 0;
	fx.drain = drain;
	quorum_fx.drain = drain_quorum;
	quorum_init(&q, node_id_of(1), true);
	votequorum_init(&v, node_id_of(1), &map, &pool);
	to_votequorum((struct service_event){.type = SERVICE_EVENT_START});
	simple(6, 0);
	simple(6, 1);
	new_ring(0x33);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(bytes_of(data, size));

	start(read_u8(&r));
	while (reader_left(&r) >= 2) {
		uint8_t what = read_u8(&r), number = read_u8(&r);
		const uint8_t *bytes;
		size_t len;

		if (what < 0x80) {
			simple(what % 8, number);
			continue;
		}
		len = (size_t)2 * read_u8(&r); /* registrations and renamings are longer than 255 */
		bytes = read_bytes(&r, len);
		if (bytes == NULL)
			break;
		with_bytes(what, number, bytes_of(bytes, len));
	}
	return 0;
}
