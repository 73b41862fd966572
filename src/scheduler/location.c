/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/cluster.h"
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
		{"remote_connection_default", CAUSE_SYMMETRIC},
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
static void add_default_score(struct resource *r, int score, enum cause cause, const char *tag)
{
	if (r->exclusive_probes)
		return;
	for_each_node(n, r->cluster) if (n->probes_allowed && !r->allowed[n->index].present)
		seats_add(r->allowed, n, 0);
	ledger_add_all(r, score, cause, tag, NULL);
}

static void add_score_everywhere(struct resource *r, int score, enum cause cause, const char *tag)
{
	for_each_child_of(child, r) add_score_everywhere(child, score, cause, tag);
	if (cause == CAUSE_SYMMETRIC && strcmp(tag, "symmetric_default") == 0) {
		add_default_score(r, score, cause, tag);
		return;
	}
	for_each_node(n, r->cluster) if (!r->allowed[n->index].present) ledger_set(r, n, 0, cause, tag, NULL);
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
	if (*count == *room) {
		uint32_t larger = *room == 0 ? 4 : *room * 2;
		*items = arena_grow(&c->arena, *items, *room * sizeof(**items), larger * sizeof(**items));
		*room = larger;
	}
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
