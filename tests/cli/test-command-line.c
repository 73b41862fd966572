/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/command-line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OPTION_FILE = 1, OPTION_FORCE, OPTION_LEVEL, OPTION_OLD, OPTION_HOST };

static const struct option options[] = {
	{.help = "Input:"},
	{OPTION_FILE, 'x', "xml-file", "FILE", "Read the configuration from FILE"},
	{OPTION_FORCE, 'f', "force", NULL, "Do it anyway"},
	{OPTION_LEVEL, 'l', "level", "[N]", "How much"},
	{OPTION_OLD, 'o', "old-way", NULL, "As it was", .hidden = true},
	{OPTION_HOST, 'h', NULL, "HOST", "Where"},
	{0},
};
static const struct line_rules rules = {
	.name = "crm_thing",
	.summary = "Do the thing",
	.words = "[RSC…]",
	.details = ".Details\\of it",
	.options = options,
	.forms = FORMS_TEXT_XML,
	.quiet = true,
};
static const struct line_rules bare = {.name = "bare", .summary = "Nothing", .options = options};

/* Parses words separated by blanks and writes what was understood: "1=a 2 | word | V2 Q xml >dest". */
static char *understood(const struct line_rules *r, const char *words, struct arena *a)
{
	const char *argv[32] = {"crm_thing"};
	int argc = 1;
	for (char *word = strtok(arena_string(a, words), " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	struct command_line line;
	struct error error = {0};
	if (line_parse(r, argc, argv, a, &line, &error) != ERR_OK)
		return arena_printf(a, "! %s", error.text);
	char *text = arena_string(a, "");
	for (size_t i = 0; i < line.given_count; i++)
		text = arena_printf(a, "%s%d%s%s ", text, line.given[i].id, line.given[i].value != NULL ? "=" : "",
				    line.given[i].value != NULL ? line.given[i].value : "");
	for (size_t i = 0; i < line.word_count; i++)
		text = arena_printf(a, "%s[%s] ", text, line.words[i]);
	if (line.verbosity > 0)
		text = arena_printf(a, "%sV%u ", text, line.verbosity);
	return arena_printf(a, "%s%s%s%s%s%s%s", text, line.quiet ? "Q " : "", line.help ? "help " : "",
			    line.version ? "version " : "", line.form == FORM_XML ? "xml " : "",
			    line.output_to != NULL ? ">" : "", line.output_to != NULL ? line.output_to : "");
}

static void test_parse(void **state)
{
	(void)state;
	static const struct {
		const char *words, *understood;
	} cases[] = {
		{"", ""},
		{"-x a -xb --xml-file=c --xml-file d", "1=a 1=b 1=c 1=d "},
		{"-fVx a", "2 1=a V1 "},
		{"-fxVV", "2 1=VV "},
		{"--level --level=3 -l -l4 5", "3 3=3 3 3=4 [5] "},
		{"a -f b -- -f --force", "2 [a] [b] [-f] [--force] "},
		{"- -f", "2 [-] "},
		{"-x - -x -1", "1=- 1=-1 "},
		{"--old-way -o", "4 4 "},
		{"-h here --help", "5=here help "},
		{"-? -$ -VVV", "V3 help version "},
		{"--help-all", "help "},
		{"--output-as=xml --output-to file -Q", "Q xml >file"},
		{"--output-as xml --output-to -", "xml "},
		{"--output-as=html", "! Error creating output format html: Unknown output format; try --help"},
		{"--bogus=1", "! Unknown option --bogus=1"},
		{"-fz", "! Unknown option -z"},
		{"-x", "! Missing argument for -x"},
		{"--xml-file", "! Missing argument for --xml-file"},
		{"--force=yes", "! Option --force takes no value"},
		{"--xml", "! Unknown option --xml"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena a = {0};
		assert_string_equal(understood(&rules, cases[i].words, &a), cases[i].understood);
		arena_fini(&a);
	}
	struct arena a = {0};
	assert_string_equal(understood(&bare, "word", &a), "! Unexpected argument \"word\"; try --help");
	assert_string_equal(understood(&bare, "--output-as=xml", &a), "! Unknown option --output-as=xml");
	assert_string_equal(understood(&bare, "-Q", &a), "! Unknown option -Q");
	arena_fini(&a);
}

static void test_values(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *argv[] = {"crm_thing", "-x", "first", "-f", "-x", "last", NULL};
	struct command_line line;
	assert_int_equal(line_parse(&rules, 6, argv, &a, &line, NULL), ERR_OK);
	assert_string_equal(line_value(&line, OPTION_FILE), "last");
	assert_null(line_value(&line, OPTION_FORCE));
	assert_true(line_has(&line, OPTION_FORCE));
	assert_false(line_has(&line, OPTION_LEVEL));
	assert_ptr_equal(line.arguments, argv);
	arena_fini(&a);
}

static char *printed(void (*print)(const struct line_rules *, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	print(&rules, f);
	(void)fclose(f);
	return text;
}

static void print_completions(const struct line_rules *r, FILE *f)
{
	line_complete(r, "--o", f);
	line_complete(r, "--fo", f);
}

static void test_pages(void **state)
{
	(void)state;
	char *help = printed(line_help);
	assert_non_null(strstr(help, "Usage:\n  crm_thing [OPTION…] [RSC…]\n\nDo the thing\n"));
	assert_non_null(strstr(help, "\nInput:\n  -x, --xml-file=FILE  Read the configuration from FILE\n"));
	assert_non_null(strstr(help, "  -l, --level[=N]      How much\n"));
	assert_non_null(strstr(help, "  -h HOST              Where\n"));
	assert_non_null(strstr(help, "format as one of: text, xml, none\n"));
	assert_non_null(strstr(help, "\n  --help               Show help options\n"));
	assert_null(strstr(help, "old-way"));
	free(help);

	char *manual = printed(line_manual);
	assert_non_null(strstr(manual, "\n.TP\n\\fB\\-x, \\-\\-xml\\-file=FILE\\fR\nRead the configuration"));
	assert_non_null(strstr(manual, "\n\\&.Details\\eof it\n"));
	free(manual);

	char *words = printed(print_completions);
	assert_string_equal(words, "--output-as=\n--output-to=\n--force\n");
	free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
