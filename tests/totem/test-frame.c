/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "totem/frame.h"

static uint8_t memory[1 << 20] __attribute__((aligned(16)));
static struct pool pool;
static struct window window;
static struct frame_queue queue;

static int fresh(void **state)
{
	(void)state;
	pool_init(&pool, memory, sizeof memory);
	window_init(&window);
	queue = (struct frame_queue){.head = FRAME_QUEUE_MAX - 1};
	return 0;
}

static struct frame *frame(const char *text)
{
	struct frame *f = frame_copy(&pool, bytes_of(text, strlen(text)));

	assert_non_null(f);
	return f;
}

static void a_frame_keeps_its_bytes(void **state)
{
	struct frame *f = frame("headmessage");

	(void)state;
	assert_true(bytes_eq(frame_bytes(f), bytes_of("headmessage", 11)));
	f->start = 4;
	assert_true(bytes_eq(frame_bytes(f), bytes_of("message", 7)));
	pool_free(&pool, f);
	assert_int_equal(pool.used, 0);
}

static void a_full_pool_gives_no_frame(void **state)
{
	(void)state;
	while (frame_new(&pool, FRAME_MAX) != NULL)
		;
	assert_null(frame_copy(&pool, bytes_of(memory, FRAME_MAX)));
}

static void a_queue_gives_the_oldest_first_and_ends(void **state)
{
	struct frame *a = frame("a"), *b = frame("b");

	(void)state;
	assert_null(frame_queue_pop(&queue));
	assert_true(frame_queue_push(&queue, a));
	assert_true(frame_queue_push(&queue, b));
	assert_ptr_equal(frame_queue_pop(&queue), a);
	while (queue.count < FRAME_QUEUE_MAX)
		assert_true(frame_queue_push(&queue, frame_new(&pool, 1)));
	assert_false(frame_queue_push(&queue, a));
	assert_ptr_equal(frame_queue_pop(&queue), b);
	pool_free(&pool, a);
	pool_free(&pool, b);
	frame_queue_clear(&queue, &pool);
	assert_int_equal(queue.count, 0);
	assert_int_equal(pool.used, 0);
}

static void a_window_wants_what_is_ahead_and_not_there(void **state)
{
	(void)state;
	assert_false(window_wants(&window, 0));
	assert_true(window_wants(&window, 1));
	assert_true(window_wants(&window, WINDOW_SLOTS));
	assert_false(window_wants(&window, WINDOW_SLOTS + 1));
	assert_false(window_wants(&window, UINT32_MAX));
	window_put(&window, 5, frame("five"));
	assert_false(window_wants(&window, 5));
	assert_true(bytes_eq(frame_bytes(window_get(&window, 5)), bytes_of("five", 4)));
	assert_null(window_get(&window, 5 + WINDOW_SLOTS));
	assert_null(window_get(&window, 4));
	window_clear(&window, &pool);
}

static void release_frees_up_to_a_number_and_moves_on(void **state)
{
	(void)state;
	window_put(&window, 1, frame("one"));
	window_put(&window, 3, frame("three"));
	window_release(&window, &pool, 2);
	assert_int_equal(window.held, 1);
	assert_false(window_wants(&window, 2));
	assert_true(window_wants(&window, WINDOW_SLOTS + 2));
	window_release(&window, &pool, 1); /* backwards: nothing */
	assert_int_equal(window.released, 2);
	window_release(&window, &pool, 3);
	assert_int_equal(window.held, 0);
	assert_int_equal(window.bytes, 0);
	assert_int_equal(pool.used, 0);
}

static void numbers_may_wrap(void **state)
{
	(void)state;
	window_restart(&window, UINT32_MAX - 1);
	assert_true(window_wants(&window, UINT32_MAX));
	window_put(&window, UINT32_MAX, frame("last"));
	window_put(&window, 0, frame("zero"));
	window_put(&window, 1, frame("one"));
	window_release(&window, &pool, 0);
	assert_int_equal(window.released, 0);
	assert_non_null(window_get(&window, 1));
	window_clear(&window, &pool);
	assert_int_equal(pool.used, 0);
}

static void take_leaves_the_slot_empty(void **state)
{
	struct frame *f = frame("mine");

	(void)state;
	window_put(&window, 7, f);
	assert_true(window.bytes > 0);
	assert_ptr_equal(window_take(&window, 7), f);
	assert_null(window_take(&window, 7));
	assert_true(window_wants(&window, 7));
	assert_int_equal(window.bytes, 0);
	pool_free(&pool, f);
}

static void misses_are_counted_and_forgotten(void **state)
{
	(void)state;
	assert_int_equal(window_miss(&window, 9), 1);
	assert_int_equal(window_miss(&window, 9), 2);
	for (int i = 0; i < 300; i++)
		(void)window_miss(&window, 9);
	assert_int_equal(window_miss(&window, 9), UINT8_MAX);
	window_put(&window, 9, frame("nine"));
	pool_free(&pool, window_take(&window, 9));
	assert_int_equal(window_miss(&window, 9), 1);
	window_release(&window, &pool, 9);
	assert_int_equal(window_miss(&window, 9 + WINDOW_SLOTS), 1);
}

static void every_second_request_is_left_to_others(void **state)
{
	(void)state;
	(void)window_miss(&window, 9); /* that was before we had it */
	window_put(&window, 9, frame("nine"));
	window_put(&window, 10, frame("ten"));
	for (int i = 0; i < 600; i++)
		assert_int_equal(window_ask(&window, 9), i % 2 == 0);
	assert_true(window_ask(&window, 10));
	window_clear(&window, &pool);
	assert_int_equal(window_miss(&window, 9), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_frame_keeps_its_bytes, fresh),
		cmocka_unit_test_setup(a_full_pool_gives_no_frame, fresh),
		cmocka_unit_test_setup(a_queue_gives_the_oldest_first_and_ends, fresh),
		cmocka_unit_test_setup(a_window_wants_what_is_ahead_and_not_there, fresh),
		cmocka_unit_test_setup(release_frees_up_to_a_number_and_moves_on, fresh),
		cmocka_unit_test_setup(numbers_may_wrap, fresh),
		cmocka_unit_test_setup(take_leaves_the_slot_empty, fresh),
		cmocka_unit_test_setup(misses_are_counted_and_forgotten, fresh),
		cmocka_unit_test_setup(every_second_request_is_left_to_others, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
