/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes of knet on loopback addresses, all in one loop. */
#include "netns.h"
#include "os/knet-burst.h"
#include "os/knet.h"
#include "os/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PEERS = 3, FRAMES = 512 };

struct peer {
	struct transport *t;
	node_id id;
	uint32_t received;
	uint32_t numbers[FRAMES]; /* the first bytes after the target */
	size_t last_len;
	bool last_intact;
	bool reachable[PEERS + 1];
	uint32_t changes;
};

struct net {
	struct loop *loop;
	struct peer peers[PEERS];
	uint32_t count;
};

static uint8_t frame_memory[FRAME_MAX];

/* A frame as the filter reads it: target at 9, a number at 13, then a pattern. */
static struct bytes frame_of(node_id target, uint32_t number, size_t len)
{
	struct writer w = writer_of(frame_memory, sizeof frame_memory);
	write_zero(&w, 9);
	write_u32(&w, target.v);
	write_u32(&w, number);
	for (size_t i = w.len; i < len; i++)
		frame_memory[i] = (uint8_t)(i * 7);
	return bytes_of(frame_memory, len);
}

static void on_receive(void *arg, struct bytes frame)
{
	struct peer *p = arg;
	struct reader r = reader_of(frame);
	read_seek(&r, 13);
	p->numbers[p->received++ % FRAMES] = read_u32(&r);
	p->last_len = frame.len;
	p->last_intact = !r.failed;
	for (size_t i = 17; i < frame.len; i++)
		p->last_intact &= frame.data[i] == (uint8_t)(i * 7);
}

static void on_reachable(void *arg, node_id node, bool reachable)
{
	struct peer *p = arg;
	assert_in_range(node.v, 1, PEERS);
	p->reachable[node.v] = reachable;
	p->changes++;
}

static void on_log(void *arg, enum level level, const char *text)
{
	struct peer *p = arg;
	if (getenv("KNET_LOG"))
		fprintf(stderr, "node %u [%d] %s\n", p->id.v, level, text);
}

static void ok(enum err e, struct error *error)
{
	if (e != ERR_OK)
		fail_msg("%s", error->text);
}

static struct sockaddr_storage address_of(uint32_t node)
{
	char text[32];
	struct sockaddr_storage a;
	struct error error;
	snprintf(text, sizeof text, "127.0.0.%u", node);
	ok(resolve_host(text, IP_4, &a, &error), &error);
	sockaddr_set_port(&a, 5405);
	return a;
}

static struct transport_link link_to(uint32_t from, uint32_t to)
{
	return (struct transport_link){.local = address_of(from),
				       .remote = address_of(to),
				       .priority = 1,
				       .ping_interval_ms = 50,
				       .ping_timeout_ms = 200,
				       .ping_precision = 2048,
				       .pong_count = 1};
}

static uint32_t path_mtu; /* of all peers that are opened; 0: what knet finds out */

static void peer_open(struct net *n, uint32_t id)
{
	struct peer *p = &n->peers[id - 1];
	struct error error;
	*p = (struct peer){.id = node_id_of(id)};
	struct knet_options options = {.self = p->id,
				       .block_unlisted_ips = true,
				       .allow_unprivileged = true,
				       .pmtud_interval_s = 5,
				       .mtu = path_mtu};
	struct transport_handlers handlers = {
		.arg = p, .receive = on_receive, .reachable = on_reachable, .log = on_log};
	ok(knet_open(n->loop, &options, &handlers, &p->t, &error), &error);
}

static void peer_connect(struct net *n, uint32_t from, uint32_t to)
{
	struct error error;
	struct transport_link link = link_to(from, to);
	struct transport *t = n->peers[from - 1].t;
	ok(transport_node_add(t, node_id_of(to), &error), &error);
	ok(transport_link_set(t, node_id_of(to), &link, &error), &error);
}

static void net_open(struct net *n, uint32_t count, const struct knet_crypto *crypto)
{
	struct error error;
	*n = (struct net){.count = count};
	ok(loop_open(&n->loop, &error), &error);
	for (uint32_t i = 1; i <= count; i++) {
		peer_open(n, i);
		if (crypto)
			ok(knet_crypto_start(n->peers[i - 1].t, crypto, &error), &error);
		ok(transport_start(n->peers[i - 1].t, &error), &error);
	}
	for (uint32_t i = 1; i <= count; i++) {
		for (uint32_t j = 1; j <= count; j++)
			peer_connect(n, i, j);
	}
}

static void net_close(struct net *n)
{
	for (uint32_t i = 0; i < n->count; i++)
		transport_close(n->peers[i].t);
	loop_close(n->loop);
}

/* Turns the loop until done says so; false after wait_ms. */
static bool net_wait(struct net *n, bool (*done)(const struct net *n), uint32_t wait_ms)
{
	struct error error;
	mono_time until = mono_time_add_ms(loop_clock(), wait_ms);
	while (!done(n)) {
		if (!mono_time_before(loop_clock(), until))
			return false;
		ok(loop_turn(n->loop, 10, &error), &error);
	}
	return true;
}

static bool all_reachable(const struct net *n)
{
	for (uint32_t i = 1; i <= n->count; i++) {
		for (uint32_t j = 1; j <= n->count; j++) {
			if (i != j && !n->peers[i - 1].reachable[j])
				return false;
		}
	}
	return true;
}

static bool never(const struct net *n)
{
	(void)n;
	return false;
}

static uint32_t wanted; /* frames at each node but the first */

static bool others_have_all(const struct net *n)
{
	for (uint32_t i = 1; i < n->count; i++) {
		if (n->peers[i].received < wanted)
			return false;
	}
	return true;
}

static void test_two_nodes(void **state)
{
	(void)state;
	struct net n;
	net_open(&n, 2, NULL);
	assert_true(net_wait(&n, all_reachable, 5000));
	wanted = 1;
	transport_send_all(n.peers[0].t, frame_of(node_id_of(0), 7, 100));
	assert_true(net_wait(&n, others_have_all, 1000));
	assert_int_equal(n.peers[1].numbers[0], 7);
	transport_send_to(n.peers[0].t, node_id_of(2), frame_of(node_id_of(2), 8, 57));
	wanted = 2;
	assert_true(net_wait(&n, others_have_all, 1000));
	assert_int_equal(n.peers[1].numbers[1], 8);
	assert_int_equal(n.peers[1].last_len, 57);
	(void)net_wait(&n, never, 50);
	assert_int_equal(n.peers[0].received, 0);
	net_close(&n);
}

static void test_three_nodes_keep_order(void **state)
{
	(void)state;
	struct net n;
	net_open(&n, 3, NULL);
	assert_true(net_wait(&n, all_reachable, 5000));
	/* The token must not overtake messages: to all, to one, to all. */
	for (uint32_t i = 0; i < 60; i++) {
		if (i % 3 == 2) {
			transport_send_to(n.peers[0].t, node_id_of(2), frame_of(node_id_of(2), i, 80));
			transport_send_to(n.peers[0].t, node_id_of(3), frame_of(node_id_of(3), i, 80));
		} else {
			transport_send_all(n.peers[0].t, frame_of(node_id_of(0), i, 1400));
		}
	}
	wanted = 60;
	assert_true(net_wait(&n, others_have_all, 2000));
	(void)net_wait(&n, never, 50);
	for (uint32_t p = 1; p < 3; p++) {
		assert_int_equal(n.peers[p].received, 60);
		for (uint32_t i = 0; i < 60; i++)
			assert_int_equal(n.peers[p].numbers[i], i);
	}
	assert_int_equal(n.peers[0].received, 0);
	net_close(&n);
}

static void test_big_frames(void **state)
{
	static const size_t sizes[] = {17, 1500, 32768, 65446 + 45, FRAME_MAX};
	struct net n;
	(void)state;
	net_open(&n, 2, NULL);
	assert_true(net_wait(&n, all_reachable, 5000));
	for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		transport_send_all(n.peers[0].t, frame_of(node_id_of(0), i, sizes[i]));
		wanted = i + 1;
		assert_true(net_wait(&n, others_have_all, 1000));
		assert_int_equal(n.peers[1].last_len, sizes[i]);
		assert_true(n.peers[1].last_intact);
	}
	net_close(&n);
}

static uint64_t wanted_together;

static bool enough_together(const struct net *n)
{
	(void)n;
	return knet_burst_counts().sent_together >= wanted_together;
}

/* Many datagrams, few calls: at both ends, and by either way out (our own thread, knet's). */
static void test_pieces_of_frames_go_together(void **state)
{
	struct net n;
	(void)state;
	path_mtu = 1400;
	net_open(&n, 2, NULL);
	path_mtu = 0;
	assert_true(net_wait(&n, all_reachable, 5000));
	for (uint32_t i = 0; i < 4; i++) {
		static const size_t sizes[] = {40, 40, 30000, 60000};
		struct knet_burst_counts before = knet_burst_counts(), after;
		transport_send_all(n.peers[0].t, frame_of(node_id_of(0), i, sizes[i]));
		wanted = i + 1;
		assert_true(net_wait(&n, others_have_all, 5000));
		assert_int_equal(n.peers[1].last_len, sizes[i]);
		assert_true(n.peers[1].last_intact);
		/* The sending thread counts a moment after the frame is here. */
		wanted_together = before.sent_together + sizes[i] / 1400;
		assert_true(net_wait(&n, enough_together, 5000));
		after = knet_burst_counts();
		assert_in_range(after.sent_together - before.sent_together, sizes[i] / 1400, sizes[i] / 300);
		assert_in_range(after.received_together - before.received_together, sizes[i] / 1400, sizes[i] / 300);
	}
	net_close(&n);
}

static uint8_t key_memory[2][1024];

static struct knet_crypto crypto_of(uint8_t key)
{
	memset(key_memory[key], 'a' + key, sizeof key_memory[key]);
	return (struct knet_crypto){.model = knet_has_crypto("nss") ? "nss" : "openssl",
				    .cipher = "aes256",
				    .hash = "sha256",
				    .key = bytes_of(key_memory[key], sizeof key_memory[key])};
}

static void exchange(struct net *n, uint32_t number)
{
	n->peers[1].received = 0;
	wanted = 1;
	transport_send_all(n->peers[0].t, frame_of(node_id_of(0), number, 65446 + 45));
	assert_true(net_wait(n, others_have_all, 1000));
	assert_int_equal(n->peers[1].numbers[0], number);
	assert_true(n->peers[1].last_intact);
}

static void test_crypto_and_its_change(void **state)
{
	(void)state;
	struct net n;
	struct error error;
	struct knet_crypto first = crypto_of(0), second = crypto_of(1);
	struct knet_crypto clear = {.model = "nss", .cipher = "none", .hash = "none"};
	const struct knet_crypto *steps[] = {&second, &clear, &first};
	net_open(&n, 2, &first);
	assert_true(net_wait(&n, all_reachable, 5000));
	exchange(&n, 1);
	for (uint32_t i = 0; i < 3; i++) {
		for (int p = 0; p < 2; p++)
			ok(knet_crypto_prepare(n.peers[p].t, steps[i], &error), &error);
		if (i == 1) {
			assert_int_equal(knet_crypto_prepare(n.peers[0].t, steps[i], &error), ERR_AGAIN);
			assert_true(knet_crypto_changes(n.peers[0].t));
			knet_crypto_cancel(n.peers[0].t); /* and once more */
			assert_false(knet_crypto_changes(n.peers[0].t));
			ok(knet_crypto_prepare(n.peers[0].t, steps[i], &error), &error);
		}
		exchange(&n, 10 * i + 2);
		for (int p = 0; p < 2; p++) {
			ok(knet_crypto_use(n.peers[p].t, &error), &error);
			exchange(&n, 10 * i + 3);
		}
		for (int p = 0; p < 2; p++)
			ok(knet_crypto_drop(n.peers[p].t, &error), &error);
		exchange(&n, 10 * i + 4);
	}
	assert_true(all_reachable(&n));
	net_close(&n);
}

static void test_wrong_key_hears_nothing(void **state)
{
	(void)state;
	struct net n;
	struct error error;
	struct knet_crypto first = crypto_of(0), second = crypto_of(1);
	n = (struct net){.count = 2};
	ok(loop_open(&n.loop, &error), &error);
	peer_open(&n, 1);
	peer_open(&n, 2);
	ok(knet_crypto_start(n.peers[0].t, &first, &error), &error);
	ok(knet_crypto_start(n.peers[1].t, &second, &error), &error);
	for (uint32_t i = 1; i <= 2; i++) {
		ok(transport_start(n.peers[i - 1].t, &error), &error);
		peer_connect(&n, i, 3 - i);
	}
	assert_false(net_wait(&n, all_reachable, 600));
	assert_int_equal(n.peers[0].changes + n.peers[1].changes, 0);
	struct knet_crypto bad = first;
	bad.key.len = 100;
	assert_int_equal(knet_crypto_prepare(n.peers[0].t, &bad, &error), ERR_INVALID);
	bad = first;
	bad.cipher = "rot13";
	assert_int_equal(knet_crypto_prepare(n.peers[0].t, &bad, &error), ERR_INVALID);
	net_close(&n);
}

static bool first_lost_second(const struct net *n)
{
	return !n->peers[0].reachable[2];
}

static void test_nodes_come_and_go(void **state)
{
	(void)state;
	struct net n;
	net_open(&n, 2, NULL);
	assert_true(net_wait(&n, all_reachable, 5000));
	/* The peer dies: knet notices. */
	transport_close(n.peers[1].t);
	assert_true(net_wait(&n, first_lost_second, 3000));
	peer_open(&n, 2);
	struct error error;
	ok(transport_start(n.peers[1].t, &error), &error);
	peer_connect(&n, 2, 1);
	assert_true(net_wait(&n, all_reachable, 5000));
	exchange(&n, 5);
	/* It is taken out of the configuration, and put back. */
	transport_node_remove(n.peers[0].t, node_id_of(2));
	assert_false(n.peers[0].reachable[2]);
	struct transport_node_status s;
	assert_int_equal(transport_node_status(n.peers[0].t, node_id_of(2), &s), ERR_NOT_FOUND);
	peer_connect(&n, 1, 2);
	assert_true(net_wait(&n, all_reachable, 5000));
	exchange(&n, 6);
	net_close(&n);
}

static uint64_t stat_of(const struct transport_stat *stats, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(stats[i].name, name) == 0)
			return stats[i].value;
	}
	fail_msg("there is no number called %s", name);
	return 0;
}

static void test_status_and_statistics(void **state)
{
	(void)state;
	struct net n;
	struct transport_node_status s;
	struct transport_stat stats[TRANSPORT_STATS_MAX];
	net_open(&n, 2, NULL);
	assert_true(net_wait(&n, all_reachable, 5000));
	exchange(&n, 1);
	assert_int_equal(transport_node_status(n.peers[0].t, node_id_of(2), &s), ERR_OK);
	assert_true(s.reachable && s.links[0].configured && s.links[0].enabled && s.links[0].connected);
	assert_false(s.links[1].configured);
	assert_string_equal(s.links[0].src_ip, "127.0.0.1");
	assert_string_equal(s.links[0].dst_ip, "127.0.0.2");
	assert_int_equal(transport_node_status(n.peers[0].t, node_id_of(1), &s), ERR_OK);
	assert_true(s.reachable && s.links[0].connected);
	assert_string_equal(s.links[0].src_ip, "127.0.0.1");
	uint32_t count = transport_link_stats(n.peers[0].t, node_id_of(2), 0, stats, TRANSPORT_STATS_MAX);
	assert_int_equal(count, 39);
	assert_int_equal(stat_of(stats, count, "connected"), 1);
	assert_in_range(stat_of(stats, count, "tx_data_bytes"), 65446 + 45, 70000);
	assert_int_equal(transport_link_stats(n.peers[0].t, node_id_of(2), 1, stats, TRANSPORT_STATS_MAX), 0);
	transport_count_own(n.peers[0].t, 100);
	count = transport_link_stats(n.peers[0].t, node_id_of(1), 0, stats, TRANSPORT_STATS_MAX);
	assert_int_equal(count, 39);
	assert_int_equal(stat_of(stats, count, "mtu"), 65535);
	assert_int_equal(stat_of(stats, count, "up_count"), 1);
	assert_int_equal(stat_of(stats, count, "tx_data_packets"), 1);
	assert_int_equal(stat_of(stats, count, "tx_total_bytes"), 100);
	assert_int_equal(transport_failures(n.peers[0].t), 0);
	transport_count_sent(n.peers[0].t, false);
	assert_int_equal(transport_failures(n.peers[0].t), 1);
	count = transport_handle_stats(n.peers[0].t, stats, TRANSPORT_STATS_MAX);
	assert_int_equal(count, 22);
	transport_stats_clear(n.peers[0].t);
	count = transport_link_stats(n.peers[0].t, node_id_of(2), 0, stats, TRANSPORT_STATS_MAX);
	assert_int_equal(stat_of(stats, count, "tx_data_bytes"), 0);
	count = transport_link_stats(n.peers[0].t, node_id_of(1), 0, stats, TRANSPORT_STATS_MAX);
	assert_int_equal(stat_of(stats, count, "tx_data_bytes"), 0);
	net_close(&n);
}

static void test_bad_options(void **state)
{
	(void)state;
	struct net n = {0};
	struct error error;
	struct transport *t;
	ok(loop_open(&n.loop, &error), &error);
	struct transport_handlers handlers = {.receive = on_receive};
	struct knet_options options = {.self = node_id_of(70000), .pmtud_interval_s = 5, .allow_unprivileged = true};
	assert_int_equal(knet_open(n.loop, &options, &handlers, &t, &error), ERR_INVALID);
	options.self = node_id_of(1);
	options.dscp = 3;
	assert_int_equal(knet_open(n.loop, &options, &handlers, &t, &error), ERR_UNSUPPORTED);
	options.dscp = 0;
	ok(knet_open(n.loop, &options, &handlers, &t, &error), &error);
	assert_int_equal(transport_node_add(t, node_id_of(65536), &error), ERR_INVALID);
	struct transport_link link = link_to(1, 2);
	assert_int_equal(transport_link_set(t, node_id_of(2), &link, &error), ERR_NOT_FOUND);
	assert_int_equal(knet_has_compression("no-such"), false);
	struct knet_compression c = {.model = "no-such"};
	assert_int_equal(knet_compression_set(t, &c, &error), ERR_INVALID);
	transport_close(t);
	loop_close(n.loop);
}

static void test_changes_at_run_time(void **state)
{
	(void)state;
	struct net n;
	struct error error;
	net_open(&n, 2, NULL);
	assert_true(net_wait(&n, all_reachable, 5000));
	struct knet_options options = {
		.self = node_id_of(1), .mode = KNET_ACTIVE, .pmtud_interval_s = 7, .mtu = 1400, .debug = true};
	ok(knet_change(n.peers[0].t, &options, &error), &error);
	options.dscp = 1;
	assert_int_equal(knet_change(n.peers[0].t, &options, &error), ERR_UNSUPPORTED);
	/* Other timers, same path: the link stays up. Another path: it is made anew. */
	struct transport_link link = link_to(1, 2);
	uint32_t changes = n.peers[0].changes;
	link.ping_timeout_ms = 300;
	ok(transport_link_set(n.peers[0].t, node_id_of(2), &link, &error), &error);
	exchange(&n, 3);
	assert_int_equal(n.peers[0].changes, changes);
	sockaddr_set_port(&link.local, 5407);
	ok(transport_link_set(n.peers[0].t, node_id_of(2), &link, &error), &error);
	transport_link_remove(n.peers[0].t, node_id_of(2), 0);
	(void)net_wait(&n, never, 20);
	assert_false(n.peers[0].reachable[2]);
	net_close(&n);
}

static uint32_t resident_kb(void)
{
	char line[256];
	uint32_t kb = 0;
	FILE *f = fopen("/proc/self/status", "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "VmRSS: %u", &kb) == 1)
			break;
	}
	fclose(f);
	return kb;
}

/* Must run first: other tests leave memory behind that the next handle uses again. */
static void test_memory_stays_small(void **state)
{
	(void)state;
	struct net n;
	uint32_t before = resident_kb();
	net_open(&n, 1, NULL);
	uint32_t after = resident_kb();
	print_message("resident: %u kB before, %u kB with knet open\n", before, after);
#if !defined(SANITIZED)
	assert_in_range(after - before, 0, 10 * 1024);
#endif
	net_close(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_stays_small),
		cmocka_unit_test(test_two_nodes),
		cmocka_unit_test(test_three_nodes_keep_order),
		cmocka_unit_test(test_big_frames),
		cmocka_unit_test(test_pieces_of_frames_go_together),
		cmocka_unit_test(test_crypto_and_its_change),
		cmocka_unit_test(test_wrong_key_hears_nothing),
		cmocka_unit_test(test_nodes_come_and_go),
		cmocka_unit_test(test_status_and_statistics),
		cmocka_unit_test(test_changes_at_run_time),
		cmocka_unit_test(test_bad_options),
	};
	if (!netns_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
