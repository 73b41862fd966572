/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions-private.h"

bool migration_is_possible(const struct resource *r, const struct node *current)
{
	return r->migratable && r->managed && !r->failed && !r->start_pending && current != NULL && !current->unclean &&
	       r->assigned != NULL && !r->assigned->unclean;
}

static void set_route(struct action *a, const struct node *source, const struct node *target)
{
	action_set_meta(a, "migrate_source", source->name);
	action_set_meta(a, "migrate_target", target->name);
}

void migration_create(struct resource *r, struct node *current)
{
	struct cluster *c = r->cluster;
	bool first_half_done = r->migration_target != NULL;
	struct action *start = action_start(r, r->assigned, true);
	struct action *stop = action_stop(r, current, true);
	struct action *to = NULL;
	if (!first_half_done)
		to = action_request(c, r, NULL, "migrate_to", 0, current, true);
	struct action *from = action_request(c, r, NULL, "migrate_from", 0, r->assigned, true);

	action_set(start, ACTION_MIGRATABLE | ACTION_PSEUDO);
	action_set(stop, ACTION_MIGRATABLE);
	action_set(from, ACTION_MIGRATABLE);
	if (!first_half_done) {
		action_set(to, ACTION_MIGRATABLE);
		to->needs = start->needs;
		ordering_add_tasks(r, "monitor", r, "migrate_to", RELATION_ORDERED);
		ordering_add_tasks(r, "migrate_to", r, "migrate_from",
				   RELATION_ORDERED | RELATION_UNMIGRATABLE_THEN_BLOCKS);
	} else {
		from->needs = start->needs;
		ordering_add_tasks(r, "monitor", r, "migrate_from", RELATION_ORDERED);
	}
	ordering_add_tasks(r, "migrate_from", r, "stop", RELATION_ORDERED | RELATION_UNMIGRATABLE_THEN_BLOCKS);
	ordering_add_tasks(r, "migrate_from", r, "start",
			   RELATION_ORDERED | RELATION_UNMIGRATABLE_THEN_BLOCKS | RELATION_FIRST_ELSE_THEN);
	if (to != NULL) {
		set_route(to, current, r->assigned);
		/* The source may be lost while it migrates: that it was under way must be known then. */
		if (!r->remote_connection)
			action_set_meta(to, "record-pending", "true");
	}
	set_route(from, current, r->assigned);
}
