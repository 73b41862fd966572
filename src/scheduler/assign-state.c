/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/assign-state.h"

struct assign_state *assign_state(struct cluster *c)
{
	if (c->assign_state == NULL) {
		struct assign_state *state = arena_new(&c->arena, struct assign_state);
		state->scratch = seats_new(c);
		state->wished = seats_new(c);
		state->best = arena_array(&c->arena, int, c->node_room + 1);
		state->plain = true;
		for_each_node(n, c) if (node_is_guest(n)) state->plain = false;
		c->assign_state = state;
	}
	return c->assign_state;
}
