/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/table.h"

#include <string.h>

enum { SEARCHED_MAX = 12 };

struct table *table_new(struct arena *a)
{
	struct table *t = arena_new(a, struct table);
	t->arena = a;
	return t;
}

static uint32_t hash_text(const char *text)
{
	uint32_t h = 2166136261u;
	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 16777619u;
	return h ^ (h >> 15);
}

/* Most names differ in their first letter already. */
static bool is_same(const char *a, const char *b)
{
	return a[0] == b[0] && strcmp(a, b) == 0;
}

static uint32_t find_slot(const struct table *t, const char *name)
{
	uint32_t at = hash_text(name) & (t->slot_count - 1);
	while (t->slots[at] != 0 && !is_same(t->entries[t->slots[at] - 1].name, name))
		at = (at + 1) & (t->slot_count - 1);
	return at;
}

static struct table_entry *find(const struct table *t, const char *name)
{
	if (t == NULL)
		return NULL;
	if (t->slots != NULL) {
		uint32_t slot = t->slots[find_slot(t, name)];
		return slot == 0 ? NULL : &t->entries[slot - 1];
	}
	for (uint32_t i = 0; i < t->count; i++)
		if (is_same(t->entries[i].name, name))
			return &t->entries[i];
	return NULL;
}

static void fill_slots(struct table *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		t->slots[find_slot(t, t->entries[i].name)] = i + 1;
}

static void index_entries(struct table *t, uint32_t slot_count)
{
	t->slots = arena_array(t->arena, uint32_t, slot_count);
	t->slot_count = slot_count;
	fill_slots(t);
}

static void append(struct table *t, const char *name, const char *value)
{
	if (t->count == t->room) {
		uint32_t room = t->room == 0 ? 8 : t->room * 2;
		t->entries =
			arena_grow(t->arena, t->entries, t->count * sizeof(*t->entries), room * sizeof(*t->entries));
		t->room = room;
	}
	if (t->slots != NULL)
		t->slots[find_slot(t, name)] = t->count + 1;
	t->entries[t->count++] = (struct table_entry){name, value};
	if (t->slots == NULL ? t->count > SEARCHED_MAX : t->count > t->slot_count / 2)
		index_entries(t, t->slots == NULL ? 64 : t->slot_count * 2);
}

const char *table_get(const struct table *t, const char *name)
{
	const struct table_entry *e = find(t, name);
	return e == NULL ? NULL : e->value;
}

bool table_has(const struct table *t, const char *name)
{
	return find(t, name) != NULL;
}

void table_set(struct table *t, const char *name, const char *value)
{
	struct table_entry *e = find(t, name);
	if (e != NULL)
		e->value = value;
	else
		append(t, name, value);
}

bool table_add(struct table *t, const char *name, const char *value)
{
	if (find(t, name) != NULL)
		return false;
	append(t, name, value);
	return true;
}

/* Those behind a free slot that could stand there move up, as a search ends at a free one. */
static void free_slot(struct table *t, uint32_t free)
{
	uint32_t mask = t->slot_count - 1;
	t->slots[free] = 0;
	for (uint32_t at = (free + 1) & mask; t->slots[at] != 0; at = (at + 1) & mask) {
		uint32_t home = hash_text(t->entries[t->slots[at] - 1].name) & mask;
		if (((at - home) & mask) < ((at - free) & mask))
			continue;
		t->slots[free] = t->slots[at];
		t->slots[at] = 0;
		free = at;
	}
}

void table_remove(struct table *t, const char *name)
{
	struct table_entry *e = find(t, name);
	if (e == NULL)
		return;
	size_t after = (size_t)(&t->entries[t->count] - (e + 1));
	uint32_t number = (uint32_t)(e - t->entries) + 1;
	if (t->slots != NULL)
		free_slot(t, find_slot(t, name));
	memmove(e, e + 1, after * sizeof(*e));
	t->count--;
	for (uint32_t i = 0; i < t->slot_count; i++)
		t->slots[i] -= t->slots[i] > number;
}

void table_remove_valued(struct table *t, const char *value)
{
	uint32_t count = t->count;
	t->count = 0;
	for (uint32_t i = 0; i < count; i++)
		if (t->entries[i].value != value)
			t->entries[t->count++] = t->entries[i];
	if (t->slots == NULL)
		return;
	memset(t->slots, 0, t->slot_count * sizeof(*t->slots));
	fill_slots(t);
}

void table_add_all(struct table *t, const struct table *from)
{
	for (uint32_t i = 0; from != NULL && i < from->count; i++)
		(void)table_add(t, from->entries[i].name, from->entries[i].value);
}

/* Merges runs of doubling length: tables are small and their order is often sorted already. */
static void merge_sort(struct table_entry *entries, struct table_entry *scratch, uint32_t count)
{
	if (count < 2)
		return;
	uint32_t half = count / 2;
	merge_sort(entries, scratch, half);
	merge_sort(entries + half, scratch, count - half);
	if (strcmp(entries[half - 1].name, entries[half].name) <= 0)
		return;
	memcpy(scratch, entries, half * sizeof(*entries));
	for (uint32_t to = 0, left = 0, right = half; left < half; to++) {
		bool from_right = right < count && strcmp(entries[right].name, scratch[left].name) < 0;
		entries[to] = from_right ? entries[right++] : scratch[left++];
	}
}

const struct table_entry *table_sorted(const struct table *t)
{
	struct table_entry *sorted = arena_array(t->arena, struct table_entry, t->count * 2 + 1);
	if (t->count > 0)
		memcpy(sorted, t->entries, t->count * sizeof(*sorted));
	merge_sort(sorted, sorted + t->count, t->count);
	return sorted;
}
