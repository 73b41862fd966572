/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libmicrohttpd in our loop: its epoll descriptor is one of ours, its timeout one of our timers. */
#include "api/api-internal.h"

#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 512, CONNECTION_TIMEOUT_S = 0 };

/* --- exchanges --- */

static struct exchange *exchange_new(struct api *a, struct MHD_Connection *c, const char *method, const char *path)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct error error;
	struct exchange *x = g_new0(struct exchange, 1);
	x->api = a;
	x->connection = c;
	x->method = method;
	x->path = path;
	x->body = g_string_new(NULL);
	x->fd = info != NULL ? info->connect_fd : -1;
	if (info == NULL || peer_of(info->connect_fd, &x->peer, &error) != ERR_OK)
		exchange_refuse(x, HTTP_FORBIDDEN, "it is not known who asks");
	return x;
}

static void exchange_free(struct exchange *x)
{
	exchange_unwatch(x);
	if (x->id != 0 && !x->answered)
		x->api->ops.drop(x->api->ops.arg, x->id);
	(void)g_ptr_array_remove(x->api->waiting, x);
	if (x->listener != NULL)
		(void)g_ptr_array_remove(x->api->listeners, x->listener);
	(void)g_string_free(x->body, TRUE);
	if (x->answer != NULL)
		(void)g_string_free(x->answer, TRUE);
	g_free(x);
}

void exchange_answer(struct exchange *x, unsigned int status, const char *type, GString *text)
{
	if (x->answer != NULL)
		(void)g_string_free(x->answer, TRUE);
	x->answer = text;
	x->answered = true;
	x->status = status;
	x->type = type;
	if (!x->suspended)
		return;
	x->suspended = false;
	exchange_unwatch(x);
	MHD_resume_connection(x->connection);
	loop_job_add(x->api->loop, &x->api->run);
}

void exchange_answer_json(struct exchange *x, unsigned int status, json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	GString *s = g_string_new(text);
	g_string_append_c(s, '\n');
	free(text);
	json_decref(value);
	exchange_answer(x, status, "application/json", s);
}

void exchange_refuse(struct exchange *x, unsigned int status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	exchange_answer_json(x, status, json_pack("{s:s}", "error", text));
	g_free(text);
}

static void on_gone(void *arg, uint32_t events)
{
	struct exchange *x = arg;
	(void)events;
	if (x->listener != NULL) {
		listener_end(x->listener);
		return;
	}
	x->api->ops.drop(x->api->ops.arg, x->id);
	(void)g_ptr_array_remove(x->api->waiting, x);
	exchange_refuse(x, HTTP_FAILED, "nobody waits for it"); /* the connection ends when MHD writes this */
}

void exchange_watch(struct exchange *x)
{
	struct error error;
	x->gone = (struct loop_fd){.fd = x->fd, .priority = LOOP_LOW, .fn = on_gone, .arg = x};
	if (loop_fd_add(x->api->loop, &x->gone, &error) != ERR_OK)
		x->gone.added = false; /* it is noticed with the answer, then */
}

void exchange_unwatch(struct exchange *x)
{
	loop_fd_remove(x->api->loop, &x->gone);
}

void exchange_wish(struct exchange *x, struct request *r)
{
	x->id = r->id = ++x->api->next_id;
	g_ptr_array_add(x->api->waiting, x);
	x->api->ops.request(x->api->ops.arg, r);
	if (x->answered)
		return;
	x->suspended = true;
	MHD_suspend_connection(x->connection);
	exchange_watch(x);
}

const char *exchange_argument(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool exchange_flag(const struct exchange *x, const char *name)
{
	bool value = false;
	const char *text = exchange_argument(x, name);
	return text != NULL && cib_parse_bool(text, &value) && value;
}

json_t *exchange_object(struct exchange *x)
{
	json_error_t error;
	json_t *object = json_loadb(x->body->str, x->body->len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(object))
		return object;
	exchange_refuse(x, HTTP_BAD, "the body must be a JSON object: %s",
			object == NULL ? error.text : "it is another value");
	json_decref(object);
	return NULL;
}

struct access_user exchange_user(const struct exchange *x)
{
	return (struct access_user){.name = x->peer.name, .groups = x->peer.groups};
}

const struct controller *exchange_controller(const struct exchange *x)
{
	return x->api->ops.controller(x->api->ops.arg);
}

void api_answer(struct api *a, const struct answer *answer)
{
	static const unsigned int codes[] = {
		[EDIT_DONE] = HTTP_OK,          [EDIT_NOTHING] = HTTP_OK,      [EDIT_MALFORMED] = HTTP_BAD,
		[EDIT_DENIED] = HTTP_FORBIDDEN, [EDIT_INVALID] = HTTP_INVALID, [EDIT_OLD] = HTTP_CONFLICT,
		[EDIT_DIGEST] = HTTP_CONFLICT,  [EDIT_ABSENT] = HTTP_ABSENT,   [EDIT_PRESENT] = HTTP_CONFLICT,
		[EDIT_MISPLACED] = HTTP_BAD,    [EDIT_UNFIT] = HTTP_CONFLICT,
	};
	for (guint i = 0; a != NULL && i < a->waiting->len; i++) {
		struct exchange *x = g_ptr_array_index(a->waiting, i);
		if (x->id != answer->id)
			continue;
		unsigned int status = codes[answer->verdict];
		if (status == HTTP_OK && answer->exit_code != 0)
			status = answer->exit_code == 124 ? HTTP_TIMEOUT : HTTP_FAILED;
		g_ptr_array_remove_index(a->waiting, i);
		exchange_answer_json(x, status,
				     json_pack("{s:i, s:s}", "exit", answer->exit_code, "message", answer->text));
		return;
	}
}

/* --- routing --- */

static bool may(const struct exchange *x, const struct route *r)
{
	const struct document *d = controller_state(exchange_controller(x))->document;
	return !r->privileged || !access_is_needed(d, x->peer.name);
}

static void dispatch(struct exchange *x)
{
	bool known = false;
	if (x->api->ending) {
		exchange_refuse(x, HTTP_FAILED, "the manager ends");
		return;
	}
	if (x->too_large) {
		exchange_refuse(x, HTTP_LARGE, "a body may have %d bytes", BODY_MAX);
		return;
	}
	for (const struct route *r = routes; r->path != NULL; r++) {
		if (strcmp(r->path, x->path) != 0)
			continue;
		known = true;
		if (strcmp(r->method, x->method) != 0)
			continue;
		if (!may(x, r))
			exchange_refuse(x, HTTP_FORBIDDEN, "user %s may not do this: the ACLs are in force",
					x->peer.name);
		else
			r->fn(x);
		return;
	}
	if (known)
		exchange_refuse(x, HTTP_METHOD, "%s does not know %s; see /v1/openapi.json", x->path, x->method);
	else
		exchange_refuse(x, HTTP_ABSENT, "there is no %s; see /v1/openapi.json", x->path);
}

static enum MHD_Result give(struct exchange *x)
{
	struct MHD_Response *response;
	if (x->listener != NULL) {
		response = listener_response(x);
	} else {
		response = MHD_create_response_from_buffer(x->answer->len, x->answer->str, MHD_RESPMEM_MUST_COPY);
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, x->type);
	}
	enum MHD_Result r = MHD_queue_response(x->connection, x->status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **context)
{
	struct exchange *x = *context;
	(void)version;
	if (x == NULL) {
		*context = exchange_new(arg, c, method, url);
		return MHD_YES;
	}
	if (*size > 0) {
		x->too_large = x->too_large || x->body->len + *size > BODY_MAX;
		if (!x->too_large)
			g_string_append_len(x->body, data, (gssize)*size);
		*size = 0;
		return MHD_YES;
	}
	if (!x->answered)
		dispatch(x);
	return x->answered ? give(x) : MHD_YES;
}

static void on_completed(void *arg, struct MHD_Connection *c, void **context, enum MHD_RequestTerminationCode why)
{
	(void)arg;
	(void)c;
	(void)why;
	if (*context != NULL)
		exchange_free(*context);
	*context = NULL;
}

/* --- the loop --- */

static void run(struct api *a)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;
	(void)MHD_run(a->daemon);
	if (MHD_get_timeout(a->daemon, &wait_ms) == MHD_YES)
		loop_timer_set(a->loop, &a->timer, wait_ms);
	else
		loop_timer_cancel(a->loop, &a->timer);
}

static void on_ready(void *arg, uint32_t events)
{
	(void)events;
	run(arg);
}

static void on_run(void *arg)
{
	run(arg);
}

static enum err start(struct api *a, int fd, struct error *reterr)
{
	a->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, a,
				     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, a,
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)CONNECTION_TIMEOUT_S, MHD_OPTION_END);
	if (a->daemon == NULL) {
		(void)close(fd);
		return error_set(reterr, ERR_IO, "%s: the HTTP server does not start", a->path);
	}
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(a->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	a->fd = (struct loop_fd){
		.fd = info->epoll_fd, .priority = LOOP_LOW, .events = LOOP_READ, .fn = on_ready, .arg = a};
	return loop_fd_add(a->loop, &a->fd, reterr);
}

enum err api_open(struct loop *l, const char *path, const struct api_ops *ops, struct api **ret, struct error *reterr)
{
	int fd;
	enum err e = peer_listen(path, &fd, reterr);
	if (e != ERR_OK)
		return e;
	struct api *a = g_new0(struct api, 1);
	a->loop = l;
	a->ops = *ops;
	a->path = g_strdup(path);
	a->waiting = g_ptr_array_new();
	a->listeners = g_ptr_array_new_with_free_func(listener_free);
	a->run = (struct loop_job){.fn = on_run, .arg = a, .priority = LOOP_LOW};
	timer_init(&a->timer, on_run, a);
	e = start(a, fd, reterr);
	if (e != ERR_OK) {
		api_close(a);
		return e;
	}
	*ret = a;
	return ERR_OK;
}

void api_close(struct api *a)
{
	if (a == NULL)
		return;
	loop_timer_cancel(a->loop, &a->timer);
	loop_job_remove(a->loop, &a->run);
	loop_fd_remove(a->loop, &a->fd);
	a->ending = true; /* MHD stops only when nothing is suspended */
	for (guint i = 0; i < a->listeners->len; i++)
		listener_end(g_ptr_array_index(a->listeners, i));
	while (a->waiting->len > 0)
		exchange_refuse(g_ptr_array_steal_index(a->waiting, 0), HTTP_FAILED, "the manager ends");
	loop_job_remove(a->loop, &a->run);
	if (a->daemon != NULL) {
		(void)MHD_run(a->daemon);
		MHD_stop_daemon(a->daemon);
	}
	(void)unlink(a->path);
	g_ptr_array_unref(a->waiting);
	g_ptr_array_unref(a->listeners);
	g_free(a->path);
	g_free(a);
}
