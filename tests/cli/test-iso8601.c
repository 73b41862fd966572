/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli-world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Arguments hold no blanks here; dates need none. */
static void test_runs(void **state)
{
	static const struct {
		const char *command;
		int code;
		const char *out, *err; /* err: a part of it */
	} cases[] = {
		{"iso8601", 0, "", ""},
		{"iso8601 -n -S", 0, "Current date/time: 0\n", ""},
		{"iso8601 -d 2005-020", 0, "Date: 2005-01-20 00:00:00Z\n", ""},
		{"iso8601 -d 2005-020T12:30:00+02:00", 0, "Date: 2005-01-20 10:30:00Z\n", ""},
		{"iso8601 -L -d 2005-020T12:30:00+02:00", 0, "Date: 2005-01-20 12:30:00 +02:00\n", ""},
		{"iso8601 -O -d 2005-01-20", 0, "Date: 2005-020 00:00:00Z\n", ""},
		{"iso8601 -W -d 2005-01-20", 0, "Date: 2005-W03-4 00:00:00Z\n", ""},
		{"iso8601 -s -d 0001-01-02", 0, "Date: 86400\n", ""},
		{"iso8601 --epoch --date=epoch", 0, "Date: 0\n", ""},
		{"iso8601 -n -d epoch", 0, "Date: 1970-01-01 00:00:00Z\n", ""},
		{"iso8601 -D PT90S", 0, "Duration: 90 seconds (1 minute 30 seconds)\n", ""},
		{"iso8601 -d 2005-01-31 -D P1M", 0,
		 "Date: 2005-01-31 00:00:00Z\nDuration:  1 month \nDuration ends at: 2005-02-28 00:00:00Z\n", ""},
		{"iso8601 -p 2005-040/P3D", 0, "Period: 2005-02-09 00:00:00Z to 2005-02-12 00:00:00Z\n", ""},
		{"iso8601 -W -d 2005-01-20 -E 2005-w03-4", 1, "Date: 2005-W03-4 00:00:00Z\n", ""},
		{"iso8601 -S -d 1970-01-02 -E 86400", 0, "Date: 86400\n", ""},
		{"iso8601 -S -d 1970-01-01 -D P1D -E 86400", 0, "Date: 0\nDuration:  1 day \nDuration ends at: 86400\n",
		 ""},
		{"iso8601 -E x", 0, "", ""},
		{"iso8601 -d 2005-02-30", 2, "", "iso8601: Invalid date/time specified: 2005-02-30 ("},
		{"iso8601 -D PT0S", 2, "", "iso8601: Invalid duration specified: PT0S ("},
		{"iso8601 -p 2005-040", 2, "", "iso8601: Invalid interval specified: 2005-040 ("},
		{"iso8601 --date", 64, "", "--date"},
		{"iso8601 --output-as=none -d 2005-020", 0, "", ""},
	};
	struct cli_world w = {0};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_run(&w, cases[i].command, NULL, NULL);
		if (w.code != cases[i].code || strcmp(w.out, cases[i].out) != 0 || !strstr(w.err, cases[i].err))
			fail_msg("%s: %d\n%s%s", cases[i].command, w.code, w.out, w.err);
	}
	world_run(&w, "iso8601 --output-as=xml -d epoch -D P1D -p epoch/P1D", NULL, NULL);
	assert_non_null(strstr(w.out, "  <date>1970-01-01 00:00:00Z</date>\n  <duration> 1 day </duration>\n"
				      "  <period>\n    <start>1970-01-01 00:00:00Z</start>\n"
				      "    <end>1970-01-02 00:00:00Z</end>\n  </period>\n"
				      "  <duration_ends>1970-01-02 00:00:00Z</duration_ends>\n"
				      "  <status code=\"0\" message=\"OK\"/>\n"));
	world_fini(&w);
}

int main(void)
{
	(void)setenv("TZ", "UTC", 1);
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_runs)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
