/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-burst.h"

#include "os/knet-pace.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Wants struct timespec to be there. */
#include <linux/errqueue.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
	REFUSALS_MAX = 8, /* in a row, and the kernel is not asked any more */
	FULL_WAIT_MS = 10,
	SOCKETS_KNOWN = 1024,
};

static _Atomic uint64_t sent, sent_together, received, received_together;

struct knet_burst_counts knet_burst_counts(void)
{
	return (struct knet_burst_counts){atomic_load(&sent), atomic_load(&sent_together), atomic_load(&received),
					  atomic_load(&received_together)};
}

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	(void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* --- sending --- */

/* What waits to be sent, of the whole process: two threads send, and their order counts. */
static struct {
	pthread_mutex_t lock;
	int socket;
	socklen_t to_len;
	struct sockaddr_storage to;
	uint32_t datagrams;
	size_t each, len;         /* bytes of a datagram (the last one may be shorter), bytes of all */
	int failed_socket, error; /* of what was sent, not yet told */
	uint32_t refusals;
	uint8_t data[BURST_BYTES_MAX];
} out = {.lock = PTHREAD_MUTEX_INITIALIZER, .failed_socket = -1};

static _Thread_local bool collecting;

static bool send_all(const struct iovec *iov, const void *control, size_t control_len)
{
	struct msghdr m = {
		.msg_name = &out.to,
		.msg_namelen = out.to_len,
		.msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = 1,
		.msg_control = (void *)(uintptr_t)control,
		.msg_controllen = control_len,
	};
	struct pollfd writable = {.fd = out.socket, .events = POLLOUT};
	long n = syscall(SYS_sendmsg, out.socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == ENOBUFS) && poll(&writable, 1, FULL_WAIT_MS) > 0)
		n = syscall(SYS_sendmsg, out.socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n >= 0;
}

/* All as one; false when the kernel will not have it so. */
static bool send_together(void)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint16_t))];
	} control = {0};
	struct cmsghdr *c = &control.align;
	uint16_t each = (uint16_t)out.each;
	struct iovec iov = {out.data, out.len};

	if (out.datagrams < 2 || out.refusals >= REFUSALS_MAX)
		return false;
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof each);
	memcpy(CMSG_DATA(c), &each, sizeof each);
	if (!send_all(&iov, &control, sizeof control))
		return false;
	out.refusals = 0;
	count(&sent_together, out.datagrams);
	return true;
}

static void send_singly(void)
{
	for (size_t at = 0; at < out.len; at += out.each) {
		size_t left = out.len - at;
		struct iovec iov = {out.data + at, left < out.each ? left : out.each};

		if (send_all(&iov, NULL, 0))
			continue;
		out.failed_socket = out.socket;
		out.error = errno;
		return;
	}
	/* It was not the datagrams that the kernel did not like. */
	if (out.datagrams > 1 && out.refusals < REFUSALS_MAX)
		out.refusals++;
}

static void flush(void)
{
	if (out.datagrams == 0)
		return;
	count(&sent, out.datagrams);
	if (!send_together())
		send_singly();
	out.datagrams = 0;
	out.len = 0;
}

static size_t iov_bytes(const struct msghdr *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->msg_iovlen; i++)
		n += m->msg_iov[i].iov_len;
	return n;
}

static bool joins(int socket, const struct msghdr *m, size_t bytes)
{
	return out.datagrams > 0 && out.socket == socket && out.datagrams < BURST_DATAGRAMS_MAX && bytes <= out.each &&
	       out.len + bytes <= BURST_BYTES_MAX && out.to_len == m->msg_namelen &&
	       memcmp(&out.to, m->msg_name, out.to_len) == 0;
}

static void collect(int socket, const struct msghdr *m, size_t bytes)
{
	if (!joins(socket, m, bytes)) {
		flush();
		out.socket = socket;
		out.to_len = m->msg_namelen;
		memcpy(&out.to, m->msg_name, m->msg_namelen);
		out.each = bytes;
	}
	for (size_t i = 0; i < m->msg_iovlen; i++) {
		memcpy(out.data + out.len, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);
		out.len += m->msg_iov[i].iov_len;
	}
	out.datagrams++;
	/* Nothing can follow a shorter one. */
	if (bytes < out.each)
		flush();
}

void knet_burst_begin(void)
{
	knet_burst_end();
	collecting = true;
}

void knet_burst_end(void)
{
	collecting = false;
	(void)pthread_mutex_lock(&out.lock);
	flush();
	(void)pthread_mutex_unlock(&out.lock);
}

ssize_t sendmsg(int socket, const struct msghdr *m, int flags)
{
	size_t bytes = iov_bytes(m);
	bool failed;

	if (!collecting || m->msg_name == NULL || m->msg_namelen > sizeof out.to || m->msg_controllen != 0)
		return syscall(SYS_sendmsg, socket, m, flags);
	(void)pthread_mutex_lock(&out.lock);
	if (bytes == 0 || bytes > BURST_BYTES_MAX) {
		flush();
		(void)pthread_mutex_unlock(&out.lock);
		return syscall(SYS_sendmsg, socket, m, flags);
	}
	failed = out.failed_socket == socket;
	if (failed) {
		errno = out.error;
		out.failed_socket = -1;
	} else {
		collect(socket, m, bytes);
	}
	(void)pthread_mutex_unlock(&out.lock);
	return failed ? -1 : (ssize_t)bytes;
}

/* --- receiving --- */

/* What came together and was not given on yet; one for each thread that receives. */
struct incoming {
	int socket;
	socklen_t from_len;
	struct sockaddr_storage from;
	size_t each, at, len;
	uint32_t turn;               /* datagrams since the thread waited */
	int8_t known[SOCKETS_KNOWN]; /* by descriptor: 1 together, -1 singly, 0 not seen yet */
	uint8_t data[BURST_BYTES_IN];
};

static _Thread_local struct incoming *incoming;
static pthread_key_t incoming_key;
static pthread_once_t incoming_once = PTHREAD_ONCE_INIT;

static void make_key(void)
{
	(void)pthread_key_create(&incoming_key, free);
}

void knet_burst_receive(void)
{
	struct incoming *in;

	if (incoming != NULL)
		return;
	(void)pthread_once(&incoming_once, make_key);
	in = calloc(1, sizeof *in);
	if (in == NULL)
		return;
	if (pthread_setspecific(incoming_key, in) != 0) {
		free(in);
		return;
	}
	in->socket = -1;
	incoming = in;
}

static bool comes_together(struct incoming *in, int socket)
{
	int protocol = 0, on = 1;
	socklen_t len = sizeof protocol;

	if (socket < 0 || socket >= SOCKETS_KNOWN)
		return false;
	if (in->known[socket] == 0) {
		bool udp = getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 && protocol == IPPROTO_UDP;

		in->known[socket] = udp && setsockopt(socket, SOL_UDP, UDP_GRO, &on, sizeof on) == 0 ? 1 : -1;
	}
	return in->known[socket] > 0;
}

/* The next datagram of those that wait. */
static ssize_t give(struct incoming *in, struct msghdr *m)
{
	size_t left = in->len - in->at;
	size_t n = left < in->each ? left : in->each;
	size_t room = m->msg_iov[0].iov_len;

	if (m->msg_name != NULL && m->msg_namelen >= in->from_len) {
		memcpy(m->msg_name, &in->from, in->from_len);
		m->msg_namelen = in->from_len;
	}
	m->msg_controllen = 0;
	m->msg_flags = n > room ? MSG_TRUNC : 0;
	memcpy(m->msg_iov[0].iov_base, in->data + in->at, n < room ? n : room);
	in->at += n;
	return (ssize_t)(n < room ? n : room);
}

static size_t datagram_bytes(struct msghdr *m, size_t all)
{
	int each = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
			memcpy(&each, CMSG_DATA(c), sizeof each);
	}
	return each > 0 && (size_t)each < all ? (size_t)each : all;
}

static bool take(struct incoming *in, int socket, int flags)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {in->data, sizeof in->data};
	struct msghdr all = {
		.msg_name = &in->from,
		.msg_namelen = sizeof in->from,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	long n = syscall(SYS_recvmsg, socket, &all, flags);

	if (n < 0)
		return false;
	in->from_len = all.msg_namelen;
	in->len = (size_t)n;
	in->at = 0;
	in->each = datagram_bytes(&all, in->len);
	if (in->each < in->len)
		count(&received_together, (in->len + in->each - 1) / in->each);
	return true;
}

/* After the system's complaint that a datagram was too long for a link, libknet has its MTU measured anew. */
static ssize_t take_complaint(int socket, struct msghdr *m, int flags)
{
	long n = syscall(SYS_recvmsg, socket, m, flags);
	struct sock_extended_err e;

	for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_len < CMSG_LEN(sizeof e))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof e);
		if (e.ee_origin == SO_EE_ORIGIN_LOCAL && e.ee_errno == EMSGSIZE)
			knet_pace_too_long();
	}
	return n;
}

ssize_t recvmsg(int socket, struct msghdr *m, int flags)
{
	struct incoming *in = incoming;

	if (flags & MSG_ERRQUEUE)
		return take_complaint(socket, m, flags);
	if (in == NULL || m->msg_iovlen != 1 || m->msg_control != NULL || !comes_together(in, socket))
		return syscall(SYS_recvmsg, socket, m, flags);
	if (in->socket != socket) {
		/* All that came together is taken in one turn, so that nothing is lost here. */
		in->socket = socket;
		in->at = in->len = 0;
		in->turn = 0;
	}
	if (in->at == in->len) {
		/* All that comes with the next one must have room in this turn. */
		if (in->turn > BURST_TURN) {
			errno = EAGAIN;
			return -1;
		}
		if (!take(in, socket, flags))
			return -1;
	}
	in->turn++;
	count(&received, 1);
	return give(in, m);
}

int epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
	if (collecting)
		knet_burst_end();
	if (incoming != NULL)
		incoming->turn = 0;
	return knet_pace_wait(epoll, events, max, timeout);
}
