/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/upgrade.h"

#include "parsed.h"

#define P4 "pcmk__3_10_upgrade-"

static struct document *versioned(const char *schema, const char *configuration)
{
	char *text = g_strdup_printf("<cib%s%s%s admin_epoch='0' epoch='1' num_updates='0'>%s<status/></cib>",
				     schema == NULL ? "" : " validate-with='", schema == NULL ? "" : schema,
				     schema == NULL ? "" : "'", configuration);
	struct document *d = parsed(text);
	g_free(text);
	return d;
}

/* A configuration with some of its sections; the others are empty. */
static char *configuration(const char *options, const char *nodes, const char *resources, const char *constraints,
			   const char *more)
{
	return g_strdup_printf("<configuration><crm_config>%s</crm_config><nodes>%s</nodes><resources>%s</resources>"
			       "<constraints>%s</constraints>%s</configuration>",
			       options, nodes, resources, constraints, more);
}

static char *flat(const struct element *e)
{
	GString *out = g_string_new(NULL);
	element_print_flat(e, out);
	return g_string_free(out, FALSE);
}

/* Both as they are printed, so that cases may be written with either quote. */
static void assert_becomes(const char *schema, const char *from, const char *to)
{
	struct document *d = versioned(schema, from), *want = versioned(CIB_SCHEMA_NEWEST, to);
	struct error error;
	enum err e = cib_upgrade(d, &error);
	if (e != ERR_OK)
		print_error("%s\n", error.text);
	assert_int_equal(e, ERR_OK);
	char *is = flat(document_root(d)), *should = flat(document_root(want));
	assert_string_equal(is, should);
	assert_string_equal(element_get(document_root(d), NAME_VALIDATE_WITH), CIB_SCHEMA_NEWEST);
	g_free(is);
	g_free(should);
	document_free(d);
	document_free(want);
}

static void test_schema_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int number;
	} cases[] = {{"pacemaker-1.0", 1000},
		     {"pacemaker-1.3", 1003},
		     {"pacemaker-2.0", 2000},
		     {"pacemaker-2.9", 2009},
		     {"pacemaker-2.10", 2010},
		     {"pacemaker-3.10", 3010},
		     {"pacemaker-4.0", 4000},
		     {"pacemaker-4.1", -1},
		     {"pacemaker-2.11", -1},
		     {"pacemaker-5.0", -1},
		     {"pacemaker-3.010", -1},
		     {"pacemaker-3", -1},
		     {"pacemaker-3.", -1},
		     {"pacemaker-", -1},
		     {"pacemaker-03.1", -1},
		     {"pacemaker-3.1x", -1},
		     {"none", -1},
		     {"", -1},
		     {NULL, -1}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(cib_schema_number(cases[i].name), cases[i].number);
}

static void test_which_documents(void **state)
{
	(void)state;
	char *old = configuration("", "", "<master id='m'><primitive id='p' class='lsb' type='x'/></master>", "", "");
	static const struct {
		const char *schema;
		enum err want;
		bool changed, unchecked;
	} cases[] = {{"pacemaker-3.0", ERR_OK, true, false},           {"pacemaker-1.0", ERR_OK, true, false},
		     {"pacemaker-4.0", ERR_OK, false, false},          {"none", ERR_OK, false, true},
		     {"pacemaker-9.0", ERR_UNSUPPORTED, false, false}, {NULL, ERR_UNSUPPORTED, false, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *d = versioned(cases[i].schema, old);
		struct error error = {0};
		char *before = flat(document_root(d));
		assert_int_equal(cib_is_unchecked(d), cases[i].unchecked);
		assert_int_equal(cib_upgrade(d, &error), cases[i].want);
		char *after = flat(document_root(d));
		assert_int_equal(strcmp(before, after) != 0, cases[i].changed);
		if (cases[i].want != ERR_OK)
			assert_non_null(strstr(error.text, "validate-with"));
		g_free(before);
		g_free(after);
		document_free(d);
	}
	g_free(old);
}

/* A document that follows the newest schema already keeps every letter but its validate-with. */
static void test_no_need(void **state)
{
	(void)state;
	char *fine = configuration("<cluster_property_set id='b' score='1'/><cluster_property_set id='a' score='2'>"
				   "<nvpair id='x' name='a' value='1'/><nvpair id='y' name='a' value='2'/>"
				   "</cluster_property_set>",
				   "", "<!-- kept --><primitive id='p' class='lsb' type='x'/>", "", "");
	assert_becomes("pacemaker-2.0", fine, fine);
	assert_becomes("pacemaker-3.5", fine, fine);
	g_free(fine);
}

struct change {
	const char *options, *nodes, *resources, *constraints, *more; /* from, and to */
};

static void assert_changes(const char *schema, const struct change cases[][2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text[2];
		for (int k = 0; k < 2; k++) {
			const struct change *c = &cases[i][k];
			text[k] = configuration(c->options ?: "", c->nodes ?: "", c->resources ?: "",
						c->constraints ?: "", c->more ?: "");
		}
		assert_becomes(schema, text[0], text[1]);
		g_free(text[0]);
		g_free(text[1]);
	}
}

static void test_access_of_1(void **state)
{
	(void)state;
	static const struct change cases[][2] = {
		{{.more = "<acls><acl_user id='u'><role_ref id='r'/></acl_user><acl_role id='r'><read id='a' tag='x' "
			  "attribute='y'/><write id='b' ref='r'/><deny id='d' xpath='/cib' "
			  "attribute='e'/></acl_role></acls>"},
		 {.more = "<acls><acl_target id='u'><role id='r'/></acl_target><acl_role id='r'><acl_permission id='a' "
			  "kind='read' object-type='x' attribute='y'/><acl_permission id='b' kind='write' "
			  "reference='r'/>"
			  "<acl_permission id='d' kind='deny' xpath='/cib[@e]'/></acl_role></acls>"}},
		{{.more = "<acls><acl_user id='u'><read id='a' xpath='/cib'/></acl_user></acls>"},
		 {.more = "<acls><acl_target id='u'><role id='auto-u'/></acl_target><acl_role id='auto-u'>"
			  "<acl_permission id='a' kind='read' xpath='/cib'/></acl_role></acls>"}},
	};
	assert_changes("pacemaker-1.2", cases, sizeof(cases) / sizeof(cases[0]));
}

#define P(content) "<primitive id='p' class='lsb' type='x'>" content "</primitive>"

static void test_names_of_2(void **state)
{
	(void)state;
	static const struct change cases[][2] = {
		{{.options =
			  "<cluster_property_set id='o'><nvpair id='1' name='no_quorum_policy' value='stop'/><nvpair "
			  "id='2' "
			  "name='expected-quorum-votes' value='3'/><nvpair id='3' name='default-action-timeout' "
			  "value='9'/><nvpair id='4' name='is_managed_default' value='true'/></cluster_property_set>"},
		 {.options = "<cluster_property_set id='o'><nvpair id='1' name='no-quorum-policy' value='stop'/>"
			     "</cluster_property_set>",
		  .more = "<op_defaults><meta_attributes id='_2TO3_-op-defaults'><nvpair id='3' name='timeout' "
			  "value='9'/>"
			  "</meta_attributes></op_defaults><rsc_defaults><meta_attributes id='_2TO3_-rsc-defaults'>"
			  "<nvpair id='4' name='is-managed' value='true'/></meta_attributes></rsc_defaults>"}},
		{{.options =
			  "<cluster_property_set id='o'><nvpair id='1' name='default-resource-stickiness' value='1'/>"
			  "</cluster_property_set>",
		  .more = "<rsc_defaults><meta_attributes id='m'><nvpair id='n' name='resource-stickiness' value='2'/>"
			  "</meta_attributes></rsc_defaults>"},
		 {.more = "<rsc_defaults><meta_attributes id='m'><nvpair id='n' name='resource-stickiness' value='2'/>"
			  "</meta_attributes></rsc_defaults>"}},
		{{.nodes = "<node id='1' uname='a' type='normal'/>"},
		 {.nodes = "<node id='1' uname='a' type='member'/>"}},
		{{.constraints = "<rsc_colocation id='c' rsc='a' with-rsc='b' score-attribute='d'/>"},
		 {.constraints = "<rsc_colocation id='c' rsc='a' with-rsc='b'/>"}},
		{{.resources =
			  P("<instance_attributes id='i'><nvpair id='1' name='pcmk_list_cmd' value='l'/><nvpair id='2' "
			    "name='pcmk_arg_map' value='port:plug'/><nvpair id='3' name='pcmk_arg_map' value='a:b'/>"
			    "</instance_attributes>")},
		 {.resources =
			  P("<instance_attributes id='i'><nvpair id='1' name='pcmk_list_action' value='l'/><nvpair "
			    "id='2' name='pcmk_host_argument' value='plug'/></instance_attributes>")}},
		{{.resources = P("<meta_attributes id='i'><nvpair id='1' name='isolation' value='x'/><nvpair id='2' "
				 "name='isolation-host' value='y'/></meta_attributes>")},
		 {.resources = P("<meta_attributes id='i'><nvpair id='1' name='target-role' value='Stopped'/>"
				 "</meta_attributes>")}},
		{{.resources = P("<operations><op id='s' name='start' interval='0' requires='quorum'/><op id='m' "
				 "name='monitor' interval='9' requires='nothing'/></operations>")},
		 {.resources =
			  P("<operations><op id='s' name='start' interval='0'/><op id='m' name='monitor' interval='9'/>"
			    "</operations><meta_attributes id='_2TO3_p-meta'><nvpair id='_2TO3_s-meta-requires' "
			    "name='requires' value='quorum'/></meta_attributes>")}},
		{{.resources =
			  P("<operations><op id='s' name='start' interval='0'><meta_attributes id='q'><nvpair id='1' "
			    "name='requires' value='quorum'/></meta_attributes></op></operations>")},
		 {.resources = P("<operations><op id='s' name='start' interval='0'/></operations><meta_attributes "
				 "id='_2TO3_q'><nvpair id='1' name='requires' value='quorum'/></meta_attributes>")}},
		{{.resources = P(
			  "<operations><op id='s' name='start' interval='0'><instance_attributes id='q'><nvpair id='1' "
			  "name='timeout' value='9'/><nvpair id='2' name='own' value='9'/></instance_attributes>"
			  "</op></operations>")},
		 {.resources =
			  P("<operations><op id='s' name='start' interval='0'><instance_attributes id='q'><nvpair "
			    "id='2' name='own' value='9'/></instance_attributes><meta_attributes id='_2TO3_s-meta'>"
			    "<nvpair id='1' name='timeout' value='9'/></meta_attributes></op></operations>")}},
	};
	assert_changes("pacemaker-2.10", cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_sets_of_3(void **state)
{
	(void)state;
	static const struct change cases[][2] = {
		{{.options =
			  "<cluster_property_set id='z' score='-5'/><cluster_property_set "
			  "id='y'/><cluster_property_set "
			  "id='x' score='7'/><cluster_property_set id='w' score='INFINITY'/><cluster_property_set "
			  "id='cib-bootstrap-options'><nvpair id='1' name='stonith-action' value='poweroff'/><nvpair "
			  "id='2' "
			  "name='crmd-transition-delay' value='1'/><nvpair id='3' name='remove-after-stop' value='1'/>"
			  "</cluster_property_set>"},
		 {.options = "<cluster_property_set id='cib-bootstrap-options'><nvpair id='1' name='stonith-action' "
			     "value='off'/><nvpair id='2' name='transition-delay' value='1'/></cluster_property_set>"
			     "<cluster_property_set id='w' score='INFINITY'/><cluster_property_set id='x' score='7'/>"
			     "<cluster_property_set id='y'/><cluster_property_set id='z' score='-5'/>"}},
		{{.options = "<cluster_property_set id='o'><nvpair id='1' name='a' value='1'/><nvpair id='2' name='a' "
			     "value='2'/><nvpair id='3' name='b' value='1'/><nvpair id='4' name='b' "
			     "value='#default'/><nvpair "
			     "id='5' name='b' value='2'/><nvpair id='6' name='c' value='1'/><nvpair id='7' name='c' "
			     "value='#default'/><nvpair id='8' name='d'/></cluster_property_set>"},
		 {.options = "<cluster_property_set id='o'><nvpair id='1' name='a' value='1'/><nvpair id='5' name='b' "
			     "value='2'/><nvpair id='7' name='c' value='#default'/></cluster_property_set>"}},
		{{.resources = P("<meta_attributes id='m'><nvpair id='1' name='restart-type' value='restart'/>"
				 "</meta_attributes>"),
		  .more = "<op_defaults><meta_attributes id='n'><nvpair id='2' name='can_fail' "
			  "value='1'/></meta_attributes>"
			  "</op_defaults>"},
		 {.resources = P("<meta_attributes id='m'/>"),
		  .more = "<op_defaults><meta_attributes id='n'/></op_defaults>"}},
		/* a reference is followed, and is one again afterwards; what it refers to may have moved to it */
		{{.resources =
			  "<primitive id='u' class='upstart' type='x'><meta_attributes id='m'><nvpair id='1' name='a' "
			  "value='b'/></meta_attributes></primitive>" P("<meta_attributes id-ref='m'/>")},
		 {.resources = P("<meta_attributes id='m'><nvpair id='1' name='a' value='b'/></meta_attributes>")}},
	};
	assert_changes("pacemaker-3.7", cases, sizeof(cases) / sizeof(cases[0]));
}

#define RULE(id, attribute) \
	"<rule id='" id "' score='1'><expression id='" id "-e' attribute='" attribute "' operation='defined'/></rule>"

static void test_constraints_of_3(void **state)
{
	(void)state;
	static const struct change cases[][2] = {
		{{.constraints = "<rsc_location id='l' rsc='p'>" RULE("r1", "a") RULE("r2", "b") "</rsc_location>",
		  .more = "<acls><acl_role id='r'><acl_permission id='a' kind='read' "
			  "reference='l'/></acl_role></acls>"},
		 {.constraints = "<rsc_location id='" P4
				 "l-1' rsc='p'>" RULE("r1", "a") "</rsc_location><rsc_location id='" P4
								 "l-2' rsc='p'>" RULE("r2", "b") "</rsc_location>",
		  .more = "<acls><acl_role id='r'><acl_permission id='a' kind='read' xpath=\"//*[@id = '" P4
			  "l-1' or @id = '" P4 "l-2']\"/></acl_role></acls>"}},
		{{.constraints = "<rsc_location id='l' rsc='p' node='n' score='5'><lifetime>" RULE(
			  "r", "a") "</lifetime>"
				    "</rsc_location>"},
		 {.constraints = "<rsc_location id='l' rsc='p'><rule id='" P4
				 "l-lifetime-and-rule' boolean-op='and'><rule id='" P4
				 "l-node-score-rule' score='5'><expression id='" P4
				 "l-node-score-rule-expr' attribute='#uname' operation='eq' value='n'/></rule>" RULE(
					 "r", "a") "</rule></rsc_location>"}},
		{{.constraints =
			  "<rsc_order id='o' first='a' then='b'><lifetime>" RULE("r", "a") "</lifetime></rsc_order>"},
		 {.constraints = "<rsc_order id='o' first='a' then='b'/>"}},
		{{.constraints = "<rsc_order id='o' first='a' then='b'><lifetime>" RULE(
			  "r", "a") "</lifetime></rsc_order>"
				    "<rsc_location id='l' rsc='p'><rule id-ref='r'/></rsc_location>"},
		 {.constraints = "<rsc_order id='o' first='a' then='b'/><rsc_location id='l' rsc='p'><rule id-ref='r'/>"
				 "</rsc_location><rsc_location id='" P4
				 "coloc-order-lifetime-rules' rsc-pattern='a^'><rule id='" P4
				 "coloc-order-lifetime-rules-rule' score='-INFINITY'>" RULE(
					 "r", "a") "</rule></rsc_location>"}},
		{{.nodes = "<node id='1' uname='n' type='ping'/>"},
		 {.nodes = "<node id='1' uname='n' type='member'/>",
		  .constraints = "<rsc_location id='" P4 "ping-node-ban-n' rsc-pattern='.*' node='n' score='-INFINITY' "
				 "resource-discovery='never'/>"}},
	};
	assert_changes("pacemaker-3.0", cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_resources_of_3(void **state)
{
	(void)state;
	static const struct change cases[][2] = {
		{{.resources = "<master id='m'>" P("") "</master>"},
		 {.resources = "<clone id='m'><meta_attributes id='" P4
			       "promotable-legacy-m-meta_attributes' score='INFINITY'>"
			       "<nvpair id='" P4 "promotable-legacy-m-meta_attributes-promotable' name='promotable' "
			       "value='true'/></meta_attributes>" P("") "</clone>"}},
		{{.resources = "<bundle id='b'><docker image='i' masters='2'/></bundle>"},
		 {.resources = "<bundle id='b'><docker image='i' promoted-max='2'/></bundle>"}},
		{{.resources = "<template id='t' class='NAGIOS' type='x'/><group id='g'><primitive id='a' "
			       "template='t'/></group>"
			       "<clone id='c'><primitive id='b' class='upstart' type='x'/></clone><bundle id='k'><rkt "
			       "image='i'/>"
			       "</bundle>" P(""),
		  .constraints =
			  "<rsc_location id='1' rsc='g' node='n' score='1'/><rsc_order id='2' first='p' then='c'/>"
			  "<rsc_colocation id='3' rsc='p' with-rsc='k'/><rsc_ticket id='4' rsc='a' "
			  "ticket='t'/><rsc_order "
			  "id='5'><resource_set id='6'><resource_ref id='a'/><resource_ref id='p'/></resource_set>"
			  "<resource_set id='7'><resource_ref id='b'/></resource_set></rsc_order>"},
		 {.resources = P(""),
		  .constraints =
			  "<rsc_order id='5'><resource_set id='6'><resource_ref id='p'/></resource_set></rsc_order>"}},
		{{.resources = "<clone id='c'><group id='g'><primitive id='a' class='upstart' type='x'/>" P(
			  "") "</group></clone>"},
		 {.resources = "<clone id='c'><group id='g'>" P("") "</group></clone>"}},
		{{.more = "<fencing-topology><fencing-level id='a' target='n' index='9' devices='d'/><fencing-level "
			  "id='b' "
			  "target='n' index='10' devices='d'/></fencing-topology>"},
		 {.more = "<fencing-topology><fencing-level id='a' target='n' index='9' "
			  "devices='d'/></fencing-topology>"}},
	};
	assert_changes("pacemaker-3.9", cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_notes(void **state)
{
	(void)state;
	char *from = configuration("", "", P("") "<primitive id='u' class='upstart' type='x'/>", "", "");
	struct document *d = versioned("pacemaker-3.0", from);
	GPtrArray *notes = problems_new();
	assert_int_equal(cib_upgrade_noting(d, notes, NULL), ERR_OK);
	assert_int_equal(notes->len, 1);
	const struct problem *p = g_ptr_array_index(notes, 0);
	assert_string_equal(p->id, "u");
	assert_string_equal(p->text, "dropped: agents of its class are no longer supported");
	g_ptr_array_unref(notes);
	document_free(d);
	g_free(from);
}

/* References that lead to what contains them, or nowhere, end in an answer. */
static void test_bad_references(void **state)
{
	(void)state;
	static const struct {
		const char *schema, *resources;
		enum err want;
	} cases[] = {
		{"pacemaker-3.0",
		 "<master id='m'><meta_attributes id='a'><rule id='r'><rule id-ref='r'/></rule></meta_attributes>"
		 "</master>",
		 ERR_INVALID},
		{"pacemaker-3.0", "<master id='m'><meta_attributes id-ref='nowhere'/></master>", ERR_OK},
		{"pacemaker-2.0",
		 "<primitive id='p' class='lsb' type='x'><meta_attributes id-ref='nowhere'/><operations><op id='o' "
		 "name='start' interval='0' requires='quorum'/></operations></primitive>",
		 ERR_INVALID},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *from = configuration("", "", cases[i].resources, "", "");
		struct document *d = versioned(cases[i].schema, from);
		struct error error = {0};
		assert_int_equal(cib_upgrade(d, &error), cases[i].want);
		assert_int_equal(strstr(error.text, "id-ref") != NULL, cases[i].want != ERR_OK);
		document_free(d);
		g_free(from);
	}
}

static void test_age(void **state)
{
	static const struct {
		const char *text;
		bool is_known;
	} rows[] = {
		{"<cib/>", true},
		{"<cib validate-with='none'/>", true},
		{"<cib validate-with='pacemaker-1.2' crm_feature_set='3.0.14'/>", true},
		{"<cib validate-with='" CIB_SCHEMA_NEWEST "' crm_feature_set='" CIB_FEATURE_SET "'/>", true},
		{"<cib validate-with='nonsense'/>", true}, /* that is another complaint */
		{"<cib validate-with='pacemaker-4.1'/>", false},
		{"<cib validate-with='pacemaker-10.0'/>", false},
		{"<cib validate-with='pacemaker-4.0' crm_feature_set='3.21'/>", false},
		{"<cib validate-with='pacemaker-4.0' crm_feature_set='10.0.0'/>", false},
	};
	struct error why;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct document *d = parsed(rows[i].text);
		assert_int_equal(cib_check_age(d, &why), rows[i].is_known ? ERR_OK : ERR_UNSUPPORTED);
		document_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_schema_numbers),
		cmocka_unit_test(test_which_documents),
		cmocka_unit_test(test_no_need),
		cmocka_unit_test(test_access_of_1),
		cmocka_unit_test(test_names_of_2),
		cmocka_unit_test(test_sets_of_3),
		cmocka_unit_test(test_constraints_of_3),
		cmocka_unit_test(test_resources_of_3),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_bad_references),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
