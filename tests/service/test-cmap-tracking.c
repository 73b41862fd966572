/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmap-world.h"

static void test_track_kinds(void **state)
{
	uint32_t two = 2;

	(void)state;
	world_connect(1);
	world_connect(2);
	world_track(2, "a.key", MAP_ADDED, 21);
	world_track(2, "a.key", MAP_MODIFIED, 22);
	world_track(2, "a.key", MAP_DELETED, 23);
	world_track(2, "a.", MAP_ADDED | MAP_MODIFIED | MAP_DELETED | 8, 24);
	world_track(2, "a.", MAP_ADDED | MAP_MODIFIED | MAP_DELETED, 25); /* no prefix: nothing is called so */
	world_track(1, "", MAP_DELETED, 11);                              /* every key */

	world_set_string(1, "a.key", "x");
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 2);
	world_assert_event(0, 2, 21, "a.key", MAP_ADDED, world_text_value("x"), (struct map_value){0});
	world_assert_event(1, 2, 24, "a.key", MAP_ADDED, world_text_value("x"), (struct map_value){0});
	world_set_string(1, "a.key", "x"); /* nothing new */
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	world_set_sized(1, "a.key", MAP_U32, &two, 4);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 2);
	world_assert_event(0, 2, 22, "a.key", MAP_MODIFIED, (struct map_value){MAP_U32, bytes_of(&two, 4)},
			   world_text_value("x"));
	world_assert_event(1, 2, 24, "a.key", MAP_MODIFIED, (struct map_value){MAP_U32, bytes_of(&two, 4)},
			   world_text_value("x"));
	world_delete_key(1, "a.key");
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 3);
	world_assert_event(0, 2, 23, "a.key", MAP_DELETED, (struct map_value){0},
			   (struct map_value){MAP_U32, bytes_of(&two, 4)});
	world_assert_event(1, 2, 24, "a.key", MAP_DELETED, (struct map_value){0},
			   (struct map_value){MAP_U32, bytes_of(&two, 4)});
	world_assert_event(2, 1, 11, "a.key", MAP_DELETED, (struct map_value){0},
			   (struct map_value){MAP_U32, bytes_of(&two, 4)});
	world_set_string(1, "b.key", "x");
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	world_set_string(1, "a.keys", "x"); /* a longer name is another key */
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 1);

	world_log_clear(); /* the engine's own changes are told too */
	map_put_string(&world_map, "a.key", "y");
	world_collect();
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 2);
}

static void test_track_rules(void **state)
{
	uint64_t handle;

	(void)state;
	world_connect(1);
	world_connect(2);
	for (int32_t bit = 16; bit > 0 && bit <= 1 << 30; bit = bit < 1 << 30 ? bit * 2 : 0)
		assert_int_equal(world_track_try(1, "a.key", bit | 4, 1), STATUS_INVALID_PARAM);
	assert_int_equal(world_track_try(1, "a.key", -1, 1), STATUS_INVALID_PARAM);
	assert_int_equal(world_track_try(1, "a.key", 0, 1), STATUS_OK);
	handle = world_track(1, "a.key", 7, 0x123456789abcdef0);
	assert_int_equal(world_handle_request(2, 8, handle, 32), STATUS_BAD_HANDLE);
	assert_int_equal(world_handle_request(1, 8, handle + 1, 32), STATUS_BAD_HANDLE);
	assert_int_equal(world_handle_request(1, 8, handle, 32), STATUS_OK);
	assert_int_equal(world_u64_at(world_the_reply(), 24), 0x123456789abcdef0);
	assert_int_equal(world_handle_request(1, 8, handle, 32), STATUS_BAD_HANDLE);
	assert_int_equal(world_handle_request(1, 6, world_track(1, "a.key", 7, 1), 24),
			 STATUS_BAD_HANDLE); /* no iterator */
	world_set_string(2, "a.key", "x");
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 1);
	world_disconnect(1);
	world_set_string(2, "a.key", "y");
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
}

/* More events than the array holds leave in order, through the drain. */
static void test_many_trackers(void **state)
{
	static char big[MAP_VALUE_MAX];
	enum { MANY = 1000 };

	(void)state;
	memset(big, 'b', sizeof big);
	world_connect(1);
	for (uint64_t i = 0; i < MANY; i++)
		world_track(1, i % 2 == 0 ? "a.key" : "a.", 7 | (i % 2 != 0 ? 8 : 0), i);
	world_set_string(1, "a.key", "x");
	assert_true(world_drains > 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), MANY);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(world_u64_at(world_nth(SERVICE_EFFECT_EVENT, i), 24), i);
	assert_int_equal(world_records[MANY].type, SERVICE_EFFECT_REPLY);

	for (uint64_t handle = 1; handle <= MANY - 50; handle++)
		assert_int_equal(world_handle_request(1, 8, handle, 32), STATUS_OK);
	world_set_sized(1, "a.key", MAP_BINARY, big, sizeof big);
	big[0] = 'c';
	world_set_sized(1, "a.key", MAP_BINARY, big, sizeof big);
	assert_true(world_drains > 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 50);
	assert_int_equal(world_nth(SERVICE_EFFECT_EVENT, 49)->len, 336 + 2 * MAP_VALUE_MAX);
}

static void test_stats_tracking(void **state)
{
	uint64_t one = 1, handle;

	(void)state;
	map_put_u64(&world_stats, "stats.ipcs.global.active", 1);
	world_connect(1);
	world_connect(2);
	world_use_map(1, 1);
	for (int32_t type = 0; type < 8; type++)
		assert_int_equal(world_track_try(1, "stats.", type | 8, 1),
				 (type & 5) == 5 ? STATUS_OK : STATUS_NOT_SUPPORTED);
	world_disconnect(1);
	world_connect(1);
	world_use_map(1, 1);
	handle = world_track(1, "stats.", MAP_ADDED | MAP_MODIFIED | MAP_DELETED | 8, 5);
	assert_int_equal(world_count_of(SERVICE_EFFECT_TIMER), 0); /* a prefix is not polled */
	world_track(2, "stats.", 15, 6);                           /* of the other map */

	world_log_clear();
	map_put_u64(&world_stats, "stats.ipcs.x", 1);
	map_put_u64(&world_stats, "stats.ipcs.x", 2); /* counters tell nobody */
	map_drop(&world_stats, "stats.ipcs.x");
	world_collect();
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 2);
	world_assert_event(0, 1, 5, "stats.ipcs.x", MAP_ADDED, (struct map_value){MAP_U64, bytes_of(&one, 8)},
			   (struct map_value){0});
	assert_int_equal(world_u32_at(world_nth(SERVICE_EFFECT_EVENT, 1), 296), MAP_DELETED);
	assert_int_equal(world_handle_request(1, 8, handle, 32), STATUS_OK);
}

static void poll_stats(void)
{
	world_step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = SERVICE_TIMER_STATS});
}

static void test_stats_polling(void **state)
{
	uint8_t down = 0;
	uint64_t handle, second, late;

	(void)state;
	map_put_u8(&world_stats, "stats.knet.connected", 1);
	map_put_u8(&world_stats, "stats.knet.zero", 0);
	world_connect(1);
	world_use_map(1, 1);
	handle = world_track(1, "stats.knet.connected", MAP_MODIFIED, 9);
	assert_int_equal(world_count_of(SERVICE_EFFECT_TIMER), 1);
	assert_int_equal(world_nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, CMAP_STATS_POLL_MS);
	second = world_track(1, "stats.knet.zero", MAP_MODIFIED, 10);
	assert_int_equal(world_count_of(SERVICE_EFFECT_TIMER), 0);
	poll_stats(); /* what was there is not news */
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_TIMER), 1);
	poll_stats();
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_TIMER), 1);
	map_put_u8(&world_stats, "stats.knet.connected", down);
	poll_stats(); /* both values are the new one */
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 1);
	world_assert_event(0, 1, 9, "stats.knet.connected", MAP_MODIFIED,
			   (struct map_value){MAP_U8, bytes_of(&down, 1)},
			   (struct map_value){MAP_U8, bytes_of(&down, 1)});
	map_drop(&world_stats, "stats.knet.connected");
	poll_stats();
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	late = world_track(1, "stats.late", MAP_MODIFIED, 11);
	map_put_u32(&world_stats, "stats.late", 0);
	poll_stats(); /* one that comes later is news when it is not zero */
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	map_put_u32(&world_stats, "stats.late", 4);
	poll_stats();
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 1);
	assert_int_equal(world_handle_request(1, 8, late, 32), STATUS_OK);
	assert_int_equal(world_handle_request(1, 8, handle, 32), STATUS_OK);
	assert_int_equal(world_count_of(SERVICE_EFFECT_TIMER), 0);
	assert_int_equal(world_handle_request(1, 8, second, 32), STATUS_OK);
	assert_int_equal(world_nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 0); /* the last one cancels */
	poll_stats();
	assert_int_equal(world_record_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_track_kinds, world_setup),
		cmocka_unit_test_setup(test_track_rules, world_setup),
		cmocka_unit_test_setup(test_many_trackers, world_setup),
		cmocka_unit_test_setup(test_stats_tracking, world_setup),
		cmocka_unit_test_setup(test_stats_polling, world_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
