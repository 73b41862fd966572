/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clients ask about nodes and links; the host knows the answers. */
#include "service/cfg-internal.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

enum {
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

void cfg_ring_status(struct cfg *c, struct cfg_request *q)
{
	const char *transport = map_get_string(c->map, "totem.transport");
	bool knet = transport == NULL || strcmp(transport, "knet") == 0;
	struct cfg_address addresses[LINKS_MAX] = {0};
	uint32_t count = c->queries.node_addresses(c->queries.arg, c->self, addresses);
	struct node_list nodes = nodes_configured(c);
	struct writer w = cfg_reply_open(q, STATUS_OK, RING_REPLY);

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
	cfg_reply_close(q, &w, RING_REPLY);
}

void cfg_node_addresses(struct cfg *c, struct cfg_request *q)
{
	uint32_t node = read_u32(&q->r);
	struct cfg_address addresses[LINKS_MAX] = {0};
	uint32_t count = c->queries.node_addresses(c->queries.arg, node == 0 ? c->self : node_id_of(node), addresses);
	struct writer w = cfg_reply_open(q, count > 0 ? STATUS_OK : STATUS_NOT_EXIST, 32 + sizeof addresses);

	assert(count <= LINKS_MAX);
	write_u32(&w, addresses[0].family);
	write_u32(&w, count);
	for (uint32_t i = 0; i < count; i++)
		write_bytes(&w, addresses[i].bytes, sizeof addresses[i].bytes);
	cfg_reply_close(q, &w, 32 + count * sizeof addresses[0].bytes);
}

void cfg_local_get(struct cfg *c, struct cfg_request *q)
{
	struct writer w = cfg_reply_open(q, STATUS_OK, 32);

	write_u32(&w, c->self.v);
	cfg_reply_close(q, &w, 32);
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

void cfg_node_status_get(struct cfg *c, struct cfg_request *q)
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
	w = cfg_reply_open(q, known, NODE_STATUS_SIZE);
	write_u32(&w, version);
	if (known != STATUS_OK) {
		cfg_reply_close(q, &w, 32);
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
	cfg_reply_close(q, &w, NODE_STATUS_SIZE);
}
