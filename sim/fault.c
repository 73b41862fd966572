/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/fault.h"

#include "sim/admin.h"
#include "sim/link.h"
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
	link_update(w);
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

static bool awake(const struct world *w, const struct node *n)
{
	return n->up && n->frozen_until_ns <= w->now_ns;
}

static bool begin_go(struct world *w, const struct fault *f)
{
	return go(w, &w->nodes[f->a], f);
}

static void end_go(struct world *w, const struct fault *f)
{
	if (!w->nodes[f->a].up)
		node_start(w, &w->nodes[f->a]);
}

static bool begin_pause(struct world *w, const struct fault *f)
{
	node_freeze(w, &w->nodes[f->a], f->for_ms);
	return true;
}

static void end_pause(struct world *w, const struct fault *f)
{
	(void)f;
	link_update(w);
}

static bool begin_cut(struct world *w, const struct fault *f)
{
	cut(w, f, 1);
	return true;
}

static void end_cut(struct world *w, const struct fault *f)
{
	cut(w, f, -1);
}

static bool begin_clog(struct world *w, const struct fault *f)
{
	net_clog(w, f->a, 1);
	link_update(w);
	return true;
}

static void end_clog(struct world *w, const struct fault *f)
{
	net_clog(w, f->a, -1);
	link_update(w);
}

static bool begin_loss(struct world *w, const struct fault *f)
{
	w->extra_loss += f->value;
	return true;
}

static void end_loss(struct world *w, const struct fault *f)
{
	w->extra_loss -= f->value;
}

static bool begin_slow_disk(struct world *w, const struct fault *f)
{
	w->nodes[f->a].disk_slow_ms += f->value;
	return true;
}

static void end_slow_disk(struct world *w, const struct fault *f)
{
	w->nodes[f->a].disk_slow_ms -= f->value;
}

static bool begin_bad_disk(struct world *w, const struct fault *f)
{
	w->nodes[f->a].disk_bad++;
	return true;
}

static void end_bad_disk(struct world *w, const struct fault *f)
{
	w->nodes[f->a].disk_bad--;
}

static bool begin_gather(struct world *w, const struct fault *f)
{
	if (awake(w, &w->nodes[f->a]))
		node_program(w)->gather(w, &w->nodes[f->a]);
	return true;
}

static bool begin_lie(struct world *w, const struct fault *f)
{
	if (awake(w, &w->nodes[f->a]))
		sign_tell(w, &w->nodes[f->a], &w->nodes[f->b], true);
	return true;
}

static void end_lie(struct world *w, const struct fault *f)
{
	struct node *a = &w->nodes[f->a];

	if (a->up && !(a->silent_links >> f->b & 1))
		sign_tell(w, a, &w->nodes[f->b], false);
}

/* begin: false when there was nothing to be done, and then nothing ends. end may be NULL. */
static const struct {
	bool (*begin)(struct world *w, const struct fault *f);
	void (*end)(struct world *w, const struct fault *f);
} acts[FAULT_KIND_COUNT] = {
	[FAULT_CRASH] = {begin_go, end_go},
	[FAULT_LEAVE] = {begin_go, end_go},
	[FAULT_PAUSE] = {begin_pause, end_pause},
	[FAULT_SPLIT] = {begin_cut, end_cut},
	[FAULT_ONE_WAY] = {begin_cut, end_cut},
	[FAULT_ISOLATE] = {begin_cut, end_cut},
	[FAULT_CUT] = {begin_cut, end_cut},
	[FAULT_CLOG] = {begin_clog, end_clog},
	[FAULT_LOSS] = {begin_loss, end_loss},
	[FAULT_SLOW_DISK] = {begin_slow_disk, end_slow_disk},
	[FAULT_BAD_DISK] = {begin_bad_disk, end_bad_disk},
	[FAULT_GATHER] = {begin_gather, NULL},
	[FAULT_LIE] = {begin_lie, end_lie},
	[FAULT_RELOAD] = {admin_fault, admin_mend},
	[FAULT_SHUTDOWN] = {admin_fault, end_go},
	[FAULT_DEVICE] = {admin_fault, admin_mend},
	[FAULT_GROW] = {admin_fault, NULL},
};

void fault_begin(struct world *w, uint32_t index)
{
	const struct fault *f = &w->faults[index];
	char text[120];

	fault_describe(&w->options, f, text, sizeof text);
	world_trace(w, NULL, "fault> %u: %s", index, text);
	assert(f->kind < FAULT_KIND_COUNT);
	w->applied[index] = acts[f->kind].begin(w, f);
}

void fault_end(struct world *w, uint32_t index)
{
	const struct fault *f = &w->faults[index];

	if (w->applied[index] && acts[f->kind].end != NULL)
		acts[f->kind].end(w, f);
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
	case FAULT_RELOAD:
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
	case FAULT_SHUTDOWN:
	case FAULT_DEVICE:
	case FAULT_GROW:
	case FAULT_KIND_COUNT:
		snprintf(buffer, size, "%u ms %s node %u for %u ms", f->at_ms, fault_name(f->kind), a, f->for_ms);
		break;
	}
}
