/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/document.h"
#include "controller/alerts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A call as one line: "id path timeout NAME=VALUE …", of the names that are asked for. */
struct heard {
	GString *text;
	const char *const *names;
};

static void on_run(void *arg, const struct operation *op)
{
	struct heard *h = arg;
	assert_string_equal(op->class_, "alert");
	assert_string_equal(op->action, "alert");
	assert_int_equal(op->interval_ms, 0);
	g_string_append_printf(h->text, "%s %s %d", op->rsc, op->type, (int)op->timeout_ms);
	for (size_t i = 0; h->names != NULL && h->names[i] != NULL; i++)
		g_string_append_printf(h->text, " %s=%s", h->names[i],
				       table_has(op->parameters, h->names[i]) ? table_get(op->parameters, h->names[i])
									      : "(none)");
	g_string_append_c(h->text, '\n');
}

/* 2023-11-14 22:13:20.123456 UTC */
static const wall_time when = {1700000000123456789u};

static void check(const char *alerts, struct alert_event event, const char *const *names, const char *wanted)
{
	struct document *d = NULL;
	struct heard h = {.text = g_string_new(NULL), .names = names};
	char *text = g_strdup_printf("<cib><configuration><alerts>%s</alerts></configuration></cib>", alerts);
	uint32_t sequence = 6;
	if (event.when.ns == 0)
		event.when = when;
	assert_int_equal(document_parse(text, strlen(text), "test", &d, NULL), ERR_OK);
	unsigned int calls = alerts_call(document_section(d, NAME_ALERTS), &event, &sequence, on_run, &h);
	assert_string_equal(h.text->str, wanted);
	assert_int_equal(sequence, 6 + calls);
	document_free(d);
	g_free(text);
	(void)g_string_free(h.text, TRUE);
}

static const struct alert_event lost = {.kind = ALERT_NODE, .node = "one", .node_id = 1, .desc = "lost"};
static const struct alert_event attribute = {
	.kind = ALERT_ATTRIBUTE, .node = "one", .node_id = 1, .name = "pingd", .value = "100"};

static void test_a_node(void **state)
{
	static const char *const names[] = {"CRM_alert_kind",
					    "CRM_alert_node",
					    "CRM_alert_nodeid",
					    "CRM_alert_desc",
					    "CRM_alert_recipient",
					    "CRM_alert_version",
					    "CRM_alert_timestamp",
					    "CRM_alert_timestamp_epoch",
					    "CRM_alert_timestamp_usec",
					    "CRM_alert_node_sequence",
					    "CRM_alert_rsc",
					    NULL};
	(void)state;
	check("<alert id='a' path='/x'><recipient id='r' value='/log'/></alert>", lost, names,
	      "a /x 30000 CRM_alert_kind=node CRM_alert_node=one CRM_alert_nodeid=1 CRM_alert_desc=lost "
	      "CRM_alert_recipient=/log CRM_alert_version=3.0.2 CRM_alert_timestamp=22:13:20.123456 "
	      "CRM_alert_timestamp_epoch=1700000000 CRM_alert_timestamp_usec=123456 CRM_alert_node_sequence=7 "
	      "CRM_alert_rsc=(none)\n");
}

static void test_fencing_and_attributes(void **state)
{
	static const char *const of_fencing[] = {"CRM_alert_kind", "CRM_alert_node", "CRM_alert_task",
						 "CRM_alert_desc", "CRM_alert_rc",   NULL};
	static const char *const of_attributes[] = {"CRM_alert_kind", "CRM_alert_node", "CRM_alert_attribute_name",
						    "CRM_alert_attribute_value", NULL};
	static const char all[] = "<alert id='a' path='/x'><select><select_attributes/></select></alert>";
	struct alert_event gone = attribute;
	(void)state;
	gone.value = NULL;
	check("<alert id='a' path='/x'/>",
	      (struct alert_event){.kind = ALERT_FENCING, .node = "two", .task = "t", .desc = "it worked", .rc = 3},
	      of_fencing,
	      "a /x 30000 CRM_alert_kind=fencing CRM_alert_node=two CRM_alert_task=t CRM_alert_desc=it worked "
	      "CRM_alert_rc=3\n");
	check(all, attribute, of_attributes,
	      "a /x 30000 CRM_alert_kind=attribute CRM_alert_node=one CRM_alert_attribute_name=pingd "
	      "CRM_alert_attribute_value=100\n");
	check(all, gone, of_attributes,
	      "a /x 30000 CRM_alert_kind=attribute CRM_alert_node=one CRM_alert_attribute_name=pingd "
	      "CRM_alert_attribute_value=\n");
}

static void test_a_resource(void **state)
{
	static const char *const names[] = {"CRM_alert_rsc",       "CRM_alert_task",   "CRM_alert_interval",
					    "CRM_alert_target_rc", "CRM_alert_status", "CRM_alert_rc",
					    "CRM_alert_exec_time", "CRM_alert_desc",   NULL};
	static const struct {
		int status, rc, target_rc;
		int64_t interval_ms;
		const char *task, *wanted;
	} cases[] = {
		{EXECUTION_DONE, 0, 0, 0, "start",
		 "CRM_alert_task=start CRM_alert_interval=0 CRM_alert_target_rc=0 CRM_alert_status=0 CRM_alert_rc=0 "
		 "CRM_alert_exec_time=12 CRM_alert_desc=OK\n"},
		{EXECUTION_DONE, 7, 0, 10000, "monitor",
		 "CRM_alert_task=monitor CRM_alert_interval=10000 CRM_alert_target_rc=0 CRM_alert_status=0 "
		 "CRM_alert_rc=7 CRM_alert_exec_time=12 CRM_alert_desc=Not running\n"},
		{EXECUTION_TIMEOUT, 1, 0, 0, "stop",
		 "CRM_alert_task=stop CRM_alert_interval=0 CRM_alert_target_rc=0 CRM_alert_status=2 CRM_alert_rc=1 "
		 "CRM_alert_exec_time=12 CRM_alert_desc=Timed out\n"},
		{EXECUTION_DONE, 0, 7, 0, "monitor", /* a probe that found what it should not */
		 "CRM_alert_task=monitor CRM_alert_interval=0 CRM_alert_target_rc=7 CRM_alert_status=0 CRM_alert_rc=0 "
		 "CRM_alert_exec_time=12 CRM_alert_desc=OK\n"},
		{EXECUTION_DONE, 7, 7, 0, "monitor", NULL},
		{EXECUTION_DONE, 99, 0, 0, "start",
		 "CRM_alert_task=start CRM_alert_interval=0 CRM_alert_target_rc=0 CRM_alert_status=0 CRM_alert_rc=99 "
		 "CRM_alert_exec_time=12 CRM_alert_desc=Unknown exit status\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct alert_event e = {.kind = ALERT_RESOURCE,
					      .node = "one",
					      .rsc = "web",
					      .task = cases[i].task,
					      .interval_ms = cases[i].interval_ms,
					      .exec_ms = 12,
					      .rc = cases[i].rc,
					      .target_rc = cases[i].target_rc,
					      .status = cases[i].status};
		char *wanted = cases[i].wanted == NULL
				       ? g_strdup("")
				       : g_strconcat("a /x 30000 CRM_alert_rsc=web ", cases[i].wanted, NULL);
		check("<alert id='a' path='/x'/>", e, names, wanted);
		g_free(wanted);
	}
}

#define SELECT(what) "<alert id='a' path='/x'><select>" what "</select></alert>"

static void test_selection(void **state)
{
	static const struct {
		const char *alerts;
		bool node, fencing, resource, attribute, other_attribute;
	} cases[] = {
		{"<alert id='a' path='/x'/>", true, true, true, false, false},
		{SELECT(""), true, true, true, false, false},
		{SELECT("<select_nodes/>"), true, false, false, false, false},
		{SELECT("<select_fencing/><select_resources/>"), false, true, true, false, false},
		{SELECT("<select_attributes/>"), false, false, false, true, true},
		{SELECT("<select_attributes><attribute id='n' name='pingd'/></select_attributes>"), false, false, false,
		 true, false},
		{SELECT("<select_attributes><attribute id='n' name='Pingd'/></select_attributes>"), false, false, false,
		 false, false},
		{"<alert path='/x'/>", false, false, false, false, false},
		{"<alert id='a'/>", false, false, false, false, false},
		/* what an alert selects holds for its recipients until they say otherwise */
		{"<alert id='a' path='/x'><select><select_nodes/></select><recipient id='r' value='v'/></alert>", true,
		 false, false, false, false},
		{"<alert id='a' path='/x'><select><select_nodes/></select><recipient id='r' value='v'><select>"
		 "<select_fencing/></select></recipient></alert>",
		 false, true, false, false, false},
		{"<alert id='a' path='/x'><select><select_attributes><attribute id='n' name='pingd'/>"
		 "</select_attributes></select><recipient id='r' value='v'><select><select_attributes/></select>"
		 "</recipient></alert>",
		 false, false, false, true, false},
	};
	static const struct alert_event fencing = {.kind = ALERT_FENCING, .node = "one"};
	static const struct alert_event resource = {.kind = ALERT_RESOURCE, .node = "one", .task = "start"};
	static const char line[] = "a /x 30000\n";
	struct alert_event other = attribute;
	(void)state;
	other.name = "load";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check(cases[i].alerts, lost, NULL, cases[i].node ? line : "");
		check(cases[i].alerts, fencing, NULL, cases[i].fencing ? line : "");
		check(cases[i].alerts, resource, NULL, cases[i].resource ? line : "");
		check(cases[i].alerts, attribute, NULL, cases[i].attribute ? line : "");
		check(cases[i].alerts, other, NULL, cases[i].other_attribute ? line : "");
	}
}

#define META(id, pairs)   "<meta_attributes id='" id "'>" pairs "</meta_attributes>"
#define PAIR(name, value) "<nvpair id='" name value "' name='" name "' value='" value "'/>"

static void test_options(void **state)
{
	static const struct {
		const char *alerts, *wanted;
	} cases[] = {
		{"<alert id='a' path='/x'>" META("m", PAIR("timeout", "15s")) "</alert>", "a /x 15000\n"},
		{"<alert id='a' path='/x'>" META("m", PAIR("timeout", "0")) "</alert>", "a /x 30000\n"},
		{"<alert id='a' path='/x'>" META("m", PAIR("timeout", "soon")) "</alert>", "a /x 30000\n"},
		{"<alert id='a' path='/x'>" META("m", PAIR("enabled", "false")) "</alert>", ""},
		{"<alert id='a' path='/x'>" META("m", PAIR("enabled", "rubbish")) "</alert>", ""},
		{"<alert id='a' path='/x'>" META("m", PAIR("enabled", "Yes")) "</alert>", "a /x 30000\n"},
		{"<alert id='a' path='/x'>" META("m", PAIR("enabled", "false")) "<recipient id='r' value='v'>" META(
			 "n", PAIR("enabled", "true")) "</recipient></alert>",
		 ""},
		{"<alert id='a' path='/x'>" META("m", PAIR("timeout", "5s")) "<recipient id='r' value='v'>" META(
			 "n", PAIR("timeout", "6s")) "</recipient><recipient id='s' value='w'/><recipient id='t' "
						     "value='w'>" META("o", PAIR("enabled", "false")) "</recipient>"
												      "</alert>",
		 "a /x 6000\na /x 5000\n"},
		{"<alert id='a' path='/x'>"
		 "<meta_attributes id='m'><rule id='u' score='0'><date_expression id='d' operation='lt' "
		 "end='2020-01-01'/></rule>" PAIR("enabled", "false") "</meta_attributes></alert>",
		 "a /x 30000\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].alerts, lost, NULL, cases[i].wanted);
}

static void test_instance_attributes_are_the_environment(void **state)
{
	static const char *const names[] = {"mail_from", "debug", "CRM_alert_recipient", NULL};
	(void)state;
	check("<alert id='a' path='/x'><instance_attributes id='i'>" PAIR("mail_from", "me")
		      PAIR("debug", "no") "</instance_attributes><recipient id='r' value='1'><instance_attributes "
					  "id='j'>" PAIR("debug",
							 "yes") "</instance_attributes></recipient><recipient id='s' "
								"value='2'/></alert><alert id='b' path='/y'/>",
	      lost, names,
	      "a /x 30000 mail_from=me debug=yes CRM_alert_recipient=1\n"
	      "a /x 30000 mail_from=me debug=no CRM_alert_recipient=2\n"
	      "b /y 30000 mail_from=(none) debug=(none) CRM_alert_recipient=\n");
}

static void test_timestamps(void **state)
{
	static const char *const names[] = {"CRM_alert_timestamp", NULL};
	static const struct {
		const char *format;
		int32_t offset_s;
		const char *wanted;
	} cases[] = {
		{"%Y-%m-%d %H:%M:%S", 0, "2023-11-14 22:13:20"},
		{"%Y-%m-%d %H:%M", 2 * 3600, "2023-11-15 00:13"},
		{"%H.%3N|%N|%9N|%06N", 0, "22.123||123456|123456"},
		{"100%%", 0, "100%"},
		{"%%N %1N", 0, "%N 1"},
		{"plain", 0, "plain"},
		{"%H%", 0, "22"},
		{"", 0, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *alerts =
			g_strdup_printf("<alert id='a' path='/x'>" META(
						"m", "<nvpair id='f' name='timestamp-format' value='%s'/>") "</alert>",
					cases[i].format);
		char *wanted = g_strdup_printf("a /x 30000 CRM_alert_timestamp=%s\n", cases[i].wanted);
		struct alert_event e = lost;
		e.offset_s = cases[i].offset_s;
		check(alerts, e, names, wanted);
		g_free(alerts);
		g_free(wanted);
	}
}

static void test_no_section(void **state)
{
	uint32_t sequence = 0;
	(void)state;
	assert_int_equal(alerts_call(NULL, &lost, &sequence, on_run, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_node),     cmocka_unit_test(test_fencing_and_attributes),
		cmocka_unit_test(test_a_resource), cmocka_unit_test(test_selection),
		cmocka_unit_test(test_options),    cmocka_unit_test(test_instance_attributes_are_the_environment),
		cmocka_unit_test(test_timestamps), cmocka_unit_test(test_no_section),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
