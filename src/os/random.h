/* SPDX-License-Identifier: GPL-2.0-or-later */
/* random.h - a number that nobody can guess, for seeding what cores roll themselves. */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include <stdint.h>

uint64_t random_u64(void);

#endif
