/* SPDX-License-Identifier: GPL-2.0-or-later */
/* event-stream.h - what happens in the running cluster, as it happens: the manager's /v1/events.
 *
 *	struct event_stream s;
 *	if (event_stream_open(&s, io, &call))
 *		while (event_stream_wait(&s, 5000, &event) != EVENT_STREAM_GONE)
 *			…
 *	event_stream_close(&s);
 */
#ifndef CLI_EVENT_STREAM_H
#define CLI_EVENT_STREAM_H

#include "cli/client-http.h"
#include "cli/client.h"

#include <glib.h>

/* {0} is a closed one. */
struct event_stream {
	struct http_exchange exchange;
	GString *read; /* NULL: closed */
};

enum event_stream_end {
	EVENT_STREAM_EVENT,   /* *ret is a new reference to it */
	EVENT_STREAM_NOTHING, /* within that time */
	EVENT_STREAM_GONE,    /* the manager, or its patience with us: open it anew */
};

/* False: nobody listens. */
bool event_stream_open(struct event_stream *s, const struct program_io *io, const struct client_call *call);
enum event_stream_end event_stream_wait(struct event_stream *s, int64_t timeout_ms, json_t **ret);
/* Also one that could not be opened. */
void event_stream_close(struct event_stream *s);

#endif
