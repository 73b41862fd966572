/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/patch.h"

#include "cib/difference.h"

#include "trees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#define CHANGE(text)        "<diff format='2'><change " text "</diff>"
#define VERSION(from, to)   "<diff format='2'><version>" from to "</version></diff>"
#define SOURCE(epoch, more) "<source admin_epoch='0' epoch='" epoch "' num_updates='" more "'/>"
#define TARGET(epoch, more) "<target admin_epoch='0' epoch='" epoch "' num_updates='" more "'/>"

static const char base[] =
	"<cib admin_epoch='0' epoch='5' num_updates='2'><a id='1'/><b id='x/y'/><!--1--><!--2--></cib>";

static enum patch_result applied(const char *from, const char *patch, unsigned flags, char **ret_text,
				 struct error *reterr)
{
	struct document *a = tree_parsed(from), *p = tree_parsed(patch), *b = NULL;
	char *before = tree_text(a);
	enum patch_result result = patch_apply(a, document_root(p), flags, &b, reterr);
	char *after = tree_text(a);
	assert_string_equal(before, after);
	assert_int_equal(b != NULL, result == PATCH_APPLIED);
	/* In place it comes to the same. */
	if (result == PATCH_APPLIED) {
		struct document *same = tree_parsed(from);
		assert_int_equal(patch_apply_to(same, document_root(p), flags, NULL), PATCH_APPLIED);
		char *text = tree_text(same), *wanted = tree_text(b);
		assert_string_equal(text, wanted);
		g_free(text);
		g_free(wanted);
		document_free(same);
	}
	*ret_text = b == NULL ? NULL : tree_text(b);
	g_free(before);
	g_free(after);
	document_free(a);
	document_free(p);
	document_free(b);
	return result;
}

static void test_apply(void **state)
{
	(void)state;
	static const struct {
		const char *from, *patch, *to;
	} cases[] = {
		{"<cib><a/></cib>", "<diff format='2'/>", "<cib><a/></cib>"},
		{"<cib><a id='1'/></cib>", CHANGE("operation='delete' path=\"/cib/a[@id='1']\"/>"), "<cib/>"},
		/* What is gone already may be deleted, whichever part of its path is missing. */
		{"<cib><a id='1'/></cib>", CHANGE("operation='delete' path=\"/cib/a[@id='2']\"/>"),
		 "<cib><a id=\"1\"/></cib>"},
		{"<cib/>", CHANGE("operation='delete' path='/cib/x/y'/>"), "<cib/>"},
		{"<cib><!--1--><a/><!--2--></cib>", CHANGE("operation='delete' path='/cib/comment' position='2'/>"),
		 "<cib><!--1--><a/></cib>"},
		{"<cib><!--1--><a/><!--2--></cib>", CHANGE("operation='delete' path='/cib/comment'/>"),
		 "<cib><a/><!--2--></cib>"},
		{"<cib><a id=\"x/y']\"/></cib>", CHANGE("operation='delete' path=\"/cib/a[@id='x/y']']\"/>"), "<cib/>"},
		{"<cib><a x='1' y='2'/></cib>",
		 CHANGE("operation='modify' path='/cib/a'><change-result><a y='3'/></change-result></change>"),
		 "<cib><a y=\"3\"/></cib>"},
		{"<cib><a/><b/></cib>", CHANGE("operation='create' path='/cib' position='1'><n><m/></n></change>"),
		 "<cib><a/><n><m/></n><b/></cib>"},
		{"<cib><a/><b/></cib>", CHANGE("operation='create' path='/cib' position='9'><n/></change>"),
		 "<cib><a/><b/><n/></cib>"},
		{"<cib><a/><b/></cib>", CHANGE("operation='create' path='/cib'><n/></change>"),
		 "<cib><n/><a/><b/></cib>"},
		{"<cib><a/><b/><c/></cib>", CHANGE("operation='move' path='/cib/c' position='0'/>"),
		 "<cib><c/><a/><b/></cib>"},
		{"<cib><a/><b/><c/></cib>", CHANGE("operation='move' path='/cib/a' position='2'/>"),
		 "<cib><b/><c/><a/></cib>"},
		/* Whatever the order of the changes, the lowest position comes first. */
		{"<cib><a/></cib>",
		 "<diff format='2'><change operation='create' path='/cib' position='2'><y/></change>"
		 "<change operation='create' path='/cib' position='0'><x/></change></diff>",
		 "<cib><x/><a/><y/></cib>"},
		/* Made for another document: two wait at the end, and the third goes among them. */
		{"<cib><a/><b/></cib>",
		 "<diff format='2'><change operation='move' path='/cib/a' position='2'/><change operation='move' "
		 "path='/cib/b' "
		 "position='3'/><change operation='create' path='/cib' position='1'><n/></change></diff>",
		 "<cib><n/><a/><b/></cib>"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		struct error error = {0};
		assert_int_equal(applied(cases[i].from, cases[i].patch, 0, &text, &error), PATCH_APPLIED);
		assert_string_equal(text, cases[i].to);
		g_free(text);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static const struct {
		const char *patch;
		enum patch_result result;
		const char *why;
	} cases[] = {
		{"<cib/>", PATCH_MALFORMED, "<cib> is no patch"},
		{"<diff/>", PATCH_FORM, "form 1"},
		{"<diff format='1'><diff-removed/></diff>", PATCH_FORM, "crm_diff"},
		{CHANGE("path='/cib'/>"), PATCH_MALFORMED, "none of create"},
		{CHANGE("operation='zap' path='/cib'/>"), PATCH_MALFORMED, "change 1, zap of /cib: "},
		{CHANGE("operation='move'/>"), PATCH_MALFORMED, "no path"},
		{CHANGE("operation='move' path='cib'/>"), PATCH_MALFORMED, "not of the kind"},
		{CHANGE("operation='move' path='//a'/>"), PATCH_MALFORMED, "not of the kind"},
		{CHANGE("operation='move' path='/cib/a[1]' position='0'/>"), PATCH_MALFORMED, "not of the kind"},
		{CHANGE("operation='move' path=\"/cib/a[@id='1'\" position='0'/>"), PATCH_MALFORMED, "not of the kind"},
		{CHANGE("operation='move' path='/cib' position='0'/>"), PATCH_MALFORMED, "the root"},
		{CHANGE("operation='delete' path='/cib'/>"), PATCH_MALFORMED, "the root"},
		{CHANGE("operation='move' path='/cib/n' position='0'/>"), PATCH_NO_MATCH, "no such element"},
		{CHANGE("operation='modify' path='/cob'/>"), PATCH_NO_MATCH, "no such element"},
		{CHANGE("operation='modify' path='/cib'/>"), PATCH_MALFORMED, "no <change-result>"},
		{CHANGE("operation='create' path='/cib' position='0'/>"), PATCH_MALFORMED, "nothing in it"},
		{CHANGE("operation='create' path='/cib/comment' position='0'><a/></change>"), PATCH_MALFORMED,
		 "no children"},
		{"<diff format='2' digest='0'/>", PATCH_DIGEST, "another configuration"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		struct error error = {0};
		assert_int_equal(applied(base, cases[i].patch, 0, &text, &error), cases[i].result);
		assert_non_null(strstr(error.text, cases[i].why));
	}
}

static void test_versions(void **state)
{
	(void)state;
	static const struct {
		const char *patch;
		enum patch_result result;
	} cases[] = {
		{"<diff format='2'/>", PATCH_APPLIED},
		{VERSION("", ""), PATCH_APPLIED},
		{VERSION(SOURCE("5", "2"), TARGET("5", "3")), PATCH_APPLIED},
		{VERSION(SOURCE("5", "2"), TARGET("6", "0")), PATCH_APPLIED},
		{VERSION(SOURCE("5", "2"), ""), PATCH_APPLIED},
		{VERSION("", TARGET("6", "0")), PATCH_APPLIED},
		{VERSION(SOURCE("5", "1"), TARGET("5", "2")), PATCH_OUTDATED},
		{VERSION(SOURCE("4", "9"), TARGET("5", "0")), PATCH_OUTDATED},
		{VERSION(SOURCE("5", "3"), TARGET("5", "4")), PATCH_AHEAD},
		{VERSION(SOURCE("6", "0"), TARGET("6", "1")), PATCH_AHEAD},
		{VERSION(SOURCE("5", "2"), TARGET("5", "2")), PATCH_OUTDATED},
		{VERSION(SOURCE("5", "2"), TARGET("4", "9")), PATCH_OUTDATED},
		{VERSION("<source epoch='5' admin_epoch='0'/>", ""), PATCH_MALFORMED},
		{VERSION(SOURCE("5", "two"), ""), PATCH_MALFORMED},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		struct error error = {0};
		assert_int_equal(applied(base, cases[i].patch, PATCH_CHECK_VERSION, &text, &error), cases[i].result);
		assert_int_equal(error.text[0] != '\0', cases[i].result != PATCH_APPLIED);
		g_free(text);
	}
	assert_true(cib_version_compare((struct cib_version){1, 0, 0}, (struct cib_version){0, 9, 9}) > 0);
	assert_true(cib_version_compare((struct cib_version){1, 2, 0}, (struct cib_version){1, 3, 0}) < 0);
	assert_int_equal(cib_version_compare((struct cib_version){1, 2, 3}, (struct cib_version){1, 2, 3}), 0);
	assert_int_equal(cib_version_next(0), 1);
	assert_int_equal(cib_version_next(INT64_MAX - 1), INT64_MAX);
	assert_int_equal(cib_version_next(INT64_MAX), INT64_MAX);
	struct document *d = tree_parsed("<cib epoch='-3' admin_epoch='x' num_updates='7'/>");
	struct cib_version v = cib_version_of(document_root(d));
	assert_true(v.admin_epoch == 0 && v.epoch == 0 && v.num_updates == 7);
	document_free(d);
}

/* Patching with a difference gives what the difference was made to. */
static bool comes_back(const struct document *a, const struct document *b, unsigned seed)
{
	struct document *patch = NULL, *result = NULL;
	struct error error = {0};
	assert_int_equal(difference_make(a, b, DIFFERENCE_WITH_DIGEST, &patch, &error), ERR_OK);
	char *before = tree_text(a), *wanted = tree_text(b);
	bool same = strcmp(before, wanted) == 0;
	assert_int_equal(same, patch == NULL);
	if (patch != NULL && patch_apply(a, document_root(patch), 0, &result, &error) != PATCH_APPLIED) {
		char *text = tree_text(patch);
		print_message("seed %u: %s\n%s\n%s\n%s\n", seed, error.text, before, wanted, text);
		fail();
	}
	if (result != NULL) {
		char *text = tree_text(result);
		assert_string_equal(text, wanted);
		g_free(text);
	}
	g_free(before);
	g_free(wanted);
	document_free(patch);
	document_free(result);
	return !same;
}

static void test_random(void **state)
{
	(void)state;
	unsigned different = 0;
	for (unsigned seed = 1; seed <= 3000; seed++) {
		struct dice dice = {seed * 0x9e3779b97f4a7c15u};
		struct document *a = random_tree(&dice, roll(&dice, 40));
		struct document *b = roll(&dice, 4) == 0 ? random_tree(&dice, roll(&dice, 40)) : document_clone(a);
		change_tree(&dice, b, roll(&dice, 12));
		different += comes_back(a, b, seed);
		document_free(a);
		document_free(b);
	}
	assert_true(different > 2000);
}

enum { MANY = 5000 };

static struct document *many(void)
{
	struct document *d = document_new(NAME_CIB);
	struct element *resources = element_add(element_add(document_root(d), NAME_CONFIGURATION), NAME_RESOURCES);
	char id[32];
	for (int i = 0; i < MANY; i++) {
		struct element *e = element_add(resources, NAME_PRIMITIVE);
		(void)snprintf(id, sizeof(id), "resource-%d", i);
		element_set(e, NAME_ID, id);
		for (int child = 0; child < 4; child++) {
			(void)snprintf(id, sizeof(id), "resource-%d-%d", i, child);
			element_set(element_add(e, NAME_OP), NAME_ID, id);
		}
	}
	return d;
}

static double seconds_of(const struct document *a, const struct document *b)
{
	struct timespec begin, end;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_true(comes_back(a, b, 0));
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

/* Whatever the change, thousands of siblings are no reason to wait: each of these takes 25 million steps where every
 * change walks the siblings, and would by far exceed what is allowed here for a machine under load. */
static void test_many(void **state)
{
	(void)state;
	struct document *a = many(), *turned = many(), *changed = many(), *fewer = many(), *others = many();
	struct element *root = document_section(turned, NAME_RESOURCES);
	for (struct element *e = root->last, *before; e != NULL; e = before) {
		before = e->previous;
		element_remove(e);
		element_append(root, e);
	}
	for_each_child(e, document_section(changed, NAME_RESOURCES)) element_set(e, NAME_CLASS, "ocf");
	int n = 0;
	for (struct element *e = element_first(document_section(fewer, NAME_RESOURCES)), *next; e != NULL; e = next) {
		next = e->next;
		if (n++ % 2 == 0)
			element_remove(e);
	}
	for_each_child(e, document_section(others, NAME_RESOURCES)) e->name = NAME_GROUP;
	assert_true(seconds_of(a, turned) < 2);
	assert_true(seconds_of(a, changed) < 2);
	assert_true(seconds_of(a, fewer) < 2);
	assert_true(seconds_of(fewer, a) < 2);
	assert_true(seconds_of(a, others) < 2);
	document_free(a);
	document_free(turned);
	document_free(changed);
	document_free(fewer);
	document_free(others);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply),  cmocka_unit_test(test_refused), cmocka_unit_test(test_versions),
		cmocka_unit_test(test_random), cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
