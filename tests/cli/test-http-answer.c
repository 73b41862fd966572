/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An answer must mean the same however its bytes are cut into pieces, so each is read at once, byte by byte, and cut at
 * each place in two. */
#include "cli/http-answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { BODY_MAX = 20 };

struct outcome {
	enum err e;
	bool is_whole;
	long status;
	GString *body;
	struct error error;
};

struct row {
	const char *text;
	enum err e;
	long status;
	const char *body; /* or what the error's text says */
	size_t size;      /* 0: the text's */
};

#define OK      "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

/* What is read in pieces of these sizes: first, then step by step. */
static struct outcome outcome_of(const char *text, size_t size, size_t first, size_t step)
{
	struct http_answer a;
	struct outcome o = {.body = g_string_new(NULL)};
	http_answer_init(&a, BODY_MAX);
	for (size_t at = 0, n = first; at < size && o.e == ERR_OK; at += n, n = step) {
		n = MIN(n, size - at);
		o.e = http_answer_take(&a, text + at, n, o.body, &o.error);
	}
	if (o.e == ERR_OK)
		o.e = http_answer_end(&a, &o.error);
	o.is_whole = http_answer_is_whole(&a);
	o.status = a.status;
	return o;
}

static void check(const struct row *r, size_t first, size_t step)
{
	size_t size = r->size != 0 ? r->size : strlen(r->text);
	struct outcome o = outcome_of(r->text, size, first, step);
	if (o.e != r->e)
		fail_msg("%s: %d, not %d: %s", r->text, o.e, r->e, o.error.text);
	assert_int_equal(o.error.code, r->e);
	if (r->e == ERR_OK) {
		assert_true(o.is_whole);
		assert_int_equal(o.status, r->status);
		assert_string_equal(o.body->str, r->body);
	} else if (strstr(o.error.text, r->body) == NULL) {
		fail_msg("%s: '%s' says nothing of '%s'", r->text, o.error.text, r->body);
	}
	assert_true(o.body->len <= BODY_MAX);
	(void)g_string_free(o.body, TRUE);
}

static void check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t size = rows[i].size != 0 ? rows[i].size : strlen(rows[i].text);
		check(&rows[i], 1, 1);
		for (size_t first = 1; first <= size; first++)
			check(&rows[i], first, size);
	}
}

static void test_what_is_whole(void **state)
{
	static const struct row rows[] = {
		{OK "Content-Length: 5\r\n\r\nhello", ERR_OK, 200, "hello"},
		{OK "content-length:5 \t\r\n\r\nhello", ERR_OK, 200, "hello"},
		{OK "Content-Length: 0\r\n\r\n", ERR_OK, 200, ""},
		{OK "X-Y: \t a:b \r\nContent-Length: 1\r\nEmpty:\r\n\r\nz", ERR_OK, 200, "z"},
		{"HTTP/1.1 404\r\nContent-Length: 1\r\n\r\nz", ERR_OK, 404, "z"},
		{"HTTP/1.0 500 \r\nContent-Length: 1\r\n\r\nz", ERR_OK, 500, "z"},
		{OK "Connection: close\r\n\r\nto the end", ERR_OK, 200, "to the end"},
		{OK "\r\n", ERR_OK, 200, ""},
		{"HTTP/1.1 204 Nothing\r\nContent-Length: 9\r\n\r\n", ERR_OK, 204, ""},
		{"HTTP/1.1 304 As before\r\nContent-Length: 9\r\n\r\n", ERR_OK, 304, ""},
		{"HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n" OK "\r\nx", ERR_OK, 200, "x"},
		{CHUNKED "0\r\n\r\n", ERR_OK, 200, ""},
		{CHUNKED "5\r\nhello\r\n00b;name=\"v\"\r\n, the world\r\n0\r\n\r\n", ERR_OK, 200, "hello, the world"},
		{CHUNKED "A\r\n0123456789\r\na\r\n0123456789\r\n000\r\nMore: of it\r\nContent-Length: 1\r\n\r\n",
		 ERR_OK, 200, "01234567890123456789"},
		{CHUNKED "0\r\nContent-Length: none\r\nTransfer-Encoding: none\r\n\r\n", ERR_OK, 200, ""},
		{OK "Content-Length: 20\r\n\r\n01234567890123456789", ERR_OK, 200, "01234567890123456789"},
	};
	(void)state;
	check_all(rows, G_N_ELEMENTS(rows));
}

static void test_what_is_garbled(void **state)
{
	static const struct row rows[] = {
		{"SSH-2.0-OpenSSH_9.2p1\r\n", ERR_INVALID, 0, "line 1: no version and status"},
		{"\r\n", ERR_INVALID, 0, "line 1: no version and status"},
		{"HTTP/2 200\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"HTTP/1.2 200 OK\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"HTTP/1.1  200 OK\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"HTTP/1.1-200 OK\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"HTTP/1.1 20\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"HTTP/1.1 2000\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"HTTP/1.1 099 OK\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"HTTP/1.1 600 OK\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"http/1.1 200 OK\r\n", ERR_INVALID, 0, "line 1: no version"},
		{"HTTP/1.1 101 Switching\r\n\r\n", ERR_INVALID, 0, "line 2: a change of protocols"},
		{"HTTP/1.1 200 OK\n", ERR_INVALID, 0, "line 1: an end without carriage return"},
		{"HTTP/1.1 200 O\rK\r\n", ERR_INVALID, 0, "line 1: a control character"},
		{"HTTP/1.1 200 \x1b[2J\r\n", ERR_INVALID, 0, "line 1: a control character"},
		{"HTTP/1.1 200 a\0b\r\n", ERR_INVALID, 0, "line 1: a control character", 18},
		{OK "\n", ERR_INVALID, 0, "line 2: an end without carriage return"},
		{OK "X\r\n", ERR_INVALID, 0, "line 2: no field's name and colon"},
		{OK ": x\r\n", ERR_INVALID, 0, "line 2: no field's name and colon"},
		{OK "A: b\r\nX : y\r\n", ERR_INVALID, 0, "line 3: no field's name and colon"},
		{OK "A: b\r\n folded: y\r\n", ERR_INVALID, 0, "line 3: no field's name and colon"},
		{OK "A: \x7f\r\n", ERR_INVALID, 0, "line 2: a control character"},
		{OK "Content-Length: \r\n", ERR_INVALID, 0, "line 2: a Content-Length that is none"},
		{OK "Content-Length: -1\r\n", ERR_INVALID, 0, "line 2: a Content-Length that is none"},
		{OK "Content-Length: +1\r\n", ERR_INVALID, 0, "line 2: a Content-Length that is none"},
		{OK "Content-Length: 0x1\r\n", ERR_INVALID, 0, "line 2: a Content-Length that is none"},
		{OK "Content-Length: 1, 1\r\n", ERR_INVALID, 0, "line 2: a Content-Length that is none"},
		{OK "Content-Length: 18446744073709551617\r\n", ERR_INVALID, 0, "a Content-Length that is none"},
		{OK "Content-Length: 1\r\nContent-Length: 1\r\n", ERR_INVALID, 0, "line 3: a second Content-Length"},
		{OK "Transfer-Encoding: gzip\r\n", ERR_INVALID, 0, "line 2: a Transfer-Encoding other than chunked"},
		{OK "Transfer-Encoding: gzip, chunked\r\n", ERR_INVALID, 0, "a Transfer-Encoding other than chunked"},
		{OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ERR_INVALID, 0, "line 3: a Tran"},
		{"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", ERR_INVALID, 0, "line 2: a Transfer-Encoding"},
		{OK "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", ERR_INVALID, 0, "both a Content-Length"},
		{OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_INVALID, 0, "both a Content-Length"},
		{OK "Content-Length: 1\r\n\r\nzz", ERR_INVALID, 0, "it goes on after its end"},
		{"HTTP/1.1 204 Nothing\r\n\r\nz", ERR_INVALID, 0, "it goes on after its end"},
		{CHUNKED "0\r\n\r\nz", ERR_INVALID, 0, "it goes on after its end"},
		{CHUNKED "\r\n", ERR_INVALID, 0, "a chunk without its size"},
		{CHUNKED "g\r\n", ERR_INVALID, 0, "a chunk without its size"},
		{CHUNKED "-1\r\n", ERR_INVALID, 0, "a chunk without its size"},
		{CHUNKED "0x1\r\n", ERR_INVALID, 0, "a chunk without its size"},
		{CHUNKED "1 \r\n", ERR_INVALID, 0, "a chunk without its size"},
		{CHUNKED "ffffffffffffffff\r\n", ERR_INVALID, 0, "a chunk without its size"},
		{CHUNKED "10000000000000001\r\n", ERR_INVALID, 0, "a chunk without its size"},
		{CHUNKED "1\r\nab\r\n", ERR_INVALID, 0, "a chunk longer than its size"},
		{CHUNKED "1\r\na\n", ERR_INVALID, 0, "an end without carriage return"},
		{CHUNKED "1\na", ERR_INVALID, 0, "an end without carriage return"},
		{CHUNKED "0\r\nMore\r\n", ERR_INVALID, 0, "no field's name and colon"},
	};
	(void)state;
	check_all(rows, G_N_ELEMENTS(rows));
}

static void test_what_is_too_large(void **state)
{
	static const struct row rows[] = {
		{OK "Content-Length: 21\r\n\r\n", ERR_FULL, 200, "the answer is too large"},
		{OK "Content-Length: 999999999999999999\r\n\r\n", ERR_FULL, 200, "the answer is too large"},
		{OK "\r\n012345678901234567890", ERR_FULL, 200, "the answer is too large"},
		{CHUNKED "15\r\n", ERR_FULL, 200, "the answer is too large"},
		{CHUNKED "5\r\nhello\r\n10\r\n", ERR_FULL, 200, "the answer is too large"},
		{CHUNKED "fffffffffffffff\r\n", ERR_FULL, 200, "the answer is too large"},
	};
	(void)state;
	check_all(rows, G_N_ELEMENTS(rows));
}

static void test_what_ends_early(void **state)
{
	static const struct row rows[] = {
		{"H", ERR_IO, 0, "in the midst of the answer"},
		{OK, ERR_IO, 200, "in the midst of the answer"},
		{OK "Content-Length: 5\r\n\r\nhell", ERR_IO, 200, "in the midst of the answer"},
		{CHUNKED, ERR_IO, 200, "in the midst of the answer"},
		{CHUNKED "5\r\nhell", ERR_IO, 200, "in the midst of the answer"},
		{CHUNKED "5\r\nhello\r\n", ERR_IO, 200, "in the midst of the answer"},
		{CHUNKED "5\r\nhello\r\n0\r\n", ERR_IO, 200, "in the midst of the answer"},
		{"HTTP/1.1 100 Continue\r\n\r\n", ERR_IO, 0, "in the midst of the answer"},
	};
	(void)state;
	check_all(rows, G_N_ELEMENTS(rows));
	struct outcome o = outcome_of("", 0, 1, 1);
	assert_int_equal(o.e, ERR_IO);
	assert_string_equal(o.error.text, "the connection was closed without an answer");
	(void)g_string_free(o.body, TRUE);
}

/* Neither a line nor their number grows for ever. */
static void test_limits(void **state)
{
	GString *s = g_string_new(OK "X: ");
	(void)state;
	while (s->len < strlen(OK) + HTTP_LINE_MAX - 2)
		g_string_append_c(s, 'x');
	g_string_append(s, "\r\nContent-Length: 1\r\n\r\nz");
	check(&(struct row){s->str, ERR_OK, 200, "z"}, s->len, 1);
	check(&(struct row){s->str, ERR_OK, 200, "z"}, 1, 1);
	g_string_insert_c(s, (gssize)strlen(OK) + 3, 'x');
	check(&(struct row){s->str, ERR_INVALID, 0, "a line without end"}, s->len, 1);
	check(&(struct row){s->str, ERR_INVALID, 0, "a line without end"}, 1, 1);

	g_string_assign(s, OK);
	for (int i = 0; i < HTTP_LINES_MAX - 2; i++)
		g_string_append(s, "X: y\r\n");
	gsize before = s->len;
	g_string_append(s, "\r\n");
	check(&(struct row){s->str, ERR_OK, 200, ""}, s->len, 1);
	g_string_truncate(s, before);
	g_string_append(s, "X: y\r\n\r\n");
	check(&(struct row){s->str, ERR_INVALID, 0, "too many lines"}, s->len, 1);

	g_string_assign(s, "");
	for (int i = 0; i < HTTP_LINES_MAX; i++)
		g_string_append(s, "HTTP/1.1 100 Continue\r\n\r\n");
	check(&(struct row){s->str, ERR_INVALID, 0, "too many lines"}, s->len, 1);

	/* but a stream has any number of chunks */
	struct http_answer a;
	http_answer_init(&a, SIZE_MAX);
	g_string_assign(s, "");
	assert_int_equal(http_answer_take(&a, CHUNKED, strlen(CHUNKED), s, NULL), ERR_OK);
	for (int i = 0; i < 10 * HTTP_LINES_MAX; i++)
		assert_int_equal(http_answer_take(&a, "1\r\nx\r\n", 6, s, NULL), ERR_OK);
	assert_int_equal(s->len, 10 * HTTP_LINES_MAX);
	(void)g_string_free(s, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_whole),
		cmocka_unit_test(test_what_is_garbled),
		cmocka_unit_test(test_what_is_too_large),
		cmocka_unit_test(test_what_ends_early),
		cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
