/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.h - what managers tell each other, in one order.
 *
 * Everything goes to all members of the group, the sender included, and counts when it comes back. Layout
 * (little-endian): magic "HALE", u8 version, u8 kind, u64 epoch, then the kind's fields in the order below; a text is
 * u32 length, bytes and a zero byte (length 0xffffffff: NULL). What is longer than the ring takes is cut by the host
 * and put together again before it gets here.
 *
 * epoch: the agreement (view.h) in which it was sent. A message of another epoch than the present one is dropped by
 * everyone alike, and sent anew by whoever still wants it.
 */
#ifndef CONTROLLER_MESSAGE_H
#define CONTROLLER_MESSAGE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "cib/patch.h"
#include "executor/operation.h"
#include "store/edit.h"

#include <glib.h>

enum {
	MESSAGE_VERSION = 2,
	MANAGER_MESSAGE_MAX = 64 * 1024 * 1024,
	MESSAGE_MEMBERS_MAX = 128,
	MESSAGE_GROUPS_MAX = 65536, /* system groups of a user */
};

enum message_kind {
	MESSAGE_STATEMENT = 1,  /* epoch 0: what a member has, after the group changed */
	MESSAGE_CONFIGURATION,  /* epoch 0: the winner's configuration, when the leader lacks it */
	MESSAGE_AGREEMENT,      /* the leader's: everything, and the epoch that begins with it */
	MESSAGE_CHANGE,         /* somebody's change of the configuration or status */
	MESSAGE_STORED,         /* what a member has on disk */
	MESSAGE_ORDERS,         /* the leader's: operations that members shall run */
	MESSAGE_RESULT,         /* how an operation ended */
	MESSAGE_ATTRIBUTE,      /* a transient attribute's new value */
	MESSAGE_ATTRIBUTES_DUE, /* the leader's: waiting values of an attribute go into the status now */
	MESSAGE_FENCE_ASK,      /* somebody wants a node fenced */
	MESSAGE_FENCE_RUN,      /* the leader's: a member shall run a fence agent */
	MESSAGE_FENCE_RAN,      /* how that ended */
	MESSAGE_FENCED,         /* the leader's: on record */
	MESSAGE_NODE,           /* the leader's: a node is up, down, or out of the cluster */
	MESSAGE_FORGET,         /* history, failures, a node, or fencings to be forgotten (cleanup, refresh, removal) */
	MESSAGE_STOP,    /* the leader's: the member may leave now; its node is expected to be down from here on */
	MESSAGE_QUORUM,  /* the leader's: whether this partition has quorum */
	MESSAGE_DIGEST,  /* the leader's: of the common state after so many messages of the epoch */
	MESSAGE_IDLE,    /* the leader's: nothing is under way, and nothing is left to do */
	MESSAGE_FENCING, /* the leader's: it has begun to fence a node, or goes on with it in this epoch */
	MESSAGE_KINDS,
};

/* What a member has on its disk. */
struct stored {
	struct cib_version version;
	uint64_t lineage, promise; /* view.h */
};

/* A member of the group: one process on one node. */
struct member {
	node_id node;
	uint32_t pid;
};

struct statement {
	struct member members[MESSAGE_MEMBERS_MAX]; /* of the group, for which this is said */
	uint32_t member_count;
	uint64_t serial;  /* the sender's, rising: tells its statements apart */
	const char *name; /* of the node */
	const char *feature_set, *release;
	uint64_t joined;            /* epoch in which it came in and has been in since; 0: it is new */
	struct cib_version version; /* of its configuration; all 0: it has none */
	const char *digest;         /* of the configuration */
	uint64_t last_epoch;        /* the latest that it knows of */
	uint64_t lineage, promise;  /* of its configuration; that it has promised (view.h) */
	bool settled;               /* a majority has this configuration on disk, as it knows */
	bool quorate;
	uint32_t cores; /* of its machine: how many jobs it takes */
	wall_time when; /* by its clock */
	const char
		*history; /* <node_state> with its operations and attributes as it knows them; NULL: it knows nothing */
	const char *start_state; /* "default", "standby", "online": PCMK_node_start_state */
};

struct agreement {
	struct {
		struct member member;
		uint64_t serial, joined;
	} parts[MESSAGE_MEMBERS_MAX]; /* the statements that it is made of */
	uint32_t part_count;
	node_id leader;
	uint64_t lineage;       /* of the first change in this epoch, when it has a majority */
	const char *document;   /* with status */
	const char *attributes; /* held values (attributes.h), as XML */
	const char *fences;     /* history of fencing, as XML */
};

/* A parameter of orders for a resource that is locked to its node, which shuts down or is down (shutdown-lock): since
 * when, in seconds. What such an operation comes to keeps the lock or ends it. */
#define ORDER_LOCK "CRM_meta_shutdown_lock"

/* An operation in a transition, for one node. */
struct order {
	const char *node;             /* who runs it */
	const char *rsc, *history_id; /* instance, and the name it has in the history */
	const char *class_, *provider, *type;
	const char *action, *key;   /* operation key as in the history */
	const char *transition_key; /* "action:transition:target_rc:uuid" */
	int64_t interval_ms, timeout_ms, start_delay_ms;
	int target_rc;
	bool cancel; /* a recurring one is to be ended */
	bool record_pending;
	const struct table_entry *parameters; /* with CRM_meta_… */
	uint32_t parameter_count;
};

enum forget_kind { FORGET_FAILURES, FORGET_HISTORY, FORGET_NODE, FORGET_FENCES };
enum node_change_kind { NODE_JOINED, NODE_LOST, NODE_LEFT };

struct message {
	enum message_kind kind;
	uint64_t epoch;
	union {
		struct statement statement;
		struct agreement agreement;
		struct {
			const char *document;
			struct cib_version version;
		} configuration;
		struct {
			uint64_t request; /* of the sender's client, to answer */
			struct edit edit;
			struct edit_author by;
		} change;
		struct stored stored;
		struct {
			struct order *orders;
			uint32_t count;
			wall_time when;
		} orders;
		struct {
			const char *node, *history_id, *class_, *provider, *type;
			const char
				*entry; /* <lrm_rsc_op …/> as it goes into the history, complete; NULL: nothing does */
			const char *transition_key;
			bool failed;              /* rc is not what was expected: counts (fail-count, last-failure) */
			const char *rsc, *action; /* of the counter; NULL: it is counted nowhere */
			int64_t interval_ms;
			bool is_fatal;   /* the counter becomes INFINITY */
			bool is_ignored; /* on-fail=ignore: the time is noted, but nothing counted */
			wall_time when;
		} result;
		struct {
			uint64_t request;
			const char *node, *name, *value; /* value NULL: gone */
			const char *set;                 /* id of the block, NULL: the usual one */
			int64_t delay_ms;                /* dampening; -1: leave as it is */
			bool private_, utilization, is_pattern;
			bool delay_only;
		} attribute;
		struct {
			const char *name;
		} due;
		struct {
			uint64_t request;
			const char *target;
			uint8_t action; /* enum fence_action */
			int64_t timeout_ms, delay_ms, tolerance_ms;
			bool confirm; /* a person vouches that it is down */
			const char *client;
		} fence_ask;
		struct {
			uint64_t run;
			const char *member, *device, *type, *action, *target;
			int64_t timeout_ms;
			const struct table_entry *input;
			uint32_t input_count;
		} fence_run;
		struct {
			uint64_t run;
			int rc;
			const char *output, *reason;
		} fence_ran;
		struct {
			const char *target, *device, *member, *client, *why; /* why: NULL when it succeeded */
			uint8_t action;
			wall_time when;
		} fenced;
		struct {
			const char *target, *client, *origin; /* who wanted it; the leader's node */
			uint8_t action;
			wall_time when; /* it began */
		} fencing;
		struct {
			const char *name;
			node_id node;
			enum node_change_kind change;
		} node;
		struct {
			uint64_t request;
			enum forget_kind what;
			const char *rsc, *node, *action; /* each NULL: all */
			int64_t interval_ms;
			wall_time when;
		} forget;
		struct {
			const char *name;
		} stop;
		bool quorate;
		struct {
			uint64_t count; /* messages of the epoch that had been applied */
			const char *digest;
		} digest;
		uint64_t idle_after; /* so many messages of the epoch had been applied */
	};
};

/* Appends the message. What no XML can carry (control characters, broken UTF-8, as agents print them) becomes "?".
 * Asserts that the fields that a kind needs are there: node, resource and action of an order, … */
void message_encode(const struct message *m, GByteArray *out);
/* Texts and arrays live in the arena. ERR_INVALID: what is wrong and at which byte; ERR_UNSUPPORTED: another version.
 */
enum err message_decode(struct bytes in, struct arena *arena, struct message *ret, struct error *reterr) MUST_CHECK;
const char *message_kind_word(enum message_kind k);

#endif
