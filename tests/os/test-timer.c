/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 64 };

struct entry {
	struct timer timer;
	struct world *world;
	uint32_t number;
	struct entry *cancels; /* when it fires */
	bool again;            /* sets itself for now */
};

struct world {
	struct timers timers;
	struct timer *memory[COUNT];
	struct entry entries[COUNT];
	mono_time now;
	uint32_t fired[256], fired_count;
};

static void on_fire(void *arg)
{
	struct entry *e = arg;
	struct world *w = e->world;
	w->fired[w->fired_count++ % 256] = e->number;
	assert_false(timer_is_set(&e->timer));
	if (e->cancels)
		timers_cancel(&w->timers, &e->cancels->timer);
	if (e->again)
		timers_set(&w->timers, &e->timer, w->now);
	timers_check(&w->timers);
}

static void world_init(struct world *w)
{
	*w = (struct world){0};
	timers_init(&w->timers, w->memory, COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		w->entries[i] = (struct entry){.world = w, .number = i};
		timer_init(&w->entries[i].timer, on_fire, &w->entries[i]);
	}
}

static void set(struct world *w, uint32_t entry, uint64_t ns)
{
	timers_set(&w->timers, &w->entries[entry].timer, (mono_time){ns});
	timers_check(&w->timers);
}

static uint32_t fire(struct world *w, uint64_t ns)
{
	w->now = (mono_time){ns};
	return timers_fire(&w->timers, w->now);
}

static void test_order(void **state)
{
	static const uint32_t expected[] = {2, 1, 3, 0};
	struct world w;
	(void)state;
	world_init(&w);
	assert_int_equal(timers_next(&w.timers).ns, UINT64_MAX);
	set(&w, 0, 30);
	set(&w, 1, 20);
	set(&w, 2, 10);
	set(&w, 3, 20); /* as 1, but set later */
	assert_int_equal(timers_next(&w.timers).ns, 10);
	assert_int_equal(fire(&w, 9), 0);
	assert_int_equal(fire(&w, 20), 3);
	assert_int_equal(fire(&w, 100), 1);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(w.fired[i], expected[i]);
}

static void test_moving_one(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	set(&w, 0, 10);
	set(&w, 1, 20);
	set(&w, 0, 30);
	assert_int_equal(timers_next(&w.timers).ns, 20);
	set(&w, 0, 5);
	assert_int_equal(fire(&w, 5), 1);
	assert_int_equal(w.fired[0], 0);
}

static void test_cancel(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	timers_cancel(&w.timers, &w.entries[0].timer);
	set(&w, 0, 10);
	assert_true(timer_is_set(&w.entries[0].timer));
	timers_cancel(&w.timers, &w.entries[0].timer);
	assert_false(timer_is_set(&w.entries[0].timer));
	assert_int_equal(fire(&w, 100), 0);
}

static void test_one_that_is_due_may_be_cancelled(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	w.entries[0].cancels = &w.entries[1];
	set(&w, 0, 10);
	set(&w, 1, 10);
	set(&w, 2, 10);
	assert_int_equal(fire(&w, 10), 2);
	assert_int_equal(w.fired[1], 2);
}

static void test_one_set_while_firing_waits(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	w.entries[0].again = true;
	set(&w, 0, 10);
	assert_int_equal(fire(&w, 10), 1);
	assert_true(timer_is_set(&w.entries[0].timer));
	assert_int_equal(fire(&w, 10), 1);
}

/* Against a plain search for the smallest. */
static void test_many(void **state)
{
	struct world w;
	uint64_t due[COUNT] = {0};
	(void)state;
	srand(1);
	world_init(&w);
	for (uint32_t round = 1; round < 5000; round++) {
		uint32_t i = (uint32_t)rand() % COUNT;
		if (rand() % 3 == 0) {
			timers_cancel(&w.timers, &w.entries[i].timer);
			due[i] = 0;
		} else {
			due[i] = round + (uint64_t)(rand() % 100);
			set(&w, i, due[i]);
		}
		timers_check(&w.timers);
		uint32_t expected = 0;
		for (uint32_t j = 0; j < COUNT; j++) {
			if (due[j] != 0 && due[j] <= round) {
				expected++;
				due[j] = 0;
			}
		}
		assert_int_equal(fire(&w, round), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_moving_one),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_one_that_is_due_may_be_cancelled),
		cmocka_unit_test(test_one_set_while_firing_waits),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
