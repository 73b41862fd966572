/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manager's engine where there is none: it is awaited, and what cannot go on ends the attempts. With an engine,
 * tests/system shows it at work.
 */
#include "daemon/manager-engine.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct stage {
	struct loop *loop;
	struct manager_engine *engine;
	enum err prepared; /* what prepare() says */
	unsigned prepares, awaits, failures, others;
	char why[256];
};

static enum err on_prepare(void *arg, struct error *reterr)
{
	struct stage *s = arg;
	s->prepares++;
	return s->prepared == ERR_OK ? ERR_OK : error_set(reterr, s->prepared, "not now");
}

static void on_awaited(void *arg, const char *why)
{
	struct stage *s = arg;
	s->awaits++;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
}

static void on_failed(void *arg, const char *why)
{
	struct stage *s = arg;
	s->failures++;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
}

static enum err on_begin(void *arg, struct member self, struct error *reterr)
{
	(void)self, (void)reterr;
	((struct stage *)arg)->others++;
	return ERR_OK;
}

static void on_lost(void *arg, const char *why)
{
	(void)why;
	((struct stage *)arg)->others++;
}

static void on_end(void *arg)
{
	loop_stop(((struct stage *)arg)->loop);
}

/* For so long. */
static void run(struct stage *s, uint64_t ms)
{
	struct timer t;
	struct error error;
	timer_init(&t, on_end, s);
	loop_timer_set(s->loop, &t, ms);
	assert_int_equal(ERR_OK, loop_run(s->loop, &error));
}

static int open_stage(void **state)
{
	static struct stage s;
	struct error error;
	const struct manager_engine_ops ops = {.arg = &s,
					       .prepare = on_prepare,
					       .awaited = on_awaited,
					       .begin = on_begin,
					       .failed = on_failed,
					       .lost = on_lost};
	s = (struct stage){.prepared = ERR_OK};
	*state = &s;
	if (loop_open(&s.loop, &error) != ERR_OK)
		return -1;
	s.engine = manager_engine_open(s.loop, "hale", &ops);
	return 0;
}

static int close_stage(void **state)
{
	struct stage *s = *state;
	manager_engine_close(s->engine);
	manager_engine_close(NULL);
	loop_close(s->loop);
	return 0;
}

static void test_it_is_awaited_and_said_once(void **state)
{
	struct stage *s = *state;
	manager_engine_send(s->engine, bytes_of("x", 1)); /* to nobody */
	run(s, 300);
	assert_in_range(s->prepares, 2, 7);
	assert_int_equal(1, s->awaits);
	assert_non_null(strstr(s->why, "engine"));
	assert_string_equal("", manager_engine_name(s->engine));
	assert_int_equal(0, manager_engine_cluster(s->engine)->count);
	assert_int_equal(0, s->failures + s->others);
}

static void test_what_is_prepared_may_have_to_wait(void **state)
{
	struct stage *s = *state;
	s->prepared = ERR_AGAIN;
	run(s, 120);
	assert_int_equal(1, s->awaits);
	assert_string_equal("not now", s->why);
	s->prepared = ERR_ACCESS;
	run(s, 200);
	unsigned prepares = s->prepares;
	assert_int_equal(1, s->failures);
	run(s, 120);
	assert_int_equal(prepares, s->prepares);
	assert_int_equal(0, s->others);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_is_awaited_and_said_once, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(test_what_is_prepared_may_have_to_wait, open_stage, close_stage),
	};
	/* sockets of libqb are abstract: a network namespace of our own has none */
	if (unshare(CLONE_NEWNET) != 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
