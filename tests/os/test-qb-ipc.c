/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our IPC server in a loop, and clients of libqb in processes of their own: each client leaves with 0, or with the line
 * at which it was disappointed.
 */
#include "netns.h"
#include "os/qb-ipc.h"

#include <errno.h>
#include <qb/qbipcc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { BUFFER = 1024 * 1024, EVENTS = 3000, EVENT_SIZE = 4096 };

/* What a client asks for, by header.id. */
enum { ASK_ECHO, ASK_HOLD, ASK_BUSY, ASK_INVALID, ASK_EVENTS, ASK_DISCONNECT, ASK_SILENCE };

struct server {
	struct loop *loop;
	struct qbipc *ipc;
	struct error error;
	int accept_answer;
	uint32_t connected, disconnected, requests;
	uint32_t uid, pid;
	client_id last;
	bool hold;
	uint32_t held_offers;
	struct qbipc_stats stats;
	uint32_t most_queued;
};

struct message {
	struct qb_ipc_request_header head;
	uint32_t number;
	uint32_t pad;
};

struct answer {
	struct qb_ipc_response_header head;
	uint32_t number;
	uint8_t fill[EVENT_SIZE - 28];
};

static void ok(enum err e, struct error *error)
{
	if (e != ERR_OK)
		fail_msg("%s", error->text);
}

/* --- the server --- */

static int on_accept(void *arg, enum service_id service, uint32_t uid, uint32_t gid)
{
	struct server *s = arg;
	(void)gid;
	assert_int_equal(service, SERVICE_CPG);
	s->uid = uid;
	return s->accept_answer;
}

static void on_connect(void *arg, enum service_id service, client_id client, uint32_t pid, uint32_t uid, uint32_t gid)
{
	struct server *s = arg;
	assert_int_equal(service, SERVICE_CPG);
	assert_int_equal(uid, getuid());
	assert_int_equal(gid, getgid());
	assert_int_not_equal(client.v, 0);
	s->pid = pid;
	s->connected++;
	s->last = client;
}

static void on_disconnect(void *arg, enum service_id service, client_id client)
{
	struct server *s = arg;
	(void)service;
	(void)client;
	s->disconnected++;
}

static void answer(struct server *s, client_id client, bool is_event, int32_t id, uint32_t number, size_t size)
{
	struct answer a = {.head = {.id = id, .size = (int32_t)size, .error = 1}, .number = number};
	struct bytes head = bytes_of(&a, 28), tail = bytes_of(a.fill, size - 28);
	memset(a.fill, (int)(number & 0xff), sizeof a.fill);
	if (is_event)
		qbipc_event(s->ipc, client, head, tail);
	else
		qbipc_reply(s->ipc, client, head, tail);
}

static enum qbipc_verdict on_request(void *arg, enum service_id service, client_id client, struct bytes request)
{
	struct server *s = arg;
	struct message m = {0};
	assert_int_equal(service, SERVICE_CPG);
	assert_in_range(request.len, sizeof m.head, BUFFER);
	memcpy(&m, request.data, request.len < sizeof m ? request.len : sizeof m);
	assert_int_equal(m.head.size, request.len);
	s->requests++;
	switch (m.head.id) {
	case ASK_HOLD:
		if (s->hold) {
			s->held_offers++;
			return QBIPC_HOLD;
		}
		answer(s, client, false, ASK_HOLD, m.number, 28);
		return QBIPC_DONE;
	case ASK_BUSY:
		return QBIPC_BUSY;
	case ASK_INVALID:
		return QBIPC_INVALID;
	case ASK_EVENTS:
		for (uint32_t i = 0; i < EVENTS; i++)
			answer(s, client, true, ASK_EVENTS, i, EVENT_SIZE);
		answer(s, client, false, ASK_EVENTS, m.number, 28);
		return QBIPC_DONE;
	case ASK_DISCONNECT:
		qbipc_disconnect(s->ipc, client);
		return QBIPC_DONE;
	case ASK_SILENCE:
		return QBIPC_DONE;
	default:
		answer(s, client, false, m.head.id, m.number, 28);
		return QBIPC_DONE;
	}
}

static void server_open(struct server *s, enum qbipc_type type)
{
	*s = (struct server){0};
	ok(loop_open(&s->loop, &s->error), &s->error);
	struct qbipc_handlers handlers = {.arg = s,
					  .accept = on_accept,
					  .connect = on_connect,
					  .request = on_request,
					  .disconnect = on_disconnect};
	ok(qbipc_open(s->loop, type, &handlers, &s->ipc, &s->error), &s->error);
	ok(qbipc_service_open(s->ipc, SERVICE_CPG, "cpg", &s->error), &s->error);
}

static void server_close(struct server *s)
{
	qbipc_close(s->ipc);
	loop_close(s->loop);
	assert_int_equal(s->connected, s->disconnected);
}

static pid_t client_start(int (*run)(void))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run());
	return pid;
}

/* Turns the loop until the client has left; its answer. */
static int client_wait(struct server *s, pid_t pid, uint32_t wait_ms)
{
	int status;
	mono_time until = mono_time_add_ms(loop_clock(), wait_ms);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (!mono_time_before(loop_clock(), until)) {
			kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			fail_msg("the client did not finish");
		}
		ok(loop_turn(s->loop, 5, &s->error), &s->error);
		struct qbipc_stats stats;
		if (qbipc_stats(s->ipc, s->last, &stats)) {
			s->stats = stats;
			s->most_queued = stats.queued > s->most_queued ? stats.queued : s->most_queued;
		}
	}
	for (int i = 0; i < 5; i++)
		ok(loop_turn(s->loop, 2, &s->error), &s->error);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- the clients, in their own process: no assertions of the test there --- */

#define EXPECT(condition)                                                                                \
	do {                                                                                             \
		if (!(condition)) {                                                                      \
			fprintf(stderr, "client, line %d: errno %d: %s\n", __LINE__, errno, #condition); \
			return 1;                                                                        \
		}                                                                                        \
	} while (0)

static ssize_t ask(qb_ipcc_connection_t *c, int32_t id, uint32_t number)
{
	struct message m = {.head = {.id = id, .size = sizeof m}, .number = number};
	return qb_ipcc_send(c, &m, sizeof m);
}

static int run_echo(void)
{
	struct answer a;
	qb_ipcc_connection_t *c = qb_ipcc_connect("cpg", BUFFER);
	EXPECT(c);
	for (uint32_t i = 0; i < 200; i++) {
		EXPECT(ask(c, ASK_ECHO, i) == sizeof(struct message));
		EXPECT(qb_ipcc_recv(c, &a, sizeof a, 2000) == 28);
		EXPECT(a.number == i && a.head.error == 1);
	}
	qb_ipcc_disconnect(c);
	return 0;
}

static int run_short_replies(void)
{
	struct answer a;
	qb_ipcc_connection_t *c = qb_ipcc_connect("cpg", BUFFER);
	EXPECT(c);
	EXPECT(ask(c, ASK_BUSY, 1) > 0);
	EXPECT(qb_ipcc_recv(c, &a, sizeof a, 2000) == 24);
	EXPECT(a.head.id == 0 && a.head.size == 24 && a.head.error == 6);
	EXPECT(ask(c, ASK_INVALID, 1) > 0);
	EXPECT(qb_ipcc_recv(c, &a, sizeof a, 2000) == 24);
	EXPECT(a.head.error == 7);
	/* A header that claims more than any request can have. */
	struct message m = {.head = {.id = ASK_ECHO, .size = 2 * BUFFER}};
	EXPECT(qb_ipcc_send(c, &m, sizeof m) == sizeof m);
	EXPECT(qb_ipcc_recv(c, &a, sizeof a, 2000) == 24);
	EXPECT(a.head.error == 7);
	EXPECT(ask(c, ASK_ECHO, 5) > 0);
	EXPECT(qb_ipcc_recv(c, &a, sizeof a, 2000) == 28);
	EXPECT(a.number == 5);
	qb_ipcc_disconnect(c);
	return 0;
}

static int run_held(void)
{
	struct answer a;
	qb_ipcc_connection_t *c = qb_ipcc_connect("cpg", BUFFER);
	EXPECT(c);
	/* As many as even a socket takes without being read. */
	for (uint32_t i = 0; i < 8; i++)
		EXPECT(ask(c, ASK_HOLD, i) > 0);
	for (uint32_t i = 0; i < 8; i++) {
		EXPECT(qb_ipcc_recv(c, &a, sizeof a, 3000) == 28);
		EXPECT(a.number == i);
	}
	ssize_t n = qb_ipcc_recv(c, &a, sizeof a, 50);
	EXPECT(n == -EAGAIN || n == -ETIMEDOUT);
	qb_ipcc_disconnect(c);
	return 0;
}

static int run_slow_reader(void)
{
	struct answer a;
	qb_ipcc_connection_t *c = qb_ipcc_connect("cpg", BUFFER);
	EXPECT(c);
	EXPECT(ask(c, ASK_EVENTS, 9) > 0);
	EXPECT(qb_ipcc_recv(c, &a, sizeof a, 2000) == 28);
	EXPECT(a.number == 9);
	usleep(100000);
	for (uint32_t i = 0; i < EVENTS; i++) {
		EXPECT(qb_ipcc_event_recv(c, &a, sizeof a, 2000) == EVENT_SIZE);
		EXPECT(a.number == i && a.fill[EVENT_SIZE - 29] == (i & 0xff));
	}
	qb_ipcc_disconnect(c);
	return 0;
}

static int run_refused(void)
{
	EXPECT(!qb_ipcc_connect("cpg", BUFFER));
	EXPECT(errno == EAGAIN);
	return 0;
}

static int run_thrown_out(void)
{
	struct answer a;
	qb_ipcc_connection_t *c = qb_ipcc_connect("cpg", BUFFER);
	EXPECT(c);
	EXPECT(ask(c, ASK_DISCONNECT, 1) > 0);
	ssize_t n = qb_ipcc_recv(c, &a, sizeof a, 2000);
	EXPECT(n == -ENOTCONN || n == -ESHUTDOWN);
	qb_ipcc_disconnect(c);
	return 0;
}

static int run_killed(void)
{
	qb_ipcc_connection_t *c = qb_ipcc_connect("cpg", BUFFER);
	EXPECT(c);
	EXPECT(ask(c, ASK_SILENCE, 1) > 0);
	usleep(50000);
	(void)raise(SIGKILL);
	return 1;
}

static int run_held_off(void)
{
	struct answer a;
	qb_ipcc_connection_t *c = qb_ipcc_connect("cpg", BUFFER);
	EXPECT(c);
	/* OFF_MULTICAST shows only to those who look for level 2, as libcpg does around a multicast. */
	EXPECT(qb_ipcc_fc_enable_max_set(c, 2) == 0);
	usleep(50000);
	EXPECT(ask(c, ASK_ECHO, 1) == -EAGAIN);
	EXPECT(qb_ipcc_fc_enable_max_set(c, 1) == 0);
	EXPECT(ask(c, ASK_ECHO, 2) > 0);
	EXPECT(qb_ipcc_recv(c, &a, sizeof a, 2000) == 28);
	EXPECT(a.number == 2);
	qb_ipcc_disconnect(c);
	return 0;
}

/* --- the tests; state is the type of the transport --- */

static void test_request_and_reply(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	assert_int_equal(client_wait(&s, client_start(run_echo), 5000), 0);
	assert_int_equal(s.connected, 1);
	assert_int_equal(s.disconnected, 1);
	assert_int_equal(s.requests, 200);
	assert_int_equal(s.stats.pid, s.pid);
	assert_string_equal(s.stats.procname, "test-qb-ipc");
	assert_in_range(s.stats.responses, 150, 200);
	assert_int_equal(qbipc_active(s.ipc), 0);
	assert_int_equal(qbipc_closed(s.ipc), 1);
	server_close(&s);
}

static void test_short_replies(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	assert_int_equal(client_wait(&s, client_start(run_short_replies), 5000), 0);
	server_close(&s);
}

static void test_held_requests_are_not_lost(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	s.hold = true;
	pid_t held = client_start(run_held);
	/* Others are served meanwhile, and nothing spins. */
	assert_int_equal(client_wait(&s, client_start(run_echo), 5000), 0);
	assert_int_equal(s.held_offers, 1);
	qbipc_retry(s.ipc);
	ok(loop_turn(s.loop, 10, &s.error), &s.error);
	ok(loop_turn(s.loop, 10, &s.error), &s.error);
	assert_int_equal(s.held_offers, 2);
	s.hold = false;
	qbipc_retry(s.ipc);
	assert_int_equal(client_wait(&s, held, 5000), 0);
	server_close(&s);
}

static void test_holder_may_die(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	s.hold = true;
	pid_t held = client_start(run_held);
	while (s.held_offers == 0)
		ok(loop_turn(s.loop, 10, &s.error), &s.error);
	kill(held, SIGKILL);
	assert_int_equal(client_wait(&s, held, 2000), -1);
	assert_int_equal(s.disconnected, 1);
	qbipc_retry(s.ipc);
	ok(loop_turn(s.loop, 10, &s.error), &s.error);
	assert_int_equal(s.held_offers, 1);
	server_close(&s);
}

static void test_slow_reader_gets_all_events(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	assert_int_equal(client_wait(&s, client_start(run_slow_reader), 10000), 0);
	assert_in_range(s.most_queued, 1000, EVENTS);
	server_close(&s);
}

static void test_refusal(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	s.accept_answer = -EAGAIN;
	assert_int_equal(client_wait(&s, client_start(run_refused), 5000), 0);
	assert_int_equal(s.connected, 0);
	assert_int_equal(s.uid, getuid());
	server_close(&s);
}

static void test_disconnects(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	assert_int_equal(client_wait(&s, client_start(run_thrown_out), 5000), 0);
	assert_int_equal(s.disconnected, 1);
	client_id gone = s.last;
	assert_int_equal(client_wait(&s, client_start(run_killed), 5000), -1);
	assert_int_equal(s.disconnected, 2);
	/* The same slot, another client: what is sent to the first reaches nobody. */
	assert_int_equal(client_slot(gone), client_slot(s.last));
	assert_int_not_equal(gone.v, s.last.v);
	struct qbipc_stats stats;
	assert_false(qbipc_stats(s.ipc, gone, &stats));
	answer(&s, gone, true, 1, 1, 28);
	server_close(&s);
}

static void test_flow_control(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	/* Set before the client comes: it applies to new connections, too. */
	qbipc_set_rate(s.ipc, SERVICE_CPG, QBIPC_OFF_MULTICAST);
	pid_t client = client_start(run_held_off);
	uint32_t turns = 0;
	for (mono_time until = mono_time_add_ms(loop_clock(), 300); mono_time_before(loop_clock(), until); turns++)
		ok(loop_turn(s.loop, 20, &s.error), &s.error);
	assert_in_range(turns, 10, 40); /* a request waits in the ring and does not make us spin */
	assert_int_equal(s.requests, 0);
	qbipc_set_rate(s.ipc, SERVICE_CPG, QBIPC_FAST);
	assert_int_equal(client_wait(&s, client, 5000), 0);
	assert_int_equal(s.requests, 1);
	server_close(&s);
}

static void count_client(void *arg, client_id client)
{
	(void)client;
	++*(uint32_t *)arg;
}

static void test_close_with_clients(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	s.hold = true;
	pid_t held = client_start(run_held);
	while (s.held_offers == 0)
		ok(loop_turn(s.loop, 10, &s.error), &s.error);
	uint32_t clients = 0;
	qbipc_each(s.ipc, count_client, &clients);
	assert_int_equal(clients, 1);
	qbipc_stats_clear(s.ipc);
	server_close(&s);
	int status;
	assert_int_equal(waitpid(held, &status, 0), held);
	assert_int_equal(WEXITSTATUS(status), 1);
}

/* As the engine does on its way out, while a client is there. */
static void test_a_service_closes(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	s.hold = true;
	pid_t held = client_start(run_held);
	while (s.held_offers == 0)
		ok(loop_turn(s.loop, 10, &s.error), &s.error);
	qbipc_service_close(s.ipc, SERVICE_CPG);
	qbipc_service_close(s.ipc, SERVICE_CPG);
	assert_int_equal(s.disconnected, 1);
	assert_int_equal(client_wait(&s, held, 5000), 1);
	qbipc_retry(s.ipc);
	ok(loop_turn(s.loop, 10, &s.error), &s.error);
	/* And may come back. */
	s.hold = false;
	ok(qbipc_service_open(s.ipc, SERVICE_CPG, "cpg", &s.error), &s.error);
	assert_int_equal(client_wait(&s, client_start(run_echo), 5000), 0);
	server_close(&s);
}

static void test_name_is_taken(void **state)
{
	struct server s;
	server_open(&s, *(enum qbipc_type *)*state);
	assert_int_equal(qbipc_service_open(s.ipc, SERVICE_CFG, "cpg", &s.error), ERR_EXISTS);
	server_close(&s);
}

#define WITH(test, type)                                                                \
	{                                                                               \
		.name = #test " over " #type, .test_func = test, .initial_state = &type \
	}

static enum qbipc_type shm = QBIPC_NATIVE;
static enum qbipc_type sockets = QBIPC_SOCKET;

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_request_and_reply, shm),
		WITH(test_request_and_reply, sockets),
		WITH(test_short_replies, shm),
		WITH(test_held_requests_are_not_lost, shm),
		WITH(test_held_requests_are_not_lost, sockets),
		WITH(test_holder_may_die, shm),
		WITH(test_slow_reader_gets_all_events, shm),
		WITH(test_slow_reader_gets_all_events, sockets),
		WITH(test_refusal, shm),
		WITH(test_disconnects, shm),
		WITH(test_disconnects, sockets),
		WITH(test_flow_control, shm),
		WITH(test_close_with_clients, shm),
		WITH(test_a_service_closes, shm),
		WITH(test_name_is_taken, shm),
	};
	if (!netns_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
