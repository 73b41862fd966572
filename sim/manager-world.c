/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time, and what happens next. */
#include "sim/manager.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONVERGE_EVERY_MS = 1000, REPAIR_EVERY_S = 60, START_AGAIN_MS = 3000 };

static struct fleet *present;

static bool comes_before(const struct turn *a, const struct turn *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void heap_push(struct fleet *f, struct turn e)
{
	if (f->heap_count == f->heap_room) {
		f->heap_room = f->heap_room == 0 ? 1024 : 2 * f->heap_room;
		f->heap = g_renew(struct turn, f->heap, f->heap_room);
	}
	uint32_t at = f->heap_count++;
	for (; at > 0 && comes_before(&e, &f->heap[(at - 1) / 2]); at = (at - 1) / 2)
		f->heap[at] = f->heap[(at - 1) / 2];
	f->heap[at] = e;
}

static struct turn heap_pop(struct fleet *f)
{
	struct turn first = f->heap[0], last = f->heap[--f->heap_count];
	uint32_t at = 0;
	for (;;) {
		uint32_t child = 2 * at + 1;
		if (child >= f->heap_count)
			break;
		if (child + 1 < f->heap_count && comes_before(&f->heap[child + 1], &f->heap[child]))
			child++;
		if (!comes_before(&f->heap[child], &last))
			break;
		f->heap[at] = f->heap[child];
		at = child;
	}
	f->heap[at] = last;
	return first;
}

void fleet_plan(struct fleet *f, uint64_t at, enum turn_kind kind, uint32_t node, uint64_t life, uint64_t number,
		void *data)
{
	struct turn e = {.at = at > f->now ? at : f->now,
			 .order = ++f->order,
			 .kind = kind,
			 .node = node,
			 .life = life,
			 .number = number,
			 .data = data};
	heap_push(f, e);
}

uint32_t fleet_roll(struct fleet *f, uint32_t below)
{
	return dice_below(&f->dice, below);
}

uint64_t fleet_delay(struct fleet *f, uint32_t max_us)
{
	return 1000 + (uint64_t)fleet_roll(f, max_us) * 1000u;
}

struct instant machine_now(const struct machine *m)
{
	uint64_t now = m->fleet->now;
	return (struct instant){.mono = {now}, .wall = {(uint64_t)((int64_t)(WALL_BASE + now) + m->clock_ns)}};
}

/* --- telling --- */

void fleet_trace(struct fleet *f, const char *format, ...)
{
	va_list args;
	char text[FLEET_TEXT];
	va_start(args, format);
	int n = snprintf(text, sizeof(text), "[%9.3f] ", (double)f->now / 1e9);
	(void)vsnprintf(text + n, sizeof(text) - (size_t)n, format, args);
	va_end(args);
	for (const char *p = text; *p != '\0'; p++)
		f->hash = (f->hash ^ (uint8_t)*p) * 0x100000001b3u;
	memcpy(f->verdict->lines[f->verdict->line_count++ % FLEET_TRACE_LINES], text, sizeof(text));
	if (f->trace)
		puts(text);
}

static _Noreturn void finish(struct fleet *f)
{
	f->verdict->hash = f->hash;
	f->verdict->at_ms = f->now / FLEET_MS;
	(void)fflush(stdout);
	_exit(f->verdict->broken ? 1 : 0);
}

void fleet_break(struct fleet *f, const char *rule, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(f->verdict->text, sizeof(f->verdict->text), format, args);
	va_end(args);
	(void)snprintf(f->verdict->rule, sizeof(f->verdict->rule), "%s", rule);
	f->verdict->broken = true;
	finish(f);
}

/* An assertion of a core is a rule that broke. */
void __assert_fail(const char *expression, const char *file, unsigned line, const char *function)
{
	const char *name = strrchr(file, '/');
	fleet_break(present, "A1", "%s:%u: %s: %s", name == NULL ? file : name + 1, line, function, expression);
}

/* --- what happens --- */

/* Whose life an event belongs to: when that is another one by now, it is dropped. */
enum owner { OWNER_NOBODY, OWNER_MACHINE, OWNER_MANAGER, OWNER_EXECUTOR, OWNER_SWITCH };

static const enum owner owners[] = {
	[TURN_ORDER] = OWNER_MACHINE,    [TURN_ENGINE] = OWNER_MACHINE,   [TURN_DISPATCH] = OWNER_MANAGER,
	[TURN_QUORUM] = OWNER_MANAGER,   [TURN_TICK] = OWNER_MANAGER,     [TURN_XTICK] = OWNER_EXECUTOR,
	[TURN_STORED] = OWNER_MACHINE,   [TURN_LINK] = OWNER_MACHINE,     [TURN_EXIT] = OWNER_EXECUTOR,
	[TURN_REGROUP] = OWNER_NOBODY,   [TURN_BOOT] = OWNER_SWITCH,      [TURN_MANAGER] = OWNER_MACHINE,
	[TURN_EXECUTOR] = OWNER_MACHINE, [TURN_UPSET] = OWNER_NOBODY,     [TURN_UPSET_END] = OWNER_NOBODY,
	[TURN_WAKE] = OWNER_MACHINE,     [TURN_PROMISED] = OWNER_MANAGER, [TURN_CONNECT] = OWNER_MANAGER,
	[TURN_AMBUSH] = OWNER_NOBODY,    [TURN_PERSON] = OWNER_NOBODY,
};

static bool is_present(const struct machine *m, const struct turn *e)
{
	switch (owners[e->kind]) {
	case OWNER_MACHINE:
		return m->up && e->life == m->life;
	case OWNER_MANAGER:
		return m->controller != NULL && e->life == m->manager_life;
	case OWNER_EXECUTOR:
		return m->executor != NULL && e->life == m->executor_life;
	case OWNER_SWITCH:
		return !m->up && e->life == m->life;
	case OWNER_NOBODY:
		break;
	}
	return false;
}

static void xtick(struct machine *m, uint64_t due)
{
	if (m->xtick_at != due)
		return;
	m->xtick_at = 0;
	executor_tick(m->executor, (mono_time){m->fleet->now});
	executor_check(m->executor);
}

static void happen_to(struct machine *m, const struct turn *e)
{
	switch (e->kind) {
	case TURN_ORDER:
		m->fleet->carrier->order(m);
		break;
	case TURN_ENGINE:
		model_deliver(m, GPOINTER_TO_SIZE(e->data), e->number);
		break;
	case TURN_DISPATCH:
		manager_dispatch(m);
		break;
	case TURN_QUORUM:
		manager_hear_quorum(m);
		break;
	case TURN_TICK:
		manager_tick(m, e->number);
		break;
	case TURN_XTICK:
		xtick(m, e->number);
		break;
	case TURN_STORED:
		disk_done(m);
		break;
	case TURN_PROMISED:
		promise_done(m, e->number);
		break;
	case TURN_LINK:
		link_hear(m, e->data);
		break;
	case TURN_EXIT:
		agent_ended(m, e->number);
		break;
	case TURN_CONNECT:
		executor_connect(m);
		break;
	case TURN_BOOT:
		if (!m->is_unplugged)
			machine_on(m);
		break;
	case TURN_MANAGER:
		manager_start(m);
		break;
	case TURN_EXECUTOR:
		executor_start(m);
		break;
	case TURN_WAKE:
		machine_wake(m);
		break;
	case TURN_REGROUP:
	case TURN_UPSET:
	case TURN_UPSET_END:
	case TURN_AMBUSH:
	case TURN_PERSON:
		break;
	}
}

static void happen(struct fleet *f, const struct turn *e)
{
	if (e->kind == TURN_REGROUP) {
		if (e->number == f->rings)
			model_regroup(f);
	} else if (e->kind == TURN_UPSET) {
		upset_begin(f, &f->upsets[e->number]);
	} else if (e->kind == TURN_UPSET_END) {
		upset_end(f, &f->upsets[e->number]);
	} else if (e->kind == TURN_AMBUSH) {
		ambush_step(f);
	} else if (e->kind == TURN_PERSON) {
		person_look(&f->machines[e->number]);
	} else if (is_present(&f->machines[e->node], e)) {
		happen_to(&f->machines[e->node], e);
	}
	if (e->kind == TURN_LINK)
		link_word_free(e->data);
	for (uint32_t i = 0; i < f->count; i++)
		manager_settle(&f->machines[i]);
	rules_look(f);
}

static void step_carrier(struct fleet *f, uint64_t at)
{
	f->now = at > f->now ? at : f->now;
	f->verdict->events++;
	f->carrier->step(f);
}

static void run_until(struct fleet *f, uint64_t until)
{
	for (;;) {
		uint64_t next = f->heap_count > 0 ? f->heap[0].at : UINT64_MAX;
		uint64_t other = f->carrier->next != NULL ? f->carrier->next(f) : UINT64_MAX;
		if (next > until && other > until)
			break;
		if (other <= next) {
			step_carrier(f, other);
			continue;
		}
		struct turn e = heap_pop(f);
		struct machine *m = e.node < FLEET_MAX ? &f->machines[e.node] : NULL;
		f->now = e.at;
		if (m != NULL && m->frozen)
			machine_wake(m);
		if (m != NULL && m->frozen && e.kind != TURN_WAKE) { /* it waits, in order */
			e.at = m->frozen_until;
			heap_push(f, e);
			continue;
		}
		f->verdict->events++;
		happen(f, &e);
	}
	f->now = until;
}

static void begin(struct fleet *f, const struct fleet_options *o, const struct upset *upsets, uint32_t count)
{
	f->options = *o;
	f->upsets = upsets;
	f->upset_count = count;
	f->count = o->nodes;
	f->dice = dice_of(o->seed, 3);
	f->shape = dice_of(o->seed, 4);
	f->agents = dice_of(o->seed, 5);
	f->now = 1000 * FLEET_MS;
	f->marks = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	f->agreed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	f->carrier = o->engine ? &carrier_engine : &carrier_model;
	f->carrier->begin(f);
	f->asks = g_ptr_array_new_with_free_func(g_free);
	struct document *d = config_draw(f);
	for (uint32_t i = 0; i < f->count; i++) {
		struct machine *m = &f->machines[i];
		m->fleet = f;
		m->number = i;
		(void)snprintf(m->name, sizeof(m->name), "n%u", i + 1);
		m->runs = g_ptr_array_new_with_free_func(agent_run_free);
		m->disk = document_clone(d);
		fleet_plan(f, f->now + fleet_roll(f, 3000) * FLEET_MS, TURN_BOOT, i, 0, 0, NULL);
	}
	document_free(d);
	for (uint32_t i = 0; i < count; i++)
		fleet_plan(f, (1000 + upsets[i].at_ms) * FLEET_MS, TURN_UPSET, FLEET_MAX, 0, i, NULL);
}

/* Everything works again. */
static void calm_down(struct fleet *f)
{
	f->calm = true;
	fleet_trace(f, "calm");
	for (uint32_t k = 0; k < G_N_ELEMENTS(f->device_until); k++)
		f->device_until[k] = 0;
	for (uint32_t i = 0; i < f->service_count; i++) {
		memset(f->services[i].fails, 0, sizeof(f->services[i].fails));
		memset(f->services[i].hangs, 0, sizeof(f->services[i].hangs));
	}
	for (uint32_t i = 0; i < f->count; i++) {
		struct machine *m = &f->machines[i];
		m->side = 0;
		m->slow_ms = m->disk_ms = 0;
		m->disk_full = m->is_shut_down = false;
		if (m->frozen) {
			m->frozen_until = f->now;
			fleet_plan(f, f->now, TURN_WAKE, i, m->life, 0, NULL);
		}
	}
	f->carrier->changed(f);
}

/* Somebody starts what is not there. */
static void start_all(struct fleet *f)
{
	for (uint32_t i = 0; i < f->count; i++) {
		struct machine *m = &f->machines[i];
		uint64_t at = f->now + (1 + fleet_roll(f, START_AGAIN_MS)) * FLEET_MS;
		if (!m->up)
			fleet_plan(f, at, TURN_BOOT, i, m->life, 0, NULL);
		if (m->up && m->executor == NULL)
			fleet_plan(f, at, TURN_EXECUTOR, i, m->life, 0, NULL);
		if (m->up && m->controller == NULL)
			fleet_plan(f, at, TURN_MANAGER, i, m->life, 0, NULL);
	}
}

void fleet_live(const struct fleet_options *o, const struct upset *upsets, uint32_t count, bool trace,
		struct verdict *ret)
{
	struct fleet *f = g_new0(struct fleet, 1);
	char why[FLEET_TEXT] = "";
	present = f;
	f->verdict = ret;
	f->trace = trace;
	begin(f, o, upsets, count);
	if (o->quiet) {
		run_until(f, 58000 * FLEET_MS);
		f->is_quiet_now = true;
	}
	run_until(f, (1000 + (uint64_t)o->seconds * 1000) * FLEET_MS);
	calm_down(f);
	f->is_quiet_now = false;
	for (uint32_t s = 1; s <= o->calm_seconds; s++) {
		start_all(f);
		if (s % REPAIR_EVERY_S == 0 && s < o->calm_seconds / 2)
			client_repair(f);
		run_until(f, f->now + CONVERGE_EVERY_MS * FLEET_MS);
		if (s > REPAIR_EVERY_S && rules_converged(f, why, sizeof(why))) {
			rules_answers(f);
			finish(f);
		}
	}
	fleet_break(f, "M4", "%s, %u s after the last fault", why, o->calm_seconds);
}
