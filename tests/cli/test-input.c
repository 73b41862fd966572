/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char text[] = "<cib epoch='1'/>";
/* The same, packed with bzip2. */
static const unsigned char packed[] = {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xeb, 0x15,
				       0xd8, 0xab, 0x00, 0x00, 0x02, 0x99, 0x80, 0x40, 0x80, 0xa0, 0x07, 0x1a,
				       0x60, 0xc0, 0x00, 0x20, 0x00, 0x22, 0x04, 0xc9, 0xea, 0x6d, 0x08, 0x40,
				       0x00, 0x01, 0x1d, 0x84, 0x04, 0x5e, 0x13, 0x69, 0xbb, 0xf1, 0x77, 0x24,
				       0x53, 0x85, 0x09, 0x0e, 0xb1, 0x5d, 0x8a, 0xb0};

static char path[] = "/tmp/test-input-XXXXXX";

static int open_path(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

static void assert_reads(const struct program_io *io, const char *source, const char *name)
{
	char *got = NULL;
	size_t size = 0;
	const char *from = NULL;
	struct error error = {0};
	assert_int_equal(input_text(io, source, &got, &size, &from, &error), ERR_OK);
	assert_int_equal(size, strlen(text));
	assert_string_equal(got, text);
	assert_string_equal(from, name);
	free(got);
}

static void test_sources(void **state)
{
	(void)state;
	char setting[64];
	(void)snprintf(setting, sizeof(setting), "CIB_file=%s", path);
	const char *const environment[] = {setting, NULL};
	struct program_io io = {.environment = environment};

	assert_int_equal(input_write(path, text, strlen(text), NULL), ERR_OK);
	assert_reads(&io, path, path);
	assert_reads(&io, NULL, path);
	io.in = fopen(path, "re");
	assert_reads(&io, "-", "standard input");
	(void)fclose(io.in);

	assert_int_equal(input_write(path, (const char *)packed, sizeof(packed), NULL), ERR_OK);
	assert_reads(&io, path, path);
	struct document *d = NULL;
	assert_int_equal(input_document(&io, path, &d, NULL), ERR_OK);
	assert_string_equal(element_get(document_root(d), NAME_EPOCH), "1");
	document_free(d);
}

static void test_large_documents(void **state)
{
	(void)state;
	enum { COMMENT = 2 << 20 };
	const struct program_io io = {0};
	GString *large = g_string_new("<cib epoch=\"7\"><!--");
	while (large->len < COMMENT)
		g_string_append(large, " much is told here and means nothing");
	g_string_append(large, "--></cib>");
	struct document *d = NULL;
	struct error error = {0};
	assert_int_equal(input_write(path, large->str, large->len, NULL), ERR_OK);
	assert_int_equal(input_document(&io, path, &d, &error), ERR_OK);
	assert_string_equal(element_get(document_root(d), NAME_EPOCH), "7");
	document_free(d);
	assert_int_equal(input_write(path, large->str, large->len - 2, NULL), ERR_OK);
	assert_int_equal(input_document(&io, path, &d, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, path));
	(void)g_string_free(large, TRUE);
}

static void test_failures(void **state)
{
	(void)state;
	const char *const nobody[] = {"HALE_SOCKET=/nowhere/api.sock", NULL};
	const struct program_io io = {.environment = nobody};
	char *got = NULL;
	size_t size = 0;
	const char *from = NULL;
	struct error error = {0};
	struct document *d = NULL;
	assert_int_equal(input_text(&io, NULL, &got, &size, &from, &error), ERR_NOT_FOUND);
	assert_non_null(strstr(error.text, "hale cluster start"));
	assert_int_equal(input_exit(&io, NULL, ERR_NOT_FOUND), EXIT_DISCONNECTED);
	assert_int_equal(input_exit(&io, NULL, ERR_ACCESS), EXIT_DENIED);
	assert_int_equal(input_exit(&io, "file", ERR_NOT_FOUND), EXIT_NO_SUCH);
	assert_int_equal(input_text(&io, "/no/such", &got, &size, &from, &error), ERR_NOT_FOUND);
	assert_non_null(strstr(error.text, "/no/such: "));
	assert_int_equal(input_write("/no/such/file", text, strlen(text), &error), ERR_NOT_FOUND);
	assert_int_equal(input_write("/dev/full", text, strlen(text), &error), ERR_IO);

	assert_int_equal(input_write(path, (const char *)packed, sizeof(packed) - 9, NULL), ERR_OK);
	assert_int_equal(input_text(&io, path, &got, &size, &from, &error), ERR_INVALID);
	assert_int_equal(input_write(path, "no XML", 6, NULL), ERR_OK);
	assert_int_equal(input_document(&io, path, &d, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, path));
	assert_null(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_large_documents),
		cmocka_unit_test(test_failures),
	};
	return cmocka_run_group_tests(tests, open_path, remove_path);
}
