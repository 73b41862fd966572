/* SPDX-License-Identifier: GPL-2.0-or-later */
/* client-http.h - HTTP on a Unix socket of this machine: one question, one answer, one connection.
 *
 *	enum err e = http_ask(&question, bytes_max, &status, body, &error);
 *
 * or bit by bit, where the answer goes on and on:
 *
 *	struct http_exchange x;
 *	e = http_begin(&x, &question, SIZE_MAX, &error);
 *	while (e == ERR_OK && !http_answer_is_whole(&x.answer))
 *		e = http_wait(&x, 5000, body, &error);
 *	http_end(&x);
 *
 * Why no library: docs/decisions/0026-http-on-the-local-socket.md.
 */
#ifndef CLI_CLIENT_HTTP_H
#define CLI_CLIENT_HTTP_H

#include "cli/http-answer.h"

struct http_question {
	const char *socket; /* a path */
	const char *path;   /* "/v1/status?x=y", escaped */
	const char *body;   /* NULL: GET, otherwise POST */
	size_t body_size;
	const char *type;   /* of the body's content; NULL: JSON */
	int64_t timeout_ms; /* 0: none */
};

/* The answer's body is appended to out; it may have bytes_max bytes. Nothing is, unless ERR_OK is returned.
 * ERR_NOT_FOUND: nobody listens; ERR_ACCESS: this user may not connect; ERR_AGAIN: no answer in time; ERR_UNSUPPORTED:
 * the question cannot be sent, as no socket has such a path, or its own is not escaped; ERR_FULL: too large;
 * ERR_INVALID: what answers does not speak HTTP; ERR_IO: the connection broke. */
enum err http_ask(const struct http_question *q, size_t bytes_max, long *ret_status, GString *out,
		  struct error *reterr) MUST_CHECK;

/* {0} is one that was ended. */
struct http_exchange {
	int fd;
	GString *request; /* NULL: ended */
	gsize sent;
	const char *socket; /* the question's */
	struct http_answer answer;
};

/* Connects, and waits for that no longer than the question says. After an error there is nothing to end. */
enum err http_begin(struct http_exchange *x, const struct http_question *q, size_t bytes_max,
		    struct error *reterr) MUST_CHECK;
/* Sends what is to be sent and waits until something came of the answer, which must not be whole yet: ERR_OK, and what
 * that had of the body is appended to out. Negative: waits for ever. ERR_AGAIN: nothing came, and it may be called
 * again; otherwise as http_ask(). */
enum err http_wait(struct http_exchange *x, int64_t timeout_ms, GString *out, struct error *reterr) MUST_CHECK;
void http_end(struct http_exchange *x);

/* Whether somebody listens there; waits for nothing. */
bool http_listens(const char *socket_path);

#endif
