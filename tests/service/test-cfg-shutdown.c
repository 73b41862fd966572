/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cfg-world.h"

enum { REQUEST = 0, REGARDLESS = 1, IMMEDIATE = 2 };

static void track(uint32_t from)
{
	world_request_u32(from, 10, 0, 24);
	assert_int_equal(world_status_for(from, 2), STATUS_OK);
}

static void untrack(uint32_t from)
{
	world_request_u32(from, 11, 0, 16);
	assert_int_equal(world_status_for(from, 3), STATUS_OK);
}

static uint32_t try_shutdown(uint32_t from, uint32_t flags)
{
	world_request_u32(from, 3, flags, 24);
	return world_status_for(from, 9);
}

static uint32_t vote(uint32_t from, uint32_t answer)
{
	world_request_u32(from, 4, answer, 24);
	return world_status_for(from, 13);
}

static void timeout(void)
{
	world_step((struct service_event){.type = SERVICE_EVENT_TIMEOUT, .timer = SERVICE_TIMER_SHUTDOWN});
}

static void assert_asked(uint32_t n, uint32_t who, uint32_t flags)
{
	const struct world_record *r = world_nth(SERVICE_EFFECT_EVENT, n);

	assert_int_equal(r->client.v, who);
	assert_int_equal(r->len, 32);
	assert_int_equal(world_u32_at(r, 0), 10);
	assert_int_equal(world_u32_at(r, 8), 32);
	assert_int_equal(world_u32_at(r, 16), STATUS_OK);
	assert_int_equal(world_u32_at(r, 24), flags);
}

static void assert_shutdown_sent(bool sent)
{
	assert_int_equal(world_count_of(SERVICE_EFFECT_MULTICAST), sent);
	if (!sent)
		return;
	assert_int_equal(world_nth(SERVICE_EFFECT_MULTICAST, 0)->len, 16);
	assert_int_equal(world_u32_at(world_nth(SERVICE_EFFECT_MULTICAST, 0), 0), 0x10002);
	assert_int_equal(world_u32_at(world_nth(SERVICE_EFFECT_MULTICAST, 0), 8), 16);
}

/* Clients 1..n are connected; all but the first track. */
static void voters(uint32_t n)
{
	for (uint32_t i = 1; i <= n; i++) {
		world_connect(i);
		if (i > 1)
			track(i);
	}
}

static void test_shutdown_unopposed(void **state)
{
	(void)state;
	world_connect(1);
	assert_int_equal(try_shutdown(1, REQUEST), STATUS_OK);
	assert_shutdown_sent(true);
	assert_int_equal(world_records[0].type, SERVICE_EFFECT_REPLY); /* who asked hears it first */
	track(1);                                                      /* one's own tracking is no veto */
	assert_int_equal(try_shutdown(1, REGARDLESS), STATUS_OK);
	assert_shutdown_sent(true);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	assert_int_equal(try_shutdown(1, 3), STATUS_INVALID_PARAM);
	assert_int_equal(try_shutdown(1, UINT32_MAX), STATUS_INVALID_PARAM);
	assert_int_equal(world_record_count, 1);
}

static void test_shutdown_immediate(void **state)
{
	(void)state;
	voters(3);
	assert_int_equal(try_shutdown(2, IMMEDIATE), STATUS_OK);
	assert_shutdown_sent(true);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	assert_int_equal(try_shutdown(1, REQUEST), 0);
	assert_int_equal(try_shutdown(2, IMMEDIATE), STATUS_OK); /* also while others are being asked */
	assert_shutdown_sent(true);
}

/* Votes of clients 2 and 3, in that order. */
static void test_shutdown_votes(void **state)
{
	static const struct {
		uint32_t flags, second, third, status;
	} rows[] = {
		{REQUEST, 1, 1, STATUS_OK},   {REQUEST, 0, 1, STATUS_BUSY},  {REQUEST, 1, 0, STATUS_BUSY},
		{REQUEST, 0, 0, STATUS_BUSY}, {REGARDLESS, 0, 0, STATUS_OK}, {REGARDLESS, 1, 1, STATUS_OK},
		{REQUEST, 77, 1, STATUS_OK},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		world_setup(state);
		voters(3);
		assert_int_equal(try_shutdown(1, rows[i].flags), 0);
		assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 2);
		assert_asked(0, 2, rows[i].flags);
		assert_asked(1, 3, rows[i].flags);
		assert_int_equal(world_nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, CFG_SHUTDOWN_TIMEOUT_MS);
		assert_shutdown_sent(false);
		assert_int_equal(vote(2, rows[i].second), STATUS_OK);
		assert_int_equal(world_status_for(1, 9), 0);
		assert_shutdown_sent(false);
		assert_int_equal(vote(3, rows[i].third), STATUS_OK);
		assert_int_equal(world_status_for(1, 9), rows[i].status);
		assert_shutdown_sent(rows[i].status == STATUS_OK);
		assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), rows[i].status != STATUS_OK);
		assert_int_equal(world_nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 0);
		assert_int_equal(vote(2, 1), STATUS_ACCESS); /* it is over */
		timeout();
		assert_int_equal(world_record_count, 0);
	}
}

static void test_shutdown_only_the_asked_vote(void **state)
{
	(void)state;
	voters(3);
	world_connect(4);
	assert_int_equal(vote(2, 1), STATUS_ACCESS);
	try_shutdown(1, REQUEST);
	assert_int_equal(vote(1, 1), STATUS_ACCESS);
	assert_int_equal(vote(4, 1), STATUS_ACCESS);
	assert_int_equal(vote(2, 0), STATUS_OK);
	assert_int_equal(vote(2, 1), STATUS_OK); /* the last word counts, and counts once */
	assert_int_equal(world_status_for(1, 9), 0);
	assert_int_equal(vote(3, 1), STATUS_OK);
	assert_int_equal(world_status_for(1, 9), STATUS_OK);
}

static void test_shutdown_one_at_a_time(void **state)
{
	(void)state;
	voters(3);
	try_shutdown(1, REQUEST);
	assert_int_equal(try_shutdown(2, REQUEST), STATUS_EXIST);
	assert_int_equal(try_shutdown(2, REGARDLESS), STATUS_EXIST);
	vote(2, 0);
	vote(3, 0);
	assert_int_equal(world_status_for(1, 9), STATUS_BUSY);
	assert_int_equal(try_shutdown(2, REQUEST), 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 1);
	assert_asked(0, 3, REQUEST);
}

static void test_shutdown_timeout(void **state)
{
	static const struct {
		uint32_t flags, answer, status;
	} rows[] = {{REQUEST, 1, STATUS_BUSY}, {REGARDLESS, 1, STATUS_OK}, {REQUEST, 0, STATUS_BUSY}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		world_setup(state);
		map_put_u32(&world_map, "cfg.shutdown_timeout", 1234);
		voters(3);
		try_shutdown(1, rows[i].flags);
		assert_int_equal(world_nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 1234);
		vote(2, rows[i].answer);
		timeout();
		assert_int_equal(world_status_for(1, 9), rows[i].status);
		assert_shutdown_sent(rows[i].status == STATUS_OK);
		assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
		assert_int_equal(vote(3, 1), STATUS_ACCESS);
	}
	world_setup(state);
	map_put_u32(&world_map, "cfg.shutdown_timeout", 0);
	voters(2);
	try_shutdown(1, REQUEST);
	assert_int_equal(world_nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 1); /* 0 would cancel */
}

/* Who goes agrees, whatever it said before; how it goes does not matter. */
static void test_shutdown_voters_go(void **state)
{
	for (int stops = 0; stops < 2; stops++) {
		world_setup(state);
		voters(4);
		try_shutdown(1, REQUEST);
		vote(2, 0);
		vote(3, 1);
		stops == 1 ? untrack(2) : world_disconnect(2);
		assert_int_equal(world_status_for(1, 9), 0);
		stops == 1 ? untrack(3) : world_disconnect(3);
		assert_int_equal(world_status_for(1, 9), 0);
		stops == 1 ? untrack(4) : world_disconnect(4);
		assert_int_equal(world_status_for(1, 9), STATUS_OK);
		assert_shutdown_sent(true);
	}
	world_setup(state);
	voters(3);
	try_shutdown(1, REQUEST);
	vote(3, 0);
	world_disconnect(2);
	assert_int_equal(world_status_for(1, 9), STATUS_BUSY);
}

static void test_shutdown_requester_goes(void **state)
{
	(void)state;
	voters(3);
	try_shutdown(1, REQUEST);
	world_disconnect(1);
	assert_int_equal(world_nth(SERVICE_EFFECT_TIMER, 0)->delay_ms, 0);
	assert_int_equal(world_record_count, 1);
	assert_int_equal(vote(2, 1), STATUS_ACCESS);
	assert_int_equal(try_shutdown(2, REQUEST), 0);
	untrack(2); /* having tracked or not is nothing to the request */
	assert_int_equal(world_status_for(2, 3), STATUS_OK);
	vote(3, 1);
	assert_int_equal(world_status_for(2, 9), STATUS_OK);
}

static void test_shutdown_newcomers_are_asked(void **state)
{
	(void)state;
	voters(2);
	world_connect(3);
	try_shutdown(1, REGARDLESS);
	track(3);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 1);
	assert_asked(0, 3, REGARDLESS);
	track(3); /* once */
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	track(1);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), 0);
	vote(2, 1);
	assert_int_equal(world_status_for(1, 9), 0);
	vote(3, 1);
	assert_int_equal(world_status_for(1, 9), STATUS_OK);
}

/* More to ask than the array of effects holds. */
static void test_shutdown_many(void **state)
{
	enum { MANY = CLIENTS_MAX };

	(void)state;
	voters(MANY);
	try_shutdown(1, REQUEST);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EVENT), MANY - 1);
	for (uint32_t i = 2; i < MANY; i++)
		assert_int_equal(vote(i, 1), STATUS_OK);
	assert_int_equal(vote(MANY, 1), STATUS_OK);
	assert_int_equal(world_status_for(1, 9), STATUS_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_shutdown_unopposed, world_setup),
		cmocka_unit_test_setup(test_shutdown_immediate, world_setup),
		cmocka_unit_test_setup(test_shutdown_votes, world_setup),
		cmocka_unit_test_setup(test_shutdown_only_the_asked_vote, world_setup),
		cmocka_unit_test_setup(test_shutdown_one_at_a_time, world_setup),
		cmocka_unit_test_setup(test_shutdown_timeout, world_setup),
		cmocka_unit_test_setup(test_shutdown_voters_go, world_setup),
		cmocka_unit_test_setup(test_shutdown_requester_goes, world_setup),
		cmocka_unit_test_setup(test_shutdown_newcomers_are_asked, world_setup),
		cmocka_unit_test_setup(test_shutdown_many, world_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
