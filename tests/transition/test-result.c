/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/history.h"
#include "transition/result.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define EMPTY "<cib><configuration><nodes><node id='7' uname='n1'/></nodes></configuration><status/></cib>"

static struct document *document(void)
{
	struct document *d = NULL;
	assert_int_equal(document_parse(EMPTY, strlen(EMPTY), "test", &d, NULL), ERR_OK);
	return d;
}

static struct element *history(struct document *d)
{
	return status_resource(status_node(d, "n1", NULL), "web", "web", "ocf", "pacemaker", "Dummy");
}

static struct operation_result result(const char *task, int64_t interval_ms, int rc)
{
	return (struct operation_result){.rsc_id = "web",
					 .task = task,
					 .interval_ms = interval_ms,
					 .rc = rc,
					 .exit_reason = "because",
					 .node = "n1",
					 .now = 5,
					 .origin = "test"};
}

static void a_node_gets_its_own_id(void **state)
{
	(void)state;
	struct document *d = document();
	struct element *n = status_node(d, "n1", NULL);
	assert_string_equal(element_id(n), "7");
	assert_ptr_equal(status_node(d, "N1", NULL), n);
	assert_string_equal(element_id(status_node(d, "other", NULL)), "other");
	assert_string_equal(element_id(status_node(d, "guest", "g")), "g");
	status_node_set_online(n, true, "test");
	assert_string_equal(element_get(n, NAME_CRMD), "online");
	status_node_set_online(n, false, "test");
	assert_string_equal(element_get(n, NAME_JOIN), "down");
	document_free(d);
}

static void attributes_are_kept_and_forgotten(void **state)
{
	(void)state;
	struct document *d = document();
	struct element *n = status_node(d, "n1", NULL);
	assert_null(status_attribute_get(n, "a"));
	status_attribute_set(n, "a", "1");
	status_attribute_set(n, "a", "2");
	assert_string_equal(status_attribute_get(n, "a"), "2");
	status_node_forget(n);
	assert_null(status_attribute_get(n, "a"));
	document_free(d);
}

static void resources_go_by_either_name(void **state)
{
	(void)state;
	struct document *d = document();
	struct element *n = status_node(d, "n1", NULL);
	assert_null(status_resource(n, "web:0", "web", NULL, NULL, NULL));
	assert_null(status_resource_add(n, "web", NULL, NULL, NULL));
	assert_string_equal(element_id(status_resource_add(n, "other", "ocf", "pacemaker", "Dummy")), "other");
	struct element *r = status_resource(n, "web:0", "web", "ocf", "pacemaker", "Dummy");
	assert_string_equal(element_id(r), "web");
	assert_ptr_equal(status_resource(n, "web:1", "web", NULL, NULL, NULL), r);
	document_free(d);
}

static void operations_have_an_entry_of_their_sort(void **state)
{
	(void)state;
	struct document *d = document();
	struct element *h = history(d);
	struct operation_result start = result("start", 0, 0), monitor = result("monitor", 10000, 0);
	struct element *e = result_record(h, &start);
	assert_string_equal(element_id(e), "web_last_0");
	assert_string_equal(element_get(e, NAME_CALL_ID), "1");
	assert_string_equal(element_get(e, NAME_EXIT_REASON), "");
	assert_string_equal(element_get(e, NAME_TRANSITION_MAGIC), "0:0;1:-1:0:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
	e = result_record(h, &monitor);
	assert_string_equal(element_id(e), "web_monitor_10000");
	assert_string_equal(element_get(e, NAME_CALL_ID), "2");
	struct operation_result reload = result("reload-agent", 0, 0);
	e = result_record(h, &reload);
	assert_string_equal(element_get(e, NAME_OPERATION), "start");
	document_free(d);
}

static void calls_are_counted_up_to_the_last_number(void **state)
{
	(void)state;
	struct document *d = document();
	struct element *h = history(d);
	struct operation_result monitor = result("monitor", 10000, 0);
	assert_int_equal(result_last_call(h), 0);
	assert_int_equal(result_next_call(h), 1);
	struct element *e = result_record(h, &monitor);
	element_set(e, NAME_CALL_ID, "41");
	assert_int_equal(result_last_call(h), 41);
	assert_int_equal(result_next_call(h), 42);
	element_set(e, NAME_CALL_ID, "99999999999");
	assert_int_equal(result_last_call(h), INT_MAX);
	assert_int_equal(result_next_call(h), INT_MAX);
	document_free(d);
}

static void failures_are_kept_beside(void **state)
{
	(void)state;
	struct document *d = document();
	struct element *h = history(d);
	struct operation_result stop = result("stop", 0, 1), monitor = result("monitor", 10000, 7);
	struct element *e = result_record(h, &stop);
	assert_string_equal(element_id(e), "web_last_failure_0");
	assert_string_equal(element_get(e, NAME_EXIT_REASON), "because");
	assert_non_null(element_child_by_id(h, NAME_LRM_RSC_OP, "web_last_0"));
	e = result_record(h, &monitor);
	assert_string_equal(element_id(e), "web_last_failure_0");
	assert_string_equal(element_get(e, NAME_OPERATION_KEY), "web_monitor_10000");
	assert_null(element_child_by_id(h, NAME_LRM_RSC_OP, "web_monitor_10000"));
	document_free(d);
}

/* The digest of no parameters at all, as every history of a Dummy has it. */
static void digests_leave_out_what_is_the_clusters(void **state)
{
	(void)state;
	struct document *d = document();
	struct element *h = history(d);
	struct table *t = table_new(document_arena(d));
	table_set(t, "CRM_meta_timeout", "20000");
	table_set(t, "crm_feature_set", "3.20.5");
	struct operation_result start = result("start", 0, 0);
	start.parameters = t;
	assert_string_equal(element_get(result_record(h, &start), NAME_OP_DIGEST), "f2317cad3d54cec5d7d7aa7d0bf35cf8");
	struct operation_result monitor = result("monitor", 10000, 0);
	monitor.parameters = t;
	assert_string_not_equal(element_get(result_record(h, &monitor), NAME_OP_DIGEST),
				"f2317cad3d54cec5d7d7aa7d0bf35cf8");
	document_free(d);
}

static void test_what_is_a_failure(void **state)
{
	(void)state;
	assert_false(result_is_failure(EXECUTION_DONE, 7, 7));
	assert_true(result_is_failure(EXECUTION_DONE, 0, 7));
	assert_true(result_is_failure(EXECUTION_TIMEOUT, 0, 0));
	assert_false(result_is_failure(EXECUTION_PENDING, 193, 0));
	assert_false(result_is_failure(EXECUTION_CANCELLED, 1, 0));
	assert_true(result_is_failure(EXECUTION_NOT_INSTALLED, 5, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_a_failure),
		cmocka_unit_test(a_node_gets_its_own_id),
		cmocka_unit_test(attributes_are_kept_and_forgotten),
		cmocka_unit_test(resources_go_by_either_name),
		cmocka_unit_test(operations_have_an_entry_of_their_sort),
		cmocka_unit_test(calls_are_counted_up_to_the_last_number),
		cmocka_unit_test(failures_are_kept_beside),
		cmocka_unit_test(digests_leave_out_what_is_the_clusters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
