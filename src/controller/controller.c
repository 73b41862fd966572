/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/controller.h"

#include "controller/controller-internal.h"
#include "transition/result.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 512 };

void controller_log(const struct controller *c, enum message_id id, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	c->ops.log(c->ops.host, id, text);
}

/* Statements and agreements carry their own epoch; everything else that of the present one. */
void controller_send(struct controller *c, const struct message *m)
{
	struct message copy = *m;
	GByteArray *bytes = g_byte_array_new();
	if (m->kind == MESSAGE_STATEMENT || m->kind == MESSAGE_CONFIGURATION)
		copy.epoch = 0;
	else if (m->kind != MESSAGE_AGREEMENT)
		copy.epoch = c->view.epoch;
	message_encode(&copy, bytes);
	c->ops.send(c->ops.host, bytes_of(bytes->data, bytes->len));
	(void)g_byte_array_unref(bytes);
}

void controller_rearm(struct controller *c)
{
	mono_time t = mono_time_first(wishes_due(c), mono_time_first(c->leader_due, c->keep_due));
	t = mono_time_first(t, mono_time_first(c->state_by, c->leave_by));
	c->ops.timer(c->ops.host, mono_time_first(t, c->store_again));
}

static void plan_keeping(struct controller *c)
{
	mono_time soon = mono_time_add_ms(c->now.mono, 1);
	if (mono_time_is_set(c->keep_due))
		return;
	c->keep_due = mono_time_before(soon, c->keep_next) ? c->keep_next : soon;
	controller_rearm(c);
}

void controller_keep(struct controller *c)
{
	c->keep_text = true;
	plan_keeping(c);
}

static void keep_text(struct controller *c)
{
	struct arena arena = {0};
	const char *text = cluster_state_own_history(&c->common, c->name, &arena);
	uint64_t pause_ms = KEEP_MS + (text != NULL ? strlen(text) / KEEP_BYTES_PER_MS : 0);
	c->keep_next = mono_time_add_ms(c->now.mono, pause_ms);
	c->keep_text = false;
	c->ops.keep(c->ops.host, text);
	arena_fini(&arena);
}

void controller_keep_now(struct controller *c)
{
	c->keep_due = (mono_time){0};
	if (c->keep_text && !c->leaving)
		keep_text(c);
	for (guint i = 0; i < c->acknowledged->len; i++)
		c->ops.acknowledge(c->ops.host, g_array_index(c->acknowledged, uint64_t, i));
	g_array_set_size(c->acknowledged, 0);
}

void controller_keep_if_due(struct controller *c)
{
	if (mono_time_is_set(c->keep_due) && !mono_time_before(c->now.mono, c->keep_due))
		controller_keep_now(c);
}

/* --- ops of the parts --- */

static void part_send(void *host, const struct message *m)
{
	controller_send(host, m);
}

static void part_log(void *host, enum message_id id, const char *text)
{
	struct controller *c = host;
	c->ops.log(c->ops.host, id, text);
}

static void leader_timer(void *host, mono_time due)
{
	struct controller *c = host;
	c->leader_due = due;
	controller_rearm(c);
}

static uint32_t leader_dice(void *host, uint32_t n)
{
	struct controller *c = host;
	return c->ops.dice(c->ops.host, n);
}

static void leader_decided(void *host, const struct document *input, uint32_t number, uint32_t actions, bool is_error)
{
	struct controller *c = host;
	c->ops.decided(c->ops.host, input, number, actions, is_error);
}

static void local_run(void *host, const struct operation *op)
{
	struct controller *c = host;
	c->ops.run(c->ops.host, op);
}

static void local_cancel(void *host, const struct operation *op)
{
	struct controller *c = host;
	c->ops.cancel(c->ops.host, op);
}

static void local_forget_resource(void *host, const char *rsc)
{
	struct controller *c = host;
	c->ops.forget(c->ops.host, rsc);
}

static void local_acknowledge(void *host, uint64_t id)
{
	struct controller *c = host;
	g_array_append_val(c->acknowledged, id);
	plan_keeping(c);
}

static void local_reset(void *host, const char *why)
{
	struct controller *c = host;
	c->ops.reset(c->ops.host, why);
}

static int64_t leader_ahead_ns(void *host)
{
	const struct controller *c = host;
	if (view_is_leader(&c->view) || !mono_time_is_set(c->leader_heard))
		return 0;
	return (int64_t)(c->leader_wall.ns + mono_time_since_ns(c->now.mono, c->leader_heard)) -
	       (int64_t)c->now.wall.ns;
}

static void node_entry_free(void *entry)
{
	struct node_entry *n = entry;
	g_free(n->name);
	g_free(n);
}

struct controller *controller_new(const struct controller_config *config, const struct controller_ops *ops)
{
	struct controller *c = g_new0(struct controller, 1);
	const struct leader_ops leader_ops = {.host = c,
					      .send = part_send,
					      .timer = leader_timer,
					      .dice = leader_dice,
					      .log = part_log,
					      .decided = leader_decided};
	const struct local_ops local_ops = {.host = c,
					    .send = part_send,
					    .run = local_run,
					    .cancel = local_cancel,
					    .forget = local_forget_resource,
					    .acknowledge = local_acknowledge,
					    .log = part_log,
					    .ahead_ns = leader_ahead_ns,
					    .reset = ops->reset != NULL ? local_reset : NULL};
	c->ops = *ops;
	c->config = *config;
	c->name = g_strdup(config->name);
	c->release = g_strdup(config->release);
	c->start_state = g_strdup(config->start_state);
	c->uuid = g_strdup(config->uuid);
	c->lineage = config->lineage;
	c->promise = MAX(config->promise, config->lineage);
	c->nodes = g_ptr_array_new_with_free_func(node_entry_free);
	c->wishes = g_ptr_array_new_with_free_func(wish_free);
	c->acknowledged = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	cluster_state_init(&c->common);
	if (config->cluster_name != NULL && config->cluster_name[0] != '\0')
		c->common.cluster_name = g_strdup(config->cluster_name);
	view_init(&c->view, config->self);
	c->leader = leader_new(&leader_ops, &c->common, &c->view, c->uuid);
	c->local = local_new(&local_ops, &c->common, c->name);
	return c;
}

void controller_free(struct controller *c)
{
	if (c == NULL)
		return;
	leader_free(c->leader);
	local_free(c->local);
	cluster_state_fini(&c->common);
	view_fini(&c->view);
	document_free(c->winner);
	g_ptr_array_unref(c->nodes);
	g_ptr_array_unref(c->wishes);
	(void)g_array_free(c->acknowledged, TRUE);
	g_free(c->name);
	g_free(c->release);
	g_free(c->start_state);
	g_free(c->uuid);
	g_free(c);
}

/* --- events --- */

void controller_start(struct controller *c, struct instant now, struct document *d, const char *kept)
{
	c->now = now;
	c->started = true;
	c->own_stored = (struct stored){cib_version_of(document_root(d)), c->lineage, c->promise};
	cluster_state_take_document(&c->common, d);
	if (kept != NULL && !cluster_state_take_history(&c->common, c->name, kept))
		controller_log(c, MSG_MEMBER_MESSAGE_BAD, "what was kept of this node's own history cannot be read");
}

void controller_nodelist(struct controller *c, struct instant now, const struct nodelist_entry *nodes, uint32_t count)
{
	c->now = now;
	g_ptr_array_set_size(c->nodes, 0);
	for (uint32_t i = 0; i < count; i++) {
		struct node_entry *n = g_new0(struct node_entry, 1);
		n->node = nodes[i].node;
		n->name = g_strdup(nodes[i].name);
		g_ptr_array_add(c->nodes, n);
	}
}

void controller_group(struct controller *c, struct instant now, const struct member *members, uint32_t count,
		      const node_id *ring, uint32_t ring_count)
{
	assert(c->started);
	c->now = now;
	controller_take_ring(c, ring, ring_count);
	leader_end(c->leader);
	local_agreed(c->local, false);
	view_change(&c->view, members, count);
	memset(c->ahead_ms, 0, sizeof(c->ahead_ms));
	c->state_by = (mono_time){0};
	controller_state_when_sure(c);
	controller_rearm(c);
}

static void tell_quorum(struct controller *c)
{
	struct message m = {.kind = MESSAGE_QUORUM, .quorate = c->quorate};
	if (c->view.state != VIEW_AGREED || !view_is_leader(&c->view) || c->told_quorate == c->quorate)
		return;
	c->told_quorate = c->quorate;
	controller_send(c, &m);
}

void controller_quorum(struct controller *c, struct instant now, bool quorate)
{
	c->now = now;
	c->quorate = quorate;
	tell_quorum(c);
}

static bool is_self(const struct controller *c, const char *node)
{
	return node != NULL && strcmp(node, c->name) == 0;
}

uint32_t controller_place_of(const struct controller *c, const struct member *m)
{
	for (uint32_t i = 0; i < c->view.part_count; i++)
		if (node_id_eq(c->view.parts[i].member.node, m->node))
			return i;
	return MESSAGE_MEMBERS_MAX;
}

/* We may leave now, or have to. */
static void hear_end(struct controller *c, const struct message *m)
{
	if (m->kind == MESSAGE_FENCED) {
		local_fenced(c->local, m);
		if (is_self(c, m->fenced.target) && m->fenced.why == NULL && m->fenced.action != FENCE_ON)
			c->ops.leave(c->ops.host, LEAVE_FENCED);
	} else if (m->kind == MESSAGE_STOP && is_self(c, m->stop.name) && !c->leaving) {
		c->leaving = true;
		c->leave_by = (mono_time){0};
		local_leave(c->local);
		c->ops.keep(c->ops.host, NULL);
		c->ops.leave(c->ops.host, LEAVE_DONE);
	}
}

static void hear_own(struct controller *c, const struct message *m)
{
	if (m->kind == MESSAGE_ORDERS)
		local_orders(c->local, m);
	else if (m->kind == MESSAGE_FENCE_RUN)
		local_fence_run(c->local, m);
	else if (m->kind == MESSAGE_FORGET)
		local_forget(c->local, m);
	else if (m->kind == MESSAGE_FENCE_RAN || (m->kind == MESSAGE_RESULT && is_self(c, m->result.node)))
		local_result_applied(c->local, m);
	else
		hear_end(c, m);
}

/* --- digests: equal states stay equal, and it is proved now and then --- */

static void count_applied(struct controller *c)
{
	if (++c->applied % DIGEST_EVERY != 0)
		return;
	uint32_t at = c->digest_count++ % DIGESTS_KEPT;
	c->digests[at].count = c->applied;
	cluster_state_digest(&c->common, c->digests[at].digest);
	if (view_is_leader(&c->view)) {
		struct message m = {.kind = MESSAGE_DIGEST};
		m.digest.count = c->applied;
		m.digest.digest = c->digests[at].digest;
		controller_send(c, &m);
	}
}

/* Whatever changes something may be work for the leader. */
static void note_work(struct controller *c, const struct message *m)
{
	if (m->kind == MESSAGE_IDLE) {
		c->idle = m->idle_after >= c->worked_at;
		return;
	}
	if (m->kind == MESSAGE_STORED || m->kind == MESSAGE_DIGEST)
		return;
	c->idle = false;
	c->worked_at = c->applied;
}

/* The leader's word, once for each time that it comes to rest. */
static void tell_idle(struct controller *c)
{
	struct message m = {.kind = MESSAGE_IDLE, .idle_after = c->applied};
	if (c->idle || c->view.state != VIEW_AGREED || !view_is_leader(&c->view) || !leader_is_idle(c->leader) ||
	    c->idle_told > c->worked_at)
		return;
	c->idle_told = c->applied + 1;
	controller_send(c, &m);
}

static void hear_digest(struct controller *c, const struct message *m)
{
	for (uint32_t i = 0; i < DIGESTS_KEPT && i < c->digest_count; i++) {
		if (c->digests[i].count != m->digest.count || strcmp(c->digests[i].digest, m->digest.digest) == 0)
			continue;
		controller_log(c, MSG_STATE_DIFFERS, "after %llu messages of epoch %llu",
			       (unsigned long long)m->digest.count, (unsigned long long)c->view.epoch);
		c->ops.leave(c->ops.host, LEAVE_BROKEN);
		return;
	}
}

/* --- what others may want to hear of --- */

static void tell_result(struct controller *c, const struct message *m)
{
	struct happening h = {.kind = HAPPENING_RESOURCE,
			      .when = m->result.when,
			      .node = m->result.node,
			      .rsc = m->result.rsc,
			      .task = m->result.action,
			      .interval_ms = m->result.interval_ms,
			      .status = m->result.failed,
			      .text = m->result.entry};
	c->ops.tell(c->ops.host, &h);
}

static void tell(struct controller *c, const struct message *m)
{
	struct happening h = {.when = c->now.wall};
	if (m->kind == MESSAGE_RESULT) {
		tell_result(c, m);
		return;
	}
	if (m->kind == MESSAGE_FENCED) {
		h.kind = HAPPENING_FENCING;
		h.node = m->fenced.target;
		h.task = fence_action_word((enum fence_action)m->fenced.action);
		h.text = m->fenced.why;
		h.name = m->fenced.device;
		h.value = m->fenced.member;
	} else if (m->kind == MESSAGE_ATTRIBUTE) {
		h.kind = HAPPENING_ATTRIBUTE;
		h.node = m->attribute.node;
		h.name = m->attribute.name;
		h.value = m->attribute.value;
	} else if (m->kind == MESSAGE_CHANGE) {
		h.kind = HAPPENING_CONFIGURATION;
		h.node = m->change.by.node;
		h.name = m->change.by.user.name;
		h.task = edit_kind_word(m->change.edit.kind);
	} else if (m->kind == MESSAGE_NODE) {
		h.kind = HAPPENING_NODE;
		h.node = m->node.name;
		h.node_id = m->node.node.v;
		h.text = m->node.change == NODE_JOINED ? "member" : "lost";
	} else {
		return;
	}
	c->ops.tell(c->ops.host, &h);
}

/* All managers may be killed now, and the executor live on with these orders: then nobody else knows of them. */
static void keep_orders(struct controller *c, const struct message *m)
{
	struct arena arena = {0};
	const char *lines = c->leaving ? NULL : cluster_state_own_orders(&c->common, c->name, m, &arena);
	if (lines != NULL)
		c->ops.keep_more(c->ops.host, lines);
	arena_fini(&arena);
}

static void apply(struct controller *c, const struct member *sender, const struct message *m)
{
	struct cluster_state_answer a = {0};
	unsigned touched = cluster_state_apply(&c->common, &c->view, sender, m, &a);
	bool own = node_id_eq(sender->node, c->view.self.node) && sender->pid == c->view.self.pid;
	if ((touched & TOUCHED_CONFIGURATION) != 0)
		disks_change(c, m->kind == MESSAGE_CHANGE ? edit_kind_word(m->change.edit.kind) : "manager",
			     m->kind == MESSAGE_CHANGE ? &m->change.by : NULL);
	if (m->kind == MESSAGE_STORED)
		disks_hear(c, sender, &m->stored);
	if (m->kind == MESSAGE_DIGEST)
		hear_digest(c, m);
	if (m->kind == MESSAGE_ORDERS) {
		c->leader_wall = m->orders.when;
		c->leader_heard = c->now.mono;
		keep_orders(c, m);
	}
	hear_own(c, m);
	if (m->kind != MESSAGE_FENCE_ASK || a.verdict == EDIT_DONE)
		leader_heard(c->leader, c->now, m, touched);
	if (own && a.request != 0)
		wishes_applied(c, &a);
	g_free(a.text);
	if (m->kind == MESSAGE_FENCED)
		wishes_fenced(c, m);
	tell(c, m);
	controller_alert(c, m);
	if ((touched & (TOUCHED_STATUS | TOUCHED_ATTRIBUTES)) != 0 && !c->leaving)
		controller_keep(c);
	count_applied(c);
	note_work(c, m);
	wishes_look(c);
}

void controller_message(struct controller *c, struct instant now, struct member sender, struct bytes bytes)
{
	struct arena arena = {0};
	struct message m;
	struct error error;
	c->now = now;
	if (message_decode(bytes, &arena, &m, &error) != ERR_OK)
		controller_log(c, MSG_MEMBER_MESSAGE_BAD, "from node %u: %s", sender.node.v, error.text);
	else if (m.kind == MESSAGE_STATEMENT || m.kind == MESSAGE_CONFIGURATION || m.kind == MESSAGE_AGREEMENT)
		controller_hear_agreeing(c, &sender, &m);
	else if (view_accepts(&c->view, m.epoch) && controller_place_of(c, &sender) < MESSAGE_MEMBERS_MAX)
		apply(c, &sender, &m);
	arena_fini(&arena);
	tell_quorum(c);
	tell_idle(c);
	controller_rearm(c);
}

void controller_tick(struct controller *c, struct instant now)
{
	c->now = now;
	if (mono_time_is_set(c->leader_due) && !mono_time_before(now.mono, c->leader_due)) {
		c->leader_due = (mono_time){0};
		leader_tick(c->leader, now);
	}
	if (mono_time_is_set(c->store_again) && !mono_time_before(now.mono, c->store_again)) {
		c->store_again = (mono_time){0};
		disks_retry(c);
	}
	if (mono_time_is_set(c->state_by) && !mono_time_before(now.mono, c->state_by))
		controller_state_when_sure(c);
	tell_idle(c);
	wishes_look(c);
	wishes_escalate(c);
	controller_keep_if_due(c);
	controller_rearm(c);
}

void controller_report(struct controller *c, struct instant now, const struct operation_report *report)
{
	c->now = now;
	local_report(c->local, report);
	controller_keep_if_due(c);
}

void controller_executor_known(struct controller *c, enum executor_state state, const struct operation *op,
			       const struct operation_report *report)
{
	local_executor_known(c->local, state, op, report);
}

void controller_executor_listed(struct controller *c, struct instant now, bool same)
{
	c->now = now;
	c->executor_listed = true;
	local_executor_listed(c->local, now.wall, same);
}

void controller_executor_lost(struct controller *c, struct instant now)
{
	c->now = now;
	c->executor_listed = false;
	g_array_set_size(c->acknowledged, 0); /* it will tell of them again */
	local_executor_lost(c->local);
}

/* --- for reading --- */

const struct cluster_state *controller_state(const struct controller *c)
{
	return &c->common;
}

const struct manager_view *controller_view(const struct controller *c)
{
	return &c->view;
}

const struct leader *controller_leader(const struct controller *c)
{
	return c->leader;
}

const char *controller_name(const struct controller *c)
{
	return c->name;
}

void controller_tell_trouble(const struct controller *c, mono_time now, uint32_t place, GString *out)
{
	int64_t ahead_ms = c->ahead_ms[place];
	bool lags = c->view.state == VIEW_AGREED && mono_time_is_set(c->unstored[place]) &&
		    mono_time_since_ms(now, c->unstored[place]) > STORE_LATE_MS;
	if (lags)
		g_string_append(out, "its disk has not taken the configuration that is in force: look at the space and "
				     "the permissions of /var/lib/hale there");
	if (ahead_ms > CLOCK_TOLERANCE_MS || ahead_ms < -CLOCK_TOLERANCE_MS)
		g_string_append_printf(out, "%sits clock is %lld s %s that of %s", lags ? "; " : "",
				       (long long)llabs(ahead_ms) / 1000, ahead_ms > 0 ? "ahead of" : "behind",
				       c->name);
}

bool controller_is_quorate(const struct controller *c)
{
	return c->quorate;
}

void controller_check(const struct controller *c)
{
	view_check(&c->view);
	leader_check(c->leader);
	assert(c->view.state == VIEW_AGREED || leader_state(c->leader) == LEADER_OFF);
	for (guint i = 0; i < c->wishes->len; i++) {
		const struct wish *w = g_ptr_array_index(c->wishes, i);
		assert(w->id != 0);
	}
}
