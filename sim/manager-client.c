/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Upsets as they begin and end; clients among them. */
#include "sim/manager.h"

#include <stdio.h>
#include <string.h>

enum { RUSH_STEP_MS = 5000, RUSH_WRITE_MS = 200, RUSH_EDITS = 3 };

/* --- clients --- */

static struct ask *ask(struct machine *m, struct request *r)
{
	struct fleet *f = m->fleet;
	struct ask *a = g_new0(struct ask, 1);
	a->manager_life = m->manager_life;
	a->node = m->number;
	a->change = -1;
	a->at = f->now;
	g_ptr_array_add(f->asks, a);
	r->id = f->asks->len;
	return a;
}

static struct edit_author author(const struct machine *m)
{
	return (struct edit_author){
		.user = {.name = "root"}, .node = m->name, .client = "sim", .when = machine_now(m).wall};
}

static void ask_edit(struct machine *m, const char *scope, const char *body, int change)
{
	struct request r = {.kind = REQUEST_CHANGE};
	struct ask *a = ask(m, &r);
	a->change = change;
	r.change.edit = (struct edit){.kind = EDIT_MODIFY, .scope = scope, .body = body, .allow_create = true};
	r.change.by = author(m);
	controller_request(m->controller, machine_now(m), &r);
}

void client_answered(struct machine *m, const struct answer *a)
{
	struct fleet *f = m->fleet;
	const struct manager_view *v = controller_view(m->controller);
	if (a->id == 0 || a->id > f->asks->len)
		fleet_break(f, "M5", "%s answers %llu, which nobody asked", m->name, (unsigned long long)a->id);
	struct ask *k = g_ptr_array_index(f->asks, a->id - 1);
	if (++k->answers > 1 || k->manager_life != m->manager_life)
		fleet_break(f, "M5", "%s answers %llu for the second time", m->name, (unsigned long long)a->id);
	bool majority = v->state == VIEW_AGREED && v->part_count * 2 > f->count;
	k->is_done = a->exit_code == 0;
	if (k->change < 0)
		return;
	fleet_trace(f, "%s: change %d: %d %s", m->name, k->change, a->exit_code, a->text);
	if (a->exit_code == 0 && a->text[0] == '\0' && majority)
		f->change_done[k->change] = f->now;
}

void client_attribute(struct machine *m, const char *name, const char *value)
{
	struct request r = {.kind = REQUEST_ATTRIBUTE};
	if (m->controller == NULL)
		return;
	(void)ask(m, &r);
	r.attribute = (struct attribute_change){.node = m->name, .name = name, .value = value, .delay_ms = -1};
	controller_request(m->controller, machine_now(m), &r);
}

static void ask_cleanup(struct machine *m, enum forget_kind what)
{
	struct request r = {.kind = REQUEST_FORGET};
	(void)ask(m, &r);
	r.forget.what = what;
	controller_request(m->controller, machine_now(m), &r);
}

void client_repair(struct fleet *f)
{
	for (uint32_t i = 0; i < f->count; i++) {
		struct machine *m = &f->machines[i];
		if (m->controller == NULL || m->frozen)
			continue;
		ask_cleanup(m, FORGET_FAILURES);
		return;
	}
}

/* A change that nobody undoes. */
static void edit_option(struct machine *m)
{
	char body[FLEET_TEXT];
	struct fleet *f = m->fleet;
	if (f->change_count == CHANGES_MAX || !m->quorate)
		return;
	uint32_t n = f->change_count++;
	(void)snprintf(body, sizeof(body),
		       "<cluster_property_set id=\"sim\"><nvpair id=\"sim-%u\" name=\"sim-%u\" value=\"1\"/>"
		       "</cluster_property_set>",
		       n, n);
	ask_edit(m, "crm_config", body, (int)n);
}

static void edit_resource(struct machine *m, uint32_t value)
{
	static const char *const settings[][2] = {
		{"target-role", "Stopped"}, {"target-role", "Started"}, {"is-managed", "true"}, {"priority", "10"}};
	struct fleet *f = m->fleet;
	char body[FLEET_TEXT];
	const char *id = config_resource(f, value / 8), *const *s = settings[value % 4];
	if (!m->quorate)
		return;
	if (value % 8 == 7)
		(void)snprintf(body, sizeof(body), "<rsc_location id=\"move\" rsc=\"%s\" node=\"n%u\" score=\"%s\"/>",
			       id, 1 + value / 64 % f->count, value / 256 % 2 ? "INFINITY" : "-INFINITY");
	else
		(void)snprintf(body, sizeof(body),
			       "<%s id=\"%s\"><meta_attributes id=\"%s-m2\"><nvpair id=\"%s-%s\" name=\"%s\" "
			       "value=\"%s\"/></meta_attributes></%s>",
			       id[0] == 'r'   ? "primitive"
			       : id[0] == 'g' ? "group"
					      : "clone",
			       id, id, id, s[0], s[0], s[1],
			       id[0] == 'r'   ? "primitive"
			       : id[0] == 'g' ? "group"
					      : "clone");
	ask_edit(m, value % 8 == 7 ? "constraints" : "resources", body, -1);
}

static void edit_standby(struct machine *m, uint32_t value)
{
	char body[FLEET_TEXT];
	struct fleet *f = m->fleet;
	uint32_t n = 1 + value / 4 % f->count;
	if (!m->quorate)
		return;
	(void)snprintf(
		body, sizeof(body),
		"<node id=\"%u\" uname=\"n%u\"><instance_attributes id=\"nodes-%u\"><nvpair id=\"nodes-%u-standby\" "
		"name=\"standby\" value=\"%s\"/></instance_attributes></node>",
		n, n, n, n, value % 4 == 0 ? "on" : "off");
	ask_edit(m, "nodes", body, -1);
}

static void ask_fence(struct machine *m, uint32_t value)
{
	struct fleet *f = m->fleet;
	struct request r = {.kind = REQUEST_FENCE};
	struct ask *a = ask(m, &r);
	a->may_last = true;
	r.fence.target = f->machines[value % f->count].name;
	r.fence.client = "sim";
	r.fence.action = FENCE_REBOOT;
	controller_request(m->controller, machine_now(m), &r);
}

guint client_confirm(struct machine *m, const char *target)
{
	struct request r = {.kind = REQUEST_FENCE};
	if (m->controller == NULL || m->frozen || m->left)
		return 0;
	ask(m, &r)->may_last = true;
	r.fence.target = target;
	r.fence.client = "somebody";
	r.fence.action = FENCE_OFF;
	r.fence.confirm = true;
	controller_request(m->controller, machine_now(m), &r);
	return (guint)r.id;
}

void client_move(struct machine *m, const char *rsc, uint32_t node, const char *score)
{
	char body[FLEET_TEXT];
	if (m->controller == NULL || m->frozen || m->left || !m->quorate)
		return;
	(void)snprintf(body, sizeof(body), "<rsc_location id=\"move\" rsc=\"%s\" node=\"n%u\" score=\"%s\"/>", rsc,
		       node + 1, score);
	ask_edit(m, "constraints", body, -1);
}

static void ask_shutdown(struct machine *m)
{
	struct request r = {.kind = REQUEST_SHUTDOWN};
	(void)ask(m, &r);
	controller_request(m->controller, machine_now(m), &r);
}

static void client_begin(struct machine *m, const struct upset *u)
{
	if (m->controller == NULL || m->frozen || m->left)
		return;
	if (u->kind == UPSET_EDIT)
		edit_option(m);
	else if (u->kind == UPSET_RESOURCE)
		edit_resource(m, u->value);
	else if (u->kind == UPSET_STANDBY)
		edit_standby(m, u->value);
	else if (u->kind == UPSET_ATTRIBUTE)
		client_attribute(m, "sim", u->value % 2 ? "1" : "2");
	else if (u->kind == UPSET_CLEANUP)
		ask_cleanup(m, u->value % 4 == 0 ? FORGET_HISTORY : FORGET_FAILURES);
	else if (u->kind == UPSET_SHUTDOWN)
		ask_shutdown(m);
	else
		ask_fence(m, u->value);
}

/* --- upsets --- */

void client_restart(struct machine *m, uint64_t ms, enum turn_kind again)
{
	if (again == TURN_MANAGER)
		manager_off(m);
	else
		executor_off(m);
	if (m->up)
		fleet_plan(m->fleet, m->fleet->now + ms * FLEET_MS, again, m->number, m->life, 0, NULL);
}

static bool all_agree(const struct fleet *f)
{
	for (uint32_t i = 0; i < f->count; i++) {
		const struct machine *m = &f->machines[i];
		if (m->controller == NULL || m->frozen || m->left ||
		    controller_view(m->controller)->state != VIEW_AGREED ||
		    controller_view(m->controller)->part_count != f->count)
			return false;
	}
	return true;
}

/* One machine alone has edits on its disk when all lose power, and what becomes of them, in steps: another manager
 * begins anew, so that there is a new epoch; edits; all off, the one where they were asked for longest; an edit of the
 * others; and the one is back. */
static void rush(struct fleet *f, const struct upset *u)
{
	struct machine *m = &f->machines[u->a], *other = &f->machines[(u->a + 1) % f->count];
	uint64_t later = RUSH_STEP_MS;
	uint32_t edits = 0;
	switch (f->rush_step++) {
	case 0:
		client_restart(other, 100, TURN_MANAGER);
		break;
	case 1:
		edits = RUSH_EDITS;
		later = u->value % RUSH_WRITE_MS;
		for (uint32_t i = 0; i < f->count; i++)
			f->machines[i].disk_full |= i != u->a;
		break;
	case 2:
		for (uint32_t i = 0; i < f->count; i++) {
			machine_off(&f->machines[i], i == u->a ? 3 * RUSH_STEP_MS : 500);
			f->machines[i].disk_full = false;
		}
		break;
	default:
		edits = 1;
		m = other;
		f->rush_step = 0;
	}
	for (uint32_t i = 0; i < edits && m->controller != NULL && !m->frozen && !m->left; i++)
		edit_option(m);
	if (f->rush_step > 0)
		fleet_plan(f, f->now + later * FLEET_MS, TURN_UPSET_END, FLEET_MAX, 0, (uint64_t)(u - f->upsets), NULL);
}

static void rush_begin(struct fleet *f, const struct upset *u)
{
	if (f->rush_step == 0 && all_agree(f))
		rush(f, u);
}

static struct machine *leader(struct fleet *f)
{
	for (uint32_t i = 0; i < f->count; i++) {
		struct machine *m = &f->machines[i];
		if (m->controller != NULL && view_is_leader(controller_view(m->controller)))
			return m;
	}
	return NULL;
}

static void split(struct fleet *f, uint32_t mask)
{
	for (uint32_t i = 0; i < f->count; i++)
		f->machines[i].side = mask >> i & 1;
	f->carrier->changed(f);
}

static struct service *any_service(struct fleet *f, uint32_t value)
{
	return f->service_count == 0 ? NULL : &f->services[value % f->service_count];
}

static void service_upset(struct fleet *f, const struct upset *u)
{
	struct service *s = any_service(f, u->value / 4);
	if (s == NULL)
		return;
	fleet_trace(f, "it is %s", s->name);
	if (u->kind == UPSET_BREAK)
		s->active[u->a] = s->promoted[u->a] = false;
	else if (u->kind == UPSET_FAIL)
		s->fails[u->a] = 1 + u->value % 4;
	else
		s->hangs[u->a] = 1;
}

static void power_upset(struct fleet *f, struct machine *m, const struct upset *u)
{
	if (u->kind == UPSET_LEADER)
		m = leader(f);
	for (uint32_t i = 0; u->kind == UPSET_BLACKOUT && i < f->count; i++)
		machine_off(&f->machines[i], u->for_ms + fleet_roll(f, 5000));
	if (u->kind != UPSET_BLACKOUT && m != NULL)
		machine_off(m, u->for_ms);
}

static void process_upset(struct fleet *f, struct machine *m, const struct upset *u)
{
	if (u->kind == UPSET_MANAGER && u->value % 2 == 1)
		m = leader(f);
	if (m == NULL || m->frozen || m->is_shut_down)
		return;
	client_restart(m, u->for_ms, u->kind == UPSET_MANAGER ? TURN_MANAGER : TURN_EXECUTOR);
}

static void slow_upset(struct fleet *f, struct machine *m, const struct upset *u, bool ends)
{
	if (u->kind == UPSET_SLOW)
		m->slow_ms = ends ? 0 : u->value % 2000;
	else if (u->kind == UPSET_DEVICE)
		f->device_until[u->value % 3] = ends ? 0 : f->now + u->for_ms * FLEET_MS;
	else if (u->value % 3 == 0)
		m->disk_full = !ends;
	else
		m->disk_ms = ends ? 0 : u->value % 15000;
}

static void staged_upset(struct fleet *f, struct machine *m, const struct upset *u)
{
	if (u->kind == UPSET_RUSH) {
		rush_begin(f, u);
	} else if (u->kind == UPSET_AMBUSH) {
		ambush_begin(f, u);
	} else if (u->kind == UPSET_CONFIRM) {
		person_begin(m, u);
	} else if (!m->frozen) {
		m->cuts = u->value % 3;
		executor_cut(m);
	}
}

void upset_begin(struct fleet *f, const struct upset *u)
{
	struct machine *m = &f->machines[u->a];
	char text[FLEET_TEXT];
	upset_describe(u, text, sizeof(text));
	fleet_trace(f, "* %s", text);
	if (u->for_ms > 0 && !f->calm && u->kind < UPSET_RUSH)
		fleet_plan(f, f->now + u->for_ms * FLEET_MS, TURN_UPSET_END, FLEET_MAX, 0, (uint64_t)(u - f->upsets),
			   NULL);
	if (u->kind <= UPSET_BLACKOUT)
		power_upset(f, m, u);
	else if (u->kind <= UPSET_EXECUTOR)
		process_upset(f, m, u);
	else if (u->kind == UPSET_FREEZE)
		machine_freeze(m, u->for_ms);
	else if (u->kind == UPSET_SPLIT)
		split(f, u->value);
	else if (u->kind == UPSET_CLOCK)
		m->clock_ns += ((int64_t)(u->value % 7200) - 3600) * 1000000000;
	else if (u->kind == UPSET_SLOW || u->kind == UPSET_DISK || u->kind == UPSET_DEVICE)
		slow_upset(f, m, u, false);
	else if (u->kind <= UPSET_HANG)
		service_upset(f, u);
	else if (u->kind >= UPSET_RUSH)
		staged_upset(f, m, u);
	else
		client_begin(m, u);
}

static void upset_end_service(struct fleet *f, const struct upset *u)
{
	struct service *s = any_service(f, u->value / 4);
	if (s == NULL)
		return;
	if (u->kind == UPSET_FAIL)
		s->fails[u->a] = 0;
	else
		s->hangs[u->a] = 0;
}

void upset_end(struct fleet *f, const struct upset *u)
{
	struct machine *m = &f->machines[u->a];
	if (f->calm)
		return;
	if (u->kind == UPSET_SPLIT)
		split(f, 0);
	else if (u->kind == UPSET_RUSH)
		rush(f, u);
	else if (u->kind == UPSET_SLOW || u->kind == UPSET_DISK || u->kind == UPSET_DEVICE)
		slow_upset(f, m, u, true);
	else if (u->kind == UPSET_FAIL || u->kind == UPSET_HANG)
		upset_end_service(f, u);
	else if (u->kind == UPSET_SHUTDOWN && m->up && m->controller == NULL) {
		fleet_plan(f, f->now, TURN_EXECUTOR, m->number, m->life, 0, NULL);
		fleet_plan(f, f->now, TURN_MANAGER, m->number, m->life, 0, NULL);
	}
}
