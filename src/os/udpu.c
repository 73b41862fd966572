/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/udpu.h"

#include "os/resolve.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 16, SOCKET_BUFFER = 8 * 1024 * 1024, PRIORITY_HIGH = 6 };

struct node {
	node_id id;
	bool has_link;
	int fd; /* for frames to all: bound to our address, any port */
	struct transport_link link;
};

struct udpu {
	struct transport base;
	struct loop *loop;
	struct transport_handlers handlers;
	struct udpu_options options;

	int fd; /* receives everything, and sends to one */
	struct loop_fd watch;
	struct transport_link own;
	bool has_own, started;

	uint32_t node_count;
	struct node nodes[NODES_MAX];

	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_storage senders[BATCH];
	uint8_t frames[BATCH][FRAME_MAX];
};

static struct udpu *udpu_of(struct transport *t)
{
	return (struct udpu *)t;
}

static struct node *node_of(struct udpu *u, node_id id)
{
	for (uint32_t i = 0; i < u->node_count; i++) {
		if (node_id_eq(u->nodes[i].id, id))
			return &u->nodes[i];
	}
	return NULL;
}

/* --- frames --- */

static bool is_listed(const struct udpu *u, const struct sockaddr_storage *sender)
{
	if (!u->options.block_unlisted_ips)
		return true;
	for (uint32_t i = 0; i < u->node_count; i++) {
		if (u->nodes[i].has_link && sockaddr_eq(&u->nodes[i].link.remote, sender))
			return true;
	}
	return false;
}

static void tell_stranger(struct udpu *u, const struct sockaddr_storage *from)
{
	char address[TRANSPORT_ADDRESS_TEXT];

	sockaddr_text(from, address, sizeof address);
	if (u->handlers.stranger)
		u->handlers.stranger(u->handlers.arg, TRANSPORT_STRANGER_UNLISTED, address);
}

static void read_frames(void *arg, uint32_t revents)
{
	struct udpu *u = arg;
	(void)revents;
	for (int i = 0; i < BATCH; i++)
		u->messages[i].msg_hdr.msg_namelen = sizeof u->senders[i];
	int n = recvmmsg(u->fd, u->messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		if (!is_listed(u, &u->senders[i]))
			tell_stranger(u, &u->senders[i]);
		else if (!(u->messages[i].msg_hdr.msg_flags & MSG_TRUNC))
			u->handlers.receive(u->handlers.arg, bytes_of(u->frames[i], u->messages[i].msg_len));
	}
}

static void send_on(struct udpu *u, int fd, const struct node *n, struct bytes frame)
{
	ssize_t sent = -1;

	/* A pending ICMP error of an earlier frame is reported instead of sending: try once more. */
	for (int i = 0; i < 2; i++) {
		sent = sendto(fd, frame.data, frame.len, MSG_DONTWAIT | MSG_NOSIGNAL,
			      (const struct sockaddr *)&n->link.remote, sockaddr_len(&n->link.remote));
		if (sent >= 0 || errno != ECONNREFUSED)
			break;
	}
	transport_count_sent(&u->base, sent >= 0);
}

static void on_send_all(struct transport *t, struct bytes frame)
{
	struct udpu *u = udpu_of(t);
	for (uint32_t i = 0; i < u->node_count && u->started; i++) {
		if (u->nodes[i].has_link)
			send_on(u, u->nodes[i].fd, &u->nodes[i], frame);
	}
}

static void on_send_to(struct transport *t, node_id id, struct bytes frame)
{
	struct udpu *u = udpu_of(t);
	struct node *n = node_of(u, id);
	if (n && n->has_link && u->started)
		send_on(u, u->fd, n, frame);
}

/* --- nodes and links --- */

static enum err socket_open(const struct sockaddr_storage *local, uint16_t port, int *ret_fd, struct error *reterr)
{
	char ip[46];
	struct sockaddr_storage a = *local;
	sockaddr_set_port(&a, port);
	sockaddr_text(local, ip, sizeof ip);
	int fd = socket(a.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(reterr, ERR_IO, "creating a UDP socket: %s", strerror(errno));
	int size = SOCKET_BUFFER, priority = PRIORITY_HIGH;
	/* Smaller buffers and no priority work, too. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	(void)setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
	if (bind(fd, (const struct sockaddr *)&a, sockaddr_len(&a)) < 0) {
		int saved = errno;
		close(fd);
		return error_set(reterr, saved == EADDRINUSE ? ERR_EXISTS : ERR_IO, "binding to %s port %u: %s", ip,
				 port, strerror(saved));
	}
	*ret_fd = fd;
	return ERR_OK;
}

static enum err on_node_add(struct transport *t, node_id id, struct error *reterr)
{
	struct udpu *u = udpu_of(t);
	if (!node_id_is_set(id))
		return error_set(reterr, ERR_INVALID, "a node id must not be 0");
	if (node_id_eq(id, u->options.self) || node_of(u, id))
		return ERR_OK;
	if (u->node_count == NODES_MAX)
		return error_set(reterr, ERR_FULL, "node %u: there are %d nodes already", id.v, NODES_MAX);
	u->nodes[u->node_count++] = (struct node){.id = id, .fd = -1};
	return ERR_OK;
}

static void own_close(struct udpu *u)
{
	if (u->watch.added)
		loop_fd_remove(u->loop, &u->watch);
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

static void on_link_remove(struct transport *t, node_id id, uint8_t number)
{
	struct udpu *u = udpu_of(t);
	struct node *n = node_of(u, id);
	if (number != 0 || !n || !n->has_link)
		return;
	close(n->fd);
	n->fd = -1;
	n->has_link = false;
}

static void on_node_remove(struct transport *t, node_id id)
{
	struct udpu *u = udpu_of(t);
	struct node *n = node_of(u, id);
	if (!n)
		return;
	on_link_remove(t, id, 0);
	*n = u->nodes[--u->node_count];
}

static enum err own_set(struct udpu *u, const struct transport_link *link, struct error *reterr)
{
	if (u->has_own && sockaddr_eq(&u->own.local, &link->local) &&
	    sockaddr_port(&u->own.local) == sockaddr_port(&link->local))
		return ERR_OK;
	int fd;
	enum err e = socket_open(&link->local, sockaddr_port(&link->local), &fd, reterr);
	if (e != ERR_OK)
		return e;
	own_close(u);
	u->fd = fd;
	u->own = *link;
	u->has_own = true;
	u->watch = (struct loop_fd){.fd = fd, .priority = LOOP_HIGH, .events = LOOP_READ, .fn = read_frames, .arg = u};
	return u->started ? loop_fd_add(u->loop, &u->watch, reterr) : ERR_OK;
}

static enum err on_link_set(struct transport *t, node_id id, const struct transport_link *link, struct error *reterr)
{
	struct udpu *u = udpu_of(t);
	if (link->number != 0)
		return error_set(reterr, ERR_UNSUPPORTED, "link %u: udpu has link 0 only; use transport knet",
				 link->number);
	if (node_id_eq(id, u->options.self))
		return own_set(u, link, reterr);
	struct node *n = node_of(u, id);
	if (!n)
		return error_set(reterr, ERR_NOT_FOUND, "node %u was not added before its links", id.v);
	int fd;
	enum err e = socket_open(&link->local, 0, &fd, reterr);
	if (e != ERR_OK)
		return error_wrap(reterr, e, "link 0 to node %u", id.v);
	on_link_remove(t, id, 0);
	n->fd = fd;
	n->link = *link;
	n->has_link = true;
	return ERR_OK;
}

/* --- the rest --- */

static enum err on_start(struct transport *t, struct error *reterr)
{
	struct udpu *u = udpu_of(t);
	if (!u->has_own)
		return error_set(reterr, ERR_INVALID, "udpu has no address of this node to listen on");
	u->started = true;
	return loop_fd_add(u->loop, &u->watch, reterr);
}

/* udpu knows nothing of reachability; the ring does, and the caller puts its knowledge in. */
static enum err on_node_status(struct transport *t, node_id id, struct transport_node_status *ret)
{
	struct udpu *u = udpu_of(t);
	const struct node *n = node_of(u, id);
	bool is_own = node_id_eq(id, u->options.self);
	if (!n && !is_own)
		return ERR_NOT_FOUND;
	*ret = (struct transport_node_status){.reachable = is_own};
	struct transport_link_status *l = &ret->links[0];
	l->configured = is_own ? u->has_own : n->has_link;
	l->enabled = u->has_own && u->fd >= 0;
	l->connected = is_own;
	l->mtu = u->options.mtu;
	if (l->configured)
		sockaddr_text(is_own ? &u->own.local : &n->link.remote, l->src_ip, sizeof l->src_ip);
	return ERR_OK;
}

static uint32_t on_link_stats(struct transport *t, node_id id, uint8_t number, struct transport_stat *ret, uint32_t max)
{
	(void)t;
	(void)id;
	(void)number;
	(void)ret;
	(void)max;
	return 0;
}

static uint32_t on_handle_stats(struct transport *t, struct transport_stat *ret, uint32_t max)
{
	(void)t;
	(void)ret;
	(void)max;
	return 0;
}

static void on_stats_clear(struct transport *t)
{
	(void)t;
}

static void on_close(struct transport *t)
{
	struct udpu *u = udpu_of(t);
	while (u->node_count > 0)
		on_node_remove(t, u->nodes[u->node_count - 1].id);
	own_close(u);
	free(u);
}

static const struct transport_ops udpu_ops = {
	.start = on_start,
	.node_add = on_node_add,
	.node_remove = on_node_remove,
	.link_set = on_link_set,
	.link_remove = on_link_remove,
	.send_all = on_send_all,
	.send_to = on_send_to,
	.node_status = on_node_status,
	.link_stats = on_link_stats,
	.handle_stats = on_handle_stats,
	.stats_clear = on_stats_clear,
	.close = on_close,
};

enum err udpu_open(struct loop *loop, const struct udpu_options *options, const struct transport_handlers *handlers,
		   struct transport **ret, struct error *reterr)
{
	struct udpu *u = calloc(1, sizeof *u);
	if (!u)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for udpu's frames");
	u->base.ops = &udpu_ops;
	u->loop = loop;
	u->options = *options;
	u->handlers = *handlers;
	u->fd = -1;
	for (int i = 0; i < BATCH; i++) {
		u->vectors[i] = (struct iovec){.iov_base = u->frames[i], .iov_len = FRAME_MAX};
		u->messages[i].msg_hdr =
			(struct msghdr){.msg_iov = &u->vectors[i], .msg_iovlen = 1, .msg_name = &u->senders[i]};
	}
	*ret = &u->base;
	return ERR_OK;
}
