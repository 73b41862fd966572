/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state.h - what all members hold in common: the document with its status, attributes that wait to be written, the
 * record of fencing. It changes by ordered messages only, and by the same code everywhere, so that it stays equal.
 *
 * cluster_state_apply() takes each message that counts, in order, and says what it touched; it never fails half way:
 * what cannot be applied is a verdict for whoever asked, and changes nothing. After a message that touched anything the
 * document may be another one: elements of it are valid until the next message only.
 *
 * The status section is derived: nobody writes it but this module (and MESSAGE_CHANGE of somebody with the right to). A
 * change that brings a whole new document does not bring its status: what runs where is not for it to say.
 *
 * What the messages do:
 * ORDERS     the operations are recorded as pending (op-status -1) under their transition keys, recurring ones always,
 *            others when record_pending; not notifications and reloads, which are no state. What is to be cancelled
 *            is taken off the history at once.
 * RESULT     the entry takes the place of the one with its id. Its call-id is raised where it is not above those of
 *            operations that ended before: the order of arrival is the order of the history. An entry
 *            RSC_last_failure_0 with interval 0 is RSC_last_0 as well. A recurring operation that failed in its first
 *            run stays recorded as pending beside its failure, as with Pacemaker, and is not under way. A cancelled
 *            one's entry (op-status 1) goes. A stop that succeeded takes the recurring operations with it. A failure is
 *            counted in fail-count-RSC#OP_INTERVAL and dated in last-failure-…, once for each run.
 * NODE       see enum node_change_kind
 * FENCED     goes on record; when it succeeded, the node is down, and its history and attributes are forgotten; "on"
 *            sets the attribute #node-unfenced.
 * FENCING    goes on the list of what is under way, until FENCED or the next agreement: who leads then tells it anew.
 * FORGET     failures: the attributes that count them, and entries that tell of them; history: whole lrm_resource
 *            elements, failures too; what is under way stays in both. A node: all of it, unless it is a member.
 *            Fencings: off the record, those of a node or all.
 * STOP       the node is expected to be down.
 * Each that changes the status counts num_updates up by one, each that changes the configuration the epoch.
 *
 * What cluster_state_check() asserts:
 * 1. The document is a <cib> with versions that are no less than 0.
 * 2. The index finds what is in the document, and nothing else.
 * 3. The record of fencing has at most FENCE_RECORDS_MAX entries.
 * 4. An attribute is held once, with one value a node; what is unset is not in the status.
 */
#ifndef CONTROLLER_STATE_H
#define CONTROLLER_STATE_H

#include "controller/attributes.h"
#include "controller/message.h"
#include "controller/view.h"

enum touched {
	TOUCHED_CONFIGURATION = 1 << 0, /* must be stored */
	TOUCHED_STATUS = 1 << 1,
	TOUCHED_UNEXPECTEDLY = 1 << 2, /* the present transition no longer fits: decide anew */
	TOUCHED_ATTRIBUTES = 1 << 3,   /* values wait: look at attributes_waits() */
};

struct cluster_state_answer {
	uint64_t request; /* of the sender; 0: nobody asked */
	enum edit_verdict verdict;
	char *text; /* what is wrong; NULL. The caller frees it with g_free() */
};

struct fence_record {
	char *target, *device, *member, *client, *why;
	uint8_t action;
	wall_time when;
};
enum { FENCE_RECORDS_MAX = 500 };

struct state_index;

struct cluster_state {
	struct document *document;
	struct attributes attributes;
	GPtrArray *fences;  /* struct fence_record, newest last */
	GPtrArray *fencing; /* struct fence_record of what is under way: member is the leader, when it began */
	char *cluster_name; /* of corosync.conf, NULL: none; whoever knows it sets it with g_strdup() */
	struct state_index *index;
};

void cluster_state_init(struct cluster_state *r);
void cluster_state_fini(struct cluster_state *r);
/* A configuration from disk, before the first agreement; the document is the replica's from here on. */
void cluster_state_take_document(struct cluster_state *r, struct document *d);

/* What an agreement brings besides its document: attributes and the record of fencing. */
void cluster_state_take_rest(struct cluster_state *s, const struct agreement *a);
/* Before the first agreement: this node's own <node_state>, as cluster_state_own_history() gave it to the process
 * before this one, and the lines of cluster_state_own_orders() since. False: it cannot be read, and nothing is changed;
 * of the lines those that cannot be read are left out. */
bool cluster_state_take_history(struct cluster_state *s, const char *node, const char *text);

/* ret_answer: for CHANGE, ATTRIBUTE, FORGET, FENCE_ASK that this node sent. */
unsigned cluster_state_apply(struct cluster_state *r, const struct manager_view *v, const struct member *sender,
			     const struct message *m, struct cluster_state_answer *ret_answer);

/* The agreement that the leader sends: configuration (the winner's), every member's statement as its node's state (of a
 * manager that has just come in another one's place with what that one had not kept, but the leader knows), absent
 * nodes as the leader knows them, nodes of the nodelist added. Texts live in the arena. */
struct nodelist_entry {
	node_id node;
	const char *name;
	bool in_ring; /* its machine is a member of the ring. Without a manager it is given time to come back: its node
		       * state stays as it is, and the leader says when it counts as lost */
};
void cluster_state_compose(const struct cluster_state *r, const struct manager_view *v,
			   const struct document *configuration, const struct nodelist_entry *nodes,
			   uint32_t node_count, struct arena *arena, struct agreement *ret);
/* What a statement says of this node's own history: its <node_state>, or NULL; in the arena. */
const char *cluster_state_own_history(const struct cluster_state *r, const char *node, struct arena *arena);
/* What these orders, which were applied just now, have put into the node's history as under way: a line for each, which
 * begins with its line feed; NULL: nothing. In the arena. */
const char *cluster_state_own_orders(struct cluster_state *r, const char *node, const struct message *orders,
				     struct arena *arena);

/* Operations that are recorded as pending on nodes that are members: what is under way. */
void cluster_state_pending(const struct cluster_state *r,
			   void (*fn)(void *arg, const char *node, const struct element *resource,
				      const struct element *operation),
			   void *arg);
/* Equal replicas have equal digests: of document, attributes and fences. 33 bytes. */
void cluster_state_digest(const struct cluster_state *r, char ret_digest[33]);
void cluster_state_check(const struct cluster_state *r);

#endif
