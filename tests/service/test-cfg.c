/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "service/cfg.h"

#include <stdio.h>
#include <string.h>

enum { POOL = 1024 * 1024, LOG = 4096, BYTES = 1024 * 1024, ME = 7 };
enum { REQUEST = 0, REGARDLESS = 1, IMMEDIATE = 2 };

/* What left the core, in order, whether it was drained in between or not. */
struct record {
	enum service_effect_type type;
	client_id client;
	const uint8_t *data;
	size_t len;
	uint32_t delay_ms;
	uint8_t phase;
};

static _Alignas(16) uint8_t memory[POOL];
static struct pool pool;
static struct map map;
static struct cfg c;
static struct service_effects fx;
static struct record records[LOG];
static uint32_t record_count;
static uint8_t bytes[BYTES];
static size_t bytes_used;

static void collect(void)
{
	for (uint32_t i = 0; i < fx.count; i++) {
		const struct service_effect *e = &fx.items[i];
		struct record *r = &records[record_count++];

		assert_in_range(record_count, 1, LOG);
		assert_true(bytes_used + e->head.len <= BYTES);
		assert_int_equal(e->tail.len, 0);
		*r = (struct record){e->type, e->client, bytes + bytes_used, e->head.len, e->delay_ms, e->phase};
		if (e->head.len > 0)
			memcpy(bytes + bytes_used, e->head.data, e->head.len);
		bytes_used += r->len;
	}
	fx.count = 0;
	fx.scratch_used = 0;
}

static void drain(void *host, struct service_effects *full)
{
	assert_ptr_equal(host, &c);
	assert_ptr_equal(full, &fx);
	collect();
}

static void step(struct service_event ev)
{
	record_count = 0;
	bytes_used = 0;
	cfg_step(&c, &ev, &fx);
	collect();
}

/* A transport that knows nodes 7 (us), 8 with link 1 down, 9 with link 0 only, and an address of node 10. */
static bool fake_status(void *arg, node_id node, struct cfg_node_status *ret)
{
	assert_ptr_equal(arg, &map);
	if (node.v < 7 || node.v > 9)
		return false;
	ret->reachable = true;
	ret->remote = node.v != ME;
	ret->external = node.v == 9;
	ret->onwire_min = 1;
	ret->onwire_max = 2;
	ret->onwire_version = 1;
	for (uint32_t i = 0; i < (node.v == 9 ? 1 : 2); i++) {
		struct cfg_link_status *l = &ret->links[i];

		l->configured = true;
		l->enabled = true;
		l->connected = i == 0;
		l->dynconnected = i == 0 && node.v == 9;
		l->mtu = 1400 + i;
		memset(l->source, 's', sizeof l->source); /* no NUL: the reply ends it */
		snprintf(l->dest, sizeof l->dest, "10.0.%u.%u", i, node.v);
	}
	return true;
}

static uint32_t fake_addresses(void *arg, node_id node, struct cfg_address ret[LINKS_MAX])
{
	assert_ptr_equal(arg, &map);
	if (node.v < 7 || node.v > 8)
		return 0;
	for (uint8_t i = 0; i < 2; i++) {
		ret[i].link = i == 0 ? 0 : 3;
		ret[i].family = 2;
		ret[i].bytes[0] = 10;
		ret[i].bytes[3] = (uint8_t)node.v;
		ret[i].bytes[15] = 0xee;
		snprintf(ret[i].text, sizeof ret[i].text, "10.0.%u.%u", ret[i].link, node.v);
	}
	return 2;
}

static int setup(void **state)
{
	struct cfg_queries queries = {fake_status, fake_addresses, &map};

	(void)state;
	pool_init(&pool, memory, sizeof memory);
	map_init(&map, &pool);
	cfg_init(&c, node_id_of(ME), &map, &queries);
	memset(&fx, 0, sizeof fx);
	fx.drain = drain;
	fx.host = &c;
	step((struct service_event){.type = SERVICE_EVENT_START});
	return 0;
}

static client_id client(uint32_t v)
{
	return (client_id){v};
}

static void connect(uint32_t v)
{
	step((struct service_event){.type = SERVICE_EVENT_CONNECT, .client = client(v)});
	assert_int_equal(record_count, 0);
}

static void disconnect(uint32_t v)
{
	step((struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = client(v)});
}

static uint32_t u32_at(const struct record *r, size_t at)
{
	uint32_t v;

	assert_true(at + 4 <= r->len);
	memcpy(&v, r->data + at, 4);
	return v;
}

static uint32_t count_of(enum service_effect_type type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < record_count; i++)
		n += records[i].type == type;
	return n;
}

static const struct record *nth(enum service_effect_type type, uint32_t n)
{
	for (uint32_t i = 0; i < record_count; i++)
		if (records[i].type == type && n-- == 0)
			return &records[i];
	fail_msg("there is no such effect");
	return NULL;
}

/* The status of the only reply to a client, or 0 without one. */
static uint32_t status_for(uint32_t to, uint32_t reply_id)
{
	uint32_t status = 0;

	for (uint32_t i = 0; i < record_count; i++) {
		const struct record *r = &records[i];

		if (r->type != SERVICE_EFFECT_REPLY || r->client.v != to)
			continue;
		assert_int_equal(status, 0);
		assert_int_equal(u32_at(r, 0), reply_id);
		assert_int_equal(u32_at(r, 8), r->len);
		status = u32_at(r, 16);
		assert_int_not_equal(status, 0);
	}
	return status;
}

static uint8_t request[512];

static void request_send(uint32_t from, uint16_t fn, size_t size)
{
	uint8_t exact[sizeof request]; /* reading beyond is seen by the sanitizer */

	memcpy(request, &(uint32_t){fn}, 4);
	memcpy(request + 8, &(uint32_t){(uint32_t)size}, 4);
	memcpy(exact, request, size);
	step((struct service_event){
		.type = SERVICE_EVENT_REQUEST, .client = client(from), .fn = fn, .message = bytes_of(exact, size)});
}

static void request_u32(uint32_t from, uint16_t fn, uint32_t value, size_t size)
{
	memset(request, 0xa5, sizeof request);
	memcpy(request + 16, &value, 4);
	request_send(from, fn, size);
}

static void track(uint32_t from)
{
	request_u32(from, 10, 0, 24);
	assert_int_equal(status_for(from, 2), STATUS_OK);
}

static void untrack(uint32_t from)
{
	request_u32(from, 11, 0, 16);
	assert_int_equal(status_for(from, 3), STATUS_OK);
}

static uint32_t try_shutdown(uint32_t from, uint32_t flags)
{
	request_u32(from, 3, flags, 24);
	return status_for(from, 9);
}

static uint32_t vote(uint32_t from, uint32_t answer)
{
	request_u32(from, 4, answer, 24);
	return status_for(from, 13);
}

static void timeout(void)
{
	step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = SERVICE_TIMER_SHUTDOWN});
}

static void assert_asked(uint32_t n, uint32_t who, uint32_t flags, enum status status)
{
	const struct record *r = nth(SERVICE_EFFECT_EVENT, n);

	assert_int_equal(r->client.v, who);
	assert_int_equal(r->len, 32);
	assert_int_equal(u32_at(r, 0), 10);
	assert_int_equal(u32_at(r, 8), 32);
	assert_int_equal(u32_at(r, 16), status);
	assert_int_equal(u32_at(r, 24), flags);
}

static void assert_shutdown_sent(bool sent)
{
	assert_int_equal(count_of(SERVICE_EFFECT_MULTICAST), sent);
	if (!sent)
		return;
	assert_int_equal(nth(SERVICE_EFFECT_MULTICAST, 0)->len, 16);
	assert_int_equal(u32_at(nth(SERVICE_EFFECT_MULTICAST, 0), 0), 0x10002);
	assert_int_equal(u32_at(nth(SERVICE_EFFECT_MULTICAST, 0), 8), 16);
}

/* Clients 1..n are connected; all but the first track. */
static void voters(uint32_t n)
{
	for (uint32_t i = 1; i <= n; i++) {
		connect(i);
		if (i > 1)
			track(i);
	}
}

/* Requests in general */

static void test_short_requests(void **state)
{
	static const uint16_t sizes[] = {16, 16, 282, 24, 24, 24, 16, 16, 16, 32, 24, 16};
	static const uint16_t reply_ids[] = {0, 1, 8, 9, 13, 11, 12, 14, 15, 16, 2, 3};

	(void)state;
	connect(1);
	for (uint16_t fn = 0; fn < 12; fn++)
		for (uint16_t size = 16; size < sizes[fn]; size++) {
			memset(request, 0, sizeof request);
			request_send(1, fn, size);
			assert_int_equal(status_for(1, reply_ids[fn]), STATUS_INVALID_PARAM);
			assert_int_equal(record_count, 1);
		}
	for (uint32_t fn = 12; fn <= UINT16_MAX; fn += 3641) {
		request_send(1, (uint16_t)fn, 288);
		assert_int_equal(status_for(1, 0), STATUS_INVALID_PARAM);
		assert_int_equal(record_count, 1);
	}
}

static void test_small_ones(void **state)
{
	(void)state;
	connect(1);
	request_u32(1, 1, 0, 16);
	assert_int_equal(status_for(1, 1), STATUS_NOT_SUPPORTED);
	request_u32(1, 6, 0, 16);
	assert_int_equal(status_for(1, 12), STATUS_OK);
	assert_int_equal(nth(SERVICE_EFFECT_REPLY, 0)->len, 32);
	assert_int_equal(u32_at(nth(SERVICE_EFFECT_REPLY, 0), 24), ME);
	request_u32(1, 8, 0, 16);
	assert_int_equal(status_for(1, 15), STATUS_OK);
	assert_int_equal(count_of(SERVICE_EFFECT_REOPEN), 1);
}

/* Shutdown */

static void test_shutdown_unopposed(void **state)
{
	(void)state;
	connect(1);
	assert_int_equal(try_shutdown(1, REQUEST), STATUS_OK);
	assert_shutdown_sent(true);
	assert_int_equal(records[0].type, SERVICE_EFFECT_REPLY); /* who asked hears it first */
	track(1);                                                /* one's own tracking is no veto */
	assert_int_equal(try_shutdown(1, REGARDLESS), STATUS_OK);
	assert_shutdown_sent(true);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
	assert_int_equal(try_shutdown(1, 3), STATUS_INVALID_PARAM);
	assert_int_equal(try_shutdown(1, UINT32_MAX), STATUS_INVALID_PARAM);
	assert_int_equal(record_count, 1);
}

static void test_shutdown_immediate(void **state)
{
	(void)state;
	voters(3);
	assert_int_equal(try_shutdown(2, IMMEDIATE), STATUS_OK);
	assert_shutdown_sent(true);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
	assert_int_equal(try_shutdown(1, REQUEST), 0);
	assert_int_equal(try_shutdown(2, IMMEDIATE), STATUS_OK); /* also while others are being asked */
	assert_shutdown_sent(true);
}

/* Votes of clients 2 and 3, in that order. */
static void test_shutdown_votes(void **state)
{
	static const struct {
		uint32_t flags, second, third, status;
	} rows[] = {
		{REQUEST, 1, 1, STATUS_OK},   {REQUEST, 0, 1, STATUS_BUSY},  {REQUEST, 1, 0, STATUS_BUSY},
		{REQUEST, 0, 0, STATUS_BUSY}, {REGARDLESS, 0, 0, STATUS_OK}, {REGARDLESS, 1, 1, STATUS_OK},
		{REQUEST, 77, 1, STATUS_OK},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		setup(state);
		voters(3);
		assert_int_equal(try_shutdown(1, rows[i].flags), 0);
		assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 2);
		assert_asked(0, 2, rows[i].flags, STATUS_OK);
		assert_asked(1, 3, rows[i].flags, STATUS_OK);
		assert_int_equal(nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, CFG_SHUTDOWN_TIMEOUT_MS);
		assert_shutdown_sent(false);
		assert_int_equal(vote(2, rows[i].second), STATUS_OK);
		assert_int_equal(status_for(1, 9), 0);
		assert_shutdown_sent(false);
		assert_int_equal(vote(3, rows[i].third), STATUS_OK);
		assert_int_equal(status_for(1, 9), rows[i].status);
		assert_shutdown_sent(rows[i].status == STATUS_OK);
		assert_int_equal(count_of(SERVICE_EFFECT_LOG), rows[i].status != STATUS_OK);
		assert_int_equal(nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 0);
		assert_int_equal(vote(2, 1), STATUS_ACCESS); /* it is over */
		timeout();
		assert_int_equal(record_count, 0);
	}
}

static void test_shutdown_only_the_asked_vote(void **state)
{
	(void)state;
	voters(3);
	connect(4);
	assert_int_equal(vote(2, 1), STATUS_ACCESS);
	try_shutdown(1, REQUEST);
	assert_int_equal(vote(1, 1), STATUS_ACCESS);
	assert_int_equal(vote(4, 1), STATUS_ACCESS);
	assert_int_equal(vote(2, 0), STATUS_OK);
	assert_int_equal(vote(2, 1), STATUS_OK); /* the last word counts, and counts once */
	assert_int_equal(status_for(1, 9), 0);
	assert_int_equal(vote(3, 1), STATUS_OK);
	assert_int_equal(status_for(1, 9), STATUS_OK);
}

static void test_shutdown_one_at_a_time(void **state)
{
	(void)state;
	voters(3);
	try_shutdown(1, REQUEST);
	assert_int_equal(try_shutdown(2, REQUEST), STATUS_EXIST);
	assert_int_equal(try_shutdown(2, REGARDLESS), STATUS_EXIST);
	vote(2, 0);
	vote(3, 0);
	assert_int_equal(status_for(1, 9), STATUS_BUSY);
	assert_int_equal(try_shutdown(2, REQUEST), 0);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 1);
	assert_asked(0, 3, REQUEST, STATUS_OK);
}

static void test_shutdown_timeout(void **state)
{
	static const struct {
		uint32_t flags, answer, status;
	} rows[] = {{REQUEST, 1, STATUS_BUSY}, {REGARDLESS, 1, STATUS_OK}, {REQUEST, 0, STATUS_BUSY}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		setup(state);
		map_put_u32(&map, "cfg.shutdown_timeout", 1234);
		voters(3);
		try_shutdown(1, rows[i].flags);
		assert_int_equal(nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 1234);
		vote(2, rows[i].answer);
		timeout();
		assert_int_equal(status_for(1, 9), rows[i].status);
		assert_shutdown_sent(rows[i].status == STATUS_OK);
		assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 2);
		assert_asked(0, 2, rows[i].flags, STATUS_TIMEOUT);
		assert_asked(1, 3, rows[i].flags, STATUS_TIMEOUT);
		assert_int_equal(vote(3, 1), STATUS_ACCESS);
	}
	setup(state);
	map_put_u32(&map, "cfg.shutdown_timeout", 0);
	voters(2);
	try_shutdown(1, REQUEST);
	assert_int_equal(nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 1); /* 0 would cancel */
}

/* Who goes agrees, whatever it said before; how it goes does not matter. */
static void test_shutdown_voters_go(void **state)
{
	for (int stops = 0; stops < 2; stops++) {
		setup(state);
		voters(4);
		try_shutdown(1, REQUEST);
		vote(2, 0);
		vote(3, 1);
		stops == 1 ? untrack(2) : disconnect(2);
		assert_int_equal(status_for(1, 9), 0);
		stops == 1 ? untrack(3) : disconnect(3);
		assert_int_equal(status_for(1, 9), 0);
		stops == 1 ? untrack(4) : disconnect(4);
		assert_int_equal(status_for(1, 9), STATUS_OK);
		assert_shutdown_sent(true);
	}
	setup(state);
	voters(3);
	try_shutdown(1, REQUEST);
	vote(3, 0);
	disconnect(2);
	assert_int_equal(status_for(1, 9), STATUS_BUSY);
}

static void test_shutdown_requester_goes(void **state)
{
	(void)state;
	voters(3);
	try_shutdown(1, REQUEST);
	disconnect(1);
	assert_int_equal(nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 0);
	assert_int_equal(record_count, 1);
	assert_int_equal(vote(2, 1), STATUS_ACCESS);
	assert_int_equal(try_shutdown(2, REQUEST), 0);
	untrack(2); /* having tracked or not is nothing to the request */
	assert_int_equal(status_for(2, 3), STATUS_OK);
	vote(3, 1);
	assert_int_equal(status_for(2, 9), STATUS_OK);
}

static void test_shutdown_newcomers_are_asked(void **state)
{
	(void)state;
	voters(2);
	connect(3);
	try_shutdown(1, REGARDLESS);
	track(3);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 1);
	assert_asked(0, 3, REGARDLESS, STATUS_OK);
	track(3); /* once */
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
	track(1);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
	vote(2, 1);
	assert_int_equal(status_for(1, 9), 0);
	vote(3, 1);
	assert_int_equal(status_for(1, 9), STATUS_OK);
}

/* More to ask than the array of effects holds. */
static void test_shutdown_many(void **state)
{
	enum { MANY = CLIENTS_MAX };

	(void)state;
	voters(MANY);
	try_shutdown(1, REQUEST);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), MANY - 1);
	for (uint32_t i = 2; i < MANY; i++)
		assert_int_equal(vote(i, 1), STATUS_OK);
	assert_int_equal(vote(MANY, 1), STATUS_OK);
	assert_int_equal(status_for(1, 9), STATUS_OK);
}

/* Ordered messages */

static uint8_t message[512];

static void deliver(uint32_t from, uint16_t fn, size_t size)
{
	uint8_t exact[sizeof message];

	memcpy(exact, message, size);
	step((struct service_event){
		.type = SERVICE_EVENT_DELIVER, .from = node_id_of(from), .fn = fn, .message = bytes_of(exact, size)});
}

/* Delivers the n-th message that the last step sent. */
static void deliver_sent(uint32_t from, uint32_t n)
{
	const struct record *r = nth(SERVICE_EFFECT_MULTICAST, n);
	uint16_t fn = (uint16_t)u32_at(r, 0);
	size_t size = r->len;

	assert_int_equal(u32_at(r, 0) >> 16, SERVICE_CFG);
	assert_int_equal(u32_at(r, 8), size);
	memcpy(message, r->data, size);
	deliver(from, fn, size);
}

static void test_shutdown_delivered(void **state)
{
	(void)state;
	deliver(8, 2, 16);
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].type, SERVICE_EFFECT_LOG);
	deliver(ME, 2, 16);
	assert_int_equal(count_of(SERVICE_EFFECT_SHUTDOWN), 1);
	assert_true(nth(SERVICE_EFFECT_SHUTDOWN, 0)->len > 0);
}

static void kill(uint32_t from, uint32_t node, const char *reason, uint16_t len)
{
	memset(request, 0xa5, sizeof request);
	memcpy(request + 16, &node, 4);
	memcpy(request + 24, &len, 2);
	memcpy(request + 26, reason, strlen(reason) + 1);
	request_send(from, 2, 288);
}

static void test_kill(void **state)
{
	const struct record *r;

	(void)state;
	connect(1);
	map_put_string(&map, "runtime.members.8.status", "left");
	map_put_string(&map, "runtime.members.7.status", "joined");
	kill(1, 8, "why", 4);
	assert_int_equal(status_for(1, 8), STATUS_NOT_EXIST);
	kill(1, 9, "why", 4);
	assert_int_equal(status_for(1, 8), STATUS_NOT_EXIST);
	assert_int_equal(record_count, 1);
	kill(1, 7, "why", 257);
	assert_int_equal(status_for(1, 8), STATUS_INVALID_PARAM);
	kill(1, 7, "why", UINT16_MAX);
	assert_int_equal(status_for(1, 8), STATUS_INVALID_PARAM);
	kill(1, 7, "why\nnot", 8);
	assert_int_equal(status_for(1, 8), STATUS_OK);
	r = nth(SERVICE_EFFECT_MULTICAST, 0);
	assert_int_equal(u32_at(r, 0), 0x10001);
	assert_int_equal(r->len, 288);
	assert_int_equal(u32_at(r, 16), 7);
	assert_int_equal(r->data[24], 8);
	assert_string_equal((const char *)r->data + 32, "why\nnot");
	assert_int_equal(r->data[287], 0);
	deliver_sent(9, 0);
	assert_int_equal(count_of(SERVICE_EFFECT_EXIT), 1);
	assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
	r = nth(SERVICE_EFFECT_EXIT, 0);
	assert_int_equal(r->len, strlen("killed by node 9: why?not"));
	assert_memory_equal(r->data, "killed by node 9: why?not", r->len);
}

static void test_kill_delivered(void **state)
{
	(void)state;
	memset(message, 0xa5, sizeof message);
	memcpy(message + 16, &(uint32_t){8}, 4);
	memcpy(message + 24, &(uint16_t){256}, 2);
	deliver(9, 1, 288);
	assert_int_equal(record_count, 0); /* somebody else */
	memcpy(message + 16, &(uint32_t){ME}, 4);
	deliver(9, 1, 288);
	assert_int_equal(count_of(SERVICE_EFFECT_EXIT), 1);
	memcpy(message + 24, &(uint16_t){0}, 2);
	deliver(9, 1, 32);
	assert_int_equal(count_of(SERVICE_EFFECT_EXIT), 1);
	memcpy(message + 24, &(uint16_t){257}, 2);
	deliver(9, 1, 400);
	assert_int_equal(count_of(SERVICE_EFFECT_EXIT), 0);
	assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
	memcpy(message + 24, &(uint16_t){256}, 2);
	for (size_t size = 16; size < 288; size++) {
		deliver(9, 1, size);
		assert_int_equal(record_count, 1);
		assert_int_equal(records[0].type, SERVICE_EFFECT_LOG);
	}
}

static void test_unknown_messages(void **state)
{
	(void)state;
	memset(message, 0, sizeof message);
	deliver(9, 0, 32);
	assert_int_equal(record_count, 0);
	for (uint16_t fn = 5; fn < 70; fn++) {
		deliver(9, fn, 32);
		assert_int_equal(record_count, 1);
		assert_int_equal(records[0].type, SERVICE_EFFECT_LOG);
	}
	for (size_t size = 16; size < 32; size++) {
		deliver(ME, 3, size);
		assert_int_equal(count_of(SERVICE_EFFECT_RELOAD), 0);
		assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
	}
	for (size_t size = 16; size < 20; size++) {
		deliver(ME, 4, size);
		assert_int_equal(record_count, 1);
		assert_int_equal(records[0].type, SERVICE_EFFECT_LOG);
	}
	for (uint32_t phase = 0; phase < 600; phase += phase == 0 ? 3 : 1) {
		memcpy(message + 16, &phase, 4);
		deliver(ME, 4, 24);
		assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
		assert_int_equal(record_count, 1);
	}
}

/* Reload */

static void reload(uint32_t from)
{
	request_u32(from, 7, 0, 16);
	assert_int_equal(record_count, 1); /* the reply comes later */
	assert_int_equal(u32_at(&records[0], 0), 0x10003);
	assert_int_equal(u32_at(&records[0], 16), ME);
	assert_int_equal(records[0].len, 32);
}

static void reloaded(enum status status, bool crypto)
{
	step((struct service_event){.type = SERVICE_EVENT_RELOADED, .status = status, .crypto_changed = crypto});
}

static void test_reload(void **state)
{
	(void)state;
	connect(1);
	connect(2);
	reload(1);
	deliver_sent(ME, 0);
	assert_int_equal(count_of(SERVICE_EFFECT_RELOAD), 1);
	assert_int_equal(count_of(SERVICE_EFFECT_REPLY), 0);
	reloaded(STATUS_INVALID_PARAM, false);
	assert_int_equal(status_for(1, 14), STATUS_INVALID_PARAM);
	assert_int_equal(record_count, 1);
	reload(2);
	deliver_sent(ME, 0);
	reloaded(STATUS_OK, false);
	assert_int_equal(status_for(2, 14), STATUS_OK);
	assert_int_equal(record_count, 1);
}

static void test_reload_asked_elsewhere(void **state)
{
	(void)state;
	connect(1);
	reload(1);
	deliver_sent(8, 0); /* the same token means nothing from another node */
	assert_int_equal(count_of(SERVICE_EFFECT_RELOAD), 1);
	reloaded(STATUS_OK, false);
	assert_int_equal(record_count, 0);
	deliver(ME, 3, 32); /* our own, at last */
	assert_int_equal(count_of(SERVICE_EFFECT_RELOAD), 1);
	reloaded(STATUS_OK, false);
	assert_int_equal(status_for(1, 14), STATUS_OK);
	deliver(ME, 3, 32); /* a token is good for one reply */
	reloaded(STATUS_OK, false);
	assert_int_equal(record_count, 0);
	memset(message + 24, 0xff, 8);
	deliver(ME, 3, 32);
	reloaded(STATUS_OK, false);
	assert_int_equal(record_count, 0);
	memset(message + 24, 0, 8);
	deliver(ME, 3, 32);
	reloaded(STATUS_OK, false);
	assert_int_equal(record_count, 0);
}

static void test_reload_initiator_goes(void **state)
{
	(void)state;
	connect(1);
	reload(1);
	disconnect(1);
	connect(1 + CLIENTS_MAX);
	deliver(ME, 3, 0 + 32);
	reloaded(STATUS_OK, false);
	assert_int_equal(record_count, 0);
	reload(1 + CLIENTS_MAX);
	deliver_sent(ME, 0);
	disconnect(1 + CLIENTS_MAX); /* between delivery and the end */
	reloaded(STATUS_OK, false);
	assert_int_equal(record_count, 0);
}

static void test_reloads_pile_up(void **state)
{
	uint8_t second[32], third[32];

	(void)state;
	connect(1);
	connect(2);
	connect(3);
	reload(2);
	memcpy(second, records[0].data, 32);
	reload(3);
	memcpy(third, records[0].data, 32);
	reload(1);
	deliver_sent(ME, 0);
	assert_int_equal(count_of(SERVICE_EFFECT_RELOAD), 1);
	memcpy(message, second, 32);
	deliver(ME, 3, 32);
	assert_int_equal(count_of(SERVICE_EFFECT_RELOAD), 0);
	memcpy(message, third, 32);
	deliver(ME, 3, 32);
	assert_int_equal(count_of(SERVICE_EFFECT_RELOAD), 0);
	reloaded(STATUS_OK, false);
	assert_int_equal(status_for(1, 14), STATUS_OK);
	assert_int_equal(count_of(SERVICE_EFFECT_REPLY), 1);
	assert_int_equal(count_of(SERVICE_EFFECT_RELOAD), 1);
	reloaded(STATUS_INVALID_PARAM, false);
	assert_int_equal(status_for(2, 14), STATUS_INVALID_PARAM);
	assert_int_equal(status_for(3, 14), STATUS_INVALID_PARAM);
	assert_int_equal(record_count, 2);
}

static void test_crypto_in_two_steps(void **state)
{
	(void)state;
	deliver(8, 3, 32);
	reloaded(STATUS_OK, true);
	assert_int_equal(record_count, 1);
	assert_int_equal(u32_at(&records[0], 0), 0x10004);
	assert_int_equal(u32_at(&records[0], 16), 1);
	assert_int_equal(records[0].len, 24);
	deliver_sent(8, 0); /* each for itself */
	assert_int_equal(record_count, 0);
	deliver(ME, 4, 24);
	assert_int_equal(record_count, 2);
	assert_int_equal(records[0].type, SERVICE_EFFECT_CRYPTO);
	assert_int_equal(records[0].phase, 1);
	assert_int_equal(u32_at(&records[1], 16), 2);
	deliver_sent(ME, 0);
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].type, SERVICE_EFFECT_CRYPTO);
	assert_int_equal(records[0].phase, 2);
}

/* Questions */

static void test_ring_status(void **state)
{
	const struct record *r;

	(void)state;
	connect(1);
	map_put_u32(&map, "nodelist.node.0.nodeid", 9); /* positions are not in the order of ids */
	map_put_u32(&map, "nodelist.node.1.nodeid", ME);
	map_put_u32(&map, "nodelist.node.2.nodeid", 10);
	map_put_u32(&map, "nodelist.node.3.nodeid", 8);
	map_put_string(&map, "nodelist.node.3.ring0_addr", "10.0.0.8");
	map_put_string(&map, "nodelist.node.4.nodeid", "12");
	request_u32(1, 0, 0, 16);
	assert_int_equal(status_for(1, 0), STATUS_OK);
	r = nth(SERVICE_EFFECT_REPLY, 0);
	assert_int_equal(r->len, 10272);
	assert_int_equal(u32_at(r, 24), 2);
	assert_string_equal((const char *)r->data + 32, "0 10.0.0.7");
	assert_string_equal((const char *)r->data + 32 + 128, "3 10.0.3.7");
	assert_string_equal((const char *)r->data + 2080, "n37?");
	assert_string_equal((const char *)r->data + 2080 + 512, "ndd?");
	map_put_string(&map, "totem.transport", "udpu");
	request_u32(1, 0, 0, 16);
	assert_string_equal((const char *)nth(SERVICE_EFFECT_REPLY, 0)->data + 2080, "OK");
	map_put_string(&map, "totem.transport", "knet");
	request_u32(1, 0, 0, 16);
	assert_string_equal((const char *)nth(SERVICE_EFFECT_REPLY, 0)->data + 2080, "n37?");
}

static void test_node_addresses(void **state)
{
	const struct record *r;

	(void)state;
	connect(1);
	for (uint32_t node = 0; node <= 8; node += 8) {
		request_u32(1, 5, node, 24);
		assert_int_equal(status_for(1, 11), STATUS_OK);
		r = nth(SERVICE_EFFECT_REPLY, 0);
		assert_int_equal(r->len, 32 + 2 * 16);
		assert_int_equal(u32_at(r, 24), 2);
		assert_int_equal(u32_at(r, 28), 2);
		assert_int_equal(r->data[32 + 3], node == 0 ? ME : 8);
		assert_int_equal(r->data[48 + 15], 0xee);
	}
	request_u32(1, 5, 10, 24);
	assert_int_equal(status_for(1, 11), STATUS_NOT_EXIST);
	assert_int_equal(nth(SERVICE_EFFECT_REPLY, 0)->len, 32);
}

static void node_status(uint32_t node, uint32_t version)
{
	memset(request, 0xa5, sizeof request);
	memcpy(request + 16, &node, 4);
	memcpy(request + 24, &version, 4);
	request_send(1, 9, 32);
}

static void test_node_status(void **state)
{
	const struct record *r;
	const uint8_t *link;

	(void)state;
	connect(1);
	node_status(8, 1);
	assert_int_equal(status_for(1, 16), STATUS_OK);
	r = nth(SERVICE_EFFECT_REPLY, 0);
	assert_int_equal(r->len, 4200);
	assert_int_equal(u32_at(r, 24), 1);
	assert_int_equal(u32_at(r, 28), 8);
	assert_memory_equal(r->data + 32, "\1\1\0\1\2\1", 6);
	link = r->data + 40;
	assert_memory_equal(link, "\1\1\0", 3);
	assert_int_equal(u32_at(r, 44), 1400);
	assert_int_equal(strlen((const char *)link + 8), 255);
	assert_string_equal((const char *)link + 264, "10.0.0.8");
	assert_memory_equal(link + 520, "\1\0\0", 3);
	assert_string_equal((const char *)link + 520 + 264, "10.0.1.8");
	for (size_t at = 40 + 2 * 520; at < r->len; at++)
		assert_int_equal(r->data[at], 0);
	node_status(9, 1);
	assert_memory_equal(nth(SERVICE_EFFECT_REPLY, 0)->data + 32, "\1\1\1", 3);
	assert_int_equal(nth(SERVICE_EFFECT_REPLY, 0)->data[42], 1);

	node_status(12, 1);
	assert_int_equal(status_for(1, 16), STATUS_FAILED_OPERATION);
	assert_int_equal(nth(SERVICE_EFFECT_REPLY, 0)->len, 32);
	for (uint32_t version = 0; version < 4; version += 2) {
		node_status(8, version);
		assert_int_equal(status_for(1, 16), STATUS_NOT_SUPPORTED);
		assert_int_equal(nth(SERVICE_EFFECT_REPLY, 0)->len, 32);
		assert_int_equal(u32_at(nth(SERVICE_EFFECT_REPLY, 0), 24), version);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_short_requests, setup),
		cmocka_unit_test_setup(test_small_ones, setup),
		cmocka_unit_test_setup(test_shutdown_unopposed, setup),
		cmocka_unit_test_setup(test_shutdown_immediate, setup),
		cmocka_unit_test_setup(test_shutdown_votes, setup),
		cmocka_unit_test_setup(test_shutdown_only_the_asked_vote, setup),
		cmocka_unit_test_setup(test_shutdown_one_at_a_time, setup),
		cmocka_unit_test_setup(test_shutdown_timeout, setup),
		cmocka_unit_test_setup(test_shutdown_voters_go, setup),
		cmocka_unit_test_setup(test_shutdown_requester_goes, setup),
		cmocka_unit_test_setup(test_shutdown_newcomers_are_asked, setup),
		cmocka_unit_test_setup(test_shutdown_many, setup),
		cmocka_unit_test_setup(test_shutdown_delivered, setup),
		cmocka_unit_test_setup(test_kill, setup),
		cmocka_unit_test_setup(test_kill_delivered, setup),
		cmocka_unit_test_setup(test_unknown_messages, setup),
		cmocka_unit_test_setup(test_reload, setup),
		cmocka_unit_test_setup(test_reload_asked_elsewhere, setup),
		cmocka_unit_test_setup(test_reload_initiator_goes, setup),
		cmocka_unit_test_setup(test_reloads_pile_up, setup),
		cmocka_unit_test_setup(test_crypto_in_two_steps, setup),
		cmocka_unit_test_setup(test_ring_status, setup),
		cmocka_unit_test_setup(test_node_addresses, setup),
		cmocka_unit_test_setup(test_node_status, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
