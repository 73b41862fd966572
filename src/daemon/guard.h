/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard.h - haled's side of the watchdog: the device is fed as long as the manager says that all is well.
 *
 * The manager sends a datagram to the guard's socket about every GUARD_SIGN_MS: "well" while it works and this node has
 * quorum (or runs nothing that could do harm), "reset WHY" when the cluster wants this machine to end by its watchdog.
 * The device is opened with the first "well", so that a node that never got that far is not reset. When none comes for
 * half of the timeout, the device is fed no more, until one comes again; after a "reset" never again.
 *
 * Only root and the user hacluster are listened to (who sent it, the kernel tells).
 */
#ifndef DAEMON_GUARD_H
#define DAEMON_GUARD_H

#include "base/error.h"
#include "os/loop.h"

#include <stdbool.h>

enum { GUARD_SIGN_MS = 500, GUARD_TIMEOUT_S = 5 };

struct guard_plan {
	const char *device;
	uint32_t timeout_s;
	const char *socket; /* path; replaced when it is there */
	void *arg;
	/* What people shall know; is_reset: the manager asked for the end, and the device is fed no more. */
	void (*tell)(void *arg, bool is_reset, const char *text);
};

struct guard;

enum err guard_open(struct loop *l, const struct guard_plan *plan, struct guard **ret, struct error *reterr) MUST_CHECK;
/* lets_go: the device is closed so that the machine lives on; else it runs out. NULL is fine. */
void guard_close(struct guard *g, bool lets_go);
/* Once: false when nobody listens. For the manager. */
bool guard_sign(const char *socket, const char *text);

#endif
