/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/bzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* printf '<cib/>\n' | bzip2 -9; and 100,000 times the letter x. */
static const uint8_t small[] = {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x45, 0x21,
				0xd0, 0xf1, 0x00, 0x00, 0x01, 0x59, 0x00, 0x00, 0x10, 0x00, 0x00, 0x80,
				0x05, 0x18, 0x20, 0x20, 0x00, 0x22, 0x18, 0x02, 0x18, 0x04, 0xca, 0xb2,
				0xe1, 0x77, 0x24, 0x53, 0x85, 0x09, 0x04, 0x52, 0x1d, 0x0f, 0x10};
static const uint8_t large[] = {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x7e, 0x2c,
				0x29, 0x7b, 0x00, 0x00, 0xc6, 0x10, 0x80, 0x84, 0x00, 0x00, 0x40, 0x00,
				0x08, 0x20, 0x00, 0x30, 0xcc, 0x05, 0x29, 0xa7, 0x18, 0x42, 0xd8, 0x10,
				0xbc, 0x5d, 0xc9, 0x14, 0xe1, 0x42, 0x41, 0xf8, 0xb0, 0xa5, 0xec};
enum { LARGE_SIZE = 100000, ROOM = 1 << 20 };

static void packed_files_are_known(void **state)
{
	(void)state;
	assert_true(bzip_is(small, sizeof(small)));
	assert_false(bzip_is(small, 2));
	assert_false(bzip_is("<cib/>", 6));
	assert_false(bzip_is("", 0));
}

static void they_are_unpacked(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size = 0;
	assert_int_equal(bzip_unpack(small, sizeof(small), ROOM, &text, &size, NULL), ERR_OK);
	assert_int_equal(size, 7);
	assert_string_equal(text, "<cib/>\n");
	free(text);
	assert_int_equal(bzip_unpack(large, sizeof(large), ROOM, &text, &size, NULL), ERR_OK);
	assert_int_equal(size, LARGE_SIZE);
	assert_int_equal(text[size - 1], 'x');
	free(text);
}

static void bombs_and_damage_are_refused(void **state)
{
	(void)state;
	char *text;
	size_t size;
	struct error error = {0};
	assert_int_equal(bzip_unpack(large, sizeof(large), LARGE_SIZE - 1, &text, &size, &error), ERR_FULL);
	assert_true(error.text[0] != '\0');
	for (size_t cut = 4; cut < sizeof(small); cut++)
		assert_int_not_equal(bzip_unpack(small, cut, ROOM, &text, &size, &error), ERR_OK);
	uint8_t damaged[sizeof(small)];
	memcpy(damaged, small, sizeof(small));
	damaged[sizeof(small) / 2] ^= 0x10;
	assert_int_not_equal(bzip_unpack(damaged, sizeof(damaged), ROOM, &text, &size, &error), ERR_OK);
}

static void what_is_packed_can_be_unpacked(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "a", "<cib/>\n"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *packed, *text;
		size_t packed_size, size;
		struct error error = {0};
		assert_int_equal(bzip_pack(texts[i], strlen(texts[i]), &packed, &packed_size, &error), ERR_OK);
		assert_true(bzip_is(packed, packed_size));
		assert_int_equal(bzip_unpack(packed, packed_size, ROOM, &text, &size, &error), ERR_OK);
		assert_int_equal(size, strlen(texts[i]));
		assert_memory_equal(text, texts[i], size);
		free(packed);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_files_are_known),
		cmocka_unit_test(they_are_unpacked),
		cmocka_unit_test(what_is_packed_can_be_unpacked),
		cmocka_unit_test(bombs_and_damage_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
