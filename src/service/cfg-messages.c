/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ordered messages, and the requests that send them at once. */
#include "service/cfg-internal.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

enum { REASON_MAX = 256 }; /* bytes of a killer's reason */

static bool node_is_joined(const struct cfg *c, uint32_t node)
{
	char key[64];
	struct text t = text_of(key, sizeof key);
	const char *status;

	text_add(&t, "runtime.members.%u.status", node);
	status = map_get_string(c->map, key);
	return status != NULL && strcmp(status, "joined") == 0;
}

void cfg_kill_node(struct cfg *c, struct cfg_request *q)
{
	uint32_t node = read_u32(&q->r);
	const uint8_t *reason;
	uint16_t len;
	struct writer w;

	read_seek(&q->r, 24);
	len = read_u16(&q->r);
	reason = read_bytes(&q->r, len);
	if (len > REASON_MAX || q->r.failed) {
		cfg_reply(q, STATUS_INVALID_PARAM);
		return;
	}
	if (!node_is_joined(c, node)) {
		cfg_reply(q, STATUS_NOT_EXIST);
		return;
	}
	w = service_scratch(q->fx, 288);
	service_message_head(&w, SERVICE_CFG, CFG_KILLNODE);
	write_u32(&w, node);
	write_pad_to(&w, 24);
	write_u16(&w, len);
	write_pad_to(&w, 32);
	write_bytes(&w, reason, len);
	write_pad_to(&w, 288);
	service_multicast(q->fx, &w, (struct bytes){0});
	cfg_reply(q, STATUS_OK);
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

/* The ring carries the client's id as a token; from other nodes it means nothing here. */
void cfg_reload(struct cfg *c, struct cfg_request *q)
{
	struct writer w = service_scratch(q->fx, 32);

	service_message_head(&w, SERVICE_CFG, CFG_RELOAD);
	write_u32(&w, c->self.v);
	write_pad_to(&w, 24);
	write_u64(&w, q->client->id.v);
	service_multicast(q->fx, &w, (struct bytes){0});
	q->client->reloads_sent++;
}

static struct cfg_client *reload_initiator(struct cfg *c, const struct service_event *ev, uint64_t token)
{
	struct cfg_client *client = &c->clients[token % CLIENTS_MAX];

	if (!node_id_eq(ev->from, c->self) || client->id.v != token || client->reloads_sent == 0)
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

void cfg_reloaded(struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	assert(c->reload_running);
	c->reload_running = c->reload_again;
	c->reload_again = false;
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		struct cfg_client *client = &c->clients[i];

		for (; client->reloads_now > 0; client->reloads_now--)
			service_reply_status(fx, client->id, CFG_REPLY_RELOAD, ev->status);
		client->reloads_now = client->reloads_later;
		client->reloads_later = 0;
	}
	if (ev->crypto_changed)
		cfg_crypto_start(c, fx);
	if (c->reload_running) {
		(void)service_scratch(fx, 0);
		service_push(fx, SERVICE_EFFECT_RELOAD);
	}
}

static bool deliver_crypto(struct cfg *c, const struct service_event *ev, struct reader *r, struct service_effects *fx)
{
	uint32_t phase = read_u32(r);

	return !r->failed && cfg_crypto_deliver(c, ev->from, phase, fx);
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

	read_seek(&r, CFG_MESSAGE_HEAD);
	switch (ev->fn) {
	case CFG_RINGREENABLE:
		return true;
	case CFG_KILLNODE:
		return deliver_kill(c, ev, &r, fx);
	case CFG_SHUTDOWN:
		deliver_shutdown(c, ev, fx);
		return true;
	case CFG_RELOAD:
		return deliver_reload(c, ev, &r, fx);
	case CFG_CRYPTO:
		return deliver_crypto(c, ev, &r, fx);
	default:
		return false;
	}
}

void cfg_deliver(struct cfg *c, const struct service_event *ev, struct service_effects *fx)
{
	if (!deliver_known(c, ev, fx))
		service_log(fx, MSG_CFG_MESSAGE_BAD,
			    "cfg: dropped a message of node %u: function %u, %zu bytes, not understood", ev->from.v,
			    ev->fn, ev->message.len);
}
