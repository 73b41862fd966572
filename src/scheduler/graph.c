/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/graph.h"

void graph_create(struct cluster *c)
{
	c->graph = arena_new(&c->arena, struct graph);
}
