/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/load.h"

#include "sim/node.h"

enum { STREAM_WHEN = 3000 };

static void next(struct world *w, uint32_t node, uint64_t number)
{
	struct dice d = dice_of(w->options.seed ^ number, STREAM_WHEN + node);
	uint64_t gap_us = dice_below(&d, 2 * w->options.load_gap_ms * w->options.nodes * 1000);

	world_push(w, w->now_ns + 1000 + gap_us * 1000, EVENT_LOAD, node)->value = number + 1;
}

void load_start(struct world *w)
{
	for (uint32_t i = 0; i < w->options.nodes; i++)
		next(w, i, 0);
}

void load_event(struct world *w, const struct event *e)
{
	struct node *n = &w->nodes[e->node];

	if (!w->load_on)
		return;
	if (n->up && n->frozen_until_ns <= w->now_ns)
		node_program(w)->load(w, n);
	next(w, e->node, e->value);
}

void load_once(struct world *w)
{
	for (uint32_t i = 0; i < w->options.nodes; i++)
		if (w->nodes[i].up)
			node_program(w)->load(w, &w->nodes[i]);
}
