/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward.h - a daemon that we keep running: started, watched, adopted when it runs already.
 *
 *	e = ward_start(loop, &plan, on_end, self, &s, reterr);
 *	on_end(self, exit_code)     in the loop; s is the caller's to close
 *
 * It is not killed when we die: whoever starts us again adopts it by the pid in its lock file.
 */
#ifndef OS_WARD_H
#define OS_WARD_H

#include "base/error.h"
#include "os/loop.h"

#include <stdbool.h>

enum { WARD_EXIT_UNKNOWN = -1 }; /* killed by a signal, or not our child */

struct ward_plan {
	const char *path;
	char *const *argv;
	const char *lock; /* file with the pid of one that runs already; NULL: there is none */
};

struct ward;

/* Adopts the process that holds the lock, if one does, else starts one. */
MUST_CHECK enum err ward_start(struct loop *l, const struct ward_plan *plan, void (*fn)(void *arg, int exit_code),
			       void *arg, struct ward **ret, struct error *reterr);
bool ward_was_adopted(const struct ward *s);
void ward_signal(const struct ward *s, int signal);
/* Only stops watching. NULL is fine. */
void ward_close(struct ward *s);

#endif
