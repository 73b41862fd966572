/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/notify.h"

#include "scheduler/action-key.h"
#include "scheduler/actions-private.h"

#include "rules/score.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	const struct resource *rsc;
	const struct node *node; /* NULL: inactive */
};

struct entries {
	struct entry *items;
	uint32_t count, room;
};

/* One chain of a clone. */
struct notice {
	const char *task;
	struct action *pre, *pre_done, *post, *post_done; /* NULL: this half is not wanted */
	struct entries active, inactive, promoted, unpromoted, start, stop, promote, demote;
	struct table *told; /* what the agents are told: names and values, latest first */
	const struct resource *of;
};

static void add_entry(struct arena *a, struct entries *l, const struct resource *r, const struct node *n)
{
	l->items = arena_room(a, l->items, sizeof(*l->items), l->count, &l->room, 8);
	l->items[l->count++] = (struct entry){r, n};
}

/* --- the chains --- */

static struct action *link_new(struct resource *r, const struct action *of, const char *task, const char *type)
{
	struct cluster *c = r->cluster;
	struct action *a = action_request(c, r, action_notify_key(c, r->id, type, of->task_name), task, 0, NULL,
					  action_is(of, ACTION_OPTIONAL));
	action_set(a, ACTION_PSEUDO);
	action_set_meta(a, "notify_key_type", type);
	action_set_meta(a, "notify_key_operation", of->task_name);
	return a;
}

static void tell(struct action *a, const char *type, const char *task)
{
	action_set_meta(a, "notify_type", type);
	action_set_meta(a, "notify_operation", task);
}

static void create_pre(struct resource *r, struct notice *n, struct action *action)
{
	n->pre = link_new(r, action, "notify", "pre");
	action_set(n->pre, ACTION_RUNNABLE);
	tell(n->pre, "pre", n->task);
	n->pre_done = link_new(r, action, "notified", "confirmed-pre");
	action_set(n->pre_done, ACTION_RUNNABLE);
	tell(n->pre_done, "pre", n->task);
	(void)relation_add(n->pre, n->pre_done, RELATION_ORDERED);
	(void)relation_add(n->pre_done, action, RELATION_ORDERED);
}

static struct action *post_link(struct resource *r, struct notice *n, const struct action *complete, const char *task,
				const char *type)
{
	struct action *a = link_new(r, complete, task, type);
	a->priority = SCORE_INFINITY;
	if (action_is(complete, ACTION_RUNNABLE))
		action_set(a, ACTION_RUNNABLE);
	else
		action_clear(a, ACTION_RUNNABLE);
	tell(a, "post", n->task);
	return a;
}

/* action and its completion; NULL: without the half before, or after. */
static struct notice *notice_new(struct resource *r, const char *task, struct action *action, struct action *complete)
{
	if (!r->notify)
		return NULL;
	struct notice *n = arena_new(&r->cluster->arena, struct notice);
	n->task = task;
	n->of = r;
	n->told = table_new(&r->cluster->arena);
	if (action != NULL)
		create_pre(r, n, action);
	if (complete != NULL) {
		n->post = post_link(r, n, complete, "notify", "post");
		n->post_done = post_link(r, n, complete, "notified", "confirmed-post");
		(void)relation_add(complete, n->post, RELATION_FIRST_IMPLIES_THEN);
		(void)relation_add(n->post, n->post_done, RELATION_FIRST_IMPLIES_THEN);
	}
	if (action != NULL && complete != NULL)
		(void)relation_add(n->pre_done, n->post, RELATION_ORDERED);
	return n;
}

void notices_create_start_stop(struct resource *r, struct action *start, struct action *running, struct action *stop,
			       struct action *stopped)
{
	if (r->clone.start_notice == NULL)
		r->clone.start_notice = notice_new(r, "start", start, running);
	if (r->clone.stop_notice != NULL)
		return;
	r->clone.stop_notice = notice_new(r, "stop", stop, stopped);
	if (r->clone.start_notice != NULL && r->clone.stop_notice != NULL)
		(void)relation_add(r->clone.stop_notice->post_done, r->clone.start_notice->pre, RELATION_ORDERED);
}

void notices_create_promote(struct resource *r, struct action *promote, struct action *promoted)
{
	if (r->clone.promote_notice == NULL)
		r->clone.promote_notice = notice_new(r, "promote", promote, promoted);
}

void notices_create_demote(struct resource *r, struct action *demote, struct action *demoted)
{
	if (r->clone.demote_notice != NULL)
		return;
	r->clone.demote_notice = notice_new(r, "demote", demote, demoted);
	if (r->clone.promote_notice == NULL)
		return;
	struct action *pre_promote = r->clone.promote_notice->pre, *demoted_all = r->clone.demote_notice->post_done;
	(void)relation_add(r->clone.stop_notice->post_done, pre_promote, RELATION_ORDERED);
	(void)relation_add(r->clone.start_notice->post_done, pre_promote, RELATION_ORDERED);
	(void)relation_add(demoted_all, pre_promote, RELATION_ORDERED);
	(void)relation_add(demoted_all, r->clone.start_notice->pre, RELATION_ORDERED);
	(void)relation_add(demoted_all, r->clone.stop_notice->pre, RELATION_ORDERED);
}

/* --- who is where, and what happens to whom --- */

static void collect_state(const struct resource *r, struct notice *n)
{
	struct arena *a = &r->cluster->arena;
	const struct node *node = r->active.count > 0 ? r->active.items[0] : NULL;
	switch (r->role) {
	case ROLE_STOPPED:
		add_entry(a, &n->inactive, r, node);
		break;
	case ROLE_STARTED:
		add_entry(a, &n->active, r, node);
		break;
	case ROLE_UNPROMOTED:
		add_entry(a, &n->unpromoted, r, node);
		add_entry(a, &n->active, r, node);
		break;
	case ROLE_PROMOTED:
		add_entry(a, &n->promoted, r, node);
		add_entry(a, &n->active, r, node);
		break;
	case ROLE_UNKNOWN:
		break;
	}
}

static void collect_action(const struct action *op, struct notice *n)
{
	if (action_is(op, ACTION_OPTIONAL) || op->node == NULL)
		return;
	/* Others are told of a stop on an unclean node even when fencing cannot be done. */
	if (!action_is(op, ACTION_RUNNABLE) && !(op->task == TASK_STOP && op->node->unclean))
		return;
	struct entries *into = op->task == TASK_START     ? &n->start
			       : op->task == TASK_STOP    ? &n->stop
			       : op->task == TASK_PROMOTE ? &n->promote
			       : op->task == TASK_DEMOTE  ? &n->demote
							  : NULL;
	if (into != NULL)
		add_entry(&op->cluster->arena, into, op->rsc, op->node);
}

static void collect(const struct resource *r, bool actions_too, struct notice *n)
{
	for_each_child_of(child, r) collect(child, actions_too, n);
	if (r->children.count > 0)
		return;
	collect_state(r, n);
	for (const struct action *op = r->actions; actions_too && op != NULL; op = op->next_of_resource)
		collect_action(op, n);
}

/* --- what agents are told --- */

static int compare_entries(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int order = strcmp(a->rsc->id, b->rsc->id);
	if (order != 0)
		return order;
	if (a->node == NULL || b->node == NULL)
		return (a->node != NULL) - (b->node != NULL);
	return strcmp(a->node->id, b->node->id);
}

static void add_word(GString *words, const char *word)
{
	if (words->len > 0)
		g_string_append_c(words, ' ');
	g_string_append(words, word);
}

/* Moves the words to the arena; no word at all is a blank. */
static const char *words_take(struct cluster *c, GString *words)
{
	const char *text = words->len == 0 ? " " : arena_string_n(&c->arena, words->str, words->len);
	(void)g_string_free(words, TRUE);
	return text;
}

static void tell_list(struct notice *n, struct entries *l, const char *resources_name, const char *nodes_name)
{
	struct cluster *c = n->of->cluster;
	GString *resources = g_string_new(NULL), *nodes = g_string_new(NULL);
	if (l->count > 1)
		qsort(l->items, l->count, sizeof(struct entry), compare_entries);
	const char *last = NULL;
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->items[i];
		if ((nodes_name != NULL && e->node == NULL) || (last != NULL && strcmp(last, e->rsc->id) == 0))
			continue;
		last = e->rsc->id;
		add_word(resources, e->rsc->id);
		if (nodes_name != NULL && e->node->name != NULL)
			add_word(nodes, e->node->name);
	}
	table_set(n->told, resources_name, words_take(c, resources));
	const char *node_words = words_take(c, nodes);
	if (nodes_name != NULL)
		table_set(n->told, nodes_name, node_words);
}

static void tell_nodes(const struct resource *r, struct notice *n)
{
	struct cluster *c = r->cluster;
	GString *available = g_string_new(NULL), *all = g_string_new(NULL), *hosts = g_string_new(NULL);
	for_each_node(node, c)
	{
		const struct node *host = node;
		if (r->allowed != NULL && r->allowed[node->index].present)
			add_word(available, node->name);
		add_word(all, node->name);
		if (node_is_guest(node) && node->remote->launcher->active.count > 0)
			host = current_node(node->remote->launcher);
		add_word(hosts, host->name);
	}
	table_set(n->told, "notify_available_uname", words_take(c, available));
	const char *host_words = words_take(c, hosts);
	const char *target = resource_meta(r, "container-attribute-target");
	if (target != NULL && strcmp(target, "host") == 0)
		table_set(n->told, "notify_all_hosts", host_words);
	table_set(n->told, "notify_all_uname", words_take(c, all));
}

static bool concerns(const struct notice *n, const char *task, const struct entries *l)
{
	return l->count > 0 && strcmp(n->task, task) == 0;
}

static void tell_everything(const struct resource *r, struct notice *n)
{
	bool required = concerns(n, "stop", &n->stop) || concerns(n, "start", &n->start) ||
			concerns(n, "demote", &n->demote) || concerns(n, "promote", &n->promote);
	tell_list(n, &n->stop, "notify_stop_resource", "notify_stop_uname");
	tell_list(n, &n->start, "notify_start_resource", "notify_start_uname");
	tell_list(n, &n->demote, "notify_demote_resource", "notify_demote_uname");
	tell_list(n, &n->promote, "notify_promote_resource", "notify_promote_uname");
	tell_list(n, &n->active, "notify_active_resource", "notify_active_uname");
	/* Agents may be old: they know the roles by their old names. */
	tell_list(n, &n->unpromoted, "notify_unpromoted_resource", "notify_unpromoted_uname");
	tell_list(n, &n->unpromoted, "notify_slave_resource", "notify_slave_uname");
	tell_list(n, &n->promoted, "notify_promoted_resource", "notify_promoted_uname");
	tell_list(n, &n->promoted, "notify_master_resource", "notify_master_uname");
	tell_list(n, &n->inactive, "notify_inactive_resource", NULL);
	tell_nodes(r, n);
	struct action *links[] = {n->pre, n->pre_done, n->post, n->post_done};
	for (unsigned i = 0; required && i < 4; i++)
		if (links[i] != NULL)
			action_clear(links[i], ACTION_OPTIONAL);
}

/* --- what instances do --- */

static void add_told(struct action *a, const struct notice *n)
{
	for (uint32_t i = 0; i < n->told->count; i++)
		action_set_meta(a, n->told->entries[i].name, n->told->entries[i].value);
}

static struct action *notify_instance(struct resource *r, struct node *node, struct action *link, struct action *done,
				      const struct notice *n)
{
	if (link == NULL || done == NULL || !node->online || !action_is(link, ACTION_RUNNABLE))
		return NULL;
	struct cluster *c = r->cluster;
	const char *key = action_notify_key(c, r->id, table_get(link->meta, "notify_type"),
					    table_get(link->meta, "notify_operation"));
	struct action *a = action_request(c, r, key, link->task_name, 0, node, action_is(link, ACTION_OPTIONAL));
	/* Its own timeout and the like are not the link's. */
	table_add_all(action_own_meta(a), link->meta);
	add_told(a, n);
	(void)relation_add(link, a, RELATION_ORDERED);
	(void)relation_add(a, done, RELATION_ORDERED);
	return a;
}

static void notify_instance_after(struct resource *r, struct node *node, const struct notice *n)
{
	struct action *a = notify_instance(r, node, n->post, n->post_done, n);
	if (a != NULL)
		a->priority = SCORE_INFINITY;
	if (n->post_done == NULL)
		return;
	/* Monitors begin when everybody has been told. */
	for (struct action *m = r->actions; m != NULL; m = m->next_of_resource)
		if (m->task != TASK_CANCEL && action_is_recurring(m))
			(void)relation_add(n->post_done, m, RELATION_ORDERED);
}

static struct action *first_with_task(const struct resource *r, enum task task)
{
	for (struct action *a = r->actions; a != NULL; a = a->next_of_resource)
		if (a->task == task)
			return a;
	return NULL;
}

static void notify_down(struct resource *r, const struct notice *n, enum task task)
{
	const struct action *stop = first_with_task(r, TASK_STOP);
	for (uint32_t i = 0; i < r->active.count; i++) {
		struct node *node = r->active.items[i];
		/* Who is fenced is not told. */
		if (stop != NULL && action_is(stop, ACTION_PSEUDO) && (node->unclean || node->remote_reset))
			continue;
		(void)notify_instance(r, node, n->pre, n->pre_done, n);
		if (task == TASK_DEMOTE || stop == NULL || action_is(stop, ACTION_OPTIONAL))
			notify_instance_after(r, node, n);
	}
}

static void notify_up(struct resource *r, const struct notice *n, enum task task)
{
	const struct action *start = first_with_task(r, TASK_START);
	if (start != NULL && start->node != NULL && start->node->remote != NULL) {
		const struct action *connect = first_with_task(start->node->remote, TASK_START);
		if (connect != NULL && !action_is(connect, ACTION_RUNNABLE))
			return;
	}
	if (r->assigned == NULL)
		return;
	if (task != TASK_START || start == NULL || action_is(start, ACTION_OPTIONAL))
		(void)notify_instance(r, r->assigned, n->pre, n->pre_done, n);
	notify_instance_after(r, r->assigned, n);
}

/* Agents are told everything with the tasks themselves as well. */
static bool is_told(const struct action *op)
{
	bool is_change =
		op->task == TASK_START || op->task == TASK_STOP || op->task == TASK_PROMOTE || op->task == TASK_DEMOTE;
	return is_change && !action_is(op, ACTION_OPTIONAL) && op->node != NULL;
}

static bool is_void(const struct notice *n, enum task task)
{
	return (task == TASK_START && n->start.count == 0) || (task == TASK_PROMOTE && n->promote.count == 0) ||
	       (task == TASK_DEMOTE && n->demote.count == 0);
}

static void expand(struct resource *r, const struct notice *n)
{
	for_each_child_of(child, r) expand(child, n);
	if (r->children.count > 0)
		return;
	for (struct action *op = r->actions; op != NULL; op = op->next_of_resource)
		if (is_told(op))
			add_told(op, n);
	/* Stops may be implied by fencing, so they cannot be counted. */
	enum task task = task_parse(n->task);
	if (is_void(n, task))
		return;
	if (r->role != ROLE_STOPPED && (task == TASK_STOP || task == TASK_DEMOTE))
		notify_down(r, n, task);
	if (r->next_role != ROLE_STOPPED && (task == TASK_START || task == TASK_PROMOTE))
		notify_up(r, n, task);
}

void notices_expand(struct resource *r)
{
	struct notice *notices[] = {r->clone.start_notice, r->clone.stop_notice, r->clone.promote_notice,
				    r->clone.demote_notice};
	for (unsigned i = 0; i < 4; i++) {
		struct notice *n = notices[i];
		if (n == NULL)
			continue;
		collect(r, true, n);
		tell_everything(r, n);
		expand(r, n);
	}
}

void notices_order_after_fencing(const struct action *stop, struct resource *r, struct action *fencing)
{
	struct notice *n = notice_new(r, "stop", NULL, fencing);
	if (n == NULL)
		return;
	collect(r, false, n);
	table_set(n->told, "notify_stop_resource", r->id);
	table_set(n->told, "notify_stop_uname", stop->node->name);
	expand(resource_top(r, false), n);
}
