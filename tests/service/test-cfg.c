/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cfg-world.h"

static void test_short_requests(void **state)
{
	static const uint16_t sizes[] = {16, 16, 282, 24, 24, 24, 16, 16, 16, 32, 24, 16};
	static const uint16_t reply_ids[] = {0, 1, 8, 9, 13, 11, 12, 14, 15, 16, 2, 3};

	(void)state;
	world_connect(1);
	for (uint16_t fn = 0; fn < 12; fn++)
		for (uint16_t size = 16; size < sizes[fn]; size++) {
			memset(world_request, 0, sizeof world_request);
			world_request_send(1, fn, size);
			assert_int_equal(world_status_for(1, reply_ids[fn]), STATUS_INVALID_PARAM);
			assert_int_equal(world_record_count, 1);
		}
	for (uint32_t fn = 12; fn <= UINT16_MAX; fn += 3641) {
		world_request_send(1, (uint16_t)fn, 288);
		assert_int_equal(world_status_for(1, 0), STATUS_INVALID_PARAM);
		assert_int_equal(world_record_count, 1);
	}
}

static void test_small_ones(void **state)
{
	(void)state;
	world_connect(1);
	world_request_u32(1, 1, 0, 16);
	assert_int_equal(world_status_for(1, 1), STATUS_NOT_SUPPORTED);
	world_request_u32(1, 6, 0, 16);
	assert_int_equal(world_status_for(1, 12), STATUS_OK);
	assert_int_equal(world_nth(SERVICE_EFFECT_REPLY, 0)->len, 32);
	assert_int_equal(world_u32_at(world_nth(SERVICE_EFFECT_REPLY, 0), 24), WORLD_SELF);
}

/* Who asks waits until it is done, hears how it went, and only he does. */
static void test_reopen(void **state)
{
	(void)state;
	for (uint32_t i = 1; i < 4; i++)
		world_connect(i);
	for (uint32_t i = 1; i < 3; i++) {
		world_request_u32(i, 8, 0, 16);
		assert_int_equal(world_record_count, 1);
		assert_int_equal(world_count_of(SERVICE_EFFECT_REOPEN), 1);
	}
	world_disconnect(2);
	world_step((struct service_event){.type = SERVICE_EVENT_REOPENED, .status = STATUS_NOT_EXIST});
	assert_int_equal(world_record_count, 1);
	assert_int_equal(world_status_for(1, 15), STATUS_NOT_EXIST);
	world_step((struct service_event){.type = SERVICE_EVENT_REOPENED, .status = STATUS_OK});
	assert_int_equal(world_record_count, 0);
	world_request_u32(3, 8, 0, 16);
	world_step((struct service_event){.type = SERVICE_EVENT_REOPENED, .status = STATUS_OK});
	assert_int_equal(world_status_for(3, 15), STATUS_OK);
}

static void test_ring_status(void **state)
{
	const struct world_record *r;

	(void)state;
	world_connect(1);
	map_put_u32(&world_map, "nodelist.node.0.nodeid", 9); /* positions are not in the order of ids */
	map_put_u32(&world_map, "nodelist.node.1.nodeid", WORLD_SELF);
	map_put_u32(&world_map, "nodelist.node.2.nodeid", 10);
	map_put_u32(&world_map, "nodelist.node.3.nodeid", 8);
	map_put_string(&world_map, "nodelist.node.3.ring0_addr", "10.0.0.8");
	map_put_string(&world_map, "nodelist.node.4.nodeid", "12");
	world_request_u32(1, 0, 0, 16);
	assert_int_equal(world_status_for(1, 0), STATUS_OK);
	r = world_nth(SERVICE_EFFECT_REPLY, 0);
	assert_int_equal(r->len, 10272);
	assert_int_equal(world_u32_at(r, 24), 2);
	assert_string_equal((const char *)r->data + 32, "0 10.0.0.7");
	assert_string_equal((const char *)r->data + 32 + 128, "3 10.0.3.7");
	assert_string_equal((const char *)r->data + 2080, "n37?");
	assert_string_equal((const char *)r->data + 2080 + 512, "ndd?");
	map_put_string(&world_map, "totem.transport", "udpu");
	world_request_u32(1, 0, 0, 16);
	assert_string_equal((const char *)world_nth(SERVICE_EFFECT_REPLY, 0)->data + 2080, "OK");
	map_put_string(&world_map, "totem.transport", "knet");
	world_request_u32(1, 0, 0, 16);
	assert_string_equal((const char *)world_nth(SERVICE_EFFECT_REPLY, 0)->data + 2080, "n37?");
}

static void test_node_addresses(void **state)
{
	const struct world_record *r;

	(void)state;
	world_connect(1);
	for (uint32_t node = 0; node <= 8; node += 8) {
		world_request_u32(1, 5, node, 24);
		assert_int_equal(world_status_for(1, 11), STATUS_OK);
		r = world_nth(SERVICE_EFFECT_REPLY, 0);
		assert_int_equal(r->len, 32 + 2 * 16);
		assert_int_equal(world_u32_at(r, 24), 2);
		assert_int_equal(world_u32_at(r, 28), 2);
		assert_int_equal(r->data[32 + 3], node == 0 ? WORLD_SELF : 8);
		assert_int_equal(r->data[48 + 15], 0xee);
	}
	world_request_u32(1, 5, 10, 24);
	assert_int_equal(world_status_for(1, 11), STATUS_NOT_EXIST);
	assert_int_equal(world_nth(SERVICE_EFFECT_REPLY, 0)->len, 32);
}

static void node_status(uint32_t node, uint32_t version)
{
	memset(world_request, 0xa5, sizeof world_request);
	memcpy(world_request + 16, &node, 4);
	memcpy(world_request + 24, &version, 4);
	world_request_send(1, 9, 32);
}

static void test_node_status(void **state)
{
	const struct world_record *r;
	const uint8_t *link;

	(void)state;
	world_connect(1);
	node_status(8, 1);
	assert_int_equal(world_status_for(1, 16), STATUS_OK);
	r = world_nth(SERVICE_EFFECT_REPLY, 0);
	assert_int_equal(r->len, 4200);
	assert_int_equal(world_u32_at(r, 24), 1);
	assert_int_equal(world_u32_at(r, 28), 8);
	assert_memory_equal(r->data + 32, "\1\1\0\1\2\1", 6);
	link = r->data + 40;
	assert_memory_equal(link, "\1\1\0", 3);
	assert_int_equal(world_u32_at(r, 44), 1400);
	assert_int_equal(strlen((const char *)link + 8), 255);
	assert_string_equal((const char *)link + 264, "10.0.0.8");
	assert_memory_equal(link + 520, "\1\0\0", 3);
	assert_string_equal((const char *)link + 520 + 264, "10.0.1.8");
	for (size_t at = 40 + 2 * 520; at < r->len; at++)
		assert_int_equal(r->data[at], 0);
	node_status(9, 1);
	assert_memory_equal(world_nth(SERVICE_EFFECT_REPLY, 0)->data + 32, "\1\1\1", 3);
	assert_int_equal(world_nth(SERVICE_EFFECT_REPLY, 0)->data[42], 1);

	node_status(12, 1);
	assert_int_equal(world_status_for(1, 16), STATUS_FAILED_OPERATION);
	assert_int_equal(world_nth(SERVICE_EFFECT_REPLY, 0)->len, 32);
	for (uint32_t version = 0; version < 4; version += 2) {
		node_status(8, version);
		assert_int_equal(world_status_for(1, 16), STATUS_NOT_SUPPORTED);
		assert_int_equal(world_nth(SERVICE_EFFECT_REPLY, 0)->len, 32);
		assert_int_equal(world_u32_at(world_nth(SERVICE_EFFECT_REPLY, 0), 24), version);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_short_requests, world_setup),
		cmocka_unit_test_setup(test_small_ones, world_setup),
		cmocka_unit_test_setup(test_reopen, world_setup),
		cmocka_unit_test_setup(test_ring_status, world_setup),
		cmocka_unit_test_setup(test_node_addresses, world_setup),
		cmocka_unit_test_setup(test_node_status, world_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
