/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solo-world.h"

enum { POOL_BYTES = 8 * 1024 * 1024 };

struct map solo_map;
struct pool solo_pool;
mono_time solo_now;
mono_time solo_due[SERVICE_TIMER_COUNT];
struct solo_record solo_records[SOLO_RECORDS];
uint32_t solo_record_count;
static _Alignas(16) uint8_t memory[POOL_BYTES];
static struct service_effects fx;
static void (*step_fn)(const struct service_event *ev, struct service_effects *fx);

static void collect(void *host, struct service_effects *full)
{
	(void)host;
	for (uint32_t i = 0; i < full->count; i++) {
		const struct service_effect *e = &full->items[i];
		struct solo_record *r = &solo_records[solo_record_count];

		if (e->type == SERVICE_EFFECT_TIMER) {
			solo_due[e->timer] = e->delay_ms > 0 ? mono_time_add_ms(solo_now, e->delay_ms) : (mono_time){0};
			continue;
		}
		assert_in_range(solo_record_count, 0, SOLO_RECORDS - 1);
		*r = (struct solo_record){.type = e->type,
					  .message = e->message,
					  .what = e->what,
					  .value = e->value,
					  .len = e->head.len,
					  .tail_len = e->tail.len};
		if (e->head.len > 0)
			memcpy(r->text, e->head.data, e->head.len < SOLO_TEXT ? e->head.len : SOLO_TEXT - 1);
		solo_record_count++;
	}
	full->count = 0;
	full->scratch_used = 0;
}

void solo_open(void (*step)(const struct service_event *ev, struct service_effects *fx))
{
	pool_init(&solo_pool, memory, sizeof memory);
	map_init(&solo_map, &solo_pool);
	memset(solo_due, 0, sizeof solo_due);
	solo_now = (mono_time){UINT64_C(100000000000)};
	solo_record_count = 0;
	fx.drain = collect;
	step_fn = step;
}

void solo_step(struct service_event ev)
{
	ev.now = solo_now;
	step_fn(&ev, &fx);
	collect(NULL, &fx);
}

void solo_event(enum service_event_type type)
{
	solo_step((struct service_event){.type = type});
}

static int next_timer(mono_time until)
{
	int next = -1;

	for (int i = 0; i < SERVICE_TIMER_COUNT; i++)
		if (mono_time_is_set(solo_due[i]) && !mono_time_before(until, solo_due[i]) &&
		    (next < 0 || mono_time_before(solo_due[i], solo_due[next])))
			next = i;
	return next;
}

void solo_pass_ms(uint64_t ms)
{
	mono_time until = mono_time_add_ms(solo_now, ms);
	int timer;

	while ((timer = next_timer(until)) >= 0) {
		solo_now = solo_due[timer];
		solo_due[timer] = (mono_time){0};
		solo_step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = (enum service_timer)timer});
	}
	solo_now = until;
}

void solo_forget(void)
{
	solo_record_count = 0;
}

uint32_t solo_count(enum service_effect_type type)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < solo_record_count; i++)
		count += solo_records[i].type == type;
	return count;
}

uint32_t solo_logged(enum message_id message)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < solo_record_count; i++)
		count += solo_records[i].type == SERVICE_EFFECT_LOG && solo_records[i].message == message;
	return count;
}

const struct solo_record *solo_last(enum service_effect_type type)
{
	for (uint32_t i = solo_record_count; i > 0; i--)
		if (solo_records[i - 1].type == type)
			return &solo_records[i - 1];
	fail_msg("there was no effect of type %d", (int)type);
	return NULL;
}

void solo_set(const char *key, const char *text)
{
	map_put_string(&solo_map, key, text);
	solo_event(SERVICE_EVENT_CONFIG);
}
