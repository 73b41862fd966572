/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/edit.h"

#include "cib/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define X            "<primitive id=\"x\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>"
#define Y            "<primitive id=\"y\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>"
#define Z            "<primitive id=\"z\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>"
#define GROUP        "<group id=\"g\">" Y "</group>"
#define NODES        "<nodes><node id=\"1\" uname=\"a\"/></nodes>"
#define OPTION(more) "<nvpair id=\"o1\" name=\"no-quorum-policy\" value=\"stop\"" more "/>"
#define OPTIONS                                                                   \
	"<crm_config><cluster_property_set id=\"cib-bootstrap-options\">" OPTION( \
		"") "</cluster_property_set></crm_config>"
#define STATE "<node_state id=\"1\" uname=\"a\"/>"
#define CIB(version, configuration, status)                                                                \
	"<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"1\" " version "><configuration>" configuration \
	"</configuration><status>" status "</status></cib>"
#define V(epoch, updates) "epoch=\"" epoch "\" num_updates=\"" updates "\""
#define BODY(resources)   OPTIONS NODES "<resources>" resources "</resources><constraints/>"
#define NEXT(resources)   CIB(V("6", "0"), BODY(resources), STATE)
#define BASE              CIB(V("5", "3"), BODY(X GROUP), STATE)

static struct document *parsed(const char *text)
{
	struct document *d = NULL;
	struct error error = {0};
	if (document_parse(text, strlen(text), "test", &d, &error) != ERR_OK)
		fail_msg("%s: %s", error.text, text);
	return d;
}

static char *printed(const struct document *d)
{
	GString *out = g_string_new(NULL);
	element_print_flat(document_root(d), out);
	return g_string_free(out, FALSE);
}

/* As it is printed: an empty element in its short form. */
static char *normal(const char *text)
{
	struct document *d = parsed(text);
	char *same = printed(d);
	document_free(d);
	return same;
}

static const struct edit_author nobody = {0};

/* What became of a document, or the error's text; *ret_verdict says which. The old document must stay what it is. */
static char *applied(const char *base, const struct edit *c, const struct edit_author *by,
		     enum edit_verdict *ret_verdict)
{
	struct document *old = parsed(base), *now = (struct document *)1;
	struct error error = {0};
	*ret_verdict = edit_apply(old, c, by, &now, NULL, &error);
	char *after = printed(old), *before = normal(base);
	assert_string_equal(after, before);
	g_free(after);
	g_free(before);
	document_free(old);
	if (*ret_verdict == EDIT_DONE) {
		char *text = printed(now);
		document_free(now);
		return text;
	}
	assert_ptr_equal(now, *ret_verdict == EDIT_NOTHING ? NULL : (void *)1);
	assert_int_equal(error.text[0] == '\0', *ret_verdict == EDIT_NOTHING);
	return g_strdup(error.text);
}

struct case_ {
	const char *title;
	struct edit edit;
	enum edit_verdict verdict;
	const char *result; /* the document, or a part of the error's text */
};

static void check_cases(const char *base, const struct case_ *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum edit_verdict v;
		char *text = applied(base, &cases[i].edit, &nobody, &v);
		if (v != cases[i].verdict)
			fail_msg("%s: verdict %d and not %d: %s", cases[i].title, v, cases[i].verdict, text);
		char *expected = v == EDIT_DONE ? normal(cases[i].result) : NULL;
		if (v == EDIT_DONE && strcmp(text, expected) != 0)
			fail_msg("%s:\n%s\nand not\n%s", cases[i].title, text, expected);
		g_free(expected);
		if (v != EDIT_DONE && v != EDIT_NOTHING && strstr(text, cases[i].result) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].title, text, cases[i].result);
		g_free(text);
	}
}

#define CHECK(base, cases) check_cases(base, cases, sizeof(cases) / sizeof(cases[0]))

static void test_create(void **state)
{
	(void)state;
	static const struct case_ cases[] = {
		{"in a scope", {EDIT_CREATE, .scope = "resources", .body = Z}, EDIT_DONE, NEXT(X GROUP Z)},
		{"the scope itself stands for what is in it",
		 {EDIT_CREATE, .scope = "resources", .body = "<resources>" Z "<!--c--></resources>"},
		 EDIT_DONE,
		 NEXT(X GROUP Z "<!--c-->")},
		{"a whole configuration stands for the scope's part",
		 {EDIT_CREATE, .scope = "resources",
		  .body = "<cib><configuration><resources>" Z "</resources></configuration></cib>"},
		 EDIT_DONE,
		 NEXT(X GROUP Z)},
		{"without a scope, a whole configuration is merged",
		 {EDIT_CREATE, .body = "<cib><configuration><resources>" Z "</resources></configuration></cib>"},
		 EDIT_DONE,
		 NEXT(X GROUP Z)},
		{"a section",
		 {EDIT_CREATE, .scope = "configuration",
		  .body = "<tags><tag id=\"t\"><obj_ref id=\"x\"/></tag></tags>"},
		 EDIT_DONE,
		 CIB(V("6", "0"), BODY(X GROUP) "<tags><tag id=\"t\"><obj_ref id=\"x\"/></tag></tags>", STATE)},
		{"in the status",
		 {EDIT_CREATE, .scope = "status", .body = "<node_state id=\"2\"/>"},
		 EDIT_DONE,
		 CIB(V("5", "4"), BODY(X GROUP), STATE "<node_state id=\"2\"/>")},
		{"below what an XPath selects",
		 {EDIT_CREATE, .xpath = "//group", .body = Z},
		 EDIT_DONE,
		 NEXT(X "<group id=\"g\">" Y Z "</group>")},
		{"one that is there",
		 {EDIT_CREATE, .scope = "resources", .body = X},
		 EDIT_PRESENT,
		 "<primitive id=\"x\"> is there already"},
		{"one of several that is there: none is created",
		 {EDIT_CREATE, .scope = "resources", .body = "<resources>" Z X "</resources>"},
		 EDIT_PRESENT,
		 "\"x\""},
		{"without an id, the name is enough",
		 {EDIT_CREATE, .scope = "configuration", .body = "<nodes/>"},
		 EDIT_PRESENT,
		 "<nodes> is there already"},
		{"an id that is there elsewhere", {EDIT_CREATE, .scope = "resources", .body = Y}, EDIT_INVALID, "y"},
		{"a section that is not there",
		 {EDIT_CREATE, .scope = "tags", .body = "<tag id=\"t\"/>"},
		 EDIT_MISPLACED,
		 "no <tags>"},
		{"no scope at all", {EDIT_CREATE, .scope = "bogus", .body = Z}, EDIT_MISPLACED, "\"bogus\" is no part"},
		{"where it does not belong", {EDIT_CREATE, .body = Z}, EDIT_INVALID, "primitive"},
		{"against the schema",
		 {EDIT_CREATE, .scope = "resources", .body = "<primitive id=\"z\"/>"},
		 EDIT_INVALID,
		 "<primitive id=\"z\">"},
		{"nothing", {EDIT_CREATE, .scope = "resources"}, EDIT_MISPLACED, "XML is needed"},
		{"an XPath that finds nothing", {EDIT_CREATE, .xpath = "//nope", .body = Z}, EDIT_ABSENT, "//nope"},
		{"no XML", {EDIT_CREATE, .scope = "resources", .body = "<a"}, EDIT_MALFORMED, "the XML given"},
		{"no XPath", {EDIT_CREATE, .xpath = "//a[", .body = Z}, EDIT_MALFORMED, "no XPath expression"},
	};
	CHECK(BASE, cases);
}

static void test_modify(void **state)
{
	(void)state;
	static const struct case_ cases[] = {
		{"an attribute",
		 {EDIT_MODIFY, .body = "<primitive id=\"y\" description=\"d\"/>"},
		 EDIT_DONE,
		 NEXT(X "<group id=\"g\"><primitive id=\"y\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\" "
			"description=\"d\"/></group>")},
		{"nothing new", {EDIT_MODIFY, .body = X}, EDIT_NOTHING, ""},
		{"what is missing within is added",
		 {EDIT_MODIFY, .body = "<group id=\"g\">" Z "<!--c--></group>"},
		 EDIT_DONE,
		 NEXT(X "<group id=\"g\">" Y Z "<!--c--></group>")},
		{"what is not there",
		 {EDIT_MODIFY, .body = "<primitive id=\"q\"/>"},
		 EDIT_ABSENT,
		 "<primitive id=\"q\">"},
		{"what is not in the scope", {EDIT_MODIFY, .scope = "nodes", .body = X}, EDIT_ABSENT, "in nodes"},
		{"what is not there is created on request",
		 {EDIT_MODIFY, .scope = "resources", .body = Z, .allow_create = true},
		 EDIT_DONE,
		 NEXT(X GROUP Z)},
		{"with its section",
		 {EDIT_MODIFY, .scope = "tags", .body = "<tag id=\"t\"><obj_ref id=\"x\"/></tag>",
		  .allow_create = true},
		 EDIT_DONE,
		 CIB(V("6", "0"), BODY(X GROUP) "<tags><tag id=\"t\"><obj_ref id=\"x\"/></tag></tags>", STATE)},
		{"but only on request", {EDIT_MODIFY, .scope = "tags", .body = "<tag id=\"t\"/>"}, EDIT_ABSENT, "tag"},
		{"no scope", {EDIT_MODIFY, .scope = "bogus", .body = X}, EDIT_MISPLACED, "bogus"},
		{"the root's attributes, which is no change of the configuration",
		 {EDIT_MODIFY, .body = "<cib no-quorum-panic=\"0\"/>"},
		 EDIT_DONE,
		 "<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"1\" " V(
			 "5",
			 "4") " no-quorum-panic=\"0\"><configuration>" BODY(X GROUP) "</configuration><status>" STATE
										     "</status></cib>"},
		{"back to an older version", {EDIT_MODIFY, .body = "<cib epoch=\"4\"/>"}, EDIT_OLD, "from 1.5 to 1.4"},
		{"by XPath: the first below which it is",
		 {EDIT_MODIFY, .xpath = "//resources/*", .body = "<primitive id=\"y\" description=\"d\"/>"},
		 EDIT_DONE,
		 NEXT(X "<group id=\"g\"><primitive id=\"y\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\" "
			"description=\"d\"/></group>")},
		{"by XPath: not below it", {EDIT_MODIFY, .xpath = "//group", .body = X}, EDIT_ABSENT, "\"x\""},
		{"by XPath: nothing", {EDIT_MODIFY, .xpath = "//nope", .body = X}, EDIT_ABSENT, "selects nothing"},
		{"the status",
		 {EDIT_MODIFY, .scope = "status", .body = "<node_state id=\"1\" crmd=\"online\"/>"},
		 EDIT_DONE,
		 CIB(V("5", "4"), BODY(X GROUP), "<node_state id=\"1\" uname=\"a\" crmd=\"online\"/>")},
	};
	CHECK(BASE, cases);
}

/* References without an id are told apart by what they refer to, and comments by their text. */
static void test_modify_children(void **state)
{
	(void)state;
	static const char base[] = "<cib validate-with=\"none\" admin_epoch=\"0\" epoch=\"1\" "
				   "num_updates=\"0\"><configuration><a id=\"1\">"
				   "<!--c--><r id-ref=\"p\"/><r id-ref=\"q\"/></a></configuration></cib>";
	static const struct case_ cases[] = {
		{"",
		 {EDIT_MODIFY, .body = "<a id=\"1\"><!--c--><r id-ref=\"q\" n=\"1\"/></a>"},
		 EDIT_DONE,
		 "<cib validate-with=\"none\" admin_epoch=\"0\" epoch=\"2\" num_updates=\"0\"><configuration><a "
		 "id=\"1\">"
		 "<!--c--><r id-ref=\"p\"/><r id-ref=\"q\" n=\"1\"/></a></configuration></cib>"},
	};
	CHECK(base, cases);
}

static void test_scores(void **state)
{
	(void)state;
	static const struct {
		const char *value, *result;
		bool expand;
	} cases[] = {
		{"value++", "6", true},     {"value+=3", "8", true},
		{"value+=-7", "-2", true},  {"value+=INFINITY", "1000000", true},
		{"value+=x", "5", true},    {"other++", "other++", true},
		{"value+", "value+", true}, {"value++", "value++", false},
		{"7", "7", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = g_strdup_printf("<n id=\"1\" value=\"%s\"/>", cases[i].value);
		char *expected =
			g_strdup_printf("<cib validate-with=\"none\" epoch=\"1\" num_updates=\"0\"><configuration>"
					"<n id=\"1\" value=\"%s\"/></configuration></cib>",
					cases[i].result);
		struct edit c = {EDIT_MODIFY, .body = body, .expand_scores = cases[i].expand};
		enum edit_verdict v;
		char *text = applied(
			"<cib validate-with=\"none\"><configuration><n id=\"1\" value=\"5\"/></configuration></cib>",
			&c, NULL, &v);
		if (strcmp(cases[i].result, "5") == 0)
			assert_int_equal(v, EDIT_NOTHING);
		else
			assert_string_equal(text, expected);
		g_free(text);
		g_free(expected);
		g_free(body);
	}
}

static void test_delete(void **state)
{
	(void)state;
	static const struct case_ cases[] = {
		{"by id", {EDIT_DELETE, .body = "<primitive id=\"x\"/>"}, EDIT_DONE, NEXT(GROUP)},
		{"upper and lower case are the same",
		 {EDIT_DELETE, .body = "<primitive id=\"X\"/>"},
		 EDIT_DONE,
		 NEXT(GROUP)},
		{"all attributes must be there",
		 {EDIT_DELETE, .body = "<primitive id=\"x\" class=\"lsb\"/>"},
		 EDIT_NOTHING,
		 ""},
		{"what is not there", {EDIT_DELETE, .body = "<primitive id=\"q\"/>"}, EDIT_NOTHING, ""},
		{"in no scope", {EDIT_DELETE, .scope = "bogus", .body = X}, EDIT_NOTHING, ""},
		{"what the scope has, not the scope",
		 {EDIT_DELETE, .scope = "resources",
		  .body = "<resources><primitive id=\"x\"/><group id=\"g\"/></resources>"},
		 EDIT_DONE,
		 NEXT("")},
		{"the result is against the schema",
		 {EDIT_DELETE, .body = "<primitive id=\"y\"/>"},
		 EDIT_INVALID,
		 "group"},
		{"by XPath: the first", {EDIT_DELETE, .xpath = "//primitive"}, EDIT_DONE, NEXT(GROUP)},
		{"by XPath: all, also one within another",
		 {EDIT_DELETE_ALL, .xpath = "//group | //primitive"},
		 EDIT_DONE,
		 NEXT("")},
		{"by XPath: an attribute alone",
		 {EDIT_DELETE, .xpath = "//node_state/@uname"},
		 EDIT_DONE,
		 CIB(V("5", "4"), BODY(X GROUP), "<node_state id=\"1\"/>")},
		{"by XPath: nothing", {EDIT_DELETE_ALL, .xpath = "//nope"}, EDIT_NOTHING, ""},
		{"by XPath: everything", {EDIT_DELETE_ALL, .xpath = "/cib"}, EDIT_MISPLACED, "use erase"},
		{"nothing", {EDIT_DELETE}, EDIT_MISPLACED, "XML is needed"},
	};
	CHECK(BASE, cases);
}

static void test_replace(void **state)
{
	(void)state;
	static const struct case_ cases[] = {
		{"a section",
		 {EDIT_REPLACE, .scope = "resources", .body = "<resources>" Z "</resources>"},
		 EDIT_DONE,
		 NEXT(Z)},
		{"an element, in its place",
		 {EDIT_REPLACE, .body = "<primitive id=\"x\" class=\"lsb\" type=\"t\"/>"},
		 EDIT_DONE,
		 NEXT("<primitive id=\"x\" class=\"lsb\" type=\"t\"/>" GROUP)},
		{"what is not there", {EDIT_REPLACE, .body = "<primitive id=\"q\"/>"}, EDIT_ABSENT, "\"q\""},
		{"a section that is not there",
		 {EDIT_REPLACE, .scope = "tags", .body = "<tags/>"},
		 EDIT_ABSENT,
		 "tags"},
		{"no scope", {EDIT_REPLACE, .scope = "bogus", .body = "<tags/>"}, EDIT_MISPLACED, "bogus"},
		{"by XPath: comes last",
		 {EDIT_REPLACE, .xpath = "//primitive[@id='x']", .body = Z},
		 EDIT_DONE,
		 NEXT(GROUP Z)},
		{"by XPath: nothing", {EDIT_REPLACE, .xpath = "//nope", .body = Z}, EDIT_ABSENT, "//nope"},
		{"by XPath: an attribute",
		 {EDIT_REPLACE, .xpath = "//primitive/@id", .body = Z},
		 EDIT_MALFORMED,
		 "attribute"},
		{"by XPath: everything, by something else",
		 {EDIT_REPLACE, .xpath = "/cib", .body = Z},
		 EDIT_MALFORMED,
		 "<cib>"},
		{"the whole, newer",
		 {EDIT_REPLACE, .body = CIB(V("9", "7"), BODY(Z), "")},
		 EDIT_DONE,
		 CIB(V("10", "0"), BODY(Z), "")},
		{"the whole, newer, with the status kept",
		 {EDIT_REPLACE, .body = CIB(V("9", "7"), BODY(Z), ""), .keep_status = true},
		 EDIT_DONE,
		 CIB(V("10", "0"), BODY(Z), STATE)},
		{"the whole, by XPath",
		 {EDIT_REPLACE, .xpath = "/cib", .body = CIB(V("9", "7"), BODY(Z), STATE)},
		 EDIT_DONE,
		 CIB(V("10", "0"), BODY(Z), STATE)},
		{"the whole, of the same version",
		 {EDIT_REPLACE, .body = CIB(V("5", "3"), BODY(Z), STATE)},
		 EDIT_DONE,
		 NEXT(Z)},
		{"the whole, the same", {EDIT_REPLACE, .body = BASE}, EDIT_NOTHING, ""},
		{"the whole, older", {EDIT_REPLACE, .body = CIB(V("5", "2"), BODY(Z), STATE)}, EDIT_OLD, "1.5.2"},
		{"the whole, older, by force",
		 {EDIT_REPLACE, .body = CIB(V("2", "0"), BODY(Z), STATE), .force = true},
		 EDIT_DONE,
		 NEXT(Z)},
		{"the whole without a version", {EDIT_REPLACE, .body = "<cib/>"}, EDIT_OLD, "older"},
		{"nothing", {EDIT_REPLACE}, EDIT_MISPLACED, "XML is needed"},
	};
	CHECK(BASE, cases);
}

#define DIFF(version, changes) "<diff format=\"2\">" version changes "</diff>"
#define STEP(from, to)                                                              \
	"<version><source admin_epoch=\"1\" epoch=\"" from "\" num_updates=\"3\"/>" \
	"<target admin_epoch=\"1\" epoch=\"" to "\" num_updates=\"0\"/></version>"
#define DELETE_X "<change operation=\"delete\" path=\"/cib/configuration/resources/primitive[@id='x']\"/>"

static void test_patch(void **state)
{
	(void)state;
	static const struct case_ cases[] = {
		{"without version", {EDIT_PATCH, .body = DIFF("", DELETE_X)}, EDIT_DONE, NEXT(GROUP)},
		{"with version", {EDIT_PATCH, .body = DIFF(STEP("5", "6"), DELETE_X)}, EDIT_DONE, NEXT(GROUP)},
		{"of an older one", {EDIT_PATCH, .body = DIFF(STEP("4", "5"), DELETE_X)}, EDIT_OLD, "newer than"},
		{"of a newer one", {EDIT_PATCH, .body = DIFF(STEP("7", "8"), DELETE_X)}, EDIT_UNFIT, "older than"},
		{"of an older one by force",
		 {EDIT_PATCH, .body = DIFF(STEP("4", "5"), DELETE_X), .force = true},
		 EDIT_DONE,
		 NEXT(GROUP)},
		{"of something else",
		 {EDIT_PATCH, .body = DIFF("", "<change operation=\"modify\" path=\"/cib/nope\"/>")},
		 EDIT_UNFIT,
		 "no such element"},
		{"with a wrong digest",
		 {EDIT_PATCH, .body = "<diff format=\"2\" digest=\"00\">" DELETE_X "</diff>"},
		 EDIT_DIGEST,
		 "digest"},
		{"empty", {EDIT_PATCH, .body = DIFF("", "")}, EDIT_NOTHING, ""},
		{"no patch", {EDIT_PATCH, .body = X}, EDIT_MISPLACED, "no patch"},
		{"nothing", {EDIT_PATCH}, EDIT_MISPLACED, "XML is needed"},
	};
	CHECK(BASE, cases);
}

static void test_others(void **state)
{
	(void)state;
	static const struct case_ cases[] = {
		{"bump", {EDIT_BUMP}, EDIT_DONE, CIB(V("6", "4"), BODY(X GROUP), STATE)},
		{"erase",
		 {EDIT_ERASE},
		 EDIT_DONE,
		 "<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"2\" " V(
			 "6", "0") "><configuration><crm_config/><nodes/>"
				   "<resources/><constraints/></configuration><status/></cib>"},
		{"erase but for the status",
		 {EDIT_ERASE, .keep_status = true},
		 EDIT_DONE,
		 "<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"2\" " V(
			 "6", "0") "><configuration><crm_config/><nodes/>"
				   "<resources/><constraints/></configuration><status>" STATE "</status></cib>"},
		{"upgrade of the newest", {EDIT_UPGRADE}, EDIT_NOTHING, ""},
	};
	CHECK(BASE, cases);
	static const struct case_ old[] = {
		{"upgrade",
		 {EDIT_UPGRADE},
		 EDIT_DONE,
		 "<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"2\" " V("1", "2") "><configuration>" BODY(
			 X GROUP) "</configuration><status/></cib>"},
		{"a change in the words of its schema",
		 {EDIT_CREATE, .scope = "resources", .body = "<master id=\"m\">" Z "</master>"},
		 EDIT_DONE,
		 "<cib validate-with=\"pacemaker-3.0\" admin_epoch=\"1\" " V("6", "0") "><configuration>" BODY(
			 X GROUP "<master id=\"m\">" Z "</master>") "</configuration><status/></cib>"},
		{"or not", {EDIT_CREATE, .scope = "resources", .body = "<bogus/>"}, EDIT_INVALID, "bogus"},
		{"to a schema that nobody knows",
		 {EDIT_MODIFY, .body = "<cib validate-with=\"pacemaker-9.9\"/>"},
		 EDIT_INVALID,
		 "pacemaker-9.9"},
	};
	CHECK("<cib validate-with=\"pacemaker-3.0\" admin_epoch=\"1\" " V("5", "3") "><configuration>" BODY(
		      X GROUP) "</configuration><status/></cib>",
	      old);
	static const struct case_ unknown[] = {{"upgrade", {EDIT_UPGRADE}, EDIT_INVALID, "pacemaker-0.7"}};
	CHECK("<cib validate-with=\"pacemaker-0.7\"/>", unknown);
}

/* A document that breaks its schema already may be mended step by step; one that asks not to be checked is not. */
static void test_unchecked(void **state)
{
	(void)state;
	static const char *const bases[] = {
		CIB(V("5", "3"), BODY("<wrong/>"), ""),
		"<cib validate-with=\"none\"><configuration><resources/></configuration></cib>",
	};
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		struct edit c = {EDIT_CREATE, .scope = "resources", .body = "<bogus/>"};
		enum edit_verdict v;
		char *text = applied(bases[i], &c, &nobody, &v);
		assert_int_equal(v, EDIT_DONE);
		assert_non_null(strstr(text, "<bogus/></resources>"));
		g_free(text);
	}
}

#define COMMAND(op, more, data) \
	"<cib_command cib_op=\"" op "\" " more "><cib_calldata>" data "</cib_calldata></cib_command>"

static void test_transaction(void **state)
{
	(void)state;
	static const struct case_ cases[] = {
		{"two count as one",
		 {EDIT_TRANSACTION, .body = "<cib_transaction>" COMMAND("cib_create", "cib_section=\"resources\"", Z)
					    COMMAND("cib_delete", "", "<primitive id=\"x\"/>") "</cib_transaction>"},
		 EDIT_DONE,
		 NEXT(GROUP Z)},
		{"against the schema only in between",
		 {EDIT_TRANSACTION, .body = "<cib_transaction>" COMMAND("cib_delete", "", "<primitive id=\"y\"/>")
					    COMMAND("cib_delete", "", "<group id=\"g\"/>") "</cib_transaction>"},
		 EDIT_DONE,
		 NEXT(X)},
		{"options",
		 {EDIT_TRANSACTION,
		  .body = "<cib_transaction>" COMMAND("cib_modify", "cib_section=\"resources\" cib_callopt=\"8\"",
						      Z) "<cib_command cib_op=\"cib_delete\" "
							 "cib_section=\"//primitive[@id='x']\" cib_callopt=\"2\"/>"
							 "<cib_command cib_op=\"cib_delete\" cib_section=\"//group\" "
							 "cib_callopt=\"6\"/></cib_transaction>"},
		 EDIT_DONE,
		 NEXT(Z)},
		{"all or nothing",
		 {EDIT_TRANSACTION, .body = "<cib_transaction>" COMMAND("cib_create", "cib_section=\"resources\"", Z)
					    COMMAND("cib_create", "cib_section=\"resources\"", X) "</cib_transaction>"},
		 EDIT_PRESENT,
		 "request 2, cib_create: <primitive id=\"x\">"},
		{"what it cannot do",
		 {EDIT_TRANSACTION, .body = "<cib_transaction>" COMMAND("cib_query", "", "") "</cib_transaction>"},
		 EDIT_MISPLACED,
		 "cib_query"},
		{"something else in it",
		 {EDIT_TRANSACTION, .body = "<cib_transaction><x/></cib_transaction>"},
		 EDIT_MISPLACED,
		 "<x>"},
		{"empty", {EDIT_TRANSACTION, .body = "<cib_transaction/>"}, EDIT_NOTHING, ""},
		{"none", {EDIT_TRANSACTION, .body = X}, EDIT_MISPLACED, "cib_transaction"},
	};
	CHECK(BASE, cases);
}

static void test_author(void **state)
{
	(void)state;
	struct edit c = {EDIT_DELETE, .body = "<primitive id=\"x\"/>"};
	struct edit_author by = {.user = {"root", NULL},
				 .node = "a",
				 .client = "cibadmin",
				 .when = {1795369279u * UINT64_C(1000000000)}};
	enum edit_verdict v;
	char *text = applied(BASE, &c, &by, &v);
	assert_non_null(strstr(text,
			       " num_updates=\"0\" cib-last-written=\"Sun Nov 22 17:41:19 2026\" update-origin=\"a\" "
			       "update-client=\"cibadmin\" update-user=\"root\">"));
	/* The next one who does not say something leaves nothing of the last. */
	struct edit next = {EDIT_DELETE, .body = "<group id=\"g\"/>"};
	char *second = applied(text, &next, &(struct edit_author){.when = {1}, .zone_s = 3600}, &v);
	assert_non_null(strstr(second, " cib-last-written=\"Thu Jan  1 01:00:00 1970\">"));
	/* The status is nobody's. */
	struct edit status = {EDIT_MODIFY, .scope = "status", .body = "<node_state id=\"1\" crmd=\"online\"/>"};
	char *third = applied(BASE, &status, &by, &v);
	assert_null(strstr(third, "cib-last-written"));
	g_free(text);
	g_free(second);
	g_free(third);
}

#define ACLS                                                                                                 \
	"<crm_config><cluster_property_set id=\"s\"><nvpair id=\"n\" name=\"enable-acl\" value=\"true\"/>"   \
	"</cluster_property_set></crm_config><nodes/><resources>" X GROUP "</resources><constraints/><acls>" \
	"<acl_target id=\"joe\"><role id=\"r\"/></acl_target><acl_role id=\"r\"><acl_permission id=\"p1\" "  \
	"kind=\"read\" "                                                                                     \
	"xpath=\"/cib\"/><acl_permission id=\"p2\" kind=\"write\" reference=\"x\"/></acl_role></acls>"

static void test_access(void **state)
{
	(void)state;
	static const char base[] = CIB(V("5", "3"), ACLS, "");
	struct edit own = {EDIT_MODIFY, .body = "<primitive id=\"x\" description=\"d\"/>"};
	struct edit others = {EDIT_MODIFY, .body = "<primitive id=\"y\" description=\"d\"/>"};
	static const struct {
		const char *user;
		bool may_own, may_others;
	} cases[] = {{"root", true, true}, {"hacluster", true, true}, {"joe", true, false}, {"ann", false, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct edit_author by = {.user = {cases[i].user, NULL}};
		enum edit_verdict v;
		g_free(applied(base, &own, &by, &v));
		assert_int_equal(v, cases[i].may_own ? EDIT_DONE : EDIT_DENIED);
		char *text = applied(base, &others, &by, &v);
		assert_int_equal(v, cases[i].may_others ? EDIT_DONE : EDIT_DENIED);
		assert_true(cases[i].may_others || strstr(text, cases[i].user) != NULL);
		g_free(text);
	}
}

/* Every problem is told, with its line in what was given. */
static void test_problems(void **state)
{
	(void)state;
	struct document *old = parsed(BASE), *now = NULL;
	GPtrArray *problems = problems_new();
	struct error error = {0};
	struct edit c = {EDIT_CREATE, .scope = "resources",
			 .body = "<resources>\n<primitive id=\"z\"/>\n<bogus/></resources>"};
	assert_int_equal(edit_apply(old, &c, NULL, &now, problems, &error), EDIT_INVALID);
	bool lines[4] = {false};
	for (guint i = 0; i < problems->len; i++)
		lines[((struct problem *)g_ptr_array_index(problems, i))->line & 3] = true;
	assert_true(lines[2] && lines[3]);
	assert_non_null(strstr(error.text, "problems in all"));
	g_ptr_array_unref(problems);
	document_free(old);
}

static void test_follows(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool follows, says_why; /* beside the problems */
	} cases[] = {
		{BASE, true, false},
		{CIB(V("5", "3"), BODY("<wrong/>"), ""), false, false},
		{"<cib validate-with='none'><wrong/></cib>", true, false},
		{"<cib validate-with='pacemaker-3.0' admin_epoch='0' epoch='0' "
		 "num_updates='0'><configuration><crm_config/>"
		 "<nodes/><resources/><constraints/></configuration><status/></cib>",
		 true, false},
		{"<cib validate-with='pacemaker-3.0'/>", false, false},
		{"<cib validate-with='pacemaker-9.9'/>", false, true},
		{"<cib/>", false, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *d = parsed(cases[i].text);
		struct error error = {0};
		GPtrArray *problems = problems_new();
		assert_int_equal(edit_follows_schema(d, problems, &error), cases[i].follows);
		assert_int_equal(error.text[0] != '\0', cases[i].says_why);
		assert_int_equal(problems->len > 0, !cases[i].follows && !cases[i].says_why);
		g_ptr_array_unref(problems);
		document_free(d);
	}
}

static void test_query(void **state)
{
	(void)state;
	static const struct {
		const char *scope, *xpath;
		bool no_children;
		enum edit_verdict verdict;
		const char *text;
	} cases[] = {
		{"nodes", NULL, false, EDIT_DONE, "<nodes>\n  <node id=\"1\" uname=\"a\"/>\n</nodes>\n"},
		{"nodes", NULL, true, EDIT_DONE, "<nodes/>\n"},
		{NULL, NULL, true, EDIT_DONE,
		 "<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"1\" " V("5", "3") "/>\n"},
		{"all", NULL, true, EDIT_DONE,
		 "<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"1\" " V("5", "3") "/>\n"},
		{"tags", NULL, false, EDIT_ABSENT, "no <tags>"},
		{"bogus", NULL, false, EDIT_ABSENT, "no <bogus>"},
		{NULL, "//primitive[@id='x']", false, EDIT_DONE, X "\n"},
		{NULL, "//primitive", false, EDIT_DONE, "<xpath-query>\n  " X "\n  " Y "\n</xpath-query>\n"},
		{NULL, "//group", true, EDIT_DONE, "<group id=\"g\"/>\n"},
		{NULL, "//primitive | //group", true, EDIT_DONE,
		 "<xpath-query>\n  " X "\n  <group id=\"g\"/>\n  " Y "\n</xpath-query>\n"},
		{NULL, "/cib/@epoch", false, EDIT_DONE, "<xpath-query epoch=\"5\"/>\n"},
		{NULL, "//nope", false, EDIT_ABSENT, "//nope"},
		{NULL, "//a[", false, EDIT_MALFORMED, "no XPath"},
	};
	struct document *d = parsed(BASE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		GString *out = g_string_new(NULL);
		struct error error = {0};
		assert_int_equal(
			query_print(d, cases[i].scope, cases[i].xpath, cases[i].no_children, NULL, out, &error),
			cases[i].verdict);
		if (cases[i].verdict == EDIT_DONE)
			assert_string_equal(out->str, cases[i].text);
		else
			assert_non_null(strstr(error.text, cases[i].text));
		g_string_free(out, TRUE);
	}
	document_free(d);
}

static void test_query_access(void **state)
{
	(void)state;
	static const struct {
		const char *user;
		enum edit_verdict verdict;
	} cases[] = {{"root", EDIT_DONE}, {"joe", EDIT_DONE}, {"ann", EDIT_DENIED}};
	struct document *d = parsed(CIB(V("5", "3"), ACLS, ""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		GString *out = g_string_new(NULL);
		struct error error = {0};
		struct access_user user = {cases[i].user, NULL};
		assert_int_equal(query_print(d, "resources", NULL, false, &user, out, &error), cases[i].verdict);
		assert_int_equal(strstr(out->str, "Dummy") != NULL, cases[i].verdict == EDIT_DONE);
		g_string_free(out, TRUE);
	}
	document_free(d);
}

static void test_words(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum edit_kind kind;
	} kinds[] = {{"create", EDIT_CREATE},   {"modify", EDIT_MODIFY},
		     {"delete", EDIT_DELETE},   {"delete-all", EDIT_DELETE_ALL},
		     {"replace", EDIT_REPLACE}, {"patch", EDIT_PATCH},
		     {"erase", EDIT_ERASE},     {"bump", EDIT_BUMP},
		     {"upgrade", EDIT_UPGRADE}, {"transaction", EDIT_TRANSACTION}};
	enum edit_kind kind;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_true(edit_kind_parse(kinds[i].word, &kind));
		assert_int_equal(kind, kinds[i].kind);
		assert_string_equal(edit_kind_word(kind), kinds[i].word);
	}
	assert_false(edit_kind_parse("undo", &kind));
	assert_false(edit_kind_parse(NULL, &kind));
	static const struct {
		enum edit_verdict verdict;
		int code;
	} exits[] = {{EDIT_DONE, 0},     {EDIT_NOTHING, 0},  {EDIT_MALFORMED, 65}, {EDIT_MISPLACED, 70},
		     {EDIT_DENIED, 4},   {EDIT_INVALID, 78}, {EDIT_OLD, 103},      {EDIT_UNFIT, 1},
		     {EDIT_DIGEST, 104}, {EDIT_ABSENT, 105}, {EDIT_PRESENT, 108}};
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		assert_int_equal(edit_verdict_exit(exits[i].verdict), exits[i].code);
	assert_true(edit_scope_is_known(NULL) && edit_scope_is_known("all") && edit_scope_is_known("fencing-topology"));
	assert_false(edit_scope_is_known("primitive"));
	struct arena a = {0};
	assert_string_equal(edit_time_text((wall_time){0}, -1, &a), "Wed Dec 31 23:59:59 1969");
	arena_fini(&a);
}

enum { MANY = 5000 };

static char *large(void)
{
	GString *text =
		g_string_new("<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\">"
			     "<configuration><crm_config/><nodes/><resources>");
	for (int i = 0; i < MANY; i++)
		g_string_append_printf(
			text,
			"<primitive id=\"r%d\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"><operations>"
			"<op id=\"r%d-m\" name=\"monitor\" interval=\"10s\"/></operations><instance_attributes "
			"id=\"r%d-i\"><nvpair id=\"r%d-i-a\" name=\"a\" "
			"value=\"1\"/></instance_attributes></primitive>",
			i, i, i, i);
	g_string_append(text, "</resources><constraints/></configuration><status/></cib>");
	return g_string_free(text, FALSE);
}

static double now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The bound is wide: this machine may be slow, and a sanitizer is. */
static void test_speed(void **state)
{
	(void)state;
	static const struct edit edits[] = {
		{EDIT_MODIFY, .body = "<nvpair id=\"r4999-i-a\" value=\"2\"/>"},
		{EDIT_CREATE, .scope = "resources", .body = Z},
		{EDIT_MODIFY, .xpath = "//primitive[@id='r4999']", .body = "<nvpair id=\"r4999-i-a\" value=\"2\"/>"},
	};
	char *text = large();
	struct document *d = parsed(text);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct document *now = NULL;
		struct error error = {0};
		double before = now_ms();
		assert_int_equal(edit_apply(d, &edits[i], NULL, &now, NULL, &error), EDIT_DONE);
		double took = now_ms() - before;
		print_message("an edit of %d resources took %.1f ms\n", MANY, took);
		assert_true(took < 1000);
		document_free(now);
	}
	document_free(d);
	g_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),          cmocka_unit_test(test_modify),
		cmocka_unit_test(test_modify_children), cmocka_unit_test(test_scores),
		cmocka_unit_test(test_delete),          cmocka_unit_test(test_replace),
		cmocka_unit_test(test_patch),           cmocka_unit_test(test_others),
		cmocka_unit_test(test_unchecked),       cmocka_unit_test(test_transaction),
		cmocka_unit_test(test_author),          cmocka_unit_test(test_access),
		cmocka_unit_test(test_problems),        cmocka_unit_test(test_query),
		cmocka_unit_test(test_follows),         cmocka_unit_test(test_query_access),
		cmocka_unit_test(test_words),           cmocka_unit_test(test_speed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
