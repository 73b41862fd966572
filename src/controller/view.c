/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void part_forget(struct view_part *p)
{
	char **texts[] = {&p->name, &p->digest, &p->history, &p->feature_set, &p->release, &p->start_state};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(*texts[i]);
	*p = (struct view_part){.member = p->member};
}

static void parts_forget(struct manager_view *v)
{
	for (uint32_t i = 0; i < v->part_count; i++)
		part_forget(&v->parts[i]);
}

void view_init(struct manager_view *v, struct member self)
{
	*v = (struct manager_view){.self = self};
}

void view_fini(struct manager_view *v)
{
	if (v == NULL)
		return;
	parts_forget(v);
	v->part_count = 0;
}

static bool member_eq(struct member a, struct member b)
{
	return node_id_eq(a.node, b.node) && a.pid == b.pid;
}

static int member_compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	if (x->node.v != y->node.v)
		return x->node.v < y->node.v ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid ? 1 : 0;
}

void view_change(struct manager_view *v, const struct member *members, uint32_t count)
{
	struct member sorted[MESSAGE_MEMBERS_MAX];
	assert(count <= MESSAGE_MEMBERS_MAX);
	if (count > 0)
		memcpy(sorted, members, count * sizeof(*members));
	qsort(sorted, count, sizeof(*sorted), member_compare);
	parts_forget(v);
	v->part_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (i == 0 || !node_id_eq(sorted[i].node, sorted[i - 1].node))
			v->parts[v->part_count++] = (struct view_part){.member = sorted[i]};
	}
	v->state = VIEW_CHANGING;
	v->leader = v->winner = node_id_of(0);
	view_check(v);
}

static struct view_part *find_part(struct manager_view *v, node_id node)
{
	for (uint32_t i = 0; i < v->part_count; i++) {
		if (node_id_eq(v->parts[i].member.node, node))
			return &v->parts[i];
	}
	return NULL;
}

const struct view_part *view_part_by_id(const struct manager_view *v, node_id node)
{
	for (uint32_t i = 0; i < v->part_count; i++) {
		if (node_id_eq(v->parts[i].member.node, node))
			return &v->parts[i];
	}
	return NULL;
}

const struct view_part *view_part_by_name(const struct manager_view *v, const char *name)
{
	for (uint32_t i = 0; i < v->part_count; i++) {
		if (v->parts[i].name != NULL && g_ascii_strcasecmp(v->parts[i].name, name) == 0)
			return &v->parts[i];
	}
	return NULL;
}

/* Rule 1. */
static bool names_present_members(const struct manager_view *v, const struct statement *s)
{
	if (s->member_count != v->part_count)
		return false;
	for (uint32_t i = 0; i < v->part_count; i++) {
		bool named = false;
		for (uint32_t k = 0; k < s->member_count; k++)
			named = named || member_eq(s->members[k], v->parts[i].member);
		if (!named)
			return false;
	}
	return true;
}

static void part_take(struct view_part *p, const struct statement *s)
{
	part_forget(p);
	p->stated = true;
	p->serial = s->serial;
	p->joined = s->joined;
	p->last_epoch = s->last_epoch;
	p->lineage = s->lineage;
	p->promise = s->promise;
	p->settled = s->settled;
	p->version = s->version;
	p->quorate = s->quorate;
	p->cores = s->cores;
	p->name = g_strdup(s->name);
	p->digest = g_strdup(s->digest);
	p->history = g_strdup(s->history);
	p->feature_set = g_strdup(s->feature_set);
	p->release = g_strdup(s->release);
	p->start_state = g_strdup(s->start_state);
}

static bool all_stated(const struct manager_view *v)
{
	for (uint32_t i = 0; i < v->part_count; i++) {
		if (!v->parts[i].stated)
			return false;
	}
	return v->part_count > 0;
}

static bool leads_before(const struct view_part *a, const struct view_part *b)
{
	if ((a->joined == 0) != (b->joined == 0))
		return a->joined != 0;
	return a->joined < b->joined; /* of equals the one that comes first has the lower id */
}

/* Above 0: a's configuration counts more than b's. What an administrator says with admin_epoch comes first. */
static int compare_configurations(const struct view_part *a, const struct view_part *b)
{
	int64_t admins = a->version.admin_epoch - b->version.admin_epoch;
	if (admins != 0)
		return admins < 0 ? -1 : 1;
	if (a->lineage != b->lineage)
		return a->lineage < b->lineage ? -1 : 1;
	return cib_version_compare(a->version, b->version);
}

static void compute(struct manager_view *v)
{
	const struct view_part *leader = &v->parts[0], *winner = &v->parts[0];
	for (uint32_t i = 1; i < v->part_count; i++) {
		const struct view_part *p = &v->parts[i];
		if (leads_before(p, leader))
			leader = p;
		if (compare_configurations(p, winner) > 0)
			winner = p;
	}
	if (compare_configurations(leader, winner) == 0 && strcmp(leader->digest, winner->digest) == 0)
		winner = leader;
	v->leader = leader->member.node;
	v->winner = winner->member.node;
}

bool view_state_of(struct manager_view *v, struct member sender, const struct statement *s)
{
	struct view_part *p = find_part(v, sender.node);
	if (v->state == VIEW_AGREED || p == NULL || !member_eq(p->member, sender) || !names_present_members(v, s))
		return false;
	part_take(p, s);
	if (!all_stated(v))
		return false;
	v->state = VIEW_STATED;
	compute(v);
	view_check(v);
	return true;
}

/* Rule 2. */
static bool is_of_present_statements(const struct manager_view *v, const struct agreement *a)
{
	if (a->part_count != v->part_count)
		return false;
	for (uint32_t i = 0; i < v->part_count; i++) {
		bool same = false;
		for (uint32_t k = 0; k < a->part_count; k++)
			same = same || (member_eq(a->parts[k].member, v->parts[i].member) &&
					a->parts[k].serial == v->parts[i].serial);
		if (!same)
			return false;
	}
	return true;
}

uint64_t view_next_epoch(const struct manager_view *v)
{
	uint64_t last = 0;
	for (uint32_t i = 0; i < v->part_count; i++)
		last = MAX(last, v->parts[i].last_epoch);
	return last + 1;
}

uint64_t view_next_lineage(const struct manager_view *v)
{
	uint64_t last = 0;
	for (uint32_t i = 0; i < v->part_count; i++)
		last = MAX(last, MAX(v->parts[i].lineage, v->parts[i].promise));
	return MIN(last + 1, INT64_MAX - 1);
}

bool view_same_configuration(const struct view_part *a, const struct view_part *b)
{
	return a->lineage == b->lineage && a->version.admin_epoch == b->version.admin_epoch &&
	       a->version.epoch == b->version.epoch && strcmp(a->digest, b->digest) == 0;
}

bool view_is_settled(const struct manager_view *v)
{
	const struct view_part *winner = view_part_by_id(v, v->winner);
	for (uint32_t i = 0; i < v->part_count; i++) {
		if (v->parts[i].settled && view_same_configuration(&v->parts[i], winner))
			return true;
	}
	return false;
}

/* Rule 6. */
static bool is_next_for(const struct manager_view *v, const struct view_part *p)
{
	for (uint32_t i = 0; i < v->agreed_count; i++)
		if (member_eq(v->agreed[i].member, p->member))
			return v->agreed[i].serial + 1 == p->serial;
	return false;
}

static void note_agreed(struct manager_view *v)
{
	v->is_next = true;
	for (uint32_t i = 0; i < v->part_count; i++)
		v->is_next = v->is_next && is_next_for(v, &v->parts[i]);
	for (uint32_t i = 0; i < v->part_count; i++) {
		v->agreed[i].member = v->parts[i].member;
		v->agreed[i].serial = v->parts[i].serial;
	}
	v->agreed_count = v->part_count;
}

bool view_agree(struct manager_view *v, struct member sender, const struct agreement *a, uint64_t epoch)
{
	const struct view_part *leader = view_part_by_id(v, sender.node);
	if (v->state != VIEW_STATED || leader == NULL || !member_eq(leader->member, sender))
		return false;
	if (!node_id_eq(sender.node, v->leader) || !node_id_eq(a->leader, v->leader))
		return false;
	if (!is_of_present_statements(v, a) || epoch < view_next_epoch(v))
		return false;
	for (uint32_t i = 0; i < v->part_count; i++) {
		struct view_part *p = &v->parts[i];
		if (p->joined == 0)
			p->joined = epoch;
		if (member_eq(p->member, v->self))
			v->joined = p->joined;
	}
	note_agreed(v);
	v->epoch = epoch;
	v->state = VIEW_AGREED;
	view_check(v);
	return true;
}

bool view_accepts(const struct manager_view *v, uint64_t epoch)
{
	return v->state == VIEW_AGREED && epoch == v->epoch;
}

bool view_is_leader(const struct manager_view *v)
{
	const struct view_part *p = view_part_by_id(v, v->leader);
	return v->state != VIEW_CHANGING && p != NULL && member_eq(p->member, v->self);
}

void view_tell_awaited(const struct manager_view *v, GString *out)
{
	uint32_t told = 0;
	if (v->state == VIEW_STATED)
		g_string_append_printf(out, "the agreement of the leader, node %u", v->leader.v);
	if (v->state == VIEW_CHANGING && v->part_count == 0)
		g_string_append(out, "the engine, to let us into the group");
	for (uint32_t i = 0; v->state == VIEW_CHANGING && i < v->part_count; i++) {
		if (v->parts[i].stated)
			continue;
		g_string_append_printf(out, "%s%u", told++ > 0 ? ", " : "what these nodes' managers have: ",
				       v->parts[i].member.node.v);
	}
}

void view_check(const struct manager_view *v)
{
	assert(v->part_count <= MESSAGE_MEMBERS_MAX);
	for (uint32_t i = 1; i < v->part_count; i++)
		assert(v->parts[i - 1].member.node.v < v->parts[i].member.node.v);
	if (v->state == VIEW_CHANGING) {
		assert(!node_id_is_set(v->leader));
		assert(!node_id_is_set(v->winner));
		return;
	}
	assert(all_stated(v));
	assert(view_part_by_id(v, v->leader) != NULL);
	assert(view_part_by_id(v, v->winner) != NULL);
	for (uint32_t i = 0; v->state == VIEW_AGREED && i < v->part_count; i++) {
		assert(v->parts[i].last_epoch < v->epoch); /* 3 */
		assert(v->parts[i].joined != 0);
		assert(v->parts[i].joined <= v->epoch);
	}
}
