/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/assign-kinds.h"
#include "scheduler/assign-state.h"
#include "scheduler/assign.h"
#include "scheduler/colocation-scores.h"
#include "scheduler/ledger.h"
#include "scheduler/node-order.h"
#include "scheduler/utilization.h"

#include <string.h>

/* The colocations of a primitive are gone through four times: those that must hold as
 * dependent, then as primary, then those that should, likewise. */
enum pass { PASS_MUST_BE_WITH, PASS_MUST_BE_ASKED, PASS_SHOULD_BE_WITH, PASS_SHOULD_BE_ASKED, PASS_DONE };

/* A primitive that is being assigned. As dependent it waits for its primaries, each of which may wait for its own:
 * chains of them can be as long as the configuration, so they stand in a list and not on the stack. */
struct turn {
	struct turn *waiting; /* for this one */
	struct resource *r;
	struct node *prefer;
	bool stop_if_fail;
	enum pass pass;
	uint32_t at; /* next colocation of the pass */
	struct colocation_list this_with, with_this;
	struct seat *archive; /* to be restored when the colocation that is being applied leaves no place */
};

/* --- the choice of a node --- */

/* The preferred node, unless another is better or it cannot be. */
static struct node *choose_preferred(const struct resource *r, struct node *prefer, const struct node *best)
{
	if (prefer == NULL || best == NULL)
		return NULL;
	const struct seat *seat = &r->allowed[prefer->index];
	if (!seat->present || seat->score < r->allowed[best->index].score || !node_is_usable(prefer, seat))
		return NULL;
	return prefer;
}

/* Where it is now, if that is just as good. Not for instances of unique clones: those that can stay have been put
 * there before, and what is left shall not join them. */
static struct node *choose_current(const struct resource *r, struct node *best, struct node *current)
{
	const struct seat *seats = r->allowed;
	if ((r->parent != NULL && resource_is_unique_clone(r->parent)) || seats[best->index].score <= 0 ||
	    !node_is_available(best))
		return best;
	if (current == NULL || !node_is_available(current) || current->base_score < 0)
		return best;
	const struct seat *seat = &seats[current->index];
	return seat->present && seat->score == seats[best->index].score ? current : best;
}

static void assign_best_node(struct resource *r, struct node *prefer, bool stop_if_fail)
{
	struct node *most_free = utilization_ban(r);
	if (prefer == NULL)
		prefer = most_free;
	if (!r->unassigned)
		return;
	struct node *current = resource_active_node(r, NULL, NULL);
	struct node *best = node_order_best(r->cluster, r->allowed, current);
	struct node *chosen = choose_preferred(r, prefer, best);
	if (chosen == NULL && best != NULL)
		chosen = choose_current(r, best, current);
	int score = chosen != NULL ? r->allowed[chosen->index].score : 0;
	(void)resource_place(r, chosen, score, false, stop_if_fail);
}

/* The remote node comes up where its connection does, or not at all. */
static void connection_assigned(struct resource *connection)
{
	struct node *n = node_find(connection->cluster, connection->id);
	if (n == NULL)
		return;
	assign_state(connection->cluster)->epoch++;
	if (connection->assigned == NULL || connection->next_role == ROLE_STOPPED) {
		n->shutdown = true;
		return;
	}
	n->online = true;
	if (n->unseen)
		n->unclean = false;
}

static void limit_role(struct resource *r)
{
	struct cluster *c = r->cluster;
	if (r->next_role == ROLE_STOPPED)
		resource_add_score(r, -SCORE_INFINITY, NULL, "target-role");
	else if (r->next_role > r->role && !c->quorate && c->options.no_quorum == NO_QUORUM_FREEZE)
		r->next_role = r->role;
}

static void turn_finish(struct turn *t)
{
	struct resource *r = t->r;
	struct cluster *c = r->cluster;
	limit_role(r);
	scores_report(r, "pcmk__primitive_assign");
	if (c->options.fencing_enabled && !c->have_fencing)
		resource_unmanage(r);
	if (!r->managed) {
		struct node *current = resource_active_node(r, NULL, NULL);
		r->next_role = r->role;
		(void)resource_place(r, current, current != NULL ? current->base_score : 0, true, t->stop_if_fail);
	} else if (c->options.stop_all) {
		(void)resource_place(r, NULL, 0, true, t->stop_if_fail);
	} else {
		assign_best_node(r, t->prefer, t->stop_if_fail);
	}
	r->assigning = false;
	if (r->remote_connection)
		connection_assigned(r);
}

/* --- the turns --- */

/* Begins to assign r; NULL when there is nothing to do: it is assigned, or is being assigned. */
static struct turn *turn_begin(struct resource *r, struct node *prefer, bool stop_if_fail, struct turn *waiting)
{
	if (r->parent != NULL && !r->parent->assigning)
		(void)resource_assign(r->parent, prefer, stop_if_fail);
	if (!r->unassigned || r->assigning)
		return NULL;
	r->assigning = true;
	struct turn *t = arena_new(&r->cluster->arena, struct turn);
	t->r = r;
	t->prefer = prefer;
	t->stop_if_fail = stop_if_fail;
	t->waiting = waiting;
	t->this_with = colocations_this_with(r);
	t->with_this = colocations_with_this(r);
	return t;
}

static bool turn_concerns(const struct turn *t, const struct colocation *l)
{
	return colocation_is_mandatory(l) == (t->pass < PASS_SHOULD_BE_WITH);
}

/* Whether a wish may be given up when it leaves no place. */
static bool can_be_given_up(const struct colocation *l)
{
	return l->dependent_role >= ROLE_PROMOTED || (l->score < 0 && l->score > -SCORE_INFINITY);
}

static void turn_apply(struct turn *t, const struct colocation *l)
{
	struct resource *r = t->r;
	struct cluster *c = r->cluster;
	(void)colocation_apply(r, l->primary, l, true);
	if (t->archive != NULL && !seats_any_available(c, r->allowed))
		ledger_take(r, t->archive, CAUSE_RESTORED, l->id, l->primary);
	t->archive = NULL;
}

/* Goes on until a primary has to be assigned before, whose turn is returned, or until the end (NULL). */
static struct turn *turn_continue(struct turn *t)
{
	for (; t->pass != PASS_DONE; t->pass++, t->at = 0) {
		bool asks = t->pass == PASS_MUST_BE_ASKED || t->pass == PASS_SHOULD_BE_ASKED;
		const struct colocation_list *list = asks ? &t->with_this : &t->this_with;
		for (; t->at < list->count; t->at++) {
			const struct colocation *l = list->items[t->at];
			if (!turn_concerns(t, l))
				continue;
			if (asks) {
				colocation_add_dependent(l, t->r);
				continue;
			}
			struct resource *primary = l->primary;
			if (t->archive == NULL && can_be_given_up(l))
				t->archive = seats_copy(t->r->cluster, t->r->allowed);
			bool alone = primary->kind == RESOURCE_PRIMITIVE && primary->parent == NULL;
			if (alone && primary->unassigned && !primary->assigning)
				return turn_begin(primary, NULL, true, t);
			if (!alone && primary->unassigned)
				(void)resource_assign(primary, NULL, true);
			turn_apply(t, l);
		}
	}
	return NULL;
}

struct node *primitive_assign(struct resource *r, struct node *prefer, bool stop_if_fail)
{
	struct turn *t = turn_begin(r, prefer, stop_if_fail, NULL);
	while (t != NULL) {
		struct turn *next = turn_continue(t);
		if (next != NULL) {
			t = next;
			continue;
		}
		turn_finish(t);
		t = t->waiting;
	}
	/* Whoever is still being assigned further up has no node yet. */
	return r->unassigned && r->assigning ? NULL : r->assigned;
}
