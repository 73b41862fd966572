/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"
#include "os/resolve.h"
#include "os/strangers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PORT = 5405, OTHER_PORT = 5407 };

static struct loop *loop;
static struct strangers *strangers;
static struct error error;
static uint32_t seen;
static char last_from[64];
static uint16_t last_port;
static uint8_t last_packet[256];
static size_t last_len;

static void on_seen(void *arg, const struct sockaddr_storage *from, uint16_t port, struct bytes packet)
{
	assert_ptr_equal(arg, &seen);
	seen++;
	sockaddr_text(from, last_from, sizeof last_from);
	last_port = port;
	last_len = packet.len;
	memcpy(last_packet, packet.data, packet.len);
}

static struct sockaddr_storage address(const char *ip, uint16_t port)
{
	struct sockaddr_storage a;
	enum err e = resolve_host(ip, strchr(ip, ':') != NULL ? IP_6 : IP_4, &a, &error);
	if (e != ERR_OK)
		fail_msg("%s", error.text);
	sockaddr_set_port(&a, port);
	return a;
}

static void send_from(const char *from, const char *to, uint16_t port, const char *text)
{
	struct sockaddr_storage a = address(from, 0), b = address(to, port);
	int fd = socket(a.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sockaddr_len(&a)), 0);
	/* Nobody listens at that port: what counts is that the packet arrives. */
	(void)sendto(fd, text, strlen(text), 0, (struct sockaddr *)&b, sockaddr_len(&b));
	close(fd);
}

static void run_for(uint32_t ms)
{
	mono_time until = mono_time_add_ms(loop_clock(), ms);
	while (mono_time_before(loop_clock(), until))
		assert_int_equal(loop_turn(loop, 5, &error), ERR_OK);
}

static void listen_to(const char *const *known, uint32_t count)
{
	static const uint16_t ports[] = {PORT, PORT + 1};
	struct sockaddr_storage list[4];
	for (uint32_t i = 0; i < count; i++)
		list[i] = address(known[i], 0);
	enum err e = strangers_listen(strangers, ports, 2, list, count, &error);
	if (e != ERR_OK)
		fail_msg("%s", error.text);
}

static int set_up(void **state)
{
	const struct strangers_options options = {.arg = &seen, .seen = on_seen};
	(void)state;
	seen = 0;
	assert_int_equal(loop_open(&loop, &error), ERR_OK);
	return strangers_open(loop, &options, &strangers, &error) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	strangers_close(strangers);
	strangers_close(NULL);
	loop_close(loop);
	return 0;
}

static void test_who_is_seen(void **state)
{
	static const char *const known[] = {"127.0.0.1", "127.0.0.2"};
	static char large[1000];
	(void)state;
	listen_to(known, 2);
	send_from("127.0.0.2", "127.0.0.1", PORT, "a friend");
	send_from("127.0.0.9", "127.0.0.1", OTHER_PORT, "another port");
	run_for(30);
	assert_int_equal(seen, 0);
	send_from("127.0.0.9", "127.0.0.1", PORT + 1, "hello");
	run_for(30);
	assert_int_equal(seen, 1);
	assert_string_equal(last_from, "127.0.0.9");
	assert_int_equal(last_port, PORT + 1);
	assert_int_equal(last_len, 5);
	assert_memory_equal(last_packet, "hello", 5);
	memset(large, 'x', sizeof large - 1);
	send_from("127.0.0.9", "127.0.0.1", PORT, large);
	run_for(30);
	assert_int_equal(seen, 2);
	assert_in_range(last_len, 64, 128); /* its begin */
}

static void test_ipv6(void **state)
{
	static const char *const known[] = {"::1"};
	(void)state;
	listen_to(known, 1);
	send_from("::1", "::1", PORT, "ourselves");
	send_from("127.0.0.9", "127.0.0.1", PORT, "nobody here has IPv4");
	run_for(30);
	assert_int_equal(seen, 0);
	static const char *const other[] = {"fd00::1"};
	listen_to(other, 1);
	send_from("::1", "::1", PORT, "hello");
	run_for(30);
	assert_int_equal(seen, 1);
	assert_string_equal(last_from, "::1");
	assert_int_equal(last_len, 5);
}

static void test_rests_after_a_while_and_when_it_is_enough(void **state)
{
	static const char *const known[] = {"127.0.0.1"};
	(void)state;
	for (int i = 0; i < 3 * STRANGERS_PACKETS_MAX; i++)
		send_from("127.0.0.9", "127.0.0.1", PORT, "before");
	listen_to(known, 1);
	for (int i = 0; i < 3 * STRANGERS_PACKETS_MAX; i++)
		send_from("127.0.0.9", "127.0.0.1", PORT, "hello");
	run_for(100);
	assert_int_equal(seen, STRANGERS_PACKETS_MAX);
	listen_to(known, 1);
	run_for(STRANGERS_LISTEN_MS + 50);
	seen = 0;
	send_from("127.0.0.9", "127.0.0.1", PORT, "too late");
	run_for(50);
	assert_int_equal(seen, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_who_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ipv6, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rests_after_a_while_and_when_it_is_enough, set_up, tear_down),
	};
	if (!netns_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
