/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale-engine.c - the program: options, configuration, a place on the machine, and the node. */
#include "daemon/log-settings.h"
#include "daemon/node.h"
#include "os/file.h"
#include "os/process.h"
#include "os/realtime.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As Corosync's, so that scripts that look at them go on working (engine-wire.md §10). */
enum {
	EXIT_USAGE = 1,
	EXIT_FORK = 4,
	EXIT_CONFIG = 8,
	EXIT_LOG = 9,
	EXIT_START = 15,
	EXIT_STATE_DIR = 16,
	EXIT_LOCK = 17,
	EXIT_RUNNING = 18,
};

static const char default_config[] = "/etc/corosync/corosync.conf";
static const char default_lock[] = "/run/corosync.pid";

struct options {
	const char *config, *lock;
	bool foreground, test;
};

static void usage(FILE *to)
{
	(void)fprintf(to,
		      "usage: hale-engine [options]\n"
		      "\n"
		      "Hale's cluster engine: membership, ordered messages and quorum. It reads the same\n"
		      "configuration as Corosync, speaks with Corosync nodes and serves Corosync's clients.\n"
		      "\n"
		      "  -c FILE  configuration (%s)\n"
		      "  -f       stay in the foreground\n"
		      "  -l FILE  lock file with our pid (%s)\n"
		      "  -t       check the configuration, say what is wrong with it, and end\n"
		      "  -v       print the version and end\n"
		      "  -h       print this and end\n",
		      default_config, default_lock);
}

/* Returns an exit code to end with, or -1 to go on. */
static int options_parse(int argc, char **argv, struct options *ret)
{
	int c;

	*ret = (struct options){.config = default_config, .lock = default_lock};
	while ((c = getopt(argc, argv, "c:fl:tvh")) != -1) {
		switch (c) {
		case 'c':
			ret->config = optarg;
			break;
		case 'f':
			ret->foreground = true;
			break;
		case 'l':
			ret->lock = optarg;
			break;
		case 't':
			ret->test = true;
			break;
		case 'v':
			(void)puts("Hale cluster engine, version '" HALE_VERSION "'");
			return EXIT_SUCCESS;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "hale-engine: \"%s\" is one word too many\n", argv[optind]);
	usage(stderr);
	return EXIT_USAGE;
}

/* Prints what is worth knowing; true when the configuration can be used. */
static bool print_problems(const struct settings *s)
{
	for (uint32_t i = 0; i < s->problems.count; i++) {
		char line[CONF_PROBLEM_TEXT + 300];
		struct text t = text_of(line, sizeof line);

		conf_problem_text(&s->problems.list[i], &t);
		(void)fprintf(stderr, "%s\n", line);
	}
	if (s->problems.dropped > 0)
		(void)fprintf(stderr, "and %u more\n", s->problems.dropped);
	return s->problems.errors == 0;
}

static struct settings *load(const struct options *o)
{
	struct error why;
	struct settings *s = settings_load(o->config, &why);

	if (s == NULL) {
		(void)fprintf(stderr, "hale-engine: %s\n", why.text);
		return NULL;
	}
	if (print_problems(s))
		return s;
	(void)fprintf(stderr, "hale-engine: the configuration cannot be used\n");
	settings_free(s);
	return NULL;
}

/* None of this is worth not starting for. */
static void take_place(const struct map *map, struct log *log)
{
	const char *rr = map_get_string(map, "system.sched_rr");
	const char *priority = map_get_string(map, "system.priority");
	const char *cgroup = map_get_string(map, "system.move_to_root_cgroup");
	struct error why;
	bool nice = false;

	if ((cgroup == NULL || strcmp(cgroup, "no") != 0) && realtime_move_to_root_cgroup(&why) != ERR_OK)
		log_write(log, SUBSYSTEM_MAIN, LEVEL_INFO, "%s", why.text);
	if (rr != NULL && strcmp(rr, "no") == 0) {
		if (realtime_nice(priority == NULL ? 0 : atoi(priority), &why) != ERR_OK)
			log_message(log, MSG_REALTIME_REFUSED, "%s", why.text);
	} else if (realtime_schedule(priority == NULL ? "max" : priority, &nice, &why) != ERR_OK) {
		log_message(log, MSG_REALTIME_REFUSED, "%s", why.text);
	}
	if (realtime_lock_memory(&why) != ERR_OK)
		log_message(log, MSG_REALTIME_REFUSED, "%s", why.text);
	if (realtime_spare_from_oom(&why) != ERR_OK)
		log_write(log, SUBSYSTEM_MAIN, LEVEL_INFO, "%s", why.text);
}

static int run(struct settings *s, struct log *log, bool background)
{
	char line[256];
	struct text words = text_of(line, sizeof line);
	struct error why;
	struct node *n;
	int code;

	text_add(&words, "Hale cluster engine %s: node %u of %s", HALE_VERSION, settings_self(s)->id.v,
		 s->totem.cluster_name[0] != '\0' ? s->totem.cluster_name : "a cluster");
	log_message(log, MSG_ENGINE_STARTS, "%s", line);
	n = node_open(s, log, background, &why);
	if (n == NULL) {
		log_message(log, MSG_ENGINE_DIES, "%s", why.text);
		(void)fprintf(stderr, "hale-engine: %s\n", why.text);
		return EXIT_START;
	}
	if (background)
		process_let_go();
	code = node_run(n);
	node_close(n);
	return code;
}

static int start(struct settings *s, const struct options *o)
{
	struct log_options log_options;
	struct error why;
	struct log *log;
	enum err e;
	int lock, code;

	e = file_make_dir(s->state_dir, 0700, &why);
	if (e != ERR_OK) {
		(void)fprintf(stderr, "hale-engine: %s\n", why.text);
		settings_free(s);
		return EXIT_STATE_DIR;
	}
	e = file_lock(o->lock, &lock, &why);
	if (e != ERR_OK) {
		(void)fprintf(stderr, "hale-engine: %s\n", why.text);
		settings_free(s);
		return e == ERR_EXISTS ? EXIT_RUNNING : EXIT_LOCK;
	}
	log_settings_read(&s->map, &log_options);
	if (!o->foreground)
		for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++)
			log_options.levels[i].to_stderr = 0;
	if (log_open(&log_options, &log, &why) != ERR_OK) {
		(void)fprintf(stderr, "hale-engine: %s\n", why.text);
		settings_free(s);
		file_unlock(o->lock, lock);
		return EXIT_LOG;
	}
	take_place(&s->map, log);
	code = run(s, log, !o->foreground);
	log_close(log);
	file_unlock(o->lock, lock);
	return code;
}

int main(int argc, char **argv)
{
	struct options o;
	struct settings *s;
	struct error why;
	int code = options_parse(argc, argv, &o);

	if (code >= 0)
		return code;
	s = load(&o);
	if (s == NULL)
		return EXIT_CONFIG;
	if (o.test) {
		(void)printf("%s: the configuration can be used; this is node %u\n", o.config, settings_self(s)->id.v);
		settings_free(s);
		return EXIT_SUCCESS;
	}
	if (!o.foreground && process_daemonize(&why) != ERR_OK) {
		(void)fprintf(stderr, "hale-engine: %s\n", why.text);
		settings_free(s);
		return EXIT_FORK;
	}
	return start(s, &o);
}
