/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process.h - becoming a daemon. */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include "base/error.h"

/* The caller's shell goes on; we continue in a child of init without a terminal, standard input and output on
 * /dev/null. Standard error stays until the log is open, so that what goes wrong before can be seen.
 */
MUST_CHECK enum err process_daemonize(struct error *reterr);
/* The log is open: standard error goes to /dev/null, too, so that whoever started us and reads it comes to its end. */
void process_let_go(void);

#endif
