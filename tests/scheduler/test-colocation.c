/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/colocation.h"

#include "rules/score.h"
#include "scheduler/assign-state.h"
#include "scheduler/assign.h"
#include "scheduler/colocation-scores.h"
#include "scheduler/colocation-values.h"
#include "scheduler/constraints.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RESOURCES                                        \
	DUMMY("a", "")                                   \
	DUMMY("b", META("b", PAIR("priority", "5")))     \
	DUMMY("d", META("d", PAIR("critical", "false"))) \
	"<group id='g'>" DUMMY("m1", "") DUMMY("m2", "") \
		DUMMY("m3", "") "</group><clone id='c'>" DUMMY("i", "") "</clone>"
#define NODES                                                                                                          \
	"<node id='1' uname='n1'>" PARAMS("n1", "<nvpair id='v1' name='site' value='x'/>") "</node><node id='2' "      \
											   "uname='n2'>" PARAMS(       \
												   "n2", "<nvpair "    \
													 "id='v2' "    \
													 "name='site'" \
													 " value='X'/" \
													 ">") "</"     \
													      "node><" \
													      "node "  \
													      "id='3'" \
													      " uname" \
													      "='n3'/" \
													      ">"

static void begin(struct world *w, const char *constraints)
{
	world_begin(w, (struct world_parts){.resources = RESOURCES, .nodes = NODES, .constraints = constraints});
	scheduler_read_status(w->c);
	constraints_unpack(w->c);
}

/* "a>b 10" for each colocation that was made, in order of creation. */
static void assert_made(const struct world *w, size_t number, const char *expected)
{
	GString *text = g_string_new(NULL);
	for (uint32_t i = 0; i < w->c->colocations.count; i++) {
		const struct colocation *l = w->c->colocations.items[i];
		char score[16];
		g_string_append_printf(text, "%s%s>%s %s", i > 0 ? ", " : "", l->dependent->id, l->primary->id,
				       score_text(l->score, score));
	}
	if (strcmp(text->str, expected) != 0)
		fail_msg("case %zu: %s", number, text->str);
	(void)g_string_free(text, TRUE);
}

#define SET(id, rest, refs) "<resource_set id='" id "' " rest ">" refs "</resource_set>"
#define REF(id)             "<resource_ref id='" id "'/>"

static void test_what_constraints_make(void **state)
{
	(void)state;
	static const struct {
		const char *constraint, *expected;
	} cases[] = {
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='10'/>", "a>b 10"},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='0'/>", ""},
		{"<rsc_colocation id='k' rsc='a' with-rsc='none' score='10'/>", ""},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='x'/>", ""},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='1' rsc-role='Wrong'/>", ""},
		{"<rsc_colocation id='k' score='10'>" SET("s", "", REF("a") REF("b") REF("d")) "</rsc_colocation>",
		 "b>a 10, d>b 10"},
		{"<rsc_colocation id='k' score='10'>" SET("s", "ordering='reverse'",
							  REF("a") REF("b")) "</rsc_colocation>",
		 "a>b 10"},
		{"<rsc_colocation id='k' score='10'>" SET("s", "sequential='false'",
							  REF("a") REF("b")) "</rsc_colocation>",
		 ""},
		{"<rsc_colocation id='k' score='-5'>" SET("s", "", REF("a") REF("b") REF("d")) "</rsc_colocation>",
		 "b>a -5, d>a -5, d>b -5"},
		/* Sets with each other: a sequential one is spoken for by its end. */
		{"<rsc_colocation id='k' score='10'>" SET("s", "score='3'", REF("a") REF("b"))
			 SET("t", "", REF("d") REF("g")) "</rsc_colocation>",
		 "b>a 3, g>d 10, a>g 10"},
		{"<rsc_colocation id='k' score='10'>" SET("s", "sequential='false'", REF("a") REF("b"))
			 SET("t", "sequential='false'", REF("d") REF("g")) "</rsc_colocation>",
		 "a>d 10, a>g 10, b>d 10, b>g 10"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, cases[i].constraint);
		assert_made(&w, i, cases[i].expected);
		world_end(&w);
	}
}

static void test_influence(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k1' rsc='a' with-rsc='b' score='10'/>"
		  "<rsc_colocation id='k2' rsc='d' with-rsc='b' score='10'/>"
		  "<rsc_colocation id='k3' rsc='d' with-rsc='b' score='10' influence='true'/>"
		  "<rsc_colocation id='k4' rsc='a' with-rsc='b' score='10' influence='false'/>");
	struct resource *b = world_resource(&w, "b");
	/* Whoever is not active yet listens to all. */
	for (uint32_t i = 0; i < 4; i++)
		assert_true(colocation_has_influence(w.c->colocations.items[i], NULL));
	node_set_add(&w.c->arena, &b->active, world_node(&w, "n1"));
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(colocation_has_influence(w.c->colocations.items[i], b), i % 2 == 0);
	world_end(&w);
}

static void assert_list(struct colocation_list list, const char *const *ids, uint32_t count)
{
	assert_int_equal(list.count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_string_equal(list.items[i]->id, ids[i]);
}

static void test_lists_go_by_the_other_resource(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='kd' rsc='a' with-rsc='d' score='1'/>"
		  "<rsc_colocation id='kc' rsc='a' with-rsc='c' score='1'/>"
		  "<rsc_colocation id='kg' rsc='a' with-rsc='g' score='1'/>"
		  "<rsc_colocation id='kb' rsc='a' with-rsc='b' score='1'/>"
		  "<rsc_colocation id='kd2' rsc='a' with-rsc='d' score='2'/>");
	/* Priority, then kind, then id; the later of two with the same. */
	assert_list(colocations_this_with(world_resource(&w, "a")), (const char *[]){"kb", "kc", "kg", "kd2", "kd"}, 5);
	assert_int_equal(colocations_with_this(world_resource(&w, "a")).count, 0);
	assert_list(colocations_with_this(world_resource(&w, "d")), (const char *[]){"kd2", "kd"}, 2);
	world_end(&w);
}

static void test_who_takes_part_in_what(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k1' rsc='g' with-rsc='a' score='INFINITY'/>"
		  "<rsc_colocation id='k2' rsc='b' with-rsc='g' score='1'/>"
		  "<rsc_colocation id='k3' rsc='m2' with-rsc='d' score='1'/>"
		  "<rsc_colocation id='k4' rsc='c' with-rsc='a' score='1'/>");
	assert_list(colocations_this_with(world_resource(&w, "m1")), (const char *[]){"k1", "k3"}, 2);
	assert_list(colocations_this_with(world_resource(&w, "m3")), NULL, 0);
	assert_list(colocations_with_this(world_resource(&w, "m3")), (const char *[]){"k2"}, 1);
	assert_list(colocations_with_this(world_resource(&w, "m1")), NULL, 0);
	/* Only those that name it. */
	assert_list(*colocations_own_with_this(world_resource(&w, "m3")), NULL, 0);
	assert_list(*colocations_own_with_this(world_resource(&w, "g")), (const char *[]){"k2"}, 1);
	assert_list(*colocations_own_this_with(world_resource(&w, "g")), (const char *[]){"k1"}, 1);
	assert_list(colocations_this_with(world_resource(&w, "i:0")), (const char *[]){"k4"}, 1);
	/* Where one before it is not managed, a member follows what the group must follow. */
	resource_unmanage(world_resource(&w, "m1"));
	assert_false(world_resource(&w, "m1")->managed);
	assert_list(colocations_this_with(world_resource(&w, "m3")), (const char *[]){"k1"}, 1);
	world_end(&w);
}

static void test_what_must_be_apart_is_ordered(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k' rsc='a' with-rsc='b' score='-INFINITY' rsc-role='Unpromoted'/>");
	unsigned count = 0;
	for (const struct ordering *o = w.c->first_ordering; o != NULL; o = o->next)
		count++;
	/* a: stop or promote before b's start; b: stop before a's start or demote. */
	assert_int_equal(count, 4);
	world_end(&w);
}

static void test_values_of_an_attribute(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k' rsc='a' with-rsc='b' score='5' node-attribute='site'/>"
		  "<rsc_colocation id='l' rsc='a' with-rsc='b' score='5'/>");
	struct node *n[3] = {world_node(&w, "n1"), world_node(&w, "n2"), world_node(&w, "n3")};
	const struct resource *a = world_resource(&w, "a");
	const int32_t *site = colocation_values(w.c, w.c->colocations.items[0]);
	const int32_t *name = colocation_values(w.c, w.c->colocations.items[1]);
	assert_int_equal(colocation_value(site, n[0], a), colocation_value(site, n[1], a));
	assert_int_equal(colocation_value(site, n[2], a), -1);
	assert_int_not_equal(colocation_value(name, n[0], a), colocation_value(name, n[1], a));
	assert_string_equal(colocation_node_value(n[1], "site", a), "X");
	assert_null(colocation_node_value(n[2], "site", a));
	assert_ptr_equal(colocation_node(n[0], a), n[0]);
	assert_non_null(colocation_scratch(w.c));
	world_end(&w);
}

static int score_on(const struct world *w, const char *id, const char *name)
{
	return world_resource(w, id)->allowed[world_node(w, name)->index].score;
}

static void test_a_dependent_follows(void **state)
{
	(void)state;
	static const struct {
		const char *constraint, *on;
		int scores[3];
	} cases[] = {
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='10'/>", "n2", {0, 10, 0}},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='-10'/>", "n2", {0, -10, 0}},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='INFINITY'/>",
		 "n2",
		 {-SCORE_INFINITY, 0, -SCORE_INFINITY}},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='-INFINITY'/>", "n2", {0, -SCORE_INFINITY, 0}},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='INFINITY'/>",
		 NULL,
		 {-SCORE_INFINITY, -SCORE_INFINITY, -SCORE_INFINITY}},
		/* A wish that leaves no place is given up. */
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='10'/>", NULL, {0, 0, 0}},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='-10'/>", NULL, {0, 0, 0}},
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='10' node-attribute='site'/>", "n2", {10, 10, 0}},
		/* By role: b will not be promoted. */
		{"<rsc_colocation id='k' rsc='a' with-rsc='b' score='10' with-rsc-role='Promoted'/>", "n2", {0, 0, 0}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, cases[i].constraint);
		struct resource *a = world_resource(&w, "a"), *b = world_resource(&w, "b");
		struct node *n = cases[i].on != NULL ? world_node(&w, cases[i].on) : NULL;
		assert_int_equal(colocation_apply(a, b, w.c->colocations.items[0], true), 0);
		assert_int_equal(score_on(&w, "a", "n1"), 0); /* b has not been assigned yet */
		(void)resource_place(b, n, 0, true, false);
		assert_int_equal(colocation_apply(a, b, w.c->colocations.items[0], true), 0);
		for (int k = 0; k < 3; k++)
			if (score_on(&w, "a", (const char *[]){"n1", "n2", "n3"}[k]) != cases[i].scores[k])
				fail_msg("case %zu, n%d: %d", i, k + 1,
					 score_on(&w, "a", (const char *[]){"n1", "n2", "n3"}[k]));
		world_end(&w);
	}
}

static void test_whom_it_affects(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k' rsc='a' with-rsc='b' score='10' with-rsc-role='Promoted'/>");
	struct resource *a = world_resource(&w, "a"), *b = world_resource(&w, "b");
	const struct colocation *l = w.c->colocations.items[0];
	assert_false(colocation_is_mandatory(l));
	assert_int_equal(colocation_effect(a, b, l, false), COLOCATION_NOTHING);
	b->next_role = ROLE_PROMOTED;
	assert_int_equal(colocation_role_of(b), ROLE_PROMOTED);
	assert_int_equal(colocation_effect(a, b, l, true), COLOCATION_ON_LOCATION);
	assert_int_equal(colocation_effect(a, b, l, false), COLOCATION_NOTHING);
	b->unassigned = false;
	assert_int_equal(colocation_effect(a, b, l, false), COLOCATION_ON_LOCATION);
	a->unassigned = false;
	assert_int_equal(colocation_effect(a, b, l, false), COLOCATION_NOTHING);
	world_end(&w);
}

static void test_a_primary_asks(void **state)
{
	(void)state;
	static const struct {
		const char *score;
		int wish; /* of a for n2, and of what is with a */
		int deeper;
		int result;
	} cases[] = {
		{"INFINITY", 50, 0, 50},
		{"500000", 50, 0, 25},
		{"1", 50, 0, 1}, /* small, but not nothing */
		{"-1", 50, 0, -1},
		{"-INFINITY", -50, 0, 0}, /* what a does not want is no reason for b */
		{"INFINITY", 50, 7, 57},
		{"500000", 50, 7, 29}, /* 25 and half of 7, rounded away from zero */
		{"INFINITY", -SCORE_INFINITY, 7, -SCORE_INFINITY},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, "<rsc_colocation id='k2' rsc='d' with-rsc='a' score='INFINITY'/>");
		struct resource *a = world_resource(&w, "a"), *b = world_resource(&w, "b");
		int score;
		assert_true(score_parse(cases[i].score, 0, &score));
		colocation_add(w.c, "k1", NULL, score, a, b, NULL, NULL, COLOCATION_INFLUENCE);
		resource_add_score(a, cases[i].wish, world_node(&w, "n2"), "test");
		resource_add_score(world_resource(&w, "d"), cases[i].deeper, world_node(&w, "n2"), "test");
		colocation_add_dependent(w.c->colocations.items[1], b);
		assert_int_equal(score_on(&w, "b", "n2"), cases[i].result);
		assert_int_equal(score_on(&w, "b", "n1"), 0);
		world_end(&w);
	}
}

static void test_spreading_without_going_below_zero(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k1' rsc='a' with-rsc='b' score='INFINITY'/>");
	struct resource *a = world_resource(&w, "a"), *b = world_resource(&w, "b");
	struct node *n1 = world_node(&w, "n1"), *n2 = world_node(&w, "n2"), *n3 = world_node(&w, "n3");
	resource_add_score(a, -50, n1, "test");
	resource_add_score(a, -50, n2, "test");
	resource_add_score(a, 9, n3, "test");
	struct seat *seats = seats_copy(w.c, b->allowed);
	seats[n1->index].score = 20;
	colocation_spread(a, b, seats, w.c->colocations.items[0], 1, SPREAD_NONNEGATIVE);
	assert_int_equal(seats[n1->index].score, 1); /* spoiled */
	assert_int_equal(seats[n2->index].score, 0); /* left alone */
	assert_int_equal(seats[n3->index].score, 9);
	/* The other way round: what a's primaries would like. */
	resource_add_score(b, 30, n2, "test");
	colocation_spread_own(a, seats);
	assert_int_equal(seats[n2->index].score, -20);
	assert_false(a->updating_nodes);
	assert_false(b->updating_nodes);
	world_end(&w);
}

static void test_only_where_the_primary_is(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k1' rsc='a' with-rsc='b' score='INFINITY'/>");
	struct resource *a = world_resource(&w, "a");
	struct seat *table = seats_new(w.c);
	(void)seats_add(table, world_node(&w, "n2"), 40);
	colocation_intersect(a, table, true, w.c->colocations.items[0]);
	assert_int_equal(score_on(&w, "a", "n1"), -SCORE_INFINITY);
	assert_int_equal(score_on(&w, "a", "n2"), 40);
	world_end(&w);
}

/* What is remembered of a chain is forgotten when someone in it changes its mind. */
static void test_remembered_sums_follow_changes(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k1' rsc='a' with-rsc='b' score='INFINITY'/>"
		  "<rsc_colocation id='k2' rsc='d' with-rsc='a' score='INFINITY'/>");
	struct resource *b = world_resource(&w, "b"), *d = world_resource(&w, "d");
	struct node *n2 = world_node(&w, "n2");
	const struct colocation *l = w.c->colocations.items[0];
	int wish = 0;
	for (int i = 0; i < 8; i++) {
		struct seat *seats = seats_copy(w.c, b->allowed);
		colocation_spread(l->dependent, b, seats, l, 1, SPREAD_ACTIVE);
		assert_int_equal(seats[n2->index].score, wish);
		if (i % 2 == 1) {
			resource_add_score(d, 10, n2, "test");
			wish += 10;
		}
		if (i == 6) {
			d->allowed[n2->index].score = wish = 3; /* behind the ledger's back: to be said by hand */
			spread_forget(d);
		}
	}
	world_end(&w);
}

/* Where there are more ways round than can be walked, the first ones count, and then only what is direct. */
static void test_ways_without_end(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k1' rsc='a' with-rsc='b' score='INFINITY'/>"
		  "<rsc_colocation id='k2' rsc='d' with-rsc='a' score='INFINITY'/>");
	struct resource *b = world_resource(&w, "b");
	struct node *n2 = world_node(&w, "n2");
	const struct colocation *l = w.c->colocations.items[0];
	static const int wishes[] = {17, 7, 7};
	resource_add_score(world_resource(&w, "a"), 7, n2, "test");
	resource_add_score(world_resource(&w, "d"), 10, n2, "test");
	assign_state(w.c)->followed = FOLLOWED_MOST - 1;
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		struct seat *seats = seats_copy(w.c, b->allowed);
		colocation_spread(l->dependent, b, seats, l, 1, SPREAD_ACTIVE);
		assert_int_equal(seats[n2->index].score, wishes[i]);
		assert_true(world_complained(&w, "lead round in more ways than can be followed"));
	}
	world_end(&w);
}

/* Chains as long as a configuration, forward and backward. */
static void test_a_long_chain(void **state)
{
	(void)state;
	enum { LENGTH = 3000 };
	GString *resources = g_string_new(NULL), *constraints = g_string_new(NULL);
	for (int i = 0; i < LENGTH; i++) {
		g_string_append_printf(resources, "<primitive id='r%d' class='ocf' provider='pacemaker' type='Dummy'/>",
				       i);
		if (i > 0)
			g_string_append_printf(constraints,
					       "<rsc_colocation id='k%d' rsc='r%d' with-rsc='r%d' score='INFINITY'/>",
					       i, i - 1, i);
	}
	g_string_append_printf(constraints, "<rsc_location id='l' rsc='r0' node='n3' score='5'/>");
	struct world w;
	world_begin(&w, (struct world_parts){.resources = resources->str, .constraints = constraints->str});
	scheduler_run(w.c);
	assert_ptr_equal(world_resource(&w, "r0")->assigned, world_node(&w, "n3"));
	assert_ptr_equal(world_resource(&w, "r2999")->assigned, world_node(&w, "n3"));
	world_end(&w);
	(void)g_string_free(resources, TRUE);
	(void)g_string_free(constraints, TRUE);
}

/* One element at a time, without the phase around it. */
static void test_one_colocation(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_colocation id='k' rsc='a' with-rsc='b' score='10'/>");
	colocation_unpack(w.c, element_first(document_section(w.d, NAME_CONSTRAINTS)));
	assert_made(&w, 0, "a>b 10, a>b 10");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_constraints_make),
		cmocka_unit_test(test_influence),
		cmocka_unit_test(test_lists_go_by_the_other_resource),
		cmocka_unit_test(test_who_takes_part_in_what),
		cmocka_unit_test(test_what_must_be_apart_is_ordered),
		cmocka_unit_test(test_values_of_an_attribute),
		cmocka_unit_test(test_a_dependent_follows),
		cmocka_unit_test(test_whom_it_affects),
		cmocka_unit_test(test_a_primary_asks),
		cmocka_unit_test(test_spreading_without_going_below_zero),
		cmocka_unit_test(test_only_where_the_primary_is),
		cmocka_unit_test(test_remembered_sums_follow_changes),
		cmocka_unit_test(test_ways_without_end),
		cmocka_unit_test(test_a_long_chain),
		cmocka_unit_test(test_one_colocation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
