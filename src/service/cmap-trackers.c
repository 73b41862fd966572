/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who watches what, and is told. */
#include "service/cmap-internal.h"

#include <assert.h>
#include <string.h>

enum { EVENT_NOTIFY = 9, NOTIFY_SIZE = 336 };

static_assert(SERVICE_SCRATCH >= NOTIFY_SIZE + 2 * MAP_VALUE_MAX, "a notification fits the scratch memory");

void *cmap_handle_new(struct cmap *c, struct cmap_client *client, size_t size)
{
	void *block = client->handles < CMAP_HANDLES_MAX ? pool_alloc(c->pool, size) : NULL;

	if (block == NULL)
		return NULL;
	memset(block, 0, size);
	client->handles++;
	c->handle_last++;
	return block;
}

void cmap_iterator_free(struct cmap *c, struct cmap_client *client, struct cmap_iterator **at)
{
	struct cmap_iterator *i = *at;

	*at = i->next;
	client->handles--;
	pool_free(c->pool, i);
}

void cmap_tracker_add(struct cmap *c, struct cmap_tracker *t, struct service_effects *fx)
{
	t->prev = c->last;
	*(c->last != NULL ? &c->last->next : &c->first) = t;
	c->last = t;
	if (t->polls && c->polling++ == 0)
		service_timer_set(fx, SERVICE_TIMER_STATS, CMAP_STATS_POLL_MS);
}

void cmap_tracker_free(struct cmap *c, struct cmap_client *client, struct cmap_tracker *t, struct service_effects *fx)
{
	*(t->prev != NULL ? &t->prev->next : &c->first) = t->next;
	*(t->next != NULL ? &t->next->prev : &c->last) = t->prev;
	if (t->polls && --c->polling == 0)
		service_timer_set(fx, SERVICE_TIMER_STATS, 0);
	client->handles--;
	pool_free(c->pool, t);
}

static void notify(const struct cmap_tracker *t, const struct map_change *change, struct service_effects *fx)
{
	struct bytes after = change->after.bytes, before = change->before.bytes;
	struct writer w = service_scratch(fx, NOTIFY_SIZE + after.len + before.len);

	service_reply_head(&w, EVENT_NOTIFY, STATUS_OK);
	write_u64(&w, t->instance);
	cmap_write_name(&w, change->key);
	write_pad_to(&w, 296);
	write_u32(&w, change->type);
	write_pad_to(&w, 304);
	write_u8(&w, (uint8_t)change->after.type);
	write_pad_to(&w, 312);
	write_u8(&w, (uint8_t)change->before.type);
	write_pad_to(&w, 320);
	write_u64(&w, after.len);
	write_u64(&w, before.len);
	write_bytes(&w, after.data, after.len);
	write_bytes(&w, before.data, before.len);
	service_event_to(fx, t->client, &w, (struct bytes){0});
}

static bool tracker_matches(const struct cmap_tracker *t, bool stats, const struct map_change *change)
{
	if (t->stats != stats || (t->changes & (int32_t)change->type) == 0)
		return false;
	return t->is_prefix ? strncmp(change->key, t->key, strlen(t->key)) == 0 : strcmp(change->key, t->key) == 0;
}

/* What the engine does when a key changes, whoever changed it. */
static void react(const struct cmap *c, const struct map_change *change, struct service_effects *fx)
{
	static const char *const dumps[] = {"runtime.blackbox.dump_flight_data", "runtime.blackbox.dump_state"};
	bool is_idle = change->after.type == MAP_STRING && strcmp((const char *)change->after.bytes.data, "no") == 0;

	if (strcmp(change->key, cmap_version_key) == 0)
		cmap_version_send(c, CMAP_VERSION_CHANGED, fx);
	for (uint8_t i = 0; i < 2; i++) {
		if (strcmp(change->key, dumps[i]) != 0 || (change->type == MAP_ADDED && is_idle))
			continue;
		(void)service_scratch(fx, 0);
		service_push(fx, SERVICE_EFFECT_DUMP)->what = (uint8_t)(i + 1);
	}
}

void cmap_changed(struct cmap *c, bool stats, const struct map_change *change, struct service_effects *fx)
{
	/* Counters change all the time: those who watch one are served by polling. */
	if (stats && change->type == MAP_MODIFIED)
		return;
	for (const struct cmap_tracker *t = c->first; t != NULL; t = t->next)
		if (tracker_matches(t, stats, change))
			notify(t, change, fx);
	if (!stats && c->started)
		react(c, change, fx);
}

bool cmap_tracker_sees(struct cmap_tracker *t, struct bytes value)
{
	size_t i = 0;

	if (value.len > sizeof t->seen)
		return false;
	while (t->seen_len == 0 && i < value.len && value.data[i] == 0)
		i++;
	if (t->seen_len == 0 ? i == value.len : bytes_eq(bytes_of(t->seen, t->seen_len), value))
		return false;
	if (value.len > 0)
		memcpy(t->seen, value.data, value.len);
	t->seen_len = value.len;
	return true;
}

/* As with Corosync, both values of the event are the new one. */
void cmap_stats_poll(struct cmap *c, struct service_effects *fx)
{
	for (struct cmap_tracker *t = c->first; t != NULL; t = t->next) {
		struct map_value value = t->polls ? map_get(c->stats, t->key) : (struct map_value){0};

		if (value.type != MAP_NONE && cmap_tracker_sees(t, value.bytes))
			notify(t, &(struct map_change){MAP_MODIFIED, t->key, value, value}, fx);
	}
	if (c->polling > 0)
		service_timer_set(fx, SERVICE_TIMER_STATS, CMAP_STATS_POLL_MS);
}
