/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solo-world.h"

#include "service/wd.h"

#define TIMEOUT "resources.watchdog_timeout"
#define DEVICE  "resources.watchdog_device"
#define SAM     "resources.process.77."

static struct wd wd;

static void step(const struct service_event *ev, struct service_effects *fx)
{
	wd_step(&wd, ev, fx);
}

static int set_up(void **state)
{
	(void)state;
	solo_open(step);
	wd_init(&wd, &solo_map);
	return 0;
}

/* The host has done what it was asked to. */
static void device_answers(uint32_t seconds)
{
	solo_step((struct service_event){.type = SERVICE_EVENT_WATCHDOG, .value = seconds});
}

static void start_with_device(uint32_t seconds)
{
	map_put_string(&solo_map, DEVICE, "/dev/watchdog");
	map_put_u32(&solo_map, TIMEOUT, seconds);
	solo_event(SERVICE_EVENT_START);
	assert_int_equal(solo_last(SERVICE_EFFECT_WATCHDOG)->what, SERVICE_WATCHDOG_OPEN);
	assert_string_equal(solo_last(SERVICE_EFFECT_WATCHDOG)->text, "/dev/watchdog");
	assert_int_equal(solo_last(SERVICE_EFFECT_WATCHDOG)->value, seconds);
	device_answers(seconds);
	solo_forget();
}

static uint32_t timeout_now(void)
{
	uint32_t v = 0;

	assert_true(map_get_u32(&solo_map, TIMEOUT, &v));
	return v;
}

static uint32_t tickles(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < solo_record_count; i++)
		count += solo_records[i].type == SERVICE_EFFECT_WATCHDOG &&
			 solo_records[i].what == SERVICE_WATCHDOG_TICKLE;
	return count;
}

static void test_no_device(void **state)
{
	static const char *const devices[] = {NULL, "", "off"};

	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
		set_up(state);
		if (devices[i] != NULL)
			map_put_string(&solo_map, DEVICE, devices[i]);
		solo_event(SERVICE_EVENT_START);
		assert_int_equal(timeout_now(), 6);
		assert_int_equal(solo_logged(MSG_WATCHDOG_OFF), 1);
		solo_pass_ms(60000);
		solo_event(SERVICE_EVENT_LEAVE);
		assert_int_equal(solo_count(SERVICE_EFFECT_WATCHDOG), 0);
	}
}

/* It is configured, but the host has told that it is not to be had. */
static void test_a_missing_device(void **state)
{
	(void)state;
	start_with_device(10);
	device_answers(0);
	solo_forget();
	solo_pass_ms(60000);
	map_put_u32(&solo_map, TIMEOUT, 20);
	solo_event(SERVICE_EVENT_CONFIG);
	solo_event(SERVICE_EVENT_LEAVE);
	assert_int_equal(solo_count(SERVICE_EFFECT_WATCHDOG), 0);
	assert_int_equal(timeout_now(), 20);
}

static void test_tickles_and_lets_go(void **state)
{
	(void)state;
	start_with_device(10);
	solo_pass_ms(20000);
	assert_int_equal(tickles(), 4);
	solo_event(SERVICE_EVENT_LEAVE);
	assert_int_equal(solo_last(SERVICE_EFFECT_WATCHDOG)->what, SERVICE_WATCHDOG_CLOSE);
	solo_forget();
	solo_pass_ms(60000);
	assert_int_equal(solo_count(SERVICE_EFFECT_WATCHDOG), 0);
}

static void test_a_long_path(void **state)
{
	char path[WD_DEVICE_MAX + 2];

	(void)state;
	memset(path, 'x', sizeof path);
	path[WD_DEVICE_MAX] = '\0';
	map_put_string(&solo_map, DEVICE, path);
	solo_event(SERVICE_EVENT_START);
	assert_int_equal(solo_count(SERVICE_EFFECT_WATCHDOG), 0);
	assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 1);
}

static void test_timeouts(void **state)
{
	static const uint32_t bad[] = {0, 1, 121, UINT32_MAX};

	(void)state;
	map_put_u32(&solo_map, TIMEOUT, 300);
	start_with_device(120);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		solo_forget();
		map_put_u32(&solo_map, TIMEOUT, bad[i]);
		solo_event(SERVICE_EVENT_CONFIG);
		assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 1);
		assert_int_equal(solo_count(SERVICE_EFFECT_WATCHDOG), 0);
		assert_int_equal(timeout_now(), 120);
	}
	solo_set(TIMEOUT, "10"); /* text is no number of seconds */
	assert_int_equal(timeout_now(), 120);
	map_put_u32(&solo_map, TIMEOUT, 2);
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(solo_last(SERVICE_EFFECT_WATCHDOG)->what, SERVICE_WATCHDOG_TIMEOUT);
	assert_int_equal(solo_last(SERVICE_EFFECT_WATCHDOG)->value, 2);
	device_answers(2); /* is tickled at once: what was due later may be too late now */
	assert_int_equal(tickles(), 1);
	solo_pass_ms(2000);
	assert_int_equal(tickles(), 3);
	map_drop(&solo_map, TIMEOUT);
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(timeout_now(), 2);
}

static void test_a_bad_timeout_at_the_start(void **state)
{
	(void)state;
	map_put_u32(&solo_map, TIMEOUT, 300);
	solo_event(SERVICE_EVENT_START);
	assert_int_equal(timeout_now(), 6);
	assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 1);
}

/* The device has the last word; it is tickled in time for that. */
static void test_a_stubborn_device(void **state)
{
	static const uint32_t answers[][2] = {{60, 60}, {1, 2}, {600, 120}};

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		set_up(state);
		start_with_device(10);
		device_answers(answers[i][0]);
		assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 1);
		assert_int_equal(timeout_now(), answers[i][1]);
		solo_forget();
		solo_pass_ms(answers[i][1] * 1000);
		assert_int_equal(tickles(), 2);
	}
}

static void test_another_device(void **state)
{
	(void)state;
	start_with_device(10);
	solo_set(DEVICE, "/dev/other");
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 1);
	assert_int_equal(solo_count(SERVICE_EFFECT_WATCHDOG), 0);
	solo_pass_ms(5000);
	assert_string_equal(solo_last(SERVICE_EFFECT_WATCHDOG)->text, "/dev/watchdog");
}

/* As libsam does. */
static void sam(const char *recovery, const char *state, uint64_t period_ms)
{
	map_put_string(&solo_map, SAM "recovery", recovery);
	map_put_u64(&solo_map, SAM "poll_period", period_ms);
	map_put_u64(&solo_map, SAM "last_updated", solo_now.ns);
	map_put_string(&solo_map, SAM "state", state);
	solo_event(SERVICE_EVENT_CONFIG);
}

static void sam_lives_ms(uint64_t ms)
{
	for (uint64_t at = 0; at < ms; at += 500) {
		map_put_u64(&solo_map, SAM "last_updated", solo_now.ns);
		solo_pass_ms(500);
	}
}

static void test_silence(void **state)
{
	(void)state;
	start_with_device(10);
	sam("watchdog", "running", 1000);
	sam_lives_ms(20000);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 0);
	solo_forget();
	solo_pass_ms(3000);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 1);
	solo_forget();
	solo_pass_ms(60000);
	assert_int_equal(tickles(), 0);
	assert_int_equal(solo_logged(MSG_WATCHDOG_BITES), 1);
	solo_event(SERVICE_EVENT_LEAVE);
	assert_int_equal(solo_count(SERVICE_EFFECT_WATCHDOG), 0); /* it was asked for, and comes */
}

/* The first look is late, so that whoever watches may begin. */
static void test_first_looks(void **state)
{
	static const uint64_t cases[][2] = {{1000, 6000}, {3000, 6000}, {5000, 10000}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		set_up(state);
		sam("none", "failed", cases[i][0]);
		solo_pass_ms(cases[i][1] - 1);
		assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 0);
		solo_pass_ms(2);
		assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 1);
	}
}

static void test_recoveries(void **state)
{
	static const struct {
		const char *recovery;
		int machine; /* -1: nothing */
		bool bites;
	} cases[] = {
		{"none", -1, false},
		{"watchdog", -1, true},
		{"quit", -1, true},
		{"restart", -1, false},
		{"reboot", SERVICE_MACHINE_REBOOT, false},
		{"shutdown", SERVICE_MACHINE_OFF, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		set_up(state);
		start_with_device(10);
		sam(cases[i].recovery, "failed", 1000);
		solo_pass_ms(6001);
		assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 1);
		assert_int_equal(solo_count(SERVICE_EFFECT_MACHINE), cases[i].machine >= 0);
		if (cases[i].machine >= 0)
			assert_int_equal(solo_last(SERVICE_EFFECT_MACHINE)->what, cases[i].machine);
		solo_forget();
		solo_pass_ms(10000);
		assert_int_equal(tickles(), cases[i].bites ? 0 : 2);
		assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 0); /* once */
	}
}

static void test_without_a_watchdog_it_says_so(void **state)
{
	(void)state;
	solo_event(SERVICE_EVENT_START);
	sam("watchdog", "failed", 1000);
	solo_pass_ms(6001);
	assert_non_null(strstr(solo_last(SERVICE_EFFECT_LOG)->text, "there is no watchdog device"));
}

/* Every change but that of last_updated and current gives a new period, also to what has failed. */
static void test_changes(void **state)
{
	(void)state;
	solo_event(SERVICE_EVENT_START);
	sam("none", "running", 1000);
	solo_pass_ms(5900);
	solo_set(SAM "state", "failed");
	solo_pass_ms(999);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 0);
	solo_set(SAM "current", "x");
	solo_pass_ms(2);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 1);
	assert_int_equal(wd.resources[0].state, WD_FAILED);
	solo_set(SAM "state", "running");
	assert_int_equal(wd.resources[0].state, WD_RUNNING);
	sam_lives_ms(5000);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 1);
	solo_set(SAM "state", "stopped");
	assert_int_equal(wd.resources[0].state, WD_STOPPED);
	solo_pass_ms(60000);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 1);
	/* From a longer period into a shorter one: the longer counts first. */
	map_put_u64(&solo_map, SAM "poll_period", 5000);
	map_put_u64(&solo_map, SAM "last_updated", 0);
	solo_set(SAM "state", "running");
	map_put_u64(&solo_map, SAM "poll_period", 1000);
	solo_set(SAM "state", "failed");
	map_put_u64(&solo_map, SAM "last_updated", solo_now.ns);
	solo_pass_ms(4999);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 1);
	solo_pass_ms(2);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 2);
}

static void test_keys_that_are_missing(void **state)
{
	uint64_t period = 0;

	(void)state;
	solo_event(SERVICE_EVENT_START);
	solo_set(SAM "state", "running");
	assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 1); /* no recovery */
	assert_true(map_get_u64(&solo_map, SAM "poll_period", &period));
	assert_int_equal(period, 6000);
	solo_pass_ms(60000);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 0);
	solo_set(SAM "recovery", "none"); /* but no last_updated */
	solo_pass_ms(6001);
	assert_int_equal(solo_logged(MSG_RESOURCE_FAILED), 1);
	map_put_u64(&solo_map, SAM "poll_period", 3);
	solo_event(SERVICE_EVENT_CONFIG);
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 2);
	map_drop(&solo_map, SAM "state");
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(solo_logged(MSG_RESOURCE_GONE), 1);
	assert_int_equal(wd.count, 0);
}

/* Never updated yet is well, however long. */
static void test_never_updated(void **state)
{
	(void)state;
	map_put_u64(&solo_map, SAM "last_updated", 0);
	map_put_string(&solo_map, SAM "recovery", "reboot");
	map_put_string(&solo_map, SAM "state", "running");
	solo_event(SERVICE_EVENT_START);
	solo_pass_ms(600000);
	assert_int_equal(solo_count(SERVICE_EFFECT_MACHINE), 0);
}

static void test_what_is_a_resource(void **state)
{
	static const char *const others[] = {
		"resources.state",        "resources.system.state",     "resources.system..state",
		"resources..a.state",     "resources.system.a.b.state", "resources.system.a.states",
		"resource.system.a.state"};

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		map_put_string(&solo_map, others[i], "running");
	map_put_string(&solo_map, "resources.x.y.state", "running");
	solo_event(SERVICE_EVENT_START);
	assert_int_equal(wd.count, 1);
	assert_string_equal(wd.resources[0].prefix, "resources.x.y.");
}

static void test_many(void **state)
{
	char key[40] = "resources.process.000.state";

	(void)state;
	for (int i = 0; i < WD_RESOURCES_MAX + 3; i++) {
		key[18] = (char)('0' + i / 100);
		key[19] = (char)('0' + i / 10 % 10);
		key[20] = (char)('0' + i % 10);
		map_put_string(&solo_map, key, "stopped");
	}
	solo_event(SERVICE_EVENT_START);
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(wd.count, WD_RESOURCES_MAX);
	assert_int_equal(solo_logged(MSG_RESOURCE_SETTING), 1);
	for (int i = 0; i < 10; i++) {
		key[18] = '1';
		key[19] = '0';
		key[20] = (char)('0' + i);
		map_drop(&solo_map, key);
	}
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(solo_logged(MSG_RESOURCE_GONE), 10);
	solo_event(SERVICE_EVENT_CONFIG);
	assert_int_equal(wd.count, WD_RESOURCES_MAX - 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_device, set_up),
		cmocka_unit_test_setup(test_a_missing_device, set_up),
		cmocka_unit_test_setup(test_tickles_and_lets_go, set_up),
		cmocka_unit_test_setup(test_a_long_path, set_up),
		cmocka_unit_test_setup(test_timeouts, set_up),
		cmocka_unit_test_setup(test_a_bad_timeout_at_the_start, set_up),
		cmocka_unit_test_setup(test_a_stubborn_device, set_up),
		cmocka_unit_test_setup(test_another_device, set_up),
		cmocka_unit_test_setup(test_silence, set_up),
		cmocka_unit_test_setup(test_first_looks, set_up),
		cmocka_unit_test_setup(test_recoveries, set_up),
		cmocka_unit_test_setup(test_without_a_watchdog_it_says_so, set_up),
		cmocka_unit_test_setup(test_changes, set_up),
		cmocka_unit_test_setup(test_keys_that_are_missing, set_up),
		cmocka_unit_test_setup(test_never_updated, set_up),
		cmocka_unit_test_setup(test_what_is_a_resource, set_up),
		cmocka_unit_test_setup(test_many, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
