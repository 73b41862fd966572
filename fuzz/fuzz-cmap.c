/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any sequence of connections, requests and ordered messages, with a small pool, so that it fills up. The core's own
 * invariants are the oracle; beyond them every request must be answered exactly once, in the size that its header says.
 * Input: chunks of {kind, client or node, function, length low, length high, bytes}.
 */
#include "service/cmap.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CLIENTS = 4 };

static _Alignas(16) uint8_t memory[256 * 1024];
static struct pool pool;
static struct map map, stats;
static struct cmap c;
static struct service_effects fx;
static bool connected[CLIENTS];
static uint32_t replies;

static void drain(void *host, struct service_effects *full)
{
	(void)host;
	for (uint32_t i = 0; i < full->count; i++) {
		const struct service_effect *e = &full->items[i];
		struct reader r = reader_of(e->head);

		if (e->type != SERVICE_EFFECT_REPLY && e->type != SERVICE_EFFECT_EVENT &&
		    e->type != SERVICE_EFFECT_MULTICAST)
			continue;
		read_skip(&r, 8);
		assert(read_u32(&r) == e->head.len + e->tail.len);
		assert(e->type == SERVICE_EFFECT_MULTICAST || connected[e->client.v - 1]);
		replies += e->type == SERVICE_EFFECT_REPLY;
	}
	full->count = 0;
	full->scratch_used = 0;
}

static void map_told(void *arg, const struct map_change *change)
{
	cmap_changed(&c, arg == &stats, change, &fx);
}

static void step(struct service_event ev)
{
	replies = 0;
	cmap_step(&c, &ev, &fx);
	drain(NULL, &fx);
	assert(replies == (ev.type == SERVICE_EVENT_REQUEST));
}

static void start(void)
{
	static const char *const keys[] = {"totem.config_version", "runtime.force_gather", "nodelist.x",
					   "stats.clear.all"};

	pool_init(&pool, memory, sizeof memory);
	map_init(&map, &pool);
	map_init(&stats, &pool);
	cmap_init(&c, node_id_of(1), &map, &stats, &pool);
	cmap_mark_readonly(&map);
	map_observe(&map, map_told, &map);
	map_observe(&stats, map_told, &stats);
	fx.drain = drain;
	fx.count = 0;
	fx.scratch_used = 0;
	memset(connected, 0, sizeof connected);
	step((struct service_event){.type = SERVICE_EVENT_START});
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		map_put_u64(&map, keys[i], i);
	map_put_u64(&stats, "stats.ipcs.x", 1);
	drain(NULL, &fx);
}

static void connection(uint8_t n)
{
	connected[n] = !connected[n];
	if (connected[n]) {
		step((struct service_event){.type = SERVICE_EVENT_CONNECT, .client = {n + 1u}});
		return;
	}
	connected[n] = true; /* until it is gone */
	step((struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = {n + 1u}});
	connected[n] = false;
}

static void sync(uint8_t what, uint8_t trans)
{
	struct view v = {.ring = {node_id_of(1), 4}};

	if (trans % 2 != 0)
		node_list_add(&v.trans, node_id_of(1));
	step((struct service_event){.type = SERVICE_EVENT_SYNC_INIT + what % 4u, .view = &v});
}

/* Changes that the engine makes itself. */
static void engine(uint8_t what, uint8_t value)
{
	if (what % 3 == 0)
		map_put_u64(&stats, "stats.ipcs.x", value);
	else if (what % 3 == 1)
		map_drop(&stats, "stats.ipcs.x");
	else
		map_put_u64(&map, "totem.config_version", value);
	drain(NULL, &fx);
	step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = SERVICE_TIMER_STATS});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(bytes_of(data, size));

	start();
	while (reader_left(&r) >= 5) {
		uint8_t kind = read_u8(&r), who = read_u8(&r), fn = read_u8(&r);
		uint16_t len = read_u16(&r) % 2048u;
		struct bytes message;

		len = reader_left(&r) < len ? (uint16_t)reader_left(&r) : len;
		message = bytes_of(read_bytes(&r, len), len);
		if (kind % 8 < 4 && connected[who % CLIENTS] && len >= 16)
			step((struct service_event){.type = SERVICE_EVENT_REQUEST,
						    .client = {who % CLIENTS + 1u},
						    .fn = fn % 12,
						    .message = message});
		else if (kind % 8 < 5)
			connection(who % CLIENTS);
		else if (kind % 8 == 5 && len >= 16)
			step((struct service_event){.type = SERVICE_EVENT_DELIVER,
						    .from = node_id_of(who % 3 + 1u),
						    .fn = fn % 2,
						    .message = message});
		else if (kind % 8 == 6)
			sync(fn, who);
		else
			engine(fn, who);
	}
	map_observe(&map, NULL, NULL);
	map_observe(&stats, NULL, NULL);
	map_fini(&map);
	map_fini(&stats);
	return 0;
}
