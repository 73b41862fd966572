/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/digest.h"

#include "parsed.h"

/* As Debian's cibadmin 2.1.5 prints for this text. */
static const char text[] = "<cib crm_feature_set=\"3.16.2\" validate-with=\"pacemaker-3.9\" epoch=\"4\" "
			   "num_updates=\"2\" admin_epoch=\"0\""
			   " cib-last-written=\"Mon\" update-origin=\"a\" update-client=\"b\" "
			   "update-user=\"c\"><configuration><crm_config/>"
			   "<nodes><node id=\"1\" uname=\"n1\"/></nodes><resources/><constraints/></configuration>"
			   "<status><node_state id=\"1\" crm-debug-origin=\"x\"/></status></cib>";
static const char file_digest[] = "1ec175cd612f5beaf25a22ee15258ed4";
static const char document_digest[] = "930162b6366d1aa5108a0a9b1d53b977";

static void test_document(void **state)
{
	(void)state;
	struct arena a = {0};
	struct document *d = parsed(text);
	assert_string_equal(cib_digest_file(document_root(d), &a), file_digest);
	assert_string_equal(cib_digest_document(document_root(d), &a), document_digest);

	element_set(document_root(d), NAME_UPDATE_USER, "someone else");
	assert_string_not_equal(cib_digest_file(document_root(d), &a), file_digest);
	assert_string_equal(cib_digest_document(document_root(d), &a), document_digest);

	element_set(document_root(d), NAME_EPOCH, "5");
	assert_string_not_equal(cib_digest_document(document_root(d), &a), document_digest);
	document_free(d);
	arena_fini(&a);
}

/* Digests out of the histories of public clusters, with the parameters that they were made of. */
static void test_parameters(void **state)
{
	(void)state;
	static const struct {
		const char *digest;
		const char *pairs[8];
	} cases[] = {
		{"f2317cad3d54cec5d7d7aa7d0bf35cf8", {NULL}},
		{"a8861449d5a42926110c8b51ac27bd7a", {"nic", "eth0", "ip", "172.18.67.3", "lvs_support", "true", NULL}},
		{"9432f65d5b188b6b7dd1b626b2d1a541",
		 {"device", "/dev/drbd0", "directory", "/home", "fstype", "reiserfs", NULL}},
		/* The MD5 of ' <parameters a="&lt;&gt;&amp;&quot;&#x0A;&#x7F;ä" b=""/>' and a line feed. */
		{"9ff7ad238ef0e751b516363c528775bb", {"b", "", "a", "<>&\"\n\177\303\244", "none", NULL, NULL}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena a = {0};
		struct table *t = table_new(&a);
		for (const char *const *pair = cases[i].pairs; pair[0] != NULL; pair += 2)
			table_set(t, pair[0], pair[1]);
		assert_string_equal(cib_digest_parameters(t, &a), cases[i].digest);
		arena_fini(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
