/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/attributes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define STATUS                                                                          \
	"<cib><status><node_state id='1' uname='one'/><node_state id='2' uname='Two'/>" \
	"<node_state id='far:away' uname='far'/></status></cib>"

static struct document *document(const char *text)
{
	struct document *d = NULL;
	assert_int_equal(document_parse(text, strlen(text), "test", &d, NULL), ERR_OK);
	return d;
}

static char *text_of(const struct document *d)
{
	GString *out = g_string_new(NULL);
	element_print_flat(document_section(d, NAME_STATUS), out);
	return g_string_free(out, FALSE);
}

static void status_is(const struct document *d, const char *wanted)
{
	char *text = text_of(d);
	assert_string_equal(text, wanted);
	g_free(text);
}

static enum attribute_outcome set(struct attributes *a, const char *node, const char *name, const char *value)
{
	return attributes_change(
		a, &(struct attribute_change){.node = node, .name = name, .value = value, .delay_ms = -1});
}

static void a_value_is_known_at_once(void **state)
{
	struct attributes a;
	(void)state;
	attributes_init(&a);
	assert_null(attributes_find(&a, "pingd"));
	assert_int_equal(set(&a, "one", "pingd", "100"), ATTRIBUTE_WAITS);
	assert_string_equal(attributes_get(&a, "pingd", "ONE"), "100");
	assert_null(attributes_get(&a, "pingd", "two"));
	assert_null(attributes_get(&a, "Pingd", "one"));
	assert_true(attributes_waits(attributes_find(&a, "pingd")));
	attributes_fini(&a);
}

static void values_are_written_together(void **state)
{
	struct attributes a;
	struct document *d = document(STATUS);
	(void)state;
	attributes_init(&a);
	(void)set(&a, "one", "pingd", "100");
	(void)set(&a, "two", "pingd", "200");
	(void)set(&a, "nobody", "pingd", "300");
	assert_true(attributes_write(&a, "pingd", d));
	status_is(d, "<status><node_state id=\"1\" uname=\"one\"><transient_attributes id=\"1\">"
		     "<instance_attributes id=\"status-1\"><nvpair id=\"status-1-pingd\" name=\"pingd\" value=\"100\"/>"
		     "</instance_attributes></transient_attributes></node_state>"
		     "<node_state id=\"2\" uname=\"Two\"><transient_attributes id=\"2\">"
		     "<instance_attributes id=\"status-2\"><nvpair id=\"status-2-pingd\" name=\"pingd\" value=\"200\"/>"
		     "</instance_attributes></transient_attributes></node_state>"
		     "<node_state id=\"far:away\" uname=\"far\"/></status>");
	assert_false(attributes_write(&a, "pingd", d));
	assert_true(attributes_waits(attributes_find(&a, "pingd"))); /* of the node that has no state yet */
	assert_int_equal(set(&a, "nobody", "pingd", NULL), ATTRIBUTE_WAITS);
	assert_false(attributes_write(&a, "pingd", d));
	assert_false(attributes_waits(attributes_find(&a, "pingd")));
	assert_int_equal(set(&a, "one", "pingd", "100"), ATTRIBUTE_SAME);
	assert_int_equal(set(&a, "one", "pingd", NULL), ATTRIBUTE_WAITS);
	assert_null(attributes_get(&a, "pingd", "one"));
	assert_true(attributes_write(&a, "pingd", d));
	assert_false(attributes_write(&a, "other", d));
	(void)set(&a, "two", "pingd", NULL);
	assert_true(attributes_write(&a, "pingd", d));
	assert_null(attributes_find(&a, "pingd")); /* nothing is left that need be remembered */
	attributes_fini(&a);
	document_free(d);
}

static void ids_have_what_ids_may_have(void **state)
{
	struct attributes a;
	struct document *d = document(STATUS);
	(void)state;
	attributes_init(&a);
	(void)set(&a, "far", "fail-count-web:0#monitor_10000", "1");
	(void)set(&a, "far", "#health", "red");
	(void)set(&a, "far", "h\303\244lt \342\202\254", "1");
	assert_true(attributes_write(&a, "fail-count-web:0#monitor_10000", d));
	assert_true(attributes_write(&a, "#health", d));
	assert_true(attributes_write(&a, "h\303\244lt \342\202\254", d));
	char *text = text_of(d);
	assert_non_null(strstr(text, "id=\"status-far:away-fail-count-web:0.monitor_10000\""));
	assert_non_null(strstr(text, "name=\"fail-count-web:0#monitor_10000\""));
	assert_non_null(strstr(text, "id=\"status-far:away-.health\""));
	g_free(text);
	(void)attributes_change(&a, &(struct attribute_change){
					    .node = "one", .name = "n", .value = "1", .set = "7 sets", .delay_ms = -1});
	assert_true(attributes_write(&a, "n", d));
	text = text_of(d);
	assert_non_null(strstr(text, "<instance_attributes id=\"_.sets\"><nvpair id=\"_.sets-n\" name=\"n\""));
	g_free(text);
	attributes_fini(&a);
	document_free(d);
}

static void sets_and_utilization_have_blocks(void **state)
{
	struct attributes a;
	struct document *d = document(STATUS);
	struct attribute_change c = {.node = "one", .name = "cpu", .value = "4", .delay_ms = -1, .utilization = true};
	(void)state;
	attributes_init(&a);
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_WAITS);
	c = (struct attribute_change){.node = "one", .name = "link", .value = "up", .delay_ms = -1, .set = "net"};
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_WAITS);
	c.set = "another"; /* it has one already */
	c.value = "down";
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_WAITS);
	assert_true(attributes_write(&a, "cpu", d));
	assert_true(attributes_write(&a, "link", d));
	char *text = text_of(d);
	assert_non_null(
		strstr(text, "<utilization id=\"status-1\"><nvpair id=\"status-1-cpu\" name=\"cpu\" value=\"4\"/>"));
	assert_non_null(
		strstr(text, "<instance_attributes id=\"net\"><nvpair id=\"net-link\" name=\"link\" value=\"down\"/>"));
	g_free(text);
	attributes_fini(&a);
	document_free(d);
}

static void private_ones_are_never_written(void **state)
{
	struct attributes a;
	struct document *d = document(STATUS);
	struct attribute_change c = {.node = "one", .name = "mine", .value = "1", .delay_ms = -1, .private_ = true};
	(void)state;
	attributes_init(&a);
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_SAME);
	assert_string_equal(attributes_get(&a, "mine", "one"), "1");
	assert_false(attributes_waits(attributes_find(&a, "mine")));
	assert_false(attributes_write(&a, "mine", d));
	c.value = NULL;
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_SAME);
	assert_null(attributes_get(&a, "mine", "one"));
	attributes_fini(&a);
	document_free(d);
}

static void values_are_expanded(void **state)
{
	static const struct {
		const char *old, *given, *wanted;
	} cases[] = {
		{NULL, "value++", "1"},
		{"1", "value++", "2"},
		{"5", "++", "6"},
		{"5", "+=3", "8"},
		{"5", "value+=-7", "-2"},
		{"5", "n++", "6"},
		{"5", "n+=2", "7"},
		{"INFINITY", "++", "1000000"},
		{"-INFINITY", "+=-1", "-1000000"},
		{"text", "++", "0"},
		{"5", "+=text", "5"},
		{"5", "+1", "+1"},
		{"5", "valuex++", "valuex++"},
		{"999999", "+=INFINITY", "1000000"},
		{"5", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct attributes a;
		attributes_init(&a);
		(void)set(&a, "one", "n", cases[i].old);
		(void)set(&a, "one", "n", cases[i].given);
		assert_string_equal(attributes_get(&a, "n", "one"), cases[i].wanted);
		attributes_fini(&a);
	}
}

static void dampening_stays_until_it_is_told(void **state)
{
	struct attributes a;
	struct attribute_change c = {.node = "one", .name = "n", .value = "1", .delay_ms = 5000};
	(void)state;
	attributes_init(&a);
	(void)attributes_change(&a, &c);
	assert_int_equal(attributes_find(&a, "n")->delay_ms, 5000);
	c.delay_ms = -1;
	c.value = "2";
	(void)attributes_change(&a, &c);
	assert_int_equal(attributes_find(&a, "n")->delay_ms, 5000);
	c.delay_ms = 7000;
	c.delay_only = true;
	c.value = "3";
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_WAITS);
	assert_int_equal(attributes_find(&a, "n")->delay_ms, 7000);
	assert_string_equal(attributes_get(&a, "n", "one"), "2");
	c.name = "unknown";
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_ABSENT);
	attributes_forget_node(&a, "one");
	assert_int_equal(attributes_find(&a, "n")->delay_ms, 7000); /* outlives its values */
	attributes_fini(&a);
}

static void patterns_name_many(void **state)
{
	struct attributes a;
	struct attribute_change c = {.node = "one", .name = "^fail-count-", .delay_ms = -1, .is_pattern = true};
	(void)state;
	attributes_init(&a);
	(void)set(&a, "one", "fail-count-a#start_0", "1");
	(void)set(&a, "one", "fail-count-b#start_0", "2");
	(void)set(&a, "two", "fail-count-b#start_0", "3");
	(void)set(&a, "one", "last-failure-a#start_0", "4");
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_WAITS);
	assert_null(attributes_get(&a, "fail-count-a#start_0", "one"));
	assert_null(attributes_get(&a, "fail-count-b#start_0", "one"));
	assert_string_equal(attributes_get(&a, "fail-count-b#start_0", "two"), "3");
	assert_string_equal(attributes_get(&a, "last-failure-a#start_0", "one"), "4");
	c.value = "++";
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_WAITS);
	assert_string_equal(attributes_get(&a, "fail-count-b#start_0", "one"), "1");
	c.name = "^no-such";
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_ABSENT);
	c.name = "(";
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_MALFORMED);
	attributes_fini(&a);
}

static void a_pattern_may_take_the_last_values(void **state)
{
	struct attributes a;
	struct attribute_change c = {.node = "one", .name = ".", .delay_ms = -1, .is_pattern = true};
	(void)state;
	attributes_init(&a);
	for (char name[] = "a"; name[0] < 'f'; name[0]++) {
		struct attribute_change p = {.node = "one", .name = name, .value = "1", .delay_ms = -1};
		p.private_ = name[0] % 2 == 0;
		(void)attributes_change(&a, &p);
	}
	assert_int_equal(attributes_change(&a, &c), ATTRIBUTE_WAITS);
	struct document *d = document("<cib/>");
	for (char name[] = "a"; name[0] < 'f'; name[0]++) {
		assert_null(attributes_get(&a, name, "one"));
		(void)attributes_write(&a, name, d);
	}
	assert_int_equal(a.all->len, 2); /* the private ones: what they are is remembered */
	document_free(d);
	attributes_fini(&a);
}

static void values_go_with_their_node(void **state)
{
	struct attributes a;
	(void)state;
	attributes_init(&a);
	(void)set(&a, "one", "x", "1");
	(void)set(&a, "one", "y", "1");
	(void)set(&a, "two", "y", "2");
	attributes_forget_node(&a, "ONE");
	assert_null(attributes_find(&a, "x"));
	assert_null(attributes_get(&a, "y", "one"));
	assert_string_equal(attributes_get(&a, "y", "two"), "2");
	attributes_fini(&a);
	attributes_fini(&a);
	attributes_fini(NULL);
}

static char *printed(const struct attributes *a, const char *node)
{
	GString *out = g_string_new(NULL);
	attributes_print(a, node, out);
	return g_string_free(out, FALSE);
}

static void what_is_printed_is_read(void **state)
{
	struct attributes a, b;
	struct error error = {0};
	struct document *d = document(STATUS);
	(void)state;
	attributes_init(&a);
	attributes_init(&b);
	(void)set(&b, "old", "old", "1");
	(void)set(&a, "one", "written <&\"'>\n", "1 <&\"'>\n\t");
	(void)attributes_write(&a, "written <&\"'>\n", d);
	(void)set(&a, "two", "written <&\"'>\n", "2");
	(void)attributes_change(&a, &(struct attribute_change){.node = "one",
							       .name = "p",
							       .value = "",
							       .delay_ms = 123456789012,
							       .set = "s",
							       .private_ = true,
							       .utilization = true});
	(void)set(&a, "one", "gone", "1");
	(void)attributes_write(&a, "gone", d);
	(void)set(&a, "one", "gone", NULL);
	char *text = printed(&a, NULL);
	assert_int_equal(attributes_parse(&b, text, &error), ERR_OK);
	char *again = printed(&b, NULL);
	assert_string_equal(text, again);
	assert_null(attributes_find(&b, "old"));
	assert_string_equal(attributes_get(&b, "written <&\"'>\n", "one"), "1 <&\"'>\n\t");
	g_free(again);
	assert_int_equal(attributes_parse(&b, "<other/>", &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "<other>"));
	assert_int_not_equal(attributes_parse(&b, "<held_attributes", &error), ERR_OK);
	again = printed(&b, NULL);
	assert_string_equal(text, again);
	g_free(again);
	g_free(text);
	text = printed(&a, "two");
	assert_string_equal(text, "<held_attributes><attribute name=\"written &lt;&amp;&quot;'&gt;&#x0A;\">"
				  "<value node=\"two\" value=\"2\"/></attribute></held_attributes>");
	g_free(text);
	attributes_fini(&a);
	attributes_fini(&b);
	document_free(d);
}

static void merging_adds_what_lacks(void **state)
{
	struct attributes a;
	struct document *d = document("<held_attributes><attribute name='x' delay='5' set='s'>"
				      "<value node='one' value='no'/><value node='two' value='2' written='true'/>"
				      "<value/></attribute><attribute/><attribute name='empty'/>"
				      "<attribute name='y' delay='6'><value node='two' value='3'/></attribute>"
				      "</held_attributes>");
	(void)state;
	attributes_init(&a);
	(void)set(&a, "one", "x", "1");
	attributes_merge(&a, document_root(d));
	assert_string_equal(attributes_get(&a, "x", "one"), "1");
	assert_string_equal(attributes_get(&a, "x", "two"), "2");
	assert_int_equal(attributes_find(&a, "x")->delay_ms, 0); /* what it is was decided before */
	assert_int_equal(attributes_find(&a, "y")->delay_ms, 6);
	assert_null(attributes_find(&a, "empty"));
	attributes_fini(&a);
	document_free(d);
}

static void what_was_written_is_told(void **state)
{
	struct attributes a;
	struct document *d = document(STATUS);
	(void)state;
	attributes_init(&a);
	(void)set(&a, "one", "x", "1");
	(void)set(&a, "two", "x", "2");
	(void)attributes_write(&a, "x", d);
	assert_int_equal(a.written->len, 2);
	const struct attribute_written *w = g_ptr_array_index(a.written, 1);
	assert_string_equal(w->name, "x");
	assert_string_equal(w->node, "two");
	assert_string_equal(w->value, "2");
	attributes_forget_written(&a);
	(void)set(&a, "one", "x", "1");
	(void)attributes_write(&a, "x", d);
	assert_int_equal(a.written->len, 0);
	(void)set(&a, "one", "x", NULL);
	(void)attributes_write(&a, "x", d);
	assert_int_equal(a.written->len, 1);
	assert_null(((const struct attribute_written *)g_ptr_array_index(a.written, 0))->value);
	attributes_fini(&a);
	document_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_known_at_once),
		cmocka_unit_test(values_are_written_together),
		cmocka_unit_test(what_was_written_is_told),
		cmocka_unit_test(ids_have_what_ids_may_have),
		cmocka_unit_test(sets_and_utilization_have_blocks),
		cmocka_unit_test(private_ones_are_never_written),
		cmocka_unit_test(values_are_expanded),
		cmocka_unit_test(dampening_stays_until_it_is_told),
		cmocka_unit_test(patterns_name_many),
		cmocka_unit_test(a_pattern_may_take_the_last_values),
		cmocka_unit_test(values_go_with_their_node),
		cmocka_unit_test(what_is_printed_is_read),
		cmocka_unit_test(merging_adds_what_lacks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
