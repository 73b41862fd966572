/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet-burst.h - the datagrams that one frame is cut into go through the kernel
 * together.
 *
 * libknet cuts a long frame into datagrams of the path's MTU, 46 for 64 KiB, and
 * hands each to the kernel by a call of its own; the receiver takes each by one.
 * The way of a datagram through the kernel costs several times what is done to
 * its bytes. Linux takes up to 64 datagrams of one size as one (UDP_SEGMENT,
 * since 4.18), carries them so as far as possible, and gives them to who asks
 * for it as one (UDP_GRO, 5.0). On the wire they are the datagrams that they
 * would have been.
 *
 * libknet has no call for this, but it sends by sendmsg(), receives by recvmsg()
 * and waits by epoll_wait(), and a program's own come before the C library's.
 * Ours are the same, but
 *  - between knet_burst_begin() and knet_burst_end(), or the thread's next
 *    epoll_wait(), sendmsg() collects datagrams of one size to one address. Errors
 *    of the kernel are told one call later;
 *  - in a thread that called knet_burst_receive(), recvmsg() takes from UDP
 *    sockets what came together, and gives one datagram at a time.
 * Where the kernel refuses, datagrams go singly as before. A libknet that sends or
 * receives in another way is not changed by this.
 *
 * Order: what was collected, by whatever thread, goes out before anything that
 * is collected after another begin. Any thread may call these.
 */
#ifndef OS_KNET_BURST_H
#define OS_KNET_BURST_H

#include <stdint.h>

enum {
	BURST_DATAGRAMS_MAX = 64,
	BURST_BYTES_MAX = 65000,  /* less than an IP packet holds */
	BURST_BYTES_IN = 1 << 16, /* that the kernel may hand over at once */
	BURST_TURN = 256,         /* datagrams that a thread gets before it must wait anew: libknet takes 512 at most */
};

struct knet_burst_counts {
	uint64_t sent, sent_together;         /* datagrams that were collected; of these, in one call with others */
	uint64_t received, received_together; /* likewise */
};

/* Called when a frame is about to be cut. */
void knet_burst_begin(void);
/* Sends what was collected. */
void knet_burst_end(void);
/* The calling thread is one that receives. */
void knet_burst_receive(void);
/* Of all threads so far. */
struct knet_burst_counts knet_burst_counts(void);

#endif
