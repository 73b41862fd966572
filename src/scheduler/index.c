/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/index.h"

#include <string.h>

struct entry {
	uint32_t hash;
	const char *text; /* NULL: free */
	void *thing;
};

struct id_index {
	struct arena *arena;
	struct entry *entries;
	uint32_t room, count; /* room: a power of two, or 0 */
	bool any_case;
};

enum { FIRST_ROOM = 16 };

struct id_index *id_index_new(struct arena *a, bool any_case)
{
	struct id_index *index = arena_new(a, struct id_index);
	index->arena = a;
	index->any_case = any_case;
	return index;
}

static uint32_t text_hash(const struct id_index *index, const char *text)
{
	/* Letters differ from their other case by this bit; that some signs meet too costs a comparison at most. */
	uint8_t folded = index->any_case ? 0x20 : 0;
	uint32_t h = 2166136261u;
	for (; *text != '\0'; text++)
		h = (h ^ ((uint8_t)*text | folded)) * 16777619u;
	return h ^ (h >> 15);
}

static bool same_text(const struct id_index *index, const char *a, const char *b)
{
	return index->any_case ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

/* The entry of the text, or the free one that it would take. */
static struct entry *find_entry(const struct id_index *index, uint32_t hash, const char *text)
{
	uint32_t at = hash & (index->room - 1);
	for (;; at = (at + 1) & (index->room - 1)) {
		struct entry *e = &index->entries[at];
		if (e->text == NULL || (e->hash == hash && same_text(index, e->text, text)))
			return e;
	}
}

static void grow(struct id_index *index)
{
	const struct entry *old = index->entries;
	uint32_t old_room = index->room;
	index->room = old_room == 0 ? FIRST_ROOM : old_room * 2;
	index->entries = arena_array(index->arena, struct entry, index->room);
	for (uint32_t i = 0; i < old_room; i++)
		if (old[i].text != NULL)
			*find_entry(index, old[i].hash, old[i].text) = old[i];
}

void *id_index_get(const struct id_index *index, const char *text)
{
	if (index == NULL || text == NULL || index->count == 0)
		return NULL;
	return find_entry(index, text_hash(index, text), text)->thing;
}

static struct entry *make_entry(struct id_index *index, const char *text)
{
	if (index->count >= index->room / 2)
		grow(index);
	uint32_t hash = text_hash(index, text);
	struct entry *e = find_entry(index, hash, text);
	if (e->text == NULL) {
		e->hash = hash;
		e->text = text;
		index->count++;
	}
	return e;
}

bool id_index_add(struct id_index *index, const char *text, void *thing)
{
	struct entry *e = make_entry(index, text);
	if (e->thing != NULL)
		return false;
	e->thing = thing;
	return true;
}

void id_index_set(struct id_index *index, const char *text, void *thing)
{
	make_entry(index, text)->thing = thing;
}
