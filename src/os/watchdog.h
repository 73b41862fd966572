/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watchdog.h - the kernel's watchdog device: a machine whose watchdog was opened
 * and is not tickled restarts.
 *
 * Tickling is writing, which every watchdog knows; any file takes it too, so a
 * test may look at what was written: '.' for each tickle, 'V' for letting go.
 * Opening and writing never block.
 */
#ifndef OS_WATCHDOG_H
#define OS_WATCHDOG_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct watchdog;

/* From here on the machine must be kept alive. ERR_NOT_FOUND: there is no such device. */
MUST_CHECK enum err watchdog_open(const char *device, struct watchdog **ret, struct error *reterr);
/* Sets the timeout, and returns that which the device has then: a device may refuse or round. */
uint32_t watchdog_timeout_set(struct watchdog *w, uint32_t timeout_s);
/* What the device calls itself, or "". */
const char *watchdog_name(const struct watchdog *w);
/* False when the device did not take it. */
bool watchdog_tickle(struct watchdog *w);
/* Lets go of the device, so that the machine runs on without it. NULL is fine. */
void watchdog_close(struct watchdog *w);
/* Does not let go: the machine restarts when the timeout is over. NULL is fine. */
void watchdog_abandon(struct watchdog *w);

#endif
