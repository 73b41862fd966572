/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	struct loop *loop;
	struct error error;
	char trace[64];
	struct timer timer;
	int ends[2][2];
	struct loop_fd fds[2];
	struct loop_job jobs[3];
	bool removes_other;
	double late_ms;
};

static struct world w;

static void note(char c)
{
	size_t n = strlen(w.trace);
	assert_true(n + 1 < sizeof w.trace);
	w.trace[n] = c;
}

static void turn(uint32_t wait_ms)
{
	if (loop_turn(w.loop, wait_ms, &w.error) != ERR_OK)
		fail_msg("%s", w.error.text);
}

static int set_up(void **state)
{
	(void)state;
	w = (struct world){0};
	if (loop_open(&w.loop, &w.error) != ERR_OK)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, w.ends[i]) < 0)
			return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	loop_close(w.loop);
	for (int i = 0; i < 4; i++)
		close(w.ends[i / 2][i % 2]);
	return 0;
}

static void on_fd(void *arg, uint32_t revents)
{
	struct loop_fd *fd = arg;
	char c;
	note(revents & LOOP_HANGUP ? '!' : fd == &w.fds[0] ? 'a' : 'b');
	if (revents & LOOP_READ)
		(void)!read(fd->fd, &c, 1);
	if (w.removes_other)
		loop_fd_remove(w.loop, fd == &w.fds[0] ? &w.fds[1] : &w.fds[0]);
}

static void add(int i, enum loop_priority priority)
{
	w.fds[i] = (struct loop_fd){
		.fd = w.ends[i][0], .priority = priority, .events = LOOP_READ, .fn = on_fd, .arg = &w.fds[i]};
	assert_int_equal(loop_fd_add(w.loop, &w.fds[i], &w.error), ERR_OK);
}

static void poke(int i)
{
	assert_int_equal(write(w.ends[i][1], "x", 1), 1);
}

static void on_timer(void *arg)
{
	(void)arg;
	note('t');
}

static void on_job(void *arg)
{
	note(*(const char *)arg);
}

static void on_job_again(void *arg)
{
	note('j');
	loop_job_add(w.loop, arg);
}

static void test_priorities(void **state)
{
	(void)state;
	add(0, LOOP_LOW);
	add(1, LOOP_HIGH);
	poke(0);
	poke(1);
	static const char low = 'l', high = 'h';
	w.jobs[0] = (struct loop_job){.fn = on_job, .arg = (void *)(uintptr_t)&low, .priority = LOOP_LOW};
	w.jobs[1] = (struct loop_job){.fn = on_job, .arg = (void *)(uintptr_t)&high, .priority = LOOP_HIGH};
	loop_job_add(w.loop, &w.jobs[0]);
	loop_job_add(w.loop, &w.jobs[1]);
	loop_job_add(w.loop, &w.jobs[1]);
	timer_init(&w.timer, on_timer, NULL);
	loop_timer_set_at(w.loop, &w.timer, loop_now(w.loop));
	turn(1000);
	assert_string_equal(w.trace, "thbla");
	turn(0);
	assert_string_equal(w.trace, "thbla");
	/* Priorities and events may change. */
	w.fds[0].priority = LOOP_HIGH;
	w.fds[1].priority = LOOP_LOW;
	loop_fd_change(w.loop, &w.fds[0]);
	loop_fd_change(w.loop, &w.fds[1]);
	poke(1);
	poke(0);
	turn(0);
	assert_string_equal(w.trace, "thblaab");
	w.fds[0].events = 0;
	loop_fd_change(w.loop, &w.fds[0]);
	poke(0);
	turn(0);
	assert_string_equal(w.trace, "thblaab");
	loop_fd_remove(w.loop, &w.fds[0]);
	loop_fd_remove(w.loop, &w.fds[1]);
	loop_fd_remove(w.loop, &w.fds[1]);
}

static void test_removing_a_ready_one(void **state)
{
	(void)state;
	add(0, LOOP_MED);
	add(1, LOOP_MED);
	poke(0);
	poke(1);
	w.removes_other = true;
	turn(1000);
	turn(0);
	assert_int_equal(strlen(w.trace), 1);
}

static void test_hangup(void **state)
{
	(void)state;
	add(0, LOOP_MED);
	w.fds[0].events = 0;
	loop_fd_change(w.loop, &w.fds[0]);
	close(w.ends[0][1]);
	turn(1000);
	assert_string_equal(w.trace, "!");
	w.ends[0][1] = dup(w.ends[1][1]);
}

static void test_jobs_of_jobs_wait_a_turn(void **state)
{
	(void)state;
	w.jobs[0] = (struct loop_job){.fn = on_job_again, .arg = &w.jobs[0], .priority = LOOP_MED};
	loop_job_add(w.loop, &w.jobs[0]);
	turn(1000);
	assert_string_equal(w.trace, "j");
	turn(1000);
	assert_string_equal(w.trace, "jj");
	loop_job_remove(w.loop, &w.jobs[0]);
	loop_job_remove(w.loop, &w.jobs[0]);
	turn(0);
	assert_string_equal(w.trace, "jj");
}

static void test_a_job_before_its_turn(void **state)
{
	static const char first = '1', second = '2';

	(void)state;
	w.jobs[0] = (struct loop_job){.fn = on_job, .arg = (void *)(uintptr_t)&first, .priority = LOOP_MED};
	w.jobs[1] = (struct loop_job){.fn = on_job, .arg = (void *)(uintptr_t)&second, .priority = LOOP_MED};
	loop_job_add(w.loop, &w.jobs[0]);
	loop_job_add(w.loop, &w.jobs[1]);
	loop_job_run(w.loop, &w.jobs[1]);
	assert_string_equal(w.trace, "2");
	loop_job_run(w.loop, &w.jobs[1]);
	assert_string_equal(w.trace, "2");
	turn(1000);
	assert_string_equal(w.trace, "21");
	loop_job_run(w.loop, &w.jobs[0]);
	assert_string_equal(w.trace, "21");
}

static void test_timers_end_the_wait(void **state)
{
	(void)state;
	mono_time start = loop_clock();
	timer_init(&w.timer, on_timer, NULL);
	loop_timer_set(w.loop, &w.timer, 20);
	while (w.trace[0] == '\0')
		turn(5000);
	assert_in_range(mono_time_since_ms(loop_clock(), start), 18, 1000);
	loop_timer_set(w.loop, &w.timer, 20);
	loop_timer_cancel(w.loop, &w.timer);
	turn(40);
	assert_string_equal(w.trace, "t");
}

static void on_stop(void *arg)
{
	(void)arg;
	note('s');
	loop_stop(w.loop);
}

static void test_run_until_stopped(void **state)
{
	(void)state;
	timer_init(&w.timer, on_stop, NULL);
	loop_timer_set(w.loop, &w.timer, 1);
	assert_int_equal(loop_run(w.loop, &w.error), ERR_OK);
	assert_string_equal(w.trace, "s");
}

static void on_late(void *arg, double late_ms)
{
	(void)arg;
	w.late_ms = late_ms;
}

static void on_busy(void *arg)
{
	(void)arg;
	usleep(60000);
}

static void test_lateness(void **state)
{
	(void)state;
	turn(0);
	loop_on_late(w.loop, 40, on_late, NULL);
	turn(5);
	assert_true(w.late_ms == 0);
	timer_init(&w.timer, on_busy, NULL);
	loop_timer_set_at(w.loop, &w.timer, loop_now(w.loop));
	turn(0);
	assert_true(w.late_ms == 0);
	turn(0);
	assert_true(w.late_ms >= 55);
	assert_true(loop_late_ns(w.loop) >= 55000000);
	w.late_ms = 0;
	turn(0);
	assert_true(w.late_ms == 0);
}

static void on_signal(void *arg, int signal, uint32_t sender)
{
	(void)arg;
	assert_int_equal(sender, getpid());
	note(signal == SIGUSR1 ? '1' : '2');
}

static void test_signals(void **state)
{
	static const int signals[] = {SIGUSR1, SIGUSR2};
	(void)state;
	assert_int_equal(loop_signals(w.loop, signals, 2, on_signal, NULL, &w.error), ERR_OK);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	turn(1000);
	assert_string_equal(w.trace, "12");
}

static void test_clocks(void **state)
{
	(void)state;
	mono_time a = loop_clock();
	assert_in_range(mono_time_since_ns(a, loop_now(w.loop)), 0, UINT64_C(10000000000));
	assert_true(loop_wall().ns > UINT64_C(1700000000000000000));
	turn(0);
	assert_false(mono_time_before(loop_now(w.loop), a));
}

static void test_a_bad_descriptor(void **state)
{
	(void)state;
	struct loop_fd bad = {.fd = 900, .fn = on_fd};
	assert_int_equal(loop_fd_add(w.loop, &bad, &w.error), ERR_IO);
	assert_non_null(strstr(w.error.text, "900"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_priorities),
		TEST(test_removing_a_ready_one),
		TEST(test_hangup),
		TEST(test_jobs_of_jobs_wait_a_turn),
		TEST(test_a_job_before_its_turn),
		TEST(test_timers_end_the_wait),
		TEST(test_run_until_stopped),
		TEST(test_lateness),
		TEST(test_clocks),
		TEST(test_a_bad_descriptor),
		TEST(test_signals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
