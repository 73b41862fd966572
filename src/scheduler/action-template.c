/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A resource has few operations and many nodes: what is configured for an operation is read once. */
#include "scheduler/action-config.h"
#include "scheduler/action-key.h"
#include "scheduler/cluster.h"
#include "scheduler/index.h"

#include <string.h>

struct action_template {
	const char *task;
	int64_t interval_ms;
	bool is_notify;
	const struct element *operation;
	struct table *meta;
	struct action_template *next;
};

/* Of one resource. So many are walked along; the others are found by their key. */
enum { WALKED_MAX = 16 };
struct action_templates {
	struct action_template *latest;
	uint32_t count;
	struct id_index *others, *other_notices; /* NULL: there are none */
};

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

/* Whether nothing is configured for the task, so that it is the same for all resources. Probes and demotes take
 * something from other operations. */
static bool is_unconfigured(const struct resource *r, enum task task, const struct element *operation)
{
	return operation == NULL && task != TASK_OTHER && task != TASK_MONITOR &&
	       (task != TASK_DEMOTE || r->operations == NULL) && r->cluster->op_defaults == NULL;
}

static struct table *meta_of(struct resource *r, const char *task, int64_t interval_ms, const struct element *operation)
{
	struct cluster *c = r->cluster;
	enum task known = interval_ms == 0 ? task_parse(task) : TASK_OTHER;
	if (!is_unconfigured(r, known, operation))
		return action_config_meta(r, NULL, task, interval_ms, operation);
	if (c->unconfigured_meta == NULL)
		c->unconfigured_meta = arena_array(&c->arena, struct table *, TASK_COUNT);
	if (c->unconfigured_meta[known] == NULL)
		c->unconfigured_meta[known] = action_config_meta(r, NULL, task, 0, NULL);
	return c->unconfigured_meta[known];
}

static struct action_template *find_template(const struct resource *r, const char *task, int64_t interval_ms,
					     bool is_notify)
{
	const struct action_templates *all = r->action_templates;
	if (all == NULL)
		return NULL;
	for (struct action_template *t = all->latest; t != NULL; t = t->next)
		if (t->interval_ms == interval_ms && t->is_notify == is_notify && strcmp(t->task, task) == 0)
			return t;
	struct key_buffer b;
	const struct id_index *others = is_notify ? all->other_notices : all->others;
	return others == NULL ? NULL : id_index_get(others, key_write(r->cluster, "", task, interval_ms, &b));
}

static void keep_template(struct resource *r, struct action_template *t)
{
	struct arena *arena = &r->cluster->arena;
	if (r->action_templates == NULL)
		r->action_templates = arena_new(arena, struct action_templates);
	struct action_templates *all = r->action_templates;
	if (all->count < WALKED_MAX) {
		all->count++;
		t->next = all->latest;
		all->latest = t;
		return;
	}
	struct id_index **others = t->is_notify ? &all->other_notices : &all->others;
	if (*others == NULL)
		*others = id_index_new(arena, false);
	(void)id_index_add(*others, action_key(r->cluster, "", t->task, t->interval_ms), t);
}

static struct action_template *template_of(struct resource *r, const char *task, int64_t interval_ms, bool is_notify)
{
	struct action_template *t = find_template(r, task, interval_ms, is_notify);
	if (t != NULL)
		return t;
	t = arena_new(&r->cluster->arena, struct action_template);
	t->task = task;
	t->interval_ms = interval_ms;
	t->is_notify = is_notify;
	t->operation = find_operation(r, task, interval_ms, is_notify);
	t->meta = meta_of(r, task, interval_ms, t->operation);
	keep_template(r, t);
	return t;
}

struct table *action_config_meta_kept(struct resource *r, struct node *node, const char *task, int64_t interval_ms,
				      bool is_notify, const struct element **ret_operation)
{
	if (depends_on_node(r)) {
		*ret_operation = find_operation(r, task, interval_ms, is_notify);
		return action_config_meta(r, node, task, interval_ms, *ret_operation);
	}
	const struct action_template *t = template_of(r, task, interval_ms, is_notify);
	*ret_operation = t->operation;
	return t->meta;
}
