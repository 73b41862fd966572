/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/event-stream.h"

#include <string.h>

enum { EVENT_MAX = 1024 * 1024 };

bool event_stream_open(struct event_stream *s, const struct program_io *io, const struct client_call *call)
{
	const struct http_question q = {
		.socket = client_socket(io, call), .path = "/v1/events", .timeout_ms = CLIENT_TIMEOUT_MS};
	*s = (struct event_stream){.read = NULL};
	if (http_begin(&s->exchange, &q, SIZE_MAX, NULL) != ERR_OK)
		return false;
	s->read = g_string_new(NULL);
	return true;
}

void event_stream_close(struct event_stream *s)
{
	http_end(&s->exchange);
	if (s->read != NULL)
		(void)g_string_free(s->read, TRUE);
	s->read = NULL;
}

/* Takes what is before an empty line off what was read; NULL: there is none yet. */
static char *take_block(struct event_stream *s)
{
	const char *end = strstr(s->read->str, "\n\n");
	if (end == NULL)
		return NULL;
	gsize length = (gsize)(end - s->read->str);
	char *block = g_strndup(s->read->str, length);
	g_string_erase(s->read, 0, (gssize)(length + strlen("\n\n")));
	return block;
}

/* Of a block that is a comment: NULL. */
static json_t *event_of(const char *block)
{
	const char *data = strstr(block, "data: ");
	return data != NULL ? json_loads(data + strlen("data: "), JSON_DISABLE_EOF_CHECK, NULL) : NULL;
}

/* An event that was read already; NULL: none is whole. */
static json_t *next_event(struct event_stream *s)
{
	json_t *event = NULL;
	char *block;
	while (event == NULL && (block = take_block(s)) != NULL) {
		event = event_of(block);
		g_free(block);
	}
	return event;
}

/* What came before it broke counts. */
static bool is_over(const struct event_stream *s)
{
	return s->exchange.request == NULL || http_answer_is_whole(&s->exchange.answer) || s->read->len > EVENT_MAX;
}

enum event_stream_end event_stream_wait(struct event_stream *s, int64_t timeout_ms, json_t **ret)
{
	int64_t end = g_get_monotonic_time() / 1000 + timeout_ms;
	while ((*ret = next_event(s)) == NULL) {
		int64_t left = end - g_get_monotonic_time() / 1000;
		if (is_over(s))
			return EVENT_STREAM_GONE;
		enum err e = http_wait(&s->exchange, MAX(left, 0), s->read, NULL);
		long status = s->exchange.answer.status;
		if (e == ERR_AGAIN)
			return EVENT_STREAM_NOTHING;
		if (e != ERR_OK)
			http_end(&s->exchange);
		if (status != 0 && status != 200)
			return EVENT_STREAM_GONE;
	}
	return EVENT_STREAM_EVENT;
}
