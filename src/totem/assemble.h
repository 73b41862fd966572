/* SPDX-License-Identifier: GPL-2.0-or-later */
/* assemble.h - the other end of pack.h: ordered packets of each sender become
 * messages again (engine-wire.md §5).
 *
 * A message that lies whole in its packet is handed out where it lies. One that
 * was cut is gathered in a block of the pool, which grows with it. If the
 * beginning of a cut message was never seen (we joined in the middle), its pieces
 * are passed over and passed_over counts it: who has the beginning is given the
 * message, we are not. The protocol has no means against that, as a sender goes
 * on in a new ring where it stopped in the old one. A packet without cuts that
 * comes in the middle of a cut message does not end it: services overtake while
 * they synchronise. A packet whose lengths do not add up is ignored whole.
 *
 *	assemble_packet(a, from, packet);
 *	while (assemble_next(a, &message)) …
 *
 * The messages are borrowed until the next call. If a message grows beyond
 * MESSAGE_MAX or the pool is full, it is lost and `lost` counts it. The first all
 * nodes lose alike; the second, which sets `starved`, we alone: a node that lost
 * what others have must not go on as if it had it.
 */
#ifndef TOTEM_ASSEMBLE_H
#define TOTEM_ASSEMBLE_H

#include "base/bytes.h"
#include "base/ids.h"
#include "base/pool.h"

struct assembly {
	node_id from;
	uint8_t last_cut;
	bool skipping; /* the rest of the message is passed over */
	uint32_t len, size;
	uint8_t *block; /* NULL: nothing gathered */
};

struct assemble {
	struct pool *pool;
	uint64_t lost, passed_over;
	bool starved;
	uint32_t count;
	struct assembly senders[NODES_MAX];
	/* The packet being taken apart. */
	struct assembly *current;
	struct bytes data;
	struct bytes lens;
	uint32_t pieces, next_piece;
	uint8_t fragmented;
	bool apart;     /* its messages are whole and come in the middle of another one */
	uint8_t *spent; /* block of the message handed out last */
};

void assemble_init(struct assemble *a, struct pool *pool);
/* Frees what is gathered of all senders. */
void assemble_clear(struct assemble *a);
/* Forgets the senders that are not in the list. */
void assemble_keep(struct assemble *a, const struct node_list *members);
/* Begins a packet; false when it is malformed or there is no room for another sender. */
bool assemble_packet(struct assemble *a, node_id from, struct bytes packet);
/* The next whole message of the packet. */
bool assemble_next(struct assemble *a, struct bytes *ret_message);

#endif
