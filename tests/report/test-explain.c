/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/explain.h"

#include "report/failure.h"
#include "report/obstacle.h"
#include "rules/score.h"
#include "scheduler/world.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RUNS(rsc)     HISTORY(rsc, ENTRY(rsc "_last_0", rsc, "start", "0", "2", "0", "0", "0", ""))
#define ON_NODE(name) "on_node='" name "' last-rc-change='1699999000' exit-reason='no such door'"
#define FAILED(rsc, node)                                                            \
	HISTORY(rsc, ENTRY(rsc "_last_0", rsc, "start", "0", "2", "0", "0", "0", "") \
			     ENTRY(rsc "_last_failure_0", rsc, "monitor", "10000", "3", "7", "0", "0", ON_NODE(node)))
#define FAILED_STOP(rsc, node) \
	HISTORY(rsc, ENTRY(rsc "_last_failure_0", rsc, "stop", "0", "3", "1", "0", "0", ON_NODE(node)))
#define LIKES(id, rsc, node, score) "<rsc_location id='" id "' rsc='" rsc "' node='" node "' score='" score "'/>"
#define WITH(id, rsc, with, score)  "<rsc_colocation id='" id "' rsc='" rsc "' with-rsc='" with "' score='" score "'/>"
#define CLONE(id, meta, inside)     "<clone id='" id "'>" META(id, meta) inside "</clone>"
#define STATES(one, two, three)                                                     \
	"<node_state id='1' uname='n1' " one "/><node_state id='2' uname='n2' " two \
	"/><node_state id='3' uname='n3' " three "/>"
#define UP   "in_ccm='true' crmd='online' join='member' expected='member'"
#define DOWN "in_ccm='false' crmd='offline' join='down' expected='down'"

/* A cluster, a question, and what the answer must have in it. */
struct question {
	struct world_parts parts;
	const char *rsc;
	const char *node;      /* NULL: all */
	const char *expect[4]; /* NULL: no more */
};

static void expect_answer(const struct question *q)
{
	struct world w;
	world_begin(&w, q->parts);
	scheduler_run(w.c);
	const struct resource_answer *a = explain_resource(world_resource(&w, q->rsc));
	GString *text = g_string_new(NULL);
	explain_resource_print(a, q->node != NULL ? world_node(&w, q->node) : NULL, text);
	for (size_t i = 0; i < G_N_ELEMENTS(q->expect) && q->expect[i] != NULL; i++)
		if (strstr(text->str, q->expect[i]) == NULL)
			fail_msg("'%s' is missing in:\n%s", q->expect[i], text->str);
	(void)g_string_free(text, TRUE);
	world_end(&w);
}

static void scores_are_told_with_their_reasons(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{{.resources = DUMMY("web", ""), .constraints = LIKES("l1", "web", "n2", "50")},
		 "web",
		 NULL,
		 {"web (primitive): Stopped now, will be Started on n2", "n2: 50, chosen",
		  "+50  location constraint l1 wants it on n2", "n1: 0 - n2 is wanted more (50 against 0)"}},
		{{.resources = DUMMY("web", ""), .constraints = LIKES("l1", "web", "n2", "50")},
		 "web",
		 "n1",
		 {"to have it on n1:", "hale constraint location web prefers n1=51"}},
		{{.resources = DUMMY("web", ""), .constraints = LIKES("cli-ban-web", "web", "n1", "-INFINITY")},
		 "web",
		 "n1",
		 {"-INFINITY wins over everything else",
		  "keeps it away from n1 (left behind by an earlier move or ban)", "1. hale resource clear web"}},
		{{.resources = DUMMY("web", ""),
		  .constraints = "<rsc_location id='l1' rsc='web'><rule id='r1' score='-7' boolean-op='or'><expression "
				 "id='e1' attribute='#uname' operation='eq' value='n1'/><date_expression id='e2' "
				 "operation='lt' end='2000-01-01'/></rule></rsc_location>"},
		 "web",
		 "n1",
		 {"rule r1 (#uname is n1 or the date is before 2000-01-01) keeps it away from n1",
		  "never chosen with a negative score", "hale constraint delete l1"}},
		{{.resources = DUMMY("web", META("web", PAIR("resource-stickiness", "100"))),
		  .history = {NULL, RUNS("web"), NULL}},
		 "web",
		 "n2",
		 {"Started on n2, and stays so", "+100  web runs on n2 now (resource-stickiness)"}},
		{{.resources = DUMMY("db", "") DUMMY("web", ""), .constraints = WITH("c1", "web", "db", "INFINITY")},
		 "web",
		 "n2",
		 {"colocation constraint c1: web must be with db, which is assigned to n1"}},
		{{.resources = DUMMY("web", ""),
		  .options = PAIR("node-health-strategy", "custom"),
		  .attributes = {PAIR("#health-disk", "-40"), NULL, NULL}},
		 "web",
		 "n1",
		 {"-40  health of n1: #health-disk=-40 (node-health-strategy custom)",
		  "hale node attribute n1 #health-disk=green"}},
		{{.resources = DUMMY("web", ""),
		  .options = PAIR("symmetric-cluster", "false"),
		  .constraints = LIKES("l1", "web", "n2", "0")},
		 "web",
		 "n1",
		 {"n1: no score", "no constraint allows web on n1 (symmetric-cluster=false)",
		  "hale constraint location web prefers n1"}},
		{{.resources = DUMMY("web", "<utilization id='u'>" PAIR("cpu", "3") "</utilization>"),
		  .options = PAIR("placement-strategy", "utilization")},
		 "web",
		 "n1",
		 {"n1 has not enough capacity for web: it needs cpu=3", "hale node utilization n1 NAME=VALUE"}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
		expect_answer(&questions[i]);
}

static void equals_are_decided_by_something(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{{.resources = DUMMY("a", "")},
		 "a",
		 NULL,
		 {"n1 and n2 are wanted equally (0); n1 comes first by name"}},
		{{.resources = DUMMY("a", "") DUMMY("b", "")},
		 "b",
		 NULL,
		 {"n2 and n1 are wanted equally (0); n2 has fewer resources so far (0 against 1)"}},
		{{.resources = DUMMY("a", META("a", PAIR("resource-stickiness", "0"))),
		  .constraints = LIKES("l2", "a", "n2", "9") LIKES("l3", "a", "n3", "9"),
		  .history = {NULL, NULL, RUNS("a")}},
		 "a",
		 NULL,
		 {"n3 and n2 are wanted equally (9); n3 is where a runs now"}},
		{{.resources = DUMMY("a", ""), .status = STATES(UP, DOWN, DOWN)},
		 "a",
		 NULL,
		 {"n1 is the only node that can take a", "n2: 0 - not possible: n2 is offline",
		  "hale cluster start n2"}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
		expect_answer(&questions[i]);
}

static void states_are_told_with_what_would_change_them(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{{.resources = DUMMY("web", META("web", PAIR("target-role", "Stopped")))},
		 "web",
		 NULL,
		 {"web is disabled (target-role=Stopped)", "hale resource enable web", "why nowhere"}},
		{{.resources = "<group id='g'>" META("g", PAIR("target-role", "Stopped")) DUMMY("web", "") "</group>"},
		 "web",
		 NULL,
		 {"web is disabled (target-role=Stopped of g)", "hale resource enable g"}},
		{{.resources = DUMMY("web", META("web", PAIR("is-managed", "false"))), .history = {RUNS("web")}},
		 "web",
		 NULL,
		 {"web is unmanaged (is-managed=false)", "hale resource manage web",
		  "web is not managed and stays on n1 whatever the scores"}},
		{{.resources = DUMMY("web", META("web", PAIR("maintenance", "true"))), .history = {RUNS("web")}},
		 "web",
		 NULL,
		 {"web is in maintenance (maintenance=true)", "hale resource meta web maintenance="}},
		{{.resources = DUMMY("web", ""), .options = PAIR("maintenance-mode", "true")},
		 "web",
		 NULL,
		 {"maintenance mode", "hale property set maintenance-mode=false"}},
		{{.resources = DUMMY("web", ""), .options = PAIR("stop-all-resources", "true")},
		 "web",
		 NULL,
		 {"stop-all-resources keeps everything stopped", "hale property set stop-all-resources=false"}},
		{{.root = "have-quorum='0' dc-uuid='1'", .resources = DUMMY("web", "")},
		 "web",
		 NULL,
		 {"has no quorum; no-quorum-policy is stop", "waiting: ", "web (primitive): Stopped, and stays so"}},
		{{.resources = DUMMY("web", ""),
		  .attributes = {PAIR("standby", "on"), PAIR("maintenance", "true"), NULL}},
		 "web",
		 NULL,
		 {"n1 is in standby", "hale node unstandby n1", "n2 is in maintenance", "hale node unmaintenance n2"}},
		{{.resources = DUMMY("web", ""),
		  .constraints = "<rsc_ticket id='t1' rsc='web' ticket='paris' loss-policy='stop'/>"},
		 "web",
		 NULL,
		 {"web depends on ticket \"paris\" (constraint t1), which is not granted here",
		  "hale booth ticket grant paris"}},
		{{.resources = DUMMY("db", META("db", PAIR("target-role", "Stopped"))) DUMMY("web", ""),
		  .constraints = "<rsc_order id='o1' first='db' then='web'/>"},
		 "web",
		 NULL,
		 {"waiting: start of web waits for start of db, which cannot be done",
		  "waiting: db is disabled (target-role=Stopped)"}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
		expect_answer(&questions[i]);
}

static void failures_are_told_with_count_and_expiry(void **state)
{
	(void)state;
#define FAILING(more) DUMMY("db", META("db", PAIR("migration-threshold", "2") more) OPS(OP("monitor", "10s", "")))
#define COUNT         PAIR("fail-count-db#monitor_10000", "2") PAIR("last-failure-db#monitor_10000", "1699999000")
	static const struct question questions[] = {
		{{.resources = FAILING(""), .history = {FAILED("db", "n1")}, .attributes = {COUNT}},
		 "db",
		 "n1",
		 {"db failed 2 times on n1 and migration-threshold is 2",
		  "monitor of db failed on n1 at 2023-11-14 21:56:40Z: Not running (no such door)",
		  "it does not expire (no failure-timeout)", "hale resource cleanup db node=n1"}},
		{{.resources = FAILING(PAIR("failure-timeout", "1h")),
		  .history = {FAILED("db", "n1")},
		  .attributes = {COUNT}},
		 "db",
		 "n1",
		 {"it expires at 2023-11-14 22:56:40Z (failure-timeout 1h)"}},
		{{.resources = DUMMY("db", OPS(OP("stop", "0", "on-fail='block'"))),
		  .history = {FAILED_STOP("db", "n1")}},
		 "db",
		 NULL,
		 {"db is blocked: stop of db failed on n1", "hale resource cleanup db node=n1"}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
		expect_answer(&questions[i]);
}

static void fencing_that_is_missing_is_told(void **state)
{
	(void)state;
	struct question q = {{.options = PAIR("fencing-enabled", "true"), .resources = DUMMY("web", "")},
			     "web",
			     NULL,
			     {"fencing is not configured", "hale stonith create"}};
	expect_answer(&q);
}

static void collections_are_told_by_part(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{{.resources = "<group id='g'>" DUMMY("a", "") DUMMY("b", "") "</group>"},
		 "g",
		 NULL,
		 {"g (group): Stopped now, will be Started on n1", "b (primitive)",
		  "members of g stay together: b must be with a, which is assigned to n1"}},
		{{.resources = CLONE("c", PAIR("clone-max", "2"), DUMMY("a", ""))},
		 "c",
		 NULL,
		 {"c (clone): Stopped now, will be Started on", "a:0 (primitive)", "a:1 (primitive)",
		  "has as many instances of c as it may have (clone-node-max=1)"}},
		{{.resources = CLONE("p", PAIR("promotable", "true"), DUMMY("a", "")),
		  .history = {RUNS("a"), RUNS("a"), RUNS("a")},
		  .attributes = {PAIR("master-a", "5"), PAIR("master-a", "10"), NULL}},
		 "p",
		 NULL,
		 {"is promoted: its score 10 is among the highest 1 of p",
		  "promotion score of a:", "is not promoted: others of p come first, and promoted-max is 1",
		  "has no promotion score: its agent has set no attribute master-a"}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
		expect_answer(&questions[i]);
}

static void contributions_add_up(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("web", ""),
					     .constraints = LIKES("l1", "web", "n1", "50")
						     LIKES("l2", "web", "n1", "-INFINITY")
							     LIKES("l3", "web", "n1", "INFINITY")});
	scheduler_run(w.c);
	struct resource *web = world_resource(&w, "web");
	struct node_answer a = explain_node(web, world_node(&w, "n1"));
	assert_int_equal(a.score, -SCORE_INFINITY);
	struct contributions all = contributions_of(web, world_node(&w, "n1"));
	assert_int_equal(all.count, 3);
	assert_int_equal(all.items[2].total, -SCORE_INFINITY);
	assert_int_equal(contributions_of_promotion(web).count, 0);
	assert_string_equal(explain_obstacle(web, world_node(&w, "n1")).code, "location");
	assert_null(explain_obstacle(web, world_node(&w, "n2")).code);
	assert_string_equal(explain_choice(web).code, "tie-name");
	assert_string_equal(explain_state(web, true), "Stopped");
	assert_string_equal(explain_state(web, false), "Started on n2");
	const struct action *start = action_find_task(web, TASK_START, world_node(&w, "n2"));
	assert_non_null(start);
	assert_int_equal(explain_blocked(start).count, 0);
	assert_null(failure_find(web, NULL));
	assert_int_equal(ledger_fold_promotion(web), 0);
	ledger_note_promotion(web, 5, true, CAUSE_PROMOTION, NULL, NULL);
	ledger_note_promotion(web, 2, false, CAUSE_LOCATION, "l1", NULL);
	assert_int_equal(ledger_fold_promotion(web), 7);
	assert_int_equal(contributions_of_promotion(web).items[1].total, 7);
	assert_null(failure_ban(web, world_node(&w, "n1")).code);
	assert_string_equal(failure_cure(web, NULL), "hale resource cleanup web");
	world_end(&w);
}

static void who_has_no_node_says_why(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){
				.resources = DUMMY("web", "") DUMMY("db", ""),
				.constraints = WITH("c1", "web", "db", "INFINITY") LIKES("a", "db", "n1", "-INFINITY")
					LIKES("b", "db", "n2", "-INFINITY") LIKES("c", "db", "n3", "-INFINITY")});
	scheduler_run(w.c);
	struct sentence s = explain_no_node(world_resource(&w, "web"));
	assert_string_equal(s.text, "colocation constraint c1: web must be with db, which has no node");
	s = explain_no_node(world_resource(&w, "db"));
	assert_string_equal(s.code, "no-node");
	assert_non_null(strstr(s.text, "on n3: location constraint c keeps it away from n3"));
	world_end(&w);
}

static void obstacles_and_owners(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = "<group id='g'>" META("g", PAIR("is-managed", "false"))
						     DUMMY("a", "") "</group>",
					     .status = STATES(UP, DOWN, UP)});
	scheduler_run(w.c);
	struct sentences l = {0};
	obstacles_of_node(w.c, world_node(&w, "n2"), &l);
	assert_int_equal(l.count, 1);
	assert_string_equal(l.items[0].code, "node-offline");
	l = (struct sentences){0};
	obstacles_of_resource(world_resource(&w, "a"), &l);
	assert_int_equal(l.count, 1);
	assert_string_equal(l.items[0].cure, "hale resource manage g");
	assert_ptr_equal(meta_owner(world_resource(&w, "a"), "is-managed"), world_resource(&w, "g"));
	assert_ptr_equal(meta_owner(world_resource(&w, "a"), "priority"), world_resource(&w, "a"));
	world_end(&w);
}

static void a_failure_is_told_in_a_sentence(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("db", OPS(OP("monitor", "10s", ""))),
					     .history = {FAILED_STOP("db", "n1")}});
	scheduler_run(w.c);
	const struct failed_operation *f = failure_find(world_resource(&w, "db"), world_node(&w, "n1"));
	assert_non_null(f);
	assert_string_equal(failure_text(w.c, f),
			    "stop of db failed on n1 at 2023-11-14 21:56:40Z: Error occurred (no such door)");
	world_end(&w);
}

static void sentences_are_told_once(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = CLONE("c", "", DUMMY("a", ""))});
	scheduler_run(w.c);
	struct sentences l = {0};
	sentence_add(w.c, &l, "one", sentence_cure(w.c, "do %d", 1), "it is %s", "so");
	sentence_add(w.c, &l, "two", NULL, "it is so");
	sentence_put(&w.c->arena, &l, (struct sentence){0});
	assert_int_equal(l.count, 1);
	assert_string_equal(l.items[0].cure, "hale do 1");
	assert_string_equal(sentence_time(w.c, 1700000000), "2023-11-14 22:13:20Z");
	assert_string_equal(sentence_name(world_resource(&w, "a:0")), "a");
	world_end(&w);
}

static void nearly_right_names_are_found(void **state)
{
	(void)state;
	struct world w;
	const char *ids[3];
	world_begin(&w, (struct world_parts){.resources = DUMMY("web", "") DUMMY("webserver", "") DUMMY("db", "")});
	scheduler_run(w.c);
	assert_true(explain_similar(w.c, "wbe", ids, 3) > 0);
	assert_string_equal(ids[0], "web");
	assert_int_equal(explain_similar(w.c, "webs", ids, 3), 2);
	assert_string_equal(ids[0], "webserver");
	assert_int_equal(explain_similar(w.c, "quite-something-else", ids, 3), 0);
	world_end(&w);
}

static void rules_are_told_in_words(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w,
		    (struct world_parts){
			    .resources = DUMMY("web", ""),
			    .constraints = "<rsc_location id='l'><rule id='r' score='1'><expression id='e1' "
					   "attribute='cpu' operation='gte' value='4'/><rule id='r2' boolean-op='or'>"
					   "<expression id='e2' attribute='x' operation='not_defined'/>"
					   "<date_expression id='e3' operation='date_spec'><date_spec id='s' "
					   "hours='9-17'/></date_expression></rule></rule></rsc_location>"});
	assert_string_equal(rule_words(w.c, document_by_id(w.d, "r")),
			    "cpu is at least 4 and (x is not set or the date fits hours=9-17)");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_told_with_their_reasons),
		cmocka_unit_test(equals_are_decided_by_something),
		cmocka_unit_test(states_are_told_with_what_would_change_them),
		cmocka_unit_test(failures_are_told_with_count_and_expiry),
		cmocka_unit_test(fencing_that_is_missing_is_told),
		cmocka_unit_test(collections_are_told_by_part),
		cmocka_unit_test(contributions_add_up),
		cmocka_unit_test(who_has_no_node_says_why),
		cmocka_unit_test(obstacles_and_owners),
		cmocka_unit_test(a_failure_is_told_in_a_sentence),
		cmocka_unit_test(sentences_are_told_once),
		cmocka_unit_test(nearly_right_names_are_found),
		cmocka_unit_test(rules_are_told_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
