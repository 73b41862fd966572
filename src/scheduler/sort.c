/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/sort.h"

#include "base/arena.h"

#include <stdbool.h>
#include <string.h>

void pointers_sort_in(void **items, void **scratch, uint32_t count, compare_pointers *compare)
{
	if (count < 2)
		return;
	uint32_t half = count / 2;
	pointers_sort_in(items, scratch, half, compare);
	pointers_sort_in(items + half, scratch, count - half, compare);
	memcpy(scratch, items, half * sizeof(void *));
	for (uint32_t to = 0, left = 0, right = half; left < half; to++) {
		bool from_right = right < count && compare(scratch[left], items[right]) > 0;
		items[to] = from_right ? items[right++] : scratch[left++];
	}
}

void pointers_sort(struct arena *a, void **items, uint32_t count, compare_pointers *compare)
{
	if (count > 1)
		pointers_sort_in(items, arena_array(a, void *, count / 2), count, compare);
}
