/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-pace.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t hurry_until_ms;

static uint64_t clock_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void knet_pace_hurry(uint32_t for_ms)
{
	atomic_store(&hurry_until_ms, for_ms == 0 ? 0 : clock_ms() + for_ms);
}

int usleep(useconds_t us)
{
	struct timespec t;

	if (us == PACE_NAP_MS * 1000 && clock_ms() < atomic_load(&hurry_until_ms))
		us = PACE_HURRY_MS * 1000;
	t = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
	return nanosleep(&t, NULL);
}
