/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The API over its socket: who is served, what is refused, and answers that come later. */
#include "api-world.h"
#include "api/api-internal.h"

#include <jansson.h>

static const struct answer done = {.verdict = EDIT_DONE, .text = ""};

static void test_one_serves(void **state)
{
	struct api_world *a = *state;
	const struct api_ops ops = {.arg = a};
	struct api *other = NULL;
	assert_int_equal(ERR_EXISTS, api_open(a->loop, a->socket, &ops, &other, &a->error));
	assert_null(other);
	assert_non_null(strstr(a->error.text, a->socket));
	assert_int_not_equal(ERR_OK, api_open(a->loop, "/nowhere/api.sock", &ops, &other, &a->error));
	assert_non_null(strstr(a->error.text, "/nowhere/api.sock"));
	assert_answer(a, "GET", "/v1/status", "", 200, "\"view\": \"agreed\"");
	api_close(NULL);
}

static void test_status(void **state)
{
	struct api_world *a = *state;
	char *text;
	json_error_t error;
	assert_int_equal(200, ask(a, "GET", "/v1/status", "", &text));
	json_t *o = json_loads(text, 0, &error);
	assert_non_null(o);
	assert_true(json_is_true(json_object_get(o, "quorate")));
	assert_string_equal("idle", json_string_value(json_object_get(o, "leader")));
	assert_true(json_is_true(json_object_get(o, "idle")));
	assert_non_null(json_string_value(json_object_get(o, "configuration")));
	const json_t *member = json_array_get(json_object_get(o, "members"), 0);
	assert_int_equal(1, json_array_size(json_object_get(o, "members")));
	assert_string_equal("n1", json_string_value(json_object_get(member, "name")));
	assert_true(json_is_true(json_object_get(member, "leader")));
	assert_true(json_is_true(json_object_get(member, "self")));
	json_decref(o);
	g_free(text);
}

static void test_metrics(void **state)
{
	struct api_world *a = *state;
	struct request r = {.kind = REQUEST_ATTRIBUTE};
	r.attribute.node = "n1";
	r.attribute.name = "fail-count-web#monitor_10000";
	r.attribute.value = "INFINITY";
	assert_int_equal(0, world_request(a->cluster, 0, &r));
	assert_answer(a, "GET", "/metrics", "", 200, "\nhale_quorate 1\n");
	assert_answer(a, "GET", "/metrics", "", 200, "\nhale_members 1\n");
	assert_answer(a, "GET", "/metrics", "", 200, "\nhale_leader 1\n");
	assert_answer(a, "GET", "/metrics", "", 200, "\nhale_node_online{node=\"n1\"} 1\n");
	assert_answer(a, "GET", "/metrics", "", 200,
		      "\nhale_fail_count{operation=\"web#monitor_10000\",node=\"n1\"} 1000000\n");
}

/* --- reading --- */

static void test_reading(void **state)
{
	struct api_world *a = *state;
	struct request r = {.kind = REQUEST_ATTRIBUTE};
	r.attribute.node = "n1";
	r.attribute.name = "x";
	r.attribute.value = "1";
	assert_int_equal(0, world_request(a->cluster, 0, &r));
	assert_int_equal(0, world_edit(a->cluster, 0, EDIT_CREATE, "resources",
				       "<primitive id=\"web\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"));
	assert_answer(a, "GET", "/v1/cib", "", 200, "<cib ");
	assert_answer(a, "GET", "/v1/cib?scope=resources", "", 200, "<resources>");
	assert_answer(a, "GET", "/v1/cib?xpath=//primitive", "", 200, "<primitive ");
	assert_answer(a, "GET", "/v1/cib?scope=resources&no-children=true", "", 200, "<resources/>");
	assert_answer(a, "GET", "/v1/cib?xpath=//bundle", "", 404, "selects nothing");
	assert_answer(a, "GET", "/v1/cib?xpath=//%5B", "", 400, "\"error\"");
	assert_answer(a, "GET", "/v1/attributes", "", 200, "\"name\": \"x\"");
	assert_answer(a, "GET", "/v1/attributes?name=x&node=n1", "", 200, "\"value\": \"1\"");
	assert_answer(a, "GET", "/v1/attributes?name=y", "", 200, "[]");
	assert_answer(a, "GET", "/v1/attributes?node=n2", "", 200, "[]");
	assert_answer(a, "GET", "/v1/fences", "", 200, "[]");
	struct request f = {.kind = REQUEST_FENCE};
	f.fence.target = "n9";
	f.fence.client = "admin";
	f.fence.confirm = true;
	assert_int_equal(105, world_request(a->cluster, 0, &f));
	assert_answer(a, "GET", "/v1/fences", "", 200, "[]");
	assert_int_equal(0, world_edit(a->cluster, 0, EDIT_CREATE, "nodes", "<node id=\"9\" uname=\"n9\"/>"));
	assert_int_equal(0, world_request(a->cluster, 0, &f));
	assert_answer(a, "GET", "/v1/fences", "", 200, "\"target\": \"n9\"");
	assert_answer(a, "GET", "/v1/fences", "", 200, "\"succeeded\": true");
}

/* --- asking --- */

static void test_what_is_asked(void **state)
{
	static const struct {
		const char *path, *body, *asked;
	} rows[] = {
		{"/v1/cib?op=create&scope=resources&client=hale", "<primitive/>",
		 "change create resources - <primitive/> by root at n1 with hale"},
		{"/v1/cib?op=modify&xpath=//a&allow-create=1&force=yes&score=true", "<b/>",
		 "change modify - //a <b/> allow-create force score by root at n1 with api"},
		{"/v1/cib?op=bump", "", "change bump - - - by root at n1 with api"},
		{"/v1/attributes", "{\"node\": \"n2\", \"name\": \"x\", \"value\": \"1\"}", "attribute n2 x=1 - -1"},
		{"/v1/attributes",
		 "{\"node\": \"n1\", \"name\": \"x\", \"value\": null, \"set\": \"s\", \"delay_ms\": 5000, "
		 "\"private\": true, "
		 "\"utilization\": true, \"pattern\": true, \"delay_only\": true}",
		 "attribute n1 x=- s 5000 private utilization pattern delay-only"},
		{"/v1/fences", "{\"node\": \"n2\"}", "fence n2 2 0 0 0 for root"},
		{"/v1/fences", "{\"node\": \"n2\", \"client\": \"dlm\"}", "fence n2 2 0 0 0 for dlm"},
		{"/v1/fences",
		 "{\"node\": \"n2\", \"action\": \"off\", \"timeout_ms\": 1, \"delay_ms\": 2, \"tolerance_ms\": 3, "
		 "\"confirm\": true}",
		 "fence n2 0 1 2 3 confirmed for root"},
		{"/v1/forget", "{\"what\": \"failures\"}", "forget 0 - - - 0"},
		{"/v1/forget",
		 "{\"what\": \"history\", \"resource\": \"web\", \"node\": \"n1\", \"operation\": \"start\", "
		 "\"interval_ms\": 10}",
		 "forget 1 web n1 start 10"},
		{"/v1/forget", "{\"what\": \"node\", \"node\": \"n1\"}", "forget 2 - n1 - 0"},
		{"/v1/fail", "{\"resource\": \"web\"}", "fail web -"},
		{"/v1/fail", "{\"resource\": \"web\", \"node\": \"n1\"}", "fail web n1"},
		{"/v1/wait", "{}", "wait 60000"},
		{"/v1/wait", "{\"timeout_ms\": 5}", "wait 5"},
		{"/v1/shutdown", "", "shutdown"},
	};
	struct api_world *a = *state;
	a->at_once = &done;
	if (geteuid() != 0)
		skip(); /* the journal names another user then */
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_string_truncate(a->asked, 0);
		assert_answer(a, "POST", rows[i].path, rows[i].body, 200, "\"exit\": 0");
		assert_string_equal(rows[i].asked, a->asked->str);
	}
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *method, *path, *body;
		int status;
		const char *says;
	} rows[] = {
		{"GET", "/", "", 404, "there is no /; see /v1/openapi.json"},
		{"GET", "/v1/statuses", "", 404, "/v1/statuses"},
		{"GET", "/v1/status/", "", 404, "/v1/status/"},
		{"POST", "/v1/status", "", 405, "POST"},
		{"PUT", "/v1/cib", "<cib/>", 405, "PUT"},
		{"DELETE", "/v1/cib", "", 405, "DELETE"},
		{"GET", "/v1/wait", "", 405, "GET"},
		{"POST", "/v1/cib", "<a/>", 400, "op= is no change"},
		{"POST", "/v1/cib?op=dance", "<a/>", 400, "op=dance is no change"},
		{"POST", "/v1/wait", "", 400, "JSON object"},
		{"POST", "/v1/wait", "{", 400, "JSON object"},
		{"POST", "/v1/wait", "[]", 400, "it is another value"},
		{"POST", "/v1/wait", "{\"timeout_ms\": \"5\"}", 400, "\\\"timeout_ms\\\" must be a whole number"},
		{"POST", "/v1/wait", "{\"timeout_ms\": 5.5}", 400, "\\\"timeout_ms\\\" must be a whole number"},
		{"POST", "/v1/wait", "{\"timeout_ms\": 1, \"timeout_ms\": 2}", 400, "duplicate"},
		{"POST", "/v1/wait", "{\"timeout\": 5}", 400, "\\\"timeout\\\" is not known here"},
		{"POST", "/v1/attributes", "{\"node\": \"n1\"}", 400, "\\\"name\\\" is missing"},
		{"POST", "/v1/attributes", "{\"node\": \"n1\", \"name\": null}", 400, "\\\"name\\\" is missing"},
		{"POST", "/v1/attributes", "{\"node\": \"n1\", \"name\": 7}", 400, "\\\"name\\\" must be a string"},
		{"POST", "/v1/attributes", "{\"node\": \"n1\", \"name\": \"x\", \"private\": 1}", 400,
		 "must be true or false"},
		{"POST", "/v1/fences", "{}", 400, "\\\"node\\\" is missing"},
		{"POST", "/v1/fences", "{\"node\": \"n1\", \"action\": \"explode\"}", 400, "off, on or reboot"},
		{"POST", "/v1/fences", "{\"node\": \"n1\", \"action\": \"monitor\"}", 400, "off, on or reboot"},
		{"POST", "/v1/forget", "{\"what\": \"everything\"}", 400, "failures, history, fences, or node"},
		{"POST", "/v1/forget", "{\"what\": \"node\"}", 400, "together with"},
		{"POST", "/v1/fail", "{}", 400, "\\\"resource\\\" is missing"},
	};
	struct api_world *a = *state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_answer(a, rows[i].method, rows[i].path, rows[i].body, rows[i].status, rows[i].says);
	assert_int_equal(0, a->asked->len);
}

static void test_bytes_that_are_no_text(void **state)
{
	static const char zero[] = "POST /v1/cib?op=create HTTP/1.1\r\nHost: hale\r\nConnection: close\r\n"
				   "Content-Length: 4\r\n\r\n<\0/>";
	static const char noise[] = "\x16\x03\x01\x02 what is this\r\n\r\n";
	struct api_world *a = *state;
	struct client *c = client_new(a);
	client_write(a, c, zero, sizeof(zero) - 1);
	assert_true(client_gets(a, c, "zero byte"));
	client_free(c);
	c = client_new(a);
	client_write(a, c, noise, sizeof(noise) - 1);
	assert_true(client_gets(a, c, NULL));
	client_free(c);
	assert_int_equal(0, a->asked->len);
}

static void test_a_body_that_is_too_large(void **state)
{
	enum { PIECE = 1024 * 1024, PIECES = 65 };
	struct api_world *a = *state;
	struct client *c = client_new(a);
	char *piece = g_malloc(PIECE);
	char head[200];
	memset(piece, 'x', PIECE);
	(void)snprintf(head, sizeof(head),
		       "POST /v1/cib?op=replace HTTP/1.1\r\nHost: hale\r\nConnection: close\r\n"
		       "Content-Length: %d\r\n\r\n",
		       PIECE * PIECES);
	client_write(a, c, head, strlen(head));
	for (int i = 0; i < PIECES; i++)
		client_write(a, c, piece, PIECE);
	assert_true(client_gets(a, c, NULL));
	assert_non_null(strstr(c->in->str, "HTTP/1.1 413 "));
	assert_int_equal(0, a->asked->len);
	g_free(piece);
	client_free(c);
}

/* What a verdict is in HTTP. */
static void test_verdicts(void **state)
{
	static const struct {
		enum edit_verdict verdict;
		int exit_code, status;
	} rows[] = {
		{EDIT_DONE, 0, 200},      {EDIT_NOTHING, 0, 200}, {EDIT_MALFORMED, 65, 400}, {EDIT_DENIED, 4, 403},
		{EDIT_INVALID, 78, 422},  {EDIT_OLD, 103, 409},   {EDIT_DIGEST, 103, 409},   {EDIT_ABSENT, 105, 404},
		{EDIT_PRESENT, 108, 409}, {EDIT_DONE, 124, 504},  {EDIT_DONE, 1, 500},
	};
	struct api_world *a = *state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct answer answer = {
			.verdict = rows[i].verdict, .exit_code = rows[i].exit_code, .text = "because \"x\""};
		char exit[40];
		(void)snprintf(exit, sizeof(exit), "\"exit\": %d,", rows[i].exit_code);
		a->at_once = &answer;
		assert_answer(a, "POST", "/v1/cib?op=bump", "", rows[i].status, exit);
		assert_answer(a, "POST", "/v1/cib?op=bump", "", rows[i].status, "\"message\": \"because \\\"x\\\"\"");
	}
}

static void test_an_answer_that_comes_later(void **state)
{
	struct api_world *a = *state;
	struct client *slow = client_new(a);
	client_ask(a, slow, "POST", "/v1/wait", "{}", true);
	assert_true(is_asked(a));
	struct answer answer = {.id = a->last, .verdict = EDIT_DONE, .text = "at last"}, other = answer;
	assert_answer(a, "GET", "/v1/status", "", 200, "agreed"); /* nobody else waits */
	other.id = answer.id + 77;
	api_answer(a->api, &other);
	turn(a);
	client_read(slow);
	assert_int_equal(0, slow->in->len);
	api_answer(a->api, &answer);
	assert_true(client_gets(a, slow, "at last"));
	api_answer(a->api, &answer); /* nobody waits for it any more */
	g_string_truncate(slow->in, 0);
	client_ask(a, slow, "GET", "/v1/status", "", true); /* on the same connection */
	assert_true(client_gets(a, slow, "agreed"));
	client_free(slow);
	turn(a);
	turn(a);
	assert_int_equal(0, a->dropped);
}

static void test_a_client_that_goes_while_it_waits(void **state)
{
	struct api_world *a = *state;
	struct client *c = client_new(a);
	client_ask(a, c, "POST", "/v1/wait", "{}", true);
	assert_true(is_asked(a));
	client_free(c);
	for (unsigned i = 0; i < TURNS_MAX && a->dropped == 0; i++)
		turn(a);
	assert_int_equal(a->last, a->dropped);
	struct answer late = {.id = a->last, .verdict = EDIT_DONE, .text = ""};
	api_answer(a->api, &late);
	assert_answer(a, "GET", "/v1/status", "", 200, "agreed");
}

/* Half of a client may go: it still reads. */
static void test_a_client_that_has_said_all(void **state)
{
	struct api_world *a = *state;
	struct client *c = client_new(a);
	client_ask(a, c, "POST", "/v1/wait", "{}", false);
	assert_true(is_asked(a));
	assert_int_equal(0, shutdown(c->fd, SHUT_WR));
	for (unsigned i = 0; i < 20; i++)
		turn(a);
	assert_int_equal(0, a->dropped);
	struct answer answer = {.id = a->last, .verdict = EDIT_DONE, .text = "at last"};
	api_answer(a->api, &answer);
	assert_true(client_gets(a, c, "at last"));
	client_free(c);
}

static void test_the_end_while_somebody_waits(void **state)
{
	struct api_world *a = *state;
	struct client *c = client_new(a);
	client_ask(a, c, "POST", "/v1/wait", "{}", false);
	assert_true(is_asked(a));
	api_close(a->api);
	a->api = NULL;
	client_read(c);
	assert_non_null(strstr(c->in->str, "HTTP/1.1 500 "));
	assert_non_null(strstr(c->in->str, "the manager ends"));
	client_free(c);
}

/* --- who may --- */

static const char acls[] = "<cluster_property_set id=\"s\"><nvpair id=\"n\" name=\"enable-acl\" value=\"true\"/>"
			   "</cluster_property_set>";

static void test_acls(void **state)
{
	static const char *const privileged[] = {"/v1/attributes", "/v1/fences", "/v1/forget", "/v1/fail",
						 "/v1/shutdown"};
	struct api_world *a = *state;
	a->at_once = &done;
	if (geteuid() != 0)
		skip(); /* other users are played by root only */
	assert_int_equal(0, chmod(a->dir, 0755));
	assert_int_equal(0, chmod(a->socket, 0666));
	assert_int_equal(0, seteuid(65534));
	assert_answer(a, "POST", "/v1/fail", "{\"resource\": \"web\"}", 200, "0"); /* no ACLs yet */
	assert_int_equal(0, world_edit(a->cluster, 0, EDIT_CREATE, "crm_config", acls));
	g_string_truncate(a->asked, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(privileged); i++)
		assert_answer(a, "POST", privileged[i], "{}", 403, "may not do this: the ACLs are in force");
	assert_int_equal(0, a->asked->len);
	assert_answer(a, "GET", "/v1/cib", "", 403, "may read nothing of");
	assert_answer(a, "GET", "/v1/status", "", 200, "agreed");
	assert_answer(a, "POST", "/v1/wait", "{}", 200, "0");
	assert_int_equal(0, seteuid(0));
	assert_answer(a, "POST", "/v1/fail", "{\"resource\": \"web\"}", 200, "0");
}

/* --- openapi.json and what is served are the same --- */

static json_t *specification(struct api_world *a)
{
	char *text;
	json_error_t error;
	assert_int_equal(200, ask(a, "GET", "/v1/openapi.json", "", &text));
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (o == NULL)
		fail_msg("line %d: %s", error.line, error.text);
	g_free(text);
	return o;
}

static void test_openapi(void **state)
{
	static const char *const methods[] = {"get", "post", "put", "delete", "patch"};
	struct api_world *a = *state;
	json_t *o = specification(a), *methods_of;
	const char *path;
	unsigned served = 0;
	a->at_once = &done;
	json_object_foreach (json_object_get(o, "paths"), path, methods_of) {
		for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
			char *method = g_ascii_strup(methods[i], -1);
			bool said = json_object_get(methods_of, methods[i]) != NULL;
			struct client *c = client_new(a);
			served += said;
			client_ask(a, c, method, path, "", false);
			assert_true(client_gets(a, c, "\r\n\r\n"));
			bool unknown = strstr(c->in->str, "HTTP/1.1 405 ") != NULL;
			if (said == unknown || strstr(c->in->str, "HTTP/1.1 404 ") != NULL)
				fail_msg("openapi.json and the routes differ: %s %s", method, path);
			client_free(c);
			g_free(method);
		}
	}
	for (const struct route *r = routes; r->path != NULL; r++)
		served--;
	assert_int_equal(0, served); /* routes.c has no more than these */
	json_decref(o);
}

#define API_TEST(fn) cmocka_unit_test_setup_teardown(fn, api_world_setup, api_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(test_one_serves),
		API_TEST(test_status),
		API_TEST(test_metrics),
		API_TEST(test_reading),
		API_TEST(test_what_is_asked),
		API_TEST(test_what_is_refused),
		API_TEST(test_bytes_that_are_no_text),
		API_TEST(test_a_body_that_is_too_large),
		API_TEST(test_verdicts),
		API_TEST(test_an_answer_that_comes_later),
		API_TEST(test_a_client_that_goes_while_it_waits),
		API_TEST(test_a_client_that_has_said_all),
		API_TEST(test_the_end_while_somebody_waits),
		API_TEST(test_acls),
		API_TEST(test_openapi),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
