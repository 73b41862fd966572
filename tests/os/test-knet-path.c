/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"
#include "os/knet-path.h"
#include "os/resolve.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct error error;

static struct transport_link link_to(const char *ip, uint16_t port)
{
	struct transport_link l = {.priority = 1,
				   .ping_interval_ms = 500,
				   .ping_timeout_ms = 1000,
				   .ping_precision = 2048,
				   .pong_count = 2};
	assert_int_equal(resolve_host("127.0.0.1", IP_4, &l.local, &error), ERR_OK);
	assert_int_equal(resolve_host(ip, IP_4, &l.remote, &error), ERR_OK);
	sockaddr_set_port(&l.local, port);
	sockaddr_set_port(&l.remote, port);
	return l;
}

static void test_same(void **state)
{
	struct transport_link a = link_to("127.0.0.2", 5405), b = a;
	(void)state;
	b.priority = 9;
	assert_true(knet_path_same(&a, &b));
	b.sctp = true;
	assert_false(knet_path_same(&a, &b));
	b = link_to("127.0.0.3", 5405);
	assert_false(knet_path_same(&a, &b));
	b = link_to("127.0.0.2", 5406);
	assert_false(knet_path_same(&a, &b));
}

static void test_open_and_tune(void **state)
{
	struct transport_link l = link_to("127.0.0.2", 5405);
	uint8_t priority = 0;
	(void)state;
	knet_handle_t h = knet_handle_new_ex(1, 0, 0, 0);
	assert_non_null(h);
	assert_int_equal(knet_path_open(h, 2, &l, &error), ERR_INVALID); /* there is no such host yet */
	assert_non_null(strstr(error.text, "127.0.0.1 port 5405"));
	assert_int_equal(knet_host_add(h, 2), 0);
	assert_int_equal(knet_path_open(h, 2, &l, &error), ERR_OK);
	l.priority = 7;
	assert_int_equal(knet_path_tune(h, 2, &l, &error), ERR_OK);
	assert_int_equal(knet_link_get_priority(h, 2, 0, &priority), 0);
	assert_int_equal(priority, 7);
	l.ping_interval_ms = 0;
	assert_int_equal(knet_path_tune(h, 2, &l, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "ping timers"));
	assert_int_equal(knet_link_set_enable(h, 2, 0, 0), 0);
	assert_int_equal(knet_link_clear_config(h, 2, 0), 0);
	assert_int_equal(knet_host_remove(h, 2), 0);
	assert_int_equal(knet_handle_free(h), 0);
}

static void test_errors(void **state)
{
	(void)state;
	errno = ENOMEM;
	assert_int_equal(knet_error(&error, "thinking"), ERR_NO_MEMORY);
	assert_non_null(strstr(error.text, "thinking: "));
	errno = EBUSY;
	assert_int_equal(knet_error(&error, "thinking"), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_open_and_tune),
		cmocka_unit_test(test_errors),
	};
	if (!netns_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
