/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/local-internal.h"

#include "base/version.h"
#include "rules/interval.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Somebody who delays a monitor for longer does not want a transition to wait for it. */
enum { START_DELAY_WAITED_MS = 5 * 60 * 1000 };

static bool is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* --- life --- */

static gint by_name(gconstpointer a, gconstpointer b, gpointer arg)
{
	(void)arg;
	return strcmp(a, b);
}

static void bytes_free(gpointer bytes)
{
	(void)g_byte_array_unref(bytes);
}

struct local *local_new(const struct local_ops *ops, const struct cluster_state *r, const char *node)
{
	struct local *l = g_new0(struct local, 1);
	l->ops = *ops;
	l->state = r;
	l->node = g_strdup(node);
	l->running = g_ptr_array_new_with_free_func(local_op_free);
	l->outgoing = g_ptr_array_new_with_free_func(outgoing_free);
	l->adopted = g_ptr_array_new_with_free_func(g_free);
	l->early = g_ptr_array_new_with_free_func(bytes_free);
	l->started = g_tree_new_full(by_name, NULL, g_free, g_free);
	l->legacy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return l;
}

void local_free(struct local *l)
{
	if (l == NULL)
		return;
	g_ptr_array_unref(l->running);
	g_ptr_array_unref(l->outgoing);
	g_ptr_array_unref(l->adopted);
	g_ptr_array_unref(l->early);
	g_tree_destroy(l->started);
	g_hash_table_destroy(l->legacy);
	g_free(l->node);
	g_free(l);
}

/* --- operations --- */

struct local_op *local_op_new(const struct operation *op)
{
	struct local_op *o = g_new0(struct local_op, 1);
	o->op = operation_copy(op);
	return o;
}

void local_op_free(gpointer p)
{
	struct local_op *o = p;
	g_free(o->op);
	g_free(o->history_id);
	g_free(o->transition_key);
	g_free(o->cancel_key);
	g_free(o);
}

void local_op_remove(struct local *l, struct local_op *o)
{
	bool removed = g_ptr_array_remove(l->running, o);
	assert(removed);
}

struct local_op *local_op_find(const struct local *l, uint64_t id)
{
	for (guint i = 0; i < l->running->len; i++) {
		struct local_op *o = g_ptr_array_index(l->running, i);
		if (o->op->id == id && id != 0)
			return o;
	}
	return NULL;
}

void local_end_recurring(const struct local *l, const char *rsc, const char *action, int64_t interval_ms)
{
	const struct operation key = {.rsc = rsc, .action = action, .interval_ms = interval_ms};
	l->ops.cancel(l->ops.host, &key);
}

struct local_op *local_recurring(const struct local *l, const char *rsc, const char *action, int64_t interval_ms)
{
	for (guint i = 0; i < l->running->len; i++) {
		struct local_op *o = g_ptr_array_index(l->running, i);
		if (!o->is_fence && o->op->interval_ms == interval_ms && is(o->op->rsc, rsc) &&
		    is(o->op->action, action))
			return o;
	}
	return NULL;
}

void local_run(struct local *l, struct local_op *o)
{
	if (!l->connected)
		return;
	if (o->op->id == 0) /* not before: an executor that is still to tell what it knows has numbers of others */
		o->op->id = ++l->last_id;
	o->sent = true;
	l->ops.run(l->ops.host, o->op);
}

/* The third field of "action:transition:target_rc:uuid". */
int transition_key_target(const char *key)
{
	const char *at = key;
	for (int i = 0; i < 2 && at != NULL; i++) {
		at = strchr(at, ':');
		at = at != NULL ? at + 1 : NULL;
	}
	return at != NULL ? (int)strtol(at, NULL, 10) : 0;
}

/* --- what an order becomes --- */

static bool is_reload(const char *action)
{
	return is(action, "reload") || is(action, "reload-agent");
}

static const char *agent_key(const struct operation *op, struct arena *a)
{
	return arena_printf(a, "%s:%s:%s", op->class_, op->provider != NULL ? op->provider : "", op->type);
}

/* The scheduler knows one word for it, agents before OCF 1.1 another. */
static const char *action_of(const struct local *l, const struct operation *op, const char *action, struct arena *a)
{
	if (!is_reload(action))
		return action;
	return g_hash_table_contains(l->legacy, agent_key(op, a)) ? "reload" : "reload-agent";
}

static bool is_meta(const char *name)
{
	return strncmp(name, "CRM_meta_", 9) == 0;
}

/* A resource is stopped with what it was started with, not with what it is configured with by now. */
static struct table *parameters_of(const struct local *l, const struct order *order, struct arena *a)
{
	struct table *t = table_new(a);
	const struct operation *started = g_tree_lookup(l->started, order->rsc);
	bool as_started = is(order->action, "stop") && started != NULL;
	for (uint32_t i = 0; i < order->parameter_count; i++) {
		const struct table_entry *p = &order->parameters[i];
		if (!is(p->name, "CRM_meta_op_target_rc") && (!as_started || is_meta(p->name)))
			table_set(t, p->name, p->value);
	}
	for (uint32_t i = 0; as_started && i < started->parameters->count; i++) {
		const struct table_entry *p = &started->parameters->entries[i];
		if (!is_meta(p->name))
			table_set(t, p->name, p->value);
	}
	return t;
}

static int64_t timeout_of(const struct order *order, const struct table *parameters)
{
	int64_t ms;
	bool monitor = is(order->class_, "stonith") && is(order->action, "monitor") && order->interval_ms > 0;
	if (monitor && timeout_parse_ms(table_get(parameters, "pcmk_monitor_timeout"), &ms) && ms > 0)
		return ms;
	return order->timeout_ms > 0 ? order->timeout_ms : order->interval_ms;
}

/* Monitors would only see a resource that is changing. */
static bool changes_state(const struct operation *op)
{
	return op->interval_ms == 0 && !is(op->action, "monitor") && !is(op->action, "notify") &&
	       !is(op->action, "meta-data") && !is(op->action, "metadata") && !is(op->action, "validate-all");
}

static void drop(struct local *l, struct local_op *o)
{
	if (o->cancel_key != NULL)
		local_cancelled(l, o);
	if (o->sent && l->connected)
		local_end_recurring(l, o->op->rsc, o->op->action, o->op->interval_ms);
	local_op_remove(l, o);
}

static void drop_recurring(struct local *l, const char *rsc)
{
	for (guint i = 0; i < l->running->len;) {
		struct local_op *o = g_ptr_array_index(l->running, i);
		if (!o->is_fence && o->op->interval_ms > 0 && is(o->op->rsc, rsc))
			drop(l, o);
		else
			i++;
	}
}

/* Its transition need not wait for what is to happen much later. when: by the leader's clock. */
static void pretend_done(struct local *l, struct local_op *o, wall_time when)
{
	when.ns -= l->ops.ahead_ns != NULL ? (uint64_t)l->ops.ahead_ns(l->ops.host) : 0;
	struct operation_report report = {.id = 0,
					  .rsc = o->op->rsc,
					  .action = o->op->action,
					  .interval_ms = o->op->interval_ms,
					  .rc = o->target_rc,
					  .status = EXECUTION_DONE,
					  .output = "",
					  .started = when,
					  .ended = when};
	local_result(l, o, &report, o->transition_key);
	o->reported = true;
	o->last_rc = o->target_rc;
	o->last_status = EXECUTION_DONE;
}

static void run_order(struct local *l, const struct order *order, wall_time when)
{
	struct arena a = {0};
	struct operation op = {
		.rsc = order->rsc,
		.class_ = order->class_,
		.provider = order->provider,
		.type = order->type,
		.interval_ms = order->interval_ms,
		.start_delay_ms = order->start_delay_ms > 0 ? order->start_delay_ms : 0,
		.parameters = parameters_of(l, order, &a),
	};
	op.action = action_of(l, &op, order->action, &a);
	op.timeout_ms = timeout_of(order, op.parameters);
	if (is(op.action, "start") || is(op.action, "stop"))
		op.interval_ms = 0;
	struct local_op made = {.op = &op,
				.history_id = (char *)(uintptr_t)order->history_id,
				.transition_key = (char *)(uintptr_t)order->transition_key};
	op.note = local_note(&made, &a);
	if (changes_state(&op))
		drop_recurring(l, op.rsc);
	struct local_op *old = op.interval_ms > 0 ? local_recurring(l, op.rsc, op.action, op.interval_ms) : NULL;
	if (old != NULL)
		local_op_remove(l, old); /* the executor replaces it */
	struct local_op *o = local_op_new(&op);
	o->history_id = g_strdup(order->history_id);
	o->transition_key = g_strdup(order->transition_key);
	o->target_rc = order->target_rc;
	g_ptr_array_add(l->running, o);
	if (op.interval_ms > 0 && op.start_delay_ms > START_DELAY_WAITED_MS)
		pretend_done(l, o, when);
	local_run(l, o);
	arena_fini(&a);
}

static void cancel_order(struct local *l, const struct order *order)
{
	struct local_op *o = local_recurring(l, order->rsc, order->action, order->interval_ms);
	if (o == NULL || !o->sent) {
		struct operation op = {.rsc = order->rsc,
				       .class_ = order->class_,
				       .provider = order->provider,
				       .type = order->type,
				       .action = order->action,
				       .interval_ms = order->interval_ms};
		struct local_op gone = {.op = &op,
					.history_id = (char *)(uintptr_t)order->history_id,
					.cancel_key = (char *)(uintptr_t)order->transition_key};
		local_cancelled(l, &gone);
		if (o != NULL)
			local_op_remove(l, o);
		return;
	}
	g_free(o->cancel_key);
	o->cancel_key = g_strdup(order->transition_key);
	if (l->connected)
		local_end_recurring(l, order->rsc, order->action, order->interval_ms);
}

/* Asked for already, by an order that came twice. */
static bool is_under_way(const struct local *l, const struct order *order)
{
	for (guint i = 0; i < l->running->len; i++) {
		const struct local_op *o = g_ptr_array_index(l->running, i);
		if (is(o->transition_key, order->transition_key) || is(o->cancel_key, order->transition_key))
			return true;
	}
	for (guint i = 0; i < l->outgoing->len; i++) {
		const struct outgoing *o = g_ptr_array_index(l->outgoing, i);
		if (o->message.kind == MESSAGE_RESULT && is(o->message.result.transition_key, order->transition_key))
			return true;
	}
	return false;
}

static bool is_for_us(const struct local *l, const struct message *m)
{
	for (uint32_t i = 0; i < m->orders.count; i++)
		if (is(m->orders.orders[i].node, l->node))
			return true;
	return false;
}

/* What an order means depends on what runs, which the executor has not told yet. True: it waits. */
static bool is_early(struct local *l, const struct message *m)
{
	if (l->was_listed)
		return false;
	GByteArray *bytes = g_byte_array_new();
	message_encode(m, bytes);
	g_ptr_array_add(l->early, bytes);
	return true;
}

void local_orders(struct local *l, const struct message *m)
{
	if (!is_for_us(l, m) || is_early(l, m))
		return;
	for (uint32_t i = 0; i < m->orders.count; i++) {
		const struct order *order = &m->orders.orders[i];
		if (!is(order->node, l->node) || is_under_way(l, order))
			continue;
		if (order->cancel)
			cancel_order(l, order);
		else
			run_order(l, order, m->orders.when);
	}
	local_check(l);
}

/* Told twice, since the group changed in between. */
static bool is_fence_under_way(const struct local *l, uint64_t run)
{
	for (guint i = 0; i < l->running->len; i++) {
		const struct local_op *o = g_ptr_array_index(l->running, i);
		if (o->is_fence && o->fence_run == run)
			return true;
	}
	for (guint i = 0; i < l->outgoing->len; i++) {
		const struct message *m = &((const struct outgoing *)g_ptr_array_index(l->outgoing, i))->message;
		if (m->kind == MESSAGE_FENCE_RAN && m->fence_ran.run == run)
			return true;
	}
	return false;
}

void local_fence_run(struct local *l, const struct message *m)
{
	struct arena a = {0};
	if (!is(m->fence_run.member, l->node))
		return;
	if (is(m->fence_run.device, "watchdog")) {
		if (l->ops.reset != NULL)
			l->ops.reset(l->ops.host, "the cluster wants this node to be reset by its watchdog");
		return;
	}
	if (is_fence_under_way(l, m->fence_run.run))
		return;
	struct table *input = table_new(&a);
	for (uint32_t i = 0; i < m->fence_run.input_count; i++)
		table_set(input, m->fence_run.input[i].name, m->fence_run.input[i].value);
	struct operation op = {.rsc = m->fence_run.device,
			       .class_ = "stonith",
			       .type = m->fence_run.type,
			       .action = m->fence_run.action,
			       .timeout_ms = m->fence_run.timeout_ms,
			       .parameters = input};
	struct local_op *o = local_op_new(&op);
	o->is_fence = true;
	o->fence_run = m->fence_run.run;
	g_ptr_array_add(l->running, o);
	local_run(l, o);
	arena_fini(&a);
}

void local_fenced(struct local *l, const struct message *m)
{
	if (m->fenced.why != NULL || !is(m->fenced.device, "manual"))
		return;
	for (guint i = l->running->len; i > 0; i--) {
		struct local_op *o = g_ptr_array_index(l->running, i - 1);
		const char *target = table_get(o->op->parameters, "nodename");
		if (!o->is_fence || target == NULL || g_ascii_strcasecmp(target, m->fenced.target) != 0 ||
		    is(o->op->action, "on"))
			continue;
		o->is_ended = true; /* with the executor away it may run on: then this is said again */
		if (!o->sent) {
			local_fence_not_run(l, o);
			local_op_remove(l, o);
		} else if (l->connected) {
			l->ops.cancel(l->ops.host, o->op);
		}
	}
}

/* An instance counts when it is named, or its resource is. */
static bool is_of(const struct local_op *o, const char *rsc)
{
	size_t n = strlen(rsc);
	return is(o->op->rsc, rsc) || is(o->history_id, rsc) ||
	       (strncmp(o->op->rsc, rsc, n) == 0 && o->op->rsc[n] == ':');
}

/* What runs is heard to its end, since its transition waits for it. */
void local_forget(struct local *l, const struct message *m)
{
	if (m->forget.what != FORGET_HISTORY || (m->forget.node != NULL && !is(m->forget.node, l->node)) ||
	    is_early(l, m))
		return;
	for (guint i = 0; i < l->running->len;) {
		struct local_op *o = g_ptr_array_index(l->running, i);
		bool meant = !o->is_fence && (m->forget.rsc == NULL || is_of(o, m->forget.rsc));
		if (meant && o->op->interval_ms > 0)
			drop(l, o);
		else
			i++;
	}
	local_check(l);
}

void local_take_early(struct local *l)
{
	for (guint i = 0; i < l->early->len; i++) {
		const GByteArray *bytes = g_ptr_array_index(l->early, i);
		struct arena a = {0};
		struct message m;
		enum err e = message_decode(bytes_of(bytes->data, bytes->len), &a, &m, NULL);
		assert(e == ERR_OK); /* it is our own writing */
		if (m.kind == MESSAGE_ORDERS)
			local_orders(l, &m);
		else
			local_forget(l, &m);
		arena_fini(&a);
	}
	g_ptr_array_set_size(l->early, 0);
}

/* --- reports --- */

static void remember_agent(struct local *l, const struct local_op *o, const struct operation_report *report)
{
	struct arena a = {0};
	const char *version = report->agent_version;
	bool modern = version != NULL && version_compare(version, "1.1") >= 0;
	if (is(o->op->class_, "ocf") && report->reloadable != NULL && !modern)
		(void)g_hash_table_add(l->legacy, g_strdup(agent_key(o->op, &a)));
	arena_fini(&a);
}

/* With what it runs, for its stop. */
static void remember_start(struct local *l, const struct local_op *o, const struct operation_report *report)
{
	const char *action = o->op->action;
	bool tells = is(action, "start") || is_reload(action) || (is(action, "monitor") && o->op->interval_ms == 0);
	if (tells && report->status == EXECUTION_DONE && (report->rc == RESULT_OK || report->rc == RESULT_PROMOTED))
		g_tree_replace(l->started, g_strdup(o->op->rsc), operation_copy(o->op));
	else if (is(action, "stop") && report->status == EXECUTION_DONE && report->rc == RESULT_OK)
		(void)g_tree_remove(l->started, o->op->rsc);
}

static void recurring_report(struct local *l, struct local_op *o, const struct operation_report *report)
{
	bool same = o->reported && o->last_rc == report->rc && o->last_status == (int)report->status;
	if (report->status == EXECUTION_CANCELLED) {
		if (o->cancel_key != NULL)
			local_cancelled(l, o);
		local_op_remove(l, o);
	}
	if (report->status == EXECUTION_CANCELLED || same) {
		l->ops.acknowledge(l->ops.host, report->id);
		return;
	}
	local_result(l, o, report, o->transition_key);
	o->reported = true;
	o->last_rc = report->rc;
	o->last_status = (int)report->status;
}

void local_report(struct local *l, const struct operation_report *report)
{
	struct local_op *o = local_op_find(l, report->id);
	if (o == NULL) { /* dropped, replaced, or safe already */
		l->ops.acknowledge(l->ops.host, report->id);
		return;
	}
	if (!o->is_fence) {
		remember_agent(l, o, report);
		remember_start(l, o, report);
	}
	if (o->op->interval_ms > 0) {
		recurring_report(l, o, report);
	} else {
		if (o->silent)
			l->ops.acknowledge(l->ops.host, report->id);
		else
			local_result(l, o, report, o->transition_key);
		local_op_remove(l, o);
	}
	local_check(l);
}

/* Nobody waits for its report, which local_report() acknowledges unread, as does a manager after this one: there is no
 * note to adopt it by. */
void local_alert(struct local *l, const struct operation *op)
{
	struct operation copy = *op;
	if (!l->connected)
		return;
	copy.id = ++l->last_id;
	l->ops.run(l->ops.host, &copy);
}

/* --- the end --- */

void local_leave(struct local *l)
{
	for (guint i = 0; i < l->running->len;) {
		struct local_op *o = g_ptr_array_index(l->running, i);
		if (o->op->interval_ms > 0)
			drop(l, o);
		else
			i++;
	}
	local_check(l);
}

uint32_t local_busy(const struct local *l)
{
	uint32_t n = l->early->len;
	for (guint i = 0; i < l->running->len; i++) {
		const struct local_op *o = g_ptr_array_index(l->running, i);
		n += o->op->interval_ms == 0 || !o->reported || o->cancel_key != NULL ? 1 : 0;
	}
	return n;
}

void local_check(const struct local *l)
{
	for (guint i = 0; i < l->running->len; i++) {
		const struct local_op *o = g_ptr_array_index(l->running, i);
		assert((o->op->id != 0) == o->sent);
		assert(o->op->id <= l->last_id);
		assert(o->is_fence || o->transition_key != NULL || o->silent);
		assert(o->cancel_key == NULL || o->op->interval_ms > 0);
		assert(!o->sent || local_op_find(l, o->op->id) == o); /* ids are unique */
		if (o->op->interval_ms > 0)                           /* and so is what recurs */
			assert(local_recurring(l, o->op->rsc, o->op->action, o->op->interval_ms) == o);
	}
	for (guint i = 0; i < l->outgoing->len; i++) {
		const struct outgoing *o = g_ptr_array_index(l->outgoing, i);
		assert(o->message.kind == MESSAGE_RESULT || o->message.kind == MESSAGE_FENCE_RAN);
		assert(o->sent || !l->agreed); /* what can be sent is */
	}
}
