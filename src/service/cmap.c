/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 * 1. A client's slot holds that client's id, and a free slot has neither iterators nor handles.
 * 2. Every tracker belongs to a connected client, and watches the map which that client uses.
 * 3. A client's `handles` counts its iterators and trackers; no handle is 0 or above handle_last.
 * 4. `polling` counts the trackers that compare a counter; all of them watch one key of the statistics.
 * 5. version_highest is never below version_mine.
 */
#include "service/cmap.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

enum {
	TRACK_PREFIX = 8,
	TRACK_CHANGES = MAP_ADDED | MAP_DELETED | MAP_MODIFIED,

	KEY_SIZE = MAP_KEY_MAX + 1,
	NAME_VALUE = 8,  /* a key in messages: u16 length, then at 8 its bytes */
	NAME_SIZE = 264, /* as a whole */

	EVENT_NOTIFY = 9,
	NOTIFY_SIZE = 336,
	GET_SIZE = 40,
	GET_PADDING_MAX = 128 * 1024, /* no value is longer; a client that asks for more gets a shorter reply */

	MESSAGE_FN = 0,
	REASON_SYNC = 0,
	REASON_NEW_VERSION = 1,
	ITEMS_AT = 48,
	ITEM_SIZE = 280, /* name, type, length; the value follows, rounded up to 8 */
	ITEM_TYPE = 264,
	ITEM_LEN = 272,
};

static_assert(SERVICE_SCRATCH >= NOTIFY_SIZE + 2 * MAP_VALUE_MAX, "a notification fits the scratch memory");
static_assert(SERVICE_SCRATCH >= GET_SIZE + GET_PADDING_MAX, "a padded value fits the scratch memory");
static_assert(GET_PADDING_MAX >= (int)MAP_VALUE_MAX, "every value can be read");

static const char version_key[] = "totem.config_version";

/* Remembers where it is by name, so keys may come and go meanwhile. */
struct cmap_iterator {
	struct cmap_iterator *next;
	uint64_t handle;
	char prefix[KEY_SIZE];
	char after[KEY_SIZE]; /* "" at the start: no key is shorter than MAP_KEY_MIN */
};

struct cmap_tracker {
	struct cmap_tracker *prev, *next;
	client_id client;
	uint64_t handle;
	uint64_t instance; /* the client's own name for it */
	int32_t changes;   /* map_change_type bits */
	bool is_prefix, stats, polls;
	char key[KEY_SIZE]; /* "" with is_prefix: every key */
	uint8_t seen[CMAP_STATS_VALUE_MAX];
	size_t seen_len;
};

struct request {
	struct cmap_client *client;
	struct reader r;
	uint16_t fn;
	struct service_effects *fx;
};

/* Layouts: engine-ipc.md §5. An error is answered in the full size of the reply too. */
static const struct {
	uint16_t size;
	uint16_t reply_id, reply_size;
} requests[] = {
	{296, 0, 24}, {280, 1, 24}, {288, 2, GET_SIZE}, {288, 3, 24}, {280, 4, 32},
	{24, 5, 304}, {24, 6, 24},  {296, 7, 32},       {24, 8, 32},  {24, 10, 24},
};

enum { REQUESTS = sizeof requests / sizeof requests[0] };

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

static struct cmap_client *client_find(struct cmap *c, client_id id)
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

static struct map *map_of(struct cmap *c, const struct cmap_client *client)
{
	return client->uses_stats ? c->stats : c->map;
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

/* Telling those who watch */

static void write_name(struct writer *w, const char *name)
{
	size_t start = w->len, len = strlen(name);

	assert(len <= MAP_KEY_MAX);
	write_u16(w, (uint16_t)len);
	write_pad_to(w, start + NAME_VALUE);
	write_bytes(w, name, len);
	write_pad_to(w, start + NAME_SIZE);
}

static void notify(const struct cmap_tracker *t, const struct map_change *change, struct service_effects *fx)
{
	struct bytes after = change->after.bytes, before = change->before.bytes;
	struct writer w = service_scratch(fx, NOTIFY_SIZE + after.len + before.len);

	service_reply_head(&w, EVENT_NOTIFY, STATUS_OK);
	write_u64(&w, t->instance);
	write_name(&w, change->key);
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

static void multicast_version(const struct cmap *c, uint8_t reason, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, ITEMS_AT + ITEM_SIZE + 8);
	uint64_t version;
	bool known = map_get_u64(c->map, version_key, &version);

	service_message_head(&w, SERVICE_CMAP, MESSAGE_FN);
	write_u8(&w, reason);
	write_pad_to(&w, 24);
	write_u8(&w, 1);
	write_pad_to(&w, ITEMS_AT);
	write_name(&w, version_key);
	write_u8(&w, known ? MAP_U64 : MAP_NONE);
	write_pad_to(&w, ITEMS_AT + ITEM_LEN);
	write_u64(&w, known ? sizeof version : 0);
	if (known)
		write_u64(&w, version);
	service_multicast(fx, &w, (struct bytes){0});
}

void cmap_changed(struct cmap *c, bool stats, const struct map_change *change, struct service_effects *fx)
{
	/* Counters change all the time: those who watch one are served by polling. */
	if (stats && change->type == MAP_MODIFIED)
		return;
	for (const struct cmap_tracker *t = c->first; t != NULL; t = t->next)
		if (tracker_matches(t, stats, change))
			notify(t, change, fx);
	if (!stats && c->started && strcmp(change->key, version_key) == 0)
		multicast_version(c, REASON_NEW_VERSION, fx);
}

/* As in the reference a watched counter starts as if it had been seen as zero, so that a value which is there already
 * is told at the first poll; and both values of the event are the new one.
 */
static bool tracker_sees(struct cmap_tracker *t, struct bytes value)
{
	size_t i = 0;

	if (value.len > sizeof t->seen)
		return false;
	while (t->seen_len == 0 && i < value.len && value.data[i] == 0)
		i++;
	if (t->seen_len == 0 ? i == value.len : bytes_eq(bytes_of(t->seen, t->seen_len), value))
		return false;
	memcpy(t->seen, value.data, value.len);
	t->seen_len = value.len;
	return true;
}

static void stats_poll(struct cmap *c, struct service_effects *fx)
{
	for (struct cmap_tracker *t = c->first; t != NULL; t = t->next) {
		struct map_value value = t->polls ? map_get(c->stats, t->key) : (struct map_value){0};

		if (value.type != MAP_NONE && tracker_sees(t, value.bytes))
			notify(t, &(struct map_change){MAP_MODIFIED, t->key, value, value}, fx);
	}
	if (c->polling > 0)
		service_timer_set(fx, SERVICE_TIMER_STATS, CMAP_STATS_POLL_MS);
}

/* Iterators and trackers */

static void *handle_new(struct cmap *c, struct cmap_client *client, size_t size)
{
	void *block = client->handles < CMAP_HANDLES_MAX ? pool_alloc(c->pool, size) : NULL;

	if (block == NULL)
		return NULL;
	memset(block, 0, size);
	client->handles++;
	c->handle_last++;
	return block;
}

static struct cmap_iterator **iterator_find(struct cmap_client *client, uint64_t handle)
{
	struct cmap_iterator **at = &client->iterators;

	while (*at != NULL && (*at)->handle != handle)
		at = &(*at)->next;
	return at;
}

static void iterator_free(struct cmap *c, struct cmap_client *client, struct cmap_iterator **at)
{
	struct cmap_iterator *i = *at;

	*at = i->next;
	client->handles--;
	pool_free(c->pool, i);
}

static void tracker_add(struct cmap *c, struct cmap_tracker *t, struct service_effects *fx)
{
	t->prev = c->last;
	*(c->last != NULL ? &c->last->next : &c->first) = t;
	c->last = t;
	if (t->polls && c->polling++ == 0)
		service_timer_set(fx, SERVICE_TIMER_STATS, CMAP_STATS_POLL_MS);
}

static void tracker_free(struct cmap *c, struct cmap_client *client, struct cmap_tracker *t, struct service_effects *fx)
{
	*(t->prev != NULL ? &t->prev->next : &c->first) = t->next;
	*(t->next != NULL ? &t->next->prev : &c->last) = t->prev;
	if (t->polls && --c->polling == 0)
		service_timer_set(fx, SERVICE_TIMER_STATS, 0);
	client->handles--;
	pool_free(c->pool, t);
}

static void disconnect(struct cmap *c, struct cmap_client *client, struct service_effects *fx)
{
	struct cmap_tracker *t = c->first;

	while (client->iterators != NULL)
		iterator_free(c, client, &client->iterators);
	while (t != NULL) {
		struct cmap_tracker *next = t->next;

		if (t->client.v == client->id.v)
			tracker_free(c, client, t, fx);
		t = next;
	}
	assert(client->handles == 0);
	*client = (struct cmap_client){0};
}

/* Requests */

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

/* False when the name is longer than any key; the bytes up to its length or first NUL count. */
static bool read_name(struct reader *r, char ret_name[KEY_SIZE])
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

/* Some keys are buttons: whatever is written, something is done, and the key says "no" again. */
static void press(struct cmap *c, const char *key, struct service_effects *fx)
{
	static const struct {
		const char *key;
		uint8_t what;
	} buttons[] = {
		{"runtime.blackbox.dump_flight_data", 1},
		{"runtime.blackbox.dump_state", 2},
		{"runtime.force_gather", 3},
	};

	for (size_t i = 0; i < sizeof buttons / sizeof buttons[0]; i++) {
		const char *value = map_get_string(c->map, key);

		if (strcmp(key, buttons[i].key) != 0 || (value != NULL && strcmp(value, "no") == 0))
			continue;
		(void)service_scratch(fx, 0);
		service_push(fx, SERVICE_EFFECT_DUMP)->what = buttons[i].what;
		map_put_string(c->map, buttons[i].key, "no");
	}
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
	enum status status;

	if (q->client->uses_stats)
		return stats_write(key, false, q->fx);
	if (map_is_readonly(c->map, key))
		return STATUS_ACCESS;
	status = map_delete(c->map, key);
	if (status == STATUS_OK)
		press(c, key, q->fx);
	return status;
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

static void iter_init(struct cmap *c, struct request *q, const char *prefix)
{
	struct cmap_iterator *i = handle_new(c, q->client, sizeof *i);

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
	write_name(&w, e->key);
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
	iterator_free(c, q->client, at);
	reply(q, STATUS_OK);
}

static enum status track_type_check(const struct cmap_client *client, int32_t type)
{
	int32_t both = MAP_ADDED | MAP_DELETED;

	if ((type & ~(TRACK_CHANGES | TRACK_PREFIX)) != 0)
		return STATUS_INVALID_PARAM;
	if (client->uses_stats && (type & TRACK_PREFIX) != 0 && (type & both) != both)
		return STATUS_NOT_SUPPORTED;
	return STATUS_OK;
}

static void track_add(struct cmap *c, struct request *q, const char *key)
{
	int32_t type = (int32_t)read_u32(&q->r);
	enum status status = track_type_check(q->client, type);
	struct cmap_tracker *t = status == STATUS_OK ? handle_new(c, q->client, sizeof *t) : NULL;

	if (t == NULL) {
		reply(q, status == STATUS_OK ? STATUS_NO_MEMORY : status);
		return;
	}
	read_seek(&q->r, 288);
	t->client = q->client->id;
	t->handle = c->handle_last;
	t->instance = read_u64(&q->r);
	t->changes = type & TRACK_CHANGES;
	t->is_prefix = (type & TRACK_PREFIX) != 0 || key[0] == '\0';
	t->stats = q->client->uses_stats;
	t->polls = t->stats && !t->is_prefix && (type & MAP_MODIFIED) != 0;
	memcpy(t->key, key, strlen(key) + 1);
	tracker_add(c, t, q->fx);
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
	tracker_free(c, q->client, t, q->fx);
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
	char name[KEY_SIZE];

	if (!read_name(&q->r, name)) {
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

static void request(struct cmap *c, const struct service_event *ev, struct service_effects *fx)
{
	struct request q = {client_find(c, ev->client), reader_of(ev->message), ev->fn, fx};

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

/* Ordered messages and synchronisation */

/* False when the message is not what its counts say. */
static bool read_version(struct reader *r, uint8_t items, uint64_t *ret_version)
{
	uint64_t version = 0;

	for (uint8_t i = 0; i < items; i++) {
		size_t start = r->at;
		char name[KEY_SIZE];
		uint8_t type;
		uint64_t len;

		if (!read_name(r, name))
			return false;
		read_seek(r, start + ITEM_TYPE);
		type = read_u8(r);
		read_seek(r, start + ITEM_LEN);
		len = read_u64(r);
		if (r->failed || len > reader_left(r))
			return false;
		if (strcmp(name, version_key) == 0 && type == MAP_U64 && len == sizeof version)
			version = read_u64(r);
		if (i + 1 < items)
			read_seek(r, start + ITEM_SIZE + ((size_t)len + 7) / 8 * 8);
	}
	if (!r->failed)
		*ret_version = version;
	return !r->failed;
}

static void deliver(struct cmap *c, const struct service_event *ev, struct service_effects *fx)
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
	if (ev->fn != MESSAGE_FN || r.failed || reason > REASON_NEW_VERSION || !read_version(&r, items, &version)) {
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

static void sync_init(struct cmap *c, const struct view *view)
{
	uint64_t version = 0;

	(void)map_get_u64(c->map, version_key, &version);
	c->version_mine = version;
	c->version_highest = version;
	c->trans_empty = view->trans.count == 0;
}

/* A node that joins others for the first time with an older configuration than theirs goes down rather than work by it.
 * Later changes are the administrator's: versions may differ while they are being rolled out.
 */
static void sync_activate(struct cmap *c, struct service_effects *fx)
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
		disconnect(c, client_find(c, ev->client), fx);
		break;
	case SERVICE_EVENT_REQUEST:
		request(c, ev, fx);
		break;
	case SERVICE_EVENT_DELIVER:
		deliver(c, ev, fx);
		break;
	case SERVICE_EVENT_SYNC_INIT:
		sync_init(c, ev->view);
		break;
	case SERVICE_EVENT_SYNC_PROCESS:
		multicast_version(c, REASON_SYNC, fx);
		break;
	case SERVICE_EVENT_SYNC_ACTIVATE:
		sync_activate(c, fx);
		break;
	case SERVICE_EVENT_TIMEOUT:
		stats_poll(c, fx);
		break;
	case SERVICE_EVENT_SYNC_ABORT:
	case SERVICE_EVENT_CONFIG:
	case SERVICE_EVENT_QUORUM:
	case SERVICE_EVENT_RELOADED:
	case SERVICE_EVENT_LEAVE:
		break;
	}
	client_check(c, ev->client);
	cmap_check(c);
}
