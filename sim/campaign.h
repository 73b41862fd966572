/* SPDX-License-Identifier: GPL-2.0-or-later */
/* campaign.h - what the simulators' programs have in common: their arguments, many lives by seed, and cutting down the
 * list of faults of a life that fails.
 *
 *	PROGRAM seed N | swarm [--seeds A..B | --from FILE] [--jobs J] [--limit S [--at-least N]] [--go-on] |
 *		shrink N | … [--nodes K] [--seconds S]
 */
#ifndef SIM_CAMPAIGN_H
#define SIM_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct campaign {
	const char *program; /* its name, for errors */
	uint32_t nodes_max;
	/* An option of the program's own, asked first: how many words it takes; 0: it is none. */
	int (*option)(void *arg, const char *name, const char *value);
	/* Lives, tells what went wrong, and says how many simulated ms it was; false: a rule was broken. */
	bool (*live)(void *arg, uint64_t seed, uint64_t *ret_ms);
	/* In each process of a swarm with several jobs, before its first life; NULL: nothing is to be done. */
	void (*begin)(void *arg);
	void *arg;

	/* Arguments; what is set before is the default. */
	const char *verb;
	uint64_t first, last;
	uint64_t *seeds; /* of --from, with a 0 behind the last; NULL: first to last */
	uint32_t nodes, seconds, jobs;
	uint32_t limit_s, at_least; /* no life begins later than this, once so many were lived; 0: no limit */
	bool trace, go_on;
};

/* Wrong arguments end the process, with a line that says what is wrong. */
void campaign_parse(struct campaign *c, int argc, char **argv);
/* A number up to max out of an argument, likewise. */
uint32_t campaign_number(const struct campaign *c, const char *name, const char *text, uint64_t max);
/* Many lives; gives back the seeds of --from. What main() returns. */
int campaign_swarm(struct campaign *c);
/* Leaves out what a failure does not need, in place; the list has items of so many bytes. Returns how many remain. */
uint32_t campaign_reduce(void *list, size_t size, uint32_t count,
			 bool (*fails)(void *arg, const void *list, uint32_t count), void *arg);
/* Of a clock that only goes on. */
double campaign_clock_s(void);

#endif
