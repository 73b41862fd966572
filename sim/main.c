/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim - whole clusters in one process, under simulated time and faults.
 *
 * What a seed means is told by seed.h, the rules by check.h and life.h.
 */
#include "sim/life.h"
#include "sim/shrink.h"
#include "sim/start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char help[] = "sim - run clusters in one process, under simulated time and faults\n"
			   "\n"
			   "\tsim seed N [--trace]              one life; --trace tells everything\n"
			   "\tsim swarm [--seeds A..B] [--jobs J]  many lives; fails with the first broken rule\n"
			   "\tsim shrink N                      which faults does a failing seed need?\n"
			   "\tsim start [--seeds A..B] [--limit MS] [--trace]  how long until all are in one ring?\n"
			   "\tsim canary                        breaks a rule on purpose: must fail\n"
			   "\n"
			   "\t--nodes K     so many nodes (the seed decides, 2 to 16)\n"
			   "\t--seconds S   simulated seconds under faults (60)\n"
			   "\t--level L     ring: the ring alone; engine: with all services (the seed decides)\n";

struct arguments {
	const char *verb;
	uint64_t first, last;
	uint32_t nodes, seconds, jobs, limit_ms;
	enum sim_level level;
	bool level_given;
	bool trace;
};

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
static void explain(const struct arguments *a, const struct options *o, const struct fault *list, uint32_t count)
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
static void draw(const struct arguments *a, uint64_t seed, struct options *ret)
{
	enum sim_level level = a->level_given ? a->level : seed % 4 == 0 ? SIM_ENGINE : SIM_RING;

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

static bool run_seed(const struct arguments *a, uint64_t seed)
{
	static struct fault list[SIM_FAULTS_MAX];
	struct options o;
	uint32_t count;

	draw(a, seed, &o);
	count = seed_faults(&o, list);
	if (life_run(world, &o, list, count))
		return repeats(&o, list, count);
	explain(a, &o, list, count);
	return false;
}

static int one(const struct arguments *a)
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

/* Seeds first, first + step, … */
static int run_share(const struct arguments *a, uint64_t first, uint32_t step)
{
	for (uint64_t seed = first; seed <= a->last; seed += step)
		if (!run_seed(a, seed))
			return 1;
	return 0;
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int swarm(const struct arguments *a)
{
	double began = seconds_now(), spent;
	int status = 0;

	if (a->jobs <= 1) {
		status = run_share(a, a->first, 1);
	} else {
		for (uint32_t j = 0; j < a->jobs; j++) {
			pid_t pid = fork();

			if (pid == 0)
				exit(run_share(a, a->first + j, a->jobs));
		}
		for (int s; wait(&s) > 0;)
			if (!WIFEXITED(s) || WEXITSTATUS(s) != 0)
				status = 1;
	}
	spent = seconds_now() - began;
	if (status == 0)
		printf("%llu lives of %u s, no rule broken; %.0f times real time\n",
		       (unsigned long long)(a->last - a->first + 1), a->seconds,
		       (double)(a->last - a->first + 1) * a->seconds / spent);
	return status;
}

static uint32_t number(const char *name, const char *text, uint64_t max)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = text == NULL ? 0 : strtoull(text, &end, 10);
	if (text == NULL || *text < '0' || *text > '9' || *end != '\0' || errno != 0 || v > max) {
		fprintf(stderr, "sim: %s %s: write a number up to %llu\n", name, text == NULL ? "" : text,
			(unsigned long long)max);
		exit(2);
	}
	return (uint32_t)v;
}

static void parse_seeds(struct arguments *a, char *text)
{
	char *dots = text == NULL ? NULL : strstr(text, "..");

	if (dots == NULL) {
		fprintf(stderr, "sim: --seeds: write two numbers, like 1..1000\n");
		exit(2);
	}
	*dots = '\0';
	a->first = number("--seeds", text, UINT32_MAX);
	a->last = number("--seeds", dots + 2, UINT32_MAX);
}

static void parse_option(struct arguments *a, char *name, char *value)
{
	if (strcmp(name, "--seeds") == 0) {
		parse_seeds(a, value);
	} else if (strcmp(name, "--nodes") == 0) {
		a->nodes = number(name, value, SIM_NODES_MAX);
	} else if (strcmp(name, "--seconds") == 0) {
		a->seconds = number(name, value, 36000);
	} else if (strcmp(name, "--limit") == 0) {
		a->limit_ms = number(name, value, START_MS_MAX);
	} else if (strcmp(name, "--jobs") == 0) {
		a->jobs = number(name, value, 256);
	} else if (strcmp(name, "--level") == 0 && value != NULL &&
		   (strcmp(value, "ring") == 0 || strcmp(value, "engine") == 0)) {
		a->level = value[0] == 'r' ? SIM_RING : SIM_ENGINE;
		a->level_given = true;
	} else {
		fprintf(stderr, "sim: %s: unknown option; see sim --help\n", name);
		exit(2);
	}
}

static struct arguments parse(int argc, char **argv)
{
	struct arguments a = {
		.verb = argc > 1 ? argv[1] : "--help", .first = 1, .last = 1000, .seconds = 60, .jobs = 1};
	int i = 2;

	if (strcmp(a.verb, "seed") == 0 || strcmp(a.verb, "shrink") == 0)
		a.first = number("the seed", argc > i ? argv[i] : NULL, UINT32_MAX), i++;
	while (i < argc) {
		if (strcmp(argv[i], "--trace") == 0) {
			a.trace = true;
			i++;
			continue;
		}
		parse_option(&a, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
		i += 2;
	}
	if (a.nodes == 1) {
		fprintf(stderr, "sim: --nodes: at least 2\n");
		exit(2);
	}
	return a;
}

static int canary(const struct arguments *a)
{
	struct options o;

	seed_options(1, SIM_RING, a->nodes, a->seconds, &o);
	o.canary = true;
	if (life_run(world, &o, NULL, 0))
		return 0;
	printf("seed %llu breaks %s\n", (unsigned long long)o.seed, world->violation);
	return 1;
}

int main(int argc, char **argv)
{
	struct arguments a = parse(argc, argv);
	struct options o;

	world = world_new();
	draw(&a, a.first, &o);
	if (strcmp(a.verb, "seed") == 0)
		return one(&a);
	if (strcmp(a.verb, "swarm") == 0)
		return swarm(&a);
	if (strcmp(a.verb, "shrink") == 0)
		return shrink_seed(world, &o);
	if (strcmp(a.verb, "canary") == 0)
		return canary(&a);
	if (strcmp(a.verb, "start") == 0) {
		world->trace = world->trace_live = a.trace;
		return start_measure(world, a.level, a.nodes, a.first, a.last, a.limit_ms);
	}
	fputs(help, strcmp(a.verb, "--help") == 0 ? stdout : stderr);
	return strcmp(a.verb, "--help") == 0 ? 0 : 2;
}
