/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/shrink.h"

#include "sim/fault.h"
#include "sim/life.h"

#include <stdio.h>
#include <string.h>

/* Same rule: another failure would lead astray. */
static bool fails(struct world *w, const struct options *o, const struct fault *list, uint32_t count, const char *rule)
{
	return !life_run(w, o, list, count) && strncmp(w->violation, rule, 2) == 0;
}

static void copy_without(const struct fault *list, uint32_t count, uint32_t from, uint32_t n, struct fault *ret)
{
	memcpy(ret, list, from * sizeof *ret);
	memcpy(ret + from, list + from + n, (count - from - n) * sizeof *ret);
}

static uint32_t reduce(struct world *w, const struct options *o, struct fault *list, uint32_t count, const char *rule)
{
	static struct fault less[SIM_FAULTS_MAX];
	uint32_t piece = count / 2;

	while (piece > 0) {
		bool smaller = false;

		for (uint32_t from = 0; from + piece <= count;) {
			copy_without(list, count, from, piece, less);
			if (fails(w, o, less, count - piece, rule)) {
				count -= piece;
				memcpy(list, less, count * sizeof *list);
				smaller = true;
			} else {
				from += piece;
			}
		}
		if (!smaller)
			piece /= 2;
		else if (piece > count / 2)
			piece = count / 2 > 0 ? count / 2 : 1;
		if (count == 0)
			break;
	}
	return count;
}

int shrink_seed(struct world *w, const struct options *o)
{
	static struct fault list[SIM_FAULTS_MAX];
	uint32_t count = seed_faults(o, list), all = count;
	char rule[3] = "", text[160];

	if (life_run(w, o, list, count)) {
		printf("seed %llu does not fail\n", (unsigned long long)o->seed);
		return 0;
	}
	memcpy(rule, w->violation, 2);
	printf("%u faults: %s\n", all, w->violation);
	count = reduce(w, o, list, count, rule);
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
