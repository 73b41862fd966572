/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/constraints.h"
#include "scheduler/ledger.h"

#include <string.h>
#include <strings.h>

/* Which cause the tags of resource_add_score() stand for. */
static enum cause tag_cause(const char *tag)
{
	static const struct {
		const char *tag;
		enum cause cause;
	} known[] = {
		{"symmetric_default", CAUSE_SYMMETRIC},
		{"not_managed_default", CAUSE_UNMANAGED},
		{"__removed_do_not_run__", CAUSE_REMOVED},
		{"__stop_fail__", CAUSE_FAILURE},
		{"__action_migration_auto__", CAUSE_FAILURE},
		{"masked-probe-failure", CAUSE_FAILURE},
		{"hard-error", CAUSE_FAILURE},
		{"fatal-error", CAUSE_FAILURE},
		{"__fail_limit__", CAUSE_FAILURE},
		{"stickiness", CAUSE_STICKINESS},
		{"__no_ticket__", CAUSE_TICKET},
		{"__loss_of_ticket__", CAUSE_TICKET},
		{"__ticket_standby__", CAUSE_TICKET},
		{"__stateful_without_ticket__", CAUSE_TICKET},
		{"shutdown-lock", CAUSE_LOCK},
		{"__limit_utilization__", CAUSE_UTILIZATION},
		{"collective_limit_reached", CAUSE_LIMIT},
		{"target-role", CAUSE_TARGET_ROLE},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].tag, tag) == 0)
			return known[i].cause;
	return CAUSE_OTHER;
}

/* Nodes on which nothing may be probed are not open to everything by default. */
static bool is_open(const struct resource *r, const struct node *n, enum cause cause)
{
	return cause != CAUSE_SYMMETRIC || (!r->exclusive_probes && n->base_probe != PROBE_NEVER);
}

static void add_score_everywhere(struct resource *r, int score, enum cause cause, const char *tag)
{
	for_each_child_of(child, r) add_score_everywhere(child, score, cause, tag);
	if (cause == CAUSE_SYMMETRIC && r->exclusive_probes)
		return;
	for_each_node(n, r->cluster)
	{
		if (r->allowed[n->index].present || !is_open(r, n, cause))
			continue;
		if (n->base_score != 0)
			ledger_set(r, n, n->base_score, cause, tag, NULL);
		else
			seats_add(r->allowed, n, 0);
	}
	ledger_add_all(r, score, cause, tag, NULL);
}

static void add_score_on(struct resource *r, int score, struct node *node, enum cause cause, const char *tag)
{
	for_each_child_of(child, r) add_score_on(child, score, node, cause, tag);
	ledger_add(r, node, score, cause, tag, NULL);
}

void resource_add_score(struct resource *r, int score, struct node *node, const char *tag)
{
	enum cause cause = tag_cause(tag);
	if (node != NULL) {
		add_score_on(r, score, node, cause, tag);
		return;
	}
	add_score_everywhere(r, score, cause, tag);
	if (score == -SCORE_INFINITY)
		r->assigned = NULL;
}

static void location_append(struct cluster *c, struct location ***items, uint32_t *count, uint32_t *room,
			    struct location *l)
{
	*items = arena_room(&c->arena, *items, sizeof(**items), *count, room, 4);
	(*items)[(*count)++] = l;
}

static enum probe_mode discovery_parse(struct cluster *c, const char *id, struct resource *r, const char *discovery)
{
	if (discovery == NULL || strcasecmp(discovery, "always") == 0)
		return PROBE_ALWAYS;
	if (strcasecmp(discovery, "never") == 0)
		return PROBE_NEVER;
	if (strcasecmp(discovery, "exclusive") == 0) {
		r->exclusive_probes = true;
		return PROBE_EXCLUSIVE;
	}
	cluster_complain(c, NULL, true,
			 "location constraint '%s': resource-discovery '%s' is none of always, never, exclusive; "
			 "always is assumed",
			 id, discovery);
	return PROBE_ALWAYS;
}

struct location *location_add(struct cluster *c, const char *id, struct resource *r, int score, const char *discovery,
			      struct node *node)
{
	struct location *l = arena_new(&c->arena, struct location);
	l->id = id;
	l->rsc = r;
	l->probe = discovery_parse(c, id, r, discovery);
	if (node != NULL) {
		l->nodes = arena_new(&c->arena, struct location_node);
		l->nodes[0] = (struct location_node){.node = node, .score = score};
		l->node_count = 1;
	}
	location_append(c, &c->locations, &c->location_count, &c->location_room, l);
	location_append(c, &r->locations, &r->location_count, &r->location_room, l);
	return l;
}

/* --- applying --- */

/* To r alone. zero: the nodes are made known, without a score. */
static void apply_to_seats(struct resource *r, const struct location *l, bool zero)
{
	if (l->role > ROLE_UNKNOWN && l->role != r->next_role)
		return;
	for (uint32_t i = 0; i < l->node_count; i++) {
		struct node *n = l->nodes[i].node;
		struct seat *seat = &r->allowed[n->index];
		int score = zero ? 0 : l->nodes[i].score;
		if (seat->present)
			ledger_add(r, n, score, CAUSE_LOCATION, l->id, NULL);
		else
			ledger_set(r, n, score, CAUSE_LOCATION, l->id, NULL);
		if (seat->probe < l->probe) {
			seat->probe = (uint8_t)l->probe;
			r->exclusive_probes = r->exclusive_probes || l->probe == PROBE_EXCLUSIVE;
		}
	}
}

static void apply_deep(struct resource *r, struct location *l, bool zero);

/* The first member carries the group's score; the others follow it and only have to be allowed there. */
static void apply_to_members(struct resource *group, struct location *l, bool zero)
{
	for (uint32_t i = 0; i < group->children.count; i++)
		apply_deep(group->children.items[i], l, zero || (group->group.colocated && i > 0));
}

static void apply_to_replicas(struct resource *bundle, struct location *l, bool zero)
{
	for (int i = 0; i < bundle->bundle.replica_count; i++) {
		const struct replica *replica = &bundle->bundle.replicas[i];
		apply_deep(replica->container, l, zero);
		if (replica->ip != NULL)
			apply_deep(replica->ip, l, zero);
	}
	struct resource *inner = bundle->bundle.child;
	if (inner != NULL && (l->role == ROLE_UNPROMOTED || l->role == ROLE_PROMOTED)) {
		apply_deep(inner, l, zero);
		location_append(inner->cluster, &inner->locations, &inner->location_count, &inner->location_room, l);
	}
}

static void apply_deep(struct resource *r, struct location *l, bool zero)
{
	apply_to_seats(r, l, zero);
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		break;
	case RESOURCE_GROUP:
		apply_to_members(r, l, zero);
		break;
	case RESOURCE_CLONE:
		for_each_child_of(instance, r) apply_deep(instance, l, zero);
		break;
	case RESOURCE_BUNDLE:
		apply_to_replicas(r, l, zero);
		break;
	}
}

void location_apply(struct resource *r, struct location *l)
{
	apply_deep(r, l, false);
}
