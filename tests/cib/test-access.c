/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/access.h"

#include "trees.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PERMISSION(kind, by) "<acl_permission id='p' kind='" kind "' " by "/>"
#define CIB(permissions, options, resources)                                                        \
	"<cib epoch='1'><configuration>"                                                            \
	"<crm_config>" options "</crm_config><resources>" resources "</resources><acls>"            \
	"<acl_role id='r'>" permissions "</acl_role><acl_target id='u'><role id='r'/></acl_target>" \
	"<acl_group id='g' name='staff'><role id='r'/></acl_group></acls></configuration></cib>"
#define RESOURCES                                                                           \
	"<primitive id='A' class='ocf'><meta_attributes id='m'><nvpair id='n' name='role' " \
	"value='1'/></meta_attributes></primitive><primitive id='B'/>"

static const struct access_user user = {.name = "u"};

/* What the user sees of the resources; "-" for nothing at all. */
static char *seen(const char *permissions, const struct access_user *by)
{
	char *text = g_strdup_printf(CIB("%s", "", RESOURCES), permissions);
	struct document *d = tree_parsed(text);
	struct access *a = access_new(d, d, by);
	struct document *filtered = access_filter(a);
	GString *out = g_string_new(filtered == NULL ? "-" : "");
	const struct element *resources = filtered == NULL ? NULL : document_section(filtered, NAME_RESOURCES);
	if (resources != NULL)
		element_print_flat(resources, out);
	document_free(filtered);
	access_free(a);
	document_free(d);
	g_free(text);
	return g_string_free(out, FALSE);
}

static void test_filter(void **state)
{
	(void)state;
#define A                                                                                             \
	"<primitive id=\"A\" class=\"ocf\"><meta_attributes id=\"m\"><nvpair id=\"n\" name=\"role\" " \
	"value=\"1\"/></meta_attributes></primitive>"
	static const char whole[] = "<resources>" A "<primitive id=\"B\"/></resources>";
	static const char pair[] =
		"<resources><primitive id=\"A\"><meta_attributes id=\"m\"><nvpair id=\"n\" name=\"role\" value=\"1\"/>"
		"</meta_attributes></primitive></resources>";
	static const struct {
		const char *permissions, *seen;
	} cases[] = {
		{"", "-"},
		{PERMISSION("read", "xpath='/cib'"), whole},
		{PERMISSION("write", "xpath='/cib'"), whole},
		{PERMISSION("read", "xpath='/'"), whole},
		{PERMISSION("deny", "xpath='/cib'"), "-"},
		{PERMISSION("read", "xpath='/cib'") PERMISSION("deny", "xpath='/cib'"), "-"},
		{PERMISSION("read", "reference='B'"), "<resources><primitive id=\"B\"/></resources>"},
		{PERMISSION("read", "object-type='nvpair'"), pair},
		{PERMISSION("read", "object-type='primitive' attribute='class'"), "<resources>" A "</resources>"},
		{PERMISSION("read", "object-type='primitive' attribute='x-none'"), "-"},
		{PERMISSION("read", "xpath='//nvpair[@name=\"role\"]'"), pair},
		{PERMISSION("read", "xpath='//@class'"), "<resources>" A "</resources>"},
		{PERMISSION("read", "xpath='/cib'") PERMISSION("deny", "reference='A'"),
		 "<resources><primitive id=\"B\"/></resources>"},
		/* The nearer one counts, whatever the order. */
		{PERMISSION("read", "reference='n'") PERMISSION("deny", "xpath='/cib'"), pair},
		{PERMISSION("deny", "object-type='meta_attributes'") PERMISSION("read", "xpath='/cib'"),
		 "<resources><primitive id=\"A\" class=\"ocf\"/><primitive id=\"B\"/></resources>"},
		/* What says nothing clear is nothing, but a wrong deny is everything. */
		{PERMISSION("watch", "xpath='/cib'"), "-"},
		{PERMISSION("read", ""), "-"},
		{PERMISSION("read", "attribute='id'"), "-"},
		{PERMISSION("read", "xpath='//a['"), "-"},
		{PERMISSION("read", "xpath='/cib'") PERMISSION("deny", "xpath='//a['"), "-"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = seen(cases[i].permissions, &user);
		assert_string_equal(text, cases[i].seen);
		g_free(text);
	}
#undef A
}

static void test_users(void **state)
{
	(void)state;
	static const char *const staff[] = {"others", "staff", NULL}, *const others[] = {"others", "g", NULL};
	static const struct {
		struct access_user user;
		bool sees;
	} cases[] = {{{"u", NULL}, true},    {{"v", NULL}, false},     {{"v", staff}, true},
		     {{"v", others}, false}, {{"staff", NULL}, false}, {{"", NULL}, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = seen(PERMISSION("read", "xpath='/cib'"), &cases[i].user);
		assert_int_equal(strcmp(text, "-") != 0, cases[i].sees);
		g_free(text);
	}
}

#define SET(id, more, value)                                                                              \
	"<cluster_property_set id='" id "' " more "><nvpair id='o" id "' name='enable-acl' value='" value \
	"'/></cluster_property_set>"

static void test_needed(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool needed;
	} cases[] = {
		{CIB("", "", ""), false},
		{CIB("", SET("a", "", "true"), ""), true},
		{CIB("", SET("a", "", "no"), ""), false},
		{CIB("", SET("a", "", "maybe"), ""), false},
		{CIB("", SET("a", "", "false") SET("cib-bootstrap-options", "", "ON"), ""), true},
		{CIB("", SET("a", "score='INFINITY'", "true") SET("cib-bootstrap-options", "", "0"), ""), false},
		{CIB("", SET("a", "score='1'", "false") SET("b", "score='20'", "true"), ""), true},
		{CIB("", SET("a", "score='-INFINITY'", "true") SET("b", "", "false"), ""), false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *d = tree_parsed(cases[i].text);
		assert_int_equal(access_is_needed(d, "u"), cases[i].needed);
		assert_false(access_is_needed(d, "root"));
		assert_false(access_is_needed(d, "hacluster"));
		assert_false(access_is_needed(d, NULL));
		assert_false(access_is_needed(d, ""));
		document_free(d);
	}
}

/* A read below a write takes nothing back; a deny does, and a write below a deny gives again. */
static void test_marks(void **state)
{
	(void)state;
	struct document *d =
		tree_parsed(CIB(PERMISSION("write", "object-type='resources'") PERMISSION("read", "reference='A'")
					PERMISSION("deny", "reference='m'") PERMISSION("write", "reference='n'"),
				"", RESOURCES));
	struct access *a = access_new(d, d, &user);
	const struct element *resources = document_section(d, NAME_RESOURCES), *m = document_by_id(d, "m");
	assert_true(access_may_write(a, resources));
	assert_true(access_may_write(a, document_by_id(d, "A")));
	assert_false(access_may_write(a, m));
	assert_false(access_may_read(a, m));
	assert_true(access_may_write(a, m->first));
	assert_true(access_may_read(a, m->first));
	assert_false(access_may_read(a, document_root(d)));
	access_free(a);
	access_free(NULL);
	document_free(d);
}

static void test_changes(void **state)
{
	(void)state;
#define FROM(permissions)        CIB(permissions, "", RESOURCES)
#define TO(permissions, changed) CIB(permissions, "", changed)
#define ALL                      PERMISSION("write", "object-type='resources'")
#define ONLY_N                   PERMISSION("write", "xpath='//nvpair[@name=\"role\"]'")
#define META(pairs)                                                                                                \
	"<primitive id='A' class='ocf'><meta_attributes id='m'>" pairs "</meta_attributes></primitive><primitive " \
	"id='B'"
#define A_ALONE  "<primitive id='A' class='ocf'><meta_attributes id='m'>" N("1") "</meta_attributes></primitive>"
#define N(value) "<nvpair id='n' name='role' value='" value "'/>"
	static const struct {
		const char *from, *to;
		const char *denied; /* part of the message; NULL: allowed */
	} cases[] = {
		{FROM(""), FROM(""), NULL},
		{FROM(""), TO("", META(N("2")) "/>"),
		 "may not change attributes of /cib/configuration/resources/primitive[@id='A']"},
		{FROM(ALL), TO(ALL, META(N("2")) "/>"), NULL},
		{FROM(ONLY_N), TO(ONLY_N, META(N("2")) "/>"), NULL},
		{FROM(ONLY_N), TO(ONLY_N, META("") "/>"), NULL},
		{FROM(ONLY_N), TO(ONLY_N, META(N("1")) " x='1'/>"), "primitive[@id='B']"},
		{FROM(ONLY_N), TO(ONLY_N, META(N("1") "<nvpair id='o' name='other'/>") "/>"), "may not create"},
		/* What becomes one's own by the change was not before. */
		{FROM(ONLY_N), TO(ONLY_N, META(N("1")) " name='role'/>"), "may not change"},
		/* With its scaffolding, and not with more. */
		{FROM(ONLY_N),
		 TO(ONLY_N, META(N("1")) "><meta_attributes id='m2'><nvpair id='o' "
					 "name='role'/></meta_attributes></primitive>"),
		 NULL},
		{FROM(ONLY_N),
		 TO(ONLY_N, META(N("1")) "><meta_attributes id='m2' x='1'><nvpair id='o' "
					 "name='role'/></meta_attributes></primitive>"),
		 "may not create"},
		{FROM(ONLY_N), TO(ONLY_N, META(N("1")) "><!--c--></primitive>"), "may not create"},
		{FROM(ALL), TO(ALL, META(N("1")) "><!--c--></primitive>"), NULL},
		{FROM(ALL), TO(ALL, "<primitive id='B'/>"), NULL},
		{FROM(ALL PERMISSION("deny", "reference='A'")),
		 TO(ALL PERMISSION("deny", "reference='A'"), "<primitive id='B'/>"),
		 "may not delete /cib/configuration/resources/primitive[@id='A']"},
		/* The rules that count are the old ones, and <acls> has no scaffolding. */
		{FROM(""), FROM(ALL), "may not create /cib/configuration/acls/acl_role[@id='r']/acl_permission"},
		{FROM(""),
		 "<cib epoch='1'><configuration><crm_config/><resources>" RESOURCES
		 "</resources></configuration></cib>",
		 "may not delete /cib/configuration/acls"},
		{FROM(ALL), "<cib epoch='2'><configuration><crm_config/><resources/></configuration></cib>", "may not"},
		/* Order. */
		{FROM(ALL), TO(ALL, "<primitive id='B'/>" A_ALONE), NULL},
		{FROM(ALL), "<cob/>", "not the same document"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *a = tree_parsed(cases[i].from), *b = tree_parsed(cases[i].to);
		struct error error = {0};
		enum err e = access_check_change(a, b, &user, &error);
		if (cases[i].denied == NULL) {
			assert_string_equal(error.text, "");
			assert_int_equal(e, ERR_OK);
		} else {
			assert_int_not_equal(e, ERR_OK);
			assert_non_null(strstr(error.text, cases[i].denied));
		}
		document_free(a);
		document_free(b);
	}
}

/* Who may write only some of the children may move these about, and not the others. */
static void test_order(void **state)
{
	(void)state;
#define ORDER(resources) CIB(PERMISSION("write", "reference='A'"), "", resources)
#define P(id)            "<primitive id='" id "'/>"
	static const struct {
		const char *to;
		bool allowed;
	} cases[] = {
		{ORDER(P("A") P("B") P("C") P("D")), true},  {ORDER(P("B") P("C") P("D") P("A")), true},
		{ORDER(P("B") P("A") P("C") P("D")), true},  {ORDER(P("A") P("C") P("B") P("D")), false},
		{ORDER(P("D") P("A") P("B") P("C")), false}, {ORDER(P("C") P("B") P("A") P("D")), false},
	};
	struct document *a = tree_parsed(ORDER(P("A") P("B") P("C") P("D")));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *b = tree_parsed(cases[i].to);
		assert_int_equal(access_check_change(a, b, &user, NULL) == ERR_OK, cases[i].allowed);
		document_free(b);
	}
	document_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter), cmocka_unit_test(test_users),   cmocka_unit_test(test_needed),
		cmocka_unit_test(test_marks),  cmocka_unit_test(test_changes), cmocka_unit_test(test_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
