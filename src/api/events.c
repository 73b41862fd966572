/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /v1/events: what happens, as it happens: server-sent events with a JSON object each. A client that does not read is
 * cut off when too much waits for it; it asks /v1/status anew, as after any interruption.
 */
#include "api/api-internal.h"

#include <string.h>
#include <sys/socket.h>

struct listener {
	struct exchange *exchange;
	GString *waiting;
	bool suspended, ended;
};

enum { BLOCK = 4096 };

static ssize_t read_events(void *arg, uint64_t at, char *buffer, size_t max)
{
	struct listener *l = arg;
	(void)at;
	if (l->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (l->waiting->len == 0) {
		l->suspended = true;
		MHD_suspend_connection(l->exchange->connection);
		exchange_watch(l->exchange);
		return 0;
	}
	size_t n = l->waiting->len < max ? l->waiting->len : max;
	memcpy(buffer, l->waiting->str, n);
	(void)g_string_erase(l->waiting, 0, (gssize)n);
	return (ssize_t)n;
}

struct MHD_Response *listener_response(struct exchange *x)
{
	struct MHD_Response *r =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_events, x->listener, NULL);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	return r;
}

void listener_free(void *listener)
{
	struct listener *l = listener;
	(void)g_string_free(l->waiting, TRUE);
	g_free(l);
}

void page_events(struct exchange *x)
{
	struct listener *l = g_new0(struct listener, 1);
	l->exchange = x;
	l->waiting = g_string_new(": hale\n\n");
	x->listener = l;
	x->answered = true;
	x->status = HTTP_OK;
	g_ptr_array_add(x->api->listeners, l);
}

static const char *const kinds[] = {
	[HAPPENING_NODE] = "node",
	[HAPPENING_FENCING] = "fencing",
	[HAPPENING_RESOURCE] = "resource",
	[HAPPENING_ATTRIBUTE] = "attribute",
	[HAPPENING_CONFIGURATION] = "configuration",
	[HAPPENING_LEADER] = "leader",
};

static void add(json_t *o, const char *name, const char *value)
{
	if (value != NULL)
		(void)json_object_set_new(o, name, json_string(value));
}

static json_t *happening_json(const struct happening *h)
{
	json_t *o = json_object();
	add(o, "kind", kinds[h->kind]);
	(void)json_object_set_new(o, "when_ms", json_integer((json_int_t)(h->when.ns / 1000000u)));
	add(o, "node", h->node);
	add(o, "resource", h->rsc);
	add(o, "task", h->task);
	add(o, "name", h->name);
	add(o, "value", h->value);
	add(o, "text", h->text);
	if (h->kind == HAPPENING_RESOURCE) {
		(void)json_object_set_new(o, "interval_ms", json_integer(h->interval_ms));
		(void)json_object_set_new(o, "failed", json_boolean(h->status != 0));
	}
	return o;
}

static void wake(struct listener *l)
{
	if (!l->suspended)
		return;
	l->suspended = false;
	exchange_unwatch(l->exchange);
	MHD_resume_connection(l->exchange->connection);
	loop_job_add(l->exchange->api->loop, &l->exchange->api->run);
}

void listener_end(struct listener *l)
{
	l->ended = true;
	wake(l);
}

/* It does not read: what the kernel holds for it does not count any more, and MHD sees that the connection is over. */
static void cut_off(struct listener *l)
{
	(void)shutdown(l->exchange->fd, SHUT_RDWR);
	(void)g_string_truncate(l->waiting, 0);
	listener_end(l);
}

void api_tell(struct api *a, const struct happening *h)
{
	if (a == NULL || a->listeners->len == 0)
		return;
	json_t *o = happening_json(h);
	char *text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	for (guint i = 0; i < a->listeners->len; i++) {
		struct listener *l = g_ptr_array_index(a->listeners, i);
		if (l->ended)
			continue;
		if (l->waiting->len > EVENTS_WAITING_MAX) {
			cut_off(l);
			continue;
		}
		g_string_append_printf(l->waiting, "event: %s\ndata: %s\n\n", kinds[h->kind], text);
		wake(l);
	}
	free(text);
	json_decref(o);
}
