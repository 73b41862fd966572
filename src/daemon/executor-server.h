/* SPDX-License-Identifier: GPL-2.0-or-later */
/* executor-server.h - the executor's socket: who may connect, and frames of executor/wire.h in and out.
 *
 * root and the user hacluster may connect, several at once. Each is greeted first; after its own greeting it gets
 * every report. Whoever sends what is no frame is told why (refused, without an id) and the connection ends. A client
 * that does not read is not waited for: reports are kept until acknowledged, so that it can ask for them again.
 */
#ifndef DAEMON_EXECUTOR_SERVER_H
#define DAEMON_EXECUTOR_SERVER_H

#include "executor/executor.h"
#include "os/log.h"
#include "os/loop.h"

struct executor_server;

MUST_CHECK enum err executor_server_open(struct loop *l, struct log *log, const char *path, struct executor *core,
					 struct executor_server **ret, struct error *reterr);
void executor_server_close(struct executor_server *s);
/* To all who have greeted. */
void executor_server_report(struct executor_server *s, const struct operation_report *report);

#endif
