/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

/* The point of it all: libknet's own naps come by here. */
static void libknet_opens_sooner(void **state)
{
	uint32_t shortest_ms = UINT32_MAX;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		knet_handle_t handle;
		uint32_t from_ms = clock_ms();

		knet_pace_hurry(10000);
		handle = knet_handle_new_ex(1, 0, 0, 0);
		assert_non_null(handle);
		shortest_ms = clock_ms() - from_ms < shortest_ms ? clock_ms() - from_ms : shortest_ms;
		assert_int_equal(knet_handle_free(handle), 0);
	}
	assert_true(shortest_ms < PACE_NAP_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(naps_are_as_long_as_asked),
		cmocka_unit_test(in_a_hurry_only_naps_of_libknet_are_short),
		cmocka_unit_test(a_hurry_ends),
		cmocka_unit_test(libknet_opens_sooner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
