/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any sequence of connections, requests, ordered messages and synchronisations. The oracle: the invariants of
 * cpg_check; one reply to each request (none to MCAST); no list that overflows libcpg's arrays; no fragments that
 * overflow the buffer that their FIRST announced; and in the end nothing is left of clients that went.
 * Input: chunks of {kind, who, a, b, length low, length high, bytes}. What the core multicasts comes back in order.
 */
#include "service/cpg.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CLIENTS = 4, PEERS = 3, QUEUE_MAX = 64, MESSAGE_ROOM = 2048 };
enum {
	KIND_CONNECT,
	KIND_REQUEST,
	KIND_JOIN,
	KIND_LEAVE,
	KIND_MCAST,
	KIND_PARTIAL,
	KIND_NUMBER,
	KIND_PEER,
	KIND_PEER_LIST,
	KIND_RUN,
	KIND_SYNC,
	KIND_COUNT
};

struct message {
	uint16_t fn;
	size_t len;
	uint8_t bytes[MESSAGE_ROOM];
};

static _Alignas(16) uint8_t memory[256 * 1024];
static struct pool pool;
static struct cpg c;
static struct service_effects fx;
static bool connected[CLIENTS];
static uint32_t replies;
static uint32_t assembly[CLIENTS][PEERS + 1][256]; /* what may still come, by sender's node and pid; odd: nothing */
static struct message queue[QUEUE_MAX];
static uint32_t queued;
static bool lost; /* a message had no room in the queue */

static uint32_t u32_at(const struct service_effect *e, size_t at)
{
	struct reader r = reader_of(e->head);
	uint32_t v;

	read_seek(&r, at);
	v = read_u32(&r);
	assert(!r.failed);
	return v;
}

static void check_lists(const struct service_effect *e)
{
	uint32_t members = u32_at(e, 160), joined = u32_at(e, 168), left = u32_at(e, 176);

	assert(members <= CPG_EVENT_LIST_MAX);
	assert(joined <= CPG_EVENT_LIST_MAX);
	assert(left <= CPG_EVENT_LIST_MAX);
	assert(e->head.len == 184 + 24 * (size_t)(members + joined + left));
}

/* As libcpg does it, which has one buffer a sender: 2 * bytes left + 0, or 1 when there is none. */
static void check_fragment(const struct service_effect *e)
{
	uint32_t total = u32_at(e, 160), len = u32_at(e, 168), node = u32_at(e, 176), pid = u32_at(e, 184);
	uint32_t type = u32_at(e, 192);
	uint32_t *left;

	assert(len == e->tail.len);
	if (node > PEERS || pid > 255 || total > UINT32_MAX / 2)
		return;
	left = &assembly[client_slot(e->client) - 1][node][pid];
	if (type == 1)
		*left = 2 * total;
	if (*left & 1)
		return;
	assert(2 * len <= *left);
	*left -= 2 * len;
	if (type == 3)
		*left = 1;
}

static void take(const struct service_effect *e)
{
	struct message *m = &queue[queued];
	size_t len = e->head.len + e->tail.len;

	if (queued == QUEUE_MAX || len > sizeof m->bytes) {
		lost = true;
		return;
	}
	m->fn = (uint16_t)u32_at(e, 0);
	m->len = len;
	memcpy(m->bytes, e->head.data, e->head.len);
	if (e->tail.len > 0)
		memcpy(m->bytes + e->head.len, e->tail.data, e->tail.len);
	queued++;
}

static void drain(void *host, struct service_effects *full)
{
	(void)host;
	for (uint32_t i = 0; i < full->count; i++) {
		const struct service_effect *e = &full->items[i];

		if (e->type == SERVICE_EFFECT_LOG)
			continue;
		assert(u32_at(e, 8) == e->head.len + e->tail.len);
		if (e->type == SERVICE_EFFECT_MULTICAST) {
			take(e);
			continue;
		}
		assert(connected[client_slot(e->client) - 1]);
		replies += e->type == SERVICE_EFFECT_REPLY;
		if (e->type == SERVICE_EFFECT_EVENT && u32_at(e, 0) == 4)
			check_lists(e);
		else if (e->type == SERVICE_EFFECT_EVENT && u32_at(e, 0) == 17)
			check_fragment(e);
	}
	full->count = 0;
	full->scratch_used = 0;
}

static void step(struct service_event ev)
{
	cpg_step(&c, &ev, &fx);
	drain(NULL, &fx);
	cpg_check(&c);
}

static void start(void)
{
	pool_init(&pool, memory, sizeof memory);
	cpg_init(&c, node_id_of(1), &pool);
	fx.drain = drain;
	memset(connected, 0, sizeof connected);
	memset(assembly, 0xff, sizeof assembly);
	queued = 0;
	lost = false;
}

static void connection(uint8_t n)
{
	struct service_event ev = {.type = SERVICE_EVENT_CONNECT, .client = {n + 1u}};

	if (connected[n]) {
		ev.type = SERVICE_EVENT_DISCONNECT;
		connected[n] = false;
	} else {
		connected[n] = true;
		memset(assembly[n], 0xff, sizeof assembly[n]);
	}
	step(ev);
}

/* The host checks the header; sanitizers see a read behind a block of the very length. */
static void request(uint8_t n, uint16_t fn, const struct writer *w)
{
	uint8_t *exact;
	uint32_t id = fn;

	if (!connected[n] || w->failed || w->len < 16)
		return;
	exact = malloc(w->len);
	assert(exact != NULL);
	memcpy(exact, w->data, w->len);
	memcpy(exact, &id, sizeof id);
	replies = 0;
	step((struct service_event){
		.type = SERVICE_EVENT_REQUEST, .client = {n + 1u}, .fn = fn, .message = bytes_of(exact, w->len)});
	assert(replies == (fn != 2));
	free(exact);
}

static void put_name(struct writer *w, uint8_t a)
{
	static const char names[4][8] = {"a", "b\0c", "b\0d", ""};
	static const uint32_t lengths[4] = {1, 3, 3, 0};

	write_u64(w, a % 32 == 31 ? a * 257u : lengths[a % 4]);
	write_bytes(w, names[a % 4], 8);
	write_zero(w, 120);
}

static void structured(uint8_t kind, uint8_t n, uint8_t a, uint8_t b, struct bytes m)
{
	static uint8_t room[MESSAGE_ROOM];
	struct writer w = writer_of(room, sizeof room);

	write_zero(&w, 16);
	if (kind == KIND_JOIN || kind == KIND_LEAVE) {
		put_name(&w, a);
		write_u64(&w, b);
		if (kind == KIND_JOIN)
			write_u64(&w, a >> 7);
		request(n, kind == KIND_JOIN ? 0 : 1, &w);
	} else if (kind == KIND_NUMBER) { /* iterations, local get, finalize: a handle at 16, a type at 152 */
		write_u64(&w, (uint64_t)(n + 1) << 32 | b);
		write_zero(&w, 128);
		write_u64(&w, b % 5);
		request(n, (uint16_t)(3 + a % 6), &w);
	} else {
		write_zero(&w, 16);
		write_u64(&w, kind == KIND_MCAST ? m.len : a);
		if (kind == KIND_PARTIAL) {
			write_u64(&w, m.len);
			write_u64(&w, b % 5);
		}
		write_bytes(&w, m.data, m.len);
		request(n, kind == KIND_MCAST ? 2 : 12, &w);
	}
}

static void deliver(uint32_t from, uint16_t fn, struct bytes m)
{
	step((struct service_event){.type = SERVICE_EVENT_DELIVER, .from = {from}, .fn = fn, .message = m});
}

/* What a peer might send: its name, two numbers and the rest from the input. */
static void peer(uint8_t who, uint8_t a, uint8_t b, struct bytes m)
{
	static uint8_t room[MESSAGE_ROOM];
	struct writer w = writer_of(room, sizeof room);
	uint16_t fn = a >> 5;

	write_zero(&w, 16);
	put_name(&w, a);
	if (fn == 3 || fn == 6)
		write_u64(&w, fn == 3 ? m.len : b);
	if (fn == 6)
		write_u64(&w, m.len);
	write_u64(&w, b % 16);
	if (fn == 6)
		write_u64(&w, b >> 4 & 3);
	write_zero(&w, fn == 3 || fn == 6 ? 16 : 8);
	if (fn == 3 || fn == 6)
		write_bytes(&w, m.data, m.len);
	deliver(who % (PEERS - 1) + 2u, fn, writer_bytes(&w));
}

static void peer_list(uint8_t who, struct bytes m)
{
	static uint8_t room[24 + 144 * 16];
	struct writer w = writer_of(room, sizeof room);

	write_zero(&w, 24);
	for (size_t i = 0; i + 1 < m.len && i < 32; i += 2) {
		write_u64(&w, m.data[i] % 16);
		put_name(&w, m.data[i + 1]);
	}
	deliver(who % (PEERS - 1) + 2u, 2, writer_bytes(&w));
}

static void run(uint8_t most)
{
	for (uint32_t i = 0; i <= most && queued > 0; i++) {
		static struct message m;

		m = queue[0];
		memmove(queue, queue + 1, --queued * sizeof queue[0]);
		deliver(c.self.v, m.fn, bytes_of(m.bytes, m.len));
	}
}

static void sync_event(uint8_t which, uint8_t a, uint8_t b)
{
	static const enum service_event_type types[] = {SERVICE_EVENT_SYNC_INIT, SERVICE_EVENT_SYNC_PROCESS,
							SERVICE_EVENT_SYNC_ACTIVATE, SERVICE_EVENT_SYNC_ABORT};
	struct view view = {.ring = {{1}, a}, .members = {1, {{1}}}};

	for (uint32_t i = 2; i <= PEERS; i++) {
		if (a >> i & 1)
			node_list_add(&view.members, node_id_of(i));
		if (a >> i & b >> i & 1)
			node_list_add(&view.trans, node_id_of(i));
	}
	node_list_add(&view.trans, node_id_of(1));
	step((struct service_event){.type = types[which % 4], .view = &view});
}

static void chunk(uint8_t kind, uint8_t who, uint8_t a, uint8_t b, struct bytes m)
{
	uint8_t n = who % CLIENTS;
	struct writer w = {.data = NULL};

	switch (kind % KIND_COUNT) {
	case KIND_CONNECT:
		connection(n);
		break;
	case KIND_REQUEST: /* the input itself */
		w = (struct writer){.data = malloc(m.len + 16), .size = m.len + 16};
		write_zero(&w, 16);
		write_bytes(&w, m.data, m.len);
		request(n, a % 15, &w);
		free(w.data);
		break;
	case KIND_PEER:
		if (b & 128)
			deliver(who % (PEERS - 1) + 2u, a % 9, m);
		else
			peer(who, a, b, m);
		break;
	case KIND_PEER_LIST:
		peer_list(who, m);
		break;
	case KIND_RUN:
		run(a);
		break;
	case KIND_SYNC:
		sync_event(who, a, b);
		break;
	default:
		structured(kind % KIND_COUNT, n, a, b, m);
		break;
	}
}

/* All clients go, their leaves are delivered, the ring is we alone: the pool is whole again. */
static void finish(void)
{
	for (uint8_t n = 0; n < CLIENTS; n++) {
		if (connected[n])
			connection(n);
	}
	while (queued > 0)
		run(255);
	sync_event(0, 0, 0);
	sync_event(2, 0, 0);
	assert(lost || pool.used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(bytes_of(data, size));

	start();
	while (reader_left(&r) >= 6) {
		uint8_t kind = read_u8(&r), who = read_u8(&r), a = read_u8(&r), b = read_u8(&r);
		uint16_t len = read_u16(&r) % 512u;

		len = reader_left(&r) < len ? (uint16_t)reader_left(&r) : len;
		chunk(kind, who, a, b, bytes_of(read_bytes(&r, len), len));
	}
	finish();
	return 0;
}
