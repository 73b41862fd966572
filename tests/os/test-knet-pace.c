/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-pace.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <libknet.h>

static uint32_t clock_ms(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (uint32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

static uint32_t nap_ms(useconds_t us)
{
	uint32_t from_ms = clock_ms();

	assert_int_equal(usleep(us), 0);
	return clock_ms() - from_ms;
}

static void naps_are_as_long_as_asked(void **state)
{
	(void)state;
	knet_pace_hurry(0);
	assert_true(nap_ms(PACE_NAP_MS * 1000) >= PACE_NAP_MS - 1);
	assert_true(nap_ms(1001000) >= 1000);
}

static void in_a_hurry_only_naps_of_libknet_are_short(void **state)
{
	uint32_t shortest_ms = UINT32_MAX;

	(void)state;
	knet_pace_hurry(10000);
	assert_true(nap_ms(150000) >= 149);
	for (uint32_t i = 0; i < 5; i++) { /* a busy machine may be late now and then */
		uint32_t ms = nap_ms(PACE_NAP_MS * 1000);

		assert_true(ms >= PACE_HURRY_MS - 1);
		shortest_ms = ms < shortest_ms ? ms : shortest_ms;
	}
	assert_true(shortest_ms < PACE_NAP_MS / 2);
	knet_pace_hurry(0);
	assert_true(nap_ms(PACE_NAP_MS * 1000) >= PACE_NAP_MS - 1);
}

static void a_hurry_ends(void **state)
{
	(void)state;
	knet_pace_hurry(30);
	(void)nap_ms(50000);
	assert_true(nap_ms(PACE_NAP_MS * 1000) >= PACE_NAP_MS - 1);
}

/* A thread of libknet: looks again and again. */
struct looker {
	pthread_t thread;
	int epoll; /* -1: it naps */
	bool measures_mtu;
	_Atomic bool ends;
	_Atomic uint32_t looks, events;
	struct epoll_event event;
};

enum { A_WHILE_MS = 900, SOON_MS = 5000 /* of a machine that does much else; less than a rest */ };

static void *look(void *arg)
{
	struct looker *l = arg;

	if (l->measures_mtu)
		knet_pace_mtu();
	while (!atomic_load(&l->ends)) {
		int n = l->epoll < 0 ? usleep(PACE_NAP_MS * 1000) : epoll_wait(l->epoll, &l->event, 1, PACE_NAP_MS);

		assert_true(n >= 0);
		atomic_fetch_add(&l->events, (uint32_t)n);
		atomic_fetch_add(&l->looks, 1);
	}
	return NULL;
}

static void looker_begin(struct looker *l)
{
	assert_int_equal(pthread_create(&l->thread, NULL, look, l), 0);
}

static void looker_end(struct looker *l)
{
	atomic_store(&l->ends, true);
	knet_pace_end();
	assert_int_equal(pthread_join(l->thread, NULL), 0);
	knet_pace_ended();
}

static void sleep_ms(uint32_t ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	assert_int_equal(nanosleep(&t, NULL), 0);
}

static uint32_t looks_within(struct looker *l, uint32_t ms)
{
	uint32_t before = atomic_load(&l->looks);

	sleep_ms(ms);
	return atomic_load(&l->looks) - before;
}

/* How long until it has looked more often than before. */
static uint32_t look_ms(struct looker *l, uint32_t before)
{
	uint32_t from_ms = clock_ms();

	while (atomic_load(&l->looks) == before && clock_ms() - from_ms < 2 * PACE_REST_MS)
		sleep_ms(2);
	return clock_ms() - from_ms;
}

/* First of those who rest: nothing was stirred yet. */
static void nobody_rests_before_the_first_stir(void **state)
{
	struct looker l = {.epoll = epoll_create1(0)};

	(void)state;
	looker_begin(&l);
	assert_true(looks_within(&l, A_WHILE_MS) >= 2);
	looker_end(&l);
	close(l.epoll);
}

static void who_waits_rests_until_a_stir(void **state)
{
	struct looker l = {.epoll = epoll_create1(0)}, other = {.epoll = epoll_create1(0)};

	(void)state;
	knet_pace_stir(1);
	sleep_ms(5);
	looker_begin(&l);
	looker_begin(&other);
	sleep_ms(A_WHILE_MS); /* the first wait may end at once, with a ring of before */
	assert_int_equal(looks_within(&l, A_WHILE_MS), 0);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t before = atomic_load(&l.looks), others = atomic_load(&other.looks);

		knet_pace_stir(1);
		assert_in_range(look_ms(&l, before), 0, SOON_MS);
		assert_in_range(look_ms(&other, others), 0, SOON_MS);
		sleep_ms(A_WHILE_MS);
	}
	assert_int_equal(looks_within(&l, A_WHILE_MS), 0);
	knet_pace_stir(PACE_AWAKE_MS);
	assert_true(looks_within(&l, A_WHILE_MS) >= 2);
	assert_int_equal(atomic_load(&l.events), 0); /* the bell does not show */
	looker_end(&l);
	looker_end(&other);
	close(l.epoll);
	close(other.epoll);
}

static void a_short_stir_does_not_end_a_long_one(void **state)
{
	struct looker l = {.epoll = epoll_create1(0)};

	(void)state;
	knet_pace_stir(PACE_AWAKE_MS);
	knet_pace_stir(1);
	looker_begin(&l);
	assert_true(looks_within(&l, A_WHILE_MS) >= 2);
	sleep_ms(PACE_AWAKE_MS);
	assert_int_equal(looks_within(&l, A_WHILE_MS), 0);
	looker_end(&l);
	close(l.epoll);
}

static void what_comes_is_seen_at_once(void **state)
{
	struct looker l = {.epoll = epoll_create1(0)};
	int frame = eventfd(0, EFD_NONBLOCK);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = frame};
	uint64_t one = 1;
	uint32_t looks;

	(void)state;
	assert_int_equal(epoll_ctl(l.epoll, EPOLL_CTL_ADD, frame, &event), 0);
	knet_pace_stir(1);
	sleep_ms(5);
	looker_begin(&l);
	sleep_ms(A_WHILE_MS);
	looks = atomic_load(&l.looks);
	assert_int_equal(write(frame, &one, sizeof one), sizeof one);
	assert_in_range(look_ms(&l, looks), 0, SOON_MS);
	sleep_ms(50);
	assert_int_equal(atomic_load(&l.events), 1);
	assert_int_equal(l.event.data.fd, frame);
	looker_end(&l);
	close(frame);
	close(l.epoll);
}

static void other_waits_are_as_long_as_asked(void **state)
{
	int epoll = epoll_create1(0);
	struct epoll_event event;
	uint32_t from_ms;

	(void)state;
	knet_pace_stir(1);
	sleep_ms(5);
	from_ms = clock_ms();
	assert_int_equal(knet_pace_wait(epoll, &event, 1, 100), 0);
	assert_in_range(clock_ms() - from_ms, 99, SOON_MS);
	assert_int_equal(knet_pace_wait(epoll, &event, 1, 0), 0);
	close(epoll);
}

/* However many end, and whatever is stirred meanwhile. */
static void who_ends_does_not_rest(void **state)
{
	struct looker l = {.epoll = epoll_create1(0)};

	(void)state;
	knet_pace_stir(1);
	sleep_ms(5);
	looker_begin(&l);
	sleep_ms(A_WHILE_MS);
	knet_pace_end();
	knet_pace_end();
	knet_pace_stir(1);
	assert_true(looks_within(&l, A_WHILE_MS) >= 2);
	knet_pace_ended();
	assert_true(looks_within(&l, A_WHILE_MS) >= 2);
	knet_pace_ended();
	sleep_ms(A_WHILE_MS);
	assert_int_equal(looks_within(&l, A_WHILE_MS), 0);
	looker_end(&l);
	close(l.epoll);
}

static void only_who_measures_the_mtu_naps_long(void **state)
{
	struct looker measures = {.epoll = -1, .measures_mtu = true}, pings = {.epoll = -1};
	uint32_t from_ms, looks;

	(void)state;
	looker_begin(&measures);
	looker_begin(&pings);
	/* It stirs, as somebody will want the new MTU. */
	assert_true(looks_within(&measures, A_WHILE_MS) >= 2);
	sleep_ms(PACE_AWAKE_MS);
	from_ms = clock_ms();
	looks = looks_within(&measures, 2 * PACE_MTU_NAP_MS);
	assert_true(looks <= (clock_ms() - from_ms) / PACE_MTU_NAP_MS + 1);
	assert_true(looks_within(&pings, A_WHILE_MS) >= 2);
	/* A nap has just begun. */
	for (uint32_t i = 0, ms = UINT32_MAX; ms > PACE_MTU_NAP_MS / 2; i++) {
		assert_true(i < 10);
		(void)look_ms(&measures, atomic_load(&measures.looks));
		looks = atomic_load(&measures.looks);
		knet_pace_stir(1);
		ms = look_ms(&measures, looks);
	}
	looker_end(&measures);
	looker_end(&pings);
}

/* As libknet's thread does when it measures; the stir of the first MTU is over then. */
static void *try_what_is_too_long(void *arg)
{
	(void)arg;
	knet_pace_mtu();
	sleep_ms(PACE_AWAKE_MS + A_WHILE_MS);
	knet_pace_too_long();
	return NULL;
}

static void who_measures_the_mtu_stirs_nobody_by_what_is_too_long(void **state)
{
	struct looker l = {.epoll = epoll_create1(0)};
	uint32_t looks;
	pthread_t thread;

	(void)state;
	looker_begin(&l);
	assert_int_equal(pthread_create(&thread, NULL, try_what_is_too_long, NULL), 0);
	sleep_ms(PACE_AWAKE_MS + A_WHILE_MS / 2);
	looks = atomic_load(&l.looks);
	assert_int_equal(pthread_join(thread, NULL), 0);
	sleep_ms(A_WHILE_MS);
	assert_int_equal(atomic_load(&l.looks), looks);
	knet_pace_too_long();
	assert_in_range(look_ms(&l, looks), 0, SOON_MS);
	looker_end(&l);
	close(l.epoll);
}

/* The point of it all: libknet's own naps come by here. */
static void libknet_opens_sooner(void **state)
{
	uint32_t shortest_ms = UINT32_MAX;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		knet_handle_t handle;
		uint32_t from_ms = clock_ms();

		knet_pace_hurry(10000);
		knet_pace_stir(PACE_AWAKE_MS);
		handle = knet_handle_new_ex(1, 0, 0, 0);
		assert_non_null(handle);
		shortest_ms = clock_ms() - from_ms < shortest_ms ? clock_ms() - from_ms : shortest_ms;
		knet_pace_end();
		assert_int_equal(knet_handle_free(handle), 0);
		knet_pace_ended();
	}
	assert_true(shortest_ms < PACE_NAP_MS);
}

/* How often the threads of this process waited for something. */
static uint32_t thread_waits(void)
{
	DIR *d = opendir("/proc/self/task");
	uint32_t sum = 0;

	assert_non_null(d);
	for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		char path[300], line[200];
		FILE *f;

		(void)snprintf(path, sizeof path, "/proc/self/task/%s/status", e->d_name);
		f = fopen(path, "r");
		while (f != NULL && fgets(line, sizeof line, f) != NULL) {
			uint32_t n = 0;

			if (sscanf(line, "voluntary_ctxt_switches: %" SCNu32, &n) == 1)
				sum += n;
		}
		if (f != NULL)
			(void)fclose(f);
	}
	(void)closedir(d);
	return sum;
}

/* Seven threads look five times a second; at rest the two that nap do, as no MTU was measured. */
static void libknet_rests_and_ends_at_once(void **state)
{
	uint32_t from_ms, waits;
	knet_handle_t handle;

	(void)state;
	knet_pace_hurry(0);
	sleep_ms(PACE_AWAKE_MS); /* of earlier stirs */
	knet_pace_stir(1);
	handle = knet_handle_new_ex(1, 0, 0, 0);
	assert_non_null(handle);
	sleep_ms(A_WHILE_MS);
	from_ms = clock_ms();
	waits = thread_waits();
	sleep_ms(2000);
	waits = thread_waits() - waits;
	assert_true(waits < (clock_ms() - from_ms) / PACE_NAP_MS * 7 / 2);
	from_ms = clock_ms();
	knet_pace_end();
	assert_int_equal(knet_handle_free(handle), 0);
	knet_pace_ended();
	assert_in_range(clock_ms() - from_ms, 0, SOON_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(naps_are_as_long_as_asked),
		cmocka_unit_test(in_a_hurry_only_naps_of_libknet_are_short),
		cmocka_unit_test(a_hurry_ends),
		cmocka_unit_test(nobody_rests_before_the_first_stir),
		cmocka_unit_test(who_waits_rests_until_a_stir),
		cmocka_unit_test(a_short_stir_does_not_end_a_long_one),
		cmocka_unit_test(what_comes_is_seen_at_once),
		cmocka_unit_test(other_waits_are_as_long_as_asked),
		cmocka_unit_test(who_ends_does_not_rest),
		cmocka_unit_test(only_who_measures_the_mtu_naps_long),
		cmocka_unit_test(who_measures_the_mtu_stirs_nobody_by_what_is_too_long),
		cmocka_unit_test(libknet_rests_and_ends_at_once),
		cmocka_unit_test(libknet_opens_sooner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
