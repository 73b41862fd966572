/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executor/operation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static void test_copy_outlives(void **state)
{
	struct arena a = {0};
	struct table *t = table_new(&a);
	char rsc[] = "vip:0", value[] = "192.0.2.7";
	struct operation op = {.id = 7,
			       .rsc = rsc,
			       .class_ = "ocf",
			       .type = "IPaddr2",
			       .action = "start",
			       .interval_ms = 5,
			       .timeout_ms = 6,
			       .start_delay_ms = 8,
			       .parameters = t};

	(void)state;
	table_set(t, "ip", value);
	table_set(t, "none", NULL);
	struct operation *copy = operation_copy(&op);
	memset(rsc, 'x', sizeof rsc - 1);
	memset(value, 'x', sizeof value - 1);
	arena_fini(&a);
	assert_int_equal(copy->id, 7);
	assert_string_equal(copy->rsc, "vip:0");
	assert_string_equal(copy->class_, "ocf");
	assert_null(copy->provider);
	assert_null(copy->note);
	assert_int_equal(copy->interval_ms + copy->timeout_ms + copy->start_delay_ms, 19);
	assert_int_equal(copy->parameters->count, 2);
	assert_string_equal(table_get(copy->parameters, "ip"), "192.0.2.7");
	assert_true(table_has(copy->parameters, "none"));
	assert_null(table_get(copy->parameters, "none"));
	g_free(copy);
	op = (struct operation){.id = 1};
	copy = operation_copy(&op);
	assert_int_equal(copy->parameters->count, 0);
	g_free(copy);
}

static void test_copy_of_a_report(void **state)
{
	char reason[] = "no disk";
	struct operation_report r = {.id = 3,
				     .rsc = "a",
				     .action = "start",
				     .output = "",
				     .reason = reason,
				     .restart = "ip",
				     .rc = 1,
				     .status = EXECUTION_TIMEOUT,
				     .run_ms = 4};

	(void)state;
	struct operation_report *copy = operation_report_copy(&r);
	memset(reason, 'x', sizeof reason - 1);
	assert_string_equal(copy->reason, "no disk");
	assert_string_equal(copy->output, "");
	assert_string_equal(copy->restart, "ip");
	assert_null(copy->note);
	assert_null(copy->secret);
	assert_int_equal(copy->status, EXECUTION_TIMEOUT);
	assert_int_equal(copy->run_ms, 4);
	g_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_outlives),
		cmocka_unit_test(test_copy_of_a_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
