/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which resource a history speaks of: by its id; which instance of an anonymous clone; or none that is configured. */
#include "rules/score.h"
#include "scheduler/bundle.h"
#include "scheduler/history-private.h"
#include "scheduler/index.h"
#include "scheduler/remote-private.h"
#include "scheduler/unpack-private.h"

#include <string.h>

/* --- instances of anonymous clones --- */

static bool has_id(const struct resource *r, const char *base_id)
{
	return strcmp(base_id, r->id) == 0 || strcmp(base_id, element_id(r->xml)) == 0;
}

/* Members of a group, of which several could have an id in a wrong configuration: then the first has it. */
static struct id_index *index_members(const struct resource *group)
{
	struct id_index *index = id_index_new(&group->cluster->arena, false);
	for_each_child_of(member, group)
	{
		(void)id_index_add(index, member->id, member);
		(void)id_index_add(index, element_id(member->xml), member);
	}
	return index;
}

enum { SEARCHED_MAX = 16 };

/* The part of an instance, which is a primitive or a group of some, that has this id in the configuration. */
static struct resource *find_member(struct resource *instance, const char *base_id)
{
	if (has_id(instance, base_id))
		return instance;
	if (instance->children.count > SEARCHED_MAX) {
		if (instance->group.member_ids == NULL)
			instance->group.member_ids = index_members(instance);
		return id_index_get(instance->group.member_ids, base_id);
	}
	for_each_child_of(member, instance) if (has_id(member, base_id)) return member;
	return NULL;
}

/* Where an instance is, or is about to be. */
static const struct node *place_of(const struct resource *instance)
{
	if (instance->children.count == 0)
		return instance->active.count > 0 ? instance->active.items[0] : instance->pending_node;
	for_each_child_of(child, instance)
	{
		const struct node *n = place_of(child);
		if (n != NULL)
			return n;
	}
	return NULL;
}

struct choice {
	struct resource *on_node; /* is there already */
	struct resource *free;    /* the first that is nowhere */
	bool no_free;             /* the node has one already: another one is too many */
};

static void consider_instance(struct choice *choice, struct resource *instance, const struct node *n,
			      const char *base_id)
{
	const struct node *place = place_of(instance);
	if (place == n) {
		choice->on_node = find_member(instance, base_id);
		if (choice->on_node != NULL && choice->on_node->active.count > 0) {
			choice->on_node = NULL;
			choice->no_free = true;
		}
	} else if (place == NULL && !choice->no_free && choice->free == NULL && !instance->blocked) {
		choice->free = find_member(instance, base_id);
		/* Unless an operation is pending elsewhere. */
		if (choice->free != NULL && choice->free->pending_node != NULL && choice->free->pending_node != n)
			choice->free = NULL;
	}
}

/* A clone with an instance for every node has none to spare. */
static bool is_universal(const struct resource *clone)
{
	return clone->clone.max == (int)clone->cluster->node_count;
}

/* What need not be fenced and was on a lost node may start elsewhere at once: its number is free. */
static bool is_lost(const struct resource *r, const struct resource *clone, const struct node *n)
{
	return !r->needs_fencing && (!n->online || n->unclean) && !node_is_guest(n) && !is_universal(clone);
}

static struct resource *find_instance(struct resource *clone, const struct node *n, const char *base_id)
{
	struct choice choice = {0};
	for (uint32_t i = 0; i < clone->children.count && choice.on_node == NULL; i++)
		consider_instance(&choice, clone->children.items[i], n, base_id);
	struct resource *found = choice.on_node;
	if (found == NULL && !choice.no_free)
		found = choice.free;
	if (found != NULL && !is_lost(found, clone, n))
		return found;
	struct resource *instance = clone_instance_add(clone);
	return instance != NULL ? find_member(instance, base_id) : NULL;
}

static struct resource *find_in_clone(struct cluster *c, struct resource *clone, struct node *n, const char *id)
{
	if (resource_is_bundled(clone)) {
		const struct replica *replica = replica_of_node(clone->parent, n);
		return replica != NULL ? replica->child : NULL;
	}
	return find_instance(clone, n, resource_base_id(c, id));
}

/* Instances of anonymous clones stand in the history without their number. */
static struct resource *find_first_instance(struct cluster *c, const char *id)
{
	const char *base = resource_base_id(c, id);
	struct resource *r = resource_find(c, arena_printf(&c->arena, "%s:0", base));
	return r != NULL && !r->unique ? r : NULL;
}

struct resource *history_resource(struct cluster *c, struct node *n, const char *id)
{
	struct resource *r = resource_find(c, id);
	if (r == NULL)
		r = find_first_instance(c, id);
	if (r == NULL || r->kind != RESOURCE_PRIMITIVE)
		return NULL;
	struct resource *top = resource_top(r, false);
	if (resource_is_anonymous_clone(top))
		r = find_in_clone(c, top, n, id);
	if (r != NULL && strcmp(id, r->id) != 0 && (r->history_id == NULL || strcmp(id, r->history_id) != 0)) {
		r->history_id = id;
		resource_index(r);
	}
	return r;
}

/* --- resources that are only in the status --- */

static void make_removed_node(struct resource *r)
{
	struct cluster *c = r->cluster;
	if (node_find(c, r->id) == NULL)
		(void)node_create(c, r->id, r->id, "remote", 0);
	connection_link(r);
	node_find(c, r->id)->shutdown = true;
}

struct resource *removed_resource(struct cluster *c, const struct element *history)
{
	struct element *xml = made_copy(c, history);
	xml->name = NAME_PRIMITIVE;
	xml->first = xml->last = NULL;
	struct resource *r = resource_unpack(c, xml, NULL, -1);
	if (r == NULL)
		return NULL;
	if (r->remote_connection)
		make_removed_node(r);
	r->removed = true;
	r->removed_launched = element_get(history, NAME_CONTAINER) != NULL;
	resource_list_add(&c->arena, &c->resources, r);
	if (c->options.stop_removed_resources)
		resource_add_score(r, -SCORE_INFINITY, NULL, "__removed_do_not_run__");
	else
		resource_unmanage(r);
	return r;
}
