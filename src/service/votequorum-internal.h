/* SPDX-License-Identifier: GPL-2.0-or-later */
/* votequorum-internal.h - what the files of the votequorum core share; nobody else includes it.
 *
 *	votequorum.c         dispatch, ordered messages, synchronisation, configuration in force
 *	votequorum-config.c  the configuration as the map has it
 *	votequorum-votes.c   nodes and the quorum mathematics
 *	votequorum-client.c  what clients ask and are told
 *	votequorum-device.c  the quorum device
 */
#ifndef SERVICE_VOTEQUORUM_INTERNAL_H
#define SERVICE_VOTEQUORUM_INTERNAL_H

#include "service/votequorum.h"

/* Flags of a node, as NODEINFO carries them. */
enum {
	NODE_QUORATE = 1,
	NODE_LEAVING = 2,
	NODE_WAITING_FOR_ALL = 4,
	NODE_FIRST = 8,
	NODE_DEVICE_REGISTERED = 16,
	NODE_DEVICE_ALIVE = 32,
	NODE_DEVICE_CAST_VOTE = 64,
	NODE_DEVICE_MASTER_WINS = 128,
	NODE_EXTRA_INFO = 256,
};

/* Functions of ordered messages. */
enum votequorum_message {
	VOTEQUORUM_NODEINFO = 0,
	VOTEQUORUM_RECONFIGURE = 1,
	VOTEQUORUM_DEVICE_REGISTER = 2,
	VOTEQUORUM_DEVICE_RENAME = 3,
	VOTEQUORUM_EXTRA_INFO = 4,
};

enum votequorum_parameter {
	VOTEQUORUM_SET_EXPECTED = 1,
	VOTEQUORUM_SET_VOTES = 2,
	VOTEQUORUM_CANCEL_WAIT = 3,
};

enum { VOTEQUORUM_BODY_AT = 16 };

/* The device's record among the nodes, where one is asked for by id. */
#define VOTEQUORUM_DEVICE_ID node_id_of(0)

/* votequorum-votes.c */
struct votequorum_node *votequorum_self(struct votequorum *v);
/* NULL when it was never seen. */
struct votequorum_node *votequorum_node_find(struct votequorum *v, node_id id);
/* A new record, DEAD; NULL when NODES_MAX nodes are alive. */
struct votequorum_node *votequorum_node_add(struct votequorum *v, node_id id);
/* The votes needed; by_members, if not 0, is what is expected instead of what the nodes say. */
uint32_t votequorum_calculate(struct votequorum *v, bool allow_decrease, uint32_t by_members, uint64_t *ret_votes);
/* Counts anew and acts on a change. by_members: what is expected becomes the number of members. */
void votequorum_recalculate(struct votequorum *v, bool allow_decrease, bool by_members, struct service_effects *fx);
/* For all members; 0 changes nothing. */
void votequorum_expect(struct votequorum *v, uint32_t votes);
void votequorum_track(struct votequorum *v, uint32_t votes, struct service_effects *fx);
void votequorum_wait_for_all(struct votequorum *v, bool wait);
/* Tells the quorum service and our trackers what is the case. */
void votequorum_report(struct votequorum *v, struct service_effects *fx);

/* votequorum-client.c */
void votequorum_request(struct votequorum *v, const struct service_event *ev, struct service_effects *fx);
void votequorum_disconnect(struct votequorum *v, client_id client);
void votequorum_tell_quorum(struct votequorum *v, struct service_effects *fx);
void votequorum_tell_expected(struct votequorum *v, struct service_effects *fx);
void votequorum_tell_nodelist(struct votequorum *v, struct service_effects *fx);
void votequorum_tell_extra(struct votequorum *v, const struct votequorum_node *n, struct service_effects *fx);
void votequorum_reply(struct service_effects *fx, client_id to, enum status status);

/* votequorum-device.c */
void votequorum_device_request(struct votequorum *v, struct votequorum_client *c, uint16_t fn, struct reader *r,
			       struct service_effects *fx);
void votequorum_device_timeout(struct votequorum *v, struct service_effects *fx);
/* A new ring: its turn is not over before the device has polled. */
void votequorum_device_await(struct votequorum *v, struct service_effects *fx);
void votequorum_on_device_register(struct votequorum *v, node_id from, struct reader *r, struct service_effects *fx);
void votequorum_on_device_rename(struct votequorum *v, struct reader *r);
void votequorum_on_extra_info(struct votequorum *v, node_id from, struct reader *r, struct service_effects *fx);
void votequorum_send_device(struct service_effects *fx, bool registered, const char *name);
void votequorum_send_extra(struct votequorum *v, struct service_effects *fx);
/* False when the pool is full; then there is none. */
bool votequorum_extra_set(struct votequorum *v, struct votequorum_node *n, const uint8_t *data, uint32_t len);

/* votequorum.c */
/* id: ours or the device's. */
void votequorum_send_nodeinfo(struct votequorum *v, node_id id, struct service_effects *fx);
void votequorum_send_reconfigure(struct service_effects *fx, enum votequorum_parameter parameter, node_id id,
				 uint32_t value);

#endif
