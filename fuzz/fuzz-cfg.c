/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any sequence of connections, requests and ordered messages. The core's own invariants are the oracle; beyond them a
 * client never gets more replies than it sent requests, each in the size that its header says.
 * Input: chunks of {kind, client or node, function, length low, length high, bytes}.
 */
#include "service/cfg.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CLIENTS = 5 };

static _Alignas(16) uint8_t memory[64 * 1024];
static struct pool pool;
static struct map map;
static struct cfg c;
static struct service_effects fx;
static uint32_t owed[CLIENTS]; /* replies */
static bool connected[CLIENTS];
static uint32_t reloads; /* asked of us */

static void drain(void *host, struct service_effects *full)
{
	(void)host;
	for (uint32_t i = 0; i < full->count; i++) {
		const struct service_effect *e = &full->items[i];
		struct reader r = reader_of(e->head);

		reloads += e->type == SERVICE_EFFECT_RELOAD;
		if (e->type != SERVICE_EFFECT_REPLY && e->type != SERVICE_EFFECT_EVENT &&
		    e->type != SERVICE_EFFECT_MULTICAST)
			continue;
		read_skip(&r, 8);
		assert(read_u32(&r) == e->head.len + e->tail.len);
		if (e->type == SERVICE_EFFECT_MULTICAST)
			continue;
		assert(connected[e->client.v - 1]);
		if (e->type == SERVICE_EFFECT_REPLY)
			assert(owed[e->client.v - 1]-- > 0);
	}
	full->count = 0;
	full->scratch_used = 0;
}

static bool node_status(void *arg, node_id node, struct cfg_node_status *ret)
{
	(void)arg;
	memset(ret->links[7].dest, 'x', sizeof ret->links[7].dest);
	ret->links[0].configured = true;
	return node.v % 2 == 0;
}

static uint32_t node_addresses(void *arg, node_id node, struct cfg_address ret[LINKS_MAX])
{
	(void)arg;
	memset(ret[0].text, 'x', sizeof ret[0].text - 1);
	return node.v % (LINKS_MAX + 1);
}

static void step(struct service_event ev)
{
	cfg_step(&c, &ev, &fx);
	drain(NULL, &fx);
}

static void start(void)
{
	struct cfg_queries queries = {node_status, node_addresses, NULL};

	pool_init(&pool, memory, sizeof memory);
	map_init(&map, &pool);
	map_put_u32(&map, "nodelist.node.0.nodeid", 1);
	map_put_u32(&map, "nodelist.node.1.nodeid", 2);
	map_put_string(&map, "runtime.members.1.status", "joined");
	cfg_init(&c, node_id_of(1), &map, &queries);
	fx.drain = drain;
	fx.count = 0;
	fx.scratch_used = 0;
	memset(connected, 0, sizeof connected);
	memset(owed, 0, sizeof owed);
	reloads = 0;
}

static void connection(uint8_t n)
{
	if (!connected[n]) {
		connected[n] = true;
		owed[n] = 0;
		step((struct service_event){.type = SERVICE_EVENT_CONNECT, .client = {n + 1u}});
		return;
	}
	connected[n] = false;
	step((struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = {n + 1u}});
}

static void ring(uint8_t bits)
{
	struct view v = {.ring = {node_id_of(1), 4}};

	for (uint32_t i = 0; i < 3; i++)
		if (i == 0 || bits & 1u << i)
			node_list_add(&v.members, node_id_of(i + 1));
	step((struct service_event){.type = SERVICE_EVENT_SYNC_INIT, .view = &v});
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &v});
}

static void message(uint8_t kind, uint8_t who, uint8_t fn, struct bytes m)
{
	uint8_t n = who % CLIENTS;

	if (kind % 8 < 4 && connected[n] && m.len >= 16) {
		owed[n]++;
		step((struct service_event){
			.type = SERVICE_EVENT_REQUEST, .client = {n + 1u}, .fn = fn % 14, .message = m});
	} else if (kind % 8 < 5) {
		connection(n);
	} else if (kind % 8 == 5 && m.len >= 16) {
		step((struct service_event){
			.type = SERVICE_EVENT_DELIVER, .from = node_id_of(who % 3 + 1u), .fn = fn % 6, .message = m});
	} else if (kind % 8 == 6 && reloads > 0) {
		reloads--;
		step((struct service_event){.type = SERVICE_EVENT_RELOADED,
					    .status = (enum status)(fn % 20 + 1),
					    .crypto_changed = who % 2 != 0});
	} else if (fn % 2 == 0) {
		ring(who);
	} else {
		step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = SERVICE_TIMER_SHUTDOWN});
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(bytes_of(data, size));

	start();
	while (reader_left(&r) >= 5) {
		uint8_t kind = read_u8(&r), who = read_u8(&r), fn = read_u8(&r);
		uint16_t len = read_u16(&r) % 512u;

		len = reader_left(&r) < len ? (uint16_t)reader_left(&r) : len;
		message(kind, who, fn, bytes_of(read_bytes(&r, len), len));
	}
	map_fini(&map);
	return 0;
}
