/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "totem/pack.h"

#include <assert.h>

enum { PIECE_MIN = 64 };

static_assert(PACK_LENS_MAX * 2 + PACK_HEAD < FRAME_MAX, "lengths leave room for data");

void pack_init(struct pack *p, uint32_t limit)
{
	uint32_t frames = SEND_QUEUE_BYTES / limit;

	assert(limit > 64);
	assert(limit + 2 * MCAST_HEADER <= FRAME_MAX);
	memset(p, 0, offsetof(struct pack, lens));
	p->limit = limit;
	p->queue_max = frames < FRAME_QUEUE_MAX / 2 ? frames : FRAME_QUEUE_MAX / 2;
}

void pack_clear(struct pack *p, struct pool *pool)
{
	frame_queue_clear(&p->queue, pool);
	pool_free(pool, p->stage);
	p->stage = NULL;
	p->count = 0;
	p->fill = 0;
	p->continuation = 0;
}

uint32_t pack_frames(const struct pack *p, size_t bytes)
{
	return (uint32_t)(bytes / (p->limit - PACK_RESERVE)) + 1;
}

bool pack_has_room(const struct pack *p, size_t bytes)
{
	return p->queue.count + pack_frames(p, bytes) <= p->queue_max;
}

uint32_t pack_percent(const struct pack *p)
{
	return p->queue.count >= p->queue_max ? 100 : p->queue.count * 100 / p->queue_max;
}

uint32_t pack_pieces(struct bytes packet)
{
	struct reader r = reader_of(packet);

	read_skip(&r, 6);
	return read_u16(&r);
}

bool pack_pending(const struct pack *p)
{
	return p->count > 0 || p->queue.count > 0;
}

/* Room in the packet under construction for one more piece. */
static uint32_t room(const struct pack *p)
{
	uint32_t used = PACK_HEAD + 2 * (p->count + 1) + p->fill;

	return p->count == PACK_LENS_MAX || used >= p->limit ? 0 : p->limit - used;
}

/* Writes the headers in front of the data of the stage, which becomes a frame. */
static void close_stage(struct pack *p, uint8_t fragmented)
{
	struct frame *f = p->stage;
	uint32_t head = MCAST_HEADER + PACK_HEAD + 2 * p->count;
	struct writer w = writer_of(f->data + PACK_HEADROOM - head, head);

	write_zero(&w, MCAST_HEADER + 4);
	write_u8(&w, fragmented);
	write_u8(&w, p->continuation);
	write_u16(&w, (uint16_t)p->count);
	write_bytes(&w, p->lens, 2 * p->count);
	assert(!w.failed);
	f->start = (uint16_t)(PACK_HEADROOM - head);
	f->len = PACK_HEADROOM + p->fill;
	p->continuation = fragmented;
	p->count = 0;
	p->fill = 0;
}

void pack_flush(struct pack *p, struct pool *pool)
{
	struct frame *f = NULL;
	uint32_t fill = p->fill;

	if (p->count == 0 || p->queue.count == FRAME_QUEUE_MAX)
		return;
	close_stage(p, 0);
	if (fill <= PACK_COPY_MAX)
		f = frame_copy(pool, frame_bytes(p->stage));
	if (f == NULL)
		f = p->stage;
	else
		pool_free(pool, p->stage);
	p->stage = NULL;
	(void)frame_queue_push(&p->queue, f);
}

/* The number after the one that the packet continues. */
static uint8_t next_cut(const struct pack *p)
{
	return p->continuation == UINT8_MAX ? 1 : (uint8_t)(p->continuation + 1);
}

/* The bytes of the parts as one stream. */
struct stream {
	const struct bytes *parts;
	size_t at;
};

static void stream_copy(struct stream *s, uint8_t *dest, size_t n)
{
	while (n > 0) {
		size_t left = s->parts->len - s->at;
		size_t take = left < n ? left : n;

		if (take > 0)
			memcpy(dest, s->parts->data + s->at, take);
		dest += take;
		n -= take;
		s->at += take;
		if (s->at == s->parts->len) {
			s->parts++;
			s->at = 0;
		}
	}
}

static void append_piece(struct pack *p, struct stream *s, size_t n)
{
	assert(n <= room(p));
	stream_copy(s, p->stage->data + PACK_HEADROOM + p->fill, n);
	p->fill += (uint32_t)n;
	p->lens[p->count++] = (uint16_t)n;
}

/* Frames that are not filled yet, in a chain through their data. */
static struct frame *spare_pop(struct frame **spare)
{
	struct frame *f = *spare;

	assert(f != NULL);
	memcpy(spare, f->data, sizeof *spare);
	return f;
}

/* n frames that have room for a full packet, or none. */
static bool reserve(const struct pack *p, struct pool *pool, uint32_t n, struct frame **ret_spare)
{
	struct frame *spare = NULL;

	for (uint32_t i = 0; i < n; i++) {
		struct frame *f = frame_new(pool, PACK_HEADROOM + p->limit);

		if (f == NULL) {
			while (spare != NULL)
				pool_free(pool, spare_pop(&spare));
			return false;
		}
		memcpy(f->data, &spare, sizeof spare);
		spare = f;
	}
	*ret_spare = spare;
	return true;
}

/* Packets that become full when a message of so many bytes is appended. */
static uint32_t cuts_for(const struct pack *p, size_t bytes)
{
	size_t first = room(p);
	size_t whole = p->limit - PACK_HEAD - 2;

	return bytes <= first ? 0 : 1 + (uint32_t)((bytes - first - 1) / whole);
}

enum err pack_add(struct pack *p, struct pool *pool, const struct bytes *parts, uint32_t part_count)
{
	struct stream s = {parts, 0};
	struct frame *spare = NULL;
	size_t left = 0;
	uint32_t cuts;

	for (uint32_t i = 0; i < part_count; i++)
		left += parts[i].len;
	assert(left > 0);
	if (left > MESSAGE_MAX)
		return ERR_INVALID;
	/* A piece of a few bytes is not worth a cut. */
	if (p->count > 0 && left > room(p) && room(p) < PIECE_MIN)
		pack_flush(p, pool);
	if (p->count > 0 && left > room(p) && room(p) < PIECE_MIN)
		return ERR_FULL;
	cuts = cuts_for(p, left);
	if (p->queue.count + cuts + 1 > 2 * p->queue_max || !reserve(p, pool, cuts + (p->stage == NULL), &spare))
		return ERR_FULL;
	if (p->stage == NULL)
		p->stage = spare_pop(&spare);
	for (uint32_t i = 0; i < cuts; i++) {
		size_t n = room(p);

		append_piece(p, &s, n);
		left -= n;
		close_stage(p, next_cut(p));
		(void)frame_queue_push(&p->queue, p->stage);
		p->stage = spare_pop(&spare);
	}
	append_piece(p, &s, left);
	return ERR_OK;
}
