/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of the ring: one table reads, checks and publishes them; what has no constant default is derived in the
 * order in which the one needs the other: token, token_retransmit, hold, consensus (engine-wire.md §4.10).
 */
#include "conf/totem-config-private.h"

#include <inttypes.h>
#include <stddef.h>

enum { DEFAULT_DERIVED = 0 };

struct timer {
	const char *key;
	size_t offset;
	uint32_t fallback;
	bool takes_zero; /* else 0 stands for the default */
	uint32_t min;    /* 0: any */
	bool unpublished;
};

#define FIELD(field) offsetof(struct totem_timers, field)

static const struct timer timers[] = {
	{"token", FIELD(token_base_ms), 3000, false, 0, true},
	{"token_coefficient", FIELD(token_coefficient_ms), 650, true, 0, true},
	{"token_warning", FIELD(token_warning_percent), 75, true, 0, false},
	{"token_retransmits_before_loss_const", FIELD(token_retransmits_before_loss), 4, false, 0, false},
	{"token_retransmit", FIELD(token_retransmit_ms), DEFAULT_DERIVED, false, 0, false},
	{"hold", FIELD(hold_ms), DEFAULT_DERIVED, false, HOLD_MIN_MS, false},
	{"join", FIELD(join_ms), 50, false, TIMEOUT_MIN_MS, false},
	{"send_join", FIELD(send_join_ms), 0, true, 0, false},
	{"consensus", FIELD(consensus_ms), DEFAULT_DERIVED, false, TIMEOUT_MIN_MS, false},
	{"merge", FIELD(merge_ms), 200, false, TIMEOUT_MIN_MS, false},
	{"downcheck", FIELD(downcheck_ms), 1000, false, TIMEOUT_MIN_MS, false},
	{"max_network_delay", FIELD(max_network_delay_ms), 50, false, TIMEOUT_MIN_MS, false},
	{"heartbeat_failures_allowed", FIELD(heartbeat_failures_allowed), 0, true, 0, false},
	{"fail_recv_const", FIELD(fail_recv_rotations), 2500, false, 0, false},
	{"seqno_unchanged_const", FIELD(seqno_unchanged_rotations), 30, false, 0, false},
	{"window_size", FIELD(window_size), 50, false, 0, false},
	{"max_messages", FIELD(max_messages), 17, false, 0, false},
	{"miss_count_const", FIELD(miss_count), 5, false, 0, false},
	{"knet_pmtud_interval", FIELD(knet_pmtud_interval_s), 30, false, 0, false},
	{"knet_mtu", FIELD(knet_mtu), 0, true, 0, false},
};

static const struct {
	const char *key;
	size_t offset;
	uint32_t fallback;
} switches[] = {
	{"block_unlisted_ips", FIELD(block_unlisted_ips), 1},
	{"cancel_token_hold_on_retransmit", FIELD(cancel_token_hold_on_retransmit), 0},
};

enum {
	TIMERS_COUNT = sizeof timers / sizeof timers[0],
	SWITCHES_COUNT = sizeof switches / sizeof switches[0],
};

static uint32_t *field(struct totem_timers *t, size_t offset)
{
	return (uint32_t *)(void *)((uint8_t *)t + offset);
}

static uint32_t value(const struct totem_timers *t, size_t offset)
{
	uint32_t v;

	memcpy(&v, (const uint8_t *)t + offset, sizeof v);
	return v;
}

static uint32_t saturate(uint64_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

static void read_switches(struct totem_timers *t, const struct map *map)
{
	for (size_t i = 0; i < SWITCHES_COUNT; i++) {
		char key[MAP_KEY_MAX + 1];
		const char *word = map_get_string(map, totem_key(key, switches[i].key));
		const struct word *entry = word == NULL ? NULL : word_find(words_yes_no, word);

		*field(t, switches[i].offset) = entry == NULL ? switches[i].fallback : (uint32_t)entry->value;
	}
}

void totem_timers_read(struct totem_timers *t, const struct map *map, uint32_t nodes_on_link0)
{
	for (size_t i = 0; i < TIMERS_COUNT; i++) {
		uint32_t *v = field(t, timers[i].offset);
		char key[MAP_KEY_MAX + 1];

		*v = 0;
		if (!map_get_u32(map, totem_key(key, timers[i].key), v) || (*v == 0 && !timers[i].takes_zero))
			*v = timers[i].fallback;
	}
	read_switches(t, map);
	t->token_ms = t->token_base_ms;
	if (nodes_on_link0 > 2)
		t->token_ms = saturate(t->token_base_ms + (uint64_t)(nodes_on_link0 - 2) * t->token_coefficient_ms);
	/* token / (retransmits + 0.2), in whole numbers */
	if (t->token_retransmit_ms == DEFAULT_DERIVED)
		t->token_retransmit_ms =
			saturate(5 * (uint64_t)t->token_ms / (5 * (uint64_t)t->token_retransmits_before_loss + 1));
	/* 0.8 * token_retransmit - 10 */
	if (t->hold_ms == DEFAULT_DERIVED && t->token_retransmit_ms > 12)
		t->hold_ms = saturate((4 * (uint64_t)t->token_retransmit_ms - 50) / 5);
	if (t->consensus_ms == DEFAULT_DERIVED)
		t->consensus_ms = saturate(6 * (uint64_t)t->token_ms / 5);
}

static void check_token(const struct totem_timers *t, const struct conf *conf, struct conf_problems *problems)
{
	const char *file = conf->file;
	uint32_t given;

	if (t->token_ms < TIMEOUT_MIN_MS)
		conf_problem_add(problems, CONF_ERROR, file, conf_line(conf, "totem.token"),
				 "totem.token: %" PRIu32 " ms is less than the least possible, %d; write for example "
				 "\"token: 3000\"",
				 t->token_ms, TIMEOUT_MIN_MS);
	if (t->token_warning_percent > 100)
		conf_problem_add(problems, CONF_ERROR, file, conf_line(conf, "totem.token_warning"),
				 "totem.token_warning: %" PRIu32 " is not a percentage; write 0 (never) to 100",
				 t->token_warning_percent);
	if (t->token_retransmit_ms >= TIMEOUT_MIN_MS)
		return;
	if (map_get_u32(conf->map, "totem.token_retransmit", &given) && given != 0)
		conf_problem_add(problems, CONF_ERROR, file, conf_line(conf, "totem.token_retransmit"),
				 "totem.token_retransmit: %" PRIu32
				 " ms is less than the least possible, %d; remove the "
				 "line to have it derived from token",
				 t->token_retransmit_ms, TIMEOUT_MIN_MS);
	else
		conf_problem_add(
			problems, CONF_ERROR, file, conf_line(conf, "totem.token_retransmits_before_loss_const"),
			"totem.token_retransmits_before_loss_const: %" PRIu32 " retransmissions in a token of %" PRIu32
			" ms are less than %d ms apart; raise token or lower their number",
			t->token_retransmits_before_loss, t->token_ms, TIMEOUT_MIN_MS);
}

void totem_timers_check(const struct totem_timers *t, const struct conf *conf, struct conf_problems *problems)
{
	check_token(t, conf, problems);
	for (size_t i = 0; i < TIMERS_COUNT; i++) {
		uint32_t v = value(t, timers[i].offset);
		char key[MAP_KEY_MAX + 1];

		if (v < timers[i].min)
			conf_problem_add(problems, CONF_ERROR, conf->file,
					 conf_line(conf, totem_key(key, timers[i].key)),
					 "totem.%s: %" PRIu32 " ms is less than the least possible, %" PRIu32
					 "; raise it, or remove the line to have the default",
					 timers[i].key, v, timers[i].min);
	}
	if (t->consensus_ms < t->join_ms)
		conf_problem_add(problems, CONF_ERROR, conf->file, conf_line(conf, "totem.consensus"),
				 "totem.consensus: %" PRIu32 " ms is less than join, %" PRIu32
				 " ms; raise consensus (1.2 times token is the default) or lower join",
				 t->consensus_ms, t->join_ms);
	if (t->window_size > WINDOW_MAX)
		conf_problem_add(problems, CONF_WARNING, conf->file, conf_line(conf, "totem.window_size"),
				 "totem.window_size: %" PRIu32 " is more than the engine keeps, %d are used",
				 t->window_size, WINDOW_MAX);
}

void totem_timers_publish(const struct totem_timers *t, struct map *map)
{
	char key[MAP_KEY_MAX + 1];

	map_put_u32(map, "runtime.config.totem.token", t->token_ms);
	for (size_t i = 0; i < TIMERS_COUNT; i++)
		if (!timers[i].unpublished)
			map_put_u32(map, runtime_key(key, timers[i].key), value(t, timers[i].offset));
	for (size_t i = 0; i < SWITCHES_COUNT; i++)
		map_put_u32(map, runtime_key(key, switches[i].key), value(t, switches[i].offset));
}
