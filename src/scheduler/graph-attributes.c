/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/actions-private.h"
#include "scheduler/bundle.h"
#include "scheduler/graph-private.h"

#include <string.h>

/* --- names and places --- */

static enum synapse_kind kind_of(const struct action *a)
{
	if (a->task == TASK_FENCE)
		return action_is(a, ACTION_PSEUDO) ? SYNAPSE_PSEUDO : SYNAPSE_CRM;
	if (a->task == TASK_SHUTDOWN || a->task == TASK_CLEAR_FAILCOUNT || a->task == TASK_DELETE)
		return SYNAPSE_CRM;
	return action_is(a, ACTION_PSEUDO) ? SYNAPSE_PSEUDO : SYNAPSE_RSC_OP;
}

static bool has_place(const struct action *a, enum synapse_kind kind)
{
	return a->node != NULL && (kind != SYNAPSE_PSEUDO || a->task == TASK_FENCE);
}

/* Instances of anonymous clones are known to agents without their number. */
static const char *printed_key(const struct action *a, struct arena *arena)
{
	struct cluster *c = a->cluster;
	const char *id = a->rsc->history_id;
	if (a->task == TASK_NOTIFY) {
		const char *type = table_get(a->meta, "notify_type"), *task = table_get(a->meta, "notify_operation");
		if (type != NULL && task != NULL)
			return action_notify_key(c, id, type, task);
	}
	int64_t interval_ms = action_is_recurring(a) ? a->interval_ms : 0;
	struct key_buffer b;
	const char *task = a->cancelled_task != NULL ? a->cancelled_task : a->task_name;
	return arena_string(arena, key_write(c, id, task, interval_ms, &b));
}

struct graph_event graph_event_of(const struct action *a, struct arena *arena)
{
	struct graph_event e = {.kind = kind_of(a), .action = a, .operation_key = a->key};
	if (a->rsc != NULL && a->rsc->history_id != NULL) {
		e.operation_key = printed_key(a, arena);
		e.internal_key = a->key;
	}
	if (has_place(a, e.kind)) {
		e.on_node = a->node;
		e.router = connection_host(a);
	}
	return e;
}

/* The action that keeps a resource locked to its node while that is down. */
static bool keeps_lock(const struct action *a)
{
	if (a->rsc == NULL || a->node == NULL || a->node != a->rsc->lock_node)
		return false;
	return !a->node->shutdown || a->task == TASK_STOP;
}

static void describe_resource(struct synapse *s)
{
	const struct action *a = s->action;
	const struct resource *r = a->rsc;
	if (keeps_lock(a))
		s->lock_time = r->lock_time;
	if (r->removed && r->history_id != NULL) {
		s->rsc_id = r->history_id;
		s->long_id = r->id;
	} else if (!r->unique) {
		const char *id = element_id(r->xml);
		s->rsc_id = id == NULL ? r->id : id;
		s->long_id = r->history_id != NULL && strcmp(s->rsc_id, r->history_id) != 0 ? r->history_id : r->id;
	} else {
		s->rsc_id = r->id;
	}
	s->class_ = r->class_;
	s->provider = r->provider;
	s->type = r->type;
}

/* --- attributes --- */

static const char *meta_name(struct cluster *c, const char *name)
{
	if (c->meta_names == NULL)
		c->meta_names = table_new(&c->arena);
	const char *known = table_get(c->meta_names, name);
	if (known != NULL)
		return known;
	char *text = texts_join(&c->arena, (const char *[]){"CRM_meta_", name}, 2);
	for (char *at = text; *at != '\0'; at++)
		if (*at == '-')
			*at = '_';
	table_set(c->meta_names, name, text);
	return text;
}

/* Names with # and : are the cluster's own records. */
static void add_meta(struct cluster *c, struct table *t, const char *name, const char *value)
{
	if (value != NULL && strpbrk(name, "#:") == NULL)
		(void)table_add(t, meta_name(c, name), value);
}

static void set_number(struct table *t, const char *name, int value)
{
	char text[NUMBER_TEXT_SIZE];
	number_write(value, text);
	table_set(t, name, arena_string(t->arena, text));
}

static void add_of_primitive(const struct resource *r, struct table *t)
{
	const char *number = resource_meta(r, "clone"), *remote = resource_meta(r, "remote-node");
	if (number != NULL)
		table_set(t, "CRM_meta_clone", number);
	if (remote != NULL)
		table_set(t, "CRM_meta_remote_node", remote);
	for (const struct resource *up = r; up != NULL; up = up->parent)
		if (up->launcher != NULL)
			table_set(t, "CRM_meta_container", up->launcher->id);
	const char *address = resource_meta(r, "external-ip");
	if (address != NULL)
		table_set(t, "pcmk_external_ip", address);
}

static void add_of_clone(const struct resource *r, struct table *t)
{
	table_set(t, "CRM_meta_globally_unique", r->unique ? "true" : "false");
	table_set(t, "CRM_meta_notify", r->notify ? "true" : "false");
	set_number(t, "CRM_meta_clone_max", r->clone.max);
	set_number(t, "CRM_meta_clone_node_max", r->clone.node_max);
	if (!r->promotable)
		return;
	/* Agents may know the old names only. */
	set_number(t, "CRM_meta_promoted_max", r->clone.promoted_max);
	set_number(t, "CRM_meta_promoted_node_max", r->clone.promoted_node_max);
	set_number(t, "CRM_meta_master_max", r->clone.promoted_max);
	set_number(t, "CRM_meta_master_node_max", r->clone.promoted_node_max);
}

/* Where the guest is at the time of the action: what goes down does so before the guest moves. */
static void add_of_guest(const struct action *a, struct table *t)
{
	if (!node_is_guest(a->node))
		return;
	const struct resource *launcher = a->node->remote->launcher;
	const struct node *host = NULL;
	enum task task = a->task;
	if (task == TASK_NOTIFY || task == TASK_NOTIFIED) {
		const char *of = table_get(a->meta, "notify_operation");
		task = of == NULL ? TASK_OTHER : task_parse(of);
	}
	if (task == TASK_STOP || task == TASK_STOPPED || task == TASK_DEMOTE || task == TASK_DEMOTED)
		host = current_node(launcher);
	else if (task == TASK_START || task == TASK_RUNNING || task == TASK_MONITOR || task == TASK_PROMOTE ||
		 task == TASK_PROMOTED)
		host = launcher->assigned;
	if (host == NULL)
		return;
	add_meta(a->cluster, t, "container-attribute-target", resource_meta(a->rsc, "container-attribute-target"));
	add_meta(a->cluster, t, "physical-host", host->name);
}

static void add_parameters(struct resource *r, const struct node *node, struct table *t)
{
	const struct table *parameters = resource_parameters(r, node);
	for (uint32_t i = 0; i < parameters->count; i++) {
		const char *name = parameters->entries[i].name, *value = parameters->entries[i].value;
		if (value != NULL && strcmp(name, "addr") == 0 && strcmp(value, "#uname") == 0) {
			const char *address = bundle_remote_address(r);
			value = address == NULL ? value : address;
		}
		if (value != NULL)
			(void)table_add(t, name, value);
	}
}

static struct table *attributes_of(const struct synapse *s, struct arena *arena)
{
	const struct action *a = s->action;
	struct table *t = table_new(arena);
	/* Who executes transitions knows by it which attributes to expect. */
	table_set(t, "crm_feature_set", CIB_FEATURE_SET);
	for (uint32_t i = 0; a->parameters != NULL && i < a->parameters->count; i++)
		if (a->parameters->entries[i].value != NULL)
			(void)table_add(t, a->parameters->entries[i].name, a->parameters->entries[i].value);
	if (a->rsc != NULL && (a->node != NULL || a->rsc->kind == RESOURCE_PRIMITIVE))
		add_parameters(a->rsc, a->node, t);
	for (uint32_t i = 0; i < a->meta->count; i++)
		add_meta(a->cluster, t, a->meta->entries[i].name, a->meta->entries[i].value);
	if (s->event.on_node != NULL) {
		table_set(t, "CRM_meta_on_node", s->event.on_node->name);
		table_set(t, "CRM_meta_on_node_uuid", s->event.on_node->id);
	}
	if (a->expected != 0)
		set_number(t, "CRM_meta_op_target_rc", a->expected);
	for (const struct resource *r = a->rsc; r != NULL; r = r->parent) {
		if (r->kind == RESOURCE_PRIMITIVE)
			add_of_primitive(r, t);
		else if (r->kind == RESOURCE_CLONE)
			add_of_clone(r, t);
	}
	if (a->rsc != NULL)
		add_of_guest(a, t);
	return t;
}

/* --- who goes down --- */

static void add_downed(struct synapse *s, const char *id)
{
	s->downed = arena_grow(&s->action->cluster->arena, s->downed, s->downed_count * sizeof(*s->downed),
			       (s->downed_count + 1) * sizeof(*s->downed));
	s->downed[s->downed_count++] = id;
}

static bool is_migrating(const struct action *stop)
{
	for (const struct relation *r = stop->before; r != NULL; r = r->next)
		if (r->action->rsc == stop->rsc && r->action->task == TASK_MIGRATE_FROM)
			return true;
	return false;
}

static void describe_downed(struct synapse *s)
{
	const struct action *a = s->action;
	const struct cluster *c = a->cluster;
	if (a->task == TASK_SHUTDOWN) {
		add_downed(s, a->node->id);
	} else if (a->task == TASK_FENCE) {
		const char *op = table_get(a->meta, "stonith_action");
		if (op == NULL || (strcmp(op, "off") != 0 && strcmp(op, "reboot") != 0))
			return;
		add_downed(s, a->node->id);
		/* And the guests on it. */
		for (uint32_t i = 0; c->have_remote_nodes && a->node->running != NULL && i < a->node->running->count;
		     i++) {
			const struct resource *r = a->node->running->items[i];
			const struct node *guest =
				r->remote_connection && r->launcher != NULL ? node_find(c, r->id) : NULL;
			if (guest != NULL)
				add_downed(s, guest->id);
		}
	} else if (a->rsc != NULL && a->rsc->remote_connection && a->task == TASK_STOP && !is_migrating(a)) {
		add_downed(s, a->rsc->id);
	}
}

void synapse_describe(struct synapse *s)
{
	struct action *a = s->action;
	if (a->rsc != NULL && !action_is(a, ACTION_PSEUDO))
		describe_resource(s);
	if (s->event.on_node != NULL)
		describe_downed(s);
	s->maintenance = a->task == TASK_MAINTENANCE_NODES;
}

const struct table_entry *synapse_attributes(const struct synapse *s, struct arena *arena, uint32_t *ret_count)
{
	struct table *t = attributes_of(s, arena);
	*ret_count = t->count;
	return table_sorted(t);
}
