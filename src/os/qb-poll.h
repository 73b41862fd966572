/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qb-poll.h - libqb's polling on our loop: the handlers that its servers want (part of qb-ipc.h, for nobody else).
 *
 * libqb's callbacks carry no context, so there is one such polling in a process.
 */
#ifndef OS_QB_POLL_H
#define OS_QB_POLL_H

#include "os/loop.h"

#include <qb/qbipcs.h>

void qb_poll_open(struct loop *loop);
/* Drops what is left of descriptors and jobs; descriptors of connections that were still shaking hands are closed. */
void qb_poll_close(void);
struct qb_ipcs_poll_handlers qb_poll_handlers(void);
/* While paused, the descriptors that libqb added with this data are not read; hang-ups still come. libqb itself
 * would wake again and again for a connection that it does not want to read.
 */
void qb_poll_pause(const void *data, bool paused);
/* While on, the bytes by which libqb wakes a client, one for each event, are gathered and go out together at the end of
 * the turn; those for which the socket has no room wait until it has. libqb has no call for this, but it sends them by
 * send(), and a program's own comes before the C library's. All other calls of send() go on as they are.
 */
void qb_poll_gather(bool on);

#endif
