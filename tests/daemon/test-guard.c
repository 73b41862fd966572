/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file is a watchdog that shows what it got. */
#include "daemon/guard.h"
#include "os/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 4096 };

struct stage {
	struct loop *loop;
	struct guard *guard;
	char dir[64], device[80], socket[80], told[SIZE];
};

static void on_tell(void *arg, bool is_reset, const char *text)
{
	struct stage *s = arg;
	size_t at = strlen(s->told);
	(void)snprintf(s->told + at, sizeof(s->told) - at, "%s%s\n", is_reset ? "reset: " : "", text);
}

static int set_up(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	struct error error;
	(void)snprintf(s->dir, sizeof(s->dir), "%s", "/tmp/hale-guard-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->device, sizeof(s->device), "%s/dog", s->dir);
	(void)snprintf(s->socket, sizeof(s->socket), "%s/haled.sock", s->dir);
	assert_int_equal(file_write_lasting(s->device, bytes_of("", 0), 0600, &error), ERR_OK);
	assert_int_equal(loop_open(&s->loop, &error), ERR_OK);
	const struct guard_plan plan = {
		.device = s->device, .timeout_s = 1, .socket = s->socket, .arg = s, .tell = on_tell};
	assert_int_equal(guard_open(s->loop, &plan, &s->guard, &error), ERR_OK);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *s = *state;
	guard_close(s->guard, true);
	guard_close(NULL, true);
	(void)unlink(s->device);
	assert_int_equal(rmdir(s->dir), 0);
	loop_close(s->loop);
	free(s);
	return 0;
}

/* With a sign every 50 ms, or none. */
static void pass(struct stage *s, unsigned int ms, const char *sign)
{
	struct error error;
	mono_time end = mono_time_add_ms(loop_clock(), ms);
	while (mono_time_before(loop_clock(), end)) {
		if (sign != NULL)
			assert_true(guard_sign(s->socket, sign));
		assert_int_equal(loop_turn(s->loop, 50, &error), ERR_OK);
	}
}

static size_t fed(const struct stage *s, char *ret_last)
{
	static char bytes[SIZE];
	struct error error;
	size_t len;
	assert_int_equal(file_read(s->device, bytes, sizeof(bytes), &len, &error), ERR_OK);
	*ret_last = len > 0 ? bytes[len - 1] : '\0';
	return len;
}

static void test_fed_while_all_is_well(void **state)
{
	struct stage *s = *state;
	char last;
	pass(s, 600, NULL);
	assert_int_equal(fed(s, &last), 0); /* not opened before the first sign */
	pass(s, 1000, "well");
	assert_in_range(fed(s, &last), 2, 8);
	assert_non_null(strstr(s->told, "guards this machine, 1 s"));
	pass(s, 1200, NULL);
	size_t before = fed(s, &last);
	assert_non_null(strstr(s->told, "no sign of life"));
	pass(s, 600, "nonsense");
	assert_int_equal(fed(s, &last), before);
	pass(s, 600, "well");
	assert_true(fed(s, &last) > before);
	assert_non_null(strstr(s->told, "is back"));
	guard_close(s->guard, true);
	s->guard = NULL;
	(void)fed(s, &last);
	assert_int_equal(last, 'V');
	assert_false(guard_sign(s->socket, "well"));
}

static void test_a_reset_is_for_good(void **state)
{
	struct stage *s = *state;
	char last;
	pass(s, 100, "reset too early");
	assert_null(strstr(s->told, "reset"));
	pass(s, 300, "well");
	pass(s, 100, "reset for the test");
	assert_non_null(strstr(s->told, "reset: for the test\n"));
	size_t before = fed(s, &last);
	pass(s, 800, "well");
	assert_int_equal(fed(s, &last), before);
	guard_close(s->guard, true);
	s->guard = NULL;
	assert_int_equal(fed(s, &last), before);
	assert_int_equal(last, '.');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fed_while_all_is_well, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_reset_is_for_good, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
