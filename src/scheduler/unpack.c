/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/unpack-private.h"

#include "rules/interval.h"
#include "rules/score.h"
#include "rules/values.h"
#include "scheduler/action-config.h"
#include "scheduler/index.h"
#include "scheduler/ledger.h"
#include "scheduler/meta-private.h"
#include "scheduler/remote-private.h"
#include "scheduler/tags.h"

#include <stdlib.h>
#include <string.h>

static bool kind_of(const struct element *xml, enum resource_kind *ret)
{
	switch (xml->name) {
	case NAME_PRIMITIVE:
		*ret = RESOURCE_PRIMITIVE;
		return true;
	case NAME_GROUP:
		*ret = RESOURCE_GROUP;
		return true;
	case NAME_CLONE:
		*ret = RESOURCE_CLONE;
		return true;
	case NAME_BUNDLE:
		*ret = RESOURCE_BUNDLE;
		return true;
	default:
		return false;
	}
}

/* The <operations> that count: its own, or the one that it refers to. */
static const struct element *find_operations(struct cluster *c, const struct element *xml)
{
	const struct element *operations = element_first_named(xml, NAME_OPERATIONS);
	const char *ref = operations != NULL ? element_get(operations, NAME_ID_REF) : NULL;
	if (ref == NULL)
		return operations;
	const struct element *found = document_by_id(c->document, ref);
	return found != NULL && found->name == NAME_OPERATIONS ? found : NULL;
}

/* "web:3" */
static const char *instance_id(struct cluster *c, const char *id, int number)
{
	char digits[12];
	size_t length = strlen(id), at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	char *text = arena_take(&c->arena, length + 1 + sizeof(digits) - at + 1);
	memcpy(text, id, length);
	text[length] = ':';
	memcpy(text + length + 1, digits + at, sizeof(digits) - at);
	return text;
}

static struct resource *resource_new(struct cluster *c, const struct element *xml, struct resource *parent)
{
	c->all = arena_room(&c->arena, c->all, sizeof(*c->all), c->resource_serial, &c->resource_room, 64);
	struct resource *r = arena_new(&c->arena, struct resource);
	r->cluster = c;
	r->serial = c->resource_serial;
	r->parent = parent;
	r->xml = xml;
	r->unassigned = true;
	r->role = ROLE_STOPPED;
	c->all[c->resource_serial++] = r;
	return r;
}

/* Only where nobody checked the document can it lack; there is no agent of that name, but it must have words. */
static const char *needed(struct resource *r, cib_name name, const char *what)
{
	const char *value = element_get(r->xml, name);
	if (value != NULL || r->xml->name != NAME_PRIMITIVE)
		return value;
	cluster_complain(r->cluster, r->xml, true, "<primitive> '%s' has no %s", element_id(r->xml), what);
	return "unknown";
}

static void read_identity(struct resource *r, int number)
{
	const char *id = element_id(r->xml);
	r->class_ = needed(r, NAME_CLASS, "class");
	r->provider = element_get(r->xml, NAME_PROVIDER);
	r->type = needed(r, NAME_TYPE, "type");
	r->operations = find_operations(r->cluster, r->xml);
	action_config_read(r);
	r->id = number >= 0 ? instance_id(r->cluster, id, number) : id;
	r->allowed = seats_new(r->cluster);
}

/* In a symmetric cluster everything may run everywhere unless something else is said; a guest's connection always. */
static void open_default_seats(struct resource *r)
{
	struct cluster *c = r->cluster;
	bool guest = r->remote_connection && resource_meta(r, "container") != NULL;
	if (c->options.symmetric ? r->exclusive_probes : !guest)
		return;
	ledger_add_all(r, 0, CAUSE_SYMMETRIC, NULL, NULL);
	for_each_node(n, c)
	{
		if ((c->options.symmetric && n->base_probe == PROBE_NEVER) || r->allowed[n->index].present)
			continue;
		(void)seats_add(r->allowed, n, n->base_score);
		if (n->base_score != 0)
			ledger_set(r, n, n->base_score, CAUSE_SYMMETRIC, n->id, NULL);
	}
}

static bool unpack_kind(struct resource *r)
{
	switch (r->kind) {
	case RESOURCE_GROUP:
		return group_unpack(r);
	case RESOURCE_CLONE:
		return clone_unpack(r);
	case RESOURCE_BUNDLE:
		return bundle_unpack(r);
	case RESOURCE_PRIMITIVE:
		return primitive_unpack(r);
	}
	return false;
}

struct resource *resource_unpack(struct cluster *c, const struct element *configured, struct resource *parent,
				 int number)
{
	enum resource_kind kind;
	if (element_id(configured) == NULL) {
		cluster_complain(c, configured, true, "ignoring <%s> without an id", element_tag(configured));
		return NULL;
	}
	const struct element *xml = template_apply(c, configured);
	if (xml == NULL)
		return NULL;
	if (!kind_of(xml, &kind)) {
		cluster_complain(c, xml, true, "ignoring resource '%s' of unknown kind <%s>", element_id(xml),
				 element_tag(xml));
		return NULL;
	}
	struct resource *r = resource_new(c, xml, parent);
	r->kind = kind;
	r->original = xml != configured ? configured : NULL;
	read_identity(r, number);
	meta_unpack(r, number);
	meta_read(r);
	resource_index(r);
	if (!unpack_kind(r)) {
		resource_forget(r);
		return NULL;
	}
	open_default_seats(r);
	struct rule_input in = rule_input_of(c, NULL, NULL);
	r->utilization = table_new(&c->arena);
	values_unpack(xml, NAME_UTILIZATION, &in, NULL, r->utilization, &c->recheck_by);
	if (r->original != NULL)
		template_remember(c, element_get(configured, NAME_TEMPLATE), element_id(configured));
	return r;
}

void resource_forget(struct resource *r)
{
	for_each_child_of(child, r) resource_forget(child);
	if (id_index_get(r->cluster->ids, r->id) == r)
		id_index_set(r->cluster->ids, r->id, NULL);
}

/* --- all resources --- */

static void index_templates(struct cluster *c, const struct element *resources)
{
	for_each_named(template, resources, NAME_TEMPLATE)
	{
		const char *id = element_id(template);
		if (id != NULL)
			(void)id_index_add(c->template_elements, id, (void *)(uintptr_t) template);
	}
}

static void unpack_one(struct cluster *c, const struct element *e)
{
	const char *id = element_id(e);
	if (id == NULL || id[0] == '\0') {
		cluster_complain(c, e, true, "ignoring a <%s> without an id", element_tag(e));
		return;
	}
	if (e->name == NAME_TEMPLATE) {
		template_remember(c, id, NULL);
		return;
	}
	struct resource *r = resource_unpack(c, e, NULL, -1);
	if (r == NULL)
		cluster_complain(c, e, true, "ignoring <%s> '%s': its configuration is invalid", element_tag(e), id);
	else
		resource_list_add(&c->arena, &c->resources, r);
}

/* What runs inside another resource knows it, and that one knows it. */
static void link_launcher(struct resource *r)
{
	if (r->children.count > 0) {
		for_each_child_of(child, r) link_launcher(child);
		return;
	}
	const char *id = resource_meta(r, "container");
	if (id == NULL || strcmp(id, r->id) == 0)
		return;
	struct resource *launcher = resource_find(r->cluster, id);
	if (launcher == NULL) {
		cluster_complain(r->cluster, r->xml, true, "resource '%s' runs in '%s', which does not exist", r->id,
				 id);
		return;
	}
	r->launcher = launcher;
	resource_list_add(&r->cluster->arena, &launcher->launched, r);
}

void connection_link(struct resource *r)
{
	struct node *n = r->remote_connection ? node_find(r->cluster, r->id) : NULL;
	if (n == NULL)
		return;
	n->remote = r;
	if (r->launcher == NULL)
		n->unclean = r->cluster->options.startup_fencing;
	else
		table_set(n->attributes, "#kind", "container");
}

/* Stable: by priority, highest first. */
static void sort_by_priority(struct resource **items, struct resource **scratch, uint32_t count)
{
	if (count < 2)
		return;
	uint32_t half = count / 2;
	sort_by_priority(items, scratch, half);
	sort_by_priority(items + half, scratch, count - half);
	if (items[half - 1]->priority >= items[half]->priority)
		return;
	memcpy(scratch, items, half * sizeof(*items));
	for (uint32_t to = 0, left = 0, right = half; left < half; to++) {
		bool from_right = right < count && items[right]->priority > scratch[left]->priority;
		items[to] = from_right ? items[right++] : scratch[left++];
	}
}

static void unpack_all(struct cluster *c, bool location_only)
{
	const struct element *resources = document_section(c->document, NAME_RESOURCES);
	index_templates(c, resources);
	for_each_child(e, resources) unpack_one(c, e);
	for_each_child(e, c->connections_root) unpack_one(c, e);
	for (uint32_t i = 0; i < c->resources.count; i++) {
		link_launcher(c->resources.items[i]);
		if (!location_only)
			connection_link(c->resources.items[i]);
	}
	struct resource **scratch = arena_array(&c->arena, struct resource *, c->resources.count / 2 + 1);
	sort_by_priority(c->resources.items, scratch, c->resources.count);
	if (!location_only && c->options.fencing_enabled && !c->have_fencing)
		cluster_complain(c, NULL, true,
				 "no fence devices are configured: resources are not started; configure one, or "
				 "disable fencing with the option fencing-enabled (data that nodes share needs it)");
}

static void check_topology(struct cluster *c)
{
	enum { LEVEL_MAX = 9 };
	for_each_named(level, document_section(c->document, NAME_FENCING_TOPOLOGY), NAME_FENCING_LEVEL)
	{
		long index = strtol(element_get_or(level, NAME_INDEX, ""), NULL, 10);
		if (element_id(level) == NULL)
			cluster_complain(c, level, true, "ignoring a fencing level without an id");
		else if (index < 1 || index > LEVEL_MAX)
			cluster_complain(c, level, true, "ignoring fencing level '%s': its index is none of 1 to 9",
					 element_id(level));
	}
}

static void begin(struct cluster *c)
{
	const struct element *root = document_root(c->document);
	c->quorate = element_get_bool(root, NAME_HAVE_QUORUM, false);
	c->dc_id = element_get(root, NAME_DC_UUID);
	c->rsc_defaults = document_section(c->document, NAME_RSC_DEFAULTS);
	c->op_defaults = document_section(c->document, NAME_OP_DEFAULTS);
	c->ids = id_index_new(&c->arena, false);
	c->history_ids = id_index_new(&c->arena, false);
	c->template_elements = id_index_new(&c->arena, false);
	c->templates = id_index_new(&c->arena, false);
	c->tags = id_index_new(&c->arena, false);
	c->node_names = id_index_new(&c->arena, true);
	c->node_ids = id_index_new(&c->arena, true);
	c->node_room = nodes_count(c);
	c->nodes = arena_array(&c->arena, struct node *, c->node_room);
	c->nodes_by_index = arena_array(&c->arena, struct node *, c->node_room);
	c->connections_root = made_element(c, NAME_RESOURCES, NULL, 0);
}

void unpack_configuration(struct cluster *c, bool location_only)
{
	begin(c);
	options_unpack(c);
	if (!location_only && !c->quorate && c->options.no_quorum != NO_QUORUM_IGNORE)
		c->processing_warning = true;
	nodes_unpack(c);
	if (!location_only)
		remote_nodes_unpack(c);
	unpack_all(c, location_only);
	check_topology(c);
	tags_unpack(c);
}
