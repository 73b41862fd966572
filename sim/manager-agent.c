/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Agents and fence devices. An agent is a flag a machine and resource: active, promoted. It is active from the moment
 * when its start begins, and until its stop has ended. */
#include "sim/manager.h"

#include <stdio.h>
#include <string.h>

enum { KILL_MS = 100, BOOT_MS = 20000 };

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

void agent_run_free(void *run)
{
	struct agent_run *r = run;
	g_free(r->rsc);
	g_free(r->action);
	g_free(r->class_);
	g_free(r->target);
	g_free(r);
}

/* By the name in the configuration: instances of a clone are one service. */
struct service *service_of(struct fleet *f, const char *rsc)
{
	size_t len = strcspn(rsc, ":");
	for (uint32_t i = 0; i < f->service_count; i++)
		if (strlen(f->services[i].name) == len && strncmp(f->services[i].name, rsc, len) == 0)
			return &f->services[i];
	if (f->service_count == FLEET_SERVICES)
		return NULL;
	struct service *s = &f->services[f->service_count++];
	(void)snprintf(s->name, sizeof(s->name), "%.*s", (int)len, rsc);
	s->clone = rsc[0] == 'c' || rsc[0] == 'p';
	s->promotable = rsc[0] == 'p';
	return s;
}

static bool is_fencing(const struct agent_run *r)
{
	return is(r->class_, "stonith") && !is(r->action, "start") && !is(r->action, "stop") &&
	       (!is(r->action, "monitor") || r->target != NULL);
}

static struct agent_run *find(const struct machine *m, uint64_t run)
{
	for (guint i = 0; i < m->runs->len; i++) {
		struct agent_run *r = g_ptr_array_index(m->runs, i);
		if (r->run == run)
			return r;
	}
	return NULL;
}

static void say_quiet(struct fleet *f, const struct machine *m, const struct service *s, const char *action)
{
	if (f->is_quiet_now &&
	    (is(action, "start") || is(action, "stop") || is(action, "promote") || is(action, "demote")))
		fleet_break(f, "M7", "%s of %s on %s, and only managers and executors died", action, s->name, m->name);
}

static uint64_t duration_ms(struct machine *m, const struct agent_run *r, struct service *s)
{
	struct fleet *f = m->fleet;
	uint64_t ms = 2 + dice_below(&f->agents, f->options.agent_ms);
	if (is_fencing(r)) {
		if (f->device_until[1] > f->now && !is(r->action, "metadata"))
			return UINT64_MAX;
		return f->device_until[2] > f->now ? ms + 15000 : ms + 500;
	}
	if (s != NULL && s->hangs[m->number] > 0 && !(is(r->action, "monitor") && r->interval_ms == 0))
		return UINT64_MAX;
	return is(r->action, "monitor") ? ms / 8 + 1 : ms;
}

void agent_spawn(struct machine *m, uint64_t run, const struct operation *op)
{
	struct fleet *f = m->fleet;
	struct agent_run *r = g_new0(struct agent_run, 1);
	r->run = run;
	r->rsc = g_strdup(op->rsc);
	r->action = g_strdup(op->action);
	r->class_ = g_strdup(op->class_);
	r->target = g_strdup(table_get(op->parameters, "nodename"));
	r->interval_ms = op->interval_ms;
	g_ptr_array_add(m->runs, r);
	struct service *s = is(r->class_, "stonith") ? NULL : service_of(f, r->rsc);
	if (!is(r->action, "monitor") || is_fencing(r) || r->interval_ms == 0)
		fleet_trace(f, "%s runs %s %s%s%s", m->name, r->rsc, r->action, r->target != NULL ? " of " : "",
			    r->target != NULL ? r->target : "");
	if (s != NULL) {
		say_quiet(f, m, s, r->action);
		s->active[m->number] |= is(r->action, "start");
		s->promoted[m->number] |= is(r->action, "promote");
		s->starts += is(r->action, "start");
		s->stops += is(r->action, "stop");
	}
	uint64_t ms = duration_ms(m, r, s);
	if (ms != UINT64_MAX)
		fleet_plan(f, f->now + ms * FLEET_MS, TURN_EXIT, m->number, m->executor_life, run, NULL);
}

void agent_kill(struct machine *m, uint64_t run)
{
	struct fleet *f = m->fleet;
	struct agent_run *r = find(m, run);
	if (r == NULL)
		return;
	r->killed = true;
	fleet_plan(f, f->now + fleet_roll(f, KILL_MS) * FLEET_MS, TURN_EXIT, m->number, m->executor_life, run, NULL);
}

static int act(struct machine *m, struct service *s, const struct agent_run *r)
{
	bool *active = &s->active[m->number], *promoted = &s->promoted[m->number];
	if (is(r->action, "start")) {
		*active = true;
		if (s->promotable)
			client_attribute(m, "master-p", "10");
	} else if (is(r->action, "stop")) {
		*active = *promoted = false;
	} else if (is(r->action, "promote")) {
		if (!*active)
			return RESULT_NOT_RUNNING;
		*promoted = true;
	} else if (is(r->action, "demote")) {
		*promoted = false;
		return *active ? RESULT_OK : RESULT_NOT_RUNNING;
	} else if (is(r->action, "monitor")) {
		return !*active ? RESULT_NOT_RUNNING : *promoted ? RESULT_PROMOTED : RESULT_OK;
	}
	return RESULT_OK;
}

/* Half of what fails has been done all the same. */
static int act_or_fail(struct machine *m, const struct agent_run *r)
{
	static const char *const words[] = {"start", "stop", "monitor", "promote"};
	struct fleet *f = m->fleet;
	struct service *s = service_of(f, r->rsc);
	uint32_t fails = s->fails[m->number];
	bool meant = fails > 0 && is(r->action, words[(fails - 1) % 4]) &&
		     !(is(r->action, "monitor") && r->interval_ms == 0);
	if (!meant && !r->killed)
		return act(m, s, r);
	if (dice_below(&f->agents, 2) == 0)
		(void)act(m, s, r);
	return RESULT_UNKNOWN_ERROR;
}

static const char fence_metadata[] =
	"<resource-agent name=\"fence_x\"><parameters><parameter name=\"port\"/></parameters>"
	"<actions><action name=\"on\"/><action name=\"off\"/><action name=\"reboot\"/>"
	"<action name=\"monitor\"/><action name=\"list\"/></actions></resource-agent>";

static int act_fence(struct machine *m, const struct agent_run *r, const char **ret_output)
{
	struct fleet *f = m->fleet;
	*ret_output = is(r->action, "metadata") ? fence_metadata : "";
	if (is(r->action, "metadata"))
		return 0;
	if (f->device_until[0] > f->now || r->killed)
		return 1;
	bool off = is(r->action, "off"), down = off || is(r->action, "reboot");
	for (uint32_t i = 0; down && i < f->count; i++) {
		struct machine *target = &f->machines[i];
		if (!is(r->target, target->name))
			continue;
		if (target->is_unplugged)
			return 1; /* its device has no power either: hence somebody vouches for it */
		target->off_by_device = f->now;
		machine_off(target, off ? 2 * BOOT_MS : 2000 + fleet_roll(f, BOOT_MS));
	}
	return 0;
}

void agent_ended(struct machine *m, uint64_t run)
{
	struct agent_run *r = find(m, run);
	struct fleet *f = m->fleet;
	const char *output = "";
	uint64_t life = m->executor_life;
	if (r == NULL)
		return;
	guint at = 0;
	(void)g_ptr_array_find(m->runs, r, &at);
	(void)g_ptr_array_steal_index(m->runs, at);
	int rc = is_fencing(r) ? act_fence(m, r, &output) : is(r->class_, "stonith") ? 0 : act_or_fail(m, r);
	const struct executor_exit e = {.spawned = true, .rc = rc, .signal = r->killed ? 9 : 0, .output = output};
	if (rc != 0 && !is(r->action, "monitor"))
		fleet_trace(f, "%s %s %s: %d%s", m->name, r->rsc, r->action, rc, r->killed ? ", killed" : "");
	agent_run_free(r);
	if (m->executor == NULL || m->executor_life != life)
		return; /* it fenced its own machine */
	executor_exited(m->executor, (mono_time){f->now}, run, &e);
	executor_check(m->executor);
}

/* Their executor died, and they with it; what they were about is done or not. */
void agents_vanish(struct machine *m)
{
	for (guint i = 0; i < m->runs->len; i++) {
		struct agent_run *r = g_ptr_array_index(m->runs, i);
		r->killed = true;
		if (!is(r->class_, "stonith") && m->up && !is(r->action, "monitor"))
			(void)act_or_fail(m, r);
	}
	g_ptr_array_set_size(m->runs, 0);
}
