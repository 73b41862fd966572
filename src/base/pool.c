/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pool.h"

#include "base/limits.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* In front of each block; 16 bytes keep the alignment. */
struct head {
	uint32_t class;
	uint32_t out; /* 1 while the block is given out: a double free is a programmer's error */
	void *next;
};

static_assert(sizeof(struct head) == 16, "blocks stay aligned");

static const uint32_t class_size[POOL_CLASSES] = {
	48,      112,    240,
	496,     1008,   1520,
	2032,    4080,   8176,
	16368,   32752,  FRAME_MAX + 1008,
	131056,  262128, MESSAGE_MAX + 112,
	2097136,
};

static uint32_t class_of(size_t n)
{
	uint32_t c = 0;

	while (c < POOL_CLASSES && class_size[c] < n)
		c++;
	return c;
}

void pool_init(struct pool *p, void *memory, size_t size)
{
	assert(((uintptr_t)memory & 15) == 0);
	*p = (struct pool){.memory = memory, .size = size};
}

size_t pool_cost(size_t n)
{
	uint32_t c = class_of(n);

	return c == POOL_CLASSES ? 0 : class_size[c] + sizeof(struct head);
}

static struct head *cut(struct pool *p, uint32_t class)
{
	size_t whole = class_size[class] + sizeof(struct head);
	struct head *h;

	if (p->size - p->fresh < whole)
		return NULL;
	h = (struct head *)(void *)(p->memory + p->fresh);
	p->fresh += whole;
	h->class = class;
	return h;
}

void *pool_alloc(struct pool *p, size_t n)
{
	uint32_t class = class_of(n);
	struct head *h;

	if (class == POOL_CLASSES)
		return NULL;
	h = p->freed[class];
	if (h != NULL)
		p->freed[class] = h->next;
	else
		h = cut(p, class);
	if (h == NULL)
		return NULL;
	h->out = 1;
	h->next = NULL;
	p->used += class_size[class] + sizeof(struct head);
	return h + 1;
}

void pool_free(struct pool *p, void *block)
{
	struct head *h;

	if (block == NULL)
		return;
	h = (struct head *)block - 1;
	assert(h->class < POOL_CLASSES);
	assert(h->out == 1);
	h->out = 0;
	h->next = p->freed[h->class];
	p->freed[h->class] = h;
	p->used -= class_size[h->class] + sizeof(struct head);
}

size_t pool_room(const struct pool *p)
{
	return p->size - p->used;
}
