/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/whereabouts.h"

#include "scheduler/node.h"
#include "scheduler/resource.h"

#include <glib.h>
#include <string.h>

static bool is_in(const struct resource *r, const char *id)
{
	for (; r != NULL; r = r->parent)
		if (strcmp(r->id, id) == 0 || (r->history_id != NULL && strcmp(r->history_id, id) == 0))
			return true;
	return false;
}

GPtrArray *resource_places(struct cluster *c, const char *id, bool promoted)
{
	GPtrArray *names = g_ptr_array_new();
	for_each_node(n, c)
	{
		bool is_here = false;
		for (uint32_t i = 0; n->running != NULL && i < n->running->count; i++) {
			const struct resource *r = n->running->items[i];
			is_here = is_here || (is_in(r, id) && (!promoted || r->role == ROLE_PROMOTED));
		}
		if (is_here)
			g_ptr_array_add(names, (gpointer)(uintptr_t)node_name(n));
	}
	return names;
}

GPtrArray *resource_places_next(struct cluster *c, const char *id, bool promoted)
{
	GPtrArray *names = g_ptr_array_new();
	for_each_node(n, c)
	{
		bool is_here = false;
		for (uint32_t i = 0; i < c->resource_serial; i++) {
			const struct resource *r = c->all[i];
			is_here = is_here || (r != NULL && r->kind == RESOURCE_PRIMITIVE && r->assigned == n &&
					      is_in(r, id) && (!promoted || r->next_role == ROLE_PROMOTED));
		}
		if (is_here)
			g_ptr_array_add(names, (gpointer)(uintptr_t)node_name(n));
	}
	return names;
}
