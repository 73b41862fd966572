/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether this node may leave, by the vote of the programs on it. */
#include "service/cfg-internal.h"

enum {
	SHUTDOWN_REQUEST = 0,
	SHUTDOWN_REGARDLESS = 1,
	SHUTDOWN_IMMEDIATE = 2,

	EVENT_TESTSHUTDOWN = 10,
};

static void multicast_shutdown(struct service_effects *fx)
{
	struct writer w = service_scratch(fx, CFG_MESSAGE_HEAD);

	service_message_head(&w, SERVICE_CFG, CFG_SHUTDOWN);
	service_multicast(fx, &w, (struct bytes){0});
}

static void ask(const struct cfg *c, client_id client, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, 32);

	service_reply_head(&w, EVENT_TESTSHUTDOWN, STATUS_OK);
	write_u32(&w, c->shutdown_flags);
	write_pad_to(&w, 32);
	service_event_to(fx, client, &w, (struct bytes){0});
}

static void shutdown_forget(struct cfg *c, struct service_effects *fx)
{
	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		c->clients[i].vote = CFG_VOTE_NOT_ASKED;
	c->requester = (client_id){0};
	c->votes_open = 0;
	c->votes_no = 0;
	service_timer_set(fx, SERVICE_TIMER_SHUTDOWN, 0);
}

/* Answers the requester once nobody is left who could still vote. */
static void shutdown_decide(struct cfg *c, struct service_effects *fx)
{
	client_id requester = c->requester;
	bool yes = c->votes_no == 0 || c->shutdown_flags == SHUTDOWN_REGARDLESS;

	if (requester.v == 0 || c->votes_open > 0)
		return;
	if (!yes)
		service_log(
			fx, MSG_SHUTDOWN_REFUSED,
			"This node stays in the cluster: of the programs that use it, %u object to its shutdown or did "
			"not answer in time",
			c->votes_no);
	shutdown_forget(c, fx);
	service_reply_status(fx, requester, CFG_REPLY_TRYSHUTDOWN, yes ? STATUS_OK : STATUS_BUSY);
	if (yes)
		multicast_shutdown(fx);
}

static void vote_set(struct cfg *c, struct cfg_client *client, enum cfg_vote vote)
{
	c->votes_open -= client->vote == CFG_VOTE_ASKED;
	c->votes_no -= client->vote == CFG_VOTE_NO;
	client->vote = vote;
	c->votes_open += vote == CFG_VOTE_ASKED;
	c->votes_no += vote == CFG_VOTE_NO;
}

/* The protocol has an event to tell the trackers that time is up, but a library hands it on as if it were one more
 * question, and Corosync sends it to no one who only tracks: neither do we.
 */
void cfg_shutdown_timeout(struct cfg *c, struct service_effects *fx)
{
	if (c->requester.v == 0)
		return;
	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i].vote == CFG_VOTE_ASKED)
			vote_set(c, &c->clients[i], CFG_VOTE_NO);
	shutdown_decide(c, fx);
}

void cfg_try_shutdown(struct cfg *c, struct cfg_request *q)
{
	uint32_t flags = read_u32(&q->r), timeout_ms = CFG_SHUTDOWN_TIMEOUT_MS;

	if (flags > SHUTDOWN_IMMEDIATE) {
		cfg_reply(q, STATUS_INVALID_PARAM);
		return;
	}
	if (flags != SHUTDOWN_IMMEDIATE && c->requester.v != 0) {
		cfg_reply(q, STATUS_EXIST);
		return;
	}
	for (uint32_t i = 0; flags != SHUTDOWN_IMMEDIATE && i < CLIENTS_MAX; i++)
		if (c->clients[i].tracks && &c->clients[i] != q->client)
			vote_set(c, &c->clients[i], CFG_VOTE_ASKED);
	if (c->votes_open == 0 || flags == SHUTDOWN_IMMEDIATE) {
		cfg_reply(q, STATUS_OK);
		multicast_shutdown(q->fx);
		return;
	}
	c->requester = q->client->id;
	c->shutdown_flags = flags;
	(void)map_get_u32(c->map, "cfg.shutdown_timeout", &timeout_ms);
	service_timer_set(q->fx, SERVICE_TIMER_SHUTDOWN, timeout_ms > 0 ? timeout_ms : 1);
	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i].vote == CFG_VOTE_ASKED)
			ask(c, c->clients[i].id, q->fx);
}

/* Only those who were asked have a vote; the last word of each counts. */
void cfg_reply_to_shutdown(struct cfg *c, struct cfg_request *q)
{
	uint32_t answer = read_u32(&q->r);

	if (q->client->vote == CFG_VOTE_NOT_ASKED) {
		cfg_reply(q, STATUS_ACCESS);
		return;
	}
	vote_set(c, q->client, answer != 0 ? CFG_VOTE_YES : CFG_VOTE_NO);
	shutdown_decide(c, q->fx);
	cfg_reply(q, STATUS_OK);
}

void cfg_track_start(struct cfg *c, struct cfg_request *q)
{
	bool newcomer = !q->client->tracks;

	q->client->tracks = true;
	if (newcomer && c->requester.v != 0 && c->requester.v != q->client->id.v) {
		vote_set(c, q->client, CFG_VOTE_ASKED);
		ask(c, q->client->id, q->fx);
	}
	cfg_reply(q, STATUS_OK);
}

/* Who goes does not object any more. */
static void track_end(struct cfg *c, struct cfg_client *client, struct service_effects *fx)
{
	client->tracks = false;
	vote_set(c, client, CFG_VOTE_NOT_ASKED);
	shutdown_decide(c, fx);
}

void cfg_voter_gone(struct cfg *c, struct cfg_client *client, struct service_effects *fx)
{
	if (c->requester.v == client->id.v)
		shutdown_forget(c, fx);
	track_end(c, client, fx);
}

void cfg_track_stop(struct cfg *c, struct cfg_request *q)
{
	track_end(c, q->client, q->fx);
	cfg_reply(q, STATUS_OK);
}
