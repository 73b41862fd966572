/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 * 1. A client's slot holds that client's id; a free slot is all zero.
 * 2. Only while a shutdown is being decided, only those who track, and not its requester, have been asked for a vote.
 * 3. votes_open and votes_no count the votes ASKED and NO; between steps a shutdown that is being decided has open
 * votes.
 * 4. A client waits for a reload only while one runs, and for the one after it only if there will be one.
 */
#include "service/cfg.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

enum {
	SHUTDOWN_REQUEST = 0,
	SHUTDOWN_REGARDLESS = 1,
	SHUTDOWN_IMMEDIATE = 2,

	EVENT_TESTSHUTDOWN = 10,

	MESSAGE_RINGREENABLE = 0,
	MESSAGE_KILLNODE = 1,
	MESSAGE_SHUTDOWN = 2,
	MESSAGE_RELOAD = 3,
	MESSAGE_CRYPTO = 4,
	MESSAGE_HEAD = 16,

	CRYPTO_ACTIVATE = 1,
	CRYPTO_CLEANUP = 2,

	REASON_MAX = 256, /* bytes of a killer's reason */

	NODE_STATUS_VERSION = 1,
	NODE_STATUS_SIZE = 4200,
	NODE_STATUS_LINKS_AT = 40,
	NODE_STATUS_LINK = 520,

	RINGS_MAX = 16,
	RING_NAME = 128,
	RING_STATUS = 512,
	RING_NAMES_AT = 32,
	RING_STATUSES_AT = RING_NAMES_AT + RINGS_MAX * RING_NAME,
	RING_REPLY = RING_STATUSES_AT + RINGS_MAX * RING_STATUS,
};

static_assert((int)LINKS_MAX <= RINGS_MAX, "every link has a place in the reply");
static_assert((int)NODES_MAX < RING_STATUS, "every node has a letter in the status of a link");
static_assert(NODE_STATUS_LINKS_AT + LINKS_MAX * NODE_STATUS_LINK == NODE_STATUS_SIZE, "the layout adds up");

struct request {
	struct cfg_client *client;
	struct reader r;
	uint16_t fn;
	struct service_effects *fx;
};

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

/* The reply ids of the functions, and the least size of their requests (engine-ipc.md §6). */
static const struct {
	uint16_t size;
	uint16_t reply_id;
} requests[] = {
	{16, 0},  {16, 1},  {282, 8}, {24, 9},  {24, 13}, {24, 11},
	{16, 12}, {16, 14}, {16, 15}, {32, 16}, {24, 2},  {16, 3},
};

enum { REQUESTS = sizeof requests / sizeof requests[0], TRYSHUTDOWN = 3, RELOAD = 7 };

static void reply(const struct request *q, enum status status)
{
	service_reply_status(q->fx, q->client->id, requests[q->fn].reply_id, status);
}

static struct writer reply_open(const struct request *q, enum status status, size_t size)
{
	struct writer w = service_scratch(q->fx, size);

	service_reply_head(&w, requests[q->fn].reply_id, status);
	return w;
}

static void reply_close(const struct request *q, struct writer *w, size_t size)
{
	write_pad_to(w, size);
	service_reply(q->fx, q->client->id, w, (struct bytes){0});
}

static void multicast_shutdown(struct service_effects *fx)
{
	struct writer w = service_scratch(fx, MESSAGE_HEAD);

	service_message_head(&w, SERVICE_CFG, MESSAGE_SHUTDOWN);
	service_multicast(fx, &w, (struct bytes){0});
}

static void multicast_crypto(struct service_effects *fx, uint32_t phase)
{
	struct writer w = service_scratch(fx, 24);

	service_message_head(&w, SERVICE_CFG, MESSAGE_CRYPTO);
	write_u32(&w, phase);
	write_pad_to(&w, 24);
	service_multicast(fx, &w, (struct bytes){0});
}

/* Shutdown */

static void ask(const struct cfg *c, client_id client, enum status status, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, 32);

	service_reply_head(&w, EVENT_TESTSHUTDOWN, status);
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
	service_reply_status(fx, requester, requests[TRYSHUTDOWN].reply_id, yes ? STATUS_OK : STATUS_BUSY);
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

static void shutdown_timeout(struct cfg *c, struct service_effects *fx)
{
	if (c->requester.v == 0)
		return;
	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i].vote == CFG_VOTE_ASKED)
			vote_set(c, &c->clients[i], CFG_VOTE_NO);
	shutdown_decide(c, fx);
	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i].tracks)
			ask(c, c->clients[i].id, STATUS_TIMEOUT, fx);
}

static void try_shutdown(struct cfg *c, struct request *q)
{
	uint32_t flags = read_u32(&q->r), timeout_ms = CFG_SHUTDOWN_TIMEOUT_MS;

	if (flags > SHUTDOWN_IMMEDIATE) {
		reply(q, STATUS_INVALID_PARAM);
		return;
	}
	if (flags != SHUTDOWN_IMMEDIATE && c->requester.v != 0) {
		reply(q, STATUS_EXIST);
		return;
	}
	for (uint32_t i = 0; flags != SHUTDOWN_IMMEDIATE && i < CLIENTS_MAX; i++)
		if (c->clients[i].tracks && &c->clients[i] != q->client)
			vote_set(c, &c->clients[i], CFG_VOTE_ASKED);
	if (c->votes_open == 0 || flags == SHUTDOWN_IMMEDIATE) {
		reply(q, STATUS_OK);
		multicast_shutdown(q->fx);
		return;
	}
	c->requester = q->client->id;
	c->shutdown_flags = flags;
	(void)map_get_u32(c->map, "cfg.shutdown_timeout", &timeout_ms);
	service_timer_set(q->fx, SERVICE_TIMER_SHUTDOWN, timeout_ms > 0 ? timeout_ms : 1);
	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i].vote == CFG_VOTE_ASKED)
			ask(c, c->clients[i].id, STATUS_OK, q->fx);
}

/* Only those who were asked have a vote; the last word of each counts. */
static void reply_to_shutdown(struct cfg *c, struct request *q)
{
	uint32_t answer = read_u32(&q->r);

	if (q->client->vote == CFG_VOTE_NOT_ASKED) {
		reply(q, STATUS_ACCESS);
		return;
	}
	vote_set(c, q->client, answer != 0 ? CFG_VOTE_YES : CFG_VOTE_NO);
	shutdown_decide(c, q->fx);
	reply(q, STATUS_OK);
}

static void track_start(struct cfg *c, struct request *q)
{
	bool newcomer = !q->client->tracks;

	q->client->tracks = true;
	if (newcomer && c->requester.v != 0 && c->requester.v != q->client->id.v) {
		vote_set(c, q->client, CFG_VOTE_ASKED);
		ask(c, q->client->id, STATUS_OK, q->fx);
	}
	reply(q, STATUS_OK);
}

/* Who goes does not object any more. */
static void track_end(struct cfg *c, struct cfg_client *client, struct service_effects *fx)
{
	client->tracks = false;
	vote_set(c, client, CFG_VOTE_NOT_ASKED);
	shutdown_decide(c, fx);
}

static void disconnect(struct cfg *c, struct cfg_client *client, struct service_effects *fx)
{
	if (c->requester.v == client->id.v)
		shutdown_forget(c, fx);
	track_end(c, client, fx);
	*client = (struct cfg_client){0};
}

/* Killing a node */

static bool node_is_joined(const struct cfg *c, uint32_t node)
{
	char key[64];
	struct text t = text_of(key, sizeof key);
	const char *status;

	text_add(&t, "runtime.members.%u.status", node);
	status = map_get_string(c->map, key);
	return status != NULL && strcmp(status, "joined") == 0;
}

static void kill_node(const struct cfg *c, struct request *q)
{
	uint32_t node = read_u32(&q->r);
	const uint8_t *reason;
	uint16_t len;
	struct writer w;

	read_seek(&q->r, 24);
	len = read_u16(&q->r);
	reason = read_bytes(&q->r, len);
	if (len > REASON_MAX || q->r.failed) {
		reply(q, STATUS_INVALID_PARAM);
		return;
	}
	if (!node_is_joined(c, node)) {
		reply(q, STATUS_NOT_EXIST);
		return;
	}
	w = service_scratch(q->fx, 288);
	service_message_head(&w, SERVICE_CFG, MESSAGE_KILLNODE);
	write_u32(&w, node);
	write_pad_to(&w, 24);
	write_u16(&w, len);
	write_pad_to(&w, 32);
	write_bytes(&w, reason, len);
	write_pad_to(&w, 288);
	service_multicast(q->fx, &w, (struct bytes){0});
	reply(q, STATUS_OK);
}

static bool deliver_kill(const struct cfg *c, const struct service_event *ev, struct reader *r,
			 struct service_effects *fx)
{
	uint32_t node = read_u32(r);
	char text[REASON_MAX + 64], why[REASON_MAX + 1] = "";
	struct text t = text_of(text, sizeof text);
	struct writer w;
	struct bytes kept;
	uint16_t len;

	read_seek(r, 24);
	len = read_u16(r);
	if (len > REASON_MAX)
		return false;
	read_seek(r, 32);
	read_copy(r, why, len);
	if (r->failed)
		return false;
	if (node != c->self.v)
		return true;
	for (char *at = why; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	text_add(&t, "killed by node %u: %s", ev->from.v, why[0] != '\0' ? why : "no reason given");
	service_log(fx, MSG_NODE_KILLED, "This node is %s", text);
	w = service_scratch(fx, t.len);
	write_bytes(&w, text, t.len);
	kept = service_keep(fx, &w);
	service_push(fx, SERVICE_EFFECT_EXIT)->head = kept;
	return true;
}

/* Reload. The ring carries the client's id as a token; from other nodes it means nothing here. */

static void reload(const struct cfg *c, struct request *q)
{
	struct writer w = service_scratch(q->fx, 32);

	service_message_head(&w, SERVICE_CFG, MESSAGE_RELOAD);
	write_u32(&w, c->self.v);
	write_pad_to(&w, 24);
	write_u64(&w, q->client->id.v);
	service_multicast(q->fx, &w, (struct bytes){0});
	q->client->reloads_sent++;
}

static struct cfg_client *reload_initiator(struct cfg *c, const struct service_event *ev, uint64_t token)
{
	struct cfg_client *client = &c->clients[token % CLIENTS_MAX];

	if (!node_id_eq(ev->from, c->self) || token == 0 || client->id.v != token || client->reloads_sent == 0)
		return NULL;
	return client;
}

static bool deliver_reload(struct cfg *c, const struct service_event *ev, struct reader *r, struct service_effects *fx)
{
	struct cfg_client *client;
	uint64_t token;

	read_seek(r, 24);
	token = read_u64(r);
	if (r->failed)
		return false;
	service_log(fx, MSG_RELOAD_ASKED, "Reading the configuration again, as node %u asked", ev->from.v);
	client = reload_initiator(c, ev, token);
	if (client != NULL) {
		client->reloads_sent--;
		*(c->reload_running ? &client->reloads_later : &client->reloads_now) += 1;
	}
	if (c->reload_running) {
		c->reload_again = true;
		return true;
	}
	c->reload_running = true;
	(void)service_scratch(fx, 0);
	service_push(fx, SERVICE_EFFECT_RELOAD);
	return true;
}

static void reloaded(struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	assert(c->reload_running);
	c->reload_running = c->reload_again;
	c->reload_again = false;
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		struct cfg_client *client = &c->clients[i];

		for (; client->reloads_now > 0; client->reloads_now--)
			service_reply_status(fx, client->id, requests[RELOAD].reply_id, ev->status);
		client->reloads_now = client->reloads_later;
		client->reloads_later = 0;
	}
	if (ev->crypto_changed)
		multicast_crypto(fx, CRYPTO_ACTIVATE);
	if (c->reload_running) {
		(void)service_scratch(fx, 0);
		service_push(fx, SERVICE_EFFECT_RELOAD);
	}
}

/* Our own messages come back when every node before us in the order has read the new keys. */
static bool deliver_crypto(const struct cfg *c, const struct service_event *ev, struct reader *r,
			   struct service_effects *fx)
{
	uint32_t phase = read_u32(r);

	if (r->failed || phase < CRYPTO_ACTIVATE || phase > CRYPTO_CLEANUP)
		return false;
	if (!node_id_eq(ev->from, c->self))
		return true;
	(void)service_scratch(fx, 0);
	service_push(fx, SERVICE_EFFECT_CRYPTO)->phase = (uint8_t)phase;
	if (phase == CRYPTO_ACTIVATE)
		multicast_crypto(fx, CRYPTO_CLEANUP);
	return true;
}

static void deliver_shutdown(const struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	static const char why[] = "shutdown was requested";
	struct writer w;
	struct bytes kept;

	service_log(fx, MSG_NODE_SHUT_DOWN, "Node %u was asked to leave the cluster", ev->from.v);
	if (!node_id_eq(ev->from, c->self))
		return;
	w = service_scratch(fx, sizeof why);
	write_bytes(&w, why, sizeof why - 1);
	kept = service_keep(fx, &w);
	service_push(fx, SERVICE_EFFECT_SHUTDOWN)->head = kept;
}

static bool deliver_known(struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);

	read_seek(&r, MESSAGE_HEAD);
	switch (ev->fn) {
	case MESSAGE_RINGREENABLE:
		return true;
	case MESSAGE_KILLNODE:
		return deliver_kill(c, ev, &r, fx);
	case MESSAGE_SHUTDOWN:
		deliver_shutdown(c, ev, fx);
		return true;
	case MESSAGE_RELOAD:
		return deliver_reload(c, ev, &r, fx);
	case MESSAGE_CRYPTO:
		return deliver_crypto(c, ev, &r, fx);
	default:
		return false;
	}
}

static void deliver(struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	if (!deliver_known(c, ev, fx))
		service_log(fx, MSG_CFG_MESSAGE_BAD,
			    "cfg: dropped a message of node %u: function %u, %zu bytes, not understood", ev->from.v,
			    ev->fn, ev->message.len);
}

/* Questions */

static struct node_list nodes_configured(const struct cfg *c)
{
	static const char prefix[] = "nodelist.node.", suffix[] = ".nodeid";
	const struct map_entry *e = map_next(c->map, prefix, NULL);
	struct node_list nodes = {0};

	for (; e != NULL; e = map_next(c->map, prefix, e->key)) {
		size_t len = strlen(e->key);
		uint32_t id = 0;

		if (len >= sizeof suffix && strcmp(e->key + len - strlen(suffix), suffix) == 0 &&
		    map_get_u32(c->map, e->key, &id))
			(void)node_list_add(&nodes, node_id_of(id));
	}
	node_list_sort(&nodes);
	return nodes;
}

static char link_letter(const struct cfg *c, node_id node, uint8_t link)
{
	struct cfg_node_status status = {0};
	const struct cfg_link_status *l = &status.links[link];

	if (node_id_eq(node, c->self))
		return 'n';
	if (!c->queries.node_status(c->queries.arg, node, &status))
		return '?';
	if (!l->configured)
		return 'd';
	return (char)('0' + (l->enabled ? 1 : 0) + (l->connected ? 2 : 0) + (l->dynconnected ? 4 : 0));
}

static void write_text(struct writer *w, const char *text, size_t end)
{
	write_bytes(w, text, strlen(text));
	write_pad_to(w, end);
}

static void ring_status(const struct cfg *c, const struct request *q)
{
	const char *transport = map_get_string(c->map, "totem.transport");
	bool knet = transport == NULL || strcmp(transport, "knet") == 0;
	struct cfg_address addresses[LINKS_MAX] = {0};
	uint32_t count = c->queries.node_addresses(c->queries.arg, c->self, addresses);
	struct node_list nodes = nodes_configured(c);
	struct writer w = reply_open(q, STATUS_OK, RING_REPLY);

	assert(count <= LINKS_MAX);
	write_u32(&w, count);
	for (uint32_t i = 0; i < count; i++) {
		char name[RING_NAME];
		struct text t = text_of(name, sizeof name);

		text_add(&t, "%u %s", addresses[i].link, addresses[i].text);
		write_pad_to(&w, RING_NAMES_AT + i * RING_NAME);
		write_text(&w, name, RING_NAMES_AT + (i + 1) * RING_NAME);
	}
	for (uint32_t i = 0; i < count; i++) {
		write_pad_to(&w, RING_STATUSES_AT + i * RING_STATUS);
		if (!knet)
			write_bytes(&w, "OK", 2);
		for (uint32_t n = 0; knet && n < nodes.count; n++)
			write_u8(&w, (uint8_t)link_letter(c, nodes.ids[n], addresses[i].link));
	}
	reply_close(q, &w, RING_REPLY);
}

static void node_addresses(const struct cfg *c, struct request *q)
{
	uint32_t node = read_u32(&q->r);
	struct cfg_address addresses[LINKS_MAX] = {0};
	uint32_t count = c->queries.node_addresses(c->queries.arg, node == 0 ? c->self : node_id_of(node), addresses);
	struct writer w = reply_open(q, count > 0 ? STATUS_OK : STATUS_NOT_EXIST, 32 + sizeof addresses);

	assert(count <= LINKS_MAX);
	write_u32(&w, addresses[0].family);
	write_u32(&w, count);
	for (uint32_t i = 0; i < count; i++)
		write_bytes(&w, addresses[i].bytes, sizeof addresses[i].bytes);
	reply_close(q, &w, 32 + count * sizeof addresses[0].bytes);
}

static void local_get(const struct cfg *c, const struct request *q)
{
	struct writer w = reply_open(q, STATUS_OK, 32);

	write_u32(&w, c->self.v);
	reply_close(q, &w, 32);
}

static void write_address(struct writer *w, const char *address, size_t end)
{
	write_bytes(w, address, strnlen(address, CFG_ADDRESS_TEXT - 1));
	write_pad_to(w, end);
}

static void write_link(struct writer *w, const struct cfg_link_status *l)
{
	size_t start = w->len;

	write_u8(w, l->enabled);
	write_u8(w, l->connected);
	write_u8(w, l->dynconnected);
	write_pad_to(w, start + 4);
	write_u32(w, l->mtu);
	write_address(w, l->source, start + 8 + CFG_ADDRESS_TEXT);
	write_address(w, l->dest, start + 8 + 2 * CFG_ADDRESS_TEXT);
	assert(w->failed || w->len == start + NODE_STATUS_LINK);
}

static void node_status(const struct cfg *c, struct request *q)
{
	uint32_t node = read_u32(&q->r);
	struct cfg_node_status status = {0};
	enum status known = STATUS_OK;
	uint32_t version;
	struct writer w;

	read_seek(&q->r, 24);
	version = read_u32(&q->r);
	if (version != NODE_STATUS_VERSION)
		known = STATUS_NOT_SUPPORTED;
	else if (!c->queries.node_status(c->queries.arg, node_id_of(node), &status))
		known = STATUS_FAILED_OPERATION;
	w = reply_open(q, known, NODE_STATUS_SIZE);
	write_u32(&w, version);
	if (known != STATUS_OK) {
		reply_close(q, &w, 32);
		return;
	}
	write_u32(&w, node);
	write_u8(&w, status.reachable);
	write_u8(&w, status.remote);
	write_u8(&w, status.external);
	write_u8(&w, status.onwire_min);
	write_u8(&w, status.onwire_max);
	write_u8(&w, status.onwire_version);
	write_pad_to(&w, NODE_STATUS_LINKS_AT);
	for (size_t i = 0; i < LINKS_MAX; i++)
		write_link(&w, &status.links[i]);
	reply_close(q, &w, NODE_STATUS_SIZE);
}

static void request_known(struct cfg *c, struct request *q)
{
	switch (q->fn) {
	case 0:
		ring_status(c, q);
		return;
	case 1:
		reply(q, STATUS_NOT_SUPPORTED);
		return;
	case 2:
		kill_node(c, q);
		return;
	case TRYSHUTDOWN:
		try_shutdown(c, q);
		return;
	case 4:
		reply_to_shutdown(c, q);
		return;
	case 5:
		node_addresses(c, q);
		return;
	case 6:
		local_get(c, q);
		return;
	case RELOAD:
		reload(c, q);
		return;
	case 8:
		(void)service_scratch(q->fx, 0);
		service_push(q->fx, SERVICE_EFFECT_REOPEN);
		reply(q, STATUS_OK);
		return;
	case 9:
		node_status(c, q);
		return;
	case 10:
		track_start(c, q);
		return;
	case 11:
		track_end(c, q->client, q->fx);
		reply(q, STATUS_OK);
		return;
	}
}

static void request(struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct request q = {client_find(c, ev->client), reader_of(ev->message), ev->fn, fx};

	if (ev->fn >= REQUESTS) {
		service_reply_status(fx, ev->client, 0, STATUS_INVALID_PARAM);
		return;
	}
	if (ev->message.len < requests[ev->fn].size) {
		reply(&q, STATUS_INVALID_PARAM);
		return;
	}
	read_seek(&q.r, MESSAGE_HEAD);
	request_known(c, &q);
}

static void connect(struct cfg *c, client_id id)
{
	struct cfg_client *client = &c->clients[client_slot(id)];

	assert(id.v != 0);
	assert(client->id.v == 0);
	client->id = id;
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
		deliver(c, ev, fx);
		break;
	case SERVICE_EVENT_TIMEOUT:
		shutdown_timeout(c, fx);
		break;
	case SERVICE_EVENT_RELOADED:
		reloaded(c, ev, fx);
		break;
	case SERVICE_EVENT_START:
	case SERVICE_EVENT_SYNC_INIT:
	case SERVICE_EVENT_SYNC_PROCESS:
	case SERVICE_EVENT_SYNC_ACTIVATE:
	case SERVICE_EVENT_SYNC_ABORT:
	case SERVICE_EVENT_CONFIG:
	case SERVICE_EVENT_QUORUM:
	case SERVICE_EVENT_LEAVE:
		break;
	}
	cfg_check(c);
}
