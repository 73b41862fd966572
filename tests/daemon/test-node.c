/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole node on the loopback of a network of its own. It runs in a child, as a process has one node at most; what it
 * did is read from its log and its state directory.
 */
#include "daemon/log-settings.h"
#include "daemon/node.h"

#include "../os/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

enum { WAIT_STEP_MS = 20, WAIT_MS = 15000, CHILD_NOT_OPENED = 50, CHILD_NO_SETTINGS = 51, CHILD_NO_LOG = 52 };

static char dir[64];

static void path_of(const char *name, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/%s", dir, name);
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	path_of(name, path, sizeof path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* One node with state and log in directories of this name. */
static void write_conf(const char *name, const char *transport, const char *more)
{
	char text[1024];

	(void)snprintf(text, sizeof text,
		       "totem {\nversion: 2\ncluster_name: t\ntransport: %s\ntoken: 1000\n%s}\n"
		       "nodelist {\nnode {\nring0_addr: 127.0.0.1\nnodeid: 7\n}\n}\n"
		       "quorum {\nprovider: corosync_votequorum\n}\n"
		       "system {\nstate_dir: %s/state\n}\n"
		       "logging {\nto_stderr: no\nto_syslog: no\nto_logfile: yes\nlogfile: %s/log\ndebug: on\n}\n",
		       transport, more, dir, dir);
	write_file(name, text);
}

/* In a child: opens a node by this file, runs it, and ends with its code. */
static int node_child(const char *conf)
{
	char path[128];
	struct log_options options;
	struct settings *s;
	struct error why;
	struct node *n;
	struct log *log;
	int code;

	path_of(conf, path, sizeof path);
	s = settings_load(path, &why);
	if (s == NULL || s->problems.errors > 0)
		return CHILD_NO_SETTINGS;
	log_settings_read(&s->map, &options);
	if (log_open(&options, &log, &why) != ERR_OK)
		return CHILD_NO_LOG;
	n = node_open(s, log, false, &why);
	if (n == NULL) {
		log_write(log, SUBSYSTEM_MAIN, LEVEL_ERROR, "not opened: %s", why.text);
		log_close(log);
		return CHILD_NOT_OPENED;
	}
	code = node_run(n);
	node_close(n);
	log_close(log);
	return code;
}

static pid_t node_start(const char *conf)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(node_child(conf));
	return pid;
}

static bool log_has(const char *words)
{
	static char text[1 << 20];
	char path[128];
	size_t len;
	FILE *f;

	path_of("log", path, sizeof path);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	len = fread(text, 1, sizeof text - 1, f);
	(void)fclose(f);
	text[len] = '\0';
	return strstr(text, words) != NULL;
}

static bool wait_for_log(const char *words)
{
	const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000};

	for (uint32_t ms = 0; ms < WAIT_MS; ms += WAIT_STEP_MS) {
		if (log_has(words))
			return true;
		(void)nanosleep(&step, NULL);
	}
	return false;
}

/* The code with which it ends by itself or, when it does not in time, -1. */
static int node_end(pid_t pid)
{
	const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000};
	int status = 0;

	for (uint32_t ms = 0; ms < WAIT_MS; ms += WAIT_STEP_MS) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		(void)nanosleep(&step, NULL);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return -1;
}

static int make_dir(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/test-node-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	path_of("state", path, sizeof path);
	return mkdir(path, 0700);
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"corosync.conf",     "second.conf", "log",  "state/ringid_7",
					    "state/ev_tracking", "state",       "fdata"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		path_of(names[i], path, sizeof path);
		(void)remove(path);
	}
	return rmdir(dir);
}

static uint64_t stored_ring(void)
{
	char path[128];
	uint64_t seq = 0;
	FILE *f;

	path_of("state/ringid_7", path, sizeof path);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fread(&seq, sizeof seq, 1, f), 1);
	(void)fclose(f);
	return seq;
}

static void a_node_runs_until_it_is_told_to_end(void **state)
{
	const char *transport = *state;
	uint64_t first;
	pid_t pid;

	write_conf("corosync.conf", transport, "");
	pid = node_start("corosync.conf");
	assert_true(wait_for_log("quorum"));
	first = stored_ring();
	assert_true(first > 0);
	assert_int_equal(kill(pid, SIGUSR2), 0); /* tells of itself */
	assert_true(wait_for_log(" operational, members 7"));
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(node_end(pid), 0);
	assert_true(log_has("Terminated from process"));
	/* A later life has a later ring. */
	pid = node_start("corosync.conf");
	for (uint32_t ms = 0; ms < WAIT_MS && stored_ring() <= first; ms += WAIT_STEP_MS)
		(void)nanosleep(&(struct timespec){.tv_nsec = WAIT_STEP_MS * 1000000}, NULL);
	assert_true(stored_ring() > first);
	assert_int_equal(kill(pid, SIGINT), 0);
	assert_int_equal(node_end(pid), 0);
}

/* Clients could not tell two engines of one machine apart. */
static void a_second_node_says_what_is_taken(void **state)
{
	pid_t pid, second;

	(void)state;
	write_conf("corosync.conf", "knet", "");
	write_conf("second.conf", "knet", "interface {\nlinknumber: 0\nmcastport: 5605\n}\n");
	pid = node_start("corosync.conf");
	assert_true(wait_for_log("quorum"));
	second = node_start("second.conf");
	assert_int_equal(node_end(second), CHILD_NOT_OPENED);
	assert_true(log_has("not opened: "));
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(node_end(pid), 0);
}

static void a_state_directory_that_cannot_be_used_is_named(void **state)
{
	char path[128];

	(void)state;
	path_of("state", path, sizeof path);
	assert_int_equal(rmdir(path), 0);
	write_file("state", "a file");
	write_conf("corosync.conf", "knet", "");
	assert_int_equal(node_end(node_start("corosync.conf")), CHILD_NOT_OPENED);
	assert_true(log_has("not opened: reading the ring id"));
	assert_true(log_has(path));
}

int main(void)
{
	static char knet[] = "knet", udpu[] = "udpu";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate_setup_teardown(a_node_runs_until_it_is_told_to_end, make_dir, remove_dir,
							 knet),
		cmocka_unit_test_prestate_setup_teardown(a_node_runs_until_it_is_told_to_end, make_dir, remove_dir,
							 udpu),
		cmocka_unit_test_setup_teardown(a_second_node_says_what_is_taken, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(a_state_directory_that_cannot_be_used_is_named, make_dir, remove_dir),
	};

	node_close(NULL);
	if (!netns_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
