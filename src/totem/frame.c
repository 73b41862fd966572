/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "totem/frame.h"

#include "totem/wire.h"

#include <assert.h>

struct frame *frame_new(struct pool *pool, uint32_t len)
{
	struct frame *f = pool_alloc(pool, sizeof *f + len);

	if (f == NULL)
		return NULL;
	f->len = len;
	f->start = 0;
	f->shared = false;
	return f;
}

struct frame *frame_copy(struct pool *pool, struct bytes b)
{
	struct frame *f;

	assert(b.len <= FRAME_MAX);
	f = frame_new(pool, (uint32_t)b.len);
	if (f != NULL)
		memcpy(f->data, b.data, b.len);
	return f;
}

struct bytes frame_bytes(const struct frame *f)
{
	assert(f->start <= f->len);
	return bytes_of(f->data + f->start, f->len - f->start);
}

bool frame_queue_push(struct frame_queue *q, struct frame *f)
{
	assert(f != NULL);
	if (q->count == FRAME_QUEUE_MAX)
		return false;
	q->frames[(q->head + q->count++) % FRAME_QUEUE_MAX] = f;
	return true;
}

struct frame *frame_queue_pop(struct frame_queue *q)
{
	struct frame *f;

	if (q->count == 0)
		return NULL;
	f = q->frames[q->head];
	q->head = (q->head + 1) % FRAME_QUEUE_MAX;
	q->count--;
	return f;
}

void frame_queue_clear(struct frame_queue *q, struct pool *pool)
{
	while (q->count > 0)
		pool_free(pool, frame_queue_pop(q));
}

static uint32_t slot_of(uint32_t seq)
{
	return seq & (WINDOW_SLOTS - 1);
}

static bool inside(const struct window *w, uint32_t seq)
{
	uint32_t ahead = seq - w->released;

	return ahead >= 1 && ahead <= WINDOW_SLOTS;
}

static size_t cost(const struct frame *f)
{
	return pool_cost(sizeof *f + f->len);
}

void window_init(struct window *w)
{
	memset(w, 0, sizeof *w);
}

void window_clear(struct window *w, struct pool *pool)
{
	for (uint32_t i = 0; i < WINDOW_SLOTS && w->held > 0; i++) {
		if (w->slots[i] == NULL)
			continue;
		pool_free(pool, w->slots[i]);
		w->slots[i] = NULL;
		w->held--;
	}
	assert(w->held == 0);
	w->bytes = 0;
	memset(w->misses, 0, sizeof w->misses);
	w->released = 0;
}

bool window_wants(const struct window *w, uint32_t seq)
{
	return inside(w, seq) && w->slots[slot_of(seq)] == NULL;
}

void window_put(struct window *w, uint32_t seq, struct frame *f)
{
	assert(f != NULL);
	assert(window_wants(w, seq));
	w->slots[slot_of(seq)] = f;
	w->misses[slot_of(seq)] = 0;
	w->held++;
	w->bytes += cost(f);
}

struct frame *window_get(const struct window *w, uint32_t seq)
{
	return inside(w, seq) ? w->slots[slot_of(seq)] : NULL;
}

struct frame *window_take(struct window *w, uint32_t seq)
{
	struct frame *f = window_get(w, seq);

	if (f == NULL)
		return NULL;
	w->slots[slot_of(seq)] = NULL;
	w->held--;
	w->bytes -= cost(f);
	return f;
}

void window_release(struct window *w, struct pool *pool, uint32_t seq)
{
	while (seq_before(w->released, seq)) {
		pool_free(pool, window_take(w, w->released + 1));
		w->released++;
		w->misses[slot_of(w->released)] = 0;
	}
}

void window_restart(struct window *w, uint32_t seq)
{
	assert(w->held == 0);
	memset(w->misses, 0, sizeof w->misses);
	w->released = seq;
}

uint32_t window_miss(struct window *w, uint32_t seq)
{
	uint8_t *misses = &w->misses[slot_of(seq)];

	assert(inside(w, seq));
	if (*misses < UINT8_MAX)
		(*misses)++;
	return *misses;
}

bool window_ask(struct window *w, uint32_t seq)
{
	assert(window_get(w, seq) != NULL);
	return w->misses[slot_of(seq)]++ % 2 == 0;
}
