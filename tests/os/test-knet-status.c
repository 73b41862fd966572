/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct transport_stat *find(const struct transport_stat *stats, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(stats[i].name, name) == 0)
			return &stats[i];
	}
	fail_msg("there is no number called %s", name);
	return NULL;
}

static void test_names_and_widths(void **state)
{
	static const struct {
		const char *name;
		uint8_t width;
		uint64_t value;
	} expected[] = {{"enabled", 1, 1},
			{"connected", 1, 1},
			{"mtu", 4, 65535},
			{"tx_data_packets", 8, 3},
			{"tx_total_bytes", 8, 700},
			{"rx_total_bytes", 8, 0},
			{"rx_total_retries", 8, 0},
			{"tx_pmtu_errors", 4, 0},
			{"latency_ave", 4, 0},
			{"up_count", 4, 1},
			{"latency_min", 4, UINT32_MAX},
			{"tx_total_errors", 8, 0},
			{"latency_samples", 4, 0}};
	struct transport_stat stats[TRANSPORT_STATS_MAX];
	(void)state;
	struct transport_own own = {.packets = 3, .bytes = 700, .up_count = 1, .latency_us_min = UINT32_MAX};
	uint32_t count = knet_status_own_link(&own, stats, TRANSPORT_STATS_MAX);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		const struct transport_stat *s = find(stats, count, expected[i].name);
		assert_int_equal(s->width, expected[i].width);
		assert_int_equal(s->value, expected[i].value);
	}
	assert_int_equal(knet_status_own_link(&own, stats, 2), 2);
}

static void test_a_real_handle(void **state)
{
	static const bool links[LINKS_MAX] = {true};
	struct transport_node_status status;
	struct transport_stat stats[TRANSPORT_STATS_MAX];
	(void)state;
	knet_handle_t h = knet_handle_new_ex(1, 0, 0, 0);
	assert_non_null(h);
	assert_int_equal(knet_status_node(h, node_id_of(2), links, &status), ERR_NOT_FOUND);
	assert_int_equal(knet_host_add(h, 2), 0);
	/* A node without links is known, and none is configured. */
	assert_int_equal(knet_status_node(h, node_id_of(2), links, &status), ERR_OK);
	assert_false(status.reachable || status.links[0].configured);
	assert_int_equal(knet_status_link(h, node_id_of(2), 0, stats, TRANSPORT_STATS_MAX), 0);
	uint32_t count = knet_status_handle(h, stats, TRANSPORT_STATS_MAX);
	assert_int_equal(find(stats, count, "rx_crypt_time_ave")->width, 8);
	assert_int_equal(find(stats, count, "tx_crypt_packets")->value, 0);
	assert_int_equal(knet_host_remove(h, 2), 0);
	assert_int_equal(knet_handle_free(h), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_and_widths),
		cmocka_unit_test(test_a_real_handle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
