/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/fault.h"

#include "sim/net.h"
#include "sim/node.h"
#include "sim/sign.h"

#include <assert.h>
#include <stdio.h>

void fault_schedule(struct world *w, const struct fault *list, uint32_t count)
{
	assert(count <= SIM_FAULTS_MAX);
	w->fault_count = count;
	for (uint32_t i = 0; i < count; i++) {
		w->faults[i] = list[i];
		world_push(w, ms_ns(list[i].at_ms), EVENT_FAULT, 0)->arg = (uint16_t)i;
		world_push(w, ms_ns(list[i].at_ms + list[i].for_ms), EVENT_FAULT_END, 0)->arg = (uint16_t)i;
	}
}

/* Whether the fault keeps `to` from hearing `from`. */
static bool cuts(const struct fault *f, uint32_t from, uint32_t to)
{
	bool from_in = f->value >> from & 1, to_in = f->value >> to & 1;

	if (f->kind == FAULT_SPLIT)
		return from_in != to_in;
	if (f->kind == FAULT_ONE_WAY)
		return from_in && !to_in;
	if (f->kind == FAULT_ISOLATE)
		return from == f->a || to == f->a;
	return (from == f->a && to == f->b) || (from == f->b && to == f->a);
}

static void cut(struct world *w, const struct fault *f, int more)
{
	for (uint32_t a = 0; a < w->options.nodes; a++)
		for (uint32_t b = 0; b < w->options.nodes; b++)
			if (a != b && cuts(f, a, b))
				net_cut(w, a, b, more);
	sign_update(w);
}

/* A crash, or an orderly way to go. False: it was not running. */
static bool go(struct world *w, struct node *n, const struct fault *f)
{
	if (!n->up)
		return false;
	if (f->kind == FAULT_LEAVE && n->frozen_until_ns <= w->now_ns)
		node_program(w)->leave(w, n);
	/* Either the machine is gone, or its kernel says that the port is closed; or it says nothing at all. */
	n->machine_up = f->kind == FAULT_CRASH && f->value == 0;
	node_stop(w, n);
	return true;
}

void fault_begin(struct world *w, uint32_t index)
{
	const struct fault *f = &w->faults[index];
	struct node *a = &w->nodes[f->a];
	bool *applied = &w->applied[index];
	char text[120];

	fault_describe(&w->options, f, text, sizeof text);
	world_trace(w, NULL, "fault> %u: %s", index, text);
	*applied = true;
	switch (f->kind) {
	case FAULT_CRASH:
	case FAULT_LEAVE:
		*applied = go(w, a, f);
		break;
	case FAULT_PAUSE:
		if (a->frozen_until_ns < w->now_ns + ms_ns(f->for_ms))
			a->frozen_until_ns = w->now_ns + ms_ns(f->for_ms);
		break;
	case FAULT_SPLIT:
	case FAULT_ONE_WAY:
	case FAULT_ISOLATE:
	case FAULT_CUT:
		cut(w, f, 1);
		break;
	case FAULT_CLOG:
		net_clog(w, f->a, 1);
		break;
	case FAULT_LOSS:
		w->extra_loss += f->value;
		break;
	case FAULT_SLOW_DISK:
		a->disk_slow_ms += f->value;
		break;
	case FAULT_BAD_DISK:
		a->disk_bad++;
		break;
	case FAULT_GATHER:
		if (a->up && a->frozen_until_ns <= w->now_ns)
			node_program(w)->gather(w, a);
		break;
	case FAULT_LIE:
		if (a->up && a->frozen_until_ns <= w->now_ns)
			sign_tell(w, a, &w->nodes[f->b], true);
		break;
	case FAULT_KIND_COUNT:
		assert(false);
	}
}

void fault_end(struct world *w, uint32_t index)
{
	const struct fault *f = &w->faults[index];
	struct node *a = &w->nodes[f->a];

	if (!w->applied[index])
		return;
	switch (f->kind) {
	case FAULT_CRASH:
	case FAULT_LEAVE:
		if (!a->up)
			node_start(w, a);
		break;
	case FAULT_SPLIT:
	case FAULT_ONE_WAY:
	case FAULT_ISOLATE:
	case FAULT_CUT:
		cut(w, f, -1);
		break;
	case FAULT_CLOG:
		net_clog(w, f->a, -1);
		break;
	case FAULT_LOSS:
		w->extra_loss -= f->value;
		break;
	case FAULT_SLOW_DISK:
		a->disk_slow_ms -= f->value;
		break;
	case FAULT_BAD_DISK:
		a->disk_bad--;
		break;
	case FAULT_LIE:
		if (a->up && !(a->silent_links >> f->b & 1))
			sign_tell(w, a, &w->nodes[f->b], false);
		break;
	case FAULT_PAUSE:
	case FAULT_GATHER:
		break;
	case FAULT_KIND_COUNT:
		assert(false);
	}
}

void fault_describe(const struct options *o, const struct fault *f, char *buffer, size_t size)
{
	uint32_t a = 1 + f->a * o->id_step, b = 1 + f->b * o->id_step;

	switch (f->kind) {
	case FAULT_SPLIT:
	case FAULT_ONE_WAY:
		snprintf(buffer, size, "%u ms %s mask %x for %u ms", f->at_ms, fault_name(f->kind), f->value,
			 f->for_ms);
		break;
	case FAULT_CUT:
	case FAULT_LIE:
		snprintf(buffer, size, "%u ms %s node %u of %u for %u ms", f->at_ms, fault_name(f->kind), a, b,
			 f->for_ms);
		break;
	case FAULT_LOSS:
		snprintf(buffer, size, "%u ms loss %u/1000 for %u ms", f->at_ms, f->value, f->for_ms);
		break;
	case FAULT_CRASH:
	case FAULT_SLOW_DISK:
		snprintf(buffer, size, "%u ms %s node %u (%u) for %u ms", f->at_ms, fault_name(f->kind), a, f->value,
			 f->for_ms);
		break;
	case FAULT_PAUSE:
	case FAULT_ISOLATE:
	case FAULT_CLOG:
	case FAULT_BAD_DISK:
	case FAULT_LEAVE:
	case FAULT_GATHER:
	case FAULT_KIND_COUNT:
		snprintf(buffer, size, "%u ms %s node %u for %u ms", f->at_ms, fault_name(f->kind), a, f->for_ms);
		break;
	}
}
