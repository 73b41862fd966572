/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale cluster start, stop - this node's daemons. Other nodes' are not ours to reach yet. */
#include "cli/verb.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OPTION_ALL = 1, OPTION_OPTIONS };
enum { STEP_MS = 10, START_WAIT_S = 60, STOP_WAIT_S = 1800 };

static const struct option options[] = {
	{OPTION_ALL, 0, "all", NULL, "On all nodes: needs hale-console, which is not there yet", .hidden = true},
	VERB_OPTIONS_LIVE,
	{0},
};

static enum exit_code only_here(struct verb *v)
{
	if (!verb_has(v, OPTION_ALL) && verb_word_count(v) == 0)
		return EXIT_OK;
	return verb_fail(v, EXIT_UNIMPLEMENTED, "only this node can be reached: run `%s` on each node", v->name);
}

static void nap(void)
{
	const struct timespec t = {.tv_nsec = STEP_MS * 1000000L};
	(void)nanosleep(&t, NULL);
}

/* Waits until is_so(v) is as wanted; false: it did not become so in time. */
static bool wait_until(struct verb *v, bool (*is_so)(struct verb *v), bool wanted, int64_t seconds)
{
	for (int64_t ms = 0; ms <= seconds * 1000; ms += STEP_MS) {
		if (is_so(v) == wanted)
			return true;
		nap();
	}
	return false;
}

static bool is_served(struct verb *v)
{
	return client_is_running(v->io, &v->call);
}

/* The pid file of haled beside the manager's socket is locked as long as it runs. */
static bool is_haled_there(struct verb *v)
{
	char *folder = g_path_get_dirname(client_socket(v->io, &v->call));
	char *path = g_build_filename(folder, "haled.pid", NULL);
	FILE *f = fopen(path, "re");
	bool there = f != NULL && flock(fileno(f), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (f != NULL && !there)
		there = fcntl(fileno(f), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	if (f != NULL)
		(void)fclose(f);
	g_free(path);
	g_free(folder);
	return there;
}

/* haled: HALE_DAEMON, or beside this program, or where it is installed. */
static const char *haled_path(const struct verb *v)
{
	const char *named = io_environment(v->io, "HALE_DAEMON");
	char here[PATH_MAX];
	if (named != NULL)
		return named;
	ssize_t n = readlink("/proc/self/exe", here, sizeof(here) - 1);
	here[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(here, '/');
	if (slash != NULL) {
		*slash = '\0';
		const char *beside = arena_printf(v->io->arena, "%s/haled", here);
		const char *built = arena_printf(v->io->arena, "%s/../daemon/haled", here);
		if (access(beside, X_OK) == 0)
			return beside;
		if (access(built, X_OK) == 0)
			return built;
	}
	return "/usr/sbin/haled";
}

/* It goes into the background by itself; what it says before that is the user's to see. */
static enum exit_code run_haled(struct verb *v)
{
	const char *path = haled_path(v);
	char *folder = g_path_get_dirname(client_socket(v->io, &v->call));
	const char *argv[] = {path, "--run-dir", folder, NULL};
	GError *error = NULL;
	int status = 0;
	char *said = NULL;
	enum exit_code code = EXIT_OK;
	if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said,
			  &status, &error))
		code = verb_fail(v, EXIT_NOT_INSTALLED, "%s", error->message);
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		code = verb_fail(v, EXIT_ERROR, "%s", said != NULL && *said != '\0' ? g_strchomp(said) : path);
	g_clear_error(&error);
	g_free(said);
	g_free(folder);
	return code;
}

static enum exit_code act_start(struct verb *v)
{
	if (only_here(v) != EXIT_OK)
		return v->code;
	if (is_served(v)) {
		(void)fprintf(v->io->err, "%s: the cluster runs on this node already\n", v->name);
		return EXIT_OK;
	}
	if (!is_haled_there(v) && run_haled(v) != EXIT_OK)
		return v->code;
	if (!verb_has(v, VERB_WAIT))
		return EXIT_OK;
	bool given = verb_value(v, VERB_WAIT) != NULL && verb_value(v, VERB_WAIT)[0] != '\0';
	if (wait_until(v, is_served, true, given ? v->wait_s : START_WAIT_S))
		return EXIT_OK;
	return verb_fail(v, EXIT_TIMEOUT,
			 "the daemons run, but the manager does not answer; see /var/log/hale/haled.log "
			 "and /var/log/corosync/corosync.log");
}

const struct program program_hale_cluster_start = {
	.rules = {.name = "hale cluster start",
		  .summary = "start the cluster on this node",
		  .words = "",
		  .details = "Starts haled in the background, and that the engine, the executor and the manager. With "
			     "--wait it ends when the cluster can be asked and has nothing left to do.",
		  .options = options},
	.act = act_start,
};

static bool is_anything_there(struct verb *v)
{
	return is_haled_there(v) || is_served(v);
}

static enum exit_code act_stop(struct verb *v)
{
	struct error error = {0};
	if (only_here(v) != EXIT_OK)
		return v->code;
	if (!is_anything_there(v)) {
		(void)fprintf(v->io->err, "%s: the cluster does not run on this node\n", v->name);
		return EXIT_OK;
	}
	v->call.timeout_ms = STOP_WAIT_S * 1000;
	enum exit_code code = client_post(v->io, &v->call, "/v1/shutdown", NULL, &error);
	/* The manager may be gone before its answer is. */
	if (code != EXIT_OK && code != EXIT_DISCONNECTED)
		return verb_fail(v, code, "%s", error.text);
	if (wait_until(v, is_anything_there, false, STOP_WAIT_S))
		return EXIT_OK;
	return verb_fail(v, EXIT_TIMEOUT, "it has not stopped within %d min; see hale status", STOP_WAIT_S / 60);
}

static const struct option stop_options[] = {
	{OPTION_ALL, 0, "all", NULL, "On all nodes: needs hale-console, which is not there yet", .hidden = true},
	{OPTION_OPTIONS, 0, "force", NULL, "Taken for the sake of old scripts: the others keep or lose quorum anyway",
	 .hidden = true},
	{.help = "General:"},
	VERB_OPTION_SOCKET,
	{0},
};

const struct program program_hale_cluster_stop = {
	.rules = {.name = "hale cluster stop",
		  .summary = "stop the cluster on this node; its resources are moved or stopped first",
		  .words = "",
		  .details = "Ends when all daemons of this node have ended.",
		  .options = stop_options},
	.act = act_stop,
};
