/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/narrow.h"

#include "scheduler/constraints.h"
#include "scheduler/history.h"
#include "scheduler/resource.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define OPERATION(rsc, rc)                                                                              \
	"<lrm_resource id='" rsc "' class='ocf' provider='pacemaker' type='Dummy'><lrm_rsc_op id='" rsc \
	"_last_0' operation_key='" rsc "_start_0' operation='start' call-id='3' rc-code='" rc           \
	"' op-status='0' interval='0' transition-key='1:1:0:x' transition-magic='0:" rc ";1:1:0:x'/></lrm_resource>"
#define STATE(id, name, history)                                                                                \
	"<node_state id='" id "' uname='" name "' in_ccm='true' crmd='online' join='member' expected='member'>" \
	"<lrm id='" id "'><lrm_resources>" history "</lrm_resources></lrm></node_state>"

static const char cib[] =
	"<cib validate-with='pacemaker-4.0' have-quorum='1' dc-uuid='1'><configuration><crm_config/>"
	"<nodes><node id='1' uname='n1'/><node id='2' uname='n2'/></nodes><resources>"
	"<primitive id='a' class='ocf' provider='pacemaker' type='Dummy'/>"
	"<group id='g'><primitive id='b' class='ocf' provider='pacemaker' type='Dummy'/>"
	"<primitive id='c' class='ocf' provider='pacemaker' type='Dummy'/></group>"
	"<clone id='d-clone'><primitive id='d' class='ocf' provider='pacemaker' type='Dummy'/></clone></resources>"
	"<constraints><rsc_location id='no-a' rsc='a' node='n2' score='-5'/><rsc_location id='no-b' rsc='b' node='n1' "
	"score='-5'/></constraints><tags><tag id='some'><obj_ref id='a'/><obj_ref id='c'/></tag>"
	"<tag id='left'><obj_ref id='n1'/></tag></tags></configuration><status>" STATE(
		"1", "n1", OPERATION("a", "0") OPERATION("d", "0"))
		STATE("2", "n2", OPERATION("b", "1") OPERATION("c", "0") OPERATION("d", "0")) "</status></cib>";

/* What is left, as one text: "n1 n2|a g(b c) …|b@n2|no-a|a d/b c d": nodes, resources, failures, bans, histories. */
static void append_resource(const struct resource *r, GString *out)
{
	g_string_append(out, r->id);
	if (r->kind == RESOURCE_PRIMITIVE)
		return;
	g_string_append_c(out, '(');
	for (uint32_t i = 0; i < r->children.count; i++) {
		g_string_append(out, i > 0 ? " " : "");
		append_resource(r->children.items[i], out);
	}
	g_string_append_c(out, ')');
}

static void describe(const struct cluster *c, GString *out)
{
	for_each_node(n, c) g_string_append_printf(out, "%s ", n->name);
	g_string_append(out, "| ");
	for (uint32_t i = 0; i < c->resources.count; i++) {
		append_resource(c->resources.items[i], out);
		g_string_append_c(out, ' ');
	}
	g_string_append(out, "| ");
	for (const struct failed_operation *f = c->failed_operations; f != NULL; f = f->next)
		g_string_append_printf(out, "%s@%s ", f->rsc->id, f->node->name);
	g_string_append(out, "| ");
	for (uint32_t i = 0; i < c->location_count; i++)
		if (c->locations[i]->node_count > 0)
			g_string_append_printf(out, "%s ", c->locations[i]->id);
	g_string_append_c(out, '|');
	for_each_named(state, document_section(c->document, NAME_STATUS), NAME_NODE_STATE)
	{
		const struct element *all =
			element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
		for_each_named(h, all, NAME_LRM_RESOURCE) g_string_append_printf(out, " %s", element_id(h));
		g_string_append(out, " /");
	}
}

static void test_narrow(void **state)
{
	static const struct {
		const char *node, *resource, *left;
	} cases[] = {
		{NULL, NULL, "n1 n2 | a g(b c) d-clone(d:0 d:1) | b@n2 | no-a no-b | a d / b c d /"},
		{"N1", NULL, "n1 | a d-clone(d:0) | | no-b | a d / /"},
		{"left", NULL, "n1 | a d-clone(d:0) | | no-b | a d / /"},
		{"n9", NULL, "| | | | / /"},
		{NULL, "a", "n1 n2 | a | | no-a | a / /"},
		{NULL, "g", "n1 n2 | g(b c) | b@n2 | no-b | / b c /"},
		{NULL, "c", "n1 n2 | g(c) | | | / c /"},
		{NULL, "some", "n1 n2 | a g(c) | | no-a | a / c /"},
		{NULL, "d", "n1 n2 | d-clone(d:0 d:1) | | | d / d /"},
		{NULL, "d-clone", "n1 n2 | d-clone(d:0 d:1) | | | d / d /"},
		{"n2", "d", "n2 | d-clone(d:1) | | | / d /"},
		{NULL, "x", "n1 n2 | | | | / /"},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct document *d = NULL;
		struct error error = {0};
		GString *out = g_string_new(NULL);
		assert_int_equal(document_parse(cib, strlen(cib), "test", &d, &error), ERR_OK);
		struct cluster *c = cluster_new(d, 1700000000);
		scheduler_read_status(c);
		constraints_unpack(c);
		cluster_narrow(c, cases[i].node, cases[i].resource, true);
		describe(c, out);
		assert_string_equal(out->str, cases[i].left);
		for_each_node(n, c) assert_true(narrow_means_node(c, cases[i].node, n->name));
		cluster_free(c);
		document_free(d);
		(void)g_string_free(out, TRUE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_narrow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
