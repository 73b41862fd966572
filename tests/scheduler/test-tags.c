/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/tags.h"

#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_tags_gather_references_once(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.sections = "<tags><tag id='t'><obj_ref id='b'/><obj_ref id='a'/>"
							 "<obj_ref id='b'/></tag><tag><obj_ref id='x'/></tag></tags>"});
	scheduler_read_status(w.c);
	const struct tag *t = tag_find(w.c, "t");
	assert_int_equal(t->count, 2);
	assert_string_equal(t->refs[0], "b");
	assert_string_equal(t->refs[1], "a");
	assert_null(tag_find(w.c, "none"));
	assert_true(world_complained(&w, "without an id"));
	world_end(&w);
}

static void test_templates_know_what_is_made_of_them(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){
				.resources =
					"<template id='t' class='ocf' provider='pacemaker' type='Dummy'/>"
					"<template id='unused' class='ocf' provider='pacemaker' type='Dummy'/>"
					"<primitive id='a' template='t'/><clone id='c'><primitive id='b' template='t'/>"
					"</clone>"});
	scheduler_read_status(w.c);
	const struct tag *t = template_find(w.c, "t");
	assert_int_equal(t->count, 2);
	assert_string_equal(t->refs[1], "b");
	assert_int_equal(template_find(w.c, "unused")->count, 0);
	assert_null(template_find(w.c, "none"));
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags_gather_references_once),
		cmocka_unit_test(test_templates_know_what_is_made_of_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
