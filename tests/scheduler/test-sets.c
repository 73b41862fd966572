/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/sets.h"

#include "scheduler/tags.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define RESOURCES                                                                                              \
	DUMMY("a", "")                                                                                         \
	DUMMY("b", "")                                                                                         \
	"<clone id='c'>" DUMMY("inner", "") "</clone>"                                                         \
					    "<template id='t' class='ocf' provider='pacemaker' type='Dummy'/>" \
					    "<primitive id='made' template='t'/>"
#define TAGS "<tags><tag id='tag'><obj_ref id='a'/><obj_ref id='b'/></tag></tags>"

static struct element *begin(struct world *w, const char *constraint)
{
	world_begin(w, (struct world_parts){.resources = RESOURCES,
					    .sections = TAGS,
					    .constraints = constraint,
					    .history = {HISTORY("inner", ENTRY("inner_last_0", "inner", "start", "0",
									       "1", "0", "0", "0", ""))}});
	scheduler_read_status(w->c);
	return element_first(document_section(w->d, NAME_CONSTRAINTS));
}

static void test_a_resource_as_constraints_mean_it(void **state)
{
	(void)state;
	struct world w;
	(void)begin(&w, "");
	assert_ptr_equal(constraint_resource(w.c, "a"), world_resource(&w, "a"));
	/* What the history calls an instance of an anonymous clone stands for the clone. */
	assert_ptr_equal(constraint_resource(w.c, "inner"), world_resource(&w, "c"));
	assert_null(constraint_resource(w.c, "none"));
	assert_null(constraint_resource(w.c, NULL));
	world_end(&w);
}

static void test_roles(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool valid;
		enum role role;
	} cases[] = {
		{NULL, true, ROLE_UNKNOWN},
		{"Started", true, ROLE_UNKNOWN},
		{"Promoted", true, ROLE_PROMOTED},
		{"Master", true, ROLE_PROMOTED},
		{"Unpromoted", true, ROLE_UNPROMOTED},
		{"Stopped", true, ROLE_STOPPED},
		{"nonsense", false, ROLE_UNKNOWN},
	};
	struct world w;
	(void)begin(&w, "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum role role = ROLE_UNKNOWN;
		assert_int_equal(constraint_role_parse(w.c, "k", cases[i].text, &role), cases[i].valid);
		assert_int_equal(role, cases[i].role);
	}
	assert_true(world_complained(&w, "Invalid role 'nonsense'"));
	world_end(&w);
}

static void test_references(void **state)
{
	(void)state;
	struct world w;
	const struct element *e = begin(&w, "<rsc_location id='l' rsc='x' node='n1' score='1'/>");
	struct reference ref;
	assert_true(reference_resolve(w.c, e, "a", &ref));
	assert_non_null(ref.rsc);
	struct constraint_set one = reference_set(w.c, "a", &ref, "Promoted", NULL);
	assert_int_equal(one.ref_count, 1);
	assert_string_equal(one.refs[0], "a");
	assert_false(one.sequential_given);
	assert_true(reference_resolve(w.c, e, "tag", &ref));
	struct constraint_set many = reference_set(w.c, "tag", &ref, NULL, "stop");
	assert_int_equal(many.ref_count, 2);
	assert_true(many.sequential_given);
	assert_false(many.sequential);
	assert_string_equal(many.action, "stop");
	assert_true(reference_resolve(w.c, e, "t", &ref));
	assert_string_equal(ref.tag->refs[0], "made");
	assert_false(reference_resolve(w.c, e, "x", &ref));
	assert_true(world_complained(&w, "'x' is not a valid resource or tag"));
	world_end(&w);
}

static void test_sets_and_what_tags_stand_for(void **state)
{
	(void)state;
	struct world w;
	const struct element *e =
		begin(&w, "<rsc_order id='o'><resource_set id='s1' sequential='false' role='Promoted' action='promote'>"
			  "<resource_ref id='made'/><resource_ref id='tag'/></resource_set>"
			  "<resource_set id-ref='s3'/></rsc_order>"
			  "<rsc_order id='p'><resource_set id='s3'><resource_ref id='c'/></resource_set></rsc_order>");
	struct constraint_sets sets;
	assert_true(sets_read(w.c, e, &sets));
	assert_int_equal(sets.count, 2);
	assert_false(sets.cut);
	assert_int_equal(sets.items[0].ref_count, 3);
	assert_string_equal(sets.items[0].refs[0], "made");
	assert_string_equal(sets.items[0].refs[2], "b");
	assert_true(sets.items[0].sequential_given);
	assert_string_equal(sets.items[0].action, "promote");
	assert_string_equal(sets.items[1].id, "s3");
	assert_string_equal(sets.items[1].refs[0], "c");
	world_end(&w);
}

static void test_wrong_sets(void **state)
{
	(void)state;
	struct world w;
	const struct element *e =
		begin(&w, "<rsc_order id='o'><resource_set id='s1'><resource_ref id='tag'/><resource_ref id='none'/>"
			  "</resource_set><resource_set id-ref='nowhere'/></rsc_order>"
			  "<rsc_order id='p' first='a' then='b'/>");
	struct constraint_sets sets;
	assert_true(sets_read(w.c, e, &sets));
	/* One wrong reference, and tags are not what they were. */
	assert_int_equal(sets.items[0].ref_count, 2);
	assert_string_equal(sets.items[0].refs[0], "tag");
	assert_true(sets.cut);
	assert_int_equal(sets.count, 1);
	assert_true(world_complained(&w, "'none' is not a valid resource or tag"));
	assert_true(world_complained(&w, "'nowhere'"));
	assert_false(sets_read(w.c, element_next(e), &sets));
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_resource_as_constraints_mean_it),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_sets_and_what_tags_stand_for),
		cmocka_unit_test(test_wrong_sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
