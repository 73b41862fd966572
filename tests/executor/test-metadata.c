/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executor/metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "<?xml version=\"1.0\"?>\n"

static struct agent_metadata m;
static struct error why;

static enum err read_text(struct arena *a, const char *text)
{
	return metadata_read(text, strlen(text), "ocf:test:A", a, &m, &why);
}

static void test_modern(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_int_equal(
		read_text(&a,
			  HEAD "<resource-agent name=\"A\" version=\"2.1\"><version>1.1</version><longdesc>x</longdesc>"
			       "<parameters><parameter name=\"state\" unique-group=\"s\"/>"
			       "<parameter name=\"fake\" reloadable=\"1\"/><parameter name=\"passwd\"/></parameters>"
			       "<actions><action name=\"start\" timeout=\"20s\"/><action name=\"reload-agent\"/>"
			       "</actions></resource-agent>"),
		ERR_OK);
	assert_string_equal(m.name, "A");
	assert_string_equal(m.version, "1.1");
	assert_string_equal(m.parameters, "state fake passwd");
	assert_string_equal(m.actions, "start reload-agent");
	assert_string_equal(m.reloadable, "fake");
	assert_string_equal(m.restart, "state passwd");
	assert_string_equal(m.secret, "passwd");
	arena_fini(&a);
}

static void test_old(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_int_equal(
		read_text(&a, "\n" HEAD "<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n"
			      "<resource-agent name=\"A\"><version> 1.0 </version>"
			      "<parameters><parameter name=\"ip\" unique=\"1\"/><parameter name=\"nic\" unique=\"0\"/>"
			      "<parameter name=\"key\" private=\"1\"/><parameter name=\"user\"/></parameters>"
			      "<actions><action name=\"reload\"/></actions></resource-agent>"),
		ERR_OK);
	assert_string_equal(m.version, "1.0");
	assert_string_equal(m.reloadable, "nic key user");
	assert_string_equal(m.restart, "ip");
	assert_string_equal(m.secret, "key");
	arena_fini(&a);
}

/* A reload that the agent's own standard does not know is none. */
static void test_cannot_reload(void **state)
{
	static const char *const cases[][2] = {{"1.0", "reload-agent"}, {"1.1", "reload"}, {"1.1", "start"},
					       {"2.0", "reload"},       {"", "start"},     {"x", "reload-agent"}};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *text = arena_printf(&a,
						"<resource-agent><version>%s</version><parameters><parameter name="
						"\"p\" reloadable=\"1\"/></parameters><actions><action name=\"%s\"/>"
						"</actions></resource-agent>",
						cases[i][0], cases[i][1]);

		assert_int_equal(read_text(&a, text), ERR_OK);
		assert_null(m.reloadable);
		assert_null(m.restart);
		assert_string_equal(m.secret, "");
	}
	assert_int_equal(read_text(&a, "<resource-agent/>"), ERR_OK);
	assert_null(m.version);
	assert_string_equal(m.parameters, "");
	arena_fini(&a);
}

static void test_no_metadata(void **state)
{
	static const char *const cases[][2] = {
		{"", "reading its metadata: ocf:test:A"},
		{"usage: A start|stop", "reading its metadata: ocf:test:A:1"},
		{"<cib/>", "ocf:test:A: its metadata is no <resource-agent> but <cib>"},
		{"<!DOCTYPE a [<!ENTITY b \"c\">]><resource-agent/>", "reading its metadata: ocf:test:A:1"},
		{"<resource-agent><parameters></resource-agent>", "reading its metadata: ocf:test:A:1"},
	};
	struct arena a = {0};
	char large[METADATA_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(read_text(&a, cases[i][0]), ERR_INVALID);
		if (strncmp(why.text, cases[i][1], strlen(cases[i][1])) != 0)
			fail_msg("%s: %s", cases[i][0], why.text);
	}
	memset(large, ' ', sizeof large);
	assert_int_equal(metadata_read(large, sizeof large, "ocf:test:A", &a, &m, &why), ERR_INVALID);
	arena_fini(&a);
}

static void test_list(void **state)
{
	(void)state;
	assert_true(metadata_has("a bc d", "a"));
	assert_true(metadata_has("a bc d", "bc"));
	assert_true(metadata_has("a bc d", "d"));
	assert_false(metadata_has("a bc d", "b"));
	assert_false(metadata_has("a bc d", "c"));
	assert_false(metadata_has("a bc d", ""));
	assert_false(metadata_has("", "a"));
	assert_false(metadata_has(NULL, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modern),      cmocka_unit_test(test_old),  cmocka_unit_test(test_cannot_reload),
		cmocka_unit_test(test_no_metadata), cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
