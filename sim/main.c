/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim - whole clusters in one process, under simulated time and faults.
 *
 * What a seed means is told by seed.h, the rules by check.h and life.h.
 */
#include "sim/campaign.h"
#include "sim/life.h"
#include "sim/shrink.h"
#include "sim/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"sim - run clusters in one process, under simulated time and faults\n"
	"\n"
	"\tsim seed N [--trace]              one life; --trace tells everything\n"
	"\tsim swarm [--seeds A..B] [--jobs J] [--go-on]  many lives; fails with the first broken rule\n"
	"\tsim shrink N                      which faults does a failing seed need?\n"
	"\tsim start [--seeds A..B] [--limit MS] [--trace]  how long until all are in one ring?\n"
	"\tsim canary                        breaks a rule on purpose, which must be found\n"
	"\n"
	"\t--nodes K     so many nodes (the seed decides, 2 to 16)\n"
	"\t--seconds S   simulated seconds under faults (60)\n"
	"\t--level L     ring: the ring alone; engine: with all services (the seed decides)\n";

/* What is not common to all simulators. */
static struct {
	enum sim_level level;
	bool level_given;
	uint32_t limit_ms;
} own;

static struct world *world;

/* An assertion of a core ends the run and not the program. */
void __assert_fail(const char *expression, const char *file, unsigned line, const char *function)
{
	const char *name = strrchr(file, '/');

	world_violation(world, "A1", "%s:%u: %s: %s", name == NULL ? file : name + 1, line, function, expression);
}

static void print_lines(const struct world *w)
{
	for (uint32_t i = w->line_count < TRACE_LINES ? 0 : w->line_count - TRACE_LINES; i < w->line_count; i++)
		puts(w->lines[i % TRACE_LINES]);
}

/* Runs once more, telling. */
static void explain(const struct campaign *a, const struct options *o, const struct fault *list, uint32_t count)
{
	char violation[sizeof world->violation];

	memcpy(violation, world->violation, sizeof violation);
	seed_print(o);
	world->trace = true;
	if (life_run(world, o, list, count) || strcmp(violation, world->violation) != 0)
		printf("the second run was another one: the simulator is not deterministic\n");
	if (!a->trace)
		print_lines(world);
	world->trace = false;
	printf("seed %llu breaks %s\n", (unsigned long long)o->seed, violation);
	fflush(stdout);
}

/* Every fourth seed is a life of whole engines. */
static void draw(const struct campaign *a, uint64_t seed, struct options *ret)
{
	enum sim_level level = own.level_given ? own.level : seed % 4 == 0 ? SIM_ENGINE : SIM_RING;

	seed_options(seed, level, a->nodes, a->seconds, ret);
}

/* Some seeds are run twice: the same must happen again. */
static bool repeats(const struct options *o, const struct fault *list, uint32_t count)
{
	uint64_t hash = world->hash;

	if (o->seed % 16 != 0 || (life_run(world, o, list, count) && world->hash == hash))
		return true;
	printf("seed %llu gives another life each time: the simulator or a core is not deterministic\n",
	       (unsigned long long)o->seed);
	return false;
}

static bool run_seed(void *arg, uint64_t seed, uint64_t *ret_ms)
{
	const struct campaign *a = arg;
	static struct fault list[SIM_FAULTS_MAX];
	struct options o;
	uint32_t count;

	draw(a, seed, &o);
	count = seed_faults(&o, list);
	*ret_ms = 1000ull * o.seconds;
	if (life_run(world, &o, list, count))
		return repeats(&o, list, count);
	explain(a, &o, list, count);
	return false;
}

static int one(const struct campaign *a)
{
	static struct fault list[SIM_FAULTS_MAX];
	struct options o;
	uint32_t count;
	bool ok;

	draw(a, a->first, &o);
	seed_print(&o);
	count = seed_faults(&o, list);
	world->trace = world->trace_live = a->trace;
	ok = life_run(world, &o, list, count);
	printf("hash=%016llx events=%llu packets=%llu sent=%llu delivered=%llu installed=%llu faults=%u%s%s\n",
	       (unsigned long long)world->hash, (unsigned long long)world->events, (unsigned long long)world->packets,
	       (unsigned long long)world->sent, (unsigned long long)world->delivered,
	       (unsigned long long)world->installed, count, ok ? "" : "\nbreaks ", ok ? "" : world->violation);
	return ok ? 0 : 1;
}

static int own_option(void *arg, const char *name, const char *value)
{
	const struct campaign *a = arg;

	if (strcmp(name, "--limit") == 0) {
		own.limit_ms = campaign_number(a, name, value, START_MS_MAX);
	} else if (strcmp(name, "--level") == 0) {
		if (value == NULL || (strcmp(value, "ring") != 0 && strcmp(value, "engine") != 0)) {
			fprintf(stderr, "sim: --level %s: write ring or engine\n", value == NULL ? "" : value);
			exit(2);
		}
		own.level = value[0] == 'r' ? SIM_RING : SIM_ENGINE;
		own.level_given = true;
	} else {
		return 0;
	}
	return 2;
}

static int canary(const struct campaign *a)
{
	struct options o;

	seed_options(1, SIM_RING, a->nodes, a->seconds, &o);
	o.canary = true;
	if (life_run(world, &o, NULL, 0)) {
		printf("seed %llu breaks no rule: the simulator sees nothing\n", (unsigned long long)o.seed);
		return 1;
	}
	printf("seed %llu breaks %s\n", (unsigned long long)o.seed, world->violation);
	return 0;
}

int main(int argc, char **argv)
{
	struct campaign a = {.program = "sim",
			     .nodes_max = SIM_NODES_MAX,
			     .option = own_option,
			     .live = run_seed,
			     .first = 1,
			     .last = 1000,
			     .seconds = 60,
			     .jobs = 1};
	struct options o;

	a.arg = &a;
	campaign_parse(&a, argc, argv);
	world = world_new();
	draw(&a, a.first, &o);
	if (strcmp(a.verb, "seed") == 0)
		return one(&a);
	if (strcmp(a.verb, "swarm") == 0)
		return campaign_swarm(&a);
	if (strcmp(a.verb, "shrink") == 0)
		return shrink_seed(world, &o);
	if (strcmp(a.verb, "canary") == 0)
		return canary(&a);
	if (strcmp(a.verb, "start") == 0) {
		world->trace = world->trace_live = a.trace;
		return start_measure(world, own.level, a.nodes, a.first, a.last, own.limit_ms);
	}
	fputs(help, strcmp(a.verb, "--help") == 0 ? stdout : stderr);
	return strcmp(a.verb, "--help") == 0 ? 0 : 2;
}
