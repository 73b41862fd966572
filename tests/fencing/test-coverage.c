/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fencing/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#define WATCHDOG "<nvpair id='w' name='have-watchdog' value='true'/>"
#define DEVICE(id, list)                                                                                           \
	"<primitive id='" id "' class='stonith' type='fence_x'><instance_attributes id='" id "-i'><nvpair id='" id \
	"-n' name='pcmk_host_list' value='" list "'/></instance_attributes></primitive>"
#define LEVEL(index, devices) "<fencing-level id='l" index "' index='" index "' target='n2' devices='" devices "'/>"

static void complaints(void **state)
{
	static const struct {
		const char *options, *resources, *levels;
		const char *wanted; /* "": nothing; else a part of it */
	} cases[] = {
		{"", "", "", "no fence device is configured"},
		{"", "", "", "`hale stonith create NAME fence_AGENT"},
		{"", "", "", "`hale property set fencing-enabled=false`"},
		{"<nvpair id='o' name='fencing-enabled' value='false'/>", "", "", ""},
		{WATCHDOG "<nvpair id='o' name='fencing-watchdog-timeout' value='10'/>", "", "", ""},
		{WATCHDOG "<nvpair id='o' name='stonith-watchdog-timeout' value='-1'/>", "", "", ""},
		{"<nvpair id='o' name='fencing-watchdog-timeout' value='10'/>", "", "", "no fence device"},
		{"", DEVICE("a", "n1,n2"), "", ""},
		{"", DEVICE("a", "n1"), "", "node n2 cannot be fenced"},
		{"", DEVICE("a", "n1"), "", "`hale stonith update a pcmk_host_list=n2,…`"},
		{"", DEVICE("a", "n1") "<primitive id='b' class='stonith' type='fence_y'/>", "", ""},
		{"", DEVICE("a", "n1,n2"), LEVEL("1", "a,gone"), "device gone of its fencing level 1 is not"},
		{"", DEVICE("a", "n1,n2"), LEVEL("1", "gone") LEVEL("2", "a"), ""},
		{"", DEVICE("a", "n1"), LEVEL("1", "a"), "device a of its fencing level 1 does not list it"},
	};
	static const char *const nodes[] = {"n1", "n2"};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		char *xml = g_strdup_printf(
			"<cib><configuration><crm_config><cluster_property_set id='p'>%s</cluster_property_set>"
			"</crm_config><nodes><node id='1' uname='n1'/><node id='2' uname='n2'/></nodes>"
			"<resources>%s%s</resources><constraints/><fencing-topology>%s</fencing-topology>"
			"</configuration><status/></cib>",
			cases[i].options, cases[i].levels[0] != '\0' ? DEVICE("n1dev", "n1") : "", cases[i].resources,
			cases[i].levels);
		struct document *d = NULL;
		struct arena a = {0};
		assert_int_equal(document_parse(xml, strlen(xml), "test", &d, NULL), ERR_OK);
		const char *text = fence_coverage_complaint(d, 1700000000, nodes, 2, &a);
		if (cases[i].wanted[0] == '\0') {
			if (text[0] != 0)
				fail_msg("case %zu: %s", i, text);
		} else if (strstr(text, cases[i].wanted) == NULL)
			fail_msg("case %zu: %s", i, text);
		assert_null(strchr(text, '\n'));
		arena_fini(&a);
		document_free(d);
		g_free(xml);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(complaints)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
