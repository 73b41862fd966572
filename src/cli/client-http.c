/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/client-http.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

static int64_t end_of(int64_t timeout_ms)
{
	return g_get_monotonic_time() + timeout_ms * 1000;
}

/* Rounded up, so that nothing ends before its time. */
static int64_t left_ms(int64_t end_us)
{
	return MAX((end_us - g_get_monotonic_time() + 999) / 1000, 0);
}

/* ---- the connection ---- */

static bool address_of(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	return g_strlcpy(ret->sun_path, path, sizeof(ret->sun_path)) < sizeof(ret->sun_path);
}

static enum err unconnected(const struct http_question *q, int os_error, struct error *reterr)
{
	switch (os_error) {
	case EACCES:
	case EPERM:
		return error_set(reterr, ERR_ACCESS, "%s: only root and group haclient may ask the cluster", q->socket);
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return error_set(reterr, ERR_NOT_FOUND, "%s: nobody listens there", q->socket);
	case EAGAIN:
		return error_set(reterr, ERR_AGAIN, "%s: too many are asking", q->socket);
	default:
		return error_set(reterr, ERR_IO, "%s: %s", q->socket, g_strerror(os_error));
	}
}

static bool connect_fd(int fd, const struct sockaddr_un *address)
{
	int rc;
	do
		rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	while (rc != 0 && errno == EINTR);
	return rc == 0;
}

/* A listener with too many that wait lets us wait too, for the time that sending may take. */
static enum err connect_to(const struct http_question *q, int *ret_fd, struct error *reterr)
{
	struct sockaddr_un address;
	struct timeval patience = {.tv_sec = q->timeout_ms / 1000, .tv_usec = q->timeout_ms % 1000 * 1000};
	if (!address_of(q->socket, &address))
		return error_set(reterr, ERR_UNSUPPORTED, "%s: the path of a socket has at most %zu bytes", q->socket,
				 sizeof(address.sun_path) - 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(reterr, ERR_IO, "a socket: %s", g_strerror(errno));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 || !connect_fd(fd, &address)) {
		enum err e = unconnected(q, errno, reterr);
		(void)close(fd);
		return e;
	}
	*ret_fd = fd;
	return ERR_OK;
}

bool http_listens(const char *socket_path)
{
	struct sockaddr_un address;
	if (!address_of(socket_path, &address))
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool listens = fd >= 0 && (connect_fd(fd, &address) || errno == EAGAIN); /* or has many who wait */
	if (fd >= 0)
		(void)close(fd);
	return listens;
}

/* ---- one question ---- */

/* What could not stand in a line of the head would be a second question. */
static bool is_escaped(const char *path)
{
	for (const char *s = path; *s != '\0'; s++)
		if (!g_ascii_isgraph(*s))
			return false;
	return path[0] == '/';
}

static GString *request_of(const struct http_question *q)
{
	GString *s = g_string_new(q->body != NULL ? "POST " : "GET ");
	g_string_append_printf(s, "%s HTTP/1.1\r\nHost: hale\r\nConnection: close\r\n", q->path);
	if (q->body != NULL)
		g_string_append_printf(s, "Content-Type: %s\r\nContent-Length: %zu\r\n",
				       q->type != NULL ? q->type : "application/json", q->body_size);
	g_string_append(s, "\r\n");
	if (q->body != NULL)
		g_string_append_len(s, q->body, (gssize)q->body_size);
	return s;
}

enum err http_begin(struct http_exchange *x, const struct http_question *q, size_t bytes_max, struct error *reterr)
{
	int fd = -1;
	*x = (struct http_exchange){.socket = q->socket};
	if (!is_escaped(q->path))
		return error_set(reterr, ERR_UNSUPPORTED, "what is asked for has characters that must be escaped");
	enum err e = connect_to(q, &fd, reterr);
	if (e != ERR_OK)
		return e;
	x->fd = fd;
	x->request = request_of(q);
	http_answer_init(&x->answer, bytes_max);
	return ERR_OK;
}

void http_end(struct http_exchange *x)
{
	if (x->request == NULL)
		return;
	(void)close(x->fd);
	(void)g_string_free(x->request, TRUE);
	x->request = NULL;
}

/* Who does not want to hear more may have answered nevertheless: that is told by what can be read. */
static void send_some(struct http_exchange *x)
{
	ssize_t n = send(x->fd, x->request->str + x->sent, x->request->len - x->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n >= 0)
		x->sent += (gsize)n;
	else if (errno != EAGAIN && errno != EINTR)
		x->sent = x->request->len;
}

/* ERR_AGAIN: nothing has come. */
static enum err read_some(struct http_exchange *x, GString *out, struct error *reterr)
{
	char piece[PIECE];
	ssize_t n = recv(x->fd, piece, sizeof(piece), MSG_DONTWAIT);
	enum err e = ERR_OK;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return ERR_AGAIN;
	if (n < 0)
		e = error_set(reterr, ERR_IO, "%s", g_strerror(errno));
	else if (n > 0)
		e = http_answer_take(&x->answer, piece, (size_t)n, out, reterr);
	else
		e = http_answer_end(&x->answer, reterr);
	return e == ERR_OK ? e : error_wrap(reterr, e, "%s", x->socket);
}

enum err http_wait(struct http_exchange *x, int64_t timeout_ms, GString *out, struct error *reterr)
{
	int64_t end_us = end_of(timeout_ms), left = timeout_ms;
	enum err e = ERR_AGAIN;
	while (e == ERR_AGAIN) {
		bool is_sent = x->sent == x->request->len;
		struct pollfd p = {.fd = x->fd, .events = (short)(is_sent ? POLLIN : POLLIN | POLLOUT)};
		int ready = poll(&p, 1, left < 0 ? -1 : left < INT_MAX ? (int)left : INT_MAX);
		if (ready < 0 && errno != EINTR)
			return error_set(reterr, ERR_IO, "%s: %s", x->socket, g_strerror(errno));
		if (ready == 0)
			return error_set(reterr, ERR_AGAIN, "%s: nothing has come", x->socket);
		if (ready > 0 && !is_sent)
			send_some(x);
		if (ready > 0 && (p.revents & ~POLLOUT) != 0)
			e = read_some(x, out, reterr);
		left = timeout_ms < 0 ? -1 : left_ms(end_us);
	}
	return e;
}

static enum err no_answer(const struct http_question *q, struct error *reterr)
{
	return error_set(reterr, ERR_AGAIN, "%s: no answer within %lld ms", q->socket, (long long)q->timeout_ms);
}

enum err http_ask(const struct http_question *q, size_t bytes_max, long *ret_status, GString *out, struct error *reterr)
{
	struct http_exchange x;
	gsize before = out->len;
	int64_t end_us = end_of(q->timeout_ms);
	enum err e = http_begin(&x, q, bytes_max, reterr);
	while (e == ERR_OK && !http_answer_is_whole(&x.answer)) {
		int64_t left = q->timeout_ms > 0 ? left_ms(end_us) : -1;
		e = left != 0 ? http_wait(&x, left, out, reterr) : ERR_AGAIN;
	}
	if (e == ERR_AGAIN)
		(void)no_answer(q, reterr);
	if (e == ERR_OK)
		*ret_status = x.answer.status;
	else
		(void)g_string_truncate(out, before);
	http_end(&x);
	return e;
}
