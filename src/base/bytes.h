/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bytes.h - reading and writing bytes that cannot run off the end.
 *
 * A `bytes` borrows memory. A `reader` walks over bytes from outside: a read
 * past the end returns zeroes and sets `failed`, which stays set, so a decoder
 * reads all fields and asks once at the end. A `writer` fills memory of its
 * caller; what does not fit sets `failed` and is not written. No code outside
 * this file does pointer arithmetic on wire or IPC bytes.
 *
 * All integers are little-endian: on the wire of the ring the sender's order,
 * and mixed orders do not work in the reference either (engine-wire.md §1).
 *
 *	struct reader r = reader_of(packet);
 *	uint16_t magic = read_u16(&r);
 *	read_skip(&r, 1);
 *	if (r.failed) return false;
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *data;
	size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
	return (struct bytes){data, len};
}

bool bytes_eq(struct bytes a, struct bytes b);

struct reader {
	const uint8_t *data;
	size_t len;
	size_t at;
	bool failed;
};

static inline struct reader reader_of(struct bytes b)
{
	return (struct reader){.data = b.data, .len = b.len};
}

/* Bytes not yet read; 0 after a failure. */
size_t reader_left(const struct reader *r);
/* The next n bytes, borrowed; NULL after a failure or when fewer are left. */
const uint8_t *read_bytes(struct reader *r, size_t n);
void read_skip(struct reader *r, size_t n);
/* Continue at an absolute offset, as layouts are given in tables. */
void read_seek(struct reader *r, size_t at);
void read_copy(struct reader *r, void *dest, size_t n);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);

struct writer {
	uint8_t *data;
	size_t size;
	size_t len; /* written so far */
	bool failed;
};

static inline struct writer writer_of(void *data, size_t size)
{
	return (struct writer){.data = data, .size = size};
}

/* What was written; empty after a failure. */
struct bytes writer_bytes(const struct writer *w);
void write_bytes(struct writer *w, const void *data, size_t n);
void write_zero(struct writer *w, size_t n);
/* Zeroes up to an absolute offset (layouts are given in tables); failure when it is behind. */
void write_pad_to(struct writer *w, size_t at);
void write_u8(struct writer *w, uint8_t v);
void write_u16(struct writer *w, uint16_t v);
void write_u32(struct writer *w, uint32_t v);
void write_u64(struct writer *w, uint64_t v);
/* Overwrites four bytes that were written before. */
void write_u32_at(struct writer *w, size_t at, uint32_t v);

#endif
