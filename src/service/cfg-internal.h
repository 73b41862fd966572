/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cfg-internal.h - what the files of the cfg core share; nobody else includes it.
 *
 *	cfg.c            clients, dispatch
 *	cfg-shutdown.c   whether this node may leave
 *	cfg-messages.c   ordered messages, and the requests that send them at once
 *	cfg-crypto.c     new keys, one step at a time
 *	cfg-questions.c  what clients ask about nodes and links
 */
#ifndef SERVICE_CFG_INTERNAL_H
#define SERVICE_CFG_INTERNAL_H

#include "service/cfg.h"

/* Functions of ordered messages. */
enum cfg_message {
	CFG_RINGREENABLE = 0,
	CFG_KILLNODE = 1,
	CFG_SHUTDOWN = 2,
	CFG_RELOAD = 3,
	CFG_CRYPTO = 4,
};

enum { CFG_MESSAGE_HEAD = 16 };

/* Phases of CFG_CRYPTO. */
enum { CRYPTO_ACTIVATE = 1, CRYPTO_CLEANUP = 2 };

/* Replies that are sent later than their request came. */
enum cfg_late_reply { CFG_REPLY_TRYSHUTDOWN = 9, CFG_REPLY_RELOAD = 14, CFG_REPLY_REOPEN = 15 };

struct cfg_request {
	struct cfg_client *client;
	struct reader r; /* behind the header */
	uint16_t fn;
	struct service_effects *fx;
};

/* The reply that is a header only. */
void cfg_reply(const struct cfg_request *q, enum status status);
/* The writer of a reply of at most size bytes, its header written; and its end, with zeroes up to size. */
struct writer cfg_reply_open(const struct cfg_request *q, enum status status, size_t size);
void cfg_reply_close(const struct cfg_request *q, struct writer *w, size_t size);

void cfg_try_shutdown(struct cfg *c, struct cfg_request *q);
void cfg_reply_to_shutdown(struct cfg *c, struct cfg_request *q);
void cfg_track_start(struct cfg *c, struct cfg_request *q);
void cfg_track_stop(struct cfg *c, struct cfg_request *q);
/* The client disconnects: its request for a shutdown is void, its objections are. */
void cfg_voter_gone(struct cfg *c, struct cfg_client *client, struct service_effects *fx);
void cfg_shutdown_timeout(struct cfg *c, struct service_effects *fx);

void cfg_kill_node(struct cfg *c, struct cfg_request *q);
void cfg_reload(struct cfg *c, struct cfg_request *q);
void cfg_reloaded(struct cfg *c, const struct service_event *ev, struct service_effects *fx);
void cfg_deliver(struct cfg *c, const struct service_event *ev, struct service_effects *fx);

/* Our transport can read with the new keys: bring them in. */
void cfg_crypto_start(struct cfg *c, struct service_effects *fx);
/* False when there is no such phase. */
bool cfg_crypto_deliver(struct cfg *c, node_id from, uint32_t phase, struct service_effects *fx);
void cfg_crypto_members(struct cfg *c, const struct view *view, struct service_effects *fx);

void cfg_ring_status(struct cfg *c, struct cfg_request *q);
void cfg_node_addresses(struct cfg *c, struct cfg_request *q);
void cfg_local_get(struct cfg *c, struct cfg_request *q);
void cfg_node_status_get(struct cfg *c, struct cfg_request *q);

#endif
