/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor of a machine, and the socket between it and the manager. */
#include "sim/manager.h"

#include <string.h>

enum { LINK_US = 2000, LIST_MS = 50, AGAIN_MS = 100 };

void link_word_free(struct link_word *w)
{
	g_free(w->op);
	g_free(w->report);
	g_free(w->rsc);
	g_free(w->action);
	g_free(w);
}

/* Words keep their order, whoever they are from. */
void link_send(struct machine *m, struct link_word *w)
{
	struct fleet *f = m->fleet;
	uint64_t at = f->now + fleet_delay(f, LINK_US);
	m->link_at = at > m->link_at ? at : m->link_at;
	w->manager_life = m->manager_life;
	w->connection = m->connection;
	if (w->kind != LINK_LIST)
		w->executor_life = m->executor_life;
	fleet_plan(f, m->link_at, TURN_LINK, m->number, m->life, 0, w);
}

/* --- what the core wants --- */

static void op_spawn(void *host, uint64_t run, const struct operation *op)
{
	agent_spawn(host, run, op);
}

static void op_kill(void *host, uint64_t run)
{
	agent_kill(host, run);
}

static void op_report(void *host, const struct operation_report *report)
{
	struct machine *m = host;
	if (m->controller == NULL || !m->listed)
		return; /* it is kept */
	struct link_word *w = g_new0(struct link_word, 1);
	w->kind = LINK_REPORT;
	w->report = operation_report_copy(report);
	link_send(m, w);
}

static void op_timer(void *host, mono_time due)
{
	struct machine *m = host;
	m->xtick_at = due.ns;
	if (mono_time_is_set(due))
		fleet_plan(m->fleet, due.ns, TURN_XTICK, m->number, m->executor_life, due.ns, NULL);
}

static wall_time op_wall(void *host, mono_time at)
{
	const struct machine *m = host;
	wall_time t = machine_now(m).wall;
	t.ns -= m->fleet->now - at.ns;
	return t;
}

/* --- life --- */

void executor_start(struct machine *m)
{
	if (m->executor != NULL)
		return;
	const struct executor_ops ops = {
		.host = m, .spawn = op_spawn, .kill = op_kill, .report = op_report, .timer = op_timer, .wall = op_wall};
	m->executor_life = ++m->fleet->lives;
	m->executor = executor_new(&ops);
	m->is_linked = m->listed = false;
	if (m->controller != NULL)
		executor_connect(m);
}

/* The manager asks what the executor has. */
void executor_connect(struct machine *m)
{
	if (m->executor == NULL || m->is_linked)
		return;
	m->is_linked = true;
	m->connection++;
	struct link_word *w = g_new0(struct link_word, 1);
	w->kind = LINK_LIST;
	w->executor_life = m->executor_life;
	m->link_at = m->fleet->now + fleet_roll(m->fleet, LIST_MS) * FLEET_MS > m->link_at
			     ? m->fleet->now + fleet_roll(m->fleet, LIST_MS) * FLEET_MS
			     : m->link_at;
	link_send(m, w);
}

void executor_hang_up(struct machine *m)
{
	if (m->is_linked)
		m->drained = m->fleet->now + fleet_delay(m->fleet, LINK_US);
	m->is_linked = m->listed = false;
	m->connection++;
}

void executor_cut(struct machine *m)
{
	struct fleet *f = m->fleet;
	if (m->controller == NULL || !m->is_linked)
		return;
	fleet_trace(f, "%s manager and executor no longer hear each other", m->name);
	executor_hang_up(m);
	controller_executor_lost(m->controller, machine_now(m));
	fleet_plan(f, f->now + AGAIN_MS * FLEET_MS, TURN_CONNECT, m->number, m->manager_life, 0, NULL);
}

void executor_off(struct machine *m)
{
	if (m->executor == NULL)
		return;
	agents_vanish(m);
	executor_free(m->executor);
	m->executor = NULL;
	m->executor_life = ++m->fleet->lives;
	if (m->controller != NULL && m->is_linked)
		controller_executor_lost(m->controller, machine_now(m));
	m->is_linked = m->listed = false;
}

/* --- words --- */

struct listing {
	struct machine *machine;
	uint32_t left; /* so much is told before the connection breaks */
};

static void known(void *arg, enum executor_state state, const struct operation *op,
		  const struct operation_report *report)
{
	struct listing *l = arg;
	if (l->left == 0)
		return;
	l->left--;
	controller_executor_known(l->machine->controller, state, op, report);
}

static void list(struct machine *m)
{
	bool same = m->known_executor == m->executor_life;
	struct listing l = {.machine = m, .left = UINT32_MAX};
	if (m->cuts > 0)
		l.left = fleet_roll(m->fleet, 1 + executor_count(m->executor, EXECUTOR_REPEATING));
	executor_list(m->executor, known, &l);
	m->known_executor = m->executor_life;
	if (m->cuts > 0) {
		m->cuts--;
		executor_cut(m);
		return;
	}
	m->listed = true;
	controller_executor_listed(m->controller, machine_now(m), same);
}

static void refuse(struct machine *m, const struct operation *op)
{
	struct link_word *w = g_new0(struct link_word, 1);
	w->kind = LINK_REFUSED;
	w->id = op->id;
	if (m->controller != NULL)
		link_send(m, w);
	else
		link_word_free(w);
}

static void hear_refusal(struct machine *m, uint64_t id)
{
	wall_time t = machine_now(m).wall;
	const struct operation_report r = {.id = id,
					   .rsc = "",
					   .action = "",
					   .rc = RESULT_UNKNOWN_ERROR,
					   .status = EXECUTION_ERROR,
					   .output = "",
					   .reason = "refused",
					   .started = t,
					   .ended = t};
	controller_report(m->controller, machine_now(m), &r);
}

static void hear_as_manager(struct machine *m, const struct link_word *w)
{
	if (m->controller == NULL || w->manager_life != m->manager_life)
		return;
	if (w->kind == LINK_LIST)
		list(m);
	else if (w->kind == LINK_REPORT)
		controller_report(m->controller, machine_now(m), w->report);
	else
		hear_refusal(m, w->id);
}

void link_hear(struct machine *m, struct link_word *w)
{
	struct error error;
	mono_time now = {m->fleet->now};
	bool is_ours = w->kind == LINK_REPORT || w->kind == LINK_LIST || w->kind == LINK_REFUSED;
	if (m->executor == NULL || w->executor_life != m->executor_life)
		return;
	if (w->connection != m->connection && (is_ours || now.ns > m->drained))
		return;
	switch (w->kind) {
	case LINK_RUN:
		if (executor_run(m->executor, now, w->op, &error) != ERR_OK)
			refuse(m, w->op);
		break;
	case LINK_CANCEL:
		if (w->id != 0)
			(void)executor_end(m->executor, now, w->id);
		else
			(void)executor_cancel(m->executor, now, w->rsc, w->action, w->interval_ms);
		break;
	case LINK_FORGET:
		executor_forget(m->executor, now, w->rsc);
		break;
	case LINK_ACKNOWLEDGE:
		executor_acknowledge(m->executor, w->id);
		break;
	case LINK_REPORT:
	case LINK_LIST:
	case LINK_REFUSED:
		hear_as_manager(m, w);
		break;
	}
	executor_check(m->executor);
}
