/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solo-world.h"

#include "service/mon.h"

#define MEMORY "resources.system.memory_used."
#define LOAD   "resources.system.load_15min."

static struct mon mon;
static uint32_t percent, load;
static bool tells;
static uint32_t asked;

static bool memory_used(void *arg, uint32_t *ret)
{
	assert_ptr_equal(arg, &percent);
	asked++;
	*ret = percent;
	return tells;
}

static bool load_15min(void *arg, uint32_t *ret)
{
	assert_ptr_equal(arg, &percent);
	asked++;
	*ret = load;
	return tells;
}

static void step(const struct service_event *ev, struct service_effects *fx)
{
	mon_step(&mon, ev, fx);
}

static int set_up(void **state)
{
	const struct mon_queries queries = {memory_used, load_15min, &percent};

	(void)state;
	solo_open(step);
	mon_init(&mon, &solo_map, &queries);
	percent = 40;
	load = 65536;
	tells = true;
	asked = 0;
	return 0;
}

static void assert_state(const char *prefix, const char *expected)
{
	char key[80] = "";

	strcat(key, prefix);
	strcat(key, "state");
	assert_string_equal(map_get_string(&solo_map, key), expected);
}

static double load_now(void)
{
	struct map_value v = map_get(&solo_map, LOAD "current");
	double d;

	assert_int_equal(v.type, MAP_DOUBLE);
	memcpy(&d, v.bytes.data, sizeof d);
	return d;
}

static uint64_t u64_at(const char *key)
{
	uint64_t v = UINT64_MAX;

	assert_true(map_get_u64(&solo_map, key, &v));
	return v;
}

/* The keys are there, of the types that clients expect; nobody asks the machine anything. */
static void test_without_limits(void **state)
{
	int32_t current = 7;

	(void)state;
	solo_event(SERVICE_EVENT_START);
	assert_state(MEMORY, "stopped");
	assert_state(LOAD, "stopped");
	assert_int_equal(u64_at(MEMORY "last_updated"), 0);
	assert_int_equal(u64_at(LOAD "last_updated"), 0);
	assert_int_equal(u64_at(MEMORY "poll_period"), 3000);
	assert_int_equal(u64_at(LOAD "poll_period"), 3000);
	assert_true(map_get_i32(&solo_map, MEMORY "current", &current));
	assert_int_equal(current, 0);
	assert_true(load_now() == 0.0);
	solo_pass_ms(20000);
	assert_int_equal(asked, 0);
	assert_int_equal(solo_record_count, 0);
}

static void test_looks(void **state)
{
	uint32_t current = 0;

	(void)state;
	map_put_string(&solo_map, MEMORY "max", "90");
	map_put_u64(&solo_map, MEMORY "poll_period", 700);
	solo_event(SERVICE_EVENT_START);
	assert_state(MEMORY, "running");
	assert_int_equal(u64_at(MEMORY "last_updated"), solo_now.ns);
	assert_true(map_get_u32(&solo_map, MEMORY "current", &current));
	assert_int_equal(current, 40);
	assert_int_equal(asked, 1);
	percent = 0; /* nothing is a value, too */
	solo_pass_ms(7000);
	assert_int_equal(asked, 11);
	assert_true(map_get_u32(&solo_map, MEMORY "current", &current));
	assert_int_equal(current, 0);
	assert_int_equal(u64_at(MEMORY "last_updated"), solo_now.ns);
	assert_state(MEMORY, "running");
}

static void test_over_the_limit(void **state)
{
	(void)state;
	map_put_string(&solo_map, MEMORY "max", "90");
	solo_event(SERVICE_EVENT_START);
	percent = 90;
	solo_pass_ms(3000);
	assert_state(MEMORY, "running");
	percent = 91;
	solo_pass_ms(3000);
	assert_state(MEMORY, "failed");
	assert_int_equal(solo_logged(MSG_MON_OVER), 1);
	percent = 10; /* does not make it well */
	solo_pass_ms(9000);
	assert_state(MEMORY, "failed");
	assert_int_equal(solo_logged(MSG_MON_OVER), 1);
	solo_set(MEMORY "max", "89");
	assert_state(MEMORY, "running");
	percent = 95;
	solo_pass_ms(3000);
	assert_state(MEMORY, "failed");
	solo_set(MEMORY "max", "50"); /* is over at once */
	assert_state(MEMORY, "failed");
	assert_int_equal(solo_logged(MSG_MON_OVER), 3);
}

/* The load as the double that it is, and limits with fractions. */
static void test_load(void **state)
{
	static const struct {
		uint32_t load;
		double expected;
	} cases[] = {{65536, 1.0}, {1, 1.0 / 65536},
		     {98304, 1.5}, {104259, 104259 / 65536.0},
		     {0, 0.0},     {UINT32_MAX, UINT32_MAX / 65536.0}};

	(void)state;
	map_put_string(&solo_map, LOAD "max", "65536.5");
	solo_event(SERVICE_EVENT_START);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		load = cases[i].load;
		solo_pass_ms(3000);
		assert_true(load_now() == cases[i].expected);
	}
	assert_state(LOAD, "running");
	solo_set(LOAD "max", "1.5");
	assert_state(LOAD, "failed");
	load = 98304;
	solo_set(LOAD "max", "1.50001"); /* the same as far as we count */
	assert_state(LOAD, "failed");
	solo_set(LOAD "max", "1.6");
	assert_state(LOAD, "running");
}

static void test_limits_that_come_and_go(void **state)
{
	(void)state;
	solo_event(SERVICE_EVENT_START);
	solo_set(MEMORY "max", "90");
	assert_state(MEMORY, "running");
	assert_int_equal(asked, 1);
	solo_event(SERVICE_EVENT_CONFIG); /* nothing changed */
	assert_int_equal(asked, 1);
	map_drop(&solo_map, MEMORY "max");
	solo_event(SERVICE_EVENT_CONFIG);
	assert_state(MEMORY, "stopped");
	solo_pass_ms(9000);
	assert_int_equal(asked, 1);
}

static void test_a_new_period(void **state)
{
	(void)state;
	map_put_string(&solo_map, MEMORY "max", "90");
	solo_event(SERVICE_EVENT_START);
	solo_pass_ms(2900);
	map_put_u64(&solo_map, MEMORY "poll_period", 1000);
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(asked, 2); /* at once, and then every second */
	solo_pass_ms(999);
	assert_int_equal(asked, 2);
	solo_pass_ms(1);
	assert_int_equal(asked, 3);
	solo_set(MEMORY "poll_period", "2000"); /* clients may write it as text */
	solo_pass_ms(1999);
	assert_int_equal(asked, 4);
	solo_pass_ms(1);
	assert_int_equal(asked, 5);
}

/* Told once, however often the configuration changes elsewhere. */
static void test_settings_that_cannot_be_used(void **state)
{
	(void)state;
	map_put_string(&solo_map, MEMORY "max", "much");
	map_put_u64(&solo_map, MEMORY "poll_period", 10);
	solo_event(SERVICE_EVENT_START);
	for (int i = 0; i < 5; i++)
		solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 2);
	assert_state(MEMORY, "stopped");
	assert_int_equal(u64_at(MEMORY "poll_period"), 10); /* as it was written */
	solo_set(MEMORY "max", "90");
	assert_state(MEMORY, "running");
	solo_pass_ms(3000);
	assert_int_equal(asked, 2);
	solo_set(MEMORY "max", "a lot");
	assert_state(MEMORY, "stopped");
	assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 3);
}

/* What is not known is not written: who looks at last_updated sees that. */
static void test_a_machine_that_does_not_tell(void **state)
{
	const struct mon_queries none = {0};

	(void)state;
	map_put_string(&solo_map, MEMORY "max", "30");
	map_put_string(&solo_map, LOAD "max", "0.5");
	tells = false;
	solo_event(SERVICE_EVENT_START);
	solo_pass_ms(6000);
	assert_int_equal(asked, 6);
	assert_int_equal(u64_at(MEMORY "last_updated"), 0);
	assert_state(MEMORY, "running");
	tells = true;
	solo_pass_ms(3000);
	assert_state(MEMORY, "failed");
	assert_state(LOAD, "failed");
	mon_init(&mon, &solo_map, &none);
	solo_event(SERVICE_EVENT_START);
	solo_pass_ms(6000);
	assert_state(LOAD, "running");
	assert_int_equal(u64_at(LOAD "last_updated"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_without_limits, set_up),
		cmocka_unit_test_setup(test_looks, set_up),
		cmocka_unit_test_setup(test_over_the_limit, set_up),
		cmocka_unit_test_setup(test_load, set_up),
		cmocka_unit_test_setup(test_limits_that_come_and_go, set_up),
		cmocka_unit_test_setup(test_a_new_period, set_up),
		cmocka_unit_test_setup(test_settings_that_cannot_be_used, set_up),
		cmocka_unit_test_setup(test_a_machine_that_does_not_tell, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
