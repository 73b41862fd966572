/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include <cmocka.h>

/* kB of a line of /proc/meminfo */
static uint64_t meminfo(const char *name)
{
	char line[128];
	unsigned long long kb = 0;
	FILE *f = fopen("/proc/meminfo", "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		if (strncmp(line, name, strlen(name)) == 0)
			(void)sscanf(line + strlen(name), ": %llu", &kb);
	fclose(f);
	return kb;
}

static void test_memory(void **state)
{
	uint32_t percent = 101;
	(void)state;
	assert_true(machine_memory_used(&percent));
	uint64_t total = meminfo("MemTotal") + meminfo("SwapTotal");
	uint64_t expected = (total - meminfo("MemFree") - meminfo("SwapFree")) * 100 / total;
	assert_in_range(percent, expected > 3 ? expected - 3 : 0, expected + 3);
}

static void test_load(void **state)
{
	double loads[3];
	uint32_t load = 0;
	(void)state;
	assert_true(machine_load_15min(&load));
	assert_int_equal(getloadavg(loads, 3), 3);
	assert_true(load / 65536.0 > loads[2] - 0.3);
	assert_true(load / 65536.0 < loads[2] + 0.3);
}

/* Only who may: in a child that may not. */
static void test_the_end_is_refused(void **state)
{
	int status = 0;
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && (prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT, 0, 0, 0) != 0 || setuid(65534) != 0))
			_exit(2);
		_exit(machine_end(true) || machine_end(false));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_the_end_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
