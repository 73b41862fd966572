/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fencing/agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void metadata(void **state)
{
	(void)state;
	struct fence_agent a;
	struct error error = {0};
	assert_int_equal(fence_agent_parse("<?xml version=\"1.0\" ?><resource-agent name='f'><parameters>"
					   "<parameter name='port'/><parameter name='plug'/></parameters><actions>"
					   "<action name='on' automatic='1' on_target='1'/><action name='off'/>"
					   "<action name='list'/><action name='metadata'/></actions></resource-agent>",
					   &a, &error),
			 ERR_OK);
	assert_true(a.knows[FENCE_ON]);
	assert_true(a.knows[FENCE_OFF]);
	assert_true(a.knows[FENCE_LIST]);
	assert_false(a.knows[FENCE_REBOOT]);
	assert_false(a.knows[FENCE_STATUS]);
	assert_true(a.on_target[FENCE_ON]);
	assert_false(a.on_target[FENCE_OFF]);
	assert_true(a.turns_on);
	assert_string_equal(a.argument, "plug");
	assert_int_equal(fence_agent_parse("<resource-agent><parameters><parameter name='port'/></parameters><actions>"
					   "<action name='on' required='1'/></actions></resource-agent>",
					   &a, NULL),
			 ERR_OK);
	assert_true(a.turns_on);
	assert_string_equal(a.argument, "port");
	assert_int_equal(fence_agent_parse("<resource-agent/>", &a, NULL), ERR_OK);
	assert_null(a.argument);
	assert_int_equal(fence_agent_parse("<other/>", &a, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "<other>"));
	assert_int_not_equal(fence_agent_parse("no such option", &a, &error), ERR_OK);
	a = fence_agent_unknown();
	assert_true(a.knows[FENCE_REBOOT]);
	assert_string_equal(a.argument, "port");
}

static void lists(void **state)
{
	static const struct {
		const char *list, *target;
		bool has;
	} cases[] = {
		{"", "n1", false},
		{"n1", "n1", true},
		{"n1", "N1", true},
		{"n11 n2", "n1", false},
		{"n1,one\nn2,two\n", "two", true},
		{"n1;n2", "n2", true},
		{"n1\\nn2", "n2", true},
		{"n1 on\nn2 off", "off", false},
		{"n1 on\nn2 off", "n2", true},
		{"invalid option n1\nn2", "n1", false},
		{"unknown variable n1\nn2", "n2", true},
		{"n1,,n2", "", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (fence_list_has(cases[i].list, cases[i].target) != cases[i].has)
			fail_msg("'%s' in '%s'", cases[i].target, cases[i].list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(metadata), cmocka_unit_test(lists)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
