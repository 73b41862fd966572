/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

struct text text_of(char *data, size_t size)
{
	assert(size > 0);
	data[0] = '\0';
	return (struct text){.data = data, .size = size};
}

void text_vadd(struct text *t, const char *format, va_list args)
{
	size_t room = t->size - t->len;
	int n = vsnprintf(t->data + t->len, room, format, args);

	assert(n >= 0);
	if ((size_t)n >= room) {
		t->len = t->size - 1;
		t->cut = true;
	} else {
		t->len += (size_t)n;
	}
}

void text_add(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vadd(t, format, args);
	va_end(args);
}

void text_add_nodes(struct text *t, const struct node_list *l)
{
	if (l->count == 0)
		text_add(t, "none");
	for (uint32_t i = 0; i < l->count; i++)
		text_add(t, i == 0 ? "%" PRIu32 : " %" PRIu32, l->ids[i].v);
}

void text_add_ring(struct text *t, struct ring_id ring)
{
	text_add(t, "%" PRIx32 ".%" PRIx64, ring.rep.v, ring.seq);
}
