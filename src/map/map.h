/* SPDX-License-Identifier: GPL-2.0-or-later */
/* map.h - the typed key/value map behind cmap (engine-ipc.md §5): configuration,
 * run-time state and statistics of the engine under dotted names.
 *
 * Keys are 3..255 characters of [A-Za-z0-9._/:-] and are kept in strcmp order,
 * which is the order of iteration. Values are numbers of exact width, strings
 * (stored with their NUL, which `len` counts) or binary. Setting an equal value
 * of the same type changes nothing and tells nobody; every real change is told
 * to the one observer, synchronously, after it was made.
 *
 * Memory comes from the pool given at start; when it is full, a set answers
 * STATUS_NO_MEMORY and the map is as before. Pointers that a get returns are
 * borrowed until the next change of that key.
 *
 * Read-only marks concern clients only: the map keeps them, cmap asks.
 */
#ifndef MAP_MAP_H
#define MAP_MAP_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/pool.h"
#include "base/status.h"

enum map_type {
	MAP_NONE = 0,
	MAP_I8 = 1,
	MAP_U8 = 2,
	MAP_I16 = 3,
	MAP_U16 = 4,
	MAP_I32 = 5,
	MAP_U32 = 6,
	MAP_I64 = 7,
	MAP_U64 = 8,
	MAP_FLOAT = 9,
	MAP_DOUBLE = 10,
	MAP_STRING = 11,
	MAP_BINARY = 12,
};

struct map_value {
	enum map_type type;
	struct bytes bytes;
};

struct map_entry {
	const char *key;
	struct map_value value;
};

/* The numbers that cmap's track events carry. */
enum map_change_type { MAP_DELETED = 1, MAP_MODIFIED = 2, MAP_ADDED = 4 };

/* Borrowed for the call. On ADDED `before` is {MAP_NONE}, on DELETED `after` is. */
struct map_change {
	enum map_change_type type;
	const char *key;
	struct map_value before, after;
};

typedef void (*map_observer)(void *arg, const struct map_change *change);

enum { MAP_READONLY_MAX = 64 };

struct map {
	struct pool *pool;
	struct map_entry **entries; /* sorted by key */
	uint32_t count, size;
	map_observer observer;
	void *observer_arg;
	struct {
		const char *key;
		bool is_prefix;
	} readonly[MAP_READONLY_MAX];
	uint32_t readonly_count;
	uint32_t
		telling; /* depth of observer calls: what an outer change shows must outlive what the inner one frees */
	void *retired;   /* entries to free when nobody is told any more */
};

void map_init(struct map *m, struct pool *pool);
/* Frees every entry without telling the observer. */
void map_fini(struct map *m);
void map_observe(struct map *m, map_observer observer, void *arg);

/* A number's length must be its type's; a string may come with or without its NUL and is cut at the first one. */
MUST_CHECK enum status map_set(struct map *m, const char *key, enum map_type type, struct bytes value);
MUST_CHECK enum status map_delete(struct map *m, const char *key);
/* The value, or {MAP_NONE} when there is no such key. */
struct map_value map_get(const struct map *m, const char *key);
/* Adds step to an integer key, modulo its width; INVALID_PARAM for other types. */
MUST_CHECK enum status map_adjust(struct map *m, const char *key, int32_t step);

/* Whether all of more's entries could be set now, one after the other, without the pool running full: for changes that
 * happen whole or not at all. (Observers that set keys as well need room of their own.)
 */
MUST_CHECK bool map_has_room_for(struct map *m, const struct map *more);

/* For the engine's own keys, whose names and sizes are right by construction: a full pool is the only way to fail and
 * leaves the old value.
 */
void map_put_u8(struct map *m, const char *key, uint8_t v);
void map_put_u16(struct map *m, const char *key, uint16_t v);
void map_put_u32(struct map *m, const char *key, uint32_t v);
void map_put_i32(struct map *m, const char *key, int32_t v);
void map_put_u64(struct map *m, const char *key, uint64_t v);
void map_put_string(struct map *m, const char *key, const char *v);
void map_drop(struct map *m, const char *key);

/* False when the key is missing or of another type; *ret is then unchanged. */
bool map_get_u8(const struct map *m, const char *key, uint8_t *ret);
bool map_get_u16(const struct map *m, const char *key, uint16_t *ret);
bool map_get_u32(const struct map *m, const char *key, uint32_t *ret);
bool map_get_i32(const struct map *m, const char *key, int32_t *ret);
bool map_get_u64(const struct map *m, const char *key, uint64_t *ret);
/* The string, or NULL. */
const char *map_get_string(const struct map *m, const char *key);

/* The first entry whose key starts with prefix and sorts after `after` (NULL: from the start), or NULL. */
const struct map_entry *map_next(const struct map *m, const char *prefix, const char *after);

/* key is borrowed for ever: a literal. */
void map_mark_readonly(struct map *m, const char *key, bool is_prefix);
bool map_is_readonly(const struct map *m, const char *key);
/* Whether a name may be given to a new key. */
bool map_key_valid(const char *key);

#endif
