/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transition/execution.h"

#include "rules/score.h"

#include <assert.h>
#include <string.h>

/* Synapse numbers, smallest first. */
struct heap {
	uint32_t *items;
	uint32_t count;
};

struct dependents {
	uint32_t *items;
	uint32_t count;
};

struct execution {
	const struct graph *graph;
	uint32_t *waiting_for;         /* inputs that are not done, of each synapse */
	struct dependents *dependents; /* of each synapse: who has it as input */
	uint32_t *dependents_room;     /* all of their items in one piece */
	struct heap pass, next_pass;
	uint32_t at; /* synapse that the pass has reached */
	uint32_t started, done;
	int abort_priority;
};

static void heap_push(struct heap *h, uint32_t item)
{
	uint32_t i = h->count++;
	while (i > 0 && h->items[(i - 1) / 2] > item) {
		h->items[i] = h->items[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->items[i] = item;
}

static uint32_t heap_pop(struct heap *h)
{
	assert(h->count > 0);
	uint32_t top = h->items[0], last = h->items[--h->count], i = 0;
	for (uint32_t child; (child = i * 2 + 1) < h->count; i = child) {
		if (child + 1 < h->count && h->items[child + 1] < h->items[child])
			child++;
		if (h->items[child] >= last)
			break;
		h->items[i] = h->items[child];
	}
	h->items[i] = last;
	return top;
}

/* Inputs name actions; here synapses are wanted. What waits for an action without a synapse waits for ever. */
static uint32_t *synapses_by_action(const struct graph *g, int *ret_max)
{
	int max = 0;
	for (uint32_t i = 0; i < g->count; i++)
		if (g->synapses[i].action->id > max)
			max = g->synapses[i].action->id;
	uint32_t *by_id = g_new0(uint32_t, (gsize)max + 1);
	for (uint32_t i = 0; i < g->count; i++)
		by_id[g->synapses[i].action->id] = i + 1;
	*ret_max = max;
	return by_id;
}

static uint32_t input_synapse(const uint32_t *by_id, int max, const struct action *input)
{
	return input->id <= max ? by_id[input->id] : 0;
}

static void link_inputs(struct execution *e)
{
	const struct graph *g = e->graph;
	int max;
	uint32_t *by_id = synapses_by_action(g, &max);
	uint32_t total = 0;
	for (uint32_t i = 0; i < g->count; i++)
		for (uint32_t k = 0; k < g->synapses[i].input_count; k++) {
			uint32_t input = input_synapse(by_id, max, g->synapses[i].inputs[k]);
			e->waiting_for[i]++;
			if (input == 0)
				continue;
			e->dependents[input - 1].count++;
			total++;
		}
	e->dependents_room = g_new(uint32_t, total + 1);
	uint32_t used = 0;
	for (uint32_t i = 0; i < g->count; i++) {
		e->dependents[i].items = e->dependents_room + used;
		used += e->dependents[i].count;
		e->dependents[i].count = 0;
	}
	for (uint32_t i = 0; i < g->count; i++)
		for (uint32_t k = 0; k < g->synapses[i].input_count; k++) {
			uint32_t input = input_synapse(by_id, max, g->synapses[i].inputs[k]);
			if (input != 0)
				e->dependents[input - 1].items[e->dependents[input - 1].count++] = i;
		}
	g_free(by_id);
}

struct execution *execution_new(const struct graph *g)
{
	struct execution *e = g_new0(struct execution, 1);
	e->graph = g;
	e->abort_priority = 0;
	e->waiting_for = g_new0(uint32_t, g->count + 1);
	e->dependents = g_new0(struct dependents, g->count + 1);
	e->pass.items = g_new(uint32_t, g->count + 1);
	e->next_pass.items = g_new(uint32_t, g->count + 1);
	link_inputs(e);
	for (uint32_t i = 0; i < g->count; i++)
		if (e->waiting_for[i] == 0)
			heap_push(&e->pass, i);
	return e;
}

void execution_free(struct execution *e)
{
	if (e == NULL)
		return;
	g_free(e->waiting_for);
	g_free(e->dependents);
	g_free(e->dependents_room);
	g_free(e->pass.items);
	g_free(e->next_pass.items);
	g_free(e);
}

static bool may_start(const struct execution *e, const struct synapse *s)
{
	return s->event.kind == SYNAPSE_PSEUDO || s->priority >= e->abort_priority;
}

const struct synapse *execution_next(struct execution *e)
{
	while (e->pass.count > 0 || e->next_pass.count > 0) {
		if (e->pass.count == 0) {
			struct heap empty = e->pass;
			e->pass = e->next_pass;
			e->next_pass = empty;
		}
		e->at = heap_pop(&e->pass);
		const struct synapse *s = &e->graph->synapses[e->at];
		if (may_start(e, s)) {
			e->started++;
			return s;
		}
	}
	return NULL;
}

void execution_done(struct execution *e, const struct synapse *s, bool failed)
{
	size_t number = (size_t)(s - e->graph->synapses);
	assert(number < e->graph->count);
	e->done++;
	const struct dependents *d = &e->dependents[number];
	for (uint32_t i = 0; i < d->count; i++) {
		uint32_t waiting = d->items[i];
		if (failed && e->graph->synapses[waiting].priority < SCORE_INFINITY)
			continue;
		assert(e->waiting_for[waiting] > 0);
		if (--e->waiting_for[waiting] == 0)
			heap_push(waiting > e->at ? &e->pass : &e->next_pass, waiting);
	}
}

void execution_abort(struct execution *e, int priority)
{
	if (priority > e->abort_priority)
		e->abort_priority = priority;
}

bool execution_is_complete(const struct execution *e)
{
	return e->done == e->graph->count;
}

uint32_t execution_pending(const struct execution *e)
{
	return e->started - e->done;
}
