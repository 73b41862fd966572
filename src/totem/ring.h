/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring.h - membership and totally ordered multicast: the single-ring protocol of
 * Totem as Corosync 3.1 speaks it (engine-wire.md §4), as a pure state machine.
 *
 *	          START, lost token, foreign message, JOIN, lost node
 *	                +-----------------------------------+
 *	                v                                   |
 *	            GATHER ---- all agree ----> COMMIT      |
 *	                ^                         | commit token came round
 *	                |                         v         |
 *	                +---- token lost ---- RECOVERY      |
 *	                                          | old messages are shared
 *	                                          v         |
 *	                                     OPERATIONAL ---+
 *
 * Definitions: aru = all received up to here. Old ring = the last one that was
 * OPERATIONAL here. Transitional members = those that come from the same old
 * ring as we do.
 *
 * Invariants, asserted by ring_check() at the entry and exit of each step:
 *  R1  The ring's number never goes down, and a commit token is not sent before
 *      its number is on disk.
 *  R2  In COMMIT and later, we are a member of the new membership, whose ids ascend.
 *  R3  What was delivered lies at or before what was received: high_delivered <= high_seq.
 *  R4  Nothing is released that was not delivered: window.released <= high_delivered (OPERATIONAL).
 *  R5  failed never holds ourselves, unless we failed to receive.
 *  R6  consensus holds only members of proc.
 *  R7  An old ring's state is saved while and only while a new ring is being agreed on.
 *  R8  doubtful holds only nodes of silent.
 *  R9  Only the representative of an idle or resting ring keeps the token.
 *
 * A NODE_LOST event is a local, early sign that a node is gone (see
 * docs/decisions/0003): the ring then gathers at once with the node in its
 * failed list, which any Corosync node understands, instead of sitting out token
 * and consensus.
 *
 * The ring owns its frames (pool) and the packing of messages. Effects borrow:
 * their bytes and lists are valid until the next call of any verb. They must be
 * carried out in order. The host answers PERSIST with RING_EVENT_PERSISTED once
 * the number is safe; SEND with `loop` also comes back to us as a PACKET.
 */
#ifndef TOTEM_RING_H
#define TOTEM_RING_H

#include "base/catalogue.h"
#include "base/time.h"
#include "totem/frame.h"
#include "totem/pack.h"
#include "totem/wire.h"

/* Times and counts of totem{} in corosync.conf, effective values (engine-wire.md §4.10). */
struct ring_config {
	uint32_t token_ms;
	uint32_t token_warning_percent; /* 0: off */
	uint32_t token_retransmit_ms;   /* at the latest: the first copies of a token follow sooner */
	uint32_t hold_ms;
	uint32_t join_ms;
	uint32_t send_join_ms; /* each JOIN waits a random time up to this */
	uint32_t consensus_ms;
	uint32_t merge_ms;
	uint32_t fail_recv_const;
	uint32_t seqno_unchanged_const;
	uint32_t window_size;
	uint32_t max_messages;
	uint32_t miss_count_const;
	uint32_t pace_us; /* for each member: the shortest round of a busy ring, and a quiet one's rest; 0: none */
	uint32_t net_mtu; /* bytes of a packet of messages, headers excluded */
	bool cancel_token_hold_on_retransmit;
};

enum ring_state { RING_GATHER, RING_COMMIT, RING_RECOVERY, RING_OPERATIONAL, RING_STATE_COUNT };

enum ring_timer {
	RING_TIMER_JOIN,
	RING_TIMER_CONSENSUS,
	RING_TIMER_TOKEN,      /* no token: the ring is lost */
	RING_TIMER_WARNING,    /* the token is late */
	RING_TIMER_RETRANSMIT, /* send the last token again */
	RING_TIMER_HOLD,       /* the idle representative lets the token go */
	RING_TIMER_MERGE,
	RING_TIMER_PACE,  /* a token that came early waits */
	RING_TIMER_PAUSE, /* notices that we did not run for a while */
	RING_TIMER_DOUBT, /* who is brought back by others must be heard by now */
	RING_TIMER_COUNT,
};

enum ring_event_type {
	RING_EVENT_START,
	RING_EVENT_PACKET,       /* packet: a datagram of the transport */
	RING_EVENT_TIMEOUT,      /* timer */
	RING_EVENT_PERSISTED,    /* seq: this ring number is on disk */
	RING_EVENT_NODE_LOST,    /* node: the transport is certain that it is gone */
	RING_EVENT_NODE_BACK,    /* node: it can be reached again */
	RING_EVENT_SYNCED,       /* seq: the services have agreed on the ring of this number */
	RING_EVENT_FORCE_GATHER, /* an operator's wish */
	RING_EVENT_LEAVE,        /* we go: tell the others */
};

struct ring_event {
	enum ring_event_type type;
	mono_time now;
	struct bytes packet;
	enum ring_timer timer;
	uint64_t seq;
	node_id node;
};

enum ring_effect_type {
	RING_EFFECT_SEND,         /* to ({0}: all others), bytes; loop: also to ourselves */
	RING_EFFECT_TIMER,        /* timer, delay_us; 0 cancels */
	RING_EFFECT_PERSIST,      /* seq */
	RING_EFFECT_DELIVER,      /* from, bytes: the next packet in the total order */
	RING_EFFECT_TRANSITIONAL, /* ring, nodes: the members that come along; what follows until REGULAR is from the
				     old ring */
	RING_EFFECT_REGULAR,      /* ring, nodes: the new members */
	RING_EFFECT_TOKEN,        /* a token has come by: there may be room to send again */
	RING_EFFECT_DRAIN,        /* throw away what waits in the receive sockets: we were not running */
	RING_EFFECT_LOG,          /* message, text */
};

struct ring_effect {
	enum ring_effect_type type;
	enum ring_timer timer;
	enum message_id message;
	uint64_t delay_us;
	node_id to, from;
	bool loop;
	uint64_t seq;
	struct bytes bytes;
	struct ring_id ring;
	const struct node_list *nodes;
	const char *text;
};

enum {
	RING_MESSAGES_PER_VISIT_MAX = 1024, /* totem.max_messages is cut to this */
	RING_EFFECTS_MAX = WINDOW_SLOTS + 2 * RING_MESSAGES_PER_VISIT_MAX + 256,
	RING_SCRATCH = 2 * (WIRE_COMMIT_MAX + WIRE_JOIN_MAX) + TOKEN_MAX + 4096,
};

struct ring_effects {
	uint32_t count;
	uint32_t scratch_used;
	struct ring_effect items[RING_EFFECTS_MAX];
	uint8_t scratch[RING_SCRATCH];
};

/* Counters of cmap's stats.srp. (engine-ipc.md §5.2), in the order of the table in ring-stats.c. */
struct ring_stats {
	uint64_t token_tx, token_rx, merge_tx, merge_rx, join_tx, join_rx, mcast_tx, mcast_retx, mcast_rx;
	uint64_t commit_tx, commit_rx, hold_cancel_tx, hold_cancel_rx;
	uint64_t operational_entered, operational_token_lost, gather_entered, gather_token_lost;
	uint64_t commit_entered, commit_token_lost, recovery_entered, recovery_token_lost;
	uint64_t consensus_timeouts, rx_dropped;
	uint32_t continuous_gather;
	uint32_t token_gap_us_mean; /* between two visits of the token, over some 16 of them */
	uint32_t backlog_mean;      /* own messages waiting at a visit, likewise */
	mono_time token_last;
};

/* Exposed because hosts embed it; read through the verbs below. */
struct ring {
	struct ring_config config;
	node_id self;
	struct pool *pool;
	uint64_t dice; /* state of the generator for send_join, seeded by the host */
	struct ring_stats stats;

	enum ring_state state;
	struct ring_id id;
	uint64_t seq_max; /* highest ring number seen: the next ring's must be higher */
	uint64_t persisted;
	bool started, leaving;

	/* GATHER */
	struct node_list proc, failed, consensus, silent;
	struct node_list doubtful; /* silent when our ring went on without them: by now they may be back */
	bool failed_to_recv;
	bool doubting;  /* DOUBT runs */
	bool confirmed; /* all agree, and we have said so once more */

	/* COMMIT and on */
	struct node_list new_memb, trans_memb, memb, deliver_memb;
	struct wire_commit commit;
	bool commit_unsent; /* waits for PERSISTED */
	node_id next;       /* to whom tokens go */
	struct {
		bool valid;
		struct ring_id ring;
		uint32_t aru, high_seq;
	} old;
	bool received_flg;
	bool settled;   /* the token has come round since we are OPERATIONAL: so are all members */
	uint32_t calls; /* MERGEs that are still to be sent without waiting for the token */
	bool gave_up;   /* on the way to this ring we gave nodes up that may well live */
	mono_time settling_since;
	bool token_originated;

	/* Messages of the ring. regular: of the last operational one; recovery: of the new one while in RECOVERY. */
	struct window *regular, *recovery, *retired;
	uint32_t my_aru, high_seq, high_delivered, last_aru;
	uint32_t recover_next, recover_end; /* old messages that are still to be sent again */
	uint32_t recover_looked;            /* up to which of the new ring copies of old ones are not kept twice */
	int32_t this_seqno;

	/* Token */
	uint32_t my_token_seq, last_seq, seq_unchanged, aru_count;
	uint32_t my_trc, my_pbl;
	bool set_retrans_flg, merge_running, discard_token;
	bool held;       /* the ring is idle or rests: its representative keeps the token for a while each round */
	bool keeps;      /* we do, now: there is nothing to be sent again */
	uint32_t copies; /* how often the stored token was sent again */
	uint32_t retrans_cnt, rotation_cnt, install_seq;
	bool paced;            /* paced_token waits for its time */
	uint32_t pieces_since; /* messages handed out since the token was here */
	uint32_t own_since;    /* messages of ours that were submitted since then */
	uint32_t own_seen;     /* of these, at the last look at whether our burst goes on */
	struct wire_token paced_token;
	uint32_t token_len; /* of token, 0: none */
	uint8_t token[WIRE_COMMIT_MAX];
	mono_time tick; /* last time the PAUSE timer ran */

	/* Sending. While the services synchronise, only what they say goes out, by the second packer. */
	bool waiting_sync;
	struct pack packs[2];
	struct window windows[3];
};

enum ring_queue { RING_QUEUE_NORMAL, RING_QUEUE_SYNC };

/* ring_seq: the number read from disk; dice: any number. The ring is silent until START. */
void ring_init(struct ring *r, const struct ring_config *config, node_id self, uint64_t ring_seq, uint64_t dice,
	       struct pool *pool);
/* Gives all memory back to the pool. */
void ring_fini(struct ring *r);
void ring_step(struct ring *r, const struct ring_event *ev, struct ring_effects *fx);
/* New times and counts; net_mtu cannot change. They hold from the next use on. */
void ring_configure(struct ring *r, const struct ring_config *config);

/* Takes the parts as one message for the ring. ERR_FULL: nothing was taken, try again when a TOKEN effect was seen.
 * While the services synchronise, messages of theirs must name RING_QUEUE_SYNC, which overtakes.
 */
MUST_CHECK enum err ring_submit(struct ring *r, enum ring_queue queue, const struct bytes *parts, uint32_t part_count,
				struct ring_effects *fx);
/* Whether a client's message of so many bytes has room. */
bool ring_has_room(const struct ring *r, size_t bytes);
/* Frames that it may need. */
uint32_t ring_frames(const struct ring *r, size_t bytes);
/* Whether messages wait to be sent. */
bool ring_pending(const struct ring *r);
/* How full the queue of messages is, 0..100. */
uint32_t ring_percent(const struct ring *r);

void ring_check(const struct ring *r);
const char *ring_state_name(enum ring_state s);

#endif
