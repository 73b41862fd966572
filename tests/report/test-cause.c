/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/cause.h"

#include "scheduler/world.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DIGEST   "op-digest='f2317cad3d54cec5d7d7aa7d0bf35cf8' crm_feature_set='3.20.5'"
#define NONE(id) HISTORY(id, ENTRY(id "_last_0", id, "monitor", "0", "2", "7", "0", "7", DIGEST))
#define RUNS(id) HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "2", "0", "0", "0", DIGEST))
#define RUNS_OLD(id) \
	HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "2", "0", "0", "0", "op-digest='0' crm_feature_set='3.20.5'"))
#define FAILED(id)                                                            \
	HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "2", "1", "0", "0", \
			  DIGEST " on_node='n1' last-rc-change='1699999000'"))
#define ORDER(id, first, then) "<rsc_order id='" id "' first='" first "' then='" then "'/>"
#define UP                     "in_ccm='true' crmd='online' join='member' expected='member'"
#define FENCER                 "<primitive id='fencer' class='stonith' type='fence_x'/>"

struct question {
	struct world_parts parts;
	const char *expect[4]; /* parts of the text, pseudo-actions included */
};

static void expect_transition(const struct question *q)
{
	struct world w;
	world_begin(&w, q->parts);
	scheduler_run(w.c);
	struct transition_answer *t = explain_transition(w.c);
	assert_int_equal(t->count, w.c->graph->count);
	GString *text = g_string_new(NULL);
	explain_transition_print(t, true, text);
	for (size_t i = 0; i < G_N_ELEMENTS(q->expect) && q->expect[i] != NULL; i++)
		if (strstr(text->str, q->expect[i]) == NULL)
			fail_msg("'%s' is missing in:\n%s", q->expect[i], text->str);
	for (uint32_t i = 0; i < t->count; i++) {
		assert_string_not_equal(action_cause(t->items[i].synapse->action).code, "due");
		assert_non_null(action_words(t->items[i].synapse->action, NULL));
	}
	(void)g_string_free(text, TRUE);
	world_end(&w);
}

static void every_action_has_its_cause(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{{.resources = DUMMY("web", OPS(OP("monitor", "10s", "timeout='20s'")))},
		 {"probe web on n2\n        because nothing is known of web on n2 yet",
		  "start web on n1\n        because web is not running, and n1 and n2 are wanted equally",
		  "monitor (every 10s) web on n1\n        because operation op-monitor-10s watches web every 10s"}},
		{{.resources = DUMMY("web", ""),
		  .history = {RUNS("web"), NONE("web"), NONE("web")},
		  .attributes = {PAIR("standby", "on")}},
		 {"stop web on n1\n        because web moves from n1 to n2: n1 is in standby",
		  "start web on n2\n        because web moves from n1 to n2: n1 is in standby\n        after "}},
		{{.resources = DUMMY("web", OPS(OP("monitor", "10s", "timeout='20s'"))),
		  .history = {FAILED("web"), NONE("web"), NONE("web")}},
		 {"stop web on n1\n        because start of web failed on n1 at 2023-11-14 21:56:40Z: Error occurred"}},
		{{.resources = DUMMY("web", META("web", PAIR("target-role", "Stopped"))), .history = {RUNS("web")}},
		 {"stop web on n1\n        because web is disabled (target-role=Stopped)"}},
		{{.resources = DUMMY("db", OPS(OP("monitor", "10s", "timeout='20s'"))) DUMMY("web", ""),
		  .constraints = ORDER("o1", "db", "web"),
		  .history = {FAILED("db") NONE("web"), RUNS("web") NONE("db"), NONE("web") NONE("db")}},
		 {"stop web on n2\n        because ", "by order constraint o1: start of db failed on n1"}},
		{{.resources = "", .history = {RUNS("gone")}},
		 {"stop gone on n1\n        because gone is no longer configured"}},
		{{.resources = DUMMY("web", ""), .history = {RUNS_OLD("web"), NONE("web"), NONE("web")}},
		 {"web restarts: its parameters changed"}},
		{{.resources = DUMMY("web", ""), .history = {RUNS("web"), RUNS("web"), NONE("web")}},
		 {"stop web on n2\n        because web is active on 2 nodes at once (multiple-active)"}},
		{{.resources = "<group id='g'>" DUMMY("a", "") "</group>",
		  .history = {NONE("a"), NONE("a"), NONE("a")}},
		 {"start g\n        because marks the beginning of start of g, of which a is a part: a is not running",
		  "because marks the end of start of g"}},
		{{.options = PAIR("fencing-enabled", "true"),
		  .resources = FENCER,
		  .status = "<node_state id='1' uname='n1' " UP "/><node_state id='2' uname='n2' " UP "/>"
			    "<node_state id='3' uname='n3' in_ccm='false' crmd='offline' join='down' "
			    "expected='member'/>"},
		 {"fence n3 (reboot)\n        because n3 is fenced: peer is no longer part of the cluster"}},
		{{.resources = "<clone id='c'>" META("c", PAIR("promotable", "true") PAIR("notify", "true"))
			  DUMMY("a", "") "</clone>",
		  .history = {RUNS("a"), NONE("a"), NONE("a")},
		  .attributes = {PAIR("master-a", "10")}},
		 {"promote a:0 on n1\n        because a:0 is promoted: its score 10 is among the highest 1 of c",
		  "because instances of c are told before promote of them (notify=true)"}},
		{{.resources = DUMMY("web", ""),
		  .history = {RUNS("web"), NONE("web"), NONE("web")},
		  .attributes = {PAIR("shutdown", "1699999999")}},
		 {"shut down n1\n        because n1 was asked to shut down"}},
		{{.resources = DUMMY("a", "") DUMMY("b", "") DUMMY("c", ""),
		  .constraints = "<rsc_order id='o2'><resource_set id='s1' require-all='false' sequential='false'>"
				 "<resource_ref id='a'/><resource_ref id='b'/></resource_set><resource_set id='s2'>"
				 "<resource_ref id='c'/></resource_set></rsc_order>"},
		 {"enough of what order constraint s1 names is there for start c"}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
		expect_transition(&questions[i]);
}

static void rest_is_said(void **state)
{
	(void)state;
	struct question q = {{.resources = DUMMY("web", ""), .history = {RUNS("web"), NONE("web"), NONE("web")}},
			     {"Nothing is to be done."}};
	expect_transition(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_action_has_its_cause),
		cmocka_unit_test(rest_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
