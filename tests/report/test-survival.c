/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/survival.h"

#include "scheduler/world.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ONLY_N1(id) \
	"<rsc_location id='l-" id "' rsc='" id "' node='n1' score='INFINITY'/>" NEVER(id, "n2") NEVER(id, "n3")
#define NEVER(id, node) "<rsc_location id='l-" id node "' rsc='" id "' node='" node "' score='-INFINITY'/>"

static struct survival *lose_each(struct world *w, struct world_parts parts, bool count_quorum)
{
	world_begin(w, parts);
	return survival_new(w->d, WORLD_NOW, count_quorum);
}

static void all_fits(void **state)
{
	(void)state;
	struct world w;
	struct survival *s = lose_each(&w, (struct world_parts){.resources = DUMMY("web", "")}, false);
	assert_true(s->fits);
	assert_int_equal(s->row_count, 3);
	assert_int_equal(s->rows[0].moves.count, 1);
	assert_string_equal(s->rows[0].moves.items[0].text, "web: n1 -> n2");
	assert_int_equal(s->rows[1].moves.count, 0);
	GString *text = g_string_new(NULL);
	survival_print(s, text);
	assert_non_null(strstr(text->str, "Everything still fits, whichever node is lost."));
	(void)g_string_free(text, TRUE);
	survival_free(s);
	world_end(&w);
}

static void what_stays_down_is_told_with_its_reason(void **state)
{
	(void)state;
	struct world w;
	struct survival *s = lose_each(
		&w, (struct world_parts){.resources = DUMMY("web", ""), .constraints = ONLY_N1("web")}, false);
	assert_false(s->fits);
	assert_int_equal(s->rows[0].down.count, 1);
	assert_non_null(strstr(s->rows[0].down.items[0].text, "n1 is "));
	assert_int_equal(s->rows[1].down.count, 0);
	survival_free(s);
	survival_free(NULL);
	world_end(&w);
}

static void quorum_is_counted_if_asked(void **state)
{
	(void)state;
	struct world w;
	struct world_parts parts = {
		.resources = DUMMY("web", ""),
		.nodes = "<node id='1' uname='n1'/><node id='2' uname='n2'/><node id='3' uname='n3'/>"
			 "<node id='4' uname='n4'/>"};
	struct survival *s = lose_each(&w, parts, true);
	assert_false(s->rows[0].quorate);
	assert_false(s->fits);
	survival_free(s);
	s = survival_new(w.d, WORLD_NOW, false);
	assert_true(s->fits);
	survival_free(s);
	world_end(&w);
}

static void clones_may_have_fewer(void **state)
{
	(void)state;
	struct world w;
	struct survival *s =
		lose_each(&w, (struct world_parts){.resources = "<clone id='c'>" DUMMY("a", "") "</clone>"}, false);
	assert_true(s->fits);
	assert_int_equal(s->rows[2].fewer.count, 1);
	assert_string_equal(s->rows[2].fewer.items[0].text, "c: 2 of 3 parts run (n1, n2)");
	survival_free(s);
	world_end(&w);
}

static void a_cluster_comes_to_rest(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("web", OPS(OP("monitor", "10s", "")))});
	assert_true(rehearse_to_rest(w.d, WORLD_NOW));
	cluster_free(w.c);
	w.c = cluster_new(w.d, WORLD_NOW);
	scheduler_read_status(w.c);
	assert_int_equal(world_resource(&w, "web")->active.count, 1);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_fits),
		cmocka_unit_test(what_stays_down_is_told_with_its_reason),
		cmocka_unit_test(quorum_is_counted_if_asked),
		cmocka_unit_test(clones_may_have_fewer),
		cmocka_unit_test(a_cluster_comes_to_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
