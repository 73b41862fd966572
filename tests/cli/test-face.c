/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/face.h"
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_run(void **state)
{
	(void)state;
	struct verb_world w;
	const char *const right[] = {"iso8601", "--date=2026-01-01 00:00:00Z", NULL}, *const wrong[] = {"iso8602",
													NULL};
	/* What -f named is the file of the other program too. */
	const char *const file[] = {"cibadmin", "--query", NULL};
	verb_world_open(&w, "", "", "");
	w.v.file = "/nowhere/cib.xml";
	assert_int_equal(face_run(&w.v, right), EXIT_OK);
	(void)fflush(w.io.out);
	assert_non_null(strstr(w.out, "2026-01-01"));
	assert_int_equal(face_run(&w.v, wrong), EXIT_USAGE);
	assert_int_equal(face_run(&w.v, file), EXIT_NO_SUCH);
	assert_int_equal(w.v.code, EXIT_NO_SUCH);
	verb_world_close(&w);
}

static void test_spawn(void **state)
{
	(void)state;
	struct verb_world w;
	const char *const right[] = {"sh", "-c", "echo out; echo err >&2; exit 3", NULL};
	const char *const wrong[] = {"no-such-program-anywhere", NULL};
	verb_world_open(&w, "", "", "");
	assert_int_equal(face_spawn(&w.v, right, "dash"), 3);
	(void)fflush(w.io.out);
	assert_string_equal(w.out, "out\n");
	assert_string_equal(verb_world_said(&w), "err\n");
	assert_int_equal(face_spawn(&w.v, wrong, "nothing"), EXIT_NOT_INSTALLED);
	assert_non_null(strstr(verb_world_said(&w), "the package nothing has no-such-program-anywhere"));
	verb_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_run), cmocka_unit_test(test_spawn)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
