/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fencing/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

/* "1:a,b 2:c" */
static char *levels_of(const char *levels, const char *node, const char *rack)
{
	char *xml = g_strdup_printf("<cib><configuration><nodes><node id='1' uname='n1'><instance_attributes id='i'>"
				    "<nvpair id='r' name='rack' value='1'/></instance_attributes></node></nodes>"
				    "<fencing-topology>%s</fencing-topology></configuration></cib>",
				    levels);
	struct document *d = NULL;
	struct arena a = {0};
	struct table *attributes = NULL;
	uint32_t count;
	assert_int_equal(document_parse(xml, strlen(xml), "test", &d, NULL), ERR_OK);
	if (rack != NULL) {
		attributes = table_new(&a);
		table_set(attributes, "rack", rack);
	}
	const struct fence_level *found = fence_levels_read(d, node, attributes, &a, &count);
	GString *text = g_string_new(NULL);
	for (uint32_t i = 0; i < count; i++) {
		g_string_append_printf(text, "%s%u:", i == 0 ? "" : " ", found[i].index);
		for (uint32_t k = 0; k < found[i].count; k++)
			g_string_append_printf(text, "%s%s", k == 0 ? "" : ",", found[i].devices[k]);
	}
	arena_fini(&a);
	document_free(d);
	g_free(xml);
	return g_string_free(text, FALSE);
}

static void levels(void **state)
{
	static const char *const by_name = "<fencing-level id='2' index='2' target='n1' devices='c'/>"
					   "<fencing-level id='1' index='1' target='n1' devices='a, b'/>"
					   "<fencing-level id='3' index='1' target='n2' devices='d'/>";
	static const char *const by_others =
		"<fencing-level id='1' index='1' target-attribute='rack' target-value='1' devices='a'/>"
		"<fencing-level id='2' index='1' target-pattern='^n[0-9]$' devices='b'/>"
		"<fencing-level id='3' index='3' target-pattern='^n[0-9]$' devices='c'/>"
		"<fencing-level id='4' index='1' target='n3' devices='d'/>"
		"<fencing-level id='5' index='1' target='n3' devices='e'/>"
		"<fencing-level id='6' index='2' target-pattern='[' devices='f'/>"
		"<fencing-level id='7' index='4' target='n3' devices=''/>"
		"<fencing-level id='8' index='11' target='n3' devices='g'/>";
	static const struct {
		const char *const *levels;
		const char *node, *rack, *wanted;
	} cases[] = {
		{&by_name, "n1", NULL, "1:a,b 2:c"}, {&by_name, "N2", NULL, "1:d"},
		{&by_name, "n3", NULL, ""},          {&by_others, "n1", NULL, "1:a"},
		{&by_others, "n1", "2", "1:b 3:c"},  {&by_others, "n2", NULL, "1:b 3:c"},
		{&by_others, "n2", "1", "1:a"},      {&by_others, "n3", NULL, "1:d,e"},
		{&by_others, "other", NULL, ""},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		char *found = levels_of(*cases[i].levels, cases[i].node, cases[i].rack);
		assert_string_equal(found, cases[i].wanted);
		g_free(found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(levels)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
