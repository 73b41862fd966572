/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers that answer late, early, too much, half, or not at all. */
#include "cli/client-http.h"
#include "fake-manager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\n"

enum { SIZE = 3 * 1024 * 1024 };

static const struct fake_answer answers[] = {
	{"GET /v1/status?x=y HTTP/1.1\r\nHost: hale\r\nConnection: close\r\n\r\n", 200, "{}"},
	{"POST /v1/a HTTP/1.1\r\nHost: hale\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2"
	 "\r\n\r\n",
	 403, "no"},
	{"POST /v1/xml HTTP/1.1\r\nHost: hale\r\nConnection: close\r\nContent-Type: application/xml\r\n", 200, "xml"},
	{"POST /v1/large", 200, "large"},
	{"POST /v1/early", FAKE_EARLY, "HTTP/1.1 413 Large\r\nContent-Length: 8\r\n\r\ntoo much"},
	{"POST /v1/refused", FAKE_EARLY, ""},
	{"GET /v1/chunks", FAKE_RAW, OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"},
	{"GET /v1/to-the-end", FAKE_RAW, OK "\r\nall of it"},
	{"GET /v1/half", FAKE_RAW, OK "Content-Length: 10\r\n\r\nhalf"},
	{"GET /v1/noise", FAKE_RAW, "220 mail.example.org ESMTP\r\n"},
	{"GET /v1/too-much", FAKE_RAW, OK "Content-Length: 1\r\n\r\nxyz"},
	{"GET /v1/slow", FAKE_SLOW, OK "Content-Length: 2\r\n\r\nok"},
	{"GET /v1/endless", FAKE_SLOW,
	 OK "X: 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"},
	{"GET /v1/silence", FAKE_SILENT, ""},
	{"GET /v1/end", FAKE_CLOSES, ""},
	{NULL},
};

struct world {
	struct fake_manager fake;
	struct http_question q;
	GString *out;
	long status;
	struct error error;
};

static int setup(void **state)
{
	struct world *w = g_new0(struct world, 1);
	fake_start(&w->fake, answers);
	w->q = (struct http_question){.socket = w->fake.path, .timeout_ms = 120000};
	w->out = g_string_new("before ");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	fake_stop(&w->fake);
	fake_free(&w->fake);
	(void)g_string_free(w->out, TRUE);
	g_free(w);
	return 0;
}

/* out: what was said, behind "before ". */
static void asked(struct world *w, const char *path, enum err e, long status, const char *out)
{
	w->q.path = path;
	w->status = 0;
	w->error.text[0] = '\0';
	g_string_assign(w->out, "before ");
	enum err now = http_ask(&w->q, 1000, &w->status, w->out, &w->error);
	if (now != e)
		fail_msg("%s: %d, not %d: %s", path, now, e, w->error.text);
	assert_int_equal(w->status, status);
	assert_string_equal(w->out->str + strlen("before "), out);
	assert_true((e == ERR_OK) == (w->error.text[0] == '\0'));
}

static void failed(struct world *w, const char *path, enum err e, const char *text)
{
	asked(w, path, e, 0, "");
	if (strstr(w->error.text, text) == NULL)
		fail_msg("%s: '%s' says nothing of '%s'", path, w->error.text, text);
	assert_memory_equal(w->error.text, w->fake.path, strlen(w->fake.path));
}

static void test_answers(void **state)
{
	struct world *w = *state;
	asked(w, "/v1/status?x=y", ERR_OK, 200, "{}");
	asked(w, "/v1/chunks", ERR_OK, 200, "abcdefg");
	asked(w, "/v1/to-the-end", ERR_OK, 200, "all of it");
	asked(w, "/v1/slow", ERR_OK, 200, "ok");
	w->q.timeout_ms = 0;
	asked(w, "/v1/slow", ERR_OK, 200, "ok");
	w->q.body = "{}";
	w->q.body_size = 2;
	asked(w, "/v1/a", ERR_OK, 403, "no");
	w->q.type = "application/xml";
	asked(w, "/v1/xml", ERR_OK, 200, "xml");
}

static void test_trouble(void **state)
{
	struct world *w = *state;
	failed(w, "/v1/half", ERR_IO, ": the connection was closed in the midst of the answer");
	failed(w, "/v1/end", ERR_IO, ": the connection was closed without an answer");
	failed(w, "/v1/noise", ERR_INVALID, ": no answer of HTTP/1.1: line 1");
	failed(w, "/v1/too-much", ERR_INVALID, ": no answer of HTTP/1.1: it goes on after its end");
}

static void test_patience(void **state)
{
	struct world *w = *state;
	w->q.timeout_ms = 50;
	failed(w, "/v1/silence", ERR_AGAIN, ": no answer within 50 ms");
	/* each byte comes in time, all together do not */
	int64_t before = g_get_monotonic_time();
	failed(w, "/v1/endless", ERR_AGAIN, ": no answer within 50 ms");
	assert_true(g_get_monotonic_time() - before >= 50 * 1000);
}

/* More than fits into the socket. A peer that has heard enough may say so before it has heard all. */
static void test_large_bodies(void **state)
{
	struct world *w = *state;
	char *body = g_strnfill(SIZE, 'x');
	w->q.body = body;
	w->q.body_size = SIZE;
	asked(w, "/v1/large", ERR_OK, 200, "large");
	assert_true(w->fake.asked->len > SIZE);
	asked(w, "/v1/early", ERR_OK, 413, "too much");
	asked(w, "/v1/refused", ERR_IO, 0, "");
	assert_int_equal(http_ask(&w->q, 0, &w->status, w->out, &w->error), ERR_IO);
	w->q.path = "/v1/large";
	assert_int_equal(http_ask(&w->q, 5, &w->status, w->out, &w->error), ERR_OK);
	assert_int_equal(http_ask(&w->q, 4, &w->status, w->out, &w->error), ERR_FULL);
	assert_non_null(strstr(w->error.text, "the answer is too large"));
	assert_string_equal(w->out->str, "before large");
	g_free(body);
}

static void test_what_cannot_be_asked(void **state)
{
	struct world *w = *state;
	static const char *const paths[] = {"/v1/a b", "/v1/a\r\nX: y", "/v1/\xc3\xa4", "v1", ""};
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
		asked(w, paths[i], ERR_UNSUPPORTED, 0, "");
	assert_non_null(strstr(w->error.text, "must be escaped"));
	char *far = g_strnfill(108, 'a');
	w->q.socket = far;
	asked(w, "/v1/status?x=y", ERR_UNSUPPORTED, 0, "");
	assert_non_null(strstr(w->error.text, "at most 107 bytes"));
	assert_false(http_listens(far));
	far[107] = '\0';
	asked(w, "/v1/status?x=y", ERR_NOT_FOUND, 0, "");
	g_free(far);
}

static void test_who_listens(void **state)
{
	struct world *w = *state;
	char *file = g_strdup_printf("%s/file", w->fake.folder), *below = g_strdup_printf("%s/file/x", w->fake.folder);
	assert_true(g_file_set_contents(file, "", 0, NULL));
	assert_true(http_listens(w->fake.path));
	assert_false(http_listens(file));
	w->q.socket = file;
	asked(w, "/v1/status?x=y", ERR_NOT_FOUND, 0, "");
	w->q.socket = below;
	asked(w, "/v1/status?x=y", ERR_NOT_FOUND, 0, "");
	w->q.socket = w->fake.path;
	/* root may look everywhere */
	bool is_root = geteuid() == 0;
	assert_int_equal(chmod(w->fake.path, 0), 0);
	assert_true(!is_root || seteuid(65534) == 0);
	asked(w, "/v1/status?x=y", ERR_ACCESS, 0, "");
	assert_true(!is_root || seteuid(0) == 0);
	assert_non_null(strstr(w->error.text, ": only root and group haclient may ask the cluster"));
	(void)unlink(file);
	g_free(file);
	g_free(below);
}

/* Nobody takes the connections that wait: the next one waits too, but not for ever. */
static void test_a_crowd(void **state)
{
	struct world *w = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *path = g_strdup_printf("%s/crowd", w->fake.folder);
	(void)g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), first = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(connect(first, (struct sockaddr *)&address, sizeof(address)), 0);
	w->q.socket = path;
	w->q.timeout_ms = 50;
	asked(w, "/v1/status?x=y", ERR_AGAIN, 0, "");
	assert_non_null(strstr(w->error.text, "no answer within 50 ms"));
	assert_true(http_listens(path));
	/* and who is let in, but not heard, neither */
	struct http_exchange x;
	int64_t before = g_get_monotonic_time();
	(void)listen(listener, 8);
	w->q.body = g_strnfill(SIZE, 'x');
	w->q.body_size = SIZE;
	w->q.timeout_ms = 60000;
	assert_int_equal(http_begin(&x, &w->q, SIZE_MAX, &w->error), ERR_OK);
	assert_int_equal(http_wait(&x, 20, w->out, &w->error), ERR_AGAIN);
	assert_true(g_get_monotonic_time() - before < 40 * 1000 * 1000);
	http_end(&x);
	g_free((char *)(uintptr_t)w->q.body);
	(void)close(first);
	(void)close(listener);
	assert_false(http_listens(path));
	(void)unlink(path);
	g_free(path);
}

/* Bit by bit. */
static void test_exchange(void **state)
{
	struct world *w = *state;
	struct http_exchange x;
	w->q.path = "/v1/slow";
	(void)g_string_truncate(w->out, 0);
	assert_int_equal(http_begin(&x, &w->q, SIZE_MAX, &w->error), ERR_OK);
	int pieces = 0;
	while (!http_answer_is_whole(&x.answer)) {
		assert_int_equal(http_wait(&x, -1, w->out, &w->error), ERR_OK);
		pieces++;
	}
	assert_true(pieces > 1);
	assert_string_equal(w->out->str, "ok");
	http_end(&x);
	http_end(&x);
	w->q.path = "/v1/silence";
	assert_int_equal(http_begin(&x, &w->q, SIZE_MAX, &w->error), ERR_OK);
	assert_int_equal(http_wait(&x, 0, w->out, &w->error), ERR_AGAIN);
	assert_int_equal(http_wait(&x, 20, w->out, &w->error), ERR_AGAIN);
	http_end(&x);
	w->q.path = "not escaped";
	assert_int_equal(http_begin(&x, &w->q, SIZE_MAX, &w->error), ERR_UNSUPPORTED);
	http_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trouble, setup, teardown),
		cmocka_unit_test_setup_teardown(test_patience, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_bodies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_listens, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_crowd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exchange, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
