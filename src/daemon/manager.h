/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager.h - the manager on a real machine: the controller, and what is around it.
 *
 * Needs an engine that serves Corosync's libraries; waits for one. When the engine goes away the manager ends, and
 * whoever started it starts it again: what it must not forget lies in the run directory (its own part of the status)
 * and in the state directory (the configuration).
 */
#ifndef DAEMON_MANAGER_H
#define DAEMON_MANAGER_H

#include "base/error.h"
#include "os/log.h"

struct manager_options {
	const char *state_dir;       /* /var/lib/hale */
	const char *run_dir;         /* /run/hale */
	const char *executor_socket; /* /run/hale/executor.sock */
	const char *api_socket;      /* /run/hale/api.sock */
	const char *guard_socket;    /* where haled feeds a watchdog (guard.h); NULL: this machine has none */
	const char *group;           /* of the engine: "hale"; another one only for tests */
	const char *user;            /* whom it becomes when root starts it (manager-account.h); "root": nobody */
	const char *log_file;        /* which that user opens anew; NULL: none */
	const char *lock_file;       /* which that user removes; NULL: none */
};

/* Exit codes of hale-manager. */
enum manager_exit {
	MANAGER_EXIT_DONE = 0,     /* shut down in order */
	MANAGER_EXIT_AGAIN = 75,   /* the engine is gone, or our state differed: start it anew */
	MANAGER_EXIT_PANIC = 77,   /* the same, and the configuration wants the machine to end (fence-reaction=panic) */
	MANAGER_EXIT_FENCED = 76,  /* the others have fenced this node: stop everything on it */
	MANAGER_EXIT_REFUSED = 78, /* the configuration, or the cluster, is newer than this program: the same */
};

struct manager;

/* ERR_UNSUPPORTED: the configuration on disk is newer than this program (MANAGER_EXIT_REFUSED). */
enum err manager_open(const struct manager_options *o, struct log *log, struct manager **ret,
		      struct error *reterr) MUST_CHECK;
/* Until it is over; returns an exit code. */
int manager_run(struct manager *m);
void manager_close(struct manager *m);

#endif
