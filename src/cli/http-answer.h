/* SPDX-License-Identifier: GPL-2.0-or-later */
/* http-answer.h - reads an answer of HTTP/1.1 (RFC 9112) as its bytes come: those of the manager's local API.
 *
 *	struct http_answer a;
 *	http_answer_init(&a, bytes_max);
 *	while (e == ERR_OK && !http_answer_is_whole(&a)) {
 *		n = read(fd, buffer, sizeof(buffer));
 *		e = n > 0 ? http_answer_take(&a, buffer, n, body, &error) : http_answer_end(&a, &error);
 *	}
 *
 * Strict, as the other end is ours too: what the RFC does not allow is an error, and so is what an answer to a GET or a
 * POST of ours has no use for (another protocol, codings besides chunked). Nothing is guessed. Header fields other than
 * the body's length and coding are checked for their form and ignored. Knows nothing of sockets, and asks for no memory
 * but the body's.
 */
#ifndef CLI_HTTP_ANSWER_H
#define CLI_HTTP_ANSWER_H

#include "base/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_LINE_MAX = 8192, /* bytes of one line, with its end */
	HTTP_LINES_MAX = 200, /* of the head and what may follow the chunks */
};

enum http_part {
	HTTP_STATUS_LINE,
	HTTP_FIELDS,
	HTTP_BODY,        /* its length is known */
	HTTP_BODY_TO_END, /* of the connection */
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK,
	HTTP_CHUNK_END,
	HTTP_TRAILER,
	HTTP_WHOLE,
};

struct http_answer {
	long status; /* 0: its line has not come yet */
	enum http_part part;
	bool is_1_0, is_chunked, has_length;
	uint64_t left;      /* bytes of the body, or of the chunk */
	size_t room;        /* for what is still to come of the body */
	unsigned int lines; /* so far */
	size_t line_size;
	char line[HTTP_LINE_MAX]; /* the one that is being read */
};

/* The body may have bytes_max bytes. */
void http_answer_init(struct http_answer *a, size_t bytes_max);
/* Appends to body what these bytes have of it. ERR_INVALID: they are no HTTP, and reterr says where; ERR_FULL: the body
 * is or will be too large. After an error there is nothing more to take. */
enum err http_answer_take(struct http_answer *a, const char *data, size_t size, GString *body,
			  struct error *reterr) MUST_CHECK;
/* The other side has closed. ERR_IO: in the midst of its answer, or before it. */
enum err http_answer_end(struct http_answer *a, struct error *reterr) MUST_CHECK;
bool http_answer_is_whole(const struct http_answer *a);

#endif
