/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pool.h - memory for cores: blocks of a few sizes cut from one piece that the
 * host gives at start.
 *
 * Cores do not call malloc: a pool is bounded, its behaviour when full is
 * decided by its user, and the same seed gives the same addresses' order.
 * Freed blocks wait in a list of their size and are given out again last in,
 * first out, so that memory that was touched stays in use. The piece may be
 * much larger than what is ever touched: reserve it lazily.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

enum { POOL_CLASSES = 16 };

struct pool {
	uint8_t *memory;
	size_t size;
	size_t fresh;              /* first byte never given out */
	size_t used;               /* bytes in blocks that are out now */
	void *freed[POOL_CLASSES]; /* chains of freed blocks, one a class */
};

/* memory must be aligned to 16 and outlive the pool. */
void pool_init(struct pool *p, void *memory, size_t size);
/* A block of at least n bytes, aligned to 16, or NULL when the pool is full or n is larger than the largest class. */
void *pool_alloc(struct pool *p, size_t n);
/* block may be NULL. */
void pool_free(struct pool *p, void *block);
/* Bytes that pool_alloc(n) takes from the pool; 0 when n is too large. */
size_t pool_cost(size_t n);
/* Bytes never given out plus those in freed blocks. */
size_t pool_room(const struct pool *p);

#endif
