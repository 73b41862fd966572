/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executor/executor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

/* A host without processes: it writes down what it is asked for, and the test says when a process ends and what time it
 * is. A line of the trace: "spawn 1 start a", "kill 1", "report 7 rc 0 status 0".
 */
static struct {
	struct executor *x;
	GString *trace;
	mono_time now, timer;
	uint64_t last_id;
	char reason[200], output[200];
	uint32_t run_ms, queue_ms;
	wall_time started, ended;
} w;

static void on_spawn(void *host, uint64_t run, const struct operation *op)
{
	(void)host;
	g_string_append_printf(w.trace, "spawn %d %s %s\n", (int)run, op->action, op->rsc);
}

static void on_kill(void *host, uint64_t run)
{
	(void)host;
	g_string_append_printf(w.trace, "kill %d\n", (int)run);
}

static void on_report(void *host, const struct operation_report *r)
{
	(void)host;
	g_string_append_printf(w.trace, "report %d rc %d status %d\n", (int)r->id, r->rc, (int)r->status);
	(void)g_strlcpy(w.reason, r->reason == NULL ? "-" : r->reason, sizeof w.reason);
	(void)g_strlcpy(w.output, r->output, sizeof w.output);
	w.run_ms = r->run_ms;
	w.queue_ms = r->queue_ms;
	w.started = r->started;
	w.ended = r->ended;
}

static void on_timer(void *host, mono_time due)
{
	(void)host;
	w.timer = due;
}

static wall_time on_wall(void *host, mono_time at)
{
	(void)host;
	return (wall_time){at.ns + 1000000000000u};
}

static int set_up(void **state)
{
	const struct executor_ops ops = {
		.spawn = on_spawn, .kill = on_kill, .report = on_report, .timer = on_timer, .wall = on_wall};

	(void)state;
	memset(&w, 0, sizeof w);
	w.trace = g_string_new(NULL);
	w.now = (mono_time){1000000000u};
	w.x = executor_new(&ops);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	executor_check(w.x);
	executor_free(w.x);
	g_string_free(w.trace, TRUE);
	return 0;
}

static void expect(const char *trace)
{
	executor_check(w.x);
	assert_string_equal(w.trace->str, trace);
	g_string_truncate(w.trace, 0);
}

/* Time passes, and the timer rings as often as it must. */
static void pass(uint64_t ms)
{
	mono_time until = mono_time_add_ms(w.now, ms);

	while (mono_time_is_set(w.timer) && !mono_time_before(until, w.timer)) {
		w.now = mono_time_before(w.now, w.timer) ? w.timer : w.now;
		w.timer = (mono_time){0};
		executor_tick(w.x, w.now);
		executor_check(w.x);
	}
	w.now = until;
}

static struct operation op_of(uint64_t id, const char *rsc, const char *action, int64_t interval_ms)
{
	return (struct operation){.id = id,
				  .rsc = rsc,
				  .class_ = "ocf",
				  .provider = "test",
				  .type = "Dummy",
				  .action = action,
				  .interval_ms = interval_ms,
				  .timeout_ms = 10000};
}

static void run_op(const struct operation *op)
{
	struct error why;

	if (executor_run(w.x, w.now, op, &why) != ERR_OK)
		fail_msg("%s", why.text);
}

static void run(uint64_t id, const char *rsc, const char *action, int64_t interval_ms)
{
	struct operation op = op_of(id, rsc, action, interval_ms);

	run_op(&op);
}

static void ended(uint64_t process, int rc)
{
	const struct executor_exit e = {.spawned = true, .rc = rc, .output = "said"};

	executor_exited(w.x, w.now, process, &e);
}

/* --- rule 1 --- */

static void test_one_at_a_time(void **state)
{
	(void)state;
	run(1, "a", "start", 0);
	run(2, "a", "monitor", 0);
	run(3, "b", "start", 0);
	expect("spawn 1 start a\nspawn 2 start b\n");
	assert_int_equal(executor_count(w.x, EXECUTOR_RUNNING), 2);
	assert_int_equal(executor_count(w.x, EXECUTOR_WAITING), 1);
	pass(300);
	ended(1, 0);
	expect("report 1 rc 0 status 0\nspawn 3 monitor a\n");
	assert_int_equal(w.run_ms, 300);
	assert_int_equal(w.queue_ms, 0);
	assert_string_equal(w.output, "said");
	pass(50);
	ended(3, 7);
	expect("report 2 rc 7 status 0\n");
	assert_int_equal(w.run_ms, 50);
	assert_int_equal(w.queue_ms, 300);
	ended(2, 0);
}

static void test_queue_keeps_its_order(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		run(id, "a", id % 2 == 0 ? "start" : "stop", 0);
	for (uint64_t id = 1; id <= 4; id++)
		ended(id, 0);
	expect("spawn 1 stop a\nreport 1 rc 0 status 0\nspawn 2 start a\nreport 2 rc 0 status 0\nspawn 3 stop a\n"
	       "report 3 rc 0 status 0\nspawn 4 start a\nreport 4 rc 0 status 0\n");
}

static void test_fence_actions_and_alerts_wait_for_their_own(void **state)
{
	struct operation start = op_of(1, "f", "start", 0), off = op_of(2, "f", "off", 0), on = op_of(3, "f", "on", 0);
	struct operation alert = op_of(4, "f", "alert", 0);

	(void)state;
	start.class_ = off.class_ = on.class_ = "stonith";
	alert.class_ = "alert";
	run_op(&start);
	run_op(&off);
	run_op(&on);
	run_op(&alert);
	expect("spawn 1 start f\nspawn 2 off f\nspawn 3 alert f\n");
	ended(2, 0);
	expect("report 2 rc 0 status 0\nspawn 4 on f\n");
}

static void test_start_delay(void **state)
{
	struct operation op = op_of(1, "a", "start", 0);

	(void)state;
	op.start_delay_ms = 500;
	run_op(&op);
	run(2, "a", "monitor", 0);
	expect("spawn 1 monitor a\n");
	ended(1, 7);
	pass(499);
	expect("report 2 rc 7 status 0\n");
	pass(1);
	expect("spawn 2 start a\n");
}

/* --- rule 2 --- */

static void test_repeating(void **state)
{
	(void)state;
	run(1, "a", "monitor", 1000);
	ended(1, 0);
	expect("spawn 1 monitor a\nreport 1 rc 0 status 0\n");
	assert_int_equal(executor_count(w.x, EXECUTOR_REPEATING), 1);
	pass(999);
	expect("");
	pass(1);
	pass(100);
	ended(2, 0);
	expect("spawn 2 monitor a\n"); /* the same again is not told */
	pass(999);
	expect("");
	pass(1);
	ended(3, 7);
	expect("spawn 3 monitor a\nreport 1 rc 7 status 0\n");
	pass(1000);
	ended(4, 7);
	pass(1000);
	ended(5, 0);
	expect("spawn 4 monitor a\nspawn 5 monitor a\nreport 1 rc 0 status 0\n");
}

static void test_another_reason_is_told(void **state)
{
	struct executor_exit e = {.spawned = true, .rc = 1, .reason = "no disk"};

	(void)state;
	run(1, "a", "monitor", 1000);
	executor_exited(w.x, w.now, 1, &e);
	pass(1000);
	executor_exited(w.x, w.now, 2, &e);
	pass(1000);
	e.reason = "no net";
	executor_exited(w.x, w.now, 3, &e);
	expect("spawn 1 monitor a\nreport 1 rc 1 status 0\nspawn 2 monitor a\nspawn 3 monitor a\n"
	       "report 1 rc 1 status 0\n");
	assert_string_equal(w.reason, "no net");
}

static void test_replaced_while_it_waits(void **state)
{
	(void)state;
	run(1, "a", "start", 0);
	run(2, "a", "monitor", 1000);
	run(3, "a", "monitor", 1000);
	expect("spawn 1 start a\nreport 2 rc 193 status 1\n");
	ended(1, 0);
	ended(2, 0);
	expect("report 1 rc 0 status 0\nspawn 2 monitor a\nreport 3 rc 0 status 0\n");
	pass(500);
	run(4, "a", "monitor", 1000); /* between two runs: nothing more is told of the old one */
	expect("spawn 3 monitor a\n");
	run(5, "a", "monitor", 2000); /* another interval is another operation */
	ended(3, 0);
	expect("report 4 rc 0 status 0\nspawn 4 monitor a\n");
}

static void test_replaced_while_it_runs(void **state)
{
	(void)state;
	run(1, "a", "monitor", 1000);
	run(2, "a", "monitor", 1000);
	expect("spawn 1 monitor a\n");
	pass(200);
	ended(1, 0);
	expect("report 1 rc 0 status 0\n");
	pass(999);
	expect("");
	pass(1);
	expect("spawn 2 monitor a\n");
	run(3, "a", "monitor", 1000);
	run(4, "a", "monitor", 1000); /* 3 never comes to run */
	expect("report 3 rc 193 status 1\n");
	ended(2, 0);
	pass(1000);
	expect("report 2 rc 0 status 0\nspawn 3 monitor a\n");
	ended(3, 0);
	expect("report 4 rc 0 status 0\n");
}

/* --- rule 3 --- */

static void test_cancel(void **state)
{
	(void)state;
	assert_false(executor_cancel(w.x, w.now, "a", "monitor", 1000));
	run(1, "a", "monitor", 1000);
	assert_false(executor_cancel(w.x, w.now, "a", "monitor", 2000));
	assert_true(executor_cancel(w.x, w.now, "a", "monitor", 1000));
	assert_false(executor_cancel(w.x, w.now, "a", "monitor", 1000));
	expect("spawn 1 monitor a\n");
	ended(1, 0); /* heard to its end */
	expect("report 1 rc 0 status 1\n");
	pass(5000);
	run(2, "a", "monitor", 1000);
	ended(2, 0);
	assert_true(executor_cancel(w.x, w.now, "a", "monitor", 1000));
	expect("spawn 2 monitor a\nreport 2 rc 0 status 0\nreport 2 rc 193 status 1\n");
	pass(5000);
	run(3, "a", "start", 0);
	run(4, "a", "stop", 0);
	assert_true(executor_cancel(w.x, w.now, "a", "stop", 0));
	ended(3, 0);
	expect("spawn 3 start a\nreport 4 rc 193 status 1\nreport 3 rc 0 status 0\n");
}

/* One alone, which is killed with what it started; its lane goes on when it is gone. */
static void test_end(void **state)
{
	(void)state;
	assert_false(executor_end(w.x, w.now, 1));
	run(1, "a", "start", 0);
	run(2, "a", "stop", 0);
	run(3, "a", "start", 0);
	assert_true(executor_end(w.x, w.now, 2)); /* it waits */
	expect("spawn 1 start a\nreport 2 rc 193 status 1\n");
	assert_true(executor_end(w.x, w.now, 1));
	assert_true(executor_end(w.x, w.now, 1)); /* it is being killed */
	expect("kill 1\n");
	ended(1, 9);
	expect("report 1 rc 1 status 1\nspawn 2 start a\n");
	assert_true(executor_end(w.x, w.now, 3));
	expect("kill 2\n");
	pass(KILL_PATIENCE_MS); /* it cannot be killed */
	expect("report 3 rc 1 status 1\n");
	run(4, "b", "monitor", 1000);
	assert_false(executor_end(w.x, w.now, 4)); /* it recurs */
	expect("spawn 3 monitor b\n");
}

static void test_forget(void **state)
{
	(void)state;
	run(1, "a", "monitor", 1000);
	ended(1, 0);
	run(2, "a", "start", 0);
	run(3, "a", "stop", 0);
	run(4, "b", "start", 0);
	expect("spawn 1 monitor a\nreport 1 rc 0 status 0\nspawn 2 start a\nreport 1 rc 193 status 1\n"
	       "spawn 3 start b\n");
	executor_forget(w.x, w.now, "a");
	expect("report 3 rc 193 status 1\n");
	ended(2, 0);
	expect("report 2 rc 0 status 1\n");
	executor_forget(w.x, w.now, "nobody");
	ended(3, 0);
	expect("report 4 rc 0 status 0\n");
}

static void test_what_could_not_run(void **state)
{
	const struct executor_exit none = {
		.rc = RESULT_NOT_INSTALLED, .status = EXECUTION_NOT_INSTALLED, .reason = "it is not there"};
	const struct executor_exit killed = {.spawned = true, .signal = 11};

	(void)state;
	run(1, "a", "start", 0);
	executor_exited(w.x, w.now, 1, &none);
	expect("spawn 1 start a\nreport 1 rc 5 status 7\n");
	assert_string_equal(w.reason, "it is not there");
	run(2, "a", "start", 0);
	executor_exited(w.x, w.now, 2, &killed);
	expect("spawn 2 start a\nreport 2 rc 1 status 4\n");
	assert_string_equal(w.reason, "the agent was killed by signal 11");
	ended(2, 0); /* nobody waits for that */
	expect("");
}

static void test_refused(void **state)
{
	struct operation op = op_of(1, "a", "start", 0);
	struct error why;

	(void)state;
	struct {
		struct operation op;
		const char *why;
	} cases[] = {{op, "an operation needs an id"},     {op, "an operation needs the name of its resource"},
		     {op, "an operation needs an action"}, {op, "an operation needs a class"},
		     {op, "an operation needs a type"},    {op, "operation start of a: a time is negative"}};
	cases[0].op.id = 0;
	cases[1].op.rsc = "";
	cases[2].op.action = NULL;
	cases[3].op.class_ = NULL;
	cases[4].op.type = "";
	cases[5].op.interval_ms = -1;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		assert_int_equal(executor_run(w.x, w.now, &cases[i].op, &why), ERR_INVALID);
		assert_string_equal(why.text, cases[i].why);
	}
	run(1, "a", "start", 0);
	assert_int_equal(executor_run(w.x, w.now, &op, &why), ERR_OK); /* the same, once more */
	assert_int_equal(executor_count(w.x, EXECUTOR_RUNNING), 1);
	assert_int_equal(executor_count(w.x, EXECUTOR_WAITING), 0);
	struct operation others[] = {op, op, op, op, op};
	others[0].rsc = "b";
	others[1].action = "stop";
	others[2].type = "Other";
	others[3].interval_ms = 1000;
	others[4].note = "of another manager";
	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		assert_int_equal(executor_run(w.x, w.now, &others[i], &why), ERR_INVALID);
	ended(1, 0);
	assert_int_equal(executor_run(w.x, w.now, &op, &why), ERR_INVALID); /* its report is still here */
	assert_string_equal(why.text, "operation start of a: its id is in use");
	executor_acknowledge(w.x, 1);
	assert_int_equal(executor_run(w.x, w.now, &op, &why), ERR_OK);
}

static void test_full(void **state)
{
	struct operation op = op_of(1, "a", "start", 0);
	struct error why;

	(void)state;
	for (uint64_t id = 1; id <= EXECUTOR_OPERATIONS_MAX; id++)
		run(id, "a", "start", 0);
	op.id = EXECUTOR_OPERATIONS_MAX + 1;
	assert_int_equal(executor_run(w.x, w.now, &op, &why), ERR_FULL);
	ended(1, 0);
	assert_int_equal(executor_run(w.x, w.now, &op, &why), ERR_FULL);
	executor_acknowledge(w.x, 1);
	assert_int_equal(executor_run(w.x, w.now, &op, &why), ERR_OK);
}

/* --- rule 4 --- */

static void test_timeout(void **state)
{
	(void)state;
	run(1, "a", "start", 0);
	run(2, "a", "stop", 0);
	pass(9999);
	expect("spawn 1 start a\n");
	pass(1);
	expect("kill 1\n");
	pass(20);
	ended(1, 0); /* whatever it says now */
	expect("report 1 rc 1 status 2\nspawn 2 stop a\n");
	assert_int_equal(w.run_ms, 10020);
	assert_string_equal(w.reason, "not finished within 10000 ms");
}

static void test_cannot_be_killed(void **state)
{
	(void)state;
	run(1, "a", "start", 0);
	run(2, "a", "stop", 0);
	pass(10000 + KILL_PATIENCE_MS - 1);
	expect("spawn 1 start a\nkill 1\n");
	pass(1);
	expect("report 1 rc 1 status 2\nspawn 2 stop a\n");
	assert_string_equal(w.reason, "not finished within 10000 ms, and cannot be killed");
	assert_int_equal(w.started.ns, 1001000000000u);
	assert_int_equal(w.ended.ns - w.started.ns, (10000u + KILL_PATIENCE_MS) * UINT64_C(1000000));
	ended(1, 0); /* too late to matter */
	expect("");
	ended(2, 0);
	expect("report 2 rc 0 status 0\n");
}

static void test_default_timeout(void **state)
{
	struct operation op = op_of(1, "a", "start", 0);

	(void)state;
	op.timeout_ms = 0;
	run_op(&op);
	pass(EXECUTOR_TIMEOUT_MS - 1);
	expect("spawn 1 start a\n");
	pass(1);
	expect("kill 1\n");
}

static void test_a_monitor_that_hangs_goes_on(void **state)
{
	(void)state;
	run(1, "a", "monitor", 60000);
	ended(1, 0);
	pass(60000);
	pass(10000);
	ended(2, 0);
	expect("spawn 1 monitor a\nreport 1 rc 0 status 0\nspawn 2 monitor a\nkill 2\nreport 1 rc 1 status 2\n");
	pass(60000);
	expect("spawn 3 monitor a\n");
}

/* --- rule 5 --- */

struct listing {
	GString *text;
};

static void list_one(void *arg, enum executor_state state, const struct operation *op,
		     const struct operation_report *report)
{
	static const char *const words[] = {"waits", "runs", "repeats", "reported"};
	struct listing *l = arg;

	assert_true((op == NULL) == (state == EXECUTOR_REPORTED));
	assert_true((op == NULL) != (report == NULL));
	g_string_append_printf(l->text, "%s %d %s\n", words[state], (int)(op == NULL ? report->id : op->id),
			       op == NULL ? report->note : op->note);
}

static void test_kept_until_acknowledged(void **state)
{
	struct listing l = {g_string_new(NULL)};

	(void)state;
	struct operation ops[] = {op_of(1, "a", "monitor", 1000), op_of(2, "a", "promote", 0),
				  op_of(3, "a", "demote", 0)};
	for (size_t i = 0; i < 3; i++)
		ops[i].note = "kept for you";
	run_op(&ops[0]);
	ended(1, 0);
	pass(1000);
	ended(2, 7);
	run_op(&ops[1]);
	run_op(&ops[2]);
	assert_int_equal(executor_count(w.x, EXECUTOR_REPORTED), 2);
	executor_list(w.x, list_one, &l);
	assert_string_equal(l.text->str, "reported 1 kept for you\nreported 1 kept for you\nrepeats 1 kept for you\n"
					 "runs 2 kept for you\nwaits 3 kept for you\n");
	executor_acknowledge(w.x, 1);
	executor_check(w.x);
	assert_int_equal(executor_count(w.x, EXECUTOR_REPORTED), 1);
	executor_acknowledge(w.x, 1);
	executor_acknowledge(w.x, 1);
	executor_acknowledge(w.x, 99);
	assert_int_equal(executor_count(w.x, EXECUTOR_REPORTED), 0);
	g_string_free(l.text, TRUE);
}

/* --- rule 6 --- */

static void test_stop_ends_what_repeats(void **state)
{
	(void)state;
	run(1, "a", "monitor", 1000);
	ended(1, 0);
	run(2, "a", "monitor", 2000);
	expect("spawn 1 monitor a\nreport 1 rc 0 status 0\nspawn 2 monitor a\n");
	run(3, "a", "stop", 0);
	run(4, "a", "monitor", 1000); /* of the next life */
	expect("report 1 rc 193 status 1\n");
	ended(2, 0);
	expect("report 2 rc 0 status 1\nspawn 3 stop a\n");
	ended(3, 0);
	expect("report 3 rc 0 status 0\nspawn 4 monitor a\n");
}

/* --- fence devices --- */

static void device(uint64_t id, const char *action, int64_t interval_ms)
{
	struct operation op = op_of(id, "f", action, interval_ms);

	op.class_ = "stonith";
	op.type = "fence_test";
	run_op(&op);
}

static void test_device(void **state)
{
	(void)state;
	device(1, "monitor", 0);
	expect("report 1 rc 7 status 0\n");
	assert_int_equal(w.started.ns, 1001000000000u);
	device(2, "start", 0);
	device(3, "monitor", 0);
	expect("spawn 1 start f\n");
	ended(1, 0);
	expect("report 2 rc 0 status 0\nspawn 2 monitor f\n");
	ended(2, 0);
	device(4, "stop", 0);
	device(5, "monitor", 0);
	expect("report 3 rc 0 status 0\nreport 4 rc 0 status 0\nreport 5 rc 7 status 0\n");
	device(6, "start", 0);
	ended(3, 1);
	device(7, "monitor", 0);
	expect("spawn 3 start f\nreport 6 rc 1 status 0\nreport 7 rc 7 status 0\n");
}

/* --- the end --- */

static void test_drain(void **state)
{
	struct operation op = op_of(9, "z", "start", 0);
	struct error why;

	(void)state;
	run(1, "a", "monitor", 1000);
	ended(1, 0);
	run(2, "b", "monitor", 1000);
	run(3, "b", "promote", 0);
	expect("spawn 1 monitor a\nreport 1 rc 0 status 0\nspawn 2 monitor b\n");
	assert_false(executor_drain(w.x, w.now));
	expect("report 3 rc 193 status 1\n");
	assert_int_equal(executor_run(w.x, w.now, &op, &why), ERR_AGAIN);
	ended(2, 0);
	expect("report 2 rc 0 status 0\n");
	assert_true(executor_drain(w.x, w.now));
	assert_false(mono_time_is_set(w.timer));
}

static void test_no_time_without_need(void **state)
{
	(void)state;
	assert_false(mono_time_is_set(w.timer));
	run(1, "a", "start", 0);
	assert_int_equal(w.timer.ns, mono_time_add_ms(w.now, 10000).ns);
	ended(1, 0);
	assert_false(mono_time_is_set(w.timer));
	executor_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_queue_keeps_its_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fence_actions_and_alerts_wait_for_their_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_start_delay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_repeating, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_reason_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_replaced_while_it_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_replaced_while_it_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forget, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_could_not_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_timeout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cannot_be_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_default_timeout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_monitor_that_hangs_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kept_until_acknowledged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stop_ends_what_repeats, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_device, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_time_without_need, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
