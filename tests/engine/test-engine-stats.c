/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys that an engine writes of itself: the types are those that tools of Corosync expect (engine-ipc.md §5.2, §7.1).
 */
#include "engine-world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct world_host *const host = &world_hosts[0];

static bool ready(void)
{
	return host->readies > 0;
}

static int alone(void **state)
{
	(void)state;
	world_open(1, NULL);
	world_start(0);
	assert_true(world_run_until(ready, 10000));
	world_connect(0, SERVICE_CMAP, 1);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	world_close();
	return 0;
}

/* What a request for this map does before it is answered. */
static void ask_anything(void)
{
	assert_int_equal(world_ask(0, SERVICE_CMAP, 1, 9, (struct bytes){0}), ENGINE_DONE);
}

static void use_statistics(void)
{
	static const uint8_t map[8] = {1};

	assert_int_equal(world_ask(0, SERVICE_CMAP, 1, 9, bytes_of(map, sizeof map)), ENGINE_DONE);
	assert_int_equal(host->reply.status, STATUS_OK);
	ask_anything();
}

struct key {
	const char *key;
	enum map_type type;
};

static void assert_keys(const struct map *map, const struct key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (map_get(map, keys[i].key).type != keys[i].type)
			fail_msg("%s is of type %d, not %d", keys[i].key, (int)map_get(map, keys[i].key).type,
				 (int)keys[i].type);
}

static void test_statistics(void **state)
{
	static const struct key keys[] = {
		{"stats.pg.msg_queue_avail", MAP_U32},
		{"stats.pg.msg_reserved", MAP_U32},
		{"stats.srp.orf_token_tx", MAP_U64},
		{"stats.srp.orf_token_rx", MAP_U64},
		{"stats.srp.memb_merge_detect_tx", MAP_U64},
		{"stats.srp.memb_merge_detect_rx", MAP_U64},
		{"stats.srp.memb_join_tx", MAP_U64},
		{"stats.srp.memb_join_rx", MAP_U64},
		{"stats.srp.mcast_tx", MAP_U64},
		{"stats.srp.mcast_retx", MAP_U64},
		{"stats.srp.mcast_rx", MAP_U64},
		{"stats.srp.memb_commit_token_tx", MAP_U64},
		{"stats.srp.memb_commit_token_rx", MAP_U64},
		{"stats.srp.token_hold_cancel_tx", MAP_U64},
		{"stats.srp.token_hold_cancel_rx", MAP_U64},
		{"stats.srp.operational_entered", MAP_U64},
		{"stats.srp.operational_token_lost", MAP_U64},
		{"stats.srp.gather_entered", MAP_U64},
		{"stats.srp.gather_token_lost", MAP_U64},
		{"stats.srp.commit_entered", MAP_U64},
		{"stats.srp.commit_token_lost", MAP_U64},
		{"stats.srp.recovery_entered", MAP_U64},
		{"stats.srp.recovery_token_lost", MAP_U64},
		{"stats.srp.consensus_timeouts", MAP_U64},
		{"stats.srp.rx_msg_dropped", MAP_U64},
		{"stats.srp.time_since_token_last_received", MAP_U64},
		{"stats.srp.continuous_gather", MAP_U32},
		{"stats.srp.continuous_sendmsg_failures", MAP_U32},
		{"stats.srp.firewall_enabled_or_nic_failure", MAP_U8},
		{"stats.srp.mtt_rx_token", MAP_U32},
		{"stats.srp.avg_token_workload", MAP_U32},
		{"stats.srp.avg_backlog_calc", MAP_U32},
	};
	uint64_t entered = 0;

	(void)state;
	assert_int_equal(host->engine->stats.count, 0); /* nobody asked yet */
	use_statistics();
	assert_keys(&host->engine->stats, keys, sizeof keys / sizeof keys[0]);
	assert_true(map_get_u64(&host->engine->stats, "stats.srp.operational_entered", &entered));
	assert_int_equal(entered, engine_ring_stats(host->engine)->operational_entered);
	assert_int_equal(entered, 1);
}

static uint32_t statistic(const char *key)
{
	uint32_t v = 0;

	world_run_ms(20);
	ask_anything();
	assert_true(map_get_u32(&host->engine->stats, key, &v));
	return v;
}

/* The request that looks may itself need a frame of the queue; a large one needs more, a clock none. */
static void test_reserved(void **state)
{
	static const uint8_t large[3 * 8192] = {1}; /* the map of statistics */
	uint32_t reserved = 0;

	(void)state;
	use_statistics();
	assert_int_equal(statistic("stats.pg.msg_reserved"), 2);
	world_run_ms(20);
	assert_int_equal(world_ask(0, SERVICE_CMAP, 1, 9, bytes_of(large, sizeof large)), ENGINE_DONE);
	world_run_ms(20);
	assert_int_equal(world_ask(0, SERVICE_CMAP, 1, 9, bytes_of(large, sizeof large)), ENGINE_DONE);
	assert_true(map_get_u32(&host->engine->stats, "stats.pg.msg_reserved", &reserved));
	assert_int_equal(reserved, 5);
	assert_int_equal(statistic("stats.pg.msg_reserved"), 2);
	assert_int_equal(world_cmap_track(0, 1, "stats.pg.msg_reserved", MAP_MODIFIED), ENGINE_DONE);
	world_run_ms(1600);
	assert_int_equal(host->engine->reserved, 0);
}

static uint8_t firewall(void)
{
	uint8_t v = 0;

	(void)statistic("stats.srp.continuous_gather");
	assert_true(map_get_u8(&host->engine->stats, "stats.srp.firewall_enabled_or_nic_failure", &v));
	return v;
}

static void test_network_to_blame(void **state)
{
	(void)state;
	use_statistics();
	host->engine->send_failures = 30;
	assert_int_equal(firewall(), 0);
	assert_int_equal(statistic("stats.srp.continuous_sendmsg_failures"), 30);
	host->engine->send_failures = 31;
	assert_int_equal(firewall(), 1);
	host->engine->send_failures = 0;
	host->engine->ring.stats.continuous_gather = 3;
	assert_int_equal(firewall(), 0);
	host->engine->ring.stats.continuous_gather = 4;
	assert_int_equal(firewall(), 1);
}

/* Whoever reads a hundred keys in a row gets them from one look. */
static void test_refresh_is_rare(void **state)
{
	(void)state;
	ask_anything();
	assert_int_equal(host->refreshes, 0); /* not for those who read the other map */
	use_statistics();
	assert_int_equal(host->refreshes, 1);
	for (int i = 0; i < 100; i++)
		ask_anything();
	assert_int_equal(host->refreshes, 1);
	world_run_ms(20);
	ask_anything();
	assert_int_equal(host->refreshes, 2);
}

static void test_clear(void **state)
{
	(void)state;
	use_statistics();
	assert_int_equal(world_cmap_set(0, 1, "stats.clear.ipc", MAP_U32, bytes_of("\0\0\0\0", 4)), ENGINE_DONE);
	assert_int_equal(host->reply.status, STATUS_OK);
	assert_int_equal(host->stats_cleared, SERVICE_STATS_IPC);
}

static void test_keys(void **state)
{
	static const struct key keys[] = {
		{"runtime.members.1.ip", MAP_STRING},
		{"runtime.members.1.join_count", MAP_U32},
		{"runtime.members.1.status", MAP_STRING},
		{"runtime.members.1.config_version", MAP_U64},
		{"runtime.services.cmap.service_id", MAP_U16},
		{"runtime.services.cfg.service_id", MAP_U16},
		{"runtime.services.cpg.service_id", MAP_U16},
		{"runtime.services.quorum.service_id", MAP_U16},
		{"runtime.services.mon.service_id", MAP_U16},
		{"runtime.services.wd.service_id", MAP_U16},
		{"runtime.services.pload.1.tx", MAP_U64},
		{"resources.system.memory_used.current", MAP_I32},
		{"resources.system.load_15min.current", MAP_DOUBLE},
		{"resources.watchdog_timeout", MAP_U32},
		{"runtime.services.cmap.0.tx", MAP_U64},
		{"runtime.services.cfg.4.rx", MAP_U64},
		{"runtime.services.cpg.6.tx", MAP_U64},
		{"runtime.services.votequorum.service_id", MAP_NONE}, /* is not there */
		{"runtime.services.quorum.0.tx", MAP_NONE},
		{"internal_configuration.service.0.name", MAP_STRING},
		{"internal_configuration.service.2.ver", MAP_U32},
		{"runtime.blackbox.dump_flight_data", MAP_STRING},
		{"runtime.blackbox.dump_state", MAP_STRING},
		{"runtime.force_gather", MAP_STRING},
	};
	const struct map *map = &host->engine->map;
	uint16_t id = 0;

	(void)state;
	assert_keys(map, keys, sizeof keys / sizeof keys[0]);
	assert_string_equal(map_get_string(map, "runtime.members.1.ip"), "r(0) ip(10.0.0.1) ");
	assert_string_equal(map_get_string(map, "runtime.members.1.status"), "joined");
	assert_string_equal(map_get_string(map, "internal_configuration.service.2.name"), "corosync_cpg");
	assert_true(map_get_u16(map, "runtime.services.cpg.service_id", &id));
	assert_int_equal(id, SERVICE_CPG);
}

static uint64_t counter(const char *key)
{
	uint64_t v = 0;

	ask_anything();
	assert_true(map_get_u64(&host->engine->map, key, &v));
	return v;
}

static void test_counters(void **state)
{
	(void)state;
	world_connect(0, SERVICE_CPG, 2);
	assert_int_equal(counter("runtime.services.cpg.0.tx"), 0);
	assert_int_equal(world_cpg_join(0, 2, "g"), ENGINE_DONE);
	assert_int_equal(counter("runtime.services.cpg.0.tx"), 1);
	assert_int_equal(counter("runtime.services.cpg.0.rx"), 0);
	world_run_ms(1000);
	assert_int_equal(counter("runtime.services.cpg.0.rx"), 1);
	assert_int_equal(counter("runtime.services.cpg.3.tx"), 0);
}

/* A key of the statistics that is watched is looked at by the service's clock. */
static void test_polling(void **state)
{
	(void)state;
	use_statistics();
	assert_int_equal(world_cmap_track(0, 1, "stats.srp.orf_token_rx", MAP_MODIFIED), ENGINE_DONE);
	assert_int_equal(host->reply.status, STATUS_OK);
	assert_int_equal(host->event_count, 0);
	world_run_ms(1600);
	assert_true(host->timers_fired >> (ENGINE_TIMER_SERVICE + SERVICE_TIMER_STATS) & 1);
	assert_int_equal(host->event_count, 1);
	world_run_ms(1600);
	assert_int_equal(host->event_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_statistics, alone, close_world),
		cmocka_unit_test_setup_teardown(test_refresh_is_rare, alone, close_world),
		cmocka_unit_test_setup_teardown(test_reserved, alone, close_world),
		cmocka_unit_test_setup_teardown(test_network_to_blame, alone, close_world),
		cmocka_unit_test_setup_teardown(test_clear, alone, close_world),
		cmocka_unit_test_setup_teardown(test_keys, alone, close_world),
		cmocka_unit_test_setup_teardown(test_counters, alone, close_world),
		cmocka_unit_test_setup_teardown(test_polling, alone, close_world),
	};

	return cmocka_run_group_tests_name("engine-stats", tests, NULL, NULL);
}
