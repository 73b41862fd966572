/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ordered messages that no correct peer sends, or that cross: none is trusted (engine-wire.md §7). */
#include "cpg-world.h"

static void same_told(uint32_t a, uint32_t b, const char *expected)
{
	assert_string_equal(world_told(a, 1), expected);
	assert_string_equal(world_told(b, 1), expected);
}

static void test_duplicate_join(void **state)
{
	uint8_t join[168] = {0};

	(void)state;
	world_put_name(join + 16, "g", 1);
	put_u32(join, 152, 20);
	world_forge(2, 0, join, sizeof join);
	world_run();
	same_told(1, 2, "");
	put_u32(join, 152, 22);
	put_u32(join, 160, 4);
	world_forge(2, 0, join, sizeof join);
	world_run();
	same_told(1, 2, "change g: 1:10 2:20 2:22 3:30 +2:22/1\n");
}

/* Another node's process has the pid of ours: neither its join nor its leave is ours. */
static void test_same_pid_elsewhere(void **state)
{
	(void)state;
	world_joined(2, 2, "g", 10);
	world_forget();
	assert_int_equal(world_leave(1, 1, "g", 10), STATUS_OK);
	assert_int_equal(world_leave(2, 2, "g", 10), STATUS_OK);
	world_run();
	assert_string_equal(world_told(1, 1), "change g: 2:10 2:20 3:30 -1:10/2\n");
	assert_string_equal(world_told(2, 2), "change g: 2:10 2:20 3:30 -1:10/2\nchange g: 2:20 3:30 -2:10/2\n");
}

/* Its join is not ours either, even if ours is under way. */
static void test_same_pid_joins_first(void **state)
{
	uint8_t join[168] = {0};

	(void)state;
	world_put_name(join + 16, "g", 1);
	put_u32(join, 152, 77);
	world_forge(2, 0, join, sizeof join);
	assert_int_equal(world_join(1, 2, "g", 77, 0), STATUS_OK);
	world_run();
	assert_string_equal(world_told(1, 2), "change g: 1:10 1:77 2:20 2:77 3:30 +1:77/1\n");
}

static void test_unknown_leave(void **state)
{
	uint8_t leave[168] = {0};

	(void)state;
	world_put_name(leave + 16, "g", 1);
	put_u32(leave, 152, 99);
	put_u32(leave, 160, 77);
	world_forge(2, 1, leave, sizeof leave);
	world_put_name(leave + 16, "nobody's", 8);
	world_forge(2, 1, leave, sizeof leave);
	world_run();
	same_told(1, 3, "change g: 1:10 2:20 3:30 -2:99/5\n");
	assert_int_equal(world_cpg(1)->group_count, 1);
}

static void test_mcast_of_stranger(void **state)
{
	uint8_t m[184 + 2] = {[152] = 2, [160] = 99, [184] = 'h', 'i'};

	(void)state;
	world_put_name(m + 16, "g", 1);
	world_ring("12");
	world_ring("3");
	world_forget();
	world_forge(2, 3, m, sizeof m);
	world_run();
	same_told(1, 2, "message g 2:99 hi\n");
	assert_int_equal(world_leave(2, 1, "g", 20), STATUS_OK);
	world_run();
	world_forget();
	world_forge(2, 3, m, sizeof m);
	world_run();
	assert_string_equal(world_told(1, 1), "");
	assert_int_equal(world_logs, 1);
}

/* What was announced before a node was lost does not go on after it is back. */
static void test_fragments_across_a_loss(void **state)
{
	uint8_t m[200 + 2] = {[152] = 6, [160] = 2, [168] = 30, [176] = 1, [200] = 'h', 'i'};

	(void)state;
	world_put_name(m + 16, "g", 1);
	world_forge(3, 6, m, sizeof m);
	put_u32(m, 176, 2);
	world_forge(3, 6, m, sizeof m);
	world_run();
	same_told(1, 2, "part g 3:30 1 6 hi\npart g 3:30 2 6 hi\n");
	world_ring_begin("12");
	world_abort("12");
	world_ring("123");
	world_forget();
	world_forge(3, 6, m, sizeof m);
	world_run();
	same_told(1, 2, "");
}

static void forge_all_lengths(uint16_t fn, const uint8_t *m, size_t size)
{
	for (size_t n = 0; n < size; n++)
		world_forge(2, fn, m, n);
	world_run();
}

/* Cut at every place; only one line in the log of each node, until the membership changes. */
static void test_malformed(void **state)
{
	uint8_t m[184 + 2] = {[152] = 2, [160] = 20, [184] = 'h', 'i'};

	(void)state;
	world_put_name(m + 16, "g", 1);
	forge_all_lengths(0, m, 168);
	forge_all_lengths(1, m, 168);
	forge_all_lengths(3, m, sizeof m);
	world_forge(2, 7, m, sizeof m);
	world_forge(2, 0xffff, m, sizeof m);
	m[16] = 129;
	world_forge(2, 0, m, sizeof m);
	world_forge(2, 1, m, sizeof m);
	world_forge(2, 3, m, sizeof m);
	put_u32(m, 16, 0xffffffff);
	world_forge(2, 3, m, sizeof m);
	put_u32(m, 16, 1);
	put_u32(m, 152, 0xfffffffe);
	world_forge(2, 3, m, sizeof m);
	put_u32(m, 152, 1);
	world_forge(2, 3, m, sizeof m);
	world_forge(2, 4, NULL, 0);
	world_forge(2, 5, NULL, 0);
	world_run();
	same_told(1, 2, "");
	assert_int_equal(world_logs, 3);
	world_ring("123");
	world_forge(2, 7, m, sizeof m);
	world_run();
	assert_int_equal(world_logs, 6);
}

/* The event would not fit the client's ring. */
static void test_too_large(void **state)
{
	uint32_t most = REQUEST_MAX - 184;
	uint8_t *m = calloc(1, 184 + most + 1);

	(void)state;
	world_put_name(m + 16, "g", 1);
	put_u32(m, 152, most + 1);
	world_forge(2, 3, m, 184 + most + 1);
	world_run();
	same_told(1, 2, "");
	assert_int_equal(world_logs, 3);
	free(m);
}

/* A process that is only listed is in no group yet. */
static void test_fragment_of_listed(void **state)
{
	uint8_t m[200 + 2] = {[152] = 6, [160] = 2, [168] = 30, [176] = 1, [200] = 'h', 'i'};

	(void)state;
	world_put_name(m + 16, "g", 1);
	world_ring("12");
	world_ring("3");
	world_ring_begin("123");
	world_forget();
	world_forge(3, 6, m, sizeof m);
	world_run();
	same_told(1, 2, "");
	assert_string_equal(world_told(3, 1), "part g 3:30 1 6 hi\n");
}

static void test_malformed_joinlist(void **state)
{
	uint8_t list[24 + 2 * 144] = {[24] = 77, [168] = 78};

	(void)state;
	world_put_name(list + 32, "g", 1);
	world_put_name(list + 176, "g", 1);
	world_forge(2, 2, list, sizeof list); /* nobody asked */
	world_run();
	assert_int_equal(world_cpg(1)->process_count, 3);
	world_ring_begin("123");
	for (size_t n = 0; n < sizeof list; n++) {
		if (n != 24 && n != 168)
			world_forge(2, 2, list, n);
	}
	put_u32(list, 176, 129);
	world_forge(2, 2, list, sizeof list);
	world_run();
	assert_int_equal(world_cpg(1)->process_count, 3);
	assert_int_equal(world_logs, 3);
	world_ring_end("123");
	same_told(1, 2, "ring 1.8: 1 2 3\n");
}

/* Somebody else's list may not make processes of ours, nor of a node that is not here. */
static void test_joinlist_senders(void **state)
{
	uint8_t list[24 + 144] = {[24] = 77};
	struct service_event ev = {.type = SERVICE_EVENT_DELIVER, .fn = 2, .from = {9}};
	static struct service_effects fx;

	(void)state;
	world_put_name(list + 32, "g", 1);
	world_ring_begin("123");
	world_forge(1, 2, list, sizeof list);
	world_run();
	ev.message = bytes_of(list, sizeof list);
	cpg_step(world_cpg(1), &ev, &fx);
	assert_int_equal(world_cpg(1)->process_count, 4);
	assert_int_equal(world_cpg(3)->process_count, 4);
	world_ring_end("123");
	assert_string_equal(world_told(1, 1), "ring 1.8: 1 2 3\n");
	assert_int_equal(world_cpg(1)->process_count, 3);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_three_joined, world_end)
	const struct CMUnitTest tests[] = {
		CASE(test_duplicate_join),          CASE(test_same_pid_elsewhere),
		CASE(test_unknown_leave),           CASE(test_mcast_of_stranger),
		CASE(test_fragments_across_a_loss), CASE(test_malformed),
		CASE(test_same_pid_joins_first),    CASE(test_too_large),
		CASE(test_fragment_of_listed),      CASE(test_malformed_joinlist),
		CASE(test_joinlist_senders),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
