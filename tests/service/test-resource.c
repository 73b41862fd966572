/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solo-world.h"

#include "service/resource.h"

static void no_step(const struct service_event *ev, struct service_effects *fx)
{
	(void)ev;
	(void)fx;
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} cases[] = {
		{"0", true, 0},
		{"8", true, 8 * 65536},
		{"8.5", true, 8 * 65536 + 32768},
		{"0.25", true, 16384},
		{"8.", true, 8 * 65536},
		{"1.00001", true, 65536},
		{"1.999999999", true, 65536 + 65535},
		{"999999999999", true, UINT64_C(999999999999) * 65536},
		{"", false, 0},
		{".5", false, 0},
		{"-1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"1e3", false, 0},
		{"1.5x", false, 0},
		{"1.2.3", false, 0},
		{"9999999999999", false, 0},
		{"ninety", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t v = 7;

		if (resource_parse_fixed(cases[i].text, &v) != cases[i].good)
			fail_msg("\"%s\" is judged wrongly", cases[i].text);
		assert_int_equal(v, cases[i].good ? cases[i].value : 7);
	}
}

static void test_keys(void **state)
{
	char key[MAP_KEY_MAX + 1], prefix[MAP_KEY_MAX + 1];

	(void)state;
	assert_true(resource_key("resources.system.a.", "state", key));
	assert_string_equal(key, "resources.system.a.state");
	memset(prefix, 'x', sizeof prefix);
	prefix[MAP_KEY_MAX - 5] = '\0';
	assert_true(resource_key(prefix, "state", key));
	assert_int_equal(strlen(key), MAP_KEY_MAX);
	prefix[MAP_KEY_MAX - 5] = 'x';
	prefix[MAP_KEY_MAX - 4] = '\0';
	assert_false(resource_key(prefix, "state", key));
}

static void test_periods(void **state)
{
	static const struct {
		const char *text;
		uint64_t number;
		enum resource_period expected;
	} cases[] = {
		{NULL, 500, RESOURCE_PERIOD_GOOD},    {NULL, 499, RESOURCE_PERIOD_BAD},
		{NULL, 120000, RESOURCE_PERIOD_GOOD}, {NULL, 120001, RESOURCE_PERIOD_BAD},
		{"700", 700, RESOURCE_PERIOD_GOOD},   {"7", 0, RESOURCE_PERIOD_BAD},
		{"often", 0, RESOURCE_PERIOD_BAD},    {"", 0, RESOURCE_PERIOD_BAD},
	};
	static const char key[] = "resources.system.a.poll_period";
	uint64_t ms = 1;

	(void)state;
	solo_open(no_step);
	assert_int_equal(resource_period_read(&solo_map, "resources.system.a.", &ms), RESOURCE_PERIOD_MISSING);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ms = 1;
		map_drop(&solo_map, key);
		if (cases[i].text != NULL)
			map_put_string(&solo_map, key, cases[i].text);
		else
			map_put_u64(&solo_map, key, cases[i].number);
		assert_int_equal(resource_period_read(&solo_map, "resources.system.a.", &ms), cases[i].expected);
		assert_int_equal(ms, cases[i].expected == RESOURCE_PERIOD_GOOD ? cases[i].number : 1);
	}
	map_put_u32(&solo_map, key, 3000); /* another type */
	assert_int_equal(resource_period_read(&solo_map, "resources.system.a.", &ms), RESOURCE_PERIOD_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_periods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
