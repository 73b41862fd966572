/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/heap.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum {
	BLOCKS = 64,
	BLOCK = 70000,
	PAGE = 4096,
	TABLE = 40 * 1024 * 1024,
	LARGE = 20 * 1024 * 1024,
	LARGEST = 30 * 1024 * 1024
};

static bool is_our_malloc(void)
{
#if defined(SANITIZED)
	print_message("skipped: the sanitizer has a malloc of its own\n");
	return false;
#else
	return true;
#endif
}

/* Pages of a piece of memory that the machine holds. */
static size_t resident(const void *memory, size_t len)
{
	uintptr_t at = (uintptr_t)memory & ~(uintptr_t)(PAGE - 1);
	size_t pages = ((uintptr_t)memory + len - at + PAGE - 1) / PAGE, count = 0;
	FILE *f = fopen("/proc/self/pagemap", "rb");
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)(at / PAGE * 8), SEEK_SET), 0);
	for (size_t i = 0; i < pages; i++) {
		uint64_t entry;
		assert_int_equal(fread(&entry, sizeof entry, 1, f), 1);
		count += entry >> 63;
	}
	fclose(f);
	return count;
}

static void test_a_piece_can_be_given_back_again(void **state)
{
	(void)state;
	if (!is_our_malloc())
		skip();
	struct heap_mark m = heap_mark();
	static uint8_t *block; /* stays: it would leave a hole from which the other tests are served */
	block = malloc(LARGEST);
	assert_non_null(block);
	struct heap_piece piece = heap_piece(&m);
	(void)heap_give_back(&m, NULL);
	for (int i = 0; i < 2; i++) {
		memset(block, 0, LARGEST);
		block[LARGEST / 2] = 9;
		assert_true(heap_piece_give_back(&piece) > LARGEST / 2);
		assert_in_range(resident(block, LARGEST), 1, 64); /* of 7,680 */
		assert_int_equal(block[LARGEST / 2], 9);
		assert_int_equal(block[LARGEST / 2 + 1], 0);
	}
	struct heap_piece none = {0};
	assert_int_equal(heap_piece_give_back(&none), 0);
}

static void test_zeroes_go_and_content_stays(void **state)
{
	uint8_t *blocks[BLOCKS];
	(void)state;
	if (!is_our_malloc())
		skip();
	struct heap_mark m = heap_mark();
	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK);
		assert_non_null(blocks[i]);
		memset(blocks[i], 0, BLOCK);
	}
	blocks[3][40000] = 7;
	size_t given = heap_give_back(&m, blocks[5]);
	assert_in_range(given, (BLOCKS - 2) * (BLOCK - 3 * PAGE), BLOCKS * BLOCK);
	assert_in_range(resident(blocks[10], BLOCK), 0, 3);
	/* The block to be kept is whole, and so is the page where another one begins. */
	assert_int_equal(resident(blocks[5], BLOCK), ((uintptr_t)blocks[5] % PAGE + BLOCK + PAGE - 1) / PAGE);
	for (int i = 0; i < BLOCKS; i++) {
		assert_int_equal(resident(blocks[i], 1), 1);
		for (size_t at = 0; at < BLOCK; at++)
			assert_int_equal(blocks[i][at], i == 3 && at == 40000 ? 7 : 0);
		free(blocks[i]);
	}
}

static void test_locked_memory_too(void **state)
{
	(void)state;
	if (!is_our_malloc())
		skip();
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0) {
		print_message("skipped: memory cannot be locked here (run as root)\n");
		skip();
	}
	struct heap_mark m = heap_mark();
	/* volatile: a compiler may leave out memory that nobody looks at. */
	uint8_t *volatile block = malloc(LARGE);
	memset(block, 0, LARGE);
	size_t given = heap_give_back(&m, NULL);
	assert_in_range(given, LARGE - 2 * PAGE, 2 * LARGE);
	munlockall();
	free(block);
}

static void test_a_table_is_shared(void **state)
{
	(void)state;
	if (!is_our_malloc())
		skip();
	uint64_t *table = malloc(TABLE);
	assert_non_null(table);
	/* Entries of 128 bytes that say "unused", and a few that are in use. */
	for (size_t i = 0; i < TABLE / 8; i++)
		table[i] = i % 16 == 0 ? 255 : 0;
	table[16] = 1;
	table[TABLE / 16] = 2;
	size_t given = heap_share_repeats(table);
	assert_in_range(given, TABLE - 4 * 64 * PAGE, TABLE);
	assert_in_range(resident(table, TABLE), 0, 4 * 64);
	table[TABLE / 8 - 16 * 100] = 3;
	for (size_t i = 0; i < TABLE / 8; i++) {
		uint64_t expected = i % 16 == 0 ? 255 : 0;
		expected = i == 16 ? 1 : i == TABLE / 16 ? 2 : i == TABLE / 8 - 16 * 100 ? 3 : expected;
		if (table[i] != expected)
			fail_msg("entry %zu is %lu", i, (unsigned long)table[i]);
	}
	free(table);
	/* What lies in the heap, or is small, is left alone. */
	table = malloc(TABLE / 4);
	memset(table, 1, TABLE / 4);
	assert_int_equal(heap_share_repeats(table), 0);
	free(table);
}

/* meson lets malloc fill what it gives and takes with noise (MALLOC_PERTURB_), which leaves no page of zeroes. */
int main(void)
{
	(void)mallopt(M_PERTURB, 0);

	const struct CMUnitTest tests[] = {
		/* First: a heap without holes. */
		cmocka_unit_test(test_a_piece_can_be_given_back_again),
		cmocka_unit_test(test_zeroes_go_and_content_stays),
		cmocka_unit_test(test_locked_memory_too),
		cmocka_unit_test(test_a_table_is_shared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
