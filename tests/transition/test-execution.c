/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "transition/execution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 8 };

/* A graph whose synapses have the actions 1, 2, …; inputs are given as digits. */
struct world {
	struct graph graph;
	struct synapse synapses[MAX];
	struct action actions[MAX];
	struct action *inputs[MAX][MAX];
};

static void build(struct world *w, const char *const *inputs)
{
	memset(w, 0, sizeof(*w));
	for (uint32_t i = 0; inputs[i] != NULL; i++) {
		w->actions[i].id = (int)i + 1;
		w->synapses[i] = (struct synapse){.id = (int)i, .action = &w->actions[i], .inputs = w->inputs[i]};
		for (const char *d = inputs[i]; *d != '\0'; d++)
			w->inputs[i][w->synapses[i].input_count++] = &w->actions[*d - '1'];
		w->graph.count++;
	}
	w->graph.synapses = w->synapses;
}

/* The order in which everything is done at once, as digits. */
static void expect_order(const char *const *inputs, const char *order)
{
	struct world w;
	char done[MAX + 1] = "";
	build(&w, inputs);
	struct execution *e = execution_new(&w.graph);
	for (const struct synapse *s; (s = execution_next(e)) != NULL;) {
		assert_int_equal(execution_pending(e), 1);
		done[strlen(done)] = (char)('0' + s->action->id);
		execution_done(e, s, false);
	}
	assert_string_equal(done, order);
	assert_int_equal(execution_is_complete(e), strlen(order) == w.graph.count);
	execution_free(e);
}

static void passes_go_over_the_graph(void **state)
{
	(void)state;
	expect_order((const char *const[]){"", "1", "2", NULL}, "123");
	/* Each is possible only when the pass is over its place: three passes. */
	expect_order((const char *const[]){"2", "3", "", NULL}, "321");
	expect_order((const char *const[]){"3", "", "", "1", NULL}, "2314");
	expect_order((const char *const[]){"23", "4", "4", "", NULL}, "4231");
}

static void loops_are_never_complete(void **state)
{
	(void)state;
	expect_order((const char *const[]){"", "3", "2", NULL}, "1");
}

static void after_a_failure_only_the_urgent_goes_on(void **state)
{
	(void)state;
	struct world w;
	build(&w, (const char *const[]){"", "1", "1", "", NULL});
	w.synapses[2].priority = SCORE_INFINITY;
	w.synapses[3].event.kind = SYNAPSE_PSEUDO;
	struct execution *e = execution_new(&w.graph);
	const struct synapse *s = execution_next(e);
	assert_int_equal(s->action->id, 1);
	execution_abort(e, SCORE_INFINITY);
	execution_done(e, s, true);
	s = execution_next(e);
	assert_int_equal(s->action->id, 3);
	execution_done(e, s, false);
	s = execution_next(e);
	assert_int_equal(s->action->id, 4);
	execution_done(e, s, false);
	assert_null(execution_next(e));
	assert_false(execution_is_complete(e));
	execution_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_go_over_the_graph),
		cmocka_unit_test(loops_are_never_complete),
		cmocka_unit_test(after_a_failure_only_the_urgent_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
