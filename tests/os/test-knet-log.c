/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_lines(void **state)
{
	static const struct {
		uint8_t subsystem;
		const char *line, *address; /* NULL: tells of no stranger */
		enum transport_stranger what;
	} cases[] = {
		{KNET_SUB_RX, "Unable to decrypt packet from 10.0.0.3:5405 (size 80)!", "10.0.0.3",
		 TRANSPORT_STRANGER_KEY},
		{KNET_SUB_RX, "Unable to decrypt packet from fd00::3:5405 (size 80)!", "fd00::3",
		 TRANSPORT_STRANGER_KEY},
		{KNET_SUB_RX, "Packet rejected from 192.0.2.200:32768", "192.0.2.200", TRANSPORT_STRANGER_ADDRESS},
		{KNET_SUB_RX, "Packet rejected: unable to resolve host/port", NULL, 0},
		{KNET_SUB_RX, "Unable to decrypt packet from unknown host/port (size 8)!", NULL, 0},
		{KNET_SUB_RX, "Packet rejected from ", NULL, 0},
		{KNET_SUB_RX, "Packet rejected from :1", NULL, 0},
		{KNET_SUB_RX, "Packet rejected from 10.0.0.3", NULL, 0},
		{KNET_SUB_RX, "host: 2 link: 0 is up", NULL, 0},
		{KNET_SUB_LINK, "Packet rejected from 10.0.0.3:5405", NULL, 0},
		{KNET_SUB_RX,
		 "Packet rejected from 1111111111222222222233333333334444444444555555555566666666667777777777:5405",
		 NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct knet_log_msg m = {.subsystem = cases[i].subsystem, .msglevel = KNET_LOG_ERR};
		char address[TRANSPORT_ADDRESS_TEXT] = "";
		enum transport_stranger what = TRANSPORT_STRANGER_UNLISTED;

		snprintf(m.msg, sizeof m.msg, "%s", cases[i].line);
		if (knet_log_stranger(&m, &what, address) != (cases[i].address != NULL))
			fail_msg("\"%s\" is read wrongly", cases[i].line);
		if (cases[i].address == NULL)
			continue;
		assert_string_equal(address, cases[i].address);
		assert_int_equal(what, cases[i].what);
	}
}

/* A line that fills its place to the last byte. */
static void test_no_end(void **state)
{
	struct knet_log_msg m = {.subsystem = KNET_SUB_RX};
	char address[TRANSPORT_ADDRESS_TEXT];
	enum transport_stranger what;

	(void)state;
	memset(m.msg, '1', sizeof m.msg);
	memcpy(m.msg, "Packet rejected from ", 21);
	assert_false(knet_log_stranger(&m, &what, address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_no_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
