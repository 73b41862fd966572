/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ZEROED_MIN: behind each piece there is room for as much, so that small ones are zeroed by a few plain stores. */
enum { ALIGNMENT = 16, ZEROED_MIN = 64, CHUNK_MIN = 64 * 1024, CHUNK_MAX = 4 * 1024 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	_Alignas(ALIGNMENT) uint8_t data[];
};

/* Chunks double, so that a large document costs few of them and a small one little memory. What is in them is zeroed
 * piece by piece as it is taken, when it comes into the caches anyway; texts need not be. */
static __attribute__((noinline)) void add_chunk(struct arena *a, size_t at_least)
{
	size_t size = a->total < CHUNK_MIN ? CHUNK_MIN : a->total;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < at_least)
		size = at_least;
	struct arena_chunk *c = malloc(sizeof(*c) + size + ZEROED_MIN);
	if (c == NULL)
		abort();
	c->next = a->chunks;
	c->size = size;
	a->chunks = c;
	a->at = c->data;
	a->end = c->data + size;
	a->total += sizeof(*c) + size + ZEROED_MIN;
}

static inline void *take(struct arena *a, size_t n, size_t alignment)
{
	if (n > SIZE_MAX / 2)
		abort();
	size_t skip = (size_t)(-(uintptr_t)a->at) & (alignment - 1);
	if (a->at == NULL || (size_t)(a->end - a->at) < n + skip) {
		add_chunk(a, n + alignment);
		skip = 0;
	}
	void *piece = a->at + skip;
	a->at += skip + n;
	return piece;
}

static inline void *take_zeroed(struct arena *a, size_t n)
{
	void *piece = take(a, n, ALIGNMENT);
	/* A size that the compiler knows needs no call. */
	return n <= ZEROED_MIN ? memset(piece, 0, ZEROED_MIN) : memset(piece, 0, n);
}

void *arena_take(struct arena *a, size_t n)
{
	return take_zeroed(a, n);
}

void *arena_take_array(struct arena *a, size_t count, size_t size)
{
	size_t n;
	if (__builtin_mul_overflow(count, size, &n))
		abort();
	return take_zeroed(a, n);
}

void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t new_size)
{
	uint8_t *piece = take(a, new_size, ALIGNMENT);
	if (old_size > 0)
		memcpy(piece, old, old_size);
	memset(piece + old_size, 0, new_size - old_size);
	return piece;
}

char *arena_string_n(struct arena *a, const char *text, size_t n)
{
	if (text == NULL)
		return NULL;
	n = strnlen(text, n);
	char *copy = take(a, n + 1, 1);
	memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

char *arena_string(struct arena *a, const char *text)
{
	return text == NULL ? NULL : arena_string_n(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	char small[256];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (n < 0)
		abort();
	if ((size_t)n < sizeof(small))
		return arena_string_n(a, small, (size_t)n);
	char *large = take(a, (size_t)n + 1, 1);
	va_start(args, format);
	(void)vsnprintf(large, (size_t)n + 1, format, args);
	va_end(args);
	return large;
}

void arena_fini(struct arena *a)
{
	for (struct arena_chunk *c = a->chunks, *next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct arena){0};
}
