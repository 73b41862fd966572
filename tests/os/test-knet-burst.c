/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libknet does, done by hand: datagrams through sockets of the loopback address. That libknet itself comes by here
 * is checked in test-knet.c.
 */
#include "netns.h"
#include "os/knet-burst.h"
#include "os/knet-pace.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { DATAGRAM_MAX = 1400, GOT_MAX = 512, WAIT_MS = 2000 };

struct got {
	uint32_t number;
	size_t len;
	bool intact;
	uint16_t from_port;
};

struct end {
	int socket;
	struct sockaddr_in address;
};

static struct end end_open(void)
{
	struct end e = {.socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0),
			.address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof e.address;
	int room = 4 << 20;

	assert_true(e.socket >= 0);
	(void)setsockopt(e.socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	assert_int_equal(bind(e.socket, (struct sockaddr *)&e.address, sizeof e.address), 0);
	assert_int_equal(getsockname(e.socket, (struct sockaddr *)&e.address, &len), 0);
	return e;
}

/* A number, then a pattern, from two pieces as libknet has them. */
static ssize_t put(const struct end *from, const struct end *to, uint32_t number, size_t len)
{
	uint8_t body[DATAGRAM_MAX];
	struct sockaddr_in address = to->address;
	struct iovec iov[2] = {{&number, sizeof number}, {body, len - sizeof number}};
	struct msghdr m = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = iov, .msg_iovlen = 2};

	for (size_t i = 0; i < sizeof body; i++)
		body[i] = (uint8_t)(number * 13 + i);
	return sendmsg(from->socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* False when nothing is there. */
static bool take(const struct end *e, struct got *ret)
{
	uint8_t bytes[DATAGRAM_MAX + 100];
	struct sockaddr_in address;
	struct iovec iov = {bytes, sizeof bytes};
	struct msghdr m = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = recvmsg(e->socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0) {
		assert_int_equal(errno, EAGAIN);
		return false;
	}
	assert_true(n >= (ssize_t)sizeof ret->number);
	assert_int_equal(m.msg_namelen, sizeof address);
	assert_int_equal(m.msg_flags & MSG_TRUNC, 0);
	*ret = (struct got){.len = (size_t)n, .intact = true, .from_port = ntohs(address.sin_port)};
	memcpy(&ret->number, bytes, sizeof ret->number);
	for (size_t i = sizeof ret->number; i < ret->len; i++)
		ret->intact &= bytes[i] == (uint8_t)(ret->number * 13 + i - sizeof ret->number);
	return true;
}

static bool is_readable(const struct end *e, int wait_ms)
{
	struct pollfd p = {.fd = e->socket, .events = POLLIN};

	return poll(&p, 1, wait_ms) > 0;
}

static void expect(const struct end *e, const struct end *from, uint32_t number, size_t len)
{
	struct got got = {0};

	assert_true(is_readable(e, WAIT_MS));
	assert_true(take(e, &got));
	assert_int_equal(got.number, number);
	assert_int_equal(got.len, len);
	assert_true(got.intact);
	assert_int_equal(got.from_port, ntohs(from->address.sin_port));
}

static void ends_close(const struct end *a, const struct end *b)
{
	close(a->socket);
	close(b->socket);
}

static void what_is_not_collected_goes_at_once(void **state)
{
	struct end a = end_open(), b = end_open();
	struct knet_burst_counts before = knet_burst_counts(), after;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(put(&a, &b, i, 1000), 1000);
		expect(&b, &a, i, 1000);
	}
	after = knet_burst_counts();
	assert_int_equal(after.sent, before.sent);
	assert_int_equal(after.received, before.received);
	ends_close(&a, &b);
}

static void a_burst_arrives_as_it_was_sent(void **state)
{
	struct end a = end_open(), b = end_open();
	struct knet_burst_counts before = knet_burst_counts(), after;

	(void)state;
	knet_burst_begin();
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(put(&a, &b, i, 1000), 1000);
	assert_false(is_readable(&b, 0));
	/* A shorter one is the last. */
	assert_int_equal(put(&a, &b, 10, 300), 300);
	for (uint32_t i = 0; i < 11; i++)
		expect(&b, &a, i, i < 10 ? 1000 : 300);
	knet_burst_end();
	after = knet_burst_counts();
	assert_int_equal(after.sent - before.sent, 11);
	assert_int_equal(after.sent_together - before.sent_together, 11);
	ends_close(&a, &b);
}

static void waiting_sends_what_was_collected(void **state)
{
	struct end a = end_open(), b = end_open();
	int epoll = epoll_create1(0);
	struct epoll_event event;

	(void)state;
	knet_burst_begin();
	assert_int_equal(put(&a, &b, 7, 500), 500);
	assert_false(is_readable(&b, 0));
	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
	expect(&b, &a, 7, 500);
	/* And it is over. */
	assert_int_equal(put(&a, &b, 8, 500), 500);
	expect(&b, &a, 8, 500);
	close(epoll);
	ends_close(&a, &b);
}

/* Sizes and addresses as they come; more than one call of the kernel takes. */
static void order_is_kept(void **state)
{
	struct end a = end_open(), b = end_open(), c = end_open();
	uint32_t number = 0;

	(void)state;
	knet_burst_begin();
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(put(&a, i % 5 == 4 ? &c : &b, i, 200 + i % 3 * 100), 200 + i % 3 * 100);
	knet_burst_begin();
	for (uint32_t i = 40; i < 240; i++)
		assert_int_equal(put(&a, &b, i, 1400), 1400);
	knet_burst_end();
	for (number = 0; number < 40; number++)
		expect(number % 5 == 4 ? &c : &b, &a, number, 200 + number % 3 * 100);
	for (; number < 240; number++)
		expect(&b, &a, number, 1400);
	assert_false(is_readable(&c, 0));
	close(c.socket);
	ends_close(&a, &b);
}

static void an_error_is_told_one_call_later(void **state)
{
	struct end a = end_open(), b = end_open(), nowhere = b;

	(void)state;
	nowhere.address.sin_port = 0;
	knet_burst_begin();
	assert_int_equal(put(&a, &nowhere, 1, 100), 100);
	knet_burst_begin();
	assert_int_equal(put(&a, &b, 2, 100), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(put(&a, &b, 3, 100), 100);
	knet_burst_end();
	expect(&b, &a, 3, 100);
	ends_close(&a, &b);
}

static uint32_t take_turn(const struct end *e, struct got *ret)
{
	uint32_t n = 0;

	while (n < GOT_MAX && take(e, &ret[n]))
		n++;
	return n;
}

struct receiver {
	struct end end;
	uint32_t turns[3];
	struct got got[GOT_MAX];
};

/* As libknet's thread does it: wait, take until there is no more, at most 512. */
static void *receive(void *arg)
{
	struct receiver *r = arg;
	int epoll = epoll_create1(0);
	struct epoll_event event;
	uint32_t count = 0;

	knet_burst_receive();
	knet_burst_receive();
	for (uint32_t i = 0; i < 3 && count < GOT_MAX; i++) {
		(void)epoll_wait(epoll, &event, 1, 0);
		r->turns[i] = take_turn(&r->end, r->got + count);
		count += r->turns[i];
	}
	close(epoll);
	return NULL;
}

static struct receiver receiver;

static void receive_in_thread(const struct end *e)
{
	pthread_t thread;

	receiver = (struct receiver){.end = *e};
	assert_int_equal(pthread_create(&thread, NULL, receive, &receiver), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* The first datagram makes the socket known, the others come together. */
static void what_came_together_is_given_one_by_one(void **state)
{
	struct end a = end_open(), b = end_open();
	struct knet_burst_counts before = knet_burst_counts(), after;
	int on = 1;

	(void)state;
	assert_int_equal(setsockopt(b.socket, IPPROTO_UDP, 104, &on, sizeof on), 0);
	knet_burst_begin();
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(put(&a, &b, i, i < 19 ? 1200 : 50), i < 19 ? 1200 : 50);
	knet_burst_end();
	assert_int_equal(put(&a, &b, 20, 600), 600);
	receive_in_thread(&b);
	assert_int_equal(receiver.turns[0], 21);
	for (uint32_t i = 0; i < 21; i++) {
		assert_int_equal(receiver.got[i].number, i);
		assert_int_equal(receiver.got[i].len, i < 19 ? 1200 : i == 19 ? 50 : 600);
		assert_true(receiver.got[i].intact);
		assert_int_equal(receiver.got[i].from_port, ntohs(a.address.sin_port));
	}
	after = knet_burst_counts();
	assert_int_equal(after.received - before.received, 21);
	assert_int_equal(after.received_together - before.received_together, 20);
	ends_close(&a, &b);
}

/* A turn ends before libknet's buffers do, so that nothing is left waiting. */
static void a_turn_has_an_end(void **state)
{
	struct end a = end_open(), b = end_open();

	(void)state;
	for (uint32_t i = 0; i < 400; i++)
		assert_int_equal(put(&a, &b, i, 100), 100);
	receive_in_thread(&b);
	assert_int_equal(receiver.turns[0], BURST_TURN + 1);
	assert_int_equal(receiver.turns[0] + receiver.turns[1], 400);
	for (uint32_t i = 0; i < 400; i++)
		assert_int_equal(receiver.got[i].number, i);
	ends_close(&a, &b);
}

static _Atomic uint32_t waits;

static void *wait_as_libknet(void *arg)
{
	const int *epoll = arg;
	struct epoll_event event;

	while (atomic_load(&waits) != UINT32_MAX && epoll_wait(*epoll, &event, 1, PACE_NAP_MS) == 0)
		atomic_fetch_add(&waits, atomic_load(&waits) == UINT32_MAX ? 0 : 1);
	return NULL;
}

static void sleep_ms(uint32_t ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	assert_int_equal(nanosleep(&t, NULL), 0);
}

static void set_mtu(const struct end *e, int mtu)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_mtu = mtu};

	assert_int_equal(ioctl(e->socket, SIOCSIFMTU, &request), 0);
}

static uint32_t take_complaints(const struct end *e)
{
	uint8_t bytes[64], control[512];
	uint32_t count = 0;

	for (;; count++) {
		struct sockaddr_storage address;
		struct iovec iov = {bytes, sizeof bytes};
		struct msghdr m = {.msg_name = &address,
				   .msg_namelen = sizeof address,
				   .msg_iov = &iov,
				   .msg_iovlen = 1,
				   .msg_control = control,
				   .msg_controllen = sizeof control};

		if (recvmsg(e->socket, &m, MSG_ERRQUEUE) < 0)
			return count;
	}
}

/* Nobody else tells the thread that measures MTUs; but that nobody listens somewhere is no matter of it. */
static void a_datagram_that_is_too_long_stirs(void **state)
{
	struct end a, b;
	int epoll = epoll_create1(0), on = 1, whole = IP_PMTUDISC_DO;
	uint32_t before;
	pthread_t thread;

	(void)state;
	if (!netns_enter())
		skip();
	a = end_open();
	b = end_open();
	set_mtu(&a, 1000);
	assert_int_equal(setsockopt(a.socket, IPPROTO_IP, IP_RECVERR, &on, sizeof on), 0);
	assert_int_equal(setsockopt(a.socket, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole), 0);
	knet_pace_stir(1);
	sleep_ms(5);
	assert_int_equal(pthread_create(&thread, NULL, wait_as_libknet, &epoll), 0);
	sleep_ms(3 * PACE_NAP_MS);
	close(b.socket);
	before = atomic_load(&waits);
	assert_int_equal(put(&a, &b, 1, 100), 100);
	sleep_ms(3 * PACE_NAP_MS);
	assert_int_equal(take_complaints(&a), 1);
	sleep_ms(3 * PACE_NAP_MS);
	assert_int_equal(atomic_load(&waits), before);
	(void)put(&a, &b, 2, 100); /* tells of the error before */
	(void)take_complaints(&a);
	assert_int_equal(put(&a, &b, 3, 1400), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(atomic_load(&waits), before);
	assert_true(take_complaints(&a) >= 1);
	for (uint32_t i = 0; i < 100 && atomic_load(&waits) == before; i++)
		sleep_ms(50);
	assert_true(atomic_load(&waits) > before);
	atomic_store(&waits, UINT32_MAX);
	knet_pace_end();
	assert_int_equal(pthread_join(thread, NULL), 0);
	knet_pace_ended();
	set_mtu(&a, 65536);
	close(a.socket);
	close(epoll);
}

/* Last, as the kernel is not asked any more after it. A socket without checksums cannot send together. */
static void where_the_kernel_refuses_they_go_singly(void **state)
{
	struct end a = end_open(), b = end_open();
	struct knet_burst_counts before = knet_burst_counts(), after;
	int on = 1;

	(void)state;
	assert_int_equal(setsockopt(a.socket, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
	for (uint32_t i = 0; i < 60; i++) {
		if (i % 6 == 0)
			knet_burst_begin();
		assert_int_equal(put(&a, &b, i, 800), 800);
	}
	knet_burst_end();
	for (uint32_t i = 0; i < 60; i++)
		expect(&b, &a, i, 800);
	after = knet_burst_counts();
	assert_int_equal(after.sent - before.sent, 60);
	assert_int_equal(after.sent_together, before.sent_together);
	ends_close(&a, &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_collected_goes_at_once),
		cmocka_unit_test(a_burst_arrives_as_it_was_sent),
		cmocka_unit_test(waiting_sends_what_was_collected),
		cmocka_unit_test(order_is_kept),
		cmocka_unit_test(an_error_is_told_one_call_later),
		cmocka_unit_test(what_came_together_is_given_one_by_one),
		cmocka_unit_test(a_turn_has_an_end),
		cmocka_unit_test(a_datagram_that_is_too_long_stirs),
		cmocka_unit_test(where_the_kernel_refuses_they_go_singly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
