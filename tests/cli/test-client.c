/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/client.h"
#include "fake-manager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct fake_answer answers[] = {
	{"GET /v1/status", 200, "{\"quorate\": true}"},
	{"GET /v1/noise", 200, "nothing of JSON"},
	{"GET /v1/silence", FAKE_SILENT, ""},
	{"GET /v1/end", FAKE_CLOSES, ""},
	{"GET /v1/ssh", FAKE_RAW, "SSH-2.0-OpenSSH_9.2p1\r\n"},
	{"GET /v1/cib?scope=resources&no-children=true", 200, "<resources/>"},
	{"GET /v1/cib?xpath=%2F%2Fa%5B%40b%3D%27c%27%5D&user=u", 404,
	 "{\"error\": \"nothing matches\", \"exit\": 105}"},
	{"GET /v1/cib?scope=odd", 500, "{\"error\": \"out of order\"}"},
	{"POST /v1/wait", 504, "{\"exit\": 124, \"message\": \"not yet\"}"},
	{"POST /v1/fences", 200, "{\"exit\": 0, \"message\": \"\"}"},
	{"POST /v1/forget", 403, "{\"error\": \"you may not\"}"},
	{"POST /v1/cib?op=modify&scope=crm_config&client=test&allow-create=true&force=true&score=true HTTP", 200,
	 "{\"exit\": 0, \"message\": \"\"}"},
	{"POST /v1/cib?op=create", 409, "{\"exit\": 108, \"message\": \"there is an x\"}"},
	{"POST /v1/cib?op=replace", 422, "{\"exit\": 78, \"message\": \"line 3: no\"}"},
	{"POST /v1/cib?op=bump", 504, "{\"exit\": 124, \"message\": \"too late\"}"},
	{NULL},
};

struct world {
	struct fake_manager fake;
	struct arena arena;
	struct program_io io;
	struct client_call call;
	struct error error;
};

static int setup(void **state)
{
	struct world *w = g_new0(struct world, 1);
	fake_start(&w->fake, answers);
	w->io = (struct program_io){.environment = fake_environment(&w->fake), .arena = &w->arena};
	w->call = (struct client_call){.client = "test"};
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	fake_free(&w->fake);
	arena_fini(&w->arena);
	g_free(w);
	return 0;
}

static void test_socket(void **state)
{
	struct world *w = *state;
	const struct client_call named = {.socket = "/named"};
	const struct program_io bare = {.environment = NULL};
	assert_string_equal(client_socket(&w->io, &w->call), w->fake.path);
	assert_string_equal(client_socket(&w->io, &named), "/named");
	assert_string_equal(client_socket(&bare, &w->call), "/run/hale/api.sock");
	fake_stop(&w->fake);
}

static void test_get(void **state)
{
	struct world *w = *state;
	json_t *answer = NULL;
	assert_int_equal(client_get(&w->io, &w->call, "/v1/status", &answer, &w->error), EXIT_OK);
	assert_true(json_is_true(json_object_get(answer, "quorate")));
	json_decref(answer);
	assert_int_equal(client_get(&w->io, &w->call, "/v1/noise", &answer, &w->error), EXIT_PROTOCOL);
	assert_non_null(strstr(w->error.text, "no JSON"));
	assert_int_equal(client_get(&w->io, &w->call, "/v1/unknown", &answer, &w->error), EXIT_NO_SUCH);
	assert_string_equal(w->error.text, "there is no such thing here");
	fake_stop(&w->fake);
}

static void test_post(void **state)
{
	struct world *w = *state;
	assert_int_equal(client_post(&w->io, &w->call, "/v1/fences", json_pack("{s:s}", "node", "n1"), &w->error),
			 EXIT_OK);
	assert_int_equal(client_post(&w->io, &w->call, "/v1/forget", NULL, &w->error), EXIT_DENIED);
	assert_string_equal(w->error.text, "you may not");
	assert_int_equal(client_wait(&w->io, &w->call, 5, &w->error), EXIT_TIMEOUT);
	assert_string_equal(w->error.text, "not yet");
	fake_stop(&w->fake);
	assert_string_equal(w->fake.asked->str, "POST /v1/fences {\"node\":\"n1\"}\nPOST /v1/forget \n"
						"POST /v1/wait {\"timeout_ms\":5}\n");
}

static void test_nobody(void **state)
{
	struct world *w = *state;
	json_t *answer = NULL;
	assert_true(client_is_running(&w->io, &w->call));
	w->call.timeout_ms = 50;
	assert_int_equal(client_get(&w->io, &w->call, "/v1/silence", &answer, &w->error), EXIT_TIMEOUT);
	assert_non_null(strstr(w->error.text, "no answer within 50 ms"));
	assert_int_equal(client_get(&w->io, &w->call, "/v1/end", &answer, &w->error), EXIT_DISCONNECTED);
	assert_non_null(strstr(w->error.text, "went away"));
	assert_int_equal(client_get(&w->io, &w->call, "/v1/ssh", &answer, &w->error), EXIT_PROTOCOL);
	assert_non_null(strstr(w->error.text, "what answered is not the manager: /"));
	fake_stop(&w->fake);
	assert_false(client_is_running(&w->io, &w->call));
	assert_int_equal(client_get(&w->io, &w->call, "/v1/status", &answer, &w->error), EXIT_DISCONNECTED);
	assert_string_equal(w->error.text,
			    "the cluster is not running on this node: start it with `hale cluster start`");
}

static void test_too_long_a_path(void **state)
{
	struct world *w = *state;
	json_t *answer = NULL;
	char path[300];
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	w->call.socket = path;
	assert_false(client_is_running(&w->io, &w->call));
	assert_int_equal(client_get(&w->io, &w->call, "/v1/status", &answer, &w->error), EXIT_USAGE);
	assert_non_null(strstr(w->error.text, "aaa: the path of a socket has at most 107 bytes"));
	fake_stop(&w->fake);
}

static void test_query(void **state)
{
	struct world *w = *state;
	enum edit_verdict v = EDIT_INVALID;
	GString *out = g_string_new("before ");
	assert_int_equal(client_cib_query(&w->io, &w->call, "resources", NULL, true, out, &v, &w->error), EXIT_OK);
	assert_int_equal(v, EDIT_DONE);
	assert_string_equal(out->str, "before <resources/>");
	w->call.user = "u";
	assert_int_equal(client_cib_query(&w->io, &w->call, NULL, "//a[@b='c']", false, out, &v, &w->error), EXIT_OK);
	assert_int_equal(v, EDIT_ABSENT);
	assert_string_equal(w->error.text, "nothing matches");
	assert_string_equal(out->str, "before <resources/>");
	w->call.user = NULL;
	assert_int_equal(client_cib_query(&w->io, &w->call, "odd", NULL, false, out, &v, &w->error), EXIT_OK);
	assert_int_equal(v, EDIT_UNFIT);
	assert_string_equal(w->error.text, "out of order");
	(void)g_string_free(out, TRUE);
	fake_stop(&w->fake);
}

static void test_edit(void **state)
{
	struct world *w = *state;
	static const struct {
		struct edit edit;
		enum exit_code code;
		enum edit_verdict verdict;
		const char *text;
	} cases[] = {
		{{.kind = EDIT_MODIFY,
		  .scope = "crm_config",
		  .body = "<x/>",
		  .allow_create = true,
		  .force = true,
		  .expand_scores = true},
		 EXIT_OK,
		 EDIT_DONE,
		 ""},
		{{.kind = EDIT_CREATE, .body = "<x/>"}, EXIT_OK, EDIT_PRESENT, "there is an x"},
		{{.kind = EDIT_REPLACE, .body = "<x/>"}, EXIT_OK, EDIT_INVALID, "line 3: no"},
		{{.kind = EDIT_BUMP}, EXIT_TIMEOUT, EDIT_NOTHING, "too late"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		enum edit_verdict v = EDIT_NOTHING;
		w->error.text[0] = '\0';
		assert_int_equal(client_cib_edit(&w->io, &w->call, &cases[i].edit, &v, &w->error), cases[i].code);
		assert_int_equal(v, cases[i].verdict);
		assert_string_equal(w->error.text, cases[i].text);
	}
	fake_stop(&w->fake);
	assert_non_null(strstr(w->fake.asked->str, "client=test&allow-create=true&force=true&score=true <x/>\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_get, setup, teardown),
		cmocka_unit_test_setup_teardown(test_post, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long_a_path, setup, teardown),
		cmocka_unit_test_setup_teardown(test_query, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edit, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
