/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/move-constraint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct document *open_document(const char *constraints)
{
	struct document *d = NULL;
	struct error error = {.text = ""};
	char *text = g_strdup_printf("<cib><configuration><resources/>%s</configuration></cib>", constraints);
	if (document_parse(text, strlen(text), "test", &d, &error) != ERR_OK)
		fail_msg("%s", error.text);
	g_free(text);
	return d;
}

static void assert_constraints(const struct document *d, const char *expected)
{
	GString *text = g_string_new(NULL);
	element_print_flat(document_section(d, NAME_CONSTRAINTS), text);
	assert_string_equal(text->str, expected);
	(void)g_string_free(text, TRUE);
}

static void constraints_are_pacemakers(void **state)
{
	(void)state;
	struct document *d = open_document("");
	move_prefer(d, &(struct move_constraint){.rsc = "web", .node = "n1", .role = "Started"});
	move_ban(d, &(struct move_constraint){.rsc = "web", .node = "n2", .role = "Promoted", .until = "tomorrow"});
	assert_constraints(
		d, "<constraints><rsc_location id=\"cli-prefer-web\" rsc=\"web\" role=\"Started\" node=\"n1\" "
		   "score=\"INFINITY\"/><rsc_location id=\"cli-ban-web-on-n2\" rsc=\"web\" role=\"Promoted\">"
		   "<rule id=\"cli-ban-web-on-n2-rule\" score=\"-INFINITY\" boolean-op=\"and\">"
		   "<expression id=\"cli-ban-web-on-n2-expr\" attribute=\"#uname\" operation=\"eq\" value=\"n2\" "
		   "type=\"string\"/><date_expression id=\"cli-ban-web-on-n2-lifetime\" operation=\"lt\" "
		   "end=\"tomorrow\"/></rule></rsc_location></constraints>");
	document_free(d);
}

/* Made again, it stands where it stood, and nothing of the old one is left. */
static void what_is_there_is_replaced(void **state)
{
	(void)state;
	struct document *d = open_document("");
	move_prefer(d, &(struct move_constraint){.rsc = "a", .node = "n1", .role = "Started", .until = "2030-01-01"});
	move_ban(d, &(struct move_constraint){.rsc = "a", .node = "n2", .role = "Started"});
	move_prefer(d, &(struct move_constraint){.rsc = "a", .node = "n3", .role = "Started"});
	assert_constraints(d, "<constraints><rsc_location id=\"cli-prefer-a\" rsc=\"a\" role=\"Started\" node=\"n3\" "
			      "score=\"INFINITY\"/><rsc_location id=\"cli-ban-a-on-n2\" rsc=\"a\" role=\"Started\" "
			      "node=\"n2\" score=\"-INFINITY\"/></constraints>");
	document_free(d);
}

#define LOCATION(id, rsc, role, node) \
	"<rsc_location id='" id "' rsc='" rsc "' role='" role "' node='" node "' score='1'/>"
#define RULED(id, rsc, node, end)                                                                                \
	"<rsc_location id='" id "' rsc='" rsc "' role='Started'><rule id='" id "-r'>"                            \
	"<expression id='" id "-e' attribute='#uname' operation='eq' value='" node "'/><date_expression id='" id \
	"-d' operation='lt' end='" end "'/></rule></rsc_location>"

static void clearing_takes_what_is_meant(void **state)
{
	(void)state;
	static const struct {
		struct move_clearing what;
		const char *gone;
	} cases[] = {
		{{.bans = true, .preferences = true},
		 "cli-prefer-a cli-ban-a-on-n1 cli-ban-a-on-n2 cli-ban-a-b-on-n1 cli-prefer-b"},
		{{.rsc = "a", .bans = true, .preferences = true}, "cli-prefer-a cli-ban-a-on-n1 cli-ban-a-on-n2"},
		{{.rsc = "a", .bans = true}, "cli-ban-a-on-n1 cli-ban-a-on-n2"},
		{{.rsc = "a", .preferences = true}, "cli-prefer-a"},
		{{.rsc = "a", .node = "n1", .bans = true, .preferences = true}, "cli-ban-a-on-n1"},
		{{.rsc = "a", .node = "n1", .bans = true, .preferences = true, .any_preference = true},
		 "cli-prefer-a cli-ban-a-on-n1"},
		{{.rsc = "a", .node = "n2", .bans = true, .preferences = true}, "cli-prefer-a cli-ban-a-on-n2"},
		{{.bans = true, .preferences = true, .promoted_only = true}, "cli-ban-a-on-n1 cli-prefer-b"},
		{{.bans = true, .preferences = true, .expired_only = true, .now = 1700000000}, "cli-ban-a-on-n2"},
		{{.bans = true, .preferences = true, .expired_only = true, .now = 1}, ""},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct document *d = open_document(
			"<constraints>" LOCATION("cli-prefer-a", "a", "Started", "n2")
				LOCATION("cli-ban-a-on-n1", "a", "Promoted", "n1") RULED("cli-ban-a-on-n2", "a", "n2",
											 "2020-01-01 00:00:00Z")
					LOCATION("cli-ban-a-b-on-n1", "a-b", "Started", "n1")
						LOCATION("cli-prefer-b", "b", "Master", "n1")
							LOCATION("mine", "a", "Started", "n1") "</constraints>");
		GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
		GString *gone = g_string_new(NULL);
		unsigned count = move_clear(d, &cases[i].what, ids);
		assert_int_equal(count, ids->len);
		for (guint k = 0; k < ids->len; k++)
			g_string_append_printf(gone, "%s%s", k > 0 ? " " : "", (char *)g_ptr_array_index(ids, k));
		assert_string_equal(gone->str, cases[i].gone);
		assert_non_null(document_by_id(d, "mine"));
		assert_int_equal(move_clear(d, &cases[i].what, NULL), 0);
		(void)g_string_free(gone, TRUE);
		g_ptr_array_unref(ids);
		document_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constraints_are_pacemakers),
		cmocka_unit_test(what_is_there_is_replaced),
		cmocka_unit_test(clearing_takes_what_is_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
