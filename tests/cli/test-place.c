/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that agents call, on a file and beside a manager that is played: place, stored-pair, node-attribute,
 * attribute-request, crm_node, crm_attribute, attrd_updater, crm_master, crm_standby. */
#include "cli/attribute-request.h"
#include "cli/node-attribute.h"
#include "cli/place.h"
#include "cli/stored-pair.h"
#include "fake-manager.h"
#include "file-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char cib[] =
	"<cib crm_feature_set=\"3.15.0\" validate-with=\"pacemaker-3.9\" admin_epoch=\"0\" epoch=\"1\" "
	"num_updates=\"0\"><configuration><crm_config><cluster_property_set id=\"cib-bootstrap-options\">"
	"<nvpair id=\"o1\" name=\"no-quorum-policy\" value=\"stop\"/></cluster_property_set></crm_config>"
	"<nodes><node id=\"1\" uname=\"a\"/><node id=\"2\" uname=\"b\"/></nodes><resources/><constraints/>"
	"</configuration><status><node_state id=\"1\" uname=\"a\"><transient_attributes id=\"1\">"
	"<instance_attributes id=\"status-1\"><nvpair id=\"status-1-pingd\" name=\"pingd\" value=\"1000\"/>"
	"</instance_attributes></transient_attributes></node_state></status></cib>";

/* --- a file --- */

static int open_file(void **state)
{
	*state = file_world_new(cib, "OCF_RESOURCE_INSTANCE=db");
	return 0;
}

/* A command line, with what it ends and what it prints. */
struct example {
	const char *command;
	int code;
	const char *out;
};

static void test_file(void **state)
{
	static const struct example examples[] = {
		{"crm_attribute -n no-quorum-policy -G", 0, "scope=crm_config name=no-quorum-policy value=stop\n"},
		{"crm_attribute -n no-quorum-policy -G -q", 0, "stop\n"},
		{"crm_attribute -n none -G", 105, ""},
		{"crm_attribute -n none -G -d 7 -Q", 0, "7\n"},
		{"crm_attribute -n none -D", 0, ""},
		{"crm_attribute -D", 64, ""},
		{"crm_attribute -n x -P y -G", 64, ""},
		{"crm_attribute -t nonsense -n x -G", 64, ""},
		{"crm_attribute -N a -n rack -v 5", 0, ""},
		{"crm_attribute -N a -n rack", 0, "scope=nodes name=rack value=5\n"},
		{"crm_attribute -N a -n rack -v rack", 0, ""},
		{"crm_attribute -N a -n rack -D", 0, "Deleted nodes attribute: id=nodes-1-rack name=rack\n"},
		{"crm_attribute -N nobody -n rack -v 5", 105, ""},
		{"crm_attribute -N a -l reboot -G", 0, "scope=status name=pingd value=1000\n"},
		{"crm_attribute -N a -l reboot -P ^ping -G", 0, "scope=status name=pingd value=1000\n"},
		{"crm_attribute -N a -l reboot -P ( -G", 64, ""},
		{"crm_attribute -N a -z -n cpu -v 4", 0, ""},
		{"crm_attribute -N a -z -n cpu -G -q", 0, "4\n"},
		{"crm_attribute -N a -p db -v 10", 0, ""},
		{"crm_master -N a -G -q", 0, "10\n"},
		{"crm_master -N a -D", 0, "Deleted status attribute: id=status-1-master-db name=master-db\n"},
		{"crm_standby -N a", 0, "scope=status name=standby value=off\n"},
		{"crm_standby -N a -v on", 0, ""},
		{"crm_standby -N a -G -q", 0, "on\n"},
		{"crm_standby -N a -D", 0, "Deleted nodes attribute: id=nodes-1-standby name=standby\n"},
		{"crm_attribute -n o -s two -v 1", 0, ""},
		{"crm_attribute -n o -v 2 -s three", 0, ""},
		{"crm_attribute -n o -v 3", 109,
		 "Multiple attributes match name=o\n  Value: 1 \t(id=two-o)\n  Value: 2 \t(id=three-o)\n"},
		{"crm_attribute -i two-o -G", 0, "scope=crm_config id=two-o name=o value=1\n"},
	};
	struct file_world *w = *state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		const struct example *e = &examples[i];
		world_run(&w->cli, e->command, NULL, w->environment);
		if (w->cli.code != e->code || strcmp(w->cli.out, e->out) != 0)
			fail_msg("%s: ends with %d: %s%s", e->command, w->cli.code, w->cli.out, w->cli.err);
	}
}

static void test_file_direct(void **state)
{
	struct file_world *w = *state;
	struct arena arena = {0};
	struct program_io io = {.environment = w->environment, .arena = &arena, .out = stdout, .err = stderr};
	struct place p;
	struct error error = {.text = ""};
	struct document *old, *now, *d = NULL;
	GPtrArray *found = g_ptr_array_new();
	place_open(&p, &io, "test");
	assert_int_equal(place_load(&p, &old, &error), EXIT_OK);
	now = document_clone(old);
	element_set(document_by_id(now, "o1"), NAME_VALUE, "freeze");
	assert_int_equal(place_make(&p, old, now, &error), EXIT_OK);
	assert_int_equal(place_make(&p, now, now, &error), EXIT_OK);
	assert_int_equal(place_select(&p, "//nvpair[@value='freeze']", found, &d, &error), EXIT_OK);
	assert_int_equal(found->len, 1);
	document_free(d);
	g_ptr_array_set_size(found, 0);
	assert_int_equal(place_select(&p, "//none", found, &d, &error), EXIT_NO_SUCH);
	struct edit c = {.kind = EDIT_DELETE, .xpath = "//nvpair[@id='o1']"};
	assert_int_equal(place_edit(&p, &c, &error), EXIT_OK);
	assert_int_equal(place_edit(&p, &c, &error), EXIT_OK); /* nothing is left to delete */
	struct stored_pair s = {.owner = "/cib/configuration/crm_config",
				.sets = "cluster_property_set",
				.default_set = "cib-bootstrap-options",
				.name = "a b"};
	const char *id = NULL;
	assert_int_equal(stored_pair_make(&p, &s, "1", &id, &error), EXIT_OK);
	assert_string_equal(id, "cib-bootstrap-options-a.b");
	char *made = stored_pair_id("cib-bootstrap-options", "a b");
	assert_string_equal(made, id);
	g_free(made);
	assert_int_equal(stored_pair_find(&p, &s, found, &d, &error), EXIT_OK);
	const struct element *pair = g_ptr_array_index(found, 0);
	assert_int_equal(stored_pair_put(&p, &s, pair, "2", &error), EXIT_OK);
	assert_int_equal(stored_pair_delete(&p, &s, pair, &error), EXIT_OK);
	document_free(d);
	s.name = "quote'";
	assert_int_equal(stored_pair_find(&p, &s, found, &d, &error), EXIT_NO_SUCH);
	g_ptr_array_unref(found);
	document_free(old);
	document_free(now);
	arena_fini(&arena);
}

static void test_words(void **state)
{
	(void)state;
	static const char *const environment[] = {"OCF_RESKEY_CRM_meta_on_node=here",
						  "OCF_RESKEY_CRM_meta_physical_host=host", NULL};
	static const char *const on_host[] = {"OCF_RESKEY_CRM_meta_on_node=here",
					      "OCF_RESKEY_CRM_meta_container_attribute_target=host",
					      "OCF_RESKEY_CRM_meta_physical_host=host", NULL};
	struct program_io io = {.environment = environment};
	struct place p = {.io = &io};
	assert_string_equal(place_target(&p, "n1"), "n1");
	assert_string_equal(place_target(&p, NULL), "here");
	assert_string_equal(place_target(&p, "localhost"), "here");
	io.environment = on_host;
	assert_string_equal(place_target(&p, "auto"), "host");
	assert_true(place_is_literal("a-b:c"));
	assert_false(place_is_literal("a']"));
	assert_string_equal(place_error_words(EXIT_NO_SUCH), "No such device or address");
	assert_string_equal(place_error_words(EXIT_NO_QUORUM), exit_message(EXIT_NO_QUORUM));
	GString *s = g_string_new(NULL);
	node_attribute_escape("a\"b\n\tc\r", s);
	assert_string_equal(s->str, "a\\\"b\\n\\tc\\r");
	(void)g_string_free(s, TRUE);
}

/* --- a manager --- */

static const struct fake_answer answers[] = {
	{"GET /v1/status", 200,
	 "{\"quorate\": true, \"members\": [{\"id\": 1, \"name\": \"a\", \"self\": true},"
	 "{\"id\": 3, \"name\": \"c\", \"self\": false}]}"},
	{"GET /v1/attributes?name=gone", 200, "[]"},
	{"GET /v1/attributes?name=ping%20d&node=a", 200,
	 "[{\"name\": \"ping d\", \"node\": \"a\", \"value\": \"1\", \"private\": true}]"},
	{"GET /v1/attributes?name=x HTTP", 200,
	 "[{\"name\": \"x\", \"node\": \"a\", \"value\": \"1\"}, {\"name\": \"x\", \"node\": \"c\", \"value\": "
	 "\"2\"}]"},
	{"GET /v1/attributes?name=x&node=a", 200, "[{\"name\": \"x\", \"node\": \"a\", \"value\": \"1\"}]"},
	{"GET /v1/attributes?name=new", 200, "[]"},
	{"POST /v1/attributes", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{"POST /v1/forget", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{"GET /v1/cib?xpath=%2Fcib%2Fconfiguration%2Fnodes%2Fnode", 200,
	 "<xpath-query><node id=\"1\" uname=\"a\"/><node id=\"2\" uname=\"b\"/></xpath-query>"},
	{NULL},
};

static int open_manager(void **state)
{
	struct fake_manager *f = g_new0(struct fake_manager, 1);
	fake_start(f, answers);
	*state = f;
	return 0;
}

static int close_manager(void **state)
{
	struct fake_manager *f = *state;
	fake_free(f);
	g_free(f);
	return 0;
}

static void test_live(void **state)
{
	static const struct example examples[] = {
		{"crm_node -n", 0, "a\n"},
		{"crm_node -i", 0, "1\n"},
		{"crm_node -q", 0, "1\n"},
		{"crm_node -p", 0, "a c\n"},
		{"crm_node -l", 0, "1 a member\n2 b lost\n3 c member\n"},
		{"crm_node -N 2", 0, "b\n"},
		{"crm_node -N 9", 105, ""},
		{"crm_node -R b", 64, ""},
		{"crm_node -R c --force", 1, ""},
		{"crm_node -R nobody -f", 105, ""},
		{"crm_node --force --remove b", 0, ""},
		{"crm_node", 64, ""},
		{"attrd_updater -n x -Q", 0, "name=\"x\" host=\"a\" value=\"1\"\n"},
		{"attrd_updater -n x -QA", 0, "name=\"x\" host=\"a\" value=\"1\"\nname=\"x\" host=\"c\" value=\"2\"\n"},
		{"attrd_updater -n gone -Q", 105, ""},
		{"attrd_updater -n gone -Q -P x", 64, ""},
		{"attrd_updater -P x -Q", 64, ""},
		{"attrd_updater -Q", 64, ""},
		{"attrd_updater -n x -U 1 -d nonsense", 64, ""},
		{"attrd_updater -n x -U 1 -W never", 64, ""},
		{"attrd_updater -n x -v 5 -S status -q", 0, ""},
		{"attrd_updater -n new -U 6 -d 5 -p", 0, ""},
		{"attrd_updater -n x -U 7 -d 5", 0, ""},
		{"attrd_updater -n x -B 8 -d 2s -N c", 0, ""},
		{"attrd_updater -p -n evacuate -Q -N c -U yes", 0, ""},
		{"attrd_updater -n x -Y -d 3", 0, ""},
		{"attrd_updater -n x -D", 0, ""},
		{"attrd_updater -R", 0, ""},
		{"crm_attribute -l reboot -n x -G", 0, "scope=status name=x value=1\n"},
		{"crm_attribute -l reboot -N a -n x -v 9", 0, ""},
	};
	static const char *const asked[] = {
		"POST /v1/forget {\"what\":\"node\",\"node\":\"b\"}\n",
		"POST /v1/attributes {\"name\":\"x\",\"value\":\"5\"}\n",
		"POST /v1/attributes {\"name\":\"new\",\"value\":\"6\",\"delay_ms\":5000,\"private\":true}\n",
		"POST /v1/attributes {\"name\":\"x\",\"value\":\"7\"}\n",
		"POST /v1/attributes {\"node\":\"c\",\"name\":\"x\",\"value\":\"8\",\"delay_ms\":2000}\n",
		"POST /v1/attributes {\"node\":\"c\",\"name\":\"evacuate\",\"value\":\"yes\",\"private\":true}\n",
		"POST /v1/attributes {\"name\":\"x\",\"delay_ms\":3000,\"delay_only\":true}\n",
		"POST /v1/attributes {\"name\":\"x\"}\n",
		"POST /v1/attributes {\"node\":\"a\",\"name\":\"x\",\"value\":\"9\"}\n",
	};
	struct fake_manager *f = *state;
	struct cli_world w = {0};
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		const struct example *e = &examples[i];
		world_run(&w, e->command, NULL, fake_environment(f));
		if (w.code != e->code || strcmp(w.out, e->out) != 0)
			fail_msg("%s: ends with %d: %s%s", e->command, w.code, w.out, w.err);
	}
	fake_stop(f);
	for (size_t i = 0; i < G_N_ELEMENTS(asked); i++)
		if (strstr(f->asked->str, asked[i]) == NULL)
			fail_msg("nobody asked: %sbut\n%s", asked[i], f->asked->str);
	world_fini(&w);
}

static void test_live_direct(void **state)
{
	struct fake_manager *f = *state;
	struct arena arena = {0};
	struct program_io io = {.environment = fake_environment(f), .arena = &arena};
	struct place p;
	struct error error = {.text = ""};
	enum exit_code code;
	json_t *list = NULL;
	place_open(&p, &io, "test");
	assert_string_equal(place_own_node(&p, &code, &error), "a");
	assert_int_equal(node_attribute_list(&p, "ping d", NULL, false, &list, &error), EXIT_OK);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	const struct node_attribute a = {.name = "x", .value = "1", .delay_ms = -1};
	assert_int_equal(node_attribute_change(&p, &a, &error), EXIT_OK);
	/* What is private, crm_attribute does not know. */
	const struct attribute_request q = {.section = "status", .name = "ping d"};
	struct pacemaker_result r = {.is_text = true, .io = &io};
	assert_int_equal(attribute_request_run(&q, &p, &r, &error), EXIT_NO_SUCH);
	fake_stop(f);
	assert_null(place_own_node(&p, &code, &error));
	assert_int_equal(code, EXIT_DISCONNECTED);
	arena_fini(&arena);
}

static void test_callers_node(void **state)
{
	(void)state;
	static const char *const environment[] = {"OCF_RESKEY_CRM_meta_on_node=here", "HALE_SOCKET=/none", NULL};
	struct cli_world w = {0};
	world_run(&w, "crm_node -n", NULL, environment);
	assert_int_equal(w.code, 0);
	assert_string_equal(w.out, "here\n");
	world_run(&w, "crm_node -l", NULL, environment);
	assert_int_equal(w.code, EXIT_DISCONNECTED);
	world_run(&w, "pacemakerd --features", NULL, NULL);
	assert_int_equal(w.code, 0);
	assert_true(g_str_has_prefix(w.out, "Pacemaker " PACEMAKER_RELEASE));
	world_run(&w, "pacemakerd", NULL, NULL);
	assert_int_equal(w.code, EXIT_USAGE);
	world_fini(&w);
}

static void test_read(void **state)
{
	struct file_world *w = *state;
	struct program_io io = {.environment = w->environment, .arena = &w->cli.arena};
	struct document *d = NULL;
	struct cluster *c = NULL;
	struct error error = {0};
	struct place p;
	place_open(&p, &io, "test");
	assert_int_equal(place_read(&p, 1700000000, &d, &c, &error), EXIT_OK);
	assert_int_equal(c->node_count, 2);
	assert_true(c->sanitized);
	cluster_free(c);
	document_free(d);
	assert_int_equal(unlink(w->path), 0);
	assert_int_equal(place_read(&p, 1700000000, &d, &c, &error), EXIT_NO_SUCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, open_file, file_world_close),
		cmocka_unit_test_setup_teardown(test_read, open_file, file_world_close),
		cmocka_unit_test_setup_teardown(test_file_direct, open_file, file_world_close),
		cmocka_unit_test(test_words),
		cmocka_unit_test_setup_teardown(test_live, open_manager, close_manager),
		cmocka_unit_test_setup_teardown(test_live_direct, open_manager, close_manager),
		cmocka_unit_test(test_callers_node),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
