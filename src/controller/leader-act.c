/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From synapses that may start to orders for members, within the limits. */
#include "controller/leader-internal.h"

#include <stdlib.h>
#include <string.h>

enum start { STARTED, HELD };

static int64_t number_of(const struct table_entry *attributes, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(attributes[i].name, name) == 0 && attributes[i].value != NULL)
			return strtoll(attributes[i].value, NULL, 10);
	return 0;
}

static bool is_migration(const struct job *j)
{
	return strcmp(j->action, "migrate_to") == 0 || strcmp(j->action, "migrate_from") == 0;
}

/* node-action-limit, or twice the node's cores. */
static bool node_is_full(const struct leader *l, const struct view_part *part)
{
	const char *text = leader_option(l, "node-action-limit");
	long limit = text != NULL ? strtol(text, NULL, 10) : 0;
	if (limit <= 0)
		limit = 2 * (long)(part->cores > 0 ? part->cores : 1);
	return jobs_on(l, part->name) >= (uint32_t)limit;
}

static bool cluster_is_full(const struct leader *l)
{
	long limit = strtol(l->cluster->options.batch_limit, NULL, 10);
	return limit > 0 && l->jobs->len >= (guint)limit;
}

static bool too_many_migrations(const struct leader *l, const char *task, const char *node)
{
	long limit = strtol(l->cluster->options.migration_limit, NULL, 10);
	if (limit < 0 || strncmp(task, "migrate_", strlen("migrate_")) != 0)
		return false;
	long count = 0;
	for (guint i = 0; i < l->jobs->len; i++) {
		const struct job *j = g_ptr_array_index(l->jobs, i);
		count += is_migration(j) && strcmp(j->node, node) == 0;
	}
	return count >= limit;
}

static bool is_same_resource(const char *a, const char *b)
{
	size_t length = strcspn(a, ":");
	return length == strcspn(b, ":") && strncmp(a, b, length) == 0;
}

static bool is_probe(const struct synapse *s)
{
	return s->rsc_id != NULL && s->event.on_node != NULL && s->action->task == TASK_MONITOR &&
	       s->action->interval_ms == 0;
}

static bool is_probed_later(const struct leader *l, const char *node, const char *rsc)
{
	for (const GList *at = l->held->head; at != NULL; at = at->next) {
		const struct synapse *s = at->data;
		if (is_probe(s) && strcmp(s->event.on_node->name, node) != 0 && is_same_resource(s->rsc_id, rsc))
			return true;
	}
	return false;
}

/* Whether it is being looked for elsewhere, or soon will be, where it may be found promoted, as after its history was
 * forgotten. As in Pacemaker, the graph lets probes hold back what is to be started, but not the promotion of what is
 * known to run.
 */
static bool is_looked_for(const struct leader *l, const char *node, const char *rsc)
{
	if (is_probed_later(l, node, rsc))
		return true;
	for (guint i = 0; i < l->jobs->len; i++) {
		const struct job *j = g_ptr_array_index(l->jobs, i);
		if (j->fence == 0 && !j->cancel && j->interval_ms == 0 && strcmp(j->action, "monitor") == 0 &&
		    strcmp(j->node, node) != 0 && is_same_resource(j->rsc, rsc))
			return true;
	}
	return false;
}

static bool is_promotion(const struct synapse *s)
{
	return s->rsc_id != NULL && s->action->task == TASK_PROMOTE;
}

/* Orders go out together, at the end of a pump. */
static void order(struct leader *l, const struct synapse *s, struct job *j, const struct order *o)
{
	struct arena *a = &l->order_arena;
	struct order copy = *o;
	copy.node = arena_string(a, o->node);
	copy.transition_key = arena_printf(a, "%d:%u:%d:%s", s->action->id, l->number, o->target_rc, l->uuid);
	j->transition_key = g_strdup(copy.transition_key);
	j->target_rc = o->target_rc;
	j->class_ = g_strdup(s->class_);
	j->provider = g_strdup(s->provider);
	j->type = g_strdup(s->type);
	g_array_append_val(l->orders, copy);
}

/* What the order says, and since when the resource is locked to the node, if it is. */
static const struct table_entry *parameters_of(struct leader *l, const struct synapse *s, uint32_t *ret_count)
{
	struct arena *a = &l->order_arena;
	const struct table_entry *own = synapse_attributes(s, a, ret_count);
	if (s->lock_time == 0)
		return own;
	struct table_entry *all = arena_array(a, struct table_entry, *ret_count + 1);
	memcpy(all, own, *ret_count * sizeof(*own));
	all[*ret_count].name = ORDER_LOCK;
	all[(*ret_count)++].value = arena_printf(a, "%lld", (long long)s->lock_time);
	return all;
}

static enum start start_operation(struct leader *l, const struct synapse *s)
{
	const char *node = s->event.on_node->name, *task = s->action->task_name;
	uint32_t count;
	const struct table_entry *attributes = parameters_of(l, s, &count);
	int64_t interval_ms = number_of(attributes, count, "CRM_meta_interval");
	bool cancel = s->action->task == TASK_CANCEL;
	if (cancel)
		task = s->action->cancelled_task;
	struct job *j = job_find(l, node, s->rsc_id, task, interval_ms, cancel);
	if (j != NULL && j->synapse == NULL) {
		j->synapse = s;
		return STARTED;
	}
	const struct view_part *part = view_part_by_name(l->view, node);
	if (part == NULL || node_is_full(l, part) || cluster_is_full(l) || too_many_migrations(l, task, node) ||
	    job_of_resource(l, node, s->rsc_id) != NULL || (is_promotion(s) && is_looked_for(l, node, s->rsc_id)))
		return HELD;
	struct order o = {
		.node = node,
		.rsc = s->rsc_id,
		.history_id = s->rsc_id,
		.class_ = s->class_,
		.provider = s->provider,
		.type = s->type,
		.action = task,
		.key = arena_printf(&l->order_arena, "%s_%s_%lld", s->rsc_id, task, (long long)interval_ms),
		.interval_ms = interval_ms,
		.timeout_ms = number_of(attributes, count, "CRM_meta_timeout"),
		.start_delay_ms = number_of(attributes, count, "CRM_meta_start_delay"),
		.target_rc = s->action->expected,
		.cancel = cancel,
		.record_pending = true, /* whatever the configuration says: the next leader must know of it */
		.parameters = attributes,
		.parameter_count = count,
	};
	j = job_add(l, node, s->rsc_id, task, interval_ms);
	j->synapse = s;
	j->cancel = cancel;
	j->due = mono_time_add_ms(l->now.mono, (uint64_t)(o.timeout_ms + o.start_delay_ms +
							  leader_option_ms(l, "cluster-delay", CLUSTER_DELAY_MS)));
	order(l, s, j, &o);
	return STARTED;
}

static void forget(struct leader *l, const struct synapse *s, enum forget_kind what)
{
	struct message m = {.kind = MESSAGE_FORGET};
	m.forget.what = what;
	m.forget.rsc = s->rsc_id;
	m.forget.node = s->event.on_node->name;
	m.forget.when = l->now.wall;
	l->ops.send(l->ops.host, &m);
	execution_done(l->execution, s, false);
}

static void stop_member(struct leader *l, const struct synapse *s)
{
	struct message m = {.kind = MESSAGE_STOP};
	m.stop.name = s->event.on_node->name;
	l->ops.send(l->ops.host, &m);
	execution_done(l->execution, s, false);
}

static enum start start(struct leader *l, const struct synapse *s)
{
	if (s->event.kind == SYNAPSE_PSEUDO) {
		execution_done(l->execution, s, false);
		return STARTED;
	}
	if (s->action->task == TASK_FENCE) {
		leader_fence(l, s);
		return STARTED;
	}
	if (s->action->task == TASK_CLEAR_FAILCOUNT) {
		forget(l, s, FORGET_FAILURES);
		return STARTED;
	}
	if (s->action->task == TASK_DELETE) {
		forget(l, s, FORGET_HISTORY);
		return STARTED;
	}
	if (s->action->task == TASK_SHUTDOWN)
		return HELD; /* stop_members() */
	if (s->event.router != NULL) {
		leader_log(l, MSG_REMOTE_NOT_YET, "%s on %s", s->action->key, s->event.on_node->name);
		execution_done(l->execution, s, true);
		return STARTED;
	}
	if (s->event.kind == SYNAPSE_CRM || s->action->task == TASK_MAINTENANCE_NODES) {
		execution_done(l->execution, s, false);
		return STARTED;
	}
	return start_operation(l, s);
}

static void send_orders(struct leader *l)
{
	if (l->orders->len > 0) {
		struct message m = {.kind = MESSAGE_ORDERS};
		m.orders.orders = (struct order *)(void *)l->orders->data;
		m.orders.count = l->orders->len;
		m.orders.when = l->now.wall;
		l->unheard++;
		l->ops.send(l->ops.host, &m);
	}
	g_array_set_size(l->orders, 0);
	arena_fini(&l->order_arena);
}

static void start_held(struct leader *l)
{
	for (guint n = g_queue_get_length(l->held); n > 0; n--) {
		const struct synapse *s = g_queue_pop_head(l->held);
		if (start(l, s) == HELD)
			g_queue_push_tail(l->held, (gpointer)(uintptr_t)s);
	}
}

/* Promotions come after the probes that may hold them back. */
static void start_ready(struct leader *l)
{
	bool promotes = false;
	for (const struct synapse *s; (s = execution_next(l->execution)) != NULL;) {
		promotes = promotes || is_promotion(s);
		if (is_promotion(s) || start(l, s) == HELD)
			g_queue_push_tail(l->held, (gpointer)(uintptr_t)s);
	}
	if (promotes)
		start_held(l);
}

static bool has_work(const struct leader *l, const char *node)
{
	for (const GList *at = l->held->head; at != NULL; at = at->next) {
		const struct synapse *s = at->data;
		if (s->action->task != TASK_SHUTDOWN && s->event.on_node != NULL &&
		    strcmp(s->event.on_node->name, node) == 0)
			return true;
	}
	return jobs_on(l, node) > 0;
}

/* A member leaves last: what is still being looked for there, as after its history was forgotten, may be found to run.
 */
static bool stop_members(struct leader *l)
{
	bool any = false;
	for (guint n = g_queue_get_length(l->held); n > 0; n--) {
		const struct synapse *s = g_queue_pop_head(l->held);
		if (s->action->task == TASK_SHUTDOWN && !has_work(l, s->event.on_node->name)) {
			stop_member(l, s);
			any = true;
		} else {
			g_queue_push_tail(l->held, (gpointer)(uintptr_t)s);
		}
	}
	return any;
}

/* Nothing is under way and nothing may start: done, or as far as it can be. */
static void settle(struct leader *l)
{
	if (!g_queue_is_empty(l->held) || l->jobs->len > 0)
		return;
	l->state = LEADER_IDLE;
	l->blocked = !execution_is_complete(l->execution);
	leader_log(l, l->blocked ? MSG_TRANSITION_BLOCKED : MSG_TRANSITION_DONE, "transition %u, %u actions", l->number,
		   l->cluster->graph->count);
}

void leader_pump(struct leader *l)
{
	if (l->execution == NULL || l->state != LEADER_ACTING || mono_time_is_set(l->decide_at))
		return;
	start_held(l);
	do
		start_ready(l);
	while (stop_members(l));
	send_orders(l);
	settle(l);
}
