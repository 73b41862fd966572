/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/utilization.h"

#include "rules/score.h"
#include "scheduler/action-key.h"
#include "scheduler/colocation.h"
#include "scheduler/index.h"
#include "scheduler/instances.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* An integer as configured: what is none, or too large for one, counts as 0 or is clamped. */
static int value_parse(const char *text)
{
	if (text == NULL)
		return 0;
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (end == text || *end != '\0')
		return 0;
	return value > INT_MAX ? INT_MAX : value < INT_MIN ? INT_MIN : (int)value;
}

int utilization_compare(const struct node *a, const struct node *b)
{
	int result = 0;
	for (uint32_t i = 0; i < a->utilization->count; i++) {
		const struct table_entry *e = &a->utilization->entries[i];
		int of_a = value_parse(e->value), of_b = value_parse(table_get(b->utilization, e->name));
		result += (of_a < of_b) - (of_a > of_b);
	}
	for (uint32_t i = 0; i < b->utilization->count; i++) {
		const struct table_entry *e = &b->utilization->entries[i];
		if (table_has(a->utilization, e->name))
			continue;
		int of_b = value_parse(e->value);
		result += (0 < of_b) - (0 > of_b);
	}
	return result;
}

/* Adds r's needs, sign times, to a table. */
static void table_sum(struct table *sum, const struct resource *r, int sign)
{
	for (uint32_t i = 0; r->utilization != NULL && i < r->utilization->count; i++) {
		const struct table_entry *e = &r->utilization->entries[i];
		long long value = value_parse(table_get(sum, e->name)) + (long long)sign * value_parse(e->value);
		value = value > INT_MAX ? INT_MAX : value < INT_MIN ? INT_MIN : value;
		table_set(sum, e->name, number_text(r->cluster, value));
	}
}

void utilization_consume(struct node *n, const struct resource *r)
{
	table_sum(n->utilization, r, -1);
}

void utilization_release(struct node *n, const struct resource *r)
{
	table_sum(n->utilization, r, 1);
}

static bool node_can_carry(const struct node *n, const struct table *needs)
{
	for (uint32_t i = 0; needs != NULL && i < needs->count; i++)
		if (value_parse(needs->entries[i].value) >
		    value_parse(table_get(n->utilization, needs->entries[i].name)))
			return false;
	return true;
}

/* --- what must run together --- */

/* Resources that a mandatory colocation ties to one, in any order; asked again and again whether it has one. */
struct together {
	struct resource *origin;
	struct resource_list all;
	struct resource_list todo; /* whose colocations are still to be followed */
	struct table *seen;
};

static bool together_has(const struct together *t, const struct resource *r)
{
	return table_has(t->seen, r->id);
}

static void together_mark(struct together *t, struct resource *r)
{
	resource_list_add(&r->cluster->arena, &t->all, r);
	table_set(t->seen, r->id, "");
}

static void together_add(struct together *t, struct resource *r)
{
	if (r->kind == RESOURCE_GROUP && (r->group.colocated || (r->parent != NULL && resource_is_clone(r->parent)))) {
		if (!together_has(t, r))
			together_mark(t, r);
		for_each_child_of(member, r) together_add(t, member);
		return;
	}
	if ((r->kind == RESOURCE_GROUP && r->children.count == 0) || together_has(t, r))
		return;
	together_mark(t, r);
	resource_list_add(&r->cluster->arena, &t->todo, r);
}

static void together_follow(struct together *t, struct resource *r)
{
	struct colocation_list list = colocations_this_with(r);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct colocation *l = list.items[i];
		if (l->primary != t->origin && l->score == SCORE_INFINITY &&
		    colocation_effect(r, l->primary, l, true) == COLOCATION_ON_LOCATION)
			together_add(t, l->primary);
	}
	list = colocations_with_this(r);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct colocation *l = list.items[i];
		/* Which instance a dependent of a clone will be with is not known. */
		bool vague = resource_is_clone(r) && !resource_is_clone(l->dependent);
		if (l->dependent != t->origin && !vague && l->score == SCORE_INFINITY &&
		    colocation_effect(l->dependent, r, l, true) == COLOCATION_ON_LOCATION)
			together_add(t, l->dependent);
	}
}

/* --- what they need --- */

static void needs_add(const struct together *t, const struct resource *r, struct table *sum);

static void needs_add_group(const struct together *t, const struct resource *group, struct table *sum)
{
	bool all = group->group.colocated || (group->parent != NULL && resource_is_clone(group->parent));
	for (uint32_t i = 0; i < group->children.count && (all || i == 0); i++) {
		const struct resource *member = group->children.items[i];
		if (member->unassigned && !together_has(t, member))
			needs_add(t, member, sum);
	}
}

/* Instances that are in the list count for themselves; a clone that has none there counts as its first. */
static void needs_add_clone(const struct together *t, const struct resource *clone, struct table *sum)
{
	bool existing = false;
	for_each_child_of(instance, clone)
	{
		if (together_has(t, instance)) {
			existing = true;
			continue;
		}
		bool member_is_there = false;
		for_each_child_of(member, instance) member_is_there = member_is_there || together_has(t, member);
		if (member_is_there) {
			needs_add(t, instance, sum);
			existing = true;
		}
	}
	if (!existing && clone->children.count > 0)
		needs_add(t, clone->children.items[0], sum);
}

static void needs_add(const struct together *t, const struct resource *r, struct table *sum)
{
	if (!r->unassigned)
		return;
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		table_sum(sum, r, 1);
		break;
	case RESOURCE_GROUP:
		needs_add_group(t, r, sum);
		break;
	case RESOURCE_CLONE:
		needs_add_clone(t, r, sum);
		break;
	case RESOURCE_BUNDLE:
		if (r->bundle.replica_count > 0)
			needs_add(t, r->bundle.replicas[0].container, sum);
		break;
	}
}

/* --- bans --- */

static void ban_unless_carries(struct resource *r, const struct table *needs)
{
	for (uint32_t i = 0; i < r->cluster->node_count; i++) {
		struct node *n = r->cluster->nodes_by_index[i];
		if (node_is_usable(n, &r->allowed[i]) && !node_can_carry(n, needs))
			resource_add_score(r, -SCORE_INFINITY, n, "__limit_utilization__");
	}
}

struct node *utilization_ban(struct resource *r)
{
	struct cluster *c = r->cluster;
	if (c->options.placement == PLACEMENT_DEFAULT)
		return NULL;
	struct together t = {.origin = r, .seen = table_new(&c->arena)};
	together_add(&t, r);
	for (uint32_t i = 0; i < t.todo.count; i++)
		together_follow(&t, t.todo.items[i]);
	struct table *needs = table_new(&c->arena);
	for (uint32_t i = 0; i < t.all.count; i++)
		needs_add(&t, t.all.items[i], needs);

	bool any = false;
	struct node *most = NULL;
	for (uint32_t i = 0; i < c->node_count; i++) {
		struct node *n = c->nodes_by_index[i];
		if (!node_is_usable(n, &r->allowed[i]))
			continue;
		any = any || node_can_carry(n, needs);
		if (most == NULL || utilization_compare(n, most) < 0)
			most = n;
	}
	ban_unless_carries(r, any ? needs : r->utilization);
	return any ? NULL : most;
}

/* --- report --- */

static bool is_reported(const struct cluster *c)
{
	return c->report.utilization && (c->report.line != NULL || c->report.item != NULL);
}

static void report_values(struct cluster *c, const char *text, const struct table *values)
{
	for (uint32_t i = 0; values != NULL && i < values->count; i++)
		text = arena_printf(&c->arena, "%s %s=%s", text, values->entries[i].name, values->entries[i].value);
	c->report.line(c->report.user, text);
}

void utilization_report(struct cluster *c, const char *when)
{
	if (!is_reported(c))
		return;
	for_each_node(n, c)
	{
		if (node_is_bundle(n))
			continue;
		struct score_item item = {SCORE_CAPACITY, .phase = when, .node = n->name, .values = n->utilization};
		if (c->report.item != NULL)
			c->report.item(c->report.user, &item);
		else
			report_values(c, arena_printf(&c->arena, "%s: %s capacity:", when, node_name(n)),
				      n->utilization);
	}
}

void utilization_report_placed(const struct resource *r, const struct node *n)
{
	static const char phase[] = "pcmk__assign_resource";
	struct cluster *c = r->cluster;
	if (!is_reported(c))
		return;
	struct score_item item = {SCORE_UTILIZATION, phase, r->id, n->name, .values = r->utilization};
	if (c->report.item != NULL)
		c->report.item(c->report.user, &item);
	else
		report_values(c, arena_printf(&c->arena, "%s: %s utilization on %s:", phase, r->id, node_name(n)),
			      r->utilization);
}
