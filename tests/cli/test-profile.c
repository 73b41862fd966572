/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/profile.h"

#include "cli-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define CIB                                                                                                         \
	"<cib validate-with='pacemaker-4.0' admin_epoch='0' epoch='1' num_updates='0'><configuration><crm_config/>" \
	"<nodes/><resources/><constraints/></configuration><status/></cib>"

struct place {
	char folder[32];
	struct cli_world world;
};

static void put(const struct place *p, const char *name, const char *text)
{
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	(void)snprintf(p->folder, sizeof(p->folder), "/tmp/test-profile-XXXXXX");
	*state = p;
	return mkdtemp(p->folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"b.xml", "a.xml", "notes"};
	struct place *p = *state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];
		(void)snprintf(path, sizeof(path), "%s/%s", p->folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(p->folder);
	world_fini(&p->world);
	free(p);
	return 0;
}

static void run(struct place *p, const char *options)
{
	char command[128];
	(void)snprintf(command, sizeof(command), "crm_simulate -P %s %s", p->folder, options);
	world_run(&p->world, command, NULL, NULL);
}

static void test_files(void **state)
{
	struct place *p = *state;
	put(p, "b.xml", CIB);
	put(p, "a.xml", CIB);
	put(p, "notes", "no configuration");
	run(p, "-N 3");
	assert_int_equal(p->world.code, 0);
	assert_string_equal(p->world.err, "");
	const char *a = strstr(p->world.out, "a.xml ... 0."), *b = strstr(p->world.out, "b.xml ... 0.");
	assert_int_equal(strncmp(p->world.out, "Timings:\n  * Testing ", 21), 0);
	assert_true(a != NULL && b != NULL && a < b);
	assert_null(strstr(p->world.out, "notes"));
	run(p, "--output-as=xml -s -t 2020-01-01");
	assert_int_equal(p->world.code, 0);
	const char *timing = strstr(p->world.out, "  <timings>\n    <timing file=\"");
	assert_non_null(timing);
	assert_non_null(strstr(timing, "b.xml\" duration=\"0."));
}

/* One that is broken is told and does not keep the others from being timed. */
static void test_broken(void **state)
{
	struct place *p = *state;
	put(p, "a.xml", "<cib>");
	put(p, "b.xml", CIB);
	run(p, "");
	assert_int_equal(p->world.code, EXIT_DATA);
	assert_non_null(strstr(p->world.err, "a.xml:1: "));
	assert_non_null(strstr(p->world.out, "b.xml ... "));
}

static void test_nothing(void **state)
{
	struct place *p = *state;
	put(p, "notes", CIB);
	run(p, "");
	assert_int_equal(p->world.code, EXIT_NO_SUCH);
	assert_non_null(strstr(p->world.err, "no file there ends in .xml"));
	struct program_io io = {.out = stdout, .err = stdout};
	assert_int_equal(profile_folder(&(struct profile){.io = &io, .folder = "/nonexist", .repeat = 1}),
			 EXIT_NO_SUCH);
}

static void test_repeat(void **state)
{
	(void)state;
	static const char *const wrong[] = {"0", "-1", "1000001", "ten", "", "1.5"};
	unsigned repeat = 7;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(profile_repeat(wrong[i], &repeat));
	assert_int_equal(repeat, 7);
	assert_true(profile_repeat(NULL, &repeat));
	assert_int_equal(repeat, 1);
	assert_true(profile_repeat("1000000", &repeat));
	assert_int_equal(repeat, PROFILE_REPEAT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
		cmocka_unit_test(test_repeat),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
