/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A resource has few operations and many nodes: what is configured for an operation is read once. */
#include "scheduler/action-config.h"
#include "scheduler/cluster.h"

#include <string.h>

struct action_template {
	const char *task;
	int64_t interval_ms;
	bool is_notify;
	const struct element *operation;
	const struct table *meta;
	struct action_template *next;
};

enum { ROOM_TO_GROW = 4 }; /* for what is added to a copy */

static struct table *copy(struct arena *a, const struct table *from)
{
	struct table *t = table_new(a);
	if (from->slots != NULL) {
		table_add_all(t, from);
		return t;
	}
	t->room = from->count + ROOM_TO_GROW;
	t->count = from->count;
	t->entries = arena_array(a, struct table_entry, t->room);
	memcpy(t->entries, from->entries, from->count * sizeof(*t->entries));
	return t;
}

static const struct element *find_operation(const struct resource *r, const char *task, int64_t interval_ms,
					    bool is_notify)
{
	const struct element *op = action_config_find(r, task, interval_ms, true);
	return op == NULL && is_notify ? action_config_find_exact(r, "notify", 0, true) : op;
}

/* The parameter that says how long a fence device may take can have a rule about nodes. */
static bool depends_on_node(const struct resource *r)
{
	return r->class_ != NULL && strcmp(r->class_, "stonith") == 0;
}

static struct action_template *template_of(struct resource *r, const char *task, int64_t interval_ms, bool is_notify)
{
	for (struct action_template *t = r->action_templates; t != NULL; t = t->next)
		if (t->interval_ms == interval_ms && t->is_notify == is_notify && strcmp(t->task, task) == 0)
			return t;
	struct action_template *t = arena_new(&r->cluster->arena, struct action_template);
	t->task = arena_string(&r->cluster->arena, task);
	t->interval_ms = interval_ms;
	t->is_notify = is_notify;
	t->operation = find_operation(r, task, interval_ms, is_notify);
	t->meta = action_config_meta(r, NULL, task, interval_ms, t->operation);
	t->next = r->action_templates;
	r->action_templates = t;
	return t;
}

struct table *action_config_meta_copy(struct resource *r, struct node *node, const char *task, int64_t interval_ms,
				      bool is_notify, const struct element **ret_operation)
{
	if (depends_on_node(r)) {
		*ret_operation = find_operation(r, task, interval_ms, is_notify);
		return action_config_meta(r, node, task, interval_ms, *ret_operation);
	}
	const struct action_template *t = template_of(r, task, interval_ms, is_notify);
	*ret_operation = t->operation;
	return copy(&r->cluster->arena, t->meta);
}
