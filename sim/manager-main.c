/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim-manager - lives of whole clusters of managers; what they are, and the rules, is in manager.h. */
#include "sim/manager.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFE_CPU_S_MAX = 30 };

static const char help[] =
	"sim-manager - run clusters of managers in one process, under simulated time and faults\n"
	"\n"
	"\tsim-manager seed N [--trace]                one life; --trace tells everything\n"
	"\tsim-manager swarm [--seeds A..B] [--jobs J] [--limit S] [--go-on]\n"
	"\t                                            many lives; fails with the first broken rule\n"
	"\tsim-manager shrink N                        which faults does a failing seed need?\n"
	"\n"
	"\t--nodes K     so many nodes (the seed decides, 2 to 5)\n"
	"\t--seconds S   simulated seconds under faults (600)\n"
	"\t--limit S     begin no life after so many real seconds\n"
	"\t--go-on       do not stop at a seed that fails\n";

struct arguments {
	const char *verb;
	uint64_t first, last;
	uint32_t nodes, seconds, jobs, limit_s;
	bool trace, go_on;
};

static struct verdict *verdict;

static double seconds_now(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Each life is a process of its own: what it leaves behind does not matter, and what kills it is a verdict. */
static bool live(const struct fleet_options *o, const struct upset *list, uint32_t count, bool trace)
{
	int status = 0;
	memset(verdict, 0, sizeof(*verdict));
	(void)fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		const struct rlimit limit = {LIFE_CPU_S_MAX, LIFE_CPU_S_MAX};
		(void)setrlimit(RLIMIT_CPU, &limit);
		fleet_live(o, list, count, trace, verdict);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFSIGNALED(status)) {
		verdict->broken = true;
		(void)snprintf(verdict->rule, sizeof(verdict->rule), "A2");
		(void)snprintf(verdict->text, sizeof(verdict->text), "the life was ended by signal %d",
			       WTERMSIG(status));
	}
	return !verdict->broken && pid > 0;
}

static void print_lines(void)
{
	uint32_t n = verdict->line_count;
	for (uint32_t i = n < FLEET_TRACE_LINES ? 0 : n - FLEET_TRACE_LINES; i < n; i++)
		puts(verdict->lines[i % FLEET_TRACE_LINES]);
}

static bool run_seed(const struct arguments *a, uint64_t seed)
{
	static struct upset list[UPSETS_MAX];
	struct fleet_options o;
	fleet_draw(seed, a->nodes, a->seconds, &o);
	uint32_t count = fleet_upsets(&o, list);
	bool ok = live(&o, list, count, a->trace);
	uint64_t hash = verdict->hash;
	if (ok && seed % 16 == 0 && (!live(&o, list, count, false) || verdict->hash != hash)) {
		printf("seed %llu gives another life each time\n", (unsigned long long)seed);
		return false;
	}
	if (!ok)
		printf("seed %llu, %u nodes, breaks %s at %llu ms: %s\n", (unsigned long long)seed, o.nodes,
		       verdict->rule, (unsigned long long)verdict->at_ms, verdict->text);
	return ok;
}

static int one(const struct arguments *a)
{
	double began = seconds_now();
	bool ok = run_seed(a, a->first);
	printf("hash=%016llx events=%llu decisions=%llu ms=%llu, %.0f times real time\n",
	       (unsigned long long)verdict->hash, (unsigned long long)verdict->events,
	       (unsigned long long)verdict->decisions, (unsigned long long)verdict->at_ms,
	       (double)verdict->at_ms / 1000 / (seconds_now() - began));
	return ok ? 0 : 1;
}

/* Seeds first, first + step, … */
static int run_share(const struct arguments *a, uint64_t first, uint32_t step, double began)
{
	uint64_t lived = 0, failed = 0;
	double simulated = 0;
	for (uint64_t seed = first; seed <= a->last; seed += step) {
		if (a->limit_s > 0 && seconds_now() - began > a->limit_s)
			break;
		bool ok = run_seed(a, seed);
		lived++;
		simulated += (double)verdict->at_ms / 1000;
		failed += !ok;
		if (!ok && !a->go_on)
			return 1;
	}
	printf("%llu lives, %llu broke a rule; %.0f times real time\n", (unsigned long long)lived,
	       (unsigned long long)failed, simulated / (seconds_now() - began));
	return failed > 0;
}

static int swarm(const struct arguments *a)
{
	double began = seconds_now();
	int status = 0;
	if (a->jobs <= 1)
		return run_share(a, a->first, 1, began);
	for (uint32_t j = 0; j < a->jobs; j++) {
		pid_t pid = fork();
		if (pid == 0) {
			verdict =
				mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
			exit(verdict == MAP_FAILED ? 2 : run_share(a, a->first + j, a->jobs, began));
		}
	}
	for (int s; wait(&s) > 0;)
		status |= !WIFEXITED(s) || WEXITSTATUS(s) != 0;
	return status;
}

/* --- shrinking --- */

static bool fails(const struct fleet_options *o, const struct upset *list, uint32_t count, const char *rule)
{
	return !live(o, list, count, false) && strcmp(verdict->rule, rule) == 0;
}

static uint32_t reduce(const struct fleet_options *o, struct upset *list, uint32_t count, const char *rule)
{
	static struct upset less[UPSETS_MAX];
	for (uint32_t piece = (count + 1) / 2; piece > 0;) {
		bool smaller = false;
		for (uint32_t from = 0; from + piece <= count;) {
			memcpy(less, list, from * sizeof(*less));
			memcpy(less + from, list + from + piece, (count - from - piece) * sizeof(*less));
			if (!fails(o, less, count - piece, rule)) {
				from += piece;
				continue;
			}
			count -= piece;
			memcpy(list, less, count * sizeof(*list));
			smaller = true;
		}
		piece = smaller && piece <= count ? piece : piece / 2;
	}
	return count;
}

static int shrink(const struct arguments *a)
{
	static struct upset list[UPSETS_MAX];
	struct fleet_options o;
	char rule[4], text[FLEET_TEXT];
	fleet_draw(a->first, a->nodes, a->seconds, &o);
	uint32_t count = fleet_upsets(&o, list), all = count;
	if (live(&o, list, count, false)) {
		printf("seed %llu does not fail\n", (unsigned long long)a->first);
		return 0;
	}
	memcpy(rule, verdict->rule, sizeof(rule));
	count = reduce(&o, list, count, rule);
	(void)live(&o, list, count, false);
	print_lines();
	printf("%u of %u faults are needed:\n", count, all);
	for (uint32_t i = 0; i < count; i++) {
		upset_describe(&list[i], text, sizeof(text));
		printf("\t%s\n", text);
	}
	printf("%s: %s\n", verdict->rule, verdict->text);
	return 1;
}

/* --- arguments --- */

static uint32_t number(const char *name, const char *text, uint64_t max)
{
	char *end;
	errno = 0;
	unsigned long long v = text == NULL ? 0 : strtoull(text, &end, 10);
	if (text == NULL || *text < '0' || *text > '9' || *end != '\0' || errno != 0 || v > max) {
		fprintf(stderr, "sim-manager: %s %s: write a number up to %llu\n", name, text == NULL ? "" : text,
			(unsigned long long)max);
		exit(2);
	}
	return (uint32_t)v;
}

static void parse_seeds(struct arguments *a, char *text)
{
	char *dots = text == NULL ? NULL : strstr(text, "..");
	if (dots == NULL) {
		fprintf(stderr, "sim-manager: --seeds: write two numbers, like 1..1000\n");
		exit(2);
	}
	*dots = '\0';
	a->first = number("--seeds", text, UINT32_MAX);
	a->last = number("--seeds", dots + 2, UINT32_MAX);
}

static int parse_option(struct arguments *a, char *name, char *value)
{
	if (strcmp(name, "--trace") == 0) {
		a->trace = true;
		return 1;
	}
	if (strcmp(name, "--go-on") == 0) {
		a->go_on = true;
		return 1;
	}
	if (strcmp(name, "--seeds") == 0) {
		parse_seeds(a, value);
	} else if (strcmp(name, "--nodes") == 0) {
		a->nodes = number(name, value, FLEET_MAX);
	} else if (strcmp(name, "--seconds") == 0) {
		a->seconds = number(name, value, 36000);
	} else if (strcmp(name, "--limit") == 0) {
		a->limit_s = number(name, value, 86400);
	} else if (strcmp(name, "--jobs") == 0) {
		a->jobs = number(name, value, 64);
	} else {
		fprintf(stderr, "sim-manager: %s: unknown option; see sim-manager --help\n", name);
		exit(2);
	}
	return 2;
}

static struct arguments parse(int argc, char **argv)
{
	struct arguments a = {
		.verb = argc > 1 ? argv[1] : "--help", .first = 1, .last = 1000, .seconds = 600, .jobs = 1};
	int i = 2;
	if (strcmp(a.verb, "seed") == 0 || strcmp(a.verb, "shrink") == 0)
		a.first = number("the seed", argc > i ? argv[i] : NULL, UINT32_MAX), i++;
	while (i < argc)
		i += parse_option(&a, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
	if (a.nodes == 1) {
		fprintf(stderr, "sim-manager: --nodes: at least 2\n");
		exit(2);
	}
	return a;
}

int main(int argc, char **argv)
{
	struct arguments a = parse(argc, argv);
	verdict = mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (verdict == MAP_FAILED) {
		perror("sim-manager: mmap");
		return 2;
	}
	if (strcmp(a.verb, "seed") == 0)
		return one(&a);
	if (strcmp(a.verb, "swarm") == 0)
		return swarm(&a);
	if (strcmp(a.verb, "shrink") == 0)
		return shrink(&a);
	fputs(help, strcmp(a.verb, "--help") == 0 ? stdout : stderr);
	return strcmp(a.verb, "--help") == 0 ? 0 : 2;
}
