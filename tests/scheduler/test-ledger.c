/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/ledger.h"

#include "rules/score.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct resource *begin(struct world *w)
{
	world_begin(w, (struct world_parts){.resources = DUMMY("a", "")});
	scheduler_read_status(w->c);
	return world_resource(w, "a");
}

static int score_on(const struct world *w, const struct resource *r, const char *name)
{
	return r->allowed[world_node(w, name)->index].score;
}

static void test_entries_add_up(void **state)
{
	(void)state;
	struct world w;
	struct resource *a = begin(&w);
	struct node *n1 = world_node(&w, "n1"), *n2 = world_node(&w, "n2");
	ledger_add(a, n1, 100, CAUSE_LOCATION, "l1", NULL);
	ledger_add_all(a, 7, CAUSE_OTHER, "all", NULL);
	ledger_add(a, n1, -SCORE_INFINITY, CAUSE_FAILURE, "f", NULL);
	ledger_set(a, n2, 5, CAUSE_BUNDLE, NULL, NULL);
	ledger_add(a, n2, SCORE_INFINITY, CAUSE_COLOCATION, "k", a);
	assert_int_equal(score_on(&w, a, "n1"), -SCORE_INFINITY);
	assert_int_equal(score_on(&w, a, "n2"), SCORE_INFINITY);
	assert_int_equal(score_on(&w, a, "n3"), 7);
	for_each_node(n, w.c) assert_int_equal(ledger_fold(a, n), a->allowed[n->index].score);
	world_end(&w);
}

static void test_nothing_added_is_no_entry(void **state)
{
	(void)state;
	struct world w;
	struct resource *a = begin(&w);
	ledger_add(a, world_node(&w, "n1"), 0, CAUSE_LOCATION, "l", NULL);
	ledger_add_all(a, 0, CAUSE_LOCATION, "l", NULL);
	assert_null(ledger_of(a));
	world_end(&w);
}

static void test_an_entry_says_why(void **state)
{
	(void)state;
	struct world w;
	struct resource *a = begin(&w);
	ledger_add(a, world_node(&w, "n1"), 3, CAUSE_LOCATION, "l1", NULL);
	const struct ledger_entry *e = ledger_of(a);
	assert_int_equal(e->cause, CAUSE_LOCATION);
	assert_string_equal(e->id, "l1");
	assert_int_equal(e->score, 3);
	assert_ptr_equal(e->node, world_node(&w, "n1"));
	assert_null(e->next);
	assert_string_equal(cause_text(CAUSE_LOCATION), "location constraint");
	world_end(&w);
}

/* A node that comes late did not take part in what was said of all nodes before. */
static void test_a_node_that_comes_late(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w,
		    (struct world_parts){.options = PAIR("symmetric-cluster", "false"), .resources = DUMMY("a", "")});
	scheduler_read_status(w.c);
	struct resource *a = world_resource(&w, "a");
	struct node *n1 = world_node(&w, "n1");
	ledger_add_all(a, -SCORE_INFINITY, CAUSE_OTHER, NULL, NULL);
	ledger_add(a, n1, 10, CAUSE_LOCATION, "l", NULL);
	assert_int_equal(a->allowed[n1->index].score, 10);
	assert_int_equal(ledger_fold(a, n1), 10);
	assert_false(a->allowed[world_node(&w, "n2")->index].present);
	world_end(&w);
}

static void test_a_table_is_taken_over(void **state)
{
	(void)state;
	static const struct {
		int before[3], after[3];
	} cases[] = {
		{{0, 0, 0}, {5, 5, 5}},
		{{0, 1, 2}, {5, 6, 7}},
		{{0, 1, 2}, {0, 1, 2}},
		{{0, 1, 2}, {-SCORE_INFINITY, 1, 3}},
		{{-SCORE_INFINITY, 1, SCORE_INFINITY}, {4, -SCORE_INFINITY, 1}},
		{{900000, 0, 0}, {SCORE_INFINITY, 200000, 200000}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		struct resource *a = begin(&w);
		struct seat *seats = seats_copy(w.c, a->allowed);
		for (uint32_t k = 0; k < 3; k++) {
			ledger_set(a, w.c->nodes_by_index[k], cases[i].before[k], CAUSE_OTHER, NULL, NULL);
			seats[k].score = cases[i].after[k];
		}
		ledger_take(a, seats, CAUSE_COLOCATION, "k", NULL);
		for (uint32_t k = 0; k < 3; k++) {
			assert_int_equal(a->allowed[k].score, cases[i].after[k]);
			assert_int_equal(ledger_fold(a, w.c->nodes_by_index[k]), cases[i].after[k]);
		}
		world_end(&w);
	}
}

static void test_a_trial_is_taken_back(void **state)
{
	(void)state;
	struct world w;
	struct resource *a = begin(&w);
	struct node *n1 = world_node(&w, "n1");
	struct ledger_mark empty = ledger_mark(a);
	ledger_add(a, n1, 3, CAUSE_LOCATION, "l", NULL);
	struct ledger_mark mark = ledger_mark(a);
	for (int i = 0; i < 2; i++) {
		ledger_add(a, n1, -SCORE_INFINITY, CAUSE_LIMIT, NULL, NULL);
		ledger_rewind(a, mark);
		assert_int_equal(a->allowed[n1->index].score, 3);
		assert_int_equal(ledger_fold(a, n1), 3);
		assert_null(ledger_of(a)->next);
	}
	ledger_rewind(a, empty);
	assert_null(ledger_of(a));
	assert_int_equal(a->allowed[n1->index].score, 0);
	world_end(&w);
}

/* Every printed score is what its entries come to, at the moment at which it is printed. */
static void check_line(void *user, const char *line)
{
	const struct world *w = user;
	const char *text = strstr(line, " allocation score on ");
	if (text == NULL)
		return;
	const char *start = strstr(line, ": ") + 2, *name = text + strlen(" allocation score on ");
	const char *end = strrchr(name, ':');
	struct arena *a = &w->c->arena;
	struct resource *r = world_resource(w, arena_string_n(a, start, (size_t)(text - start)));
	struct node *n = world_node(w, arena_string_n(a, name, (size_t)(end - name)));
	int printed;
	assert_true(score_parse(end + 2, 0, &printed));
	assert_int_equal(ledger_fold(r, n), printed);
}

static void test_printed_scores_are_explained(void **state)
{
	(void)state;
	struct world w;
	world_begin(
		&w,
		(struct world_parts){
			.resources = DUMMY("a", META("a", PAIR("resource-stickiness", "50"))) "<clone id='c'>" DUMMY(
				"b", "") "</clone><group id='g'>" DUMMY("d", "") DUMMY("e", "") "</group>",
			.constraints = "<rsc_location id='l' rsc='a' node='n2' score='30'/>"
				       "<rsc_colocation id='k1' rsc='a' with-rsc='g' score='-20'/>"
				       "<rsc_colocation id='k2' rsc='g' with-rsc='c' score='INFINITY'/>",
			.history = {HISTORY("a", ENTRY("a_last_0", "a", "start", "0", "1", "0", "0", "0", ""))}});
	w.c->report.line = check_line;
	w.c->report.user = &w;
	scheduler_run(w.c);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_add_up),
		cmocka_unit_test(test_nothing_added_is_no_entry),
		cmocka_unit_test(test_an_entry_says_why),
		cmocka_unit_test(test_a_node_that_comes_late),
		cmocka_unit_test(test_a_table_is_taken_over),
		cmocka_unit_test(test_a_trial_is_taken_back),
		cmocka_unit_test(test_printed_scores_are_explained),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
