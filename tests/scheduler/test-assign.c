/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/assign.h"

#include "rules/score.h"
#include "scheduler/assign-kinds.h"
#include "scheduler/assign-state.h"
#include "scheduler/constraints.h"
#include "scheduler/criteria.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define STARTED(id)          HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "1", "0", "0", "0", ""))
#define GROUP                "<group id='g'>" DUMMY("m1", "") DUMMY("m2", "") "</group>"
#define CLONE(meta)          "<clone id='c'>" META("c", meta) DUMMY("i", "") "</clone>"
#define WITH(a, b, score)    "<rsc_colocation id='k-" a "-" b "' rsc='" a "' with-rsc='" b "' score='" score "'/>"
#define AT(rsc, node, score) "<rsc_location id='l-" rsc "-" node "' rsc='" rsc "' node='" node "' score='" score "'/>"

/* "a=n1 b=-": where each of these is. */
static void assert_placed(const struct world *w, size_t number, const char *expected)
{
	GString *text = g_string_new(NULL);
	gchar **words = g_strsplit(expected, " ", 0);
	for (gchar **word = words; *word != NULL; word++) {
		char *mark = strchr(*word, '=');
		*mark = '\0';
		const struct node *n = world_resource(w, *word)->assigned;
		g_string_append_printf(text, "%s%s=%s", text->len > 0 ? " " : "", *word, n != NULL ? n->name : "-");
	}
	if (strcmp(text->str, expected) != 0)
		fail_msg("case %zu: %s, not %s", number, text->str, expected);
	g_strfreev(words);
	(void)g_string_free(text, TRUE);
}

static void test_where_resources_go(void **state)
{
	(void)state;
	static const struct {
		struct world_parts parts;
		const char *expected;
	} cases[] = {
		/* The node with the fewest, then by name. */
		{{.resources = DUMMY("a", "") DUMMY("b", "") DUMMY("d", "") DUMMY("e", "")}, "a=n1 b=n2 d=n3 e=n1"},
		{{.resources = DUMMY("a", "") DUMMY("b", ""), .constraints = AT("b", "n1", "1")}, "a=n1 b=n1"},
		{{.resources = DUMMY("a", ""), .constraints = AT("a", "n3", "5") AT("a", "n2", "4")}, "a=n3"},
		/* Where it is, when nothing is better. */
		{{.resources = DUMMY("a", ""), .history = {NULL, STARTED("a")}}, "a=n2"},
		{{.resources = DUMMY("a", ""), .constraints = AT("a", "n3", "5"), .history = {NULL, STARTED("a")}},
		 "a=n3"},
		{{.resources = DUMMY("a", META("a", PAIR("resource-stickiness", "6"))),
		  .constraints = AT("a", "n3", "5"),
		  .history = {NULL, STARTED("a")}},
		 "a=n2"},
		/* Priority chooses first. */
		{{.resources = DUMMY("a", "") DUMMY("b", META("b", PAIR("priority", "1")))}, "a=n2 b=n1"},
		{{.resources = DUMMY("a", META("a", PAIR("target-role", "Stopped")))}, "a=-"},
		{{.options = PAIR("stop-all-resources", "true"), .resources = DUMMY("a", "")}, "a=-"},
		/* Nobody manages it: it stays, whatever is wished. */
		{{.resources = DUMMY("a", META("a", PAIR("is-managed", "false"))),
		  .constraints = AT("a", "n2", "-INFINITY"),
		  .history = {NULL, STARTED("a")}},
		 "a=n2"},
		{{.options = PAIR("fencing-enabled", "true"), .resources = DUMMY("a", "")}, "a=-"},
		{{.options = PAIR("symmetric-cluster", "false"), .resources = DUMMY("a", "")}, "a=-"},
		/* Colocations. */
		{{.resources = DUMMY("a", "") DUMMY("b", ""),
		  .constraints = WITH("a", "b", "INFINITY") AT("b", "n2", "1")},
		 "a=n2 b=n2"},
		{{.resources = DUMMY("a", "") DUMMY("b", ""),
		  .constraints = WITH("a", "b", "-INFINITY") AT("a", "n1", "9")},
		 "a=n1 b=n2"},
		{{.resources = DUMMY("a", "") DUMMY("b", ""),
		  .constraints = WITH("a", "b", "INFINITY") AT("a", "n3", "2")},
		 "a=n3 b=n3"},
		{{.resources = DUMMY("a", "") DUMMY("b", META("b", PAIR("target-role", "Stopped"))),
		  .constraints = WITH("a", "b", "INFINITY")},
		 "a=- b=-"},
		{{.resources = DUMMY("a", "") DUMMY("b", META("b", PAIR("target-role", "Stopped"))),
		  .constraints = WITH("a", "b", "1000")},
		 "a=n1 b=-"},
		/* A loop is cut, not followed for ever. */
		{{.resources = DUMMY("a", "") DUMMY("b", ""),
		  .constraints = WITH("a", "b", "INFINITY") WITH("b", "a", "INFINITY")},
		 "a=n1 b=n1"},
		/* Groups. */
		{{.resources = GROUP DUMMY("a", ""), .constraints = AT("g", "n2", "3")}, "m1=n2 m2=n2 a=n1"},
		{{.resources = GROUP, .constraints = AT("m2", "n3", "-INFINITY") AT("g", "n3", "3")}, "m1=n1 m2=n1"},
		{{.resources = GROUP DUMMY("a", ""),
		  .constraints = WITH("a", "g", "INFINITY") AT("m2", "n1", "-INFINITY") AT("m2", "n2", "-INFINITY")},
		 "m1=n3 m2=n3 a=n3"},
		/* Clones. */
		{{.resources = CLONE("")}, "i:0=n1 i:1=n2 i:2=n3"},
		{{.resources = CLONE(PAIR("clone-max", "2"))}, "i:0=n1 i:1=n2"},
		{{.resources =
			  CLONE(PAIR("clone-node-max", "2") PAIR("globally-unique", "true") PAIR("clone-max", "4"))},
		 "i:0=n1 i:1=n2 i:2=n3 i:3=n1"},
		{{.resources = CLONE(""), .constraints = AT("c", "n2", "-INFINITY")}, "i:0=n1 i:1=n3 i:2=-"},
		{{.resources = CLONE(PAIR("clone-max", "1")), .history = {NULL, STARTED("i")}}, "i:0=n2"},
		{{.resources = CLONE(PAIR("clone-max", "1")) DUMMY("a", ""),
		  .constraints = WITH("a", "c", "INFINITY") AT("c", "n3", "1")},
		 "i:0=n3 a=n3"},
		{{.resources = CLONE(PAIR("clone-max", "2")) DUMMY("a", ""),
		  .constraints = WITH("c", "a", "-INFINITY")},
		 "a=n1 i:0=n2 i:1=n3"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		world_begin(&w, cases[i].parts);
		scheduler_run(w.c);
		assert_placed(&w, i, cases[i].expected);
		world_end(&w);
	}
}

static void test_interleaved_instances_are_together(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = "<clone id='c'>" META("c", PAIR("interleave", "true")
											     PAIR("clone-max", "2"))
						     DUMMY("i", "") "</clone><clone id='d'>" META(
							     "d", "<nvpair id='x' name='interleave' value='true'/>"
								  "<nvpair id='y' name='clone-max' value='2'/>")
							     DUMMY("k", "") "</clone>",
					     .constraints = WITH("d", "c", "INFINITY") AT("c", "n1", "-INFINITY")});
	scheduler_run(w.c);
	assert_placed(&w, 0, "i:0=n2 i:1=n3 k:0=n2 k:1=n3");
	world_end(&w);
}

static void test_bundles_have_nodes_of_their_own(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w,
		    (struct world_parts){
			    .resources = "<bundle id='b'><docker image='x' replicas='2'/><network control-port='9'/>"
					 "" DUMMY("p", "") "</bundle>"});
	scheduler_run(w.c);
	const struct resource *b = world_resource(&w, "b");
	assert_placed(&w, 0, "b-docker-0=n1 b-docker-1=n2 b-0=n1 b-1=n2");
	assert_string_equal(b->bundle.replicas[0].child->assigned->name, "b-0");
	assert_string_equal(b->bundle.replicas[1].child->assigned->name, "b-1");
	world_end(&w);
}

static void prepare(struct world *w, struct world_parts parts)
{
	world_begin(w, parts);
	scheduler_read_status(w->c);
	constraints_unpack(w->c);
	criteria_apply(w->c);
}

static void test_placing_and_taking_back(void **state)
{
	(void)state;
	struct world w;
	prepare(&w, (struct world_parts){.resources = GROUP DUMMY("a", "")});
	struct resource *a = world_resource(&w, "a"), *g = world_resource(&w, "g");
	struct node *n1 = world_node(&w, "n1");
	assert_true(resource_place(a, n1, 5, false, false));
	assert_false(resource_place(a, n1, 5, false, false));
	assert_int_equal(a->assigned_score, 5);
	assert_int_equal(n1->resource_count, 1);
	assert_false(a->unassigned);
	resource_unassign(a);
	assert_true(a->unassigned);
	assert_null(a->assigned);
	assert_int_equal(n1->resource_count, 0);
	assert_int_equal(n1->assigned->count, 0);
	/* Where it may not run it is not placed, unless forced. */
	assert_false(resource_place(a, n1, -1, false, true));
	assert_int_equal(a->next_role, ROLE_STOPPED);
	assert_true(resource_place(a, n1, -1, true, true));
	assert_true(resource_place(g, n1, 0, false, false));
	assert_int_equal(n1->resource_count, 3);
	resource_unassign(g);
	assert_int_equal(n1->resource_count, 1);
	world_end(&w);
}

static void test_what_cannot_run_plans_its_stop(void **state)
{
	(void)state;
	struct world w;
	prepare(&w, (struct world_parts){.resources = DUMMY("a", "")});
	struct resource *a = world_resource(&w, "a");
	struct node *n1 = world_node(&w, "n1");
	struct action *stop = action_stop(a, n1, true), *start = action_start(a, n1, true);
	assert_false(resource_place(a, NULL, 0, true, true));
	assert_false(action_is(stop, ACTION_OPTIONAL));
	assert_false(action_is(start, ACTION_RUNNABLE));
	assert_int_equal(a->next_role, ROLE_STOPPED);
	world_end(&w);
}

static void test_one_at_a_time(void **state)
{
	(void)state;
	struct world w;
	prepare(&w, (struct world_parts){.resources = DUMMY("a", "") DUMMY("b", "") DUMMY("e", "") GROUP CLONE(""),
					 .constraints = WITH("a", "b", "INFINITY")});
	struct node *n2 = world_node(&w, "n2");
	/* What it depends on goes first. */
	assert_ptr_equal(resource_assign(world_resource(&w, "a"), NULL, true), world_node(&w, "n1"));
	assert_placed(&w, 0, "a=n1 b=n1");
	/* The preferred node, when no other is better. */
	assert_ptr_equal(primitive_assign(world_resource(&w, "e"), world_node(&w, "n1"), true), world_node(&w, "n1"));
	assert_ptr_equal(group_assign(world_resource(&w, "g"), n2, true), n2);
	assert_ptr_equal(group_assign(world_resource(&w, "g"), NULL, true), world_resource(&w, "g")->assigned);
	clone_assign(world_resource(&w, "c"), NULL, true);
	assert_false(world_resource(&w, "c")->unassigned);
	assert_int_equal(world_resource(&w, "c")->allowed[n2->index].count, 1);
	world_end(&w);
}

static void count_line(void *user, const char *line)
{
	GString *text = user;
	g_string_append_printf(text, "%s\n", line);
}

static void count_item(void *user, const struct score_item *item)
{
	GString *text = user;
	g_string_append_printf(text, "%d %s %s %s %s\n", (int)item->kind, item->phase != NULL ? item->phase : "-",
			       item->rsc, item->node != NULL ? item->node : "-", item->score);
}

static void test_scores_are_told_as_data(void **state)
{
	(void)state;
	struct world w;
	GString *text = g_string_new(NULL);
	prepare(&w, (struct world_parts){.resources = GROUP, .constraints = AT("g", "n2", "-INFINITY")});
	w.c->report = (struct score_report){.line = count_line, .item = count_item, .user = text};
	struct resource *m1 = world_resource(&w, "m1");
	scores_report(m1, "test");
	promotion_report(m1);
	assert_string_equal(text->str, "0 test m1 n1 0\n0 test m1 n2 -INFINITY\n0 test m1 n3 0\n1 - m1 - 0\n");
	g_string_truncate(text, 0);
	w.c->report.no_scores = true;
	scores_report(m1, "test");
	promotion_report(m1);
	assert_string_equal(text->str, "");
	world_end(&w);
	(void)g_string_free(text, TRUE);
}

static void test_scores_are_told_as_they_are(void **state)
{
	(void)state;
	struct world w;
	GString *text = g_string_new(NULL);
	prepare(&w, (struct world_parts){.resources = GROUP, .constraints = AT("g", "n2", "-INFINITY")});
	scores_report(world_resource(&w, "g"), "nobody asked");
	w.c->report.line = count_line;
	w.c->report.user = text;
	scores_report(world_resource(&w, "g"), "test");
	assert_string_equal(text->str, "test: g allocation score on n1: 0\n"
				       "test: g allocation score on n2: -INFINITY\n"
				       "test: g allocation score on n3: 0\n"
				       "test: m1 allocation score on n1: 0\n"
				       "test: m1 allocation score on n2: -INFINITY\n"
				       "test: m1 allocation score on n3: 0\n"
				       "test: m2 allocation score on n1: 0\n"
				       "test: m2 allocation score on n2: 0\n"
				       "test: m2 allocation score on n3: 0\n");
	g_string_truncate(text, 0);
	struct resource *m1 = world_resource(&w, "m1");
	m1->promotion_priority = -SCORE_INFINITY;
	promotion_report(m1);
	(void)resource_place(m1, world_node(&w, "n1"), 0, true, false);
	m1->promotion_priority = 10;
	promotion_report(m1);
	m1->removed = true;
	scores_report(m1, "removed ones are not told of");
	assert_string_equal(text->str, "m1 promotion score (inactive): -INFINITY\nm1 promotion score on n1: 10\n");
	world_end(&w);
	(void)g_string_free(text, TRUE);
}

static void test_all_with_bundle_and_state(void **state)
{
	(void)state;
	struct world w;
	prepare(&w, (struct world_parts){.resources = "<bundle id='b'><docker image='x'/></bundle>" DUMMY("a", "")});
	assert_ptr_equal(assign_state(w.c), assign_state(w.c));
	assert_non_null(assign_state(w.c)->scratch);
	bundle_assign(world_resource(&w, "b"), NULL, true);
	assert_placed(&w, 0, "b-docker-0=n1 a=-");
	assign_all(w.c);
	assert_placed(&w, 1, "b-docker-0=n1 a=n2");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_resources_go),
		cmocka_unit_test(test_interleaved_instances_are_together),
		cmocka_unit_test(test_bundles_have_nodes_of_their_own),
		cmocka_unit_test(test_placing_and_taking_back),
		cmocka_unit_test(test_what_cannot_run_plans_its_stop),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_scores_are_told_as_they_are),
		cmocka_unit_test(test_scores_are_told_as_data),
		cmocka_unit_test(test_all_with_bundle_and_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
