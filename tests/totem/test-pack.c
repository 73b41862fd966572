/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "totem/pack.h"

enum { LIMIT = 200 };

static uint8_t memory[16 << 20] __attribute__((aligned(16)));
static uint8_t text[MESSAGE_MAX + 1];
static struct pool pool;
static struct pack pack;

static int fresh(void **state)
{
	(void)state;
	pool_init(&pool, memory, sizeof memory);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 7 + i / 256);
	pack_init(&pack, LIMIT);
	return 0;
}

static enum err add(const void *data, size_t n)
{
	struct bytes part = bytes_of(data, n);

	return pack_add(&pack, &pool, &part, 1);
}

/* The next frame's packet must be these bytes. */
static void assert_packet(const void *expected, size_t n)
{
	struct frame *f = frame_queue_pop(&pack.queue);

	assert_non_null(f);
	assert_int_equal(frame_bytes(f).len, MCAST_HEADER + n);
	assert_memory_equal(frame_bytes(f).data + MCAST_HEADER, expected, n);
	pool_free(&pool, f);
}

static void two_messages_go_in_one_packet(void **state)
{
	static const uint8_t expected[] = {0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 2, 0, 'a', 'b', 'c', 'd', 'e'};

	(void)state;
	assert_false(pack_pending(&pack));
	assert_int_equal(add("abc", 3), ERR_OK);
	assert_int_equal(add("de", 2), ERR_OK);
	assert_true(pack_pending(&pack));
	assert_int_equal(pack.queue.count, 0);
	pack_flush(&pack, &pool);
	assert_int_equal(pack.queue.count, 1);
	pack_flush(&pack, &pool); /* nothing more */
	assert_int_equal(pack.queue.count, 1);
	assert_packet(expected, sizeof expected);
	assert_false(pack_pending(&pack));
	assert_int_equal(pack_pieces(bytes_of(expected, sizeof expected)), 2);
}

static void pieces_are_what_the_packet_says(void **state)
{
	static const uint8_t packet[] = {0, 0, 0, 0, 9, 8, 0x34, 0x12};

	(void)state;
	assert_int_equal(pack_pieces(bytes_of(packet, sizeof packet)), 0x1234);
	assert_int_equal(pack_pieces(bytes_of(packet, sizeof packet - 1)), 0);
	assert_int_equal(pack_pieces(bytes_of(NULL, 0)), 0);
}

static void parts_are_one_message(void **state)
{
	static const uint8_t expected[] = {0, 0, 0, 0, 0, 0, 1, 0, 5, 0, 'a', 'b', 'c', 'd', 'e'};
	const struct bytes parts[] = {bytes_of("ab", 2), bytes_of(NULL, 0), bytes_of("cde", 3)};

	(void)state;
	assert_int_equal(pack_add(&pack, &pool, parts, 3), ERR_OK);
	pack_flush(&pack, &pool);
	assert_packet(expected, sizeof expected);
}

static void a_message_that_does_not_fit_is_cut(void **state)
{
	struct frame *f;
	const uint8_t *p;

	(void)state;
	assert_int_equal(add(text, 400), ERR_OK); /* 190 + 190 + 20 */
	assert_int_equal(pack.queue.count, 2);
	f = frame_queue_pop(&pack.queue);
	p = frame_bytes(f).data + MCAST_HEADER;
	assert_int_equal(frame_bytes(f).len, MCAST_HEADER + LIMIT);
	assert_int_equal(p[4], 1); /* fragmented: the first cut */
	assert_int_equal(p[5], 0);
	assert_int_equal(p[6], 1);
	assert_int_equal(p[8], 190);
	assert_memory_equal(p + 10, text, 190);
	pool_free(&pool, f);
	f = frame_queue_pop(&pack.queue);
	p = frame_bytes(f).data + MCAST_HEADER;
	assert_int_equal(p[4], 2);
	assert_int_equal(p[5], 1);
	assert_memory_equal(p + 10, text + 190, 190);
	pool_free(&pool, f);
	pack_flush(&pack, &pool);
	f = frame_queue_pop(&pack.queue);
	p = frame_bytes(f).data + MCAST_HEADER;
	assert_int_equal(p[4], 0);
	assert_int_equal(p[5], 2);
	assert_int_equal(p[8], 20);
	pool_free(&pool, f);
}

static void numbers_of_cuts_pass_over_zero(void **state)
{
	uint8_t last = 0;

	(void)state;
	assert_int_equal(add(text, 190 * 300 + 1), ERR_OK);
	for (uint32_t i = 0; i < 300; i++) {
		struct frame *f = frame_queue_pop(&pack.queue);
		const uint8_t *p = frame_bytes(f).data + MCAST_HEADER;

		assert_int_equal(p[5], last);
		assert_int_equal(p[4], last == 255 ? 1 : last + 1);
		last = p[4];
		pool_free(&pool, f);
	}
}

static void a_full_queue_takes_nothing_of_a_message(void **state)
{
	size_t used, whole = 190 * 1000;
	uint32_t count = 0;

	(void)state;
	while (add(text, whole) == ERR_OK)
		assert_true(++count < 100);
	assert_true(count > 1);
	used = pool.used;
	assert_int_equal(add(text, whole), ERR_FULL);
	assert_int_equal(pool.used, used);
	assert_int_equal(pack_percent(&pack), 100);
	assert_false(pack_has_room(&pack, 1));
	pack_clear(&pack, &pool);
	assert_int_equal(pool.used, 0);
	assert_true(pack_has_room(&pack, whole));
	assert_int_equal(pack_percent(&pack), 0);
	assert_int_equal(pack_frames(&pack, 0), 1);
	assert_int_equal(pack_frames(&pack, pack.limit - PACK_RESERVE - 1), 1);
	assert_int_equal(pack_frames(&pack, pack.limit - PACK_RESERVE), 2);
}

static void a_full_pool_takes_nothing_of_a_message(void **state)
{
	(void)state;
	assert_int_equal(add(text, 10), ERR_OK);
	while (pool_alloc(&pool, 500) != NULL)
		;
	assert_int_equal(add(text, 1000), ERR_FULL);
	assert_int_equal(pack.queue.count, 0);
	assert_int_equal(add(text, 100), ERR_OK); /* into the packet under construction, which is ours */
	assert_true(pack_pending(&pack));
}

static void a_message_has_a_largest_size(void **state)
{
	(void)state;
	pack_init(&pack, 60000);
	assert_int_equal(add(text, MESSAGE_MAX + 1), ERR_INVALID);
	assert_int_equal(add(text, MESSAGE_MAX), ERR_OK);
}

static void messages_of_one_byte_fill_a_packet_and_no_more(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(add("x", 1), ERR_OK);
	pack_flush(&pack, &pool);
	while (pack.queue.count > 0) {
		struct frame *f = frame_queue_pop(&pack.queue);

		assert_true(frame_bytes(f).len <= MCAST_HEADER + LIMIT);
		pool_free(&pool, f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(two_messages_go_in_one_packet, fresh),
		cmocka_unit_test(pieces_are_what_the_packet_says),
		cmocka_unit_test_setup(parts_are_one_message, fresh),
		cmocka_unit_test_setup(a_message_that_does_not_fit_is_cut, fresh),
		cmocka_unit_test_setup(numbers_of_cuts_pass_over_zero, fresh),
		cmocka_unit_test_setup(a_full_queue_takes_nothing_of_a_message, fresh),
		cmocka_unit_test_setup(a_full_pool_takes_nothing_of_a_message, fresh),
		cmocka_unit_test_setup(a_message_has_a_largest_size, fresh),
		cmocka_unit_test_setup(messages_of_one_byte_fill_a_packet_and_no_more, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
