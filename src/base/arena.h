/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arena.h - memory for one computation: taken piece by piece, given back at once.
 *
 * The cores above the engine (cib, rules, scheduler, transition) build trees and
 * tables that live as long as one document or one decision. An arena hands out
 * memory by moving a pointer and frees everything with itself, so that nothing
 * has to be tracked and half-built objects need no cleanup. What is taken is
 * zeroed. An arena never returns NULL: without memory the program stops.
 *
 *	struct arena a = { 0 };
 *	struct thing *t = arena_new(&a, struct thing);
 *	...
 *	arena_fini(&a);
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_chunk;

/* All zero is an empty arena. Not to be copied once used. */
struct arena {
	struct arena_chunk *chunks; /* latest first */
	uint8_t *at;                /* next free byte of the latest chunk */
	uint8_t *end;
	size_t total; /* bytes taken from the system */
};

/* n zeroed bytes, aligned to 16. n may be 0. */
void *arena_take(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull, alloc_size(2)));
/* count objects of size bytes each; stops the program when the product overflows. */
void *arena_take_array(struct arena *a, size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* A larger copy of an array: old bytes are kept, the rest is zero. The old piece stays until the arena goes. */
void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t new_size) __attribute__((returns_nonnull));
/* Room for one more item in an array of count items of that size: the array itself while *room is larger than count,
 * else a copy of it with room for `first` items, and from then on for twice as many as before. */
static inline void *arena_room(struct arena *a, void *items, size_t size, uint32_t count, uint32_t *room,
			       uint32_t first)
{
	if (count < *room)
		return items;
	uint32_t larger = *room == 0 ? first : *room * 2;
	items = arena_grow(a, items, *room * size, larger * size);
	*room = larger;
	return items;
}
/* A copy of a string, or of its first n bytes; both end in a zero byte. NULL gives NULL. Aligned to 1. */
char *arena_string(struct arena *a, const char *text);
char *arena_string_n(struct arena *a, const char *text, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3), returns_nonnull));
/* Gives everything back; the arena is empty again and may be used anew. */
void arena_fini(struct arena *a);

#define arena_new(a, type)          ((type *)arena_take((a), sizeof(type)))
#define arena_array(a, type, count) ((type *)arena_take_array((a), (count), sizeof(type)))

#endif
