/* SPDX-License-Identifier: GPL-2.0-or-later */
/* child.h - one program run to its end: what it prints, how it ends, and its death with all that it has started.
 *
 *	e = child_start(loop, &plan, on_end, self, &c, reterr);
 *	...
 *	on_end(self, &end)            once, in the loop; c is gone with it
 *
 * The end is the end of the program itself. What it leaves running may keep its output open; nobody waits for that.
 * child_kill() ends the program and everything that it has started, also what went its own way by setsid(2) or whose
 * parents are gone (keeper.h); on_end comes when all of it is dead. A program that has ended leaves alive what it
 * started. When we die, running children are killed in the same way.
 *
 * A program that cannot be started ends at once, with started = false and an errno.
 */
#ifndef OS_CHILD_H
#define OS_CHILD_H

#include "base/error.h"
#include "os/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child;

struct child_plan {
	const char *path;
	char *const *argv, *const *env; /* NULL-terminated */
	const char *input;              /* what it reads; NULL: nothing, /dev/null */
	size_t input_size;
	size_t output_max; /* bytes kept of each of its outputs; the rest is read and dropped */
	bool as_user;      /* as uid and gid, and no other group */
	uint32_t uid, gid;
};

struct child_end {
	bool started;
	int error;                 /* errno, when it was not started */
	int rc, signal;            /* exit code, or the signal that killed it, or -1: nobody knows */
	const char *out, *err;     /* standard output from its begin, standard error to its end; borrowed; no NULs */
	size_t out_lost, err_lost; /* bytes that were dropped */
	wall_time began, ended;
};

MUST_CHECK enum err child_start(struct loop *l, const struct child_plan *plan,
				void (*fn)(void *arg, const struct child_end *end), void *arg, struct child **ret,
				struct error *reterr);
void child_kill(struct child *c);
/* Kills, and does not tell. NULL is fine. */
void child_close(struct child *c);

#endif
