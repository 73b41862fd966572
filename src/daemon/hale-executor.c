/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale-executor.c - the program: options, lock, log, signals; what runs agents is executor-host.h. */
#include "daemon/executor-host.h"
#include "daemon/executor-server.h"
#include "os/file.h"
#include "os/notify.h"
#include "os/process.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

enum { EXIT_USAGE = 1, EXIT_START = 15, EXIT_RUNNING = 18 };

struct options {
	const char *socket, *state, *pid_file, *log_file;
	struct agent_places places;
	bool background, verbose;
};

struct program {
	struct loop *loop;
	struct log *log;
	struct executor_host *host;
	struct executor_server *server;
	bool ends;
};

static void usage(FILE *to)
{
	(void)fprintf(to, "usage: hale-executor [options]\n"
			  "\n"
			  "Runs resource agents, fence agents and alerts of this node for hale-manager.\n"
			  "\n"
			  "  --socket PATH    where it listens (/run/hale/executor.sock)\n"
			  "  --state DIR      what it keeps: metadata of agents (/var/lib/hale)\n"
			  "  --pid-file PATH  lock file with our pid (beside the socket: executor.pid)\n"
			  "  --log PATH       a log file, besides syslog\n"
			  "  --ocf-root DIR   OCF agents are in DIR/resource.d/PROVIDER (/usr/lib/ocf)\n"
			  "  --lsb DIR        init scripts (/etc/init.d)\n"
			  "  --fence PATH     folders of fence agents, with \":\" between (/usr/sbin:/sbin:...)\n"
			  "  --secrets DIR    secret parameters (/var/lib/pacemaker/lrm/secrets)\n"
			  "  -f, --foreground stay in the foreground (it does unless told otherwise)\n"
			  "  --background     leave the terminal; errors go to the log alone\n"
			  "  --verbose        say more\n"
			  "  -v, --version    print the version and end\n"
			  "  -h, --help       print this and end\n");
}

enum {
	OPTION_SOCKET = 256,
	OPTION_STATE,
	OPTION_PID_FILE,
	OPTION_LOG,
	OPTION_OCF_ROOT,
	OPTION_LSB,
	OPTION_FENCE,
	OPTION_SECRETS,
	OPTION_BACKGROUND,
	OPTION_VERBOSE,
};

/* False: not one that takes a text. */
static bool option_text(struct options *o, int option)
{
	const char **const texts[] = {
		&o->socket,          &o->state,          &o->pid_file,          &o->log_file,
		&o->places.ocf_root, &o->places.lsb_dir, &o->places.fence_path, &o->places.secrets,
	};

	if (option < OPTION_SOCKET || option > OPTION_SECRETS)
		return false;
	*texts[option - OPTION_SOCKET] = optarg;
	return true;
}

/* Returns an exit code to end with, or -1 to go on. */
static int options_parse(int argc, char **argv, struct options *ret)
{
	static const struct option all[] = {
		{"socket", required_argument, NULL, OPTION_SOCKET},
		{"state", required_argument, NULL, OPTION_STATE},
		{"pid-file", required_argument, NULL, OPTION_PID_FILE},
		{"log", required_argument, NULL, OPTION_LOG},
		{"ocf-root", required_argument, NULL, OPTION_OCF_ROOT},
		{"lsb", required_argument, NULL, OPTION_LSB},
		{"fence", required_argument, NULL, OPTION_FENCE},
		{"secrets", required_argument, NULL, OPTION_SECRETS},
		{"background", no_argument, NULL, OPTION_BACKGROUND},
		{"verbose", no_argument, NULL, OPTION_VERBOSE},
		{"foreground", no_argument, NULL, 'f'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*ret = (struct options){
		.socket = "/run/hale/executor.sock", .state = "/var/lib/hale", .places = agent_places_usual()};
	while ((c = getopt_long(argc, argv, "fvh", all, NULL)) != -1) {
		if (option_text(ret, c))
			continue;
		switch (c) {
		case 'f':
			ret->background = false;
			break;
		case OPTION_BACKGROUND:
			ret->background = true;
			break;
		case OPTION_VERBOSE:
			ret->verbose = true;
			break;
		case 'v':
			(void)puts("Hale executor, version '" HALE_VERSION "'");
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
	(void)fprintf(stderr, "hale-executor: \"%s\" is one word too many\n", argv[optind]);
	return EXIT_USAGE;
}

static void on_report(void *arg, const struct operation_report *report)
{
	struct program *p = arg;

	executor_server_report(p->server, report);
}

static void on_idle(void *arg)
{
	struct program *p = arg;

	loop_stop(p->loop);
}

/* Asked once we wait for what runs; asked twice we do not. */
static void on_signal(void *arg, int signal, uint32_t sender_pid)
{
	struct program *p = arg;
	char text[128];

	struct error why;

	if (signal == SIGHUP) {
		if (log_reopen(p->log, &why) != ERR_OK)
			log_message(p->log, MSG_LOG_NOT_OPENED, "%s", why.text);
		return;
	}
	(void)snprintf(text, sizeof text, "process %u asks the executor to end", sender_pid);
	log_message(p->log, MSG_EXECUTOR_ENDS, "%s", text);
	if (p->ends) {
		loop_stop(p->loop);
		return;
	}
	p->ends = true;
	notify_stopping();
	executor_host_drain(p->host);
}

static enum err parts_open(struct program *p, const struct options *o, struct error *reterr)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	char metadata[PATH_MAX];
	const struct executor_host_options options = {
		.places = o->places, .state_dir = metadata, .report = on_report, .idle = on_idle, .arg = p};

	(void)snprintf(metadata, sizeof metadata, "%s/metadata", o->state);
	enum err e = file_make_dir(metadata, 0755, reterr);
	if (e == ERR_OK)
		e = loop_signals(p->loop, signals, sizeof signals / sizeof signals[0], on_signal, p, reterr);
	if (e == ERR_OK)
		e = executor_host_open(p->loop, p->log, &options, &p->host, reterr);
	if (e == ERR_OK)
		e = executor_server_open(p->loop, p->log, o->socket, executor_host_core(p->host), &p->server, reterr);
	return e;
}

static int run(const struct options *o, struct log *log)
{
	struct program p = {.log = log};
	struct error why;
	char text[PATH_MAX + 64];
	enum err e = loop_open(&p.loop, &why);

	if (e == ERR_OK)
		e = parts_open(&p, o, &why);
	if (e == ERR_OK) {
		(void)snprintf(text, sizeof text, "Hale executor %s listens at %s", HALE_VERSION, o->socket);
		log_message(log, MSG_EXECUTOR_STARTS, "%s", text);
		notify_ready();
		e = loop_run(p.loop, &why);
	}
	if (e != ERR_OK) {
		log_message(log, MSG_EXECUTOR_DIES, "%s", why.text);
		(void)fprintf(stderr, "hale-executor: %s\n", why.text);
	}
	executor_server_close(p.server);
	executor_host_close(p.host);
	loop_close(p.loop);
	return e == ERR_OK ? EXIT_SUCCESS : EXIT_START;
}

static enum err log_start(const struct options *o, struct log **ret, struct error *reterr)
{
	uint8_t level = o->verbose ? LEVEL_DEBUG : LEVEL_INFO;
	struct log_options options = {.ident = "hale-executor",
				      .logfile = o->log_file,
				      .syslog_facility = LOG_DAEMON,
				      .timestamp = LOG_TIME_HIRES};

	for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++)
		options.levels[i] = (struct log_levels){.to_stderr = o->background ? 0 : level,
							.to_file = o->log_file == NULL ? 0 : level,
							.to_syslog = LEVEL_NOTICE};
	return log_open(&options, ret, reterr);
}

/* The folder of the socket, and in it the lock unless it has another place. */
static enum err run_dir_make(const struct options *o, char *lock, size_t size, struct error *reterr)
{
	char dir[PATH_MAX - 16];
	const char *slash = strrchr(o->socket, '/');

	(void)snprintf(dir, sizeof dir, "%.*s", slash == NULL ? 1 : (int)(slash - o->socket),
		       slash == NULL ? "." : o->socket);
	if (o->pid_file != NULL)
		(void)snprintf(lock, size, "%s", o->pid_file);
	else
		(void)snprintf(lock, size, "%s/executor.pid", dir);
	return file_make_dir(dir, 0755, reterr);
}

int main(int argc, char **argv)
{
	char lock_path[PATH_MAX];
	struct options o;
	struct error why;
	struct log *log;
	int lock, code = options_parse(argc, argv, &o);

	if (code >= 0)
		return code;
	enum err e = run_dir_make(&o, lock_path, sizeof lock_path, &why);
	if (e == ERR_OK && o.background)
		e = process_daemonize(&why);
	if (e == ERR_OK)
		e = file_lock(lock_path, &lock, &why);
	if (e != ERR_OK) {
		(void)fprintf(stderr, "hale-executor: %s\n", why.text);
		return e == ERR_EXISTS ? EXIT_RUNNING : EXIT_START;
	}
	e = log_start(&o, &log, &why);
	if (e == ERR_OK && o.background)
		process_let_go();
	if (e == ERR_OK) {
		code = run(&o, log);
		log_close(log);
	} else {
		(void)fprintf(stderr, "hale-executor: %s\n", why.text);
		code = EXIT_START;
	}
	file_unlock(lock_path, lock);
	return code;
}
