/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/catalogue.h"

#include <stdbool.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void test_every_entry_explains_itself(void **state)
{
	(void)state;
	for (unsigned id = 0; id < MSG_COUNT; id++) {
		const struct message_entry *e = message_entry((enum message_id)id);
		size_t len = strlen(e->means);

		assert_true(strlen(e->name) > 3);
		assert_int_equal(strspn(e->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"), strlen(e->name));
		assert_true(e->level >= LEVEL_CRITICAL && e->level <= LEVEL_TRACE);
		assert_true((unsigned)e->subsystem < SUBSYSTEM_COUNT);
		assert_true(len > 10);
		assert_int_equal(e->means[len - 1], '.');
		assert_non_null(e->todo);
		/* whoever reads a warning or worse wants to know what to do */
		if (e->level <= LEVEL_WARNING && strlen(e->todo) == 0)
			fail_msg("%s is a warning or worse, but says nothing about what to do", e->name);
		for (unsigned other = 0; other < id; other++)
			assert_string_not_equal(e->name, message_entry((enum message_id)other)->name);
	}
}

static void test_subsystem_names(void **state)
{
	(void)state;
	for (unsigned s = 0; s < SUBSYSTEM_COUNT; s++) {
		assert_non_null(subsystem_name((enum subsystem)s));
		for (unsigned other = 0; other < s; other++)
			assert_string_not_equal(subsystem_name((enum subsystem)s),
						subsystem_name((enum subsystem)other));
	}
	assert_string_equal(subsystem_name(SUBSYSTEM_TOTEM), "TOTEM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_entry_explains_itself),
		cmocka_unit_test(test_subsystem_names),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
