/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire.h - the six messages of the ring, byte for byte as Corosync 3.1 speaks
 * them (engine-wire.md §3).
 *
 *	0  u16 magic 0xC070   2  u8 version 3   3  u8 type   4  u8 encapsulated
 *	5  u32 sender of this hop (0: LEAVE)    9  u32 target (0: all)
 *
 * Decoding checks every length and count, so that what it returns can be used
 * without another look; bytes that no correct node sends decode to false.
 * Encoding is the inverse: decode(encode(m)) == m.
 */
#ifndef TOTEM_WIRE_H
#define TOTEM_WIRE_H

#include "base/bytes.h"
#include "base/ids.h"

enum wire_type {
	WIRE_TOKEN = 0,
	WIRE_MCAST = 1,
	WIRE_MERGE = 2,
	WIRE_JOIN = 3,
	WIRE_COMMIT = 4,
	WIRE_HOLD_CANCEL = 5,
};

/* Of MCAST messages: whether the payload is a packet of messages or a whole MCAST of the ring before. */
enum wire_encapsulation { WIRE_NOT_MCAST = 0, WIRE_RECOVERED = 1, WIRE_PLAIN = 2 };

enum {
	WIRE_HEAD = 13,
	WIRE_TOKEN_FIXED = 57,
	WIRE_RTR_SIZE = 16,
	WIRE_COMMIT_FIXED = 41,
	WIRE_COMMIT_MAX = WIRE_COMMIT_FIXED + 28 * NODES_MAX,
	WIRE_JOIN_MAX = 33 + 8 * NODES_MAX,
};

struct wire_head {
	enum wire_type type;
	enum wire_encapsulation encapsulated;
	node_id from;
	node_id target;
};

struct wire_rtr {
	struct ring_id ring;
	uint32_t seq;
};

struct wire_token {
	uint32_t seq;       /* highest sequence number given out on this ring */
	uint32_t token_seq; /* counts hops: tells a copy from the token */
	uint32_t aru;       /* all members have all messages up to here */
	node_id aru_addr;   /* who lowered aru, {0} nobody */
	struct ring_id ring;
	uint32_t backlog;
	uint32_t fcc; /* messages that all nodes sent in the last rotation */
	int32_t retrans_flg;
	uint32_t rtr_count;
	struct wire_rtr rtr[RTR_MAX];
};

struct wire_mcast {
	node_id from; /* the header's: the originator, also of a retransmission */
	node_id system_from;
	enum wire_encapsulation encapsulated;
	uint32_t seq;
	int32_t this_seqno;
	struct ring_id ring;
	struct bytes payload; /* borrowed */
};

struct wire_join {
	bool leaving; /* header.from was 0 */
	node_id system_from;
	uint64_t ring_seq;
	struct node_list proc;
	struct node_list failed;
};

struct wire_commit_entry {
	struct ring_id old_ring;
	uint32_t aru;
	uint32_t high_delivered;
	uint32_t received_flg;
};

struct wire_commit {
	uint32_t token_seq;
	struct ring_id ring;
	uint32_t memb_index;
	struct node_list members; /* ascending */
	struct wire_commit_entry entries[NODES_MAX];
};

/* The header of any message. False: not of this protocol or version, or an unknown type. */
bool wire_decode_head(struct bytes b, struct wire_head *ret);

bool wire_decode_token(struct bytes b, struct wire_token *ret);
bool wire_decode_mcast(struct bytes b, struct wire_mcast *ret);
bool wire_decode_join(struct bytes b, struct wire_join *ret);
bool wire_decode_commit(struct bytes b, struct wire_commit *ret);
bool wire_decode_merge(struct bytes b, node_id *ret_from, struct ring_id *ret_ring);
bool wire_decode_hold_cancel(struct bytes b, struct ring_id *ret_ring);

/* from: who sends this hop; target: {0} for all. */
void wire_encode_token(struct writer *w, node_id from, node_id target, const struct wire_token *t);
void wire_encode_join(struct writer *w, const struct wire_join *j);
void wire_encode_commit(struct writer *w, node_id from, node_id target, const struct wire_commit *c);
void wire_encode_merge(struct writer *w, node_id from, struct ring_id ring);
void wire_encode_hold_cancel(struct writer *w, node_id from, struct ring_id ring);
/* The 45 bytes in front of a payload; m->payload is not looked at. */
void wire_encode_mcast_head(struct writer *w, const struct wire_mcast *m);

/* Order of sequence numbers, which may wrap: whether a comes before b. */
static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline uint32_t seq_min(uint32_t a, uint32_t b)
{
	return seq_before(a, b) ? a : b;
}

#endif
