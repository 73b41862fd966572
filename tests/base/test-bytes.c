/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const uint8_t sample[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
				 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10};

static void test_read_integers(void **state)
{
	struct reader r = reader_of(bytes_of(sample, sizeof sample));

	(void)state;
	assert_int_equal(read_u8(&r), 0x01);
	assert_int_equal(read_u16(&r), 0x0302);
	assert_int_equal(read_u32(&r), 0x07060504);
	assert_int_equal(read_u64(&r), 0x0f0e0d0c0b0a0908);
	assert_int_equal(reader_left(&r), 1);
	assert_false(r.failed);
}

static void test_read_past_end(void **state)
{
	(void)state;
	for (size_t len = 0; len < 8; len++) {
		struct reader r = reader_of(bytes_of(sample, len));

		assert_int_equal(read_u64(&r), 0);
		assert_true(r.failed);
		assert_int_equal(reader_left(&r), 0);
		/* a failure stays, even for what would fit */
		assert_int_equal(read_u8(&r), 0);
		assert_null(read_bytes(&r, 0));
		read_seek(&r, 0);
		assert_true(r.failed);
	}
}

static void test_read_copy_zeroes_on_failure(void **state)
{
	struct reader r = reader_of(bytes_of(sample, 3));
	uint8_t dest[4] = {9, 9, 9, 9};

	(void)state;
	read_copy(&r, dest, 4);
	assert_memory_equal(dest, "\0\0\0\0", 4);
	assert_true(r.failed);
}

static void test_seek_and_skip(void **state)
{
	static const struct {
		size_t at;
		size_t skip;
		bool failed;
	} cases[] = {{0, 16, false}, {16, 0, false},      {17, 0, true},      {15, 1, false},
		     {15, 2, true},  {4, SIZE_MAX, true}, {SIZE_MAX, 0, true}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct reader r = reader_of(bytes_of(sample, sizeof sample));

		read_seek(&r, cases[i].at);
		read_skip(&r, cases[i].skip);
		assert_int_equal(r.failed, cases[i].failed);
	}
	struct reader r = reader_of(bytes_of(sample, sizeof sample));
	read_seek(&r, 4);
	assert_ptr_equal(read_bytes(&r, 2), sample + 4);
	read_seek(&r, 1);
	assert_int_equal(read_u8(&r), 2);
}

static void test_write_and_read_back(void **state)
{
	uint8_t memory[32];
	struct writer w = writer_of(memory, sizeof memory);
	struct reader r;

	(void)state;
	write_u8(&w, 0xfe);
	write_u16(&w, 0xfedc);
	write_u32(&w, 0xfedcba98);
	write_pad_to(&w, 8);
	write_u64(&w, 0xfedcba9876543210);
	write_bytes(&w, "abc", 3);
	write_zero(&w, 2);
	write_u32_at(&w, 3, 7);
	assert_int_equal(writer_bytes(&w).len, 21);
	r = reader_of(writer_bytes(&w));
	assert_int_equal(read_u8(&r), 0xfe);
	assert_int_equal(read_u16(&r), 0xfedc);
	assert_int_equal(read_u32(&r), 7);
	assert_int_equal(read_u8(&r), 0);
	assert_int_equal(read_u64(&r), 0xfedcba9876543210);
	assert_memory_equal(read_bytes(&r, 5), "abc\0\0", 5);
	assert_int_equal(reader_left(&r), 0);
	assert_false(r.failed);
}

static void test_write_too_much(void **state)
{
	uint8_t memory[5] = {1, 1, 1, 1, 1};
	struct writer w = writer_of(memory, 4);

	(void)state;
	write_u16(&w, 0);
	write_u32(&w, 0xffffffff);
	assert_true(w.failed);
	assert_int_equal(writer_bytes(&w).len, 0);
	assert_memory_equal(memory, "\0\0\1\1\1", 5);
	write_u8(&w, 7); /* would fit, but the failure stays */
	assert_int_equal(memory[2], 1);
}

static void test_write_misplaced(void **state)
{
	uint8_t memory[16];
	struct writer w = writer_of(memory, sizeof memory);

	(void)state;
	write_u64(&w, 1);
	write_pad_to(&w, 4);
	assert_true(w.failed);
	w = writer_of(memory, sizeof memory);
	write_u64(&w, 1);
	write_u32_at(&w, 5, 1);
	assert_true(w.failed);
	w = writer_of(memory, sizeof memory);
	write_u16(&w, 1);
	write_u32_at(&w, 0, 1);
	assert_true(w.failed);
	w = writer_of(memory, sizeof memory);
	write_u64(&w, 1);
	write_u32_at(&w, 4, 0x01020304);
	assert_false(w.failed);
	assert_int_equal(memory[7], 1);
}

static void test_eq(void **state)
{
	(void)state;
	assert_true(bytes_eq(bytes_of("abc", 3), bytes_of("abcd", 3)));
	assert_false(bytes_eq(bytes_of("abc", 3), bytes_of("abcd", 4)));
	assert_false(bytes_eq(bytes_of("abc", 3), bytes_of("abd", 3)));
	assert_true(bytes_eq(bytes_of(NULL, 0), bytes_of("x", 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_integers),
		cmocka_unit_test(test_read_past_end),
		cmocka_unit_test(test_read_copy_zeroes_on_failure),
		cmocka_unit_test(test_seek_and_skip),
		cmocka_unit_test(test_write_and_read_back),
		cmocka_unit_test(test_write_too_much),
		cmocka_unit_test(test_write_misplaced),
		cmocka_unit_test(test_eq),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
