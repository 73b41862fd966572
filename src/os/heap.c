/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24 /* Linux 5.18; the C library may be older */
#endif

enum { MMAP_THRESHOLD = 128 * 1024, MMAP_THRESHOLD_NEVER = 32 * 1024 * 1024 };

struct heap_mark heap_mark(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_NEVER);
	return (struct heap_mark){.begin = sbrk(0)};
}

static bool is_zero(const char *memory, size_t len)
{
	return memory[0] == 0 && memcmp(memory, memory + 1, len - 1) == 0;
}

/* Zero, and no block begins just here: malloc keeps a block's size in the bytes before it. */
static bool is_idle(const char *page, size_t page_size)
{
	return is_zero(page, page_size) && is_zero(page - sizeof(size_t), sizeof(size_t));
}

static bool give_back(char *begin, size_t len)
{
	if (madvise(begin, len, MADV_DONTNEED) == 0)
		return true;
	/* Locked memory needs to be told so. */
	return errno == EINVAL && madvise(begin, len, MADV_DONTNEED_LOCKED) == 0;
}

/* A block taken now from the top of the heap lies behind all that was allocated before; it stays as the piece's end. */
struct heap_piece heap_piece(const struct heap_mark *m)
{
	enum { SENTINEL = 8192 };
	char *end = malloc(SENTINEL);
	if (end == NULL || end < m->begin || end > (char *)sbrk(0)) {
		free(end);
		return (struct heap_piece){0};
	}
	return (struct heap_piece){m->begin, end - 2 * sizeof(size_t)};
}

size_t heap_piece_give_back(const struct heap_piece *p)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE), total = 0;
	uintptr_t at = ((uintptr_t)p->begin + page_size) & ~(uintptr_t)(page_size - 1);
	uintptr_t end = (uintptr_t)p->end & ~(uintptr_t)(page_size - 1);
	while (at < end) {
		size_t len = 0;
		while (at + len < end && is_idle((const char *)at + len, page_size))
			len += page_size;
		if (len > 0 && give_back((char *)at, len))
			total += len;
		at += len + page_size;
	}
	return total;
}

size_t heap_give_back(const struct heap_mark *m, const void *keep)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE), total = 0;
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	uintptr_t first = ((uintptr_t)m->begin + page_size) & ~(uintptr_t)(page_size - 1);
	uintptr_t end = (uintptr_t)sbrk(0) & ~(uintptr_t)(page_size - 1);
	uintptr_t keep_begin = ((uintptr_t)keep & ~(uintptr_t)(page_size - 1)) - page_size;
	uintptr_t keep_end = (uintptr_t)keep + (keep ? malloc_usable_size((void *)(uintptr_t)keep) : 0);
	for (uintptr_t at = first; at < end; at += page_size) {
		size_t len = 0;
		while (at + len < end && !(keep && at + len >= keep_begin && at + len < keep_end) &&
		       is_idle((const char *)at + len, page_size))
			len += page_size;
		if (len > 0 && give_back((char *)at, len))
			total += len;
		at += len;
	}
	return total;
}

enum { PATTERN_PAGES = 64 };

/* A file that holds the page PATTERN_PAGES times, or -1. */
static int pattern_open(const char *page, size_t page_size)
{
	int fd = memfd_create("hale-pattern", MFD_CLOEXEC);
	for (int i = 0; fd >= 0 && i < PATTERN_PAGES; i++) {
		if (write(fd, page, page_size) == (ssize_t)page_size)
			continue;
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Replaces whole pieces of len bytes from `at` on; returns how many bytes. */
static size_t pattern_map(char *at, size_t len, size_t page_size)
{
	size_t piece = PATTERN_PAGES * page_size, done = 0;
	int fd = pattern_open(at, page_size);
	if (fd < 0)
		return 0;
	while (len - done >= piece &&
	       mmap(at + done, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) != MAP_FAILED)
		done += piece;
	close(fd);
	return done;
}

/* Whether block is one of glibc's that has a mapping of its own: then its size and a flag stand before it. Another
 * malloc (a sanitizer's, or one that was preloaded) has something else there, or nothing that may be read as a rule.
 */
__attribute__((no_sanitize("address", "thread"))) static bool is_mapped_chunk(const void *block)
{
	enum { FLAG_MAPPED = 2, FLAGS = 7 };
	size_t head = ((const size_t *)block)[-1];
	return (head & FLAG_MAPPED) != 0 &&
	       (head & ~(size_t)FLAGS) - 2 * sizeof(size_t) == malloc_usable_size((void *)(uintptr_t)block);
}

size_t heap_share_repeats(void *block)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE), total = 0;
	uintptr_t at = ((uintptr_t)block + page_size - 1) & ~(uintptr_t)(page_size - 1);
	uintptr_t end = ((uintptr_t)block + malloc_usable_size(block)) & ~(uintptr_t)(page_size - 1);
	/* Of a block that is a part of something larger nothing may be replaced. */
	if (!is_mapped_chunk(block) || end - at < MMAP_THRESHOLD_NEVER)
		return 0;
	while (at < end) {
		const char *page = (const char *)at;
		size_t len = page_size;
		while (at + len < end && memcmp(page, page + len, page_size) == 0)
			len += page_size;
		if (len >= PATTERN_PAGES * page_size && !is_zero(page, page_size))
			total += pattern_map((char *)at, len, page_size);
		at += len;
	}
	return total;
}
