/* SPDX-License-Identifier: GPL-2.0-or-later */
/* strangers.h - who sends to our ports without being known: libknet drops such
 * packets, some without a word, and never says where they come from.
 *
 * A raw socket sees copies of what arrives; a filter in the kernel lets pass what
 * is for one of our ports and from none of the known addresses. Each packet
 * still costs a copy, so that one listens for a while now and then only:
 *
 *	e = strangers_open(loop, &options, &s, reterr);     CAP_NET_RAW
 *	strangers_listen(s, ports, 1, known, count);        for STRANGERS_LISTEN_MS, then it rests by itself
 *
 * Nothing here believes what it sees: addresses can be forged, and packets are
 * shown to the caller as they came.
 */
#ifndef OS_STRANGERS_H
#define OS_STRANGERS_H

#include "base/bytes.h"
#include "os/loop.h"

#include <sys/socket.h>

enum {
	STRANGERS_LISTEN_MS = 2000,
	STRANGERS_PACKETS_MAX = 64, /* told of in one spell */
	STRANGERS_PORTS_MAX = 8,
};

struct strangers;

struct strangers_options {
	void *arg;
	/* from has no port; packet is the datagram's begin, borrowed for the call. */
	void (*seen)(void *arg, const struct sockaddr_storage *from, uint16_t port, struct bytes packet);
};

MUST_CHECK enum err strangers_open(struct loop *loop, const struct strangers_options *options, struct strangers **ret,
				   struct error *reterr);
/* known is borrowed for the call. Those already listening begin anew. */
MUST_CHECK enum err strangers_listen(struct strangers *s, const uint16_t *ports, uint32_t port_count,
				     const struct sockaddr_storage *known, uint32_t known_count, struct error *reterr);
/* NULL is fine. */
void strangers_close(struct strangers *s);

#endif
