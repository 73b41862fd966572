/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale-manager.c - the program: options, log, lock, and the manager. */
#include "daemon/environment.h"
#include "daemon/manager.h"
#include "os/file.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

struct options {
	struct manager_options manager;
	const char *log, *lock;
	bool verbose;
};

enum {
	OPTION_STATE = 256,
	OPTION_RUN,
	OPTION_EXECUTOR,
	OPTION_API,
	OPTION_GROUP,
	OPTION_GUARD,
	OPTION_USER,
	OPTION_LOG,
	OPTION_LOCK
};

static void usage(FILE *to)
{
	(void)fputs("usage: hale-manager [options]\n"
		    "\n"
		    "Hale's manager: the configuration, decisions, and what follows from them on this node. It needs\n"
		    "an engine (hale-engine, or Corosync) and waits for one; agents are run by hale-executor.\n"
		    "\n"
		    "  --state-dir DIR   configuration and its history (/var/lib/hale)\n"
		    "  --run-dir DIR     what must survive a restart of this program only (/run/hale)\n"
		    "  --executor SOCKET where hale-executor listens (/run/hale/executor.sock)\n"
		    "  --api SOCKET      where we listen (/run/hale/api.sock)\n"
		    "  --group NAME      process group of the engine (hale)\n"
		    "  --guard SOCKET    haled feeds a watchdog as long as it hears of us there (none)\n"
		    "  --user NAME       whom it becomes when root starts it: HALE_MANAGER_USER in\n"
		    "                    /etc/hale/hale.conf (hacluster; root: it stays root)\n"
		    "  --log FILE        log file (/var/log/hale/manager.log); - is standard error\n"
		    "  --lock FILE       lock file with our pid (/run/hale/manager.pid)\n"
		    "  -V, --verbose     log what developers want to see\n"
		    "  -v, --version     print the version and end\n"
		    "  -h, --help        print this and end\n",
		    to);
}

/* An exit code to end with, or -1 to go on. */
static int options_parse(int argc, char **argv, struct options *ret)
{
	static const struct option known[] = {
		{"state-dir", required_argument, NULL, OPTION_STATE},
		{"run-dir", required_argument, NULL, OPTION_RUN},
		{"executor", required_argument, NULL, OPTION_EXECUTOR},
		{"api", required_argument, NULL, OPTION_API},
		{"group", required_argument, NULL, OPTION_GROUP},
		{"guard", required_argument, NULL, OPTION_GUARD},
		{"user", required_argument, NULL, OPTION_USER},
		{"log", required_argument, NULL, OPTION_LOG},
		{"lock", required_argument, NULL, OPTION_LOCK},
		{"verbose", no_argument, NULL, 'V'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	*ret = (struct options){
		.manager = {.state_dir = "/var/lib/hale",
			    .run_dir = "/run/hale",
			    .executor_socket = "/run/hale/executor.sock",
			    .api_socket = "/run/hale/api.sock",
			    .group = "hale",
			    .user = environment_manager_user()},
		.log = "/var/log/hale/manager.log",
		.lock = "/run/hale/manager.pid",
	};
	const char **values[] = {&ret->manager.state_dir,
				 &ret->manager.run_dir,
				 &ret->manager.executor_socket,
				 &ret->manager.api_socket,
				 &ret->manager.group,
				 &ret->manager.guard_socket,
				 &ret->manager.user,
				 &ret->log,
				 &ret->lock};
	for (int c; (c = getopt_long(argc, argv, "Vvh", known, NULL)) != -1;) {
		if (c >= OPTION_STATE) {
			*values[c - OPTION_STATE] = optarg;
		} else if (c == 'V') {
			ret->verbose = true;
		} else if (c == 'v') {
			(void)puts("Hale manager, version '" HALE_VERSION "'");
			return EXIT_SUCCESS;
		} else {
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
		}
	}
	ret->manager.log_file = strcmp(ret->log, "-") == 0 ? NULL : ret->log;
	ret->manager.lock_file = ret->lock;
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "hale-manager: \"%s\" is one word too many\n", argv[optind]);
	usage(stderr);
	return EXIT_FAILURE;
}

static enum err make_parent(const char *path, struct error *reterr)
{
	char dir[4096];
	(void)snprintf(dir, sizeof(dir), "%s", path);
	char *slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return ERR_OK;
	*slash = '\0';
	return file_make_dir(dir, 0755, reterr);
}

static enum err open_log(const struct options *o, struct log **ret, struct error *reterr)
{
	bool to_stderr = strcmp(o->log, "-") == 0;
	uint8_t level = o->verbose ? LEVEL_DEBUG : LEVEL_INFO;
	struct log_options options = {.ident = "hale-manager",
				      .logfile = to_stderr ? NULL : o->log,
				      .syslog_facility = LOG_DAEMON,
				      .timestamp = LOG_TIME_HIRES};
	enum err e = to_stderr ? ERR_OK : make_parent(o->log, reterr);
	if (e != ERR_OK)
		return e;
	for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++)
		options.levels[i] = (struct log_levels){.to_stderr = to_stderr ? level : 0,
							.to_file = to_stderr ? 0 : level,
							.to_syslog = to_stderr ? 0 : LEVEL_NOTICE};
	return log_open(&options, ret, reterr);
}

static int run(const struct options *o, struct error *reterr)
{
	struct log *log = NULL;
	struct manager *m = NULL;
	int lock, code = EXIT_FAILURE;
	enum err e = make_parent(o->lock, reterr);
	if (e == ERR_OK)
		e = file_lock(o->lock, &lock, reterr);
	if (e != ERR_OK)
		return -1;
	e = open_log(o, &log, reterr);
	if (e == ERR_OK)
		e = manager_open(&o->manager, log, &m, reterr);
	if (e == ERR_OK)
		code = manager_run(m);
	manager_close(m);
	log_close(log);
	file_unlock(o->lock, lock);
	return e == ERR_OK ? code : e == ERR_UNSUPPORTED ? MANAGER_EXIT_REFUSED : -1;
}

int main(int argc, char **argv)
{
	struct options o;
	struct error error;
	int code = options_parse(argc, argv, &o);
	if (code >= 0)
		return code;
	code = run(&o, &error);
	if (code >= 0)
		return code;
	(void)fprintf(stderr, "hale-manager: %s\n", error.text);
	return EXIT_FAILURE;
}
