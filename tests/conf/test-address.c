/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include <arpa/inet.h>

/* The system's own functions are the referee, where they know the form. */
static void test_parse(void **state)
{
	static const struct {
		const char *text;
		enum address_family family;
		const char *back; /* NULL: as it was */
	} cases[] = {
		{"192.0.2.1", FAMILY_IPV4, NULL},
		{"0.0.0.0", FAMILY_IPV4, NULL},
		{"255.255.255.255", FAMILY_IPV4, NULL},
		{"256.0.0.1", FAMILY_NONE, NULL},
		{"1.2.3", FAMILY_NONE, NULL},
		{"1.2.3.4.5", FAMILY_NONE, NULL},
		{"1.2.3.", FAMILY_NONE, NULL},
		{"1.2.3.04", FAMILY_NONE, NULL},
		{"1.2.3.4 ", FAMILY_NONE, NULL},
		{"1.2.3.1000", FAMILY_NONE, NULL},
		{"127.1", FAMILY_NONE, NULL},
		{"", FAMILY_NONE, NULL},
		{"::", FAMILY_IPV6, NULL},
		{"::1", FAMILY_IPV6, NULL},
		{"1::", FAMILY_IPV6, NULL},
		{"2001:db8::1", FAMILY_IPV6, NULL},
		{"2001:DB8:0:0:0:0:0:1", FAMILY_IPV6, "2001:db8::1"},
		{"2001:0db8:0:0:1:0:0:1", FAMILY_IPV6, "2001:db8::1:0:0:1"},
		{"1:2:3:4:5:6:7:8", FAMILY_IPV6, NULL},
		{"1:2:3:4:5:6:7::", FAMILY_IPV6, "1:2:3:4:5:6:7:0"},
		{"::2:3:4:5:6:7:8", FAMILY_IPV6, "0:2:3:4:5:6:7:8"},
		{"::ffff:192.0.2.1", FAMILY_IPV6, NULL},
		{"1:2:3:4:5:6:192.0.2.1", FAMILY_IPV6, "1:2:3:4:5:6:c000:201"},
		{"64:ff9b::192.0.2.33", FAMILY_IPV6, "64:ff9b::c000:221"},
		{"1:2:3:4:5:6:7", FAMILY_NONE, NULL},
		{"1:2:3:4:5:6:7:8:9", FAMILY_NONE, NULL},
		{"1::2::3", FAMILY_NONE, NULL},
		{":1", FAMILY_NONE, NULL},
		{":::", FAMILY_NONE, NULL},
		{"1:2:3:4:5:6:7:192.0.2.1", FAMILY_NONE, NULL},
		{"::12345", FAMILY_NONE, NULL},
		{"::g", FAMILY_NONE, NULL},
		{"::1%lo", FAMILY_NONE, NULL},
		{"1:2:3:4::5:6:7:8", FAMILY_NONE, NULL},
		{"1:", FAMILY_NONE, NULL},
		{"::1:", FAMILY_NONE, NULL},
		{"::192.0.2.1:5", FAMILY_NONE, NULL},
		{"host:name", FAMILY_NONE, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct address a = {0};
		uint8_t theirs[16] = {0};
		char text[64];
		struct text t = text_of(text, sizeof text);
		bool is_v4 = inet_pton(AF_INET, cases[i].text, theirs) == 1;
		bool is_v6 = !is_v4 && inet_pton(AF_INET6, cases[i].text, theirs) == 1;

		if (address_parse(cases[i].text, &a) != (cases[i].family != FAMILY_NONE) || a.family != cases[i].family)
			fail_msg("%s", cases[i].text);
		assert_int_equal(is_v4 ? FAMILY_IPV4 : is_v6 ? FAMILY_IPV6 : FAMILY_NONE, cases[i].family);
		if (a.family == FAMILY_NONE)
			continue;
		assert_memory_equal(a.bytes, theirs, 16);
		text_add_address(&t, &a);
		assert_string_equal(text, cases[i].back == NULL ? cases[i].text : cases[i].back);
	}
}

/* Random addresses: our text and theirs are the same, and are read back. */
static void test_text(void **state)
{
	uint32_t dice = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct address a = {.family = FAMILY_IPV6}, back;
		char ours[64], theirs[64];
		struct text t = text_of(ours, sizeof ours);

		for (int i = 0; i < 16; i += 2) {
			dice = dice * 1664525u + 1013904223u;
			if ((dice >> 24) % 2 == 0)
				continue;
			a.bytes[i] = (uint8_t)((dice >> 16) & 1 ? dice >> 8 : 0);
			a.bytes[i + 1] = (uint8_t)(dice >> 12);
		}
		/* theirs writes addresses that end in an old-fashioned IPv4 with dots */
		if (a.bytes[0] == 0 && a.bytes[1] == 0)
			a.bytes[0] = 0x20;
		text_add_address(&t, &a);
		inet_ntop(AF_INET6, a.bytes, theirs, sizeof theirs);
		assert_string_equal(ours, theirs);
		assert_true(address_parse(ours, &back));
		assert_true(address_eq(&a, &back));
	}
}

static void test_eq(void **state)
{
	struct address a = {.family = FAMILY_IPV6, .bytes = {0xfe, 0x80, [15] = 1}}, b = a;
	char text[64];
	struct text t = text_of(text, sizeof text);

	(void)state;
	assert_true(address_eq(&a, &b));
	b.scope = 2;
	assert_false(address_eq(&a, &b));
	text_add_address(&t, &b);
	assert_string_equal(text, "fe80::1%2");
	b = (struct address){.family = FAMILY_IPV4, .bytes = {0xfe, 0x80, [15] = 1}};
	assert_false(address_eq(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_eq),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
