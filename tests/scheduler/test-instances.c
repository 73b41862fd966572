/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/instances.h"

#include "rules/score.h"
#include "scheduler/assign.h"
#include "scheduler/constraints.h"
#include "scheduler/criteria.h"
#include "scheduler/promotion.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define STARTED(id)  HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "1", "0", "0", "0", ""))
#define PROMOTED(id) HISTORY(id, ENTRY(id "_last_0", id, "promote", "0", "1", "0", "0", "0", ""))
#define NOT(id)      HISTORY(id, ENTRY(id "_last_0", id, "monitor", "0", "1", "7", "0", "7", ""))
#define CLONE(meta)  "<clone id='c'>" META("c", meta) DUMMY("i", "") "</clone>"
#define PROMOTABLE   PAIR("promotable", "true")

static void prepare(struct world *w, struct world_parts parts)
{
	world_begin(w, parts);
	scheduler_read_status(w->c);
	constraints_unpack(w->c);
	criteria_apply(w->c);
}

static void test_who_is_considered_first(void **state)
{
	(void)state;
	struct world w;
	prepare(&w, (struct world_parts){.resources = CLONE(PAIR("clone-max", "4")),
					 .history = {NULL, STARTED("i"), STARTED("i")},
					 .constraints = "<rsc_location id='l' rsc='c' node='n2' score='-INFINITY'/>"});
	/* By history: 0 is on n2, 1 on n3. */
	struct resource *on_n2 = world_resource(&w, "i:0"), *on_n3 = world_resource(&w, "i:1");
	struct resource *free_one = world_resource(&w, "i:2"), *other = world_resource(&w, "i:3");
	assert_true(instance_compare(on_n3, on_n2) < 0);
	assert_true(instance_compare(on_n3, free_one) < 0);
	assert_true(instance_compare(free_one, on_n2) < 0); /* nowhere is better than where it may not be */
	assert_int_equal(instance_compare(free_one, other), 0);
	assert_true(instance_number_compare(on_n2, on_n3) < 0);
	other->priority = 5;
	assert_true(instance_compare(other, on_n3) < 0);
	struct resource_list all = {0};
	resource_list_add(&w.c->arena, &all, other);
	resource_list_add(&w.c->arena, &all, on_n2);
	instances_sort_by_number(w.c, &all);
	assert_ptr_equal(all.items[0], on_n2);
	world_end(&w);
}

static void test_limits(void **state)
{
	(void)state;
	struct world w;
	prepare(&w, (struct world_parts){.resources = CLONE(PAIR("clone-max", "3")), .history = {NULL, STARTED("i")}});
	struct resource *c = world_resource(&w, "c");
	assert_int_equal(instances_of(c).count, 3);
	c->assigning = true;
	instances_assign(c, instances_of(c), 2, 1);
	assert_string_equal(world_resource(&w, "i:0")->assigned->name, "n2");
	assert_string_equal(world_resource(&w, "i:1")->assigned->name, "n1");
	assert_null(world_resource(&w, "i:2")->assigned);
	assert_int_equal(world_resource(&w, "i:2")->allowed[0].score, -SCORE_INFINITY);
	world_end(&w);
}

static void test_who_belongs_to_whom(void **state)
{
	(void)state;
	struct world w;
	prepare(&w,
		(struct world_parts){
			.nodes = "<node id='1' uname='n1'>" PARAMS(
				"n1",
				PAIR("rack", "r")) "</node><node id='2' uname='n2'/><node id='3' uname='n3'>"
						   "<instance_attributes id='z'><nvpair id='z1' name='rack' value='R'/>"
						   "</instance_attributes></node>",
			.resources = CLONE(PAIR("clone-max", "2")) DUMMY("a", "")});
	struct resource *c = world_resource(&w, "c"), *a = world_resource(&w, "a"), *i0 = world_resource(&w, "i:0");
	struct node *n1 = world_node(&w, "n1"), *n3 = world_node(&w, "n3");
	(void)resource_assign(c, NULL, true);
	assert_true(instance_matches(i0, n1, ROLE_UNKNOWN, false, NULL));
	assert_false(instance_matches(i0, n3, ROLE_UNKNOWN, false, NULL));
	assert_true(instance_matches(i0, n3, ROLE_UNKNOWN, false, "rack"));
	assert_false(instance_matches(i0, n1, ROLE_PROMOTED, false, NULL));
	assert_false(instance_matches(i0, n1, ROLE_UNKNOWN, true, NULL)); /* it is not there yet */
	/* a is nowhere: the best of its nodes that has one. */
	assert_ptr_equal(instance_find_compatible(a, c, ROLE_UNKNOWN, false, NULL), world_resource(&w, "i:0"));
	(void)resource_place(a, world_node(&w, "n2"), 0, true, false);
	assert_ptr_equal(instance_find_compatible(a, c, ROLE_UNKNOWN, false, NULL), world_resource(&w, "i:1"));
	(void)resource_place(a, n3, 0, true, false);
	assert_null(instance_find_compatible(a, c, ROLE_UNKNOWN, false, NULL));
	i0->blocked = true;
	assert_true(resource_is_blocked_deep(c));
	assert_false(instance_matches(i0, n1, ROLE_UNKNOWN, false, NULL));
	world_end(&w);
}

/* "n2" for each promoted instance. */
static void assert_promoted(const struct world *w, size_t number, const char *expected)
{
	GString *text = g_string_new(NULL);
	for_each_node(n, w->c) for_each_child_of(
		instance, world_resource(w, "c")) if (instance->assigned == n && instance->next_role == ROLE_PROMOTED)
		g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", n->name);
	if (strcmp(text->str, expected) != 0)
		fail_msg("case %zu: promoted on %s", number, text->str);
	(void)g_string_free(text, TRUE);
}

#define BY_ROLE(node, score) "<rsc_location id='l' rsc='c' role='Promoted' node='" node "' score='" score "'/>"
#define SCORES(a, b, c)                                                       \
	{                                                                     \
		PAIR("master-i", a), PAIR("master-i", b), PAIR("master-i", c) \
	}
#define ALL                                              \
	{                                                \
		STARTED("i"), STARTED("i"), STARTED("i") \
	}

static void test_who_is_promoted(void **state)
{
	(void)state;
	static const struct {
		struct world_parts parts;
		const char *expected;
	} cases[] = {
		/* Without a score nobody is. */
		{{.resources = CLONE(PROMOTABLE), .history = ALL}, ""},
		{{.resources = CLONE(PROMOTABLE), .history = ALL, .attributes = SCORES("5", "10", "7")}, "n2"},
		{{.resources = CLONE(PROMOTABLE PAIR("promoted-max", "2")),
		  .history = ALL,
		  .attributes = SCORES("5", "10", "7")},
		 "n2 n3"},
		{{.resources = CLONE(PROMOTABLE), .history = ALL, .attributes = SCORES("-5", "-1", "-7")}, ""},
		{{.resources = CLONE(PROMOTABLE),
		  .history = {STARTED("i"), STARTED("i"), PROMOTED("i")},
		  .attributes = SCORES("5", "5", "5")},
		 "n3"},
		/* A constraint can replace the score, and outweigh it. */
		{{.resources = CLONE(PROMOTABLE), .constraints = BY_ROLE("n3", "1"), .history = ALL}, "n3"},
		{{.resources = CLONE(PROMOTABLE),
		  .constraints = BY_ROLE("n1", "6"),
		  .history = ALL,
		  .attributes = SCORES("5", "10", "7")},
		 "n1"},
		{{.resources = CLONE(PROMOTABLE),
		  .constraints = BY_ROLE("n2", "-INFINITY"),
		  .history = ALL,
		  .attributes = SCORES("5", "10", "7")},
		 "n3"},
		{{.resources = CLONE(PROMOTABLE PAIR("target-role", "Unpromoted")),
		  .history = ALL,
		  .attributes = SCORES("5", "10", "7")},
		 ""},
		/* Who wants to be with the promoted one is heard. */
		{{.resources = CLONE(PROMOTABLE) DUMMY("a", ""),
		  .constraints =
			  "<rsc_colocation id='k' rsc='a' with-rsc='c' with-rsc-role='Promoted' score='INFINITY'/>"
			  "<rsc_location id='l' rsc='a' node='n3' score='100'/>",
		  .history = ALL,
		  .attributes = SCORES("5", "10", "7")},
		 "n3"},
		/* To be promoted where another is. */
		{{.resources = CLONE(PROMOTABLE) DUMMY("a", ""),
		  .constraints = "<rsc_colocation id='k' rsc='c' rsc-role='Promoted' with-rsc='a' score='INFINITY'/>"
				 "<rsc_location id='l' rsc='a' node='n1' score='100'/>",
		  .history = ALL,
		  .attributes = SCORES("5", "10", "7")},
		 "n1"},
		{{.resources = CLONE(PROMOTABLE),
		  .constraints = "<rsc_ticket id='t' ticket='T' rsc='c' rsc-role='Promoted'/>",
		  .history = ALL,
		  .attributes = SCORES("5", "10", "7")},
		 ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		world_begin(&w, cases[i].parts);
		scheduler_run(w.c);
		assert_promoted(&w, i, cases[i].expected);
		world_end(&w);
	}
}

static void test_promotion_step_by_step(void **state)
{
	(void)state;
	struct world w;
	prepare(&w,
		(struct world_parts){
			.resources = CLONE(PROMOTABLE PAIR("priority", "3")) DUMMY("a", "") DUMMY("b", ""),
			.constraints =
				"<rsc_colocation id='k' rsc='a' with-rsc='c' with-rsc-role='Promoted' "
				"score='INFINITY'/>"
				"<rsc_colocation id='k2' rsc='b' with-rsc='c' with-rsc-role='Promoted' score='40'/>",
			.history = ALL,
			.attributes = SCORES("5", "10", "-7")});
	struct resource *c = world_resource(&w, "c"), *a = world_resource(&w, "a"), *b = world_resource(&w, "b");
	struct node *n1 = world_node(&w, "n1"), *n2 = world_node(&w, "n2"), *n3 = world_node(&w, "n3");
	for (int i = 0; i < 2; i++) /* a second time changes nothing */
		promotion_scores_add(c);
	struct resource *on_n2 = NULL;
	for_each_child_of(instance, c) if (resource_is_active_on(instance, n2)) on_n2 = instance;
	assert_int_equal(on_n2->allowed[n2->index].score, 1 + 10); /* stickiness and promotion */
	assert_int_equal(on_n2->allowed[n3->index].score, 0);      /* nothing below zero */
	c->assigning = true;
	instances_assign(c, c->children, 3, 1);
	promotion_choose(c);
	c->unassigned = c->assigning = false;
	assert_promoted(&w, 0, "n2");
	assert_ptr_equal(c->children.items[0], on_n2);

	const struct colocation *must = w.c->colocations.items[0], *may = w.c->colocations.items[1];
	promotion_apply_location(c, a, must);
	assert_int_equal(a->allowed[n1->index].score, -SCORE_INFINITY);
	assert_in_range(a->allowed[n2->index].score, 0, SCORE_INFINITY);
	promotion_apply_location(c, b, may);
	assert_int_equal(b->allowed[n1->index].score, 0);
	assert_int_equal(b->allowed[n2->index].score, 40);
	(void)resource_place(a, n2, 0, true, false);
	(void)resource_place(b, n1, 0, true, false);
	assert_int_equal(promotion_apply_priority(c, a, must), SCORE_INFINITY);
	assert_int_equal(promotion_apply_priority(c, b, may), 0);
	assert_int_equal(promotion_apply_priority(c, b, must), -SCORE_INFINITY);

	promotion_priorities_reset(c);
	assert_int_equal(on_n2->priority, 3);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_considered_first), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_who_belongs_to_whom),     cmocka_unit_test(test_who_is_promoted),
		cmocka_unit_test(test_promotion_step_by_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
