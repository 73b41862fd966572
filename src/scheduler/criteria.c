/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/criteria.h"

#include "rules/score.h"
#include "scheduler/constraints.h"
#include "scheduler/failcount.h"
#include "scheduler/ledger.h"

#include <stdlib.h>
#include <string.h>

/* --- shutdown locks --- */

static int64_t shutdown_time(const struct node *n)
{
	const char *value = node_attribute(n, "shutdown");
	int64_t time = value != NULL ? strtoll(value, NULL, 10) : 0;
	return time != 0 ? time : n->cluster->now;
}

/* Finds out whether, and to which node, a primitive is locked. */
static void lock_find(struct resource *r)
{
	if (r->lock_node != NULL && r->active.count > 0) {
		/* It runs elsewhere although it is locked: it is left alone, and the lock forgotten. */
		(void)action_delete(r, r->lock_node, false);
		r->lock_node = NULL;
		r->lock_time = 0;
	} else if (r->lock_node == NULL && r->active.count == 1) {
		struct node *n = r->active.items[0];
		if (!n->shutdown || n->unclean)
			return;
		r->lock_node = n;
		r->lock_time = shutdown_time(n);
	}
}

static void lock_apply(struct cluster *c, struct resource *r)
{
	if (r->kind == RESOURCE_GROUP)
		for_each_child_of(member, r) lock_apply(c, member);
	if (r->kind != RESOURCE_PRIMITIVE || r->fence_device || r->remote_connection)
		return;
	lock_find(r);
	if (r->lock_node == NULL)
		return;
	int64_t limit_ms = c->options.shutdown_lock_limit_ms;
	if (limit_ms > 0)
		cluster_recheck(c, r->lock_time + (limit_ms < 1000 ? 1 : (limit_ms + 500) / 1000) + 1,
				"shutdown lock expiration");
	for_each_node(n, c) if (n != r->lock_node) resource_add_score(r, -SCORE_INFINITY, n, "shutdown-lock");
}

/* --- stickiness --- */

static void stickiness_apply(struct resource *r)
{
	for_each_child_of(child, r) stickiness_apply(child);
	if (r->children.count > 0 || !r->managed || r->stickiness < 1 || r->active.count != 1)
		return;
	struct node *n = r->active.items[0];
	/* Who may not be there any more is not kept there. */
	if (r->cluster->options.symmetric || r->allowed[n->index].present)
		resource_add_score(r, r->stickiness, n, "stickiness");
}

/* --- failures --- */

struct resource *threshold_bans(struct resource *r, struct node *n)
{
	if (r->migration_threshold == 0 || r->ignore_failure)
		return NULL;
	int failures = failcount_of(r, n, FAILCOUNT_EFFECTIVE | FAILCOUNT_LAUNCHED, NULL, NULL);
	if (failures <= 0 || r->migration_threshold > failures)
		return NULL;
	return r->unique ? r : resource_top(r, false);
}

static void threshold_apply(struct resource *r, struct node *n)
{
	if (r->children.count > 0) {
		for_each_child_of(child, r) threshold_apply(child, n);
		return;
	}
	/* Failures that are about to be forgotten ban nobody. */
	if (r->actions != NULL && action_find_task(r, TASK_CLEAR_FAILCOUNT, n) != NULL)
		return;
	struct resource *banned = threshold_bans(r, n);
	if (banned != NULL)
		resource_add_score(banned, -SCORE_INFINITY, n, "__fail_limit__");
}

static bool node_has_failures(const struct node *n)
{
	for (uint32_t i = 0; i < n->attributes->count; i++)
		if (strncmp(n->attributes->entries[i].name, "fail-count-", strlen("fail-count-")) == 0)
			return true;
	return false;
}

/* --- exclusive discovery --- */

static void discovery_apply(struct resource *r, struct node *n)
{
	if (!r->exclusive_probes && !resource_top(r, false)->exclusive_probes)
		return;
	for_each_child_of(child, r) discovery_apply(child, n);
	const struct seat *seat = &r->allowed[n->index];
	if (seat->present && seat->probe != PROBE_EXCLUSIVE)
		ledger_set(r, n, -SCORE_INFINITY, CAUSE_DISCOVERY, NULL, NULL);
}

void criteria_apply(struct cluster *c)
{
	const struct resource_list *all = &c->resources;
	for (uint32_t i = 0; c->options.shutdown_lock && i < all->count; i++)
		lock_apply(c, all->items[i]);
	for (uint32_t i = c->location_count; i > 0; i--)
		location_apply(c->locations[i - 1]->rsc, c->locations[i - 1]);
	for (uint32_t i = 0; i < all->count; i++)
		stickiness_apply(all->items[i]);
	for_each_node(n, c)
	{
		bool failures = node_has_failures(n);
		for (uint32_t i = 0; i < all->count; i++) {
			if (failures)
				threshold_apply(all->items[i], n);
			discovery_apply(all->items[i], n);
		}
	}
}
