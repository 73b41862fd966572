/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/difference.h"

#include "trees.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The patch in one line, without its version; NULL: none. The caller frees it. */
static char *difference_text(const char *from, const char *to, unsigned flags)
{
	struct document *a = tree_parsed(from), *b = tree_parsed(to), *patch = NULL;
	struct error error = {0};
	assert_int_equal(difference_make(a, b, flags | DIFFERENCE_WITHOUT_VERSION, &patch, &error), ERR_OK);
	char *text = patch == NULL ? NULL : tree_text(patch);
	document_free(a);
	document_free(b);
	document_free(patch);
	return text;
}

#define DIFF(changes)           "<diff format=\"2\">" changes "</diff>"
#define PATHED(operation, path) "<change operation=\"" operation "\" path=\"" path "\""
#define MODIFY(path, list, result) \
	PATHED("modify", path)     \
	"><change-list>" list "</change-list><change-result>" result "</change-result></change>"
#define SET(name, value) "<change-attr name=\"" name "\" operation=\"set\" value=\"" value "\"/>"
#define UNSET(name)      "<change-attr name=\"" name "\" operation=\"unset\"/>"

/* As Pacemaker makes them. */
static void test_changes(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *patch;
		unsigned flags;
	} cases[] = {
		{"<cib><a/></cib>", "<cib>\n  <a/>\n</cib>", NULL},
		{"<cib><a id='1' x='1'/></cib>", "<cib><a id='1' x='2' y='3'/></cib>",
		 DIFF(MODIFY("/cib/a[@id='1']", SET("x", "2") SET("y", "3"), "<a id=\"1\" x=\"2\" y=\"3\"/>"))},
		/* What stood behind an attribute that is gone changed its place. */
		{"<cib><a id='1' x='1' y='2'/></cib>", "<cib><a id='1' y='2'/></cib>",
		 DIFF(MODIFY("/cib/a[@id='1']", SET("y", "2") UNSET("x"), "<a id=\"1\" y=\"2\"/>"))},
		{"<cib><a id='1' x='1' y='2'/></cib>", "<cib><a id='1' y='2'/></cib>",
		 DIFF(MODIFY("/cib/a[@id='1']", UNSET("x"), "<a id=\"1\" y=\"2\"/>")), DIFFERENCE_ANY_ATTRIBUTE_ORDER},
		{"<cib><a x='1' y='2'/></cib>", "<cib><a y='2' x='1'/></cib>",
		 DIFF(MODIFY("/cib/a", SET("y", "2") SET("x", "1"), "<a y=\"2\" x=\"1\"/>"))},
		{"<cib><a x='1' y='2'/></cib>", "<cib><a y='2' x='1'/></cib>", NULL, DIFFERENCE_ANY_ATTRIBUTE_ORDER},
		{"<cib><a id='1'/><b/></cib>", "<cib><b/></cib>", DIFF(PATHED("delete", "/cib/a[@id='1']") "/>")},
		{"<cib><b/></cib>", "<cib><b/><a id='1'><c/></a></cib>",
		 DIFF(PATHED("create", "/cib") " position=\"1\"><a id=\"1\"><c/></a></change>")},
		/* Another id is another element; deletions come first, from everywhere. */
		{"<cib><a><b id='1'/></a><c/></cib>", "<cib><a><b id='2'/></a></cib>",
		 DIFF(PATHED("delete", "/cib/a/b[@id='1']") "/>" PATHED("delete", "/cib/c") "/>" PATHED(
			 "create", "/cib/a") " position=\"0\"><b id=\"2\"/></change>")},
		/* Of those that an element passes on its way to the front, the first moves too: so Pacemaker counts. */
		{"<cib><a/><b/><c/></cib>", "<cib><c/><a/><b/></cib>",
		 DIFF(PATHED("move", "/cib/c") " position=\"0\"/>" PATHED("move", "/cib/a") " position=\"1\"/>")},
		{"<cib><a/><b/><c/></cib>", "<cib><b/><c/><a/></cib>",
		 DIFF(PATHED("move", "/cib/b") " position=\"0\"/>" PATHED("move", "/cib/a") " position=\"2\"/>")},
		{"<cib><a/><b/><c/></cib>", "<cib><c/><b/><n/><a x='1'/></cib>",
		 DIFF(PATHED("move", "/cib/c") " position=\"0\"/>" PATHED(
			 "create", "/cib") " position=\"2\"><n/></change>" MODIFY("/cib/a", SET("x", "1"),
										  "<a x=\"1\"/>")
			      PATHED("move", "/cib/a") " position=\"3\"/>")},
		{"<cib><!--1--><!--2--><a/></cib>", "<cib><!--2--><a/><!--3--></cib>",
		 DIFF(PATHED("delete", "/cib/comment") " position=\"0\"/>" PATHED(
			 "delete",
			 "/cib/comment") " position=\"0\"/>" PATHED("create",
								    "/cib") " position=\"0\"><!--2--></"
									    "change>" PATHED(
										    "create",
										    "/cib") " position=\"2\"><!--3--></"
											    "change>")},
		/* A path to one of two comments would lead to the first: they are made anew. */
		{"<cib><!--1--><a/><!--2--><b/></cib>", "<cib><n/><!--1--><!--2--><a/><b/></cib>",
		 DIFF(PATHED("delete", "/cib/comment") " position=\"0\"/>" PATHED(
			 "delete",
			 "/cib/comment") " position=\"1\"/>" PATHED("create",
								    "/cib") " position=\"0\"><n/></"
									    "change>" PATHED(
										    "create",
										    "/cib") " position=\"1\"><!--1--></"
											    "change>" PATHED(
												    "create",
												    "/cib") " "
													    "p"
													    "o"
													    "s"
													    "i"
													    "t"
													    "i"
													    "o"
													    "n"
													    "="
													    "\"2\"><!"
													    "-"
													    "-"
													    "2"
													    "-"
													    "-"
													    ">"
													    "<"
													    "/"
													    "c"
													    "h"
													    "a"
													    "n"
													    "g"
													    "e"
													    ">")},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = difference_text(cases[i].from, cases[i].to, cases[i].flags);
		if (cases[i].patch == NULL)
			assert_null(text);
		else
			assert_string_equal(text, cases[i].patch);
		g_free(text);
	}
}

static void test_head(void **state)
{
	(void)state;
	struct document *a = tree_parsed("<cib epoch='4' admin_epoch='1' num_updates='2'/>");
	struct document *b = tree_parsed("<cib epoch='5' admin_epoch='1' num_updates='0'/>"), *patch = NULL;
	assert_int_equal(difference_make(a, b, DIFFERENCE_WITH_DIGEST, &patch, NULL), ERR_OK);
	const struct element *root = document_root(patch);
	assert_string_equal(element_get(root, NAME_DIGEST), "917812127199caa058d38eec86be8e1a");
	const struct element *version = element_first_named(root, NAME_VERSION);
	assert_ptr_equal(version, root->first);
	const struct element *source = element_first_named(version, NAME_SOURCE);
	const struct element *target = element_first_named(version, NAME_TARGET);
	assert_string_equal(element_get(source, NAME_EPOCH), "4");
	assert_string_equal(element_get(source, NAME_NUM_UPDATES), "2");
	assert_string_equal(element_get(target, NAME_EPOCH), "5");
	assert_string_equal(element_get(target, NAME_ADMIN_EPOCH), "1");
	document_free(patch);
	document_free(a);
	document_free(b);
}

static void test_other_roots(void **state)
{
	(void)state;
	struct document *a = tree_parsed("<cib/>"), *b = tree_parsed("<cob/>"), *c = tree_parsed("<cib id='1'/>");
	struct document *patch = NULL;
	struct error error = {0};
	assert_int_equal(difference_make(a, b, 0, &patch, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "<cob"));
	assert_int_equal(difference_make(a, c, 0, &patch, NULL), ERR_INVALID);
	assert_null(patch);
	document_free(a);
	document_free(b);
	document_free(c);
}

static void note(GString *log, const char *what, const struct element *e, int position)
{
	g_string_append_printf(log, "%s %s %d; ", what, element_get_or(e, NAME_ID, element_tag(e)), position);
}

static void note_deleted(void *log, const struct element *old, int position)
{
	note(log, "deleted", old, position);
}

static void note_created(void *log, const struct element *now, int position)
{
	note(log, "created", now, position);
}

static void note_modified(void *log, const struct element *old, const struct element *now)
{
	assert_string_equal(element_tag(old), element_tag(now));
	note(log, "modified", now, -1);
}

static void note_moved(void *log, const struct element *old, const struct element *now, int position)
{
	assert_string_equal(element_id(old), element_id(now));
	note(log, "moved", now, position);
}

static void test_walk(void **state)
{
	(void)state;
	static const struct difference_visitor visitor = {note_deleted, note_created, note_modified, note_moved};
	struct document *a = tree_parsed("<cib><a id='1'/><a id='2'/><a id='3'/><b><c id='4'/></b></cib>");
	struct document *b = tree_parsed("<cib x='1'><a id='3'/><a id='2'/><b><c id='4' x='1'/><d id='5'/></b></cib>");
	GString *log = g_string_new(NULL);
	assert_int_equal(difference_walk(a, b, 0, &visitor, log, NULL), ERR_OK);
	assert_string_equal(log->str,
			    "deleted 1 0; modified cib -1; moved 3 0; moved 2 1; modified 4 -1; created 5 1; ");
	g_string_free(log, TRUE);
	document_free(a);
	document_free(b);
}

static void test_path(void **state)
{
	(void)state;
	struct document *d = tree_parsed("<cib><a id='1'><!--c--><b/></a></cib>");
	struct element *a = document_root(d)->first;
	GString *path = g_string_new(NULL);
	element_path(a->last, path);
	assert_string_equal(path->str, "/cib/a[@id='1']/b");
	g_string_truncate(path, 0);
	element_path(a->first, path);
	assert_string_equal(path->str, "/cib/a[@id='1']/comment");
	g_string_free(path, TRUE);
	document_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes), cmocka_unit_test(test_head), cmocka_unit_test(test_other_roots),
		cmocka_unit_test(test_walk),    cmocka_unit_test(test_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
