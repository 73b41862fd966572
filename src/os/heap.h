/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heap.h - giving back what a library zeroed for later.
 *
 * libknet fills some 50 MB of buffers with zeroes when it starts, most of which are never used. A page of zeroes that
 * is given back reads as zeroes again, so its owner cannot tell.
 *
 *	struct heap_mark m = heap_mark();
 *	... calls that allocate and zero ...
 *	heap_give_back(&m, keep);
 *
 * Between the two calls large blocks come from the top of the heap as small ones do, so that all that was allocated
 * lies in one piece of memory that is no thread's stack.
 *
 * Another thread may be writing to one of the pages at that very moment and would lose what it writes. So the caller
 * names the block in which that can happen at any place (`keep`: locks and counters of the library), and of all other
 * blocks the page in which they begin is kept: there the library's threads write headers when they start. No other
 * byte of them may be written before heap_give_back() returns.
 */
#ifndef OS_HEAP_H
#define OS_HEAP_H

#include <stddef.h>

struct heap_mark {
	char *begin;
};

struct heap_mark heap_mark(void);
/* For one large block that has a mapping of its own (malloc does that above some size) and repeats one page that is not
 * zero over and over, as libknet's table of descriptors does (32 MB): these pages become private copies of one, which
 * take memory only when they are written. Nobody may be writing to such a page now. Returns how many bytes were
 * given back; 0 also when that is not possible here.
 */
size_t heap_share_repeats(void *block);
/* What was allocated between heap_mark() and now, and nothing that is allocated later; empty when it does not lie in
 * one piece. For giving pages back again later, at a moment when nobody can write to them: the caller must hold what
 * locks them.
 */
struct heap_piece {
	char *begin, *end;
};
struct heap_piece heap_piece(const struct heap_mark *m);
size_t heap_piece_give_back(const struct heap_piece *p);
/* keep: a block from malloc whose pages all stay, or NULL. Returns how many bytes were given back. */
size_t heap_give_back(const struct heap_mark *m, const void *keep);

#endif
