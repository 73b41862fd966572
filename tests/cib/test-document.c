/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parsed.h"

#include <stdio.h>

/* Every known name has its constant, and a name is never NAME_NONE. */
static void test_known_names(void **state)
{
	(void)state;
	struct document *d = document_new(NAME_CIB);
	for (cib_name n = 1; n < NAME_COUNT; n++)
		assert_int_equal(document_known_name(d, document_name_text(d, n)), n);
	assert_int_equal(document_known_name(d, "primitive"), NAME_PRIMITIVE);
	assert_int_equal(document_known_name(d, "with-rsc-role"), NAME_WITH_RSC_ROLE);
	assert_int_equal(document_known_name(d, "nonsense"), NAME_NONE);
	assert_int_equal(document_known_name(d, ""), NAME_NONE);
	document_free(d);
}

static void test_new_names(void **state)
{
	(void)state;
	struct document *d = document_new(NAME_CIB);
	enum { MANY = 5000 };
	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < MANY; i++) {
			char text[16];
			(void)snprintf(text, sizeof(text), "name%u", i);
			assert_int_equal(document_name(d, text), NAME_COUNT + i);
			assert_string_equal(document_name_text(d, NAME_COUNT + i), text);
		}
	}
	document_free(d);
}

static void test_by_id(void **state)
{
	(void)state;
	struct document *d = parsed("<cib><a id='1'/><b id='2'><c id='1'/></b></cib>");
	struct element *root = document_root(d);
	assert_string_equal(element_tag(document_by_id(d, "1")), "a");
	assert_string_equal(element_tag(document_by_id(d, "2")), "b");
	assert_null(document_by_id(d, "3"));
	assert_null(document_by_id(d, NULL));
	element_remove(element_first(root));
	assert_string_equal(element_tag(document_by_id(d, "1")), "c");
	element_set(element_first(root), NAME_ID, "3");
	assert_null(document_by_id(d, "2"));
	assert_string_equal(element_tag(document_by_id(d, "3")), "b");
	element_set(element_add(root, NAME_NODE), NAME_ID, "4");
	assert_string_equal(element_tag(document_by_id(d, "4")), "node");
	document_free(d);
}

static void test_sections(void **state)
{
	(void)state;
	struct document *d = parsed("<cib><configuration><resources id='r'/></configuration><status id='s'/></cib>");
	assert_ptr_equal(document_section(d, NAME_CONFIGURATION), document_configuration(d));
	assert_string_equal(element_id(document_section(d, NAME_RESOURCES)), "r");
	assert_string_equal(element_id(document_section(d, NAME_STATUS)), "s");
	assert_null(document_section(d, NAME_CONSTRAINTS));
	document_free(d);
	d = document_new(NAME_CIB);
	assert_null(document_configuration(d));
	assert_null(document_section(d, NAME_RESOURCES));
	document_free(d);
}

static void test_clone_and_root(void **state)
{
	(void)state;
	struct document *d = parsed("<cib epoch='1'><w strange='x'/></cib>");
	struct document *copy = document_clone(d);
	element_set(document_root(d), NAME_EPOCH, "2");
	document_free(d);
	GString *out = g_string_new(NULL);
	element_print_flat(document_root(copy), out);
	assert_string_equal(out->str, "<cib epoch=\"1\"><w strange=\"x\"/></cib>");
	g_string_free(out, TRUE);
	struct element *root = element_new(copy, NAME_DIFF);
	element_set(root, NAME_ID, "new");
	document_set_root(copy, root);
	assert_ptr_equal(document_root(copy), root);
	assert_ptr_equal(document_by_id(copy, "new"), root);
	assert_non_null(document_arena(copy));
	document_free(copy);
	document_free(NULL);
}

static void test_revisions(void **state)
{
	(void)state;
	struct document *d = parsed("<cib><a id='1'><b id='2'/></a><c id='3'/></cib>");
	struct element *root = document_root(d), *a = document_by_id(d, "1"), *b = document_by_id(d, "2");
	struct element *c = document_by_id(d, "3");
	assert_int_equal(document_revise(d), 0);
	element_set(b, NAME_NAME, "x");
	assert_int_equal(b->revision, 1);
	assert_int_equal(a->revision, 1);
	assert_int_equal(root->revision, 1);
	assert_int_equal(c->revision, 0);
	assert_int_equal(document_revise(d), 1);
	/* From one parent to another: both changed. */
	element_remove(b);
	element_append(c, b);
	assert_int_equal(a->revision, 2);
	assert_int_equal(c->revision, 2);
	assert_int_equal(document_revise(d), 2);
	assert_int_equal(element_add(a, NAME_NVPAIR)->revision, 3);
	assert_int_equal(a->revision, 3);
	assert_int_equal(c->revision, 2);
	document_free(d);
}

static void test_options(void **state)
{
	(void)state;
	struct document *d =
		parsed("<cib><configuration><crm_config><cluster_property_set id='1'><nvpair id='2' name='a'/>"
		       "<nvpair id='3' name='old' value='x'/></cluster_property_set><cluster_property_set id='4'>"
		       "<nvpair id='5' name='a' value='first'/><nvpair id='6' name='a' value='second'/>"
		       "</cluster_property_set></crm_config></configuration></cib>");
	assert_string_equal(document_option(d, "a", NULL), "first");
	assert_string_equal(document_option(d, "a", "old"), "first");
	assert_string_equal(document_option(d, "new", "old"), "x");
	assert_null(document_option(d, "new", NULL));
	document_free(d);
	d = parsed("<cib/>");
	assert_null(document_option(d, "a", "old"));
	document_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_revisions), cmocka_unit_test(test_known_names),
		cmocka_unit_test(test_new_names), cmocka_unit_test(test_by_id),
		cmocka_unit_test(test_sections),  cmocka_unit_test(test_clone_and_root),
		cmocka_unit_test(test_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
