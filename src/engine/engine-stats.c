/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine-stats.c - what the engine tells of itself in the maps (engine-ipc.md §5.2, §7.1). */
#include "engine/engine-internal.h"

#include "base/text.h"

#include <assert.h>

enum {
	KEY_MAX = 128,
	REFRESH_MS = 20,
	/* More in a row, and the network is to blame; as Corosync judges. */
	GATHERS_MAX = 3,
	SEND_FAILURES_MAX = 30,
};

/* Names and the number of ordered messages of each service, as Corosync publishes them. */
static const struct {
	const char *name;
	uint32_t functions;
} services[SERVICE_COUNT] = {
	[SERVICE_CMAP] = {"cmap", 1},     [SERVICE_CFG] = {"cfg", 5},     [SERVICE_CPG] = {"cpg", 7},
	[SERVICE_QUORUM] = {"quorum", 0}, [SERVICE_PLOAD] = {"pload", 2}, [SERVICE_VOTEQUORUM] = {"votequorum", 4},
	[SERVICE_MON] = {"mon", 0},       [SERVICE_WD] = {"wd", 0},
};

#define SRP(field, key)                                              \
	{                                                            \
		"stats.srp." key, offsetof(struct ring_stats, field) \
	}

static const struct {
	const char *key;
	size_t offset;
} srp[] = {
	SRP(token_tx, "orf_token_tx"),
	SRP(token_rx, "orf_token_rx"),
	SRP(merge_tx, "memb_merge_detect_tx"),
	SRP(merge_rx, "memb_merge_detect_rx"),
	SRP(join_tx, "memb_join_tx"),
	SRP(join_rx, "memb_join_rx"),
	SRP(mcast_tx, "mcast_tx"),
	SRP(mcast_retx, "mcast_retx"),
	SRP(mcast_rx, "mcast_rx"),
	SRP(commit_tx, "memb_commit_token_tx"),
	SRP(commit_rx, "memb_commit_token_rx"),
	SRP(hold_cancel_tx, "token_hold_cancel_tx"),
	SRP(hold_cancel_rx, "token_hold_cancel_rx"),
	SRP(operational_entered, "operational_entered"),
	SRP(operational_token_lost, "operational_token_lost"),
	SRP(gather_entered, "gather_entered"),
	SRP(gather_token_lost, "gather_token_lost"),
	SRP(commit_entered, "commit_entered"),
	SRP(commit_token_lost, "commit_token_lost"),
	SRP(recovery_entered, "recovery_entered"),
	SRP(recovery_token_lost, "recovery_token_lost"),
	SRP(consensus_timeouts, "consensus_timeouts"),
	SRP(rx_dropped, "rx_msg_dropped"),
};

static void refresh_srp(struct engine *e)
{
	const struct ring_stats *s = &e->ring.stats;

	for (size_t i = 0; i < sizeof srp / sizeof srp[0]; i++) {
		uint64_t v;

		memcpy(&v, (const uint8_t *)s + srp[i].offset, sizeof v);
		map_put_u64(&e->stats, srp[i].key, v);
	}
	map_put_u64(&e->stats, "stats.srp.time_since_token_last_received", mono_time_since_ms(e->now, s->token_last));
	map_put_u32(&e->stats, "stats.srp.continuous_gather", s->continuous_gather);
	map_put_u32(&e->stats, "stats.srp.continuous_sendmsg_failures", e->send_failures);
	map_put_u8(&e->stats, "stats.srp.firewall_enabled_or_nic_failure",
		   s->continuous_gather > GATHERS_MAX || e->send_failures > SEND_FAILURES_MAX ? 1 : 0);
	map_put_u32(&e->stats, "stats.srp.mtt_rx_token", s->token_gap_us_mean / 1000);
	map_put_u32(&e->stats, "stats.srp.avg_token_workload", e->token_work_us / 1000);
	map_put_u32(&e->stats, "stats.srp.avg_backlog_calc", s->backlog_mean);
}

void engine_stats_refresh(struct engine *e)
{
	const struct pack *p = &e->ring.packs[RING_QUEUE_NORMAL];

	if (mono_time_is_set(e->stats_refreshed) && mono_time_since_ms(e->now, e->stats_refreshed) < REFRESH_MS)
		return;
	e->stats_refreshed = e->now;
	e->ops.stats_refresh(e->ops.host, &e->stats);
	refresh_srp(e);
	map_put_u32(&e->stats, "stats.pg.msg_queue_avail", p->queue_max - p->queue.count);
	/* One frame is always kept. */
	map_put_u32(&e->stats, "stats.pg.msg_reserved", 1 + e->reserved);
}

static void put_counter(struct engine *e, uint32_t service, uint32_t fn, const char *which, uint64_t v)
{
	char key[KEY_MAX];
	struct text t = text_of(key, sizeof key);

	text_add(&t, "runtime.services.%s.%u.%s", services[service].name, fn, which);
	map_put_u64(&e->map, key, v);
}

void engine_counters_publish(struct engine *e)
{
	for (uint32_t s = 0; s < SERVICE_COUNT; s++) {
		if (!engine_service_present(e, (enum service_id)s))
			continue;
		for (uint32_t fn = 0; fn < services[s].functions; fn++) {
			put_counter(e, s, fn, "tx", e->counters[s][fn].tx);
			put_counter(e, s, fn, "rx", e->counters[s][fn].rx);
		}
	}
}

void engine_keys_publish(struct engine *e)
{
	char key[KEY_MAX];

	for (uint32_t s = 0; s < SERVICE_COUNT; s++) {
		struct text t = text_of(key, sizeof key);
		char name[32];
		struct text n = text_of(name, sizeof name);

		if (!engine_service_present(e, (enum service_id)s))
			continue;
		text_add(&t, "runtime.services.%s.service_id", services[s].name);
		map_put_u16(&e->map, key, (uint16_t)s);
		t = text_of(key, sizeof key);
		text_add(&t, "internal_configuration.service.%u.name", s);
		text_add(&n, "corosync_%s", services[s].name);
		map_put_string(&e->map, key, name);
		t = text_of(key, sizeof key);
		text_add(&t, "internal_configuration.service.%u.ver", s);
		map_put_u32(&e->map, key, 0);
	}
	engine_counters_publish(e);
	map_put_string(&e->map, "runtime.blackbox.dump_flight_data", "no");
	map_put_string(&e->map, "runtime.blackbox.dump_state", "no");
	map_put_string(&e->map, "runtime.force_gather", "no");
}

static void put_member(struct engine *e, node_id node, const char *status)
{
	struct cfg_address addresses[LINKS_MAX];
	char key[KEY_MAX], ip[LINKS_MAX * 96];
	struct text t = text_of(key, sizeof key), v = text_of(ip, sizeof ip);
	uint32_t count = e->cfg.queries.node_addresses(e->cfg.queries.arg, node, addresses);

	for (uint32_t i = 0; i < count; i++)
		text_add(&v, "r(%u) ip(%s) ", addresses[i].link, addresses[i].text);
	text_add(&t, "runtime.members.%u.ip", node.v);
	map_put_string(&e->map, key, ip);
	t = text_of(key, sizeof key);
	text_add(&t, "runtime.members.%u.status", node.v);
	map_put_string(&e->map, key, status);
}

static void count_join(struct engine *e, node_id node)
{
	char key[KEY_MAX];
	struct text t = text_of(key, sizeof key);
	uint32_t joins = 0;

	text_add(&t, "runtime.members.%u.join_count", node.v);
	(void)map_get_u32(&e->map, key, &joins);
	map_put_u32(&e->map, key, joins + 1);
}

void engine_members_publish(struct engine *e, const struct view *view, const struct node_list *before)
{
	for (uint32_t i = 0; i < before->count; i++)
		if (!node_list_has(&view->trans, before->ids[i]))
			put_member(e, before->ids[i], "left");
	for (uint32_t i = 0; i < view->members.count; i++) {
		node_id id = view->members.ids[i];

		if (node_list_has(before, id) && node_list_has(&view->trans, id))
			continue;
		count_join(e, id);
		put_member(e, id, "joined");
	}
}
