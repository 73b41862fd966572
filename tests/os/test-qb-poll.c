/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The handlers as libqb calls them, on pipes. */
#include "os/qb-poll.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	struct loop *loop;
	struct qb_ipcs_poll_handlers h;
	int ends[2];
	int32_t calls, revents, answer, jobs;
	bool replaces;
};

static struct world w;

static int32_t on_ready(int32_t fd, int32_t revents, void *data)
{
	char c;
	w.calls++;
	w.revents = revents;
	if (revents & POLLIN)
		(void)!read(fd, &c, 1);
	if (w.replaces) {
		/* As a connection that takes over the descriptor of its handshake. */
		assert_int_equal(w.h.dispatch_del(fd), 0);
		assert_int_equal(w.h.dispatch_add(QB_LOOP_HIGH, fd, POLLIN, data, on_ready), 0);
		w.replaces = false;
	}
	return w.answer;
}

static void on_job(void *data)
{
	assert_ptr_equal(data, &w);
	w.jobs++;
}

static int set_up(void **state)
{
	struct error error;
	(void)state;
	w = (struct world){0};
	if (loop_open(&w.loop, &error) != ERR_OK || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, w.ends) < 0)
		return -1;
	qb_poll_open(w.loop);
	w.h = qb_poll_handlers();
	return w.h.dispatch_add(QB_LOOP_MED, w.ends[0], POLLIN | POLLPRI | POLLNVAL, &w, on_ready);
}

static int tear_down(void **state)
{
	(void)state;
	qb_poll_close();
	loop_close(w.loop);
	close(w.ends[1]);
	return 0;
}

static void turn(void)
{
	struct error error;
	assert_int_equal(loop_turn(w.loop, 10, &error), ERR_OK);
}

static void poke(void)
{
	assert_int_equal(write(w.ends[1], "x", 1), 1);
}

static void test_reading_and_writing(void **state)
{
	(void)state;
	poke();
	turn();
	assert_int_equal(w.calls, 1);
	assert_int_equal(w.revents, POLLIN);
	turn();
	assert_int_equal(w.calls, 1);
	assert_int_equal(w.h.dispatch_mod(QB_LOOP_LOW, w.ends[0], POLLIN | POLLOUT, &w, on_ready), 0);
	turn();
	assert_int_equal(w.revents, POLLOUT);
	assert_int_equal(w.h.dispatch_add(QB_LOOP_MED, w.ends[0], POLLIN, &w, on_ready), -EEXIST);
	assert_int_equal(w.h.dispatch_mod(QB_LOOP_LOW, 500, POLLIN, &w, on_ready), -ENOENT);
	assert_int_equal(w.h.dispatch_del(500), -ENOENT);
	assert_int_equal(w.h.dispatch_del(w.ends[0]), 0);
	poke();
	turn();
	assert_int_equal(w.calls, 2);
	close(w.ends[0]);
}

static void test_pause(void **state)
{
	(void)state;
	poke();
	qb_poll_pause(&w, true);
	turn();
	assert_int_equal(w.calls, 0);
	/* libqb's own changes do not end a pause, and the end of the other side shows. */
	assert_int_equal(w.h.dispatch_mod(QB_LOOP_HIGH, w.ends[0], POLLIN, &w, on_ready), 0);
	turn();
	assert_int_equal(w.calls, 0);
	qb_poll_pause(&w, false);
	turn();
	assert_int_equal(w.calls, 1);
	qb_poll_pause(&w, true);
	shutdown(w.ends[1], SHUT_RDWR);
	turn();
	assert_int_equal(w.calls, 2);
	assert_true(w.revents & POLLHUP);
}

static void test_a_negative_answer_ends_the_watch(void **state)
{
	(void)state;
	w.answer = -1;
	poke();
	turn();
	poke();
	turn();
	assert_int_equal(w.calls, 1);
	close(w.ends[0]);
}

static void test_but_not_that_of_a_successor(void **state)
{
	(void)state;
	w.answer = -1;
	w.replaces = true;
	poke();
	turn();
	poke();
	w.answer = 0;
	turn();
	assert_int_equal(w.calls, 2);
}

static void test_jobs(void **state)
{
	(void)state;
	assert_int_equal(w.h.job_add(QB_LOOP_LOW, &w, on_job), 0);
	assert_int_equal(w.h.job_add(QB_LOOP_HIGH, &w, on_job), 0);
	turn();
	assert_int_equal(w.jobs, 2);
	/* One that is left at the end is dropped. */
	assert_int_equal(w.h.job_add(QB_LOOP_LOW, &w, on_job), 0);
}

/* --- wake-ups, as libqb sends them: a byte each --- */

static void wake(uint32_t times)
{
	qb_poll_gather(true);
	for (uint32_t i = 0; i < times; i++)
		assert_int_equal(send(w.ends[0], "", 1, MSG_NOSIGNAL), 1);
	qb_poll_gather(false);
}

static uint32_t woken(void)
{
	static uint8_t bytes[4096];
	uint32_t all = 0;

	for (ssize_t n; (n = read(w.ends[1], bytes, sizeof bytes)) > 0;)
		all += (uint32_t)n;
	return all;
}

static void test_wake_ups_of_a_turn_go_together(void **state)
{
	(void)state;
	wake(5);
	wake(2);
	assert_int_equal(woken(), 0);
	turn();
	assert_int_equal(woken(), 7);
	turn();
	assert_int_equal(woken(), 0);
	/* What is no wake-up goes at once, and so do very many. */
	assert_int_equal(send(w.ends[0], "", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(woken(), 1);
	qb_poll_gather(true);
	assert_int_equal(send(w.ends[0], "ab", 2, MSG_NOSIGNAL), 2);
	qb_poll_gather(false);
	assert_int_equal(woken(), 2);
	wake(300);
	assert_in_range(woken(), 200, 299);
	turn();
	assert_int_equal(w.calls, 0);
}

/* A client that does not read has no room for them at some time; they come when it has. */
static void test_no_wake_up_is_lost(void **state)
{
	uint32_t sent = 0, got = 0;
	int room = 4096;

	(void)state;
	assert_int_equal(setsockopt(w.ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
	for (; sent < 3 * 200; sent += 3) {
		wake(3);
		turn();
	}
	for (uint32_t i = 0; i < 200 && got < sent; i++) {
		uint32_t n = woken();

		assert_true(i > 0 || n < sent); /* not all had room */
		got += n;
		turn();
	}
	assert_int_equal(got, sent);
	assert_int_equal(w.calls, 0); /* libqb did not ask whether there is room */
	turn();
	assert_int_equal(w.calls, 0);
}

static void test_the_last_wake_ups_go_before_the_end(void **state)
{
	(void)state;
	wake(3);
	assert_int_equal(w.h.dispatch_del(w.ends[0]), 0);
	assert_int_equal(woken(), 3);
	turn();
	close(w.ends[0]);
	assert_int_equal(woken(), 0);
}

static void test_wake_ups_for_nobody(void **state)
{
	(void)state;
	w.answer = -1;
	shutdown(w.ends[1], SHUT_RDWR);
	wake(3);
	turn();
	assert_true(w.revents & POLLHUP);
	turn();
	assert_int_equal(w.calls, 1);
	close(w.ends[0]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reading_and_writing),
		TEST(test_pause),
		TEST(test_a_negative_answer_ends_the_watch),
		TEST(test_but_not_that_of_a_successor),
		TEST(test_jobs),
		TEST(test_wake_ups_of_a_turn_go_together),
		TEST(test_no_wake_up_is_lost),
		TEST(test_the_last_wake_ups_go_before_the_end),
		TEST(test_wake_ups_for_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
