/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/collective.h"
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define P(id) "<primitive id=\"" id "\" class=\"ocf\" provider=\"test\" type=\"thing\"/>"

static void test_clones(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(&w, P("a") "<group id=\"g\">" P("b") "</group>",
			"<rsc_location id=\"l\" rsc=\"a-clone\" node=\"n1\" score=\"1\"/>", "");
	struct element *clone = clone_make(&w.v, verb_resource(&w.v, "a"), NULL, true);
	assert_non_null(clone);
	assert_non_null(strstr(verb_world_document(&w),
			       "<resources><clone id=\"a-clone\"><primitive id=\"a\" class=\"ocf\" provider=\"test\" "
			       "type=\"thing\"/><meta_attributes"));
	assert_null(clone_make(&w.v, clone, NULL, false));
	assert_null(clone_make(&w.v, verb_resource(&w.v, "b"), NULL, false));
	assert_null(clone_make(&w.v, verb_resource(&w.v, "g"), "a", false));
	assert_int_equal(w.v.code, EXIT_EXISTS);
	assert_int_equal(clone_undo(&w.v, clone), EXIT_OK);
	assert_null(strstr(verb_world_document(&w), "a-clone"));
	verb_world_close(&w);
}

static void test_groups(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(&w, P("a") P("b") P("c"), "", "");
	assert_int_equal(group_take(&w.v, verb_resource(&w.v, "a"), "g", NULL, NULL), EXIT_OK);
	assert_int_equal(group_take(&w.v, verb_resource(&w.v, "b"), "g", "a", NULL), EXIT_OK);
	assert_int_equal(group_take(&w.v, verb_resource(&w.v, "c"), "g", NULL, "b"), EXIT_OK);
	assert_non_null(strstr(verb_world_document(&w), "<group id=\"g\">" P("b") P("c") P("a") "</group>"));
	assert_int_equal(group_take(&w.v, verb_resource(&w.v, "c"), "h", NULL, NULL), EXIT_OK);
	assert_int_equal(group_take(&w.v, verb_resource(&w.v, "g"), "h", NULL, NULL), EXIT_DATA);
	assert_int_equal(group_release(&w.v, verb_resource(&w.v, "c")), EXIT_OK);
	assert_null(strstr(verb_world_document(&w), "\"h\""));
	assert_int_equal(group_release(&w.v, verb_resource(&w.v, "c")), EXIT_DATA);
	verb_world_close(&w);
}

static void test_references(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(
		&w, P("a") P("b"),
		"<rsc_order id=\"o\" first=\"a\" then=\"b\"/>"
		"<rsc_colocation id=\"c\"><resource_set id=\"s\"><resource_ref id=\"a\"/><resource_ref id=\"b\"/>"
		"</resource_set></rsc_colocation>"
		"<rsc_colocation id=\"d\"><resource_set id=\"t\"><resource_ref id=\"a\"/></resource_set>"
		"</rsc_colocation><rsc_location id=\"l\" rsc=\"b\" node=\"n1\" score=\"1\"/>",
		"");
	references_remove(&w.v, "a");
	assert_non_null(strstr(verb_world_document(&w),
			       "<constraints><rsc_colocation id=\"c\"><resource_set id=\"s\"><resource_ref id=\"b\"/>"
			       "</resource_set></rsc_colocation><rsc_location id=\"l\""));
	assert_string_equal(verb_world_said(&w), "hale test: <rsc_order id=\"o\"> goes too: it is about a\n"
						 "hale test: <rsc_colocation id=\"d\"> goes too: it is about a\n");
	verb_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_clones), cmocka_unit_test(test_groups),
					   cmocka_unit_test(test_references)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
