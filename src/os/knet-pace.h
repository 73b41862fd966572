/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet-pace.h - libknet's naps: cut short while a node starts, longer while nothing happens.
 *
 * libknet 1.25 looks every 200 ms whether its threads have begun, and then every
 * 200 ms which links are due for a ping; a link is up after two answers. So a
 * start takes 200 ms for the first and 400 to 600 for the second, in which
 * nothing happens, and no call of libknet's changes that. But it naps by usleep(),
 * and the program's usleep() comes before the C library's. Ours is the same, but
 * that of those naps of just 200 ms it gives PACE_HURRY_MS while we are in a hurry.
 * A libknet that naps in another way is not hurried, and no worse off than without.
 *
 * Five of its threads wait for descriptors, by epoll_wait() (knet-burst.h), and wake
 * every 200 ms to look whether they shall end; one more naps as long, to look whether
 * an MTU is due to be measured, which is so every few seconds at most. That is half of
 * all wake-ups of an idle node. So these threads rest: PACE_AWAKE_MS after the last
 * stir the waits take PACE_REST_MS and the nap PACE_MTU_NAP_MS. A stir wakes all
 * of them at once, by an event descriptor of ours in their epoll instances, which they
 * do not see, and by a futex. The thread that pings never rests.
 *
 * Who calls libknet to change something, and who hears from it of a change, stirs;
 * so while anything changes, and for some time after, all is as libknet wants it.
 * Each thread must wait at one epoll instance only.
 *
 * Any thread may call these.
 */
#ifndef OS_KNET_PACE_H
#define OS_KNET_PACE_H

#include <stdint.h>

struct epoll_event;

enum {
	PACE_NAP_MS = 200,
	PACE_HURRY_MS = 20,
	PACE_AWAKE_MS = 3000,
	PACE_REST_MS = 10000, /* would do without an end; no stir that was forgotten shall cost more */
	PACE_MTU_NAP_MS = 1000,
	PACE_GLANCE_MS = 500, /* a stir after which there is one thing to see */
};

/* For so long from now; 0: no hurry any more. */
void knet_pace_hurry(uint32_t for_ms);
/* Something changes: all look now, and as often as libknet wants for so long at least. Nobody rests before the first.
 */
void knet_pace_stir(uint32_t for_ms);
/* Threads are about to end: all look now, and nobody rests until as many have ended as began to. */
void knet_pace_end(void);
void knet_pace_ended(void);
/* Called where libknet tells of a new MTU, which stirs; of the threads there, those that nap may rest. */
void knet_pace_mtu(void);
/* The system complained to this thread of a datagram that was too long: whoever measures MTUs shall look. He himself
 * tries out what is too long for every node, time and again, and stirs nobody by it. */
void knet_pace_too_long(void);
/* As epoll_wait(). */
int knet_pace_wait(int epoll, struct epoll_event *events, int max, int timeout_ms);

#endif
