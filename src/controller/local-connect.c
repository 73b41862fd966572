/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An executor that comes and goes, and a manager that was restarted.
 *
 * Each operation carries a note, which the executor gives back: by it a manager that knows nothing adopts what is under
 * way. The note has lines "KEY VALUE", escaped as in C; of what is done once also its parameters, for the digests of
 * its entry, since only the report of it may be left.
 */
#include "controller/local-internal.h"

#include <stdlib.h>
#include <string.h>

static bool is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* --- notes --- */

static void note_line(GString *note, const char *key, const char *value)
{
	if (value == NULL)
		return;
	char *escaped = g_strescape(value, NULL);
	g_string_append_printf(note, "%s %s\n", key, escaped);
	g_free(escaped);
}

const char *local_note(const struct local_op *o, struct arena *a)
{
	GString *note = g_string_new(NULL);
	note_line(note, "history", o->history_id);
	note_line(note, "key", o->transition_key);
	note_line(note, "class", o->op->class_);
	note_line(note, "provider", o->op->provider);
	note_line(note, "type", o->op->type);
	for (uint32_t i = 0; o->op->interval_ms == 0 && i < o->op->parameters->count; i++) {
		note_line(note, "name", o->op->parameters->entries[i].name);
		note_line(note, "value", o->op->parameters->entries[i].value);
	}
	const char *text = arena_string(a, note->str);
	(void)g_string_free(note, TRUE);
	return text;
}

struct note {
	const char *history, *key, *class_, *provider, *type;
	struct table *parameters;
};

static void note_take(struct note *n, const char *key, const char *value, const char **name)
{
	if (is(key, "history"))
		n->history = value;
	else if (is(key, "key"))
		n->key = value;
	else if (is(key, "class"))
		n->class_ = value;
	else if (is(key, "provider"))
		n->provider = value;
	else if (is(key, "type"))
		n->type = value;
	else if (is(key, "name"))
		*name = value;
	else if (is(key, "value") && *name != NULL)
		table_set(n->parameters, *name, value);
}

/* False: it is not one of ours. */
static bool note_read(const char *text, struct note *n, struct arena *a)
{
	const char *name = NULL;
	*n = (struct note){.parameters = table_new(a)};
	for (const char *at = text != NULL ? text : ""; *at != '\0';) {
		size_t length = strcspn(at, "\n");
		char *line = arena_string_n(a, at, length), *blank = strchr(line, ' ');
		if (blank != NULL) {
			*blank = '\0';
			char *plain = g_strcompress(blank + 1);
			note_take(n, line, arena_string(a, plain), &name);
			g_free(plain);
		}
		at += length + (at[length] == '\n' ? 1 : 0);
	}
	return n->history != NULL && n->key != NULL && n->class_ != NULL && n->type != NULL;
}

/* --- adopting --- */

static struct local_op *adopt(struct local *l, const struct operation *op, const struct operation_report *report)
{
	struct arena a = {0};
	struct note n;
	struct operation from_report = {0};
	if (!note_read(op != NULL ? op->note : report->note, &n, &a)) {
		arena_fini(&a);
		return NULL;
	}
	if (op == NULL) {
		from_report = (struct operation){.id = report->id,
						 .rsc = report->rsc,
						 .class_ = n.class_,
						 .provider = n.provider,
						 .type = n.type,
						 .action = report->action,
						 .interval_ms = report->interval_ms,
						 .parameters = n.parameters,
						 .note = report->note};
		op = &from_report;
	}
	struct local_op *o = local_op_new(op);
	o->history_id = g_strdup(n.history);
	o->transition_key = g_strdup(n.key);
	o->target_rc = transition_key_target(n.key);
	o->sent = true;
	o->known = true;
	g_ptr_array_add(l->running, o);
	if (op->interval_ms > 0)
		g_tree_replace(l->started, g_strdup(op->rsc), operation_copy(op));
	arena_fini(&a);
	return o;
}

/* A fence agent has no note. Nobody waits for the end of one that the manager before this had begun, but somebody may
 * vouch for its target. */
static struct local_op *adopt_fence(struct local *l, const struct operation *op)
{
	if (!is(op->class_, "stonith") || !table_has(op->parameters, "nodename"))
		return NULL;
	struct local_op *o = local_op_new(op);
	o->is_fence = o->silent = o->sent = o->known = true;
	g_ptr_array_add(l->running, o);
	return o;
}

void local_executor_known(struct local *l, enum executor_state state, const struct operation *op,
			  const struct operation_report *report)
{
	uint64_t id = op != NULL ? op->id : report->id;
	struct local_op *o = local_op_find(l, id);
	l->last_id = id > l->last_id ? id : l->last_id;
	if (o != NULL)
		o->known = true;
	else if (!l->was_listed && op != NULL)
		o = is(op->class_, "stonith") && op->note == NULL ? adopt_fence(l, op) : adopt(l, op, NULL);
	else if (op != NULL && op->interval_ms > 0 && local_recurring(l, op->rsc, op->action, op->interval_ms) == NULL)
		local_end_recurring(l, op->rsc, op->action, op->interval_ms); /* dropped while it could not be told */
	if (o != NULL && state == EXECUTOR_REPEATING)
		o->sent = true;
	if (report != NULL) /* what it is about may come later in the list */
		g_ptr_array_add(l->adopted, operation_report_copy(report));
}

static bool is_waiting(const struct local *l, const struct operation_report *report)
{
	for (guint i = 0; i < l->outgoing->len; i++) {
		const struct outgoing *o = g_ptr_array_index(l->outgoing, i);
		if (o->operation == report->id && o->ended.ns == report->ended.ns)
			return true;
	}
	return false;
}

/* Notifications are not in the history, and what an agent is only asked is no more. */
static bool has_entry(const char *action, int64_t interval_ms)
{
	return interval_ms == 0 && !is(action, "notify") && !is(action, "meta-data") && !is(action, "metadata") &&
	       !is(action, "validate-all");
}

/* Of an instance that may have another number by now. */
static bool is_report_of(const struct operation_report *report, const char *rsc, const char *history_id)
{
	struct arena a = {0};
	struct note n;
	size_t length = strcspn(rsc, ":");
	if (strcspn(report->rsc, ":") != length || strncmp(report->rsc, rsc, length) != 0)
		return false;
	bool same = note_read(report->note, &n, &a) && is(n.history, history_id);
	arena_fini(&a);
	return same;
}

static bool is_order_of(const struct local *l, const struct message *m, const char *history_id)
{
	for (uint32_t i = 0; m->kind == MESSAGE_ORDERS && i < m->orders.count; i++) {
		const struct order *o = &m->orders.orders[i];
		if (is(o->node, l->node) && is(o->history_id, history_id) && !o->cancel &&
		    has_entry(o->action, o->interval_ms))
			return true;
	}
	return false;
}

static bool is_ordered_early(const struct local *l, const char *history_id)
{
	bool found = false;
	for (guint i = 0; i < l->early->len && !found; i++) {
		const GByteArray *bytes = g_ptr_array_index(l->early, i);
		struct arena a = {0};
		struct message m;
		found = message_decode(bytes_of(bytes->data, bytes->len), &a, &m, NULL) == ERR_OK &&
			is_order_of(l, &m, history_id);
		arena_fini(&a);
	}
	return found;
}

/* The leader orders one thing of a resource after the other: it had the result of this one, before the managers died
 * and forgot it, when another one was ordered since. Told again it would stand for what is. */
static bool is_overtaken(const struct local *l, const struct local_op *o)
{
	for (guint i = 0; i < l->running->len; i++) {
		const struct local_op *k = g_ptr_array_index(l->running, i);
		if (k->op->id > o->op->id && is(k->history_id, o->history_id) &&
		    has_entry(k->op->action, k->op->interval_ms))
			return true;
	}
	for (guint i = 0; i < l->adopted->len; i++) {
		const struct operation_report *r = g_ptr_array_index(l->adopted, i);
		if (r->id > o->op->id && has_entry(r->action, r->interval_ms) &&
		    is_report_of(r, o->op->rsc, o->history_id))
			return true;
	}
	return is_ordered_early(l, o->history_id);
}

static void take_report(struct local *l, const struct operation_report *report)
{
	struct local_op *adopted = NULL;
	bool known = local_op_find(l, report->id) != NULL;
	/* what recurs in its place tells of its first run anyway */
	bool replaced =
		report->interval_ms > 0 && local_recurring(l, report->rsc, report->action, report->interval_ms) != NULL;
	if (is_waiting(l, report))
		return;
	if (!known && !replaced && !l->was_listed && report->status != EXECUTION_CANCELLED)
		adopted = adopt(l, NULL, report);
	if (adopted != NULL && has_entry(report->action, report->interval_ms))
		adopted->silent = is_overtaken(l, adopted);
	local_report(l, report);
	struct local_op *o = local_op_find(l, report->id);
	if (!known && o != NULL) /* it recurred, and does so no longer */
		local_op_remove(l, o);
}

/* --- listed --- */

/* Asked of an executor that does not know: the words got lost, or it was restarted. */
static void run_again(struct local *l, bool same)
{
	for (guint i = 0; i < l->running->len;) {
		struct local_op *o = g_ptr_array_index(l->running, i);
		if (o->cancel_key != NULL && !o->known) {
			local_cancelled(l, o);
			local_op_remove(l, o);
			continue;
		}
		if (o->is_fence && !o->known && (o->is_ended || o->fence_run == 0)) {
			local_fence_not_run(l, o);
			local_op_remove(l, o);
			continue;
		}
		if (o->is_ended)
			l->ops.cancel(l->ops.host, o->op);
		else if (o->cancel_key != NULL)
			local_end_recurring(l, o->op->rsc, o->op->action, o->op->interval_ms);
		else if (!o->known || !same)
			local_run(l, o);
		i++;
	}
}

static gboolean start_device(gpointer name, gpointer held, gpointer arg)
{
	struct operation op = *(const struct operation *)held;
	struct local *l = arg;
	(void)name;
	if (!is(op.class_, "stonith"))
		return FALSE;
	op.id = 0;
	op.action = "start";
	op.interval_ms = 0;
	op.note = NULL;
	struct local_op *o = local_op_new(&op);
	o->silent = true;
	g_ptr_array_add(l->running, o);
	return FALSE;
}

static void none_known(struct local *l)
{
	for (guint i = 0; i < l->running->len; i++)
		((struct local_op *)g_ptr_array_index(l->running, i))->known = false;
}

void local_executor_listed(struct local *l, wall_time now, bool same)
{
	bool restarted = l->was_listed && !same;
	l->connected = true;
	for (guint i = 0; i < l->adopted->len; i++)
		take_report(l, g_ptr_array_index(l->adopted, i));
	g_ptr_array_set_size(l->adopted, 0);
	if (restarted) /* which devices are started is all that it remembers of them */
		g_tree_foreach(l->started, start_device, l);
	run_again(l, !restarted);
	none_known(l);
	l->listed_at = now;
	l->must_compare = !l->was_listed;
	l->was_listed = true;
	local_take_early(l);
	if (l->agreed && l->must_compare)
		local_compare(l);
	local_check(l);
}

void local_executor_lost(struct local *l)
{
	l->connected = false;
	g_ptr_array_set_size(l->adopted, 0);
	none_known(l);
}

/* --- the history after a restart of the manager --- */

static bool has_result(const struct local *l, const char *key)
{
	for (guint i = 0; i < l->outgoing->len; i++) {
		const struct message *m = &((const struct outgoing *)g_ptr_array_index(l->outgoing, i))->message;
		if (m->kind == MESSAGE_RESULT && is(m->result.transition_key, key))
			return true;
	}
	return false;
}

static bool runs_key(const struct local *l, const char *key)
{
	for (guint i = 0; i < l->running->len; i++)
		if (is(((const struct local_op *)g_ptr_array_index(l->running, i))->transition_key, key))
			return true;
	return false;
}

static bool recurs(const struct local *l, const char *history_id, const struct element *entry)
{
	int64_t interval_ms = strtoll(element_get_or(entry, NAME_INTERVAL, "0"), NULL, 10);
	for (guint i = 0; i < l->running->len; i++) {
		const struct local_op *o = g_ptr_array_index(l->running, i);
		if (o->op->interval_ms == interval_ms && is(o->history_id, history_id) &&
		    is(o->op->action, element_get_or(entry, NAME_OPERATION, "")))
			return true;
	}
	return false;
}

/* Then nothing is expected to recur. */
static bool is_stopped(const struct element *resource, struct arena *a)
{
	const char *id = arena_printf(a, "%s_last_0", element_id(resource));
	const struct element *last = element_child_by_id(resource, NAME_LRM_RSC_OP, id);
	return last != NULL &&
	       (is(element_get(last, NAME_OPERATION), "stop") || is(element_get(last, NAME_RC_CODE), "7"));
}

static bool is_lost(const struct local *l, const struct element *resource, const struct element *entry, struct arena *a)
{
	const char *id = element_id(resource), *key = element_get_or(entry, NAME_TRANSITION_KEY, "");
	const char *interval = element_get_or(entry, NAME_INTERVAL, "0");
	if (has_result(l, key))
		return false;
	if (is(element_get(entry, NAME_OP_STATUS), "-1"))
		return !runs_key(l, key);
	const char *recurring = arena_printf(a, "%s_%s_%s", id, element_get_or(entry, NAME_OPERATION, ""), interval);
	return strcmp(interval, "0") != 0 && is(element_id(entry), recurring) && !is_stopped(resource, a) &&
	       !recurs(l, id, entry);
}

void local_compare(struct local *l)
{
	struct arena a = {0};
	l->must_compare = false;
	for_each_named(state, document_section(l->state->document, NAME_STATUS), NAME_NODE_STATE)
	{
		if (g_ascii_strcasecmp(element_get_or(state, NAME_UNAME, ""), l->node) != 0)
			continue;
		const struct element *lrm = element_first_named(state, NAME_LRM);
		const struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
		for_each_named(resource, all, NAME_LRM_RESOURCE)
		{
			for_each_named(entry, resource, NAME_LRM_RSC_OP)
			{
				if (is_lost(l, resource, entry, &a))
					local_entry_lost(l, resource, entry, l->listed_at);
			}
		}
	}
	arena_fini(&a);
}
