/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --move, --ban and --clear of crm_resource. */
#include "cli/move-constraint.h"
#include "cli/resource-task-private.h"
#include "rules/moment.h"

#include <string.h>

/* Where it is when that is one place. */
struct whereabouts {
	const struct node *current; /* NULL: nowhere, or nobody can say */
	unsigned count;
};

static struct whereabouts active_place(const struct resource *r)
{
	unsigned all = 0, clean = 0;
	const struct node *n = resource_active_node(r, &all, &clean);
	return (struct whereabouts){.current = n, .count = r->needs_fencing ? all : clean};
}

static struct whereabouts promoted_place(const struct resource *r)
{
	struct whereabouts w = {0};
	for_each_child_of(child, r)
	{
		if (resource_role(child, true) != ROLE_PROMOTED)
			continue;
		w.current = resource_active_node(child, NULL, NULL);
		w.count++;
	}
	return w;
}

/* --- making constraints --- */

static int64_t now_of(const struct resource_task *t)
{
	return (int64_t)(t->io->now.ns / 1000000000u);
}

/* Tells and returns until when; false: it is no lifetime. */
static bool read_lifetime(struct resource_task *t, const char **ret_until)
{
	struct duration lifetime;
	char buffer[MOMENT_TEXT_SIZE];
	*ret_until = NULL;
	if (t->lifetime == NULL)
		return true;
	if (duration_parse(t->lifetime, &lifetime, &t->error) != ERR_OK) {
		result_error(&t->result,
			     "Invalid duration specified: %s\nPlease refer to "
			     "https://en.wikipedia.org/wiki/ISO_8601#Durations for examples of valid durations",
			     t->lifetime);
		return false;
	}
	struct moment end = moment_of_epoch(now_of(t), io_zone_offset(now_of(t)));
	moment_add(&end, &lifetime);
	*ret_until = arena_string(t->io->arena, moment_text(&end, MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, buffer));
	task_tell(t, "Migration will take effect until: %s", *ret_until);
	return true;
}

/* What is to be changed, and in which words for the promoted role. */
struct move_change {
	struct document *now;
	const char *promoted_word;
	bool promoted;
};

static struct move_constraint constraint_of(const struct resource_task *t, const struct move_change *c,
					    const struct node *n, const char *until)
{
	return (struct move_constraint){.rsc = t->resource,
					.node = n->name,
					.role = c->promoted ? c->promoted_word : "Started",
					.until = until};
}

static enum exit_code add_ban(struct resource_task *t, const struct move_change *c, const struct node *n)
{
	const char *until;
	if (!read_lifetime(t, &until))
		return EXIT_USAGE;
	const struct move_constraint ban = constraint_of(t, c, n, until);
	task_tell(t,
		  "WARNING: Creating rsc_location constraint 'cli-ban-%s-on-%s' with a score of -INFINITY for resource "
		  "%s on %s.\n\tThis will prevent %s from %s on %s until the constraint is removed using the clear "
		  "option or by editing the CIB with an appropriate tool.\n\tThis will be the case even if %s is the "
		  "last node in the cluster",
		  t->resource, n->name, t->resource, n->name, t->resource, c->promoted ? "being promoted" : "running",
		  n->name, n->name);
	move_ban(c->now, &ban);
	return EXIT_OK;
}

static void clear(const struct resource_task *t, const struct move_change *c, const struct node *n, bool bans)
{
	(void)move_clear(c->now,
			 &(struct move_clearing){.rsc = t->resource,
						 .node = n != NULL ? n->name : NULL,
						 .bans = bans,
						 .preferences = !bans || n == NULL,
						 .any_preference = true},
			 NULL);
}

/* Runs a change; a configuration of old knows the promoted role by its old name only. */
static enum exit_code make(struct resource_task *t, bool promoted,
			   enum exit_code (*change)(struct resource_task *t, struct move_change *c))
{
	static const char *const words[] = {"Promoted", "Master"};
	enum exit_code code = EXIT_OK;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		struct move_change c = {.promoted_word = words[i], .promoted = promoted};
		c.now = document_clone(t->original);
		code = change(t, &c);
		bool changed = code == EXIT_OK;
		if (changed)
			code = task_make(t, c.now);
		document_free(c.now);
		if (code != EXIT_CONFIGURATION || !changed || !promoted)
			break;
	}
	return code;
}

/* --- ban --- */

static enum exit_code no_single_place(struct resource_task *t, unsigned active, unsigned promoted, bool promotable)
{
	if (promotable)
		return task_fail(t, EXIT_USAGE,
				 "Resource '%s' not moved: active in %u locations (promoted in %u).\nTo prevent '%s' "
				 "from running on a specific location, specify a node."
				 "To prevent '%s' from being promoted at a specific location, specify a node and the "
				 "--promoted option.",
				 t->resource, active, promoted, t->resource, t->resource);
	return task_fail(t, EXIT_USAGE,
			 "Resource '%s' not moved: active in %u locations.\nTo prevent '%s' from running on a specific "
			 "location, specify a node.",
			 t->resource, active, t->resource);
}

static enum exit_code change_ban(struct resource_task *t, struct move_change *c)
{
	struct whereabouts active = active_place(t->rsc), promoted = {0};
	if (t->node != NULL)
		return add_ban(t, c, t->node);
	if (active.count == 1 && active.current != NULL)
		return add_ban(t, c, active.current);
	if (t->rsc->promotable)
		promoted = promoted_place(t->rsc);
	if (promoted.count == 1 && promoted.current != NULL)
		return add_ban(t, c, promoted.current);
	return no_single_place(t, active.count, promoted.count, t->rsc->promotable);
}

enum exit_code task_ban(struct resource_task *t)
{
	return make(t, t->promoted, change_ban);
}

/* --- move --- */

static struct whereabouts place_to_leave(const struct resource_task *t, bool promoted_only)
{
	struct whereabouts active = active_place(t->rsc);
	struct whereabouts promoted = t->rsc->promotable ? promoted_place(t->rsc) : (struct whereabouts){0};
	return t->rsc->promotable && (promoted_only || promoted.count > 0) ? promoted : active;
}

static enum exit_code change_move(struct resource_task *t, struct move_change *c)
{
	const char *until, *state = c->promoted ? "promoted" : "active";
	struct whereabouts from = place_to_leave(t, c->promoted);
	if (from.count > 1 && !resource_is_clone(t->rsc))
		return EXIT_SEVERAL;
	if (from.count > 1)
		from.current = NULL;
	if (from.current == t->node && !t->force)
		return EXIT_EXISTS;
	clear(t, c, NULL, false);
	clear(t, c, t->node, true);
	if (!read_lifetime(t, &until))
		return EXIT_USAGE;
	const struct move_constraint preference = constraint_of(t, c, t->node, until);
	move_prefer(c->now, &preference);
	if (!t->force || from.current == t->node)
		return EXIT_OK;
	if (from.current != NULL)
		return add_ban(t, c, from.current);
	if (from.count > 1) {
		task_tell(t, "Resource '%s' is currently %s in %u locations. One may now move to %s", t->resource,
			  state, from.count, t->node->name);
		task_tell(t, "To prevent '%s' from being %s at a specific location, specify a node", t->resource,
			  state);
	}
	return EXIT_OK;
}

enum exit_code task_move(struct resource_task *t)
{
	bool promoted = t->promoted;
	if (t->node == NULL)
		return task_ban(t);
	if (promoted && !t->rsc->promotable && !resource_top(t->rsc, false)->promotable) {
		task_tell(t, "Ignoring --promoted option: %s is not promotable", t->resource);
		promoted = false;
	}
	return make(t, promoted, change_move);
}

/* --- clear --- */

static gint compare_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum exit_code task_clear(struct resource_task *t)
{
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	struct document *now = document_clone(t->original);
	(void)move_clear(now,
			 &(struct move_clearing){.rsc = t->resource,
						 .node = t->node != NULL ? t->node->name : NULL,
						 .bans = true,
						 .preferences = true,
						 .any_preference = t->force && !t->expired,
						 .promoted_only = t->promoted && t->expired,
						 .expired_only = t->expired,
						 .now = now_of(t)},
			 ids);
	enum exit_code code = task_make(t, now);
	document_free(now);
	g_ptr_array_sort(ids, compare_texts);
	for (guint i = 0; code == EXIT_OK && i < ids->len; i++)
		task_tell(t, "Removing constraint: %s", (const char *)g_ptr_array_index(ids, i));
	g_ptr_array_unref(ids);
	return code;
}
