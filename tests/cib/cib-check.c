/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cib-check - shows what the program makes of documents, for tests that compare it with other programs.
 *
 *	cib-check valid FILE…      a line for each: "FILE valid" or "FILE invalid", and the problems
 *	cib-check references FILE… the same for what cib_check_references() says
 *	cib-check upgrade FILE     the document after the upgrade; notes go to standard error
 *	cib-check print FILE       the document as it was read
 */
#include "cib/upgrade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct document *read_document(const char *path)
{
	char *text = NULL;
	gsize size = 0;
	struct document *d = NULL;
	struct error error;
	if (!g_file_get_contents(path, &text, &size, NULL)) {
		(void)fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	if (document_parse(text, size, path, &d, &error) != ERR_OK) {
		(void)printf("%s unreadable\n", path);
		(void)fprintf(stderr, "%s\n", error.text);
	}
	g_free(text);
	return d;
}

static void print_problems(GPtrArray *problems, const char *source, FILE *to)
{
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < problems->len; i++)
		problem_print(g_ptr_array_index(problems, i), source, out);
	(void)fputs(out->str, to);
	g_string_free(out, TRUE);
}

static void check(const char *path, bool (*rule)(const struct document *, GPtrArray *))
{
	struct document *d = read_document(path);
	if (d == NULL)
		return;
	GPtrArray *problems = problems_new();
	bool valid = rule(d, problems);
	bool same = rule(d, NULL) == valid && valid == (problems->len == 0);
	(void)printf("%s %s\n", path, !same ? "contradictory" : valid ? "valid" : "invalid");
	print_problems(problems, path, stdout);
	g_ptr_array_unref(problems);
	document_free(d);
}

static int show(const char *path, bool upgraded)
{
	struct document *d = read_document(path);
	if (d == NULL)
		return 1;
	struct error error;
	GPtrArray *notes = problems_new();
	enum err e = upgraded ? cib_upgrade_noting(d, notes, &error) : ERR_OK;
	GString *out = g_string_new(NULL);
	document_print(d, out);
	if (e == ERR_OK)
		(void)fputs(out->str, stdout);
	else
		(void)fprintf(stderr, "%s: %s\n", path, error.text);
	print_problems(notes, path, stderr);
	g_string_free(out, TRUE);
	g_ptr_array_unref(notes);
	document_free(d);
	return e == ERR_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	if (strcmp(what, "upgrade") == 0 || strcmp(what, "print") == 0)
		return show(argv[2], *what == 'u');
	if (strcmp(what, "valid") != 0 && strcmp(what, "references") != 0) {
		(void)fputs("usage: cib-check valid|references|upgrade|print FILE…\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		check(argv[i], *what == 'v' ? cib_validate : cib_check_references);
	return 0;
}
