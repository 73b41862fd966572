/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-strangers.c - who speaks to our ports and should not: told with the address, what is wrong and, in the
 * catalogue, what to do; each once, and again after TELL_AGAIN_MS.
 *
 * The transport tells of packets that it cannot open, or that bear a node's id and come from elsewhere. A node whose id
 * nobody has configured is dropped by libknet without a word: for that we listen ourselves now and then, to addresses
 * that are not in nodelist, and to nodes of nodelist that are not reachable, who may have a wrong id. (An id can be
 * read only where packets are not encrypted. The name of a cluster is in no packet at all.)
 */
#include "daemon/node-internal.h"

#include "base/text.h"
#include "os/resolve.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_LOOK_MS = 3000,
	LOOK_EVERY_MS = 30000,
	TELL_AGAIN_MS = 3600 * 1000,
	KNET_VERSION = 1, /* of its packets; version, type and the sender's id, big-endian, lead them */
	KNET_HEAD = 4,
};

/* The place of this one, or that of the one that was told longest ago. */
static struct node_stranger *place_of(struct node *n, enum message_id message, const char *address)
{
	struct node_stranger *oldest = &n->strangers_told[0];

	for (uint32_t i = 0; i < STRANGERS_KEPT; i++) {
		struct node_stranger *s = &n->strangers_told[i];

		if (mono_time_is_set(s->told) && s->message == message && strcmp(s->address, address) == 0)
			return s;
		if (s->told.ns < oldest->told.ns)
			oldest = s;
	}
	return oldest;
}

static void tell_once(struct node *n, enum message_id message, const char *address, const char *line)
{
	struct node_stranger *s = place_of(n, message, address);
	bool same = mono_time_is_set(s->told) && s->message == message && strcmp(s->address, address) == 0;

	if (same && mono_time_since_ms(loop_now(n->loop), s->told) < TELL_AGAIN_MS)
		return;
	*s = (struct node_stranger){.message = message, .told = loop_now(n->loop)};
	(void)strncpy(s->address, address, sizeof s->address - 1);
	node_log(n, message, line);
}

/* The node with this address, or NULL. */
static const struct node_config *node_at(const struct node *n, const char *address)
{
	const struct totem_config *c = &n->settings->totem;

	for (uint32_t i = 0; i < c->node_count; i++) {
		for (uint8_t l = 0; l < LINKS_MAX; l++) {
			char text[INET6_ADDRSTRLEN];
			struct text t = text_of(text, sizeof text);

			if (!(c->nodes[i].links >> l & 1))
				continue;
			text_add_address(&t, &c->nodes[i].address[l]);
			if (strcmp(text, address) == 0)
				return &c->nodes[i];
		}
	}
	return NULL;
}

static void add_who(struct text *t, const struct node *n, const char *address)
{
	const struct node_config *node = node_at(n, address);

	if (node == NULL)
		text_add(t, "%s, which is no address of nodelist,", address);
	else
		text_add(t, "%s (node %u%s%s)", address, node->id.v, node->name[0] != '\0' ? ", " : "", node->name);
}

void node_stranger_packet(void *arg, enum transport_stranger what, const char *address)
{
	struct node *n = arg;
	char line[400];
	struct text t = text_of(line, sizeof line);

	add_who(&t, n, address);
	switch (what) {
	case TRANSPORT_STRANGER_KEY:
		text_add(&t,
			 " sends packets that our key does not open: it has another authkey or other crypto_ settings,"
			 " or belongs to another cluster");
		tell_once(n, MSG_STRANGER_KEY, address, line);
		break;
	case TRANSPORT_STRANGER_ADDRESS:
		text_add(&t, " uses the id of a node of ours whose address is another");
		tell_once(n, MSG_STRANGER_ADDRESS, address, line);
		break;
	case TRANSPORT_STRANGER_UNLISTED:
		text_add(&t, " sends to the ring's port; it is not listened to");
		tell_once(n, MSG_STRANGER_UNLISTED, address, line);
		break;
	}
}

/* From an address that is not in nodelist, or from that of a node that is not reachable. */
static void on_seen(void *arg, const struct sockaddr_storage *from, uint16_t port, struct bytes packet)
{
	struct node *n = arg;
	struct reader r = reader_of(packet);
	uint8_t version = read_u8(&r), type = read_u8(&r);
	uint16_t id = (uint16_t)(read_u8(&r) << 8);
	char address[TRANSPORT_ADDRESS_TEXT], line[400];
	struct text t = text_of(line, sizeof line);
	const struct node_config *node;
	bool readable;

	id = (uint16_t)(id | read_u8(&r));
	readable = !r.failed && n->knet && n->settings->totem.crypto.key_source == KEY_NONE &&
		   version == KNET_VERSION && (type == 0 || (type >= 0x80 && type <= 0x84));
	sockaddr_text(from, address, sizeof address);
	node = node_at(n, address);
	add_who(&t, n, address);
	if (node == NULL) {
		text_add(&t, " sends to our port %u", port);
		if (readable)
			text_add(&t, " as node %u", id);
		text_add(&t, "; it is not listened to");
		tell_once(n, MSG_STRANGER_UNLISTED, address, line);
	} else if (readable && id != node->id.v) {
		text_add(&t, " calls itself node %u: its nodelist is not ours", id);
		tell_once(n, MSG_STRANGER_ID, address, line);
	}
}

/* Ourselves and those that are reachable: they are who they say. */
static bool is_well_known(struct node *n, node_id id)
{
	struct transport_node_status status;

	if (node_id_eq(id, n->self) || !n->knet)
		return true;
	return transport_node_status(n->transport, id, &status) == ERR_OK && status.reachable;
}

static uint32_t ports_of(const struct totem_config *c, uint16_t ports[STRANGERS_PORTS_MAX])
{
	uint32_t count = 0;

	for (uint32_t l = 0; l < LINKS_MAX; l++)
		if (c->links[l].has_nodes)
			ports[count++] = c->links[l].port;
	return count;
}

static void look(void *arg)
{
	struct node *n = arg;
	const struct totem_config *c = &n->settings->totem;
	struct sockaddr_storage *known = calloc(c->node_count * LINKS_MAX, sizeof *known);
	uint16_t ports[STRANGERS_PORTS_MAX];
	uint32_t port_count = ports_of(c, ports), count = 0;
	struct error why;

	loop_timer_set(n->loop, &n->strangers_look, LOOK_EVERY_MS);
	if (known == NULL)
		return;
	for (uint32_t i = 0; i < c->node_count; i++)
		for (uint8_t l = 0; l < LINKS_MAX && is_well_known(n, c->nodes[i].id); l++)
			if (c->nodes[i].links >> l & 1)
				node_sockaddr(&c->nodes[i].address[l], 0, &known[count++]);
	/* Who may not, has said so when it opened the echo's socket. */
	if (strangers_listen(n->strangers, ports, port_count, known, count, &why) != ERR_OK)
		loop_timer_cancel(n->loop, &n->strangers_look);
	free(known);
}

void node_strangers_open(struct node *n)
{
	const struct strangers_options options = {.arg = n, .seen = on_seen};
	struct error why;

	timer_init(&n->strangers_look, look, n);
	if (strangers_open(n->loop, &options, &n->strangers, &why) == ERR_OK)
		loop_timer_set(n->loop, &n->strangers_look, FIRST_LOOK_MS);
}
