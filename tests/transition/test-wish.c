/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transition/wish.h"

#include "transition/result.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char text[] =
	"<cib><configuration><crm_config/><nodes><node id='1' uname='n1'/></nodes><resources><primitive id='web'>"
	"<meta_attributes id='m'><nvpair id='t' name='target-role' value='Stopped'/></meta_attributes></primitive>"
	"<group id='g'/></resources></configuration><status><node_state id='1' uname='n1'/><node_state id='r' "
	"uname='r'/>"
	"</status></cib>";

static struct document *parse(void)
{
	struct document *d;
	struct error error;
	assert_int_equal(document_parse(text, strlen(text), "test", &d, &error), ERR_OK);
	return d;
}

static bool has(const struct document *d, const char *part)
{
	GString *out = g_string_new(NULL);
	document_print(d, out);
	bool found = strstr(out->str, part) != NULL;
	(void)g_string_free(out, TRUE);
	return found;
}

static void nodes_get_attributes(void **state)
{
	(void)state;
	struct document *d = parse();
	struct error error;
	assert_int_equal(wish_node_attribute(d, "N1", "standby", "on", &error), ERR_OK);
	assert_true(has(d, "<nvpair id=\"nodes-1-standby\" name=\"standby\" value=\"on\"/>"));
	assert_int_equal(wish_node_attribute(d, "n1", "standby", "off", &error), ERR_OK);
	assert_true(has(d, "<nvpair id=\"nodes-1-standby\" name=\"standby\" value=\"off\"/>"));
	/* A remote node has no <node>; a transient attribute stands before a permanent one. */
	assert_int_equal(wish_node_attribute(d, "r", "a", "1", &error), ERR_OK);
	struct element *remote = status_node(d, "r", NULL);
	assert_string_equal(status_attribute_get(remote, "a"), "1");
	status_attribute_set(status_node(d, "n1", NULL), "standby", "on");
	assert_int_equal(wish_node_attribute(d, "n1", "standby", "off", &error), ERR_OK);
	assert_string_equal(status_attribute_get(status_node(d, "n1", NULL), "standby"), "off");
	assert_int_equal(wish_node_attribute(d, "n9", "a", "1", &error), ERR_NOT_FOUND);
	document_free(d);
}

static void options_are_set_where_they_stand(void **state)
{
	(void)state;
	struct document *d = parse();
	wish_option(d, "stop-all-resources", "true");
	assert_true(has(d, "<cluster_property_set id=\"cib-bootstrap-options\">"));
	wish_option(d, "stop-all-resources", "false");
	assert_true(has(d, "name=\"stop-all-resources\" value=\"false\"/>"));
	assert_false(has(d, "value=\"true\""));
	document_free(d);
}

static void resources_get_meta_attributes(void **state)
{
	(void)state;
	struct document *d = parse();
	struct error error;
	assert_int_equal(wish_meta(d, "web", "target-role", "Started", &error), ERR_OK);
	assert_true(has(d, "<nvpair id=\"t\" name=\"target-role\" value=\"Started\"/>"));
	assert_int_equal(wish_meta(d, "g", "target-role", "Stopped", &error), ERR_OK);
	assert_true(has(d, "id=\"g-meta_attributes-target-role\""));
	assert_int_equal(wish_meta(d, "t", "a", "b", &error), ERR_NOT_FOUND);
	assert_int_equal(wish_meta(d, "nope", "a", "b", &error), ERR_NOT_FOUND);
	document_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_get_attributes),
		cmocka_unit_test(options_are_set_where_they_stand),
		cmocka_unit_test(resources_get_meta_attributes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
