/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.h - who is there, who leads, what they agree on.
 *
 * After each change of the group every member states what it has. When the statements of all have come, each computes
 * the same: who leads (the longest-standing member: the lowest non-zero `joined`, then the lowest node id) and whose
 * configuration counts: the highest admin_epoch, then the highest lineage, then the highest version, then the leader's
 * if it is the same one, then the lowest node id. The winner, when it is not the leader, sends its configuration; the
 * leader puts all together and sends an agreement; with its arrival the new epoch begins.
 *
 * A lineage tells the changes of one epoch with a majority from all others (decision 0023): it is above all lineages
 * that its members had before, and above all that they had promised. In such an epoch each member promises it on disk,
 * and changes have it when a majority has promised: so of two majorities, which have a member in common, the later one
 * has the higher lineage, whoever dies in between, and no clock is asked. Other changes leave it as it is, and never
 * outdo those. A majority is of the managers of all nodes that the configuration has: not of votes, which machines have
 * without their managers. A configuration is settled when all members of an epoch with a majority have it on disk with
 * the lineage of that epoch: then it is in whatever a later majority agrees on.
 *
 *	CHANGING ── all statements are here ──► STATED ── agreement for just these ──► AGREED
 *	    ▲                                    ▲    │ a newer statement                │
 *	    │                                    └────┘                                  │
 *	    └────────────────────────── the group changed ───────────────────────────────┘
 *
 * Rules, which view_check() asserts:
 * 1. A statement counts when it names exactly the present members. One that was sent for an earlier group with the same
 *    members is as good: between the two its sender cannot have agreed to anything, since its messages come in order.
 *    The newer one takes its place when it comes before the agreement, and is dropped when it comes after it.
 * 2. An agreement counts when it is made of exactly the statements that are here, by their serials. Another one was
 *    made before the last change, and is dropped by all alike.
 * 3. The epoch of an agreement is above all that any of its members has known.
 * 4. Messages with an epoch count only in AGREED and with the present one.
 * 5. A node counts once. While an old process of it lingers in the group beside its successor, only the one with the
 *    lower process id is a member; the group changes again when the old one is gone.
 * 6. An agreement is next to our last one when all its members were members of that one, too, and have stated once
 *    since. Then none of them has agreed to anything else in between, with whomever: that takes a statement more.
 */
#ifndef CONTROLLER_VIEW_H
#define CONTROLLER_VIEW_H

#include "controller/message.h"

enum view_state { VIEW_CHANGING, VIEW_STATED, VIEW_AGREED };

struct view_part {
	struct member member;
	bool stated;
	uint64_t serial, joined, last_epoch, lineage, promise;
	struct cib_version version;
	bool settled, quorate;
	uint32_t cores;
	char *name, *digest, *history, *feature_set, *release, *start_state; /* the view's own */
};

struct manager_view {
	enum view_state state;
	struct member self;
	uint64_t epoch;                              /* of the last agreement */
	uint64_t joined;                             /* our own: the epoch that we came in with, 0 before */
	struct view_part parts[MESSAGE_MEMBERS_MAX]; /* by node id */
	uint32_t part_count;
	node_id leader; /* as computed from the statements; set from STATED on */
	node_id winner; /* whose configuration counts */
	/* Rule 6; of the last agreement. */
	bool is_next;
	struct {
		struct member member;
		uint64_t serial;
	} agreed[MESSAGE_MEMBERS_MAX]; /* whose statements it was made of */
	uint32_t agreed_count;
};

void view_init(struct manager_view *v, struct member self);
void view_fini(struct manager_view *v);
/* The group is these now, at most MESSAGE_MEMBERS_MAX, in any order; all statements are forgotten. */
void view_change(struct manager_view *v, const struct member *members, uint32_t count);
/* True when all have stated now: leader and winner are known, and the leader makes an agreement of these statements. A
 * newer statement in STATED is true again: what was made of the older one will be dropped. */
bool view_state_of(struct manager_view *v, struct member sender, const struct statement *s);
/* True when it counts: the epoch begins. Who was new has joined with it (parts[].joined). */
bool view_agree(struct manager_view *v, struct member sender, const struct agreement *a, uint64_t epoch);
/* Whether a message of this epoch counts. */
bool view_accepts(const struct manager_view *v, uint64_t epoch);
bool view_is_leader(const struct manager_view *v);
const struct view_part *view_part_by_name(const struct manager_view *v, const char *name);
const struct view_part *view_part_by_id(const struct manager_view *v, node_id node);
/* The epoch that an agreement of these statements must have. */
uint64_t view_next_epoch(const struct manager_view *v);
/* A lineage above all that these statements have or have promised; no more than a message may have. */
uint64_t view_next_lineage(const struct manager_view *v);
/* Whether two parts have the same configuration. */
bool view_same_configuration(const struct view_part *a, const struct view_part *b);
/* Whether the winner's configuration is settled, as anybody knows who has it. */
bool view_is_settled(const struct manager_view *v);
/* Appends what an agreement waits for, for people: "what these nodes' managers have: 2, 3"; nothing in AGREED. */
void view_tell_awaited(const struct manager_view *v, GString *out);
void view_check(const struct manager_view *v);

#endif
