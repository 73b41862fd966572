/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim-manager - lives of whole clusters of managers; what they are, and the rules, is in manager.h. */
#include "sim/campaign.h"
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
	"\tsim-manager swarm [--seeds A..B | --from FILE] [--jobs J] [--go-on]\n"
	"\t                                            many lives; fails with the first broken rule\n"
	"\tsim-manager shrink N                        which faults does a failing seed need?\n"
	"\n"
	"\t--nodes K     so many nodes (the seed decides, 2 to 5)\n"
	"\t--seconds S   simulated seconds under faults (600)\n"
	"\t--engine      real engines carry the messages, not a model of them\n"
	"\t--limit S     begin no life after so many real seconds,\n"
	"\t--at-least N  once so many were lived\n"
	"\t--go-on       do not stop at a seed that fails\n";

static bool engine;
static struct verdict *verdict;

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
	if (!verdict->broken && (pid < 0 || status != 0)) {
		verdict->broken = true;
		(void)snprintf(verdict->rule, sizeof(verdict->rule), "A2");
		if (pid < 0)
			(void)snprintf(verdict->text, sizeof(verdict->text), "fork: %s", strerror(errno));
		else
			(void)snprintf(verdict->text, sizeof(verdict->text), "the life was ended by %s %d",
				       WIFSIGNALED(status) ? "signal" : "exit code",
				       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	return !verdict->broken;
}

static void print_lines(void)
{
	uint32_t n = verdict->line_count;
	for (uint32_t i = n < FLEET_TRACE_LINES ? 0 : n - FLEET_TRACE_LINES; i < n; i++)
		puts(verdict->lines[i % FLEET_TRACE_LINES]);
}

static bool run_seed(void *arg, uint64_t seed, uint64_t *ret_ms)
{
	const struct campaign *a = arg;
	static struct upset list[UPSETS_MAX];
	struct fleet_options o;
	fleet_draw(seed, a->nodes, a->seconds, &o);
	o.engine = engine;
	uint32_t count = fleet_upsets(&o, list);
	bool ok = live(&o, list, count, a->trace);
	uint64_t hash = verdict->hash;
	*ret_ms = verdict->at_ms;
	if (ok && seed % 16 == 0 && (!live(&o, list, count, false) || verdict->hash != hash)) {
		printf("seed %llu gives another life each time\n", (unsigned long long)seed);
		return false;
	}
	if (!ok)
		printf("seed %llu, %u nodes, breaks %s at %llu ms: %s\n", (unsigned long long)seed, o.nodes,
		       verdict->rule, (unsigned long long)verdict->at_ms, verdict->text);
	return ok;
}

static int one(const struct campaign *a)
{
	double began = campaign_clock_s();
	uint64_t ms;
	bool ok = run_seed(a->arg, a->first, &ms);
	printf("hash=%016llx events=%llu decisions=%llu ms=%llu, %.0f times real time\n",
	       (unsigned long long)verdict->hash, (unsigned long long)verdict->events,
	       (unsigned long long)verdict->decisions, (unsigned long long)verdict->at_ms,
	       (double)verdict->at_ms / 1000 / (campaign_clock_s() - began));
	return ok ? 0 : 1;
}

/* --- shrinking --- */

struct suspect {
	const struct fleet_options *options;
	char rule[4];
};

static bool fails(void *arg, const void *list, uint32_t count)
{
	const struct suspect *s = arg;
	return !live(s->options, list, count, false) && strcmp(verdict->rule, s->rule) == 0;
}

static int shrink(const struct campaign *a)
{
	static struct upset list[UPSETS_MAX];
	struct fleet_options o;
	struct suspect suspect = {.options = &o};
	char text[FLEET_TEXT];
	fleet_draw(a->first, a->nodes, a->seconds, &o);
	o.engine = engine;
	uint32_t count = fleet_upsets(&o, list), all = count;
	if (live(&o, list, count, false)) {
		printf("seed %llu does not fail\n", (unsigned long long)a->first);
		return 0;
	}
	memcpy(suspect.rule, verdict->rule, sizeof(suspect.rule));
	count = campaign_reduce(list, sizeof(*list), count, fails, &suspect);
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

static int own_option(void *arg, const char *name, const char *value)
{
	(void)arg;
	(void)value;
	if (strcmp(name, "--engine") != 0)
		return 0;
	engine = true;
	return 1;
}

/* Each process has one of its own. */
static void map_verdict(void *arg)
{
	(void)arg;
	verdict = mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (verdict != MAP_FAILED)
		return;
	perror("sim-manager: mmap");
	exit(2);
}

int main(int argc, char **argv)
{
	struct campaign a = {.program = "sim-manager",
			     .nodes_max = FLEET_MAX,
			     .option = own_option,
			     .live = run_seed,
			     .begin = map_verdict,
			     .first = 1,
			     .last = 1000,
			     .seconds = 600,
			     .jobs = 1};
	a.arg = &a;
	campaign_parse(&a, argc, argv);
	map_verdict(NULL);
	if (strcmp(a.verb, "seed") == 0)
		return one(&a);
	if (strcmp(a.verb, "swarm") == 0)
		return campaign_swarm(&a);
	if (strcmp(a.verb, "shrink") == 0)
		return shrink(&a);
	fputs(help, strcmp(a.verb, "--help") == 0 ? stdout : stderr);
	return strcmp(a.verb, "--help") == 0 ? 0 : 2;
}
