/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instance attributes of a resource on a node. Most have no rules, so that they are the same on every node. */
#include "rules/values.h"
#include "scheduler/cluster.h"
#include "scheduler/resource.h"
#include "scheduler/unpack.h"

struct parameter_cache {
	bool uniform;          /* without rules: one table for all nodes */
	struct table **tables; /* [0]: without a node, [1 + index]: there */
	uint32_t room;
};

static const char *attribute_of(void *user, const char *name)
{
	return node_attribute(user, name);
}

static void note_problem(void *user, const struct element *at, const char *text)
{
	cluster_complain(user, at, true, "%s", text);
}

struct rule_input rule_input_of(struct cluster *c, const struct resource *r, const struct node *n)
{
	struct rule_input in = {
		.now = c->now, .offset_s = c->zone_offset_s, .problem = note_problem, .problem_user = c};
	if (r != NULL) {
		in.class_ = r->class_;
		in.provider = r->provider;
		in.type = r->type;
	}
	if (n != NULL) {
		in.node_attribute = attribute_of;
		in.user = (void *)(uintptr_t)n;
	}
	return in;
}

/* Groups are asked for each of their members. */
static bool has_own(struct resource *r)
{
	if (r->own_parameters == PARAMETERS_UNKNOWN)
		r->own_parameters = element_first_named(r->xml, NAME_INSTANCE_ATTRIBUTES) != NULL ? PARAMETERS_OWN
												  : PARAMETERS_NONE;
	return r->own_parameters == PARAMETERS_OWN;
}

/* Neither rules nor blocks that stand elsewhere. */
static bool is_uniform(struct resource *r)
{
	for (; r != NULL; r = r->parent) {
		if (!has_own(r))
			continue;
		for_each_named(block, r->xml, NAME_INSTANCE_ATTRIBUTES)
		{
			if (element_get(block, NAME_ID_REF) != NULL || element_first_named(block, NAME_RULE) != NULL)
				return false;
		}
	}
	return true;
}

static struct parameter_cache *cache_of(struct resource *r)
{
	struct parameter_cache *cache = r->parameters;
	if (cache == NULL) {
		cache = arena_new(&r->cluster->arena, struct parameter_cache);
		cache->uniform = is_uniform(r);
		r->parameters = cache;
	}
	uint32_t room = cache->uniform ? 1 : r->cluster->node_room + 1;
	if (cache->room < room) {
		cache->tables = arena_grow(&r->cluster->arena, cache->tables, cache->room * sizeof(struct table *),
					   room * sizeof(struct table *));
		cache->room = room;
	}
	return cache;
}

const struct table *resource_parameters(struct resource *r, const struct node *node)
{
	struct cluster *c = r->cluster;
	struct parameter_cache *cache = cache_of(r);
	struct table **table = &cache->tables[cache->uniform || node == NULL ? 0 : node->index + 1];
	if (*table != NULL)
		return *table;
	*table = table_new(&c->arena);
	struct rule_input in = rule_input_of(c, NULL, node);
	for (struct resource *of = r; of != NULL; of = of->parent)
		if (has_own(of))
			values_unpack(of->xml, NAME_INSTANCE_ATTRIBUTES, &in, NULL, *table, &c->recheck_by);
	return *table;
}
