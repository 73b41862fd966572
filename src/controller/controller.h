/* SPDX-License-Identifier: GPL-2.0-or-later */
/* controller.h - one member's manager: view, replica, leader, local and the requests of clients, put together.
 *
 * A core. Its host (daemon/manager, or the simulator) brings it the group's changes and messages in their one order,
 * the executor's reports, clients' requests and the time, and carries out what it asks for by its ops. Ops are called
 * while a verb runs and must not call verbs.
 *
 *	controller_new() → controller_start(document from disk) → controller_group() …
 *
 * Answers: a change is answered when it was applied here and every member has it on disk, where there is a majority
 * with a lineage that a majority has promised; whoever leaves the group in the meantime is not waited for. What
 * was sent in an epoch that ended before it came back is sent again in the next, and so is what came back where
 * the others' configuration won.
 *
 * Keeping: what ops.keep() gets is made at most every KEEP_MS (controller-internal.h), a large one less often; the
 * executor's reports are acknowledged only then, so that a process that is killed in between misses nothing.
 *
 * Leaving: controller_shutdown() sets this node's attribute `shutdown`; the leader moves the resources away and sends
 * MESSAGE_STOP; ops.leave(LEAVE_DONE) follows. While the members have not agreed the wish waits, as all wishes do. When
 * all that takes longer than the option shutdown-escalation (20min; 0: for ever), ops.leave(LEAVE_DONE) comes all the
 * same, and what runs here is left to the others, who fence the node.
 */
#ifndef CONTROLLER_CONTROLLER_H
#define CONTROLLER_CONTROLLER_H

#include "base/catalogue.h"
#include "controller/leader.h"
#include "controller/local.h"
#include "store/archive.h"

enum leave_why {
	LEAVE_DONE,    /* shut down in order */
	LEAVE_FENCED,  /* the others say that we were fenced, and we are here: stop everything at once */
	LEAVE_BROKEN,  /* our replica differs from the others' and cannot be mended */
	LEAVE_REFUSED, /* the cluster, or its configuration, is newer than this program: it has taken nothing over */
};

enum request_kind {
	REQUEST_CHANGE,
	REQUEST_ATTRIBUTE,
	REQUEST_FENCE,  /* confirm included */
	REQUEST_FORGET, /* cleanup, refresh, remove a node */
	REQUEST_FAIL,   /* pretend that a resource failed */
	REQUEST_WAIT,   /* until nothing is left to do */
	REQUEST_SHUTDOWN,
};

struct request {
	uint64_t id; /* the host's */
	enum request_kind kind;
	union {
		struct {
			struct edit edit;
			struct edit_author by;
		} change;
		struct attribute_change attribute;
		struct {
			const char *target, *client;
			uint8_t action;
			int64_t timeout_ms, delay_ms, tolerance_ms;
			bool confirm;
		} fence;
		struct {
			enum forget_kind what;
			const char *rsc, *node, *action;
			int64_t interval_ms;
		} forget;
		struct {
			const char *rsc, *node;
		} fail;
		int64_t wait_ms; /* at most */
	};
};

struct answer {
	uint64_t id;
	enum edit_verdict verdict;
	int exit_code;    /* as Pacemaker's tools end: 0, 124 on a timeout, … */
	const char *text; /* "" or what is wrong and what to do */
};

/* Something that people or programs may want to hear of, for streams and alerts. */
enum happening_kind {
	HAPPENING_NODE,
	HAPPENING_FENCING,
	HAPPENING_RESOURCE,
	HAPPENING_ATTRIBUTE,
	HAPPENING_CONFIGURATION,
	HAPPENING_LEADER
};
struct happening {
	enum happening_kind kind;
	wall_time when;
	const char *node, *rsc, *task, *text, *name, *value;
	uint32_t node_id;
	int64_t interval_ms;
	int rc, target_rc, status;
};

struct controller_ops {
	void *host;
	void (*send)(void *host, struct bytes message); /* to the group, in order, ourselves included */
	void (*timer)(void *host, mono_time due);       /* controller_tick(); replaces the one before; zero cancels */
	/* Promise a lineage (view.h) on disk, where it survives; then controller_promised(). */
	void (*promise)(void *host, uint64_t lineage);
	/* Store the configuration; then controller_stored(). Only the latest matters when several wait. */
	void (*store)(void *host, const struct document *d, const struct archive_entry *entry);
	/* Keep our own part of the status in a place that survives this process, but not the machine; NULL: no longer.
	 */
	void (*keep)(void *host, const char *text);
	/* Add this to the end of what is kept, when something is: orders, before the executor is asked to run them. */
	void (*keep_more)(void *host, const char *text);
	void (*run)(void *host, const struct operation *op);
	/* Its resource, action and interval: the recurring one is to end. An id as well: that one, killed if it runs.
	 */
	void (*cancel)(void *host, const struct operation *op);
	void (*forget)(void *host, const char *rsc);
	void (*acknowledge)(void *host, uint64_t id);
	void (*answer)(void *host, const struct answer *a);
	void (*tell)(void *host, const struct happening *h);
	void (*log)(void *host, enum message_id id, const char *text);
	void (*decided)(void *host, const struct document *input, uint32_t number, uint32_t actions, bool is_error);
	void (*leave)(void *host, enum leave_why why);
	/* Let the machine be reset by its watchdog, now. NULL: it has none. */
	void (*reset)(void *host, const char *why);
	uint32_t (*dice)(void *host, uint32_t n);
	/* Seconds that local time is ahead of UTC at that moment, for the timestamps of alerts. NULL: it is UTC. */
	int32_t (*zone_s)(void *host, wall_time at);
};

struct controller_config {
	struct member self;
	const char *name, *release;
	const char *cluster_name; /* of corosync.conf; NULL or "": none */
	uint64_t lineage;         /* of the configuration on disk (view.h) */
	uint64_t promise;         /* the highest that was promised there */
	uint32_t cores;
	const char *start_state;
	const char *uuid; /* 36 letters, another one for each start: in transition keys */
};

struct controller;

struct controller *controller_new(const struct controller_config *config, const struct controller_ops *ops);
void controller_free(struct controller *c);

/* The configuration from disk (taken over), and what ops.keep() and ops.keep_more() got before this process was
 * restarted, or NULL. */
void controller_start(struct controller *c, struct instant now, struct document *d, const char *kept);
/* The cluster's nodes as corosync.conf has them. */
void controller_nodelist(struct controller *c, struct instant now, const struct nodelist_entry *nodes, uint32_t count);
/* The group's members, and the nodes of the ring, which may have no manager (yet, or for the moment). A member that is
 * not in the ring is one that quorum has not been told with: as with controller_machine_lost(). */
void controller_group(struct controller *c, struct instant now, const struct member *members, uint32_t count,
		      const node_id *ring, uint32_t ring_count);
/* The group was told that this machine left the ring. What is known of quorum is old until controller_ring() tells of a
 * ring without it; until then, or two seconds later, we do not state what we have. To be called before
 * controller_group(). */
void controller_machine_lost(struct controller *c, node_id node);
/* The ring alone: it is told of over another way than the group, and so before or after it. */
void controller_ring(struct controller *c, struct instant now, const node_id *ring, uint32_t ring_count);
void controller_quorum(struct controller *c, struct instant now, bool quorate);
void controller_message(struct controller *c, struct instant now, struct member sender, struct bytes message);
void controller_tick(struct controller *c, struct instant now);
void controller_stored(struct controller *c, struct instant now, struct cib_version version, uint64_t lineage,
		       enum err e);
void controller_promised(struct controller *c, struct instant now, uint64_t lineage, enum err e);
void controller_request(struct controller *c, struct instant now, const struct request *r);
/* The client is gone; its answer is not wanted. */
void controller_drop(struct controller *c, uint64_t request);
void controller_report(struct controller *c, struct instant now, const struct operation_report *report);
void controller_executor_known(struct controller *c, enum executor_state state, const struct operation *op,
			       const struct operation_report *report);
void controller_executor_listed(struct controller *c, struct instant now, bool same);
void controller_executor_lost(struct controller *c, struct instant now);

/* Before this process ends for a reason that the controller does not know: what waits to be kept is kept now. */
void controller_keep_now(struct controller *c);

/* For reading: status, queries, metrics. Valid until the next verb. */
const struct cluster_state *controller_state(const struct controller *c);
const struct manager_view *controller_view(const struct controller *c);
const struct leader *controller_leader(const struct controller *c);
const char *controller_name(const struct controller *c); /* of this node */
/* Appends what is wrong with a member (by its place in the view), as far as it is known here: its clock, its disk.
 * Nothing: all is well. */
void controller_tell_trouble(const struct controller *c, mono_time now, uint32_t place, GString *out);
bool controller_is_quorate(const struct controller *c);
void controller_check(const struct controller *c);

#endif
