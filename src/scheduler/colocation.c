/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/colocation.h"

#include "rules/score.h"
#include "scheduler/bundle.h"
#include "scheduler/sets.h"
#include "scheduler/sort.h"

#include <string.h>
#include <strings.h>

/* --- creation --- */

/* What takes a resource out of a role, and what brings it in: a second task NULL when there is none. */
static void order_apart(struct resource *first, enum role first_role, struct resource *then, enum role then_role)
{
	const char *leave[2] = {first_role == ROLE_PROMOTED ? "demote" : "stop",
				first_role == ROLE_UNPROMOTED ? "promote" : NULL};
	const char *enter[2] = {then_role == ROLE_PROMOTED ? "promote" : "start",
				then_role == ROLE_UNPROMOTED ? "demote" : NULL};
	for (unsigned i = 0; i < 2 && leave[i] != NULL; i++)
		for (unsigned k = 0; k < 2 && enter[k] != NULL; k++)
			ordering_add_tasks(first, leave[i], then, enter[k], RELATION_IF_REQUIRED_ON_SAME_NODE);
}

static void list_append(struct arena *a, struct colocation_list *l, struct colocation *item)
{
	l->items = arena_room(a, l->items, sizeof(struct colocation *), l->count, &l->room, 4);
	l->items[l->count++] = item;
}

void colocation_add(struct cluster *c, const char *id, const char *node_attribute, int score,
		    struct resource *dependent, struct resource *primary, const char *dependent_role,
		    const char *primary_role, unsigned flags)
{
	enum role role_d, role_p;
	if (!constraint_role_parse(c, id, dependent_role, &role_d) ||
	    !constraint_role_parse(c, id, primary_role, &role_p) || score == 0)
		return;
	struct colocation *l = arena_new(&c->arena, struct colocation);
	l->id = id;
	l->node_attribute = node_attribute != NULL ? node_attribute : "#uname";
	l->dependent = dependent;
	l->primary = primary;
	l->dependent_role = role_d;
	l->primary_role = role_p;
	l->score = score;
	l->flags = flags;
	l->serial = c->colocations.count;
	list_append(&c->arena, &dependent->this_with, l);
	list_append(&c->arena, &primary->with_this, l);
	list_append(&c->arena, &c->colocations, l);
	dependent->this_with_sorted = primary->with_this_sorted = false;
	if (score <= -SCORE_INFINITY) {
		order_apart(dependent, role_d, primary, role_p);
		order_apart(primary, role_p, dependent, role_d);
	}
}

/* --- order --- */

static int compare_by_resource(const struct resource *a, const struct resource *b)
{
	if (a == b)
		return 0;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind > b->kind ? -1 : 1;
	if (a->kind == RESOURCE_CLONE && a->promotable != b->promotable)
		return a->promotable ? -1 : 1;
	return strcmp(a->id, b->id);
}

static int compare_later_first(const struct colocation *a, const struct colocation *b)
{
	return a->serial > b->serial ? -1 : a->serial < b->serial;
}

static int compare_by_primary(void *a, void *b)
{
	const struct colocation *x = a, *y = b;
	int order = compare_by_resource(x->primary, y->primary);
	return order != 0 ? order : compare_later_first(x, y);
}

static int compare_by_dependent(void *a, void *b)
{
	const struct colocation *x = a, *y = b;
	int order = compare_by_resource(x->dependent, y->dependent);
	return order != 0 ? order : compare_later_first(x, y);
}

/* In a new array: whoever still walks the old one is not disturbed. */
static void list_sort(struct cluster *c, struct colocation_list *l, compare_pointers *compare)
{
	struct colocation **items = arena_array(&c->arena, struct colocation *, l->count);
	if (l->count > 0)
		memcpy(items, l->items, l->count * sizeof(*items));
	pointers_sort(&c->arena, (void **)items, l->count, compare);
	l->items = items;
	l->room = l->count;
}

const struct colocation_list *colocations_own_this_with(struct resource *r)
{
	if (!r->this_with_sorted)
		list_sort(r->cluster, &r->this_with, compare_by_primary);
	r->this_with_sorted = true;
	return &r->this_with;
}

const struct colocation_list *colocations_own_with_this(struct resource *r)
{
	if (!r->with_this_sorted)
		list_sort(r->cluster, &r->with_this, compare_by_dependent);
	r->with_this_sorted = true;
	return &r->with_this;
}

/* --- who takes part in what --- */

/* A query: its answer borrows a resource's own list as long as there is only one. */
struct query {
	struct resource *of;
	bool this_with;
	struct colocation_list list;
	bool borrowed;
};

static void query_make_own(struct query *q)
{
	if (!q->borrowed)
		return;
	struct colocation_list copy = {0};
	for (uint32_t i = 0; i < q->list.count; i++)
		list_append(&q->of->cluster->arena, &copy, q->list.items[i]);
	q->list = copy;
	q->borrowed = false;
}

/* Before those that are equal: what comes later into a list counts first. */
static void query_add(struct query *q, struct colocation *l)
{
	query_make_own(q);
	const struct resource *other = q->this_with ? l->primary : l->dependent;
	uint32_t low = 0, high = q->list.count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct colocation *at = q->list.items[middle];
		if (compare_by_resource(other, q->this_with ? at->primary : at->dependent) <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	list_append(&q->of->cluster->arena, &q->list, l);
	memmove(&q->list.items[low + 1], &q->list.items[low], (q->list.count - 1 - low) * sizeof(l));
	q->list.items[low] = l;
}

static void query_add_own(struct query *q, struct resource *r)
{
	const struct colocation_list *own = q->this_with ? colocations_own_this_with(r) : colocations_own_with_this(r);
	if (own->count == 0)
		return;
	if (q->list.count == 0) {
		q->list = *own;
		q->borrowed = true;
		return;
	}
	for (uint32_t i = 0; i < own->count; i++)
		query_add(q, own->items[i]);
}

/* Other members of a group: only what the user said of them. */
static void query_add_explicit(struct query *q, struct resource *r)
{
	const struct colocation_list *own = q->this_with ? colocations_own_this_with(r) : colocations_own_with_this(r);
	for (uint32_t i = 0; i < own->count; i++)
		if (own->items[i]->flags & COLOCATION_EXPLICIT)
			query_add(q, own->items[i]);
}

static void query_collect(struct query *q, struct resource *r);

/* A later member follows the first through the group's own colocations, unless one between them is not managed. */
static void query_later_member(struct query *q, struct resource *group)
{
	if (!group->group.has_unmanaged)
		return;
	for_each_child_of(member, group)
	{
		if (member == q->of)
			return;
		if (member->managed)
			continue;
		const struct colocation_list *own = colocations_own_this_with(group);
		for (uint32_t i = 0; i < own->count; i++)
			if (own->items[i]->score == SCORE_INFINITY)
				query_add(q, own->items[i]);
		return;
	}
}

static void query_group(struct query *q, struct resource *group)
{
	if (group->children.count == 0)
		return;
	uint32_t speaker = q->this_with ? 0 : group->children.count - 1;
	if (q->of != group && q->of != group->children.items[speaker]) {
		if (q->this_with)
			query_later_member(q, group);
		return;
	}
	query_add_own(q, group);
	if (group->parent != NULL)
		query_collect(q, group->parent);
	if (!group->group.colocated)
		return;
	for_each_child_of(member, group) if (member != q->of) query_add_explicit(q, member);
}

/* The bundle and its containers always; the promotable clone within while roles are chosen. */
static void query_bundle(struct query *q, struct resource *bundle)
{
	const struct resource *inner = bundle->bundle.child;
	bool takes_part = q->of == bundle || q->of->replica_container;
	if (!takes_part && inner != NULL && inner->promotable && resource_top(q->of, false) == inner)
		takes_part = q->of == inner ? inner->clone.sorted_by_promotion : !q->of->unassigned;
	if (takes_part)
		query_add_own(q, bundle);
}

static void query_collect(struct query *q, struct resource *r)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
	case RESOURCE_CLONE:
		query_add_own(q, r);
		if (r->parent != NULL)
			query_collect(q, r->parent);
		break;
	case RESOURCE_GROUP:
		query_group(q, r);
		break;
	case RESOURCE_BUNDLE:
		query_bundle(q, r);
		break;
	}
}

static struct colocation_list query(struct resource *r, bool this_with)
{
	struct query q = {.of = r, .this_with = this_with};
	query_collect(&q, r);
	return q.list;
}

struct colocation_list colocations_this_with(struct resource *r)
{
	return query(r, true);
}

struct colocation_list colocations_with_this(struct resource *r)
{
	return query(r, false);
}

/* --- what it means --- */

bool colocation_has_influence(const struct colocation *l, const struct resource *primary)
{
	if (primary == NULL)
		primary = l->primary;
	/* A connection is light and its container heavy: where the one would like to be does not move the other. */
	if (l->dependent->remote_nesting_allowed && !primary->failed && primary->active.count == 1)
		return false;
	return (l->flags & COLOCATION_INFLUENCE) != 0 || primary->active.count == 0;
}

/* Of a bundle's container, what runs in it has the role. */
static const struct resource *role_bearer(const struct resource *r)
{
	const struct replica *replica = r->replica_container ? replica_of(r) : NULL;
	return replica != NULL && replica->child != NULL ? replica->child : r;
}

enum role colocation_role_of(const struct resource *primary)
{
	return role_bearer(primary)->next_role;
}

enum colocation_effect colocation_effect(const struct resource *dependent, const struct resource *primary,
					 const struct colocation *l, bool preview)
{
	if (!preview && primary->unassigned)
		return COLOCATION_NOTHING;
	const struct resource *d = role_bearer(dependent);
	if (l->dependent_role >= ROLE_UNPROMOTED && d->parent != NULL && d->parent->promotable && !d->unassigned)
		return COLOCATION_ON_ROLE;
	if (!preview && !dependent->unassigned)
		return COLOCATION_NOTHING;
	if (l->dependent_role != ROLE_UNKNOWN && l->dependent_role != d->next_role)
		return COLOCATION_NOTHING;
	if (l->primary_role != ROLE_UNKNOWN && l->primary_role != colocation_role_of(primary))
		return COLOCATION_NOTHING;
	return COLOCATION_ON_LOCATION;
}

static bool speaks_for_host(const struct node *n, const struct resource *r)
{
	if (n->kind != NODE_REMOTE || !node_is_guest(n) || r == NULL)
		return false;
	if (node_is_bundle(n) && resource_is_bundled(r)) {
		const struct resource *bundle = resource_top(r, true);
		if (bundle->bundle.child != NULL && resource_top(r, false) == bundle->bundle.child)
			return true;
	}
	const char *target = resource_meta(r, "container-attribute-target");
	return target != NULL && strcasecmp(target, "host") == 0;
}

struct node *colocation_node(struct node *n, const struct resource *r)
{
	if (n == NULL || !speaks_for_host(n, r))
		return n;
	return n->remote->launcher->assigned;
}

const char *colocation_node_value(const struct node *n, const char *attribute, const struct resource *r)
{
	if (n != NULL && speaks_for_host(n, r))
		n = n->remote->launcher->assigned;
	return n != NULL ? node_attribute(n, attribute) : NULL;
}
