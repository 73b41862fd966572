/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void nested_lists_are_indented(void **state)
{
	(void)state;
	struct outline o = {.out = g_string_new(NULL)};
	outline_begin(&o, "Top %d", 1);
	outline_begin(&o, "Inner");
	outline_item(&o, "one %s", "two");
	outline_end(&o);
	outline_space(&o);
	outline_begin(&o, "Next");
	outline_item(&o, "three");
	outline_end(&o);
	outline_end(&o);
	assert_string_equal(o.out->str, "Top 1:\n  * Inner:\n    * one two\n\n  * Next:\n    * three\n");
	(void)g_string_free(o.out, TRUE);
}

static void plain_outlines_have_lines_only(void **state)
{
	(void)state;
	struct outline o = {.out = g_string_new(NULL), .plain = true};
	outline_begin(&o, "Top");
	outline_item(&o, "line");
	outline_space(&o);
	outline_item(&o, "another");
	outline_end(&o);
	assert_string_equal(o.out->str, "line\nanother\n");
	(void)g_string_free(o.out, TRUE);
}

static void no_empty_line_before_the_first(void **state)
{
	(void)state;
	struct outline o = {.out = g_string_new(NULL)};
	outline_space(&o);
	outline_begin(&o, "Top");
	outline_end(&o);
	assert_string_equal(o.out->str, "Top:\n");
	(void)g_string_free(o.out, TRUE);
}

static void lists_are_made_for_browsers(void **state)
{
	struct outline o = {.out = g_string_new(NULL), .html = true};
	(void)state;
	outline_begin(&o, "Nodes & more");
	outline_item(&o, "n1 < n2");
	outline_begin(&o, "Inner");
	outline_item(&o, "x");
	outline_end(&o);
	outline_end(&o);
	outline_space(&o);
	outline_item(&o, "alone");
	assert_string_equal(o.out->str,
			    "<h2>Nodes &amp; more</h2>\n<ul>\n<li>n1 &lt; n2</li>\n<li>Inner\n<ul>\n<li>x</li>\n"
			    "</ul></li>\n</ul>\n<p>alone</p>\n");
	(void)g_string_free(o.out, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_lists_are_indented),
		cmocka_unit_test(lists_are_made_for_browsers),
		cmocka_unit_test(plain_outlines_have_lines_only),
		cmocka_unit_test(no_empty_line_before_the_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
