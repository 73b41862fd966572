/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/node-order.h"

#include "rules/score.h"
#include "scheduler/utilization.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NODE(number, name, cpu)                                                                     \
	"<node id='" number "' uname='" name "'><utilization id='u" number "'><nvpair id='u" number \
	"-cpu' name='cpu' value='" cpu "'/></utilization></node>"
#define NEEDS(id, cpu) \
	DUMMY(id, "<utilization id='u-" id "'><nvpair id='u-" id "-cpu' name='cpu' value='" cpu "'/></utilization>")
#define MEMBER(number, name) \
	"<node_state id='" number "' uname='" name "' in_ccm='true' crmd='online' join='member' expected='member'/>"
#define THREE MEMBER("1", "n2") MEMBER("2", "n10") MEMBER("3", "n3")

static void begin(struct world *w, const char *strategy, const char *resources)
{
	char options[128] = "";
	if (strategy != NULL)
		g_snprintf(options, sizeof(options), PAIR("placement-strategy", "%s"), strategy, strategy);
	world_begin(w, (struct world_parts){.options = options,
					    .nodes = NODE("1", "n2", "4") NODE("2", "n10", "8") NODE("3", "n3", "2"),
					    .resources = resources,
					    .status = THREE});
	scheduler_read_status(w->c);
}

static void test_what_makes_a_node_better(void **state)
{
	(void)state;
	struct world w;
	begin(&w, NULL, DUMMY("a", ""));
	struct resource *a = world_resource(&w, "a");
	struct node *n2 = world_node(&w, "n2"), *n10 = world_node(&w, "n10"), *n3 = world_node(&w, "n3");
	struct node *sorted[3];
	/* Names byte by byte, not as numbers. */
	assert_int_equal(node_order_sort(w.c, a->allowed, NULL, sorted), 3);
	assert_ptr_equal(sorted[0], n10);
	assert_ptr_equal(sorted[2], n3);
	assert_ptr_equal(node_order_best(w.c, a->allowed, n3), n3);
	n3->resource_count = 1;
	assert_ptr_equal(node_order_best(w.c, a->allowed, n3), n10);
	a->allowed[n2->index].score = 1;
	assert_true(node_order_compare(n2, n10, a->allowed, NULL) < 0);
	assert_true(node_order_compare(n2, n10, NULL, NULL) > 0);
	/* A node that can run nothing is the last, whatever its score. */
	n2->standby = true;
	assert_ptr_equal(node_order_best(w.c, a->allowed, NULL), n10);
	assert_true(seats_any_available(w.c, a->allowed));
	n10->standby = n3->standby = true;
	assert_false(seats_any_available(w.c, a->allowed));
	assert_int_equal(node_order_sort(w.c, NULL, NULL, sorted), 3);
	world_end(&w);
}

static void test_strategies(void **state)
{
	(void)state;
	static const struct {
		const char *strategy, *best;
	} cases[] = {{"default", "n2"}, {"utilization", "n2"}, {"minimal", "n10"}, {"balanced", "n10"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, cases[i].strategy, DUMMY("a", ""));
		world_node(&w, "n10")->resource_count = 2;
		assert_string_equal(node_order_best(w.c, world_resource(&w, "a")->allowed, NULL)->name, cases[i].best);
		world_end(&w);
	}
}

static void test_capacities(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "utilization", NEEDS("a", "3") NEEDS("b", "x"));
	struct node *n2 = world_node(&w, "n2"), *n10 = world_node(&w, "n10");
	assert_true(utilization_compare(n10, n2) < 0);
	assert_true(utilization_compare(n2, n2) == 0);
	utilization_consume(n10, world_resource(&w, "a"));
	assert_string_equal(table_get(n10->utilization, "cpu"), "5");
	utilization_consume(n10, world_resource(&w, "b"));
	assert_string_equal(table_get(n10->utilization, "cpu"), "5");
	utilization_release(n10, world_resource(&w, "a"));
	assert_string_equal(table_get(n10->utilization, "cpu"), "8");
	/* A node that has what the other has not is the better one. */
	table_set(n2->utilization, "mem", "1");
	assert_int_equal(utilization_compare(n10, n2), 0);
	table_set(n2->utilization, "mem", "-1");
	assert_true(utilization_compare(n10, n2) < -1);
	world_end(&w);
}

static void test_bans(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "utilization", NEEDS("a", "3") NEEDS("b", "3") NEEDS("big", "9"));
	struct resource *a = world_resource(&w, "a"), *big = world_resource(&w, "big");
	assert_null(utilization_ban(a));
	assert_int_equal(a->allowed[world_node(&w, "n3")->index].score, -SCORE_INFINITY);
	assert_int_equal(a->allowed[world_node(&w, "n2")->index].score, 0);
	/* Together with what must be there too. */
	struct resource *b = world_resource(&w, "b");
	colocation_add(w.c, "k", NULL, SCORE_INFINITY, a, b, NULL, NULL, 0);
	assert_null(utilization_ban(b));
	assert_int_equal(b->allowed[world_node(&w, "n2")->index].score, -SCORE_INFINITY);
	assert_int_equal(b->allowed[world_node(&w, "n10")->index].score, 0);
	/* Nobody can carry it: the strongest is named, and the rule is what it alone needs. */
	assert_string_equal(utilization_ban(big)->name, "n10");
	assert_int_equal(big->allowed[world_node(&w, "n10")->index].score, -SCORE_INFINITY);
	world_end(&w);
	begin(&w, NULL, NEEDS("a", "9"));
	assert_null(utilization_ban(world_resource(&w, "a")));
	assert_int_equal(world_resource(&w, "a")->allowed[0].score, 0);
	world_end(&w);
}

static void append_line(void *user, const char *line)
{
	g_string_append_printf(user, "%s\n", line);
}

static void test_reports(void **state)
{
	(void)state;
	struct world w;
	GString *text = g_string_new(NULL);
	begin(&w, "utilization", NEEDS("a", "3"));
	w.c->report.line = append_line;
	w.c->report.user = text;
	utilization_report(w.c, "Original");
	assert_int_equal(text->len, 0); /* not asked for */
	w.c->report.utilization = true;
	utilization_report(w.c, "Original");
	utilization_report_placed(world_resource(&w, "a"), world_node(&w, "n3"));
	assert_string_equal(text->str, "Original: n2 capacity: cpu=4\nOriginal: n3 capacity: cpu=2\n"
				       "Original: n10 capacity: cpu=8\n"
				       "pcmk__assign_resource: a utilization on n3: cpu=3\n");
	world_end(&w);
	(void)g_string_free(text, TRUE);
}

static void test_a_cluster_with_capacities(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "balanced", NEEDS("a", "3") NEEDS("b", "3") NEEDS("d", "3") NEEDS("e", "3"));
	scheduler_run(w.c);
	assert_string_equal(world_resource(&w, "a")->assigned->name, "n10");
	assert_string_equal(world_resource(&w, "b")->assigned->name, "n10");
	assert_string_equal(world_resource(&w, "d")->assigned->name, "n2");
	assert_null(world_resource(&w, "e")->assigned);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_makes_a_node_better),
		cmocka_unit_test(test_strategies),
		cmocka_unit_test(test_capacities),
		cmocka_unit_test(test_bans),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_a_cluster_with_capacities),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
