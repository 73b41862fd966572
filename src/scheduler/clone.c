/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Primitives, groups and clones: the parts of unpack that are theirs. */
#include "scheduler/action-key.h"
#include "scheduler/meta-private.h"
#include "scheduler/unpack-private.h"

#include <string.h>

/* --- primitives --- */

static void clear_unique(struct resource *r)
{
	r->unique = false;
	table_set(r->meta, "globally-unique", "false");
	for_each_child_of(child, r) clear_unique(child);
}

/* Agents that know no instance numbers can only be anonymous. */
static void force_anonymous(struct resource *clone, struct resource *r)
{
	struct cluster *c = r->cluster;
	cluster_complain(c, clone->xml, false,
			 "clone '%s': ignoring globally-unique, because %s resources such as '%s' can only be "
			 "anonymous",
			 clone->id, r->class_, r->id);
	clone->clone.node_max = 1;
	if (clone->clone.max > (int)c->node_count)
		clone->clone.max = (int)c->node_count;
	clear_unique(clone);
	clear_unique(r);
}

bool primitive_unpack(struct resource *r)
{
	struct resource *top = resource_top(r, false);
	bool ocf = r->class_ != NULL && strcasecmp(r->class_, "ocf") == 0;
	if (!ocf && !r->fence_device && r->unique && top->kind == RESOURCE_CLONE)
		force_anonymous(top, r);
	if (!ocf && top->promotable) {
		cluster_complain(r->cluster, r->xml, true,
				 "resource '%s' is of class %s and therefore cannot be promotable", r->id,
				 r->class_ != NULL ? r->class_ : "(none)");
		return false;
	}
	return true;
}

/* --- groups --- */

static bool is_on(const struct resource *r, const char *name)
{
	bool value;
	const char *text = resource_meta(r, name);
	return text == NULL || !cib_parse_bool(text, &value) || value;
}

bool group_unpack(struct resource *r)
{
	struct cluster *c = r->cluster;
	const char *text = table_get(r->meta, "clone");
	int number = text != NULL ? meta_int(text, 0, -1) : -1;
	r->group.ordered = is_on(r, "ordered");
	r->group.colocated = is_on(r, "collocated");
	for_each_named(e, r->xml, NAME_PRIMITIVE)
	{
		struct resource *member = resource_unpack(c, e, r, number);
		if (member != NULL)
			resource_list_add(&c->arena, &r->children, member);
	}
	if (r->children.count > 0)
		return true;
	cluster_complain(c, r->xml, true, "group '%s' has no members", r->id);
	return false;
}

/* --- clones --- */

static void mark_removed(struct resource *r)
{
	r->removed = true;
	for_each_child_of(child, r) mark_removed(child);
}

struct resource *clone_instance_add(struct resource *clone)
{
	struct cluster *c = clone->cluster;
	bool removed = clone->clone.total >= clone->clone.max;
	/* As it is now: the first instance may lower it. */
	const char *max = number_text(c, clone->clone.max);
	struct resource *instance = resource_unpack(c, clone->clone.child, clone, clone->clone.total);
	if (instance == NULL)
		return NULL;
	clone->clone.total++;
	resource_list_add(&c->arena, &clone->children, instance);
	if (removed)
		mark_removed(instance);
	table_set(instance->meta, "clone-max", max);
	return instance;
}

static int count_option(const struct resource *r, const char *name, const char *old_name, int otherwise)
{
	const char *text = resource_meta(r, name);
	if (text == NULL && old_name != NULL)
		text = resource_meta(r, old_name);
	return meta_int(text, 0, otherwise);
}

static void limit_instances(struct resource *r)
{
	int most = MAX(CLONE_INSTANCES_MAX, (int)r->cluster->node_count);
	if (r->clone.max <= most)
		return;
	cluster_complain(r->cluster, r->xml, true, "clone '%s': clone-max %d is more than %d; lower it. Taking %d",
			 r->id, r->clone.max, most, most);
	r->clone.max = most;
}

static void read_clone_options(struct resource *r)
{
	struct cluster *c = r->cluster;
	if (r->promotable) {
		r->clone.promoted_max = count_option(r, "promoted-max", "master-max", 1);
		r->clone.promoted_node_max = count_option(r, "promoted-node-max", "master-node-max", 1);
	}
	r->clone.node_max = count_option(r, "clone-node-max", NULL, 1);
	r->clone.max = count_option(r, "clone-max", NULL, c->node_count > 0 ? (int)c->node_count : 1);
	limit_instances(r);
	r->clone.ordered = resource_meta_bool(r, "ordered", false);
	r->clone.interleave = resource_meta_bool(r, "interleave", false);
	if (!r->unique && r->clone.node_max > 1) {
		cluster_complain(c, r->xml, true,
				 "clone '%s': ignoring clone-node-max %d, because anonymous clones have one instance "
				 "on a node",
				 r->id, r->clone.node_max);
		r->clone.node_max = 1;
	}
}

bool clone_unpack(struct resource *r)
{
	struct cluster *c = r->cluster;
	read_clone_options(r);
	for_each_child(e, r->xml)
	{
		if (e->name == NAME_PRIMITIVE || e->name == NAME_GROUP) {
			r->clone.child = e;
			break;
		}
	}
	if (r->clone.child == NULL) {
		cluster_complain(c, r->xml, true, "clone '%s' has nothing to clone", r->id);
		return false;
	}
	/* Slightly sticky, so that instances are not shuffled for nothing. */
	(void)table_add(r->meta, "resource-stickiness", "1");
	table_set(r->meta, "globally-unique", r->unique ? "true" : "false");
	/* With none allowed, one that is removed stands for what the status may have. */
	int count = r->clone.max > 0 ? r->clone.max : 1;
	for (int i = 0; i < count && (i == 0 || i < r->clone.max); i++)
		if (clone_instance_add(r) == NULL)
			return false;
	return true;
}
