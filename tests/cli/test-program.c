/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/program.h"

#include "cli-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static void test_find(void **state)
{
	(void)state;
	static const struct {
		const char *argv[4];
		const char *name; /* NULL: none */
		int words;
	} cases[] = {
		{{"hale", "manual", "x"}, "hale manual", 2},
		{{"/usr/sbin/hale", "complete"}, "hale complete", 2},
		{{"/usr/sbin/crm_diff", "-o"}, "crm_diff", 1},
		{{"hale"}, NULL, 0},
		{{"hale", "man"}, NULL, 0},
		{{"hale", "manuals"}, NULL, 0},
		{{"manual"}, NULL, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int argc = 0, words = -1;
		while (cases[i].argv[argc] != NULL)
			argc++;
		const struct program *p = program_find(argc, cases[i].argv, &words);
		assert_int_equal(words, cases[i].words);
		if (cases[i].name == NULL)
			assert_null(p);
		else
			assert_string_equal(p->rules.name, cases[i].name);
	}
}

/* Names ascend and are what their programs call themselves; ids and names of options are unique. */
static void test_list(void **state)
{
	(void)state;
	const char *before = "";
	for (const struct program *const *p = program_list(); *p != NULL; p++) {
		assert_true(strcmp(before, (*p)->rules.name) < 0);
		before = (*p)->rules.name;
		assert_non_null((*p)->rules.summary);
		for (const struct option *o = (*p)->rules.options; o != NULL && o->help != NULL; o++) {
			assert_true(o->id > 0 || (o->letter == 0 && o->name == NULL));
			for (const struct option *other = (*p)->rules.options; other < o; other++) {
				assert_false(o->letter != 0 && other->letter == o->letter);
				assert_false(o->name != NULL && other->name != NULL &&
					     strcmp(o->name, other->name) == 0);
			}
		}
	}
}

static void test_hale(void **state)
{
	(void)state;
	static const struct {
		const char *command;
		int code;
		const char *out, *err; /* of what was printed */
	} cases[] = {
		{"hale --version", 0, "Pacemaker " PACEMAKER_RELEASE "\n", ""},
		{"hale manual --version", 0, "Pacemaker " PACEMAKER_RELEASE "\n", ""},
		{"hale --help", 0, "hale manual", ""},
		{"hale", 64, "hale manual", ""},
		{"hale dance", 64, "", "no command \"dance\""},
		{"crm_dance", 64, "", "no program of this name"},
		{"hale manual --dance", 64, "", "hale manual: Unknown option --dance"},
		{"hale manual dance", 64, "", "no program \"dance\""},
		{"hale manual", 64, "", "hale manual: name a program"},
		{"hale complete", 64, "", "hale complete: give the command line"},
		{"hale manual hale complete", 0, ".SH OPTIONS", ""},
		{"hale complete hale man", 0, "manual\n", ""},
		{"hale complete hale resource gr", 0, "group\n", ""},
		{"hale complete hale resource group a", 0, "add\n", ""},
		{"hale complete -- hale stonith level add --fo", 0, "--force\n", ""},
		{"hale resource help", 0, "hale resource create", ""},
		{"hale resource dance", 64, "", "no command \"resource dance\"; there are:"},
		{"hale node", 64, "", "hale node standby"},
		{"hale complete -- hale manual --hel", 0, "--help\n--help-all\n", ""},
	};
	struct cli_world w = {0};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_run(&w, cases[i].command, NULL, NULL);
		assert_int_equal(w.code, cases[i].code);
		assert_non_null(strstr(w.out, cases[i].out));
		assert_non_null(strstr(w.err, cases[i].err));
	}
	world_fini(&w);
}

static void test_output_to(void **state)
{
	(void)state;
	char path[] = "/tmp/test-program-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	struct cli_world w = {0};
	char *command = arena_printf(&w.arena, "crm_diff --output-to=%s -uO <cib/> -N <cib><a/></cib>", path);
	world_run(&w, command, NULL, NULL);
	assert_int_equal(w.code, 1);
	assert_string_equal(w.out, "");
	char text[256] = "";
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "<diff format=\"2\">\n"));
	(void)close(fd);
	(void)unlink(path);

	world_run(&w, "crm_diff --output-to=/no/such/file -O <cib/> -N <cib/>", NULL, NULL);
	assert_int_equal(w.code, EXIT_ERROR);
	assert_non_null(strstr(w.err, "crm_diff: /no/such/file: No such file"));
	world_run(&w, "crm_diff --output-to=/dev/full -O <cib/> -N <cib><a/></cib>", NULL, NULL);
	assert_int_equal(w.code, EXIT_IO);
	world_fini(&w);
}

static void test_environment(void **state)
{
	(void)state;
	const char *const environment[] = {"CIB_files=no", "CIB_file=cib.xml", "CIB_user=", NULL};
	struct program_io io = {.environment = environment};
	assert_string_equal(io_environment(&io, "CIB_file"), "cib.xml");
	assert_null(io_environment(&io, "CIB_user"));
	assert_null(io_environment(&io, "CIB"));
	assert_null(io_environment(&(struct program_io){0}, "CIB_file"));
}

/* Tests run with whatever zone is set: a whole number of quarters of an hour, less than a day. */
static void zones(void **state)
{
	(void)state;
	int32_t offset_s = io_zone_offset(1700000000);
	assert_int_equal(offset_s % 900, 0);
	assert_in_range(offset_s + 86400, 1, 2 * 86400 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones),     cmocka_unit_test(test_find),      cmocka_unit_test(test_list),
		cmocka_unit_test(test_hale), cmocka_unit_test(test_output_to), cmocka_unit_test(test_environment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
