/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/assign-kinds.h"

#include <string.h>

/* A line in the making; grows in the arena. */
struct line {
	struct arena *arena;
	char *text;
	size_t length, room;
};

static void line_add(struct line *l, const char *text)
{
	size_t n = strlen(text);
	if (l->length + n + 1 > l->room) {
		size_t room = (l->length + n + 1) * 2;
		l->text = arena_grow(l->arena, l->text, l->length, room);
		l->room = room;
	}
	memcpy(l->text + l->length, text, n + 1);
	l->length += n;
}

static void report_items(const struct resource *r, const char *phase)
{
	struct cluster *c = r->cluster;
	char score[16];
	for_each_node(n, c)
	{
		const struct seat *seat = &r->allowed[n->index];
		if (seat->present)
			c->report.item(c->report.user, &(struct score_item){.kind = SCORE_ON_NODE,
									    .phase = phase,
									    .rsc = r->id,
									    .node = n->name,
									    .score = score_text(seat->score, score)});
	}
}

static void report_seats(const struct resource *r, const char *phase, struct line *l)
{
	struct cluster *c = r->cluster;
	char score[16];
	l->length = 0;
	line_add(l, phase);
	line_add(l, ": ");
	line_add(l, r->id);
	line_add(l, " allocation score on ");
	size_t start = l->length;
	for_each_node(n, c)
	{
		if (!r->allowed[n->index].present)
			continue;
		l->length = start;
		line_add(l, n->name);
		line_add(l, ": ");
		line_add(l, score_text(r->allowed[n->index].score, score));
		c->report.line(c->report.user, l->text);
	}
}

static void report_deep(const struct resource *r, const char *phase, struct line *l)
{
	if (r->removed)
		return;
	if (r->cluster->report.item != NULL)
		report_items(r, phase);
	else
		report_seats(r, phase, l);
	for_each_child_of(child, r) report_deep(child, phase, l);
}

void scores_report(const struct resource *r, const char *phase)
{
	struct line l = {.arena = &r->cluster->arena};
	const struct score_report *report = &r->cluster->report;
	if (!report->no_scores && (report->line != NULL || report->item != NULL))
		report_deep(r, phase, &l);
}

void promotion_report(const struct resource *instance)
{
	struct cluster *c = instance->cluster;
	struct line l = {.arena = &c->arena};
	char score[16];
	const struct node *n = resource_where(instance, WHERE_ASSIGNED, NULL);
	if (c->report.no_scores)
		return;
	if (c->report.item != NULL)
		c->report.item(c->report.user,
			       &(struct score_item){.kind = SCORE_OF_PROMOTION,
						    .rsc = instance->id,
						    .node = n != NULL ? n->name : NULL,
						    .score = score_text(instance->promotion_priority, score)});
	if (c->report.line == NULL || c->report.item != NULL)
		return;
	line_add(&l, instance->id);
	line_add(&l, n != NULL ? " promotion score on " : " promotion score (inactive)");
	line_add(&l, n != NULL ? node_name(n) : "");
	line_add(&l, ": ");
	line_add(&l, score_text(instance->promotion_priority, score));
	c->report.line(c->report.user, l.text);
}
