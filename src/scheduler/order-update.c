/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/order-private.h"

/* One action that is being looked at. When something changes underneath, what depends on it is looked at at once, with
 * a frame of its own, as a recursion would: of several reasons for the same consequence the first one stays, so the
 * order is part of the result.
 *
 * All that is before an action is looked at when the walk comes to it for the first time and whenever it changed
 * itself; later visits come along a relation whose other end changed and look at that relation alone. So the work grows
 * with the number of changes and relations, not with the square of them. */
enum phase {
	PHASE_BEFORE,       /* `at` is the next relation */
	PHASE_FIRST_AFTERS, /* the first of the relation before `at` changed: what is after it… */
	PHASE_FIRST,        /* …and it itself */
	PHASE_DONE,
	PHASE_SELF, /* `then` changed: it itself… */
	PHASE_AFTERS,
	PHASE_BLOCK, /* dependents are blocked, one action after the other */
};

enum { DEPTH_MAX = 64 };

struct order_frame {
	struct action *then, *first;
	struct relation *at, *only, *via, *inner;
	struct blocked_list *block;
	struct action *blocking; /* where in the actions of the resource at block_at */
	uint32_t block_at, last_flags;
	enum phase phase;
	bool updated_then;
};

static struct order_frame *frame_new(struct order_run *run)
{
	run->frames =
		arena_room(&run->c->arena, run->frames, sizeof(*run->frames), run->frame_count, &run->frame_room, 64);
	return &run->frames[run->frame_count++];
}

static bool is_of_whole(const struct action *a)
{
	return a->rsc != NULL && a->rsc->kind != RESOURCE_PRIMITIVE;
}

/* Whether a change of one action before this one cannot matter beyond their relation, wholes aside: their flags are
 * those of their parts and may have changed without a word. */
static bool is_known(const struct action *then)
{
	return then->order_visited && then->required_before == 0 && !is_of_whole(then);
}

/* Whether r was looked at with the flags that both have now, so that nothing would come of it. */
static bool is_idle(const struct order_frame *f, const struct relation *r)
{
	return f->via != NULL && r->seen && r->first_seen == r->action->flags && r->then_seen == f->then->flags &&
	       !is_of_whole(r->action);
}

static void note_seen(const struct action *then, struct relation *r)
{
	r->seen = true;
	r->first_seen = (uint16_t)r->action->flags;
	r->then_seen = (uint16_t)then->flags;
}

static void push(struct order_run *run, struct action *then, struct relation *only)
{
	struct order_frame *f = frame_new(run);
	*f = (struct order_frame){.then = then, .last_flags = then->flags};
	if (only != NULL && is_known(then)) {
		f->via = only;
		if (!then->after_whole) {
			f->only = only;
			f->at = only;
			return;
		}
	}
	then->order_visited = true;
	f->at = then->before;
	if (then->required_before > 0) {
		/* Counted anew. */
		then->runnable_before = 0;
		action_clear(then, ACTION_RUNNABLE);
	}
}

static void push_blocking(struct order_run *run, const struct action *a)
{
	struct blocked_list *l = dependents_blocked_by(run->c, a);
	if (l != NULL)
		*frame_new(run) =
			(struct order_frame){.phase = PHASE_BLOCK, .block = l, .blocking = l->items[0].rsc->actions};
}

/* In the order in which they were told. */
static void push_pending(struct order_run *run)
{
	while (run->pending.count > 0)
		push(run, run->pending.items[--run->pending.count], NULL);
}

/* --- which action is meant --- */

/* TASK_OTHER: there is none. */
static enum task completion_task(enum task task)
{
	if (task == TASK_STOP || task == TASK_START || task == TASK_PROMOTE || task == TASK_DEMOTE)
		return task + 1;
	bool is_one = task == TASK_STOPPED || task == TASK_RUNNING || task == TASK_PROMOTED || task == TASK_DEMOTED;
	return is_one ? task : TASK_OTHER;
}

/* What waits for a whole resource waits for the completion of its task, or for all to have been told of it. */
static struct action *completion_of(struct action *first)
{
	struct resource *r = first->rsc;
	if (r == NULL || r->kind < RESOURCE_GROUP || first->interval_ms > 0 || first->key_tells_notify)
		return first;
	enum task done = completion_task(first->task);
	if (done == TASK_OTHER)
		return first;
	struct action *completion;
	if (r->notify && (r->kind == RESOURCE_CLONE || resource_is_bundled(r)))
		completion = action_chain(r->cluster, r,
					  action_notify_key(r->cluster, r->id, "confirmed-post", task_text(done)));
	else
		completion = action_chain_task(r, done);
	return completion == NULL ? first : completion;
}

/* For orders it counts whether an action of a clone can be done anywhere, not where. */
static uint32_t flags_for_order(struct action *a, const struct node *node)
{
	if (a->rsc == NULL)
		return a->flags;
	uint32_t flags = action_flags_seen(a, NULL);
	if (node == NULL || a->rsc->kind != RESOURCE_CLONE)
		return flags;
	return action_flags_seen(a, node) | (flags & ACTION_RUNNABLE);
}

/* --- one relation --- */

struct pair {
	struct order_run *run;
	struct action *first, *then;
	struct node *node;
	uint32_t first_flags, then_flags;
	struct relation *relation;
	uint32_t updated;
};

static bool has(const struct pair *p, uint32_t flags)
{
	return (p->relation->flags & flags) != 0;
}

static void apply(struct pair *p, const struct resource *r, uint32_t flags, uint32_t filter, uint32_t type)
{
	p->updated |= relation_apply(p->run, r, p->first, p->then, p->node, flags, filter, type);
}

/* Clears a flag of an action that belongs to no resource. */
static void tighten(struct pair *p, struct action *a, uint32_t flag, uint32_t updated)
{
	if (!action_is(a, flag))
		return;
	action_clear(a, flag);
	p->updated |= updated;
}

static void apply_implications(struct pair *p)
{
	struct action *first = p->first, *then = p->then;
	/* Unfencing concerns only what is on the node that is unfenced. */
	if (has(p, RELATION_FIRST_IMPLIES_SAME_NODE_THEN)) {
		p->relation->flags &= ~(uint32_t)RELATION_FIRST_IMPLIES_SAME_NODE_THEN;
		p->relation->flags |= RELATION_FIRST_IMPLIES_THEN;
		p->node = first->node;
	}
	if (has(p, RELATION_FIRST_IMPLIES_THEN)) {
		if (then->rsc != NULL)
			apply(p, then->rsc, p->first_flags & ACTION_OPTIONAL, ACTION_OPTIONAL,
			      RELATION_FIRST_IMPLIES_THEN);
		else if ((p->first_flags & ACTION_OPTIONAL) == 0)
			tighten(p, then, ACTION_OPTIONAL, UPDATED_THEN);
	}
	if (has(p, RELATION_INTERMEDIATE_STOP) && then->rsc != NULL)
		apply(p, then->rsc, p->first_flags, ACTION_OPTIONAL | ACTION_RUNNABLE, RELATION_INTERMEDIATE_STOP);
	if (has(p, RELATION_THEN_IMPLIES_FIRST)) {
		if (first->rsc != NULL)
			apply(p, first->rsc, p->first_flags, ACTION_OPTIONAL, RELATION_THEN_IMPLIES_FIRST);
		else if ((p->first_flags & ACTION_OPTIONAL) == 0)
			tighten(p, first, ACTION_RUNNABLE, UPDATED_FIRST);
	}
	if (has(p, RELATION_PROMOTED_THEN_IMPLIES_FIRST) && then->rsc != NULL)
		apply(p, then->rsc, p->first_flags & ACTION_OPTIONAL, ACTION_OPTIONAL,
		      RELATION_PROMOTED_THEN_IMPLIES_FIRST);
}

static void apply_min_runnable(struct pair *p)
{
	struct action *then = p->then;
	if (then->rsc != NULL) {
		apply(p, then->rsc, p->first_flags, ACTION_RUNNABLE, RELATION_MIN_RUNNABLE);
	} else if ((p->first_flags & ACTION_RUNNABLE) != 0) {
		then->runnable_before++;
		if (then->runnable_before >= then->required_before && !action_is(then, ACTION_RUNNABLE)) {
			action_set(then, ACTION_RUNNABLE);
			p->updated |= UPDATED_THEN;
		}
	}
}

static void apply_blocks(struct pair *p)
{
	struct action *first = p->first, *then = p->then;
	if (has(p, RELATION_MIN_RUNNABLE))
		apply_min_runnable(p);
	if (has(p, RELATION_NESTED_REMOTE_PROBE) && then->rsc != NULL) {
		if ((p->first_flags & ACTION_RUNNABLE) == 0 && first->rsc != NULL && first->rsc->active.count > 0)
			p->relation->flags = 0;
		else
			apply(p, then->rsc, p->first_flags, ACTION_RUNNABLE, RELATION_UNRUNNABLE_FIRST_BLOCKS);
	}
	if (has(p, RELATION_UNRUNNABLE_FIRST_BLOCKS)) {
		if (then->rsc != NULL)
			apply(p, then->rsc, p->first_flags, ACTION_RUNNABLE, RELATION_UNRUNNABLE_FIRST_BLOCKS);
		else if ((p->first_flags & ACTION_RUNNABLE) == 0)
			tighten(p, then, ACTION_RUNNABLE, UPDATED_THEN);
	}
	if (then->rsc == NULL)
		return;
	if (has(p, RELATION_UNMIGRATABLE_THEN_BLOCKS))
		apply(p, then->rsc, p->first_flags, ACTION_OPTIONAL, RELATION_UNMIGRATABLE_THEN_BLOCKS);
	if (has(p, RELATION_FIRST_ELSE_THEN))
		apply(p, then->rsc, p->first_flags, ACTION_OPTIONAL, RELATION_FIRST_ELSE_THEN);
	if (has(p, RELATION_ORDERED))
		apply(p, then->rsc, p->first_flags, ACTION_RUNNABLE, RELATION_ORDERED);
	if (has(p, RELATION_ASYMMETRIC))
		apply(p, then->rsc, p->first_flags, ACTION_RUNNABLE, RELATION_ASYMMETRIC);
}

static void apply_graphed(struct pair *p)
{
	if (action_is(p->first, ACTION_RUNNABLE) && has(p, RELATION_FIRST_IMPLIES_THEN_GRAPHED) &&
	    (p->first_flags & ACTION_OPTIONAL) == 0)
		action_set(p->then, ACTION_ALWAYS_IN_GRAPH);
	if (has(p, RELATION_THEN_IMPLIES_FIRST_GRAPHED) && (p->then_flags & ACTION_OPTIONAL) == 0)
		action_set(p->first, ACTION_ALWAYS_IN_GRAPH);
}

/* A stop that failed and that nobody may do blocks what depends on it. */
static void apply_blocked_stop(struct pair *p)
{
	const struct action *first = p->first;
	if (has(p, RELATION_FIRST_IMPLIES_THEN | RELATION_THEN_IMPLIES_FIRST | RELATION_INTERMEDIATE_STOP) &&
	    first->rsc != NULL && !first->rsc->managed && first->rsc->blocked && !action_is(first, ACTION_RUNNABLE) &&
	    first->task == TASK_STOP)
		tighten(p, p->then, ACTION_RUNNABLE, UPDATED_THEN);
}

static struct node *node_of_start(const struct action *a)
{
	if (a->rsc != NULL && a->rsc->kind == RESOURCE_GROUP && a->task == TASK_START)
		return resource_where(a->rsc, WHERE_ASSIGNED, NULL);
	return a->node;
}

/* then is needed, so first is not done at all: a stop makes a reload void. */
static void cancel_first(struct action *first)
{
	action_set(first, ACTION_OPTIONAL);
	if (first->task == TASK_RELOAD)
		first->rsc->reload = false;
}

/* Returns what was updated; *ret_first is the action that first stands for. */
static uint32_t look_at(struct order_run *run, struct action *then, struct relation *r, struct action **ret_first)
{
	struct action *first = r->action;
	struct node *first_node = node_of_start(first), *then_node = node_of_start(then);
	*ret_first = first;
	if ((r->flags & RELATION_IF_ON_SAME_NODE) != 0 && first_node != NULL && then_node != NULL &&
	    first_node != then_node) {
		r->flags = 0;
		return 0;
	}
	if (first->rsc != NULL && (r->flags & RELATION_THEN_CANCELS_FIRST) != 0 && !action_is(then, ACTION_OPTIONAL))
		cancel_first(first);
	if (first->rsc != NULL && then->rsc != NULL && first->rsc != then->rsc &&
	    !resource_is_below(then->rsc, first->rsc))
		first = completion_of(first);
	*ret_first = first;
	if (first != r->action) {
		/* The relation moves to the completion. */
		if (!relation_add(first, then, r->flags))
			return 0;
		r->flags = 0;
		return UPDATED_THEN;
	}
	struct pair p = {.run = run, .first = first, .then = then, .node = then->node, .relation = r};
	p.first_flags = flags_for_order(first, then_node);
	p.then_flags = flags_for_order(then, first_node);
	apply_implications(&p);
	apply_blocks(&p);
	apply_graphed(&p);
	apply_blocked_stop(&p);
	return p.updated;
}

/* --- the walk --- */

static void step_before(struct order_run *run)
{
	uint32_t index = run->frame_count - 1;
	struct order_frame *f = &run->frames[index];
	while (f->at != NULL && is_idle(f, f->at))
		f->at = f->at->next;
	if (f->at == NULL) {
		f->phase = PHASE_DONE;
		return;
	}
	struct relation *r = f->at;
	struct action *then = f->then, *first = NULL;
	note_seen(then, r);
	f->at = f->only != NULL ? NULL : r->next;
	uint32_t updated = look_at(run, then, r, &first);
	f = &run->frames[index]; /* they may have moved */
	f->updated_then |= (updated & UPDATED_THEN) != 0;
	if ((updated & UPDATED_FIRST) != 0) {
		f->first = first;
		f->inner = first->after;
		f->phase = PHASE_FIRST_AFTERS;
	}
	push_pending(run);
}

static void step_done(struct order_run *run, struct order_frame *f)
{
	struct action *then = f->then;
	if (then->required_before > 0)
		f->updated_then = f->last_flags != then->flags;
	if (!f->updated_then) {
		run->frame_count--;
		return;
	}
	f->phase = PHASE_SELF;
	if ((f->last_flags & ACTION_RUNNABLE) != 0 && !action_is(then, ACTION_RUNNABLE))
		push_blocking(run, then);
}

/* Blocks the next action: first comes what that blocks in turn, then what follows from the order. */
static void step_block(struct order_run *run, struct order_frame *f)
{
	const struct blocked_list *l = f->block;
	enum task task = l->items[f->block_at].task;
	struct action *a = f->blocking;
	while (a != NULL && (a->task != task || !action_is(a, ACTION_RUNNABLE)))
		a = a->next_of_resource;
	if (a != NULL) {
		f->blocking = a->next_of_resource;
		action_clear(a, ACTION_RUNNABLE);
		action_set_reason(a, l->reason, false);
		push(run, a, NULL);
		push_blocking(run, a);
	} else if (++f->block_at < l->count) {
		f->blocking = l->items[f->block_at].rsc->actions;
	} else {
		run->frame_count--;
	}
}

static void step(struct order_run *run)
{
	struct order_frame *f = &run->frames[run->frame_count - 1];
	struct relation *after;
	switch (f->phase) {
	case PHASE_BEFORE:
		step_before(run);
		break;
	case PHASE_FIRST_AFTERS:
	case PHASE_AFTERS:
		after = f->inner;
		if (after != NULL) {
			f->inner = after->next;
			push(run, after->action, after->twin);
		} else if (f->phase == PHASE_FIRST_AFTERS) {
			f->phase = PHASE_FIRST;
		} else {
			run->frame_count--;
		}
		break;
	case PHASE_FIRST:
		f->phase = PHASE_BEFORE;
		push(run, f->first, NULL);
		break;
	case PHASE_DONE:
		step_done(run, f);
		break;
	case PHASE_SELF:
		f->phase = PHASE_AFTERS;
		f->inner = f->then->after;
		push(run, f->then, NULL);
		break;
	case PHASE_BLOCK:
		step_block(run, f);
		break;
	}
}

static void run_down_to(struct order_run *run, uint32_t frame_count)
{
	while (run->frame_count > frame_count)
		step(run);
}

void order_update_now(struct order_run *run, struct action *a)
{
	if (run->depth == DEPTH_MAX) {
		action_list_add(&run->c->arena, &run->pending, a);
		return;
	}
	uint32_t frame_count = run->frame_count;
	run->depth++;
	push(run, a, NULL);
	run_down_to(run, frame_count);
	run->depth--;
}

void order_block_dependents(struct order_run *run, struct action *a)
{
	push_blocking(run, a);
	run_down_to(run, 0);
}

void order_update_all(struct order_run *run)
{
	for (struct action *a = run->c->actions; a != NULL; a = a->next) {
		push(run, a, NULL);
		run_down_to(run, 0);
	}
}
