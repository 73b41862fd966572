/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version of the configuration, as the nodes tell it each other (engine-wire.md §8.1). */
#include "service/cmap-internal.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

enum {
	MESSAGE_FN = 0,
	ITEMS_AT = 48,
	ITEM_SIZE = 280, /* name, type, length; the value follows, rounded up to 8 */
	ITEM_TYPE = 264,
	ITEM_LEN = 272,
};

const char cmap_version_key[] = "totem.config_version";

void cmap_version_send(const struct cmap *c, enum cmap_version_reason reason, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, ITEMS_AT + ITEM_SIZE + 8);
	uint64_t version;
	bool known = map_get_u64(c->map, cmap_version_key, &version);

	service_message_head(&w, SERVICE_CMAP, MESSAGE_FN);
	write_u8(&w, (uint8_t)reason);
	write_pad_to(&w, 24);
	write_u8(&w, 1);
	write_pad_to(&w, ITEMS_AT);
	cmap_write_name(&w, cmap_version_key);
	write_u8(&w, known ? MAP_U64 : MAP_NONE);
	write_pad_to(&w, ITEMS_AT + ITEM_LEN);
	write_u64(&w, known ? sizeof version : 0);
	if (known)
		write_u64(&w, version);
	service_multicast(fx, &w, (struct bytes){0});
}

/* False when the message is not what its counts say. */
static bool read_version(struct reader *r, uint8_t items, uint64_t *ret_version)
{
	uint64_t version = 0;

	for (uint8_t i = 0; i < items; i++) {
		size_t start = r->at;
		char name[CMAP_KEY_SIZE];
		uint8_t type;
		uint64_t len;

		if (!cmap_read_name(r, name))
			return false;
		read_seek(r, start + ITEM_TYPE);
		type = read_u8(r);
		read_seek(r, start + ITEM_LEN);
		len = read_u64(r);
		if (r->failed || len > reader_left(r))
			return false;
		if (strcmp(name, cmap_version_key) == 0 && type == MAP_U64 && len == sizeof version)
			version = read_u64(r);
		if (i + 1 < items)
			read_seek(r, start + ITEM_SIZE + ((size_t)len + 7) / 8 * 8);
	}
	if (!r->failed)
		*ret_version = version;
	return !r->failed;
}

void cmap_version_deliver(struct cmap *c, const struct service_event *ev, struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);
	char key[64];
	struct text name = text_of(key, sizeof key);
	uint8_t reason, items;
	uint64_t version;

	read_seek(&r, 16);
	reason = read_u8(&r);
	read_seek(&r, 24);
	items = read_u8(&r);
	read_seek(&r, ITEMS_AT);
	if (ev->fn != MESSAGE_FN || r.failed || reason > CMAP_VERSION_CHANGED || !read_version(&r, items, &version)) {
		service_log(fx, MSG_CMAP_MESSAGE_BAD,
			    "cmap: dropped a message of node %u: function %u, %zu bytes, not understood", ev->from.v,
			    ev->fn, ev->message.len);
		return;
	}
	text_add(&name, "runtime.members.%u.config_version", ev->from.v);
	map_put_u64(c->map, key, version);
	if (!node_id_eq(ev->from, c->self) && version > c->version_highest)
		c->version_highest = version;
}

void cmap_version_init(struct cmap *c, const struct view *view)
{
	uint64_t version = 0;

	(void)map_get_u64(c->map, cmap_version_key, &version);
	c->version_mine = version;
	c->version_highest = version;
	c->trans_empty = view->trans.count == 0;
}

/* A node that joins others for the first time with an older configuration than theirs goes down rather than work by it.
 * Later changes are the administrator's: versions may differ while they are being rolled out.
 */
void cmap_version_activate(struct cmap *c, struct service_effects *fx)
{
	static const char why[] = "the configuration of this node is older than that of the cluster";
	struct writer w;
	struct bytes text;

	if (c->trans_empty || c->version_checked)
		return;
	c->version_checked = true;
	if (c->version_mine == 0 || c->version_highest == c->version_mine)
		return;
	service_log(fx, MSG_CONFIG_OUTDATED,
		    "This node's configuration has version %llu, the cluster's has %llu: leaving. "
		    "Copy corosync.conf from another node and start again",
		    (unsigned long long)c->version_mine, (unsigned long long)c->version_highest);
	w = service_scratch(fx, sizeof why);
	write_bytes(&w, why, sizeof why - 1);
	text = service_keep(fx, &w);
	service_push(fx, SERVICE_EFFECT_SHUTDOWN)->head = text;
}
