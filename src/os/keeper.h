/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper.h - the process between us and an agent (part of child.h, for nobody else).
 *
 *	us ── keeper ── agent ── … whatever it starts
 *
 * The keeper is what orphans of the agent fall to, so that everything that an agent has started can be found below
 * the keeper, whatever parents and process groups it has given itself. It waits for the agent, tells how that
 * ended, and ends; what the agent left running, a service for instance, lives on. On SIGTERM, and when we die, it
 * kills everything below itself until nothing is left.
 *
 * It is a fork without exec of a program with threads, so it calls the kernel and nothing else.
 */
#ifndef OS_KEEPER_H
#define OS_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct keeper_plan {
	const char *path;
	char *const *argv, *const *env;
	int input, output, errors; /* descriptors that the agent gets as 0, 1 and 2 */
	int status;                /* where struct keeper_status is written; close-on-exec */
	bool as_user;
	uid_t uid;
	gid_t gid;
	pid_t parent;
};

enum keeper_word { KEEPER_NOT_STARTED = 1, KEEPER_ENDED };

struct keeper_status {
	int32_t word;  /* enum keeper_word */
	int32_t value; /* errno, or the status that waitpid() gives */
};

/* In the forked process, with all signals blocked. */
_Noreturn void keeper_run(const struct keeper_plan *plan);

#endif
