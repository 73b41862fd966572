/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-pace.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t hurry_until_ms;
static _Atomic uint64_t awake_until_ms = UINT64_MAX; /* nobody rests before something was stirred */
static _Atomic uint32_t ending;

/* Of the process. The descriptor is never read: who waits edge-triggered hears each ring, however many wait. */
static _Atomic int bell = -1;
static pthread_once_t bell_once = PTHREAD_ONCE_INIT;
static _Atomic uint32_t rings; /* and a futex, for those who nap */

static _Thread_local int listening = -1; /* the epoll instance that has the bell */
static _Thread_local bool measures_mtu;

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

/* --- rest --- */

static void make_bell(void)
{
	atomic_store(&bell, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

static void ring(void)
{
	uint64_t one = 1;
	ssize_t n;

	(void)atomic_fetch_add(&rings, 1);
	(void)syscall(SYS_futex, &rings, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
	n = write(atomic_load(&bell), &one, sizeof one);
	/* There is room for as many rings as there will ever be; without a bell nobody rests. */
	(void)n;
}

void knet_pace_stir(uint32_t for_ms)
{
	uint64_t until_ms = clock_ms() + for_ms, old_ms = atomic_load(&awake_until_ms);

	(void)pthread_once(&bell_once, make_bell);
	while ((old_ms == UINT64_MAX || old_ms < until_ms) &&
	       !atomic_compare_exchange_weak(&awake_until_ms, &old_ms, until_ms))
		;
	ring();
}

void knet_pace_end(void)
{
	(void)atomic_fetch_add(&ending, 1);
	ring();
}

void knet_pace_ended(void)
{
	(void)atomic_fetch_sub(&ending, 1);
}

void knet_pace_mtu(void)
{
	measures_mtu = true;
	knet_pace_stir(PACE_AWAKE_MS);
}

void knet_pace_too_long(void)
{
	if (!measures_mtu)
		knet_pace_stir(PACE_GLANCE_MS);
}

static bool rests(void)
{
	return atomic_load(&ending) == 0 && atomic_load(&bell) >= 0 && clock_ms() >= atomic_load(&awake_until_ms);
}

/* --- naps --- */

static void nap_until_ring(uint32_t heard, uint32_t for_ms)
{
	struct timespec t = {.tv_sec = for_ms / 1000, .tv_nsec = (long)(for_ms % 1000) * 1000000};

	(void)syscall(SYS_futex, &rings, FUTEX_WAIT_PRIVATE, heard, &t, NULL, 0);
}

int usleep(useconds_t us)
{
	uint32_t heard = atomic_load(&rings);
	bool is_look = us == PACE_NAP_MS * 1000;
	struct timespec t;

	if (is_look && measures_mtu && rests()) {
		nap_until_ring(heard, PACE_MTU_NAP_MS);
		return 0;
	}
	if (is_look && clock_ms() < atomic_load(&hurry_until_ms))
		us = PACE_HURRY_MS * 1000;
	t = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
	return nanosleep(&t, NULL);
}

/* --- waits --- */

static bool listen_to_bell(int epoll)
{
	int fd = atomic_load(&bell);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};

	if (listening != epoll && (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 || errno == EEXIST))
		listening = epoll;
	return listening == epoll;
}

static int without_bell(struct epoll_event *events, int n)
{
	int fd = atomic_load(&bell), kept = 0;

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd != fd)
			events[kept++] = events[i];
	}
	return n < 0 ? n : kept;
}

int knet_pace_wait(int epoll, struct epoll_event *events, int max, int timeout_ms)
{
	if (timeout_ms == PACE_NAP_MS && rests() && listen_to_bell(epoll))
		timeout_ms = PACE_REST_MS;
	if (listening != epoll)
		return epoll_pwait(epoll, events, max, timeout_ms, NULL);
	return without_bell(events, epoll_pwait(epoll, events, max, timeout_ms, NULL));
}
