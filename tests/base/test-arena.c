/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_pieces_are_zeroed_and_aligned(void **state)
{
	(void)state;
	struct arena a = {0};
	for (size_t n = 0; n < 300; n++) {
		uint8_t *piece = arena_take(&a, n);
		assert_int_equal((uintptr_t)piece % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xAA, n);
	}
	arena_fini(&a);
}

/* Nothing that was handed out is touched by what is handed out later, across chunks of any size. */
static void test_pieces_do_not_overlap(void **state)
{
	(void)state;
	struct arena a = {0};
	enum { PIECES = 400 };
	struct {
		uint8_t *bytes;
		size_t size;
	} pieces[PIECES];
	for (size_t i = 0; i < PIECES; i++) {
		pieces[i].size = i % 17 == 0 ? i * 1000 : i;
		pieces[i].bytes = arena_take(&a, pieces[i].size);
		memset(pieces[i].bytes, (int)i & 0xFF, pieces[i].size);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t k = 0; k < pieces[i].size; k++)
			assert_int_equal(pieces[i].bytes[k], i & 0xFF);
	arena_fini(&a);
}

static void test_arrays(void **state)
{
	(void)state;
	struct arena a = {0};
	uint64_t *numbers = arena_array(&a, uint64_t, 1000);
	for (size_t i = 0; i < 1000; i++)
		numbers[i] = i;
	uint64_t *more = arena_grow(&a, numbers, 1000 * sizeof(uint64_t), 2000 * sizeof(uint64_t));
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(more[i], i < 1000 ? i : 0);
	assert_non_null(arena_take_array(&a, 0, 8));
	assert_non_null(arena_grow(&a, NULL, 0, 8));
	assert_int_equal(*arena_new(&a, uint64_t), 0);
	arena_fini(&a);
}

static void test_strings(void **state)
{
	(void)state;
	struct arena a = {0};
	assert_null(arena_string(&a, NULL));
	assert_null(arena_string_n(&a, NULL, 3));
	char text[] = "node1";
	char *copy = arena_string(&a, text);
	text[0] = 'x';
	assert_string_equal(copy, "node1");
	assert_string_equal(arena_string_n(&a, "node1", 3), "nod");
	assert_string_equal(arena_string_n(&a, "node1", 99), "node1");
	assert_string_equal(arena_string_n(&a, "node1", 0), "");
	arena_fini(&a);
}

static void test_printf(void **state)
{
	(void)state;
	struct arena a = {0};
	assert_string_equal(arena_printf(&a, "%s-%d", "rsc", 5), "rsc-5");
	assert_string_equal(arena_printf(&a, "%s", ""), "");
	for (int n = 250; n < 262; n++) { /* around the size that is tried first */
		char *text = arena_printf(&a, "%*d", n, 7);
		assert_int_equal(strlen(text), n);
		assert_int_equal(text[n - 1], '7');
	}
	arena_fini(&a);
}

static void test_fini_empties(void **state)
{
	(void)state;
	struct arena a = {0};
	arena_fini(&a);
	(void)arena_take(&a, 100);
	assert_true(a.total >= 100);
	arena_fini(&a);
	assert_int_equal(a.total, 0);
	assert_non_null(arena_take(&a, 5));
	arena_fini(&a);
}

/* A size that no memory has ends the program rather than giving a short piece. */
static void test_overflow_stops(void **state)
{
	(void)state;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct arena a = {0};
		volatile size_t count = SIZE_MAX / 4;
		(void)arena_take_array(&a, count, 8);
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

/* Items stay where they were counted while an array grows, and what is not yet used is zero. */
static void test_room(void **state)
{
	(void)state;
	struct arena a = {0};
	uint32_t *items = NULL, room = 0;
	for (uint32_t count = 0; count < 1000; count++) {
		const uint32_t *before = items;
		bool full = count == room;
		items = arena_room(&a, items, sizeof(*items), count, &room, 3);
		assert_int_equal(items != before, full);
		assert_true(count < room);
		assert_int_equal(items[count], 0);
		items[count] = count + 1;
	}
	assert_int_equal(room, 3 * 512);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(items[i], i + 1);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_zeroed_and_aligned),
		cmocka_unit_test(test_pieces_do_not_overlap),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_fini_empties),
		cmocka_unit_test(test_overflow_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
