/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 * 1. A period is within its bounds.
 * 2. Once started, the key "state" says what state says, until a client writes there.
 */
#include "service/mon.h"

#include "service/resource.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { PERIOD_MS = 3000 };

static const struct {
	const char *name, *prefix;
	enum service_timer timer;
} facts[MON_COUNT] = {
	[MON_MEMORY] = {"memory_used", "resources.system.memory_used.", SERVICE_TIMER_MEMORY},
	[MON_LOAD] = {"load_15min", "resources.system.load_15min.", SERVICE_TIMER_LOAD},
};

void mon_init(struct mon *m, struct map *map, const struct mon_queries *queries)
{
	memset(m, 0, sizeof *m);
	m->map = map;
	m->queries = *queries;
	for (uint32_t i = 0; i < MON_COUNT; i++)
		m->resources[i].period_ms = PERIOD_MS;
}

void mon_check(const struct mon *m)
{
	for (uint32_t i = 0; i < MON_COUNT; i++) {
		assert(m->resources[i].period_ms >= RESOURCE_PERIOD_MS_MIN); /* 1 */
		assert(m->resources[i].period_ms <= RESOURCE_PERIOD_MS_MAX); /* 1 */
	}
}

static const char *key_of(enum mon_what what, const char *name, char key[MAP_KEY_MAX + 1])
{
	bool fits = resource_key(facts[what].prefix, name, key);

	assert(fits);
	return key;
}

static void state_set(struct mon *m, enum mon_what what, enum mon_state state, struct service_effects *fx)
{
	static const char *const words[] = {
		[MON_STOPPED] = "stopped", [MON_RUNNING] = "running", [MON_FAILED] = "failed"};
	struct mon_resource *r = &m->resources[what];
	char key[MAP_KEY_MAX + 1];

	if (r->state == state)
		return;
	service_log(fx, MSG_MON_STATE, "resource %s: %s -> %s", facts[what].name, words[r->state], words[state]);
	r->state = state;
	map_put_string(m->map, key_of(what, "state", key), words[state]);
}

/* The bits of a double that is v / 65536: clients read the load as one, and a core does not reckon with them. */
static uint64_t double_bits(uint32_t v)
{
	enum { FRACTION_BITS = 16, MANTISSA_BITS = 52, BIAS = 1023 };
	uint64_t top = 0, mantissa;

	if (v == 0)
		return 0;
	for (uint32_t rest = v; rest > 1; rest >>= 1)
		top++;
	mantissa = (uint64_t)v << (MANTISSA_BITS - top) & ((UINT64_C(1) << MANTISSA_BITS) - 1);
	return (BIAS + top - FRACTION_BITS) << MANTISSA_BITS | mantissa;
}

static void current_set_double(struct mon *m, uint32_t v)
{
	char key[MAP_KEY_MAX + 1];
	uint64_t bits = double_bits(v);

	/* A full map keeps the old value; last_updated then still tells that we looked. */
	(void)!map_set(m->map, key_of(MON_LOAD, "current", key), MAP_DOUBLE, bytes_of(&bits, sizeof bits));
}

/* False when the machine does not tell. */
static bool look(struct mon *m, enum mon_what what, uint64_t *ret_65536ths)
{
	char key[MAP_KEY_MAX + 1];
	uint32_t v = 0;

	if (what == MON_MEMORY) {
		if (m->queries.memory_used == NULL || !m->queries.memory_used(m->queries.arg, &v))
			return false;
		map_put_u32(m->map, key_of(what, "current", key), v);
		*ret_65536ths = (uint64_t)v * 65536;
		return true;
	}
	if (m->queries.load_15min == NULL || !m->queries.load_15min(m->queries.arg, &v))
		return false;
	current_set_double(m, v);
	*ret_65536ths = v;
	return true;
}

static void update(struct mon *m, enum mon_what what, mono_time now, struct service_effects *fx)
{
	struct mon_resource *r = &m->resources[what];
	char key[MAP_KEY_MAX + 1];
	uint64_t seen;

	service_timer_set(fx, facts[what].timer, (uint32_t)r->period_ms);
	if (!look(m, what, &seen))
		return;
	map_put_u64(m->map, key_of(what, "last_updated", key), now.ns);
	if (seen <= r->limit_65536ths || r->state == MON_FAILED)
		return;
	service_log(fx, MSG_MON_OVER, "resource %s is at %" PRIu64 ", more than its max of %" PRIu64, facts[what].name,
		    seen / 65536, r->limit_65536ths / 65536);
	state_set(m, what, MON_FAILED, fx);
}

/* The limit, or false when there is none. One that cannot be used is told once. */
static bool limit_read(struct mon *m, enum mon_what what, uint64_t *ret_65536ths, struct service_effects *fx)
{
	bool *told = &m->resources[what].limit_told;
	char key[MAP_KEY_MAX + 1];
	const char *text;

	if (map_get(m->map, key_of(what, "max", key)).type == MAP_NONE)
		return false;
	text = map_get_string(m->map, key);
	if (text != NULL && resource_parse_fixed(text, ret_65536ths)) {
		*told = false;
		return true;
	}
	if (!*told)
		service_log(fx, MSG_RESOURCE_SETTING,
			    "%s must be a number, written as text; %s is not watched until it is set to one", key,
			    facts[what].name);
	*told = true;
	return false;
}

static uint64_t period_read(struct mon *m, enum mon_what what, struct service_effects *fx)
{
	struct mon_resource *r = &m->resources[what];
	char key[MAP_KEY_MAX + 1];
	uint64_t ms = r->period_ms;

	switch (resource_period_read(m->map, facts[what].prefix, &ms)) {
	case RESOURCE_PERIOD_MISSING:
		map_put_u64(m->map, key_of(what, "poll_period", key), ms);
		break;
	case RESOURCE_PERIOD_BAD:
		if (!r->period_told)
			service_log(fx, MSG_RESOURCE_SETTING,
				    "%s must be from %d to %d milliseconds; %" PRIu64 " is used until it is",
				    key_of(what, "poll_period", key), RESOURCE_PERIOD_MS_MIN, RESOURCE_PERIOD_MS_MAX,
				    ms);
		r->period_told = true;
		break;
	case RESOURCE_PERIOD_GOOD:
		r->period_told = false;
		break;
	}
	return ms;
}

static void configure(struct mon *m, enum mon_what what, mono_time now, struct service_effects *fx)
{
	struct mon_resource *r = &m->resources[what];
	uint64_t limit = 0, period = period_read(m, what, fx);
	bool limited = limit_read(m, what, &limit, fx);
	bool same = limited == (r->state != MON_STOPPED) && limit == r->limit_65536ths && period == r->period_ms;

	if (same)
		return;
	r->limit_65536ths = limit;
	r->period_ms = period;
	service_timer_set(fx, facts[what].timer, 0);
	state_set(m, what, limited ? MON_RUNNING : MON_STOPPED, fx);
	if (limited)
		update(m, what, now, fx);
}

static void start(struct mon *m, mono_time now, struct service_effects *fx)
{
	char key[MAP_KEY_MAX + 1];

	map_put_i32(m->map, key_of(MON_MEMORY, "current", key), 0); /* signed until the first look, as in Corosync */
	current_set_double(m, 0);
	for (uint32_t i = 0; i < MON_COUNT; i++) {
		map_put_u64(m->map, key_of((enum mon_what)i, "last_updated", key), 0);
		map_put_string(m->map, key_of((enum mon_what)i, "state", key), "stopped");
		configure(m, (enum mon_what)i, now, fx);
	}
}

void mon_step(struct mon *m, const struct service_event *ev, struct service_effects *fx)
{
	mon_check(m);
	if (ev->type == SERVICE_EVENT_START) {
		start(m, ev->now, fx);
	} else if (ev->type == SERVICE_EVENT_CONFIG) {
		for (uint32_t i = 0; i < MON_COUNT; i++)
			configure(m, (enum mon_what)i, ev->now, fx);
	} else if (ev->type == SERVICE_EVENT_TIMEOUT) {
		for (uint32_t i = 0; i < MON_COUNT; i++)
			if (facts[i].timer == ev->timer && m->resources[i].state != MON_STOPPED)
				update(m, (enum mon_what)i, ev->now, fx);
	}
	mon_check(m);
}
