/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/executor-link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { AGAIN_MS = 100, READ_SIZE = 64 * 1024, OUT_MAX = 64 * 1024 * 1024 };

struct executor_link {
	struct loop *loop;
	struct executor_link_ops ops;
	char *path, *incarnation;
	bool same, listed, is_open;
	struct loop_fd fd;
	struct timer again;
	GByteArray *in, *out;
};

static void disconnect(struct executor_link *k, const char *why)
{
	if (!k->is_open)
		return;
	loop_fd_remove(k->loop, &k->fd);
	(void)close(k->fd.fd);
	k->is_open = false;
	g_byte_array_set_size(k->in, 0);
	g_byte_array_set_size(k->out, 0);
	loop_timer_set(k->loop, &k->again, AGAIN_MS);
	k->ops.lost(k->ops.arg, why);
}

/* --- out --- */

static void flush(struct executor_link *k)
{
	while (k->is_open && k->out->len > 0) {
		ssize_t n = send(k->fd.fd, k->out->data, k->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			disconnect(k, "it does not take what we send");
			return;
		}
		g_byte_array_remove_range(k->out, 0, (guint)n);
	}
	if (!k->is_open)
		return;
	k->fd.events = LOOP_READ | (k->out->len > 0 ? LOOP_WRITE : 0u);
	loop_fd_change(k->loop, &k->fd);
}

static void send_frame(struct executor_link *k, const struct wire_frame *frame)
{
	if (!k->is_open)
		return;
	wire_encode(frame, k->out);
	if (k->out->len > OUT_MAX)
		disconnect(k, "it reads too slowly");
	else
		flush(k);
}

void executor_link_run(struct executor_link *k, const struct operation *op)
{
	struct wire_frame f = {.kind = WIRE_RUN, .operation = *op};
	send_frame(k, &f);
}

void executor_link_cancel(struct executor_link *k, const struct operation *op)
{
	struct wire_frame f = {.kind = WIRE_CANCEL, .operation = *op};
	send_frame(k, &f);
}

void executor_link_forget(struct executor_link *k, const char *rsc)
{
	struct wire_frame f = {.kind = WIRE_FORGET, .operation = {.rsc = rsc}};
	send_frame(k, &f);
}

void executor_link_acknowledge(struct executor_link *k, uint64_t id)
{
	struct wire_frame f = {.kind = WIRE_ACKNOWLEDGE, .operation = {.id = id}};
	send_frame(k, &f);
}

/* --- in --- */

static void greet(struct executor_link *k, const struct wire_frame *f)
{
	struct wire_frame list = {.kind = WIRE_LIST};
	const char *incarnation = f->incarnation != NULL ? f->incarnation : "";
	k->same = k->incarnation != NULL && strcmp(k->incarnation, incarnation) == 0;
	g_free(k->incarnation);
	k->incarnation = g_strdup(incarnation);
	send_frame(k, &list);
}

static void take(struct executor_link *k, const struct wire_frame *f)
{
	switch (f->kind) {
	case WIRE_HELLO:
		greet(k, f);
		break;
	case WIRE_KNOWN:
		k->ops.known(k->ops.arg, f->state, f->operation.rsc != NULL ? &f->operation : NULL,
			     f->state == EXECUTOR_REPORTED ? &f->report : NULL);
		break;
	case WIRE_LISTED:
		k->listed = true;
		k->ops.listed(k->ops.arg, k->same);
		break;
	case WIRE_REPORT:
		if (k->listed) /* else it is in the list that follows */
			k->ops.report(k->ops.arg, &f->report);
		break;
	case WIRE_REFUSED:
		k->ops.refused(k->ops.arg, f->operation.id, f->why != NULL ? f->why : "");
		break;
	case WIRE_RUN:
	case WIRE_CANCEL:
	case WIRE_FORGET:
	case WIRE_ACKNOWLEDGE:
	case WIRE_LIST:
		disconnect(k, "it asks for what only we may ask for");
		break;
	}
}

static void take_all(struct executor_link *k)
{
	size_t at = 0;
	while (k->is_open) {
		struct arena arena = {0};
		struct wire_frame f;
		struct error error;
		size_t used = 0;
		enum err e = wire_decode(bytes_of(k->in->data + at, k->in->len - at), &arena, &f, &used, &error);
		if (e == ERR_OK) {
			at += used;
			take(k, &f);
		}
		arena_fini(&arena);
		if (e == ERR_AGAIN)
			break;
		if (e != ERR_OK)
			disconnect(k, error.text);
	}
	if (k->is_open && at > 0)
		g_byte_array_remove_range(k->in, 0, (guint)at);
}

static void on_ready(void *arg, uint32_t events)
{
	struct executor_link *k = arg;
	uint8_t data[READ_SIZE];
	if ((events & LOOP_WRITE) != 0)
		flush(k);
	if (!k->is_open)
		return;
	ssize_t n = recv(k->fd.fd, data, sizeof(data), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		disconnect(k, "it closed the connection");
		return;
	}
	g_byte_array_append(k->in, data, (guint)n);
	take_all(k);
}

/* --- connection --- */

static int dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void on_again(void *arg)
{
	struct executor_link *k = arg;
	struct wire_frame hello = {.kind = WIRE_HELLO, .version = WIRE_VERSION};
	struct error error;
	int fd = dial(k->path);
	k->fd = (struct loop_fd){.fd = fd, .priority = LOOP_MED, .events = LOOP_READ, .fn = on_ready, .arg = k};
	if (fd < 0 || loop_fd_add(k->loop, &k->fd, &error) != ERR_OK) {
		if (fd >= 0)
			(void)close(fd);
		loop_timer_set(k->loop, &k->again, AGAIN_MS);
		return;
	}
	k->is_open = true;
	k->listed = false;
	send_frame(k, &hello);
}

struct executor_link *executor_link_open(struct loop *l, const char *path, const struct executor_link_ops *ops)
{
	struct executor_link *k = g_new0(struct executor_link, 1);
	k->loop = l;
	k->ops = *ops;
	k->path = g_strdup(path);
	k->in = g_byte_array_new();
	k->out = g_byte_array_new();
	timer_init(&k->again, on_again, k);
	loop_timer_set(l, &k->again, 0);
	return k;
}

void executor_link_close(struct executor_link *k)
{
	if (k == NULL)
		return;
	loop_timer_cancel(k->loop, &k->again);
	if (k->is_open) {
		loop_fd_remove(k->loop, &k->fd);
		(void)close(k->fd.fd);
	}
	(void)g_byte_array_unref(k->in);
	(void)g_byte_array_unref(k->out);
	g_free(k->path);
	g_free(k->incarnation);
	g_free(k);
}

const char *executor_link_incarnation(const struct executor_link *k)
{
	return k->incarnation;
}

void executor_link_set_incarnation(struct executor_link *k, const char *incarnation)
{
	g_free(k->incarnation);
	k->incarnation = g_strdup(incarnation);
}
