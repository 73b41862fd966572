/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 * 1. A client's slot holds that client's id; a free slot is all zero.
 * 2. Only while a shutdown is being decided, only those who track, and not its requester, have been asked for a vote.
 * 3. votes_open and votes_no count the votes ASKED and NO; between steps a shutdown that is being decided has open
 * votes.
 * 4. A client waits for a reload only while one runs, and for the one after it only if there will be one.
 */
#include "service/cfg-internal.h"

#include <assert.h>
#include <string.h>

void cfg_init(struct cfg *c, node_id self, struct map *map, const struct cfg_queries *queries)
{
	assert(queries->node_status != NULL);
	assert(queries->node_addresses != NULL);
	memset(c, 0, sizeof *c);
	c->self = self;
	c->map = map;
	c->queries = *queries;
}

static void client_check(const struct cfg *c, uint32_t slot)
{
	const struct cfg_client *client = &c->clients[slot];

	assert(client->id.v == 0 || client_slot(client->id) == slot); /* 1 */
	if (client->vote != CFG_VOTE_NOT_ASKED) {
		assert(c->requester.v != 0);            /* 2 */
		assert(client->tracks);                 /* 2 */
		assert(client->id.v != c->requester.v); /* 2 */
	}
	assert(client->reloads_now == 0 || c->reload_running); /* 4 */
	assert(client->reloads_later == 0 || c->reload_again); /* 4 */
}

void cfg_check(const struct cfg *c)
{
	uint32_t open = 0, no = 0;

	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		client_check(c, i);
		open += c->clients[i].vote == CFG_VOTE_ASKED;
		no += c->clients[i].vote == CFG_VOTE_NO;
	}
	assert(open == c->votes_open);                 /* 3 */
	assert(no == c->votes_no);                     /* 3 */
	assert((c->requester.v != 0) == (open > 0));   /* 3 */
	assert(!c->reload_again || c->reload_running); /* 4 */
}

static struct cfg_client *client_find(struct cfg *c, client_id id)
{
	struct cfg_client *client = &c->clients[client_slot(id)];

	assert(id.v != 0);
	assert(client->id.v == id.v);
	return client;
}

static void ring_reenable(struct cfg *c, struct cfg_request *q)
{
	(void)c;
	cfg_reply(q, STATUS_NOT_SUPPORTED);
}

static void reopen_logs(struct cfg *c, struct cfg_request *q)
{
	(void)c;
	(void)service_scratch(q->fx, 0);
	service_push(q->fx, SERVICE_EFFECT_REOPEN);
	q->client->reopens++;
}

/* One answer serves all who have asked so far: the files were opened after the last of them did. */
static void reopened(struct cfg *c, enum status status, struct service_effects *fx)
{
	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		for (struct cfg_client *client = &c->clients[i]; client->reopens > 0; client->reopens--)
			service_reply_status(fx, client->id, CFG_REPLY_REOPEN, status);
}

/* By function: the least size of the request, the id of the reply (engine-ipc.md §6). */
static const struct {
	uint16_t size, reply_id;
	void (*handle)(struct cfg *c, struct cfg_request *q);
} requests[] = {
	{16, 0, cfg_ring_status},
	{16, 1, ring_reenable},
	{282, 8, cfg_kill_node},
	{24, CFG_REPLY_TRYSHUTDOWN, cfg_try_shutdown},
	{24, 13, cfg_reply_to_shutdown},
	{24, 11, cfg_node_addresses},
	{16, 12, cfg_local_get},
	{16, CFG_REPLY_RELOAD, cfg_reload},
	{16, CFG_REPLY_REOPEN, reopen_logs},
	{32, 16, cfg_node_status_get},
	{24, 2, cfg_track_start},
	{16, 3, cfg_track_stop},
};

void cfg_reply(const struct cfg_request *q, enum status status)
{
	service_reply_status(q->fx, q->client->id, requests[q->fn].reply_id, status);
}

struct writer cfg_reply_open(const struct cfg_request *q, enum status status, size_t size)
{
	struct writer w = service_scratch(q->fx, size);

	service_reply_head(&w, requests[q->fn].reply_id, status);
	return w;
}

void cfg_reply_close(const struct cfg_request *q, struct writer *w, size_t size)
{
	write_pad_to(w, size);
	service_reply(q->fx, q->client->id, w, (struct bytes){0});
}

static void request(struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct cfg_request q = {client_find(c, ev->client), reader_of(ev->message), ev->fn, fx};

	if (ev->fn >= sizeof requests / sizeof requests[0]) {
		service_reply_status(fx, ev->client, 0, STATUS_INVALID_PARAM);
		return;
	}
	if (ev->message.len < requests[ev->fn].size) {
		cfg_reply(&q, STATUS_INVALID_PARAM);
		return;
	}
	read_seek(&q.r, CFG_MESSAGE_HEAD);
	requests[ev->fn].handle(c, &q);
}

static void connect(struct cfg *c, client_id id)
{
	struct cfg_client *client = &c->clients[client_slot(id)];

	assert(id.v != 0);
	assert(client->id.v == 0);
	client->id = id;
}

static void disconnect(struct cfg *c, struct cfg_client *client, struct service_effects *fx)
{
	cfg_voter_gone(c, client, fx);
	*client = (struct cfg_client){0};
}

void cfg_step(struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	cfg_check(c);
	switch (ev->type) {
	case SERVICE_EVENT_CONNECT:
		connect(c, ev->client);
		break;
	case SERVICE_EVENT_DISCONNECT:
		disconnect(c, client_find(c, ev->client), fx);
		break;
	case SERVICE_EVENT_REQUEST:
		request(c, ev, fx);
		break;
	case SERVICE_EVENT_DELIVER:
		cfg_deliver(c, ev, fx);
		break;
	case SERVICE_EVENT_TIMEOUT:
		cfg_shutdown_timeout(c, fx);
		break;
	case SERVICE_EVENT_RELOADED:
		cfg_reloaded(c, ev, fx);
		break;
	case SERVICE_EVENT_REOPENED:
		reopened(c, ev->status, fx);
		break;
	case SERVICE_EVENT_SYNC_ACTIVATE:
		cfg_crypto_members(c, ev->view, fx);
		break;
	case SERVICE_EVENT_START:
	case SERVICE_EVENT_SYNC_INIT:
	case SERVICE_EVENT_SYNC_PROCESS:
	case SERVICE_EVENT_SYNC_ABORT:
	case SERVICE_EVENT_CONFIG:
	case SERVICE_EVENT_QUORUM:
	case SERVICE_EVENT_WATCHDOG:
	case SERVICE_EVENT_LEAVE:
		break;
	}
	cfg_check(c);
}
