/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts for a ring that forms: what happens when a commit token does not get round. */
#include "ring-script.h"

static struct node_list nodes_of(uint32_t a, uint32_t b, uint32_t c)
{
	struct node_list l = {0};

	(void)node_list_add(&l, node_id_of(a));
	(void)node_list_add(&l, node_id_of(b));
	if (c != 0)
		(void)node_list_add(&l, node_id_of(c));
	return l;
}

static void join_with(uint32_t to, uint32_t from, struct node_list proc, uint64_t seq)
{
	struct wire_join j = {.system_from = node_id_of(from), .ring_seq = seq, .proc = proc};
	uint8_t data[128];
	struct writer w = writer_of(data, sizeof data);

	wire_encode_join(&w, &j);
	step(to, (struct ring_event){.type = RING_EVENT_PACKET, .packet = writer_bytes(&w)});
}

/* Host 0 (node 2) has sent the commit token of a ring of 2, 5 and 7, and it got lost on the way to node 5. */
static void lose_the_commit_token(void)
{
	start_all(3);
	lose_type = WIRE_COMMIT;
	for (uint32_t i = 0; i < 3; i++)
		step(i, (struct ring_event){.type = RING_EVENT_FORCE_GATHER});
	for (uint32_t i = 0; i < 20 && hosts[0].ring.state != RING_COMMIT; i++) {
		run();
		for (uint32_t k = 0; k < 3; k++)
			if (hosts[k].ring.state == RING_GATHER)
				fire(k, RING_TIMER_JOIN);
	}
	run();
	assert_int_equal(hosts[0].ring.state, RING_COMMIT);
	assert_int_equal(hosts[1].ring.state, RING_GATHER);
	assert_int_equal(hosts[2].ring.state, RING_GATHER);
	lose_type = 99;
	commits_sent = 0;
}

static void the_next_member_that_still_asks_is_given_the_commit_token_again(void **state)
{
	(void)state;
	lose_the_commit_token();
	fire(2, RING_TIMER_JOIN); /* not the next one */
	run();
	assert_int_equal(commits_sent, 0);
	fire(1, RING_TIMER_JOIN);
	run();
	assert_int_equal(commits_sent, 6);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(hosts[i].ring.state, RING_OPERATIONAL);
	assert_true(ring_id_eq(hosts[0].regular, hosts[2].regular));
}

/* sim start, 16 nodes, most seeds: a member heard of one more while the commit token was on its way, and did not take
 * it; all the others waited for the token's time, 12 s.
 */
static void a_member_with_news_takes_the_committed_back_to_gather(void **state)
{
	uint64_t old_seq;

	(void)state;
	lose_the_commit_token();
	old_seq = hosts[1].ring.id.seq;
	assert_true(old_seq < hosts[0].ring.id.seq);
	join_with(0, 9, nodes_of(5, 9, 0), old_seq); /* a stranger waits */
	assert_int_equal(hosts[0].ring.state, RING_COMMIT);
	join_with(0, 7, nodes_of(2, 7, 0), old_seq); /* a late JOIN: 7 knows more by now */
	assert_int_equal(hosts[0].ring.state, RING_COMMIT);
	assert_int_equal(commits_sent, 0);
	assert_int_equal(hosts[0].ring.stats.continuous_gather, 0);
	join_with(0, 7, nodes_of(7, 9, 0), old_seq);
	assert_int_equal(hosts[0].ring.state, RING_GATHER);
	assert_int_equal(hosts[0].ring.stats.continuous_gather, 1); /* a firewall would not have let us agree */
	assert_true(node_list_has(&hosts[0].ring.proc, node_id_of(9)));
}

/* RECOVERY begins when all have agreed: whatever was said before that is old. */
static void news_from_before_the_ring_does_not_end_recovery(void **state)
{
	uint64_t old_seq;

	(void)state;
	lose_the_commit_token();
	old_seq = hosts[1].ring.id.seq;
	fire(1, RING_TIMER_JOIN);
	while (hosts[0].ring.state != RING_RECOVERY)
		assert_true(hop());
	join_with(0, 7, nodes_of(7, 9, 0), old_seq);
	assert_int_equal(hosts[0].ring.state, RING_RECOVERY);
	run();
	assert_int_equal(hosts[0].ring.state, RING_OPERATIONAL);
}

static void a_copy_of_the_first_round_does_not_start_the_ring(void **state)
{
	(void)state;
	lose_the_commit_token();
	fire(1, RING_TIMER_JOIN);
	while (hosts[2].ring.state != RING_COMMIT)
		assert_true(hop());
	fire(2, RING_TIMER_RETRANSMIT); /* the representative gets its commit token twice */
	tokens_sent = 0;
	while (hosts[0].ring.state != RING_RECOVERY)
		assert_true(hop());
	assert_true(hop());
	assert_int_equal(tokens_sent, 0);
	assert_false(hosts[0].ring.token_originated);
	run();
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(hosts[i].ring.state, RING_OPERATIONAL);
}

/* Times of 16 nodes. In a ring that works, copies of a token become rarer. */
static void a_token_that_forms_a_ring_is_sent_again_soon(void **state)
{
	static const uint32_t waits_ms[] = {100, 200, 400, 800};
	struct ring_config c = config;

	(void)state;
	c.token_ms = 12100;
	c.token_retransmit_ms = 2880;
	c.hold_ms = 2294;
	c.consensus_ms = 14520;
	lose_the_commit_token();
	for (uint32_t i = 0; i < 3; i++)
		ring_configure(&hosts[i].ring, &c);
	fire(0, RING_TIMER_RETRANSMIT);
	assert_int_equal(hosts[0].timers[RING_TIMER_RETRANSMIT], 400);
	while (hosts[0].ring.state != RING_RECOVERY)
		assert_true(hop());
	assert_int_equal(hosts[0].timers[RING_TIMER_RETRANSMIT], 100);
	run(); /* the services have not agreed yet, but the token is held: it cannot be lost */
	assert_true(hosts[0].ring.held);
	assert_int_equal(hosts[0].timers[RING_TIMER_RETRANSMIT], 2880);
	submit(0, "wakes the ring up");
	assert_int_equal(hosts[0].timers[RING_TIMER_RETRANSMIT], 100);
	run();
	for (uint32_t i = 0; i < 3; i++)
		step(i, (struct ring_event){.type = RING_EVENT_SYNCED, .seq = hosts[i].regular.seq});
	submit(0, "wakes it up again");
	assert_true(hop());
	for (uint32_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
		assert_int_equal(hosts[1].timers[RING_TIMER_RETRANSMIT], waits_ms[i]);
		fire(1, RING_TIMER_RETRANSMIT);
	}
	run(); /* a new token, a new count */
	submit(0, "and once more");
	assert_true(hop());
	assert_int_equal(hosts[1].timers[RING_TIMER_RETRANSMIT], 100);
}

/* The more members, the longer an idle ring holds its token, and the rarer its copies become. */
static void copies_of_a_held_token_become_rare(void **state)
{
	static const struct {
		uint32_t retransmit_ms, waits_ms[6];
	} cases[] = {
		{715, {100, 200, 400, 400, 400, 400}},    /* 2 nodes */
		{1488, {100, 200, 400, 400, 400, 400}},   /* 7 */
		{2880, {100, 200, 400, 800, 800, 800}},   /* 16 */
		{5357, {100, 200, 400, 800, 1600, 1600}}, /* 32 */
		{80000, {100, 200, 400, 800, 1600, 3200}},
	};
	struct ring_config c = config;

	(void)state;
	start_all(3);
	for (uint32_t i = 0; i < 3; i++)
		step(i, (struct ring_event){.type = RING_EVENT_SYNCED, .seq = hosts[i].regular.seq});
	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		c.token_retransmit_ms = cases[i].retransmit_ms;
		ring_configure(&hosts[1].ring, &c);
		submit(0, "wakes the ring up");
		run();
		assert_true(hosts[1].ring.held && !hosts[1].ring.keeps);
		for (uint32_t k = 0; k < 6; k++) {
			assert_int_equal(hosts[1].timers[RING_TIMER_RETRANSMIT], cases[i].waits_ms[k]);
			fire(1, RING_TIMER_RETRANSMIT);
		}
	}
}

/* tests/system/test_bad_network.py, two seconds frozen: nobody hears who stood still until links are up again. What he
 * had to pass on must not wait until the next one stands still.
 */
static void who_stood_still_passes_the_token_on_soon(void **state)
{
	(void)state;
	start_all(3);
	assert_true(hosts[0].ring.keeps);
	lose_type = WIRE_TOKEN;
	fire(0, RING_TIMER_HOLD); /* long over when he wakes: at once */
	run();
	assert_false(hosts[0].ring.keeps);
	assert_int_equal(hosts[0].timers[RING_TIMER_RETRANSMIT], 100);
	lose_type = 99;
	fire(0, RING_TIMER_RETRANSMIT);
	assert_true(hop()); /* the second has it, and is idle: it will not see the next one soon */
	lose_type = WIRE_TOKEN;
	run();
	assert_true(hosts[1].ring.held);
	assert_int_equal(hosts[1].timers[RING_TIMER_RETRANSMIT], 100);
}

static void the_token_is_offered_again_when_the_next_can_be_reached(void **state)
{
	(void)state;
	start_all(3);
	lose_type = WIRE_TOKEN;
	fire(0, RING_TIMER_HOLD);
	run();
	fire(0, RING_TIMER_RETRANSMIT);
	fire(0, RING_TIMER_RETRANSMIT);
	assert_int_equal(hosts[0].timers[RING_TIMER_RETRANSMIT], 238);
	tokens_sent = 0;
	step(0, (struct ring_event){.type = RING_EVENT_NODE_BACK, .node = node_id_of(7)});
	assert_int_equal(tokens_sent, 0); /* not the next */
	lose_type = 99;
	step(0, (struct ring_event){.type = RING_EVENT_NODE_BACK, .node = node_id_of(5)});
	assert_int_equal(hosts[0].timers[RING_TIMER_RETRANSMIT], 100);
	run();
	assert_true(hosts[0].ring.keeps);
	tokens_sent = 0;
	step(0, (struct ring_event){.type = RING_EVENT_NODE_BACK, .node = node_id_of(5)});
	assert_int_equal(tokens_sent, 0); /* it is kept */
}

static void who_agrees_with_all_says_so_once_more(void **state)
{
	uint64_t sent, seq;

	(void)state;
	start_all(3);
	seq = hosts[2].ring.id.seq;
	step(2, (struct ring_event){.type = RING_EVENT_FORCE_GATHER});
	head = tail; /* nobody hears it */
	sent = hosts[2].ring.stats.join_tx;
	join_with(2, 2, nodes_of(2, 5, 7), seq);
	assert_int_equal(hosts[2].ring.stats.join_tx, sent);
	for (uint32_t i = 0; i < 3; i++) {
		join_with(2, 5, nodes_of(2, 5, 7), seq);
		assert_int_equal(hosts[2].ring.stats.join_tx, sent + 1);
	}
	assert_int_equal(hosts[2].ring.state, RING_GATHER); /* node 2 is lower, and creates the commit token */
}

/* Host 1 misses sixty messages; all of them come again in the next ring, wrapped. Found by seed 2925: a host that had
 * them kept them twice until its memory was full, and that ring was never done.
 */
static void what_everybody_has_is_not_kept_twice(void **state)
{
	struct ring_config wide = config;
	uint32_t most = 0;

	(void)state;
	start_all(2);
	wide.window_size = 300;
	wide.max_messages = 100; /* beside those that are asked for again and again */
	ring_configure(&hosts[0].ring, &wide);
	deaf = 1;
	unheard = 0;
	for (uint32_t i = 0; i < 60; i++) {
		submit(0, "m");
		for (uint32_t hops = 0; hops < 4; hops++)
			(void)hop();
	}
	assert_string_equal(hosts[1].heard, "");
	deaf = unheard = HOSTS;
	ring_configure(&hosts[0].ring, &config);
	step(0, (struct ring_event){.type = RING_EVENT_FORCE_GATHER});
	while (hosts[0].regulars < 2 || hosts[1].regulars < 2) {
		if (!hop())
			call(1);
		if (hosts[0].ring.state == RING_RECOVERY && hosts[0].ring.recovery->held > most)
			most = hosts[0].ring.recovery->held;
	}
	assert_in_range(most, config.max_messages, 3 * config.max_messages);
	assert_string_equal(hosts[0].heard, hosts[1].heard);
	assert_int_equal(strlen(hosts[0].heard), 60 * strlen("2:m "));
	for (uint32_t i = 0; i < 4; i++) {
		run();
		call(0);
	}
	assert_int_equal(hosts[0].pool.used, 0);
	assert_int_equal(hosts[1].pool.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_member_that_still_asks_is_given_the_commit_token_again),
		cmocka_unit_test(a_member_with_news_takes_the_committed_back_to_gather),
		cmocka_unit_test(news_from_before_the_ring_does_not_end_recovery),
		cmocka_unit_test(a_copy_of_the_first_round_does_not_start_the_ring),
		cmocka_unit_test(a_token_that_forms_a_ring_is_sent_again_soon),
		cmocka_unit_test(copies_of_a_held_token_become_rare),
		cmocka_unit_test(who_stood_still_passes_the_token_on_soon),
		cmocka_unit_test(the_token_is_offered_again_when_the_next_can_be_reached),
		cmocka_unit_test(who_agrees_with_all_says_so_once_more),
		cmocka_unit_test(what_everybody_has_is_not_kept_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
