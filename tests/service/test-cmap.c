/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/text.h"
#include "service/cmap.h"

#include <stdio.h>
#include <string.h>

enum { POOL = 8 * 1024 * 1024, LOG = 8192, BYTES = 4 * 1024 * 1024, ME = 7 };

/* What left the core, in order, whether it was drained in between or not. */
struct record {
	enum service_effect_type type;
	client_id client;
	const uint8_t *data;
	size_t len;
	uint32_t delay_ms;
	uint8_t what;
};

static _Alignas(16) uint8_t memory[POOL];
static struct pool pool;
static struct map map, stats;
static struct cmap c;
static struct service_effects fx;
static struct record records[LOG];
static uint32_t record_count, drains;
static uint8_t bytes[BYTES];
static size_t bytes_used;

static void collect(void)
{
	for (uint32_t i = 0; i < fx.count; i++) {
		const struct service_effect *e = &fx.items[i];
		struct record *r = &records[record_count++];

		assert_in_range(record_count, 1, LOG);
		assert_true(bytes_used + e->head.len + e->tail.len <= BYTES);
		*r = (struct record){e->type,     e->client, bytes + bytes_used, e->head.len + e->tail.len,
				     e->delay_ms, e->what};
		if (e->head.len > 0)
			memcpy(bytes + bytes_used, e->head.data, e->head.len);
		if (e->tail.len > 0)
			memcpy(bytes + bytes_used + e->head.len, e->tail.data, e->tail.len);
		bytes_used += r->len;
	}
	fx.count = 0;
	fx.scratch_used = 0;
}

static void drain(void *host, struct service_effects *full)
{
	assert_ptr_equal(host, &c);
	assert_ptr_equal(full, &fx);
	drains++;
	collect();
}

static void map_told(void *arg, const struct map_change *change)
{
	cmap_changed(&c, arg == &stats, change, &fx);
}

static void log_clear(void)
{
	record_count = 0;
	bytes_used = 0;
	drains = 0;
}

static void step(struct service_event ev)
{
	log_clear();
	cmap_step(&c, &ev, &fx);
	collect();
}

static int setup(void **state)
{
	(void)state;
	pool_init(&pool, memory, sizeof memory);
	map_init(&map, &pool);
	map_init(&stats, &pool);
	cmap_init(&c, node_id_of(ME), &map, &stats, &pool);
	cmap_mark_readonly(&map);
	map_observe(&map, map_told, &map);
	map_observe(&stats, map_told, &stats);
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

static uint64_t u64_at(const struct record *r, size_t at)
{
	uint64_t v;

	assert_true(at + 8 <= r->len);
	memcpy(&v, r->data + at, 8);
	return v;
}

/* The only reply among the records. */
static const struct record *the_reply(void)
{
	const struct record *found = NULL;

	for (uint32_t i = 0; i < record_count; i++)
		if (records[i].type == SERVICE_EFFECT_REPLY) {
			assert_null(found);
			found = &records[i];
		}
	assert_non_null(found);
	assert_int_equal(u32_at(found, 8), found->len);
	return found;
}

static enum status the_status(void)
{
	return (enum status)u32_at(the_reply(), 16);
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

/* A request, filled with garbage where nothing is written, as clients do. */
static uint8_t request[64 * 1024];

static void request_open(uint16_t fn, const char *name)
{
	uint16_t len = name != NULL ? (uint16_t)strlen(name) : 0;

	memset(request, 0xa5, sizeof request);
	memcpy(request, &(uint32_t){fn}, 4);
	if (name == NULL)
		return;
	memcpy(request + 16, &len, 2);
	memcpy(request + 24, name, len + (size_t)(len < 256));
}

static const struct record *request_send(uint32_t from, uint16_t fn, size_t size, uint32_t reply_id, size_t reply_size)
{
	const struct record *r;

	memcpy(request + 8, &(uint32_t){(uint32_t)size}, 4);
	step((struct service_event){
		.type = SERVICE_EVENT_REQUEST, .client = client(from), .fn = fn, .message = bytes_of(request, size)});
	r = the_reply();
	assert_int_equal(r->client.v, from);
	assert_int_equal(u32_at(r, 0), reply_id);
	assert_int_equal(r->len, reply_size);
	return r;
}

static enum status set_sized(uint32_t from, const char *key, enum map_type type, const void *value, size_t len)
{
	request_open(0, key);
	memcpy(request + 280, &(uint64_t){len}, 8);
	request[288] = (uint8_t)type;
	if (len > 0)
		memcpy(request + 296, value, len);
	request_send(from, 0, 296 + len, 0, 24);
	return the_status();
}

static enum status set_string(uint32_t from, const char *key, const char *value)
{
	return set_sized(from, key, MAP_STRING, value, strlen(value));
}

static enum status set_u32(uint32_t from, const char *key, uint32_t value)
{
	return set_sized(from, key, MAP_U32, &value, 4);
}

static enum status delete_key(uint32_t from, const char *key)
{
	request_open(1, key);
	request_send(from, 1, 280, 1, 24);
	return the_status();
}

static enum status adjust(uint32_t from, const char *key, int32_t step_by)
{
	request_open(3, key);
	memcpy(request + 280, &step_by, 4);
	request_send(from, 3, 288, 3, 24);
	return the_status();
}

static const struct record *get(uint32_t from, const char *key, uint64_t room, size_t reply_size)
{
	request_open(2, key);
	memcpy(request + 280, &room, 8);
	return request_send(from, 2, 288, 2, reply_size);
}

static uint64_t iter_init(uint32_t from, const char *prefix)
{
	request_open(4, prefix);
	request_send(from, 4, 280, 4, 32);
	assert_int_equal(the_status(), STATUS_OK);
	return u64_at(the_reply(), 24);
}

/* The key, or NULL at the end; other errors are in the_status(). */
static const char *iter_next(uint32_t from, uint64_t handle)
{
	static char key[256];
	const struct record *r;
	uint16_t len;

	request_open(5, NULL);
	memcpy(request + 16, &handle, 8);
	r = request_send(from, 5, 24, 5, 304);
	if (the_status() != STATUS_OK)
		return NULL;
	memcpy(&len, r->data + 24, 2);
	assert_in_range(len, 3, 255);
	memcpy(key, r->data + 32, len + 1u);
	assert_int_equal(strlen(key), len);
	return key;
}

static enum status handle_request(uint32_t from, uint16_t fn, uint64_t handle, size_t reply_size)
{
	request_open(fn, NULL);
	memcpy(request + 16, &handle, 8);
	request_send(from, fn, 24, fn, reply_size);
	return the_status();
}

static enum status track_try(uint32_t from, const char *key, int32_t type, uint64_t instance)
{
	request_open(7, key);
	memcpy(request + 280, &type, 4);
	memcpy(request + 288, &instance, 8);
	request_send(from, 7, 296, 7, 32);
	return the_status();
}

static uint64_t track(uint32_t from, const char *key, int32_t type, uint64_t instance)
{
	assert_int_equal(track_try(from, key, type, instance), STATUS_OK);
	return u64_at(the_reply(), 24);
}

static enum status use_map(uint32_t from, int32_t number)
{
	request_open(9, NULL);
	memcpy(request + 16, &number, 4);
	request_send(from, 9, 24, 10, 24);
	return the_status();
}

static void assert_event(uint32_t n, uint32_t to, uint64_t instance, const char *key, enum map_change_type change,
			 struct map_value after, struct map_value before)
{
	const struct record *r = nth(SERVICE_EFFECT_EVENT, n);
	uint16_t len;

	assert_int_equal(r->client.v, to);
	assert_int_equal(u32_at(r, 0), 9);
	assert_int_equal(u32_at(r, 8), r->len);
	assert_int_equal(u32_at(r, 16), STATUS_OK);
	assert_int_equal(u64_at(r, 24), instance);
	memcpy(&len, r->data + 32, 2);
	assert_int_equal(len, strlen(key));
	assert_string_equal((const char *)r->data + 40, key);
	assert_int_equal(u32_at(r, 296), change);
	assert_int_equal(r->data[304], after.type);
	assert_int_equal(r->data[312], before.type);
	assert_int_equal(u64_at(r, 320), after.bytes.len);
	assert_int_equal(u64_at(r, 328), before.bytes.len);
	assert_int_equal(r->len, 336 + after.bytes.len + before.bytes.len);
	if (after.bytes.len > 0)
		assert_memory_equal(r->data + 336, after.bytes.data, after.bytes.len);
	if (before.bytes.len > 0)
		assert_memory_equal(r->data + 336 + after.bytes.len, before.bytes.data, before.bytes.len);
}

static struct map_value text_value(const char *s)
{
	return (struct map_value){MAP_STRING, bytes_of(s, strlen(s) + 1)};
}

/* Values */

static void test_set_get_delete(void **state)
{
	const struct record *r;

	(void)state;
	connect(1);
	assert_int_equal(set_string(1, "a.key", "value"), STATUS_OK);
	assert_string_equal(map_get_string(&map, "a.key"), "value");

	r = get(1, "a.key", 0, 40); /* how long is it? */
	assert_int_equal(the_status(), STATUS_OK);
	assert_int_equal(u64_at(r, 24), 6);
	assert_int_equal(r->data[32], MAP_STRING);
	r = get(1, "a.key", 6, 46);
	assert_int_equal(the_status(), STATUS_OK);
	assert_string_equal((const char *)r->data + 40, "value");
	r = get(1, "a.key", 16, 56); /* padded to what was asked for */
	assert_int_equal(the_status(), STATUS_OK);
	assert_int_equal(u64_at(r, 24), 6);
	assert_memory_equal(r->data + 40, "value\0\0\0\0\0\0\0\0\0\0", 16);
	get(1, "a.key", 5, 40);
	assert_int_equal(the_status(), STATUS_INVALID_PARAM);
	get(1, "b.key", 5, 40);
	assert_int_equal(the_status(), STATUS_NOT_EXIST);
	get(1, "a.key", UINT64_MAX, 40 + 128 * 1024); /* the padding is bounded */
	assert_int_equal(the_status(), STATUS_OK);

	assert_int_equal(delete_key(1, "a.key"), STATUS_OK);
	assert_int_equal(delete_key(1, "a.key"), STATUS_NOT_EXIST);
}

static void test_set_rules(void **state)
{
	static char big[MAP_VALUE_MAX + 2];
	char long_name[300];

	(void)state;
	memset(long_name, 'n', sizeof long_name);
	memset(big, 'b', sizeof big);
	connect(1);
	for (int type = MAP_I8; type <= MAP_DOUBLE; type++) {
		static const uint8_t sizes[] = {0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

		for (size_t len = 0; len <= 9; len++)
			assert_int_equal(set_sized(1, "a.number", (enum map_type)type, "12345678", len),
					 len == sizes[type] ? STATUS_OK : STATUS_INVALID_PARAM);
		assert_int_equal(map_get(&map, "a.number").type, type); /* a set may change the type */
	}
	assert_int_equal(set_sized(1, "a.key", MAP_NONE, "x", 1), STATUS_INVALID_PARAM);
	assert_int_equal(set_sized(1, "a.key", (enum map_type)13, "x", 1), STATUS_INVALID_PARAM);
	assert_int_equal(set_sized(1, "a.key", (enum map_type)255, "x", 1), STATUS_INVALID_PARAM);
	assert_int_equal(set_sized(1, "a.key", MAP_STRING, "x\0y", 3), STATUS_INVALID_PARAM);
	assert_int_equal(set_sized(1, "a.key", MAP_STRING, "x\0\0", 3), STATUS_INVALID_PARAM);
	assert_int_equal(set_sized(1, "a.key", MAP_STRING, "xyz", 2), STATUS_OK);
	assert_string_equal(map_get_string(&map, "a.key"), "xy");
	assert_int_equal(set_sized(1, "a.key", MAP_STRING, "xyz", 4), STATUS_OK);
	assert_string_equal(map_get_string(&map, "a.key"), "xyz");
	assert_int_equal(set_sized(1, "a.key", MAP_STRING, "", 0), STATUS_OK);
	assert_string_equal(map_get_string(&map, "a.key"), "");
	assert_int_equal(set_sized(1, "a.key", MAP_BINARY, "x\0y", 3), STATUS_OK);
	assert_int_equal(map_get(&map, "a.key").bytes.len, 3);
	assert_int_not_equal(set_sized(1, "a.key", MAP_BINARY, big, MAP_VALUE_MAX + 1), STATUS_OK);

	assert_int_equal(set_string(1, "ab", "x"), STATUS_NAME_TOO_LONG);
	assert_int_equal(set_string(1, "a b", "x"), STATUS_NAME_TOO_LONG);
	long_name[255] = '\0';
	assert_int_equal(set_string(1, long_name, "x"), STATUS_OK);
	long_name[255] = 'n';
	long_name[256] = '\0';
	assert_int_equal(set_string(1, long_name, "x"), STATUS_NAME_TOO_LONG);
	get(1, long_name, 0, 40);
	assert_int_equal(the_status(), STATUS_NAME_TOO_LONG);
}

static void test_a_length_that_lies(void **state)
{
	(void)state;
	connect(1);
	request_open(0, "a.key");
	for (int i = 0; i < 3; i++) {
		uint64_t lengths[] = {9, UINT64_MAX, UINT64_MAX - 296};

		memcpy(request + 280, &lengths[i], 8);
		request[288] = MAP_BINARY;
		request_send(1, 0, 296 + 8, 0, 24);
		assert_int_equal(the_status(), STATUS_INVALID_PARAM);
	}
	request_open(0, "a.key");
	request[16] = 0xff; /* the name's length */
	request[17] = 0xff;
	request_send(1, 0, 296 + 8, 0, 24);
	assert_int_equal(the_status(), STATUS_NAME_TOO_LONG);
	assert_int_equal(map.count, 0);
}

static void test_short_requests(void **state)
{
	static const uint16_t sizes[] = {296, 280, 288, 288, 280, 24, 24, 296, 24, 24};
	static const uint16_t reply_ids[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10};
	static const uint16_t reply_sizes[] = {24, 24, 40, 24, 32, 304, 24, 32, 32, 24};

	(void)state;
	connect(1);
	for (uint16_t fn = 0; fn < 10; fn++)
		for (uint16_t size = 16; size < sizes[fn]; size++) {
			request_open(fn, "a.key");
			request_send(1, fn, size, reply_ids[fn], reply_sizes[fn]);
			assert_int_equal(the_status(), STATUS_INVALID_PARAM);
		}
	for (uint32_t fn = 10; fn <= UINT16_MAX; fn += 6553) {
		request_open((uint16_t)fn, "a.key");
		request_send(1, (uint16_t)fn, 296, 0, 24);
		assert_int_equal(the_status(), STATUS_INVALID_PARAM);
	}
	assert_int_equal(map.count, 0);
}

static void test_adjust(void **state)
{
	uint8_t small = 250;
	uint32_t number;

	(void)state;
	connect(1);
	map_put_u8(&map, "a.small", small);
	map_put_u32(&map, "a.number", 5);
	map_put_string(&map, "a.text", "5");
	assert_int_equal(adjust(1, "a.small", 10), STATUS_OK);
	assert_true(map_get_u8(&map, "a.small", &small));
	assert_int_equal(small, 4);
	assert_int_equal(adjust(1, "a.number", -6), STATUS_OK);
	assert_true(map_get_u32(&map, "a.number", &number));
	assert_int_equal(number, UINT32_MAX);
	assert_int_equal(adjust(1, "a.text", 1), STATUS_INVALID_PARAM);
	assert_int_equal(adjust(1, "a.gone", 1), STATUS_NOT_EXIST);
}

static void test_readonly(void **state)
{
	static const char *const readonly[] = {
		"internal_configuration.service.0.name",
		"runtime.services.cpg.0.tx",
		"runtime.config.totem.token",
		"runtime.totem.x",
		"uidgid.config.uid.0",
		"system.qb_ipc_type",
		"nodelist.node.0.nodeid",
		"nodelist.local_node_pos",
		"totem.crypto_cipher",
		"totem.crypto_hash",
		"totem.crypto_model",
		"totem.keyfile",
		"totem.key",
		"totem.secauth",
		"totem.ip_version",
		"totem.ip_dscp",
		"totem.transport",
		"totem.cluster_name",
		"totem.netmtu",
		"totem.threads",
		"totem.version",
		"totem.nodeid",
		"totem.clear_node_high_bit",
		"config.reload_in_progress",
		"config.totemconfig_reload_in_progress",
		"quorum.allow_downscale",
		"quorum.wait_for_all",
		"quorum.last_man_standing",
		"quorum.last_man_standing_window",
		"quorum.expected_votes_tracking",
		"quorum.auto_tie_breaker",
		"quorum.auto_tie_breaker_node",
	};
	static const char *const writable[] = {
		"totem.token",          "totem.key2",           "runtime.members.1.status", "uidgid.gid.108",
		"uidgid.uid.1",         "logging.debug",        "runtime.votequorum.x",     "quorum.expected_votes",
		"quorum.two_node",      "totem.config_version", "config.reload_status",     "my.key",
		"cfg.shutdown_timeout",
	};

	(void)state;
	connect(1);
	for (size_t i = 0; i < sizeof readonly / sizeof readonly[0]; i++) {
		map_put_u32(&map, readonly[i], 1);
		assert_int_equal(set_u32(1, readonly[i], 2), STATUS_ACCESS);
		assert_int_equal(adjust(1, readonly[i], 2), STATUS_ACCESS);
		assert_int_equal(delete_key(1, readonly[i]), STATUS_ACCESS);
		get(1, readonly[i], 4, 44);
		assert_int_equal(the_status(), STATUS_OK);
		assert_int_equal(u32_at(the_reply(), 40), 1);
	}
	assert_int_equal(set_u32(1, "nodelist.new", 2), STATUS_ACCESS);
	assert_int_equal(delete_key(1, "nodelist.new"), STATUS_ACCESS);
	for (size_t i = 0; i < sizeof writable / sizeof writable[0]; i++) {
		assert_int_equal(set_u32(1, writable[i], 2), STATUS_OK);
		assert_int_equal(adjust(1, writable[i], 2), STATUS_OK);
		assert_int_equal(delete_key(1, writable[i]), STATUS_OK);
	}
}

static void test_a_full_pool_says_so(void **state)
{
	uint64_t handle;

	(void)state;
	connect(1);
	handle = iter_init(1, "");
	while (pool_alloc(&pool, 4096) != NULL)
		;
	while (pool_alloc(&pool, 16) != NULL)
		;
	assert_int_equal(set_string(1, "a.key", "value"), STATUS_NO_MEMORY);
	assert_int_equal(track_try(1, "a.key", 7, 1), STATUS_NO_MEMORY);
	request_open(4, "");
	request_send(1, 4, 280, 4, 32);
	assert_int_equal(the_status(), STATUS_NO_MEMORY);
	assert_null(iter_next(1, handle));
	assert_int_equal(the_status(), STATUS_NO_SECTIONS);
	disconnect(1);
}

/* Iteration */

static void test_iteration(void **state)
{
	uint64_t all, part, none;

	(void)state;
	map_put_u32(&map, "b.2", 2);
	map_put_string(&map, "a.1", "one");
	map_put_u32(&map, "b.1", 1);
	map_put_u32(&map, "b.10", 10);
	map_put_u32(&map, "c.1", 1);
	connect(1);
	connect(2);
	all = iter_init(1, "");
	part = iter_init(1, "b.");
	none = iter_init(1, "d.");
	assert_string_equal(iter_next(1, all), "a.1");
	assert_int_equal(u64_at(the_reply(), 288), 4);
	assert_int_equal(the_reply()->data[296], MAP_STRING);
	assert_string_equal(iter_next(1, part), "b.1");
	assert_string_equal(iter_next(1, all), "b.1");
	assert_string_equal(iter_next(1, part), "b.10");
	assert_int_equal(delete_key(1, "b.10"), STATUS_OK); /* where one iterator stands and the other goes next */
	assert_string_equal(iter_next(1, part), "b.2");
	assert_string_equal(iter_next(1, all), "b.2");
	assert_null(iter_next(1, part));
	assert_int_equal(the_status(), STATUS_NO_SECTIONS);
	assert_null(iter_next(1, none));
	assert_int_equal(the_status(), STATUS_NO_SECTIONS);
	assert_string_equal(iter_next(1, all), "c.1");
	assert_null(iter_next(1, all));

	/* handles are the connection's own */
	assert_null(iter_next(2, all));
	assert_int_equal(the_status(), STATUS_BAD_HANDLE);
	assert_int_equal(handle_request(2, 6, all, 24), STATUS_BAD_HANDLE);
	assert_int_equal(handle_request(1, 6, all, 24), STATUS_OK);
	assert_int_equal(handle_request(1, 6, all, 24), STATUS_BAD_HANDLE);
	assert_null(iter_next(1, all));
	assert_int_equal(the_status(), STATUS_BAD_HANDLE);
	assert_null(iter_next(1, 0));
	assert_int_equal(the_status(), STATUS_BAD_HANDLE);
	disconnect(1);
	connect(1 + CLIENTS_MAX); /* the next one in the slot has none of them */
	assert_null(iter_next(1 + CLIENTS_MAX, part));
	assert_int_equal(the_status(), STATUS_BAD_HANDLE);
}

static void test_handles_are_bounded_and_freed(void **state)
{
	size_t used = pool.used;

	(void)state;
	connect(1);
	for (int i = 0; i < CMAP_HANDLES_MAX / 2; i++) {
		iter_init(1, "");
		track(1, "a.key", 15, 1);
	}
	assert_int_equal(track_try(1, "a.key", 15, 1), STATUS_NO_MEMORY);
	disconnect(1);
	assert_int_equal(pool.used, used);
	connect(1);
	iter_init(1, "");
}

/* Tracking */

static void test_track_kinds(void **state)
{
	uint32_t two = 2;

	(void)state;
	connect(1);
	connect(2);
	track(2, "a.key", MAP_ADDED, 21);
	track(2, "a.key", MAP_MODIFIED, 22);
	track(2, "a.key", MAP_DELETED, 23);
	track(2, "a.", MAP_ADDED | MAP_MODIFIED | MAP_DELETED | 8, 24);
	track(2, "a.", MAP_ADDED | MAP_MODIFIED | MAP_DELETED, 25); /* no prefix: nothing is called so */
	track(1, "", MAP_DELETED, 11);                              /* every key */

	set_string(1, "a.key", "x");
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 2);
	assert_event(0, 2, 21, "a.key", MAP_ADDED, text_value("x"), (struct map_value){0});
	assert_event(1, 2, 24, "a.key", MAP_ADDED, text_value("x"), (struct map_value){0});
	set_string(1, "a.key", "x"); /* nothing new */
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
	set_sized(1, "a.key", MAP_U32, &two, 4);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 2);
	assert_event(0, 2, 22, "a.key", MAP_MODIFIED, (struct map_value){MAP_U32, bytes_of(&two, 4)}, text_value("x"));
	assert_event(1, 2, 24, "a.key", MAP_MODIFIED, (struct map_value){MAP_U32, bytes_of(&two, 4)}, text_value("x"));
	delete_key(1, "a.key");
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 3);
	assert_event(0, 2, 23, "a.key", MAP_DELETED, (struct map_value){0},
		     (struct map_value){MAP_U32, bytes_of(&two, 4)});
	assert_event(1, 2, 24, "a.key", MAP_DELETED, (struct map_value){0},
		     (struct map_value){MAP_U32, bytes_of(&two, 4)});
	assert_event(2, 1, 11, "a.key", MAP_DELETED, (struct map_value){0},
		     (struct map_value){MAP_U32, bytes_of(&two, 4)});
	set_string(1, "b.key", "x");
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
	set_string(1, "a.keys", "x"); /* a longer name is another key */
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 1);

	log_clear(); /* the engine's own changes are told too */
	map_put_string(&map, "a.key", "y");
	collect();
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 2);
}

static void test_track_rules(void **state)
{
	uint64_t handle;

	(void)state;
	connect(1);
	connect(2);
	for (int32_t bit = 16; bit > 0 && bit <= 1 << 30; bit = bit < 1 << 30 ? bit * 2 : 0)
		assert_int_equal(track_try(1, "a.key", bit | 4, 1), STATUS_INVALID_PARAM);
	assert_int_equal(track_try(1, "a.key", -1, 1), STATUS_INVALID_PARAM);
	assert_int_equal(track_try(1, "a.key", 0, 1), STATUS_OK);
	handle = track(1, "a.key", 7, 0x123456789abcdef0);
	assert_int_equal(handle_request(2, 8, handle, 32), STATUS_BAD_HANDLE);
	assert_int_equal(handle_request(1, 8, handle + 1, 32), STATUS_BAD_HANDLE);
	assert_int_equal(handle_request(1, 8, handle, 32), STATUS_OK);
	assert_int_equal(u64_at(the_reply(), 24), 0x123456789abcdef0);
	assert_int_equal(handle_request(1, 8, handle, 32), STATUS_BAD_HANDLE);
	assert_int_equal(handle_request(1, 6, track(1, "a.key", 7, 1), 24), STATUS_BAD_HANDLE); /* no iterator */
	set_string(2, "a.key", "x");
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 1);
	disconnect(1);
	set_string(2, "a.key", "y");
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
}

/* More events than the array holds leave in order, through the drain. */
static void test_many_trackers(void **state)
{
	static char big[MAP_VALUE_MAX];
	enum { MANY = 1000 };

	(void)state;
	memset(big, 'b', sizeof big);
	connect(1);
	for (uint64_t i = 0; i < MANY; i++)
		track(1, i % 2 == 0 ? "a.key" : "a.", 7 | (i % 2 != 0 ? 8 : 0), i);
	set_string(1, "a.key", "x");
	assert_true(drains > 0);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), MANY);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(u64_at(nth(SERVICE_EFFECT_EVENT, i), 24), i);
	assert_int_equal(records[MANY].type, SERVICE_EFFECT_REPLY);

	for (uint64_t handle = 1; handle <= MANY - 50; handle++)
		assert_int_equal(handle_request(1, 8, handle, 32), STATUS_OK);
	set_sized(1, "a.key", MAP_BINARY, big, sizeof big);
	big[0] = 'c';
	set_sized(1, "a.key", MAP_BINARY, big, sizeof big);
	assert_true(drains > 0);
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 50);
	assert_int_equal(nth(SERVICE_EFFECT_EVENT, 49)->len, 336 + 2 * MAP_VALUE_MAX);
}

/* The second map */

static void test_maps(void **state)
{
	uint64_t handle;

	(void)state;
	map_put_u64(&stats, "stats.srp.mcast_tx", 4);
	map_put_u64(&map, "my.key", 4);
	connect(1);
	assert_false(cmap_client_uses_stats(&c, client(1)));
	assert_false(cmap_client_uses_stats(&c, client(2)));
	assert_int_equal(use_map(1, 2), STATUS_NOT_EXIST);
	assert_int_equal(use_map(1, -1), STATUS_NOT_EXIST);
	handle = iter_init(1, "");
	assert_int_equal(use_map(1, 1), STATUS_BUSY);
	assert_int_equal(handle_request(1, 6, handle, 24), STATUS_OK);
	handle = track(1, "a.key", 7, 1);
	assert_int_equal(use_map(1, 1), STATUS_BUSY);
	assert_int_equal(use_map(1, 5), STATUS_BUSY);
	assert_int_equal(handle_request(1, 8, handle, 32), STATUS_OK);
	assert_int_equal(use_map(1, 1), STATUS_OK);
	assert_true(cmap_client_uses_stats(&c, client(1)));
	assert_false(cmap_client_uses_stats(&c, client(1 + CLIENTS_MAX)));
	get(1, "stats.srp.mcast_tx", 8, 48);
	assert_int_equal(the_status(), STATUS_OK);
	get(1, "my.key", 8, 40);
	assert_int_equal(the_status(), STATUS_NOT_EXIST);
	handle = iter_init(1, "stats.");
	assert_string_equal(iter_next(1, handle), "stats.srp.mcast_tx");
	assert_null(iter_next(1, handle));
	assert_int_equal(handle_request(1, 6, handle, 24), STATUS_OK);
	assert_int_equal(use_map(1, 0), STATUS_OK);
	get(1, "my.key", 8, 48);
	assert_int_equal(the_status(), STATUS_OK);
	disconnect(1);
	assert_false(cmap_client_uses_stats(&c, client(1)));
}

static void test_stats_writing(void **state)
{
	static const struct {
		const char *key;
		enum status set, change;
		uint8_t what;
	} rows[] = {
		{"stats.srp.mcast_tx", STATUS_ACCESS, STATUS_ACCESS, 0},
		{"my.key", STATUS_ACCESS, STATUS_ACCESS, 0},
		{"stats.clear.knet", STATUS_OK, STATUS_NOT_SUPPORTED, SERVICE_STATS_KNET},
		{"stats.clear.ipc", STATUS_OK, STATUS_NOT_SUPPORTED, SERVICE_STATS_IPC},
		{"stats.clear.totem", STATUS_OK, STATUS_NOT_SUPPORTED, SERVICE_STATS_TOTEM},
		{"stats.clear.schedmiss", STATUS_OK, STATUS_NOT_SUPPORTED, SERVICE_STATS_SCHEDMISS},
		{"stats.clear.all", STATUS_OK, STATUS_NOT_SUPPORTED, 15},
		{"stats.clear.all.of.it", STATUS_OK, STATUS_NOT_SUPPORTED, 15},
		{"stats.clear.al", STATUS_NOT_SUPPORTED, STATUS_NOT_SUPPORTED, 0},
		{"stats.clear.", STATUS_NOT_SUPPORTED, STATUS_NOT_SUPPORTED, 0},
		{"stats.clear", STATUS_ACCESS, STATUS_ACCESS, 0},
	};

	(void)state;
	map_put_u64(&stats, "stats.srp.mcast_tx", 4);
	connect(1);
	use_map(1, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(set_string(1, rows[i].key, "1"), rows[i].set);
		assert_int_equal(count_of(SERVICE_EFFECT_STATS_CLEAR), rows[i].what != 0);
		if (rows[i].what != 0)
			assert_int_equal(nth(SERVICE_EFFECT_STATS_CLEAR, 0)->what, rows[i].what);
		assert_int_equal(delete_key(1, rows[i].key), rows[i].change);
		assert_int_equal(adjust(1, rows[i].key, 1), rows[i].change);
		assert_int_equal(count_of(SERVICE_EFFECT_STATS_CLEAR), 0);
	}
	assert_int_equal(stats.count, 1);
	use_map(1, 0); /* in the other map these are keys like others */
	assert_int_equal(set_string(1, "stats.clear.all", "1"), STATUS_OK);
	assert_int_equal(count_of(SERVICE_EFFECT_STATS_CLEAR), 0);
}

static void test_stats_tracking(void **state)
{
	uint64_t one = 1, handle;

	(void)state;
	map_put_u64(&stats, "stats.ipcs.global.active", 1);
	connect(1);
	connect(2);
	use_map(1, 1);
	for (int32_t type = 0; type < 8; type++)
		assert_int_equal(track_try(1, "stats.", type | 8, 1),
				 (type & 5) == 5 ? STATUS_OK : STATUS_NOT_SUPPORTED);
	disconnect(1);
	connect(1);
	use_map(1, 1);
	handle = track(1, "stats.", MAP_ADDED | MAP_MODIFIED | MAP_DELETED | 8, 5);
	assert_int_equal(count_of(SERVICE_EFFECT_TIMER), 0); /* a prefix is not polled */
	track(2, "stats.", 15, 6);                           /* of the other map */

	log_clear();
	map_put_u64(&stats, "stats.ipcs.x", 1);
	map_put_u64(&stats, "stats.ipcs.x", 2); /* counters tell nobody */
	map_drop(&stats, "stats.ipcs.x");
	collect();
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 2);
	assert_event(0, 1, 5, "stats.ipcs.x", MAP_ADDED, (struct map_value){MAP_U64, bytes_of(&one, 8)},
		     (struct map_value){0});
	assert_int_equal(u32_at(nth(SERVICE_EFFECT_EVENT, 1), 296), MAP_DELETED);
	assert_int_equal(handle_request(1, 8, handle, 32), STATUS_OK);
}

static void poll_stats(void)
{
	step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = SERVICE_TIMER_STATS});
}

static void test_stats_polling(void **state)
{
	uint8_t down = 0;
	uint64_t handle, second;

	(void)state;
	map_put_u8(&stats, "stats.knet.connected", 1);
	map_put_u8(&stats, "stats.knet.zero", 0);
	connect(1);
	use_map(1, 1);
	handle = track(1, "stats.knet.connected", MAP_MODIFIED, 9);
	assert_int_equal(count_of(SERVICE_EFFECT_TIMER), 1);
	assert_int_equal(nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, CMAP_STATS_POLL_MS);
	second = track(1, "stats.knet.zero", MAP_MODIFIED, 10);
	assert_int_equal(count_of(SERVICE_EFFECT_TIMER), 0);
	poll_stats(); /* one is seen for the first time, a zero is not news */
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 1);
	assert_int_equal(count_of(SERVICE_EFFECT_TIMER), 1);
	poll_stats();
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
	assert_int_equal(count_of(SERVICE_EFFECT_TIMER), 1);
	map_put_u8(&stats, "stats.knet.connected", down);
	poll_stats(); /* both values are the new one */
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 1);
	assert_event(0, 1, 9, "stats.knet.connected", MAP_MODIFIED, (struct map_value){MAP_U8, bytes_of(&down, 1)},
		     (struct map_value){MAP_U8, bytes_of(&down, 1)});
	map_drop(&stats, "stats.knet.connected");
	poll_stats();
	assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 0);
	assert_int_equal(handle_request(1, 8, handle, 32), STATUS_OK);
	assert_int_equal(count_of(SERVICE_EFFECT_TIMER), 0);
	assert_int_equal(handle_request(1, 8, second, 32), STATUS_OK);
	assert_int_equal(nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 0); /* the last one cancels */
	poll_stats();
	assert_int_equal(record_count, 0);
}

/* Keys that do something */

static void test_buttons(void **state)
{
	static const struct {
		const char *key;
		uint8_t what;
	} rows[] = {
		{"runtime.blackbox.dump_flight_data", 1},
		{"runtime.blackbox.dump_state", 2},
		{"runtime.force_gather", 3},
	};

	(void)state;
	connect(1);
	track(1, "runtime.", 15, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		map_put_string(&map, rows[i].key, "no");
		assert_int_equal(set_string(1, rows[i].key, "no"), STATUS_OK);
		assert_int_equal(count_of(SERVICE_EFFECT_DUMP), 0);
		assert_int_equal(set_string(1, rows[i].key, "yes"), STATUS_OK);
		assert_int_equal(count_of(SERVICE_EFFECT_DUMP), 1);
		assert_int_equal(nth(SERVICE_EFFECT_DUMP, 0)->what, rows[i].what);
		assert_int_equal(count_of(SERVICE_EFFECT_EVENT), 2); /* to yes, and back */
		assert_event(0, 1, 1, rows[i].key, MAP_MODIFIED, text_value("yes"), text_value("no"));
		assert_event(1, 1, 1, rows[i].key, MAP_MODIFIED, text_value("no"), text_value("yes"));
		assert_string_equal(map_get_string(&map, rows[i].key), "no");
		assert_int_equal(set_u32(1, rows[i].key, 1), STATUS_OK);
		assert_int_equal(count_of(SERVICE_EFFECT_DUMP), 1);
		assert_int_equal(delete_key(1, rows[i].key), STATUS_OK);
		assert_int_equal(count_of(SERVICE_EFFECT_DUMP), 1);
		assert_string_equal(map_get_string(&map, rows[i].key), "no");
	}
	assert_int_equal(set_string(1, "runtime.force", "yes"), STATUS_OK);
	assert_int_equal(count_of(SERVICE_EFFECT_DUMP), 0);
}

/* Configuration versions */

static void sync_step(enum service_event_type type, const char *trans)
{
	struct view v = {.ring = {node_id_of(1), 4}};

	for (; *trans != '\0'; trans++)
		node_list_add(&v.trans, node_id_of((uint32_t)(*trans - '0')));
	node_list_add(&v.members, node_id_of(ME));
	step((struct service_event){.type = type, .view = &v});
}

static void assert_version_message(uint8_t reason, uint64_t version)
{
	const struct record *r = nth(SERVICE_EFFECT_MULTICAST, 0);

	assert_int_equal(count_of(SERVICE_EFFECT_MULTICAST), 1);
	assert_int_equal(u32_at(r, 0), 0);
	assert_int_equal(u32_at(r, 8), r->len);
	assert_int_equal(r->data[16], reason);
	assert_int_equal(r->data[24], 1);
	assert_int_equal(r->data[48], strlen("totem.config_version"));
	assert_string_equal((const char *)r->data + 56, "totem.config_version");
	assert_int_equal(r->data[48 + 264], version != 0 ? MAP_U64 : MAP_NONE);
	assert_int_equal(u64_at(r, 48 + 272), version != 0 ? 8 : 0);
	assert_int_equal(r->len, version != 0 ? 336 : 328);
	if (version != 0)
		assert_int_equal(u64_at(r, 48 + 280), version);
}

/* One message with one item as a peer sends it. */
static uint8_t message[1024];

static size_t message_make(uint8_t reason, const char *key, uint8_t type, const void *value, uint64_t len)
{
	uint16_t key_len = (uint16_t)strlen(key);

	memset(message, 0, sizeof message);
	message[16] = reason;
	message[24] = 1;
	memcpy(message + 48, &key_len, 2);
	memcpy(message + 56, key, key_len);
	message[48 + 264] = type;
	memcpy(message + 48 + 272, &len, 8);
	if (len > 0)
		memcpy(message + 48 + 280, value, len);
	return 48 + 280 + (size_t)len;
}

static void deliver(uint32_t from, uint16_t fn, size_t size)
{
	uint8_t exact[sizeof message]; /* reading beyond is seen by the sanitizer */

	memcpy(exact, message, size);
	step((struct service_event){
		.type = SERVICE_EVENT_DELIVER, .from = node_id_of(from), .fn = fn, .message = bytes_of(exact, size)});
}

static void deliver_version(uint32_t from, uint8_t reason, uint64_t version)
{
	deliver(from, 0, message_make(reason, "totem.config_version", MAP_U64, &version, 8));
}

static uint64_t version_of(uint32_t node)
{
	char key[64];
	uint64_t version = 999;

	snprintf(key, sizeof key, "runtime.members.%u.config_version", node);
	(void)map_get_u64(&map, key, &version);
	return version;
}

static void test_version_messages(void **state)
{
	(void)state;
	sync_step(SERVICE_EVENT_SYNC_INIT, "");
	assert_int_equal(record_count, 0);
	sync_step(SERVICE_EVENT_SYNC_PROCESS, "");
	assert_version_message(0, 0);
	log_clear();
	map_put_u64(&map, "totem.config_version", 5);
	collect();
	assert_version_message(1, 5);
	log_clear();
	map_put_u64(&map, "totem.config_version", 5);
	map_put_u64(&stats, "totem.config_version", 6);
	collect();
	assert_int_equal(record_count, 0);
	sync_step(SERVICE_EVENT_SYNC_PROCESS, "");
	assert_version_message(0, 5);
	log_clear();
	map_drop(&map, "totem.config_version");
	collect();
	assert_version_message(1, 0);

	deliver_version(3, 0, 12);
	deliver_version(ME, 1, 4);
	assert_int_equal(version_of(3), 12);
	assert_int_equal(version_of(ME), 4);
	deliver(3, 0, message_make(1, "totem.config_version", MAP_NONE, NULL, 0));
	assert_int_equal(version_of(3), 0);
	deliver_version(3, 1, 1);
	deliver(3, 0, message_make(0, "totem.config_version.x", MAP_U64, "12345678", 8));
	assert_int_equal(version_of(3), 0);
}

static void test_nothing_is_sent_before_start(void **state)
{
	(void)state;
	cmap_init(&c, node_id_of(ME), &map, &stats, &pool);
	log_clear();
	map_put_u64(&map, "totem.config_version", 5);
	collect();
	assert_int_equal(record_count, 0);
}

static void test_bad_messages(void **state)
{
	uint64_t one = 1;
	size_t size = message_make(0, "totem.config_version", MAP_U64, &one, 8);

	(void)state;
	for (size_t n = 16; n < size; n++) {
		message_make(0, "totem.config_version", MAP_U64, &one, 8);
		deliver(3, 0, n);
		assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
		assert_int_equal(record_count, 1);
	}
	message[24] = 2; /* a second item that is not there */
	deliver(3, 0, size);
	assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
	message_make(0, "totem.config_version", MAP_U64, &one, 8);
	memset(message + 48 + 272, 0xff, 8);
	deliver(3, 0, size);
	assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
	message_make(0, "totem.config_version", MAP_U64, &one, 8);
	memset(message + 48, 0xff, 2);
	deliver(3, 0, size);
	assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
	message_make(2, "totem.config_version", MAP_U64, &one, 8);
	deliver(3, 0, size);
	assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
	message_make(0, "totem.config_version", MAP_U64, &one, 8);
	deliver(3, 1, size);
	assert_int_equal(count_of(SERVICE_EFFECT_LOG), 1);
	assert_int_equal(version_of(3), 999);
}

static void test_several_items(void **state)
{
	uint64_t version = 77;
	uint16_t len = 20;

	(void)state;
	message_make(0, "some.other.key", MAP_STRING, "12345", 5);
	message[24] = 2;
	memcpy(message + 48 + 288, &len, 2);
	memcpy(message + 48 + 288 + 8, "totem.config_version", 20);
	message[48 + 288 + 264] = MAP_U64;
	message[48 + 288 + 272] = 8;
	memcpy(message + 48 + 288 + 280, &version, 8);
	deliver(3, 0, 48 + 288 + 288);
	assert_int_equal(count_of(SERVICE_EFFECT_LOG), 0);
	assert_int_equal(version_of(3), 77);
}

/* One row a history: rings by who comes along, and the versions that the others tell. */
static void test_outdated_configuration(void **state)
{
	static const struct {
		uint64_t mine, theirs, mine_echo;
		const char *trans;
		bool goes;
	} rows[] = {
		{5, 5, 5, "7", false}, {5, 6, 5, "7", true},    {5, 4, 5, "7", false},
		{5, 6, 5, "", false},  {0, 6, 0, "7", false},   {5, 0, 5, "7", false},
		{6, 5, 6, "7", false}, {5, 5, 900, "7", false}, {5, 6, 5, "73", true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		setup(state);
		if (rows[i].mine != 0)
			map_put_u64(&map, "totem.config_version", rows[i].mine);
		sync_step(SERVICE_EVENT_SYNC_INIT, rows[i].trans);
		sync_step(SERVICE_EVENT_SYNC_PROCESS, rows[i].trans);
		deliver_version(3, 0, rows[i].theirs);
		deliver_version(ME, 0, rows[i].mine_echo);
		sync_step(SERVICE_EVENT_SYNC_ACTIVATE, rows[i].trans);
		assert_int_equal(count_of(SERVICE_EFFECT_SHUTDOWN), rows[i].goes);
		assert_int_equal(count_of(SERVICE_EFFECT_LOG), rows[i].goes);
		if (rows[i].goes)
			assert_true(nth(SERVICE_EFFECT_SHUTDOWN, 0)->len > 0);
	}
}

static void test_only_the_first_meeting_counts(void **state)
{
	(void)state;
	map_put_u64(&map, "totem.config_version", 5);
	sync_step(SERVICE_EVENT_SYNC_INIT, ""); /* alone at the start */
	sync_step(SERVICE_EVENT_SYNC_ACTIVATE, "");
	sync_step(SERVICE_EVENT_SYNC_INIT, "7");
	deliver_version(3, 0, 9);
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ABORT}); /* that ring came to nothing */
	sync_step(SERVICE_EVENT_SYNC_INIT, "7");
	deliver_version(3, 0, 5);
	sync_step(SERVICE_EVENT_SYNC_ACTIVATE, "7");
	assert_int_equal(record_count, 0);
	sync_step(SERVICE_EVENT_SYNC_INIT, "7");
	deliver_version(3, 0, 9);
	sync_step(SERVICE_EVENT_SYNC_ACTIVATE, "7"); /* versions may differ while a change is rolled out */
	assert_int_equal(count_of(SERVICE_EFFECT_SHUTDOWN), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_set_get_delete, setup),
		cmocka_unit_test_setup(test_set_rules, setup),
		cmocka_unit_test_setup(test_a_length_that_lies, setup),
		cmocka_unit_test_setup(test_short_requests, setup),
		cmocka_unit_test_setup(test_adjust, setup),
		cmocka_unit_test_setup(test_readonly, setup),
		cmocka_unit_test_setup(test_a_full_pool_says_so, setup),
		cmocka_unit_test_setup(test_iteration, setup),
		cmocka_unit_test_setup(test_handles_are_bounded_and_freed, setup),
		cmocka_unit_test_setup(test_track_kinds, setup),
		cmocka_unit_test_setup(test_track_rules, setup),
		cmocka_unit_test_setup(test_many_trackers, setup),
		cmocka_unit_test_setup(test_maps, setup),
		cmocka_unit_test_setup(test_stats_writing, setup),
		cmocka_unit_test_setup(test_stats_tracking, setup),
		cmocka_unit_test_setup(test_stats_polling, setup),
		cmocka_unit_test_setup(test_buttons, setup),
		cmocka_unit_test_setup(test_version_messages, setup),
		cmocka_unit_test_setup(test_nothing_is_sent_before_start, setup),
		cmocka_unit_test_setup(test_bad_messages, setup),
		cmocka_unit_test_setup(test_several_items, setup),
		cmocka_unit_test_setup(test_outdated_configuration, setup),
		cmocka_unit_test_setup(test_only_the_first_meeting_counts, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
