/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/shrink.h"

#include "sim/campaign.h"
#include "sim/fault.h"
#include "sim/life.h"

#include <stdio.h>
#include <string.h>

struct suspect {
	struct world *world;
	const struct options *options;
	char rule[3];
};

/* Same rule: another failure would lead astray. */
static bool fails(void *arg, const void *list, uint32_t count)
{
	const struct suspect *s = arg;

	return !life_run(s->world, s->options, list, count) && strncmp(s->world->violation, s->rule, 2) == 0;
}

int shrink_seed(struct world *w, const struct options *o)
{
	static struct fault list[SIM_FAULTS_MAX];
	uint32_t count = seed_faults(o, list), all = count;
	struct suspect suspect = {.world = w, .options = o};
	char text[160];

	if (life_run(w, o, list, count)) {
		printf("seed %llu does not fail\n", (unsigned long long)o->seed);
		return 0;
	}
	memcpy(suspect.rule, w->violation, 2);
	printf("%u faults: %s\n", all, w->violation);
	count = campaign_reduce(list, sizeof *list, count, fails, &suspect);
	w->trace = true;
	(void)life_run(w, o, list, count);
	for (uint32_t i = w->line_count < TRACE_LINES ? 0 : w->line_count - TRACE_LINES; i < w->line_count; i++)
		puts(w->lines[i % TRACE_LINES]);
	printf("%u of %u faults are needed:\n", count, all);
	for (uint32_t i = 0; i < count; i++) {
		fault_describe(o, &list[i], text, sizeof text);
		printf("\t%s\n", text);
	}
	printf("%s\n", w->violation);
	return 1;
}
