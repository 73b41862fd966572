/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "totem/assemble.h"
#include "totem/pack.h"

static uint8_t memory[24 << 20] __attribute__((aligned(16)));
static uint8_t sender_memory[24 << 20] __attribute__((aligned(16)));
static uint8_t text[MESSAGE_MAX];
static struct pool pool, sender_pool;
static struct pack pack;
static struct assemble as;

static int fresh(void **state)
{
	(void)state;
	pool_init(&pool, memory, sizeof memory);
	pool_init(&sender_pool, sender_memory, sizeof sender_memory);
	assemble_init(&as, &pool);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 13 + i / 251);
	return 0;
}

static void add(size_t n)
{
	struct bytes part = bytes_of(text, n);

	assert_int_equal(pack_add(&pack, &sender_pool, &part, 1), ERR_OK);
}

/* Hands the oldest frame of the sender to the receiver, or loses it. */
static bool pass(bool lost)
{
	struct frame *f = frame_queue_pop(&pack.queue);
	struct bytes b;
	bool ok = true;

	assert_non_null(f);
	b = frame_bytes(f);
	if (!lost)
		ok = assemble_packet(&as, node_id_of(1), bytes_of(b.data + MCAST_HEADER, b.len - MCAST_HEADER));
	pool_free(&sender_pool, f);
	return ok;
}

static void assert_message(size_t n)
{
	struct bytes m;

	assert_true(assemble_next(&as, &m));
	assert_int_equal(m.len, n);
	assert_memory_equal(m.data, text, n);
}

static void messages_of_all_sizes_come_out_as_they_went_in(void **state)
{
	static const uint32_t limits[] = {100, 256, 1400, 9000, 65000};
	static const size_t sizes[] = {1,    2,    3,    63,    64,    65,     80,      90,      91,
				       92,   180,  255,  256,   1390,  1391,   8990,    9001,    30000,
				       1000, 5000, 7777, 64000, 64989, 64990,  64991,   65536,   70000,
				       1,    1,    1,    12345, 88,    200000, 1048576, 1000000, MESSAGE_MAX};
	struct bytes m;

	(void)state;
	for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++) {
		size_t next = 0;

		pack_init(&pack, limits[l]);
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			if (sizes[i] > limits[l] * 1000)
				continue;
			add(sizes[i]);
			if (i % 3 == 0)
				pack_flush(&pack, &sender_pool);
			while (pack.queue.count > 0) {
				assert_true(pass(false));
				while (assemble_next(&as, &m)) {
					while (sizes[next] > limits[l] * 1000)
						next++;
					assert_int_equal(m.len, sizes[next]);
					assert_memory_equal(m.data, text, m.len);
					next++;
				}
			}
		}
		assemble_clear(&as);
		pack_clear(&pack, &sender_pool);
		assert_int_equal(pool.used, 0);
		assert_int_equal(as.lost, 0);
	}
}

static void who_joins_in_the_middle_passes_over_the_rest(void **state)
{
	struct bytes m;

	(void)state;
	pack_init(&pack, 200);
	add(400);
	add(50);
	pack_flush(&pack, &sender_pool);
	assert_true(pass(true)); /* the beginning was before our time */
	assert_true(pass(false));
	assert_false(assemble_next(&as, &m));
	assert_true(pass(false));
	assert_message(50); /* the end of the long one is not taken for a message */
	assert_int_equal(as.passed_over, 1);
	assert_false(assemble_next(&as, &m));
	assert_int_equal(pool.used, 0);
	assert_int_equal(as.lost, 0);
}

static void a_lost_packet_in_the_middle_costs_that_message_only(void **state)
{
	struct bytes m;

	(void)state;
	pack_init(&pack, 200);
	add(700);
	add(30);
	pack_flush(&pack, &sender_pool);
	assert_true(pass(false));
	assert_true(pass(true));
	assert_true(pass(false));
	assert_true(pass(false));
	assert_message(30);
	assert_false(assemble_next(&as, &m));
	add(10);
	pack_flush(&pack, &sender_pool);
	assert_true(pass(false));
	assert_message(10);
	assemble_clear(&as);
	assert_int_equal(pool.used, 0);
}

static void a_lost_end_is_not_joined_to_the_next_beginning(void **state)
{
	struct bytes m;

	(void)state;
	pack_init(&pack, 200);
	add(300);
	pack_flush(&pack, &sender_pool);
	assert_true(pass(false)); /* cut 1 */
	assert_true(pass(true));  /* its end */
	add(60);
	pack_flush(&pack, &sender_pool);
	assert_true(pass(false));
	assert_message(60);
	assert_false(assemble_next(&as, &m));
	assert_int_equal(pool.used, 0);
}

/* Simulator, seed 4724 of 300 s: a service said more, as a quorum device had voted, before its node knew that all had
 * agreed; the client's message that the change of the ring had interrupted was lost at all who had its beginning.
 */
static void a_whole_message_in_the_middle_of_a_cut_one_costs_nothing(void **state)
{
	struct pack cut;
	struct bytes m;

	(void)state;
	pack_init(&pack, 200);
	add(300);
	pack_flush(&pack, &sender_pool);
	assert_true(pass(false));
	assert_false(assemble_next(&as, &m));
	cut = pack;
	pack_init(&pack, 200);
	add(60);
	add(20);
	pack_flush(&pack, &sender_pool);
	assert_true(pass(false));
	assert_message(60);
	assert_message(20);
	assert_false(assemble_next(&as, &m));
	pack = cut;
	assert_true(pass(false));
	assert_message(300);
	assert_false(assemble_next(&as, &m));
	assert_int_equal(as.passed_over, 0);
	assert_int_equal(pool.used, 0);
}

static void senders_are_kept_apart_and_forgotten_when_they_leave(void **state)
{
	static const uint8_t begin[] = {0, 0, 0, 0, 1, 0, 1, 0, 2, 0, 'a', 'b'};
	static const uint8_t end[] = {0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 'c'};
	struct node_list stay = {.count = 1, .ids = {{2}}};
	struct bytes m;

	(void)state;
	assert_true(assemble_packet(&as, node_id_of(1), bytes_of(begin, sizeof begin)));
	assert_false(assemble_next(&as, &m));
	assert_true(assemble_packet(&as, node_id_of(2), bytes_of(begin, sizeof begin)));
	assert_false(assemble_next(&as, &m));
	assemble_keep(&as, &stay);
	assert_true(assemble_packet(&as, node_id_of(1), bytes_of(end, sizeof end)));
	assert_false(assemble_next(&as, &m));
	assert_true(assemble_packet(&as, node_id_of(2), bytes_of(end, sizeof end)));
	assert_true(assemble_next(&as, &m));
	assert_true(bytes_eq(m, bytes_of("abc", 3)));
	assemble_clear(&as);
	assert_int_equal(pool.used, 0);
}

static const struct {
	const char *what;
	uint8_t bytes[16];
	size_t len;
} hostile[] = {
	{"nothing", {0}, 0},
	{"half a header", {0, 0, 0, 0}, 4},
	{"another version", {1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 'x'}, 11},
	{"another type", {0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 'x'}, 11},
	{"no piece", {0, 0, 0, 0, 0, 0, 0, 0}, 8},
	{"fewer lengths than pieces", {0, 0, 0, 0, 0, 0, 2, 0, 0, 0}, 10},
	{"more pieces than bytes", {0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1, 0, 'x'}, 11},
	{"lengths too long", {0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 'x'}, 11},
	{"lengths too short", {0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 'x', 'y'}, 12},
};

static void malformed_packets_are_ignored_whole(void **state)
{
	struct bytes m;

	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		assert_false(assemble_packet(&as, node_id_of(1), bytes_of(hostile[i].bytes, hostile[i].len)));
		assert_false(assemble_next(&as, &m));
	}
	assert_int_equal(pool.used, 0);
}

static void a_message_without_end_is_given_up(void **state)
{
	static uint8_t packet[10 + 60000];
	struct writer w;
	struct bytes m;
	uint8_t cut = 0;

	(void)state;
	for (int i = 0; i < 40; i++) {
		w = writer_of(packet, sizeof packet);
		write_zero(&w, 4);
		write_u8(&w, (uint8_t)(cut + 1));
		write_u8(&w, cut++);
		write_u16(&w, 1);
		write_u16(&w, 60000);
		write_bytes(&w, text, 60000);
		assert_true(assemble_packet(&as, node_id_of(1), writer_bytes(&w)));
		assert_false(assemble_next(&as, &m));
	}
	assert_int_equal(as.lost, 1);
	assert_int_equal(pool.used, 0);
}

static void a_full_pool_costs_the_message_and_says_so(void **state)
{
	(void)state;
	pool_init(&pool, memory, 1024);
	pack_init(&pack, 1000);
	add(3000);
	add(20);
	pack_flush(&pack, &sender_pool);
	while (pack.queue.count > 1) {
		struct bytes m;

		assert_true(pass(false));
		assert_false(assemble_next(&as, &m));
	}
	assert_true(pass(false));
	assert_message(20);
	assert_int_equal(as.lost, 1);
}

static void more_senders_than_nodes_are_refused(void **state)
{
	static const uint8_t packet[] = {0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 'x'};

	(void)state;
	for (uint32_t i = 1; i <= NODES_MAX; i++)
		assert_true(assemble_packet(&as, node_id_of(i), bytes_of(packet, sizeof packet)));
	assert_false(assemble_packet(&as, node_id_of(NODES_MAX + 1), bytes_of(packet, sizeof packet)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(messages_of_all_sizes_come_out_as_they_went_in, fresh),
		cmocka_unit_test_setup(who_joins_in_the_middle_passes_over_the_rest, fresh),
		cmocka_unit_test_setup(a_lost_packet_in_the_middle_costs_that_message_only, fresh),
		cmocka_unit_test_setup(a_lost_end_is_not_joined_to_the_next_beginning, fresh),
		cmocka_unit_test_setup(a_whole_message_in_the_middle_of_a_cut_one_costs_nothing, fresh),
		cmocka_unit_test_setup(senders_are_kept_apart_and_forgotten_when_they_leave, fresh),
		cmocka_unit_test_setup(malformed_packets_are_ignored_whole, fresh),
		cmocka_unit_test_setup(a_message_without_end_is_given_up, fresh),
		cmocka_unit_test_setup(a_full_pool_costs_the_message_and_says_so, fresh),
		cmocka_unit_test_setup(more_senders_than_nodes_are_refused, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
