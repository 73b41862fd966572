/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/leader.h"

#include "controller/leader-internal.h"
#include "rules/interval.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 512 };

void leader_log(const struct leader *l, enum message_id id, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	l->ops.log(l->ops.host, id, text);
}

const char *leader_option(const struct leader *l, const char *name)
{
	return l->cluster == NULL ? NULL : table_get(l->cluster->options.all, name);
}

int64_t leader_option_ms(const struct leader *l, const char *name, int64_t otherwise)
{
	const char *text = leader_option(l, name);
	int64_t ms;
	return text != NULL && interval_parse_ms(text, &ms) ? ms : otherwise;
}

struct leader *leader_new(const struct leader_ops *ops, const struct cluster_state *common,
			  const struct manager_view *view, const char *uuid)
{
	struct leader *l = g_new0(struct leader, 1);
	l->ops = *ops;
	l->common = common;
	l->view = view;
	l->uuid = g_strdup(uuid);
	l->jobs = g_ptr_array_new_with_free_func(job_free);
	l->absent = g_ptr_array_new_with_free_func(deadline_free);
	l->dampened = g_ptr_array_new_with_free_func(deadline_free);
	l->others = g_ptr_array_new_with_free_func(heard_run_free);
	l->expected = g_ptr_array_new_with_free_func(g_free);
	l->attempts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	l->failures = failures_new();
	l->held = g_queue_new();
	l->orders = g_array_new(FALSE, FALSE, sizeof(struct order));
	return l;
}

/* Jobs go on; nobody waits for them until they are found again. The input stays for the fencing core. */
static void drop_transition(struct leader *l)
{
	for (guint i = 0; i < l->jobs->len; i++)
		((struct job *)g_ptr_array_index(l->jobs, i))->synapse = NULL;
	g_queue_clear(l->held);
	execution_free(l->execution);
	l->execution = NULL;
	cluster_free(l->cluster);
	l->cluster = NULL;
}

void leader_free(struct leader *l)
{
	if (l == NULL)
		return;
	drop_transition(l);
	fencing_free(l->fencing);
	document_free(l->input);
	g_ptr_array_unref(l->jobs);
	g_ptr_array_unref(l->absent);
	g_ptr_array_unref(l->dampened);
	g_ptr_array_unref(l->others);
	g_ptr_array_unref(l->expected);
	g_hash_table_unref(l->attempts);
	g_hash_table_unref(l->failures);
	g_queue_free(l->held);
	g_array_unref(l->orders);
	arena_fini(&l->order_arena);
	g_free(l->uuid);
	g_free(l->needless);
	g_free(l);
}

/* --- deciding --- */

/* At once, unless it has just decided: then what comes together is decided together. Who sets transition-delay wants
 * more to come together. */
void leader_stale(struct leader *l)
{
	int64_t delay_ms = leader_option_ms(l, "transition-delay", 0);
	mono_time soon = mono_time_add_ms(l->decided_at, DECIDE_PAUSE_MS);
	if (l->state == LEADER_OFF || l->state == LEADER_WAITING)
		return;
	if (!mono_time_is_set(l->decided_at) || mono_time_before(soon, l->now.mono))
		soon = l->now.mono;
	if (delay_ms > 0)
		soon = mono_time_add_ms(l->now.mono, (uint64_t)delay_ms);
	if (!mono_time_is_set(l->decide_at) || mono_time_before(soon, l->decide_at))
		l->decide_at = soon;
}

static void plan_recheck(struct leader *l)
{
	int64_t limit_ms = leader_option_ms(l, "cluster-recheck-interval", RECHECK_MS), now_s = seconds(l->now.wall);
	int64_t wait_ms = limit_ms > 0 ? limit_ms : RECHECK_MS;
	if (l->cluster->recheck_by != INT64_MAX) {
		int64_t until_ms = l->cluster->recheck_by <= now_s ? 1000 : (l->cluster->recheck_by - now_s) * 1000;
		wait_ms = until_ms < wait_ms ? until_ms : wait_ms;
	}
	l->recheck_at = mono_time_add_ms(l->now.mono, (uint64_t)wait_ms);
}

static void decide(struct leader *l)
{
	struct document *before = l->input, *input = leader_input(l);
	l->decide_at = (mono_time){0};
	l->decided_at = l->now.mono;
	if (input == NULL)
		return;
	drop_transition(l);
	l->input = input;
	l->cluster = cluster_new(input, seconds(l->now.wall));
	scheduler_run(l->cluster);
	leader_tell_needless(l);
	l->number++;
	l->execution = execution_new(l->cluster->graph);
	l->state = LEADER_ACTING;
	leader_fencing_configure(l);
	document_free(before);
	if (l->cluster->graph->count > 0)
		leader_log(l, MSG_TRANSITION_BEGINS, "transition %u, %u actions, %s among them", l->number,
			   l->cluster->graph->count, l->cluster->graph->synapses[0].action->key);
	l->ops.decided(l->ops.host, l->input, l->number, l->cluster->graph->count, l->cluster->processing_error);
	plan_recheck(l);
	leader_pump(l);
}

/* --- beginning and ending --- */

/* Before the first decision no option is typed yet. */
static int64_t configured_ms(const struct leader *l, const char *name, int64_t otherwise)
{
	const char *text = document_option(l->common->document, name, NULL);
	int64_t ms;
	return text != NULL && interval_parse_ms(text, &ms) ? ms : otherwise;
}

static bool all_are_here(const struct leader *l)
{
	for (guint i = 0; i < l->expected->len; i++)
		if (view_part_by_name(l->view, g_ptr_array_index(l->expected, i)) == NULL)
			return false;
	return true;
}

static const struct element *state_of(const struct leader *l, const char *name)
{
	const struct element *status = document_section(l->common->document, NAME_STATUS);
	for_each_named(state, status, NAME_NODE_STATE)
	{
		if (strcmp(element_get_or(state, NAME_UNAME, ""), name) == 0)
			return state;
	}
	return NULL;
}

/* What the common state says of a node's manager. */
static bool was_online(const struct leader *l, const char *name)
{
	const struct element *state = state_of(l, name);
	return state != NULL && strcmp(element_get_or(state, NAME_CRMD, ""), "online") == 0;
}

/* It was stopped in order. */
static bool was_stopped(const struct leader *l, const char *name)
{
	const struct element *state = state_of(l, name);
	return state != NULL && strcmp(element_get_or(state, NAME_EXPECTED, ""), "down") == 0;
}

/* The manager of a machine that is in the ring is given time to come back; that of another one is given none, and
 * neither is one that was stopped. */
static void look_for_absent(struct leader *l, const struct nodelist_entry *nodes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		bool here = view_part_by_id(l->view, nodes[i].node) != NULL;
		bool returns = nodes[i].in_ring && !was_stopped(l, nodes[i].name);
		if (here || !was_online(l, nodes[i].name))
			deadline_drop(l->absent, nodes[i].name);
		else
			deadline_set(l->absent, nodes[i].name, nodes[i].node,
				     mono_time_add_ms(l->now.mono, returns ? RETURN_PATIENCE_MS : 0));
	}
}

void leader_ring(struct leader *l, struct instant now, const struct nodelist_entry *nodes, uint32_t count)
{
	l->now = now;
	if (l->state == LEADER_OFF)
		return;
	look_for_absent(l, nodes, count);
	leader_rearm(l);
}

/* A value that waits is written when its time has come; none with a delay of 0 waits. */
static void dampen(struct leader *l, const struct held_attribute *a)
{
	bool waits = false;
	for (guint i = 0; i < a->values->len; i++)
		waits = waits || !((struct attribute_value *)g_ptr_array_index(a->values, i))->is_written;
	if (!waits || a->private_)
		deadline_drop(l->dampened, a->name);
	else
		deadline_set(l->dampened, a->name, (node_id){0}, mono_time_add_ms(l->now.mono, (uint64_t)a->delay_ms));
}

/* Whoever saw all nodes together, or a leader act, knows that the cluster has begun. To have agreed with some before is
 * not enough: those were the first that came, and the others are on their way. */
void leader_follow(struct leader *l, const struct nodelist_entry *nodes, uint32_t count)
{
	g_ptr_array_set_size(l->expected, 0);
	for (uint32_t i = 0; i < count; i++)
		g_ptr_array_add(l->expected, g_strdup(nodes[i].name));
	l->wait_over = l->wait_over || all_are_here(l);
	if (element_get_bool(document_root(l->common->document), NAME_HAVE_QUORUM, false))
		l->quorate_epoch = l->view->epoch;
}

void leader_begin(struct leader *l, struct instant now, const struct nodelist_entry *nodes, uint32_t count)
{
	l->now = now;
	if (l->fencing == NULL)
		leader_fencing_open(l);
	else
		fencing_resend(l->fencing, now.mono);
	leader_follow(l, nodes, count);
	look_for_absent(l, nodes, count);
	if (!mono_time_is_set(l->begun))
		l->begun = now.mono;
	leader_fence_begin(l);
	leader_fence_tell(l);
	jobs_adopt(l);
	for (guint i = 0; i < l->common->attributes.all->len; i++)
		dampen(l, g_ptr_array_index(l->common->attributes.all, i));
	if (l->wait_over) {
		l->state = LEADER_DECIDING;
		leader_stale(l);
		jobs_expire(l);
	} else {
		l->state = LEADER_WAITING;
		int64_t patience_ms = configured_ms(l, "dc-deadtime", STARTUP_PATIENCE_MS);
		l->decide_at = mono_time_add_ms(l->begun, (uint64_t)patience_ms);
	}
	leader_rearm(l);
}

void leader_end(struct leader *l)
{
	l->state = LEADER_OFF;
	drop_transition(l);
	jobs_drop_unheard(l);
	leader_rearm(l);
}

void leader_resign(struct leader *l)
{
	leader_end(l);
	leader_fence_prune(l);
	g_ptr_array_set_size(l->jobs, 0);
	g_ptr_array_set_size(l->absent, 0);
	g_ptr_array_set_size(l->dampened, 0);
	g_hash_table_remove_all(l->attempts);
	fencing_free(l->fencing);
	l->fencing = NULL;
	l->fencing_at = l->decide_at = l->recheck_at = (mono_time){0};
}

/* --- events --- */

static void hear_result(struct leader *l, const struct message *m)
{
	struct job *j = job_by_key(l, m->result.transition_key);
	if (j == NULL)
		return;
	if (j->synapse == NULL)
		leader_stale(l); /* the present transition was made before it was known */
	job_end(l, j, m->result.failed && !m->result.is_ignored);
}

/* From here on the common state knows of them. An order to end something is done with that. */
static void hear_orders(struct leader *l, const struct message *m)
{
	for (uint32_t i = 0; i < m->orders.count; i++) {
		struct job *j = job_by_key(l, m->orders.orders[i].transition_key);
		if (j == NULL)
			continue;
		j->heard = true;
		if (j->cancel)
			job_end(l, j, false);
	}
	if (l->unheard > 0)
		l->unheard--;
}

static void hear_attribute(struct leader *l, const struct message *m)
{
	for (guint i = 0; i < l->common->attributes.all->len; i++) {
		const struct held_attribute *a = g_ptr_array_index(l->common->attributes.all, i);
		if (m->attribute.is_pattern || strcmp(a->name, m->attribute.name) == 0)
			dampen(l, a);
	}
}

/* Somebody who does not wait for the other nodes. */
static void fence_without_waiting(struct leader *l, const struct message *m)
{
	l->wait_over = true;
	l->state = LEADER_DECIDING;
	decide(l);
	leader_fence_heard(l, m);
}

static void hear(struct leader *l, const struct message *m)
{
	if (m->kind == MESSAGE_RESULT)
		hear_result(l, m);
	else if (m->kind == MESSAGE_ORDERS)
		hear_orders(l, m);
	else if (m->kind == MESSAGE_ATTRIBUTE)
		hear_attribute(l, m);
	else if (m->kind == MESSAGE_FENCE_ASK && l->cluster == NULL)
		fence_without_waiting(l, m);
	else
		leader_fence_heard(l, m);
}

void leader_heard(struct leader *l, struct instant now, const struct message *m, unsigned touched)
{
	l->now = now;
	l->wait_over = l->wait_over || m->kind == MESSAGE_ORDERS;
	if (m->kind == MESSAGE_QUORUM && m->quorate)
		l->quorate_epoch = l->view->epoch;
	if (l->state == LEADER_OFF) {
		leader_fence_note(l, m);
		return;
	}
	hear(l, m);
	bool fencing_failed = m->kind == MESSAGE_FENCED && m->fenced.why != NULL; /* tried again later */
	if ((touched & (TOUCHED_CONFIGURATION | TOUCHED_UNEXPECTEDLY)) != 0 && !fencing_failed)
		leader_stale(l);
	leader_pump(l);
	leader_rearm(l);
}

static void give_up_on_absent(struct leader *l)
{
	for (struct deadline *d; (d = deadline_take(l->absent, l->now.mono)) != NULL; deadline_free(d)) {
		struct message m = {.kind = MESSAGE_NODE};
		m.node.name = d->name;
		m.node.node = d->node;
		m.node.change = was_stopped(l, d->name) ? NODE_LEFT : NODE_LOST;
		if (m.node.change == NODE_LOST)
			leader_log(l, MSG_MANAGER_LOST, "%s", d->name);
		l->ops.send(l->ops.host, &m);
	}
}

static void write_dampened(struct leader *l)
{
	for (struct deadline *d; (d = deadline_take(l->dampened, l->now.mono)) != NULL; deadline_free(d)) {
		struct message m = {.kind = MESSAGE_ATTRIBUTES_DUE};
		m.due.name = d->name;
		l->ops.send(l->ops.host, &m);
	}
}

static bool is_due(const struct leader *l, mono_time t)
{
	return mono_time_is_set(t) && !mono_time_before(l->now.mono, t);
}

void leader_tick(struct leader *l, struct instant now)
{
	l->now = now;
	if (l->state == LEADER_OFF)
		return;
	give_up_on_absent(l);
	write_dampened(l);
	if (is_due(l, l->fencing_at) && l->cluster != NULL) {
		l->fencing_at = (mono_time){0};
		fencing_tick(l->fencing, now.mono);
	}
	if (l->state == LEADER_WAITING && is_due(l, l->decide_at)) {
		l->wait_over = true;
		l->state = LEADER_DECIDING;
	}
	if (l->state != LEADER_WAITING)
		jobs_expire(l);
	if (is_due(l, l->recheck_at)) {
		l->recheck_at = (mono_time){0};
		leader_stale(l);
	}
	if (is_due(l, l->decide_at) && l->unheard == 0)
		decide(l);
	leader_pump(l);
	leader_rearm(l);
}

enum leader_state leader_state(const struct leader *l)
{
	return l->state;
}

bool leader_is_idle(const struct leader *l)
{
	return l->state == LEADER_IDLE && !mono_time_is_set(l->decide_at) && l->jobs->len == 0;
}

const struct cluster *leader_cluster(const struct leader *l)
{
	return l->cluster;
}

void leader_check(const struct leader *l)
{
	assert(l->state == LEADER_OFF || l->fencing != NULL);
	assert(l->execution == NULL || l->cluster != NULL);
	jobs_check(l);
}
