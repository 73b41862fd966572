/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmap-world.h"

static enum status set_u32(uint32_t from, const char *key, uint32_t value)
{
	return world_set_sized(from, key, MAP_U32, &value, 4);
}

static enum status adjust(uint32_t from, const char *key, int32_t step_by)
{
	world_request_open(3, key);
	memcpy(world_request + 280, &step_by, 4);
	world_request_send(from, 3, 288, 3, 24);
	return world_the_status();
}

static const struct world_record *get(uint32_t from, const char *key, uint64_t room, size_t reply_size)
{
	world_request_open(2, key);
	memcpy(world_request + 280, &room, 8);
	return world_request_send(from, 2, 288, 2, reply_size);
}

static uint64_t iter_init(uint32_t from, const char *prefix)
{
	world_request_open(4, prefix);
	world_request_send(from, 4, 280, 4, 32);
	assert_int_equal(world_the_status(), STATUS_OK);
	return world_u64_at(world_the_reply(), 24);
}

/* The key, or NULL at the end; other errors are in the_status(). */
static const char *iter_next(uint32_t from, uint64_t handle)
{
	static char key[256];
	const struct world_record *r;
	uint16_t len;

	world_request_open(5, NULL);
	memcpy(world_request + 16, &handle, 8);
	r = world_request_send(from, 5, 24, 5, 304);
	if (world_the_status() != STATUS_OK)
		return NULL;
	memcpy(&len, r->data + 24, 2);
	assert_in_range(len, 3, 255);
	memcpy(key, r->data + 32, len + 1u);
	assert_int_equal(strlen(key), len);
	return key;
}

static void test_set_get_delete(void **state)
{
	const struct world_record *r;

	(void)state;
	world_connect(1);
	assert_int_equal(world_set_string(1, "a.key", "value"), STATUS_OK);
	assert_string_equal(map_get_string(&world_map, "a.key"), "value");

	r = get(1, "a.key", 0, 40); /* how long is it? */
	assert_int_equal(world_the_status(), STATUS_OK);
	assert_int_equal(world_u64_at(r, 24), 6);
	assert_int_equal(r->data[32], MAP_STRING);
	r = get(1, "a.key", 6, 46);
	assert_int_equal(world_the_status(), STATUS_OK);
	assert_string_equal((const char *)r->data + 40, "value");
	r = get(1, "a.key", 16, 56); /* padded to what was asked for */
	assert_int_equal(world_the_status(), STATUS_OK);
	assert_int_equal(world_u64_at(r, 24), 6);
	assert_memory_equal(r->data + 40, "value\0\0\0\0\0\0\0\0\0\0", 16);
	get(1, "a.key", 5, 40);
	assert_int_equal(world_the_status(), STATUS_INVALID_PARAM);
	get(1, "b.key", 5, 40);
	assert_int_equal(world_the_status(), STATUS_NOT_EXIST);
	get(1, "a.key", UINT64_MAX, 40 + 128 * 1024); /* the padding is bounded */
	assert_int_equal(world_the_status(), STATUS_OK);

	assert_int_equal(world_delete_key(1, "a.key"), STATUS_OK);
	assert_int_equal(world_delete_key(1, "a.key"), STATUS_NOT_EXIST);
}

static void test_set_rules(void **state)
{
	static char big[MAP_VALUE_MAX + 2];
	char long_name[300];

	(void)state;
	memset(long_name, 'n', sizeof long_name);
	memset(big, 'b', sizeof big);
	world_connect(1);
	for (int type = MAP_I8; type <= MAP_DOUBLE; type++) {
		static const uint8_t sizes[] = {0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

		for (size_t len = 0; len <= 9; len++)
			assert_int_equal(world_set_sized(1, "a.number", (enum map_type)type, "12345678", len),
					 len == sizes[type] ? STATUS_OK : STATUS_INVALID_PARAM);
		assert_int_equal(map_get(&world_map, "a.number").type, type); /* a set may change the type */
	}
	assert_int_equal(world_set_sized(1, "a.key", MAP_NONE, "x", 1), STATUS_INVALID_PARAM);
	assert_int_equal(world_set_sized(1, "a.key", (enum map_type)13, "x", 1), STATUS_INVALID_PARAM);
	assert_int_equal(world_set_sized(1, "a.key", (enum map_type)255, "x", 1), STATUS_INVALID_PARAM);
	assert_int_equal(world_set_sized(1, "a.key", MAP_STRING, "x\0y", 3), STATUS_INVALID_PARAM);
	assert_int_equal(world_set_sized(1, "a.key", MAP_STRING, "x\0\0", 3), STATUS_INVALID_PARAM);
	assert_int_equal(world_set_sized(1, "a.key", MAP_STRING, "xyz", 2), STATUS_OK);
	assert_string_equal(map_get_string(&world_map, "a.key"), "xy");
	assert_int_equal(world_set_sized(1, "a.key", MAP_STRING, "xyz", 4), STATUS_OK);
	assert_string_equal(map_get_string(&world_map, "a.key"), "xyz");
	assert_int_equal(world_set_sized(1, "a.key", MAP_STRING, "", 0), STATUS_OK);
	assert_string_equal(map_get_string(&world_map, "a.key"), "");
	assert_int_equal(world_set_sized(1, "a.key", MAP_BINARY, "x\0y", 3), STATUS_OK);
	assert_int_equal(map_get(&world_map, "a.key").bytes.len, 3);
	assert_int_not_equal(world_set_sized(1, "a.key", MAP_BINARY, big, MAP_VALUE_MAX + 1), STATUS_OK);

	assert_int_equal(world_set_string(1, "ab", "x"), STATUS_NAME_TOO_LONG);
	assert_int_equal(world_set_string(1, "a b", "x"), STATUS_NAME_TOO_LONG);
	long_name[255] = '\0';
	assert_int_equal(world_set_string(1, long_name, "x"), STATUS_OK);
	long_name[255] = 'n';
	long_name[256] = '\0';
	assert_int_equal(world_set_string(1, long_name, "x"), STATUS_NAME_TOO_LONG);
	get(1, long_name, 0, 40);
	assert_int_equal(world_the_status(), STATUS_NAME_TOO_LONG);
}

static void test_a_length_that_lies(void **state)
{
	(void)state;
	world_connect(1);
	world_request_open(0, "a.key");
	for (int i = 0; i < 3; i++) {
		uint64_t lengths[] = {9, UINT64_MAX, UINT64_MAX - 296};

		memcpy(world_request + 280, &lengths[i], 8);
		world_request[288] = MAP_BINARY;
		world_request_send(1, 0, 296 + 8, 0, 24);
		assert_int_equal(world_the_status(), STATUS_INVALID_PARAM);
	}
	world_request_open(0, "a.key");
	world_request[16] = 0xff; /* the name's length */
	world_request[17] = 0xff;
	world_request_send(1, 0, 296 + 8, 0, 24);
	assert_int_equal(world_the_status(), STATUS_NAME_TOO_LONG);
	assert_int_equal(world_map.count, 0);
}

static void test_short_requests(void **state)
{
	static const uint16_t sizes[] = {296, 280, 288, 288, 280, 24, 24, 296, 24, 24};
	static const uint16_t reply_ids[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10};
	static const uint16_t reply_sizes[] = {24, 24, 40, 24, 32, 304, 24, 32, 32, 24};

	(void)state;
	world_connect(1);
	for (uint16_t fn = 0; fn < 10; fn++)
		for (uint16_t size = 16; size < sizes[fn]; size++) {
			world_request_open(fn, "a.key");
			world_request_send(1, fn, size, reply_ids[fn], reply_sizes[fn]);
			assert_int_equal(world_the_status(), STATUS_INVALID_PARAM);
		}
	for (uint32_t fn = 10; fn <= UINT16_MAX; fn += 6553) {
		world_request_open((uint16_t)fn, "a.key");
		world_request_send(1, (uint16_t)fn, 296, 0, 24);
		assert_int_equal(world_the_status(), STATUS_INVALID_PARAM);
	}
	assert_int_equal(world_map.count, 0);
}

static void test_adjust(void **state)
{
	uint8_t small = 250;
	uint32_t number;

	(void)state;
	world_connect(1);
	map_put_u8(&world_map, "a.small", small);
	map_put_u32(&world_map, "a.number", 5);
	map_put_string(&world_map, "a.text", "5");
	assert_int_equal(adjust(1, "a.small", 10), STATUS_OK);
	assert_true(map_get_u8(&world_map, "a.small", &small));
	assert_int_equal(small, 4);
	assert_int_equal(adjust(1, "a.number", -6), STATUS_OK);
	assert_true(map_get_u32(&world_map, "a.number", &number));
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
	world_connect(1);
	for (size_t i = 0; i < sizeof readonly / sizeof readonly[0]; i++) {
		map_put_u32(&world_map, readonly[i], 1);
		assert_int_equal(set_u32(1, readonly[i], 2), STATUS_ACCESS);
		assert_int_equal(adjust(1, readonly[i], 2), STATUS_ACCESS);
		assert_int_equal(world_delete_key(1, readonly[i]), STATUS_ACCESS);
		get(1, readonly[i], 4, 44);
		assert_int_equal(world_the_status(), STATUS_OK);
		assert_int_equal(world_u32_at(world_the_reply(), 40), 1);
	}
	assert_int_equal(set_u32(1, "nodelist.new", 2), STATUS_ACCESS);
	assert_int_equal(world_delete_key(1, "nodelist.new"), STATUS_ACCESS);
	for (size_t i = 0; i < sizeof writable / sizeof writable[0]; i++) {
		assert_int_equal(set_u32(1, writable[i], 2), STATUS_OK);
		assert_int_equal(adjust(1, writable[i], 2), STATUS_OK);
		assert_int_equal(world_delete_key(1, writable[i]), STATUS_OK);
	}
}

static void test_a_full_pool_says_so(void **state)
{
	uint64_t handle;

	(void)state;
	world_connect(1);
	handle = iter_init(1, "");
	while (pool_alloc(&world_pool, 4096) != NULL)
		;
	while (pool_alloc(&world_pool, 16) != NULL)
		;
	assert_int_equal(world_set_string(1, "a.key", "value"), STATUS_NO_MEMORY);
	assert_int_equal(world_track_try(1, "a.key", 7, 1), STATUS_NO_MEMORY);
	world_request_open(4, "");
	world_request_send(1, 4, 280, 4, 32);
	assert_int_equal(world_the_status(), STATUS_NO_MEMORY);
	assert_null(iter_next(1, handle));
	assert_int_equal(world_the_status(), STATUS_NO_SECTIONS);
	world_disconnect(1);
}

static void test_iteration(void **state)
{
	uint64_t all, part, none;

	(void)state;
	map_put_u32(&world_map, "b.2", 2);
	map_put_string(&world_map, "a.1", "one");
	map_put_u32(&world_map, "b.1", 1);
	map_put_u32(&world_map, "b.10", 10);
	map_put_u32(&world_map, "c.1", 1);
	world_connect(1);
	world_connect(2);
	all = iter_init(1, "");
	part = iter_init(1, "b.");
	none = iter_init(1, "d.");
	assert_string_equal(iter_next(1, all), "a.1");
	assert_int_equal(world_u64_at(world_the_reply(), 288), 4);
	assert_int_equal(world_the_reply()->data[296], MAP_STRING);
	assert_string_equal(iter_next(1, part), "b.1");
	assert_string_equal(iter_next(1, all), "b.1");
	assert_string_equal(iter_next(1, part), "b.10");
	assert_int_equal(world_delete_key(1, "b.10"),
			 STATUS_OK); /* where one iterator stands and the other goes next */
	assert_string_equal(iter_next(1, part), "b.2");
	assert_string_equal(iter_next(1, all), "b.2");
	assert_null(iter_next(1, part));
	assert_int_equal(world_the_status(), STATUS_NO_SECTIONS);
	assert_null(iter_next(1, none));
	assert_int_equal(world_the_status(), STATUS_NO_SECTIONS);
	assert_string_equal(iter_next(1, all), "c.1");
	assert_null(iter_next(1, all));

	/* handles are the connection's own */
	assert_null(iter_next(2, all));
	assert_int_equal(world_the_status(), STATUS_BAD_HANDLE);
	assert_int_equal(world_handle_request(2, 6, all, 24), STATUS_BAD_HANDLE);
	assert_int_equal(world_handle_request(1, 6, all, 24), STATUS_OK);
	assert_int_equal(world_handle_request(1, 6, all, 24), STATUS_BAD_HANDLE);
	assert_null(iter_next(1, all));
	assert_int_equal(world_the_status(), STATUS_BAD_HANDLE);
	assert_null(iter_next(1, 0));
	assert_int_equal(world_the_status(), STATUS_BAD_HANDLE);
	world_disconnect(1);
	world_connect(1 + CLIENTS_MAX); /* the next one in the slot has none of them */
	assert_null(iter_next(1 + CLIENTS_MAX, part));
	assert_int_equal(world_the_status(), STATUS_BAD_HANDLE);
}

static void test_handles_are_bounded_and_freed(void **state)
{
	size_t used = world_pool.used;

	(void)state;
	world_connect(1);
	for (int i = 0; i < CMAP_HANDLES_MAX / 2; i++) {
		iter_init(1, "");
		world_track(1, "a.key", 15, 1);
	}
	assert_int_equal(world_track_try(1, "a.key", 15, 1), STATUS_NO_MEMORY);
	world_disconnect(1);
	assert_int_equal(world_pool.used, used);
	world_connect(1);
	iter_init(1, "");
}

static void test_maps(void **state)
{
	uint64_t handle;

	(void)state;
	map_put_u64(&world_stats, "stats.srp.mcast_tx", 4);
	map_put_u64(&world_map, "my.key", 4);
	world_connect(1);
	assert_false(cmap_client_uses_stats(&world_c, world_client(1)));
	assert_false(cmap_client_uses_stats(&world_c, world_client(2)));
	assert_int_equal(world_use_map(1, 2), STATUS_NOT_EXIST);
	assert_int_equal(world_use_map(1, -1), STATUS_NOT_EXIST);
	handle = iter_init(1, "");
	assert_int_equal(world_use_map(1, 1), STATUS_BUSY);
	assert_int_equal(world_handle_request(1, 6, handle, 24), STATUS_OK);
	handle = world_track(1, "a.key", 7, 1);
	assert_int_equal(world_use_map(1, 1), STATUS_BUSY);
	assert_int_equal(world_use_map(1, 5), STATUS_BUSY);
	assert_int_equal(world_handle_request(1, 8, handle, 32), STATUS_OK);
	assert_int_equal(world_use_map(1, 1), STATUS_OK);
	assert_true(cmap_client_uses_stats(&world_c, world_client(1)));
	assert_false(cmap_client_uses_stats(&world_c, world_client(1 + CLIENTS_MAX)));
	get(1, "stats.srp.mcast_tx", 8, 48);
	assert_int_equal(world_the_status(), STATUS_OK);
	get(1, "my.key", 8, 40);
	assert_int_equal(world_the_status(), STATUS_NOT_EXIST);
	handle = iter_init(1, "stats.");
	assert_string_equal(iter_next(1, handle), "stats.srp.mcast_tx");
	assert_null(iter_next(1, handle));
	assert_int_equal(world_handle_request(1, 6, handle, 24), STATUS_OK);
	assert_int_equal(world_use_map(1, 0), STATUS_OK);
	get(1, "my.key", 8, 48);
	assert_int_equal(world_the_status(), STATUS_OK);
	world_disconnect(1);
	assert_false(cmap_client_uses_stats(&world_c, world_client(1)));
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
	map_put_u64(&world_stats, "stats.srp.mcast_tx", 4);
	world_connect(1);
	world_use_map(1, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(world_set_string(1, rows[i].key, "1"), rows[i].set);
		assert_int_equal(world_count_of(SERVICE_EFFECT_STATS_CLEAR), rows[i].what != 0);
		if (rows[i].what != 0)
			assert_int_equal(world_nth(SERVICE_EFFECT_STATS_CLEAR, 0)->what, rows[i].what);
		assert_int_equal(world_delete_key(1, rows[i].key), rows[i].change);
		assert_int_equal(adjust(1, rows[i].key, 1), rows[i].change);
		assert_int_equal(world_count_of(SERVICE_EFFECT_STATS_CLEAR), 0);
	}
	assert_int_equal(world_stats.count, 1);
	world_use_map(1, 0); /* in the other map these are keys like others */
	assert_int_equal(world_set_string(1, "stats.clear.all", "1"), STATUS_OK);
	assert_int_equal(world_count_of(SERVICE_EFFECT_STATS_CLEAR), 0);
}

static void assert_dump(uint32_t count, uint8_t what)
{
	assert_int_equal(world_count_of(SERVICE_EFFECT_DUMP), count);
	if (count > 0)
		assert_int_equal(world_nth(SERVICE_EFFECT_DUMP, 0)->what, what);
}

static void test_dump_keys(void **state)
{
	static const char *const keys[] = {"runtime.blackbox.dump_flight_data", "runtime.blackbox.dump_state"};

	(void)state;
	world_connect(1);
	for (uint8_t i = 0; i < 2; i++) {
		map_put_string(&world_map, keys[i], "no"); /* as at the start */
		assert_int_equal(world_set_string(1, keys[i], "no"), STATUS_OK);
		assert_dump(0, 0);
		assert_int_equal(world_set_string(1, keys[i], "1700000000"), STATUS_OK);
		assert_dump(1, (uint8_t)(i + 1));
		assert_string_equal(map_get_string(&world_map, keys[i]), "1700000000"); /* it stays */
		assert_int_equal(world_set_string(1, keys[i], "1700000000"), STATUS_OK);
		assert_dump(0, 0);
		assert_int_equal(world_set_string(1, keys[i], "no"), STATUS_OK);
		assert_dump(1, (uint8_t)(i + 1));
		assert_int_equal(world_delete_key(1, keys[i]), STATUS_OK);
		assert_dump(1, (uint8_t)(i + 1));
		assert_int_equal(set_u32(1, keys[i], 1), STATUS_OK);
		assert_dump(1, (uint8_t)(i + 1));
	}
	assert_int_equal(world_set_string(1, "runtime.blackbox.dump", "yes"), STATUS_OK);
	assert_dump(0, 0);
}

static void test_force_gather(void **state)
{
	static const char key[] = "runtime.force_gather";

	(void)state;
	world_connect(1);
	world_track(1, "runtime.", 15, 1);
	map_put_string(&world_map, key, "no");
	assert_int_equal(world_set_string(1, key, "no"), STATUS_OK);
	assert_dump(0, 0);
	assert_int_equal(world_set_string(1, key, "yes"), STATUS_OK);
	assert_dump(1, 3);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 2); /* to yes, and back */
	world_assert_event(0, 1, 1, key, MAP_MODIFIED, world_text_value("yes"), world_text_value("no"));
	world_assert_event(1, 1, 1, key, MAP_MODIFIED, world_text_value("no"), world_text_value("yes"));
	assert_string_equal(map_get_string(&world_map, key), "no");
	assert_int_equal(set_u32(1, key, 1), STATUS_OK);
	assert_dump(1, 3);
	assert_int_equal(world_delete_key(1, key), STATUS_OK);
	assert_dump(0, 0);
	assert_int_equal(world_set_string(1, "runtime.force", "yes"), STATUS_OK);
	assert_dump(0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_set_get_delete, world_setup),
		cmocka_unit_test_setup(test_set_rules, world_setup),
		cmocka_unit_test_setup(test_a_length_that_lies, world_setup),
		cmocka_unit_test_setup(test_short_requests, world_setup),
		cmocka_unit_test_setup(test_adjust, world_setup),
		cmocka_unit_test_setup(test_readonly, world_setup),
		cmocka_unit_test_setup(test_a_full_pool_says_so, world_setup),
		cmocka_unit_test_setup(test_iteration, world_setup),
		cmocka_unit_test_setup(test_handles_are_bounded_and_freed, world_setup),
		cmocka_unit_test_setup(test_maps, world_setup),
		cmocka_unit_test_setup(test_stats_writing, world_setup),
		cmocka_unit_test_setup(test_dump_keys, world_setup),
		cmocka_unit_test_setup(test_force_gather, world_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
