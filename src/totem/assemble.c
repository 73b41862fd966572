/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "totem/assemble.h"

#include <assert.h>

void assemble_init(struct assemble *a, struct pool *pool)
{
	memset(a, 0, sizeof *a);
	a->pool = pool;
}

static void drop_block(struct assemble *a, struct assembly *s)
{
	pool_free(a->pool, s->block);
	s->block = NULL;
	s->len = 0;
	s->size = 0;
}

static void drop_spent(struct assemble *a)
{
	pool_free(a->pool, a->spent);
	a->spent = NULL;
}

void assemble_clear(struct assemble *a)
{
	drop_spent(a);
	for (uint32_t i = 0; i < a->count; i++)
		drop_block(a, &a->senders[i]);
	a->count = 0;
	a->current = NULL;
	a->pieces = 0;
	a->next_piece = 0;
}

void assemble_keep(struct assemble *a, const struct node_list *members)
{
	uint32_t kept = 0;

	drop_spent(a);
	for (uint32_t i = 0; i < a->count; i++) {
		if (node_list_has(members, a->senders[i].from))
			a->senders[kept++] = a->senders[i];
		else
			drop_block(a, &a->senders[i]);
	}
	a->count = kept;
	a->current = NULL;
	a->pieces = 0;
	a->next_piece = 0;
}

static struct assembly *sender_of(struct assemble *a, node_id from)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (node_id_eq(a->senders[i].from, from))
			return &a->senders[i];
	if (a->count == NODES_MAX)
		return NULL;
	a->senders[a->count] = (struct assembly){.from = from};
	return &a->senders[a->count++];
}

static size_t lens_sum(struct bytes lens)
{
	struct reader r = reader_of(lens);
	size_t sum = 0;

	while (reader_left(&r) > 0)
		sum += read_u16(&r);
	return sum;
}

bool assemble_packet(struct assemble *a, node_id from, struct bytes packet)
{
	struct reader r = reader_of(packet);
	uint16_t version = read_u16(&r);
	uint16_t type = read_u16(&r);
	uint8_t fragmented = read_u8(&r);
	uint8_t continuation = read_u8(&r);
	uint16_t pieces = read_u16(&r);
	const uint8_t *lens = read_bytes(&r, 2u * pieces);
	struct assembly *s;

	drop_spent(a);
	a->pieces = 0;
	a->next_piece = 0;
	if (r.failed || version != 0 || type != 0 || pieces == 0)
		return false;
	a->lens = bytes_of(lens, 2u * pieces);
	a->data = bytes_of(packet.data + r.at, packet.len - r.at);
	if (lens_sum(a->lens) != a->data.len)
		return false;
	s = sender_of(a, from);
	if (s == NULL)
		return false;
	a->current = s;
	a->pieces = pieces;
	a->fragmented = fragmented;
	/* What a service said before it knew that all had agreed overtakes the rest of a message that was begun in the
	 * ring before: it is whole, and that message goes on after it.
	 */
	a->apart = continuation == 0 && fragmented == 0 && s->last_cut != 0;
	if (a->apart)
		return true;
	if (continuation != s->last_cut) {
		/* The first piece continues something that we do not have; what we have is continued by nothing. */
		drop_block(a, s);
		s->skipping = continuation != 0;
	}
	s->last_cut = fragmented;
	return true;
}

/* Makes room for so many bytes. */
static bool grow(struct assemble *a, struct assembly *s, size_t need)
{
	size_t size = 2 * (size_t)s->size > need ? 2 * (size_t)s->size : need;
	uint8_t *block;

	if (need <= s->size && s->block != NULL)
		return true;
	if (need > MESSAGE_MAX)
		return false;
	if (size > MESSAGE_MAX)
		size = MESSAGE_MAX;
	block = pool_alloc(a->pool, size);
	if (block == NULL) {
		a->starved = true;
		return false;
	}
	if (s->len > 0)
		memcpy(block, s->block, s->len);
	pool_free(a->pool, s->block);
	s->block = block;
	s->size = (uint32_t)size;
	return true;
}

/* Adds a piece of a cut message to what is gathered. */
static void gather(struct assemble *a, struct assembly *s, struct bytes piece)
{
	if (s->skipping)
		return;
	if (!grow(a, s, s->len + piece.len)) {
		drop_block(a, s);
		s->skipping = true;
		a->lost++;
		return;
	}
	if (piece.len > 0)
		memcpy(s->block + s->len, piece.data, piece.len);
	s->len += (uint32_t)piece.len;
}

static struct bytes take_piece(struct assemble *a)
{
	struct reader r = reader_of(a->lens);
	uint16_t len = read_u16(&r);
	struct bytes piece = bytes_of(a->data.data, len);

	assert(len <= a->data.len);
	a->lens = bytes_of(a->lens.data + 2, a->lens.len - 2);
	a->data = bytes_of(a->data.data + len, a->data.len - len);
	a->next_piece++;
	return piece;
}

bool assemble_next(struct assemble *a, struct bytes *ret_message)
{
	drop_spent(a);
	while (a->next_piece < a->pieces) {
		struct assembly *s = a->current;
		struct bytes piece = take_piece(a);
		bool last_is_cut = a->next_piece == a->pieces && a->fragmented != 0;

		if (a->apart) {
			*ret_message = piece;
			return true;
		}
		if (last_is_cut || s->block != NULL || s->skipping)
			gather(a, s, piece);
		if (last_is_cut)
			continue;
		if (s->skipping) {
			s->skipping = false;
			a->passed_over++; /* now, when those who have it all are given it */
			continue;
		}
		if (s->block == NULL) {
			*ret_message = piece;
			return true;
		}
		*ret_message = bytes_of(s->block, s->len);
		a->spent = s->block;
		s->block = NULL;
		s->len = 0;
		s->size = 0;
		return true;
	}
	return false;
}
