/* SPDX-License-Identifier: GPL-2.0-or-later */
/* quorum.h - the service "quorum": tells clients whether this partition may act
 * and who is in it (engine-ipc.md §3).
 *
 * It decides nothing. Whether the partition is quorate comes from a provider
 * (votequorum) by SERVICE_EVENT_QUORUM; without one it always is, and no quorum
 * event is ever sent by itself. Who joined and who left comes from the rings: a
 * node that was a member and does not come along from the old ring has left,
 * and when it is a member of the new ring nevertheless, it has joined again
 * (it was rebooted quickly). Both are told relative to the last membership that
 * was activated, however many rings broke before their activation since.
 *
 * A client speaks model 0 until it asks for model 1; each model has its own
 * events, and nobody gets an event of the other model. Trackers are served
 * newest first.
 */
#ifndef SERVICE_QUORUM_H
#define SERVICE_QUORUM_H

#include "service/service.h"

struct quorum_client {
	client_id id;
	uint32_t model;
	bool tracking;
};

struct quorum {
	node_id self;
	bool has_provider;
	bool quorate;
	struct ring_id ring;       /* of the provider's latest report */
	struct node_list reported; /* members in it */
	struct ring_id active_ring;
	struct node_list active; /* members activated last */
	bool forming;            /* a ring has formed since then */
	struct node_list kept;   /* those of active that are with us without a break; set while forming */
	struct quorum_client clients[CLIENTS_MAX]; /* by slot */
	client_id trackers[CLIENTS_MAX];           /* oldest first */
	uint32_t tracker_count;
};

void quorum_init(struct quorum *q, node_id self, bool has_provider);
void quorum_step(struct quorum *q, const struct service_event *ev, struct service_effects *fx);
/* Asserts the invariants that quorum.c opens with. */
void quorum_check(const struct quorum *q);

#endif
