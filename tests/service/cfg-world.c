/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cfg-world.h"

enum { POOL = 1024 * 1024, BYTES = 1024 * 1024 };

struct map world_map;
struct cfg world_c;
struct world_record world_records[WORLD_RECORDS];
uint32_t world_record_count;
uint8_t world_request[512];
static _Alignas(16) uint8_t memory[POOL];
static struct pool pool;
static struct service_effects world_fx;
static uint8_t bytes[BYTES];
static size_t bytes_used;

static void collect(void)
{
	for (uint32_t i = 0; i < world_fx.count; i++) {
		const struct service_effect *e = &world_fx.items[i];
		struct world_record *r = &world_records[world_record_count++];

		assert_in_range(world_record_count, 1, WORLD_RECORDS);
		assert_true(bytes_used + e->head.len <= BYTES);
		assert_int_equal(e->tail.len, 0);
		*r = (struct world_record){e->type, e->client, bytes + bytes_used, e->head.len, e->delay_ms, e->phase};
		if (e->head.len > 0)
			memcpy(bytes + bytes_used, e->head.data, e->head.len);
		bytes_used += r->len;
	}
	world_fx.count = 0;
	world_fx.scratch_used = 0;
}

static void drain(void *host, struct service_effects *full)
{
	assert_ptr_equal(host, &world_c);
	assert_ptr_equal(full, &world_fx);
	collect();
}

void world_step(struct service_event ev)
{
	world_record_count = 0;
	bytes_used = 0;
	cfg_step(&world_c, &ev, &world_fx);
	collect();
}

/* A transport that knows nodes 7 (us), 8 with link 1 down, 9 with link 0 only, and an address of node 10. */
static bool fake_status(void *arg, node_id node, struct cfg_node_status *ret)
{
	assert_ptr_equal(arg, &world_map);
	if (node.v < 7 || node.v > 9)
		return false;
	ret->reachable = true;
	ret->remote = node.v != WORLD_SELF;
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
	assert_ptr_equal(arg, &world_map);
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

int world_setup(void **state)
{
	struct cfg_queries queries = {fake_status, fake_addresses, &world_map};

	(void)state;
	pool_init(&pool, memory, sizeof memory);
	map_init(&world_map, &pool);
	cfg_init(&world_c, node_id_of(WORLD_SELF), &world_map, &queries);
	memset(&world_fx, 0, sizeof world_fx);
	world_fx.drain = drain;
	world_fx.host = &world_c;
	world_step((struct service_event){.type = SERVICE_EVENT_START});
	return 0;
}

static client_id client(uint32_t v)
{
	return (client_id){v};
}

void world_connect(uint32_t v)
{
	world_step((struct service_event){.type = SERVICE_EVENT_CONNECT, .client = client(v)});
	assert_int_equal(world_record_count, 0);
}

void world_disconnect(uint32_t v)
{
	world_step((struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = client(v)});
}

uint32_t world_u32_at(const struct world_record *r, size_t at)
{
	uint32_t v;

	assert_true(at + 4 <= r->len);
	memcpy(&v, r->data + at, 4);
	return v;
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

uint32_t world_status_for(uint32_t to, uint32_t reply_id)
{
	uint32_t status = 0;

	for (uint32_t i = 0; i < world_record_count; i++) {
		const struct world_record *r = &world_records[i];

		if (r->type != SERVICE_EFFECT_REPLY || r->client.v != to)
			continue;
		assert_int_equal(status, 0);
		assert_int_equal(world_u32_at(r, 0), reply_id);
		assert_int_equal(world_u32_at(r, 8), r->len);
		status = world_u32_at(r, 16);
		assert_int_not_equal(status, 0);
	}
	return status;
}

void world_request_send(uint32_t from, uint16_t fn, size_t size)
{
	uint8_t exact[sizeof world_request]; /* reading beyond is seen by the sanitizer */

	memcpy(world_request, &(uint32_t){fn}, 4);
	memcpy(world_request + 8, &(uint32_t){(uint32_t)size}, 4);
	memcpy(exact, world_request, size);
	world_step((struct service_event){
		.type = SERVICE_EVENT_REQUEST, .client = client(from), .fn = fn, .message = bytes_of(exact, size)});
}

void world_request_u32(uint32_t from, uint16_t fn, uint32_t value, size_t size)
{
	memset(world_request, 0xa5, sizeof world_request);
	memcpy(world_request + 16, &value, 4);
	world_request_send(from, fn, size);
}
