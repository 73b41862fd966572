/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node's own part, with a scripted executor and leader: what it says to either, line by line. */
#include "controller/local.h"
#include "fencing/fencing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct stage {
	struct cluster_state state;
	struct local *local;
	GString *text;
	GPtrArray *run;     /* struct operation: what the executor was asked for */
	GPtrArray *entries; /* char *: entries of the results that were sent */
	char *key;          /* of the last one */
	bool failed, is_fatal, is_ignored, counts;
};

static void on_send(void *host, const struct message *m)
{
	struct stage *s = host;
	if (m->kind == MESSAGE_FENCE_RAN) {
		g_string_append_printf(s->text, "ran %d rc=%d %s\n", (int)m->fence_ran.run, m->fence_ran.rc,
				       m->fence_ran.output);
		return;
	}
	assert_int_equal(m->kind, MESSAGE_RESULT);
	struct document *d = NULL;
	assert_int_equal(document_parse(m->result.entry, strlen(m->result.entry), "entry", &d, NULL), ERR_OK);
	const struct element *e = document_root(d);
	g_string_append_printf(s->text, "result %s %s rc=%s status=%s key=%s%s%s%s%s\n", m->result.node, element_id(e),
			       element_get(e, NAME_RC_CODE), element_get(e, NAME_OP_STATUS), m->result.transition_key,
			       m->result.failed ? " failed" : "", m->result.rsc != NULL ? " counts" : "",
			       m->result.is_fatal ? " fatal" : "", m->result.is_ignored ? " ignored" : "");
	document_free(d);
	g_ptr_array_add(s->entries, g_strdup(m->result.entry));
	g_free(s->key);
	s->key = g_strdup(m->result.transition_key);
}

static void on_run(void *host, const struct operation *op)
{
	struct stage *s = host;
	g_string_append_printf(s->text, "run %d %s %s %d in %d ip=%s\n", (int)op->id, op->rsc, op->action,
			       (int)op->interval_ms, (int)op->timeout_ms,
			       table_has(op->parameters, "ip") ? table_get(op->parameters, "ip") : "none");
	g_ptr_array_add(s->run, operation_copy(op));
}

static void on_cancel(void *host, const struct operation *op)
{
	GString *text = ((struct stage *)host)->text;
	if (op->id != 0)
		g_string_append_printf(text, "end %d %s %s\n", (int)op->id, op->rsc, op->action);
	else
		g_string_append_printf(text, "cancel %s %s %d\n", op->rsc, op->action, (int)op->interval_ms);
}

static void on_forget(void *host, const char *rsc)
{
	g_string_append_printf(((struct stage *)host)->text, "forget %s\n", rsc);
}

static void on_acknowledge(void *host, uint64_t id)
{
	g_string_append_printf(((struct stage *)host)->text, "acknowledge %d\n", (int)id);
}

static void on_log(void *host, enum message_id id, const char *text)
{
	(void)host, (void)id, (void)text;
}

static void on_reset(void *host, const char *why)
{
	(void)why;
	g_string_append(((struct stage *)host)->text, "reset\n");
}

static int64_t leader_ahead_ns;

static int64_t on_ahead(void *host)
{
	(void)host;
	return leader_ahead_ns;
}

static const struct local_ops verbs = {.send = on_send,
				       .run = on_run,
				       .cancel = on_cancel,
				       .forget = on_forget,
				       .acknowledge = on_acknowledge,
				       .log = on_log,
				       .reset = on_reset,
				       .ahead_ns = on_ahead};

static struct document *parse(const char *xml)
{
	struct document *d = NULL;
	assert_int_equal(document_parse(xml, strlen(xml), "test", &d, NULL), ERR_OK);
	return d;
}

#define HISTORY(entries)                                                                                             \
	"<cib><configuration><crm_config><cluster_property_set id='o'><nvpair id='f' name='start-failure-is-fatal' " \
	"value='true'/></cluster_property_set></crm_config></configuration><status><node_state id='1' uname='n1'>"   \
	"<lrm id='1'><lrm_resources><lrm_resource id='web' class='ocf' provider='p' type='Web'>" entries             \
	"</lrm_resource></lrm_resources></lrm></node_state></status></cib>"

/* A manager that begins; the executor is there and knows nothing when connected. */
static void open_with(struct stage *s, const char *xml, bool connected)
{
	struct local_ops ops = verbs;
	*s = (struct stage){.text = g_string_new(NULL)};
	s->run = g_ptr_array_new_with_free_func(g_free);
	s->entries = g_ptr_array_new_with_free_func(g_free);
	cluster_state_init(&s->state);
	cluster_state_take_document(&s->state, parse(xml));
	ops.host = s;
	s->local = local_new(&ops, &s->state, "n1");
	if (!connected)
		return;
	local_executor_listed(s->local, (wall_time){1000000000}, false);
	local_agreed(s->local, true);
}

/* Another manager in its place; what was known is gone. */
static void restart(struct stage *s, const char *xml)
{
	struct local_ops ops = verbs;
	ops.host = s;
	local_free(s->local);
	cluster_state_take_document(&s->state, parse(xml));
	s->local = local_new(&ops, &s->state, "n1");
}

static void close_stage(struct stage *s)
{
	local_check(s->local);
	local_free(s->local);
	cluster_state_fini(&s->state);
	g_ptr_array_unref(s->run);
	g_ptr_array_unref(s->entries);
	(void)g_string_free(s->text, TRUE);
	g_free(s->key);
}

/* What was done since the last time. */
static void expect(struct stage *s, const char *text)
{
	assert_string_equal(s->text->str, text);
	(void)g_string_truncate(s->text, 0);
}

static const struct table_entry web_parameters[] = {
	{"ip", "10.0.0.7"}, {"password", "x"}, {"CRM_meta_timeout", "20000"}, {"CRM_meta_op_target_rc", "7"}};
static const struct table_entry new_parameters[] = {{"ip", "10.0.0.8"}, {"CRM_meta_timeout", "30000"}};
static const struct table_entry ignored_parameters[] = {{"CRM_meta_on_fail", "ignore"}};

static struct order order(const char *action, int64_t interval_ms, const char *key, int target_rc)
{
	return (struct order){.node = "n1",
			      .rsc = "web:0",
			      .history_id = "web",
			      .class_ = "ocf",
			      .provider = "p",
			      .type = "Web",
			      .action = action,
			      .key = "web_x_0",
			      .transition_key = key,
			      .interval_ms = interval_ms,
			      .timeout_ms = 20000,
			      .target_rc = target_rc,
			      .parameters = web_parameters,
			      .parameter_count = G_N_ELEMENTS(web_parameters)};
}

static void give(struct stage *s, struct order o)
{
	struct message m = {.kind = MESSAGE_ORDERS};
	m.orders.orders = &o;
	m.orders.count = 1;
	m.orders.when = (wall_time){5000000000};
	local_orders(s->local, &m);
}

static struct operation_report report(const struct stage *s, uint64_t id, int rc, enum outcome status)
{
	struct operation_report r = {.id = id, .rc = rc, .status = status, .output = ""};
	for (guint i = 0; i < s->run->len; i++) {
		const struct operation *op = g_ptr_array_index(s->run, i);
		if (op->id != id)
			continue;
		r.rsc = op->rsc;
		r.action = op->action;
		r.interval_ms = op->interval_ms;
		r.note = op->note;
	}
	r.started = (wall_time){10 * 1000000000ull};
	r.ended = (wall_time){12 * 1000000000ull};
	r.run_ms = 2000;
	r.queue_ms = 5;
	return r;
}

static void tell(struct stage *s, uint64_t id, int rc, enum outcome status)
{
	struct operation_report r = report(s, id, rc, status);
	local_report(s->local, &r);
}

/* The last result has come back. */
static void apply(struct stage *s)
{
	struct message m = {.kind = MESSAGE_RESULT};
	m.result.transition_key = s->key;
	m.result.entry = g_ptr_array_index(s->entries, s->entries->len - 1);
	local_result_applied(s->local, &m);
}

static void orders_become_results(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY("<lrm_rsc_op id='web_last_0' operation='stop' call-id='40' rc-code='0'/>"), true);
	struct order other = order("start", 0, "3:1:0:u", 0);
	other.node = "n2";
	give(&s, other);
	expect(&s, "");
	give(&s, order("start", 0, "3:1:0:u", 0));
	expect(&s, "run 1 web:0 start 0 in 20000 ip=10.0.0.7\n");
	give(&s, order("start", 0, "3:1:0:u", 0)); /* it came twice */
	expect(&s, "");
	assert_int_equal(local_busy(s.local), 1);
	tell(&s, 1, 0, EXECUTION_DONE);
	expect(&s, "result n1 web_last_0 rc=0 status=0 key=3:1:0:u\n");
	assert_int_equal(local_busy(s.local), 0);
	give(&s, order("start", 0, "3:1:0:u", 0)); /* not even while it is not safe */
	expect(&s, "");
	apply(&s);
	expect(&s, "acknowledge 1\n");
	apply(&s); /* nothing waits for it */
	expect(&s, "");
	const char *entry = g_ptr_array_index(s.entries, 0);
	assert_non_null(strstr(entry, "call-id=\"41\""));
	assert_non_null(strstr(entry, "last-rc-change=\"10\" exec-time=\"2000\" queue-time=\"5\""));
	assert_non_null(strstr(entry, "operation_key=\"web_start_0\""));
	assert_non_null(strstr(entry, "transition-magic=\"0:0;3:1:0:u\""));
	assert_non_null(strstr(entry, "on_node=\"n1\""));
	assert_non_null(strstr(entry, "op-digest="));
	assert_null(strstr(entry, "op-secure"));
	tell(&s, 99, 0, EXECUTION_DONE); /* nobody knows it */
	expect(&s, "acknowledge 99\n");
	close_stage(&s);
}

static void failures_are_told_as_such(void **state)
{
	static const struct {
		const char *action;
		int64_t interval_ms;
		int target_rc, rc;
		enum outcome status;
		const char *result;
	} cases[] = {
		{"start", 0, 0, 1, EXECUTION_DONE, "web_last_failure_0 rc=1 status=0 key=K failed counts fatal"},
		{"stop", 0, 0, 1, EXECUTION_ERROR, "web_last_failure_0 rc=1 status=4 key=K failed counts fatal"},
		{"stop", 0, 0, 1, EXECUTION_TIMEOUT, "web_last_failure_0 rc=1 status=2 key=K failed counts fatal"},
		{"promote", 0, 0, 1, EXECUTION_DONE, "web_last_failure_0 rc=1 status=0 key=K failed counts"},
		{"demote", 0, 0, 9, EXECUTION_DONE, "web_last_failure_0 rc=9 status=0 key=K failed counts"},
		{"monitor", 10000, 0, 7, EXECUTION_ERROR, "web_last_failure_0 rc=7 status=0 key=K failed counts"},
		{"monitor", 10000, 0, 190, EXECUTION_DONE, "web_last_failure_0 rc=190 status=0 key=K"},
		{"monitor", 10000, 8, 191, EXECUTION_ERROR, "web_last_failure_0 rc=191 status=0 key=K"},
		{"monitor", 10000, 8, 8, EXECUTION_ERROR, "web_monitor_10000 rc=8 status=0 key=K"},
		{"monitor", 0, 7, 7, EXECUTION_DONE, "web_last_0 rc=7 status=0 key=K"},
		{"monitor", 0, 7, 0, EXECUTION_DONE, "web_last_failure_0 rc=0 status=0 key=K failed"},
		{"monitor", 0, 7, 5, EXECUTION_NOT_INSTALLED, "web_last_failure_0 rc=5 status=7 key=K failed"},
		{"migrate_to", 0, 0, 1, EXECUTION_DONE, "web_migrate_to_0 rc=1 status=0 key=K failed"},
		{"reload-agent", 0, 0, 0, EXECUTION_DONE, "web_last_0 rc=0 status=0 key=K"},
		{"notify", 0, 0, 1, EXECUTION_ERROR, "web_notify_(null)_notify_(null)_0 rc=0 status=0 key=K"},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct stage s;
		open_with(&s, HISTORY(""), true);
		char *key = g_strdup_printf("3:1:%d:u", cases[i].target_rc);
		give(&s, order(cases[i].action, cases[i].interval_ms, key, cases[i].target_rc));
		(void)g_string_truncate(s.text, 0);
		tell(&s, 1, cases[i].rc, cases[i].status);
		char **parts = g_strsplit(cases[i].result, "K", 2);
		char *wanted = g_strdup_printf("result n1 %s%s%s\n", parts[0], key, parts[1]);
		if (strcmp(cases[i].action, "notify") != 0) {
			expect(&s, wanted);
		} else {
			assert_non_null(strstr(s.text->str, "rc=0 status=0"));
			assert_null(strstr(s.text->str, "failed"));
		}
		g_strfreev(parts);
		g_free(wanted);
		g_free(key);
		close_stage(&s);
	}
}

static void on_fail_ignore_and_gentle_starts(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	struct order o = order("start", 0, "3:1:0:u", 0);
	o.parameters = ignored_parameters;
	o.parameter_count = 1;
	give(&s, o);
	(void)g_string_truncate(s.text, 0);
	tell(&s, 1, 1, EXECUTION_DONE);
	expect(&s, "result n1 web_last_failure_0 rc=1 status=0 key=3:1:0:u failed counts fatal ignored\n");
	struct element *pair = document_by_id(s.state.document, "f");
	element_set(pair, NAME_VALUE, "false");
	give(&s, order("start", 0, "4:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	tell(&s, 2, 1, EXECUTION_DONE);
	expect(&s, "result n1 web_last_failure_0 rc=1 status=0 key=4:1:0:u failed counts\n");
	close_stage(&s);
}

static void digests_of_what_matters(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("start", 0, "3:1:0:u", 0));
	struct operation_report r = report(&s, 1, 0, EXECUTION_DONE);
	r.reloadable = "delay";
	r.restart = "ip port";
	r.secret = "password";
	r.agent_version = "1.1";
	local_report(s.local, &r);
	const char *entry = g_ptr_array_index(s.entries, 0);
	/* MD5 of ` <parameters ip="10.0.0.7" password="x"/>\n` and of the one without the password */
	char *all =
		g_compute_checksum_for_string(G_CHECKSUM_MD5, " <parameters ip=\"10.0.0.7\" password=\"x\"/>\n", -1);
	char *some = g_compute_checksum_for_string(G_CHECKSUM_MD5, " <parameters ip=\"10.0.0.7\"/>\n", -1);
	char *wanted = g_strdup_printf("op-digest=\"%s\" op-force-restart=\" ip port \" op-restart-digest=\"%s\" "
				       "op-secure-params=\" password \" op-secure-digest=\"%s\"",
				       all, some, some);
	assert_non_null(strstr(entry, wanted));
	g_free(wanted);
	g_free(some);
	g_free(all);
	/* agents before OCF 1.1 know another word; this one knows the new one */
	give(&s, order("reload-agent", 0, "4:1:0:u", 0));
	assert_non_null(strstr(s.text->str, "run 2 web:0 reload-agent"));
	struct operation_report old = report(&s, 2, 0, EXECUTION_DONE);
	old.reloadable = "delay";
	old.restart = "";
	old.agent_version = "1.0";
	local_report(s.local, &old);
	assert_non_null(strstr(g_ptr_array_index(s.entries, 1), "op-force-restart=\"\""));
	give(&s, order("reload-agent", 0, "5:1:0:u", 0));
	assert_non_null(strstr(s.text->str, "run 3 web:0 reload 0"));
	close_stage(&s);
}

static void stops_with_what_it_was_started_with(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("start", 0, "3:1:0:u", 0));
	tell(&s, 1, 0, EXECUTION_DONE);
	(void)g_string_truncate(s.text, 0);
	struct order stop = order("stop", 0, "4:1:0:u", 0);
	stop.parameters = new_parameters;
	stop.parameter_count = G_N_ELEMENTS(new_parameters);
	give(&s, stop);
	expect(&s, "run 2 web:0 stop 0 in 20000 ip=10.0.0.7\n");
	const struct operation *op = g_ptr_array_index(s.run, 1);
	assert_string_equal(table_get(op->parameters, "CRM_meta_timeout"), "30000");
	tell(&s, 2, 0, EXECUTION_DONE);
	(void)g_string_truncate(s.text, 0);
	stop.transition_key = "5:1:0:u";
	give(&s, stop);
	expect(&s, "run 3 web:0 stop 0 in 20000 ip=10.0.0.8\n");
	close_stage(&s);
}

static void recurring_tells_changes_only(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("monitor", 10000, "3:1:0:u", 0));
	expect(&s, "run 1 web:0 monitor 10000 in 20000 ip=10.0.0.7\n");
	assert_int_equal(local_busy(s.local), 1);
	tell(&s, 1, 0, EXECUTION_DONE);
	expect(&s, "result n1 web_monitor_10000 rc=0 status=0 key=3:1:0:u\n");
	assert_int_equal(local_busy(s.local), 0);
	tell(&s, 1, 0, EXECUTION_DONE);
	expect(&s, "acknowledge 1\n");
	tell(&s, 1, 7, EXECUTION_DONE);
	expect(&s, "result n1 web_last_failure_0 rc=7 status=0 key=3:1:0:u failed counts\n");
	struct order cancel = order("monitor", 10000, "9:2:0:u", 0);
	cancel.cancel = true;
	give(&s, cancel);
	give(&s, cancel);
	expect(&s, "cancel web:0 monitor 10000\n");
	tell(&s, 1, 0, EXECUTION_CANCELLED);
	expect(&s, "result n1 web_monitor_10000 rc=0 status=1 key=9:2:0:u\nacknowledge 1\n");
	cancel.transition_key = "10:2:0:u"; /* nothing recurs */
	give(&s, cancel);
	expect(&s, "result n1 web_monitor_10000 rc=0 status=1 key=10:2:0:u\n");
	/* what changes the state ends it without a word */
	give(&s, order("monitor", 10000, "11:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	give(&s, order("demote", 0, "12:1:0:u", 0));
	expect(&s, "cancel web:0 monitor 10000\nrun 3 web:0 demote 0 in 20000 ip=10.0.0.7\n");
	tell(&s, 2, 0, EXECUTION_CANCELLED);
	expect(&s, "acknowledge 2\n");
	/* asked for again, the new one counts */
	give(&s, order("monitor", 5000, "13:1:0:u", 0));
	give(&s, order("monitor", 5000, "14:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	tell(&s, 4, 0, EXECUTION_DONE);
	tell(&s, 5, 0, EXECUTION_DONE);
	expect(&s, "acknowledge 4\nresult n1 web_monitor_5000 rc=0 status=0 key=14:1:0:u\n");
	close_stage(&s);
}

static void a_long_delay_is_not_waited_for(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	struct order o = order("monitor", 10000, "3:1:0:u", 0);
	o.start_delay_ms = 6 * 60 * 1000;
	give(&s, o);
	expect(&s, "result n1 web_monitor_10000 rc=0 status=0 key=3:1:0:u\n"
		   "run 1 web:0 monitor 10000 in 20000 ip=10.0.0.7\n");
	close_stage(&s);
}

static void results_wait_for_agreement(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("start", 0, "3:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	local_agreed(s.local, false);
	tell(&s, 1, 0, EXECUTION_DONE);
	expect(&s, "");
	local_agreed(s.local, true);
	expect(&s, "result n1 web_last_0 rc=0 status=0 key=3:1:0:u\n");
	local_agreed(s.local, false); /* it did not come back */
	local_agreed(s.local, true);
	expect(&s, "result n1 web_last_0 rc=0 status=0 key=3:1:0:u\n");
	apply(&s);
	expect(&s, "acknowledge 1\n");
	local_agreed(s.local, true);
	expect(&s, "");
	close_stage(&s);
}

static void an_executor_that_was_away(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), false);
	local_agreed(s.local, true);
	give(&s, order("start", 0, "3:1:0:u", 0));
	expect(&s, ""); /* not there yet */
	local_executor_listed(s.local, (wall_time){1}, false);
	expect(&s, "run 1 web:0 start 0 in 20000 ip=10.0.0.7\n");
	tell(&s, 1, 0, EXECUTION_DONE);
	apply(&s);
	give(&s, order("monitor", 10000, "4:1:0:u", 0));
	tell(&s, 2, 0, EXECUTION_DONE);
	give(&s, order("notify", 0, "5:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	/* the connection broke: it knows one, and the other's report is left; nothing is asked for twice */
	local_executor_lost(s.local);
	give(&s, order("promote", 0, "6:1:0:u", 0));
	struct operation_report notified = report(&s, 3, 0, EXECUTION_DONE);
	struct operation_report monitored = report(&s, 2, 0, EXECUTION_DONE);
	local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &notified);
	local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &monitored); /* waits here already */
	local_executor_listed(s.local, (wall_time){1}, true);
	assert_non_null(strstr(s.text->str, "_0 rc=0 status=0 key=5:1:0:u\nrun 4 web:0 promote 0"));
	assert_null(strstr(s.text->str, "acknowledge 2"));
	assert_null(strstr(s.text->str, "run 2"));
	(void)g_string_truncate(s.text, 0);
	/* it was restarted: all is asked for again */
	tell(&s, 4, 0, EXECUTION_DONE);
	give(&s, order("monitor", 7000, "7:1:0:u", 0));
	give(&s, order("demote", 0, "8:1:0:u", 0));
	give(&s, order("monitor", 9000, "9:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	local_executor_lost(s.local);
	local_executor_listed(s.local, (wall_time){1}, false);
	expect(&s, "run 6 web:0 demote 0 in 20000 ip=10.0.0.7\nrun 7 web:0 monitor 9000 in 20000 ip=10.0.0.7\n");
	close_stage(&s);
}

/* What was dropped while the executor could not be told. */
static void what_nobody_wants_any_more_is_ended(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("monitor", 10000, "4:1:0:u", 0));
	give(&s, order("monitor", 7000, "5:1:0:u", 0));
	local_executor_lost(s.local);
	give(&s, order("promote", 0, "6:1:0:u", 0));
	give(&s, order("monitor", 7000, "7:1:8:u", 8)); /* takes the place of the other one by itself */
	const struct operation *slow = g_ptr_array_index(s.run, 0), *quick = g_ptr_array_index(s.run, 1);
	(void)g_string_truncate(s.text, 0);
	local_executor_known(s.local, EXECUTOR_REPEATING, slow, NULL);
	local_executor_known(s.local, EXECUTOR_REPEATING, quick, NULL);
	expect(&s, "cancel web:0 monitor 10000\n");
	local_executor_listed(s.local, (wall_time){1}, true);
	expect(&s, "run 3 web:0 promote 0 in 20000 ip=10.0.0.7\nrun 4 web:0 monitor 7000 in 20000 ip=10.0.0.7\n");
	close_stage(&s);
}

/* Results are dated by the leader's clock, which is told again and again; reports are known by our own. */
static void a_report_is_known_by_our_own_clock(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("start", 0, "3:1:0:u", 0));
	struct operation_report started = report(&s, 1, 0, EXECUTION_DONE);
	started.started.ns = started.ended.ns = 100 * UINT64_C(1000000000);
	leader_ahead_ns = 50 * INT64_C(1000000000);
	local_report(s.local, &started);
	assert_non_null(strstr(g_ptr_array_index(s.entries, s.entries->len - 1), "last-rc-change=\"150\""));
	leader_ahead_ns = -60 * INT64_C(1000000000);
	local_executor_lost(s.local);
	(void)g_string_truncate(s.text, 0);
	local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &started);
	local_executor_listed(s.local, (wall_time){1}, true);
	expect(&s, ""); /* it waits here already, and is not safe yet */
	apply(&s);
	expect(&s, "acknowledge 1\n");
	leader_ahead_ns = 0;
	close_stage(&s);
}

static void a_device_is_started_in_a_new_executor(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	struct order o = order("start", 0, "3:1:0:u", 0);
	o.class_ = "stonith";
	o.provider = NULL;
	o.rsc = o.history_id = "f";
	give(&s, o);
	tell(&s, 1, 0, EXECUTION_DONE);
	(void)g_string_truncate(s.text, 0);
	local_executor_lost(s.local);
	local_executor_listed(s.local, (wall_time){1}, false);
	expect(&s, "run 2 f start 0 in 20000 ip=10.0.0.7\n");
	tell(&s, 2, 0, EXECUTION_DONE);
	expect(&s, "acknowledge 2\n");
	close_stage(&s);
}

static void a_manager_that_was_restarted(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("monitor", 10000, "4:1:0:u", 0));
	give(&s, order("start", 0, "5:1:0:u", 0));
	give(&s, order("monitor", 0, "6:1:7:u", 7));
	give(&s, order("promote", 0, "7:1:0:u", 0));
	const struct operation *started = g_ptr_array_index(s.run, 1), *promoted = g_ptr_array_index(s.run, 3);
	struct operation_report probed = report(&s, 3, 7, EXECUTION_DONE);
	restart(&s, HISTORY("<lrm_rsc_op id='a' operation='promote' op-status='-1' interval='0' "
			    "transition-key='7:1:0:u' call-id='9'/>"
			    "<lrm_rsc_op id='b' operation='demote' op-status='-1' interval='0' "
			    "transition-key='8:1:0:u' rc-code='193'/>"
			    "<lrm_rsc_op id='web_monitor_3000' operation='monitor' op-status='0' interval='3000' "
			    "transition-key='9:1:0:u' rc-code='0'/>"));
	(void)g_string_truncate(s.text, 0);
	local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &probed);
	local_executor_known(s.local, EXECUTOR_RUNNING, promoted, NULL);
	local_executor_known(s.local, EXECUTOR_WAITING, started, NULL);
	local_executor_listed(s.local, (wall_time){20 * 1000000000ull}, true);
	expect(&s, "acknowledge 3\n"); /* who ordered the promotion knew */
	local_agreed(s.local, true);
	expect(&s, "result n1 web_last_failure_0 rc=1 status=4 key=8:1:0:u failed counts\n"
		   "result n1 web_monitor_3000 rc=0 status=1 key=9:1:0:u\n");
	tell(&s, 4, 0, EXECUTION_DONE);
	expect(&s, "result n1 web_last_0 rc=0 status=0 key=7:1:0:u\n");
	give(&s, order("stop", 0, "12:1:0:u", 0)); /* numbers go on */
	expect(&s, "run 5 web:0 stop 0 in 20000 ip=10.0.0.7\n");
	/* nobody was ordered anything since: it may be news */
	restart(&s, HISTORY(""));
	local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &probed);
	local_executor_listed(s.local, (wall_time){20 * 1000000000ull}, true);
	expect(&s, "");
	g_ptr_array_set_size(s.entries, 0);
	local_agreed(s.local, true);
	expect(&s, "result n1 web_last_0 rc=7 status=0 key=6:1:7:u\n");
	assert_non_null(strstr(g_ptr_array_index(s.entries, 0), "op-digest="));
	/* what the history has already is only acknowledged */
	restart(&s, HISTORY("<lrm_rsc_op id='web_last_0' operation='monitor' op-status='0' rc-code='7' "
			    "transition-key='6:1:7:u'/>"));
	local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &probed);
	local_executor_listed(s.local, (wall_time){20 * 1000000000ull}, true);
	local_agreed(s.local, true);
	expect(&s, "acknowledge 3\n");
	close_stage(&s);
}

/* Found by seed 202 of the simulator with engines: all managers die, and of what the executor did for one resource it
 * tells all that was not acknowledged. Only the last counts: who ordered it knew of what was before.
 */
static void reports_that_were_overtaken(void **state)
{
	static const struct {
		const char *action;
		int64_t interval_ms;
		bool overtakes;
	} rows[] = {{"start", 0, true}, {"monitor", 0, true}, {"notify", 0, false}, {"monitor", 10000, false}};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct stage s;
		open_with(&s, HISTORY(""), true);
		give(&s, order("monitor", 0, "4:1:7:u", 7));
		give(&s, order(rows[i].action, rows[i].interval_ms, "5:1:0:u", 0));
		struct operation_report first = report(&s, 1, 7, EXECUTION_DONE);
		struct operation_report second = report(&s, 2, 0, EXECUTION_DONE);
		restart(&s, HISTORY(""));
		(void)g_string_truncate(s.text, 0);
		local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &first);
		local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &second);
		local_executor_listed(s.local, (wall_time){20 * 1000000000ull}, true);
		local_agreed(s.local, true);
		assert_int_equal(strncmp(s.text->str, "acknowledge 1\n", 14) == 0, rows[i].overtakes);
		assert_int_equal(strstr(s.text->str, "key=4:1:7:u") == NULL, rows[i].overtakes);
		close_stage(&s);
	}
}

/* Found by seed 926 of the simulator: the order comes before the executor's list, and an earlier manager's order had
 * the number that it gets. It is not taken for that one.
 */
static void an_order_before_the_list(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("monitor", 0, "4:1:7:u", 7));
	give(&s, order("monitor", 10000, "5:1:0:u", 0));
	struct operation_report probed = report(&s, 1, 7, EXECUTION_DONE);
	const struct operation *monitored = g_ptr_array_index(s.run, 1);
	restart(&s, HISTORY(""));
	local_agreed(s.local, true);
	give(&s, order("stop", 0, "6:1:0:v", 0));
	give(&s, order("monitor", 10000, "7:1:0:v", 0));
	(void)g_string_truncate(s.text, 0);
	local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &probed);
	local_executor_known(s.local, EXECUTOR_REPEATING, monitored, NULL);
	local_executor_listed(s.local, (wall_time){20 * 1000000000ull}, true);
	assert_null(strstr(s.text->str, "key=6:1:0:v"));
	assert_null(strstr(s.text->str, "key=4:1:7:u")); /* who ordered the stop knew */
	const char *stopped = strstr(s.text->str, " web:0 stop 0 ");
	assert_non_null(stopped);
	assert_non_null(strstr(stopped, " web:0 monitor 10000 ")); /* in place of the one that recurs */
	(void)g_string_truncate(s.text, 0);
	tell(&s, ((const struct operation *)g_ptr_array_index(s.run, s.run->len - 2))->id, 0, EXECUTION_DONE);
	expect(&s, "result n1 web_last_0 rc=0 status=0 key=6:1:0:v\n");
	close_stage(&s);
}

/* What recurred was asked for anew, and the report of the one before is still there: it is not taken up again. */
static void a_report_of_what_was_replaced(void **state)
{
	(void)state;
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("monitor", 10000, "4:1:0:u", 0));
	struct operation_report old = report(&s, 1, 0, EXECUTION_DONE);
	give(&s, order("monitor", 10000, "5:1:0:u", 0));
	const struct operation *newer = g_ptr_array_index(s.run, 1);
	restart(&s, HISTORY(""));
	(void)g_string_truncate(s.text, 0);
	local_executor_known(s.local, EXECUTOR_REPORTED, NULL, &old);
	local_executor_known(s.local, EXECUTOR_REPEATING, newer, NULL);
	local_executor_listed(s.local, (wall_time){20 * 1000000000ull}, true);
	expect(&s, "acknowledge 1\n");
	tell(&s, 2, 0, EXECUTION_DONE);
	local_agreed(s.local, true);
	expect(&s, "result n1 web_monitor_10000 rc=0 status=0 key=5:1:0:u\n");
	close_stage(&s);
}

static struct message fence_run_of(uint64_t run, const struct table_entry *input, uint32_t count)
{
	struct message m = {.kind = MESSAGE_FENCE_RUN};
	m.fence_run.run = run;
	m.fence_run.member = "n1";
	m.fence_run.device = "f";
	m.fence_run.type = "fence_x";
	m.fence_run.action = "off";
	m.fence_run.target = "n3";
	m.fence_run.timeout_ms = 60000;
	m.fence_run.input = input;
	m.fence_run.input_count = count;
	return m;
}

static void fence_agents_are_run(void **state)
{
	(void)state;
	static const struct table_entry input[] = {{"action", "off"}, {"ip", "10.0.0.9"}};
	struct message m = fence_run_of(70, input, G_N_ELEMENTS(input)), back = {.kind = MESSAGE_FENCE_RAN};
	struct stage s;
	open_with(&s, HISTORY(""), true);
	m.fence_run.member = "n2";
	local_fence_run(s.local, &m);
	expect(&s, "");
	m.fence_run.member = "n1";
	local_fence_run(s.local, &m);
	local_fence_run(s.local, &m);
	expect(&s, "run 1 f off 0 in 60000 ip=10.0.0.9\n");
	assert_string_equal(((const struct operation *)g_ptr_array_index(s.run, 0))->class_, "stonith");
	tell(&s, 1, 1, EXECUTION_ERROR);
	local_fence_run(s.local, &m); /* told again, since the group changed */
	expect(&s, "ran 70 rc=1 \n");
	for (unsigned i = 0; i < 3; i++) { /* epochs that came and went, and nobody heard it */
		local_agreed(s.local, false);
		local_agreed(s.local, true);
		local_fence_run(s.local, &m);
		expect(&s, "ran 70 rc=1 \n");
	}
	back.fence_ran.run = 71;
	local_result_applied(s.local, &back);
	expect(&s, "");
	back.fence_ran.run = 70;
	local_result_applied(s.local, &back);
	expect(&s, "acknowledge 1\n");
	local_fence_run(s.local, &m); /* it was told once more before the end was heard */
	local_agreed(s.local, true);
	expect(&s, "");
	m.fence_run.run = 71;
	local_fence_run(s.local, &m);
	tell(&s, 2, 1, EXECUTION_TIMEOUT);
	m.fence_run.run = 72;
	local_fence_run(s.local, &m);
	tell(&s, 3, 5, EXECUTION_NOT_INSTALLED);
	expect(&s, "run 2 f off 0 in 60000 ip=10.0.0.9\nran 71 rc=-2 \n"
		   "run 3 f off 0 in 60000 ip=10.0.0.9\nran 72 rc=-1 \n");
	m.fence_run.device = "watchdog";
	local_fence_run(s.local, &m);
	expect(&s, "reset\n");
	close_stage(&s);
}

/* Somebody vouches that the node is down: what was begun against it ends, and nothing else does. */
static void fence_agents_end_when_somebody_vouches(void **state)
{
	(void)state;
	static const struct {
		const char *target, *action;
		bool ends;
	} runs[] = {{"n3", "off", true}, {"N3", "reboot", true}, {"n2", "off", false}, {"n3", "on", false}};
	struct message run = {.kind = MESSAGE_FENCE_RUN}, fenced = {.kind = MESSAGE_FENCED};
	struct table_entry input[2];
	struct stage s;
	open_with(&s, HISTORY(""), true);
	run.fence_run.member = "n1";
	run.fence_run.device = "f";
	run.fence_run.type = "fence_x";
	run.fence_run.timeout_ms = 60000;
	for (size_t i = 0; i < G_N_ELEMENTS(runs); i++) {
		input[0] = (struct table_entry){"action", runs[i].action};
		input[1] = (struct table_entry){"nodename", runs[i].target};
		run.fence_run.run = 70 + i;
		run.fence_run.action = runs[i].action;
		run.fence_run.target = runs[i].target;
		run.fence_run.input = input;
		run.fence_run.input_count = G_N_ELEMENTS(input);
		local_fence_run(s.local, &run);
	}
	expect(&s, "run 1 f off 0 in 60000 ip=none\nrun 2 f reboot 0 in 60000 ip=none\n"
		   "run 3 f off 0 in 60000 ip=none\nrun 4 f on 0 in 60000 ip=none\n");
	fenced.fenced.target = "n3";
	fenced.fenced.action = FENCE_OFF;
	fenced.fenced.device = "f"; /* another request's: this one's is as good as before */
	local_fenced(s.local, &fenced);
	fenced.fenced.device = "manual";
	fenced.fenced.why = "nobody did";
	local_fenced(s.local, &fenced);
	expect(&s, "");
	fenced.fenced.why = NULL;
	local_fenced(s.local, &fenced);
	expect(&s, "end 2 f reboot\nend 1 f off\n");
	tell(&s, 1, 1, EXECUTION_CANCELLED);
	expect(&s, "ran 70 rc=-1 \n");
	local_executor_lost(s.local); /* what the executor was not asked for yet is not asked for at all */
	run.fence_run.run = 80;
	run.fence_run.target = "n3";
	input[1] = (struct table_entry){"nodename", "n3"};
	run.fence_run.action = "off";
	local_fence_run(s.local, &run);
	local_fenced(s.local, &fenced);
	expect(&s, "ran 80 rc=-1 \n");
	close_stage(&s);
}

/* Somebody vouches while the executor is away. What it still runs then is ended when it is back, what it does not know
 * of is not run again; without that word it is. */
static void somebody_vouches_while_the_executor_is_away(void **state)
{
	(void)state;
	static const struct table_entry input[] = {{"action", "off"}, {"nodename", "n3"}};
	static const struct {
		bool vouched, same, known;
		const char *expected;
	} rows[] = {{true, true, true, "end 1 f off\n"},
		    {true, true, false, "ran 70 rc=-1 \n"},
		    {true, false, false, "ran 70 rc=-1 \n"},
		    {false, true, true, ""},
		    {false, false, false, "run 1 f off 0 in 60000 ip=none\n"}};
	struct message fenced = {.kind = MESSAGE_FENCED};
	fenced.fenced.target = "n3";
	fenced.fenced.action = FENCE_OFF;
	fenced.fenced.device = "manual";
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct stage s;
		struct message run = fence_run_of(70, input, G_N_ELEMENTS(input));
		open_with(&s, HISTORY(""), true);
		local_fence_run(s.local, &run);
		local_executor_lost(s.local);
		if (rows[i].vouched)
			local_fenced(s.local, &fenced);
		expect(&s, "run 1 f off 0 in 60000 ip=none\n");
		if (rows[i].known)
			local_executor_known(s.local, EXECUTOR_RUNNING, g_ptr_array_index(s.run, 0), NULL);
		local_executor_listed(s.local, (wall_time){20 * 1000000000ull}, rows[i].same);
		expect(&s, rows[i].expected);
		close_stage(&s);
	}
}

/* A fence agent that the manager before this had begun: nobody is told how it ends, but a person's word ends it, too.
 * When the executor forgets it, it is not run again. */
static void a_fence_agent_of_the_manager_before(void **state)
{
	(void)state;
	struct stage s;
	struct arena a = {0};
	struct table *input = table_new(&a);
	const struct operation old = {.id = 5,
				      .rsc = "f",
				      .class_ = "stonith",
				      .type = "fence_x",
				      .action = "off",
				      .timeout_ms = 60000,
				      .parameters = input};
	struct message fenced = {.kind = MESSAGE_FENCED};
	table_set(input, "nodename", "n3");
	fenced.fenced.target = "n3";
	fenced.fenced.action = FENCE_OFF;
	fenced.fenced.device = "manual";
	for (unsigned i = 0; i < 3; i++) {
		open_with(&s, HISTORY(""), false);
		local_executor_known(s.local, EXECUTOR_RUNNING, &old, NULL);
		local_executor_listed(s.local, (wall_time){20 * 1000000000ull}, true);
		local_agreed(s.local, true);
		expect(&s, "");
		if (i == 1)
			local_fenced(s.local, &fenced);
		if (i == 2) {
			local_executor_lost(s.local);
			local_executor_listed(s.local, (wall_time){21 * 1000000000ull}, false);
			assert_int_equal(local_busy(s.local), 0);
		}
		expect(&s, i == 1 ? "end 5 f off\n" : "");
		tell(&s, 5, 0, EXECUTION_DONE);
		expect(&s, "acknowledge 5\n");
		close_stage(&s);
	}
	arena_fini(&a);
}

static void failing_on_purpose(void **state)
{
	(void)state;
	struct error error = {0};
	struct stage s;
	open_with(&s, HISTORY("<lrm_rsc_op id='web_last_0' call-id='40' op-status='0'/>"), true);
	assert_int_equal(local_fail(s.local, (wall_time){1}, "other", "n1", &error), ERR_NOT_FOUND);
	assert_non_null(strstr(error.text, "no resource other"));
	assert_int_equal(local_fail(s.local, (wall_time){1}, "web", "n2", &error), ERR_NOT_FOUND);
	assert_int_equal(local_fail(s.local, (wall_time){1}, "web:0", NULL, &error), ERR_OK);
	expect(&s, "result n1 web_last_failure_0 rc=1 status=0 "
		   "key=41:-1:0:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx failed counts\n");
	apply(&s);
	local_agreed(s.local, true);
	expect(&s, "");
	local_agreed(s.local, false);
	assert_int_equal(local_fail(s.local, (wall_time){1}, "web", "n1", &error), ERR_AGAIN);
	close_stage(&s);
}

static void forgotten_and_left(void **state)
{
	(void)state;
	struct message m = {.kind = MESSAGE_FORGET};
	struct stage s;
	open_with(&s, HISTORY(""), true);
	give(&s, order("monitor", 10000, "4:1:0:u", 0));
	give(&s, order("notify", 0, "5:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	m.forget.what = FORGET_FAILURES;
	local_forget(s.local, &m);
	m.forget.what = FORGET_HISTORY;
	m.forget.node = "n2";
	local_forget(s.local, &m);
	m.forget.node = NULL;
	m.forget.rsc = "we";
	local_forget(s.local, &m);
	expect(&s, "");
	m.forget.rsc = "web";
	local_forget(s.local, &m);
	expect(&s, "cancel web:0 monitor 10000\n");
	assert_int_equal(local_busy(s.local), 1);
	give(&s, order("monitor", 10000, "6:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	local_leave(s.local);
	expect(&s, "cancel web:0 monitor 10000\n");
	/* what was never done is no success */
	give(&s, order("start", 0, "7:1:0:u", 0));
	(void)g_string_truncate(s.text, 0);
	tell(&s, 4, 0, EXECUTION_CANCELLED);
	expect(&s, "result n1 web_last_0 rc=0 status=1 key=7:1:0:u failed\n");
	local_free(NULL);
	close_stage(&s);
}

/* No resource: nothing of it is kept, and its report is acknowledged unread. */
static void an_alert_is_no_resource(void **state)
{
	struct stage s;
	struct arena a = {0};
	const struct operation op = {.rsc = "a",
				     .class_ = "alert",
				     .type = "/x",
				     .action = "alert",
				     .timeout_ms = 30000,
				     .parameters = table_new(&a)};
	const struct operation_report report = {.id = 1, .rsc = "a", .action = "alert", .output = ""};
	(void)state;
	open_with(&s, HISTORY(""), true);
	local_alert(s.local, &op);
	assert_int_equal(local_busy(s.local), 0);
	local_report(s.local, &report);
	local_executor_lost(s.local);
	local_alert(s.local, &op);
	assert_string_equal(s.text->str, "run 1 a alert 0 in 30000 ip=none\nacknowledge 1\n");
	arena_fini(&a);
	close_stage(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_become_results),
		cmocka_unit_test(an_alert_is_no_resource),
		cmocka_unit_test(failures_are_told_as_such),
		cmocka_unit_test(on_fail_ignore_and_gentle_starts),
		cmocka_unit_test(digests_of_what_matters),
		cmocka_unit_test(stops_with_what_it_was_started_with),
		cmocka_unit_test(recurring_tells_changes_only),
		cmocka_unit_test(a_long_delay_is_not_waited_for),
		cmocka_unit_test(results_wait_for_agreement),
		cmocka_unit_test(an_executor_that_was_away),
		cmocka_unit_test(what_nobody_wants_any_more_is_ended),
		cmocka_unit_test(a_report_is_known_by_our_own_clock),
		cmocka_unit_test(a_device_is_started_in_a_new_executor),
		cmocka_unit_test(a_manager_that_was_restarted),
		cmocka_unit_test(reports_that_were_overtaken),
		cmocka_unit_test(an_order_before_the_list),
		cmocka_unit_test(a_report_of_what_was_replaced),
		cmocka_unit_test(fence_agents_are_run),
		cmocka_unit_test(fence_agents_end_when_somebody_vouches),
		cmocka_unit_test(somebody_vouches_while_the_executor_is_away),
		cmocka_unit_test(a_fence_agent_of_the_manager_before),
		cmocka_unit_test(failing_on_purpose),
		cmocka_unit_test(forgotten_and_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
