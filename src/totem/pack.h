/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pack.h - many messages in one packet, and large messages over several
 * (totempg of Corosync, engine-wire.md §5).
 *
 *	packet = i16 0, i16 0, u8 fragmented, u8 continuation, u16 n, u16 len[n], data
 *
 * A message is appended to the packet under construction; what does not fit is
 * cut and goes on in the next one. `fragmented` is the number of the cut at the
 * packet's end (0: none), `continuation` repeats the number of the cut that the
 * packet before ended with. Numbers of a chain of cuts run 1, 2 … 255, 1.
 *
 * A message is taken whole or not at all. Frames leave with room for the MCAST
 * header in front.
 */
#ifndef TOTEM_PACK_H
#define TOTEM_PACK_H

#include "base/error.h"
#include "totem/frame.h"

enum {
	PACK_HEAD = 8,
	PACK_LENS_MAX = 256, /* pieces in a packet: a longer list is worth a packet of its own */
	/* Room in front of the data for all headers, so that a full packet is never moved. */
	PACK_HEADROOM = MCAST_HEADER + PACK_HEAD + 2 * PACK_LENS_MAX,
	PACK_COPY_MAX = 16384, /* data of a packet that is closed early: up to this it moves into a frame of its size */
	PACK_PARTS_MAX = 4,
	/* Mean bytes that a message costs beyond its own in the reckoning of room (engine-wire.md §5). */
	PACK_RESERVE = 24,
};

struct pack {
	uint32_t limit;       /* bytes of a packet: net_mtu */
	uint32_t queue_max;   /* frames that may wait; messages that must go may use as many again */
	uint8_t continuation; /* of the packet under construction */
	uint32_t count;       /* pieces in it */
	uint32_t fill;        /* bytes in it */
	struct frame_queue queue;
	struct frame *stage; /* the packet under construction, data from PACK_HEADROOM on; NULL: none yet */
	uint16_t lens[PACK_LENS_MAX];
};

/* limit: FRAME_MAX less headers, or less for small datagrams. */
void pack_init(struct pack *p, uint32_t limit);
/* Drops everything. */
void pack_clear(struct pack *p, struct pool *pool);

/* Whether a message of so many bytes has room in the queue as clients may use it. */
bool pack_has_room(const struct pack *p, size_t bytes);
/* Frames that a message of so many bytes may need. */
uint32_t pack_frames(const struct pack *p, size_t bytes);
/* How full the queue is, 0..100. */
uint32_t pack_percent(const struct pack *p);

/* Appends the parts as one message. ERR_FULL: neither queue nor pool has room, nothing was taken. */
MUST_CHECK enum err pack_add(struct pack *p, struct pool *pool, const struct bytes *parts, uint32_t part_count);

/* How many messages, or pieces of such, a packet says that it has. */
uint32_t pack_pieces(struct bytes packet);
/* Something waits, in the queue or under construction. */
bool pack_pending(const struct pack *p);
/* Closes the packet under construction, if it has anything and the queue has room. */
void pack_flush(struct pack *p, struct pool *pool);

#endif
