/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions.h"

#include "scheduler/actions-private.h"
#include "scheduler/digests.h"
#include "scheduler/failcount.h"
#include "scheduler/history.h"

/* Comparisons that had to wait until it was known where resources go. */
static void check_deferred(const struct parameter_check *check)
{
	struct resource *r = check->rsc;
	const char *reason = NULL;
	if (!check->last_failure) {
		if (config_change_handle(r, check->node, check->entry) &&
		    failcount_of(r, check->node, FAILCOUNT_EFFECTIVE, NULL, NULL) != 0)
			reason = "action definition changed";
	} else {
		enum digest_result result = digests_compare(r, check->entry, check->node)->result;
		if (result != DIGEST_UNKNOWN && result != DIGEST_MATCH)
			reason = "resource parameters have changed";
	}
	if (reason != NULL)
		(void)action_clear_failcount(r, check->node, reason);
}

static void clear_failcounts_of_removed(struct resource *r)
{
	for_each_node(n, r->cluster)
	{
		if (!n->online || failcount_of(r, n, FAILCOUNT_EFFECTIVE, NULL, NULL) == 0)
			continue;
		struct action *clear = action_clear_failcount(r, n, "it is removed");
		ordering_add(r->cluster, r, NULL, clear, r, "stop", NULL, RELATION_ORDERED);
	}
}

void actions_create(struct cluster *c)
{
	for (const struct parameter_check *check = c->parameter_checks; check != NULL; check = check->next)
		check_deferred(check);
	c->parameter_checks = NULL;
	if (c->options.startup_probes)
		probes_schedule(c);
	for (uint32_t i = 0; c->options.stop_removed_resources && i < c->resources.count; i++)
		if (c->resources.items[i]->removed)
			clear_failcounts_of_removed(c->resources.items[i]);
	for (uint32_t i = 0; i < c->resources.count; i++)
		resource_create_actions(c->resources.items[i]);
}
