/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-account.h - as whom the manager works: root hands over what it needs, has the engine admit it, and it goes on
 * with fewer rights.
 *
 * What needs root (agents, fencing, the watchdog, the end of the machine) is the executor's and haled's, who know the
 * manager by its user. Without that user, or started by somebody else than root, it stays who it is.
 *
 *	manager_account_prepare()   once its folders and files are there
 *	manager_account_take()      before anything else is said to the engine; again until the engine answers
 */
#ifndef DAEMON_MANAGER_ACCOUNT_H
#define DAEMON_MANAGER_ACCOUNT_H

#include "daemon/manager.h"
#include "os/account.h"

struct manager_account {
	struct account account;
	bool waits; /* for manager_account_take() to become it */
};

MUST_CHECK enum err manager_account_prepare(const struct manager_options *o, struct log *log,
					    struct manager_account *ret, struct error *reterr);
/* ERR_AGAIN: the engine does not answer. */
MUST_CHECK enum err manager_account_take(struct manager_account *a, struct error *reterr);

#endif
