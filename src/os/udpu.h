/* SPDX-License-Identifier: GPL-2.0-or-later */
/* udpu.h - the transport over plain UDP, one datagram per node (engine-wire.md §2.8): no
 * encryption, one link, frames as large as one UDP datagram may be.
 *
 * Receives at our own address and port of link 0; the first transport_link_set() for ourselves opens the
 * sockets and must come before transport_start(). With block_unlisted_ips, datagrams from an address that is no
 * node's are dropped.
 */
#ifndef OS_UDPU_H
#define OS_UDPU_H

#include "os/transport.h"

struct udpu_options {
	node_id self;
	bool block_unlisted_ips;
	uint32_t mtu; /* netmtu, told in the status */
};

MUST_CHECK enum err udpu_open(struct loop *loop, const struct udpu_options *options,
			      const struct transport_handlers *handlers, struct transport **ret, struct error *reterr);

#endif
