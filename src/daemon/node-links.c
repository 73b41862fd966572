/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-links.c - the transport, the nodes and the links between them. */
#include "daemon/node-internal.h"

#include "os/knet.h"
#include "os/resolve.h"
#include "os/udpu.h"

#include <netinet/in.h>
#include <string.h>

enum {
	EAGER_PING_MS = 50,
	NEAR_PING_MS = 500,
	NEAR_TIMEOUT_MS = 1500,
	ALIGN_AFTER_MS = 6000, /* since the last change, and later than knet's hurry at a start */
	ALIGN_FOR_MS = 500,
	ALIGN_PING_MS = 100, /* each time that knet looks */
};

void node_sockaddr(const struct address *a, uint16_t port, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof *ret);
	if (a->family == FAMILY_IPV4) {
		struct sockaddr_in *in = (struct sockaddr_in *)ret;

		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, a->bytes, sizeof in->sin_addr);
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

		in6->sin6_family = AF_INET6;
		memcpy(&in6->sin6_addr, a->bytes, sizeof in6->sin6_addr);
		in6->sin6_scope_id = a->scope;
	}
	sockaddr_set_port(ret, port);
}

struct knet_crypto node_knet_crypto(const struct settings *s)
{
	return (struct knet_crypto){
		.model = s->totem.crypto.model,
		.cipher = s->totem.crypto.cipher,
		.hash = s->totem.crypto.hash,
		.key = bytes_of(s->key, s->key_len),
	};
}

struct knet_options node_knet_options(const struct node *n, const struct settings *s)
{
	static const enum knet_mode modes[] = {
		[LINK_MODE_PASSIVE] = KNET_PASSIVE, [LINK_MODE_ACTIVE] = KNET_ACTIVE, [LINK_MODE_RR] = KNET_RR};
	const struct totem_config *c = &s->totem;
	const char *fallback = map_get_string(&s->map, "system.allow_knet_handle_fallback");

	return (struct knet_options){
		.self = n->self,
		.debug = log_wants(n->log, SUBSYSTEM_KNET, LEVEL_DEBUG),
		.mode = modes[c->link_mode],
		.block_unlisted_ips = c->timers.block_unlisted_ips != 0,
		.allow_unprivileged = fallback != NULL && strcmp(fallback, "yes") == 0,
		.pmtud_interval_s = c->timers.knet_pmtud_interval_s,
		.mtu = c->timers.knet_mtu,
		.dscp = c->ip_dscp,
	};
}

/* A node that is not there yet is asked often and believed at its first answer, so that it is let in at once; our
 * neighbours in the ring are watched closely (node-loss.c), all others calmly. What is written in the configuration
 * holds always. In alignment all of those that are there are asked each time that knet looks.
 */
static void set_pings(struct transport_link *link, const struct link_config *config, enum node_care care, bool aligning)
{
	if (config->ping_interval_given || config->ping_timeout_given)
		return;
	if (care == CARE_EAGER) {
		link->ping_interval_ms = EAGER_PING_MS;
		link->pong_count = 1;
	} else if (care == CARE_NEAR) {
		if (link->ping_interval_ms > NEAR_PING_MS)
			link->ping_interval_ms = NEAR_PING_MS;
		if (link->ping_timeout_ms > NEAR_TIMEOUT_MS)
			link->ping_timeout_ms = NEAR_TIMEOUT_MS;
	} else if (link->ping_interval_ms * 2 >= link->ping_timeout_ms) {
		/* The first answer that is missing ends the link either way, and as soon: then a ping less will do. */
		link->ping_interval_ms = link->ping_timeout_ms / 3 * 2;
	}
	if (aligning && care != CARE_EAGER && link->ping_interval_ms > ALIGN_PING_MS)
		link->ping_interval_ms = ALIGN_PING_MS;
}

static enum err link_set(struct node *n, const struct totem_config *config, const struct node_config *node,
			 uint8_t number, enum node_care care, struct error *reterr)
{
	const struct node_config *self = &config->nodes[config->local];
	const struct link_config *l = &config->links[number];
	struct transport_link link = {
		.number = number,
		.priority = l->priority,
		.ping_interval_ms = l->ping_interval_ms,
		.ping_timeout_ms = l->ping_timeout_ms,
		.ping_precision = l->ping_precision,
		.pong_count = (uint8_t)l->pong_count,
		.sctp = l->transport == LINK_SCTP,
	};

	set_pings(&link, l, care, n->aligning);
	node_sockaddr(&self->address[number], l->port, &link.local);
	node_sockaddr(&node->address[number], l->port, &link.remote);
	return transport_link_set(n->transport, node->id, &link, reterr);
}

static enum node_care care_of(struct node *n, node_id id)
{
	struct transport_node_status status;
	bool up = transport_node_status(n->transport, id, &status) == ERR_OK && status.reachable;

	return !up ? CARE_EAGER : node_is_near(n, id) ? CARE_NEAR : CARE_CALM;
}

static enum err node_links(struct node *n, const struct totem_config *config, const struct node_config *node,
			   struct error *reterr)
{
	enum err e = transport_node_add(n->transport, node->id, reterr);
	enum node_care care = care_of(n, node->id);

	for (uint8_t l = 0; l < LINKS_MAX && e == ERR_OK; l++)
		if (node->links >> l & 1)
			e = link_set(n, config, node, l, care, reterr);
	return e;
}

static void set_care(struct node *n, node_id id, enum node_care care)
{
	const struct totem_config *config = &n->settings->totem;
	const struct node_config *node = totem_config_node(config, id);
	struct error why;

	for (uint8_t l = 0; node != NULL && l < LINKS_MAX; l++)
		if ((node->links >> l & 1) && link_set(n, config, node, l, care, &why) != ERR_OK)
			node_log(n, MSG_LINK_REFUSED, why.text);
}

/* Each link is pinged anew when its own interval is over, and these began when it came up. Pinged together once, links
 * stay together, and an idle node is woken a few times by many pings and answers, not by each.
 */
static void align(void *arg)
{
	struct node *n = arg;
	const struct totem_config *config = &n->settings->totem;

	n->aligning = !n->aligning;
	for (uint32_t i = 0; i < config->node_count; i++) {
		node_id id = config->nodes[i].id;
		enum node_care care = care_of(n, id);

		if (i != config->local && care != CARE_EAGER)
			set_care(n, id, care);
	}
	if (n->aligning)
		loop_timer_set(n->loop, &n->align, ALIGN_FOR_MS);
}

void node_links_care(struct node *n, node_id id, enum node_care care)
{
	set_care(n, id, care);
	if (!n->aligning)
		loop_timer_set(n->loop, &n->align, ALIGN_AFTER_MS);
}

static enum err knet_prepare(struct node *n, const struct transport_handlers *handlers, struct error *reterr)
{
	const struct totem_config *c = &n->settings->totem;
	const struct knet_options options = node_knet_options(n, n->settings);
	const struct knet_compression compression = {
		.model = c->compression.model, .threshold = c->compression.threshold, .level = c->compression.level};
	const struct knet_crypto crypto = node_knet_crypto(n->settings);
	enum err e = knet_open(n->loop, &options, handlers, &n->transport, reterr);

	if (e == ERR_OK && c->crypto.key_source != KEY_NONE)
		e = knet_crypto_start(n->transport, &crypto, reterr);
	if (e == ERR_OK && strcmp(compression.model, "none") != 0)
		e = knet_compression_set(n->transport, &compression, reterr);
	return e;
}

enum err node_transport_open(struct node *n, const struct transport_handlers *handlers, struct error *reterr)
{
	const struct totem_config *c = &n->settings->totem;
	const struct udpu_options options = {
		.self = n->self, .block_unlisted_ips = c->timers.block_unlisted_ips != 0, .mtu = c->netmtu};

	timer_init(&n->align, align, n);
	if (n->knet)
		return knet_prepare(n, handlers, reterr);
	return udpu_open(n->loop, &options, handlers, &n->transport, reterr);
}

/* Ourselves first: udpu opens its socket by that. */
enum err node_links_set(struct node *n, const struct totem_config *config, struct error *reterr)
{
	enum err e = node_links(n, config, &config->nodes[config->local], reterr);

	for (uint32_t i = 0; i < config->node_count && e == ERR_OK; i++)
		if (i != config->local)
			e = node_links(n, config, &config->nodes[i], reterr);
	return e;
}

/* udpu asks nobody: who is in the ring is there. The packet size is told as Corosync does. */
static void udpu_status(const struct node *n, node_id id, struct cfg_node_status *ret)
{
	ret->reachable = node_list_has(&n->engine->view.members, id);
	ret->links[0].connected = ret->reachable;
	ret->links[0].mtu = n->settings->totem.netmtu - 2 * MCAST_HEADER;
}

bool node_status_query(void *arg, node_id id, struct cfg_node_status *ret)
{
	struct node *n = arg;
	struct transport_node_status s;

	if (transport_node_status(n->transport, id, &s) != ERR_OK)
		return false;
	ret->reachable = s.reachable;
	ret->remote = s.remote;
	ret->external = s.external;
	ret->onwire_min = s.onwire_min;
	ret->onwire_max = s.onwire_max;
	ret->onwire_version = s.onwire_ver;
	for (uint32_t i = 0; i < LINKS_MAX; i++) {
		const struct transport_link_status *from = &s.links[i];
		struct cfg_link_status *to = &ret->links[i];

		to->configured = from->configured;
		to->enabled = from->enabled;
		to->connected = from->connected;
		to->dynconnected = from->dynconnected;
		to->mtu = from->mtu;
		memcpy(to->source, from->src_ip, sizeof to->source);
		memcpy(to->dest, from->dst_ip, sizeof to->dest);
	}
	if (!n->knet)
		udpu_status(n, id, ret);
	return true;
}

uint32_t node_addresses_query(void *arg, node_id id, struct cfg_address ret[LINKS_MAX])
{
	struct node *n = arg;
	const struct node_config *node = totem_config_node(&n->settings->totem, id);
	uint32_t count = 0;

	for (uint8_t l = 0; node != NULL && l < LINKS_MAX; l++) {
		struct cfg_address *a = &ret[count];
		struct text t = text_of(a->text, sizeof a->text);

		if (!(node->links >> l & 1))
			continue;
		a->link = l;
		a->family = node->address[l].family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
		memcpy(a->bytes, node->address[l].bytes, sizeof a->bytes);
		text_add_address(&t, &node->address[l]);
		count++;
	}
	return count;
}
