/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/fence-list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct fence_event events[] = {
	{.target = "n2", .action = "reboot", .member = "n1", .client = "me", .when_ms = 1700000003250},
	{.target = "n2", .action = "off", .member = "n3", .client = "me", .when_ms = 1700000002000},
	{.target = "n2",
	 .action = "reboot",
	 .member = "n3",
	 .client = "me",
	 .why = "no answer",
	 .when_ms = 1700000001000},
	{.target = "N2", .action = "reboot", .member = "n1", .when_ms = 1700000000000},
	{.target = "n2", .action = "reboot", .member = "n3", .why = "", .when_ms = 1600000000000},
	{.target = "n4", .action = "on", .why = "no device", .when_ms = 1600000000000},
};
static const struct fence_event pending[] = {{.target = "n5", .action = "off", .member = "n1", .client = "me"},
					     {.target = "n6", .action = "reboot"}};
static const struct fence_record_list list = {
	.events = events, .count = G_N_ELEMENTS(events), .pending = pending, .pending_count = G_N_ELEMENTS(pending)};

static void test_pending(void **state)
{
	static const char *const words[][2] = {
		{"turning off of n5 for me@n1 pending", "turning off of n5 pending: client=me, origin=n1"},
		{"reboot of n6 for @ pending", "reboot of n6 pending: client=, origin="}};
	struct markup m;
	(void)state;
	for (uint32_t i = 0; i < G_N_ELEMENTS(words); i++) {
		for (unsigned technical = 0; technical < 2; technical++) {
			GString *out = g_string_new(NULL);
			fence_pending_words(&list, i, technical != 0, out);
			assert_string_equal(out->str, words[i][technical]);
			(void)g_string_free(out, TRUE);
		}
	}
	m = (struct markup){.out = g_string_new(NULL)};
	fence_pending_markup(&list, 0, &m);
	assert_string_equal(m.out->str, "<fence_event action=\"off\" target=\"n5\" client=\"me\" origin=\"n1\" "
					"status=\"pending\"/>\n");
	(void)g_string_free(m.out, TRUE);
}

static void test_words(void **state)
{
	static const struct {
		uint32_t i;
		bool technical, all;
		const char *words;
	} cases[] = {
		{0, false, false, "reboot of n2 by n1 for me@n1 last successful at 2023-11-14 22:13:23.250000Z"},
		{0, false, true, "reboot of n2 by n1 for me@n1 successful at 2023-11-14 22:13:23.250000Z"},
		{1, true, false,
		 "turning off of n2 successful: delegate=n3, client=me, origin=n3, last-successful='2023-11-14 "
		 "22:13:22.000000Z'"},
		{1, true, true,
		 "turning off of n2 successful: delegate=n3, client=me, origin=n3, completed='2023-11-14 "
		 "22:13:22.000000Z'"},
		{2, false, false,
		 "reboot of n2 by n3 for me@n3 last failed (no answer) at 2023-11-14 22:13:21.000000Z (a later attempt "
		 "from n1 "
		 "succeeded)"},
		{4, true, false,
		 "reboot of n2 failed: delegate=n3, client=, origin=n3, last-failed='2020-09-13 12:26:40.000000Z' (a "
		 "later "
		 "attempt from n1 succeeded)"},
		{5, false, true, "unfencing of n4 for @ failed (no device) at 2020-09-13 12:26:40.000000Z"},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		GString *out = g_string_new(NULL);
		fence_event_words(&list, cases[i].i, cases[i].technical, cases[i].all, out);
		assert_string_equal(out->str, cases[i].words);
		(void)g_string_free(out, TRUE);
	}
}

/* Of failures, those of another member count by themselves; of successes the latest counts, whoever did it. */
static void test_repeated(void **state)
{
	static const bool repeated[] = {false, false, false, true, true, false};
	(void)state;
	for (uint32_t i = 0; i < list.count; i++)
		assert_int_equal(fence_event_is_repeated(&list, i), repeated[i]);
}

static void test_markup(void **state)
{
	struct markup m = {.out = g_string_new(NULL)};
	(void)state;
	fence_event_markup(&list, 2, &m);
	assert_string_equal(m.out->str, "<fence_event action=\"reboot\" target=\"n2\" client=\"me\" origin=\"n3\" "
					"status=\"failed\" exit-reason=\"no answer\" delegate=\"n3\" "
					"completed=\"2023-11-14 22:13:21.000000Z\"/>\n");
	(void)g_string_free(m.out, TRUE);
}

static void test_time(void **state)
{
	char buffer[FENCE_TIME_SIZE];
	(void)state;
	assert_string_equal(fence_time_text(1700000000001, 3600, buffer), "2023-11-14 23:13:20.001000 +01:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),  cmocka_unit_test(test_repeated), cmocka_unit_test(test_pending),
		cmocka_unit_test(test_markup), cmocka_unit_test(test_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
