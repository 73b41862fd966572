/* SPDX-License-Identifier: GPL-2.0-or-later */
/* client-http.h - HTTP on a Unix socket, by libcurl, which is loaded when it is first needed. */
#ifndef CLI_CLIENT_HTTP_H
#define CLI_CLIENT_HTTP_H

#include "base/error.h"

#include <glib.h>
#include <stdint.h>

struct http_question {
	const char *socket; /* a path */
	const char *path;   /* "/v1/status?x=y", escaped */
	const char *body;   /* NULL: GET, otherwise POST */
	size_t body_size;
	const char *type;   /* of the body's content */
	int64_t timeout_ms; /* 0: none */
};

/* The answer's body is appended to out; it may have bytes_max bytes. ERR_NOT_FOUND: nobody listens; ERR_ACCESS: this
 * user may not connect; ERR_AGAIN: no answer in time; ERR_UNSUPPORTED: there is no libcurl; ERR_FULL: too large;
 * ERR_IO: the connection broke. */
enum err http_ask(const struct http_question *q, size_t bytes_max, long *ret_status, GString *out,
		  struct error *reterr) MUST_CHECK;

#endif
