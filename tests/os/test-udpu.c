/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"
#include "os/resolve.h"
#include "os/udpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PEERS = 3 };

struct peer {
	struct transport *t;
	uint32_t received;
	size_t last_len;
	uint8_t last_first;
	uint32_t strangers;
	char stranger[TRANSPORT_ADDRESS_TEXT];
};

static struct loop *loop;
static struct peer peers[PEERS + 1];
static struct error error;

static void ok(enum err e)
{
	if (e != ERR_OK)
		fail_msg("%s", error.text);
}

static void on_receive(void *arg, struct bytes frame)
{
	struct peer *p = arg;
	p->received++;
	p->last_len = frame.len;
	p->last_first = frame.data[0];
}

static void on_stranger(void *arg, enum transport_stranger what, const char *address)
{
	struct peer *p = arg;
	assert_int_equal(what, TRANSPORT_STRANGER_UNLISTED);
	p->strangers++;
	snprintf(p->stranger, sizeof p->stranger, "%s", address);
}

static struct transport_link link_of(uint32_t from, uint32_t to)
{
	struct transport_link link = {0};
	char ip[32];
	snprintf(ip, sizeof ip, "127.0.0.%u", from);
	ok(resolve_host(ip, IP_4, &link.local, &error));
	snprintf(ip, sizeof ip, "127.0.0.%u", to);
	ok(resolve_host(ip, IP_4, &link.remote, &error));
	sockaddr_set_port(&link.local, 5405);
	sockaddr_set_port(&link.remote, 5405);
	return link;
}

static void connect_to(uint32_t from, uint32_t to)
{
	struct transport_link link = link_of(from, to);
	ok(transport_node_add(peers[from].t, node_id_of(to), &error));
	ok(transport_link_set(peers[from].t, node_id_of(to), &link, &error));
}

static int set_up(void **state)
{
	(void)state;
	ok(loop_open(&loop, &error));
	for (uint32_t i = 1; i <= PEERS; i++) {
		peers[i] = (struct peer){0};
		struct udpu_options options = {.self = node_id_of(i), .block_unlisted_ips = true, .mtu = 1500};
		struct transport_handlers handlers = {.arg = &peers[i], .receive = on_receive, .stranger = on_stranger};
		ok(udpu_open(loop, &options, &handlers, &peers[i].t, &error));
		assert_int_equal(transport_start(peers[i].t, &error), ERR_INVALID);
		connect_to(i, i);
		ok(transport_start(peers[i].t, &error));
	}
	/* The third knows all, but the second does not know it. */
	connect_to(1, 2);
	connect_to(1, 3);
	connect_to(2, 1);
	connect_to(3, 1);
	connect_to(3, 2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= PEERS; i++)
		transport_close(peers[i].t);
	loop_close(loop);
	return 0;
}

static void run_for(uint32_t ms)
{
	mono_time until = mono_time_add_ms(loop_clock(), ms);
	while (mono_time_before(loop_clock(), until))
		ok(loop_turn(loop, 5, &error));
}

static void test_to_all_but_ourselves(void **state)
{
	static uint8_t frame[1455];
	(void)state;
	frame[0] = 42;
	transport_send_all(peers[1].t, bytes_of(frame, sizeof frame));
	run_for(50);
	assert_int_equal(peers[1].received, 0);
	for (uint32_t i = 2; i <= 3; i++) {
		assert_int_equal(peers[i].received, 1);
		assert_int_equal(peers[i].last_len, sizeof frame);
		assert_int_equal(peers[i].last_first, 42);
	}
}

static void test_to_one(void **state)
{
	(void)state;
	transport_send_to(peers[1].t, node_id_of(3), bytes_of("token", 5));
	transport_send_to(peers[1].t, node_id_of(9), bytes_of("nobody", 6));
	transport_send_to(peers[1].t, node_id_of(1), bytes_of("self", 4));
	run_for(50);
	assert_int_equal(peers[1].received + peers[2].received, 0);
	assert_int_equal(peers[3].received, 1);
	assert_int_equal(peers[3].last_len, 5);
}

static void test_strangers_are_not_heard(void **state)
{
	(void)state;
	transport_send_all(peers[3].t, bytes_of("x", 1));
	run_for(50);
	assert_int_equal(peers[1].received, 1);
	assert_int_equal(peers[2].received, 0);
	assert_int_equal(peers[1].strangers, 0);
	assert_int_equal(peers[2].strangers, 1);
	assert_string_equal(peers[2].stranger, "127.0.0.3");
}

static void test_changes(void **state)
{
	(void)state;
	transport_node_remove(peers[1].t, node_id_of(2));
	transport_link_remove(peers[1].t, node_id_of(3), 0);
	transport_send_all(peers[1].t, bytes_of("x", 1));
	run_for(50);
	assert_int_equal(peers[2].received + peers[3].received, 0);
	connect_to(1, 2);
	transport_send_all(peers[1].t, bytes_of("x", 1));
	run_for(50);
	assert_int_equal(peers[2].received, 1);
	/* Nobody is there any more: what comes back does not disturb the next. */
	transport_close(peers[2].t);
	peers[2].t = NULL;
	connect_to(1, 3);
	for (int i = 0; i < 3; i++) {
		transport_send_all(peers[1].t, bytes_of("x", 1));
		run_for(20);
	}
	assert_int_equal(peers[3].received, 3);
}

static void test_status(void **state)
{
	struct transport_node_status s;
	struct transport_stat stats[4];
	(void)state;
	assert_int_equal(transport_node_status(peers[1].t, node_id_of(9), &s), ERR_NOT_FOUND);
	assert_int_equal(transport_node_status(peers[1].t, node_id_of(2), &s), ERR_OK);
	assert_true(s.links[0].configured && s.links[0].enabled);
	assert_string_equal(s.links[0].src_ip, "127.0.0.2");
	assert_int_equal(s.links[0].mtu, 1500);
	assert_int_equal(transport_node_status(peers[1].t, node_id_of(1), &s), ERR_OK);
	assert_true(s.reachable);
	assert_string_equal(s.links[0].src_ip, "127.0.0.1");
	assert_int_equal(transport_link_stats(peers[1].t, node_id_of(2), 0, stats, 4), 0);
	assert_int_equal(transport_handle_stats(peers[1].t, stats, 4), 0);
	transport_stats_clear(peers[1].t);
}

/* What the system does not take is counted until it takes something again. */
static void test_failures(void **state)
{
	struct transport_link link = link_of(1, 3);
	(void)state;
	assert_int_equal(transport_failures(peers[1].t), 0);
	ok(resolve_host("192.0.2.9", IP_4, &link.remote, &error)); /* there is no way to it */
	ok(transport_link_set(peers[1].t, node_id_of(3), &link, &error));
	for (uint32_t i = 1; i <= 40; i++) {
		transport_send_to(peers[1].t, node_id_of(3), bytes_of("x", 1));
		assert_int_equal(transport_failures(peers[1].t), i);
	}
	transport_send_to(peers[1].t, node_id_of(2), bytes_of("x", 1));
	assert_int_equal(transport_failures(peers[1].t), 0);
}

static void test_what_is_refused(void **state)
{
	struct transport_link link = link_of(1, 2);
	(void)state;
	assert_int_equal(transport_link_set(peers[1].t, node_id_of(9), &link, &error), ERR_NOT_FOUND);
	assert_int_equal(transport_node_add(peers[1].t, node_id_of(0), &error), ERR_INVALID);
	link.number = 1;
	assert_int_equal(transport_link_set(peers[1].t, node_id_of(2), &link, &error), ERR_UNSUPPORTED);
	/* The second's address is taken. */
	link = link_of(2, 2);
	assert_int_equal(transport_link_set(peers[1].t, node_id_of(1), &link, &error), ERR_EXISTS);
	assert_non_null(strstr(error.text, "127.0.0.2 port 5405"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_to_all_but_ourselves),
		TEST(test_to_one),
		TEST(test_strangers_are_not_heard),
		TEST(test_changes),
		TEST(test_status),
		TEST(test_failures),
		TEST(test_what_is_refused),
	};
	if (!netns_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
