/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/stream.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024, BACKLOG = 16 };

/* Bytes from `at` to `len` are waiting. */
struct queue {
	uint8_t *data;
	size_t at, len, size;
};

struct stream {
	struct loop *loop;
	struct loop_fd watch;
	struct loop_job soon; /* to end outside of the caller's call */
	struct stream_handlers handlers;
	struct queue in, out;
	bool ending;
	const char *why;
};

struct stream_server {
	struct loop *loop;
	struct loop_fd watch;
	bool (*accept)(void *arg, struct stream *s, const struct stream_peer *peer, struct stream_handlers *ret);
	void *arg;
	struct sockaddr_un address;
};

/* --- queues --- */

static bool queue_reserve(struct queue *q, size_t n)
{
	if (q->at > 0 && q->size - q->len < n) {
		memmove(q->data, q->data + q->at, q->len - q->at);
		q->len -= q->at;
		q->at = 0;
	}
	if (q->size - q->len >= n)
		return true;
	size_t size = q->size == 0 ? READ_SIZE : q->size;
	while (size - q->len < n)
		size *= 2;
	uint8_t *data = realloc(q->data, size);
	if (data == NULL)
		return false;
	q->data = data;
	q->size = size;
	return true;
}

/* A queue that once was large does not stay so. */
static void queue_used(struct queue *q, size_t n)
{
	q->at += n;
	if (q->at < q->len)
		return;
	q->at = q->len = 0;
	if (q->size > STREAM_UNSENT_PAUSE) {
		free(q->data);
		*q = (struct queue){0};
	}
}

static size_t queue_waiting(const struct queue *q)
{
	return q->len - q->at;
}

/* --- one connection --- */

static void stream_free(struct stream *s)
{
	loop_fd_remove(s->loop, &s->watch);
	loop_job_remove(s->loop, &s->soon);
	(void)close(s->watch.fd);
	free(s->in.data);
	free(s->out.data);
	free(s);
}

static void end_now(void *arg)
{
	struct stream *s = arg;

	s->handlers.ended(s->handlers.arg, s, s->why);
	stream_free(s);
}

/* Not in the middle of somebody's call. */
static void end_soon(struct stream *s, const char *why)
{
	if (s->why == NULL)
		s->why = why;
	s->ending = true;
	loop_fd_remove(s->loop, &s->watch);
	loop_job_add(s->loop, &s->soon);
}

static void watch_settle(struct stream *s)
{
	uint32_t events = queue_waiting(&s->out) > 0 ? LOOP_WRITE : 0;

	if (!s->watch.added)
		return;
	if (!s->ending && queue_waiting(&s->out) <= STREAM_UNSENT_PAUSE)
		events |= LOOP_READ;
	if (s->ending && events == 0) {
		end_soon(s, s->why);
		return;
	}
	if (events == s->watch.events)
		return;
	s->watch.events = events;
	loop_fd_change(s->loop, &s->watch);
}

static void stream_write(struct stream *s)
{
	while (queue_waiting(&s->out) > 0) {
		ssize_t n =
			send(s->watch.fd, s->out.data + s->out.at, queue_waiting(&s->out), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			end_soon(s, "it does not listen any more");
			return;
		}
		queue_used(&s->out, (size_t)n);
	}
	watch_settle(s);
}

static void stream_take(struct stream *s)
{
	while (!s->ending && queue_waiting(&s->in) > 0) {
		size_t n = queue_waiting(&s->in);
		size_t used = s->handlers.bytes(s->handlers.arg, s, bytes_of(s->in.data + s->in.at, n));

		assert(used <= n);
		if (used == 0)
			break;
		queue_used(&s->in, used);
	}
	if (!s->ending && queue_waiting(&s->in) > STREAM_UNREAD_MAX)
		end_soon(s, "it sends more than anybody can use");
}

static void stream_read(struct stream *s)
{
	if (!queue_reserve(&s->in, READ_SIZE)) {
		end_soon(s, "there is no memory for what it sends");
		return;
	}
	ssize_t n = recv(s->watch.fd, s->in.data + s->in.len, READ_SIZE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end_soon(s, n == 0 ? NULL : "the connection broke");
		return;
	}
	s->in.len += (size_t)n;
	stream_take(s);
}

static void on_event(void *arg, uint32_t revents)
{
	struct stream *s = arg;

	if ((revents & LOOP_READ) != 0 && !s->ending)
		stream_read(s);
	else if ((revents & (LOOP_HANGUP | LOOP_FAILED)) != 0)
		end_soon(s, NULL);
	if (s->watch.added && (revents & LOOP_WRITE) != 0)
		stream_write(s);
	watch_settle(s);
}

static enum err stream_new(struct loop *l, int fd, struct stream **ret, struct error *reterr)
{
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for a connection");
	s->loop = l;
	s->watch = (struct loop_fd){.fd = fd, .priority = LOOP_MED, .events = LOOP_READ, .fn = on_event, .arg = s};
	s->soon = (struct loop_job){.fn = end_now, .arg = s, .priority = LOOP_MED};
	enum err e = loop_fd_add(l, &s->watch, reterr);
	if (e != ERR_OK) {
		free(s);
		return e;
	}
	*ret = s;
	return ERR_OK;
}

void stream_send(struct stream *s, struct bytes data)
{
	if (!s->watch.added || data.len == 0)
		return;
	if (queue_waiting(&s->out) + data.len > STREAM_UNSENT_MAX || !queue_reserve(&s->out, data.len)) {
		end_soon(s, "it does not read what it is told");
		return;
	}
	bool first = queue_waiting(&s->out) == 0;
	memcpy(s->out.data + s->out.len, data.data, data.len);
	s->out.len += data.len;
	if (first)
		stream_write(s);
	else
		watch_settle(s);
}

size_t stream_unsent(const struct stream *s)
{
	return queue_waiting(&s->out);
}

void stream_end(struct stream *s)
{
	s->ending = true;
	watch_settle(s);
}

void stream_close(struct stream *s)
{
	if (s != NULL)
		stream_free(s);
}

/* --- listening and connecting --- */

static enum err address_of(const char *path, struct sockaddr_un *ret, struct error *reterr)
{
	size_t n = strlen(path);

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (n >= sizeof ret->sun_path)
		return error_set(reterr, ERR_INVALID, "%s: a socket's path has at most %zu bytes", path,
				 sizeof ret->sun_path - 1);
	memcpy(ret->sun_path, path, n + 1);
	return ERR_OK;
}

static enum err socket_new(const char *path, int *ret, struct error *reterr)
{
	*ret = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return *ret < 0 ? error_set(reterr, ERR_IO, "%s: creating a socket: %s", path, strerror(errno)) : ERR_OK;
}

static enum err connect_error(struct error *reterr, const char *path, int number)
{
	enum err e = number == ENOENT || number == ECONNREFUSED ? ERR_NOT_FOUND
		     : number == EACCES                         ? ERR_ACCESS
		     : number == EAGAIN                         ? ERR_AGAIN
								: ERR_IO;

	return error_set(reterr, e, "%s: connecting: %s", path, strerror(number));
}

enum err stream_connect(struct loop *l, const char *path, const struct stream_handlers *handlers, struct stream **ret,
			struct error *reterr)
{
	struct sockaddr_un a;
	struct stream *s;
	int fd;
	enum err e = address_of(path, &a, reterr);

	if (e == ERR_OK)
		e = socket_new(path, &fd, reterr);
	if (e != ERR_OK)
		return e;
	if (connect(fd, (const struct sockaddr *)&a, sizeof a) < 0)
		e = connect_error(reterr, path, errno);
	else
		e = stream_new(l, fd, &s, reterr);
	if (e != ERR_OK) {
		(void)close(fd);
		return e;
	}
	s->handlers = *handlers;
	*ret = s;
	return ERR_OK;
}

static void accept_one(struct stream_server *server, int fd)
{
	struct ucred who = {0};
	socklen_t n = sizeof who;
	struct stream *s;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0 || stream_new(server->loop, fd, &s, NULL) != ERR_OK) {
		(void)close(fd);
		return;
	}
	struct stream_peer peer = {.uid = who.uid, .gid = who.gid, .pid = (uint32_t)who.pid};
	if (!server->accept(server->arg, s, &peer, &s->handlers))
		stream_free(s);
}

static void on_connection(void *arg, uint32_t revents)
{
	struct stream_server *server = arg;
	int fd = accept4(server->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)revents;
	if (fd >= 0)
		accept_one(server, fd);
}

/* Whether somebody listens there. */
static bool is_alive(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	bool alive = connect(fd, (const struct sockaddr *)a, sizeof *a) == 0 || errno == EAGAIN;
	(void)close(fd);
	return alive;
}

/* The file gets its mode before anybody can connect. */
static enum err bind_at(int fd, const struct sockaddr_un *a, uint32_t mode, uint32_t gid, struct error *reterr)
{
	const char *path = a->sun_path;

	if (is_alive(a))
		return error_set(reterr, ERR_EXISTS, "%s: another program listens there", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return error_set(reterr, ERR_ACCESS, "%s: removing the old socket: %s", path, strerror(errno));
	mode_t before = umask(0177);
	int r = bind(fd, (const struct sockaddr *)a, sizeof *a);
	int number = errno;
	(void)umask(before);
	if (r < 0)
		return error_set(reterr, number == EACCES ? ERR_ACCESS : ERR_IO, "%s: binding a socket: %s", path,
				 strerror(number));
	if ((gid != UINT32_MAX && chown(path, (uid_t)-1, gid) < 0) || chmod(path, mode) < 0)
		return error_set(reterr, ERR_ACCESS, "%s: setting its owner and mode: %s", path, strerror(errno));
	if (listen(fd, BACKLOG) < 0)
		return error_set(reterr, ERR_IO, "%s: listening: %s", path, strerror(errno));
	return ERR_OK;
}

enum err stream_listen(struct loop *l, const char *path, uint32_t mode, uint32_t gid,
		       bool (*accept)(void *arg, struct stream *s, const struct stream_peer *peer,
				      struct stream_handlers *ret),
		       void *arg, struct stream_server **ret, struct error *reterr)
{
	struct stream_server *server = calloc(1, sizeof *server);
	int fd = -1;

	if (server == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "%s: no memory to listen", path);
	server->loop = l;
	server->accept = accept;
	server->arg = arg;
	enum err e = address_of(path, &server->address, reterr);
	if (e == ERR_OK)
		e = socket_new(path, &fd, reterr);
	if (e == ERR_OK)
		e = bind_at(fd, &server->address, mode, gid, reterr);
	server->watch = (struct loop_fd){
		.fd = fd, .priority = LOOP_MED, .events = LOOP_READ, .fn = on_connection, .arg = server};
	if (e == ERR_OK)
		e = loop_fd_add(l, &server->watch, reterr);
	if (e == ERR_OK) {
		*ret = server;
		return ERR_OK;
	}
	if (fd >= 0)
		(void)close(fd);
	free(server);
	return e;
}

void stream_unlisten(struct stream_server *server)
{
	if (server == NULL)
		return;
	loop_fd_remove(server->loop, &server->watch);
	(void)close(server->watch.fd);
	(void)unlink(server->address.sun_path);
	free(server);
}
