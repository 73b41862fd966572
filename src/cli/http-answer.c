/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/http-answer.h"

#include <string.h>

void http_answer_init(struct http_answer *a, size_t bytes_max)
{
	*a = (struct http_answer){.part = HTTP_STATUS_LINE, .room = bytes_max};
}

bool http_answer_is_whole(const struct http_answer *a)
{
	return a->part == HTTP_WHOLE;
}

static bool is_head(const struct http_answer *a)
{
	return a->part == HTTP_STATUS_LINE || a->part == HTTP_FIELDS;
}

static enum err garbled(const struct http_answer *a, struct error *reterr, const char *what)
{
	if (is_head(a))
		return error_set(reterr, ERR_INVALID, "no answer of HTTP/1.1: line %u: %s", a->lines, what);
	return error_set(reterr, ERR_INVALID, "no answer of HTTP/1.1: %s", what);
}

static enum err too_large(struct error *reterr)
{
	return error_set(reterr, ERR_FULL, "the answer is too large");
}

/* ---- the head ---- */

static enum err take_status(struct http_answer *a, struct error *reterr)
{
	const char *s = a->line;
	if (strncmp(s, "HTTP/1.", 7) != 0 || (s[7] != '0' && s[7] != '1') || s[8] != ' ' || s[9] < '1' || s[9] > '5' ||
	    !g_ascii_isdigit(s[10]) || !g_ascii_isdigit(s[11]) || (s[12] != ' ' && s[12] != '\0'))
		return garbled(a, reterr, "no version and status");
	a->is_1_0 = s[7] == '0';
	a->status = 100 * (s[9] - '0') + 10 * (s[10] - '0') + s[11] - '0';
	a->part = HTTP_FIELDS;
	return ERR_OK;
}

static bool is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!g_ascii_isalnum(s[i]) && strchr("!#$%&'*+-.^_`|~", s[i]) == NULL)
			return false;
	return n > 0;
}

static enum err take_length(struct http_answer *a, const char *value, struct error *reterr)
{
	size_t digits = strspn(value, "0123456789");
	if (a->has_length || digits == 0 || digits > 18 || value[digits] != '\0')
		return garbled(a, reterr, a->has_length ? "a second Content-Length" : "a Content-Length that is none");
	a->has_length = true;
	a->left = g_ascii_strtoull(value, NULL, 10);
	return ERR_OK;
}

static enum err take_coding(struct http_answer *a, const char *value, struct error *reterr)
{
	if (a->is_chunked || a->is_1_0 || g_ascii_strcasecmp(value, "chunked") != 0)
		return garbled(a, reterr, "a Transfer-Encoding other than chunked");
	a->is_chunked = true;
	return ERR_OK;
}

/* Of a trailer nothing counts. */
static enum err take_field(struct http_answer *a, struct error *reterr)
{
	size_t name = strcspn(a->line, ":");
	if (a->line[name] == '\0' || !is_token(a->line, name))
		return garbled(a, reterr, "no field's name and colon");
	a->line[name] = '\0';
	char *value = g_strstrip(a->line + name + 1);
	if (a->part == HTTP_FIELDS && g_ascii_strcasecmp(a->line, "Content-Length") == 0)
		return take_length(a, value, reterr);
	if (a->part == HTTP_FIELDS && g_ascii_strcasecmp(a->line, "Transfer-Encoding") == 0)
		return take_coding(a, value, reterr);
	return ERR_OK;
}

/* RFC 9112, 6.3: how the end of the body is known. */
static enum err end_head(struct http_answer *a, struct error *reterr)
{
	if (a->is_chunked && a->has_length)
		return garbled(a, reterr, "both a Content-Length and chunks");
	if (a->status == 101)
		return garbled(a, reterr, "a change of protocols");
	if (a->status < 200) { /* "wait": the answer follows */
		a->part = HTTP_STATUS_LINE;
		a->status = 0;
		a->has_length = a->is_chunked = false;
	} else if (a->status == 204 || a->status == 304) {
		a->part = HTTP_WHOLE;
	} else if (a->is_chunked) {
		a->part = HTTP_CHUNK_SIZE;
	} else if (!a->has_length) {
		a->part = HTTP_BODY_TO_END;
	} else if (a->left > a->room) {
		return too_large(reterr);
	} else {
		a->part = a->left > 0 ? HTTP_BODY : HTTP_WHOLE;
	}
	return ERR_OK;
}

/* ---- the body ---- */

/* What follows a semicolon are a chunk's extensions, which nobody has defined. */
static enum err take_chunk_size(struct http_answer *a, struct error *reterr)
{
	size_t digits = strspn(a->line, "0123456789abcdefABCDEF");
	if (digits == 0 || digits > 15 || (a->line[digits] != '\0' && a->line[digits] != ';'))
		return garbled(a, reterr, "a chunk without its size");
	a->left = g_ascii_strtoull(a->line, NULL, 16);
	if (a->left > a->room)
		return too_large(reterr);
	a->part = a->left > 0 ? HTTP_CHUNK : HTTP_TRAILER;
	return ERR_OK;
}

static enum err take_chunk_end(struct http_answer *a, struct error *reterr)
{
	if (a->line[0] != '\0')
		return garbled(a, reterr, "a chunk longer than its size");
	a->part = HTTP_CHUNK_SIZE;
	return ERR_OK;
}

static bool is_body(const struct http_answer *a)
{
	return a->part == HTTP_BODY || a->part == HTTP_CHUNK || a->part == HTTP_BODY_TO_END;
}

static enum err take_body(struct http_answer *a, const char *data, size_t size, size_t *ret_used, GString *body,
			  struct error *reterr)
{
	size_t n = a->part == HTTP_BODY_TO_END || size < a->left ? size : (size_t)a->left;
	if (n > a->room)
		return too_large(reterr);
	g_string_append_len(body, data, (gssize)n);
	*ret_used = n;
	a->room -= n;
	if (a->part == HTTP_BODY_TO_END)
		return ERR_OK;
	a->left -= n;
	if (a->left == 0)
		a->part = a->part == HTTP_CHUNK ? HTTP_CHUNK_END : HTTP_WHOLE;
	return ERR_OK;
}

/* ---- lines ---- */

static enum err take_line(struct http_answer *a, struct error *reterr)
{
	bool is_last = a->line[0] == '\0';
	switch (a->part) {
	case HTTP_STATUS_LINE:
		return take_status(a, reterr);
	case HTTP_FIELDS:
		return is_last ? end_head(a, reterr) : take_field(a, reterr);
	case HTTP_CHUNK_SIZE:
		return take_chunk_size(a, reterr);
	case HTTP_CHUNK_END:
		return take_chunk_end(a, reterr);
	case HTTP_TRAILER:
		if (is_last)
			a->part = HTTP_WHOLE;
		return is_last ? ERR_OK : take_field(a, reterr);
	case HTTP_BODY:
	case HTTP_BODY_TO_END:
	case HTTP_CHUNK:
	case HTTP_WHOLE:
		break;
	}
	return garbled(a, reterr, "it goes on after its end");
}

/* Takes the end off a line that is whole. */
static enum err close_line(struct http_answer *a, struct error *reterr)
{
	size_t n = a->line_size - 1;
	if (is_head(a) || a->part == HTTP_TRAILER)
		a->lines++;
	if (a->lines > HTTP_LINES_MAX)
		return garbled(a, reterr, "too many lines");
	if (n == 0 || a->line[n - 1] != '\r')
		return garbled(a, reterr, "an end without carriage return");
	for (size_t i = 0; i < n - 1; i++)
		if (g_ascii_iscntrl(a->line[i]) && a->line[i] != '\t')
			return garbled(a, reterr, "a control character");
	a->line[n - 1] = '\0';
	a->line_size = 0;
	return ERR_OK;
}

static enum err take_line_bytes(struct http_answer *a, const char *data, size_t size, size_t *ret_used,
				struct error *reterr)
{
	const char *end = memchr(data, '\n', size);
	size_t n = end != NULL ? (size_t)(end - data) + 1 : size;
	if (n > sizeof(a->line) - a->line_size)
		return garbled(a, reterr, "a line without end");
	memcpy(a->line + a->line_size, data, n);
	a->line_size += n;
	*ret_used = n;
	if (end == NULL)
		return ERR_OK;
	enum err e = close_line(a, reterr);
	return e == ERR_OK ? take_line(a, reterr) : e;
}

enum err http_answer_take(struct http_answer *a, const char *data, size_t size, GString *body, struct error *reterr)
{
	enum err e = ERR_OK;
	while (size > 0 && e == ERR_OK) {
		size_t used = 0;
		if (a->part == HTTP_WHOLE)
			return garbled(a, reterr, "it goes on after its end");
		e = is_body(a) ? take_body(a, data, size, &used, body, reterr)
			       : take_line_bytes(a, data, size, &used, reterr);
		data += used;
		size -= used;
	}
	return e;
}

enum err http_answer_end(struct http_answer *a, struct error *reterr)
{
	if (a->part == HTTP_BODY_TO_END)
		a->part = HTTP_WHOLE;
	if (a->part == HTTP_WHOLE)
		return ERR_OK;
	bool silent = a->lines == 0 && a->line_size == 0;
	return error_set(reterr, ERR_IO, "the connection was closed %s",
			 silent ? "without an answer" : "in the midst of the answer");
}
