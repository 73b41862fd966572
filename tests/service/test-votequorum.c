/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One node: layouts of requests, replies, events and ordered messages, and what is refused. What several nodes make of
 * it is in test-votequorum-cluster.c.
 */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "service/votequorum.h"

static struct votequorum v;
static struct service_effects fx;
static struct map map;
static struct pool pool;
static _Alignas(16) uint8_t memory[4 * 1024 * 1024];

static void no_drain(void *host, struct service_effects *full)
{
	(void)host;
	(void)full;
	fail_msg("the effects were drained");
}

static void step(struct service_event ev)
{
	fx.count = 0;
	fx.scratch_used = 0;
	votequorum_step(&v, &ev, &fx);
	votequorum_check(&v);
}

static void connect(uint32_t c)
{
	step((struct service_event){.type = SERVICE_EVENT_CONNECT, .client = {c}});
}

static void disconnect(uint32_t c)
{
	step((struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = {c}});
}

static void request(uint32_t c, uint16_t fn, const void *body, size_t len)
{
	static uint8_t b[8192];

	memset(b, 0, 16);
	b[0] = (uint8_t)fn;
	if (len > 0)
		memcpy(b + 16, body, len);
	step((struct service_event){
		.type = SERVICE_EVENT_REQUEST, .client = {c}, .fn = fn, .message = bytes_of(b, len + 16)});
}

static void ask(uint32_t c, uint16_t fn, uint32_t a, uint32_t b)
{
	request(c, fn, (uint32_t[]){a, b}, 8);
}

static void deliver_bytes(uint32_t from, uint16_t fn, const void *body, size_t len)
{
	static uint8_t b[8192];

	memset(b, 0, 16);
	if (len > 0)
		memcpy(b + 16, body, len);
	step((struct service_event){
		.type = SERVICE_EVENT_DELIVER, .from = node_id_of(from), .fn = fn, .message = bytes_of(b, len + 16)});
}

static void nodeinfo(uint32_t from, uint32_t id, uint32_t votes, uint32_t expected, uint32_t flags)
{
	deliver_bytes(from, 0, (uint32_t[]){id, votes, expected, flags}, 16);
}

static void sync_type(enum service_event_type type, uint64_t seq, uint32_t members)
{
	struct view view = {.ring = {node_id_of(1), seq}};

	for (uint32_t i = 1; i <= members; i++)
		node_list_add(&view.members, node_id_of(i));
	step((struct service_event){.type = type, .view = &view});
}

static void ring(uint64_t seq, uint32_t members)
{
	sync_type(SERVICE_EVENT_SYNC_INIT, seq, members);
	sync_type(SERVICE_EVENT_SYNC_PROCESS, seq, members);
	assert_false(fx.sync_again);
	for (uint32_t i = 2; i <= members; i++)
		nodeinfo(i, i, 1, members, 0);
	sync_type(SERVICE_EVENT_SYNC_ACTIVATE, seq, members);
}

static const struct service_effect *effect(uint32_t nth, enum service_effect_type type)
{
	for (uint32_t i = 0; i < fx.count; i++)
		if (fx.items[i].type == type && nth-- == 0)
			return &fx.items[i];
	return NULL;
}

static uint32_t effects(enum service_effect_type type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < fx.count; i++)
		n += fx.items[i].type == type;
	return n;
}

/* The nth effect of its type carries exactly these 32 bit words. */
static void sent(uint32_t nth, enum service_effect_type type, uint32_t to, size_t words, const uint32_t *want)
{
	const struct service_effect *e = effect(nth, type);

	assert_non_null(e);
	assert_int_equal(e->client.v, to);
	assert_int_equal(e->head.len, words * 4);
	assert_memory_equal(e->head.data, want, words * 4);
}

#define SENT(nth, type, to, ...) \
	sent(nth, type, to, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})
#define STATUS(to, status)            SENT(0, SERVICE_EFFECT_REPLY, to, 0, 0, 24, 0, status, 0)
#define EVENT(nth, to, ...)           SENT(nth, SERVICE_EFFECT_EVENT, to, __VA_ARGS__)
#define MULTICAST(nth, fn, size, ...) SENT(nth, SERVICE_EFFECT_MULTICAST, 0, 0x50000 | (fn), 0, size, 0, __VA_ARGS__)

static void begin(uint32_t nodes)
{
	static const char *const keys[] = {"nodelist.node.0.nodeid", "nodelist.node.1.nodeid", "nodelist.node.2.nodeid",
					   "nodelist.node.3.nodeid"};

	pool_init(&pool, memory, sizeof memory);
	map_init(&map, &pool);
	for (uint32_t i = 0; i < nodes; i++)
		map_put_u32(&map, keys[i], i + 1);
	map_put_u32(&map, "nodelist.local_node_pos", 0);
	votequorum_init(&v, node_id_of(1), &map, &pool);
	fx.drain = no_drain;
}

static void start(void)
{
	step((struct service_event){.type = SERVICE_EVENT_START});
}

static int init(void **state)
{
	(void)state;
	begin(2);
	start();
	connect(1);
	connect(2);
	return 0;
}

static void start_tells_our_votes(void **state)
{
	uint32_t n = 0;
	uint8_t b = 9;

	(void)state;
	begin(3);
	start();
	MULTICAST(0, 0, 32, 1, 1, 3, 8);
	assert_int_equal(effects(SERVICE_EFFECT_QUORUM), 0);
	assert_true(map_get_u32(&map, "runtime.votequorum.this_node_id", &n));
	assert_int_equal(n, 1);
	assert_true(map_get_u32(&map, "runtime.votequorum.ev_barrier", &n));
	assert_int_equal(n, 3);
	assert_true(map_get_u32(&map, "runtime.votequorum.atb_type", &n));
	assert_int_equal(n, 0);
	assert_true(map_get_u8(&map, "runtime.votequorum.two_node", &b));
	assert_int_equal(b, 0);
	assert_false(map_get_u8(&map, "runtime.votequorum.wait_for_all_status", &b));
	assert_false(map_get_u8(&map, "runtime.votequorum.qdevice_can_operate", &b));
	assert_true(map_is_readonly(&map, "quorum.auto_tie_breaker_node"));
	assert_true(map_is_readonly(&map, "quorum.wait_for_all"));
	assert_false(map_is_readonly(&map, "quorum.two_node"));
	assert_false(map_is_readonly(&map, "quorum.expected_votes"));
}

static void start_with_a_conflict_asks_to_exit(void **state)
{
	const struct service_effect *e;

	(void)state;
	begin(0);
	start();
	e = effect(0, SERVICE_EFFECT_LOG);
	assert_non_null(e);
	assert_int_equal(e->message, MSG_VOTEQ_CONFIG_ERROR);
	assert_non_null(effect(0, SERVICE_EFFECT_EXIT));
	assert_true(bytes_eq(effect(0, SERVICE_EFFECT_EXIT)->head, e->head));
	assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 0);
}

static void what_is_left_out_is_said(void **state)
{
	(void)state;
	begin(2);
	map_put_u8(&map, "quorum.two_node", 1);
	map_put_u8(&map, "quorum.auto_tie_breaker", 1);
	start();
	assert_int_equal(effect(0, SERVICE_EFFECT_LOG)->message, MSG_VOTEQ_CONFIG_WARNING);
	begin(3);
	map_put_u8(&map, "quorum.auto_tie_breaker", 1);
	start();
	assert_int_equal(effect(0, SERVICE_EFFECT_LOG)->message, MSG_VOTEQ_CONFIG_WARNING);
}

static void a_stored_barrier_is_the_least_that_is_expected(void **state)
{
	(void)state;
	begin(3);
	map_put_u8(&map, "quorum.expected_votes_tracking", 1);
	votequorum_restore(&v, bytes_of("\x7\0\0\0", 4));
	start();
	MULTICAST(0, 0, 32, 1, 1, 7, 8);
	assert_int_equal(effects(SERVICE_EFFECT_STORE), 0);
	begin(3);
	map_put_u8(&map, "quorum.expected_votes_tracking", 1);
	votequorum_restore(&v, bytes_of("\x7\0\0", 3));
	votequorum_restore(&v, bytes_of("\x7\0\0\0\0", 5));
	start();
	MULTICAST(0, 0, 32, 1, 1, 3, 8);
	assert_true(bytes_eq(effect(0, SERVICE_EFFECT_STORE)->head, bytes_of("ev_tracking", 11)));
	assert_true(bytes_eq(effect(0, SERVICE_EFFECT_STORE)->tail, bytes_of("\x3\0\0\0", 4)));
}

static void process_tells_nodes_and_trackers(void **state)
{
	(void)state;
	request(1, 3, (uint64_t[]){0x1122334455667788, 4}, 16);
	STATUS(1, STATUS_OK);
	sync_type(SERVICE_EVENT_SYNC_INIT, 8, 2);
	assert_int_equal(fx.count, 0);
	sync_type(SERVICE_EVENT_SYNC_PROCESS, 8, 2);
	MULTICAST(0, 0, 32, 1, 1, 2, 0); /* no longer the first */
	MULTICAST(1, 0, 32, 0, 0, 0, 0);
	assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 2);
	EVENT(0, 1, 5, 0, 64, 0, 1, 0, 0x55667788, 0x11223344, 1, 0, 8, 0, 2, 0, 1, 2);
	nodeinfo(2, 2, 1, 2, 8);
	sync_type(SERVICE_EVENT_SYNC_ACTIVATE, 8, 2);
	EVENT(0, 1, 3, 0, 64, 0, 1, 0, 1, 0, 0x55667788, 0x11223344, 2, 0, 1, 1, 2, 1);
	assert_true(effect(0, SERVICE_EFFECT_QUORUM)->quorate);
	assert_int_equal(effect(0, SERVICE_EFFECT_QUORUM)->view->ring.seq, 8);
	assert_int_equal(effect(0, SERVICE_EFFECT_QUORUM)->view->members.count, 2);
}

static void a_change_outside_of_sync_is_told_at_once(void **state)
{
	(void)state;
	ring(8, 2);
	request(1, 3, (uint64_t[]){5, 4}, 16);
	deliver_bytes(2, 1, (uint32_t[]){2, 5, 1}, 12); /* expected := 5 */
	EVENT(0, 1, 4, 0, 40, 0, 1, 0, 5, 0, 5, 0);
	assert_false(effect(0, SERVICE_EFFECT_QUORUM)->quorate);
	EVENT(1, 1, 3, 0, 64, 0, 1, 0, 0, 0, 5, 0, 2, 0, 1, 1, 2, 1);
	nodeinfo(2, 2, 4, 5, 0);
	assert_true(effect(0, SERVICE_EFFECT_QUORUM)->quorate);
	nodeinfo(2, 2, 9, 5, 0); /* more are here than are expected */
	EVENT(0, 1, 4, 0, 40, 0, 1, 0, 5, 0, 10, 0);
}

static void track_flags(void **state)
{
	(void)state;
	ring(8, 2);
	request(1, 3, (uint64_t[]){7, 1}, 16);
	EVENT(0, 1, 5, 0, 64, 0, 1, 0, 7, 0, 1, 0, 8, 0, 2, 0, 1, 2);
	EVENT(1, 1, 3, 0, 64, 0, 1, 0, 1, 0, 7, 0, 2, 0, 1, 1, 2, 1);
	STATUS(1, STATUS_OK);
	request(1, 4, NULL, 0);
	STATUS(1, STATUS_NOT_EXIST);
	request(1, 3, (uint64_t[]){7, 2}, 16);
	assert_int_equal(effects(SERVICE_EFFECT_EVENT), 2);
	STATUS(1, STATUS_OK);
	request(1, 3, (uint64_t[]){8, 3}, 16);
	assert_int_equal(effects(SERVICE_EFFECT_EVENT), 2);
	STATUS(1, STATUS_EXIST);
	request(2, 3, (uint64_t[]){9, 4}, 16);
	assert_int_equal(effects(SERVICE_EFFECT_EVENT), 0);
	sync_type(SERVICE_EVENT_SYNC_ACTIVATE, 8, 2);
	assert_int_equal(effect(0, SERVICE_EFFECT_EVENT)->client.v, 2); /* newest first */
	assert_int_equal(effect(1, SERVICE_EFFECT_EVENT)->client.v, 1);
	assert_int_equal(effect(1, SERVICE_EFFECT_EVENT)->head.data[32], 7); /* the context it registered with */
	request(2, 4, NULL, 0);
	STATUS(2, STATUS_OK);
	disconnect(1);
	sync_type(SERVICE_EVENT_SYNC_ACTIVATE, 8, 2);
	assert_int_equal(effects(SERVICE_EFFECT_EVENT), 0);
}

static void getinfo_layout(void **state)
{
	uint32_t want[80] = {1, 0, 320, 0, STATUS_OK, 0, 2, 1, 3, 9, 9, 4, 5, 2 | 64 | 128 | 256 | 512 | 1024, 0};

	(void)state;
	ring(8, 2);
	nodeinfo(2, 2, 3, 9, 1 | 16 | 32 | 64 | 128 | 256);
	v.quorate = false;
	v.nodes[0].flags &= ~1u;
	nodeinfo(2, 2, 3, 9, 1 | 16 | 32 | 64 | 128 | 256);
	ask(1, 0, 2, 0);
	want[12] = v.quorum;
	want[13] = (v.quorate ? 2u : 0u) | 64 | 128 | 256 | 512 | 1024;
	want[9] = v.nodes[1].expected;
	want[10] = v.nodes[0].expected > v.nodes[1].expected ? v.nodes[0].expected : v.nodes[1].expected;
	sent(0, SERVICE_EFFECT_REPLY, 1, 80, want);
	ask(1, 0, 77, 0);
	memset(want, 0, sizeof want);
	want[0] = 1;
	want[2] = 320;
	want[4] = STATUS_NOT_EXIST;
	sent(0, SERVICE_EFFECT_REPLY, 1, 80, want);
	ask(1, 0, 0, 0);
	assert_int_equal(effect(0, SERVICE_EFFECT_REPLY)->head.data[24], 1); /* 0: ourselves */
}

static void requests_of_any_short_length_are_refused(void **state)
{
	static const struct {
		uint16_t fn;
		size_t least;
	} cases[] = {{0, 4},   {1, 4},   {2, 8},   {3, 12}, {5, 255}, {6, 255},
		     {7, 510}, {8, 280}, {9, 260}, {10, 4}, {11, 4}};
	uint8_t body[600];

	(void)state;
	memset(body, 'x', sizeof body);
	memset(body, 0, 4);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t len = 0; len < cases[i].least; len++) {
			request(1, cases[i].fn, body, len);
			STATUS(1, STATUS_INVALID_PARAM);
			assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 0);
		}
	for (uint16_t fn = 12; fn < 40; fn++) {
		request(1, fn, body, sizeof body);
		STATUS(1, STATUS_INVALID_PARAM);
	}
}

static void setting_is_one_ordered_message(void **state)
{
	(void)state;
	ring(8, 2);
	ask(1, 1, 3, 0);
	MULTICAST(0, 1, 32, 1, 3, 1, 0);
	STATUS(1, STATUS_OK);
	ask(1, 2, 2, 2);
	MULTICAST(0, 1, 32, 2, 2, 2, 0);
	STATUS(1, STATUS_OK);
	assert_int_equal(v.nodes[1].votes, 1); /* not before it comes back */
	ask(1, 1, 0, 0);
	STATUS(1, STATUS_INVALID_PARAM);
	assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 0);
}

static void cancelling_the_wait_is_one_too(void **state)
{
	(void)state;
	map_put_u8(&map, "quorum.cancel_wait_for_all", 1);
	step((struct service_event){.type = SERVICE_EVENT_CONFIG});
	MULTICAST(0, 1, 32, 1, 0, 3, 0);
	MULTICAST(1, 0, 32, 1, 1, 2, 8);
	MULTICAST(2, 0, 32, 0, 0, 0, 0);
	assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 3);
	step((struct service_event){.type = SERVICE_EVENT_CONFIG});
	assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 2);
}

static void messages_of_any_length_do_no_harm(void **state)
{
	static const size_t least[] = {16, 9, 259, 510, 8};
	uint8_t body[600];

	(void)state;
	ring(8, 2);
	memset(body, 2, sizeof body);
	for (uint16_t fn = 0; fn < 5; fn++)
		for (size_t len = 0; len < least[fn]; len++) {
			deliver_bytes(2, fn, body, len);
			assert_int_equal(fx.count, 0);
		}
	deliver_bytes(2, 77, body, 16);
	assert_int_equal(effect(0, SERVICE_EFFECT_LOG)->message, MSG_VOTEQ_IGNORED);
	assert_int_equal(v.node_count, 2);
}

static void a_node_speaks_for_itself_only(void **state)
{
	(void)state;
	ring(8, 2);
	nodeinfo(2, 1, 9, 9, 1);
	assert_int_equal(effect(0, SERVICE_EFFECT_LOG)->message, MSG_VOTEQ_IGNORED);
	nodeinfo(2, 3, 9, 9, 1);
	assert_int_equal(v.node_count, 2);
	assert_int_equal(v.nodes[0].votes, 1);
	nodeinfo(9, 0, 4, 0, 0); /* the device's votes, by someone unknown: the highest */
	assert_int_equal(v.device_votes, 4);
	nodeinfo(1, 1, 7, 7, 64); /* our own word from a while ago */
	assert_int_equal(v.nodes[0].votes, 1);
	assert_int_equal(v.nodes[0].flags & 64, 0);
}

static void sums_saturate(void **state)
{
	(void)state;
	ring(8, 2);
	nodeinfo(2, 2, UINT32_MAX, UINT32_MAX, 1);
	nodeinfo(2, 0, UINT32_MAX, 0, 0);
	assert_int_equal(v.nodes[0].expected, UINT32_MAX);
	assert_true(v.quorum >= UINT32_MAX / 2);
	ask(1, 0, 0, 0);
	deliver_bytes(2, 1, (uint32_t[]){2, UINT32_MAX, 1}, 12);
	assert_true(v.quorum >= UINT32_MAX / 2);
	ask(1, 1, UINT32_MAX, 0);
	ask(1, 2, UINT32_MAX, 1);
}

static void more_than_255_votes_are_counted(void **state)
{
	(void)state;
	ring(8, 2);
	nodeinfo(2, 2, 1000, 1001, 0);
	assert_int_equal(v.quorum, 501);
	ask(1, 0, 0, 0);
	assert_memory_equal(effect(0, SERVICE_EFFECT_REPLY)->head.data + 48, "\xf5\x01\0\0", 4);
}

static void dead_nodes_make_room(void **state)
{
	(void)state;
	ring(8, 1);
	for (uint32_t i = 2; i <= NODES_MAX + 5; i++)
		nodeinfo(i, i, 1, 1, 0);
	assert_int_equal(v.node_count, NODES_MAX); /* all are alive: the last five are not heard */
	sync_type(SERVICE_EVENT_SYNC_INIT, 12, NODES_MAX);
	sync_type(SERVICE_EVENT_SYNC_INIT, 16, 10);
	nodeinfo(5000, 5000, 1, 1, 0);
	nodeinfo(11, 11, 1, 1, 0);
	assert_int_equal(v.node_count, NODES_MAX);
	assert_int_equal(v.nodes[NODES_MAX - 1].id.v, 5000);
}

static void names_are_made_to_end(void **state)
{
	uint8_t body[264];
	uint8_t message[260];

	(void)state;
	ring(8, 2);
	memset(body, 'n', sizeof body);
	request(1, 5, body, 256);
	assert_int_equal(effect(0, SERVICE_EFFECT_MULTICAST)->head.len, 280);
	assert_int_equal(effect(0, SERVICE_EFFECT_MULTICAST)->head.data[20 + 253], 'n');
	assert_int_equal(effect(0, SERVICE_EFFECT_MULTICAST)->head.data[20 + 254], 0);
	assert_int_equal(effects(SERVICE_EFFECT_REPLY), 0);
	memset(message, 'n', sizeof message);
	memcpy(message, (uint32_t[]){1}, 4);
	deliver_bytes(1, 2, message, sizeof message);
	STATUS(1, STATUS_OK);
	assert_int_equal(strlen(v.device_name), 254);
	MULTICAST(0, 0, 32, 0, 0, 0, 0);
	MULTICAST(1, 0, 32, 1, 1, 2, 1 | 16);
	memset(body, 0, sizeof body);
	request(1, 6, body, 256);
	STATUS(1, STATUS_INVALID_PARAM);
}

static void register_as(const char *name)
{
	uint8_t body[260] = {0}, message[264] = {1};

	memcpy(body, name, strlen(name));
	memcpy(message + 4, name, strlen(name));
	request(1, 5, body, 256);
	assert_int_equal(effects(SERVICE_EFFECT_REPLY), 0);
	deliver_bytes(1, 2, message, sizeof message);
	STATUS(1, STATUS_OK);
}

static uint32_t poll(const char *name, uint32_t vote, uint32_t rep, uint64_t seq)
{
	uint8_t body[280] = {0};
	uint32_t status;

	memcpy(body, name, strlen(name));
	memcpy(body + 256, &vote, 4);
	memcpy(body + 264, &rep, 4);
	memset(body + 268, 0xee, 4); /* padding */
	memcpy(body + 272, &seq, 8);
	request(1, 8, body, sizeof body);
	memcpy(&status, effect(0, SERVICE_EFFECT_REPLY)->head.data + 16, 4);
	return status;
}

static void polls_are_checked(void **state)
{
	uint8_t empty[256] = {0};

	(void)state;
	ring(8, 2);
	request(1, 5, empty, sizeof empty);
	STATUS(1, STATUS_INVALID_PARAM);
	assert_int_equal(poll("dev", 1, 1, 8), STATUS_NOT_EXIST);
	register_as("dev");
	assert_int_equal(poll("dev", 1, 1, 4), STATUS_MESSAGE_ERROR);
	assert_int_equal(poll("oth", 1, 2, 8), STATUS_MESSAGE_ERROR);
	assert_int_equal(poll("oth", 1, 1, 8), STATUS_INVALID_PARAM);
	assert_int_equal(effects(SERVICE_EFFECT_TIMER), 0);
	assert_int_equal(poll("dev", 1, 1, 8), STATUS_OK);
	MULTICAST(0, 0, 32, 1, 1, 2, 1 | 16 | 32 | 64);
	assert_int_equal(effect(0, SERVICE_EFFECT_TIMER)->timer, SERVICE_TIMER_QDEVICE);
	assert_int_equal(effect(0, SERVICE_EFFECT_TIMER)->delay_ms, 10000);
	assert_int_equal(poll("dev", 7, 1, 8), STATUS_OK);
	assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 0); /* nothing new */
	assert_int_equal(poll("dev", 0, 1, 8), STATUS_OK);
	MULTICAST(0, 0, 32, 1, 1, 2, 1 | 16 | 32);
	/* the device is in the list of those who see it */
	request(1, 3, (uint64_t[]){7, 1}, 16);
	EVENT(1, 1, 3, 0, 72, 0, 1, 0, 1, 0, 7, 0, 3, 0, 1, 1, 2, 1, 0, 0);
	step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = SERVICE_TIMER_QDEVICE});
	MULTICAST(0, 0, 32, 1, 1, 2, 1 | 16);
	assert_int_equal(effect(0, SERVICE_EFFECT_LOG)->message, MSG_VOTEQ_DEVICE_LOST);
}

static void a_ring_waits_for_the_device(void **state)
{
	(void)state;
	ring(8, 2);
	register_as("dev");
	poll("dev", 1, 1, 8);
	sync_type(SERVICE_EVENT_SYNC_INIT, 12, 2);
	assert_int_equal(effect(0, SERVICE_EFFECT_TIMER)->delay_ms, 30000);
	sync_type(SERVICE_EVENT_SYNC_PROCESS, 12, 2);
	assert_true(fx.sync_again);
	assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 3); /* node, device, its name */
	assert_int_equal(effect(2, SERVICE_EFFECT_MULTICAST)->head.data[16], 1);
	sync_type(SERVICE_EVENT_SYNC_PROCESS, 12, 2);
	assert_true(fx.sync_again);
	assert_int_equal(effects(SERVICE_EFFECT_MULTICAST), 0); /* once */
	assert_int_equal(poll("dev", 1, 1, 8), STATUS_MESSAGE_ERROR);
	assert_int_equal(effects(SERVICE_EFFECT_SYNC_READY), 0);
	assert_int_equal(poll("dev", 1, 1, 12), STATUS_OK);
	assert_int_equal(effects(SERVICE_EFFECT_SYNC_READY), 1);
	sync_type(SERVICE_EVENT_SYNC_PROCESS, 12, 2);
	assert_false(fx.sync_again);
}

static void the_repeated_name_is_no_registration(void **state)
{
	uint8_t body[260] = "mine", message[264] = {1, 0, 0, 0, 't', 'h', 'e', 'i', 'r', 's'};

	(void)state;
	ring(8, 2);
	deliver_bytes(2, 2, message, sizeof message);
	assert_string_equal(v.device_name, "theirs");
	deliver_bytes(1, 2, message, sizeof message); /* as we repeat it in a sync */
	assert_int_equal(v.nodes[0].flags & 16, 0);
	request(1, 5, body, 256);
	deliver_bytes(1, 2, message, sizeof message);
	assert_int_equal(effects(SERVICE_EFFECT_REPLY), 0);
	assert_int_equal(v.nodes[0].flags & 16, 0);
	memcpy(message + 4, "mine\0\0", 6);
	deliver_bytes(1, 2, message, sizeof message);
	STATUS(1, STATUS_EXIST);
	memset(message, 0, 4); /* unregister: nobody has one */
	deliver_bytes(2, 2, message, sizeof message);
	assert_string_equal(v.device_name, "");
	memcpy(message, (uint32_t[]){2}, 4); /* no such operation */
	deliver_bytes(2, 2, message, sizeof message);
	assert_string_equal(v.device_name, "");
}

static void extra_info(void **state)
{
	static uint32_t big[2 + 1025] = {4097};
	uint32_t body[3] = {5, 0x64636261, 0x65};
	uint32_t theirs[4] = {2, 3, 0x7a7978};

	(void)state;
	ring(8, 2);
	request(1, 10, body, 9);
	STATUS(1, STATUS_NOT_EXIST);
	register_as("dev");
	request(1, 10, big, 4 + 4097);
	STATUS(1, STATUS_INVALID_PARAM);
	request(1, 10, body, 8);
	STATUS(1, STATUS_INVALID_PARAM);
	request(1, 10, body, 9);
	STATUS(1, STATUS_OK);
	assert_int_equal(effect(0, SERVICE_EFFECT_MULTICAST)->head.len, 24 + 5);
	assert_memory_equal(effect(0, SERVICE_EFFECT_MULTICAST)->head.data + 16, "\1\0\0\0\5\0\0\0abcde", 13);
	/* to trackers who know of it */
	request(1, 3, (uint64_t[]){7, 4}, 16);
	request(2, 3, (uint64_t[]){7, 4}, 16);
	deliver_bytes(2, 4, theirs, 11);
	assert_int_equal(effects(SERVICE_EFFECT_EVENT), 1);
	assert_int_equal(effect(0, SERVICE_EFFECT_EVENT)->client.v, 1);
	assert_memory_equal(effect(0, SERVICE_EFFECT_EVENT)->head.data + 24,
			    "\7\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0xyz", 27);
	ask(2, 11, 2, 0);
	assert_int_equal(effect(0, SERVICE_EFFECT_REPLY)->head.len, 32 + 3);
	assert_memory_equal(effect(0, SERVICE_EFFECT_REPLY)->head.data + 24, "\3\0\0\0xyz", 7);
	ask(2, 11, 9, 0);
	SENT(0, SERVICE_EFFECT_REPLY, 2, 6, 0, 32, 0, STATUS_NOT_EXIST, 0, 0, 0);
	theirs[0] = 1; /* not its own */
	deliver_bytes(2, 4, theirs, 11);
	assert_int_equal(fx.count, 0);
	sync_type(SERVICE_EVENT_SYNC_INIT, 12, 2);
	sync_type(SERVICE_EVENT_SYNC_PROCESS, 12, 2);
	assert_int_equal(effect(1, SERVICE_EFFECT_MULTICAST)->head.data[0], 4);
	body[0] = 0;
	request(1, 10, body, 4);
	STATUS(1, STATUS_OK);
	assert_int_equal(v.nodes[0].flags & 256, 0);
	ask(1, 11, 0, 0);
	SENT(0, SERVICE_EFFECT_REPLY, 1, 6, 0, 32, 0, STATUS_NOT_EXIST, 0, 0, 0);
}

static void leaving_is_said_only_with_downscale(void **state)
{
	(void)state;
	ring(8, 2);
	step((struct service_event){.type = SERVICE_EVENT_LEAVE});
	assert_int_equal(fx.count, 0);
	begin(2);
	map_put_u8(&map, "quorum.allow_downscale", 1);
	start();
	ring(8, 2);
	step((struct service_event){.type = SERVICE_EVENT_LEAVE});
	MULTICAST(0, 0, 32, 1, 1, 2, 1 | 2);
	nodeinfo(1, 1, 1, 2, 1 | 2);
	assert_int_equal(v.nodes[0].state, VOTEQUORUM_LEAVING);
}

static void timers_of_others_change_nothing(void **state)
{
	(void)state;
	ring(8, 2);
	for (int t = 0; t < SERVICE_TIMER_COUNT; t++) {
		step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = (enum service_timer)t});
		assert_int_equal(fx.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(start_tells_our_votes, init),
		cmocka_unit_test_setup(start_with_a_conflict_asks_to_exit, init),
		cmocka_unit_test_setup(what_is_left_out_is_said, init),
		cmocka_unit_test_setup(a_stored_barrier_is_the_least_that_is_expected, init),
		cmocka_unit_test_setup(process_tells_nodes_and_trackers, init),
		cmocka_unit_test_setup(a_change_outside_of_sync_is_told_at_once, init),
		cmocka_unit_test_setup(track_flags, init),
		cmocka_unit_test_setup(getinfo_layout, init),
		cmocka_unit_test_setup(requests_of_any_short_length_are_refused, init),
		cmocka_unit_test_setup(setting_is_one_ordered_message, init),
		cmocka_unit_test_setup(cancelling_the_wait_is_one_too, init),
		cmocka_unit_test_setup(messages_of_any_length_do_no_harm, init),
		cmocka_unit_test_setup(a_node_speaks_for_itself_only, init),
		cmocka_unit_test_setup(sums_saturate, init),
		cmocka_unit_test_setup(more_than_255_votes_are_counted, init),
		cmocka_unit_test_setup(dead_nodes_make_room, init),
		cmocka_unit_test_setup(names_are_made_to_end, init),
		cmocka_unit_test_setup(polls_are_checked, init),
		cmocka_unit_test_setup(a_ring_waits_for_the_device, init),
		cmocka_unit_test_setup(the_repeated_name_is_no_registration, init),
		cmocka_unit_test_setup(extra_info, init),
		cmocka_unit_test_setup(leaving_is_said_only_with_downscale, init),
		cmocka_unit_test_setup(timers_of_others_change_nothing, init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
