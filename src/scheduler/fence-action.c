/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/action.h"
#include "scheduler/cluster.h"
#include "scheduler/digests.h"

#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void cluster_notice(struct cluster *c, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	struct complaint *notice = arena_new(&c->arena, struct complaint);
	notice->text = arena_string(&c->arena, text);
	if (c->last_notice == NULL)
		c->notices = notice;
	else
		c->last_notice->next = notice;
	c->last_notice = notice;
	if (c->report.notice != NULL)
		c->report.notice(c->report.user, notice->text);
}

enum { HOSTS_MAX = 16 }; /* of a guest in a guest in…: a broken history may let one run in itself */

static bool can_be_fenced(const struct cluster *c, const struct node *node, unsigned depth);

static bool guest_can_be_fenced(const struct cluster *c, const struct node *node, unsigned depth)
{
	const struct resource *launcher = node->remote->launcher;
	for (uint32_t i = 0; i < launcher->active.count; i++) {
		const struct node *host = launcher->active.items[i];
		if (!host->online && (depth == HOSTS_MAX || !can_be_fenced(c, host, depth + 1)))
			return false;
	}
	return true;
}

/* Without quorum a remote node may have moved to the other partition: when its connection may run on a node there, we
 * leave it alone. */
static bool connection_stays_here(const struct node *node)
{
	const struct resource *r = node->remote;
	for_each_node(n,
		      node->cluster) if (r->allowed != NULL && r->allowed[n->index].present && !n->online) return false;
	return true;
}

static bool can_be_fenced(const struct cluster *c, const struct node *node, unsigned depth)
{
	const struct options *o = &c->options;
	if (node != NULL && node_is_guest(node))
		return guest_can_be_fenced(c, node, depth);
	if (!o->fencing_enabled || !c->have_fencing)
		return false;
	if (c->quorate || o->no_quorum == NO_QUORUM_IGNORE)
		return true;
	if (node == NULL || !node->online)
		return false;
	return !node_is_connection(node) || o->fence_remote_without_quorum || node->remote == NULL ||
	       connection_stays_here(node);
}

bool node_can_be_fenced(const struct cluster *c, const struct node *node)
{
	return can_be_fenced(c, node, 0);
}

/* Fencing a guest is recovering what launches it; the node stays clean, so that it may be used when that succeeds. */
static void launcher_must_recover(struct node *node)
{
	struct resource *launcher = node->remote->launcher;
	if (launcher->failed || !launcher->managed)
		return;
	node->remote_reset = true;
	launcher->failed = true;
	launcher->stop_if_failed = true;
}

void node_must_be_fenced(struct cluster *c, struct node *node, const char *reason, bool check_delay)
{
	struct resource *connection = node->remote;
	if (node_is_guest(node)) {
		launcher_must_recover(node);
	} else if (node_is_connection(node) && connection != NULL && connection->launcher == NULL &&
		   connection->removed_launched) {
		/* The guest is gone with what launched it: only the connection is left to clean up. */
		connection->failed = true;
		connection->stop_if_failed = true;
	} else if (node_is_remote(node)) {
		if (connection == NULL || connection->managed)
			node->remote_reset = true;
		node->unclean = true;
		(void)action_fence(node, NULL, true, reason, false);
	} else if (!node->unclean) {
		node->unclean = true;
		(void)action_fence(node, NULL, true, reason, check_delay);
	}
	c->processing_warning = true;
}

/* In seconds: nodes that more depends on get a head start against those that would fence them. */
static int64_t priority_delay_s(const struct node *node)
{
	const struct cluster *c = node->cluster;
	unsigned members = 0, online = 0;
	int top = 0, lowest = 0;
	if (node->kind != NODE_CLUSTER || node->online)
		return 0;
	for_each_node(n, c)
	{
		if (n->kind != NODE_CLUSTER)
			continue;
		members++;
		online += n->online;
		if (members == 1 || n->priority > top)
			top = n->priority;
		if (members == 1 || n->priority < lowest)
			lowest = n->priority;
	}
	if (online > members / 2 || lowest == top || node->priority < top)
		return 0;
	return c->options.priority_fencing_delay_ms < 1000 ? 1 : (c->options.priority_fencing_delay_ms + 500) / 1000;
}

static bool provides_unfencing(const struct resource *r)
{
	if (!r->fence_device)
		return false;
	const char *provides = resource_meta(r, "provides");
	return r->needs_unfencing || (provides != NULL && g_ascii_strcasecmp(provides, "unfencing") == 0);
}

/* Latest device first. */
static void unfencing_devices_find(struct cluster *c, const struct resource_list *among, struct resource_list *found)
{
	for (uint32_t i = 0; i < among->count; i++) {
		struct resource *r = among->items[i];
		if (r->children.count > 0)
			unfencing_devices_find(c, &r->children, found);
		else if (provides_unfencing(r))
			resource_list_prepend(&c->arena, found, r);
	}
}

/* Remembers with which devices, as they are configured, the node is unfenced; true when one was another before. */
static bool fence_digests_set(struct cluster *c, struct node *node, struct table *meta)
{
	struct resource_list devices = {0};
	unfencing_devices_find(c, &c->resources, &devices);
	const char *all = "", *secure = "";
	bool changed = false;
	for (uint32_t i = 0; i < devices.count; i++) {
		struct resource *r = devices.items[i];
		const char *agent = r->type;
		const struct operation_digests *d = digests_compare_unfencing(r, agent, node);
		if (d->result == DIGEST_MISMATCH) {
			changed = true;
			cluster_notice(c, "notice: Unfencing node %s because the definition of %s changed",
				       node_name(node), r->id);
		}
		if (agent == NULL)
			agent = "";
		all = texts_join(&c->arena, (const char *[]){all, r->id, ":", agent, ":", d->all, ","}, 7);
		secure = texts_join(&c->arena, (const char *[]){secure, r->id, ":", agent, ":", d->secure, ","}, 7);
	}
	table_set(meta, "digests-all", all);
	table_set(meta, "digests-secure", secure);
	return changed;
}

static struct action *fence_action_new(struct node *node, const char *key, const char *op, bool *ret_changed)
{
	struct cluster *c = node->cluster;
	struct action *a = action_request(c, NULL, key, task_text(TASK_FENCE), 0, node, true);
	action_set_meta(a, "on_node", node->name);
	action_set_meta(a, "on_node_uuid", node->id);
	action_set_meta(a, "stonith_action", arena_string(&c->arena, op));
	if (c->enable_unfencing)
		*ret_changed = fence_digests_set(c, node, action_own_meta(a));
	return a;
}

struct action *action_fence(struct node *node, const char *op, bool optional, const char *reason, bool priority_delay)
{
	struct cluster *c = node->cluster;
	if (op == NULL)
		op = c->options.fence_action;
	const char *key = texts_join(&c->arena, (const char *[]){"stonith-", node->name, "-", op}, 4);
	bool device_changed = false;
	struct action *a = action_chain(c, NULL, key);
	if (a == NULL)
		a = fence_action_new(node, key, op, &device_changed);
	optional = optional && !device_changed;

	if (c->options.priority_fencing_delay_ms > 0 &&
	    (priority_delay || table_has(a->meta, "priority-fencing-delay")))
		action_set_meta(a, "priority-fencing-delay", number_text(c, priority_delay_s(node)));
	if (!optional && node_can_be_fenced(c, node))
		action_clear(a, ACTION_OPTIONAL);
	if (reason != NULL)
		action_set_reason(a, reason, false);
	return a;
}

static bool may_be_unfenced(const struct node *n)
{
	return n->online && !n->unclean && !n->shutdown;
}

void action_unfence(struct cluster *c, struct resource *device, struct node *node, const char *reason,
		    struct action *dependency)
{
	if (!c->enable_unfencing || (device != NULL && !device->fence_device))
		return;
	if (node != NULL && may_be_unfenced(node)) {
		struct action *on = action_fence(node, "on", false, reason, false);
		if (dependency != NULL)
			(void)relation_add(on, dependency, RELATION_ORDERED);
		return;
	}
	if (device == NULL || device->allowed == NULL)
		return;
	for_each_node(n, c) if (device->allowed[n->index].present && may_be_unfenced(n))
		action_unfence(c, device, n, reason, dependency);
}

/* Whether a stop must be waited for, and made, before its node goes. What is in maintenance is left alone; what is
 * neither managed nor blocked must not hold the node up. */
static bool stop_precedes_shutdown(const struct action *stop, const struct node *node)
{
	const struct resource *r = stop->rsc;
	return stop->node == node && stop->task == TASK_STOP && r != NULL && !r->maintenance && !node->maintenance &&
	       (r->managed || r->blocked);
}

struct action *action_shutdown(struct node *node)
{
	struct cluster *c = node->cluster;
	const char *key = texts_join(&c->arena, (const char *[]){"do_shutdown-", node->name}, 2);
	struct action *shutdown = action_request(c, NULL, key, task_text(TASK_SHUTDOWN), 0, node, false);
	for (struct action *a = c->actions; a != NULL; a = a->next) {
		if (!stop_precedes_shutdown(a, node))
			continue;
		action_clear(a, ACTION_OPTIONAL);
		ordering_add(c, a->rsc, NULL, a, NULL, "do_shutdown", shutdown,
			     RELATION_ORDERED | RELATION_UNRUNNABLE_FIRST_BLOCKS);
	}
	action_set_meta(shutdown, "op_no_wait", "true");
	return shutdown;
}
