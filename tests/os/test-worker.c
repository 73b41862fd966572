/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/worker.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct work {
	sem_t go;
	pthread_t thread, told_in;
	int policy;
	bool takes_signals;
	_Atomic bool finished, done, dropped;
};

static struct loop *loop;
static struct error error;
static struct work work;

static void do_work(void *arg)
{
	struct work *w = arg;
	struct sched_param parameters;
	sigset_t mask;
	w->thread = pthread_self();
	(void)pthread_getschedparam(w->thread, &w->policy, &parameters);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	w->takes_signals = sigismember(&mask, SIGTERM) == 0;
	(void)sem_wait(&w->go);
	atomic_store(&w->finished, true);
}

static void on_done(void *arg)
{
	struct work *w = arg;
	w->told_in = pthread_self();
	atomic_store(&w->done, true);
}

static void on_drop(void *arg)
{
	atomic_store(&((struct work *)arg)->dropped, true);
}

static struct worker *start(void)
{
	const struct worker_job job = {do_work, on_done, on_drop, &work};
	struct worker *w = NULL;
	work = (struct work){0};
	assert_int_equal(sem_init(&work.go, 0, 0), 0);
	assert_int_equal(worker_start(loop, &job, &w, &error), ERR_OK);
	assert_non_null(w);
	return w;
}

static void turns(uint32_t ms)
{
	mono_time until = mono_time_add_ms(loop_clock(), ms);
	while (mono_time_before(loop_clock(), until) && !atomic_load(&work.done))
		assert_int_equal(loop_turn(loop, 5, &error), ERR_OK);
}

static int set_up(void **state)
{
	(void)state;
	return loop_open(&loop, &error) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	loop_close(loop);
	return 0;
}

static void test_the_loop_goes_on_and_hears_of_the_end(void **state)
{
	(void)state;
	(void)start();
	turns(50); /* while it hangs */
	assert_false(atomic_load(&work.done));
	(void)sem_post(&work.go);
	turns(5000);
	assert_true(atomic_load(&work.finished));
	assert_true(atomic_load(&work.done));
	assert_false(atomic_load(&work.dropped));
	assert_true(pthread_equal(work.told_in, pthread_self()));
	assert_false(pthread_equal(work.thread, pthread_self()));
	assert_int_equal(work.policy, SCHED_OTHER);
	assert_false(work.takes_signals);
}

/* It is left to itself, and what it worked on is dropped when it ends. */
static void test_closing_does_not_wait(void **state)
{
	(void)state;
	worker_close(NULL);
	worker_close(start());
	turns(20);
	assert_false(atomic_load(&work.finished) || atomic_load(&work.dropped));
	(void)sem_post(&work.go);
	for (int i = 0; i < 1000 && !atomic_load(&work.dropped); i++)
		turns(5);
	assert_true(atomic_load(&work.dropped));
	assert_false(atomic_load(&work.done));
}

/* It has ended, but the loop has not heard of it. */
static void test_closing_at_the_last_moment(void **state)
{
	struct worker *w = start();
	(void)state;
	(void)sem_post(&work.go);
	while (!atomic_load(&work.finished))
		sched_yield();
	worker_close(w);
	for (int i = 0; i < 1000 && !atomic_load(&work.dropped); i++)
		turns(5);
	assert_true(atomic_load(&work.dropped));
	assert_false(atomic_load(&work.done));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_loop_goes_on_and_hears_of_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_closing_does_not_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_closing_at_the_last_moment, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
