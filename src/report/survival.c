/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/survival.h"

#include "report/explain.h"
#include "scheduler/graph.h"
#include "transition/rehearsal.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 10 };

bool rehearse_to_rest(struct document *d, int64_t now)
{
	for (int i = 0; i < ROUNDS_MAX; i++) {
		struct cluster *c = cluster_new(d, now);
		c->sanitized = true;
		scheduler_run(c);
		bool at_rest = c->graph->count == 0;
		struct rehearsal r = {.document = d, .cluster = c, .now = now};
		bool done = at_rest || rehearse(&r);
		cluster_free(c);
		if (at_rest)
			return true;
		if (!done)
			return false;
	}
	return false;
}

/* --- what runs --- */

/* One thing that people care for: a resource that is no instance, or a clone. */
struct place {
	const char *id;
	bool collective;
	unsigned active, promoted;
	const char *nodes; /* "n1, n2"; NULL: none */
};

struct picture {
	struct place *items;
	uint32_t count;
};

static void place_count(const struct resource *r, struct place *p)
{
	if (r->kind == RESOURCE_PRIMITIVE) {
		p->active += r->active.count > 0;
		p->promoted += r->role == ROLE_PROMOTED;
	}
	for_each_child_of(child, r) place_count(child, p);
	for (int i = 0; r->kind == RESOURCE_BUNDLE && i < r->bundle.replica_count; i++)
		place_count(r->bundle.replicas[i].container, p);
}

static void place_add(struct arena *a, struct picture *p, const struct resource *r)
{
	if (r->kind == RESOURCE_GROUP) {
		for_each_child_of(member, r) place_add(a, p, member);
		return;
	}
	struct place *place = &p->items[p->count++];
	*place = (struct place){.id = arena_string(a, r->id), .collective = r->kind != RESOURCE_PRIMITIVE};
	place_count(r, place);
	struct node_set where = {0};
	(void)resource_where(r, WHERE_CURRENT, &where);
	for (uint32_t i = 0; i < where.count; i++)
		place->nodes = arena_printf(a, "%s%s%s", place->nodes != NULL ? place->nodes : "",
					    place->nodes != NULL ? ", " : "", node_name(where.items[i]));
}

static struct picture picture_take(struct arena *a, const struct cluster *c)
{
	struct picture p = {.items = arena_array(a, struct place, c->resource_serial)};
	for (uint32_t i = 0; i < c->resources.count; i++)
		if (!c->resources.items[i]->removed)
			place_add(a, &p, c->resources.items[i]);
	return p;
}

static const struct place *place_find(const struct picture *p, const char *id)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (strcmp(p->items[i].id, id) == 0)
			return &p->items[i];
	return NULL;
}

/* --- comparing --- */

/* Sentences are made in the arena of the cluster that they are about; these outlive it. */
static void keep(struct survival *s, struct sentences *l, const char *code, const char *text, const char *cure)
{
	sentence_put(&s->arena, l,
		     (struct sentence){code, arena_string(&s->arena, text), arena_string(&s->arena, cure)});
}

/* Why it does not run: the first primitive of it that has no node or waits. */
static struct sentence down_cause(struct resource *r)
{
	if (r->kind == RESOURCE_BUNDLE && r->bundle.replica_count > 0)
		return down_cause(r->bundle.replicas[0].container);
	if (r->children.count > 0)
		return down_cause(r->children.items[0]);
	const struct action *start = r->assigned != NULL ? action_find_task(r, TASK_START, r->assigned) : NULL;
	if (start != NULL && !action_is(start, ACTION_RUNNABLE)) {
		struct sentences chain = explain_blocked(start);
		if (chain.count > 0)
			return chain.items[chain.count - 1];
	}
	return explain_no_node(r);
}

static void compare_place(struct survival *s, struct survival_row *row, struct cluster *c, const struct place *old,
			  const struct place *now)
{
	unsigned active = now != NULL ? now->active : 0, promoted = now != NULL ? now->promoted : 0;
	const char *nodes = now != NULL && now->nodes != NULL ? now->nodes : "no node";
	char *text = NULL;
	if (old->active == 0)
		return;
	if (active == 0) {
		struct resource *r = resource_find_exact(c, old->id);
		struct sentence why = r != NULL ? down_cause(r) : (struct sentence){.text = "it is gone"};
		text = g_strdup_printf("%s: %s", old->id, why.text);
		keep(s, &row->down, "down", text, why.cure);
	} else if (old->promoted > 0 && promoted == 0) {
		text = g_strdup_printf("%s: no instance is promoted", old->id);
		keep(s, &row->down, "none-promoted", text, NULL);
	} else if (old->collective && active < old->active) {
		text = g_strdup_printf("%s: %u of %u parts run (%s)", old->id, active, old->active, nodes);
		keep(s, &row->fewer, "fewer", text, NULL);
	} else if (strcmp(old->nodes, nodes) != 0) {
		text = g_strdup_printf("%s: %s -> %s", old->id, old->nodes, nodes);
		keep(s, &row->moves, "move", text, NULL);
	}
	g_free(text);
}

static void lose_node(struct survival *s, const struct document *rest, const struct picture *before, const char *node,
		      bool quorate, int64_t now)
{
	struct survival_row *row = &s->rows[s->row_count++];
	*row = (struct survival_row){.node = arena_string(&s->arena, node), .quorate = quorate};
	struct document *d = document_clone(rest);
	struct rehearsal r = {.document = d, .now = now};
	rehearse_node(&r, node, NODE_FAILS);
	if (!quorate)
		rehearse_quorum(&r, "0");
	(void)rehearse_to_rest(d, now);
	struct cluster *c = cluster_new(d, now);
	c->sanitized = true;
	scheduler_run(c);
	struct picture after = picture_take(&s->arena, c);
	for (uint32_t i = 0; i < before->count; i++)
		compare_place(s, row, c, &before->items[i], place_find(&after, before->items[i].id));
	s->fits = s->fits && row->down.count == 0;
	cluster_free(c);
	document_free(d);
}

static void tell_before(struct survival *s, struct cluster *c, const struct picture *p)
{
	for (uint32_t i = 0; i < p->count; i++) {
		struct resource *r = resource_find_exact(c, p->items[i].id);
		if (p->items[i].active > 0 || r == NULL)
			continue;
		struct sentence why = down_cause(r);
		char *text = g_strdup_printf("%s: %s", p->items[i].id, why.text);
		keep(s, &s->before, "down", text, why.cure);
		g_free(text);
	}
}

struct survival *survival_new(const struct document *d, int64_t now, bool count_quorum)
{
	struct survival *s = g_new0(struct survival, 1);
	s->fits = true;
	struct document *rest = document_clone(d);
	(void)rehearse_to_rest(rest, now);
	struct cluster *c = cluster_new(rest, now);
	c->sanitized = true;
	scheduler_run(c);
	struct picture before = picture_take(&s->arena, c);
	tell_before(s, c, &before);
	s->rows = arena_array(&s->arena, struct survival_row, c->node_count);
	unsigned online = 0, members = 0;
	for_each_node(n, c)
	{
		members += n->kind == NODE_CLUSTER;
		online += n->kind == NODE_CLUSTER && n->online;
	}
	for_each_node(lost, c)
	{
		bool quorate = c->quorate && (!count_quorum || (online - 1) * 2 > members);
		if (lost->kind == NODE_CLUSTER && lost->online)
			lose_node(s, rest, &before, lost->name, quorate, now);
	}
	cluster_free(c);
	document_free(rest);
	return s;
}

void survival_free(struct survival *s)
{
	if (s == NULL)
		return;
	arena_fini(&s->arena);
	g_free(s);
}

/* --- text --- */

static void print_list(const struct sentences *l, const char *title, GString *out)
{
	for (uint32_t i = 0; i < l->count; i++) {
		g_string_append_printf(out, "    %s %s\n", title, l->items[i].text);
		if (l->items[i].cure != NULL)
			g_string_append_printf(out, "               %s\n", l->items[i].cure);
	}
}

void survival_print(const struct survival *s, GString *out)
{
	if (s->before.count > 0) {
		g_string_append(out, "Does not run even with all nodes:\n");
		print_list(&s->before, "stopped   ", out);
		g_string_append_c(out, '\n');
	}
	g_string_append(out, "node lost         verdict  moves  fewer  down\n");
	for (uint32_t i = 0; i < s->row_count; i++) {
		const struct survival_row *r = &s->rows[i];
		g_string_append_printf(out, "%-16s  %-7s  %5u  %5u  %4u%s\n", r->node,
				       r->down.count == 0 ? "fits" : "DOWN", r->moves.count, r->fewer.count,
				       r->down.count, r->quorate ? "" : "  (no quorum)");
		print_list(&r->down, "down      ", out);
		print_list(&r->moves, "moves     ", out);
		print_list(&r->fewer, "fewer     ", out);
	}
	if (s->row_count == 0)
		g_string_append(out, "No node is online that could be lost.\n");
	else
		g_string_append_printf(out, "\n%s\n",
				       s->fits ? "Everything still fits, whichever node is lost."
					       : "Not everything fits when a node is lost.");
}
