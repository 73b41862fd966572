/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All managers die within milliseconds of an order to start or promote something, when it is on its way to an executor,
 * which lives on three times of four. Just before, somebody wanted that resource elsewhere: so that those who know
 * nothing of the order decide otherwise.
 */
#include "sim/manager.h"

#include <string.h>

enum { WISH_US = 1000, DEATH_US = 25000, BACK_MS = 2000 };
enum { AMBUSH_OFF, AMBUSH_LAID, AMBUSH_SPRUNG, AMBUSH_WISHED };

void ambush_begin(struct fleet *f, const struct upset *u)
{
	if (f->ambush.step > AMBUSH_LAID)
		return;
	f->ambush.step = AMBUSH_LAID;
	f->ambush.until = f->now + u->for_ms * FLEET_MS;
	f->ambush.value = u->value;
}

/* What an edit would name. */
static const char *configured(const char *rsc)
{
	static const char *const alone[] = {"r0", "r1", "r2", "r3", "r4"};
	for (size_t i = 0; i < G_N_ELEMENTS(alone); i++)
		if (strcmp(rsc, alone[i]) == 0)
			return alone[i];
	return rsc[0] == 'g' ? "g" : rsc[0] == 'c' ? "cc" : "pp";
}

void ambush_look(struct machine *m, const struct operation *op)
{
	struct fleet *f = m->fleet;
	bool promotes = strcmp(op->action, "promote") == 0;
	if (f->ambush.step != AMBUSH_LAID || f->now > f->ambush.until || f->calm || strcmp(op->class_, "stonith") == 0)
		return;
	if (!promotes && (strcmp(op->action, "start") != 0 || f->ambush.value % 2 == 0))
		return;
	f->ambush.step = AMBUSH_SPRUNG;
	f->ambush.node = m->number;
	f->ambush.rsc = configured(op->rsc);
	fleet_plan(f, f->now + fleet_delay(f, WISH_US), TURN_AMBUSH, FLEET_MAX, 0, 0, NULL);
}

static void wish(struct fleet *f)
{
	const char *score = f->ambush.value / 2 % 2 == 0 ? "-INFINITY" : "-5";
	for (uint32_t i = 0; i < f->count; i++) {
		struct machine *m = &f->machines[(f->ambush.value / 4 + i) % f->count];
		if (m->controller == NULL || controller_view(m->controller)->state != VIEW_AGREED)
			continue;
		client_move(m, f->ambush.rsc, f->ambush.node, score);
		return;
	}
}

void ambush_step(struct fleet *f)
{
	if (f->ambush.step == AMBUSH_SPRUNG) {
		wish(f);
		f->ambush.step = AMBUSH_WISHED;
		fleet_plan(f, f->now + fleet_delay(f, DEATH_US), TURN_AMBUSH, FLEET_MAX, 0, 0, NULL);
		return;
	}
	fleet_trace(f, "all managers die");
	f->ambush.step = AMBUSH_OFF;
	if (f->ambush.value / 16 % 4 == 0 && !f->machines[f->ambush.node].frozen)
		client_restart(&f->machines[f->ambush.node], 100 + fleet_roll(f, BACK_MS), TURN_EXECUTOR);
	for (uint32_t i = 0; i < f->count; i++)
		if (f->machines[i].controller != NULL && !f->machines[i].frozen)
			client_restart(&f->machines[i], 100 + fleet_roll(f, BACK_MS), TURN_MANAGER);
}
