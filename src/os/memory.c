/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/memory.h"

#include <sys/mman.h>

void *memory_reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void memory_release(void *memory, size_t size)
{
	if (memory != NULL)
		(void)munmap(memory, size);
}
