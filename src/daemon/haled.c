/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haled.c - starts the daemons of a node, watches them, and starts again what ends: engine, executor, manager.
 *
 *	start:  engine, executor, manager (which wait for each other by themselves)
 *	stop:   the manager moves this node's resources away and ends; then executor and engine
 *
 * A daemon that dies is started again, at once at first and ever slower when it keeps dying. Killed itself, haled
 * leaves the daemons alone and, started anew, adopts them by their lock files. When the manager says that the others
 * have fenced this node, everything is stopped: resources that ran here run elsewhere now.
 */
#include "daemon/environment.h"
#include "daemon/guard.h"
#include "daemon/manager.h"
#include "os/account.h"
#include "os/file.h"
#include "os/log.h"
#include "os/loop.h"
#include "os/machine.h"
#include "os/notify.h"
#include "os/process.h"
#include "os/ward.h"

#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum { ENGINE, EXECUTOR, MANAGER, PARTS };
enum { PATH_SIZE = 4096, CALM_S = 30, AGAIN_MS_MIN = 50, AGAIN_MS_MAX = 10000, ARGS_MAX = 16 };

struct part {
	struct haled *haled;
	const char *name;
	char path[PATH_SIZE], lock[PATH_SIZE];
	char *argv[ARGS_MAX];
	struct ward *ward;
	struct timer again;
	uint64_t again_ms;
	mono_time started;
	bool wanted;
};

struct options {
	const char *programs, *engine, *config, *run_dir, *state_dir, *log_dir, *watchdog;
	bool background, with_engine;
};

struct haled {
	struct loop *loop;
	struct log *log;
	struct part parts[PARTS];
	struct guard *guard;
	bool stopping;
	int exit_code;
	char words[PARTS * 4][PATH_SIZE]; /* of command lines */
	unsigned int word_count;
};

static void say(const struct haled *h, enum message_id id, const char *name, const char *text)
{
	char line[640];
	(void)snprintf(line, sizeof(line), "%s: %s", name, text);
	log_explained(h->log, id, line);
}

static bool is_running(const struct part *p)
{
	return p->ward != NULL;
}

/* Executor and engine go when the manager has gone. */
static void stop_rest(struct haled *h)
{
	static const int order[] = {EXECUTOR, ENGINE};
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct part *p = &h->parts[order[i]];
		p->wanted = false;
		loop_timer_cancel(h->loop, &p->again);
		if (is_running(p)) {
			ward_signal(p->ward, SIGTERM);
			return;
		}
	}
	loop_stop(h->loop);
}

static void stop(struct haled *h)
{
	struct part *manager = &h->parts[MANAGER];
	h->stopping = true;
	notify_stopping();
	manager->wanted = false;
	loop_timer_cancel(h->loop, &manager->again);
	if (is_running(manager))
		ward_signal(manager->ward, SIGTERM);
	else
		stop_rest(h);
}

static void plan_again(struct part *p)
{
	if (mono_time_since_ms(loop_now(p->haled->loop), p->started) > CALM_S * 1000)
		p->again_ms = 0;
	loop_timer_set(p->haled->loop, &p->again, p->again_ms);
	p->again_ms = p->again_ms == 0 ? AGAIN_MS_MIN : p->again_ms * 2;
	if (p->again_ms > AGAIN_MS_MAX)
		p->again_ms = AGAIN_MS_MAX;
}

/* The manager is not to be started anew. */
static bool is_final(int exit_code)
{
	return exit_code == MANAGER_EXIT_DONE || exit_code == MANAGER_EXIT_FENCED || exit_code == MANAGER_EXIT_REFUSED;
}

static void on_end(void *arg, int exit_code)
{
	struct part *p = arg;
	struct haled *h = p->haled;
	char text[64];
	ward_close(p->ward);
	p->ward = NULL;
	if (h->stopping) {
		stop_rest(h);
		return;
	}
	(void)snprintf(text, sizeof(text), exit_code >= 0 ? "exit code %d" : "killed", exit_code);
	if (p == &h->parts[MANAGER] && exit_code == MANAGER_EXIT_PANIC) {
		say(h, MSG_WATCHDOG_RESETS, p->name, "it was fenced, and fence-reaction is panic");
		(void)machine_end(true);
		exit_code = MANAGER_EXIT_FENCED; /* the kernel refused */
	}
	if (p == &h->parts[MANAGER] && is_final(exit_code)) {
		say(h, exit_code == MANAGER_EXIT_FENCED ? MSG_NODE_WAS_FENCED : MSG_NODE_STOPS, p->name, text);
		h->exit_code = exit_code;
		stop(h);
		return;
	}
	say(h, MSG_DAEMON_ENDED, p->name, text);
	plan_again(p);
}

static void start_part(void *arg)
{
	struct part *p = arg;
	struct error error;
	const struct ward_plan plan = {.path = p->path, .argv = p->argv, .lock = p->lock};
	if (!p->wanted || is_running(p))
		return;
	p->started = loop_now(p->haled->loop);
	if (ward_start(p->haled->loop, &plan, on_end, p, &p->ward, &error) == ERR_OK) {
		say(p->haled, MSG_DAEMON_STARTED, p->name, ward_was_adopted(p->ward) ? "adopted" : "started");
		return;
	}
	say(p->haled, MSG_DAEMON_ENDED, p->name, error.text);
	plan_again(p);
}

/* The engine's log is reopened by its own means (corosync-cfgtool -L). */
static void reopen_logs(struct haled *h)
{
	static const int with_logs[] = {EXECUTOR, MANAGER};
	struct error error;
	if (log_reopen(h->log, &error) != ERR_OK)
		say(h, MSG_LOG_NOT_OPENED, "haled", error.text);
	for (size_t i = 0; i < sizeof(with_logs) / sizeof(with_logs[0]); i++)
		if (is_running(&h->parts[with_logs[i]]))
			ward_signal(h->parts[with_logs[i]].ward, SIGHUP);
}

static void on_signal(void *arg, int signal, uint32_t sender_pid)
{
	struct haled *h = arg;
	(void)sender_pid;
	if (signal == SIGHUP) {
		reopen_logs(h);
		return;
	}
	if (!h->stopping)
		stop(h);
	else if (is_running(&h->parts[MANAGER])) /* asked twice: do not wait for the resources */
		ward_signal(h->parts[MANAGER].ward, SIGINT);
}

static char *word(struct haled *h, const char *a, const char *b)
{
	char *w = h->words[h->word_count++];
	(void)snprintf(w, PATH_SIZE, "%s%s", a, b);
	return w;
}

/* --- the watchdog --- */

static void on_guard(void *arg, bool is_reset, const char *text)
{
	say(arg, is_reset ? MSG_WATCHDOG_RESETS : MSG_WATCHDOG_TOLD, "watchdog", text);
}

static uint32_t watchdog_timeout_s(void)
{
	const char *text = getenv("HALE_WATCHDOG_TIMEOUT");
	long s = text != NULL ? strtol(text, NULL, 10) : 0;
	return s > 0 && s < 3600 ? (uint32_t)s : GUARD_TIMEOUT_S;
}

static enum err open_guard(struct haled *h, const struct options *o, struct error *reterr)
{
	char *socket = word(h, o->run_dir, "/haled.sock");
	const struct guard_plan plan = {
		.device = o->watchdog, .timeout_s = watchdog_timeout_s(), .socket = socket, .arg = h, .tell = on_guard};
	if (o->watchdog == NULL)
		return ERR_OK;
	return guard_open(h->loop, &plan, &h->guard, reterr);
}

/* --- command lines --- */

static struct part *add_part(struct haled *h, int which, const char *name, const char *path)
{
	struct part *p = &h->parts[which];
	p->haled = h;
	p->name = name;
	p->wanted = true;
	(void)snprintf(p->path, sizeof(p->path), "%s", path);
	p->argv[0] = p->path;
	timer_init(&p->again, start_part, p);
	return p;
}

static void add_engine(struct haled *h, const struct options *o)
{
	char path[PATH_SIZE];
	(void)snprintf(path, sizeof(path), "%s/hale-engine", o->programs);
	struct part *p = add_part(h, ENGINE, "engine", o->engine != NULL ? o->engine : path);
	int n = 1;
	p->wanted = o->with_engine;
	p->argv[n++] = word(h, "-f", "");
	if (o->config != NULL) {
		p->argv[n++] = word(h, "-c", "");
		p->argv[n++] = word(h, o->config, "");
	}
	(void)snprintf(p->lock, sizeof(p->lock), "/run/corosync.pid");
}

static void add_executor(struct haled *h, const struct options *o)
{
	char path[PATH_SIZE];
	(void)snprintf(path, sizeof(path), "%s/hale-executor", o->programs);
	struct part *p = add_part(h, EXECUTOR, "executor", path);
	int n = 1;
	p->argv[n++] = word(h, "--socket", "");
	p->argv[n++] = word(h, o->run_dir, "/executor.sock");
	(void)snprintf(p->lock, sizeof(p->lock), "%.*s/executor.pid", PATH_SIZE - 32, o->run_dir);
}

static void add_manager(struct haled *h, const struct options *o)
{
	char path[PATH_SIZE];
	(void)snprintf(path, sizeof(path), "%s/hale-manager", o->programs);
	struct part *p = add_part(h, MANAGER, "manager", path);
	int n = 1;
	p->argv[n++] = word(h, "--run-dir=", o->run_dir);
	p->argv[n++] = word(h, "--state-dir=", o->state_dir);
	if (h->guard != NULL)
		p->argv[n++] = word(h, "--guard=", h->words[0]);
	p->argv[n] = h->words[h->word_count++];
	(void)snprintf(p->argv[n], PATH_SIZE, "--log=%s/manager.log", o->log_dir);
	(void)snprintf(p->lock, sizeof(p->lock), "%.*s/manager.pid", PATH_SIZE - 32, o->run_dir);
}

static void usage(FILE *to)
{
	(void)fputs("usage: haled [options]\n"
		    "\n"
		    "Starts and watches the daemons of a node: hale-engine, hale-executor, hale-manager.\n"
		    "SIGTERM stops them in order: resources first. A second one does not wait for resources.\n"
		    "\n"
		    "  -f               stay in the foreground\n"
		    "  -c FILE          the engine's configuration (/etc/corosync/corosync.conf)\n"
		    "  --engine FILE    another engine, for instance /usr/sbin/corosync\n"
		    "  --no-engine      the engine is somebody else's to start\n"
		    "  --programs DIR   where the other programs are (beside this one)\n"
		    "  --run-dir DIR    sockets, locks (/run/hale)\n"
		    "  --state-dir DIR  configuration and its history (/var/lib/hale)\n"
		    "  --log-dir DIR    logs (/var/log/hale)\n"
		    "  --watchdog FILE  device that resets this machine when the manager is gone or has lost quorum\n"
		    "                   while resources run (HALE_WATCHDOG of /etc/hale/hale.conf; none)\n"
		    "  -v, --version    print the version and end\n"
		    "  -h, --help       print this and end\n",
		    to);
}

static const char *folder_of_this(char path[static PATH_SIZE])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_SIZE - 1);
	path[n > 0 ? n : 0] = '\0';
	return n > 0 ? dirname(path) : "/usr/sbin";
}

enum { OPTION_ENGINE = 256, OPTION_PROGRAMS, OPTION_RUN, OPTION_STATE, OPTION_LOG, OPTION_WATCHDOG, OPTION_NO_ENGINE };

/* False for what is answered with the usage. */
static bool option_take(struct options *o, int c)
{
	const char **values[] = {&o->engine, &o->programs, &o->run_dir, &o->state_dir, &o->log_dir, &o->watchdog};
	if (c >= OPTION_ENGINE && c <= OPTION_WATCHDOG)
		*values[c - OPTION_ENGINE] = optarg;
	else if (c == OPTION_NO_ENGINE)
		o->with_engine = false;
	else if (c == 'f')
		o->background = false;
	else if (c == 'c')
		o->config = optarg;
	else
		return false;
	return true;
}

/* An exit code to end with, or -1 to go on. */
static int options_parse(int argc, char **argv, struct options *ret)
{
	static const struct option known[] = {
		{"engine", required_argument, NULL, OPTION_ENGINE},
		{"programs", required_argument, NULL, OPTION_PROGRAMS},
		{"run-dir", required_argument, NULL, OPTION_RUN},
		{"state-dir", required_argument, NULL, OPTION_STATE},
		{"log-dir", required_argument, NULL, OPTION_LOG},
		{"watchdog", required_argument, NULL, OPTION_WATCHDOG},
		{"no-engine", no_argument, NULL, OPTION_NO_ENGINE},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	static char here[PATH_SIZE];
	*ret = (struct options){.programs = folder_of_this(here),
				.run_dir = "/run/hale",
				.state_dir = "/var/lib/hale",
				.log_dir = "/var/log/hale",
				.watchdog = getenv("HALE_WATCHDOG"),
				.background = true,
				.with_engine = true};
	for (int c; (c = getopt_long(argc, argv, "fc:vh", known, NULL)) != -1;) {
		if (option_take(ret, c))
			continue;
		if (c == 'v')
			(void)puts("Hale, version '" HALE_VERSION "'");
		else
			usage(c == 'h' ? stdout : stderr);
		return c == 'v' || c == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "haled: \"%s\" is one word too many\n", argv[optind]);
	usage(stderr);
	return EXIT_FAILURE;
}

static enum err open_log(const struct options *o, struct log **ret, struct error *reterr)
{
	char path[PATH_SIZE];
	struct log_options options = {
		.ident = "haled", .logfile = path, .syslog_facility = LOG_DAEMON, .timestamp = LOG_TIME_HIRES};
	(void)snprintf(path, sizeof(path), "%s/haled.log", o->log_dir);
	for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++)
		options.levels[i] = (struct log_levels){.to_file = LEVEL_INFO,
							.to_syslog = LEVEL_NOTICE,
							.to_stderr = o->background ? 0 : LEVEL_WARNING};
	enum err e = file_make_dir(o->log_dir, 0755, reterr);
	return e == ERR_OK ? log_open(&options, ret, reterr) : e;
}

/* With the manager, which has its socket and its log there. */
static enum err share_folders(const struct options *o, struct error *reterr)
{
	struct account a;
	if (geteuid() != 0 || !account_find(environment_manager_user(), &a) || a.uid == 0)
		return ERR_OK;
	enum err e = account_share(&a, o->run_dir, reterr);
	return e == ERR_OK ? account_share(&a, o->log_dir, reterr) : e;
}

static enum err open_haled(struct haled *h, const struct options *o, struct error *reterr)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	enum err e = open_log(o, &h->log, reterr);
	if (e == ERR_OK && o->background)
		process_let_go();
	if (e == ERR_OK)
		e = share_folders(o, reterr);
	if (e == ERR_OK)
		e = loop_open(&h->loop, reterr);
	if (e == ERR_OK)
		e = loop_signals(h->loop, signals, 3, on_signal, h, reterr);
	if (e == ERR_OK)
		e = open_guard(h, o, reterr); /* its socket is the first word */
	if (e != ERR_OK)
		return e;
	add_engine(h, o);
	add_executor(h, o);
	add_manager(h, o);
	for (int i = 0; i < PARTS; i++)
		start_part(&h->parts[i]);
	notify_ready();
	return loop_run(h->loop, reterr);
}

static int run(const struct options *o, struct error *reterr)
{
	char path[PATH_SIZE];
	int lock = -1;
	struct haled *h = calloc(1, sizeof(*h));
	if (h == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/haled.pid", o->run_dir);
	enum err e = file_make_dir(o->run_dir, 0755, reterr);
	if (e == ERR_OK)
		e = file_lock(path, &lock, reterr);
	if (e == ERR_OK)
		e = open_haled(h, o, reterr);
	/* after a fencing that did not take, the watchdog does its work */
	guard_close(h->guard, h->exit_code != MANAGER_EXIT_FENCED && e == ERR_OK);
	for (int i = 0; i < PARTS; i++)
		ward_close(h->parts[i].ward);
	if (h->loop != NULL)
		loop_close(h->loop);
	log_close(h->log);
	if (lock >= 0)
		file_unlock(path, lock);
	int code = h->exit_code;
	free(h);
	return e == ERR_OK ? code : -1;
}

int main(int argc, char **argv)
{
	struct options o;
	struct error error = {.text = "no memory"};
	environment_read("/etc/hale/hale.conf");
	environment_read("/etc/default/pacemaker");
	environment_read("/etc/sysconfig/pacemaker");
	environment_complete();
	int code = options_parse(argc, argv, &o);
	if (code >= 0)
		return code;
	environment_path(o.programs);
	if (o.background && process_daemonize(&error) != ERR_OK) {
		(void)fprintf(stderr, "haled: %s\n", error.text);
		return EXIT_FAILURE;
	}
	code = run(&o, &error);
	if (code >= 0)
		return code;
	(void)fprintf(stderr, "haled: %s\n", error.text);
	return EXIT_FAILURE;
}
