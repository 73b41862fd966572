/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory.h - large pieces of memory for pools: reserved at once, taken from the
 * machine page by page when they are first touched.
 */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include <stddef.h>

/* Zeroed memory, or NULL. */
void *memory_reserve(size_t size);
/* memory may be NULL. */
void memory_release(void *memory, size_t size);

#endif
