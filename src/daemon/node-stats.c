/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-stats.c - what the transport, the clients and the loop count, as keys of
 * the statistics map (engine-ipc.md §5.2).
 */
#include "daemon/node-internal.h"

#include "base/text.h"

#include <string.h>

enum { KEY_MAX = 200, SCHEDMISS_KEEP = SCHEDMISS_MAX };

static void put(struct map *stats, const char *prefix, const char *name, uint8_t width, uint64_t v)
{
	char key[KEY_MAX];
	struct text t = text_of(key, sizeof key);

	text_add(&t, "%s%s", prefix, name);
	if (width == 1)
		map_put_u8(stats, key, (uint8_t)v);
	else if (width == 4)
		map_put_u32(stats, key, (uint32_t)v);
	else
		map_put_u64(stats, key, v);
}

static void put_all(struct map *stats, const char *prefix, const struct transport_stat *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		put(stats, prefix, list[i].name, list[i].width, list[i].value);
}

static void refresh_knet(struct node *n, struct map *stats)
{
	const struct totem_config *c = &n->settings->totem;
	struct transport_stat list[TRANSPORT_STATS_MAX];
	char prefix[KEY_MAX];

	for (uint32_t i = 0; i < c->node_count; i++) {
		for (uint8_t l = 0; l < LINKS_MAX; l++) {
			struct text t = text_of(prefix, sizeof prefix);

			text_add(&t, "stats.knet.node%u.link%u.", c->nodes[i].id.v, l);
			put_all(stats, prefix, list,
				transport_link_stats(n->transport, c->nodes[i].id, l, list, TRANSPORT_STATS_MAX));
		}
	}
	put_all(stats, "stats.knet.handle.", list, transport_handle_stats(n->transport, list, TRANSPORT_STATS_MAX));
}

struct client_walk {
	struct node *node;
	struct map *stats;
};

static void client_prefix(const struct qbipc_stats *s, char *prefix, size_t size)
{
	struct text t = text_of(prefix, size);

	text_add(&t, "stats.ipcs.service%u.%u.0x%llx.", (unsigned)s->service, s->pid, (unsigned long long)s->key);
}

static void put_client(void *arg, client_id client)
{
	struct client_walk *walk = arg;
	struct qbipc_stats s;
	char prefix[KEY_MAX], key[KEY_MAX + 16];
	struct text t = text_of(key, sizeof key);

	if (!qbipc_stats(walk->node->ipc, client, &s))
		return;
	client_prefix(&s, prefix, sizeof prefix);
	text_add(&t, "%squeueing", prefix);
	map_put_i32(walk->stats, key, s.queueing);
	t = text_of(key, sizeof key);
	text_add(&t, "%sprocname", prefix);
	map_put_string(walk->stats, key, s.procname);
	put(walk->stats, prefix, "queued", 4, s.queued);
	put(walk->stats, prefix, "invalid_request", 8, s.invalid_request);
	put(walk->stats, prefix, "overload", 8, s.overload);
	put(walk->stats, prefix, "sent", 4, s.sent);
	put(walk->stats, prefix, "requests", 8, s.requests);
	put(walk->stats, prefix, "responses", 8, s.responses);
	put(walk->stats, prefix, "dispatched", 8, s.dispatched);
	put(walk->stats, prefix, "send_retries", 8, s.send_retries);
	put(walk->stats, prefix, "recv_retries", 8, s.recv_retries);
	put(walk->stats, prefix, "flow_control", 4, s.flow_control);
	put(walk->stats, prefix, "flow_control_count", 8, s.flow_control_count);
}

/* A client's keys go with the client. */
void node_stats_forget(struct node *n, client_id client)
{
	const struct map_entry *m;
	struct qbipc_stats s;
	char prefix[KEY_MAX];

	if (!qbipc_stats(n->ipc, client, &s))
		return;
	client_prefix(&s, prefix, sizeof prefix);
	while ((m = map_next(&n->engine->stats, prefix, NULL)) != NULL) {
		char key[MAP_KEY_MAX + 1];

		memcpy(key, m->key, strlen(m->key) + 1);
		map_drop(&n->engine->stats, key);
	}
}

void node_stats_client(struct node *n, client_id client)
{
	struct client_walk walk = {n, &n->engine->stats};

	put_client(&walk, client);
}

static void refresh_clients(struct node *n, struct map *stats)
{
	struct client_walk walk = {n, stats};

	qbipc_each(n->ipc, put_client, &walk);
	map_put_u64(stats, "stats.ipcs.global.active", qbipc_active(n->ipc));
	map_put_u64(stats, "stats.ipcs.global.closed", qbipc_closed(n->ipc));
}

static void refresh_schedmiss(struct node *n, struct map *stats)
{
	for (uint32_t i = 0; i < n->schedmiss_count; i++) {
		char prefix[KEY_MAX], key[KEY_MAX + 16];
		struct text t = text_of(prefix, sizeof prefix);
		float delay = n->schedmiss[i].delay_ms;

		text_add(&t, "stats.schedmiss.%u.", i);
		put(stats, prefix, "timestamp", 8, n->schedmiss[i].at_ms);
		t = text_of(key, sizeof key);
		text_add(&t, "%sdelay", prefix);
		if (map_set(stats, key, MAP_FLOAT, bytes_of(&delay, sizeof delay)) != STATUS_OK)
			return;
	}
}

void node_stats_refresh(struct node *n, struct map *stats)
{
	if (n->knet)
		refresh_knet(n, stats);
	refresh_clients(n, stats);
	refresh_schedmiss(n, stats);
	n->engine->send_failures = transport_failures(n->transport);
}

static void drop_schedmiss(struct node *n)
{
	const struct map_entry *m;

	n->schedmiss_count = 0;
	while ((m = map_next(&n->engine->stats, "stats.schedmiss.", NULL)) != NULL) {
		char key[MAP_KEY_MAX + 1];

		memcpy(key, m->key, strlen(m->key) + 1);
		map_drop(&n->engine->stats, key);
	}
}

void node_stats_clear(struct node *n, uint8_t what)
{
	if (what & SERVICE_STATS_KNET)
		transport_stats_clear(n->transport);
	if (what & SERVICE_STATS_IPC)
		qbipc_stats_clear(n->ipc);
	if (what & SERVICE_STATS_SCHEDMISS)
		drop_schedmiss(n);
}

void node_stats_late(void *arg, double late_ms)
{
	struct node *n = arg;
	char line[96];
	struct text t = text_of(line, sizeof line);

	memmove(&n->schedmiss[1], &n->schedmiss[0], sizeof n->schedmiss - sizeof n->schedmiss[0]);
	n->schedmiss[0].at_ms = loop_wall().ns / 1000000u;
	n->schedmiss[0].delay_ms = (float)late_ms;
	if (n->schedmiss_count < SCHEDMISS_KEEP)
		n->schedmiss_count++;
	text_add(&t, "the engine was not scheduled for %.0f ms", late_ms);
	node_log(n, MSG_NOT_SCHEDULED, line);
}
