/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A resource's history on a node has been read: it is known there, perhaps active, perhaps failed. */
#include "rules/score.h"
#include "scheduler/action.h"
#include "scheduler/history-private.h"
#include "scheduler/ledger.h"

#include <string.h>

/* --- active --- */

/* Of what is active on a node; a guest's host gets it too. */
static void add_priority(const struct resource *r, struct node *n, bool failed)
{
	int priority = r->priority + (r->role == ROLE_PROMOTED);
	if (r->priority == 0 || failed)
		return;
	n->priority += priority;
	if (!node_is_guest(n))
		return;
	const struct resource *launcher = n->remote->launcher;
	for (uint32_t i = 0; i < launcher->active.count; i++)
		launcher->active.items[i]->priority += priority;
}

static bool is_multiply_active(const struct resource *r)
{
	unsigned all, clean;
	if (r->kind != RESOURCE_PRIMITIVE || r->active.count < 2)
		return false;
	(void)resource_active_node(r, &all, &clean);
	return (r->needs_fencing ? all : clean) > 1;
}

static void block(struct resource *r)
{
	resource_unmanage(r);
	r->blocked = true;
}

static void ban_all_seats(struct resource *r)
{
	struct seat *seats = seats_new(r->cluster);
	for_each_node(n, r->cluster) seats_add(seats, n, -SCORE_INFINITY)->probe = PROBE_ALWAYS;
	ledger_take(r, seats, CAUSE_MULTIPLE, r->id, NULL);
}

static void apply_multiple(struct resource *r)
{
	struct resource *parent = r->parent;
	switch (r->multiple) {
	case MULTIPLE_STOP_ONLY:
		ban_all_seats(r);
		break;
	case MULTIPLE_BLOCK:
		block(r);
		if (parent == NULL || parent->multiple != MULTIPLE_BLOCK ||
		    (parent->kind != RESOURCE_GROUP && parent->kind != RESOURCE_BUNDLE))
			break;
		for_each_child_of(child, parent) block(child);
		break;
	case MULTIPLE_STOP_START:
	case MULTIPLE_STOP_UNEXPECTED:
		break; /* decided when actions are made */
	}
}

static void add_primitive(struct resource *r, struct node *n, bool failed)
{
	resource_list_add(&r->cluster->arena, n->running, r);
	add_priority(r, n, failed);
	if (n->maintenance) {
		resource_unmanage(r);
		r->maintenance = true;
	}
}

void resource_add_active(struct resource *r, struct node *n, bool failed)
{
	struct cluster *c = r->cluster;
	if (node_set_has(&r->active, n))
		return;
	node_set_add(&c->arena, &r->active, n);
	if (r->kind == RESOURCE_PRIMITIVE)
		add_primitive(r, n, failed);
	if (!r->managed) {
		resource_add_score(r, SCORE_INFINITY, n, "not_managed_default");
		for (struct resource *p = r->parent; p != NULL; p = p->parent)
			node_set_add(&c->arena, &p->active, n);
		return;
	}
	if (is_multiply_active(r))
		apply_multiple(r);
	if (r->parent != NULL)
		resource_add_active(r->parent, n, false);
}

/* --- known --- */

static void note_known(struct resource *r, const struct node *n)
{
	for (; r != NULL; r = r->parent) {
		if (r->known == NULL)
			r->known = seats_new(r->cluster);
		(void)seats_add(r->known, n, n->base_score);
		if (r->unique)
			break;
	}
}

/* --- failed --- */

static void mark_failed(struct resource *r)
{
	r->failed = true;
	r->stop_if_failed = true;
}

/* It is active on a node that is not there. */
static void fence_lost(struct resource *r, struct node *n)
{
	struct cluster *c = r->cluster;
	const char *why = "is thought to be active there";
	if (node_is_guest(n)) {
		mark_failed(r);
	} else if (!c->options.fencing_enabled) {
		return;
	} else if (node_is_remote(n) && n->remote != NULL && !n->remote->failed) {
		/* The fencing is taken back when the connection can start elsewhere. */
		n->unseen = true;
		why = "is active there (fencing will be revoked if remote connection can be re-established elsewhere)";
	}
	node_must_be_fenced(c, n, arena_printf(&c->arena, "%s %s", r->id, why), false);
}

static void restart_launcher(struct resource *r, struct node *n, bool active)
{
	mark_failed(r);
	if (r->launcher != NULL && resource_is_bundled(r))
		resource_list_add(&r->cluster->arena, &r->cluster->stop_needed, r->launcher);
	else if (r->launcher != NULL)
		(void)action_stop(r->launcher, n, false);
	else if (active)
		(void)action_stop(r, n, false);
}

static void reset_remote(struct resource *r, struct node *n, bool active)
{
	struct cluster *c = r->cluster;
	mark_failed(r);
	struct node *remote = r->remote_connection ? node_find(c, r->id) : NULL;
	if (c->options.fencing_enabled && node_is_remote(remote) && !remote->remote_fenced)
		node_must_be_fenced(c, remote, "remote connection is unrecoverable", false);
	if (active)
		(void)action_stop(r, n, false);
	if (r->reconnect_ms > 0)
		r->next_role = ROLE_STOPPED;
}

static void apply_on_fail(struct resource *r, struct node *n, enum on_fail on_fail, bool active)
{
	struct cluster *c = r->cluster;
	switch (on_fail) {
	case ON_FAIL_IGNORE:
		break;
	case ON_FAIL_DEMOTE:
		r->failed = true;
		(void)action_demote(r, n, false);
		break;
	case ON_FAIL_FENCE:
		node_must_be_fenced(c, n, arena_printf(&c->arena, "%s failed there", r->id), false);
		break;
	case ON_FAIL_STANDBY:
		n->standby = n->fail_standby = true;
		break;
	case ON_FAIL_BLOCK:
		block(r);
		break;
	case ON_FAIL_BAN:
		resource_add_score(r, -SCORE_INFINITY, n, "__action_migration_auto__");
		break;
	case ON_FAIL_STOP:
		r->next_role = ROLE_STOPPED;
		break;
	case ON_FAIL_RESTART:
		if (active) {
			mark_failed(r);
			(void)action_stop(r, n, false);
		}
		break;
	case ON_FAIL_RESTART_CONTAINER:
		restart_launcher(r, n, active);
		break;
	case ON_FAIL_RESET_REMOTE:
		reset_remote(r, n, active);
		break;
	}
}

/* --- all together --- */

static void finish_active(struct resource *r, struct node *n, enum on_fail on_fail, bool failed)
{
	resource_add_active(r, n, failed);
	if (on_fail == ON_FAIL_IGNORE)
		return;
	r->failed = true;
	if (on_fail != ON_FAIL_DEMOTE && on_fail != ON_FAIL_BLOCK)
		r->stop_if_failed = true;
}

static void finish_stopped(struct resource *r, struct node *n)
{
	/* Old entries have instance numbers: what is stopped keeps none. */
	if (r->history_id != NULL && strchr(r->history_id, ':') != NULL) {
		r->history_id = NULL;
		return;
	}
	for (struct action *a = r->actions; a != NULL; a = a->next_of_resource)
		if (a->task == TASK_STOP && a->node == n)
			action_set(a, ACTION_OPTIONAL);
}

void resource_state_apply(struct resource *r, struct node *n, enum on_fail on_fail)
{
	bool active = r->role > ROLE_STOPPED, failed = on_fail != ON_FAIL_IGNORE;
	if (r->role != ROLE_UNKNOWN)
		note_known(r, n);
	if (active && !n->online && !n->maintenance && r->managed)
		fence_lost(r, n);
	/* What is lost with its node is as good as new when the node is back. */
	if (n->unclean)
		on_fail = ON_FAIL_IGNORE;
	apply_on_fail(r, n, on_fail, active);
	if (r->failed && r->remote_connection) {
		struct node *remote = node_find(r->cluster, r->id);
		if (remote != NULL && remote->unclean)
			remote->unseen = false;
	}
	if (active)
		finish_active(r, n, on_fail, failed);
	else
		finish_stopped(r, n);
	/* A stop on the source of a migration says nothing about its target. */
	if (r->role == ROLE_STOPPED && r->active.count > 0 && r->migration_target != NULL && r->migration_source == n)
		r->role = ROLE_STARTED;
}
