/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limits.h - every limit of the engine in one place, and how they relate.
 *
 * A limit that a peer or a client can see has the value that Corosync 3.1 uses;
 * the others bound our own memory. Where a queue is full, the header of its
 * owner says what happens.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <assert.h>

enum {
	NODES_MAX = 384,          /* members of a ring (wire: lists of 384) */
	LINKS_MAX = 8,            /* knet links between two nodes */
	NODE_ID_KNET_MAX = 65535, /* knet ids are 16 bit */

	FRAME_MAX = 65536,                  /* largest datagram of the ring, knet's limit */
	FRAME_UDPU_MTU = 1500,              /* default net_mtu of udpu, before headers */
	MCAST_HEADER = 45,                  /* bytes of a totem MCAST header */
	TOKEN_MAX = 1500,                   /* largest ORF token accepted */
	RTR_MAX = 30,                       /* retransmission requests in one token */
	WINDOW_SLOTS = 16384,               /* messages of one ring that may be outstanding */
	SEND_QUEUE_BYTES = 4 * 1024 * 1024, /* own messages waiting, in frames of net_mtu */

	MESSAGE_MAX = 1024 * 1024 + 64 * 1024, /* one reassembled message */
	REQUEST_MAX = 1024 * 1024,             /* one IPC request, reply or event */

	CLIENTS_MAX = 1024,        /* connections to one service */
	GROUP_NAME_MAX = 128,      /* cpg group name, bytes */
	CPG_EVENT_LIST_MAX = 128,  /* entries per list that libcpg's arrays hold */
	CPG_PROCESSES_MAX = 16384, /* processes in all groups of the cluster */
	QDEVICE_NAME_MAX = 255,
	SERVICES_MAX = 64, /* service ids 0..63 */

	MAP_KEY_MIN = 3,
	MAP_KEY_MAX = 255,
	MAP_VALUE_MAX = 16 * 1024,
};

static_assert(TOKEN_MAX >= 57 + 16 * RTR_MAX, "a full token fits");
static_assert((WINDOW_SLOTS & (WINDOW_SLOTS - 1)) == 0, "slots are found by masking");
static_assert(MESSAGE_MAX > REQUEST_MAX + 1024, "an IPC request and its headers fit one message");

#endif
