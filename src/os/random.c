/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/random.h"

#include <assert.h>
#include <sys/random.h>

uint64_t random_u64(void)
{
	uint64_t v;
	ssize_t n = getrandom(&v, sizeof v, 0);

	assert(n == (ssize_t)sizeof v);
	return v;
}
