/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of operations: entries of the history, and the queue of messages that are not safe yet. */
#include "controller/local-internal.h"

#include "fencing/fencing.h"
#include "transition/result.h"

#include <string.h>

#define ORIGIN "local_result"

static bool is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* --- the queue --- */

void outgoing_free(gpointer p)
{
	struct outgoing *o = p;
	arena_fini(&o->arena);
	g_free(o);
}

static void send_one(struct local *l, struct outgoing *o)
{
	if (!l->agreed)
		return;
	o->sent = true;
	l->ops.send(l->ops.host, &o->message);
}

static bool is_safe(const struct local *l, const struct outgoing *o)
{
	const struct message *m = &o->message;
	if (m->kind == MESSAGE_FENCE_RAN || !o->is_adopted)
		return o->heard;
	struct error error;
	struct document *d;
	if (document_parse(m->result.entry, strlen(m->result.entry), "entry", &d, &error) != ERR_OK)
		return true;
	const struct element *e = document_root(d);
	bool recorded =
		local_is_recorded(l, m->result.history_id, m->result.transition_key,
				  (int)element_get_int(e, NAME_RC_CODE, 0), (int)element_get_int(e, NAME_OP_STATUS, 0));
	document_free(d);
	return recorded;
}

void local_flush(struct local *l, bool all)
{
	for (guint i = 0; i < l->outgoing->len;) {
		struct outgoing *o = g_ptr_array_index(l->outgoing, i);
		if (all && is_safe(l, o)) {
			if (o->operation != 0)
				l->ops.acknowledge(l->ops.host, o->operation);
			(void)g_ptr_array_remove_index(l->outgoing, i);
			continue;
		}
		o->is_adopted = o->is_adopted && !l->agreed;
		if (all || !o->sent)
			send_one(l, o);
		i++;
	}
}

static struct outgoing *outgoing_add(struct local *l, enum message_kind kind, uint64_t operation)
{
	struct outgoing *o = g_new0(struct outgoing, 1);
	o->message.kind = kind;
	o->operation = operation;
	g_ptr_array_add(l->outgoing, o);
	return o;
}

static bool is_same(const struct message *a, const struct message *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == MESSAGE_FENCE_RAN)
		return a->fence_ran.run == b->fence_ran.run;
	return is(a->result.transition_key, b->result.transition_key) && is(a->result.entry, b->result.entry);
}

void local_result_applied(struct local *l, const struct message *m)
{
	for (guint i = 0; i < l->outgoing->len; i++) {
		struct outgoing *o = g_ptr_array_index(l->outgoing, i);
		if (!is_same(&o->message, m))
			continue;
		if (o->operation != 0)
			l->ops.acknowledge(l->ops.host, o->operation);
		o->operation = 0;
		o->heard = true;
		if (m->kind == MESSAGE_RESULT)
			(void)g_ptr_array_remove_index(l->outgoing, i);
		return;
	}
}

/* --- the history --- */

const struct element *local_history(const struct local *l, const char *node, const char *history_id)
{
	for_each_named(state, document_section(l->state->document, NAME_STATUS), NAME_NODE_STATE)
	{
		if (g_ascii_strcasecmp(element_get_or(state, NAME_UNAME, ""), node) != 0)
			continue;
		const struct element *lrm = element_first_named(state, NAME_LRM);
		const struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
		const struct element *found = element_child_by_id(all, NAME_LRM_RESOURCE, history_id);
		if (found != NULL)
			return found;
	}
	return NULL;
}

bool local_is_recorded(const struct local *l, const char *history_id, const char *transition_key, int rc, int status)
{
	for_each_named(e, local_history(l, l->node, history_id), NAME_LRM_RSC_OP)
	{
		if (is(element_get(e, NAME_TRANSITION_KEY), transition_key) &&
		    element_get_int(e, NAME_RC_CODE, -1) == rc && element_get_int(e, NAME_OP_STATUS, -1) == status)
			return true;
	}
	return false;
}

/* Later operations have higher numbers, also after a restart and while results are on their way. */
static int next_call(struct local *l, const char *history_id)
{
	int last = result_last_call(local_history(l, l->node, history_id));
	l->last_call = (last > l->last_call ? last : l->last_call) + 1;
	return l->last_call;
}

/* --- what counts --- */

/* Degraded is as good as not degraded, but told. */
static int effective_rc(int rc)
{
	if (rc == RESULT_DEGRADED)
		return RESULT_OK;
	return rc == RESULT_DEGRADED_PROMOTED ? RESULT_PROMOTED : rc;
}

static bool has_failed(int rc, int target_rc, int status)
{
	return result_is_failure(status, effective_rc(rc), target_rc);
}

static bool start_failure_is_fatal(const struct local *l)
{
	const char *text = document_option(l->state->document, "start-failure-is-fatal", NULL);
	bool fatal = true;
	if (text != NULL)
		(void)cib_parse_bool(text, &fatal);
	return fatal;
}

struct local_count local_count(const struct local *l, const char *action, int64_t interval_ms)
{
	struct local_count c = {.counts = interval_ms > 0 || is(action, "promote") || is(action, "demote") ||
					  is(action, "asyncmon")};
	if (interval_ms == 0 && is(action, "stop"))
		c = (struct local_count){.counts = true, .is_fatal = true};
	else if (interval_ms == 0 && is(action, "start"))
		c = (struct local_count){.counts = true, .is_fatal = start_failure_is_fatal(l)};
	return c;
}

/* --- entries --- */

/* The entry as XML; the key that it got, when r has none, in *ret_key. */
static const char *entry_text(const struct operation_result *r, struct arena *a, const char **ret_key)
{
	struct document *d = document_new(NAME_LRM_RESOURCE);
	const struct element *e = result_record(document_root(d), r);
	GString *text = g_string_new(NULL);
	element_print_flat(e, text);
	const char *entry = arena_string(a, text->str);
	*ret_key = arena_string(a, element_get(e, NAME_TRANSITION_KEY));
	(void)g_string_free(text, TRUE);
	document_free(d);
	return entry;
}

struct result_source {
	const char *node, *history_id, *class_, *provider, *type, *rsc;
	const char *action; /* as done: of the counter */
	wall_time ended;
	struct operation_result result;
	wall_time when;
	bool is_ignored; /* on-fail=ignore */
};

static void add_result(struct local *l, const struct result_source *s, uint64_t operation, bool is_adopted)
{
	struct outgoing *o = outgoing_add(l, MESSAGE_RESULT, operation);
	const struct operation_result *r = &s->result;
	struct arena *a = &o->arena;
	const char *key;
	o->is_adopted = is_adopted;
	o->ended = s->ended;
	o->message.result.entry = entry_text(r, a, &key);
	o->message.result.transition_key = key;
	o->message.result.node = arena_string(a, s->node);
	o->message.result.history_id = arena_string(a, s->history_id);
	o->message.result.class_ = arena_string(a, s->class_);
	o->message.result.provider = arena_string(a, s->provider);
	o->message.result.type = arena_string(a, s->type);
	o->message.result.when = s->when;
	o->message.result.interval_ms = r->interval_ms;
	bool not_done = r->status == EXECUTION_CANCELLED && r->interval_ms == 0;
	o->message.result.failed = not_done || has_failed(r->rc, r->target_rc, r->status);
	o->message.result.is_ignored = s->is_ignored;
	struct local_count count = local_count(l, s->action, r->interval_ms);
	if (o->message.result.failed && count.counts && !not_done) {
		o->message.result.rsc = arena_string(a, s->rsc);
		o->message.result.action = arena_string(a, s->action);
		o->message.result.is_fatal = count.is_fatal;
	}
	send_one(l, o);
}

static wall_time by_leaders_clock(const struct local *l, wall_time t)
{
	if (l->ops.ahead_ns != NULL)
		t.ns += (uint64_t)l->ops.ahead_ns(l->ops.host);
	return t;
}

static int64_t seconds(wall_time t)
{
	return (int64_t)(t.ns / 1000000000u);
}

/* An agent that says so has done its work, whatever it had to say. */
static int status_of(const struct operation_report *report)
{
	bool told = report->rc == RESULT_NOT_RUNNING || report->rc == RESULT_PROMOTED ||
		    report->rc == RESULT_DEGRADED || report->rc == RESULT_DEGRADED_PROMOTED;
	return report->status == EXECUTION_ERROR && told ? EXECUTION_DONE : (int)report->status;
}

/* Only these have digests of some parameters: others are not done because of parameters. */
static bool has_metadata_digests(const struct operation *op)
{
	static const char *const tasks[] = {"start",  "monitor",      "promote",    "demote",      "reload",
					    "notify", "reload-agent", "migrate_to", "migrate_from"};
	bool task = false;
	for (size_t i = 0; i < G_N_ELEMENTS(tasks); i++)
		task = task || is(tasks[i], op->action);
	return task && (is(op->class_, "ocf") || is(op->class_, "stonith"));
}

static struct result_source source_of(struct local *l, const struct local_op *o, const char *key)
{
	struct result_source s = {.node = l->node,
				  .history_id = o->history_id,
				  .class_ = o->op->class_,
				  .provider = o->op->provider,
				  .type = o->op->type,
				  .rsc = o->op->rsc,
				  .action = o->op->action};
	s.result.rsc_id = o->history_id;
	s.result.task = o->op->action;
	s.result.interval_ms = o->op->interval_ms;
	s.result.target_rc = o->target_rc;
	s.result.node = l->node;
	s.result.parameters = o->op->parameters;
	s.result.transition_key = key;
	s.result.origin = ORIGIN;
	s.result.call_id = next_call(l, o->history_id);
	return s;
}

static void fence_result(struct local *l, const struct local_op *o, const struct operation_report *report)
{
	struct outgoing *out = outgoing_add(l, MESSAGE_FENCE_RAN, report->id);
	int rc = report->rc;
	out->ended = report->ended;
	if (report->status == EXECUTION_TIMEOUT)
		rc = FENCE_RC_TIMEOUT;
	else if (report->status != EXECUTION_DONE && (rc == 0 || report->status != EXECUTION_ERROR))
		rc = FENCE_RC_NOT_RUN;
	out->message.fence_ran.run = o->fence_run;
	out->message.fence_ran.rc = rc;
	out->message.fence_ran.output = arena_string(&out->arena, report->output != NULL ? report->output : "");
	out->message.fence_ran.reason = arena_string(&out->arena, report->reason);
	send_one(l, out);
}

void local_fence_not_run(struct local *l, const struct local_op *o)
{
	const struct operation_report none = {.status = EXECUTION_CANCELLED, .output = ""};
	if (o->fence_run != 0)
		fence_result(l, o, &none);
}

void local_result(struct local *l, const struct local_op *o, const struct operation_report *report, const char *key)
{
	if (o->is_fence) {
		fence_result(l, o, report);
		return;
	}
	struct result_source s = source_of(l, o, key);
	struct operation_result *r = &s.result;
	bool notify = is(o->op->action, "notify");
	wall_time ended = by_leaders_clock(l, report->ended);
	wall_time began = report->started.ns != 0 ? by_leaders_clock(l, report->started) : ended;
	r->rc = notify ? RESULT_OK : report->rc;
	r->status = notify ? EXECUTION_DONE : status_of(report);
	r->exit_reason = report->reason;
	/* What recurs changed at the end of a run, what is done once counts from its beginning. */
	r->now = seconds(o->op->interval_ms > 0 ? ended : began);
	r->exec_ms = report->run_ms;
	r->queue_ms = report->queue_ms;
	if (has_metadata_digests(o->op)) {
		r->restart = report->restart;
		r->secret = report->secret;
	}
	s.when = ended;
	s.ended = report->ended;
	s.is_ignored = !o->reported && is(table_get(o->op->parameters, "CRM_meta_on_fail"), "ignore");
	add_result(l, &s, report->id, o->sent && o->known && !l->was_listed);
}

void local_cancelled(struct local *l, const struct local_op *o)
{
	struct result_source s = source_of(l, o, o->cancel_key);
	s.result.rc = RESULT_OK;
	s.result.status = EXECUTION_CANCELLED;
	s.result.parameters = NULL;
	add_result(l, &s, 0, false);
}

void local_entry_lost(struct local *l, const struct element *resource, const struct element *entry, wall_time now)
{
	const char *key = element_get_or(entry, NAME_TRANSITION_KEY, "");
	bool pending = is(element_get(entry, NAME_OP_STATUS), "-1");
	struct operation op = {.rsc = element_id(resource),
			       .class_ = element_get(resource, NAME_CLASS),
			       .provider = element_get(resource, NAME_PROVIDER),
			       .type = element_get(resource, NAME_TYPE),
			       .action = element_get_or(entry, NAME_OPERATION, ""),
			       .interval_ms = strtoll(element_get_or(entry, NAME_INTERVAL, "0"), NULL, 10)};
	struct local_op lost = {.op = &op,
				.history_id = (char *)(uintptr_t)element_id(resource),
				.cancel_key = (char *)(uintptr_t)key,
				.target_rc = transition_key_target(key)};
	if (!pending || is(op.action, "monitor")) { /* to look again harms nobody */
		local_cancelled(l, &lost);
		return;
	}
	struct result_source s = source_of(l, &lost, key);
	s.result.rc = RESULT_UNKNOWN_ERROR;
	s.result.status = EXECUTION_ERROR;
	s.result.exit_reason = "the manager was restarted, and the executor does not know how this ended";
	s.when = by_leaders_clock(l, now);
	s.result.now = seconds(s.when);
	add_result(l, &s, 0, false);
}

/* --- pretended failures --- */

static const struct element *find_resource(const struct local *l, const char *node, const char *rsc)
{
	const struct element *found = local_history(l, node, rsc);
	const char *colon = strrchr(rsc, ':');
	if (found != NULL || colon == NULL)
		return found;
	char *base = g_strndup(rsc, (gsize)(colon - rsc));
	found = local_history(l, node, base);
	g_free(base);
	return found;
}

enum err local_fail(struct local *l, wall_time now, const char *rsc, const char *node, struct error *reterr)
{
	node = node != NULL ? node : l->node;
	const struct element *resource = find_resource(l, node, rsc);
	if (resource == NULL)
		return error_set(reterr, ERR_NOT_FOUND,
				 "the history of node %s has no resource %s; see where it runs with `hale status`",
				 node, rsc);
	if (!l->agreed)
		return error_set(reterr, ERR_AGAIN, "the members of the cluster have not agreed yet");
	struct result_source s = {.node = node,
				  .history_id = element_id(resource),
				  .class_ = element_get(resource, NAME_CLASS),
				  .provider = element_get(resource, NAME_PROVIDER),
				  .type = element_get(resource, NAME_TYPE),
				  .rsc = rsc,
				  .action = "asyncmon",
				  .when = now};
	s.result.rsc_id = s.history_id;
	s.result.task = s.action;
	s.result.rc = RESULT_UNKNOWN_ERROR;
	s.result.status = EXECUTION_DONE;
	s.result.exit_reason = "Simulated failure";
	s.result.node = node;
	s.result.now = seconds(now);
	s.result.origin = ORIGIN;
	s.result.call_id = result_next_call(resource);
	add_result(l, &s, 0, false);
	/* Of another node's nobody tells us when it has come back. */
	if (!is(node, l->node))
		(void)g_ptr_array_remove_index(l->outgoing, l->outgoing->len - 1);
	return ERR_OK;
}

void local_agreed(struct local *l, bool agreed)
{
	l->agreed = agreed;
	if (!agreed)
		return;
	local_flush(l, true);
	if (l->must_compare)
		local_compare(l);
}
