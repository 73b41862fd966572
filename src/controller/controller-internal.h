/* SPDX-License-Identifier: GPL-2.0-or-later */
/* controller-internal.h - the controller's parts, for each other and nobody else. */
#ifndef CONTROLLER_CONTROLLER_INTERNAL_H
#define CONTROLLER_CONTROLLER_INTERNAL_H

#include "controller/controller.h"

enum {
	STORE_PATIENCE_MS = 10000, /* for members to have a change on disk */
	STORE_AGAIN_MS = 5000,     /* after the disk did not take it */
	QUORUM_PATIENCE_MS = 2000, /* for the engine to tell of quorum after it told of the group */
	STORE_LATE_MS = 3000,      /* after which people are told that a member's disk lags */
	CLOCK_TOLERANCE_MS = 10000,
	DIGEST_EVERY = 256, /* messages of an epoch */
	DIGESTS_KEPT = 8,
	SHUTDOWN_ESCALATION_MS = 20 * 60 * 1000, /* shutdown-escalation */
	KEEP_MS = 50, /* between two keepings, and as long as it takes to make and write a large one */
	KEEP_BYTES_PER_MS = 32 * 1024,
};

/* What a client waits for. */
struct wish {
	uint64_t id;
	enum request_kind kind;
	GByteArray *
		message; /* encoded, but for its epoch: sent anew in each epoch until it comes back; NULL: nothing is */
	struct message what; /* borrows from arena */
	struct arena arena;
	bool applied;
	struct cib_version version; /* that all members must have on disk */
	enum edit_verdict verdict;
	char *text;
	mono_time due;      /* of a wait, or of patience with slow disks */
	const char *target; /* REQUEST_FENCE: the answer comes with MESSAGE_FENCED */
	uint8_t action;
};

struct node_entry {
	node_id node;
	char *name;
};

struct controller {
	struct controller_ops ops;
	struct controller_config config;
	char *name, *release, *start_state, *uuid;
	struct cluster_state common;
	struct manager_view view;
	struct leader *leader;
	struct local *local;
	struct instant now;
	uint64_t serial; /* of our statements */
	bool started, quorate, told_quorate, leaving, executor_listed;
	uint64_t applied; /* messages of this epoch */
	/* The leader's clock, as its last orders told it, and when that was. */
	wall_time leader_wall;
	mono_time leader_heard;
	/* Idle is what the leader has said after everything that might have given it work. */
	bool idle;
	uint64_t worked_at, idle_told; /* the latest message that might; what we told as the leader */
	struct {
		uint64_t count;
		char digest[33];
	} digests[DIGESTS_KEPT];
	uint32_t digest_count;

	GPtrArray *nodes; /* struct node_entry: the nodelist */
	node_id ring[MESSAGE_MEMBERS_MAX];
	uint32_t ring_count;
	node_id lost[MESSAGE_MEMBERS_MAX]; /* machines that left the ring by the group, and not yet by it */
	uint32_t lost_count;
	mono_time state_by; /* set: what we have is stated when quorum is told anew, or then at last */

	struct document *winner; /* the configuration that the winner sent, when we lead and another one won */
	struct stored stored[MESSAGE_MEMBERS_MAX]; /* by place in the view */
	/* When a member's disk began to lag behind (unset: it does not), and how far its clock is ahead of ours. */
	mono_time unstored[MESSAGE_MEMBERS_MAX];
	int64_t ahead_ms[MESSAGE_MEMBERS_MAX];
	struct stored own_stored;  /* on our disk */
	uint64_t lineage, promise; /* of the configuration that we have; the highest that we were asked for */
	uint64_t epoch_lineage;    /* that changes in this epoch get; 0: there is no majority */
	uint32_t majority;         /* so many members are more than half of the nodes */
	bool is_promised;          /* so many have promised the lineage of this epoch */
	bool is_loose;             /* the configuration waits for that promise: then it gets the lineage */
	bool is_settled;           /* view.h */
	mono_time store_again;     /* the disk did not take it; unset: it did, or is writing */
	GPtrArray *wishes;         /* struct wish, oldest first */
	mono_time leader_due;
	mono_time leave_by; /* set: we were asked to shut down, and then leave with whatever still runs here */
	mono_time keep_due, keep_next; /* set: there is something to keep; not before then */
	bool keep_text;                /* not acknowledgements alone */
	GArray *acknowledged;          /* uint64_t: operations, told once all is kept */
	uint32_t alerts;               /* that were sent, for their sequence */
};

void controller_log(const struct controller *c, enum message_id id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void controller_send(struct controller *c, const struct message *m);
/* Of a member in the view; MESSAGE_MEMBERS_MAX: it is none. */
uint32_t controller_place_of(const struct controller *c, const struct member *m);
/* The one timer: the leader's and the wishes'. */
void controller_rearm(struct controller *c);
/* Hand our own part of the status to where it survives this process. */
void controller_keep(struct controller *c);
void controller_keep_if_due(struct controller *c);

/* --- what is on disks (controller-disks.c) --- */
/* An agreement was taken over: d, of which `before` says what we had. */
void disks_begin(struct controller *c, const struct document *d, const struct agreement *a, struct cib_version before);
/* The configuration changed by a message; by: who did it, NULL: the manager. */
void disks_change(struct controller *c, const char *what, const struct edit_author *by);
void disks_hear(struct controller *c, const struct member *sender, const struct stored *s);
/* Whether what this member has on disk would let a change of this version get lost. */
bool disks_lack(const struct controller *c, uint32_t place, struct cib_version version);
void disks_retry(struct controller *c);

/* --- agreeing (controller-agree.c) --- */
void controller_state_ourselves(struct controller *c);
/* The same, once quorum is known of the ring that the group is in. */
void controller_state_when_sure(struct controller *c);
void controller_take_ring(struct controller *c, const node_id *ring, uint32_t count);
void controller_hear_agreeing(struct controller *c, const struct member *sender, const struct message *m);

/* --- alerts (controller-alerts.c) --- */
/* A message was applied. */
void controller_alert(struct controller *c, const struct message *m);
/* The ring is another one than it was; the present one is in c already. */
void controller_alert_ring(struct controller *c, const node_id *before, uint32_t count);

/* --- wishes of clients (controller-wishes.c) --- */
void wish_free(void *wish);
/* A message of ours was applied. */
void wishes_applied(struct controller *c, const struct cluster_state_answer *a);
/* A member has more on disk, or is gone; the leader came to rest; time passed; something was fenced. */
void wishes_look(struct controller *c);
void wishes_fenced(struct controller *c, const struct message *m);
/* A new epoch: what has not come back is sent again; so is what was applied to a configuration that lost. To be called
 * before the new one counts. */
void wishes_doubt(struct controller *c);
void wishes_resend(struct controller *c);
mono_time wishes_due(const struct controller *c);
/* Leave, when a shutdown takes longer than shutdown-escalation. */
void wishes_escalate(struct controller *c);

#endif
