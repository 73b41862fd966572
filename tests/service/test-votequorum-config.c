/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "service/votequorum.h"

#include <stdio.h>
#include <stdlib.h>

static struct map map;
static struct pool pool;
static _Alignas(16) uint8_t memory[256 * 1024];

/* "key=8:1 key=32:7 key=text", keys under quorum. unless they begin with nodelist. */
static void put(const char *settings)
{
	char copy[512], *save = NULL;

	snprintf(copy, sizeof copy, "%s", settings);
	for (char *word = strtok_r(copy, ";", &save); word; word = strtok_r(NULL, ";", &save)) {
		char *value = strchr(word, '='), key[300];

		assert_non_null(value);
		*value++ = '\0';
		snprintf(key, sizeof key, "%s%s", strncmp(word, "nodelist.", 9) ? "quorum." : "", word);
		if (strncmp(value, "8:", 2) == 0)
			map_put_u8(&map, key, (uint8_t)atoi(value + 2));
		else if (strncmp(value, "32:", 3) == 0)
			map_put_u32(&map, key, (uint32_t)strtoul(value + 3, NULL, 10));
		else
			map_put_string(&map, key, value);
	}
}

static void nodes(uint32_t count, uint32_t self)
{
	char key[64];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(key, sizeof key, "nodelist.node.%u.nodeid", i);
		map_put_u32(&map, key, i + 1);
		snprintf(key, sizeof key, "nodelist.node.%u.ring0_addr", i);
		map_put_string(&map, key, "192.0.2.1");
	}
	map_put_u32(&map, "nodelist.local_node_pos", self);
}

static void begin(uint32_t count, const char *settings)
{
	pool_init(&pool, memory, sizeof memory);
	map_init(&map, &pool);
	if (count > 0)
		nodes(count, 0);
	put(settings);
}

static void describe(const struct votequorum_config *c, char *text, size_t size)
{
	size_t n;

	n = (size_t)snprintf(text, size, "votes %u expected %u two_node %d dropped %d wait %d given %d ", c->votes,
			     c->expected, c->two_node, c->two_node_dropped, c->wait_for_all, c->wait_for_all_given);
	n += (size_t)snprintf(text + n, size - n, "last man %d %u tie %d dropped %d bad %d", c->last_man_standing,
			      c->last_man_window_ms, c->tie, c->tie_dropped, c->tie_nodes_bad);
	for (uint32_t i = 0; i < c->tie_nodes.count; i++)
		n += (size_t)snprintf(text + n, size - n, " %u", c->tie_nodes.ids[i].v);
	snprintf(text + n, size - n, " downscale %d tracking %d device %d votes %u timeout %u %u master %d",
		 c->allow_downscale, c->tracking, c->device, c->device_votes, c->device_timeout_ms,
		 c->device_sync_timeout_ms, c->master_wins);
}

#define D "device.model=net;"

static const struct {
	uint32_t nodes;
	const char *settings;
	struct votequorum_config want;
} good[] = {
	{3, "", {.votes = 1, .expected = 3}},
	{12, "", {.votes = 1, .expected = 12}},
	{3, "expected_votes=32:5", {.votes = 1, .expected = 5}},
	{4, "expected_votes=32:3", {.votes = 1, .expected = 3}},
	{4, "expected_votes=32:0", {.votes = 1, .expected = 4}},
	{4, "expected_votes=7", {.votes = 1, .expected = 4}}, /* of another type: not set */
	{0, "expected_votes=32:8", {.votes = 1, .expected = 8}},
	{0, "expected_votes=32:8;votes=32:3", {.votes = 3, .expected = 8}},
	{2, "votes=32:3", {.votes = 1, .expected = 2}}, /* the nodelist goes */
	{3, "nodelist.node.0.quorum_votes=32:2", {.votes = 2, .expected = 4}},
	{3, "nodelist.node.0.quorum_votes=32:0", {.votes = 0, .expected = 2}},
	{3, "nodelist.node.1.quorum_votes=32:2", {.votes = 1, .expected = 4}},
	{3, "nodelist.node.x.nodeid=32:2;nodelist.node.=32:4", {.votes = 1, .expected = 3}},
	{2, "two_node=8:1", {.votes = 1, .expected = 2, .two_node = true, .wait_for_all = true}},
	{2, "two_node=8:1;wait_for_all=8:0", {.votes = 1, .expected = 2, .two_node = true, .wait_for_all_given = true}},
	{3, "wait_for_all=8:1", {.votes = 1, .expected = 3, .wait_for_all = true, .wait_for_all_given = true}},
	{4,
	 "last_man_standing=8:1;last_man_standing_window=32:77",
	 {.votes = 1, .expected = 4, .last_man_standing = true, .last_man_window_ms = 77}},
	{4, "auto_tie_breaker=8:1", {.votes = 1, .expected = 4, .tie = VOTEQUORUM_TIE_LOWEST}},
	{4, "auto_tie_breaker=8:0;auto_tie_breaker_node=highest", {.votes = 1, .expected = 4}},
	{4,
	 "auto_tie_breaker=8:1;auto_tie_breaker_node=lowest",
	 {.votes = 1, .expected = 4, .tie = VOTEQUORUM_TIE_LOWEST}},
	{4,
	 "auto_tie_breaker=8:1;auto_tie_breaker_node=highest",
	 {.votes = 1, .expected = 4, .tie = VOTEQUORUM_TIE_HIGHEST}},
	{4,
	 "auto_tie_breaker=8:1;auto_tie_breaker_node= 3  1",
	 {.votes = 1, .expected = 4, .tie = VOTEQUORUM_TIE_LIST, .tie_nodes = {2, {{3}, {1}}}}},
	{4, "auto_tie_breaker=8:1;auto_tie_breaker_node=me", {.votes = 1, .expected = 4, .tie_nodes_bad = true}},
	{4, "auto_tie_breaker=8:1;auto_tie_breaker_node=1 x", {.votes = 1, .expected = 4, .tie_nodes_bad = true}},
	{4, "auto_tie_breaker=8:1;auto_tie_breaker_node=0", {.votes = 1, .expected = 4, .tie_nodes_bad = true}},
	{4,
	 "auto_tie_breaker=8:1;auto_tie_breaker_node=4294967297",
	 {.votes = 1, .expected = 4, .tie_nodes_bad = true}},
	{4, "auto_tie_breaker=8:1;auto_tie_breaker_node= ", {.votes = 1, .expected = 4, .tie_nodes_bad = true}},
	{3, "auto_tie_breaker=8:1", {.votes = 1, .expected = 3, .tie_dropped = true}},
	{3,
	 "auto_tie_breaker=8:1;wait_for_all=8:1",
	 {.votes = 1, .expected = 3, .tie = VOTEQUORUM_TIE_LOWEST, .wait_for_all = true, .wait_for_all_given = true}},
	{2,
	 "auto_tie_breaker=8:1;two_node=8:1",
	 {.votes = 1, .expected = 2, .tie = VOTEQUORUM_TIE_LOWEST, .wait_for_all = true, .two_node_dropped = true}},
	{4, "allow_downscale=8:1", {.votes = 1, .expected = 4, .allow_downscale = true, .tracking = true}},
	{4,
	 "allow_downscale=8:1;expected_votes=32:3",
	 {.votes = 1, .expected = 4, .allow_downscale = true, .tracking = true}},
	{4, "expected_votes_tracking=8:1", {.votes = 1, .expected = 4, .tracking = true}},
	{4, D, {.votes = 1, .expected = 7, .device = true, .device_votes = 3}},
	{2, D "device.votes=32:1", {.votes = 1, .expected = 3, .device = true, .device_votes = 1}},
	{3,
	 D "device.votes=32:1;nodelist.node.2.quorum_votes=32:3",
	 {.votes = 1, .expected = 6, .device = true, .device_votes = 1}},
	{3,
	 D "device.votes=32:1;expected_votes=32:3;device.master_wins=8:1",
	 {.votes = 1, .expected = 3, .device = true, .device_votes = 1, .master_wins = true}},
	{2,
	 D "device.votes=32:1;device.timeout=32:5;device.sync_timeout=32:6",
	 {.votes = 1,
	  .expected = 3,
	  .device = true,
	  .device_votes = 1,
	  .device_timeout_ms = 5,
	  .device_sync_timeout_ms = 6}},
	{2, "device.votes=32:1", {.votes = 1, .expected = 2}}, /* no model: no device */
};

static void settings_that_go_together(void **state)
{
	char is[512], should[512];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct votequorum_config got, want = good[i].want;
		struct error e;

		begin(good[i].nodes, good[i].settings);
		assert_int_equal(votequorum_config_check(&map, &e), ERR_OK);
		assert_int_equal(votequorum_config_read(&map, NULL, &got, &e), ERR_OK);
		want.last_man_window_ms = want.last_man_window_ms ? want.last_man_window_ms : 10000;
		want.device_timeout_ms = want.device_timeout_ms ? want.device_timeout_ms : 10000;
		want.device_sync_timeout_ms = want.device_sync_timeout_ms ? want.device_sync_timeout_ms : 30000;
		describe(&got, is, sizeof is);
		describe(&want, should, sizeof should);
		if (strcmp(is, should) != 0)
			fail_msg("%u nodes, %s:\n%s\n%s", good[i].nodes, good[i].settings, is, should);
	}
}

static void settings_that_exclude_each_other(void **state)
{
	static const struct {
		uint32_t nodes;
		const char *settings, *why;
	} cases[] = {
		{0, "", "neither a nodelist nor expected_votes"},
		{2, D "two_node=8:1", "two_node and a device"},
		{4, D "last_man_standing=8:1", "last_man_standing and a device"},
		{4, D "auto_tie_breaker=8:1", "auto_tie_breaker and a device"},
		{4, D "allow_downscale=8:1", "allow_downscale and a device"},
		{4, D "expected_votes=32:5", "device.votes must be set too"},
		{3, D "nodelist.node.1.quorum_votes=32:2", "the nodes' votes differ"},
		{3, D "device.votes=32:4;expected_votes=32:5", "device.votes is too high"},
		{1, D "device.votes=32:1", "device.votes is too high"},
		{3, "auto_tie_breaker=8:1;last_man_standing=8:1", "need wait_for_all"},
		{3, "nodelist.node.1.quorum_votes=32:4294967295", "too large"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct votequorum_config got = {.votes = 77};
		struct error e;

		begin(cases[i].nodes, cases[i].settings);
		assert_int_equal(votequorum_config_check(&map, &e), ERR_INVALID);
		assert_int_equal(votequorum_config_read(&map, NULL, &got, &e), ERR_INVALID);
		assert_int_equal(got.votes, 77);
		if (strstr(e.text, cases[i].why) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", e.text, cases[i].why);
	}
}

static void what_is_read_at_start_only_stays(void **state)
{
	struct votequorum_config now, got;
	struct error e;

	(void)state;
	begin(4, "");
	assert_int_equal(votequorum_config_read(&map, NULL, &now, &e), ERR_OK);
	put("last_man_standing=8:1;auto_tie_breaker=8:1;allow_downscale=8:1;expected_votes_tracking=8:1;wait_for_all=8:"
	    "1");
	assert_int_equal(votequorum_config_read(&map, &now, &got, &e), ERR_OK);
	assert_false(got.last_man_standing || got.allow_downscale || got.tracking || got.wait_for_all);
	assert_int_equal(got.tie, VOTEQUORUM_TIE_NONE);
	put("two_node=8:1;expected_votes=32:9");
	assert_int_equal(votequorum_config_read(&map, &now, &got, &e), ERR_OK);
	assert_true(got.two_node && got.wait_for_all);
	assert_int_equal(got.expected, 9);
}

static void our_position_tells_our_votes(void **state)
{
	struct votequorum_config got;
	struct error e;

	(void)state;
	begin(11, "nodelist.node.10.quorum_votes=32:5;nodelist.node.1.quorum_votes=32:3");
	map_put_u32(&map, "nodelist.local_node_pos", 10);
	assert_int_equal(votequorum_config_read(&map, NULL, &got, &e), ERR_OK);
	assert_int_equal(got.votes, 5);
	assert_int_equal(got.expected, 9 + 5 + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_that_go_together),
		cmocka_unit_test(settings_that_exclude_each_other),
		cmocka_unit_test(what_is_read_at_start_only_stays),
		cmocka_unit_test(our_position_tells_our_votes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
