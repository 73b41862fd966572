/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource move, ban, clear - constraints that say where a resource shall be for now: cli-prefer-ID and
 * cli-ban-ID-on-NODE, as Pacemaker's tools call them. */
#include "cli/move-constraint.h"
#include "cli/verb.h"
#include "cli/whereabouts.h"
#include "rules/interval.h"
#include "rules/moment.h"

#include <string.h>

enum { OPTION_PROMOTED = 1, OPTION_EXPIRED };

static const struct option options[] = {
	{OPTION_PROMOTED, 0, "promoted", NULL, "Only its promoted role"},
	{OPTION_PROMOTED, 0, "master", NULL, "As --promoted", .hidden = true},
	VERB_OPTIONS_EDIT,
	{0},
};

struct wish {
	const char *id, *node; /* of the outermost clone or bundle around the resource; node NULL: not said */
	const char *role, *until;
	bool promoted;
};

/* What stands around it decides where it is. */
static const char *outermost(const struct element *e)
{
	while (e->parent->name == NAME_CLONE || e->parent->name == NAME_MASTER || e->parent->name == NAME_BUNDLE)
		e = e->parent;
	return element_id(e);
}

static enum exit_code read_lifetime(struct verb *v, struct wish *w)
{
	const char *text = verb_named(v, "lifetime");
	char buffer[MOMENT_TEXT_SIZE];
	int64_t ms = 0;
	if (text == NULL)
		return EXIT_OK;
	if (!interval_parse_ms(text, &ms) || ms <= 0)
		return verb_fail(v, EXIT_DATA, "lifetime=%s: it must be a time such as 30min or PT30M", text);
	struct moment end = moment_of_epoch((int64_t)(v->io->now.ns / 1000000000u) + ms / 1000, 0);
	w->until = arena_string(v->io->arena, moment_text(&end, MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, buffer));
	return EXIT_OK;
}

static enum exit_code read_wish(struct verb *v, struct wish *w)
{
	*w = (struct wish){.promoted = verb_has(v, OPTION_PROMOTED)};
	w->role = w->promoted ? "Promoted" : "Started";
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name the resource");
	const struct element *e = verb_resource(v, verb_word(v, 0));
	if (e == NULL)
		return v->code;
	w->id = outermost(e);
	for (size_t i = 1; i < verb_word_count(v); i++) {
		const char *word = verb_word(v, i);
		if (strncmp(word, "lifetime=", strlen("lifetime=")) == 0)
			continue;
		if (strchr(word, '=') != NULL || w->node != NULL)
			return verb_usage(v, "after the resource, name one node");
		v->code = EXIT_OK;
		if (verb_node(v, word) == NULL && v->code != EXIT_OK)
			return v->code;
		w->node = word;
	}
	return read_lifetime(v, w);
}

/* Where it is now, when that is one node. NULL: v->code says why not. */
static const char *only_place(struct verb *v, const struct wish *w)
{
	struct cluster *c = verb_cluster(v);
	if (c == NULL)
		return NULL;
	GPtrArray *places = resource_places(c, w->id, w->promoted);
	const char *name = places->len == 1 ? g_ptr_array_index(places, 0) : NULL;
	if (name == NULL)
		(void)verb_fail(v, EXIT_DATA, "%s is %s on %s: name a node", w->id, w->promoted ? "promoted" : "active",
				places->len == 0 ? "no node" : "several nodes");
	g_ptr_array_unref(places);
	return name;
}

/* ---- constraints ---- */

static void put_location(struct verb *v, const struct wish *w, const char *node, bool ban)
{
	const struct move_constraint c = {.rsc = w->id, .node = node, .role = w->role, .until = w->until};
	if (ban)
		move_ban(v->document, &c);
	else
		move_prefer(v->document, &c);
}

static void clear(struct verb *v, const struct wish *w, bool bans, bool preferences, bool expired_only)
{
	(void)move_clear(v->document,
			 &(struct move_clearing){.rsc = w->id,
						 .node = w->node,
						 .bans = bans,
						 .preferences = preferences,
						 .promoted_only = w->promoted,
						 .expired_only = expired_only,
						 .now = (int64_t)(v->io->now.ns / 1000000000u)},
			 NULL);
}

/* ---- move ---- */

static enum exit_code change_move(struct verb *v)
{
	struct wish w;
	if (read_wish(v, &w) != EXIT_OK)
		return v->code;
	const char *away = w.node == NULL ? only_place(v, &w) : NULL;
	if (w.node == NULL && away == NULL)
		return v->code;
	clear(v, &w, w.node != NULL, true, false);
	put_location(v, &w, w.node != NULL ? w.node : away, w.node == NULL);
	return EXIT_OK;
}

static bool same_places(GPtrArray *a, GPtrArray *b)
{
	bool same = a->len == b->len;
	for (guint i = 0; same && i < a->len; i++)
		same = strcmp(g_ptr_array_index(a, i), g_ptr_array_index(b, i)) == 0;
	return same;
}

/* It has moved: the constraint goes, unless the resource would go back without it. */
static enum exit_code finish_move(struct verb *v)
{
	struct wish w;
	if (read_wish(v, &w) != EXIT_OK)
		return v->code;
	struct cluster *c = verb_cluster(v);
	if (c == NULL)
		return v->code;
	GPtrArray *places = resource_places(c, w.id, w.promoted);
	bool is_there = places->len > 0 &&
			(w.node == NULL || places->len > 1 || strcmp(g_ptr_array_index(places, 0), w.node) == 0);
	if (is_there && w.until == NULL) {
		const struct wish all = {.id = w.id, .promoted = w.promoted};
		clear(v, &all, true, true, false);
		struct cluster *after = verb_outcome(v);
		GPtrArray *next = after != NULL ? resource_places_next(after, w.id, w.promoted) : g_ptr_array_new();
		if (!same_places(places, next)) {
			verb_warn(v, "without a constraint %s would go back; it stays until: hale resource clear %s",
				  w.id, w.id);
			document_free(v->document);
			v->document = document_clone(v->old);
		}
		g_ptr_array_unref(next);
		verb_outcome_free(after);
	}
	GString *names = g_string_new(NULL);
	for (guint i = 0; i < places->len; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index(places, i));
	enum exit_code code = EXIT_OK;
	if (is_there)
		(void)fprintf(v->io->out, "%s is on %s\n", w.id, names->str);
	else
		code = verb_fail(v, EXIT_UNSATISFIED,
				 "%s is on %s: `hale explain %s%s%s` says why; undo with: hale resource clear %s", w.id,
				 places->len > 0 ? names->str : "no node", w.id, w.node != NULL ? " " : "",
				 w.node != NULL ? w.node : "", w.id);
	(void)g_string_free(names, TRUE);
	g_ptr_array_unref(places);
	return code;
}

const struct program program_hale_resource_move = {
	.rules = {.name = "hale resource move",
		  .summary = "move a resource to a node, or away from where it is",
		  .words = "ID [NODE]",
		  .details =
			  "Waits until it has moved, and takes back the constraint by which it did, so that later it "
			  "may go where it must. When it would go back at once, the constraint stays, and a warning "
			  "says so. In a file (-f) it always stays.",
		  .options = options},
	.change = change_move,
	.finish = finish_move,
};

const struct program program_hale_resource_move_with_constraint = {
	.rules = {.name = "hale resource move-with-constraint",
		  .summary = "move a resource, and keep it there until hale resource clear",
		  .words = "ID [NODE] [lifetime=TIME]",
		  .options = options},
	.change = change_move,
};

/* ---- ban, clear ---- */

static enum exit_code change_ban(struct verb *v)
{
	struct wish w;
	if (read_wish(v, &w) != EXIT_OK)
		return v->code;
	const char *node = w.node != NULL ? w.node : only_place(v, &w);
	if (node == NULL)
		return v->code;
	const struct wish there = {.id = w.id, .node = node};
	clear(v, &there, false, true, false);
	put_location(v, &w, node, true);
	return EXIT_OK;
}

const struct program program_hale_resource_ban = {
	.rules = {.name = "hale resource ban",
		  .summary = "keep a resource away from a node until hale resource clear",
		  .words = "ID [NODE] [lifetime=TIME]",
		  .options = options},
	.change = change_ban,
};

static const struct option clear_options[] = {
	{OPTION_PROMOTED, 0, "promoted", NULL, "Only what is about its promoted role"},
	{OPTION_EXPIRED, 0, "expired", NULL, "Only what has expired"},
	VERB_OPTIONS_EDIT,
	{0},
};

static enum exit_code change_clear(struct verb *v)
{
	struct wish w;
	if (read_wish(v, &w) != EXIT_OK)
		return v->code;
	clear(v, &w, true, true, verb_has(v, OPTION_EXPIRED));
	return EXIT_OK;
}

const struct program program_hale_resource_clear = {
	.rules = {.name = "hale resource clear",
		  .summary = "let a resource be where it likes again, after move and ban",
		  .words = "ID [NODE]",
		  .options = clear_options},
	.change = change_clear,
};
