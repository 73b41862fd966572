/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 * 1. A client's slot holds that client's id, and a free slot has neither iterators nor handles.
 * 2. Every tracker belongs to a connected client, and watches the map which that client uses.
 * 3. A client's `handles` counts its iterators and trackers; no handle is 0 or above handle_last.
 * 4. `polling` counts the trackers that compare a counter; all of them watch one key of the statistics.
 * 5. version_highest is never below version_mine.
 */
#include "service/cmap-internal.h"

#include <assert.h>
#include <string.h>

enum { NAME_VALUE = 8, NAME_SIZE = 264 }; /* u16 length, the bytes at 8 */

void cmap_init(struct cmap *c, node_id self, struct map *map, struct map *stats, struct pool *pool)
{
	assert(map != stats);
	memset(c, 0, sizeof *c);
	c->self = self;
	c->map = map;
	c->stats = stats;
	c->pool = pool;
}

void cmap_mark_readonly(struct map *map)
{
	static const char *const prefixes[] = {
		"internal_configuration.", "runtime.services.", "runtime.config.", "runtime.totem.",
		"uidgid.config.",          "system.",           "nodelist.",
	};
	static const char *const keys[] = {
		"totem.crypto_cipher",
		"totem.crypto_hash",
		"totem.crypto_model",
		"totem.keyfile",
		"totem.key",
		"totem.secauth",
		"totem.ip_version",
		"totem.ip_dscp",
		"totem.transport",
		"totem.cluster_name",
		"totem.netmtu",
		"totem.threads",
		"totem.version",
		"totem.nodeid",
		"totem.clear_node_high_bit",
		"config.reload_in_progress",
		"config.totemconfig_reload_in_progress",
		"nodelist.local_node_pos",
		"quorum.allow_downscale",
		"quorum.wait_for_all",
		"quorum.last_man_standing",
		"quorum.last_man_standing_window",
		"quorum.expected_votes_tracking",
		"quorum.auto_tie_breaker",
		"quorum.auto_tie_breaker_node",
	};

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		map_mark_readonly(map, prefixes[i], true);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		map_mark_readonly(map, keys[i], false);
}

struct cmap_client *cmap_client_find(struct cmap *c, client_id id)
{
	struct cmap_client *client = &c->clients[client_slot(id)];

	assert(id.v != 0);
	assert(client->id.v == id.v);
	return client;
}

bool cmap_client_uses_stats(const struct cmap *c, client_id id)
{
	const struct cmap_client *client = &c->clients[client_slot(id)];

	return id.v != 0 && client->id.v == id.v && client->uses_stats;
}

void cmap_write_name(struct writer *w, const char *name)
{
	size_t start = w->len, len = strlen(name);

	assert(len <= MAP_KEY_MAX);
	write_u16(w, (uint16_t)len);
	write_pad_to(w, start + NAME_VALUE);
	write_bytes(w, name, len);
	write_pad_to(w, start + NAME_SIZE);
}

/* False when the name is longer than any key; the bytes up to its length or first NUL count. */
bool cmap_read_name(struct reader *r, char ret_name[CMAP_KEY_SIZE])
{
	size_t start = r->at;
	uint16_t len = read_u16(r);
	const uint8_t *value;

	read_seek(r, start + NAME_VALUE);
	value = read_bytes(r, len);
	if (r->failed || len > MAP_KEY_MAX)
		return false;
	memcpy(ret_name, value, len);
	ret_name[len] = '\0';
	read_seek(r, start + NAME_SIZE);
	return true;
}

void cmap_check(const struct cmap *c)
{
	uint32_t polling = 0;

	for (const struct cmap_tracker *t = c->first; t != NULL; t = t->next) {
		const struct cmap_client *client = &c->clients[client_slot(t->client)];

		assert(client->id.v == t->client.v);                   /* 2 */
		assert(client->uses_stats == t->stats);                /* 2 */
		assert(client->handles > 0);                           /* 3 */
		assert(t->handle != 0 && t->handle <= c->handle_last); /* 3 */
		assert(!t->polls || (t->stats && !t->is_prefix));      /* 4 */
		assert(t->next != NULL || t == c->last);
		polling += t->polls;
	}
	assert(polling == c->polling);                 /* 4 */
	assert(c->version_highest >= c->version_mine); /* 5 */
	assert((c->first == NULL) == (c->last == NULL));
}

static void client_check(const struct cmap *c, client_id id)
{
	const struct cmap_client *client = &c->clients[client_slot(id)];
	uint32_t handles = 0;

	assert(client->id.v == 0 || client_slot(client->id) == client_slot(id)); /* 1 */
	for (const struct cmap_iterator *i = client->iterators; i != NULL; i = i->next)
		handles++;
	for (const struct cmap_tracker *t = c->first; t != NULL; t = t->next)
		handles += t->client.v == client->id.v;
	assert(handles == client->handles);        /* 3 */
	assert(client->id.v != 0 || handles == 0); /* 1 */
}

static void disconnect(struct cmap *c, struct cmap_client *client, struct service_effects *fx)
{
	struct cmap_tracker *t = c->first;

	while (client->iterators != NULL)
		cmap_iterator_free(c, client, &client->iterators);
	while (t != NULL) {
		struct cmap_tracker *next = t->next;

		if (t->client.v == client->id.v)
			cmap_tracker_free(c, client, t, fx);
		t = next;
	}
	assert(client->handles == 0);
	*client = (struct cmap_client){0};
}

static void connect(struct cmap *c, client_id id)
{
	struct cmap_client *client = &c->clients[client_slot(id)];

	assert(id.v != 0);
	assert(client->id.v == 0);
	client->id = id;
}

void cmap_step(struct cmap *c, const struct service_event *ev, struct service_effects *fx)
{
	cmap_check(c);
	switch (ev->type) {
	case SERVICE_EVENT_START:
		c->started = true;
		break;
	case SERVICE_EVENT_CONNECT:
		connect(c, ev->client);
		break;
	case SERVICE_EVENT_DISCONNECT:
		disconnect(c, cmap_client_find(c, ev->client), fx);
		break;
	case SERVICE_EVENT_REQUEST:
		cmap_request(c, ev, fx);
		break;
	case SERVICE_EVENT_DELIVER:
		cmap_version_deliver(c, ev, fx);
		break;
	case SERVICE_EVENT_SYNC_INIT:
		cmap_version_init(c, ev->view);
		break;
	case SERVICE_EVENT_SYNC_PROCESS:
		cmap_version_send(c, CMAP_VERSION_SYNC, fx);
		break;
	case SERVICE_EVENT_SYNC_ACTIVATE:
		cmap_version_activate(c, fx);
		break;
	case SERVICE_EVENT_TIMEOUT:
		cmap_stats_poll(c, fx);
		break;
	case SERVICE_EVENT_SYNC_ABORT:
	case SERVICE_EVENT_CONFIG:
	case SERVICE_EVENT_QUORUM:
	case SERVICE_EVENT_RELOADED:
	case SERVICE_EVENT_REOPENED:
	case SERVICE_EVENT_WATCHDOG:
	case SERVICE_EVENT_LEAVE:
		break;
	}
	client_check(c, ev->client);
	cmap_check(c);
}
