/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's clients where there is no engine: they say so, and leave nothing behind. With an engine, tests/system
 * shows them at work.
 */
#include "os/corosync-group.h"
#include "os/corosync-map.h"
#include "os/corosync-quorum.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct loop *loop;

static void test_no_group(void **state)
{
	const struct group_ops ops = {0};
	struct group *g = NULL;
	struct error error;
	(void)state;
	assert_int_equal(ERR_AGAIN, group_open(loop, "hale", &ops, &g, &error));
	assert_non_null(strstr(error.text, "engine"));
	group_close(NULL);
}

static void test_no_quorum(void **state)
{
	const struct quorum_ops ops = {0};
	struct quorum_watch *q = NULL;
	struct error error;
	(void)state;
	assert_int_equal(ERR_AGAIN, quorum_watch_open(loop, &ops, &q, &error));
	quorum_watch_close(NULL);
}

static void test_no_map(void **state)
{
	static struct map_cluster cluster;
	struct error error;
	(void)state;
	assert_int_equal(ERR_AGAIN, map_cluster_read(&cluster, &error));
	assert_int_equal(ERR_AGAIN, map_admit(0, &error));
	assert_int_equal(0, cluster.count);
}

static void test_no_watch(void **state)
{
	const struct map_watch_ops ops = {0};
	struct map_watch *w = NULL;
	struct error error;
	(void)state;
	assert_int_equal(ERR_AGAIN, map_watch_open(loop, &ops, &w, &error));
	assert_non_null(strstr(error.text, "engine"));
	map_watch_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_group),
		cmocka_unit_test(test_no_quorum),
		cmocka_unit_test(test_no_map),
		cmocka_unit_test(test_no_watch),
	};
	struct error error;
	/* sockets of libqb are abstract: a network namespace of our own has none */
	if (unshare(CLONE_NEWNET) != 0)
		return 77;
	if (loop_open(&loop, &error) != ERR_OK)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close(loop);
	return failed;
}
