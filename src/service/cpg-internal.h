/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpg-internal.h - what the files of the cpg core share; nobody else includes it.
 *
 *	cpg.c            clients, dispatch
 *	cpg-groups.c     groups and their processes
 *	cpg-requests.c   what clients ask
 *	cpg-iteration.c  requests 5 to 7
 *	cpg-deliver.c    ordered messages
 *	cpg-events.c     what clients are told
 *	cpg-sync.c       agreement after a membership change
 */
#ifndef SERVICE_CPG_INTERNAL_H
#define SERVICE_CPG_INTERNAL_H

#include "service/cpg.h"

/* Functions of ordered messages. */
enum cpg_message {
	CPG_PROCJOIN = 0,
	CPG_PROCLEAVE = 1,
	CPG_JOINLIST = 2,
	CPG_MCAST = 3,
	CPG_DOWNLIST_OLD = 4,
	CPG_DOWNLIST = 5,
	CPG_PARTIAL = 6,
};

/* Why a process is in a joined or left list. */
enum cpg_reason {
	CPG_REASON_NONE = 0,
	CPG_REASON_JOIN = 1,
	CPG_REASON_LEAVE = 2,
	CPG_REASON_NODEDOWN = 3,
	CPG_REASON_NODEUP = 4,
	CPG_REASON_PROCDOWN = 5,
};

enum cpg_fragment { CPG_FRAGMENT_FIRST = 1, CPG_FRAGMENT_CONTINUED = 2, CPG_FRAGMENT_LAST = 3 };

enum {
	CPG_NAME_SIZE = 136,
	CPG_DELIVER_HEAD = 184, /* of a DELIVER event, and of the ordered message behind it */
	CPG_PARTIAL_HEAD = 200, /* of a PARTIAL_DELIVER event, and of the ordered message */
};

struct cpg_change {
	node_id node;
	uint32_t pid;
	enum cpg_reason reason;
};

/* A joined or left list. */
struct cpg_changes {
	uint32_t count;
	struct cpg_change items[CPG_EVENT_LIST_MAX];
};

/* cpg.c */
/* The client of an id, or NULL when it is not (or no longer) connected. */
struct cpg_client *cpg_client_of(struct cpg *c, client_id id);
/* Chains the client to the group of that name, JOINING; false when there is no memory. */
bool cpg_client_join(struct cpg *c, struct cpg_client *cl, const struct cpg_name *name, uint32_t pid);
/* Back to UNJOINED; the group goes when nobody else needs it. */
void cpg_client_unjoin(struct cpg *c, struct cpg_client *cl);
/* No more events; the group is kept for the PROCLEAVE that follows on the disconnect. */
void cpg_client_finalize(struct cpg_client *cl);
/* In a state in which messages and changes of its group reach the client. */
bool cpg_client_hears(const struct cpg_client *cl);

/* cpg-groups.c */
/* False when length is over GROUP_NAME_MAX or bytes are missing. */
bool cpg_name_read(struct reader *r, struct cpg_name *ret);
/* The same without a copy: ret borrows. */
bool cpg_name_peek(struct reader *r, struct bytes *ret);
/* Below, at or above 0, as memcmp. */
int cpg_name_compare(struct bytes a, struct bytes b);
struct bytes cpg_name_bytes(const struct cpg_name *name);
/* Index of the first group whose name is not below the given one. */
uint32_t cpg_group_index(const struct cpg *c, struct bytes name);
struct cpg_group *cpg_group_find(const struct cpg *c, struct bytes name);
/* Finds or makes; NULL when there is no memory. A group without process and client must be given to cpg_group_tidy. */
struct cpg_group *cpg_group_get(struct cpg *c, const struct cpg_name *name);
/* Frees the group if it has neither process nor client; true if so. */
bool cpg_group_tidy(struct cpg *c, struct cpg_group *g);
struct cpg_process *cpg_process_find(const struct cpg_group *g, node_id node, uint32_t pid);
/* Neither present nor listed yet; NULL when CPG_PROCESSES_MAX or the pool's end is reached. */
struct cpg_process *cpg_process_add(struct cpg *c, struct cpg_group *g, node_id node, uint32_t pid);
void cpg_process_remove(struct cpg *c, struct cpg_group *g, struct cpg_process *p);
void cpg_process_show(struct cpg_group *g, struct cpg_process *p);
void cpg_process_hide(struct cpg_group *g, struct cpg_process *p);
/* Whether the node has a process in the group that clients know of. */
bool cpg_group_has_node(struct cpg_group *g, node_id node);

/* cpg-requests.c, cpg-iteration.c */
void cpg_request(struct cpg *c, const struct service_event *ev, struct service_effects *fx);
void cpg_multicast_leave(struct service_effects *fx, const struct cpg_client *cl, enum cpg_reason reason);
void cpg_iteration_request(struct cpg *c, struct cpg_client *cl, const struct service_event *ev,
			   struct service_effects *fx);
void cpg_iterators_free(struct cpg *c, struct cpg_client *cl);

/* cpg-deliver.c */
void cpg_deliver(struct cpg *c, const struct service_event *ev, struct service_effects *fx);
/* Logs a peer's fault, the first after each activation. */
void cpg_complain(struct cpg *c, struct service_effects *fx, node_id from, const char *what);

/* cpg-events.c */
/* CONFCHG to the group's clients; either list may be NULL. */
void cpg_send_change(struct cpg *c, struct service_effects *fx, struct cpg_group *g, const struct cpg_changes *left,
		     const struct cpg_changes *joined);
void cpg_send_one_left(struct cpg *c, struct service_effects *fx, struct cpg_group *g, struct cpg_change left);
/* TOTEM_CONFCHG to all clients. */
void cpg_send_ring(struct cpg *c, struct service_effects *fx);
struct cpg_payload {
	node_id node;
	uint32_t pid;
	uint32_t total; /* length of the whole message */
	uint32_t type;  /* of a fragment */
	struct bytes data;
};
void cpg_send_message(struct cpg_group *g, const struct cpg_payload *m, struct service_effects *fx);
void cpg_send_fragment(struct cpg_group *g, const struct cpg_payload *m, struct service_effects *fx);

/* cpg-sync.c */
void cpg_sync_init(struct cpg *c, const struct view *view);
void cpg_sync_process(struct cpg *c, struct service_effects *fx);
void cpg_sync_joinlist(struct cpg *c, const struct service_event *ev, struct service_effects *fx);
void cpg_sync_activate(struct cpg *c, const struct view *view, struct service_effects *fx);
void cpg_sync_abort(struct cpg *c);

#endif
