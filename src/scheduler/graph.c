/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/graph.h"

#include "scheduler/action-key.h"
#include "scheduler/graph-private.h"
#include "scheduler/notify.h"
#include "scheduler/order-private.h"

#include <stdlib.h>

/* --- inputs: one for each action, by its id --- */

struct numbered {
	struct relation *relation;
	uint32_t at;
};

static int compare_inputs(const void *x, const void *y)
{
	const struct numbered *a = x, *b = y;
	if (a->relation->action->id != b->relation->action->id)
		return a->relation->action->id < b->relation->action->id ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* For what is to come, flags of several relations to the same action may be one. */
static void merge_inputs(struct action *a)
{
	if (action_is(a, ACTION_INPUTS_MERGED))
		return;
	action_set(a, ACTION_INPUTS_MERGED);
	uint32_t count = 0;
	if (a->before_count < 2) {
		if (a->before != NULL)
			a->before->graphed = false;
		return;
	}
	struct numbered *inputs = arena_array(&a->cluster->arena, struct numbered, a->before_count);
	for (struct relation *r = a->before; r != NULL; r = r->next, count++)
		inputs[count] = (struct numbered){r, count};
	qsort(inputs, count, sizeof(struct numbered), compare_inputs);
	struct relation *last = NULL, **link = &a->before;
	for (uint32_t i = 0; i < count; i++) {
		struct relation *r = inputs[i].relation;
		if (last != NULL && last->action == r->action) {
			last->flags |= r->flags;
			last->graphed |= r->graphed;
			a->before_count--;
			continue;
		}
		r->graphed = false;
		*link = r;
		link = &r->next;
		last = r;
	}
	*link = NULL;
}

/* --- synapses --- */

static struct synapse *synapse_new(struct graph *g, struct action *a)
{
	struct arena *arena = &a->cluster->arena;
	/* As many as there are actions; more may come with notifications. */
	g->synapses = arena_room(arena, g->synapses, sizeof(*g->synapses), g->count, &g->room,
				 (uint32_t)a->cluster->next_action_id);
	struct synapse *s = &g->synapses[g->count];
	*s = (struct synapse){.id = (int)g->count++, .action = a};
	int priority = a->rsc == NULL ? 0 : a->rsc->priority;
	if (a->priority > priority)
		priority = a->priority;
	s->priority = priority > 0 ? priority : 0;
	return s;
}

static void add_action(struct cluster *c, struct action *a)
{
	merge_inputs(a);
	if (action_is(a, ACTION_IN_GRAPH) || !graph_wants_action(a))
		return;
	action_set(a, ACTION_IN_GRAPH);
	struct synapse *s = synapse_new(c->graph, a);
	s->event = graph_event_of(a, &c->arena);
	synapse_describe(s);
	if (a->before_count > 0)
		s->inputs = arena_array(&c->arena, struct action *, a->before_count);
	for (struct relation *r = a->before; r != NULL; r = r->next) {
		if (!graph_wants_input(a, r))
			continue;
		r->graphed = true;
		s->inputs[s->input_count++] = r->action;
	}
}

static void add_resource(struct cluster *c, struct resource *r);

static void add_own(struct cluster *c, struct resource *r)
{
	for (struct action *a = r->actions; a != NULL; a = a->next_of_resource)
		add_action(c, a);
}

static void add_clone(struct cluster *c, struct resource *r)
{
	for (struct action *a = r->actions; a != NULL; a = a->next_of_resource)
		(void)action_flags_seen(a, NULL);
	notices_expand(r);
	for_each_child_of(i, r) add_resource(c, i);
	add_own(c, r);
}

static void add_bundle(struct cluster *c, struct resource *r)
{
	if (r->bundle.child != NULL)
		add_resource(c, r->bundle.child);
	for (int i = 0; i < r->bundle.replica_count; i++) {
		const struct replica *p = &r->bundle.replicas[i];
		if (p->ip != NULL)
			add_resource(c, p->ip);
		add_resource(c, p->container);
		if (p->connection != NULL)
			add_resource(c, p->connection);
	}
}

static void add_resource(struct cluster *c, struct resource *r)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
	case RESOURCE_GROUP:
		add_own(c, r);
		for_each_child_of(m, r) add_resource(c, m);
		break;
	case RESOURCE_CLONE:
		add_clone(c, r);
		break;
	case RESOURCE_BUNDLE:
		add_bundle(c, r);
		break;
	}
}

/* --- the whole --- */

bool node_maintenance_is_news(const struct node *n)
{
	return node_is_connection(n) && n->maintenance != n->remote_maintenance;
}

static const char *option(const struct cluster *c, const char *name, const char *otherwise)
{
	const char *value = table_get(c->options.all, name);
	return value == NULL ? otherwise : value;
}

static void describe(struct cluster *c, struct table *t)
{
	table_set(t, "cluster-delay", option(c, "cluster-delay", "60s"));
	table_set(t, "fencing-timeout", option(c, "fencing-timeout", "60s"));
	table_set(t, "failed-stop-offset", "INFINITY");
	table_set(t, "failed-start-offset", c->options.start_failure_is_fatal ? "INFINITY" : "1");
	table_set(t, "batch-limit", option(c, "batch-limit", "0"));
	table_set(t, "transition_id", "1");
	const char *limit = option(c, "migration-limit", "-1");
	if (atoll(limit) > 0)
		table_set(t, "migration-limit", limit);
	if (c->recheck_by > 0 && c->recheck_by != INT64_MAX)
		table_set(t, "recheck-by", number_text(c, c->recheck_by));
}

/* --- actions that nobody gave a place to --- */

static bool any_without_place(const struct resource *r)
{
	for (const struct action *a = r->actions; a != NULL; a = a->next_of_resource)
		if (a->node == NULL)
			return true;
	return false;
}

/* Takes place where the resource is, or will be. */
static void settle_primitive(struct resource *r)
{
	struct node *current = r->active.count > 0 ? current_node(r) : NULL, *next = r->assigned;
	const struct action *start = action_find_task(r, TASK_START, next);
	bool starts = start != NULL && action_is(start, ACTION_RUNNABLE);
	const struct action *stop = action_find_task(r, TASK_STOP, starts ? current : NULL);
	(void)action_find_task(r, TASK_PROMOTE, next);
	(void)action_find_task(r, TASK_DEMOTE, next);
	if (r->role == r->next_role) {
		(void)action_find_task(r, TASK_MIGRATE_FROM, next);
	} else if (stop != NULL && (r->next_role == ROLE_STOPPED || (start != NULL && !starts))) {
		for (uint32_t i = 0; i < r->active.count; i++)
			(void)action_find_task(r, TASK_STOP, r->active.items[i]);
	}
}

static bool is_unsettled(const struct resource *r)
{
	bool is_anywhere = r->active.count > 0 || (r->assigned != NULL && !r->removed);
	return r->managed && is_anywhere && any_without_place(r);
}

static void settle(const struct resource_list *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct resource *r = l->items[i];
		if (r->children.count > 0)
			settle(&r->children);
		/* Recovery may have made it look stopped in between. */
		else if (r->active.count > 0 && r->role == ROLE_STOPPED)
			r->role = ROLE_STARTED;
		if (r->children.count == 0 && is_unsettled(r))
			settle_primitive(r);
	}
}

void graph_create(struct cluster *c)
{
	settle(&c->resources);
	c->graph = arena_new(&c->arena, struct graph);
	c->graph->attributes = table_new(&c->arena);
	describe(c, c->graph->attributes);
	for (uint32_t i = 0; i < c->resources.count; i++)
		add_resource(c, c->resources.items[i]);
	bool news = false;
	for_each_node(n, c) news |= node_maintenance_is_news(n);
	if (news)
		action_set(action_pseudo(c, "maintenance_nodes"), ACTION_ALWAYS_IN_GRAPH);
	for (struct action *a = c->actions; a != NULL; a = a->next)
		add_action(c, a);
}
