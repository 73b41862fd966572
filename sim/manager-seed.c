/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a seed decides about faults. */
#include "sim/manager.h"

#include <stdio.h>

static const struct {
	const char *name;
	uint32_t weight, for_ms;
} kinds[UPSET_KINDS] = {
	[UPSET_MACHINE] = {"machine off", 4, 60000},
	[UPSET_LEADER] = {"leader's machine off", 4, 60000},
	[UPSET_BLACKOUT] = {"all off", 1, 20000},
	[UPSET_MANAGER] = {"manager dies", 8, 3000},
	[UPSET_EXECUTOR] = {"executor dies", 6, 3000},
	[UPSET_FREEZE] = {"freeze", 4, 30000},
	[UPSET_SPLIT] = {"split", 4, 40000},
	[UPSET_SLOW] = {"slow messages", 4, 20000},
	[UPSET_DISK] = {"disk", 3, 40000},
	[UPSET_CLOCK] = {"clock jumps", 3, 0},
	[UPSET_BREAK] = {"service breaks", 6, 0},
	[UPSET_FAIL] = {"actions fail", 5, 30000},
	[UPSET_HANG] = {"actions hang", 3, 30000},
	[UPSET_DEVICE] = {"fence devices", 3, 40000},
	[UPSET_EDIT] = {"edit", 10, 0},
	[UPSET_RESOURCE] = {"edit of a resource", 6, 0},
	[UPSET_STANDBY] = {"standby", 3, 0},
	[UPSET_ATTRIBUTE] = {"attribute", 4, 0},
	[UPSET_CLEANUP] = {"cleanup", 4, 0},
	[UPSET_SHUTDOWN] = {"shutdown", 2, 60000},
	[UPSET_FENCE] = {"fence", 1, 0},
	[UPSET_RUSH] = {"edits and all off", 4, 0},
	[UPSET_AMBUSH] = {"all managers die over an order", 4, 60000},
	[UPSET_CONFIRM] = {"unplugged and confirmed", 6, 10000},
	[UPSET_LINK] = {"executor's connection cut", 6, 0},
};

void fleet_draw(uint64_t seed, uint32_t nodes, uint32_t seconds, struct fleet_options *ret)
{
	struct dice d = dice_of(seed, 1);
	*ret = (struct fleet_options){.seed = seed, .nodes = nodes, .seconds = seconds, .calm_seconds = 900};
	uint32_t drawn = dice_between(&d, 2, FLEET_MAX);
	ret->nodes = nodes != 0 ? nodes : drawn;
	for (uint32_t k = 0; k < UPSET_RUSH; k++)
		ret->classes |= (uint32_t)dice_chance(&d, 1, 2) << k;
	ret->gap_ms = 1000u << dice_below(&d, 5);
	ret->delay_us = 200u << dice_below(&d, 7);
	ret->dispatch_us = 50u << dice_below(&d, 9);
	ret->quorum_ms = 1u << dice_below(&d, 10);
	ret->agent_ms = 20u << dice_below(&d, 8);
	ret->disk_ms = 1u << dice_below(&d, 8);
	/* Of its own dice, so that lives without it are the same with and without this kind. */
	struct dice own = dice_of(seed, 7);
	ret->classes |= (uint32_t)dice_chance(&own, 1, 3) << UPSET_RUSH;
	struct dice later = dice_of(seed, 8);
	for (uint32_t k = UPSET_AMBUSH; k < UPSET_KINDS; k++)
		ret->classes |= (uint32_t)dice_chance(&later, 1, 3) << k;
	ret->quiet = seed % 8 == 7;
	if (ret->quiet)
		ret->classes = (ret->classes & 1u << UPSET_LINK) | 1u << UPSET_MANAGER | 1u << UPSET_EXECUTOR |
			       1u << UPSET_EDIT;
}

static enum upset_kind draw_kind(const struct fleet_options *o, struct dice *d)
{
	uint32_t all = 0, kind = 0;
	for (uint32_t k = 0; k < UPSET_KINDS; k++)
		all += (o->classes >> k & 1) != 0 ? kinds[k].weight : 0;
	uint32_t at = dice_below(d, all);
	for (; kind < UPSET_KINDS - 1; kind++) {
		uint32_t weight = (o->classes >> kind & 1) != 0 ? kinds[kind].weight : 0;
		if (at < weight)
			break;
		at -= weight;
	}
	return (enum upset_kind)kind;
}

uint32_t fleet_upsets(const struct fleet_options *o, struct upset *ret)
{
	struct dice d = dice_of(o->seed, 2);
	uint32_t count = 0, at_ms = o->quiet ? 60000 : 2000;
	while (count < UPSETS_MAX && o->classes != 0) {
		at_ms += dice_below(&d, 2 * o->gap_ms);
		if (at_ms >= o->seconds * 1000)
			break;
		struct upset u = {.kind = draw_kind(o, &d), .at_ms = at_ms};
		u.for_ms = kinds[u.kind].for_ms == 0 ? 0 : 100 + dice_below(&d, kinds[u.kind].for_ms);
		u.a = dice_below(&d, o->nodes);
		u.value = (uint32_t)dice_roll(&d) & 0xffff;
		ret[count++] = u;
	}
	return count;
}

void upset_describe(const struct upset *u, char *text, size_t size)
{
	(void)snprintf(text, size, "%u ms: %s, n%u, for %u ms, %u", u->at_ms, kinds[u->kind].name, u->a + 1, u->for_ms,
		       u->value);
}
