/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmap-world.h"

enum { POOL = 8 * 1024 * 1024, BYTES = 4 * 1024 * 1024 };

struct pool world_pool;
struct map world_map, world_stats;
struct cmap world_c;
struct world_record world_records[WORLD_RECORDS];
uint32_t world_record_count, world_drains;
uint8_t world_request[64 * 1024];
static _Alignas(16) uint8_t memory[POOL];
static struct service_effects world_fx;
static uint8_t bytes[BYTES];
static size_t bytes_used;

void world_collect(void)
{
	for (uint32_t i = 0; i < world_fx.count; i++) {
		const struct service_effect *e = &world_fx.items[i];
		struct world_record *r = &world_records[world_record_count++];

		assert_in_range(world_record_count, 1, WORLD_RECORDS);
		assert_true(bytes_used + e->head.len + e->tail.len <= BYTES);
		*r = (struct world_record){e->type,     e->client, bytes + bytes_used, e->head.len + e->tail.len,
					   e->delay_ms, e->what};
		if (e->head.len > 0)
			memcpy(bytes + bytes_used, e->head.data, e->head.len);
		if (e->tail.len > 0)
			memcpy(bytes + bytes_used + e->head.len, e->tail.data, e->tail.len);
		bytes_used += r->len;
	}
	world_fx.count = 0;
	world_fx.scratch_used = 0;
}

static void drain(void *host, struct service_effects *full)
{
	assert_ptr_equal(host, &world_c);
	assert_ptr_equal(full, &world_fx);
	world_drains++;
	world_collect();
}

static void map_told(void *arg, const struct map_change *change)
{
	cmap_changed(&world_c, arg == &world_stats, change, &world_fx);
}

void world_log_clear(void)
{
	world_record_count = 0;
	bytes_used = 0;
	world_drains = 0;
}

void world_step(struct service_event ev)
{
	world_log_clear();
	cmap_step(&world_c, &ev, &world_fx);
	world_collect();
}

int world_setup(void **state)
{
	(void)state;
	pool_init(&world_pool, memory, sizeof memory);
	map_init(&world_map, &world_pool);
	map_init(&world_stats, &world_pool);
	cmap_init(&world_c, node_id_of(WORLD_SELF), &world_map, &world_stats, &world_pool);
	cmap_mark_readonly(&world_map);
	map_observe(&world_map, map_told, &world_map);
	map_observe(&world_stats, map_told, &world_stats);
	memset(&world_fx, 0, sizeof world_fx);
	world_fx.drain = drain;
	world_fx.host = &world_c;
	world_step((struct service_event){.type = SERVICE_EVENT_START});
	return 0;
}

client_id world_client(uint32_t v)
{
	return (client_id){v};
}

void world_connect(uint32_t v)
{
	world_step((struct service_event){.type = SERVICE_EVENT_CONNECT, .client = world_client(v)});
}

void world_disconnect(uint32_t v)
{
	world_step((struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = world_client(v)});
}

uint32_t world_u32_at(const struct world_record *r, size_t at)
{
	uint32_t v;

	assert_true(at + 4 <= r->len);
	memcpy(&v, r->data + at, 4);
	return v;
}

uint64_t world_u64_at(const struct world_record *r, size_t at)
{
	uint64_t v;

	assert_true(at + 8 <= r->len);
	memcpy(&v, r->data + at, 8);
	return v;
}

const struct world_record *world_the_reply(void)
{
	const struct world_record *found = NULL;

	for (uint32_t i = 0; i < world_record_count; i++)
		if (world_records[i].type == SERVICE_EFFECT_REPLY) {
			assert_null(found);
			found = &world_records[i];
		}
	assert_non_null(found);
	assert_int_equal(world_u32_at(found, 8), found->len);
	return found;
}

enum status world_the_status(void)
{
	return (enum status)world_u32_at(world_the_reply(), 16);
}

uint32_t world_count_of(enum service_effect_type type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < world_record_count; i++)
		n += world_records[i].type == type;
	return n;
}

const struct world_record *world_nth(enum service_effect_type type, uint32_t n)
{
	for (uint32_t i = 0; i < world_record_count; i++)
		if (world_records[i].type == type && n-- == 0)
			return &world_records[i];
	fail_msg("there is no such effect");
	return NULL;
}

void world_request_open(uint16_t fn, const char *name)
{
	uint16_t len = name != NULL ? (uint16_t)strlen(name) : 0;

	memset(world_request, 0xa5, sizeof world_request);
	memcpy(world_request, &(uint32_t){fn}, 4);
	if (name == NULL)
		return;
	memcpy(world_request + 16, &len, 2);
	memcpy(world_request + 24, name, len + (size_t)(len < 256));
}

const struct world_record *world_request_send(uint32_t from, uint16_t fn, size_t size, uint32_t reply_id,
					      size_t reply_size)
{
	const struct world_record *r;

	memcpy(world_request + 8, &(uint32_t){(uint32_t)size}, 4);
	world_step((struct service_event){.type = SERVICE_EVENT_REQUEST,
					  .client = world_client(from),
					  .fn = fn,
					  .message = bytes_of(world_request, size)});
	r = world_the_reply();
	assert_int_equal(r->client.v, from);
	assert_int_equal(world_u32_at(r, 0), reply_id);
	assert_int_equal(r->len, reply_size);
	return r;
}

enum status world_set_sized(uint32_t from, const char *key, enum map_type type, const void *value, size_t len)
{
	world_request_open(0, key);
	memcpy(world_request + 280, &(uint64_t){len}, 8);
	world_request[288] = (uint8_t)type;
	if (len > 0)
		memcpy(world_request + 296, value, len);
	world_request_send(from, 0, 296 + len, 0, 24);
	return world_the_status();
}

enum status world_set_string(uint32_t from, const char *key, const char *value)
{
	return world_set_sized(from, key, MAP_STRING, value, strlen(value));
}

enum status world_delete_key(uint32_t from, const char *key)
{
	world_request_open(1, key);
	world_request_send(from, 1, 280, 1, 24);
	return world_the_status();
}

enum status world_handle_request(uint32_t from, uint16_t fn, uint64_t handle, size_t reply_size)
{
	world_request_open(fn, NULL);
	memcpy(world_request + 16, &handle, 8);
	world_request_send(from, fn, 24, fn, reply_size);
	return world_the_status();
}

enum status world_track_try(uint32_t from, const char *key, int32_t type, uint64_t instance)
{
	world_request_open(7, key);
	memcpy(world_request + 280, &type, 4);
	memcpy(world_request + 288, &instance, 8);
	world_request_send(from, 7, 296, 7, 32);
	return world_the_status();
}

uint64_t world_track(uint32_t from, const char *key, int32_t type, uint64_t instance)
{
	assert_int_equal(world_track_try(from, key, type, instance), STATUS_OK);
	return world_u64_at(world_the_reply(), 24);
}

enum status world_use_map(uint32_t from, int32_t number)
{
	world_request_open(9, NULL);
	memcpy(world_request + 16, &number, 4);
	world_request_send(from, 9, 24, 10, 24);
	return world_the_status();
}

void world_assert_event(uint32_t n, uint32_t to, uint64_t instance, const char *key, enum map_change_type change,
			struct map_value after, struct map_value before)
{
	const struct world_record *r = world_nth(SERVICE_EFFECT_EVENT, n);
	uint16_t len;

	assert_int_equal(r->client.v, to);
	assert_int_equal(world_u32_at(r, 0), 9);
	assert_int_equal(world_u32_at(r, 8), r->len);
	assert_int_equal(world_u32_at(r, 16), STATUS_OK);
	assert_int_equal(world_u64_at(r, 24), instance);
	memcpy(&len, r->data + 32, 2);
	assert_int_equal(len, strlen(key));
	assert_string_equal((const char *)r->data + 40, key);
	assert_int_equal(world_u32_at(r, 296), change);
	assert_int_equal(r->data[304], after.type);
	assert_int_equal(r->data[312], before.type);
	assert_int_equal(world_u64_at(r, 320), after.bytes.len);
	assert_int_equal(world_u64_at(r, 328), before.bytes.len);
	assert_int_equal(r->len, 336 + after.bytes.len + before.bytes.len);
	if (after.bytes.len > 0)
		assert_memory_equal(r->data + 336, after.bytes.data, after.bytes.len);
	if (before.bytes.len > 0)
		assert_memory_equal(r->data + 336 + after.bytes.len, before.bytes.data, before.bytes.len);
}

struct map_value world_text_value(const char *s)
{
	return (struct map_value){MAP_STRING, bytes_of(s, strlen(s) + 1)};
}
