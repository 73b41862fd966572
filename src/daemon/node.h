/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node.h - the host of an engine: the loop, the transport, the clients, the log
 * and the disk around one struct engine. This is where hale-engine lives; the
 * simulator has another host.
 */
#ifndef DAEMON_NODE_H
#define DAEMON_NODE_H

#include "daemon/settings.h"
#include "os/log.h"

struct node;

/* Takes the settings. log is borrowed. background: nobody reads standard error. NULL and reterr when something is not
 * to be had.
 */
struct node *node_open(struct settings *settings, struct log *log, bool background, struct error *reterr);
/* Runs until the engine ends: 0, or the exit code of a failure (engine-wire.md §10). */
int node_run(struct node *n);
/* NULL is fine. */
void node_close(struct node *n);

#endif
