/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transition/rehearsal.h"

#include "rules/score.h"
#include "transition/execution.h"
#include "transition/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN "crm_simulate"

enum { EXIT_CODE_MAX = 255 }; /* of an agent */

/* To one of the two places of a log, which may be none. */
static void __attribute__((format(printf, 3, 0)))
pass_on(void (*to)(void *user, const char *line), void *user, const char *format, va_list args)
{
	if (to == NULL)
		return;
	char *line = g_strdup_vprintf(format, args);
	to(user, line);
	g_free(line);
}

static void __attribute__((format(printf, 2, 3))) say(const struct rehearsal *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	pass_on(r->log.line, r->log.user, format, args);
	va_end(args);
}

static void __attribute__((format(printf, 2, 3))) complain(const struct rehearsal *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	pass_on(r->log.error, r->log.user, format, args);
	va_end(args);
}

/* For people only. */
static void __attribute__((format(printf, 2, 3))) remark(const struct rehearsal *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	pass_on(r->log.remark, r->log.user, format, args);
	va_end(args);
}

static void tell(const struct rehearsal *r, const struct rehearsal_event *event)
{
	if (r->log.event != NULL)
		r->log.event(r->log.user, event);
}

/* An operation that shall fail or has failed, taken apart: "web_monitor_10000@n1=7". */
struct wish {
	char *rsc, *task, *node;
	int64_t interval_ms;
	int rc;
};

static void wish_free(struct wish *w)
{
	g_free(w->rsc);
	g_free(w->task);
	g_free(w->node);
}

static bool key_parse(const char *key, size_t length, struct wish *ret)
{
	char *text = g_strndup(key, length);
	char *interval = strrchr(text, '_');
	bool ok = false;
	if (interval != NULL && interval != text) {
		char *end;
		ret->interval_ms = strtoll(interval + 1, &end, 10);
		*interval = '\0';
		static const char *const tasks[] = {"migrate_to", "migrate_from"};
		char *task = strrchr(text, '_');
		for (size_t i = 0; i < G_N_ELEMENTS(tasks); i++)
			if (g_str_has_suffix(text, tasks[i]) && strlen(text) > strlen(tasks[i]) + 1)
				task = text + strlen(text) - strlen(tasks[i]) - 1;
		if (interval[1] != '\0' && *end == '\0' && task != NULL && task != text && ret->interval_ms >= 0) {
			*task = '\0';
			ret->rsc = g_strdup(text);
			ret->task = g_strdup(task + 1);
			ok = true;
		}
	}
	g_free(text);
	return ok;
}

static bool wish_parse(const char *spec, struct wish *ret)
{
	*ret = (struct wish){0};
	const char *at = strchr(spec, '@'), *equals = at == NULL ? NULL : strchr(at, '=');
	if (equals == NULL || !key_parse(spec, (size_t)(at - spec), ret))
		return false;
	char *end;
	long rc = strtol(equals + 1, &end, 10);
	ret->rc = (int)rc;
	ret->node = g_strndup(at + 1, (size_t)(equals - at - 1));
	return equals[1] != '\0' && *end == '\0' && rc >= 0 && rc <= EXIT_CODE_MAX;
}

static void complain_of_spec(const struct rehearsal *r, const char *spec)
{
	complain(
		r,
		"Invalid operation spec: %s: write RESOURCE_TASK_INTERVAL@NODE=RC, as in web_monitor_10000@n1=7; RC is "
		"0 to %d",
		spec, EXIT_CODE_MAX);
}

/* --- fail counts --- */

static void inject_attribute(const struct rehearsal *r, struct element *state, const char *name, const char *value)
{
	say(r, "Injecting attribute %s=%s into /node_state '%s'", name, value, element_id(state));
	tell(r, &(struct rehearsal_event){"inject_attr",
					  {{"name", name},
					   {"value", value},
					   {"node_path", "/node_state"},
					   {"cib_node", element_id(state)}}});
	status_attribute_set(state, name, value);
}

static void count_failure(const struct rehearsal *r, struct element *state, const struct wish *w, bool forever)
{
	if (w->rc == 0 || (w->rc == 7 && w->interval_ms == 0))
		return;
	char *name = g_strdup_printf("fail-count-%s#%s_%lld", w->rsc, w->task, (long long)w->interval_ms);
	int count = 0;
	char buffer[16];
	(void)score_parse(status_attribute_get(state, name), 0, &count);
	const char *failures = score_text(forever ? SCORE_INFINITY : score_add(count, 1), buffer);
	inject_attribute(r, state, name, failures);
	g_free(name);
	name = g_strdup_printf("last-failure-%s#%s_%lld", w->rsc, w->task, (long long)w->interval_ms);
	char *value = g_strdup_printf("%lld", (long long)r->now);
	inject_attribute(r, state, name, value);
	g_free(value);
	g_free(name);
}

/* --- actions of a transition --- */

/* In the document's arena. */
static struct table *attributes_table(const struct rehearsal *r, const struct synapse *s)
{
	struct arena *arena = document_arena(r->document);
	uint32_t count;
	const struct table_entry *attributes = synapse_attributes(s, arena, &count);
	struct table *t = table_new(arena);
	for (uint32_t i = 0; i < count; i++)
		table_set(t, attributes[i].name, attributes[i].value);
	return t;
}

/* The name by which people know it: the instance, when the configuration has it. */
static const char *shown_name(const struct rehearsal *r, const struct synapse *s)
{
	if (resource_find(r->cluster, s->rsc_id) == NULL && s->long_id != NULL &&
	    resource_find(r->cluster, s->long_id) != NULL)
		return s->long_id;
	return s->rsc_id;
}

static bool names_operation(const struct wish *w, const char *name, const struct operation_result *result)
{
	return g_ascii_strcasecmp(w->rsc, name) == 0 && g_ascii_strcasecmp(w->task, result->task) == 0 &&
	       w->interval_ms == result->interval_ms && g_ascii_strcasecmp(w->node, result->node) == 0;
}

/* Whether this operation shall fail; then its result says so and the fail count is raised. */
static bool fail_as_wished(const struct rehearsal *r, const struct synapse *s, const char *shown, struct element *state,
			   struct operation_result *result)
{
	bool failed = false;
	for (const char *const *spec = r->failures; spec != NULL && *spec != NULL && !failed; spec++) {
		struct wish w;
		if (wish_parse(*spec, &w) &&
		    (names_operation(&w, shown, result) || names_operation(&w, s->rsc_id, result))) {
			result->rc = w.rc;
			remark(r, "Pretending action %d failed with rc=%d", s->action->id, w.rc);
			const struct options *o = &r->cluster->options;
			bool fatal_start = strcmp(result->task, "start") == 0 && o->start_failure_is_fatal;
			count_failure(r, state, &w, fatal_start || strcmp(result->task, "stop") == 0);
			failed = true;
		}
		wish_free(&w);
	}
	return failed;
}

static void say_operation(const struct rehearsal *r, const char *name, const char *task, int64_t interval_ms,
			  const struct node *node)
{
	char interval[32];
	(void)snprintf(interval, sizeof(interval), "%lld", (long long)interval_ms);
	tell(r, &(struct rehearsal_event){"rsc_action",
					  {{"resource", name},
					   {"op", task},
					   {"node", node_name(node)},
					   {"interval", interval_ms > 0 ? interval : NULL}}});
	if (interval_ms > 0)
		say(r, "Resource action: %-15s %s=%lld on %s", name, task, (long long)interval_ms, node_name(node));
	else
		say(r, "Resource action: %-15s %s on %s", name, task, node_name(node));
}

/* What the graph calls the operation: a cancel is recorded under its own name, with the interval of what it cancels. */
static int64_t interval_of(const struct table *attributes)
{
	const char *interval = table_get(attributes, "CRM_meta_interval");
	return interval == NULL ? 0 : strtoll(interval, NULL, 10);
}

/* The histories of a node by their ids: a big transition asks for each of them many times. */
static GHashTable *histories_of(const struct rehearsal *r, const struct element *state)
{
	GHashTable *known = g_hash_table_lookup(r->histories, state);
	if (known != NULL)
		return known;
	known = g_hash_table_new(g_str_hash, g_str_equal);
	const struct element *all = element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
	for_each_named(e, all, NAME_LRM_RESOURCE)
	{
		const char *id = element_id(e);
		if (id != NULL && !g_hash_table_contains(known, id))
			g_hash_table_insert(known, (gpointer)(uintptr_t)id, e);
	}
	g_hash_table_insert(r->histories, (gpointer)(uintptr_t)state, known);
	return known;
}

/* As status_resource(), which makes what is not there. */
static struct element *history_of(const struct rehearsal *r, struct element *state, const char *shown,
				  const struct synapse *s)
{
	GHashTable *known = histories_of(r, state);
	struct element *history = g_hash_table_lookup(known, shown);
	if (history == NULL)
		history = g_hash_table_lookup(known, s->rsc_id);
	if (history != NULL)
		return history;
	history = status_resource_add(state, s->rsc_id, s->class_, s->provider, s->type);
	if (history != NULL)
		g_hash_table_insert(known, (gpointer)(uintptr_t)element_id(history), history);
	return history;
}

static bool run_operation(const struct rehearsal *r, const struct synapse *s)
{
	const char *shown = shown_name(r, s), *task = s->action->task_name;
	if (s->action->task == TASK_DELETE || strcmp(task, "delete") == 0) {
		say_operation(r, shown, task, 0, s->event.on_node);
		return true;
	}
	struct element *state = status_node(r->document, s->event.on_node->name,
					    s->event.router != NULL ? s->event.on_node->name : s->event.on_node->id);
	struct element *history = history_of(r, state, shown, s);
	if (history == NULL)
		return true;
	struct table *attributes = attributes_table(r, s);
	int target_rc = s->action->expected;
	struct operation_result result = {
		.rsc_id = s->rsc_id,
		.task = task,
		.interval_ms = interval_of(attributes),
		.rc = target_rc,
		.target_rc = target_rc,
		.exit_reason = "User-injected result",
		.node = s->event.on_node->name,
		.now = r->now,
		.parameters = attributes,
		.origin = ORIGIN,
	};
	say_operation(r, shown, task, result.interval_ms, s->event.on_node);
	bool failed = fail_as_wished(r, s, shown, state, &result);
	(void)result_record(history, &result);
	return !failed;
}

static void run_fencing(const struct rehearsal *r, const struct synapse *s)
{
	const char *op = table_get(s->action->meta, "stonith_action");
	say(r, "Fencing %s (%s)", node_name(s->event.on_node), op);
	tell(r, &(struct rehearsal_event){"fencing_action", {{"target", node_name(s->event.on_node)}, {"op", op}}});
	if (op != NULL && g_ascii_strcasecmp(op, "on") == 0)
		return;
	struct element *state = status_node(r->document, s->event.on_node->name, NULL);
	status_node_set_online(state, false, ORIGIN);
	status_node_forget(state);
	(void)g_hash_table_remove(r->histories, state);
}

static void run_cluster_action(const struct rehearsal *r, const struct synapse *s)
{
	if (s->action->task == TASK_FENCE) {
		run_fencing(r, s);
		return;
	}
	const char *node = node_name(s->event.on_node), *task = s->action->task_name;
	tell(r, &(struct rehearsal_event){"cluster_action", {{"task", task}, {"node", node}, {"id", s->rsc_id}}});
	if (s->rsc_id != NULL)
		say(r, "Cluster action:  %s for %s on %s", task, s->rsc_id, node);
	else
		say(r, "Cluster action:  %s on %s", task, node);
}

/* Fencing of a guest is a pseudo-action with a node. */
static void run_pseudo(const struct rehearsal *r, const struct synapse *s)
{
	const char *key = s->event.operation_key != NULL ? s->event.operation_key : s->action->key;
	const char *node = s->event.on_node != NULL ? node_name(s->event.on_node) : NULL;
	tell(r, &(struct rehearsal_event){"pseudo_action", {{"task", key}, {"node", node}}});
	if (node != NULL)
		say(r, "Pseudo action:   %s on %s", key, node);
	else
		say(r, "Pseudo action:   %s", key);
}

static bool run_synapse(const struct rehearsal *r, const struct synapse *s)
{
	switch (s->event.kind) {
	case SYNAPSE_RSC_OP:
		return run_operation(r, s);
	case SYNAPSE_PSEUDO:
		run_pseudo(r, s);
		return true;
	case SYNAPSE_CRM:
		run_cluster_action(r, s);
		return true;
	}
	return true;
}

/* What shall fail and is no operation would never fail, without a word. */
static void check_failures(const struct rehearsal *r)
{
	for (const char *const *spec = r->failures; spec != NULL && *spec != NULL; spec++) {
		struct wish w;
		if (!wish_parse(*spec, &w))
			complain_of_spec(r, *spec);
		wish_free(&w);
	}
}

bool rehearse(const struct rehearsal *wanted)
{
	struct rehearsal own = *wanted;
	const struct rehearsal *r = &own;
	struct execution *e = execution_new(r->cluster->graph);
	bool failed = false;
	check_failures(r);
	own.histories = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
	for (const struct synapse *s; (s = execution_next(e)) != NULL;) {
		bool ok = run_synapse(r, s);
		if (!ok) {
			failed = true;
			execution_abort(e, SCORE_INFINITY);
		}
		execution_done(e, s, !ok);
	}
	bool complete = execution_is_complete(e);
	execution_free(e);
	g_hash_table_unref(own.histories);
	return complete || failed;
}

/* --- changes before --- */

/* Known by its name, which is its id too. */
static void configure_node(const struct rehearsal *r, const char *name)
{
	struct element *nodes = document_section(r->document, NAME_NODES);
	for_each_named(n, nodes, NAME_NODE)
	{
		if (strcmp(element_get_or(n, NAME_UNAME, ""), name) == 0)
			return;
	}
	if (nodes == NULL)
		return;
	struct element *node = element_add(nodes, NAME_NODE);
	element_set(node, NAME_ID, name);
	element_set(node, NAME_UNAME, name);
}

void rehearse_node(const struct rehearsal *r, const char *name, enum node_change change)
{
	static const struct {
		const char *verb, *after, *action;
	} words[] = {{"Bringing", " online", "Online"}, {"Taking", " offline", "Offline"}, {"Failing", "", "Failing"}};
	say(r, "%s node %s%s", words[change].verb, name, words[change].after);
	tell(r, &(struct rehearsal_event){"modify_node", {{"action", words[change].action}, {"node", name}}});
	if (change == NODE_COMES)
		configure_node(r, name);
	struct element *state = status_node(r->document, name, NULL);
	status_node_set_online(state, change != NODE_GOES, ORIGIN);
	if (change == NODE_GOES)
		status_node_forget(state);
	if (change == NODE_FAILS)
		element_set(state, NAME_IN_CCM, "false");
}

void rehearse_ticket(const struct rehearsal *r, const char *id, enum ticket_change change)
{
	static const struct {
		const char *verb, *after, *action;
	} words[] = {{"Granting", "", "Granting"},
		     {"Revoking", "", "Revoking"},
		     {"Making", " standby", "Standby"},
		     {"Activating", "", "Activating"}};
	say(r, "%s ticket %s%s", words[change].verb, id, words[change].after);
	tell(r, &(struct rehearsal_event){"modify_ticket", {{"action", words[change].action}, {"ticket", id}}});
	struct element *status = document_section(r->document, NAME_STATUS);
	if (status == NULL)
		status = element_add(document_root(r->document), NAME_STATUS);
	struct element *tickets = element_first_named(status, NAME_TICKETS);
	if (tickets == NULL)
		tickets = element_add(status, NAME_TICKETS);
	struct element *state = element_child_by_id(tickets, NAME_TICKET_STATE, id);
	if (state == NULL) {
		state = element_add(tickets, NAME_TICKET_STATE);
		element_set(state, NAME_ID, id);
	}
	bool standby = change == TICKET_STANDBY_ON || change == TICKET_STANDBY_OFF;
	bool value = change == TICKET_GRANTED || change == TICKET_STANDBY_ON;
	element_set(state, standby ? NAME_STANDBY : NAME_GRANTED, value ? "true" : "false");
}

void rehearse_quorum(const struct rehearsal *r, const char *value)
{
	say(r, "Setting quorum: %s", value);
	element_set(document_root(r->document), NAME_HAVE_QUORUM, value);
}

void rehearse_watchdog(const struct rehearsal *r, const char *value)
{
	say(r, "Setting watchdog: %s", value);
	struct element *config = document_section(r->document, NAME_CRM_CONFIG);
	if (config == NULL)
		return;
	struct element *set = element_first_named(config, NAME_CLUSTER_PROPERTY_SET);
	if (set == NULL) {
		set = element_add(config, NAME_CLUSTER_PROPERTY_SET);
		element_set(set, NAME_ID, "cib-bootstrap-options");
	}
	struct element *pair = NULL;
	for_each_named(p, set, NAME_NVPAIR)
	{
		if (strcmp(element_get_or(p, NAME_NAME, ""), "have-watchdog") == 0)
			pair = p;
	}
	if (pair == NULL) {
		pair = element_add(set, NAME_NVPAIR);
		element_set(pair, NAME_ID, "cib-bootstrap-options-have-watchdog");
		element_set(pair, NAME_NAME, "have-watchdog");
	}
	element_set(pair, NAME_VALUE, value);
}

void rehearse_operation(const struct rehearsal *r, const char *spec)
{
	say(r, "Injecting %s into the configuration", spec);
	tell(r, &(struct rehearsal_event){"inject_spec", {{"spec", spec}}});
	struct wish w;
	if (!wish_parse(spec, &w)) {
		complain_of_spec(r, spec);
		wish_free(&w);
		return;
	}
	const struct resource *rsc = resource_find(r->cluster, w.rsc);
	if (rsc == NULL || rsc->kind != RESOURCE_PRIMITIVE) {
		complain(r, "Invalid resource name: %s", w.rsc);
		wish_free(&w);
		return;
	}
	struct element *state = status_node(r->document, w.node, NULL);
	bool stop = strcmp(w.task, "stop") == 0;
	bool fatal_start = strcmp(w.task, "start") == 0 && r->cluster->options.start_failure_is_fatal;
	count_failure(r, state, &w, stop || fatal_start);
	struct element *history = status_resource(state, w.rsc, w.rsc, rsc->class_, rsc->provider, rsc->type);
	struct operation_result result = {
		.rsc_id = element_id(history),
		.task = w.task,
		.interval_ms = w.interval_ms,
		.rc = w.rc,
		.exit_reason = "Simulated action result",
		.node = w.node,
		.now = r->now,
		.origin = ORIGIN,
	};
	(void)result_record(history, &result);
	wish_free(&w);
}
