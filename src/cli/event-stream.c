/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/event-stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 4096, EVENT_MAX = 1024 * 1024 };

bool event_stream_open(struct event_stream *s, const struct program_io *io, const struct client_call *call)
{
	/* As HTTP/1.0, so that the answer comes as it is and not in chunks. */
	static const char request[] = "GET /v1/events HTTP/1.0\r\nHost: hale\r\n\r\n";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	*s = (struct event_stream){.fd = -1};
	if (g_strlcpy(address.sun_path, client_socket(io, call), sizeof(address.sun_path)) >= sizeof(address.sun_path))
		return false;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd >= 0 && connect(s->fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    send(s->fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request)) {
		s->read = g_string_new(NULL);
		return true;
	}
	event_stream_close(s);
	return false;
}

void event_stream_close(struct event_stream *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->read != NULL)
		(void)g_string_free(s->read, TRUE);
	*s = (struct event_stream){.fd = -1};
}

/* Takes what is before an empty line off what was read; NULL: there is none yet. */
static char *take_block(struct event_stream *s, const char *empty_line)
{
	const char *end = strstr(s->read->str, empty_line);
	if (end == NULL)
		return NULL;
	gsize length = (gsize)(end - s->read->str);
	char *block = g_strndup(s->read->str, length);
	g_string_erase(s->read, 0, (gssize)(length + strlen(empty_line)));
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
	while (event == NULL && (block = take_block(s, s->has_head ? "\n\n" : "\r\n\r\n")) != NULL) {
		event = s->has_head ? event_of(block) : NULL;
		s->has_head = true;
		g_free(block);
	}
	return event;
}

static int64_t now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum event_stream_end event_stream_wait(struct event_stream *s, int64_t timeout_ms, json_t **ret)
{
	int64_t end = now_ms() + timeout_ms;
	char piece[PIECE];
	while ((*ret = next_event(s)) == NULL) {
		struct pollfd p = {.fd = s->fd, .events = POLLIN};
		int64_t left = end - now_ms();
		int ready = poll(&p, 1, left > 0 ? (int)left : 0);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			return EVENT_STREAM_NOTHING;
		ssize_t n = ready > 0 ? read(s->fd, piece, sizeof(piece)) : -1;
		if (n <= 0 || s->read->len > EVENT_MAX)
			return EVENT_STREAM_GONE;
		g_string_append_len(s->read, piece, n);
	}
	return EVENT_STREAM_EVENT;
}
