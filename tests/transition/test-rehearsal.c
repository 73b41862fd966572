/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/graph.h"
#include "transition/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

#define CLUSTER                                                                                                \
	"<cib have-quorum='1' dc-uuid='1'><configuration><crm_config><cluster_property_set id='o'>"            \
	"<nvpair id='o1' name='fencing-enabled' value='false'/></cluster_property_set></crm_config>"           \
	"<nodes><node id='1' uname='n1'/><node id='2' uname='n2'/></nodes>"                                    \
	"<resources><primitive id='web' class='ocf' provider='pacemaker' type='Dummy'/></resources>"           \
	"<constraints><rsc_location id='l' rsc='web' node='n1' score='5'/></constraints></configuration>"      \
	"<status><node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' expected='member'/>"  \
	"<node_state id='2' uname='n2' in_ccm='true' crmd='online' join='member' expected='member'/></status>" \
	"</cib>"

struct world {
	struct document *document;
	struct cluster *cluster;
	struct rehearsal rehearsal;
	GString *said, *errors;
};

static void add_line(void *user, const char *line)
{
	struct world *w = user;
	g_string_append_printf(w->said, "%s\n", line);
}

static void add_error(void *user, const char *line)
{
	struct world *w = user;
	g_string_append_printf(w->errors, "%s\n", line);
}

static void add_event(void *user, const struct rehearsal_event *event)
{
	GString *told = user;
	g_string_append_printf(told, "%s", event->kind);
	for (int i = 0; i < REHEARSAL_VALUES_MAX && event->values[i].name != NULL; i++)
		if (event->values[i].value != NULL)
			g_string_append_printf(told, " %s=%s", event->values[i].name, event->values[i].value);
	g_string_append_c(told, '\n');
}

static void renew(struct world *w)
{
	cluster_free(w->cluster);
	w->cluster = cluster_new(w->document, NOW);
	scheduler_run(w->cluster);
	w->rehearsal.cluster = w->cluster;
}

static int set_up(void **state)
{
	struct world *w = g_new0(struct world, 1);
	if (document_parse(CLUSTER, strlen(CLUSTER), "test", &w->document, NULL) != ERR_OK)
		return -1;
	w->said = g_string_new(NULL);
	w->errors = g_string_new(NULL);
	w->rehearsal = (struct rehearsal){
		.document = w->document, .now = NOW, .log = {.line = add_line, .error = add_error, .user = w}};
	renew(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	cluster_free(w->cluster);
	document_free(w->document);
	(void)g_string_free(w->said, TRUE);
	(void)g_string_free(w->errors, TRUE);
	g_free(w);
	return 0;
}

static const struct element *entry(const struct world *w, const char *id)
{
	return document_by_id(w->document, id);
}

static void all_succeeds(void **state)
{
	struct world *w = *state;
	assert_true(rehearse(&w->rehearsal));
	assert_non_null(strstr(w->said->str, "web"));
	assert_string_equal(w->errors->str, "");
	const struct element *last = entry(w, "web_last_0");
	assert_non_null(last);
	assert_string_equal(element_get(last, document_known_name(w->document, "operation")), "start");
	/* Nothing is left to be done. */
	renew(w);
	assert_int_equal(w->cluster->graph->count, 0);
}

static void what_shall_fail_fails(void **state)
{
	static const char *const failures[] = {"web_start_0@n1=1", NULL};
	struct world *w = *state;
	w->rehearsal.failures = failures;
	assert_true(rehearse(&w->rehearsal));
	assert_non_null(entry(w, "web_last_failure_0"));
	/* A start that failed is fatal: next it goes to the other node. */
	w->rehearsal.failures = NULL;
	renew(w);
	assert_string_equal(resource_find(w->cluster, "web")->assigned->name, "n2");
}

static void all_is_told_as_data_too(void **state)
{
	static const char *const failures[] = {"web_start_0@n1=1", NULL};
	struct world *w = *state;
	GString *told = g_string_new(NULL);
	w->rehearsal.log = (struct rehearsal_log){.event = add_event, .user = told};
	w->rehearsal.failures = failures;
	rehearse_node(&w->rehearsal, "n2", NODE_GOES);
	rehearse_ticket(&w->rehearsal, "t", TICKET_STANDBY_ON);
	rehearse_operation(&w->rehearsal, "web_monitor_10000@n2=0");
	assert_true(rehearse(&w->rehearsal));
	static const char *const lines[] = {
		"modify_node action=Offline node=n2\n",
		"modify_ticket action=Standby ticket=t\n",
		"inject_spec spec=web_monitor_10000@n2=0\n",
		"rsc_action resource=web op=start node=n1\n",
		"inject_attr name=fail-count-web#start_0 value=INFINITY node_path=/node_state cib_node=1\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_non_null(strstr(told->str, lines[i]));
	(void)g_string_free(told, TRUE);
}

static void remarks_are_no_lines(void **state)
{
	static const char *const failures[] = {"web_start_0@n1=1", NULL};
	struct world *w = *state;
	w->rehearsal.failures = failures;
	w->rehearsal.log = (struct rehearsal_log){.remark = add_line, .user = w};
	assert_true(rehearse(&w->rehearsal));
	assert_non_null(strstr(w->said->str, "Pretending action "));
	assert_null(strstr(w->said->str, "Resource action"));
}

static void nodes_come_and_go(void **state)
{
	struct world *w = *state;
	rehearse_node(&w->rehearsal, "n1", NODE_GOES);
	renew(w);
	assert_string_equal(resource_find(w->cluster, "web")->assigned->name, "n2");
	rehearse_node(&w->rehearsal, "n1", NODE_COMES);
	renew(w);
	assert_string_equal(resource_find(w->cluster, "web")->assigned->name, "n1");
	rehearse_node(&w->rehearsal, "n1", NODE_FAILS);
	renew(w);
	assert_string_equal(resource_find(w->cluster, "web")->assigned->name, "n2");
	assert_string_equal(w->said->str, "Taking node n1 offline\nBringing node n1 online\nFailing node n1\n");
}

static void tickets_quorum_and_watchdog(void **state)
{
	static const struct {
		enum ticket_change change;
		const char *attribute, *value;
	} cases[] = {
		{TICKET_GRANTED, "granted", "true"},
		{TICKET_REVOKED, "granted", "false"},
		{TICKET_STANDBY_ON, "standby", "true"},
		{TICKET_STANDBY_OFF, "standby", "false"},
	};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rehearse_ticket(&w->rehearsal, "T", cases[i].change);
		const struct element *ticket = entry(w, "T");
		assert_non_null(ticket);
		assert_string_equal(element_get(ticket, document_known_name(w->document, cases[i].attribute)),
				    cases[i].value);
	}
	rehearse_quorum(&w->rehearsal, "0");
	rehearse_watchdog(&w->rehearsal, "1");
	renew(w);
	assert_true(w->cluster->options.have_watchdog);
	rehearse_watchdog(&w->rehearsal, "0");
	renew(w);
	assert_false(w->cluster->quorate);
	assert_false(w->cluster->options.have_watchdog);
}

static void operations_have_had_results(void **state)
{
	struct world *w = *state;
	rehearse_operation(&w->rehearsal, "web_monitor_10000@n1=7");
	assert_string_equal(w->errors->str, "");
	assert_non_null(entry(w, "web_last_failure_0"));
	static const char *const wrong[] = {
		"web_monitor_10000@n1", "web", "", "nobody_monitor_0@n1=7", "web_monitor_0@n1=256", "web_stop_0@n1=-1",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		g_string_truncate(w->errors, 0);
		rehearse_operation(&w->rehearsal, wrong[i]);
		assert_non_null(strstr(w->errors->str, "Invalid"));
	}
}

/* A failure adds one, but nothing is more than INFINITY. */
static void failures_are_counted(void **state)
{
	static const char *const steps[][2] = {
		{"web_monitor_10000@n1=1", "#monitor_10000=1 "}, {"web_monitor_10000@n1=1", "#monitor_10000=2 "},
		{"web_stop_0@n1=1", "#stop_0=INFINITY "},        {"web_stop_0@n1=1", "#stop_0=INFINITY "},
		{"web_promote_0@n1=1", "#promote_0=1 "},
	};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		g_string_truncate(w->said, 0);
		rehearse_operation(&w->rehearsal, steps[i][0]);
		assert_non_null(strstr(w->said->str, steps[i][1]));
	}
}

static void what_shall_fail_is_checked(void **state)
{
	static const char *const failures[] = {"nonsense", "web_start_0@n1=1", NULL};
	struct world *w = *state;
	w->rehearsal.failures = failures;
	assert_true(rehearse(&w->rehearsal));
	assert_non_null(strstr(w->errors->str, "Invalid operation spec: nonsense: write"));
	assert_null(strstr(w->errors->str, "web_start_0@n1=1:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_succeeds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_shall_fail_fails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_is_told_as_data_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(remarks_are_no_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nodes_come_and_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tickets_quorum_and_watchdog, set_up, tear_down),
		cmocka_unit_test_setup_teardown(operations_have_had_results, set_up, tear_down),
		cmocka_unit_test_setup_teardown(failures_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_shall_fail_is_checked, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
