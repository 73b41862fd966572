/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet-pace.h - libknet's naps, cut short while a node starts.
 *
 * libknet 1.25 looks every 200 ms whether its threads have begun, and then every
 * 200 ms which links are due for a ping; a link is up after two answers. So a
 * start takes 200 ms for the first and 400 to 600 for the second, in which
 * nothing happens, and no call of libknet's changes that. But it naps by usleep(),
 * and the program's usleep() comes before the C library's. Ours is the same, but
 * that of those naps of just 200 ms it gives PACE_HURRY_MS while we are in a hurry.
 * A libknet that naps in another way is not hurried, and no worse off than without.
 *
 * Any thread may call these.
 */
#ifndef OS_KNET_PACE_H
#define OS_KNET_PACE_H

#include <stdint.h>

enum { PACE_NAP_MS = 200, PACE_HURRY_MS = 20 };

/* For so long from now; 0: no hurry any more. */
void knet_pace_hurry(uint32_t for_ms);

#endif
