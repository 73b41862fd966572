/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/sign.h"

#include "sim/net.h"
#include "sim/node.h"

static bool reachable(const struct world *w, const struct node *n, const struct node *other)
{
	return other->machine_up && net_hears(w, n->index, other->index) && net_hears(w, other->index, n->index);
}

void sign_start(struct node *n)
{
	n->silent_links = 0;
	n->told_lost = 0;
	for (uint32_t i = 0; i < SIM_NODES_MAX; i++)
		n->sign_gen[i]++;
}

static void change(struct world *w, struct node *n, const struct node *other, bool lost)
{
	struct dice d = dice_of(w->options.seed ^ w->tie, n->index * SIM_NODES_MAX + other->index);
	uint64_t delay_ms = lost ? dice_between(&d, SIGN_MS_MIN, SIGN_MS_MAX) : dice_between(&d, 50, 300);
	struct event *e;

	n->silent_links ^= 1u << other->index;
	n->sign_gen[other->index]++;
	e = world_push(w, w->now_ns + ms_ns(delay_ms), EVENT_SIGN, n->index);
	e->arg = (uint16_t)other->index;
	e->gen = n->sign_gen[other->index];
	e->boot = n->boot;
	e->value = lost;
}

void sign_update(struct world *w)
{
	if (!w->options.early)
		return;
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		struct node *n = &w->nodes[i];

		for (uint32_t k = 0; n->up && k < w->options.nodes; k++) {
			bool lost = !reachable(w, n, &w->nodes[k]);

			if (k != i && lost != (n->silent_links >> k & 1))
				change(w, n, &w->nodes[k], lost);
		}
	}
}

void sign_event(struct world *w, struct node *n, const struct event *e)
{
	if (e->gen == n->sign_gen[e->arg])
		sign_tell(w, n, &w->nodes[e->arg], e->value != 0);
}

void sign_tell(struct world *w, struct node *n, const struct node *other, bool lost)
{
	uint32_t bit = 1u << other->index;

	if (lost == ((n->told_lost & bit) != 0))
		return;
	n->told_lost ^= bit;
	world_trace(w, n, "host> node %u is %s", other->id.v, lost ? "lost" : "back");
	node_program(w)->sign(w, n, other->id, lost);
}
