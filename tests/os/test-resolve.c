/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

static struct error error;

static void test_addresses(void **state)
{
	static const struct {
		const char *name;
		enum ip_version version;
		enum err err;
		const char *text;
		size_t bytes;
	} cases[] = {
		{"192.0.2.1", IP_4, ERR_OK, "192.0.2.1", 4},         {"192.0.2.1", IP_6_4, ERR_OK, "192.0.2.1", 4},
		{"192.0.2.1", IP_4_6, ERR_OK, "192.0.2.1", 4},       {"192.0.2.1", IP_6, ERR_NOT_FOUND, NULL, 0},
		{"2001:DB8::0001", IP_6, ERR_OK, "2001:db8::1", 16}, {"2001:db8::1", IP_4_6, ERR_OK, "2001:db8::1", 16},
		{"2001:db8::1", IP_4, ERR_NOT_FOUND, NULL, 0},       {"no such name", IP_4_6, ERR_NOT_FOUND, NULL, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sockaddr_storage a;
		char text[46];
		uint8_t bytes[16];
		enum err e = resolve_host(cases[i].name, cases[i].version, &a, &error);
		/* Without any name server, a name cannot even be denied. */
		assert_true(e == cases[i].err || (e == ERR_AGAIN && cases[i].err == ERR_NOT_FOUND));
		if (e != ERR_OK) {
			assert_non_null(strstr(error.text, cases[i].name));
			continue;
		}
		sockaddr_text(&a, text, sizeof text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(sockaddr_bytes(&a, bytes), cases[i].bytes);
	}
}

static void test_ports_and_equality(void **state)
{
	struct sockaddr_storage a, b, six, none = {0};
	uint8_t bytes[16];
	char text[46];
	(void)state;
	assert_int_equal(resolve_host("127.0.0.1", IP_4, &a, &error), ERR_OK);
	assert_int_equal(resolve_host("127.0.0.2", IP_4, &b, &error), ERR_OK);
	assert_int_equal(resolve_host("::1", IP_6, &six, &error), ERR_OK);
	assert_false(sockaddr_eq(&a, &b));
	assert_false(sockaddr_eq(&a, &six));
	assert_false(sockaddr_eq(&none, &none));
	b = a;
	sockaddr_set_port(&a, 5405);
	sockaddr_set_port(&six, 5406);
	sockaddr_set_port(&none, 1);
	assert_true(sockaddr_eq(&a, &b));
	assert_int_equal(sockaddr_port(&a), 5405);
	assert_int_equal(sockaddr_port(&six), 5406);
	assert_int_equal(sockaddr_port(&none), 0);
	assert_int_equal(sockaddr_bytes(&none, bytes), 0);
	assert_true(sockaddr_len(&six) > sockaddr_len(&a));
	sockaddr_text(&none, text, sizeof text);
	assert_string_equal(text, "none");
}

static void test_this_machine(void **state)
{
	struct sockaddr_storage a, list[8];
	char name[65];
	struct utsname u;
	(void)state;
	assert_int_equal(resolve_host("127.0.0.1", IP_4, &a, &error), ERR_OK);
	assert_true(resolve_is_local(&a));
	uint32_t count = resolve_local(list, 8);
	bool found = false;
	for (uint32_t i = 0; i < count; i++)
		found |= sockaddr_eq(&list[i], &a);
	assert_true(found);
	assert_int_equal(resolve_local(list, 0), 0);
	assert_int_equal(resolve_host("192.0.2.77", IP_4, &a, &error), ERR_OK);
	assert_false(resolve_is_local(&a));
	assert_int_equal(uname(&u), 0);
	resolve_nodename(name, sizeof name);
	assert_string_equal(name, u.nodename);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ports_and_equality),
		cmocka_unit_test(test_this_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
