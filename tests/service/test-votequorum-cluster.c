/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripted lives of small clusters. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "cluster.h"

#include <stdio.h>

static struct cluster c;

static uint32_t nodes_configured;
static const char *const *flags_configured; /* "two_node", ..., NULL */
static uint32_t device_votes_configured, expected_configured;
static const char *tie_configured;

static void configure(struct map *m, node_id id)
{
	char key[64];

	for (uint32_t i = 0; i < nodes_configured; i++) {
		snprintf(key, sizeof key, "nodelist.node.%u.nodeid", i);
		map_put_u32(m, key, i + 1);
	}
	map_put_u32(m, "nodelist.local_node_pos", id.v - 1);
	for (const char *const *f = flags_configured; f && *f; f++) {
		snprintf(key, sizeof key, "quorum.%s", *f);
		map_put_u8(m, key, 1);
	}
	if (tie_configured)
		map_put_string(m, "quorum.auto_tie_breaker_node", tie_configured);
	if (expected_configured)
		map_put_u32(m, "quorum.expected_votes", expected_configured);
	if (device_votes_configured) {
		map_put_string(m, "quorum.device.model", "net");
		map_put_u32(m, "quorum.device.votes", device_votes_configured);
	}
}

static void begin(uint32_t nodes, const char *const *flags)
{
	nodes_configured = nodes;
	flags_configured = flags;
	cluster_init(&c, configure);
}

#define BEGIN(nodes, ...) begin(nodes, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static int end(void **state)
{
	(void)state;
	cluster_fini(&c);
	device_votes_configured = expected_configured = 0;
	tie_configured = NULL;
	return 0;
}

static void quorate(const char *ids)
{
	assert_string_equal(cluster_quorate(&c), ids);
}

static void counts(uint32_t id, uint32_t expected, uint32_t total, uint32_t quorum)
{
	struct cluster_info i = cluster_info(&c, id, 0);

	assert_int_equal(i.expected, expected);
	assert_int_equal(i.total, total);
	assert_int_equal(i.quorum, quorum);
}

static void three_nodes_need_a_majority(void **state)
{
	(void)state;
	BEGIN(3);
	cluster_start(&c, "123");
	cluster_form(&c, "1");
	cluster_form(&c, "2");
	quorate("");
	counts(1, 3, 1, 2);
	cluster_form(&c, "12");
	quorate("12");
	cluster_form(&c, "123");
	quorate("123");
	counts(3, 3, 3, 2);
	cluster_ring(&c, "12");
	cluster_ring(&c, "3");
	cluster_run(&c);
	quorate("12");
	cluster_ring(&c, "1");
	cluster_ring(&c, "23");
	cluster_run(&c);
	quorate("23");
	cluster_kill(&c, "3");
	cluster_form(&c, "2");
	quorate("");
	cluster_start(&c, "3");
	cluster_form(&c, "123");
	quorate("123");
	assert_int_equal(cluster_info(&c, 1, 3).state, VOTEQUORUM_MEMBER);
	cluster_kill(&c, "3");
	cluster_form(&c, "12");
	assert_int_equal(cluster_info(&c, 1, 3).state, VOTEQUORUM_DEAD);
}

static void a_ring_that_breaks_early_changes_nothing(void **state)
{
	(void)state;
	for (uint64_t cut = 0; cut < 40; cut++) {
		BEGIN(3);
		cluster_start(&c, "123");
		cluster_ring(&c, "123");
		cluster_run_some(&c, cut);
		cluster_ring(&c, "12");
		cluster_run_some(&c, cut);
		cluster_ring(&c, "3");
		cluster_run(&c);
		quorate("12");
		cluster_ring(&c, "123");
		cluster_run_some(&c, cut);
		cluster_ring(&c, "1");
		cluster_ring(&c, "23");
		cluster_run(&c);
		quorate("23");
		counts(1, 3, 1, 2);
		counts(2, 3, 2, 2);
		cluster_fini(&c);
	}
}

static void two_nodes_wait_for_each_other_once(void **state)
{
	(void)state;
	BEGIN(2, "two_node");
	cluster_start(&c, "1");
	cluster_form(&c, "1");
	quorate("");
	assert_int_equal(cluster_info(&c, 1, 0).flags, 1 | 4);
	cluster_start(&c, "2");
	cluster_form(&c, "12");
	quorate("12");
	counts(1, 2, 2, 1);
	cluster_ring(&c, "1");
	cluster_ring(&c, "2");
	cluster_run(&c);
	quorate("12"); /* fencing decides */
	cluster_kill(&c, "2");
	cluster_start(&c, "2");
	cluster_form(&c, "2");
	quorate("1"); /* alone after its start it waits */
	cluster_form(&c, "12");
	quorate("12");
}

static void wait_for_all_counts_the_votes(void **state)
{
	(void)state;
	BEGIN(3, "wait_for_all");
	cluster_start(&c, "123");
	cluster_form(&c, "12");
	quorate("");
	cluster_form(&c, "123");
	quorate("123");
	cluster_kill(&c, "3");
	cluster_form(&c, "12");
	quorate("12");
	cluster_kill(&c, "2");
	cluster_form(&c, "1");
	quorate("");
	cluster_start(&c, "2");
	cluster_form(&c, "12");
	quorate(""); /* quorum was lost: it waits again */
	cluster_start(&c, "3");
	cluster_form(&c, "123");
	quorate("123");
	cluster_kill(&c, "3");
	cluster_form(&c, "12");
	cluster_start(&c, "3");
	cluster_ring(&c, "123"); /* who waits joins who does not */
	cluster_run(&c);
	quorate("123");
}

static void a_waiting_node_takes_the_word_of_a_quorate_one(void **state)
{
	(void)state;
	BEGIN(4, "wait_for_all");
	cluster_start(&c, "1234");
	cluster_form(&c, "1234");
	cluster_kill(&c, "34");
	cluster_form(&c, "12");
	quorate(""); /* 2 of 4 */
	cluster_start(&c, "34");
	cluster_form(&c, "1234");
	quorate("1234");
	cluster_kill(&c, "4");
	cluster_form(&c, "123");
	quorate("123");
	cluster_kill(&c, "3");
	cluster_start(&c, "3");
	cluster_form(&c, "123");
	quorate("123"); /* not all four are here, but 1 and 2 are quorate and do not wait */
}

static void an_exchange_of_nodes_does_not_begin_the_waiting_again(void **state)
{
	(void)state;
	BEGIN(3, "wait_for_all");
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	cluster_ring(&c, "13");
	cluster_ring(&c, "2");
	cluster_run(&c);
	quorate("13");
	cluster_ring(&c, "12");
	cluster_ring(&c, "3");
	cluster_run(&c);
	quorate("12");
}

static void waiting_can_be_cancelled(void **state)
{
	(void)state;
	BEGIN(2, "two_node");
	cluster_start(&c, "1");
	cluster_form(&c, "1");
	quorate("");
	map_put_u8(&c.nodes[1].map, "quorum.cancel_wait_for_all", 1);
	cluster_reconfigure(&c, 1);
	cluster_run(&c);
	quorate("1");
	uint8_t v = 9;
	assert_true(map_get_u8(&c.nodes[1].map, "quorum.cancel_wait_for_all", &v));
	assert_int_equal(v, 0);
	assert_true(map_get_u8(&c.nodes[1].map, "runtime.votequorum.wait_for_all_status", &v));
	assert_int_equal(v, 0);
}

static void the_half_with_the_lowest_node_wins(void **state)
{
	(void)state;
	BEGIN(4, "auto_tie_breaker");
	cluster_start(&c, "1234");
	cluster_form(&c, "12");
	quorate(""); /* there has never been a majority */
	cluster_form(&c, "1234");
	quorate("1234");
	cluster_ring(&c, "14");
	cluster_ring(&c, "23");
	cluster_run(&c);
	quorate("14");
	cluster_form(&c, "1234");
	cluster_ring(&c, "1");
	cluster_ring(&c, "234");
	cluster_run(&c);
	quorate("234"); /* a majority needs no tie breaker */
	cluster_form(&c, "1234");
	cluster_kill(&c, "234");
	cluster_form(&c, "1");
	quorate("");
	cluster_start(&c, "2");
	cluster_form(&c, "12");
	quorate("1"); /* growing to the half with it counts; but 2 has not seen a majority, so it knows of none */
}

static void the_half_with_the_highest_node_wins(void **state)
{
	(void)state;
	BEGIN(4, "auto_tie_breaker");
	tie_configured = "highest";
	cluster_start(&c, "1234");
	cluster_form(&c, "1234");
	cluster_ring(&c, "14");
	cluster_ring(&c, "23");
	cluster_run(&c);
	quorate("14");
	cluster_form(&c, "1234");
	cluster_ring(&c, "12");
	cluster_ring(&c, "34");
	cluster_run(&c);
	quorate("34");
}

static void a_list_of_tie_breakers_is_asked_in_order(void **state)
{
	(void)state;
	BEGIN(4, "auto_tie_breaker");
	tie_configured = "3  1 2";
	cluster_start(&c, "1234");
	cluster_form(&c, "1234");
	cluster_ring(&c, "12");
	cluster_ring(&c, "34");
	cluster_run(&c);
	quorate("34");
	cluster_fini(&c);
	/* 3 was not there before: then 1 decides */
	BEGIN(4, "auto_tie_breaker");
	tie_configured = "7 1 2";
	cluster_start(&c, "1234");
	cluster_form(&c, "1234");
	cluster_ring(&c, "12");
	cluster_ring(&c, "34");
	cluster_run(&c);
	quorate("12");
}

/* 8 nodes lose three at a time; after each window the rest is the whole. */
static void last_man_standing_counts_down(void **state)
{
	(void)state;
	BEGIN(8, "last_man_standing", "wait_for_all");
	cluster_start(&c, "12345678");
	cluster_form(&c, "12345678");
	counts(1, 8, 8, 5);
	cluster_kill(&c, "678");
	cluster_form(&c, "12345");
	counts(1, 8, 5, 5);
	cluster_advance(&c, 9999);
	counts(1, 8, 5, 5);
	cluster_advance(&c, 1);
	counts(1, 5, 5, 3);
	counts(5, 5, 5, 3);
	cluster_kill(&c, "45");
	cluster_form(&c, "123");
	cluster_advance(&c, 10000);
	counts(1, 3, 3, 2);
	cluster_kill(&c, "3");
	cluster_form(&c, "12");
	cluster_advance(&c, 10000);
	counts(1, 2, 2, 2);
	quorate("12");
	cluster_kill(&c, "2");
	cluster_form(&c, "1");
	quorate("");
	cluster_advance(&c, 10000);
	quorate(""); /* the last step needs the tie breaker */
	counts(1, 2, 1, 2);
}

static void last_man_standing_with_tie_breaker_goes_down_to_one(void **state)
{
	(void)state;
	BEGIN(4, "last_man_standing", "wait_for_all", "auto_tie_breaker");
	cluster_start(&c, "1234");
	cluster_form(&c, "1234");
	cluster_kill(&c, "34");
	cluster_form(&c, "12");
	quorate("12");
	cluster_advance(&c, 10000);
	counts(1, 2, 2, 2);
	cluster_kill(&c, "2");
	cluster_form(&c, "1");
	quorate("1");
	cluster_advance(&c, 10000);
	counts(1, 1, 1, 1);
	quorate("1");
}

static void last_man_standing_stops_at_unequal_votes(void **state)
{
	uint32_t votes[2] = {2, 2};

	(void)state;
	BEGIN(4, "last_man_standing", "wait_for_all");
	cluster_start(&c, "1234");
	cluster_form(&c, "1234");
	assert_int_equal(cluster_ask(&c, 1, 2, votes, sizeof votes), STATUS_OK);
	cluster_run(&c);
	cluster_form(&c, "1234"); /* node 2 tells its votes again */
	cluster_kill(&c, "4");
	cluster_form(&c, "123");
	assert_false(c.nodes[1].votequorum.config.last_man_standing);
	assert_int_equal(c.nodes[1].timers[SERVICE_TIMER_LAST_MAN], 0);
	cluster_advance(&c, 20000);
	counts(1, 5, 4, 3);
}

static void leaving_in_order_is_no_longer_expected(void **state)
{
	(void)state;
	BEGIN(0, "allow_downscale");
	expected_configured = 3;
	cluster_start(&c, "12345");
	cluster_form(&c, "123");
	counts(1, 3, 3, 2);
	cluster_form(&c, "12345");
	counts(1, 5, 5, 3);
	cluster_leave(&c, 5);
	counts(1, 4, 4, 3);
	cluster_form(&c, "1234");
	assert_int_equal(cluster_info(&c, 1, 5).state, VOTEQUORUM_DEAD);
	cluster_leave(&c, 4);
	counts(1, 3, 3, 2);
	cluster_form(&c, "123");
	quorate("123");
	cluster_leave(&c, 3);
	assert_int_equal(cluster_info(&c, 1, 3).state, VOTEQUORUM_LEAVING);
	counts(1, 2, 2, 2); /* not below what is configured: (3 + 2) / 2 */
	cluster_form(&c, "12");
	quorate("12");
	cluster_leave(&c, 2);
	cluster_form(&c, "1");
	quorate("");
	counts(1, 1, 1, 2);
}

static void without_downscale_leaving_changes_nothing(void **state)
{
	(void)state;
	BEGIN(3);
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	cluster_leave(&c, 3);
	cluster_form(&c, "12");
	counts(1, 3, 2, 2);
}

static void the_highest_expected_votes_are_remembered(void **state)
{
	(void)state;
	BEGIN(0, "expected_votes_tracking");
	expected_configured = 2;
	cluster_start(&c, "1234");
	cluster_form(&c, "1234");
	counts(1, 4, 4, 3);
	assert_int_equal(c.nodes[1].file[0], 4);
	cluster_kill(&c, "1234");
	cluster_start(&c, "12");
	cluster_form(&c, "12");
	counts(1, 4, 2, 3);
	quorate("");
	uint32_t v = 0;
	assert_true(map_get_u32(&c.nodes[1].map, "runtime.votequorum.ev_tracking_barrier", &v));
	assert_int_equal(v, 4);
}

static void expected_votes_can_be_set(void **state)
{
	uint32_t body[2] = {2};

	(void)state;
	BEGIN(5);
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	counts(2, 5, 3, 3);
	assert_int_equal(cluster_ask(&c, 1, 1, body, sizeof body), STATUS_INVALID_PARAM); /* fewer than are here */
	body[0] = 6;
	assert_int_equal(cluster_ask(&c, 1, 1, body, sizeof body), STATUS_INVALID_PARAM); /* quorum would be lost */
	body[0] = 3;
	assert_int_equal(cluster_ask(&c, 1, 1, body, sizeof body), STATUS_OK);
	cluster_run(&c);
	counts(2, 3, 3, 2);
	cluster_kill(&c, "3");
	cluster_form(&c, "12");
	quorate("12");
	/* one who comes with the old number takes the cluster's */
	cluster_start(&c, "4");
	cluster_form(&c, "124");
	counts(4, 3, 3, 2);
	quorate("124");
}

static void votes_can_be_set(void **state)
{
	uint32_t body[2] = {3, 2};

	(void)state;
	BEGIN(3);
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	assert_int_equal(cluster_ask(&c, 1, 2, body, sizeof body), STATUS_OK);
	cluster_run(&c);
	counts(1, 5, 5, 3);
	assert_int_equal(cluster_info(&c, 3, 2).votes, 3);
	cluster_ring(&c, "2");
	cluster_ring(&c, "13");
	cluster_run(&c);
	quorate("2");
	body[1] = 9;
	assert_int_equal(cluster_ask(&c, 1, 2, body, sizeof body), STATUS_NAME_NOT_FOUND);
	body[1] = 0;
	assert_int_equal(cluster_ask(&c, 1, 2, body, sizeof body), STATUS_NAME_NOT_FOUND); /* there is no device */
	body[0] = 0;
	body[1] = 2;
	assert_int_equal(cluster_ask(&c, 2, 2, body, sizeof body), STATUS_INVALID_PARAM); /* nothing would be left */
}

static void a_reload_brings_new_votes(void **state)
{
	(void)state;
	BEGIN(3);
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	for (uint32_t i = 1; i <= 3; i++) {
		map_put_u32(&c.nodes[i].map, "nodelist.node.3.nodeid", 4);
		map_put_u32(&c.nodes[i].map, "nodelist.node.0.quorum_votes", 2);
		cluster_reconfigure(&c, i);
	}
	cluster_run(&c);
	counts(1, 5, 4, 3);
	counts(3, 5, 4, 3);
	/* and back, with fewer nodes and two_node */
	cluster_kill(&c, "3");
	cluster_form(&c, "12");
	for (uint32_t i = 1; i <= 2; i++) {
		map_drop(&c.nodes[i].map, "nodelist.node.3.nodeid");
		map_drop(&c.nodes[i].map, "nodelist.node.2.nodeid");
		map_drop(&c.nodes[i].map, "nodelist.node.0.quorum_votes");
		map_put_u8(&c.nodes[i].map, "quorum.two_node", 1);
		cluster_reconfigure(&c, i);
	}
	cluster_run(&c);
	counts(1, 2, 2, 1);
	counts(2, 2, 2, 1);
	assert_int_equal(cluster_info(&c, 1, 0).flags, 1 | 2 | 4); /* waiting follows two_node */
	cluster_kill(&c, "2");
	cluster_form(&c, "1");
	quorate("1");
	map_drop(&c.nodes[1].map, "quorum.two_node");
	cluster_reconfigure(&c, 1);
	cluster_run(&c);
	quorate("");
	counts(1, 2, 1, 2);
	assert_int_equal(cluster_info(&c, 1, 0).flags, 0);
}

static void a_conflict_at_run_time_stops_the_device_only(void **state)
{
	char name[256] = "dev";

	(void)state;
	BEGIN(2);
	device_votes_configured = 1;
	cluster_start(&c, "12");
	cluster_form(&c, "12");
	counts(1, 3, 2, 2);
	map_put_u8(&c.nodes[1].map, "quorum.two_node", 1);
	cluster_reconfigure(&c, 1);
	cluster_run(&c);
	counts(1, 3, 2, 2);
	assert_int_equal(cluster_ask(&c, 1, 5, name, sizeof name), STATUS_ACCESS);
	map_put_u8(&c.nodes[1].map, "quorum.two_node", 0);
	cluster_reconfigure(&c, 1);
	cluster_run(&c);
	assert_int_equal(cluster_ask(&c, 1, 5, name, sizeof name), 0);
	cluster_run(&c);
	assert_int_equal(cluster_info(&c, 1, 0).flags, 2 | 64);
}

static uint32_t device(uint32_t id, uint16_t fn, const char *name, uint32_t number)
{
	uint8_t body[280] = {0};
	struct ring_id ring = c.nodes[id].votequorum.view.ring;

	memcpy(body, name, strlen(name));
	memcpy(body + (272 - 16), &number, 4);
	memset(body + 268, 0xee, 4); /* padding */
	memcpy(body + (280 - 16), &ring.rep.v, 4);
	memcpy(body + (288 - 16), &ring.seq, 8);
	return cluster_ask(&c, id, fn, body, sizeof body);
}

static void register_device(const char *ids)
{
	for (; *ids; ids++) {
		uint32_t id = (uint32_t)(*ids - '0');

		assert_int_equal(device(id, 5, "dev", 0), 0);
		cluster_run(&c);
		assert_int_equal(c.nodes[id].reply[16], STATUS_OK);
	}
}

static void the_device_decides_between_halves(void **state)
{
	(void)state;
	BEGIN(2);
	device_votes_configured = 1;
	cluster_start(&c, "12");
	cluster_form(&c, "12");
	register_device("12");
	assert_int_equal(device(1, 8, "dev", 1), STATUS_OK);
	assert_int_equal(device(2, 8, "dev", 1), STATUS_OK);
	cluster_run(&c);
	counts(1, 3, 3, 2);
	assert_int_equal(cluster_info(&c, 2, 1).flags, 2 | 64 | 128 | 256);
	assert_string_equal(cluster_info(&c, 2, 1).name, "dev");

	/* the ring breaks: both wait for the device's word */
	c.nodes[1].events[0] = '\0';
	cluster_ring(&c, "1");
	cluster_ring(&c, "2");
	cluster_run(&c);
	assert_true(sync_in_progress(&c.nodes[1].sync));
	assert_true(sync_in_progress(&c.nodes[2].sync));
	assert_int_equal(device(1, 8, "dev", 1), STATUS_OK);
	assert_int_equal(device(2, 8, "dev", 0), STATUS_OK);
	cluster_run(&c);
	assert_false(sync_in_progress(&c.nodes[1].sync));
	quorate("1");
	counts(1, 3, 2, 2);
	counts(2, 3, 1, 2);

	/* it goes on polling, and then it does not */
	cluster_advance(&c, 9999);
	assert_int_equal(device(1, 8, "dev", 1), STATUS_OK);
	cluster_advance(&c, 9999);
	quorate("1");
	cluster_advance(&c, 1);
	quorate("");
	assert_int_equal(cluster_info(&c, 1, 0).flags, 64);
	assert_int_equal(device(1, 8, "dev", 1), STATUS_OK);
	cluster_run(&c);
	quorate("1");
}

static void a_silent_device_holds_up_the_ring_for_a_while_only(void **state)
{
	(void)state;
	BEGIN(3);
	device_votes_configured = 2;
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	register_device("1");
	assert_int_equal(device(1, 8, "dev", 1), STATUS_OK);
	cluster_run(&c);
	cluster_form(&c, "12");
	assert_true(sync_in_progress(&c.nodes[1].sync));
	assert_true(sync_in_progress(&c.nodes[2].sync)); /* at the barrier */
	cluster_advance(&c, 29999);
	assert_true(sync_in_progress(&c.nodes[1].sync));
	cluster_advance(&c, 1);
	assert_false(sync_in_progress(&c.nodes[1].sync));
	assert_false(sync_in_progress(&c.nodes[2].sync));
	assert_int_equal(cluster_info(&c, 1, 0).flags & (128 | 256), 0);
	counts(1, 5, 2, 3);
	/* the next ring does not wait for a device that is not alive */
	cluster_form(&c, "1");
	assert_false(sync_in_progress(&c.nodes[1].sync));
}

static void unregistering_ends_the_waiting(void **state)
{
	(void)state;
	BEGIN(3);
	device_votes_configured = 2;
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	register_device("12");
	assert_int_equal(device(1, 8, "dev", 1), STATUS_OK);
	cluster_run(&c);
	cluster_form(&c, "12");
	assert_int_equal(device(1, 6, "other", 0), STATUS_INVALID_PARAM);
	assert_int_equal(device(1, 6, "dev", 0), STATUS_OK);
	cluster_run(&c);
	assert_false(sync_in_progress(&c.nodes[1].sync));
	assert_int_equal(cluster_info(&c, 1, 0).flags & (64 | 128 | 256), 0);
	assert_string_equal(cluster_info(&c, 1, 0).name, "dev"); /* 2 has it still */
	assert_int_equal(device(1, 6, "dev", 0), STATUS_NOT_EXIST);
	assert_int_equal(device(2, 6, "dev", 0), STATUS_OK);
	cluster_run(&c);
	assert_string_equal(cluster_info(&c, 1, 0).name, "");
	assert_string_equal(cluster_info(&c, 2, 0).name, "");
	assert_int_equal(c.nodes[1].timers[SERVICE_TIMER_QDEVICE], 0);
}

static void all_nodes_agree_on_the_devices_name(void **state)
{
	char names[512] = "dev";

	(void)state;
	BEGIN(3);
	device_votes_configured = 2;
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	register_device("1");
	assert_string_equal(cluster_info(&c, 3, 0).name, "dev");
	assert_int_equal(device(1, 5, "dev", 0), STATUS_OK);
	assert_int_equal(device(1, 5, "other", 0), STATUS_EXIST);
	assert_int_equal(device(2, 5, "other", 0), 0);
	assert_int_equal(device(2, 5, "third", 0), STATUS_TRY_AGAIN);
	cluster_run(&c);
	assert_int_equal(c.nodes[2].reply[16], STATUS_EXIST);
	/* two at once: the first in the order wins */
	cluster_fini(&c);
	BEGIN(3);
	cluster_start(&c, "123");
	cluster_form(&c, "123");
	assert_int_equal(device(2, 5, "second", 0), 0);
	assert_int_equal(device(3, 5, "late", 0), 0);
	cluster_run(&c);
	assert_int_equal(c.nodes[2].reply[16], STATUS_OK);
	assert_int_equal(c.nodes[3].reply[16], STATUS_EXIST);
	assert_string_equal(cluster_info(&c, 1, 0).name, "second");
	/* renaming reaches everybody, and who joins later learns it */
	strcpy(names, "second");
	strcpy(names + 255, "renamed");
	assert_int_equal(cluster_ask(&c, 2, 7, names, sizeof names), STATUS_OK);
	cluster_run(&c);
	assert_string_equal(cluster_info(&c, 1, 0).name, "renamed");
	assert_int_equal(cluster_ask(&c, 2, 7, names, sizeof names), STATUS_INVALID_PARAM);
	assert_int_equal(cluster_ask(&c, 3, 7, names, sizeof names), STATUS_NOT_EXIST);
	cluster_kill(&c, "1");
	cluster_start(&c, "1");
	cluster_form(&c, "123");
	assert_string_equal(cluster_info(&c, 1, 0).name, "renamed");
	assert_int_equal(cluster_info(&c, 1, 2).flags & 64, 64);
}

static void the_master_wins(void **state)
{
	(void)state;
	BEGIN(4);
	device_votes_configured = 1;
	cluster_start(&c, "1234");
	cluster_form(&c, "1234");
	register_device("3");
	assert_int_equal(device(3, 9, "dev", 1), STATUS_OK);
	assert_int_equal(device(3, 8, "dev", 1), STATUS_OK);
	cluster_run(&c);
	uint8_t v = 0;
	assert_true(map_get_u8(&c.nodes[3].map, "runtime.votequorum.qdevice_master_wins", &v));
	assert_int_equal(v, 1);
	cluster_kill(&c, "124");
	cluster_ring(&c, "3");
	assert_int_equal(device(3, 8, "dev", 1), STATUS_OK);
	cluster_run(&c);
	counts(3, 5, 2, 3);
	quorate("3");
	assert_int_equal(device(3, 8, "dev", 0), STATUS_OK); /* without its vote it is no master */
	cluster_run(&c);
	quorate("");
	assert_int_equal(device(3, 8, "dev", 1), STATUS_OK);
	assert_int_equal(device(3, 9, "dev", 0), STATUS_OK);
	cluster_run(&c);
	quorate("");
}

static void the_devices_votes_follow_who_has_quorum(void **state)
{
	(void)state;
	BEGIN(3);
	device_votes_configured = 2;
	cluster_start(&c, "12");
	cluster_form(&c, "12");
	assert_int_equal(cluster_info(&c, 1, 0).device_votes, 2);
	device_votes_configured = 1;
	cluster_start(&c, "3");
	cluster_form(&c, "123"); /* nobody has quorum on its own word: the highest goes */
	assert_int_equal(cluster_info(&c, 3, 0).device_votes, 2);
	counts(3, 5, 3, 3);
}

static void a_registration_survives_its_clients_death(void **state)
{
	struct service_event gone = {.type = SERVICE_EVENT_DISCONNECT, .client = {1}};
	struct service_event back = {.type = SERVICE_EVENT_CONNECT, .client = {1 + CLIENTS_MAX}};
	uint32_t replies;

	(void)state;
	BEGIN(2);
	device_votes_configured = 1;
	cluster_start(&c, "12");
	cluster_form(&c, "12");
	assert_int_equal(device(1, 5, "dev", 0), 0);
	replies = c.nodes[1].replies;
	votequorum_step(&c.nodes[1].votequorum, &gone, &c.nodes[1].votequorum_fx);
	votequorum_step(&c.nodes[1].votequorum, &back, &c.nodes[1].votequorum_fx);
	cluster_run(&c);
	assert_int_equal(c.nodes[1].replies, replies);
	assert_string_equal(c.nodes[1].votequorum.device_name, "dev");
}

static uint32_t seed;

static uint32_t dice(uint32_t sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

/* Cuts the nodes in two; some may be restarted on the way. */
static void cut(char groups[2][8], bool restarts)
{
	groups[0][0] = groups[1][0] = '\0';
	for (uint32_t n = 1; n <= nodes_configured; n++) {
		char id[2] = {(char)('0' + n), '\0'};

		if (restarts && dice(12) == 0) {
			cluster_kill(&c, id);
			cluster_start(&c, id);
		}
		strcat(groups[dice(3) == 0], id);
	}
	for (int g = 0; g < 2; g++)
		if (groups[g][0])
			cluster_ring(&c, groups[g]);
}

/* No quorum, or one whole group has it. */
static void only_one_has_quorum(char groups[2][8])
{
	const char *got = cluster_quorate(&c);

	if (*got)
		assert_string_equal(got, groups[strchr(groups[1], *got) != NULL]);
}

/* Splits, merges, crashes and restarts at random, also in the middle of a synchronisation: two partitions never have
 * quorum at once, and all nodes of a partition say the same.
 */
static void at_most_one_partition_has_quorum(void **state)
{
	static const char *const setups[][2] = {{NULL}, {"wait_for_all", NULL}};
	char groups[2][8];

	(void)state;
	seed = 1;
	for (int round = 0; round < 60; round++) {
		begin(3 + (uint32_t)round % 5, setups[round % 2]);
		for (uint32_t n = 1; n <= nodes_configured; n++)
			cluster_start(&c, (char[]){(char)('0' + n), '\0'});
		for (int turn = 0; turn < 40; turn++) {
			cut(groups, true);
			if (dice(4) == 0) {
				cluster_run_some(&c, dice(30));
				continue;
			}
			cluster_run(&c);
			only_one_has_quorum(groups);
		}
		cluster_fini(&c);
	}
}

/* The tie breaker is sure only while all nodes remember the same one: so the cluster is whole before each split. */
static void of_two_halves_one_has_quorum(void **state)
{
	char groups[2][8];

	(void)state;
	seed = 1;
	for (int round = 0; round < 30; round++) {
		BEGIN(round % 2 ? 4 : 6, "auto_tie_breaker");
		tie_configured = round % 3 == 0 ? "lowest" : round % 3 == 1 ? "highest" : "3 1";
		cluster_start(&c, round % 2 ? "1234" : "123456");
		for (int turn = 0; turn < 20; turn++) {
			cluster_form(&c, round % 2 ? "1234" : "123456");
			quorate(round % 2 ? "1234" : "123456");
			cut(groups, false);
			cluster_run(&c);
			assert_string_not_equal(cluster_quorate(&c), "");
			only_one_has_quorum(groups);
		}
		cluster_fini(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(three_nodes_need_a_majority, end),
		cmocka_unit_test_teardown(a_ring_that_breaks_early_changes_nothing, end),
		cmocka_unit_test_teardown(two_nodes_wait_for_each_other_once, end),
		cmocka_unit_test_teardown(wait_for_all_counts_the_votes, end),
		cmocka_unit_test_teardown(a_waiting_node_takes_the_word_of_a_quorate_one, end),
		cmocka_unit_test_teardown(an_exchange_of_nodes_does_not_begin_the_waiting_again, end),
		cmocka_unit_test_teardown(waiting_can_be_cancelled, end),
		cmocka_unit_test_teardown(the_half_with_the_lowest_node_wins, end),
		cmocka_unit_test_teardown(the_half_with_the_highest_node_wins, end),
		cmocka_unit_test_teardown(a_list_of_tie_breakers_is_asked_in_order, end),
		cmocka_unit_test_teardown(last_man_standing_counts_down, end),
		cmocka_unit_test_teardown(last_man_standing_with_tie_breaker_goes_down_to_one, end),
		cmocka_unit_test_teardown(last_man_standing_stops_at_unequal_votes, end),
		cmocka_unit_test_teardown(leaving_in_order_is_no_longer_expected, end),
		cmocka_unit_test_teardown(without_downscale_leaving_changes_nothing, end),
		cmocka_unit_test_teardown(the_highest_expected_votes_are_remembered, end),
		cmocka_unit_test_teardown(expected_votes_can_be_set, end),
		cmocka_unit_test_teardown(votes_can_be_set, end),
		cmocka_unit_test_teardown(a_reload_brings_new_votes, end),
		cmocka_unit_test_teardown(a_conflict_at_run_time_stops_the_device_only, end),
		cmocka_unit_test_teardown(the_device_decides_between_halves, end),
		cmocka_unit_test_teardown(a_silent_device_holds_up_the_ring_for_a_while_only, end),
		cmocka_unit_test_teardown(unregistering_ends_the_waiting, end),
		cmocka_unit_test_teardown(all_nodes_agree_on_the_devices_name, end),
		cmocka_unit_test_teardown(the_master_wins, end),
		cmocka_unit_test_teardown(the_devices_votes_follow_who_has_quorum, end),
		cmocka_unit_test_teardown(a_registration_survives_its_clients_death, end),
		cmocka_unit_test_teardown(at_most_one_partition_has_quorum, end),
		cmocka_unit_test_teardown(of_two_halves_one_has_quorum, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
