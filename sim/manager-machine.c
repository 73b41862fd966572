/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines with power, clock and disk, and the managers on them: what daemon/manager.c does, without a daemon. */
#include "sim/manager.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { MANAGER_AGAIN_MS = 1000, START_MS = 1500 };

/* --- disk: one write at a time, and the latest that waits --- */

static void disk_begin(struct machine *m)
{
	struct fleet *f = m->fleet;
	uint64_t ms = m->disk_ms > 0 ? m->disk_ms : f->options.disk_ms;
	m->writing = m->waiting;
	m->writing_version = m->waiting_version;
	m->writing_lineage = m->waiting_lineage;
	m->waiting = NULL;
	fleet_plan(f, f->now + (1 + fleet_roll(f, (uint32_t)ms)) * FLEET_MS, TURN_STORED, m->number, m->life, 0, NULL);
}

void disk_write(struct machine *m, const struct document *d, const struct archive_entry *entry)
{
	document_free(m->waiting);
	m->waiting = document_clone(d);
	struct element *status = element_first_named(document_root(m->waiting), NAME_STATUS);
	while (status != NULL && status->first != NULL) /* what the archive leaves out */
		element_remove(status->first);
	m->waiting_version = entry->version;
	m->waiting_lineage = entry->lineage;
	if (m->writing == NULL)
		disk_begin(m);
}

void disk_done(struct machine *m)
{
	enum err e = m->disk_full ? ERR_FULL : ERR_OK;
	struct document *d = m->writing;
	if (d == NULL)
		return;
	m->writing = NULL;
	if (e == ERR_OK) {
		document_free(m->disk);
		m->disk = d;
		m->disk_lineage = m->writing_lineage;
	} else {
		document_free(d);
	}
	if (m->controller != NULL)
		controller_stored(m->controller, machine_now(m), m->writing_version, m->writing_lineage, e);
	if (m->waiting != NULL)
		disk_begin(m);
}

void disk_promise(struct machine *m, uint64_t lineage)
{
	struct fleet *f = m->fleet;
	uint64_t ms = m->disk_ms > 0 ? m->disk_ms : f->options.disk_ms;
	m->promising = lineage;
	fleet_plan(f, f->now + (1 + fleet_roll(f, (uint32_t)ms)) * FLEET_MS, TURN_PROMISED, m->number, m->manager_life,
		   lineage, NULL);
}

void promise_done(struct machine *m, uint64_t lineage)
{
	enum err e = m->disk_full ? ERR_FULL : ERR_OK;
	m->promising = lineage == m->promising ? 0 : m->promising;
	if (e == ERR_OK && lineage > m->promise)
		m->promise = lineage;
	controller_promised(m->controller, machine_now(m), lineage, e);
}

/* Its manager is gone. The renames may have been made or not. */
static void disk_stop(struct machine *m)
{
	if (m->promising > m->promise && !m->disk_full && fleet_roll(m->fleet, 2) == 0)
		m->promise = m->promising;
	m->promising = 0;
	if (m->writing != NULL && !m->disk_full && fleet_roll(m->fleet, 2) == 0) {
		document_free(m->disk);
		m->disk = m->writing;
		m->disk_lineage = m->writing_lineage;
	} else {
		document_free(m->writing);
	}
	document_free(m->waiting);
	m->writing = m->waiting = NULL;
}

/* --- what an engine has for its client --- */

void item_free(void *item)
{
	struct item *i = item;
	if (i->bytes != NULL)
		(void)g_byte_array_unref(i->bytes);
	g_free(i);
}

void parcel_free(void *parcel)
{
	struct parcel *p = parcel;
	if (p->bytes != NULL)
		(void)g_byte_array_unref(p->bytes);
	g_free(p);
}

void plan_order(struct machine *m)
{
	if (m->order_at != 0)
		return;
	m->order_at = m->fleet->now + fleet_delay(m->fleet, m->fleet->options.delay_us);
	fleet_plan(m->fleet, m->order_at, TURN_ORDER, m->number, m->life, 0, NULL);
}

void hand_parcel(struct machine *m, struct parcel *p, uint64_t late_ms)
{
	struct fleet *f = m->fleet;
	if (!m->joined || m->controller == NULL) {
		parcel_free(p);
		return;
	}
	uint64_t at = f->now + fleet_delay(f, f->options.dispatch_us) + late_ms * FLEET_MS;
	m->inbox_at = at > m->inbox_at ? at : m->inbox_at;
	g_queue_push_tail(&m->inbox, p);
	fleet_plan(f, m->inbox_at, TURN_DISPATCH, m->number, m->manager_life, 0, NULL);
}

void hand_quorum(struct machine *m)
{
	struct fleet *f = m->fleet;
	if (m->controller == NULL)
		return;
	struct quorum_news *news = g_new(struct quorum_news, 1);
	*news = m->news;
	uint64_t at = f->now + fleet_delay(f, f->options.quorum_ms * 1000);
	m->quorum_at = at > m->quorum_at ? at : m->quorum_at;
	g_queue_push_tail(&m->quorum_inbox, news);
	fleet_plan(f, m->quorum_at, TURN_QUORUM, m->number, m->manager_life, 0, NULL);
}

/* --- what the controller asks for --- */

static void op_send(void *host, struct bytes message)
{
	struct machine *m = host;
	m->fleet->carrier->send(m, message);
}

static void op_timer(void *host, mono_time due)
{
	struct machine *m = host;
	m->tick_at = due.ns;
	if (mono_time_is_set(due))
		fleet_plan(m->fleet, due.ns, TURN_TICK, m->number, m->manager_life, due.ns, NULL);
}

static void op_store(void *host, const struct document *d, const struct archive_entry *entry)
{
	disk_write(host, d, entry);
}

static void op_promise(void *host, uint64_t lineage)
{
	disk_promise(host, lineage);
}

static void op_keep(void *host, const char *text)
{
	struct machine *m = host;
	g_free(m->kept);
	m->kept = g_strdup(text);
}

static void op_keep_more(void *host, const char *text)
{
	struct machine *m = host;
	char *before = m->kept;
	if (before == NULL)
		return;
	m->kept = g_strconcat(before, text, NULL);
	g_free(before);
}

/* What is asked for while there is no connection is dropped. */
static void ask_executor(struct machine *m, struct link_word *w)
{
	if (m->is_linked)
		link_send(m, w);
	else
		link_word_free(w);
}

static void op_run(void *host, const struct operation *op)
{
	struct link_word *w = g_new0(struct link_word, 1);
	w->kind = LINK_RUN;
	w->op = operation_copy(op);
	ambush_look(host, op);
	ask_executor(host, w);
}

static void op_cancel(void *host, const struct operation *op)
{
	struct link_word *w = g_new0(struct link_word, 1);
	w->kind = LINK_CANCEL;
	w->id = op->id;
	w->rsc = g_strdup(op->rsc);
	w->action = g_strdup(op->action);
	w->interval_ms = op->interval_ms;
	ask_executor(host, w);
}

static void op_forget(void *host, const char *rsc)
{
	struct link_word *w = g_new0(struct link_word, 1);
	w->kind = LINK_FORGET;
	w->rsc = g_strdup(rsc);
	ask_executor(host, w);
}

static void op_acknowledge(void *host, uint64_t id)
{
	struct link_word *w = g_new0(struct link_word, 1);
	w->kind = LINK_ACKNOWLEDGE;
	w->id = id;
	ask_executor(host, w);
}

static void op_answer(void *host, const struct answer *a)
{
	client_answered(host, a);
}

static void op_tell(void *host, const struct happening *h)
{
	struct machine *m = host;
	if (h->kind == HAPPENING_LEADER)
		rules_agreed(m);
	else if (h->kind == HAPPENING_FENCING)
		rules_fenced(m, h);
}

static void op_log(void *host, enum message_id id, const char *text)
{
	struct machine *m = host;
	fleet_trace(m->fleet, "%s %s: %s", m->name, message_entry(id)->name, text);
}

static void op_decided(void *host, const struct document *input, uint32_t number, uint32_t actions, bool is_error)
{
	struct machine *m = host;
	(void)input;
	(void)is_error;
	m->fleet->verdict->decisions++;
	if (actions > 0)
		fleet_trace(m->fleet, "%s decided %u: %u actions", m->name, number, actions);
}

static void op_leave(void *host, enum leave_why why)
{
	struct machine *m = host;
	m->left = true;
	m->why = why;
}

static uint32_t op_dice(void *host, uint32_t n)
{
	struct machine *m = host;
	return fleet_roll(m->fleet, n);
}

/* --- managers --- */

void manager_start(struct machine *m)
{
	if (m->controller != NULL)
		return;
	struct fleet *f = m->fleet;
	const struct controller_ops ops = {.host = m,
					   .send = op_send,
					   .timer = op_timer,
					   .promise = op_promise,
					   .store = op_store,
					   .keep = op_keep,
					   .keep_more = op_keep_more,
					   .run = op_run,
					   .cancel = op_cancel,
					   .forget = op_forget,
					   .acknowledge = op_acknowledge,
					   .answer = op_answer,
					   .tell = op_tell,
					   .log = op_log,
					   .decided = op_decided,
					   .leave = op_leave,
					   .dice = op_dice};
	struct nodelist_entry nodes[FLEET_MAX];
	char uuid[40];
	m->manager_life = ++f->lives;
	m->pid = ++f->pids;
	m->left = m->joined = m->quorum_known = m->quorate = m->is_linked = m->listed = m->is_shut_down = false;
	m->ring_told_count = 0;
	m->inbox_at = m->quorum_at = m->tick_at = m->agreed_epoch = 0;
	m->known_executor = 0;
	(void)snprintf(uuid, sizeof(uuid), "00000000-0000-0000-0000-%012u", m->pid);
	const struct controller_config config = {.self = {node_id_of(m->number + 1), m->pid},
						 .name = m->name,
						 .release = "sim",
						 .lineage = m->disk_lineage,
						 .promise = m->promise,
						 .cores = 2,
						 .start_state = "default",
						 .uuid = uuid};
	for (uint32_t i = 0; i < f->count; i++)
		nodes[i] = (struct nodelist_entry){.node = node_id_of(i + 1), .name = f->machines[i].name};
	fleet_trace(f, "%s manager %u begins", m->name, m->pid);
	m->controller = controller_new(&config, &ops);
	controller_start(m->controller, machine_now(m), document_clone(m->disk), m->kept);
	controller_nodelist(m->controller, machine_now(m), nodes, f->count);
	executor_connect(m);
	f->carrier->watch_quorum(m); /* it joins the group when it knows about quorum */
}

void manager_off(struct machine *m)
{
	if (m->controller == NULL)
		return;
	controller_free(m->controller);
	m->controller = NULL;
	disk_stop(m);
	m->manager_life = ++m->fleet->lives;
	executor_hang_up(m);
	g_queue_clear_full(&m->inbox, parcel_free);
	g_queue_clear_full(&m->quorum_inbox, g_free);
	m->joined = false;
	m->fleet->carrier->manager_gone(m);
	fleet_trace(m->fleet, "%s manager is gone", m->name);
}

void manager_dispatch(struct machine *m)
{
	struct parcel *p = g_queue_pop_head(&m->inbox);
	assert(p != NULL);
	if (p->is_view) {
		for (uint32_t i = 0; i < m->fleet->count; i++)
			if ((p->lost >> i & 1) != 0)
				controller_machine_lost(m->controller, node_id_of(i + 1));
		controller_group(m->controller, machine_now(m), p->members, p->member_count, m->ring_told,
				 m->ring_told_count);
	} else {
		controller_message(m->controller, machine_now(m), p->sender, bytes_of(p->bytes->data, p->bytes->len));
		rules_mark(m, p);
	}
	controller_check(m->controller);
	parcel_free(p);
}

void manager_hear_quorum(struct machine *m)
{
	struct quorum_news *news = g_queue_pop_head(&m->quorum_inbox);
	bool first = !m->quorum_known;
	assert(news != NULL);
	memcpy(m->ring_told, news->ring, sizeof(m->ring_told));
	m->ring_told_count = news->ring_count;
	m->quorate = news->quorate;
	m->quorum_known = true;
	g_free(news);
	controller_quorum(m->controller, machine_now(m), m->quorate);
	if (first)
		m->fleet->carrier->join(m);
	else
		controller_ring(m->controller, machine_now(m), m->ring_told, m->ring_told_count);
}

void manager_tick(struct machine *m, uint64_t due)
{
	if (m->tick_at != due)
		return;
	m->tick_at = 0;
	controller_tick(m->controller, machine_now(m));
	controller_check(m->controller);
}

void manager_settle(struct machine *m)
{
	struct fleet *f = m->fleet;
	if (m->controller == NULL || !m->left)
		return;
	static const char *const words[] = {"done", "fenced", "broken", "refused"};
	fleet_trace(f, "%s leaves: %s", m->name, words[m->why]);
	m->left = false;
	if (m->why == LEAVE_FENCED) {
		machine_off(m, 5000);
		return;
	}
	manager_off(m);
	if (m->why == LEAVE_BROKEN) {
		fleet_break(f, "M2", "%s finds that its state differs from the leader's", m->name);
	} else {
		m->is_shut_down = true;
		executor_off(m);
	}
}

/* --- machines --- */

void machine_on(struct machine *m)
{
	struct fleet *f = m->fleet;
	m->up = true;
	m->frozen = false;
	m->life = ++f->lives;
	m->order_at = m->link_at = 0;
	m->group_count = 0;
	m->is_shut_down = false;
	fleet_trace(f, "%s is on", m->name);
	f->carrier->machine_on(m);
	fleet_plan(f, f->now + fleet_roll(f, START_MS) * FLEET_MS, TURN_EXECUTOR, m->number, m->life, 0, NULL);
	fleet_plan(f, f->now + fleet_roll(f, START_MS) * FLEET_MS, TURN_MANAGER, m->number, m->life, 0, NULL);
	f->carrier->changed(f);
}

void machine_off(struct machine *m, uint64_t back_ms)
{
	struct fleet *f = m->fleet;
	if (!m->up)
		return;
	fleet_trace(f, "%s is off", m->name);
	manager_off(m);
	executor_off(m);
	m->up = m->frozen = false;
	m->life = ++f->lives;
	f->carrier->machine_off(m);
	m->group_count = 0;
	g_queue_clear_full(&m->outbox, item_free);
	g_clear_pointer(&m->kept, g_free);
	for (uint32_t i = 0; i < f->service_count; i++)
		f->services[i].active[m->number] = f->services[i].promoted[m->number] = false;
	f->carrier->changed(f);
	fleet_plan(f, f->now + back_ms * FLEET_MS, TURN_BOOT, m->number, m->life, 0, NULL);
}

void machine_freeze(struct machine *m, uint64_t ms)
{
	struct fleet *f = m->fleet;
	if (!m->up || m->frozen)
		return;
	fleet_trace(f, "%s freezes", m->name);
	m->frozen = true;
	m->frozen_until = f->now + ms * FLEET_MS;
	fleet_plan(f, m->frozen_until, TURN_WAKE, m->number, m->life, 0, NULL);
	f->carrier->changed(f);
}

void machine_wake(struct machine *m)
{
	if (!m->frozen || m->frozen_until > m->fleet->now)
		return;
	fleet_trace(m->fleet, "%s wakes", m->name);
	m->frozen = false;
	m->fleet->carrier->changed(m->fleet);
}
