/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/campaign.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double campaign_clock_s(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- arguments --- */

uint32_t campaign_number(const struct campaign *c, const char *name, const char *text, uint64_t max)
{
	char *end;
	errno = 0;
	unsigned long long v = text == NULL ? 0 : strtoull(text, &end, 10);
	if (text == NULL || *text < '0' || *text > '9' || *end != '\0' || errno != 0 || v > max) {
		fprintf(stderr, "%s: %s %s: write a number up to %llu\n", c->program, name, text == NULL ? "" : text,
			(unsigned long long)max);
		exit(2);
	}
	return (uint32_t)v;
}

static void parse_seeds(struct campaign *c, char *text)
{
	char *dots = text == NULL ? NULL : strstr(text, "..");
	if (dots == NULL) {
		fprintf(stderr, "%s: --seeds: write two numbers, like 1..1000\n", c->program);
		exit(2);
	}
	*dots = '\0';
	c->first = campaign_number(c, "--seeds", text, UINT32_MAX);
	c->last = campaign_number(c, "--seeds", dots + 2, UINT32_MAX);
	if (c->first >= 1 && c->first <= c->last)
		return;
	fprintf(stderr, "%s: --seeds %s..%s: the first is 1 or more, and the last not below it\n", c->program, text,
		dots + 2);
	exit(2);
}

/* A seed at the beginning of each line; what it showed once may stand behind it. */
static void read_seeds(struct campaign *c, const char *path)
{
	char line[256];
	size_t count = 0;
	FILE *file = path == NULL ? NULL : fopen(path, "re");
	if (file == NULL) {
		fprintf(stderr, "%s: --from %s: %s\n", c->program, path == NULL ? "" : path,
			path == NULL ? "write the name of a file with seeds" : strerror(errno));
		exit(2);
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		unsigned long long seed = strtoull(line, NULL, 10);
		c->seeds = realloc(c->seeds, (count + 2) * sizeof(*c->seeds));
		if (c->seeds == NULL)
			abort();
		if (seed != 0)
			c->seeds[count++] = seed;
		c->seeds[count] = 0;
	}
	(void)fclose(file);
	if (count > 0)
		return;
	fprintf(stderr, "%s: --from %s: no line of it begins with a seed\n", c->program, path);
	exit(2);
}

static int parse_option(struct campaign *c, char *name, char *value)
{
	int own = c->option(c->arg, name, value);
	if (own > 0)
		return own;
	if (strcmp(name, "--trace") == 0) {
		c->trace = true;
		return 1;
	}
	if (strcmp(name, "--go-on") == 0) {
		c->go_on = true;
		return 1;
	}
	if (strcmp(name, "--seeds") == 0) {
		parse_seeds(c, value);
	} else if (strcmp(name, "--from") == 0) {
		read_seeds(c, value);
	} else if (strcmp(name, "--nodes") == 0) {
		c->nodes = campaign_number(c, name, value, c->nodes_max);
	} else if (strcmp(name, "--seconds") == 0) {
		c->seconds = campaign_number(c, name, value, 36000);
	} else if (strcmp(name, "--limit") == 0) {
		c->limit_s = campaign_number(c, name, value, 86400);
	} else if (strcmp(name, "--at-least") == 0) {
		c->at_least = campaign_number(c, name, value, UINT32_MAX);
	} else if (strcmp(name, "--jobs") == 0) {
		c->jobs = campaign_number(c, name, value, 256);
	} else {
		fprintf(stderr, "%s: %s: unknown option; see %s --help\n", c->program, name, c->program);
		exit(2);
	}
	return 2;
}

void campaign_parse(struct campaign *c, int argc, char **argv)
{
	int i = 2;
	c->verb = argc > 1 ? argv[1] : "--help";
	if (strcmp(c->verb, "seed") == 0 || strcmp(c->verb, "shrink") == 0)
		c->first = campaign_number(c, "the seed", argc > i ? argv[i] : NULL, UINT32_MAX), i++;
	while (i < argc)
		i += parse_option(c, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
	if (c->nodes == 1) {
		fprintf(stderr, "%s: --nodes: at least 2\n", c->program);
		exit(2);
	}
}

/* --- many lives --- */

/* Of all processes together. */
struct sum {
	atomic_ullong lived, failed, ms;
};

/* The seed at a place of the campaign; 0: there are no more. */
static uint64_t seed_at(const struct campaign *c, uint64_t at)
{
	for (uint64_t i = 0; c->seeds != NULL && i <= at; i++)
		if (c->seeds[i] == 0 || i == at)
			return c->seeds[i];
	return c->first + at <= c->last ? c->first + at : 0;
}

/* At places from, from + step, … */
static void run_share(const struct campaign *c, uint64_t from, uint32_t step, double began, struct sum *sum)
{
	uint64_t seed;
	for (uint64_t at = from; (seed = seed_at(c, at)) != 0; at += step) {
		uint64_t ms = 0;
		if (c->limit_s > 0 && campaign_clock_s() - began > c->limit_s && sum->lived >= c->at_least)
			return;
		if (!c->live(c->arg, seed, &ms))
			sum->failed++;
		sum->lived++;
		sum->ms += ms;
		if (sum->failed > 0 && !c->go_on)
			return;
	}
}

/* True when every process came to its end. */
static bool run_jobs(const struct campaign *c, double began, struct sum *sum)
{
	bool ok = true;
	(void)fflush(stdout);
	for (uint32_t j = 0; j < c->jobs; j++) {
		pid_t pid = fork();
		if (pid < 0) {
			fprintf(stderr, "%s: --jobs %u: fork: %s\n", c->program, c->jobs, strerror(errno));
			ok = false;
			break;
		}
		if (pid > 0)
			continue;
		if (c->begin != NULL)
			c->begin(c->arg);
		run_share(c, j, c->jobs, began, sum);
		exit(0);
	}
	for (int s; wait(&s) > 0;)
		ok = ok && WIFEXITED(s) && WEXITSTATUS(s) == 0;
	return ok;
}

int campaign_swarm(struct campaign *c)
{
	double began = campaign_clock_s();
	bool ok = true;
	struct sum *sum = mmap(NULL, sizeof(*sum), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sum == MAP_FAILED) {
		fprintf(stderr, "%s: mmap: %s\n", c->program, strerror(errno));
		return 2;
	}
	if (c->jobs <= 1)
		run_share(c, 0, 1, began, sum);
	else
		ok = run_jobs(c, began, sum);
	printf("%llu lives of %u s, %llu broke a rule; %.0f times real time\n", (unsigned long long)sum->lived,
	       c->seconds, (unsigned long long)sum->failed, (double)sum->ms / 1000 / (campaign_clock_s() - began));
	free(c->seeds);
	c->seeds = NULL;
	return ok && sum->lived > 0 && sum->failed == 0 ? 0 : 1;
}

/* --- fewer faults --- */

uint32_t campaign_reduce(void *list, size_t size, uint32_t count,
			 bool (*fails)(void *arg, const void *list, uint32_t count), void *arg)
{
	uint8_t *all = list, *less = malloc((count + 1) * size);
	if (less == NULL)
		abort();
	for (uint32_t piece = (count + 1) / 2; piece > 0;) {
		bool smaller = false;
		for (uint32_t from = 0; from + piece <= count;) {
			memcpy(less, all, from * size);
			memcpy(less + from * size, all + (from + piece) * size, (count - from - piece) * size);
			if (!fails(arg, less, count - piece)) {
				from += piece;
				continue;
			}
			count -= piece;
			memcpy(all, less, count * size);
			smaller = true;
		}
		piece = smaller && piece <= count ? piece : piece / 2;
	}
	free(less);
	return count;
}
