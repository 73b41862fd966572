/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clients ask (engine-ipc.md §5). */
#include "service/cmap-internal.h"

#include <assert.h>
#include <string.h>

enum {
	TRACK_CHANGES = MAP_ADDED | MAP_DELETED | MAP_MODIFIED,

	GET_SIZE = 40,
	GET_PADDING_MAX = 128 * 1024, /* no value is longer; a client that asks for more gets a shorter reply */
};

static_assert(SERVICE_SCRATCH >= GET_SIZE + GET_PADDING_MAX, "a padded value fits the scratch memory");
static_assert(GET_PADDING_MAX >= (int)MAP_VALUE_MAX, "every value can be read");

struct request {
	struct cmap_client *client;
	struct reader r;
	uint16_t fn;
	struct service_effects *fx;
};

/* An error is answered in the full size of the reply too. */
static const struct {
	uint16_t size;
	uint16_t reply_id, reply_size;
} requests[] = {
	{296, 0, 24}, {280, 1, 24}, {288, 2, GET_SIZE}, {288, 3, 24}, {280, 4, 32},
	{24, 5, 304}, {24, 6, 24},  {296, 7, 32},       {24, 8, 32},  {24, 10, 24},
};

enum { REQUESTS = sizeof requests / sizeof requests[0] };

static struct map *map_of(struct cmap *c, const struct cmap_client *client)
{
	return client->uses_stats ? c->stats : c->map;
}

/* The writer of a reply in its full size; the caller continues after the header. */
static struct writer reply_open(const struct request *q, enum status status, size_t more)
{
	struct writer w = service_scratch(q->fx, requests[q->fn].reply_size + more);

	service_reply_head(&w, requests[q->fn].reply_id, status);
	return w;
}

static void reply_close(const struct request *q, struct writer *w)
{
	if (w->len < requests[q->fn].reply_size)
		write_pad_to(w, requests[q->fn].reply_size);
	service_reply(q->fx, q->client->id, w, (struct bytes){0});
}

static void reply(const struct request *q, enum status status)
{
	struct writer w = reply_open(q, status, 0);

	reply_close(q, &w);
}

static void reply_u64(const struct request *q, enum status status, uint64_t value)
{
	struct writer w = reply_open(q, status, 0);

	write_u64(&w, value);
	reply_close(q, &w);
}

/* This key is a button: whatever is written, something is done, and the key says "no" again. */
static void press(struct cmap *c, const char *key, struct service_effects *fx)
{
	static const char button[] = "runtime.force_gather";
	const char *value;

	if (strcmp(key, button) != 0)
		return;
	value = map_get_string(c->map, key);
	if (value != NULL && strcmp(value, "no") == 0)
		return;
	(void)service_scratch(fx, 0);
	service_push(fx, SERVICE_EFFECT_DUMP)->what = 3;
	map_put_string(c->map, button, "no");
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Statistics cannot be written; writing one of these names clears some. */
static enum status stats_write(const char *key, bool is_set, struct service_effects *fx)
{
	static const struct {
		const char *key;
		uint8_t what;
	} clears[] = {
		{"stats.clear.knet", SERVICE_STATS_KNET},
		{"stats.clear.ipc", SERVICE_STATS_IPC},
		{"stats.clear.totem", SERVICE_STATS_TOTEM},
		{"stats.clear.schedmiss", SERVICE_STATS_SCHEDMISS},
		{"stats.clear.all",
		 SERVICE_STATS_KNET | SERVICE_STATS_IPC | SERVICE_STATS_TOTEM | SERVICE_STATS_SCHEDMISS},
	};

	if (!starts_with(key, "stats.clear."))
		return STATUS_ACCESS;
	for (size_t i = 0; is_set && i < sizeof clears / sizeof clears[0]; i++) {
		if (!starts_with(key, clears[i].key))
			continue;
		(void)service_scratch(fx, 0);
		service_push(fx, SERVICE_EFFECT_STATS_CLEAR)->what = clears[i].what;
		return STATUS_OK;
	}
	return STATUS_NOT_SUPPORTED;
}

/* A string that ends before the length which the client gave is a mistake of the client. */
static bool string_is_whole(struct bytes value)
{
	const uint8_t *nul = value.len > 0 ? memchr(value.data, '\0', value.len) : NULL;

	return nul == NULL || nul == value.data + value.len - 1;
}

static enum status key_set(struct cmap *c, struct request *q, const char *key)
{
	uint64_t len = read_u64(&q->r);
	enum map_type type = (enum map_type)read_u8(&q->r);
	struct bytes value;
	enum status status;

	read_seek(&q->r, 296);
	if (len > reader_left(&q->r))
		return STATUS_INVALID_PARAM;
	value = bytes_of(read_bytes(&q->r, len), len);
	if (q->client->uses_stats)
		return stats_write(key, true, q->fx);
	if (map_is_readonly(c->map, key))
		return STATUS_ACCESS;
	if (type == MAP_STRING && !string_is_whole(value))
		return STATUS_INVALID_PARAM;
	status = map_set(c->map, key, type, value);
	if (status == STATUS_OK)
		press(c, key, q->fx);
	return status;
}

static enum status key_delete(struct cmap *c, struct request *q, const char *key)
{
	if (q->client->uses_stats)
		return stats_write(key, false, q->fx);
	if (map_is_readonly(c->map, key))
		return STATUS_ACCESS;
	return map_delete(c->map, key);
}

static enum status key_adjust(struct cmap *c, struct request *q, const char *key)
{
	int32_t step = (int32_t)read_u32(&q->r);

	if (q->client->uses_stats)
		return stats_write(key, false, q->fx);
	if (map_is_readonly(c->map, key))
		return STATUS_ACCESS;
	return map_adjust(c->map, key, step);
}

static void key_get(struct cmap *c, struct request *q, const char *key)
{
	uint64_t room = read_u64(&q->r);
	struct map_value value = map_get(map_of(c, q->client), key);
	struct writer w;

	if (value.type == MAP_NONE) {
		reply(q, STATUS_NOT_EXIST);
		return;
	}
	if (room != 0 && room < value.bytes.len) {
		reply(q, STATUS_INVALID_PARAM);
		return;
	}
	if (room > GET_PADDING_MAX)
		room = GET_PADDING_MAX;
	w = reply_open(q, STATUS_OK, room);
	write_u64(&w, value.bytes.len);
	write_u8(&w, (uint8_t)value.type);
	write_pad_to(&w, GET_SIZE);
	if (room != 0)
		write_bytes(&w, value.bytes.data, value.bytes.len);
	write_pad_to(&w, GET_SIZE + room);
	reply_close(q, &w);
}

static struct cmap_iterator **iterator_find(struct cmap_client *client, uint64_t handle)
{
	struct cmap_iterator **at = &client->iterators;

	while (*at != NULL && (*at)->handle != handle)
		at = &(*at)->next;
	return at;
}

static void iter_init(struct cmap *c, struct request *q, const char *prefix)
{
	struct cmap_iterator *i = cmap_handle_new(c, q->client, sizeof *i);

	if (i == NULL) {
		reply(q, STATUS_NO_MEMORY);
		return;
	}
	i->handle = c->handle_last;
	memcpy(i->prefix, prefix, strlen(prefix) + 1);
	i->next = q->client->iterators;
	q->client->iterators = i;
	reply_u64(q, STATUS_OK, i->handle);
}

static void iter_next(struct cmap *c, struct request *q)
{
	struct cmap_iterator *i = *iterator_find(q->client, read_u64(&q->r));
	const struct map_entry *e;
	struct writer w;

	if (i == NULL) {
		reply(q, STATUS_BAD_HANDLE);
		return;
	}
	e = map_next(map_of(c, q->client), i->prefix, i->after[0] != '\0' ? i->after : NULL);
	if (e == NULL) {
		reply(q, STATUS_NO_SECTIONS);
		return;
	}
	memcpy(i->after, e->key, strlen(e->key) + 1);
	w = reply_open(q, STATUS_OK, 0);
	cmap_write_name(&w, e->key);
	write_u64(&w, e->value.bytes.len);
	write_u8(&w, (uint8_t)e->value.type);
	reply_close(q, &w);
}

static void iter_finalize(struct cmap *c, struct request *q)
{
	struct cmap_iterator **at = iterator_find(q->client, read_u64(&q->r));

	if (*at == NULL) {
		reply(q, STATUS_BAD_HANDLE);
		return;
	}
	cmap_iterator_free(c, q->client, at);
	reply(q, STATUS_OK);
}

static enum status track_type_check(const struct cmap_client *client, int32_t type)
{
	int32_t both = MAP_ADDED | MAP_DELETED;

	if ((type & ~(TRACK_CHANGES | CMAP_TRACK_PREFIX)) != 0)
		return STATUS_INVALID_PARAM;
	if (client->uses_stats && (type & CMAP_TRACK_PREFIX) != 0 && (type & both) != both)
		return STATUS_NOT_SUPPORTED;
	return STATUS_OK;
}

static void track_add(struct cmap *c, struct request *q, const char *key)
{
	int32_t type = (int32_t)read_u32(&q->r);
	enum status status = track_type_check(q->client, type);
	struct cmap_tracker *t = status == STATUS_OK ? cmap_handle_new(c, q->client, sizeof *t) : NULL;

	if (t == NULL) {
		reply(q, status == STATUS_OK ? STATUS_NO_MEMORY : status);
		return;
	}
	read_seek(&q->r, 288);
	t->client = q->client->id;
	t->handle = c->handle_last;
	t->instance = read_u64(&q->r);
	t->changes = type & TRACK_CHANGES;
	t->is_prefix = (type & CMAP_TRACK_PREFIX) != 0 || key[0] == '\0';
	t->stats = q->client->uses_stats;
	t->polls = t->stats && !t->is_prefix && (type & MAP_MODIFIED) != 0;
	memcpy(t->key, key, strlen(key) + 1);
	if (t->polls)
		(void)cmap_tracker_sees(t, map_get(c->stats, t->key).bytes);
	cmap_tracker_add(c, t, q->fx);
	reply_u64(q, STATUS_OK, t->handle);
}

static void track_delete(struct cmap *c, struct request *q)
{
	uint64_t handle = read_u64(&q->r), instance;
	struct cmap_tracker *t = c->first;

	while (t != NULL && (t->handle != handle || t->client.v != q->client->id.v))
		t = t->next;
	if (t == NULL) {
		reply(q, STATUS_BAD_HANDLE);
		return;
	}
	instance = t->instance;
	cmap_tracker_free(c, q->client, t, q->fx);
	reply_u64(q, STATUS_OK, instance);
}

static void set_current_map(struct request *q)
{
	int32_t number = (int32_t)read_u32(&q->r);

	if (q->client->handles > 0) {
		reply(q, STATUS_BUSY);
		return;
	}
	if (number != 0 && number != 1) {
		reply(q, STATUS_NOT_EXIST);
		return;
	}
	q->client->uses_stats = number == 1;
	reply(q, STATUS_OK);
}

static void request_with_name(struct cmap *c, struct request *q)
{
	char name[CMAP_KEY_SIZE];

	if (!cmap_read_name(&q->r, name)) {
		reply(q, STATUS_NAME_TOO_LONG);
		return;
	}
	switch (q->fn) {
	case 0:
		reply(q, key_set(c, q, name));
		return;
	case 1:
		reply(q, key_delete(c, q, name));
		return;
	case 2:
		key_get(c, q, name);
		return;
	case 3:
		reply(q, key_adjust(c, q, name));
		return;
	case 4:
		iter_init(c, q, name);
		return;
	case 7:
		track_add(c, q, name);
		return;
	}
}

void cmap_request(struct cmap *c, const struct service_event *ev, struct service_effects *fx)
{
	struct request q = {cmap_client_find(c, ev->client), reader_of(ev->message), ev->fn, fx};

	if (ev->fn >= REQUESTS) {
		service_reply_status(fx, ev->client, 0, STATUS_INVALID_PARAM);
		return;
	}
	if (ev->message.len < requests[ev->fn].size) {
		reply(&q, STATUS_INVALID_PARAM);
		return;
	}
	read_seek(&q.r, 16);
	switch (ev->fn) {
	case 5:
		iter_next(c, &q);
		return;
	case 6:
		iter_finalize(c, &q);
		return;
	case 8:
		track_delete(c, &q);
		return;
	case 9:
		set_current_map(&q);
		return;
	default:
		request_with_name(c, &q);
		return;
	}
}
