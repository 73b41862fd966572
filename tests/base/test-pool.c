/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/limits.h"
#include "base/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void test_alignment_and_cost(void **state)
{
	static const size_t sizes[] = {0,    1,     48,          49,          112,         113,    2032,
				       2033, 65536, 65537 + 112, 1024 * 1024, MESSAGE_MAX, 2097136};
	size_t size = 16 * 1024 * 1024;
	void *memory = aligned_alloc(16, size);
	struct pool p;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		void *block;

		pool_init(&p, memory, size);
		assert_int_equal(pool_room(&p), size);
		assert_true(pool_cost(sizes[i]) >= sizes[i] + 16);
		block = pool_alloc(&p, sizes[i]);
		assert_non_null(block);
		assert_int_equal((uintptr_t)block & 15, 0);
		assert_int_equal(p.used, pool_cost(sizes[i]));
		memset(block, 0xff, sizes[i]);
		pool_free(&p, block);
		assert_int_equal(p.used, 0);
		assert_int_equal(pool_room(&p), size);
	}
	free(memory);
}

static void test_too_large(void **state)
{
	size_t size = 8 * 1024 * 1024;
	void *memory = aligned_alloc(16, size);
	struct pool p;

	(void)state;
	pool_init(&p, memory, size);
	assert_int_equal(pool_cost(2097137), 0);
	assert_null(pool_alloc(&p, 2097137));
	assert_null(pool_alloc(&p, SIZE_MAX));
	assert_int_equal(p.used, 0);
	pool_free(&p, NULL);
	free(memory);
}

static void test_full_and_reuse(void **state)
{
	_Alignas(16) static uint8_t memory[640];
	void *blocks[10];
	struct pool p;

	(void)state;
	pool_init(&p, memory, sizeof memory);
	for (size_t i = 0; i < 10; i++) {
		blocks[i] = pool_alloc(&p, 40);
		assert_non_null(blocks[i]);
		memset(blocks[i], (int)i, 48);
	}
	assert_null(pool_alloc(&p, 1));
	assert_int_equal(pool_room(&p), 0);
	for (uint8_t i = 0; i < 10; i++)
		for (size_t b = 0; b < 48; b++)
			assert_int_equal(((uint8_t *)blocks[i])[b], i);
	/* last in, first out; and only for its own class */
	pool_free(&p, blocks[3]);
	pool_free(&p, blocks[7]);
	assert_null(pool_alloc(&p, 100));
	assert_ptr_equal(pool_alloc(&p, 5), blocks[7]);
	assert_ptr_equal(pool_alloc(&p, 5), blocks[3]);
	assert_null(pool_alloc(&p, 5));
}

static void test_blocks_do_not_overlap(void **state)
{
	enum { COUNT = 200 };
	size_t size = 4 * 1024 * 1024, sizes[COUNT];
	void *memory = aligned_alloc(16, size);
	uint8_t *blocks[COUNT] = {0};
	uint32_t dice = 12345;
	struct pool p;

	(void)state;
	pool_init(&p, memory, size);
	for (uint32_t round = 0; round < 5000; round++) {
		uint32_t i;

		dice = dice * 1103515245u + 12345u;
		i = (dice >> 16) % COUNT;
		if (blocks[i] != NULL) {
			for (size_t b = 0; b < sizes[i]; b++)
				assert_int_equal(blocks[i][b], i % 251);
			pool_free(&p, blocks[i]);
			blocks[i] = NULL;
		} else {
			sizes[i] = (dice >> 8) % 9000;
			blocks[i] = pool_alloc(&p, sizes[i]);
			if (blocks[i] != NULL)
				memset(blocks[i], (int)(i % 251), sizes[i]);
		}
	}
	for (uint32_t i = 0; i < COUNT; i++)
		pool_free(&p, blocks[i]);
	assert_int_equal(p.used, 0);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment_and_cost),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_full_and_reuse),
		cmocka_unit_test(test_blocks_do_not_overlap),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
