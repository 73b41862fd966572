/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/assign-state.h"
#include "scheduler/colocation-scores.h"
#include "scheduler/colocation-values.h"
#include "scheduler/spread-private.h"

#include <limits.h>

enum {
	VISITS_FIRST = 3,   /* sums are worth their making from this visit on */
	FACTORS_MAX = 4,    /* with how many factors a resource may be asked */
	SUM_BANS = INT_MIN, /* whatever the score was, it becomes -INFINITY */
	SUM_FORCES = INT_MAX,
};

enum sum_state { SUM_BUSY, SUM_READY, SUM_IMPOSSIBLE };

/* What is behind a resource adds, on each node. */
struct spread_sum {
	float factor;
	enum sum_state state;
	uint32_t epoch; /* of the nodes' availability */
	struct node_sum {
		int sum;       /* or SUM_BANS, SUM_FORCES */
		int low, high; /* how far it went down and up on the way */
	} * nodes;
	struct spread_sum *next; /* with another factor */
};

/* Someone whose sum is made of this resource's table. */
struct spread_user {
	struct resource *r;
	struct spread_user *next;
};

/* A sum in the making. */
struct frame {
	struct frame *above; /* who waits for it */
	struct resource *r;
	struct spread_sum *sum;
	struct colocation_list list;
	uint32_t at;
};

/* --- forgetting --- */

void spread_forget(struct resource *r)
{
	struct spread_user *todo = r->spread_users;
	r->spread_users = NULL;
	while (todo != NULL) {
		struct spread_user *user = todo;
		struct resource *x = user->r;
		todo = user->next;
		x->spread_sums = NULL;
		/* Those that use x go as well: its list comes before the rest. */
		while (x->spread_users != NULL) {
			struct spread_user *next = x->spread_users->next;
			x->spread_users->next = todo;
			todo = x->spread_users;
			x->spread_users = next;
		}
	}
}

static void remember_user(struct resource *of, struct resource *user)
{
	struct spread_user *u = arena_new(&of->cluster->arena, struct spread_user);
	u->r = user;
	u->next = of->spread_users;
	of->spread_users = u;
}

/* --- making --- */

/* The sum with this factor, of the nodes as they are now; made (busy) when there is none; NULL: too many. */
static struct spread_sum *sum_find(struct resource *r, float factor, bool *ret_new)
{
	struct assign_state *state = assign_state(r->cluster);
	unsigned count = 0;
	*ret_new = false;
	if (r->spread_sums != NULL && r->spread_sums->epoch != state->epoch)
		r->spread_sums = NULL;
	for (struct spread_sum *s = r->spread_sums; s != NULL; s = s->next, count++)
		if (s->factor == factor)
			return s;
	if (count == FACTORS_MAX)
		return NULL;
	struct spread_sum *s = arena_new(&r->cluster->arena, struct spread_sum);
	s->factor = factor;
	s->epoch = state->epoch;
	s->nodes = arena_take_array(&r->cluster->arena, r->cluster->node_count, sizeof(*s->nodes));
	s->next = r->spread_sums;
	r->spread_sums = s;
	*ret_new = true;
	return s;
}

static bool sum_is_busy(const struct resource *r)
{
	for (const struct spread_sum *s = r->spread_sums; s != NULL; s = s->next)
		if (s->state == SUM_BUSY)
			return true;
	return false;
}

static int lower(int a, int b)
{
	return a < b ? a : b;
}

static int higher(int a, int b)
{
	return a > b ? a : b;
}

/* Appends something that adds `next` after what there is. */
static void node_sum_append(struct node_sum *s, const struct node_sum *next)
{
	if (s->sum == SUM_BANS)
		return;
	if (s->sum != SUM_FORCES) {
		s->low = lower(s->low, s->sum + next->low);
		s->high = next->high == 2 * SCORE_INFINITY ? next->high : higher(s->high, s->sum + next->high);
	}
	if (next->sum == SUM_BANS || next->sum == SUM_FORCES)
		s->sum = next->sum;
	else if (s->sum != SUM_FORCES)
		s->sum += next->sum;
}

static struct node_sum single(int delta)
{
	if (delta <= -SCORE_INFINITY)
		return (struct node_sum){.sum = SUM_BANS};
	if (delta >= SCORE_INFINITY)
		return (struct node_sum){.sum = SUM_FORCES, .high = 2 * SCORE_INFINITY};
	return (struct node_sum){.sum = delta, .low = lower(delta, 0), .high = higher(delta, 0)};
}

static bool has_role_locations(const struct resource *group)
{
	for (uint32_t i = 0; i < group->location_count; i++)
		if (group->locations[i]->role > ROLE_UNKNOWN)
			return true;
	return false;
}

/* Whether the wishes of a source for l depend on nothing but its table. */
static bool is_steady(const struct resource *source, const struct colocation *l, float factor)
{
	if (source->parent != NULL && source->parent->kind == RESOURCE_GROUP && has_role_locations(source->parent))
		return false;
	return factor >= 0 || source == l->dependent;
}

static void sum_append(struct frame *f, struct resource *source, const struct colocation *l, float factor,
		       const struct spread_sum *behind)
{
	struct cluster *c = source->cluster;
	const int32_t *values = colocation_values(c, l);
	int *best = assign_state(c)->best;
	spread_best(source, l, best);
	for (uint32_t i = 0; i < c->node_count; i++) {
		int score = best[values[i] + 1];
		if (!spread_is_ignored(l, factor, score)) {
			struct node_sum step = single(spread_scaled(score, factor));
			node_sum_append(&f->sum->nodes[i], &step);
		}
		if (behind != NULL)
			node_sum_append(&f->sum->nodes[i], &behind->nodes[i]);
		/* Such sums mean nothing, and must not run over. */
		const struct node_sum *s = &f->sum->nodes[i];
		if (s->low < -2 * SCORE_INFINITY || s->high > 2 * SCORE_INFINITY)
			f->sum->state = SUM_IMPOSSIBLE;
	}
}

static struct frame *frame_push(struct frame *above, struct resource *r, struct spread_sum *sum)
{
	struct frame *f = arena_new(&r->cluster->arena, struct frame);
	f->above = above;
	f->r = r;
	f->sum = sum;
	f->list = colocations_with_this(r);
	return f;
}

/* Takes one colocation of the latest frame; returns the frame to go on with. */
static struct frame *frame_step(struct frame *f)
{
	if (f->at == f->list.count || f->sum->state == SUM_IMPOSSIBLE) {
		if (f->sum->state == SUM_BUSY)
			f->sum->state = SUM_READY;
		return f->above;
	}
	const struct colocation *l = f->list.items[f->at];
	float factor = f->sum->factor * (float)l->score / (float)SCORE_INFINITY;
	struct resource *source = spread_source(l->dependent);
	/* A factor that has become 0 adds nothing, but loops must be found behind it as well. */
	if (!colocation_has_influence(l, NULL) || source == NULL) {
		f->at++;
		return f;
	}
	bool is_new = false;
	/* What comes back to itself is no sum: where such a loop is cut depends on who asks. */
	struct spread_sum *behind = sum_is_busy(source) ? NULL : sum_find(source, factor, &is_new);
	if (behind != NULL && is_new)
		return frame_push(f, source, behind);
	f->at++;
	if (behind == NULL || behind->state != SUM_READY || !is_steady(source, l, factor)) {
		f->sum->state = SUM_IMPOSSIBLE;
		return f;
	}
	remember_user(source, f->r);
	sum_append(f, source, l, factor, behind);
	return f;
}

/* --- using --- */

static bool node_sum_fits(const struct node_sum *s, int score, bool nonnegative)
{
	/* A spoiled score comes back as 1 after the next step. */
	if (score < -SCORE_INFINITY)
		return false;
	if (s->sum == SUM_BANS)
		return !nonnegative || (score < 0 && score + s->high < 0);
	if (score <= -SCORE_INFINITY)
		return true;
	if (nonnegative && score + s->low < 0)
		return false;
	if (score >= SCORE_INFINITY)
		return true;
	return score + s->low > -SCORE_INFINITY && (s->sum == SUM_FORCES || score + s->high < SCORE_INFINITY);
}

/* Whether no step on the way would have been clamped, or dropped because it left no place. */
static bool sum_fits(const struct cluster *c, const struct spread_sum *sum, const struct seat *work, bool nonnegative)
{
	bool place = false;
	for (uint32_t i = 0; i < c->node_count; i++) {
		const struct node_sum *s = &sum->nodes[i];
		if (!work[i].present)
			continue;
		if (!node_sum_fits(s, work[i].score, nonnegative))
			return false;
		if (!place && s->sum != SUM_BANS && work[i].score >= 0 &&
		    (work[i].score >= SCORE_INFINITY || work[i].score + s->low >= 0))
			place = node_is_available(c->nodes_by_index[i]);
	}
	return place;
}

static void node_sum_use(const struct node_sum *s, struct seat *seat)
{
	if (!seat->present || seat->score <= -SCORE_INFINITY)
		return;
	if (s->sum == SUM_BANS)
		seat->score = -SCORE_INFINITY;
	else if (s->sum == SUM_FORCES)
		seat->score = SCORE_INFINITY;
	else if (seat->score < SCORE_INFINITY)
		seat->score += s->sum;
}

bool spread_sum_apply(struct resource *source, const struct colocation_list *list, float factor, struct seat *work,
		      bool nonnegative)
{
	struct cluster *c = source->cluster;
	if (list->count == 0)
		return true;
	if (!assign_state(c)->plain || source->spread_visits < VISITS_FIRST) {
		source->spread_visits++;
		return false;
	}
	bool is_new;
	struct spread_sum *sum = sum_find(source, factor, &is_new);
	if (sum == NULL)
		return false;
	for (struct frame *f = is_new ? frame_push(NULL, source, sum) : NULL; f != NULL;)
		f = frame_step(f);
	if (sum->state != SUM_READY || !sum_fits(c, sum, work, nonnegative))
		return false;
	for (uint32_t i = 0; i < c->node_count; i++)
		node_sum_use(&sum->nodes[i], &work[i]);
	return true;
}
