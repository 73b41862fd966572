/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two and three engines with a network between them. */
#include "engine-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CFG = 1, CPG = 2 };

static bool both(void)
{
	return world_members(0) == 2 && world_members(1) == 2;
}

static bool first_alone(void)
{
	return world_members(0) == 1;
}

static int open_two(void **state)
{
	(void)state;
	world_open(2, NULL);
	world_start(0);
	world_start(1);
	assert_true(world_run_until(both, 10000));
	world_connect(0, SERVICE_CPG, CPG);
	world_connect(1, SERVICE_CPG, CPG);
	assert_int_equal(world_cpg_join(0, CPG, "g"), ENGINE_DONE);
	assert_int_equal(world_cpg_join(1, CPG, "g"), ENGINE_DONE);
	world_run_ms(1000);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	world_close();
	return 0;
}

static const char *member_status(uint32_t host, const char *key)
{
	const char *v = map_get_string(&world_hosts[host].engine->map, key);

	assert_non_null(v);
	return v;
}

static void test_form(void **state)
{
	(void)state;
	assert_true(ring_id_eq(world_hosts[0].engine->view.ring, world_hosts[1].engine->view.ring));
	assert_string_equal(member_status(0, "runtime.members.2.status"), "joined");
	assert_string_equal(member_status(1, "runtime.members.1.ip"), "r(0) ip(10.0.0.1) ");
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(cpg_member_count(&world_hosts[i].engine->cpg, "g", 1), 2);
}

/* Both see the same messages in the same order, whoever sent them. */
static void test_same_order(void **state)
{
	(void)state;
	world_forget_events(0);
	world_forget_events(1);
	for (uint8_t i = 0; i < 100; i++) {
		uint8_t said[2] = {i % 2, i};

		assert_int_equal(world_cpg_mcast(i % 2, CPG, bytes_of(said, 2)), ENGINE_DONE);
		if (i % 7 == 0)
			world_run_ms(5);
	}
	world_run_ms(1000);
	assert_int_equal(world_events(0, CPG, CPG_DELIVER), 100);
	assert_int_equal(world_events(1, CPG, CPG_DELIVER), 100);
	for (uint32_t i = 0; i < 100; i++) {
		const struct world_event *a = &world_hosts[0].events[i], *b = &world_hosts[1].events[i];

		assert_int_equal(a->len, b->len);
		assert_memory_equal(a->bytes, b->bytes, a->len);
	}
}

static void test_large_messages(void **state)
{
	static const size_t lens[] = {8000, 70000, REQUEST_MAX - 1000};
	uint8_t *data = malloc(REQUEST_MAX);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < REQUEST_MAX; i++)
		data[i] = (uint8_t)(i * 31 + i / 251);
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		const struct world_event *ev;

		world_forget_events(1);
		assert_int_equal(world_cpg_mcast(0, CPG, bytes_of(data, lens[i])), ENGINE_DONE);
		world_run_ms(3000);
		assert_int_equal(world_events(1, CPG, CPG_DELIVER), 1);
		ev = world_event_last(1, CPG_DELIVER);
		assert_int_equal(ev->len, CPG_DELIVER_SIZE + lens[i]);
		assert_memory_equal(ev->bytes + CPG_DELIVER_SIZE, data, lens[i]);
	}
	free(data);
}

static uint8_t large[200000];

/* All blocks of at least so many bytes. */
static void starve(struct pool *pool, size_t bytes)
{
	for (size_t n = MESSAGE_MAX; n >= bytes; n /= 2)
		while (pool_alloc(pool, n) != NULL)
			;
}

/* A node that cannot gather a message which the others have must not go on without it. */
static void test_no_memory_to_hear(void **state)
{
	(void)state;
	assert_int_equal(world_cpg_mcast(0, CPG, bytes_of(large, sizeof large)), ENGINE_DONE);
	world_run_ms(1000);
	assert_int_equal(world_events(1, CPG, CPG_DELIVER), 1);
	starve(&world_hosts[1].pool, 20000);
	assert_int_equal(world_cpg_mcast(0, CPG, bytes_of("small", 5)), ENGINE_DONE);
	world_run_ms(1000);
	assert_int_equal(world_events(1, CPG, CPG_DELIVER), 2);
	assert_int_equal(world_cpg_mcast(0, CPG, bytes_of(large, sizeof large)), ENGINE_DONE);
	world_run_ms(1000);
	assert_string_equal(world_hosts[1].died, "no memory is left for a message that the other nodes have");
	assert_string_equal(world_hosts[0].died, "");
}

static void test_orderly_leave(void **state)
{
	uint64_t then;

	(void)state;
	engine_leave(world_hosts[1].engine, world_now(), "maintenance");
	then = world_now().ns;
	world_run_ms(100);
	assert_string_equal(world_hosts[1].left, "maintenance");
	assert_true(world_run_until(first_alone, 10000));
	assert_true(world_now().ns - then < 1900 * 1000000ull); /* sooner than by losing a token and the consensus */
	assert_string_equal(member_status(0, "runtime.members.2.status"), "left");
	assert_int_equal(cpg_member_count(&world_hosts[0].engine->cpg, "g", 1), 1);
}

static void test_crash(void **state)
{
	(void)state;
	world_kill(1);
	assert_true(world_run_until(first_alone, 10000));
	assert_int_equal(cpg_member_count(&world_hosts[0].engine->cpg, "g", 1), 1);
	assert_int_equal(engine_ring_stats(world_hosts[0].engine)->operational_token_lost, 1);
}

/* The host's own sign makes it quick. */
static void test_crash_that_is_noticed(void **state)
{
	uint64_t then;

	(void)state;
	world_kill(1);
	then = world_now().ns;
	engine_node_lost(world_hosts[0].engine, world_now(), node_id_of(2));
	assert_true(world_run_until(first_alone, 10000));
	assert_true(world_now().ns - then < 200 * 1000000ull);
	assert_int_equal(engine_ring_stats(world_hosts[0].engine)->operational_token_lost, 0);
}

static bool both_alone(void)
{
	return world_members(0) == 1 && world_members(1) == 1;
}

static void test_split_and_merge(void **state)
{
	uint32_t joins = 0;

	(void)state;
	world_hosts[1].side = 1;
	assert_true(world_run_until(both_alone, 10000));
	assert_int_equal(world_cpg_mcast(0, CPG, bytes_of("here", 4)), ENGINE_DONE);
	world_run_ms(500);
	assert_int_equal(world_events(0, CPG, CPG_DELIVER), 1);
	assert_int_equal(world_events(1, CPG, CPG_DELIVER), 0);
	world_hosts[1].side = 0;
	assert_true(world_run_until(both, 10000));
	world_run_ms(1000);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(cpg_member_count(&world_hosts[i].engine->cpg, "g", 1), 2);
	assert_true(map_get_u32(&world_hosts[0].engine->map, "runtime.members.2.join_count", &joins));
	assert_int_equal(joins, 2);
	assert_int_equal(world_events(1, CPG, CPG_DELIVER), 0); /* what was said meanwhile is not told later */
}

/* A node that was called lost wrongly comes back. */
static void test_node_back(void **state)
{
	(void)state;
	world_hosts[1].side = 1;
	engine_node_lost(world_hosts[0].engine, world_now(), node_id_of(2));
	assert_true(world_run_until(both_alone, 10000));
	world_hosts[1].side = 0;
	engine_node_back(world_hosts[0].engine, world_now(), node_id_of(2));
	assert_true(world_run_until(both, 10000));
}

/* A client's multicast that comes while the nodes agree is held, and wanted again when they have. */
static void test_held_until_agreed(void **state)
{
	uint32_t holds = 0;

	(void)state;
	world_kill(1);
	for (uint32_t i = 0; i < 100000 && world_members(0) != 1; i++) {
		if (world_hosts[0].engine->syncing) {
			world_hosts[0].retries = 0;
			assert_int_equal(world_cpg_mcast(0, CPG, bytes_of("x", 1)), ENGINE_HOLD);
			assert_int_equal(world_hosts[0].rates[SERVICE_CPG], ENGINE_RATE_OFF);
			holds++;
		}
		assert_true(world_turn(5000));
	}
	assert_true(holds > 0);
	assert_true(world_hosts[0].retries > 0);
	assert_int_equal(world_hosts[0].rates[SERVICE_CPG], ENGINE_RATE_FAST);
	assert_int_equal(world_cpg_mcast(0, CPG, bytes_of("x", 1)), ENGINE_DONE);
}

static void test_kill_by_another(void **state)
{
	uint8_t body[266];
	struct writer w = writer_of(body, sizeof body);

	(void)state;
	world_connect(0, SERVICE_CFG, CFG);
	write_u64(&w, 2);
	write_u16(&w, 3);
	write_pad_to(&w, 16);
	write_bytes(&w, "why", 3);
	write_pad_to(&w, sizeof body);
	assert_int_equal(world_ask(0, SERVICE_CFG, CFG, 2, writer_bytes(&w)), ENGINE_DONE);
	world_run_ms(500);
	assert_non_null(strstr(world_hosts[1].died, "killed by node 1"));
	assert_string_equal(world_hosts[0].died, "");
}

/* Who comes to others with an older configuration than theirs must not work by it. */
static void test_old_configuration(void **state)
{
	(void)state;
	world_open(2, NULL);
	map_put_u64(&world_hosts[0].engine->map, "totem.config_version", 8);
	map_put_u64(&world_hosts[1].engine->map, "totem.config_version", 7);
	world_start(0);
	world_run_ms(3000);
	world_start(1);
	world_run_ms(6000);
	assert_string_equal(world_hosts[0].left, "");
	assert_string_equal(world_hosts[1].left, "the configuration of this node is older than that of the cluster");
	assert_int_equal(world_hosts[1].logged, MSG_CONFIG_OUTDATED);
	assert_int_equal(world_members(0), 1);
	world_close();
}

static bool first_quorate(void)
{
	return engine_quorate(world_hosts[0].engine);
}

static void test_quorum(void **state)
{
	const struct world_options options = {.has_votequorum = true};

	(void)state;
	world_open(2, &options);
	for (uint32_t i = 0; i < 2; i++)
		map_put_u32(&world_hosts[i].engine->map, "quorum.expected_votes", 2);
	world_start(0);
	world_run_ms(3000);
	assert_int_equal(world_members(0), 1);
	assert_false(engine_quorate(world_hosts[0].engine));
	assert_int_equal(engine_accept(world_hosts[0].engine, SERVICE_VOTEQUORUM, 0, 0), 0);
	world_start(1);
	assert_true(world_run_until(first_quorate, 10000));
	world_run_ms(1000);
	assert_true(engine_quorate(world_hosts[1].engine));
	world_kill(1);
	assert_true(world_run_until(first_alone, 10000));
	assert_false(engine_quorate(world_hosts[0].engine));
	/* Fewer votes are expected now: one is enough. */
	world_connect(0, SERVICE_CMAP, 1);
	assert_int_equal(world_cmap_set(0, 1, "quorum.expected_votes", MAP_U32, bytes_of("\1\0\0\0", 4)), ENGINE_DONE);
	world_run_ms(1000);
	assert_true(engine_quorate(world_hosts[0].engine));
	world_close();
}

/* Bytes that no node sends, whole and in pieces, at any time. */
static void test_rubbish(void **state)
{
	uint8_t noise[300];
	uint32_t dice = 1;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		for (size_t k = 0; k < sizeof noise; k++)
			noise[k] = (uint8_t)((dice = dice * 1103515245 + 12345) >> 16);
		memcpy(noise, "\x70\xc0\x03", 3);
		noise[3] = (uint8_t)(i % 7);
		engine_packet(world_hosts[0].engine, world_now(), bytes_of(noise, dice % sizeof noise));
		world_run_ms(1);
	}
	assert_true(world_run_until(both, 20000));
	assert_string_equal(world_hosts[0].died, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_form, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_same_order, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_large_messages, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_no_memory_to_hear, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_orderly_leave, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_crash, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_crash_that_is_noticed, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_split_and_merge, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_node_back, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_held_until_agreed, open_two, close_world),
		cmocka_unit_test_setup_teardown(test_kill_by_another, open_two, close_world),
		cmocka_unit_test(test_old_configuration),
		cmocka_unit_test(test_quorum),
		cmocka_unit_test_setup_teardown(test_rubbish, open_two, close_world),
	};

	return cmocka_run_group_tests_name("engine-ring", tests, NULL, NULL);
}
