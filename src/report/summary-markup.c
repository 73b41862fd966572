/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/summary.h"

#include <string.h>

/* Which roles and places are told, in which order: Pacemaker has a form for each kind of change. NULL ends a list; what
 * has no value is left out. */
struct form {
	const char *names[4];
};

static const struct form *form_of(const struct resource_change *c)
{
	static const struct form starts = {{"node"}}, starts_in_role = {{"role", "next-role", "dest"}};
	static const struct form stops = {{"node"}}, stops_in_role = {{"role", "node"}};
	static const struct form stays = {{"source"}}, stays_in_role = {{"role", "source"}};
	static const struct form moves = {{"source", "dest"}}, moves_in_role = {{"source", "dest", "role"}};
	static const struct form changes = {{"role", "next-role", "source"}};
	static const struct form moves_and_changes = {{"role", "source", "next-role", "dest"}};
	bool roles = c->role > ROLE_STARTED || c->rsc->next_role > ROLE_UNPROMOTED;
	bool same_role = c->role == c->rsc->next_role;
	if (c->from == NULL)
		return roles ? &starts_in_role : &starts;
	if (c->to == NULL)
		return roles ? &stops_in_role : &stops;
	if (same_role && c->from == c->to)
		return roles ? &stays_in_role : &stays;
	if (same_role)
		return roles ? &moves_in_role : &moves;
	return c->from == c->to ? &changes : &moves_and_changes;
}

static const char *value_of(const struct resource_change *c, const char *name)
{
	if (strcmp(name, "role") == 0)
		return role_text(c->role);
	if (strcmp(name, "next-role") == 0)
		return role_text(c->rsc->next_role);
	if (strcmp(name, "source") == 0)
		return c->from->name;
	return strcmp(name, "node") == 0 && c->from != NULL ? c->from->name : c->to->name;
}

static void put_places(struct markup *m, const struct resource_change *c)
{
	const struct form *form = form_of(c);
	for (size_t i = 0; i < G_N_ELEMENTS(form->names) && form->names[i] != NULL; i++)
		markup_attribute(m, form->names[i], value_of(c, form->names[i]));
}

static void put_change(void *user, const struct resource_change *c)
{
	struct markup *m = user;
	char *action = g_ascii_strdown(change_text(c->change), -1);
	markup_begin(m, "rsc_action");
	markup_attribute(m, "action", action);
	markup_attribute(m, "resource", c->rsc->id);
	put_places(m, c);
	markup_attribute(m, "reason", c->source->reason);
	markup_attribute(m, "blocked", action_is(c->action, ACTION_RUNNABLE) ? NULL : "true");
	markup_end(m);
	g_free(action);
}

static void put_fencing(struct markup *m, const struct action *a)
{
	char *task = g_strdup_printf("Fence (%s)", table_get(a->meta, "stonith_action"));
	char *target = summary_fencing_target(a);
	markup_empty(m, "node_action", "task", task, "node", target, "reason", a->reason, NULL);
	g_free(target);
	g_free(task);
}

void summary_markup(struct markup *m, struct cluster *c)
{
	markup_begin(m, "actions");
	for (const struct action *a = NULL; (a = summary_fencing(c, a)) != NULL;)
		put_fencing(m, a);
	summary_changes(c, put_change, m);
	markup_end(m);
}
