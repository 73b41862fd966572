/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Somebody who pulls a machine's plug, vouches for that (as `stonith_admin --confirm` does), asks again, wherever a
 * manager is, when the one that was asked is gone, and puts the plug in again only when that was answered as done. One
 * machine at a time.
 */
#include "sim/manager.h"

enum { LOOK_MS = 500, BACK_MS = 3000 };

static void look_again(struct machine *m, uint64_t in_ms)
{
	fleet_plan(m->fleet, m->fleet->now + in_ms * FLEET_MS, TURN_PERSON, FLEET_MAX, 0, m->number, NULL);
}

void person_begin(struct machine *m, const struct upset *u)
{
	for (uint32_t i = 0; i < m->fleet->count; i++)
		if (m->fleet->machines[i].is_unplugged)
			return;
	m->is_unplugged = true;
	m->vouched = 0;
	machine_off(m, 0);
	look_again(m, u->for_ms);
}

static void plug_in(struct machine *m)
{
	struct fleet *f = m->fleet;
	m->is_unplugged = false;
	fleet_trace(f, "%s is plugged in again", m->name);
	fleet_plan(f, f->now + fleet_roll(f, BACK_MS) * FLEET_MS, TURN_BOOT, m->number, m->life, 0, NULL);
}

static bool is_still_asked(const struct fleet *f, const struct ask *a)
{
	const struct machine *asked = &f->machines[a->node];
	return a->answers == 0 && asked->controller != NULL && asked->manager_life == a->manager_life;
}

void person_look(struct machine *m)
{
	struct fleet *f = m->fleet;
	const struct ask *a = m->vouched > 0 ? g_ptr_array_index(f->asks, m->vouched - 1) : NULL;
	uint32_t first = fleet_roll(f, f->count);
	if (a != NULL && a->is_done) {
		plug_in(m);
		return;
	}
	m->off_by_person = f->now;
	for (uint32_t i = 0; i < f->count && (a == NULL || !is_still_asked(f, a)); i++) {
		struct machine *other = &f->machines[(first + i) % f->count];
		guint asked = client_confirm(other, m->name);
		if (asked == 0)
			continue;
		fleet_trace(f, "%s is asked to believe that %s is off", other->name, m->name);
		m->vouched = asked;
		break;
	}
	look_again(m, LOOK_MS);
}
