/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/ledger.h"

#include "rules/score.h"
#include "scheduler/cluster.h"
#include "scheduler/colocation-scores.h"

#include <assert.h>
#include <string.h>

static struct ledger_entry *ledger_append(struct resource *r, enum cause cause, const char *id,
					  const struct resource *by)
{
	struct ledger_entry *entry = arena_new(&r->cluster->arena, struct ledger_entry);
	if (r->spread_users != NULL)
		spread_forget(r);
	entry->cause = cause;
	entry->id = id;
	entry->by = by;
	if (r->ledger_last == NULL)
		r->ledger = entry;
	else
		r->ledger_last->next = entry;
	r->ledger_last = entry;
	return entry;
}

void ledger_set(struct resource *r, struct node *node, int score, enum cause cause, const char *id,
		const struct resource *by)
{
	struct ledger_entry *entry = ledger_append(r, cause, id, by);
	entry->node = node;
	entry->replaces = true;
	entry->score = score;
	seats_add(r->allowed, node, score)->score = score;
}

void ledger_add(struct resource *r, struct node *node, int score, enum cause cause, const char *id,
		const struct resource *by)
{
	struct seat *seat = &r->allowed[node->index];
	if (!seat->present) {
		/* Entries about all nodes did not mean one that was not there yet. */
		ledger_set(r, node, score_add(node->base_score, score), cause, id, by);
		return;
	}
	if (score == 0)
		return;
	struct ledger_entry *entry = ledger_append(r, cause, id, by);
	entry->node = node;
	entry->score = score;
	seat->score = score_add(seat->score, score);
}

void ledger_add_all(struct resource *r, int score, enum cause cause, const char *id, const struct resource *by)
{
	if (score == 0)
		return;
	struct ledger_entry *entry = ledger_append(r, cause, id, by);
	entry->score = score;
	for (uint32_t i = 0; i < r->cluster->node_count; i++)
		if (r->allowed[i].present)
			r->allowed[i].score = score_add(r->allowed[i].score, score);
}

/* Whether the same sum leads from every present seat of old to its place in seats; at least two of them, or one
 * entry a node is as cheap. */
static bool seats_differ_alike(const struct seat *old, const struct seat *seats, uint32_t count, int *ret_score)
{
	uint32_t present = 0;
	int score = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (old[i].present != seats[i].present)
			return false;
		if (!seats[i].present)
			continue;
		if (present++ == 0)
			score = seats[i].score == -SCORE_INFINITY ? -SCORE_INFINITY : seats[i].score - old[i].score;
		if (score_add(old[i].score, score) != seats[i].score)
			return false;
	}
	*ret_score = score;
	return present > 1;
}

static void ledger_append_difference(struct resource *r, uint32_t index, const struct seat *seat, enum cause cause,
				     const char *id, const struct resource *by)
{
	const struct seat *old = &r->allowed[index];
	if (!seat->present || (old->present && old->score == seat->score))
		return;
	int delta = seat->score - old->score;
	struct ledger_entry *entry = ledger_append(r, cause, id, by);
	entry->node = r->cluster->nodes_by_index[index];
	entry->replaces = !old->present || score_add(old->score, delta) != seat->score;
	entry->score = entry->replaces ? seat->score : delta;
}

void ledger_take(struct resource *r, const struct seat *seats, enum cause cause, const char *id,
		 const struct resource *by)
{
	uint32_t count = r->cluster->node_count;
	int score;
	if (seats_differ_alike(r->allowed, seats, count, &score)) {
		if (score != 0)
			ledger_append(r, cause, id, by)->score = score;
	} else {
		for (uint32_t i = 0; i < count; i++)
			ledger_append_difference(r, i, &seats[i], cause, id, by);
	}
	memcpy(r->allowed, seats, count * sizeof(*seats));
}

void ledger_note_promotion(struct resource *r, int score, bool replaces, enum cause cause, const char *id,
			   const struct resource *by)
{
	struct ledger_entry *entry = arena_new(&r->cluster->arena, struct ledger_entry);
	*entry = (struct ledger_entry){.cause = cause, .replaces = replaces, .score = score, .id = id, .by = by};
	struct ledger_entry **at = &r->promotion_entries;
	while (*at != NULL)
		at = &(*at)->next;
	*at = entry;
}

int ledger_fold_promotion(const struct resource *r)
{
	int score = 0;
	for (const struct ledger_entry *e = r->promotion_entries; e != NULL; e = e->next)
		score = e->replaces ? e->score : score_add(score, e->score);
	return score;
}

const struct ledger_entry *ledger_of(const struct resource *r)
{
	return r->ledger;
}

int ledger_fold(const struct resource *r, const struct node *node)
{
	int score = 0;
	for (const struct ledger_entry *e = r->ledger; e != NULL; e = e->next)
		if (e->node == node || e->node == NULL)
			score = e->replaces ? e->score : score_add(score, e->score);
	return score;
}

struct ledger_mark ledger_mark(struct resource *r)
{
	return (struct ledger_mark){.last = r->ledger_last, .seats = seats_copy(r->cluster, r->allowed)};
}

void ledger_rewind(struct resource *r, struct ledger_mark mark)
{
	r->ledger_last = mark.last;
	spread_forget(r);
	if (mark.last != NULL)
		mark.last->next = NULL;
	else
		r->ledger = NULL;
	memcpy(r->allowed, mark.seats, r->cluster->node_count * sizeof(*mark.seats));
}

const char *cause_text(enum cause cause)
{
	static const char *const texts[] = {
		[CAUSE_SYMMETRIC] = "symmetric cluster",
		[CAUSE_LOCATION] = "location constraint",
		[CAUSE_STICKINESS] = "stickiness",
		[CAUSE_HEALTH] = "node health",
		[CAUSE_STANDBY] = "standby",
		[CAUSE_FAILURE] = "failure",
		[CAUSE_LOCK] = "shutdown lock",
		[CAUSE_DISCOVERY] = "exclusive discovery",
		[CAUSE_COLOCATION] = "colocation",
		[CAUSE_TICKET] = "ticket",
		[CAUSE_UTILIZATION] = "utilization",
		[CAUSE_PROMOTION] = "promotion score",
		[CAUSE_LIMIT] = "limit of instances",
		[CAUSE_BUNDLE] = "bundle",
		[CAUSE_REMOTE] = "remote node",
		[CAUSE_UNMANAGED] = "unmanaged",
		[CAUSE_TARGET_ROLE] = "target role",
		[CAUSE_REMOVED] = "removed from the configuration",
		[CAUSE_MULTIPLE] = "active on several nodes",
		[CAUSE_PARENT] = "scores of the parent",
		[CAUSE_RESTORED] = "colocation given up",
		[CAUSE_OTHER] = "other",
	};
	assert(cause < sizeof(texts) / sizeof(texts[0]));
	return texts[cause];
}
