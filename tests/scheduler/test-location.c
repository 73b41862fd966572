/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/constraints.h"
#include "scheduler/criteria.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RESOURCES                                     \
	DUMMY("a1", "")                               \
	DUMMY("a2", PARAMS("a2", PAIR("where", "x"))) \
	"<group id='g'>" DUMMY("m1", "") DUMMY("m2", "") "</group><clone id='c'>" DUMMY("i", "") "</clone>"
#define NODES                                                                                                         \
	"<node id='1' uname='n1'>" PARAMS(                                                                            \
		"n1",                                                                                                 \
		"<nvpair id='v1' name='site' value='x'/>"                                                             \
		"<nvpair id='v2' name='wish-1' value='40'/>") "</node>"                                               \
							      "<node id='2' uname='n2'>" PARAMS(                      \
								      "n2", "<nvpair id='v3' name='site' value='y'/>" \
									    "<nvpair id='v4' name='wish-1' "          \
									    "value='no'/>") "</node><node id='3' "    \
											    "uname='n3'/>"

static void begin(struct world *w, const char *constraints)
{
	world_begin(w, (struct world_parts){.resources = RESOURCES, .nodes = NODES, .constraints = constraints});
	scheduler_read_status(w->c);
	constraints_unpack(w->c);
	criteria_apply(w->c);
}

static int score_on(const struct world *w, const char *id, const char *name)
{
	return world_resource(w, id)->allowed[world_node(w, name)->index].score;
}

static void test_what_a_constraint_gives(void **state)
{
	(void)state;
	static const struct {
		const char *constraint, *rsc;
		int scores[3];
	} cases[] = {
		{"<rsc_location id='l' rsc='a1' node='n2' score='30'/>", "a1", {0, 30, 0}},
		{"<rsc_location id='l' rsc='a1' node='N2' score='-INFINITY'/>", "a1", {0, -SCORE_INFINITY, 0}},
		{"<rsc_location id='l' rsc='a1' node='n9' score='30'/>", "a1", {0, 0, 0}},
		/* Of a group, the first member gets it. */
		{"<rsc_location id='l' rsc='g' node='n2' score='30'/>", "m1", {0, 30, 0}},
		{"<rsc_location id='l' rsc='g' node='n2' score='30'/>", "m2", {0, 0, 0}},
		{"<rsc_location id='l' rsc='g' node='n2' score='30'/>", "g", {0, 30, 0}},
		{"<rsc_location id='l' rsc='c' node='n2' score='30'/>", "i:1", {0, 30, 0}},
		/* A role other than promoted is any role; promoted counts later. */
		{"<rsc_location id='l' rsc='a1' node='n2' score='30' role='Started'/>", "a1", {0, 30, 0}},
		{"<rsc_location id='l' rsc='a1' node='n2' score='30' role='Promoted'/>", "a1", {0, 0, 0}},
		/* Rules. */
		{"<rsc_location id='l' rsc='a1'><rule id='r' score='5'><expression id='e' attribute='site' "
		 "operation='eq' value='x'/></rule></rsc_location>",
		 "a1",
		 {5, 0, 0}},
		{"<rsc_location id='l' rsc='a2'><rule id='r' score='5'><expression id='e' attribute='site' "
		 "operation='eq' value='where' value-source='param'/></rule></rsc_location>",
		 "a2",
		 {5, 0, 0}},
		{"<rsc_location id='l' rsc-pattern='a([12])'><rule id='r' score-attribute='wish-%1'><expression id='e' "
		 "attribute='site' operation='defined'/></rule></rsc_location>",
		 "a1",
		 {40, 0, 0}},
		/* Patterns. */
		{"<rsc_location id='l' rsc-pattern='^a' node='n3' score='2'/>", "a2", {0, 0, 2}},
		{"<rsc_location id='l' rsc-pattern='!^a' node='n3' score='2'/>", "a2", {0, 0, 0}},
		{"<rsc_location id='l' rsc-pattern='!^a' node='n3' score='2'/>", "g", {0, 0, 2}},
		/* Sets have their own score and role. */
		{"<rsc_location id='l' node='n1' score='1'><resource_set id='s' score='9'><resource_ref id='a1'/>"
		 "<resource_ref id='a2'/></resource_set></rsc_location>",
		 "a2",
		 {9, 0, 0}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, cases[i].constraint);
		for (int k = 0; k < 3; k++) {
			const char *name = (const char *[]){"n1", "n2", "n3"}[k];
			if (score_on(&w, cases[i].rsc, name) != cases[i].scores[k])
				fail_msg("case %zu: %s has %d on %s", i, cases[i].rsc, score_on(&w, cases[i].rsc, name),
					 name);
		}
		world_end(&w);
	}
}

static void test_what_makes_no_sense(void **state)
{
	(void)state;
	static const struct {
		const char *constraint, *complaint;
	} cases[] = {
		{"<rsc_location id='l' rsc='none' node='n1' score='1'/>", "'none' is not a valid resource"},
		{"<rsc_location id='l' rsc='a1' node='n1' score='much'/>", "'much' is not a valid score"},
		{"<rsc_location id='l' rsc='a1' node='n1' score='1' role='big'/>", "'big' is not a valid role"},
		{"<rsc_location id='l' rsc-pattern='(' node='n1' score='1'/>", "invalid value '('"},
		{"<rsc_location id='l' rsc='a1' node='n1'/>", "neither node and score nor a rule"},
		{"<rsc_location id='l' rsc='a1'><rule id='r' boolean-op='and'/></rsc_location>",
		 "neither score nor score-attribute"},
		{"<rsc_location id='l' rsc='a1'><rule id='r' score='1' boolean-op='xor'/></rsc_location>",
		 "neither and nor or"},
		{"<rsc_location id='l' rsc='a1' node='n1' score='1' resource-discovery='perhaps'/>",
		 "resource-discovery 'perhaps'"},
		{"<rsc_location rsc='a1' node='n1' score='1'/>", "without id"},
		{"<rsc_wish id='l'/>", "Unsupported constraint type"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, cases[i].constraint);
		if (!world_complained(&w, cases[i].complaint))
			fail_msg("case %zu: nobody said \"%s\"", i, cases[i].complaint);
		world_end(&w);
	}
}

static void test_exclusive_discovery_bans_elsewhere(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_location id='l' rsc='a1' node='n2' score='0' resource-discovery='exclusive'/>"
		  "<rsc_location id='m' rsc='a2' node='n2' score='3' resource-discovery='never'/>");
	assert_true(world_resource(&w, "a1")->exclusive_probes);
	assert_int_equal(score_on(&w, "a1", "n1"), -SCORE_INFINITY);
	assert_int_equal(score_on(&w, "a1", "n2"), 0);
	assert_int_equal(world_resource(&w, "a2")->allowed[world_node(&w, "n2")->index].probe, PROBE_NEVER);
	assert_int_equal(score_on(&w, "a2", "n1"), 0);
	world_end(&w);
}

static void test_asymmetric_clusters_allow_only_what_is_said(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.options = PAIR("symmetric-cluster", "false"),
					     .resources = RESOURCES,
					     .constraints = "<rsc_location id='l' rsc='g' node='n2' score='4'/>"});
	scheduler_read_status(w.c);
	constraints_unpack(w.c);
	location_apply(world_resource(&w, "g"), w.c->locations[0]);
	const struct resource *later = world_resource(&w, "m2");
	assert_true(later->allowed[world_node(&w, "n2")->index].present);
	assert_int_equal(score_on(&w, "m2", "n2"), 0);
	assert_false(later->allowed[world_node(&w, "n1")->index].present);
	world_end(&w);
}

static void test_one_rule_is_answered_once(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_location id='l' rsc-pattern='^a'><rule id='r' score='5'><expression id='e' attribute='site' "
		  "operation='eq' value='x'/></rule></rsc_location>");
	const struct resource *a1 = world_resource(&w, "a1"), *a2 = world_resource(&w, "a2");
	assert_ptr_equal(a1->locations[0]->nodes, a2->locations[0]->nodes);
	assert_int_equal(score_on(&w, "a2", "n1"), 5);
	world_end(&w);
}

static void test_a_rule_about_time_asks_for_a_recheck(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_location id='l' rsc='a1'><rule id='r' score='5'><date_expression id='e' operation='gt' "
		  "start='2030-01-01 00:00:00Z'/></rule></rsc_location>");
	assert_int_equal(score_on(&w, "a1", "n1"), 0);
	assert_in_range(w.c->recheck_by, 1893456000, 1893456001);
	world_end(&w);
}

static void test_health_moves_what_does_not_bear_it(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		int a1, a2;
	} cases[] = {
		{"", 0, 0},
		{PAIR("node-health-strategy", "migrate-on-red"), -SCORE_INFINITY, 0},
		{PAIR("node-health-strategy", "progressive") PAIR("node-health-red", "-10")
			 PAIR("node-health-base", "3"),
		 -7, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		world_begin(&w, (struct world_parts){.options = cases[i].options,
						     .resources = DUMMY("a1", "") DUMMY(
							     "a2", META("a2", PAIR("allow-unhealthy-nodes", "true"))),
						     .attributes = {PAIR("#health-disk", "red")}});
		scheduler_read_status(w.c);
		health_apply(w.c);
		criteria_apply(w.c);
		assert_int_equal(score_on(&w, "a1", "n1"), cases[i].a1);
		assert_int_equal(score_on(&w, "a2", "n1"), cases[i].a2);
		world_end(&w);
	}
}

static void test_scores_for_all_below(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "");
	resource_add_score(world_resource(&w, "g"), 6, NULL, "stickiness");
	resource_add_score(world_resource(&w, "g"), -SCORE_INFINITY, world_node(&w, "n3"), "__fail_limit__");
	assert_int_equal(score_on(&w, "m2", "n1"), 6);
	assert_int_equal(score_on(&w, "m2", "n3"), -SCORE_INFINITY);
	struct location *l = location_add(w.c, "made", world_resource(&w, "a1"), 8, NULL, world_node(&w, "n1"));
	location_apply(l->rsc, l);
	assert_int_equal(score_on(&w, "a1", "n1"), 8);
	world_end(&w);
}

/* One element at a time, without the phase around it. */
static void test_one_location(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_location id='l' rsc='a1' node='n2' score='30'/>");
	uint32_t before = w.c->location_count;
	location_unpack(w.c, element_first(document_section(w.d, NAME_CONSTRAINTS)));
	assert_int_equal(w.c->location_count, before + 1);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_constraint_gives),
		cmocka_unit_test(test_what_makes_no_sense),
		cmocka_unit_test(test_exclusive_discovery_bans_elsewhere),
		cmocka_unit_test(test_asymmetric_clusters_allow_only_what_is_said),
		cmocka_unit_test(test_one_rule_is_answered_once),
		cmocka_unit_test(test_a_rule_about_time_asks_for_a_recheck),
		cmocka_unit_test(test_health_moves_what_does_not_bear_it),
		cmocka_unit_test(test_scores_for_all_below),
		cmocka_unit_test(test_one_location),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
