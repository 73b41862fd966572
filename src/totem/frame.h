/* SPDX-License-Identifier: GPL-2.0-or-later */
/* frame.h - one MCAST message as it lies in memory, the queue in which own
 * frames wait to be sent, and the window in which the frames of a ring are kept
 * by sequence number until every member has them.
 *
 * Frames live in the ring's pool and have one owner at a time. When the pool is
 * full a frame cannot be made: a received message is then dropped and asked for
 * again later, an own one waits.
 */
#ifndef TOTEM_FRAME_H
#define TOTEM_FRAME_H

#include "base/bytes.h"
#include "base/limits.h"
#include "base/pool.h"

#include <stdbool.h>
#include <stdint.h>

struct frame {
	uint32_t len;
	uint16_t start; /* of the message in data: behind the wrapping of a recovered message */
	bool shared;    /* of an old ring: somebody has sent it in the new one */
	uint8_t data[];
};

/* NULL when the pool is full. The content is not initialised. */
struct frame *frame_new(struct pool *pool, uint32_t len);
struct frame *frame_copy(struct pool *pool, struct bytes b);
struct bytes frame_bytes(const struct frame *f);

enum { FRAME_QUEUE_MAX = 4096 };

struct frame_queue {
	struct frame *frames[FRAME_QUEUE_MAX];
	uint32_t head, count;
};

/* False when full. Takes the frame. */
bool frame_queue_push(struct frame_queue *q, struct frame *f);
/* Gives the oldest, or NULL. */
struct frame *frame_queue_pop(struct frame_queue *q);
/* Frees all. */
void frame_queue_clear(struct frame_queue *q, struct pool *pool);

/* The frames after `released`, up to WINDOW_SLOTS of them. */
struct window {
	uint32_t released;
	uint32_t held; /* frames in the window */
	size_t bytes;  /* that they take from the pool */
	struct frame *slots[WINDOW_SLOTS];
	uint8_t misses[WINDOW_SLOTS]; /* visits of the token at which the slot was found empty; if full: asked for */
};

void window_init(struct window *w);
void window_clear(struct window *w, struct pool *pool);
/* Whether seq can be kept: after released, not too far, and not there yet. */
bool window_wants(const struct window *w, uint32_t seq);
/* window_wants() must be true. Takes the frame. */
void window_put(struct window *w, uint32_t seq, struct frame *f);
/* The frame, or NULL. */
struct frame *window_get(const struct window *w, uint32_t seq);
/* Gives the frame away and leaves the slot empty. */
struct frame *window_take(struct window *w, uint32_t seq);
/* Frees all up to and with seq; a seq before `released` changes nothing. */
void window_release(struct window *w, struct pool *pool, uint32_t seq);
/* Starts anew behind seq; the window must hold nothing. */
void window_restart(struct window *w, uint32_t seq);
/* Counts a miss of an empty slot and returns how many there are now. */
uint32_t window_miss(struct window *w, uint32_t seq);
/* Counts a request for a frame that is there; true for the first, the third, and so on. */
bool window_ask(struct window *w, uint32_t seq);

#endif
