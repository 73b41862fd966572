/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes are addresses of our own lo, whose kernel can be told not to answer. */
#include "netns.h"
#include "os/echo.h"
#include "os/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct loop *loop;
	struct echo *echo;
	struct error error;
	uint32_t told;
	node_id node;
	enum echo_verdict verdict;
	bool forgets;
};

static struct world w;

static void ok(enum err e)
{
	if (e != ERR_OK)
		fail_msg("%s", w.error.text);
}

static void kernel_answers(bool on)
{
	static const char *const paths[] = {"/proc/sys/net/ipv4/icmp_echo_ignore_all",
					    "/proc/sys/net/ipv6/icmp/echo_ignore_all"};
	for (int i = 0; i < 2; i++) {
		FILE *f = fopen(paths[i], "w");
		assert_non_null(f);
		assert_int_equal(fputs(on ? "0" : "1", f) >= 0, 1);
		assert_int_equal(fclose(f), 0);
	}
}

static void on_verdict(void *arg, node_id node, enum echo_verdict verdict)
{
	(void)arg;
	w.told++;
	w.node = node;
	w.verdict = verdict;
	if (w.forgets)
		echo_forget(w.echo, node);
}

static int set_up(void **state)
{
	struct echo_handlers handlers = {.verdict = on_verdict};
	(void)state;
	w = (struct world){0};
	kernel_answers(true);
	if (loop_open(&w.loop, &w.error) != ERR_OK)
		return -1;
	return echo_open(w.loop, &handlers, &w.echo, &w.error) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	kernel_answers(true);
	echo_close(w.echo);
	loop_close(w.loop);
	return 0;
}

static struct sockaddr_storage address_of(const char *ip)
{
	struct sockaddr_storage a;
	ok(resolve_host(ip, IP_4_6, &a, &w.error));
	sockaddr_set_port(&a, 5405);
	return a;
}

static void watch(uint32_t node, const char *ip)
{
	struct sockaddr_storage a = address_of(ip);
	ok(echo_watch(w.echo, node_id_of(node), &a, 1, &w.error));
}

static void run_for(uint32_t ms)
{
	mono_time until = mono_time_add_ms(loop_clock(), ms);
	while (mono_time_before(loop_clock(), until))
		ok(loop_turn(w.loop, 10, &w.error));
}

/* Until something is told; how long it took, or UINT64_MAX. */
static uint64_t run_until_told(uint32_t ms)
{
	mono_time start = loop_clock();
	uint32_t told = w.told;
	while (w.told == told) {
		if (mono_time_since_ms(loop_clock(), start) > ms)
			return UINT64_MAX;
		ok(loop_turn(w.loop, 10, &w.error));
	}
	return mono_time_since_ms(loop_clock(), start);
}

static void check_dead_and_back(const char *ip)
{
	struct echo_report r;
	watch(2, ip);
	run_for(50);
	assert_true(echo_report(w.echo, node_id_of(2), &r));
	assert_true(r.answers_ever);
	assert_int_equal(w.told, 0);
	kernel_answers(false);
	echo_suspect(w.echo, node_id_of(2));
	assert_int_equal(w.told, 0);
	assert_in_range(run_until_told(5000), 395, 5000); /* more when this machine is busy: see test_our_own_pause */
	assert_int_equal(w.verdict, ECHO_DEAD);
	assert_int_equal(w.node.v, 2);
	kernel_answers(true);
	assert_in_range(run_until_told(ECHO_SLOW_MS + 2000), 0, ECHO_SLOW_MS + 500);
	assert_int_equal(w.verdict, ECHO_ALIVE);
	echo_trust(w.echo, node_id_of(2));
	run_for(50);
	assert_int_equal(w.told, 2);
}

static void test_dead_and_back(void **state)
{
	(void)state;
	check_dead_and_back("127.0.0.2");
}

static void test_dead_and_back_ipv6(void **state)
{
	(void)state;
	check_dead_and_back("::1");
}

/* Its machine may just be starting. Who answers need not be asked as often. */
static void test_who_answers_is_asked_rarely(void **state)
{
	struct echo_report r;
	mono_time first;
	(void)state;
	kernel_answers(false);
	watch(2, "127.0.0.2");
	run_for(50);
	kernel_answers(true);
	run_for(ECHO_SLOW_MS + 300);
	assert_true(echo_report(w.echo, node_id_of(2), &r));
	assert_true(r.answers_ever);
	first = r.last_answer;
	run_for(ECHO_SLOW_MS + 300);
	assert_true(echo_report(w.echo, node_id_of(2), &r));
	assert_int_equal(r.last_answer.ns, first.ns);
	run_for(ECHO_CALM_MS - ECHO_SLOW_MS);
	assert_true(echo_report(w.echo, node_id_of(2), &r));
	assert_true(mono_time_before(first, r.last_answer));
	assert_int_equal(w.told, 0);
}

static void test_alive(void **state)
{
	(void)state;
	watch(2, "127.0.0.2");
	run_for(50);
	echo_suspect(w.echo, node_id_of(2));
	assert_in_range(run_until_told(500), 0, 100);
	assert_int_equal(w.verdict, ECHO_ALIVE);
	run_for(600);
	assert_int_equal(w.told, 1);
	/* It may still die while it is suspected. */
	kernel_answers(false);
	assert_in_range(run_until_told(5000), 300, 5000);
	assert_int_equal(w.verdict, ECHO_DEAD);
}

static void test_who_never_answered_is_unknown(void **state)
{
	(void)state;
	kernel_answers(false);
	watch(2, "127.0.0.2");
	run_for(50);
	echo_suspect(w.echo, node_id_of(2));
	assert_int_equal(w.told, 1);
	assert_int_equal(w.verdict, ECHO_UNKNOWN);
	run_for(800);
	assert_int_equal(w.told, 1);
	echo_suspect(w.echo, node_id_of(9));
	assert_int_equal(w.told, 2);
	assert_int_equal(w.node.v, 9);
	assert_int_equal(w.verdict, ECHO_UNKNOWN);
}

static void test_silence_before_the_suspicion(void **state)
{
	(void)state;
	watch(2, "127.0.0.2");
	run_for(50);
	kernel_answers(false);
	run_for(ECHO_FRESH_MS + 200);
	assert_int_equal(w.told, 0);
	echo_suspect(w.echo, node_id_of(2));
	assert_int_equal(w.verdict, ECHO_UNKNOWN);
	run_for(800);
	assert_int_equal(w.told, 1);
}

/* We stand still ourselves, in the middle: nothing may follow from that. */
static void test_our_own_pause(void **state)
{
	(void)state;
	watch(2, "127.0.0.2");
	run_for(50);
	kernel_answers(false);
	echo_suspect(w.echo, node_id_of(2));
	run_for(250);
	usleep(300000);
	mono_time resumed = loop_clock();
	run_for(200);
	assert_int_equal(w.told, 0);
	assert_in_range(run_until_told(5000), 0, 5000);
	assert_true(mono_time_since_ms(loop_clock(), resumed) >= ECHO_SILENCE_MS);
	assert_int_equal(w.verdict, ECHO_DEAD);
}

static void send_datagram(const char *ip, uint16_t port)
{
	struct sockaddr_storage a = address_of(ip);
	sockaddr_set_port(&a, port);
	int fd = socket(a.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sockaddr_len(&a)), 1);
	close(fd);
}

static void test_engine_is_gone(void **state)
{
	static const char *const ips[] = {"127.0.0.2", "::1"};
	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		watch(2, ips[i]);
		run_for(50);
		send_datagram(ips[i], 5406);      /* no ring port */
		send_datagram("127.0.0.3", 5405); /* not its address */
		run_for(100);
		assert_int_equal(w.told, i);
		send_datagram(ips[i], 5405);
		assert_in_range(run_until_told(500), 0, 100);
		assert_int_equal(w.verdict, ECHO_NO_ENGINE);
		/* Its kernel answers, which changes nothing. */
		echo_suspect(w.echo, node_id_of(2));
		run_for(300);
		send_datagram(ips[i], 5405);
		run_for(50);
		assert_int_equal(w.told, i + 1);
		echo_trust(w.echo, node_id_of(2));
	}
}

static void test_forgetting(void **state)
{
	struct echo_report r;
	(void)state;
	watch(2, "127.0.0.2");
	watch(3, "127.0.0.3");
	run_for(50);
	kernel_answers(false);
	echo_suspect(w.echo, node_id_of(2));
	echo_suspect(w.echo, node_id_of(3));
	/* Each is forgotten as soon as something is told of it. */
	w.forgets = true;
	run_for(1500);
	assert_int_equal(w.told, 2);
	assert_false(echo_report(w.echo, node_id_of(2), &r));
	assert_false(echo_report(w.echo, node_id_of(3), &r));
	echo_forget(w.echo, node_id_of(4));
	assert_int_equal(echo_watch(w.echo, node_id_of(2), NULL, 0, &w.error), ERR_INVALID);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dead_and_back),
		TEST(test_dead_and_back_ipv6),
		TEST(test_who_answers_is_asked_rarely),
		TEST(test_alive),
		TEST(test_who_never_answered_is_unknown),
		TEST(test_silence_before_the_suspicion),
		TEST(test_our_own_pause),
		TEST(test_engine_is_gone),
		TEST(test_forgetting),
	};
	if (!netns_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
