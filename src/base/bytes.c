/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/bytes.h"

#include <assert.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the codecs copy integers as they lie in memory");

bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

size_t reader_left(const struct reader *r)
{
	assert(r->at <= r->len);
	return r->failed ? 0 : r->len - r->at;
}

const uint8_t *read_bytes(struct reader *r, size_t n)
{
	const uint8_t *p;

	if (r->failed || reader_left(r) < n) {
		r->failed = true;
		return NULL;
	}
	p = r->data + r->at;
	r->at += n;
	return p;
}

void read_skip(struct reader *r, size_t n)
{
	(void)read_bytes(r, n);
}

void read_seek(struct reader *r, size_t at)
{
	if (r->failed || at > r->len)
		r->failed = true;
	else
		r->at = at;
}

void read_copy(struct reader *r, void *dest, size_t n)
{
	const uint8_t *p = read_bytes(r, n);

	if (p != NULL && n > 0)
		memcpy(dest, p, n);
	else if (n > 0)
		memset(dest, 0, n);
}

uint8_t read_u8(struct reader *r)
{
	uint8_t v;

	read_copy(r, &v, sizeof v);
	return v;
}

uint16_t read_u16(struct reader *r)
{
	uint16_t v;

	read_copy(r, &v, sizeof v);
	return v;
}

uint32_t read_u32(struct reader *r)
{
	uint32_t v;

	read_copy(r, &v, sizeof v);
	return v;
}

uint64_t read_u64(struct reader *r)
{
	uint64_t v;

	read_copy(r, &v, sizeof v);
	return v;
}

struct bytes writer_bytes(const struct writer *w)
{
	return w->failed ? (struct bytes){0} : bytes_of(w->data, w->len);
}

static uint8_t *claim(struct writer *w, size_t n)
{
	uint8_t *p;

	assert(w->len <= w->size);
	if (w->failed || w->size - w->len < n) {
		w->failed = true;
		return NULL;
	}
	p = w->data + w->len;
	w->len += n;
	return p;
}

void write_bytes(struct writer *w, const void *data, size_t n)
{
	uint8_t *p = claim(w, n);

	if (p != NULL && n > 0)
		memcpy(p, data, n);
}

void write_zero(struct writer *w, size_t n)
{
	uint8_t *p = claim(w, n);

	if (p != NULL && n > 0)
		memset(p, 0, n);
}

void write_pad_to(struct writer *w, size_t at)
{
	if (at < w->len)
		w->failed = true;
	else
		write_zero(w, at - w->len);
}

void write_u8(struct writer *w, uint8_t v)
{
	write_bytes(w, &v, sizeof v);
}

void write_u16(struct writer *w, uint16_t v)
{
	write_bytes(w, &v, sizeof v);
}

void write_u32(struct writer *w, uint32_t v)
{
	write_bytes(w, &v, sizeof v);
}

void write_u64(struct writer *w, uint64_t v)
{
	write_bytes(w, &v, sizeof v);
}

void write_u32_at(struct writer *w, size_t at, uint32_t v)
{
	if (w->failed || w->len < sizeof v || at > w->len - sizeof v)
		w->failed = true;
	else
		memcpy(w->data + at, &v, sizeof v);
}
