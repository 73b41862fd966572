/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry, its key and its value are one block of the pool. A number that changes keeps its block, so that counters
 * neither allocate nor fail; any other change replaces the block.
 *
 * Invariants:
 * 1. entries[0..count) is strictly ascending by strcmp of the keys.
 * 2. count <= size, and entries has room for size pointers.
 * 3. Outside observer calls nothing is retired.
 */
#include "map/map.h"

#include <assert.h>
#include <string.h>

enum { ENTRIES_FIRST = 128, NUMBER_MAX = 8 };

struct block {
	struct map_entry entry;
	struct block *next; /* in the chain of the retired */
	char data[];        /* key with NUL, value */
};

static const uint8_t number_size[] = {
	[MAP_I8] = 1,  [MAP_U8] = 1,  [MAP_I16] = 2, [MAP_U16] = 2,   [MAP_I32] = 4,
	[MAP_U32] = 4, [MAP_I64] = 8, [MAP_U64] = 8, [MAP_FLOAT] = 4, [MAP_DOUBLE] = 8,
};

static bool is_number(enum map_type type)
{
	return type >= MAP_I8 && type <= MAP_DOUBLE;
}

void map_init(struct map *m, struct pool *pool)
{
	assert(pool != NULL);
	*m = (struct map){.pool = pool};
}

void map_fini(struct map *m)
{
	if (m->pool == NULL)
		return;
	assert(m->telling == 0);
	for (uint32_t i = 0; i < m->count; i++)
		pool_free(m->pool, m->entries[i]);
	pool_free(m->pool, m->entries);
	*m = (struct map){0};
}

void map_observe(struct map *m, map_observer observer, void *arg)
{
	m->observer = observer;
	m->observer_arg = arg;
}

/* The first index whose key is not below key; or, with above, is above it. */
static uint32_t lower_bound(const struct map *m, const char *key, bool above)
{
	uint32_t low = 0, high = m->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(m->entries[mid]->key, key);

		if (order < 0 || (above && order == 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool find(const struct map *m, const char *key, uint32_t *ret)
{
	*ret = lower_bound(m, key, false);
	return *ret < m->count && strcmp(m->entries[*ret]->key, key) == 0;
}

static void tell(struct map *m, const struct map_change *change)
{
	if (m->observer == NULL)
		return;
	m->telling++;
	m->observer(m->observer_arg, change);
	m->telling--;
}

static void retire(struct map *m, struct map_entry *entry)
{
	struct block *b = (struct block *)entry;

	static_assert(offsetof(struct block, entry) == 0, "an entry is the start of its block");
	if (b != NULL) {
		b->next = m->retired;
		m->retired = b;
	}
	if (m->telling > 0)
		return;
	while (m->retired != NULL) {
		b = m->retired;
		m->retired = b->next;
		pool_free(m->pool, b);
	}
}

bool map_key_valid(const char *key)
{
	size_t len = strnlen(key, MAP_KEY_MAX + 1);

	if (len < MAP_KEY_MIN || len > MAP_KEY_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = key[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!letter && strchr("._-/:", c) == NULL)
			return false;
	}
	return true;
}

/* Checks a value and cuts a string at its first NUL, which is then not in the bytes. */
static bool normalize(enum map_type type, struct bytes *value)
{
	if (is_number(type))
		return value->len == number_size[type];
	if (type == MAP_STRING) {
		if (value->len > 0)
			value->len = strnlen((const char *)value->data, value->len);
		return value->len < MAP_VALUE_MAX;
	}
	return type == MAP_BINARY && value->len <= MAP_VALUE_MAX;
}

static struct map_entry *entry_new(struct map *m, const char *key, enum map_type type, struct bytes value)
{
	size_t key_size = strlen(key) + 1, nul = type == MAP_STRING ? 1 : 0;
	struct block *b = pool_alloc(m->pool, sizeof *b + key_size + value.len + nul);

	if (b == NULL)
		return NULL;
	memcpy(b->data, key, key_size);
	if (value.len > 0)
		memcpy(b->data + key_size, value.data, value.len);
	if (nul == 1)
		b->data[key_size + value.len] = '\0';
	b->entry.key = b->data;
	b->entry.value.type = type;
	b->entry.value.bytes = bytes_of(b->data + key_size, value.len + nul);
	b->next = NULL;
	return &b->entry;
}

static bool grow(struct map *m)
{
	uint32_t size = m->size == 0 ? ENTRIES_FIRST : m->size * 2;
	struct map_entry **entries = pool_alloc(m->pool, size * sizeof *entries);

	if (entries == NULL)
		return false;
	if (m->count > 0)
		memcpy(entries, m->entries, m->count * sizeof *entries);
	pool_free(m->pool, m->entries);
	m->entries = entries;
	m->size = size;
	return true;
}

static enum status add(struct map *m, uint32_t at, const char *key, enum map_type type, struct bytes value)
{
	struct map_entry *entry;

	if (!map_key_valid(key))
		return STATUS_NAME_TOO_LONG;
	if (m->count == m->size && !grow(m))
		return STATUS_NO_MEMORY;
	entry = entry_new(m, key, type, value);
	if (entry == NULL)
		return STATUS_NO_MEMORY;
	memmove(&m->entries[at + 1], &m->entries[at], (m->count - at) * sizeof(struct map_entry *));
	m->entries[at] = entry;
	m->count++;
	assert(m->count <= m->size);
	tell(m, &(struct map_change){.type = MAP_ADDED, .key = entry->key, .after = entry->value});
	return STATUS_OK;
}

/* Same type, same length: in place. The observer gets copies, as it may change the number again. */
static void renumber(struct map *m, struct map_entry *entry, struct bytes value)
{
	uint8_t before[NUMBER_MAX], after[NUMBER_MAX];
	uint8_t *place = (uint8_t *)((struct block *)entry)->data + strlen(entry->key) + 1;
	enum map_type type = entry->value.type;

	assert(value.len <= NUMBER_MAX);
	assert(value.len == entry->value.bytes.len);
	memcpy(before, place, value.len);
	memcpy(after, value.data, value.len);
	memcpy(place, after, value.len);
	tell(m, &(struct map_change){.type = MAP_MODIFIED,
				     .key = entry->key,
				     .before = {type, bytes_of(before, value.len)},
				     .after = {type, bytes_of(after, value.len)}});
}

static bool same(const struct map_value *have, enum map_type type, struct bytes value)
{
	struct bytes b = have->bytes;

	if (have->type != type)
		return false;
	if (type == MAP_STRING)
		b.len--;
	return bytes_eq(b, value);
}

static enum status change(struct map *m, uint32_t at, enum map_type type, struct bytes value)
{
	struct map_entry *old = m->entries[at], *entry;

	if (same(&old->value, type, value))
		return STATUS_OK;
	if (old->value.type == type && is_number(type)) {
		/* Nobody frees the entry under the renumbering: what the observer deletes is only retired. */
		renumber(m, old, value);
		retire(m, NULL);
		return STATUS_OK;
	}
	entry = entry_new(m, old->key, type, value);
	if (entry == NULL)
		return STATUS_NO_MEMORY;
	m->entries[at] = entry;
	tell(m, &(struct map_change){
			.type = MAP_MODIFIED, .key = entry->key, .before = old->value, .after = entry->value});
	retire(m, old);
	return STATUS_OK;
}

enum status map_set(struct map *m, const char *key, enum map_type type, struct bytes value)
{
	enum status status;
	uint32_t at;

	if (!normalize(type, &value))
		return STATUS_INVALID_PARAM;
	if (find(m, key, &at))
		return change(m, at, type, value);
	status = add(m, at, key, type, value);
	retire(m, NULL);
	return status;
}

enum status map_delete(struct map *m, const char *key)
{
	struct map_entry *old;
	uint32_t at;

	if (!find(m, key, &at))
		return STATUS_NOT_EXIST;
	old = m->entries[at];
	m->count--;
	memmove(&m->entries[at], &m->entries[at + 1], (m->count - at) * sizeof(struct map_entry *));
	tell(m, &(struct map_change){.type = MAP_DELETED, .key = old->key, .before = old->value});
	retire(m, old);
	return STATUS_OK;
}

/* Takes what the sets would take, and gives it back. */
bool map_has_room_for(struct map *m, const struct map *more)
{
	struct block *taken = NULL;
	bool enough = true;

	for (uint32_t i = 0; enough && i < more->count; i++) {
		const struct map_entry *e = more->entries[i];
		struct block *b = (struct block *)entry_new(m, e->key, e->value.type, e->value.bytes);

		enough = b != NULL;
		if (enough) {
			b->next = taken;
			taken = b;
		}
	}
	while (enough && m->size - m->count < more->count)
		enough = grow(m);
	while (taken != NULL) {
		struct block *next = taken->next;

		pool_free(m->pool, taken);
		taken = next;
	}
	return enough;
}

struct map_value map_get(const struct map *m, const char *key)
{
	uint32_t at;

	return find(m, key, &at) ? m->entries[at]->value : (struct map_value){0};
}

enum status map_adjust(struct map *m, const char *key, int32_t step)
{
	struct map_value have = map_get(m, key);
	uint8_t sum_bytes[NUMBER_MAX];
	uint64_t sum = 0;

	if (have.type == MAP_NONE)
		return STATUS_NOT_EXIST;
	if (!is_number(have.type) || have.type == MAP_FLOAT || have.type == MAP_DOUBLE)
		return STATUS_INVALID_PARAM;
	/* Little-endian: the low bytes of the sum are the sum modulo the width. */
	memcpy(&sum, have.bytes.data, have.bytes.len);
	sum += (uint64_t)(int64_t)step;
	memcpy(sum_bytes, &sum, sizeof sum);
	return map_set(m, key, have.type, bytes_of(sum_bytes, have.bytes.len));
}

static void put(struct map *m, const char *key, enum map_type type, const void *data, size_t len)
{
	enum status status = map_set(m, key, type, bytes_of(data, len));

	assert(status != STATUS_NAME_TOO_LONG);
	assert(status != STATUS_INVALID_PARAM);
}

void map_put_u8(struct map *m, const char *key, uint8_t v)
{
	put(m, key, MAP_U8, &v, sizeof v);
}

void map_put_u16(struct map *m, const char *key, uint16_t v)
{
	put(m, key, MAP_U16, &v, sizeof v);
}

void map_put_u32(struct map *m, const char *key, uint32_t v)
{
	put(m, key, MAP_U32, &v, sizeof v);
}

void map_put_i32(struct map *m, const char *key, int32_t v)
{
	put(m, key, MAP_I32, &v, sizeof v);
}

void map_put_u64(struct map *m, const char *key, uint64_t v)
{
	put(m, key, MAP_U64, &v, sizeof v);
}

void map_put_string(struct map *m, const char *key, const char *v)
{
	put(m, key, MAP_STRING, v, strlen(v));
}

void map_drop(struct map *m, const char *key)
{
	enum status status = map_delete(m, key);

	assert(status == STATUS_OK || status == STATUS_NOT_EXIST);
}

static bool get(const struct map *m, const char *key, enum map_type type, void *ret)
{
	struct map_value v = map_get(m, key);

	if (v.type != type)
		return false;
	memcpy(ret, v.bytes.data, v.bytes.len);
	return true;
}

bool map_get_u8(const struct map *m, const char *key, uint8_t *ret)
{
	return get(m, key, MAP_U8, ret);
}

bool map_get_u16(const struct map *m, const char *key, uint16_t *ret)
{
	return get(m, key, MAP_U16, ret);
}

bool map_get_u32(const struct map *m, const char *key, uint32_t *ret)
{
	return get(m, key, MAP_U32, ret);
}

bool map_get_i32(const struct map *m, const char *key, int32_t *ret)
{
	return get(m, key, MAP_I32, ret);
}

bool map_get_u64(const struct map *m, const char *key, uint64_t *ret)
{
	return get(m, key, MAP_U64, ret);
}

const char *map_get_string(const struct map *m, const char *key)
{
	struct map_value v = map_get(m, key);

	return v.type == MAP_STRING ? (const char *)v.bytes.data : NULL;
}

const struct map_entry *map_next(const struct map *m, const char *prefix, const char *after)
{
	bool go_on = after != NULL && strcmp(after, prefix) >= 0;
	uint32_t at = go_on ? lower_bound(m, after, true) : lower_bound(m, prefix, false);

	if (at == m->count || strncmp(m->entries[at]->key, prefix, strlen(prefix)) != 0)
		return NULL;
	return m->entries[at];
}

void map_mark_readonly(struct map *m, const char *key, bool is_prefix)
{
	assert(m->readonly_count < MAP_READONLY_MAX);
	m->readonly[m->readonly_count].key = key;
	m->readonly[m->readonly_count].is_prefix = is_prefix;
	m->readonly_count++;
}

bool map_is_readonly(const struct map *m, const char *key)
{
	for (uint32_t i = 0; i < m->readonly_count; i++) {
		const char *mark = m->readonly[i].key;

		if (m->readonly[i].is_prefix ? strncmp(key, mark, strlen(mark)) == 0 : strcmp(key, mark) == 0)
			return true;
	}
	return false;
}
