/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules; their list is in manager.h. */
#include "sim/manager.h"

#include "scheduler/cluster.h"
#include "scheduler/graph.h"
#include "scheduler/node.h"
#include "scheduler/resource.h"

#include <stdio.h>
#include <string.h>

enum { MARK_EVERY = 4, FENCED_WITHIN_S = 120 };

/* M1. */
void rules_look(struct fleet *f)
{
	for (uint32_t i = 0; i < f->service_count; i++) {
		const struct service *s = &f->services[i];
		uint32_t active = 0, promoted = 0;
		for (uint32_t n = 0; n < f->count; n++) {
			active += s->active[n];
			promoted += s->promoted[n];
		}
		if (active > 1 && !s->clone)
			fleet_break(f, "M1", "%s is active on %u machines", s->name, active);
		if (promoted > 1)
			fleet_break(f, "M1", "%s is promoted on %u machines", s->name, promoted);
	}
}

static uint64_t hash_on(uint64_t hash, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		hash = (hash ^ b.data[i]) * 0x100000001b3u;
	return hash ^ hash >> 29;
}

/* M2: of those who have had the same messages since the same agreement. */
void rules_mark(struct machine *m, const struct parcel *p)
{
	struct fleet *f = m->fleet;
	const struct manager_view *v = controller_view(m->controller);
	bool begins = v->epoch != m->agreed_epoch;
	m->agreed_epoch = v->epoch;
	m->heard = hash_on(begins ? v->epoch : m->heard, bytes_of(p->bytes->data, p->bytes->len));
	if (v->state != VIEW_AGREED || (!begins && m->heard % MARK_EVERY != 0))
		return;
	char digest[33];
	cluster_state_digest(controller_state(m->controller), digest);
	const char *other = g_hash_table_lookup(f->marks, &m->heard);
	if (other == NULL) {
		uint64_t *key = g_new(uint64_t, 1);
		*key = m->heard;
		g_hash_table_insert(f->marks, key, g_strdup(digest));
	} else if (strcmp(other, digest) != 0) {
		fleet_break(f, "M2", "%s differs from the others after the same messages of epoch %llu", m->name,
			    (unsigned long long)v->epoch);
	}
}

/* When the first of its members took this agreement. */
static uint64_t first_taken(struct fleet *f, const struct manager_view *v)
{
	uint64_t hash = hash_on(v->epoch, bytes_of(&v->leader, sizeof(v->leader)));
	for (uint32_t i = 0; i < v->part_count; i++) {
		const uint64_t part[] = {v->parts[i].member.node.v, v->parts[i].member.pid, v->parts[i].serial};
		hash = hash_on(hash, bytes_of(part, sizeof(part)));
	}
	const uint64_t *known = g_hash_table_lookup(f->agreed, &hash);
	if (known == NULL) {
		uint64_t *key = g_memdup2(&hash, sizeof(hash)), *at = g_memdup2(&f->now, sizeof(f->now));
		g_hash_table_insert(f->agreed, key, at);
		known = at;
	}
	return *known;
}

/* M3. */
void rules_agreed(struct machine *m)
{
	struct fleet *f = m->fleet;
	const struct manager_view *v = controller_view(m->controller);
	const struct document *d = controller_state(m->controller)->document;
	bool is_here[CHANGES_MAX] = {false};
	if (v->part_count * 2 <= f->count)
		return;
	for_each_named(set, document_section(d, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET)
	{
		for_each_named(pair, set, NAME_NVPAIR)
		{
			unsigned int n;
			if (sscanf(element_id(pair), "sim-%u", &n) == 1 && n < CHANGES_MAX)
				is_here[n] = true;
		}
	}
	uint64_t at = first_taken(f, v);
	for (uint32_t i = 0; i < f->change_count; i++)
		if (f->change_done[i] != 0 && f->change_done[i] < at && !is_here[i])
			fleet_break(f, "M3", "change %u was answered as done, and is not in epoch %llu, as %s has it",
				    i, (unsigned long long)v->epoch, m->name);
}

/* M6. */
void rules_fenced(struct machine *m, const struct happening *h)
{
	struct fleet *f = m->fleet;
	if (h->text != NULL || (strcmp(h->task, "off") != 0 && strcmp(h->task, "reboot") != 0))
		return;
	bool by_person = h->name != NULL && strcmp(h->name, "manual") == 0;
	fleet_trace(f, "%s hears: %s was fenced by %s at %s", m->name, h->node, h->name, h->value);
	for (uint32_t i = 0; i < f->count; i++) {
		const struct machine *t = &f->machines[i];
		uint64_t off = by_person ? t->off_by_person : t->off_by_device;
		if (strcmp(t->name, h->node) == 0 && (off == 0 || f->now - off > FENCED_WITHIN_S * 1000 * FLEET_MS))
			fleet_break(f, "M6", "%s is on record as fenced, and no %s did it", t->name,
				    by_person ? "person" : "device");
	}
}

/* M5. */
void rules_answers(struct fleet *f)
{
	for (guint i = 0; i < f->asks->len; i++) {
		const struct ask *a = g_ptr_array_index(f->asks, i);
		const struct machine *m = &f->machines[a->node];
		if (a->answers == 0 && m->manager_life == a->manager_life && !a->may_last &&
		    f->now > a->at + 30000 * FLEET_MS)
			fleet_break(f, "M5", "%s never answered %u", m->name, i + 1);
	}
}

/* --- M4 --- */

static const struct machine *find_leader(struct fleet *f, char *why, size_t size)
{
	const struct machine *leader = NULL;
	for (uint32_t i = 0; i < f->count; i++) {
		const struct machine *m = &f->machines[i];
		const char *lacks = !m->up ? "is off" : m->controller == NULL ? "has no manager" : NULL;
		const struct manager_view *v = lacks == NULL ? controller_view(m->controller) : NULL;
		if (v != NULL && (v->state != VIEW_AGREED || v->part_count != f->count))
			lacks = "has not agreed with all";
		if (lacks == NULL && !controller_is_quorate(m->controller))
			lacks = "has no quorum";
		if (lacks != NULL) {
			(void)snprintf(why, size, "%s %s", m->name, lacks);
			return NULL;
		}
		if (view_is_leader(v))
			leader = m;
	}
	if (leader != NULL && controller_state(leader->controller)->fencing->len > 0) {
		(void)snprintf(why, size, "fencing is under way, as the status tells");
		return NULL;
	}
	if (leader == NULL || !leader_is_idle(controller_leader(leader->controller))) {
		(void)snprintf(why, size, "the leader is not at rest");
		return NULL;
	}
	return leader;
}

static bool is_active_by_status(const struct resource *r, const struct machine *m)
{
	for (uint32_t i = 0; i < r->active.count; i++)
		if (strcmp(r->active.items[i]->name, m->name) == 0)
			return true;
	return false;
}

/* What the status tells of each service, beside what is. */
static bool status_is_true(struct fleet *f, const struct cluster *c, char *why, size_t size)
{
	for (uint32_t k = 0; k < f->service_count; k++) {
		const struct service *s = &f->services[k];
		for (uint32_t n = 0; n < f->count; n++) {
			bool told = false;
			for (uint32_t i = 0; i < c->resource_serial; i++) {
				const struct resource *r = c->all[i];
				const char *id = r->history_id != NULL ? r->history_id : r->id;
				told |= r->kind == RESOURCE_PRIMITIVE && strcmp(id, s->name) == 0 &&
					is_active_by_status(r, &f->machines[n]);
			}
			if (told != s->active[n]) {
				(void)snprintf(why, size, "%s is %sactive on n%u, and the status says otherwise",
					       s->name, s->active[n] ? "" : "not ", n + 1);
				return false;
			}
		}
	}
	return true;
}

bool rules_converged(struct fleet *f, char *why, size_t size)
{
	const struct machine *leader = find_leader(f, why, size);
	if (leader == NULL)
		return false;
	struct document *d = document_clone(controller_state(leader->controller)->document);
	struct cluster *c = cluster_new(d, (int64_t)(machine_now(leader).wall.ns / 1000000000u));
	scheduler_run(c);
	bool ok = c->graph->count == 0;
	if (!ok)
		(void)snprintf(why, size, "the leader rests, but the scheduler wants %u actions, the first %s of %s",
			       c->graph->count, c->graph->synapses[0].action->task_name,
			       c->graph->synapses[0].rsc_id != NULL ? c->graph->synapses[0].rsc_id : "a node");
	else
		ok = status_is_true(f, c, why, size);
	cluster_free(c);
	document_free(d);
	return ok;
}
