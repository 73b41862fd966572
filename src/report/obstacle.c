/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/obstacle.h"

#include "report/failure.h"

#include <strings.h>

#include <string.h>

/* --- nodes --- */

static void obstacle_remote(struct cluster *c, struct node *n, struct sentences *l)
{
	const struct resource *host = node_is_guest(n) ? n->remote->launcher : n->remote;
	if (host->assigned == NULL || host->next_role == ROLE_STOPPED)
		sentence_add(c, l, "remote-down", NULL, "%s is not connected: %s does not run anywhere", node_name(n),
			     host->id);
	else
		sentence_add(c, l, "remote-down", NULL, "%s is not connected", node_name(n));
}

static void obstacle_offline(struct cluster *c, struct node *n, struct sentences *l)
{
	const char *name = node_name(n);
	if (n->unclean && c->options.fencing_enabled)
		sentence_add(c, l, "node-unclean", sentence_cure(c, "stonith confirm %s", name),
			     "%s is unclean: nobody knows what still runs there until it is fenced", name);
	else if (n->unclean)
		sentence_add(c, l, "node-unclean", sentence_cure(c, "cluster start %s", name),
			     "%s is unclean, and fencing is switched off", name);
	else if (!n->online && n->remote != NULL)
		obstacle_remote(c, n, l);
	else if (!n->online)
		sentence_add(c, l, "node-offline", sentence_cure(c, "cluster start %s", name), "%s is offline", name);
}

void obstacles_of_node(struct cluster *c, struct node *n, struct sentences *l)
{
	const char *name = node_name(n);
	obstacle_offline(c, n, l);
	if (n->fail_standby)
		sentence_add(c, l, "node-fail-standby", sentence_cure(c, "resource cleanup node=%s", name),
			     "%s is in standby because an operation with on-fail=standby failed there", name);
	else if (n->standby)
		sentence_add(c, l, "node-standby", sentence_cure(c, "node unstandby %s", name), "%s is in standby",
			     name);
	if (n->maintenance && !c->options.maintenance_mode)
		sentence_add(c, l, "node-maintenance", sentence_cure(c, "node unmaintenance %s", name),
			     "%s is in maintenance: what runs there is left alone, and nothing comes", name);
	if (n->online && n->pending)
		sentence_add(c, l, "node-pending", NULL, "%s is still joining", name);
	if (n->online && n->shutdown && n->kind == NODE_CLUSTER)
		sentence_add(c, l, "node-shutdown", NULL, "%s is shutting down", name);
}

/* --- resources --- */

static bool says_itself(const struct resource *r, const char *name)
{
	const struct element *sources[] = {r->xml, r->original};
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (sources[i] == NULL)
			continue;
		for_each_named(block, sources[i], NAME_META_ATTRIBUTES)
			for_each_named(pair, block, NAME_NVPAIR) if (strcmp(element_get_or(pair, NAME_NAME, ""),
									    name) == 0) return true;
	}
	return false;
}

const struct resource *meta_owner(const struct resource *r, const char *name)
{
	for (const struct resource *at = r; at != NULL; at = at->parent)
		if (says_itself(at, name))
			return at;
	return r;
}

static void obstacle_cluster(struct cluster *c, struct sentences *l)
{
	if (c->options.stop_all)
		sentence_add(c, l, "stop-all-resources", sentence_cure(c, "property set stop-all-resources=false"),
			     "the cluster option stop-all-resources keeps everything stopped");
	if (c->options.maintenance_mode)
		sentence_add(c, l, "maintenance-mode", sentence_cure(c, "property set maintenance-mode=false"),
			     "the cluster is in maintenance mode: nothing is started, stopped or watched");
	if (c->options.fencing_enabled && !c->have_fencing)
		sentence_add(
			c, l, "no-fencing", sentence_cure(c, "stonith create NAME AGENT [OPTIONS]"),
			"fencing is not configured (fencing-enabled is true and there is no fence device): nothing is "
			"started");
}

static void obstacle_quorum(const struct resource *r, struct sentences *l)
{
	static const char *const policies[] = {
		[NO_QUORUM_STOP] = "stop: everything that needs quorum is stopped",
		[NO_QUORUM_FREEZE] = "freeze: what runs goes on, nothing new is started",
		[NO_QUORUM_IGNORE] = "ignore",
		[NO_QUORUM_DEMOTE] = "demote: what is promoted is demoted, what needs quorum is stopped",
		[NO_QUORUM_FENCE] = "fence: all nodes here are fenced",
	};
	struct cluster *c = r->cluster;
	if (cluster_is_quorate_enough(c) || !r->needs_quorum)
		return;
	sentence_add(c, l, "no-quorum", sentence_cure(c, "cluster start --all"),
		     "this part of the cluster has no quorum; no-quorum-policy is %s", policies[c->options.no_quorum]);
}

static void obstacle_role(const struct resource *r, struct sentences *l)
{
	struct cluster *c = r->cluster;
	enum role role;
	const char *word = resource_meta(r, "target-role");
	if (!resource_target_role(r, &role) || word == NULL || role >= ROLE_PROMOTED)
		return;
	const struct resource *owner = meta_owner(r, "target-role");
	if (role == ROLE_STOPPED)
		sentence_add(c, l, "disabled", sentence_cure(c, "resource enable %s", sentence_name(owner)),
			     "%s is disabled (target-role=%s%s%s)", sentence_name(r), word, owner == r ? "" : " of ",
			     owner == r ? "" : owner->id);
	else if (role == ROLE_UNPROMOTED && resource_top(r, false)->promotable)
		sentence_add(c, l, "not-promoted",
			     sentence_cure(c, "resource meta %s target-role=", sentence_name(owner)),
			     "%s must not be promoted (target-role=%s)", sentence_name(r), word);
}

static void obstacle_management(const struct resource *r, struct sentences *l)
{
	struct cluster *c = r->cluster;
	const char *name = sentence_name(r);
	const struct failed_operation *f = r->blocked ? failure_find(r, NULL) : NULL;
	bool maintained = resource_meta_bool(r, "maintenance", false),
	     managed = resource_meta_bool(r, "is-managed", true);
	if (f != NULL)
		sentence_add(c, l, "blocked", failure_cure(r, f->node), "%s is blocked: %s; it is left as it is", name,
			     failure_text(c, f));
	else if (r->blocked)
		sentence_add(c, l, "blocked", NULL, "%s is blocked: it is left as it is", name);
	if (maintained)
		sentence_add(
			c, l, "resource-maintenance",
			sentence_cure(c, "resource meta %s maintenance=", sentence_name(meta_owner(r, "maintenance"))),
			"%s is in maintenance (maintenance=true)", name);
	else if (!managed)
		sentence_add(c, l, "unmanaged",
			     sentence_cure(c, "resource manage %s", sentence_name(meta_owner(r, "is-managed"))),
			     "%s is unmanaged (is-managed=false): it stays as it is", name);
	if (!r->managed && r->kind == RESOURCE_PRIMITIVE)
		for (uint32_t i = 0; i < r->active.count; i++)
			if (r->active.items[i]->maintenance && !c->options.maintenance_mode)
				sentence_add(c, l, "node-maintenance",
					     sentence_cure(c, "node unmaintenance %s", node_name(r->active.items[i])),
					     "%s is left alone because %s is in maintenance", name,
					     node_name(r->active.items[i]));
}

static void obstacle_tickets(const struct resource *r, struct sentences *l)
{
	struct cluster *c = r->cluster;
	for (const struct resource *at = r; at != NULL; at = at->parent)
		for (uint32_t i = 0; i < at->ticket_count; i++) {
			const struct ticket_constraint *t = at->tickets[i];
			if (t->ticket->granted && !t->ticket->standby)
				continue;
			sentence_add(c, l, t->ticket->granted ? "ticket-standby" : "ticket-missing",
				     t->ticket->granted ? sentence_cure(c, "booth ticket unstandby %s", t->ticket->id)
							: sentence_cure(c, "booth ticket grant %s", t->ticket->id),
				     "%s%s depends on ticket \"%s\" (constraint %s), which %s", sentence_name(r),
				     t->role == ROLE_PROMOTED ? " as promoted" : "", t->ticket->id, t->id,
				     t->ticket->granted ? "is in standby" : "is not granted here");
		}
}

static void obstacle_history(const struct resource *r, struct sentences *l)
{
	struct cluster *c = r->cluster;
	if (r->lock_node != NULL && c->options.shutdown_lock)
		sentence_add(c, l, "shutdown-lock",
			     sentence_cure(c, "resource refresh %s node=%s", sentence_name(r), r->lock_node->name),
			     "%s is kept for %s, which was shut down while it ran there (shutdown-lock, since %s)",
			     sentence_name(r), r->lock_node->name, sentence_time(c, r->lock_time));
	if (r->kind == RESOURCE_PRIMITIVE && r->active.count > 1 && r->migration_target == NULL) {
		static const char *const then[] = {[MULTIPLE_STOP_START] =
							   "it is stopped everywhere and started on one node",
						   [MULTIPLE_STOP_ONLY] = "it is stopped everywhere and not started",
						   [MULTIPLE_BLOCK] = "it is left as it is",
						   [MULTIPLE_STOP_UNEXPECTED] = "it is stopped where it should not be"};
		sentence_add(c, l, "multiply-active", NULL, "%s is active on %u nodes at once; %s (multiple-active)",
			     sentence_name(r), (unsigned)r->active.count, then[r->multiple]);
	}
	if (r->failed && !r->blocked) {
		const struct failed_operation *f = failure_find(r, NULL);
		if (f != NULL)
			sentence_add(c, l, "failed", failure_cure(r, f->node), "%s", failure_text(c, f));
	}
}

void obstacles_of_resource(struct resource *r, struct sentences *l)
{
	struct cluster *c = r->cluster;
	obstacle_cluster(c, l);
	if (r->removed)
		sentence_add(c, l, "removed", NULL, "%s is no longer configured%s", r->id,
			     c->options.stop_removed_resources ? ": it is stopped" : "");
	obstacle_role(r, l);
	obstacle_management(r, l);
	obstacle_quorum(r, l);
	obstacle_tickets(r, l);
	obstacle_history(r, l);
}
