/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one way in which the scheduler sorts what cannot be compared by a key.
 *
 * Stable. Of an odd number the second half is the larger one, and halves are merged from their beginnings even where
 * they seem to be in order: instances can compare in a ring, and then that is what decides, as in Pacemaker. */
#ifndef SCHEDULER_SORT_H
#define SCHEDULER_SORT_H

#include <stdint.h>

struct arena;

/* <0: a comes first. */
typedef int compare_pointers(void *a, void *b);

/* scratch: room for half of them. */
void pointers_sort_in(void **items, void **scratch, uint32_t count, compare_pointers *compare);
/* With the room taken from an arena. */
void pointers_sort(struct arena *a, void **items, uint32_t count, compare_pointers *compare);

#endif
