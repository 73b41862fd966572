/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/link.h"

#include "sim/net.h"
#include "sim/node.h"

static bool stirs(const struct world *w, const struct node *n)
{
	return n->up && n->frozen_until_ns <= w->now_ns && n->clogged == 0;
}

/* Whether a ping of n is answered. */
static bool answers(const struct world *w, const struct node *n, const struct node *other)
{
	return stirs(w, n) && stirs(w, other) && net_hears(w, n->index, other->index) &&
	       net_hears(w, other->index, n->index);
}

bool link_is_up(const struct node *n, uint32_t other)
{
	return !(n->links_down >> other & 1);
}

void link_start(const struct world *w, struct node *n)
{
	n->links_down = n->links_silent = w->options.links ? (1u << w->options.nodes) - 1 - (1u << n->index) : 0;
	for (uint32_t i = 0; i < SIM_NODES_MAX; i++)
		n->link_gen[i]++;
}

static void plan(struct world *w, struct node *n, uint32_t other, uint64_t at_ns, bool down)
{
	struct event *e = world_push(w, at_ns, EVENT_LINK, n->index);

	e->arg = (uint16_t)other;
	e->gen = ++n->link_gen[other];
	e->boot = n->boot;
	e->value = down;
}

static void change(struct world *w, struct node *n, uint32_t other, bool silent)
{
	struct dice d =
		dice_of(w->options.seed ^ w->tie, n->index * SIM_NODES_MAX + other + SIM_NODES_MAX * SIM_NODES_MAX);
	bool overdue = w->now_ns >= n->link_down_ns[other];

	n->links_silent ^= 1u << other;
	if (silent) {
		n->link_down_ns[other] = w->now_ns + ms_ns(dice_between(&d, LINK_DOWN_MS_MIN, LINK_DOWN_MS_MAX));
		plan(w, n, other, n->link_down_ns[other], true);
		return;
	}
	/* Who wakes may look at his clock before he looks at what came. */
	if (overdue && dice_chance(&d, 1, 2))
		n->links_down |= 1u << other;
	plan(w, n, other, w->now_ns + ms_ns(dice_chance(&d, 1, 2) ? 3 : dice_below(&d, LINK_UP_MS_MAX)), false);
}

void link_update(struct world *w)
{
	if (!w->options.links)
		return;
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		struct node *n = &w->nodes[i];

		for (uint32_t k = 0; n->up && k < w->options.nodes; k++) {
			bool silent = !answers(w, n, &w->nodes[k]);

			if (k != i && silent != (n->links_silent >> k & 1))
				change(w, n, k, silent);
		}
	}
}

void link_event(struct world *w, struct node *n, const struct event *e)
{
	uint32_t bit = 1u << e->arg;

	if (e->gen != n->link_gen[e->arg] || (e->value != 0) == ((n->links_down & bit) != 0))
		return;
	n->links_down ^= bit;
	world_trace(w, n, "link> node %u is %s", w->nodes[e->arg].id.v, e->value ? "not reachable" : "reachable");
	if (!e->value)
		node_program(w)->sign(w, n, w->nodes[e->arg].id, false);
}
