/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring-internal.h - what the files of the ring share: one file a phase of the
 * protocol, all on struct ring. Not for others.
 */
#ifndef TOTEM_RING_INTERNAL_H
#define TOTEM_RING_INTERNAL_H

#include "totem/ring.h"

/* Why GATHER was entered; the numbers are those that Corosync logs. */
enum gather_reason {
	GATHER_CONSENSUS_TIMEOUT = 0,
	GATHER_TOKEN_LOST_OPERATIONAL = 2,
	GATHER_TOKEN_LOST_GATHER = 3,
	GATHER_TOKEN_LOST_COMMIT = 4,
	GATHER_TOKEN_LOST_RECOVERY = 5,
	GATHER_FAILED_TO_RECEIVE = 6,
	GATHER_FOREIGN_OPERATIONAL = 7,
	GATHER_FOREIGN_GATHER = 8,
	GATHER_MERGE_OPERATIONAL = 9,
	GATHER_MERGE_GATHER = 10,
	GATHER_MERGED_JOIN = 11,
	GATHER_JOIN_OPERATIONAL = 12,
	GATHER_JOIN_COMMIT = 13,
	GATHER_JOIN_RECOVERY = 14,
	GATHER_START = 15,
	GATHER_NODE_LOST = 16, /* ours: see docs/decisions/0003 */
	GATHER_FORCED = 17,
	GATHER_REASON_COUNT,
};

/* ring.c: effects. */
void ring_send(struct ring *r, struct ring_effects *fx, node_id to, struct bytes b, bool loop);
void ring_timer_us(struct ring_effects *fx, enum ring_timer timer, uint64_t delay_us);
void ring_timer(struct ring_effects *fx, enum ring_timer timer, uint32_t delay_ms);
struct ring_effect *ring_push(struct ring_effects *fx, enum ring_effect_type type);
void ring_log(struct ring_effects *fx, enum message_id id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A writer on scratch memory that lives as long as the effects. */
struct writer ring_scratch(struct ring_effects *fx, size_t n);
struct bytes ring_keep(struct ring_effects *fx, const struct writer *w);
void ring_state_move(struct ring *r, enum ring_state to);
/* The window that messages of the current ring go into. */
struct window *ring_window(const struct ring *r);
/* While the messages of the ring take so much, nobody adds to them: as much again is for their copies in RECOVERY, and
 * the rest for what waits to be sent and what is being assembled.
 */
size_t ring_bytes_max(const struct ring *r);

/* ring-gather.c */
void ring_gather_enter(struct ring *r, enum gather_reason reason, struct ring_effects *fx);
void ring_join_send(struct ring *r, bool leaving, struct ring_effects *fx);
void ring_join_received(struct ring *r, const struct wire_join *j, mono_time now, struct ring_effects *fx);
void ring_join_timeout(struct ring *r, struct ring_effects *fx);
void ring_consensus_timeout(struct ring *r, struct ring_effects *fx);
/* A message of another ring: its sender should be in ours. */
void ring_foreign(struct ring *r, node_id from, struct ring_id ring, bool merge, struct ring_effects *fx);
void ring_doubt_timeout(struct ring *r, struct ring_effects *fx);
/* A ring forms: nobody is waited for any more, and those whom it leaves behind may come back. */
void ring_doubt_end(struct ring *r, struct ring_effects *fx);
void ring_node_lost(struct ring *r, node_id node, struct ring_effects *fx);

/* ring-commit.c: COMMIT, RECOVERY and the entry to OPERATIONAL. */
void ring_commit_create(struct ring *r, struct ring_effects *fx);
void ring_commit_received(struct ring *r, const struct wire_commit *c, struct ring_effects *fx);
void ring_persisted(struct ring *r, uint64_t seq, struct ring_effects *fx);
/* Back to what we were before the ring that failed. */
void ring_old_restore(struct ring *r);
void ring_operational_enter(struct ring *r, struct ring_effects *fx);
/* Copies of old messages up to one that everybody has. */
void ring_recovered_release(struct ring *r, uint32_t safe);
/* How many old messages are still to be sent in RECOVERY. */
uint32_t ring_recover_backlog(const struct ring *r);

/* ring-token.c */
void ring_token_received(struct ring *r, struct wire_token *t, mono_time now, struct ring_effects *fx);
/* The time of a token that waited has come. */
void ring_token_paced(struct ring *r, mono_time now, struct ring_effects *fx);
void ring_token_timeout(struct ring *r, struct ring_effects *fx);
/* Sends the stored token (of either kind) once more. */
void ring_token_resend(struct ring *r, struct ring_effects *fx);
void ring_token_originate(struct ring *r, struct ring_effects *fx);
void ring_token_timers(struct ring *r, struct ring_effects *fx);
void ring_hold_cancel(struct ring *r, struct ring_effects *fx);
void ring_hold_cancel_received(struct ring *r, struct ring_id ring, mono_time now, struct ring_effects *fx);
/* The token that we keep goes on, with what there is to say. */
void ring_token_let_go(struct ring *r, mono_time now, struct ring_effects *fx);
/* Moves my_aru over the messages that are there without a gap. */
void ring_aru_advance(struct ring *r);
/* OPERATIONAL: hands out what is next in the order. */
void ring_deliver(struct ring *r, struct ring_effects *fx);

#endif
