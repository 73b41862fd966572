/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/constraints.h"

#include <string.h>
#include <strings.h>

static const char *const strategies[] = {
	[HEALTH_NONE] = "none",
	[HEALTH_MIGRATE_ON_RED] = "migrate-on-red",
	[HEALTH_ONLY_GREEN] = "only-green",
	[HEALTH_PROGRESSIVE] = "progressive",
	[HEALTH_CUSTOM] = "custom",
};

static bool health_value_parse(const struct options *o, const char *value, int *ret_score)
{
	if (value == NULL)
		return false;
	if (strcasecmp(value, "red") == 0)
		*ret_score = o->health_red;
	else if (strcasecmp(value, "yellow") == 0)
		*ret_score = o->health_yellow;
	else if (strcasecmp(value, "green") == 0)
		*ret_score = o->health_green;
	else
		return score_parse(value, 0, ret_score);
	return true;
}

/* What all #health… attributes of a node come to. */
static int node_health(const struct cluster *c, const struct node *n)
{
	const struct table *t = n->attributes;
	int sum = c->options.health == HEALTH_PROGRESSIVE ? c->options.health_base : 0, score;
	for (uint32_t i = 0; i < t->count; i++)
		if (strncmp(t->entries[i].name, "#health", strlen("#health")) == 0 &&
		    health_value_parse(&c->options, t->entries[i].value, &score))
			sum = score_add(score, sum);
	return sum;
}

void health_apply(struct cluster *c)
{
	if (c->options.health == HEALTH_NONE)
		return;
	for_each_node(n, c)
	{
		int health = node_health(c, n);
		if (health == 0)
			continue;
		for (uint32_t i = 0; i < c->resources.count; i++) {
			struct resource *r = c->resources.items[i];
			if (health < 0 && resource_meta_bool(r, "allow-unhealthy-nodes", false))
				continue;
			location_add(c, strategies[c->options.health], r, health, NULL, n);
		}
	}
}
