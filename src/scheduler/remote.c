/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes that are made by resources: remote nodes (ocf:pacemaker:remote) and guest nodes, whose connection is configured
 * by nobody but follows from meta attributes of the resource that they run in. */
#include "scheduler/index.h"
#include "scheduler/remote-private.h"
#include "scheduler/unpack-private.h"

#include <string.h>

bool element_is_remote_connection(const struct element *primitive)
{
	return strcasecmp(element_get_or(primitive, NAME_TYPE, ""), "remote") == 0 &&
	       strcasecmp(element_get_or(primitive, NAME_CLASS, ""), "ocf") == 0 &&
	       strcasecmp(element_get_or(primitive, NAME_PROVIDER, ""), "pacemaker") == 0;
}

/* --- elements that nobody configured --- */

struct element *made_element(struct cluster *c, cib_name name, struct element *parent, unsigned attributes)
{
	struct element *e = arena_new(&c->arena, struct element);
	e->name = name;
	e->document = c->document;
	e->attributes = arena_array(&c->arena, struct attribute, attributes);
	e->attribute_room = (uint16_t)attributes;
	if (parent != NULL)
		made_append(parent, e);
	return e;
}

void made_append(struct element *parent, struct element *e)
{
	e->parent = parent;
	e->previous = parent->last;
	*(parent->last != NULL ? &parent->last->next : &parent->first) = e;
	parent->last = e;
}

struct element *made_copy(struct cluster *c, const struct element *e)
{
	struct element *copy = arena_new(&c->arena, struct element);
	*copy = *e;
	copy->parent = copy->next = copy->previous = NULL;
	return copy;
}

void made_set(struct element *e, cib_name name, const char *value)
{
	if (value != NULL)
		e->attributes[e->attribute_count++] = (struct attribute){name, value};
}

void made_pair(struct cluster *c, struct element *block, const char *name, const char *value)
{
	struct element *pair = made_element(c, NAME_NVPAIR, block, 2);
	made_set(pair, NAME_NAME, name);
	made_set(pair, NAME_VALUE, value);
}

void made_operation(struct cluster *c, struct element *operations, const char *rsc, const char *task,
		    const char *interval, const char *timeout)
{
	struct element *op = made_element(c, NAME_OP, operations, 4);
	made_set(op, NAME_ID, arena_printf(&c->arena, "%s-%s-%s", rsc, task, interval));
	made_set(op, NAME_INTERVAL, interval);
	made_set(op, NAME_NAME, task);
	made_set(op, NAME_TIMEOUT, timeout);
}

struct element *made_primitive(struct cluster *c, const char *id, const char *provider, const char *type)
{
	struct element *e = made_element(c, NAME_PRIMITIVE, NULL, 4);
	made_set(e, NAME_ID, id);
	made_set(e, NAME_CLASS, "ocf");
	made_set(e, NAME_PROVIDER, provider);
	made_set(e, NAME_TYPE, type);
	return e;
}

struct element *made_connection(struct cluster *c, const struct connection_settings *s)
{
	struct element *e = made_primitive(c, s->name, "pacemaker", "remote");
	struct element *meta = made_element(c, NAME_META_ATTRIBUTES, e, 0);
	made_pair(c, meta, "internal-rsc", "true");
	made_pair(c, meta, "container", s->launcher);
	if (s->allow_migrate != NULL)
		made_pair(c, meta, "allow-migrate", s->allow_migrate);
	if (s->is_managed != NULL)
		made_pair(c, meta, "is-managed", s->is_managed);
	if (s->address != NULL || s->port != NULL) {
		struct element *parameters = made_element(c, NAME_INSTANCE_ATTRIBUTES, e, 0);
		if (s->address != NULL)
			made_pair(c, parameters, "addr", s->address);
		if (s->port != NULL)
			made_pair(c, parameters, "port", s->port);
	}
	struct element *operations = made_element(c, NAME_OPERATIONS, e, 0);
	made_operation(c, operations, s->name, "monitor", "30s", "30s");
	if (s->start_timeout != NULL)
		made_operation(c, operations, s->name, "start", "0", s->start_timeout);
	return e;
}

/* --- nodes --- */

/* Reads the meta attributes of a resource that may carry a guest; rules and id-ref do not count here. */
static void read_guest(const struct element *rsc, struct connection_settings *s)
{
	const struct {
		const char *name;
		const char **value;
	} wanted[] = {
		{"remote-node", &s->name},
		{"remote-addr", &s->address},
		{"remote-port", &s->port},
		{"remote-connect-timeout", &s->start_timeout},
		{"remote-allow-migrate", &s->allow_migrate},
		{"is-managed", &s->is_managed},
	};
	for_each_named(block, rsc, NAME_META_ATTRIBUTES)
	{
		for_each_child(pair, block)
		{
			const char *name = element_get_or(pair, NAME_NAME, "");
			for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
				if (strcmp(name, wanted[i].name) == 0)
					*wanted[i].value = element_get(pair, NAME_VALUE);
		}
	}
}

static void make_node(struct cluster *c, const char *name)
{
	if (node_find(c, name) == NULL)
		(void)node_create(c, name, name, "remote", 0);
}

static void unpack_guest(struct cluster *c, const struct element *rsc)
{
	struct connection_settings s = {.launcher = element_id(rsc), .start_timeout = "60s"};
	read_guest(rsc, &s);
	if (s.name == NULL)
		return;
	made_append(c->connections_root, made_connection(c, &s));
	make_node(c, s.name);
}

void remote_nodes_unpack(struct cluster *c)
{
	const struct element *resources = document_section(c->document, NAME_RESOURCES);
	for_each_child(e, resources)
	{
		if (element_is_remote_connection(e)) {
			if (element_id(e) != NULL)
				make_node(c, element_id(e));
		} else if (e->name == NAME_PRIMITIVE) {
			unpack_guest(c, e);
		} else if (e->name == NAME_GROUP) {
			for_each_child(member, e) unpack_guest(c, member);
		}
	}
}

/* How many nodes there may be: tables are made for so many. */
static uint32_t count_of(const struct element *e)
{
	if (element_is_remote_connection(e))
		return 1;
	if (e->name == NAME_BUNDLE)
		return bundle_replica_count(e);
	uint32_t count = 0;
	if (e->name == NAME_PRIMITIVE) {
		struct connection_settings s = {0};
		read_guest(e, &s);
		return s.name != NULL;
	}
	if (e->name == NAME_GROUP)
		for_each_child(member, e) count += count_of(member);
	return count;
}

uint32_t nodes_count(const struct cluster *c)
{
	uint32_t count = 1;
	for_each_named(n, document_section(c->document, NAME_NODES), NAME_NODE) count++;
	for_each_child(e, document_section(c->document, NAME_RESOURCES)) count += count_of(e);
	return count;
}
